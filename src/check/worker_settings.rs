//! Reports settings of the workers that a pool of the layout *inherit* has too, and that do not fit etcd machines: the
//! kernel of another architecture, and memory that huge pages take.

use std::fmt;

use super::finding::{Check, Finding, Severity};
use super::registration;
use crate::derive::machine::INSTANCE_TYPE;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::kubelet::boot::Boot;
use crate::openshift::kubelet::{ConfigPlace, Provenance};
use crate::platform::aws;

/// The kernel type with pages of 64 KiB.
const PAGES_64K: &str = "64k-pages";

/// The etcd machines for which the settings of the workers are judged.
#[derive(Clone, Copy, Debug)]
pub struct EtcdMachines<'a> {
    /// Instance type.
    pub instance_type: &'a str,
    /// The severity of too little memory: an administrator may still choose another instance type.
    pub worst_of_memory: Severity,
}

/// Reports the settings of a pool, by its MachineConfigs in merge order or by its rendered MachineConfig.
#[must_use]
pub fn findings(snapshot: &Snapshot, boot: &Boot<'_>, machines: EtcdMachines<'_>) -> Vec<Finding> {
    kernel_type(snapshot, boot).into_iter().chain(huge_pages(snapshot, boot, machines)).collect()
}

/// Returns the architecture of the masters, whose boot image etcd machines have: what a Node says, else what the instance
/// type of a Machine has.
#[must_use]
pub fn masters_architecture(snapshot: &Snapshot) -> Option<&str> {
    let by_type = || snapshot.machines_of(names::MASTER).find_map(aws::instance_type);
    snapshot.masters_architecture().or_else(|| by_type().map(architecture))
}

/// Returns the architecture of an instance type, as Kubernetes names it.
#[must_use]
pub fn architecture(instance_type: &str) -> &'static str {
    if aws::is_arm(instance_type) { "arm64" } else { "amd64" }
}

/// Returns the kernel type of a pool, and the MachineConfig that sets the type: the last that names one (MCO
/// `pkg/controller/common/helpers.go`, `MergeMachineConfigs`).
fn kernel_type_of<'a>(boot: &Boot<'a>) -> Option<(&'a str, &'a Object)> {
    let kinds = boot.machine_configs().iter().rev();
    let mut kinds = kinds.filter_map(|it| Some((it.text("/spec/kernelType")?, *it)));
    kinds.find(|it| !matches!(it.0, "" | "default"))
}

fn kernel_type(snapshot: &Snapshot, boot: &Boot<'_>) -> Option<Finding> {
    let (kind, holder) = kernel_type_of(boot)?;
    let architecture = masters_architecture(snapshot);
    if kind != PAGES_64K || architecture == Some("arm64") {
        return None;
    }
    let subject = holder.reference();
    let hint = registration::change_of(
        "remove the kernel type, or move the kernel type to a pool of the arm64 workers",
        &ConfigPlace::Part("spec.kernelType".to_owned()),
        holder,
        &subject.to_string(),
    );
    let finding = if let Some(architecture) = architecture {
        let message = format!(
            "the kernel type {PAGES_64K} exists for arm64 only, and etcd machines are {architecture} like the masters: the \
             Machine Config Operator cannot configure an etcd machine"
        );
        Check::WorkerSettingsUnsuitable.blocker(subject, message)
    } else {
        let message = format!(
            "the kernel type {PAGES_64K} exists for arm64 only, and the architecture of the masters, which etcd machines \
             have too, is unknown"
        );
        Check::WorkerSettingsUnsuitable.warning(subject, message)
    };
    Some(finding.hint(hint))
}

