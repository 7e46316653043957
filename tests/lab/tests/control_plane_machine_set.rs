//! The stand-ins for the operators that replace masters, on a real API server: what their objects say from the
//! change of the template to the end, in the order in which the real ones of 4.20 said it, and each way to be stuck.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::StreamExt;
use kube::api::{Api, DynamicObject};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, watcher};
use oc_etcd_lab::kind::{
    self, CLUSTER_OPERATOR, CONFIG_MAP, CONTROL_PLANE_MACHINE_SET, ETCD, Kind,
    MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, NODE, POOL,
};
use oc_etcd_lab::rest::PatchType;
use oc_etcd_lab::{
    Cluster, ControlPlane, ControlPlaneFaults, Options, Rest, StandInOptions, StandIns, User,
};
use serde_json::{Value, json};

const MACHINE_API: &str = "openshift-machine-api";
const DEADLINE: Duration = Duration::from_secs(60);
const DISKS: &str =
    "/spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value/blockDevices";

struct Lab {
    stand_ins: StandIns,
    rest: Rest,
    control_plane: ControlPlane,
}

/// What the objects said at one moment.
#[derive(Clone, Debug, PartialEq)]
struct Moment {
    observed: u64,
    replicas: [Option<u64>; 3],
    progressing: String,
    degraded: String,
}

impl Lab {
    async fn start(cluster: Cluster, faults: ControlPlaneFaults) -> Self {
        let control_plane = ControlPlane::start(Options::default()).await.unwrap();
        control_plane.load(&cluster).await.unwrap();
        let client = control_plane.client(User::Admin).await.unwrap();
        let options = StandInOptions::with_control_plane(faults);
        Self {
            stand_ins: StandIns::start(client, options).await.unwrap(),
            rest: control_plane.rest().await.unwrap(),
            control_plane,
        }
    }

    /// The operators end, and others begin, with these faults.
    async fn restart(&mut self, faults: ControlPlaneFaults) {
        let client = self.control_plane.client(User::Admin).await.unwrap();
        let options = StandInOptions::with_control_plane(faults);
        let new = StandIns::start(client, options).await.unwrap();
        std::mem::replace(&mut self.stand_ins, new).stop().await;
    }

    async fn get(&self, kind: &Kind, name: &str) -> Value {
        let namespace = if *kind == CONFIG_MAP { "openshift-etcd" } else { MACHINE_API };
        self.rest.get(kind, Some(namespace), name).await.unwrap()
    }

    async fn set(&self) -> Value {
        self.get(&CONTROL_PLANE_MACHINE_SET, "cluster").await
    }

    async fn masters(&self) -> Vec<Value> {
        let role = Some("machine.openshift.io/cluster-api-machine-role=master");
        let mut machines = self.rest.list(&MACHINE_OBJECT, Some(MACHINE_API), role).await.unwrap();
        machines.sort_by(|a, b| last_word(kind::name(a)).cmp(last_word(kind::name(b))));
        machines
    }

    async fn voters(&self) -> Vec<String> {
        let data = self.get(&CONFIG_MAP, "etcd-endpoints").await["data"].clone();
        data.as_object().unwrap().values().map(|it| it.as_str().unwrap().to_owned()).collect()
    }

