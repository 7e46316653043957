//! Compares the template of a ControlPlaneMachineSet with the machines of the masters.
//!
//! A machine that differs from the template is replaced by a machine that matches the template, so that the next
//! replacement also applies each earlier change of the template. The operator names differences only in its log. The
//! operator compares the typed provider specs
//! (`pkg/machineproviders/providers/openshift/machine/v1beta1/providerconfig`) after it has set the zone and the subnet
//! of the machine's failure domain; up to 4.20, the operator also compares the image.

use serde_json::{Map, Value};

use crate::model::field::{Masking, is_withheld, masking};
use crate::model::object::Object;
use crate::model::release::Release;
use crate::openshift::control_plane_machine_set::ControlPlaneMachineSet;
use crate::openshift::master_volumes::{Wish, placed_volumes};
use crate::platform::aws;
use crate::redact::policy::{quotable_field, quotable_name};

/// The first release whose operator does not compare the image.
const IMAGE_IGNORED: Release = Release::minor(21);

/// Result of comparing the template with a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Fields that differ, with both values if the values are numbers, booleans or known names.
    pub differences: Vec<String>,
    /// Fields that could not be compared.
    pub unknown: Vec<String>,
}

/// Compares the template with a Machine, except the volumes of a change: the wished volume, unless both sides have it,
/// or each volume beside the root volume.
pub fn compare(
    set: &ControlPlaneMachineSet<'_>,
    machine: &Object,
    release: Option<Release>,
    wish: Option<&Wish>,
) -> Comparison {
    let mut found = Comparison::default();
    let (Some(template), Some(spec)) = (set.provider_spec(), aws::provider_spec(machine)) else {
        found.unknown.push("providerSpec".to_owned());
        return found;
    };
    let mut sides = [template.clone(), spec.clone()];
    let left_out = left_out(&sides, wish);
    for (side, left_out) in sides.iter_mut().zip(&left_out) {
        if set.has_failure_domains() {
            if let Value::Object(placement) = &mut side["placement"] {
                placement.remove("availabilityZone");
            }
            side["subnet"] = Value::Null;
        }
        if release.is_some_and(|it| it >= IMAGE_IGNORED) {
            side["ami"] = Value::Null;
        }
        if let Some(devices) = side["blockDevices"].as_array_mut() {
            let mut places = 0..;
            devices.retain(|_| places.next().is_none_or(|it| !left_out.contains(&it)));
        }
    }
    let [template, spec] = sides.map(normal);
    found.walk(&template, &spec, &mut Vec::new());
    found
}

/// Returns the places of the volumes that a change adds or removes, on each side.
fn left_out(sides: &[Value; 2], wish: Option<&Wish>) -> [Vec<usize>; 2] {
    let volumes = sides.each_ref().map(|it| placed_volumes(it).known().unwrap_or_default());
    let are_with = |wanted: &str| volumes.iter().all(|it| it.iter().any(|it| it.1 == wanted));
    let is_left_out = |name: &str| match wish {
        None => false,
        Some(Wish::RootAlone) => true,
        Some(Wish::Volume(wanted)) => name == wanted && !are_with(wanted),
    };
    volumes.each_ref().map(|it| it.iter().filter(|it| is_left_out(it.1)).map(|it| it.0).collect())
}

/// The texts that are pointers in Go's type of the provider spec: an empty text is another value than none (openshift/api
/// `machine/v1beta1/types_awsprovider.go`).
const POINTERS: [&str; 8] =
    ["arn", "deviceName", "id", "keyName", "maxPrice", "noDevice", "virtualName", "volumeType"];

/// The value without empty fields: most texts and structures of the Go types do not distinguish between empty and absent.
/// Zero and false stay, because all numbers and booleans of the provider spec but one are pointers.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(_) if is_withheld(&value) => value,
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, it)| {
                let is_pointer = it.is_string() && POINTERS.contains(&key.as_str());
                let is_none = key == "deviceIndex" && it == 0;
                let value = if is_none {
                    Value::Null
                } else if is_pointer {
                    it
                } else {
                    normal(it)
                };
                (key, value)
            });
            let fields: Map<String, Value> = fields.filter(|(_, it)| !it.is_null()).collect();
            if fields.is_empty() { Value::Null } else { Value::Object(fields) }
        }
        Value::Array(list) if list.is_empty() => Value::Null,
        Value::Array(list) => list.into_iter().map(normal).collect(),
        Value::String(text) if text.is_empty() => Value::Null,
        other => other,
    }
}

