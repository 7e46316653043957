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
