//! Where etcd's voting members run, as ConfigMap `etcd-endpoints` says, and whether that list can be trusted.
//!
//! etcd's operator writes the list without learners (CEO `pkg/operator/etcdendpointscontroller`), and counts
//! learners among the members that its conditions speak of (`pkg/operator/etcdmemberscontroller`). So a list
//! that is shorter than the operator's own count hides a member.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::model::field::{Field, Masking, Unknown, masking};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;

/// ConfigMap `etcd-endpoints`.
#[must_use]
pub fn endpoints() -> ObjectRef {
    let (namespace, name) = names::ETCD_ENDPOINTS;
    ObjectRef::namespaced(Kind::ConfigMap, namespace, name)
}

/// Returns the addresses of the voting members.
///
/// # Errors
/// Reason why the ConfigMap does not show the members, as a fragment.
pub fn addresses(snapshot: &Snapshot) -> Result<BTreeSet<IpAddr>, &'static str> {
    let read = |it: &Value| it.as_str().and_then(address);
    let entries = entries(snapshot)?;
    let addresses: BTreeSet<IpAddr> =
        entries.values().map(read).collect::<Option<_>>().ok_or(MISSING)?;
    if addresses.len() == entries.len() { Ok(addresses) } else { Err(SHARED) }
}

const MISSING: &str = "the addresses of the members are missing";
const SHARED: &str = "several members have the same address";

/// Returns the entries of the ConfigMap: the ids of the voting members, and their addresses.
///
/// # Errors
/// Reason why there are no entries, as a fragment. A cluster without a member has no API server that could answer.
pub fn entries(snapshot: &Snapshot) -> Result<&Map<String, Value>, &'static str> {
    let endpoints = snapshot.get(&endpoints()).ok_or("the object does not exist")?;
    let entries = endpoints.get("/data").and_then(Value::as_object);
    entries.filter(|it| !it.is_empty()).ok_or(MISSING)
}

/// An address by which a member and a Node are known to be on one machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// The address itself.
    Ip(IpAddr),
    /// The word that a sanitizer put in the place of this one address, everywhere.
    Masked(String),
}

impl Address {
    /// Reads an address. `None` when it is not known which one it is.
    #[must_use]
    pub fn of(text: &Value) -> Option<Self> {
        let text = text.as_str()?;
        match address(text) {
            Some(ip) => Some(Self::Ip(ip)),
            None => (masking(text) == Masking::Numbered).then(|| Self::Masked(text.to_owned())),
        }
    }

    /// Returns whether two addresses can be compared: a masked word may stand for any address.
    #[must_use]
    pub const fn is_comparable(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Ip(_), Self::Ip(_)) | (Self::Masked(_), Self::Masked(_)))
    }
}

/// Returns the internal addresses of a Node; `None` for an address that is not known.
pub fn internal_addresses(node: &Object) -> impl Iterator<Item = Option<Address>> {
    let all = node.list("/status/addresses").iter();
    all.filter(|it| it["type"] == "InternalIP").map(|it| Address::of(&it["address"]))
}

/// Returns the addresses of the voting members, also where a sanitizer put words in the place of the addresses.
///
/// # Errors
/// Doubt about the ConfigMap, if the ConfigMap does not show the members.
pub fn listed(snapshot: &Snapshot) -> Result<BTreeSet<Address>, Doubt> {
    let endpoints = endpoints();
    let entries = entries(snapshot).ok();
    let listed: Option<BTreeSet<Address>> =
        entries.and_then(|it| it.values().map(Address::of).collect());
    if let Some(listed) = listed.filter(|it| entries.is_some_and(|all| all.len() == it.len())) {
        return Ok(listed);
    }
    let is_masked = |it: &Value| it.as_str().is_some_and(|it| masking(it) != Masking::None);
    if entries.is_some_and(|it| it.values().any(is_masked)) {
        let message =
            format!("{endpoints}: the addresses of the members are withheld from the files");
        return Err(Doubt::unknown(message));
    }
    let why = addresses(snapshot).err().unwrap_or_default();
    Err(Doubt::said(format!("{endpoints}: {why}")))
}

/// Conditions of etcd's operator on its members, the status of each when all is well, and whether every release
/// from 4.10 on has it.
const CONDITIONS: [(&str, bool, bool); 7] = [
    ("EtcdMembersAvailable", true, true),
    ("EtcdMembersDegraded", false, true),
    ("EtcdMembersProgressing", false, true),
    ("EtcdMembersControllerDegraded", false, false),
    ("EtcdEndpointsDegraded", false, false),
    ("ClusterMemberControllerDegraded", false, false),
    ("ClusterMemberRemovalControllerDegraded", false, false),
];

/// A reason why the list of members may not be all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The reason; a fragment about `etcd/cluster`.
    pub message: String,
    /// Indicates that the operator's word is missing or withheld, which says nothing bad of etcd.
    pub is_unknown: bool,
    /// The command that ends the doubt, if one command does.
    pub remedy: Option<&'static str>,
}

impl Doubt {
    pub(super) const fn said(message: String) -> Self {
        Self { message, is_unknown: false, remedy: None }
    }

    pub(super) const fn unknown(message: String) -> Self {
        Self { message, is_unknown: true, remedy: None }
    }
}

