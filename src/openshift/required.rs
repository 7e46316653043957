//! Finds the devices without which a machine does not boot, or without which its kubelet does not start: those of mounts,
//! those that units wait for, and those that the commands of required units name (systemd.unit(5)).

use std::collections::BTreeSet;

use super::devices::Made;
use super::disk_names::{INSTANCE_STORE, devices};
use super::formatters::last_setting;
use super::kubelet::Provenance;
use super::kubelet::boot::Boot;
use super::kubelet::merged::{File, Merged, leads_to};
use super::kubelet::mounts::{self, FSTAB};
use super::kubelet::programs::{Part, Unit, is_of_operator};
use super::kubelet::shell;
use super::kubelet::text::device_of_unit;
use crate::model::field::Field;

/// A device that something requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Required {
    /// Place of the unit, the drop-in, the script or the table of file systems.
    pub provenance: Provenance,
    /// The device, as a path below /dev.
    pub device: String,
    /// What does not start without the device.
    pub requirer: Requirer,
    /// What happens with the device.
    pub need: Need,
}

/// What does not start without a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirer {
    /// The machine.
    Boot,
    /// The kubelet, or CRI-O, without which the kubelet does not start.
    Kubelet,
}

/// What happens with a device that is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// systemd mounts the device.
    Mount,
    /// systemd waits for the device.
    Device,
    /// The commands of a unit, or their scripts, name the device, and may fail without the device.
    Command,
}

/// Returns the devices that the boot of a machine, or its kubelet, requires.
#[must_use]
pub fn required(boot: &Boot<'_>, made: &Made) -> Vec<Required> {
    const OF_BOOT: [&str; 3] = ["basic.target", "local-fs.target", "sysinit.target"];
    const OF_KUBELET: [&str; 2] = ["crio.service", "kubelet.service"];
    let Ok(merged) = boot.merged() else { return Vec::new() };
    // systemd looks for devices at each boot, after the rules of udev.
    if made.has_links {
        return Vec::new();
    }
    let units = boot.units().unwrap_or_default();
    let of_boot = Requirements::of(&OF_BOOT, units, merged);
    let of_kubelet = Requirements::of(&[&OF_BOOT[..], &OF_KUBELET].concat(), units, merged);
    let mut found = of_boot.devices(Requirer::Boot, units, merged);
    for it in of_kubelet.devices(Requirer::Kubelet, units, merged) {
        let is_same = |of: &Required| of.provenance == it.provenance && of.device == it.device;
        if !found.iter().any(is_same) {
            found.push(it);
        }
    }
    found
}

/// What some units require, with everything that these require.
struct Requirements<'a> {
    units: BTreeSet<&'a str>,
    /// The paths whose mounts are required.
    paths: BTreeSet<&'a str>,
    /// The devices that systemd waits for.
    waits: Vec<(String, &'a Provenance)>,
}

