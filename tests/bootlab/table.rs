//! The table of `docs/disk.md`, which the tests write by what they saw.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context as _, Result, ensure};

use crate::golden_file::{is_update, repository};

/// A scenario with a row in the table: the name of its test, a title, and what is run. That returns what was
/// seen; its argument is the name.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) run: fn(&str) -> Result<String>,
    /// Whether CI runs it too.
    pub(crate) is_quick: bool,
}

/// A scenario that `make boot-test` alone runs.
pub(crate) const fn scenario(
    name: &'static str,
    title: &'static str,
    run: fn(&str) -> Result<String>,
) -> Scenario {
    Scenario { name, title, run, is_quick: false }
}

/// A scenario that CI runs too.
pub(crate) const fn quick(
    name: &'static str,
    title: &'static str,
    run: fn(&str) -> Result<String>,
) -> Scenario {
    Scenario { name, title, run, is_quick: true }
}

const BEGIN: &str = "<!-- Written by `make boot-test UPDATE=1`. -->\n";
const END: &str = "<!-- End of what is written. -->";

/// What was seen, by the names of the tests.
static SEEN: Mutex<BTreeMap<&'static str, String>> = Mutex::new(BTreeMap::new());

fn document() -> PathBuf {
    repository().join("docs/disk.md")
}

fn row(prefix: &str, scenario: &Scenario, seen: &str) -> String {
    format!("| {} | `{prefix}::{}` | {seen} |\n", scenario.title, scenario.name)
}

/// Runs a scenario. What it saw must stand in the table, unless the table is being written.
pub(crate) fn run(prefix: &str, scenario: &Scenario) -> Result<()> {
    let seen = (scenario.run)(scenario.name)?;
    if is_update() {
        SEEN.lock().map_err(|_| anyhow::anyhow!("a test panicked"))?.insert(scenario.name, seen);
        return Ok(());
    }
    let row = row(prefix, scenario, &seen);
    let text = fs::read_to_string(document()).context("read docs/disk.md")?;
    ensure!(text.contains(&row), "docs/disk.md does not have the line that was seen: {row}");
    Ok(())
}

/// Each scenario has one row, there is no other row, and each test that a document names is there.
pub(crate) fn is_whole(scenarios: &[(&str, Scenario)], tests: &[String]) -> Result<()> {
    if is_update() {
        return Ok(());
    }
    let text = fs::read_to_string(document()).context("read docs/disk.md")?;
    let (_, rest) = text.split_once(BEGIN).context("docs/disk.md has no table")?;
    let (table, _) = rest.split_once(END).context("docs/disk.md has no end of the table")?;
    let rows: Vec<&str> = table.lines().filter(|it| it.contains("::")).collect();
    for (prefix, scenario) in scenarios {
        let cell = format!("| {} | `{prefix}::{}` |", scenario.title, scenario.name);
        let count = rows.iter().filter(|it| it.starts_with(&cell)).count();
        ensure!(count == 1, "docs/disk.md has {count} rows that begin with {cell}");
    }
    ensure!(rows.len() == scenarios.len(), "docs/disk.md has rows of no scenario");
    let mut named = 0;
    for name in ["README.md", "docs/disk.md", "docs/procedure.md"] {
        let text = fs::read_to_string(repository().join(name)).context(name)?;
        for word in text.split('`').skip(1).step_by(2) {
            let is_test = ["boot::", "cut::", "kubelet::", "script::"]
                .iter()
                .any(|prefix| word.strip_prefix(prefix).is_some_and(|it| !it.is_empty()));
            let begin = word.strip_suffix('*');
            let is_there = tests.iter().any(|it| match begin {
                Some(begin) => it.starts_with(begin),
                None => it == word,
            });
            ensure!(!is_test || is_there, "{name} names {word}, which is no test");
            named += usize::from(is_test);
        }
    }
    ensure!(named > scenarios.len(), "the documents point at no test");
    Ok(())
}

/// Writes the rows that were seen; other rows stay. The rows are in the order of the scenarios.
pub(crate) fn write(scenarios: &[(&str, Scenario)]) -> Result<()> {
    let seen = SEEN.lock().map_err(|_| anyhow::anyhow!("a test panicked"))?;
    if seen.is_empty() {
        return Ok(());
    }
    let text = fs::read_to_string(document()).context("read docs/disk.md")?;
    let (before, rest) = text.split_once(BEGIN).context("docs/disk.md has no table")?;
    let (table, after) = rest.split_once(END).context("docs/disk.md has no end of the table")?;
    let mut new = String::from("\n| scenario | test | what is seen |\n|---|---|---|\n");
    for (prefix, scenario) in scenarios {
        let cell = format!("| `{prefix}::{}` |", scenario.name);
        match seen.get(scenario.name) {
            Some(seen) => new.push_str(&row(prefix, scenario, seen)),
            None => table.lines().filter(|it| it.contains(&cell)).for_each(|line| {
                new.push_str(line);
                new.push('\n');
            }),
        }
    }
    fs::write(document(), format!("{before}{BEGIN}{new}\n{END}{after}"))
        .context("write docs/disk.md")
}
