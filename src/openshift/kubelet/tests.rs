//! What systemd and the kubelet make of MachineConfigs, case by case.

mod service;
mod side_doors;

use serde_json::{Value, json};

use super::*;
use crate::derive::kubelet_role;
use crate::ignition;
use crate::model::kind::Kind;
use crate::model::object::ObjectRef;

const ETCD: &str = "node-role.kubernetes.io/etcd";
const MASTER: &str = "node-role.kubernetes.io/master";
const ETCD_TAINT: &str = "node-role.kubernetes.io/etcd=:NoSchedule";

fn machine_config(name: &str, config: &Value) -> Object {
    Object::new(ObjectRef::cluster(Kind::MachineConfig, name))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
        .with("spec", json!({ "config": config }))
}

fn unit(contents: &str) -> Value {
    json!({"systemd": {"units": [{"name": KUBELET_UNIT, "enabled": true, "contents": contents}]}})
}

fn drop_in(name: &str, contents: &str) -> Value {
    let drop_ins = json!([{"name": name, "contents": contents}]);
    json!({"systemd": {"units": [{"name": KUBELET_UNIT, "dropins": drop_ins}]}})
}

fn file(path: &str, text: &str) -> Value {
    json!({"storage": {"files": [ignition::file(path, 0o644, text)]}})
}

/// A kubelet.service whose kubelet has these flags.
fn kubelet(flags: &str) -> String {
    format!("[Unit]\nAfter=x\n[Service]\nType=notify\nExecStart=/usr/bin/kubelet {flags}\n")
}

/// The flags of a kubelet that registers as etcd alone.
fn etcd_flags() -> String {
    format!("--node-labels={ETCD} --register-with-taints={ETCD_TAINT}")
}

/// The roles as labels and taints, or the doubt: `etcd|etcd:NoSchedule`.
fn judged(configs: &[Value]) -> String {
    let objects: Vec<Object> = configs
        .iter()
        .enumerate()
        .map(|(index, it)| machine_config(&format!("{index}"), it))
        .collect();
    let found = match registration(&objects.iter().collect::<Vec<_>>()) {
        Ok(found) => found,
        Err(doubt) => return doubt.to_string(),
    };
    let names = |roles: &[Role]| {
        let name = |it: &Role| match it.effect.as_str() {
            "" => it.name.clone(),
            effect => format!("{}:{effect}", it.name),
        };
        roles.iter().map(name).collect::<Vec<_>>().join(",")
    };
    format!("{}|{}", names(&found.labels), names(&found.taints))
}

const AS_ETCD: &str = "etcd|etcd:NoSchedule";
const AS_MASTER: &str = "master|";

fn reset(flags: &str) -> String {
    format!("[Service]\nExecStart=\nExecStart=/usr/bin/kubelet {flags}\n")
}

#[test]
fn what_is_withheld_or_fetched_is_no_registration() {
    let base = || unit(&kubelet(&etcd_flags()));
    let gone = json!({"_REDACTED": "This field has been redacted", "length": 9});
    let path = "/etc/systemd/system/kubelet.service.d/30.conf";
    let with_file =
        |contents: Value| json!({"storage": {"files": [{"path": path, "contents": contents}]}});
    let of_unit = |unit: Value| json!({"systemd": {"units": [unit]}});
    for (config, expected) in [
        (
            of_unit(json!({"name": KUBELET_UNIT, "contents": gone})),
            "kubelet.service in machineconfig/1 is withheld from the files",
        ),
        (
            of_unit(json!({"name": KUBELET_UNIT, "contents": 7})),
            "kubelet.service in machineconfig/1 is not understood",
        ),
        (
            of_unit(
                json!({"name": KUBELET_UNIT, "dropins": [{"name": "3.conf", "contents": gone}]}),
            ),
            "the drop-in 3.conf of kubelet.service in machineconfig/1 is withheld from the files",
        ),
        (
            of_unit(json!({"name": KUBELET_UNIT, "mask": gone})),
            "kubelet.service in machineconfig/1 is withheld from the files",
        ),
        (
            with_file(gone.clone()),
            "the file /etc/systemd/system/kubelet.service.d/30.conf in machineconfig/1 is withheld from the \
             files",
        ),
        (
            with_file(json!({"source": "https://h/x"})),
            "the file /etc/systemd/system/kubelet.service.d/30.conf in machineconfig/1 is fetched by the \
             machine from a remote source",
        ),
    ] {
        assert_eq!(judged(&[base(), config.clone()]), expected, "{config}");
    }
}

