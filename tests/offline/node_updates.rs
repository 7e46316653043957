//! What a rollout that the kubelet does not survive does to the etcd Nodes that exist, and the way out.

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::add_machine::{self, AddMachineRequest, Another};
use oc_etcd::plan::init;
use oc_etcd::status::{self, Health, Status};
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

/// The cluster whose Machine is no new one.
fn with_old_machine(snapshot: Snapshot) -> Snapshot {
    let mut machine = snapshot.get(&ObjectRef::machine(MACHINE)).unwrap().body().clone();
    machine["metadata"]["creationTimestamp"] = "2020-01-01T00:00:00Z".into();
    snapshot.with_objects([Object::from_value(machine).unwrap()])
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
}

#[test]
fn a_node_that_was_gone_before_an_update_holds_up_the_pool() {
    let gone = with_old_machine(with_nodes()).with_objects([node("n0", RENDERED, "Unknown")]);
    let hint = |there: &Snapshot| {
        let status = assess(there);
        let found = only(&status.findings, Check::NodeNotJoining).clone();
        (found.message, found.hint.unwrap().to_string(), status.next.map(|it| it.to_string()))
    };
    let (message, advice, _) = hint(&gone);
    assert!(message.starts_with("its Node n0 has not been Ready for "), "{message}");
    let replace =
        format!("oc etcd remove-machine {MACHINE} && oc etcd add-machine --zone us-east-1a");
    assert_eq!(
        advice,
        format!("oc describe node/n0; if the machine does not become Ready: {replace}")
    );
    let there = rolling_out(gone, "rendered-etcd-2");
    let (message, advice, next) = hint(&there);
    assert_eq!(
        message,
        "its Node n0 was not Ready when the update of the pool began, and the pool waits for the Node"
    );
    assert!(advice.contains(&format!("oc etcd remove-machine {MACHINE}")), "{advice}");
    assert_eq!(next.as_deref(), Some("oc describe node/n0"));
    let mut request = AddMachineRequest::new(vec!["us-east-1b".to_owned()], snapshot::TOOL_VERSION);
    request.another = Another::Yes;
    let plan = add_machine::plan(&there, &request);
    let finding = only(&plan.findings, Check::NotRendered);
    assert!(finding.message.ends_with("the pool waits for node/n0, which is not Ready"));
}

#[test]
fn a_node_that_the_operator_does_not_update_is_named_with_what_helps() {
    let state = |it| [(names::CONFIG_STATE, it)];
    let cordoned = |node: Object| node.with("spec", json!({"unschedulable": true}));
    for (there, awaited, remedy) in [
        (
            cordoned(node("n0", RENDERED, "True").with_annotations(state("Done"))),
            Some("node/n0, which is cordoned"),
            "oc adm uncordon n0",
        ),
        (
            cordoned(node("n0", "rendered-etcd-2", "True").with_annotations(state("Degraded"))),
            Some("node/n0, which the operator cannot update"),
            "oc describe node/n0",
        ),
        // The operator cordons a Node during its update.
        (
            cordoned(node("n0", "rendered-etcd-2", "True").with_annotations(state("Working"))),
            None,
            "oc get machineconfigpool/etcd -w",
        ),
    ] {
        let there = with_old_machine(with_nodes()).with_objects([there]);
        let there = rolling_out(there, "rendered-etcd-2");
        let zones = vec!["us-east-1b".to_owned()];
        let mut request = AddMachineRequest::new(zones, snapshot::TOOL_VERSION);
        request.another = Another::Yes;
        let plan = add_machine::plan(&there, &request);
        let finding = only(&plan.findings, Check::NotRendered);
        let waits = finding.message.split_once("; the pool waits for ").map(|it| it.1);
        assert_eq!(waits, awaited, "{}", finding.message);
        let wait = "to wait for the pool, run: oc etcd init";
        let expected = if awaited.is_some() { remedy } else { wait };
        assert_eq!(finding.hint.as_deref(), Some(expected));
        assert_eq!(assess(&there).next.as_deref(), Some(remedy));
    }
}

/// The same Node, which is not Ready for as long as told.
fn not_ready_since(snapshot: &Snapshot, node: Object, minutes: i64) -> Object {
    let since = snapshot.read_at - jiff::SignedDuration::from_mins(minutes);
    let condition =
        json!({"type": "Ready", "status": "Unknown", "lastTransitionTime": since.to_string()});
    node.with("status", json!({"conditions": [condition], "addresses": addresses()}))
}

