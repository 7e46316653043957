//! A MachineConfig: a part for each unit, file and user, with their contents as text.

use serde_json::Value;

use super::{Page, fields, kubelet_flags};
use crate::derive::contents::Contents;
use crate::derive::machine_config::KUBELET_UNIT;
use crate::field::Unknown;
use crate::object::Object;

/// Fields of the spec that have a part of their own.
const OWN_PARTS: [&str; 2] = ["config", "kernelArguments"];

/// Adds all of a MachineConfig but its metadata.
pub(super) fn machine_config(object: &Object, page: &mut Page) {
    let spec = object.get("/spec").and_then(Value::as_object).into_iter().flatten();
    page.heading("spec");
    for (key, value) in spec.filter(|(key, _)| !OWN_PARTS.contains(&key.as_str())) {
        fields::add(page, 2, key, value);
    }
    page.drop_empty("spec");
    kernel_arguments(object, page);
    let Some(config) = object.get("/spec/config") else { return };
    let Value::Object(sections) = config else { return odd(page, "config", config) };
    for (name, section) in sections {
        match (name.as_str(), section) {
            (_, Value::Null) => {}
            ("ignition", Value::Object(_)) => ignition(section, page),
            ("storage" | "systemd" | "passwd", Value::Object(lists)) => {
                for (list, entries) in lists {
                    entries_of((name, list), entries, page);
                }
            }
            _ => odd(page, name, section),
        }
    }
}

fn kernel_arguments(object: &Object, page: &mut Page) {
    let arguments = object.list("/spec/kernelArguments");
    if !arguments.is_empty() {
        page.heading("kernel arguments");
    }
    for argument in arguments {
        let text = argument.as_str().map_or_else(|| argument.to_string(), str::to_owned);
        let lines = page.policy.text(&text, text.lines().map(str::to_owned));
        page.block(2, &lines);
    }
}

/// The head of the config: which version, and what else it merges.
fn ignition(section: &Value, page: &mut Page) {
    page.heading("ignition");
    for (key, value) in section.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("version", Value::String(version)) if is_version(version) => {
                page.line(2, &format!("version: {version}"));
            }
            _ => fields::add(page, 2, key, value),
        }
    }
}

/// `3.4.0`, `3.5.0-experimental`
pub(super) fn is_version(text: &str) -> bool {
    let number = text.strip_suffix("-experimental").unwrap_or(text);
    number.len() < 12 && number.chars().all(|it| it.is_ascii_digit() || it == '.')
}

fn entries_of((section, list): (&str, &str), entries: &Value, page: &mut Page) {
    let add: fn(&Value, &mut Page) = match (section, list) {
        ("storage", "files") => file,
        ("systemd", "units") => unit,
        ("passwd", "users") => user,
        _ => {
            if !entries.is_null() {
                let name = format!("{section} {}", page.name(list));
                page.heading(&name);
                fields::add(page, 2, list, entries);
            }
            return;
        }
    };
    match entries {
        Value::Array(entries) => {
            for entry in entries {
                if entry.is_object() { add(entry, page) } else { odd(page, list, entry) }
            }
        }
        Value::Null => {}
        _ => odd(page, list, entries),
    }
}

/// What is not of the form that Ignition gives it.
fn odd(page: &mut Page, what: &str, value: &Value) {
    let what = page.name(what);
    page.heading(&what);
    let lines = page.policy.unknown(&value.to_string());
    page.block(2, &lines);
}

fn head(page: &mut Page, word: &str, name: &Value) {
    let name = page.name(name.as_str().unwrap_or("?"));
    page.heading(&format!("{word} {name}"));
}

fn rest(entry: &Value, known: &[&str], page: &mut Page) {
    let others = entry.as_object().into_iter().flatten();
    for (key, value) in others.filter(|(key, _)| !known.contains(&key.as_str())) {
        fields::add(page, 2, key, value);
    }
}

fn file(entry: &Value, page: &mut Page) {
    let path = entry["path"].as_str().unwrap_or_default();
    let shown = page.policy.path(path);
    page.heading(&format!("file {shown}"));
    if let Some(mode) = entry["mode"].as_u64() {
        page.line(2, &format!("mode: {mode:04o}"));
    }
    for owner in ["user", "group"] {
        let id = &entry[owner]["id"];
        match entry[owner]["name"].as_str() {
            Some(name) => page.value(2, owner, name),
            None if id.is_u64() => page.line(2, &format!("{owner}: {id}")),
            None => {}
        }
    }
    rest(entry, &["path", "mode", "user", "group", "contents", "append"], page);
    resource(page, "contents", path, &entry["contents"]);
    match &entry["append"] {
        Value::Array(parts) => parts.iter().for_each(|it| resource(page, "append", path, it)),
        other => resource(page, "append", path, other),
    }
}

/// What stands in a file, or where it comes from.
fn resource(page: &mut Page, key: &str, path: &str, resource: &Value) {
    let lines = match Contents::of(resource) {
        Contents::Empty => return,
        Contents::Remote(url) => return remote(page, key, &url),
        Contents::Decoded(bytes) => page.policy.file(path, &bytes),
        Contents::Withheld => vec![format!("<{}>", Unknown::Withheld)],
        Contents::Undecodable(text) => vec![page.policy.withheld(text.as_bytes())],
    };
    page.named_block(key, &lines);
}

/// A URL that a machine fetches. Whoever knows one with a user or a query may fetch it too.
fn remote(page: &mut Page, key: &str, url: &str) {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/-_.:[]".contains(it);
    if page.policy.shows_secrets() || url.chars().all(is_plain) {
        return page.value(2, key, url);
    }
    page.line(2, &format!("{key}: {}", page.policy.withheld(url.as_bytes())));
}

fn unit(entry: &Value, page: &mut Page) {
    head(page, "unit", &entry["name"]);
    for key in ["enabled", "mask"] {
        if entry[key].is_boolean() {
            page.line(2, &format!("{key}: {}", entry[key]));
        }
    }
    rest(entry, &["name", "enabled", "mask", "contents", "dropins"], page);
    let is_kubelet = entry["name"] == KUBELET_UNIT;
    unit_text(page, "contents", &entry["contents"], is_kubelet);
    for dropin in entry["dropins"].as_array().into_iter().flatten() {
        let name = page.name(dropin["name"].as_str().unwrap_or("?"));
        unit_text(page, &format!("drop-in {name}"), &dropin["contents"], is_kubelet);
    }
}

fn unit_text(page: &mut Page, what: &str, contents: &Value, is_kubelet: bool) {
    let lines = match contents.as_str() {
        None if contents.is_null() => return,
        None => page.policy.unknown(&contents.to_string()),
        Some(text) if is_kubelet => page.policy.text(text, kubelet_flags::lines(text).into_iter()),
        Some(text) => page.policy.text(text, text.lines().map(str::to_owned)),
    };
    page.named_block(what, &lines);
}

fn user(entry: &Value, page: &mut Page) {
    head(page, "user", &entry["name"]);
    rest(entry, &["name"], page);
}
