//! Writes a [`PerfReport`]: one screen of 80 × 24 for people, a document for machines.

mod comparison;
mod wide;

use std::io::{self, Write};

use super::Format;
use super::bar::Bars;
use super::document::{self, Document};
use super::quantity::{bounded, bytes, of_unit, percent, seconds, significant};
use crate::model::text::printable;
use crate::perf::figures::{BeginningName, LISTED, Stored, Writer};
use crate::perf::histogram::Estimate;
use crate::perf::judgment::Judgment;
use crate::perf::members::{Figure, MemberRange, MemberView};
use crate::perf::report::PerfReport;
use crate::perf::saved;
use crate::perf::threshold::{self, Level, Unit};
use crate::report::Headers;
use crate::report::style::Style;
use crate::report::table::Table;

pub use comparison::write as write_comparison;

/// The width of bars beside latencies, and of those beside shares.
const BAR: usize = 8;
const SHARE_BAR: usize = 6;
/// The width of a resource's name on the first screen.
const NAME: usize = 21;

/// Writes a report in any format.
///
/// # Errors
/// Errors of the writer.
pub fn write(
    report: &PerfReport,
    format: Format,
    (style, bars): (&Style, Bars),
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Json | Format::Yaml => document::write(&document(report), format, out),
        Format::Name => {
            let is_trouble = |it: &&Judgment| it.level >= Level::Close;
            let mut troubles = report.judgments.iter().filter(is_trouble);
            troubles.try_for_each(|it| writeln!(out, "judgment/{}", it.id))
        }
        Format::Human => Screen { report, style, bars }.write(out),
        Format::Wide => {
            let screen = Screen { report, style, bars };
            screen.write(out)?;
            screen.write_more(out)
        }
    }
}

/// Writes a report for a screen that may leave its end out: the verdict comes first.
///
/// # Errors
/// Errors of the writer.
pub fn write_verdict_first(
    report: &PerfReport,
    format: Format,
    (style, bars): (&Style, Bars),
    out: &mut impl Write,
) -> io::Result<()> {
    let screen = Screen { report, style, bars };
    screen.write_head(out)?;
    screen.write_judgments(out)?;
    screen.write_gaps(out)?;
    screen.write_figures(out)?;
    if format == Format::Wide { screen.write_more(out) } else { Ok(()) }
}

/// Writes a report as JSON in one line.
///
/// # Errors
/// Errors of the writer.
pub fn write_line(report: &PerfReport, out: &mut impl Write) -> io::Result<()> {
    document::write_line(&document(report), out)
}

fn document(report: &PerfReport) -> Document<&PerfReport> {
    Document::new(saved::KIND, report)
}

struct Screen<'a> {
    report: &'a PerfReport,
    style: &'a Style,
    bars: Bars,
}

