//! Plans `teardown`: the removal of the objects of `init` and `add-machine`, in an order that leaves no Node unmanaged.
//!
//! The Machines are deleted first. The pool is deleted only when no Node has its role any more: a Node without its pool
//! gets no configuration and no upgrade. The MachineConfigs, from which the pool is rendered, and the user data follow.

use std::collections::BTreeSet;

use super::compare::Difference;
use super::dependents;
use super::sources::REGISTRIES;
use super::{Change, ClusterSummary, Plan, Step, ownership, removal};
use crate::check::{Check, Finding, cluster, finding, machine_labels, mixed_roles, permissions};
use crate::model::kind::Kind;
use crate::model::machine_config_author::{is_generated_by_operator, is_only_ours};
use crate::model::names;
use crate::model::node::is_control_plane;
use crate::model::object::{Object, ObjectRef, ResourceVersion};
use crate::model::ours::name_of_copy;
use crate::model::shell_command::quoted;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::deletion::{is_left, machine_of};
use crate::openshift::host::Host;
use crate::openshift::machine::{is_ours_here, machine_set_of};

/// Plans `teardown` for a cluster.
#[must_use]
pub fn plan(snapshot: &Snapshot) -> Plan {
    let cluster = ClusterSummary::of(snapshot);
    let mut findings = cluster::suitability(snapshot);
    if findings.is_empty() {
        let needed = [
            Kind::Machine,
            Kind::Node,
            Kind::MachineConfigPool,
            Kind::MachineConfig,
            Kind::Secret,
            Kind::MachineSet,
        ];
        findings = permissions::unreadable(snapshot, &needed);
    }
    let mut findings = permissions::with_all_denied(findings, snapshot, &Kind::ALL, |_| true);
    let mut steps = Vec::new();
    if findings.is_empty() {
        steps = objects(snapshot);
        findings.extend(steps.iter().filter_map(|step| edited(snapshot, step)));
        let deleted = steps.iter().filter(|it| it.change.is_write());
        findings.extend(deleted.filter_map(|it| removal::held(snapshot.get(&it.object)?)));
        findings.extend(left_behind(snapshot, &steps));
        let has_pool = is_removed(&steps, Kind::MachineConfigPool);
        findings.extend(dependents::findings(snapshot, &steps));
        if has_pool {
            findings.extend(nodes(snapshot, &mut steps));
        }
        let (of_machines, found) = machines(snapshot, has_pool);
        findings.extend(found);
        steps.splice(0..0, of_machines);
        let is_busy =
            steps.iter().any(|it| it.change.is_write() || matches!(it.change, Change::Follow));
        findings.extend(permissions::denied(snapshot, |it| {
            is_busy && (it.verb == "watch" || is_removed(&steps, it.kind))
        }));
    }
    let findings = finding::normalize(findings, &BTreeSet::new());
    Plan { cluster, layout: None, steps, findings }
}

fn is_removed(steps: &[Step], kind: Kind) -> bool {
    steps
        .iter()
        .any(|step| step.object.kind == kind && matches!(step.change, Change::Remove { .. }))
}

/// The Machines of the role etcd: ours go. One of somebody else's, or of a MachineSet, stays and with it the pool.
fn machines(snapshot: &Snapshot, has_pool: bool) -> (Vec<Step>, Vec<Finding>) {
    let mut steps = Vec::new();
    let mut findings: Vec<Finding> = mixed_roles::relabeled_blockers(snapshot).collect();
    let goes = |it: &&Object| {
        it.is_terminating() || is_ours_here(snapshot, it) && machine_set_of(it).is_none()
    };
    let together = snapshot.machines_of(names::ETCD).filter(goes);
    let together: Vec<String> = together.map(|it| it.name().to_owned()).collect();
    for machine in snapshot.machines_of(names::ETCD) {
        let set = machine_set_of(machine).filter(|_| !machine.is_terminating());
        match set {
            Some(set) => {
                steps.push(left(machine, "owned by a MachineSet"));
                if has_pool || is_ours_here(snapshot, machine) {
                    findings.extend(of_machine_set(snapshot, machine, &set));
                }
            }
            None if is_ours_here(snapshot, machine) || machine.is_terminating() => {
                steps.push(removal::step(snapshot, machine));
                findings.extend(removal::guards(snapshot, machine, &together));
            }
            None => {
                steps.push(left(machine, "not created by oc-etcd"));
                findings.extend(has_pool.then(|| foreign_machine(machine)));
            }
        }
    }
    (steps, findings)
}

fn foreign_machine(machine: &Object) -> Finding {
    let message =
        "the Machine was not created by oc-etcd, and without the pool its Node would be unmanaged";
    let hint = format!("oc etcd remove-machine {}", machine.name());
    Check::ForeignMachine.blocker(machine.reference(), message).hint(hint)
}

