//! `status`: how things are, now, from now on, or once they are as wished.

mod wait_for;
mod watch;

use anyhow::Result;

use super::{Context, VERSION};
use crate::cluster::read::Scope;
use crate::exit::Exit;
use crate::model::snapshot::Snapshot;
use crate::report::status as report;
use crate::request::When;
use crate::status::{Status, assess};

/// Runs `status`.
pub(super) async fn run(when: When, context: &Context) -> Result<Exit> {
    match when {
        When::Now => {
            let snapshot = context.observe(&Scope::status()).await?;
            let status = judged(&snapshot, context);
            let status = if context.from.is_some() { status.of_the_past() } else { status };
            show(&status, context)?;
            Ok(exit_of(&status))
        }
        When::Changes(timeout) => watch::run(timeout, context).await,
        When::Reached(wait) => wait_for::run(wait, context).await,
    }
}

fn show(status: &Status, context: &Context) -> Result<()> {
    let style = context.terminal.stdout_style();
    context.terminal.answer(|mut out| report::write(status, context.format, &style, &mut out))?;
    Ok(())
}

/// Judges what was read.
fn judged(snapshot: &Snapshot, context: &Context) -> Status {
    assess(snapshot, VERSION).with_invocation(&context.program)
}

fn exit_of(status: &Status) -> Exit {
    if status.is_trouble() { Exit::Trouble } else { Exit::Done }
}
