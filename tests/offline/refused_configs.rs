//! MachineConfigs that the Machine Config Operator refuses: a pool with one is not rendered, or not again.

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::init;
use oc_etcd::status::assess;
use serde_json::{Value, json};

use crate::snapshot::{self, TOOL_VERSION};
use crate::upgrades::{changed, upgrading};

const NAME: &str = "99-site";

/// A MachineConfig of a role that an admin wrote.
fn site(role: &str, annotations: &Value, spec: &Value) -> Object {
    Object::from_value(json!({
        "apiVersion": "machineconfiguration.openshift.io/v1", "kind": "MachineConfig",
        "metadata": {
            "name": NAME, "labels": {names::MACHINE_CONFIG_ROLE: role}, "annotations": annotations,
        },
        "spec": spec,
    }))
    .unwrap()
}

/// What `init` finds in a cluster with the MachineConfig.
fn found(cluster: &str, object: Object) -> Option<Finding> {
    let snapshot = snapshot::load(cluster, &[]).with_objects([object]);
    let plan = init::plan(&snapshot, &snapshot::init_request());
    plan.findings.into_iter().find(|it| it.check == Check::MachineConfigRefused)
}

fn severity(cluster: &str, role: &str, spec: &Value) -> Option<Severity> {
    found(cluster, site(role, &json!({}), spec)).map(|it| it.severity)
}

#[test]
fn what_the_operator_refuses_to_merge_blocks_init() {
    let ignition = |version: &str| json!({"config": {"ignition": {"version": version}}});
    let with_version = |version: &str, file: Value| json!({"config": {"ignition": {"version": version}, "storage": {"files": [file]}}});
    let file = |file: Value| with_version("3.2.0", file);
    let appended = json!({"path": "/etc/site", "append": [{"source": "data:,x"}]});
    let written = json!({"path": "/etc/site", "append": [], "contents": {"source": "data:,x"}});
    let blocker = Some(Severity::Blocker);
    for (cluster, role, spec, expected) in [
        ("4.10", "etcd", ignition("3.4.0"), blocker),
        ("4.16", "etcd", ignition("3.4.0"), None),
        ("4.16", "etcd", ignition("3.5.0"), blocker),
        ("4.20", "worker", ignition("3.5.0"), None),
        ("4.20", "worker", ignition("3.6.0"), blocker),
        // The masters have a pool of their own.
        ("4.20", "master", ignition("3.6.0"), None),
        ("4.20", "etcd", ignition("2.2.0"), None),
        ("4.20", "etcd", json!({"extensions": ["usbguard"]}), None),
        ("4.20", "etcd", json!({"extensions": ["usbguard", "vim"]}), blocker),
        ("4.16", "etcd", json!({"extensions": ["ipsec", "wasm"]}), None),
        ("4.16", "etcd", json!({"extensions": ["sysstat"]}), blocker),
        ("4.20", "etcd", json!({"kernelType": "realtime"}), None),
        ("4.20", "etcd", json!({"kernelType": "rt"}), blocker),
        ("4.16", "etcd", file(appended), blocker),
        ("4.16", "etcd", file(written), None),
        // Ignition 2 has a word for it, which the operator converts.
        ("4.16", "worker", file(json!({"path": "/etc/site", "append": true})), blocker),
        ("4.16", "etcd", file(json!({"path": "/etc/site", "append": false})), None),
        ("4.10", "etcd", file(json!({"path": "/etc/site", "mode": 512})), blocker),
        ("4.10", "etcd", file(json!({"path": "/etc/site", "mode": 0o777})), None),
        ("4.16", "etcd", file(json!({"path": "/etc/site", "mode": 644})), None),
        ("4.20", "etcd", with_version("3.4.0", json!({"path": "/etc/site", "mode": 644})), blocker),
        ("4.20", "etcd", with_version("2.2.0", json!({"path": "/etc/site", "mode": 644})), blocker),
    ] {
        assert_eq!(severity(cluster, role, &spec), expected, "{cluster} {role} {spec}");
    }
}

