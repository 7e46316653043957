//! The names of disks in commands: which of them the empty disk of etcd may have, and the commands that format a disk.

use super::kubelet::shell::is_option;
use crate::derive::disk::LABEL;
use crate::ignition::devices::ROOT_DISK;

/// A device as a command names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// Path below /dev.
    Named(String),
    /// Path in a variable.
    Variable,
    /// Every disk.
    Every,
}

/// Beginning of the names of the local disks of EC2 by their model.
pub(super) const INSTANCE_STORE: &str = "/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage";

/// Returns whether a device cannot be the empty disk of etcd: the name of a partition or of a file system, which an
/// empty disk does not have, the disk of the operating system, a local disk of EC2, or a device that consists of other
/// devices.
#[must_use]
pub fn is_other_device(device: &str) -> bool {
    const OTHERS: [&str; 9] = [
        "/dev/disk/by-partlabel/",
        "/dev/disk/by-partuuid/",
        "/dev/disk/by-label/",
        "/dev/disk/by-uuid/",
        ROOT_DISK,
        INSTANCE_STORE,
        "/dev/disk/by-id/dm-",
        "/dev/mapper/",
        "/dev/md",
    ];
    !device.ends_with(&format!("/{LABEL}")) && OTHERS.iter().any(|it| device.starts_with(it))
}

/// Returns whether a command writes a file system, a signature or a partition table to a device.
pub(super) fn is_formatting(command: &str) -> bool {
    const ALWAYS: [&str; 9] = [
        "blkdiscard",
        "make-bcache",
        "mke2fs",
        "mkswap",
        "pvcreate",
        "shred",
        "systemd-makefs",
        "vgcreate",
        "vgextend",
    ];
    // A program of Python's has its words in a list.
    let words: Vec<&str> =
        command.split(|it: char| it.is_whitespace() || "()`[],".contains(it)).collect();
    let has = |wanted: &[&str]| words.iter().any(|it| wanted.contains(it));
    words.iter().any(|word| match word.rsplit('/').next().unwrap_or_default() {
        program if ALWAYS.contains(&program) => true,
        program if program == "mkfs" || program.starts_with("mkfs.") => true,
        // These show a table as well.
        "sgdisk" => !has(&["-p", "--print", "-v", "--verify"]),
        "sfdisk" => !has(&["-d", "--dump", "-l", "--list", "-J", "--json"]),
        "fdisk" | "gdisk" => !has(&["-l", "--list"]),
        "parted" => !has(&["-l", "--list", "print"]),
        "wipefs" => words.iter().any(|it| {
            ["--all", "--offset"].iter().any(|long| it.starts_with(long))
                || is_option(it, &['a', 'o'])
        }),
        "ceph-volume" => has(&["batch", "create", "prepare"]),
        "cryptsetup" => has(&["luksFormat"]),
        "nvme" => has(&["format", "sanitize"]),
        "stratis" | "vdo" | "zpool" => has(&["create"]),
        "systemd-repart" => has(&["--dry-run=no"]),
        "mdadm" => words.iter().any(|it| *it == "--create" || is_option(it, &['C'])),
        "dd" => words.iter().any(|it| it.starts_with("of=/dev/") || it.starts_with("of=$")),
        _ => false,
    })
}

/// The disks that a command names; partitions of disks, and what `dd` only reads, are left out. No other word of an
/// administrator's is a device. Behind the path may stand the path in a container: `/dev/nvme1n1:/dev/data`.
pub(super) fn devices(command: &str) -> impl Iterator<Item = &str> + Clone {
    const DISKS: [&str; 6] = ["disk/by-", "hd", "nvme", "sd", "vd", "xvd"];
    let words = command.split_whitespace().filter(|it| !it.starts_with("if="));
    let words =
        words.flat_map(|it| it.split(['(', ')', '[', ']', '=', ',', '<', '>', '`', '"', '\'']));
    words.map(|it| it.split_once(":/").map_or(it, |it| it.0)).filter(|word| {
        let name = word.strip_prefix("/dev/").unwrap_or_default();
        let is_disk = name.contains(['$', '%']) || DISKS.iter().any(|it| name.starts_with(it));
        is_disk && !is_partition(name)
    })
}

/// Returns the disk to name among several: one that a machine of the Nitro system has before one of a Xen machine, and
/// that one before a disk that no EC2 machine has.
pub(super) fn foremost<'a>(devices: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const OF_EC2: [&str; 3] = ["/dev/nvme", "/dev/disk/", "/dev/xvd"];
    devices.min_by_key(|device| {
        OF_EC2.iter().position(|it| device.starts_with(it)).unwrap_or(OF_EC2.len())
    })
}

/// Returns whether a name of the kernel is the name of a partition: `nvme1n1p2`, `xvdb1`, `sda4`.
pub(super) fn is_partition(name: &str) -> bool {
    let end = name.trim_end_matches(|it: char| it.is_ascii_digit());
    let has_number = end.len() < name.len();
    match name {
        _ if name.starts_with("disk/") || name.contains(['$', '%']) => false,
        _ if name.starts_with("nvme") => has_number && end.ends_with('p'),
        _ => has_number,
    }
}
