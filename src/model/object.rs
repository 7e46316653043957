//! A whole, untyped Kubernetes object and the reference that names it.
//!
//! Objects stay whole: a field that a newer OpenShift adds survives a copy, because nothing here
//! knows which fields there are. `Debug` shows a reference and a size, never a body or a digest of one:
//! MachineConfigs hold the cluster's pull secret, and passwords that a digest would let guess.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::model::field::{Field, Unknown, is_withheld};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::shell_command::quoted;

/// Names one object: `machineconfig/99-etcd-ssh`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// The kind of the object.
    pub kind: Kind,
    /// The namespace; `None` for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectRef {
    /// Names a Machine.
    #[must_use]
    pub fn machine(name: impl Into<String>) -> Self {
        Self::namespaced(Kind::Machine, names::MACHINE_NAMESPACE, name)
    }

    /// Names a cluster-scoped object.
    #[must_use]
    pub fn cluster(kind: Kind, name: impl Into<String>) -> Self {
        Self { kind, namespace: None, name: name.into() }
    }

    /// Names an object in a namespace.
    #[must_use]
    pub fn namespaced(kind: Kind, namespace: &str, name: impl Into<String>) -> Self {
        Self { kind, namespace: Some(namespace.to_owned()), name: name.into() }
    }

    /// Returns the argument that names the object in its namespace, as kubectl's `-o name` prints it:
    /// `machine.machine.openshift.io/x`.
    #[must_use]
    pub fn argument(&self) -> String {
        format!("{}/{}", self.kind.on_command_line(), quoted(&self.name))
    }

    /// Returns the arguments that address the object on kubectl's command line: `machine.machine.openshift.io/x -n
    /// openshift-machine-api`.
    #[must_use]
    pub fn command_line(&self) -> String {
        let object = self.argument();
        match &self.namespace {
            Some(namespace) => format!("{object} -n {}", quoted(namespace)),
            None => object,
        }
    }
}

/// One word of a shell: an object may name another one, such as its owner, by any text.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, quoted(&self.name))
    }
}

impl Serialize for ObjectRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let resource = self.kind.resource();
        let mut map = Map::new();
        map.insert("apiVersion".into(), self.kind.api_version().into());
        map.insert("kind".into(), resource.kind.into());
        if let Some(namespace) = &self.namespace {
            map.insert("namespace".into(), namespace.as_str().into());
        }
        map.insert("name".into(), self.name.as_str().into());
        map.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ObjectRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields {
            api_version: String,
            kind: String,
            namespace: Option<String>,
            name: String,
        }
        let Fields { api_version, kind, namespace, name } = Fields::deserialize(deserializer)?;
        let kind = Kind::of(&api_version, &kind);
        let kind = kind.ok_or_else(|| de::Error::custom("a kind that this tool does not know"))?;
        Ok(Self { kind, namespace, name })
    }
}