#[test]
fn a_config_that_is_not_understood_says_where() {
    let gone = json!({"_REDACTED": "x", "length": 9});
    let withheld = "is withheld from the files";
    let odd = "is not understood";
    let of_units = |units: Value| json!({"systemd": {"units": units}});
    let file = json!({"path": "/a"});
    for (config, place, expected) in [
        (gone.clone(), "", withheld),
        (json!(["x"]), "", odd),
        (json!({"systemd": gone}), ".systemd", withheld),
        (json!({"storage": "x"}), ".storage", odd),
        (of_units(gone.clone()), ".systemd.units", withheld),
        (of_units(json!({})), ".systemd.units", odd),
        (of_units(json!([{"name": "a.service"}, gone])), ".systemd.units[1]", withheld),
        (of_units(json!([null])), ".systemd.units[0]", odd),
        (of_units(json!([{"contents": "hunter2"}])), ".systemd.units[0]", "has no name"),
        (of_units(json!([{"name": 3}])), ".systemd.units[0].name", odd),
        (
            of_units(json!([{"name": "a.service", "dropins": "x"}])),
            ".systemd.units[0].dropins",
            odd,
        ),
        (
            of_units(json!([{"name": "a.service", "dropins": [gone]}])),
            ".systemd.units[0].dropins[0]",
            withheld,
        ),
        (
            of_units(json!([{"name": "a.service", "dropins": [{"contents": "hunter2"}]}])),
            ".systemd.units[0].dropins[0]",
            "has no name",
        ),
        (json!({"storage": {"files": "x"}}), ".storage.files", odd),
        (
            json!({"storage": {"files": [file, {"contents": {"path": "/b"}}]}}),
            ".storage.files[1]",
            "has no path",
        ),
        (json!({"storage": {"files": [{"path": ""}]}}), ".storage.files[0]", "has no path"),
        (json!({"storage": {"files": [{"path": gone}]}}), ".storage.files[0].path", withheld),
        (json!({"storage": {"links": [{}]}}), ".storage.links[0]", "has no path"),
        (json!({"storage": {"directories": [{}]}}), ".storage.directories[0]", "has no path"),
        (json!({"storage": {"filesystems": ["x"]}}), ".storage.filesystems[0]", odd),
        (
            json!({"storage": {"filesystems": [{"device": "/dev/a"}, {"path": "/etc/kubernetes"}]}}),
            ".storage.filesystems[1]",
            "mounts another file system over files that the kubelet starts from",
        ),
    ] {
        let expected = format!("spec.config{place} in machineconfig/1 {expected}");
        assert_eq!(judged(&[unit(&kubelet(&etcd_flags())), config.clone()]), expected, "{config}");
    }
}

#[test]
fn a_file_is_merged_field_by_field_and_grows_by_append() {
    let path = "/etc/systemd/system/kubelet.service.d/30.conf";
    let text = |text: &str| json!({"source": ignition::data_url(text)});
    let append = json!({"storage": {"files": [{"path": path, "append": [text(&reset(&format!("--node-labels={MASTER}")))]}]}});
    let base = unit(&kubelet(&etcd_flags()));
    assert_eq!(judged(&[base.clone(), append.clone()]), AS_MASTER);
    assert_eq!(judged(&[base, file(path, "[Service]\n"), append]), AS_MASTER);
}

fn role_unit() -> Value {
    kubelet_role::machine_config("3.4.0", "1").get("/spec/config").cloned().unwrap()
}

