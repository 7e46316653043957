//! Shows whether etcd has a disk of its own on each master.
//!
//! The section needs only the Machines and the MachineConfigs of the masters, which other sections read too. The
//! section does not check the machine itself, and therefore shows the disk with which the master was created.

use serde::Serialize;

use super::observation::Observation;
use crate::check::master_pool;
use crate::check::master_volume::RESTORE;
use crate::check::{Check, Finding};
use crate::derive::member_disk;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::etcd_directory;
use crate::openshift::replacement::{has_volumes, volumes};
use crate::platform::aws;

/// A master, and the disk of etcd on the master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MasterDisk {
    /// The name of its Machine.
    pub machine: String,
    /// The name of its Node, if the Machine has a Node.
    pub node: Option<String>,
    /// The disk of etcd; null if the disk is unknown.
    pub etcd_disk: Option<EtcdDisk>,
}

/// Kind of the disk of etcd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EtcdDisk {
    /// A disk of its own.
    Own,
    /// The root disk, which etcd shares with images and logs.
    Root,
}

impl MasterDisk {
    pub(super) fn read(snapshot: &Snapshot) -> Observation<Vec<Self>> {
        match snapshot.why_unreadable(Kind::MachineConfig) {
            Some(why) => Observation::Unreadable(why.reason.to_string()),
            None => Observation::of(snapshot, Kind::Machine, || all(snapshot)),
        }
    }
}

fn all(snapshot: &Snapshot) -> Vec<MasterDisk> {
    let configs: Vec<Field<bool>> =
        snapshot.machine_configs_of(names::MASTER).map(etcd_directory::is_mounted_by).collect();
    let is_prepared = snapshot.machine_config(member_disk::NAME).is_some_and(is_ours);
    let of = |machine: &Object| {
        // A mount of another owner applies to every master.
        if configs.contains(&Field::Known(true)) {
            return Some(EtcdDisk::Own);
        }
        if configs.iter().any(|it| matches!(it, Field::Unknown(_))) {
            return None;
        }
        match (volumes(aws::provider_spec(machine)?), is_prepared) {
            (Field::Known(names), true) if !names.is_empty() => Some(EtcdDisk::Own),
            (Field::Unknown(_), true) => None,
            (Field::Known(_) | Field::Absent | Field::Unknown(_), _) => Some(EtcdDisk::Root),
        }
    };
    snapshot
        .machines_of(names::MASTER)
        .map(|machine| MasterDisk {
            machine: machine.name().to_owned(),
            node: snapshot.node_name_of(machine).map(str::to_owned),
            etcd_disk: of(machine),
        })
        .collect()
}

/// Reports that only some masters have a disk for etcd, or that the MachineConfig exists and no master has a disk for
/// etcd.
pub(super) fn finding(
    snapshot: &Snapshot,
    masters: &Observation<Vec<MasterDisk>>,
) -> Option<Finding> {
    if let Some(lost) = lost(snapshot) {
        return Some(lost);
    }
    let own = masters.entries().filter(|it| it.etcd_disk == Some(EtcdDisk::Own)).count();
    let root = masters.entries().filter(|it| it.etcd_disk == Some(EtcdDisk::Root)).count();
    let is_prepared = snapshot.machine_config(member_disk::NAME).is_some_and(is_ours);
    let unknown = masters.entries().filter(|it| it.etcd_disk.is_none()).count();
    if !is_prepared || root == 0 {
        return None;
    }
    let unknown = match unknown {
        0 => String::new(),
        unknown => format!(" ({unknown} unknown)"),
    };
    let message = format!(
        "etcd has its own disk on {own} of {} masters{unknown}: `add-disk` continues with the other masters, and `remove-disk` \
         reverts the change",
        masters.entries().count()
    );
    Some(Check::MastersReplaced.note("masters", message).hint("oc etcd add-disk"))
}

/// Finds that the MachineConfig was deleted while masters have the volume: the pool was rendered with it, and it does
/// not exist.
fn lost(snapshot: &Snapshot) -> Option<Finding> {
    let pool = snapshot.pool(names::MASTER)?;
    if snapshot.why_unreadable(Kind::MachineConfig).is_some() {
        return None;
    }
    if !master_pool::was_rendered_from(snapshot, member_disk::NAME)
        || snapshot.machine_config(member_disk::NAME).is_some()
    {
        return None;
    }
    has_volumes(snapshot).then(|| {
        let message = format!(
            "{} was deleted while masters have the volume: each master that reboots starts etcd with an empty directory",
            member_disk::NAME
        );
        Check::DiskDeviceUncertain.blocker(pool.reference(), message).hint(RESTORE)
    })
}
