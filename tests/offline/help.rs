//! The help of the program and of every verb, word for word, and what it says of a wrong command line.

use oc_etcd::cli::verbs;
use serde_json::{Value, json};

use crate::golden_file::{self, Folder};
use crate::program;

/// The folder of golden files that is this module's.
pub(crate) const FOLDER: &str = "help";

fn help(arguments: &[&str]) -> String {
    let run = program::run(arguments);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
    run.stdout
}

#[test]
fn help_is_as_it_is_kept() {
    let mut folder = Folder::new(FOLDER);
    folder.add("oc-etcd.txt", help(&["--help"]));
    folder.add("oc-etcd-short.txt", help(&["-h"]));
    folder.add("global-options.txt", help(&["options"]));
    for verb in verbs() {
        folder.add(format!("{verb}.txt"), help(&[&verb, "--help"]));
    }
    golden_file::expect_none(&folder.complaints());
}

#[test]
fn help_is_80_columns_wide_and_every_verb_has_examples() {
    for verb in verbs() {
        let text = help(&[&verb, "--help"]);
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{verb}");
        let examples =
            text.split_once("Examples:\n").and_then(|(_, it)| it.split_once("Options:\n"));
        let (examples, _) = examples.unwrap_or_else(|| panic!("{verb} has no examples"));
        let call = format!("oc etcd {verb}");
        assert!(examples.contains(&call), "no example of {verb} runs it:\n{examples}");
    }
    for line in help(&["--help"]).lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// A line break within a paragraph leaves words alone on a line of a terminal that is narrower than the break.
#[test]
fn paragraphs_are_wrapped_by_the_terminal_and_not_by_the_text() {
    let program = oc_etcd::cli::command("oc etcd");
    for command in std::iter::once(&program).chain(program.get_subcommands()) {
        let name = command.get_name();
        let texts =
            [command.get_long_about(), command.get_after_help(), command.get_after_long_help()];
        for text in texts.into_iter().flatten().map(ToString::to_string) {
            let lines: Vec<&str> = text.lines().collect();
            for pair in lines.windows(2) {
                let is_broken = pair.iter().all(|it| it.starts_with(char::is_alphanumeric));
                assert!(!is_broken, "{name}: {pair:?}");
            }
        }
    }
}

#[test]
fn help_is_in_the_order_of_kubectl_s() {
    for verb in verbs() {
        let text = help(&[&verb, "--help"]);
        let parts = [
            "\nExamples:\n  # ",
            "\nOptions:\n",
            "\nUsage:\n  oc etcd ",
            "\nUse \"oc etcd options\"",
        ];
        let places = parts.map(|part| text.find(part).unwrap_or_else(|| panic!("{verb}: {part}")));
        assert!(places.is_sorted(), "{verb}: {text}");
        let (about, long) = text.split_once(".\n\n").unwrap_or_default();
        assert!(!about.is_empty() && !long.starts_with("Examples"), "{verb} has no long text");
        assert!(!text.contains("--kubeconfig"), "{verb} repeats the options of every command");
        assert_eq!(help(&["help", &verb]), text);
    }
    assert_eq!(help(&["help"]), help(&["--help"]));
}

#[test]
fn every_verb_is_in_one_group_of_the_overview() {
    let text = help(&["--help"]);
    for verb in verbs() {
        let lines = text.lines().filter(|it| it.starts_with(&format!("  {verb} ")));
        assert_eq!(lines.count(), 1, "{verb}: {text}");
    }
}

#[test]
fn options_has_every_option_of_every_command() {
    let command = oc_etcd::cli::command("oc etcd");
    let page = help(&["options"]);
    for flag in command.get_arguments().filter(|it| it.is_global_set()) {
        let name = format!("--{}", flag.get_long().unwrap());
        assert!(page.contains(&name), "{name}: {page}");
    }
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
}

#[test]
fn what_a_template_finds_is_data_in_every_locale() {
    for format in ["jsonpath=ü · {.kind}", "custom-columns=ü · :.kind"] {
        let arguments = ["version", "--client", "-o", format];
        let run = program::run_in_ascii(&arguments);
        assert!(run.stdout.starts_with("ü · "), "{}", run.stdout);
        assert_eq!(run.stdout, program::run(&arguments).stdout);
    }
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_2_and_an_empty_stdout() {
    for (arguments, told) in [
        (&[][..], "Usage:\n  oc etcd"),
        (&["help", "no-such-verb"], "unrecognized subcommand 'no-such-verb'"),
        (&["no-such-verb"], "unrecognized subcommand 'no-such-verb'"),
        (&["init", "--no-such-flag"], "unexpected argument '--no-such-flag'"),
        (&["status", "-o", "table"], "[possible values: wide, json, yaml, name, jsonpath="),
        (&["status", "-o", "go-template={{.kind}}"], "[possible values: wide, json, yaml, name"),
        (&["status", "-o", "jsonpath={.health"], "the brace is not closed (at character 1"),
        (&["status", "-o", "jsonpath="], "the template is empty"),
        (&["status", "-o", "jsonpath-file=/nowhere"], "/nowhere cannot be read"),
        (&["status", "-o", "custom-columns=A"], "`A` is no column"),
        (&["status", "-o", "custom-columns=A:.b[x]"], "column A: `x` is neither an index"),
        (&["init", "--dry-run=maybe"], "[possible values: none, client, server]"),
        (&["init", "--layout=other"], "[possible values: auto, documented, inherit]"),
        (&["init", "--ignore-checks=no-such-check"], "no check is called `no-such-check`"),
        (&["init", "--ignore-checks=pool-policy-denied"], "`pool-policy-denied` cannot be ignored"),
        (&["init", "--disk-device=nvme1n1"], "`nvme1n1` is not a device path"),
        (&["add-machine", "--zone", "Nowhere!"], "`Nowhere!` is not a zone"),
        (
            &["add-machine", "--zone=a", "--volume-size=64Gi"],
            "must be a whole number of GiB from 1 to 65536, without a unit",
        ),
        (&["add-disk", "--throughput=fast"], "must be a whole number of MiB/s from 125 to 2000"),
        (&["add-disk", "--iops=1"], "must be a whole number from 100 to 256000"),
        (&["add-machine", "--zone=a", "--name=-x"], "`-x` is not a Machine name"),
        (&["add-machine", "--zone=a,b", "--name=x"], "--name requires exactly one --zone"),
        (&["completion", "tcsh"], "[possible values: bash, zsh, fish, powershell"),
    ] {
        let run = program::run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
#[cfg(unix)]
fn the_program_speaks_of_itself_as_it_is_called() {
    let directory = program::directory("names");
    for (name, called) in
        [("oc-etcd", "oc etcd"), ("kubectl-etcd", "kubectl etcd"), ("etcdctl", "etcdctl")]
    {
        let link = directory.join(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_oc-etcd"), &link).unwrap();
        for (arguments, usage) in [
            (&["--help"][..], format!("Usage:\n  {called} [OPTIONS]")),
            (&["init", "--help"], format!("Usage:\n  {called} init")),
            (&["remove-machine", "--help"], format!("Usage:\n  {called} remove-machine")),
        ] {
            let run = program::run_as(&link, arguments);
            assert_eq!(run.code, 0, "{}", run.stderr);
            assert!(run.stdout.contains(&usage), "{name}: {}", run.stdout);
            let examples = format!("\n  {called} {}", arguments[0]);
            assert!(arguments.len() == 1 || run.stdout.contains(&examples), "{}", run.stdout);
            assert!(called == "oc etcd" || !run.stdout.contains("oc etcd"), "{}", run.stdout);
        }
    }
}

#[test]
fn a_command_line_that_is_refused_is_told_in_events_where_those_are_asked_for() {
    for arguments in [
        &["init", "--progress=json", "--nope"][..],
        &["--progress", "json", "init", "--nope"],
        &["init", "--nope", "--progress=plain", "--progress=json"],
    ] {
        let run = program::run(arguments);
        let events: Vec<Value> =
            run.stderr.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        let (first, last) = (events.first().unwrap(), events.last().unwrap());
        assert_eq!((&first["type"], &first["kind"]), (&json!("error"), &json!("Event")));
        assert_eq!(first["message"], "unexpected argument '--nope' found");
        assert_eq!((&last["type"], &last["exitCode"]), (&json!("done"), &json!(2)));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    }
    let text = program::run(&["init", "--progress=json", "--progress=plain", "--nope"]);
    assert!(
        text.stderr.starts_with("error: unexpected argument '--nope' found\n"),
        "{}",
        text.stderr
    );
}
