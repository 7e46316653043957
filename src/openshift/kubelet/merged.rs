//! MachineConfigs merged as Ignition merges them: units by name, drop-ins by name, files by path, and
//! within each of them field by field (coreos/ignition `config/merge`).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::text::{Assignment, assignments, includes_another};
use super::{ConfigPlace, KubeletDoubt, Provenance};
use crate::ignition;
use crate::ignition::contents;
use crate::model::field::{Field, Unknown, is_withheld};
use crate::model::object::Object;
use crate::redact::policy::quotable;

/// The merged configuration of several MachineConfigs. Keeps book of the files whose contents were asked for.
pub(crate) struct Merged<'a> {
    units: BTreeMap<&'a str, MergedUnit<'a>>,
    files: BTreeMap<String, Vec<Entry<'a>>>,
    links: BTreeMap<String, Entry<'a>>,
    kernel_arguments: Vec<(&'a Value, &'a str)>,
    asked: RefCell<BTreeSet<String>>,
}

/// An entry of a list in a MachineConfig.
struct Entry<'a> {
    body: &'a Value,
    machine_config: &'a str,
}

/// A unit of systemd.
#[derive(Default)]
pub(crate) struct MergedUnit<'a> {
    pub(crate) enabled: Option<Flag<'a>>,
    pub(crate) mask: Option<Flag<'a>>,
    pub(crate) contents: Option<Text<'a>>,
    pub(crate) drop_ins: BTreeMap<&'a str, Text<'a>>,
}

/// A field that is yes or no, and the MachineConfig that says so.
pub(crate) type Flag<'a> = (Field<bool>, &'a str);

/// A text, and the MachineConfig that holds the text.
pub(crate) type Text<'a> = (Field<&'a str>, &'a str);

/// A file of the merged config.
pub(crate) struct File {
    pub(crate) text: Field<String>,
    pub(crate) provenance: Provenance,
}

impl<'a> Merged<'a> {
    /// Merges MachineConfigs that stand in merge order.
    pub(crate) fn of(machine_configs: &[&'a Object]) -> Result<Self, KubeletDoubt> {
        let mut merged = Self {
            units: BTreeMap::new(),
            files: BTreeMap::new(),
            links: BTreeMap::new(),
            kernel_arguments: Vec::new(),
            asked: RefCell::default(),
        };
        for it in machine_configs {
            merged.add(it)?;
        }
        Ok(merged)
    }

    fn add(&mut self, machine_config: &'a Object) -> Result<(), KubeletDoubt> {
        let name = machine_config.name();
        let doubt = |value| {
            let provenance =
                Provenance { machine_config: name.to_owned(), place: ConfigPlace::Config };
            KubeletDoubt::Unknown(provenance, Unknown::of(value))
        };
        let spec = machine_config.get("/spec").unwrap_or(&Value::Null);
        if !spec.is_object() && !spec.is_null() || is_withheld(spec) {
            return Err(doubt(spec));
        }
        self.add_kernel_arguments(&spec["kernelArguments"], name);
        let Some(config) = ignition::config(machine_config) else { return Ok(()) };
        self.add_kernel_arguments(&config["kernelArguments"]["shouldExist"], name);
        if takes_another(config) {
            let provenance =
                Provenance { machine_config: name.to_owned(), place: ConfigPlace::Config };
            return Err(KubeletDoubt::about(&provenance, "takes parts of another Ignition config"));
        }
        let list = |section: &str, field: &str| -> Result<&'a [Value], KubeletDoubt> {
            for value in [config, &config[section]] {
                if !value.is_object() && !value.is_null() || is_withheld(value) {
                    return Err(doubt(value));
                }
            }
            match &config[section][field] {
                Value::Null => Ok(&[]),
                Value::Array(list) if list.iter().any(|it| !it.is_object() || is_withheld(it)) => {
                    Err(doubt(list.iter().find(|it| is_withheld(it)).unwrap_or(&Value::Null)))
                }
                Value::Array(list) => Ok(list),
                other => Err(doubt(other)),
            }
        };
        for unit in list("systemd", "units")? {
            let Some(key) = unit["name"].as_str() else { return Err(doubt(&unit["name"])) };
            let drop_ins = match &unit["dropins"] {
                Value::Null => &[][..],
                Value::Array(list) => list,
                other => return Err(doubt(other)),
            };
            let merged = self.units.entry(key).or_default();
            for drop_in in drop_ins {
                let Some(key) = drop_in["name"].as_str() else {
                    return Err(doubt(&drop_in["name"]));
                };
                let there = merged.drop_ins.entry(key).or_insert((Field::Absent, name));
                if !drop_in["contents"].is_null() {
                    *there = (Field::text(&drop_in["contents"]), name);
                }
            }
            if !unit["contents"].is_null() {
                merged.contents = Some((Field::text(&unit["contents"]), name));
            }
            for (field, flag) in [("enabled", &mut merged.enabled), ("mask", &mut merged.mask)] {
                match &unit[field] {
                    Value::Null => {}
                    Value::Bool(value) => *flag = Some((Field::Known(*value), name)),
                    other => *flag = Some((Field::Unknown(Unknown::of(other)), name)),
                }
            }
        }
        for file in list("storage", "files")? {
            let Some(path) = file["path"].as_str() else { return Err(doubt(&file["path"])) };
            let path = normal(path);
            // Files and links of one path replace each other.
            self.links.remove(&path);
            self.files.entry(path).or_default().push(Entry { body: file, machine_config: name });
        }
        for link in list("storage", "links")? {
            let Some(path) = link["path"].as_str() else { return Err(doubt(&link["path"])) };
            let path = normal(path);
            self.files.remove(&path);
            self.links.insert(path, Entry { body: link, machine_config: name });
        }
        Ok(())
    }

