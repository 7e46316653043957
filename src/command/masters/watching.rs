//! Decides for each state of the masters whether a run of `add-disk` or `remove-disk` waits, writes or ends, and shows
//! the progress of the replacement.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::Context;
use crate::check::control_plane::is_passing;
use crate::check::master_pool;
use crate::check::{Check, Finding, Severity};
use crate::model::field::Field;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::{
    ControlPlaneMachineSet, RESUME, Rollout, Strategy,
};
use crate::openshift::master_volumes::Wish;
use crate::openshift::replacement::{Failure, Master, Stage};
use crate::plan::member_disk::{Phase, Planned, Replacement};
use crate::status::stability::{Look, Stability, Stable};
use crate::terminal::ProgressLine;

/// Time for which Nodes may be without a Machine: each Node that joins has no Machine for some seconds.
const UNMANAGED_FOR: Duration = Duration::from_secs(120);

/// End of a wait.
pub(super) enum Ended {
    /// The next write is possible.
    Next,
    /// The change is complete.
    Done,
    /// Somebody reverted the change of this object.
    Reverted(ObjectRef),
    /// A check refuses, and the refusal does not end without intervention.
    Refused(Vec<Finding>),
    /// The replacement does not end without intervention.
    Stuck(Stuck),
}

/// Reason why a replacement does not end without intervention, and the remedies.
pub(super) struct Stuck {
    pub(super) message: String,
    pub(super) hints: Vec<String>,
}

pub(super) enum Step {
    Ended(Ended),
    Next,
    Wait(Option<Instant>),
}

/// Observations so far.
pub(super) struct Watching {
    stability: Stability,
    started: Instant,
    told: BTreeSet<String>,
    /// Description of the state that the run waits for.
    pub(super) last: String,
}

impl Watching {
    /// `agreed` are the findings of the plan that the user confirmed.
    pub(super) fn new(stable: Duration, agreed: &[Finding]) -> Self {
        Self {
            stability: Stability::new(stable),
            started: Instant::now(),
            told: agreed.iter().map(words).collect(),
            last: "the masters have not been read yet".to_owned(),
        }
    }

    /// Restarts the count of the stable time, because the state is unknown.
    pub(super) fn look_in_vain(&mut self, reason: String) {
        self.stability.look(Look::Blind, self.started.elapsed());
        self.last = reason;
    }

    /// Shows the progress, and returns the next step of the run.
    pub(super) fn look(
        &mut self,
        snapshot: &Snapshot,
        planned: &Planned,
        progress: &mut ProgressLine,
        context: &Context,
    ) -> Step {
        let blockers =
            || planned.plan.findings.iter().filter(|it| it.severity == Severity::Blocker);
        if blockers().any(|it| !is_passing(it.check)) {
            return Step::Ended(Ended::Refused(planned.plan.findings.clone()));
        }
        let stable = match planned.phase {
            Some(Phase::Done) => self.stability.look(Look::Good, self.started.elapsed()),
            _ => self.stability.look(Look::Bad, self.started.elapsed()),
        };
        if let Some(blocker) = blockers().next() {
            self.last = words(blocker);
            progress.set("masters", &format!("waiting: {}", self.last));
            // Such a state may need a person, and a progress line shows no hint.
            if matches!(blocker.check, Check::MasterPoolNotUpdated | Check::Unreadable) {
                let hints: Vec<String> = blocker.hint.iter().map(ToString::to_string).collect();
                let line = format!("waiting: {}", self.last);
                self.tell_once(&line, &line, &hints, context);
            }
            return Step::Wait(None);
        }
        match planned.phase {
            None => return Step::Wait(None),
            Some(Phase::Untouched | Phase::Prepared) => return Step::Next,
            Some(Phase::PoolRolling) => {
                let pool = snapshot.pool(names::MASTER);
                let is_wanted = snapshot.machine_config(names::MASTERS_DISK).is_some();
                self.last = pool.map_or_else(String::new, |it| pool_words(it, is_wanted));
                if let Some((why, hint)) = master_pool::held_up(snapshot) {
                    self.last = format!("{}; {why}", self.last);
                    self.tell_once(&why, &why, &[hint], context);
                }
                progress.set("machineconfigpool/master", &self.last);
                return Step::Wait(None);
            }
            Some(Phase::Replacing | Phase::Done) => {}
        }
        // The operator applies other changes of the template with the next replacement. `show` tells a pause.
        let is_told =
            |it: &&Finding| it.severity == Severity::Warning && it.check != Check::RolloutPaused;
        for it in planned.plan.findings.iter().filter(is_told) {
            let hints: Vec<String> = it.hint.iter().map(ToString::to_string).collect();
            self.tell_once(&words(it), &words(it), &hints, context);
        }
        let Some(wish) = &planned.wish else { return Step::Wait(None) };
        let replacement = Replacement::of(snapshot, wish);
        let etcd = match replacement.etcd_instability.first() {
            Some(why) => why,
            None if matches!(stable, Stable::At(_)) => {
                "stable; waiting until the time of --stable is over"
            }
            None => "stable",
        };
        if let Some(stuck) = self.show((snapshot, wish), &replacement, etcd, progress, context) {
            return Step::Ended(Ended::Stuck(stuck));
        }
        match stable {
            Stable::Reached => Step::Ended(Ended::Done),
            Stable::At(then) => {
                "every master has been replaced; etcd must stay stable for the time of --stable"
                    .clone_into(&mut self.last);
                Step::Wait(self.started.checked_add(then))
            }
            Stable::No => Step::Wait(None),
        }
    }

