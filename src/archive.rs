//! Reads a cluster from files instead of an API server: a must-gather, or what `oc get -o yaml` wrote.
//!
//! The only room that does. It answers the same questions as `cluster::read`, with the same Snapshot
//! for an answer. A kind of which there is no file is unknown here, never empty; nothing is written.

mod contents;
mod error;
mod files;
mod incomplete;
mod must_gather;
mod packed;
mod source;
mod states;
mod timestamp;
mod withheld;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cluster::read::{ObjectQuery, Scope};
use crate::model::field::Masking;
use crate::model::kind::Kind;
use crate::model::manifest::Manifests;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::{Snapshot, UnreadableReason};
use crate::model::{field, manifest, names};
use crate::openshift::pod;
use crate::redact::words::without_quotes;

use contents::{NoObjects, WithoutObjects};
use states::Saved;

pub use error::ArchiveError;
pub use source::ArchiveSource;

/// The contents of an archive.
#[derive(Debug)]
pub struct ArchiveContents {
    /// The state of the cluster.
    pub snapshot: Snapshot,
    /// Remarks about the files: oddities, and files that were not read. Sentences without a full stop.
    pub remarks: Vec<String>,
    /// Advice on the files, as commands to paste.
    pub hints: Vec<String>,
}

/// The objects that were found, and of which kinds nothing was.
#[derive(Debug, Default)]
struct Archive {
    objects: BTreeMap<ObjectRef, Object>,
    /// Kinds of which there is a file or a directory.
    known: BTreeSet<Kind>,
    /// Kinds of which there is a list.
    listed: BTreeSet<Kind>,
    /// Objects whose contents are withheld, each with its version.
    withheld: BTreeMap<ObjectRef, Option<u64>>,
    /// Objects of which a field is withheld or not understood, so that the objects are not known, and which field.
    partial: BTreeMap<ObjectRef, String>,
    /// Objects of which the files hold several states without versions, and what is said of each.
    unordered: BTreeMap<ObjectRef, String>,
    /// Objects of which the files hold several versions.
    several: BTreeSet<ObjectRef>,
    /// The objects of each file.
    saved: BTreeMap<PathBuf, Saved>,
    /// Kinds of which a file is damaged, or an object cannot be told from another, and how.
    damaged: BTreeMap<Kind, String>,
    /// Files in which objects were expected, and none are.
    without: Vec<WithoutObjects>,
    remarks: Vec<String>,
    /// The time at which the files say that the cluster was written to them.
    told: Option<Timestamp>,
    /// The time at which the files were written, or copied.
    modified: Option<Timestamp>,
}

/// Answers a scope from files.
///
/// # Errors
/// When there is no such file, it cannot be read, is damaged and does not tell of which kind it is, or
/// there is nothing in it, or more than one cluster.
pub fn read(place: &ArchiveSource, scope: &Scope) -> Result<ArchiveContents, ArchiveError> {
    let mut archive = Archive::default();
    match place {
        ArchiveSource::Stdin => files::stdin(&mut archive)?,
        ArchiveSource::Path(path) => match must_gather::roots(path) {
            roots if roots.is_empty() => files::below(path, &mut archive)?,
            roots => {
                must_gather::read(path, &roots, &mut archive)?;
                // An archive of the insights operator has such folders, too, and the objects beside these.
                if archive.known.is_empty() {
                    files::below(path, &mut archive)?;
                }
            }
        },
    }
    if archive.known.is_empty() {
        let found = archive.without.into_iter().next();
        let remarks = archive.remarks;
        return Err(ArchiveError::Empty { place: place.clone(), found, remarks });
    }
    if withheld::is_without_authors(archive.objects.values()) {
        let words = "the files lack annotations, which tell who created and who manages an object";
        for kind in [Kind::MachineConfig, Kind::MachineConfigPool, Kind::Secret, Kind::Node] {
            archive.damaged.entry(kind).or_insert_with(|| words.to_owned());
        }
    }
    if withheld::is_without_files(archive.objects.values()) {
        let words =
            "the MachineConfigs lack their files, as in an archive of the insights operator";
        archive.damaged.entry(Kind::MachineConfig).or_insert_with(|| words.to_owned());
    }
    for (kind, words) in incomplete::kinds(&archive.objects) {
        archive.damaged.entry(kind).or_insert(words);
    }
    archive.partial.append(&mut archive.unordered);
    archive.partial.extend(states::lacking(&archive.saved));
    if !archive.several.is_empty() {
        let names: Vec<String> = archive.several.iter().map(ToString::to_string).collect();
        archive.remarks.push(format!(
            "objects are in the files in several versions, of which the newest is used: {}",
            list(&names)
        ));
    }
    let mut snapshot = Snapshot::new(archive.read_at().unwrap_or_default());
    scope.answer(&mut snapshot, |query| archive.answer(query, place), &not_in(place));
    // An upgrade may have brought what the next release has.
    let newest = snapshot.newest_release();
    let is_there = |kind: Kind| newest.is_none_or(|release| kind.since() <= release);
    // A kind that the release does not have is not unknown.
    snapshot
        .unreadable
        .retain(|it| is_there(it.kind) || !matches!(it.reason, UnreadableReason::NotInFiles(_)));
    let mut without = archive.without;
    without.retain(|it| it.kinds.is_empty() || it.kinds.iter().copied().any(is_there));
    let mut remarks = archive.remarks;
    remarks.extend(without.iter().map(ToString::to_string));
    let hints = without.iter().map(WithoutObjects::hint).collect();
    Ok(ArchiveContents { snapshot: without_quotes(snapshot).0, remarks, hints })
}

