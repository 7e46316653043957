//! Writes `00-etcd-disk`: the second disk of an etcd machine, mounted on /var/lib/etcd.
//!
//! A script on the machine finds the disk: on Nitro instances `/dev/nvme1n1` may be the root disk,
//! RHCOS has no links from the names that EC2 was asked for, and an Ignition config cannot tell
//! (coreos/fedora-coreos-tracker#601, #1122). The script and its units may be changed later by the
//! operator; `storage.disks` may not (MCO `pkg/controller/render`, 4.16). A device that is asked for
//! narrows where the script looks, and is judged by the same rules. Earlier versions of this tool
//! wrote `storage.disks` for such a device; a pool that has it keeps it.
//!
//! `docs/disk.md` says what the script promises, and how booted machines show it.

use serde_json::{Value, json};

use crate::derive::own_machine_config;
use crate::ignition;
use crate::model::field::Field;
use crate::model::names;
use crate::model::object::Object;

/// The name of the MachineConfig.
pub const NAME: &str = names::ETCD_DISK;
/// The unit that mounts the disk; its name is the path's, as systemd demands.
pub const MOUNT_UNIT: &str = "var-lib-etcd.mount";
/// The directory of etcd's data.
pub const MOUNT_POINT: &str = "/var/lib/etcd";

const PREPARE_UNIT: &str = "oc-etcd-disk.service";
const DEVICE_UNIT: &str = r"dev-disk-by\x2dlabel-var\x2dlib\x2detcd.device";
const RELABEL_UNIT: &str = "oc-etcd-restorecon.service";
/// The units of the MachineConfig.
pub const UNITS: [&str; 4] = [PREPARE_UNIT, DEVICE_UNIT, MOUNT_UNIT, RELABEL_UNIT];
/// The directory of the scripts of oc-etcd.
pub const DIRECTORY: &str = "/etc/oc-etcd/";

/// The path of the script that finds the disk, on a machine.
pub const SCRIPT_PATH: &str = "/etc/oc-etcd/prepare-disk";
const SCRIPT: &str = include_str!("disk/prepare-disk.sh");
/// The label of the file system. XFS labels hold 12 bytes at most; this is one of 12.
pub const LABEL: &str = "var-lib-etcd";

/// The place where the script on the machine looks for the second disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Disk {
    /// Among all EBS volumes.
    #[default]
    Probe,
    /// At one device file, by its path; see [`Disk::device`].
    Device(String),
}

impl Disk {
    /// The word for the probe, in the place of a device's path.
    pub const PROBE: &str = "probe";

    /// Returns the value of `--disk-device`.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Probe => Self::PROBE,
            Self::Device(path) => path,
        }
    }

    /// Creates a choice of one device file. `None` for a path that is not below /dev, or that systemd could
    /// read as more than one word.
    #[must_use]
    pub fn device(path: &str) -> Option<Self> {
        let name = path.strip_prefix("/dev/")?;
        let is_plain =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | ':' | '+');
        (!name.is_empty() && name.chars().all(is_plain)).then(|| Self::Device(path.to_owned()))
    }

    /// Returns the place where the script of this MachineConfig looks. `None` where the MachineConfig has no
    /// such script.
    #[must_use]
    pub fn of(object: &Object) -> Option<Self> {
        let unit = ignition::unit_contents(ignition::config(object)?, PREPARE_UNIT)?;
        let arguments = unit.lines().find_map(|line| line.strip_prefix(EXEC_START))?;
        let arguments = arguments.strip_prefix(MASTER).unwrap_or(arguments);
        match arguments.strip_prefix(' ') {
            Some(path) => Self::device(path),
            None => arguments.is_empty().then_some(Self::Probe),
        }
    }

    /// Returns the text of the choice in a plan.
    #[must_use]
    pub fn describe(&self) -> String {
        let disk = match self {
            Self::Probe => "the only empty EBS disk",
            Self::Device(path) => path,
        };
        format!("{disk} → xfs → {MOUNT_POINT}")
    }
}

/// Returns whether a MachineConfig, or one that the operator rendered, starts the script. `None` if this is unknown.
#[must_use]
pub fn has_script(machine_config: &Object) -> Option<bool> {
    match Field::at(ignition::config(machine_config)?, &["systemd", "units"]) {
        Field::Known(Value::Array(units)) => {
            let names: Option<Vec<&str>> = units.iter().map(|it| it["name"].as_str()).collect();
            names.map(|it| it.contains(&PREPARE_UNIT))
        }
        Field::Absent => Some(false),
        Field::Known(_) | Field::Unknown(_) => None,
    }
}

/// The line of the unit that starts the script; a device may follow.
const EXEC_START: &str = "ExecStart=/usr/bin/bash /etc/oc-etcd/prepare-disk";
/// The argument that makes the script leave a master alone that has its data on the root disk.
const MASTER: &str = " --master";

/// The MachineConfig, with the Ignition version of the masters' own.
#[must_use]
pub fn machine_config(disk: &Disk, ignition_version: &str, tool_version: &str) -> Object {
    let mount = mount_unit();
    let config = json!({
        "storage": { "files": [script()] },
        "systemd": { "units": [
            prepare_unit(disk, Machines::OfEtcd),
            { "name": DEVICE_UNIT, "dropins": [{ "name": "oc-etcd.conf", "contents": DEVICE_DROP_IN }] },
            unit(MOUNT_UNIT, &mount),
            unit(RELABEL_UNIT, &relabel_unit()),
        ] },
    });
    own_machine_config(NAME, names::ETCD, config, ignition_version, tool_version)
}

