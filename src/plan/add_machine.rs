//! Plans `add-machine`: exactly one etcd machine for each requested zone, so that a repeated, resumed or parallel run
//! never creates a second machine for the same request.

use std::collections::BTreeSet;

use super::cure;
use super::init::members_note;
use super::removal;
use super::zones::{self, MachineSource};
use crate::check::etcd_machines::Differences;
use crate::check::pool::PoolState;
use crate::check::{
    Check, Finding, Severity, cluster, deletion, edge_zones, finding, mixed_roles, node_pools,
    operators, permissions, pool, topology, worker_pool,
};
use crate::derive::machine::{self, Derived, MachineOptions, MachineSpec};
use crate::derive::pool::layout_of;
use crate::derive::volume::{DEVICE_NAME, Volume};
use crate::derive::{disk, user_data};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::ours::machine_prefix;
use crate::model::release::Release;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::machine::{MachineProgress, machine_set_of};
use crate::plan::{Change, ClusterSummary, Plan, Step, bound};
use crate::platform::aws;
use crate::platform::aws::inherited::FieldDecision;

/// The choice whether a zone that has an etcd machine gets another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Another {
    /// A zone gets one machine.
    #[default]
    No,
    /// A zone gets another machine, whatever exists.
    Yes,
}

/// The request of `add-machine`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddMachineRequest {
    /// The zones, each once, in the order in which they were given.
    pub zones: Vec<String>,
    /// `--another`
    pub another: Another,
    /// `--name`; only with one zone.
    pub name: Option<String>,
    /// `--instance-type`
    pub instance_type: String,
    /// The second disk.
    pub volume: Volume,
    /// `--subnet`: an id, instead of the subnet that the cluster uses there.
    pub subnet: Option<String>,
    /// The options for AWS that replace those of the masters.
    pub options: MachineOptions,
    /// `--ignore-checks`
    pub ignored: BTreeSet<Check>,
    /// The version of this tool, for the annotation.
    pub tool_version: String,
}

/// The instance type of the procedure.
pub const INSTANCE_TYPE: &str = "c5n.xlarge";

impl AddMachineRequest {
    /// A request with every flag at its default.
    #[must_use]
    pub fn new(zones: Vec<String>, tool_version: &str) -> Self {
        Self {
            zones,
            another: Another::No,
            name: None,
            instance_type: INSTANCE_TYPE.to_owned(),
            volume: Volume::default(),
            subnet: None,
            options: MachineOptions::default(),
            ignored: BTreeSet::new(),
            tool_version: tool_version.to_owned(),
        }
    }
}

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
    let layout = snapshot.pool(names::ETCD).and_then(layout_of);
    findings.extend(layout.map(|it| worker_pool::findings(snapshot, it)).into_iter().flatten());
    findings.extend(request_checks(snapshot, request));
    findings.extend(mixed_roles::relabeled_blockers(snapshot));

    let mut steps: Vec<Step> = Vec::new();
    let mut taken: BTreeSet<String> =
        snapshot.all(Kind::Machine).map(|it| it.name().to_owned()).collect();
    let mut decisions: Vec<FieldDecision> = Vec::new();
    // A Machine that was not read may exist in any zone.
    let is_planned = snapshot.why_unreadable(Kind::Machine).is_none();
    for zone in request.zones.iter().filter(|_| is_planned) {
        match plan_zone(snapshot, request, zone, &taken) {
            Ok(planned) => {
                taken.insert(planned.step.object.name.clone());
                steps.push(planned.step);
                findings.extend(planned.findings);
                decisions.extend(planned.decisions);
            }
            Err(found) => findings.push(found),
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
        findings.extend(readiness(snapshot));
        findings.extend(deletion::of_pool(snapshot));
        findings.extend(pool::changing_nodes(snapshot));
        findings.extend(machine_api_operator(snapshot));
        findings.extend(upgrade(snapshot));
    }
    if steps.iter().any(|step| step.change.is_write()) {
        findings.push(members_note());
    }
    let findings = finding::normalize(findings, &request.ignored);
    Plan { cluster, layout: None, steps, findings }
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
        PoolState::Waiting(reason) => vec![
            Check::NotRendered
                .blocker(pool, format!("a new machine would get another configuration: {reason}"))
                .hint("to wait for the pool, run: oc etcd init"),
        ],
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
        Some(_) => {}
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
    let version = snapshot.upgrade_under_way()?;
    let message =
        "an upgrade is in progress; a new machine may get the old release and reboot soon";
    Some(Check::UpgradeInProgress.warning(version.reference(), message))
}

