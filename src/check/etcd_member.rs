//! Decides whether a member of etcd runs on a machine beside the masters. If this is unknown, a member may run there.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::finding::{Check, Finding, Severity};
use super::{overrides, permissions};
use crate::model::field::{Field, Unknown};
use crate::model::kind::Kind;
use crate::model::object::{Object, ObjectRef};
use crate::model::shell_command::quoted;
use crate::model::snapshot::Snapshot;
use crate::openshift::deletion::{HOOKS, is_hook_of_etcd};
use crate::openshift::host::Host;
use crate::openshift::members::{self, address};
use crate::openshift::pod::Sign;

/// Returns whether it is known that no member runs on a machine. Only who has read the Pods of its Node in every namespace
/// knows this.
#[must_use]
pub fn is_free(snapshot: &Snapshot, host: &Host<'_>) -> bool {
    has_no_sign(snapshot, host) && holds_pods_of(snapshot, host)
}

/// Returns whether what was read shows no member on a machine, for advice to run a command that reads the Pods of the Node
/// before the command deletes anything.
#[must_use]
pub fn has_no_sign(snapshot: &Snapshot, host: &Host<'_>) -> bool {
    !findings(snapshot, host).iter().any(|it| it.severity == Severity::Blocker)
}

/// Returns whether the Pods on the Node of a machine were read in every namespace.
#[must_use]
pub fn holds_pods_of(snapshot: &Snapshot, host: &Host<'_>) -> bool {
    !host.may_run() || host.names().iter().all(|it| snapshot.holds_pods_of(it))
}

/// Reports a member of etcd on a machine, and a machine of which it is unknown whether a member runs there.
#[must_use]
pub fn findings(snapshot: &Snapshot, host: &Host<'_>) -> Vec<Finding> {
    // A hook may be a copy, and its removal lets the machine go: what else keeps the machine is told as well.
    let hook = host.machine().and_then(hook);
    hook.into_iter().chain(beside_hook(snapshot, host)).collect()
}

/// Reports the same, whatever the hooks of the machine are.
#[must_use]
pub fn beside_hook(snapshot: &Snapshot, host: &Host<'_>) -> Vec<Finding> {
    if !host.may_run() {
        return Vec::new();
    }
    let (reference, machine) = (host.reference(), word(host));
    let mut findings = pods(snapshot, host);
    let of_host: BTreeSet<IpAddr> = host.objects().flat_map(addresses).collect();
    let listed = members::addresses(snapshot);
    let shared = listed.as_ref().ok().and_then(|it| of_host.intersection(it).next());
    findings.extend(shared.map(|at| {
        let message = format!("an etcd member runs on the {machine}, at {at}");
        let hint = "remove the member first; `oc etcd status -o wide` shows where members run";
        Check::CarriesEtcdMember.blocker(reference, message).hint(hint)
    }));
    if findings.iter().any(|it| it.check == Check::CarriesEtcdMember) {
        return findings;
    }
    findings.extend(untrusted(snapshot, listed.err()));
    if of_host.is_empty() {
        let has_node = match host.machine() {
            Some(_) if !host.names().is_empty() => "a Node but ",
            _ => "",
        };
        let message = format!(
            "the {machine} has {has_node}no known address, so it is unknown whether an etcd member runs on the {machine}"
        );
        findings.push(Check::Unreadable.blocker(reference, message));
    }
    findings
}

