//! Files that hold several states of one cluster, as from before and after a change: of an object of etcd machines that a
//! newer state lacks nobody can tell whether the object still exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::ArchiveSource;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};

/// What was saved together: the objects of a file, or of the files in a directory.
#[derive(Debug, Default)]
pub(super) struct Saved {
    /// The kinds of which there is a list.
    listed: BTreeSet<Kind>,
    objects: BTreeMap<ObjectRef, Entry>,
}

/// An object, as often as it was saved.
#[derive(Clone, Debug, Default)]
struct Entry {
    versions: Vec<Option<u64>>,
    is_of_etcd: bool,
    /// The roles of the object, by which people select what they list.
    roles: BTreeSet<String>,
}

impl Saved {
    /// Takes in the objects of a file. `listed` are the kinds of the lists in the file.
    pub(super) fn add(&mut self, objects: &[Object], listed: impl Iterator<Item = Kind>) {
        self.listed.extend(listed);
        for it in objects {
            let entry = self.objects.entry(it.reference().clone()).or_default();
            entry.versions.push(it.version());
            entry.is_of_etcd |= is_of_etcd(it);
            entry.roles.extend(roles(it));
        }
    }

    fn merge(&mut self, other: &Self) {
        self.listed.extend(&other.listed);
        for (it, of_other) in &other.objects {
            let entry = self.objects.entry(it.clone()).or_default();
            entry.versions.extend(&of_other.versions);
            entry.is_of_etcd |= of_other.is_of_etcd;
            entry.roles.extend(of_other.roles.iter().cloned());
        }
    }

    /// Returns whether an object of both has changed since the other was saved.
    fn is_newer_than(&self, older: &Self) -> bool {
        let is_newer = |(it, entry): (&ObjectRef, &Entry)| {
            let newest = |it: &Entry| it.versions.iter().copied().max().flatten();
            let older = older.objects.get(it).and_then(newest);
            older.zip(newest(entry)).is_some_and(|(older, version)| older < version)
        };
        self.objects.iter().any(is_newer)
    }

