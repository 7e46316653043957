//! Plans `remove-machine`: the deletion of each requested Machine that no check protects.

use std::collections::BTreeSet;

use super::{Change, ClusterSummary, Plan, Step, removal};
use crate::check::{Check, Finding, cluster, finding, permissions};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::openshift::deletion::machine_of;
use crate::openshift::host::Host;
use crate::openshift::machine::{is_ours_here, other_cluster};

/// The treatment of a Machine that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// The name is wrong.
    #[default]
    Mistake,
    /// The wish is fulfilled.
    Fulfilled,
}

/// The request of `remove-machine`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoveMachineRequest {
    /// The names, each once.
    pub names: Vec<String>,
    /// `--confirm`, or typed: the Machines that go although oc-etcd did not make them.
    pub confirmed: BTreeSet<String>,
    /// `--ignore-not-found`
    pub absent: Absent,
}

/// Requested Machines that do not exist, and whose Nodes do not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(|name| line(name)).collect::<Vec<_>>().join("\n"))]
pub struct NotFound(pub Vec<String>);

fn line(name: &str) -> String {
    format!("{} \"{name}\" not found", Kind::Machine.qualified())
}

/// Plans `remove-machine` for a cluster.
///
/// # Errors
/// An error if a Machine does not exist, unless the request ignores this.
pub fn plan(snapshot: &Snapshot, request: &RemoveMachineRequest) -> Result<Plan, NotFound> {
    let cluster = ClusterSummary::of(snapshot);
    let mut findings = cluster::suitability(snapshot);
    if findings.is_empty() {
        findings = permissions::unreadable(snapshot, &[Kind::Machine, Kind::Node]);
    }
    let mut findings = permissions::with_all_denied(findings, snapshot, &Kind::ALL, |_| true);
    if !findings.is_empty() {
        // An object that was not read may exist.
        let findings = finding::normalize(findings, &BTreeSet::new());
        return Ok(Plan { cluster, layout: None, steps: Vec::new(), findings });
    }
    let mut steps = Vec::new();
    let mut missing = Vec::new();
    for name in &request.names {
        match there(snapshot, name) {
            MachineState::Machine(machine) => {
                steps.push(removal::step(snapshot, machine));
                findings.extend(removal::guards(snapshot, machine, &request.names));
                if removal::other_role(snapshot, machine).is_none() {
                    findings.extend(unconfirmed_machine(snapshot, machine, request));
                }
            }
            MachineState::Node(node) => {
                steps.push(removal::node_step(node));
                findings.push(removal::node_without_machine(snapshot, node));
                findings.extend(removal::member(snapshot, &Host::of_node(node)));
            }
            MachineState::Nothing => missing.push(name.clone()),
        }
    }
    if !missing.is_empty() && request.absent == Absent::Mistake {
        return Err(NotFound(missing));
    }
    if !steps.is_empty() {
        findings.extend(permissions::denied(snapshot, |it| {
            it.verb == "watch" || steps.iter().any(|step| step.change.is_write())
        }));
    }
    findings.extend(what_stays(snapshot, &steps));
    let findings = finding::normalize(findings, &BTreeSet::new());
    Ok(Plan { cluster, layout: None, steps, findings })
}

/// The existing parts of a Machine.
enum MachineState<'a> {
    Machine(&'a Object),
    /// The Node alone.
    Node(&'a Object),
    Nothing,
}

fn there<'a>(snapshot: &'a Snapshot, name: &str) -> MachineState<'a> {
    let reference = ObjectRef::machine(name);
    if let Some(machine) = snapshot.get(&reference) {
        return MachineState::Machine(machine);
    }
    let node = snapshot.etcd_nodes().find(|node| machine_of(node) == Some(name));
    node.map_or(MachineState::Nothing, MachineState::Node)
}

/// Returns the Machines that oc-etcd did not create and that the user has not confirmed: the user must type their
/// names.
#[must_use]
pub fn unconfirmed(snapshot: &Snapshot, request: &RemoveMachineRequest) -> Vec<String> {
    let is_unconfirmed = |name: &&String| match there(snapshot, name) {
        MachineState::Machine(machine) => {
            !is_ours_here(snapshot, machine)
                && !machine.is_terminating()
                && !request.confirmed.contains(*name)
        }
        MachineState::Node(_) | MachineState::Nothing => false,
    };
    request.names.iter().filter(is_unconfirmed).cloned().collect()
}

fn unconfirmed_machine(
    snapshot: &Snapshot,
    machine: &Object,
    request: &RemoveMachineRequest,
) -> Option<Finding> {
    if is_ours_here(snapshot, machine) || machine.is_terminating() {
        return None;
    }
    let (reference, name) = (machine.reference(), machine.name());
    let whose = match other_cluster(snapshot, machine) {
        Some(cluster) => format!(
            "the label {} names the cluster {cluster}, and the deletion can terminate an instance of that cluster",
            names::MACHINE_CLUSTER
        ),
        None => "the machine was not created by oc-etcd".to_owned(),
    };
    if request.confirmed.contains(name) {
        let message = format!("{whose}; the machine is deleted only after its name is confirmed");
        return Some(Check::ForeignMachine.warning(reference, message));
    }
    let message = format!(
        "{whose}: type its name at the prompt or pass its name with --confirm; --yes is not sufficient"
    );
    Some(
        Check::ForeignMachine
            .blocker(reference, message)
            .hint(format!("oc etcd remove-machine {name} --yes --confirm={name}")),
    )
}

/// Reports the number of etcd machines that stay, where it matters.
fn what_stays(snapshot: &Snapshot, steps: &[Step]) -> Option<Finding> {
    let removed = steps.iter().filter(|step| matches!(step.change, Change::Remove { .. })).count();
    let staying = removal::staying(snapshot, steps);
    match staying {
        _ if removed == 0 => None,
        0 => {
            let message = "no etcd machine remains; the pool and its objects remain until teardown";
            Some(Check::LastMachine.note("machines", message).hint("oc etcd teardown"))
        }
        staying if staying.is_multiple_of(2) => {
            let message = format!(
                "{staying} etcd machines remain: an even number tolerates no more failures than one machine \
                 fewer"
            );
            Some(Check::EvenMachineCount.note("machines", message))
        }
        _ => None,
    }
}
