//! Plans `remove-disk`, which reverts `add-disk`.
//!
//! The first write removes the volume from the template, and each master is replaced by a master whose etcd is on the
//! root volume. The last write deletes the MachineConfig: a master that boots without the MachineConfig does not mount
//! the volume, and its member of etcd would start with an empty directory.

use std::collections::BTreeSet;

use super::list_edit::{EntryChange, ListEdit};
use super::member_disk::{self, Phase, Planned, Replacement};
use super::{Change, Plan, Step};
use crate::check::control_plane::{self, Start};
use crate::check::master_pool::{self, Holding, Pool};
use crate::check::template_changes::{self, TemplateChanges};
use crate::check::{Check, Finding, finding, master_volume, permissions};
use crate::derive::member_disk::NAME;
use crate::model::field::Field;
use crate::model::names;
use crate::model::object::{Object, ResourceVersion};
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::{BLOCK_DEVICES, ControlPlaneMachineSet};
use crate::openshift::master_volumes::Wish;
use crate::openshift::replacement::{self, Stage};

/// Request of `remove-disk`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoveDiskRequest {
    /// `--accept-template-changes`
    pub template_changes: TemplateChanges,
}

/// Plans `remove-disk` for a cluster.
#[must_use]
pub fn plan(snapshot: &Snapshot, request: &RemoveDiskRequest) -> Planned {
    let (set, volume) = match member_disk::begin(snapshot) {
        Ok(begun) => begun,
        Err(findings) => return Planned::refused(snapshot, findings),
    };
    let config = snapshot.get(&member_disk::machine_config());
    if let Some(finding) = config.and_then(unlabeled) {
        return Planned::refused(snapshot, vec![finding]);
    }
    let replacement = Replacement::of(snapshot, &Wish::RootAlone);
    let pool = master_pool::pool(snapshot, Holding::Without(NAME));
    let phase = match (&volume, config) {
        (Some(_), _) => Phase::Untouched,
        (None, Some(_)) if !replacement.is_done() => Phase::Replacing,
        (None, Some(_)) => Phase::Prepared,
        // Nothing of ours is there, but for what the masters still run.
        (None, None) if is_rolling(snapshot, &pool) => Phase::PoolRolling,
        (None, None) => Phase::Done,
    };
    let replaced = replacement.left().count();
    let judged = Judged { snapshot, request, set, phase: &phase, replaced };
    let edit = volume.map(|(at, name)| (judged.edit(at), name));
    let findings = judged.findings(edit.as_ref().map(|it| &it.0));
    let mut steps = vec![judged.template(edit)];
    // Volumes of another purpose stay.
    if config.is_some() || replacement.is_done() {
        steps.extend(replacement.steps("by a machine without the volume"));
    }
    steps.extend(config.map(remove));
    if config.is_some() || phase == Phase::PoolRolling {
        steps.push(member_disk::reboot(snapshot));
    }
    if phase == Phase::Done {
        steps.clear();
    }
    let findings = finding::normalize(findings, &BTreeSet::default());
    let plan = Plan { steps, findings, ..Plan::nothing(snapshot) };
    Planned { plan, phase: Some(phase), wish: Some(Wish::RootAlone) }
}

/// Returns whether masters may still have the MachineConfig, which no longer exists.
fn is_rolling(snapshot: &Snapshot, pool: &Pool) -> bool {
    match pool {
        Pool::Updated => false,
        Pool::Rolling(..) => true,
        Pool::Paused | Pool::Stopped(..) => master_pool::may_have(snapshot, NAME),
    }
}

/// Reports a MachineConfig that the pool of the masters does not select: a master that reboots before its replacement
/// would not mount the volume.
fn unlabeled(config: &Object) -> Option<Finding> {
    let (label, role) = (names::MACHINE_CONFIG_ROLE, names::MASTER);
    if config.label(label) == Some(role) {
        return None;
    }
    let object = config.reference();
    let message = "the object lost the role of the masters, and a master with the volume that reboots starts etcd with \
                   an empty directory";
    let hint = format!("oc label {object} {label}={role} --overwrite");
    Some(Check::Drifted.blocker(object, message).hint(hint))
}

fn remove(config: &Object) -> Step {
    let because = "when no master has the volume any more".to_owned();
    let change = Change::Remove { before: ResourceVersion::of(config) };
    Step { object: config.reference().clone(), change, because }
}

