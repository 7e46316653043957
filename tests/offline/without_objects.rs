//! Files that hold something else in the place of objects: what people save who forgot `-o yaml`, whose command failed,
//! or who did not unpack an archive. Runs the built program.

use std::fs;
use std::path::Path;

use oc_etcd_lab::Cluster;
use serde_json::{Value, json};

use crate::from::{initialized, must_gather, plain, yaml};
use crate::program::{directory, run};

/// The contents of files, and how they are called.
const CONTENTS: [(&str, &str); 14] = [
    ("", "is empty"),
    ("---\n", "is empty"),
    (
        "NAME                    STATUS   ROLES   AGE\nip-CANARY.ec2.internal  Ready    etcd    1d\n",
        "contains a table",
    ),
    (
        "NAMESPACE               NAME     PHASE\nopenshift-machine-api   CANARY   Running\n",
        "contains a table",
    ),
    (
        "NAME     CPU(cores)   CPU%   MEMORY(bytes)   MEMORY%\nCANARY   310m         8%     4Gi             30%\n",
        "contains a table",
    ),
    (
        "No resources found in CANARY namespace.\n",
        "contains the message that no resources were found",
    ),
    (
        "Error from server (Forbidden): nodes is forbidden: User \"CANARY\" cannot list resource \"nodes\"\n",
        "contains an error of the API server (Forbidden)",
    ),
    (
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"CANARY\",\"reason\":\"Unauthorized\",\"code\":401}\n",
        "contains an error of the API server (Unauthorized)",
    ),
    (
        "error: the server doesn't have a resource type \"CANARY\"\n",
        "contains an error message of a command",
    ),
    (
        "Unable to connect to the server: dial tcp: lookup CANARY: no such host\n",
        "contains an error message of a command",
    ),
    ("bash: oc: command not found\n", "contains an error message of a command"),
    ("<!DOCTYPE html>\n<html><body>CANARY</body></html>\n", "contains an HTML page"),
    (
        "Name:               ip-CANARY.ec2.internal\nRoles:              etcd\nLabels:             a=b\n",
        "contains the output of oc describe",
    ),
    ("node/ip-10-0-0-1.ec2.internal\nnode/canary\n", "contains the names of objects"),
];

/// All objects of a cluster but those of a kind, as a list.
fn without(kind: &str) -> String {
    let objects = Cluster::load("4.16").unwrap().objects().to_vec();
    let kept: Vec<Value> = objects.into_iter().filter(|it| it["kind"] != kind).collect();
    json!({"apiVersion": "v1", "kind": "List", "items": kept}).to_string()
}

/// The resources that a status could not read with the reasons, and stderr.
fn unread(top: &Path) -> (Vec<(String, String)>, String) {
    let ran = run(&["status", "-o", "json", "--from", top.to_str().unwrap()]);
    let status: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let all = status["unreadable"].as_array().unwrap().iter();
    (all.map(|it| (text(&it["what"]), text(&it["reason"]))).collect(), ran.stderr)
}

#[test]
fn a_file_without_objects_is_named_and_its_kind_is_unknown() {
    for (contents, told) in CONTENTS {
        for name in ["nodes.yaml", "node-list.json", "nodes/a.yaml"] {
            let all = ("all.json", without("Node"));
            let top = plain("table", &[all, (name, contents.to_owned())]);
            let (unread, stderr) = unread(&top);
            let reason = unread.iter().find(|it| it.0 == "nodes").map_or("", |it| &it.1);
            assert!(reason.contains(&format!("{name} {told}")), "{name}: {contents}: {unread:?}");
            assert!(stderr.contains(&format!("{name} {told}")), "{stderr}");
            assert!(stderr.contains("oc get nodes -o yaml"), "{stderr}");
            assert!(!format!("{unread:?}{stderr}").to_lowercase().contains("canary"), "{stderr}");
        }
    }
}

