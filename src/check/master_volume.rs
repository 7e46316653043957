//! The volume of etcd on the masters: other mounts on the directory of etcd, the volumes of the template, and whether
//! the script on the machine finds its volume.

use serde_json::Value;

use crate::check::disk_device::NewMachines;
use crate::check::{Check, Finding, unseen_program};
use crate::derive::{disk, member_disk};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::control_plane_machine_set::{ControlPlaneMachineSet, RESUME, Strategy};
use crate::openshift::pool_status::is_rendered_from;
use crate::openshift::{etcd_directory, master_volumes};
use crate::platform::aws;

/// Reports the MachineConfigs of other owners that mount a volume on /var/lib/etcd of the masters, or that may do so.
#[must_use]
pub fn mounts(snapshot: &Snapshot) -> Vec<Finding> {
    let is_other = |it: &&Object| it.name() != member_disk::NAME || !is_ours(it);
    let masters = snapshot.machine_configs_of(names::MASTER).filter(is_other);
    masters
        .filter_map(|it| match etcd_directory::is_mounted_by(it) {
            Field::Known(true) => {
                let message = format!("the MachineConfig mounts a volume on {} of the masters", disk::MOUNT_POINT);
                Some(
                    Check::EtcdAlreadyMounted
                        .blocker(it.reference(), message)
                        .hint(format!("find out who needs the MachineConfig: oc describe {}", it.reference())),
                )
            }
            Field::Known(false) | Field::Absent => may_mount(it),
            Field::Unknown(why) => {
                let message =
                    format!("it is unknown whether the MachineConfig mounts a volume on {}: its contents are {why}", disk::MOUNT_POINT);
                Some(Check::Unreadable.blocker(it.reference(), message))
            }
        })
        .collect()
}

/// Reports a MachineConfig that starts a program that may mount a volume on /var/lib/etcd.
fn may_mount(machine_config: &Object) -> Option<Finding> {
    let unseen = etcd_directory::may_be_mounted_by(machine_config)?;
    let message = format!(
        "{}: this may mount a volume on {} of the masters",
        unseen_program::starts(&unseen),
        disk::MOUNT_POINT,
    );
    let hint = format!("find out what the unit mounts: oc describe {}", machine_config.reference());
    Some(Check::EtcdAlreadyMounted.warning(machine_config.reference(), message).hint(hint))
}

/// A volume in the template: its place in the list, and its name.
pub type Volume = (usize, String);

/// Returns the volumes of the template besides the root volume.
///
/// # Errors
/// Returns a blocker if the volumes are unknown.
pub fn volumes(set: &ControlPlaneMachineSet<'_>) -> Result<Vec<Volume>, Finding> {
    let spec = set.provider_spec().unwrap_or(&Value::Null);
    match master_volumes::placed_volumes(spec) {
        Field::Known(volumes) => {
            Ok(volumes.into_iter().map(|(place, name)| (place, name.to_owned())).collect())
        }
        Field::Absent => Ok(Vec::new()),
        Field::Unknown(why) => {
            let message = format!("the volumes of the template are {why}");
            Err(Check::Unreadable.blocker(set.object().reference(), message))
        }
    }
}

/// Reports the reasons why the script on a new master may not find its volume.
#[must_use]
pub fn device(set: &ControlPlaneMachineSet<'_>, name: &str, disk: &disk::Disk) -> Vec<Finding> {
    let mut found = Vec::new();
    if aws::is_root_device(Some(name)) {
        let message = "this is a device name of root volumes";
        found.push(Check::DiskDeviceUncertain.blocker(format!("--device-name {name}"), message));
    }
    let spec = set.provider_spec().unwrap_or(&Value::Null);
    let Some(instance_type) = spec["instanceType"].as_str() else {
        let message = "the instance type of the template is unknown";
        found.push(Check::Unreadable.blocker(set.object().reference(), message));
        return found;
    };
    let machines = NewMachines { role: names::MASTER, instance_type, volume: name };
    found.extend(machines.finding(disk));
    found
}

/// What to do first where the MachineConfig was deleted under masters that have the volume.
pub const RESTORE: &str = "pause the pool, then restore the MachineConfig as docs/add-disk.md describes: oc patch \
                           machineconfigpool/master --type=merge -p '{\"spec\":{\"paused\":true}}'";

/// Reports the masters that already have a volume with this name, although the template does not have the volume.
#[must_use]
pub fn taken(snapshot: &Snapshot, name: &str) -> Vec<Finding> {
    let has_it = |machine: &&Object| {
        let spec = aws::provider_spec(machine).unwrap_or(&Value::Null);
        matches!(master_volumes::volumes(spec), Field::Known(names) if names.contains(&name))
    };
    let masters = snapshot.machines_of(names::MASTER).filter(has_it);
    // `remove-disk` deletes the MachineConfig after the last volume.
    let is_removal = snapshot.machine_config(member_disk::NAME).is_some_and(is_ours);
    let (message, hint) = if is_removal {
        let message = format!(
            "the Machine still has a volume {name}, which the template no longer has: `remove-disk` is not complete"
        );
        (message, "complete the removal first: oc etcd remove-disk")
    } else {
        let message = format!(
            "the Machine already has a volume {name}, which the template does not have: such a master cannot be \
             distinguished from a master with an etcd disk"
        );
        (message, "choose another name: oc etcd add-disk --device-name=/dev/sdf")
    };
    let found = |it: &Object| {
        Check::DiskDeviceUncertain.blocker(it.reference(), message.as_str()).hint(hint)
    };
    masters.map(found).collect()
}

