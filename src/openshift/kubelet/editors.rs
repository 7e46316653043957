//! Units that may change the kubelet's unit, drop-ins, configuration or environment on the machine, before the
//! kubelet starts: what MachineConfigs hold is then not what the kubelet gets.

use super::boot::Boot;
use super::changes::{Reading, changes, edits, mentions};
use super::destinations;
use super::merged::{File, Merged};
use super::mounts;
use super::places::{is_over, may_be_over};
use super::programs::{Part, Unit};
use super::shell::{self, Language};
use super::tmpfiles;
use super::{ConfigPlace, KubeletDoubt, Provenance};
use crate::derive::kubelet_role;
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::field::{Field, Unknown};

/// What starts before the kubelet: a unit that is ordered before one of them, or is wanted by one, is too.
const BEFORE_KUBELET: [&str; 11] = [
    KUBELET_UNIT,
    "kubelet-dependencies.target",
    "crio.service",
    "nodeip-configuration.service",
    "network-pre.target",
    "network.target",
    "network-online.target",
    "local-fs.target",
    "sysinit.target",
    "basic.target",
    "machine-config-daemon-firstboot.service",
];

/// Settings of `kubelet.service` that put other files in the place of those that MachineConfigs hold.
const OTHER_FILES: [&str; 8] = [
    "RootDirectory",
    "RootImage",
    "BindPaths",
    "BindReadOnlyPaths",
    "TemporaryFileSystem",
    "MountImages",
    "ExtensionImages",
    "ExtensionDirectories",
];

/// The fault of commands that may change what decides on a kubelet.
const MAY_CHANGE: &str =
    "may run before the kubelet and names the kubelet's files or flags, which it may change";

/// Looks for a unit, or a file of commands, that may run before the kubelet, and whose commands or scripts name the
/// files or the flags of the kubelet.
///
/// # Errors
/// When there is one, or when a part that would tell is unknown.
pub(crate) fn none(boot: &Boot<'_>) -> Result<(), KubeletDoubt> {
    let merged = boot.merged()?;
    mounts::none(merged, is_over, mounts::FAULT)?;
    for unit in boot.units()? {
        let is_over_files = mounts::is_unit_over(&unit.name, is_over);
        let is_guarded = is_guarded(merged, unit);
        let reading = if is_guarded { Reading::Guarded } else { reading(unit) };
        for part in &unit.parts {
            if is_over_files {
                return Err(KubeletDoubt::about(&part.provenance, mounts::FAULT));
            }
            let mut of_kubelet = part.settings.iter().filter(|_| unit.name == KUBELET_UNIT);
            if of_kubelet.any(|it| OTHER_FILES.contains(&it.key.as_str())) {
                let why = "has the kubelet see other files than the machine has";
                return Err(KubeletDoubt::about(&part.provenance, why));
            }
            leaves_kubelet(merged, part, reading, order(unit) == Order::Before)?;
        }
    }
    let changing = tmpfiles::changing(merged, may_be_over);
    changing.map_or(Ok(()), |it| Err(KubeletDoubt::about(&it, MAY_CHANGE)))
}

/// Returns what of the texts of a unit counts, by the order of the unit and the kubelet.
fn reading(unit: &Unit) -> Reading {
    match order(unit) {
        Order::Before => Reading::Naming,
        // What stays on the disk counts from the next boot on.
        Order::After => Reading::Staying,
        Order::Unordered => Reading::Writing,
    }
}

/// Returns whether a part of a unit may change what the kubelet starts from, but not what the check of the role on the
/// machine starts from. Without the check, such a part is at fault.
pub(super) fn may_change(merged: &Merged<'_>, unit: &Unit, part: &Part) -> bool {
    let leaves = |reading| leaves_kubelet(merged, part, reading, false).is_ok();
    is_guarded(merged, unit) && !leaves(reading(unit)) && leaves(Reading::Guarded)
}

/// Returns whether the machine checks the role after the commands of a unit.
fn is_guarded(merged: &Merged<'_>, unit: &Unit) -> bool {
    merged.unit(kubelet_role::UNIT).is_some() && !unit.is_of_kubelet()
}

/// The order of a unit and the kubelet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Before,
    After,
    Unordered,
}

