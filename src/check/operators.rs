//! Checks of the cluster operators that carry out what the commands ask for.

use super::finding::{Check, Finding, Severity};
use crate::model::field::{Field, Unknown};
use crate::model::kind::Kind;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;

/// Operators that the etcd pool depends on.
pub const OPERATORS: [&str; 3] = ["machine-config", "etcd", "kube-apiserver"];
/// The operator whose controllers create the instances of Machines.
pub const MACHINE_API: &str = "machine-api";

/// A condition of which its own operator reports that the status is unknown.
const UNDETERMINED: Field<bool> = Field::Unknown(Unknown::Undetermined);

/// Reports the conditions of an operator that nobody can read, and an operator that does not exist. That the operator
/// itself reports `Unknown` is a finding of [`degraded`].
pub(super) fn unknown(snapshot: &Snapshot, name: &str) -> Vec<Finding> {
    match snapshot.cluster(Kind::ClusterOperator, name) {
        Some(operator) => {
            let is_unread = |kind: &&str| operator.condition_state(kind) != UNDETERMINED;
            let kinds: Vec<&str> =
                ["Degraded", "Available"].into_iter().filter(is_unread).collect();
            unknown_of(operator, &kinds)
        }
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
        let state = object.condition_state(kind);
        let message = format!("the condition {kind} is {}", state.word());
        (!matches!(state, Field::Known(_)))
            .then(|| Check::Unreadable.blocker(object.reference(), message))
    };
    kinds.iter().filter_map(condition).collect()
}

/// Reports an operator that is degraded or not available.
pub(super) fn degraded(snapshot: &Snapshot, name: &str) -> Option<Finding> {
    let operator = snapshot.cluster(Kind::ClusterOperator, name)?;
    let message =
        |kind| operator.condition(kind).map(|it| it.message.to_owned()).unwrap_or_default();
    let state = |kind| operator.condition_state(kind);
    let undetermined = ["Degraded", "Available"].into_iter().find(|it| state(it) == UNDETERMINED);
    let words = match (state("Degraded"), state("Available"), undetermined) {
        (Field::Known(true), ..) => format!("the operator is degraded: {}", message("Degraded")),
        (_, Field::Known(false), _) => {
            format!("the operator is not available: {}", message("Available"))
        }
        (.., Some(kind)) => format!(
            "the condition {kind} of the operator is neither True nor False: {}",
            message(kind)
        ),
        (.., None) => return None,
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
