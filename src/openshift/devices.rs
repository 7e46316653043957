//! Tells whether a new etcd machine has a device that its boot requires: by the name, by the instance type, and by what
//! the operating system and the MachineConfigs make.
//!
//! An etcd machine has the root disk and the empty volume of etcd, and the local disks of its instance type.

use super::disk_names::{INSTANCE_STORE, is_formatting};
use super::kubelet::boot::Boot;
use super::kubelet::shell;
use crate::derive::disk::LABEL;
use crate::ignition::{self, devices};
use crate::platform::aws;

/// The reason why a machine does not have a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// No new machine has the device.
    Never,
    /// Only machines with this kind of instance type have the device.
    InstanceType(&'static str),
    /// Neither the operating system nor a MachineConfig makes the device.
    NotMade,
}

impl Lack {
    /// Returns the reason as a clause.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Never => "no new machine has this device".to_owned(),
            Self::InstanceType(kind) => format!("only machines with {kind} have this device"),
            Self::NotMade => "no MachineConfig makes this device".to_owned(),
        }
    }
}

/// The devices that MachineConfigs make.
#[derive(Debug)]
pub struct Made {
    by_ignition: Vec<String>,
    /// The texts that format a device.
    texts: Vec<String>,
    /// A rule of udev may give a device any name.
    pub(super) has_links: bool,
}

impl Made {
    /// Returns the devices that the MachineConfigs of a machine make.
    #[must_use]
    pub fn of(boot: &Boot<'_>) -> Self {
        let configs = boot.machine_configs().iter().filter_map(|it| ignition::config(it));
        let by_ignition = configs.flat_map(devices::made).collect();
        let mut texts = Vec::new();
        for part in boot.units().unwrap_or_default().iter().flat_map(|it| &it.parts) {
            let files = part.files.iter().filter_map(|it| it.text.clone().known());
            texts.extend(files.chain([part.commands.clone()]));
        }
        texts.retain(|it| shell::commands(it).any(is_formatting));
        let has_links = boot.merged().is_ok_and(|merged| {
            let rules = merged.paths("/etc/udev/rules.d/").into_iter();
            let mut texts = rules.filter_map(|it| merged.file_behind(it)?.text.known());
            texts.any(|it| it.contains("SYMLINK"))
        });
        Self { by_ignition, texts, has_links }
    }

    /// Returns whether Ignition makes a device, or a text that formats a device has a part of the name.
    fn has(&self, device: &str) -> bool {
        const ARRAYS: &str = "/dev/md";
        let has_text = |part: &str| self.texts.iter().any(|it| it.contains(part));
        let name = device.rsplit('/').next().unwrap_or_default();
        // The number of an array depends on the order of the arrays.
        let is_array = |it: &String| it.starts_with(ARRAYS);
        let is_made = |it: &String| it == device || is_array(it) && device.starts_with(ARRAYS);
        // The name of a logical volume has the name of its group.
        let of_group = || match device.strip_prefix("/dev/")?.split_once('/')? {
            ("disk", _) => None,
            ("mapper", it) => it.split_once('-').map(|it| it.0),
            (group, _) => Some(group),
        };
        self.by_ignition.iter().any(is_made)
            || has_text(name.trim_start_matches("dm-name-"))
            || of_group().is_some_and(has_text)
            || device.starts_with(ARRAYS) && has_text("mdadm")
    }
}

