//! The common part of `add-disk` and `remove-disk`: a run makes one write at a time, and follows the cluster's
//! operators until the next write is possible.
//!
//! A run reads the state from the cluster before each step, so that a run continues where another run ended, and two
//! concurrent runs make each change once.

mod watching;

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;

use self::watching::{Ended, Step, Stuck, Watching};
use super::Context;
use super::carry_out::{Resume, carry_out, exit_of, report_document, report_outcome};
use super::consent::{ConsentResult, approve, tell_findings, tell_refused};
use super::follow::{Follower, News};
use crate::api::{Cluster, Interrupt};
use crate::cluster::deadline::{Deadline, LastSeen, WaitError};
use crate::cluster::read::{Scope, read};
use crate::exit::Exit;
use crate::failure;
use crate::model::field::Field;
use crate::model::object::ObjectRef;
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::{
    ControlPlaneMachineSet, PAUSE, Rollout, Strategy,
};
use crate::plan::consent::{Approved, Refused};
use crate::plan::member_disk::{Phase, Planned};
use crate::plan::outcome::Outcome;
use crate::request::{Consent, WriteSettings};

/// Number of times that a write is planned again because its object changed after it was read.
const ATTEMPTS: usize = 10;

/// A command that changes the masters.
pub(super) struct Verb<'a> {
    /// Planner of the command.
    pub plan: &'a dyn Fn(&Snapshot) -> Planned,
    /// Scope of the reads.
    pub scope: Scope,
    /// Time for which etcd must be stable after the last replacement.
    pub stable: Duration,
    /// Sentence that is printed at the end.
    pub done: &'static str,
    /// Next command for the user.
    pub next: &'static str,
}

/// Runs a command.
pub(super) async fn run(
    verb: &Verb<'_>,
    settings: &WriteSettings,
    context: &Context,
) -> Result<Exit> {
    let spoken = |snapshot: &Snapshot| {
        let planned = (verb.plan)(snapshot);
        Planned { plan: planned.plan.with_invocation(&context.program), ..planned }
    };
    if settings.consent == Consent::ShowOnly {
        let snapshot = context.observe(&verb.scope).await?;
        return match approve(spoken(&snapshot).plan, settings, context)? {
            ConsentResult::Approved(_) => Ok(Exit::Done),
            ConsentResult::End(exit) => Ok(exit),
        };
    }
    let (cluster, interrupt) = context.connect().await?;
    let snapshot = context.read(&cluster, &verb.scope, &interrupt).await?;
    let planned = spoken(&snapshot);
    let approved = match approve(planned.plan.clone(), settings, context)? {
        ConsentResult::Approved(approved) => approved,
        ConsentResult::End(exit) => return Ok(exit),
    };
    let cluster = cluster.ending_after(settings.timeout);
    let run = Run { cluster, interrupt, settings, context, verb, spoken: &spoken };
    run.carry_out(planned, approved).await
}

/// A run after consent.
struct Run<'a> {
    cluster: Cluster,
    interrupt: Interrupt,
    settings: &'a WriteSettings,
    context: &'a Context,
    verb: &'a Verb<'a>,
    spoken: &'a dyn Fn(&Snapshot) -> Planned,
}

