//! The queries of a scope: which objects are read, watched or listed, with the selectors that the API server gets.

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::ordered_by_etcd_pool;
use crate::model::object::{Object, ObjectRef};

/// The label of the Nodes of masters.
pub(super) const MASTER_NODES: &str = "node-role.kubernetes.io/master";

/// A label selector: the Nodes that have none of these roles, and that no pool selects by its role.
pub(super) const NODES_WITHOUT_ROLE: &str = "!node-role.kubernetes.io/control-plane,\
    !node-role.kubernetes.io/etcd,!node-role.kubernetes.io/infra,!node-role.kubernetes.io/master,\
    !node-role.kubernetes.io/worker";

/// A query of a scope.
#[derive(Clone, Debug)]
pub(crate) enum ObjectQuery {
    Get(ObjectRef),
    /// The metadata of an object, without the body.
    Metadata(ObjectRef),
    /// A rendered MachineConfig, without what is in its files.
    Rendered(ObjectRef),
    List {
        kind: Kind,
        namespace: Option<&'static str>,
        labels: Option<String>,
        /// The names of objects that the list leaves out.
        without: &'static [&'static str],
    },
    /// The Pods on a Node, in every namespace. As of every list of Pods, those with an etcd are kept.
    PodsOn(String),
}

/// Objects to watch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Watched {
    pub(in crate::cluster) kind: Kind,
    pub(in crate::cluster) namespace: Option<String>,
    pub(in crate::cluster) config: kube::runtime::watcher::Config,
}

impl Watched {
    pub(super) fn of(query: &ObjectQuery) -> Self {
        let config = kube::runtime::watcher::Config::default();
        match query {
            ObjectQuery::Get(reference)
            | ObjectQuery::Metadata(reference)
            | ObjectQuery::Rendered(reference) => Self {
                kind: reference.kind,
                namespace: reference.namespace.clone(),
                config: config.fields(&format!("metadata.name={}", reference.name)),
            },
            // The objects that a list leaves out are watched all the same: they are read where they matter.
            ObjectQuery::List { kind, namespace, labels, .. } => Self {
                kind: *kind,
                namespace: namespace.map(str::to_owned),
                config: match labels {
                    Some(labels) => config.labels(labels),
                    None => config,
                },
            },
            ObjectQuery::PodsOn(node) => {
                Self { kind: Kind::Pod, namespace: None, config: config.fields(&on_node(node)) }
            }
        }
    }
}

impl ObjectQuery {
    /// Returns the query for the Nodes of the masters.
    pub(super) fn master_nodes() -> Self {
        let labels = Some(MASTER_NODES.to_owned());
        Self::List { kind: Kind::Node, namespace: None, labels, without: &[] }
    }

    /// Returns the query for the MachineConfigs of the masters.
    pub(super) fn sources() -> Self {
        let labels = Some(any_of(names::MACHINE_CONFIG_ROLE, &[names::MASTER]));
        Self::List { kind: Kind::MachineConfig, namespace: None, labels, without: &[] }
    }

    /// Returns the query for all MachineSets.
    pub(super) const fn machine_sets() -> Self {
        let namespace = Some(names::MACHINE_NAMESPACE);
        Self::List { kind: Kind::MachineSet, namespace, labels: None, without: &[] }
    }

    /// Returns the query for the ControlPlaneMachineSet.
    pub(super) const fn control_plane_machine_sets() -> Self {
        let namespace = Some(names::MACHINE_NAMESPACE);
        Self::List { kind: Kind::ControlPlaneMachineSet, namespace, labels: None, without: &[] }
    }

    /// The query for all objects of a kind, such as rendered MachineConfigs and Nodes of workers. For files only.
    pub(super) const fn every(kind: Kind) -> Self {
        Self::List { kind, namespace: None, labels: None, without: &[] }
    }

    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Self::Get(reference) | Self::Metadata(reference) | Self::Rendered(reference) => {
                reference.kind
            }
            Self::List { kind, .. } => *kind,
            Self::PodsOn(_) => Kind::Pod,
        }
    }

    /// Returns whether an object of the answer matters. Of the Nodes without a role, those matter to which the etcd pool gave a
    /// configuration.
    pub(super) fn keeps(&self, object: &Object) -> bool {
        let Self::List { labels: Some(labels), .. } = self else { return true };
        labels != NODES_WITHOUT_ROLE || ordered_by_etcd_pool(object).is_some()
    }

    pub(super) fn what(&self) -> String {
        match self {
            Self::Get(reference) | Self::Metadata(reference) | Self::Rendered(reference) => {
                reference.to_string()
            }
            Self::List { kind: Kind::Pod, namespace: Some(namespace), .. } => {
                format!("{} in {namespace}", Kind::Pod.qualified())
            }
            Self::List { kind, .. } => kind.qualified(),
            Self::PodsOn(_) => Kind::Pod.qualified(),
        }
    }
}

/// A field selector: the Pods on a Node.
pub(in crate::cluster) fn on_node(node: &str) -> String {
    format!("spec.nodeName={node}")
}

/// Returns a field selector: all but the objects of these names.
pub(super) fn without(names: &[&str]) -> Option<String> {
    let fields: Vec<String> = names.iter().map(|it| format!("metadata.name!={it}")).collect();
    (!fields.is_empty()).then(|| fields.join(","))
}

/// A label selector: the objects that oc-etcd created.
pub(super) fn mark() -> String {
    let (key, value) = names::MANAGED_BY;
    format!("{key}={value}")
}

/// A label selector: one of these values.
pub(super) fn any_of(label: &str, values: &[&str]) -> String {
    match values {
        [only] => format!("{label}={only}"),
        several => format!("{label} in ({})", several.join(",")),
    }
}
