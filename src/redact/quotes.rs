//! The gate for words of other programs: operators, daemons, admission policies, webhooks, proxies, the API server.
//!
//! An operator's condition may tell a command with a kernel argument in it, an admission policy the object that it
//! denies, a proxy the URL with its user. [`Secrets::without`] takes out what is a secret by its place or its form
//! (`shape`), and what is quoted of contents: how a secret looks does not always tell it from other words, what the
//! contents hold does.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::author::Author;
use super::policy::{is_readable, kernel_argument_name};
use super::shape::{self, WITHHELD};
use crate::ignition::contents::Contents;
use crate::model::kind::Kind;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_generated_by_operator};

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

/// Words of operators that a judgment reads, and that no text of an admin takes out of a message.
const READ: [&str; 3] = ["available", "members", "unhealthy"];

/// The longest word of which pieces are known too; a longer word is data.
const LONGEST_WORD: usize = 200;

/// The texts of objects' contents, decoded, of which a message may quote nothing.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Texts>);

#[derive(Default)]
struct Texts {
    /// The words that are no plain words of a sentence, and the longer pieces of such.
    words: HashSet<String>,
    /// Whole texts of one line, the pieces of such, and what is a secret by its place or form.
    values: HashSet<String>,
    /// The values that have more than one word.
    phrases: BTreeSet<String>,
    /// Names of objects, files, units, users and kernel arguments, which may be quoted.
    names: HashSet<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Takes the texts of objects, or of what stands in objects.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut texts = Texts::default();
        values.into_iter().for_each(|value| texts.collect(value));
        Self(Arc::new(texts))
    }

    /// Takes an admin's texts of a Snapshot: the MachineConfigs that an admin wrote, what OpenShift's templates pass on
    /// of an admin's (pull secret, proxy, cloud configuration), and user data.
    #[must_use]
    pub fn of_admins(snapshot: &Snapshot) -> Self {
        let mut texts = Texts::default();
        let is_source = |it: &&Object| !it.name().starts_with("rendered-");
        let (mut admins, mut others) = (Vec::new(), Vec::new());
        for object in snapshot.all(Kind::MachineConfig).filter(is_source) {
            let spec = object.get("/spec").unwrap_or(&Value::Null);
            if is_generated_by_operator(object) {
                others.push((spec, Passed::InFile));
            } else if Author::of(snapshot, object) == Author::OpenShift {
                others.push((spec, Passed::ByTemplate));
            } else {
                admins.push(spec);
            }
        }
        for spec in admins {
            texts.collect(spec);
        }
        for object in snapshot.all(Kind::Secret) {
            let data = object.get("/data").and_then(Value::as_object);
            data.into_iter().flatten().for_each(|(_, it)| texts.collect_user_data(it));
        }
        // What OpenShift writes too is no secret of an admin.
        for (spec, by) in others {
            texts.collect_passed_on(spec, by);
        }
        // The names of objects are shown in any case.
        let kinds = Kind::ALL.into_iter().flat_map(|kind| snapshot.all(kind));
        texts.names.extend(kinds.map(|it| it.name().to_owned()));
        Self(Arc::new(texts))
    }

    /// Returns a message without secrets: what is one by its place or form, a value of the contents, and a word of the
    /// contents that is no plain word of a sentence.
    #[must_use]
    pub fn without(&self, message: &str) -> String {
        let mut message = shape::without(message);
        if self.0.values.is_empty() && self.0.words.is_empty() {
            return message;
        }
        for phrase in self.0.phrases.iter().filter(|it| message.contains(*it)).collect::<Vec<_>>() {
            message = message.replace(phrase, WITHHELD);
        }
        let is_shown = |word: &str| self.0.is_shown(word);
        each_part(&message, is_of_word, |word| {
            let bare = word.trim_end_matches(['.', '!']);
            if is_shown(word) || is_shown(bare) {
                return word.to_owned();
            }
            if [word, bare].into_iter().any(|it| self.0.holds(it)) {
                return WITHHELD.to_owned();
            }
            each_part(word, is_of_piece, |piece| {
                let is_secret = !is_shown(piece) && self.0.holds(piece);
                if is_secret { WITHHELD.to_owned() } else { piece.to_owned() }
            })
        })
    }
}

fn is_of_word(it: char) -> bool {
    it.is_alphanumeric() || "_-./+$%@!~#^&*".contains(it)
}

