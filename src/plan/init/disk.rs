//! Chooses the disk of etcd.

use super::request::InitRequest;
use crate::check::{Check, Finding};
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
        Disk::Device(path) if path.starts_with("/dev/nvme") => {
            let message = format!(
                "NVMe device names can differ between machines and boots: a machine whose etcd disk is not \
                 {path} creates no file system and stops at boot"
            );
            Some(
                Check::DiskDeviceUncertain
                    .warning(subject, message)
                    .hint("oc etcd init --disk-device=probe"),
            )
        }
        _ => None,
    };
    (DiskSource::New(wanted), finding)
}
