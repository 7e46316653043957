//! Files that a person went over: words in the place of what is secret, and objects without the fields that tell where
//! they come from. Such a cluster is healthy or unknown. Runs the built program.

use serde_json::{Value, json};

use crate::from::plain;
use crate::program::run;
use crate::withheld::healthy;

fn status(name: &str, objects: &[Value]) -> Value {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let top = plain(name, &[("all.json", list.to_string())]);
    let ran = run(&["status", "-o", "json", "--from", top.to_str().unwrap()]);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr))
}

/// Judges a healthy cluster whose objects of a kind are changed.
fn changed(kind: &str, change: impl Fn(&mut Value)) -> Value {
    let mut objects = healthy().objects().to_vec();
    objects.iter_mut().filter(|it| it["kind"] == kind).for_each(change);
    status(&format!("by-hand-{kind}"), &objects)
}

/// The findings that say that something is bad.
fn bad(status: &Value) -> Vec<String> {
    let findings = status["findings"].as_array().unwrap().iter();
    let is_bad = |it: &&Value| it["severity"] != "note" && it["id"] != "unreadable";
    findings.filter(is_bad).map(ToString::to_string).collect()
}

#[test]
fn a_secret_whose_contents_somebody_took_out_is_unknown() {
    for data in [
        json!(null),
        json!({}),
        json!({"userData": ""}),
        json!({"userData": "REDACTED"}),
        json!({"userData": "<redacted>"}),
        json!({"userData": "UkVEQUNURUQ="}),
        json!({"disableTemplating": "dHJ1ZQ==", "userData": "***"}),
    ] {
        let judged = changed("Secret", |it| it["data"] = data.clone());
        assert_ne!(judged["health"], "trouble", "{data}: {judged}");
        assert!(judged["unreadable"].to_string().contains("secret/etcd-user-data"), "{judged}");
        assert_eq!(bad(&judged), [""; 0], "{data}");
    }
}

#[test]
fn a_file_of_a_machine_whose_contents_somebody_took_out_is_unknown() {
    for source in ["REDACTED", "<redacted>", "***", "data:,REDACTED", "data:;base64,UkVEQUNURUQ="] {
        let judged = changed("MachineConfig", |it| {
            let files = it.pointer_mut("/spec/config/storage/files").and_then(Value::as_array_mut);
            files.into_iter().flatten().for_each(|it| it["contents"]["source"] = source.into());
        });
        assert_eq!(judged["health"], "unknown", "{source}: {judged}");
        assert_eq!(bad(&judged), [""; 0], "{source}");
        assert!(!judged.to_string().contains("remote source"), "{source}: {judged}");
    }
}

/// `kubectl neat` leaves away what the server and the operators write; other tools take the annotations alone.
#[test]
fn objects_without_annotations_are_nobodys() {
    for kept in
        [&["name", "namespace", "labels"][..], &["name", "namespace", "labels", "ownerReferences"]]
    {
        let mut objects = healthy().objects().to_vec();
        for object in &mut objects {
            let metadata = object["metadata"].as_object_mut().unwrap();
            metadata.retain(|key, _| kept.contains(&&**key));
        }
        let judged = status("neat", &objects);
        assert_eq!(judged["health"], "unknown", "{judged}");
        assert_eq!(bad(&judged), [""; 0]);
        assert!(
            judged["unreadable"].to_string().contains("who created and who manages an object"),
            "{judged}"
        );
    }
}

/// An address tells where a member runs only if one machine has it.
#[test]
fn an_address_that_a_sanitizer_gave_to_every_machine_is_unknown() {
    for address in ["10.0.0.1", "0.0.0.0", "x-ipv4-0000000001-x"] {
        let mut objects = healthy().objects().to_vec();
        for object in &mut objects {
            let addresses = object["status"]["addresses"].as_array_mut().into_iter().flatten();
            for it in addresses.filter(|it| it["type"] == "InternalIP") {
                it["address"] = address.into();
            }
            if object["metadata"]["name"] == "etcd-endpoints" {
                let members = object["data"].as_object_mut().unwrap().values_mut();
                members.for_each(|it| *it = address.into());
            }
        }
        let judged = status("one-address", &objects);
        assert_eq!(judged["health"], "unknown", "{address}: {judged}");
        assert!(!judged.to_string().contains("members runs on"), "{address}: {judged}");
    }
}

