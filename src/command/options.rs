//! `options`: the flags that every command takes.

use anyhow::Result;

use super::Context;
use crate::cli;
use crate::exit::Exit;

/// Lists them.
pub(super) fn run(context: &Context) -> Result<Exit> {
    let page = cli::global_options().render_long_help();
    context.terminal.answer(|out| writeln!(out, "{}", page.to_string().trim_end()))?;
    Ok(Exit::Done)
}
