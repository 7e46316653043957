//! The gate for words of other programs: operators, daemons, admission policies, webhooks, proxies, the API server.
//!
//! An operator's condition may tell a command with a kernel argument in it, an admission policy the object that it
//! denies, a proxy the URL with its user. [`Secrets::without`] takes out what is a secret by its place or its form
//! (`shape`), and what is quoted of contents (`texts`): how a secret looks does not always tell it from other words,
//! what the contents hold does. Of contents that were not read, which are not without secrets, a message loses the
//! value of every assignment, as kernel arguments are quoted.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;

use super::author::Author;
use super::policy::is_switch;
use super::shape::{self, WITHHELD};
use super::texts::{Passed, Texts, each_text, is_of_piece, is_of_word, telling_words};
use super::unread::has_unread;
use crate::model::kind::Kind;
use crate::model::machine_config_author::is_generated_by_operator;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;

/// Words of operators that a judgment reads, and that no text of an admin takes out of a message.
const READ: [&str; 3] = ["available", "members", "unhealthy"];

/// The length of the shortest word that may be a secret.
const SHORTEST: usize = 4;

/// The texts of objects' contents, decoded, of which a message may quote nothing.
#[derive(Clone, Default)]
pub struct Secrets {
    known: Arc<Known>,
    /// What the run logs in with.
    credentials: Arc<BTreeSet<String>>,
}

#[derive(Default)]
struct Known {
    texts: Texts,
    /// Indicates whether messages may quote MachineConfigs that were not read.
    has_unread: bool,
    /// The MachineConfigs of OpenShift's.
    templates: Vec<Object>,
    /// The telling words of the templates. Few messages ask for them.
    theirs: OnceLock<HashSet<String>>,
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
        Self::from(Known { texts, ..Known::default() })
    }

    /// Takes an admin's texts of a Snapshot: the MachineConfigs that an admin wrote, what OpenShift's templates pass on
    /// of an admin's (pull secret, proxy, cloud configuration), and user data.
    #[must_use]
    pub fn of_admins(snapshot: &Snapshot) -> Self {
        let mut texts = Texts::default();
        let mut templates = Vec::new();
        let is_source = |it: &&Object| !it.name().starts_with("rendered-");
        for object in snapshot.all(Kind::MachineConfig).filter(is_source) {
            if is_generated_by_operator(object) {
                texts.collect_passed_on(spec(object), Passed::InFile);
            } else if Author::of(snapshot, object) == Author::OpenShift {
                texts.collect_passed_on(spec(object), Passed::ByTemplate);
                templates.push(object.clone());
            } else {
                texts.collect(spec(object));
            }
        }
        for object in snapshot.all(Kind::Secret) {
            let data = object.get("/data").and_then(Value::as_object);
            data.into_iter().flatten().for_each(|(_, it)| texts.collect_user_data(it));
        }
        // The names and the labels of objects are shown in any case.
        for object in Kind::ALL.into_iter().flat_map(|kind| snapshot.all(kind)) {
            let labels = object.get("/metadata/labels").and_then(Value::as_object);
            let labels = labels.into_iter().flatten().filter_map(|(_, it)| it.as_str());
            texts.names.extend(labels.chain([object.name()]).map(str::to_owned));
        }
        let has_unread = has_unread(snapshot);
        Self::from(Known { texts, has_unread, templates, theirs: OnceLock::new() })
    }

    /// Returns a message without secrets: what is one by its place or form, a value of the contents, and a word of the
    /// contents that is no plain word of a sentence.
    #[must_use]
    pub fn without(&self, message: &str) -> String {
        let message = self.without_quotes(message);
        if !self.known.has_unread {
            return message;
        }
        let is_no_secret = |value: &str| value.len() < SHORTEST || self.known.is_shown(value);
        shape::without_values(&message, is_no_secret)
    }

    /// Returns a text without what the run logs in with.
    #[must_use]
    pub(crate) fn without_credentials(&self, text: &str) -> String {
        let credentials = self.credentials.iter();
        credentials.fold(text.to_owned(), |text, it| text.replace(it, WITHHELD))
    }

    /// Returns a text that quotes nothing but what was read, without secrets.
    #[must_use]
    pub(crate) fn without_quotes(&self, text: &str) -> String {
        let mut message = shape::without(&self.without_credentials(text));
        let Texts { words, values, phrases, .. } = &self.known.texts;
        if values.is_empty() && words.is_empty() {
            return message;
        }
        for phrase in phrases.iter().filter(|it| message.contains(*it)).collect::<Vec<_>>() {
            message = message.replace(phrase, WITHHELD);
        }
        let is_shown = |word: &str| self.known.is_shown(word);
        each_part(&message, is_of_word, |word| {
            let bare = word.trim_end_matches(['.', '!']);
            if is_shown(word) || is_shown(bare) {
                return word.to_owned();
            }
            if [word, bare].into_iter().any(|it| self.known.holds(it)) {
                return WITHHELD.to_owned();
            }
            each_part(word, is_of_piece, |piece| {
                let is_secret = !is_shown(piece) && self.known.holds(piece);
                if is_secret { WITHHELD.to_owned() } else { piece.to_owned() }
            })
        })
    }
}

