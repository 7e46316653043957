//! Compares an existing object with the wanted object: decoded, and field by field.

use std::collections::BTreeSet;

use kube_core::Expression;
use serde_json::{Map, Value};

use crate::check::node_pools;
use crate::derive::user_data;
use crate::model::field::{Masking, holds_withheld, is_withheld, masking};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::plan::Step;
use crate::redact::policy::{quotable_field, quotable_name};

/// A field of a pool that is not ours to judge: whether it is paused is the admin's.
const POOL_FIELD_OF_ADMINS: &str = "paused";

/// A field that is not as wanted. Holds no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The path: `["spec", "config", "systemd", "units"]`; lists are one field.
    pub path: Vec<String>,
    /// For people: `unit kubelet.service`, `file /etc/chrony.conf`, `label x`.
    pub what: String,
}

/// The result of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The fields that are not as wanted, in order.
    pub differences: Vec<Difference>,
    /// The fields that could not be compared, because a sanitizer withheld them on one side or on both.
    pub unknown: Vec<Difference>,
}

/// The relation of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Relation {
    Same,
    /// The values differ in withheld parts alone.
    Unknown,
    Differs,
}

/// Compares an object with what is wanted.
#[must_use]
pub fn compare(existing: &Object, wanted: &Object) -> Comparison {
    let mut found = Comparison::default();
    found.metadata(existing, wanted, "labels", "label");
    found.metadata(existing, wanted, "annotations", "annotation");
    match wanted.reference().kind {
        Kind::Secret => found.secret(existing, wanted),
        Kind::MachineConfigPool => found.differences.extend(pool(existing, wanted)),
        _ => found.spec(existing, wanted),
    }
    found
}

/// Every difference, in the order of the fields. Empty when nothing is known not to be as wanted.
#[must_use]
pub fn differences(existing: &Object, wanted: &Object) -> Vec<Difference> {
    compare(existing, wanted).differences
}

/// Returns whether the content is as wanted, marks and labels aside. Such an object can be adopted.
#[must_use]
pub fn is_same_content(existing: &Object, wanted: &Object) -> bool {
    let found = compare(existing, wanted);
    let all = found.differences.iter().chain(&found.unknown);
    all.into_iter().all(|difference| difference.path[0] == "metadata")
}

/// Returns whether a step leaves an object with the content that it has: the step writes marks at most.
#[must_use]
pub fn keeps_content(snapshot: &Snapshot, step: &Step) -> bool {
    let existing = snapshot.get(&step.object).zip(step.change.wanted());
    existing.is_some_and(|(existing, wanted)| is_same_content(existing, wanted))
}

/// Returns whether what an object was made from has changed since: its recorded digest is not the wanted one.
#[must_use]
pub(super) fn is_stale(existing: &Object, wanted: &Object) -> bool {
    existing.annotation(names::SOURCE_DIGEST) != wanted.annotation(names::SOURCE_DIGEST)
        && !holds_withheld(wanted.body())
}

fn difference(path: &[&str], what: impl Into<String>) -> Difference {
    Difference { path: path.iter().map(|&part| part.to_owned()).collect(), what: what.into() }
}

impl Comparison {
    /// Wanted labels and annotations must be there; others may be. The tool's version does not count: a
    /// newer tool that would write the same changes nothing.
    fn metadata(&mut self, existing: &Object, wanted: &Object, field: &str, word: &str) {
        let entries = |object: &Object| {
            object.body()["metadata"][field].as_object().cloned().unwrap_or_default()
        };
        let have = entries(existing);
        let want = entries(wanted);
        for (key, value) in want.iter().filter(|(key, _)| *key != names::TOOL_VERSION) {
            let found = difference(&["metadata", field, key], format!("{word} {key}"));
            match have.get(key).map_or(Relation::Differs, |it| relation(it, value)) {
                Relation::Same => {}
                // The digest of a source of which a part is withheld tells nothing.
                Relation::Differs
                    if key != names::SOURCE_DIGEST || !holds_withheld(wanted.body()) =>
                {
                    self.differences.push(found);
                }
                Relation::Differs | Relation::Unknown => self.unknown.push(found),
            }
        }
        // Two marks mean something by not being there.
        for key in [names::POOL_REQUIRED, names::FIRST_BOOT] {
            if have.contains_key(key) && !want.contains_key(key) {
                let what = format!("{word} {key}");
                self.differences.push(difference(&["metadata", field, key], what));
            }
        }
    }

