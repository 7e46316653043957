//! Kinds of which the objects in the files contradict one another: a Node that a pool counts is not there, or several
//! machines have one address, as a sanitizer leaves them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::withheld::may_have_label;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::openshift::members::internal_addresses;

/// Returns the kinds whose objects are not known, and why.
pub(super) fn kinds(objects: &BTreeMap<ObjectRef, Object>) -> Vec<(Kind, String)> {
    let shared = [Kind::Node, Kind::Machine]
        .into_iter()
        .filter_map(|kind| Some((kind, shared_address(objects, kind)?)));
    let missing = of(objects, Kind::MachineConfigPool).find_map(|it| missing_nodes(objects, it));
    shared.chain(missing.map(|it| (Kind::Node, it))).collect()
}

fn of(objects: &BTreeMap<ObjectRef, Object>, kind: Kind) -> impl Iterator<Item = &Object> {
    objects.values().filter(move |it| it.reference().kind == kind)
}

/// Returns that a pool counts more Nodes than its selector can find and than Machines of its role name. A Node that a
/// Machine names is unknown by its name; without a Node in the files, the kind is unknown anyway.
fn missing_nodes(objects: &BTreeMap<ObjectRef, Object>, pool: &Object) -> Option<String> {
    let counted = usize::try_from(pool.integer("/status/machineCount")?).ok()?;
    let labels = pool.get("/spec/nodeSelector/matchLabels")?.as_object()?;
    let has = |node: &Object, (key, value): (&String, &Value)| {
        node.label(key) == value.as_str() || may_have_label(node, key)
    };
    of(objects, Kind::Node).next()?;
    let found = of(objects, Kind::Node).filter(|node| labels.iter().all(|it| has(node, it)));
    let found = found.count();
    let is_lacking = |node: &&str| !objects.contains_key(&ObjectRef::cluster(Kind::Node, *node));
    let machines = of(objects, Kind::Machine)
        .filter(|it| it.label(names::MACHINE_ROLE) == Some(pool.name()))
        .filter_map(|it| it.text("/status/nodeRef/name"));
    (found + machines.filter(is_lacking).count() < counted).then(|| {
        let pool = pool.reference();
        format!("{pool} counts {counted} Nodes, and the files contain {found} of them")
    })
}

fn shared_address(objects: &BTreeMap<ObjectRef, Object>, kind: Kind) -> Option<String> {
    let mut seen = BTreeMap::new();
    of(objects, kind).find_map(|it| {
        let mut known = internal_addresses(it).flatten();
        let other: &Object =
            known.find_map(|at| seen.insert(at, it).filter(|other| *other != it))?;
        Some(format!("{} and {} have the same address", other.reference(), it.reference()))
    })
}