impl Comparison {
    fn walk(&mut self, template: &Value, machine: &Value, path: &mut Vec<String>) {
        if is_unknown(template) || is_unknown(machine) {
            self.unknown.push(name(path));
            return;
        }
        if template == machine {
            // Both lists may have the same withheld part.
            if holds_unknown(template) {
                self.unknown.push(name(path));
            }
            return;
        }
        if let (Value::Array(one), Value::Array(other)) = (template, machine)
            && one.len() == other.len()
        {
            if holds_unknown(template) || holds_unknown(machine) {
                return self.walk_lists(one, other, path);
            }
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                path.push(index.to_string());
                self.walk(one, other, path);
                path.pop();
            }
            return;
        }
        let none = Map::new();
        let fields = |value: &'_ Value| value.as_object().cloned();
        let (of_template, of_machine) = match (fields(template), fields(machine)) {
            (Some(one), Some(other)) => (one, other),
            (Some(one), None) if machine.is_null() => (one, none),
            (None, Some(other)) if template.is_null() => (none, other),
            _ => return self.differ(template, machine, path),
        };
        let mut keys: Vec<&String> = of_template.keys().chain(of_machine.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            path.push(key.clone());
            let field = |of: &Map<String, Value>| of.get(key).cloned().unwrap_or(Value::Null);
            self.walk(&field(&of_template), &field(&of_machine), path);
            path.pop();
        }
    }

    /// Compares two lists of the same length of which a part is unknown: they differ if the known parts differ. As the
    /// operator, the comparison takes entries in their order.
    fn walk_lists(&mut self, template: &[Value], machine: &[Value], path: &mut Vec<String>) {
        let mut entries = Self::default();
        for (one, other) in template.iter().zip(machine) {
            entries.walk(one, other, path);
        }
        let found =
            if entries.differences.is_empty() { &mut self.unknown } else { &mut self.differences };
        found.push(name(path));
    }

    fn differ(&mut self, template: &Value, machine: &Value, path: &[String]) {
        let name = name(path);
        self.differences.push(match (shown(path, template), shown(path, machine)) {
            (Some(template), Some(machine)) => {
                format!("{name} is {machine}, and {template} in the template")
            }
            _ => name,
        });
    }
}

fn is_unknown(value: &Value) -> bool {
    is_withheld(value) || value.as_str().is_some_and(|it| masking(it) != Masking::None)
}

fn holds_unknown(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(holds_unknown),
        Value::Object(fields) => is_unknown(value) || fields.values().any(holds_unknown),
        other => is_unknown(other),
    }
}

fn name(path: &[String]) -> String {
    match path {
        [] => "providerSpec".to_owned(),
        path => quotable_field(path),
    }
}

/// Fields whose texts are names that AWS gives, or words of a fixed set.
const TEXTS: [&str; 7] =
    ["authentication", "availabilityZone", "id", "instanceType", "region", "tenancy", "volumeType"];