    fn secret(&mut self, existing: &Object, wanted: &Object) {
        let decoded = |object: &Object| user_data::decode(object).ok();
        if decoded(existing) != decoded(wanted) {
            self.differences.push(difference(&["data", "userData"], "data userData"));
        }
        let keys = wanted.get("/data").and_then(Value::as_object).into_iter().flatten();
        for (key, value) in keys.filter(|(key, _)| *key != "userData") {
            if existing.body()["data"].get(key) != Some(value) {
                self.differences.push(difference(&["data", key], format!("data {key}")));
            }
        }
    }

    fn spec(&mut self, existing: &Object, wanted: &Object) {
        let have = existing.get("/spec").unwrap_or(&Value::Null);
        let want = wanted.get("/spec").unwrap_or(&Value::Null);
        self.walk(have, want, &mut vec!["spec".to_owned()]);
    }

    /// Walks two values; maps are entered, everything else is compared whole.
    fn walk(&mut self, have: &Value, want: &Value, path: &mut Vec<String>) {
        let relation = relation(have, want);
        if relation == Relation::Same {
            return;
        }
        let none = Map::new();
        let (have, want) = match (have, want) {
            (Value::Object(have), Value::Object(want)) if relation == Relation::Differs => {
                (have, want)
            }
            (Value::Object(have), Value::Null) => (have, &none),
            (Value::Null, Value::Object(want)) => (&none, want),
            (Value::Object(have), Value::Object(want)) if !is_either_withheld(have, want) => {
                (have, want)
            }
            _ => return self.entries(have, want, path),
        };
        let mut keys: Vec<&String> = have.keys().chain(want.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            path.push(key.clone());
            self.walk(field(have, key), field(want, key), path);
            path.pop();
        }
    }

    /// Names the entries of a list that differ: units by name, files by path; else the field itself.
    fn entries(&mut self, have: &Value, want: &Value, path: &[String]) {
        let kind = match path.last().map(String::as_str) {
            Some("units") => Some(("unit", "name")),
            Some("files") => Some(("file", "path")),
            _ => None,
        };
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let (have_list, want_list) = (list(have), list(want));
        let mut named = 0;
        if let Some((word, key)) = kind {
            let of = |list: &[Value], name: &str| {
                list.iter().filter(|it| it[key] == name).cloned().collect::<Vec<Value>>()
            };
            let all = have_list.iter().chain(&want_list);
            let of_entries: BTreeSet<&str> = all.filter_map(|entry| entry[key].as_str()).collect();
            for name in of_entries {
                let (have, want) = (of(&have_list, name), of(&want_list, name));
                let relation = relation(&Value::Array(have), &Value::Array(want));
                named += self.add(relation, path, format!("{word} {}", quotable_name(name)));
            }
        }
        if named == 0 {
            self.add(relation(have, want), path, quotable_field(path));
        }
    }

    fn add(&mut self, relation: Relation, path: &[String], what: String) -> usize {
        let found = Difference { path: path.to_vec(), what };
        match relation {
            Relation::Same => return 0,
            Relation::Unknown => self.unknown.push(found),
            Relation::Differs => self.differences.push(found),
        }
        1
    }
}

fn field<'a>(of: &'a Map<String, Value>, key: &str) -> &'a Value {
    of.get(key).unwrap_or(&Value::Null)
}

fn is_either_withheld(have: &Map<String, Value>, want: &Map<String, Value>) -> bool {
    [have, want].iter().any(|it| it.contains_key("_REDACTED"))
}

