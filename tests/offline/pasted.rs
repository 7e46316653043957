//! A command that is advised runs nothing but oc and this program, whatever the objects of the cluster say.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use oc_etcd::model::hint::{Hint, Part};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::remove_machine::{self, RemoveMachineRequest};
use oc_etcd::plan::teardown;
use oc_etcd::status::assess;
use serde_json::{Value, json};

use crate::program::directory;
use crate::removal::with_machines;
use crate::snapshot::TOOL_VERSION;

/// Texts that a shell takes for more than one word, or for another command.
const HOSTILE: [&str; 8] = [
    "n;touch${IFS}PWNED;",
    "$(touch${IFS}PWNED)",
    "`touch PWNED`",
    "n; touch PWNED",
    "n'; touch PWNED; '",
    "n: oc delete node/PWNED; oc delete node/PWNED",
    "n && touch PWNED",
    "n\ntouch PWNED\n",
];

/// A cluster of which much is advised: with a Machine of a MachineSet, one that failed, a Node with another role and
/// without taint, and Pods with an etcd.
fn troubled() -> Snapshot {
    let mut snapshot = with_machines("4.16", &["us-east-1a", "us-east-1b", "us-east-1c"]);
    let change = |snapshot: &mut Snapshot, reference: &ObjectRef, change: &dyn Fn(&mut Value)| {
        let mut body = snapshot.get(reference).unwrap().body().clone();
        change(&mut body);
        snapshot.insert(Object::from_value(body).unwrap());
    };
    let machine = |number: usize| ObjectRef::machine(format!("lab-x99n4-etcd-{number}"));
    let set =
        json!({"apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet", "name": "set"});
    change(&mut snapshot, &machine(0), &|it| it["metadata"]["ownerReferences"] = json!([set]));
    change(&mut snapshot, &machine(1), &|it| {
        it["status"] = json!({"phase": "Failed", "errorReason": "no", "errorMessage": "no"});
    });
    let template = json!({
        "metadata": {"labels": {names::MACHINE_ROLE: "etcd"}},
        "spec": {"providerSpec": {"value": {"userDataSecret": {"name": names::ETCD_USER_DATA}}}},
    });
    let set = ObjectRef::namespaced(Kind::MachineSet, names::MACHINE_NAMESPACE, "set");
    snapshot.insert(Object::new(set).with("spec", json!({"replicas": 3, "template": template})));
    for (number, owner) in ["DaemonSet", "ReplicaSet", "Node"].into_iter().enumerate() {
        let container = json!({"name": "etcd", "command": ["etcd"]});
        let pod = ObjectRef::namespaced(Kind::Pod, "mine", format!("p{number}"));
        let node = format!("ip-10-0-200-{}.ec2.internal", 2 * (number % 2));
        let spec = json!({"nodeName": node, "containers": [container]});
        let owner = json!({"apiVersion": "v1", "kind": owner, "name": "owner", "controller": true});
        snapshot.insert(Object::new(pod).with_owners(vec![owner]).with("spec", spec));
    }
    snapshot
}

/// The hints of everything that is advised about a cluster, and the next command.
fn hints(snapshot: &Snapshot) -> Vec<Hint> {
    let status = assess(snapshot, TOOL_VERSION);
    let zones = vec!["us-east-1a".to_owned()];
    let mut plans = vec![
        teardown::plan(snapshot),
        add_machine::plan(snapshot, &AddMachineRequest::new(zones, TOOL_VERSION)),
    ];
    let names = snapshot.machines_of(names::ETCD).map(|it| it.name().to_owned()).collect();
    let request = RemoveMachineRequest { names, ..RemoveMachineRequest::default() };
    plans.extend(remove_machine::plan(snapshot, &request));
    let of_plans = plans.into_iter().flat_map(|it| it.findings);
    let findings = status.findings.into_iter().chain(of_plans);
    findings.filter_map(|it| it.hint).chain(status.next).collect()
}

