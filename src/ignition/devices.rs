//! The devices that Ignition partitions, encrypts or formats at the first boot of a machine, before any unit of the
//! machine runs (coreos/ignition `internal/exec/stages/disks`).

use serde_json::Value;

use crate::model::field::{Field, Unknown};

/// The name of the disk of the operating system.
pub const ROOT_DISK: &str = "/dev/disk/by-id/coreos-boot-disk";

/// A device that Ignition formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formatted<'a> {
    /// The list in `storage` that has the device.
    pub section: &'static str,
    /// The device, as far as it is known.
    pub device: Field<&'a str>,
    /// The label of the file system that Ignition makes; `None` where there is none, or not known.
    pub label: Option<&'a str>,
}

/// Returns the devices that an Ignition config of spec 2 or 3 partitions, encrypts, formats or adds to a RAID,
/// `wipeTable` and `wipeFilesystem` or not: Ignition writes a table and a file system to a device that has none.
#[must_use]
pub fn formatted(config: &Value) -> Vec<Formatted<'_>> {
    let storage = &config["storage"];
    let mut found = Vec::new();
    for section in ["disks", "raid", "luks", "filesystems"] {
        let entries = match &storage[section] {
            Value::Null => continue,
            Value::Array(entries) => entries,
            other => {
                let device = Field::Unknown(Unknown::of(other));
                found.push(Formatted { section, device, label: None });
                continue;
            }
        };
        for entry in entries {
            let devices = match (section, &entry["devices"]) {
                ("raid", Value::Array(devices)) => devices.as_slice(),
                ("raid", devices) => std::slice::from_ref(devices),
                // Spec 2 has the device of a file system one level deeper.
                ("filesystems", _) if entry["device"].is_null() => {
                    std::slice::from_ref(&entry["mount"]["device"])
                }
                _ => std::slice::from_ref(&entry["device"]),
            };
            let label = entry["label"].as_str();
            let of = |it| Formatted { section, device: Field::text(it), label };
            found.extend(devices.iter().map(of));
        }
    }
    found.retain(|it| it.device != Field::Absent);
    found
}

/// Returns the devices that an Ignition config of spec 2 or 3 makes: partitions, file systems, arrays and encrypted
/// devices, each by the names that the machine gives them.
#[must_use]
pub fn made(config: &Value) -> Vec<String> {
    let storage = &config["storage"];
    let entries = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    let mut add = |directory: &str, name: &Value| {
        found.extend(name.as_str().map(|it| format!("/dev/{directory}{it}")));
    };
    for disk in entries(&storage["disks"]) {
        for partition in entries(&disk["partitions"]) {
            add("disk/by-partlabel/", &partition["label"]);
            add("disk/by-partuuid/", &partition["guid"].as_str().map(str::to_lowercase).into());
        }
    }
    for it in entries(&storage["filesystems"]).iter().flat_map(|it| [it, &it["mount"]]) {
        add("disk/by-label/", &it["label"]);
        add("disk/by-uuid/", &it["uuid"]);
    }
    for it in entries(&storage["raid"]) {
        add("md/", &it["name"]);
    }
    for it in entries(&storage["luks"]) {
        add("mapper/", &it["name"]);
        add("disk/by-id/dm-name-", &it["name"]);
        add("disk/by-label/", &it["label"]);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_section_of_both_specs_names_its_devices() {
        let config = json!({"storage": {
            "disks": [{"device": "/dev/a", "wipeTable": true}],
            "raid": [{"name": "md", "devices": ["/dev/b", "/dev/c"]}],
            "luks": [{"device": "/dev/d"}],
            "filesystems": [{"device": "/dev/e"}, {"mount": {"device": "/dev/f"}}, {"path": "/sysroot"}],
        }});
        let found: Vec<_> = formatted(&config).into_iter().map(|it| it.device.known()).collect();
        let expected = ["/dev/a", "/dev/b", "/dev/c", "/dev/d", "/dev/e", "/dev/f"];
        assert_eq!(found, expected.map(Some));
        assert_eq!(formatted(&json!({})), []);
    }

    #[test]
    fn what_ignition_makes_has_the_names_of_the_machine() {
        let config = json!({"storage": {
            "disks": [{"device": "/dev/a", "partitions": [{"label": "data", "guid": "0A"}]}],
            "raid": [{"name": "array"}],
            "luks": [{"name": "root", "label": "crypt"}],
            "filesystems": [{"device": "/dev/e", "label": "logs"}, {"mount": {"label": "old"}}],
        }});
        let expected = [
            "/dev/disk/by-partlabel/data",
            "/dev/disk/by-partuuid/0a",
            "/dev/disk/by-label/logs",
            "/dev/disk/by-label/old",
            "/dev/md/array",
            "/dev/mapper/root",
            "/dev/disk/by-id/dm-name-root",
            "/dev/disk/by-label/crypt",
        ];
        assert_eq!(made(&config), expected);
    }

    #[test]
    fn a_withheld_device_is_not_none() {
        let withheld = json!({"_REDACTED": "x", "length": 3});
        let unknown = Field::Unknown(Unknown::Withheld);
        for (config, section) in [
            (json!({"storage": {"disks": withheld}}), "disks"),
            (json!({"storage": {"luks": [{"device": withheld}]}}), "luks"),
            (json!({"storage": {"raid": [{"devices": withheld}]}}), "raid"),
        ] {
            let expected = Formatted { section, device: unknown, label: None };
            assert_eq!(formatted(&config), [expected], "{config}");
        }
    }
}
