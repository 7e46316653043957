//! What `remove-machine` and `teardown` plan and say: as files under tests/golden, and for every cluster.

use std::collections::BTreeSet;

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::{Snapshot, Unreadable, UnreadableReason, is_ours};
use oc_etcd::openshift::members;
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd::plan::remove_machine::{self, Absent, RemoveMachineRequest};
use oc_etcd::plan::{Change, Plan, teardown};
use oc_etcd::report::style::Style;
use oc_etcd::report::{self, Format};
use oc_etcd::status::assess;
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Value, json};

use crate::golden_file::{self, Folder};
use crate::property::{self, Scene, writes};
use crate::snapshot::{self, TOOL_VERSION};
use crate::unexpected::config;

const CLUSTERS: [&str; 3] = ["4.10", "4.16", "4.20"];

/// The folders of golden files that are this module's.
pub(crate) fn folders() -> impl Iterator<Item = String> {
    CLUSTERS.iter().map(|cluster| format!("removal-{cluster}"))
}

/// A cluster after `init`, with machines that have become Nodes.
pub(crate) fn with_machines(cluster: &str, zones: &[&str]) -> Snapshot {
    let before = snapshot::load(cluster, &[]);
    let plan = init::plan(&before, &InitRequest::new(TOOL_VERSION));
    let after = snapshot::generated(snapshot::carried_out(before, &plan));
    joined(snapshot::rendered(after), zones)
}

/// The same cluster with one more machine in each zone, each a Node that is Ready.
fn joined(snapshot: Snapshot, zones: &[&str]) -> Snapshot {
    let zones = zones.iter().map(|&it| it.to_owned()).collect();
    let plan = add_machine::plan(&snapshot, &AddMachineRequest::new(zones, TOOL_VERSION));
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    let names: Vec<String> = plan.writes().map(|step| step.object.name.clone()).collect();
    let mut snapshot = snapshot::carried_out(snapshot, &plan);
    for (number, name) in names.iter().enumerate() {
        let address = format!("10.0.200.{number}");
        let node = format!("ip-10-0-200-{number}.ec2.internal");
        let addresses = json!([{"type": "InternalIP", "address": address}]);
        let machine = snapshot.get(&machine(name)).unwrap().clone();
        let status = json!({
            "phase": "Running",
            "addresses": addresses,
            "nodeRef": {"kind": "Node", "name": node},
        });
        snapshot.insert(machine.with("status", status));
        let conditions = json!([{"type": "Ready", "status": "True"}]);
        let node = Object::new(ObjectRef::cluster(Kind::Node, node))
            .with_labels([(names::NODE_ROLE_ETCD, "")])
            .with_annotations([(
                names::NODE_MACHINE,
                format!("openshift-machine-api/{name}").as_str(),
            )])
            .with("status", json!({"addresses": addresses, "conditions": conditions}));
        snapshot.insert(node);
    }
    snapshot
}

pub(crate) fn machine(name: &str) -> ObjectRef {
    ObjectRef::namespaced(Kind::Machine, names::MACHINE_NAMESPACE, name)
}

/// The same cluster with one object changed.
pub(crate) fn changed(
    snapshot: &Snapshot,
    reference: &ObjectRef,
    change: impl FnOnce(&mut Value),
) -> Snapshot {
    let mut body = snapshot.get(reference).unwrap().body().clone();
    change(&mut body);
    snapshot.clone().with_objects([Object::from_value(body).unwrap()])
}

fn disowned(snapshot: &Snapshot, reference: &ObjectRef) -> Snapshot {
    changed(snapshot, reference, |it| {
        it["metadata"]["labels"][names::MANAGED_BY.0] = Value::Null;
    })
}

/// The cluster after a plan was carried out and the controllers have followed.
fn gone(snapshot: &Snapshot, plan: &Plan) -> Snapshot {
    let removed =
        |step: &&oc_etcd::plan::Step| matches!(step.change, Change::Remove { .. } | Change::Follow);
    let mut after = snapshot::carried_out(snapshot.clone(), plan);
    for step in plan.steps.iter().filter(removed) {
        let object = snapshot.get(&step.object).unwrap();
        if let Some(node) = snapshot.node_of(object).filter(|_| step.object.kind == Kind::Machine) {
            after.remove(node.reference());
        }
        after.remove(&step.object);
    }
    if after.pool(names::ETCD).is_none() {
        after.remove(&ObjectRef::cluster(Kind::MachineConfig, snapshot::RENDERED));
    }
    after
}

