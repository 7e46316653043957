//! The gate for words of other programs: operators, daemons, admission policies, webhooks, proxies, the API server.
//!
//! An operator's condition may tell a command with a kernel argument in it, an admission policy the object that it
//! denies, a proxy the URL with its user. [`Secrets::without`] takes out what is a secret by its place or its form
//! (`shape`), and what is quoted of contents: how a secret looks does not always tell it from other words, what the
//! contents hold does.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::author::Author;
use super::grams::Grams;
use super::policy::{is_readable, kernel_argument_name};
use super::shape::{self, WITHHELD};
use crate::ignition::contents::Contents;
use crate::model::kind::Kind;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;

/// Fields whose texts are names, and may be quoted.
const NAMES: [&str; 5] = ["apiVersion", "kind", "metadata", "name", "path"];

/// The texts of objects' contents, decoded, of which a message may quote nothing.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Texts>);

#[derive(Default)]
struct Texts {
    /// All texts, one below the other.
    all: String,
    /// Of all texts, as soon as a word is looked for in long ones.
    grams: OnceLock<Grams>,
    /// Whole texts, and the pieces of such as have one line.
    values: BTreeSet<String>,
    /// Names of objects, files, units, users and kernel arguments, which may be quoted.
    names: BTreeSet<String>,
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
        for object in snapshot.all(Kind::MachineConfig).filter(is_source) {
            let spec = object.get("/spec").unwrap_or(&Value::Null);
            match Author::of(snapshot, object) {
                Author::Admin => texts.collect(spec),
                Author::OpenShift => texts.collect_passed_on(spec, Passed::ByTemplate),
            }
        }
        for object in snapshot.all(Kind::Secret) {
            let data = object.get("/data").and_then(Value::as_object);
            data.into_iter().flatten().for_each(|(_, it)| texts.collect_user_data(it));
        }
        // The names of objects are shown in any case.
        let kinds = Kind::ALL.into_iter().flat_map(|kind| snapshot.all(kind));
        texts.names.extend(kinds.map(|it| it.name().to_owned()));
        Self(Arc::new(texts))
    }

    /// Returns a message without secrets: what is one by its place or form, a word that is one of the values of the
    /// contents, and a word of the contents that is no plain word of a sentence.
    #[must_use]
    pub fn without(&self, message: &str) -> String {
        let message = shape::without(message);
        if self.0.all.is_empty() {
            return message;
        }
        let is_of_word = |it: char| it.is_alphanumeric() || "_-./+$%@!~#^&*".contains(it);
        let mut shown = String::new();
        let mut rest = message.as_str();
        while let Some(at) = rest.find(is_of_word) {
            let (before, behind) = rest.split_at(at);
            let length = behind.find(|it| !is_of_word(it)).unwrap_or(behind.len());
            let (word, behind) = behind.split_at(length);
            shown.push_str(before);
            shown.push_str(if self.0.holds(word) { WITHHELD } else { word });
            rest = behind;
        }
        shown.push_str(rest);
        shown
    }
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
        let is_plain = |word: &str| {
            word.trim_matches(['.', '-']).chars().skip(1).all(|it| it.is_lowercase() || it == '-')
        };
        let is_in = |it: &str| {
            it.len() >= 4
                && (self.values.contains(it)
                    || (!is_plain(it) && self.may_hold(it) && self.all.contains(it)))
        };
        let bare = word.trim_end_matches(['.', '!']);
        let is_name = is_version(bare) || [word, bare].iter().any(|it| self.names.contains(*it));
        !is_name && [word, bare].into_iter().any(is_in)
    }

    fn may_hold(&self, word: &str) -> bool {
        const LONG: usize = 1 << 16;
        self.all.len() < LONG || self.grams.get_or_init(|| Grams::of(&self.all)).may_hold(word)
    }

    fn collect(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(fields) => {
                if let Contents::Decoded(bytes) = Contents::of(value) {
                    self.add(&String::from_utf8_lossy(&bytes));
                }
                let names =
                    ["name", "path"].into_iter().filter_map(|key| fields.get(key)?.as_str());
                self.names.extend(names.map(str::to_owned));
                let contents = fields.iter().filter(|(key, _)| !NAMES.contains(&key.as_str()));
                contents.for_each(|(_, value)| self.collect(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Takes of OpenShift's texts what is a secret by its place or form.
    fn collect_passed_on(&mut self, value: &Value, by: Passed) {
        let mut add = |text: &str, by: Passed| {
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
        self.all.push_str(text);
        self.all.push('\n');
        self.values.insert(text.to_owned());
        if !text.contains('\n') {
            // Plain words of a sentence are no values.
            let pieces = text.split(['=', ':', ',']).map(str::trim);
            let pieces = pieces.filter(|it| it.len() >= 4 && !it.contains(' '));
            self.values.extend(pieces.map(str::to_owned));
            self.names.extend(kernel_argument_name(text).map(str::to_owned));
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
}
