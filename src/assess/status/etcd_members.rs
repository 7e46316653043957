//! What etcd's own operator says, and where etcd's members run.

use serde::Serialize;
use serde_json::Value;

use super::Status;
use super::reading::Reading;
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
    /// Whether that Node has the role etcd.
    pub is_etcd_node: Option<bool>,
}

impl EtcdMembers {
    pub(super) fn read(snapshot: &Snapshot) -> Self {
        Self {
            conditions: Reading::of(snapshot, Kind::Etcd, || conditions(snapshot)),
            endpoints: Reading::of(snapshot, Kind::ConfigMap, || endpoints(snapshot)),
        }
    }

    /// How many members there are, and how many of them run on etcd nodes.
    fn placement(&self) -> Option<(usize, usize)> {
        let all = self.endpoints.known().filter(|it| !it.is_empty())?;
        Some((all.len(), all.iter().filter(|it| it.is_etcd_node == Some(true)).count()))
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
    let endpoint = |(id, address): (&String, &Value)| {
        let address = address.as_str()?;
        let node = snapshot.all(Kind::Node).find(|it| has_address(it, address));
        Some(Endpoint {
            id: id.clone(),
            address: address.to_owned(),
            node: node.map(|it| it.name().to_owned()),
            is_etcd_node: node.map(|it| it.label(role::NODE_ROLE_ETCD).is_some()),
        })
    };
    addresses.filter_map(endpoint).collect()
}

fn has_address(node: &Object, text: &str) -> bool {
    let Some(wanted) = address(text) else { return false };
    let has = |it: &Value| it["address"].as_str().and_then(address) == Some(wanted);
    node.list("/status/addresses").iter().any(|it| it["type"] == "InternalIP" && has(it))
}

/// What etcd's operator complains about, and where its members run once there are etcd nodes.
pub(super) fn findings(status: &Status) -> Vec<Finding> {
    let members = &status.etcd_members;
    let mut found: Vec<Finding> =
        members.conditions.entries().filter_map(Condition::finding).collect();
    let has_nodes = status.nodes.entries().next().is_some();
    if let Some((total, there)) = members.placement().filter(|_| has_nodes) {
        let message = match there {
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

    #[test]
    fn a_member_is_found_on_its_node_however_its_address_is_written() {
        let addresses = json!([
            {"type": "Hostname", "address": "10.0.0.9"},
            {"type": "InternalIP", "address": "10.0.0.5"},
            {"type": "InternalIP", "address": "fd00::5"},
        ]);
        let node = Object::new(ObjectRef::cluster(Kind::Node, "a"))
            .with("status", json!({ "addresses": addresses }));
        for (address, expected) in [
            ("10.0.0.5", true),
            ("fd00::5", true),
            ("[fd00::5]", true),
            ("fd00:0:0::5", true),
            ("10.0.0.9", false),
            ("nowhere", false),
        ] {
            assert_eq!(has_address(&node, address), expected, "{address}");
        }
    }
}
