//! What a rollout that the kubelet does not survive does to the etcd Nodes that exist, and the way out.

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::add_machine::{self, AddMachineRequest, Another};
use oc_etcd::plan::init;
use oc_etcd::status::{self, Status};
use serde_json::{Value, json};

use crate::snapshot::{self, RENDERED};

const MACHINE: &str = "lab-x99n4-etcd-0";

/// A MachineConfig of the workers whose kubelet the script on an etcd machine does not start.
fn site() -> Object {
    let contents = "[Service]\nExecStart=\nExecStart=/usr/local/bin/start-kubelet\n";
    let drop_in = json!({"name": "90-site.conf", "contents": contents});
    let units = json!([{"name": "kubelet.service", "dropins": [drop_in]}]);
    let config = json!({"ignition": {"version": "3.2.0"}, "systemd": {"units": units}});
    Object::new(ObjectRef::cluster(Kind::MachineConfig, "98-site"))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::WORKER)])
        .with("spec", json!({ "config": config }))
}

/// No member of etcd has the address.
fn addresses() -> Value {
    json!([{"type": "InternalIP", "address": "10.0.9.1"}])
}

fn node(name: &str, desired: &str, ready: &str) -> Object {
    let condition =
        json!({"type": "Ready", "status": ready, "lastTransitionTime": "2020-01-01T00:00:00Z"});
    Object::new(ObjectRef::cluster(Kind::Node, name))
        .with_labels([(names::NODE_ROLE_ETCD, "")])
        .with_annotations([
            (names::CURRENT_CONFIG, RENDERED),
            (names::DESIRED_CONFIG, desired),
            (names::CONFIG_STATE, if desired == RENDERED { "Done" } else { "Working" }),
        ])
        .with("spec", json!({"taints": [{"key": names::NODE_ROLE_ETCD, "effect": "NoSchedule"}]}))
        .with("status", json!({"conditions": [condition], "addresses": addresses()}))
}

/// The cluster after `init`, with one etcd Machine and two etcd Nodes.
fn with_nodes() -> Snapshot {
    let before = snapshot::load("4.20", &[]);
    let plan = init::plan(&before, &snapshot::init_request());
    let after = snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)));
    let request = AddMachineRequest::new(vec!["us-east-1a".to_owned()], snapshot::TOOL_VERSION);
    let plan = add_machine::plan(&after, &request);
    let machine = plan.manifests().next().unwrap().clone();
    let running = json!({"phase": "Running", "nodeRef": {"name": "n0"}, "addresses": addresses()});
    after.with_objects([
        machine.with("status", running),
        node("n0", RENDERED, "True"),
        node("n1", RENDERED, "True"),
    ])
}

/// The cluster whose pool rolls out another configuration than that of its Nodes.
fn rolling_out(snapshot: Snapshot, name: &str) -> Snapshot {
    let pool = snapshot.pool(names::ETCD).unwrap().clone();
    let mut spec = pool.get("/spec").unwrap().clone();
    spec["configuration"]["name"] = name.into();
    snapshot.with_objects([pool.with("spec", spec)])
}

fn paused(snapshot: Snapshot) -> Snapshot {
    let pool = snapshot.pool(names::ETCD).unwrap().clone();
    let mut spec = pool.get("/spec").unwrap().clone();
    spec["paused"] = true.into();
    snapshot.with_objects([pool.with("spec", spec)])
}

fn renamed(snapshot: &Snapshot, name: &str) -> Object {
    let spec = snapshot.machine_config(RENDERED).unwrap().get("/spec").unwrap().clone();
    Object::new(ObjectRef::cluster(Kind::MachineConfig, name)).with("spec", spec)
}

fn assess(snapshot: &Snapshot) -> Status {
    status::assess(snapshot, snapshot::TOOL_VERSION)
}

fn only(findings: &[Finding], check: Check) -> &Finding {
    let found: Vec<&Finding> = findings.iter().filter(|it| it.check == check).collect();
    let [finding] = found[..] else { panic!("{findings:#?}") };
    finding
}

