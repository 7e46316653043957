//! Decides whether a Machine may be removed. If it is unknown whether a member of etcd runs on the Machine, the Machine
//! stays.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::Value;

use super::{Change, Plan, Step};
use crate::check::{Check, Finding, Severity, mixed_roles, permissions};
use crate::model::field::{Field, Masking, Unknown, masking};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::is_control_plane;
use crate::model::object::{Object, ObjectRef, ResourceVersion};
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::deletion::{
    TerminatingMachine, holders, is_left, look_at_holders, machine_of,
};
use crate::openshift::machine::{MachineProgress, machine_set_of};
use crate::openshift::members::{self, address};
use crate::openshift::pod::Sign;
use crate::platform::aws;

/// Returns the step for a Machine that is to be deleted. One of another role is left.
pub(super) fn step(snapshot: &Snapshot, machine: &Object) -> Step {
    let node = snapshot.node_of(machine);
    let object = machine.reference().clone();
    let step = |change, because| Step { object, change, because };
    if let Some(finding) = other_role(snapshot, machine) {
        return step(Change::LeftToOwner, finding.message);
    }
    if machine.is_terminating() {
        return step(Change::Follow, "the deletion is already in progress".to_owned());
    }
    let zone = aws::zone(machine).map(|it| format!(" in {it}")).unwrap_or_default();
    let progress = MachineProgress::of(machine, node);
    let node = node.map(|it| format!(", with node/{}", it.name())).unwrap_or_default();
    let because = format!("{}{zone}{node}", progress.word());
    step(Change::Remove { before: ResourceVersion::of(machine) }, because)
}

/// A Node whose Machine no longer exists. It is waited for.
pub(super) fn node_step(node: &Object) -> Step {
    let because = match machine_of(node) {
        Some(machine) => format!("its Machine {machine} is deleted"),
        None => "its Machine is deleted".to_owned(),
    };
    Step { object: node.reference().clone(), change: Change::Follow, because }
}

/// Reports a Node whose Machine no longer exists.
pub(super) fn node_without_machine(node: &Object) -> Finding {
    let message = "the Machine of the Node is deleted but the Node still exists; if the instance is \
                   terminated too, delete the Node manually";
    Check::NodeWithoutPool
        .warning(node.reference(), message)
        .hint(format!("oc delete {}", node.reference()))
}

/// Reports the etcd Nodes whose Machines no longer exist. A Node of the control plane has a finding of its own.
pub(crate) fn nodes_without_machine(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    let nodes = snapshot.etcd_nodes().filter(|it| !it.is_terminating() && !is_control_plane(it));
    nodes.filter(|it| is_left(snapshot, it)).map(node_without_machine)
}

/// Returns the findings that forbid or accompany the removal of a Machine, together with the Machines of these names.
pub(super) fn guards(snapshot: &Snapshot, machine: &Object, together: &[String]) -> Vec<Finding> {
    if let Some(finding) = other_role(snapshot, machine) {
        return vec![finding];
    }
    // Of one that is being deleted already others have decided.
    let of_member = if machine.is_terminating() { Vec::new() } else { member(snapshot, machine) };
    let is_forbidden = of_member.iter().any(is_blocker);
    let replaced = replaced(snapshot, machine, together, is_forbidden);
    held(machine).into_iter().chain(replaced).chain(of_member).collect()
}

/// Returns whether no guard forbids removing a Machine.
pub(crate) fn is_allowed(snapshot: &Snapshot, machine: &Object) -> bool {
    !guards(snapshot, machine, &[]).iter().any(is_blocker)
}

pub(super) fn is_blocker(finding: &Finding) -> bool {
    finding.severity == Severity::Blocker
}

