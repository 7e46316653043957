//! The volumes of the masters beside their root volumes, by the provider specs of their Machines.

use serde_json::Value;

use crate::model::field::{Field, Unknown};
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::platform::aws;

/// Volumes that the masters are to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A volume that is attached under this name.
    Volume(String),
    /// No volume beside the root volume.
    RootAlone,
}

impl Wish {
    /// Returns whether a Machine has the wished volumes. Unknown if the volumes of the Machine are unknown.
    #[must_use]
    pub fn is_met_by(&self, machine: &Object) -> Field<bool> {
        let Some(spec) = aws::provider_spec(machine) else {
            return Field::Unknown(Unknown::NotUnderstood);
        };
        match volumes(spec) {
            Field::Absent => Field::Known(*self == Self::RootAlone),
            Field::Known(names) => Field::Known(match self {
                Self::Volume(wanted) => names.contains(&wanted.as_str()),
                Self::RootAlone => names.is_empty(),
            }),
            Field::Unknown(why) => Field::Unknown(why),
        }
    }
}

/// Returns whether the Machine of a master has a volume beside the root volume, as far as that is known.
#[must_use]
pub fn has_volumes(snapshot: &Snapshot) -> bool {
    snapshot.machines_of(names::MASTER).any(has_volume)
}

/// Returns the name of the first volume that the Machine of a master has beside the root volume, as far as that is known.
#[must_use]
pub fn volume_of_masters(snapshot: &Snapshot) -> Option<&str> {
    let mut specs = snapshot.machines_of(names::MASTER).filter_map(aws::provider_spec);
    specs.find_map(|it| volumes(it).known()?.first().copied())
}

/// Returns whether a Machine has a volume beside the root volume, as far as that is known.
#[must_use]
pub fn has_volume(machine: &Object) -> bool {
    let names = aws::provider_spec(machine).and_then(|it| volumes(it).known());
    names.is_some_and(|it| !it.is_empty())
}

/// Returns the names of the volumes in a provider spec beside the root volume.
#[must_use]
pub fn volumes(provider_spec: &Value) -> Field<Vec<&str>> {
    match placed_volumes(provider_spec) {
        Field::Known(volumes) => Field::Known(volumes.into_iter().map(|(_, name)| name).collect()),
        Field::Absent => Field::Absent,
        Field::Unknown(why) => Field::Unknown(why),
    }
}

/// Returns the volumes in a provider spec beside the root volume: the place of each in the list, and its name.
#[must_use]
pub fn placed_volumes(provider_spec: &Value) -> Field<Vec<(usize, &str)>> {
    let entries = match &provider_spec["blockDevices"] {
        Value::Null => return Field::Absent,
        Value::Array(entries) => entries,
        other => return Field::Unknown(Unknown::of(other)),
    };
    let (root, _) = aws::root_and_others(entries);
    let is_root = |it: &Value| root.is_some_and(|root| std::ptr::eq(root, it));
    // An entry without `ebs` is no volume: the Machine API passes over it.
    let volumes = entries.iter().enumerate().filter(|(_, it)| !is_root(it) && !it["ebs"].is_null());
    let mut found = Vec::new();
    for (place, volume) in volumes {
        match Field::text(&volume["deviceName"]) {
            Field::Known(name) => found.push((place, name)),
            Field::Absent => found.push((place, "")),
            Field::Unknown(why) => return Field::Unknown(why),
        }
    }
    Field::Known(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::object::ObjectRef;

    const VOLUME: &str = "/dev/xvdb";

    #[test]
    fn volumes_that_are_withheld_are_neither_there_nor_not() {
        let machine = |devices: Value| {
            Object::new(ObjectRef::machine("m"))
                .with("spec", json!({"providerSpec": {"value": {"blockDevices": devices}}}))
        };
        let withheld = json!({"_REDACTED": "x"});
        for (devices, with, without) in [
            (json!(null), Field::Known(false), Field::Known(true)),
            (json!([{"ebs": {}}]), Field::Known(false), Field::Known(true)),
            (
                json!([{"ebs": {}}, {"deviceName": VOLUME, "ebs": {}}]),
                Field::Known(true),
                Field::Known(false),
            ),
            (
                json!([{"ebs": {}}, {"deviceName": "/dev/xvdc", "ebs": {}}]),
                Field::Known(false),
                Field::Known(false),
            ),
            (
                json!([{"ebs": {}}, {"deviceName": "/dev/xvdc", "virtualName": "ephemeral0"}]),
                Field::Known(false),
                Field::Known(true),
            ),
            (
                withheld.clone(),
                Field::Unknown(Unknown::Withheld),
                Field::Unknown(Unknown::Withheld),
            ),
            (
                json!([{"ebs": {}}, {"deviceName": withheld, "ebs": {}}]),
                Field::Unknown(Unknown::Withheld),
                Field::Unknown(Unknown::Withheld),
            ),
        ] {
            let machine = machine(devices.clone());
            assert_eq!(Wish::Volume(VOLUME.to_owned()).is_met_by(&machine), with, "{devices}");
            assert_eq!(Wish::RootAlone.is_met_by(&machine), without, "{devices}");
        }
    }

    #[test]
    fn a_volume_is_found_by_its_place_and_not_by_its_name() {
        for (devices, expected) in [
            (json!([{"ebs": {}}, {"ebs": {}}]), vec![(1, "")]),
            (json!([{"deviceName": VOLUME, "ebs": {}}, {"ebs": {}}]), vec![(0, VOLUME)]),
            (
                json!([{"ebs": {}}, {"deviceName": VOLUME}, {"deviceName": VOLUME, "ebs": {}}]),
                vec![(2, VOLUME)],
            ),
        ] {
            let spec = json!({ "blockDevices": devices });
            assert_eq!(placed_volumes(&spec), Field::Known(expected), "{devices}");
        }
    }
}
