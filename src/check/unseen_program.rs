//! Reports the MachineConfigs with which a machine starts a program whose text is unknown, and that name the directory of
//! etcd or a disk that may be the disk of etcd.

use super::disk_holder;
use super::finding::{Check, Finding};
use crate::derive::disk::UNITS;
use crate::ignition;
use crate::model::names;
use crate::model::object::Object;
use crate::openshift::etcd_directory::{self, Unseen};
use crate::openshift::kubelet::boot::Boot;
use crate::redact::policy::quotable_name;

/// Finds the MachineConfigs of the etcd pool with a program whose text is unknown, and that may use the disk of etcd.
/// The masters have a check of their own.
pub(super) fn findings(boot: &Boot<'_>, pool: &str) -> Vec<Finding> {
    // A rendered MachineConfig has the parts of all, among them those of oc-etcd and of the operator.
    let is_rendered = |it: &Object| {
        let units = ignition::config(it).map_or(&[][..], ignition::units);
        units.iter().any(|it| it["name"].as_str().is_some_and(|it| UNITS.contains(&it)))
    };
    let counts =
        |it: &&&Object| pool == names::ETCD && disk_holder::is_of_other(it) && !is_rendered(it);
    let of_pool = boot.machine_configs().iter().filter(counts);
    let finding = |it: &&Object| {
        let by_directory = etcd_directory::may_be_mounted_by(it);
        let unseen = by_directory.or_else(|| etcd_directory::may_be_written_by(it))?;
        let message = format!(
            "{}: it is unknown whether this changes the etcd disk or its data",
            starts(&unseen)
        );
        let subject = disk_holder::subject_of(it);
        let hint =
            format!("find out what the unit does to {}: oc get {subject} -o yaml", named(&unseen));
        Some(Check::DiskDeviceUncertain.warning(subject, message).hint(hint))
    };
    of_pool.filter_map(finding).collect()
}

/// Returns what a MachineConfig names and starts, as a clause.
pub(super) fn starts(unseen: &Unseen) -> String {
    let Unseen { provenance, program, .. } = unseen;
    let program = program.as_ref().map_or_else(
        || "commands that are known on the machine only".to_owned(),
        |it| format!("{}, which no MachineConfig contains", quotable_name(it)),
    );
    let named = named(unseen);
    format!("the MachineConfig names {named}, and {} starts {program}", provenance.place)
}

/// The directory or the disk that a MachineConfig names, if a sentence may quote the path.
fn named(unseen: &Unseen) -> &str {
    disk_holder::quotable(&unseen.named)
}
