//! The checks of `add-disk` and `remove-disk` before a write: each refusal, and the consequences of the replacement of
//! masters that an admin must know.
//!
//! If a resource could not be read, the command is refused. Some refusals end without intervention, for example when an
//! operator is no longer progressing: a run waits for such a refusal to end. Every other refusal ends the run.

use serde_json::Value;

use super::operators::{MACHINE_API, OPERATORS};
use super::{cluster, master_losses, node_metadata, overrides, permissions};
use crate::check::{Check, Finding, Severity};
use crate::model::field::{Field, holds_withheld};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::release::Release;
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::{
    self, ControlPlaneMachineSet, PAUSE, RESUME, Rollout, State, Strategy,
};
use crate::openshift::deletion::{HOOK_OF_ETCD, OWNER_OF_HOOK};
use crate::openshift::{etcd_stability, master_volumes, replacement};
use crate::platform::aws;

/// Resources without which nothing is decided.
const NEEDED: [Kind; 10] = [
    Kind::ClusterOperator,
    Kind::ClusterVersion,
    Kind::ConfigMap,
    Kind::ControlPlaneMachineSet,
    Kind::Etcd,
    Kind::Infrastructure,
    Kind::Machine,
    Kind::MachineConfig,
    Kind::MachineConfigPool,
    Kind::Node,
];

/// The operator of the ControlPlaneMachineSet.
const OF_SET: &str = "control-plane-machine-set";

/// Returns the operators that carry out a part of the change, or that the change affects.
pub(crate) fn operators() -> impl Iterator<Item = &'static str> {
    [OF_SET, MACHINE_API].into_iter().chain(OPERATORS)
}

/// The first release with ControlPlaneMachineSets on AWS.
const FIRST: Release = Release::minor(12);

/// Returns whether a refusal ends without intervention.
#[must_use]
pub const fn is_passing(check: Check) -> bool {
    matches!(
        check,
        Check::EtcdUnstable
            | Check::MasterPoolNotUpdated
            | Check::MastersRolling
            | Check::OperatorDegraded
            | Check::OperatorProgressing
            | Check::Unreadable
    )
}

/// Returns the reasons why nothing can be decided about this cluster. Empty if there is no such reason.
#[must_use]
pub fn undecided(snapshot: &Snapshot) -> Vec<Finding> {
    let unsuitable = cluster::suitability(snapshot);
    if !unsuitable.is_empty() {
        return permissions::with_all_denied(unsuitable, snapshot, &NEEDED, |_| true);
    }
    if let Some(release) = snapshot.release().filter(|it| *it < FIRST) {
        let message = format!(
            "OpenShift {release} has no ControlPlaneMachineSet on AWS; 4.12 is the first release that has one"
        );
        return vec![
            Check::MachineSetInactive.blocker(control_plane_machine_set::reference(), message),
        ];
    }
    let unread = permissions::unreadable(snapshot, &NEEDED);
    let mut found = permissions::with_all_denied(unread, snapshot, &NEEDED, |_| true);
    for finding in &mut found {
        finding.severity = Severity::Blocker;
    }
    found
}

/// Returns whether the cluster may have a ControlPlaneMachineSet that its operator acts on. Only some commands read the
/// object.
#[must_use]
pub fn may_have_active_set(snapshot: &Snapshot) -> bool {
    let is_inactive = |it: ControlPlaneMachineSet<'_>| it.state() == Field::Known(State::Inactive);
    snapshot.release().is_none_or(|it| it >= FIRST)
        && !ControlPlaneMachineSet::of(snapshot).is_some_and(is_inactive)
}

