//! Clusters for the tests of what `status` judges and writes.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::derive::disk;
use crate::derive::machine_config::KUBELET_UNIT;
use crate::ignition;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::{Snapshot, Unreadable, UnreadableReason};
use crate::model::{names, yaml};
use crate::plan::LayoutChoice;
use crate::plan::init::{self, InitRequest};

/// The cluster that was never upgraded, at noon.
pub(crate) fn cluster(folders: &[&str]) -> Snapshot {
    let mut snapshot = Snapshot::new("2024-08-21T12:00:00Z".parse().unwrap());
    for folder in folders {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
        for file in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let documents = yaml::documents(&text).unwrap();
            snapshot = snapshot.with_objects(documents.into_iter().flat_map(Object::from_value));
        }
    }
    snapshot
}

/// The 4.16 cluster with these conditions of etcd's operator: type, status and message. An empty status leaves the
/// condition out.
pub(crate) fn with_etcd_conditions(conditions: &[(&str, &str, &str)]) -> Snapshot {
    let snapshot = cluster(&["4.16"]);
    let mut body = snapshot.cluster(Kind::Etcd, "cluster").unwrap().body().clone();
    for (kind, status, message) in conditions {
        let all = body["status"]["conditions"].as_array_mut().unwrap();
        all.retain(|it| it["type"] != *kind);
        if !status.is_empty() {
            all.push(json!({"type": kind, "status": status, "message": message}));
        }
    }
    snapshot.with_objects([Object::from_value(body).unwrap()])
}

/// The conditions of a pool that is rendered and rolled out.
pub(crate) const RENDERED_CONDITIONS: [(&str, &str); 4] = [
    ("RenderDegraded", "False"),
    ("NodeDegraded", "False"),
    ("Degraded", "False"),
    ("Updated", "True"),
];

/// The same cluster after `init` with copies, which can go stale, with the pool rendered and as many Nodes as
/// told.
pub(crate) fn initialized(nodes: i64) -> Snapshot {
    let snapshot = cluster(&["4.16"]);
    let mut request = InitRequest::new("1.0.0");
    request.layout = LayoutChoice::Only(Layout::Documented);
    let plan = init::plan(&snapshot, &request);
    let objects: Vec<Object> = plan.manifests().cloned().collect();
    let mut snapshot = snapshot.with_objects(objects);
    let sources: Vec<Value> =
        snapshot.machine_configs_of(names::ETCD).map(|it| json!({"name": it.name()})).collect();
    let configuration = json!({"name": "rendered-etcd-1", "source": sources});
    let pool = snapshot.pool(names::ETCD).unwrap().clone();
    let mut spec = pool.get("/spec").unwrap().clone();
    spec["configuration"] = configuration.clone();
    let of_type = |(kind, status): (&str, &str)| json!({"type": kind, "status": status});
    let status = json!({
        "configuration": configuration,
        "machineCount": nodes, "updatedMachineCount": nodes, "readyMachineCount": nodes,
        "conditions": RENDERED_CONDITIONS.map(of_type),
    });
    snapshot.insert(pool.with("spec", spec).with("status", status));
    let template = snapshot.machine_config("00-worker").unwrap();
    let version = template.annotation(names::GENERATED_BY).unwrap().to_owned();
    for name in ["97-etcd-generated-kubelet", "99-etcd-generated-registries"] {
        let object = Object::new(ObjectRef::cluster(Kind::MachineConfig, name))
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
            .with_annotations([(names::GENERATED_BY, version.as_str())]);
        snapshot.insert(object);
    }
    let disk = snapshot.machine_config(disk::NAME).unwrap();
    snapshot.insert(rendered(disk));
    snapshot
}

/// A kubelet of etcd, and the disk.
fn rendered(disk: &Object) -> Object {
    let contents = format!(
        "[Service]\nExecStart=/usr/bin/kubelet --node-labels={role} --register-with-taints={role}=:NoSchedule\n",
        role = names::NODE_ROLE_ETCD
    );
    let mut config = ignition::config(disk).unwrap().clone();
    let units = config["systemd"]["units"].as_array_mut().unwrap();
    units.push(json!({"name": KUBELET_UNIT, "contents": contents}));
    Object::new(ObjectRef::cluster(Kind::MachineConfig, "rendered-etcd-1"))
        .with("spec", json!({ "config": config }))
}

