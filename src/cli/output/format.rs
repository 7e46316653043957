//! `-o`: the formats, and kubectl's templates.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::query::{Columns, Query, Template};
use crate::report::{Format, Headers};
use crate::system;

/// Values of `-o`, in the long help.
pub(super) const HELP: &str = "Output format, one of: wide, json, yaml, name, \
    jsonpath=TEMPLATE, jsonpath-as-json=TEMPLATE, jsonpath-file=FILE, \
    custom-columns=NAME:.path,…, custom-columns-file=FILE.\n\
    Templates use the syntax of kubectl. go-template is not supported.";

/// The formats that a template belongs to, with what it is for.
const TEMPLATES: [(&str, &str); 5] = [
    ("jsonpath=", "Result of a kubectl JSONPath template"),
    ("jsonpath-as-json=", "Result of a kubectl JSONPath template, as JSON"),
    ("jsonpath-file=", "Result of a kubectl JSONPath template in a file"),
    ("custom-columns=", "NAME:.path,NAME:.path"),
    ("custom-columns-file=", "File with one line of headers and one line of paths"),
];

const WORDS: [(&str, &str, OutputFormat); 4] = [
    ("wide", "Table with more columns", OutputFormat::Wide),
    ("json", "A JSON document", OutputFormat::Json),
    ("yaml", "A YAML document", OutputFormat::Yaml),
    ("name", "One KIND/NAME per line", OutputFormat::Name),
];

/// The formats.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputFormat {
    /// Table with more columns.
    Wide,
    /// A JSON document.
    Json,
    /// A YAML document.
    Yaml,
    /// One KIND/NAME per line.
    Name,
    /// Result of a template over the JSON document.
    Query(Arc<Query>),
}

impl OutputFormat {
    /// Returns the query over the document, columns with or without headers.
    pub(super) fn query(&self, headers: Headers) -> Option<Arc<Query>> {
        let Self::Query(query) = self else { return None };
        match &**query {
            Query::Columns(columns) => {
                Some(Arc::new(Query::Columns(columns.clone().with(headers))))
            }
            _ => Some(Arc::clone(query)),
        }
    }
}

impl From<&OutputFormat> for Format {
    fn from(format: &OutputFormat) -> Self {
        match format {
            OutputFormat::Wide => Self::Wide,
            // The terminal asks the document.
            OutputFormat::Json | OutputFormat::Query(_) => Self::Json,
            OutputFormat::Yaml => Self::Yaml,
            OutputFormat::Name => Self::Name,
        }
    }
}

/// Reads the flag's value, and a template's file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parser;

impl TypedValueParser for Parser {
    type Value = OutputFormat;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<OutputFormat, clap::Error> {
        let text = value.to_string_lossy();
        if let Some((_, _, format)) = WORDS.iter().find(|(word, ..)| *word == text) {
            return Ok(format.clone());
        }
        let is_template = TEMPLATES.iter().any(|(name, _)| text.starts_with(name));
        if !is_template {
            let all = PossibleValuesParser::new(names());
            return all.parse_ref(command, argument, value).map(|_| OutputFormat::Wide);
        }
        let read = |text: &str| query(text).map(|it| OutputFormat::Query(Arc::new(it)));
        TypedValueParser::parse_ref(&(move |it: &str| read(it)), command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let words = WORDS.iter().map(|(name, help, _)| PossibleValue::new(name).help(help));
        let templates = TEMPLATES.iter().map(|(name, help)| PossibleValue::new(name).help(help));
        Some(Box::new(words.chain(templates)))
    }
}

fn names() -> Vec<&'static str> {
    let words = WORDS.iter().map(|(name, ..)| *name);
    words.chain(TEMPLATES.iter().map(|(name, _)| *name)).collect()
}

fn query(text: &str) -> Result<Query, String> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let file = || {
        std::fs::read_to_string(value)
            .map_err(|error| format!("{value} cannot be read: {}", system::words(&error)))
    };
    let template = |text: &str| Template::parse(text).map_err(|error| error.to_string());
    let columns = |read: Result<Columns, crate::query::ColumnsError>| {
        read.map(Query::Columns).map_err(|error| error.to_string())
    };
    match name {
        "jsonpath" => template(value).map(Query::Text),
        "jsonpath-as-json" => template(value).map(Query::Json),
        "jsonpath-file" => template(&file()?).map(Query::Text),
        "custom-columns" => columns(Columns::parse(value)),
        _ => columns(Columns::parse_lines(&file()?)),
    }
}
