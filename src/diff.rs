//! An object in a form that a person can read and compare, line by line, and a YAML document at the same time:
//! Ignition decoded, a kubelet's flags one a line, what the API server keeps for itself left out.
//!
//! Text is shown only of what OpenShift wrote, as `redact::author` tells it, and by the policy in `redact::policy`. Lines
//! without indentation are the headings of parts, so that a hunk of a diff can say where it is.

pub mod changes;
mod ignition;
mod kubelet_flags;
mod page;
mod user_data;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use page::{Fields, Page};

use crate::redact::author::Author;
use crate::redact::policy::Policy;
pub use changes::{ChangeAuthor, ObjectChange, changes};

/// Labels and annotations whose values this program and OpenShift write.
const SHOWN_MARKS: [&str; 5] = [
    names::MACHINE_CONFIG_ROLE,
    names::MANAGED_BY.0,
    names::SOURCE,
    names::FIRST_BOOT,
    names::MACHINE_ROLE,
];

/// Fields of a pool that hold selectors and numbers, and no text of any other kind.
const POOL_FIELDS: [&str; 4] =
    ["machineConfigSelector", "maxUnavailable", "nodeSelector", "paused"];

/// Returns the lines of a whole object: a YAML document.
#[must_use]
pub fn lines(object: &Object, author: Author, policy: Policy) -> Vec<String> {
    lines_beside(object, author, policy, &BTreeSet::new()).0
}

/// Returns the lines of a whole object, and the texts that they show. `known` has texts that are shown anyway.
fn lines_beside(
    object: &Object,
    author: Author,
    policy: Policy,
    known: &BTreeSet<String>,
) -> (Vec<String>, BTreeSet<String>) {
    let mut page = Page::new(policy, author, known);
    let reference = object.reference();
    page.value(0, "apiVersion", &reference.kind.api_version());
    page.value(0, "kind", reference.kind.resource().kind);
    metadata(object, &mut page);
    match reference.kind {
        Kind::MachineConfig => ignition::machine_config(object, &mut page),
        Kind::Secret => user_data::secret(object, &mut page),
        _ => pool(object, &mut page),
    }
    page.into_lines()
}

/// Adds the name, the labels, and the annotations of this program. The version of the program does not count.
/// The digest of the source is of all that is in the source, secrets too, and has no salt: who knows the rest
/// could guess them.
fn metadata(object: &Object, page: &mut Page<'_>) {
    page.heading("metadata");
    if let Some(namespace) = &object.reference().namespace {
        page.value(2, "namespace", namespace);
    }
    page.value(2, "name", object.name());
    for (field, is_shown) in [
        ("labels", (|_| true) as fn(&str) -> bool),
        ("annotations", |key| key.starts_with("oc-etcd/") && key != names::TOOL_VERSION),
    ] {
        let none = Map::new();
        let entries = object.body()["metadata"][field].as_object().unwrap_or(&none);
        let shown: Vec<_> = entries.iter().filter(|(key, _)| is_shown(key)).collect();
        if !shown.is_empty() {
            page.key(2, field);
        }
        for (key, value) in shown {
            let name = page.policy.name(key);
            match value.as_str().unwrap_or_default() {
                text if text.is_empty() || page.policy.shows_secrets() => {
                    page.value(4, &name, text);
                }
                text if SHOWN_MARKS.contains(&&**key) => {
                    let text = page.policy.name(text);
                    page.value(4, &name, &text);
                }
                text => page.withheld(4, &name, text.as_bytes()),
            }
        }
    }
}

/// Adds what a pool selects, and how; not what the operator has rendered for it.
fn pool(object: &Object, page: &mut Page<'_>) {
    page.heading("spec");
    let fields = object.get("/spec").and_then(Value::as_object).into_iter().flatten();
    for (key, value) in fields.filter(|(key, _)| *key != "configuration") {
        let is_known = POOL_FIELDS.contains(&&**key);
        page.fields = Fields::Every;
        page.author = if is_known { Author::OpenShift } else { Author::Admin };
        page.field(2, key, value);
    }
}

#[cfg(test)]
mod tests;
