//! What the kubelet reserves, as the workers' KubeletConfig has it. A kubelet that reserves more than its machine has does
//! not start (kubernetes `cmd/kubelet/app/server.go`, `getReservedCPUs`; `pkg/kubelet/cm/node_container_manager_linux.go`,
//! `validateNodeAllocatable`; `pkg/kubelet/cm/memorymanager/policy_static.go`).

use serde_json::Value;

use super::EtcdMachines;
use super::capacity::{Capacity, Memory, has, quantity};
use crate::check::finding::{Check, Finding, Severity};
use crate::check::lost_settings::selector_of_etcd;
use crate::model::field::{Field, Unknown};
use crate::model::layout::Layout;
use crate::model::release::Release;
use crate::openshift::kubelet::boot::Boot;
use crate::openshift::kubelet::text::environment_file;
use crate::openshift::kubelet::{NODE_SIZING, Provenance, configuration};

/// Reports each kind of reservation that a machine cannot meet.
pub(super) fn findings(
    release: Option<Release>,
    boot: &Boot<'_>,
    machines: EtcdMachines<'_>,
    capacity: Capacity,
) -> Vec<Finding> {
    // A doubt about the command of the kubelet has a finding of its own.
    let Ok(settings) = configuration(boot) else { return Vec::new() };
    let Capacity { cpus, memory } = capacity;
    let default = Capacity::DEFAULT;
    let has_cpus = |unit: &str| {
        let amount = cpus.map(|it| format!("{it}{unit}"));
        has(machines.instance_type, "number of CPUs", amount)
    };
    let has_memory = || has(machines.instance_type, "memory", memory);
    // The least amount that a kubelet cannot reserve.
    let thousandths = |it: Option<u64>| it.map(|it| it.saturating_mul(1000).saturating_add(1));
    let bytes = |it: Option<Memory>| it.map(|it| it.0);
    let listed = last(&settings, "/reservedSystemCPUs", |it| last_cpu(it.as_str()?)).and_then(
        |(cpu, by)| {
            let severity = too_large(cpu, cpus, default.cpus)?;
            Some((
                by,
                format!("reservedSystemCPUs names CPU {cpu}, and {}", has_cpus(" CPUs")),
                severity,
            ))
        },
    );
    let not_understood = |resource: &str, by| {
        let text = format!("the amount of {resource} that the kubelet reserves is not understood");
        Some((by, text, Severity::Warning))
    };
    let of_cpus = sum(boot, &settings, "cpu", 1e-3).and_then(|(reserved, by)| {
        let Some(reserved) = reserved else { return not_understood("CPUs", by) };
        let severity = too_large(reserved, thousandths(cpus), thousandths(default.cpus))?;
        let count = reserved.div_ceil(1000);
        Some((by, format!("the kubelet reserves {count} CPUs, and {}", has_cpus("")), severity))
    });
    let of_memory = sum(boot, &settings, "memory", 1.0).and_then(|(reserved, by)| {
        let Some(reserved) = reserved else { return not_understood("memory", by) };
        let severity = too_large(reserved, bytes(memory), bytes(default.memory))?;
        let reserved = Memory(reserved);
        Some((
            by,
            format!("the kubelet reserves {reserved} of memory, and {}", has_memory()),
            severity,
        ))
    });
    let of_node = last(&settings, "/reservedMemory", last_numa_node).map(|(node, by)| {
        let text = format!(
            "the kubelet reserves memory of NUMA node {node}; most instance types have NUMA node 0 alone"
        );
        (by, text, Severity::Warning)
    });
    let found = [listed, of_cpus, of_memory, of_node].into_iter().flatten();
    let told = found.map(|(by, what, severity)| {
        let effect = if severity == Severity::Blocker { "does not" } else { "may not" };
        let message = format!("{}: {what}; the kubelet of such a machine {effect} start", by.place);
        Check::WorkerSettingsUnsuitable
            .blocker(format!("machineconfig/{}", by.machine_config), message)
            .at_most(severity.max(machines.worst_of_capacity))
            .hint(remedy(release, machines.layout))
    });
    told.collect()
}

/// Returns the severity of a reservation that takes all of what a machine has. An unknown machine is compared with the
/// default instance type.
pub(super) fn too_large(reserved: u64, has: Option<u64>, default: Option<u64>) -> Option<Severity> {
    match has {
        Some(has) => (reserved >= has).then_some(Severity::Blocker),
        None => default.filter(|it| reserved >= *it).map(|_| Severity::Warning),
    }
}

