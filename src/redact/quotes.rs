//! Takes out of the words of servers and operators what they quote of an admin's MachineConfigs.
//!
//! An operator's condition may tell a command with a kernel argument in it, an admission policy the object that it
//! denies. How a secret looks does not tell it from other words; what the contents hold does.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::answer::PasswordSentence;
use super::author::Author;
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
    /// Whole texts, and the pieces of such as have one line.
    values: BTreeSet<String>,
    /// Names of files, units, users and kernel arguments, which may be quoted.
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

    /// Takes the texts of the MachineConfigs of a Snapshot that an admin wrote.
    #[must_use]
    pub fn of_admins(snapshot: &Snapshot) -> Self {
        let is_source = |it: &&Object| !it.name().starts_with("rendered-");
        let admins = snapshot.all(Kind::MachineConfig).filter(is_source);
        let admins = admins.filter(|it| Author::of(snapshot, it) == Author::Admin);
        Self::of(admins.filter_map(|it| it.get("/spec")))
    }

    /// Returns a message without what is quoted of the contents: a word that is one of their values, or a word of them that is
    /// no plain word of a sentence.
    #[must_use]
    pub fn without(&self, message: &str) -> String {
        let is_of_word = |it: char| it.is_alphanumeric() || "_-./+$%@!~#^&*".contains(it);
        let is_plain = |word: &str| {
            word.trim_matches(['.', '-']).chars().skip(1).all(|it| it.is_lowercase() || it == '-')
        };
        let mut shown = String::new();
        let mut sentence = PasswordSentence::default();
        let mut rest = message;
        while let Some(at) = rest.find(is_of_word) {
            let (before, behind) = rest.split_at(at);
            let length = behind.find(|it| !is_of_word(it)).unwrap_or(behind.len());
            let (word, behind) = behind.split_at(length);
            let bare = word.trim_end_matches(['.', '!']);
            let is_name = self.0.names.contains(word) || self.0.names.contains(bare);
            let may_be_password = sentence.may_follow() && bare.len() >= 3;
            sentence.next(word);
            let is_in = |it: &str| {
                self.0.values.contains(it)
                    || (it.len() >= 4 && !is_plain(it) && self.0.all.contains(it))
            };
            let is_quoted = !is_name
                && ([word, bare].into_iter().any(is_in)
                    || may_be_password && self.0.all.contains(bare));
            shown.push_str(before);
            shown.push_str(if is_quoted { "(withheld)" } else { word });
            rest = behind;
        }
        shown.push_str(rest);
        shown
    }
}

impl Texts {
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

    fn add(&mut self, text: &str) {
        self.all.push_str(text);
        self.all.push('\n');
        self.values.insert(text.to_owned());
        if !text.contains('\n') {
            let pieces = text.split(['=', ':', ',', ' ']).filter(|it| it.len() >= 4);
            self.values.extend(pieces.map(str::to_owned));
            self.names.extend(text.split_once('=').map(|(name, _)| name.to_owned()));
        }
        // The data of a Secret.
        if let Some(text) = STANDARD.decode(text).ok().and_then(|it| String::from_utf8(it).ok()) {
            self.all.push_str(&text);
            self.all.push('\n');
            self.values.insert(text);
        }
    }
}

/// The annotation in which the operator's daemon says of a Node why it is degraded.
const DAEMON_REASON: &str = "machineconfiguration.openshift.io/reason";

/// Returns a Snapshot in which no condition quotes a MachineConfig of an admin's.
#[must_use]
pub fn without_quotes(snapshot: Snapshot) -> Snapshot {
    let secrets = Secrets::of_admins(&snapshot);
    let kinds = [Kind::MachineConfigPool, Kind::ClusterOperator, Kind::Node];
    let objects = kinds.into_iter().flat_map(|kind| snapshot.all(kind));
    let changed: Vec<Object> = objects.filter_map(|object| clean(object, &secrets)).collect();
    snapshot.with_objects(changed)
}

/// Returns an object without quotes; `None` when there are none in it.
fn clean(object: &Object, secrets: &Secrets) -> Option<Object> {
    let mut body = object.body().clone();
    let clean = |text: &mut Value| {
        let Some(words) = text.as_str() else { return };
        let clean = secrets.without(words);
        *text = clean.into();
    };
    let conditions = body.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
    conditions.into_iter().flatten().filter_map(|it| it.get_mut("message")).for_each(clean);
    let annotations = body.pointer_mut("/metadata/annotations");
    annotations.and_then(|it| it.get_mut(DAEMON_REASON)).into_iter().for_each(clean);
    if body == *object.body() { None } else { Object::from_value(body).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::ObjectRef;
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
    fn a_condition_loses_what_it_quotes_of_an_admins_machine_config() {
        let object = |reference, body: Value| {
            let mut object = Object::new(reference).into_body();
            for (key, value) in body.as_object().unwrap() {
                object[key] = value.clone();
            }
            Object::from_value(object).unwrap()
        };
        let source = ObjectRef::cluster(Kind::MachineConfig, "99-master-x");
        let spec = json!({"spec": {"kernelArguments": ["rd.iscsi.password=opensesame"]}});
        let pool = ObjectRef::cluster(Kind::MachineConfigPool, "etcd");
        let message = "running rpm-ostree kargs --append=rd.iscsi.password=opensesame failed";
        let status =
            json!({"status": {"conditions": [{"type": "NodeDegraded", "message": message}]}});
        let snapshot = Snapshot::new("2024-08-21T12:00:00Z".parse().unwrap())
            .with_objects([object(source, spec), object(pool, status)]);
        let told = |snapshot: &Snapshot| {
            let pool = snapshot.pool("etcd").unwrap();
            pool.condition("NodeDegraded").unwrap().message.to_owned()
        };
        assert_eq!(told(&snapshot), message);
        let expected = "running rpm-ostree kargs --append=rd.iscsi.password=(withheld) failed";
        assert_eq!(told(&without_quotes(snapshot)), expected);
    }
}
