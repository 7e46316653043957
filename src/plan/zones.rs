//! Finds the zones in which a machine can be created, and the subnet of each zone.
//!
//! The subnet of a zone is always a subnet that an object of the cluster uses in that zone. A subnet is never derived
//! from a pattern of names, because the pattern changed with 4.16.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::check::{Check, Finding, edge_zones};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::machine;
use crate::platform::aws::{self, Placement};

/// A master to copy, and where the copy goes.
#[derive(Debug, PartialEq)]
pub struct MachineSource<'a> {
    /// The Machine whose provider spec is copied.
    pub master: &'a Object,
    /// Zone and subnet of the copy.
    pub placement: Placement,
    /// The place where the placement was found: `lab-x99n4-master-0`, `machineset/…`.
    pub found_in: String,
    /// The other subnets that masters have in the zone, or MachineSets where no master is there, unless the subnet was
    /// given.
    pub other_subnets: BTreeSet<String>,
    /// The MachineSet in which the placement was found, unless the subnet was given.
    pub machine_set: Option<&'a Object>,
}

/// The label of the machines of an Outpost, in a MachineSet. Their subnet leads to the Outpost, not to the zone.
const OUTPOSTS: &str = "/spec/template/spec/metadata/labels/node-role.kubernetes.io~1outposts";

/// The zones that the cluster knows, each with what knows it.
#[must_use]
pub fn known(snapshot: &Snapshot) -> BTreeMap<String, (Placement, String)> {
    let mut zones = BTreeMap::new();
    let masters =
        masters(snapshot).filter_map(|it| Some((aws::placement(aws::provider_spec(it)?)?, it)));
    for (placement, master) in masters {
        zones.entry(placement.zone.clone()).or_insert((placement, master.name().to_owned()));
    }
    let domains = snapshot.all(Kind::ControlPlaneMachineSet).flat_map(|it| {
        aws::failure_domains(it)
            .into_iter()
            .map(|placement| (placement, it.reference().to_string()))
    });
    let machine_sets =
        machine_sets(snapshot).into_iter().map(|(it, set)| (it, set.reference().to_string()));
    for (placement, source) in domains.chain(machine_sets) {
        zones.entry(placement.zone.clone()).or_insert((placement, source));
    }
    zones
}

/// The MachineSets, each with the placement of its Machines: those without a subnet come last, and before them those with a
/// subnet that may need a public IP address, as a subnet with an internet gateway does.
fn machine_sets(snapshot: &Snapshot) -> Vec<(Placement, &Object)> {
    let all = snapshot.all(Kind::MachineSet).filter(|it| it.get(OUTPOSTS).is_none());
    let mut all: Vec<(Placement, &Object)> =
        all.filter_map(|it| Some((aws::machine_set_placement(it)?, it))).collect();
    all.sort_by_key(|(placement, it)| {
        (placement.subnet.is_none(), !is_private(aws::has_public_machines(it)))
    });
    all
}

const fn is_private(is_public: Field<bool>) -> bool {
    matches!(is_public, Field::Absent | Field::Known(false))
}

/// Returns the names of the known zones in which a member of etcd can run: no Local Zone and no Wavelength Zone.
#[must_use]
pub fn eligible(snapshot: &Snapshot) -> Vec<String> {
    let zones = known(snapshot).into_keys();
    zones.filter(|zone| edge_zones::edge(snapshot, zone).is_none()).collect()
}

/// Zones of masters in which an etcd machine is missing to three of them, or to an odd number.
#[must_use]
pub fn without_machine(snapshot: &Snapshot) -> Vec<&str> {
    let staying: Vec<&Object> =
        snapshot.machines_of(names::ETCD).filter(|it| !it.is_terminating()).collect();
    let needed = match staying.len() {
        total @ 0..FEWEST => FEWEST - total,
        total => usize::from(total.is_multiple_of(2)),
    };
    let taken: BTreeSet<&str> = staying.into_iter().filter_map(aws::zone).collect();
    let zones: BTreeSet<&str> = snapshot.machines_of(names::MASTER).filter_map(aws::zone).collect();
    let is_free = |zone: &&str| !taken.contains(zone) && edge_zones::edge(snapshot, zone).is_none();
    zones.into_iter().filter(is_free).take(needed).collect()
}

