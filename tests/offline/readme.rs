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
    assert!(checked >= 5, "only {checked} commands were found");
}

/// The words of a picture, as they are read out: the title of an SVG.
fn words_of_the_picture(path: &str) -> String {
    let picture = std::fs::read_to_string(repository().join(path)).unwrap();
    let title =
        picture.split_once("<title id=\"title\">").unwrap().1.split_once("</title>").unwrap().0;
    words(&title.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_the_readme_shows_of_init_is_what_the_program_prints() {
    let plan = std::fs::read_to_string(repository().join("tests/golden/4.20/plan.txt")).unwrap();
    let plan = words(plan.split("\nwarning ").next().unwrap());
    for theme in ["light", "dark"] {
        let shown = words_of_the_picture(&format!("docs/images/init-{theme}.svg"));
        let begin = format!("$ kubectl etcd init {plan} warning ");
        assert!(shown.starts_with(&begin), "the picture:\n{shown}\nthe program:\n{begin}");
    }
}

#[test]
fn each_picture_of_the_readme_is_there_for_light_and_for_dark_pages() {
    let readme = readme();
    let named: std::collections::BTreeSet<&str> =
        readme.split('"').filter(|it| it.starts_with("docs/images/")).collect();
    let there = std::fs::read_dir(repository().join("docs/images")).unwrap();
    let there: Vec<String> = there
        .map(|it| format!("docs/images/{}", it.unwrap().file_name().to_str().unwrap()))
        .collect();
    let there: std::collections::BTreeSet<&str> = there.iter().map(String::as_str).collect();
    assert_eq!(named, there);
    assert!(named.len() >= 8, "{named:?}");
}

#[test]
fn the_first_commands_of_the_readme_are_the_two_that_a_newcomer_needs() {
    let readme = readme();
    let first = readme.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let commands: Vec<&str> =
        first.lines().filter_map(|line| line.split('#').next()).map(str::trim).collect();
    assert_eq!(commands, ["make demo", "make test"]);
}

/// The names of boot tests between backticks: `boot::first_boot`.
fn boot_tests(text: &str) -> std::collections::BTreeSet<&str> {
    let quoted = text.split('`').filter(|it| !it.contains(char::is_whitespace));
    quoted
        .filter(|it| ["boot::", "cut::", "kubelet::"].iter().any(|of| it.starts_with(of)))
        .collect()
}

#[test]
fn each_booted_machine_that_the_readme_names_is_in_the_table_of_booted_machines() {
    let seen = std::fs::read_to_string(repository().join("docs/disk.md")).unwrap();
    let rows: String = seen.lines().filter(|line| line.starts_with("| ")).collect();
    let readme = readme();
    let named = boot_tests(&readme);
    assert!(named.len() >= 10, "{named:?}");
    let tested = boot_tests(&rows);
    let missing: Vec<_> = named.difference(&tested).collect();
    assert!(missing.is_empty(), "docs/disk.md has no row for {missing:?}");
}
