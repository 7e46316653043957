//! Whether a Machine may be removed. Absence of knowledge is no permission: where nobody can tell
//! whether a member of etcd runs on it, it stays.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::Value;

use super::checks;
use super::finding::{Check, Finding, Severity};
use super::{Change, Step};
use crate::assess::departure::{holders, machine_of};
use crate::assess::machine::Progress;
use crate::kind::Kind;
use crate::object::{Object, ObjectRef, Version};
use crate::platform::aws;
use crate::role;
use crate::snapshot::{Snapshot, address};

/// The labels by which Nodes of the control plane are known.
const CONTROL_PLANE: [&str; 2] =
    ["node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane"];

/// What becomes of a Machine that is to go. One of another role is left.
pub(super) fn step(snapshot: &Snapshot, machine: &Object) -> Step {
    let node = snapshot.node_of(machine);
    let object = machine.reference().clone();
    let step = |change, because| Step { object, change, because };
    if let Some(finding) = other_role(snapshot, machine) {
        return step(Change::LeftToOwner, finding.message);
    }
    if machine.is_terminating() {
        return step(Change::Follow, "it is being deleted already".to_owned());
    }
    let zone = aws::zone(machine).map(|it| format!(" in {it}")).unwrap_or_default();
    let progress = Progress::of(machine, node);
    let node = node.map(|it| format!(", with node/{}", it.name())).unwrap_or_default();
    let because = format!("{}{zone}{node}", progress.word());
    step(Change::Remove { before: Version::of(machine) }, because)
}

/// A Node whose Machine is gone. It is waited for.
pub(super) fn node_step(node: &Object) -> Step {
    let machine = machine_of(node).unwrap_or("that it had");
    let because = format!("its Machine {machine} is gone");
    Step { object: node.reference().clone(), change: Change::Follow, because }
}

/// That a Node is there whose Machine is gone.
pub(super) fn node_without_machine(node: &Object) -> Finding {
    let message = "its Machine is gone and it is still there; if its instance is gone too, nobody else \
                   will remove it";
    Check::NodeLeft
        .warning(node.reference(), message)
        .hint(format!("oc delete {}", node.reference()))
}

/// What forbids removing a Machine, and what is good to know before.
pub(super) fn guards(snapshot: &Snapshot, machine: &Object) -> Vec<Finding> {
    if let Some(finding) = other_role(snapshot, machine) {
        return vec![finding];
    }
    let mut findings: Vec<Finding> = held(machine).into_iter().collect();
    // Of one that is being deleted already others have decided.
    if !machine.is_terminating() {
        findings.extend(member(snapshot, machine));
    }
    findings
}

/// Whether no guard forbids removing a Machine.
pub(crate) fn is_allowed(snapshot: &Snapshot, machine: &Object) -> bool {
    let forbids = |it: &Finding| it.severity == Severity::Blocker;
    !guards(snapshot, machine).iter().any(forbids)
}

/// Why a Machine is none that this tool removes, whoever made it.
pub(super) fn other_role(snapshot: &Snapshot, machine: &Object) -> Option<Finding> {
    let reference = machine.reference();
    let is_master = |label: &str| matches!(label, "master" | "control-plane");
    let labels = [role::MACHINE_ROLE, role::MACHINE_TYPE].map(|key| machine.label(key));
    if labels.into_iter().flatten().any(is_master) {
        let message = "it is a machine of the control plane";
        return Some(Check::ControlPlaneMachine.blocker(reference, message));
    }
    let is_owned = |it: &Value| it["kind"] == "ControlPlaneMachineSet";
    if machine.list("/metadata/ownerReferences").iter().any(is_owned) {
        let message = "the ControlPlaneMachineSet owns it";
        return Some(Check::ControlPlaneMachine.blocker(reference, message));
    }
    let node = snapshot.node_of(machine);
    if let Some(node) = node.filter(|it| is_control_plane(it)) {
        let message = format!("its Node {} is one of the control plane", node.name());
        return Some(Check::ControlPlaneMachine.blocker(reference, message));
    }
    match machine.label(role::MACHINE_ROLE) {
        Some(role::ETCD) => None,
        other => {
            let other =
                other.map_or_else(|| "it has no role".to_owned(), |it| format!("its role is {it}"));
            let message = format!("{other}, and only machines of the role etcd are removed");
            Some(Check::MachineRole.blocker(reference, message))
        }
    }
}

