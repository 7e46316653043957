//! The state of a cluster as `add-disk` and `remove-disk` plan with: the MachineConfig, the volume in the template, and
//! the progress of the machines.
//!
//! Both commands continue from the state of the cluster; a run keeps no other state.

use std::collections::BTreeSet;

use super::compare::{self, Comparison};
use super::ownership;
use super::reconcile::because_of;
use super::{Cause, Change, Consequence, Plan, Step, TakenFields};
use crate::check::control_plane;
use crate::check::deletion;
use crate::check::master_stop;
use crate::check::master_volume::{self, Volume};
use crate::check::other_pools;
use crate::check::template;
use crate::check::template_changes;
use crate::check::{Check, Finding, finding};
use crate::derive::disk::Disk;
use crate::derive::member_disk;
use crate::ignition;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef, ResourceVersion};
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::control_plane_machine_set::{
    ControlPlaneMachineSet, RESUME, Rollout, Strategy,
};
use crate::openshift::etcd_stability;
use crate::openshift::master_volumes::Wish;
use crate::openshift::replacement::{self, Master, Stage};

/// The reference of the MachineConfig `98-master-etcd-disk`.
#[must_use]
pub fn machine_config() -> ObjectRef {
    ObjectRef::cluster(Kind::MachineConfig, member_disk::NAME)
}

/// The reference of the masters' pool.
pub(super) fn pool() -> ObjectRef {
    ObjectRef::cluster(Kind::MachineConfigPool, names::MASTER)
}

/// Returns the basis of both plans: the ControlPlaneMachineSet, and the volume of etcd.
///
/// # Errors
/// Returns the blockers if nothing can be decided, if somebody else created the MachineConfig, or if the MachineConfig was
/// deleted while masters have the volume.
pub(super) fn begin(
    snapshot: &Snapshot,
) -> Result<(ControlPlaneMachineSet<'_>, Option<Volume>), Vec<Finding>> {
    let undecided = control_plane::undecided(snapshot);
    if !undecided.is_empty() {
        return Err(undecided);
    }
    let existing = snapshot.get(&machine_config());
    if let Some(foreign) = existing.filter(|it| !is_ours(it)) {
        return Err(vec![foreign_object(foreign)]);
    }
    let elsewhere: Vec<Finding> = other_pools::blockers(snapshot).collect();
    if !elsewhere.is_empty() {
        return Err(elsewhere);
    }
    let stopping = master_stop::findings(snapshot);
    if !stopping.is_empty() {
        return Err(stopping);
    }
    if let Some(lost) = master_volume::lost(snapshot) {
        return Err(vec![lost]);
    }
    let begun =
        control_plane::machine_set(snapshot).and_then(|set| Ok((set, volume(snapshot, set)?)));
    begun.map_err(|finding| vec![finding])
}

/// Returns the blocker for a MachineConfig that has the name of ours and that oc-etcd did not create.
fn foreign_object(machine_config: &Object) -> Finding {
    let object = machine_config.reference();
    Check::ForeignObject
        .blocker(object, "oc-etcd did not create this object")
        .hint(format!("find out who needs the object: oc describe {object}"))
}

/// Returns the volume of etcd: the only volume besides the root volume, if the MachineConfig of oc-etcd exists.
///
/// # Errors
/// Returns a blocker if a machine cannot distinguish the volume from others.
fn volume(snapshot: &Snapshot, set: ControlPlaneMachineSet<'_>) -> Result<Option<Volume>, Finding> {
    let volumes = master_volume::volumes(&set)?;
    let reference = set.object().reference();
    let is_prepared = snapshot.get(&machine_config()).is_some_and(is_ours);
    match volumes.as_slice() {
        [only] if is_prepared => Ok(Some(only.clone())),
        [_, _, ..] if is_prepared => {
            let message = format!(
                "the template has several volumes besides the root volume ({}): a new master cannot determine which \
                 volume is for etcd",
                master_volume::shown(&volumes)
            );
            Err(Check::DiskDeviceUncertain
                .blocker(reference, message)
                .hint(master_volume::without_volumes(set)))
        }
        _ => Ok(None),
    }
}

