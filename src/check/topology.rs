//! Reports control planes for which etcd machines are not designed.

use super::finding::{Check, Finding};
use crate::model::field::Field;
use crate::model::snapshot::Snapshot;

/// Reports a control plane that is not made of three or more masters (openshift/api
/// `config/v1/types_infrastructure.go`). One that is hosted is none of this.
pub(crate) fn control_plane(snapshot: &Snapshot) -> Option<Finding> {
    let infrastructure = snapshot.infrastructure()?;
    let field = infrastructure.body().pointer("/status/controlPlaneTopology");
    let message = match field.map_or(Field::Absent, Field::text) {
        // The API's default.
        Field::Absent | Field::Known("HighlyAvailable" | "External") => return None,
        Field::Known("SingleReplica") => {
            "the control plane is a single node with one etcd member: etcd's operator adds no further \
             member, so additional machines have no effect"
                .to_owned()
        }
        Field::Known(topology @ ("DualReplica" | "HighlyAvailableArbiter")) => format!(
            "the control plane topology is {topology}: with two masters, etcd's operator places members by \
             other rules than with three"
        ),
        Field::Known(topology) => {
            format!("the control plane topology is {topology}, which oc-etcd does not know")
        }
        Field::Unknown(why) => format!("controlPlaneTopology is {why}"),
    };
    Some(Check::ControlPlaneTopologyUnsupported.blocker(infrastructure.reference(), message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::object::Object;
    use crate::status::fixtures::cluster;

    fn with_topology(topology: serde_json::Value) -> Snapshot {
        let snapshot = cluster(&["4.16"]);
        let mut body = snapshot.infrastructure().unwrap().body().clone();
        body["status"]["controlPlaneTopology"] = topology;
        snapshot.with_objects([Object::from_value(body).unwrap()])
    }

    #[test]
    fn only_three_masters_or_more_are_what_etcd_machines_were_made_for() {
        for (topology, expected) in [
            (json!("HighlyAvailable"), None),
            (json!(null), None),
            (json!("External"), None),
            (json!("SingleReplica"), Some("the control plane is a single node")),
            (json!("DualReplica"), Some("the control plane topology is DualReplica: with two")),
            (
                json!("HighlyAvailableArbiter"),
                Some("the control plane topology is HighlyAvailableArb"),
            ),
            (json!("OfTomorrow"), Some("the control plane topology is OfTomorrow, which")),
            (json!({"_REDACTED": "x"}), Some("controlPlaneTopology is withheld")),
        ] {
            let found = control_plane(&with_topology(topology.clone()));
            let message = found.as_ref().map(|it| it.message.as_str());
            let is_told = match (message, expected) {
                (Some(message), Some(expected)) => message.starts_with(expected),
                (message, expected) => message == expected,
            };
            assert!(is_told, "{topology}: {message:?}");
        }
    }
}
