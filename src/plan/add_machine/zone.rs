//! Plans the Machine of one zone: the Machine that exists in the zone, or a new one.

use std::collections::BTreeSet;

use serde_json::Value;

use super::request::{AddMachineRequest, Another};
use crate::check::etcd_machines::Differences;
use crate::check::{Check, Finding, edge_zones};
use crate::derive::machine::{self, Derived, MachineOptions, MachineSpec};
use crate::derive::volume::{DEVICE_NAME, Volume};
use crate::model::field::Field;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::ours::machine_prefix;
use crate::model::ours::made_by_us;
use crate::model::shell_command::quoted;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::machine::{
    MachineProgress, is_instance_missing, machine_set_of, other_cluster,
};
use crate::plan::zones::{self, MachineSource};
use crate::plan::{Change, Step, removal};
use crate::platform::aws;
use crate::platform::aws::inherited::FieldDecision;
use crate::redact::policy::quotable_name;

/// The plan for one zone.
pub(super) struct Planned {
    pub(super) step: Step,
    pub(super) findings: Vec<Finding>,
    /// The decisions about the fields of the master that is copied.
    pub(super) decisions: Vec<FieldDecision>,
}

impl Planned {
    const fn step(step: Step) -> Self {
        Self { step, findings: Vec::new(), decisions: Vec::new() }
    }
}

pub(super) fn plan(
    snapshot: &Snapshot,
    request: &AddMachineRequest,
    zone: &str,
    taken: &BTreeSet<String>,
) -> Result<Planned, Finding> {
    if let Some(name) = &request.name
        && let Some(planned) = existing_by_name(snapshot, request, name, zone)
    {
        return planned;
    }
    // A Machine beside which the user wants another one.
    let mut passed_over = None;
    if request.another == Another::No
        && let Some(planned) = existing_in_zone(snapshot, request, zone)
    {
        match planned {
            Err(found) if is_ignored(request, &found) => passed_over = Some(found),
            planned => return planned,
        }
    }
    let edge = edge_zones::edge_zone(snapshot, zone, || zones::eligible(snapshot));
    let source = match (zones::source(snapshot, zone, request.subnet.as_deref()), edge.clone()) {
        (Ok(source), _) => source,
        // That no subnet is known there matters less than that it is no place for etcd.
        (Err(_), Some(edge)) if !is_ignored(request, &edge) => return Err(edge),
        (Err(unknown), _) => return Err(unknown),
    };
    let name = match &request.name {
        Some(name) => name.clone(),
        None => free_name(snapshot, taken)?,
    };
    let unproven = unproven(snapshot, source.master);
    let mut planned = create(source, request, name)?;
    planned.findings.extend(unproven);
    planned.findings.extend(edge);
    planned.findings.extend(passed_over);
    Ok(planned)
}

fn is_ignored(request: &AddMachineRequest, finding: &Finding) -> bool {
    finding.check.is_ignorable() && request.ignored.contains(&finding.check)
}

/// Reports that the master to copy is no proof of its provider spec: no other master is one either.
fn unproven(snapshot: &Snapshot, master: &Object) -> Option<Finding> {
    let defect = zones::defect(snapshot, master)?;
    let message = format!(
        "the Machine {defect}, and no other master runs: AWS may refuse to start a copy of this Machine"
    );
    let hint = format!("oc get {} -o yaml", master.reference().command_line());
    Some(Check::SourceUnexpected.warning(master.reference(), message).hint(hint))
}

fn create(
    source: MachineSource<'_>,
    request: &AddMachineRequest,
    name: String,
) -> Result<Planned, Finding> {
    let several = several_subnets(&source).into_iter().chain(public_subnet(&source));
    let several: Vec<Finding> = several.collect();
    let MachineSource { master, placement, found_in, .. } = source;
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
    Ok(Planned { decisions, findings: withheld.into_iter().chain(several).collect(), step })
}