fn not_in(place: &ArchiveSource) -> UnreadableReason {
    UnreadableReason::NotInFiles(format!("not in {}", place.name()))
}

impl Archive {
    /// Returns the time at which the cluster was written to the files, as far as the files tell.
    fn read_at(&self) -> Option<Timestamp> {
        let latest = || timestamp::latest(self.objects.values());
        self.told.or_else(|| latest().into_iter().chain(self.modified).min())
    }

    fn answer(
        &self,
        query: &ObjectQuery,
        place: &ArchiveSource,
    ) -> Result<Vec<Object>, UnreadableReason> {
        let found =
            || -> Vec<&Object> { self.objects.values().filter(|it| query.selects(it)).collect() };
        let unknown = || Err(not_in(place));
        let without = self.without.iter().find(|it| {
            let is_of_list = it.is_view() && self.listed.contains(&query.kind());
            it.kinds.contains(&query.kind()) && !is_of_list
        });
        match query.reference() {
            _ if self.damaged.contains_key(&query.kind()) => {
                Err(UnreadableReason::Failed(self.damaged[&query.kind()].clone()))
            }
            _ if let Some(without) = without => {
                Err(UnreadableReason::NotInFiles(without.to_string()))
            }
            Some(one) if self.is_withheld(one) => {
                Err(UnreadableReason::NotInFiles(format!("withheld in {}", place.name())))
            }
            _ if !self.known.contains(&query.kind()) => unknown(),
            Some(one) if self.is_possibly_left_out(one) => unknown(),
            None if found().is_empty() && self.is_single(query.kind()) => unknown(),
            _ => {
                let found = found();
                let withheld = found.iter().find_map(|it| self.partial.get(it.reference()));
                match withheld.cloned().or_else(|| self.withheld_labels(query)) {
                    Some(words) => Err(UnreadableReason::Failed(words)),
                    None => Ok(found.into_iter().cloned().collect()),
                }
            }
        }
    }

    /// Returns whether the contents of an object are withheld, and no other file has the same or a newer version whole.
    fn is_withheld(&self, one: &ObjectRef) -> bool {
        let is_whole = |withheld: &Option<u64>| {
            self.objects.get(one).is_some_and(|it| it.version() >= *withheld)
        };
        self.withheld.get(one).is_some_and(|it| !is_whole(it))
    }

    /// Returns whether the files have a single object of a kind, and no list: a cluster has several.
    fn is_single(&self, kind: Kind) -> bool {
        let all = self.objects.keys().filter(|it| it.kind == kind).count();
        all == 1 && !self.listed.contains(&kind)
    }

