//! Adds an entry to a list inside an object, or removes an entry, by a patch that fails if the object has changed.
//!
//! The volumes of a ControlPlaneMachineSet's template are one list without keys. Server-side apply by another manager
//! than the installer conflicts with the whole list, and removes the root volume if the apply is forced; the list is
//! therefore never applied. The patch (RFC 6902) tests the uid, the version and every entry before the change.

use serde_json::{Value, json};

use crate::model::object::{Object, ObjectRef, ResourceVersion};
use crate::model::shell_command::quoted;

/// Change of a list inside an object.
#[derive(Clone, Debug, PartialEq)]
pub struct ListEdit {
    /// JSON pointer to the list.
    pub pointer: &'static str,
    /// Entries before the change.
    pub was: Vec<Value>,
    /// Change of one entry.
    pub change: EntryChange,
}

/// Change of one entry of a list.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryChange {
    /// Adds this entry at the end.
    Append(Value),
    /// Removes the entry at this place.
    Remove(usize),
}

impl ListEdit {
    /// Returns the list after the change.
    #[must_use]
    pub fn becomes(&self) -> Vec<Value> {
        let mut list = self.was.clone();
        match &self.change {
            EntryChange::Append(entry) => list.push(entry.clone()),
            EntryChange::Remove(at) if *at < list.len() => drop(list.remove(*at)),
            EntryChange::Remove(_) => {}
        }
        list
    }

    /// Returns whether an object has the list after the change. A server may add fields that are not set.
    #[must_use]
    pub fn is_done_in(&self, object: &Object) -> bool {
        let (list, wanted) = (object.list(self.pointer), self.becomes());
        list.len() == wanted.len() && list.iter().zip(&wanted).all(|(it, wanted)| holds(it, wanted))
    }

    /// Returns the patch, bound to one version of one object and to the whole list.
    #[must_use]
    pub fn patch(&self, before: &ResourceVersion) -> Value {
        let mut patch = vec![
            json!({"op": "test", "path": "/metadata/uid", "value": before.uid}),
            json!({"op": "test", "path": "/metadata/resourceVersion", "value": before.resource}),
        ];
        match &self.change {
            // A list that does not exist cannot be tested, nor added to.
            EntryChange::Append(entry) if self.was.is_empty() => {
                patch.push(json!({"op": "add", "path": self.pointer, "value": [entry]}));
            }
            _ => {
                patch.push(json!({"op": "test", "path": self.pointer, "value": self.was}));
                patch.push(self.operation());
            }
        }
        patch.into()
    }

    fn operation(&self) -> Value {
        let pointer = self.pointer;
        match &self.change {
            EntryChange::Append(entry) => {
                json!({"op": "add", "path": format!("{pointer}/-"), "value": entry})
            }
            EntryChange::Remove(at) => json!({"op": "remove", "path": format!("{pointer}/{at}")}),
        }
    }

    /// Returns the command that reverts the change, for the user to paste. The command fails if the list has changed
    /// since.
    #[must_use]
    pub fn undo(&self, object: &ObjectRef) -> String {
        let back = match &self.change {
            EntryChange::Append(_) => EntryChange::Remove(self.was.len()),
            EntryChange::Remove(at) => match self.was.get(*at) {
                Some(entry) => EntryChange::Append(entry.clone()),
                None => return String::new(),
            },
        };
        let back = Self { pointer: self.pointer, was: self.becomes(), change: back };
        let guard = match &back.change {
            EntryChange::Remove(at) => {
                let path = format!("{}/{at}/deviceName", back.pointer);
                json!({"op": "test", "path": path, "value": back.was[*at]["deviceName"]})
            }
            EntryChange::Append(_) => {
                json!({"op": "test", "path": back.pointer, "value": back.was})
            }
        };
        let patch = json!([guard, back.operation()]).to_string();
        format!("oc patch {} --type=json -p {}", object.command_line(), quoted(&patch))
    }
}

/// Returns whether a value has every field of another one, with the same contents.
fn holds(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(fields), Value::Object(wanted)) => {
            wanted.iter().all(|(key, it)| fields.get(key).is_some_and(|field| holds(field, it)))
        }
        _ => value == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hint::Hint;
    use crate::openshift::control_plane_machine_set::{BLOCK_DEVICES, reference};

    fn edit(change: EntryChange) -> ListEdit {
        let was = vec![json!({"ebs": {"volumeSize": 120}}), json!({"deviceName": "/dev/xvdb"})];
        ListEdit { pointer: "/spec/list", was, change }
    }

    #[test]
    fn a_patch_tests_all_that_was_read_before_it_changes_one_entry() {
        let before = ResourceVersion { resource: "7".to_owned(), uid: Some("u".to_owned()) };
        let append = edit(EntryChange::Append(json!("x")));
        assert_eq!(
            append.patch(&before),
            json!([
                {"op": "test", "path": "/metadata/uid", "value": "u"},
                {"op": "test", "path": "/metadata/resourceVersion", "value": "7"},
                {"op": "test", "path": "/spec/list", "value": append.was},
                {"op": "add", "path": "/spec/list/-", "value": "x"},
            ])
        );
        // Most templates have a root volume; where none is, the server has no list.
        let first = ListEdit { was: Vec::new(), ..append };
        assert_eq!(
            first.patch(&before)[2],
            json!({"op": "add", "path": "/spec/list", "value": ["x"]})
        );
        let remove = edit(EntryChange::Remove(1));
        assert_eq!(remove.patch(&before)[3], json!({"op": "remove", "path": "/spec/list/1"}));
        assert_eq!(remove.becomes(), remove.was[..1]);
    }

    #[test]
    fn a_list_is_as_wanted_when_nothing_that_was_sent_is_missing() {
        let append = edit(EntryChange::Append(json!({"ebs": {"volumeSize": 64}})));
        let object = |last: Value| {
            let mut list = append.was.clone();
            list.push(last);
            Object::new(reference()).with("spec", json!({ "list": list }))
        };
        assert!(append.is_done_in(&object(json!({"ebs": {"volumeSize": 64, "kmsKey": {}}}))));
        assert!(!append.is_done_in(&object(json!({"ebs": {}}))));
        assert!(
            !append.is_done_in(&Object::new(reference()).with("spec", json!({"list": append.was})))
        );
    }

    #[test]
    fn the_way_back_is_one_command_that_a_shell_takes_as_it_is() {
        let device = json!({"deviceName": "/dev/xvdb", "ebs": {"volumeSize": 64}});
        let edit = ListEdit {
            pointer: BLOCK_DEVICES,
            was: vec![json!({"ebs": {}})],
            change: EntryChange::Append(device),
        };
        let text = edit.undo(&reference());
        let path = format!("{BLOCK_DEVICES}/1");
        let expected = json!([
            {"op": "test", "path": format!("{path}/deviceName"), "value": "/dev/xvdb"},
            {"op": "remove", "path": path},
        ]);
        let hint = Hint::from(text.as_str());
        let words: Vec<&str> = hint.commands().next().unwrap().arguments().collect();
        assert_eq!(
            words[..5],
            [
                "patch",
                "controlplanemachineset/cluster",
                "-n",
                "openshift-machine-api",
                "--type=json"
            ]
        );
        let parsed: Value = serde_json::from_str(words[6].trim_matches('\'')).unwrap();
        assert_eq!(parsed, expected);
    }
}
