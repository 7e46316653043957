//! Facts about a Node: the Machine to which it belongs, and whether it belongs to the control plane.

use jiff::Timestamp;
use serde_json::Value;

use crate::model::names;
use crate::model::object::Object;

/// Returns whether a Node that names a Machine is a Node of this Machine. The Node may be left from an earlier Machine with
/// the same name: such a Node has another instance, or is older than the Machine.
#[must_use]
pub fn is_node_of(node: &Object, machine: &Object) -> bool {
    let named = node.annotation(names::NODE_MACHINE).and_then(|it| it.split_once('/'));
    if named != Some((names::MACHINE_NAMESPACE, machine.name())) {
        return false;
    }
    let instance = |it| Object::text(it, "/spec/providerID");
    if let (Some(of_node), Some(of_machine)) = (instance(node), instance(machine)) {
        return of_node == of_machine;
    }
    let created =
        |it: &Object| -> Option<Timestamp> { it.text("/metadata/creationTimestamp")?.parse().ok() };
    let is_older =
        created(node).zip(created(machine)).is_some_and(|(node, machine)| node < machine);
    !is_older
}

/// Returns whether a Node has a label of the control plane.
pub(crate) fn is_control_plane(node: &Object) -> bool {
    names::NODE_ROLES_OF_CONTROL_PLANE.iter().any(|label| node.label(label).is_some())
}

/// Returns the roles of a Node, by its labels: `control-plane`, `etcd`.
pub(crate) fn roles(node: &Object) -> impl Iterator<Item = &str> {
    let labels = node.get("/metadata/labels").and_then(Value::as_object);
    let keys = labels.into_iter().flat_map(|it| it.keys());
    keys.filter_map(|it| it.strip_prefix(names::NODE_ROLE_PREFIX))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    fn object(reference: ObjectRef, created: Option<&str>, instance: Option<&str>) -> Object {
        let names_machine = [(names::NODE_MACHINE, "openshift-machine-api/m")];
        let mut body = Object::new(reference).with_annotations(names_machine).into_body();
        body["metadata"]["creationTimestamp"] = created.map_or(Value::Null, Value::from);
        body["spec"] = json!({ "providerID": instance });
        Object::from_value(body).unwrap()
    }

    #[test]
    fn a_node_of_an_earlier_machine_is_not_a_node_of_the_machine() {
        let (early, late) = (Some("2024-08-21T08:00:00Z"), Some("2024-08-21T09:00:00Z"));
        for (node, machine, expected) in [
            ((late, None), (early, None), true),
            ((early, None), (early, None), true),
            ((early, None), (late, None), false),
            ((early, Some("a")), (late, Some("a")), true),
            ((late, Some("a")), (early, Some("b")), false),
            ((early, Some("a")), (late, None), false),
            ((None, None), (late, None), true),
        ] {
            let node = object(ObjectRef::cluster(Kind::Node, "n"), node.0, node.1);
            let machine = object(ObjectRef::machine("m"), machine.0, machine.1);
            assert_eq!(
                is_node_of(&node, &machine),
                expected,
                "{:?} {:?}",
                node.body(),
                machine.body()
            );
            let other = object(ObjectRef::machine("o"), None, None);
            assert!(!is_node_of(&node, &other));
        }
    }
}
