//! The stand-ins on a real API server: a new role, made by hand the way the
//! documented procedure does, gets its rendered config, its Machine and Node,
//! and goes away again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::{Duration, Instant};

use oc_etcd_lab::kind::{self, Kind, MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, NODE, POOL, SECRET};
use oc_etcd_lab::standin::ignition;
use oc_etcd_lab::{
    Cluster, ControlPlane, MachineFailure, Options, Registries, Rest, StandInOptions, StandIns,
    User,
};
use serde_json::{Value, json};

const ROLE: &str = "machineconfiguration.openshift.io/role";
const MACHINE_API: &str = "openshift-machine-api";
const TIMEOUT: Duration = Duration::from_secs(10);

/// The masters' MachineConfigs as etcd's, the kubelet's flags rewritten.
fn machine_configs(cluster: &Cluster) -> Vec<Value> {
    let masters = cluster.objects().iter().filter(|object| {
        object["metadata"]["labels"][ROLE] == "master"
            && !kind::name(object).contains("-generated-")
    });
    masters
        .map(|master| {
            let spec = master["spec"]
                .to_string()
                .replace("node-role.kubernetes.io/control-plane,", "")
                .replace("node-role.kubernetes.io/master", "node-role.kubernetes.io/etcd");
            let mut spec: Value = serde_json::from_str(&spec).unwrap();
            spec["osImageURL"] = "".into();
            spec["baseOSExtensionsContainerImage"] = "".into();
            json!({
                "apiVersion": master["apiVersion"],
                "kind": "MachineConfig",
                "metadata": {"name": kind::name(master).replace("master", "etcd"), "labels": {ROLE: "etcd"}},
                "spec": spec,
            })
        })
        .collect()
}

fn pool() -> Value {
    json!({
        "apiVersion": "machineconfiguration.openshift.io/v1",
        "kind": "MachineConfigPool",
        "metadata": {"name": "etcd", "labels": {"machineconfiguration.openshift.io/mco-built-in": ""}},
        "spec": {
            "machineConfigSelector": {"matchLabels": {ROLE: "etcd"}},
            "nodeSelector": {"matchLabels": {"node-role.kubernetes.io/etcd": ""}},
        },
    })
}

fn machine(cluster: &Cluster, name: &str) -> Value {
    let master = cluster.object("machine/openshift-machine-api/lab-x99n4-master-0").unwrap();
    let mut provider = master["spec"]["providerSpec"].clone();
    provider["value"]["userDataSecret"]["name"] = "etcd-user-data-managed".into();
    json!({
        "apiVersion": "machine.openshift.io/v1beta1",
        "kind": "Machine",
        "metadata": {"name": name, "namespace": MACHINE_API, "labels": {
            "machine.openshift.io/cluster-api-machine-role": "etcd",
        }},
        "spec": {"providerSpec": provider},
    })
}

/// A control plane with a cluster and stand-ins.
struct Lab {
    stand_ins: StandIns,
    rest: Rest,
    cluster: Cluster,
    _control_plane: ControlPlane,
}

impl Lab {
    async fn start(cluster: &str, options: StandInOptions) -> Self {
        let cluster = Cluster::load(cluster).unwrap();
        let control_plane = ControlPlane::start(Options::default()).await.unwrap();
        control_plane.load(&cluster).await.unwrap();
        let client = control_plane.client(User::Admin).await.unwrap();
        Self {
            stand_ins: StandIns::start(client, options).await.unwrap(),
            rest: control_plane.rest().await.unwrap(),
            cluster,
            _control_plane: control_plane,
        }
    }

    async fn create(&self, object: &Value) {
        self.rest.create(&Kind::of(object).unwrap(), object).await.unwrap();
    }

    async fn create_machine_configs(&self) {
        for config in machine_configs(&self.cluster) {
            self.create(&config).await;
        }
    }

