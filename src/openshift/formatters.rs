//! Finds the units and scripts that may format the disk of etcd on a machine, write to the disk, mount the disk in another
//! place, or take the disk: those that create a file system, a partition table or a similar structure on a device whose
//! name the disk may have, those that may write to such a device or mount the device, and those that let multipathd make
//! another device of every disk.
//!
//! `/dev/nvme1n1` can be the disk of etcd on one machine and a local disk of the instance on another machine, because
//! the names depend on the order in which the kernel finds the disks.

pub use super::disk_names::{Device, is_other_device};
use super::disk_names::{devices, foremost, is_formatting};
use super::disk_writers::may_be_written;
use super::kubelet::boot::Boot;
use super::kubelet::merged::File;
use super::kubelet::mounts::{self, FSTAB};
use super::kubelet::programs::{self, Unit};
use super::kubelet::script::whole_lines;
use super::kubelet::shell;
use super::kubelet::text::{Assignment, is_command};
use super::kubelet::{Provenance, tmpfiles};
use super::multipath;
use crate::model::field::Field;

/// A unit or a file that formats, mounts or takes a device, or may write to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatter {
    /// Place of the unit or the file that the machine starts.
    pub provenance: Provenance,
    /// What the machine does with the device.
    pub action: Action,
    /// The device.
    pub device: Device,
}

/// What a machine does with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Creates a file system or a similar structure.
    Formats,
    /// Starts a program with the name of the device, which may write to the device.
    MayWrite,
    /// Mounts the file system that is there.
    Mounts,
    /// Makes a multipath device of the device.
    Takes,
}

/// Returns the units and files of a machine that may format, mount or take the disk of etcd, or write to the disk; each
/// with the first of these that it does. Commands whose text is unknown are left out: the finding of the disk or of the kubelet names them.
#[must_use]
pub fn formatters(boot: &Boot<'_>) -> Vec<Formatter> {
    let Ok(merged) = boot.merged() else { return Vec::new() };
    let settings = |unit: &Unit| unit.settings().filter_map(command).collect::<Vec<_>>().join("\n");
    // A later part replaces the commands of an earlier one, or adds to them.
    let by = |unit: &Unit| {
        let part = unit.parts.iter().rev().find(|it| !it.commands.is_empty());
        part.map(|it| it.provenance.clone())
    };
    let units = boot.units().unwrap_or_default();
    let mut started: Vec<(String, Provenance)> =
        units.iter().filter_map(|it| Some((settings(it), by(it)?))).collect();
    started.extend(units.iter().filter_map(of_mount));
    for (path, formatted) in
        [(FSTAB, of_fstab as fn(&str) -> Vec<String>), ("/etc/crypttab", of_crypttab)]
    {
        if let Some(File { text: Field::Known(text), provenance, .. }) = merged.file_behind(path) {
            started.extend(formatted(&text).into_iter().map(|it| (it, provenance.clone())));
        }
    }
    let mut found = Vec::new();
    for (commands, provenance) in started {
        let files = programs::named_files(merged, &commands);
        let texts: Vec<String> = files
            .iter()
            .filter_map(|it| it.text.clone().known())
            .chain([commands.clone()])
            .collect();
        let text = whole_lines(&texts.join("\n"));
        let formatted = formats(&text).map(|it| (Action::Formats, it));
        let formatted = formatted.or_else(|| {
            Some((Action::MayWrite, may_be_written(merged, &text, &files, &commands)?))
        });
        if shell::commands(&text).any(multipath::configures_every_disk) {
            found.push(taken(provenance.clone()));
        }
        let used = formatted.or_else(|| Some((Action::Mounts, Device::Named(mounted(&text)?))));
        found.extend(used.map(|(action, device)| Formatter { provenance, action, device }));
    }
    found.extend(multipath::taking_every_disk(merged).map(taken));
    // systemd-tmpfiles writes the text of a line to the path.
    let is_disk = |path: &str| devices(path).any(|it| !is_other_device(it));
    found.extend(tmpfiles::changing(merged, is_disk).map(|provenance| Formatter {
        provenance,
        action: Action::MayWrite,
        device: Device::Variable,
    }));
    found.dedup();
    found
}