/// Reports the memory that huge pages take from an etcd machine. The kernel reserves the pages at boot, and nothing else can
/// use this memory.
fn huge_pages(snapshot: &Snapshot, boot: &Boot<'_>, machines: EtcdMachines<'_>) -> Option<Finding> {
    let (reserved, by) = reserved(boot)?;
    let instance_type = machines.instance_type;
    let memory = memory(snapshot, instance_type);
    let has = match memory {
        Some(memory) => format!("a {instance_type} has {memory}"),
        None => format!("the memory of a {instance_type} is unknown"),
    };
    let severity = match memory {
        Some(memory) if reserved.0 >= memory.0 => Severity::Blocker,
        Some(memory) if reserved.0 < memory.0 / 4 => Severity::Note,
        _ => Severity::Warning,
    };
    let subject = format!("machineconfig/{}", by.machine_config);
    let message = format!(
        "the kernel arguments reserve {reserved} for huge pages on each etcd machine, which etcd does not use; {has}"
    );
    let hint = "choose an instance type with enough memory with --instance-type of add-machine";
    Some(
        Check::WorkerSettingsUnsuitable
            .blocker(subject, message)
            .at_most(severity.max(machines.worst_of_memory))
            .hint(hint),
    )
}

/// Returns the memory that kernel arguments reserve for huge pages, and the place of the last argument that does so
/// (kernel, "hugetlbpage.rst"). An argument without a size has the default size.
fn reserved(boot: &Boot<'_>) -> Option<(Memory, Provenance)> {
    let merged = boot.merged().ok()?;
    let mut given: Vec<&str> = Vec::new();
    let mut arguments: Vec<(&str, Provenance)> = Vec::new();
    for (argument, by) in merged.kernel_arguments() {
        // The operator takes an argument that is given twice once.
        if let Field::Known(text) = argument
            && !given.contains(&text)
        {
            given.push(text);
            arguments.extend(text.split_whitespace().map(|it| (it, by.clone())));
        }
    }
    let value = |text: &'_ str, key: &str| -> Option<String> {
        text.strip_prefix(key)?.strip_prefix('=').map(str::to_owned)
    };
    let is_64k = kernel_type_of(boot).is_some_and(|it| it.0 == PAGES_64K);
    let by_kernel = if is_64k { Memory(512 << 20) } else { Memory(2 << 20) };
    let default =
        arguments.iter().rev().find_map(|it| Memory::of(&value(it.0, "default_hugepagesz")?));
    let mut size = default.unwrap_or(by_kernel);
    let (mut total, mut by) = (0_u64, None);
    for (argument, provenance) in arguments {
        if let Some(text) = value(argument, "hugepagesz") {
            size = Memory::of(&text)?;
        } else if let Some(text) = value(argument, "hugepages") {
            total = total.saturating_add(pages(&text)?.saturating_mul(size.0));
            by = Some(provenance);
        }
    }
    Some((Memory(total), by.filter(|_| total > 0)?))
}

