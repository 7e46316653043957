//! What the documents point at is there: tests by their names, files by their paths.

use std::collections::BTreeSet;
use std::path::Path;

use crate::golden_file::repository;

/// The documents that prove what they say by pointing at tests.
const PROVING: [&str; 2] = ["reliability.md", "conventions.md"];

/// Folders whose files a document may name.
const NAMED: [&str; 8] =
    ["src/", "tests/", "docs/", "deploy/", "completions/", "man/", ".ci/", ".github/"];

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of every Rust file below a folder.
fn sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|it| it == "rs") {
            into.push_str(&read(&path));
        }
    }
}

/// What stands between backticks in a text, code blocks left out.
fn quoted(text: &str) -> BTreeSet<&str> {
    let prose = text.split("```").step_by(2);
    prose.flat_map(|it| it.split('`').skip(1).step_by(2)).collect()
}

/// Whether a word is the name of a test: facts have several words.
fn is_test(word: &str) -> bool {
    let is_name = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    word.chars().all(is_name) && word.matches('_').count() >= 3
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let mut code = String::new();
    for folder in ["src", "tests", "deploy"] {
        sources(&repository().join(folder), &mut code);
    }
    for document in PROVING {
        let text = read(&repository().join("docs").join(document));
        let named: Vec<&str> = quoted(&text).into_iter().filter(|it| is_test(it)).collect();
        assert!(named.len() >= 20, "{document} names {} tests", named.len());
        for name in named {
            let is_there = [format!("fn {name}("), format!("\"{name}\"")];
            assert!(is_there.iter().any(|it| code.contains(it)), "{document}: no test {name}");
        }
    }
}

#[test]
fn every_file_that_a_document_names_is_there() {
    let mut documents = vec![repository().join("README.md"), repository().join("CONTRIBUTING.md")];
    documents.extend(std::fs::read_dir(repository().join("docs")).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some_and(|it| it == "md").then_some(path)
    }));
    let mut seen = 0;
    for document in documents {
        let text = read(&document);
        for word in quoted(&text) {
            let path = word.split([':', ' ', '*', '<', '…']).next().unwrap_or(word);
            if word.contains(['*', '<', '{', ' ', '…'])
                || !NAMED.iter().any(|it| path.starts_with(it))
            {
                continue;
            }
            seen += 1;
            let path = repository().join(path.trim_end_matches('/'));
            assert!(path.exists(), "{} names {word}, which is not there", document.display());
        }
    }
    assert!(seen >= 10, "only {seen} files were looked for");
}
