//! Compares what is there with what is wanted: decoded, not encoded, and field by field.

use serde_json::Value;

use crate::derive::user_data;
use crate::kind::Kind;
use crate::legible::quotable_name;
use crate::object::Object;
use crate::role;

/// A field of a pool that is not ours to judge: whether it is paused is the admin's.
const POOL_FIELD_OF_ADMINS: &str = "paused";

/// A field that is not as wanted. Holds no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: `["spec", "config", "systemd", "units"]`; lists are one field.
    pub path: Vec<String>,
    /// For people: `unit kubelet.service`, `file /etc/chrony.conf`, `label x`.
    pub what: String,
}

/// Every difference, in the order of the fields. Empty when the object is as wanted.
#[must_use]
pub fn differences(existing: &Object, wanted: &Object) -> Vec<Difference> {
    let mut found = metadata(existing, wanted, "labels", "label");
    found.extend(metadata(existing, wanted, "annotations", "annotation"));
    match wanted.reference().kind {
        Kind::Secret => found.extend(secret(existing, wanted)),
        Kind::MachineConfigPool => found.extend(pool(existing, wanted)),
        _ => found.extend(spec(existing, wanted)),
    }
    found
}

/// Whether the content is as wanted, marks and labels aside. Such an object can be adopted.
#[must_use]
pub fn is_same_content(existing: &Object, wanted: &Object) -> bool {
    differences(existing, wanted).iter().all(|difference| difference.path[0] == "metadata")
}

/// Whether what an object was made from has changed since: its recorded digest is not the wanted one.
#[must_use]
pub fn is_stale(existing: &Object, wanted: &Object) -> bool {
    existing.annotation(role::SOURCE_DIGEST) != wanted.annotation(role::SOURCE_DIGEST)
}

fn difference(path: &[&str], what: impl Into<String>) -> Difference {
    Difference { path: path.iter().map(|&part| part.to_owned()).collect(), what: what.into() }
}

/// Wanted labels and annotations must be there; others may be. The tool's version does not count: a
/// newer tool that would write the same changes nothing.
fn metadata(existing: &Object, wanted: &Object, field: &str, word: &str) -> Vec<Difference> {
    let entries =
        |object: &Object| object.body()["metadata"][field].as_object().cloned().unwrap_or_default();
    let have = entries(existing);
    let want = entries(wanted);
    let mut found: Vec<Difference> = want
        .iter()
        .filter(|(key, value)| *key != role::TOOL_VERSION && have.get(*key) != Some(value))
        .map(|(key, _)| difference(&["metadata", field, key], format!("{word} {key}")))
        .collect();
    // Two marks mean something by not being there.
    for key in [role::POOL_REQUIRED, role::FIRST_BOOT] {
        if have.contains_key(key) && !want.contains_key(key) {
            found.push(difference(&["metadata", field, key], format!("{word} {key}")));
        }
    }
    found
}

fn secret(existing: &Object, wanted: &Object) -> Vec<Difference> {
    let mut found = Vec::new();
    let decoded = |object: &Object| user_data::decode(object).ok();
    if decoded(existing) != decoded(wanted) {
        found.push(difference(&["data", "userData"], "data userData"));
    }
    let keys = wanted.get("/data").and_then(Value::as_object).into_iter().flatten();
    for (key, value) in keys.filter(|(key, _)| *key != "userData") {
        if existing.body()["data"].get(key) != Some(value) {
            found.push(difference(&["data", key], format!("data {key}")));
        }
    }
    found
}

fn pool(existing: &Object, wanted: &Object) -> Vec<Difference> {
    let fields = wanted.get("/spec").and_then(Value::as_object).into_iter().flatten();
    fields
        .filter(|(key, _)| *key != POOL_FIELD_OF_ADMINS)
        .filter(|(key, value)| existing.body()["spec"].get(key) != Some(value))
        .map(|(key, _)| difference(&["spec", key], key.clone()))
        .collect()
}