    /// Returns whether objects of a kind were saved together, and not one of them.
    fn lists(&self, kind: Kind) -> bool {
        self.listed.contains(&kind) || self.objects.keys().filter(|it| it.kind == kind).count() > 1
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (&ObjectRef, &Entry)> {
        self.objects.iter().filter(move |(it, _)| it.kind == kind)
    }

    /// Returns whether the objects of a kind were selected by a role that an object of the other, which is not of etcd, lacks.
    fn is_selected(&self, kind: Kind, other: &Self) -> bool {
        let mut all = self.of_kind(kind).map(|(_, it)| &it.roles);
        let first = all.next().cloned().unwrap_or_default();
        let common = all.fold(first, |common, it| &common & it);
        let mut others = other.of_kind(kind).map(|(_, it)| it).filter(|it| !it.is_of_etcd);
        others.any(|it| common.iter().any(|role| !it.roles.contains(role)))
    }

    /// Returns whether both have the same objects of a kind, except for those of etcd.
    fn is_equal_without_etcd(&self, kind: Kind, other: &Self) -> bool {
        let rest = |it: &Self| -> BTreeSet<ObjectRef> {
            let rest = it.of_kind(kind).filter(|(_, it)| !it.is_of_etcd);
            rest.map(|(it, _)| it.clone()).collect()
        };
        let rest_of_self = rest(self);
        !rest_of_self.is_empty() && rest_of_self == rest(other)
    }

    /// Returns the objects that were saved once, although others of their kind were saved in several states.
    fn saved_once(&self) -> impl Iterator<Item = &ObjectRef> {
        let is_changed = |it: &Entry| it.versions.iter().any(|version| *version != it.versions[0]);
        let has_states = self.objects.values().any(is_changed);
        let often = self.objects.iter().filter(|(_, it)| has_states && it.versions.len() > 1);
        let kinds: BTreeSet<Kind> = often.map(|(it, _)| it.kind).collect();
        let of_etcd = self.objects.iter().filter(|(_, it)| it.is_of_etcd && it.versions.len() == 1);
        of_etcd.map(|(it, _)| it).filter(move |it| kinds.contains(&it.kind))
    }
}

/// Returns whether an object is of the etcd pool or its machines. A list of one role, which leaves out others, is common.
fn is_of_etcd(object: &Object) -> bool {
    let is = |kind, name| object.reference().kind == kind && object.name() == name;
    [names::MACHINE_ROLE, names::MACHINE_CONFIG_ROLE]
        .iter()
        .any(|it| object.label(it) == Some(names::ETCD))
        || object.label(names::NODE_ROLE_ETCD).is_some()
        || is(Kind::MachineConfigPool, names::ETCD)
        || is(Kind::Secret, names::ETCD_USER_DATA)
}

/// Returns the roles by which an object can be selected.
fn roles(object: &Object) -> impl Iterator<Item = String> {
    let labels = [names::MACHINE_ROLE, names::MACHINE_CONFIG_ROLE].into_iter();
    let of_labels = labels.filter_map(|it| object.label(it));
    let of_node = object.body()["metadata"]["labels"].as_object().into_iter().flatten();
    let of_node = of_node.filter_map(|it| it.0.strip_prefix(names::NODE_ROLE_PREFIX));
    of_labels.chain(of_node).map(str::to_owned)
}

/// Returns the objects of the etcd pool and its machines that a place lacks, although it lists the kind and is not older than
/// another place with the object, and why the object is unknown.
pub(super) fn lacking(files: &BTreeMap<PathBuf, Saved>) -> BTreeMap<ObjectRef, String> {
    let shown = |place: &Path| ArchiveSource::named(place);
    let mut found = BTreeMap::new();
    for (file, saved) in files {
        for it in saved.saved_once() {
            let words = format!("{} has objects of several states, and {it} once", shown(file));
            found.insert(it.clone(), words);
        }
    }
    let mut places: BTreeMap<&Path, &Saved> =
        files.iter().map(|(it, saved)| (&**it, saved)).collect();
    let directories = directories(files);
    places.extend(directories.iter().map(|(it, saved)| (*it, saved)));
    let pairs = places.iter().flat_map(|older| places.iter().map(move |newer| (older, newer)));
    for ((older_place, older), (newer_place, newer)) in pairs {
        let is_apart =
            !older_place.starts_with(newer_place) && !newer_place.starts_with(older_place);
        let is_newer = newer.is_newer_than(older);
        if !is_apart || (!is_newer && older.is_newer_than(newer)) {
            continue;
        }
        let is_whole = |kind: Kind| {
            newer.lists(kind)
                && !newer.is_selected(kind, older)
                && (is_newer || newer.is_equal_without_etcd(kind, older))
        };
        let lacks = |(it, entry): &(&ObjectRef, &Entry)| {
            entry.is_of_etcd && !newer.objects.contains_key(it) && is_whole(it.kind)
        };
        for (it, _) in older.objects.iter().filter(lacks) {
            let (newer, older) = (shown(newer_place), shown(older_place));
            let words = if is_newer {
                format!("{newer} is newer than {older} and does not contain {it}")
            } else {
                format!(
                    "{older} contains {it} and {newer} does not, and neither is known to be newer"
                )
            };
            found.insert(it.clone(), words);
        }
    }
    found
}

/// Returns the directories of files below the one that has all, each with what is in it.
fn directories(files: &BTreeMap<PathBuf, Saved>) -> BTreeMap<&Path, Saved> {
    let mut top = files.keys().next().and_then(|it| it.parent()).unwrap_or(Path::new(""));
    while !files.keys().all(|it| it.starts_with(top)) {
        top = top.parent().unwrap_or(Path::new(""));
    }
    let mut directories: BTreeMap<&Path, Saved> = BTreeMap::new();
    for (file, saved) in files {
        for directory in file.ancestors().skip(1).take_while(|it| *it != top) {
            directories.entry(directory).or_default().merge(saved);
        }
    }
    directories
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
