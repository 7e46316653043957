//! The floors of the house: an arrow from room to room goes down, and no files use one another in a circle.
//!
//! The floors are the rows of the table in docs/architecture.md, from the lowest to the highest. A room uses
//! the rooms of the floors below its own, and none beside or above it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::golden_file::repository;
use crate::purity::{code_of, shipped};

/// A path of modules: `["plan", "init"]`.
type Path = Vec<String>;

/// The rooms of each floor, from the lowest to the highest: `| 3 | `derive/` | … |`.
fn floors(design: &str) -> Vec<Vec<String>> {
    let mut floors: Vec<Vec<String>> = Vec::new();
    for line in design.lines() {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let Some(number) = cells.next().and_then(|it| it.parse::<usize>().ok()) else { continue };
        let rooms = cells.next().unwrap_or_default().split('`').skip(1).step_by(2);
        assert_eq!(number, floors.len() + 1, "the floors are numbered from 1: {line}");
        floors.push(
            rooms.map(|it| it.trim_end_matches(".rs").trim_end_matches('/').to_owned()).collect(),
        );
    }
    floors
}

/// The module of a file: `plan/init.rs` is `plan::init`.
fn module(path: &str) -> Path {
    path.trim_end_matches(".rs").split('/').map(str::to_owned).collect()
}

/// Every path that code writes from `crate`, `super` or `self`, as paths from the crate's root.
fn paths(here: &[String], code: &str) -> Vec<Path> {
    let code: String =
        code.lines().flat_map(|it| [it.split(" // ").next().unwrap_or(it), "\n"]).collect();
    let mut found = Vec::new();
    for root in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(root) {
            let is_start =
                !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if is_start {
                let mut rest = &code[at..];
                let mut base = here.to_vec();
                while let Some(tail) = rest.strip_prefix("super::") {
                    base.pop();
                    rest = tail;
                }
                if let Some(tail) = rest.strip_prefix("crate::") {
                    base.clear();
                    rest = tail;
                }
                tree(base, rest.strip_prefix("self::").unwrap_or(rest), &mut found);
            }
        }
    }
    found
}

/// Reads one tree of a `use`, or a plain path; returns what stands behind it.
fn tree<'a>(mut base: Path, mut rest: &'a str, found: &mut Vec<Path>) -> &'a str {
    loop {
        rest = rest.trim_start();
        if let Some(mut group) = rest.strip_prefix('{') {
            loop {
                group = group.trim_start_matches([',', ' ', '\n']);
                if let Some(behind) = group.strip_prefix('}') {
                    return behind;
                }
                let behind = tree(base.clone(), group, found);
                if behind.len() == group.len() {
                    return behind;
                }
                group = behind;
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        if name != "self" {
            base.push(name.to_owned());
        }
        let Some(tail) = behind.strip_prefix("::") else {
            found.push(base);
            let alias = behind.strip_prefix(" as ").unwrap_or(behind);
            return alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '*');
        };
        rest = tail;
    }
}

/// Which files each file uses, by module.
fn arrows(files: &[(String, String)]) -> BTreeMap<Path, BTreeSet<Path>> {
    let modules: BTreeSet<Path> = files.iter().map(|(path, _)| module(path)).collect();
    let file_of = |path: &[String]| {
        (1..=path.len()).rev().map(|end| path[..end].to_vec()).find(|it| modules.contains(it))
    };
    let used = |(path, source): &(String, String)| {
        let here = module(path);
        let targets = paths(&here, &code_of(source));
        let targets =
            targets.iter().filter_map(|it| file_of(it)).filter(|it| *it != here).collect();
        (here, targets)
    };
    files.iter().map(used).collect()
}

/// The arrows from room to room that do not go down.
fn wrong_arrows(floors: &[Vec<String>], arrows: &BTreeMap<Path, BTreeSet<Path>>) -> Vec<String> {
    let floor = |room: &String| floors.iter().position(|rooms| rooms.contains(room));
    let mut wrong = Vec::new();
    for (from, targets) in arrows {
        for to in targets.iter().filter(|to| to[0] != from[0]) {
            let goes_down = matches!((floor(&from[0]), floor(&to[0])), (Some(a), Some(b)) if b < a);
            if !goes_down {
                wrong.push(format!("{} uses {}", from.join("::"), to.join("::")));
            }
        }
    }
    wrong
}

