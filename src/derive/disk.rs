//! Writes `00-etcd-disk`: the second disk of an etcd machine, mounted on /var/lib/etcd.
//!
//! The disk is found on the machine by a probe, not by name: on Nitro instances `/dev/nvme1n1` may be
//! the root disk, RHCOS has no links from the names that EC2 was asked for, and an Ignition config
//! cannot tell (coreos/fedora-coreos-tracker#601, #1122). The probe is made of one file and three
//! units, which the operator may change later; `storage.disks` it may not (MCO
//! `pkg/controller/render`, 4.16). A fixed device can still be asked for, and is never wiped.

use serde_json::{Value, json};

use super::{ignition, mark};
use crate::kind::Kind;
use crate::object::{Object, ObjectRef};
use crate::role;

/// The name of the MachineConfig.
pub const NAME: &str = "00-etcd-disk";
/// The unit that mounts the disk; its name is the path's, as systemd demands.
pub const MOUNT_UNIT: &str = "var-lib-etcd.mount";
/// Where etcd keeps its data.
pub const MOUNT_POINT: &str = "/var/lib/etcd";

const PREPARE_UNIT: &str = "oc-etcd-disk.service";
const RELABEL_UNIT: &str = "oc-etcd-restorecon.service";
const SCRIPT_PATH: &str = "/etc/oc-etcd/prepare-disk";
const SCRIPT: &str = include_str!("disk/prepare-disk.sh");
/// XFS labels hold 12 bytes at most; this is one of 12.
const LABEL: &str = "var-lib-etcd";
const PARTITION: &str = "etcd";

/// How the second disk is found on the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Disk {
    /// The one EBS volume that holds nothing.
    #[default]
    Probe,
    /// A device file, by its path.
    Device(String),
}

impl Disk {
    /// How a plan shows it.
    #[must_use]
    pub fn describe(&self) -> String {
        let disk = match self {
            Self::Probe => "the one empty EBS disk",
            Self::Device(path) => path,
        };
        format!("{disk} → xfs → {MOUNT_POINT}")
    }
}

/// The MachineConfig, with the Ignition version of the masters' own.
#[must_use]
pub fn machine_config(disk: &Disk, ignition_version: &str, tool_version: &str) -> Object {
    let mut config = match disk {
        Disk::Probe => probe(),
        Disk::Device(path) => device(path),
    };
    config["ignition"] = json!({ "version": ignition_version });
    let spec = json!({ "config": config });
    let object = Object::new(ObjectRef::cluster(Kind::MachineConfig, NAME))
        .with_labels([(role::MACHINE_CONFIG_ROLE, role::ETCD)]);
    mark(object, "oc-etcd", &spec, tool_version).with("spec", spec)
}

fn probe() -> Value {
    let prepare = format!(
        "[Unit]\n\
         Description=Find and prepare the disk of etcd\n\
         DefaultDependencies=no\n\
         Wants=systemd-udev-settle.service\n\
         After=systemd-udev-settle.service systemd-remount-fs.service\n\
         Before={MOUNT_UNIT} shutdown.target\n\
         Conflicts=shutdown.target\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         RemainAfterExit=yes\n\
         TimeoutStartSec=180\n\
         ExecStart=/usr/bin/bash {SCRIPT_PATH}\n\
         \n\
         [Install]\n\
         RequiredBy=local-fs.target\n"
    );
    let mount = mount_unit(
        &format!("Requires={PREPARE_UNIT}\nAfter={PREPARE_UNIT}\n"),
        &format!("/dev/disk/by-label/{LABEL}"),
    );
    json!({
        "storage": { "files": [ignition::file(SCRIPT_PATH, 0o755, SCRIPT)] },
        "systemd": { "units": [
            unit(PREPARE_UNIT, &prepare),
            unit(MOUNT_UNIT, &mount),
            unit(RELABEL_UNIT, &relabel_unit()),
        ] },
    })
}