/// Returns the order in which systemd starts a unit and the kubelet. The unit of the kubelet counts as before, because
/// its own commands run before the command of the kubelet.
pub(super) fn order(unit: &Unit) -> Order {
    let orders = |keys: &[&str], units: &[&str]| {
        let settings = unit.settings().filter(|it| keys.contains(&it.key.as_str()));
        settings.flat_map(|it| it.value.split_whitespace()).any(|name| units.contains(&name))
    };
    // A drop-in for all services is one of the kubelet's too.
    let is_one = unit.name == "service" || BEFORE_KUBELET.contains(&unit.name.as_str());
    if is_one || orders(&["Before", "WantedBy", "RequiredBy"], &BEFORE_KUBELET) {
        Order::Before
    } else if orders(&["After"], &[KUBELET_UNIT]) {
        Order::After
    } else {
        Order::Unordered
    }
}

/// Fails where the commands of a unit, or a file that they name, may change what the kubelet or oc-etcd starts from.
fn leaves_kubelet(
    merged: &Merged<'_>,
    part: &Part,
    reading: Reading,
    is_before: bool,
) -> Result<(), KubeletDoubt> {
    let Part { commands, files, provenance: by, .. } = part;
    leave_kubelet(commands, || part.lines(), reading, by)?;
    let mounts = |text: &str| text.contains("mount");
    let may_be_table = mounts(commands)
        || files.iter().any(|it| matches!(&it.text, Field::Known(text) if mounts(text)));
    for file in files {
        let ConfigPlace::File(path) = &file.provenance.place else { continue };
        // The line that names a file of the kubelet's is judged, and the file is no script.
        if is_over(path) {
            continue;
        }
        // Somebody else's file in the place of a script is at fault, and not the unit that starts the script.
        let place =
            if file.provenance.machine_config == by.machine_config { by } else { &file.provenance };
        match &file.text {
            Field::Known(table) if may_be_table && mounts::lists_over(table, is_over) => {
                return Err(KubeletDoubt::about(place, mounts::FAULT));
            }
            Field::Known(text) => {
                match shell::language(text).or_else(|| run_in(merged, path, part)) {
                    Some(Language::Shell) => {
                        leave_kubelet(text, || file.lines().unwrap_or_default(), reading, place)?;
                    }
                    Some(Language::Other) if edits(text, reading) => {
                        return Err(KubeletDoubt::about(place, MAY_CHANGE));
                    }
                    // What nothing runs is data.
                    Some(Language::Other) | None => {}
                }
            }
            // What is no text is no script. A binary program is told elsewhere.
            Field::Unknown(Unknown::NotUnderstood) => {}
            Field::Unknown(why) if is_before => {
                return Err(KubeletDoubt::Unknown(file.provenance.clone(), *why));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Fails where the commands of a shell may change what the kubelet or oc-etcd starts from. `lines` are the whole lines of
/// the text.
fn leave_kubelet<'a>(
    text: &str,
    lines: impl FnOnce() -> &'a str,
    reading: Reading,
    place: &Provenance,
) -> Result<(), KubeletDoubt> {
    // Most scripts have none of these, and are not read line by line. A variable may have a word in parts.
    if !mentions(text) && !["mount", "$", "/etc", "/systemd"].iter().any(|it| text.contains(it)) {
        return Ok(());
    }
    let lines = lines();
    match () {
        () if mounts::are_over(lines, is_over) => Err(KubeletDoubt::about(place, mounts::FAULT)),
        () if changes(lines, reading) => Err(KubeletDoubt::about(place, MAY_CHANGE)),
        () => Ok(()),
    }
}

/// Returns the language in which one of the commands, or a script among the files, runs a file whose first line tells of
/// none. `None` for a file that nothing runs: a configuration, or data.
fn run_in(merged: &Merged<'_>, path: &str, part: &Part) -> Option<Language> {
    let of_command = |command: &str| {
        let is_file =
            |word: &&str| merged.path(word.trim_start_matches(['-', '@', '+'])) == Some(path);
        let (program, arguments) = destinations::started(command)?;
        match shell::run_by(program) {
            _ if is_file(&program) => Some(Language::Shell),
            Some(language) if arguments.iter().any(is_file) => Some(language),
            None if [".", "source"].contains(&program) && arguments.iter().any(is_file) => {
                Some(Language::Shell)
            }
            _ => None,
        }
    };
    let mut texts = std::iter::once(part.lines()).chain(part.files.iter().filter_map(File::lines));
    texts.find_map(|it| shell::commands(it).find_map(of_command))
}
