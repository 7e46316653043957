//! What can be typed next, by the protocol in which kubectl and oc ask a plugin.
//!
//! They run `kubectl_complete-etcd` or `oc_complete-etcd` with the words behind `etcd`, of which the last
//! is the one being typed, and read one candidate a line, `value<TAB>description`, and cobra's directive
//! behind a colon. This room knows clap's description of the command line and asks nobody: what a cluster
//! or a kubeconfig has to say is handed in.

pub(crate) mod line;
pub mod live;
pub mod suggest;

use std::io::{self, Write};

use crate::model::text::printable;

pub use crate::complete::suggest::{Suggestion, ValueSource, suggest};

/// A word that can stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The word.
    pub value: String,
    /// The meaning of the word; empty where the word speaks for itself.
    pub description: String,
}

impl Candidate {
    /// A word with its description.
    pub fn new(value: impl Into<String>, description: impl Into<String>) -> Self {
        Self { value: value.into(), description: description.into() }
    }
}

/// The action of the shell beside showing the candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    /// Completes file names.
    Files,
    /// Completes names of directories.
    Directories,
    /// No action.
    Nothing,
    /// No action, and no space behind the word: more of the word has to follow.
    GoOn,
}

impl Directive {
    /// The same, but that no space follows where every word asks for more: `jsonpath=`.
    fn behind(self, candidates: &[Candidate]) -> Self {
        let is_open = candidates.iter().all(|it| it.value.ends_with('='));
        if is_open && !candidates.is_empty() { Self::GoOn } else { self }
    }

    /// cobra's number for it.
    const fn bits(self) -> u8 {
        match self {
            Self::Files => 0,
            Self::Nothing => 4,
            Self::GoOn => 6,
            Self::Directories => 16,
        }
    }
}

/// The answer to one press of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completions {
    /// The words, in the order in which they are shown.
    pub candidates: Vec<Candidate>,
    /// The action of the shell.
    pub directive: Directive,
}

impl Completions {
    /// Writes it as kubectl and oc read it. A word that would break a line is left out.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for Candidate { value, description } in &self.candidates {
            if value.is_empty() || value.contains(char::is_control) {
                continue;
            }
            match printable(description).trim() {
                "" => writeln!(out, "{value}")?,
                description => writeln!(out, "{value}\t{description}")?,
            }
        }
        writeln!(out, ":{}", self.directive.bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_line_for_each_word_and_the_directive() {
        let candidates = vec![
            Candidate::new("a", "one\ttab\nand a line"),
            Candidate::new("b", ""),
            Candidate::new("with\nline", "is left out"),
        ];
        let mut written = Vec::new();
        Completions { candidates, directive: Directive::Nothing }.write(&mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), "a\tone tab and a line\nb\n:4\n");
    }
}
