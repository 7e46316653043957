//! The only place that prints, asks or draws progress.
//!
//! stdout is the answer; stderr is everything else. A closed pipe is no error: a command goes on with what it has begun,
//! and a command that only shows ends.

mod ask;
mod event;
mod progress;
mod screen;

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::MultiProgress;

use crate::api::Notice;
use crate::model::invocation::Invocation;
use crate::model::text::printable;
use crate::query::Query;
use crate::report::Headers;
use crate::report::bar::Bars;
use crate::report::letters::Letters;
use crate::report::style::{Color, Style};
use crate::system;

pub use ask::AskError;
pub use event::{Clock, EventType};
pub use progress::ProgressLine;

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

/// The `--progress` flag's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProgressMode {
    /// Live lines on a terminal, otherwise one line per change.
    #[default]
    Auto,
    /// One line per change.
    Plain,
    /// Everything that would be on stderr as JSON, an event a line.
    Json,
    /// Progress is not shown.
    None,
}

/// The settings of the command line and the environment that decide how to print.
#[derive(Clone, Debug, Default)]
pub struct TerminalSettings {
    /// `--color`
    pub color: ColorChoice,
    /// Indicates whether `NO_COLOR` is set, to any value.
    pub no_color: bool,
    /// `TERM`
    pub term: Option<String>,
    /// `--no-headers`
    pub headers: Headers,
    /// The query that is shown in place of each JSON document.
    pub query: Option<Arc<Query>>,
    /// `--progress`
    pub progress: ProgressMode,
    /// The clock that dates events.
    pub clock: Clock,
    /// The characters that the terminal shows.
    pub letters: Letters,
    /// Indicates whether stdout is for a document.
    pub is_document: bool,
    /// The invocation of the run, for the commands of hints.
    pub invocation: Invocation,
    /// Indicates whether the run ends when nobody reads stdout any more.
    pub ends_when_closed: bool,
}

