//! Shows whether etcd has a disk of its own on each master.
//!
//! The section needs only the Machines, the Nodes, the pool and the MachineConfigs of the masters, which other sections
//! read too. A MachineConfig applies to a master from the moment on at which the Node has a configuration with it. The
//! section does not check the machine itself, and therefore shows the disk with which the master was created.

use std::collections::BTreeMap;

use serde::Serialize;

use super::observation::Observation;
use crate::check::master_pool;
use crate::check::master_stop;
use crate::check::master_volume;
use crate::check::{Check, Finding};
use crate::derive::member_disk;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::control_plane_machine_set::{ControlPlaneMachineSet, Rollout};
use crate::openshift::etcd_directory;
use crate::openshift::master_volumes::{Wish, volumes};
use crate::openshift::pool_status::sources;
use crate::openshift::replacement;
use crate::plan::large_templates::LARGE_TEMPLATES;
use crate::plan::member_disk::in_progress;
use crate::platform::aws;

/// A master, and the disk of etcd on the master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MasterDisk {
    /// The name of its Machine; during a replacement, that of the Machine on which its member of etcd runs.
    pub machine: String,
    /// The name of its Node, if the Machine has a Node.
    pub node: Option<String>,
    /// The disk of etcd; null if the disk is unknown, or neither of the two.
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
        let needed = [Kind::MachineConfig, Kind::MachineConfigPool, Kind::Node];
        match needed.into_iter().find_map(|kind| snapshot.why_unreadable(kind)) {
            Some(why) => Observation::Unreadable(why.reason.to_string()),
            None => Observation::of(snapshot, Kind::Machine, || all(snapshot)),
        }
    }
}

fn all(snapshot: &Snapshot) -> Vec<MasterDisk> {
    let mounts = mounts(snapshot);
    let of = |machine: &Object| {
        let current = snapshot.node_of(machine)?.annotation(names::CURRENT_CONFIG)?;
        let configs = sources(snapshot.pool(names::MASTER)?, current)?;
        let are_mounting = || configs.iter().map(|name| mounts.get(name));
        if are_mounting().any(|it| it == Some(&Field::Known(true))) {
            return Some(EtcdDisk::Own);
        }
        if are_mounting().any(|it| it != Some(&Field::Known(false))) {
            return None;
        }
        let is_prepared = configs.contains(&member_disk::NAME);
        match (volumes(aws::provider_spec(machine)?), is_prepared) {
            (Field::Known(names), true) if !names.is_empty() => Some(EtcdDisk::Own),
            (Field::Unknown(_), true) => None,
            (Field::Known(_) | Field::Absent | Field::Unknown(_), _) => Some(EtcdDisk::Root),
        }
    };
    let master = |machines: Vec<&Object>| {
        let carriers = replacement::carriers(snapshot, &machines);
        let mut disks: Vec<Option<EtcdDisk>> = carriers.iter().map(|it| of(it)).collect();
        disks.dedup();
        let machine = carriers.first().or(machines.first())?;
        Some(MasterDisk {
            machine: machine.name().to_owned(),
            node: snapshot.node_name_of(machine).map(str::to_owned),
            // The member may be on either Machine, or no Machine has joined.
            etcd_disk: if let [disk] = disks.as_slice() { *disk } else { None },
        })
    };
    replacement::by_index(snapshot).into_values().filter_map(master).collect()
}

/// Returns whether each MachineConfig of the masters gives the directory of etcd a disk. `98-master-etcd-disk`
/// does so only where the machine has the volume, also after somebody deleted the MachineConfig; and the operator's
/// template, whose body may not be read, never does.
fn mounts(snapshot: &Snapshot) -> BTreeMap<&str, Field<bool>> {
    let read = snapshot.machine_configs_of(names::MASTER);
    let read = read.map(|it| (it.name(), etcd_directory::has_own_disk_by(it)));
    let without = LARGE_TEMPLATES.into_iter().chain([member_disk::NAME]);
    without.map(|it| (it, Field::Known(false))).chain(read).collect()
}

