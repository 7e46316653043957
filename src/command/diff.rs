//! `diff`: what `init` would change now.

use anyhow::Result;

use super::Context;
use super::consent::tell_findings;
use crate::api::Interrupt;
use crate::api::interrupt::Interrupted;
use crate::check::{Check, Finding};
use crate::cli::Environment;
use crate::cluster::read::Scope;
use crate::diff::{ObjectChange, changes};
use crate::exit::Exit;
use crate::external_diff::{DiffResult, ExternalDiff, ExternalDiffError};
use crate::failure;
use crate::plan::init::{self, InitRequest};
use crate::plan::member_disk;
use crate::plan::{Plan, Step};
use crate::redact::policy::{Policy, Sensitivity};
use crate::redact::salt::Salt;
use crate::report::{Format, diff as report};

/// Runs `diff`. Whatever fails must not look like a difference.
pub(super) async fn run(
    request: &InitRequest,
    sensitivity: Sensitivity,
    context: &Context,
) -> Result<Exit> {
    Ok(match compare(request, sensitivity, context).await {
        Ok(exit) => exit,
        Err(error) => failure::tell(&error, Exit::NotCompared, &context.terminal),
    })
}

async fn compare(
    request: &InitRequest,
    sensitivity: Sensitivity,
    context: &Context,
) -> Result<Exit> {
    let is_for_people = matches!(context.format, Format::Human | Format::Wide);
    let program = context.external_diff.as_ref().filter(|_| is_for_people);
    if program.is_some() && sensitivity == Sensitivity::Shown {
        context.terminal.error(
            "--show-sensitive cannot be combined with KUBECTL_EXTERNAL_DIFF, whose program reads files from \
             disk",
        );
        context.tell_hint("KUBECTL_EXTERNAL_DIFF= oc etcd diff --show-sensitive");
        return Ok(Exit::Usage);
    }
    let snapshot = context.observe(&Scope::diff()).await?;
    let mut plan = init::plan(&snapshot, request).with_invocation(&context.program);
    plan.steps.extend(member_disk::refresh(&snapshot, &request.tool_version));
    let salt = Salt::new(Environment::random()?);
    let changes = changes(&snapshot, &plan, Policy { sensitivity, salt });
    let differs = match program {
        Some(program) if !changes.is_empty() => show_with(program, &changes).await?,
        _ => show((&plan, &changes), context)?,
    };
    tell_findings(&report::findings(&plan), &context.terminal);
    if plan.is_blocked() {
        context.terminal.error("a check blocks the changes of init");
        return Ok(Exit::Refused);
    }
    let is_about_reading =
        |it: &Finding| matches!(it.check, Check::PermissionDenied | Check::Unreadable);
    if plan.findings.iter().any(is_about_reading) || plan.unknown().next().is_some() {
        for step in plan.unknown() {
            let Step { object, because, .. } = step;
            context.terminal.tell_line(&format!("{object} could not be compared: {because}"));
        }
        context
            .terminal
            .error("some resources could not be read, so there may be more differences");
        return Ok(Exit::Refused);
    }
    Ok(differs)
}

fn show((plan, changes): (&Plan, &[ObjectChange]), context: &Context) -> Result<Exit> {
    let style = context.terminal.stdout_style();
    context
        .terminal
        .answer(|mut out| report::write((plan, changes), context.format, &style, &mut out))?;
    Ok(if changes.is_empty() { Exit::Done } else { Exit::Differs })
}

async fn show_with(program: &ExternalDiff, changes: &[ObjectChange]) -> Result<Exit> {
    let interrupt = Interrupt::listen()?;
    match program.run(changes, &interrupt).await {
        Ok(DiffResult::Same) => Ok(Exit::Done),
        Ok(DiffResult::Differs) => Ok(Exit::Differs),
        Err(ExternalDiffError::Interrupted(Interrupted(signal))) => Ok(signal.exit()),
        Err(error) => Err(error.into()),
    }
}
