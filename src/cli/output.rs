//! Flags that say how to print.

use clap::{Args, ValueEnum};

use super::environment::Environment;
use crate::report::Format;
use crate::terminal::{ColorChoice, TerminalSettings};

/// How to print.
#[derive(Clone, Debug, Args)]
pub struct OutputFlags {
    /// Output format
    #[arg(short = 'o', long = "output", global = true, value_name = "FORMAT", value_enum)]
    pub format: Option<OutputFormat>,
    /// When to use colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_short_help = true
    )]
    pub color: Color,
}

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people, with more columns
    Wide,
    /// A JSON document
    Json,
    /// A YAML document
    Yaml,
    /// One kind/name a line
    Name,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<OutputFormat> for Format {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Wide => Self::Wide,
            OutputFormat::Json => Self::Json,
            OutputFormat::Yaml => Self::Yaml,
            OutputFormat::Name => Self::Name,
        }
    }
}

impl OutputFlags {
    /// How the terminal is to be used.
    #[must_use]
    pub fn terminal(&self, environment: &Environment) -> TerminalSettings {
        TerminalSettings {
            color: match self.color {
                Color::Auto => ColorChoice::Auto,
                Color::Always => ColorChoice::Always,
                Color::Never => ColorChoice::Never,
            },
            no_color: environment.no_color,
            term: environment.term.clone(),
        }
    }
}