/// Nobody reads stdout any more.
#[derive(Debug, thiserror::Error)]
#[error("stdout is closed")]
pub struct StdoutClosed;

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

    /// The same terminal, on which columns have their names already.
    #[must_use]
    pub fn after_headers(&self) -> Self {
        let query = self.settings.query.as_deref().map(|query| match query {
            Query::Columns(columns) => Query::Columns(columns.clone().with(Headers::Hidden)),
            other => other.clone(),
        });
        let settings = TerminalSettings { query: query.map(Arc::new), ..self.settings.clone() };
        Self { settings, live: Arc::clone(&self.live) }
    }

    /// The same terminal, on which the commands of hints are those of a run.
    #[must_use]
    pub fn speaking_as(mut self, invocation: &Invocation) -> Self {
        self.settings.invocation.clone_from(invocation);
        self
    }

    /// The same terminal, of a run that ends when nobody reads stdout any more.
    #[must_use]
    pub fn ending_when_closed(mut self) -> Self {
        self.settings.ends_when_closed = true;
        self
    }

    /// Returns whether something is asked of each document.
    #[must_use]
    pub const fn has_query(&self) -> bool {
        self.settings.query.is_some()
    }

    /// Returns the style of text on stdout.
    #[must_use]
    pub fn stdout_style(&self) -> Style {
        self.style(io::stdout().is_terminal())
    }

    /// Returns the style of bars on stdout: drawn on a screen alone, and in ASCII where the locale has
    /// nothing else.
    #[must_use]
    pub fn bars(&self) -> Bars {
        match (io::stdout().is_terminal(), self.settings.letters) {
            (false, _) => Bars::None,
            (true, Letters::Ascii) => Bars::Ascii,
            (true, Letters::All) => Bars::Unicode,
        }
    }

    /// Returns the style of text on stderr.
    #[must_use]
    pub fn stderr_style(&self) -> Style {
        self.style(io::stderr().is_terminal() && !self.tells_events())
    }

    fn style(&self, is_terminal: bool) -> Style {
        let color = match self.settings.color {
            ColorChoice::Always => Color::Ansi,
            ColorChoice::Auto if is_terminal && !self.is_dumb() && !self.settings.no_color => {
                Color::Ansi
            }
            ColorChoice::Auto | ColorChoice::Never => Color::None,
        };
        let headers = self.settings.headers;
        let columns = || usize::from(console_width());
        if is_terminal {
            Style {
                color,
                // Tables and commands of fewer columns would be cut, so that the terminal wraps what is left.
                width: columns().clamp(60, 100),
                columns: columns().max(60),
                is_screen: true,
                headers,
            }
        } else {
            Style { color, headers, ..Style::default() }
        }
    }

    /// Returns whether nothing but lines can be shown.
    fn is_dumb(&self) -> bool {
        self.settings.term.as_deref() == Some("dumb")
    }

    /// Writes the answer to stdout, or of a JSON document what is asked of it. A reader that went away
    /// is no error.
    ///
    /// # Errors
    /// Those of stdout, such as a full disk, and of a template that does not suit the document. [`StdoutClosed`] if the run
    /// ends with it.
    pub fn answer(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let letters = self.settings.letters;
        let Some(query) = &self.settings.query else {
            if letters == Letters::All {
                return self.write_out(write);
            }
            let mut text = Vec::new();
            write(&mut text)?;
            let text = String::from_utf8_lossy(&text);
            let text = if self.settings.is_document {
                letters.document(&text)
            } else {
                letters.text(&text)
            };
            return self.write_out(|out| out.write_all(text.as_bytes()));
        };
        let mut text = Vec::new();
        write(&mut text)?;
        // What is no document, such as a completion script, has no other form.
        let Ok(document) = serde_json::from_slice(&text) else {
            return self.write_out(|out| out.write_all(&text));
        };
        let mut found = Vec::new();
        query.write(&document, &mut found)?;
        if io::stdout().is_terminal() {
            found = harmless(&String::from_utf8_lossy(&found)).into_bytes();
        }
        // What is found is data, which has no other form in ASCII.
        self.write_out(|out| out.write_all(&found))
    }

    fn write_out(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        match write(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                if self.settings.ends_when_closed {
                    Err(io::Error::other(StdoutClosed))
                } else {
                    Ok(())
                }
            }
            other => other,
        }
    }

    /// Writes to stderr, or an event for each line. There is nobody to tell when that fails.
    pub fn tell(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let mut buffer = Vec::new();
        if self.tells_events() {
            let _told = write(&mut buffer);
            let text = String::from_utf8_lossy(&buffer);
            let lines = text.lines().filter(|it| !it.is_empty());
            return lines.for_each(|it| self.event(EventType::Note, None, it.trim_end()));
        }
        let letters = self.settings.letters;
        let told = || {
            write(&mut buffer)?;
            let text = String::from_utf8_lossy(&buffer);
            io::stderr().lock().write_all(letters.text(&text).as_bytes())
        };
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let _told = match live {
            Some(bars) => bars.suspend(told),
            None => told(),
        };
    }

    /// Writes a line to stderr, or an event of the type note.
    pub fn tell_line(&self, line: &str) {
        self.tell_as(EventType::Note, "", line);
    }

    /// Writes an error to stderr, behind `error: `, or an event.
    pub fn error(&self, message: &str) {
        self.tell_as(EventType::Error, "error: ", message);
    }

    /// Writes a warning of this program to stderr, behind `warning: `, or an event.
    pub fn warning(&self, message: &str) {
        self.tell_as(EventType::Warning, "warning: ", message);
    }

    /// Writes a remark to stderr, behind `note: `, or an event.
    pub fn note(&self, message: &str) {
        self.tell_as(EventType::Note, "note: ", message);
    }

    /// Writes a notice of the connection to stderr, as kubectl does, or an event.
    pub fn notice(&self, notice: Notice, message: &str) {
        match notice {
            Notice::ServerWarning => self.tell_as(EventType::Warning, "Warning: ", message),
            Notice::Warning => self.warning(message),
            Notice::Hint => self.tell_hint(message),
            Notice::Log => self.tell_line(message),
        }
    }

    /// Writes advice to stderr, or an event; its commands are those with which the run has to be called again.
    pub fn tell_hint(&self, hint: &str) {
        self.tell_as(EventType::Hint, "→ ", &self.settings.invocation.speak(hint));
    }

    fn tell_as(&self, kind: EventType, mark: &str, message: &str) {
        let message = &*system::plain(message);
        if self.tells_events() {
            return self.event(kind, None, message.trim_end());
        }
        let line = format!("{mark}{message}");
        self.tell(|out| line.lines().try_for_each(|it| writeln!(out, "{}", printable(it))));
    }
}

/// Removes characters that move the cursor from the result of a template; a template sets its lines and tabs.
fn harmless(text: &str) -> String {
    text.split_inclusive(['\n', '\t'])
        .map(|part| match part.strip_suffix(['\n', '\t']) {
            Some(inner) => format!("{}{}", printable(inner), &part[inner.len()..]),
            None => printable(part),
        })
        .collect()
}

fn console_width() -> u16 {
    dialoguer::console::Term::stderr().size().1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_finds_moves_no_cursor_and_keeps_its_lines() {
        assert_eq!(harmless("a\u{1b}[2Jb\tc\nd\u{7}\n"), "a [2Jb\tc\nd \n");
    }
}