/// Finds that the MachineConfig was deleted while masters have the volume: the pool was rendered with it, and it does
/// not exist.
#[must_use]
pub fn lost(snapshot: &Snapshot) -> Option<Finding> {
    let pool = snapshot.pool(names::MASTER)?;
    if snapshot.why_unreadable(Kind::MachineConfig).is_some() {
        return None;
    }
    if !is_rendered_from(pool, member_disk::NAME)
        || snapshot.machine_config(member_disk::NAME).is_some()
    {
        return None;
    }
    master_volumes::has_volumes(snapshot).then(|| {
        let message = format!(
            "{} was deleted while masters have the volume: each master that reboots starts etcd with an empty directory",
            member_disk::NAME
        );
        Check::DiskDeviceUncertain.blocker(pool.reference(), message).hint(RESTORE)
    })
}

/// Reports the volumes that masters, or the template, still have after the MachineConfig was deleted. The volumes may have
/// another purpose: only the field managers of the template tell who created them.
#[must_use]
pub fn left_behind(snapshot: &Snapshot) -> Option<Finding> {
    let set = ControlPlaneMachineSet::of(snapshot)?;
    let is_deleted = snapshot.why_unreadable(Kind::MachineConfig).is_none()
        && snapshot.machine_config(member_disk::NAME).is_none();
    if !is_deleted || !mounts(snapshot).is_empty() {
        return None;
    }
    let (config, object) = (member_disk::NAME, set.object().reference());
    let of_template = volumes(&set).ok()?;
    let names = shown(&of_template);
    let of_masters = master_volumes::volume_of_masters(snapshot);
    let ours = set.has_our_volumes();
    let is_ours = ours == Field::Known(true);
    let (what, effect, hint) = match (of_template.as_slice(), of_masters) {
        ([], None) => return None,
        ([], Some(name)) => (
            format!("masters have {name}, which the template no longer has"),
            "etcd of such a master runs on the root disk after a reboot, and the ControlPlaneMachineSet replaces the \
             master by a master without the volume"
                .to_owned(),
            replacing(set),
        ),
        (_, None) => (
            format!("the template has {names}"),
            "etcd of each new master runs on the root disk beside an empty volume".to_owned(),
            format!("remove the volumes that are not needed: oc edit {}", object.command_line()),
        ),
        (_, Some(_)) => (
            if is_ours {
                format!("add-disk gave the masters {names}")
            } else {
                format!("the masters have {names}")
            },
            format!(
                "etcd runs on the root disk, the volumes hold older data of etcd, and if {config} is created again, each \
                 of these masters stops at boot"
            ),
            without_volumes(set),
        ),
    };
    let found = match ours {
        Field::Known(true) => Check::DiskDeviceUncertain
            .warning(object, format!("{what}, and {config} was deleted: {effect}")),
        Field::Known(false) => return None,
        Field::Absent | Field::Unknown(_) => Check::DiskDeviceUncertain.note(
            object,
            format!("{what}, and it is unknown who created it; if it was add-disk: {effect}"),
        ),
    };
    Some(found.hint(hint))
}

/// Returns how an admin sees the end of a replacement, or continues the replacement.
fn replacing(set: ControlPlaneMachineSet<'_>) -> String {
    if set.strategy() == Field::Known(Strategy::OnDelete) {
        return format!("to replace these masters: {RESUME}");
    }
    let (machines, namespace) = (Kind::Machine.qualified(), names::MACHINE_NAMESPACE);
    format!("wait until each of them is replaced: oc get {machines} -n {namespace} -w")
}

/// Returns how an admin removes volumes from the template.
#[must_use]
pub fn without_volumes(set: ControlPlaneMachineSet<'_>) -> String {
    let edit = format!("oc edit {}", set.object().reference().command_line());
    match set.strategy() {
        Field::Known(Strategy::OnDelete) => {
            format!("remove the volumes that are not needed: {edit}")
        }
        _ => format!(
            "remove the volumes that are not needed; the operator then replaces each master: {edit}"
        ),
    }
}

/// The names of volumes: `/dev/xvdb, /dev/xvdc`.
#[must_use]
pub fn shown(volumes: &[Volume]) -> String {
    let names: Vec<&str> = volumes.iter().map(|it| it.1.as_str()).collect();
    match names.as_slice() {
        [""] => "a volume without a name".to_owned(),
        names => names.join(", "),
    }
}
