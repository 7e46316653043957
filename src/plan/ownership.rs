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
}

/// The differences that other field managers own.
#[must_use]
pub fn conflicts(existing: &Object, differences: &[Difference], ours: &str) -> Vec<Conflict> {
    let mut found = Vec::new();
    let entries = existing.list("/metadata/managedFields");
    for entry in entries {
        let Some(manager) = entry["manager"].as_str() else { continue };
        // A subresource's fields (`status`) are none that we write.
        if manager == ours || entry["subresource"].as_str().is_some_and(|it| !it.is_empty()) {
            continue;
        }
        let has_written_all = has_written_all(&entry["fieldsV1"]);
        for difference in differences {
            if owns(&entry["fieldsV1"], &difference.path, entries) {
                let field = format!(".{}", quotable_field(&difference.path));
                let path = difference.path.clone();
                found.push(Conflict { manager: manager.to_owned(), field, path, has_written_all });
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
            {"manager": "oc-etcd", "operation": "Apply", "fieldsV1": fields},
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
            }]
        );
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