/// The number of etcd machines below which etcd does not tolerate the loss of one.
const FEWEST: usize = 3;

/// Returns the zone of masters with the fewest etcd machines, if each of these zones has one and machines are missing to
/// three: in a cluster of one or two zones, a zone has several.
#[must_use]
pub fn with_another_machine(snapshot: &Snapshot) -> Option<&str> {
    let machines = snapshot.machines_of(names::ETCD).filter(|it| !it.is_terminating());
    let taken: Vec<&str> = machines.filter_map(aws::zone).collect();
    let zones: BTreeSet<&str> = snapshot.machines_of(names::MASTER).filter_map(aws::zone).collect();
    let zones = zones.into_iter().filter(|it| edge_zones::edge(snapshot, it).is_none());
    let number = |zone: &&str| taken.iter().filter(|it| *it == zone).count();
    let fewest = zones.min_by_key(number)?;
    (number(&fewest) > 0 && taken.len() < FEWEST).then_some(fewest)
}

/// Returns the source of a machine in a zone, with its placement. `subnet` overrides the subnet by its id.
///
/// # Errors
/// A blocker that lists the zones that are known, or that says why the subnet cannot be right.
pub fn source<'a>(
    snapshot: &'a Snapshot,
    zone: &str,
    subnet: Option<&str>,
) -> Result<MachineSource<'a>, Finding> {
    let subject = format!("zone {zone}");
    let mut masters: Vec<&Object> = masters(snapshot).collect();
    masters.sort_by_key(|it| (defect(snapshot, it).is_some(), aws::zone(it) != Some(zone)));
    let Some(master) = masters.first().copied() else {
        if let Some(part) = withheld(snapshot) {
            return Err(part);
        }
        let message = "no master Machine has a provider spec";
        return Err(Check::SourceMissing.blocker(subject, message));
    };
    let zones = known(snapshot);
    let (mut placement, found_in) = match (zones.get(zone), subnet) {
        (Some(found), _) => found.clone(),
        (None, Some(_)) if is_of_region(snapshot, zone) => {
            (Placement { zone: zone.to_owned(), subnet: None }, "--subnet".to_owned())
        }
        (None, _) => {
            let found = withheld(snapshot);
            return Err(found.unwrap_or_else(|| unknown(snapshot, zone, &eligible(snapshot))));
        }
    };
    if let Some(id) = subnet {
        if let Some(other) = zone_of_subnet(snapshot, id).filter(|other| other != zone) {
            let message = format!("the subnet {id} is in {other}, where the machine would start");
            return Err(Check::ZoneSubnetMismatch.blocker(subject, message));
        }
        placement.subnet = Some(json!({ "id": id }));
    }
    if placement.subnet.is_none() {
        let message = format!("no subnet is known for this zone ({found_in} has no subnet)");
        return Err(Check::ZoneSubnetMismatch
            .blocker(subject, message)
            .hint("set a subnet with --subnet"));
    }
    if let Some(other) = disputed(snapshot, &placement) {
        let message = format!(
            "{found_in} has the subnet {}, but a machine in {other} has the same subnet: AWS starts the \
             machine in the zone of the subnet",
            placement.subnet.as_ref().and_then(aws::subnet_id).unwrap_or_default()
        );
        return Err(Check::ZoneSubnetMismatch
            .blocker(subject, message)
            .hint("set the correct subnet with --subnet"));
    }
    let (mut other_subnets, mut machine_set) = (BTreeSet::new(), None);
    if subnet.is_none() {
        let sets = machine_sets(snapshot);
        let is_it = |it: &&(Placement, &Object)| it.1.reference().to_string() == found_in;
        machine_set = sets.iter().find(is_it).map(|it| it.1);
        let of_sets = sets.into_iter().filter(|_| machine_set.is_some()).map(|it| it.0);
        other_subnets = subnets_beside(snapshot, &placement, of_sets);
    }
    Ok(MachineSource { master, placement, found_in, other_subnets, machine_set })
}

