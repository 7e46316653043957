//! Carries out an approved plan, stage by stage, and ends with the stage in which a write fails.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::stream::StreamExt as _;

use crate::api::concurrent::{Asking, side_by_side};
use crate::api::requests::ApplyOptions;
use crate::api::retry::Retry;
use crate::api::{Cluster, ClusterError, Fault, Interrupt, WriteError};
use crate::model::hint::Hint;
use crate::model::kind::Kind;
use crate::model::object::{Object, ResourceVersion};
use crate::plan::compare::Difference;
use crate::plan::consent::Approved;
use crate::plan::outcome::{Done, Failure, Outcome, Persistence, Stored};
use crate::plan::{Change, Step, ownership};

/// Carries out the steps that write. The writes of a stage are sent at the same time. After a failure or a signal,
/// the writes that are under way end, no other write is sent, and no other stage begins. `report` is called for each
/// write that is done, in the order of the plan.
///
/// Machines are created, so that only one of two runs gets a name. All other objects are applied with server-side
/// apply.
pub async fn apply(
    cluster: &Cluster,
    approved: &Approved,
    options: &ApplyOptions,
    interrupt: &Interrupt,
    mut report: impl FnMut(&Done),
) -> Outcome {
    let mut outcome = Outcome::new(options.persistence);
    for step in &approved.plan().steps {
        match step.change {
            Change::Unchanged(_) => outcome.unchanged.push(step.object.clone()),
            Change::Follow => outcome.followed.push(step.object.clone()),
            _ => {}
        }
    }
    let has_failed = AtomicBool::new(false);
    let ends = || has_failed.load(Ordering::Relaxed) || interrupt.signal().is_some();
    for stage in approved.plan().stages() {
        let (ends, has_failed) = (&ends, &has_failed);
        let writes = stage.iter().map(|&step| -> Asking<'_, Option<Result<(), WriteError>>> {
            Box::pin(async move {
                if ends() {
                    return None;
                }
                let written = carry_out(cluster, step, options).await;
                has_failed.fetch_or(written.is_err(), Ordering::Relaxed);
                Some(written)
            })
        });
        let mut answers = side_by_side(&cluster.client.held(), writes.collect());
        for step in stage {
            match answers.next().await.flatten() {
                Some(Ok(())) => {
                    let done =
                        Done { object: step.object.clone(), change: past_tense(&step.change) };
                    report(&done);
                    outcome.done.push(done);
                }
                Some(Err(error)) => outcome.fail(failure(step, &error, options.persistence)),
                None => outcome.not_tried.push(step.object.clone()),
            }
        }
    }
    outcome
}

async fn carry_out(
    cluster: &Cluster,
    step: &Step,
    options: &ApplyOptions,
) -> Result<(), WriteError> {
    match &step.change {
        Change::Create(object) if step.object.kind == Kind::Machine => {
            cluster.create(object, options).await
        }
        Change::Create(object) => {
            cluster.must_not_merge(object).await?;
            // Nobody else's fields can be in the way of an object that is not there.
            let options = ApplyOptions { force: false, ..options.clone() };
            let stored = cluster.apply(object, None, &options).await?;
            is_ours_alone(&stored, &options)
        }
        Change::Update { wanted, before, taken, .. } => {
            let force = options.force || taken.takes_over;
            let options = &ApplyOptions { force, ..options.clone() };
            if !taken.removes.is_empty() {
                let removes = &taken.removes;
                let version = cluster.remove_fields(&step.object, removes, before, options).await?;
                let applied = cluster.apply(wanted, Some(&version), options).await;
                // The fields of others are removed by now, whether or not the apply succeeded.
                return applied
                    .map(drop)
                    .map_err(|error| WriteError { stored: Stored::Unknown, ..error });
            }
            // The operator writes to the pool all the time, and its fields are its own: a field that
            // somebody changed meanwhile is a conflict anyhow, unless it is forced.
            let is_pool = step.object.kind == Kind::MachineConfigPool && !options.force;
            let any = ResourceVersion { resource: String::new(), uid: before.uid.clone() };
            let before = if is_pool { &any } else { before };
            cluster.apply(wanted, Some(before), options).await.map(drop)
        }
        Change::Remove { before } => {
            // The operator writes to the pool all the time: it is known by its uid.
            let any = ResourceVersion { resource: String::new(), uid: before.uid.clone() };
            let is_pool = step.object.kind == Kind::MachineConfigPool;
            let before = if is_pool { &any } else { before };
            // A Machine is deleted by a judgment of what runs on it, which is out of date after a pause.
            let is_judged = step.object.kind == Kind::Machine;
            let repeat = if is_judged { Retry::Never } else { Retry::Write };
            cluster.delete(&step.object, before, options.persistence, repeat).await
        }
        Change::Edit { before, edit } => {
            cluster.edit(&step.object, edit, before, options).await.map(drop)
        }
        Change::Unchanged(_)
        | Change::ByOperator(_)
        | Change::Follow
        | Change::Unknown
        | Change::LeftToOwner
        | Change::LeftToOperator { .. } => Ok(()),
    }
}

/// Refuses an object into which the apply merged: somebody else may have created it a moment before.
fn is_ours_alone(stored: &Object, options: &ApplyOptions) -> Result<(), WriteError> {
    let whole = ["spec", "data"]
        .map(|field| Difference { path: vec![field.to_owned()], what: field.to_owned() });
    let others = ownership::conflicts(stored, &whole, &options.field_manager);
    match others.first() {
        // The operator writes into the pool at once.
        Some(other) if stored.reference().kind != Kind::MachineConfigPool => {
            let fault = Fault::merged(stored.reference(), &other.manager);
            let error = ClusterError::new("creating", stored.reference(), fault);
            Err(WriteError { stored: Stored::Yes, ..error.into() })
        }
        _ => Ok(()),
    }
}

const fn past_tense(change: &Change) -> &'static str {
    match change {
        Change::Create(_) => "created",
        Change::Update { .. } => "configured",
        Change::Edit { .. } => "patched",
        Change::Remove { .. } => "deleted",
        _ => "unchanged",
    }
}

fn failure(step: &Step, failed: &WriteError, persistence: Persistence) -> Failure {
    let WriteError { error, stored, retry_after } = failed;
    Failure {
        object: step.object.clone(),
        message: error.to_string(),
        stored: match persistence {
            Persistence::Stored => *stored,
            Persistence::DryRun => Stored::No,
        },
        hint: error.hint().map(Hint::from),
        is_already_exists: error.fault.is_already_exists(),
        is_conflict: error.fault.is_conflict(),
        is_passing: error.fault.is_passing(),
        retry_after: *retry_after,
    }
}
