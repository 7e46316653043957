//! Plans `add-machine`: exactly one etcd machine for each requested zone, so that a repeated, resumed or parallel run
//! never creates a second machine for the same request.

mod request;
mod settings;
mod zone;

use std::collections::BTreeSet;

use super::cure;
use super::init;
use crate::check::pool::PoolState;
use crate::check::pool_configuration::{PoolBoot, PoolConfiguration};
use crate::check::worker_settings::masters_type;
use crate::check::{
    Check, Finding, Severity, boot_image, cluster, deletion, finding, machine_user_data,
    mixed_roles, node_pools, node_updates, operators, other_pools, permissions, pool, pool_policy,
    topology, worker_pool,
};
use crate::derive::machine::MachineOptions;
use crate::derive::user_data;
use crate::derive::volume::{DEVICE_NAME, Volume};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::shell_command::quoted;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::plan::{ClusterSummary, Plan, Step, bound};
use crate::platform::aws;
use crate::platform::aws::inherited::FieldDecision;

pub use self::request::{AddMachineRequest, Another, INSTANCE_TYPE};

/// Plans `add-machine` for a cluster.
#[must_use]
pub fn plan(snapshot: &Snapshot, request: &AddMachineRequest) -> Plan {
    let cluster = ClusterSummary::of(snapshot);
    let needed = [Kind::MachineConfig, Kind::MachineConfigPool, Kind::Machine, Kind::Node];
    let unsuitable = cluster::suitability(snapshot);
    if !unsuitable.is_empty() {
        let all = permissions::with_all_denied(unsuitable, snapshot, &needed, |_| true);
        let findings = finding::normalize(all, &request.ignored);
        return Plan { cluster, layout: None, steps: Vec::new(), findings };
    }
    let mut findings = permissions::unreadable(snapshot, &needed);
    findings.extend(permissions::denied(snapshot, |_| true));
    findings.extend(cluster::untested(snapshot));
    findings.extend(topology::control_plane(snapshot));
    findings.extend(node_pools::findings(snapshot, Severity::Blocker));
    let layout = pool_policy::existing(snapshot);
    findings.extend(layout.map(|it| worker_pool::findings(snapshot, it)).into_iter().flatten());
    findings.extend(mixed_roles::relabeled_blockers(snapshot));

    let mut steps: Vec<Step> = Vec::new();
    let mut taken: BTreeSet<String> =
        snapshot.all(Kind::Machine).map(|it| it.name().to_owned()).collect();
    let mut decisions: Vec<FieldDecision> = Vec::new();
    let mut refused: Vec<Finding> = Vec::new();
    // A Machine that was not read may exist in any zone.
    let is_planned = snapshot.why_unreadable(Kind::Machine).is_none();
    for zone in request.zones.iter().filter(|_| is_planned) {
        match zone::plan(snapshot, request, zone, &taken) {
            Ok(planned) => {
                taken.insert(planned.step.object.name.clone());
                steps.push(planned.step);
                findings.extend(planned.findings);
                decisions.extend(planned.decisions);
            }
            Err(found) => refused.push(found),
        }
    }
    findings.extend(bound::decisions(&decisions));
    let new: Vec<&Object> = steps.iter().filter_map(|step| step.change.wanted()).collect();
    findings.extend(bound::access(&new));
    findings.extend(even(snapshot, &steps));
    // A wish that is fulfilled, or that cannot be planned for want of what is checked here.
    if !is_planned
        || steps.len() < request.zones.len()
        || steps.iter().any(|step| step.change.is_write())
    {
        let configuration = PoolConfiguration::of(snapshot);
        let booted = configuration.boot();
        findings.extend(settings::findings(snapshot, request));
        findings.extend(of_any_machine(snapshot, &booted, Some(&request.instance_type)));
        findings.extend(booted.worker_settings(&request.instance_type));
    }
    if steps.iter().any(|step| step.change.is_write()) {
        findings.push(init::members_note());
    }
    let mut findings = finding::normalize(findings, &request.ignored);
    // A zone without a step is not done, whatever is ignored.
    findings.append(&mut refused);
    let findings = finding::normalize(findings, &BTreeSet::new());
    Plan { cluster, layout: None, steps, findings }
}