/// Why a value is not an object that this tool can hold. Holds no part of the value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ObjectError {
    /// The value is not a JSON object, or a field that every Kubernetes object has is missing.
    #[error("not a Kubernetes object: no `{0}`")]
    Incomplete(&'static str),
    /// The name or namespace is one that the API server gives no object.
    #[error("not a Kubernetes object: `{0}` is no name")]
    Name(&'static str),
    /// The object has a kind that this program does not use.
    #[error("unsupported kind {0}")]
    UnsupportedKind(String),
}

/// A whole Kubernetes object. A clone shares the body.
#[derive(Clone, PartialEq)]
pub struct Object {
    reference: ObjectRef,
    body: Arc<Value>,
}

impl Object {
    /// Takes a value as it came from the API server or a file.
    ///
    /// # Errors
    /// When `apiVersion`, `kind` or `metadata.name` is missing, a name is none, or the kind is none of ours.
    pub fn from_value(body: Value) -> Result<Self, ObjectError> {
        let text = |pointer: &str, name| {
            body.pointer(pointer).and_then(Value::as_str).ok_or(ObjectError::Incomplete(name))
        };
        let (api_version, kind) = (text("/apiVersion", "apiVersion")?, text("/kind", "kind")?);
        let kind = Kind::of(api_version, kind)
            .ok_or_else(|| ObjectError::UnsupportedKind(format!("{kind} ({api_version})")))?;
        let named = |text: &str, field| {
            // Names are shown, and stand in commands to paste.
            let is_of_name = |it: char| it.is_ascii_alphanumeric() || "-._:".contains(it);
            let is_name = text.chars().all(is_of_name) && !text.starts_with('-');
            if is_name { Ok(text.to_owned()) } else { Err(ObjectError::Name(field)) }
        };
        let name = named(text("/metadata/name", "metadata.name")?, "metadata.name")?;
        let namespace = text("/metadata/namespace", "").ok();
        let namespace = namespace.map(|it| named(it, "metadata.namespace")).transpose()?;
        Ok(Self { reference: ObjectRef { kind, namespace, name }, body: Arc::new(body) })
    }

    /// Starts a fresh object that has nothing but its name.
    #[must_use]
    pub fn new(reference: ObjectRef) -> Self {
        let mut metadata = Map::new();
        if let Some(namespace) = &reference.namespace {
            metadata.insert("namespace".into(), namespace.as_str().into());
        }
        metadata.insert("name".into(), reference.name.as_str().into());
        let body = json!({
            "apiVersion": reference.kind.api_version(),
            "kind": reference.kind.resource().kind,
            "metadata": metadata,
        });
        Self { reference, body: Arc::new(body) }
    }

    /// The same object with labels added.
    #[must_use]
    pub fn with_labels<'a>(self, labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.with_metadata("labels", labels)
    }

    /// The same object with annotations added.
    #[must_use]
    pub fn with_annotations<'a>(
        self,
        annotations: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        self.with_metadata("annotations", annotations)
    }

    /// The same object with owners.
    #[must_use]
    pub fn with_owners(mut self, owners: Vec<Value>) -> Self {
        if !owners.is_empty() {
            Arc::make_mut(&mut self.body)["metadata"]["ownerReferences"] = owners.into();
        }
        self
    }

    fn with_metadata<'a>(
        mut self,
        field: &str,
        entries: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let map = &mut Arc::make_mut(&mut self.body)["metadata"][field];
        if !map.is_object() {
            *map = Value::Object(Map::new());
        }
        for (key, value) in entries {
            map[key] = value.into();
        }
        self
    }

    /// The same object with a top-level field (`spec`, `data`, `type`) set.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        Arc::make_mut(&mut self.body)[field] = value;
        self
    }

    /// Returns the name, kind and namespace.
    #[must_use]
    pub const fn reference(&self) -> &ObjectRef {
        &self.reference
    }

    /// Returns the `metadata.name`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.reference.name
    }

    /// The whole body.
    #[must_use]
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// Gives the whole body away.
    #[must_use]
    pub fn into_body(self) -> Value {
        Arc::unwrap_or_clone(self.body)
    }

    /// A field by JSON pointer: `/spec/config/ignition/version`.
    #[must_use]
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        self.body.pointer(pointer).filter(|value| !value.is_null())
    }

    /// A text field by JSON pointer; `None` when it is absent, empty or no text.
    #[must_use]
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.get(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A list field by JSON pointer; empty when it is absent or no list.
    #[must_use]
    pub fn list(&self, pointer: &str) -> &[Value] {
        self.get(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A whole number by JSON pointer.
    #[must_use]
    pub fn integer(&self, pointer: &str) -> Option<i64> {
        self.get(pointer).and_then(Value::as_i64)
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.body.get("metadata")?.get("labels")?.get(key)?.as_str()
    }

    /// The value of an annotation.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.body.get("metadata")?.get("annotations")?.get(key)?.as_str()
    }

    /// `metadata.resourceVersion`.
    #[must_use]
    pub fn resource_version(&self) -> Option<&str> {
        self.text("/metadata/resourceVersion")
    }

    /// Returns the API server's counter. Kubernetes calls it opaque; on every server there is, it is a number.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        self.resource_version().and_then(|it| it.parse().ok())
    }

    /// Returns whether it is being deleted.
    #[must_use]
    pub fn is_terminating(&self) -> bool {
        self.text("/metadata/deletionTimestamp").is_some()
    }

    /// The entry of `status.conditions` of one type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<Condition<'_>> {
        let entry = self.list("/status/conditions").iter().find(|entry| entry["type"] == kind)?;
        Some(Condition {
            status: entry["status"].as_str().unwrap_or("Unknown"),
            reason: entry["reason"].as_str().unwrap_or_default(),
            message: entry["message"].as_str().unwrap_or_default(),
        })
    }

    /// Returns whether a condition is `True` or `False`; any other status is unknown. [`Field::Absent`] where the
    /// object has conditions that are all read, and none of this type.
    #[must_use]
    pub fn condition_state(&self, kind: &str) -> Field<bool> {
        self.condition_status(kind).and_then(|status| match status {
            "True" => Field::Known(true),
            "False" => Field::Known(false),
            "Unknown" => Field::Unknown(Unknown::Undetermined),
            _ => Field::Unknown(Unknown::NotUnderstood),
        })
    }

    fn condition_status(&self, kind: &str) -> Field<&str> {
        let (status, conditions) = (self.get("/status"), self.get("/status/conditions"));
        if let Some(status) =
            status.filter(|it| !it.is_object() && !it.is_null() || is_withheld(it))
        {
            return Field::Unknown(Unknown::of(status));
        }
        let entries = match conditions {
            None | Some(Value::Null) => return Field::Absent,
            Some(Value::Array(entries)) => entries,
            Some(other) => return Field::Unknown(Unknown::of(other)),
        };
        if let Some(entry) = entries.iter().find(|it| it["type"] == kind) {
            return match Field::text(&entry["status"]) {
                Field::Absent => Field::Unknown(Unknown::NotUnderstood),
                status => status,
            };
        }
        let hidden = entries.iter().find(|it| !it["type"].is_string());
        let of_type = |it: &Value| Unknown::of(if is_withheld(it) { it } else { &it["type"] });
        hidden.map_or(Field::Absent, |it| Field::Unknown(of_type(it)))
    }

    /// Returns whether a condition has status `True`.
    #[must_use]
    pub fn condition_is_true(&self, kind: &str) -> bool {
        self.condition_state(kind) == Field::Known(true)
    }
}

