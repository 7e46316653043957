//! The Nodes with the role etcd: whether each is Ready, and which configuration it has.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Age, JOIN_TIME, Status};
use crate::check::{Check, Finding};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::status::observation::Observation;

/// A Node with the role etcd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// `ip-10-0-12-40.ec2.internal`
    pub name: String,
    /// Indicates whether the Node is Ready.
    #[serde(rename = "ready")]
    pub is_ready: bool,
    /// Indicates whether Pods may be scheduled on the Node.
    #[serde(rename = "schedulable")]
    pub is_schedulable: bool,
    /// `etcd`, and the other roles of the Node.
    pub roles: Vec<String>,
    /// `v1.29.7+6abe8a1`
    pub kubelet_version: Option<String>,
    /// The rendered MachineConfig that it has.
    pub current_config: Option<String>,
    /// The rendered MachineConfig that it is to have.
    pub desired_config: Option<String>,
    /// The state of the operator's daemon on the Node: `Done`, `Working`, `Degraded`.
    pub config_state: Option<String>,
    /// The age of the Node.
    #[serde(rename = "ageSeconds")]
    pub age: Option<Age>,
}

impl Node {
    pub(crate) fn read(snapshot: &Snapshot) -> Observation<Vec<Self>> {
        Observation::of(snapshot, Kind::Node, || {
            snapshot.etcd_nodes().map(|it| Self::of(it, snapshot.read_at)).collect()
        })
    }

    fn of(node: &Object, now: Timestamp) -> Self {
        let labels = node.get("/metadata/labels").and_then(Value::as_object);
        let roles = labels
            .into_iter()
            .flat_map(|it| it.keys())
            .filter_map(|it| it.strip_prefix(names::NODE_ROLE_PREFIX));
        let config = |key: &str| {
            node.annotation(&format!("machineconfiguration.openshift.io/{key}")).map(str::to_owned)
        };
        Self {
            name: node.name().to_owned(),
            is_ready: node.condition_is_true("Ready"),
            is_schedulable: node.get("/spec/unschedulable").and_then(Value::as_bool) != Some(true),
            roles: roles.map(str::to_owned).collect(),
            kubelet_version: node.text("/status/nodeInfo/kubeletVersion").map(str::to_owned),
            current_config: config("currentConfig"),
            desired_config: config("desiredConfig"),
            config_state: config("state"),
            age: Age::of(node, now),
        }
    }

    /// Returns the state of the Node's configuration, in a word.
    #[must_use]
    pub fn config_word(&self) -> &str {
        match (self.config_state.as_deref(), &self.current_config) {
            (Some("Done"), Some(_)) if self.current_config == self.desired_config => "current",
            (Some("Done" | "Working"), _) => "updating",
            (Some("Degraded"), _) => "degraded",
            (Some(other), _) => other,
            (None, _) => "unknown",
        }
    }

    /// Reports a Node that is not Ready, unless its Machine tells already.
    pub(crate) fn finding(&self, status: &Status) -> Option<Finding> {
        let is_late = self.age.is_none_or(|age| age.exceeds(JOIN_TIME));
        let has_machine = status.machines.entries().any(|it| it.node.as_ref() == Some(&self.name));
        let subject = format!("node/{}", self.name);
        (!self.is_ready && is_late && !has_machine).then(|| {
            let hint = format!("oc describe {subject}");
            Check::NodeNotJoining.warning(subject, "the Node is not Ready").hint(hint)
        })
    }
}