fn text(plan: &Plan, format: Format) -> String {
    let mut out = Vec::new();
    report::plan::write(plan, format, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(crate) fn remove(snapshot: &Snapshot, names: &[&str], confirmed: &[&str]) -> Plan {
    let request = RemoveMachineRequest {
        names: names.iter().map(|&it| it.to_owned()).collect(),
        confirmed: confirmed.iter().map(|&it| it.to_owned()).collect(),
        absent: Absent::Mistake,
    };
    remove_machine::plan(&with_pods_read(snapshot), &request).unwrap()
}

/// Plans `teardown` as the command does.
pub(crate) fn tear_down(snapshot: &Snapshot) -> Plan {
    teardown::plan(&with_pods_read(snapshot))
}

/// The same cluster, of which a removal has read the Pods on every Node.
pub(crate) fn with_pods_read(snapshot: &Snapshot) -> Snapshot {
    let mut read = snapshot.clone();
    for node in snapshot.all(Kind::Node) {
        read.insert_pods_of(node.name());
    }
    for name in snapshot.all(Kind::Machine).filter_map(|it| snapshot.node_name_of(it)) {
        read.insert_pods_of(name);
    }
    read
}

pub(crate) const FIRST: &str = "lab-x99n4-etcd-0";
pub(crate) const SECOND: &str = "lab-x99n4-etcd-1";
/// The Node of the first machine.
const NODE: &str = "ip-10-0-200-0.ec2.internal";

/// The same cluster with these members of etcd: in the list, and in the count of etcd's operator.
fn with_members(snapshot: &Snapshot, addresses: &[&str]) -> Snapshot {
    let data: serde_json::Map<String, Value> =
        addresses.iter().enumerate().map(|(id, it)| (format!("8e9{id}"), (*it).into())).collect();
    let listed = changed(snapshot, &members::endpoints(), |it| it["data"] = Value::Object(data));
    let message = format!("{} members are available", addresses.len());
    with_condition(&listed, "EtcdMembersAvailable", "True", &message)
}

/// The same cluster with one condition of etcd's operator as told.
fn with_condition(snapshot: &Snapshot, kind: &str, status: &str, message: &str) -> Snapshot {
    changed(snapshot, &ObjectRef::cluster(Kind::Etcd, "cluster"), |it| {
        let conditions = it["status"]["conditions"].as_array_mut().unwrap();
        conditions.retain(|it| it["type"] != kind);
        conditions.push(json!({"type": kind, "status": status, "message": message}));
    })
}

/// The same cluster with a Pod on a Node.
fn with_pod(snapshot: &Snapshot, namespace: &str, node: &str, spec: &Value) -> Snapshot {
    let mut spec = spec.clone();
    spec["nodeName"] = node.into();
    let pod = Object::new(ObjectRef::namespaced(Kind::Pod, namespace, "p")).with("spec", spec);
    snapshot.clone().with_objects([pod])
}

/// The MachineSet of the first machine.
fn machine_set(replicas: impl Into<Value>, labels: &Value) -> Object {
    let reference = ObjectRef::namespaced(Kind::MachineSet, names::MACHINE_NAMESPACE, "etcd-a");
    let template = json!({"metadata": {"labels": labels}});
    Object::new(reference).with("spec", json!({"replicas": replicas.into(), "template": template}))
}

/// The same cluster in a state that keeps the first machine, or is to be told of.
fn state(snapshot: &Snapshot, name: &str) -> Snapshot {
    let without = |reference: &ObjectRef| {
        let mut rest = snapshot.clone();
        rest.remove(reference);
        rest
    };
    match name {
        "foreign" => disowned(snapshot, &machine(FIRST)),
        "machine-set" => {
            let of_set = changed(&disowned(snapshot, &machine(FIRST)), &machine(FIRST), |it| {
                it["metadata"]["ownerReferences"] =
                    json!([{"kind": "MachineSet", "name": "etcd-a"}]);
            });
            let labels = json!({names::MACHINE_ROLE: names::ETCD});
            of_set.with_objects([machine_set(3, &labels)])
        }
        "member" => {
            with_members(snapshot, &["10.0.12.34", "10.0.55.101", "10.0.80.7", "10.0.200.0"])
        }
        "unknown-members" => without(&members::endpoints()),
        "learner" => {
            with_condition(snapshot, "EtcdMembersAvailable", "True", "4 members are available")
        }
        "etcd-pod" => {
            with_pod(snapshot, "elsewhere", NODE, &json!({"containers": [{"name": "etcd"}]}))
        }
        "held" => changed(snapshot, &machine(FIRST), |it| {
            let hook = json!([{"name": "migrate", "owner": "storage"}]);
            it["spec"]["lifecycleHooks"]["preDrain"] = hook;
            it["metadata"]["finalizers"] =
                json!(["machine.machine.openshift.io", "example.com/keep"]);
        }),
        "going" => changed(snapshot, &machine(FIRST), |it| {
            it["metadata"]["deletionTimestamp"] = "2024-08-21T11:59:00Z".into();
        }),
        "node-left" => without(&machine(FIRST)),
        _ => snapshot.clone(),
    }
}

/// Clusters, each with the name of a machine to remove, in which every check of a removal finds something.
pub(crate) fn scenes() -> Vec<(Snapshot, &'static str)> {
    let three = with_machines("4.16", &["us-east-1a", "us-east-1b", "us-east-1c"]);
    let mut scenes: Vec<(Snapshot, &str)> =
        ["", "foreign", "member", "unknown-members", "learner", "held", "node-left"]
            .map(|name| (state(&three, name), FIRST))
            .into();
    scenes.push((three.clone(), "lab-x99n4-master-0"));
    scenes.push((with_machines("4.16", &["us-east-1a"]), FIRST));
    let worker = changed(&three, &machine(SECOND), |it| {
        it["metadata"]["labels"][names::MACHINE_ROLE] = "worker".into();
    });
    scenes.push((worker, SECOND));
    let stuck = changed(&state(&three, "held"), &machine(FIRST), |it| {
        it["metadata"]["deletionTimestamp"] = "2024-08-21T08:00:00Z".into();
    });
    scenes.push((stuck, FIRST));
    scenes
}

fn folder(cluster: &str) -> Folder {
    let mut folder = Folder::new(&format!("removal-{cluster}"));
    let snapshot = with_machines(cluster, &["us-east-1a", "us-east-1b", "us-east-1c"]);
    let mut add =
        |name: &str, plan: &Plan| folder.add(format!("{name}.txt"), text(plan, Format::Human));
    add("remove-one", &remove(&snapshot, &[FIRST], &[]));
    add("remove-all", &remove(&snapshot, &[FIRST, SECOND, "lab-x99n4-etcd-2"], &[]));
    add("remove-master", &remove(&snapshot, &["lab-x99n4-master-0"], &[]));
    let foreign = state(&snapshot, "foreign");
    add("remove-foreign", &remove(&foreign, &[FIRST, SECOND], &[]));
    add("remove-foreign-confirmed", &remove(&foreign, &[FIRST, SECOND], &[FIRST]));
    let of_set = state(&snapshot, "machine-set");
    add("remove-machine-set", &remove(&of_set, &[FIRST], &[FIRST]));
    let member = state(&snapshot, "member");
    add("remove-member", &remove(&member, &[FIRST, SECOND], &[]));
    for name in ["unknown-members", "learner", "etcd-pod", "held", "going", "node-left"] {
        add(&format!("remove-{name}"), &remove(&state(&snapshot, name), &[FIRST], &[]));
    }
    let node_left = state(&snapshot, "node-left");

    let plan = tear_down(&snapshot);
    add("teardown", &plan);
    let after = gone(&snapshot, &plan);
    add("teardown-again", &tear_down(&after));
    add("teardown-foreign-machine", &tear_down(&foreign));
    add("teardown-machine-set", &tear_down(&of_set));
    add("teardown-member", &tear_down(&member));
    add("teardown-node-left", &tear_down(&node_left));
    let pool = ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD);
    add("teardown-foreign-pool", &tear_down(&disowned(&snapshot, &pool)));
    let kubelet = ObjectRef::cluster(Kind::MachineConfig, "01-etcd-kubelet");
    add("teardown-foreign-machine-config", &tear_down(&disowned(&snapshot, &kubelet)));
    add("teardown-nothing", &tear_down(&snapshot::load(cluster, &[])));
    folder.add("teardown.json", text(&plan, Format::Json));
    folder
}

#[test]
fn every_removal_gives_the_plan_and_the_words_that_are_kept() {
    let complaints: Vec<String> =
        CLUSTERS.iter().flat_map(|cluster| folder(cluster).complaints()).collect();
    golden_file::expect_none(&complaints);
}

#[test]
fn addresses_of_members_are_known_however_they_are_written() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    for (of_machine, of_member, expected) in [
        ("10.0.200.0", "10.0.200.0", true),
        ("10.0.200.0", "10.0.200.1", false),
        ("fd00::1", "[fd00::1]", true),
        ("fd00:0:0::1", "fd00::1", true),
        ("FD00::A", "[fd00::a]", true),
    ] {
        let at = changed(&snapshot, &machine(FIRST), |it| {
            it["status"]["addresses"] = json!([{"type": "InternalIP", "address": of_machine}]);
        });
        let at = with_members(&at, &[of_member]);
        let plan = remove(&at, &[FIRST], &[]);
        assert_eq!(plan.is_blocked(), expected, "{of_machine} {of_member}: {:?}", plan.findings);
    }
}