    /// Shows one line for each master and the line of etcd. Returns the reason if a replacement does not end without
    /// intervention.
    fn show(
        &mut self,
        (snapshot, wish): (&Snapshot, &Wish),
        replacement: &Replacement<'_>,
        etcd: &str,
        progress: &mut ProgressLine,
        context: &Context,
    ) -> Option<Stuck> {
        // The way out of a replacement by `remove-disk` is to finish it.
        let give_up = matches!(wish, Wish::Volume(_)).then_some(GIVE_UP);
        let mut waiting = Vec::new();
        let mut under_way = None;
        for master in &replacement.masters {
            let text = format!("{}: {}", master.names(), master.stage.words());
            progress.set(&format!("master {}", master.index), &text);
            let is_idle =
                matches!(master.stage, Stage::Replaced | Stage::Outdated | Stage::Waiting);
            if !is_idle && under_way.is_none() {
                under_way = Some(text.clone());
            }
            if master.stage != Stage::Replaced {
                waiting.push(text);
            }
            if let Some(delay) = master.stage.delay() {
                let line = format!("{}: {delay}", master.names());
                self.tell_once(
                    &format!("delay {}", master.index),
                    &line,
                    &late(master, give_up),
                    context,
                );
            }
        }
        let set = "controlplanemachineset/cluster";
        let waits = match ControlPlaneMachineSet::of(snapshot).map(|it| it.rollout()) {
            Some(Rollout::Rolling(message)) => format!(
                "{message}; with the strategy OnDelete, a master is replaced when its Machine is deleted"
            ),
            _ => "no replacement is in progress".to_owned(),
        };
        progress.set(set, replacement.set_instability.as_ref().unwrap_or(&waits));
        progress.set("etcd", etcd);
        let of_set = replacement.set_instability.as_ref().map(|it| format!("{set}: {it}"));
        let of_etcd = replacement.etcd_instability.first().map(|it| format!("etcd: {it}"));
        let reasons: Vec<String> = under_way.into_iter().chain(of_set).chain(of_etcd).collect();
        self.last = match reasons.as_slice() {
            [] => waiting.first().cloned().unwrap_or_default(),
            reasons => reasons.join("; "),
        };
        if let Some(set) = ControlPlaneMachineSet::of(snapshot) {
            if set.strategy() == Field::Known(Strategy::OnDelete) && !replacement.is_replaced() {
                self.last = format!("paused, because the strategy is OnDelete; {}", self.last);
                let line = "no further master is replaced: the strategy is OnDelete";
                self.tell_once("paused", line, &[format!("to continue: {RESUME}")], context);
                // The operator deletes no Machine under this strategy.
                for (master, old) in replacement.masters.iter().filter_map(|it| Some((it, it.old?)))
                {
                    let (beside, why) = match master.stage {
                        Stage::DeletingOld(..) => {
                            ("the new master", "to complete the current replacement only")
                        }
                        Stage::DeletingUnused(..) => ("the master", "to delete this Machine only"),
                        _ => continue,
                    };
                    if old.is_terminating() {
                        continue;
                    }
                    let old = old.reference();
                    let line = format!("{old} stays beside {beside}: the strategy is OnDelete");
                    let delete = format!("{why}: oc delete {}", old.command_line());
                    self.tell_once(&line, &line, &[delete], context);
                }
            }
            if let Rollout::Degraded(trouble) = set.rollout() {
                let is_short = trouble.reason == "UnmanagedNodes"
                    && trouble.since.is_none_or(|it| {
                        snapshot.read_at.duration_since(it).unsigned_abs() < UNMANAGED_FOR
                    });
                if trouble.reason != "FailedReplacement" && !is_short {
                    let line = format!(
                        "controlplanemachineset/cluster has stopped replacing masters, {}: {}",
                        trouble.reason, trouble.message
                    );
                    let hint = format!("oc describe {}", set.object().reference().command_line());
                    self.tell_once(&trouble.reason, &line, &[hint], context);
                }
            }
        }
        let strategy =
            ControlPlaneMachineSet::of(snapshot).map_or(Field::Absent, |it| it.strategy());
        replacement.masters.iter().find_map(|it| failed(it, strategy, give_up))
    }

