//! Flags may come before the verb, as kubectl's do: clap knows a verb's flags only after it.

use std::ffi::OsString;

use clap::{ArgAction, Command};

/// The same command line with what stands before the verb behind it. Help and version stay where they
/// are: they are the program's own there.
pub(super) fn verb_first(arguments: Vec<OsString>, command: &Command) -> Vec<OsString> {
    let Some(at) = position(&arguments, command) else { return arguments };
    let is_own = |it: &OsString| ["-h", "--help", "-V", "--version"].iter().any(|own| it == own);
    let (program, flags) = arguments[..at].split_at(1);
    if flags.iter().any(is_own) {
        return arguments;
    }
    let rest = &arguments[at + 1..];
    [program, &arguments[at..=at], flags, rest].concat()
}

/// Returns the place of the verb: the first word that is neither a flag nor the value of a flag.
fn position(arguments: &[OsString], command: &Command) -> Option<usize> {
    let mut at = 1;
    while let Some(text) = arguments.get(at).and_then(|it| it.to_str()) {
        if command.find_subcommand(text).is_some() {
            return Some(at);
        }
        if !text.starts_with('-') {
            return None;
        }
        at += if takes_next(text, command) { 2 } else { 1 };
    }
    None
}

/// Returns whether the value of a flag is the next word.
fn takes_next(flag: &str, command: &Command) -> bool {
    let is_it = |it: &clap::Arg| match flag.strip_prefix("--") {
        Some(long) => it.get_long() == Some(long),
        None => flag.len() == 2 && it.get_short() == flag.chars().nth(1),
    };
    let verbs = command.get_subcommands();
    let mut all = command.get_arguments().chain(verbs.flat_map(Command::get_arguments));
    let found = all.find(|it| is_it(it));
    found.is_some_and(|it| {
        let takes_value = matches!(it.get_action(), ArgAction::Set | ArgAction::Append);
        takes_value && !it.is_require_equals_set()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    fn moved(line: &str) -> String {
        let words = line.split(' ').map(OsString::from).collect();
        let words = verb_first(words, &crate::cli::command("oc etcd"));
        words.iter().filter_map(|it| OsStr::to_str(it)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn flags_of_a_verb_may_come_before_it() {
        for (line, expected) in [
            ("oc-etcd -y init", "oc-etcd init -y"),
            (
                "oc-etcd --timeout 5m --dry-run init -o json",
                "oc-etcd init --timeout 5m --dry-run -o json",
            ),
            ("oc-etcd --zone=a add-machine", "oc-etcd add-machine --zone=a"),
            ("oc-etcd --context init status", "oc-etcd status --context init"),
            ("oc-etcd -s https://h status", "oc-etcd status -s https://h"),
            ("oc-etcd status", "oc-etcd status"),
            ("oc-etcd --help init", "oc-etcd --help init"),
            ("oc-etcd nonsense init", "oc-etcd nonsense init"),
        ] {
            assert_eq!(moved(line), expected);
        }
    }
}