impl Run<'_> {
    async fn carry_out(&self, planned: Planned, approved: Approved) -> Result<Exit> {
        let mut outcome = Outcome::new(self.settings.persistence());
        if self.settings.consent == Consent::DryRun {
            outcome.extend(self.apply(&approved).await);
            report_outcome(&outcome, self.context, Resume::Again)?;
            return Ok(exit_of(&outcome, &self.interrupt));
        }
        let is_nothing = planned.phase == Some(Phase::Done) && planned.plan.steps.is_empty();
        if is_nothing {
            report_document(&outcome, self.context)?;
            return Ok(Exit::Done);
        }
        let mut planned = planned;
        if self.settings.consent == Consent::Ask && !approved.plan().is_empty() {
            // While the question stood, hours may have passed.
            planned = match self.again(&approved).await {
                Ok((_, planned)) => planned,
                Err(exit) => return Ok(exit),
            };
        }
        let exit = self.go_on(planned, &approved, &mut outcome).await?;
        if exit != Exit::Done || self.context.format.is_document() {
            return Ok(exit);
        }
        if self.settings.will_wait() {
            let next = self.context.next(self.verb.next);
            let done = self.verb.done;
            self.context.terminal.answer(|out| writeln!(out, "\n{done}\n{next}"))?;
        }
        Ok(exit)
    }

    /// Writes, waits until the next write is possible, and repeats this until the change is complete. Reports the
    /// outcome when the run ends.
    async fn go_on(
        &self,
        mut planned: Planned,
        approved: &Approved,
        outcome: &mut Outcome,
    ) -> Result<Exit> {
        let deadline = Deadline::new(self.settings.timeout, self.interrupt.clone());
        let mut attempts = 0;
        let mut written: BTreeSet<ObjectRef> = BTreeSet::new();
        loop {
            if matches!(planned.phase, Some(Phase::Untouched | Phase::Prepared))
                && !planned.plan.is_blocked()
            {
                let next = match approved.advanced(planned.plan.clone()) {
                    Ok(next) => next.first_write(),
                    Err(refused) => {
                        report_document(outcome, self.context)?;
                        return Ok(self.tell_different(&planned, refused));
                    }
                };
                let applied = self.apply(&next).await;
                let has_moved = applied.failed.as_ref().is_some_and(|it| it.is_conflict);
                outcome.extend(applied);
                attempts += 1;
                if has_moved && attempts < ATTEMPTS {
                    outcome.failed = None;
                } else if !outcome.is_complete() {
                    report_outcome(outcome, self.context, Resume::Again)?;
                    return Ok(exit_of(outcome, &self.interrupt));
                } else {
                    attempts = 0;
                    written.extend(next.plan().writes().map(|it| it.object.clone()));
                }
            }
            if !self.settings.will_wait() {
                report_document(outcome, self.context)?;
                if planned.plan.is_blocked() {
                    tell_findings(&planned.plan.findings, &self.context.terminal);
                    return Ok(tell_refused(Refused::Blocked, self.context));
                }
                self.tell_rest(&planned);
                return Ok(Exit::Done);
            }
            let mut snapshot;
            let ended = match self.again(approved).await {
                Ok(now) => {
                    (snapshot, planned) = now;
                    let known = (approved, &written);
                    self.wait(&mut snapshot, &mut planned, known, &deadline).await
                }
                Err(exit) => {
                    report_document(outcome, self.context)?;
                    return Ok(exit);
                }
            };
            if !matches!(ended, Ok(Ended::Next)) {
                report_document(outcome, self.context)?;
            }
            match ended {
                Ok(Ended::Next) => {}
                Ok(Ended::Done) => return Ok(Exit::Done),
                Ok(Ended::Reverted(object)) => {
                    let terminal = &self.context.terminal;
                    terminal.error(&format!("the change of {object} was reverted during this run"));
                    self.context.tell_hint(&format!(
                        "if no other command or GitOps application changes {object}, run the command again"
                    ));
                    return Ok(Exit::Refused);
                }
                Ok(Ended::Refused(findings)) => {
                    tell_findings(&findings, &self.context.terminal);
                    self.context
                        .terminal
                        .error("a check blocks the next change; the changes so far stay");
                    return Ok(Exit::Refused);
                }
                Ok(Ended::Stuck(Stuck { message, hints })) => {
                    self.context.terminal.error(&message);
                    for it in &hints {
                        self.context.tell_hint(it);
                    }
                    return Ok(Exit::Failed);
                }
                Err(error) => {
                    let exit = super::tell_wait_error(&error, self.context, Some(Resume::Again));
                    self.tell_what_continues(&snapshot, &planned);
                    return Ok(exit);
                }
            }
        }
    }

    async fn apply(&self, approved: &Approved) -> Outcome {
        carry_out(&self.cluster, approved, self.settings, &self.interrupt, self.context).await
    }

    /// Reads and plans again. If the plan is blocked, the caller waits or ends the run.
    async fn again(&self, approved: &Approved) -> Result<(Snapshot, Planned), Exit> {
        let snapshot = read(&self.cluster, &self.verb.scope)
            .await
            .map_err(|error| failure::tell(&error.into(), Exit::Failed, &self.context.terminal))?;
        let planned = (self.spoken)(&snapshot);
        match approved.advanced(planned.plan.clone()) {
            Err(refused) => Err(self.tell_different(&planned, refused)),
            Ok(_) => Ok((snapshot, planned)),
        }
    }

    fn tell_different(&self, planned: &Planned, refused: Refused) -> Exit {
        tell_findings(&planned.plan.findings, &self.context.terminal);
        tell_refused(refused, self.context)
    }

    /// Prints that the operator replaces the masters without this command, where it does.
    fn tell_what_continues(&self, snapshot: &Snapshot, planned: &Planned) {
        let set = ControlPlaneMachineSet::of(snapshot);
        let continues = set.and_then(|it| what_continues(&it.rollout(), it.strategy()));
        if let Some(it) = continues.filter(|_| planned.phase == Some(Phase::Replacing)) {
            self.context.tell_hint(&format!("{it}; to pause: {PAUSE}"));
        }
    }

    /// Prints how to continue after a run that does not wait.
    fn tell_rest(&self, planned: &Planned) {
        let line = match planned.phase {
            Some(Phase::Done) => return,
            _ => "run the command again to continue when the operators are done",
        };
        self.context.terminal.tell_line(line);
    }

    /// Follows the operators until the next write is possible, the change is complete, or one of the objects that were
    /// `written` needs its change again. Keeps the state that was read last.
    async fn wait(
        &self,
        snapshot: &mut Snapshot,
        planned: &mut Planned,
        (approved, written): (&Approved, &BTreeSet<ObjectRef>),
        deadline: &Deadline,
    ) -> Result<Ended, WaitError> {
        let scope = self.verb.scope.clone();
        let mut follower = Follower::new(&self.cluster, scope, snapshot.clone(), deadline.clone());
        let mut progress = self.context.terminal.progress();
        let mut watching = Watching::new(self.verb.stable, &approved.plan().findings);
        let ended = loop {
            // Each object is written once. Who takes a change back means to stop the run, whatever the checks find in the
            // state between.
            let again = planned.plan.writes().find(|it| written.contains(&it.object));
            if let Some(step) = again {
                break Ok(Ended::Reverted(step.object.clone()));
            }
            let look_at = match watching.look(snapshot, planned, &mut progress, self.context) {
                Step::Ended(ended) => break Ok(ended),
                Step::Next => break Ok(Ended::Next),
                Step::Wait(look_at) => look_at,
            };
            let look_at = look_at.map(tokio::time::Instant::from_std);
            match follower.next(look_at, &LastSeen::from(watching.last.as_str())).await {
                Ok(News::Snapshot(now)) => {
                    *planned = (self.spoken)(&now);
                    *snapshot = *now;
                }
                Ok(News::Blind(reason)) => watching.look_in_vain(reason),
                Err(error) => break Err(error),
            }
        };
        progress.finish();
        ended
    }
}

