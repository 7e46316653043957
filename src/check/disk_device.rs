//! Whether the script on new machines finds the volume of etcd at the place where it looks.

use super::finding::{Check, Finding, Severity};
use crate::derive::disk::{self, Disk};
use crate::model::names;
use crate::platform::aws;

/// Machines that are to be created with a volume for etcd.
#[derive(Clone, Copy, Debug)]
pub struct NewMachines<'a> {
    /// Role of the machines: `etcd` or `master`.
    pub role: &'a str,
    /// Instance type of the machines.
    pub instance_type: &'a str,
    /// Name of the volume that EC2 is asked for: `--device-name`.
    pub volume: &'a str,
}

impl NewMachines<'_> {
    /// Returns the reason why the script on the machines does not find the volume, or may not find it.
    #[must_use]
    pub fn finding(&self, disk: &Disk) -> Option<Finding> {
        let Self { instance_type, volume, .. } = *self;
        let is_xen = aws::is_xen(instance_type);
        let of_type = format!("instance type {instance_type}");
        let path = match disk {
            Disk::Device(path) => path.as_str(),
            Disk::Probe if is_xen => {
                let message = format!(
                    "on Xen, an EBS volume cannot be distinguished from an instance store volume: {}",
                    self.stops()
                );
                let hint = self.command(&aws::xen_device(volume));
                return Some(Check::DiskDeviceUncertain.blocker(of_type, message).hint(hint));
            }
            Disk::Probe => return None,
        };
        let subject = match self.role {
            names::MASTER => format!("--disk-device {path}"),
            _ => format!("machineconfig/{}", disk::NAME),
        };
        if is_xen {
            let expected = aws::xen_device(volume);
            let message =
                format!("on Xen, the volume {volume} is the device {expected}: {}", self.stops());
            let finding = Check::DiskDeviceUncertain.blocker(subject, message);
            return (path != expected).then(|| finding.hint(self.command(&expected)));
        }
        let absent = match absent(path) {
            None if path.starts_with("/dev/xvd") => {
                Some("EBS volumes are NVMe devices and no device has this name")
            }
            None if path.starts_with(ROOT_NVME) => {
                Some("this device is the root disk, on most boots")
            }
            absent => absent,
        };
        let probe = self.command("probe");
        if let Some(why) = absent {
            let message = format!("on {instance_type}, {why}: {}", self.stops());
            return Some(Check::DiskDeviceUncertain.blocker(subject, message).hint(probe));
        }
        if aws::has_instance_store(instance_type) {
            let message = format!(
                "the instance type has instance store volumes, and --disk-device names one device, which may be an \
                 instance store volume: {}",
                self.stops()
            );
            let finding = Check::DiskDeviceUncertain.blocker(of_type, message).hint(probe);
            // The replacement of the masters waits for a master that stops.
            let is_master = self.role == names::MASTER;
            return Some(if is_master { finding } else { finding.at_most(Severity::Warning) });
        }
        uncertain(path).map(|it| Check::DiskDeviceUncertain.warning(subject, it).hint(probe))
    }

    fn stops(&self) -> String {
        format!("a new {} would stop at boot", machine(self.role))
    }

    /// The command that lets the script look in another place.
    fn command(&self, place: &str) -> String {
        let verb = if self.role == names::MASTER { "add-disk" } else { "init" };
        format!("oc etcd {verb} --disk-device={place}")
    }
}

fn machine(role: &str) -> &'static str {
    if role == names::MASTER { "master" } else { "etcd machine" }
}

/// What a name of a device says about the disk.
enum DeviceName {
    /// A whole NVMe disk.
    Nvme,
    /// A whole disk on Xen.
    Xen,
    /// A link to a disk by its place.
    Place,
    /// A name that the empty volume of a new machine never has; the reason, as a fragment.
    Never(&'static str),
    /// A name that only a rule of udev gives a disk.
    Given,
}

impl DeviceName {
    fn of(path: &str) -> Self {
        let name = path.strip_prefix("/dev/").unwrap_or(path);
        let (directory, last) = name.rsplit_once('/').unwrap_or(("", name));
        let family = last.trim_end_matches(|it: char| it.is_ascii_digit());
        let is_partition = || family.ends_with("-part") && family.len() < last.len();
        match directory {
            "" if is_nvme_disk(name) => Self::Nvme,
            "" => match name.strip_prefix("xvd") {
                Some(letters) if letters.chars().all(|it| it.is_ascii_lowercase()) => Self::Xen,
                // RHCOS has no links from the names that EC2 is asked for.
                None if name.starts_with("sd") => Self::Never("no device has this name"),
                Some(_) => Self::Never(NO_DISK),
                None if is_of_kernel(name) => Self::Never(NO_DISK),
                None => Self::Given,
            },
            "disk/by-path" | "disk/by-diskseq" if is_partition() => Self::Never(NO_DISK),
            "disk/by-path" | "disk/by-diskseq" => Self::Place,
            "disk/by-id" => Self::Never(
                "each new machine has a volume of its own, and this name contains the id of one volume",
            ),
            "disk/by-label" | "disk/by-partlabel" | "disk/by-partuuid" | "disk/by-uuid" => {
                Self::Never("an empty volume has no such name")
            }
            "mapper" | "md" => Self::Never(NO_DISK),
            _ => Self::Given,
        }
    }
}

const NO_DISK: &str = "the device is not a whole disk of EC2";

/// Returns whether a name is that of a whole NVMe disk: `nvme1n1`, and neither a controller nor a partition.
fn is_nvme_disk(name: &str) -> bool {
    let numbers = name.strip_prefix("nvme").and_then(|it| it.split_once('n'));
    let is_number = |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_digit());
    numbers.is_some_and(|(controller, disk)| is_number(controller) && is_number(disk))
}

