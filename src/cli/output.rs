//! Flags that say how to print.

mod format;

use clap::{Args, ValueEnum};

use super::environment::Environment;
use crate::model::invocation::Invocation;
use crate::report::Headers;
use crate::terminal::{ColorChoice, ProgressMode, TerminalSettings};

pub use format::OutputFormat;

/// Flags of the output.
#[derive(Clone, Debug, Default, Args)]
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
    /// Print tables without headers
    #[arg(long, global = true, hide_short_help = true)]
    pub no_headers: bool,
    /// Progress output on stderr; json prints one event per line
    #[arg(
        long,
        global = true,
        value_name = "HOW",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_short_help = true
    )]
    pub progress: ProgressWhen,
    /// When to use colors
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_short_help = true
    )]
    pub color: ColorWhen,
}

/// Form of the progress output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressWhen {
    /// Live lines on a terminal, otherwise one line per change
    #[default]
    Auto,
    /// One line per change
    Plain,
    /// One JSON event per line, including warnings and errors
    Json,
    /// No progress; warnings and errors only
    None,
}

/// Use of colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal if `NO_COLOR` is not set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl OutputFlags {
    /// Returns the settings of the terminal.
    #[must_use]
    pub fn terminal(&self, environment: &Environment) -> TerminalSettings {
        let headers = if self.no_headers { Headers::Hidden } else { Headers::Shown };
        TerminalSettings {
            color: match self.color {
                ColorWhen::Auto => ColorChoice::Auto,
                ColorWhen::Always => ColorChoice::Always,
                ColorWhen::Never => ColorChoice::Never,
            },
            no_color: environment.no_color,
            term: environment.term.clone(),
            headers,
            progress: match self.progress {
                ProgressWhen::Auto => ProgressMode::Auto,
                ProgressWhen::Plain => ProgressMode::Plain,
                ProgressWhen::Json => ProgressMode::Json,
                ProgressWhen::None => ProgressMode::None,
            },
            clock: environment.clock,
            letters: environment.letters,
            ends_when_closed: false,
            is_document: matches!(self.format, Some(OutputFormat::Json | OutputFormat::Yaml)),
            invocation: Invocation::default(),
            query: self.format.as_ref().and_then(|it| it.query(headers)),
        }
    }
}
