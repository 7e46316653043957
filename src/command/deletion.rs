//! What `remove-machine` and `teardown` share: deleting, and following Machines until they and their Nodes
//! no longer exist.

use super::Context;
use super::carry_out::{Resume, carry_out, exit_of};
use crate::api::retry::{Retry, RetryBudget};
use crate::api::{Cluster, Interrupt};
use crate::cluster::deadline::{Deadline, WaitError};
use crate::cluster::read::Scope;
use crate::cluster::wait;
use crate::command::replan::Replan;
use crate::exit::Exit;
use crate::model::snapshot::Snapshot;
use crate::openshift::deletion::TerminatingMachine;
use crate::plan::consent::Approved;
use crate::plan::outcome::Outcome;
use crate::plan::{Plan, removal};
use crate::request::WriteSettings;

/// The number of times that a plan is made again because a Machine changed after it was read.
const ATTEMPTS: usize = 10;

/// A run that deletes, after consent.
pub(crate) struct DeletionRun<'a> {
    pub cluster: Cluster,
    pub interrupt: Interrupt,
    pub settings: &'a WriteSettings,
    pub context: &'a Context,
    /// The scope that the plan is made from.
    pub scope: Scope,
    /// The function that makes the plan.
    pub plan: &'a dyn Fn(&Snapshot) -> Plan,
}

/// The result of deleting.
pub(crate) struct Removed {
    pub outcome: Outcome,
    /// The Machines that are waited for.
    pub terminating: Vec<TerminatingMachine>,
    /// The command that goes on with the rest.
    pub(super) resume: Resume,
}

impl DeletionRun<'_> {
    /// Deletes what was agreed to, or a part of it. Where an object has changed meanwhile, or the API server could not
    /// answer, everything is read and judged again.
    pub(crate) async fn remove(
        &self,
        snapshot: &Snapshot,
        mut approved: Approved,
        part: fn(&Approved) -> Approved,
    ) -> Removed {
        let mut outcome = Outcome::new(self.settings.persistence());
        let mut terminating = removal::terminating(snapshot, approved.plan());
        let mut resume = Resume::Again;
        // It begins with the first failure.
        let mut budget: Option<RetryBudget> = None;
        for _ in 0..ATTEMPTS {
            let piece = part(&approved);
            let applied =
                carry_out(&self.cluster, &piece, self.settings, &self.interrupt, self.context);
            let applied = applied.await;
            let failed = applied.failed.clone();
            outcome.extend(applied);
            match failed {
                Some(it) if it.is_conflict => {}
                Some(it) if it.is_passing => {
                    let warning =
                        format!("{}; the command reads the cluster again and retries", it.message);
                    self.context.terminal.warning(&warning);
                    let budget = budget.get_or_insert_with(|| RetryBudget::of(Retry::Write, None));
                    if !budget.pause(it.retry_after).await {
                        break;
                    }
                }
                Some(_) | None => break,
            }
            let (snapshot, again) = match self.replan().again(&approved, &outcome).await {
                Ok(again) => again,
                Err((_, how)) => {
                    resume = how;
                    break;
                }
            };
            approved = again;
            terminating.extend(removal::terminating(&snapshot, approved.plan()));
        }
        terminating.sort_by(|one, other| one.name.cmp(&other.name));
        terminating.dedup_by(|one, other| one.name == other.name);
        if resume == Resume::Unblocked {
            // The same command would be blocked, too.
            outcome.failed.iter_mut().chain(&mut outcome.also_failed).for_each(|it| it.hint = None);
        }
        Removed { outcome, terminating, resume }
    }

    /// Returns how a plan is made again.
    pub(crate) const fn replan(&self) -> Replan<'_> {
        Replan {
            cluster: &self.cluster,
            scope: &self.scope,
            plan: self.plan,
            context: self.context,
        }
    }

    /// Waits until Machines and Nodes no longer exist, and shows how far each is.
    pub(crate) async fn wait_until_deleted(
        &self,
        terminating: &[TerminatingMachine],
        deadline: &Deadline,
    ) -> Result<(), WaitError> {
        if terminating.is_empty() {
            return Ok(());
        }
        let mut progress = self.context.terminal.progress();
        let waited = wait::machines_deleted(&self.cluster, terminating, deadline, |name, seen| {
            progress.set(&format!("machine/{name}"), &seen.words());
        });
        let waited = waited.await;
        progress.finish();
        waited
    }

    /// Returns the deadline, counted from now.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::new(self.settings.timeout, self.interrupt.clone())
    }

    /// Returns the result of a run that deleted.
    pub(crate) fn exit_of(&self, outcome: &Outcome) -> Exit {
        exit_of(outcome, &self.interrupt)
    }

    /// Says why a wait ended.
    pub(crate) fn tell(&self, error: &WaitError) -> Exit {
        super::tell_wait_error(error, self.context, Some(Resume::Again))
    }
}