/// A KubeletConfig for the etcd pool counts where the MachineConfigs of the workers are merged first, and in a pool of
/// copies.
fn remedy(release: Option<Release>, layout: Layout) -> String {
    let instance_type = "choose a larger instance type with --instance-type of add-machine";
    let own_settings = || {
        let selector = selector_of_etcd();
        format!("create a KubeletConfig with settings that fit etcd machines, with {selector}")
    };
    let own_pool = "give the workers that need these settings a pool of their own";
    match layout {
        Layout::Documented => format!("{}, or {instance_type}", own_settings()),
        Layout::Inherit if release.is_none_or(|it| it >= Release::WORKER_FIRST) => {
            format!("{}; or {own_pool}; or {instance_type}", own_settings())
        }
        Layout::Inherit => format!("{own_pool}, or {instance_type}"),
    }
}

/// Returns what the last document that has a setting says, and its place.
fn last<T>(
    settings: &[(Value, Provenance)],
    pointer: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<(T, Provenance)> {
    let (value, by) =
        settings.iter().rev().find_map(|(it, by)| Some((it.pointer(pointer)?, by)))?;
    Some((read(value)?, by.clone()))
}

/// Returns the number of the last CPU of a list: 41 of `0-1,40-41`.
pub(super) fn last_cpu(list: &str) -> Option<u64> {
    let numbers = list.split([',', '-']).map(|it| it.trim().parse::<u64>());
    numbers.collect::<Result<Vec<_>, _>>().ok()?.into_iter().max()
}

fn last_numa_node(list: &Value) -> Option<u64> {
    let nodes = list.as_array()?.iter().filter_map(|it| it["numaNode"].as_u64());
    nodes.max().filter(|it| *it > 0)
}

/// Returns all that is reserved of a resource, in units of the last argument, and the place of the largest part. `None` if
/// a part is not understood.
fn sum(
    boot: &Boot<'_>,
    settings: &[(Value, Provenance)],
    resource: &str,
    unit: f64,
) -> Option<(Option<u64>, Provenance)> {
    let amount = |value: &Value| match value {
        Value::String(text) => amount(text, unit),
        Value::Number(number) => amount(&number.to_string(), unit),
        Value::Null => Field::Absent,
        other => Field::Unknown(Unknown::of(other)),
    };
    let of = |pointer: String| last(settings, &pointer, |it| Some(amount(it)));
    let of_system =
        [of(format!("/systemReserved/{resource}")), by_node_sizing(boot, resource, unit)];
    let mut parts: Vec<(Field<u64>, Provenance)> = Vec::new();
    parts.extend(of_system.into_iter().flatten().max_by_key(|it| order(&it.0)));
    parts.extend(of(format!("/kubeReserved/{resource}")));
    if resource == "memory" {
        parts.extend(of("/evictionHard/memory.available".to_owned()));
    }
    let total = parts.iter().try_fold(0_u64, |sum, (part, _)| match part {
        Field::Known(part) => Some(sum.saturating_add(*part)),
        Field::Absent => Some(sum),
        Field::Unknown(_) => None,
    });
    Some((total, parts.into_iter().max_by_key(|it| order(&it.0))?.1))
}

/// Reads an amount of a resource. A percentage is a part of what the machine has, and never all of it.
fn amount(text: &str, unit: f64) -> Field<u64> {
    match quantity(text.trim(), unit) {
        Some(amount) => Field::Known(amount),
        None if text.is_empty() || text.ends_with('%') => Field::Absent,
        None => Field::Unknown(Unknown::NotUnderstood),
    }
}

/// The order by size, in which what is unknown is the largest.
const fn order(amount: &Field<u64>) -> u64 {
    match amount {
        Field::Known(amount) => *amount,
        Field::Absent => 0,
        Field::Unknown(_) => u64::MAX,
    }
}

fn by_node_sizing(boot: &Boot<'_>, resource: &str, unit: f64) -> Option<(Field<u64>, Provenance)> {
    let (text, by) = boot.merged().ok()?.file(NODE_SIZING).ok()??.contents().ok()?;
    let variables = environment_file(&text);
    let value = |name: &str| variables.iter().rev().find(|it| it.0 == name).map(|it| it.1.as_str());
    if value("NODE_SIZING_ENABLED") == Some("true") {
        return None;
    }
    let reserved = value(&format!("SYSTEM_RESERVED_{}", resource.to_ascii_uppercase()))?;
    Some((amount(reserved, unit), by))
}
