//! A MachineConfig: a part for each unit, file and user, with their contents as text.

use serde_json::Value;

use super::kubelet_flags;
use super::page::{Page, is_version, plain};
use crate::derive::machine_config::KUBELET_UNIT;
use crate::ignition::contents::Contents;
use crate::model::field::{Unknown, is_withheld};
use crate::model::object::Object;
use crate::redact::author::Author;

/// Fields of the spec that have a part of their own.
const OWN_PARTS: [&str; 2] = ["config", "kernelArguments"];

/// Adds all of a MachineConfig but its metadata.
pub(crate) fn machine_config(object: &Object, page: &mut Page<'_>) {
    let spec = object.get("/spec").and_then(Value::as_object).into_iter().flatten();
    page.heading("spec");
    for (key, value) in spec.filter(|(key, _)| !OWN_PARTS.contains(&key.as_str())) {
        page.field(2, key, value);
    }
    page.drop_empty();
    kernel_arguments(object, page);
    for (name, section) in
        object.get("/spec/config").and_then(Value::as_object).into_iter().flatten()
    {
        match (name.as_str(), section) {
            ("ignition", Value::Object(_)) => ignition(section, page),
            ("storage" | "systemd" | "passwd", Value::Object(lists)) => {
                for (list, entries) in lists {
                    entries_of((name, list), entries, page);
                }
            }
            _ => page.field(0, name, section),
        }
    }
    if let Some(config) = object.get("/spec/config").filter(|it| !it.is_object()) {
        page.field(0, "config", config);
    }
}

fn kernel_arguments(object: &Object, page: &mut Page<'_>) {
    let Some(arguments) = object.get("/spec/kernelArguments") else { return };
    let Value::Array(arguments) = arguments else {
        return page.named_field(0, "kernel arguments", arguments);
    };
    if !arguments.is_empty() {
        page.heading("kernel arguments");
    }
    for argument in arguments {
        let text = argument.as_str().map_or_else(|| argument.to_string(), str::to_owned);
        let text = match page.author {
            Author::OpenShift => text,
            Author::Admin => page.policy.kernel_argument(&text),
        };
        page.item(0, &text);
    }
}

/// Adds the head of the config: which version, and what else it merges.
fn ignition(section: &Value, page: &mut Page<'_>) {
    page.heading("ignition");
    for (key, value) in section.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("version", Value::String(version)) if is_version(version) => {
                page.value(2, "version", version);
            }
            _ => page.field(2, key, value),
        }
    }
    page.drop_empty();
}

fn entries_of((section, list): (&str, &str), entries: &Value, page: &mut Page<'_>) {
    let word = match (section, list) {
        ("storage", "files") => "file".to_owned(),
        ("systemd", "units") => "unit".to_owned(),
        ("passwd", "users") => "user".to_owned(),
        _ => format!("{section} {}", page.policy.name(list)),
    };
    let Value::Array(entries) = entries else { return page.named_field(0, &word, entries) };
    for entry in entries {
        let name = ["path", "name", "device"].into_iter().find_map(|key| entry[key].as_str());
        let Some(name) = name else {
            page.named_field(0, &word, entry);
            continue;
        };
        // What is no absolute path is none.
        let is_name = entry["path"].is_null() || name.starts_with('/');
        let shown = if is_name || page.policy.shows_secrets() {
            page.policy.name(name)
        } else {
            page.policy.withheld(name.as_bytes())
        };
        page.heading(&format!("{word} {shown}"));
        match list {
            "files" => file(entry, name, page),
            "units" => unit(entry, page),
            _ => rest(entry, &[], page),
        }
    }
}

/// Adds the fields of an entry that have no form of their own.
fn rest(entry: &Value, own: &[&str], page: &mut Page<'_>) {
    let others = entry.as_object().into_iter().flatten();
    let is_other = |key: &str| !own.contains(&key) && !["name", "path"].contains(&key);
    for (key, value) in others.filter(|(key, _)| is_other(key)) {
        page.field(2, key, value);
    }
}

fn file(entry: &Value, path: &str, page: &mut Page<'_>) {
    if let Some(mode) = entry["mode"].as_u64() {
        page.number(2, "mode", &format!("{mode:04o}"));
    }
    rest(entry, &["mode", "contents", "append"], page);
    resource(page, "contents", path, &entry["contents"]);
    match &entry["append"] {
        Value::Array(parts) => parts.iter().for_each(|it| resource(page, "append", path, it)),
        other => resource(page, "append", path, other),
    }
}

/// Adds what stands in a file, or where it comes from.
fn resource(page: &mut Page<'_>, key: &str, path: &str, resource: &Value) {
    match Contents::of(resource) {
        Contents::Empty => {}
        Contents::Decoded(bytes) => page.contents(2, (key, Some(path)), &bytes, plain),
        Contents::Withheld => unread(page, key),
        Contents::Remote(text) | Contents::Undecodable(text) => {
            page.contents(2, (key, Some("")), text.as_bytes(), plain);
        }
    }
    // What goes with a URL: headers, a hash.
    for (key, value) in resource.as_object().into_iter().flatten() {
        if !["source", "compression", "_REDACTED", "length"].contains(&key.as_str()) {
            page.field(2, key, value);
        }
    }
}

/// Adds what a sanitizer withheld from the files.
fn unread(page: &mut Page<'_>, key: &str) {
    page.value(2, key, &format!("<{}>", Unknown::Withheld));
}

fn unit(entry: &Value, page: &mut Page<'_>) {
    for key in ["enabled", "mask"] {
        if let Value::Bool(switch) = &entry[key] {
            page.number(2, key, &switch.to_string());
        }
    }
    rest(entry, &["enabled", "mask", "contents", "dropins"], page);
    let is_kubelet = entry["name"] == KUBELET_UNIT;
    unit_text(page, "contents", &entry["contents"], is_kubelet);
    let dropins = &entry["dropins"];
    for dropin in dropins.as_array().into_iter().flatten() {
        let name = page.policy.name(dropin["name"].as_str().unwrap_or("?"));
        unit_text(page, &format!("drop-in {name}"), &dropin["contents"], is_kubelet);
        rest(dropin, &["contents"], page);
    }
    if !dropins.is_array() {
        page.field(2, "dropins", dropins);
    }
}

fn unit_text(page: &mut Page<'_>, key: &str, contents: &Value, is_kubelet: bool) {
    let form = if is_kubelet { kubelet_flags::lines } else { plain };
    match contents {
        Value::String(text) => page.contents(2, (key, None), text.as_bytes(), form),
        other if is_withheld(other) => unread(page, key),
        other => page.field(2, key, other),
    }
}
