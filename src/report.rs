//! Writes the answers: documents for machines, text for people. Pure over [`std::io::Write`].

pub mod bar;
pub mod check;
pub mod diff;
pub mod document;
pub mod findings;
pub mod letters;
pub mod outcome;
pub mod perf;
pub mod plan;
pub mod quantity;
pub mod status;
pub mod style;
pub mod table;
pub mod version;

/// The header row of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Headers {
    /// In capitals, as kubectl has them.
    #[default]
    Shown,
    /// `--no-headers`
    Hidden,
}

/// The `-o` flag's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// Table with more columns.
    Wide,
    /// A JSON document.
    Json,
    /// A YAML document.
    Yaml,
    /// A line `kind/name` for each object.
    Name,
}

impl Format {
    /// Returns whether the answer is a document for machines, so that nothing else may be on stdout.
    #[must_use]
    pub const fn is_document(self) -> bool {
        matches!(self, Self::Json | Self::Yaml | Self::Name)
    }
}
