//! All that one run read: which objects, when, and what could not be read.
//!
//! A Snapshot is filled by `cluster::read` from an API server, or by `archive` from files. Everything after it is pure: the same Snapshot and request give the same Plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::model::field::{Field, Unknown};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::is_node_of;
use crate::model::object::{Object, ObjectRef};
use crate::model::release::Release;

use crate::model::ours::is_of_init;
pub use crate::model::ours::is_ours;

/// The objects and answers that one run read.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The time at which reading began.
    pub read_at: Timestamp,
    /// The resources that could not be read, and the reasons.
    pub unreadable: Vec<Unreadable>,
    /// The permissions of the user, where they were asked for.
    pub permissions: Vec<Permission>,
    /// The Kubernetes version of the API server, where that was asked.
    pub server_version: Option<String>,
    objects: BTreeMap<ObjectRef, Object>,
    /// The objects of which nothing but the metadata was read. None of them is in `objects`.
    metadata: BTreeMap<ObjectRef, MetadataOnly>,
    /// The names of the Nodes whose Pods were read in every namespace.
    nodes_with_pods: BTreeSet<String>,
}

/// The metadata of an object whose body was not read. The type has no way to ask for a field beside the
/// metadata, so that a body that was not read is never taken for an empty one.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataOnly(Object);

impl MetadataOnly {
    /// Takes the metadata of an object, and drops everything else.
    #[must_use]
    pub fn of(object: &Object) -> Self {
        let metadata = object.get("/metadata").cloned().unwrap_or_default();
        Self(Object::new(object.reference().clone()).with("metadata", metadata))
    }

    /// Returns the name, kind and namespace.
    #[must_use]
    pub const fn reference(&self) -> &ObjectRef {
        self.0.reference()
    }

    /// Judges the metadata by a rule that looks at nothing else.
    pub(crate) fn judge<T>(&self, rule: impl FnOnce(&Object) -> T) -> T {
        rule(&self.0)
    }
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// The resource that was asked for: a kind's qualified plural, `secrets/master-user-data`, or `pods in
    /// openshift-etcd`.
    pub what: String,
    /// The kind that was asked for.
    #[serde(skip)]
    pub kind: Kind,
    /// Why it could not be read.
    pub reason: UnreadableReason,
}

impl Unreadable {
    /// Returns the verb that was tried: `get` for one object, `list` for all of a kind.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        if self.name().is_some() { "get" } else { "list" }
    }

    /// The object that was tried; `None` for all of a kind.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.what.split_once('/').map(|(_, name)| name)
    }

    /// The namespace in which it was tried; `None` for cluster-scoped kinds.
    #[must_use]
    pub fn namespace(&self) -> Option<&'static str> {
        match self.kind {
            Kind::ConfigMap => Some(names::ETCD_ENDPOINTS.0),
            // Those of a Node are listed in every namespace.
            Kind::Pod => {
                self.what.ends_with(names::ETCD_NAMESPACE).then_some(names::ETCD_NAMESPACE)
            }
            kind => kind.resource().is_namespaced.then_some(names::MACHINE_NAMESPACE),
        }
    }
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum UnreadableReason {
    /// The user may not.
    Forbidden,
    /// The API server has no such kind.
    NotServed,
    /// The files that were read instead of a cluster do not tell. Holds why, in words: `not in DIR`, `withheld in DIR`.
    NotInFiles(String),
    /// Anything else, in words.
    Failed(String),
}

impl fmt::Display for UnreadableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden => f.write_str("forbidden"),
            Self::NotServed => f.write_str("not served by this cluster"),
            Self::NotInFiles(words) | Self::Failed(words) => f.write_str(words),
        }
    }
}

/// The answer to one SelfSubjectAccessReview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// `get`, `create`, `patch`, …
    pub verb: &'static str,
    /// On what kind.
    pub kind: Kind,
    /// In which namespace; `None` for cluster-scoped kinds.
    pub namespace: Option<&'static str>,
    /// On which object; `None` for all.
    pub name: Option<&'static str>,
    /// Indicates whether the API server allows the verb.
    pub is_allowed: bool,
}

