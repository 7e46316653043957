//! Words of other programs (operators, daemons, the Machine API) lose every secret before a command shows them, and
//! keep the words that a reader needs.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd::model::kind::Kind;
use serde_json::{Value, json};

use crate::from;
use crate::program::{directory, run};
use crate::redacted::{self, Place};

/// What stays of the words that [`words`] adds, and reads well.
const KEPT: [&str; 4] = [
    "Node ip-10-0-12-34.ec2.internal",
    "rendered-master-aa74e1cc2e92e4aa2e1719c63f74c817",
    "quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:\
     5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "https://api-int.lab.example.com:22623/config/master",
];

/// Words with credentials in the forms that programs write, and with quotations of what an admin wrote, in which
/// nothing looks like a credential.
fn words(place: &str) -> String {
    let login = STANDARD.encode("svc:CANARY-");
    let [node, rendered, image, url] = KEPT;
    format!(
        "{place}: {node} at {rendered}: pull {image}: proxyconnect http://svc:CANARY-URL@proxy:3128: auth {login}; \
         token sha256~CANARY-TOKEN, api_key=CANARY-KEY --token CANARY-FLAG \"password\": \"CANARY two CANARY\" \
         Authorization: Bearer CANARY-BEARER; --append=foo.key=zqKargHunter zqFileHunter, zqUnitHunter; \
         zqProxyHunter and zqPullHunter; GET {url}"
    )
}

/// What must be in no output.
fn needles() -> Vec<String> {
    let admins = ["Karg", "File", "Unit", "Proxy", "Pull"].map(|it| format!("zq{it}Hunter"));
    let plain = ["CANARY".to_owned()].into_iter().chain(admins);
    plain.chain([STANDARD.encode("svc:CANARY-").trim_end_matches('=').to_owned()]).collect()
}

/// The cluster with what the words quote: a MachineConfig of an admin's, and a proxy and a pull secret in the templates.
fn with_sources(objects: &mut Vec<Value>) {
    let data = |text: &str| format!("data:;base64,{}", STANDARD.encode(text));
    let auth = STANDARD.encode("robot:zqPullHunter");
    let pull = format!("{{\"auths\": {{\"quay.io\": {{\"auth\": \"{auth}\"}}}}}}");
    let is_template = |it: &&mut Value| it["metadata"]["name"] == "00-master";
    for template in objects.iter_mut().filter(is_template) {
        let files = &mut template["spec"]["config"]["storage"]["files"];
        let files = files.as_array_mut().unwrap();
        files.retain(|it| it["path"] != "/var/lib/kubelet/config.json");
        for (path, text) in [
            ("/var/lib/kubelet/config.json", pull.as_str()),
            ("/etc/mco/proxy.env", "HTTPS_PROXY=http://svc:zqProxyHunter@proxy:3128\n"),
        ] {
            files.push(json!({"path": path, "mode": 384, "contents": {"source": data(text)}}));
        }
    }
    for role in ["master", "worker"] {
        objects.push(json!({
            "apiVersion": "machineconfiguration.openshift.io/v1", "kind": "MachineConfig",
            "metadata": {
                "name": format!("99-{role}-zq"),
                "labels": {"machineconfiguration.openshift.io/role": role},
            },
            "spec": {
                "kernelArguments": ["foo.key=zqKargHunter"],
                "config": {
                    "ignition": {"version": "3.4.0"},
                    "storage": {"files": [{"path": "/etc/zq", "contents": {"source": data("a zqFileHunter\nb")}}]},
                    "systemd": {"units": [{"name": "zq.service", "contents": "[Service]\nExecStart=/x --id zqUnitHunter\n"}]},
                },
            },
        }));
    }
}

/// Puts words into every status in every place where programs write them, and makes the operators speak up.
fn speak(objects: &mut [Value]) {
    fn below(value: &mut Value, key: &str, words: &str) {
        match value {
            Value::String(text) if text.contains(' ') || ["message", "reason"].contains(&key) => {
                *text = words.to_owned();
            }
            Value::Array(items) => items.iter_mut().for_each(|it| below(it, key, words)),
            Value::Object(fields) => {
                fields.iter_mut().for_each(|(key, it)| below(it, key, words));
            }
            _ => {}
        }
    }
    for object in objects {
        let kind = object["kind"].as_str().unwrap().to_owned();
        let words = words(&kind);
        for condition in object["status"]["conditions"].as_array_mut().into_iter().flatten() {
            condition["message"] = "x y".into();
            let told = condition["type"].as_str().unwrap().to_owned();
            if told.ends_with("Degraded") || told.ends_with("Progressing") {
                condition["status"] = "True".into();
            }
        }
        below(&mut object["status"], "", &words);
        if kind == "Node" {
            let annotations = &mut object["metadata"]["annotations"];
            annotations["machineconfiguration.openshift.io/reason"] = words.clone().into();
            annotations["machineconfiguration.openshift.io/state"] = "Degraded".into();
        }
        if kind == "Machine" && object["metadata"]["name"] == FAILED {
            object["status"]["errorMessage"] = words.clone().into();
            object["status"]["errorReason"] = words.into();
        }
    }
}

