//! What etcd's own operator says, and where etcd's members run.

use std::net::IpAddr;

use serde::Serialize;
use serde_json::Value;

use super::Status;
use super::reading::Reading;
use crate::field::{Masking, masking};
use crate::kind::Kind;
use crate::object::{Object, ObjectRef};
use crate::plan::{Check, Finding};
use crate::role;
use crate::snapshot::{Snapshot, address};

/// What etcd's own operator says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EtcdMembers {
    /// `EtcdMembersAvailable` and `EtcdMembersDegraded` of `etcds/cluster`.
    pub conditions: Reading<Vec<Condition>>,
    /// The members that clients are sent to.
    pub endpoints: Reading<Vec<Endpoint>>,
}

/// A condition, in its operator's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// `EtcdMembersAvailable`
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// What the operator says about it.
    pub message: String,
}

/// A member of etcd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// Its address.
    pub address: String,
    /// The Node that has this address, where one is known.
    pub node: Option<String>,
    /// Whether that Node has the role etcd; `None` where it is not known which Node it is.
    pub is_etcd_node: Option<bool>,
}

impl EtcdMembers {
    pub(super) fn read(snapshot: &Snapshot) -> Self {
        Self {
            conditions: Reading::of(snapshot, Kind::Etcd, || conditions(snapshot)),
            endpoints: Reading::of(snapshot, Kind::ConfigMap, || endpoints(snapshot)),
        }
    }

    /// How many members there are, how many of them run on etcd nodes, and of how many that is not known.
    fn placement(&self) -> Option<(usize, usize, usize)> {
        let all = self.endpoints.known().filter(|it| !it.is_empty())?;
        let count = |wanted| all.iter().filter(|it| it.is_etcd_node == wanted).count();
        Some((all.len(), count(Some(true)), count(None)))
    }
}

fn conditions(snapshot: &Snapshot) -> Vec<Condition> {
    let etcd = snapshot.cluster(Kind::Etcd, "cluster");
    let condition = |kind: &str| {
        let found = etcd?.condition(kind)?;
        let (status, message) = (found.status.to_owned(), found.message.to_owned());
        Some(Condition { kind: kind.to_owned(), status, message })
    };
    ["EtcdMembersAvailable", "EtcdMembersDegraded"].into_iter().filter_map(condition).collect()
}

fn endpoints(snapshot: &Snapshot) -> Vec<Endpoint> {
    let (namespace, name) = role::ETCD_ENDPOINTS;
    let config_map = snapshot.get(&ObjectRef::namespaced(Kind::ConfigMap, namespace, name));
    let addresses = config_map.and_then(|it| it.get("/data")?.as_object()).into_iter().flatten();
    let is_every_node_known = snapshot.why_unreadable(Kind::Node).is_none()
        && snapshot.etcd_nodes().all(|it| internal_addresses(it).any(|it| it.is_some()));
    let endpoint = |(id, text): (&String, &Value)| {
        let address = Address::of(text);
        let has =
            |node: &&Object| address.is_some() && internal_addresses(node).any(|it| it == address);
        let node = snapshot.all(Kind::Node).find(has);
        // One whose address no etcd node has runs elsewhere.
        let elsewhere = (address.is_some() && is_every_node_known).then_some(false);
        Endpoint {
            id: id.clone(),
            address: text.as_str().unwrap_or("withheld").to_owned(),
            node: node.map(|it| it.name().to_owned()),
            is_etcd_node: node.map(|it| it.label(role::NODE_ROLE_ETCD).is_some()).or(elsewhere),
        }
    };
    addresses.map(endpoint).collect()
}

/// An address by which a member and a Node are known to be on one machine.
#[derive(Debug, PartialEq, Eq)]
enum Address<'a> {
    Ip(IpAddr),
    /// The word that a sanitizer put in the place of this one address, everywhere.
    Masked(&'a str),
}

