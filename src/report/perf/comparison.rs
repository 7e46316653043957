//! Writes a [`PerfComparison`]: ratios first.

use std::io::{self, Write};

use super::super::Format;
use super::super::bar::Bars;
use super::super::document::{self, Document};
use super::super::quantity::{bounded, bytes, of_unit, significant};
use super::super::style::Style;
use crate::perf::comparison::{ComparedUnit, FigureChange, Occasion, PerfComparison, Trend};
use crate::perf::histogram::Estimate;
use crate::perf::threshold::Unit;
use crate::report::Headers;
use crate::report::table::Table;

/// Writes a comparison in any format.
///
/// # Errors
/// Errors of the writer.
pub fn write(
    comparison: &PerfComparison,
    format: Format,
    (style, bars): (&Style, Bars),
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Json | Format::Yaml => {
            document::write(&Document::new("PerfComparison", comparison), format, out)
        }
        Format::Name => {
            let mut worse = comparison.figures.iter().filter(|it| it.trend == Trend::Worse);
            worse.try_for_each(|it| {
                writeln!(out, "worse/{}", it.figure.replace(", ", "-").replace(' ', "-"))
            })
        }
        Format::Human | Format::Wide => write_text(comparison, style, bars, out),
    }
}

fn write_text(
    comparison: &PerfComparison,
    style: &Style,
    bars: Bars,
    out: &mut impl Write,
) -> io::Result<()> {
    for (name, it) in [("Before", &comparison.before), ("After", &comparison.after)] {
        writeln!(out, "{}  {}", style.bold(format!("{name:<6}")), occasion(it))?;
    }
    writeln!(out)?;
    let table = Table::new(["figure", "ratio", "", "before", "after", "judged"]);
    let table = comparison.figures.iter().fold(table, |table, it| {
        table.row([
            &it.figure,
            &ratio(it, bars),
            &bar(it, bars),
            &value(it.before.as_ref(), it.unit, bars),
            &value(it.after.as_ref(), it.unit, bars),
            it.trend.word(),
        ])
    });
    table.write(Headers::Shown, style, out)?;
    for note in &comparison.notes {
        style.wrap(note, 2).iter().try_for_each(|it| writeln!(out, "  {it}"))?;
    }
    Ok(())
}

/// `2026-11-25T21:19:06Z, 30 s, 1 API server v1.33.4`
fn occasion(it: &Occasion) -> String {
    let at = it.measured_at.map_or_else(
        || "at an unknown time".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
    );
    let over = it.seconds.map_or_else(
        || "over an unknown time".to_owned(),
        |it| format!("over {}", super::seconds(it)),
    );
    let noun = if it.api_servers == 1 { "API server" } else { "API servers" };
    let version = it.version.as_deref().unwrap_or("unknown version");
    format!("{at}, {over}, {} {noun} {}", it.api_servers, super::printable(version))
}

fn ratio(it: &FigureChange, bars: Bars) -> String {
    let Some(ratio) = it.ratio else { return "-".to_owned() };
    let factor = |value: f64| format!("{}×", significant(value));
    let at_most_sign = if bars == Bars::Ascii { "<=" } else { "≤" };
    match ratio.at_most {
        Some(at_most) if at_most - ratio.at_least < 1e-9 => factor(at_most),
        Some(at_most) if ratio.at_least <= 0.0 => format!("{at_most_sign} {}", factor(at_most)),
        Some(at_most) => format!("{}-{}", significant(ratio.at_least), factor(at_most)),
        None if ratio.at_least <= 0.0 => "-".to_owned(),
        None => format!("> {}", factor(ratio.at_least)),
    }
}

/// The ratio of a latency as a bar: half of it is as before.
fn bar(it: &FigureChange, bars: Bars) -> String {
    match (it.ratio, it.trend) {
        (_, Trend::Unknown | Trend::Neutral) | (None, _) => String::new(),
        (Some(ratio), _) => bars.draw(ratio.value / 2.0, 8),
    }
}

fn value(figure: Option<&Estimate>, unit: ComparedUnit, bars: Bars) -> String {
    match (unit, figure) {
        (ComparedUnit::Seconds, _) => bounded(figure, Unit::Seconds, bars),
        (_, None) => "-".to_owned(),
        (ComparedUnit::PerSecond, Some(it)) => of_unit(it.value, Unit::PerSecond),
        (ComparedUnit::Bytes, Some(it)) => bytes(it.value),
    }
}