/// The blockers of a plan, as `id: subject: message`.
pub(crate) fn blockers(plan: &Plan) -> String {
    let blockers = plan.findings.iter().filter(|it| it.severity == Severity::Blocker);
    let line = |it: &Finding| format!("{}: {}: {}", it.check, it.subject, it.message);
    blockers.map(line).collect::<Vec<_>>().join("\n")
}

/// Expects a machine to stay, for `remove-machine` and for `teardown`.
fn expect_to_stay(scenes: Vec<(Snapshot, String)>) {
    for (snapshot, expected) in scenes {
        for plan in [remove(&snapshot, &[FIRST], &[FIRST]), tear_down(&snapshot)] {
            let found = blockers(&plan);
            assert!(found.contains(&expected), "{expected}\nnot in\n{found}");
        }
    }
}

/// The same cluster for somebody who may not read something.
fn unread(snapshot: &Snapshot, what: &str, kind: Kind) -> Snapshot {
    let mut unread = snapshot.clone();
    let reason = UnreadableReason::Forbidden;
    unread.unreadable.push(Unreadable { what: what.to_owned(), kind, reason });
    unread
}

/// The hints of a plan about the first machine.
fn hints(plan: &Plan) -> Vec<String> {
    let found = plan.findings.iter().filter(|it| it.subject == machine(FIRST).to_string());
    found.filter_map(|it| it.hint.as_ref().map(ToString::to_string)).collect()
}

#[test]
fn a_machine_set_loses_only_the_machine_that_is_removed() {
    let with = |set: Object| {
        let three = with_machines("4.16", &["us-east-1a", "us-east-1b", "us-east-1c"]);
        state(&three, "machine-set").with_objects([set])
    };
    let role = |role: &str| json!({names::MACHINE_ROLE: role});
    let withheld = json!({"_REDACTED": "x"});
    let label = |it: &str| {
        format!(
            "oc label machine.machine.openshift.io/{FIRST} -n openshift-machine-api {}{it}",
            names::MACHINE_ROLE
        )
    };
    let unknown =
        "oc get machineset.machine.openshift.io/etcd-a -n openshift-machine-api -o yaml".to_owned();
    for (set, expected) in [
        (machine_set(4, &role("etcd")), "--current-replicas=4 --replicas=3".to_owned()),
        (machine_set(4, &role("worker")), label("=worker --overwrite")),
        (machine_set(4, &json!({})), label("-")),
        (machine_set(4, &withheld), unknown.clone()),
        (machine_set(4, &role("x-name-0000000001-x")), unknown.clone()),
        (machine_set(withheld.clone(), &role("etcd")), unknown),
    ] {
        let snapshot = with(set);
        for plan in [remove(&snapshot, &[FIRST], &[FIRST]), tear_down(&snapshot)] {
            let hints = hints(&plan);
            assert!(hints.iter().any(|it| it.ends_with(&expected)), "{expected}: {hints:?}");
        }
    }
    let mut unread = with(machine_set(4, &role("etcd")));
    unread.remove(&ObjectRef::namespaced(Kind::MachineSet, names::MACHINE_NAMESPACE, "etcd-a"));
    for plan in [remove(&unread, &[FIRST], &[FIRST]), tear_down(&unread)] {
        assert!(hints(&plan).iter().all(|it| !it.contains("--replicas")), "{:?}", hints(&plan));
    }
}

#[test]
fn a_machine_with_a_member_has_no_hint_to_delete_it() {
    let three = with_machines("4.16", &["us-east-1a", "us-east-1b", "us-east-1c"]);
    for member in ["member", "unknown-members", "learner", "etcd-pod"] {
        let snapshot = state(&state(&three, "machine-set"), member);
        for plan in [remove(&snapshot, &[FIRST], &[FIRST]), tear_down(&snapshot)] {
            assert!(plan.is_blocked());
            let hints = hints(&plan);
            assert!(hints.iter().all(|it| !it.contains("delete-machine=true")), "{hints:?}");
        }
    }
}

#[test]
fn the_hint_about_a_pod_says_what_takes_the_pod_off_its_node() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    let reference = ObjectRef::namespaced(Kind::Pod, "mine", "p");
    let pod = with_pod(&snapshot, "mine", NODE, &json!({"containers": [{"name": "etcd"}]}));
    for (owners, expected) in [
        (json!([]), "then delete the pod: oc delete pod/p -n mine".to_owned()),
        (
            json!([{"kind": "ReplicaSet", "name": "r"}]),
            format!(
                "then move the pod to another Node: oc adm cordon {NODE} && oc delete pod/p -n mine"
            ),
        ),
        (
            json!([{"kind": "DaemonSet", "name": "backup"}]),
            "then exclude the Node with a node affinity or a node selector: oc edit daemonset/backup -n mine"
                .to_owned(),
        ),
        (
            json!([
                {"kind": "Backup", "name": "daily"},
                {"kind": "Node", "name": NODE, "controller": true},
            ]),
            format!(
                "then remove the manifest of this static pod from /etc/kubernetes/manifests: oc debug node/{NODE}"
            ),
        ),
    ] {
        let snapshot =
            changed(&pod, &reference, |it| it["metadata"]["ownerReferences"] = owners.clone());
        let plan = remove(&snapshot, &[FIRST], &[]);
        let found = plan.findings.iter().find(|it| it.check == Check::CarriesEtcdMember).unwrap();
        let hint = found.hint.as_deref().unwrap();
        assert!(hint.ends_with(&expected), "{hint}");
    }
    let node = ObjectRef::cluster(Kind::Node, NODE);
    let dead =
        changed(&pod, &node, |it| it["status"]["conditions"][0]["status"] = "Unknown".into());
    let plan = remove(&dead, &[FIRST], &[]);
    let found = plan.findings.iter().find(|it| it.check == Check::CarriesEtcdMember).unwrap();
    let hint = found.hint.as_deref().unwrap();
    assert!(hint.ends_with("oc delete pod/p -n mine --force --grace-period=0"), "{hint}");
}

