//! Decides what can stand where the cursor is.

use clap::{Arg, ArgAction, Command, ValueHint};

use super::line::{Line, Typing};
use super::{Candidate, Completions, Directive};
use crate::check::Check;
use crate::model::names;
use crate::status::goal::Goal;

/// The source of words that the command line does not know by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueSource {
    /// The contexts of the kubeconfig.
    Contexts,
    /// The clusters of the kubeconfig.
    Clusters,
    /// The users of the kubeconfig.
    Users,
    /// The zones of the cluster's masters.
    Zones,
    /// The cluster's etcd Machines.
    EtcdMachines,
}

/// The words that can be suggested, and the part of a word that is typed.
#[derive(Debug)]
pub struct Suggestion {
    known: Vec<Candidate>,
    /// Whom to ask for more.
    pub source: Option<ValueSource>,
    /// The flags that choose the cluster and the user, as they are typed on any command.
    pub connection: Vec<String>,
    directive: Directive,
    /// The part of the word that is typed, and the part of a list before it.
    typed: String,
    before: String,
    /// The words that were given before, and need not be given again.
    given: Vec<String>,
}

impl Suggestion {
    /// The answer, with the words that the source had.
    #[must_use]
    pub fn answer(self, found: Vec<Candidate>) -> Completions {
        let all = self.known.into_iter().chain(found);
        let fitting =
            all.filter(|it| it.value.starts_with(&self.typed) && !self.given.contains(&it.value));
        let mut candidates: Vec<Candidate> = fitting
            .map(|it| Candidate { value: format!("{}{}", self.before, it.value), ..it })
            .collect();
        if candidates.iter().any(|it| it.value.chars().any(is_quoted_by_bash)) {
            for it in &mut candidates {
                it.description.clear();
            }
        }
        Completions { directive: self.directive.behind(&candidates), candidates }
    }

    fn of(line: &Line, typed: &str) -> Self {
        Self {
            known: Vec::new(),
            source: None,
            connection: line.global_words(),
            directive: Directive::Nothing,
            typed: typed.to_owned(),
            before: String::new(),
            given: Vec::new(),
        }
    }
}

/// Returns whether bash's `printf %q` quotes a character. cobra's script for bash compares what is typed with
/// the quoted word from 1.9 on, where words have descriptions, and finds none that begins so: `a,b` is `a\,b`
/// there. Without descriptions, it compares the words as they are.
fn is_quoted_by_bash(it: char) -> bool {
    !it.is_ascii_alphanumeric() && !"-_./:=@%+^".contains(it)
}

/// Suggests words for the cursor, behind these words of which the last is being typed.
#[must_use]
pub fn suggest(command: &Command, words: &[String]) -> Suggestion {
    let line = Line::read(command, words);
    match &line.typing {
        Typing::Nothing => Suggestion::of(&line, ""),
        Typing::Flag(typed) => Suggestion { known: flags(&line), ..Suggestion::of(&line, typed) },
        Typing::Value(flag, typed) => values(&line, flag, typed),
        Typing::Word(typed) => match line.verb {
            None => Suggestion { known: verbs(command, &line), ..Suggestion::of(&line, typed) },
            Some(_) if line.is_help => Suggestion::of(&line, typed),
            Some(verb) => word(&line, verb, typed),
        },
    }
}

fn verbs(command: &Command, line: &Line) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|it| !it.is_hide_set());
    let verbs = shown.map(|it| Candidate::new(it.get_name(), text(it.get_about())));
    let help = Candidate::new("help", "Help about any command");
    verbs.chain((!line.is_help).then_some(help)).collect()
}

/// The flags that are not there yet, or can be there again.
fn flags(line: &Line) -> Vec<Candidate> {
    let is_given = |it: &Arg| line.flags.iter().any(|(flag, _)| flag.get_id() == it.get_id());
    let is_repeatable = |it: &Arg| matches!(it.get_action(), ArgAction::Append | ArgAction::Count);
    let open =
        line.known_flags().filter(|it| !it.is_hide_set() && (is_repeatable(it) || !is_given(it)));
    let mut all: Vec<Candidate> = open
        .flat_map(|it| {
            let long = it.get_long().map(|name| format!("--{name}"));
            let short = it.get_short().map(|name| format!("-{name}"));
            let help = text(it.get_help());
            long.into_iter().chain(short).map(move |name| Candidate::new(name, help.clone()))
        })
        .collect();
    all.extend(["--help", "-h"].map(|name| Candidate::new(name, "Print help")));
    all
}