/// Reports a Machine that a MachineSet replaces when the Machine is deleted, and a member of etcd on it.
fn of_machine_set(snapshot: &Snapshot, machine: &Object, set: &ObjectRef) -> Vec<Finding> {
    let message = format!(
        "{set} owns the Machine and replaces the Machine if it is deleted, and without the pool the Nodes of \
         the MachineSet would be unmanaged"
    );
    let finding = Check::ForeignMachine.blocker(machine.reference(), message);
    let mut found = removal::guards(snapshot, machine, &[]);
    found.retain(removal::is_blocker);
    let hint = found.is_empty().then(|| removal::way_out(snapshot, machine, set, &[]));
    found.push(match hint {
        Some(hint) => finding.hint(hint),
        None => finding,
    });
    found
}

/// The pool, the MachineConfigs and the user data.
fn objects(snapshot: &Snapshot) -> Vec<Step> {
    let mut steps: Vec<Step> = snapshot.pool(names::ETCD).map(pool).into_iter().collect();
    let (generated, others): (Vec<&Object>, Vec<&Object>) =
        snapshot.machine_configs_of(names::ETCD).partition(|it| is_the_operators(it));
    let (ours, foreign): (Vec<&Object>, Vec<&Object>) =
        others.into_iter().partition(|it| is_ours(it));
    // One that lost its role has the name that `init` needs.
    let (of_masters, relabeled): (Vec<&Object>, Vec<&Object>) = snapshot
        .all(Kind::MachineConfig)
        .filter(|it| is_ours(it) && it.label(names::MACHINE_CONFIG_ROLE) != Some(names::ETCD))
        .partition(|it| it.name() == names::MASTERS_DISK);
    let removals = ours.into_iter().chain(relabeled);
    steps.extend(removals.map(|it| removed(it, because_of_source(it))));
    steps.extend(of_masters.into_iter().map(|it| left(it, "created by add-disk")));
    match snapshot.machine_secret(names::ETCD_USER_DATA) {
        Some(secret) if is_ours(secret) => {
            steps.push(removed(secret, "user data for etcd machines".to_owned()));
        }
        Some(secret) => steps.push(left(secret, "not created by oc-etcd")),
        None => {}
    }
    steps.extend(foreign.into_iter().map(|it| left(it, "not created by oc-etcd")));
    steps.extend(generated.into_iter().map(|it| Step {
        object: it.reference().clone(),
        change: Change::LeftToOperator { fallback: None },
        because: "generated by the Machine Config Operator".to_owned(),
    }));
    steps
}

fn pool(pool: &Object) -> Step {
    if is_ours(pool) {
        let because = "rendered-etcd-* and etcd-user-data-managed are deleted with the pool";
        return removed(pool, because.to_owned());
    }
    left(pool, "not created by oc-etcd")
}

/// A copy of the registries stays ours until the operator takes it over by giving it an owner.
fn is_the_operators(machine_config: &Object) -> bool {
    let is_registries = machine_config.name() == name_of_copy(REGISTRIES);
    is_generated_by_operator(machine_config) && !(is_registries && is_only_ours(machine_config))
}

fn because_of_source(machine_config: &Object) -> String {
    match machine_config.annotation(names::SOURCE).and_then(|it| it.strip_prefix("machineconfig/"))
    {
        Some(source) => format!("copy of {source}"),
        None => "created by init".to_owned(),
    }
}

fn removed(object: &Object, because: String) -> Step {
    let going = || "the deletion is already in progress".to_owned();
    let because = if object.is_terminating() { going() } else { because };
    let change = Change::Remove { before: ResourceVersion::of(object) };
    Step { object: object.reference().clone(), change, because }
}

fn left(object: &Object, because: &str) -> Step {
    let (object, because) = (object.reference().clone(), because.to_owned());
    Step { object, change: Change::LeftToOwner, because }
}

/// Reports the changes of other field managers in an object of oc-etcd that is deleted.
fn edited(snapshot: &Snapshot, step: &Step) -> Option<Finding> {
    let is_content = matches!(step.object.kind, Kind::MachineConfig | Kind::Secret);
    if !is_content || !matches!(step.change, Change::Remove { .. }) {
        return None;
    }
    let whole = ["spec", "data"]
        .map(|field| Difference { path: vec![field.to_owned()], what: field.to_owned() });
    let conflicts = ownership::conflicts(snapshot.get(&step.object)?, &whole, names::FIELD_MANAGER);
    let conflict = conflicts.iter().find(|it| !it.has_written_all && !it.is_left_over)?;
    let message = format!("{} changed the object; the change is lost", conflict.manager);
    Some(Check::Drifted.warning(&step.object, message))
}

