//! A Machine's way from the cloud to a Node, and back: which step comes next
//! and what it changes. It touches nothing.

use serde_json::{Value, json};

use super::digest::{digest, hex};
use super::options::MachineFailure;
use crate::kind::{label, name, namespace};

/// What keeps a Machine's object until its instance is gone.
pub const FINALIZER: &str = "machine.machine.openshift.io";
const ROLE: &str = "machine.openshift.io/cluster-api-machine-role";

/// The next thing that happens to a Machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The controller notices it.
    Begin,
    /// The cloud refuses it, for this reason.
    Fail(String),
    /// The instance exists.
    Provision,
    /// Its kubelet registers the Node.
    Join,
    /// The Node is known as the Machine's.
    Run,
    /// Its deletion is noticed.
    BeginDeletion,
    /// A hook keeps its Node from being drained, which is said.
    Hold,
    /// Its Node is drained.
    Drain,
    /// Its Node goes.
    RemoveNode,
    /// The object goes.
    Finish,
}

/// What comes next for a Machine, whose Node is or is not there.
pub fn next_step(machine: &Value, has_node: bool, failures: &[MachineFailure]) -> Option<Step> {
    if !machine["metadata"]["deletionTimestamp"].is_null() {
        return next_deletion_step(machine, has_node);
    }
    match label(machine, ROLE) {
        // Those of a loaded cluster are as they were written; the others are made by the operator.
        Some("master") if is_of_machine_set(machine) => {}
        None | Some("master" | "worker") => return None,
        Some(_) => {}
    }
    match machine["status"]["phase"].as_str() {
        None => Some(Step::Begin),
        Some("Provisioning") => Some(match failure(machine, failures) {
            Some(message) => Step::Fail(message.to_owned()),
            None => Step::Provision,
        }),
        Some("Provisioned") if has_node => Some(Step::Run),
        Some("Provisioned") => Some(Step::Join),
        Some(_) => None,
    }
}

/// Whether a ControlPlaneMachineSet owns a Machine.
pub fn is_of_machine_set(machine: &Value) -> bool {
    let owners = machine["metadata"]["ownerReferences"].as_array();
    owners.is_some_and(|it| it.iter().any(|owner| owner["kind"] == "ControlPlaneMachineSet"))
}

fn next_deletion_step(machine: &Value, has_node: bool) -> Option<Step> {
    let has_hook = |moment: &str| machine["spec"]["lifecycleHooks"][moment][0].is_object();
    let is = |kind: &str, status: &str| {
        let conditions = machine["status"]["conditions"].as_array();
        conditions
            .is_some_and(|it| it.iter().any(|it| it["type"] == kind && it["status"] == status))
    };
    let has_finalizer = machine["metadata"]["finalizers"]
        .as_array()
        .is_some_and(|finalizers| finalizers.iter().any(|finalizer| finalizer == FINALIZER));
    match () {
        () if !has_finalizer => None,
        () if machine["status"]["phase"] != "Deleting" => Some(Step::BeginDeletion),
        // Whoever set the hook must take it away first.
        () if has_hook("preDrain") && !is("Drainable", "False") => Some(Step::Hold),
        () if has_hook("preDrain") => None,
        () if has_node && !is("Drained", "True") => Some(Step::Drain),
        () if has_hook("preTerminate") => None,
        () if has_node => Some(Step::RemoveNode),
        () => Some(Step::Finish),
    }
}

fn failure<'a>(machine: &Value, failures: &'a [MachineFailure]) -> Option<&'a str> {
    let zone = zone(machine);
    failures
        .iter()
        .find(|failure| {
            failure.machine_or_zone == name(machine)
                || Some(failure.machine_or_zone.as_str()) == zone
        })
        .map(|failure| failure.message.as_str())
}

fn zone(machine: &Value) -> Option<&str> {
    machine["spec"]["providerSpec"]["value"]["placement"]["availabilityZone"].as_str()
}

/// The instance that a Machine gets: always the same for the same name.
pub struct Instance {
    /// The host's name, which is that of the Node.
    pub host: String,
    /// The host's address.
    pub address: String,
    /// The cloud's id of it.
    pub id: String,
    /// The availability zone.
    pub zone: String,
    /// The region.
    pub region: String,
    /// The instance type.
    pub instance_type: String,
}

impl Instance {
    /// The instance of a Machine.
    pub fn of(machine: &Value) -> Self {
        let provider = &machine["spec"]["providerSpec"]["value"];
        let text = |value: &Value, fallback: &str| value.as_str().unwrap_or(fallback).to_owned();
        let region = text(&provider["placement"]["region"], "us-east-1");
        let digest = digest(name(machine));
        let (x, y) = (digest[0], digest[1].clamp(4, 250));
        let domain = match region.as_str() {
            "us-east-1" => "ec2.internal".to_owned(),
            region => format!("{region}.compute.internal"),
        };
        Self {
            host: format!("ip-10-0-{x}-{y}.{domain}"),
            address: format!("10.0.{x}.{y}"),
            id: format!("i-0{}", hex(&digest[2..10])),
            zone: zone(machine).unwrap_or("us-east-1a").to_owned(),
            region,
            instance_type: text(&provider["instanceType"], "m6i.xlarge"),
        }
    }