/// A Machine of ours, made at a time, with a status.
pub(crate) fn machine(name: &str, zone: &str, made: &str, status: Value) -> Object {
    let reference = ObjectRef::machine(name);
    let spec = json!({"providerSpec": {"value": {
        "instanceType": "c5n.xlarge",
        "placement": {"availabilityZone": zone},
        "userDataSecret": {"name": names::ETCD_USER_DATA},
        "blockDevices": [{"ebs": {"volumeSize": 120}}, {"deviceName": "/dev/xvdb", "ebs": {"volumeSize": 64}}],
    }}});
    let body = Object::new(reference)
        .with_labels([(names::MACHINE_ROLE, names::ETCD), names::MANAGED_BY])
        .with_annotations([
            (names::SOURCE, "machine/lab-x99n4-master-0"),
            (names::MACHINE_NAME, name),
        ])
        .with("spec", spec)
        .with("status", status)
        .into_body();
    made_at(body, made)
}

/// A Node with the role etcd that is Ready and has the newest configuration.
pub(crate) fn node(name: &str) -> Object {
    let config = |key: &str| format!("machineconfiguration.openshift.io/{key}");
    let body = Object::new(ObjectRef::cluster(Kind::Node, name))
        .with_labels([(names::NODE_ROLE_ETCD, "")])
        .with_annotations([
            (config("currentConfig").as_str(), "rendered-etcd-1"),
            (config("desiredConfig").as_str(), "rendered-etcd-1"),
            (config("state").as_str(), "Done"),
        ])
        .with("spec", json!({"taints": [{"key": names::NODE_ROLE_ETCD, "effect": "NoSchedule"}]}))
        .with(
            "status",
            json!({
                "conditions": [{"type": "Ready", "status": "True"}],
                "nodeInfo": {"kubeletVersion": "v1.29.7+6abe8a1"},
            }),
        )
        .into_body();
    made_at(body, "2024-08-21T08:50:00Z")
}

fn made_at(mut body: Value, time: &str) -> Object {
    body["metadata"]["creationTimestamp"] = time.into();
    Object::from_value(body).unwrap()
}

/// The status of a Machine that has become a Node.
pub(crate) fn running(node: &str) -> Value {
    json!({"phase": "Running", "nodeRef": {"name": node}})
}

/// Two Machines that are etcd Nodes and Ready.
pub(crate) fn two_machines() -> Snapshot {
    initialized(2).with_objects([
        machine(
            "lab-x99n4-etcd-0",
            "us-east-1a",
            "2024-08-21T08:48:00Z",
            running("ip-10-0-12-40.ec2.internal"),
        ),
        machine(
            "lab-x99n4-etcd-1",
            "us-east-1b",
            "2024-08-21T11:15:00Z",
            running("ip-10-0-55-41.ec2.internal"),
        ),
        node("ip-10-0-12-40.ec2.internal"),
        node("ip-10-0-55-41.ec2.internal"),
    ])
}

/// Sources that an upgrade has changed, a failed Machine, a late one, and Nodes that may not be read.
pub(crate) fn troubled() -> Snapshot {
    let mut snapshot = initialized(1)
        .with_objects(cluster(&["variants/sources-upgraded-4.16"]).all(Kind::MachineConfig).cloned())
        .with_objects([
            machine(
                "lab-x99n4-etcd-0",
                "us-east-1a",
                "2024-08-21T11:00:00Z",
                json!({"phase": "Failed", "errorReason": "InvalidConfiguration", "errorMessage": "no such AMI"}),
            ),
            machine("lab-x99n4-etcd-1", "us-east-1b", "2024-08-21T11:20:00Z", json!({"phase": "Provisioned"})),
            machine("lab-x99n4-etcd-2", "us-east-1c", "2024-08-21T11:20:00Z", running("ip-10-0-80-9.ec2.internal")),
        ]);
    forbid(&mut snapshot, Kind::Node, "nodes");
    snapshot
}

/// Takes the objects of a kind away, as for a user who may not read them.
pub(crate) fn forbid(snapshot: &mut Snapshot, kind: Kind, what: &str) {
    let there: Vec<ObjectRef> = snapshot.all(kind).map(|it| it.reference().clone()).collect();
    for it in &there {
        snapshot.remove(it);
    }
    let what = what.to_owned();
    snapshot.unreadable.push(Unreadable { what, kind, reason: UnreadableReason::Forbidden });
}