    fn add_kernel_arguments(&mut self, value: &'a Value, machine_config: &'a str) {
        let arguments = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let given = arguments.iter().filter(|it| !it.is_null());
        self.kernel_arguments.extend(given.map(|it| (it, machine_config)));
    }

    /// The kernel arguments, each with its place. An argument may be unknown.
    pub(crate) fn kernel_arguments(&self) -> impl Iterator<Item = (Field<&'a str>, Provenance)> {
        self.kernel_arguments.iter().map(|(value, name)| {
            let place = ConfigPlace::KernelArguments;
            (Field::text(value), Provenance { machine_config: (*name).to_owned(), place })
        })
    }

    pub(crate) fn unit(&self, name: &str) -> Option<&MergedUnit<'a>> {
        self.units.get(name)
    }

    pub(crate) fn units(&self) -> impl Iterator<Item = (&'a str, &MergedUnit<'a>)> {
        self.units.iter().map(|(name, unit)| (*name, unit))
    }

    /// The paths of files and links that begin with a text.
    pub(crate) fn paths(&self, beginning: &str) -> BTreeSet<&str> {
        self.all_paths().filter(|it| it.starts_with(beginning)).collect()
    }

    /// The paths of files and links.
    pub(crate) fn all_paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().chain(self.links.keys()).map(String::as_str)
    }

    /// Returns a path of a file or a link as this value holds the path.
    pub(crate) fn path(&self, path: &str) -> Option<&str> {
        let file = self.files.get_key_value(path).map(|(path, _)| path);
        let link = || self.links.get_key_value(path).map(|(path, _)| path);
        file.or_else(link).map(String::as_str)
    }

    /// A file. `None` where the MachineConfigs have none of this path.
    ///
    /// # Errors
    /// When the path, or a directory in the path, is a link.
    pub(crate) fn file(&self, path: &str) -> Result<Option<File>, KubeletDoubt> {
        let path = normal(path);
        let leads_to = |link: &str| path == *link || path.starts_with(&format!("{link}/"));
        if let Some((link, entry)) = self.links.iter().find(|(link, _)| leads_to(link)) {
            return Err(KubeletDoubt::about(
                &entry.provenance(link),
                "is a symbolic link, which is not supported",
            ));
        }
        let Some(entries) = self.files.get(&path) else { return Ok(None) };
        self.asked
            .borrow_mut()
            .extend(entries.iter().filter_map(|it| it.body["path"].as_str()).map(str::to_owned));
        let Some(last) = entries.last() else { return Ok(None) };
        let provenance = last.provenance(&path);
        Ok(Some(File { text: text(entries), provenance }))
    }

    /// A file. `None` where the path is a link itself, or the MachineConfigs have none of this path.
    fn file_unless_linked(&self, path: &str) -> Result<Option<File>, KubeletDoubt> {
        if self.links.contains_key(path) { Ok(None) } else { self.file(path) }
    }

    /// The target of a link. `None` where there is no link of this path.
    pub(crate) fn link(&self, path: &str) -> Option<(&'a str, Provenance)> {
        let entry = self.links.get(path)?;
        Some((entry.body["target"].as_str().unwrap_or_default(), entry.provenance(path)))
    }

    /// The files whose contents were asked for, by their paths as the MachineConfigs have them.
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.asked.borrow().clone()
    }
}

