//! The directory of etcd on a machine: which MachineConfigs mount something on /var/lib/etcd, remove the files in the
//! directory, or may do so.
//!
//! A mount comes from a unit, a file of systemd, fstab, a kernel argument, Ignition or a command. All of them are read
//! from the result of the merge.

use std::cell::LazyCell;

use serde_json::Value;

use super::disk_names::{devices, is_other_device, is_partition};
use super::kubelet::boot::Boot;
use super::kubelet::by_system::is_of_tmpfiles;
use super::kubelet::merged::{File, Merged, leads_to, normal};
use super::kubelet::programs::Part;
use super::kubelet::shell;
use super::kubelet::text::assignments;
use super::kubelet::uncertain::{Reason, Started, started};
use super::kubelet::{ConfigPlace, KubeletDoubt, Provenance, mounts, tmpfiles};
use crate::derive::disk::{MOUNT_POINT, UNITS};
use crate::ignition;
use crate::ignition::devices::ROOT_DISK;
use crate::model::field::{Field, Unknown};
use crate::model::object::Object;

/// The fault of a mount on the directory, and of something else in the place of the disk.
pub(super) const TAKES_PLACE: &str = "takes the place of the etcd disk";
/// The fault of a command that removes the data of etcd.
const REMOVES: &str = "removes files of etcd";

/// Looks for a mount on the directory of etcd, and for a command that removes the files of etcd. The units of oc-etcd
/// are left out.
///
/// # Errors
/// When there is one, or when a part that would tell is unknown.
pub(super) fn untouched(boot: &Boot<'_>) -> Result<(), KubeletDoubt> {
    let merged = boot.merged()?;
    mounted_none(merged)?;
    for part in boot.units()?.iter().flat_map(|it| &it.parts) {
        if let Some(fault) = fault(part) {
            return Err(KubeletDoubt::about(&part.provenance, fault));
        }
    }
    let changing = tmpfiles::changing(merged, is_data);
    changing.map_or(Ok(()), |it| Err(KubeletDoubt::about(&it, REMOVES)))
}

/// Returns whether a MachineConfig mounts something on the directory of etcd.
#[must_use]
pub fn is_mounted_by(machine_config: &Object) -> Field<bool> {
    is_mounted(machine_config, is_over, |it| fault(it) == Some(TAKES_PLACE))
}

/// Returns whether a MachineConfig mounts something on some places, by a command in the opinion of the last argument.
fn is_mounted(
    machine_config: &Object,
    is_over: mounts::IsOver,
    is_mounting_part: fn(&Part) -> bool,
) -> Field<bool> {
    let boot = Boot::of(vec![machine_config]);
    let merged = match boot.merged() {
        Ok(merged) => merged,
        Err(KubeletDoubt::Unknown(_, why)) => return Field::Unknown(why),
        // The machine fetches another config.
        Err(_) => return Field::Unknown(Unknown::Remote),
    };
    let is_mounting = |name: &str| mounts::is_unit_over(name, is_over) && !merged.is_masked(name);
    let mut units = merged.units().filter(|(name, _)| is_mounting(name));
    let by_unit = units.find_map(|(_, unit)| {
        let texts = unit.contents.iter().chain(unit.drop_ins.values());
        texts.map(|(text, _)| *text).find(|it| *it != Field::Absent)
    });
    match (by_unit, mounts::none(merged, is_over, TAKES_PLACE)) {
        (Some(Field::Unknown(why)), _) | (None, Err(KubeletDoubt::Unknown(_, why))) => {
            return Field::Unknown(why);
        }
        (Some(_), _) | (None, Err(_)) => return Field::Known(true),
        (None, Ok(())) => {}
    }
    let mut parts = boot.units().unwrap_or_default().iter().flat_map(|it| &it.parts);
    Field::Known(parts.any(is_mounting_part))
}