/// Returns what the operator does after the end of a run. `None` if it replaces no master.
fn what_continues(rollout: &Rollout, strategy: Field<Strategy>) -> Option<&'static str> {
    match rollout {
        _ if strategy == Field::Known(Strategy::OnDelete) => None,
        Rollout::Complete => None,
        Rollout::Rolling(_) => Some("the operator continues to replace masters"),
        Rollout::Stale => Some("the operator replaces masters after it has processed the template"),
        Rollout::Degraded(_) => {
            Some("the operator has stopped, and replaces masters after the cause is fixed")
        }
        Rollout::Unknown(_) => Some("it is unknown whether the operator replaces masters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openshift::control_plane_machine_set::Trouble;

    #[test]
    fn only_an_operator_that_replaces_masters_is_said_to_continue() {
        let after = |it: Rollout| what_continues(&it, Field::Known(Strategy::RollingUpdate));
        let continues = |it: Rollout| after(it).is_some_and(|it| it.contains("continues"));
        let trouble = || Trouble { reason: String::new(), message: String::new(), since: None };
        assert!(continues(Rollout::Rolling(String::new())));
        assert!(!continues(Rollout::Stale));
        assert!(!continues(Rollout::Degraded(trouble())));
        assert!(!continues(Rollout::Unknown(String::new())));
        assert_eq!(after(Rollout::Complete), None);
        let rolling = Rollout::Rolling(String::new());
        assert_eq!(what_continues(&rolling, Field::Known(Strategy::OnDelete)), None);
    }
}
