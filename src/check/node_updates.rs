//! Judges what a rollout of the etcd pool does to the etcd Nodes that exist: the Nodes whose kubelet will not start, and the
//! Nodes that stopped before or during an update. Without its kubelet, a Node gets no other configuration, and the pool waits for the
//! Node.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::finding::{Check, Finding};
use super::pool;
use crate::derive::disk::MOUNT_POINT;
use crate::derive::pool::layout_of;
use crate::ignition;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::node::is_cordoned;
use crate::model::object::Object;
use crate::model::shell_command::quoted;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::kubelet::boot::Boot;
use crate::openshift::kubelet::{self, KubeletDoubt};
use crate::openshift::pool_status::{PAUSE, is_paused};

/// The time that a Node may take to boot into another configuration.
const REBOOT_TIME: SignedDuration = SignedDuration::from_mins(15);

/// An etcd Node that is not Ready, and for which an update of the pool waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The rendered MachineConfig that the Node was to have.
    pub desired: String,
    /// The reason why the kubelet does not start with this MachineConfig, if it is known.
    pub fault: Option<String>,
    /// Indicates whether the update of the Node has begun. The operator begins none while too many Nodes are not Ready.
    pub is_begun: bool,
    /// Indicates whether the pool has another configuration by now, which the Node cannot get.
    is_outdated: bool,
}

impl Stopped {
    /// Judges a Node.
    #[must_use]
    pub fn of(snapshot: &Snapshot, node: &Object) -> Option<Self> {
        let desired = node.annotation(names::DESIRED_CONFIG)?;
        let is_begun = is_updating(node);
        let is_outdated = snapshot.rendered_name(names::ETCD).is_some_and(|it| it != desired);
        let pool = snapshot.pool(names::ETCD);
        let is_paused = pool.is_some_and(is_paused);
        let is_awaited = is_begun || (is_outdated && !is_paused);
        let is_late = ready(node)
            .filter(|_| !node.condition_is_true("Ready"))
            .is_some_and(|it| time_since(snapshot, it).is_none_or(|it| it > REBOOT_TIME));
        (is_awaited && is_late).then(|| Self {
            desired: desired.to_owned(),
            fault: snapshot.machine_config(desired).filter(|_| is_begun).and_then(fault),
            is_begun,
            is_outdated: is_begun && is_outdated,
        })
    }

    /// Returns whether the Node does not become Ready by itself, as far as is known.
    #[must_use]
    pub const fn is_certain(&self) -> bool {
        self.fault.is_some() || self.is_outdated
    }
}

/// Returns whether a Node is to have another configuration than it has.
fn is_updating(node: &Object) -> bool {
    let current = node.annotation(names::CURRENT_CONFIG);
    current.is_some_and(|it| node.annotation(names::DESIRED_CONFIG).is_some_and(|to| to != it))
}

/// Returns the configuration of a Node, if the operator's daemon does not find this MachineConfig, without which no update is
/// computed (MCO `pkg/daemon/daemon.go`, `getStateAndConfigs`). The garbage collector deletes the rendered MachineConfigs of a
/// pool that somebody deletes.
#[must_use]
pub fn lost_configuration(node: &Object) -> Option<&str> {
    let current = node.annotation(names::CURRENT_CONFIG)?;
    let reason = node.annotation(names::CONFIG_REASON)?;
    let is_lost = node.annotation(names::CONFIG_STATE) == Some("Degraded")
        && reason.contains(&format!("\"{current}\" not found"));
    is_lost.then_some(current)
}

/// Returns whether a Node is not Ready because the operator reboots it for an update, as far as the time tells.
#[must_use]
pub fn is_rebooting(snapshot: &Snapshot, node: &Object) -> bool {
    let ready = ready(node).filter(|_| is_updating(node) && !node.condition_is_true("Ready"));
    ready.and_then(|it| time_since(snapshot, it)).is_some_and(|it| it <= REBOOT_TIME)
}

/// Returns the time for which a condition has its status, if that is known.
fn time_since(snapshot: &Snapshot, condition: &Value) -> Option<SignedDuration> {
    let since: Timestamp = condition["lastTransitionTime"].as_str()?.parse().ok()?;
    Some(snapshot.read_at.duration_since(since))
}

/// Returns the condition `Ready` of a Node.
#[must_use]
pub fn ready(node: &Object) -> Option<&Value> {
    node.list("/status/conditions").iter().find(|it| it["type"] == "Ready")
}

