//! Finds mounts over the files that the kubelet, or the units of oc-etcd, start from: in units, in fstab, among the
//! kernel arguments and in commands.

use super::KubeletDoubt;
use super::merged::{File, Merged, SYSTEMD};
use super::shell;
use crate::model::field::Field;

/// The files that the kubelet, or the units of oc-etcd, start from, and the directories of such files. A file system that
/// is mounted over one, or over a directory above, puts something else in the place of the file.
const STARTED_FROM: [&str; 12] = [
    "/etc/kubernetes/kubelet-env",
    "/etc/kubernetes/kubelet-workaround",
    "/etc/kubernetes/kubelet.conf",
    "/etc/oc-etcd",
    "/etc/systemd/system/kubelet.service",
    "/etc/systemd/system/kubelet.service.d",
    "/run/systemd/system/kubelet.service.d",
    "/usr/bin/kubelet",
    "/usr/lib/systemd/system/kubelet.service",
    "/usr/lib/systemd/system/kubelet.service.d",
    "/usr/local/bin",
    "/usr/local/lib/systemd/system",
];

/// The fault of a mount over files that the kubelet starts from.
pub(super) const FAULT: &str = "mounts another file system over files that the kubelet starts from";

/// The table of the file systems that systemd mounts at each boot.
pub(crate) const FSTAB: &str = "/etc/fstab";

/// Looks for a mount over the kubelet's files that is no unit of a MachineConfig: in fstab, among the kernel arguments,
/// and among the files of systemd.
///
/// # Errors
/// When there is one, or when fstab is unknown.
pub(super) fn none(merged: &Merged<'_>) -> Result<(), KubeletDoubt> {
    for (argument, provenance) in merged.kernel_arguments() {
        let Field::Known(text) = argument else { continue };
        let extra =
            text.split_whitespace().filter_map(|it| it.strip_prefix("systemd.mount-extra="));
        if extra.filter_map(|it| it.split(':').nth(1)).any(is_over) {
            return Err(KubeletDoubt::about(&provenance, FAULT));
        }
    }
    for path in SYSTEMD.iter().flat_map(|it| merged.paths(it)) {
        let name = path.rsplit('/').next().unwrap_or_default();
        if !is_over_kubelet(name) {
            continue;
        }
        let provenance = match merged.link(path) {
            Some(("/dev/null", _)) => continue,
            Some((_, provenance)) => provenance,
            None => match merged.file(path)? {
                Some(file) => file.provenance,
                None => continue,
            },
        };
        return Err(KubeletDoubt::about(&provenance, FAULT));
    }
    let Some(File { text, provenance }) = merged.file(FSTAB)? else { return Ok(()) };
    let is_over_kubelet =
        |line: &str| !line.starts_with('#') && line.split_whitespace().nth(1).is_some_and(is_over);
    match text {
        Field::Known(text) if text.lines().any(is_over_kubelet) => {
            Err(KubeletDoubt::about(&provenance, FAULT))
        }
        Field::Unknown(why) => Err(KubeletDoubt::Unknown(provenance, why)),
        Field::Known(_) | Field::Absent => Ok(()),
    }
}

/// The directory that a unit mounts, by the name of the unit (systemd.mount(5)). `None` for units of other kinds.
fn mount_point(unit: &str) -> Option<String> {
    let name = unit.strip_suffix(".mount").or_else(|| unit.strip_suffix(".automount"))?;
    let mut pieces = name.split(r"\x");
    let mut path = format!("/{}", pieces.next()?.replace('-', "/"));
    for piece in pieces {
        let code = piece.get(..2).and_then(|it| u8::from_str_radix(it, 16).ok());
        path.push(code.map_or('?', char::from));
        path.push_str(&piece.get(2..).unwrap_or_default().replace('-', "/"));
    }
    Some(path)
}

/// Returns whether a unit, by its name, mounts a file system over files that the kubelet starts from.
pub(super) fn is_over_kubelet(unit: &str) -> bool {
    mount_point(unit).is_some_and(|it| is_over(&it))
}

/// Returns whether a file system that is mounted here takes the place of files that the kubelet starts from.
fn is_over(directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    let is_below =
        |path: &str, of: &str| path.strip_prefix(of).is_some_and(|it| it.starts_with('/'));
    // The root file system is mounted on each machine.
    !directory.is_empty()
        && STARTED_FROM
            .iter()
            .any(|it| *it == directory || is_below(it, directory) || is_below(directory, it))
}

/// Returns whether a command of whole lines mounts something over files that the kubelet starts from.
pub(super) fn are_over_kubelet(lines: &str) -> bool {
    let is_mount =
        |word: &&str| ["mount", "-mount"].contains(&word.rsplit('/').next().unwrap_or_default());
    shell::commands(lines).filter(|it| it.contains("mount")).any(|command| {
        let words: Vec<&str> = command.split_whitespace().collect();
        let Some(at) = words.iter().position(is_mount) else { return false };
        let arguments = &words[at + 1..];
        // These change how something is mounted that is there already.
        let is_of_place = |it: &&str| !it.starts_with("--make-") && !it.contains("remount");
        let target = arguments.iter().rev().find(|it| it.starts_with('/'));
        arguments.iter().all(is_of_place) && target.is_some_and(|it| is_over(it))
    })
}
