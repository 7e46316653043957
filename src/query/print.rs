//! Prints what was found, as Go prints it.

use std::io;

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::evaluate::Matches;
use crate::report::document;

/// Each node's findings with a space between; maps and arrays as JSON in one line.
pub(super) fn text(found: &[Matches<'_>]) -> io::Result<String> {
    let mut text = String::new();
    for items in found {
        let items: Result<Vec<String>, io::Error> = items.iter().map(|it| plain(it)).collect();
        text.push_str(&items?.join(" "));
    }
    Ok(text)
}

/// Each node's findings as a JSON array.
pub(super) fn json(found: &[Matches<'_>]) -> io::Result<String> {
    let mut text = String::new();
    for items in found {
        let mut out = Vec::new();
        let mut serializer =
            Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(b"    "));
        items.iter().map(AsRef::as_ref).collect::<Vec<&Value>>().serialize(&mut serializer)?;
        text.push_str(&escaped(&String::from_utf8_lossy(&out)));
        text.push('\n');
    }
    Ok(text)
}

fn plain(value: &Value) -> io::Result<String> {
    Ok(match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => escaped(&serde_json::to_string(value)?),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    })
}

/// A value as Go's `fmt.Sprint` has it: `[a b]`, `map[a:1 b:2]`.
pub(super) fn sprint(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(sprint).collect::<Vec<_>>().join(" "))
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, it)| format!("{name}:{}", sprint(it)));
            format!("map[{}]", fields.collect::<Vec<_>>().join(" "))
        }
    }
}

/// JSON as Go writes it: what means something in HTML stands as its number.
fn escaped(json: &str) -> String {
    document::with_escapes(json, |it| matches!(it, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'))
}
