//! Decides whether a Machine may be removed. If it is unknown whether a member of etcd runs on the Machine, the Machine
//! stays.

use serde_json::Value;

use super::{Change, Plan, Step};
use crate::check::{Check, Finding, Severity, etcd_member, machine_ties, mixed_roles};
use crate::model::field::{Field, Masking, Unknown, masking};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::is_control_plane;
use crate::model::object::{Object, ObjectRef, ResourceVersion};
use crate::model::shell_command::quoted;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::deletion::{
    TerminatingMachine, holders, is_left, look_at_holders, machine_of,
};
use crate::openshift::host::Host;
use crate::openshift::machine::{MachineProgress, machine_set_of};
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

/// Reports a Node whose Machine no longer exists. Unless it is known that no member runs there, there is no advice to delete
/// the Node.
pub(super) fn node_without_machine(snapshot: &Snapshot, node: &Object) -> Finding {
    let message = "the Machine of the Node is deleted but the Node still exists";
    let finding = |message| Check::NodeWithoutPool.warning(node.reference(), message);
    let host = Host::of_node(node);
    if !etcd_member::is_free(snapshot, &host) {
        let finding = finding(format!("{message}, and an etcd member may run on the Node"));
        // Who has read the Pods names the one with the member.
        let is_unread = !etcd_member::holds_pods_of(snapshot, &host);
        return if is_unread { finding.hint(look_at_pods(node)) } else { finding };
    }
    finding(format!("{message}; if the instance is terminated too, delete the Node manually"))
        .hint(format!("oc delete {}", node.reference()))
}

/// Returns the command that reads the Pods on a Node without a Machine, and tells whether the Node may be deleted.
fn look_at_pods(node: &Object) -> String {
    if let Some(machine) = machine_of(node) {
        return format!("oc etcd remove-machine {} --dry-run=client", quoted(machine));
    }
    let selector = quoted(&format!("spec.nodeName={}", node.name()));
    format!("oc get pods --all-namespaces --field-selector={selector}")
}

/// Returns the commands that show whether a Node may be deleted whose machine no longer exists, and that delete the Node.
pub(crate) fn deletion_of_node(snapshot: &Snapshot, node: &Object) -> String {
    let look = look_at_pods(node);
    // `remove-machine` tells how the Node of a Machine goes.
    if machine_of(node).is_some() || !etcd_member::has_no_sign(snapshot, &Host::of_node(node)) {
        return look;
    }
    format!("{look}, and if no Pod runs etcd: oc delete {}", node.reference())
}

/// Reports the etcd Nodes whose Machines no longer exist. A Node of the control plane has a finding of its own.
pub(crate) fn nodes_without_machine(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    let nodes = snapshot.etcd_nodes().filter(|it| !it.is_terminating() && !is_control_plane(it));
    nodes.filter(|it| is_left(snapshot, it)).map(|it| node_without_machine(snapshot, it))
}

/// Returns the findings that forbid or accompany the removal of a Machine, together with the Machines of these names.
pub(super) fn guards(snapshot: &Snapshot, machine: &Object, together: &[String]) -> Vec<Finding> {
    if let Some(finding) = other_role(snapshot, machine) {
        return vec![finding];
    }
    let mut of_member = member(snapshot, &Host::of_machine(snapshot, machine));
    of_member.extend(held_for_good(snapshot, machine));
    let is_forbidden = of_member.iter().any(is_blocker);
    let replaced = replaced(snapshot, machine, together, is_forbidden);
    let held = held(machine).filter(|_| machine_ties::unhook(machine).is_none());
    held.into_iter().chain(replaced).chain(of_member).collect()
}

/// Reports a Machine that is being deleted and has a hook of etcd's operator, which nobody removes from an etcd Machine.
fn held_for_good(snapshot: &Snapshot, machine: &Object) -> Vec<Finding> {
    let Some(unhook) = machine_ties::unhook(machine).filter(|_| machine.is_terminating()) else {
        return Vec::new();
    };
    let held = Check::DeletionBlocked.blocker(machine.reference(), machine_ties::HELD_FOR_GOOD);
    if machine_ties::is_free_beside_hook(snapshot, machine) {
        return vec![held.hint(unhook)];
    }
    // The hook keeps the member, and each finding says how the member goes.
    machine_ties::members_beside_hook(snapshot, machine).into_iter().chain([held]).collect()
}

/// Reports a member of etcd on a machine. Of a machine that is being deleted already others have decided.
pub(super) fn member(snapshot: &Snapshot, host: &Host<'_>) -> Vec<Finding> {
    if host.object().is_terminating() {
        return Vec::new();
    }
    etcd_member::findings(snapshot, host)
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
    let labels = [names::MACHINE_ROLE, names::MACHINE_TYPE].map(|key| machine.label(key));
    let tied = |message: &str| {
        let way_out = machine_ties::way_out(snapshot, machine);
        Some(Check::ControlPlaneMachine.blocker(reference, message).hint(way_out))
    };
    if labels.into_iter().flatten().any(machine_ties::is_master) {
        return tied("the machine has a label of the control plane");
    }
    if machine_ties::is_owned(machine) {
        return tied("the machine is owned by the ControlPlaneMachineSet");
    }
    let node = snapshot.node_of(machine);
    if let Some(node) = node.filter(|it| is_control_plane(it)) {
        let message = format!("its Node {} has a label of the control plane", node.name());
        let finding = Check::ControlPlaneMachine.blocker(reference, message);
        let way_out = mixed_roles::way_out(snapshot, node);
        return Some(finding.hint(way_out));
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
        .filter(|it| etcd_member::is_free(snapshot, &Host::of_machine(snapshot, it)))
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
            back(&format!("{}={} --overwrite", names::MACHINE_ROLE, quoted(role)))
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