/// Returns why the list of members may not be all of them, as fragments about `etcd/cluster`; none when the
/// operator's own words agree with the list. The caller asks whether the list could be read.
#[must_use]
pub fn doubts(snapshot: &Snapshot) -> Vec<Doubt> {
    let Some(etcd) = snapshot.cluster(Kind::Etcd, "cluster") else {
        let message = match snapshot.why_unreadable(Kind::Etcd) {
            Some(it) => format!("the object could not be read: {}", it.reason),
            None => "the object does not exist".to_owned(),
        };
        return vec![Doubt::unknown(message)];
    };
    let mut doubts: Vec<Doubt> = CONDITIONS
        .iter()
        .filter_map(|(kind, good, is_required)| match etcd.condition_state(kind) {
            Field::Known(state) if state == *good => None,
            state @ (Field::Known(_) | Field::Unknown(Unknown::Undetermined)) => {
                let message = etcd.condition(kind).map_or("", |it| it.message);
                Some(Doubt::said(said(kind, &state.word(), message)))
            }
            Field::Absent => {
                is_required.then(|| Doubt::unknown(format!("the condition {kind} is missing")))
            }
            Field::Unknown(why) => Some(Doubt::unknown(format!("the condition {kind} is {why}"))),
        })
        .collect();
    doubts.extend(unmanaged(etcd));
    if doubts.is_empty() {
        doubts.extend(count(snapshot, etcd));
    }
    doubts
}

/// Command that lets the operator manage the members again.
const MANAGE: &str =
    "oc patch etcd/cluster --type=merge -p '{\"spec\":{\"managementState\":\"Managed\"}}'";

/// Returns that the operator does not manage the members, and may not write the list (openshift/api
/// `operator/v1/types.go`: the default of the state is Managed).
fn unmanaged(etcd: &Object) -> Option<Doubt> {
    let state = etcd.body().pointer("/spec/managementState").unwrap_or(&Value::Null);
    match Field::text(state) {
        // The operator manages the members also by force (library-go `pkg/operator/management`, `IsOperatorManaged`).
        Field::Absent | Field::Known("Managed" | "Force") => None,
        Field::Known(state) => {
            let message =
                format!("managementState is {state}: the operator does not manage the members");
            Some(Doubt { remedy: Some(MANAGE), ..Doubt::said(message) })
        }
        Field::Unknown(why) => Some(Doubt::unknown(format!("managementState is {why}"))),
    }
}

/// `EtcdMembersDegraded is True: 2 of 3 members are available`
pub(super) fn said(kind: &str, status: &str, message: &str) -> String {
    let message = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("{kind} is {status}{message}")
}

/// Returns the difference between the members that the operator counts and those that the ConfigMap lists, whatever their
/// addresses are.
fn count(snapshot: &Snapshot, etcd: &Object) -> Option<Doubt> {
    let listed = entries(snapshot).ok()?.len();
    let message = etcd.condition("EtcdMembersAvailable")?.message;
    match counted(message) {
        Some(counted) if counted == listed => None,
        Some(counted) => Some(Doubt::said(format!(
            "the operator counts {counted} members but {} lists {listed}, without learners",
            endpoints()
        ))),
        None => Some(Doubt::unknown(format!("the number of members cannot be parsed: {message}"))),
    }
}

/// The number of members in `3 members are available`, and in `2 of 3 members are available, a is unhealthy`
/// (CEO `pkg/etcdcli/health.go`).
fn counted(message: &str) -> Option<usize> {
    let (numbers, _) = message.split_once(" members are available")?;
    numbers.rsplit(" of ").next()?.parse().ok()
}

/// An IP address, however it is written: with the brackets that one of IPv6 has in a URL, or without. `None`
/// when it is none, or one by which no machine is known, such as `0.0.0.0`.
#[must_use]
pub fn address(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.trim().trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    (!address.is_unspecified() && !address.is_loopback()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::fixtures::{cluster, with_etcd_conditions as with};

    #[test]
    fn the_operators_word_must_agree_with_the_list() {
        let available = |message| with(&[("EtcdMembersAvailable", "True", message)]);
        for (snapshot, expected) in [
            (with(&[]), ""),
            (available("3 members are available"), ""),
            (
                available("4 members are available"),
                "the operator counts 4 members but configmap/etcd-endpoints lists 3, without learners",
            ),
            (
                available("3 of 4 members are available, x is unhealthy"),
                "the operator counts 4 members but configmap/etcd-endpoints lists 3, without learners",
            ),
            (available("2 of 3 members are available, x is unhealthy"), ""),
            (available("all is well"), "the number of members cannot be parsed: all is well"),
            (with(&[("EtcdMembersAvailable", "Unknown", "")]), "EtcdMembersAvailable is Unknown"),
            (
                with(&[("EtcdMembersAvailable", "", "")]),
                "the condition EtcdMembersAvailable is missing",
            ),
            (
                with(&[("EtcdMembersDegraded", "True", "x is unhealthy")]),
                "EtcdMembersDegraded is True: x is unhealthy",
            ),
            (
                with(&[("EtcdMembersProgressing", "True", "x has not started")]),
                "EtcdMembersProgressing is True: x has not started",
            ),
            (
                with(&[("EtcdMembersProgressing", "", "")]),
                "the condition EtcdMembersProgressing is missing",
            ),
            (with(&[("EtcdEndpointsDegraded", "True", "no")]), "EtcdEndpointsDegraded is True: no"),
            (with(&[("EtcdEndpointsDegraded", "", "")]), ""),
            (
                with(&[("ClusterMemberRemovalControllerDegraded", "True", "cannot remove member")]),
                "ClusterMemberRemovalControllerDegraded is True: cannot remove member",
            ),
        ] {
            let doubts: Vec<String> = doubts(&snapshot).into_iter().map(|it| it.message).collect();
            assert_eq!(doubts.join("; "), expected);
        }
        let unparsed = doubts(&available("all is well"));
        assert!(matches!(unparsed.as_slice(), [only] if only.is_unknown), "{unparsed:?}");
        let mut gone = cluster(&["4.16"]);
        gone.remove(&ObjectRef::cluster(Kind::Etcd, "cluster"));
        assert_eq!(doubts(&gone), [Doubt::unknown("the object does not exist".to_owned())]);
    }
}
