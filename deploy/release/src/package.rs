//! What is in an archive: the program, its licenses, how to use it, and what a shell and `man` need.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;

use crate::archive::{self, File, Files};
use crate::crates::Crates;
use crate::platform::Platform;
use crate::{bill, glibc, licenses};

/// Files of the repository, and their names in the archive.
const FILES: [(&str, &str); 4] = [
    ("LICENSE", "LICENSE"),
    ("README.md", "README.md"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("deploy/rbac.yaml", "rbac.yaml"),
];

/// Directories that are taken whole, where they are.
const DIRECTORIES: [&str; 2] = ["completions", "man"];

/// The files of one platform: the archive, and the bill of materials beside it.
#[derive(Debug)]
pub struct Package {
    /// The name of each file, and what it holds.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Packs a program for a platform.
pub fn pack(
    repository: &Path,
    platform: Platform,
    program: &[u8],
    time: Timestamp,
) -> Result<Package> {
    ensure!(glibc::is_elf(program) == (platform.os == "linux"), "not a program for {platform}");
    if platform.os == "linux" {
        glibc::check(program)?;
    }
    let crates = Crates::resolve(platform.triple())?;
    let mut files = collect(repository)?;
    let mode = 0o755;
    files.insert(platform.program().to_owned(), File { contents: program.to_owned(), mode });
    let licenses = licenses::text(&crates)?.into_bytes();
    files.insert("THIRD-PARTY-LICENSES".to_owned(), File { contents: licenses, mode: 0o644 });
    let version = &crates.root.version;
    let archive = match platform.os {
        "windows" => archive::zip(&files, time)?,
        _ => archive::tar_gz(&files, time)?,
    };
    let bill = bill::cyclonedx(&crates, program, time)?;
    let files = vec![
        (platform.archive(version), archive),
        (format!("{}.cdx.json", platform.stem(version)), bill),
    ];
    Ok(Package { files })
}

/// The files that are the same for every platform.
fn collect(repository: &Path) -> Result<Files> {
    let mut files = Files::new();
    for (from, to) in FILES {
        files.insert(to.to_owned(), read(&repository.join(from))?);
    }
    for directory in DIRECTORIES {
        if repository.join(directory).is_dir() {
            walk(&repository.join(directory), directory, &mut files)?;
        }
    }
    Ok(files)
}

fn walk(directory: &Path, name: &str, files: &mut Files) -> Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &name, files)?;
        } else {
            files.insert(name, read(&entry.path())?);
        }
    }
    Ok(())
}

/// Reads a regular file; a script stays one.
fn read(path: &Path) -> Result<File> {
    let contents = std::fs::read(path).with_context(|| path.display().to_string())?;
    let mode = if contents.starts_with(b"#!") { 0o755 } else { 0o644 };
    Ok(File { contents, mode })
}
