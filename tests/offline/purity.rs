//! The rooms of the source: what may be decided touches nothing, and few may print.
//!
//! Read as text. Comments and what is marked `#[cfg(test)]` do not count.

use std::fs;
use std::path::Path;

use crate::golden_file::repository;

/// The modules that only compute.
const PURE: [&str; 17] = [
    "check",
    "complete",
    "derive",
    "diff",
    "exit",
    "ignition",
    "model",
    "openshift",
    "perf",
    "plan",
    "platform",
    "preflight",
    "query",
    "redact",
    "report",
    "status",
    "system",
];

/// The others: edges, glue and I/O. A pure one knows none of them.
const OUTSIDE: [&str; 10] = [
    "api",
    "archive",
    "cli",
    "cluster",
    "command",
    "external_diff",
    "failure",
    "perf_files",
    "request",
    "terminal",
];

/// What only I/O needs.
const IMPURE: [&str; 9] = [
    "kube::",
    "tokio",
    "async ",
    ".await",
    "::now()",
    "io::stdin",
    "dialoguer::",
    "indicatif::",
    "getrandom",
];

/// The modules of the standard library that only I/O needs.
const SYSTEM: [&str; 4] = ["env", "fs", "process", "thread"];

/// The modules that may look at files, and what it takes to write them.
const READING_FILES: [&str; 5] = ["api", "archive", "cli", "external_diff", "perf_files"];
const MAKING_FILES: [&str; 2] = ["external_diff", "perf_files"];
const WRITING_FILES: [&str; 5] =
    ["fs::write", "fs::create_dir", "File::create", "OpenOptions", "tempfile::"];

const PRINTING: [&str; 7] =
    ["print!(", "println!(", "eprint!(", "eprintln!(", "dbg!(", "io::stdout", "io::stderr"];

const NAMELESS: [&str; 6] = ["utils", "util", "common", "helpers", "helper", "misc"];

/// The rules that one file breaks. `path` is relative to `src`.
fn broken_rules(path: &str, source: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let room = path.split('/').next().unwrap_or(path).trim_end_matches(".rs");
    let code = code_of(source);
    let mut forbid = |names: &[&str], why: &str| {
        for name in names.iter().filter(|name| names_it(&code, name)) {
            broken.push(format!("{path} names `{name}`: {why}"));
        }
    };
    if PURE.contains(&room) {
        forbid(&IMPURE, "it only computes");
    }
    if !MAKING_FILES.contains(&room) {
        forbid(&WRITING_FILES, "external_diff.rs and perf_files.rs alone write files");
    }
    if path != "model/yaml.rs" && !path.starts_with("model/yaml/") {
        forbid(&["serde_yaml", "serde_saphyr", "granit_parser"], "model/yaml.rs alone does");
    }
    if !["terminal", "failure"].contains(&room) {
        forbid(&PRINTING, "terminal.rs and failure.rs alone print");
    }
    // Grouped or not: `use crate::cluster::X` and `use crate::{kind::Kind, cluster::X}`.
    let mut forbid_module = |root: &str, name: &str, why: &str| {
        if imports(&code, root, name) {
            broken.push(format!("{path} names `{root}{name}`: {why}"));
        }
    };
    if PURE.contains(&room) {
        for name in OUTSIDE {
            forbid_module("crate::", name, "it only computes, and that room does not");
        }
        for name in SYSTEM {
            forbid_module("std::", name, "it only computes");
        }
    } else if !READING_FILES.contains(&room) {
        forbid_module("std::", "fs", "it is none of those that look at files");
    }
    if ![&PURE[..], &OUTSIDE, &["lib", "main"]].concat().contains(&room) {
        broken.push(format!("{path} is in a room that nobody said is pure or not"));
    }
    if path.split(['/', '.']).any(|part| NAMELESS.contains(&part)) {
        broken.push(format!("{path} has a name that says nothing"));
    }
    if !source.starts_with("//!") {
        broken.push(format!("{path} does not begin by saying what it is for"));
    }
    broken
}

