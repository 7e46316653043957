//! Decides whether OpenShift's etcd is stable: every master has a healthy voting member, no other member exists, and
//! etcd's operator rolls out no revision.
//!
//! The ControlPlaneMachineSet reports completion before etcd is stable: etcd's operator begins new revisions some
//! seconds later. If a member does not start, `etcds/cluster` reports the member at once, ClusterOperator etcd after
//! three minutes or more, and the ControlPlaneMachineSet never.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::field::{Field, Unknown, is_withheld};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::members::{self, Address, Doubt, said};

/// Condition without which it is unknown whether the operator installs a revision.
const INSTALLER: &str = "NodeInstallerProgressing";

/// Returns the reasons why etcd is not stable, or why the stability is unknown, as fragments about `etcd/cluster`.
/// Empty if etcd is stable. The caller checks whether the objects could be read.
#[must_use]
pub fn instability(snapshot: &Snapshot) -> Vec<Doubt> {
    let mut found = members::doubts(snapshot);
    let Some(etcd) = snapshot.cluster(Kind::Etcd, "cluster") else { return found };
    if etcd.condition(INSTALLER).is_none() {
        found.push(Doubt::unknown(format!("the condition {INSTALLER} is missing")));
    }
    let is_told = |found: &[Doubt], kind: &str| found.iter().any(|it| it.message.starts_with(kind));
    for entry in etcd.list("/status/conditions") {
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        let (kind, status) = (text("type"), text("status"));
        let is_judged = kind.ends_with("Degraded") || kind.ends_with("Progressing");
        if is_judged && status != "False" && !is_told(&found, kind) {
            found.push(Doubt::said(said(kind, status, text("message"))));
        }
    }
    found.extend(unguarded(etcd));
    found.extend(placed(snapshot));
    found
}

/// The override that turns off the guard of the quorum (CEO `pkg/operator/ceohelpers`).
const UNSAFE: &str = "useUnsupportedUnsafeNonHANonProductionUnstableEtcd";

/// The texts that Go's `strconv.ParseBool` reads as false.
const FALSE: [&str; 6] = ["0", "f", "F", "false", "False", "FALSE"];

/// Reports that etcd's operator does not protect the quorum.
fn unguarded(etcd: &Object) -> Option<Doubt> {
    let overrides = etcd.body().pointer("/spec/unsupportedConfigOverrides").unwrap_or(&Value::Null);
    match overrides {
        Value::Null => None,
        Value::Object(_) if !is_withheld(overrides) => match &overrides[UNSAFE] {
            Value::Null | Value::Bool(false) => None,
            Value::String(text) if FALSE.contains(&text.as_str()) => None,
            it if is_withheld(it) => Some(Doubt::unknown(format!("{UNSAFE} is withheld"))),
            _ => Some(Doubt::said(format!(
                "{UNSAFE} is set: the operator does not protect the quorum"
            ))),
        },
        other => {
            let why = Unknown::of(other);
            Some(Doubt::unknown(format!("unsupportedConfigOverrides is {why}")))
        }
    }
}

/// A condition of a ClusterOperator that is not as it is in a stable cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorInstability {
    /// The type of the condition: `Available`, `Degraded` or `Progressing`.
    pub condition: &'static str,
    /// Indicates whether the condition exists, and is the opposite of the stable one.
    pub is_known: bool,
    /// The status and the message of the condition; a fragment.
    pub message: String,
}

/// Returns the first reason why a ClusterOperator is not stable. `None` when it is.
#[must_use]
pub fn operator_instability(operator: &Object) -> Option<OperatorInstability> {
    operator_instabilities(operator).next()
}

