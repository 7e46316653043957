//! Fields of files that a sanitizer withheld, or that a tool left out: the state of an object without such a field is
//! unknown.
//!
//! An API server withholds no part of an object, so that the rooms that judge an object need no third answer for each
//! of its fields. A withheld field makes its object unknown, with two exceptions: fields on which no decision rests,
//! and fields that the rooms read part by part, such as the contents of MachineConfigs and Secrets.

use serde_json::{Map, Value};

use crate::model::field::{ENTRY, Masking, first_withheld, holds_withheld, is_withheld, masking};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::release::Release;

/// Returns why an object is not known: the first field that is withheld or not understood, of those that count.
pub(super) fn why(object: &Object) -> Option<String> {
    let reference = object.reference();
    let withheld = first_withheld(object.body(), |path| is_passed_over(reference.kind, path));
    let withheld = withheld.map(|field| format!("{field} of {reference} is withheld"));
    let left_out = || {
        let is_left_out = object.get("/status").is_none_or(Value::is_null) && has_status(object);
        is_left_out.then(|| format!("status of {reference} is not in the files"))
    };
    let without_node =
        || is_placed(object).then(|| format!("spec.nodeName of {reference} is not in the files"));
    withheld.or_else(left_out).or_else(without_node).or_else(|| {
        let is_masked = reference.kind == Kind::ClusterVersion && !has_release(object);
        is_masked.then(|| format!("the version in the status of {reference} is not understood"))
    })
}

/// Returns whether an object has a status on every cluster. One that was just created has none, and no field either that
/// the controller writes into its specification. It has a time of creation, which `kubectl neat` deletes with the status.
fn has_status(object: &Object) -> bool {
    let is_seen = |field| {
        object.text(field).is_some() || object.text("/metadata/creationTimestamp").is_none()
    };
    match object.reference().kind {
        Kind::ClusterOperator
        | Kind::ClusterVersion
        | Kind::ControlPlaneMachineSet
        | Kind::Etcd
        | Kind::Infrastructure
        | Kind::Node => true,
        Kind::Machine => is_seen("/spec/providerID"),
        Kind::MachineConfigPool => is_seen("/spec/configuration/name"),
        Kind::ConfigMap
        | Kind::MachineConfig
        | Kind::MachineSet
        | Kind::Pod
        | Kind::Secret
        | Kind::ValidatingAdmissionPolicy => false,
    }
}

/// Returns whether an object is a Pod that has a Node on the cluster, and none in the files, as after `kubectl neat`. A
/// Pod that waits for a scheduler has none.
fn is_placed(object: &Object) -> bool {
    object.reference().kind == Kind::Pod
        && object.text("/spec/nodeName").is_none_or(str::is_empty)
        && object.text("/status/phase") != Some("Pending")
}

/// Returns whether the versions of a `ClusterVersion` are versions: a sanitizer may replace parts of any text.
fn has_release(object: &Object) -> bool {
    let history = object.list("/status/history").iter();
    let history = history.filter_map(|it| it["version"].as_str());
    let mut all = history.chain(object.text("/status/desired/version"));
    all.all(|it| it.is_empty() || it.parse::<Release>().is_ok())
}

/// Returns whether the files lack what tells who created an object, as after `kubectl neat`. The operator writes its
/// version into an annotation of each of its templates.
pub(super) fn is_without_authors<'a>(objects: impl Iterator<Item = &'a Object>) -> bool {
    let is_bare = |it: &Object| {
        let annotations = &it.body()["metadata"]["annotations"];
        annotations.is_null() || annotations.as_object().is_some_and(Map::is_empty)
    };
    objects.filter(|it| is_template(it)).any(is_bare)
}

fn is_template(object: &Object) -> bool {
    object.reference().kind == Kind::MachineConfig
        && matches!(object.name(), "00-master" | "00-worker")
}

/// Returns whether the files lack the files of MachineConfigs, as in the archive of the insights operator: each template
/// of the operator has some.
pub(super) fn is_without_files<'a>(mut objects: impl Iterator<Item = &'a Object>) -> bool {
    objects.any(|it| {
        is_template(it) && it.body().pointer("/spec/config/storage/files") == Some(&Value::Null)
    })
}

