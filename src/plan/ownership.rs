//! Finds the other owners of a field in `metadata.managedFields`, before the API server refuses the write.

use serde_json::Value;

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
}

/// The differences that other field managers own.
#[must_use]
pub fn conflicts(existing: &Object, differences: &[Difference], ours: &str) -> Vec<Conflict> {
    let mut found = Vec::new();
    for entry in existing.list("/metadata/managedFields") {
        let Some(manager) = entry["manager"].as_str() else { continue };
        // A subresource's fields (`status`) are none that we write.
        if manager == ours || entry["subresource"].as_str().is_some_and(|it| !it.is_empty()) {
            continue;
        }
        for difference in differences {
            if owns(&entry["fieldsV1"], &difference.path) {
                let field = format!(".{}", quotable_field(&difference.path));
                let path = difference.path.clone();
                found.push(Conflict { manager: manager.to_owned(), field, path });
            }
        }
    }
    found.sort_by(|a, b| (&a.manager, &a.field).cmp(&(&b.manager, &b.field)));
    found.dedup();
    found
}

/// Returns whether a set of fields (`FieldsV1`, openshift/api `meta/v1`) holds a path or something below it.
fn owns(fields: &Value, path: &[String]) -> bool {
    let mut at = fields;
    for part in path {
        let Some(map) = at.as_object() else { return false };
        if map.is_empty() {
            return true;
        }
        match map.get(&format!("f:{part}")) {
            Some(below) => at = below,
            None => return false,
        }
    }
    true
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
            }]
        );
    }
}
