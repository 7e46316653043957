//! Finds mounts over places of the machine: in units, in fstab, among the kernel arguments and in commands. The places
//! are the files that the kubelet, or the units of oc-etcd, start from, and the directory of etcd.

use super::KubeletDoubt;
use super::merged::{File, Merged, SYSTEMD};
use super::places;
use super::shell;
use super::text::unescaped;
use crate::model::field::Field;

/// The fault of a mount over files that the kubelet starts from.
pub(super) const FAULT: &str = "mounts another file system over files that the kubelet starts from";

/// The table of the file systems that systemd mounts at each boot.
pub(crate) const FSTAB: &str = "/etc/fstab";

/// Returns whether a mount at a path hides the places that somebody asks about.
pub(crate) type IsOver = fn(&str) -> bool;

/// Looks for a mount over some places that is no unit of a MachineConfig: in fstab, among the kernel arguments, among
/// the file systems of Ignition, and among the files of systemd. `fault` says what the mount does.
///
/// # Errors
/// When there is one, or when fstab is unknown.
pub(crate) fn none(merged: &Merged<'_>, is_over: IsOver, fault: &str) -> Result<(), KubeletDoubt> {
    for (argument, provenance) in merged.kernel_arguments() {
        let Field::Known(text) = argument else { continue };
        let extra =
            text.split_whitespace().filter_map(|it| it.strip_prefix("systemd.mount-extra="));
        if extra.filter_map(|it| it.split(':').nth(1)).any(is_over) {
            return Err(KubeletDoubt::about(&provenance, fault));
        }
    }
    for path in SYSTEMD.iter().flat_map(|it| merged.paths(it)) {
        let name = path.rsplit('/').next().unwrap_or_default();
        if !is_unit_over(name, is_over) {
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
        return Err(KubeletDoubt::about(&provenance, fault));
    }
    for (directory, provenance) in merged.mount_points() {
        if is_over(directory) {
            return Err(KubeletDoubt::about(&provenance, fault));
        }
    }
    let Some(File { text, provenance, .. }) = merged.file(FSTAB)? else { return Ok(()) };
    match text {
        Field::Known(text) if table(&text).any(|it| is_over(it.directory)) => {
            Err(KubeletDoubt::about(&provenance, fault))
        }
        Field::Unknown(why) => Err(KubeletDoubt::Unknown(provenance, why)),
        Field::Known(_) | Field::Absent => Ok(()),
    }
}

/// A line of a table of file systems (fstab(5)).
pub(crate) struct FileSystem<'a> {
    pub(crate) device: &'a str,
    pub(crate) directory: &'a str,
    pub(crate) options: &'a str,
    pub(crate) is_swap: bool,
}

/// The lines of a table of file systems.
pub(crate) fn table(text: &str) -> impl Iterator<Item = FileSystem<'_>> {
    text.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        let device = fields.next().filter(|it| !it.starts_with('#'))?;
        let (directory, is_swap) = (fields.next()?, fields.next() == Some("swap"));
        Some(FileSystem { device, directory, options: fields.next().unwrap_or_default(), is_swap })
    })
}

/// Returns whether a text, which may be a script that writes a table of file systems, has a line of such a table that
/// mounts something over these places.
pub(crate) fn lists_over(text: &str, is_over: IsOver) -> bool {
    let is_device =
        |it: &str| it.contains(['/', '=', ':']) || ["none", "overlay", "tmpfs"].contains(&it);
    let line = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("echo ").unwrap_or(line).trim_start_matches("-e ");
        table(line)
            .any(|it| is_device(it.device) && !it.options.is_empty() && is_over(it.directory))
    };
    text.lines().any(line)
}

/// The directory that a unit mounts, by the name of the unit (systemd.mount(5)). `None` for units of other kinds.
pub(crate) fn mount_point(unit: &str) -> Option<String> {
    let name = unit.strip_suffix(".mount").or_else(|| unit.strip_suffix(".automount"))?;
    Some(format!("/{}", unescaped(name)))
}

/// Returns whether a unit, by its name, mounts a file system over these places.
pub(crate) fn is_unit_over(unit: &str, is_over: IsOver) -> bool {
    mount_point(unit).is_some_and(|it| is_over(&it))
}

/// Returns whether a command of whole lines mounts something over these places.
pub(crate) fn are_over(lines: &str, is_over: IsOver) -> bool {
    let is_known_over = |command: &str| target(command).is_some_and(is_over);
    shell::commands(lines).filter(|it| it.contains("mount")).any(is_known_over)
        || lines.contains(FSTAB) && lists_over(lines, is_over)
}

