//! Reports operators that the Cluster Version Operator does not manage.

use serde_json::Value;

use super::finding::{Check, Finding};
use crate::model::field::{Unknown, is_withheld};
use crate::model::snapshot::Snapshot;

/// The Deployment of the operator that manages members.
pub(super) const ETCD: &str = "etcd-operator";

/// The Deployments of the operators that replace masters.
pub(super) const OF_MASTERS: [&str; 3] =
    ["machine-api-operator", "control-plane-machine-set-operator", ETCD];

/// Reports the Deployments that the Cluster Version Operator leaves alone: somebody may have stopped or changed them
/// (openshift/api `config/v1/types_cluster_version.go`, `ComponentOverride`).
#[must_use]
pub fn unmanaged(snapshot: &Snapshot) -> Vec<Finding> {
    of(snapshot, &[&["machine-config-operator"], &OF_MASTERS[..]].concat())
}

/// Reports those of these Deployments that the Cluster Version Operator leaves alone.
pub(super) fn of(snapshot: &Snapshot, deployments: &[&str]) -> Vec<Finding> {
    let Some(version) = snapshot.cluster_version() else { return Vec::new() };
    let finding = |check: Check, message: String| {
        let hint = match check {
            Check::Unreadable => "oc get clusterversion version -o yaml",
            _ => "remove the entry from spec.overrides: oc edit clusterversion/version",
        };
        check.warning(version.reference(), message).hint(hint)
    };
    let overrides = match version.get("/spec/overrides") {
        None => return Vec::new(),
        Some(Value::Array(entries)) => entries,
        Some(other) => {
            let message = format!("the overrides are {}", Unknown::of(other));
            return vec![finding(Check::Unreadable, message)];
        }
    };
    let of_operator = |it: &&Value| {
        it["kind"] == "Deployment" && deployments.iter().any(|name| it["name"] == *name)
    };
    overrides
        .iter()
        .filter_map(|it| {
            let name = it["name"].as_str().unwrap_or_default();
            match &it["unmanaged"] {
                _ if is_withheld(it) || is_withheld(&it["kind"]) || is_withheld(&it["name"]) => {
                    let message = "an entry of the overrides is withheld from the files";
                    Some(finding(Check::Unreadable, message.to_owned()))
                }
                _ if !of_operator(&it) => None,
                Value::Bool(false) | Value::Null => None,
                Value::Bool(true) => {
                    let message = format!(
                        "ClusterVersion leaves the deployment {name} unmanaged: the operator may be stopped or \
                         changed, and its ClusterOperator may be outdated"
                    );
                    Some(finding(Check::OperatorDegraded, message))
                }
                other => {
                    let why = Unknown::of(other);
                    let message = format!("whether the deployment {name} is managed is {why}");
                    Some(finding(Check::Unreadable, message))
                }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::Severity;
    use crate::status::fixtures::cluster;

    #[test]
    fn a_deployment_that_is_unmanaged_is_found_by_name() {
        let withheld = json!({"_REDACTED": "x"});
        let entry = |kind: &str, name: &str, unmanaged: Value| json!([{"kind": kind, "name": name, "unmanaged": unmanaged}]);
        for (overrides, expected) in [
            (json!(null), None),
            (entry("Deployment", "etcd-operator", true.into()), Some(Check::OperatorDegraded)),
            (entry("Deployment", "etcd-operator", false.into()), None),
            (entry("Deployment", "console-operator", true.into()), None),
            (entry("Service", "etcd-operator", true.into()), None),
            (entry("Deployment", "etcd-operator", withheld.clone()), Some(Check::Unreadable)),
            (json!([withheld]), Some(Check::Unreadable)),
            (withheld.clone(), Some(Check::Unreadable)),
        ] {
            let snapshot = cluster(&["4.20"]);
            let version = snapshot.cluster_version().unwrap().clone();
            let mut spec = version.get("/spec").unwrap().clone();
            spec["overrides"] = overrides.clone();
            let found = unmanaged(&snapshot.with_objects([version.with("spec", spec)]));
            let told: Vec<Check> = found.iter().map(|it| it.check).collect();
            assert_eq!(told, expected.into_iter().collect::<Vec<_>>(), "{overrides}");
            assert!(found.iter().all(|it| it.severity == Severity::Warning), "{overrides}");
        }
    }
}
