//! Plans again after consent: while a question stands, which may be for hours, other people and operators go on.

use super::Context;
use super::carry_out::Resume;
use crate::api::Cluster;
use crate::check::Finding;
use crate::cluster::read::{Scope, read};
use crate::command::consent::{show, tell_findings, tell_refused_after};
use crate::exit::Exit;
use crate::failure;
use crate::model::snapshot::Snapshot;
use crate::plan::Plan;
use crate::plan::consent::Approved;
use crate::plan::outcome::Outcome;
use crate::request::{Consent, WriteSettings};

/// What a plan is made from.
pub(crate) struct Replan<'a> {
    pub cluster: &'a Cluster,
    pub scope: &'a Scope,
    /// The function that makes the plan.
    pub plan: &'a dyn Fn(&Snapshot) -> Plan,
    pub context: &'a Context,
}

impl Replan<'_> {
    /// Reads and plans again where somebody was asked, and tells what the new plan has that the old one had not.
    ///
    /// # Errors
    /// As for [`Self::again`].
    pub(super) async fn after_asking(
        &self,
        snapshot: Snapshot,
        agreed: Approved,
        settings: &WriteSettings,
    ) -> Result<(Snapshot, Approved), Exit> {
        if settings.consent != Consent::Ask || agreed.plan().is_empty() {
            return Ok((snapshot, agreed));
        }
        let again = self.again(&agreed, &Outcome::default()).await;
        let (snapshot, approved) = again.map_err(|(exit, _)| exit)?;
        let terminal = &self.context.terminal;
        if approved.plan().writes().count() < agreed.plan().writes().count() {
            show(approved.plan(), self.context)
                .map_err(|error| failure::tell(&error, Exit::Failed, terminal))?;
        } else {
            tell_findings(&untold(agreed.plan(), approved.plan()), terminal);
        }
        Ok((snapshot, approved))
    }

    /// Reads and plans again.
    ///
    /// # Errors
    /// How the run ends when the cluster cannot be read, or the new plan is not what was agreed to, and how it is gone on
    /// with. Why is said, and what was done until then is left to the caller to tell.
    pub(super) async fn again(
        &self,
        agreed: &Approved,
        outcome: &Outcome,
    ) -> Result<(Snapshot, Approved), (Exit, Resume)> {
        let terminal = &self.context.terminal;
        let snapshot = read(self.cluster, self.scope).await.map_err(|error| {
            (failure::tell(&error.into(), Exit::Failed, terminal), Resume::Again)
        })?;
        let plan = (self.plan)(&snapshot).with_invocation(&self.context.program);
        match agreed.narrowed(plan.clone()) {
            Ok(approved) => Ok((snapshot, approved)),
            Err(refused) => {
                tell_findings(&plan.findings, terminal);
                Err(tell_refused_after(refused, outcome, self.context))
            }
        }
    }
}

/// Returns the findings of a new plan that the plan before did not have.
pub(super) fn untold(before: &Plan, plan: &Plan) -> Vec<Finding> {
    let is_new = |it: &&Finding| !before.findings.contains(it);
    plan.findings.iter().filter(is_new).cloned().collect()
}
