//! Checks the requested settings of a machine, independent of the zone: instance type, options, volume and device.

use super::request::{AddMachineRequest, INSTANCE_TYPE};
use crate::check::disk_device::NewMachines;
use crate::check::worker_settings::{architecture, masters_architecture, masters_type};
use crate::check::{Check, Finding, requested_volume};
use crate::derive::disk;
use crate::derive::machine::MachineOptions;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::release::Release;
use crate::model::snapshot::Snapshot;
use crate::platform::aws;

/// Checks the requested settings, independent of the zone.
pub(super) fn findings(snapshot: &Snapshot, request: &AddMachineRequest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let instance_type = &request.instance_type;
    let wanted = architecture(instance_type);
    if let Some(architecture) = masters_architecture(snapshot).filter(|it| *it != wanted) {
        let message = format!(
            "the architecture is {wanted}, but the masters' boot image is for {architecture}"
        );
        let example =
            masters_type(snapshot).map_or_else(String::new, |it| format!(", such as {it}"));
        let hint = format!("set an instance type of {architecture} with --instance-type{example}");
        let subject = format!("instance type {instance_type}");
        findings.push(Check::InstanceArchitectureMismatch.blocker(subject, message).hint(hint));
    }
    findings.extend(unverified(snapshot, instance_type));
    findings.extend(requested_volume::throughput(snapshot, request.volume.throughput));
    findings.extend(requested_volume::for_any_etcd(request.volume.size));
    findings.extend(unsupported(snapshot, &request.options));
    findings.extend(device(snapshot, request));
    findings
}

/// Reports an instance type that nothing in the cluster shows to exist.
fn unverified(snapshot: &Snapshot, instance_type: &str) -> Option<Finding> {
    let mut used = snapshot.all(Kind::Machine).filter_map(aws::instance_type);
    let is_known = instance_type == INSTANCE_TYPE || used.any(|it| it == instance_type);
    (!is_known).then(|| {
        let message = "no master and no etcd machine has this type: a machine fails if AWS does not have the type, or \
                       does not offer the type in the zone";
        Check::InstanceTypeUnverified.note(format!("instance type {instance_type}"), message)
    })
}

/// Flags for fields that the release's Machine API drops without a word (openshift/api
/// `machine/v1beta1/types_awsprovider.go` of each release).
fn unsupported(snapshot: &Snapshot, options: &MachineOptions) -> Vec<Finding> {
    let Some(release) = snapshot.release() else { return Vec::new() };
    [
        ("--placement-group", options.placement_group.is_some(), 14),
        ("--placement-group-partition", options.placement_group_partition.is_some(), 17),
        ("--capacity-reservation", options.capacity_reservation.is_some(), 18),
        ("--confidential-compute", options.confidential_compute.is_some(), 21),
    ]
    .into_iter()
    .filter(|(_, is_asked_for, minor)| *is_asked_for && release < Release::minor(*minor))
    .map(|(flag, _, minor)| {
        let message = format!("before 4.{minor}, the Machine API ignores this option");
        Check::OptionUnsupported.blocker(flag, message)
    })
    .collect()
}

fn device(snapshot: &Snapshot, request: &AddMachineRequest) -> Option<Finding> {
    let name = &request.volume.device_name;
    if aws::is_root_device(Some(name)) {
        let message = "this is the device name of the root volume, which would be replaced by an empty \
                       volume";
        return Some(Check::DiskDeviceUncertain.blocker(format!("--device-name {name}"), message));
    }
    let config = snapshot.machine_config(disk::NAME);
    if let Some(disk) = config.and_then(disk::Disk::of) {
        let instance_type = &request.instance_type;
        return NewMachines { role: names::ETCD, instance_type, volume: name }.finding(&disk);
    }
    (config.is_some_and(disk::is_older_form) && aws::has_instance_store(&request.instance_type)).then(|| {
        let message = "the instance type has NVMe instance store volumes, and 00-etcd-disk sets a device \
                       name: etcd may use an instance store volume, which loses its data when the machine stops";
        Check::DiskDeviceUncertain.warning(format!("instance type {}", request.instance_type), message)
    })
}
