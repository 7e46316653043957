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
use crate::derive::{disk, member_disk};
use crate::ignition;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
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
    /// Why the disk is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
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
    let master = |machines: Vec<&Object>| {
        let carriers = replacement::carriers(snapshot, &machines);
        let of = |it: &&Object| disk_of(snapshot, &mounts, it);
        let mut disks: Vec<Result<EtcdDisk, String>> = carriers.iter().map(of).collect();
        disks.dedup();
        let machine = carriers.first().or(machines.first())?;
        let disk = match disks.as_slice() {
            [disk] => disk.clone(),
            [] => Err("no Machine of this master has a Node".to_owned()),
            _ => Err("the member may be on either of two Machines".to_owned()),
        };
        let (etcd_disk, because) = match disk {
            Ok(disk) => (Some(disk), None),
            Err(because) => (None, Some(because)),
        };
        Some(MasterDisk {
            machine: machine.name().to_owned(),
            node: snapshot.node_name_of(machine).map(str::to_owned),
            etcd_disk,
            because,
        })
    };
    replacement::by_index(snapshot).into_values().filter_map(master).collect()
}

/// Returns the disk of etcd on a master, or why the disk is unknown.
fn disk_of(
    snapshot: &Snapshot,
    mounts: &BTreeMap<&str, Field<bool>>,
    machine: &Object,
) -> Result<EtcdDisk, String> {
    let node = snapshot.node_of(machine).ok_or_else(|| match snapshot.node_name_of(machine) {
        Some(name) => format!("node/{name} is not among the Nodes that were read"),
        None => "the Machine has no Node".to_owned(),
    })?;
    let current = node
        .annotation(names::CURRENT_CONFIG)
        .ok_or_else(|| format!("{} does not name its configuration", node.reference()))?;
    let (is_mounted, is_prepared) = from_sources(snapshot, mounts, current)
        .or_else(|because| from_rendered(snapshot, current).ok_or(because))?;
    if is_mounted {
        return Ok(EtcdDisk::Own);
    }
    let volumes = aws::provider_spec(machine).map_or(Field::Absent, volumes);
    match (volumes, is_prepared) {
        (Field::Known(names), true) if !names.is_empty() => Ok(EtcdDisk::Own),
        (Field::Unknown(why), true) => Err(format!("the volumes of the Machine are {why}")),
        (Field::Known(_) | Field::Absent | Field::Unknown(_), _) => Ok(EtcdDisk::Root),
    }
}

/// Returns whether the sources of a configuration give the directory of etcd a disk, and whether `98-master-etcd-disk` is
/// among them; or why this is unknown.
fn from_sources(
    snapshot: &Snapshot,
    mounts: &BTreeMap<&str, Field<bool>>,
    rendered: &str,
) -> Result<(bool, bool), String> {
    let pool = snapshot.pool(names::MASTER);
    let names = pool.and_then(|it| sources(it, rendered)).ok_or_else(|| {
        "machineconfigpool/master does not tell the sources of the Node's configuration".to_owned()
    })?;
    let is_prepared = names.contains(&member_disk::NAME);
    if names.iter().any(|it| mounts.get(it) == Some(&Field::Known(true))) {
        return Ok((true, is_prepared));
    }
    let unknown = names.iter().find(|it| mounts.get(*it) != Some(&Field::Known(false)));
    let Some(name) = unknown else { return Ok((false, is_prepared)) };
    let source = ObjectRef::cluster(Kind::MachineConfig, *name);
    Err(match snapshot.body(&source) {
        Field::Absent if !snapshot.is_unreadable(&source) => {
            format!("{source}, a source of the Node's configuration, does not exist")
        }
        Field::Absent | Field::Unknown(_) => {
            format!("{source}, a source of the Node's configuration, was not read")
        }
        Field::Known(_) => format!("{source} does not tell on which disk /var/lib/etcd is"),
    })
}

/// The same from the rendered MachineConfig, if it was read with the contents of its files. Where `98-master-etcd-disk` is
/// in it, its mount cannot be told from another one.
fn from_rendered(snapshot: &Snapshot, rendered: &str) -> Option<(bool, bool)> {
    let rendered = snapshot.machine_config(rendered)?;
    // Under a name that does not make each part a part of the operator.
    let reference = ObjectRef::cluster(Kind::MachineConfig, "merged");
    let rendered = &Object::new(reference).with("spec", rendered.get("/spec")?.clone());
    let mut files = ignition::files(ignition::config(rendered)?).iter();
    let is_whole = files.all(|it| it["contents"].is_object());
    if !is_whole || disk::has_script(rendered) != Some(false) {
        return None;
    }
    Some((etcd_directory::has_own_disk_by(rendered).known()?, false))
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
