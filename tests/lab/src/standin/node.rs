//! The Nodes that kubelets of new machines register. It only composes them.

use serde_json::{Value, json};

use super::kubelet::Registration;
use super::machine::{Instance, annotation_of};
use super::pool_status::{CURRENT, DESIRED, STATE};

const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// How we know a Node that is not ready because it is new, and not because a
/// test wants it so.
const NEW: &str = "container runtime network not ready: NetworkReady=false";

/// The Node of a Machine, as just registered. `model` is a Node of the cluster
/// that tells the versions of its software.
pub fn new(
    machine: &Value,
    registration: &Registration,
    model: Option<&Value>,
    now: &str,
) -> Value {
    let instance = Instance::of(machine);
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": instance.host,
            "labels": labels(machine, &instance, registration),
            "annotations": {
                "machine.openshift.io/machine": annotation_of(machine),
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": {
            "providerID": instance.provider_id(),
            "taints": taints(machine, registration),
        },
        "status": {
            "addresses": instance.addresses(),
            "allocatable": {"cpu": "4", "memory": "16Gi", "pods": "250"},
            "capacity": {"cpu": "4", "memory": "16Gi", "pods": "250"},
            "conditions": [{
                "type": "Ready",
                "status": "False",
                "reason": "KubeletNotReady",
                "message": NEW,
                "lastHeartbeatTime": now,
                "lastTransitionTime": now,
            }],
            "nodeInfo": model.map_or_else(node_info, |model| model["status"]["nodeInfo"].clone()),
        },
    })
}

fn labels(machine: &Value, instance: &Instance, registration: &Registration) -> Value {
    let mut labels = json!({
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/instance-type": instance.instance_type,
        "beta.kubernetes.io/os": "linux",
        "failure-domain.beta.kubernetes.io/region": instance.region,
        "failure-domain.beta.kubernetes.io/zone": instance.zone,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": instance.host,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": instance.instance_type,
        "topology.kubernetes.io/region": instance.region,
        "topology.kubernetes.io/zone": instance.zone,
    });
    for (key, value) in &registration.labels {
        labels[key] = value.as_str().into();
    }
    // The node link controller copies what the Machine asks for.
    if let Some(asked) = machine["spec"]["metadata"]["labels"].as_object() {
        for (key, value) in asked {
            labels[key] = value.clone();
        }
    }
    labels
}

fn taints(machine: &Value, registration: &Registration) -> Vec<Value> {
    let mut taints = registration.taints.clone();
    if let Some(asked) = machine["spec"]["taints"].as_array() {
        for taint in asked {
            if !taints.contains(taint) {
                taints.push(taint.clone());
            }
        }
    }
    taints.push(json!({"key": NOT_READY, "effect": "NoSchedule"}));
    taints
}

fn node_info() -> Value {
    json!({
        "architecture": "amd64",
        "bootID": "",
        "containerRuntimeVersion": "",
        "kernelVersion": "",
        "kubeProxyVersion": "",
        "kubeletVersion": "",
        "machineID": "",
        "operatingSystem": "linux",
        "osImage": "Red Hat Enterprise Linux CoreOS",
        "systemUUID": "",
    })
}

/// Whether a Node is one of ours that is still starting.
pub fn is_starting(node: &Value) -> bool {
    node["status"]["conditions"][0]["message"] == NEW
}

/// What changes in a Node when it gets ready with a rendered config.
pub fn ready_change(node: &Value, config: Option<&str>) -> Value {
    let taints: Vec<&Value> = node["spec"]["taints"]
        .as_array()
        .map(|taints| taints.iter().filter(|taint| taint["key"] != NOT_READY).collect())
        .unwrap_or_default();
    let mut change = json!({"spec": {"taints": taints}});
    if let Some(config) = config {
        change["metadata"]["annotations"] = json!({
            CURRENT: config,
            DESIRED: config,
            STATE: "Done",
            "machineconfiguration.openshift.io/reason": "",
        });
    }
    change
}

/// The conditions of a Node that reboots, or that is back.
pub fn rebooting_conditions(is_back: bool, now: &str) -> Value {
    let mut conditions = ready_conditions(now);
    if !is_back && let Some(list) = conditions.as_array_mut() {
        for condition in list {
            condition["status"] = "Unknown".into();
            condition["reason"] = "NodeStatusUnknown".into();
            condition["message"] = "Kubelet stopped posting node status.".into();
        }
    }
    conditions
}

/// The conditions of a Node that is ready.
pub fn ready_conditions(now: &str) -> Value {
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        })
    };
    json!([
        condition(
            "MemoryPressure",
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        ),
        condition(
            "DiskPressure",
            "False",
            "KubeletHasNoDiskPressure",
            "kubelet has no disk pressure",
        ),
        condition(
            "PIDPressure",
            "False",
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
        ),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status",),
    ])
}