/// Returns the reason why oc-etcd never removes a Machine, regardless of its creator.
pub(super) fn other_role(snapshot: &Snapshot, machine: &Object) -> Option<Finding> {
    let reference = machine.reference();
    let is_master = |label: &str| matches!(label, "master" | "control-plane" | "arbiter");
    let labels = [names::MACHINE_ROLE, names::MACHINE_TYPE].map(|key| machine.label(key));
    if labels.into_iter().flatten().any(is_master) {
        let message = "the machine belongs to the control plane";
        return Some(Check::ControlPlaneMachine.blocker(reference, message));
    }
    let is_owned = |it: &Value| it["kind"] == "ControlPlaneMachineSet";
    if machine.list("/metadata/ownerReferences").iter().any(is_owned) {
        let message = "the machine is owned by the ControlPlaneMachineSet";
        return Some(Check::ControlPlaneMachine.blocker(reference, message));
    }
    let node = snapshot.node_of(machine);
    if let Some(node) = node.filter(|it| is_control_plane(it)) {
        let message = format!("its Node {} belongs to the control plane", node.name());
        return Some(Check::ControlPlaneMachine.blocker(reference, message));
    }
    match machine.label(names::MACHINE_ROLE) {
        Some(names::ETCD) => None,
        other => {
            let other = other.map_or_else(
                || "the machine has no role".to_owned(),
                |it| {
                    format!(
                        "the machine has \
                    the role {it}"
                    )
                },
            );
            let message = format!("{other}, and only machines of the role etcd are deleted");
            let finding = Check::MachineRoleWrong.blocker(reference, message);
            Some(if is_ours(machine) {
                finding.hint(mixed_roles::relabel(machine))
            } else {
                finding
            })
        }
    }
}

/// Reports a Machine that a MachineSet replaces. Where other findings forbid the removal, there is no advice to delete the
/// Machine.
fn replaced(
    snapshot: &Snapshot,
    machine: &Object,
    together: &[String],
    forbidden: bool,
) -> Option<Finding> {
    let set = machine_set_of(machine)?;
    let message = format!("{set} owns the Machine, and creates another Machine in its place");
    let finding = Check::ForeignMachine.warning(machine.reference(), message);
    Some(if forbidden { finding } else { finding.hint(way_out(snapshot, machine, &set, together)) })
}

/// Returns how a Machine ceases to be an etcd Machine of a MachineSet for good, with the Machines of these names in the
/// MachineSet that no member keeps. A MachineSet of another role keeps the Machine: somebody gave the Machine the label of
/// the role etcd.
pub(super) fn way_out(
    snapshot: &Snapshot,
    machine: &Object,
    set: &ObjectRef,
    together: &[String],
) -> String {
    let (place, set_place) = (machine.reference().command_line(), set.command_line());
    let field = |path: &[&str]| match snapshot.get(set) {
        Some(set) => Field::at(set.body(), path),
        None => Field::Unknown(Unknown::NotRead),
    };
    let role = field(&["spec", "template", "metadata", "labels", names::MACHINE_ROLE]);
    let goes = |it: &&Object| {
        let is_named = it.name() == machine.name() || together.iter().any(|name| name == it.name());
        is_named && !it.is_terminating() && machine_set_of(it).as_ref() == Some(set)
    };
    let all = snapshot.all(Kind::Machine).filter(goes);
    let all: Vec<String> = all
        .filter(|it| !member(snapshot, it).iter().any(is_blocker))
        .map(|it| format!("{}/{}", Kind::Machine.on_command_line(), it.name()))
        .collect();
    let left = |count: u64| count.checked_sub(all.len() as u64);
    let count = field(&["spec", "replicas"]).known().and_then(Value::as_u64);
    let back = |label: &str| {
        format!("to give the Machine the role of its MachineSet again: oc label {place} {label}")
    };
    match (role.and_then(Field::text), count.and_then(|it| Some((it, left(it)?)))) {
        (Field::Known(names::ETCD), Some((count, left))) => format!(
            "to let the MachineSet delete {} and create no other: oc annotate {} -n {} {}=true && oc scale {set_place} \
             --current-replicas={count} --replicas={left}",
            if all.len() == 1 { "this Machine" } else { "these Machines" },
            all.join(" "),
            names::MACHINE_NAMESPACE,
            names::DELETE_MACHINE,
        ),
        (Field::Known(role), _) if role != names::ETCD && masking(role) == Masking::None => {
            back(&format!("{}={role} --overwrite", names::MACHINE_ROLE))
        }
        (Field::Absent, _) => back(&format!("{}-", names::MACHINE_ROLE)),
        _ => format!(
            "find out the role and the number of the Machines of the MachineSet: oc get {set_place} -o yaml"
        ),
    }
}

