//! Answers in the user's own words: kubectl's JSONPath templates and custom columns, over a document.
//!
//! The dialect is kubectl's, not RFC 9535's: a union is of paths, `$` is the current object, a name in
//! brackets may be a path, and an index out of bounds is an error. No crate speaks it; `tests/apiserver`
//! compares this one with kubectl itself.

mod columns;
mod evaluate;
mod parse;
mod print;

use std::io::{self, Write};

use serde_json::Value;

pub use columns::{Columns, ColumnsError};
pub use evaluate::EvaluateError;
pub use parse::{Template, TemplateError};

/// The part of a document that a user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// `-o jsonpath=TEMPLATE`
    Text(Template),
    /// `-o jsonpath-as-json=TEMPLATE`
    Json(Template),
    /// `-o custom-columns=SPEC`
    Columns(Columns),
}

impl Query {
    /// Writes the answer. A key that is not there gives nothing.
    ///
    /// # Errors
    /// Errors of the writer and of the template over this document.
    pub fn write(&self, document: &Value, out: &mut impl Write) -> io::Result<()> {
        let text = match self {
            Self::Text(template) => {
                print::text(&template.evaluate(document).map_err(io::Error::other)?)?
            }
            Self::Json(template) => {
                print::json(&template.evaluate(document).map_err(io::Error::other)?)?
            }
            Self::Columns(columns) => columns.text(document).map_err(io::Error::other)?,
        };
        out.write_all(text.as_bytes())
    }
}
