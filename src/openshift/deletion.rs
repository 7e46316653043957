//! The progress of the deletion of an etcd Machine and its Node.

use serde_json::Value;

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::is_node_of;
use crate::model::object::{Object, ObjectRef};
use crate::model::shell_command::quoted;
use crate::model::snapshot::Snapshot;

/// The progress of a Machine's deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeletionProgress {
    /// The Machine API has not noticed the deletion yet.
    Asked,
    /// A lifecycle hook or a finalizer blocks the deletion.
    Held(String),
    /// The Node is being drained, and some Pods remain; the message of the Machine API.
    Draining(String),
    /// The instance is being terminated.
    Ending,
    /// The Machine no longer exists, and this Node still exists.
    NodeLeft(String),
    /// Machine and Node no longer exist.
    Deleted,
}

impl DeletionProgress {
    /// Returns the progress for a Machine whose deletion was requested, and for its Node.
    #[must_use]
    pub fn of(machine: Option<&Object>, node: Option<&Object>) -> Self {
        let Some(machine) = machine else {
            return node.map_or(Self::Deleted, |node| Self::NodeLeft(node.name().to_owned()));
        };
        if !machine.is_terminating() {
            return Self::Asked;
        }
        let holders = holders(machine);
        if !holders.is_empty() {
            return Self::Held(holders.join(" and "));
        }
        match machine.condition("Drained") {
            Some(drained) if drained.status == "False" && !drained.message.is_empty() => {
                Self::Draining(drained.message.to_owned())
            }
            _ => Self::Ending,
        }
    }

    /// Returns the state that is waited for.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Asked => "waiting for the Machine API to process the deletion".to_owned(),
            Self::Held(holders) => format!("the deletion is blocked by {holders}"),
            Self::Draining(message) => format!("the Node is being drained: {message}"),
            Self::Ending => "waiting for the instance to terminate".to_owned(),
            Self::NodeLeft(node) => format!("deleted, waiting for its Node {node} to be deleted"),
            Self::Deleted => "deleted".to_owned(),
        }
    }

    /// Returns the command that shows why the state that is waited for has not come.
    #[must_use]
    pub fn look(&self, machine: &ObjectRef) -> String {
        match self {
            Self::Held(_) => look_at_holders(machine),
            Self::NodeLeft(node) => format!("oc get node/{} -o yaml", quoted(node)),
            _ => format!("oc describe {}", machine.command_line()),
        }
    }
}

/// The finalizer of the Machine controller, which the controller removes with the instance.
const FINALIZER: &str = "machine.machine.openshift.io";

/// Returns the holders of a Machine's deletion: owners of lifecycle hooks, and finalizers of others
/// (openshift/api `machine/v1beta1/types_machine.go`).
#[must_use]
pub fn holders(machine: &Object) -> Vec<String> {
    let hooks = HOOKS.into_iter().flat_map(|list| {
        let moment = list.rsplit('/').next().unwrap_or_default();
        machine.list(list).iter().map(move |hook| {
            let name = hook["name"].as_str().unwrap_or("without a name");
            let owner = hook["owner"].as_str().map(|it| format!(" of {it}")).unwrap_or_default();
            format!("the {moment} hook {name}{owner}")
        })
    });
    let finalizers = machine.list("/metadata/finalizers").iter().filter_map(|it| it.as_str());
    let others = finalizers.filter(|it| *it != FINALIZER).map(|it| format!("the finalizer {it}"));
    hooks.chain(others).collect()
}

/// The lists of the hooks that delay the deletion of a Machine.
pub const HOOKS: [&str; 2] = ["/spec/lifecycleHooks/preDrain", "/spec/lifecycleHooks/preTerminate"];

/// The hook with which etcd's operator keeps the Machine of a member, and the owner of the hook.
pub const HOOK_OF_ETCD: &str = "EtcdQuorumOperator";
/// The owner of the hook of etcd's operator.
pub const OWNER_OF_HOOK: &str = "clusteroperator/etcd";

/// Returns whether a hook is one of etcd's operator, by its owner or by its name (CEO
/// `pkg/operator/machinedeletionhooks`). The operator removes the hook only from Machines of the role master.
#[must_use]
pub fn is_hook_of_etcd(hook: &Value) -> bool {
    hook["owner"] == OWNER_OF_HOOK || hook["name"] == HOOK_OF_ETCD
}

/// Returns advice about an object whose deletion hooks or finalizers delay.
#[must_use]
pub fn look_at_holders(object: &ObjectRef) -> String {
    format!(
        "each owner removes its hook or finalizer after its work, but etcd's operator only from Machines of masters; to \
         see the hooks and finalizers: oc get {} -o \
         jsonpath='{{.spec.lifecycleHooks}}{{.metadata.finalizers}}'",
        object.command_line()
    )
}

/// A Machine that is to be deleted, with its Node. Another Machine with the same name is another object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminatingMachine {
    /// The Machine's name.
    pub name: String,
    /// The Machine's uid; `None` when the Machine no longer existed.
    pub uid: Option<String>,
    /// The name and uid of the Node, where the Machine has one.
    pub node: Option<(String, Option<String>)>,
    /// Indicates whether the Node is found by the label of the role etcd.
    pub is_labeled: bool,
}

