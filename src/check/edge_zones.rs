//! Reports machines in zones at the edge of a region: Local Zones and Wavelength Zones.

use super::etcd_member;
use super::finding::{Check, Finding};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::host::Host;
use crate::platform::aws;

/// Returns the kind of a zone at the edge of a region: by its name, or because a MachineSet makes edge
/// machines there.
pub(crate) fn edge(snapshot: &Snapshot, zone: &str) -> Option<&'static str> {
    let label = "/spec/template/spec/metadata/labels/node-role.kubernetes.io~1edge";
    let is_there = |it: &&Object| {
        aws::machine_set_placement(it).is_some_and(|it| it.zone == zone) && it.get(label).is_some()
    };
    let by_name = aws::edge(zone);
    by_name.or_else(|| {
        snapshot.all(Kind::MachineSet).find(is_there).map(|_| "a zone with edge machines")
    })
}

/// Returns the reason why an etcd machine does not belong in a zone at the edge of a region.
fn why_not(what: &str) -> String {
    format!(
        "the zone is {what}: the network latency to the region's zones is too high for etcd members, and \
         few instance and volume types are available"
    )
}

/// Reports a requested machine in a zone at the edge of a region. `others` returns the zones of the region.
pub(crate) fn edge_zone(
    snapshot: &Snapshot,
    zone: &str,
    others: impl FnOnce() -> Vec<String>,
) -> Option<Finding> {
    let finding = Check::EdgeZone.blocker(format!("zone {zone}"), why_not(edge(snapshot, zone)?));
    Some(finding.hint(format!("zones of the region: {}", others().join(", "))))
}

/// Reports the etcd Machines in zones at the edge.
pub(crate) fn machines(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    snapshot.machines_of(names::ETCD).filter_map(|machine| {
        let zone = aws::zone(machine)?;
        let message = format!("zone {zone}: {}", why_not(edge(snapshot, zone)?));
        let is_free = etcd_member::has_no_sign(snapshot, &Host::of_machine(snapshot, machine));
        let dry_run = if is_free { "" } else { " --dry-run=client" };
        let hint = format!("oc etcd remove-machine {}{dry_run}", machine.name());
        Some(Check::EdgeZone.warning(machine.reference(), message).hint(hint))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::object::ObjectRef;
    use crate::status::fixtures::{cluster, machine};

    #[test]
    fn the_hint_about_a_machine_with_a_member_shows_what_keeps_the_machine() {
        for (address, expected) in [
            ("10.0.9.9", "oc etcd remove-machine m"),
            ("10.0.12.34", "oc etcd remove-machine m --dry-run=client"),
        ] {
            let addresses = json!([{"type": "InternalIP", "address": address}]);
            let status = json!({"phase": "Running", "addresses": addresses});
            let machine = machine("m", "us-east-1-bos-1a", "2024-08-21T08:00:00Z", status);
            let snapshot = cluster(&["4.16"]).with_objects([machine]);
            let found: Vec<Finding> = machines(&snapshot).collect();
            assert_eq!(found[0].hint.as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_machine_set_with_machines_at_the_edge_makes_its_zone_one() {
        let set = |labels| {
            let value = json!({"placement": {"availabilityZone": "us-east-1x"}});
            let template =
                json!({"spec": {"metadata": {"labels": labels}, "providerSpec": {"value": value}}});
            let reference = ObjectRef::namespaced(Kind::MachineSet, names::MACHINE_NAMESPACE, "s");
            cluster(&["4.16"])
                .with_objects([Object::new(reference).with("spec", json!({"template": template}))])
        };
        assert_eq!(edge(&set(json!({})), "us-east-1x"), None);
        let labels = json!({"node-role.kubernetes.io/edge": ""});
        assert!(edge(&set(labels), "us-east-1x").is_some());
    }
}
