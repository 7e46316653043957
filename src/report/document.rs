//! Documents for machines: `apiVersion`, `kind` and stable field names, as JSON or YAML.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::Format;
use crate::object::Object;
use crate::yaml;

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
/// Those of the writer.
pub fn write(value: &impl Serialize, format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, value)?;
            writeln!(out)
        }
        _ => out.write_all(to_yaml(value)?.as_bytes()),
    }
}

/// Writes a value as JSON in one line.
///
/// # Errors
/// Those of the writer.
pub fn write_line(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}

/// Writes whole objects, ready for `oc apply --server-side -f -`: a JSON list, or YAML documents.
///
/// # Errors
/// Those of the writer.
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

fn to_yaml(value: &impl Serialize) -> io::Result<String> {
    yaml::to_string(value).map_err(io::Error::other)
}