/// A word of a verb; where none can follow, its flags.
fn word(line: &Line, verb: &Command, typed: &str) -> Suggestion {
    let mut positionals = verb.get_positionals();
    let next = positionals.nth(line.words.len());
    let last = verb.get_positionals().last();
    let repeated = last.filter(|it| matches!(it.get_action(), ArgAction::Append));
    match next.or(repeated) {
        Some(argument) => {
            let mut suggestion = values(line, argument, typed);
            suggestion.given.extend(line.words.iter().cloned());
            suggestion
        }
        None if typed.is_empty() => {
            Suggestion { known: flags(line), ..Suggestion::of(line, typed) }
        }
        None => Suggestion::of(line, typed),
    }
}

/// The values of a flag or of a word.
fn values(line: &Line, argument: &Arg, typed: &str) -> Suggestion {
    let mut suggestion = Suggestion::of(line, typed);
    if let Some(delimiter) = argument.get_value_delimiter() {
        let (before, typed) =
            typed.rfind(delimiter).map_or(("", typed), |at| typed.split_at(at + 1));
        let same = line.flags.iter().filter(|(flag, _)| flag.get_id() == argument.get_id());
        let earlier = same.filter_map(|(_, value)| value.as_deref());
        let all = earlier.chain([before]).flat_map(|it| it.split(delimiter));
        let given = all.filter(|it| !it.is_empty()).map(str::to_owned).collect();
        suggestion =
            Suggestion { typed: typed.to_owned(), before: before.to_owned(), given, ..suggestion };
    }
    suggestion.known = known(argument);
    suggestion.source = source(argument);
    // `jsonpath-file=` is a format of -o, and the rest a name.
    let is_file = suggestion
        .known
        .iter()
        .any(|it| it.value.ends_with("-file=") && typed.starts_with(&it.value));
    if is_file {
        return Suggestion { known: Vec::new(), directive: Directive::Files, ..suggestion };
    }
    suggestion.directive = directive(argument);
    suggestion
}

/// The values that are the same for every cluster.
fn known(argument: &Arg) -> Vec<Candidate> {
    let possible = argument.get_possible_values();
    if !possible.is_empty() {
        let shown = possible.iter().filter(|it| !it.is_hide_set());
        return shown.map(|it| Candidate::new(it.get_name(), text(it.get_help()))).collect();
    }
    match argument.get_id().as_str() {
        "ignore_checks" => {
            let ignorable = Check::ALL.iter().filter(|it| it.is_ignorable());
            ignorable.map(|it| Candidate::new(it.id(), it.summary())).collect()
        }
        "wait_for" => Goal::WORDS.iter().map(|(word, help)| Candidate::new(*word, *help)).collect(),
        "namespace" => vec![Candidate::new(names::MACHINE_NAMESPACE, "where Machines are")],
        _ => Vec::new(),
    }
}

/// Returns the source of the values of an argument, by the argument's id.
fn source(argument: &Arg) -> Option<ValueSource> {
    match argument.get_id().as_str() {
        "context" => Some(ValueSource::Contexts),
        "cluster" => Some(ValueSource::Clusters),
        "user" => Some(ValueSource::Users),
        "zone" | "zones" => Some(ValueSource::Zones),
        // The only things that a command takes by name are etcd Machines.
        "name" | "names" | "machine" | "machines" if argument.is_positional() => {
            Some(ValueSource::EtcdMachines)
        }
        _ => None,
    }
}

/// Returns whether the shell completes names of files.
fn directive(argument: &Arg) -> Directive {
    match argument.get_value_hint() {
        ValueHint::DirPath => Directive::Directories,
        ValueHint::AnyPath | ValueHint::FilePath | ValueHint::ExecutablePath => Directive::Files,
        _ => Directive::Nothing,
    }
}

/// Text in one line, as clap keeps it.
fn text(styled: Option<&clap::builder::StyledStr>) -> String {
    let text = styled.map(ToString::to_string).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