    fn tell_once(&mut self, key: &str, line: &str, hints: &[String], context: &Context) {
        if self.told.insert(key.to_owned()) {
            context.terminal.warning(line);
            for it in hints {
                context.tell_hint(it);
            }
        }
    }
}

/// Returns a finding in one line.
fn words(finding: &Finding) -> String {
    format!("{} [{}]: {}", finding.subject, finding.check, finding.message)
}

const GIVE_UP: &str = "to stop the replacement: oc etcd remove-disk";

fn failed(master: &Master<'_>, strategy: Field<Strategy>, give_up: Option<&str>) -> Option<Stuck> {
    let Failure { machine, message, remedy } = master.failure(strategy)?;
    let hints = [remedy].into_iter().chain(give_up.map(str::to_owned)).collect();
    Some(Stuck { message: format!("{machine} {message}"), hints })
}

/// Returns commands that show why a step takes too long.
fn late(master: &Master<'_>, give_up: Option<&str>) -> Vec<String> {
    let describe =
        |it: Option<&Object>| it.map(|it| format!("oc describe {}", it.reference().command_line()));
    match master.stage {
        Stage::DeletingUnused(..) => describe(master.old).into_iter().collect(),
        Stage::DeletingOld(..) => describe(master.old)
            .into_iter()
            .chain(["oc describe etcd/cluster".to_owned()])
            .collect(),
        _ => describe(master.new)
            .into_iter()
            .chain(["oc get csr".to_owned()])
            .chain(give_up.map(str::to_owned))
            .collect(),
    }
}

/// Returns the state of the rollout. `is_wanted` tells whether the pool is to be rendered with the MachineConfig of the disk.
fn pool_words(pool: &Object, is_wanted: bool) -> String {
    let count = |field: &str| pool.integer(&format!("/status/{field}")).unwrap_or(0);
    let wanted = pool.text("/spec/configuration/name").unwrap_or("the new configuration");
    let mut sources = pool.list("/spec/configuration/source").iter();
    if sources.any(|it| it["name"] == names::MASTERS_DISK) != is_wanted {
        let state = if is_wanted { "does not contain" } else { "still contains" };
        return format!(
            "{wanted} {state} machineconfig/{}; waiting for the operator to render",
            names::MASTERS_DISK
        );
    }
    format!(
        "{} of {} masters have {wanted}; each master reboots once",
        count("updatedMachineCount"),
        count("machineCount")
    )
}
