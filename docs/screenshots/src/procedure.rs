//! The documented procedure beside the commands that do the same, from the table in docs/procedure.md.

use anyhow::{Context as _, Result, ensure};

use crate::line::{Line, Run, Style};
use crate::terminal::COLUMNS;

/// The commands: at which of the steps each stands, what is typed, and what it does.
const COMMANDS: [(usize, &str, &[&str]); 3] = [
    (
        1,
        "oc etcd init",
        &[
            "reads the cluster",
            "shows a plan, and asks",
            "makes MachineConfigs, user data,",
            "pool, in an order that renders",
            "waits until the pool is rendered",
        ],
    ),
    (
        19,
        "oc etcd add-machine --zone …",
        &["copies the master of that zone", "follows it until its Node is Ready"],
    ),
    (25, "oc etcd status", &["does it still match, what is next"]),
];

/// Where the right half begins.
const RIGHT: usize = 44;

/// The table's steps on the left, the commands on the right.
pub(crate) fn lines(page: &str) -> Result<Vec<Line>> {
    let steps = steps(page);
    ensure!(steps.len() >= 20, "docs/procedure.md has only {} steps", steps.len());
    let quiet = Style { dim: true, ..Style::default() };
    let bold = Style { bold: true, ..Style::default() };
    let left: Vec<Line> = steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let mut line = Line::of(0, &format!("{:>2}", index + 1), quiet);
            line.runs.push(Run { column: 4, text: step.clone(), style: Style::default() });
            line
        })
        .collect();
    let mut lines = vec![Line::of(0, "By hand, as documented", bold), Line::default()];
    lines[0].runs.push(Run { column: RIGHT, text: "With oc etcd".to_owned(), style: bold });
    lines.extend(left);
    let prompt = Style { color: Some(5), bold: true, dim: false };
    let mut right = |row: usize, column, text: &str, style| {
        let run = Run { column: RIGHT + column, text: text.to_owned(), style };
        lines.get_mut(row).context("there are fewer steps").map(|line| line.runs.push(run))
    };
    for (step, command, says) in COMMANDS {
        let row = step + 1;
        right(row, 0, "$", prompt)?;
        right(row, 2, command, bold)?;
        for (index, text) in says.iter().enumerate() {
            right(row + 1 + index, 2, text, quiet)?;
        }
    }
    let is_narrow = lines.iter().all(|it| it.text().chars().count() <= usize::from(COLUMNS));
    ensure!(is_narrow, "a line of the comparison is wider than {COLUMNS} columns");
    Ok(lines)
}

/// The steps that the page lists for a picture.
fn steps(page: &str) -> Vec<String> {
    let list = page.split("<!-- steps: begin -->").nth(1).unwrap_or_default();
    let list = list.split("<!-- steps: end -->").next().unwrap_or_default();
    let steps = list.lines().filter_map(|line| line.split_once(". "));
    steps.map(|(_, step)| step.replace('`', "")).collect()
}