    /// How the Machine and the Node name the instance.
    pub fn provider_id(&self) -> String {
        format!("aws:///{}/{}", self.zone, self.id)
    }

    /// The addresses as the Machine and the Node have them.
    pub fn addresses(&self) -> Value {
        json!([
            {"type": "InternalIP", "address": self.address},
            {"type": "InternalDNS", "address": self.host},
            {"type": "Hostname", "address": self.host},
        ])
    }
}

/// The change of the object that a step makes, if any.
pub fn change(step: &Step, machine: &Value) -> Option<Value> {
    match step {
        Step::Begin => {
            let mut finalizers =
                machine["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
            if !finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
                finalizers.push(FINALIZER.into());
            }
            Some(json!({"metadata": {"finalizers": finalizers}}))
        }
        Step::Provision => {
            let instance = Instance::of(machine);
            Some(json!({
                "metadata": {
                    "annotations": {"machine.openshift.io/instance-state": "running"},
                    "labels": {
                        "machine.openshift.io/instance-type": instance.instance_type,
                        "machine.openshift.io/region": instance.region,
                        "machine.openshift.io/zone": instance.zone,
                    },
                },
                "spec": {"providerID": instance.provider_id()},
            }))
        }
        Step::Finish => {
            let finalizers = machine["metadata"]["finalizers"].as_array()?;
            let others: Vec<&Value> =
                finalizers.iter().filter(|finalizer| *finalizer != FINALIZER).collect();
            Some(json!({"metadata": {"finalizers": others}}))
        }
        _ => None,
    }
}

/// The change of the status that a step makes, if any.
pub fn status_change(
    step: &Step,
    machine: &Value,
    node: Option<&Value>,
    now: &str,
) -> Option<Value> {
    let mut status = match step {
        Step::Begin => json!({"phase": "Provisioning"}),
        Step::Fail(message) => json!({
            "phase": "Failed",
            "errorReason": "InvalidConfiguration",
            "errorMessage": format!("{}: reconciler failed to Create machine: {message}", name(machine)),
            "providerStatus": {"conditions": [
                condition("MachineCreation", "False", "MachineCreationFailed", message, now),
            ]},
        }),
        Step::Provision => {
            let instance = Instance::of(machine);
            json!({
                "phase": "Provisioned",
                "addresses": instance.addresses(),
                "conditions": [
                    {"type": "Drainable", "status": "True", "lastTransitionTime": now},
                    {"type": "InstanceExists", "status": "True", "lastTransitionTime": now},
                    {"type": "Terminable", "status": "True", "lastTransitionTime": now},
                ],
                "providerStatus": {
                    "instanceId": instance.id,
                    "instanceState": "running",
                    "conditions": [condition(
                        "MachineCreation",
                        "True",
                        "MachineCreationSucceeded",
                        "Machine successfully created",
                        now,
                    )],
                },
            })
        }
        Step::Run => {
            let node = node?;
            json!({
                "phase": "Running",
                "nodeRef": {"kind": "Node", "name": name(node), "uid": node["metadata"]["uid"]},
            })
        }
        Step::BeginDeletion => json!({"phase": "Deleting"}),
        Step::Hold => {
            let hooks = &machine["spec"]["lifecycleHooks"]["preDrain"];
            let message = format!("Drain operation currently blocked by: {hooks}");
            let held = condition("Drainable", "False", "HookPresent", &message, now);
            json!({"conditions": with_condition(machine, held)})
        }
        Step::Drain => {
            let message = "Drain finished successfully";
            let drained = condition("Drained", "True", "DrainSucceeded", message, now);
            json!({"conditions": with_condition(machine, drained)})
        }
        Step::Join | Step::RemoveNode | Step::Finish => return None,
    };
    status["lastUpdated"] = now.into();
    Some(status)
}

/// The conditions of a Machine with one of them in the place of that of its type.
fn with_condition(machine: &Value, condition: Value) -> Vec<Value> {
    let mut conditions = machine["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.retain(|it| it["type"] != condition["type"]);
    conditions.push(condition);
    conditions
}

fn condition(kind: &str, status: &str, reason: &str, message: &str, now: &str) -> Value {
    json!({
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": now,
    })
}

/// How a Node names its Machine.
pub fn annotation_of(machine: &Value) -> String {
    format!("{}/{}", namespace(machine).unwrap_or_default(), name(machine))
}
