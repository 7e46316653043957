//! A command for a person to paste into a shell.
//!
//! What an object says stands in a command as [`quoted`], because a file may have any text there. As a second guard, a
//! word of a command that a shell would take apart is quoted when the command is read.

use std::fmt;

/// The program that a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The program `oc-etcd` itself.
    Etcd,
    /// `oc`
    Oc,
    /// `kubectl`
    Kubectl,
}

/// A command of a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Assignments before the program.
    environment: Vec<String>,
    program: Program,
    /// The name of the program as it is called.
    name: String,
    /// The verb and what follows, as words that are quoted where they need to be.
    words: Vec<String>,
    /// The flags of the run, quoted.
    of_run: Vec<String>,
}

impl Command {
    /// The program that it runs.
    #[must_use]
    pub const fn program(&self) -> Program {
        self.program
    }

    /// The first word behind the program.
    #[must_use]
    pub fn verb(&self) -> Option<&str> {
        self.words.first().map(String::as_str)
    }

    /// The words behind the program, those of a shell's redirection left out.
    pub fn arguments(&self) -> impl Iterator<Item = &str> {
        let own = self.words.iter().take_while(|it| !is_of_shell(it));
        own.chain(&self.of_run).map(String::as_str)
    }

    /// Reads the command that a text begins with, up to what ends it: `&&`, a comma or a semicolon, or
    /// a backtick. Also returns how many bytes it takes.
    pub(crate) fn read(text: &str) -> Option<(Self, usize)> {
        let mut words = Vec::new();
        let mut end = 0;
        while let Some((word, is_last)) = next_word(&text[end..]) {
            let start = end + text[end..].len() - text[end..].trim_start_matches(' ').len();
            if matches!(word, "&&" | "||") {
                break;
            }
            words.push(one_word(word));
            end = start + word.len();
            if is_last {
                break;
            }
        }
        let is_assignment = |it: &str| {
            it.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|it| it.is_ascii_uppercase() || it == '_')
            })
        };
        let assigned = words.iter().take_while(|it| is_assignment(it)).count();
        let mut rest = words.split_off(assigned);
        let name = if rest.is_empty() { None } else { Some(rest.remove(0)) };
        let verb = rest.first().map(String::as_str).unwrap_or_default();
        if !verb.starts_with(|it: char| it.is_ascii_lowercase() || it == '-') {
            return None;
        }
        let (program, name) = match (name?.as_str(), verb) {
            (caller @ ("oc" | "kubectl"), "etcd") => {
                rest.remove(0);
                (Program::Etcd, format!("{caller} etcd"))
            }
            ("oc", _) => (Program::Oc, "oc".to_owned()),
            ("kubectl", _) => (Program::Kubectl, "kubectl".to_owned()),
            _ => return None,
        };
        let command = Self { environment: words, program, name, words: rest, of_run: Vec::new() };
        Some((command, end))
    }

    /// Returns whether it sets a flag.
    pub(crate) fn sets(&self, name: &str) -> bool {
        let names = self.words.iter().filter_map(|it| it.strip_prefix("--"));
        names.map(|it| it.split('=').next()).any(|it| it == Some(name))
    }

    /// Sets a flag, if it is a command of oc-etcd with this verb that does not set the flag.
    pub(crate) fn set(&mut self, verb: &str, name: &str) {
        if self.program == Program::Etcd && self.verb() == Some(verb) && !self.sets(name) {
            let end = self.words.iter().position(|it| is_of_shell(it));
            self.words.insert(end.unwrap_or(self.words.len()), flag(name, ""));
        }
    }

    /// Returns whether it answers from files as from a cluster: a command of ours that compares and shows.
    pub(crate) fn only_reads(&self) -> bool {
        let is_dry_run = self.words.iter().any(|it| it == "--dry-run=client");
        let is_once = !self.words.iter().any(|it| it.starts_with("--watch"));
        self.program == Program::Etcd
            && match self.verb() {
                Some("status" | "check" | "diff") => is_once,
                Some("init" | "add-disk" | "remove-disk") => is_dry_run,
                _ => false,
            }
    }

    /// Sets the name under which oc-etcd was called, and the flags of the run, which are quoted.
    pub(crate) fn call(&mut self, program: &str, of_run: Vec<String>) {
        if self.program == Program::Etcd {
            program.clone_into(&mut self.name);
        }
        self.of_run = of_run;
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_shell = self.words.iter().position(|it| is_of_shell(it));
        let (own, behind) = self.words.split_at(of_shell.unwrap_or(self.words.len()));
        let name = [self.name.clone()];
        let all = self.environment.iter().chain(&name).chain(own).chain(&self.of_run);
        let all: Vec<&str> = all.chain(behind).map(String::as_str).collect();
        f.write_str(&all.join(" "))
    }
}