#[test]
fn the_machines_of_one_machine_set_that_go_together_leave_the_others() {
    let names = [FIRST, SECOND, "lab-x99n4-etcd-2"];
    let three = with_machines("4.16", &["us-east-1a", "us-east-1b", "us-east-1c"]);
    let of_set = names.iter().fold(three, |snapshot, name| {
        changed(&snapshot, &machine(name), |it| {
            it["metadata"]["ownerReferences"] = json!([{"kind": "MachineSet", "name": "etcd-a"}]);
        })
    });
    let of_set = of_set.with_objects([machine_set(3, &json!({names::MACHINE_ROLE: names::ETCD}))]);
    let plan = remove(&of_set, &[FIRST, SECOND], &[]);
    let hints = plan.findings.iter().filter(|it| it.check == Check::ForeignMachine);
    let hints: Vec<&str> = hints.filter_map(|it| it.hint.as_deref()).collect();
    assert_eq!(hints.len(), 2);
    assert!(hints.iter().all(|it| it.ends_with("--replicas=1")), "{hints:?}");
}

#[test]
fn a_machine_stays_when_a_hook_or_a_pod_shows_a_member_on_it() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    assert_eq!(blockers(&remove(&snapshot, &[FIRST], &[])), "");
    let hook = |hook: Value| {
        changed(&snapshot, &machine(FIRST), |it| {
            it["spec"]["lifecycleHooks"]["preDrain"] = json!([hook]);
        })
    };
    let pod = |namespace: &str, spec: &Value| with_pod(&snapshot, namespace, NODE, spec);
    let data = json!({
        "containers": [{"name": "c"}],
        "volumes": [{"name": "d", "hostPath": {"path": "/var/lib/etcd"}}],
    });
    let carries = "carries-etcd-member: machine/lab-x99n4-etcd-0: ";
    expect_to_stay(vec![
        (
            hook(json!({"name": "x", "owner": "clusteroperator/etcd"})),
            format!("{carries}etcd's operator"),
        ),
        (hook(json!({"name": "EtcdQuorumOperator"})), format!("{carries}etcd's operator")),
        (
            pod("openshift-etcd", &json!({"containers": [{"name": "etcd"}]})),
            format!(
                "{carries}pod/p runs on its Node {NODE}: the container etcd runs etcd, as far as"
            ),
        ),
        (
            pod("mine", &json!({"containers": [{"name": "a", "command": ["/usr/bin/etcd"]}]})),
            format!("{carries}pod/p runs on its Node {NODE}: the container a runs etcd, as far as"),
        ),
        (
            pod("mine", &data),
            format!(
                "{carries}pod/p runs on its Node {NODE}: the Pod uses /var/lib/etcd of the Node"
            ),
        ),
        (
            pod("mine", &json!({})),
            format!("{carries}pod/p runs on its Node {NODE}: the containers"),
        ),
        (
            unread(&snapshot, "pods", Kind::Pod),
            "permission-denied: you: you may not list pods".to_owned(),
        ),
        (
            unread(&snapshot, "etcd/cluster", Kind::Etcd),
            "permission-denied: you: you may not get etcds.operator.openshift.io cluster"
                .to_owned(),
        ),
        (
            unread(&snapshot, "configmap/etcd-endpoints", Kind::ConfigMap),
            "permission-denied: you: you may not get configmaps etcd-endpoints in openshift-etcd"
                .to_owned(),
        ),
    ]);
    // Who wants to know how to ask for that right is told of all namespaces.
    let hints = remove(&unread(&snapshot, "pods", Kind::Pod), &[FIRST], &[]).findings;
    let hint = hints.iter().find_map(|it| it.hint.as_deref()).unwrap();
    assert!(hint.ends_with("oc auth can-i list pods --all-namespaces"), "{hint}");
}

#[test]
fn a_machine_that_is_not_linked_to_its_node_stays_when_an_etcd_runs_there() {
    let linked = with_machines("4.16", &["us-east-1a"]);
    let unlinked = changed(&linked, &machine(FIRST), |it| it["status"]["nodeRef"] = Value::Null);
    let node = ObjectRef::cluster(Kind::Node, NODE);
    let unlinked = changed(&unlinked, &node, |it| it["metadata"]["annotations"] = Value::Null);
    let etcd = json!({"containers": [{"name": "etcd"}]});
    let carries = format!("carries-etcd-member: machine/{FIRST}: pod/p runs on its Node {NODE}");
    expect_to_stay(vec![(with_pod(&unlinked, "mine", NODE, &etcd), carries.clone())]);
    // A Node without the role is not read.
    let named = changed(&unlinked, &machine(FIRST), |it| {
        let addresses = it["status"]["addresses"].as_array_mut().unwrap();
        addresses.push(json!({"type": "InternalDNS", "address": NODE}));
    });
    let mut named = with_pod(&named, "mine", NODE, &etcd);
    named.remove(&node);
    expect_to_stay(vec![(named, carries)]);
    // The Node has registered again, under another name than the one that the Machine names.
    let mut body = linked.get(&node).unwrap().clone().into_body();
    body["metadata"]["name"] = "renamed".into();
    let mut renamed = linked.clone().with_objects([Object::from_value(body).unwrap()]);
    renamed.remove(&node);
    for name in ["renamed", NODE] {
        let carries =
            format!("carries-etcd-member: machine/{FIRST}: pod/p runs on its Node {name}");
        expect_to_stay(vec![(with_pod(&renamed, "mine", name, &etcd), carries)]);
    }
    assert_eq!(blockers(&tear_down(&renamed)), "");
    let elsewhere = with_pod(&unlinked, "mine", "ip-10-0-0-9.ec2.internal", &etcd);
    assert_eq!(blockers(&remove(&elsewhere, &[FIRST], &[])), "");
    // A Machine that was created again from a file has no status until the Machine API has looked.
    let restored = changed(&unlinked, &machine(FIRST), |it| {
        it["status"] = Value::Null;
        it["spec"]["providerID"] = "aws:///us-east-1a/i-0".into();
    });
    let mut restored = with_pod(&restored, "mine", NODE, &etcd);
    restored.remove(&node);
    let unknown = format!("unreadable: machine/{FIRST}: the machine has no known address");
    expect_to_stay(vec![(restored, unknown)]);
}

