//! Documents for machines: `apiVersion`, `kind` and stable field names, as JSON or YAML.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::Format;
use crate::model::object::Object;
use crate::model::text::is_invisible;
use crate::model::yaml;

/// The version of the documents. Fields may be added to it, and none is renamed or removed.
pub const API_VERSION: &str = "oc-etcd/v1";

/// A document: its kind, then its own fields.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<T> {
    api_version: &'static str,
    kind: &'static str,
    #[serde(flatten)]
    content: T,
}

impl<T: Serialize> Document<T> {
    /// Wraps content into a document.
    pub const fn new(kind: &'static str, content: T) -> Self {
        Self { api_version: API_VERSION, kind, content }
    }
}

/// Writes a value as JSON or YAML; YAML unless JSON is asked for.
///
/// # Errors
/// Errors of the writer.
pub fn write(value: &impl Serialize, format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Json => writeln!(out, "{}", escaped(&serde_json::to_string_pretty(value)?)),
        _ => out.write_all(to_yaml(value)?.as_bytes()),
    }
}

/// Writes a value as JSON in one line.
///
/// # Errors
/// Errors of the writer.
pub fn write_line(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", escaped(&serde_json::to_string(value)?))
}

/// JSON with escapes for what a terminal would act upon and nobody would see. Such characters stand in
/// strings only, and mean the same there.
fn escaped(json: &str) -> String {
    with_escapes(json, is_odd)
}

/// JSON with escapes for some characters, which stand in strings only.
pub(crate) fn with_escapes(json: &str, is_escaped: impl Fn(char) -> bool) -> String {
    let mut text = String::with_capacity(json.len());
    for it in json.chars() {
        if is_escaped(it) {
            let mut units = [0; 2];
            it.encode_utf16(&mut units)
                .iter()
                .for_each(|it| text.push_str(&format!("\\u{it:04x}")));
        } else {
            text.push(it);
        }
    }
    text
}

/// Line breaks aside, which are JSON's own, serde escapes the controls of ASCII but for one.
const fn is_odd(it: char) -> bool {
    matches!(it, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}') || is_invisible(it)
}

/// Writes whole objects, ready for `oc apply --server-side -f -`: a JSON list, or YAML documents.
///
/// # Errors
/// Errors of the writer.
pub fn write_manifests<'a>(
    objects: impl Iterator<Item = &'a Object>,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let bodies: Vec<&Value> = objects.map(Object::body).collect();
    if format == Format::Json {
        let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": bodies });
        return write(&list, format, out);
    }
    for body in bodies {
        writeln!(out, "---")?;
        out.write_all(to_yaml(body)?.as_bytes())?;
    }
    Ok(())
}

/// JSON where YAML would write out what nobody sees: it is YAML too, and has escapes for that.
fn to_yaml(value: &impl Serialize) -> io::Result<String> {
    let text = yaml::to_string(value).map_err(io::Error::other)?;
    if text.contains(is_odd) {
        return Ok(escaped(&serde_json::to_string_pretty(value)?) + "\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_escaped_in_documents_and_reads_back() {
        for odd in ["\u{202e}", "\u{2066}", "\u{200b}", "\u{9b}", "\u{7f}", "\u{2028}", "\u{e0041}"]
        {
            let value = serde_json::json!({ "a": format!("x{odd}y"), "b": ["é", "line\n"] });
            for format in [Format::Json, Format::Yaml] {
                let mut out = Vec::new();
                write(&value, format, &mut out).unwrap();
                let text = String::from_utf8(out).unwrap();
                assert!(!text.contains(odd) && text.contains('é'), "{text}");
                assert_eq!(yaml::documents(&text).unwrap(), std::slice::from_ref(&value), "{text}");
            }
            let mut out = Vec::new();
            write_line(&value, &mut out).unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), value);
            assert!(!String::from_utf8(out).unwrap().contains(odd));
        }
    }
}