/// The code of a file, without comments and without its tests.
pub(crate) fn code_of(source: &str) -> String {
    let mut code = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            // A module in a file of its own is one line, anything else ends with a brace.
            if lines.next().is_some_and(|it| !it.ends_with(';')) {
                lines.find(|it| *it == "}");
            }
        } else if !line.trim_start().starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

/// The modules in files of their own that a file declares for its tests, relative to `src`.
fn test_modules(path: &str, source: &str) -> Vec<String> {
    let directory = path.trim_end_matches(".rs");
    let lines = source.lines().zip(source.lines().skip(1));
    let declared =
        lines.filter(|(attribute, _)| *attribute == "#[cfg(test)]").filter_map(|(_, it)| {
            let name = it.strip_suffix(';')?.rsplit_once("mod ")?.1;
            Some(format!("{directory}/{name}.rs"))
        });
    declared.collect()
}

/// Whether a name stands in the code, and not as the end of a longer one.
fn names_it(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_') || name.starts_with([':', '.'])
    })
}

/// Whether the code takes something from a module at the root of a crate: `crate::` or `std::`.
fn imports(code: &str, root: &str, module: &str) -> bool {
    code.match_indices(root).any(|(at, _)| {
        let rest = &code[at + root.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            return first_name(rest) == module;
        };
        let mut depth = 0_usize;
        let end = group.find(|c| match c {
            '{' => {
                depth += 1;
                false
            }
            '}' if depth == 0 => true,
            '}' => {
                depth -= 1;
                false
            }
            _ => false,
        });
        let group = &group[..end.unwrap_or(group.len())];
        group.split([',', '{']).any(|item| first_name(item.trim()) == module)
    })
}

fn first_name(path: &str) -> &str {
    path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(path)
}