#[test]
fn a_machine_whose_node_was_deleted_stays_as_long_as_its_instance_may_exist() {
    let mut deleted = with_machines("4.16", &["us-east-1a"]);
    deleted.remove(&ObjectRef::cluster(Kind::Node, NODE));
    let unknown = format!(
        "carries-etcd-member: machine/{FIRST}: its Node {NODE} does not exist, so it is unknown"
    );
    let with = |status: &str| {
        changed(&deleted, &machine(FIRST), |it| {
            let condition = json!({"type": "InstanceExists", "status": status});
            it["status"]["conditions"] = json!([condition]);
            it["status"]["phase"] = "Failed".into();
        })
    };
    let (exists, unasked) = (with("True"), with("Unknown"));
    expect_to_stay([&deleted, &exists, &unasked].map(|it| (it.clone(), unknown.clone())).into());
    assert_eq!(blockers(&remove(&with("False"), &[FIRST], &[])), "");
    assert_eq!(blockers(&tear_down(&with("False"))), "");
    // Until the Pod is collected, it is named, and nobody can debug a Node that does not exist.
    let etcd = json!({"containers": [{"name": "etcd"}]});
    let listed = with_pod(&deleted, "mine", NODE, &etcd);
    let carries = format!("carries-etcd-member: machine/{FIRST}: pod/p runs on its Node {NODE}");
    for plan in [remove(&listed, &[FIRST], &[]), tear_down(&listed)] {
        assert!(blockers(&plan).contains(&carries), "{}", blockers(&plan));
        assert!(hints(&plan)[0].contains("restart the kubelet"), "{:?}", hints(&plan));
    }
}

#[test]
fn a_node_without_a_machine_is_neither_deleted_nor_relabeled_while_a_member_may_run_there() {
    let masters = ["10.0.12.34", "10.0.55.101", "10.0.80.7"];
    let with = |snapshot: &Snapshot, address: &str| {
        with_members(snapshot, &[&masters[..], &[address]].concat())
    };
    let etcd = json!({"containers": [{"name": "etcd"}]});
    let all_hints = |plan: &Plan| -> Vec<String> {
        plan.findings.iter().filter_map(|it| it.hint.as_ref().map(ToString::to_string)).collect()
    };

    // A Node that never had a Machine.
    let addresses = json!([{"type": "InternalIP", "address": "10.0.200.9"}]);
    let upi = Object::new(ObjectRef::cluster(Kind::Node, "upi"))
        .with_labels([(names::NODE_ROLE_ETCD, ""), (names::NODE_ROLE_WORKER, "")])
        .with("status", json!({"addresses": addresses}));
    let free = with_machines("4.16", &[]).with_objects([upi]);
    let relabels =
        |it: &Snapshot| all_hints(&tear_down(it)).iter().any(|it| it.contains("oc label node/upi"));
    assert!(relabels(&free));
    for (snapshot, expected) in [
        (
            with(&free, "10.0.200.9"),
            "carries-etcd-member: node/upi: an etcd member runs on the Node",
        ),
        (
            with_pod(&free, "mine", "upi", &etcd),
            "carries-etcd-member: node/upi: pod/p runs on the Node upi: the container etcd",
        ),
        (state(&free, "learner"), "etcd-unhealthy: etcd/cluster: the operator counts 4 members"),
        (unread(&free, "pods", Kind::Pod), "permission-denied: you: you may not list pods"),
    ] {
        let found = blockers(&tear_down(&snapshot));
        assert!(found.contains(expected), "{expected}\nnot in\n{found}");
        assert!(!relabels(&snapshot), "{expected}");
    }

    // A Node whose Machine is deleted.
    let left = state(&with_machines("4.16", &["us-east-1a"]), "node-left");
    let deletes = |plan: &Plan| all_hints(plan).iter().any(|it| it.contains("oc delete node"));
    assert!(deletes(&remove(&left, &[FIRST], &[])));
    // `status` reads no Pods of other namespaces, and names the command that does.
    let found = assess(&left, TOOL_VERSION).findings;
    let found = found.iter().find(|it| it.check == Check::NodeWithoutPool).unwrap();
    let hint = found.hint.as_ref().unwrap().to_string();
    assert_eq!(hint, format!("oc etcd remove-machine {FIRST} --dry-run=client"));
    for snapshot in [with(&left, "10.0.200.0"), with_pod(&left, "mine", NODE, &etcd)] {
        for plan in [remove(&snapshot, &[FIRST], &[]), tear_down(&snapshot)] {
            let expected = format!("carries-etcd-member: node/{NODE}: ");
            assert!(blockers(&plan).contains(&expected), "{:?}", plan.findings);
            assert!(!deletes(&plan), "{:?}", plan.findings);
        }
    }
}

#[test]
fn no_machine_set_is_scaled_down_while_a_machine_of_it_has_a_member() {
    let set = machine_set(1, &json!({names::MACHINE_ROLE: names::ETCD}));
    let owner = json!([{"apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet", "name": set.name(),
        "controller": true}]);
    let mut body = set.into_body();
    body["spec"]["template"]["spec"]["providerSpec"]["value"]["userDataSecret"]["name"] =
        names::ETCD_USER_DATA.into();
    let of_set = changed(&with_machines("4.16", &["us-east-1a"]), &machine(FIRST), |it| {
        it["metadata"]["ownerReferences"] = owner.clone();
    });
    let free = of_set.with_objects([Object::from_value(body).unwrap()]);
    let scales = |it: &Snapshot| {
        let plan = tear_down(it);
        assert!(plan.is_blocked());
        hints(&plan).iter().filter(|it| it.contains("--replicas=0")).count()
    };
    assert!(scales(&free) > 0);
    let etcd = json!({"containers": [{"name": "etcd"}]});
    assert_eq!(scales(&with_pod(&free, "mine", NODE, &etcd)), 0);
    let mut unread = free.clone();
    unread.remove(&machine(FIRST));
    assert_eq!(scales(&unread), 0);
}

#[test]
fn a_node_that_no_other_pool_selects_is_never_left_without_a_role() {
    let snapshot = with_machines("4.16", &[]);
    let addresses = json!([{"type": "InternalIP", "address": "10.0.200.9"}]);
    for (roles, expected) in [
        (
            &["etcd"][..],
            "oc label node/n node-role.kubernetes.io/worker= node-role.kubernetes.io/etcd-",
        ),
        (&["etcd", "infra"], "node-role.kubernetes.io/worker= node-role.kubernetes.io/etcd-"),
        (&["etcd", "worker"], "oc label node/n node-role.kubernetes.io/etcd-"),
        (&["etcd", "master"], "oc label node/n node-role.kubernetes.io/etcd-"),
    ] {
        let labels: Vec<String> =
            roles.iter().map(|it| format!("{}{it}", names::NODE_ROLE_PREFIX)).collect();
        let node = Object::new(ObjectRef::cluster(Kind::Node, "n"))
            .with_labels(labels.iter().map(|it| (it.as_str(), "")))
            .with("status", json!({"addresses": addresses}));
        let plan = tear_down(&snapshot.clone().with_objects([node]));
        let found = plan.findings.iter().find(|it| it.check == Check::NodeWithoutPool).unwrap();
        let hint = found.hint.as_deref().unwrap();
        assert!(hint.ends_with(expected), "{hint}");
    }
}