    /// Returns whether `init` has created this Secret, and no list has all Secrets of the namespace. People save Secrets by
    /// name, because all of them include credentials.
    fn is_possibly_left_out(&self, one: &ObjectRef) -> bool {
        let pool = ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD);
        let there = self.objects.keys().chain(self.withheld.keys());
        let mut secrets = there.filter(|it| it.kind == Kind::Secret);
        let is_whole = self.listed.contains(&Kind::Secret)
            && secrets.clone().any(|it| it.name == names::MASTER_USER_DATA)
            && secrets.any(|it| !it.name.contains("user-data"));
        one.kind == Kind::Secret
            && !is_whole
            && !self.objects.contains_key(one)
            && self.objects.contains_key(&pool)
    }

    /// Returns why an object may belong to an answer or not: the label that decides may be withheld.
    fn withheld_labels(&self, query: &ObjectQuery) -> Option<String> {
        let key = query.label()?;
        let is_withheld = |it: &&Object| withheld::may_have_label(it, key) && !query.selects(it);
        let of_kind = self.objects.values().filter(|it| it.reference().kind == query.kind());
        let is_labeled = |it: &Object| it.body()["metadata"]["labels"].is_object();
        let has_labels = of_kind.clone().any(is_labeled);
        match of_kind.clone().find(is_withheld) {
            Some(it) => Some(format!("metadata.labels of {} is withheld", it.reference())),
            // Every cluster has objects of these kinds with labels.
            None if !has_labels && of_kind.count() > 0 => {
                Some("no object of this kind has labels in the files".to_owned())
            }
            None => None,
        }
    }

    /// Takes in a text, and says where it is odd. `of` is the kind that the text is about by its path: a text without
    /// anything of the kind is damaged.
    fn read(
        &mut self,
        place: &ArchiveSource,
        text: &str,
        of: Option<Kind>,
    ) -> Result<(), ArchiveError> {
        let read = manifest::read(text);
        let is_without = read.as_ref().map_or(true, Manifests::is_empty);
        if is_without && let Some(contents) = NoObjects::of(text) {
            self.without.push(WithoutObjects::new(place, contents, of));
            return Ok(());
        }
        let mut manifests =
            read.map_err(|error| ArchiveError::Damaged { place: place.clone(), error })?;
        if is_without && of.is_none() {
            let without = WithoutObjects::new(place, NoObjects::Other, of);
            // Settings of another program, unless the name says that objects are expected.
            self.without.extend((!without.kinds.is_empty()).then_some(without));
        }
        let places: Vec<String> =
            std::mem::take(&mut manifests.duplicate_keys).iter().map(ToString::to_string).collect();
        if !places.is_empty() {
            let places = list(&places);
            self.remarks.push(format!(
                "{place}: duplicate keys in an object, of which the last value is used: {places}"
            ));
        }
        if let Some(first) = manifests.joined.first() {
            self.remarks.push(format!(
                "{place}: an object or a list begins at {first} without the line --- before it; all objects are read"
            ));
        }
        for (kind, why) in &manifests.partial {
            self.damaged.entry(*kind).or_insert_with(|| format!("{place} {why}"));
        }
        let is_told =
            of.is_none_or(|kind| manifests.has_list || manifests.kinds().any(|it| it == kind));
        if let Some(kind) = of.filter(|_| !is_told) {
            let words = format!("{place} contains no object of this kind, and no list");
            self.damaged.entry(kind).or_insert(words);
        }
        self.add(place, manifests)
    }

    /// Takes in what a file holds. Of two of one name the one with the higher `resourceVersion` stays,
    /// else the one that came last.
    fn add(&mut self, place: &ArchiveSource, manifests: Manifests) -> Result<(), ArchiveError> {
        if manifests.has_list {
            self.listed.extend(manifests.kinds());
        }
        self.known.extend(&manifests.listed);
        self.known.extend(manifests.partial.keys());
        let withheld = manifests.withheld.into_iter().filter(|it| is_looked_at(&it.0));
        for (reference, version) in withheld {
            self.known.insert(reference.kind);
            let newest = self.withheld.entry(reference).or_default();
            *newest = version.max(*newest);
        }
        let objects = manifests.objects.into_iter().filter(|it| is_looked_at(it.reference()));
        let objects: Vec<Object> = objects.collect();
        let file = match place {
            ArchiveSource::Path(path) => path,
            ArchiveSource::Stdin => Path::new("-"),
        };
        let kinds = objects.iter().map(|it| it.reference().kind);
        let listed = kinds.filter(|_| manifests.has_list).chain(manifests.listed);
        self.saved.entry(file.to_owned()).or_default().add(&objects, listed);
        if manifests.has_list {
            for kind in states::ambiguous(&objects) {
                // A server lists a name once: somebody has replaced the names.
                let words = "a list has different objects with the same name".to_owned();
                self.damaged.entry(kind).or_insert(words);
            }
        }
        for object in objects {
            let kind = object.reference().kind;
            self.known.insert(kind);
            if field::masking(object.name()) == Masking::Uniform {
                let words = "several objects have the same placeholder as name".to_owned();
                self.damaged.entry(kind).or_insert(words);
                continue;
            }
            let unknown = withheld::why(&object);
            let Some(object) = kept(object) else { continue };
            let there = self.objects.get(object.reference());
            if there.is_some_and(|it| is_of_another_cluster(it, &object)) {
                let object = object.reference().clone();
                return Err(ArchiveError::TwoClusters { place: place.clone(), object });
            }
            let reference = object.reference();
            if let Some(there) = there.filter(|it| **it != object) {
                match (there.version(), object.version()) {
                    (None, None) => {
                        let words = format!(
                            "the files contain several states of {reference} without metadata.resourceVersion"
                        );
                        self.unordered.insert(reference.clone(), words);
                    }
                    (Some(one), Some(other)) if one != other => {
                        self.several.insert(reference.clone());
                    }
                    _ => {}
                }
            }
            if there.is_none_or(|it| it.version() <= object.version()) {
                self.partial.remove(reference);
                self.partial.extend(unknown.map(|it| (reference.clone(), it)));
                self.objects.insert(object.reference().clone(), object);
            }
        }
        Ok(())
    }

    /// The names of the rendered MachineConfigs that the pools of etcd and of the masters have, or are to have.
    fn rendered(&self) -> BTreeSet<&str> {
        let pools = [names::ETCD, names::MASTER].into_iter();
        let pools = pools
            .filter_map(|it| self.objects.get(&ObjectRef::cluster(Kind::MachineConfigPool, it)));
        let fields = ["/spec/configuration/name", "/status/configuration/name"];
        pools.flat_map(|pool| fields.into_iter().filter_map(|it| pool.text(it))).collect()
    }
}

