//! The policy of what may be shown of an object, all of it in this file and in [`author`](super::author).
//!
//! Text is shown only of what OpenShift wrote, and there only of files that hold no secret by purpose. What an
//! admin wrote has its size and a digest instead, so that a change of it is seen. The digest is salted: that of a
//! password alone would be guessed by who tries out passwords.

use super::masking;
use super::salt::Salt;

/// The choice whether secrets are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// Secrets are withheld.
    #[default]
    Withheld,
    /// `--show-sensitive`
    Shown,
}

/// The policy of what may be shown, and of the digests of what may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The choice whether secrets are shown.
    pub sensitivity: Sensitivity,
    /// The salt of the digests.
    pub salt: Salt,
}

/// The directories in which OpenShift's templates put configuration of the release, and ours any.
const READABLE: [&str; 20] = [
    "/etc/NetworkManager/conf.d/",
    "/etc/NetworkManager/dispatcher.d/",
    "/etc/audit/rules.d/",
    "/etc/containers/policy.json",
    "/etc/containers/registries.",
    "/etc/containers/storage.conf",
    "/etc/crio/",
    "/etc/kubernetes/",
    "/etc/machine-config-daemon/",
    "/etc/modprobe.d/",
    "/etc/modules-load.d/",
    "/etc/node-sizing",
    "/etc/oc-etcd/",
    "/etc/sysctl.d/",
    "/etc/systemd/",
    "/etc/tmpfiles.d/",
    "/etc/udev/",
    "/usr/local/bin/",
    "/usr/local/libexec/",
    "/usr/local/sbin/",
];

/// The directories in which templates put the configuration that an admin gave the cluster: certificates,
/// credentials, a cloud's configuration.
const ADMINS: [&str; 10] = [
    ".crt",
    ".key",
    ".pem",
    "auth",
    "cert",
    "cloud.conf",
    "config.json",
    "pull-secret",
    "static-pod-resources",
    "/kubeconfig",
];

/// The words, in lower case, that make a whole text secret.
const SECRET_TEXTS: [&str; 4] = ["-----begin", "\"auth\"", "\"auths\"", "dockerconfigjson"];

/// Fields of a MachineConfig of OpenShift's whose text is configuration.
const KNOWN_FIELDS: [&str; 14] = [
    "device",
    "extensions",
    "format",
    "group",
    "kernelType",
    "label",
    "mountOptions",
    "name",
    "options",
    "partitions",
    "path",
    "target",
    "typeGuid",
    "user",
];

/// The kernel arguments that OpenShift's operators write (MCO `pkg/controller/kubelet-config`): whoever wrote
/// one of these, there is no secret in it.
const KERNEL_ARGUMENTS: [&str; 6] = [
    "cgroup_no_v1=\"all\"",
    "psi=0",
    "psi=1",
    "systemd.legacy_systemd_cgroup_controller=1",
    "systemd.unified_cgroup_hierarchy=0",
    "systemd.unified_cgroup_hierarchy=1",
];

/// The values that switch something on or off, and are too few to be a secret.
const SWITCHES: [&str; 11] =
    ["0", "1", "auto", "false", "n", "no", "off", "on", "true", "y", "yes"];

impl Policy {
    /// Returns whether secrets may be shown.
    #[must_use]
    pub const fn shows_secrets(self) -> bool {
        matches!(self.sensitivity, Sensitivity::Shown)
    }

    /// Returns the size and a short digest of what is not shown.
    #[must_use]
    pub fn withheld(self, bytes: &[u8]) -> String {
        self.salt.withheld(bytes)
    }

    /// Returns the lines of a text that OpenShift wrote, in a file where it is one. `None` when nothing of it may be shown.
    #[must_use]
    pub fn text(self, path: Option<&str>, text: &str) -> Option<Vec<String>> {
        let lower = text.to_lowercase();
        let is_secret = path.is_some_and(|it| !is_readable(it))
            || SECRET_TEXTS.iter().any(|part| lower.contains(part));
        let lines = text.lines();
        match self.sensitivity {
            Sensitivity::Shown => Some(lines.map(str::to_owned).collect()),
            Sensitivity::Withheld if is_secret => None,
            Sensitivity::Withheld => {
                Some(lines.map(|line| masking::line(line, self.salt)).collect())
            }
        }
    }

