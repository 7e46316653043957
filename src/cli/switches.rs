//! Flags that are on or off, in Go's spelling: `--watch`, `--watch=true`, `-w=F`.
//!
//! pflag takes a value behind `=` for every such flag, in all the words of strconv.ParseBool, and never as
//! the next word; the last one counts. Here the command line is put into the form that clap takes, before
//! clap sees it, so that a flag needs to declare nothing, and `--watch=false` is as if it were not there.

use std::any::TypeId;
use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command};

use crate::complete::line::is_called;

/// Values that strconv.ParseBool accepts.
pub(super) fn parse(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// The same command line with every flag that is on or off in the form that clap takes.
///
/// # Errors
/// For a value that is neither.
pub(super) fn normalize(
    arguments: Vec<OsString>,
    command: &Command,
) -> Result<Vec<OsString>, clap::Error> {
    let mut normalized: Vec<Word> = Vec::new();
    let mut all = arguments.into_iter();
    while let Some(argument) = all.next() {
        if argument == "--" {
            normalized.push(Word::Other(argument));
            normalized.extend(all.map(Word::Other));
            break;
        }
        match argument.to_str().and_then(|text| Switch::read(text, command)) {
            None => normalized.push(Word::Other(argument)),
            Some(switch) => {
                let is_on = switch.is_on(command)?;
                // The last one counts.
                normalized.retain(|it| !matches!(it, Word::Switch(name, _) if *name == switch.id));
                normalized.extend(switch.before.iter().map(|it| Word::Other(it.into())));
                normalized.extend(switch.word(is_on).map(|it| Word::Switch(switch.id, it)));
            }
        }
    }
    let words = normalized.into_iter().map(|it| match it {
        Word::Other(word) | Word::Switch(_, word) => word,
    });
    Ok(words.collect())
}

/// A word of a command line.
enum Word {
    Switch(String, OsString),
    Other(OsString),
}

/// A flag that is on or off, as it was typed.
struct Switch {
    /// The flag's id.
    id: String,
    /// `--watch` or `-w`
    name: String,
    value: Option<String>,
    /// Indicates whether clap requires a value.
    takes_value: bool,
    /// Letters that stood before it in the same word: `-y` of `-yw=true`.
    before: Option<String>,
}

impl Switch {
    fn read(text: &str, command: &Command) -> Option<Self> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let (before, name) = match name.strip_prefix('-') {
            Some(letters) if !letters.starts_with('-') && value.is_some() => {
                let (at, _) = letters.char_indices().next_back()?;
                let are_switches =
                    letters[..at].chars().all(|it| find(&format!("-{it}"), command).is_some());
                if !are_switches {
                    return None;
                }
                let before = (at > 0).then(|| format!("-{}", &letters[..at]));
                (before, format!("-{}", &letters[at..]))
            }
            _ => (None, name.to_owned()),
        };
        // clap makes the flags for help only when it parses.
        let (id, takes_value) = match (name.as_str(), find(&name, command)) {
            ("--help" | "-h", _) => ("help".to_owned(), false),
            (_, flag) => {
                let flag = flag?;
                (flag.get_id().to_string(), matches!(flag.get_action(), ArgAction::Set))
            }
        };
        Some(Self { id, name, value, takes_value, before })
    }

    fn is_on(&self, command: &Command) -> Result<bool, clap::Error> {
        let Some(value) = &self.value else { return Ok(true) };
        parse(value).ok_or_else(|| {
            let message = format!(
                "invalid value '{value}' for '{}': must be true or false (1, t, T, TRUE, true, True, \
                 0, f, F, FALSE, false, False)",
                self.name
            );
            command.clone().error(ErrorKind::ValueValidation, message)
        })
    }

    /// The flag as clap takes it; none where it is off by being left out.
    fn word(&self, is_on: bool) -> Option<OsString> {
        if self.takes_value {
            return Some(format!("{}={is_on}", self.name).into());
        }
        is_on.then(|| self.name.clone().into())
    }
}

/// A flag that is on or off by its name, of any verb: a name means the same everywhere.
fn find<'a>(name: &str, command: &'a Command) -> Option<&'a Arg> {
    let verbs = command.get_subcommands().flat_map(Command::get_arguments);
    command.get_arguments().chain(verbs).find(|it| is_switch(it) && is_called(it, name))
}