#[test]
fn every_machine_stays_as_long_as_it_is_unknown_where_members_run() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    let said =
        |kind: &str, status: &str, message: &str| with_condition(&snapshot, kind, status, message);
    let without = |reference: &ObjectRef| {
        let mut rest = snapshot.clone();
        rest.remove(reference);
        rest
    };
    let overridden = |overrides: &Value| {
        changed(&snapshot, &ObjectRef::cluster(Kind::ClusterVersion, "version"), |it| {
            it["spec"]["overrides"] = overrides.clone();
        })
    };
    let of_console = json!([{"kind": "Deployment", "name": "console-operator", "unmanaged": true}]);
    assert_eq!(blockers(&remove(&overridden(&of_console), &[FIRST], &[])), "");
    let doubted = "etcd-unhealthy: etcd/cluster: ";
    expect_to_stay(vec![
        (
            state(&snapshot, "learner"),
            format!("{doubted}the operator counts 4 members but configmap/etcd"),
        ),
        (
            said("EtcdMembersDegraded", "True", "x is unhealthy"),
            format!("{doubted}EtcdMembersDegraded is True: x is unhealthy, so it is unknown"),
        ),
        (
            said("EtcdMembersProgressing", "True", "x has not started"),
            format!("{doubted}EtcdMembersProgressing is True: x has not started, so it is unknown"),
        ),
        (
            said("EtcdMembersDegraded", "Unknown", ""),
            format!("{doubted}EtcdMembersDegraded is Unknown"),
        ),
        (said("EtcdEndpointsDegraded", "True", "no"), format!("{doubted}EtcdEndpointsDegraded is")),
        (
            said("EtcdMembersAvailable", "True", "yes"),
            format!("{doubted}the number of members cannot be"),
        ),
        (
            without(&ObjectRef::cluster(Kind::Etcd, "cluster")),
            format!("{doubted}the object does not exist"),
        ),
        (
            changed(&snapshot, &ObjectRef::cluster(Kind::Etcd, "cluster"), |it| {
                it["spec"]["managementState"] = "Unmanaged".into();
            }),
            format!("{doubted}managementState is Unmanaged: the operator does not manage the"),
        ),
        (
            overridden(&json!([
                {"kind": "Deployment", "name": "etcd-operator", "unmanaged": true},
            ])),
            "etcd-unhealthy: clusterversion/version: ClusterVersion leaves the deployment etcd-operator".to_owned(),
        ),
        (
            changed(&snapshot, &ObjectRef::cluster(Kind::ClusterOperator, "etcd"), |it| {
                it["status"]["conditions"] = json!([{"type": "Available", "status": "Unknown"}]);
            }),
            "etcd-unhealthy: clusteroperator/etcd: the condition Available is Unknown".to_owned(),
        ),
        (
            without(&ObjectRef::cluster(Kind::ClusterOperator, "etcd")),
            "unreadable: clusteroperator/etcd: the object does not exist, so it is unknown".to_owned(),
        ),
        (
            overridden(&json!([{"_REDACTED": "x"}])),
            "unreadable: clusterversion/version: an entry of the overrides is withheld".to_owned(),
        ),
        (
            changed(&snapshot, &members::endpoints(), |it| {
                it["data"] = json!({"a": "10.0.12.34", "b": {}});
            }),
            "unreadable: configmap/etcd-endpoints: the addresses of the members".to_owned(),
        ),
    ]);
}

/// The Machine with the label of another cluster, from which it was restored.
fn restored(snapshot: &Snapshot, name: &str) -> Snapshot {
    changed(snapshot, &machine(name), |it| {
        it["metadata"]["labels"][names::MACHINE_CLUSTER] = "other-b7k2p".into();
    })
}

#[test]
fn a_machine_of_another_cluster_is_not_ours() {
    let own = with_machines("4.16", &["us-east-1a"]);
    let snapshot = restored(&own, FIRST);
    let label = format!("machine/{FIRST}: the label {} names", names::MACHINE_CLUSTER);
    let zones = vec!["us-east-1a".to_owned()];
    let add = add_machine::plan(&snapshot, &AddMachineRequest::new(zones, TOOL_VERSION));
    assert!(blockers(&add).contains(&format!("foreign-object: {label}")), "{}", blockers(&add));
    let removal = remove(&snapshot, &[FIRST], &[]);
    assert!(blockers(&removal).contains(&format!("foreign-machine: {label}")), "{removal:?}");
    assert_eq!(blockers(&remove(&snapshot, &[FIRST], &[FIRST])), "");
    let teardown = tear_down(&snapshot);
    assert!(blockers(&teardown).contains("foreign-machine: machine/"), "{}", blockers(&teardown));
    // Another Machine of the zone is of more use.
    let mut body = snapshot.get(&machine(FIRST)).unwrap().body().clone();
    body["metadata"]["name"] = "a-restored".into();
    let both = own.with_objects([Object::from_value(body).unwrap()]);
    let zones = vec!["us-east-1a".to_owned()];
    let add = add_machine::plan(&both, &AddMachineRequest::new(zones, TOOL_VERSION));
    assert_eq!(blockers(&add), "");
}

#[test]
fn teardown_removes_nothing_while_a_kind_of_the_release_is_not_served() {
    for kind in [Kind::MachineConfigPool, Kind::MachineConfig, Kind::MachineSet, Kind::Node] {
        let mut snapshot = with_machines("4.16", &["us-east-1a"]);
        let all: Vec<ObjectRef> = snapshot.all(kind).map(|it| it.reference().clone()).collect();
        for it in &all {
            snapshot.remove(it);
        }
        let (what, reason) = (kind.qualified(), UnreadableReason::NotServed);
        snapshot.unreadable.push(Unreadable { what, kind, reason });
        let plan = tear_down(&snapshot);
        let expected = format!("unreadable: {}: the API server does not serve", kind.qualified());
        assert!(blockers(&plan).contains(&expected), "{}", blockers(&plan));
        assert_eq!(plan.writes().count(), 0, "{kind}");
    }
}

