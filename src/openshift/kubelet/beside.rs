//! Finds what changes a unit of oc-etcd from beside: kernel arguments, presets, drop-ins, and files and links in the
//! directories of systemd.

use super::KubeletDoubt;
use super::merged::{File, Merged, SYSTEMD};
use super::text::{Assignment, assignments, includes_another};
use crate::model::field::Field;
use crate::redact::policy::quotable;

/// The fault of something beside a unit of oc-etcd.
pub(crate) const CHANGES: &str = "changes the unit of oc-etcd";

/// Finds files and links that change a unit: a file or a link of its name, a drop-in of the unit, of the beginning
/// of its name or of all units of its type, and another name of the unit, whose drop-ins count too.
///
/// # Errors
/// When there is one, or when its contents are unknown.
pub(crate) fn beside_unit(merged: &Merged<'_>, unit: &str) -> Result<(), KubeletDoubt> {
    let (stem, kind) = unit.rsplit_once('.').unwrap_or((unit, ""));
    started(merged, unit)?;
    // The drop-ins of `oc-.service.d` count for each unit whose name begins so.
    let is_of_unit = |folder: &str| {
        let beginning = folder.rsplit_once('.').filter(|(_, suffix)| *suffix == kind);
        let beginning = beginning.map(|(name, _)| name).filter(|it| it.ends_with('-'));
        folder == unit || beginning.is_some_and(|it| stem.starts_with(it))
    };
    for path in SYSTEMD.iter().flat_map(|it| merged.paths(it)) {
        let (folder, name) = path.rsplit_once('/').unwrap_or_default();
        let link = merged.link(path);
        let touches = path
            .split('/')
            .any(|part| part == unit || part.strip_suffix(".d").is_some_and(is_of_unit));
        let is_enabling =
            folder.strip_suffix(".wants").or(folder.strip_suffix(".requires")).is_some();
        let is_other_name = link.as_ref().is_some_and(|(target, _)| {
            target.rsplit('/').next() == Some(unit) && name != unit && !is_enabling
        });
        let is_of_type =
            folder.rsplit('/').next().and_then(|it| it.strip_suffix(".d")) == Some(kind);
        let is_preset = folder.ends_with("/system-preset") && name < OF_IGNITION;
        if is_preset && presets_disable(merged, path, unit)? {
            let file = merged.file_unless_linked(path)?;
            return file.map_or(Ok(()), |it| Err(KubeletDoubt::about(&it.provenance, CHANGES)));
        }
        if !(touches || is_other_name || is_of_type) {
            continue;
        }
        match (link, merged.file_unless_linked(path)?) {
            (Some((target, _)), _) if is_of_type && target == "/dev/null" => {}
            (Some((_, provenance)), _) => {
                return Err(KubeletDoubt::about(&provenance, CHANGES));
            }
            (None, Some(File { text: Field::Known(text), .. }))
                if is_of_type && !commands(&text) => {}
            (None, Some(File { text: Field::Unknown(why), provenance, .. })) if is_of_type => {
                return Err(KubeletDoubt::Unknown(provenance, why));
            }
            (None, Some(file)) => return Err(KubeletDoubt::about(&file.provenance, CHANGES)),
            (None, None) => {}
        }
    }
    Ok(())
}

/// Finds a kernel argument that keeps a unit from its start.
///
/// # Errors
/// When there is one, or when a kernel argument is unknown.
pub(super) fn started(merged: &Merged<'_>, unit: &str) -> Result<(), KubeletDoubt> {
    for (argument, provenance) in merged.kernel_arguments() {
        match argument {
            Field::Known(text) => {
                let found = text.split_whitespace().find(|it| keeps_from_start(it, unit));
                let Some(found) = found else { continue };
                // One word of systemd's is no secret; what stands behind `=` may be one.
                let shown = if found.contains('=') { quotable(found) } else { found.to_owned() };
                let why = format!("({shown}) may keep systemd from starting {unit}");
                return Err(KubeletDoubt::about(&provenance, why));
            }
            Field::Unknown(why) => return Err(KubeletDoubt::Unknown(provenance, why)),
            Field::Absent => {}
        }
    }
    Ok(())
}

/// Returns whether a kernel argument masks the unit, or has another program than systemd, other units or changed units
/// started (kernel-command-line(7), systemd(1), bootup(7), systemd.system-credentials(7)). A machine of which this is
/// not seen does not become another node: without the unit, no kubelet starts.
fn keeps_from_start(argument: &str, unit: &str) -> bool {
    const TARGETS: [&str; 7] = ["-b", "1", "S", "emergency", "rescue", "s", "single"];
    let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
    match key {
        "init" => true,
        "systemd.mask" => value == unit,
        "systemd.unit" => {
            !["default.target", "graphical.target", "multi-user.target"].contains(&value)
        }
        "systemd.confirm_spawn" | "systemd.volatile" => value != "0" && value != "no",
        // Most credentials are read by a service that knows the name; these change units.
        "systemd.set_credential" | "systemd.set_credential_binary" => {
            ["systemd.extra-unit.", "systemd.unit-dropin."].iter().any(|it| value.starts_with(it))
        }
        _ if key.starts_with("systemd.run") => true,
        _ => TARGETS.contains(&argument),
    }
}

/// The preset file in which Ignition enables units.
const OF_IGNITION: &str = "20-ignition.preset";

/// Returns whether a preset file disables a unit. At the first boot, the first file that names the unit decides, by the
/// names of the files (systemd.preset(5)).
fn presets_disable(merged: &Merged<'_>, path: &str, unit: &str) -> Result<bool, KubeletDoubt> {
    let text = match merged.file_unless_linked(path)? {
        Some(File { text: Field::Known(text), .. }) => text,
        Some(File { text: Field::Unknown(why), provenance, .. }) => {
            return Err(KubeletDoubt::Unknown(provenance, why));
        }
        _ => return Ok(false),
    };
    let disables = |line: &str| {
        let pattern = line.trim().strip_prefix("disable")?.trim();
        let beginning = pattern.split(['*', '?', '[']).next()?;
        let is_whole = beginning == pattern;
        Some(if is_whole { unit == pattern } else { unit.starts_with(beginning) })
    };
    Ok(text.lines().filter_map(disables).any(|it| it))
}

/// Returns whether a drop-in changes what a unit runs or mounts, or when: the rest is limits and accounting.
fn commands(text: &str) -> bool {
    const KEYS: [&str; 8] =
        ["Exec", "Condition", "Assert", "Root", "What", "Where", "Type", "Options"];
    let is_one = |it: &Assignment| KEYS.iter().any(|key| it.key.starts_with(key));
    includes_another(text) || assignments(text).iter().any(is_one)
}