/// Returns whether a flag is a boolean flag.
pub(super) fn is_switch(flag: &Arg) -> bool {
    match flag.get_action() {
        ArgAction::SetTrue => true,
        ArgAction::Set => flag.get_value_parser().type_id() == TypeId::of::<bool>(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(verb: &str, words: &[&str]) -> Result<clap::ArgMatches, clap::Error> {
        let line = ["oc-etcd", verb].iter().chain(words).map(OsString::from).collect();
        let command = crate::cli::command("oc etcd");
        let line = normalize(line, &command)?;
        let matches = command.try_get_matches_from(line)?;
        Ok(matches.subcommand().map(|(_, of_verb)| of_verb.clone()).unwrap())
    }

    /// What a verb cannot do without.
    fn needed(verb: &str) -> &'static [&'static str] {
        match verb {
            "remove-machine" => &["m"],
            "completion" => &["bash"],
            _ => &[],
        }
    }

    #[test]
    fn every_flag_that_is_on_or_off_takes_gos_spelling() {
        let command = crate::cli::command("oc etcd");
        let global: Vec<Arg> = command.get_arguments().cloned().collect();
        let mut count = 0;
        for verb in command.get_subcommands() {
            let name = verb.get_name();
            let all = verb.get_arguments().chain(&global).filter(|it| is_switch(it));
            for flag in all {
                count += 1;
                let id = flag.get_id().as_str();
                let long = flag.get_long().map(|it| format!("--{it}"));
                let short = flag.get_short().map(|it| format!("-{it}"));
                let of = |words: &[&str]| -> Result<bool, clap::Error> {
                    parsed(name, &[needed(name), words].concat()).map(|it| it.get_flag(id))
                };
                for flag in long.into_iter().chain(short) {
                    for (word, is_on) in [
                        ("1", true),
                        ("t", true),
                        ("T", true),
                        ("TRUE", true),
                        ("true", true),
                        ("True", true),
                        ("0", false),
                        ("f", false),
                        ("F", false),
                        ("FALSE", false),
                        ("false", false),
                        ("False", false),
                    ] {
                        let with = format!("{flag}={word}");
                        assert_eq!(of(&[&with]).unwrap(), is_on, "{name} {with}");
                        assert_eq!(of(&[&with, &flag]).ok(), Some(true), "{name} {with} {flag}");
                        assert_eq!(of(&[&flag, &with]).ok(), Some(is_on), "{name} {flag} {with}");
                    }
                    assert!(of(&[&flag]).unwrap(), "{name} {flag}");
                    for word in ["", "yes", "tRUE", "2"] {
                        assert!(of(&[&format!("{flag}={word}")]).is_err(), "{name} {flag}={word}");
                    }
                    // The next word is a word of its own, and no value.
                    let next = parsed(name, &[needed(name), &[&flag, "false"]].concat());
                    let is_on = next.is_ok_and(|it| !it.get_flag(id));
                    assert!(!is_on, "{name} {flag} false");
                }
            }
        }
        assert!(count > 40, "{count} flags");
    }

    #[test]
    fn a_flag_that_is_off_stands_in_nobodys_way() {
        let watch = |words: &[&str]| parsed("status", words).map(|it| it.get_flag("watch"));
        assert_eq!(watch(&["--watch=false", "--from", "d"]).ok(), Some(false));
        assert!(watch(&["--watch=true", "--from", "d"]).is_err());
        assert!(watch(&["--watch=false", "--timeout=1s"]).is_err());
    }

    #[test]
    fn letters_can_stand_together_and_what_follows_a_double_dash_is_left_alone() {
        let line = |words: &str| {
            let words = words.split(' ').map(OsString::from).collect();
            let normalized = normalize(words, &crate::cli::command("oc etcd")).unwrap();
            normalized.iter().map(|it| it.to_str().unwrap()).collect::<Vec<_>>().join(" ")
        };
        for (typed, normalized) in [
            ("oc-etcd init -y=true", "oc-etcd init -y"),
            ("oc-etcd init -y=false --wait=0", "oc-etcd init --wait=false"),
            ("oc-etcd status -w=1 -o=json", "oc-etcd status -w -o=json"),
            ("oc-etcd status -yw=t", "oc-etcd status -y -w"),
            ("oc-etcd status -ojson=true", "oc-etcd status -ojson=true"),
            ("oc-etcd remove-machine -- --yes=false", "oc-etcd remove-machine -- --yes=false"),
            ("oc-etcd init --yes=true --yes=f", "oc-etcd init"),
            ("oc-etcd init --help=true", "oc-etcd init --help"),
            ("oc-etcd init -h=F", "oc-etcd init"),
        ] {
            assert_eq!(line(typed), normalized);
        }
    }
}
