//! `teardown`: removes what `init` and `add-machine` made. The pool goes only after the Machines and their
//! Nodes are gone, and everything is read and judged once more before.

use std::time::Duration;

use anyhow::Result;

use super::Context;
use super::carry_out::{report_document, report_outcome};
use crate::cluster::deadline::{Deadline, WaitError};
use crate::cluster::read::Scope;
use crate::cluster::wait;
use crate::command::consent::{ConsentResult, approve};
use crate::command::deletion::{DeletionRun, Removed};
use crate::exit::Exit;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::ObjectRef;
use crate::model::snapshot::Snapshot;
use crate::openshift::deletion::holders;
use crate::plan::consent::Approved;
use crate::plan::outcome::Outcome;
use crate::plan::{Change, removal, teardown};
use crate::request::{Consent, WriteSettings};

/// The time that the garbage collector may take for the objects that the pool owned.
const COLLECTED_WITHIN: Duration = Duration::from_secs(60);

/// Runs `teardown`.
pub(super) async fn run(settings: &WriteSettings, context: &Context) -> Result<Exit> {
    let (cluster, interrupt) = context.connect().await?;
    let mut scope = Scope::teardown();
    if settings.will_wait() {
        scope = scope.watching(&[Kind::Machine, Kind::Node, Kind::MachineConfig]);
    }
    let snapshot = context.read(&cluster, &scope, &interrupt).await?;
    let plan = teardown::plan(&snapshot).with_invocation(&context.program);
    let approved = match approve(plan, settings, context)? {
        ConsentResult::Approved(approved) => approved,
        ConsentResult::End(exit) => return Ok(exit),
    };
    let cluster = cluster.ending_after(settings.timeout);
    let run = DeletionRun { cluster, interrupt, settings, context, scope, plan: &teardown::plan };
    let (snapshot, approved) = match run.replan().after_asking(snapshot, approved, settings).await {
        Ok(again) => again,
        Err(exit) => return Ok(exit),
    };
    if settings.consent == Consent::DryRun {
        let Removed { outcome, resume, .. } = run.remove(&snapshot, approved, Clone::clone).await;
        report_outcome(&outcome, context, resume)?;
        return Ok(run.exit_of(&outcome));
    }
    let deadline = run.deadline();
    let mut outcome = Outcome::default();
    let (first, rest) = approved.machines_first();
    let has_machines =
        first.plan().steps.iter().any(|it| !matches!(it.change, Change::LeftToOwner));
    if !has_machines {
        return objects(&run, &snapshot, rest, &deadline, outcome).await;
    }
    let exit = machines(&run, &snapshot, &approved, &deadline, &mut outcome).await?;
    if exit != Exit::Done || !settings.will_wait() {
        return Ok(exit);
    }
    let (snapshot, rest) = loop {
        let (snapshot, rest) = match run.replan().again(&approved, &outcome).await {
            Ok(again) => again,
            Err((exit, _)) => {
                report_document(&outcome, context)?;
                return Ok(exit);
            }
        };
        // Others may be on their way out by now, or a Node has joined late: the pool stays for them too.
        let terminating = removal::terminating(&snapshot, rest.plan());
        if terminating.is_empty() {
            break (snapshot, rest);
        }
        if let Err(error) = run.wait_until_deleted(&terminating, &deadline).await {
            report_document(&outcome, context)?;
            return Ok(run.tell(&error));
        }
    };
    outcome.not_tried.clear();
    objects(&run, &snapshot, rest, &deadline, outcome).await
}

