//! The progress of an etcd Machine until its Node is Ready.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::shell_command::quoted;
use crate::model::snapshot::{Snapshot, is_ours};

/// Returns the MachineSet that owns a Machine, and creates another one when the Machine is deleted.
#[must_use]
pub fn machine_set_of(machine: &Object) -> Option<ObjectRef> {
    let owners = machine.list("/metadata/ownerReferences").iter();
    let name = owners.filter(|it| it["kind"] == "MachineSet").find_map(|it| it["name"].as_str())?;
    Some(ObjectRef::namespaced(Kind::MachineSet, names::MACHINE_NAMESPACE, name))
}

/// Returns the other cluster that the label of a Machine names: the Machine was restored from there, and its instance
/// may be one of that cluster.
#[must_use]
pub fn other_cluster<'a>(snapshot: &Snapshot, machine: &'a Object) -> Option<&'a str> {
    let here = snapshot.infrastructure_name()?;
    machine.label(names::MACHINE_CLUSTER).filter(|it| !it.is_empty() && *it != here)
}

/// Returns whether we made a Machine, in this cluster.
#[must_use]
pub fn is_ours_here(snapshot: &Snapshot, machine: &Object) -> bool {
    is_ours(machine) && other_cluster(snapshot, machine).is_none()
}

/// The phase in which the Machine API asks AWS for an instance.
const PROVISIONING: &str = "Provisioning";

/// The progress of a Machine towards a Ready Node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MachineProgress {
    /// The Machine cannot run; in the Machine API's words.
    Failed(String),
    /// The Machine is being deleted.
    Deleting,
    /// The Machine API has not looked at it yet.
    Pending,
    /// The instance is being made, or is there and has not joined: `Provisioning`, `Provisioned`.
    Phase(String),
    /// AWS has not started the instance, and the Machine API tries again; the words of AWS.
    Refused(String),
    /// The Node is there and not Ready; its name.
    NotReady(String),
    /// The Node is there and has another role.
    WrongRole,
    /// The Node is Ready, and an etcd node.
    Ready,
}

impl MachineProgress {
    /// Judges a Machine and the Node that belongs to it, if there is one.
    #[must_use]
    pub fn of(machine: &Object, node: Option<&Object>) -> Self {
        if machine.is_terminating() {
            return Self::Deleting;
        }
        if let Some(message) = failure(machine) {
            return Self::Failed(message);
        }
        match (node, machine.text("/status/phase")) {
            // A kubelet gives itself its role when it registers, and never again.
            (Some(node), _) if node.label(names::NODE_ROLE_ETCD).is_none() => Self::WrongRole,
            (Some(node), _) if !node.condition_is_true("Ready") => {
                Self::NotReady(node.name().to_owned())
            }
            (Some(_), _) => Self::Ready,
            (None, Some(phase)) => match refusal(machine) {
                Some(words) if phase == PROVISIONING => Self::Refused(words.to_owned()),
                _ => Self::Phase(phase.to_owned()),
            },
            (None, None) => Self::Pending,
        }
    }

    /// The Machine API's word for it: one that has become a Node is `Running`, whatever the Node is.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::NotReady(_) | Self::WrongRole | Self::Ready => "Running",
            other => other.stage(),
        }
    }

    /// Returns the stage of the Machine, its Node included, as documents have it.
    fn stage(&self) -> &str {
        match self {
            Self::Failed(_) => "Failed",
            Self::Deleting => "Deleting",
            Self::Pending => "Pending",
            Self::Phase(phase) => phase,
            Self::Refused(_) => PROVISIONING,
            Self::NotReady(_) => "NodeNotReady",
            Self::WrongRole => "WrongRole",
            Self::Ready => "Ready",
        }
    }

    /// Returns the state that is waited for.
    #[must_use]
    pub fn waiting_for(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Failed(_) | Self::Ready => "nothing",
            Self::Deleting => "the Machine to be deleted",
            Self::Pending => "the Machine API to process the Machine",
            _ if self.is_booting() => "the instance to boot and join the cluster as a Node",
            Self::Phase(_) => "AWS to start the instance",
            Self::Refused(words) => {
                return Cow::Owned(format!("AWS to start the instance; AWS answered: {words}"));
            }
            Self::NotReady(_) => "the Node to be Ready",
            Self::WrongRole => "the Node to have the role etcd",
        })
    }

    /// Returns the sentence that says of a Machine what it is and what it waits for.
    #[must_use]
    pub fn sentence(&self, machine: &str) -> String {
        format!("machine/{machine} is {}, waiting for {}", self.word(), self.waiting_for())
    }

    /// Returns whether the instance is there and no Node is.
    #[must_use]
    pub fn is_booting(&self) -> bool {
        matches!(self, Self::Phase(phase) if phase == "Provisioned" || phase == "Running")
    }

    /// Returns the commands that show why the state that is waited for has not come. `instance` is the instance of the
    /// Machine.
    #[must_use]
    pub fn look(&self, machine: &ObjectRef, instance: Option<&str>) -> String {
        let look = format!("oc get {} -o yaml", machine.command_line());
        match self {
            Self::NotReady(node) => format!("oc describe node/{}", quoted(node)),
            _ if self.is_booting() => {
                let console = instance.map(|it| format!("{}; ", console(it))).unwrap_or_default();
                format!("{console}oc get csr; {look}")
            }
            _ => look,
        }
    }
}

