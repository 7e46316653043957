//! README speaks of commands that there are, and shows what the program prints.

use std::ffi::OsString;
use std::path::Path;

use oc_etcd::cli;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(repository().join("README.md")).unwrap()
}

#[test]
fn every_command_in_the_readme_is_one_that_the_program_takes() {
    let mut checked = 0;
    for line in readme().lines() {
        let line = line.trim_start_matches("$ ").trim_start_matches("sudo ");
        let Some(rest) =
            line.strip_prefix("oc etcd ").or_else(|| line.strip_prefix("kubectl etcd "))
        else {
            continue;
        };
        let command = rest.split(['#', '>']).next().unwrap_or(rest);
        let arguments = std::iter::once("oc-etcd").chain(command.split_whitespace());
        let parsed = cli::parse(arguments.map(OsString::from), "oc etcd");
        assert!(parsed.is_ok(), "README: `{line}`: {}", parsed.unwrap_err());
        checked += 1;
    }
    assert!(checked >= 7, "only {checked} commands were found");
}

#[test]
fn what_the_readme_shows_of_init_is_what_the_program_prints() {
    let plan = std::fs::read_to_string(repository().join("tests/golden/4.20/plan.txt")).unwrap();
    let readme = readme();
    let session = readme.split("$ kubectl etcd init --yes\n").nth(1).unwrap();
    let shown = session.split("\nwarning ").next().unwrap();
    assert!(plan.starts_with(shown), "README shows:\n{shown}\nthe program prints:\n{plan}");
}

#[test]
fn the_first_commands_of_the_readme_are_the_two_that_a_newcomer_needs() {
    let readme = readme();
    let first = readme.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let commands: Vec<&str> =
        first.lines().filter_map(|line| line.split('#').next()).map(str::trim).collect();
    assert_eq!(commands, ["make demo", "make test"]);
}