/// Returns every condition of a ClusterOperator that is not stable.
pub fn operator_instabilities(operator: &Object) -> impl Iterator<Item = OperatorInstability> {
    let conditions = [
        ("Available", "True", "False"),
        ("Degraded", "False", "True"),
        ("Progressing", "False", "True"),
    ];
    conditions.into_iter().filter_map(|(condition, good, bad)| {
        let found = operator.condition(condition);
        let message = match &found {
            None => format!("the condition {condition} is missing"),
            Some(found) if found.status == good => return None,
            Some(found) => said(condition, found.status, found.message),
        };
        let is_known = found.is_some_and(|it| it.status == bad);
        Some(OperatorInstability { condition, is_known, message })
    })
}

/// Reports masters without a member, and members that are not on a master.
fn placed(snapshot: &Snapshot) -> Option<Doubt> {
    let listed = match members::listed(snapshot) {
        Ok(listed) => listed,
        Err(doubt) => return Some(doubt),
    };
    if let Some((_, doubt)) = without_member(snapshot, &listed).next() {
        return Some(doubt);
    }
    let (members, masters) = (listed.len(), masters(snapshot).count());
    (members != masters)
        .then(|| Doubt::said(format!("etcd has {members} members on {masters} masters")))
}

/// Reports the masters without one of these members, each with its Node.
pub fn without_member<'a>(
    snapshot: &'a Snapshot,
    listed: &BTreeSet<Address>,
) -> impl Iterator<Item = (&'a Object, Doubt)> {
    let reported = |node: &'a Object| {
        let name = node.name();
        let doubt = match has_member(node, listed) {
            Field::Known(true) => return None,
            Field::Known(false) | Field::Absent => {
                Doubt::said(format!("no voting member runs on node {name}"))
            }
            Field::Unknown(why) => Doubt::unknown(format!(
                "it is unknown whether a voting member runs on node {name}: its addresses are {why}"
            )),
        };
        Some((node, doubt))
    };
    masters(snapshot).filter_map(reported)
}

/// Returns the Nodes of the masters.
pub fn masters(snapshot: &Snapshot) -> impl Iterator<Item = &Object> {
    let is_master = |it: &&Object| it.label(names::NODE_ROLES_OF_CONTROL_PLANE[0]).is_some();
    snapshot.all(Kind::Node).filter(is_master)
}