/// `kubectl neat` and `yq 'del(.status)'` leave the status away.
#[test]
fn an_object_without_the_status_that_its_kind_has_is_unknown() {
    let cluster = healthy();
    let kinds = [
        "ClusterOperator",
        "ClusterVersion",
        "Etcd",
        "Infrastructure",
        "Machine",
        "MachineConfigPool",
        "Node",
    ];
    for kinds in kinds.iter().map(std::slice::from_ref).chain([&kinds[..]]) {
        let mut objects = cluster.objects().to_vec();
        let of_kind = |it: &&mut Value| kinds.iter().any(|kind| it["kind"] == *kind);
        let stripped = objects.iter_mut().filter(of_kind);
        let count = stripped.map(|it| it.as_object_mut().unwrap().remove("status")).count();
        assert!(count > 0, "{kinds:?}");
        let judged = status("without-status", &objects);
        assert_eq!(judged["health"], "unknown", "{kinds:?}: {judged}");
        assert_eq!(bad(&judged), [""; 0], "{kinds:?}");
        let unreadable = judged["unreadable"].to_string();
        assert!(unreadable.contains("is not in the files"), "{kinds:?}: {unreadable}");
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let top = plain("without-status-init", &[("all.json", list.to_string())]);
        for command in ["init", "check"] {
            let said = run(&[command, "--from", top.to_str().unwrap()]).stdout;
            let is_wrong = ["[not-openshift]: ", "is not Ready", "no voting member runs on"];
            let wrong = is_wrong.iter().find(|it| said.contains(**it));
            assert_eq!(wrong, None, "{command} {kinds:?}: {said}");
        }
    }
}

/// The insights operator writes one file for each object: operators' resources without metadata and status, and
/// MachineConfigs without files.
#[test]
fn an_archive_of_the_insights_operator_is_read_as_far_as_it_tells() {
    let mut objects = healthy().objects().to_vec();
    for it in &mut objects {
        if it["kind"] == "Etcd" {
            *it = json!({"apiVersion": it["apiVersion"], "kind": "Etcd", "name": "cluster", "spec": it["spec"]});
        }
        if it["kind"] == "MachineConfig" {
            it["spec"]["config"]["storage"]["files"] = Value::Null;
        }
    }
    let judged = status("insights", &objects);
    assert_eq!(judged["health"], "unknown", "{judged}");
    assert_eq!(bad(&judged), [""; 0]);
    let unreadable = judged["unreadable"].to_string();
    assert!(unreadable.contains("contains an object without metadata.name"), "{unreadable}");
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let top = plain("insights-init", &[("all.json", list.to_string())]);
    let plan = run(&["init", "--from", top.to_str().unwrap()]).stdout;
    assert!(plan.contains("the MachineConfigs lack their files"), "{plan}");
    // From 4.18 on, an archive has a directory as a must-gather has it, beside the one with the objects.
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "admin"}});
    let roles = "cluster-scoped-resources/rbac.authorization.k8s.io/clusterroles/admin.json";
    let files = [("config/all.json", list.to_string()), (roles, role.to_string())];
    let top = plain("insights-roles", &files);
    let plan = run(&["init", "--from", top.to_str().unwrap()]).stdout;
    assert!(plan.contains("the MachineConfigs lack their files"), "{plan}");
}

/// A sanitizer that replaces a word of the schema, as `lab` in `labels`.
#[test]
fn files_without_any_labels_do_not_tell_that_no_machine_has_a_role() {
    let text = Value::from(healthy().objects().to_vec()).to_string();
    let text = text.replace("\"labels\"", "\"customerels\"");
    let objects: Vec<Value> = serde_json::from_str(&text).unwrap();
    let judged = status("keyword", &objects);
    assert_eq!(judged["health"], "unknown", "{judged}");
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let top = plain("keyword-init", &[("all.json", list.to_string())]);
    let plan = run(&["init", "--from", top.to_str().unwrap()]).stdout;
    assert!(plan.contains("has labels") && !plan.contains("no-machine-api"), "{plan}");
}

#[test]
fn one_node_that_somebody_saved_does_not_tell_that_no_node_has_a_role() {
    let objects = healthy().objects().to_vec();
    let of_kind = |kind: &str| objects.iter().find(|it| it["kind"] == kind).unwrap().clone();
    let mut worker = of_kind("Node");
    worker["metadata"]["labels"] = json!({"node-role.kubernetes.io/worker": ""});
    let files = [
        ("version.json", of_kind("ClusterVersion").to_string()),
        ("infrastructure.json", of_kind("Infrastructure").to_string()),
        ("worker.json", worker.to_string()),
    ];
    let top = plain("by-hand-one-node", &files);
    let ran = run(&["status", "-o", "json", "--from", top.to_str().unwrap()]);
    let status: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(status["unreadable"].to_string().contains("\"nodes\""), "{}", status["unreadable"]);
}
