//! The parts of a rendered MachineConfig that the Machine Config Operator does not change (MCO
//! `pkg/controller/common/reconcile.go`, `IsRenderedConfigReconcilable`).

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::check::Check;
use crate::ignition::{self, devices, is_fips};
use crate::model::field::Field;
use crate::model::object::Object;
use crate::redact::policy::quotable_name;

/// A part that the operator does not change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FixedPart {
    /// FIPS mode.
    Fips,
    /// A device in a list of `storage`, which Ignition formats.
    Device(&'static str, String),
    /// An entry of another list of the Ignition config, by its path or its name.
    Entry(&'static str, String),
}

/// The lists of which the operator changes no entry, and the keys of their entries.
const LISTS: [(&str, &str); 4] = [
    ("storage.directories", "path"),
    ("storage.links", "path"),
    ("passwd.groups", "name"),
    ("passwd.users", "name"),
];

/// The user whose keys and password the operator changes.
const CORE: &str = "core";

/// Returns the parts of MachineConfigs. `None` where a part is unknown.
pub(super) fn of<'a>(
    machine_configs: impl IntoIterator<Item = &'a Object>,
) -> Option<BTreeSet<FixedPart>> {
    let mut parts = BTreeSet::new();
    for it in machine_configs {
        parts.extend(is_fips(it).then_some(FixedPart::Fips));
        let Some(config) = ignition::config(it) else { continue };
        for formatted in devices::formatted(config) {
            let device = formatted.device.known()?;
            parts.insert(FixedPart::Device(formatted.section, device.to_owned()));
        }
        for (list, key) in LISTS {
            let pointer = format!("/{}", list.replace('.', "/"));
            let entries = match config.pointer(&pointer) {
                None | Some(Value::Null) => continue,
                Some(entries) => entries.as_array()?,
            };
            let name = |entry: &'a Value| Field::text(&entry[key]).known();
            let names: Vec<&str> = entries.iter().map(name).collect::<Option<_>>()?;
            let fixed = names.into_iter().filter(|it| *it != CORE || list != "passwd.users");
            parts.extend(fixed.map(|it| FixedPart::Entry(list, it.to_owned())));
        }
    }
    Some(parts)
}

impl FixedPart {
    /// Returns whether the operator lets a pool lose the part, if these parts stay. Links and users stay on the machines; the
    /// operator refuses a change of their list only if the list still has an entry.
    pub(super) fn may_be_lost(&self, staying: &BTreeSet<Self>) -> bool {
        let Self::Entry(list @ ("storage.links" | "passwd.users"), _) = self else { return false };
        !staying.iter().any(|it| matches!(it, Self::Entry(other, _) if other == list))
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
            Self::Device(section, device) => write!(f, "{} in storage.{section}", shown(device)),
            // The names of people are not shown.
            Self::Entry(list @ "passwd.users", _) => write!(f, "a user in {list}"),
            Self::Entry(list @ "passwd.groups", _) => write!(f, "a group in {list}"),
            Self::Entry(list, path) => write!(f, "{} in {list}", shown(path)),
        }
    }
}
