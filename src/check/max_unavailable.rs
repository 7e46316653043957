//! Checks that the operator updates one etcd Node at a time.

use serde_json::Value;

use super::finding::{Check, Finding, Severity};
use crate::model::field::{Unknown, holds_withheld};
use crate::model::names;
use crate::model::node::is_control_plane;
use crate::model::snapshot::Snapshot;

/// The number of members with which etcd tolerates the failure of one.
const MEMBERS: u64 = 3;

/// Reports an etcd pool of which several Nodes may reboot at once.
#[must_use]
pub fn finding(snapshot: &Snapshot) -> Option<Finding> {
    let pool = snapshot.pool(names::ETCD)?;
    let value = pool.get("/spec/maxUnavailable").filter(|it| !it.is_null())?;
    let nodes = snapshot.etcd_nodes().filter(|it| !is_control_plane(it)).count() as u64;
    let reference = pool.reference();
    match unavailable(value, nodes.max(MEMBERS)) {
        Some(0 | 1) => None,
        Some(count) => {
            let message = format!(
                "maxUnavailable lets {count} etcd nodes reboot at the same time, and an etcd that loses the majority of \
                 its members stops"
            );
            let hint = format!(
                "oc patch {reference} --type=merge -p '{{\"spec\":{{\"maxUnavailable\":1}}}}'"
            );
            Some(Check::MaxUnavailable.warning(reference, message).hint(hint))
        }
        None => {
            let message = format!(
                "it is unknown how many etcd nodes may reboot at the same time: maxUnavailable is {}",
                Unknown::of(value)
            );
            Some(Check::MaxUnavailable.unknown(reference, message).at_most(Severity::Warning))
        }
    }
}

/// Returns how many of this number of Nodes may be unavailable: a number, or a percentage that is rounded down (MCO
/// `pkg/controller/node/node_controller.go`, `maxUnavailable`). The operator takes 0 for 1.
fn unavailable(value: &Value, nodes: u64) -> Option<u64> {
    if holds_withheld(value) {
        return None;
    }
    if let Some(percentage) = value.as_str() {
        let percentage: u64 = percentage.strip_suffix('%')?.parse().ok()?;
        return Some(percentage.checked_mul(nodes)? / 100);
    }
    value.as_u64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::{Object, ObjectRef};

    #[test]
    fn several_nodes_that_may_reboot_at_once_are_told() {
        for (value, nodes, expected) in [
            (json!(null), 3, None),
            (json!(0), 3, None),
            (json!(1), 3, None),
            (json!(2), 1, Some(Check::MaxUnavailable)),
            (json!("33%"), 3, None),
            (json!("34%"), 5, None),
            (json!("67%"), 1, Some(Check::MaxUnavailable)),
            (json!("40%"), 5, Some(Check::MaxUnavailable)),
            (json!("x-percent-0000000001-x"), 3, Some(Check::Unreadable)),
            (json!({"_REDACTED": "x"}), 3, Some(Check::Unreadable)),
            (json!(-1), 3, Some(Check::Unreadable)),
        ] {
            let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD))
                .with("spec", json!({"maxUnavailable": value}));
            let node = |number| {
                Object::new(ObjectRef::cluster(Kind::Node, format!("n-{number}")))
                    .with_labels([(names::NODE_ROLE_ETCD, "")])
            };
            let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH)
                .with_objects((0..nodes).map(node).chain([pool]));
            let found = finding(&snapshot);
            assert!(found.iter().all(|it| it.severity == Severity::Warning), "{value}");
            assert_eq!(found.map(|it| it.check), expected, "{value} of {nodes}");
        }
    }
}
