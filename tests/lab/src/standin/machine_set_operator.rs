//! The stand-in for the operator of the ControlPlaneMachineSet: replaces masters when its template changes, and says
//! what it does as the real one of 4.20 was seen to. What it decides is in `machine_set`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::conditions::Conditions;
use super::machine_set::{self, Action, NAME, Replica};
use super::options::ControlPlaneOptions;
use super::scene::{MACHINE_API, Scene, Since, now};
use crate::kind::{self, CLUSTER_OPERATOR, CONTROL_PLANE_MACHINE_SET, MACHINE_OBJECT, NODE, label};

// In seconds of the real operator.
/// From a change of the object to the first status that knows of it.
const NOTICED: u32 = 5;
/// From a change of an Inactive object, or its deletion, to a new one.
const REGENERATED: u32 = 5;
/// From the Machine that runs to the deletion of the one that it replaces.
const REPLACED: u32 = 1;

/// Follows the ControlPlaneMachineSet.
#[derive(Default)]
pub struct MachineSetOperator {
    since: Since,
    /// The last one that was there.
    last: Option<Arc<Value>>,
}

impl MachineSetOperator {
    /// Does what there is to do now.
    pub async fn tick(&mut self, scene: &Scene, options: &ControlPlaneOptions) -> Result<()> {
        if options.faults.machine_set_operator_is_idle {
            return Ok(());
        }
        let Some(set) = scene.world.get(&CONTROL_PLANE_MACHINE_SET, Some(MACHINE_API), NAME) else {
            return self.make_anew(scene, options.second).await;
        };
        self.last = Some(set.clone());
        if set["metadata"]["deletionTimestamp"].is_string() {
            let change = json!({"metadata": {"finalizers": null}});
            return scene.change(&CONTROL_PLANE_MACHINE_SET, &set, change).await;
        }
        if set["spec"]["state"] == "Active" {
            self.follow(scene, &set, options.second).await
        } else {
            self.generate(scene, &set, options.second).await
        }
    }

    /// Deletes an Inactive object that somebody changed.
    async fn generate(&mut self, scene: &Scene, set: &Value, second: Duration) -> Result<()> {
        let key = format!("edited {} {}", set["metadata"]["uid"], set["metadata"]["generation"]);
        if machine_set::is_edited(set, &masters(scene), scene.release)
            && self.since.has_been(key, second * REGENERATED)
        {
            return scene.delete(&CONTROL_PLANE_MACHINE_SET, set).await;
        }
        Ok(())
    }

    async fn make_anew(&mut self, scene: &Scene, second: Duration) -> Result<()> {
        let Some(last) = &self.last else { return Ok(()) };
        let key = format!("gone {}", last["metadata"]["uid"]);
        if !self.since.has_been(key, second * REGENERATED) {
            return Ok(());
        }
        match machine_set::generated(last, &masters(scene)) {
            Some(set) => scene.create(&CONTROL_PLANE_MACHINE_SET, &set).await,
            None => Ok(()),
        }
    }

    async fn follow(&mut self, scene: &Scene, set: &Value, second: Duration) -> Result<()> {
        let generation = &set["metadata"]["generation"];
        let key = format!("noticed {} {generation}", set["metadata"]["uid"]);
        if set["status"]["observedGeneration"] != *generation
            && !self.since.has_been(key, second * NOTICED)
        {
            return Ok(());
        }
        let replicas = machine_set::replicas(set, &masters(scene), scene.release);
        let nodes = master_nodes(scene);
        let (status, goes_on) = machine_set::status(set, &replicas, &nodes, &now());
        write_operator(scene, &status).await?;
        let is_new = status != set["status"];
        if is_new {
            // A status is replaced as a whole, so that a zero is absent.
            scene.replace_status(&CONTROL_PLANE_MACHINE_SET, set, status).await?;
        }
        adopt(scene, set, &replicas).await?;
        if !goes_on {
            return Ok(());
        }
        for action in machine_set::actions(set, &replicas) {
            self.act(scene, set, &action, second).await?;
        }
        Ok(())
    }

    async fn act(
        &mut self,
        scene: &Scene,
        set: &Value,
        action: &Action,
        second: Duration,
    ) -> Result<()> {
        match action {
            Action::Replaced(old) => {
                let key = format!("replaced {}", old["metadata"]["uid"]);
                if self.since.has_been(key, second * REPLACED) {
                    scene.delete(&MACHINE_OBJECT, old).await?;
                }
            }
            Action::Unwanted(machine) => scene.delete(&MACHINE_OBJECT, machine).await?,
            Action::Replace(old) => {
                let machine = machine_set::replacement(set, old, scene.release, &now());
                scene.create(&MACHINE_OBJECT, &machine).await?;
            }
        }
        Ok(())
    }
}

/// The Machines of the masters.
pub fn masters(scene: &Scene) -> Vec<Arc<Value>> {
    let mut machines = scene.world.list(&MACHINE_OBJECT);
    machines.retain(|machine| {
        label(machine, "machine.openshift.io/cluster-api-machine-role") == Some("master")
    });
    machines
}

/// The Nodes that are masters.
pub fn master_nodes(scene: &Scene) -> Vec<Arc<Value>> {
    let mut nodes = scene.world.list(&NODE);
    nodes.retain(|node| {
        ["master", "control-plane"]
            .iter()
            .any(|role| label(node, &format!("node-role.kubernetes.io/{role}")).is_some())
    });
    nodes
}

/// Takes Machines over that no ControlPlaneMachineSet owns, or an earlier one.
async fn adopt(scene: &Scene, set: &Value, replicas: &[Replica]) -> Result<()> {
    for replica in replicas.iter().filter(|it| !it.is_terminating()) {
        let owners = replica.machine["metadata"]["ownerReferences"].as_array();
        let is_ours =
            owners.is_some_and(|it| it.iter().any(|owner| owner["uid"] == set["metadata"]["uid"]));
        if !is_ours {
            let change = json!({"metadata": {"ownerReferences": [machine_set::owner(set)]}});
            scene.change(&MACHINE_OBJECT, &replica.machine, change).await?;
        }
    }
    Ok(())
}

/// Says in the ClusterOperator what the status says.
async fn write_operator(scene: &Scene, status: &Value) -> Result<()> {
    let Some(operator) = scene.world.get(&CLUSTER_OPERATOR, None, "control-plane-machine-set")
    else {
        return Ok(());
    };
    let now = now();
    let mut conditions = Conditions::of(&operator["status"], &now);
    for condition in status["conditions"].as_array().into_iter().flatten() {
        let text = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
        let (kind, reason, message) = (text("type"), text("reason"), text("message"));
        conditions.set(&kind, condition["status"] == "True", &reason, &message);
    }
    let list = conditions.into_list();
    if list == operator["status"]["conditions"] {
        return Ok(());
    }
    scene.change_status(&CLUSTER_OPERATOR, &operator, json!({"conditions": list})).await
}

/// The address of a Node inside the cluster.
pub fn address(node: &Value) -> Option<&str> {
    let addresses = node["status"]["addresses"].as_array()?;
    addresses.iter().find(|it| it["type"] == "InternalIP")?["address"].as_str()
}

/// The Machine of a Node.
pub fn machine_of(scene: &Scene, node: &Value) -> Option<Arc<Value>> {
    let (namespace, name) =
        kind::annotation(node, "machine.openshift.io/machine")?.split_once('/')?;
    scene.world.get(&MACHINE_OBJECT, Some(namespace), name)
}