/// Whether a Node has a label of the control plane.
pub(super) fn is_control_plane(node: &Object) -> bool {
    CONTROL_PLANE.iter().any(|label| node.label(label).is_some())
}

fn held(machine: &Object) -> Option<Finding> {
    let holders = holders(machine);
    (!holders.is_empty()).then(|| {
        let message = format!("its deletion waits for {}", holders.join(" and "));
        Check::DeletionHeld.warning(machine.reference(), message)
    })
}

/// Whether a member of etcd runs on a Machine, or nobody can tell.
fn member(snapshot: &Snapshot, machine: &Object) -> Vec<Finding> {
    let reference = machine.reference();
    let of_etcd = |it: &&Value| it["owner"] == "clusteroperator/etcd";
    let hooks = ["preDrain", "preTerminate"].map(|it| format!("/spec/lifecycleHooks/{it}"));
    if hooks.iter().flat_map(|it| machine.list(it)).any(|it| of_etcd(&it)) {
        let message =
            "etcd's operator guards it with a lifecycle hook, as it does where a member runs";
        let hint = format!(
            "if it is a copy of a master's hook, take it away first: oc edit {}",
            reference.command_line()
        );
        return vec![Check::CarriesEtcdMember.blocker(reference, message).hint(hint)];
    }
    let members = match members(snapshot) {
        Ok(members) => members,
        Err(findings) => return findings,
    };
    let node = snapshot.node_of(machine);
    let addresses = addresses(machine).chain(node.into_iter().flat_map(addresses));
    let addresses: BTreeSet<IpAddr> = addresses.collect();
    if let Some(at) = addresses.intersection(&members).next() {
        let message = format!("a member of etcd runs on it, at {at}");
        return vec![
            Check::CarriesEtcdMember
                .blocker(reference, message)
                .hint("take the member out first; `oc etcd status` shows where members run"),
        ];
    }
    let has_joined = node.is_some() || machine.text("/status/nodeRef/name").is_some();
    if addresses.is_empty() && has_joined {
        let message = "it has become a Node and no address of it is known: nobody can tell whether a \
                       member of etcd runs on it";
        return vec![Check::Unreadable.blocker(reference, message)];
    }
    Vec::new()
}

/// The addresses of etcd's members.
fn members(snapshot: &Snapshot) -> Result<BTreeSet<IpAddr>, Vec<Finding>> {
    let (namespace, name) = role::ETCD_ENDPOINTS;
    let reference = ObjectRef::namespaced(Kind::ConfigMap, namespace, name);
    let unreadable = checks::unreadable(snapshot, &[Kind::ConfigMap]);
    if !unreadable.is_empty() {
        return Err(unreadable);
    }
    let unknown = |message: &str| {
        let message =
            format!("{message}: nobody can tell whether a member of etcd runs on a machine");
        Err(vec![Check::Unreadable.blocker(&reference, message)])
    };
    let Some(endpoints) = snapshot.get(&reference) else { return unknown("it is not there") };
    let entries: Vec<&Value> = endpoints
        .get("/data")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|it| it.values())
        .collect();
    let addresses: BTreeSet<IpAddr> =
        entries.iter().filter_map(|it| it.as_str()).filter_map(address).collect();
    if entries.is_empty() || entries.iter().any(|it| it.as_str().and_then(address).is_none()) {
        return unknown("it does not name the members' addresses");
    }
    Ok(addresses)
}

fn addresses(object: &Object) -> impl Iterator<Item = IpAddr> {
    let addresses = object.list("/status/addresses").iter();
    addresses.filter_map(|it| address(it["address"].as_str()?))
}

/// Machines of the role etcd that are there after a plan.
pub(super) fn staying(snapshot: &Snapshot, steps: &[Step]) -> usize {
    let is_removed = |step: &Step, machine: &Object| {
        step.object == *machine.reference() && matches!(step.change, Change::Remove { .. })
    };
    let goes = |machine: &&Object| {
        machine.is_terminating() || steps.iter().any(|step| is_removed(step, machine))
    };
    snapshot.machines_of(role::ETCD).filter(|machine| !goes(machine)).count()
}