/// The command that stands for a setting of a unit.
fn command(setting: &Assignment) -> Option<String> {
    let is_output = ["StandardError", "StandardOutput"].contains(&setting.key.as_str());
    match setting.value.split_once(':') {
        _ if is_command(&setting.key) || setting.key.starts_with("Environment") => {
            Some(setting.value.clone())
        }
        Some(("append" | "file" | "truncate", path)) if is_output => Some(format!("> {path}")),
        _ => None,
    }
}

const fn taken(provenance: Provenance) -> Formatter {
    Formatter { provenance, action: Action::Takes, device: Device::Every }
}

/// The option with which systemd makes a file system before the mount (systemd.mount(5)).
const MAKES_FILE_SYSTEM: &str = "x-systemd.makefs";

/// The command that systemd runs for a mount unit or a swap unit (systemd.mount(5), systemd.swap(5)). Swap on a device
/// that has no file system for swap fails, and changes nothing.
fn of_mount(unit: &Unit) -> Option<(String, Provenance)> {
    let (what, provenance) = last_setting(unit, "What")?;
    let options = last_setting(unit, "Options").map_or("", |it| it.0);
    let is_mount = unit.name.strip_suffix(".mount").is_some();
    Some((made_or_mounted(what, options, is_mount)?, provenance.clone()))
}

/// The value of a setting in the last part of a unit that has the setting, with the place of the part.
pub(super) fn last_setting<'a>(unit: &'a Unit, key: &str) -> Option<(&'a str, &'a Provenance)> {
    let mut parts = unit.parts.iter().rev();
    parts.find_map(|part| {
        let mut settings = part.settings.iter().rev();
        settings.find(|it| it.key == key).map(|it| (it.value.as_str(), &part.provenance))
    })
}

/// The command that makes a file system if the options say so, or that mounts the device.
fn made_or_mounted(device: &str, options: &str, is_mount: bool) -> Option<String> {
    if options.contains(MAKES_FILE_SYSTEM) {
        return Some(format!("systemd-makefs {device}"));
    }
    is_mount.then(|| format!("mount {device}"))
}

/// The commands that systemd runs for the file systems of /etc/fstab.
fn of_fstab(text: &str) -> Vec<String> {
    let command = |it: mounts::FileSystem<'_>| made_or_mounted(it.device, it.options, !it.is_swap);
    mounts::table(text).filter_map(command).collect()
}

/// The commands that systemd runs for the devices of /etc/crypttab that are encrypted anew at each boot: those with swap
/// or temporary files (crypttab(5)).
fn of_crypttab(text: &str) -> Vec<String> {
    let of_line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [name, what, _, options] = fields[..] else { return None };
        let mut options = options.split(',');
        let is_new = options.any(|it| it == "swap" || it == "tmp" || it.starts_with("tmp="));
        (is_new && !name.starts_with('#')).then(|| format!("mkswap {what}"))
    };
    text.lines().filter_map(of_line).collect()
}

