//! The policy of what may be shown of an object, all of it in this file. `masking` and `encoded` carry it out.
//!
//! It is fail-safe: a text is shown only where its place is known to hold configuration, and even there
//! each line loses what may be a secret. The line keeps its key, so that it can be told what changed. What is
//! withheld has its size and a digest instead, so that a change of it is seen. The digest is salted: that of a
//! password alone would be guessed by who tries out passwords.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::encoded::is_encoded_word;
use super::masking;

/// Whether secrets may be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// They are withheld.
    #[default]
    Withheld,
    /// `--show-sensitive`
    Shown,
}

/// What is mixed into the digests of a run. It is random, leaves the process in no form, and is gone with it:
/// within a run equal texts have equal digests, and nobody can compare one with guesses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Takes random bytes.
    #[must_use]
    pub const fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Size and short digest of what is not shown.
    #[must_use]
    pub fn withheld(self, bytes: &[u8]) -> String {
        // Half of the digest's length and more is cut off: nothing can be appended to what was digested.
        let digest = Sha256::new().chain_update(self.0).chain_update(bytes).finalize();
        let mut short = String::new();
        for byte in digest.iter().take(6) {
            short.push_str(&format!("{byte:02x}"));
        }
        format!("<withheld: {} bytes, digest {short}>", bytes.len())
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

/// What may be shown, and how what may not is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether secrets may be shown.
    pub sensitivity: Sensitivity,
    /// What their digests are made with.
    pub salt: Salt,
}

/// Where files hold configuration: what the operator's templates write, and what admins add to the system.
const READABLE: [&str; 28] = [
    "/etc/NetworkManager/conf.d/",
    "/etc/NetworkManager/dispatcher.d/",
    "/etc/audit/rules.d/",
    "/etc/chrony.conf",
    "/etc/containers/policy.json",
    "/etc/containers/registries.",
    "/etc/containers/storage.conf",
    "/etc/crio/",
    "/etc/kubernetes/",
    "/etc/logrotate.d/",
    "/etc/machine-config-daemon/",
    "/etc/mco/",
    "/etc/modprobe.d/",
    "/etc/modules-load.d/",
    "/etc/node-sizing",
    "/etc/oc-etcd/",
    "/etc/ovs/",
    "/etc/pam.d/",
    "/etc/security/limits.",
    "/etc/sysctl.",
    "/etc/systemd/",
    "/etc/tmpfiles.d/",
    "/etc/tuned/",
    "/etc/udev/",
    "/usr/local/bin/",
    "/usr/local/libexec/",
    "/usr/local/sbin/",
    "/var/lib/tuned/",
];

/// What no readable path may contain, in lower case.
const SECRET_PATHS: [&str; 23] = [
    ".crt",
    ".dockercfg",
    ".gpg",
    ".jks",
    ".key",
    ".netrc",
    ".p12",
    ".pem",
    ".pfx",
    "auth",
    "ca-bundle",
    "cert",
    "config.json",
    "credential",
    "htpasswd",
    "keytab",
    "kubeconfig",
    "passw",
    "private",
    "pull-secret",
    "secret",
    "shadow",
    "token",
];

/// What makes a whole text secret, in lower case.
const SECRET_TEXTS: [&str; 9] = [
    "-----begin",
    "\"auth\"",
    "auths",
    "client-certificate-data",
    "client-key-data",
    "kind: secret",
    "private key",
    "dockerconfigjson",
    "putty-user-key",
];

/// Fields of a MachineConfig whose text is configuration. The texts of all others are withheld.
const KNOWN_FIELDS: [&str; 24] = [
    "baseOSExtensionsContainerImage",
    "compression",
    "device",
    "devices",
    "extensions",
    "format",
    "gid",
    "group",
    "groups",
    "guid",
    "homeDir",
    "kernelType",
    "label",
    "level",
    "mountOptions",
    "name",
    "options",
    "osImageURL",
    "path",
    "primaryGroup",
    "shell",
    "target",
    "typeGuid",
    "user",
];

/// What a key contains behind which a secret stands, in lower case.
const SECRET_KEYS: [&str; 11] = [
    "authorization",
    "community",
    "cookie",
    "credential",
    "passphrase",
    "passw",
    "private",
    "secret",
    "signature",
    "token",
    "userpass",
];