fn is_of_piece(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

/// Returns a text with another text in the place of each part.
fn each_part(text: &str, is_of_part: fn(char) -> bool, shown: impl Fn(&str) -> String) -> String {
    let mut all = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(is_of_part) {
        let (before, behind) = rest.split_at(at);
        let (part, behind) =
            behind.split_at(behind.find(|it| !is_of_part(it)).unwrap_or(behind.len()));
        all.push_str(before);
        all.push_str(&shown(part));
        rest = behind;
    }
    all + rest
}

/// Returns the words of a text that are no plain words of a sentence, and the longer pieces of such.
fn telling_words(text: &str) -> impl Iterator<Item = &str> {
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

/// Secrets as far as a run has learned them.
#[derive(Clone, Debug, Default)]
pub struct Learned(Arc<Mutex<Secrets>>);

impl Learned {
    /// Replaces what was learned before.
    pub(crate) fn learn(&self, secrets: Secrets) {
        if let Ok(mut known) = self.0.lock() {
            *known = secrets;
        }
    }

    /// Returns what was learned.
    pub(crate) fn secrets(&self) -> Secrets {
        self.0.lock().map(|it| it.clone()).unwrap_or_default()
    }
}

/// The texts of OpenShift's in which an admin's words stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Passed {
    /// The texts of the release, which hold a proxy and its user.
    ByTemplate,
    /// Files through which an admin's configuration is passed on.
    InFile,
}

impl Texts {
    fn holds(&self, word: &str) -> bool {
        word.len() >= 4 && (self.values.contains(word) || self.words.contains(word))
    }

    fn is_shown(&self, word: &str) -> bool {
        READ.contains(&word) || is_version(word) || self.names.contains(word)
    }

    fn collect(&mut self, value: &Value) {
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
    fn collect_passed_on(&mut self, value: &Value, by: Passed) {
        let mut add = |text: &str, by: Passed| {
            if by == Passed::ByTemplate && !self.words.is_empty() {
                for word in telling_words(text) {
                    self.words.remove(word);
                }
            }
            // Most texts of a release hold neither.
            if by == Passed::InFile || text.contains('@') {
                let spans =
                    if by == Passed::InFile { shape::spans(text) } else { shape::users_of(text) };
                for span in spans {
                    self.add(&text[span]);
                }
            }
        };
        match value {
            Value::String(text) => add(text, by),
            Value::Array(items) => items.iter().for_each(|it| self.collect_passed_on(it, by)),
            Value::Object(fields) => {
                let path = fields.get("path").and_then(Value::as_str);
                let is_passed_on = path.is_some_and(|it| !is_readable(it));
                let by = if is_passed_on { Passed::InFile } else { by };
                if let Contents::Decoded(bytes) = Contents::of(value) {
                    return add(&String::from_utf8_lossy(&bytes), by);
                }
                fields.iter().for_each(|(_, it)| self.collect_passed_on(it, by));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Takes the texts of user data but those of its section `ignition`: where a machine gets its configuration is said
    /// in messages, and is no secret.
    fn collect_user_data(&mut self, data: &Value) {
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

/// Returns whether a word is a version or an address: `4.16.8`, `10.0.12.34`.
fn is_version(word: &str) -> bool {
    word.split('.').count() > 2
        && word.split('.').all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
}

/// Some encoders leave the padding away.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn decoded(text: &str) -> Option<String> {
    BASE64.decode(text).ok().and_then(|it| String::from_utf8(it).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    #[test]
    fn a_message_loses_what_it_quotes_of_contents_and_keeps_names() {
        let script = "data:,%23%21/bin/sh%0Apodman%20login%20-p%20hunter2podman%20quay.io%0A";
        let body = json!({
            "kind": "MachineConfig", "metadata": {"name": "99-etcd-x"},
            "spec": {
                "kernelArguments": ["rd.iscsi.password=opensesame", "nosmt", "a=x:abracadabra"],
                "config": {
                    "passwd": {"users": [{"name": "core", "passwordHash": "swordfish"}]},
                    "storage": {"files": [{"path": "/etc/x", "contents": {"source": script}}]},
                },
            },
            "data": {"userData": STANDARD.encode("{\"pw\": \"p@ss;w0rd!\"}")},
        });
        let secrets = Secrets::of([&body]);
        for (message, expected) in [
            ("the password hunter2podman is weak.", "the password (withheld) is weak."),
            ("'opensesame' is weak", "'(withheld)' is weak"),
            ("the password is hunter", "the password is (withheld)"),
            ("Password: hunter, or so", "Password: (withheld), or so"),
            ("in rd.iscsi.password=opensesame", "in rd.iscsi.password=(withheld)"),
            ("abracadabra, a=x", "(withheld), a=x"),
            ("passwordHash: swordfish.", "passwordHash: (withheld)"),
            ("argument nosmt, p@ss;w0rd!", "argument (withheld), (withheld);(withheld)"),
            ("no login of core in /etc/x of 99-etcd-x, please", ""),
            ("ValidatingAdmissionPolicy 'no-kargs' denied request: the spec is too large", ""),
        ] {
            let expected = if expected.is_empty() { message } else { expected };
            assert_eq!(secrets.without(message), expected);
        }
    }

    #[test]
    fn sentences_of_an_admin_and_names_of_the_cluster_take_no_word_from_a_message() {
        let texts = json!(["all members are available at 4.16.8", "dXNlcjpwdw==", "10.0.12.34 3"]);
        let secrets = Secrets::of([&texts]);
        for (message, expected) in [
            ("3 members are available", "3 members are available"),
            ("at 4.16.8 of 10.0.12.34", "at 4.16.8 of 10.0.12.34"),
            ("dXNlcjpwdw==", "(withheld)"),
        ] {
            assert_eq!(secrets.without(message), expected);
        }
    }

    #[test]
    fn a_line_a_phrase_and_a_value_are_known_wherever_they_are_quoted() {
        let texts = json!([
            "swordfish\n",
            "correct horse battery staple\n",
            "x.key=\"my horse pw\"",
            "#!/bin/sh\nPASSWORD=opensesame\ncurl https://mirror.corp/Hunter2x\n",
            {"source": "data:text/plain;charset=utf-8,Vault9\n"},
            {"source": "https://files.corp/x"},
            "my.state=available",
        ]);
        let secrets = Secrets::of([&texts]);
        for (message, expected) in [
            ("swordfish", "(withheld)"),
            ("got correct horse battery staple, no", "got (withheld), no"),
            ("my horse pw", "(withheld)"),
            ("opensesame?", "(withheld)?"),
            ("svc/Hunter2x@db -Hunter2x", "svc/(withheld)@db -(withheld)"),
            ("Vault9", "(withheld)"),
            ("user data missing, text/plain", "user data missing, text/plain"),
            ("Get \"https://10.0.0.1:6443/x\"", "Get \"https://10.0.0.1:6443/x\""),
            ("3 members are available", "3 members are available"),
            ("x509: signed by unknown authority", "x509: signed by unknown authority"),
        ] {
            assert_eq!(secrets.without(message), expected);
        }
    }
}