/// Returns whether a MachineConfig is of the older form, in which Ignition itself makes a partition and a
/// file system on a device, whatever the device holds.
#[must_use]
pub fn is_older_form(object: &Object) -> bool {
    !object.list("/spec/config/storage/disks").is_empty()
}

/// A MachineConfig of the older form as it is, with the marks of this version.
#[must_use]
pub fn keep_older_form(object: &Object, ignition_version: &str, tool_version: &str) -> Object {
    let config = ignition::config(object).cloned().unwrap_or_default();
    own_machine_config(NAME, names::ETCD, config, ignition_version, tool_version)
}

/// The machines that run the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Machines {
    /// The machines of the etcd pool, each of which needs its disk.
    OfEtcd,
    /// The masters, of which some have etcd's data on the root disk.
    Masters,
}

/// The file that holds the script.
pub(super) fn script() -> Value {
    ignition::file(SCRIPT_PATH, 0o755, SCRIPT)
}

/// The unit that runs the script at each boot.
///
/// The script needs udev, and an /etc that can be written to: systemd-remount-fs and ostree-remount
/// see to that. On a master the script reads /var/lib too, and mounts the disk by itself, because a mount unit
/// would be required on every master. The output goes to the console too, because nobody can log in where the
/// script fails.
pub(super) fn prepare_unit(disk: &Disk, machines: Machines) -> Value {
    let device = match disk {
        Disk::Probe => String::new(),
        Disk::Device(path) => format!(" {path}"),
    };
    let (mounts, before, argument) = match machines {
        Machines::OfEtcd => ("", MOUNT_UNIT, ""),
        Machines::Masters => ("RequiresMountsFor=/var/lib/kubelet\n", "local-fs.target", MASTER),
    };
    let contents = format!(
        "[Unit]\n\
         Description=Find and prepare the disk of etcd\n\
         DefaultDependencies=no\n\
         {mounts}\
         Wants=systemd-udevd.service\n\
         After=systemd-udevd.service systemd-udev-trigger.service systemd-remount-fs.service \
         ostree-remount.service\n\
         Before={before} shutdown.target\n\
         Conflicts=shutdown.target\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         RemainAfterExit=yes\n\
         TimeoutStartSec=300\n\
         SyslogIdentifier=oc-etcd-disk\n\
         StandardOutput=journal+console\n\
         StandardError=journal+console\n\
         {EXEC_START}{argument}{device}\n\
         \n\
         [Install]\n\
         RequiredBy=local-fs.target\n"
    );
    unit(PREPARE_UNIT, &contents)
}

/// systemd waits for a device from the start of the boot on, 90 seconds as a rule, and the script may
/// need that time. Ordered after the script, the wait begins when the script has ended.
const DEVICE_DROP_IN: &str = "[Unit]\nAfter=oc-etcd-disk.service\n";

/// `RequiredBy`, not `WantedBy`: without its disk the machine must not come up and run etcd from the
/// root disk.
fn mount_unit() -> String {
    format!(
        "[Unit]\n\
         Description=The disk of etcd\n\
         Requires={PREPARE_UNIT}\n\
         After={PREPARE_UNIT}\n\
         Before=local-fs.target\n\
         \n\
         [Mount]\n\
         What=/dev/disk/by-label/{LABEL}\n\
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

/// Returns whether an Ignition config puts something on /var/lib/etcd: by a mount unit, or by a file system.
#[must_use]
pub fn mounts_etcd(config: &Value) -> bool {
    let by_unit = ignition::unit_contents(config, MOUNT_UNIT).is_some();
    let file_systems = config.pointer("/storage/filesystems").and_then(Value::as_array);
    by_unit || file_systems.is_some_and(|list| list.iter().any(|it| it["path"] == MOUNT_POINT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    #[test]
    fn a_device_is_read_back_from_what_was_written() {
        for disk in [Disk::Probe, Disk::Device("/dev/disk/by-id/nvme-vol-0a:1".to_owned())] {
            let object = machine_config(&disk, "3.4.0", "1");
            assert_eq!(Disk::of(&object), Some(disk));
            assert!(!is_older_form(&object));
            assert!(mounts_etcd(ignition::config(&object).unwrap()));
            assert_eq!(ignition::version(&object), Some("3.4.0"));
        }
    }

    #[test]
    fn a_device_is_one_word_to_systemd() {
        for path in
            ["/dev/", "nvme1n1", "/etc/passwd", "/dev/a b", "/dev/a%i", "/dev/$A", "/dev/a\\b"]
        {
            assert_eq!(Disk::device(path), None, "{path}");
        }
        assert!(Disk::device("/dev/disk/by-path/pci-0000:00:1f.0-nvme-1").is_some());
    }

    #[test]
    fn the_older_form_stays_as_it_is() {
        let config = json!({
            "ignition": {"version": "3.2.0"},
            "storage": {"disks": [{"device": "/dev/nvme1n1", "wipeTable": false}]},
        });
        let older = Object::new(ObjectRef::cluster(Kind::MachineConfig, NAME))
            .with("spec", json!({"config": config}));
        assert!(is_older_form(&older));
        assert_eq!(Disk::of(&older), None);
        let kept = keep_older_form(&older, "3.2.0", "2");
        assert_eq!(ignition::config(&kept), Some(&config));
    }

    #[test]
    fn the_label_fits_into_an_xfs_superblock() {
        assert!(LABEL.len() <= 12);
    }
}