/// Returns whether one of the addresses is an address of a Node. Unknown if files withhold the addresses of the Node, or
/// mask addresses on one side alone.
#[must_use]
pub fn has_member(node: &Object, members: &BTreeSet<Address>) -> Field<bool> {
    let addresses: Vec<Option<Address>> = members::internal_addresses(node).collect();
    if addresses.iter().flatten().any(|it| members.contains(it)) {
        return Field::Known(true);
    }
    let is_comparable = |it: &Option<Address>| {
        it.as_ref().is_some_and(|it| members.iter().all(|member| it.is_comparable(member)))
    };
    let is_known = addresses.iter().all(is_comparable);
    if is_known { Field::Known(false) } else { Field::Unknown(Unknown::Withheld) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::status::fixtures::with_etcd_conditions as with;

    fn members(addresses: &[&str]) -> Snapshot {
        let snapshot = with(&[(
            "EtcdMembersAvailable",
            "True",
            &format!("{} members are available", addresses.len()),
        )]);
        let data: serde_json::Map<String, Value> =
            addresses.iter().enumerate().map(|(id, it)| (id.to_string(), (*it).into())).collect();
        let listed = snapshot.get(&members::endpoints()).unwrap().clone();
        snapshot.with_objects([listed.with("data", Value::Object(data))])
    }

    #[test]
    fn etcd_is_at_rest_only_with_one_healthy_member_on_each_master() {
        for (snapshot, expected) in [
            (with(&[]), vec![]),
            (
                with(&[(INSTALLER, "", "")]),
                vec!["the condition NodeInstallerProgressing is missing"],
            ),
            (
                with(&[(INSTALLER, "True", "2 nodes are at revision 7; 1 node is at revision 8")]),
                vec![
                    "NodeInstallerProgressing is True: 2 nodes are at revision 7; 1 node is at revision 8",
                ],
            ),
            (
                with(&[("RevisionControllerDegraded", "True", "not fault tolerant")]),
                vec!["RevisionControllerDegraded is True: not fault tolerant"],
            ),
            (with(&[("OfTomorrowDegraded", "Unknown", "")]), vec!["OfTomorrowDegraded is Unknown"]),
            (
                with(&[("EtcdMembersProgressing", "True", "x has not started")]),
                vec!["EtcdMembersProgressing is True: x has not started"],
            ),
            (
                members(&["10.0.12.34", "10.0.55.101"]),
                vec!["no voting member runs on node ip-10-0-80-7.ec2.internal"],
            ),
            (
                members(&["10.0.12.34", "10.0.55.101", "10.0.80.7", "10.0.99.9"]),
                vec!["etcd has 4 members on 3 masters"],
            ),
        ] {
            let found = instability(&snapshot).into_iter().map(|it| it.message);
            assert_eq!(found.collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn etcd_is_not_stable_while_its_operator_or_the_guard_of_the_quorum_is_off() {
        let unsafe_is = |value: Value| json!({"unsupportedConfigOverrides": { UNSAFE: value }});
        let is_off = format!("{UNSAFE} is set: the operator does not protect the quorum");
        let withheld = json!({"_REDACTED": "x"});
        for (spec, expected, is_unknown) in [
            (json!({}), "", false),
            (json!({"managementState": "Managed"}), "", false),
            (
                json!({"managementState": "Unmanaged"}),
                "managementState is Unmanaged: the operator does not manage the members",
                false,
            ),
            (
                json!({"managementState": withheld}),
                "managementState is withheld from the files",
                true,
            ),
            (unsafe_is(true.into()), &is_off, false),
            (unsafe_is("true".into()), &is_off, false),
            (unsafe_is(false.into()), "", false),
            (unsafe_is("false".into()), "", false),
            (
                json!({"unsupportedConfigOverrides": withheld}),
                "unsupportedConfigOverrides is withheld from the files",
                true,
            ),
        ] {
            let snapshot = with(&[]);
            let etcd = snapshot.cluster(Kind::Etcd, "cluster").unwrap().clone();
            let found = instability(&snapshot.with_objects([etcd.with("spec", spec.clone())]));
            let told: Vec<(&str, bool)> =
                found.iter().map(|it| (it.message.as_str(), it.is_unknown)).collect();
            let expected: Vec<(&str, bool)> =
                Some((expected, is_unknown)).filter(|it| !it.0.is_empty()).into_iter().collect();
            assert_eq!(told, expected, "{spec}");
        }
    }

    #[test]
    fn an_operator_is_at_rest_when_all_three_conditions_say_so() {
        let operator = |conditions: Value| {
            let reference = crate::model::object::ObjectRef::cluster(Kind::ClusterOperator, "etcd");
            Object::new(reference).with("status", json!({ "conditions": conditions }))
        };
        let condition = |kind: &str, status: &str| json!({"type": kind, "status": status});
        let good = [("Available", "True"), ("Degraded", "False"), ("Progressing", "False")];
        let all = good.map(|(kind, status)| condition(kind, status));
        assert_eq!(operator_instability(&operator(json!(all))), None);
        for (index, (kind, status)) in good.into_iter().enumerate() {
            let mut others = all.to_vec();
            others.remove(index);
            let missing = operator_instability(&operator(json!(others))).map(|it| it.message);
            assert_eq!(missing, Some(format!("the condition {kind} is missing")));
            for other in ["True", "False", "Unknown"].into_iter().filter(|it| *it != status) {
                let mut changed = all.to_vec();
                changed[index] = condition(kind, other);
                let told = operator_instability(&operator(json!(changed))).map(|it| it.message);
                assert_eq!(told, Some(format!("{kind} is {other}")));
            }
        }
    }
}