/// Returns the command that creates a machine in a zone that has one, the Machine `leaving`, and a machine like this one.
pub(crate) fn successor(snapshot: &Snapshot, zone: &str, leaving: &Object) -> String {
    let is_other = |it: &Object| it.reference() != leaving.reference();
    let another =
        if zone::machines(snapshot, zone).any(is_other) { Another::Yes } else { Another::No };
    let command = command(zone, another, aws::instance_type(leaving), Some(leaving));
    // A group and a reservation are of a zone.
    command + &aws::provider_spec(leaving).map(MachineOptions::flags).unwrap_or_default()
}

/// Returns the command that creates a machine in each zone, with an instance type that is not refused: that of an etcd
/// machine, else the default, else that of the masters. `None` if each is refused.
pub(crate) fn accepted(snapshot: &Snapshot, zones: &[&str]) -> Option<String> {
    let model = snapshot.machines_of(names::ETCD).find(|it| is_ours(it));
    let mut request = AddMachineRequest::new(zones.iter().map(|&it| it.to_owned()).collect(), "");
    if zones.iter().any(|it| zone::machines(snapshot, it).next().is_some()) {
        request.another = Another::Yes;
    }
    let own = model.and_then(aws::instance_type);
    let types = own.into_iter().chain([INSTANCE_TYPE]).chain(masters_type(snapshot));
    let mut accepted = types.filter(|&it| {
        it.clone_into(&mut request.instance_type);
        !plan(snapshot, &request).is_blocked()
    });
    let instance_type = accepted.next();
    instance_type.map(|it| command(&zones.join(","), request.another, Some(it), model))
}

/// Writes a command, with the flags for the instance type and for a volume and its device like those of a Machine, as far as
/// they differ from the defaults.
fn command(
    zones: &str,
    another: Another,
    instance_type: Option<&str>,
    model: Option<&Object>,
) -> String {
    let another = if another == Another::Yes { " --another" } else { "" };
    let kind = instance_type.filter(|it| *it != INSTANCE_TYPE);
    let kind = kind.map_or_else(String::new, |it| format!(" --instance-type {}", quoted(it)));
    let volumes = model.map(aws::volumes_beside_root).unwrap_or_default();
    let volume = volumes.first().map_or_else(String::new, |it| Volume::flags(it));
    let device = volumes.first().and_then(|it| it["deviceName"].as_str());
    let device = device.filter(|it| *it != DEVICE_NAME);
    let device = device.map_or_else(String::new, |it| format!(" --device-name {}", quoted(it)));
    format!("oc etcd add-machine --zone {}{another}{kind}{volume}{device}", quoted(zones))
}

/// Returns whether `add-machine` would be refused whatever zone it is asked for.
pub(crate) fn is_refused(snapshot: &Snapshot) -> bool {
    let is_blocker = |it: &Finding| it.severity == Severity::Blocker;
    plan(snapshot, &AddMachineRequest::new(Vec::new(), "")).is_blocked()
        || of_any_machine(snapshot, &PoolConfiguration::of(snapshot).boot(), None)
            .iter()
            .any(is_blocker)
}

/// Returns the findings about each machine that is created, whatever its zone.
fn of_any_machine(
    snapshot: &Snapshot,
    booted: &PoolBoot<'_>,
    instance_type: Option<&str>,
) -> Vec<Finding> {
    let mut findings = readiness(snapshot);
    findings.extend(deletion::of_pool(snapshot));
    findings.extend(other_pools::blockers(snapshot));
    if pool_policy::existing(snapshot) == Some(Layout::Documented) {
        findings.extend(init::outdated_copies(snapshot));
    }
    findings.extend(booted.changing_nodes());
    findings.extend(booted.using_disk_of_new_machine(instance_type));
    findings.extend(booted.user_data());
    findings.extend(machine_api_operator(snapshot));
    findings.extend(upgrade(snapshot));
    findings
}