#[test]
fn a_kind_of_which_one_file_has_no_objects_is_unknown_and_not_what_the_other_files_have() {
    let refused = "Error from server (Forbidden): machineconfigs.machineconfiguration.openshift.io is forbidden\n";
    let files = [("all.json", without("Service")), ("mc-worker.yaml", refused.to_owned())];
    let (unread, _) = unread(&plain("refused", &files));
    let of_kind = unread
        .iter()
        .any(|it| it.0.starts_with("machineconfigs.") && it.1.contains("mc-worker.yaml"));
    assert!(of_kind, "{unread:?}");
}

#[test]
fn a_file_without_objects_whose_kind_nobody_can_tell_is_named() {
    let table = "NAME   AGE\nCANARY 1d\n".to_owned();
    let files = [("all.json", without("Node")), ("output.yaml", table.clone())];
    let (_, stderr) = unread(&plain("nameless", &files));
    assert!(stderr.contains("output.yaml contains a table"), "{stderr}");
    assert!(stderr.contains("oc get RESOURCE -o yaml"), "{stderr}");
    // Alone, it is why there is nothing to read.
    for verb in ["init", "status", "check", "diff"] {
        let top = plain("alone", &[("nodes.yaml", table.clone())]);
        let ran = run(&[verb, "--from", top.to_str().unwrap()]);
        assert!(ran.code != 0 && ran.stdout.is_empty(), "{verb}: {}", ran.stdout);
        assert!(ran.stderr.contains("nodes.yaml contains a table"), "{verb}: {}", ran.stderr);
        assert!(ran.stderr.contains("oc get nodes -o yaml"), "{verb}: {}", ran.stderr);
    }
}

