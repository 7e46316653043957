//! Writes a [`Status`]: one screen for people, a document for machines.
//!
//! What is as it should be takes one line; what is not is listed. What could not be read says so.

mod configuration;
mod machines;
mod masters;
mod section;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use self::section::Section;
use super::document::{self, Document};
use super::plan::{write_cluster, write_headed};
use super::{Format, findings};
use crate::check::Severity;
use crate::model::object::ObjectRef;
use crate::model::text::printable;
use crate::report::style::Style;
use crate::status::{Health, PoolProgress, State, Status};

/// Writes a Status in any format.
///
/// # Errors
/// Errors of the writer.
pub fn write(
    status: &Status,
    format: Format,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Json | Format::Yaml => {
            document::write(&Document::new("Status", status), format, out)
        }
        Format::Name => write_names(status, out),
        Format::Human => write_text(status, Detail::Usual, style, out),
        Format::Wide => write_text(status, Detail::Wide, style, out),
    }
}

/// Writes a Status as JSON in one line.
///
/// # Errors
/// Errors of the writer.
pub fn write_line(status: &Status, out: &mut impl Write) -> io::Result<()> {
    document::write_line(&Document::new("Status", status), out)
}

/// The level of detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    Usual,
    Wide,
}

/// Everything of ours that is there.
fn write_names(status: &Status, out: &mut impl Write) -> io::Result<()> {
    let is_ours = |state| {
        !matches!(state, State::Missing | State::MadeByOperator | State::MadeBySomebodyElse)
    };
    for it in status.machine_configs.entries().filter(|it| is_ours(it.state)) {
        writeln!(out, "machineconfig/{}", it.name)?;
    }
    if let Some(secret) = status.user_data.known().filter(|it| is_ours(it.state)) {
        writeln!(out, "secret/{}", secret.name)?;
    }
    let pool = status.pool.known().map(|it| it.state);
    if pool.is_some_and(|it| !matches!(it, PoolProgress::NotInitialized | PoolProgress::Foreign)) {
        writeln!(out, "machineconfigpool/etcd")?;
    }
    for it in status.machines.entries().filter(|it| it.is_ours == Some(true)) {
        writeln!(out, "{}", ObjectRef::machine(&it.name).argument())?;
    }
    Ok(())
}

fn write_text(
    status: &Status,
    detail: Detail,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    write_cluster(&status.cluster, style, out)?;
    if let Some(layout) = status.layout {
        write_headed("Layout", &format!("{layout}: {}", layout.describe()), style, out)?;
    }
    // Not wrapped: it is short, and may have color.
    writeln!(out, "{}  {}", style.bold(format!("{:<7}", "Health")), health(status, style))?;
    writeln!(out)?;
    section::write(&sections(status, detail), style, out)?;
    if !status.findings.is_empty() {
        writeln!(out)?;
        findings::write(&status.findings, style, out)?;
    }
    if let Some(next) = &status.next {
        // Not wrapped: it is to be pasted.
        writeln!(out, "\n{}  {}", style.bold(format!("{:<7}", "Next")), printable(next))?;
    }
    Ok(())
}

fn health(status: &Status, style: &Style) -> String {
    match status.health {
        // Who may only view reads no Secret.
        Health::Healthy if is_user_data_unknown(status) => {
            format!("{}, but the user data is unknown", style.good("healthy"))
        }
        Health::Healthy => style.good("healthy"),
        Health::Progressing => "in progress: no problem found so far".to_owned(),
        Health::NotInitialized => "not initialized: init has created no objects".to_owned(),
        Health::Unknown => "unknown: some resources could not be read".to_owned(),
        Health::Trouble => format!("{}: {}", style.bold("trouble"), counts(status)),
    }
}

fn is_user_data_unknown(status: &Status) -> bool {
    status.user_data.known().is_none_or(|it| it.state == State::Unknown)
}

/// `1 blocker, 3 warnings`
fn counts(status: &Status) -> String {
    let number = |severity| status.findings.iter().filter(|it| it.severity == severity).count();
    let words = |severity| match number(severity) {
        0 => None,
        1 => Some(format!("1 {severity}")),
        many => Some(format!("{many} {severity}s")),
    };
    let counts: Vec<String> =
        [Severity::Blocker, Severity::Warning].into_iter().filter_map(words).collect();
    counts.join(", ")
}

/// Returns the sections: those of one line first, then tables.
fn sections(status: &Status, detail: Detail) -> Vec<Section> {
    let mut sections =
        vec![Section::read("Pool", &status.pool, |it| configuration::pool(it, detail))];
    let is_empty = status.machine_configs.known().is_some_and(Vec::is_empty);
    if status.health != Health::NotInitialized || !is_empty {
        sections.push(Section::read("MachineConfigs", &status.machine_configs, |it| {
            configuration::machine_configs(it, detail)
        }));
        sections.push(Section::read("User data", &status.user_data, |it| {
            configuration::user_data(it, detail)
        }));
    }
    sections.push(machines::etcd_members(&status.etcd_members, detail));
    sections.push(Section::read("etcd disk", &status.masters, |it| masters::disks(it, detail)));
    sections.push(Section::read("Machines", &status.machines, |it| machines::machines(it, detail)));
    sections.push(Section::read("Nodes", &status.nodes, |it| machines::nodes(it, detail)));
    sections
}