impl<'a> Requirements<'a> {
    fn of(roots: &[&'a str], units: &'a [Unit], merged: &Merged<'_>) -> Self {
        let mut found = Self {
            units: roots.iter().copied().collect(),
            paths: BTreeSet::new(),
            waits: Vec::new(),
        };
        let mut known = 0;
        while known < found.units.len() {
            known = found.units.len();
            for unit in units {
                if found.has(unit, merged) {
                    found.units.insert(&unit.name);
                }
            }
            let required: Vec<&Unit> =
                units.iter().filter(|it| found.units.contains(it.name.as_str())).collect();
            for part in required.iter().flat_map(|it| &it.parts) {
                found.add(part);
            }
        }
        found
    }

    /// Returns whether a unit is required by its own words, by a link, or for a path.
    fn has(&self, unit: &Unit, merged: &Merged<'_>) -> bool {
        let is = |flag: Option<(Field<bool>, &str)>| matches!(flag, Some((Field::Known(true), _)));
        let is_enabled = merged.unit(&unit.name).is_some_and(|it| is(it.enabled));
        let by_install = unit.settings().filter(|it| is_enabled && it.key == "RequiredBy");
        let mut by_install = by_install.flat_map(|it| it.value.split_whitespace());
        let link = |by: &str| format!("/etc/systemd/system/{by}.requires/{}", unit.name);
        let place = mounts::mount_point(&unit.name).filter(|_| is_mount(unit));
        self.units.contains(unit.name.as_str())
            || by_install.any(|it| self.units.contains(it))
            || self.units.iter().any(|it| merged.link(&link(it)).is_some())
            || place.is_some_and(|place| self.paths.iter().any(|it| leads_to(&place, it)))
    }

    fn add(&mut self, part: &'a Part) {
        for setting in &part.settings {
            let words = setting.value.split_whitespace();
            match setting.key.as_str() {
                "BindsTo" | "Requires" | "Requisite" => {
                    for name in words.filter(|it| self.units.insert(it)) {
                        let device = device_of_unit(name).map(|it| (it, &part.provenance));
                        self.waits.extend(device);
                    }
                }
                "RequiresMountsFor" => self.paths.extend(words),
                _ => {}
            }
        }
    }

    /// The devices of what is required.
    fn devices(&self, requirer: Requirer, units: &[Unit], merged: &Merged<'_>) -> Vec<Required> {
        let device_of = |provenance: &Provenance, device: &str, need| Required {
            provenance: provenance.clone(),
            device: path(device),
            requirer,
            need,
        };
        let mut found: Vec<Required> = Vec::new();
        for unit in units.iter().filter(|it| self.units.contains(it.name.as_str())) {
            let is_optional = || last_setting(unit, "Options").is_some_and(|it| is_optional(it.0));
            if is_mount(unit) {
                let mounted = last_setting(unit, "What").filter(|_| !is_optional());
                found.extend(mounted.map(|(what, by)| device_of(by, what, Need::Mount)));
                continue;
            }
            // systemd passes over a unit whose condition does not hold.
            let is_conditional = |key: &str, value: &str| {
                key.starts_with("Condition") && (value.contains("/dev/") || value.contains("/sys/"))
            };
            if unit.settings().any(|it| is_conditional(&it.key, &it.value)) {
                continue;
            }
            let parts = unit.parts.iter();
            for part in parts.filter(|it| !is_of_operator(&it.provenance.machine_config)) {
                let named = named(part).into_iter();
                found.extend(named.map(|it| device_of(&part.provenance, &it, Need::Command)));
            }
        }
        found.extend(self.waits.iter().map(|(it, by)| device_of(by, it, Need::Device)));
        if let Some(File { text: Field::Known(text), provenance, .. }) = merged.file_behind(FSTAB) {
            let counts = |it: &mounts::FileSystem<'_>| {
                let mut paths = self.paths.iter();
                !it.is_swap
                    && (!is_optional(it.options) || paths.any(|path| leads_to(it.directory, path)))
            };
            let lines = mounts::table(&text).filter(counts);
            found.extend(lines.map(|it| device_of(&provenance, it.device, Need::Mount)));
        }
        found
    }
}

fn is_mount(unit: &Unit) -> bool {
    unit.name.strip_suffix(".mount").is_some()
}

/// The devices that the commands of a part, and the scripts that they name, would look for. systemd passes over the failure
/// of a command behind `-`.
fn named(part: &Part) -> Vec<String> {
    let counts = |it: &&str| !it.trim_start_matches(['@', ':', '+', '!']).starts_with('-');
    let commands: Vec<&str> = part.lines().lines().filter(counts).collect();
    if commands.is_empty() {
        return Vec::new();
    }
    let is_script = |it: &&File| matches!(&it.text, Field::Known(text) if shell::is_script(text));
    let scripts = part.files.iter().filter(is_script).filter_map(File::lines);
    let texts: Vec<&str> = commands.into_iter().chain(scripts).collect();
    let by_model = texts.iter().any(|it| {
        it.contains("Amazon EC2 NVMe Instance Storage")
            || it.contains("Amazon_EC2_NVMe_Instance_Storage")
    });
    let by_model = by_model.then(|| INSTANCE_STORE.to_owned()).into_iter();
    by_model.chain(texts.into_iter().flat_map(devices).map(str::to_owned)).collect()
}

/// Returns whether systemd boots without the mount (systemd.mount(5), "FSTAB").
fn is_optional(options: &str) -> bool {
    const OPTIONAL: [&str; 4] = ["_netdev", "noauto", "nofail", "x-systemd.automount"];
    options.split(',').any(|it| OPTIONAL.contains(&it))
}

/// The path of a device that a table of file systems names by a tag (fstab(5)).
fn path(device: &str) -> String {
    const TAGS: [(&str, &str); 4] = [
        ("LABEL=", "by-label"),
        ("PARTLABEL=", "by-partlabel"),
        ("PARTUUID=", "by-partuuid"),
        ("UUID=", "by-uuid"),
    ];
    let tagged = |(tag, directory): &(&str, &str)| {
        let value = device.strip_prefix(tag)?.trim_matches('"');
        Some(format!("/dev/disk/{directory}/{value}"))
    };
    TAGS.iter().find_map(tagged).unwrap_or_else(|| device.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_of_a_device_is_its_path() {
        for (device, expected) in [
            ("LABEL=data", "/dev/disk/by-label/data"),
            ("PARTUUID=\"0a\"", "/dev/disk/by-partuuid/0a"),
            ("/dev/sdb", "/dev/sdb"),
            ("host:/x", "host:/x"),
        ] {
            assert_eq!(path(device), expected);
        }
    }
}