impl Snapshot {
    /// A Snapshot that holds nothing yet.
    #[must_use]
    pub const fn new(read_at: Timestamp) -> Self {
        Self {
            read_at,
            unreadable: Vec::new(),
            permissions: Vec::new(),
            server_version: None,
            objects: BTreeMap::new(),
            metadata: BTreeMap::new(),
            nodes_with_pods: BTreeSet::new(),
        }
    }

    /// The same Snapshot with objects added; one that is there already is replaced.
    #[must_use]
    pub fn with_objects(mut self, objects: impl IntoIterator<Item = Object>) -> Self {
        for object in objects {
            self.insert(object);
        }
        self
    }

    /// Adds an object, or replaces it.
    pub fn insert(&mut self, object: Object) {
        self.metadata.remove(object.reference());
        self.objects.insert(object.reference().clone(), object);
    }

    /// Adds the metadata of an object whose body is not read. An object that is there as a whole stays.
    pub fn insert_metadata(&mut self, metadata: MetadataOnly) {
        if !self.objects.contains_key(metadata.reference()) {
            self.metadata.insert(metadata.reference().clone(), metadata);
        }
    }

    /// Notes that the Pods on a Node were read in every namespace.
    pub fn insert_pods_of(&mut self, node: &str) {
        self.nodes_with_pods.insert(node.to_owned());
    }

    /// Returns whether the Pods on a Node were read in every namespace. Without them, a Pod may run on the Node.
    #[must_use]
    pub fn holds_pods_of(&self, node: &str) -> bool {
        self.nodes_with_pods.contains(node)
    }

    /// Returns the metadata of an object of which nothing else was read.
    #[must_use]
    pub fn metadata_only(&self, reference: &ObjectRef) -> Option<&MetadataOnly> {
        self.metadata.get(reference)
    }

    /// Returns whether there are objects of which nothing but the metadata was read.
    #[must_use]
    pub fn holds_metadata_only(&self) -> bool {
        !self.metadata.is_empty()
    }

    /// Returns an object as far as it was read: unknown where nothing but its metadata was.
    #[must_use]
    pub fn body(&self, reference: &ObjectRef) -> Field<&Object> {
        match (self.objects.get(reference), self.metadata.get(reference)) {
            (Some(object), _) => Field::Known(object),
            (None, Some(_)) => Field::Unknown(Unknown::NotRead),
            (None, None) => Field::Absent,
        }
    }

    /// Removes an object.
    pub fn remove(&mut self, reference: &ObjectRef) {
        self.objects.remove(reference);
    }

    /// Returns one object.
    #[must_use]
    pub fn get(&self, reference: &ObjectRef) -> Option<&Object> {
        self.objects.get(reference)
    }

    /// A cluster-scoped object by name.
    #[must_use]
    pub fn cluster(&self, kind: Kind, name: &str) -> Option<&Object> {
        self.get(&ObjectRef::cluster(kind, name))
    }

