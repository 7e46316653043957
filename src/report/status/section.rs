//! One subject of a status for people: a line, a table, or both.

use std::io::{self, Write};

use crate::report::Headers;
use crate::report::style::Style;
use crate::report::table::Table;
use crate::status::Observation;

/// The column at which the text of the lines begins.
const INDENT: usize = 16;

/// A section of the status.
pub(super) struct Section {
    label: &'static str,
    line: String,
    table: Option<(Headers, Table)>,
}

impl Section {
    /// Returns the section of an observation, or the reason why the object is missing.
    pub(super) fn read<T>(
        label: &'static str,
        reading: &Observation<T>,
        show: impl FnOnce(&T) -> Self,
    ) -> Self {
        match reading {
            Observation::Known(content) => show(content),
            Observation::Unreadable(reason) => Self::line(label, unreadable(reason)),
        }
    }

    /// A line.
    pub(super) fn line(label: &'static str, line: impl Into<String>) -> Self {
        Self { label, line: line.into(), table: None }
    }

    /// The same with a table below.
    pub(super) fn with_table(self, table: Table) -> Self {
        Self { table: Some((Headers::Shown, table)), ..self }
    }

    /// The same with a table below whose columns need no names.
    pub(super) fn with_list(self, table: Table) -> Self {
        Self { table: Some((Headers::Hidden, table)), ..self }
    }

    /// A label, the line, wrapped beside it, and the table.
    fn write(&self, style: &Style, out: &mut impl Write) -> io::Result<()> {
        let lines = style.wrap(&self.line, INDENT);
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { self.label } else { "" };
            let gap = if line.is_empty() { 0 } else { INDENT.saturating_sub(label.len()) };
            writeln!(out, "{}{:gap$}{line}", style.bold(label), "")?;
        }
        match &self.table {
            Some((headers, table)) => table.write(*headers, style, out),
            None => Ok(()),
        }
    }
}

/// Writes sections. Lines stand together; a table has an empty line above and below.
pub(super) fn write(sections: &[Section], style: &Style, out: &mut impl Write) -> io::Result<()> {
    let mut is_after_table = false;
    for (index, section) in sections.iter().enumerate() {
        let has_table = section.table.is_some();
        if index > 0 && (is_after_table || has_table) {
            writeln!(out)?;
        }
        section.write(style, out)?;
        is_after_table = has_table;
    }
    Ok(())
}

/// Never an empty table where it is only unknown what there is.
pub(super) fn unreadable(reason: &str) -> String {
    format!("could not be read: {reason}")
}

/// A dash for what is not known, so that columns stay columns.
pub(super) fn known(text: Option<&str>) -> &str {
    text.filter(|it| !it.is_empty()).unwrap_or("-")
}