#[test]
fn a_node_that_reboots_for_an_update_is_waited_for() {
    let mut there = rolling_out(with_nodes(), "rendered-etcd-2");
    let rendered = renamed(&there, "rendered-etcd-2");
    there = with_old_machine(there).with_objects([rendered]);
    let told = |name: &str, minutes: i64, desired: &str| {
        let node = not_ready_since(&there, node(name, desired, "Unknown"), minutes);
        let status = assess(&there.clone().with_objects([node]));
        let found = status.findings.iter().find(|it| it.check == Check::NodeNotJoining);
        (status.health, found.map(|it| it.message.clone()))
    };
    for name in ["n0", "n1"] {
        assert_eq!(told(name, 5, "rendered-etcd-2"), (Health::Progressing, None));
        assert_eq!(told(name, 16, "rendered-etcd-2").0, Health::Trouble, "{name}");
    }
    let (health, found) = told("n0", 5, RENDERED);
    assert_eq!(health, Health::Trouble);
    assert_eq!(found.as_deref(), Some("its Node n0 has not been Ready for 5m"));
}

fn cordoned(name: &str) -> Object {
    let node = node(name, RENDERED, "True");
    let mut spec = node.get("/spec").unwrap().clone();
    spec["unschedulable"] = true.into();
    node.with("spec", spec)
}

#[test]
fn a_node_that_is_drained_for_a_deletion_is_not_uncordoned() {
    let there = with_nodes();
    let cordoned =
        |name: &str| node(name, RENDERED, "True").with("spec", json!({"unschedulable": true}));
    let hints = |there: &Snapshot| -> Vec<String> {
        let findings = assess(there).findings.into_iter().filter_map(|it| it.hint);
        let hints = findings.map(|it| it.to_string());
        hints.filter(|it| it.contains("uncordon")).collect()
    };
    let there = there.with_objects([cordoned("n0")]);
    assert_eq!(hints(&there), ["oc adm uncordon n0"]);
    let mut machine = there.get(&ObjectRef::machine(MACHINE)).unwrap().body().clone();
    machine["metadata"]["deletionTimestamp"] = there.read_at.to_string().into();
    let leaving = there.with_objects([Object::from_value(machine).unwrap()]);
    assert_eq!(hints(&leaving), [""; 0]);
}

#[test]
fn a_cordoned_node_that_holds_up_the_pool_is_told() {
    let there = with_nodes().with_objects([cordoned("n1")]);
    let told = |there: &Snapshot| {
        let status = assess(there);
        let is_it = |it: &&Finding| it.hint.as_deref() == Some("oc adm uncordon n1");
        let found: Vec<&Finding> = status.findings.iter().filter(is_it).collect();
        let [found] = found[..] else { panic!("{:#?}", status.findings) };
        let judged = "healthy".parse::<status::goal::Goal>().unwrap().judge(&status);
        (found.check, found.severity, status.health, judged)
    };
    let waits = Check::UpgradeWaitsForPool;
    // The operator reports such a pool as not updated.
    let pool = there.pool(names::ETCD).unwrap().clone();
    let mut status = pool.get("/status").unwrap().clone();
    let conditions = status["conditions"].as_array_mut().unwrap();
    conditions.retain(|it| it["type"] != "Updated");
    conditions.push(json!({"type": "Updated", "status": "False"}));
    let there = there.clone().with_objects([pool.with("status", status)]);
    let blocked = status::goal::Judgment::Blocked("node/n1 is cordoned".to_owned());
    assert_eq!(told(&there), (waits, Severity::Note, Health::Progressing, blocked.clone()));
    // The upgrade that is under way does not end before.
    let version = there.cluster_version().unwrap();
    let mut status = version.get("/status").unwrap().clone();
    status["history"][0]["state"] = "Partial".into();
    let upgrading = there.clone().with_objects([version.clone().with("status", status)]);
    let (check, severity, health, _) = told(&upgrading);
    assert_eq!((check, severity, health), (waits, Severity::Warning, Health::Trouble));
    // No upgrade waits for the pool without the label.
    let mut pool = upgrading.pool(names::ETCD).unwrap().clone().into_body();
    pool["metadata"]["labels"].as_object_mut().unwrap().remove(names::POOL_REQUIRED);
    let free = upgrading.with_objects([Object::from_value(pool).unwrap()]);
    assert_eq!(told(&free), (Check::NodeNotJoining, Severity::Note, Health::Progressing, blocked));
    let (check, severity, health, _) = told(&rolling_out(there, "rendered-etcd-2"));
    assert_eq!(
        (check, severity, health),
        (Check::NodeNotJoining, Severity::Warning, Health::Trouble)
    );
}