/// Checks the requested settings, independent of the zone.
fn request_checks(snapshot: &Snapshot, request: &AddMachineRequest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let instance_type = &request.instance_type;
    let of_type = |it: &str| if aws::is_arm(it) { "arm64" } else { "amd64" };
    let wanted = of_type(instance_type);
    if let Some(architecture) = architecture(snapshot, of_type).filter(|it| *it != wanted) {
        let message = format!(
            "the architecture is {wanted}, but the masters' boot image is for {architecture}"
        );
        findings.push(
            Check::InstanceArchitectureMismatch
                .blocker(format!("instance type {instance_type}"), message),
        );
    }
    findings.extend(unverified(snapshot, instance_type));
    if request.volume.throughput.is_some()
        && snapshot.release().is_some_and(|it| it < Release::THROUGHPUT)
    {
        let message = "before 4.21, the Machine API ignores the throughput: the volume would get the \
                       default of its type";
        findings.push(Check::ThroughputUnsupported.blocker("--throughput", message));
    }
    findings.extend(unsupported(snapshot, &request.options));
    findings.extend(device(snapshot, request));
    findings
}

/// Reports an instance type that nothing in the cluster shows to exist.
fn unverified(snapshot: &Snapshot, instance_type: &str) -> Option<Finding> {
    let mut used = snapshot.all(Kind::Machine).filter_map(aws::instance_type);
    let is_known = instance_type == INSTANCE_TYPE || used.any(|it| it == instance_type);
    (!is_known).then(|| {
        let message = "no master and no etcd machine has this type: a machine fails if AWS does not have the type, or \
                       does not offer the type in the zone";
        Check::InstanceTypeUnverified.note(format!("instance type {instance_type}"), message)
    })
}

/// The architecture of the masters: what a Node says, else what a Machine's instance type has.
fn architecture(snapshot: &Snapshot, of_type: impl Fn(&str) -> &'static str) -> Option<&str> {
    let node = snapshot
        .machines_of(names::MASTER)
        .find_map(|it| snapshot.node_of(it)?.text("/status/nodeInfo/architecture"));
    node.or_else(|| snapshot.machines_of(names::MASTER).find_map(aws::instance_type).map(of_type))
}

/// Flags for fields that the release's Machine API drops without a word (openshift/api
/// `machine/v1beta1/types_awsprovider.go` of each release).
fn unsupported(snapshot: &Snapshot, options: &MachineOptions) -> Vec<Finding> {
    let Some(release) = snapshot.release() else { return Vec::new() };
    [
        ("--placement-group", options.placement_group.is_some(), 14),
        ("--placement-group-partition", options.placement_group_partition.is_some(), 18),
        ("--capacity-reservation", options.capacity_reservation.is_some(), 18),
        ("--confidential-compute", options.confidential_compute.is_some(), 22),
    ]
    .into_iter()
    .filter(|(_, is_asked_for, minor)| *is_asked_for && release < Release::minor(*minor))
    .map(|(flag, _, minor)| {
        let message = format!("before 4.{minor}, the Machine API ignores this option");
        Check::OptionUnsupported.blocker(flag, message)
    })
    .collect()
}

fn device(snapshot: &Snapshot, request: &AddMachineRequest) -> Option<Finding> {
    let name = &request.volume.device_name;
    if aws::is_root_device(Some(name)) {
        let message = "this is the device name of the root volume, which would be replaced by an empty \
                       volume";
        return Some(Check::DiskDeviceUncertain.blocker(format!("--device-name {name}"), message));
    }
    let config = snapshot.machine_config(disk::NAME);
    if aws::is_xen(&request.instance_type)
        && config.and_then(disk::Disk::of) == Some(disk::Disk::Probe)
    {
        let message = "on Xen, an EBS volume cannot be distinguished from an instance store volume: the \
                       machine creates no file system and stops at boot";
        let subject = format!("instance type {}", request.instance_type);
        let hint = format!("oc etcd init --disk-device={name}");
        return Some(Check::DiskDeviceUncertain.blocker(subject, message).hint(hint));
    }
    (config.is_some_and(disk::is_older_form) && aws::has_instance_store(&request.instance_type)).then(|| {
        let message = "the instance type has NVMe instance store volumes, and 00-etcd-disk sets a device \
                       name: etcd may use an instance store volume, which loses its data when the machine stops";
        Check::DiskDeviceUncertain.warning(format!("instance type {}", request.instance_type), message)
    })
}