/// Returns whether it is unknown whether a command mounts something over files that the kubelet starts from: by the
/// place, or by a table of file systems that no MachineConfig contains.
pub(super) fn may_be_over_kubelet(command: &str, merged: &Merged<'_>) -> bool {
    let is_unknown_place = |place: &str| {
        let known = place.split(['$', '`', '*']).next().unwrap_or_default();
        let directory = known.rsplit_once('/').map_or("", |it| it.0);
        let is_part = known.len() < place.len();
        is_part && (directory.is_empty() || places::is_over(directory))
    };
    let is_unknown_table =
        |table: &str| table != FSTAB && (table.starts_with('$') || merged.path(table).is_none());
    target(command).is_some_and(is_unknown_place)
        || other_table(command).is_some_and(is_unknown_table)
}

/// The words behind the program of a command that mounts something.
fn arguments(command: &str) -> Option<Vec<&str>> {
    let is_mount = |word: &&str| {
        let name = word.rsplit('/').next().unwrap_or_default();
        ["mount", "-mount", "systemd-mount"].contains(&name) || name.starts_with("mount.")
    };
    let mut words = command.split_whitespace();
    words.find(is_mount)?;
    Some(words.collect())
}

/// Returns whether an argument changes how something is mounted that is there already, or ends a mount.
fn is_other(argument: &&str) -> bool {
    argument.starts_with("--make-")
        || argument.contains("remount")
        || ["-u", "--umount", "--list"].contains(argument)
}

/// Returns whether a command mounts something.
pub(crate) fn is_mounting(command: &str) -> bool {
    arguments(command).is_some_and(|it| !it.iter().any(is_other))
}

/// The table of file systems that a command names in the place of /etc/fstab.
fn other_table(command: &str) -> Option<&str> {
    let arguments = arguments(command)?;
    let by_word = |it: &&str| shell::is_option(it, &['T']) || *it == "--fstab";
    let at = arguments.iter().position(by_word);
    let next = at.and_then(|at| arguments.get(at + 1)).copied();
    next.or_else(|| arguments.iter().find_map(|it| it.strip_prefix("--fstab=")))
}

/// The place at which a command mounts something, as written.
fn target(command: &str) -> Option<&str> {
    const WITH_VALUE: [&str; 9] =
        ["-O", "-T", "-o", "-p", "-t", "--fstab", "--options", "--property", "--types"];
    let arguments = arguments(command).filter(|it| !it.iter().any(is_other))?;
    let mut words = arguments.iter().copied();
    let mut operands = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "--target" => return words.next(),
            _ if WITH_VALUE.contains(&word) => drop(words.next()),
            _ => match word.strip_prefix("--target=") {
                Some(place) => return Some(place),
                None if word.starts_with(['/', '$']) => operands.push(word),
                // A source may be no path: `tmpfs`, `LABEL=x`.
                None if !word.starts_with('-') => operands.push(""),
                None => {}
            },
        }
    }
    match operands.iter().rposition(|it| !it.is_empty()) {
        // A word alone is a line of the table.
        Some(0) if operands[0].starts_with('$') => None,
        at => at.map(|at| operands[at]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_mount_is_found_in_every_form_of_the_command() {
        for (command, expected) in [
            ("mount --bind /opt/k /etc/kubernetes", Some("/etc/kubernetes")),
            ("mount -o bind /opt/k /etc/kubernetes -t none", Some("/etc/kubernetes")),
            ("mount --target /etc/kubernetes --source /opt/k", Some("/etc/kubernetes")),
            ("mount --rbind --target=/etc/kubernetes /opt/k", Some("/etc/kubernetes")),
            ("nsenter -t 1 -m -- mount -t tmpfs tmpfs /etc/kubernetes", Some("/etc/kubernetes")),
            ("chroot /host /usr/bin/mount LABEL=x /etc/kubernetes", Some("/etc/kubernetes")),
            ("systemd-mount -o bind /opt/k /etc/kubernetes", Some("/etc/kubernetes")),
            ("mount.nfs4 h:/x /etc/kubernetes", Some("/etc/kubernetes")),
            ("mount $DEVICE /data -o $OPTIONS", Some("/data")),
            ("mount $DEVICE $PLACE", Some("$PLACE")),
            ("mount $PLACE", None),
            ("mount -a", None),
            ("mount -o remount,rw /usr", None),
            ("mount --make-rprivate /", None),
            ("umount /etc/kubernetes", None),
            ("systemd-mount --umount /etc/kubernetes", None),
        ] {
            assert_eq!(target(command), expected, "{command}");
        }
    }

    #[test]
    fn a_place_is_unknown_where_what_is_known_of_it_does_not_tell() {
        let merged = Merged::of(&[]).unwrap();
        for (command, expected) in [
            ("mount $DEVICE $PLACE", true),
            ("mount $DEVICE /etc/$PLACE", true),
            ("mount $DEVICE /mnt/$PLACE", false),
            ("mount $1 $2", true),
            ("mount $DEVICE /data", false),
            ("mount -a -T /opt/site.fstab", true),
            ("mount -aT $TABLE", true),
            ("mount -a -T /etc/fstab", false),
            ("mount -a", false),
        ] {
            assert_eq!(may_be_over_kubelet(command, &merged), expected, "{command}");
        }
    }
}