/// Reports that the subnet is one of machines with a public IP address, which the machine does not get.
fn public_subnet(source: &MachineSource<'_>) -> Option<Finding> {
    let MachineSource { master, placement, found_in, machine_set, .. } = source;
    if aws::provider_spec(master).is_some_and(|it| it["publicIp"] == true) {
        return None;
    }
    let gives = match aws::has_public_machines((*machine_set)?) {
        Field::Known(true) => "gives",
        Field::Unknown(_) => "may give",
        Field::Known(false) | Field::Absent => return None,
    };
    let message = format!(
        "the machine gets the subnet of {found_in}, which {gives} its machines a public IP address: the machine gets none, \
         or one by the default of the subnet, and without one a public subnet has no way to the internet"
    );
    let finding = Check::ZoneSubnetMismatch.warning(format!("zone {}", placement.zone), message);
    Some(finding.hint("set a private subnet of the zone with --subnet"))
}

/// Notes that the masters of the zone have several subnets, of which one was taken.
fn several_subnets(source: &MachineSource<'_>) -> Option<Finding> {
    let MachineSource { placement, found_in, other_subnets, machine_set, .. } = source;
    let others: Vec<String> = other_subnets.iter().map(|it| quotable_name(it)).collect();
    let taken = placement.subnet.as_ref().and_then(aws::resource_name)?;
    let message = format!(
        "the machine gets the subnet {} of {found_in}; other {} in this zone have {}",
        quotable_name(&taken),
        if machine_set.is_some() { "MachineSets" } else { "masters" },
        others.join(", ")
    );
    let finding = Check::ZoneSubnetMismatch.note(format!("zone {}", placement.zone), message);
    (!others.is_empty()).then(|| finding.hint("to choose the subnet, use --subnet"))
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

/// Returns the etcd machines of a zone that stay.
pub(super) fn machines<'a>(
    snapshot: &'a Snapshot,
    zone: &'a str,
) -> impl Iterator<Item = &'a Object> {
    let machines = snapshot.machines_of(names::ETCD);
    machines.filter(move |it| aws::zone(it) == Some(zone) && !it.is_terminating())
}

/// Returns the step for an etcd Machine that exists in the zone; `None` when there is none.
fn existing_in_zone(
    snapshot: &Snapshot,
    request: &AddMachineRequest,
    zone: &str,
) -> Option<Result<Planned, Finding>> {
    let mut there: Vec<&Object> = machines(snapshot, zone).collect();
    // One that is on its way is followed even where another is Ready: it is this wish, interrupted. One
    // of somebody else's comes after ours, and one that failed last.
    there.sort_by_key(|it| match MachineProgress::of(it, snapshot.node_of(it)) {
        _ if other_cluster(snapshot, it).is_some() => 4,
        MachineProgress::Failed(_) => 3,
        _ if !is_ours(it) => 2,
        MachineProgress::Ready => 1,
        _ => 0,
    });
    there.first().map(|machine| existing(snapshot, request, machine, zone))
}

fn existing_by_name(
    snapshot: &Snapshot,
    request: &AddMachineRequest,
    name: &str,
    zone: &str,
) -> Option<Result<Planned, Finding>> {
    let reference = ObjectRef::machine(name);
    let machine = snapshot.get(&reference)?;
    let is_wish =
        machine.label(names::MACHINE_ROLE) == Some(names::ETCD) && aws::zone(machine) == Some(zone);
    let taken = |message: &str| {
        Err(Check::ForeignObject.blocker(&reference, message).hint("choose another --name"))
    };
    Some(if is_wish {
        match existing(snapshot, request, machine, zone) {
            Err(found) if is_ignored(request, &found) => taken("a Machine with this name exists"),
            planned => planned,
        }
    } else {
        taken("a Machine with this name exists with another role or in another zone")
    })
}

