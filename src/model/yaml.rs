//! Reading and writing YAML. The only file that names the YAML crates.
//!
//! Text is read as kubectl reads it (`sigs.k8s.io/yaml`): granit-parser gives the events, and what a
//! scalar means is decided in `scalar`. Text is written by the crate behind the key `serde_yaml`, which
//! is serde-saphyr (see Cargo.toml). The errors of both may quote the text, which may be a Secret's: only
//! the place is passed on.

mod joined;
mod json;
mod line_breaks;
mod scalar;

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag as SourceTag};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use self::joined::Joined;
use self::json::Unique;
use self::line_breaks::LineBreaks;
use self::scalar::{Scalar, Tag};

/// A text is not YAML. Says where, and never quotes the text.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum YamlError {
    /// The text cannot be read.
    #[error("not valid YAML at {0}")]
    Invalid(Position),
    /// An object has a key twice.
    #[error("duplicate key at {0}")]
    DuplicateKey(Position),
    /// The value has no form in YAML.
    #[error("cannot be written as YAML")]
    Unwritable,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// The documents of a text.
#[derive(Debug, Default, PartialEq)]
pub struct Documents {
    /// The documents, in order, empty ones left out.
    pub values: Vec<Value>,
    /// The positions of keys that their object has already. The last one counts, as for kubectl.
    pub duplicate_keys: Vec<Position>,
    /// The positions at which an object of Kubernetes begins behind another one without `---`, as `>>` writes them. Both
    /// are documents here; for kubectl, the last value of each key counts.
    pub joined: Vec<Position>,
}

/// The depth to which values may be nested, aliases followed.
const DEEPEST: usize = 1000;
/// The limit of values and bytes of text that aliases may add. A few bytes of text may stand for any number
/// of values otherwise.
const MOST_ALIASED_VALUES: usize = 400_000;
const MOST_ALIASED_BYTES: usize = 64 << 20;

/// Reads every document of a text, JSON included.
///
/// # Errors
/// When the text is not YAML, or an object has a key twice; the error names the place only.
pub fn documents(text: &str) -> Result<Vec<Value>, YamlError> {
    let read = read(text)?;
    match read.duplicate_keys.iter().chain(&read.joined).min() {
        Some(place) => Err(YamlError::DuplicateKey(*place)),
        None => Ok(read.values),
    }
}

/// Reads every document of a text, JSON included, as kubectl does. Of a key that an object has twice the
/// last one counts.
///
/// # Errors
/// When the text is not YAML; the error names the place only.
pub fn read(text: &str) -> Result<Documents, YamlError> {
    let mut documents = match read_json(text) {
        Some(documents) => documents,
        None => YamlReader::default().read(text)?,
    };
    documents.values.retain(|value| !value.is_null());
    Ok(documents)
}

/// Reads the first document of a text, JSON included, as kubectl reads a kubeconfig: null where there is none,
/// and of a key that an object has twice the last one counts.
///
/// # Errors
/// When the document is not YAML; the error names the place only.
pub fn first(text: &str) -> Result<Value, YamlError> {
    let reader = YamlReader { is_first_alone: true, ..YamlReader::default() };
    Ok(reader.read(text)?.values.pop().unwrap_or_default())
}

/// Reads a text that is a stream of JSON objects, as kubectl does first of all; `None` when it is none.
fn read_json(text: &str) -> Option<Documents> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut documents = Documents::default();
    let stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    for raw in stream {
        let raw = raw.ok()?.get();
        if let Ok(Unique(value)) = serde_json::from_str(raw) {
            documents.values.push(value);
            continue;
        }
        documents.values.push(serde_json::from_str(raw).ok()?);
        // It has a key twice, and only the reader of YAML knows where.
        let before = &text[..raw.as_ptr().addr().checked_sub(text.as_ptr().addr())?];
        let line = before.matches('\n').count();
        let read = YamlReader::default().read(raw).unwrap_or_default();
        let places = match &*read.duplicate_keys {
            [] => &[Position { line: 1, column: 1 }],
            places => places,
        };
        documents
            .duplicate_keys
            .extend(places.iter().map(|it| Position { line: line + it.line, ..*it }));
    }
    Some(documents)
}

/// Builds values out of events.
#[derive(Default)]
struct YamlReader {
    breaks: LineBreaks,
    documents: Documents,
    anchors: HashMap<usize, YamlNode>,
    open: Vec<Open>,
    joined: Joined,
    aliased: Size,
    /// Indicates whether what follows the first document is not read.
    is_first_alone: bool,
}

/// The size of a value.
#[derive(Clone, Copy, Default)]
struct Size {
    values: usize,
    bytes: usize,
    depth: usize,
}

#[derive(Clone)]
struct YamlNode {
    value: Value,
    size: Size,
    /// The key that a scalar would make.
    key: Option<String>,
    is_merge: bool,
}

/// A list or an object that has begun.
struct Open {
    content: Content,
    anchor: usize,
    size: Size,
}

enum Content {
    List(Vec<Value>),
    Object { fields: Map<String, Value>, key: Option<MappingKey> },
}

enum MappingKey {
    Field(String),
    Merge,
}

