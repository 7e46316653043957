//! A Secret with user data: the Ignition config in it, of which only the form of the installer's is shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Page;
use super::ignition::is_version;
use crate::derive::contents::Contents;
use crate::derive::user_data::{certificate_authorities, decode};
use crate::object::Object;

/// Where user data names other configs.
const REFERENCES: [&str; 3] = ["merge", "append", "replace"];

/// Adds all of a Secret but its metadata.
pub(super) fn secret(object: &Object, page: &mut Page) {
    page.heading("data");
    for (key, value) in object.get("/data").and_then(Value::as_object).into_iter().flatten() {
        match decode(object) {
            Ok(config) if key == "userData" => user_data(&config, page),
            _ => entry(key, value, page),
        }
    }
}

fn entry(key: &str, value: &Value, page: &mut Page) {
    let name = page.name(key);
    let encoded = value.as_str().unwrap_or_default();
    let bytes = STANDARD.decode(encoded.trim()).unwrap_or_else(|_| encoded.as_bytes().to_vec());
    let text = match std::str::from_utf8(&bytes) {
        Ok(text @ ("true" | "false")) => text.to_owned(),
        Ok(text) if page.policy.shows_secrets() => {
            page.line(2, &format!("{name}:"));
            let lines = page.policy.unknown(text);
            return page.block(4, &lines);
        }
        _ => page.policy.withheld(&bytes),
    };
    page.line(2, &format!("{name}: {text}"));
}

fn user_data(config: &Value, page: &mut Page) {
    page.line(2, "userData:");
    if page.policy.shows_secrets() {
        let text = serde_json::to_string_pretty(config).unwrap_or_default();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        return page.block(4, &lines);
    }
    let version = config["ignition"]["version"].as_str().unwrap_or_default();
    let version = if is_version(version) {
        version.to_owned()
    } else {
        page.policy.withheld(version.as_bytes())
    };
    page.line(4, &format!("version: {version}"));
    for field in REFERENCES {
        let references = &config["ignition"]["config"][field];
        let references =
            references.as_array().map_or(std::slice::from_ref(references), Vec::as_slice);
        for source in references.iter().filter_map(|it| it["source"].as_str()) {
            page.line(4, &format!("{field}: {}", address(source, page)));
        }
    }
    for authority in certificate_authorities(config) {
        let bytes = match Contents::of(authority) {
            Contents::Decoded(bytes) => bytes,
            _ => authority.to_string().into_bytes(),
        };
        page.line(4, &format!("certificate authority: {}", page.policy.withheld(&bytes)));
    }
    let rest = rest(config);
    if rest != Value::Null {
        page.line(4, &format!("the rest: {}", page.policy.withheld(rest.to_string().as_bytes())));
    }
}

/// The URL of a Machine Config Server; what is none is withheld.
fn address(source: &str, page: &Page) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || ".-:/[]".contains(it);
    let rest = source.strip_prefix("https://").or_else(|| source.strip_prefix("http://"));
    let path = rest.and_then(|rest| rest.split_once("/config/"));
    let is_role =
        |it: &str| it.len() <= 63 && it.chars().all(|it| it.is_ascii_lowercase() || it == '-');
    match path {
        Some((host, role))
            if host.chars().all(is_plain) && !host.contains('/') && is_role(role) =>
        {
            source.to_owned()
        }
        _ => page.policy.withheld(source.as_bytes()),
    }
}

/// What is not shown above; null when that is nothing but empty fields.
fn rest(config: &Value) -> Value {
    let mut rest = config.clone();
    if let Some(ignition) = rest["ignition"].as_object_mut() {
        ignition.remove("version");
        if let Some(config) = ignition.get_mut("config").and_then(Value::as_object_mut) {
            for (_, references) in
                config.iter_mut().filter(|(key, _)| REFERENCES.contains(&key.as_str()))
            {
                for reference in entries(references).iter_mut().filter_map(Value::as_object_mut) {
                    reference.remove("source");
                }
            }
        }
        if let Some(tls) = ignition
            .get_mut("security")
            .and_then(|it| it.get_mut("tls"))
            .and_then(Value::as_object_mut)
        {
            tls.remove("certificateAuthorities");
        }
    }
    without_empty(rest)
}

fn entries(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(list) => list.as_mut_slice(),
        single => std::slice::from_mut(single),
    }
}

fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: serde_json::Map<_, _> = map
                .into_iter()
                .map(|(key, it)| (key, without_empty(it)))
                .filter(|it| !it.1.is_null())
                .collect();
            if map.is_empty() { Value::Null } else { Value::Object(map) }
        }
        Value::Array(list) => {
            let list: Vec<_> =
                list.into_iter().map(without_empty).filter(|it| !it.is_null()).collect();
            if list.is_empty() { Value::Null } else { Value::Array(list) }
        }
        other => other,
    }
}
