//! `remove-machine`: deletes etcd Machines, and waits until they and their Nodes no longer exist.

use anyhow::Result;

use super::Context;
use super::carry_out::report_outcome;
use crate::cluster::read::Scope;
use crate::command::consent::{ConsentResult, approve_named};
use crate::command::deletion::{DeletionRun, Removed};
use crate::exit::Exit;
use crate::model::kind::Kind;
use crate::model::snapshot::Snapshot;
use crate::plan::Plan;
use crate::plan::remove_machine::{self, Absent, NotFound, RemoveMachineRequest};
use crate::request::{Consent, WriteSettings};

/// Runs `remove-machine`.
pub(super) async fn run(
    mut request: RemoveMachineRequest,
    settings: &WriteSettings,
    context: &Context,
) -> Result<Exit> {
    let (cluster, interrupt) = context.connect().await?;
    let mut scope = Scope::remove_machine(&request.names);
    if settings.will_wait() {
        scope = scope.watching(&[Kind::Machine, Kind::Node]);
    }
    let snapshot = context.read(&cluster, &scope, &interrupt).await?;
    let mut to_type = Vec::new();
    if settings.consent == Consent::Ask && context.terminal.can_ask() {
        to_type = remove_machine::unconfirmed(&snapshot, &request);
        request.confirmed.extend(to_type.iter().cloned());
    }
    let plan = match remove_machine::plan(&snapshot, &request) {
        Ok(plan) => plan.with_invocation(&context.program),
        Err(absent) => return Ok(tell_absent(&absent, context)),
    };
    let approved = match approve_named(plan, &to_type, settings, context)? {
        ConsentResult::Approved(approved) => approved,
        ConsentResult::End(exit) => return Ok(exit),
    };
    // From now on, a Machine that no longer exists is a Machine that was removed as requested.
    request.absent = Absent::Fulfilled;
    let again = |snapshot: &Snapshot| -> Plan {
        remove_machine::plan(snapshot, &request).unwrap_or_else(|_| Plan::nothing(snapshot))
    };
    let cluster = cluster.ending_after(settings.timeout);
    let run = DeletionRun { cluster, interrupt, settings, context, scope, plan: &again };
    let (snapshot, approved) = match run.replan().after_asking(snapshot, approved, settings).await {
        Ok(again) => again,
        Err(exit) => return Ok(exit),
    };
    let Removed { outcome, terminating, resume } =
        run.remove(&snapshot, approved, Clone::clone).await;
    report_outcome(&outcome, context, resume)?;
    let exit = run.exit_of(&outcome);
    if exit != Exit::Done || !settings.will_wait() || terminating.is_empty() {
        return Ok(exit);
    }
    if let Err(error) = run.wait_until_deleted(&terminating, &run.deadline()).await {
        return Ok(run.tell(&error));
    }
    if !context.format.is_document() {
        let has_node = terminating.iter().any(|it| it.node.is_some());
        let line = match (terminating.len(), has_node) {
            (1, true) => "The machine and its Node are deleted.".to_owned(),
            (1, false) => "The machine is deleted.".to_owned(),
            (count, true) => format!("The {count} machines and their Nodes are deleted."),
            (count, false) => format!("The {count} machines are deleted."),
        };
        let next = context.next("oc etcd status");
        context.terminal.answer(|out| writeln!(out, "\n{line}\n{next}"))?;
    }
    Ok(Exit::Done)
}

fn tell_absent(absent: &NotFound, context: &Context) -> Exit {
    for line in absent.to_string().lines() {
        context.terminal.error(line);
    }
    context.tell_hint("nothing was deleted; `oc etcd status` lists the existing machines");
    Exit::Failed
}
