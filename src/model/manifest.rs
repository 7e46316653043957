//! Objects out of text: what `oc get -o yaml`, `oc get -o json` and `oc adm inspect` write.
//!
//! Kinds that this tool has no use for are passed over, and so is what is no Kubernetes object at all.
//! No error quotes the text: it may be a Secret's.

mod placeholder;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

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

/// Why a text holds a part of what there is of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partial {
    /// The list says that more follows: `oc get --raw` with a limit answers so.
    Page,
    /// The text ends too early. `oc get` writes the kind of a list behind its items, and ends the text with a line
    /// break. A text that was cut off between two documents, or at the end of a line of a single object, cannot be
    /// told from a whole one.
    CutOff,
    /// An object has no name. The insights operator writes the resources of operators so, and leaves away their status.
    Nameless,
}

impl fmt::Display for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Page => "contains one page of a list, and not all pages",
            Self::CutOff => "ends too early, as after an interrupted oc get",
            Self::Nameless => "contains an object without metadata.name",
        })
    }
}

/// The objects that a text holds.
#[derive(Debug, Default, PartialEq)]
pub struct Manifests {
    /// The objects, in order.
    pub objects: Vec<Object>,
    /// Kinds that the text lists by name, if only to say that there are none: `kind: NodeList`.
    pub listed: BTreeSet<Kind>,
    /// Kinds of which the text holds a part alone.
    pub partial: BTreeMap<Kind, Partial>,
    /// Whether the text has a list that is whole, of whatever kind.
    pub has_list: bool,
    /// Whether the text has an object of a kind that this tool does not read.
    pub has_others: bool,
    /// Secrets that are there without their contents, each with its version.
    pub withheld: BTreeMap<ObjectRef, Option<u64>>,
    /// The positions of keys that their object has already. The last one counts, as for kubectl.
    pub duplicate_keys: Vec<Position>,
    /// The positions at which an object or a list begins behind another one without `---`.
    pub joined: Vec<Position>,
}

/// Takes the objects out of a text, those inside of lists too.
///
/// # Errors
/// When it is neither YAML nor JSON, or an object of a kind of ours is incomplete.
pub fn read(text: &str) -> Result<Manifests, ManifestError> {
    let mut found = Manifests::default();
    let Documents { values, duplicate_keys, joined } = yaml::read(text)?;
    found.duplicate_keys = duplicate_keys;
    found.joined = joined;
    let last = values.len();
    for (index, document) in values.into_iter().enumerate() {
        let number = index + 1;
        let ends_early = number == last && ends_within_a_line(text);
        let failed = |error| ManifestError::Object { document: number, error };
        let added = Manifests::of(document).map_err(failed)?;
        if ends_early {
            let kinds: Vec<Kind> = added.kinds().collect();
            found.partial.extend(kinds.into_iter().map(|it| (it, Partial::CutOff)));
        }
        found.extend(added);
    }
    Ok(found)
}

/// Returns whether a text may end too early, by its last line: the line has no line break, closes no bracket, and is
/// none that stands behind the items of a list.
fn ends_within_a_line(text: &str) -> bool {
    let document = text.rsplit("\n---").next().unwrap_or(text);
    let lines = document.lines().filter(|it| it.starts_with(|at: char| at.is_alphabetic()));
    let keys: Vec<&str> = lines.filter_map(|it| Some(it.split_once(':')?.0)).collect();
    let is_behind_items =
        matches!(keys.last(), Some(&("kind" | "metadata"))) && keys.contains(&"items");
    !text.ends_with(['\n', '\r', '}', ']']) && !is_behind_items
}

