//! Reports a state of the worker pool that also concerns etcd machines: a pool of the layout *inherit* selects the
//! workers' MachineConfigs.

use super::finding::{Check, Finding};
use super::pool::{self, DEGRADED, NODE_DEGRADED};
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::pool_status::is_paused;

/// Reports a worker pool that the operator cannot render or roll out, or that is paused before a change.
#[must_use]
pub fn findings(snapshot: &Snapshot, layout: Layout) -> Vec<Finding> {
    let pool = snapshot.pool(names::WORKER).filter(|_| layout == Layout::Inherit);
    let has_pool = snapshot.pool(names::ETCD).is_some();
    pool.and_then(|it| degraded(it, has_pool).or_else(|| held_back(it))).into_iter().collect()
}

fn degraded(pool: &Object, has_pool: bool) -> Option<Finding> {
    // `Degraded` sums up the other conditions.
    let is_of_drain =
        |kind: &str| [NODE_DEGRADED, DEGRADED].contains(&kind) && waits_for_drain(pool);
    let found = pool::degradations(pool).find(|it| !is_of_drain(&it.kind))?;
    let hint = format!("oc describe {}", pool.reference());
    if !has_pool && found.kind == pool::RENDER_DEGRADED && found.is_certain() {
        let message = format!(
            "{found}; the etcd pool has the same MachineConfigs, so the operator cannot render the etcd pool either"
        );
        return Some(Check::WorkerPoolNotUpdated.blocker(pool.reference(), message).hint(hint));
    }
    let message = format!(
        "{found}; the etcd pool has the same MachineConfigs, so an etcd machine may fail in the same way"
    );
    let finding = Check::WorkerPoolNotUpdated.warning(pool.reference(), message);
    Some(finding.hint(hint))
}

/// Returns whether the operator only fails to drain Nodes: the workloads on these Nodes are the reason, and no
/// MachineConfig is. The operator lists what each Node reports (MCO `pkg/controller/node/status.go`, and
/// `pkg/daemon/drain.go` of 4.10 and of later releases).
fn waits_for_drain(pool: &Object) -> bool {
    let message = pool.condition(NODE_DEGRADED).map_or("", |it| it.message);
    let reports: Vec<&str> = message.split(" is reporting: ").skip(1).collect();
    // A Node without a reason is not in the list.
    let degraded = pool.integer("/status/degradedMachineCount").unwrap_or(1).max(1);
    pool.condition_is_true(NODE_DEGRADED)
        && i64::try_from(reports.len()).is_ok_and(|it| it >= degraded)
        && reports.iter().all(|it| it.contains("failed to drain node"))
}

fn held_back(pool: &Object) -> Option<Finding> {
    let wanted = pool.text("/spec/configuration/name")?;
    let is_held_back = is_paused(pool) && pool.text("/status/configuration/name") != Some(wanted);
    let message = format!(
        "the pool is paused before {wanted}: etcd machines get the changed MachineConfigs before the workers do"
    );
    is_held_back.then(|| Check::WorkerPoolNotUpdated.note(pool.reference(), message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::check::Severity;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    fn found(spec: Value, conditions: &Value, layout: Layout) -> Vec<Severity> {
        let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "worker"))
            .with("spec", spec)
            .with(
                "status",
                json!({"configuration": {"name": "rendered-worker-1"}, "conditions": conditions}),
            );
        let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects([pool]);
        findings(&snapshot, layout).into_iter().map(|it| it.severity).collect()
    }

    #[test]
    fn a_worker_pool_counts_where_the_etcd_pool_extends_it() {
        let spec =
            |name: &str, paused: bool| json!({"paused": paused, "configuration": {"name": name}});
        let condition =
            |kind: &str, status: Value| json!([{"type": kind, "status": status, "message": "m"}]);
        let (now, next) = ("rendered-worker-1", "rendered-worker-2");
        for (spec, conditions, expected) in [
            (spec(now, false), json!([]), vec![]),
            (spec(now, true), condition("Degraded", json!("False")), vec![]),
            (spec(next, false), condition("Updating", json!("True")), vec![]),
            (spec(next, true), json!([]), vec![Severity::Note]),
            (spec(next, true), condition("NodeDegraded", json!("True")), vec![Severity::Warning]),
            // There is no etcd pool yet.
            (spec(now, false), condition("RenderDegraded", json!("True")), vec![Severity::Blocker]),
            (
                spec(now, false),
                condition("RenderDegraded", json!("Unknown")),
                vec![Severity::Warning],
            ),
            (
                spec(now, false),
                condition("Degraded", json!({"_REDACTED": "x"})),
                vec![Severity::Warning],
            ),
        ] {
            let told = found(spec.clone(), &conditions, Layout::Inherit);
            assert_eq!(told, expected, "{spec} {conditions}");
            assert!(found(spec, &conditions, Layout::Documented).is_empty());
        }
    }

    #[test]
    fn a_worker_that_cannot_be_drained_says_nothing_of_its_machine_configs() {
        const OF_4_10: &str = r#"Node a is reporting: "failed to drain node : a after 1 hour""#;
        const LATER: &str = r#"Node b is reporting: "failed to drain node: b after 1 hour. Please see machine-config-controller logs for more information""#;
        const OTHER: &str = r#"Node c is reporting: "unexpected on-disk state""#;
        let told = |message: &str, others: &[&str]| {
            let of = |kind: &str, message: &str| json!({"type": kind, "status": "True", "message": message});
            let mut conditions = vec![of("NodeDegraded", message), of("Degraded", "")];
            conditions.extend(others.iter().map(|it| of(it, "m")));
            let spec = json!({"configuration": {"name": "rendered-worker-2"}});
            found(spec, &conditions.into(), Layout::Inherit)
        };
        for message in [OF_4_10, LATER, &format!("{OF_4_10}, {LATER}")] {
            assert_eq!(told(message, &[]), [], "{message}");
            assert_eq!(told(message, &["BuildDegraded"]), [Severity::Warning], "{message}");
            assert_eq!(told(message, &["RenderDegraded"]), [Severity::Blocker], "{message}");
        }
        for message in [OTHER, "", "m", &format!("{LATER}, {OTHER}"), &format!("{OTHER}, {LATER}")]
        {
            assert_eq!(told(message, &[]), [Severity::Warning], "{message}");
        }
    }
}
