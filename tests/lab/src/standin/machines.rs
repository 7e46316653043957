//! The stand-in for the Machine API, the machine-config server and the kubelets:
//! takes Machines to Nodes and deleted ones away.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Result;
use serde_json::{Value, json};

use super::kubelet::Registration;
use super::machine::{self, Instance, Step};
use super::options::MachineFailure;
use super::scene::{MACHINE_API, Scene, Since, now};
use super::{node, user_data};
use crate::host::{Host, Start};
use crate::kind::{
    MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, NODE, POOL, SECRET, annotation, name, namespace,
};

/// From a master's Node to the Machine that names it, in seconds of the real controller: as long as that takes, the
/// Node is nobody's.
const LINKED: u32 = 3;

/// Follows Machines and the Nodes that came of them.
#[derive(Default)]
pub struct Machines {
    since: Since,
    /// What the kubelet of each machine does with the config that it was served.
    started: HashMap<String, Option<Registration>>,
}

impl Machines {
    /// Does what there is to do now.
    pub async fn tick(&mut self, scene: &Scene) -> Result<()> {
        for machine in scene.world.list(&MACHINE_OBJECT) {
            self.step(scene, &machine).await?;
        }
        for node in scene.world.list(&NODE) {
            if node::is_starting(&node) {
                self.get_ready(scene, &node).await?;
            }
        }
        Ok(())
    }

    async fn step(&mut self, scene: &Scene, machine: &Value) -> Result<()> {
        let node = node_of(scene, machine);
        let faults = scene.options.control_plane_faults();
        let mut failures = scene.options.fail_machines.clone();
        let is_master = machine::is_of_machine_set(machine);
        if let Some(message) = faults.failed_replacement.filter(|_| is_master) {
            failures.push(MachineFailure { machine_or_zone: name(machine).to_owned(), message });
        }
        let Some(step) = machine::next_step(machine, node.is_some(), &failures) else {
            return Ok(());
        };
        if step == Step::Join && is_master && faults.never_a_node {
            return Ok(());
        }
        let key = format!("{} {step:?}", machine["metadata"]["uid"]);
        let mut delay = scene.options.machine_step_delay;
        if step == Step::Run
            && let Some(options) = scene.options.control_plane.as_ref().filter(|_| is_master)
        {
            delay = delay.max(options.second * LINKED);
        }
        if !self.since.has_been(key, delay) {
            return Ok(());
        }
        match &step {
            // Without its user data an instance is not made.
            Step::Provision if secret_of(scene, machine).is_none() => Ok(()),
            Step::Join => self.join(scene, machine).await,
            Step::RemoveNode => match &node {
                Some(node) => scene.delete(&NODE, node).await,
                None => Ok(()),
            },
            _ => write(scene, machine, &step, node.as_deref()).await,
        }
    }

    /// Registers the Node, if the machine is served a config with which its
    /// kubelet starts. Otherwise the machine goes on asking.
    async fn join(&mut self, scene: &Scene, machine: &Value) -> Result<()> {
        let Some(config) = served_config(scene, machine) else {
            return Ok(());
        };
        let key = format!("{} {}", machine["metadata"]["uid"], name(&config));
        if !self.started.contains_key(&key) {
            let config = Arc::clone(&config);
            let registration = tokio::task::spawn_blocking(move || start(&config)).await??;
            self.started.insert(key.clone(), registration);
        }
        let Some(Some(registration)) = self.started.get(&key) else {
            return Ok(());
        };
        let nodes = scene.world.list(&NODE);
        let model = nodes.first().map(Arc::as_ref);
        let node = node::new(machine, registration, model, &now());
        scene.create(&NODE, &node).await
    }