/// Returns why a machine does not have a device at its first boot, or why that is uncertain.
#[must_use]
pub fn lack(device: &str, instance_type: Option<&str>, made: &Made) -> Option<Lack> {
    const STORE: &str = "instance store volumes";
    const XEN: &str = "a Xen instance type";
    let name = device.strip_prefix("/dev/").filter(|it| !it.contains(['$', '%', '*', '?', '<']))?;
    let only = |what, has: fn(&str) -> bool| match instance_type {
        Some(it) => (!has(it)).then_some(Lack::Never),
        None => Some(Lack::InstanceType(what)),
    };
    let directory = name.rsplit_once('/').map_or("", |it| it.0);
    let of_kernel = name.trim_end_matches(|it: char| it.is_ascii_digit());
    match directory {
        "" if ["hd", "sd", "vd"].iter().any(|it| of_kernel.starts_with(it)) => Some(Lack::Never),
        "" if name.starts_with("xvd") => only(XEN, aws::is_xen),
        "" if name.starts_with("nvme") => {
            let is_root_or_etcds = name.starts_with("nvme0n1") || name.starts_with("nvme1n1");
            if is_root_or_etcds { None } else { only(STORE, aws::has_instance_store) }
        }
        "" if !name.starts_with("md") => None,
        "disk/by-id" if name.contains("/nvme-Amazon_Elastic_Block_Store_") => Some(Lack::Never),
        "disk/by-id" if device.starts_with(INSTANCE_STORE) => only(STORE, aws::has_instance_store),
        "disk/by-path" | "disk/by-diskseq" => None,
        _ => (!is_of_system(name) && !made.has(device)).then_some(Lack::NotMade),
    }
}

/// Returns whether the operating system, or oc-etcd, gives a device this name.
fn is_of_system(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "BIOS-BOOT",
        "EFI-SYSTEM",
        "PowerPC-PReP-boot",
        "boot",
        "coreos-boot-disk",
        "coreos-luks-root-nocrypt",
        "reserved",
        "root",
        LABEL,
    ];
    let (directory, last) = name.rsplit_once('/').unwrap_or_default();
    NAMES.contains(&last) || ["cdrom", "fd", "net", "pts", "shm"].contains(&directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_no_etcd_machine_has_is_told_from_the_others() {
        let made = Made {
            by_ignition: vec!["/dev/disk/by-partlabel/data".to_owned()],
            texts: vec![
                "mkfs.xfs -L scratch /dev/nvme2n1".to_owned(),
                "vgcreate vg0 /dev/sdb".to_owned(),
            ],
            has_links: false,
        };
        let (store, xen) = ("instance store volumes", "a Xen instance type");
        let by_type = |what| [Some(Lack::InstanceType(what)), Some(Lack::Never)];
        for (device, expected) in [
            ("/dev/sdb", [Some(Lack::Never); 2]),
            ("/dev/vda", [Some(Lack::Never); 2]),
            ("/dev/xvdb", by_type(xen)),
            ("/dev/nvme2n1", by_type(store)),
            ("/dev/nvme0n1p4", [None; 2]),
            ("/dev/nvme1n1", [None; 2]),
            ("/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0a", [Some(Lack::Never); 2]),
            ("/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS1", by_type(store)),
            ("/dev/disk/by-id/coreos-boot-disk", [None; 2]),
            ("/dev/disk/by-path/pci-0000:00:1f.0-nvme-1", [None; 2]),
            ("/dev/disk/by-partlabel/data", [None; 2]),
            ("/dev/disk/by-label/data", [Some(Lack::NotMade); 2]),
            ("/dev/disk/by-label/scratch", [None; 2]),
            ("/dev/disk/by-label/root", [None; 2]),
            ("/dev/disk/by-label/var-lib-etcd", [None; 2]),
            ("/dev/disk/by-uuid/0a1b-2c3d", [Some(Lack::NotMade); 2]),
            ("/dev/mapper/vg0-data", [None; 2]),
            ("/dev/mapper/root", [None; 2]),
            ("/dev/mapper/other", [Some(Lack::NotMade); 2]),
            ("/dev/vg0/data", [None; 2]),
            ("/dev/vg1/logs", [Some(Lack::NotMade); 2]),
            ("/dev/md0", [Some(Lack::NotMade); 2]),
            ("/dev/loop0", [None; 2]),
            ("tmpfs", [None; 2]),
            ("/var/data.img", [None; 2]),
            ("/dev/%I", [None; 2]),
        ] {
            let found = [None, Some("c5n.xlarge")].map(|it| lack(device, it, &made));
            assert_eq!(found, expected, "{device}");
        }
        assert_eq!(lack("/dev/nvme2n1", Some("m6id.xlarge"), &made), None);
        assert_eq!(lack("/dev/xvdb", Some("m4.xlarge"), &made), None);
    }
}