/// Returns a number of pages: `64`, or `0:32,1:32` for each NUMA node.
fn pages(text: &str) -> Option<u64> {
    let of_node = |it: &str| it.rsplit(':').next()?.parse::<u64>().ok();
    text.split(',').map(of_node).sum()
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Memory(u64);

impl Memory {
    /// Reads a size as the kernel or as Kubernetes writes it: `1G`, `2M`, `10862820Ki`.
    fn of(text: &str) -> Option<Self> {
        let text = text.strip_suffix('i').unwrap_or(text);
        let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
        let shift = match text.get(digits.len()..)?.to_ascii_uppercase().as_str() {
            "" => 0,
            "K" => 10,
            "M" => 20,
            "G" => 30,
            "T" => 40,
            _ => return None,
        };
        digits.parse::<u64>().ok()?.checked_mul(1 << shift).map(Self)
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0.saturating_mul(10) >> 30;
        match (tenths / 10, tenths % 10) {
            (0, _) => write!(f, "{} MiB", self.0 >> 20),
            (whole, 0) => write!(f, "{whole} GiB"),
            (whole, tenth) => write!(f, "{whole}.{tenth} GiB"),
        }
    }
}

/// Returns the memory of an instance type: of the default by AWS's table, of another by a Node that has the type.
fn memory(snapshot: &Snapshot, instance_type: &str) -> Option<Memory> {
    if instance_type == INSTANCE_TYPE {
        return Some(Memory(10_752 << 20));
    }
    let mut of_type =
        snapshot.all(Kind::Machine).filter(|it| aws::instance_type(it) == Some(instance_type));
    of_type.find_map(|it| Memory::of(snapshot.node_of(it)?.text("/status/capacity/memory")?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::object::ObjectRef;

    fn machine_config(spec: Value) -> Object {
        Object::new(ObjectRef::cluster(Kind::MachineConfig, "50-nto-worker"))
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::WORKER)])
            .with("spec", spec)
    }

    /// A cluster with one master, with a Node if the memory is known.
    fn cluster(instance_type: &str, memory: Option<&str>) -> Snapshot {
        let machine = Object::new(ObjectRef::machine("m0"))
            .with_labels([(names::MACHINE_ROLE, names::MASTER)])
            .with("spec", json!({"providerSpec": {"value": {"instanceType": instance_type}}}))
            .with("status", json!({"nodeRef": {"name": "n0"}}));
        let node = memory.map(|it| {
            Object::new(ObjectRef::cluster(Kind::Node, "n0"))
                .with("status", json!({"capacity": {"memory": it}}))
        });
        let objects = std::iter::once(machine).chain(node);
        Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects(objects)
    }

    fn judged(snapshot: &Snapshot, spec: Value, instance_type: &str) -> Vec<(Severity, String)> {
        let worker = machine_config(spec);
        let machines = EtcdMachines { instance_type, worst_of_memory: Severity::Blocker };
        let found = findings(snapshot, &Boot::of(vec![&worker]), machines);
        found.into_iter().map(|it| (it.severity, it.message)).collect()
    }

    #[test]
    fn a_kernel_of_arm_workers_is_refused_for_other_machines() {
        let spec = |kind: &str| json!({ "kernelType": kind });
        for (masters, kind, expected) in [
            ("m6i.xlarge", PAGES_64K, Some(Severity::Blocker)),
            ("m7g.xlarge", PAGES_64K, None),
            ("m6i.xlarge", "realtime", None),
            ("m6i.xlarge", "", None),
        ] {
            let found = judged(&cluster(masters, None), spec(kind), "c5n.xlarge");
            assert_eq!(found.first().map(|it| it.0), expected, "{masters} {kind}");
        }
        let unknown = Snapshot::new(jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(judged(&unknown, spec(PAGES_64K), "c5n.xlarge")[0].0, Severity::Warning);
    }

    #[test]
    fn huge_pages_are_compared_with_the_memory_of_the_instance_type() {
        let snapshot = cluster("m6i.xlarge", Some("16070404Ki"));
        let judged = |arguments: Value, instance_type| {
            let found = judged(&snapshot, json!({ "kernelArguments": arguments }), instance_type);
            let [found] = &found[..] else { return None };
            let words = found.1.split_once("reserve ").unwrap().1;
            Some((found.0, words.split_once(" for").unwrap().0.to_owned()))
        };
        let gigabytes = json!(["default_hugepagesz=1G", "hugepagesz=1G", "hugepages=64"]);
        let expect = |severity, text: &str| Some((severity, text.to_owned()));
        assert_eq!(judged(gigabytes.clone(), "c5n.xlarge"), expect(Severity::Blocker, "64 GiB"));
        assert_eq!(judged(gigabytes.clone(), "m6i.xlarge"), expect(Severity::Blocker, "64 GiB"));
        assert_eq!(judged(gigabytes, "z9.xlarge"), expect(Severity::Warning, "64 GiB"));
        for (arguments, expected) in [
            (json!(["hugepages=100"]), expect(Severity::Note, "200 MiB")),
            (json!(["default_hugepagesz=1G hugepages=4"]), expect(Severity::Warning, "4 GiB")),
            (
                json!(["hugepagesz=1G", "hugepages=0:2,1:2", "hugepagesz=2M", "hugepages=256"]),
                expect(Severity::Warning, "4.5 GiB"),
            ),
            (json!(["hugepages=0"]), None),
            (json!(["transparent_hugepage=never", "hugepagesz=1G"]), None),
        ] {
            assert_eq!(judged(arguments.clone(), "c5n.xlarge"), expected, "{arguments}");
        }
    }
}
