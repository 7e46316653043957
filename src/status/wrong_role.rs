//! The cause why the Node of a Machine does not have the role etcd, and the remedy.

use crate::check::machine_user_data::UserData;
use crate::check::pool::PoolState;
use crate::check::{Check, Finding, mixed_roles, pool};
use crate::derive::user_data;
use crate::model::names;
use crate::model::node::{is_control_plane, roles};
use crate::model::object::Object;
use crate::model::shell_command::quoted;
use crate::model::snapshot::Snapshot;
use crate::plan::Plan;

/// A Node of an etcd Machine without the role etcd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRole {
    /// The name of the Node.
    node: String,
    /// The roles of the Node: `control-plane, master`.
    roles: String,
    /// Indicates whether the Node belongs to the control plane.
    is_control_plane: bool,
    /// Fault of the user data of the Machine, which is the cause of the role. The Machine in its place gets other user data.
    user_data: Option<String>,
    cause: Cause,
}

/// Cause of the other role of the Node.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    /// A cause was found; another machine would become the same.
    Standing(Box<Finding>),
    /// The Node registered as an etcd node: the label was there, and was removed.
    LabelRemoved {
        /// The configuration that the Node has and that creates etcd nodes. `None` if another pool manages the Node, which
        /// still has the taint of an etcd node.
        current: Option<String>,
    },
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
    pub fn of(snapshot: &Snapshot, plan: &Plan, machine: &Object, node: &Object) -> Self {
        let cause = Cause::of(snapshot, plan, node);
        let roles: Vec<&str> = roles(node).collect();
        Self {
            node: node.name().to_owned(),
            is_control_plane: is_control_plane(node),
            roles: if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") },
            user_data: UserData::of(snapshot, machine)
                .fault()
                .filter(|_| !matches!(cause, Cause::LabelRemoved { .. })),
            cause,
        }
    }

    /// Adds the unit that may have removed the label, of those that change Nodes, to the finding about the Machine.
    #[must_use]
    pub fn with_cause(&self, finding: Finding, changing: &[Finding]) -> Finding {
        match self.cause {
            Cause::LabelRemoved { .. } if !self.is_control_plane => {
                pool::with_cause(finding, changing)
            }
            _ => finding,
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
        !self.is_control_plane
            && !matches!(self.cause, Cause::Standing(_) | Cause::LabelRemoved { .. })
    }

    /// Returns whether the Node becomes an etcd node again as soon as it has the label.
    #[must_use]
    pub const fn is_repairable(&self) -> bool {
        !self.is_control_plane && matches!(self.cause, Cause::LabelRemoved { .. })
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
            Cause::LabelRemoved { current } if self.is_repairable() => {
                let role = names::NODE_ROLE_ETCD;
                let sign = match current {
                    Some(current) => {
                        format!("the configuration {current}, which creates etcd nodes")
                    }
                    None => format!("the taint {role}, with which only etcd nodes register"),
                };
                return format!(
                    "its Node {node} has {sign}, and does not have the label {role}: the label was removed, and the \
                     etcd pool no longer manages the Node"
                );
            }
            Cause::LabelRemoved { current } => has(current),
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
        let of_machine = self.user_data.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
        let cause = match &self.cause {
            // The Node has the configuration of its user data.
            Cause::Removed { .. } | Cause::Unknown { .. } if self.user_data.is_some() => {
                String::new()
            }
            _ => format!("; {cause}"),
        };
        format!("its Node {node} registered with {roles}, not as etcd{danger}{of_machine}{cause}")
    }

    /// Returns the remedy, unless the Machine is to be removed.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let node = &self.node;
        if self.is_control_plane {
            return Some(mixed_roles::became_master(node));
        }
        match &self.cause {
            Cause::Standing(finding) => finding.hint.as_ref().map(ToString::to_string),
            Cause::LabelRemoved { .. } => {
                Some(format!("oc label node/{} {}=", quoted(node), names::NODE_ROLE_ETCD))
            }
            Cause::Removed { .. } | Cause::Unknown { .. } => None,
        }
    }
}

/// Returns whether a Node has the taint of an etcd node.
fn has_taint(node: &Object) -> bool {
    node.list("/spec/taints").iter().any(|it| it["key"] == names::NODE_ROLE_ETCD)
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
            PoolState::Rendered(served) if current.as_ref() == Some(&served) => {
                Self::LabelRemoved { current }
            }
            // A kubelet writes the taint when it registers, and another pool does not take it away.
            PoolState::Rendered(_) if !is_control_plane(node) && has_taint(node) => {
                Self::LabelRemoved { current: None }
            }
            PoolState::Rendered(served) => Self::Removed { current, served },
            _ => Self::Unknown { current },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::check::Check;
    use crate::model::names;
    use crate::model::object::Object;
    use crate::status::fixtures::{initialized, machine, node, running};
    use crate::status::goal::{Goal, Judgment};
    use crate::status::{Status, assess};

    /// The Node `n` of an etcd Machine with these labels and the configuration of the pool.
    fn assessed(labels: serde_json::Value) -> Status {
        let mut body = node("n").into_body();
        body["metadata"]["labels"] = labels;
        let machine = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n"));
        let node = Object::from_value(body).unwrap();
        assess(&initialized(0).with_objects([node, machine]), "1.0.0")
    }

    #[test]
    fn a_label_that_was_removed_is_given_back_and_no_machine_replaced() {
        for labels in [json!({}), json!({"node-role.kubernetes.io/worker": ""})] {
            let status = assessed(labels);
            let found = status.findings.iter().find(|it| it.subject == "machine/m").unwrap();
            assert_eq!(
                (found.check, found.message.as_str(), found.hint.as_deref()),
                (
                    Check::NodeNotJoining,
                    "its Node n has the configuration rendered-etcd-1, which creates etcd nodes, and does not \
                     have the label node-role.kubernetes.io/etcd: the label was removed, and the etcd pool no \
                     longer manages the Node",
                    Some("oc label node/n node-role.kubernetes.io/etcd="),
                )
            );
            assert_eq!(status.next, None);
            assert!(matches!(Goal::Healthy.judge(&status), Judgment::Blocked(_)));
        }
    }

    #[test]
    fn a_node_that_another_pool_took_gets_its_label_back_if_it_registered_as_an_etcd_node() {
        let told = |node: Object| {
            let mut body = node.into_body();
            body["metadata"]["labels"] = json!({names::NODE_ROLE_WORKER: ""});
            body["metadata"]["annotations"][names::CURRENT_CONFIG] = "rendered-worker-1".into();
            let node = Object::from_value(body).unwrap();
            let machine = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n"));
            let status = assess(&initialized(0).with_objects([node, machine]), "1.0.0");
            let found = status.findings.into_iter().find(|it| it.subject == "machine/m");
            found.unwrap().hint.unwrap().to_string()
        };
        assert_eq!(told(node("n")), "oc label node/n node-role.kubernetes.io/etcd=");
        let hint = told(node("n").with("spec", json!({})));
        assert!(hint.starts_with("oc etcd remove-machine m"), "{hint}");
    }

    #[test]
    fn a_node_that_became_one_of_the_control_plane_gets_no_label() {
        for role in names::NODE_ROLES_OF_CONTROL_PLANE {
            let status = assessed(json!({role: ""}));
            let found = status.findings.iter().find(|it| it.subject == "machine/m").unwrap();
            let hint = found.hint.as_deref().unwrap();
            assert!(hint.starts_with("oc adm cordon n"), "{hint}");
            assert!(!hint.contains(names::NODE_ROLE_ETCD), "{hint}");
        }
    }
}
