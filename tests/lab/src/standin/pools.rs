//! The stand-in for the operator's render and node controllers: gives each
//! custom pool its rendered MachineConfig and its status, and takes its Nodes
//! from one config to the next.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::ignition;
use super::node;
use super::pool_status::{self, CURRENT, DESIRED, STATE, is_between, is_ready};
use super::render::{self, GENERATED_BY, Operator};
use super::scene::{Scene, Since, now};
use super::selector::Selector;
use crate::kind::{CONTROLLER_CONFIG, MACHINE_CONFIG_OBJECT, NODE, POOL, annotation, label, name};
use crate::rest::{ignore, status_code};

/// How long a master is away when it reboots, in seconds of a real one.
const REBOOT: u32 = 20;
/// The pool of the masters.
const MASTER: &str = "master";

/// Renders pools and follows their Nodes.
#[derive(Default)]
pub struct Pools {
    since: Since,
    /// By the pool's uid.
    last: HashMap<String, Last>,
}

/// The last rendering of a pool.
struct Last {
    inputs: u64,
    configuration: Value,
    outcome: Result<(), String>,
}

impl Pools {
    /// Does what there is to do now.
    pub async fn tick(&mut self, scene: &Scene) -> Result<()> {
        let mut pools = scene.world.custom_pools();
        if scene.options.control_plane.is_some()
            && let Some(masters) = scene.world.get(&POOL, None, MASTER)
        {
            pools.push(masters);
        }
        for pool in pools {
            self.render_if_due(scene, &pool).await?;
            let Some(pool) = scene.world.get(&POOL, None, name(&pool)) else {
                continue;
            };
            let nodes = nodes(scene, &pool);
            self.write_status(scene, &pool, &nodes).await?;
            self.update_nodes(scene, &pool, &nodes).await?;
        }
        Ok(())
    }

    async fn render_if_due(&mut self, scene: &Scene, pool: &Value) -> Result<()> {
        let Some(selector) = Selector::parse(&pool["spec"]["machineConfigSelector"]) else {
            return Ok(());
        };
        let uid = uid(pool);
        let inputs = inputs(scene, &selector);
        if name(pool) == MASTER
            && !self.last.contains_key(&uid)
            && is_of_its_sources(scene, pool, &selector)
        {
            let configuration = pool["spec"]["configuration"].clone();
            self.last.insert(uid, Last { inputs, configuration, outcome: Ok(()) });
            return Ok(());
        }
        let is_current = self.last.get(&uid).is_some_and(|last| {
            last.inputs == inputs && last.configuration == pool["spec"]["configuration"]
        });
        if is_current {
            return Ok(());
        }
        let waiting = format!("render {uid}");
        if !self.since.has_been(&waiting, scene.options.render_delay) {
            return Ok(());
        }
        self.since.forget(&waiting);
        let rendering = render(scene, pool, &selector).await?;
        let (configuration, outcome) = match rendering {
            Ok(configuration) => (configuration, Ok(())),
            Err(refusal) => (pool["spec"]["configuration"].clone(), Err(refusal)),
        };
        let last = Last { inputs, configuration, outcome };
        self.last.insert(uid, last);
        Ok(())
    }

    async fn write_status(&self, scene: &Scene, pool: &Value, nodes: &[Arc<Value>]) -> Result<()> {
        let rendering = self.last.get(&uid(pool)).map(|last| &last.outcome);
        let status = pool_status::status(pool, nodes, rendering, &now());
        if status == pool["status"] || rendering.is_none() {
            return Ok(());
        }
        scene.change_status(&POOL, pool, status).await
    }