    /// Lets a new Node become ready, with the config that it was served.
    async fn get_ready(&mut self, scene: &Scene, node: &Value) -> Result<()> {
        let machine = annotation(node, "machine.openshift.io/machine")
            .and_then(|reference| reference.split_once('/'))
            .and_then(|(namespace, name)| scene.world.get(&MACHINE_OBJECT, Some(namespace), name));
        let key = format!("ready {}", node["metadata"]["uid"]);
        let delay = scene.options.node_ready_delay;
        let Some(machine) = machine.filter(|machine| machine["status"]["phase"] == "Running")
        else {
            return Ok(());
        };
        if machine::is_of_machine_set(&machine) && scene.options.control_plane_faults().never_ready
        {
            return Ok(());
        }
        if !self.since.has_been(key, delay) {
            return Ok(());
        }
        let config = served_config(scene, &machine);
        let change = node::ready_change(node, config.as_deref().map(name));
        scene.change(&NODE, node, change).await?;
        if let Some(node) = scene.world.get(&NODE, None, name(node)) {
            let status = json!({"conditions": node::ready_conditions(&now())});
            scene.change_status(&NODE, &node, status).await?;
        }
        Ok(())
    }
}

/// Writes what a step changes; the object first, so that what is seen of the
/// phase is true.
async fn write(scene: &Scene, machine: &Value, step: &Step, node: Option<&Value>) -> Result<()> {
    if *step == Step::Finish {
        return match machine::change(step, machine) {
            Some(change) => scene.change(&MACHINE_OBJECT, machine, change).await,
            None => Ok(()),
        };
    }
    let mut machine = Arc::new(machine.clone());
    if let Some(change) = machine::change(step, &machine) {
        scene.change(&MACHINE_OBJECT, &machine, change).await?;
        let place = (namespace(&machine), name(&machine));
        match scene.world.get(&MACHINE_OBJECT, place.0, place.1) {
            Some(changed) => machine = changed,
            None => return Ok(()),
        }
    }
    match machine::status_change(step, &machine, node, &now()) {
        Some(status) => scene.change_status(&MACHINE_OBJECT, &machine, status).await,
        None => Ok(()),
    }
}

/// Boots a machine with a rendered config and starts its kubelet: the script of
/// the config runs as it is. A kubelet that does not start registers nothing.
fn start(config: &Value) -> Result<Option<Registration>> {
    let directory = tempfile::tempdir()?;
    let host = Host::new(directory.path())?;
    host.write_config(&config["spec"]["config"])?;
    Ok(match host.start_kubelet()? {
        Start::Kubelet(command) => Registration::of(&command),
        Start::Stopped(_) => None,
    })
}

/// The Node of a Machine, by reference or by the host's name.
fn node_of(scene: &Scene, machine: &Value) -> Option<Arc<Value>> {
    let referenced = machine["status"]["nodeRef"]["name"].as_str();
    let host = Instance::of(machine).host;
    let node = scene.world.get(&NODE, None, referenced.unwrap_or(&host))?;
    let owner = annotation(&node, "machine.openshift.io/machine");
    (owner == Some(&machine::annotation_of(machine))).then_some(node)
}

fn secret_of(scene: &Scene, machine: &Value) -> Option<Arc<Value>> {
    let name = machine["spec"]["providerSpec"]["value"]["userDataSecret"]["name"].as_str()?;
    scene.world.get(&SECRET, Some(MACHINE_API), name)
}

/// What the machine-config server hands to a machine: the rendered config of
/// the pool that its user data names. As long as no Node of the pool is
/// updated, that is the one in the pool's status.
fn served_config(scene: &Scene, machine: &Value) -> Option<Arc<Value>> {
    let pool = user_data::pool(secret_of(scene, machine)?.as_ref())?;
    let pool = scene.world.get(&POOL, None, &pool)?;
    let updated = pool["status"]["updatedMachineCount"].as_u64().unwrap_or(0);
    let part = if updated > 0 { "spec" } else { "status" };
    let config = pool[part]["configuration"]["name"].as_str()?;
    scene.world.get(&MACHINE_CONFIG_OBJECT, None, config)
}