#[test]
fn what_is_no_business_of_ours_is_passed_over_in_silence() {
    let png = [0x89, b'P', b'N', b'G', 0xff, 0, 1];
    let top = plain(
        "others",
        &[
            ("all.json", without("Service")),
            ("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n".to_owned()),
            ("values.yaml", "a: 1\n".to_owned()),
            ("etcd.log", "2024-08-21T12:00:00Z a: [b\n".to_owned()),
            ("README.md", "# Files of a cluster\n".to_owned()),
            ("NOTES", "kinds: all\n".to_owned()),
            (".nodes.yaml.swp", "b0VIM".to_owned()),
            // Kinds that the release does not have.
            ("validatingadmissionpolicies.yaml", "error: the server doesn't have it\n".to_owned()),
        ],
    );
    fs::write(top.join("nodes.png"), png).unwrap();
    fs::write(top.join("etcd.log.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    let (unread, stderr) = unread(&top);
    assert!(unread.iter().all(|it| it.1.starts_with("not in ")), "{unread:?}");
    let notes: Vec<&str> = stderr.lines().filter(|it| it.starts_with("note: ")).collect();
    assert_eq!(notes, [""; 0], "{stderr}");
}

#[test]
fn what_is_not_read_is_named_with_the_reason() {
    let node = "apiVersion: v1\nkind: Node\nmetadata:\n  name: a\n";
    let top = plain(
        "not-read",
        &[
            ("all.json", without("Service")),
            ("nodes.list", node.to_owned()),
            ("nodes.yaml.bak", node.to_owned()),
            ("machines.txt", "NAME   PHASE\na   Running\n".to_owned()),
        ],
    );
    fs::write(top.join("must-gather.tar.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    fs::write(top.join("machinesets.yaml"), [0x1f, 0x8b, 8, 0, 0xff]).unwrap();
    let elsewhere = directory("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, top.join("link")).unwrap();
    let (_, stderr) = unread(&top);
    for (file, why) in [
        ("nodes.list", "only .yaml"),
        ("nodes.yaml.bak", "only .yaml"),
        ("machines.txt", "only .yaml"),
        ("must-gather.tar.gz", "unpacked"),
        ("machinesets.yaml", "unpacked"),
        ("link", "links to directories"),
    ] {
        let path = top.join(file).display().to_string();
        let is_told = |it: &str| it.contains(why) && it.contains(&path);
        assert!(stderr.lines().any(is_told), "{file}: {stderr}");
    }
}

#[test]
fn a_file_of_a_must_gather_without_objects_is_called_what_it_is() {
    let top = must_gather("without", &Cluster::load("4.16").unwrap());
    let pools = "cluster-scoped-resources/machineconfiguration.openshift.io/machineconfigpools";
    let image = fs::read_dir(&top).unwrap().map(|it| it.unwrap().path()).find(|it| it.is_dir());
    let file = image.unwrap().join(pools).join("master.yaml");
    fs::write(&file, "Error from server (Forbidden): CANARY\n").unwrap();
    let (unread, stderr) = unread(&top);
    let told = "master.yaml contains an error of the API server (Forbidden)";
    assert!(unread.iter().any(|it| it.1.contains(told)), "{unread:?}");
    assert!(stderr.contains(told) && !stderr.contains("CANARY"), "{stderr}");
}

#[test]
fn a_folder_of_files_that_are_not_read_says_so_and_one_without_extensions_is_read() {
    let all = ("all", without("Service"));
    let (read, _) = unread(&plain("extension", std::slice::from_ref(&all)));
    assert!(read.iter().all(|it| it.1.starts_with("not in ")), "{read:?}");
    let top = plain("list", &[("all.list", all.1)]);
    let ran = run(&["status", "--from", top.to_str().unwrap()]);
    assert!(ran.code == 1 && ran.stderr.contains("only .yaml"), "{}", ran.stderr);
    assert!(ran.stderr.contains("all.list"), "{}", ran.stderr);
}

#[test]
fn files_of_two_clusters_are_refused_whatever_tells_them_apart() {
    let objects = Cluster::load("4.16").unwrap().objects().to_vec();
    for (kind, name, pointer) in [
        ("ClusterVersion", "version", "/spec/clusterID"),
        ("ClusterVersion", "version", "/metadata/uid"),
        ("Infrastructure", "cluster", "/metadata/uid"),
        ("MachineConfigPool", "master", "/metadata/uid"),
    ] {
        let is_it = |it: &&Value| it["kind"] == kind && it["metadata"]["name"] == name;
        let mut object = objects.iter().find(is_it).unwrap().clone();
        let mut of = |value: &str| {
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            object.pointer_mut(parent).unwrap()[field] = value.into();
            object.to_string()
        };
        let files = [("a.json", of("one")), ("b.json", of("two")), ("c.json", without(kind))];
        let top = plain("clusters", &files);
        let ran = run(&["status", "--from", top.to_str().unwrap()]);
        let told = "from two clusters";
        assert!(ran.code == 1 && ran.stderr.contains(told), "{kind} {pointer}: {}", ran.stderr);
        assert!(ran.stderr.contains("b.json"), "{}", ran.stderr);
    }
}

#[test]
fn a_file_of_another_secret_does_not_tell_that_the_user_data_is_missing() {
    let objects = initialized().objects().to_vec();
    let is_secret = |it: &&Value| it["kind"] == "Secret";
    let others: Vec<Value> = objects.iter().filter(|it| !is_secret(it)).cloned().collect();
    let of_masters = |it: &&Value| it["metadata"]["name"] == "master-user-data";
    let secret = objects.iter().filter(is_secret).find(of_masters).unwrap();
    let of_kind =
        |kind: &str, items: &[Value]| json!({"apiVersion": "v1", "kind": kind, "items": items});
    let list = |items: &[Value]| of_kind("List", items);
    let named = |name: &str, namespace: &str| {
        let mut other = secret.clone();
        other["metadata"]["name"] = name.into();
        other["metadata"]["namespace"] = namespace.into();
        other
    };
    let namespace = "openshift-machine-api";
    let of_workers = named("worker-user-data", namespace);
    let certificate = named("machine-api-operator-tls", namespace);
    for (file, is_known) in [
        (secret.clone(), false),
        (list(&[secret.clone(), of_workers.clone()]), false),
        (list(std::slice::from_ref(&certificate)), false),
        (of_kind("SecretList", &[]), false),
        (of_kind("SecretList", &[named("master-user-data", "openshift-config")]), false),
        (list(&[secret.clone(), of_workers, certificate]), true),
    ] {
        let files = [("all.json", list(&others).to_string()), ("secret.json", file.to_string())];
        let (unread, _) = unread(&plain("secret", &files));
        let is_unread = unread.iter().any(|it| it.0 == "secret/etcd-user-data");
        assert_eq!(is_unread, !is_known, "{unread:?} {file}");
    }
}

#[test]
fn a_table_of_objects_that_another_file_lists_is_named_alone() {
    let nodes = Cluster::load("4.16").unwrap().objects().to_vec();
    let nodes: Vec<Value> = nodes.into_iter().filter(|it| it["kind"] == "Node").collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": nodes}).to_string();
    for (table, is_unread) in
        [("NAME   STATUS\na      Ready\n", false), ("Error from server (Forbidden): a\n", true)]
    {
        let table = ("nodes-wide.yaml", table.to_owned());
        let files = [("all.json", without("Node")), ("nodes.json", list.clone()), table];
        let (unread, stderr) = unread(&plain("table-beside", &files));
        assert_eq!(unread.iter().any(|it| it.0.starts_with("nodes")), is_unread, "{unread:?}");
        assert!(stderr.contains("nodes-wide.yaml contains"), "{stderr}");
    }
}

#[test]
fn machines_of_workers_do_not_tell_that_the_masters_have_none() {
    let objects = initialized().objects().to_vec();
    let is_of_workers = |it: &Value| {
        let role = &it["metadata"]["labels"]["machine.openshift.io/cluster-api-machine-role"];
        it["kind"] != "Machine" || role == "worker"
    };
    let list = |items: Vec<&Value>| {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
        plain("workers", &[("all.json", list)])
    };
    let init = |top: &Path| run(&["init", "--from", top.to_str().unwrap()]).stdout;
    let plan = init(&list(objects.iter().filter(|it| is_of_workers(it)).collect()));
    assert!(!plan.contains("no-machine-api"), "{plan}");
    assert!(plan.contains("[unreadable]: machine/lab-x99n4-master-0: not in"), "{plan}");
    // Nodes that name no Machine do tell.
    let mut without = objects.clone();
    for node in without.iter_mut().filter(|it| it["kind"] == "Node") {
        let annotations = node["metadata"]["annotations"].as_object_mut();
        annotations.map(|it| it.remove("machine.openshift.io/machine"));
    }
    let plan = init(&list(without.iter().filter(|it| is_of_workers(it)).collect()));
    assert!(plan.contains("no-machine-api"), "{plan}");
    let status = |objects: &[Value]| {
        let top = list(objects.iter().filter(|it| is_of_workers(it)).collect());
        run(&["status", "--from", top.to_str().unwrap()]).stdout
    };
    without.retain(|it| it["kind"] != "Node");
    let status = status(&without);
    assert!(!status.contains("no-machine-api"), "{status}");
    assert!(status.contains("[unreadable]: machines.machine.openshift.io: "), "{status}");
}

#[test]
fn lists_and_objects_that_were_appended_without_a_line_between_them_are_all_read() {
    let objects = initialized().objects().to_vec();
    let list = |items: Vec<&Value>| {
        yaml(&json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}}))
    };
    let texts = |top: &Path| {
        let ran = run(&["status", "--from", top.to_str().unwrap()]);
        (ran.code, ran.stdout, ran.stderr)
    };
    let expected = texts(&plain("apart", &[("all.yaml", list(objects.iter().collect()))]));
    let (masters, others): (Vec<&Value>, Vec<&Value>) =
        objects.iter().partition(|it| it.to_string().contains("master"));
    let each: String = objects.iter().map(yaml).collect();
    let mixed = list(others.clone()) + &masters.iter().map(|it| yaml(it)).collect::<String>();
    for text in
        [list(masters.clone()) + &list(others.clone()), list(others) + &list(masters), each, mixed]
    {
        let top = plain("apart", &[("all.yaml", text)]);
        let (code, stdout, stderr) = texts(&top);
        assert_eq!((code, &stdout), (expected.0, &expected.1), "{stderr}");
        assert!(stderr.contains("without the line --- before it"), "{stderr}");
    }
    // The keys of one object are no second object.
    let twice =
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nkind: Pod\nstatus: {}\n".to_owned();
    let files = [("all.yaml", list(objects.iter().collect())), ("pod.yaml", twice)];
    let (_, _, stderr) = texts(&plain("apart", &files));
    assert!(stderr.contains("pod.yaml: duplicate keys"), "{stderr}");
}

#[test]
fn a_pool_that_other_objects_name_is_unknown_where_the_files_lack_it() {
    let is_pool =
        |it: &Value| it["kind"] == "MachineConfigPool" && it["metadata"]["name"] == "etcd";
    let mut objects = initialized().objects().to_vec();
    objects.retain(|it| !is_pool(it));
    let rendered = |name: &str, owner: &str| {
        json!({
            "apiVersion": "machineconfiguration.openshift.io/v1",
            "kind": "MachineConfig",
            "metadata": {
                "name": name,
                "ownerReferences": [{"kind": "MachineConfigPool", "name": owner}],
            },
        })
    };
    let node = |wanted: &str| {
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": "n",
                "labels": {"node-role.kubernetes.io/etcd": ""},
                "annotations": {"machineconfiguration.openshift.io/desiredConfig": wanted},
            },
            "status": {"addresses": []},
        })
    };
    for (object, is_named) in [
        (rendered("rendered-etcd-0", "etcd"), true),
        (rendered("rendered-infra-0", "infra"), false),
        (node("rendered-etcd-0"), true),
        (node("rendered-worker-0"), false),
    ] {
        let mut items = objects.clone();
        items.push(object.clone());
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
        let top = plain("without-pool", &[("all.json", list)]);
        let (unread, _) = unread(&top);
        let pools: Vec<&str> = unread.iter().map(|it| it.0.as_str()).collect();
        let pools = pools.iter().any(|it| it.starts_with("machineconfigpool"));
        assert_eq!(pools, is_named, "{object}: {unread:?}");
        let ran = run(&["status", "--from", top.to_str().unwrap()]);
        assert_eq!(ran.stdout.contains("[not-initialized]"), !is_named, "{object}: {}", ran.stdout);
    }
}

/// etcdctl and other programs write JSON files of such names.
#[test]
fn a_file_of_another_program_says_nothing_of_a_kind_that_is_listed() {
    let nodes = || {
        let all = Cluster::load("4.16").unwrap().objects().to_vec();
        let nodes: Vec<Value> = all.into_iter().filter(|it| it["kind"] == "Node").collect();
        json!({"apiVersion": "v1", "kind": "List", "items": nodes}).to_string()
    };
    let other = || json!([{"Endpoint": "https://10.0.0.1:2379", "Status": {}}]).to_string();
    let listed = plain(
        "other-program",
        &[("all.json", without("Node")), ("node-status.json", other()), ("nodes.json", nodes())],
    );
    assert!(!unread(&listed).0.iter().any(|it| it.0.contains("nodes")), "{:?}", unread(&listed));
    let alone = plain(
        "other-program-alone",
        &[("all.json", without("Node")), ("node-status.json", other())],
    );
    assert!(unread(&alone).0.iter().any(|it| it.0.contains("nodes")));
}