    /// Takes the pool's Nodes to its config, as many at once as it allows.
    async fn update_nodes(
        &mut self,
        scene: &Scene,
        pool: &Value,
        nodes: &[Arc<Value>],
    ) -> Result<()> {
        let Some(target) = pool["spec"]["configuration"]["name"].as_str() else {
            return Ok(());
        };
        let mut busy = 0;
        for node in nodes.iter().filter(|node| is_between(node)) {
            busy += 1;
            let desired = annotation(node, DESIRED).unwrap_or_default();
            let key = format!("update {} {desired}", uid(node));
            let delay = scene.options.node_update_delay;
            let reboot = match &scene.options.control_plane {
                Some(options) if name(pool) == MASTER => options.second * REBOOT,
                _ => Duration::ZERO,
            };
            let is_down = !reboot.is_zero() && self.since.has_been(key.as_str(), delay);
            let is_back = self.since.has_been(key, delay + reboot);
            if is_down && is_ready(node) != is_back {
                let conditions = node::rebooting_conditions(is_back, &now());
                scene.change_status(&NODE, node, json!({"conditions": conditions})).await?;
            } else if is_back {
                let change = annotations(&json!({CURRENT: desired, STATE: "Done"}));
                scene.change(&NODE, node, change).await?;
            }
        }
        let allowed = pool["spec"]["maxUnavailable"].as_u64().unwrap_or(1);
        let waiting = nodes.iter().find(|node| {
            !is_between(node) && annotation(node, CURRENT).is_some_and(|config| config != target)
        });
        match waiting {
            Some(node) if busy < allowed && pool["spec"]["paused"] != true => {
                let change = annotations(&json!({DESIRED: target, STATE: "Working"}));
                scene.change(&NODE, node, change).await
            }
            _ => Ok(()),
        }
    }
}

fn annotations(annotations: &Value) -> Value {
    json!({"metadata": {"annotations": annotations}})
}

/// The Nodes of a pool. One that is a master too belongs to the masters.
fn nodes(scene: &Scene, pool: &Value) -> Vec<Arc<Value>> {
    let Some(selector) = Selector::parse(&pool["spec"]["nodeSelector"]) else {
        return Vec::new();
    };
    let mut nodes = scene.world.list(&NODE);
    nodes.retain(|node| {
        let is_master = label(node, "node-role.kubernetes.io/master").is_some();
        selector.matches(node) && (name(pool) == MASTER || !is_master)
    });
    nodes
}

/// Whether a pool says that it was rendered from the MachineConfigs that it selects. What came of them in a loaded
/// cluster is as it was written, and is rendered when a MachineConfig comes, changes or goes.
fn is_of_its_sources(scene: &Scene, pool: &Value, selector: &Selector) -> bool {
    let sources = pool["spec"]["configuration"]["source"].as_array();
    let mut sources: Vec<&str> = sources.into_iter().flatten().map(name_of_source).collect();
    let configs = scene.world.list(&MACHINE_CONFIG_OBJECT);
    let mut selected: Vec<&str> =
        configs.iter().filter(|it| selector.matches(it)).map(|it| name(it)).collect();
    sources.sort_unstable();
    selected.sort_unstable();
    sources == selected
}

fn name_of_source(source: &Value) -> &str {
    source["name"].as_str().unwrap_or_default()
}

/// A number that changes when anything does that a pool is rendered from.
fn inputs(scene: &Scene, selector: &Selector) -> u64 {
    let mut hasher = DefaultHasher::new();
    selector.to_string().hash(&mut hasher);
    let configs = scene.world.list(&MACHINE_CONFIG_OBJECT);
    for config in configs.iter().filter(|config| selector.matches(config)) {
        hash_version(config, &mut hasher);
    }
    for config in scene.world.list(&CONTROLLER_CONFIG) {
        hash_version(&config, &mut hasher);
    }
    hasher.finish()
}

fn hash_version(object: &Value, hasher: &mut DefaultHasher) {
    uid(object).hash(hasher);
    object["metadata"]["resourceVersion"].to_string().hash(hasher);
}