/// The fault of something beside a unit of oc-etcd.
pub(crate) const CHANGES: &str = "changes the unit of oc-etcd";

/// The directories of systemd.
pub(crate) const SYSTEMD: [&str; 4] =
    ["/etc/systemd/", "/run/systemd/", "/usr/lib/systemd/", "/usr/local/lib/systemd/"];

/// Finds files and links that change a unit: a file or a link of its name, a drop-in of the unit, of the beginning
/// of its name or of all units of its type, and another name of the unit, whose drop-ins count too.
///
/// # Errors
/// When there is one, or when its contents are unknown.
pub(crate) fn beside_unit(merged: &Merged<'_>, unit: &str) -> Result<(), KubeletDoubt> {
    let (stem, kind) = unit.rsplit_once('.').unwrap_or((unit, ""));
    for (argument, provenance) in merged.kernel_arguments() {
        match argument {
            Field::Known(text) => {
                let found = text.split_whitespace().find(|it| keeps_from_start(it, unit));
                let Some(found) = found else { continue };
                // One word of systemd's is no secret; what stands behind `=` may be one.
                let shown = if found.contains('=') { quotable(found) } else { found.to_owned() };
                let why = format!("({shown}) may keep systemd from starting the units of oc-etcd");
                return Err(KubeletDoubt::about(&provenance, why));
            }
            Field::Unknown(why) => return Err(KubeletDoubt::Unknown(provenance, why)),
            Field::Absent => {}
        }
    }
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
            (None, Some(File { text: Field::Unknown(why), provenance })) if is_of_type => {
                return Err(KubeletDoubt::Unknown(provenance, why));
            }
            (None, Some(file)) => return Err(KubeletDoubt::about(&file.provenance, CHANGES)),
            (None, None) => {}
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
        Some(File { text: Field::Unknown(why), provenance }) => {
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

impl Entry<'_> {
    fn provenance(&self, path: &str) -> Provenance {
        Provenance {
            machine_config: self.machine_config.to_owned(),
            place: ConfigPlace::File(path.to_owned()),
        }
    }
}

/// Returns whether the machine fetches or decodes another Ignition config: one to `merge` (spec 3) or to
/// `append` (spec 2), or one in the place of this one.
fn takes_another(config: &Value) -> bool {
    ignition::references(config).any(|(_, it)| match &it["source"] {
        Value::Null => !it.is_object() && !it.is_null() || is_withheld(it),
        source => source != "",
    })
}

/// The text of a file that one or several MachineConfigs have.
fn text(entries: &[Entry<'_>]) -> Field<String> {
    let mut contents = Value::Null;
    let mut append = Vec::new();
    for Entry { body, .. } in entries {
        match (&mut contents, &body["contents"]) {
            (_, Value::Null) => {}
            (Value::Object(fields), Value::Object(new)) if !is_withheld(&body["contents"]) => {
                let given = new.iter().filter(|(_, value)| !value.is_null());
                fields.extend(given.map(|(key, value)| (key.clone(), value.clone())));
            }
            (there, new) => *there = new.clone(),
        }
        match &body["append"] {
            Value::Null => {}
            Value::Array(list) => append.extend(list.iter().cloned()),
            other => return Field::Unknown(Unknown::of(other)),
        }
    }
    let file = Map::from_iter([
        ("contents".to_owned(), contents),
        ("append".to_owned(), Value::Array(append)),
    ]);
    contents::file_text(&file.into())
}

/// A path without `.`, `..` and doubled slashes, and by the directory that a link of the operating
/// system leads to.
fn normal(path: &str) -> String {
    const LINKS: [(&str, &str); 3] =
        [("/lib/", "/usr/lib/"), ("/var/run/", "/run/"), ("/var/usrlocal/", "/usr/local/")];
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = format!("/{}", parts.join("/"));
    let linked = LINKS
        .iter()
        .find_map(|(from, to)| path.strip_prefix(from).map(|rest| format!("{to}{rest}")));
    linked.unwrap_or(path)
}
