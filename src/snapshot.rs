//! All that one run read: which objects, when, and what could not be read.
//!
//! A Snapshot is filled by `cluster::read` from an API server, or by `archive` from files. Everything after it is pure: the same Snapshot and request give the same Plan.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::Serialize;

use crate::kind::Kind;
use crate::object::{Object, ObjectRef};
use crate::release::Release;
use crate::role;

/// What one run read.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// When reading began.
    pub read_at: Timestamp,
    /// What could not be read, and why.
    pub unreadable: Vec<Unreadable>,
    /// What the user may do, where that was asked.
    pub permissions: Vec<Permission>,
    /// The Kubernetes version of the API server, where that was asked.
    pub server_version: Option<String>,
    objects: BTreeMap<ObjectRef, Object>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// What was asked for: a kind's qualified plural, `secrets/master-user-data`, or
    /// `pods in openshift-etcd`.
    pub what: String,
    /// The kind that was asked for.
    #[serde(skip)]
    pub kind: Kind,
    /// Why it could not be read.
    pub reason: UnreadableReason,
}

impl Unreadable {
    /// What was tried: `get` for one object, `list` for all of a kind.
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
            Kind::ConfigMap => Some(role::ETCD_ENDPOINTS.0),
            // Those of a Node are listed in every namespace.
            Kind::Pod => self.what.ends_with(role::ETCD_NAMESPACE).then_some(role::ETCD_NAMESPACE),
            kind => kind.resource().is_namespaced.then_some(role::MACHINE_NAMESPACE),
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
    /// The files that were read instead of a cluster do not tell. Holds where they are.
    NotInFiles(String),
    /// Anything else, in words.
    Failed(String),
}

impl fmt::Display for UnreadableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden => f.write_str("forbidden"),
            Self::NotServed => f.write_str("not served by this cluster"),
            Self::NotInFiles(place) => write!(f, "not in {place}"),
            Self::Failed(words) => f.write_str(words),
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
    /// Whether the API server allows it.
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
        self.objects.insert(object.reference().clone(), object);
    }

    /// Removes an object.
    pub fn remove(&mut self, reference: &ObjectRef) {
        self.objects.remove(reference);
    }

    /// One object.
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
        self.get(&ObjectRef::namespaced(Kind::Secret, role::MACHINE_NAMESPACE, name))
    }

    /// All objects of a kind, by namespace and name.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.objects.values().filter(move |object| object.reference().kind == kind)
    }

    /// Why a kind could not be read, where it could not.
    #[must_use]
    pub fn why_unreadable(&self, kind: Kind) -> Option<&Unreadable> {
        self.unreadable.iter().find(|unreadable| unreadable.kind == kind)
    }

    /// Whether one object could not be read, so that its absence tells nothing.
    #[must_use]
    pub fn is_unreadable(&self, reference: &ObjectRef) -> bool {
        let (one, all) = (reference.to_string(), reference.kind.qualified());
        self.unreadable.iter().any(|it| it.what == one || it.what == all)
    }

    /// `infrastructures/cluster`.
    #[must_use]
    pub fn infrastructure(&self) -> Option<&Object> {
        self.cluster(Kind::Infrastructure, "cluster")
    }

    /// The name that the installer gave the cluster: `lab-x99n4`.
    #[must_use]
    pub fn infrastructure_name(&self) -> Option<&str> {
        self.infrastructure()?.text("/status/infrastructureName")
    }

    /// `clusterversions/version`.
    #[must_use]
    pub fn cluster_version(&self) -> Option<&Object> {
        self.cluster(Kind::ClusterVersion, "version")
    }

    /// The release that runs: the newest completed one, or the installed one while it installs.
    #[must_use]
    pub fn release(&self) -> Option<Release> {
        let version = self.cluster_version()?;
        version
            .list("/status/history")
            .iter()
            .find(|entry| entry["state"] == "Completed")
            .and_then(|entry| entry["version"].as_str())
            .or_else(|| version.text("/status/desired/version"))?
            .parse()
            .ok()
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

    /// A pool by name.
    #[must_use]
    pub fn pool(&self, name: &str) -> Option<&Object> {
        self.cluster(Kind::MachineConfigPool, name)
    }

    /// A MachineConfig by name.
    #[must_use]
    pub fn machine_config(&self, name: &str) -> Option<&Object> {
        self.cluster(Kind::MachineConfig, name)
    }

    /// The MachineConfigs that a role's pool selects: those with its label, never rendered ones.
    pub fn machine_configs_of(&self, role: &'static str) -> impl Iterator<Item = &Object> {
        self.all(Kind::MachineConfig).filter(move |object| {
            object.label(role::MACHINE_CONFIG_ROLE) == Some(role)
                && !object.name().starts_with("rendered-")
        })
    }

    /// The Machines of a role.
    pub fn machines_of(&self, role: &'static str) -> impl Iterator<Item = &Object> {
        self.all(Kind::Machine)
            .filter(move |machine| machine.label(role::MACHINE_ROLE) == Some(role))
    }

    /// The Nodes that carry the etcd role label.
    pub fn etcd_nodes(&self) -> impl Iterator<Item = &Object> {
        self.all(Kind::Node).filter(|node| node.label(role::NODE_ROLE_ETCD).is_some())
    }

    /// The name of a Machine's Node, whether the Node itself is there or not.
    #[must_use]
    pub fn node_name_of<'a>(&'a self, machine: &'a Object) -> Option<&'a str> {
        machine.text("/status/nodeRef/name").or_else(|| self.node_of(machine).map(Object::name))
    }

    /// The Node of a Machine: by the Machine's own reference, else by the Node's annotation.
    #[must_use]
    pub fn node_of(&self, machine: &Object) -> Option<&Object> {
        if let Some(name) = machine.text("/status/nodeRef/name") {
            return self.cluster(Kind::Node, name);
        }
        let wanted = format!("{}/{}", role::MACHINE_NAMESPACE, machine.name());
        self.all(Kind::Node)
            .find(|node| node.annotation(role::NODE_MACHINE) == Some(wanted.as_str()))
    }
}

