//! Finds the other owners of a field in `metadata.managedFields`, before the API server refuses the write.

use serde_json::Value;

use crate::model::names;
use crate::model::object::Object;
use crate::plan::compare::Difference;
use crate::redact::policy::quotable_field;

/// A field that somebody else owns, and that a write would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The other field manager: `kubectl-edit`.
    pub manager: String,
    /// The field: `.spec.config.systemd.units`.
    pub field: String,
    /// The same, as a path.
    pub path: Vec<String>,
    /// Indicates whether the manager wrote the whole object, as `init --field-manager` does and as a tool does that
    /// applies the manifests of `init`.
    pub has_written_all: bool,
    /// Indicates whether the field is as the manager once created it: oc-etcd has written the same value since, because the
    /// API server takes a field away from the managers whose value another one changes, or the manager only creates.
    pub is_left_over: bool,
}

/// The field manager of `kubectl create`, which changes no object that exists.
const CREATES_ONLY: &str = "kubectl-create";

/// The annotation of `kubectl apply` without `--server-side`, which people and tools run again.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The differences that other field managers own.
#[must_use]
pub fn conflicts(existing: &Object, differences: &[Difference], ours: &str) -> Vec<Conflict> {
    let mut found = Vec::new();
    let entries = existing.list("/metadata/managedFields");
    let is_applied_again = existing.annotation(LAST_APPLIED).is_some();
    let of_ours = entries.iter().find(|it| it["manager"] == ours && it["operation"] == "Apply");
    for entry in entries {
        let Some(manager) = entry["manager"].as_str() else { continue };
        // A subresource's fields (`status`) are none that we write.
        if manager == ours || entry["subresource"].as_str().is_some_and(|it| !it.is_empty()) {
            continue;
        }
        let fields = &entry["fieldsV1"];
        let has_written_all = has_written_all(fields);
        let is_active = entry["operation"] == "Apply" || is_applied_again;
        let is_shared = |path: &[String]| {
            let of_ours = of_ours.and_then(|it| set_at(&it["fieldsV1"], path));
            of_ours.zip(set_at(fields, path)).is_some_and(|(ours, theirs)| is_within(theirs, ours))
        };
        for difference in differences {
            if owns(fields, &difference.path, entries) {
                let is_created = has_written_all && manager == CREATES_ONLY;
                let is_left_over = !is_active && (is_created || is_shared(&difference.path));
                let field = format!(".{}", quotable_field(&difference.path));
                let path = difference.path.clone();
                found.push(Conflict {
                    manager: manager.to_owned(),
                    field,
                    path,
                    has_written_all,
                    is_left_over,
                });
            }
        }
    }
    found.sort_by(|a, b| (&a.manager, &a.field).cmp(&(&b.manager, &b.field)));
    found.dedup();
    found
}

/// Returns whether a set of fields has the digest of oc-etcd, which is in each object that `init` makes.
fn has_written_all(fields: &Value) -> bool {
    let digest = ["metadata", "annotations", names::SOURCE_DIGEST].map(str::to_owned);
    set_at(fields, &digest).is_some()
}

/// Returns whether a set of fields (`FieldsV1`, openshift/api `meta/v1`) holds a path or something below it. A field without
/// fields of its own stands for all of its contents, unless some manager has a part of the contents: the manager then has
/// the map, and not what is in the map (structured-merge-diff).
fn owns(fields: &Value, path: &[String], entries: &[Value]) -> bool {
    let is_split = |at: &[String]| {
        let sets = entries.iter().filter_map(|it| set_at(&it["fieldsV1"], at));
        sets.filter_map(Value::as_object).any(|it| it.keys().any(|key| key != "."))
    };
    let is_whole = |it: &usize| {
        let set = set_at(fields, &path[..*it]).and_then(Value::as_object);
        set.is_some_and(serde_json::Map::is_empty) && !is_split(&path[..*it])
    };
    set_at(fields, path).is_some() || (0..path.len()).any(|it| is_whole(&it))
}