/// The plan for one zone.
struct Planned {
    step: Step,
    findings: Vec<Finding>,
    /// The decisions about the fields of the master that is copied.
    decisions: Vec<FieldDecision>,
}

impl Planned {
    const fn step(step: Step) -> Self {
        Self { step, findings: Vec::new(), decisions: Vec::new() }
    }
}

fn plan_zone(
    snapshot: &Snapshot,
    request: &AddMachineRequest,
    zone: &str,
    taken: &BTreeSet<String>,
) -> Result<Planned, Finding> {
    if let Some(name) = &request.name
        && let Some(planned) = existing_by_name(snapshot, name, zone)
    {
        return planned;
    }
    if request.another == Another::No
        && let Some(planned) = existing_in_zone(snapshot, zone)
    {
        return planned;
    }
    let edge = edge_zones::edge_zone(snapshot, zone, || zones::eligible(snapshot));
    let source = match (zones::source(snapshot, zone, request.subnet.as_deref()), edge.clone()) {
        (Ok(source), _) => source,
        // That no subnet is known there matters less than that it is no place for etcd.
        (Err(_), Some(edge)) => return Err(edge),
        (Err(unknown), None) => return Err(unknown),
    };
    let name = match &request.name {
        Some(name) => name.clone(),
        None => free_name(snapshot, taken)?,
    };
    let mut planned = create(source, request, name)?;
    planned.findings.extend(edge);
    Ok(planned)
}

fn create(
    source: MachineSource<'_>,
    request: &AddMachineRequest,
    name: String,
) -> Result<Planned, Finding> {
    let MachineSource { master, placement, found_in } = source;
    let volume = &request.volume;
    let mut because = format!(
        "{} in {}, copy of {}, {} {} GiB{}",
        request.instance_type,
        placement.zone,
        master.name(),
        volume.kind,
        volume.size,
        volume.performance()
    );
    if found_in != master.name() {
        because.push_str(&format!(", subnet of {found_in}"));
    }
    because.push_str(&unusual(request));
    let wanted = MachineSpec {
        name,
        placement,
        instance_type: request.instance_type.clone(),
        volume: volume.clone(),
        options: request.options.clone(),
    };
    let Derived { machine, decisions } = machine::derive(master, &wanted, &request.tool_version)
        .map_err(|error| Check::SourceUnexpected.blocker(master.reference(), error.to_string()))?;
    let object = machine.reference().clone();
    let step = Step { object, change: Change::Create(machine), because };
    let withheld = aws::withheld_part(master).map(|part| {
        let message = format!("it is unknown what a copy gets: {part} is withheld from the files");
        Check::Unreadable.warning(master.reference(), message)
    });
    Ok(Planned { decisions, findings: withheld.into_iter().collect(), step })
}

/// Returns the requested options beside instance type and volume.
fn unusual(request: &AddMachineRequest) -> String {
    let MachineOptions {
        placement_group,
        placement_group_partition,
        capacity_reservation,
        tenancy,
        confidential_compute,
    } = &request.options;
    let volume = &request.volume;
    let device = Some(&volume.device_name).filter(|it| *it != DEVICE_NAME);
    let parts = [
        request.subnet.as_ref().map(|it| format!("subnet {it}")),
        device.map(|it| format!("as {it}")),
        volume.kms_key.as_ref().map(|it| format!("key {it}")),
        placement_group.as_ref().map(|it| format!("placement group {it}")),
        placement_group_partition.map(|it| format!("partition {it}")),
        capacity_reservation.as_ref().map(|it| format!("capacity reservation {it}")),
        tenancy.as_ref().map(|it| format!("tenancy {it}")),
        confidential_compute.map(|it| format!("confidential compute {}", it.flag())),
    ];
    let parts = parts.into_iter().flatten();
    parts.fold(String::new(), |text, it| text + ", " + &it)
}