/// An IP address, however it is written: with the brackets that one of IPv6 has in a URL, or without. `None`
/// when it is none.
#[must_use]
pub fn address(text: &str) -> Option<IpAddr> {
    text.trim().trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether we made an object: it carries our label and names its source.
#[must_use]
pub fn is_ours(object: &Object) -> bool {
    object.label(role::MANAGED_BY.0) == Some(role::MANAGED_BY.1)
        && object.annotation(role::SOURCE).is_some()
}

/// Whether it is a copy of ours that the operator has not taken over by giving it an owner.
#[must_use]
pub fn is_only_ours(machine_config: &Object) -> bool {
    is_ours(machine_config)
        && machine_config.list("/metadata/ownerReferences").is_empty()
        && machine_config.annotation(role::GENERATED_BY).is_none()
}

/// Whether the Machine Config Operator generates a MachineConfig that is not one of its templates'.
///
/// Its annotation alone does not tell: `99-master-generated-registries` has an owner instead, and
/// `00-override-master-generated-crio-default-ulimits` has neither (MCO
/// `pkg/controller/container-runtime-config`).
#[must_use]
pub fn is_generated_by_operator(machine_config: &Object) -> bool {
    let name = machine_config.name();
    if is_template(name) {
        return false;
    }
    machine_config.annotation(role::GENERATED_BY).is_some()
        || is_owned_by_operator(machine_config)
        || name.split('-').any(|word| word == "generated")
        || name.ends_with("-internalreleaseimage")
}

/// Whether an object of the operator's, or one that it carries out, owns a MachineConfig: an Image, a
/// KubeletConfig. Not every such owner is marked as the controller.
fn is_owned_by_operator(machine_config: &Object) -> bool {
    let groups = ["config.openshift.io/", "machineconfiguration.openshift.io/"];
    machine_config.list("/metadata/ownerReferences").iter().any(|owner| {
        let version = owner["apiVersion"].as_str().unwrap_or_default();
        groups.iter().any(|group| version.starts_with(group))
    })
}

/// Whether a MachineConfig of the masters is one of the three that come from templates.
#[must_use]
pub fn is_template(name: &str) -> bool {
    TEMPLATES.contains(&name)
}

/// The MachineConfigs that the operator renders from templates for the masters.
pub const TEMPLATES: [&str; 3] = ["00-master", "01-master-container-runtime", "01-master-kubelet"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn machine_config(name: &str, metadata: &serde_json::Value) -> Object {
        let mut body = json!({
            "apiVersion": "machineconfiguration.openshift.io/v1",
            "kind": "MachineConfig",
            "metadata": metadata,
        });
        body["metadata"]["name"] = name.into();
        Object::from_value(body).unwrap()
    }

    #[test]
    fn what_the_operator_generates_is_known_by_annotation_owner_or_name() {
        let annotated = json!({"annotations": {role::GENERATED_BY: "7327"}});
        let owned =
            json!({"ownerReferences": [{"apiVersion": "config.openshift.io/v1", "kind": "Image"}]});
        for (name, metadata, expected) in [
            ("00-master", annotated.clone(), false),
            ("01-master-kubelet", annotated.clone(), false),
            ("97-master-generated-kubelet", annotated, true),
            ("99-master-registries", owned, true),
            ("00-override-master-generated-crio-default-ulimits", json!({}), true),
            ("02-master-internalreleaseimage", json!({}), true),
            ("50-master-auto-sizing-disabled", json!({"annotations": {"x": "y"}}), false),
            ("99-master-ssh", json!({}), false),
            ("99-master-autogenerated-by-me", json!({}), false),
        ] {
            let object = machine_config(name, &metadata);
            assert_eq!(is_generated_by_operator(&object), expected, "{name}");
        }
    }
}
