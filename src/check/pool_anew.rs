//! How the etcd pool is made anew, where the pool has Nodes whose disks cannot be changed: the Machine Config Operator
//! refuses other disks for a rendered pool, and `00-etcd-disk` takes only a disk that it has prepared, or an empty one.

use super::overriding;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::{Snapshot, is_ours};

/// Returns whether `teardown` removes the whole pool with its Machines.
pub(super) fn is_of_oc_etcd(snapshot: &Snapshot) -> bool {
    snapshot.pool(names::ETCD).is_some_and(is_ours)
        && snapshot.machines_of(names::ETCD).all(is_ours)
}

/// Returns what not to do about an object while etcd Nodes exist, and how the pool is made anew without `objects`.
pub(crate) fn anew(snapshot: &Snapshot, objects: &[ObjectRef]) -> String {
    let way = way(snapshot, objects);
    let has_machines = snapshot.machines_of(names::ETCD).next().is_some();
    if has_machines || snapshot.may_have_etcd_nodes() {
        return format!("do not edit or delete the object while etcd nodes exist; {way}");
    }
    format!("inspect the object; if it is not needed: {way}")
}

/// Returns how the pool is made anew, without objects of others.
pub(crate) fn way(snapshot: &Snapshot, objects: &[ObjectRef]) -> String {
    let machines: Vec<&str> = snapshot.machines_of(names::ETCD).map(Object::name).collect();
    let pool = ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD);
    let copies = overriding::overriding(snapshot).into_iter().filter(|it| it.is_copy);
    let copies = copies.map(|it| it.object.reference()).filter(|it| !objects.contains(it));
    let deleted = [&pool].into_iter().chain(objects).chain(copies);
    let deleted = deleted.map(ObjectRef::to_string).collect::<Vec<_>>().join(" ");
    let then = format!("`oc delete {deleted}`, then `oc etcd init`");
    match snapshot.etcd_nodes().next() {
        _ if !machines.is_empty() => format!(
            "to make the pool anew, if its nodes may be replaced: `oc etcd remove-machine {}`, then {then}",
            machines.join(" ")
        ),
        Some(node) => {
            format!("to make the pool anew, remove the nodes, such as {}, then {then}", node.name())
        }
        None if snapshot.may_have_etcd_nodes() => {
            format!("to make the pool anew without them: {then}")
        }
        None => then,
    }
}
