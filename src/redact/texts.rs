//! The texts of objects' contents, as far as a message may not quote them.

use std::collections::{BTreeSet, HashSet};

use base64::Engine as _;
use serde_json::Value;

use super::policy::{is_readable, kernel_argument_name};
use super::shape;
use crate::ignition::contents::{BASE64, Contents};

/// Fields whose texts are names, images or devices, and may be quoted.
const NAMES: [&str; 12] = [
    "apiVersion",
    "baseOSExtensionsContainerImage",
    "device",
    "extensions",
    "format",
    "kernelType",
    "kind",
    "label",
    "metadata",
    "name",
    "osImageURL",
    "path",
];

/// The longest word of which pieces are known too; a longer word is data.
const LONGEST_WORD: usize = 200;

/// Texts of contents, decoded.
#[derive(Default)]
pub(super) struct Texts {
    /// The words that are no plain words of a sentence, and the longer pieces of such.
    pub(super) words: HashSet<String>,
    /// Whole texts of one line, the pieces of such, and what is a secret by its place or form.
    pub(super) values: HashSet<String>,
    /// The values that have more than one word.
    pub(super) phrases: BTreeSet<String>,
    /// Names of objects, files, units, users and kernel arguments, which may be quoted.
    pub(super) names: HashSet<String>,
}

/// The texts of OpenShift's in which an admin's words stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// The texts of the release, which hold a proxy and its user.
    ByTemplate,
    /// Files through which an admin's configuration is passed on.
    InFile,
}

impl Texts {
    /// Takes every text of a value but names.
    pub(super) fn collect(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(fields) => {
                let decoded = match Contents::of(value) {
                    Contents::Decoded(bytes) => Some(bytes),
                    _ => None,
                };
                if let Some(bytes) = &decoded {
                    self.add(&String::from_utf8_lossy(bytes));
                }
                let names =
                    ["name", "path"].into_iter().filter_map(|key| fields.get(key)?.as_str());
                self.names.extend(names.map(str::to_owned));
                let is_text =
                    |key: &str| !NAMES.contains(&key) && (decoded.is_none() || key != "source");
                let contents = fields.iter().filter(|(key, _)| is_text(key));
                contents.for_each(|(_, value)| self.collect(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Takes of OpenShift's texts what is a secret by its place or form.
    pub(super) fn collect_passed_on(&mut self, value: &Value, by: Passed) {
        each_text(value, by, &mut |text, by| {
            let spans = match by {
                Passed::InFile => shape::spans(text),
                // Most texts of a release hold no user of a URL.
                Passed::ByTemplate if text.contains('@') => shape::users_of(text),
                Passed::ByTemplate => Vec::new(),
            };
            for span in spans {
                self.add(&text[span]);
            }
        });
    }

    /// Takes the texts of user data but those of its section `ignition`: where a machine gets its configuration is said
    /// in messages, and is no secret.
    pub(super) fn collect_user_data(&mut self, data: &Value) {
        let Some(text) = data.as_str().and_then(decoded) else { return };
        match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(mut config)) => {
                let ignition = config.remove("ignition").unwrap_or_default();
                self.collect_passed_on(&ignition, Passed::InFile);
                self.collect(&Value::Object(config));
            }
            _ => self.add(&text),
        }
    }

    fn add(&mut self, text: &str) {
        self.add_plain(text);
        // The data of a Secret, the login of a pull secret.
        if let Some(text) = decoded(text) {
            self.add_plain(&text);
        }
    }

    fn add_plain(&mut self, text: &str) {
        self.words.extend(telling_words(text).map(str::to_owned));
        let text = text.trim();
        if text.contains('\n') {
            for span in shape::spans(text) {
                self.add_value(&text[span]);
            }
            return;
        }
        self.add_value(text);
        // Plain words of a sentence are no values, and neither is the scheme of a URL.
        let pieces = text.split(['=', ':', ',']).map(str::trim);
        let pieces = pieces.filter(|it| it.len() >= 4 && !it.contains(' '));
        let is_scheme = |it: &str| text.contains(&format!("{it}://"));
        self.values.extend(pieces.filter(|it| !is_scheme(it)).map(str::to_owned));
        // The value of a kernel argument, with its quotes or without.
        if let Some((_, value)) = text.split_once('=') {
            self.add_value(value.trim_matches(['"', '\'']));
        }
        self.names.extend(kernel_argument_name(text).map(str::to_owned));
    }

    fn add_value(&mut self, value: &str) {
        if value.contains(' ') && value.len() >= 8 {
            self.phrases.insert(value.to_owned());
        } else {
            self.values.insert(value.to_owned());
        }
    }
}

/// Calls a function with every text of OpenShift's, decoded, and with the way in which an admin's words come into the text.
pub(super) fn each_text(value: &Value, by: Passed, take: &mut impl FnMut(&str, Passed)) {
    match value {
        Value::String(text) => take(text, by),
        Value::Array(items) => items.iter().for_each(|it| each_text(it, by, take)),
        Value::Object(fields) => {
            let path = fields.get("path").and_then(Value::as_str);
            let is_passed_on = path.is_some_and(|it| !is_readable(it));
            let by = if is_passed_on { Passed::InFile } else { by };
            if let Contents::Decoded(bytes) = Contents::of(value) {
                return take(&String::from_utf8_lossy(&bytes), by);
            }
            fields.iter().for_each(|(_, it)| each_text(it, by, take));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

pub(super) fn is_of_word(it: char) -> bool {
    it.is_alphanumeric() || "_-./+$%@!~#^&*".contains(it)
}

pub(super) fn is_of_piece(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

/// Returns the words of a text that are no plain words of a sentence, and the longer pieces of such.
pub(super) fn telling_words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|it| !is_of_word(it)).filter(|it| it.len() >= 4 && !is_plain(it));
    words.flat_map(|word| {
        let is_short = word.len() <= LONGEST_WORD;
        let pieces = if is_short { word } else { "" }.split(|it| !is_of_piece(it));
        let pieces =
            pieces.filter(move |it| it.len() >= 6 && it.len() < word.len() && !is_plain(it));
        [word, word.trim_end_matches(['.', '!'])].into_iter().chain(pieces)
    })
}

fn is_plain(word: &str) -> bool {
    word.trim_matches(['.', '-']).chars().skip(1).all(|it| it.is_lowercase() || it == '-')
}

fn decoded(text: &str) -> Option<String> {
    BASE64.decode(text).ok().and_then(|it| String::from_utf8(it).ok())
}
