//! Objects out of YAML files: several documents to a file, Lists unfolded. The
//! only file that names the YAML crate.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Reads the objects of one file.
pub fn read(path: &Path) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    parse(&text).with_context(|| format!("parse {}", path.display()))
}

/// Parses a stream of YAML documents into objects.
pub fn parse(text: &str) -> Result<Vec<Value>> {
    let documents: Vec<Value> = serde_yaml::from_multiple(text)?;
    Ok(documents.into_iter().flat_map(unfold).collect())
}

fn unfold(mut document: Value) -> Vec<Value> {
    let Some(kind) = document["kind"].as_str() else {
        return Vec::new();
    };
    if kind.ends_with("List")
        && let Value::Array(items) = document["items"].take()
    {
        return items;
    }
    vec![document]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_is_unfolded_and_empty_documents_are_dropped() {
        let text = "---\n# nothing\n---\nkind: Secret\nmetadata: {name: a}\n---\n\
                    kind: List\nitems:\n- kind: Node\n- kind: Machine\n";
        assert_eq!(
            parse(text).unwrap(),
            [
                json!({"kind": "Secret", "metadata": {"name": "a"}}),
                json!({"kind": "Node"}),
                json!({"kind": "Machine"}),
            ]
        );
    }
}