/// Reports volumes in the template that are not the volume of etcd: what mounts one of the volumes for etcd, or that a
/// new master cannot distinguish such a volume from the volume of etcd.
pub(super) fn other_volumes(snapshot: &Snapshot, set: ControlPlaneMachineSet<'_>) -> Vec<Finding> {
    let volumes = match master_volume::volumes(&set) {
        Ok(volumes) if volumes.is_empty() => return Vec::new(),
        Ok(volumes) => volumes,
        Err(finding) => return vec![finding],
    };
    let mounts = master_volume::mounts(snapshot);
    if !mounts.is_empty() {
        return mounts;
    }
    let message = format!(
        "the template has {} besides the root volume, and {} does not exist: a new master cannot distinguish such a \
         volume from the volume of etcd",
        master_volume::shown(&volumes),
        machine_config()
    );
    let check = Check::DiskDeviceUncertain.blocker(set.object().reference(), message);
    vec![check.hint(master_volume::without_volumes(set))]
}

/// Returns the MachineConfig as it is to be. `None` without the masters' own, which have their Ignition version.
pub(super) fn wanted(
    snapshot: &Snapshot,
    disk: Option<&Disk>,
    tool_version: &str,
) -> Option<Object> {
    let existing = snapshot.get(&machine_config()).filter(|it| is_ours(it));
    let disk = disk.cloned().or_else(|| existing.and_then(Disk::of)).unwrap_or_default();
    let newest = ["01-master-kubelet", "00-master"]
        .into_iter()
        .find_map(|name| snapshot.machine_config(name).and_then(ignition::version))?;
    let make = |version: &str| member_disk::machine_config(&disk, version, tool_version);
    // The operator accepts every version up to its own version: an upgrade is no reason to reboot the masters.
    let kept = existing.and_then(ignition::version).map(make).filter(|again| {
        let digest = |it: &Object| it.annotation(names::SOURCE_DIGEST).map(str::to_owned);
        existing.and_then(digest) == digest(again)
    });
    Some(kept.unwrap_or_else(|| make(newest)))
}

/// Returns the step for the MachineConfig, and the findings about the MachineConfig.
pub(super) fn reconcile(
    snapshot: &Snapshot,
    wanted: Object,
    field_manager: &str,
) -> (Step, Vec<Finding>) {
    let object = wanted.reference().clone();
    let step = |change, because: &str| Step {
        object: object.clone(),
        change,
        because: because.to_owned(),
    };
    let Some(existing) = snapshot.get(&object) else {
        return (
            step(Change::Create(wanted), "the script that finds and mounts the volume"),
            Vec::new(),
        );
    };
    let Comparison { differences, unknown } = compare::compare(existing, &wanted);
    if differences.is_empty() && !unknown.is_empty() {
        let message =
            "it is unknown whether the object is up to date: parts of the object are withheld";
        let finding = Check::Unreadable.blocker(&object, message);
        return (step(Change::Unknown, "withheld from the files"), vec![finding]);
    }
    if differences.is_empty() {
        let deletion = deletion::in_progress(existing).into_iter().collect();
        return (step(Change::Unchanged(Some(wanted)), "up to date"), deletion);
    }
    let conflicts = ownership::conflicts(existing, &differences, field_manager);
    let takes_over = conflicts.iter().any(|it| it.is_left_over);
    let findings = conflicts.into_iter().filter(|it| !it.is_left_over).map(|it| {
        let message = format!("`{}` was changed by {}", it.field, it.manager);
        let hint =
            format!("revert the change, or make it in another MachineConfig: oc edit {object}");
        Check::Drifted.blocker(&object, message).hint(hint)
    });
    let findings = findings.chain(deletion::in_progress(existing)).collect();
    let before = ResourceVersion::of(existing);
    let taken = TakenFields { takes_over, ..TakenFields::default() };
    let change = Change::Update { wanted, before, taken, cause: Cause::Differs };
    let because = because_of("differs from what this version creates", takes_over);
    (step(change, &because), findings)
}

