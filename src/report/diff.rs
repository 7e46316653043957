//! Writes what a plan changes: a unified diff for people, a document for machines.

use std::io::{self, Write};

use serde::Serialize;
use similar::{Algorithm, DiffTag, capture_diff_slices, group_diff_ops};

use super::Format;
use super::document::{self, Document};
use super::style::Style;
use crate::check::{Check, Finding, Severity};
use crate::diff::{ChangeAuthor, ObjectChange};
use crate::model::object::ObjectRef;
use crate::plan::{ClusterSummary, LayoutDecision, Plan};

/// The number of lines that are shown around a change.
const CONTEXT: usize = 3;

/// The document of a diff. Holds only lines that may be shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DiffDocument<'a> {
    cluster: &'a ClusterSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    layout: Option<LayoutDecision>,
    objects: Vec<ObjectDocument<'a>>,
    findings: &'a [Finding],
    is_blocked: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectDocument<'a> {
    change: &'static str,
    object: &'a ObjectRef,
    because: &'a str,
    /// The operator makes it; `init` does only when it has not been made in time.
    is_fallback: bool,
    hunks: Vec<Hunk>,
}

/// Lines that differ, with what stands around them.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Hunk {
    /// `@@ -12,7 +12,7 @@`
    range: String,
    /// The part of the object in which it begins: `unit kubelet.service`; may be empty.
    part: String,
    /// Each begins with a space, `-` or `+`.
    lines: Vec<String>,
}

/// Writes the changes in the format that was asked for.
///
/// # Errors
/// Those of the writer.
pub fn write(
    (plan, changes): (&Plan, &[ObjectChange]),
    format: Format,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Human | Format::Wide => {
            changes.iter().try_for_each(|change| write_change(change, style, out))
        }
        Format::Json | Format::Yaml => {
            let content = DiffDocument {
                cluster: &plan.cluster,
                layout: plan.layout,
                objects: changes.iter().map(object).collect(),
                findings: &plan.findings,
                is_blocked: plan.is_blocked(),
            };
            document::write(&Document::new("Diff", content), format, out)
        }
        Format::Name => changes.iter().try_for_each(|change| writeln!(out, "{}", change.object)),
    }
}

/// Returns the findings that are shown beside a diff: those that a person can act on.
#[must_use]
pub fn findings(plan: &Plan) -> Vec<Finding> {
    let is_shown = |finding: &&Finding| {
        finding.severity != Severity::Note && finding.check != Check::EtcdMembersUnmanaged
    };
    plan.findings.iter().filter(is_shown).cloned().collect()
}

fn object(change: &ObjectChange) -> ObjectDocument<'_> {
    ObjectDocument {
        change: change.word,
        object: &change.object,
        because: &change.because,
        is_fallback: change.author == ChangeAuthor::InOperatorsPlace,
        hunks: hunks(change),
    }
}

fn write_change(change: &ObjectChange, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let live = if change.live.is_some() { "live" } else { "not there" };
    let merged = match (change.author, &change.merged) {
        (ChangeAuthor::InOperatorsPlace, _) => "after init, unless the operator makes it",
        (ChangeAuthor::Init, Some(_)) => "after init",
        (ChangeAuthor::Init, None) => "removed by init",
    };
    writeln!(out, "{}", style.bold(format!("--- {} ({live})", change.object)))?;
    writeln!(out, "{}", style.bold(format!("+++ {} ({merged})", change.object)))?;
    for hunk in hunks(change) {
        let part = if hunk.part.is_empty() { String::new() } else { format!(" {}", hunk.part) };
        writeln!(out, "{}{part}", style.place(&hunk.range))?;
        for line in &hunk.lines {
            match line.chars().next() {
                Some('-') => writeln!(out, "{}", style.gone(line))?,
                Some('+') => writeln!(out, "{}", style.good(line))?,
                _ => writeln!(out, "{line}")?,
            }
        }
    }
    Ok(())
}