    /// A Secret of the Machine API by name.
    #[must_use]
    pub fn machine_secret(&self, name: &str) -> Option<&Object> {
        self.get(&ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, name))
    }

    /// All objects of a kind, by namespace and name.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.objects.values().filter(move |object| object.reference().kind == kind)
    }

    /// Returns the resources that could not be read, without those that the release does not have. A cluster without
    /// a release is no OpenShift.
    pub fn unread(&self) -> impl Iterator<Item = &Unreadable> {
        let release = self.release();
        let has = move |kind: Kind| release.is_some_and(|it| kind.since() <= it);
        self.unreadable
            .iter()
            .filter(move |it| it.reason != UnreadableReason::NotServed || has(it.kind))
    }

    /// Why a kind could not be read, where it could not.
    #[must_use]
    pub fn why_unreadable(&self, kind: Kind) -> Option<&Unreadable> {
        self.unreadable.iter().find(|unreadable| unreadable.kind == kind)
    }

    /// Returns whether one object could not be read, so that its absence tells nothing.
    #[must_use]
    pub fn is_unreadable(&self, reference: &ObjectRef) -> bool {
        let (one, all) = (reference.to_string(), reference.kind.qualified());
        self.unreadable.iter().any(|it| it.what == one || it.what == all)
    }

    /// `infrastructure/cluster`.
    #[must_use]
    pub fn infrastructure(&self) -> Option<&Object> {
        self.cluster(Kind::Infrastructure, "cluster")
    }

    /// The name that the installer gave the cluster: `lab-x99n4`.
    #[must_use]
    pub fn infrastructure_name(&self) -> Option<&str> {
        self.infrastructure()?.text(names::INFRASTRUCTURE_NAME)
    }

    /// `clusterversion/version`.
    #[must_use]
    pub fn cluster_version(&self) -> Option<&Object> {
        self.cluster(Kind::ClusterVersion, "version")
    }

    /// Returns `ClusterVersion`, while an upgrade is in progress or stands still.
    #[must_use]
    pub fn upgrade_under_way(&self) -> Option<&Object> {
        self.cluster_version().filter(|_| self.is_upgrading() == Field::Known(true))
    }

    /// Returns whether an upgrade is in progress or stands still: the newest entry of the history is not completed.
    /// [`Field::Absent`] without a `ClusterVersion`.
    #[must_use]
    pub fn is_upgrading(&self) -> Field<bool> {
        let Some(version) = self.cluster_version() else { return Field::Absent };
        match version.list("/status/history").first() {
            Some(entry) if entry["state"] == "Partial" => Field::Known(true),
            _ => match version.condition_state("Progressing") {
                Field::Absent => Field::Unknown(Unknown::Undetermined),
                state => state,
            },
        }
    }

    /// The release that runs: the newest completed one, or the installed one while it installs.
    ///
    /// An entry of the history may have no version, because the operator did not know it yet. The newest
    /// entry is then what the cluster is to be, and an older one stays unknown: the release before it is
    /// another one.
    #[must_use]
    pub fn release(&self) -> Option<Release> {
        self.version()?.parse().ok()
    }

    /// The whole version of that release, such as `4.20.0-rc.2`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        let version = self.cluster_version()?;
        let history = version.list("/status/history");
        let desired = || version.text("/status/desired/version");
        match history.iter().position(|entry| entry["state"] == "Completed") {
            Some(at) => {
                let written = history[at]["version"].as_str().filter(|it| !it.is_empty());
                written.or_else(|| desired().filter(|_| at == 0))
            }
            None => desired(),
        }
    }

    /// Returns whether the cluster runs OKD, whose operating system is not that of OpenShift.
    #[must_use]
    pub fn is_okd(&self) -> bool {
        self.version().is_some_and(|it| it.contains("okd"))
    }

    /// The version with which the cluster was installed, as far as the history has it.
    #[must_use]
    pub fn installed_version(&self) -> Option<&str> {
        self.cluster_version()?.list("/status/history").last()?.get("version")?.as_str()
    }

    /// The release that the cluster was told to run; the running one when nothing else was asked.
    #[must_use]
    pub fn desired_release(&self) -> Option<Release> {
        let version = self.cluster_version()?;
        ["/spec/desiredUpdate/version", "/status/desired/version"]
            .into_iter()
            .filter_map(|pointer| version.text(pointer)?.parse().ok())
            .max()
    }

    /// The newer of the release that is installed and of the release that is desired: during an upgrade, the cluster has
    /// objects of both.
    #[must_use]
    pub fn newest_release(&self) -> Option<Release> {
        self.release().max(self.desired_release())
    }

    /// A pool by name.
    #[must_use]
    pub fn pool(&self, name: &str) -> Option<&Object> {
        self.cluster(Kind::MachineConfigPool, name)
    }

    /// Returns the name of the MachineConfig that the operator rendered last for a pool.
    #[must_use]
    pub fn rendered_name(&self, pool: &str) -> Option<&str> {
        self.pool(pool)?.text("/spec/configuration/name")
    }

    /// A MachineConfig by name.
    #[must_use]
    pub fn machine_config(&self, name: &str) -> Option<&Object> {
        self.cluster(Kind::MachineConfig, name)
    }

    /// The MachineConfigs of a role: those with its label, never rendered ones. A MachineConfig of `init` is of the role
    /// etcd alone: with another label, the MachineConfig is out of its place (`check::other_pools`).
    pub fn machine_configs_of(&self, role: &'static str) -> impl Iterator<Item = &Object> {
        self.all(Kind::MachineConfig).filter(move |object| {
            object.label(names::MACHINE_CONFIG_ROLE) == Some(role)
                && !object.name().starts_with("rendered-")
                && (role == names::ETCD || !is_of_init(object))
        })
    }

    /// The Machines of a role.
    pub fn machines_of(&self, role: &'static str) -> impl Iterator<Item = &Object> {
        self.all(Kind::Machine)
            .filter(move |machine| machine.label(names::MACHINE_ROLE) == Some(role))
    }

    /// The Nodes that carry the etcd role label.
    pub fn etcd_nodes(&self) -> impl Iterator<Item = &Object> {
        self.all(Kind::Node).filter(|node| node.label(names::NODE_ROLE_ETCD).is_some())
    }

    /// Returns the rendered MachineConfig that the pool etcd has or is to have, if it was read.
    #[must_use]
    pub fn rendered_etcd(&self) -> Option<&Object> {
        self.machine_config(self.rendered_name(names::ETCD)?)
    }

    /// Returns whether etcd Nodes may exist: one was read, the pool or a Machine counts one, or the Nodes were not read.
    #[must_use]
    pub fn may_have_etcd_nodes(&self) -> bool {
        let counted = self.pool(names::ETCD).and_then(|it| it.integer("/status/machineCount"));
        self.why_unreadable(Kind::Node).is_some()
            || self.etcd_nodes().next().is_some()
            || counted.is_some_and(|it| it > 0)
            || self.machines_of(names::ETCD).any(|it| it.get("/status/nodeRef").is_some())
    }

    /// The name of a Machine's Node, whether the Node itself is there or not.
    #[must_use]
    pub fn node_name_of<'a>(&'a self, machine: &'a Object) -> Option<&'a str> {
        self.node_of(machine).map(Object::name).or_else(|| machine.text("/status/nodeRef/name"))
    }

    /// Returns the architecture of the masters, as one of their Nodes tells it: `amd64`.
    #[must_use]
    pub fn masters_architecture(&self) -> Option<&str> {
        let mut nodes = self.machines_of(names::MASTER).filter_map(|it| self.node_of(it));
        nodes.find_map(|it| it.text("/status/nodeInfo/architecture"))
    }

    /// Returns the Node of a Machine: by the Machine's own reference, else by what the Node says. A Node that registers
    /// under another name is another Node, until the Machine API changes the reference.
    #[must_use]
    pub fn node_of(&self, machine: &Object) -> Option<&Object> {
        let named = machine.text("/status/nodeRef/name");
        let named = named.and_then(|it| self.cluster(Kind::Node, it));
        named.or_else(|| self.all(Kind::Node).find(|node| is_node_of(node, machine)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_release_is_known_without_the_version_of_an_entry_where_it_can_be() {
        let entry = |state: &str, version: &str| json!({"state": state, "version": version});
        let running = |history: serde_json::Value, desired: &str| {
            let status = json!({"history": history, "desired": {"version": desired}});
            let version = Object::new(ObjectRef::cluster(Kind::ClusterVersion, "version"));
            let snapshot = Snapshot::new(Timestamp::UNIX_EPOCH);
            let release = snapshot.with_objects([version.with("status", status)]).release();
            release.map(|it| it.to_string())
        };
        let is = |text: &str| Some(text.to_owned());
        let (partial, old) = (entry("Partial", ""), entry("Completed", "4.16.8"));
        assert_eq!(running(json!([partial, old]), "4.16.9"), is("4.16.8"));
        assert_eq!(running(json!([{"state": "Completed"}, old]), "4.16.9"), is("4.16.9"));
        assert_eq!(running(json!([partial, entry("Completed", ""), old]), "4.16.10"), None);
        assert_eq!(running(json!([entry("Partial", "4.16.8")]), "4.16.8"), is("4.16.8"));
    }
}
