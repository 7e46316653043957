//! Shows what was measured.

use std::io::Write;

use anyhow::Result;

use crate::command::Context;
use crate::exit::Exit;
use crate::perf::comparison::PerfComparison;
use crate::perf::report::PerfReport;
use crate::perf::threshold::Level;
use crate::report::{Format, perf as report};

/// Shows the report of one of many windows: in place on a screen, below the last one elsewhere.
pub(super) fn show_next(report: &PerfReport, is_first: bool, context: &Context) -> Result<()> {
    let (terminal, format) = (&context.terminal, context.format);
    if format == Format::Json && !terminal.has_query() {
        terminal.answer(|mut out| report::write_line(report, &mut out))?;
        return Ok(());
    }
    if format.is_document() || !terminal.can_redraw() {
        let separator = match format {
            Format::Yaml => "---\n",
            Format::Human | Format::Wide => "\n",
            Format::Json | Format::Name => "",
        };
        if !is_first {
            terminal.answer(|out| out.write_all(separator.as_bytes()))?;
        }
        return show(report, context);
    }
    let drawing = (&terminal.stdout_style(), terminal.bars());
    let write =
        |mut out: &mut dyn Write| report::write_verdict_first(report, format, drawing, &mut out);
    terminal.redraw(write)?;
    Ok(())
}

/// Shows a report.
pub(super) fn show(report: &PerfReport, context: &Context) -> Result<()> {
    let drawing = (&context.terminal.stdout_style(), context.terminal.bars());
    let format = context.format;
    context.terminal.answer(|mut out| report::write(report, format, drawing, &mut out))?;
    Ok(())
}

/// Shows a comparison.
pub(super) fn show_comparison(comparison: &PerfComparison, context: &Context) -> Result<()> {
    let drawing = (&context.terminal.stdout_style(), context.terminal.bars());
    let format = context.format;
    context
        .terminal
        .answer(|mut out| report::write_comparison(comparison, format, drawing, &mut out))?;
    Ok(())
}

/// Returns the exit code of a run that made this report.
pub(super) fn exit_of(report: &PerfReport) -> Exit {
    if report.conclusion.level == Level::Beyond { Exit::Trouble } else { Exit::Done }
}
