//! Takes out of a server's words what may be a secret: admission policies and webhooks quote objects.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::derive::contents::Contents;

/// How long a word may be. Names of objects end at 253 characters, and none of ours is near that.
const LONGEST_WORD: usize = 100;
/// How long a message may be.
const LONGEST: usize = 1_000;

/// How hashed passwords begin: those of a MachineConfig's users can be guessed from them.
const HASHES: [&str; 9] = ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$apr1$", "$argon2", "$y$"];

/// A message without data URLs, keys, tokens, long encoded words and what is too long for a message.
#[must_use]
pub(super) fn text(message: &str) -> String {
    let mut words = Vec::new();
    let mut is_after_bearer = false;
    for word in message.split_whitespace() {
        let is_secret = is_after_bearer || is_suspect(word);
        let lower = word.to_lowercase();
        let scheme = lower.trim_end_matches(|it: char| !it.is_ascii_alphanumeric());
        is_after_bearer = scheme.ends_with("bearer") || scheme.ends_with("basic");
        words.push(if is_secret { "(withheld)" } else { word });
    }
    words.dedup_by(|a, b| a == b && *a == "(withheld)");
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… (shortened)", &text[..end]),
        None => text,
    }
}

/// Whether a word may be, or may hold, a secret: it is data, or is encoded.
fn is_suspect(word: &str) -> bool {
    let is_encoded = |part: &str| {
        let looks_like_base64 = part.len() >= 32
            && part.bytes().any(|it| it.is_ascii_digit())
            && part.bytes().any(|it| it.is_ascii_uppercase())
            && part.bytes().any(|it| it.is_ascii_lowercase());
        looks_like_base64 || part.starts_with("eyJ") || part.starts_with("sha256~")
    };
    let parts = word.split(|it: char| !it.is_ascii_alphanumeric() && !"+/_-~".contains(it));
    word.len() > LONGEST_WORD
        || has_data_url(word)
        || word.contains("auths")
        || HASHES.iter().any(|it| word.contains(it))
        || word.contains("-----BEGIN")
        || parts.into_iter().any(is_encoded)
}

/// `data:`, and not the end of `metadata:`.
fn has_data_url(word: &str) -> bool {
    let is_start = |at: usize| !word[..at].ends_with(|it: char| it.is_ascii_alphanumeric());
    word.match_indices("data:").any(|(at, _)| is_start(at))
}

/// A reason as API servers have them: one word of letters.
#[must_use]
pub(super) fn reason(reason: &str) -> String {
    let is_one = reason.len() <= 40 && reason.bytes().all(|it| it.is_ascii_alphabetic());
    if is_one { reason.to_owned() } else { String::new() }
}

/// Fields whose texts are names, and may be quoted.
const NAMES: [&str; 5] = ["apiVersion", "kind", "metadata", "name", "path"];

/// What a request sends that may be secret: the texts of an object's contents, decoded.
#[derive(Clone, Default)]
pub(super) struct Sent(Arc<Texts>);

#[derive(Default)]
struct Texts {
    /// All texts, one below the other.
    all: String,
    /// Whole texts, and what is behind a `=` in them.
    values: BTreeSet<String>,
}

impl Sent {
    /// Reads the body of a request.
    pub(super) fn of(body: &[u8]) -> Self {
        let mut texts = Texts::default();
        if let Ok(body) = serde_json::from_slice(body) {
            texts.collect(&body);
        }
        Self(Arc::new(texts))
    }