fn existing(
    snapshot: &Snapshot,
    request: &AddMachineRequest,
    machine: &Object,
    zone: &str,
) -> Result<Planned, Finding> {
    let reference = machine.reference().clone();
    if let Some(cluster) = other_cluster(snapshot, machine) {
        let message = format!(
            "the label {} names the cluster {cluster}, so it is unknown whether the Machine becomes a node of this \
             cluster",
            names::MACHINE_CLUSTER
        );
        let hint = format!("oc etcd add-machine --zone {} --another", quoted(zone));
        return Err(Check::ForeignObject.blocker(reference, message).hint(hint));
    }
    let progress = MachineProgress::of(machine, snapshot.node_of(machine));
    let step = |change, because| Step { object: reference.clone(), change, because };
    let differences = Differences::of(snapshot, machine);
    let mut differing = differences.findings(&reference);
    differing.extend(unmet(request, machine, zone));
    // Whoever made it.
    if let MachineProgress::Failed(message) = &progress {
        let message = format!("the Machine failed and does not recover: {message}");
        let failed = Check::MachineFailed.blocker(&reference, message);
        let first = remove_first(machine);
        return Err(failed.hint(if is_instance_missing(machine) {
            first
        } else {
            format!(
                "{first}; if the instance type is the cause, set another one with --instance-type"
            )
        }));
    }
    let others = match made_by_us(machine) {
        Some(true) => None,
        Some(false) => Some("not created by oc-etcd"),
        None => Some("possibly not created by oc-etcd"),
    };
    if let Some(words) = others {
        let message =
            format!("the Machine was {words}, and counts as the etcd machine of its zone");
        let finding = Check::ForeignObject.note(&reference, message);
        let because = format!("in {zone}, {words}; use --another to create a second machine");
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
        _ if !differences.fatal.is_empty() => Err(Check::MachineDiffers
            .blocker(&reference, differences.fatal.join("; "))
            .hint(remove_first(machine))),
        MachineProgress::Ready => {
            let because = match request.another {
                Another::No => {
                    format!("in {zone}, Ready; use --another to create a second machine")
                }
                Another::Yes => format!("in {zone}, Ready"),
            };
            let planned = Planned::step(step(Change::Unchanged(None), because));
            Ok(Planned { findings: differing, ..planned })
        }
        other => {
            let state = match &other {
                MachineProgress::NotReady(node) => format!("; its Node {node} is not Ready"),
                other => format!(" and in progress: {}", other.word()),
            };
            let because = format!("in {zone}, already created{state}");
            let planned = Planned::step(step(Change::Follow, because));
            Ok(Planned { findings: differing, ..planned })
        }
    }
}

/// Reports requested settings that an existing Machine does not have: the settings of a Machine are not changed.
fn unmet(request: &AddMachineRequest, machine: &Object, zone: &str) -> Option<Finding> {
    let default = AddMachineRequest::new(Vec::new(), "");
    let wanted = Volume::flags(&request.volume.entry(None, &Value::Null));
    let has_volume = || {
        request.volume.kms_key.is_none()
            && aws::volumes_beside_root(machine).into_iter().any(|it| Volume::flags(it) == wanted)
    };
    let has_type = || aws::instance_type(machine) == Some(&request.instance_type);
    let parts = [
        ("name", request.name.as_deref().is_none_or(|it| it == machine.name())),
        ("instance type", request.instance_type == default.instance_type || has_type()),
        ("volume", request.volume == default.volume || has_volume()),
        ("options", request.options == default.options && request.subnet.is_none()),
    ];
    let unmet: Vec<&str> = parts.iter().filter(|it| !it.1).map(|it| it.0).collect();
    let message = format!(
        "the Machine exists and is not changed: these requested settings are not applied: {}",
        unmet.join(", ")
    );
    let hint = format!("oc etcd add-machine --zone {} --another", quoted(zone));
    let finding = Check::MachineDiffers.warning(machine.reference(), message);
    (!unmet.is_empty()).then(|| finding.hint(hint))
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
