//! What to type instead, for mistakes that people make: a flag of another verb, a zone without its flag.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, FromArgMatches as _};

use super::connection::ConnectionFlags;
use super::repeated;
use crate::model::invocation::Invocation;

/// The same error with what to type instead, where that is known. `described` is the whole command line, and `arguments`
/// is what was typed.
pub(super) fn explain(
    mut error: clap::Error,
    described: &Command,
    arguments: &[OsString],
    program: &str,
) -> clap::Error {
    if let Some(tip) = repeated::tip(&error) {
        error.insert(ContextKind::Suggested, suggestion(tip));
    }
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    let tip = match typed.strip_prefix("--") {
        // As of `oc delete`.
        Some("all") if usage.contains(" remove-machine ") => {
            Some("to remove all machines and the pool: oc etcd teardown".to_owned())
        }
        Some(flag) => of_another_verb(flag, described, arguments),
        // The only words that are typed where there are none are zones, and an etcd machine's at that.
        None if is_zone(typed) => Some(format!("oc etcd add-machine --zone {}", zones(arguments))),
        None => None,
    };
    let Some(tip) = tip else { return error };
    let tip = invocation(described, arguments, program).speak(&tip).to_string();
    // What is alike in letters is not what was meant.
    error.insert(ContextKind::Suggested, suggestion(tip));
    error.remove(ContextKind::SuggestedArg);
    error
}

fn suggestion(tip: String) -> ContextValue {
    ContextValue::StyledStrs(vec![StyledStr::from(tip)])
}

/// Returns the invocation of a run whose command line has words that the verb does not know.
fn invocation(described: &Command, arguments: &[OsString], program: &str) -> Invocation {
    let mut rest = arguments.to_vec();
    while let Err(error) = described.clone().try_get_matches_from(&rest) {
        let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { break };
        let is_unknown = |it: &OsString| {
            let word = it.to_string_lossy();
            word == *unknown || word.split_once('=').is_some_and(|(name, _)| name == unknown)
        };
        let Some(at) = rest.iter().position(is_unknown) else { break };
        rest.remove(at);
    }
    // What else is wrong, such as a flag that is not given, matters to nobody here.
    let matches = described.clone().ignore_errors(true).try_get_matches_from(rest);
    let flags = matches.and_then(|it| ConnectionFlags::from_arg_matches(&it));
    flags.map_or_else(|_| Invocation::of(program), |it| it.without_empty().invocation(program))
}

/// The verbs that a flag belongs to.
fn of_another_verb(flag: &str, described: &Command, arguments: &[OsString]) -> Option<String> {
    let flag = flag.split_once('=').map_or(flag, |(name, _)| name);
    let has = |verb: &&Command| verb.get_arguments().any(|it: &Arg| it.get_long() == Some(flag));
    let verbs: Vec<&str> = described.get_subcommands().filter(has).map(Command::get_name).collect();
    let (last, others) = verbs.split_last()?;
    let verbs = if others.is_empty() {
        (*last).to_owned()
    } else {
        format!("{} and {last}", others.join(", "))
    };
    let example = if flag == "zone" {
        let typed = zones(arguments);
        let typed = if typed.is_empty() { "us-east-1a" } else { &typed };
        format!(": oc etcd add-machine --zone {typed}")
    } else {
        String::new()
    };
    Some(format!("--{flag} is a flag of {verbs}{example}"))
}

/// Returns the zones that were typed, as a value of `--zone`: `us-east-1a,us-east-1b`.
fn zones(arguments: &[OsString]) -> String {
    let words = arguments.iter().filter_map(|it| it.to_str());
    let values = words.map(|it| it.strip_prefix("--zone=").unwrap_or(it));
    let zones: Vec<&str> = values.flat_map(|it| it.split(',')).filter(|it| is_zone(it)).collect();
    zones.join(",")
}

/// Returns whether a word has the form of a zone: `us-east-1a`.
fn is_zone(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let is_last = |it: &str| {
        let digits = it.trim_end_matches(|it: char| it.is_ascii_lowercase());
        !digits.is_empty()
            && digits.len() < it.len()
            && digits.chars().all(|it| it.is_ascii_digit())
    };
    parts.len() >= 3 && parts.last().is_some_and(|it| is_last(it))
}

#[cfg(test)]
mod tests {
    fn told(line: &str) -> String {
        let words = line.split(' ').map(Into::into);
        crate::cli::parse(words, "kubectl etcd").unwrap_err().to_string()
    }

    #[test]
    fn who_asks_to_remove_all_machines_is_told_of_teardown() {
        let tip = "tip: to remove all machines and the pool: kubectl etcd teardown";
        let of_removal = told("oc-etcd remove-machine --all");
        assert!(of_removal.contains(tip), "{of_removal}");
        let of_status = told("oc-etcd status --all");
        assert!(!of_status.contains("teardown"), "{of_status}");
    }

    #[test]
    fn what_to_type_instead_is_for_the_same_cluster_and_the_same_user() {
        let flags = "--context=prod --as=alice";
        for (line, tip) in [
            (
                "oc-etcd add-machine us-east-1a --context prod --as alice",
                "add-machine --zone us-east-1a",
            ),
            (
                "oc-etcd --context=prod init --zone eu-west-1b --as=alice --nope",
                "add-machine --zone eu-west-1b",
            ),
            ("oc-etcd remove-machine --all --as=alice --context=prod", "teardown"),
        ] {
            let told = told(line);
            assert!(told.contains(&format!("kubectl etcd {tip} {flags}")), "{line}: {told}");
        }
    }

    #[test]
    fn a_flag_of_another_verb_and_a_zone_without_a_flag_are_told_from_nonsense() {
        for line in ["oc-etcd init --zone eu-west-1b", "oc-etcd init --zone=eu-west-1b"] {
            let zone = told(line);
            let tip =
                "tip: --zone is a flag of add-machine: kubectl etcd add-machine --zone eu-west-1b";
            assert!(zone.contains(tip), "{zone}");
        }
        let word = told("oc-etcd add-machine us-east-1a");
        assert!(word.contains("tip: kubectl etcd add-machine --zone us-east-1a"), "{word}");
        for line in [
            "oc-etcd add-machine --zone us-east-1a us-east-1b",
            "oc-etcd add-machine us-east-1a us-east-1b",
            "oc-etcd add-machine --zone=us-east-1a us-east-1b",
        ] {
            let words = told(line);
            let tip = "tip: kubectl etcd add-machine --zone us-east-1a,us-east-1b";
            assert!(words.contains(tip), "{line}: {words}");
        }
        let several = told("oc-etcd status --dry-run=client");
        assert!(several.contains("is a flag of init, add-machine,"), "{several}");
        for nonsense in ["oc-etcd init --nope", "oc-etcd init nonsense"] {
            assert!(!told(nonsense).contains("tip:"), "{nonsense}");
        }
    }
}