impl<'a> Address<'a> {
    /// Reads an address. `None` when it is not known which one it is.
    fn of(text: &'a Value) -> Option<Self> {
        let text = text.as_str()?;
        match address(text) {
            Some(ip) => Some(Self::Ip(ip)),
            None => (masking(text) == Masking::Numbered).then_some(Self::Masked(text)),
        }
    }
}

/// The internal addresses of a Node; `None` for one that is not known.
fn internal_addresses(node: &Object) -> impl Iterator<Item = Option<Address<'_>>> {
    let all = node.list("/status/addresses").iter();
    all.filter(|it| it["type"] == "InternalIP").map(|it| Address::of(&it["address"]))
}

/// What etcd's operator complains about, and where its members run once there are etcd nodes.
pub(super) fn findings(status: &Status) -> Vec<Finding> {
    let members = &status.etcd_members;
    let mut found: Vec<Finding> =
        members.conditions.entries().filter_map(Condition::finding).collect();
    let has_nodes = status.nodes.entries().next().is_some();
    if let Some((total, there, unknown)) = members.placement().filter(|_| has_nodes) {
        let message = match there {
            _ if unknown > 0 => format!(
                "{there} of etcd's {total} members run on etcd nodes, and of {unknown} it is not known \
                 where they run"
            ),
            0 => format!(
                "none of etcd's {total} members runs on these nodes: OpenShift's etcd operator does \
                 not place members there by itself"
            ),
            _ => format!("{there} of etcd's {total} members run on etcd nodes"),
        };
        found.push(Check::EtcdMembers.note("cluster", message));
    }
    found
}

impl Condition {
    fn finding(&self) -> Option<Finding> {
        let good = if self.kind == "EtcdMembersDegraded" { "False" } else { "True" };
        (self.status != good).then(|| {
            let message = format!("{} is {}: {}", self.kind, self.status, self.message);
            let hint = "oc get pods -n openshift-etcd -l app=etcd";
            Check::EtcdMembers.warning("etcd/cluster", message).hint(hint)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(name: &str, address: &str) -> Object {
        let addresses = json!([
            {"type": "Hostname", "address": "10.0.0.9"},
            {"type": "InternalIP", "address": address},
            {"type": "InternalIP", "address": "fd00::5"},
        ]);
        Object::new(ObjectRef::cluster(Kind::Node, name))
            .with_labels([(role::NODE_ROLE_ETCD, "")])
            .with("status", json!({ "addresses": addresses }))
    }

    fn placed(node: Object, members: Value) -> Vec<Option<bool>> {
        let (namespace, name) = role::ETCD_ENDPOINTS;
        let config_map = ObjectRef::namespaced(Kind::ConfigMap, namespace, name);
        let config_map = Object::new(config_map).with("data", members);
        let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects([node, config_map]);
        endpoints(&snapshot).into_iter().map(|it| it.is_etcd_node).collect()
    }

    #[test]
    fn a_member_is_found_on_its_node_however_its_address_is_written() {
        for (address, expected) in [
            ("10.0.0.5", Some(true)),
            ("fd00::5", Some(true)),
            ("[fd00::5]", Some(true)),
            ("fd00:0:0::5", Some(true)),
            ("10.0.0.9", Some(false)),
            ("nowhere", None),
        ] {
            assert_eq!(
                placed(node("a", "10.0.0.5"), json!({"1": address})),
                [expected],
                "{address}"
            );
        }
    }

    #[test]
    fn an_address_that_is_withheld_is_no_other_address() {
        let numbered = "x-ipv4-0000000001-x";
        let members = json!({"1": numbered, "2": "x-ipv4-0000000002-x", "3": "xxx.xxx.xxx.xxx"});
        assert_eq!(placed(node("a", numbered), members), [Some(true), Some(false), None]);
        let mut hidden = node("a", "xxx.xxx.xxx.xxx").into_body();
        hidden["status"]["addresses"] =
            json!([{"type": "InternalIP", "address": {"_REDACTED": "x"}}]);
        let hidden = Object::from_value(hidden).unwrap();
        assert_eq!(placed(hidden, json!({"1": "10.0.0.5", "2": {"_REDACTED": "x"}})), [None, None]);
    }
}