/// The device that a text formats. `None` if the text formats no device, or only a device that cannot be the disk of
/// etcd.
fn formats(lines: &str) -> Option<Device> {
    let commands: Vec<&str> = shell::commands(lines).collect();
    let is_raw = |device: &&str| !is_other_device(device);
    let named = |device: &str| {
        if device.contains(['$', '%']) {
            Device::Variable
        } else {
            Device::Named(device.to_owned())
        }
    };
    let mut is_by_variable = false;
    for command in commands.iter().filter(|it| is_formatting(it)) {
        let mut devices = devices(command).peekable();
        is_by_variable |= devices.peek().is_none()
            && (command.contains(['$', '%']) || command.contains("xargs "));
        if let Some(device) = foremost(devices.filter(is_raw)) {
            return Some(named(device));
        }
    }
    let mentions = |word: &str| commands.iter().any(|it| it.contains(word));
    // A script that looks for local disks by their model does not take an EBS volume.
    if !is_by_variable || mentions("Instance Storage") || mentions("Instance_Storage") {
        return None;
    }
    match foremost(commands.iter().flat_map(|it| devices(it)).filter(is_raw)) {
        Some(device) => Some(named(device)),
        None => (mentions("lsblk") || mentions("nvme list")).then_some(Device::Variable),
    }
}

