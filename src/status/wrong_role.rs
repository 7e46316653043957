//! The cause why a Machine became a Node of another role than etcd, and the remedy.

use serde_json::Value;

use crate::check::pool::PoolState;
use crate::check::{Check, Finding, pool};
use crate::derive::user_data;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::plan::Plan;

/// A Node that registered with another role than etcd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRole {
    /// The name of the Node.
    node: String,
    /// The roles of the Node: `control-plane, master`.
    roles: String,
    /// Indicates whether the Node belongs to the control plane.
    is_control_plane: bool,
    cause: Cause,
}

/// Cause of the other role of the Node.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    /// A cause was found; another machine would become the same.
    Standing(Box<Finding>),
    /// New machines become etcd nodes, so that the cause is gone.
    Removed {
        /// The configuration that the Node has.
        current: Option<String>,
        /// The configuration that new machines get.
        served: String,
    },
    /// No cause was found, and new machines cannot be made now, or their configuration is unknown.
    Unknown {
        /// The configuration that the Node has.
        current: Option<String>,
    },
}

impl WrongRole {
    /// Judges a Node that belongs to an etcd Machine and has no label of the role etcd.
    #[must_use]
    pub fn of(snapshot: &Snapshot, plan: &Plan, node: &Object) -> Self {
        let labels = node.get("/metadata/labels").and_then(Value::as_object);
        let roles: Vec<&str> = labels
            .into_iter()
            .flat_map(|it| it.keys())
            .filter_map(|it| it.strip_prefix(names::NODE_ROLE_PREFIX))
            .collect();
        Self {
            node: node.name().to_owned(),
            is_control_plane: roles.iter().any(|it| matches!(*it, "master" | "control-plane")),
            roles: if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") },
            cause: Cause::of(snapshot, plan, node),
        }
    }

    /// Returns whether a Machine in the place of this one would become an etcd node.
    #[must_use]
    pub const fn is_cause_removed(&self) -> bool {
        matches!(self.cause, Cause::Removed { .. })
    }

    /// Returns whether the Machine may be removed as any other, as far as its Node goes.
    #[must_use]
    pub const fn is_removal_advised(&self) -> bool {
        !self.is_control_plane && !matches!(self.cause, Cause::Standing(_))
    }

    /// Returns the description of the fault.
    #[must_use]
    pub fn message(&self) -> String {
        let Self { node, roles, .. } = self;
        let has = |current: &Option<String>| match current {
            Some(name) => format!("the Node has the configuration {name}"),
            None => "the configuration of the Node is unknown".to_owned(),
        };
        let cause = match &self.cause {
            Cause::Standing(finding) => {
                format!(
                    "new machines have the same problem: {}: {}",
                    finding.subject, finding.message
                )
            }
            Cause::Removed { current, served } => {
                format!("{}, and new machines get {served}, which creates etcd nodes", has(current))
            }
            Cause::Unknown { current } => format!("{}, and the cause is unknown", has(current)),
        };
        let danger = if self.is_control_plane {
            "; the Node is managed by the master pool, and etcd's operator may place a member on the Node"
        } else {
            ""
        };
        format!("its Node {node} registered with {roles}, not as etcd{danger}; {cause}")
    }

    /// Returns the remedy, unless the Machine is to be removed.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let node = &self.node;
        if self.is_control_plane {
            return Some(format!(
                "oc adm cordon {node}; oc get pods -n openshift-etcd -o wide --field-selector \
                 spec.nodeName={node}; then follow docs/procedure.md for a machine that became a master"
            ));
        }
        match &self.cause {
            Cause::Standing(finding) => finding.hint.as_ref().map(ToString::to_string),
            Cause::Removed { .. } | Cause::Unknown { .. } => None,
        }
    }
}

impl Cause {
    fn of(snapshot: &Snapshot, plan: &Plan, node: &Object) -> Self {
        let current = node.annotation(names::CURRENT_CONFIG).map(str::to_owned);
        let state = pool::of(snapshot);
        let of_plan = plan.findings.iter().find(|it| it.check == Check::KubeletRoleWrong);
        let of_rendered = match &state {
            PoolState::Incomplete(lacking) => lacking.first(),
            _ => None,
        };
        if let Some(finding) = of_plan.or(of_rendered) {
            return Self::Standing(Box::new(finding.clone()));
        }
        let secret = snapshot.machine_secret(names::ETCD_USER_DATA);
        if let Some(secret) = secret.filter(|it| !user_data::asks_for_etcd(it)) {
            let message = "the user data does not request the configuration of etcd machines";
            let finding = Check::Drifted.warning(secret.reference(), message).hint("oc etcd init");
            return Self::Standing(Box::new(finding));
        }
        match state {
            PoolState::Rendered(served) => Self::Removed { current, served },
            _ => Self::Unknown { current },
        }
    }
}
