//! Writes a [`CheckReport`]: a line for each check by category, then what was found, and a count.

use std::io::{self, Write};

use super::document::{self, Document};
use super::plan::write_cluster;
use super::style::Style;
use super::{Format, findings};
use crate::check::Severity;
use crate::preflight::{CategoryReport, CheckReport, Checked, Verdict};
use crate::report::Headers;
use crate::report::table::Table;

/// The column at which the fact of a check begins: behind an indent, the verdict and the name.
const FACT: usize = 2 + VERDICT + 2 + NAME + 2;
const VERDICT: usize = 7;
const NAME: usize = 19;

/// Writes a report in any format.
///
/// # Errors
/// Errors of the writer.
pub fn write(
    report: &CheckReport,
    format: Format,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Json | Format::Yaml => {
            document::write(&Document::new("CheckReport", report), format, out)
        }
        Format::Name => {
            let mut troubles = report.checks().filter(|it| it.is_trouble());
            troubles.try_for_each(|it| writeln!(out, "check/{}", it.check))
        }
        Format::Human | Format::Wide => write_text(report, format, style, out),
    }
}

fn write_text(
    report: &CheckReport,
    format: Format,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    write_cluster(&report.cluster, style, out)?;
    if format == Format::Wide {
        writeln!(out)?;
        write_table(report, style, out)?;
    } else {
        report.categories.iter().try_for_each(|it| write_category(it, style, out))?;
    }
    let found = report.findings();
    if !found.is_empty() {
        writeln!(out)?;
        findings::write(&found, style, out)?;
    }
    writeln!(out, "\n{}", summary(report, style))
}

fn write_category(
    category: &CategoryReport,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "\n{}", style.bold(category.name.title()))?;
    category.checks.iter().try_for_each(|it| write_check(it, style, out))
}

/// A check in a line: its name, then what it found; in several lines where that is long.
fn write_check(checked: &Checked, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let word = checked.verdict.word();
    let gap = VERDICT.saturating_sub(word.len());
    let lines = style.wrap(&told(checked), FACT);
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            writeln!(out, "{:FACT$}{line}", "")?;
            continue;
        }
        let name = checked.subject;
        writeln!(out, "  {}{:gap$}  {name:NAME$}  {line}", painted(checked.verdict, style), "")?;
    }
    Ok(())
}

/// Returns the fact, or the reason why it is unknown, and whether that counts. Trouble is told by its id,
/// which `--ignore-checks` takes.
fn told(checked: &Checked) -> String {
    let ignored = if checked.is_ignored { " (ignored)" } else { "" };
    let fact = match (&checked.because, &checked.found) {
        (Some(because), _) => because,
        (None, Some(found)) => found,
        (None, None) => checked.title,
    };
    match checked.verdict {
        Verdict::Passed | Verdict::Note => format!("{fact}{ignored}"),
        _ => format!("{fact} [{}]{ignored}", checked.check),
    }
}

/// Every check in one table, so that its columns stand below each other.
fn write_table(report: &CheckReport, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let table = Table::new(["verdict", "check", "found", "ignorable", "asked by", "asks"]);
    let rows = report.checks().fold(table, |table, it| {
        let about = it.check.about();
        let ignorable = if it.check.is_ignorable() { "yes" } else { "no" };
        let asked_by: Vec<&str> = about.asked_by.iter().map(|it| it.name()).collect();
        let because = it.because.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        let asks = format!("{}{because}", about.asks);
        let found = it.found.as_deref().unwrap_or("-");
        let row = [it.verdict.word(), it.check.id(), found, ignorable, &asked_by.join(","), &asks];
        table.row(row)
    });
    rows.write(Headers::Shown, style, out)
}

fn painted(verdict: Verdict, style: &Style) -> String {
    match verdict {
        Verdict::Passed => style.good(verdict.word()),
        Verdict::Note => style.severity(Severity::Note),
        Verdict::Warning => style.severity(Severity::Warning),
        Verdict::Blocker => style.severity(Severity::Blocker),
        Verdict::Unknown => style.bold(verdict.word()),
    }
}

/// `Not ready: 32 checks, 29 passed, 2 warnings, 1 unknown`
fn summary(report: &CheckReport, style: &Style) -> String {
    let counts = report.counts;
    let number = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [
        number(counts.checks, "check", "checks"),
        number(counts.passed, "passed", "passed"),
        number(counts.notes, "note", "notes"),
        number(counts.warnings, "warning", "warnings"),
        number(counts.blockers, "blocker", "blockers"),
        number(counts.unknown, "unknown", "unknown"),
        number(counts.ignored, "of them ignored", "of them ignored"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let verdict = if report.is_ready { style.good("Ready") } else { style.bold("Not ready") };
    format!("{verdict}: {}", parts.join(", "))
}