/// Returns the ControlPlaneMachineSet that can replace masters.
///
/// # Errors
/// Returns the reason as a blocker.
pub fn machine_set(snapshot: &Snapshot) -> Result<ControlPlaneMachineSet<'_>, Finding> {
    let reference = control_plane_machine_set::reference();
    let Some(set) = ControlPlaneMachineSet::of(snapshot) else {
        let message = "the ControlPlaneMachineSet does not exist, and only its operator can replace masters; on AWS, the operator \
                       creates the ControlPlaneMachineSet if the masters have Machines";
        return Err(Check::MachineSetInactive
            .blocker(reference, message)
            .hint("oc describe clusteroperator/control-plane-machine-set"));
    };
    match set.state() {
        Field::Known(State::Active) if set.provider_spec().is_some() => Ok(set),
        Field::Known(State::Active) => {
            let message = match aws::withheld_part(set.object()) {
                Some(part) => format!("{part} is withheld from the files"),
                None => "the template has no provider spec that oc-etcd understands".to_owned(),
            };
            Err(Check::Unreadable.blocker(reference, message))
        }
        Field::Known(State::Inactive) | Field::Absent => {
            let message = "the ControlPlaneMachineSet is Inactive: its operator recreates an Inactive ControlPlaneMachineSet from the \
                           Machines, and a change of the template is lost";
            Err(Check::MachineSetInactive.blocker(reference, message).hint(
                "set the state to Active, which cannot be undone, with the strategy OnDelete, under which no master that \
                 differs from the template is replaced: oc patch controlplanemachineset/cluster -n openshift-machine-api \
                 --type=merge -p '{\"spec\":{\"state\":\"Active\",\"strategy\":{\"type\":\"OnDelete\"}}}'; to see the \
                 differences: oc etcd check",
            ))
        }
        Field::Unknown(why) => {
            let message = format!(
                "it is unknown whether the ControlPlaneMachineSet is Active: its state is {why}"
            );
            Err(Check::Unreadable.blocker(reference, message))
        }
    }
}

/// State in which a change of the template begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// No master is being replaced.
    Idle,
    /// Masters are being replaced, and the change stops the replacement.
    Midway,
}

/// Returns the reasons against a change of the template: the number of masters, a replacement in progress, a machine
/// that does not run.
#[must_use]
pub fn masters(
    snapshot: &Snapshot,
    set: &ControlPlaneMachineSet<'_>,
    start: Start,
) -> Vec<Finding> {
    if start == Start::Midway {
        let terminating = snapshot.machines_of(names::MASTER).filter(|it| it.is_terminating());
        let found = terminating.filter_map(|it| running(snapshot, it));
        // A new machine that does not run yet is deleted without a replacement.
        let is_new = |it: &&Object| {
            it.text("/status/phase") == Some("Running") && master_volumes::has_volume(it)
        };
        let back = snapshot.machines_of(names::MASTER).filter(is_new);
        return found.chain(unguarded(snapshot, back)).collect();
    }
    let mut found: Vec<Finding> = count(snapshot, *set).into_iter().collect();
    let reference = set.object().reference();
    let look = format!("oc describe {}", reference.command_line());
    match set.rollout() {
        Rollout::Complete => {}
        Rollout::Rolling(_) if replacement::is_waiting_for_deletion(snapshot) => {}
        Rollout::Stale => {
            let message =
                "the status is older than the template: a replacement of masters may begin";
            found.push(Check::MastersRolling.blocker(reference, message).hint(look));
        }
        Rollout::Rolling(message) => {
            let message = format!("a replacement of masters is in progress: {message}");
            found.push(Check::MastersRolling.blocker(reference, message).hint(look));
        }
        Rollout::Degraded(trouble) => {
            let message = format!(
                "the operator has stopped replacing masters, {}: {}",
                trouble.reason, trouble.message
            );
            found.push(Check::OperatorDegraded.blocker(reference, message).hint(look.clone()));
            let message = "masters may differ from the template: the operator has stopped";
            found.push(Check::MastersRolling.blocker(reference, message).hint(look));
        }
        Rollout::Unknown(why) => {
            let message = format!("it is unknown whether masters are being replaced: {why}");
            found.push(Check::Unreadable.blocker(reference, message).hint(look));
        }
    }
    found.extend(snapshot.machines_of(names::MASTER).filter_map(|it| running(snapshot, it)));
    found.extend(unguarded(snapshot, snapshot.machines_of(names::MASTER)));
    if let Field::Unknown(why) = set.strategy() {
        let message = format!("it is unknown when machines are replaced: the strategy is {why}");
        found.push(Check::Unreadable.blocker(reference, message));
    }
    found
}