/// Returns the step for an etcd Machine that exists in the zone; `None` when there is none.
fn existing_in_zone(snapshot: &Snapshot, zone: &str) -> Option<Result<Planned, Finding>> {
    let mut there: Vec<&Object> = snapshot
        .machines_of(names::ETCD)
        .filter(|it| aws::zone(it) == Some(zone) && !it.is_terminating())
        .collect();
    // One that is on its way is followed even where another is Ready: it is this wish, interrupted. One
    // of somebody else's comes after ours, and one that failed last.
    there.sort_by_key(|it| match MachineProgress::of(it, snapshot.node_of(it)) {
        MachineProgress::Failed(_) => 3,
        _ if !is_ours(it) => 2,
        MachineProgress::Ready => 1,
        _ => 0,
    });
    there.first().map(|machine| existing(snapshot, machine, zone))
}

fn existing_by_name(
    snapshot: &Snapshot,
    name: &str,
    zone: &str,
) -> Option<Result<Planned, Finding>> {
    let reference = ObjectRef::machine(name);
    let machine = snapshot.get(&reference)?;
    let is_wish =
        machine.label(names::MACHINE_ROLE) == Some(names::ETCD) && aws::zone(machine) == Some(zone);
    Some(if is_wish {
        existing(snapshot, machine, zone)
    } else {
        let message = "a Machine with this name exists with another role or in another zone";
        Err(Check::ForeignObject.blocker(reference, message).hint("choose another --name"))
    })
}

fn existing(snapshot: &Snapshot, machine: &Object, zone: &str) -> Result<Planned, Finding> {
    let reference = machine.reference().clone();
    let progress = MachineProgress::of(machine, snapshot.node_of(machine));
    let step = |change, because| Step { object: reference.clone(), change, because };
    let differences = Differences::of(snapshot, machine);
    let differing = differences.findings(&reference);
    if !is_ours(machine) {
        let message =
            "the Machine was not created by oc-etcd, and counts as the etcd machine of its zone";
        let finding = Check::ForeignObject
            .warning(&reference, message)
            .hint(format!("oc etcd add-machine --zone {zone} --another"));
        let because = format!("in {zone}, not created by oc-etcd");
        let planned = Planned::step(step(Change::LeftToOwner, because));
        let findings = differing.into_iter().chain([finding]).collect();
        return Ok(Planned { findings, ..planned });
    }
    match progress {
        MachineProgress::WrongRole => Err(Check::KubeletRoleWrong
            .blocker(
                &reference,
                "the Node does not have the role etcd and does not get the role by itself",
            )
            .hint("oc etcd status")),
        MachineProgress::Failed(message) => Err(Check::MachineFailed
            .blocker(&reference, format!("the Machine failed and does not recover: {message}"))
            .hint(remove_first(machine))),
        _ if !differences.fatal.is_empty() => Err(Check::MachineDiffers
            .blocker(&reference, differences.fatal.join("; "))
            .hint(remove_first(machine))),
        MachineProgress::Ready => {
            let because = format!("in {zone}, Ready; use --another to create a second machine");
            let planned = Planned::step(step(Change::Unchanged(None), because));
            Ok(Planned { findings: differing, ..planned })
        }
        other => {
            let because = format!("in {zone}, already created and in progress: {}", other.word());
            let planned = Planned::step(step(Change::Follow, because));
            Ok(Planned { findings: differing, ..planned })
        }
    }
}

fn remove_first(machine: &Object) -> String {
    let again = format!("oc etcd remove-machine {}, then run the command again", machine.name());
    removal::advice(machine_set_of(machine).as_ref(), again)
}

/// `<infra>-etcd-<n>` with the lowest free n, so that two runs at once compute the same name and the API
/// server lets only one of them have it.
fn free_name(snapshot: &Snapshot, taken: &BTreeSet<String>) -> Result<String, Finding> {
    let Some(cluster) = snapshot.infrastructure_name() else {
        let message =
            "`status.infrastructureName`, from which Machine names are derived, is not set";
        return Err(Check::SourceMissing
            .blocker("infrastructure/cluster", message)
            .hint("set a name with --name"));
    };
    let name = |n: usize| format!("{}{n}", machine_prefix(cluster));
    let free = (0..=taken.len()).map(name).find(|name| !taken.contains(name));
    free.ok_or_else(|| Check::SourceMissing.blocker("machine names", "all names are in use"))
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