/// Returns whether a MachineConfig gives the directory of etcd a disk of its own. Unknown where a machine may have etcd on
/// anything else but its root disk: in memory, on one of several partitions, or on the disk of a directory above.
#[must_use]
pub fn has_own_disk_by(machine_config: &Object) -> Field<bool> {
    let is_mounted_above = || {
        let by_command = |it: &Part| {
            texts(it, |it| it.contains("mount")).iter().any(|it| mounts::are_over(it, is_above))
        };
        let is_part_of_root =
            disks(machine_config).is_some_and(|it| !it.is_empty() && it.iter().all(is_root_disk));
        !is_part_of_root && is_mounted(machine_config, is_above, by_command) != Field::Known(false)
    };
    let is_determined = |is_mounted| {
        if is_mounted {
            mounts_whole_disk(machine_config)
        } else {
            may_be_mounted_by(machine_config).is_none() && !is_mounted_above()
        }
    };
    match is_mounted_by(machine_config) {
        Field::Known(it) if !is_determined(it) => Field::Unknown(Unknown::Undetermined),
        it => it,
    }
}

/// Returns the disks that Ignition partitions. `None` if they are unknown.
fn disks(machine_config: &Object) -> Option<&[Value]> {
    match ignition::config(machine_config)?.pointer("/storage/disks") {
        None | Some(Value::Null) => Some(&[]),
        Some(disks) => disks.as_array().map(Vec::as_slice),
    }
}

fn is_root_disk(disk: &Value) -> bool {
    disk["device"].as_str().is_some_and(|it| it.starts_with(ROOT_DISK))
}

/// Returns whether the unit that mounts the directory of etcd names a disk, or the only partition of a disk.
fn mounts_whole_disk(machine_config: &Object) -> bool {
    let Some(disks) = disks(machine_config) else { return false };
    let is_shared = |disk: &Value| {
        let partitions = disk["partitions"].as_array().map_or(0, Vec::len);
        partitions > 1 || is_root_disk(disk)
    };
    let unit = ignition::config(machine_config)
        .and_then(|it| ignition::unit_contents(it, "var-lib-etcd.mount"));
    let settings = unit.map(assignments).unwrap_or_default();
    let device = settings.iter().rev().find(|it| it.key == "What").map(|it| it.value.as_str());
    let name = device.and_then(|it| it.trim().strip_prefix("/dev/"));
    let is_part = |name: &str| name.starts_with("disk/by-part") || is_partition(name);
    name.is_some_and(|it| !(disks.iter().any(is_shared) || is_part(it) && disks.is_empty()))
}

/// A unit that starts a program whose text no MachineConfig contains, and what the MachineConfig names that the program
/// may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// Place of the unit.
    pub provenance: Provenance,
    /// Path of the program, if the path is known.
    pub program: Option<String>,
    /// The directory of etcd, or a disk that may be the disk of etcd.
    pub named: String,
}

/// Returns the unit with which a MachineConfig may mount something on the directory of etcd, or may change the files
/// there: the unit starts a program that no MachineConfig contains, and the MachineConfig names the directory.
#[must_use]
pub fn may_be_mounted_by(machine_config: &Object) -> Option<Unseen> {
    let boot = Boot::of(vec![machine_config]);
    let merged = boot.merged().ok()?;
    let names = |text: &str| text.split(|it: char| !shell::is_of_path(it)).any(is_over);
    let is_named = configuration(merged).any(|it| names(&it));
    let mut started = started(boot.units().unwrap_or_default(), merged);
    let found = started.find(|it| is_named || it.texts().any(names))?;
    Some(unseen(&found, MOUNT_POINT))
}

/// Returns the unit that starts a program that no MachineConfig contains, where a file or an environment of the
/// MachineConfig names a disk which may be the disk of etcd. A script is judged by its own commands, unless the unit names
/// the script.
#[must_use]
pub fn may_be_written_by(machine_config: &Object) -> Option<Unseen> {
    let boot = Boot::of(vec![machine_config]);
    let merged = boot.merged().ok()?;
    let named = |text: &str| {
        let mut disks = devices(text).filter(|it| !it.contains('$') && !is_other_device(it));
        disks.next().map(str::to_owned)
    };
    // Most MachineConfigs start no such program, and their files are not read for it.
    let by_configuration = LazyCell::new(|| {
        let mut texts = configuration(merged).filter(|it| !shell::is_script(it));
        texts.find_map(|it| named(&it))
    });
    let mut started = started(boot.units().unwrap_or_default(), merged);
    started.find_map(|it| {
        let mut files = it.files().iter();
        let by_file = files.find_map(|it| named(&it.text.clone().known()?));
        Some(unseen(&it, by_file.as_ref().or_else(|| by_configuration.as_ref())?))
    })
}

