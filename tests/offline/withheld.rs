//! Files that a sanitizer went over, and files as people have them: what is not known is said to be unknown,
//! by name, and never taken for absent, changed or bad. Runs the built program.

use std::fs;

use oc_etcd_lab::Cluster;
use serde_json::{Value, json};

use oc_etcd::model::layout::Layout;

use crate::from::{initialized, initialized_as, must_gather, plain, yaml};
use crate::program::{Run, directory, run};

/// The addresses of the masters.
const MEMBERS: [&str; 3] = ["10.0.12.34", "10.0.55.101", "10.0.80.7"];

/// The cluster after `init`, with an etcd node on which no member of etcd runs.
pub(crate) fn healthy() -> Cluster {
    with_members(&initialized(), MEMBERS)
}

/// The same with copies of the masters' MachineConfigs.
fn healthy_copies() -> Cluster {
    let copies = initialized_as(Layout::Documented);
    with_members(&copies, MEMBERS)
}

/// The same cluster, with members of etcd at these addresses. The address of its etcd node is 10.0.12.40.
fn with_members(cluster: &Cluster, members: [&str; 3]) -> Cluster {
    let mut objects = cluster.objects().to_vec();
    let rendered = "rendered-etcd-1";
    objects.push(json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": "ip-10-0-12-40.ec2.internal",
            "labels": {
                "kubernetes.io/hostname": "ip-10-0-12-40.ec2.internal",
                "node-role.kubernetes.io/etcd": "",
            },
            "annotations": {
                "k8s.ovn.org/host-cidrs": "[\"10.0.12.40/19\"]",
                "machineconfiguration.openshift.io/currentConfig": rendered,
                "machineconfiguration.openshift.io/desiredConfig": rendered,
                "machineconfiguration.openshift.io/state": "Done",
            },
        },
        "spec": {"taints": [{"key": "node-role.kubernetes.io/etcd", "effect": "NoSchedule"}]},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "10.0.12.40"}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }));
    let endpoints = json!({"1": members[0], "2": members[1], "3": members[2]});
    let is_endpoints = |it: &Value| it["metadata"]["name"] == "etcd-endpoints";
    objects.retain(|it| !is_endpoints(it));
    objects.push(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": endpoints,
        "metadata": {"name": "etcd-endpoints", "namespace": "openshift-etcd"},
    }));
    objects.extend(MEMBERS.map(|it| {
        let node = format!("ip-{}.ec2.internal", it.replace('.', "-"));
        pod(&format!("etcd-{node}"), &node)
    }));
    Cluster::of(objects)
}

/// A Pod with an etcd.
fn pod(name: &str, node: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "openshift-etcd", "labels": {"app": "etcd"}},
        "spec": {"nodeName": node, "containers": [{"name": "etcd"}]},
    })
}

/// What openshift/machine-config-operator `devex/cmd/mco-sanitize` makes of a cluster.
fn sanitized(cluster: &Cluster) -> Cluster {
    let mut objects = cluster.objects().to_vec();
    let redact = |value: &mut Value| {
        if !value.is_null() {
            let length = value.to_string().len();
            *value = json!({"_REDACTED": "This field has been redacted", "length": length});
        }
    };
    for object in objects.iter_mut().filter(|it| it["kind"] == "MachineConfig") {
        for (list, inner) in [("/storage/files", ""), ("/systemd/units", "dropins")] {
            let list = object.pointer_mut(&format!("/spec/config{list}"));
            for entry in list.and_then(Value::as_array_mut).into_iter().flatten() {
                let inner = entry.get_mut(inner).and_then(Value::as_array_mut);
                let inner = inner.into_iter().flatten().filter_map(|it| it.get_mut("contents"));
                inner.for_each(redact);
                entry.get_mut("contents").into_iter().for_each(redact);
            }
        }
    }
    Cluster::of(objects)
}

/// What openshift/must-gather-clean makes of a cluster: each address replaced, by a number or by one word.
fn cleaned(cluster: &Cluster, word: impl Fn(&str) -> String) -> Cluster {
    let mut text = Value::from(cluster.objects().to_vec()).to_string();
    let addresses = ["10.0.12.40"].into_iter().chain(MEMBERS);
    for (address, number) in addresses.zip(["40", "41", "42", "43"]) {
        for separator in [".", "-"] {
            text = text.replace(&address.replace('.', separator), &word(number));
        }
    }
    Cluster::of(serde_json::from_str(&text).unwrap())
}