    /// A message without what is quoted of the contents: a word that is one of their values, or a word of them that is
    /// no plain word of a sentence.
    pub(super) fn without(&self, message: &str) -> String {
        let is_of_word = |it: char| it.is_alphanumeric() || "_-./+$%@!~#^&*".contains(it);
        let is_plain = |word: &str| {
            word.trim_matches(['.', '-']).chars().skip(1).all(|it| it.is_lowercase() || it == '-')
        };
        let mut shown = String::new();
        let mut rest = message;
        while let Some(at) = rest.find(is_of_word) {
            let (before, behind) = rest.split_at(at);
            let length = behind.find(|it| !is_of_word(it)).unwrap_or(behind.len());
            let (word, behind) = behind.split_at(length);
            let bare = word.trim_end_matches(['.', '!']);
            let is_quoted = [word, bare].into_iter().any(|it| {
                self.0.values.contains(it)
                    || (it.len() >= 4 && !is_plain(it) && self.0.all.contains(it))
            });
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
        self.values.extend(text.split_once('=').map(|(_, value)| value.to_owned()));
        // The data of a Secret.
        if let Some(text) = STANDARD.decode(text).ok().and_then(|it| String::from_utf8(it).ok()) {
            self.all.push_str(&text);
            self.all.push('\n');
            self.values.insert(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_sent_is_not_quoted_back() {
        let script = "data:,%23%21/bin/sh%0Apodman%20login%20-p%20hunter2podman%20quay.io%0A";
        let body = json!({
            "kind": "MachineConfig", "metadata": {"name": "99-etcd-x"},
            "spec": {
                "kernelArguments": ["rd.iscsi.password=opensesame", "nosmt"],
                "config": {
                    "passwd": {"users": [{"name": "core", "passwordHash": "swordfish"}]},
                    "storage": {"files": [{"path": "/etc/x", "contents": {"source": script}}]},
                },
            },
            "data": {"userData": STANDARD.encode("{\"pw\": \"p@ss;w0rd!\"}")},
        });
        let sent = Sent::of(body.to_string().as_bytes());
        for (message, expected) in [
            ("the password hunter2podman is weak.", "the password (withheld) is weak."),
            ("'opensesame' is weak", "'(withheld)' is weak"),
            ("passwordHash: swordfish.", "passwordHash: (withheld)"),
            ("argument nosmt, p@ss;w0rd!", "argument (withheld), (withheld);(withheld)"),
            ("no login of core in /etc/x of 99-etcd-x, please", ""),
            ("ValidatingAdmissionPolicy 'no-kargs' denied request: the spec is too large", ""),
        ] {
            let expected = if expected.is_empty() { message } else { expected };
            assert_eq!(sent.without(message), expected);
        }
    }

    #[test]
    fn what_servers_say_of_themselves_stays() {
        for message in [
            "machineconfigs.machineconfiguration.openshift.io \"00-etcd\" is forbidden: User \"viewer\" \
             cannot patch resource \"machineconfigs\" in API group \"machineconfiguration.openshift.io\" \
             at the cluster scope",
            "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using \
             machineconfiguration.openshift.io/v1: .spec.config.systemd.units",
            "strict decoding error: unknown field \"metadata.x\" in metadata: no such field",
            "rendered-etcd-aa74e1cc2e92e4aa2e1719c63f74c817 does not hold 00-etcd",
            "ValidatingAdmissionPolicy 'custom-machine-config-pool-selector' with binding \
             'custom-machine-config-pool-selector-binding' denied request",
        ] {
            assert_eq!(text(message), message);
        }
        assert_eq!(reason("AlreadyExists"), "AlreadyExists");
    }

    #[test]
    fn what_may_be_a_secret_goes() {
        for secret in [
            "eyJpZ25pdGlvbiI6eyJjb25maWci",
            "data:text/plain;base64,eyJhdXRocyI6",
            "{\"auths\":{\"registry\":{}}}",
            "Bearer CANARY",
            "Authorization: Basic: CANARY",
            "authorization:Bearer CANARY",
            "token=sha256~CANARY",
            "passwordHash:$6$salt$CANARY./x",
            "\"$y$j9T$CANARY\"",
            "MIIEpAIBAAKCAQEA7n3kP0x9aQyT1bV5",
        ] {
            let told = text(&format!("denied: 'x {secret}' it says"));
            assert!(told.contains("(withheld)") && !told.contains("CANARY"), "{told}");
            assert!(told.starts_with("denied: 'x ") && told.ends_with(" it says"), "{told}");
        }
        assert!(text(&"word ".repeat(1_000)).len() < 1_100);
        assert_eq!(reason("eyJ9"), "");
    }
}