impl YamlReader {
    fn read(mut self, text: &str) -> Result<Documents, YamlError> {
        self.breaks = LineBreaks::of(text);
        let text = self.breaks.written_out(text);
        let options = granit_parser::options! { emit_comments: false };
        for event in Parser::new_from_str_with_options(&text, options) {
            let (event, span) = event.map_err(|error| {
                let at = error.marker();
                YamlError::Invalid(Position { line: at.line(), column: at.col() + 1 })
            })?;
            let is_end = matches!(event, Event::DocumentEnd);
            self.take(event, place(&span))?;
            if is_end && self.is_first_alone {
                break;
            }
        }
        Ok(self.documents)
    }

    fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), YamlError> {
        let invalid = || YamlError::Invalid(at);
        match event {
            Event::DocumentStart(..) => self.anchors.clear(),
            Event::SequenceStart(_, anchor, _) => self.begin(Content::List(Vec::new()), anchor),
            Event::MappingStart(_, anchor, _) => {
                self.begin(Content::Object { fields: Map::new(), key: None }, anchor);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { content, anchor, size } = self.open.pop().ok_or_else(invalid)?;
                let value = match content {
                    Content::List(list) => Value::Array(list),
                    Content::Object { fields, .. } => Value::Object(fields),
                };
                let size = Size { values: size.values + 1, depth: size.depth + 1, ..size };
                self.put(YamlNode { value, size, key: None, is_merge: false }, anchor, at)?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = meaning(style, tag.as_deref());
                let text = self.breaks.restored(text);
                let scalar = scalar::resolve(&text, tag).ok_or_else(invalid)?;
                let is_merge = &*text == "<<" && matches!(tag, Tag::Plain | Tag::Core("merge"));
                let node = YamlNode::scalar(scalar, text.len(), is_merge).ok_or_else(invalid)?;
                self.put(node, anchor, at)?;
            }
            Event::Alias(id) => {
                let node = self.anchors.get(&id).ok_or_else(invalid)?.clone();
                self.aliased.values += node.size.values;
                self.aliased.bytes += node.size.bytes;
                if self.aliased.values > MOST_ALIASED_VALUES
                    || self.aliased.bytes > MOST_ALIASED_BYTES
                {
                    return Err(invalid());
                }
                self.put(node, 0, at)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, content: Content, anchor: usize) {
        self.open.push(Open { content, anchor, size: Size::default() });
    }

    /// Puts a value where it belongs: into what is open, else it is a document.
    fn put(&mut self, node: YamlNode, anchor: usize, at: Position) -> Result<(), YamlError> {
        let invalid = || YamlError::Invalid(at);
        if node.size.depth + self.open.len() > DEEPEST {
            return Err(invalid());
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let is_document = self.open.len() == 1;
        let Some(open) = self.open.last_mut() else {
            std::mem::take(&mut self.joined).end(node.value, &mut self.documents);
            return Ok(());
        };
        open.size.values += node.size.values;
        open.size.bytes += node.size.bytes;
        open.size.depth = open.size.depth.max(node.size.depth);
        match &mut open.content {
            Content::List(list) => list.push(node.value),
            Content::Object { fields, key } => match key.take() {
                None if node.is_merge => *key = Some(MappingKey::Merge),
                None => {
                    let field = node.key.ok_or_else(invalid)?;
                    if fields.contains_key(&field) {
                        if is_document && joined::begins_an_object(&field, fields) {
                            self.joined.begin(fields, at);
                        } else {
                            self.documents.duplicate_keys.push(at);
                        }
                    }
                    *key = Some(MappingKey::Field(field));
                }
                Some(MappingKey::Field(field)) => {
                    fields.insert(field, node.value);
                }
                Some(MappingKey::Merge) => merge(fields, node.value).ok_or_else(invalid)?,
            },
        }
        Ok(())
    }
}

impl YamlNode {
    fn scalar(scalar: Scalar, bytes: usize, is_merge: bool) -> Option<Self> {
        let key = scalar.clone().key();
        // A key may be a number that JSON does not have; a value may not.
        let value = scalar.value()?;
        let size = Size { values: 1, bytes, depth: 1 };
        Some(Self { value, size, key, is_merge })
    }
}

/// Merges what stands at `<<` into an object: what is there already is overwritten, as Go does.
fn merge(fields: &mut Map<String, Value>, value: Value) -> Option<()> {
    match value {
        Value::Object(merged) => fields.extend(merged),
        Value::Array(list) => {
            for merged in list.into_iter().rev() {
                let Value::Object(merged) = merged else { return None };
                fields.extend(merged);
            }
        }
        _ => return None,
    }
    Some(())
}

/// Returns the tag that decides the meaning of a scalar.
fn meaning(style: ScalarStyle, tag: Option<&SourceTag>) -> Tag<'_> {
    match tag {
        Some(tag) if tag.handle() == "tag:yaml.org,2002:" => Tag::Core(tag.suffix()),
        None if style == ScalarStyle::Plain => Tag::Plain,
        Some(_) | None => Tag::Text,
    }
}

fn place(span: &Span) -> Position {
    Position { line: span.start.line(), column: span.start.col() + 1 }
}

/// Writes one document, without a leading `---`.
///
/// # Errors
/// When the value has no form in YAML.
pub fn to_string(value: &impl Serialize) -> Result<String, YamlError> {
    serde_yaml::to_string(value).map_err(|_| YamlError::Unwritable)
}

#[cfg(test)]
mod tests;