/// Returns whether the flags of a program end before a word: a pipe, a redirection, or `--`.
fn is_of_shell(word: &str) -> bool {
    matches!(word, "|" | ">" | ">>" | "<" | "--")
}

/// The first word of a text, with its quotes, and whether nothing of the same command follows.
fn next_word(text: &str) -> Option<(&str, bool)> {
    let text = text.trim_start_matches(' ');
    let mut quote = None;
    let mut is_escaped = false;
    for (at, it) in text.char_indices() {
        match (quote, it) {
            _ if std::mem::take(&mut is_escaped) => {}
            (None | Some('"'), '\\') => is_escaped = true,
            (None, ' ') => return Some((&text[..at], false)),
            (None, '`') => return (at > 0).then_some((&text[..at], true)),
            (None, ',' | ';') if matches!(text[at + 1..].chars().next(), None | Some(' ')) => {
                return (at > 0).then_some((&text[..at], true));
            }
            (None, '\'' | '"') => quote = Some(it),
            (Some(open), it) if open == it => quote = None,
            _ => {}
        }
    }
    (!text.is_empty()).then_some((text, true))
}

/// A flag as one word of a shell. A flag without a value is on.
#[must_use]
pub fn flag(name: &str, value: &str) -> String {
    if value.is_empty() { format!("--{name}") } else { format!("--{name}={}", quoted(value)) }
}

/// A value as one word of a POSIX shell.
#[must_use]
pub fn quoted(value: &str) -> String {
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Returns whether a character means itself to a shell.
fn is_plain(it: char) -> bool {
    it.is_ascii_alphanumeric() || "-_./:=@,+%".contains(it)
}

/// The word of a command as it is, if a shell takes the word for one and runs nothing in it; otherwise quoted.
fn one_word(word: &str) -> String {
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let behind = &rest[first.len_utf8()..];
        rest = match first {
            '\'' => match behind.split_once('\'') {
                Some((_, behind)) => behind,
                None => return quoted(word),
            },
            '\\' if behind.starts_with('\'') => &behind[1..],
            _ if is_plain(first) => behind,
            _ if is_of_shell(word) => return word.to_owned(),
            _ => return quoted(word),
        };
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_a_shell_would_take_apart_is_quoted() {
        for (text, expected) in [
            ("oc get a -p '{\"b\": 1}' --c='d e' --f='o'\\''neil' > FILE", None),
            ("oc get a;touch${IFS}x", Some("oc get 'a;touch${IFS}x'")),
            ("oc get $(touch x)", Some("oc get '$(touch' 'x)'")),
            ("oc get \"$(id)\"", Some("oc get '\"$(id)\"'")),
            ("oc get 'a'$b", Some(r"oc get ''\''a'\''$b'")),
            ("oc get a>x", Some("oc get 'a>x'")),
        ] {
            let (command, length) = Command::read(text).unwrap();
            assert_eq!(command.to_string(), expected.unwrap_or(text));
            assert_eq!(length, text.len());
        }
    }

    #[test]
    fn a_quoted_value_is_read_as_one_word_whatever_it_is() {
        for value in ["o'neil", "a; touch x", "`a`", "a, b && c", "\\", "'", "a\"b", "", "a\nb"] {
            let text = format!("oc get {}; more", quoted(value));
            let (command, length) = Command::read(&text).unwrap();
            assert_eq!(command.arguments().collect::<Vec<_>>(), ["get", &quoted(value)], "{value}");
            assert_eq!(&text[length..], "; more");
        }
    }
}