impl TerminatingMachine {
    /// Returns the Machine of a reference to a Machine or to its Node, as the Snapshot has both. `None` where
    /// the object is not in the Snapshot, or a Node does not say to which Machine it belongs.
    #[must_use]
    pub fn of(snapshot: &Snapshot, reference: &ObjectRef) -> Option<Self> {
        let object = snapshot.get(reference)?;
        let (machine, node) = match reference.kind {
            Kind::Machine => (Some(object), snapshot.node_of(object)),
            Kind::Node => (None, Some(object)),
            _ => return None,
        };
        let name = match machine {
            Some(machine) => machine.name().to_owned(),
            None => machine_of(object)?.to_owned(),
        };
        Some(Self {
            name,
            uid: machine.and_then(uid),
            node: node.map(|it| (it.name().to_owned(), uid(it))),
            is_labeled: node.is_none_or(|it| it.label(names::NODE_ROLE_ETCD).is_some()),
        })
    }

    /// Returns the Machine and the Node, as far as they are known.
    pub fn references(&self) -> impl Iterator<Item = ObjectRef> {
        let machine = self.uid.as_ref().map(|_| ObjectRef::machine(self.name.clone()));
        let node = self.node.as_ref().map(|(name, _)| ObjectRef::cluster(Kind::Node, name));
        machine.into_iter().chain(node)
    }

    /// Returns whether an object of its Machine's name is its Machine.
    #[must_use]
    pub fn is_machine(&self, object: &Object) -> bool {
        self.uid.is_some() && self.name == object.name() && self.uid == uid(object)
    }

    /// Returns whether a Node is its Node.
    #[must_use]
    pub fn is_node(&self, object: &Object) -> bool {
        self.node.as_ref().is_some_and(|(name, id)| name == object.name() && *id == uid(object))
    }

    /// Returns the same Machine with the Node that has joined meanwhile.
    pub fn meet(&mut self, machine: &Object, node: &Object) {
        let is_its =
            machine.text("/status/nodeRef/name") == Some(node.name()) || is_node_of(node, machine);
        if self.node.is_none() && self.is_machine(machine) && is_its {
            self.node = Some((node.name().to_owned(), uid(node)));
        }
    }
}

fn uid(object: &Object) -> Option<String> {
    object.text("/metadata/uid").map(str::to_owned)
}

/// The Machine that a Node names as its Machine.
#[must_use]
pub fn machine_of(node: &Object) -> Option<&str> {
    let (namespace, name) = node.annotation(names::NODE_MACHINE)?.split_once('/')?;
    (namespace == names::MACHINE_NAMESPACE).then_some(name)
}

/// Returns whether the Machine that a Node names no longer exists. Another Machine may have the name. Unknown, and
/// `false`, where Machines could not be read.
#[must_use]
pub fn is_left(snapshot: &Snapshot, node: &Object) -> bool {
    let Some(reference) = machine_of(node).map(ObjectRef::machine) else { return false };
    let is_its = |machine: &Object| {
        is_node_of(node, machine) || machine.text("/status/nodeRef/name") == Some(node.name())
    };
    snapshot.why_unreadable(Kind::Machine).is_none()
        && !snapshot.get(&reference).is_some_and(is_its)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn machine(metadata: &Value, spec: Value, status: Value) -> Object {
        let mut body = Object::new(ObjectRef::machine("m"))
            .with("spec", spec)
            .with("status", status)
            .into_body();
        for (key, value) in metadata.as_object().into_iter().flatten() {
            body["metadata"][key] = value.clone();
        }
        Object::from_value(body).unwrap()
    }

    #[test]
    fn a_machine_goes_in_steps_that_have_words() {
        let going = json!({"deletionTimestamp": "2024-08-21T12:00:00Z"});
        let kept = json!({
            "deletionTimestamp": "2024-08-21T12:00:00Z",
            "finalizers": ["machine.machine.openshift.io", "example.com/keep"],
        });
        let hooks = json!({"lifecycleHooks": {"preDrain": [{"name": "a", "owner": "b"}]}});
        let drained = |status: &str| json!({"conditions": [{"type": "Drained", "status": status, "message": "1 pod stays"}]});
        let node = Object::new(ObjectRef::cluster(Kind::Node, "n"));
        for (machine, expected) in [
            (Some(machine(&json!({}), json!({}), json!({}))), DeletionProgress::Asked),
            (
                Some(machine(&kept, hooks, json!({}))),
                DeletionProgress::Held(
                    "the preDrain hook a of b and the finalizer example.com/keep".to_owned(),
                ),
            ),
            (
                Some(machine(&going, json!({}), drained("False"))),
                DeletionProgress::Draining("1 pod stays".to_owned()),
            ),
            (Some(machine(&going, json!({}), drained("True"))), DeletionProgress::Ending),
            (None, DeletionProgress::NodeLeft("n".to_owned())),
        ] {
            assert_eq!(DeletionProgress::of(machine.as_ref(), Some(&node)), expected);
        }
        assert_eq!(DeletionProgress::of(None, None), DeletionProgress::Deleted);
    }

    #[test]
    fn another_machine_of_the_name_is_not_the_one_that_goes() {
        let of = |uid: &str| machine(&json!({"uid": uid}), json!({}), json!({}));
        let mut terminating = TerminatingMachine {
            name: "m".to_owned(),
            uid: Some("1".to_owned()),
            node: None,
            is_labeled: true,
        };
        let node = Object::new(ObjectRef::cluster(Kind::Node, "n"))
            .with_annotations([(names::NODE_MACHINE, "openshift-machine-api/m")]);
        terminating.meet(&of("2"), &node);
        assert!(!terminating.is_machine(&of("2")) && !terminating.is_node(&node));
        terminating.meet(&of("1"), &node);
        assert!(terminating.is_machine(&of("1")) && terminating.is_node(&node));
    }
}
