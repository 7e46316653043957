//! Writes columns as kubectl does: no borders, and nothing after the last column.

use std::io::{self, Write};

use super::Headers;
use crate::model::text::printable;
use crate::report::style::Style;

/// The text before a line.
const INDENT: &str = "  ";
/// The text between two columns.
const GAP: &str = "  ";
/// The least number of characters of the last column.
const LEAST: usize = 8;

/// The treatment of a line that is wider than the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overflow {
    Kept,
    Cut,
}

/// Rows of cells under the names of their columns. A column without any text is not shown.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    overflow: Overflow,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = &'static str>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new(), overflow: Overflow::Kept }
    }

    /// The same table, its last column cut where a line would be wider than the screen.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { overflow: Overflow::Cut, ..self }
    }

    /// The same table with a row added.
    #[must_use]
    pub fn row(mut self, cells: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.rows.push(cells.into_iter().map(|it| printable(&it.into())).collect());
        self
    }

    /// Writes it.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn write(&self, headers: Headers, style: &Style, out: &mut impl Write) -> io::Result<()> {
        let head: Vec<String> = self.columns.iter().map(|it| it.to_uppercase()).collect();
        let is_shown = headers == Headers::Shown && style.headers == Headers::Shown;
        let head = is_shown.then_some(&head);
        let shown: Vec<usize> = (0..self.columns.len())
            .filter(|&column| self.rows.iter().any(|row| !cell(row, column).is_empty()))
            .collect();
        let lines: Vec<Vec<&str>> = head
            .into_iter()
            .chain(&self.rows)
            .map(|line| shown.iter().map(|&column| cell(line, column)).collect())
            .collect();
        let widths: Vec<usize> = (0..shown.len())
            .map(|column| lines.iter().map(|line| width(line[column])).max().unwrap_or_default())
            .collect();
        let before_last: usize = widths.iter().rev().skip(1).map(|it| it + GAP.len()).sum();
        let room = match self.overflow {
            Overflow::Kept => usize::MAX,
            // In a file or a pipe there is no screen, and whoever reads it wants it all.
            Overflow::Cut if !style.is_screen => usize::MAX,
            Overflow::Cut => style.columns.saturating_sub(INDENT.len() + before_last).max(LEAST),
        };
        for line in lines {
            let cells: Vec<String> = line
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, &width))| {
                    let is_last = column + 1 == shown.len();
                    if is_last { shorten(cell, room) } else { format!("{cell:width$}") }
                })
                .collect();
            writeln!(out, "{INDENT}{}", cells.join(GAP).trim_end())?;
        }
        Ok(())
    }
}

fn cell(line: &[String], column: usize) -> &str {
    line.get(column).map_or("", String::as_str)
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

/// Cuts a text that is wider than the room there is, behind a word.
fn shorten(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.rsplit_once(' ').map_or(&*kept, |it| it.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(table: &Table, headers: Headers) -> String {
        let mut out = Vec::new();
        table
            .write(headers, &Style { columns: 30, is_screen: true, ..Style::default() }, &mut out)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_the_last_is_not_padded() {
        let table = Table::new(["name", "zone", "age"]).row(["lab-x99n4-etcd-0", "a", "3h"]).row([
            "zürich",
            "us-east-1b",
            "",
        ]);
        assert_eq!(
            text(&table, Headers::Shown),
            "  NAME              ZONE        AGE\n  lab-x99n4-etcd-0  a           3h\n  zürich            us-east-1b\n"
        );
        assert_eq!(
            text(&table, Headers::Hidden),
            "  lab-x99n4-etcd-0  a           3h\n  zürich            us-east-1b\n"
        );
    }

    #[test]
    fn a_hidden_header_takes_no_room() {
        let table = Table::new(["a-long-name", "b"]).row(["x", "y"]);
        assert_eq!(text(&table, Headers::Hidden), "  x  y\n");
    }

    #[test]
    fn only_the_last_column_is_cut_and_one_without_text_is_left_out() {
        let table = Table::new(["name", "note", "message"]);
        let table = table.row(["one", "", "waiting for the instance to boot"]).row(["two", "", ""]);
        assert_eq!(
            text(&table.clone().cut(), Headers::Shown),
            "  NAME  MESSAGE\n  one   waiting for the…\n  two\n"
        );
        assert_eq!(
            text(&table, Headers::Hidden),
            "  one  waiting for the instance to boot\n  two\n"
        );
        // A name is pasted into the next command, however long it is.
        let name = "lab-production-us-east-1-x99n4-etcd-0";
        let table = Table::new(["name", "message"]).row([name, "waiting for the instance to boot"]);
        assert_eq!(text(&table.cut(), Headers::Hidden), format!("  {name}  waiting…\n"));
    }
}