impl Serialize for MachineProgress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.stage())
    }
}

/// Returns the id of the instance of a Machine, if it is known (machine-api-provider-aws `pkg/actuators/machine`).
#[must_use]
pub fn instance(machine: &Object) -> Option<&str> {
    let of_provider =
        || machine.text("/spec/providerID")?.strip_prefix("aws:///")?.split('/').nth(1);
    let instance = machine.text("/status/providerStatus/instanceId").or_else(of_provider)?;
    let digits = instance.strip_prefix("i-")?;
    let is_id = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_hexdigit());
    is_id.then_some(instance)
}

/// Returns how the console of an instance is read: the scripts of oc-etcd write there why they stop a machine.
#[must_use]
pub fn console(instance: &str) -> String {
    format!(
        "the console of the instance shows the reason, and docs/disk.md what to do: aws ec2 get-console-output --latest \
         --instance-id {instance}"
    )
}

/// Returns the Machine API's own words about a Machine that failed. `None` for any other Machine.
pub(crate) fn failure(machine: &Object) -> Option<String> {
    let reason = machine.text("/status/errorReason");
    if machine.text("/status/phase") != Some("Failed") && reason.is_none() {
        return None;
    }
    let message = machine.text("/status/errorMessage").unwrap_or_default();
    Some(match (reason.unwrap_or_default(), message) {
        ("", "") => "failed without a message".to_owned(),
        ("", only) | (only, "") => only.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    })
}

/// Returns whether the instance of a Machine was deleted outside of the Machine API (machine-api-operator
/// `pkg/controller/machine/controller.go`).
#[must_use]
pub fn is_instance_missing(machine: &Object) -> bool {
    machine.condition("InstanceExists").is_some_and(|it| it.reason == "InstanceMissing")
}

/// Returns the words of AWS about an instance that AWS did not start (machine-api-provider-aws
/// `pkg/actuators/machine/reconciler.go`).
fn refusal(machine: &Object) -> Option<&str> {
    let created = machine.list("/status/providerStatus/conditions").iter();
    let mut created = created.filter(|it| it["type"] == "MachineCreation");
    created.find(|it| it["status"] == "False")?["message"].as_str().filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    fn machine(status: Value) -> Object {
        Object::new(ObjectRef::machine("m")).with("status", status)
    }

    fn node(ready: &str, label: &str) -> Object {
        let status = json!({"conditions": [{"type": "Ready", "status": ready}]});
        Object::new(ObjectRef::cluster(Kind::Node, "n"))
            .with_labels([(label, "")])
            .with("status", status)
    }

    #[test]
    fn a_machine_is_ready_only_as_a_ready_node_of_its_role() {
        let running = machine(json!({"phase": "Running"}));
        let etcd = names::NODE_ROLE_ETCD;
        for (machine, node, expected) in [
            (machine(json!({})), None, MachineProgress::Pending),
            (
                machine(json!({"phase": "Provisioned"})),
                None,
                MachineProgress::Phase("Provisioned".to_owned()),
            ),
            (
                machine(json!({"phase": "Provisioning", "providerStatus": {"conditions": [
                    {"type": "MachineCreation", "status": "False", "message": "no capacity"},
                ]}})),
                None,
                MachineProgress::Refused("no capacity".to_owned()),
            ),
            (running.clone(), Some(node("False", etcd)), MachineProgress::NotReady("n".to_owned())),
            (
                running.clone(),
                Some(node("True", "node-role.kubernetes.io/worker")),
                MachineProgress::WrongRole,
            ),
            (running, Some(node("True", etcd)), MachineProgress::Ready),
            (
                machine(
                    json!({"phase": "Failed", "errorReason": "InvalidConfiguration", "errorMessage": "no such AMI"}),
                ),
                Some(node("True", etcd)),
                MachineProgress::Failed("InvalidConfiguration: no such AMI".to_owned()),
            ),
        ] {
            assert_eq!(MachineProgress::of(&machine, node.as_ref()), expected);
        }
    }
}