/// The device that a text mounts, if this may be the disk of etcd.
fn mounted(lines: &str) -> Option<String> {
    let commands = shell::commands(lines).filter(|it| mounts::is_mounting(it));
    let mut devices = commands.flat_map(devices);
    devices.find(|it| !it.contains(['$', '%']) && !is_other_device(it)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_may_format_the_etcd_disk_is_told_from_the_others() {
        for (text, expected) in [
            ("/usr/sbin/mkfs.xfs -f /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("bash -c 'blkid /dev/xvdb || mkfs -t ext4 /dev/xvdb'", Some("/dev/xvdb")),
            ("mkswap /dev/nvme1n1 && swapon /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("wipefs -af /dev/sdb", Some("/dev/sdb")),
            ("wipefs --all --force /dev/sdb", Some("/dev/sdb")),
            ("sgdisk -n 1:0:0 /dev/nvme2n1", Some("/dev/nvme2n1")),
            ("dd if=/dev/zero of=/dev/nvme1n1 bs=1M count=1", Some("/dev/nvme1n1")),
            ("mdadm --create /dev/md0 --level=0 /dev/nvme1n1 /dev/nvme2n1", Some("/dev/nvme1n1")),
            ("cryptsetup luksFormat /dev/nvme1n1 /key", Some("/dev/nvme1n1")),
            ("D=/dev/nvme1n1\nmkfs.xfs $D", Some("/dev/nvme1n1")),
            ("for d in $(lsblk -dno NAME); do mkfs.ext4 /dev/$d; done", Some("$")),
            ("/usr/lib/systemd/systemd-makefs xfs /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("systemd-repart --dry-run=no --empty=force /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("stratis pool create p /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("nvme format /dev/nvme1n1 --ses=1", Some("/dev/nvme1n1")),
            ("ceph-volume lvm batch --yes /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("ceph-volume lvm list /dev/nvme1n1", None),
            ("subprocess.run([\"mkfs.xfs\",\"-f\",\"/dev/nvme1n1\"])", Some("/dev/nvme1n1")),
            ("for d in /dev/sd? /dev/nvme?n?; do mkfs.xfs $d; done", Some("/dev/nvme?n?")),
            ("mkfs.xfs \"$1\"\n/usr/local/bin/format /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("D=$(lsblk -dno PATH | tail -1)\nmkfs.xfs $D", Some("$")),
            ("mkfs.xfs \"$1\"", None),
            ("D=${D:-/dev/nvme1n1}; mkfs.xfs -f $D", Some("/dev/nvme1n1")),
            ("mkfs.xfs ${1:-/dev/xvdb}", Some("/dev/xvdb")),
            ("mkfs.xfs ${D:=/dev/nvme1n1}", Some("/dev/nvme1n1")),
            ("lsblk -dno PATH /dev/nvme1n1 | xargs mkfs.xfs", Some("/dev/nvme1n1")),
            ("D=$1; : ${D:=/dev/nvme1n1}; mkfs.xfs $D", Some("/dev/nvme1n1")),
            ("flock /run/x bash -c 'wipefs -a $0' /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("( ( mkfs.xfs -f /dev/nvme1n1 ) )", Some("/dev/nvme1n1")),
            ("zpool create data /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("DEV=/dev/nvme1n1\nmkfs.xfs ${DEV}", Some("/dev/nvme1n1")),
            ("mkfs.xfs -f \\\n  /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("dd if=/dev/zero of=\"/dev/nvme1n1\"", Some("/dev/nvme1n1")),
            ("D=/dev/xvdb\ndd if=/dev/zero of=$D", Some("/dev/xvdb")),
            ("vgcreate data /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("sfdisk -d /dev/nvme0n1 | sfdisk /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("sgdisk -d 1 /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("# Instance Storage\nD=/dev/nvme1n1\nmkfs.xfs $D", Some("/dev/nvme1n1")),
            ("exec 3<>/dev/tcp/vault.corp/8200\nmkfs.xfs \"$1\"", None),
            ("echo x >/dev/kmsg; mkfs.xfs \"$D\"", None),
            ("mkfs.xfs /dev/vg0/data", None),
            ("mkfs.xfs /dev/%I", Some("$")),
            ("printf %s x; mkfs.xfs /dev/vg0/data", None),
            ("sgdisk -p /dev/nvme1n1", None),
            ("F=/var/swapfile\nmkswap $F", None),
            (
                "mkfs.xfs /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0a",
                Some("/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0a"),
            ),
            ("mkfs.xfs /dev/disk/by-label/var-lib-etcd", Some("/dev/disk/by-label/var-lib-etcd")),
            ("mkfs.xfs /dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS1", None),
            ("D=$(nvme list | grep 'Instance Storage' | cut -d' ' -f1)\nmkfs.xfs $D", None),
            ("D=/dev/disk/by-partlabel/var\nmkfs.xfs $D", None),
            ("mkfs.xfs /dev/nvme0n1p5", None),
            ("mkfs.xfs /dev/mapper/vg-data", None),
            ("# mkfs.xfs /dev/nvme1n1", None),
            ("dd if=/dev/nvme1n1 of=/dev/null", None),
            ("dd if=/dev/zero of=/var/swapfile; mkswap /var/swapfile", None),
            ("parted -l /dev/nvme1n1", None),
            ("nvme list", None),
            ("wipefs /dev/nvme1n1", None),
            ("mdadm --assemble /dev/md0 /dev/nvme1n1", None),
            ("mount /dev/nvme1n1 /data", None),
        ] {
            let found = formats(&whole_lines(text));
            let found = found.as_ref().map(|it| match it {
                Device::Named(path) => path.as_str(),
                Device::Variable | Device::Every => "$",
            });
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_command_that_may_mount_the_etcd_disk_is_told_from_the_others() {
        for (text, expected) in [
            ("mount /dev/nvme1n1 /data", Some("/dev/nvme1n1")),
            ("D=/dev/xvdb\nmount -t xfs ${D} /data", Some("/dev/xvdb")),
            ("nsenter -t 1 -m -- mount -o ro,noatime /dev/sdb /data", Some("/dev/sdb")),
            ("systemd-mount --options=ro /dev/nvme1n1 /data", Some("/dev/nvme1n1")),
            (
                "mount /dev/disk/by-label/var-lib-etcd /data",
                Some("/dev/disk/by-label/var-lib-etcd"),
            ),
            ("mount /dev/disk/by-label/data /data", None),
            ("mount /dev/nvme0n1p4 /data", None),
            ("mount /dev/$D /data", None),
            ("mount -o loop /var/img /data", None),
            ("mount -o remount,rw /dev/nvme1n1 /data", None),
            ("mount | grep /dev/nvme1n1", None),
            ("umount /dev/nvme1n1", None),
            ("swapon /dev/nvme1n1", None),
            ("podman run --mount type=bind,source=/dev/nvme1n1,target=/d a", None),
        ] {
            assert_eq!(mounted(&whole_lines(text)).as_deref(), expected, "{text}");
        }
    }
}