/// A Machine of etcd that the Machine API gave up.
const FAILED: &str = "lab-x99n4-etcd-us-east-1a";

fn failed_machine(objects: &[Value]) -> Value {
    let is_masters = |it: &&Value| {
        it["kind"] == "Machine" && it["metadata"]["name"].as_str().unwrap().contains("master")
    };
    let mut machine = objects.iter().find(is_masters).unwrap().clone();
    machine["metadata"]["name"] = FAILED.into();
    for key in ["role", "type"] {
        machine["metadata"]["labels"][format!("machine.openshift.io/cluster-api-machine-{key}")] =
            "etcd".into();
    }
    machine["status"] = json!({"phase": "Failed"});
    machine
}

fn files(name: &str, objects: &[Value]) -> String {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    from::plain(name, &[("all.json", list.to_string())]).to_str().unwrap().to_owned()
}

#[test]
fn no_command_shows_a_secret_that_another_program_wrote_into_its_words() {
    let mut objects = from::initialized().objects().to_vec();
    with_sources(&mut objects);
    objects.push(failed_machine(&objects));
    speak(&mut objects);
    let top = files("foreign-words", &objects);
    let mut kinds = BTreeSet::new();
    let verbs: [&[&str]; 8] = [
        &["status"],
        &["check"],
        &["init"],
        &["diff"],
        &["add-disk"],
        &["remove-disk"],
        &["teardown"],
        &["add-machine", "--zone=us-east-1a"],
    ];
    let formats: [&[&str]; 7] = [
        &[],
        &["-o=wide"],
        &["-o=json"],
        &["-o=yaml"],
        &["-o=name"],
        &["-v=9"],
        &["--progress=json"],
    ];
    for verb in verbs {
        for format in formats {
            let ran = run(&[verb, format, &["--from", &top]].concat());
            for shown in [&ran.stdout, &ran.stderr] {
                for needle in needles() {
                    let line = shown.lines().find(|it| it.contains(&needle));
                    assert_eq!(line, None, "{verb:?} {format:?}: {needle}");
                }
                let told = Kind::ALL.map(|it| it.resource().kind);
                kinds.extend(told.into_iter().filter(|it| shown.contains(&format!("{it}: Node "))));
            }
            if format.first() == Some(&"-o=json") && *verb.first().unwrap() == "status" {
                for kept in KEPT {
                    assert!(ran.stdout.contains(kept), "{kept}\n{}", ran.stdout);
                }
            }
        }
    }
    let expected = ["ClusterOperator", "ClusterVersion", "Etcd", "Machine", "MachineConfigPool"];
    assert!(expected.iter().all(|it| kinds.contains(it)), "{kinds:?}");
}

/// The files of a user who may read operators and pools, and no MachineConfigs.
#[test]
fn what_a_message_assigns_is_withheld_where_machine_configs_were_not_read() {
    let mut objects = from::initialized().objects().to_vec();
    with_sources(&mut objects);
    speak(&mut objects);
    objects.retain(|it| it["kind"] != "MachineConfig");
    let top = files("foreign-words-unread", &objects);
    let mut told = 0;
    let verbs =
        ["status", "check", "init", "diff", "add-disk", "remove-disk", "teardown", "add-machine"];
    for verb in verbs {
        for format in ["-o=json", "-v=0"] {
            let ran = run(&[verb, format, "--from", &top]);
            for shown in [&ran.stdout, &ran.stderr] {
                assert!(!shown.contains("zqKargHunter"), "{verb}: {shown}");
                told += shown.matches("--append=foo.key=(withheld)").count();
            }
        }
    }
    assert!(told > 0);
}