impl Manifests {
    /// Returns whether the text has neither an object nor a list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_list && !self.has_others && self.kinds().next().is_none()
    }

    /// Returns the kinds that the text tells of.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        let of_objects = self.objects.iter().map(|it| it.reference().kind);
        let of_withheld = self.withheld.keys().map(|it| it.kind);
        let others = self.listed.iter().chain(self.partial.keys()).copied();
        of_objects.chain(of_withheld).chain(others)
    }

    fn of(document: Value) -> Result<Self, ObjectError> {
        let mut found = Self::default();
        found.add(document)?;
        Ok(found)
    }

    fn extend(&mut self, other: Self) {
        self.objects.extend(other.objects);
        self.listed.extend(other.listed);
        self.partial.extend(other.partial);
        self.withheld.extend(other.withheld);
        self.has_list |= other.has_list;
        self.has_others |= other.has_others;
    }

    /// Takes in the items of a list of which more is missing.
    fn add_part(
        &mut self,
        items: Vec<Value>,
        of: Option<Kind>,
        why: Partial,
    ) -> Result<(), ObjectError> {
        let part = Self::of(Value::Array(items))?;
        let kinds: Vec<Kind> = part.kinds().chain(of).collect();
        self.partial.extend(kinds.into_iter().map(|it| (it, why)));
        self.extend(part);
        Ok(())
    }

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
            let kind = Kind::of(&api_version, &of_list);
            let items = document["items"].as_array_mut().map(std::mem::take);
            let typed = (api_version.as_str(), of_list.as_str());
            let mut items = items.into_iter().flatten().map(|item| named(item, typed));
            if has_more(&document["metadata"]) {
                return self.add_part(items.collect(), kind, Partial::Page);
            }
            self.has_list = true;
            self.listed.extend(kind);
            return items.try_for_each(|item| self.add(item));
        }
        if Kind::of(&api_version, &kind).is_none() && document["items"].is_array() {
            // The kind of a list stands behind its items.
            let items = document["items"].as_array_mut().map(std::mem::take);
            return self.add_part(items.unwrap_or_default(), None, Partial::CutOff);
        }
        let Some(kind) = Kind::of(&api_version, &kind) else {
            // The answer of a server that refused is no object.
            self.has_others |= !api_version.is_empty() && !matches!(&*kind, "" | "Status");
            return Ok(());
        };
        if document["metadata"]["name"].is_null() {
            self.partial.insert(kind, Partial::Nameless);
            return Ok(());
        }
        for (_, value) in document.as_object_mut().into_iter().flatten() {
            placeholder::mark(value);
        }
        let object = Object::from_value(document)?;
        if is_withheld(&object) {
            let version = object.version();
            self.withheld.insert(object.reference().clone(), version);
        } else {
            self.objects.push(object);
        }
        Ok(())
    }
}

/// Returns whether a list has more items on the server than in the text, or may have.
fn has_more(metadata: &Value) -> bool {
    let is_one = |field: &str| {
        !matches!(&metadata[field], Value::Null) && metadata[field] != "" && metadata[field] != 0
    };
    field::is_withheld(metadata) || is_one("continue") || is_one("remainingItemCount")
}

/// An item of a typed list may leave away what the list says once.
fn named(mut item: Value, (api_version, kind): (&str, &str)) -> Value {
    if let Some(fields) = item.as_object_mut().filter(|_| !kind.is_empty()) {
        fields.entry("apiVersion").or_insert_with(|| api_version.into());
        fields.entry("kind").or_insert_with(|| kind.into());
    }
    item
}

/// Returns whether a Secret's contents were taken out: nothing is left of them, a sanitizer's marker, or words of a
/// person in the place of user data. `oc adm inspect` writes their sizes, as in `1769 bytes long` (openshift/oc
/// `pkg/cli/admin/inspect/secret.go`).
fn is_withheld(object: &Object) -> bool {
    let data = &object.body()["data"];
    let is_size = |text: &str| {
        let number = text.strip_suffix(" bytes long");
        number.is_some_and(|it| it.parse::<u64>().is_ok())
    };
    let values = data.as_object().into_iter().flatten();
    let mut values = values.map(|(key, value)| (key, value.as_str().and_then(decoded)));
    let is_withheld = |(key, bytes): (&String, Option<Vec<u8>>)| {
        let text = bytes.as_deref().and_then(|it| std::str::from_utf8(it).ok());
        // Any config is JSON. What has several lines, or begins with a comment, is no word of a sanitizer.
        let is_text = |it: &str| it.starts_with(['{', '#']) || it.lines().nth(1).is_some();
        let is_config = || text.is_some_and(|it| is_text(it.trim()));
        let is_packed = || bytes.as_deref().is_some_and(|it| it.starts_with(&[0x1f, 0x8b]));
        text.is_some_and(is_size) || key == "userData" && !is_config() && !is_packed()
    };
    object.reference().kind == Kind::Secret
        && (data.as_object().is_none_or(serde_json::Map::is_empty)
            || field::holds_withheld(data)
            || values.any(is_withheld))
}

