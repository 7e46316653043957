//! Advice to a person, with the commands in it as values.
//!
//! Advice is written as text where its reason is found: `oc etcd init`, or words with a command behind
//! `: `, `; ` or `? `, or with one in backticks. It is read here once, so that each command can be given what
//! the run was given.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

use crate::model::shell_command::Command;

/// A part of a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text to read.
    Words(String),
    /// A command to paste.
    Command(Command),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(words),
            Self::Command(command) => command.fmt(f),
        }
    }
}

/// Advice for a person, in words and commands. It can be looked at as the text that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    parts: Vec<Part>,
    text: String,
}

impl Hint {
    /// Returns the words and the commands, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Returns the commands.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.parts.iter().filter_map(|it| match it {
            Part::Command(command) => Some(command),
            Part::Words(_) => None,
        })
    }

    pub(crate) fn into_parts(self) -> Vec<Part> {
        self.parts
    }

    /// The same hint, with another way behind it, in words.
    #[must_use]
    pub fn or(mut self, words: &str) -> Self {
        self.parts.push(Part::Words(format!("; {words}")));
        Self::of(self.parts)
    }

    /// The same hint, with a flag for each command of oc-etcd with this verb.
    #[must_use]
    pub fn with_flag(mut self, verb: &str, name: &str) -> Self {
        for it in &mut self.parts {
            if let Part::Command(command) = it {
                command.set(verb, name);
            }
        }
        Self::of(self.parts)
    }

    pub(crate) fn of(parts: Vec<Part>) -> Self {
        Self { text: parts.iter().map(ToString::to_string).collect(), parts }
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_beginning = words.is_empty() && parts.is_empty()
                || ["`", ": ", "; ", "? ", "&& "].iter().any(|it| words.ends_with(it));
            // A backtick that ends a command begins none.
            let is_closing = words == "`" && !parts.is_empty();
            let command = Command::read(rest).filter(|_| is_beginning && !is_closing);
            if let Some((command, length)) = command {
                if !words.is_empty() {
                    parts.push(Part::Words(std::mem::take(&mut words)));
                }
                parts.push(Part::Command(command));
                rest = &rest[length..];
            } else {
                words.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        if !words.is_empty() {
            parts.push(Part::Words(words));
        }
        Self::of(parts)
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl Deref for Hint {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq<str> for Hint {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl Serialize for Hint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::shell_command::Program;

    #[test]
    fn a_flag_belongs_to_the_commands_of_a_verb() {
        let with_flag = |text: &str| Hint::from(text).with_flag("init", "force").to_string();
        for (text, expected) in [
            ("oc etcd init", "oc etcd init --force"),
            ("oc etcd init --force", "oc etcd init --force"),
            (
                "stop: oc etcd status; then run: oc etcd init",
                "stop: oc etcd status; then run: oc etcd init --force",
            ),
            ("`oc etcd init`, if needed", "`oc etcd init --force`, if needed"),
            ("oc etcd init > FILE", "oc etcd init --force > FILE"),
            ("run: oc get init", "run: oc get init"),
        ] {
            assert_eq!(with_flag(text), expected);
        }
    }

    #[test]
    fn a_command_knows_its_program_and_words() {
        let hint = Hint::from("oc etcd init --layout=inherit > FILE; oc get csr");
        let read: Vec<(Program, Option<&str>, Vec<&str>)> =
            hint.commands().map(|it| (it.program(), it.verb(), it.arguments().collect())).collect();
        assert_eq!(
            read,
            [
                (Program::Etcd, Some("init"), vec!["init", "--layout=inherit"]),
                (Program::Oc, Some("get"), vec!["get", "csr"]),
            ]
        );
    }
}