/// Returns whether a new machine would get what makes it an etcd node.
fn readiness(snapshot: &Snapshot) -> Vec<Finding> {
    let pool = "machineconfigpool/etcd";
    let mut findings = match pool::of(snapshot) {
        PoolState::Rendered(_) => Vec::new(),
        // Whether the pool exists is unknown, and a blocker says so.
        PoolState::Missing
            if !permissions::unreadable(snapshot, &[Kind::MachineConfigPool]).is_empty() =>
        {
            Vec::new()
        }
        PoolState::Missing => {
            vec![
                Check::NotInitialized
                    .blocker(pool, "the etcd pool does not exist")
                    .hint("oc etcd init"),
            ]
        }
        PoolState::HeldBack { wanted, served } => {
            let message = format!(
                "the pool is paused: {wanted} is not rolled out, and new machines get {served}"
            );
            vec![
                Check::NotRendered
                    .blocker(pool, message)
                    .hint(cure::resumption_without_sources(snapshot)),
            ]
        }
        PoolState::Waiting(reason) => {
            let message = format!("a new machine would get another configuration: {reason}");
            vec![match node_updates::awaited(snapshot) {
                None => Check::NotRendered
                    .blocker(pool, message)
                    .hint("to wait for the pool, run: oc etcd init"),
                Some((node, remedy)) => {
                    let message = format!("{message}; the pool waits for {node}");
                    Check::NotRendered.blocker(pool, message).hint(remedy)
                }
            }]
        }
        PoolState::Degraded(message) => {
            vec![
                Check::NotRendered
                    .blocker(pool, format!("the operator cannot render the pool: {message}"))
                    .hint(format!("oc describe {pool}")),
            ]
        }
        PoolState::Incomplete(lacking) => lacking,
    };
    let reference =
        ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, names::ETCD_USER_DATA);
    match snapshot.machine_secret(names::ETCD_USER_DATA) {
        _ if snapshot.is_unreadable(&reference) => {}
        None => {
            let message = "the secret does not exist, and without its user data a new machine becomes a \
                           worker";
            findings.push(Check::NotInitialized.blocker(reference, message).hint("oc etcd init"));
        }
        Some(secret) if !user_data::asks_for_etcd(secret) => {
            let message = "the user data does not request the configuration of etcd machines";
            findings.push(Check::Drifted.blocker(reference, message).hint("oc etcd init"));
        }
        Some(secret) => {
            findings.extend(machine_user_data::of_masters(snapshot, secret));
            findings.extend(boot_image::finding(snapshot, Some(secret)));
        }
    }
    findings
}

/// Reports the state of the operator of the Machine API. A user who may not read the operator can create Machines.
fn machine_api_operator(snapshot: &Snapshot) -> Vec<Finding> {
    let unread = permissions::unreadable(snapshot, &[Kind::ClusterOperator]).into_iter();
    let unread = unread.map(|it| it.at_most(Severity::Warning));
    unread.chain(operators::machine_api(snapshot)).collect()
}

fn upgrade(snapshot: &Snapshot) -> Option<Finding> {
    let version = snapshot.cluster_version()?;
    let consequence = "a new machine may get the old release and reboot soon";
    match snapshot.is_upgrading() {
        Field::Known(true) => {
            let message = format!("an upgrade is in progress; {consequence}");
            Some(Check::UpgradeInProgress.warning(version.reference(), message))
        }
        Field::Unknown(_) => {
            let message = format!("it is unknown whether an upgrade is in progress; {consequence}");
            let finding = Check::UpgradeInProgress.unknown(version.reference(), message);
            Some(finding.at_most(Severity::Warning))
        }
        Field::Known(false) | Field::Absent => None,
    }
}

fn even(snapshot: &Snapshot, steps: &[Step]) -> Option<Finding> {
    let new = steps.iter().filter(|step| step.change.is_write()).count();
    let total = new + snapshot.machines_of(names::ETCD).filter(|it| !it.is_terminating()).count();
    (new > 0 && total.is_multiple_of(2)).then(|| {
        let message = format!(
            "the cluster will have {total} etcd machines: an even number tolerates no \
                               more failures than one machine fewer"
        );
        Check::EvenMachineCount.note("machines", message)
    })
}