/// Every text of an object that may be in a command: what names another object, or a label.
fn texts(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::String(_) => {
            let is_identity = ["/metadata/name", "/metadata/namespace", "/kind", "/apiVersion"];
            let key = path.rsplit('/').next().unwrap_or_default();
            let is_wanted = path.contains("/labels/") || key == "name" || key == "nodeName";
            if is_wanted && !is_identity.contains(&path) {
                found.insert(path.to_owned());
            }
        }
        Value::Object(fields) => fields.iter().for_each(|(key, it)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            texts(it, &format!("{path}/{key}"), found);
        }),
        Value::Array(list) => (0..list.len().min(2)).for_each(|at| {
            texts(&list[at], &format!("{path}/{at}"), found);
        }),
        _ => {}
    }
}

/// The same cluster with a text in a place of each object of a kind.
fn with_text(snapshot: &Snapshot, kind: Kind, path: &str, text: &str) -> Snapshot {
    let mut changed = snapshot.clone();
    for object in snapshot.all(kind) {
        let mut body = object.body().clone();
        match body.pointer_mut(path) {
            Some(it) => *it = text.into(),
            None => continue,
        }
        changed.insert(Object::from_value(body).unwrap());
    }
    changed
}

/// The same cluster with labels of a role on each Node of etcd.
fn with_role(snapshot: &Snapshot, role: &str) -> Snapshot {
    let mut changed = snapshot.clone();
    for node in snapshot.etcd_nodes() {
        let label = format!("{}{role}", names::NODE_ROLE_PREFIX);
        changed.insert(node.clone().with_labels([(label.as_str(), "")]));
    }
    changed
}

/// Returns what a shell does with commands beside running oc and this program.
fn run_by_shell(commands: &BTreeSet<String>) -> String {
    const SCRIPT: &str = "oc() { [ \"$1 $2\" != 'delete node/PWNED' ] || touch PWNED; }; \
                          kubectl() { oc \"$@\"; }; \
                          for it; do (eval \"$it\") >/dev/null 2>&1 || echo \"fails: $it\"; \
                          [ ! -e PWNED ] || { echo \"runs more: $it\"; rm PWNED; }; done";
    let top = directory("pasted");
    let mut shell = Command::new("sh");
    let ran = shell.args(["-c", SCRIPT, "sh"]).args(commands).current_dir(&top).output().unwrap();
    fs::remove_dir_all(&top).unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn a_command_runs_nothing_else_whatever_the_objects_say() {
    let snapshot = &troubled();
    let mut commands = BTreeSet::new();
    let mut prose = BTreeSet::new();
    let mut hear = |snapshot: &Snapshot| {
        for hint in hints(snapshot) {
            commands.extend(hint.commands().map(ToString::to_string));
            prose.extend(hint.parts().iter().filter_map(|it| match it {
                Part::Words(words) if words.contains("PWNED") => Some(words.clone()),
                _ => None,
            }));
        }
    };
    let zone = "/spec/providerSpec/value/placement/availabilityZone";
    for text in HOSTILE {
        let mut changed = with_role(snapshot, text);
        for kind in [Kind::Machine, Kind::Pod] {
            changed = with_text(&changed, kind, "/metadata/ownerReferences/0/name", text);
        }
        hear(&with_text(&changed, Kind::Machine, zone, text));
    }
    for (number, kind) in [Kind::Machine, Kind::MachineSet, Kind::Pod].into_iter().enumerate() {
        let mut paths = BTreeSet::new();
        snapshot.all(kind).for_each(|it| texts(it.body(), "", &mut paths));
        for (at, path) in paths.iter().enumerate() {
            hear(&with_text(snapshot, kind, path, HOSTILE[(number + at) % HOSTILE.len()]));
        }
    }
    let reached = commands.iter().filter(|it| it.contains("PWNED")).count();
    assert!(reached > 10, "{reached} of {}", commands.len());
    assert_eq!(prose, BTreeSet::new());
    assert_eq!(run_by_shell(&commands), "");
}
