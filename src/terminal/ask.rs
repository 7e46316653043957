//! Questions, on a terminal only.

use std::fmt;
use std::io::{self, IsTerminal as _};

use dialoguer::console::{Key, Term};
use dialoguer::theme::{SimpleTheme, Theme as _};

use super::Terminal;
use crate::plan::consent::Answer;

/// Why a question was not asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is nobody to ask.
    #[error("{question} cannot be asked: {reason}")]
    NoTerminal {
        /// The question that was not asked.
        question: String,
        /// `standard input is not a terminal`
        reason: &'static str,
    },
    /// Ctrl-C.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// The terminal failed.
    #[error("the confirmation prompt failed: {0}")]
    Failed(String),
}

impl From<io::Error> for AskError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Interrupted => Self::Interrupted,
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl Terminal {
    /// Returns whether questions can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal() && !self.tells_events()
    }

    /// Asks a question with yes or no; no is the default, and the end of the input is no.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn ask(&self, question: &str) -> Result<Answer, AskError> {
        self.require_terminal(question)?;
        self.tell(|out| writeln!(out));
        // A whole line: one key, typed ahead or pasted, must not be taken for consent.
        let answer = self.line(&format!("{question} [y/N]"))?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(Answer::Yes),
            _ => Ok(Answer::No),
        }
    }

    /// Has a word typed; anything else is no.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn ask_to_type(&self, question: &str, word: &str) -> Result<Answer, AskError> {
        self.require_terminal(question)?;
        self.tell(|out| writeln!(out));
        let typed = self.line(question)?;
        Ok(if typed.trim() == word { Answer::Yes } else { Answer::No })
    }

    /// Lets the user pick one of several; `None` when the user leaves without one.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn pick<'a>(
        &self,
        question: &str,
        items: &'a [String],
    ) -> Result<Option<&'a String>, AskError> {
        self.require_terminal(question)?;
        let term = Term::stderr();
        let mut at = 0;
        self.tell_line(&shown(|out| SimpleTheme.format_select_prompt(out, question)));
        loop {
            for (index, item) in items.iter().enumerate() {
                let is_at = index == at;
                let row =
                    |out: &mut String| SimpleTheme.format_select_prompt_item(out, item, is_at);
                self.tell_line(&shown(row));
            }
            match term.read_key()? {
                Key::Enter => return Ok(items.get(at)),
                key if is_end(&key) => return Ok(None),
                Key::Escape | Key::Char('q') => return Ok(None),
                Key::ArrowDown | Key::Tab | Key::Char('j') => at = (at + 1) % items.len().max(1),
                Key::ArrowUp | Key::BackTab | Key::Char('k') => {
                    at = at.checked_sub(1).unwrap_or(items.len().saturating_sub(1));
                }
                _ => {}
            }
            term.clear_last_lines(items.len())?;
        }
    }

    /// Reads a whole line, which may be empty. One that the end of the input ends is empty.
    fn line(&self, prompt: &str) -> Result<String, AskError> {
        let term = Term::stderr();
        self.tell(|out| write!(out, "{prompt}: "));
        let mut line = String::new();
        loop {
            match term.read_key() {
                Ok(Key::Enter) => break,
                Ok(key) if is_end(&key) => {
                    if line.is_empty() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    line.clear();
                    break;
                }
                Ok(Key::Backspace) => {
                    if line.pop().is_some() {
                        term.clear_chars(1)?;
                    }
                }
                Ok(Key::Char(it)) if !it.is_control() => {
                    line.push(it);
                    term.write_str(it.encode_utf8(&mut [0; 4]))?;
                }
                Ok(_) => {}
                Err(error) => {
                    term.write_line("")?;
                    return Err(error.into());
                }
            }
        }
        term.write_line("")?;
        Ok(line)
    }

    fn require_terminal(&self, question: &str) -> Result<(), AskError> {
        if self.can_ask() {
            return Ok(());
        }
        let reason = if self.tells_events() {
            "--progress=json reserves standard error for events"
        } else if io::stdin().is_terminal() {
            "standard error is not a terminal"
        } else {
            "standard input is not a terminal"
        };
        Err(AskError::NoTerminal { question: format!("`{question}`"), reason })
    }
}

/// Returns what a theme writes.
fn shown(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _always = write(&mut text);
    text
}

/// Returns whether a key is the end of the input: Ctrl-D, which is a zero where it was typed before the
/// question.
const fn is_end(key: &Key) -> bool {
    matches!(key, Key::Char('\u{4}' | '\0'))
}