/// The identity and the state of an object when it was read: a write is bound to both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceVersion {
    /// `metadata.resourceVersion`
    pub resource: String,
    /// `metadata.uid`: another object of the same name has another.
    pub uid: Option<String>,
}

impl ResourceVersion {
    /// An object's.
    #[must_use]
    pub fn of(object: &Object) -> Self {
        Self {
            resource: object.resource_version().unwrap_or_default().to_owned(),
            uid: object.text("/metadata/uid").map(str::to_owned),
        }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.reference, self.body.to_string().len())
    }
}

/// An entry of an object's `status.conditions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition<'a> {
    /// `True`, `False` or `Unknown`.
    pub status: &'a str,
    /// The machine-readable reason; may be empty.
    pub reason: &'a str,
    /// The operator's message; may be empty.
    pub message: &'a str,
}

/// The SHA-256 of a value's canonical JSON (keys sorted), as `sha256:` and 64 hexadecimal digits.
#[must_use]
pub fn digest(value: &Value) -> String {
    let mut hex = String::from("sha256:");
    for byte in Sha256::digest(value.to_string().as_bytes()) {
        hex.push_str(&format!("{byte:02x}"));
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_a_size_and_neither_body_nor_digest() {
        let object = Object::new(ObjectRef::cluster(Kind::MachineConfig, "00-etcd"))
            .with("spec", json!({"config": "CANARY"}));
        let shown = format!("{object:?}");
        assert_eq!(shown, "machineconfig/00-etcd (133 bytes)");
    }

    #[test]
    fn an_incomplete_object_is_named_by_what_it_lacks() {
        let error = |value| Object::from_value(value).unwrap_err().to_string();
        assert_eq!(error(json!([])), "not a Kubernetes object: no `apiVersion`");
        assert_eq!(
            error(json!({"apiVersion": "v1", "kind": "Node", "metadata": null})),
            "not a Kubernetes object: no `metadata.name`"
        );
        assert_eq!(
            error(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}})),
            "unsupported kind Service (v1)"
        );
    }

    #[test]
    fn what_the_api_server_gives_no_object_is_no_name() {
        for odd in ["a\u{1b}[2J", "a\nb", "a b", "a;b", "$(a)", "a\u{202e}b", "../a", "-a"] {
            let of = |name: &str, namespace: &str| {
                let metadata = json!({"name": name, "namespace": namespace});
                Object::from_value(
                    json!({"apiVersion": "v1", "kind": "Node", "metadata": metadata}),
                )
            };
            assert_eq!(of(odd, "x"), Err(ObjectError::Name("metadata.name")), "{odd}");
            assert_eq!(of("x", odd), Err(ObjectError::Name("metadata.namespace")), "{odd}");
            assert!(of("rendered-etcd-0a1b.c", "openshift-etcd").is_ok());
        }
    }

    #[test]
    fn a_fresh_object_reads_back_as_itself() {
        let object = Object::new(ObjectRef::namespaced(Kind::Secret, "ns", "x"));
        assert_eq!(Object::from_value(object.body().clone()), Ok(object));
    }
}
