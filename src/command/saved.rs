//! Plans that are saved, and carried out later.

use anyhow::Result;

use super::{Context, VERSION};
use crate::archive::ArchiveSource;
use crate::cli::InitPlanFlags;
use crate::command::consent::{ConsentResult, approve, tell_refused};
use crate::exit::Exit;
use crate::model::shell_command::flag;
use crate::model::snapshot::Snapshot;
use crate::plan::Plan;
use crate::plan::consent::Refused;
use crate::plan::init::InitRequest;
use crate::plan::saved::{self, Basis, Digests, SavedPlan, SavedPlanError};
use crate::report::{Format, plan as report};
use crate::request::WriteSettings;

/// Advice to make a plan of the cluster as it is now. Names no file: only the user knows which file may be replaced.
const AGAIN: &str =
    "save the output of a new plan in a file: oc etcd init --dry-run=client -o json";

/// Shows a plan and stops. A document also has the versions of the objects that the plan depends on, so that the
/// plan can be carried out later.
pub(super) fn show(
    plan: Plan,
    (snapshot, request): (&Snapshot, &InitRequest),
    settings: &WriteSettings,
    context: &Context,
) -> Result<Exit> {
    let is_document = matches!(context.format, Format::Json | Format::Yaml);
    if !is_document || settings.shows_sensitive {
        return Ok(match approve(plan, settings, context)? {
            ConsentResult::Approved(_) => Exit::Done,
            ConsentResult::End(exit) => exit,
        });
    }
    let basis = Basis::of(snapshot, request);
    let digests = Digests::of(snapshot);
    context.terminal.answer(|mut out| {
        report::write_saved(&plan, (&basis, digests), context.format, &mut out)
    })?;
    if plan.is_blocked() { Ok(tell_refused(Refused::Blocked, context)) } else { Ok(Exit::Done) }
}

/// Reads a saved plan.
pub(super) fn read(place: &ArchiveSource) -> Result<Result<SavedPlan, SavedPlanError>> {
    Ok(SavedPlan::read(&place.text()?, VERSION))
}

/// Returns a saved plan with its request. Prints the reason and returns `None` when the plan cannot be carried out.
pub(super) fn accept(
    read: Result<SavedPlan, SavedPlanError>,
    place: &ArchiveSource,
    context: &Context,
) -> Option<(SavedPlan, InitRequest)> {
    match read.and_then(|saved| saved.request().map(|request| (saved, request))) {
        Ok(accepted) => Some(accepted),
        Err(error) => {
            let line = format!(
                "error: the plan {place} cannot be applied, and nothing was written: {error}"
            );
            context.terminal.tell_line(&line);
            context.tell_hint(AGAIN);
            None
        }
    }
}

/// Refuses a saved plan that no longer matches the cluster, and prints the reasons.
pub(super) fn refuse(
    (saved, request): (&SavedPlan, &InitRequest),
    snapshot: &Snapshot,
    plan: &Plan,
    context: &Context,
) -> Option<Exit> {
    let misfits = saved::fit(saved, snapshot, plan);
    if misfits.is_empty() {
        return None;
    }
    context.terminal.error("the plan no longer matches the cluster, and nothing was written:");
    for it in misfits {
        context.terminal.tell_line(&format!("  {it}"));
    }
    let flags = InitPlanFlags::flags(request);
    let flags = flags.iter().map(|(name, value)| format!(" {}", flag(name, value)));
    context.tell_hint(&format!("{AGAIN}{}", flags.collect::<String>()));
    Some(Exit::Refused)
}
