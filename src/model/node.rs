//! Facts about a Node: the Machine to which it belongs, and whether it belongs to the control plane.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use crate::model::field::{Masking, masking};
use crate::model::names;
use crate::model::object::Object;

/// Returns whether somebody cordoned a Node, as far as this is known.
#[must_use]
pub fn is_cordoned(node: &Object) -> bool {
    node.get("/spec/unschedulable") == Some(&true.into())
}

/// Returns the rendered MachineConfig of the etcd pool that a Node is to have, if the operator gave the Node one.
#[must_use]
pub(crate) fn ordered_by_etcd_pool(node: &Object) -> Option<&str> {
    node.annotation(names::DESIRED_CONFIG).filter(|it| it.starts_with(names::RENDERED))
}

/// Returns whether a Node is the Node of a Machine: by the Machine that the Node names, else by their instance, else by an
/// internal address, as OpenShift's nodelink controller links both (machine-api-operator `pkg/controller/nodelink`). A
/// Node that names the Machine may be left from an earlier Machine with the same name: such a Node has another instance,
/// or is older than the Machine.
#[must_use]
pub fn is_node_of(node: &Object, machine: &Object) -> bool {
    let named = node.annotation(names::NODE_MACHINE);
    let is_named =
        |it: &str| it.split_once('/') == Some((names::MACHINE_NAMESPACE, machine.name()));
    if named.is_some_and(|it| !is_named(it)) {
        return false;
    }
    if let (Some(of_node), Some(of_machine)) = (instance(node), instance(machine)) {
        return of_node == of_machine;
    }
    let created =
        |it: &Object| -> Option<Timestamp> { it.text("/metadata/creationTimestamp")?.parse().ok() };
    let is_older =
        created(node).zip(created(machine)).is_some_and(|(node, machine)| node < machine);
    let shares_address =
        || internal_addresses(node).any(|it| internal_addresses(machine).any(|other| it == other));
    !is_older && (named.is_some() || shares_address())
}

/// The provider's id of an instance, unless a sanitizer replaced the id.
fn instance(object: &Object) -> Option<&str> {
    let id = object.text("/spec/providerID").filter(|it| it.starts_with("aws:///"));
    id.filter(|it| masking(it) != Masking::Uniform)
}

fn internal_addresses(object: &Object) -> impl Iterator<Item = IpAddr> {
    let addresses = object.list("/status/addresses").iter();
    let internal = addresses.filter(|it| it["type"] == "InternalIP");
    internal.filter_map(|it| it["address"].as_str()?.parse().ok())
}

/// Returns whether a Node has a label of the control plane.
pub(crate) fn is_control_plane(node: &Object) -> bool {
    names::NODE_ROLES_OF_CONTROL_PLANE.iter().any(|label| node.label(label).is_some())
}

/// Returns whether the operators manage a Node as one of the control plane: by the label `master` or `arbiter` (MCO
/// `pkg/helpers/helpers.go`, CEO `pkg/operator/starter.go`). The label `control-plane` alone has no such effect.
pub(crate) fn is_managed_as_master(node: &Object) -> bool {
    let roles = names::NODE_ROLES_OF_CONTROL_PLANE.iter();
    let mut roles = roles.filter(|it| !it.ends_with("/control-plane"));
    roles.any(|label| node.label(label).is_some())
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
    fn a_node_that_names_no_machine_is_found_by_its_instance_or_its_address() {
        let of = |reference: ObjectRef, instance: &str, at: &str| {
            let mut body = Object::new(reference).into_body();
            body["spec"] = json!({ "providerID": instance });
            body["status"] = json!({ "addresses": [
                { "type": "InternalIP", "address": at },
                { "type": "ExternalIP", "address": "203.0.113.7" },
            ]});
            Object::from_value(body).unwrap()
        };
        let machine = of(ObjectRef::machine("m"), "aws:///us-east-1a/i-1", "10.0.0.1");
        for (instance, at, expected) in [
            ("aws:///us-east-1a/i-1", "10.0.0.9", true),
            ("aws:///us-east-1a/i-2", "10.0.0.1", false),
            ("", "10.0.0.1", true),
            ("", "10.0.0.2", false),
            ("", "", false),
        ] {
            let node = of(ObjectRef::cluster(Kind::Node, "n"), instance, at);
            assert_eq!(is_node_of(&node, &machine), expected, "{instance} {at}");
            let other = node.with_annotations([(names::NODE_MACHINE, "openshift-machine-api/o")]);
            assert!(!is_node_of(&other, &machine), "{instance} {at}");
        }
        let withheld = |reference| of(reference, "REDACTED", "x-ipv4-0000000001-x");
        let node = withheld(ObjectRef::cluster(Kind::Node, "n"));
        assert!(!is_node_of(&node, &withheld(ObjectRef::machine("m"))));
    }

    #[test]
    fn a_node_of_an_earlier_machine_is_not_a_node_of_the_machine() {
        let (early, late) = (Some("2024-08-21T08:00:00Z"), Some("2024-08-21T09:00:00Z"));
        for (node, machine, expected) in [
            ((late, None), (early, None), true),
            ((early, None), (early, None), true),
            ((early, None), (late, None), false),
            ((early, Some("aws:///a/i-1")), (late, Some("aws:///a/i-1")), true),
            ((late, Some("aws:///a/i-1")), (early, Some("aws:///a/i-2")), false),
            ((early, Some("aws:///a/i-1")), (late, None), false),
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
