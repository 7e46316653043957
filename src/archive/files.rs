//! Files of any name and in any folder, and standard input: what `oc get -o yaml` wrote.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Archive, ArchiveError, Place};
use crate::manifest;

/// Standard input, as it comes now.
#[expect(clippy::disallowed_methods, reason = "what comes in now has no older clock")]
pub(super) fn stdin() -> Result<Archive, ArchiveError> {
    let manifests = manifest::read(&text_of_stdin()?)
        .map_err(|error| ArchiveError::Damaged { place: Place::Stdin, error })?;
    let mut archive = Archive { read_at: Some(Timestamp::now()), ..Archive::default() };
    archive.add(manifests)?;
    Ok(archive)
}

/// One file, or every YAML and JSON file below a directory. As old as the newest of them.
pub(super) fn below(path: &Path) -> Result<Archive, ArchiveError> {
    let mut files = Vec::new();
    if path.is_dir() {
        collect(path, &mut files)?;
    } else if is_packed(path) {
        return Err(ArchiveError::Packed { path: path.to_owned() });
    } else {
        files.push(path.to_owned());
    }
    files.sort();
    let mut archive = Archive::default();
    for file in files {
        let manifests = manifest::read(&text_of(&file)?)
            .map_err(|error| ArchiveError::Damaged { place: Place::Path(file.clone()), error })?;
        archive.add(manifests)?;
        archive.read_at = archive.read_at.max(modified(&file));
    }
    Ok(archive)
}

/// Links to directories are not followed: they may lead in circles.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), ArchiveError> {
    for path in entries(directory)? {
        if path.is_dir() {
            if !path.is_symlink() {
                collect(&path, files)?;
            }
        } else if is_text(&path) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// What a directory holds, hidden files aside, by name.
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

/// Whether a file's name says that objects are in it.
pub(super) fn is_text(path: &Path) -> bool {
    let ends = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].contains(&ends)
}

/// A file's text. One that is none is an error as well.
pub(super) fn text_of(path: &Path) -> Result<String, ArchiveError> {
    fs::read_to_string(path)
        .map_err(|error| ArchiveError::Unreadable { path: path.to_owned(), error })
}

/// All of standard input.
pub(super) fn text_of_stdin() -> Result<String, ArchiveError> {
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text).map_err(ArchiveError::Stdin)?;
    Ok(text)
}

/// When a file was written.
pub(super) fn modified(path: &Path) -> Option<Timestamp> {
    fs::metadata(path).and_then(|it| it.modified()).ok()?.try_into().ok()
}

fn is_packed(path: &Path) -> bool {
    let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst", ".zip"].iter().any(|end| name.ends_with(end))
}