fn sources(directory: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let name = path.strip_prefix(repository().join("src")).unwrap();
            found.push((name.to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Returns the files of the program, without those of its tests: paths relative to `src`, and contents.
pub(crate) fn shipped() -> Vec<(String, String)> {
    let mut files = Vec::new();
    sources(&repository().join("src"), &mut files);
    let of_tests: Vec<String> =
        files.iter().flat_map(|(path, source)| test_modules(path, source)).collect();
    files.retain(|(path, _)| !of_tests.contains(path));
    files
}

#[test]
fn every_file_of_the_source_keeps_to_its_room() {
    let files = shipped();
    let broken: Vec<String> =
        files.iter().flat_map(|(path, source)| broken_rules(path, source)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    for room in PURE {
        let has =
            |path: &str| path == format!("{room}.rs") || path.starts_with(&format!("{room}/"));
        assert!(files.iter().any(|(path, _)| has(path)), "there is no room called {room}");
    }
}

#[test]
fn each_rule_is_seen_to_be_broken() {
    for (path, line, complaint) in [
        ("plan/init.rs", "use kube::Client;", "names `kube::`"),
        ("derive.rs", "tokio::spawn(x);", "names `tokio`"),
        ("model/snapshot.rs", "pub async fn read() {}", "names `async `"),
        ("model/manifest.rs", "io::stdin().lock();", "names `io::stdin`"),
        ("diff.rs", "tempfile::tempdir();", "names `tempfile::`"),
        ("plan.rs", "let x = read().await;", "names `.await`"),
        ("report/plan.rs", "std::env::var(\"HOME\")", "names `std::env`"),
        ("model/yaml.rs", "use std::fs;", "names `std::fs`"),
        ("model/yaml.rs", "use std::{fmt, fs::File};", "names `std::fs`"),
        ("model/yaml.rs", "std::thread::sleep(x);", "names `std::thread`"),
        ("exit.rs", "std::process::exit(1)", "names `std::process`"),
        ("status.rs", "let now = Timestamp::now();", "names `::now()`"),
        ("plan/init.rs", "use crate::cluster::Cluster;", "names `crate::cluster`"),
        ("plan/init.rs", "use crate::{model::{Kind, X}, command};", "names `crate::command`"),
        ("plan/init.rs", "let x = crate::cli::parse();", "names `crate::cli`"),
        ("diff.rs", "use crate::external_diff::Verdict;", "names `crate::external_diff`"),
        ("model/names.rs", "use crate::terminal;", "names `crate::terminal`"),
        ("command/saved.rs", "use std::fs;", "names `std::fs`"),
        ("archive/files.rs", "fs::write(path, text);", "names `fs::write`"),
        ("api/link.rs", "OpenOptions::new();", "names `OpenOptions`"),
        ("parlor.rs", "", "nobody said is pure or not"),
        ("cluster/read.rs", "serde_yaml::from_str(text)", "names `serde_yaml`"),
        ("command/init.rs", "println!(\"x\");", "names `println!(`"),
        ("command/init.rs", "eprint!(\"x\");", "names `eprint!(`"),
        ("cluster.rs", "io::stderr().lock();", "names `io::stderr`"),
        ("plan/helpers.rs", "", "a name that says nothing"),
        ("plan/utils/x.rs", "", "a name that says nothing"),
        ("plan.rs", "#[cfg(test)]\nmod tests;\nuse std::fs;", "names `std::fs`"),
        (
            "plan.rs",
            "#[cfg(test)]\nmod x {\n    mod y {\n    }\n}\nuse std::fs;",
            "names `std::fs`",
        ),
    ] {
        let broken = broken_rules(path, &format!("//! Head.\n{line}\n"));
        assert!(broken.len() == 1 && broken[0].contains(complaint), "{path}: {line}: {broken:?}");
    }
    let headless = broken_rules("model/names.rs", "pub const X: u8 = 1;\n");
    assert_eq!(headless, ["model/names.rs does not begin by saying what it is for"]);
}

#[test]
fn every_room_stands_in_the_tables_of_rooms() {
    let read = |path: &str| fs::read_to_string(repository().join(path)).unwrap();
    let (design, map) = (read("docs/architecture.md"), read("src/lib.rs"));
    for room in [&PURE[..], &OUTSIDE].concat() {
        let is_in = |text: &str, names: &[String]| {
            let rows = text.lines().map(|it| it.trim_start_matches("//! "));
            let mut rows = rows.filter(|it| it.starts_with("| "));
            rows.any(|row| names.iter().any(|name| row.contains(name)))
        };
        let names = [format!("`{room}.rs`"), format!("`{room}/`")];
        assert!(is_in(&design, &names), "docs/architecture.md has no row for {room}");
        let names = [format!("[`mod@{room}`]")];
        assert!(is_in(&map, &names), "src/lib.rs has no row for {room}");
    }
}

#[test]
fn comments_tests_and_names_that_only_look_alike_break_nothing() {
    for (path, line) in [
        ("plan/init.rs", "// Like kube::Client, and tokio, and async fn."),
        ("plan/init.rs", "use crate::plan::ClusterSummary;"),
        ("plan/init.rs", "pub fn cluster(x: &crate::model::kind::Kind) {}"),
        ("plan/init.rs", "use crate::clustered::x; let my_tokio = 1; let mykube::x = 2;"),
        ("plan/init.rs", "#[cfg(test)]\nmod tests {\n    use std::fs; use crate::cluster;\n}"),
        ("terminal.rs", "println!(\"x\");"),
        ("cluster/read.rs", "use tokio::time; let now = Timestamp::now();"),
    ] {
        let source = format!("//! Head.\n{line}\n");
        let broken = broken_rules(path, &source);
        assert!(broken.is_empty(), "{path}: {line}: {broken:?}");
    }
    let declared =
        test_modules("status.rs", "#[cfg(test)]\npub(crate) mod fixtures;\npub mod machine;");
    assert_eq!(declared, ["status/fixtures.rs"]);
}