fn status(top: &std::path::Path) -> (i32, Value) {
    let ran = run(&["status", "-o", "json", "--from", top.to_str().unwrap()]);
    (ran.code, serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr)))
}

/// The findings that count as trouble, and not only as something that is not known.
fn trouble(status: &Value) -> Vec<String> {
    let findings = status["findings"].as_array().unwrap().iter();
    let is_trouble = |it: &&Value| it["severity"] != "note" && it["id"] != "unreadable";
    findings.filter(is_trouble).map(ToString::to_string).collect()
}

fn members(status: &Value) -> String {
    let findings = status["findings"].as_array().unwrap();
    let of_members = findings.iter().find(|it| it["id"] == "etcd-members-unmanaged");
    of_members.map(|it| it["message"].as_str().unwrap().to_owned()).unwrap_or_default()
}

#[test]
fn a_healthy_cluster_is_healthy() {
    let (code, status) = status(&must_gather("healthy", &healthy()));
    assert_eq!((code, status["health"].as_str()), (0, Some("healthy")), "{status}");
    assert!(
        members(&status).starts_with("none of etcd's 3 members runs on etcd nodes"),
        "{status}"
    );
}

#[test]
fn what_mco_sanitize_withholds_is_unknown_by_name_and_no_trouble() {
    let top = must_gather("sanitized", &sanitized(&healthy_copies()));
    let (_, status) = status(&top);
    assert_eq!(trouble(&status), [""; 0]);
    assert_eq!(
        (status["health"].as_str(), status["pool"]["state"].as_str()),
        (Some("unknown"), Some("unknown"))
    );
    let named = |state: &str| -> Vec<&str> {
        let all = status["machineConfigs"].as_array().unwrap().iter();
        all.filter(|it| it["state"] == state).map(|it| it["name"].as_str().unwrap()).collect()
    };
    assert_eq!(
        named("unknown"),
        ["00-etcd", "00-etcd-disk", "01-etcd-container-runtime", "01-etcd-kubelet"]
    );
    for state in ["stale", "differs", "missing", "obsolete"] {
        assert_eq!(named(state), [""; 0], "{state}");
    }
    let findings = status["findings"].to_string();
    assert!(findings.contains("machineconfig/00-etcd, machineconfig/00-etcd-disk"), "{findings}");
    let Run { code, stdout, stderr } = run(&["init", "--from", top.to_str().unwrap()]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(!stdout.contains("  update  ") && !stdout.contains("  remove  "), "{stdout}");
    assert!(stdout.contains("  unknown  machineconfig/01-etcd-kubelet"), "{stdout}");
    let Run { code, stdout, stderr } = run(&["diff", "--from", top.to_str().unwrap()]);
    assert_eq!(code, 3, "{stdout}{stderr}");
    assert!(stderr.contains("machineconfig/00-etcd-disk could not be compared"), "{stderr}");
}

#[test]
fn a_member_whose_address_must_gather_clean_replaced_is_on_no_other_machine() {
    let number = |last: &str| format!("x-ipv4-00000000{last}-x");
    let (code, judged) = status(&must_gather("numbered", &cleaned(&healthy(), number)));
    assert_eq!((code, judged["health"].as_str()), (0, Some("healthy")), "{judged}");
    assert!(
        members(&judged).starts_with("none of etcd's 3 members runs on etcd nodes"),
        "{judged}"
    );
    let one = with_members(&initialized(), ["10.0.12.40", MEMBERS[1], MEMBERS[2]]);
    let (code, judged) = status(&must_gather("numbered-member", &cleaned(&one, number)));
    assert_eq!((code, judged["health"].as_str()), (5, Some("trouble")), "{judged}");
    assert!(members(&judged).starts_with("1 of etcd's 3 members runs on etcd nodes"), "{judged}");
    // One word for every address is in the names of Nodes, too: no Node can be told from another.
    let uniform = cleaned(&healthy(), |_| "xxx.xxx.xxx.xxx".to_owned());
    let (_, judged) = status(&must_gather("uniform", &uniform));
    assert_eq!((judged["health"].as_str(), &judged["nodes"]), (Some("unknown"), &Value::Null));
    assert_eq!(members(&judged), "");
}

#[test]
fn a_copy_stays_when_its_source_is_not_understood_or_not_there() {
    for (name, change) in [
        ("not-understood", json!({"config": {"systemd": {"units": "several"}}})),
        ("not-there", Value::Null),
    ] {
        let mut objects = healthy_copies().objects().to_vec();
        if change.is_null() {
            // A pool that is rendered without the object shows that the object does not exist.
            objects.retain(|it| it["metadata"]["name"] != "01-master-kubelet");
            for pool in objects.iter_mut().filter(|it| it["kind"] == "MachineConfigPool") {
                let sources = pool.pointer_mut("/spec/configuration/source");
                if let Some(sources) = sources.and_then(Value::as_array_mut) {
                    sources.retain(|it| it["name"] != "01-master-kubelet");
                }
            }
        }
        for it in objects.iter_mut().filter(|it| it["metadata"]["name"] == "01-master-kubelet") {
            it["spec"] = change.clone();
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let top = plain(name, &[("all.json", list.to_string())]);
        let ran = run(&["init", "--from", top.to_str().unwrap()]);
        let kept = ran.stdout.lines().find(|it| it.contains("machineconfig/01-etcd-kubelet"));
        assert!(kept.is_some_and(|it| it.trim_start().starts_with("unknown")), "{}", ran.stdout);
        let (_, judged) = status(&top);
        let told = judged["findings"].to_string();
        assert!(!told.contains("no longer needed"), "{told}");
    }
}

#[test]
fn an_object_that_must_exist_and_is_not_in_the_files_is_unknown_by_name() {
    let objects = healthy().objects().to_vec();
    let checked = |name: &str, objects: &[Value]| -> Value {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let top = plain(name, &[("all.json", list.to_string())]);
        let ran = run(&["check", "-o", "json", "--from", top.to_str().unwrap()]);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr))
    };
    let whole = checked("whole", &objects)["unreadable"].clone();
    for (kind, name, what, check) in [
        ("MachineConfig", "00-worker", "machineconfig/00-worker", "kernel-arguments-missing"),
        ("MachineConfig", "99-worker-ssh", "machineconfig/99-worker-ssh", "source-missing"),
        ("MachineConfig", "00-master", "machineconfig/00-master", "fips-mismatch"),
        ("MachineConfig", "rendered-etcd-1", "machineconfig/rendered-etcd-1", "not-rendered"),
        ("MachineConfigPool", "worker", "machineconfigpool/worker", "master-pool-not-updated"),
        ("MachineConfigPool", "master", "machineconfigpool/master", "master-pool-not-updated"),
        ("Machine", "lab-x99n4-master-1", "machine/lab-x99n4-master-1", "no-machine-api"),
        ("Node", "ip-10-0-55-101.ec2.internal", "node/ip-10-0-55-101.ec2.internal", "mixed-roles"),
        ("ClusterOperator", "etcd", "clusteroperator/etcd", "operator-degraded"),
    ] {
        let is_it = |it: &Value| it["kind"] == kind && it["metadata"]["name"] == name;
        let rest: Vec<Value> = objects.iter().filter(|it| !is_it(it)).cloned().collect();
        assert_eq!(rest.len() + 1, objects.len(), "{kind} {name}");
        let report = checked("lacks", &rest);
        let expected = json!({"what": what, "reason": "not in lacks"});
        let unreadable = report["unreadable"].as_array().unwrap();
        assert!(unreadable.contains(&expected), "{kind} {name}: {unreadable:?}");
        assert_eq!(unreadable.len(), whole.as_array().unwrap().len() + 1, "{unreadable:?}");
        let categories = report["categories"].as_array().unwrap().iter();
        let mut checks = categories.flat_map(|it| it["checks"].as_array().unwrap());
        let row = checks.find(|it| it["id"] == check).unwrap();
        assert_eq!(row["verdict"], "unknown", "{kind} {name}: {row}");
        assert_eq!(row["because"], format!("{what} could not be read"), "{row}");
    }
}

