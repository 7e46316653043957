//! Reads a cluster from files instead of an API server: a must-gather, or what `oc get -o yaml` wrote.
//!
//! The only room that does. It answers the same questions as `cluster::read`, with the same Snapshot
//! for an answer. A kind of which there is no file is unknown here, never empty; nothing is written.

mod error;
mod files;
mod must_gather;
mod timestamp;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cluster::read::{Query, Scope};
use crate::kind::Kind;
use crate::legible::quotes::without_quotes;
use crate::manifest::Manifests;
use crate::object::{Object, ObjectRef};
use crate::role;
use crate::snapshot::{Snapshot, UnreadableReason};

pub use error::ArchiveError;

/// Where the files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A directory, or one file.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

impl Place {
    /// What `--from` names: a path, or `-`.
    #[must_use]
    pub fn named(path: &Path) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::Path(path.to_owned()) }
    }
}

impl Place {
    /// A short name for it: the last part of the path.
    fn name(&self) -> String {
        match self {
            Self::Path(path) => path
                .file_name()
                .map_or_else(|| "the files".to_owned(), |name| name.to_string_lossy().into_owned()),
            Self::Stdin => self.to_string(),
        }
    }

    /// The text of the one file that it is.
    ///
    /// # Errors
    /// When it cannot be read, or is no text.
    pub fn text(&self) -> Result<String, ArchiveError> {
        match self {
            Self::Path(path) => files::text_of(path),
            Self::Stdin => files::text_of_stdin(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

/// The objects that were found, and of which kinds nothing was.
#[derive(Debug, Default)]
struct Archive {
    objects: BTreeMap<ObjectRef, Object>,
    /// Kinds of which there is a file or a directory.
    known: BTreeSet<Kind>,
    withheld: BTreeSet<ObjectRef>,
    /// Kinds of which a file is damaged, and how.
    damaged: BTreeMap<Kind, String>,
    /// When the cluster was read into the files, as far as they tell.
    read_at: Option<Timestamp>,
}

/// Answers a scope from files.
///
/// # Errors
/// When there is no such file, it cannot be read, is damaged and does not tell of which kind it is, or
/// there is nothing in it, or more than one cluster.
pub fn read(place: &Place, scope: &Scope) -> Result<Snapshot, ArchiveError> {
    let archive = match place {
        Place::Stdin => files::stdin()?,
        Place::Path(path) => match must_gather::roots(path) {
            roots if roots.is_empty() => files::below(path)?,
            roots => must_gather::read(path, &roots)?,
        },
    };
    if archive.known.is_empty() {
        return Err(ArchiveError::Empty { place: place.clone() });
    }
    let mut snapshot = Snapshot::new(archive.read_at.unwrap_or_default());
    scope.answer(&mut snapshot, |query| archive.answer(query, place));
    Ok(without_quotes(snapshot))
}

impl Archive {
    fn answer(&self, query: &Query, place: &Place) -> Result<Vec<Object>, UnreadableReason> {
        let found = || self.objects.values().filter(|it| query.selects(it)).cloned().collect();
        let unknown = || Err(UnreadableReason::NotInFiles(place.name()));
        match query.reference() {
            _ if self.damaged.contains_key(&query.kind()) => {
                Err(UnreadableReason::Failed(self.damaged[&query.kind()].clone()))
            }
            Some(one) if self.withheld.contains(one) => unknown(),
            _ if !self.known.contains(&query.kind()) => unknown(),
            _ => Ok(found()),
        }
    }

    /// Takes in what a file holds. Of two of one name the one with the higher `resourceVersion` stays,
    /// else the one that came last.
    fn add(&mut self, manifests: Manifests) -> Result<(), ArchiveError> {
        self.known.extend(&manifests.listed);
        let withheld = manifests.withheld.into_iter().filter(is_looked_at);
        for reference in withheld {
            self.known.insert(reference.kind);
            self.withheld.insert(reference);
        }
        for object in manifests.objects.into_iter().filter(|it| is_looked_at(it.reference())) {
            self.known.insert(object.reference().kind);
            let there = self.objects.get(object.reference());
            if there.is_some_and(|it| is_of_another_cluster(it, &object)) {
                return Err(ArchiveError::TwoClusters);
            }
            if there.is_none_or(|it| version(it) <= version(&object)) {
                self.objects.insert(object.reference().clone(), object);
            }
        }
        Ok(())
    }

    /// The name of the rendered MachineConfig that the etcd pool has, or is to have.
    fn rendered(&self) -> BTreeSet<&str> {
        let pool = self.objects.get(&ObjectRef::cluster(Kind::MachineConfigPool, role::ETCD));
        ["/spec/configuration/name", "/status/configuration/name"]
            .into_iter()
            .filter_map(|pointer| pool?.text(pointer))
            .collect()
    }
}

/// The namespace in which objects of a kind are looked at; `None` for cluster-scoped kinds.
const fn namespace_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::ConfigMap => Some(role::ETCD_ENDPOINTS.0),
        kind if kind.resource().is_namespaced => Some(role::MACHINE_NAMESPACE),
        _ => None,
    }
}

fn is_looked_at(reference: &ObjectRef) -> bool {
    namespace_of(reference.kind).is_none_or(|it| reference.namespace.as_deref() == Some(it))
}

/// The API server's counter. Kubernetes calls it opaque; on every server there is, it is a number.
fn version(object: &Object) -> Option<u64> {
    object.resource_version().and_then(|it| it.parse().ok())
}

fn is_of_another_cluster(one: &Object, other: &Object) -> bool {
    let name = |object: &Object| object.text("/status/infrastructureName").map(str::to_owned);
    one.reference().kind == Kind::Infrastructure && name(one) != name(other)
}
