//! Reports the devices that the boot, or the kubelet, of etcd machines requires, and that the machines do not have.

use super::disk_holder;
use super::finding::{Check, Finding};
use crate::model::object::Object;
use crate::openshift::devices::Lack;
use crate::openshift::required::{Need, Required, Requirer};

/// Reports a device that the machines do not have, and that their boot or their kubelet requires. A warning, because a
/// program that no MachineConfig contains may make the device.
pub(super) fn by_requirement(
    it: &Required,
    lack: Lack,
    selected: &[&Object],
    pool: &str,
) -> Finding {
    let place = &it.provenance.place;
    let device = disk_holder::quotable(&it.device);
    let (requirer, then) = match it.requirer {
        Requirer::Boot => ("the boot", "the machine stops at its next boot"),
        Requirer::Kubelet => {
            ("the kubelet", "the kubelet does not start, and the machine does not become a Node")
        }
    };
    let lacked = lack.words();
    let (message, object) = match it.need {
        Need::Mount => (
            format!(
                "{requirer} requires that {place} mounts {device}, and {lacked}: without the device, {then}"
            ),
            "the mount",
        ),
        Need::Device => (
            format!(
                "{requirer} requires that {place} finds {device}, and {lacked}: without the device, {then}"
            ),
            "the device",
        ),
        Need::Command => (
            format!(
                "{requirer} requires {place}, whose commands name {device}, and {lacked}: if the commands fail without the device, {then}"
            ),
            "the commands",
        ),
    };
    let change =
        format!("remove {place}, or change {place} so that {requirer} does not require {object}");
    let (subject, hint) = disk_holder::changed(&it.provenance, &change, selected, pool);
    Check::DiskDeviceUncertain.warning(subject, message).hint(hint)
}
