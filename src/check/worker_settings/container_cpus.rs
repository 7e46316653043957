//! The CPUs that CRI-O gives to containers, as a performance profile and workload partitioning have them. A container runtime
//! refuses CPUs that the machine does not have (CRI-O `server/sandbox_run_linux.go`; runc `libcontainer/cgroups/fs2/cpuset.go`).

use std::collections::BTreeMap;

use super::EtcdMachines;
use super::capacity::{Capacity, has};
use super::reservations::{last_cpu, too_large};
use crate::check::finding::{Check, Finding};
use crate::openshift::kubelet::Provenance;
use crate::openshift::kubelet::boot::Boot;

/// The beginning of the paths of the files that CRI-O reads, `crio.conf` first (crio.conf.d(5)).
const FILES: &str = "/etc/crio/crio.conf";

/// Reports CPUs that the machine does not have. Not every Pod is given them: most Pods have no infra container, and few are
/// workloads of the management.
pub(super) fn finding(
    boot: &Boot<'_>,
    machines: EtcdMachines<'_>,
    capacity: Capacity,
) -> Option<Finding> {
    let (cpu, by) = last(boot)?;
    too_large(cpu, capacity.cpus, Capacity::DEFAULT.cpus)?;
    let amount = capacity.cpus.map(|it| format!("{it} CPUs"));
    let message = format!(
        "{}: CRI-O gives CPU {cpu} to Pods, and {}; some Pods of such a machine may not start",
        by.place,
        has(machines.instance_type, "number of CPUs", amount)
    );
    let subject = format!("machineconfig/{}", by.machine_config);
    let hint = "choose an instance type that has these CPUs with --instance-type of add-machine";
    let finding = Check::WorkerSettingsUnsuitable.warning(subject, message).hint(hint);
    Some(finding.at_most(machines.worst_of_capacity))
}

/// Returns the last CPU that a setting names which no later file replaces, and the file.
fn last(boot: &Boot<'_>) -> Option<(u64, Provenance)> {
    let merged = boot.merged().ok()?;
    let mut settings = BTreeMap::new();
    for path in merged.paths(FILES) {
        let Some((text, by)) = merged.file(path).ok().flatten().and_then(|it| it.contents().ok())
        else {
            continue;
        };
        let mut table = String::new();
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                line.clone_into(&mut table);
            } else if let Some((key, value)) =
                line.split_once('=').filter(|it| !it.0.starts_with('#'))
            {
                let key = (table.clone(), key.trim().to_owned());
                settings.insert(key, of_line(line, value).map(|it| (it, by.clone())));
            }
        }
    }
    settings.into_values().flatten().max_by_key(|it| it.0)
}

/// Returns the last CPU of `infra_ctr_cpuset = "0-3"`, and of `resources = { "cpuset" = "0-3" }`.
fn of_line(line: &str, value: &str) -> Option<u64> {
    let list = match line.split_once("cpuset\"") {
        Some((_, list)) => list.trim_start().strip_prefix('=')?,
        None if line.starts_with("infra_ctr_cpuset") => value,
        None => return None,
    };
    last_cpu(list.split('"').nth(1)?)
}
