//! Clusters of real size, and clusters that grow.
//!
//! The hand-written clusters of the tests have MachineConfigs of some KB. Here `00-master`, `00-worker`
//! and what is rendered from them get files, so that they have the 300 KB and more that a cluster's have.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::kind::{self, MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, NAMESPACE_OF_MACHINES, NODE};
use crate::rest::Rest;
use crate::{Cluster, load};

/// How much is put into each MachineConfig that holds the files of a role.
const PADDING: usize = 300_000;
const ROLE: &str = "machineconfiguration.openshift.io/role";
const MACHINE_ROLE: &str = "machine.openshift.io/cluster-api-machine-role";

/// How much of everything there is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct World {
    /// Worker Nodes, each with its Machine.
    pub nodes: usize,
    /// Rendered MachineConfigs of the past.
    pub rendered: usize,
    /// etcd Machines, each with its Node.
    pub machines: usize,
}

/// A hand-written cluster with MachineConfigs of real size.
pub(super) fn of_real_size(release: &str) -> Result<Cluster> {
    Ok(enlarged(&Cluster::load(release)?))
}

/// The 4.12 cluster that the documented procedure is for.
pub(super) fn of_the_procedure() -> Result<Cluster> {
    let cluster = Cluster::load("4.16")?;
    let is_of_4_12 = |it: &&Value| !kind::name(it).ends_with("-generated-kubelet");
    let mut objects: Vec<Value> = cluster.objects().iter().filter(is_of_4_12).cloned().collect();
    for object in &mut objects {
        if object["kind"] == "MachineConfig" {
            object["spec"]["config"]["ignition"]["version"] = "3.2.0".into();
        }
    }
    Ok(enlarged(&Cluster::of(objects)).with_version("4.12.40"))
}

fn enlarged(cluster: &Cluster) -> Cluster {
    let mut objects = cluster.objects().to_vec();
    for object in &mut objects {
        let name = kind::name(object);
        let holds_files =
            matches!(name, "00-master" | "00-worker") || name.starts_with("rendered-");
        if object["kind"] == "MachineConfig" && holds_files {
            pad(object);
        }
    }
    Cluster::of(objects)
}

/// Files of 10 KB, escaped as the operator escapes them.
fn pad(machine_config: &mut Value) {
    let files = &mut machine_config["spec"]["config"]["storage"]["files"];
    if !files.is_array() {
        *files = json!([]);
    }
    let Some(files) = files.as_array_mut() else { return };
    for number in 0..PADDING / 10_000 {
        let mut source = String::from("data:,");
        let mut state = number;
        while source.len() < 10_000 {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) % 2_147_483_648;
            source.push_str(&format!("option-{}%3D%22{state:x}%22%0A", state % 97));
        }
        let path = format!("/etc/kubernetes/static-pod-resources/file-{number:02}");
        files.push(json!({
            "path": path, "mode": 420, "overwrite": true, "contents": {"source": source},
        }));
    }
}

/// How many MachineConfigs a role has, rendered ones aside.
pub(super) async fn machine_configs(rest: &Rest, role: &str) -> Result<usize> {
    let selector = format!("{ROLE}={role}");
    Ok(rest.list(&MACHINE_CONFIG_OBJECT, None, Some(&selector)).await?.len())
}

/// Adds what one world has more than another. No controller may run.
pub(super) async fn grow(rest: &Rest, from: World, to: World) -> Result<()> {
    let worker = first(rest, &NODE, "node-role.kubernetes.io/worker").await?;
    let machine = first(rest, &MACHINE_OBJECT, &format!("{MACHINE_ROLE}=worker")).await?;
    let pools =
        rest.list(&kind::POOL, None, Some("machineconfiguration.openshift.io/mco-built-in"));
    let pools = pools.await?;
    let rendered = pools.iter().find(|it| kind::name(it) == "worker");
    let rendered = rendered.and_then(|it| it["spec"]["configuration"]["name"].as_str());
    let rendered = rest.get(&MACHINE_CONFIG_OBJECT, None, rendered.context("no pool")?).await?;
    let workers = (from.nodes..to.nodes).flat_map(|number| {
        let name = format!("ip-10-1-{}-{}.ec2.internal", number / 250, number % 250);
        [node(&worker, &name), named(&machine, &format!("lab-x99n4-worker-{number:04}"))]
    });
    let past = (from.rendered..to.rendered)
        .map(|number| named(&rendered, &format!("rendered-worker-{number:032x}")));
    load::create_many(rest, workers.chain(past)).await?;
    if to.machines == from.machines {
        return Ok(());
    }
    let etcd = first(rest, &MACHINE_OBJECT, &format!("{MACHINE_ROLE}=etcd")).await?;
    let member = first(rest, &NODE, "node-role.kubernetes.io/etcd").await?;
    let members = (from.machines..to.machines).flat_map(|number| {
        let name = format!("ip-10-2-{}-{}.ec2.internal", number / 250, number % 250);
        let mut machine = named(&etcd, &format!("lab-x99n4-etcd-{number}"));
        machine["status"]["nodeRef"]["name"] = name.as_str().into();
        let mut node = node(&member, &name);
        let owner = format!("{NAMESPACE_OF_MACHINES}/{}", kind::name(&machine));
        node["metadata"]["annotations"]["machine.openshift.io/machine"] = owner.into();
        [node, machine]
    });
    load::create_many(rest, members).await
}

async fn first(rest: &Rest, kind: &kind::Kind, selector: &str) -> Result<Value> {
    let found = rest.list(kind, None, Some(selector)).await?;
    found.into_iter().next().with_context(|| format!("there is no {} of {selector}", kind.name))
}

fn named(object: &Value, name: &str) -> Value {
    let mut copy = object.clone();
    copy["metadata"]["name"] = name.into();
    copy
}

/// A Node of a name, with the fifty images that a kubelet lists.
fn node(object: &Value, name: &str) -> Value {
    let mut copy = named(object, name);
    copy["metadata"]["labels"]["kubernetes.io/hostname"] = name.into();
    let image = |number: usize| {
        let digest = format!("{number:08x}").repeat(8);
        let names = [
            format!("quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:{digest}"),
            format!("quay.io/openshift-release-dev/ocp-v4.0-art-dev:{number}"),
        ];
        json!({"names": names, "sizeBytes": 400_000_000 + number})
    };
    copy["status"]["images"] = (0..50).map(image).collect();
    copy
}
