//! What a plan changes, object by object: the lines before and after it.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::lines_beside;
use crate::derive::member_disk;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::plan::{Change, Plan, Step};
use crate::redact::author::Author;
use crate::redact::policy::Policy;

/// The author of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeAuthor {
    /// `init`
    Init,
    /// `init` as well, when the operator has not made the object in time.
    InOperatorsPlace,
    /// `add-disk`
    AddDisk,
}

/// An object that differs. `Debug` shows no line of it.
#[derive(Clone)]
pub struct ObjectChange {
    /// The object.
    pub object: ObjectRef,
    /// `create`, `update` or `remove`.
    pub word: &'static str,
    /// Why, or what it is made from; one line.
    pub because: String,
    /// The author of the change.
    pub author: ChangeAuthor,
    /// The lines of the object in the cluster; `None` when it does not exist.
    pub live: Option<Vec<String>>,
    /// The lines of the object after the change; `None` when it is deleted.
    pub merged: Option<Vec<String>>,
}

impl fmt::Debug for ObjectChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.word, self.object)
    }
}

/// Every object that a plan changes, in the plan's order.
#[must_use]
pub fn changes(snapshot: &Snapshot, plan: &Plan, policy: Policy) -> Vec<ObjectChange> {
    plan.steps.iter().filter_map(|step| change(snapshot, step, policy)).collect()
}

fn change(snapshot: &Snapshot, step: &Step, policy: Policy) -> Option<ObjectChange> {
    let live = snapshot.get(&step.object);
    let (word, author, merged) = match &step.change {
        Change::Create(wanted) => ("create", ChangeAuthor::Init, Some(wanted.clone())),
        Change::Update { wanted, .. } => {
            let merged = live.map_or_else(|| wanted.clone(), |live| merged(live, wanted));
            ("update", ChangeAuthor::Init, Some(merged))
        }
        Change::Remove { .. } => ("remove", ChangeAuthor::Init, None),
        Change::LeftToOperator { fallback: Some(wanted) } => {
            ("create", ChangeAuthor::InOperatorsPlace, Some(wanted.clone()))
        }
        _ => return None,
    };
    let author = if step.object.name == member_disk::NAME { ChangeAuthor::AddDisk } else { author };
    let known = BTreeSet::new();
    let (merged_lines, known) = match &merged {
        Some(object) => {
            let author = Author::of_wanted(snapshot, object);
            let (lines, texts) = lines_beside(object, author, policy, &known);
            (Some(lines), texts)
        }
        None => (None, known),
    };
    let live_lines = live.map(|it| lines_beside(it, Author::of(snapshot, it), policy, &known).0);
    let mut change = ObjectChange {
        object: step.object.clone(),
        word,
        because: step.because.clone(),
        author,
        live: live_lines,
        merged: merged_lines,
    };
    if change.live == change.merged {
        // Encoded in another way, in another order: what a person reads is the same.
        for (lines, object) in [(&mut change.live, live), (&mut change.merged, merged.as_ref())] {
            if let Some((lines, object)) = lines.as_mut().zip(object) {
                lines.push(format!("as stored: {}", Value::from(stored(object, policy))));
            }
        }
    }
    Some(change)
}

fn stored(object: &Object, policy: Policy) -> String {
    let content: Vec<String> = ["/metadata/labels", "/metadata/annotations", "/spec", "/data"]
        .iter()
        .map(|pointer| object.get(pointer).unwrap_or(&Value::Null).to_string())
        .collect();
    policy.withheld(content.join("\n").as_bytes())
}

/// Merges a wanted object into the live one, as applying would: metadata of others stays, and the fields of a
/// pool that are not ours to judge.
fn merged(live: &Object, wanted: &Object) -> Object {
    let mut merged = wanted.clone();
    for field in ["labels", "annotations"] {
        let mut entries = entries(live, &format!("/metadata/{field}"));
        for mark in [names::POOL_REQUIRED, names::FIRST_BOOT] {
            entries.remove(mark);
        }
        entries.extend(self::entries(wanted, &format!("/metadata/{field}")));
        let pairs: Vec<(String, String)> = entries
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_str()?.to_owned())))
            .collect();
        let pairs = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        merged = match field {
            "labels" => merged.with_labels(pairs),
            _ => merged.with_annotations(pairs),
        };
    }
    let field = match wanted.reference().kind {
        Kind::MachineConfigPool => "spec",
        Kind::Secret => "data",
        _ => return merged,
    };
    let mut content = entries(live, &format!("/{field}"));
    content.extend(entries(wanted, &format!("/{field}")));
    merged.with(field, Value::Object(content))
}

fn entries(object: &Object, pointer: &str) -> Map<String, Value> {
    object.get(pointer).and_then(Value::as_object).cloned().unwrap_or_default()
}