/// Returns advice about a Machine that never becomes an etcd node: the command that removes the Machine, with what
/// follows, unless a MachineSet creates another one like it.
pub(crate) fn advice(set: Option<&ObjectRef>, removal: String) -> String {
    let Some(set) = set else { return removal };
    format!(
        "look at the MachineSet with `oc get {} -o yaml`, because the MachineSet creates another machine in the place \
         of this one; if the MachineSet is for etcd machines, correct its template; then: {removal}",
        set.command_line()
    )
}

/// Reports what delays the deletion of a Machine or another object.
pub(super) fn held(machine: &Object) -> Option<Finding> {
    let holders = holders(machine);
    (!holders.is_empty()).then(|| {
        let message = format!("the deletion waits for {}", holders.join(" and "));
        let hint = look_at_holders(machine.reference());
        Check::DeletionBlocked.warning(machine.reference(), message).hint(hint)
    })
}

/// Reports a member of etcd on a Machine, and a Machine of which it is unknown whether a member runs there.
fn member(snapshot: &Snapshot, machine: &Object) -> Vec<Finding> {
    if let Some(finding) = hook(machine) {
        return vec![finding];
    }
    if !may_run(snapshot, machine) {
        return Vec::new();
    }
    let reference = machine.reference();
    let node = snapshot.node_of(machine);
    let mut findings = pods(snapshot, machine);
    let of_machine: BTreeSet<IpAddr> =
        addresses(machine).chain(node.into_iter().flat_map(addresses)).collect();
    let listed = members::addresses(snapshot);
    let shared = listed.as_ref().ok().and_then(|it| of_machine.intersection(it).next());
    findings.extend(shared.map(|at| {
        let message = format!("an etcd member runs on the machine, at {at}");
        let hint = "remove the member first; `oc etcd status` shows where members run";
        Check::CarriesEtcdMember.blocker(reference, message).hint(hint)
    }));
    if findings.iter().any(|it| it.check == Check::CarriesEtcdMember) {
        return findings;
    }
    findings.extend(untrusted(snapshot, listed.err()));
    if of_machine.is_empty() && snapshot.node_name_of(machine).is_some() {
        let message = "the machine has a Node but no known address, so it is unknown whether an etcd member \
                       runs on the machine";
        findings.push(Check::Unreadable.blocker(reference, message));
    }
    findings
}

/// A hook of etcd's operator, known by its owner or by its name (CEO `pkg/operator/machinedeletionhooks`).
fn hook(machine: &Object) -> Option<Finding> {
    let is_etcds =
        |it: &Value| it["owner"] == "clusteroperator/etcd" || it["name"] == "EtcdQuorumOperator";
    let mut hooks = ["preDrain", "preTerminate"]
        .into_iter()
        .flat_map(|it| machine.list(&format!("/spec/lifecycleHooks/{it}")));
    hooks.any(is_etcds).then(|| {
        let reference = machine.reference();
        let message =
            "etcd's operator protects the machine with a lifecycle hook, as it does for machines with \
             members";
        let hint = format!(
            "if the hook is a copy of a master's hook, remove the hook first: oc edit {}",
            reference.command_line()
        );
        Check::CarriesEtcdMember.blocker(reference, message).hint(hint)
    })
}