fn count(snapshot: &Snapshot, set: ControlPlaneMachineSet<'_>) -> Option<Finding> {
    let machines = snapshot.machines_of(names::MASTER).count();
    let nodes = etcd_stability::masters(snapshot).count();
    let wanted = set.object().integer("/spec/replicas");
    let is_well = matches!(machines, 3 | 5)
        && nodes == machines
        && wanted.and_then(|it| usize::try_from(it).ok()) == Some(machines);
    (!is_well).then(|| {
        let wanted = wanted.map_or_else(|| "an unknown number".to_owned(), |it| it.to_string());
        let message = format!(
            "the cluster has {machines} Machines and {nodes} Nodes of masters, and {} has {wanted} replicas: three or five \
             of each are needed",
            set.object().reference()
        );
        Check::MasterCountUnsupported.blocker("masters", message).hint(
            "oc get machines.machine.openshift.io -n openshift-machine-api -l machine.openshift.io/cluster-api-machine-role=master",
        )
    })
}

fn running(snapshot: &Snapshot, machine: &Object) -> Option<Finding> {
    let message = match (machine.text("/status/phase"), snapshot.node_of(machine)) {
        _ if machine.is_terminating() => "the Machine is being deleted".to_owned(),
        (Some("Running"), Some(node)) if node.condition_is_true("Ready") => return None,
        (Some("Running"), Some(node)) => format!("the Node {} is not Ready", node.name()),
        (Some("Running"), None) => "the Machine has no Node".to_owned(),
        (phase, _) => format!("the Machine is {}", phase.unwrap_or("in no phase yet")),
    };
    let hint = format!("oc describe {}", machine.reference().command_line());
    Some(Check::MastersRolling.blocker(machine.reference(), message).hint(hint))
}

/// Reports what does not protect etcd while these Machines are replaced: a Machine without the hook of etcd's operator,
/// and an operator that may be stopped.
fn unguarded<'a>(snapshot: &Snapshot, machines: impl Iterator<Item = &'a Object>) -> Vec<Finding> {
    let mut machines = machines.peekable();
    let stopped = match machines.peek() {
        Some(_) => overrides::of(snapshot, &overrides::OF_MASTERS),
        None => Vec::new(),
    };
    let stopped = stopped.into_iter().map(|it| Finding { severity: Severity::Blocker, ..it });
    machines.filter_map(without_hook).chain(stopped).collect()
}

/// Reports a Machine that would be deleted as soon as another one runs in its place: etcd's hook alone keeps the Machine
/// until its member has moved (CEO `pkg/operator/machinedeletionhooks`).
fn without_hook(machine: &Object) -> Option<Finding> {
    let is_etcds = |it: &Value| it["name"] == HOOK_OF_ETCD && it["owner"] == OWNER_OF_HOOK;
    let hooks = machine.list("/spec/lifecycleHooks/preDrain");
    if machine.is_terminating() || hooks.iter().any(is_etcds) {
        return None;
    }
    let reference = machine.reference();
    let found = if machine.get("/spec/lifecycleHooks").is_some_and(holds_withheld) {
        let message = "it is unknown whether etcd's operator protects the Machine: the lifecycle hooks are withheld \
                       from the files";
        Check::Unreadable.blocker(reference, message)
    } else {
        let message = "the Machine does not have the preDrain hook EtcdQuorumOperator of etcd's operator, and would be \
                       deleted before its member has moved";
        Check::EtcdUnstable.blocker(reference, message)
    };
    Some(found.hint("oc describe clusteroperator/etcd"))
}

