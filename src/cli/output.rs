//! Flags that say how to print.

mod format;

use clap::{Args, ValueEnum};

use super::environment::Environment;
use crate::report::table::Headers;
use crate::terminal::{ColorChoice, TerminalSettings};

pub use format::OutputFormat;

/// How to print.
#[derive(Clone, Debug, Args)]
pub struct OutputFlags {
    /// Output format: wide, json, yaml, name, jsonpath=…, …
    #[arg(
        short = 'o',
        long = "output",
        global = true,
        value_name = "FORMAT",
        value_parser = format::Parser,
        hide_possible_values = true,
        long_help = format::HELP
    )]
    pub format: Option<OutputFormat>,
    /// Print tables without the names of their columns
    #[arg(long, global = true, hide_short_help = true)]
    pub no_headers: bool,
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

impl OutputFlags {
    /// How the terminal is to be used.
    #[must_use]
    pub fn terminal(&self, environment: &Environment) -> TerminalSettings {
        let headers = if self.no_headers { Headers::Hidden } else { Headers::Shown };
        TerminalSettings {
            color: match self.color {
                Color::Auto => ColorChoice::Auto,
                Color::Always => ColorChoice::Always,
                Color::Never => ColorChoice::Never,
            },
            no_color: environment.no_color,
            term: environment.term.clone(),
            headers,
            query: self.format.as_ref().and_then(|it| it.query(headers)),
        }
    }
}
