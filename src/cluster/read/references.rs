//! The objects that must exist: objects that other objects name, and objects that every cluster has.
//!
//! An API server tells that such an object does not exist. Files that lack the object do not tell, because somebody may
//! have left the object out: one file per object is how `oc adm inspect` writes. Talks to nobody.

use kube_core::SelectorExt as _;
use serde_json::Value;

use super::{ObjectQuery, Scope};
use crate::check::node_pools::selector;
use crate::check::operators::{MACHINE_API, OPERATORS};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::ordered_by_etcd_pool;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::openshift::members;

/// Returns the objects of the kinds in the scope that must exist, by what was read, and by the Nodes of the masters.
/// `rendered` are the rendered MachineConfigs.
pub(super) fn expected(
    snapshot: &Snapshot,
    masters: &[Object],
    rendered: &[Object],
    scope: &Scope,
) -> Vec<ObjectRef> {
    let is_read = |it: &ObjectRef| scope.queries.iter().any(|query| query.kind() == it.kind);
    let of_pools = POOLS.into_iter().filter_map(|it| snapshot.pool(it)).flat_map(sources);
    let of_nodes = snapshot.all(Kind::Node).chain(masters).filter_map(machine_of);
    let of_machines = snapshot.all(Kind::Machine).filter_map(node_of);
    let of_etcd = snapshot.all(Kind::Etcd);
    let of_etcd = of_etcd.flat_map(|it| nodes_of_members(it).chain(pods_of_members(it)));
    let pools =
        rendered.iter().flat_map(pool_of).chain(snapshot.etcd_nodes().filter_map(pool_of_node));
    let named = of_pools.chain(of_nodes).chain(of_machines).chain(of_etcd).chain(pools);
    let named = named.filter(is_read);
    named.chain(everywhere().filter(|it| scope.asks_for(it))).collect()
}

/// The pools whose MachineConfigs are read.
const POOLS: [&str; 3] = [names::MASTER, names::WORKER, names::ETCD];

/// Returns whether the Nodes are all Nodes that the pools count, and each is in a pool. A Node that another object names
/// and that is not there was then deleted: a Machine keeps the name of its Node (Machine API `pkg/controller/nodelink`).
pub(super) fn are_all_counted(pools: &[Object], nodes: &[Object]) -> bool {
    let known = |pool| match selector(pool, "/spec/nodeSelector") {
        Field::Known(selector) => Some((pool.name(), selector)),
        _ => None,
    };
    let Some(selectors) = pools.iter().map(known).collect::<Option<Vec<_>>>() else { return false };
    // As the operator decides (MCO `pkg/helpers/helpers.go`, `GetPoolsForNode`).
    let pool_of = |node: &Object| {
        let labels = node.get("/metadata/labels").cloned().unwrap_or_default();
        let labels = serde_json::from_value(labels).unwrap_or_default();
        let all = selectors.iter().filter(|(_, it)| it.matches(&labels)).map(|(name, _)| *name);
        let (builtin, custom): (Vec<&str>, Vec<&str>) =
            all.partition(|it| [names::MASTER, names::WORKER].contains(it));
        match custom.as_slice() {
            _ if builtin.contains(&names::MASTER) => Some(names::MASTER),
            [] => builtin.first().copied(),
            [one] => Some(*one),
            _ => None,
        }
    };
    let of_nodes: Vec<Option<&str>> = nodes.iter().map(pool_of).collect();
    let is_counted = |pool: &Object| {
        let found = of_nodes.iter().filter(|it| **it == Some(pool.name())).count();
        pool.integer("/status/machineCount") == i64::try_from(found).ok()
    };
    let is_there = |name: &&str| pools.iter().any(|it| it.name() == *name);
    POOLS.iter().all(is_there) && !of_nodes.contains(&None) && pools.iter().all(is_counted)
}

