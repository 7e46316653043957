//! The parts of a rendered MachineConfig that the Machine Config Operator does not change (MCO
//! `pkg/controller/common/reconcile.go`, `IsRenderedConfigReconcilable`).

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::check::Check;
use crate::ignition::{self, is_fips};
use crate::model::field::{Field, holds_withheld};
use crate::model::object::Object;
use crate::redact::policy::quotable_name;

/// A part that the operator does not change.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FixedPart {
    /// FIPS mode.
    Fips,
    /// An entry of a list of `storage`, by its device or its name, with which Ignition formats a device.
    Device(&'static str, String),
    /// An entry of another list of the Ignition config, by its path or its name.
    Entry(&'static str, String),
}

/// Parts that the operator does not change, each with its fields after the merge, as far as the fields are known.
pub(super) struct FixedParts(BTreeMap<FixedPart, Option<Value>>);

/// The lists that the operator does not change, and the keys of their entries. Entries without a key are texts.
const LISTS: [(&str, &str); 9] = [
    ("storage.disks", "device"),
    ("storage.filesystems", "device"),
    ("storage.raid", "name"),
    ("storage.directories", "path"),
    ("storage.links", "path"),
    ("passwd.groups", "name"),
    ("passwd.users", "name"),
    ("kernelArguments.shouldExist", ""),
    ("kernelArguments.shouldNotExist", ""),
];

/// The lists of which a later entry replaces an earlier entry of another one with the same path (coreos/ignition
/// `config/v3_5/types/storage.go`, `MergedKeys`).
const PATHS: [&str; 3] = ["storage.directories", "storage.files", "storage.links"];

/// The lists with which Ignition formats devices.
const DEVICES: [&str; 3] = ["storage.disks", "storage.filesystems", "storage.raid"];

/// The fields of entries and of what is in entries: the operator drops every other field (coreos/ignition
/// `config/v3_5/types/schema.go`).
#[rustfmt::skip]
const FIELDS: [&str; 42] = [
    "device", "devices", "format", "gecos", "gid", "group", "groups", "guid", "hard", "homeDir", "id", "label", "level",
    "mode", "mountOptions", "name", "noCreateHome", "noLogInit", "noUserGroup", "number", "options", "overwrite",
    "partitions", "passwordHash", "path", "primaryGroup", "resize", "shell", "shouldExist", "sizeMiB", "spares",
    "sshAuthorizedKeys", "startMiB", "system", "target", "typeGuid", "uid", "user", "uuid", "wipeFilesystem",
    "wipePartitionEntry", "wipeTable",
];

/// The user whose keys and password the operator changes.
const CORE: &str = "core";

/// Returns the parts of MachineConfigs that stand in merge order. `None` where the name of a part is unknown.
pub(super) fn of<'a>(machine_configs: impl IntoIterator<Item = &'a Object>) -> Option<FixedParts> {
    let mut parts = BTreeMap::new();
    for it in machine_configs {
        if is_fips(it) {
            parts.insert(FixedPart::Fips, None);
        }
        let Some(config) = ignition::config(it) else { continue };
        let entries = |list: &str| config.pointer(&format!("/{}", list.replace('.', "/")));
        for path in PATHS {
            for it in entries(path).and_then(Value::as_array).into_iter().flatten() {
                let replaced = |part: &FixedPart| {
                    matches!(part, FixedPart::Entry(list, name)
                    if PATHS.contains(list) && *list != path && it["path"] == **name)
                };
                parts.retain(|part, _| !replaced(part));
            }
        }
        // The operator converts the fields of spec 2.
        let is_converted = ignition::version(it).is_some_and(|it| it.starts_with("2."));
        for (list, key) in LISTS {
            let entries = match entries(list) {
                None | Some(Value::Null) => continue,
                Some(entries) => entries.as_array()?,
            };
            for entry in entries {
                let name = match entry {
                    Value::String(_) => Field::text(entry),
                    // Spec 2 has the device of a file system one level deeper.
                    _ if list == "storage.filesystems" && entry[key].is_null() => {
                        Field::text(&entry["mount"][key])
                    }
                    _ => Field::text(&entry[key]),
                };
                let part = match name {
                    Field::Absent if DEVICES.contains(&list) => continue,
                    Field::Known(CORE) if list == "passwd.users" => continue,
                    name if DEVICES.contains(&list) => {
                        FixedPart::Device(list, name.known()?.to_owned())
                    }
                    name => FixedPart::Entry(list, name.known()?.to_owned()),
                };
                let is_known = !is_converted && !holds_withheld(entry);
                let fields = is_known.then(|| understood(entry));
                let earlier = parts.get(&part).cloned();
                let merged = match earlier {
                    None => fields,
                    Some(earlier) => earlier.zip(fields).and_then(|(a, b)| merged(a, b)),
                };
                parts.insert(part, merged);
            }
        }
    }
    Some(FixedParts(parts))
}

