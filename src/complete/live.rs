//! The words that a cluster knows.

use super::Candidate;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::plan::zones;
use crate::platform::aws;

/// The zones of the masters, each with the machines that are there: the masters and those of etcd.
#[must_use]
pub fn zones(snapshot: &Snapshot) -> Vec<Candidate> {
    let machines: Vec<&Object> =
        [names::MASTER, names::ETCD].into_iter().flat_map(|it| snapshot.machines_of(it)).collect();
    let there = |zone: &str| {
        let there = machines.iter().filter(|it| aws::zone(it) == Some(zone));
        there.map(|it| it.name()).collect::<Vec<_>>().join(", ")
    };
    zones::eligible(snapshot).iter().map(|zone| Candidate::new(zone, there(zone))).collect()
}

/// The etcd Machines, each with its zone and its phase.
#[must_use]
pub fn etcd_machines(snapshot: &Snapshot) -> Vec<Candidate> {
    let machine = |it: &Object| {
        let facts = [aws::zone(it), it.text("/status/phase")];
        let facts: Vec<&str> = facts.into_iter().flatten().collect();
        Candidate::new(it.name(), facts.join(", "))
    };
    let mut machines: Vec<Candidate> = snapshot.machines_of(names::ETCD).map(machine).collect();
    machines.sort();
    machines
}