#[test]
fn an_argument_that_is_refused_is_quoted_without_the_secrets_of_a_url() {
    let url = "https://svc:CANARY@h.example.com/x?token=CANARY2";
    for line in [
        &["perf", "--prometheus", url][..],
        &["perf", "--compare", url],
        &["status", "--from", url],
        &["diff", "--from", url],
        &["init", "--plan", url],
        &["status", "--kubeconfig", url],
    ] {
        let ran = run(line);
        assert!(
            ran.stderr.contains("https://(withheld)@h.example.com/x"),
            "{line:?}: {}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("CANARY"), "{line:?}: {}", ran.stderr);
    }
}

/// The fields of which a text without a space is shown as it is: names, addresses, and words of a fixed set. `*` is an
/// index.
const SHOWN: [&str; 40] = [
    "ClusterOperator /status/conditions/*/status",
    "ControlPlaneMachineSet /spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value/ami/id",
    "ControlPlaneMachineSet /spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value/blockDevices/*/ebs/volumeType",
    "ControlPlaneMachineSet /spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value/iamInstanceProfile/id",
    "ControlPlaneMachineSet /spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value/instanceType",
    "ControlPlaneMachineSet /spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value/placement/region",
    "ControlPlaneMachineSet /spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value/userDataSecret/name",
    "ControlPlaneMachineSet /status/conditions/*/reason",
    "ControlPlaneMachineSet /status/conditions/*/status",
    "Etcd /spec/managementState",
    "Etcd /status/conditions/*/message",
    "Etcd /status/conditions/*/status",
    "Etcd /status/nodeStatuses/*/nodeName",
    "Infrastructure /status/controlPlaneTopology",
    "Infrastructure /status/infrastructureName",
    "Infrastructure /status/platformStatus/aws/region",
    "Infrastructure /status/platformStatus/type",
    "Machine /spec/providerSpec/value/ami/id",
    "Machine /spec/providerSpec/value/blockDevices/*/ebs/volumeType",
    "Machine /spec/providerSpec/value/iamInstanceProfile/id",
    "Machine /spec/providerSpec/value/instanceType",
    "Machine /spec/providerSpec/value/placement/availabilityZone",
    "Machine /spec/providerSpec/value/placement/region",
    "Machine /spec/providerSpec/value/securityGroups/*/filters/*/values/*",
    "Machine /spec/providerSpec/value/userDataSecret/name",
    "Machine /status/nodeRef/name",
    "Machine /status/phase",
    "MachineConfig /metadata/annotations/oc-etcd~1source",
    "MachineConfig /spec/config/passwd/users/*/name",
    "MachineConfig /spec/config/storage/files/*/path",
    "MachineConfig /spec/config/systemd/units/*/name",
    "MachineConfig /spec/kernelType",
    "MachineConfigPool /spec/configuration/name",
    "MachineConfigPool /status/conditions/*/status",
    "MachineConfigPool /status/configuration/name",
    "MachineSet /spec/template/spec/providerSpec/value/placement/availabilityZone",
    "Node /metadata/annotations/machine.openshift.io~1machine",
    "Node /metadata/labels/kubernetes.io~1arch",
    "Node /spec/taints/*/key",
    "Node /status/nodeInfo/architecture",
];

/// Every other text of every object is changed, a few at a time, in all objects of the kind: no command shows it.
#[test]
fn what_is_shown_of_an_object_is_a_field_that_is_meant_to_be_shown() {
    const MARK: &str = "zqMark7";
    const AT_ONCE: usize = 8;
    let objects: Vec<Value> = from::initialized().objects().to_vec();
    let is_text = |place: &Place| {
        let mut all = objects.iter().filter(|it| redacted::is_of(it, place));
        all.any(|it| it.pointer(&place.path).is_some_and(Value::is_string))
    };
    let is_listed = |it: &Place| {
        let is_address = it.kind == "ConfigMap" && it.path.starts_with("/data/");
        let is_manager =
            it.path.starts_with("/metadata/managedFields/") && it.path.ends_with("/manager");
        is_address
            || is_manager
            || SHOWN.contains(&format!("{} {}", it.kind, pattern(&it.path)).as_str())
    };
    let places = redacted::places(&objects).into_iter().filter(|it| is_text(it) && !is_listed(it));
    let places: Vec<Place> = places.collect();
    assert!(places.len() > 200, "{}", places.len());
    let top = directory("foreign-words-fields");
    let is_shown = |some: &[Place]| {
        let mut changed = objects.clone();
        for place in some {
            for object in changed.iter_mut().filter(|it| redacted::is_of(it, place)) {
                if let Some(Value::String(text)) = object.pointer_mut(&place.path) {
                    text.push_str(MARK);
                }
            }
        }
        redacted::shown(&redacted::read(&top, &changed)).contains(MARK)
    };
    let bad = places.chunks(AT_ONCE).filter(|it| is_shown(it));
    let bad: Vec<&Place> = bad.flatten().filter(|it| is_shown(std::slice::from_ref(*it))).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

/// Returns a path with `*` in place of indices.
fn pattern(path: &str) -> String {
    let is_index = |it: &str| it.parse::<usize>().is_ok();
    path.split('/').map(|it| if is_index(it) { "*" } else { it }).collect::<Vec<_>>().join("/")
}
