//! The MachineConfig that a finding of a disk is about, and how the finding names the device.

use super::registration;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::is_ours;
use crate::openshift::kubelet::{ConfigPlace, Provenance};
use crate::redact::policy::quotable_name;

/// Returns the object that holds a place, and how to make a change there.
pub(super) fn changed(
    provenance: &Provenance,
    change: &str,
    selected: &[&Object],
    pool: &str,
) -> (String, String) {
    let Provenance { machine_config, place } = provenance;
    let Some(holder) = selected.iter().find(|it| it.name() == machine_config) else {
        let subject = format!("machineconfig/{machine_config}");
        let hint = format!("{change}: oc edit {subject}");
        return (subject, hint);
    };
    let subject = subject_of(holder);
    let hint = change_in(pool, change, place, holder, &subject);
    (subject, hint)
}

/// Returns how to make a change in a MachineConfig of a pool.
pub(super) fn change_in(
    pool: &str,
    change: &str,
    place: &ConfigPlace,
    it: &Object,
    subject: &str,
) -> String {
    match (pool, registration::fixed(place, it)) {
        (names::MASTER, Some(part)) => registration::kept(part),
        (names::MASTER, None) => format!("{change}; the masters reboot: oc edit {subject}"),
        _ => registration::change_of(change, place, it, subject),
    }
}

/// A device whose path, or pattern of paths, a sentence does not quote.
pub(super) const ODD_DEVICE: &str =
    "a device whose name has characters that names of devices usually do not have";

/// Returns a path of devices as a sentence may quote it.
pub(super) fn quotable(path: &str) -> &str {
    if is_quotable(path) { path } else { ODD_DEVICE }
}

/// Returns whether a sentence may quote a path of devices, which may be a pattern.
pub(super) fn is_quotable(path: &str) -> bool {
    let plain = path.replace(['*', '?'], "0");
    quotable_name(&plain) == plain
}

/// The object that an admin edits: the source of a copy, or else the object itself.
pub(super) fn subject_of(machine_config: &Object) -> String {
    let source = machine_config.annotation(names::SOURCE);
    let source = source.filter(|it| is_ours(machine_config) && *it != "oc-etcd");
    source.map_or_else(|| machine_config.reference().to_string(), str::to_owned)
}

/// Returns whether a MachineConfig is that of somebody else, or a copy of one.
pub(super) fn is_of_other(machine_config: &Object) -> bool {
    !is_ours(machine_config) || machine_config.annotation(names::SOURCE) != Some("oc-etcd")
}