/// Returns an etcd Node for which a rollout of the pool waits, in words, and the command that helps.
#[must_use]
pub fn awaited(snapshot: &Snapshot) -> Option<(String, String)> {
    let wanted = snapshot.rendered_name(names::ETCD)?;
    let mut nodes = snapshot.etcd_nodes();
    if let Some(node) = nodes.find(|it| Stopped::of(snapshot, it).is_some()) {
        let words = format!("{}, which is not Ready", node.reference());
        return Some((words, "oc etcd status".to_owned()));
    }
    let leaving: Vec<&Object> = snapshot
        .machines_of(names::ETCD)
        .filter(|it| it.is_terminating())
        .filter_map(|it| snapshot.node_of(it))
        .collect();
    let is_behind = |it: &&Object| {
        it.annotation(names::CURRENT_CONFIG).is_some_and(|it| it != wanted) && !leaving.contains(it)
    };
    snapshot.etcd_nodes().filter(is_behind).find_map(|node| {
        let (reference, name) = (node.reference(), quoted(node.name()));
        // The operator cordons a Node, too, during its update.
        let state = node.annotation(names::CONFIG_STATE);
        if state.is_some_and(|it| matches!(it, "Degraded" | "Unreconcilable")) {
            let words = format!("{reference}, which the operator cannot update");
            Some((words, format!("oc describe node/{name}")))
        } else if is_cordoned(node) && !is_updating(node) {
            Some((format!("{reference}, which is cordoned"), format!("oc adm uncordon {name}")))
        } else {
            None
        }
    })
}

/// The reason why the kubelet of a machine with a rendered MachineConfig is not that of an etcd node.
fn fault(rendered: &Object) -> Option<String> {
    let found = kubelet::fault(&Boot::of(vec![rendered]))?;
    let is_known = !matches!(found.doubt, Some(KubeletDoubt::Unknown(..)));
    is_known.then_some(found.message)
}

/// Reports the etcd Nodes that lose the disk of etcd in the rollout that is under way: the daemon removes each unit that the
/// next configuration does not have (MCO `pkg/daemon/update.go`, `deleteStaleData`).
#[must_use]
pub fn losing_disk(snapshot: &Snapshot) -> Option<Finding> {
    let pool = snapshot.pool(names::ETCD).filter(|it| is_ours(it) && !is_paused(it))?;
    let next = snapshot.rendered_etcd()?;
    // What is unknown is a finding of the pool.
    pool::without_disk(ignition::config(next)?).filter(|it| it.check == Check::NotRendered)?;
    let has_other = |node: &&Object| {
        let current = node.annotation(names::CURRENT_CONFIG);
        current.is_some_and(|it| it.starts_with(names::RENDERED) && it != next.name())
    };
    let nodes = match snapshot.etcd_nodes().filter(has_other).count() {
        0 => return None,
        1 => {
            "the etcd node with another configuration loses the mount at its next reboot".to_owned()
        }
        count => format!(
            "the {count} etcd nodes with another configuration lose the mount one after the other at their next reboot"
        ),
    };
    let message = format!(
        "{} does not mount {MOUNT_POINT}: {nodes}, and an etcd there starts with an empty directory",
        next.name()
    );
    let hint = format!("pause the pool now: {PAUSE}; then: oc etcd init");
    Some(Check::NotRendered.warning(pool.reference(), message).hint(hint))
}

/// Adds what happens to the etcd Nodes that exist to a finding about the role of the kubelet. In the layout *inherit*, the
/// script on the machine stops such a kubelet. Nodes that run with the fault or have stopped are left out, and so is a paused
/// pool.
#[must_use]
pub fn with_nodes(snapshot: &Snapshot, mut finding: Finding) -> Finding {
    let Some(pool) = snapshot.pool(names::ETCD) else { return finding };
    let is_paused = is_paused(pool);
    let wanted = snapshot.rendered_name(names::ETCD);
    let is_rendered = wanted.and_then(|it| fault(snapshot.machine_config(it)?)).is_some();
    let has_fault =
        |node: &&Object| is_rendered && node.annotation(names::CURRENT_CONFIG) == wanted;
    let running = snapshot.etcd_nodes().filter(|it| Stopped::of(snapshot, it).is_none());
    let count = running.filter(|it| !has_fault(it)).count();
    if finding.check != Check::KubeletRoleWrong
        || is_paused
        || count == 0
        || layout_of(pool) != Some(Layout::Inherit)
    {
        return finding;
    }
    let nodes = match count {
        1 => "the etcd node that exists stops at its next reboot".to_owned(),
        _ => format!(
            "the {count} etcd nodes that exist stop one after the other at their next reboot"
        ),
    };
    finding.message.push_str(&format!("; {nodes}, because such a kubelet does not start"));
    let pause = format!("pause the pool now: {PAUSE}");
    let hint = finding.hint.map_or_else(|| pause.clone(), |it| format!("{pause}; then: {it}"));
    finding.hint = Some(hint.into());
    finding
}