/// Reports an upgrade that is in progress, and an upgrade whose state is unknown.
#[must_use]
pub fn upgrade(snapshot: &Snapshot) -> Option<Finding> {
    let version = snapshot.cluster_version()?;
    let is_idle = || snapshot.is_upgrading() == Field::Known(false);
    let unknown = || {
        let message = "it is unknown whether an upgrade is in progress";
        Check::Unreadable.blocker(version.reference(), message)
    };
    cluster::upgrade(snapshot, "").or_else(|| (!is_idle()).then(unknown))
}

/// Reports the operators that are not stable, and the reasons why etcd is not stable. Midway, the operator of the
/// ControlPlaneMachineSet is not judged, because the change ends the replacement.
#[must_use]
pub fn stability(snapshot: &Snapshot, start: Start) -> Vec<Finding> {
    let mut found = Vec::new();
    // Where the strategy is OnDelete, masters that differ wait, and the operator is progressing for as long.
    let waits = replacement::is_waiting_for_deletion(snapshot);
    for name in operators() {
        let of_set = name == OF_SET;
        if of_set && start == Start::Midway {
            continue;
        }
        let Some(operator) = snapshot.cluster(Kind::ClusterOperator, name) else {
            let message = "the ClusterOperator does not exist";
            found.push(Check::Unreadable.blocker(format!("clusteroperator/{name}"), message));
            continue;
        };
        for unstable in etcd_stability::operator_instabilities(operator) {
            let check = match unstable.condition {
                "Progressing" if of_set && waits && unstable.is_known => continue,
                "Progressing" => Check::OperatorProgressing,
                _ => Check::OperatorDegraded,
            };
            let hint = format!("oc describe {}", operator.reference());
            found.push(check.blocker(operator.reference(), unstable.message).hint(hint));
        }
    }
    found.extend(etcd_stability::instability(snapshot).into_iter().map(|doubt| {
        let check = if doubt.is_unknown { Check::Unreadable } else { Check::EtcdUnstable };
        let hint = doubt.remedy.unwrap_or("oc describe etcd/cluster");
        check.blocker("etcd/cluster", doubt.message).hint(hint)
    }));
    found
}

/// Returns what an admin has to know before masters get a newer MachineConfig.
#[must_use]
pub fn reboot(snapshot: &Snapshot) -> Finding {
    let masters = replacement::by_index(snapshot).len();
    let message = format!(
        "each of the {masters} masters is rebooted once for the MachineConfig, one after the other, and none is replaced"
    );
    Check::MastersReplaced.note("masters", message)
}

/// Returns what an admin has to know before so many masters are replaced. `back` puts the template back, except for other
/// differences from the masters, of which `is_differing` tells.
#[must_use]
pub fn consequences(
    snapshot: &Snapshot,
    set: &ControlPlaneMachineSet<'_>,
    is_differing: bool,
    replaced: usize,
    back: Option<&str>,
    reboots: &str,
) -> Vec<Finding> {
    let check = Check::MastersReplaced;
    let masters = replacement::by_index(snapshot).len();
    let rebooted = format!("each of the {masters} masters is rebooted once ({reboots})");
    let are_replaced = match replaced {
        0 => String::new(),
        all if all == masters => " and replaced once".to_owned(),
        1 => format!(", and 1 of {masters} masters is replaced once"),
        some => format!(", and {some} of {masters} masters are replaced once"),
    };
    let how = match replaced {
        0 => ", and none is replaced".to_owned(),
        _ => format!(
            ": the operators create a new machine, move the etcd member, and delete the old machine; {}",
            duration(snapshot, replaced)
        ),
    };
    let each = format!("{rebooted}{are_replaced}, one after the other{how}");
    let clients = "connections to the API server break whenever a master reboots or is deleted; clients that retry are \
                   served by the other masters";
    let pause = "with the strategy OnDelete, no other master is replaced, and an old machine whose deletion has not begun \
                 stays beside the new one until the strategy is RollingUpdate again or its Machine is deleted";
    let stop = if is_differing {
        "reverting the volume does not revert the other differences of the template: under the strategy RollingUpdate, the \
         masters are replaced for these differences until they are reverted too"
    } else {
        "until the first new machine is Running, reverting the template under the strategy RollingUpdate deletes the new \
         machine and changes no master"
    };
    let mut found = vec![check.note("masters", each), check.note("API servers", clients)];
    if replaced > 0 {
        found.push(check.note("to pause", pause).hint(PAUSE));
        found.extend(back.map(|it| check.note("to stop", stop).hint(it)));
    }
    if replaced > 0 {
        found.extend(node_metadata::lost(snapshot, set));
        found.extend(master_losses::workloads(snapshot));
    }
    if set.strategy() == Field::Known(Strategy::OnDelete) {
        let message = "the strategy is OnDelete: a master is replaced only when its Machine is deleted, and all Machines that \
                       are deleted are replaced at the same time";
        let hint = format!("to replace one master after the other: {RESUME}");
        found.push(Check::RolloutPaused.warning(set.object().reference(), message).hint(hint));
    }
    found
}

