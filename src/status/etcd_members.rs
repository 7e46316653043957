//! The conditions of etcd's operator, and the Nodes on which etcd's members run.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Age, JOIN_TIME, Status};
use crate::check::{Check, Finding, Severity, etcd_member, permissions};
use crate::model::field::{Masking, masking};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::is_control_plane;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::openshift::etcd_stability;
use crate::openshift::host::Host;
use crate::openshift::members::{self, Address, Doubt, internal_addresses};
use crate::openshift::pod::Sign;
use crate::status::observation::Observation;

/// The conditions of etcd's own operator, and the members of etcd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EtcdMembers {
    /// `EtcdMembersAvailable` and `EtcdMembersDegraded` of `etcds/cluster`.
    pub conditions: Observation<Vec<OperatorCondition>>,
    /// The members that clients are sent to.
    pub endpoints: Observation<Vec<Endpoint>>,
    /// The Pods of namespace openshift-etcd that run an etcd, learners among them.
    pub pods: Observation<Vec<Pod>>,
}

/// A condition, in its operator's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorCondition {
    /// `EtcdMembersAvailable`
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// The operator's message.
    pub message: String,
}

/// A member of etcd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// The id of the member, in hexadecimal digits.
    pub id: String,
    /// The address of the member.
    pub address: String,
    /// The Node that has this address, where one is known.
    pub node: Option<String>,
    /// Indicates whether that Node has the role etcd and no role of the control plane; `None` where the Node
    /// is unknown. A Machine of the role etcd counts as well, if its Node does not exist.
    pub is_etcd_node: Option<bool>,
    /// The Node or, without a Node, the Machine that has this address.
    #[serde(skip)]
    pub place: Option<ObjectRef>,
    /// Indicates whether a sanitizer put something in the place of the address.
    #[serde(skip)]
    pub is_withheld: bool,
}

/// A Pod that runs an etcd, or may run one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// `etcd-ip-10-0-12-34.ec2.internal`
    pub name: String,
    /// The Node that it runs on.
    pub node: Option<String>,
    /// Indicates whether that Node has the role etcd and no role of the control plane.
    pub is_etcd_node: Option<bool>,
    /// The sign by which the Pod is known to run an etcd.
    #[serde(skip)]
    pub sign: Sign,
}

impl EtcdMembers {
    pub(crate) fn read(snapshot: &Snapshot) -> Self {
        Self {
            conditions: Observation::of(snapshot, Kind::Etcd, || conditions(snapshot)),
            endpoints: Observation::of(snapshot, Kind::ConfigMap, || members::entries(snapshot))
                .and_then(|it| it.map(|entries| endpoints(snapshot, entries))),
            pods: Observation::of(snapshot, Kind::Pod, || pods(snapshot)),
        }
    }
}

fn conditions(snapshot: &Snapshot) -> Vec<OperatorCondition> {
    let etcd = snapshot.cluster(Kind::Etcd, "cluster");
    let condition = |kind: &str| {
        let found = etcd?.condition(kind)?;
        let (status, message) = (found.status.to_owned(), found.message.to_owned());
        Some(OperatorCondition { kind: kind.to_owned(), status, message })
    };
    ["EtcdMembersAvailable", "EtcdMembersDegraded"].into_iter().filter_map(condition).collect()
}

fn endpoints(snapshot: &Snapshot, entries: &Map<String, Value>) -> Vec<Endpoint> {
    let hosts: Vec<Host<'_>> = Host::all(snapshot).into_iter().filter(Host::may_run).collect();
    // A masked word may stand for any address: what is masked on one side alone tells nothing.
    let is_comparable = |address: &Address| {
        let is_alike =
            |other: Option<Address>| other.is_some_and(|other| other.is_comparable(address));
        snapshot.why_unreadable(Kind::Node).is_none()
            && hosts.iter().all(|it| it.objects().flat_map(internal_addresses).any(is_alike))
    };
    let endpoint = |(id, text): (&String, &Value)| {
        // Of several members with one address, it is unknown which one has it.
        let is_own = |it: &Address| {
            entries.values().filter(|&other| Address::of(other).as_ref() == Some(it)).count() == 1
        };
        let address = Address::of(text).filter(is_own);
        let has = |it: &Object| address.is_some() && internal_addresses(it).any(|it| it == address);
        let host = hosts.iter().find(|it| it.objects().any(has));
        let node = snapshot.all(Kind::Node).find(|it| has(it)).or(host.and_then(Host::node));
        // One whose address no etcd machine has runs elsewhere.
        let elsewhere = address.as_ref().is_some_and(is_comparable).then_some(false);
        Endpoint {
            id: id.clone(),
            address: text.as_str().unwrap_or("withheld").to_owned(),
            node: node.map(|it| it.name().to_owned()),
            is_etcd_node: node.map(is_etcd_node).or(host.map(|_| true)).or(elsewhere),
            place: node.map(Object::reference).or(host.map(Host::reference)).cloned(),
            is_withheld: text.as_str().is_none_or(|it| masking(it) != Masking::None),
        }
    };
    entries.iter().map(endpoint).collect()
}