/// Compares two values. Absent and empty are one, because the operator writes out empty fields where a
/// person leaves them away. What is withheld may be anything: two that are withheld alike are not the same.
fn relation(have: &Value, want: &Value) -> Relation {
    let of_field = |(have, want): (&Value, &Value)| relation(have, want);
    match (have, want) {
        // Most objects are as wanted, and are read once.
        _ if have == want && !holds_withheld(have) => Relation::Same,
        _ if is_withheld(have) || is_withheld(want) => Relation::Unknown,
        (Value::String(have), Value::String(want)) => match (masking(have), masking(want)) {
            (Masking::None, Masking::None) | (Masking::Numbered, Masking::Numbered)
                if have == want =>
            {
                Relation::Same
            }
            (Masking::None, Masking::None) => Relation::Differs,
            _ => Relation::Unknown,
        },
        (Value::Object(have), Value::Object(want)) => {
            let keys = have.keys().chain(want.keys());
            let relations = keys.map(|key| match (field(have, key), field(want, key)) {
                // Ignition disables a unit of which `enabled` is false, and leaves a unit without the field alone.
                (Value::Bool(false), Value::Null) | (Value::Null, Value::Bool(false))
                    if key == "enabled" =>
                {
                    Relation::Differs
                }
                (have, want) => relation(have, want),
            });
            relations.max().unwrap_or(Relation::Same)
        }
        (Value::Array(have), Value::Array(want)) if have.len() == want.len() => {
            have.iter().zip(want).map(of_field).max().unwrap_or(Relation::Same)
        }
        _ if have == want || (is_empty(have) && is_empty(want)) => Relation::Same,
        _ => Relation::Differs,
    }
}

fn pool(existing: &Object, wanted: &Object) -> Vec<Difference> {
    let fields = wanted.get("/spec").and_then(Value::as_object).into_iter().flatten();
    fields
        .filter(|(key, _)| *key != POOL_FIELD_OF_ADMINS)
        .filter(|(key, value)| existing.body()["spec"].get(key) != Some(value))
        .filter(|(key, _)| {
            let requirements = |pool| requirements(pool, &format!("/spec/{key}"));
            let (have, want) = (requirements(existing), requirements(wanted));
            !key.ends_with("Selector") || have.is_none() || have != want
        })
        .map(|(key, _)| difference(&["spec", key], key.clone()))
        .collect()
}

/// What a selector of a pool requires of each label, in whatever order and form the selector says so. `None` where the
/// selector is empty or not known.
fn requirements(pool: &Object, pointer: &str) -> Option<BTreeSet<Requirement>> {
    let selector = node_pools::selector(pool, pointer).known()?;
    let of = |it| match it {
        Expression::Equal(key, value) => (key, "In", BTreeSet::from([value])),
        Expression::NotEqual(key, value) => (key, "NotIn", BTreeSet::from([value])),
        Expression::In(key, values) => (key, "In", values),
        Expression::NotIn(key, values) => (key, "NotIn", values),
        Expression::Exists(key) => (key, "Exists", BTreeSet::new()),
        Expression::DoesNotExist(key) => (key, "DoesNotExist", BTreeSet::new()),
    };
    Some(selector.into_iter().map(of).collect())
}