/// Returns whether a label of an object may have another value than the files show, or another key. The values of other
/// labels do not count.
pub(super) fn may_have_label(object: &Object, key: &str) -> bool {
    let metadata = &object.body()["metadata"];
    let labels = &metadata["labels"];
    let mut keys = labels.as_object().into_iter().flatten().map(|(key, _)| key);
    is_withheld(metadata)
        || is_withheld(labels)
        || holds_withheld(&labels[key])
        || keys.any(|it| masking(it) != Masking::None)
}

fn is_passed_over(kind: Kind, path: &[&str]) -> bool {
    is_read_part_by_part(kind, path) || is_without_weight(kind, path)
}

/// Returns whether the rooms read a field as far as the field is known.
fn is_read_part_by_part(kind: Kind, path: &[&str]) -> bool {
    match (kind, path) {
        (Kind::Secret, ["data", ..]) | (Kind::Machine, ["spec", "providerSpec", ..]) => true,
        (Kind::MachineConfig, ["spec", "config", place @ ..]) => matches!(
            place,
            ["passwd", ..]
                | ["systemd", "units", ENTRY, "contents"]
                | ["systemd", "units", ENTRY, "dropins", ENTRY, "contents"]
                | ["storage", "files", ENTRY, "contents" | "append", ..]
        ),
        (Kind::MachineSet | Kind::ControlPlaneMachineSet, ["spec", "template", ..]) => {
            path.contains(&"providerSpec")
        }
        _ => false,
    }
}

/// Returns whether no decision rests on a field.
fn is_without_weight(kind: Kind, path: &[&str]) -> bool {
    match (kind, path) {
        (_, ["metadata", "managedFields" | "resourceVersion" | "selfLink" | "uid", ..])
        | (Kind::Infrastructure, ["spec", ..])
        | (Kind::MachineConfigPool, ["status", "certExpirys", ..]) => true,
        (_, ["metadata", "annotations", key, ..]) => {
            !key.contains("openshift.io/") && !key.starts_with(names::FIELD_MANAGER)
        }
        // Their operators' words count, and the reasons.
        (Kind::Etcd | Kind::ControlPlaneMachineSet, _) => false,
        (_, ["status", "conditions", ENTRY, field, ..]) => !matches!(*field, "type" | "status"),
        (Kind::Node, ["status", field, rest @ ..]) => match *field {
            "addresses" | "conditions" => false,
            "nodeInfo" => !matches!(rest, [] | ["architecture"]),
            _ => true,
        },
        (Kind::Node, ["spec", field, ..]) => !matches!(*field, "taints" | "unschedulable"),
        (Kind::Machine, ["status", field, ..]) => {
            matches!(*field, "providerStatus" | "lastOperation" | "lastUpdated")
        }
        (Kind::Infrastructure, ["status", field, ..]) => {
            matches!(*field, "apiServerURL" | "apiServerInternalURI" | "etcdDiscoveryDomain")
        }
        (Kind::ClusterVersion, ["spec", field, ..]) => *field != "desiredUpdate",
        (Kind::ClusterVersion, ["status", field, ..]) => {
            !matches!(*field, "conditions" | "desired" | "history")
        }
        (Kind::ClusterOperator, ["status", field, ..]) => *field != "conditions",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::ObjectRef;
    use crate::openshift::control_plane_machine_set;

    #[test]
    fn a_control_plane_machine_set_without_status_is_not_known() {
        let set = Object::new(control_plane_machine_set::reference());
        let words = "status of controlplanemachineset/cluster is not in the files";
        assert_eq!(why(&set).as_deref(), Some(words));
        let with_status = set.with("status", serde_json::json!({"replicas": 3}));
        assert_eq!(why(&with_status), None);
    }

    #[test]
    fn a_machine_that_was_just_created_has_no_status_but_a_time() {
        let neat = Object::new(ObjectRef::machine("m"));
        let words = "status of machine/m is not in the files";
        assert_eq!(why(&neat).as_deref(), Some(words));
        let metadata = serde_json::json!({"creationTimestamp": "2024-08-21T12:00:00Z"});
        let new = neat.with("metadata", metadata);
        assert_eq!(why(&new), None);
        let seen = new.with("spec", serde_json::json!({"providerID": "aws:///us-east-1a/i-0"}));
        assert_eq!(why(&seen).as_deref(), Some(words));
    }
}