/// etcd's operator removes the member of a master before the Machine is deleted, and adds the member of a new one after its
/// Node is there.
#[test]
fn a_master_that_is_being_replaced_may_have_no_member() {
    let there = snapshot::load("4.20", &[]);
    let (namespace, name) = names::ETCD_ENDPOINTS;
    let endpoints = ObjectRef::namespaced(Kind::ConfigMap, namespace, name);
    let mut body = there.get(&endpoints).unwrap().body().clone();
    let first = body["data"].as_object().unwrap().iter().next().unwrap();
    let (key, address) = (first.0.clone(), first.1.as_str().unwrap().to_owned());
    body["data"].as_object_mut().unwrap().remove(&key);
    let lacks = there.with_objects([Object::from_value(body).unwrap()]);
    let has_it = |it: &Object| {
        it.list("/status/addresses").iter().any(|it| it["address"] == address.as_str())
    };
    let mut node = lacks.all(Kind::Node).find(|it| has_it(it)).unwrap().body().clone();
    node["metadata"]["creationTimestamp"] = "2020-01-01T00:00:00Z".into();
    let node = Object::from_value(node).unwrap();
    let lacks = lacks.with_objects([node.clone()]);
    let machine = lacks.machines_of(names::MASTER).find(|it| lacks.node_of(it) == Some(&node));
    let machine = machine.unwrap().clone();
    let told = |there: &Snapshot| {
        let found =
            assess(there).findings.into_iter().filter(|it| it.message.starts_with("no voting"));
        found.map(|it| it.severity).collect::<Vec<_>>()
    };
    assert_eq!(told(&lacks), [Severity::Warning]);
    let now = |object: &Object, field: &str| {
        let mut body = object.body().clone();
        body["metadata"][field] = lacks.read_at.to_string().into();
        lacks.clone().with_objects([Object::from_value(body).unwrap()])
    };
    assert_eq!(told(&now(&machine, "deletionTimestamp")), [Severity::Note]);
    assert_eq!(told(&now(&node, "creationTimestamp")), [Severity::Note]);
}

/// The operator renders the pool again as soon as somebody deletes `00-etcd-disk`, and reboots one node after the other.
#[test]
fn nodes_that_lose_the_mount_of_etcd_in_a_rollout_are_told_before_they_reboot() {
    let (rendered, next) = (RENDERED, "rendered-etcd-2");
    let mut bare = renamed(&with_nodes(), next).into_body();
    let units = bare["spec"]["config"]["systemd"]["units"].as_array_mut().unwrap();
    units.retain(|it| it["name"] != "var-lib-etcd.mount");
    let bare = Object::from_value(bare).unwrap();
    let mut there = rolling_out(with_nodes(), next).with_objects([bare.clone()]);
    there.remove(&ObjectRef::cluster(Kind::MachineConfig, "00-etcd-disk"));
    let lost = |there: &Snapshot| {
        let status = assess(there);
        let is_it =
            |it: &&Finding| it.message.contains("an etcd there starts with an empty directory");
        let mut found = status.findings.iter().filter(is_it);
        let next = status.next.map(|it| it.to_string());
        (found.next().map(|it| (it.message.clone(), it.hint.as_ref().unwrap().to_string())), next)
    };
    let (found, command) = lost(&there);
    let (message, hint) = found.unwrap();
    assert!(
        message.contains("the 2 etcd nodes with another configuration lose the mount"),
        "{message}"
    );
    let pause = "oc patch machineconfigpool/etcd --type=merge -p '{\"spec\":{\"paused\":true}}'";
    assert_eq!(hint, format!("pause the pool now: {pause}; then: oc etcd init"));
    assert_eq!(command.as_deref(), Some(pause));
    // A node that has rebooted has lost the mount already.
    let mut body = node("n0", next, "True").into_body();
    body["metadata"]["annotations"][names::CURRENT_CONFIG] = next.into();
    body["metadata"]["annotations"][names::CONFIG_STATE] = "Done".into();
    let first = there.clone().with_objects([Object::from_value(body).unwrap()]);
    let message = lost(&first).0.unwrap().0;
    assert!(
        message.contains("the etcd node with another configuration loses the mount"),
        "{message}"
    );
    // Nothing rolls out of a paused pool, and the next command creates the object again.
    let (found, command) = lost(&paused(there.clone()));
    assert_eq!((found, command.as_deref()), (None, Some("oc etcd init")));
    assert_eq!(lost(&rolling_out(there, rendered)).0, None);
}