/// Names up to four.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    match names.len() {
        0..=SHOWN => shown,
        all => format!("{shown}; and {} more", all - SHOWN),
    }
}

/// Of a Pod the little that tells of an etcd, and `None` when there is none in it; anything else as it is.
fn kept(object: Object) -> Option<Object> {
    match object.reference().kind {
        Kind::Pod => pod::kept(&object),
        _ => Some(object),
    }
}

/// The namespace in which objects of a kind are looked at; `None` for cluster-scoped kinds.
const fn namespace_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::ConfigMap | Kind::Pod => Some(names::ETCD_NAMESPACE),
        kind if kind.resource().is_namespaced => Some(names::MACHINE_NAMESPACE),
        _ => None,
    }
}

fn is_looked_at(reference: &ObjectRef) -> bool {
    namespace_of(reference.kind).is_none_or(|it| reference.namespace.as_deref() == Some(it))
}

/// Returns whether two objects of one name are from two clusters, by what is never the same in two clusters.
fn is_of_another_cluster(one: &Object, other: &Object) -> bool {
    let differs = |pointer: &str| {
        let texts = (one.text(pointer), other.text(pointer));
        matches!(texts, (Some(one), Some(other)) if one != other)
    };
    match one.reference().kind {
        Kind::Infrastructure => differs("/status/infrastructureName") || differs("/metadata/uid"),
        Kind::ClusterVersion => differs("/spec/clusterID") || differs("/metadata/uid"),
        // Nobody deletes the pools that every cluster has.
        Kind::MachineConfigPool if [names::MASTER, names::WORKER].contains(&one.name()) => {
            differs("/metadata/uid")
        }
        _ => false,
    }
}