#[test]
fn a_diff_without_the_user_data_says_so_and_ends_with_3() {
    let objects: Vec<Value> =
        healthy().objects().iter().filter(|it| it["kind"] != "Secret").cloned().collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let top = plain("no-user-data", &[("all.json", list.to_string())]);
    for format in [&[][..], &["-o", "name"], &["-o", "json"]] {
        let ran = run(&[&["diff", "--from", top.to_str().unwrap()], format].concat());
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("secret/master-user-data"), "{}", ran.stderr);
    }
}

#[test]
fn what_could_not_be_read_is_on_stderr_whatever_the_format() {
    let objects: Vec<Value> =
        healthy().objects().iter().filter(|it| it["kind"] != "Node").cloned().collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let top = plain("no-nodes", &[("all.json", list.to_string())]);
    for verb in ["status", "check"] {
        for format in ["name", "json", "yaml", "jsonpath={.kind}"] {
            let ran = run(&[verb, "-o", format, "--from", top.to_str().unwrap()]);
            assert!(
                ran.stderr.contains("nodes could not be read: not in no-nodes"),
                "{verb} {format}"
            );
        }
    }
}

#[test]
fn files_are_read_as_people_have_them() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": healthy().objects()});
    let text = yaml(&list);
    let expected =
        run(&["status", "--from", plain("as-is", &[("all.yaml", text.clone())]).to_str().unwrap()]);
    let utf16 = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        windows.encode_utf16().flat_map(unit).collect()
    };
    let nested = json!([{"apiVersion": "v1", "kind": "List", "items": [list]}]);
    let folder = |name: &str, file: &str, bytes: &[u8]| {
        let top = directory(name);
        fs::create_dir_all(top.join(file).parent().unwrap()).unwrap();
        fs::write(top.join(file), bytes).unwrap();
        top
    };
    for (name, file, bytes) in [
        ("little", "all.yaml", utf16(u16::to_le_bytes)),
        ("big", "all.YAML", utf16(u16::to_be_bytes)),
        ("nested", "all.json", nested.to_string().into_bytes()),
        ("folder", "namespaces/all.yaml", text.clone().into_bytes()),
        ("folders", "namespaces/mine/all.yaml", text.clone().into_bytes()),
    ] {
        let ran = run(&["status", "--from", folder(name, file, &bytes).to_str().unwrap()]);
        assert_eq!((ran.code, &ran.stdout), (0, &expected.stdout), "{name}: {}", ran.stderr);
    }
    // Beside the folders of a must-gather.
    let top = must_gather("beside", &Cluster::of(Vec::new()));
    fs::write(top.join("all.yaml"), &text).unwrap();
    fs::write(top.join("nodes.yaml.gz"), [0]).unwrap();
    let ran = run(&["status", "--from", top.to_str().unwrap()]);
    assert_eq!((ran.code, &ran.stdout), (0, &expected.stdout), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("not read") && ran.stderr.contains("nodes.yaml.gz"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_key_that_stands_twice_is_told_with_its_place() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": healthy().objects()});
    let twice = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: CANARY\n  name: b\n".to_owned();
    let top = plain("twice-a-key", &[("all.json", list.to_string()), ("pod.yaml", twice)]);
    let ran = run(&["status", "--from", top.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("pod.yaml: duplicate key"), "{}", ran.stderr);
    assert!(ran.stderr.contains("line 5, column 3"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("CANARY"), "{}", ran.stderr);
}

#[test]
fn what_the_release_does_not_have_is_no_finding() {
    for (release, cpms) in [("4.10", false), ("4.16", true)] {
        let objects = Cluster::load(release).unwrap().objects().to_vec();
        let objects: Vec<Value> =
            objects.into_iter().filter(|it| it["kind"] != "ControlPlaneMachineSet").collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let top = plain("release", &[("all.json", list.to_string())]);
        let ran = run(&["check", "-o", "json", "--from", top.to_str().unwrap()]);
        let unread = serde_json::from_str::<Value>(&ran.stdout).unwrap()["unreadable"].to_string();
        assert!(!unread.contains("validatingadmissionpolic"), "{release}: {unread}");
        assert_eq!(unread.contains("controlplanemachinesets"), cpms, "{release}: {unread}");
    }
}

#[test]
fn an_admins_machine_config_with_the_operators_marks_is_copied_and_what_is_left_out_is_said() {
    let role = json!({"machineconfiguration.openshift.io/role": "master"});
    let mark = json!({"machineconfiguration.openshift.io/generated-by-controller-version": "7327"});
    let machine_config = |name: &str, annotations: &Value, config: Value| {
        json!({
            "apiVersion": "machineconfiguration.openshift.io/v1", "kind": "MachineConfig",
            "metadata": {"name": name, "labels": role, "annotations": annotations},
            "spec": {"config": config, "kernelArguments": ["a=b"]},
        })
    };
    let mut objects = Cluster::load("4.16").unwrap().objects().to_vec();
    let units = json!([
        {"name": "var-lib-etcd.mount", "contents": "[Mount]"},
        {"name": "watch-etcd.service", "contents": "[Service]"},
    ]);
    let files = json!([{"path": "/etc/watch-etcd", "contents": {"source": "data:,x"}}]);
    objects.extend([
        machine_config("99-master-chrony", &mark, json!({})),
        machine_config("99-master-generated-sysctl", &json!({}), json!({})),
        machine_config(
            "98-etcd-disk",
            &json!({}),
            json!({
                "systemd": {"units": units}, "storage": {"files": files},
            }),
        ),
    ]);
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let top = plain("admins", &[("all.json", list.to_string())]);
    let plan = run(&["init", "--layout=documented", "--from", top.to_str().unwrap()]).stdout;
    for copy in ["99-etcd-chrony", "99-etcd-generated-sysctl"] {
        assert!(plan.contains(&format!("create  machineconfig/{copy} ")), "{plan}");
    }
    let words = plan.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "the object also has: unit watch-etcd.service, file /etc/watch-etcd";
    assert!(words.contains(told), "{plan}");
}

#[test]
fn a_withheld_field_that_decides_makes_its_kind_unknown_and_neither_trouble_nor_health() {
    let marker = json!({"_REDACTED": "This field has been redacted", "length": 3});
    for (kind, pointer) in [
        ("Node", "/status/conditions"),
        ("Node", "/status/conditions/0/status"),
        ("Node", "/metadata/labels"),
        ("Node", "/spec/taints"),
        ("Node", "/metadata/deletionTimestamp"),
        ("MachineConfigPool", "/status/conditions"),
        ("MachineConfigPool", "/spec/paused"),
        ("MachineConfigPool", "/spec/machineConfigSelector"),
        ("MachineConfigPool", "/spec/nodeSelector/matchLabels"),
        ("MachineConfigPool", "/status/configuration"),
        ("Machine", "/metadata/deletionTimestamp"),
        ("Machine", "/status/phase"),
        ("ClusterVersion", "/status/conditions"),
        ("Etcd", "/status/conditions"),
        ("Etcd", "/status/conditions/0/message"),
        ("MachineConfig", "/metadata/labels"),
    ] {
        let mut objects = healthy().objects().to_vec();
        for object in objects.iter_mut().filter(|it| it["kind"] == kind) {
            let mut place = &mut *object;
            for part in pointer.split('/').skip(1) {
                place = match part.parse::<usize>() {
                    Ok(_) if place.as_array().is_none_or(Vec::is_empty) => break,
                    Ok(at) => &mut place[at],
                    Err(_) => &mut place[part],
                };
            }
            *place = marker.clone();
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let top = plain("decisive", &[("all.json", list.to_string())]);
        let (_, judged) = status(&top);
        assert_eq!(judged["health"], "unknown", "{kind}{pointer}: {judged}");
        assert_eq!(trouble(&judged), [""; 0], "{kind}{pointer}");
        assert!(
            judged["unreadable"].to_string().contains("is withheld"),
            "{kind}{pointer}: {judged}"
        );
    }
}

/// `kubectl neat` takes the Node of a Pod away.
#[test]
fn a_pod_with_an_etcd_whose_node_the_files_leave_out_may_be_on_any_node() {
    let told = |status: Value, container: &str| {
        let mut objects = healthy().objects().to_vec();
        let mut left = pod("learner", "");
        left["spec"] = json!({"containers": [{"name": container}]});
        left["status"] = status;
        objects.push(left);
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let (code, judged) =
            self::status(&plain("node-left-out", &[("all.json", list.to_string())]));
        (code, judged["unreadable"].to_string(), members(&judged))
    };
    for status in [Value::Null, json!({"phase": "Running"})] {
        let (code, unread, members) = told(status.clone(), "etcd");
        let why = "spec.nodeName of pod/learner is not in the files";
        assert!(code == 5 && unread.contains(why), "{status}: {unread}");
        assert!(members.contains("it is unknown whether a learner runs there"), "{members}");
    }
    // No scheduler has looked at the one, and the other runs no etcd.
    for (status, container) in [(json!({"phase": "Pending"}), "etcd"), (Value::Null, "guard")] {
        let (code, unread, _) = told(status, container);
        assert!(code == 0 && !unread.contains("pod"), "{container}: {unread}");
    }
}

#[test]
fn a_member_without_its_pod_in_the_files_makes_the_pods_unknown() {
    let pods = |kept: usize| {
        let (pods, mut objects): (Vec<Value>, Vec<Value>) =
            healthy().objects().iter().cloned().partition(|it| it["kind"] == "Pod");
        // A Node that has no revision of etcd yet has no Pod.
        for it in objects.iter_mut().filter(|it| it["kind"] == "Etcd") {
            let nodes = it["status"]["nodeStatuses"].as_array_mut().unwrap();
            nodes.push(json!({"nodeName": "ip-10-0-12-40.ec2.internal", "currentRevision": 0}));
        }
        let list = |kind: &str, items: &[Value]| {
            json!({"apiVersion": "v1", "kind": kind, "items": items}).to_string()
        };
        let pods = list("PodList", &pods[..kept]);
        let files = [("all.json", list("List", &objects)), ("pods.json", pods)];
        let (code, judged) = status(&plain("pods", &files));
        (code, judged["unreadable"].to_string(), members(&judged))
    };
    assert_eq!(pods(3).0, 0, "{:?}", pods(3));
    for kept in [0, 1, 2] {
        let (code, unread, members) = pods(kept);
        let is_named = unread.contains("pod/etcd-ip-10-0-80-7.ec2.internal");
        assert!(code == 5 && is_named, "{kept}: {unread}");
        assert!(members.contains("it is unknown whether a learner runs there"), "{members}");
    }
}

#[test]
fn withheld_words_of_an_operator_decide_nothing() {
    let mut objects = healthy().objects().to_vec();
    for object in objects.iter_mut().filter(|it| it["kind"] != "Etcd") {
        let conditions = object.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
        for condition in conditions.into_iter().flatten() {
            condition["message"] = json!({"_REDACTED": "x", "length": 3});
        }
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let (code, judged) = status(&plain("words", &[("all.json", list.to_string())]));
    assert_eq!((code, judged["health"].as_str()), (0, Some("healthy")), "{judged}");
}

#[test]
fn a_cluster_operator_whose_conditions_are_withheld_is_unknown_and_not_degraded() {
    let mut objects = healthy().objects().to_vec();
    for object in objects.iter_mut().filter(|it| it["kind"] == "ClusterOperator") {
        object["status"]["conditions"] = json!({"_REDACTED": "x", "length": 3});
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let top = plain("operators", &[("all.json", list.to_string())]);
    let ran = run(&["check", "-o", "json", "--from", top.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(report["unreadable"].to_string().contains("is withheld"), "{report}");
    let categories = report["categories"].as_array().unwrap().iter();
    let mut checks = categories.flat_map(|it| it["checks"].as_array().unwrap());
    let check = checks.find(|it| it["id"] == "operator-degraded").unwrap();
    assert_eq!(check["verdict"], "unknown", "{check}");
}

#[test]
fn a_row_is_unknown_only_where_it_rests_on_what_is_withheld_of_a_machine() {
    let marker = json!({"_REDACTED": "This field has been redacted", "length": 3});
    let rows = |name: &str, objects: &[Value]| -> Vec<(String, String)> {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let top = plain(name, &[("all.json", list.to_string())]);
        let ran = run(&["check", "-o", "json", "--from", top.to_str().unwrap()]);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let categories = report["categories"].as_array().unwrap().iter();
        let checks = categories.flat_map(|it| it["checks"].as_array().unwrap().iter());
        let unknown = checks.filter(|it| it["verdict"] == "unknown");
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        unknown.map(|it| (text(&it["id"]), text(&it["because"]))).collect()
    };
    let objects = healthy().objects().to_vec();
    let before = rows("machines-whole", &objects);
    for (field, expected) in [
        ("securityGroups", &[][..]),
        ("iamInstanceProfile", &[]),
        ("subnet", &["zone-subnet-mismatch"]),
        ("instanceType", &["masters-options-bound"]),
        ("capacityReservationId", &["masters-options-bound"]),
        ("fieldOfTomorrow", &["masters-options-bound"]),
        ("placement", &["zone-subnet-mismatch", "edge-zone", "masters-options-bound"]),
    ] {
        let mut objects = objects.clone();
        for machine in objects.iter_mut().filter(|it| it["kind"] == "Machine") {
            machine["spec"]["providerSpec"]["value"][field] = marker.clone();
        }
        let mut after = rows("machines-withheld", &objects);
        after.retain(|it| !before.contains(it));
        let ids: Vec<&str> = after.iter().map(|it| it.0.as_str()).collect();
        // A master that differs from the template is replaced. Its failure domain has the subnet and the zone.
        let of_template = ["template-differs", "masters-rolling", "etcd-unstable"];
        let of_template = if field == "subnet" { &[][..] } else { &of_template };
        assert_eq!(ids, [expected, of_template].concat(), "{field}: {after:?}");
        assert!(after.iter().all(|it| it.1.contains(field)), "{field}: {after:?}");
    }
}
