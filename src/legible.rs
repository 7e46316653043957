//! An object in a form that a person can read and compare, line by line: Ignition decoded, a kubelet's
//! flags one a line, what the API server keeps for itself left out.
//!
//! Secrets are withheld by the policy in [`secrecy`], through which every text goes that is not ours. Lines
//! without indentation are the headings of parts, so that a hunk of a diff can say where it is.

pub mod changes;
mod encoded;
mod fields;
mod ignition;
mod kubelet_flags;
mod masking;
pub mod secrecy;
mod user_data;

use serde_json::{Map, Value};

use crate::kind::Kind;
use crate::object::Object;
use crate::report::style::printable;
use crate::role;

pub use changes::{ObjectChange, Origin, changes};
pub use secrecy::{Policy, Salt, Sensitivity, quotable};

/// The lines of a whole object.
#[must_use]
pub fn lines(object: &Object, policy: Policy) -> Vec<String> {
    let mut page = Page::new(policy);
    page.metadata(object);
    match object.reference().kind {
        Kind::MachineConfig => ignition::machine_config(object, &mut page),
        Kind::Secret => user_data::secret(object, &mut page),
        _ => page.pool(object),
    }
    page.lines.into_iter().map(|line| printable(&line)).collect()
}

/// The lines so far, and what may be in them.
struct Page {
    policy: Policy,
    trust: Trust,
    lines: Vec<String>,
}

/// Which fields are known to be configuration.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Those that the policy lists.
    Listed,
    /// All: the object is none that holds secrets.
    Every,
}

impl Page {
    const fn new(policy: Policy) -> Self {
        Self { policy, trust: Trust::Listed, lines: Vec::new() }
    }

    /// Begins a part.
    fn heading(&mut self, text: &str) {
        self.lines.push(format!("{text}:"));
    }

    /// Adds a line of ours.
    fn line(&mut self, indent: usize, text: &str) {
        self.lines.push(format!("{:indent$}{text}", ""));
    }

    /// Adds a value that may be anything but is known to be configuration.
    fn value(&mut self, indent: usize, key: &str, text: &str) {
        let line = self.policy.value(key, text);
        self.line(indent, &line);
    }

    /// Adds a text that has gone through the policy, under its name.
    fn named_block(&mut self, name: &str, lines: &[String]) {
        if lines.is_empty() {
            return self.line(2, &format!("{name}: \"\""));
        }
        self.line(2, &format!("{name}:"));
        self.block(4, lines);
    }

    /// Adds lines that have gone through the policy.
    fn block(&mut self, indent: usize, lines: &[String]) {
        for line in lines {
            // An empty line stays one.
            let indent = if line.is_empty() { 0 } else { indent };
            self.line(indent, line);
        }
    }

    fn name(&self, name: &str) -> String {
        self.policy.name(name)
    }

    fn is_known_field(&self, key: &str) -> bool {
        self.trust == Trust::Every || secrecy::is_known_field(key)
    }

    /// Labels, and the annotations that are ours. The tool's version does not count. The digest of the
    /// source is of all that is in it, secrets too, and has no salt: who knows the rest could guess them.
    fn metadata(&mut self, object: &Object) {
        self.heading("metadata");
        for (field, is_shown) in [
            ("labels", (|_| true) as fn(&str) -> bool),
            ("annotations", |key| key.starts_with("oc-etcd/") && key != role::TOOL_VERSION),
        ] {
            let none = Map::new();
            let entries = object.body()["metadata"][field].as_object().unwrap_or(&none);
            let shown: Vec<_> = entries.iter().filter(|(key, _)| is_shown(key)).collect();
            if !shown.is_empty() {
                self.line(2, &format!("{field}:"));
            }
            for (key, value) in shown {
                let key = self.name(key);
                match value.as_str().unwrap_or_default() {
                    "" => self.line(4, &format!("{key}: \"\"")),
                    text if key == role::SOURCE_DIGEST && !self.policy.shows_secrets() => {
                        let withheld = self.policy.withheld(text.as_bytes());
                        self.line(4, &format!("{key}: {withheld}"));
                    }
                    text => self.value(4, &key, text),
                }
            }
        }
    }

    /// Takes a heading back under which nothing came.
    fn drop_empty(&mut self, text: &str) {
        if self.lines.last().is_some_and(|line| line.strip_suffix(':') == Some(text)) {
            self.lines.pop();
        }
    }

    /// What a pool selects, and how; not what the operator has rendered for it.
    fn pool(&mut self, object: &Object) {
        self.heading("spec");
        self.trust = Trust::Every;
        let fields = object.get("/spec").and_then(Value::as_object).into_iter().flatten();
        for (key, value) in fields.filter(|(key, _)| *key != "configuration") {
            fields::add(self, 2, key, value);
        }
    }
}

#[cfg(test)]
mod tests;
