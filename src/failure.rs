//! Prints what ended a run early: the chain of causes once, and what to do.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use crate::api::ClusterError;
use crate::api::connect_error::ConnectError;
use crate::api::interrupt::Interrupted;
use crate::archive::ArchiveError;
use crate::exit::Exit;
use crate::perf_files::PerfFileError;
use crate::redact::answer;
use crate::system;
use crate::terminal::{AskError, StdoutClosed, Terminal};

/// Tells of an error on stderr, with its hint, and says how the run ends.
#[must_use]
pub fn print(error: &anyhow::Error, terminal: &Terminal) -> Exit {
    tell(error, Exit::Failed, terminal)
}

/// As [`print()`], for a command that ends in a way of its own when it fails.
#[must_use]
pub fn tell(error: &anyhow::Error, failed: Exit, terminal: &Terminal) -> Exit {
    if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
        terminal.tell_line(&interrupted.to_string());
        return interrupted.0.exit();
    }
    if let Some(interrupted @ AskError::Interrupted) = error.downcast_ref::<AskError>() {
        terminal.tell_line(&interrupted.to_string());
        return Exit::Interrupted;
    }
    let is_closed =
        |it: &io::Error| it.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<StdoutClosed>);
    if error.downcast_ref::<io::Error>().is_some_and(is_closed) {
        return Exit::Done;
    }
    // A message quotes arguments, such as the path that a URL was taken for.
    terminal.error(&answer::with_urls(&format!("{error:#}")));
    let hint = error.downcast_ref::<ClusterError>().and_then(ClusterError::hint);
    let of_files = || error.downcast_ref::<ArchiveError>().and_then(ArchiveError::hint);
    let of_perf = || error.downcast_ref::<PerfFileError>().and_then(PerfFileError::hint);
    let of_connection = || error.downcast_ref::<ConnectError>().and_then(ConnectError::hint);
    let others = || of_perf().or_else(of_connection).map(str::to_owned);
    if let Some(hint) = hint.or_else(of_files).or_else(others) {
        terminal.tell_hint(&hint);
    }
    failed
}

/// Prints clap's help to stdout, or its error to stderr.
#[must_use]
pub fn print_usage(error: &clap::Error, terminal: &Terminal) -> ExitCode {
    // clap quotes a value that it cannot take, and a URL may have a user and a query.
    let text = answer::with_urls(&system::plain(&error.render().to_string()));
    let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
    if error.use_stderr() {
        match text.strip_prefix("error: ").and_then(|it| it.split_once('\n')) {
            Some((message, rest)) if terminal.tells_events() => {
                terminal.error(message);
                terminal.tell(|out| out.write_all(rest.as_bytes()));
            }
            _ => terminal.tell(|out| out.write_all(text.as_bytes())),
        }
        terminal.done(exit);
    } else {
        let _told = terminal.answer(|out| out.write_all(text.as_bytes()));
    }
    ExitCode::from(exit.code())
}
