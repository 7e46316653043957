//! The fields of an object as Go's JSON library puts them into a struct: a field that is missing or null has
//! the zero value, unknown fields are passed over, and a value of another type is an error.
//!
//! serde's errors quote the value that they cannot take, which may be a token; an error here names the path
//! of the field alone.

use std::collections::HashMap;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::{Map, Value};

use super::fault::FileFault;

/// Go's base64, which does not look at the bits behind the last byte.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// An object, and its path in the file.
pub(crate) struct Fields<'a> {
    path: String,
    fields: Option<&'a Map<String, Value>>,
}

impl<'a> Fields<'a> {
    /// The fields of a document.
    pub(crate) fn of_document(value: &'a Value) -> Result<Self, FileFault> {
        Self::of(String::new(), value)
    }

    fn of(path: String, value: &'a Value) -> Result<Self, FileFault> {
        match value {
            Value::Null => Ok(Self { path, fields: None }),
            Value::Object(fields) => Ok(Self { path, fields: Some(fields) }),
            _ => Err(FileFault::Type(or_document(path), "an object")),
        }
    }

    fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The value of a field; null where it is missing.
    pub(super) fn value(&self, name: &str) -> &'a Value {
        self.fields.and_then(|it| it.get(name)).unwrap_or(&Value::Null)
    }

    /// An object, without fields where it is missing.
    pub(crate) fn object(&self, name: &str) -> Result<Self, FileFault> {
        Self::of(self.path(name), self.value(name))
    }

    /// An object; `None` where it is missing.
    pub(super) fn optional(&self, name: &str) -> Result<Option<Self>, FileFault> {
        let object = self.object(name)?;
        Ok(object.fields.is_some().then_some(object))
    }

    /// A list of objects.
    pub(super) fn objects(&self, name: &str) -> Result<Vec<Self>, FileFault> {
        let path = self.path(name);
        let items = list(&path, self.value(name))?.iter().enumerate();
        items.map(|(at, item)| Self::of(format!("{path}[{at}]"), item)).collect()
    }

    /// A text; `None` for an empty one, which is Go's zero value.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, FileFault> {
        let text = text(&self.path(name), self.value(name))?;
        Ok(Some(text.to_owned()).filter(|it| !it.is_empty()))
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, FileFault> {
        texts(&self.path(name), self.value(name))
    }

    /// Texts by their keys.
    pub(super) fn text_map(&self, name: &str) -> Result<HashMap<String, String>, FileFault> {
        let object = self.object(name)?;
        let entries = object.fields.into_iter().flatten();
        let entry =
            |(key, value): (&String, _)| Ok((key.clone(), text(&object.path, value)?.to_owned()));
        entries.map(entry).collect()
    }

    /// Lists of texts by their keys.
    pub(super) fn texts_map(&self, name: &str) -> Result<HashMap<String, Vec<String>>, FileFault> {
        let object = self.object(name)?;
        let entries = object.fields.into_iter().flatten();
        entries.map(|(key, value)| Ok((key.clone(), texts(&object.path, value)?))).collect()
    }

    /// A field that is true or false.
    pub(super) fn flag(&self, name: &str) -> Result<bool, FileFault> {
        match self.value(name) {
            Value::Null => Ok(false),
            Value::Bool(flag) => Ok(*flag),
            _ => Err(FileFault::Type(self.path(name), "true or false")),
        }
    }

    /// Bytes, which a file has as base64, perhaps in lines; as base64 in one line. `None` for no bytes.
    pub(super) fn bytes(&self, name: &str) -> Result<Option<String>, FileFault> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let decoded = BASE64.decode(text.replace(['\r', '\n'], ""));
        let bytes = decoded.map_err(|_| FileFault::Type(self.path(name), "base64"))?;
        Ok(Some(STANDARD.encode(bytes)).filter(|it| !it.is_empty()))
    }
}

fn or_document(path: String) -> String {
    if path.is_empty() { "the document".to_owned() } else { path }
}

fn list<'a>(path: &str, value: &'a Value) -> Result<&'a [Value], FileFault> {
    match value {
        Value::Null => Ok(&[]),
        Value::Array(list) => Ok(list),
        _ => Err(FileFault::Type(path.to_owned(), "a list")),
    }
}

fn text<'a>(path: &str, value: &'a Value) -> Result<&'a str, FileFault> {
    match value {
        Value::Null => Ok(""),
        Value::String(text) => Ok(text),
        _ => Err(FileFault::Type(path.to_owned(), "a string")),
    }
}

fn texts(path: &str, value: &Value) -> Result<Vec<String>, FileFault> {
    let items = list(path, value)?.iter().enumerate();
    items.map(|(at, item)| Ok(text(&format!("{path}[{at}]"), item)?.to_owned())).collect()
}
