//! Reports settings that the etcd pool has from the workers or, in the layout *documented*, from the masters, and that do
//! not fit etcd machines: the kernel of another architecture, huge pages, what the kubelet reserves, the CPUs of
//! containers, and the partitions of the root disk.

mod capacity;
mod container_cpus;
mod huge_pages;
mod reservations;
mod root_partitions;

use self::capacity::Capacity;
use super::finding::{Check, Finding, Severity};
use super::registration;
use crate::derive::machine::INSTANCE_TYPE;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::kubelet::ConfigPlace;
use crate::openshift::kubelet::boot::Boot;
use crate::platform::aws;

/// The kernel type with pages of 64 KiB.
const PAGES_64K: &str = "64k-pages";

/// The kernel types that exist for one architecture only (openshift/os `extensions`).
const OF_ARCHITECTURE: [(&str, &str); 2] = [(PAGES_64K, "arm64"), ("realtime", "amd64")];

/// The etcd machines for which the settings are judged.
#[derive(Clone, Copy, Debug)]
pub struct EtcdMachines<'a> {
    /// Instance type.
    pub instance_type: &'a str,
    /// Layout of the pool.
    pub layout: Layout,
    /// The severity of a machine that is too small: an administrator may still choose another instance type.
    pub worst_of_capacity: Severity,
}

/// Reports the settings of a pool, by its MachineConfigs in merge order or by its rendered MachineConfig.
#[must_use]
pub fn findings(snapshot: &Snapshot, boot: &Boot<'_>, machines: EtcdMachines<'_>) -> Vec<Finding> {
    let capacity = Capacity::of(snapshot, machines.instance_type);
    let huge_pages = huge_pages::finding(boot, machines, capacity.memory);
    let reservations = reservations::findings(snapshot.release(), boot, machines, capacity);
    let container_cpus = container_cpus::finding(boot, machines, capacity);
    let of_machine = huge_pages
        .into_iter()
        .chain(container_cpus)
        .chain(root_partitions::finding(snapshot, boot));
    kernel_type(snapshot, boot).into_iter().chain(of_machine).chain(reservations).collect()
}

/// Returns the architecture of the masters, whose boot image etcd machines have: what a Node says, else what the instance
/// type of a Machine has.
#[must_use]
pub fn masters_architecture(snapshot: &Snapshot) -> Option<&str> {
    snapshot.masters_architecture().or_else(|| masters_type(snapshot).map(architecture))
}

/// Returns the instance type of the masters.
#[must_use]
pub fn masters_type(snapshot: &Snapshot) -> Option<&str> {
    snapshot.machines_of(names::MASTER).find_map(aws::instance_type)
}

