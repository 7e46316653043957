//! Fields of untyped JSON, one a line as in YAML. What is known to be configuration is shown.

use serde_json::Value;

use super::{Page, Trust};

/// Adds a field and all that is in it. Empty fields are left out: the operator writes them out, and people
/// leave them away.
pub(super) fn add(page: &mut Page, indent: usize, key: &str, value: &Value) {
    let name = page.name(key);
    match value {
        Value::Null | Value::Bool(false) => {}
        Value::String(text) if text.is_empty() && page.trust == Trust::Every => {
            page.line(indent, &format!("{name}: \"\""));
        }
        Value::String(text) if text.is_empty() => {}
        Value::Array(items) if items.is_empty() => {}
        Value::Object(map) if map.is_empty() => {
            page.line(indent, &format!("{name}: {{}}"));
        }
        Value::Bool(_) | Value::Number(_) => page.line(indent, &format!("{name}: {value}")),
        Value::String(text) => add_text(page, indent, (key, &name), text),
        Value::Array(items) => {
            page.line(indent, &format!("{name}:"));
            for item in items {
                add_item(page, indent, key, item);
            }
        }
        Value::Object(map) => {
            page.line(indent, &format!("{name}:"));
            for (key, value) in map {
                add(page, indent + 2, key, value);
            }
        }
    }
}

fn add_text(page: &mut Page, indent: usize, (key, name): (&str, &str), text: &str) {
    if page.trust == Trust::Every && !text.contains(char::is_control) {
        return page.line(indent, &format!("{name}: {text}"));
    }
    if page.is_known_field(key) && !text.contains('\n') {
        return page.value(indent, name, text);
    }
    match page.policy.unknown(text).as_slice() {
        [line] => page.line(indent, &format!("{name}: {line}")),
        lines => {
            page.line(indent, &format!("{name}:"));
            page.block(indent + 2, lines);
        }
    }
}

/// An entry of a list: what it holds is marked by the dash.
fn add_item(page: &mut Page, indent: usize, key: &str, item: &Value) {
    match item {
        Value::Object(map) => {
            page.line(indent, "-");
            for (key, value) in map {
                add(page, indent + 2, key, value);
            }
        }
        Value::String(text) if page.is_known_field(key) && !text.contains('\n') => {
            let line = page.policy.value(key, text);
            let text = line.strip_prefix(&format!("{key}: ")).unwrap_or(&line).to_owned();
            page.line(indent, &format!("- {text}"));
        }
        Value::String(text) => {
            for (index, line) in page.policy.unknown(text).iter().enumerate() {
                page.line(indent, &format!("{} {line}", if index == 0 { "-" } else { " " }));
            }
        }
        Value::Array(items) => {
            page.line(indent, "-");
            for item in items {
                add_item(page, indent + 2, key, item);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            page.line(indent, &format!("- {item}"));
        }
    }
}