fn pods(snapshot: &Snapshot) -> Vec<Pod> {
    let hosts = Host::all(snapshot);
    let pod = |it: &Object| {
        let sign = Sign::of(it)?;
        let name = it.text("/spec/nodeName");
        let node = name.and_then(|name| snapshot.cluster(Kind::Node, name));
        let is_of_host = |name| hosts.iter().any(|it| it.names().contains(name));
        Some(Pod {
            name: it.name().to_owned(),
            node: name.map(str::to_owned),
            is_etcd_node: node.map(is_etcd_node).or(name.is_some_and(is_of_host).then_some(true)),
            sign,
        })
    };
    snapshot.all(Kind::Pod).filter_map(pod).collect()
}

/// Returns whether a Node has the role etcd alone. A master that has the label as well is a master.
fn is_etcd_node(node: &Object) -> bool {
    node.label(names::NODE_ROLE_ETCD).is_some() && !is_control_plane(node)
}

/// Reports the facts that speak against etcd's members being healthy and known, and where they run once there
/// are etcd nodes.
pub(crate) fn findings(snapshot: &Snapshot, status: &Status) -> Vec<Finding> {
    let members = &status.etcd_members;
    let doubt = |it: Doubt| {
        if it.is_unknown {
            let unknown = Check::EtcdUnhealthy.unknown("etcd/cluster", it.message);
            return unknown.at_most(Severity::Warning);
        }
        let hint = it.remedy.unwrap_or("oc get pods -n openshift-etcd -l app=etcd");
        Check::EtcdUnhealthy.warning("etcd/cluster", it.message).hint(hint)
    };
    let doubts = members::doubts(snapshot);
    let mut found: Vec<Finding> = match permissions::unreadable(snapshot, &[Kind::Etcd]) {
        unread if unread.is_empty() => doubts.iter().cloned().map(&doubt).collect(),
        // The findings about what could not be read say so.
        _ => Vec::new(),
    };
    // What is withheld is told where it matters.
    let listed = members::listed(snapshot).ok();
    for (node, lacks) in listed.iter().flat_map(|it| etcd_stability::without_member(snapshot, it)) {
        if lacks.is_unknown {
            continue;
        }
        found.push(match change_of_master(snapshot, node) {
            Some(change) => {
                let message = format!("{}: {change}", lacks.message);
                Check::EtcdUnhealthy.note("etcd/cluster", message)
            }
            None => doubt(lacks),
        });
    }
    let of_pods: Vec<Finding> =
        members.pods.entries().filter_map(|it| it.finding(members)).collect();
    let is_found = !of_pods.is_empty();
    found.extend(of_pods);
    if let Observation::Unreadable(why) = &members.endpoints
        && snapshot.why_unreadable(Kind::ConfigMap).is_none()
    {
        let message = format!("{why}, so it is unknown where etcd's members run");
        let unknown = Check::EtcdMembersUnmanaged.unknown(members::endpoints(), message);
        found.push(unknown.at_most(Severity::Warning));
    }
    let is_there = |it: &Endpoint| it.is_etcd_node == Some(true);
    if status.nodes.entries().next().is_some() || members.endpoints.entries().any(is_there) {
        let unread = permissions::unreadable(snapshot, &[Kind::ConfigMap, Kind::Pod]);
        found.extend(unread.into_iter().map(|it| Finding {
            doubts: Some(Check::EtcdMembersUnmanaged),
            ..it.at_most(Severity::Warning)
        }));
        let has_masters = etcd_stability::masters(snapshot).next().is_some();
        let stopped = etcd_member::stopped(snapshot).into_iter().next();
        let doubt = doubts.into_iter().next().map(|it| it.message);
        let doubt = doubt.or(stopped.map(|it| format!("{}: {}", it.subject, it.message)));
        let placement = placement(members, doubt.as_deref(), etcd_nodes(snapshot), has_masters);
        // A Pod with an etcd on an etcd node says more than a list of members without this etcd.
        found.extend(placement.filter(|it| !is_found || it.severity < Severity::Note));
    }
    found
}

