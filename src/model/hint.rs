//! Advice to a person, with the commands in it as values.
//!
//! Advice is written as text where its reason is found: `oc etcd init`, or words with a command behind
//! `: `, `; ` or `? `, or with one in backticks. It is read here once, so that each command can be given what
//! the run was given: the name of the program, and the flags that say which cluster is meant and as whom.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

/// The invocation of this run: the words that a pasted command needs to act on the same cluster as the same
/// person. Holds no token, key or password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    program: String,
    connection: Vec<(String, String)>,
    files: Option<Files>,
}

/// The files that a run reads instead of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// A directory or a file, which another command can read again.
    At(String),
    /// Standard input, which is read once.
    Stdin,
}

impl Default for Invocation {
    fn default() -> Self {
        Self::of("oc etcd")
    }
}

impl Invocation {
    /// A run under the name of a program, such as `kubectl etcd`, without flags.
    #[must_use]
    pub fn of(program: impl Into<String>) -> Self {
        Self { program: program.into(), connection: Vec::new(), files: None }
    }

    /// The same run with flags, each a name without its dashes and a value, which is not quoted yet. A
    /// flag without a value is on.
    #[must_use]
    pub fn with(self, connection: Vec<(String, String)>) -> Self {
        Self { connection, ..self }
    }

    /// The same run over files.
    #[must_use]
    pub fn over(self, files: Option<Files>) -> Self {
        Self { files, ..self }
    }

    /// The name of the program: `oc etcd`.
    #[must_use]
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Advice in the words of this run.
    #[must_use]
    pub fn speak(&self, text: &str) -> Hint {
        Hint::from(text).with_invocation(self)
    }

    /// The path of the files that each of some commands can read; `None` where one of them needs the cluster.
    fn files_for(&self, hint: &Hint) -> Option<&str> {
        match &self.files {
            Some(Files::At(path)) => hint.commands().all(Command::only_reads).then_some(path),
            Some(Files::Stdin) | None => None,
        }
    }

    /// The flags for a command, quoted for a shell.
    fn flags(&self, command: &Command) -> Vec<String> {
        // Who logs in does so as nobody yet.
        let is_for_login =
            |name: &str| !matches!(name, "user" | "cluster" | "token") && !name.starts_with("as");
        let is_login = command.program != Program::Etcd && command.verb() == Some("login");
        let wanted = self.connection.iter().filter(|(name, _)| !is_login || is_for_login(name));
        wanted
            .map(|(name, value)| match value.as_str() {
                "" => format!("--{name}"),
                value => format!("--{name}={}", quoted(value)),
            })
            .collect()
    }
}