/// Returns the texts from which a program may take its settings: files, and environments of units. An audit rule, a rule
/// of udev and a line of tmpfiles.d(5) are not for a program.
fn configuration(merged: &Merged<'_>) -> impl Iterator<Item = String> {
    let is_for_others = |path: &str| {
        ["/etc/audit/", "/etc/udev/"].iter().any(|it| path.starts_with(it)) || is_of_tmpfiles(path)
    };
    let paths = merged.all_paths().filter(move |it| !is_for_others(it));
    let files = paths.filter_map(|it| merged.file_behind(it)?.text.known());
    let texts =
        merged.units().flat_map(|(_, unit)| unit.contents.iter().chain(unit.drop_ins.values()));
    let settings = texts.filter_map(|(text, _)| text.known()).flat_map(assignments);
    let environments = settings.filter(|it| it.key == "Environment").map(|it| it.value);
    files.chain(environments)
}

fn unseen(started: &Started<'_>, named: &str) -> Unseen {
    let program = match &started.reason {
        Reason::Program(path) => Some(path.clone()),
        _ => None,
    };
    Unseen { provenance: started.provenance().clone(), program, named: named.to_owned() }
}

/// Looks for a mount on the directory that is no command and no unit of a MachineConfig.
fn mounted_none(merged: &Merged<'_>) -> Result<(), KubeletDoubt> {
    for (name, unit) in merged.units().filter(|(name, _)| !UNITS.contains(name)) {
        if !mounts::is_unit_over(name, is_over) || merged.is_masked(name) {
            continue;
        }
        if let Some((_, by)) = unit.contents.iter().chain(unit.drop_ins.values()).next() {
            let place = ConfigPlace::Unit(name.to_owned());
            let provenance = Provenance { machine_config: (*by).to_owned(), place };
            return Err(KubeletDoubt::about(&provenance, TAKES_PLACE));
        }
    }
    mounts::none(merged, is_over, TAKES_PLACE)
}

/// Returns the lines of the commands of a unit and of the files that they name, as far as they count. Most commands have
/// nothing to do with the directory, and are not read line by line.
fn texts(part: &Part, counts: fn(&str) -> bool) -> Vec<&str> {
    let is_one = |it: &&File| matches!(&it.text, Field::Known(text) if counts(text));
    let files = part.files.iter().filter(is_one).filter_map(File::lines);
    files.chain(counts(&part.commands).then(|| part.lines())).collect()
}

/// The fault of the commands of a unit, and of the files that they name.
fn fault(part: &Part) -> Option<&'static str> {
    let texts = texts(part, |it| it.contains("etcd") || it.contains('$'));
    if texts.iter().any(|it| mounts::are_over(it, is_over)) {
        return Some(TAKES_PLACE);
    }
    let mut commands = texts.iter().flat_map(|it| shell::commands(it));
    commands.any(removes).then_some(REMOVES)
}

/// Returns whether a command removes the files of etcd.
fn removes(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let is_removing = |word: &str| {
        ["find", "mv", "rm", "rmdir", "shred", "unlink"]
            .contains(&word.rsplit('/').next().unwrap_or_default())
    };
    let Some(program) = words.find(|it| is_removing(it)) else { return false };
    let is_only_search =
        program.ends_with("find") && !command.contains("-delete") && !command.contains(" rm ");
    let mut operands: Vec<&str> = words.filter(|it| !it.starts_with('-')).collect();
    if program.ends_with("mv") {
        operands.pop();
    }
    !is_only_search && operands.into_iter().any(is_data)
}