/// The subnets in the zone of a placement besides its own: those of masters and of these placements.
fn subnets_beside(
    snapshot: &Snapshot,
    placement: &Placement,
    others: impl Iterator<Item = Placement>,
) -> BTreeSet<String> {
    let of_masters = masters(snapshot).filter_map(|it| aws::placement(aws::provider_spec(it)?));
    let is_other = |it: &Placement| it.zone == placement.zone && it.subnet != placement.subnet;
    let others = of_masters.chain(others).filter(is_other);
    others.filter_map(|it| aws::resource_name(&it.subnet?)).collect()
}

/// Reports the first part of a provider spec that files withhold: the part may have the zone, or the subnet.
fn withheld(snapshot: &Snapshot) -> Option<Finding> {
    let kinds = [Kind::Machine, Kind::ControlPlaneMachineSet, Kind::MachineSet].into_iter();
    let mut all = kinds.flat_map(|kind| snapshot.all(kind));
    all.find_map(|it| {
        let message = format!("{} is withheld from the files", aws::withheld_part(it)?);
        Some(Check::Unreadable.blocker(it.reference(), message))
    })
}

fn unknown(snapshot: &Snapshot, zone: &str, zones: &[String]) -> Finding {
    let (subject, zones) = (format!("zone {zone}"), zones.join(", "));
    match region(snapshot) {
        Some(region) if !is_of_region(snapshot, zone) => {
            let message = format!(
                "the zone is not in {region}, the region of the cluster; known zones: {zones}"
            );
            Check::ZoneUnknown.blocker(subject, message)
        }
        _ => {
            let message =
                format!("no machine of this cluster is in this zone; known zones: {zones}");
            let hint = "for a zone without machines, set the subnet with --subnet";
            Check::ZoneUnknown.blocker(subject, message).hint(hint)
        }
    }
}

/// The masters that have a provider spec, by name; those that became no Node, or do not stay one, come last.
fn masters(snapshot: &Snapshot) -> impl Iterator<Item = &Object> {
    let all = snapshot.machines_of(names::MASTER).filter(|it| aws::provider_spec(it).is_some());
    let mut all: Vec<&Object> = all.collect();
    all.sort_by_key(|it| defect(snapshot, it).is_some());
    all.into_iter()
}

/// Returns why a master is no proof that AWS starts what its provider spec describes; a fragment.
#[must_use]
pub fn defect(snapshot: &Snapshot, master: &Object) -> Option<String> {
    if master.is_terminating() {
        return Some("is being deleted".to_owned());
    }
    if let Some(failure) = machine::failure(master) {
        return Some(format!("is Failed ({failure})"));
    }
    let is_read = snapshot.why_unreadable(Kind::Node).is_none();
    (is_read && snapshot.node_name_of(master).is_none()).then(|| "has no Node".to_owned())
}

/// A zone of the cluster's own region, by its name: `us-east-1d` of `us-east-1`.
fn is_of_region(snapshot: &Snapshot, zone: &str) -> bool {
    let rest = region(snapshot).and_then(|region| zone.strip_prefix(region));
    rest.is_some_and(|it| !it.is_empty())
}

fn region(snapshot: &Snapshot) -> Option<&str> {
    snapshot.infrastructure()?.text("/status/platformStatus/aws/region")
}

fn placements(snapshot: &Snapshot) -> impl Iterator<Item = Placement> {
    let machines =
        snapshot.all(Kind::Machine).filter_map(|it| aws::placement(aws::provider_spec(it)?));
    let sets = snapshot.all(Kind::MachineSet).filter_map(aws::machine_set_placement);
    let domains = snapshot.all(Kind::ControlPlaneMachineSet).flat_map(aws::failure_domains);
    machines.chain(sets).chain(domains)
}

fn zone_of_subnet(snapshot: &Snapshot, id: &str) -> Option<String> {
    let has_id = |subnet: &Value| aws::subnet_id(subnet) == Some(id);
    placements(snapshot).find(|it| it.subnet.as_ref().is_some_and(has_id)).map(|it| it.zone)
}

/// Another zone in which a machine claims to have the same subnet by id.
fn disputed(snapshot: &Snapshot, placement: &Placement) -> Option<String> {
    let id = placement.subnet.as_ref().and_then(aws::subnet_id)?;
    placements(snapshot)
        .filter(|it| it.zone != placement.zone)
        .find(|it| it.subnet.as_ref().and_then(aws::subnet_id) == Some(id))
        .map(|it| it.zone)
}