/// Ignition's own form, as the installer writes it for other platforms (installer
/// `pkg/asset/machines/machineconfig`), but wiping nothing: a new EBS volume is empty.
fn device(path: &str) -> Value {
    let partition = format!("/dev/disk/by-partlabel/{PARTITION}");
    let fsck = r"systemd-fsck@dev-disk-by\x2dpartlabel-etcd.service";
    let mount = mount_unit(&format!("Requires={fsck}\nAfter={fsck}\n"), &partition);
    json!({
        "storage": {
            "disks": [{
                "device": path,
                "wipeTable": false,
                "partitions": [{ "label": PARTITION, "startMiB": 0, "sizeMiB": 0 }],
            }],
            "filesystems": [{
                "device": partition,
                "format": "xfs",
                "label": LABEL,
                "path": MOUNT_POINT,
                "mountOptions": ["defaults", "prjquota"],
                "wipeFilesystem": false,
            }],
        },
        "systemd": { "units": [
            unit(MOUNT_UNIT, &mount),
            unit(RELABEL_UNIT, &relabel_unit()),
        ] },
    })
}

/// `RequiredBy`, not `WantedBy`: without its disk the machine must not come up and run etcd from the
/// root disk.
fn mount_unit(dependencies: &str, device: &str) -> String {
    format!(
        "[Unit]\n\
         Description=The disk of etcd\n\
         {dependencies}\
         Before=local-fs.target\n\
         \n\
         [Mount]\n\
         What={device}\n\
         Where={MOUNT_POINT}\n\
         Type=xfs\n\
         Options=defaults,prjquota\n\
         TimeoutSec=120s\n\
         \n\
         [Install]\n\
         RequiredBy=local-fs.target\n"
    )
}

/// A new file system has no SELinux label, and the kubelet may not write there.
fn relabel_unit() -> String {
    format!(
        "[Unit]\n\
         Description=Label the disk of etcd for SELinux\n\
         Requires={MOUNT_UNIT}\n\
         After={MOUNT_UNIT}\n\
         Before=crio.service kubelet.service\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         RemainAfterExit=yes\n\
         ExecStart=/usr/sbin/restorecon -R {MOUNT_POINT}\n\
         \n\
         [Install]\n\
         WantedBy=multi-user.target\n"
    )
}

fn unit(name: &str, contents: &str) -> Value {
    json!({ "name": name, "enabled": true, "contents": contents })
}

/// Whether an Ignition config puts something on /var/lib/etcd: by a mount unit, or by a file system.
#[must_use]
pub fn mounts_etcd(config: &Value) -> bool {
    let by_unit = ignition::unit_contents(config, MOUNT_UNIT).is_some();
    let file_systems = config.pointer("/storage/filesystems").and_then(Value::as_array);
    by_unit || file_systems.is_some_and(|list| list.iter().any(|it| it["path"] == MOUNT_POINT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_form_wipes_anything() {
        for disk in [Disk::Probe, Disk::Device("/dev/nvme1n1".to_owned())] {
            let object = machine_config(&disk, "3.4.0", "1");
            let text = object.body().to_string();
            for wiping in [
                "\"wipeTable\":true",
                "\"wipeFilesystem\":true",
                "wipe_",
                "wipefs",
                "xfs -f",
                "--force",
            ] {
                assert!(!text.contains(wiping), "{disk:?}: {wiping}");
            }
        }
    }

    #[test]
    fn both_forms_mount_the_disk_before_local_file_systems_are_done() {
        for disk in [Disk::Probe, Disk::Device("/dev/nvme1n1".to_owned())] {
            let object = machine_config(&disk, "3.4.0", "1");
            let config = ignition::config(&object).unwrap();
            assert!(mounts_etcd(config));
            let mount = ignition::unit_contents(config, MOUNT_UNIT).unwrap();
            for line in ["Where=/var/lib/etcd\n", "Type=xfs\n", "RequiredBy=local-fs.target\n"] {
                assert!(mount.contains(line), "{mount}");
            }
            assert_eq!(ignition::version(&object), Some("3.4.0"));
        }
    }

    #[test]
    fn the_label_fits_into_an_xfs_superblock() {
        assert!(LABEL.len() <= 12);
    }
}