/// Returns the instance type that has to be asked for, because the default has another architecture than the masters.
#[must_use]
pub fn needed_type(snapshot: &Snapshot) -> Option<&str> {
    let default = architecture(INSTANCE_TYPE);
    masters_architecture(snapshot).filter(|it| *it != default).and_then(|_| masters_type(snapshot))
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
    let (_, only) = OF_ARCHITECTURE.iter().find(|it| it.0 == kind)?;
    let architecture = masters_architecture(snapshot);
    // Most machines are amd64, of which nothing else is to be known.
    if architecture == Some(*only) || architecture.is_none() && *only == "amd64" {
        return None;
    }
    let subject = holder.reference();
    let hint = registration::change_of(
        &format!("remove the kernel type, or move the kernel type to a pool of the {only} workers"),
        &ConfigPlace::Part("spec.kernelType".to_owned()),
        holder,
        &subject.to_string(),
    );
    let finding = if let Some(architecture) = architecture {
        let message = format!(
            "the kernel type {kind} exists for {only} only, and etcd machines are {architecture} like the masters: the \
             Machine Config Operator cannot configure an etcd machine"
        );
        Check::WorkerSettingsUnsuitable.blocker(subject, message)
    } else {
        let message = format!(
            "the kernel type {kind} exists for {only} only, and the architecture of the masters, which etcd machines \
             have too, is unknown"
        );
        Check::WorkerSettingsUnsuitable.warning(subject, message)
    };
    Some(finding.hint(hint))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ignition;
    use crate::model::kind::Kind;
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
                .with("status", json!({"capacity": {"cpu": "4", "memory": it}}))
        });
        let objects = std::iter::once(machine).chain(node);
        Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects(objects)
    }

    fn judged(snapshot: &Snapshot, spec: Value, instance_type: &str) -> Vec<(Severity, String)> {
        let worker = machine_config(spec);
        let machines = EtcdMachines {
            instance_type,
            layout: Layout::Inherit,
            worst_of_capacity: Severity::Blocker,
        };
        let found = findings(snapshot, &Boot::of(vec![&worker]), machines);
        found.into_iter().map(|it| (it.severity, it.message)).collect()
    }

    #[test]
    fn a_kernel_of_arm_workers_is_refused_for_other_machines() {
        let spec = |kind: &str| json!({ "kernelType": kind });
        for (masters, kind, expected) in [
            ("m6i.xlarge", PAGES_64K, Some(Severity::Blocker)),
            ("m7g.xlarge", PAGES_64K, None),
            ("m7g.xlarge", "realtime", Some(Severity::Blocker)),
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
            // The kernel reads one letter of a unit.
            (
                json!(["default_hugepagesz=1GB", "hugepagesz=1gi", "hugepages=16"]),
                expect(Severity::Blocker, "16 GiB"),
            ),
            (json!(["default_hugepagesz=1GB", "hugepages=4"]), expect(Severity::Warning, "4 GiB")),
            (json!(["hugepages=0"]), None),
            (json!(["transparent_hugepage=never", "hugepagesz=1G"]), None),
        ] {
            assert_eq!(judged(arguments.clone(), "c5n.xlarge"), expected, "{arguments}");
        }
    }

    #[test]
    fn pages_that_a_file_or_a_unit_reserves_count_too() {
        let snapshot = cluster("m6i.xlarge", Some("16070404Ki"));
        let sysctl = |text: &str| {
            let file = ignition::file("/etc/sysctl.d/90-huge.conf", 0o644, text);
            json!({"config": {"storage": {"files": [file]}}})
        };
        let unit = |node: u8| {
            let contents = format!(
                "[Service]\nEnvironment=HUGEPAGES_COUNT=32\nEnvironment=HUGEPAGES_SIZE=1048576\n\
                 Environment=NUMA_NODE={node}\n"
            );
            let name = format!("hugepages-allocation-1048576kB-NUMA{node}.service");
            json!({"config": {"systemd": {"units": [{"name": name, "contents": contents}]}}})
        };
        for (spec, severity, words) in [
            (
                sysctl("vm.nr_hugepages = 8192\n"),
                Severity::Blocker,
                "the file /etc/sysctl.d/90-huge.conf reserves 16 GiB",
            ),
            (sysctl("vm/nr_hugepages=64\n"), Severity::Note, "reserves 128 MiB"),
            (
                unit(0),
                Severity::Blocker,
                "hugepages-allocation-1048576kB-NUMA0.service reserves 32 GiB",
            ),
        ] {
            let found = judged(&snapshot, spec, "c5n.xlarge");
            let [(found, message)] = &found[..] else { panic!("{words}: {found:?}") };
            assert_eq!(*found, severity, "{words}");
            assert!(message.contains(words), "{words}: {message}");
        }
        for spec in [unit(1), sysctl("# vm.nr_hugepages = 8192\nvm.nr_hugepages_mempolicy = 5\n")] {
            assert_eq!(judged(&snapshot, spec, "c5n.xlarge"), []);
        }
    }

    #[test]
    fn cpus_that_crio_gives_to_containers_are_compared_with_those_of_the_machine() {
        let snapshot = cluster("m6i.xlarge", Some("16070404Ki"));
        let spec = |files: &[(&str, &str)]| {
            let file = |it: &(&str, &str)| {
                ignition::file(&format!("/etc/crio/crio.conf.d/{}", it.0), 0o644, it.1)
            };
            let files: Vec<Value> = files.iter().map(file).collect();
            json!({"config": {"storage": {"files": files}}})
        };
        let profile = (
            "99-runtimes.conf",
            "[crio.runtime]\ninfra_ctr_cpuset = \"0-3,32-35\"\n# x = \"90\"\n",
        );
        let partitioning = (
            "01-workload-partitioning",
            "[crio.runtime.workloads.management]\nactivation_annotation = \"target.workload.openshift.io/management\"\n\
             resources = { \"cpushares\" = 0, \"cpuset\" = \"0-1,52-53\" }\n",
        );
        let fitting = ("99-z.conf", "[crio.runtime]\ninfra_ctr_cpuset = \"0-3\"\n");
        for (files, instance_type, expected) in [
            (&[profile][..], "c5n.xlarge", Some("CPU 35")),
            (&[partitioning], "c5n.xlarge", Some("CPU 53")),
            (&[partitioning, profile], "m6i.xlarge", Some("CPU 53")),
            (&[profile], "z9.xlarge", Some("CPU 35")),
            (&[profile, fitting], "c5n.xlarge", None),
            (&[fitting], "c5n.xlarge", None),
        ] {
            let found = judged(&snapshot, spec(files), instance_type);
            let told = found.iter().map(|(severity, message)| {
                assert_eq!(*severity, Severity::Warning);
                expected.is_some_and(|it| message.contains(&format!("CRI-O gives {it} to Pods")))
            });
            assert_eq!(told.collect::<Vec<_>>(), vec![true; expected.iter().count()], "{found:?}");
        }
    }

    #[test]
    fn a_kubelet_that_reserves_more_than_its_machine_has_is_refused() {
        let snapshot = cluster("m6i.xlarge", Some("16070404Ki"));
        let spec = |settings: Value, sizing: &str| {
            let kubelet =
                "[Service]\nExecStart=/usr/bin/kubelet --config=/etc/kubernetes/kubelet.conf\n";
            let unit = json!({"name": "kubelet.service", "enabled": true, "contents": kubelet});
            let file = |path: &str, text: &str| ignition::file(path, 0o644, text);
            let files = [
                file("/etc/kubernetes/kubelet.conf", &settings.to_string()),
                file("/etc/node-sizing-enabled.env", sizing),
            ];
            json!({"config": {"systemd": {"units": [unit]}, "storage": {"files": files}}})
        };
        let stock =
            "NODE_SIZING_ENABLED=false\nSYSTEM_RESERVED_MEMORY=1Gi\nSYSTEM_RESERVED_CPU=500m\n";
        let refused = |words: &str| Some((Severity::Blocker, words.to_owned()));
        let doubted = |words: &str| Some((Severity::Warning, words.to_owned()));
        for (settings, sizing, instance_type, expected) in [
            (json!({}), stock, "c5n.xlarge", None),
            (
                json!({"reservedSystemCPUs": "0-1,40-41"}),
                stock,
                "c5n.xlarge",
                refused("reservedSystemCPUs names CPU 41, and a c5n.xlarge has 4 CPUs"),
            ),
            (json!({"reservedSystemCPUs": "0-3"}), stock, "m6i.xlarge", None),
            (
                json!({"reservedSystemCPUs": "0,4"}),
                stock,
                "z9.xlarge",
                doubted(
                    "reservedSystemCPUs names CPU 4, and the number of CPUs of a z9.xlarge is unknown",
                ),
            ),
            (
                json!({"systemReserved": {"memory": "6Gi"}, "kubeReserved": {"memory": "4Gi"}, "evictionHard": {"memory.available": "1Gi"}}),
                stock,
                "c5n.xlarge",
                refused("the kubelet reserves 11 GiB of memory, and a c5n.xlarge has 10.5 GiB"),
            ),
            (
                json!({"systemReserved": {"memory": "6Gi"}, "kubeReserved": {"memory": "4Gi"}, "evictionHard": {"memory.available": "10%"}}),
                stock,
                "c5n.xlarge",
                None,
            ),
            (
                json!({}),
                "NODE_SIZING_ENABLED=false\nSYSTEM_RESERVED_MEMORY=16Gi\nSYSTEM_RESERVED_CPU=500m\n",
                "c5n.xlarge",
                refused("the kubelet reserves 16 GiB of memory, and a c5n.xlarge has 10.5 GiB"),
            ),
            (
                json!({}),
                "NODE_SIZING_ENABLED=false\nSYSTEM_RESERVED_MEMORY=11.5Gi\n",
                "c5n.xlarge",
                refused("the kubelet reserves 11.5 GiB of memory, and a c5n.xlarge has 10.5 GiB"),
            ),
            (
                json!({"kubeReserved": {"memory": "12Quux"}}),
                stock,
                "c5n.xlarge",
                doubted("the amount of memory that the kubelet reserves is not understood"),
            ),
            (
                json!({}),
                "NODE_SIZING_ENABLED=true\nSYSTEM_RESERVED_MEMORY=16Gi\n",
                "c5n.xlarge",
                None,
            ),
            (
                json!({"systemReserved": {"cpu": "4500m"}}),
                stock,
                "c5n.xlarge",
                refused("the kubelet reserves 5 CPUs, and a c5n.xlarge has 4"),
            ),
            (json!({"systemReserved": {"cpu": "4"}}), stock, "c5n.xlarge", None),
            (
                json!({"reservedMemory": [{"numaNode": 0, "limits": {}}, {"numaNode": 1, "limits": {}}]}),
                stock,
                "c5n.xlarge",
                doubted(
                    "the kubelet reserves memory of NUMA node 1; most instance types have NUMA node 0 alone",
                ),
            ),
        ] {
            let found = judged(&snapshot, spec(settings.clone(), sizing), instance_type);
            let told = found.first().map(|(severity, message)| {
                let words = message.split_once(": ").unwrap().1.rsplit_once(';').unwrap().0;
                (*severity, words.to_owned())
            });
            assert_eq!(told, expected, "{settings} {instance_type}");
            assert!(found.len() < 2, "{found:?}");
        }
    }
}
