//! Objects that stand behind one another without `---`, as `oc get -o yaml >> all.yaml` writes them twice: to YAML, one
//! document with duplicate keys.

use serde_json::{Map, Value};

use super::{Documents, Position};

/// The objects of a document that are complete, and where the next ones begin.
#[derive(Default)]
pub(super) struct Joined {
    objects: Vec<Map<String, Value>>,
    begins: Vec<Position>,
}

/// Returns whether a key that a document has already is the first one of another object.
pub(super) fn begins_an_object(key: &str, fields: &Map<String, Value>) -> bool {
    matches!(key, "apiVersion" | "kind") && is_object(fields)
}

fn is_object(fields: &Map<String, Value>) -> bool {
    let is_text = |key: &str| fields.get(key).is_some_and(Value::is_string);
    let has_contents = fields.contains_key("metadata") || fields.contains_key("items");
    is_text("apiVersion") && is_text("kind") && has_contents
}

impl Joined {
    /// Ends an object where the next one begins.
    pub(super) fn begin(&mut self, fields: &mut Map<String, Value>, at: Position) {
        self.objects.push(std::mem::take(fields));
        self.begins.push(at);
    }

    /// Adds the objects of a document. The last one is an object as well, or the keys are those of one object.
    pub(super) fn end(mut self, last: Value, documents: &mut Documents) {
        match last {
            Value::Object(last) if !self.objects.is_empty() => {
                self.objects.push(last);
                if self.objects.iter().all(is_object) {
                    documents.joined.extend(self.begins);
                    documents.values.extend(self.objects.into_iter().map(Value::Object));
                } else {
                    documents.duplicate_keys.extend(self.begins);
                    let fields = self.objects.into_iter().flatten().collect();
                    documents.values.push(Value::Object(fields));
                }
            }
            last => documents.values.push(last),
        }
    }
}