/// Returns whether a mount at a path takes the place of the directory of etcd, or of a directory in there. A mount of a
/// directory above holds the directory.
fn is_over(path: &str) -> bool {
    leads_to(MOUNT_POINT, &normal(path))
}

/// Returns whether a mount at a path holds the directory of etcd and others.
fn is_above(path: &str) -> bool {
    ["/var", "/var/lib"].contains(&normal(path).as_str())
}

/// Returns whether a path, or a pattern of paths, stands for the data of etcd.
fn is_data(path: &str) -> bool {
    let path = normal(path);
    let rest = path.strip_prefix(MOUNT_POINT).filter(|it| it.is_empty() || it.starts_with('/'));
    let rest = rest.map(|it| it.trim_start_matches('/'));
    rest.is_some_and(|it| {
        it.is_empty() || it.starts_with("member") || it.starts_with(['*', '?', '[', '$'])
    })
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    #[test]
    fn what_a_program_that_is_not_seen_may_read_is_named() {
        const PROGRAM: &str = "[Service]\nExecStart=/opt/pwx/bin/px-runc run\n";
        let config = |path: &str, text: &str, unit: &str| {
            let source = format!("data:,{}", utf8_percent_encode(text, NON_ALPHANUMERIC));
            let files = json!([{"path": path, "contents": {"source": source}}]);
            let units = json!([{"name": "portworx.service", "enabled": true, "contents": unit}]);
            let config = json!({
                "ignition": {"version": "3.2.0"},
                "storage": {"files": files},
                "systemd": {"units": units},
            });
            Object::new(ObjectRef::cluster(Kind::MachineConfig, "98-x"))
                .with("spec", json!({ "config": config }))
        };
        let named = |path: &str, text: &str, unit: &str| {
            let config = config(path, text, unit);
            let by_directory = may_be_mounted_by(&config);
            by_directory.or_else(|| may_be_written_by(&config)).map(|it| it.named)
        };
        let device = Some("/dev/nvme1n1".to_owned());
        let json = r#"{"storage":{"devices":["/dev/nvme1n1"]}}"#;
        let environment = |value: &str| format!("{PROGRAM}Environment=\"DEVICE={value}\" A=b\n");
        assert_eq!(named("/etc/pwx/config.json", json, PROGRAM), device);
        assert_eq!(named("/etc/x.yaml", "devices:\n- /dev/nvme1n1\n", PROGRAM), device);
        assert_eq!(named("/etc/x", "", &environment("/dev/nvme1n1")), device);
        let directory = Some(MOUNT_POINT.to_owned());
        assert_eq!(named("/etc/x", "", &environment(MOUNT_POINT)), directory);
        // Other programs read these, or the text of the program is known.
        let rule = "KERNEL==\"nvme1n1\", RUN+=\"/usr/sbin/blockdev --setra 64 /dev/nvme1n1\"";
        assert_eq!(named("/etc/udev/rules.d/60-x.rules", rule, PROGRAM), None);
        assert_eq!(named("/usr/local/bin/x", "#!/bin/bash\nlsblk /dev/nvme1n1\n", PROGRAM), None);
        let known = "[Service]\nExecStart=/usr/bin/true\n";
        assert_eq!(named("/etc/pwx/config.json", json, known), None);
        assert_eq!(named("/etc/x", "", &environment("/dev/disk/by-partlabel/var")), None);
    }

    #[test]
    fn a_command_that_removes_the_data_is_told_from_others() {
        for (command, expected) in [
            ("rm -rf /var/lib/etcd/*", true),
            ("/usr/bin/rm -rf /var/lib/etcd/member", true),
            ("mv /var/lib/etcd/member /var/lib/old", true),
            ("find /var/lib/etcd -mindepth 1 -delete", true),
            ("find /var/lib/etcd -name x", false),
            ("rm -rf /var/lib/etcd-backup/x", false),
            ("rm -rf /var/lib/etcd/lost+found", false),
            ("mv /var/lib/old /var/lib/etcd/", false),
            ("chmod 700 /var/lib/etcd", false),
        ] {
            assert_eq!(removes(command), expected, "{command}");
        }
    }
}
