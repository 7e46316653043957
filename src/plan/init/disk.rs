//! Chooses the disk of etcd.

use super::request::InitRequest;
use crate::check::{Check, Finding, Severity, disk_device, pool_anew};
use crate::derive::disk::{self, Disk};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::plan::sources::DiskSource;
use crate::plan::{Change, Step};

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

/// Reports a Node of the pool whose disk may not be as `00-etcd-disk` prepares disks, where this plan creates the object:
/// oc-etcd has not created the Machine. The script takes only an empty disk or one with the label.
pub(super) fn of_other_machines(snapshot: &Snapshot, steps: &[Step]) -> Option<Finding> {
    let is_created =
        |it: &Step| it.object.name == disk::NAME && matches!(it.change, Change::Create(_));
    if snapshot.pool(names::ETCD).is_none() || !steps.iter().any(is_created) {
        return None;
    }
    let machine_of = |node: &Object| {
        let mut machines = snapshot.all(Kind::Machine);
        machines.find(|it| snapshot.node_name_of(it) == Some(node.name()))
    };
    // A Node whose Machine has another role has a finding of its own.
    let is_of_etcd = |it: &Object| it.label(names::MACHINE_ROLE) == Some(names::ETCD);
    // Only `add-machine` makes machines of a pool of oc-etcd, as far as nothing else is known.
    let is_made_by_hand = !snapshot.pool(names::ETCD).is_some_and(is_ours);
    let is_it = |node: &&Object| match machine_of(node) {
        Some(machine) => is_of_etcd(machine) && !is_ours(machine),
        None => is_made_by_hand,
    };
    let node = snapshot.etcd_nodes().find(is_it)?.reference();
    let message = format!(
        "oc-etcd has not created the machine: if the file system of its etcd disk does not have the label {}, the machine \
         stops at its next boot with {}",
        disk::LABEL,
        disk::NAME
    );
    let hint = format!(
        "to see the label: oc debug {node} -- chroot /host findmnt -o SOURCE,LABEL {}; if a machine does not have the \
         label, {}",
        disk::MOUNT_POINT,
        pool_anew::way(snapshot, &[])
    );
    let finding = Check::MachineDiffers.blocker(node, message).hint(hint);
    // Most machines of a pool of oc-etcd have their mount back with the object.
    Some(if is_made_by_hand { finding } else { finding.at_most(Severity::Warning) })
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::model::object::ObjectRef;
    use crate::plan::init;
    use crate::status::fixtures::{initialized, machine, node, running};

    #[test]
    fn a_disk_that_oc_etcd_may_not_have_prepared_is_told_before_the_object_is_created() {
        let disk = ObjectRef::cluster(Kind::MachineConfig, disk::NAME);
        let ours = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n"));
        let mut of_others = ours.clone().into_body();
        of_others["metadata"]["labels"][names::MANAGED_BY.0] = Value::Null;
        let of_others = Object::from_value(of_others).unwrap();
        let told = |machine: Object, is_created: bool| {
            let mut snapshot = initialized(1).with_objects([node("n"), machine]);
            if is_created {
                snapshot.remove(&disk);
            }
            let plan = init::plan(&snapshot, &InitRequest::new(""));
            plan.findings
                .iter()
                .any(|it| it.subject == "node/n" && it.check == Check::MachineDiffers)
        };
        assert!(told(of_others.clone(), true));
        assert!(!told(of_others, false), "the object exists");
        assert!(!told(ours, true), "add-machine created the Machine for the object");
    }
}
