//! Files that hold several states of one cluster, as from before and after a change: of an object that a newer list lacks
//! nobody can tell whether the object still exists.

use std::collections::{BTreeMap, BTreeSet};

use super::ArchiveSource;
use crate::model::kind::Kind;
use crate::model::object::{Object, ObjectRef};

/// A file with lists, and the versions of the objects in it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) place: ArchiveSource,
    pub(super) versions: BTreeMap<ObjectRef, Option<u64>>,
}

impl Listed {
    /// Returns whether an object of both files has changed since the other file was written.
    fn is_newer_than(&self, older: &Self) -> bool {
        let is_newer = |(it, version): (&ObjectRef, &Option<u64>)| {
            let older = older.versions.get(it).copied().flatten();
            older.zip(*version).is_some_and(|(older, version)| older < version)
        };
        self.versions.iter().any(is_newer)
    }
}

/// Returns the objects that a file lacks, although the file is newer than another file with the object and has other
/// objects of the kind from there, and why the object is unknown.
pub(super) fn lacking(files: &[Listed]) -> impl Iterator<Item = (ObjectRef, String)> {
    let pairs = files.iter().flat_map(|older| files.iter().map(move |newer| (older, newer)));
    let pairs = pairs.filter(|(older, newer)| newer.is_newer_than(older));
    pairs.flat_map(|(older, newer)| {
        let (shared, others): (Vec<_>, Vec<_>) =
            older.versions.keys().partition(|it| newer.versions.contains_key(it));
        let kinds: BTreeSet<_> = shared.into_iter().map(|it| it.kind).collect();
        others.into_iter().filter(move |it| kinds.contains(&it.kind)).map(|it| {
            let (newer, older) = (&newer.place, &older.place);
            (it.clone(), format!("{newer} is newer than {older} and does not contain {it}"))
        })
    })
}

/// Returns the kinds of which the objects of one file are different objects with the same name.
pub(super) fn ambiguous(objects: &[Object]) -> impl Iterator<Item = Kind> {
    let mut by_name: BTreeMap<&ObjectRef, &Object> = BTreeMap::new();
    objects.iter().filter_map(move |it| {
        let other = by_name.insert(it.reference(), it)?;
        (other != it).then_some(it.reference().kind)
    })
}