/// Returns why the Node of a master has no member for some minutes, if the master is being replaced.
fn change_of_master(snapshot: &Snapshot, node: &Object) -> Option<&'static str> {
    let mut machines = snapshot.machines_of(names::MASTER);
    let is_leaving = |it: &Object| {
        it.is_terminating() && snapshot.node_of(it).is_some_and(|it| it.name() == node.name())
    };
    if machines.any(is_leaving) {
        return Some("its Machine is being deleted");
    }
    let is_new = Age::of(node, snapshot.read_at).is_some_and(|it| !it.exceeds(JOIN_TIME));
    is_new.then_some("the Node is new, and etcd's operator adds a member within minutes")
}

/// The reaction of etcd's operator to a member on these Nodes (CEO
/// `pkg/operator/clustermemberremovalcontroller`).
const UNSUPPORTED: &str = "etcd's operator treats such a member as the replacement of a master's member, \
                           reports itself as degraded, and removes the member when its node reboots";

/// Returns the name of the Nodes that count as etcd's: a master may have the label of etcd as well.
pub(crate) fn etcd_nodes(snapshot: &Snapshot) -> &'static str {
    if snapshot.etcd_nodes().any(is_control_plane) {
        "nodes with the role etcd alone"
    } else {
        "etcd nodes"
    }
}

/// Reports on which Nodes the listed members run. `doubt` is the reason why there may be other members. Without the
/// Nodes of the masters, it is unknown which members run there.
fn placement(
    members: &EtcdMembers,
    doubt: Option<&str>,
    nodes: &str,
    has_masters: bool,
) -> Option<Finding> {
    let all = members.endpoints.known().filter(|it| !it.is_empty())?;
    let total = all.len();
    let there: Vec<String> = all
        .iter()
        .filter(|it| it.is_etcd_node == Some(true))
        .map(|it| {
            let place = it.place.as_ref().map(|it| format!(" on {it}")).unwrap_or_default();
            format!("{} at {}{place}", it.id, it.address)
        })
        .collect();
    if !there.is_empty() {
        let verb = if there.len() == 1 { "runs" } else { "run" };
        let message = format!(
            "{} of etcd's {total} members {verb} on {nodes} ({}): {UNSUPPORTED}",
            there.len(),
            there.join(", ")
        );
        let hint = "remove the member from etcd before its machine is deleted or reboots; to see the Pods of etcd: oc get \
                    pods -n openshift-etcd -l app=etcd -o wide";
        return Some(Check::EtcdMembersUnmanaged.warning("cluster", message).hint(hint));
    }
    let is_lost = |it: &&Endpoint| it.is_etcd_node.is_none() || has_masters && it.place.is_none();
    let unknown: Vec<&Endpoint> = all.iter().filter(is_lost).collect();
    let message = if !unknown.is_empty() {
        let message = format!(
            "it is unknown where {} of etcd's {total} members run: no known node has their addresses",
            unknown.len()
        );
        if !unknown.iter().all(|it| it.is_withheld) {
            let unknown = Check::EtcdMembersUnmanaged.unknown("cluster", message);
            return Some(unknown.at_most(Severity::Warning));
        }
        message
    } else if let Observation::Unreadable(why) = &members.pods {
        format!(
            "none of etcd's {total} voting members runs on {nodes}; it is unknown whether a learner runs there: the \
             Pods of etcd could not be read: {why}"
        )
    } else if let Some(doubt) = doubt {
        format!(
            "none of the {total} members that configmap/etcd-endpoints lists runs on {nodes}; it is unknown whether \
             another member runs there: {doubt}"
        )
    } else {
        format!(
            "none of etcd's {total} members runs on {nodes}: OpenShift's etcd operator does not place \
             members on these nodes"
        )
    };
    Some(Check::EtcdMembersUnmanaged.note("cluster", message))
}

impl Pod {
    /// Reports a Pod that runs on an etcd node without a listed member: it is a learner, or a member that has
    /// been removed.
    fn finding(&self, members: &EtcdMembers) -> Option<Finding> {
        let node = self.node.as_deref().filter(|_| self.is_etcd_node == Some(true))?;
        if members.endpoints.entries().any(|it| it.node.as_deref() == Some(node)) {
            return None;
        }
        let message = format!(
            "pod/{} counts as an etcd that configmap/etcd-endpoints does not list, for example a learner: {}; if a \
             learner fails, etcd's operator cannot replace any master",
            self.name, self.sign
        );
        let subject = format!("node/{node}");
        let finding = match self.sign {
            Sign::Unknown | Sign::UnknownData => {
                Check::EtcdMembersUnmanaged.unknown(subject, message)
            }
            Sign::Container(..) | Sign::Data => {
                Check::EtcdMembersUnmanaged.warning(subject, message)
            }
        };
        let hint = format!("oc describe pod/{} -n {}", self.name, names::ETCD_NAMESPACE);
        Some(finding.at_most(Severity::Warning).hint(hint))
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
            .with_labels([(names::NODE_ROLE_ETCD, "")])
            .with("status", json!({ "addresses": addresses }))
    }

