//! Files that hold several states of one cluster, as from before and after a change: of an etcd Machine or Node that a newer
//! list lacks nobody can tell whether it still exists.

use std::collections::BTreeMap;

use super::{ArchiveSource, version};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};

/// A file with lists, and what it has of each object.
#[derive(Debug)]
pub(super) struct Listed {
    place: ArchiveSource,
    objects: BTreeMap<ObjectRef, Entry>,
}

/// An object in a list.
#[derive(Debug)]
struct Entry {
    version: Option<u64>,
    is_etcds: bool,
}

impl Listed {
    pub(super) fn of(place: &ArchiveSource, objects: &[Object]) -> Self {
        let is_etcds = |it: &Object| {
            it.label(names::MACHINE_ROLE) == Some(names::ETCD)
                || it.label(names::NODE_ROLE_ETCD).is_some()
        };
        let entry = |it: &Object| Entry { version: version(it), is_etcds: is_etcds(it) };
        let objects = objects.iter().map(|it| (it.reference().clone(), entry(it))).collect();
        Self { place: place.clone(), objects }
    }

    /// Returns whether an object of both files has changed since the other file was written.
    fn is_newer_than(&self, older: &Self) -> bool {
        let is_newer = |(it, entry): (&ObjectRef, &Entry)| {
            let older = older.objects.get(it).and_then(|it| it.version);
            older.zip(entry.version).is_some_and(|(older, version)| older < version)
        };
        self.objects.iter().any(is_newer)
    }

    fn lists(&self, kind: Kind) -> bool {
        self.objects.keys().any(|it| it.kind == kind)
    }
}

/// Returns the etcd Machines and Nodes that a file lacks, although the file is newer than another file with the object and
/// lists the kind, and why the object is unknown. A list of the role etcd, which leaves out others, is common.
pub(super) fn lacking(files: &[Listed]) -> impl Iterator<Item = (ObjectRef, String)> {
    let pairs = files.iter().flat_map(|older| files.iter().map(move |newer| (older, newer)));
    let pairs = pairs.filter(|(older, newer)| newer.is_newer_than(older));
    pairs.flat_map(|(older, newer)| {
        let lacks = |(it, entry): &(&ObjectRef, &Entry)| {
            entry.is_etcds && !newer.objects.contains_key(it) && newer.lists(it.kind)
        };
        older.objects.iter().filter(lacks).map(|(it, _)| {
            let (newer, older) = (&newer.place, &older.place);
            (it.clone(), format!("{newer} is newer than {older} and does not contain {it}"))
        })
    })
}

/// Returns the kinds of which the objects of one file are different objects with the same name. An object at two moments has
/// one uid.
pub(super) fn ambiguous(objects: &[Object]) -> impl Iterator<Item = Kind> {
    let mut by_name: BTreeMap<&ObjectRef, &Object> = BTreeMap::new();
    objects.iter().filter_map(move |it| {
        let other = by_name.insert(it.reference(), it)?;
        let uids = other.text("/metadata/uid").zip(it.text("/metadata/uid"));
        uids.is_some_and(|(other, uid)| other != uid).then_some(it.reference().kind)
    })
}
