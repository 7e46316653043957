//! The licenses of the crates in the program, each text once, with the crates that are under it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::crates::{Crate, Crates};

/// How the names of such files begin.
const BEGINNINGS: [&str; 5] = ["license", "licence", "copying", "notice", "copyright"]; // spelled as in crates

/// One file for all of them: a list of the crates, then the texts.
pub fn text(crates: &Crates) -> Result<String> {
    let mut list = String::from(
        "kubectl-etcd contains these crates, under the licenses named here. The texts follow; where a crate \
         brings none,\nit is under Apache-2.0, whose text is in LICENSE.\n\n",
    );
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for it in &crates.others {
        let name = format!("{} {}", it.name, it.version);
        let _ = writeln!(list, "{name}: {}", it.license);
        for text in texts_of(it)? {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    let mut texts: Vec<_> = texts.into_iter().map(|(text, names)| (names, text)).collect();
    texts.sort();
    for (names, text) in texts {
        let _ = write!(list, "\n{}\n{}\n\n{text}\n", "=".repeat(72), names.join(", "));
    }
    Ok(list)
}

/// The texts that a crate brings, in the order of their files' names.
fn texts_of(package: &Crate) -> Result<Vec<String>> {
    let read = |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
    let mut paths = Vec::new();
    let context = || package.directory.display().to_string();
    for entry in std::fs::read_dir(&package.directory).with_context(context)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if entry.file_type()?.is_file() && BEGINNINGS.iter().any(|it| name.starts_with(it)) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    let text =
        |path| Ok(String::from_utf8_lossy(&read(path)?).replace('\r', "").trim_end().to_owned());
    paths.iter().map(|path| text(path)).collect()
}
