//! Custom columns: a header and a path each, laid out as kubectl lays them out.

use serde_json::Value;

use super::evaluate::EvaluateError;
use super::parse::{Template, TemplateError};
use super::print::sprint;
use crate::model::text::printable;
use crate::report::Headers;

/// The least width of a column, with its gap.
const LEAST: usize = 6;
/// The least number of spaces between two columns.
const GAP: usize = 3;

/// Columns, read once.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    columns: Vec<(String, Template)>,
    headers: Headers,
}

/// Columns that make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// The specification names no column.
    #[error("custom-columns format specified but no custom columns given")]
    None,
    /// A column without a colon.
    #[error("`{0}` is no column; expected <header>:<json-path-expr>")]
    NoPath(String),
    /// A file without its two lines, or with lines of different length.
    #[error("expected one line of headers and one line of as many paths, both separated by spaces")]
    Lines,
    /// A path that makes no sense.
    #[error("column {header}: {error}")]
    Path {
        /// The column's header.
        header: String,
        /// The error of the template.
        error: TemplateError,
    },
}

impl Columns {
    /// Reads `NAME:.metadata.name,AGE:.age`.
    ///
    /// # Errors
    /// When a column has no path, or one that makes no sense.
    pub fn parse(text: &str) -> Result<Self, ColumnsError> {
        if text.is_empty() {
            return Err(ColumnsError::None);
        }
        let columns = text.split(',').map(|column| {
            let parts = column.split_once(':').filter(|(_, path)| !path.is_empty());
            parts.ok_or_else(|| ColumnsError::NoPath(column.to_owned()))
        });
        Self::of(columns.collect::<Result<Vec<_>, _>>()?)
    }

    /// Reads a line of headers and a line of paths.
    ///
    /// # Errors
    /// When there are not as many of both, or a path makes no sense.
    pub fn parse_lines(text: &str) -> Result<Self, ColumnsError> {
        let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let (headers, paths) = lines.next().zip(lines.next()).ok_or(ColumnsError::Lines)?;
        if headers.len() != paths.len() || headers.is_empty() {
            return Err(ColumnsError::Lines);
        }
        Self::of(headers.into_iter().zip(paths).collect())
    }

    fn of(columns: Vec<(&str, &str)>) -> Result<Self, ColumnsError> {
        let read = |(header, path): (&str, &str)| {
            let header = header.to_owned();
            match Template::of_path(path) {
                Ok(template) => Ok((header, template)),
                Err(error) => Err(ColumnsError::Path { header, error }),
            }
        };
        let columns = columns.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { columns, headers: Headers::Shown })
    }

    /// The same columns with or without their headers.
    #[must_use]
    pub fn with(self, headers: Headers) -> Self {
        Self { headers, ..self }
    }

    /// A line of headers, and one for the document, or for each item of a list.
    pub(super) fn text(&self, document: &Value) -> Result<String, EvaluateError> {
        let is_list = document["kind"].as_str().is_some_and(|it| it.ends_with("List"));
        let items = document["items"].as_array().filter(|_| is_list);
        let documents: Vec<&Value> =
            items.map_or_else(|| vec![document], |items| items.iter().collect());
        let mut lines: Vec<Vec<String>> = Vec::new();
        if self.headers == Headers::Shown {
            lines.push(self.columns.iter().map(|(header, _)| header.clone()).collect());
        }
        for document in documents {
            let cells = self.columns.iter().map(|(_, template)| cell(template, document));
            lines.push(cells.collect::<Result<_, _>>()?);
        }
        Ok(lay_out(&lines))
    }
}

fn cell(template: &Template, document: &Value) -> Result<String, EvaluateError> {
    let found: Vec<String> =
        template.evaluate(document)?.iter().flatten().map(|it| printable(&sprint(it))).collect();
    Ok(if found.is_empty() { "<none>".to_owned() } else { found.join(",") })
}

/// The last column is not padded.
fn lay_out(lines: &[Vec<String>]) -> String {
    let width = |cell: &String| cell.chars().count();
    let columns = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let widest = lines.iter().filter_map(|line| line.get(column)).map(width).max();
            (widest.unwrap_or_default() + GAP).max(LEAST)
        })
        .collect();
    let mut text = String::new();
    for line in lines {
        for (index, (cell, width)) in line.iter().zip(&widths).enumerate() {
            if index + 1 == columns {
                text.push_str(cell);
            } else {
                text.push_str(&format!("{cell:width$}"));
            }
        }
        text.push('\n');
    }
    text
}