/// The Nodes that the pool would leave behind. One whose Machine no longer exists is waited for.
fn nodes(snapshot: &Snapshot, steps: &mut Vec<Step>) -> Vec<Finding> {
    // A Machine that lost its role has a finding.
    let of_machines: BTreeSet<&str> = snapshot
        .machines_of(names::ETCD)
        .chain(mixed_roles::relabeled(snapshot))
        .filter_map(|it| snapshot.node_of(it))
        .map(Object::name)
        .collect();
    let mut findings = Vec::new();
    let mut followed = Vec::new();
    for node in snapshot.etcd_nodes().filter(|it| !of_machines.contains(it.name())) {
        let machine = machine_of(node).map(ObjectRef::machine);
        let is_deleted = is_left(snapshot, node);
        // A member on a master is where it belongs.
        let host = (!is_control_plane(node)).then(|| Host::of_node(node));
        let of_member = host.map_or_else(Vec::new, |it| removal::member(snapshot, &it));
        let is_free = !of_member.iter().any(removal::is_blocker);
        findings.extend(of_member);
        if is_deleted && !is_control_plane(node) {
            followed.push(removal::node_step(node));
            findings.push(removal::node_without_machine(snapshot, node));
            continue;
        }
        let whose = match machine.filter(|_| !is_deleted) {
            Some(machine) => format!("belongs to {machine}, which is kept"),
            None => "has no Machine of the role etcd".to_owned(),
        };
        let message = format!(
            "the Node has the role etcd and {whose}: without the pool the Node would be unmanaged"
        );
        let finding = Check::NodeWithoutPool.blocker(node.reference(), message);
        findings.push(if is_free { finding.hint(handed_over(snapshot, node)) } else { finding });
    }
    steps.splice(0..0, followed);
    findings
}

/// Returns how another pool gets a Node. Without any role, no pool would manage the Node.
fn handed_over(snapshot: &Snapshot, node: &Object) -> String {
    let label = machine_labels::take_from_node(snapshot, node, &[names::NODE_ROLE_ETCD]);
    if is_control_plane(node) || node.label(names::NODE_ROLE_WORKER).is_some() {
        return label;
    }
    format!(
        "delete the instance and the Node, or give the Node to the pool of the workers: {label}"
    )
}

/// Reports the objects that the operator made for the pool, and that it no longer updates. Of another release, the
/// operator deletes those of the kubelet some time after its start (MCO `pkg/controller/kubelet-config`,
/// `cleanUpDuplicatedMC`), and keeps the others.
fn left_behind(snapshot: &Snapshot, steps: &[Step]) -> Vec<Finding> {
    let has_pool = steps.iter().any(|step| step.object.kind == Kind::MachineConfigPool);
    let when = if has_pool { "after the pool is deleted: " } else { "" };
    let left = steps.iter().filter(|it| matches!(it.change, Change::LeftToOperator { .. }));
    let (mut findings, mut others) = (Vec::new(), Vec::new());
    for object in left.map(|it| &it.object) {
        match snapshot.get(object).and_then(source_of) {
            Some(source) => findings.push(generated_again(object, source, when)),
            None => others.push(object.to_string()),
        }
    }
    let Some(names) = others.first() else { return findings };
    let is_one = others.len() == 1;
    let subject = if is_one { names.clone() } else { "MachineConfigs".to_owned() };
    let it = if is_one { "it" } else { "them" };
    let message = format!(
        "after the pool is deleted, the operator no longer updates {it}, and after a cluster upgrade, an outdated \
         object can prevent a new pool from rendering"
    );
    let hint = format!("{when}oc delete {}", others.join(" "));
    findings.push(Check::ObjectsLeftBehind.warning(subject, message).hint(hint));
    findings
}

/// Returns the kind and the name of the object from which the operator generates a MachineConfig on request of an admin.
fn source_of(machine_config: &Object) -> Option<(&str, &str)> {
    let owners = machine_config.list("/metadata/ownerReferences").iter();
    let sources = ["KubeletConfig", "ContainerRuntimeConfig"];
    owners
        .filter_map(|it| Some((it["kind"].as_str()?, it["name"].as_str()?)))
        .find(|(kind, _)| sources.contains(kind))
}

/// Reports a MachineConfig that comes back with a new pool. The operator deletes the MachineConfigs of all pools that the
/// source selects with the source (MCO `cascadeDelete`), and without a pool, it does not look at the source again.
fn generated_again(object: &ObjectRef, (kind, name): (&str, &str), when: &str) -> Finding {
    let source = format!("{}/{name}", kind.to_lowercase());
    let message = format!(
        "the operator generates the object from {source}, and generates the object again for a new pool, whose nodes may \
         then reboot"
    );
    let hint = format!(
        "{when}oc delete {}, which deletes this object too; if the {kind} is also for another pool, instead: oc delete {object}",
        quoted(&source)
    );
    Check::ObjectsLeftBehind.warning(object, message).hint(hint)
}
