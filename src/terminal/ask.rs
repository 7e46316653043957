//! Questions, on a terminal only.

use std::io::{self, IsTerminal as _};

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Input, Select};

use super::Terminal;
use crate::approval::Answer;

/// Why a question was not asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is nobody to ask.
    #[error("{question} cannot be asked: {reason}")]
    NoTerminal {
        /// What would have been asked.
        question: String,
        /// `standard input is not a terminal`
        reason: &'static str,
    },
    /// Ctrl-C.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// The terminal failed.
    #[error("the question could not be asked: {0}")]
    Failed(String),
}

impl Terminal {
    /// Whether questions can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal() && !self.tells_events()
    }

    /// Asks a question with yes or no; no is the default.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn ask(&self, question: &str) -> Result<Answer, AskError> {
        self.require_terminal(question)?;
        self.tell(|out| writeln!(out));
        // A whole line: one key, typed ahead or pasted, must not be taken for consent.
        let answer = line(&format!("{question} [y/N]"))?;
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
        let typed = line(question)?;
        Ok(if typed.trim() == word { Answer::Yes } else { Answer::No })
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
        let reason = if self.tells_events() {
            "--progress=json leaves standard error to events"
        } else if io::stdin().is_terminal() {
            "standard error is not a terminal"
        } else {
            "standard input is not a terminal"
        };
        Err(AskError::NoTerminal { question: format!("`{question}`"), reason })
    }
}

/// Reads a whole line; it may be empty.
fn line(prompt: &str) -> Result<String, AskError> {
    let line = Input::<String>::new().with_prompt(prompt).allow_empty(true).interact_text();
    line.map_err(|error| ask_error(&error))
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
