//! The partitions of the root disk, which Ignition makes at the first boot. A partition that does not fit on the disk stops
//! the boot (Ignition `internal/exec/stages/disks/partitions.go`). An etcd machine has the root volume of a master.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reservations::too_large;
use crate::check::finding::{Check, Finding};
use crate::ignition;
use crate::ignition::devices::ROOT_DISK;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::kubelet::boot::Boot;
use crate::platform::aws;

/// The size of the masters' root volume that openshift-installer chooses.
const DEFAULT: u64 = 120 << 10;

/// Reports the partition that ends last, if the root volume of a master ends before.
pub(super) fn finding(snapshot: &Snapshot, boot: &Boot<'_>) -> Option<Finding> {
    let (end, holder) = last(boot)?;
    let size = snapshot.machines_of(names::MASTER).filter_map(root_size).min();
    let severity = too_large(end, size, Some(DEFAULT))?;
    let (has, stops) = match size {
        Some(size) => (format!("has {size} MiB"), "stops"),
        None => ("has an unknown size".to_owned(), "may stop"),
    };
    let message = format!(
        "a partition of the root disk reaches to {end} MiB, and the root volume of etcd machines, which is like that of a \
         master, {has}: each new machine {stops} at its first boot"
    );
    let create = format!(
        "create a MachineConfig with a later name, the label {}={}, the same device, the same partition and a startMiB and \
         sizeMiB that fit; or give the workers with this partition a pool of their own",
        names::MACHINE_CONFIG_ROLE,
        names::ETCD
    );
    let hint = if snapshot.pool(names::ETCD).is_some() {
        format!(
            "the operator may refuse other disks in a pool that is rendered: oc etcd teardown; then {create}"
        )
    } else {
        format!("before init, {create}")
    };
    let finding = Check::WorkerSettingsUnsuitable.blocker(holder.reference(), message).hint(hint);
    Some(finding.at_most(severity))
}

/// Returns the size of the root volume of a Machine in MiB.
fn root_size(machine: &Object) -> Option<u64> {
    let entries = aws::provider_spec(machine)?["blockDevices"].as_array()?;
    let size = aws::root_and_others(entries).0?["ebs"]["volumeSize"].as_u64()?;
    Some(size << 10)
}

/// Returns the end in MiB of the partition that ends last, and the MachineConfig that places the partition. Ignition merges
/// partitions by their number, or by their label, field by field.
fn last<'a>(boot: &Boot<'a>) -> Option<(u64, &'a Object)> {
    let mut partitions: BTreeMap<String, (u64, u64, &Object)> = BTreeMap::new();
    for machine_config in boot.machine_configs().iter().copied() {
        let config = ignition::config(machine_config).unwrap_or(&Value::Null);
        let list = |of: &'a Value| of.as_array().map_or(&[][..], Vec::as_slice);
        let disks = list(&config["storage"]["disks"]).iter();
        let of_root = disks.filter(|it| it["device"] == ROOT_DISK);
        for partition in of_root.flat_map(|it| list(&it["partitions"])) {
            let key = match partition["number"].as_u64() {
                Some(number) if number > 0 => format!("number {number}"),
                _ => format!("label {}", partition["label"]),
            };
            let (start, size, holder) = partitions.entry(key).or_insert((0, 0, machine_config));
            for (field, value) in [("startMiB", start), ("sizeMiB", size)] {
                if let Some(given) = partition[field].as_u64() {
                    (*value, *holder) = (given, machine_config);
                }
            }
        }
    }
    let ends = partitions.into_values().map(|(start, size, by)| (start.saturating_add(size), by));
    ends.max_by_key(|it| it.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::finding::Severity;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    fn judged(volume_size: &Value, disks: &[Value]) -> Option<(Severity, String)> {
        let entries = json!([{"ebs": {"volumeSize": volume_size}}]);
        let machine = Object::new(ObjectRef::machine("m0"))
            .with_labels([(names::MACHINE_ROLE, names::MASTER)])
            .with("spec", json!({"providerSpec": {"value": {"blockDevices": entries}}}));
        let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects([machine]);
        let machine_config = |(at, disk): (usize, &Value)| {
            let config = json!({"storage": {"disks": [disk]}});
            Object::new(ObjectRef::cluster(Kind::MachineConfig, format!("{at}")))
                .with("spec", json!({"config": config}))
        };
        let all: Vec<Object> = disks.iter().enumerate().map(machine_config).collect();
        let found = finding(&snapshot, &Boot::of(all.iter().collect()))?;
        Some((found.severity, found.subject))
    }

    #[test]
    fn a_partition_has_to_fit_on_the_root_volume_of_a_master() {
        let disk = |device: &str, label: &str, start: u64, size: Option<u64>| {
            let mut partition = json!({"label": label, "startMiB": start});
            if let Some(size) = size {
                partition["sizeMiB"] = size.into();
            }
            json!({"device": device, "partitions": [partition]})
        };
        let root = |start, size| disk(ROOT_DISK, "var", start, size);
        let by = |severity, name: &str| Some((severity, format!("machineconfig/{name}")));
        let (known, unknown) = (json!(120), json!({"_REDACTED": "x"}));
        for (volume_size, disks, expected) in [
            (&known, vec![root(250_000, Some(0))], by(Severity::Blocker, "0")),
            (&known, vec![root(25_000, Some(400_000))], by(Severity::Blocker, "0")),
            (&unknown, vec![root(250_000, Some(0))], by(Severity::Warning, "0")),
            (&unknown, vec![root(25_000, Some(0))], None),
            (&known, vec![root(25_000, Some(90_000))], None),
            (&json!(500), vec![root(250_000, Some(0))], None),
            (&known, vec![disk("/dev/nvme1n1", "var", 250_000, None)], None),
            // One for the etcd machines.
            (&known, vec![root(250_000, Some(0)), root(25_000, None)], None),
            (
                &known,
                vec![root(25_000, Some(400_000)), root(30_000, None)],
                by(Severity::Blocker, "1"),
            ),
            (
                &known,
                vec![root(250_000, Some(0)), disk(ROOT_DISK, "log", 25_000, None)],
                by(Severity::Blocker, "0"),
            ),
        ] {
            assert_eq!(judged(volume_size, &disks), expected, "{volume_size} {disks:?}");
        }
    }
}
