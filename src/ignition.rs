//! Small lenses over an Ignition config (spec 3.x) inside a MachineConfig.

pub mod contents;
pub mod devices;

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use self::contents::Contents;
use crate::model::object::Object;

/// The Ignition config of a MachineConfig.
#[must_use]
pub fn config(machine_config: &Object) -> Option<&Value> {
    machine_config.get("/spec/config")
}

/// The Ignition version of a MachineConfig: `3.4.0`.
#[must_use]
pub fn version(machine_config: &Object) -> Option<&str> {
    machine_config.text("/spec/config/ignition/version")
}

/// The fields of `ignition.config` that refer to other Ignition configs. Spec 3 has `merge` and `replace`, spec 2 (a
/// cluster installed with 4.5 or older) `append` and `replace`.
pub const REFERENCES: [&str; 3] = ["merge", "append", "replace"];

/// Returns the references of an Ignition config to other configs, each with its field.
pub fn references(config: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    REFERENCES
        .into_iter()
        .filter_map(|field| Some((field, config.pointer(&format!("/ignition/config/{field}"))?)))
        .flat_map(|(field, it)| {
            let all = it.as_array().map_or(std::slice::from_ref(it), Vec::as_slice);
            all.iter().map(move |reference| (field, reference))
        })
}

/// An Ignition config with the configs that it brings in `data:` URLs.
#[derive(Debug, Default)]
pub struct WithNested {
    /// The configs in the order in which Ignition merges them: a config wins over those that it refers to.
    pub configs: Vec<Value>,
    /// The places of references that a machine fetches, or that are not understood, each with the URL.
    pub others: Vec<(String, Option<String>)>,
}

impl WithNested {
    /// Decodes the configs in `data:` URLs.
    #[must_use]
    pub fn of(config: &Value) -> Self {
        let mut found = Self::default();
        found.add(config, None);
        found
    }

    fn add(&mut self, config: &Value, within: Option<&str>) {
        for (number, (field, reference)) in references(config).enumerate() {
            let place = match within {
                Some(place) => place.to_owned(),
                None if field == "replace" => "ignition.config.replace".to_owned(),
                None => format!("ignition.config.{field}[{number}]"),
            };
            match Contents::of(reference) {
                Contents::Empty => {}
                Contents::Decoded(bytes) => match serde_json::from_slice(&bytes) {
                    Ok(nested @ Value::Object(_)) => self.add(&nested, Some(&place)),
                    _ => self.others.push((place, None)),
                },
                Contents::Remote(url) => self.others.push((place, Some(url))),
                Contents::Withheld | Contents::Undecodable(_) => self.others.push((place, None)),
            }
        }
        self.configs.push(config.clone());
    }
}

/// The systemd units of an Ignition config.
#[must_use]
pub fn units(config: &Value) -> &[Value] {
    list(config, "/systemd/units")
}

/// The files of an Ignition config.
#[must_use]
pub fn files(config: &Value) -> &[Value] {
    list(config, "/storage/files")
}

/// Returns whether an entry adds to the file of its path: by a list of contents (spec 3), or as a whole (spec 2).
#[must_use]
pub fn is_appending(file: &Value) -> bool {
    match &file["append"] {
        Value::Null | Value::Bool(false) => false,
        Value::Array(list) => !list.is_empty(),
        _ => true,
    }
}

/// The files, links and directories of an Ignition config.
pub fn paths(config: &Value) -> impl Iterator<Item = &str> {
    let entries = ["files", "links", "directories"].into_iter();
    let entries = entries.flat_map(|it| list(config, &format!("/storage/{it}")));
    entries.filter_map(|it| it["path"].as_str())
}

/// Returns the names of the parts that a MachineConfig writes to a machine: the paths of files, and units
/// with their drop-ins.
#[must_use]
pub fn parts(machine_config: &Object) -> BTreeSet<String> {
    let config = config(machine_config).unwrap_or(&Value::Null);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let paths = files(config).iter().filter_map(|it| text(&it["path"]));
    let of_units = units(config).iter().flat_map(|unit| {
        let name = text(&unit["name"]).unwrap_or_default();
        let drop_ins = unit["dropins"].as_array().map_or(&[][..], Vec::as_slice);
        let whole = unit["contents"].is_string() || drop_ins.is_empty();
        let drop_ins = drop_ins.iter().filter_map(|it| it["name"].as_str());
        let drop_ins: Vec<String> = drop_ins.map(|it| format!("{name}.d/{it}")).collect();
        drop_ins.into_iter().chain(whole.then_some(name))
    });
    paths.chain(of_units).collect()
}

fn list<'a>(config: &'a Value, pointer: &str) -> &'a [Value] {
    config.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The contents of a unit, by name. Entries that hold only drop-ins are passed over.
#[must_use]
pub fn unit_contents<'a>(config: &'a Value, name: &str) -> Option<&'a str> {
    units(config)
        .iter()
        .filter(|unit| unit["name"] == name)
        .find_map(|unit| unit["contents"].as_str().filter(|text| !text.is_empty()))
}

/// An Ignition file that holds a text. `mode` is the Unix mode in octal, as in `0o755`.
#[must_use]
pub fn file(path: &str, mode: u32, text: &str) -> Value {
    json!({
        "path": path,
        "mode": mode,
        "overwrite": true,
        "contents": { "source": data_url(text) },
    })
}

/// A text as a `data:` URL, every byte but the unreserved ones of RFC 3986 escaped.
#[must_use]
pub fn data_url(text: &str) -> String {
    const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    format!("data:,{}", utf8_percent_encode(text, &ESCAPED))
}

/// Returns whether a MachineConfig switches FIPS mode on.
#[must_use]
pub fn is_fips(machine_config: &Object) -> bool {
    machine_config.get("/spec/fips").and_then(serde_json::Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_url_escapes_all_but_unreserved_bytes() {
        assert_eq!(data_url("a b%\n/é"), "data:,a%20b%25%0A%2F%C3%A9");
    }
}