/// Returns whether anything can run on a Machine: it has, or once had, an instance.
fn may_run(snapshot: &Snapshot, machine: &Object) -> bool {
    let marks = ["/spec/providerID", "/status/providerStatus/instanceId", "/status/nodeRef"];
    marks.iter().any(|it| machine.get(it).is_some())
        || !machine.list("/status/addresses").is_empty()
        || snapshot.node_of(machine).is_some()
}

/// Pods with an etcd on a Machine's Node, or that its Pods could not be read.
fn pods(snapshot: &Snapshot, machine: &Object) -> Vec<Finding> {
    let Some(node) = snapshot.host_of(machine) else { return Vec::new() };
    let on_node = |it: &&Object| it.text("/spec/nodeName") == Some(node);
    let finding = |it: &Object| {
        let place = it.reference().command_line();
        let sign = Sign::of(it)?;
        let message = format!("{} runs on its Node {node}: {sign}", it.reference());
        let hint = format!(
            "if the pod is a member (`oc describe {place}` shows what the pod runs), remove the member from its etcd \
             cluster; then {}",
            way_off(it, node)
        );
        Some(Check::CarriesEtcdMember.blocker(machine.reference(), message).hint(hint))
    };
    let unread = permissions::unreadable(snapshot, &[Kind::Pod]);
    snapshot.all(Kind::Pod).filter(on_node).filter_map(finding).chain(unread).collect()
}

/// What takes a Pod off a Node, whatever the Pod runs.
fn way_off(pod: &Object, node: &str) -> String {
    let place = pod.reference().command_line();
    let owners = pod.list("/metadata/ownerReferences");
    let owner = owners.iter().find(|it| it["controller"] == true).or(owners.first());
    let field = |name| owner.and_then(|it| it[name].as_str());
    let namespace = pod.reference().namespace.as_deref().unwrap_or_default();
    match (field("kind"), field("name")) {
        (Some("Node"), _) => format!(
            "remove the manifest of this static pod from /etc/kubernetes/manifests: oc debug node/{node}"
        ),
        // The Pods of a DaemonSet tolerate a cordon.
        (Some("DaemonSet"), Some(name)) => format!(
            "exclude the Node with a node affinity or a node selector: oc edit daemonset/{name} -n {namespace}"
        ),
        (Some(_), _) => {
            format!("move the pod to another Node: oc adm cordon {node} && oc delete {place}")
        }
        (None, _) => format!("delete the pod: oc delete {place}"),
    }
}

/// Reports a list of members that does not exist, or is not to be trusted, because of a reason or of the
/// conditions of etcd's operator.
fn untrusted(snapshot: &Snapshot, unlisted: Option<&str>) -> Vec<Finding> {
    let unread = permissions::unreadable(snapshot, &[Kind::ConfigMap, Kind::Etcd]);
    if !unread.is_empty() {
        return unread;
    }
    let told =
        |it: &str| format!("{it}, so it is unknown whether an etcd member runs on a machine");
    let listed = unlisted.map(|it| Check::Unreadable.blocker(members::endpoints(), told(it)));
    let doubts = members::doubts(snapshot).into_iter().map(|it| {
        Check::EtcdUnhealthy
            .blocker("etcd/cluster", told(&it.message))
            .hint("machines can be deleted only while etcd is healthy: oc describe etcd/cluster")
    });
    listed.into_iter().chain(doubts).collect()
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
    snapshot.machines_of(names::ETCD).filter(|machine| !goes(machine)).count()
}

/// Returns the Machines that a plan removes or follows, as the Snapshot has them that was planned over.
#[must_use]
pub(crate) fn terminating(snapshot: &Snapshot, plan: &Plan) -> Vec<TerminatingMachine> {
    let leaves = |step: &&Step| matches!(step.change, Change::Remove { .. } | Change::Follow);
    plan.steps
        .iter()
        .filter(leaves)
        .filter_map(|it| TerminatingMachine::of(snapshot, &it.object))
        .collect()
}