    /// Reads an object until it is as wanted.
    async fn until(&self, kind: &Kind, name: &str, is: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let read = self.rest.get(kind, Some(MACHINE_API), name).await;
            if let Ok(object) = &read
                && is(object)
            {
                return object.clone();
            }
            assert!(started.elapsed() < TIMEOUT, "{} {name}: {read:#?}", kind.name);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until a pool is on a config made of this many MachineConfigs.
    async fn rendered_from(&self, count: usize) -> Value {
        let pool = self
            .until(&POOL, "etcd", |pool| sources(pool).len() == count && is_true(pool, "Updated"))
            .await;
        assert_eq!(pool["spec"]["configuration"], pool["status"]["configuration"]);
        pool
    }

    /// Waits until a pool cannot be rendered and tells why.
    async fn refusal(&self) -> String {
        let pool = self.until(&POOL, "etcd", |pool| is_true(pool, "RenderDegraded")).await;
        condition(&pool, "RenderDegraded").unwrap()["message"].as_str().unwrap().to_owned()
    }

    async fn delete(&self, kind: &Kind, name: &str) {
        self.rest.delete(kind, Some(MACHINE_API), name).await.unwrap();
    }

    async fn is_deleted(&self, kind: &Kind, name: &str) {
        let started = Instant::now();
        while self.rest.get(kind, Some(MACHINE_API), name).await.is_ok() {
            assert!(started.elapsed() < TIMEOUT, "{} {name} stays", kind.name);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn stop(self) {
        assert_eq!(self.stand_ins.errors(), Vec::<String>::new());
        self.stand_ins.stop().await;
    }
}

fn sources(pool: &Value) -> Vec<&str> {
    let sources = pool["status"]["configuration"]["source"].as_array();
    sources.into_iter().flatten().map(|source| source["name"].as_str().unwrap()).collect()
}

fn condition<'a>(pool: &'a Value, kind: &str) -> Option<&'a Value> {
    let mut conditions = pool["status"]["conditions"].as_array()?.iter();
    conditions.find(|condition| condition["type"] == kind)
}

fn is_true(pool: &Value, kind: &str) -> bool {
    condition(pool, kind).is_some_and(|condition| condition["status"] == "True")
}

#[tokio::test]
async fn a_pool_is_rendered_as_the_operator_does() {
    let options = StandInOptions {
        registries: Registries::After(Duration::from_secs(1)),
        ..StandInOptions::default()
    };
    let lab = Lab::start("4.16", options).await;

    // Before its MachineConfigs it has nothing to be rendered from.
    lab.create(&pool()).await;
    assert_eq!(
        lab.refusal().await,
        "Failed to render configuration for pool etcd: no MachineConfigs found matching \
         selector machineconfiguration.openshift.io/role=etcd"
    );

    lab.create_machine_configs().await;
    let rendered = lab.rendered_from(5).await;
    assert_eq!(sources(&rendered)[3], "99-etcd-generated-registries");

    // A disk cannot be added to it any more.
    let disk = json!({
        "apiVersion": "machineconfiguration.openshift.io/v1",
        "kind": "MachineConfig",
        "metadata": {"name": "00-etcd-disk", "labels": {ROLE: "etcd"}},
        "spec": {"config": {"ignition": {"version": "3.2.0"}, "storage": {"disks": [
            {"device": "/dev/nvme1n1", "partitions": [{"label": "etcd"}]},
        ]}}},
    });
    lab.create(&disk).await;
    let config = &rendered["status"]["configuration"]["name"];
    assert_eq!(
        lab.refusal().await,
        format!(
            "Failed to render configuration for pool etcd: could not generate rendered \
             MachineConfig: reconciliation failed between current config {config} and base \
             config \"00-etcd-disk\": ignition disks section contains changes"
        )
    );
    lab.delete(&MACHINE_CONFIG_OBJECT, "00-etcd-disk").await;
    lab.until(&POOL, "etcd", |pool| !is_true(pool, "Degraded")).await;

    // A restart of the operator brings the kubelet's configs.
    lab.stand_ins.operator_restarts();
    lab.rendered_from(7).await;
    lab.stop().await;
}

#[tokio::test]
async fn a_machine_becomes_a_node_and_goes_away() {
    let options = StandInOptions {
        fail_machines: vec![MachineFailure {
            machine_or_zone: "lab-x99n4-etcd-1".to_owned(),
            message: "no capacity".to_owned(),
        }],
        registries: Registries::Never,
        ..StandInOptions::default()
    };
    let lab = Lab::start("4.16", options).await;
    lab.create_machine_configs().await;
    lab.create(&pool()).await;
    let rendered = lab.rendered_from(4).await;
    let config = rendered["status"]["configuration"]["name"].as_str().unwrap();

    for name in ["lab-x99n4-etcd-0", "lab-x99n4-etcd-1"] {
        lab.create(&machine(&lab.cluster, name)).await;
    }
    let machine = lab
        .until(&MACHINE_OBJECT, "lab-x99n4-etcd-0", |machine| {
            machine["status"]["phase"] == "Running"
        })
        .await;
    let name = machine["status"]["nodeRef"]["name"].as_str().unwrap();
    let node =
        lab.until(&NODE, name, |node| node["status"]["conditions"][3]["status"] == "True").await;
    assert_eq!(
        node["spec"]["taints"],
        json!([{"key": "node-role.kubernetes.io/etcd", "effect": "NoSchedule"}])
    );
    assert_eq!(kind::label(&node, "node-role.kubernetes.io/etcd"), Some(""));
    assert_eq!(kind::label(&node, "node-role.kubernetes.io/master"), None);
    assert_eq!(kind::label(&node, "node.openshift.io/os_id"), Some("rhcos"));
    let current = "machineconfiguration.openshift.io/currentConfig";
    assert_eq!(kind::annotation(&node, current), Some(config));
    lab.until(&POOL, "etcd", |pool| pool["status"]["readyMachineCount"] == 1).await;

    let failed = lab
        .until(&MACHINE_OBJECT, "lab-x99n4-etcd-1", |machine| {
            machine["status"]["phase"] == "Failed"
        })
        .await;
    let message = failed["status"]["errorMessage"].as_str().unwrap();
    assert!(message.ends_with("no capacity"), "{message}");

    lab.delete(&MACHINE_OBJECT, "lab-x99n4-etcd-0").await;
    lab.delete(&MACHINE_OBJECT, "lab-x99n4-etcd-1").await;
    lab.is_deleted(&MACHINE_OBJECT, "lab-x99n4-etcd-0").await;
    lab.is_deleted(&MACHINE_OBJECT, "lab-x99n4-etcd-1").await;
    lab.is_deleted(&NODE, name).await;
    lab.delete(&POOL, "etcd").await;
    lab.is_deleted(&SECRET, "etcd-user-data-managed").await;
    lab.is_deleted(&MACHINE_CONFIG_OBJECT, config).await;
    lab.stop().await;
}

#[tokio::test]
async fn a_pool_that_inherits_from_worker_gets_all_of_it() {
    let lab = Lab::start("4.20", StandInOptions::default()).await;
    let kubelet = machine_configs(&lab.cluster)
        .into_iter()
        .find(|config| kind::name(config) == "01-etcd-kubelet")
        .unwrap();
    lab.create(&kubelet).await;
    let mut pool = pool();
    pool["spec"]["machineConfigSelector"] = json!({"matchExpressions": [
        {"key": ROLE, "operator": "In", "values": ["worker", "etcd"]},
    ]});
    lab.create(&pool).await;
    let registries = "99-etcd-generated-registries";
    let pool = lab
        .until(&POOL, "etcd", |pool| {
            sources(pool).contains(&registries) && is_true(pool, "Updated")
        })
        .await;
    let sources = sources(&pool);
    assert!(sources.contains(&"00-worker") && sources[0].contains("-worker"), "{sources:?}");
    assert_eq!(sources[sources.len() - 2..], ["01-etcd-kubelet", registries]);
    let config = pool["status"]["configuration"]["name"].as_str().unwrap();
    let config = lab.rest.get(&MACHINE_CONFIG_OBJECT, None, config).await.unwrap();
    let unit = ignition::unit(&config["spec"]["config"], "kubelet.service").unwrap();
    assert!(unit.contains("node-role.kubernetes.io/etcd"), "{unit}");
    lab.stop().await;
}
