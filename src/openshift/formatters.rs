//! The commands of units and scripts that may format the disk of etcd on a machine: those that make a file system, a
//! partition table or the like on a device whose name the disk may have.
//!
//! `/dev/nvme1n1` is the disk of etcd on one machine, and a local disk of the instance on another: the order in which
//! the kernel finds disks decides.

use super::kubelet::merged::{File, Merged};
use super::kubelet::{KubeletDoubt, Provenance, programs};
use crate::derive::disk::LABEL;
use crate::model::field::Field;
use crate::model::object::Object;

/// A unit or a file whose commands format a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatter {
    /// The place of the unit or the file that the machine starts.
    pub provenance: Provenance,
    /// The device.
    pub device: Device,
}

/// A device as a command names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// A path below /dev.
    Named(String),
    /// A variable holds the path.
    Variable,
}

/// Returns the units and files of these MachineConfigs, in merge order or rendered, that may format the disk of etcd.
/// Commands whose text is unknown are left out.
#[must_use]
pub fn formatters(machine_configs: &[&Object]) -> Vec<Formatter> {
    // What is not understood has a finding of the disk.
    all(machine_configs).unwrap_or_default()
}

fn all(machine_configs: &[&Object]) -> Result<Vec<Formatter>, KubeletDoubt> {
    let merged = Merged::of(machine_configs)?;
    let mut started: Vec<(String, Provenance)> =
        programs::units(&merged)?.into_iter().map(|it| (it.commands(), it.provenance)).collect();
    for path in programs::RUN_BY_THE_SYSTEM.iter().flat_map(|it| merged.paths(it)) {
        if merged.link(path).is_none()
            && let Some(File { text: Field::Known(text), provenance }) = merged.file(path)?
        {
            started.push((text, provenance));
        }
    }
    let mut found = Vec::new();
    for (commands, provenance) in started {
        let files = programs::named_files(&merged, &commands)?;
        let texts: Vec<String> =
            files.into_iter().filter_map(|it| it.text.known()).chain([commands]).collect();
        found.extend(formats(&texts.join("\n")).map(|device| Formatter { provenance, device }));
    }
    Ok(found)
}

/// Returns whether a device cannot be the empty disk of etcd: a partition or a file system by its label, which an
/// empty disk does not have, the disk of the operating system, a local disk of EC2, or a device on top of others.
#[must_use]
pub fn is_other_device(device: &str) -> bool {
    const OTHERS: [&str; 10] = [
        "/dev/disk/by-partlabel/",
        "/dev/disk/by-partuuid/",
        "/dev/disk/by-label/",
        "/dev/disk/by-uuid/",
        "/dev/disk/by-id/coreos-boot-disk",
        "/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage",
        "/dev/disk/by-id/dm-",
        "/dev/mapper/",
        "/dev/md",
        "/dev/loop",
    ];
    !device.ends_with(&format!("/{LABEL}")) && OTHERS.iter().any(|it| device.starts_with(it))
}

/// The device that a text formats. `None` where the text formats nothing, or a device that cannot be the disk of etcd.
fn formats(text: &str) -> Option<Device> {
    let lines = || text.lines().filter(|it| !it.trim_start().starts_with('#'));
    let is_raw = |device: &&str| !is_other_device(device);
    let named = |device: &str| {
        if device.contains('$') { Device::Variable } else { Device::Named(device.to_owned()) }
    };
    let mut is_by_variable = false;
    for line in lines().filter(|it| is_formatting(it)) {
        let mut devices = devices(line).peekable();
        is_by_variable |= devices.peek().is_none() && line.contains(['$', '`', '%']);
        if let Some(device) = devices.find(is_raw) {
            return Some(named(device));
        }
    }
    // A script that looks for local disks by their model does not take an EBS volume.
    let is_local = text.contains("Instance Storage") || text.contains("Instance_Storage");
    if !is_by_variable || is_local {
        return None;
    }
    match lines().flat_map(devices).find(is_raw) {
        Some(device) => Some(named(device)),
        None => (text.contains("lsblk") || text.contains("nvme list")).then_some(Device::Variable),
    }
}

/// Returns whether a line runs a program that writes a file system, a signature or a partition table to a device.
fn is_formatting(line: &str) -> bool {
    const ALWAYS: [&str; 5] = ["blkdiscard", "mke2fs", "mkswap", "pvcreate", "shred"];
    // Programs that show a table as well, by what they are given then.
    const SHOW: [&str; 7] = ["--dump", "--list", "--print", "-d", "-l", "-p", "print"];
    const OF_TABLES: [&str; 5] = ["fdisk", "gdisk", "parted", "sfdisk", "sgdisk"];
    let words: Vec<&str> =
        line.split(|it: char| it.is_whitespace() || "\"'();|&".contains(it)).collect();
    let has = |wanted: &[&str]| words.iter().any(|it| wanted.contains(it));
    words.iter().any(|word| match word.rsplit('/').next().unwrap_or_default() {
        program if ALWAYS.contains(&program) => true,
        program if program == "mkfs" || program.starts_with("mkfs.") => true,
        program if OF_TABLES.contains(&program) => !has(&SHOW),
        "wipefs" => words.iter().any(|it| it.starts_with("--all") || is_option(it, 'a')),
        "cryptsetup" => has(&["luksFormat"]),
        "mdadm" => words.iter().any(|it| *it == "--create" || is_option(it, 'C')),
        "dd" => devices(line).any(|it| words.contains(&&*format!("of={it}"))),
        _ => false,
    })
}

fn is_option(word: &str, letter: char) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.contains(letter)
}

/// The devices in a line that are disks, or names of them; partitions of disks are left out.
fn devices(line: &str) -> impl Iterator<Item = &str> {
    const NONE: [&str; 7] = ["null", "zero", "random", "urandom", "stdin", "stdout", "stderr"];
    let is_end = |it: char| it.is_whitespace() || "\"'();|&=,<>`{}".contains(it);
    line.split(is_end).filter(|word| {
        let name = word.strip_prefix("/dev/").unwrap_or_default();
        let is_terminal =
            ["tty", "pts/", "console", "shm/", "fd/"].iter().any(|it| name.starts_with(it));
        !name.is_empty() && !NONE.contains(&name) && !is_terminal && !is_partition(name)
    })
}

/// Returns whether a name of the kernel's is a partition's: `nvme1n1p2`, `xvdb1`, `sda4`.
fn is_partition(name: &str) -> bool {
    let end = name.trim_end_matches(|it: char| it.is_ascii_digit());
    let has_number = end.len() < name.len();
    match name {
        _ if name.starts_with("nvme") => has_number && end.ends_with('p'),
        _ => has_number && ["xvd", "sd", "vd", "hd"].iter().any(|it| name.starts_with(it)),
    }
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
            ("mkfs.xfs \"$1\"\n/usr/local/bin/format /dev/nvme1n1", Some("/dev/nvme1n1")),
            ("D=$(lsblk -dno PATH | tail -1)\nmkfs.xfs $D", Some("$")),
            ("mkfs.xfs \"$1\"", None),
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
            ("wipefs /dev/nvme1n1", None),
            ("mdadm --assemble /dev/md0 /dev/nvme1n1", None),
            ("mount /dev/nvme1n1 /data", None),
        ] {
            let found = formats(text);
            let found = found.as_ref().map(|it| match it {
                Device::Named(path) => path.as_str(),
                Device::Variable => "$",
            });
            assert_eq!(found, expected, "{text}");
        }
    }
}