fn decoded(encoded: &str) -> Option<Vec<u8>> {
    let encoded: String = encoded.split_ascii_whitespace().collect();
    STANDARD.decode(encoded).ok()
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
        for text in ["", "a: 1", "[1, 2]", "text", "{apiVersion: v1, kind: Status}"] {
            assert_eq!(read(text), Ok(Manifests::default()), "{text}");
        }
        let others = Manifests { has_others: true, ..Manifests::default() };
        assert_eq!(read("{apiVersion: v1, kind: Service}"), Ok(others));
    }

    #[test]
    fn an_empty_list_with_a_name_says_that_there_are_none() {
        let text = "{apiVersion: machine.openshift.io/v1beta1, kind: MachineList, items: []}";
        assert_eq!(read(text).unwrap().listed, BTreeSet::from([Kind::Machine]));
        let text = text.replace("[]", "null");
        assert_eq!(read(&text).unwrap().listed, BTreeSet::from([Kind::Machine]));
        let text = "{apiVersion: v1, kind: List, items: []}";
        assert_eq!(read(text), Ok(Manifests { has_list: true, ..Manifests::default() }));
    }

    #[test]
    fn a_page_of_a_list_is_a_part() {
        let list = |kind: &str, metadata: &str| {
            let text =
                format!("{{apiVersion: v1, kind: {kind}, metadata: {metadata}, items: [{NODE}]}}");
            read(&text).unwrap().partial
        };
        let page = BTreeMap::from([(Kind::Node, Partial::Page)]);
        for metadata in [
            "{continue: abc}",
            "{remainingItemCount: 3}",
            "{continue: {_REDACTED: x}}",
            "{_REDACTED: x}",
        ] {
            assert_eq!(list("NodeList", metadata), page, "{metadata}");
            assert_eq!(list("List", metadata), page, "{metadata}");
        }
        for metadata in
            ["{}", "null", "{resourceVersion: \"\", continue: \"\", remainingItemCount: 0}"]
        {
            assert_eq!(list("NodeList", metadata), BTreeMap::new(), "{metadata}");
        }
        let empty = "{apiVersion: v1, kind: NodeList, metadata: {continue: abc}, items: []}";
        assert_eq!(read(empty).unwrap().partial, page);
    }

    #[test]
    fn a_text_that_was_cut_off_is_a_part_wherever_that_can_be_told() {
        let items =
            "- apiVersion: v1\n  kind: Node\n  metadata:\n    name: a\n  status:\n    b: cde\n";
        let list = format!(
            "apiVersion: v1\nitems:\n{items}{items}kind: List\nmetadata:\n  resourceVersion: \"\"\n"
        );
        let behind = list.find("kind: List").unwrap() + "kind: List".len();
        assert_eq!(read(&list).unwrap().partial, BTreeMap::new());
        for end in list.find("name: a").unwrap() + 7..list.len() {
            // An item without a name, or a broken line, is an error.
            let Ok(found) = read(&list[..end]) else { continue };
            let is_part = found.partial.contains_key(&Kind::Node);
            assert_eq!(is_part, end < behind, "{}", &list[..end]);
        }
        let object = "---\napiVersion: v1\nkind: Node\nmetadata:\n  name: a\nstatus:\n  b: cde\n";
        assert_eq!(read(object).unwrap().partial, BTreeMap::new());
        let cut = BTreeMap::from([(Kind::Node, Partial::CutOff)]);
        for end in object.find("name: a").unwrap() + 7..object.len() {
            let Ok(found) = read(&object[..end]) else { continue };
            assert_eq!(found.partial == cut, !object[..end].ends_with('\n'), "{}", &object[..end]);
        }
        // Brackets say where a text ends.
        assert_eq!(read(NODE).unwrap().partial, BTreeMap::new());
        assert!(read(&NODE[..NODE.len() - 1]).is_err());
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
        for data in [
            "{userData: {_REDACTED: x, length: 1}}",
            "{_REDACTED: x, length: 1}",
            "null",
            "{}",
            "{userData: \"\"}",
            "{userData: REDACTED}",
            "{userData: <redacted>}",
            "{userData: UkVEQUNURUQ=}",
        ] {
            let text =
                format!("{{apiVersion: v1, kind: Secret, metadata: {{name: x}}, data: {data}}}");
            assert_eq!(read(&text).unwrap().withheld.len(), 1, "{data}");
        }
        // What is no JSON is there all the same.
        for data in ["{\"ignition\": {}}", "#cloud-config", "ignition:\n  version: 3.2.0\n"] {
            let whole = read(&secret(data)).unwrap();
            assert_eq!((whole.objects.len(), whole.withheld.len()), (1, 0), "{data}");
        }
    }

    #[test]
    fn an_error_names_the_place_and_quotes_nothing() {
        let error = read("a: 1\nb: [CANARY\nc: d\n").unwrap_err().to_string();
        assert!(
            error.starts_with("not valid YAML at line") && !error.contains("CANARY"),
            "{error}"
        );
        let error =
            read(&format!("{NODE}\n---\n{{apiVersion: v1, kind: Node, metadata: {{name: a b}}}}"));
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "document 2: not a Kubernetes object: `metadata.name` is no name");
        let nameless = read("{apiVersion: v1, kind: Node, name: a}").unwrap();
        assert_eq!(nameless.partial, BTreeMap::from([(Kind::Node, Partial::Nameless)]));
    }
}
