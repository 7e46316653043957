//! Golden files: a folder of tests/golden holds what one case must look like, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Whether the files are to be written anew instead of compared.
pub(crate) fn is_update() -> bool {
    #[expect(clippy::disallowed_methods, reason = "a test may look at its environment")]
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// The root of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The texts of one case, by the names of their files.
pub(crate) struct Folder {
    path: PathBuf,
    files: BTreeMap<String, String>,
}

impl Folder {
    /// A folder of tests/golden with nothing in it.
    pub(crate) fn new(name: &str) -> Self {
        Self { path: root().join(name), files: BTreeMap::new() }
    }

    /// A folder of the repository with nothing in it.
    pub(crate) fn at(name: &str) -> Self {
        Self { path: repository().join(name), files: BTreeMap::new() }
    }

    /// Adds a file.
    pub(crate) fn add(&mut self, name: impl Into<String>, text: String) {
        let name = name.into();
        assert!(!self.files.contains_key(&name), "two files are called {name}");
        self.files.insert(name, text);
    }

    /// The texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.files.values().map(String::as_str)
    }

    /// Says what is not as it should be: a line for each file, none when all is well.
    pub(crate) fn complaints(&self) -> Vec<String> {
        if is_update() {
            self.write();
            return Vec::new();
        }
        let there = names(&self.path);
        let unread = there.iter().filter(|name| !self.files.contains_key(*name));
        let unread =
            unread.map(|name| format!("{}: no test reads it", self.path.join(name).display()));
        let differing = self.files.iter().filter_map(|(name, text)| {
            let path = self.path.join(name);
            complaint(&path, text)
        });
        differing.chain(unread).collect()
    }

    fn write(&self) {
        fs::create_dir_all(&self.path).unwrap();
        for name in names(&self.path).iter().filter(|name| !self.files.contains_key(*name)) {
            fs::remove_file(self.path.join(name)).unwrap();
        }
        for (name, text) in &self.files {
            fs::write(self.path.join(name), text).unwrap();
        }
    }
}

/// Compares one file with what it should hold.
pub(crate) fn complaint(path: &Path, text: &str) -> Option<String> {
    match fs::read_to_string(path) {
        Ok(expected) => first_difference(&expected, text)
            .map(|difference| format!("{}, {difference}", path.display())),
        Err(error) => Some(format!("{}: {error}", path.display())),
    }
}

/// Fails with every complaint at once.
pub(crate) fn expect_none(complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "{}\n\nUPDATE=1 cargo test --test offline writes the files anew",
        complaints.join("\n\n")
    );
}

/// The folders of tests/golden.
pub(crate) fn folders() -> Vec<String> {
    names(&root())
}

fn root() -> PathBuf {
    repository().join("tests/golden")
}

fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<String> = entries.map(|entry| name(entry).into_string().unwrap()).collect();
    names.sort();
    names
}

/// Where two texts part: the lines before for orientation, then what was expected and what came.
fn first_difference(expected: &str, actual: &str) -> Option<String> {
    const SHOWN: usize = 5;
    if expected == actual {
        return None;
    }
    let (old, new): (Vec<&str>, Vec<&str>) =
        (expected.split('\n').collect(), actual.split('\n').collect());
    let at = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let part = |mark: char, lines: &[&str], from: usize, to: usize| -> String {
        let lines = lines.get(from..to.min(lines.len())).unwrap_or_default();
        lines.iter().map(|line| format!("\n{mark} {line}")).collect::<Vec<_>>().concat()
    };
    Some(format!(
        "line {}:{}{}{}",
        at + 1,
        part(' ', &old, at.saturating_sub(2), at),
        part('-', &old, at, at + SHOWN),
        part('+', &new, at, at + SHOWN),
    ))
}

#[test]
fn the_first_difference_is_shown_with_the_lines_around_it() {
    assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
    assert_eq!(
        first_difference("a\nb\nc\nd", "a\nb\nX\nd").unwrap(),
        "line 3:\n  a\n  b\n- c\n- d\n+ X\n+ d"
    );
    assert_eq!(first_difference("a\n", "a").unwrap(), "line 2:\n  a\n- ");
}

#[test]
fn a_file_that_is_missing_different_or_unread_is_a_complaint() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden-complaints");
    let mut folder = Folder { path: path.clone(), files: BTreeMap::new() };
    folder.add("same.txt", "1\n".to_owned());
    folder.add("other.txt", "1\n".to_owned());
    folder.add("missing.txt", "1\n".to_owned());
    folder.write();
    if is_update() {
        return;
    }
    fs::write(path.join("other.txt"), "2\n").unwrap();
    fs::remove_file(path.join("missing.txt")).unwrap();
    fs::write(path.join("unread.txt"), "").unwrap();
    let complaints = folder.complaints().join("\n");
    for part in ["missing.txt: ", "other.txt, line 1:\n- 2", "unread.txt: no test reads it"] {
        assert!(complaints.contains(part), "{complaints}");
    }
    assert!(!complaints.contains("same.txt"), "{complaints}");
}