#[test]
fn our_unit_replaces_the_role_of_whatever_command_there_is() {
    let worker = "node-role.kubernetes.io/worker";
    let base = |flags: &str| unit(&kubelet(flags));
    let stock = format!("--node-labels={worker},os=${{ID}},${{CUSTOM_KUBELET_LABELS}}");
    let refuses = |why: &str| {
        format!(
            "kubelet.service in machineconfig/0 {why}, which oc-etcd-kubelet-role.service rejects"
        )
    };
    let site = reset(&stock);
    let masters = format!(
        "--node-labels={MASTER},node-role.kubernetes.io/control-plane --register-with-taints={MASTER}=:NoSchedule"
    );
    for (configs, expected) in [
        (vec![base(&stock), role_unit()], AS_ETCD.to_owned()),
        (vec![base(&stock), drop_in("30-site.conf", &site), role_unit()], AS_ETCD.to_owned()),
        (vec![base(&masters), role_unit()], AS_ETCD.to_owned()),
        (
            vec![base(&stock), drop_in("zzzzz.conf", &site), role_unit()],
            "the drop-in zzzzz.conf of kubelet.service in machineconfig/1 comes after zzzz-oc-etcd-role.conf of oc-etcd".to_owned(),
        ),
        (vec![base(&stock), drop_in("zzzzz.conf", "[Service]\nRestart=no\n"), role_unit()], AS_ETCD.to_owned()),
        (vec![base("--v=2"), role_unit()], refuses("does not have exactly one --node-labels")),
        (vec![base(&format!("{stock} {stock}")), role_unit()], refuses("does not have exactly one \
            --node-labels")),
        (vec![base("--node-labels=a=b"), role_unit()], refuses("has no role in --node-labels")),
        (
            vec![base(&stock), drop_in("3.conf", &format!("[Service]\nEnvironment=CUSTOM_KUBELET_LABELS={MASTER}\n")), role_unit()],
            "the drop-in 3.conf of kubelet.service in machineconfig/1 brings a role with the variable CUSTOM_KUBELET_LABELS, which oc-etcd-kubelet-role.service rejects".to_owned(),
        ),
        // What the kubelet and systemd understand, and the script does not.
        (
            vec![base(&format!("{stock} $EXTRA")), drop_in("3.conf", "[Service]\nEnvironment=\"EXTRA=--node-labels=a=b\"\n"), role_unit()],
            "the drop-in 3.conf of kubelet.service in machineconfig/1 brings --node-labels or --register-with-taints with the variable EXTRA, which oc-etcd-kubelet-role.service rejects".to_owned(),
        ),
        (vec![base("--node-labels=a=b,\"node-role.kubernetes.io/worker\""), role_unit()], refuses("has a quoted part in the value of --node-labels or --register-with-taints")),
        (vec![base(&format!("--node-labels={worker},$X")), role_unit()], refuses("has a variable without braces in the value of --node-labels or --register-with-taints")),
        (vec![base(&format!("{stock} --node_labels=a=b")), role_unit()], refuses("has --node-labels or --register-with-taints inside another argument")),
        // What is set nowhere, or on the machine, is checked on the machine.
        (vec![base(&format!("{stock} $KUBELET_EXTRA_ARGS")), role_unit()], AS_ETCD.to_owned()),
        (vec![base("--node-labels=node-role.kubernetes.io/${R},host=%H"), role_unit()], AS_ETCD.to_owned()),
        (
            vec![base(&format!("{stock} $EXTRA")), drop_in("3.conf", "[Service]\nEnvironmentFile=-/etc/sysconfig/kubelet\n"), role_unit()],
            AS_ETCD.to_owned(),
        ),
    ] {
        assert_eq!(judged(&configs), expected, "{:#?}", &configs[..configs.len() - 1]);
    }
}