fn spec(existing: &Object, wanted: &Object) -> Vec<Difference> {
    let mut paths = Vec::new();
    differing_paths(
        existing.get("/spec").unwrap_or(&Value::Null),
        wanted.get("/spec").unwrap_or(&Value::Null),
        &mut vec!["spec".to_owned()],
        &mut paths,
    );
    paths
        .into_iter()
        .flat_map(|path| {
            let pointer = format!("/{}", path.join("/"));
            let whats = name_entries(existing.get(&pointer), wanted.get(&pointer), &path);
            whats.into_iter().map(move |what| Difference { path: path.clone(), what })
        })
        .collect()
}

/// Walks two values; maps are entered, everything else is compared whole. Absent and empty are one,
/// because the operator writes out empty fields where a person leaves them away.
fn differing_paths(
    have: &Value,
    want: &Value,
    path: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) {
    if have == want || (is_empty(have) && is_empty(want)) {
        return;
    }
    let none = serde_json::Map::new();
    let (have, want) = match (have, want) {
        (Value::Object(have), Value::Object(want)) => (have, want),
        (Value::Object(have), Value::Null) => (have, &none),
        (Value::Null, Value::Object(want)) => (&none, want),
        _ => return found.push(path.clone()),
    };
    let mut keys: Vec<&String> = have.keys().chain(want.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        path.push(key.clone());
        differing_paths(
            have.get(key).unwrap_or(&Value::Null),
            want.get(key).unwrap_or(&Value::Null),
            path,
            found,
        );
        path.pop();
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(is_empty),
        _ => false,
    }
}

/// Names the entries of a list that differ: units by name, files by path; else the field itself.
fn name_entries(have: Option<&Value>, want: Option<&Value>, path: &[String]) -> Vec<String> {
    let (word, key) = match path.last().map(String::as_str) {
        Some("units") => ("unit", "name"),
        Some("files") => ("file", "path"),
        _ => return vec![field_name(path)],
    };
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (have, want) = (list(have), list(want));
    let mut names: Vec<String> = have
        .iter()
        .filter(|entry| !want.contains(entry))
        .chain(want.iter().filter(|entry| !have.contains(entry)))
        .filter_map(|entry| entry[key].as_str())
        .map(|name| format!("{word} {}", quotable_name(name)))
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { vec![field_name(path)] } else { names }
}

/// Returns the name of a field as a sentence may quote it.
#[must_use]
pub fn field_name(path: &[String]) -> String {
    path.iter().map(|part| quotable_name(part)).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::ObjectRef;
    use serde_json::json;

    fn machine_config(spec: Value) -> Object {
        Object::new(ObjectRef::cluster(Kind::MachineConfig, "00-etcd")).with("spec", spec)
    }

    fn what(have: Value, want: Value) -> Vec<String> {
        differences(&machine_config(have), &machine_config(want))
            .into_iter()
            .map(|it| it.what)
            .collect()
    }

    #[test]
    fn empty_and_absent_fields_are_the_same() {
        let have =
            json!({"fips": false, "kernelType": "", "osImageURL": "", "config": {"storage": {}}});
        assert_eq!(what(have, json!({"config": {"systemd": {"units": []}}})), [""; 0]);
    }

    #[test]
    fn differences_are_named_by_unit_file_and_field() {
        let unit = |name: &str, contents: &str| json!({"name": name, "contents": contents});
        let have = json!({
            "kernelArguments": ["a"],
            "config": {"systemd": {"units": [unit("a.service", "1"), unit("b.service", "1")]}},
        });
        let want = json!({
            "config": {
                "storage": {"files": [{"path": "/etc/x"}]},
                "systemd": {"units": [unit("a.service", "1"), unit("b.service", "2"), unit("c.service", "1")]},
            },
        });
        assert_eq!(
            what(have, want),
            ["file /etc/x", "unit b.service", "unit c.service", "spec.kernelArguments"]
        );
    }

    #[test]
    fn a_pools_configuration_and_an_admins_pause_are_no_difference() {
        let pool = |spec| {
            Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "etcd")).with("spec", spec)
        };
        let have = pool(
            json!({"paused": true, "maxUnavailable": 2, "configuration": {"name": "x"}, "nodeSelector": {}}),
        );
        let want = pool(json!({"paused": false, "nodeSelector": {}}));
        assert_eq!(differences(&have, &want), []);
    }
}