#[test]
fn nodes_that_exist_are_told_before_a_faulty_configuration_stops_them() {
    let faulty = with_nodes().with_objects([site()]);
    let status = assess(&faulty);
    let planned = init::plan(&faulty, &snapshot::init_request()).findings;
    for findings in [&status.findings, &planned] {
        let finding = only(findings, Check::KubeletRoleWrong);
        let stops = "the 2 etcd nodes that exist stop one after the other at their next reboot";
        assert!(finding.message.contains(stops), "{finding:?}");
        let hint = finding.hint.as_deref().unwrap();
        assert!(hint.starts_with("pause the pool now: oc patch machineconfigpool/etcd"), "{hint}");
        assert!(hint.contains("then: to change etcd machines only"), "{hint}");
    }
    let next = status.next.as_deref().unwrap();
    assert!(next.contains("\"paused\":true"), "{next}");
    // Nothing rolls out of a paused pool, and nothing says to resume the pool.
    let held = assess(&paused(rolling_out(faulty, "rendered-etcd-2")));
    assert!(!only(&held.findings, Check::KubeletRoleWrong).message.contains("that exist"));
    let resumes = |it: &Finding| it.hint.as_deref().is_some_and(|it| it.contains("false"));
    assert!(!held.findings.iter().any(resumes), "{:#?}", held.findings);
    // Nothing stops where no Node exists.
    let mut alone = with_nodes().with_objects([site()]);
    for name in ["n0", "n1"] {
        alone.remove(&ObjectRef::cluster(Kind::Node, name));
    }
    assert!(!only(&assess(&alone).findings, Check::KubeletRoleWrong).message.contains("exist"));
}

#[test]
fn a_node_that_stopped_in_an_update_is_replaced_after_the_fault_is_gone() {
    let rendered_faulty =
        renamed(&snapshot::rendered(with_nodes().with_objects([site()])), "rendered-etcd-2");
    let stopped =
        with_nodes().with_objects([rendered_faulty, node("n0", "rendered-etcd-2", "Unknown")]);
    let faulty = rolling_out(stopped.clone().with_objects([site()]), "rendered-etcd-2");
    let status = assess(&faulty);
    let cause = &only(&status.findings, Check::KubeletRoleWrong).message;
    assert!(cause.contains("the etcd node that exists stops at its next reboot"), "{cause}");
    let finding = only(&status.findings, Check::NodeNotJoining);
    let told = "its Node n0 stopped in the update to rendered-etcd-2 and is not Ready";
    assert_eq!((finding.severity, finding.message.starts_with(told)), (Severity::Warning, true));
    let hint = finding.hint.as_deref().unwrap();
    let replace = format!(
        "oc etcd remove-machine {MACHINE}; when the pool has updated the other nodes: oc etcd add-machine --zone us-east-1a"
    );
    assert!(hint.starts_with("first solve the finding kubelet-role-wrong"), "{hint}");
    assert!(hint.ends_with(&replace), "{hint}");

    // The MachineConfig is corrected: the operator has rendered the pool again, and the Node does not get the result.
    let corrected = renamed(&stopped, "rendered-etcd-3");
    let corrected = rolling_out(stopped.with_objects([corrected]), "rendered-etcd-3");
    let status = assess(&corrected);
    let finding = only(&status.findings, Check::NodeNotJoining);
    assert_eq!(finding.hint.as_deref(), Some(replace.as_str()));
    assert_eq!(status.next.as_deref(), Some(format!("oc etcd remove-machine {MACHINE}").as_str()));
    let mut request = AddMachineRequest::new(vec!["us-east-1b".to_owned()], snapshot::TOOL_VERSION);
    request.another = Another::Yes;
    let plan = add_machine::plan(&corrected, &request);
    let finding = only(&plan.findings, Check::NotRendered);
    assert!(finding.message.ends_with("the pool waits for node/n0, which is not Ready"));
    assert_eq!(finding.hint.as_deref(), Some("oc etcd status"));

    // A Node that boots is waited for.
    let booting = node("n0", "rendered-etcd-3", "Unknown").with(
        "status",
        json!({"conditions": [{"type": "Ready", "status": "Unknown", "lastTransitionTime": corrected.read_at.to_string()}]}),
    );
    let status = assess(&corrected.with_objects([booting]));
    assert!(!status.findings.iter().any(|it| it.message.contains("stopped")));
}