/// Reports that the masters are being given a disk for etcd, or lose it, and each replacement that failed.
pub(super) fn findings(
    snapshot: &Snapshot,
    masters: &Observation<Vec<MasterDisk>>,
) -> Vec<Finding> {
    if let Some(lost) = master_volume::lost(snapshot) {
        return vec![lost];
    }
    let stopping = master_stop::findings(snapshot);
    if !stopping.is_empty() {
        return stopping;
    }
    let has_config = snapshot.machine_config(member_disk::NAME).is_some_and(is_ours);
    let set = ControlPlaneMachineSet::of(snapshot);
    let has_volumes = set.is_some_and(|it| it.has_our_volumes() == Field::Known(true));
    let paused = master_pool::paused(snapshot, has_config || has_volumes);
    if !has_config {
        return master_volume::left_behind(snapshot).into_iter().chain(paused).collect();
    }
    let wish = wish(snapshot);
    let masters = masters.entries().map(|it| it.etcd_disk).collect::<Vec<_>>();
    let replacing = in_progress(snapshot, wish.as_ref());
    let is_paused = replacing.iter().any(|it| it.check == Check::RolloutPaused);
    let change = under_way(wish.as_ref(), &masters, is_paused);
    let is_complete = set.is_none_or(|it| it.rollout() == Rollout::Complete);
    let mut found = if change.is_none() && is_complete { Vec::new() } else { replacing };
    found.extend(change.into_iter().chain(paused));
    let strategy = set.map_or(Field::Absent, |it| it.strategy());
    for master in wish.iter().flat_map(|it| replacement::masters(snapshot, it)) {
        found.extend(master.failure(strategy).map(|it| {
            let message = format!("the Machine {}", it.message);
            Check::MastersReplaced.warning(it.machine, message).hint(it.remedy)
        }));
    }
    found
}

/// The ways out of a state in which either command may have ended.
const BOTH: &str = "to give each master the disk: oc etcd add-disk; to go on without the disk: oc etcd remove-disk";

/// Returns the volumes that new masters get. `None` if they are unknown, or if several volumes may be that of etcd.
fn wish(snapshot: &Snapshot) -> Option<Wish> {
    let set = ControlPlaneMachineSet::of(snapshot)?;
    match master_volume::volumes(&set).ok()?.as_slice() {
        [] => Some(Wish::RootAlone),
        [(_, name)] => Some(Wish::Volume(name.clone())),
        _ => None,
    }
}

/// Reports a change of the masters that is not complete, and its direction: that of the template.
fn under_way(
    wish: Option<&Wish>,
    masters: &[Option<EtcdDisk>],
    is_paused: bool,
) -> Option<Finding> {
    let count = |disk| masters.iter().filter(|it| **it == disk).count();
    let (own, root) = (count(Some(EtcdDisk::Own)), count(Some(EtcdDisk::Root)));
    let all = masters.len();
    let unknown = match count(None) {
        0 => String::new(),
        unknown => format!(" ({unknown} unknown)"),
    };
    let (direction, command) = match wish {
        Some(Wish::Volume(_)) | None if root == 0 => return None,
        Some(Wish::RootAlone) if all == 0 => return None,
        // The MachineConfig is the first write of the one command, and the last of the other.
        Some(Wish::RootAlone) if own == 0 => (
            "`add-disk` gives each master the disk, and `remove-disk` deletes the MachineConfig",
            BOTH,
        ),
        Some(Wish::Volume(_)) => (
            "`add-disk` continues with the other masters, and `remove-disk` reverts the change",
            "oc etcd add-disk",
        ),
        Some(Wish::RootAlone) => (
            "new masters get no such disk: `remove-disk` continues with the other masters",
            "oc etcd remove-disk",
        ),
        None => (
            "it is unknown whether new masters get such a disk: `add-disk` gives each master the disk, and \
             `remove-disk` removes the disks",
            BOTH,
        ),
    };
    let message = format!("etcd has its own disk on {own} of {all} masters{unknown}: {direction}");
    let hint = if is_paused {
        format!("when the replacement is no longer paused: {command}")
    } else {
        command.to_owned()
    };
    Some(Check::MastersReplaced.note("masters", message).hint(hint))
}