/// The objects that every cluster has.
fn everywhere() -> impl Iterator<Item = ObjectRef> {
    let operators = OPERATORS.into_iter().chain([MACHINE_API]);
    let operators = operators.map(|it| ObjectRef::cluster(Kind::ClusterOperator, it));
    let pools =
        [names::MASTER, names::WORKER].map(|it| ObjectRef::cluster(Kind::MachineConfigPool, it));
    let single = [
        ObjectRef::cluster(Kind::Infrastructure, "cluster"),
        ObjectRef::cluster(Kind::ClusterVersion, "version"),
        ObjectRef::cluster(Kind::Etcd, "cluster"),
        members::endpoints(),
        ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, names::MASTER_USER_DATA),
    ];
    operators.chain(pools).chain(single)
}

/// The MachineConfigs from which the operator rendered a pool last. The operator renders the pool again as soon as one
/// of them is deleted, whether the pool is paused or not.
fn sources(pool: &Object) -> impl Iterator<Item = ObjectRef> {
    let all = pool.list("/spec/configuration/source").iter();
    all.filter_map(|it| Some(ObjectRef::cluster(Kind::MachineConfig, it["name"].as_str()?)))
}

/// The pool that owns a rendered MachineConfig, which is deleted with its pool.
fn pool_of(rendered: &Object) -> impl Iterator<Item = ObjectRef> {
    let owners = rendered.list("/metadata/ownerReferences").iter();
    let pools = owners.filter(|it| it["kind"] == "MachineConfigPool");
    let names = pools.filter_map(|it| it["name"].as_str()).filter(|it| POOLS.contains(it));
    names.map(|it| ObjectRef::cluster(Kind::MachineConfigPool, it))
}

/// The etcd pool, from whose rendered MachineConfig a Node is to be configured.
fn pool_of_node(node: &Object) -> Option<ObjectRef> {
    ordered_by_etcd_pool(node).map(|_| ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD))
}

/// The Machine that a Node names.
fn machine_of(node: &Object) -> Option<ObjectRef> {
    let (namespace, name) = node.annotation(names::NODE_MACHINE)?.split_once('/')?;
    Some(ObjectRef::namespaced(Kind::Machine, namespace, name))
}

/// The Node that a Machine names. The Node of a Machine that is being deleted goes first.
fn node_of(machine: &Object) -> Option<ObjectRef> {
    let name = machine.text("/status/nodeRef/name").filter(|_| !machine.is_terminating())?;
    Some(ObjectRef::cluster(Kind::Node, name))
}

/// The Nodes of the masters, which etcd's operator lists.
fn nodes_of_members(etcd: &Object) -> impl Iterator<Item = ObjectRef> {
    let all = etcd.list("/status/nodeStatuses").iter();
    all.filter_map(|it| Some(ObjectRef::cluster(Kind::Node, it["nodeName"].as_str()?)))
}

/// The Pods of etcd on these Nodes. A Node that the operator has not brought to a revision yet has none (library-go
/// `pkg/operator/staticpod`); the field is 0 then, or missing where other Nodes have the field.
fn pods_of_members(etcd: &Object) -> impl Iterator<Item = ObjectRef> {
    let all = etcd.list("/status/nodeStatuses").iter();
    let is_told = all.clone().any(|it| it["currentRevision"].as_u64() > Some(0));
    let has_none =
        move |it: &Value| it["currentRevision"] == 0 || is_told && it["currentRevision"].is_null();
    let all = all.filter(move |it| !has_none(it));
    let names = all.filter_map(|it| Some(format!("etcd-{}", it["nodeName"].as_str()?)));
    names.map(|it| ObjectRef::namespaced(Kind::Pod, names::ETCD_NAMESPACE, it))
}

impl Scope {
    /// Returns whether a query is for one object, or for all objects of its kind.
    pub(super) fn asks_for(&self, reference: &ObjectRef) -> bool {
        self.queries.iter().any(|query| match query {
            ObjectQuery::List { kind, labels: None, .. } => *kind == reference.kind,
            query => query.reference() == Some(reference),
        })
    }
}