/// Returns whether the kernel gives the name to a device that the script never takes (Linux `admin-guide/devices.txt`).
fn is_of_kernel(name: &str) -> bool {
    const NUMBERED: [&str; 10] =
        ["dm-", "fd", "loop", "md", "mmcblk", "nbd", "nvme", "ram", "sr", "zram"];
    const LETTERED: [&str; 3] = ["dasd", "hd", "vd"];
    const MEMORY: [&str; 6] = ["full", "kmsg", "null", "random", "urandom", "zero"];
    let rest_of = |family: &&str| name.strip_prefix(*family);
    let is_numbered = |it: &str| it.starts_with(|it: char| it.is_ascii_digit());
    let is_lettered = |it: &str| {
        let letters = it.trim_end_matches(|it: char| it.is_ascii_digit());
        matches!(letters.len(), 1 | 2) && letters.chars().all(|it| it.is_ascii_lowercase())
    };
    NUMBERED.iter().filter_map(rest_of).any(is_numbered)
        || LETTERED.iter().filter_map(rest_of).any(is_lettered)
        || MEMORY.contains(&name)
}

/// Returns the reason why no new machine of EC2 has its empty volume under a name, whatever the instance type.
#[must_use]
pub fn absent(path: &str) -> Option<&'static str> {
    match DeviceName::of(path) {
        DeviceName::Never(why) => Some(why),
        DeviceName::Nvme | DeviceName::Xen | DeviceName::Place | DeviceName::Given => None,
    }
}

/// Returns the reason why a machine may have its volume under another name, whatever the instance type.
#[must_use]
pub fn uncertain(path: &str) -> Option<String> {
    match DeviceName::of(path) {
        DeviceName::Nvme => Some(format!(
            "NVMe device names can differ between machines and boots: a machine whose etcd disk is not {path} creates \
             no file system and stops at boot"
        )),
        DeviceName::Given => Some(format!(
            "only a rule of udev gives a disk this name: a machine on which {path} is not a link to the whole etcd disk \
             creates no file system and stops at boot"
        )),
        DeviceName::Xen | DeviceName::Place | DeviceName::Never(_) => None,
    }
}

/// Beginning of the names of the root disk and its partitions on Nitro instances, on most boots.
const ROOT_NVME: &str = "/dev/nvme0n1";

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(role: &str, instance_type: &str, path: Option<&str>) -> Option<(Severity, String)> {
        let machines = NewMachines { role, instance_type, volume: "/dev/sdb" };
        let disk = path.map_or(Disk::Probe, |it| Disk::device(it).unwrap());
        let found = machines.finding(&disk)?;
        assert_eq!(found.check, Check::DiskDeviceUncertain);
        Some((found.severity, found.hint.unwrap().to_string()))
    }

    #[test]
    fn a_place_where_no_new_machine_has_its_volume_is_refused() {
        let volume = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0";
        for (role, verb) in [(names::ETCD, "init"), (names::MASTER, "add-disk")] {
            let to = |place: &str| {
                Some((Severity::Blocker, format!("oc etcd {verb} --disk-device={place}")))
            };
            for path in [
                "/dev/sdb",
                "/dev/xvda",
                "/dev/xvdb",
                "/dev/nvme0n1",
                "/dev/disk/by-label/var-lib-etcd",
                "/dev/disk/by-uuid/0a",
                volume,
                "/dev/vdb",
                "/dev/md0",
                "/dev/dm-1",
                "/dev/mapper/etcd",
                "/dev/loop0",
                "/dev/null",
                "/dev/nvme1",
                "/dev/nvme1n1p1",
                "/dev/xvdb1",
                "/dev/disk/by-path/pci-0000:00:1f.0-nvme-1-part1",
            ] {
                assert_eq!(judged(role, "c5n.xlarge", Some(path)), to("probe"), "{path}");
                assert_eq!(
                    judged(role, "m4.xlarge", Some(path)).is_some(),
                    path != "/dev/xvdb",
                    "{path}"
                );
            }
            assert_eq!(judged(role, "m4.xlarge", None), to("/dev/xvdb"));
            assert_eq!(judged(role, "m4.xlarge", Some("/dev/nvme1n1")), to("/dev/xvdb"));
            assert_eq!(judged(role, "c5n.xlarge", None), None);
            let by_path = "/dev/disk/by-path/pci-0000:00:1f.0-nvme-1";
            assert_eq!(judged(role, "c5n.xlarge", Some(by_path)), None);
            for path in
                ["/dev/nvme1n1", "/dev/nvme10n1", "/dev/etcd", "/dev/by/etcd", "/dev/sydney"]
            {
                let warned = judged(role, "c5n.xlarge", Some(path)).unwrap();
                assert_eq!(warned.0, Severity::Warning, "{path}");
            }
            let store = judged(role, "m6id.2xlarge", Some("/dev/nvme1n1")).unwrap();
            assert_eq!(store.0 == Severity::Blocker, role == names::MASTER);
        }
    }
}
