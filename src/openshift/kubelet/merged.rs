//! MachineConfigs merged as Ignition merges them: units by name, drop-ins by name, files by path, and
//! within each of them field by field (coreos/ignition `config/merge`).

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::config_part::ConfigPart;
use super::script::whole_lines;
use super::{ConfigPlace, KubeletDoubt, Provenance};
use crate::ignition;
use crate::ignition::contents;
use crate::model::field::{Field, Unknown, is_withheld};
use crate::model::object::Object;

/// The merged configuration of several MachineConfigs. Keeps book of the files whose contents were asked for.
pub(crate) struct Merged<'a> {
    units: BTreeMap<&'a str, MergedUnit<'a>>,
    files: BTreeMap<String, Vec<Entry<'a>>>,
    links: BTreeMap<String, Entry<'a>>,
    directories: BTreeMap<String, Entry<'a>>,
    file_systems: Vec<ConfigPart<'a>>,
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
    lines: OnceCell<String>,
}

impl File {
    /// The whole lines of a text that is known.
    pub(crate) fn lines(&self) -> Option<&str> {
        let Field::Known(text) = &self.text else { return None };
        Some(self.lines.get_or_init(|| whole_lines(text)))
    }

    /// The text, which is empty where the file has none, and its place.
    pub(crate) fn contents(self) -> Result<(String, Provenance), KubeletDoubt> {
        match self.text {
            Field::Absent => Ok((String::new(), self.provenance)),
            Field::Known(text) => Ok((text, self.provenance)),
            Field::Unknown(why) => Err(KubeletDoubt::Unknown(self.provenance, why)),
        }
    }
}