/// The label, the operator and the values of a part of a selector.
type Requirement = (String, &'static str, BTreeSet<String>);

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(is_empty),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::ObjectRef;
    use serde_json::json;

    fn machine_config(spec: Value) -> Object {
        Object::new(ObjectRef::cluster(Kind::MachineConfig, "00-etcd")).with("spec", spec)
    }

    fn what(have: Value, want: Value) -> Vec<String> {
        differences(&machine_config(have), &machine_config(want))
            .into_iter()
            .map(|it| it.what)
            .collect()
    }

    #[test]
    fn empty_and_absent_fields_are_the_same() {
        let have =
            json!({"fips": false, "kernelType": "", "osImageURL": "", "config": {"storage": {}}});
        assert_eq!(what(have, json!({"config": {"systemd": {"units": []}}})), [""; 0]);
    }

    #[test]
    fn differences_are_named_by_unit_file_and_field() {
        let unit = |name: &str, contents: &str| json!({"name": name, "contents": contents});
        let have = json!({
            "kernelArguments": ["a"],
            "config": {"systemd": {"units": [unit("a.service", "1"), unit("b.service", "1")]}},
        });
        let want = json!({
            "config": {
                "storage": {"files": [{"path": "/etc/x"}]},
                "systemd": {"units": [unit("a.service", "1"), unit("b.service", "2"), unit("c.service", "1")]},
            },
        });
        assert_eq!(
            what(have, want),
            ["file /etc/x", "unit b.service", "unit c.service", "spec.kernelArguments"]
        );
    }

    #[test]
    fn a_pools_configuration_and_an_admins_pause_are_no_difference() {
        let pool = |spec| {
            Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "etcd")).with("spec", spec)
        };
        let have = pool(
            json!({"paused": true, "maxUnavailable": 2, "configuration": {"name": "x"}, "nodeSelector": {}}),
        );
        let want = pool(json!({"paused": false, "nodeSelector": {}}));
        assert_eq!(differences(&have, &want), []);
    }

    #[test]
    fn a_selector_of_a_pool_is_compared_by_what_it_selects() {
        let pool = |selector: Value| {
            let pool = ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD);
            Object::new(pool).with("spec", json!({"machineConfigSelector": selector}))
        };
        let any = |operator: &str, values: Value| json!({"matchExpressions": [{"key": "role", "operator": operator, "values": values}]});
        let wanted = pool(any("In", json!(["worker", "etcd"])));
        for (selector, is_same) in [
            (any("In", json!(["etcd", "worker"])), true),
            (any("In", json!(["etcd"])), false),
            (any("In", json!(["etcd", "worker", "x"])), false),
            (any("NotIn", json!(["etcd", "worker"])), false),
            (json!({}), false),
            (json!({"matchExpressions": "x"}), false),
        ] {
            assert_eq!(is_same_content(&pool(selector.clone()), &wanted), is_same, "{selector}");
        }
        let one = pool(json!({"matchLabels": {"role": "etcd"}}));
        assert!(is_same_content(&pool(any("In", json!(["etcd"]))), &one));
    }

    #[test]
    fn what_is_withheld_is_neither_the_same_nor_a_difference() {
        let unit = |name: &str, contents: Value| json!({"name": name, "enabled": true, "contents": contents});
        let spec = |units: Vec<Value>| json!({"config": {"systemd": {"units": units}}});
        let withheld = json!({"_REDACTED": "This field has been redacted", "length": 5});
        let compared = |have: Value, want: Value| {
            let found = compare(&machine_config(have), &machine_config(want));
            let whats = |it: Vec<Difference>| it.into_iter().map(|it| it.what).collect::<Vec<_>>();
            (whats(found.differences), whats(found.unknown))
        };
        let names = |names: &[&str]| names.iter().map(|&it| it.to_owned()).collect::<Vec<String>>();
        let have = spec(vec![
            unit("a", withheld.clone()),
            unit("b", "1".into()),
            unit("c", withheld.clone()),
        ]);
        let want =
            spec(vec![unit("a", "1".into()), unit("b", "2".into()), unit("c", withheld.clone())]);
        assert_eq!(compared(have, want), (names(&["unit b"]), names(&["unit a", "unit c"])));
        for (have, want, expected) in [
            ("server 10.0.0.1", "server x-ipv4-0000000001-x", (vec![], names(&["spec.x"]))),
            ("x-ipv4-0000000001-x", "x-ipv4-0000000001-x", (vec![], vec![])),
            ("xxx.xxx.xxx.xxx", "xxx.xxx.xxx.xxx", (vec![], names(&["spec.x"]))),
            ("a", "b", (names(&["spec.x"]), vec![])),
        ] {
            assert_eq!(compared(json!({"x": have}), json!({"x": want})), expected, "{have}");
        }
        let whole = json!({"config": {"_REDACTED": "x", "length": 1}});
        assert_eq!(compared(whole, spec(vec![])), (vec![], names(&["spec.config"])));
        assert!(!is_same_content(
            &machine_config(json!({"x": withheld})),
            &machine_config(json!({"x": "1"}))
        ));
    }
}
