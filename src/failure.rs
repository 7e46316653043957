//! Prints what ended a run early: the chain of causes once, and what to do.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::cluster::ClusterError;
use crate::cluster::interrupt::Interrupted;
use crate::exit::Exit;
use crate::report::style::printable;
use crate::terminal::AskError;

/// Prints an error to stderr, with its hint. There is nobody to tell when that fails.
#[must_use]
pub fn print(error: &anyhow::Error) -> ExitCode {
    ExitCode::from(tell(error, Exit::Failed).code())
}

/// As [`print`], for a command that ends in a way of its own when it fails.
#[must_use]
pub fn tell(error: &anyhow::Error, failed: Exit) -> Exit {
    let mut stderr = io::stderr().lock();
    if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
        let _told = writeln!(stderr, "{interrupted}");
        return interrupted.0.exit();
    }
    if let Some(interrupted @ AskError::Interrupted) = error.downcast_ref::<AskError>() {
        let _told = writeln!(stderr, "{interrupted}");
        return Exit::Interrupted;
    }
    for line in format!("error: {error:#}").lines() {
        let _told = writeln!(stderr, "{}", printable(line));
    }
    if let Some(hint) = error.downcast_ref::<ClusterError>().and_then(ClusterError::hint) {
        let _told = writeln!(stderr, "→ {hint}");
    }
    failed
}

/// Prints clap's help to stdout, or its error to stderr.
#[must_use]
pub fn print_usage(error: &clap::Error) -> ExitCode {
    let _told = error.print();
    let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
    ExitCode::from(exit.code())
}