fn hunks(change: &ObjectChange) -> Vec<Hunk> {
    let (old, new) =
        (change.live.as_deref().unwrap_or_default(), change.merged.as_deref().unwrap_or_default());
    let operations = capture_diff_slices(Algorithm::Patience, old, new);
    group_diff_ops(operations, CONTEXT)
        .iter()
        .filter_map(|group| {
            let (first, last) = (group.first()?, group.last()?);
            let (old_start, new_start) = (first.old_range().start, first.new_range().start);
            let old_length = last.old_range().end - old_start;
            let new_length = last.new_range().end - new_start;
            let mut lines = Vec::new();
            for operation in group {
                let (tag, before, after) = operation.as_tag_tuple();
                if tag == DiffTag::Equal {
                    lines.extend(marked(' ', &old[before]));
                } else {
                    lines.extend(marked('-', &old[before]));
                    lines.extend(marked('+', &new[after]));
                }
            }
            let (of, start) = if old.is_empty() { (new, new_start) } else { (old, old_start) };
            Some(Hunk {
                range: format!(
                    "@@ -{} +{} @@",
                    range(old_start, old_length),
                    range(new_start, new_length)
                ),
                part: part(&of[..start]),
                lines,
            })
        })
        .collect()
}

fn marked(mark: char, lines: &[String]) -> impl Iterator<Item = String> {
    lines.iter().map(move |line| format!("{mark}{line}"))
}

/// Lines are counted from 1, and an empty range begins before its first line.
fn range(start: usize, length: usize) -> String {
    match length {
        0 => format!("{start},0"),
        1 => (start + 1).to_string(),
        length => format!("{},{length}", start + 1),
    }
}

/// The last heading before a hunk.
fn part(before: &[String]) -> String {
    let is_heading = |line: &&String| !line.is_empty() && !line.starts_with(' ');
    let heading = before.iter().rfind(is_heading).map(String::as_str).unwrap_or_default();
    heading.strip_suffix(':').unwrap_or(heading).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;

    fn change(live: &[&str], merged: &[&str]) -> ObjectChange {
        let lines = |lines: &[&str]| {
            (!lines.is_empty()).then(|| lines.iter().map(|&it| it.to_owned()).collect())
        };
        ObjectChange {
            object: ObjectRef::cluster(Kind::MachineConfig, "00-etcd"),
            word: "update",
            because: String::new(),
            author: ChangeAuthor::Init,
            live: lines(live),
            merged: lines(merged),
        }
    }

    fn text(change: &ObjectChange, style: &Style) -> String {
        let mut out = Vec::new();
        write_change(change, style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_hunk_says_where_it_is_and_shows_three_lines_around() {
        let before = ["spec:", "unit a:", "  1", "  2", "  3", "  4", "  5", "  6", "  7", "  8"];
        let mut after = before;
        after[6] = "  five";
        assert_eq!(
            text(&change(&before, &after), &Style::default()),
            "--- machineconfig/00-etcd (live)\n+++ machineconfig/00-etcd (after init)\n\
             @@ -4,7 +4,7 @@ unit a\n   2\n   3\n   4\n-  5\n+  five\n   6\n   7\n   8\n"
        );
    }

    #[test]
    fn what_is_not_there_and_what_is_removed_have_empty_ranges() {
        let style = Style::default();
        assert_eq!(
            text(&change(&[], &["a:", "  1"]), &style),
            "--- machineconfig/00-etcd (not there)\n+++ machineconfig/00-etcd (after init)\n\
             @@ -0,0 +1,2 @@\n+a:\n+  1\n"
        );
        assert_eq!(
            text(&change(&["a:"], &[]), &style),
            "--- machineconfig/00-etcd (live)\n+++ machineconfig/00-etcd (removed by init)\n\
             @@ -1 +0,0 @@\n-a:\n"
        );
    }

    #[test]
    fn colour_marks_what_goes_what_comes_and_where() {
        let style = Style { color: super::super::style::Color::Ansi, ..Style::default() };
        let shown = text(&change(&["a"], &["b"]), &style);
        for part in
            ["\u{1b}[36m@@ -1 +1 @@\u{1b}[0m", "\u{1b}[31m-a\u{1b}[0m", "\u{1b}[32m+b\u{1b}[0m"]
        {
            assert!(shown.contains(part), "{shown}");
        }
    }
}