/// Returns the step of `add-disk` for the existing MachineConfig. `None` if oc-etcd created no such MachineConfig.
#[must_use]
pub fn refresh(snapshot: &Snapshot, tool_version: &str) -> Option<Step> {
    snapshot.get(&machine_config()).filter(|it| is_ours(it))?;
    let wanted = wanted(snapshot, None, tool_version)?;
    Some(reconcile(snapshot, wanted, names::FIELD_MANAGER).0)
}

/// Phase of a change of the masters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has been written, or the first write must be repeated.
    Untouched,
    /// The pool is rolling out a configuration with, or without, the MachineConfig.
    PoolRolling,
    /// The masters have the MachineConfig.
    Prepared,
    /// The masters are being replaced, or etcd is not stable yet.
    Replacing,
    /// The change is complete.
    Done,
}

/// A plan, and the phase of the cluster.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Plan.
    pub plan: Plan,
    /// Phase of the cluster; `None` if nothing can be decided.
    pub phase: Option<Phase>,
    /// Volumes that the masters are to have; `None` if nothing can be decided.
    pub wish: Option<Wish>,
}

impl Planned {
    /// A plan that is refused before anything is decided.
    pub(super) fn refused(snapshot: &Snapshot, found: Vec<Finding>) -> Self {
        let findings = finding::normalize(found, &BTreeSet::default());
        Self { plan: Plan { findings, ..Plan::nothing(snapshot) }, phase: None, wish: None }
    }
}

/// State of the replacement of the masters.
#[derive(Clone, Debug, PartialEq)]
pub struct Replacement<'a> {
    /// The masters.
    pub masters: Vec<Master<'a>>,
    /// Reason why the operator of the ControlPlaneMachineSet is not done, even if every master is replaced.
    pub set_instability: Option<String>,
    /// Reasons why etcd is not stable. Empty if etcd is stable.
    pub etcd_instability: Vec<String>,
}

impl<'a> Replacement<'a> {
    /// Returns the state of the replacement in a cluster.
    #[must_use]
    pub fn of(snapshot: &'a Snapshot, wish: &Wish) -> Self {
        let mut masters = replacement::masters(snapshot, wish);
        mark_outdated(snapshot, wish, &mut masters);
        let set_instability = match ControlPlaneMachineSet::of(snapshot).map(|it| it.rollout()) {
            None => Some("the object does not exist".to_owned()),
            Some(Rollout::Complete) => None,
            Some(Rollout::Stale) => {
                Some("the operator has not processed the template yet".to_owned())
            }
            // Another change of the template, which waits until somebody deletes the Machines, is no matter of this one.
            Some(Rollout::Rolling(_))
                if are_replaced(&masters) && replacement::is_waiting_for_deletion(snapshot) =>
            {
                None
            }
            Some(Rollout::Rolling(message)) => Some(message),
            Some(Rollout::Degraded(it)) => Some(format!("{}: {}", it.reason, it.message)),
            Some(Rollout::Unknown(why)) => Some(why),
        };
        let instability = etcd_stability::instability(snapshot).into_iter();
        let mut etcd_instability: Vec<String> = instability.map(|it| it.message).collect();
        let etcd = snapshot.cluster(Kind::ClusterOperator, "etcd");
        etcd_instability.extend(match etcd.map(etcd_stability::operator_instability) {
            None => Some("clusteroperator/etcd does not exist".to_owned()),
            Some(why) => why.map(|it| format!("clusteroperator/etcd: {}", it.message)),
        });
        Self { masters, set_instability, etcd_instability }
    }