#[test]
fn the_source_of_a_generated_object_is_named_with_it() {
    let snapshot = with_machines("4.20", &["us-east-1a"]);
    for (kind, config, source) in [
        ("KubeletConfig", "99-etcd-generated-kubelet", "kubeletconfig/ours"),
        (
            "ContainerRuntimeConfig",
            "99-etcd-generated-containerruntime",
            "containerruntimeconfig/ours",
        ),
    ] {
        let config = ObjectRef::cluster(Kind::MachineConfig, config);
        let owner = json!({
            "apiVersion": "machineconfiguration.openshift.io/v1",
            "kind": kind,
            "name": "ours",
            "controller": true,
        });
        let generated = Object::new(config.clone())
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
            .with_owners(vec![owner]);
        let mut snapshot = snapshot.clone();
        snapshot.insert(generated);
        let plan = tear_down(&snapshot);
        let of = |it: &&Finding| it.check == Check::ObjectsLeftBehind;
        let found =
            plan.findings.iter().filter(of).map(|it| (&*it.subject, it.hint.as_ref().unwrap()));
        let (alone, others): (Vec<_>, Vec<_>) = found.partition(|it| it.0 == config.to_string());
        let commands: Vec<String> = alone[0].1.commands().map(ToString::to_string).collect();
        assert_eq!(commands, [format!("oc delete {source}"), format!("oc delete {config}")]);
        assert!(!others[0].1.contains(config.name.as_str()), "{:?}", others[0].1);
    }
}

#[test]
fn what_runs_elsewhere_keeps_no_machine_and_neither_does_anything_one_that_never_ran() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    let etcd = json!({"containers": [{"name": "etcd"}]});
    let elsewhere = with_pod(&snapshot, "openshift-etcd", "ip-10-0-12-34.ec2.internal", &etcd);
    assert_eq!(blockers(&remove(&elsewhere, &[FIRST], &[])), "");
    let degraded = with_condition(&snapshot, "EtcdMembersDegraded", "True", "x is unhealthy");
    let failed =
        changed(&degraded, &machine(FIRST), |it| it["status"] = json!({"phase": "Failed"}));
    let mut never_ran = failed;
    never_ran.remove(&ObjectRef::cluster(Kind::Node, NODE));
    assert_eq!(blockers(&remove(&never_ran, &[FIRST], &[])), "");
    let started = changed(&never_ran, &machine(FIRST), |it| {
        it["status"]["providerStatus"]["instanceId"] = "i-0".into();
    });
    assert!(blockers(&remove(&started, &[FIRST], &[])).contains("EtcdMembersDegraded is True"));
}

#[test]
fn what_ties_an_etcd_machine_to_the_masters_has_a_way_out() {
    let three = with_machines("4.16", &["us-east-1a", "us-east-1b", "us-east-1c"]);
    let place = format!("machine.machine.openshift.io/{FIRST} -n openshift-machine-api");
    let owners = json!([
        {"kind": "Other", "name": "o"}, {"kind": "ControlPlaneMachineSet", "name": "cluster", "controller": true},
    ]);
    let owned = changed(&three, &machine(FIRST), |it| {
        it["metadata"]["ownerReferences"] = owners.clone();
    });
    let typed = changed(&three, &machine(FIRST), |it| {
        it["metadata"]["labels"][names::MACHINE_TYPE] = "master".into();
    });
    let node = three.node_of(three.get(&machine(FIRST)).unwrap()).unwrap().reference().clone();
    let labeled = changed(&three, &node, |it| {
        it["metadata"]["labels"]["node-role.kubernetes.io/control-plane"] = "".into();
    });
    let name = &node.name;
    for (snapshot, check, subject, expected) in [
        (
            owned,
            Check::MachineDiffers,
            machine(FIRST).to_string(),
            format!(
                "oc patch {place} --type=json -p '[{{\"op\":\"test\",\"path\":\"/metadata/ownerReferences/1/kind\",\
                 \"value\":\"ControlPlaneMachineSet\"}},{{\"op\":\"remove\",\"path\":\
                 \"/metadata/ownerReferences/1\"}}]'"
            ),
        ),
        (
            typed,
            Check::MachineDiffers,
            machine(FIRST).to_string(),
            format!("oc label {place} {}=etcd --overwrite", names::MACHINE_TYPE),
        ),
        (
            labeled,
            Check::MixedRoles,
            node.to_string(),
            format!(
                "oc get pods -n openshift-etcd -o wide --field-selector spec.nodeName={name}; if no Pod there runs etcd: \
                 oc label node/{name} node-role.kubernetes.io/control-plane-"
            ),
        ),
    ] {
        let plan = remove(&snapshot, &[FIRST], &[FIRST]);
        assert!(plan.is_blocked());
        assert_eq!(hints(&plan), std::slice::from_ref(&expected), "{:?}", plan.findings);
        let status = assess(&snapshot, TOOL_VERSION);
        let found = status.findings.iter().find(|it| it.check == check && it.subject == subject);
        assert_eq!(found.unwrap().hint.as_deref(), Some(expected.as_str()));
        assert_eq!(found.unwrap().severity, Severity::Warning);
    }
    // A master with the label of the role etcd is no etcd machine.
    let master = machine("lab-x99n4-master-0");
    let relabeled = changed(&three, &master, |it| {
        it["metadata"]["labels"][names::MACHINE_ROLE] = "etcd".into();
    });
    let plan = remove(&relabeled, &[&master.name], &[&master.name]);
    let found = plan.findings.iter().find(|it| it.check == Check::ControlPlaneMachine).unwrap();
    let given_back = found.hint.as_deref().unwrap();
    let role = format!("{}=master --overwrite", names::MACHINE_ROLE);
    assert!(given_back.ends_with(&role), "{given_back}");
}

