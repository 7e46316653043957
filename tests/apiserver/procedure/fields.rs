//! Which fields of two objects differ. What is packed is unpacked first: user data, the lines of
//! units, lists whose entries have names. It answers with paths and never with values, for some of
//! those are secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// What the API server writes, whoever sends the object.
const SERVERS_OWN: [&str; 6] =
    ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/// What names an entry of a list. An entry of `blockDevices` without a name is the root volume.
const NAMES: [&str; 4] = ["path", "name", "deviceName", "device"];

/// The fields in which two objects differ, as paths. A part that only one of them has is one path.
pub(super) fn differing(one: &Value, other: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    compare("", &unpacked(one), &unpacked(other), &mut paths);
    paths
}

fn compare(path: &str, one: &Value, other: &Value, paths: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let mut keys: Vec<&String> = one.keys().chain(other.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let value = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                compare(&below(path, key), &value(one), &value(other), paths);
            }
        }
        // Labels and annotations are told one by one, even where one object has none.
        (Value::Object(some), Value::Null) | (Value::Null, Value::Object(some))
            if ["metadata.labels", "metadata.annotations"].contains(&path) =>
        {
            paths.extend(some.keys().map(|key| below(path, key)));
        }
        _ if one == other => {}
        _ => paths.push(path.to_owned()),
    }
}

fn below(path: &str, key: &str) -> String {
    let is_word = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match (path, is_word) {
        ("", _) => key.to_owned(),
        (_, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{key}]"),
    }
}

/// The object without what others than its author write, and with nothing packed.
fn unpacked(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|key, _| !SERVERS_OWN.contains(&key.as_str()));
    }
    for owner in object["metadata"]["ownerReferences"].as_array_mut().into_iter().flatten() {
        // The same owner has another uid in each of the two runs.
        owner["uid"].take();
    }
    match object["kind"].as_str() {
        // The operator writes there what it rendered.
        Some("MachineConfigPool") => drop(object["spec"]["configuration"].take()),
        Some("Secret") => {
            for (_, value) in object["data"].as_object_mut().into_iter().flatten() {
                *value = decoded(value);
            }
        }
        _ => {}
    }
    for unit in object["spec"]["config"]["systemd"]["units"].as_array_mut().into_iter().flatten() {
        if let Some(text) = unit["contents"].as_str() {
            unit["contents"] = settings(text);
        }
    }
    by_name(object)
}

/// What is no base64 stays as it is.
fn decoded(value: &Value) -> Value {
    let Ok(bytes) = STANDARD.decode(value.as_str().unwrap_or_default()) else {
        return value.clone();
    };
    serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into())
}

/// The settings of a unit as `Section/Key`, and the flags of its commands as `--flag`; each with all
/// its values.
fn settings(unit: &str) -> Value {
    let mut settings = Map::new();
    let mut section = String::new();
    for line in unit.lines() {
        let line = line.trim().trim_end_matches('\\').trim_end();
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            name.clone_into(&mut section);
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let is_flag = key.starts_with("--");
        let key = if is_flag { key.to_owned() } else { format!("{section}/{key}") };
        let values = settings.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        if let Some(values) = values.as_array_mut() {
            values.push(value.into());
        }
    }
    Value::Object(settings)
}

/// Lists whose entries have names become maps, and what is empty becomes absent, as it is for the
/// operators. An empty text stays: labels have it for a value.
fn by_name(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: Map<String, Value> = fields
                .into_iter()
                .map(|(key, value)| (key, by_name(value)))
                .filter(|(_, value)| !value.is_null())
                .collect();
            if fields.is_empty() { Value::Null } else { Value::Object(fields) }
        }
        Value::Array(entries) if entries.is_empty() => Value::Null,
        Value::Array(entries) if entries.iter().all(Value::is_object) => {
            let is_named = |entry: &Value| NAMES.iter().any(|name| entry[name].is_string());
            let has_names = entries.iter().any(is_named);
            let mut named = Map::new();
            for (index, entry) in entries.into_iter().enumerate() {
                let name = NAMES.iter().find_map(|name| entry[name].as_str());
                let name = match name {
                    Some(name) => name.to_owned(),
                    None if has_names => "root".to_owned(),
                    None => index.to_string(),
                };
                let number = named.keys().filter(|it| it.starts_with(&name)).count();
                let name =
                    if named.contains_key(&name) { format!("{name}#{number}") } else { name };
                named.insert(name, by_name(entry));
            }
            Value::Object(named)
        }
        other => other,
    }
}