/// Returns whether all of a set of fields is in another one.
fn is_within(fields: &Value, other: &Value) -> bool {
    let is_whole = other.as_object().is_some_and(serde_json::Map::is_empty);
    let mut parts = fields.as_object().into_iter().flatten().filter(|(key, _)| *key != ".");
    is_whole || parts.all(|(key, it)| other.get(key).is_some_and(|other| is_within(it, other)))
}

/// Returns what a set of fields has below a path; `None` if the path is not in the set.
fn set_at<'a>(fields: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(fields, |at, part| at.get(format!("f:{part}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;
    use serde_json::json;

    #[test]
    fn the_manager_of_a_changed_field_is_named() {
        let fields = json!({"f:spec": {"f:config": {"f:systemd": {"f:units": {}}}}});
        let mut body =
            Object::new(ObjectRef::cluster(Kind::MachineConfig, "01-etcd-kubelet")).into_body();
        body["metadata"]["managedFields"] = json!([
            {"manager": "oc-etcd", "operation": "Apply", "fieldsV1": {"f:spec": {"f:config": {}}}},
            {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": fields},
            {"manager": "other", "fieldsV1": {"f:metadata": {"f:labels": {"f:x": {}}}}},
            {"manager": "status", "subresource": "status", "fieldsV1": fields},
        ]);
        let object = Object::from_value(body).unwrap();
        let path = ["spec", "config", "systemd", "units"].map(str::to_owned).to_vec();
        let changed = Difference { path: path.clone(), what: String::new() };
        assert_eq!(
            conflicts(&object, &[changed], "oc-etcd"),
            [Conflict {
                manager: "kubectl-edit".to_owned(),
                field: ".spec.config.systemd.units".to_owned(),
                path,
                has_written_all: false,
                is_left_over: false,
            }]
        );
    }

    #[test]
    fn who_created_an_object_that_was_adopted_has_changed_nothing() {
        let users = ["spec", "config", "passwd", "users"].map(str::to_owned).to_vec();
        let theirs = json!({"f:spec": {"f:config": {"f:passwd": {"f:users": {}}}}});
        let left = |ours: &Value, operation: &str, path: &[String]| {
            let mut body =
                Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-etcd-ssh")).into_body();
            body["metadata"]["managedFields"] = json!([
                {"manager": "oc-etcd", "operation": "Apply", "fieldsV1": ours},
                {"manager": "kubectl-create", "operation": operation, "fieldsV1": theirs},
            ]);
            let changed = Difference { path: path.to_vec(), what: String::new() };
            let found = conflicts(&Object::from_value(body).unwrap(), &[changed], "oc-etcd");
            assert_eq!(found.len(), 1);
            found[0].is_left_over
        };
        for path in [&users[..], &users[..1]] {
            assert!(left(&theirs, "Update", path));
            // A tool that applies does so again.
            assert!(!left(&theirs, "Apply", path));
            // The API server has taken the field away from oc-etcd, because somebody changed the value.
            assert!(!left(&json!({"f:spec": {"f:config": {"f:ignition": {}}}}), "Update", path));
        }
    }

    #[test]
    fn who_has_a_map_has_what_is_in_the_map_only_where_nobody_else_has() {
        let path = ["spec", "config", "passwd", "users"].map(str::to_owned).to_vec();
        let managers = |ours: Value| {
            let mut body =
                Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-etcd-ssh")).into_body();
            let theirs = json!({
                "f:metadata": {"f:annotations": {"f:oc-etcd/source-digest": {}}},
                "f:spec": {"f:config": {"f:passwd": {}}},
            });
            body["metadata"]["managedFields"] = json!([{"manager": "oc-etcd", "fieldsV1": ours}, {"manager": "ci", "fieldsV1": theirs}]);
            let changed = Difference { path: path.clone(), what: String::new() };
            conflicts(&Object::from_value(body).unwrap(), &[changed], "oc-etcd")
        };
        let split = json!({"f:spec": {"f:config": {"f:passwd": {".": {}, "f:users": {}}}}});
        assert_eq!(managers(split), []);
        let whole = managers(json!({"f:spec": {"f:config": {"f:passwd": {".": {}}}}}));
        assert!(matches!(&whole[..], [it] if it.manager == "ci" && it.has_written_all));
    }
}