/// Removes the Machines and waits until they and their Nodes no longer exist. Where the run ends with that, the
/// outcome is told.
async fn machines(
    run: &DeletionRun<'_>,
    snapshot: &Snapshot,
    approved: &Approved,
    deadline: &Deadline,
    outcome: &mut Outcome,
) -> Result<Exit> {
    let removed = run.remove(snapshot, approved.clone(), |it| it.machines_first().0).await;
    outcome.extend(removed.outcome);
    let is_removed = outcome.is_complete();
    let (_, rest) = approved.machines_first();
    outcome.not_tried.extend(rest.plan().writes().map(|step| step.object.clone()));
    if !is_removed {
        report_outcome(outcome, run.context, removed.resume)?;
        return Ok(run.exit_of(outcome));
    }
    if !run.settings.will_wait() {
        report_document(outcome, run.context)?;
        let when = "after the machines and their Nodes are deleted, run the command again to delete the rest";
        run.context.terminal.tell_line(&format!("{when}: {}", names(outcome)));
        return Ok(Exit::Done);
    }
    match run.wait_until_deleted(&removed.terminating, deadline).await {
        Ok(()) => Ok(Exit::Done),
        Err(error) => {
            report_document(outcome, run.context)?;
            Ok(run.tell(&error))
        }
    }
}

fn names(outcome: &Outcome) -> String {
    outcome.not_tried.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Removes the rest, and waits until the objects of the pool no longer exist either: a new pool would get it back under
/// the same name, and lose it.
async fn objects(
    run: &DeletionRun<'_>,
    snapshot: &Snapshot,
    approved: Approved,
    deadline: &Deadline,
    mut outcome: Outcome,
) -> Result<Exit> {
    let followed = std::mem::take(&mut outcome.followed);
    let removed = run.remove(snapshot, approved, |it| it.machines_first().1).await;
    outcome.extend(removed.outcome);
    outcome.followed = followed;
    report_outcome(&outcome, run.context, removed.resume)?;
    let exit = run.exit_of(&outcome);
    if exit != Exit::Done || outcome.done.is_empty() {
        return Ok(exit);
    }
    let has_pool = outcome.done.iter().any(|it| it.object.kind == Kind::MachineConfigPool);
    if has_pool
        && run.settings.will_wait()
        && let Err(error) = collected(run, snapshot, deadline).await
    {
        return Ok(run.tell(&error));
    }
    if !run.context.format.is_document() {
        let next = run.context.next("oc etcd status");
        let done = state(snapshot, &outcome);
        run.context.terminal.answer(|out| writeln!(out, "\n{done}\n{next}"))?;
    }
    Ok(Exit::Done)
}

/// Returns the state after the last delete request. An object with a finalizer exists until the finalizer is removed.
fn state(snapshot: &Snapshot, outcome: &Outcome) -> String {
    let is_held = |it: &&ObjectRef| snapshot.get(it).is_some_and(|it| !holders(it).is_empty());
    let held: Vec<String> =
        outcome.done.iter().map(|it| &it.object).filter(is_held).map(ToString::to_string).collect();
    match held.as_slice() {
        [] => "All objects that init and add-machine created are deleted.".to_owned(),
        held => format!("The deletion waits for the finalizers of {}.", held.join(", ")),
    }
}

/// Waits until the garbage collector has taken the rendered MachineConfig.
async fn collected(
    run: &DeletionRun<'_>,
    snapshot: &Snapshot,
    deadline: &Deadline,
) -> Result<(), WaitError> {
    let Some(name) = snapshot.rendered_name(names::ETCD) else { return Ok(()) };
    let rendered = ObjectRef::cluster(Kind::MachineConfig, name);
    let mut progress = run.context.terminal.progress();
    let pool = "machineconfigpool/etcd";
    progress.set(pool, "deleted, waiting for its rendered configurations to be deleted");
    let waited = wait::disappears(&run.cluster, &rendered, COLLECTED_WITHIN, deadline).await;
    if let Ok(is_deleted) = &waited {
        let text = if *is_deleted {
            "deleted, with its rendered configurations".to_owned()
        } else {
            format!("deleted; before the next init, wait until {name} is deleted too")
        };
        progress.set(pool, &text);
    }
    progress.finish();
    waited.map(drop)
}
