//! Carries out an approved plan, step by step, and stops at the first failure.

use crate::api::requests::ApplyOptions;
use crate::api::{Cluster, ClusterError, Fault, Interrupt};
use crate::model::hint::Hint;
use crate::model::kind::Kind;
use crate::model::object::{Object, ResourceVersion};
use crate::plan::compare::Difference;
use crate::plan::consent::Approved;
use crate::plan::outcome::{Done, Failure, Outcome};
use crate::plan::{Change, Step, ownership};

/// Carries out the steps that write, in order. `report` is called after each.
///
/// Machines are created, so that of two runs only one can have a name; everything else is applied on
/// the server's side.
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
    for step in approved.plan().writes() {
        if outcome.failed.is_some() || interrupt.signal().is_some() {
            outcome.not_tried.push(step.object.clone());
            continue;
        }
        match carry_out(cluster, step, options).await {
            Ok(()) => {
                let done = Done { object: step.object.clone(), change: past_tense(&step.change) };
                report(&done);
                outcome.done.push(done);
            }
            Err(error) => outcome.failed = Some(failure(step, &error)),
        }
    }
    outcome
}

async fn carry_out(
    cluster: &Cluster,
    step: &Step,
    options: &ApplyOptions,
) -> Result<(), ClusterError> {
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
        Change::Update { wanted, before, removes } if removes.is_empty() => {
            // The operator writes to the pool all the time, and its fields are its own: a field that
            // somebody changed meanwhile is a conflict anyhow, unless it is forced.
            let is_pool = step.object.kind == Kind::MachineConfigPool && !options.force;
            let any = ResourceVersion { resource: String::new(), uid: before.uid.clone() };
            let before = if is_pool { &any } else { before };
            cluster.apply(wanted, Some(before), options).await.map(drop)
        }
        Change::Update { wanted, before, removes } => {
            let version = cluster.remove_fields(&step.object, removes, before, options).await?;
            cluster.apply(wanted, Some(&version), options).await.map(drop)
        }
        Change::Remove { before } => {
            // The operator writes to the pool all the time: it is known by its uid.
            let any = ResourceVersion { resource: String::new(), uid: before.uid.clone() };
            let is_pool = step.object.kind == Kind::MachineConfigPool;
            let before = if is_pool { &any } else { before };
            cluster.delete(&step.object, before, options.persistence).await
        }
        Change::Unchanged(_)
        | Change::Follow
        | Change::Unknown
        | Change::LeftToOwner
        | Change::LeftToOperator { .. } => Ok(()),
    }
}

/// Somebody may have made an object of that name a moment before, and applying merged into it.
fn is_ours_alone(stored: &Object, options: &ApplyOptions) -> Result<(), ClusterError> {
    let whole = ["spec", "data"]
        .map(|field| Difference { path: vec![field.to_owned()], what: field.to_owned() });
    let others = ownership::conflicts(stored, &whole, &options.field_manager);
    match others.first() {
        // The operator writes into the pool at once.
        Some(other) if stored.reference().kind != Kind::MachineConfigPool => {
            let fault = Fault::merged(stored.reference(), &other.manager);
            Err(ClusterError::new("creating", stored.reference(), fault))
        }
        _ => Ok(()),
    }
}

const fn past_tense(change: &Change) -> &'static str {
    match change {
        Change::Create(_) => "created",
        Change::Update { .. } => "configured",
        Change::Remove { .. } => "deleted",
        _ => "unchanged",
    }
}

fn failure(step: &Step, error: &ClusterError) -> Failure {
    Failure {
        object: step.object.clone(),
        message: error.to_string(),
        hint: error.hint().map(Hint::from),
        is_already_exists: error.fault.is_already_exists(),
        is_conflict: error.fault.is_conflict(),
    }
}