impl From<Known> for Secrets {
    fn from(known: Known) -> Self {
        Self { known: Arc::new(known), ..Self::default() }
    }
}

impl Known {
    fn holds(&self, word: &str) -> bool {
        let Texts { words, values, .. } = &self.texts;
        let is_admins = || words.contains(word) && !self.theirs().contains(word);
        word.len() >= SHORTEST && (values.contains(word) || is_admins())
    }

    fn is_shown(&self, word: &str) -> bool {
        READ.contains(&word)
            || is_switch(word)
            || is_version(word)
            || self.texts.names.contains(word)
    }

    /// Returns the words that OpenShift writes too: such a word is no secret of an admin.
    fn theirs(&self) -> &HashSet<String> {
        self.theirs.get_or_init(|| {
            let mut words = HashSet::new();
            let mut take = |text: &str, by: Passed| {
                if by == Passed::ByTemplate {
                    words.extend(telling_words(text).map(str::to_owned));
                }
            };
            let specs = self.templates.iter().map(spec);
            specs.for_each(|it| each_text(it, Passed::ByTemplate, &mut take));
            words
        })
    }
}

fn spec(object: &Object) -> &Value {
    object.get("/spec").unwrap_or(&Value::Null)
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

/// Returns whether a word is a version or an address: `4.16.8`, `10.0.12.34`.
fn is_version(word: &str) -> bool {
    word.split('.').count() > 2
        && word.split('.').all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
}

/// Secrets as far as a run has learned them: contents that it read, and credentials that it sent.
#[derive(Clone, Debug, Default)]
pub struct Learned(Arc<Mutex<Secrets>>);

impl Learned {
    /// Replaces the contents that were learned before.
    pub(crate) fn learn(&self, secrets: Secrets) {
        if let Ok(mut learned) = self.0.lock() {
            learned.known = secrets.known;
        }
    }

    /// Adds a token or a password that the run logs in with.
    pub(crate) fn learn_credential(&self, credential: &str) {
        if let Ok(mut learned) = self.0.lock()
            && credential.len() >= SHORTEST
            && !learned.credentials.contains(credential)
        {
            Arc::make_mut(&mut learned.credentials).insert(credential.to_owned());
        }
    }

    /// Returns what was learned.
    pub(crate) fn secrets(&self) -> Secrets {
        self.0.lock().map(|it| it.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
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
    fn a_credential_is_known_whatever_is_read_afterwards() {
        let learned = Learned::default();
        learned.learn_credential("plainpassword");
        learned.learn_credential("abc");
        learned.learn(Secrets::of([&json!(["swordfish"])]));
        let shown = learned.secrets().without("abc of plainpassword; swordfish");
        assert_eq!(shown, "abc of (withheld); (withheld)");
    }

    #[test]
    fn switches_and_labels_take_no_word_from_a_message() {
        let object = |value: Value| Object::from_value(value).unwrap();
        let file = |text: &str| json!({"path": "/etc/x", "contents": {"source": format!("data:,{text}%0A")}});
        let snapshot = Snapshot::new("2024-08-21T12:00:00Z".parse().unwrap()).with_objects([
            object(json!({
                "apiVersion": "v1", "kind": "Secret",
                "metadata": {"name": "master-user-data", "namespace": "openshift-machine-api"},
                "data": {"disableTemplating": STANDARD.encode("true")},
            })),
            object(json!({
                "apiVersion": "machineconfiguration.openshift.io/v1", "kind": "MachineConfig",
                "metadata": {"name": "99-worker-x"},
                "spec": {"config": {"storage": {"files": [
                    file("false"), file("us-east-1c"), file("swordfish"),
                ]}}},
            })),
            object(json!({
                "apiVersion": "v1", "kind": "Node",
                "metadata": {"name": "n", "labels": {"topology.kubernetes.io/zone": "us-east-1c"}},
            })),
        ]);
        let secrets = Secrets::of_admins(&snapshot);
        for (message, expected) in [
            ("pool degraded: true total: 3", "pool degraded: true total: 3"),
            ("false in us-east-1c", "false in us-east-1c"),
            ("swordfish in us-east-1c", "(withheld) in us-east-1c"),
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
