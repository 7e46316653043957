//! Checks of the cluster operators that carry out what the commands ask for.

use super::finding::{Check, Finding, Severity};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;

/// Operators that the etcd pool depends on.
pub const OPERATORS: [&str; 3] = ["machine-config", "etcd", "kube-apiserver"];
/// The operator whose controllers create the instances of Machines.
pub const MACHINE_API: &str = "machine-api";

/// Reports the conditions of an operator whose status is missing or unknown, and an operator that does not exist.
pub(super) fn unknown(snapshot: &Snapshot, name: &str) -> Vec<Finding> {
    match snapshot.cluster(Kind::ClusterOperator, name) {
        Some(operator) => unknown_of(operator, &["Degraded", "Available"]),
        None if snapshot.why_unreadable(Kind::ClusterOperator).is_some() => Vec::new(),
        None => {
            let subject = ObjectRef::cluster(Kind::ClusterOperator, name);
            vec![Check::Unreadable.warning(subject, "the object does not exist")]
        }
    }
}

/// Reports the conditions of an object whose status is missing or unknown.
pub(super) fn unknown_of(object: &Object, kinds: &[&str]) -> Vec<Finding> {
    let condition = |kind: &&str| {
        let words = match object.condition_status(kind) {
            Field::Known(_) => return None,
            Field::Absent => "missing".to_owned(),
            Field::Unknown(why) => why.to_string(),
        };
        let message = format!("the condition {kind} is {words}");
        Some(Check::Unreadable.blocker(object.reference(), message))
    };
    kinds.iter().filter_map(condition).collect()
}

/// Reports an operator that is degraded or not available.
pub(super) fn degraded(snapshot: &Snapshot, name: &str) -> Option<Finding> {
    let operator = snapshot.cluster(Kind::ClusterOperator, name)?;
    let message =
        |kind| operator.condition(kind).map(|it| it.message.to_owned()).unwrap_or_default();
    let status = |kind| operator.condition_status(kind).known();
    let words = match (status("Degraded"), status("Available")) {
        (Some("True"), _) => format!("the operator is degraded: {}", message("Degraded")),
        (_, Some("False")) => {
            format!("the operator is not available: {}", message("Available"))
        }
        (Some("False") | None, Some("True") | None) => return None,
        (degraded, _) => {
            let kind = if degraded == Some("False") { "Available" } else { "Degraded" };
            format!(
                "the condition {kind} of the operator is neither True nor False: {}",
                message(kind)
            )
        }
    };
    let hint = format!("oc describe {}", operator.reference());
    Some(Check::OperatorDegraded.blocker(operator.reference(), words).hint(hint))
}

/// Reports that the operator of the Machine API is degraded or not available, or that this is unknown: nobody may
/// create the instance of a new Machine.
#[must_use]
pub fn machine_api(snapshot: &Snapshot) -> Vec<Finding> {
    let effect = |it: Finding| {
        let message = format!("{}; new Machines may get no instance", it.message);
        Finding { message, ..it }
    };
    let unknown = unknown(snapshot, MACHINE_API).into_iter();
    let unknown = unknown.map(|it| it.at_most(Severity::Warning));
    unknown.chain(degraded(snapshot, MACHINE_API).map(effect)).collect()
}
