//! Objects out of text: what `oc get -o yaml`, `oc get -o json` and `oc adm inspect` write.
//!
//! Kinds that this tool has no use for are passed over, and so is what is no Kubernetes object at all.
//! No error quotes the text: it may be a Secret's.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::model::kind::Kind;
use crate::model::object::{Object, ObjectError, ObjectRef};
use crate::model::yaml::{Documents, Position, YamlError};
use crate::model::{field, yaml};

/// Why objects cannot be taken out of a text.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ManifestError {
    /// The text is neither YAML nor JSON.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// An object of a kind of ours lacks what every object has.
    #[error("document {document}: {error}")]
    Object {
        /// Counted from 1.
        document: usize,
        /// The fault of the object.
        error: ObjectError,
    },
}

/// The objects that a text holds.
#[derive(Debug, Default, PartialEq)]
pub struct Manifests {
    /// The objects, in order.
    pub objects: Vec<Object>,
    /// Kinds that the text lists by name, if only to say that there are none: `kind: NodeList`.
    pub listed: BTreeSet<Kind>,
    /// Secrets that are there without their contents.
    pub withheld: BTreeSet<ObjectRef>,
    /// The positions of keys that their object has already. The last one counts, as for kubectl.
    pub duplicate_keys: Vec<Position>,
}

/// Takes the objects out of a text, those inside of lists too.
///
/// # Errors
/// When it is neither YAML nor JSON, or an object of a kind of ours is incomplete.
pub fn read(text: &str) -> Result<Manifests, ManifestError> {
    let mut found = Manifests::default();
    let Documents { values, duplicate_keys } = yaml::read(text)?;
    found.duplicate_keys = duplicate_keys;
    for (index, document) in values.into_iter().enumerate() {
        found
            .add(document)
            .map_err(|error| ManifestError::Object { document: index + 1, error })?;
    }
    Ok(found)
}

impl Manifests {
    fn add(&mut self, mut document: Value) -> Result<(), ObjectError> {
        if let Value::Array(items) = document {
            // What `jq .items` makes of a list.
            return items.into_iter().try_for_each(|item| self.add(item));
        }
        let text = |field: &str| document[field].as_str().unwrap_or_default().to_owned();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let of_list = kind.strip_suffix("List").map(str::to_owned);
        if let Some(of_list) = of_list
            && matches!(document["items"], Value::Array(_) | Value::Null)
        {
            self.listed.extend(Kind::of(&api_version, &of_list));
            let items = document["items"].as_array_mut().map(std::mem::take);
            let typed = (api_version.as_str(), of_list.as_str());
            return items.into_iter().flatten().try_for_each(|item| self.add(named(item, typed)));
        }
        if Kind::of(&api_version, &kind).is_none() {
            return Ok(());
        }
        let object = Object::from_value(document)?;
        if is_withheld(&object) {
            self.withheld.insert(object.reference().clone());
        } else {
            self.objects.push(object);
        }
        Ok(())
    }
}

/// An item of a typed list may leave away what the list says once.
fn named(mut item: Value, (api_version, kind): (&str, &str)) -> Value {
    if let Some(fields) = item.as_object_mut().filter(|_| !kind.is_empty()) {
        fields.entry("apiVersion").or_insert_with(|| api_version.into());
        fields.entry("kind").or_insert_with(|| kind.into());
    }
    item
}