fn duration(snapshot: &Snapshot, replaced: usize) -> String {
    match replacement::join_time(snapshot) {
        Some(time) => format!(
            "a machine of this cluster took {} minutes to become a Node, and the etcd operator needs about 3 minutes for \
             a member: expect {} minutes or more in total",
            time.as_mins(),
            (time.as_mins() + 3) * i64::try_from(replaced).unwrap_or(3)
        ),
        None => "the duration is unknown: no machine of this cluster shows how long a machine takes to become a Node"
            .to_owned(),
    }
}

/// Returns the command that creates a backup on a master that is Ready; in words, if no such master is known.
fn backup_command(snapshot: &Snapshot) -> String {
    const SCRIPT: &str = "/usr/local/bin/cluster-backup.sh /home/core/assets/backup";
    let masters = snapshot.machines_of(names::MASTER).filter_map(|it| snapshot.node_of(it));
    match masters.filter(|it| it.condition_is_true("Ready")).min_by_key(|it| it.name()) {
        Some(node) => format!("oc debug --as-root {} -- chroot /host {SCRIPT}", node.reference()),
        None => format!("as root on a master that is Ready, run {SCRIPT}"),
    }
}

/// Returns the preparations that an admin should make before so many masters are replaced, which needs so many more
/// volumes.
#[must_use]
pub fn precautions(
    snapshot: &Snapshot,
    set: &ControlPlaneMachineSet<'_>,
    (replaced, volumes): (usize, usize),
) -> Vec<Finding> {
    let instance_type = set.provider_spec().and_then(|it| it["instanceType"].as_str());
    let quota = format!(
        "during the replacement, the AWS account needs quota for one more instance ({}) and {}",
        instance_type.unwrap_or("unknown type"),
        match volumes {
            1 => "1 more volume".to_owned(),
            volumes => format!("{volumes} more volumes"),
        }
    );
    let leaves = match replaced {
        0 => "",
        _ => {
            ", and copy both files to a place outside the cluster: the replacement deletes the master with its root disk"
        }
    };
    let backup = format!(
        "if etcd loses its quorum, etcd can be restored only from a backup: create a backup on a master first{leaves}"
    );
    let supported = "Red Hat does not support moving etcd to another disk in a cluster with a ControlPlaneMachineSet";
    let quota = (replaced > 0).then(|| Check::AwsQuotaNeeded.note("quota", quota));
    [
        Check::EtcdBackupNeeded.note("etcd", backup).hint(backup_command(snapshot)),
        Check::NotSupported.warning("support", supported),
    ]
    .into_iter()
    .chain(quota)
    .chain(cluster::untested(snapshot))
    .collect()
}