/// The operator is upgraded first, and generates its own MachineConfigs in the newest version.
#[test]
fn during_an_upgrade_the_operator_is_that_of_the_next_release() {
    let spec = json!({"config": {"ignition": {"version": "3.5.0"}}});
    let found = |from: &str, to: &str| {
        let template = ObjectRef::cluster(Kind::MachineConfig, "00-worker");
        let generated = changed(snapshot::load("4.16", &[]), &template, |body| {
            body["spec"]["config"]["ignition"]["version"] = "3.5.0".into();
        });
        let snapshot =
            upgrading(generated.with_objects([site("etcd", &json!({}), &spec)]), from, to);
        let plan = init::plan(&snapshot, &snapshot::init_request());
        let found = plan.findings.into_iter().filter(|it| it.check == Check::MachineConfigRefused);
        found.map(|it| it.subject).collect::<Vec<_>>()
    };
    assert_eq!(found("4.18.30", "4.19.1"), [""; 0]);
    assert_eq!(found("4.16.8", "4.17.3"), [format!("machineconfig/{NAME}")]);
}

#[test]
fn an_annotation_that_only_the_operator_refreshes_is_told_with_the_command_that_removes_it() {
    let snapshot = snapshot::load("4.16", &[]);
    let template = snapshot.machine_config("00-worker").unwrap();
    let current = template.annotation(names::GENERATED_BY).unwrap();
    let spec = || json!({"config": {"ignition": {"version": "3.2.0"}}});
    let with = |version: &str, spec: &Value| {
        found("4.16", site("etcd", &json!({names::GENERATED_BY: version}), spec)).unwrap()
    };
    let stale = with("0123", &spec());
    assert_eq!(stale.severity, Severity::Blocker);
    let key = names::GENERATED_BY;
    let hint = stale.hint.unwrap().to_string();
    assert_eq!(hint, format!("oc annotate machineconfig/{NAME} {key}-"));
    assert_eq!(with(current, &spec()).severity, Severity::Warning);
    // Without the annotation, the image would pin the operating system.
    let pinned = with("0123", &json!({"osImageURL": "registry.example.com/os"}));
    let hint = pinned.hint.unwrap().to_string();
    let patch = hint.split('\'').nth(1).unwrap();
    let patch: Value = serde_json::from_str(patch).unwrap();
    let expected = json!({"metadata": {"annotations": {key: null}}, "spec": {"osImageURL": ""}});
    assert_eq!(patch, expected);
}

#[test]
fn a_copy_with_the_annotation_that_init_adopts_keeps_the_finding() {
    let before = snapshot::load("4.16", &[]);
    let plan = init::plan(&before, &snapshot::documented());
    let mut after: Snapshot = snapshot::rendered(snapshot::carried_out(before, &plan));
    let copy = after.machine_config(names::ETCD_KUBELET).unwrap().clone();
    after = after.with_objects([copy.with_annotations([(names::GENERATED_BY, "0123")])]);
    let subject = ObjectRef::cluster(Kind::MachineConfig, names::ETCD_KUBELET).to_string();
    let is_it = |it: &&Finding| it.check == Check::MachineConfigRefused && it.subject == subject;
    let plan = init::plan(&after, &snapshot::documented());
    assert_eq!(plan.findings.iter().find(is_it).unwrap().severity, Severity::Blocker);
    let status = assess(&after, TOOL_VERSION);
    assert_eq!(status.findings.iter().find(is_it).unwrap().severity, Severity::Warning);
}

/// What the operator generated for a pool stays when the pool is deleted, and nobody generates it again in an upgrade.
#[test]
fn an_object_that_the_operator_left_behind_in_another_release_blocks_a_new_pool() {
    let name = "99-etcd-generated-registries";
    let reference = ObjectRef::cluster(Kind::MachineConfig, name);
    let before = snapshot::load("4.20", &[]);
    let current = before.machine_config("00-worker").unwrap();
    let current = current.annotation(names::GENERATED_BY).unwrap().to_owned();
    let left = |version: &str| {
        let mut body = site("etcd", &json!({names::GENERATED_BY: version}), &json!({})).into_body();
        body["metadata"]["name"] = name.into();
        Object::from_value(body).unwrap()
    };
    let told = |there: &Snapshot| {
        let plan = init::plan(there, &snapshot::init_request());
        let found = plan.findings.into_iter().find(|it| it.check == Check::MachineConfigRefused);
        found.map(|it| (it.severity, it.hint.unwrap().to_string()))
    };
    assert_eq!(told(&before.clone().with_objects([left(&current)])), None);
    let old = before.with_objects([left("old")]);
    let hint = format!("oc delete {reference}");
    assert_eq!(told(&old), Some((Severity::Blocker, hint)));
    // The operator is about to generate it again for a pool that exists.
    let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD));
    assert_eq!(told(&old.with_objects([pool.with("spec", json!({}))])), None);
}