    /// Returns whether every master is replaced, the operator is done, and etcd is stable.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_replaced() && self.set_instability.is_none() && self.etcd_instability.is_empty()
    }

    /// Returns whether every master is replaced.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        are_replaced(&self.masters)
    }

    /// Returns whether a master is to be replaced, or its replacement is not complete. A change of the template that waits
    /// until somebody deletes the Machines is no matter of this one.
    fn is_left(&self, master: &Master<'_>) -> bool {
        match master.stage {
            Stage::Replaced => false,
            Stage::Outdated => self.set_instability.is_some(),
            _ => true,
        }
    }

    /// Returns the masters that are not replaced yet. A master that has its only Machine already, and is not Ready or has
    /// no member of etcd yet, is waited for, and so is a Machine that is deleted without a replacement.
    pub(super) fn left(&self) -> impl Iterator<Item = &Master<'a>> {
        self.masters.iter().filter(|it| self.is_left(it) && !is_waited_for(it))
    }

    /// Returns the steps of the cluster's operators.
    pub(super) fn steps(&self, by: &str) -> Vec<Step> {
        self.masters
            .iter()
            .filter(|it| self.is_left(it))
            .filter_map(|master| {
                let machine = master.old.or(master.new)?;
                let because = match master.stage {
                    Stage::Waiting => by.to_owned(),
                    Stage::Outdated => "by a machine that matches the template".to_owned(),
                    ref stage => format!("{}: {}", master.names(), stage.words()),
                };
                let change = if is_waited_for(master) {
                    Change::Follow
                } else {
                    Change::ByOperator(Consequence::Replace)
                };
                Some(Step { object: machine.reference().clone(), change, because })
            })
            .collect()
    }
}

fn are_replaced(masters: &[Master<'_>]) -> bool {
    let is_replaced = |it: &Master<'_>| matches!(it.stage, Stage::Replaced | Stage::Outdated);
    !masters.is_empty() && masters.iter().all(is_replaced)
}

/// Marks the masters that differ from the template, unless the operator finds that every master matches the template.
fn mark_outdated(snapshot: &Snapshot, wish: &Wish, masters: &mut [Master<'_>]) {
    let set = ControlPlaneMachineSet::of(snapshot);
    let Some(set) = set.filter(|it| it.rollout() != Rollout::Complete) else { return };
    let differs = |machine: &Object| {
        let found = template::compare(&set, machine, snapshot.release(), Some(wish));
        !found.differences.is_empty()
    };
    for master in masters.iter_mut().filter(|it| it.stage == Stage::Replaced) {
        if master.new.is_some_and(differs) {
            master.stage = Stage::Outdated;
        }
    }
}

/// Returns what an admin has to know while the operator replaces masters: the other changes that the operator applies, and
/// that the replacement is paused.
#[must_use]
pub fn in_progress(snapshot: &Snapshot, wish: Option<&Wish>) -> Vec<Finding> {
    let Some(set) = ControlPlaneMachineSet::of(snapshot) else { return Vec::new() };
    let found = template_changes::taken_along(snapshot, &set, wish).into_iter();
    found.chain(wish.and_then(|it| paused(snapshot, set, it))).collect()
}

/// Reports that masters are to be replaced, and that the operator replaces none of them: with `OnDelete`, a Machine that
/// nobody deletes stays (`updates.go`, `createOnDeleteReplacementMachines`).
fn paused(snapshot: &Snapshot, set: ControlPlaneMachineSet<'_>, wish: &Wish) -> Option<Finding> {
    let stays = |it: &Master<'_>| it.old.is_some_and(|old| !old.is_terminating());
    let is_paused = set.strategy() == Field::Known(Strategy::OnDelete)
        && replacement::masters(snapshot, wish).iter().any(stays);
    is_paused.then(|| {
        let message = "the replacement is paused: with the strategy OnDelete, a master is replaced only when its Machine \
                       is deleted";
        let hint = format!("to continue: {RESUME}");
        Check::RolloutPaused.warning(set.object().reference(), message).hint(hint)
    })
}

/// Returns whether a master has no Machine that is to be replaced: its Machine is no Ready Node with a member of etcd
/// yet, or stays instead of the Machine that was to replace it.
const fn is_waited_for(master: &Master<'_>) -> bool {
    if matches!(master.stage, Stage::DeletingUnused(..)) {
        return true;
    }
    let is_joining = matches!(
        master.stage,
        Stage::Starting(..) | Stage::Joining(..) | Stage::MovingMember(_) | Stage::UnknownMember(_)
    );
    master.old.is_none() && is_joining
}

/// The step of the Machine Config Operator.
pub(super) fn reboot(snapshot: &Snapshot) -> Step {
    let masters = replacement::by_index(snapshot).len();
    Step {
        object: pool(),
        change: Change::ByOperator(Consequence::Reboot),
        because: format!("{masters} masters, one after the other"),
    }
}
