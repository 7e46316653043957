//! The table of `docs/procedure.md` that lists every difference, read from the text itself.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};

const BEGIN: &str = "<!-- differences: begin -->";
const END: &str = "<!-- differences: end -->";

/// A field of an object in which the procedure and `oc-etcd` differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    /// `machineconfig/00-etcd`
    pub(super) object: String,
    /// `spec.osImageURL`
    pub(super) field: String,
}

/// A cluster on which both are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lab {
    /// As the procedure expects it.
    New,
    /// With a past, and with what an administrator did to it.
    Grown,
}

/// The differences that the document lists for a cluster.
pub(super) fn listed(document: &str, lab: Lab) -> Result<BTreeSet<Difference>> {
    let (_, rest) = document.split_once(BEGIN).with_context(|| format!("there is no {BEGIN}"))?;
    let (table, _) = rest.split_once(END).with_context(|| format!("there is no {END}"))?;
    let rows = table.lines().map(str::trim).filter(|line| line.starts_with('|')).skip(2);
    let mut differences = BTreeSet::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [objects, fields, procedure, ours, why] = cells[..] else {
            anyhow::bail!("a row has {} cells instead of 5: {row}", cells.len());
        };
        ensure!(
            [procedure, ours, why].iter().all(|cell| !cell.is_empty()),
            "a row says nothing in a cell: {row}"
        );
        let (objects, is_for_grown) = match objects.strip_suffix('¹') {
            Some(objects) => (objects, true),
            None => (objects, false),
        };
        if is_for_grown && lab == Lab::New {
            continue;
        }
        for object in quoted(objects) {
            for field in quoted(fields) {
                let difference = Difference { object: object.to_owned(), field: field.to_owned() };
                ensure!(
                    differences.insert(difference.clone()),
                    "it is listed twice: {} {}",
                    difference.object,
                    difference.field
                );
            }
        }
    }
    Ok(differences)
}

/// The words in backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The beginnings of rows for differences that the table lacks. Why they are there is for a person to
/// say: an empty cell fails the test.
pub(super) fn rows<'a>(differences: impl Iterator<Item = &'a Difference>) -> String {
    let rows = differences.map(|it| format!("| `{}` | `{}` | | | |", it.object, it.field));
    rows.collect::<Vec<_>>().join("\n")
}
