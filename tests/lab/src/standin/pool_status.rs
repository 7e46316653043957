//! The status of a MachineConfigPool as the operator computes it from the
//! pool's Nodes and from how its rendering went. It touches nothing.

use std::sync::Arc;

use serde_json::{Value, json};

use super::conditions::Conditions;
use crate::kind::{annotation, name};

/// Where the operator notes which config a Node has.
pub const CURRENT: &str = "machineconfiguration.openshift.io/currentConfig";
/// Where the operator notes which config a Node shall get.
pub const DESIRED: &str = "machineconfiguration.openshift.io/desiredConfig";
/// Where the daemon on a Node tells how it is doing.
pub const STATE: &str = "machineconfiguration.openshift.io/state";

/// Computes the status that a pool should have. `rendering` is what came of
/// rendering it, if that was tried.
pub fn status(
    pool: &Value,
    nodes: &[Arc<Value>],
    rendering: Option<&Result<(), String>>,
    now: &str,
) -> Value {
    let mut status = pool["status"].clone();
    if !status.is_object() {
        status = json!({});
    }
    let mut conditions = Conditions::of(&status, now);
    match rendering {
        None => {}
        Some(Ok(())) => conditions.set("RenderDegraded", false, "", ""),
        Some(Err(message)) => {
            let pool = name(pool);
            let message = format!("Failed to render configuration for pool {pool}: {message}");
            conditions.set("RenderDegraded", true, "", &message);
        }
    }
    let target = pool["spec"]["configuration"]["name"].as_str();
    // The operator's node controller does not look at a pool before its
    // first rendering, so nothing else is set then.
    if let Some(target) = target.filter(|target| !target.is_empty()) {
        follow_nodes(&mut status, &mut conditions, pool, nodes, target);
    }
    status["conditions"] = conditions.into_list();
    status
}

fn follow_nodes(
    status: &mut Value,
    conditions: &mut Conditions<'_>,
    pool: &Value,
    nodes: &[Arc<Value>],
    target: &str,
) {
    let count = |is: &dyn Fn(&Value) -> bool| nodes.iter().filter(|node| is(node)).count();
    let updated = count(&|node| is_updated(node, target));
    let ready = count(&|node| is_updated(node, target) && is_ready(node));
    let unavailable = count(&|node| !is_ready(node) || is_between(node));
    let degraded = count(&is_degraded);
    status["observedGeneration"] = pool["metadata"]["generation"].clone();
    status["machineCount"] = nodes.len().into();
    status["updatedMachineCount"] = updated.into();
    status["readyMachineCount"] = ready.into();
    status["unavailableMachineCount"] = unavailable.into();
    status["degradedMachineCount"] = degraded.into();

    let line = format!("MachineConfig {target}");
    if updated == nodes.len() && ready == nodes.len() && unavailable == 0 {
        let message = format!("All nodes are updated with {line}");
        conditions.set("Updated", true, "", &message);
        conditions.set("Updating", false, "", "");
        status["configuration"] = pool["spec"]["configuration"].clone();
    } else {
        conditions.set("Updated", false, "", "");
        if pool["spec"]["paused"] == true {
            let message = format!("Pool is paused; will not update to {line}");
            conditions.set("Updating", false, "", &message);
        } else {
            let message = format!("All nodes are updating to {line}");
            conditions.set("Updating", true, "", &message);
        }
    }
    let reason = format!("{degraded} nodes are reporting degraded status on sync");
    let reason = if degraded > 0 { &reason } else { "" };
    conditions.set("NodeDegraded", degraded > 0, reason, "");
    let is_degraded = degraded > 0 || conditions.is_true("RenderDegraded");
    conditions.set("Degraded", is_degraded, "", "");
}

/// Whether the kubelet of a Node says it is ready.
pub fn is_ready(node: &Value) -> bool {
    node["status"]["conditions"].as_array().is_some_and(|conditions| {
        conditions
            .iter()
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
    })
}

/// Whether a Node is on its way from one config to another.
pub fn is_between(node: &Value) -> bool {
    annotation(node, CURRENT) != annotation(node, DESIRED)
}

fn is_updated(node: &Value, target: &str) -> bool {
    annotation(node, CURRENT) == Some(target)
        && !is_between(node)
        && annotation(node, STATE) == Some("Done")
}

fn is_degraded(node: &Value) -> bool {
    annotation(node, STATE) == Some("Degraded")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(current: &str, desired: &str, ready: &str) -> Arc<Value> {
        Arc::new(json!({
            "metadata": {"annotations": {CURRENT: current, DESIRED: desired, STATE: "Done"}},
            "status": {"conditions": [{"type": "Ready", "status": ready}]},
        }))
    }

    fn conditions(status: &Value) -> Vec<String> {
        let list = status["conditions"].as_array().unwrap().iter();
        list.map(|condition| {
            let text = |field: &str| condition[field].as_str().unwrap().to_owned();
            format!("{}={} {}", text("type"), text("status"), text("message"))
        })
        .collect()
    }

    #[test]
    fn a_pool_without_nodes_is_updated_as_soon_as_it_is_rendered() {
        let pool = json!({
            "metadata": {"name": "etcd", "generation": 2},
            "spec": {"configuration": {"name": "rendered-etcd-1"}},
        });
        let status = status(&pool, &[], Some(&Ok(())), "now");
        assert_eq!(status["configuration"]["name"], "rendered-etcd-1");
        assert_eq!(status["machineCount"], 0);
        assert_eq!(
            conditions(&status),
            [
                "RenderDegraded=False ",
                "Updated=True All nodes are updated with MachineConfig rendered-etcd-1",
                "Updating=False ",
                "NodeDegraded=False ",
                "Degraded=False ",
            ]
        );
    }

    #[test]
    fn a_pool_keeps_its_old_configuration_until_every_node_has_the_new_one() {
        let pool = json!({
            "metadata": {"name": "etcd", "generation": 3},
            "spec": {"configuration": {"name": "new"}},
            "status": {"configuration": {"name": "old"}},
        });
        let nodes = [node("new", "new", "True"), node("old", "old", "True")];
        let status = status(&pool, &nodes, Some(&Ok(())), "now");
        assert_eq!(status["configuration"]["name"], "old");
        assert_eq!(status["updatedMachineCount"], 1);
        assert_eq!(status["machineCount"], 2);
        assert!(
            conditions(&status)
                .contains(&"Updating=True All nodes are updating to MachineConfig new".to_owned())
        );
    }

    #[test]
    fn a_pool_that_was_never_rendered_says_only_why() {
        let pool = json!({"metadata": {"name": "etcd"}, "spec": {}});
        let why = Err("no MachineConfigs found matching selector role=etcd".to_owned());
        assert_eq!(
            conditions(&status(&pool, &[], Some(&why), "now")),
            ["RenderDegraded=True Failed to render configuration for pool etcd: \
                 no MachineConfigs found matching selector role=etcd"]
        );
    }
}
