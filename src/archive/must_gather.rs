//! What `oc adm must-gather` and `oc adm inspect` write (openshift/oc `pkg/cli/admin/inspect`).
//!
//! Below the folder of an image: `cluster-scoped-resources/GROUP/PLURAL.yaml` or `…/PLURAL/NAME.yaml`, and
//! the same below `namespaces/NAMESPACE/GROUP`; the core group is called `core`. Only the paths of the
//! kinds that are looked at are visited, and of the rendered MachineConfigs only those of the etcd pool and of the
//! masters: the rest is logs, and large.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Archive, ArchiveError, ArchiveSource, files, namespace_of, timestamp};
use crate::model::kind::Kind;

const CLUSTER: &str = "cluster-scoped-resources";
const NAMESPACES: &str = "namespaces";

/// The depth below the named directory at which the folder of an image may be.
const DEPTH: usize = 2;

/// The folders of images; none when it is no must-gather.
pub(super) fn roots(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    look(path, DEPTH, &mut found);
    found
}

fn look(path: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if is_root(path) {
        found.push(path.to_owned());
    } else if depth > 0 && path.is_dir() {
        // What cannot be listed is said when it is read.
        let below = files::entries(path).unwrap_or_default();
        below.iter().filter(|it| it.is_dir()).for_each(|it| look(it, depth - 1, found));
    }
}

/// Returns whether a directory is laid out as `oc adm inspect` does. People have folders of these names, too,
/// with files in them and no folders.
fn is_root(path: &Path) -> bool {
    let below = |path: &Path| files::entries(path).unwrap_or_default().into_iter();
    let has_folders = |path: &Path| below(path).any(|it| it.is_dir());
    has_folders(&path.join(CLUSTER)) || below(&path.join(NAMESPACES)).any(|it| has_folders(&it))
}

/// Reads every kind that is looked at. A damaged file makes its kind unknown, and is named. Files that
/// somebody put beside the folders are read as well.
pub(super) fn read(
    path: &Path,
    roots: &[PathBuf],
    archive: &mut Archive,
) -> Result<(), ArchiveError> {
    let gathered = gathered(path, roots);
    if gathered.len() > 1 {
        return Err(ArchiveError::SeveralGathers { gathered });
    }
    files::within(path, archive)?;
    for root in roots.iter().filter(|it| *it != path) {
        files::within(root, archive)?;
    }
    // The pools come before the MachineConfigs: they tell which rendered one to read.
    let mut kinds = Kind::ALL;
    kinds.sort_by_key(|kind| *kind == Kind::MachineConfig);
    for kind in kinds {
        for root in roots {
            let directory = directory_of(root, kind);
            for file in files_of(&directory, kind, archive)? {
                add(archive, kind, &file)?;
            }
        }
    }
    let places = std::iter::once(path).chain(roots.iter().map(PathBuf::as_path));
    let mut places = places.chain(roots.iter().filter_map(|it| it.parent()));
    archive.read_at = places.find_map(written).or(archive.read_at);
    Ok(())
}

/// Returns the must-gathers and inspections of the folders, the newest one first, with the times at which they were
/// written. The folders of several images lie in one must-gather; an inspection has no folder of an image.
fn gathered(path: &Path, roots: &[PathBuf]) -> Vec<(PathBuf, Option<Timestamp>)> {
    let is_gathered = |folder: &Path| {
        let name = folder.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        folder.join("timestamp").is_file() || name.starts_with("must-gather")
    };
    let top = |root: &PathBuf| {
        let parent = root.parent().filter(|it| root != path && is_gathered(it));
        parent.unwrap_or(root).to_owned()
    };
    let all: BTreeSet<PathBuf> = roots.iter().map(top).collect();
    let time = |it: PathBuf| {
        let time = written(&it);
        (it, time)
    };
    let mut all: Vec<_> = all.into_iter().map(time).collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.1));
    all
}

/// Returns the time that the file `timestamp` of a folder has.
fn written(folder: &Path) -> Option<Timestamp> {
    timestamp::first(&files::text_of(&folder.join("timestamp")).ok()?)
}

fn directory_of(root: &Path, kind: Kind) -> PathBuf {
    let group = match kind.resource().group {
        "" => "core",
        group => group,
    };
    match namespace_of(kind) {
        Some(namespace) => root.join(NAMESPACES).join(namespace).join(group),
        None => root.join(CLUSTER).join(group),
    }
}

/// The list first: the single objects are read later in the run, and win where they are as new.
fn files_of(directory: &Path, kind: Kind, archive: &Archive) -> Result<Vec<PathBuf>, ArchiveError> {
    let plural = directory.join(kind.resource().plural);
    let lists = ["yaml", "yml", "json"].map(|it| plural.with_extension(it));
    let mut found: Vec<PathBuf> = lists.into_iter().filter(|it| it.is_file()).collect();
    if plural.is_dir() {
        let rendered = archive.rendered();
        let is_needed = |path: &Path| {
            let name = path.file_stem().and_then(|it| it.to_str()).unwrap_or_default();
            kind != Kind::MachineConfig || !name.starts_with("rendered-") || rendered.contains(name)
        };
        let single = files::entries(&plural)?;
        found.extend(single.into_iter().filter(|it| files::is_text(it) && is_needed(it)));
    }
    Ok(found)
}

fn add(archive: &mut Archive, kind: Kind, file: &Path) -> Result<(), ArchiveError> {
    archive.known.insert(kind);
    archive.read_at = archive.read_at.max(files::modified(file));
    let place = ArchiveSource::Path(file.to_owned());
    match files::text_of(file).and_then(|text| archive.read(&place, &text, Some(kind))) {
        Err(ArchiveError::Damaged { error, .. }) => {
            let words = format!("{error} of {place}");
            archive.damaged.entry(kind).or_insert(words);
        }
        Err(error @ ArchiveError::Unreadable { .. }) => {
            archive.damaged.entry(kind).or_insert(error.to_string());
        }
        other => return other,
    }
    Ok(())
}