struct Judged<'a> {
    snapshot: &'a Snapshot,
    request: &'a RemoveDiskRequest,
    set: ControlPlaneMachineSet<'a>,
    phase: &'a Phase,
    /// The number of masters that are to be replaced.
    replaced: usize,
}

impl Judged<'_> {
    fn edit(&self, at: usize) -> ListEdit {
        let was = self.set.block_devices().to_vec();
        ListEdit { pointer: BLOCK_DEVICES, was, change: EntryChange::Remove(at) }
    }

    fn template(&self, edit: Option<(ListEdit, String)>) -> Step {
        let object = self.set.object();
        let (change, because) = match edit {
            Some((edit, name)) => (
                Change::Edit { before: ResourceVersion::of(object), edit },
                format!("template: without {name}"),
            ),
            None => (Change::Unchanged(None), "the template has only the root volume".to_owned()),
        };
        Step { object: object.reference().clone(), change, because }
    }

    fn findings(&self, edit: Option<&ListEdit>) -> Vec<Finding> {
        let Self { snapshot, set, .. } = self;
        match self.phase {
            Phase::Untouched => {}
            // Members on a volume need the MachineConfig: the plan deletes the MachineConfig only when etcd is stable.
            Phase::Prepared => {
                let mut found = control_plane::masters(snapshot, set, Start::Idle);
                found.extend(control_plane::stability(snapshot, Start::Idle));
                found.extend(permissions::denied(snapshot, |_| true));
                found.extend(control_plane::upgrade(snapshot));
                let pool = master_pool::pool(snapshot, Holding::Anything);
                found.extend(master_pool::pool_finding(&pool));
                return found;
            }
            // A pool that does not roll out keeps the MachineConfig on masters.
            Phase::PoolRolling => {
                let of_pool = match master_pool::pool(snapshot, Holding::Without(NAME)) {
                    Pool::Rolling(..) => master_pool::held_up_finding(snapshot),
                    pool => master_pool::pool_finding(&pool),
                };
                return of_pool.into_iter().chain(master_volume::left_behind(snapshot)).collect();
            }
            Phase::Replacing => return member_disk::in_progress(snapshot, Some(&Wish::RootAlone)),
            Phase::Done => return master_volume::left_behind(snapshot).into_iter().collect(),
        }
        let mut found = permissions::denied(snapshot, |_| true);
        let volume = edit.and_then(|it| match it.change {
            EntryChange::Remove(at) => it.was.get(at)?["deviceName"].as_str(),
            EntryChange::Append(_) => None,
        });
        let template = template_changes::findings(
            snapshot,
            set,
            Some(&Wish::RootAlone),
            (self.request.template_changes, "remove-disk"),
        );
        let start = if self.is_midway(volume) { Start::Midway } else { Start::Idle };
        found.extend(template);
        found.extend(control_plane::upgrade(snapshot));
        let pool = master_pool::pool(snapshot, Holding::Anything);
        found.extend(master_pool::pool_finding(&pool));
        found.extend(control_plane::masters(snapshot, set, start));
        found.extend(control_plane::stability(snapshot, start));
        let back = edit.map(|it| it.undo(set.object().reference()));
        let reboots = "when the MachineConfig is deleted";
        let is_differing = found.iter().any(|it| it.check == Check::TemplateDiffers);
        found.extend(control_plane::consequences(
            snapshot,
            set,
            is_differing,
            self.replaced,
            back.as_deref(),
            reboots,
        ));
        found.extend(control_plane::precautions(snapshot, set, (self.replaced, 1)));
        found
    }

    /// Returns whether the replacement of `add-disk` is in progress, so that the removal of the volume stops the
    /// replacement.
    fn is_midway(&self, volume: Option<&str>) -> bool {
        let wish = Wish::Volume(volume.unwrap_or_default().to_owned());
        let masters = replacement::masters(self.snapshot, &wish);
        // A replacement of a machine with the volume has another purpose.
        let is_with = |it: &Object| wish.is_met_by(it) == Field::Known(true);
        masters.iter().filter(|it| !it.old.is_some_and(is_with)).any(|it| {
            matches!(
                it.stage,
                Stage::Waiting
                    | Stage::Failed(_)
                    | Stage::Starting(..)
                    | Stage::DeletingOld(..)
                    | Stage::DeletingNew(_)
            )
        })
    }
}
