//! Reports a Node that gets the configuration of the etcd pool, and that is not the Node of an etcd machine: the Node has
//! no empty volume for etcd.

use super::finding::{Check, Finding};
use super::node_updates::Stopped;
use super::{etcd_member, machine_labels};
use crate::model::names;
use crate::model::object::Object;
use crate::model::shell_command::quoted;
use crate::model::snapshot::Snapshot;
use crate::openshift::host::Host;
use crate::openshift::machine::machine_set_of;

/// Returns whether a Node has booted with the configuration of the etcd pool.
#[must_use]
pub fn runs_with_etcds(node: &Object) -> bool {
    node.annotation(names::CURRENT_CONFIG).is_some_and(|it| it.starts_with(names::RENDERED))
}

/// Returns the update to the configuration of the etcd pool in which a Node stopped, if the Node has never had such a
/// configuration.
#[must_use]
pub fn stopped(snapshot: &Snapshot, node: &Object) -> Option<Stopped> {
    let of_etcd = |it: &Stopped| it.is_begun && it.desired.starts_with(names::RENDERED);
    Stopped::of(snapshot, node).filter(of_etcd).filter(|_| !runs_with_etcds(node))
}

/// Reports a Node without a volume for etcd, and what becomes of the Node. `machine` is the Machine of the Node, and
/// `message` says how the Node came to the etcd pool.
#[must_use]
pub fn finding(
    snapshot: &Snapshot,
    node: &Object,
    machine: Option<&Object>,
    check: Check,
    message: &str,
) -> Finding {
    let finding = |words: &str| check.warning(node.reference(), format!("{message}{words}"));
    // The Node has found its volume, and may be the Node of an etcd machine.
    if runs_with_etcds(node) {
        return finding("");
    }
    let stopped = stopped(snapshot, node);
    let then = match &stopped {
        Some(it) => format!(
            ". The Node is not Ready since its update to {} began: the Node has probably found no empty volume for etcd, \
             and stopped before its kubelet started",
            it.desired
        ),
        None => {
            ", and after its reboot, the Node finds no empty volume for etcd and stops".to_owned()
        }
    };
    if !etcd_member::has_no_sign(snapshot, &Host::of_node(node)) {
        return finding(&format!("{then}; an etcd member may run on the Node"));
    }
    let label = machine_labels::take_from_node(snapshot, node, &[names::NODE_ROLE_ETCD]);
    finding(&then).hint(match stopped {
        Some(_) => format!("{label}; then {}", replacement(node, machine)),
        None => label,
    })
}

/// Returns how a machine comes back that has stopped: the daemon that would carry out a change of the labels is a Pod, and no
/// kubelet runs there (`docs/disk.md`).
fn replacement(node: &Object, machine: Option<&Object>) -> String {
    let because = "because a label does not start the machine of the Node again";
    let Some(machine) = machine else { return format!("replace the machine, {because}") };
    let selector = quoted(&format!("spec.nodeName={}", node.name()));
    let command = format!(
        "oc get pods --all-namespaces --field-selector={selector}, and if no Pod runs etcd: oc delete {}",
        machine.reference().command_line()
    );
    match machine_set_of(machine) {
        Some(set) => {
            format!("let {set} create another machine, {because}: {command}")
        }
        None => format!("delete the machine, {because}: {command}"),
    }
}