    /// Returns the name of a part: a path, a unit, a key.
    #[must_use]
    pub fn name(self, name: &str) -> String {
        match (self.sensitivity, shown_name(name)) {
            (Sensitivity::Shown, _) if !name.chars().any(char::is_control) => name.to_owned(),
            (Sensitivity::Withheld, Some(shown)) => shown,
            _ => self.withheld(name.as_bytes()),
        }
    }

    /// Returns a kernel argument of an admin's: its name, and the digest of its value.
    #[must_use]
    pub fn kernel_argument(self, argument: &str) -> String {
        let whole = || self.withheld(argument.as_bytes());
        if self.shows_secrets() || KERNEL_ARGUMENTS.contains(&argument) {
            return argument.to_owned();
        }
        match kernel_argument_name(argument) {
            Some(name) => {
                format!("{name}={}", self.withheld(&argument.as_bytes()[name.len() + 1..]))
            }
            None => whole(),
        }
    }
}

/// Returns a name that may be shown. `None` when it is none that Kubernetes, systemd and file systems usually
/// have. The instance of a unit is an argument of the unit, and is left out, unless the instance is a device.
fn shown_name(name: &str) -> Option<String> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/-_.@:\\".contains(it);
    let is_shown = !name.is_empty() && name.len() <= 253 && name.chars().all(is_plain);
    let instance = name.split_once('@').and_then(|(unit, rest)| {
        let (instance, suffix) = rest.rsplit_once('.').unwrap_or((rest, ""));
        let dot = if rest.contains('.') { "." } else { "" };
        (!instance.is_empty() && !instance.starts_with("dev-"))
            .then(|| format!("{unit}@(withheld){dot}{suffix}"))
    });
    is_shown.then(|| instance.unwrap_or_else(|| name.to_owned()))
}

/// Returns the name of a kernel argument that has a value. `None` where only the padding of base64 follows: then the
/// whole may be a secret.
pub(super) fn kernel_argument_name(argument: &str) -> Option<&str> {
    let is_of_name = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
    let (name, value) = argument.split_once('=')?;
    let has_value = value.chars().any(|it| it != '=');
    let is_name = name.len() <= 64 && !name.is_empty() && name.chars().all(is_of_name);
    (is_name && has_value).then_some(name)
}

/// Returns a name as a sentence may quote it, in the same form as a diff.
#[must_use]
pub fn quotable_name(name: &str) -> String {
    shown_name(name).unwrap_or_else(|| "(withheld)".to_owned())
}

/// Returns the name of a field as a sentence may quote it.
#[must_use]
pub fn quotable_field(path: &[String]) -> String {
    path.iter().map(|part| quotable_name(part)).collect::<Vec<_>>().join(".")
}

/// Returns a kernel argument as a sentence may quote it: without its value, unless an operator of OpenShift writes
/// exactly that or the value is a switch.
#[must_use]
pub fn quotable(argument: &str) -> String {
    let Some(name) = kernel_argument_name(argument) else { return "(withheld)".to_owned() };
    if is_switch(&argument[name.len() + 1..]) || KERNEL_ARGUMENTS.contains(&argument) {
        return argument.to_owned();
    }
    format!("{name}=(withheld)")
}

/// Returns whether a value only switches something on or off.
pub(super) fn is_switch(value: &str) -> bool {
    SWITCHES.contains(&value)
}

/// Returns whether a field of OpenShift's holds configuration.
pub(crate) fn is_known_field(key: &str) -> bool {
    KNOWN_FIELDS.contains(&key)
}

/// Returns the bytes as text, where they are one.
pub(crate) fn readable_text(bytes: &[u8]) -> Option<&str> {
    let is_odd = |it: char| it.is_control() && !matches!(it, '\n' | '\r' | '\t');
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains(is_odd))
}

/// Returns whether a file of OpenShift's is known to hold configuration of the release. A script may be called
/// after the secrets that it handles.
pub(super) fn is_readable(path: &str) -> bool {
    let is_script = path.starts_with("/usr/local/");
    let is_admins = ADMINS.iter().any(|part| path.contains(part)) && !is_script;
    !is_admins && !path.contains("/..") && READABLE.iter().any(|place| path.starts_with(place))
}