impl Screen<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        self.write_head(out)?;
        self.write_figures(out)?;
        self.write_judgments(out)?;
        self.write_gaps(out)
    }

    fn write_head(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}  {}", self.bold("API server"), printable(&self.head()))
    }

    fn write_figures(&self, out: &mut impl Write) -> io::Result<()> {
        self.write_requests(out)?;
        self.write_facts(out)?;
        writeln!(out)?;
        self.write_load(out)?;
        match &self.report.figures.members {
            Some(members) => self.write_members(members, out),
            None => Ok(()),
        }
    }

    fn bold(&self, text: &str) -> String {
        self.style.bold(text)
    }

    fn bounded(&self, figure: Option<&Estimate>) -> String {
        bounded(figure, Unit::Seconds, self.bars)
    }

    /// The name of the column of rates, or of counts where the length of the window is not known.
    const fn rate_name(&self) -> &'static str {
        if self.report.figures.window.seconds.is_some() { "per s" } else { "count" }
    }

    /// `1 of 3 (v1.33.4), over 30 s; use --all to measure all`
    fn head(&self) -> String {
        let figures = &self.report.figures;
        let (servers, window) = (&figures.api_servers, &figures.window);
        let of = servers.of.map_or_else(|| "an unknown number".to_owned(), |it| it.to_string());
        let version = servers.version.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        let length = match (window.seconds, window.begins_with) {
            (Some(length), BeginningName::Scrape) => format!("over {}", seconds(length)),
            (Some(length), BeginningName::Restart | BeginningName::ProcessStart) => {
                format!("since its start, {}", seconds(length))
            }
            (None, BeginningName::Scrape) => "over an unknown time".to_owned(),
            (None, BeginningName::Restart | BeginningName::ProcessStart) => {
                "since its start".to_owned()
            }
        };
        let more = servers.of.is_some_and(|of| servers.asked < of);
        let hint = match (more, servers.failed.is_empty()) {
            (true, true) => "; use --all to measure all",
            (_, false) => "; use -o wide for reasons",
            (false, true) => "",
        };
        format!("{} of {of}{version}, {length}{hint}", servers.asked)
    }

    fn write_requests(&self, out: &mut impl Write) -> io::Result<()> {
        let head = format!(
            "{:<16} {:>8} {:>8} {:>11} {:>11} {:>11}",
            "Requests to etcd",
            self.rate_name(),
            "mean",
            "p50",
            "p90",
            "p99"
        );
        writeln!(out, "{}", self.bold(&head))?;
        for (name, limit) in [
            ("reads", &threshold::READS),
            ("lists", &threshold::LISTS),
            ("writes", &threshold::WRITES),
        ] {
            let Some(it) = self.report.figures.requests_named(name) else { continue };
            let rate = it.per_second.map_or_else(|| significant(it.count), significant);
            let mean = it.mean.map_or_else(|| "-".to_owned(), seconds);
            let full = it.p99.map(|it| it.at_most.unwrap_or(f64::INFINITY) / limit.beyond);
            let bar = self.bars.draw(full.unwrap_or_default(), BAR);
            let line = format!(
                "  {name:<14} {rate:>8} {mean:>8} {:>11} {:>11} {:>11}  {bar}",
                self.bounded(it.p50.as_ref()),
                self.bounded(it.p90.as_ref()),
                self.bounded(it.p99.as_ref()),
            );
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// The database and the requests to the API server, a line each.
    fn write_facts(&self, out: &mut impl Write) -> io::Result<()> {
        let quota = self.report.figures.database.quota.as_ref();
        let size = self.report.figures.size();
        let share = size.zip(quota).map(|(size, quota)| size / quota.bytes);
        let text = match (size, quota) {
            (Some(size), Some(quota)) => format!(
                "{} of {}, {} of the quota",
                bytes(size),
                bytes(quota.bytes),
                percent(share.unwrap_or_default())
            ),
            (Some(size), None) => format!("{}; the quota is unknown", bytes(size)),
            (None, _) => "size unknown".to_owned(),
        };
        let count = self.report.figures.database.sizes.len();
        let of = if count > 1 { format!(" (the largest of {count})") } else { String::new() };
        let bar = self.bars.draw(share.unwrap_or_default(), BAR);
        let line = format!("{}      {text}{of}  {bar}", self.bold("Database"));
        writeln!(out, "{}", line.trim_end())?;
        writeln!(out, "{}  {}", self.bold("API requests"), self.calls())
    }

    /// `123/s; p99 of POST 5-25 ms, of LIST ≤ 5 ms; none failed`
    fn calls(&self) -> String {
        let calls = &self.report.figures.api_requests;
        if calls.is_empty() {
            return "no requests".to_owned();
        }
        let rate: Option<f64> = calls.iter().map(|it| it.per_second).sum();
        let count: f64 = calls.iter().map(|it| it.count).sum();
        let rate = rate.map_or_else(|| significant(count), |it| format!("{}/s", significant(it)));
        let mut slow: Vec<(&str, Estimate)> =
            calls.iter().filter_map(|it| Some((it.verb.as_str(), it.p99?))).collect();
        slow.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
        let slow: Vec<String> = slow
            .iter()
            .take(2)
            .map(|(verb, it)| format!("{} {}", printable(verb), self.bounded(Some(it))))
            .collect();
        let failed = calls.iter().filter_map(|it| {
            let share = it.failed_share? + it.rejected_share?;
            (share > 0.0).then(|| format!("{} {}", printable(&it.verb), percent(share)))
        });
        let failed: Vec<String> = failed.take(2).collect();
        let failed = if failed.is_empty() {
            "none failed".to_owned()
        } else {
            format!("failed: {}", failed.join(", "))
        };
        format!("{rate}; p99 {}; {failed}", slow.join(", "))
    }

    fn write_load(&self, out: &mut impl Write) -> io::Result<()> {
        let load = &self.report.figures.load;
        let by = if load.largest.iter().any(|it| it.bytes.is_some()) { "size" } else { "objects" };
        let bar = if self.bars.are_drawn() { SHARE_BAR + 1 } else { 0 };
        let left = NAME + 1 + 8 + 1 + 6 + bar;
        let head =
            format!("{:<NAME$}   {:>8} {:>6}", "Writes by resource", self.rate_name(), "share");
        let head = format!("{head:<0$}   Largest by {by}", left + 2);
        writeln!(out, "{}", self.bold(head.trim_end()))?;
        // The members' view takes the room of two.
        let most = if self.report.figures.members.is_some() { LISTED - 2 } else { LISTED };
        let rows = load.writers.len().max(load.largest.len()).clamp(1, most);
        for row in 0..rows {
            let writer = load.writers.get(row).map(|it| self.writer(it)).unwrap_or_default();
            let stored = load.largest.get(row).map(stored).unwrap_or_default();
            let writer =
                if row == 0 && load.writers.is_empty() { "none".to_owned() } else { writer };
            let line = format!("  {writer:<left$}   {stored}");
            writeln!(out, "{}", line.trim_end())?;
        }
        let share = |share: Option<f64>| share.map_or_else(|| "unknown".to_owned(), percent);
        writeln!(
            out,
            "  Of all writes: events {}, leases {}",
            share(load.events_share),
            share(load.leases_share)
        )
    }

    fn writer(&self, it: &Writer) -> String {
        let rate = it.per_second.map_or_else(|| significant(it.count), significant);
        let share = percent((it.share * 100.0).round() / 100.0);
        let bar = self.bars.draw(it.share, SHARE_BAR);
        format!("{} {rate:>8} {share:>6} {bar}", cut(&it.resource, NAME)).trim_end().to_owned()
    }

    fn write_members(&self, members: &MemberView, out: &mut impl Write) -> io::Result<()> {
        let silent = match members.silent.len() {
            0 => String::new(),
            silent => format!("; {silent} incomplete"),
        };
        let text = format!("p99 of the slowest member, by {}{silent}", printable(&members.source));
        writeln!(out, "{}  {text}", self.bold("Members"))?;
        let names = ["over", "WAL fsync", "commit", "peers", "elections", "failed proposals"];
        let row = |table: Table, range: &MemberRange| {
            let p99 = |figure| self.bounded(range.worst(figure).map(|it| it.1).as_ref());
            let most = |value: fn(&crate::perf::members::MemberFigures) -> Option<f64>| {
                let most = range.members.iter().filter_map(value).reduce(f64::max);
                most.map_or_else(|| "-".to_owned(), significant)
            };
            table.row([
                &over(range),
                &p99(Figure::Fsync),
                &p99(Figure::Commit),
                &p99(Figure::PeerRoundTrip),
                &most(|it| it.leader_changes),
                &most(|it| it.failed_proposals),
            ])
        };
        members.ranges.iter().fold(Table::new(names), row).write(Headers::Shown, self.style, out)
    }

    fn write_judgments(&self, out: &mut impl Write) -> io::Result<()> {
        let conclusion = &self.report.conclusion;
        self.write_text(&format!("Verdict  {}", conclusion.summary), 0, out)?;
        let judgments = &self.report.judgments;
        let is_all_well =
            conclusion.level == Level::Healthy && self.report.figures.members.is_none();
        let is_shown = |it: &&Judgment| is_all_well || it.level >= Level::Close;
        let judged = judgments.iter().filter(is_shown);
        let table = judged.fold(Table::new(["", "", "", ""]).cut(), |table, it| {
            let observed = bounded(it.observed.as_ref(), it.unit, self.bars);
            let against = format!("{observed} of {}", of_unit(it.beyond, it.unit));
            table.row([it.level.word(), &named(it), &against, &it.source])
        });
        table.write(Headers::Hidden, self.style, out)?;
        let count = |level| judgments.iter().filter(|it| it.level == level).count();
        if !is_all_well {
            let rest =
                [(Level::Healthy, count(Level::Healthy)), (Level::Unknown, count(Level::Unknown))];
            let rest: Vec<String> = rest
                .iter()
                .filter(|it| it.1 > 0)
                .map(|(level, count)| format!("{count} {}", level.word()))
                .collect();
            if !rest.is_empty() {
                let text = format!("other figures: {} (-o wide)", rest.join(", "));
                self.write_text(&text, 2, out)?;
            }
        }
        if judgments.iter().any(|it| it.is_undecided) {
            let text = "The buckets are too coarse to show whether a value marked close exceeds its limit.";
            self.write_text(text, 2, out)?;
        }
        conclusion.points.iter().try_for_each(|it| self.write_text(it, 2, out))
    }

    /// Names everything that is unknown.
    fn write_gaps(&self, out: &mut impl Write) -> io::Result<()> {
        let report = &self.report.figures;
        for it in &report.window.interruptions {
            self.write_text(&format!("The measurement restarted: {it}."), 2, out)?;
        }
        let names: Vec<&str> = report.unknown.iter().map(|it| it.what.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let text = format!("unknown (use -o wide for reasons): {}", names.join(", "));
        if !self.style.is_screen {
            return self.write_text(&text, 2, out);
        }
        // The first screen has no second line for the names.
        writeln!(out, "  {}", cut(&text, self.style.columns.min(80) - 2).trim_end())
    }

    /// Prose, wrapped; the first word of a line that stands at the edge is bold.
    fn write_text(&self, text: &str, indent: usize, out: &mut impl Write) -> io::Result<()> {
        for (index, line) in self.style.wrap(text, indent.max(2)).iter().enumerate() {
            match line.split_once("  ").or_else(|| line.split_once(' ')) {
                Some((head, rest)) if index == 0 && indent == 0 => {
                    writeln!(out, "{}  {rest}", self.bold(head))?;
                }
                _ => writeln!(out, "  {line}")?,
            }
        }
        Ok(())
    }
}

/// `1w, 26 h known`
fn over(range: &MemberRange) -> String {
    match range.known_seconds {
        Some(known) if known < range.seconds * 0.9 => {
            format!("{}, {} known", range.range, seconds(known))
        }
        _ => range.range.clone(),
    }
}

/// `API writes, p99 (POST)`
fn named(judgment: &Judgment) -> String {
    match &judgment.of {
        Some(of) => format!("{} ({})", judgment.figure, short(of)),
        None => judgment.figure.clone(),
    }
}

/// The host of a member's pod: `ip-10-0-1-2` of `etcd-ip-10-0-1-2.ec2.internal`. Any other name stays whole.
fn short(name: &str) -> &str {
    let host = name.strip_prefix("etcd-").and_then(|it| it.split('.').next());
    host.filter(|it| it.contains('-')).unwrap_or(name)
}

fn stored(it: &Stored) -> String {
    let much = match (it.bytes, it.objects) {
        (Some(size), _) => bytes(size),
        (None, Some(objects)) => significant(objects),
        (None, None) => String::new(),
    };
    format!("{} {much:>9}", cut(&it.resource, NAME))
}

/// A text as wide as its column.
fn cut(name: &str, width: usize) -> String {
    let name = printable(name);
    if name.chars().count() <= width {
        return format!("{name:<width$}").to_owned();
    }
    let kept: String = name.chars().take(width - 1).collect();
    format!("{kept}…")
}