    async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if started.elapsed() > DEADLINE {
                let set = self.set().await;
                let etcd = self.get(&ETCD, "cluster").await;
                panic!("{what}: {:#}\n{:#}", set["status"], etcd["status"]);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Adds a disk to the template, as a person or a tool does.
    async fn add_disk(&self) {
        let set = self.set().await;
        let mut disks = set.pointer(DISKS).unwrap().as_array().unwrap().clone();
        disks.push(json!({"deviceName": "/dev/xvdb", "ebs": {
            "encrypted": true, "volumeSize": 64, "volumeType": "gp3", "throughput": 500,
        }}));
        self.write_disks(&set, json!(disks)).await;
    }

    async fn write_disks(&self, set: &Value, disks: Value) {
        let mut patch = json!({});
        patch["spec"]["template"]["machines_v1beta1_machine_openshift_io"]["spec"]["providerSpec"]
            ["value"]["blockDevices"] = disks;
        let kind = &CONTROL_PLANE_MACHINE_SET;
        self.rest.patch(kind, set, None, PatchType::Merge, &patch).await.unwrap();
    }

    async fn change_set(&self, change: Value) {
        let kind = &CONTROL_PLANE_MACHINE_SET;
        self.rest.patch(kind, &self.set().await, None, PatchType::Merge, &change).await.unwrap();
    }

    /// Waits until the set's conditions are as wanted.
    async fn until_set(&self, progressing: &str, degraded: &str) -> Value {
        self.until(progressing, async || {
            let set = self.set().await;
            let is_new = set["status"]["observedGeneration"] == set["metadata"]["generation"];
            let is = |kind, wanted: &str| said(&set, kind).starts_with(wanted);
            (is_new && is("Progressing", progressing) && is("Degraded", degraded)).then_some(set)
        })
        .await
    }

    async fn until_condition(&self, kind: &Kind, name: &str, condition: &str, wanted: &str) {
        self.until(wanted, async || {
            said(&self.get(kind, name).await, condition).starts_with(wanted).then_some(())
        })
        .await;
    }

    async fn stop(self) {
        assert_eq!(self.stand_ins.errors(), Vec::<String>::new());
        self.stand_ins.stop().await;
    }
}

fn last_word(name: &str) -> &str {
    name.rsplit('-').next().unwrap()
}

/// `True/Reason message`.
fn said(object: &Value, kind: &str) -> String {
    let conditions = object["status"]["conditions"].as_array().unwrap();
    let Some(condition) = conditions.iter().find(|it| it["type"] == kind) else {
        return String::new();
    };
    let text = |field: &str| condition[field].as_str().unwrap_or_default();
    format!("{}/{} {}", text("status"), text("reason"), text("message")).trim_end().to_owned()
}

fn moment(set: &Value) -> Moment {
    let status = &set["status"];
    Moment {
        observed: status["observedGeneration"].as_u64().unwrap(),
        replicas: ["replicas", "readyReplicas", "updatedReplicas"].map(|it| status[it].as_u64()),
        progressing: said(set, "Progressing"),
        degraded: said(set, "Degraded"),
    }
}

/// Notes every state of the set, however short.
async fn watch(client: kube::Client, moments: Arc<Mutex<Vec<Moment>>>) {
    let resource = CONTROL_PLANE_MACHINE_SET.api_resource();
    let api: Api<DynamicObject> = Api::namespaced_with(client, MACHINE_API, &resource);
    let mut events = watcher(api, watcher::Config::default()).applied_objects().boxed();
    while let Some(event) = events.next().await {
        let now = moment(&serde_json::to_value(event.unwrap()).unwrap());
        let mut moments = moments.lock().unwrap();
        if *moments.last().unwrap() != now {
            moments.push(now);
        }
    }
}

fn has_disk(machine: &Value) -> bool {
    let disks = machine["spec"]["providerSpec"]["value"]["blockDevices"].as_array().unwrap();
    disks.iter().any(|disk| disk["deviceName"] == "/dev/xvdb")
}

fn is_terminating(machine: &Value) -> bool {
    machine["metadata"]["deletionTimestamp"].is_string()
}

fn cluster() -> Cluster {
    Cluster::load("4.20").unwrap()
}

#[tokio::test]
async fn a_rollout_says_what_the_real_operators_said() {
    let lab = Lab::start(cluster(), ControlPlaneFaults::default()).await;
    let before = lab.voters().await;
    lab.add_disk().await;
    let written = lab.set().await;
    let generation = written["metadata"]["generation"].as_u64().unwrap();
    let client = lab.rest.client();
    let moments = Arc::new(Mutex::new(vec![moment(&written)]));
    let watching = tokio::spawn(watch(client, moments.clone()));
    let mut most = 0;
    let mut order = Vec::new();
    let mut rolled_afterwards = false;
    let started = Instant::now();
    loop {
        let now = moment(&lab.set().await);
        let machines = lab.masters().await;
        most = most.max(machines.len());
        let voters = lab.voters().await;
        assert!((3..=4).contains(&voters.len()), "{voters:?}");
        for machine in machines.iter().filter(|it| is_terminating(it)) {
            let index = last_word(kind::name(machine)).to_owned();
            if order.last() != Some(&index) {
                order.push(index);
            }
        }
        let etcd = lab.get(&CLUSTER_OPERATOR, "etcd").await;
        let is_done = now.observed == generation
            && now.progressing == "False/AllReplicasUpdated"
            && machines.iter().all(has_disk);
        if is_done && said(&etcd, "Progressing").starts_with("True/NodeInstaller") {
            rolled_afterwards = true;
        } else if is_done && rolled_afterwards {
            break;
        }
        assert!(started.elapsed() < DEADLINE, "{:#?}", moments.lock().unwrap());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    watching.abort();
    let moments = moments.lock().unwrap().clone();

    // At first the status is that of before.
    assert_eq!(moments[0].observed, generation - 1);
    assert_eq!(moments[0].replicas, [Some(3); 3]);
    assert_eq!(moments[0].progressing, "False/AllReplicasUpdated");
    // A zero is absent.
    assert_eq!(moments[1].replicas, [Some(3), Some(3), None], "{moments:#?}");
    let mut said: Vec<&str> = moments[1..].iter().map(|it| it.progressing.as_str()).collect();
    let flashes = said.iter().filter(|it| **it == "False/OperatorDegraded").count();
    assert_eq!(flashes, 3, "{moments:#?}");
    said.retain(|it| *it != "False/OperatorDegraded");
    said.dedup();
    assert_eq!(
        said,
        [
            "True/NeedsUpdateReplicas Observed 3 replica(s) in need of update",
            "True/NeedsUpdateReplicas Observed 2 replica(s) in need of update",
            "True/NeedsUpdateReplicas Observed 1 replica(s) in need of update",
            "True/ExcessReplicas Waiting for 1 old replica(s) to be removed",
            "False/AllReplicasUpdated",
        ]
    );
    for moment in &moments {
        let flash = "True/UnmanagedNodes Found 1 unmanaged node(s)";
        let is_flash = moment.progressing == "False/OperatorDegraded";
        assert_eq!(moment.degraded == flash, is_flash, "{moment:?}");
    }
    assert_eq!((most, order), (4, ["0", "1", "2"].map(str::to_owned).to_vec()));

    // The members moved, and the hook is where a member is.
    let after = lab.voters().await;
    assert!(after.len() == 3 && after.iter().all(|it| !before.contains(it)), "{after:?}");
    for machine in lab.masters().await {
        assert_eq!(machine["spec"]["lifecycleHooks"]["preDrain"][0]["name"], "EtcdQuorumOperator");
        // What the release's Go struct does not have is not on the Machine.
        let disk = &machine["spec"]["providerSpec"]["value"]["blockDevices"][1]["ebs"];
        assert_eq!(disk["throughput"], Value::Null);
        assert_eq!(disk["volumeSize"], 64);
        let node = machine["status"]["nodeRef"]["name"].as_str().unwrap();
        let node = lab.get(&NODE, node).await;
        assert_eq!(kind::label(&node, "node-role.kubernetes.io/master"), Some(""));
        assert_eq!(kind::label(&node, "node-role.kubernetes.io/etcd"), None);
    }
    lab.until_condition(&CLUSTER_OPERATOR, "control-plane-machine-set", "Progressing", "False")
        .await;
    lab.stop().await;
}

#[tokio::test]
async fn a_machine_config_of_the_masters_is_rolled_out_node_by_node() {
    let lab = Lab::start(cluster(), ControlPlaneFaults::default()).await;
    let old = lab.get(&POOL, "master").await["spec"]["configuration"]["name"].clone();
    // A cluster that is as it was written stays so.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(lab.get(&POOL, "master").await["spec"]["configuration"]["name"], old);

    let config = json!({
        "apiVersion": "machineconfiguration.openshift.io/v1",
        "kind": "MachineConfig",
        "metadata": {"name": "98-master-site", "labels": {"machineconfiguration.openshift.io/role": "master"}},
        "spec": {"config": {"ignition": {"version": "3.2.0"}, "storage": {"files": [
            {"path": "/etc/site", "contents": {"source": "data:,site"}},
        ]}}},
    });
    lab.rest.create(&MACHINE_CONFIG_OBJECT, &config).await.unwrap();
    let mut rebooted = Vec::new();
    let started = Instant::now();
    let pool = loop {
        let nodes =
            lab.rest.list(&NODE, None, Some("node-role.kubernetes.io/master")).await.unwrap();
        let down: Vec<&str> = nodes
            .iter()
            .filter(|node| said(node, "Ready").starts_with("Unknown"))
            .map(kind::name)
            .collect();
        assert!(down.len() <= 1, "{down:?}");
        rebooted.extend(down.iter().map(|it| (*it).to_owned()));
        rebooted.dedup();
        let pool = lab.get(&POOL, "master").await;
        if pool["status"]["configuration"]["name"] != old {
            break pool;
        }
        assert!(started.elapsed() < DEADLINE, "{:#}", pool["status"]);
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    assert_eq!(rebooted.len(), 3, "{rebooted:?}");
    assert!(said(&pool, "Updated").starts_with("True"), "{pool:#}");
    let sources = pool["status"]["configuration"]["source"].as_array().unwrap();
    assert!(sources.iter().any(|it| it["name"] == "98-master-site"));
    // etcd's operator saw each of them away, and told nobody.
    lab.until_condition(&ETCD, "cluster", "EtcdMembersDegraded", "False").await;
    lab.until_condition(&CLUSTER_OPERATOR, "etcd", "Degraded", "False").await;

    // A new master boots with it.
    lab.add_disk().await;
    lab.until_set("True/NeedsUpdateReplicas Observed 2", "False").await;
    let new = lab.until("a new master", async || {
        let machines = lab.masters().await;
        let machine =
            machines.iter().find(|it| has_disk(it) && it["status"]["phase"] == "Running")?;
        let node = lab.get(&NODE, machine["status"]["nodeRef"]["name"].as_str()?).await;
        kind::annotation(&node, "machineconfiguration.openshift.io/currentConfig")
            .map(str::to_owned)
    });
    let new = new.await;
    assert_eq!(pool["spec"]["configuration"]["name"], new.as_str());
    lab.stop().await;
}

#[tokio::test]
async fn an_inactive_set_loses_what_is_written_to_it() {
    let inactive = cluster();
    let mut set =
        inactive.object("controlplanemachineset/openshift-machine-api/cluster").unwrap().clone();
    set["spec"]["state"] = "Inactive".into();
    let lab = Lab::start(inactive.with_objects(vec![set]), ControlPlaneFaults::default()).await;
    let before = lab.set().await;
    lab.add_disk().await;
    let is_new = async || {
        let read =
            lab.rest.get(&CONTROL_PLANE_MACHINE_SET, Some(MACHINE_API), "cluster").await.ok()?;
        (read["metadata"]["uid"] != before["metadata"]["uid"]).then_some(read)
    };
    let after = lab.until("made anew", is_new).await;
    assert_eq!(after.pointer(DISKS), before.pointer(DISKS));
    assert_eq!(after["spec"]["state"], "Inactive");

    // Activated in the same write, it keeps the change.
    let mut disks = after.pointer(DISKS).unwrap().as_array().unwrap().clone();
    disks.push(json!({"deviceName": "/dev/xvdb", "ebs": {"volumeSize": 64}}));
    let mut patch = json!({"spec": {"state": "Active"}});
    patch["spec"]["template"]["machines_v1beta1_machine_openshift_io"]["spec"]["providerSpec"]["value"]
        ["blockDevices"] = json!(disks);
    lab.change_set(patch).await;
    let set = lab.until_set("True/NeedsUpdateReplicas Observed 3", "False").await;
    assert_eq!(set["metadata"]["uid"], after["metadata"]["uid"]);
    let refused = lab
        .rest
        .patch(
            &CONTROL_PLANE_MACHINE_SET,
            &set,
            None,
            PatchType::Merge,
            &json!({"spec": {"state": "Inactive"}}),
        )
        .await;
    assert!(refused.is_err());
    lab.stop().await;
}

#[tokio::test]
async fn a_template_that_is_put_back_in_time_costs_no_master() {
    let faults = ControlPlaneFaults { never_a_node: true, ..ControlPlaneFaults::default() };
    let lab = Lab::start(cluster(), faults).await;
    let old = lab.set().await;
    let names: Vec<String> =
        lab.masters().await.iter().map(|it| kind::name(it).to_owned()).collect();
    lab.add_disk().await;
    lab.until("a replacement", async || {
        let machines = lab.masters().await;
        let new = machines.iter().find(|it| has_disk(it))?;
        (new["status"]["phase"] == "Provisioned").then_some(())
    })
    .await;
    let set = lab.until_set("True/NeedsUpdateReplicas Observed 3", "False").await;
    assert_eq!(set["status"]["replicas"], 4);
    lab.write_disks(&set, old.pointer(DISKS).unwrap().clone()).await;
    lab.until_set("False/AllReplicasUpdated", "False").await;
    lab.until("the replacement goes", async || (lab.masters().await.len() == 3).then_some(()))
        .await;
    let left = lab.masters().await;
    assert!(
        left.iter().all(|it| names.contains(&kind::name(it).to_owned()) && !is_terminating(it))
    );
    lab.stop().await;
}

#[tokio::test]
async fn on_delete_waits_for_a_deletion() {
    let lab = Lab::start(cluster(), ControlPlaneFaults::default()).await;
    lab.change_set(json!({"spec": {"strategy": {"type": "OnDelete"}}})).await;
    lab.add_disk().await;
    lab.until_set("True/NeedsUpdateReplicas Observed 3", "False").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let machines = lab.masters().await;
    assert_eq!(machines.len(), 3);
    // No limit on how many at a time.
    for machine in &machines[..2] {
        lab.rest.delete(&MACHINE_OBJECT, Some(MACHINE_API), kind::name(machine)).await.unwrap();
    }
    lab.until("both replaced at once", async || (lab.masters().await.len() == 5).then_some(()))
        .await;
    lab.until_set("True/NeedsUpdateReplicas Observed 1", "False").await;
    lab.until("both gone", async || (lab.masters().await.len() == 3).then_some(())).await;
    assert_eq!(lab.masters().await.iter().filter(|it| has_disk(it)).count(), 2);
    lab.stop().await;
}

/// The operator deletes a Machine only under `RollingUpdate`.
#[tokio::test]
async fn on_delete_in_the_middle_of_a_rollout_keeps_the_old_machine_until_somebody_deletes_it() {
    let lab = Lab::start(cluster(), ControlPlaneFaults::default()).await;
    lab.add_disk().await;
    lab.until("the first new machine", async || {
        lab.masters().await.iter().any(has_disk).then_some(())
    })
    .await;
    lab.change_set(json!({"spec": {"strategy": {"type": "OnDelete"}}})).await;
    lab.until_set("True/NeedsUpdateReplicas Observed 2", "False").await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let machines = lab.masters().await;
    assert_eq!((machines.len(), machines.iter().filter(|it| has_disk(it)).count()), (4, 1));
    assert!(!machines.iter().any(is_terminating));
    let index = |it: &Value| kind::name(it).rsplit('-').next().map(str::to_owned);
    let new = machines.iter().find(|it| has_disk(it)).unwrap();
    let old = machines.iter().find(|it| !has_disk(it) && index(it) == index(new)).unwrap();
    lab.rest.delete(&MACHINE_OBJECT, Some(MACHINE_API), kind::name(old)).await.unwrap();
    lab.until("the old one gone", async || (lab.masters().await.len() == 3).then_some(())).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let machines = lab.masters().await;
    assert_eq!((machines.len(), machines.iter().filter(|it| has_disk(it)).count()), (3, 1));
    lab.stop().await;
}

/// Each fault, what shows it, and that the rollout ends when the fault is over.
#[tokio::test]
async fn each_fault_is_seen_where_the_real_operators_show_it() {
    let none = ControlPlaneFaults::default;
    let mut lab = Lab::start(cluster(), none()).await;

    lab.restart(ControlPlaneFaults { machine_set_operator_is_idle: true, ..none() }).await;
    lab.add_disk().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let set = lab.set().await;
    assert_ne!(set["status"]["observedGeneration"], set["metadata"]["generation"]);
    assert_eq!(lab.masters().await.len(), 3);

    let message = Some("you have reached your quota".to_owned());
    lab.restart(ControlPlaneFaults { failed_replacement: message, ..none() }).await;
    let failed = "True/FailedReplacement Observed 1 replacement machine(s) in error state";
    lab.until_set("False/OperatorDegraded", failed).await;
    let machines = lab.masters().await;
    let failed = machines.iter().find(|it| has_disk(it)).unwrap();
    assert_eq!(failed["status"]["phase"], "Failed");
    lab.until_condition(&CLUSTER_OPERATOR, "control-plane-machine-set", "Degraded", "True").await;

    // The admin deletes it, and the next one never becomes a Node: no condition says so.
    lab.restart(ControlPlaneFaults { never_a_node: true, ..none() }).await;
    lab.rest.delete(&MACHINE_OBJECT, Some(MACHINE_API), kind::name(failed)).await.unwrap();
    lab.until("provisioned", async || {
        let machines = lab.masters().await;
        let new = machines.iter().find(|it| has_disk(it) && !is_terminating(it))?;
        (new["status"]["phase"] == "Provisioned").then_some(())
    })
    .await;
    lab.until_set("True/NeedsUpdateReplicas Observed 3", "False").await;

    // It becomes one that is not Ready: the old one is deleted all the same, and held.
    lab.restart(ControlPlaneFaults { never_ready: true, ..none() }).await;
    let held = lab.until("the first master is to go", async || {
        lab.masters().await.into_iter().find(is_terminating)
    });
    let held = held.await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    lab.get(&MACHINE_OBJECT, kind::name(&held)).await;
    assert_eq!(lab.voters().await.len(), 3);

    // It is Ready, and its member never starts: at once in etcd's own conditions, later in the ClusterOperator.
    lab.restart(ControlPlaneFaults { member_never_starts: true, ..none() }).await;
    lab.until_condition(
        &ETCD,
        "cluster",
        "EtcdMembersProgressing",
        "True/MembersNotStarted 3 of 4",
    )
    .await;
    lab.until_condition(&ETCD, "cluster", "ClusterMemberRemovalControllerDegraded", "True").await;
    lab.until_condition(&ETCD, "cluster", "RevisionControllerDegraded", "True").await;
    let etcd = lab.get(&CLUSTER_OPERATOR, "etcd").await;
    assert!(said(&etcd, "Degraded").starts_with("False"), "{etcd:#}");
    lab.until_condition(&CLUSTER_OPERATOR, "etcd", "Degraded", "True").await;
    let set = lab.set().await;
    assert!(
        said(&set, "Progressing").starts_with("True/NeedsUpdateReplicas Observed 2"),
        "{set:#}"
    );

    // It starts, and stays a learner: all is well, and nothing moves.
    lab.restart(ControlPlaneFaults { learner_stays: true, ..none() }).await;
    lab.until_condition(
        &ETCD,
        "cluster",
        "EtcdMembersAvailable",
        "True/EtcdQuorate 4 members are available",
    )
    .await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(lab.voters().await.len(), 3);
    lab.get(&MACHINE_OBJECT, kind::name(&held)).await;

    // The member moves, and the hook stays.
    lab.restart(ControlPlaneFaults { hook_stays: true, ..none() }).await;
    let address = held["status"]["addresses"][0]["address"].as_str().unwrap().to_owned();
    lab.until("the member moved", async || {
        let voters = lab.voters().await;
        (voters.len() == 3 && !voters.contains(&address)).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let still = lab.get(&MACHINE_OBJECT, kind::name(&held)).await;
    assert_eq!(still["spec"]["lifecycleHooks"]["preDrain"][0]["name"], "EtcdQuorumOperator");

    lab.restart(none()).await;
    lab.until("all have the disk", async || {
        let machines = lab.masters().await;
        (machines.len() == 3 && machines.iter().all(has_disk)).then_some(())
    })
    .await;
    lab.until_set("False/AllReplicasUpdated", "False").await;
    lab.until_condition(&CLUSTER_OPERATOR, "etcd", "Degraded", "False").await;
    lab.stop().await;
}
