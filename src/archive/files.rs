//! Files of any name and in any folder, and standard input: what `oc get -o yaml` wrote.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::packed::Format;
use super::{Archive, ArchiveError, ArchiveSource, contents, list};
use crate::model::encoding;

/// Standard input, as it comes now.
#[expect(clippy::disallowed_methods, reason = "what comes in now has no older clock")]
pub(super) fn stdin(archive: &mut Archive) -> Result<(), ArchiveError> {
    archive.modified = Some(Timestamp::now());
    archive.read(&ArchiveSource::Stdin, &text_of_stdin()?, None)
}

/// Reads one file, or every YAML and JSON file below a directory. As old as the newest of them.
pub(super) fn below(path: &Path, archive: &mut Archive) -> Result<(), ArchiveError> {
    if path.is_dir() {
        let mut found = Found::default();
        found.collect(path, Depth::Whole)?;
        return found.read_into(archive);
    }
    // A pipe gives its bytes once: `--from <(oc get -o yaml ...)`.
    let unreadable = |error| ArchiveError::Unreadable { path: path.to_owned(), error };
    let bytes = fs::read(path).map_err(unreadable)?;
    if let Some(format) = Format::of(path, &bytes) {
        return Err(ArchiveError::Packed { path: path.to_owned(), format });
    }
    take(path, &text_in(bytes).map_err(unreadable)?, archive)
}

/// Takes the objects of a file. What was read is as old as the newest file.
fn take(path: &Path, text: &str, archive: &mut Archive) -> Result<(), ArchiveError> {
    archive.read(&ArchiveSource::Path(path.to_owned()), text, None)?;
    archive.modified = archive.modified.max(modified(path));
    Ok(())
}

/// The YAML and JSON files that lie in a directory itself.
pub(super) fn within(directory: &Path, archive: &mut Archive) -> Result<(), ArchiveError> {
    let mut found = Found::default();
    found.collect(directory, Depth::Itself)?;
    found.others.clear();
    found.read_into(archive)
}

/// The depth to which a directory is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Itself,
    Whole,
}

/// The files of a directory.
#[derive(Default)]
pub(super) struct Found {
    pub(super) texts: Vec<PathBuf>,
    /// The files that are not read, although objects may be in them.
    others: Vec<PathBuf>,
    packed: Vec<PathBuf>,
    /// What OpenShift's CI puts in the place of files with secrets (openshift/release `ci-operator/step-registry`).
    redacted: Vec<PathBuf>,
    /// Links to directories.
    links: Vec<PathBuf>,
    /// Links to nothing.
    dangling: Vec<PathBuf>,
    /// Files without extension that cannot be opened, and pipes and sockets.
    locked: Vec<PathBuf>,
}

impl Found {
    /// Links to directories are not followed: they may lead in circles.
    fn collect(&mut self, directory: &Path, depth: Depth) -> Result<(), ArchiveError> {
        for path in entries(directory)? {
            if path.is_dir() {
                if path.is_symlink() {
                    self.links.push(path);
                } else if depth == Depth::Whole {
                    self.collect(&path, depth)?;
                }
            } else {
                self.sort(path);
            }
        }
        Ok(())
    }

    /// Sorts one file by whether it is read.
    pub(super) fn sort(&mut self, path: PathBuf) {
        // The opening of a pipe would wait for somebody who writes.
        let is_regular = path.is_file();
        let beginning = is_regular.then(|| head(&path).ok()).flatten();
        let is_told_by_name = is_regular && path.extension().is_some();
        let head = match beginning {
            Some(head) => head,
            None if path.is_symlink() && !path.exists() => return self.dangling.push(path),
            None if is_told_by_name => Vec::new(),
            None => return self.locked.push(path),
        };
        if path.extension().is_some_and(|it| it == "redacted") {
            self.redacted.push(path);
        } else if Format::of(&path, &head).is_some() {
            // Logs are compressed, too.
            let is_log =
                path.file_stem().is_some_and(|it| it.as_encoded_bytes().ends_with(b".log"));
            self.packed.extend((!is_log).then_some(path));
        } else if is_text(&path)
            || path.extension().is_none() && contents::begins_with_objects(&head)
        {
            self.texts.push(path);
        } else if contents::may_be_of_objects(&path, &head) {
            self.others.push(path);
        }
    }

    fn read_into(mut self, archive: &mut Archive) -> Result<(), ArchiveError> {
        self.texts.sort();
        for file in std::mem::take(&mut self.texts) {
            take(&file, &text_of(&file)?, archive)?;
        }
        for (paths, why) in self.unread() {
            name_unread(&paths, why, archive);
        }
        Ok(())
    }

    /// Returns the files that are not read, and why.
    pub(super) fn unread(self) -> [(Vec<PathBuf>, &'static str); 6] {
        [
            (
                self.others,
                "because only .yaml, .yml and .json files, and files without extension, are supported",
            ),
            (self.packed, "because compressed files and archives must be unpacked first"),
            (self.redacted, "because it is redacted"),
            (self.links, "because links to directories are not followed"),
            (self.dangling, "because the link leads to no file"),
            (self.locked, "because it is no regular file, or cannot be opened"),
        ]
    }
}

/// Remarks that files or directories were not read, and why.
pub(super) fn name_unread(paths: &[PathBuf], why: &str, archive: &mut Archive) {
    let names: Vec<String> = paths.iter().map(|it| it.display().to_string()).collect();
    if !names.is_empty() {
        archive.remarks.push(format!("not read, {why}: {}", list(&names)));
    }
}

/// Returns the entries of a directory by name, hidden files aside.
pub(super) fn entries(directory: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
    let failed = |error| ArchiveError::Unreadable { path: directory.to_owned(), error };
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// Returns whether a file's name says that objects are in it.
pub(super) fn is_text(path: &Path) -> bool {
    let ends = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|it| ends.eq_ignore_ascii_case(it))
}

/// The first bytes of a file.
fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(4096).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file's text. One that is none is an error as well.
pub(super) fn text_of(path: &Path) -> Result<String, ArchiveError> {
    let unreadable = |error| ArchiveError::Unreadable { path: path.to_owned(), error };
    text_in(fs::read(path).map_err(unreadable)?).map_err(unreadable)
}

fn text_in(bytes: Vec<u8>) -> io::Result<String> {
    let name = encoding::unsupported(&bytes);
    encoding::text(bytes).ok_or_else(|| match name {
        Some(name) => {
            io::Error::other(format!("the file is text in {name}; save the file in UTF-8"))
        }
        None => {
            io::Error::other("the file is not text in UTF-8, or in UTF-16 with a byte order mark")
        }
    })
}

/// All of standard input.
pub(super) fn text_of_stdin() -> Result<String, ArchiveError> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(ArchiveError::Stdin)?;
    text_in(bytes).map_err(ArchiveError::Stdin)
}

/// Returns the time at which a file was written.
pub(super) fn modified(path: &Path) -> Option<Timestamp> {
    fs::metadata(path).and_then(|it| it.modified()).ok()?.try_into().ok()
}