impl<'a> Merged<'a> {
    /// Merges MachineConfigs that stand in merge order.
    pub(crate) fn of(machine_configs: &[&'a Object]) -> Result<Self, KubeletDoubt> {
        let mut merged = Self {
            units: BTreeMap::new(),
            files: BTreeMap::new(),
            links: BTreeMap::new(),
            directories: BTreeMap::new(),
            file_systems: Vec::new(),
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
        let spec = machine_config.get("/spec").unwrap_or(&Value::Null);
        let spec = ConfigPart::spec(spec, name);
        self.add_kernel_arguments(spec.field("kernelArguments")?.value, name);
        let config = spec.field("config")?;
        self.add_kernel_arguments(&config.value["kernelArguments"]["shouldExist"], name);
        if let Some(field) = other_config(config.value) {
            let part = config.field("ignition")?.field("config")?.field(field)?;
            return Err(part.doubt("takes parts of another Ignition config"));
        }
        for unit in config.field("systemd")?.field("units")?.entries()? {
            let merged = self.units.entry(unit.key("name")?).or_default();
            for drop_in in unit.field("dropins")?.entries()? {
                let key = drop_in.key("name")?;
                let there = merged.drop_ins.entry(key).or_insert((Field::Absent, name));
                let contents = &drop_in.value["contents"];
                if !contents.is_null() {
                    *there = (Field::text(contents), name);
                }
            }
            let contents = &unit.value["contents"];
            if !contents.is_null() {
                merged.contents = Some((Field::text(contents), name));
            }
            for (field, flag) in [("enabled", &mut merged.enabled), ("mask", &mut merged.mask)] {
                match &unit.value[field] {
                    Value::Null => {}
                    Value::Bool(value) => *flag = Some((Field::Known(*value), name)),
                    other => *flag = Some((Field::Unknown(Unknown::of(other)), name)),
                }
            }
        }
        let storage = config.field("storage")?;
        let entry = |part: &ConfigPart<'a>| Entry { body: part.value, machine_config: name };
        for file in storage.field("files")?.entries()? {
            let path = normal(file.key("path")?);
            // Files, links and directories of one path replace each other.
            self.links.remove(&path);
            self.directories.remove(&path);
            self.files.entry(path).or_default().push(entry(&file));
        }
        for link in storage.field("links")?.entries()? {
            let path = normal(link.key("path")?);
            self.files.remove(&path);
            self.directories.remove(&path);
            self.links.insert(path, entry(&link));
        }
        for directory in storage.field("directories")?.entries()? {
            let path = normal(directory.key("path")?);
            self.files.remove(&path);
            self.links.remove(&path);
            self.directories.insert(path, entry(&directory));
        }
        self.file_systems.extend(storage.field("filesystems")?.entries()?);
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

    /// Returns whether systemd does not start a unit because the unit is masked. Ignition writes the contents of a unit
    /// after links, over a link of the same path (coreos/ignition `internal/exec/stages/files`).
    pub(crate) fn is_masked(&self, name: &str) -> bool {
        let unit = self.units.get(name);
        let mask = unit.and_then(|it| it.mask.as_ref());
        let is_written = unit.and_then(|it| it.contents.as_ref());
        let is_written =
            is_written.is_some_and(|it| !matches!(it.0, Field::Absent | Field::Known("")));
        let link = self.link(&format!("/etc/systemd/system/{name}"));
        mask.is_some_and(|it| it.0 == Field::Known(true))
            || (!is_written && link.is_some_and(|it| it.0 == "/dev/null"))
    }

    /// The paths of files and links that begin with a text.
    pub(crate) fn paths(&self, beginning: &str) -> BTreeSet<&str> {
        self.all_paths().filter(|it| it.starts_with(beginning)).collect()
    }

    /// The paths of files and links.
    pub(crate) fn all_paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().chain(self.links.keys()).map(String::as_str)
    }

    /// The place of a file or a link.
    pub(crate) fn place(&self, path: &str) -> Option<Provenance> {
        let file = self.files.get(path).and_then(|it| it.last());
        file.or_else(|| self.links.get(path)).map(|it| it.provenance(path))
    }

    /// The places at which Ignition mounts file systems, as far as they are known.
    pub(crate) fn mount_points(&self) -> impl Iterator<Item = (&'a str, Provenance)> {
        let file_systems = self.file_systems.iter();
        file_systems.filter_map(|it| Some((it.value["path"].as_str()?, it.provenance())))
    }

    /// Returns the path of a file as this value holds the path: where the links lead to. `None` where the MachineConfigs
    /// have no such file.
    pub(crate) fn path(&self, path: &str) -> Option<&str> {
        if !path.starts_with('/') {
            return None;
        }
        let target = self.target(path);
        self.files.get_key_value(&target).map(|(path, _)| path.as_str())
    }

    /// Returns where the links of the MachineConfigs lead from a path.
    pub(crate) fn target(&self, path: &str) -> String {
        // The kernel follows as many.
        const MOST: usize = 40;
        let mut path = normal(path);
        for _ in 0..MOST {
            let Some((link, entry)) = self.link_of(&path) else { break };
            let parent = link.rsplit_once('/').map_or("", |it| it.0);
            let target = entry.body["target"].as_str().unwrap_or_default();
            let base = if target.starts_with('/') { "" } else { parent };
            path = normal(&format!("{base}/{target}/{}", &path[link.len()..]));
        }
        path
    }

    /// The link that a path is, or that is a directory of the path.
    fn link_of(&self, path: &str) -> Option<(&str, &Entry<'a>)> {
        let found = self.links.iter().find(|(link, _)| leads_to(link, path));
        found.map(|(link, entry)| (link.as_str(), entry))
    }

    /// Fails where a path, or a directory in the path, is a link.
    pub(crate) fn unlinked(&self, path: &str) -> Result<(), KubeletDoubt> {
        self.link_of(path).map_or(Ok(()), |(link, entry)| {
            Err(KubeletDoubt::about(&entry.provenance(link), IS_LINK))
        })
    }

    /// A file. `None` where the MachineConfigs have none of this path.
    ///
    /// # Errors
    /// When the path, or a directory in the path, is a link, or when the path is a directory.
    pub(crate) fn file(&self, path: &str) -> Result<Option<File>, KubeletDoubt> {
        let path = normal(path);
        self.unlinked(&path)?;
        if let Some(entry) = self.directories.get(&path) {
            return Err(KubeletDoubt::about(&entry.provenance(&path), "is a directory"));
        }
        Ok(self.file_behind(&path))
    }

    /// The file that a path leads to, behind links too. `None` where the MachineConfigs have no such file.
    pub(crate) fn file_behind(&self, path: &str) -> Option<File> {
        let path = self.target(path);
        let entries = self.files.get(&path)?;
        self.asked
            .borrow_mut()
            .extend(entries.iter().filter_map(|it| it.body["path"].as_str()).map(str::to_owned));
        // Who adds to a file decides on the result as much as who wrote the file, and is the less expected.
        let adding = entries.iter().rfind(|it| ignition::is_appending(it.body));
        let provenance = adding.or_else(|| entries.last())?.provenance(&path);
        Some(File { text: text(entries), provenance, lines: OnceCell::new() })
    }

    /// A file. `None` where the path is a link itself, or the MachineConfigs have none of this path.
    pub(crate) fn file_unless_linked(&self, path: &str) -> Result<Option<File>, KubeletDoubt> {
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

/// The directories of systemd.
pub(crate) const SYSTEMD: [&str; 4] =
    ["/etc/systemd/", "/run/systemd/", "/usr/lib/systemd/", "/usr/local/lib/systemd/"];

impl Entry<'_> {
    fn provenance(&self, path: &str) -> Provenance {
        Provenance {
            machine_config: self.machine_config.to_owned(),
            place: ConfigPlace::File(path.to_owned()),
        }
    }
}

/// The field by which the machine fetches or decodes another Ignition config: one to `merge` (spec 3) or to `append`
/// (spec 2), or one in the place of this one.
fn other_config(config: &Value) -> Option<&'static str> {
    let mut references = ignition::references(config);
    let found = references.find(|(_, it)| match &it["source"] {
        Value::Null => !it.is_object() && !it.is_null() || is_withheld(it),
        source => source != "",
    });
    found.map(|it| it.0)
}

/// The fault of a link in the place of a file that is to be read.
pub(crate) const IS_LINK: &str = "is a symbolic link, which is not supported";

/// Returns whether a path is another path, or a directory in the other path.
pub(crate) fn leads_to(directory: &str, path: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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

/// A path without `.`, `..` and doubled slashes, and by the directories that the links of the operating system lead to,
/// or lead from.
pub(crate) fn normal(path: &str) -> String {
    const LINKS: [(&str, &str); 12] = [
        ("/bin", "/usr/bin"),
        ("/etc/rc.local", "/etc/rc.d/rc.local"),
        ("/lib", "/usr/lib"),
        ("/lib64", "/usr/lib64"),
        ("/sbin", "/usr/sbin"),
        ("/var/home", "/home"),
        ("/var/mnt", "/mnt"),
        ("/var/opt", "/opt"),
        ("/var/roothome", "/root"),
        ("/var/run", "/run"),
        ("/var/srv", "/srv"),
        ("/var/usrlocal", "/usr/local"),
    ];
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
    match LINKS.iter().find(|(from, _)| leads_to(from, &path)) {
        Some((from, to)) => format!("{to}{}", &path[from.len()..]),
        None => path,
    }
}