/// Returns whether a Secret's contents were taken out. `oc adm inspect` writes their sizes in their place, as
/// in `1769 bytes long` (openshift/oc `pkg/cli/admin/inspect/secret.go`), a sanitizer its marker.
fn is_withheld(object: &Object) -> bool {
    if object.reference().kind == Kind::Secret && field::holds_withheld(&object.body()["data"]) {
        return true;
    }
    let data = object.get("/data").and_then(Value::as_object).into_iter().flatten();
    let is_size = |encoded: &str| {
        let encoded: String = encoded.split_ascii_whitespace().collect();
        let decoded = STANDARD.decode(encoded).ok().and_then(|it| String::from_utf8(it).ok());
        let number = decoded.as_deref().and_then(|it| it.strip_suffix(" bytes long"));
        number.is_some_and(|it| it.parse::<u64>().is_ok())
    };
    object.reference().kind == Kind::Secret
        && data.into_iter().any(|(_, value)| value.as_str().is_some_and(is_size))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: &str = "{apiVersion: v1, kind: Node, metadata: {name: a}}";

    fn names(text: &str) -> Vec<String> {
        read(text).unwrap().objects.iter().map(|it| it.reference().to_string()).collect()
    }

    #[test]
    fn single_objects_lists_and_many_documents_are_read() {
        for text in [
            NODE.to_owned(),
            format!("---\n{NODE}\n---\n# nothing\n"),
            format!("{{apiVersion: v1, kind: List, items: [{NODE}]}}"),
            format!("{{apiVersion: v1, kind: NodeList, items: [{NODE}]}}"),
            format!("[{NODE}]"),
            format!(
                "{{apiVersion: v1, kind: List, items: [{{apiVersion: v1, kind: List, items: [{NODE}]}}]}}"
            ),
            r#"{"apiVersion": "v1", "kind": "NodeList", "items": [{"metadata": {"name": "a"}}]}"#
                .to_owned(),
            "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"}}\n".to_owned(),
        ] {
            assert_eq!(names(&text), ["node/a"], "{text}");
        }
        assert_eq!(names(&format!("{NODE}\n---\n{}", NODE.replace("name: a", "name: b"))).len(), 2);
    }

    #[test]
    fn other_kinds_and_what_is_no_object_are_passed_over() {
        for text in ["", "a: 1", "[1, 2]", "text", "{apiVersion: v1, kind: Service}"] {
            assert_eq!(read(text), Ok(Manifests::default()), "{text}");
        }
    }

    #[test]
    fn an_empty_list_with_a_name_says_that_there_are_none() {
        let text = "{apiVersion: machine.openshift.io/v1beta1, kind: MachineList, items: []}";
        assert_eq!(read(text).unwrap().listed, BTreeSet::from([Kind::Machine]));
        let text = text.replace("[]", "null");
        assert_eq!(read(&text).unwrap().listed, BTreeSet::from([Kind::Machine]));
        let text = "{apiVersion: v1, kind: List, items: []}";
        assert_eq!(read(text), Ok(Manifests::default()));
    }

    #[test]
    fn a_secret_without_its_contents_is_none() {
        let secret = |data: &str| {
            let data = STANDARD.encode(data);
            format!(
                "{{apiVersion: v1, kind: Secret, metadata: {{name: x}}, data: {{userData: {data}}}}}"
            )
        };
        let withheld = read(&secret("1769 bytes long")).unwrap();
        assert_eq!((withheld.objects.len(), withheld.withheld.len()), (0, 1));
        for data in ["{userData: {_REDACTED: x, length: 1}}", "{_REDACTED: x, length: 1}"] {
            let text =
                format!("{{apiVersion: v1, kind: Secret, metadata: {{name: x}}, data: {data}}}");
            assert_eq!(read(&text).unwrap().withheld.len(), 1, "{data}");
        }
        let whole = read(&secret("{\"ignition\": {}}")).unwrap();
        assert_eq!((whole.objects.len(), whole.withheld.len()), (1, 0));
    }

    #[test]
    fn an_error_names_the_place_and_quotes_nothing() {
        let error = read("a: 1\nb: [CANARY\nc: d\n").unwrap_err().to_string();
        assert!(
            error.starts_with("not valid YAML at line") && !error.contains("CANARY"),
            "{error}"
        );
        let error = read(&format!("{NODE}\n---\n{{apiVersion: v1, kind: Node}}")).unwrap_err();
        assert_eq!(error.to_string(), "document 2: not a Kubernetes object: no `metadata.name`");
    }
}