/// Ends of the words of such a key: `API_KEY`, `sshpass`, `accesskey`.
const SECRET_ENDS: [&str; 9] = ["auth", "key", "keys", "pass", "phrase", "psk", "pw", "pwd", "wep"];

/// Words of such a key.
const SECRET_PARTS: [&str; 7] = ["cred", "creds", "hash", "pin", "salt", "seed", "sig"];

/// Words after which a secret stands without a separator, in lower case.
const SECRET_WORDS: [&str; 15] = [
    "apikey",
    "basic",
    "bearer",
    "chpasswd",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "psk",
    "requirepass",
    "secret",
    "sshpass",
    "token",
    "userpass",
];

/// Programs, and flags of such, that read a secret from what a pipe brings: it stands before them.
const SECRET_READERS: [&str; 4] = ["chpasswd", "passwd --stdin", "password-stdin", "passphrase-fd"];

/// Ends of keys that name where a secret is, or how secrets are dealt with, and hold none.
const PLACES: [&str; 7] = ["bin-dir", "config", "dir", "file", "path", "provider", "mode"];

/// Values that switch something.
const SWITCHES: [&str; 10] =
    ["true", "false", "yes", "no", "on", "off", "null", "none", "{}", "[]"];

/// How encoded secrets begin, wherever a word holds them.
pub(super) const PREFIXES: [&str; 25] = [
    "$1$",
    "$2a$",
    "$2b$",
    "$2y$",
    "$5$",
    "$6$",
    "$apr1$",
    "$argon2",
    "$y$",
    "AAAAB3Nza",
    "AAAAC3Nza",
    "AAAAE2Vj",
    "AKIA",
    "ASIA",
    "H4sI",
    "MII",
    "eyJ",
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "hvs.",
    "sha256~",
    "xox",
    "LS0tLS",
];

/// How long a line may be.
pub(super) const LONGEST_LINE: usize = 400;

/// Whether a field of a MachineConfig holds configuration.
#[must_use]
pub fn is_known_field(key: &str) -> bool {
    KNOWN_FIELDS.contains(&key)
}

impl Policy {
    /// Whether secrets may be shown.
    #[must_use]
    pub const fn shows_secrets(self) -> bool {
        matches!(self.sensitivity, Sensitivity::Shown)
    }

    /// Size and short digest of what is not shown.
    #[must_use]
    pub fn withheld(self, bytes: &[u8]) -> String {
        self.salt.withheld(bytes)
    }

    /// The lines of a file. What is not text is never shown.
    #[must_use]
    pub fn file(self, path: &str, bytes: &[u8]) -> Vec<String> {
        let Some(text) = readable_text(bytes) else { return vec![self.withheld(bytes)] };
        if !self.shows_secrets() && !is_readable(path) && !text.is_empty() {
            return vec![self.withheld(bytes)];
        }
        self.text(text, text.lines().map(str::to_owned))
    }

    /// The lines of a text that is configuration. `text` is the whole, of which the lines are another form.
    #[must_use]
    pub fn text(self, text: &str, lines: impl Iterator<Item = String>) -> Vec<String> {
        if readable_text(text.as_bytes()).is_none() || (!self.shows_secrets() && is_secret(text)) {
            return vec![self.withheld(text.as_bytes())];
        }
        if self.shows_secrets() {
            return lines.collect();
        }
        masking::text(&lines.collect::<Vec<_>>(), self.salt)
    }

    /// One value of configuration in one line.
    #[must_use]
    pub fn value(self, key: &str, text: &str) -> String {
        let line = format!("{key}: {text}");
        let whole = || format!("{key}: {}", self.withheld(text.as_bytes()));
        match self.sensitivity {
            _ if text.chars().any(char::is_control) => whole(),
            Sensitivity::Shown => line,
            Sensitivity::Withheld if is_secret(text) => whole(),
            Sensitivity::Withheld => masking::line(&line, self.salt).unwrap_or_else(whole),
        }
    }

    /// The name of a part: a path, a unit, a key.
    #[must_use]
    pub fn name(self, name: &str) -> String {
        let is_plain = |it: char| it.is_ascii_alphanumeric() || "/-_.@:\\".contains(it);
        let is_shown = name.len() <= 253 && name.chars().all(is_plain) && !is_encoded_word(name);
        match self.sensitivity {
            Sensitivity::Shown if !name.chars().any(char::is_control) => name.to_owned(),
            Sensitivity::Withheld if is_shown => name.to_owned(),
            _ => self.withheld(name.as_bytes()),
        }
    }

