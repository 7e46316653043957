//! Masters that stop at boot with `98-master-etcd-disk`: somebody deleted the MachineConfig and created it again, and in
//! the meantime, etcd started on the root disk of these masters, beside their volume (`docs/disk.md`, "On masters").

use crate::check::{Check, Finding, master_volume};
use crate::derive::disk;
use crate::derive::member_disk::NAME;
use crate::model::field::Field;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::control_plane_machine_set::{ControlPlaneMachineSet, Strategy};
use crate::openshift::master_volumes::{self, Wish};
use crate::openshift::pool_status::{is_paused, served, sources};
use crate::openshift::replacement;

/// Reports the masters that stop at boot with the MachineConfig, or that may stop, as blockers. The pool must not be resumed
/// before these masters are replaced.
#[must_use]
pub fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    let config = snapshot.machine_config(NAME).filter(|it| is_ours(it));
    let (Some(config), Some(set)) = (config, ControlPlaneMachineSet::of(snapshot)) else {
        return Vec::new();
    };
    let volumes = master_volume::volumes(&set);
    let (volume, is_removal) = match volumes.as_deref() {
        // The template gets the volume when every master has the MachineConfig.
        Ok([(_, volume)]) => (Some(volume.as_str()), false),
        // `remove-disk` removes the volume first, and the MachineConfig when no master has the volume.
        Ok([]) if set.has_our_volumes() != Field::Known(false) => {
            (master_volumes::volume_of_masters(snapshot), true)
        }
        _ => return Vec::new(),
    };
    let Some(volume) = volume else { return Vec::new() };
    let wish = Wish::Volume(volume.to_owned());
    let masters = snapshot.machines_of(names::MASTER);
    let masters: Vec<(&Object, &Object, Option<bool>)> = masters
        .filter(|it| wish.is_met_by(it) != Field::Known(false))
        .filter_map(|machine| {
            let node = snapshot.node_of(machine)?;
            Some((machine, node, has_script(snapshot, node)))
        })
        .collect();
    let is_anywhere = masters.iter().any(|it| it.2 != Some(false));
    masters
        .into_iter()
        .filter_map(|(machine, node, has_script)| match has_script {
            Some(true) => None,
            Some(false) => {
                let hint = if is_removal {
                    after_removal(set, machine)
                } else {
                    replaced(snapshot, machine, is_anywhere)
                };
                Some(stops(snapshot, machine, volume, hint))
            }
            None => replacement::may_be_older(machine, config).then(|| may_stop(machine, node)),
        })
        .collect()
}

/// Returns whether the configuration of a master's Node has the MachineConfig; `None` if this is unknown.
fn has_script(snapshot: &Snapshot, node: &Object) -> Option<bool> {
    let current = node.annotation(names::CURRENT_CONFIG)?;
    match sources(snapshot.pool(names::MASTER)?, current) {
        Some(sources) => Some(sources.contains(&NAME)),
        None => disk::has_script(snapshot.machine_config(current)?),
    }
}

/// `hint` leads to a new master, once the pool is paused.
fn stops(snapshot: &Snapshot, machine: &Object, volume: &str, hint: String) -> Finding {
    let message = format!(
        "the Node has a configuration without {NAME}, and etcd runs on the root disk beside {volume}: with the \
         MachineConfig, the master stops at boot"
    );
    let hint = if snapshot.pool(names::MASTER).is_some_and(is_paused) {
        hint
    } else {
        format!("pause the pool first: {PAUSE_POOL}; then {hint}")
    };
    Check::DiskDeviceUncertain.blocker(machine.reference(), message).hint(hint)
}

/// Returns how a master is replaced by a master with the volume. `is_anywhere` tells whether a master has the
/// MachineConfig, or may have it.
fn replaced(snapshot: &Snapshot, machine: &Object, is_anywhere: bool) -> String {
    let new = snapshot.pool(names::MASTER).and_then(|it| sources(it, served(it)?));
    // Without the MachineConfig, a new master would not mount its volume either.
    match new.is_none_or(|it| it.contains(&NAME)) {
        false if is_anywhere => {
            "wait until new masters get the MachineConfig: oc get machineconfigpool/master -w"
                .to_owned()
        }
        false => {
            format!("delete the MachineConfig, which no master has: oc delete machineconfig/{NAME}")
        }
        true if machine.is_terminating() => wait(machine),
        true => delete(machine),
    }
}

/// Returns how a master is replaced by a master without the volume, which needs no MachineConfig.
fn after_removal(set: ControlPlaneMachineSet<'_>, machine: &Object) -> String {
    match set.strategy() {
        Field::Known(Strategy::OnDelete) if !machine.is_terminating() => delete(machine),
        _ => wait(machine),
    }
}

fn wait(machine: &Object) -> String {
    let reference = machine.reference().command_line();
    format!("wait for the replacement: oc wait --for=delete {reference} --timeout=1h")
}

fn delete(machine: &Object) -> String {
    let reference = machine.reference().command_line();
    format!("replace one such master after the other: oc delete {reference}")
}

const PAUSE_POOL: &str =
    "oc patch machineconfigpool/master --type=merge -p '{\"spec\":{\"paused\":true}}'";

fn may_stop(machine: &Object, node: &Object) -> Finding {
    let message = format!(
        "it is unknown whether the Node has a configuration with {NAME}, which is newer than the Machine: if etcd runs on \
         the root disk, the master stops at boot with the MachineConfig"
    );
    let find =
        format!("oc debug {} -- chroot /host findmnt {}", node.reference(), disk::MOUNT_POINT);
    let hint = format!("do not resume a paused pool; find out where etcd runs: {find}");
    Check::DiskDeviceUncertain.unknown(machine.reference(), message).hint(hint)
}
