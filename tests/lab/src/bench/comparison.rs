//! Compares the figures of two pages. The page that is committed is the last run: it holds every median.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use super::Choices;
use crate::binaries::repository;

/// The growth of a figure from which on it counts as worse.
const WORSE: f64 = 1.1;

/// The title of the part of a page that compares it with an earlier one.
const TITLE: &str = "## Compared with the run before";

/// A figure: the title of its part of the page, the name of its row, and the head of its column.
type Name = (String, String, String);

/// A figure in both runs.
#[derive(Debug, PartialEq)]
struct Pair {
    name: Name,
    before: f64,
    now: f64,
}

impl Pair {
    fn ratio(&self) -> f64 {
        self.now / self.before
    }

    fn is_worse(&self) -> bool {
        self.ratio() >= WORSE
    }
}

/// Every figure that both pages have, the one that grew most first.
pub(super) struct Comparison(Vec<Pair>);

/// The page of an earlier run: the one that was named, or the one that is committed. `None` where none is.
pub(super) async fn earlier(choices: &Choices) -> Result<Option<String>> {
    if let Some(path) = &choices.against {
        let page = std::fs::read_to_string(path);
        return page.map(Some).with_context(|| format!("read {}", path.display()));
    }
    let git = Command::new("git")
        .args(["show", "HEAD:docs/performance.md"])
        .current_dir(repository())
        .output()
        .await;
    Ok(git.ok().filter(|it| it.status.success()).and_then(|it| String::from_utf8(it.stdout).ok()))
}

/// Compares the tables of two pages.
pub(super) fn compare(before: &str, now: &str) -> Comparison {
    let (before, now) = (figures(before), figures(now));
    let pairs = now.into_iter().filter_map(|(name, now)| {
        let before = *before.get(&name)?;
        // What was nothing has no ratio.
        (before > 0.0).then_some(Pair { name, before, now })
    });
    let mut pairs: Vec<Pair> = pairs.collect();
    pairs.sort_by(|one, other| other.ratio().total_cmp(&one.ratio()));
    Comparison(pairs)
}

impl Comparison {
    /// What there is to say of each figure that became worse by a tenth or more.
    pub(super) fn worse(&self) -> impl Iterator<Item = String> {
        self.0.iter().filter(|it| it.is_worse()).map(|it| {
            let (title, row, column) = &it.name;
            format!(
                "{:.2} times as much as before: {title}: {row}, {column}: {} instead of {}",
                it.ratio(),
                it.now,
                it.before
            )
        })
    }

    fn markdown(&self) -> String {
        let mut text = format!(
            "{TITLE}\n\nOf each figure the ratio to the page that was committed before, the largest first; \
             **bold** is worse\nby a tenth or more. Only runs on the same machine can be compared.\n\n\
             | ratio | figure | before | now |\n|---|---|---|---|\n"
        );
        for it in &self.0 {
            let (title, row, column) = &it.name;
            let ratio = format!("{:.2}", it.ratio());
            let ratio = if it.is_worse() { format!("**{ratio}**") } else { ratio };
            // No failure: the text is in memory.
            let _ = writeln!(
                text,
                "| {ratio} | {title}: {row}, {column} | {} | {} |",
                it.before, it.now
            );
        }
        text
    }
}

/// The page with the comparison before what was tried.
pub(super) fn inserted(page: &str, comparison: &Comparison) -> String {
    let at = page.find("\n## What was done").map_or(page.len(), |at| at + 1);
    let (before, after) = page.split_at(at);
    format!("{before}{}\n{after}", comparison.markdown())
}

/// Every figure of a page's tables by its name: the median where there are three values. Tables of words have
/// none.
fn figures(page: &str) -> BTreeMap<Name, f64> {
    let mut found = BTreeMap::new();
    let (mut title, mut head) = (String::new(), Vec::new());
    let mut is_within = false;
    for line in page.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            text.clone_into(&mut title);
        }
        if line.starts_with("|--") {
            continue;
        }
        let Some(row) = line.strip_prefix("| ").and_then(|it| it.strip_suffix(" |")) else {
            is_within = false;
            continue;
        };
        let cells: Vec<&str> = row.split(" | ").map(str::trim).collect();
        if !is_within {
            // The first column may have no head: `| | wall ms |`.
            head = cells.iter().map(|it| it.trim_start_matches(['|', ' ']).to_owned()).collect();
            is_within = true;
            continue;
        }
        if title.is_empty() || format!("## {title}") == TITLE {
            continue;
        }
        let Some((name, values)) = cells.split_first() else { continue };
        let heads = head.iter().rev().take(values.len()).rev();
        for (column, value) in heads.zip(values) {
            if let Some(number) = number(value) {
                found.insert((title.clone(), (*name).to_owned(), column.clone()), number);
            }
        }
    }
    found
}

/// `26.6 / **27.5** / 28.5` is 27.5, and `29` is 29.
fn number(cell: &str) -> Option<f64> {
    let median = cell.split("**").nth(1).filter(|_| cell.matches("**").count() == 2);
    median.unwrap_or(cell).parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    const BEFORE: &str = "# Page\n\n| figure | promised | found | kept |\n|---|---|---|---|\n\
        | `a` | at most 3 | 2 | yes |\n\n## Status\n\nWords.\n\n\
        | | wall ms | CPU ms |\n|---|---|---|\n| `a` | 1.0 / **2.0** / 9.0 | 4.0 / **5.0** / 6.0 |\n\
        | gone | 1.0 / **2.0** / 9.0 | 4.0 / **5.0** / 6.0 |\n\n## Requests\n\n\
        | | requests | KB |\n|---|---|---|\n| `a` | 10 | 0 |\n\n## What was done\n\n\
        | step | what it is worth |\n|---|---|\n| x | words |\n";

    #[test]
    fn medians_are_compared_by_row_and_column_and_the_worst_comes_first() {
        let now = BEFORE
            .replace("**2.0**", "**1.0**")
            .replace("**5.0**", "**5.4**")
            .replace("| 10 | 0 |", "| 11 | 7 |");
        let compared = compare(BEFORE, &now.replace("| gone |", "| new |"));
        let ratios = compared.0.iter().map(|it| format!("{} {:.2}", it.name.2, it.ratio()));
        let ratios: Vec<String> = ratios.collect();
        assert_eq!(ratios, ["requests 1.10", "CPU ms 1.08", "wall ms 0.50"]);
        let worse: Vec<String> = compared.worse().collect();
        assert_eq!(
            worse,
            ["1.10 times as much as before: Requests: `a`, requests: 11 instead of 10"]
        );
    }

    #[test]
    fn a_page_with_a_comparison_is_compared_by_its_own_figures() {
        let page = inserted(BEFORE, &compare(BEFORE, BEFORE));
        assert!(page.contains(TITLE) && page.ends_with("| x | words |\n"));
        assert_eq!(figures(&page), figures(BEFORE));
        assert!(page.find(TITLE).unwrap() < page.find("## What was done").unwrap());
    }

    #[test]
    fn the_committed_page_has_figures_of_each_kind() {
        let page = std::fs::read_to_string(repository().join("docs/performance.md")).unwrap();
        let figures = figures(&page);
        for (title, row, column) in [
            ("Status", "`oc-etcd status`", "CPU ms"),
            ("Requests", "`oc-etcd status`", "KB received"),
            ("Waiting", "`oc-etcd add-machine` for 100 zones", "requests"),
        ] {
            let name = (title.to_owned(), row.to_owned(), column.to_owned());
            assert!(figures.contains_key(&name), "{name:?} is none of {:?}", figures.keys());
        }
    }
}
