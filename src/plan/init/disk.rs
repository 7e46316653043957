//! Chooses the disk of etcd.

use super::request::InitRequest;
use crate::check::{Check, Finding, disk_device};
use crate::derive::disk::{self, Disk};
use crate::model::names;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::plan::sources::DiskSource;

/// Returns the requested disk, else the existing disk, else the probe. A MachineConfig of the older form stays in a
/// rendered pool.
pub(super) fn choose<'a>(
    snapshot: &'a Snapshot,
    request: &InitRequest,
) -> (DiskSource<'a>, Option<Finding>) {
    let subject = format!("machineconfig/{}", disk::NAME);
    let existing = snapshot.machine_config(disk::NAME).filter(|it| is_ours(it));
    let is_rendered = snapshot.rendered_name(names::ETCD).is_some();
    let older = existing.filter(|it| disk::is_older_form(it));
    if let Some(older) = older.filter(|_| is_rendered) {
        let device = older.text("/spec/config/storage/disks/0/device").unwrap_or("a device");
        let message = format!(
            "an earlier version of oc-etcd created this object: Ignition creates a partition and a file \
             system on {device} even if the disk contains data; the operator refuses to change this in a rendered pool"
        );
        let finding = match request.disk {
            Some(_) => Check::DiskDeviceUncertain.blocker(subject, message),
            None => Check::DiskDeviceUncertain.warning(subject, message),
        };
        return (DiskSource::Older(older), Some(finding.hint("oc etcd teardown")));
    }
    let named = older.and_then(|it| it.text("/spec/config/storage/disks/0/device"));
    let wanted = request
        .disk
        .clone()
        .or_else(|| named.and_then(Disk::device))
        .or_else(|| existing.and_then(Disk::of))
        .unwrap_or_default();
    let finding = match &wanted {
        Disk::Device(path) => of_device(path).map(|it| it.hint("oc etcd init --disk-device=probe")),
        Disk::Probe => None,
    };
    (DiskSource::New(wanted), finding)
}

/// Judges the name of a device, as far as no instance type needs to be known.
fn of_device(path: &str) -> Option<Finding> {
    let subject = format!("machineconfig/{}", disk::NAME);
    if let Some(why) = disk_device::absent(path) {
        let message = format!(
            "the script looks for the etcd disk at {path}, but {why}: each new machine stops at boot"
        );
        return Some(Check::DiskDeviceUncertain.blocker(subject, message));
    }
    if path.starts_with("/dev/xvd") {
        let message = format!(
            "only machines with a Xen instance type have a disk {path}: other machines stop at boot"
        );
        return Some(Check::DiskDeviceUncertain.note(subject, message));
    }
    disk_device::uncertain(path).map(|it| Check::DiskDeviceUncertain.warning(subject, it))
}