/// Renders a pool and tells the configuration that it then has. What the
/// operator would refuse is the inner error.
async fn render(scene: &Scene, pool: &Value, selector: &Selector) -> Result<Result<Value, String>> {
    // What the watches know may lack a MachineConfig that was created just
    // before the pool; the operator's delay of 5 s hides the same from it.
    let configs =
        scene.rest.list(&MACHINE_CONFIG_OBJECT, None, Some(&selector.to_string())).await?;
    if configs.is_empty() {
        let refusal = format!("no MachineConfigs found matching selector {selector}");
        return Ok(Err(refusal));
    }
    let configs = render::order(configs, scene.release);
    Ok(match rendered(scene, pool, &configs).await? {
        Ok(rendered) => hand_over(scene, pool, &configs, &rendered).await?,
        Err(refusal) => Err(format!("could not generate rendered MachineConfig: {refusal}")),
    })
}

async fn rendered(scene: &Scene, pool: &Value, configs: &[Value]) -> Result<Result<Value, String>> {
    let controller_config = controller_config(scene);
    let operator = Operator {
        release: scene.release,
        controller_version: &controller_version(scene),
        release_version: &scene.version(),
        controller_config: &controller_config,
    };
    if let Some(objection) = render::objection(configs, &operator) {
        return Ok(Err(objection));
    }
    let parts: Vec<&Value> = configs.iter().map(|config| &config["spec"]["config"]).collect();
    let merged = match ignition::merge(&parts, scene.release.ignition_version()).await {
        Ok(merged) => merged,
        Err(error) => return Ok(Err(format!("{error:#}"))),
    };
    let mut rendered = render::assemble(pool, configs, &merged, &operator);
    let current = pool["spec"]["configuration"]["name"].as_str().unwrap_or_default();
    let read = scene.rest.get(&MACHINE_CONFIG_OBJECT, None, current);
    // An empty name reads the list, which has no spec.
    let current = ignore(read.await, &[404])?.filter(|current| current["spec"].is_object());
    if let Some(current) = current {
        if current["spec"] == rendered["spec"] {
            rendered["metadata"]["name"] = name(&current).into();
        }
        let refusal = render::irreconcilable(&current, &rendered, configs, scene.release);
        if let Some(refusal) = refusal {
            return Ok(Err(refusal));
        }
    }
    Ok(Ok(rendered))
}

/// Stores a rendered MachineConfig and points the pool at it.
async fn hand_over(
    scene: &Scene,
    pool: &Value,
    configs: &[Value],
    rendered: &Value,
) -> Result<Result<Value, String>> {
    scene.create(&MACHINE_CONFIG_OBJECT, rendered).await?;
    let configuration = json!({"name": name(rendered), "source": render::sources(configs)});
    if pool["spec"]["configuration"] == configuration {
        return Ok(Ok(configuration));
    }
    let change = json!({"spec": {"configuration": &configuration}});
    let changed = scene.change(&POOL, pool, change).await;
    let denial = changed
        .as_ref()
        .err()
        .and_then(|error| error.downcast_ref::<kube::Error>())
        .filter(|error| matches!(status_code(error), Some(403 | 422)));
    match denial {
        Some(kube::Error::Api(status)) => Ok(Err(status.message.clone())),
        _ => changed.map(|()| Ok(configuration)),
    }
}

fn controller_config(scene: &Scene) -> Value {
    let config = scene.world.get(&CONTROLLER_CONFIG, None, "machine-config-controller");
    config.map_or(Value::Null, |config| config["spec"].clone())
}

/// The version of the running controller: what it wrote on its own templates.
pub fn controller_version(scene: &Scene) -> String {
    ["00-worker", "00-master"]
        .iter()
        .filter_map(|template| scene.world.get(&MACHINE_CONFIG_OBJECT, None, template))
        .find_map(|template| annotation(&template, GENERATED_BY).map(str::to_owned))
        .unwrap_or_default()
}

fn uid(object: &Value) -> String {
    object["metadata"]["uid"].as_str().unwrap_or_default().to_owned()
}
