//! The only place that prints, asks or draws progress.
//!
//! stdout is the answer; stderr is everything else. A closed pipe is no error.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Input, Select};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::approval::Answer;
use crate::report::style::{Color, Style, printable};

/// The `--color` flag's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal that can, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What of the environment matters for how to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalSettings {
    /// `--color`
    pub color: ColorChoice,
    /// Whether `NO_COLOR` is set, to whatever.
    pub no_color: bool,
    /// `TERM`
    pub term: Option<String>,
}

/// Why a question was not asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is nobody to ask.
    #[error("{question} cannot be asked: {stream} is not a terminal")]
    NoTerminal {
        /// What would have been asked.
        question: String,
        /// `standard input` or `standard error`.
        stream: &'static str,
    },
    /// Ctrl-C.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// The terminal failed.
    #[error("the question could not be asked: {0}")]
    Failed(String),
}

/// The user's terminal, or the files and pipes that stand in for it.
#[derive(Clone, Debug)]
pub struct Terminal {
    settings: TerminalSettings,
    /// The live lines, which other lines go above.
    live: Arc<Mutex<Option<MultiProgress>>>,
}

impl Terminal {
    /// Looks at the standard streams.
    #[must_use]
    pub fn new(settings: TerminalSettings) -> Self {
        Self { settings, live: Arc::default() }
    }

    /// How to write text to stdout.
    #[must_use]
    pub fn stdout_style(&self) -> Style {
        self.style(io::stdout().is_terminal())
    }

    /// How to write text to stderr.
    #[must_use]
    pub fn stderr_style(&self) -> Style {
        self.style(io::stderr().is_terminal())
    }

    fn style(&self, is_terminal: bool) -> Style {
        let is_dumb = self.settings.term.as_deref() == Some("dumb");
        let color = match self.settings.color {
            ColorChoice::Always => Color::Ansi,
            ColorChoice::Auto if is_terminal && !is_dumb && !self.settings.no_color => Color::Ansi,
            ColorChoice::Auto | ColorChoice::Never => Color::None,
        };
        let columns = || usize::from(console_width());
        if is_terminal {
            Style {
                color,
                width: columns().clamp(60, 100),
                columns: columns().max(60),
                is_screen: true,
            }
        } else {
            Style { color, ..Style::default() }
        }
    }

    /// Writes the answer to stdout. A reader that went away is no error.
    ///
    /// # Errors
    /// Those of stdout, such as a full disk.
    pub fn answer(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        match write(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Writes to stderr. There is nobody to tell when that fails.
    pub fn tell(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let mut buffer = Vec::new();
        let told = || write(&mut buffer).and_then(|()| io::stderr().lock().write_all(&buffer));
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let _told = match live {
            Some(bars) => bars.suspend(told),
            None => told(),
        };
    }

    /// Writes one line to stderr.
    pub fn tell_line(&self, line: &str) {
        self.tell(|out| line.lines().try_for_each(|it| writeln!(out, "{}", printable(it))));
    }

    /// Whether questions can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a question with yes or no; no is the default.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn ask(&self, question: &str) -> Result<Answer, AskError> {
        self.require_terminal(question)?;
        // A whole line: one key, typed ahead or pasted, must not be taken for consent.
        let answer = Input::<String>::new()
            .with_prompt(format!("{question} [y/N]"))
            .allow_empty(true)
            .interact_text()
            .map_err(|error| ask_error(&error))?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(Answer::Yes),
            _ => Ok(Answer::No),
        }
    }

    /// Lets the user pick one of several.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn pick<'a>(
        &self,
        question: &str,
        items: &'a [String],
    ) -> Result<Option<&'a String>, AskError> {
        self.require_terminal(question)?;
        let picked = Select::with_theme(&ColorfulTheme::default())
            .with_prompt(question)
            .items(items)
            .default(0)
            .interact_opt()
            .map_err(|error| ask_error(&error))?;
        Ok(picked.and_then(|index| items.get(index)))
    }

    fn require_terminal(&self, question: &str) -> Result<(), AskError> {
        if self.can_ask() {
            return Ok(());
        }
        let stream = if io::stdin().is_terminal() { "standard error" } else { "standard input" };
        Err(AskError::NoTerminal { question: format!("`{question}`"), stream })
    }

    /// Begins to show progress: one live line each on a terminal, else one line per change.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let is_live = io::stderr().is_terminal() && self.settings.term.as_deref() != Some("dumb");
        let bars = is_live.then(MultiProgress::new);
        self.live.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&bars);
        Progress { bars, lines: BTreeMap::new(), live: Arc::clone(&self.live) }
    }
}

/// Ctrl-C leaves the cursor hidden behind a list.
fn ask_error(error: &dialoguer::Error) -> AskError {
    let dialoguer::Error::IO(error) = error;
    let _shown = dialoguer::console::Term::stderr().show_cursor();
    match error.kind() {
        io::ErrorKind::Interrupted => AskError::Interrupted,
        _ => AskError::Failed(error.to_string()),
    }
}

fn console_width() -> u16 {
    dialoguer::console::Term::stderr().size().1
}

/// Live lines on a terminal, or one line per change.
#[derive(Debug)]
pub struct Progress {
    bars: Option<MultiProgress>,
    lines: BTreeMap<String, (String, Option<ProgressBar>)>,
    live: Arc<Mutex<Option<MultiProgress>>>,
}

impl Progress {
    /// Shows what a subject is at now. The same text again is not shown twice.
    pub fn set(&mut self, subject: &str, text: &str) {
        let line = printable(&format!("{subject}  {text}"));
        let bars = self.bars.as_ref();
        let entry = self.lines.entry(subject.to_owned()).or_insert_with(|| {
            let bar = bars.map(|bars| bars.add(spinner()));
            (String::new(), bar)
        });
        if entry.0 == text {
            return;
        }
        text.clone_into(&mut entry.0);
        match &entry.1 {
            Some(bar) => bar.set_message(line),
            None => {
                let _told = writeln!(io::stderr().lock(), "{line}");
            }
        }
    }

    /// Ends the live lines; what they showed last stays to be read.
    pub fn finish(self) {
        for (_, bar) in self.lines.into_values() {
            if let Some(bar) = bar {
                bar.set_style(
                    ProgressStyle::with_template("  {wide_msg}")
                        .unwrap_or_else(|_| ProgressStyle::default_spinner()),
                );
                bar.finish();
            }
        }
        *self.live.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn spinner() -> ProgressBar {
    let template = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed:.dim}");
    let bar = ProgressBar::new_spinner()
        .with_style(template.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}