/// The value as a message shows it. `None` for other texts, lists and objects: a message shows only the field's name.
fn shown(path: &[String], value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("not set".to_owned()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::String(text) => {
            let is_known = path.last().is_some_and(|it| TEXTS.contains(&it.as_str()));
            let is_secret = path == ["userDataSecret", "name"];
            is_known.then(|| text.clone()).or_else(|| is_secret.then(|| quotable_name(text)))
        }
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::names;
    use crate::model::snapshot::Snapshot;
    use crate::openshift::control_plane_machine_set::reference;
    use crate::status::fixtures::cluster;

    const TEMPLATE: &str =
        "/spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value";

    /// Compares after a change of the template's provider spec.
    fn compared(release: u32, change: impl FnOnce(&mut Value)) -> (Vec<String>, Vec<String>) {
        let snapshot = cluster(&["4.16"]);
        let mut body = snapshot.get(&reference()).unwrap().body().clone();
        change(body.pointer_mut(TEMPLATE).unwrap());
        let snapshot: Snapshot = snapshot.with_objects([Object::from_value(body).unwrap()]);
        let set = ControlPlaneMachineSet::of(&snapshot).unwrap();
        let machine = snapshot.machines_of(names::MASTER).next().unwrap();
        let wish = Wish::Volume("/dev/xvdb".to_owned());
        let found = compare(&set, machine, Some(Release::minor(release)), Some(&wish));
        (found.differences, found.unknown)
    }

    #[test]
    fn a_machine_is_compared_with_the_template_as_the_operator_does() {
        let none = (vec![], vec![]);
        let differs = |text: &str| (vec![text.to_owned()], vec![]);
        let unknown = |text: &str| (vec![], vec![text.to_owned()]);
        assert_eq!(compared(16, |_| ()), none);
        assert_eq!(compared(16, |it| it["capacityReservationId"] = "".into()), none);
        assert_eq!(compared(16, |it| it["subnet"] = json!({"id": "subnet-other"})), none);
        assert_eq!(
            compared(16, |it| it["instanceType"] = "m6i.4xlarge".into()),
            differs("instanceType is m6i.2xlarge, and m6i.4xlarge in the template")
        );
        // A pointer to an empty text is no nil pointer, and an index of a device is no pointer.
        let key = |it: &mut Value| it["blockDevices"][0]["ebs"]["kmsKey"] = json!({});
        assert_eq!(compared(16, key), differs("blockDevices.0.ebs.kmsKey.arn"));
        let encrypted = |it: &mut Value| it["blockDevices"][0]["ebs"]["encrypted"] = false.into();
        assert_eq!(
            compared(16, encrypted),
            differs("blockDevices.0.ebs.encrypted is true, and false in the template")
        );
        assert_eq!(
            compared(16, |it| it["userDataSecret"]["name"] = "worker-user-data".into()),
            differs(
                "userDataSecret.name is master-user-data, and worker-user-data in the template"
            )
        );
        let without_index = |it: &mut Value| {
            it.as_object_mut().unwrap().remove("deviceIndex");
        };
        assert_eq!(compared(16, without_index), none);
        let image = |it: &mut Value| it["ami"]["id"] = "ami-1".into();
        assert_eq!(compared(20, image).0.len(), 1);
        assert_eq!(compared(21, image), none);
        assert_eq!(
            compared(16, |it| it["publicIp"] = false.into()),
            differs("publicIp is not set, and false in the template")
        );
        assert_eq!(
            compared(16, |it| it["fieldOfTomorrow"] = json!(["x"])),
            differs("fieldOfTomorrow")
        );
        let more = |it: &mut Value, device: &str| {
            let devices = it["blockDevices"].as_array_mut().unwrap();
            devices.push(json!({"deviceName": device, "ebs": {"volumeSize": 64}}));
        };
        assert_eq!(compared(16, |it| more(it, "/dev/xvdb")), none);
        assert_eq!(compared(16, |it| more(it, "/dev/xvdc")), differs("blockDevices"));
        let withheld = json!({"_REDACTED": "x", "length": 3});
        assert_eq!(
            compared(16, |it| it["instanceType"] = withheld.clone()),
            unknown("instanceType")
        );
        let in_a_list = |it: &mut Value| it["tags"][0]["value"] = withheld.clone();
        assert_eq!(compared(16, in_a_list), unknown("tags"));
        let differing = |it: &mut Value| {
            it["tags"][0] = json!({"name": "another", "value": withheld.clone()});
        };
        assert_eq!(compared(16, differing), differs("tags"));
        assert_eq!(
            compared(16, |it| it["iamInstanceProfile"]["id"] = "x-ipv4-0000000001-x".into()),
            unknown("iamInstanceProfile.id")
        );
    }
}