#[test]
fn our_unit_counts_only_as_we_write_it() {
    let base = unit(&kubelet("--node-labels=node-role.kubernetes.io/worker"));
    let of_unit = |field: &str, value: Value| {
        let mut unit = json!({"name": kubelet_role::UNIT});
        unit[field] = value;
        json!({"systemd": {"units": [unit]}})
    };
    let requirement = |contents: &str| {
        let drop_in = json!({"name": kubelet_role::REQUIREMENT, "contents": contents});
        json!({"systemd": {"units": [{"name": "kubelet.service", "dropins": [drop_in]}]}})
    };
    let named = "oc-etcd-kubelet-role.service in machineconfig/2";
    let script = kubelet_role::SCRIPT_PATH;
    for (config, expected) in [
        (of_unit("enabled", json!(false)), format!("{named} is not enabled")),
        (of_unit("mask", json!(true)), format!("{named} is masked")),
        (of_unit("contents", json!("[Service]\n")), format!("{named} differs from the version that oc-etcd \
            writes")),
        (
            of_unit("dropins", json!([{"name": "1.conf", "contents": "x"}])),
            "the drop-in 1.conf of oc-etcd-kubelet-role.service in machineconfig/2 changes the unit of oc-etcd".to_owned(),
        ),
        (
            requirement("[Unit]\n"),
            "the drop-in zzzz-oc-etcd-requirement.conf of kubelet.service in machineconfig/2 differs from the version \
             that oc-etcd writes".to_owned(),
        ),
        (file(script, "exit 0\n"), format!("the file {script} in machineconfig/2 differs from the version \
            that oc-etcd writes")),
        (
            file("/etc/systemd/system/oc-etcd-kubelet-role.service.d/1.conf", "x"),
            "the file /etc/systemd/system/oc-etcd-kubelet-role.service.d/1.conf in machineconfig/2 changes the unit of oc-etcd".to_owned(),
        ),
    ] {
        assert_eq!(judged(&[base.clone(), role_unit(), config.clone()]), expected, "{config}");
    }
    let mut without_requirement = role_unit();
    without_requirement["systemd"]["units"][0]["dropins"] = Value::Null;
    assert_eq!(
        judged(&[base.clone(), without_requirement]),
        "the drop-in zzzz-oc-etcd-requirement.conf of kubelet.service in machineconfig/1 does not exist"
    );
    let mut without_script = role_unit();
    without_script["storage"] = Value::Null;
    assert_eq!(
        judged(&[base, without_script]),
        format!(
            "oc-etcd-kubelet-role.service in machineconfig/1 has no script: no MachineConfig contains {script}"
        )
    );
}

#[test]
fn from_4_15_on_machine_configs_of_workers_come_first() {
    let labeled = |name: &str, of: &str| {
        machine_config(name, &json!({})).with_labels([(names::MACHINE_CONFIG_ROLE, of)])
    };
    let all = [
        labeled("01-worker-kubelet", "worker"),
        labeled("00-etcd-disk", "etcd"),
        labeled("00-worker", "worker"),
        labeled("01-etcd-kubelet", "etcd"),
    ];
    let by_name = ["00-etcd-disk", "00-worker", "01-etcd-kubelet", "01-worker-kubelet"];
    let workers_first = ["00-worker", "01-worker-kubelet", "00-etcd-disk", "01-etcd-kubelet"];
    for (release, expected) in
        [("4.14.3", by_name), ("4.15.0", workers_first), ("4.20.1", workers_first)]
    {
        let sorted = in_merge_order(&all, release.parse().ok());
        assert_eq!(sorted.iter().map(|it| it.name()).collect::<Vec<_>>(), expected, "{release}");
    }
}

#[test]
fn a_fault_names_the_place_and_no_content() {
    let base = machine_config("01-etcd-kubelet", &unit(&kubelet(&etcd_flags())));
    let of = |flags: &str| machine_config("99-site", &drop_in("30.conf", &reset(flags)));
    let fault = |flags: &str| fault(&Boot::of(vec![&base, &of(flags)])).unwrap();
    let found = fault(&format!("--node-labels={MASTER} --token=CANARY"));
    assert_eq!(found.provenance.map(|it| it.machine_config), Some("99-site".to_owned()));
    assert_eq!(
        found.message,
        "the kubelet registers with the role label master, not etcd alone, by the drop-in 30.conf of \
         kubelet.service"
    );
    let odd = fault("--node-labels=node-role.kubernetes.io/CANARY+SECRET");
    assert!(!odd.message.contains("CANARY"), "{}", odd.message);
    assert_eq!(super::fault(&Boot::of(vec![&base])), None);
}

/// A kubelet.service of etcd with a variable in its labels, and settings before the command.
fn with_custom_labels(settings: &str) -> Value {
    unit(&format!(
        "[Service]\n{settings}\nExecStart=/usr/bin/kubelet --node-labels={ETCD},${{CUSTOM_KUBELET_LABELS}} \
         --register-with-taints={ETCD_TAINT}\n"
    ))
}
