//! Writes what applying a plan did.

use std::io::{self, Write};

use super::Format;
use super::document::{self, Document};
use super::style::Style;
use crate::plan::outcome::{Done, Outcome, Persistence, Stored};

/// Writes an outcome in the format that was asked for.
///
/// # Errors
/// Errors of the writer.
pub fn write(
    outcome: &Outcome,
    format: Format,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Human | Format::Wide => write_failure(outcome, style, out),
        Format::Json | Format::Yaml => {
            document::write(&Document::new("Outcome", outcome), format, out)
        }
        Format::Name => {
            outcome.done.iter().try_for_each(|done| writeln!(out, "{}", done.object.argument()))
        }
    }
}

/// Returns the result of one write, in kubectl's words: `created (server dry run)`.
#[must_use]
pub fn told(done: &Done, persistence: Persistence) -> String {
    let suffix = match persistence {
        Persistence::Stored => "",
        Persistence::DryRun => " (server dry run)",
    };
    format!("{}{suffix}", done.change)
}

fn write_failure(outcome: &Outcome, style: &Style, out: &mut impl Write) -> io::Result<()> {
    for failed in outcome.failures() {
        let stored = match failed.stored {
            Stored::Yes => "written, and not as planned",
            Stored::No => "not written",
            Stored::Unknown => "it is unknown whether it was written",
        };
        writeln!(out, "{} {} ({stored})", style.bold("failed"), failed.object)?;
    }
    for object in &outcome.not_tried {
        writeln!(out, "not tried {object}")?;
    }
    Ok(())
}