/// The circles of files. A file and those in its folder are one thing: `plan.rs` may use `plan/init.rs`,
/// which uses the types of `plan.rs`.
fn circles(arrows: &BTreeMap<Path, BTreeSet<Path>>) -> Vec<String> {
    let is_family = |a: &Path, b: &Path| a.starts_with(b) || b.starts_with(a);
    let next = |from: &Path| -> Vec<&Path> {
        arrows[from].iter().filter(|to| !is_family(from, to)).collect()
    };
    let reaches = |from: &Path, to: &Path| {
        let (mut seen, mut open) = (BTreeSet::new(), next(from));
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            if seen.insert(at) {
                open.extend(next(at));
            }
        }
        false
    };
    let in_circle = arrows.keys().filter(|it| reaches(it, it));
    in_circle.map(|it| it.join("::")).collect()
}

#[test]
fn arrows_between_rooms_go_down_and_no_files_form_a_circle() {
    let design = fs::read_to_string(repository().join("docs/architecture.md")).unwrap();
    let floors = floors(&design);
    assert!(floors.len() > 5, "docs/architecture.md has no table of floors");
    let arrows = arrows(&shipped());
    let wrong = wrong_arrows(&floors, &arrows);
    assert!(wrong.is_empty(), "arrows that do not go down:\n{}", wrong.join("\n"));
    let circles = circles(&arrows);
    assert!(circles.is_empty(), "files in a circle:\n{}", circles.join("\n"));
}

#[test]
fn an_arrow_up_and_a_circle_are_seen() {
    let floors = floors("| 1 | `model/` | x |\n| 2 | `plan/`, `diff.rs` | x |\n");
    let file = |path: &str, code: &str| (path.to_owned(), format!("//! Head.\n{code}\n"));
    let check = |files: &[(String, String)]| {
        let arrows = arrows(files);
        (wrong_arrows(&floors, &arrows), circles(&arrows))
    };
    let quiet = [
        file("model.rs", "pub mod a;"),
        file("model/a.rs", "use super::Thing;"),
        file("plan.rs", "use crate::model::{self, a::{B, C as D}};\npub use init::X;"),
        file("plan/init.rs", "use super::Plan; // crate::diff"),
        file("diff.rs", "fn f(x: crate::model::a::B) {}"),
    ];
    assert_eq!(check(&quiet), (vec![], vec![]));
    for (path, code, complaint) in [
        ("model/b.rs", "use crate::plan::Plan;", "model::b uses plan"),
        ("model/b.rs", "use crate::{model::a, plan::{init, X}};", "model::b uses plan::init"),
        ("plan/b.rs", "fn f() { crate::diff::show() }", "plan::b uses diff"),
    ] {
        let mut files = quiet.to_vec();
        files.push(file(path, code));
        assert!(check(&files).0.contains(&complaint.to_owned()), "{code}: {:?}", check(&files));
    }
    let mut files = quiet.to_vec();
    files.push(file("plan/b.rs", "use super::{c, Plan};"));
    files.push(file("plan/c.rs", "use crate::plan::{b::{self, X}};"));
    assert_eq!(check(&files).1, ["plan::b", "plan::c"]);
}

/// The words with which a doc comment does not say what its item is.
const WEAK_OPENINGS: [&str; 18] = [
    "It", "Its", "What", "Whether", "Who", "Whose", "That", "How", "They", "Where", "When",
    "Which", "This", "These", "Those", "One", "None", "Nothing",
];

/// Returns the first words of the doc comments of a file.
fn openings(source: &str) -> impl Iterator<Item = &str> {
    let lines = source.lines().map(str::trim_start);
    let before = std::iter::once("").chain(source.lines().map(str::trim_start));
    lines.zip(before).filter_map(|(line, before)| {
        let text = line.strip_prefix("///").filter(|_| !before.starts_with("///"))?;
        text.trim_start().split(|it: char| !it.is_alphanumeric()).next()
    })
}

#[test]
fn doc_comments_begin_with_a_noun_or_a_verb() {
    let files = shipped();
    let all: Vec<&str> = files.iter().flat_map(|(_, source)| openings(source)).collect();
    let weak = all.iter().filter(|it| WEAK_OPENINGS.contains(it)).count();
    assert!(all.len() > 1000, "only {} doc comments were found", all.len());
    assert!(weak * 20 < all.len(), "{weak} of {} doc comments begin with a pronoun", all.len());
    let sample = "/// Whether x.\n/// It y.\nfn a() {}\n    /// Returns z.\n";
    assert_eq!(openings(sample).collect::<Vec<_>>(), ["Whether", "Returns"]);
}