/// A value as one word of a POSIX shell.
#[must_use]
pub fn quoted(value: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_./:=@,+%".contains(it);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

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
    connection: Vec<String>,
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
        own.chain(&self.connection).map(String::as_str)
    }

    /// Reads the command that a text begins with, up to what ends it: `&&`, a comma or a semicolon, or
    /// a backtick. Also returns how many bytes it takes.
    fn read(text: &str) -> Option<(Self, usize)> {
        let mut words = Vec::new();
        let mut end = 0;
        while let Some((word, is_last)) = next_word(&text[end..]) {
            let start = end + text[end..].len() - text[end..].trim_start_matches(' ').len();
            if matches!(word, "&&" | "||") {
                break;
            }
            words.push(word.to_owned());
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
        let command =
            Self { environment: words, program, name, words: rest, connection: Vec::new() };
        Some((command, end))
    }

    /// Returns whether it answers from files as from a cluster: a command of ours that compares and shows.
    fn only_reads(&self) -> bool {
        let is_dry_run = self.words.iter().any(|it| it == "--dry-run=client");
        let is_once = !self.words.iter().any(|it| it.starts_with("--watch"));
        self.program == Program::Etcd
            && match self.verb() {
                Some("status" | "check" | "diff") => is_once,
                Some("init" | "add-disk" | "remove-disk") => is_dry_run,
                _ => false,
            }
    }

    fn with_invocation(&mut self, invocation: &Invocation, files: Option<&str>) {
        if self.program == Program::Etcd {
            invocation.program.clone_into(&mut self.name);
        }
        self.connection = match files {
            Some(path) => vec![format!("--from={}", quoted(path))],
            None => invocation.flags(self),
        };
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_shell = self.words.iter().position(|it| is_of_shell(it));
        let (own, behind) = self.words.split_at(of_shell.unwrap_or(self.words.len()));
        let name = [self.name.clone()];
        let all = self.environment.iter().chain(&name).chain(own).chain(&self.connection);
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
    for (at, it) in text.char_indices() {
        match (quote, it) {
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

    /// The same hint, its commands as the run has to be called again. Over files, its commands read the same
    /// files if all of them can; otherwise the hint says that the commands are for the cluster.
    #[must_use]
    pub fn with_invocation(mut self, invocation: &Invocation) -> Self {
        let files = invocation.files_for(&self).map(str::to_owned);
        for part in &mut self.parts {
            if let Part::Command(command) = part {
                command.with_invocation(invocation, files.as_deref());
            }
        }
        if invocation.files.is_some() && files.is_none() && self.commands().next().is_some() {
            let begins_with_words = self.text.starts_with(|it: char| it.is_alphabetic())
                && matches!(self.parts.first(), Some(Part::Words(_)));
            let place = if begins_with_words { "on the cluster, " } else { "on the cluster: " };
            self.parts.insert(0, Part::Words(place.to_owned()));
        }
        Self::of(self.parts)
    }

    fn of(parts: Vec<Part>) -> Self {
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

    fn flags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_command_of_a_hint_gets_what_the_run_was_given() {
        let run = Invocation::of("kubectl etcd").with(flags(&[
            ("context", "lab"),
            ("as", "o'neil"),
            ("insecure-skip-tls-verify", ""),
        ]));
        let end = r"--context=lab --as='o'\''neil' --insecure-skip-tls-verify";
        for (text, expected) in [
            ("oc etcd init", format!("kubectl etcd init {end}")),
            (
                "oc etcd remove-machine a && oc etcd add-machine --zone b",
                format!(
                    "kubectl etcd remove-machine a {end} && kubectl etcd add-machine --zone b {end}"
                ),
            ),
            (
                "oc get csr; oc describe node/a",
                format!("oc get csr {end}; oc describe node/a {end}"),
            ),
            (
                "to wait for the pool, run: oc etcd init",
                format!("to wait for the pool, run: kubectl etcd init {end}"),
            ),
            (
                "oc etcd remove-machine a, then run the command again",
                format!("kubectl etcd remove-machine a {end}, then run the command again"),
            ),
            (
                "first; `oc etcd status` shows where, `oc get nodes` what",
                format!(
                    "first; `kubectl etcd status {end}` shows where, `oc get nodes {end}` what"
                ),
            ),
            (
                "oc etcd init --dry-run=client -o json > FILE",
                format!("kubectl etcd init --dry-run=client -o json {end} > FILE"),
            ),
            (
                "KUBECTL_EXTERNAL_DIFF= oc etcd diff --show-sensitive",
                format!("KUBECTL_EXTERNAL_DIFF= kubectl etcd diff --show-sensitive {end}"),
            ),
            (
                "oc patch machineconfigpool/etcd -p '{\"a\": \"b; c, d\"}'",
                format!("oc patch machineconfigpool/etcd -p '{{\"a\": \"b; c, d\"}}' {end}"),
            ),
            ("kubectl get nodes", format!("kubectl get nodes {end}")),
            ("is it? oc whoami --show-server", format!("is it? oc whoami --show-server {end}")),
            ("--timeout allows more time", "--timeout allows more time".to_owned()),
            ("an oc etcd node is one", "an oc etcd node is one".to_owned()),
        ] {
            assert_eq!(run.speak(text).to_string(), expected);
            assert_eq!(Hint::from(text).to_string(), text, "as it was written");
        }
    }

    #[test]
    fn who_logs_in_does_so_as_nobody_yet() {
        let run = Invocation::default().with(flags(&[
            ("kubeconfig", "a b"),
            ("user", "u"),
            ("as", "v"),
            ("as-group", "g"),
            ("token", "TOKEN"),
        ]));
        assert_eq!(&*run.speak("oc login, or --token"), "oc login --kubeconfig='a b', or --token");
    }

    #[test]
    fn over_files_a_command_reads_the_same_files_or_is_for_the_cluster() {
        let run = Invocation::default().with(flags(&[("context", "lab")]));
        let files = run.clone().over(Some(Files::At("/a b".to_owned())));
        for (text, expected) in [
            ("oc etcd diff", "oc etcd diff --from='/a b'"),
            (
                "`oc etcd init --dry-run=client` shows more",
                "`oc etcd init --dry-run=client --from='/a b'` shows more",
            ),
            ("oc etcd init", "on the cluster: oc etcd init --context=lab"),
            ("oc etcd status --watch", "on the cluster: oc etcd status --watch --context=lab"),
            (
                "look first: oc describe node/a",
                "on the cluster, look first: oc describe node/a --context=lab",
            ),
            (
                "`oc etcd status` shows where, `oc get nodes` what",
                "on the cluster: `oc etcd status --context=lab` shows where, `oc get nodes --context=lab` what",
            ),
            ("set a subnet with --subnet", "set a subnet with --subnet"),
        ] {
            assert_eq!(&*files.speak(text), expected);
        }
        let stdin = run.over(Some(Files::Stdin));
        assert_eq!(&*stdin.speak("oc etcd diff"), "on the cluster: oc etcd diff --context=lab");
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
