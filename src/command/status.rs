//! `status`: how things are.

use anyhow::Result;

use super::{Context, VERSION};
use crate::assess::status::assess;
use crate::cluster::read::Scope;
use crate::exit::Exit;
use crate::report::status as report;

/// Runs `status`.
pub(super) async fn run(context: &Context) -> Result<Exit> {
    let snapshot = context.observe(&Scope::status()).await?;
    let status = assess(&snapshot, VERSION).spoken_by(&context.program);
    let style = context.terminal.stdout_style();
    context.terminal.answer(|mut out| report::write(&status, context.format, &style, &mut out))?;
    Ok(if status.is_trouble() { Exit::Trouble } else { Exit::Done })
}
