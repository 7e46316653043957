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

/// Returns the reason why no new machine of EC2 has its empty volume under a name, whatever the instance type.
#[must_use]
pub fn absent(path: &str) -> Option<&'static str> {
    let is_below = |directories: &[&str]| {
        let name = path.strip_prefix("/dev/disk/").unwrap_or_default();
        directories.iter().any(|it| name.strip_prefix(it).is_some_and(|it| it.starts_with('/')))
    };
    if path.starts_with("/dev/sd") {
        // RHCOS has no links from the names that EC2 is asked for.
        Some("no device has this name")
    } else if is_below(&["by-id"]) {
        Some(
            "each new machine has a volume of its own, and this name contains the id of one volume",
        )
    } else if is_below(&["by-label", "by-partlabel", "by-partuuid", "by-uuid"]) {
        Some("an empty volume has no such name")
    } else {
        None
    }
}

/// Returns the reason why a machine may have its volume under another name, whatever the instance type.
#[must_use]
pub fn uncertain(path: &str) -> Option<String> {
    path.starts_with("/dev/nvme").then(|| {
        format!(
            "NVMe device names can differ between machines and boots: a machine whose etcd disk is not {path} creates \
             no file system and stops at boot"
        )
    })
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
            let warned = judged(role, "c5n.xlarge", Some("/dev/nvme1n1")).unwrap();
            assert_eq!(warned.0, Severity::Warning);
            let store = judged(role, "m6id.2xlarge", Some("/dev/nvme1n1")).unwrap();
            assert_eq!(store.0 == Severity::Blocker, role == names::MASTER);
        }
    }
}
