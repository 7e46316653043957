//! Holds documents to their JSON Schemas in docs/schemas: what is in one must be in the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

/// Where the schemas are, each called as the kind of its documents.
pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas")
}

/// The schemas, by the kind of their documents.
pub(crate) fn schemas() -> BTreeMap<String, Value> {
    let read = |path: PathBuf| {
        let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        (schema["title"].as_str().unwrap().to_owned(), schema)
    };
    fs::read_dir(directory()).unwrap().map(|it| read(it.unwrap().path())).collect()
}

/// What is wrong with a document, each with its place; nothing when all is well.
pub(crate) fn complaints(document: &Value) -> Vec<String> {
    static VALIDATORS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
        let strict = |(kind, schema)| (kind, jsonschema::validator_for(&strict(schema)).unwrap());
        schemas().into_iter().map(strict).collect()
    });
    let kind = document["kind"].as_str().unwrap_or_default();
    let Some(validator) = VALIDATORS.get(kind) else {
        return vec![format!("docs/schemas has none for `{kind}`")];
    };
    validator
        .iter_errors(document)
        .map(|it| format!("{kind}{}: {it}", it.instance_path()))
        .collect()
}

/// A schema that allows no field but those that it describes. Those that are published allow more: a
/// later version may add fields.
fn strict(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(fields) => {
            for value in fields.values_mut() {
                *value = strict(value.take());
            }
            if fields.get("properties").is_some_and(Value::is_object) {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|it| *it = strict(it.take())),
        _ => {}
    }
    schema
}
