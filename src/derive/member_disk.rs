//! Writes `98-master-etcd-disk`: the disk of a member of etcd that runs on a master.
//!
//! The script is the script of [`disk`] with the option for a master. On an existing master, whose data is on the root
//! disk, the script changes nothing. On a new master with one empty EBS volume, the script makes the volume the disk of
//! etcd, and requires the disk from then on. The script mounts the disk itself, because a mount unit in a MachineConfig
//! is required on all masters or on no master. `docs/disk.md` has the rules of the script, and the booted machines.

use serde_json::json;

use crate::derive::disk::{self, Disk, Machines};
use crate::derive::own_machine_config;
use crate::model::names;
use crate::model::object::Object;

/// The name of the MachineConfig.
pub const NAME: &str = names::MASTERS_DISK;

/// The MachineConfig, with the Ignition version of the masters' own.
#[must_use]
pub fn machine_config(disk: &Disk, ignition_version: &str, tool_version: &str) -> Object {
    let config = json!({
        "storage": { "files": [disk::script()] },
        "systemd": { "units": [disk::prepare_unit(disk, Machines::Masters)] },
    });
    own_machine_config(NAME, names::MASTER, config, ignition_version, tool_version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ignition;

    #[test]
    fn a_device_is_read_back_from_what_was_written() {
        for disk in [Disk::Probe, Disk::Device("/dev/xvdb".to_owned())] {
            let object = machine_config(&disk, "3.2.0", "1");
            assert_eq!(Disk::of(&object), Some(disk));
            assert_eq!(ignition::version(&object), Some("3.2.0"));
        }
    }

    /// MCO 4.16 and later refuse anything else in a rendered pool, and the pool of the masters is rendered.
    #[test]
    fn it_is_files_and_units_alone_and_mounts_nothing_by_a_unit() {
        let object = machine_config(&Disk::Probe, "3.2.0", "1");
        let config = ignition::config(&object).unwrap();
        let keys = |pointer| {
            let part = config.pointer(pointer).and_then(serde_json::Value::as_object).unwrap();
            part.keys().map(String::as_str).collect::<Vec<_>>()
        };
        assert_eq!(keys(""), ["ignition", "storage", "systemd"]);
        assert_eq!((keys("/storage"), keys("/systemd")), (vec!["files"], vec!["units"]));
        assert!(!disk::mounts_etcd(config));
        assert!(!disk::is_older_form(&object));
    }

    #[test]
    fn the_script_is_that_of_the_etcd_pool() {
        let contents = |object: &Object| object.get("/spec/config/storage/files/0").cloned();
        let of_pool = disk::machine_config(&Disk::Probe, "3.2.0", "1");
        let of_masters = machine_config(&Disk::Probe, "3.2.0", "1");
        assert!(contents(&of_masters).is_some());
        assert_eq!(contents(&of_masters), contents(&of_pool));
    }
}
