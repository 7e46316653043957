//! What `oc adm must-gather` and `oc adm inspect` write (openshift/oc `pkg/cli/admin/inspect`).
//!
//! Below the folder of an image: `cluster-scoped-resources/GROUP/PLURAL.yaml` or `…/PLURAL/NAME.yaml`, and
//! the same below `namespaces/NAMESPACE/GROUP`; the core group is called `core`. Only the paths of the
//! kinds that are looked at are visited, and of the rendered MachineConfigs only those of the etcd pool and of the
//! masters: the rest is logs, and large.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::files::Found;
use super::{Archive, ArchiveError, ArchiveSource, files, namespace_of, timestamp};
use crate::model::kind::Kind;

const CLUSTER: &str = "cluster-scoped-resources";
const NAMESPACES: &str = "namespaces";

/// The folders of images, however far down they are; none when it is no must-gather. Links below the directory are not
/// followed: they may lead to another of the folders, or in circles.
pub(super) fn roots(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    look(path, &mut found);
    found
}

fn look(path: &Path, found: &mut Vec<PathBuf>) {
    if is_root(path) {
        found.push(path.to_owned());
    } else if path.is_dir() {
        // What cannot be listed is said when it is read.
        let below = files::entries(path).unwrap_or_default();
        below.iter().filter(|it| it.is_dir() && !it.is_symlink()).for_each(|it| look(it, found));
    }
}

/// Returns whether a directory is laid out as `oc adm inspect` does. People have folders of these names, too, with files
/// in them and no folders, and backup tools name the folders of a namespace by kind and not by group.
fn is_root(path: &Path) -> bool {
    let below = |path: &Path| files::entries(path).unwrap_or_default().into_iter();
    let has_folders = |path: &Path| below(path).any(|it| it.is_dir());
    has_folders(&path.join(CLUSTER)) || below(&path.join(NAMESPACES)).any(|it| has_group(&it))
}

/// Returns whether a directory has a directory of an API group.
fn has_group(path: &Path) -> bool {
    let mut folders = files::entries(path).unwrap_or_default().into_iter().filter(|it| it.is_dir());
    folders.any(|it| {
        let name = it.file_name().and_then(|it| it.to_str());
        name.is_some_and(|it| it == "core" || it.contains('.'))
    })
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
    // kubectl-gather has the objects of the cluster in a directory of another name.
    for root in roots.iter().filter(|it| !it.join(CLUSTER).is_dir()) {
        let beside = files::entries(root)?.into_iter();
        for directory in beside.filter(|it| has_group(it) && !it.ends_with(NAMESPACES)) {
            files::below(&directory, archive)?;
        }
    }
    if !roots.iter().any(|it| it == path) && !is_gathered(path) {
        let is_beside =
            |it: &PathBuf| it.is_dir() && !roots.iter().any(|root| root.starts_with(it));
        let beside: Vec<PathBuf> = files::entries(path)?.into_iter().filter(is_beside).collect();
        files::name_unread(&beside, "because it is a directory beside a must-gather", archive);
    }
    // The pools come before the MachineConfigs: they tell which rendered one to read.
    let mut kinds = Kind::ALL;
    kinds.sort_by_key(|kind| *kind == Kind::MachineConfig);
    for kind in kinds {
        for root in roots {
            let directory = directory_of(root, kind);
            let mut found = files_of(&directory, kind, archive)?;
            for file in std::mem::take(&mut found.texts) {
                add(archive, kind, &file)?;
            }
            for (paths, why) in found.unread() {
                if let Some(first) = paths.first() {
                    let words = format!("{} is not read, {why}", first.display());
                    archive.damaged.entry(kind).or_insert(words);
                }
                files::name_unread(&paths, why, archive);
            }
        }
    }
    let places = std::iter::once(path).chain(roots.iter().map(PathBuf::as_path));
    let mut places = places.chain(roots.iter().filter_map(|it| it.parent()));
    archive.told = places.find_map(written);
    Ok(())
}

/// Returns the must-gathers and inspections of the folders, the newest one first, with the times at which they were
/// written. The folders of several images lie in one must-gather; an inspection has no folder of an image.
fn gathered(path: &Path, roots: &[PathBuf]) -> Vec<(PathBuf, Option<Timestamp>)> {
    let top = |root: &PathBuf| {
        let mut above = root.ancestors().skip(1).take_while(|it| it.starts_with(path));
        above.find(|it| is_gathered(it)).unwrap_or(root).to_owned()
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

/// Returns whether a directory is that of a must-gather, and not of an image.
fn is_gathered(directory: &Path) -> bool {
    let name = directory.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    directory.join("timestamp").is_file() || name.starts_with("must-gather.local")
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
fn files_of(directory: &Path, kind: Kind, archive: &Archive) -> Result<Found, ArchiveError> {
    let mut found = Found::default();
    let plural = kind.resource().plural;
    // Names of files without their endings, of which a compressed file has several.
    let begin = |path: &Path| {
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        name.split('.').next().unwrap_or_default().to_owned()
    };
    if directory.is_dir() {
        let lists = files::entries(directory)?.into_iter();
        lists.filter(|it| begin(it) == plural && !it.is_dir()).for_each(|it| found.sort(it));
    }
    if directory.join(plural).is_dir() {
        let rendered = archive.rendered();
        let is_needed = |path: &Path| {
            let name = begin(path);
            kind != Kind::MachineConfig
                || !name.starts_with("rendered-")
                || rendered.contains(&*name)
        };
        let single = files::entries(&directory.join(plural))?.into_iter();
        single.filter(|it| is_needed(it) && !it.is_dir()).for_each(|it| found.sort(it));
    }
    Ok(found)
}

fn add(archive: &mut Archive, kind: Kind, file: &Path) -> Result<(), ArchiveError> {
    archive.known.insert(kind);
    archive.modified = archive.modified.max(files::modified(file));
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
