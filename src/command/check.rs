//! `check`: is the cluster ready, and may the user do what the commands do?

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Context, VERSION};
use crate::check::Check;
use crate::cluster::read::Scope;
use crate::exit::Exit;
use crate::preflight::report;
use crate::report::check as writer;

/// Runs `check`.
pub(super) async fn run(ignored: &BTreeSet<Check>, context: &Context) -> Result<Exit> {
    let snapshot = context.observe(&Scope::check()).await?;
    let report = report(&snapshot, ignored, VERSION).with_invocation(&context.program);
    let style = context.terminal.stdout_style();
    context.terminal.answer(|mut out| writer::write(&report, context.format, &style, &mut out))?;
    Ok(if report.is_ready { Exit::Done } else { Exit::Trouble })
}