    fn placed(node: Object, members: Value) -> Vec<Option<bool>> {
        let (namespace, name) = names::ETCD_ENDPOINTS;
        let config_map = ObjectRef::namespaced(Kind::ConfigMap, namespace, name);
        let config_map = Object::new(config_map).with("data", members);
        let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects([node, config_map]);
        let found = EtcdMembers::read(&snapshot).endpoints;
        found.entries().map(|it| it.is_etcd_node).collect()
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
    fn an_address_of_several_members_or_of_no_machine_tells_nothing() {
        let at = |address: &str| placed(node("a", address), json!({"1": address, "2": "10.0.0.7"}));
        assert_eq!(at("10.0.0.5"), [Some(true), Some(false)]);
        for none in ["0.0.0.0", "127.0.0.1", "::"] {
            assert_eq!(at(none)[0], None, "{none}");
        }
        let shared = json!({"1": "10.0.0.5", "2": "10.0.0.5", "3": "10.0.0.7"});
        assert_eq!(placed(node("a", "10.0.0.5"), shared.clone()), [None, None, Some(false)]);
        let config_map = Object::new(members::endpoints()).with("data", shared);
        let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects([config_map]);
        assert!(members::listed(&snapshot).is_err() && members::addresses(&snapshot).is_err());
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

    #[test]
    fn a_pod_counts_as_an_etcd_by_a_sign_that_is_told() {
        use crate::status::assess;
        use crate::status::fixtures::two_machines;

        let told = |container: Value| {
            let node = "ip-10-0-12-40.ec2.internal";
            let spec = json!({"nodeName": node, "containers": [container]});
            let reference = ObjectRef::namespaced(Kind::Pod, names::ETCD_NAMESPACE, "hc");
            let pod = Object::new(reference).with("spec", spec);
            let status = assess(&two_machines().with_objects([pod]), "1");
            let subject = format!("node/{node}");
            status.findings.into_iter().find(|it| it.subject == subject)
        };
        let found = told(json!({"name": "etcd-healthcheck"})).unwrap();
        assert_eq!(found.check, Check::EtcdMembersUnmanaged);
        let by = "the container etcd-healthcheck runs etcd, as far as the name tells";
        assert!(found.message.contains(by), "{}", found.message);
        let found = told(json!({"name": "c", "command": {"_REDACTED": "x"}})).unwrap();
        assert_eq!(found.doubts, Some(Check::EtcdMembersUnmanaged), "{found:?}");
        assert!(found.message.contains("the containers are unknown"), "{}", found.message);
    }

    #[test]
    fn a_list_of_members_that_is_not_there_is_no_empty_list() {
        use crate::status::fixtures::{initialized, two_machines};
        use crate::status::{Health, assess};

        for snapshot in [initialized(0), two_machines()] {
            let mut absent = snapshot.clone();
            absent.remove(&members::endpoints());
            let empty = Object::new(members::endpoints());
            let without_data = snapshot.clone().with_objects([empty.clone()]);
            let no_entries = snapshot.with_objects([empty.with("data", json!({}))]);
            for snapshot in [absent, without_data, no_entries] {
                let status = assess(&snapshot, "1");
                assert_eq!(status.etcd_members.endpoints.known(), None);
                assert_eq!(status.health, Health::Unknown);
                let is_told = |it: &Finding| {
                    it.subject == "configmap/etcd-endpoints"
                        && it.doubts == Some(Check::EtcdMembersUnmanaged)
                };
                assert!(status.findings.iter().any(is_told), "{:?}", status.findings);
            }
        }
    }

    #[test]
    fn a_learner_on_an_etcd_node_is_unknown_where_pods_or_the_list_of_members_are_not_read() {
        use crate::check::Severity;
        use crate::status::fixtures::{forbid, initialized, two_machines};
        use crate::status::{Health, assess};

        for (kind, what) in [(Kind::Pod, "pods"), (Kind::ConfigMap, "configmaps/etcd-endpoints")] {
            let mut hidden = two_machines();
            forbid(&mut hidden, kind, what);
            let status = assess(&hidden, "1");
            assert_eq!(status.health, Health::Unknown, "{what}");
            let is_named = |it: &Finding| {
                it.severity == Severity::Warning && it.doubts == Some(Check::EtcdMembersUnmanaged)
            };
            assert!(status.findings.iter().any(is_named), "{what}");
            // No Node of etcd, no member on one.
            let mut hidden = initialized(0);
            forbid(&mut hidden, kind, what);
            assert_eq!(assess(&hidden, "1").health, Health::Healthy, "{what}");
        }
    }
}