/// Returns what a machine is called by the finding that has it as the subject.
fn word(host: &Host<'_>) -> &'static str {
    if host.machine().is_some() { "machine" } else { "Node" }
}

/// A hook of etcd's operator.
fn hook(machine: &Object) -> Option<Finding> {
    let mut hooks = HOOKS.into_iter().flat_map(|it| machine.list(it));
    hooks.any(is_hook_of_etcd).then(|| {
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

/// Pods with an etcd on the Node of a machine, or that the Pods could not be read.
fn pods(snapshot: &Snapshot, host: &Host<'_>) -> Vec<Finding> {
    let names = host.names();
    if names.is_empty() && !host.lost_its_node() {
        return Vec::new();
    }
    let its = if host.machine().is_some() { "its" } else { "the" };
    let finding = |it: &Object| {
        let node = it.text("/spec/nodeName").filter(|it| names.contains(it))?;
        let place = it.reference().command_line();
        let sign = Sign::of(it)?;
        let message = format!("{} runs on {its} Node {node}: {sign}", it.reference());
        let hint = format!(
            "if the pod is a member (`oc describe {place}` shows what the pod runs), remove the member from its etcd \
             cluster; then {}",
            match host.node() {
                None if host.lost_its_node() => NODE_AGAIN.to_owned(),
                Some(node) if !node.condition_is_true("Ready") => way_off_dead_node(it),
                _ => way_off(it, node),
            }
        );
        Some(Check::CarriesEtcdMember.blocker(host.reference(), message).hint(hint))
    };
    let unread = permissions::unreadable(snapshot, &[Kind::Pod]);
    let mut found: Vec<Finding> = snapshot.all(Kind::Pod).filter_map(finding).collect();
    if found.is_empty() && host.lost_its_node() {
        found.extend(without_node(snapshot, host));
    }
    found.into_iter().chain(unread).collect()
}

/// What has the Pods of a machine without a Node reported again. A member may be removed from etcd when its Node reboots.
const NODE_AGAIN: &str = "restart the kubelet, but not the instance, so that the Node is created again and shows its Pods";

/// Reports that nobody knows the Pods of a machine whose Node was deleted.
fn without_node(snapshot: &Snapshot, host: &Host<'_>) -> Vec<Finding> {
    let unread = permissions::unreadable(snapshot, &[Kind::Node]);
    if !unread.is_empty() {
        return unread;
    }
    let node = host.object().text("/status/nodeRef/name").unwrap_or("of the machine");
    let message = format!(
        "its Node {node} does not exist, so it is unknown whether an etcd member runs on the machine: static Pods go on \
         running without a Node, and nobody reports these Pods"
    );
    vec![Check::CarriesEtcdMember.blocker(host.reference(), message).hint(NODE_AGAIN)]
}

/// What takes a Pod off a Node whose kubelet does not run: no Pod ends there, and no manifest can be removed.
fn way_off_dead_node(pod: &Object) -> String {
    format!(
        "start the instance or, if the instance no longer exists, delete the pod: oc delete {} --force --grace-period=0",
        pod.reference().command_line()
    )
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
            "remove the manifest of this static pod from /etc/kubernetes/manifests: oc debug node/{}",
            quoted(node)
        ),
        // The Pods of a DaemonSet tolerate a cordon.
        (Some("DaemonSet"), Some(name)) => format!(
            "exclude the Node with a node affinity or a node selector: oc edit daemonset/{} -n {namespace}",
            quoted(name)
        ),
        (Some(_), _) => {
            format!(
                "move the pod to another Node: oc adm cordon {} && oc delete {place}",
                quoted(node)
            )
        }
        (None, _) => format!("delete the pod: oc delete {place}"),
    }
}

/// Reports a list of members that does not exist, or is not to be trusted, because of a reason or of the
/// conditions of etcd's operator.
fn untrusted(snapshot: &Snapshot, unlisted: Option<&str>) -> Vec<Finding> {
    let needed = [Kind::ConfigMap, Kind::Etcd, Kind::ClusterOperator];
    let unread = permissions::unreadable(snapshot, &needed);
    if !unread.is_empty() {
        return unread;
    }
    let told =
        |it: &str| format!("{it}, so it is unknown whether an etcd member runs on a machine");
    let listed = unlisted.map(|it| Check::Unreadable.blocker(members::endpoints(), told(it)));
    let doubts = members::doubts(snapshot).into_iter().map(|it| {
        let hint = it.remedy.unwrap_or(
            "machines can be deleted only while etcd is healthy: oc describe etcd/cluster",
        );
        Check::EtcdUnhealthy.blocker("etcd/cluster", told(&it.message)).hint(hint)
    });
    let stopped = stopped(snapshot).into_iter();
    let stopped = stopped.map(|it| Finding { message: told(&it.message), ..it });
    listed.into_iter().chain(doubts).chain(stopped).collect()
}

/// Reports that the operator that writes the list of members may be stopped: the list and the conditions of `etcd/cluster`
/// then stay as they were.
#[must_use]
pub fn stopped(snapshot: &Snapshot) -> Vec<Finding> {
    let overrides = overrides::of(snapshot, &[overrides::ETCD]).into_iter().map(|it| {
        let check = if it.check == Check::Unreadable { it.check } else { Check::EtcdUnhealthy };
        Finding { severity: Severity::Blocker, check, ..it }
    });
    overrides.chain(unavailable(snapshot)).collect()
}

/// Reports that etcd's operator is not available, or that this is unknown.
fn unavailable(snapshot: &Snapshot) -> Option<Finding> {
    let operator = ObjectRef::cluster(Kind::ClusterOperator, "etcd");
    let Some(found) = snapshot.get(&operator) else {
        let message = match snapshot.why_unreadable(Kind::ClusterOperator) {
            Some(it) => format!("the object could not be read: {}", it.reason),
            None => "the object does not exist".to_owned(),
        };
        return Some(Check::Unreadable.blocker(operator, message));
    };
    let state = found.condition_state("Available");
    let check = match state {
        Field::Known(true) => return None,
        Field::Known(false) | Field::Unknown(Unknown::Undetermined) => Check::EtcdUnhealthy,
        Field::Absent | Field::Unknown(_) => Check::Unreadable,
    };
    let message = format!("the condition Available is {}", state.word());
    let hint = format!("oc describe {operator}");
    Some(check.blocker(&operator, message).hint(hint))
}

fn addresses(object: &Object) -> impl Iterator<Item = IpAddr> {
    let addresses = object.list("/status/addresses").iter();
    addresses.filter_map(|it| address(it["address"].as_str()?))
}