/// Returns a value as the operator reads it: without fields that the operator does not know, or that are empty.
fn understood(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let known = fields.iter().filter(|(key, _)| FIELDS.contains(&key.as_str()));
            let read = known.map(|(key, it)| (key.clone(), understood(it)));
            let is_empty = |key: &str, it: &Value| match it {
                Value::Null => true,
                Value::Array(list) => list.is_empty(),
                Value::Object(fields) => fields.is_empty(),
                // The number of a partition has no other form for none.
                it => key == "number" && *it == 0,
            };
            read.filter(|(key, it)| !is_empty(key, it)).collect::<Map<_, _>>().into()
        }
        Value::Array(list) => list.iter().map(understood).collect(),
        other => other.clone(),
    }
}

/// Merges an entry with a later entry of the same name, as Ignition does (coreos/ignition `config/merge`). `None` where
/// both have entries in a list that this function does not merge.
fn merged(earlier: Value, later: Value) -> Option<Value> {
    let (Value::Object(mut fields), Value::Object(changes)) = (earlier, later.clone()) else {
        return Some(later);
    };
    for (key, change) in changes {
        let field = match (fields.remove(&key), change) {
            (Some(Value::Array(mut list)), Value::Array(more)) => {
                match key.as_str() {
                    "mountOptions" | "options" => list.extend(more),
                    _ if list != more => return None,
                    _ => {}
                }
                list.into()
            }
            (Some(before), change) => merged(before, change)?,
            (None, change) => change,
        };
        fields.insert(key, field);
    }
    Some(fields.into())
}

impl FixedParts {
    /// Returns the parts that others do not have, or have with other fields.
    pub(super) fn difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a FixedPart> {
        let is_same = |part, fields: &Option<Value>| match (other.0.get(part), fields) {
            (None, _) => false,
            (Some(Some(theirs)), Some(fields)) => theirs == fields,
            (Some(_), _) => true,
        };
        self.0.iter().filter(move |(part, fields)| !is_same(part, fields)).map(|it| it.0)
    }

    /// Returns whether a part is there, whatever its fields.
    pub(super) fn contains(&self, part: &FixedPart) -> bool {
        self.0.contains_key(part)
    }
}

impl FixedPart {
    /// Returns whether the operator lets a pool lose the part, if these parts stay. Links and users stay on the machines; the
    /// operator refuses a change of their list only if the list still has an entry.
    pub(super) fn may_be_lost(&self, staying: &FixedParts) -> bool {
        let Self::Entry(list @ ("storage.links" | "passwd.users"), _) = self else { return false };
        !staying.0.keys().any(|it| matches!(it, Self::Entry(other, _) if other == list))
    }

    /// Returns what such parts are called.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Fips => "the FIPS mode",
            Self::Device(..) => "disks",
            Self::Entry(list, _) => list,
        }
    }

    /// The check that a change of the part fails.
    pub(super) const fn check(&self) -> Check {
        match self {
            Self::Device(..) => Check::DiskDeviceUncertain,
            // `fips-mismatch` can be ignored, and this cannot.
            Self::Fips | Self::Entry(..) => Check::SourceUnexpected,
        }
    }
}

impl fmt::Display for FixedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |name: &str| match quotable_name(name) {
            it if it == name => it,
            _ => "an entry".to_owned(),
        };
        match self {
            Self::Fips => f.write_str("`fips: true`"),
            // The names of people are not shown.
            Self::Entry(list @ "passwd.users", _) => write!(f, "a user in {list}"),
            Self::Entry(list @ "passwd.groups", _) => write!(f, "a group in {list}"),
            Self::Device(list, name) | Self::Entry(list, name) => {
                write!(f, "{} in {list}", shown(name))
            }
        }
    }
}