#[test]
fn a_deletion_that_a_copied_hook_of_etcd_holds_is_not_waited_for() {
    let three = with_machines("4.16", &["us-east-1a", "us-east-1b", "us-east-1c"]);
    let hook = json!([{"name": "EtcdQuorumOperator", "owner": "clusteroperator/etcd"}]);
    let hooked = changed(&three, &machine(FIRST), |it| {
        it["spec"]["lifecycleHooks"] = json!({"preDrain": hook});
    });
    let patch = format!(
        "oc patch machine.machine.openshift.io/{FIRST} -n openshift-machine-api --type=json -p \
         '[{{\"op\":\"test\",\"path\":\"/spec/lifecycleHooks/preDrain/0/name\",\"value\":\"EtcdQuorumOperator\"}},\
         {{\"op\":\"remove\",\"path\":\"/spec/lifecycleHooks/preDrain/0\"}}]'"
    );
    let told = |it: &Snapshot, check: Check| {
        let found = assess(it, TOOL_VERSION).findings.into_iter().find(|it| it.check == check);
        found.map(|it| it.hint.map(|it| it.to_string()))
    };
    // Who has not read the Pods of the Node removes no hook: a Pod of another namespace may run an etcd.
    let look = Some(Some(format!("oc etcd remove-machine {FIRST} --dry-run=client")));
    assert_eq!(told(&hooked, Check::MachineDiffers), look);
    assert_eq!(told(&with_pods_read(&hooked), Check::MachineDiffers), Some(Some(patch.clone())));
    let going_since = |time: &str| {
        changed(&hooked, &machine(FIRST), |it| it["metadata"]["deletionTimestamp"] = time.into())
    };
    let going = going_since("2024-08-21T08:00:00Z");
    assert_eq!(told(&going, Check::DeletionBlocked), look);
    // It never ends, however short it has been.
    assert_eq!(told(&going_since("2024-08-21T11:59:59Z"), Check::DeletionBlocked), look);
    let plan = remove(&going, &[FIRST], &[]);
    assert_eq!((plan.is_blocked(), hints(&plan)), (true, vec![patch.clone()]));
    // The hook keeps a member.
    let node = three.node_of(three.get(&machine(FIRST)).unwrap()).unwrap();
    let etcd = json!({"containers": [{"name": "etcd", "command": ["etcd"]}]});
    for namespace in ["openshift-etcd", "clusters-a"] {
        let member = with_pod(&going, namespace, node.name(), &etcd);
        let plan = remove(&member, &[FIRST], &[]);
        assert!(plan.is_blocked() && !hints(&plan).contains(&patch), "{:?}", plan.findings);
        for it in [&member, &with_pods_read(&member)] {
            assert_eq!(told(it, Check::DeletionBlocked), look, "{namespace}");
        }
    }
}

#[test]
fn a_machine_that_is_not_there_is_named_as_kubectl_names_it() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    let names = [FIRST, "a", "b"].map(str::to_owned).to_vec();
    let request = RemoveMachineRequest { names, ..RemoveMachineRequest::default() };
    let error = remove_machine::plan(&snapshot, &request).unwrap_err().to_string();
    let lines = ["a", "b"].map(|it| format!("machines.machine.openshift.io \"{it}\" not found"));
    assert_eq!(error, lines.join("\n"));
    let request = RemoveMachineRequest { absent: Absent::Fulfilled, ..request };
    let plan = remove_machine::plan(&snapshot, &request).unwrap();
    assert_eq!(plan.writes().count(), 1);
}

/// What somebody else may have made or changed in a cluster.
const MEDDLING: [&str; 7] = [
    "foreign machine",
    "foreign machine config",
    "foreign pool",
    "foreign secret",
    "no mark on a machine config",
    "master with the role etcd",
    "member on the first machine",
];

fn meddle(snapshot: &Snapshot, how: &str) -> Snapshot {
    let secret =
        ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, names::ETCD_USER_DATA);
    let config = |name: &str| ObjectRef::cluster(Kind::MachineConfig, name);
    match how {
        "foreign machine" => disowned(snapshot, &machine(FIRST)),
        "foreign machine config" => {
            snapshot.clone().with_objects([Object::new(config("50-mine"))
                .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])])
        }
        "foreign pool" => {
            disowned(snapshot, &ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD))
        }
        "foreign secret" => disowned(snapshot, &secret),
        "no mark on a machine config" => disowned(snapshot, &config("01-etcd-kubelet")),
        "master with the role etcd" => {
            let masters = snapshot.all(Kind::Node);
            let master = masters.map(Object::reference).next().unwrap().clone();
            changed(snapshot, &master, |it| {
                it["metadata"]["labels"][names::NODE_ROLE_ETCD] = "".into();
            })
        }
        _ => with_members(snapshot, &["10.0.200.0"]),
    }
}

/// Everything that a plan removes is of our making and of the role etcd.
fn removes_only_ours(snapshot: &Snapshot, plan: &Plan) -> Result<(), TestCaseError> {
    for step in plan.writes() {
        prop_assert!(matches!(step.change, Change::Remove { .. }), "{step:?}");
        let object = snapshot.get(&step.object).unwrap();
        prop_assert!(is_ours(object), "{}", step.object);
        prop_assert!(!object.name().contains("master") && !object.name().contains("worker"));
        let is_etcds = match step.object.kind {
            Kind::Machine => object.label(names::MACHINE_ROLE) == Some(names::ETCD),
            Kind::MachineConfig => object.label(names::MACHINE_CONFIG_ROLE) == Some(names::ETCD),
            Kind::MachineConfigPool => object.name() == names::ETCD,
            Kind::Secret => object.name() == names::ETCD_USER_DATA,
            _ => false,
        };
        prop_assert!(is_etcds, "{}", step.object);
    }
    // The pool comes after the Machines, and everything else after the pool.
    let rank = |kind| match kind {
        Kind::Machine => 0,
        Kind::MachineConfigPool => 1,
        _ => 2,
    };
    let ranks: Vec<i32> = plan.writes().map(|step| rank(step.object.kind)).collect();
    prop_assert!(ranks.is_sorted(), "{:?}", writes(plan));
    Ok(())
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn a_teardown_ends_with_nothing_of_ours_and_touches_nothing_else(
        scene in property::scene(),
        meddling in subsequence(MEDDLING.to_vec(), 0..3),
    ) {
        let (before, torn) = torn_down(&scene, &[])?;
        let ours = |it: &Snapshot| {
            let all = Kind::ALL.into_iter().flat_map(|kind| it.all(kind)).cloned();
            all.filter(is_ours).collect::<Vec<_>>()
        };
        let left: BTreeSet<String> =
            ours(&torn).iter().map(|it| it.reference().to_string()).collect();
        prop_assert!(left.is_empty(), "{left:?}");
        prop_assert_eq!(writes(&tear_down(&torn)), Vec::<String>::new());
        // What was there before is there as it was.
        for kind in Kind::ALL {
            for object in before.all(kind) {
                prop_assert_eq!(torn.get(object.reference()), Some(object));
            }
        }
        torn_down(&scene, &meddling)?;
    }
}

/// The cluster of a scene as it was, and as it is after `init`, a machine, meddling, and a teardown.
fn torn_down(scene: &Scene, meddling: &[&str]) -> Result<(Snapshot, Snapshot), TestCaseError> {
    let before = scene.snapshot();
    let plan = init::plan(&before, &scene.request);
    prop_assume!(!plan.is_blocked());
    let after = joined(property::after(scene, before.clone(), &plan), &["us-east-1a"]);
    let met = meddling.iter().fold(after, |snapshot, how| meddle(&snapshot, how));
    let plan = tear_down(&met);
    removes_only_ours(&met, &plan)?;
    if !meddling.is_empty() {
        return Ok((before, met));
    }
    prop_assert!(!plan.is_blocked(), "{:?}", plan.findings);
    let torn = gone(&met, &plan);
    Ok((before, torn))
}