    /// Where a file is. What is no absolute path is none.
    #[must_use]
    pub fn path(self, path: &str) -> String {
        match self.sensitivity {
            Sensitivity::Withheld if !path.starts_with('/') => self.withheld(path.as_bytes()),
            _ => self.name(path),
        }
    }

    /// What may be anything.
    #[must_use]
    pub fn unknown(self, text: &str) -> Vec<String> {
        match self.sensitivity {
            Sensitivity::Shown => self.text(text, text.lines().map(str::to_owned)),
            Sensitivity::Withheld => vec![self.withheld(text.as_bytes())],
        }
    }
}

/// A value of configuration as a sentence may quote it: what a diff withholds of it is left out.
#[must_use]
pub fn quotable(text: &str) -> String {
    let policy = Policy { sensitivity: Sensitivity::Withheld, salt: Salt::new([0; 32]) };
    let is_plain = |it: &str| policy.text(it, std::iter::once(it.to_owned())) == [it];
    match text.split_once('=') {
        _ if is_plain(text) => text.to_owned(),
        Some((key, _)) if is_plain(key) => format!("{key}=(withheld)"),
        _ => "(withheld)".to_owned(),
    }
}

/// The bytes as text, where they are one.
fn readable_text(bytes: &[u8]) -> Option<&str> {
    let is_odd = |it: char| it.is_control() && !matches!(it, '\n' | '\r' | '\t');
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains(is_odd))
}

/// Whether a file is known to hold configuration. A script may be called after the secrets that it handles.
fn is_readable(path: &str) -> bool {
    let lower = path.to_lowercase();
    let is_script = path.starts_with("/usr/local/") && lower.rsplit('.').next() == Some("sh");
    let is_named_secret = SECRET_PATHS.iter().any(|part| lower.contains(part)) && !is_script;
    !is_named_secret
        && !lower.contains("/..")
        && READABLE.iter().any(|place| path.starts_with(place))
}

fn is_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    SECRET_TEXTS.iter().any(|part| lower.contains(part))
}

/// Whether a key announces a secret: `DB_PASSWORD`, `clientKey`, `X-Amz-Signature`.
pub(super) fn is_secret_key(key: &str) -> bool {
    let lower = key.to_lowercase();
    let is_secret = |word: &str| {
        SECRET_PARTS.contains(&word) || SECRET_ENDS.iter().any(|end| word.ends_with(end))
    };
    SECRET_KEYS.iter().any(|part| lower.contains(part)) || words(key).iter().any(|it| is_secret(it))
}

/// The words of a key, in lower case: those of `clientKey` are `client` and `key`.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for it in key.chars() {
        let begins =
            !it.is_ascii_alphanumeric() || (before.is_ascii_lowercase() && it.is_ascii_uppercase());
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| it.is_ascii_alphanumeric()) {
            word.push(it.to_ascii_lowercase());
        }
        before = it;
    }
    words
}

pub(super) fn is_secret_word(lower: &str) -> bool {
    let last = lower.rsplit(['-', '_', '.']).next().unwrap_or(lower);
    SECRET_WORDS.contains(&last)
}

/// Whether a line hands a secret to a program that reads it.
pub(super) fn hands_over_secret(line: &str) -> bool {
    (line.contains('|') || line.contains("<<<"))
        && SECRET_READERS.iter().any(|reader| line.contains(reader))
}

/// Whether a value behind a suspicious key is a switch, or begins with the place of a file.
pub(super) fn is_harmless(key: &str, value: &str) -> bool {
    let bare = |it: &str| it.trim_end_matches(',').trim_matches(['"', '\'']).to_owned();
    let first = bare(value.split_whitespace().next().unwrap_or_default());
    let is_path = |it: char| it.is_ascii_alphanumeric() || "/-_.".contains(it);
    let is_place = PLACES.iter().any(|end| key.ends_with(end))
        && first.trim_start_matches('-').starts_with('/')
        && first.chars().all(is_path)
        && !is_encoded_word(&first);
    let whole = value.trim().trim_end_matches(" \\");
    is_place || SWITCHES.contains(&if key.starts_with("--") { first } else { bare(whole) }.as_str())
}
