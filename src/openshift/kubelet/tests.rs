//! What systemd and the kubelet make of MachineConfigs, case by case.

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
fn drop_ins_count_in_the_order_of_their_names_wherever_they_are() {
    let base = || unit(&kubelet(&etcd_flags()));
    let master = reset(&format!("--node-labels={MASTER}"));
    let etcd = reset(&etcd_flags());
    let in_etc = |name: &str| format!("/etc/systemd/system/kubelet.service.d/{name}");
    for (configs, expected) in [
        (vec![base()], AS_ETCD),
        (vec![base(), drop_in("30-site.conf", &master)], AS_MASTER),
        // The order of the MachineConfigs does not matter between drop-ins of other names.
        (vec![base(), drop_in("30.conf", &master), drop_in("20.conf", &etcd)], AS_MASTER),
        (vec![base(), drop_in("30.conf", &etcd), drop_in("20.conf", &master)], AS_ETCD),
        // One name: the later MachineConfig wins.
        (vec![base(), drop_in("30.conf", &master), drop_in("30.conf", &etcd)], AS_ETCD),
        // One that is empty is not written.
        (vec![base(), drop_in("30.conf", &master), drop_in("30.conf", "")], AS_ETCD),
        (vec![base(), file(&in_etc("30.conf"), &master)], AS_MASTER),
        (
            vec![base(), file("/etc/systemd/system//kubelet.service.d/./30.conf", &master)],
            AS_MASTER,
        ),
        (vec![base(), file(&in_etc("30.conf.disabled"), &master)], AS_ETCD),
        (vec![base(), file(&in_etc("30"), &master)], AS_ETCD),
        (vec![base(), file("/run/systemd/system/kubelet.service.d/30.conf", &master)], AS_MASTER),
        (
            vec![base(), file("/usr/lib/systemd/system/kubelet.service.d/30.conf", &master)],
            AS_MASTER,
        ),
        (vec![base(), file("/lib/systemd/system/kubelet.service.d/30.conf", &master)], AS_MASTER),
        (
            vec![base(), file("/usr/local/lib/systemd/system/kubelet.service.d/30.conf", &master)],
            AS_MASTER,
        ),
        (vec![base(), file("/etc/systemd/system/service.d/30.conf", &master)], AS_MASTER),
        (
            vec![base(), file("/etc/systemd/system/crio.service.d/30.conf", &master)],
            "the file /etc/systemd/system/crio.service.d/30.conf in machineconfig/1 also starts a kubelet",
        ),
        // The directory decides between files of one name only.
        (
            vec![
                base(),
                file("/usr/lib/systemd/system/kubelet.service.d/30.conf", &master),
                drop_in("30.conf", &etcd),
            ],
            AS_ETCD,
        ),
        (
            vec![
                base(),
                file("/usr/lib/systemd/system/kubelet.service.d/40.conf", &master),
                drop_in("30.conf", &etcd),
            ],
            AS_MASTER,
        ),
        (
            vec![
                base(),
                file("/run/systemd/system/kubelet.service.d/30.conf", &master),
                file(&in_etc("30.conf"), ""),
            ],
            AS_ETCD,
        ),
        (
            vec![
                base(),
                file("/etc/systemd/system/service.d/30.conf", &master),
                file("/usr/lib/systemd/system/kubelet.service.d/30.conf", &etcd),
            ],
            AS_ETCD,
        ),
    ] {
        assert_eq!(judged(&configs), expected, "{configs:#?}");
    }
}

#[test]
fn the_unit_is_read_from_the_first_directory_that_has_it() {
    let etcd = || unit(&kubelet(&etcd_flags()));
    let master = kubelet(&format!("--node-labels={MASTER}"));
    let link = |path: &str, target: &str| json!({"storage": {"links": [{"path": path, "target": target}]}});
    for (configs, expected) in [
        (vec![unit(&master), etcd()], AS_ETCD),
        (vec![etcd(), unit(&master)], AS_MASTER),
        (vec![file("/etc/systemd/system/kubelet.service", &master)], AS_MASTER),
        (vec![file("/usr/lib/systemd/system/kubelet.service", &master), etcd()], AS_ETCD),
        (vec![etcd(), file("/run/systemd/system/kubelet.service", &master)], AS_ETCD),
        (vec![etcd(), file("/etc/systemd/system.control/kubelet.service", &master)], AS_MASTER),
        (
            vec![etcd(), file("/etc/systemd/system/kubelet.service", &master)],
            "the file /etc/systemd/system/kubelet.service in machineconfig/1 is also written as a unit",
        ),
        (vec![], "no MachineConfig contains kubelet.service"),
        (vec![etcd(), unit("")], "no MachineConfig contains kubelet.service"),
        (
            vec![etcd(), json!({"systemd": {"units": [{"name": KUBELET_UNIT, "mask": true}]}})],
            "kubelet.service in machineconfig/1 is masked",
        ),
        (
            vec![etcd(), json!({"systemd": {"units": [{"name": KUBELET_UNIT, "enabled": false}]}})],
            "kubelet.service in machineconfig/1 is disabled",
        ),
        (
            vec![
                file("/usr/lib/systemd/system/kubelet.service", &master),
                link("/etc/systemd/system/kubelet.service", "/dev/null"),
            ],
            "the file /etc/systemd/system/kubelet.service in machineconfig/1 masks the unit",
        ),
        (
            vec![etcd(), link("/etc/systemd/system/kubelet.service.d", "/etc/other")],
            "the file /etc/systemd/system/kubelet.service.d in machineconfig/1 is a symbolic link, which is \
             not supported",
        ),
        (
            vec![
                etcd(),
                json!({"systemd": {"units": [{"name": "my.service", "contents": "[Service]\nExecStart=/usr/bin/kubelet --kubeconfig=/x\n"}]}}),
            ],
            "my.service in machineconfig/1 also starts a kubelet",
        ),
        (
            vec![
                etcd(),
                json!({"systemd": {"units": [{"name": "my.service", "contents": "[Install]\nAlias=kubelet.service\n"}]}}),
            ],
            "my.service in machineconfig/1 takes the name of kubelet.service",
        ),
    ] {
        assert_eq!(judged(&configs), expected, "{configs:#?}");
    }
}

#[test]
fn a_command_is_read_as_systemd_and_the_kubelet_read_it() {
    let etcd = etcd_flags();
    let script = "#!/bin/sh\nif [ -x /usr/bin/kubensenter ]; then\n  exec /usr/bin/kubensenter \"$@\"\nelse\n  exec \"$@\"\nfi\n";
    let service = |text: &str| unit(&format!("[Service]\n{text}"));
    let unknown_program =
        "kubelet.service in machineconfig/0 starts the kubelet through an unknown program";
    for (text, expected) in [
        (format!("ExecStart=/usr/local/bin/kubenswrapper /usr/bin/kubelet {etcd}"), AS_ETCD),
        (format!("ExecStart=-/usr/bin/hyperkube kubelet {etcd}"), AS_ETCD),
        (format!("ExecStart=@/usr/bin/kubelet kubelet {etcd}"), AS_ETCD),
        (format!("ExecStart=/usr/bin/nice -n 5 /usr/bin/kubelet {etcd}"), AS_ETCD),
        (format!("ExecStart=/usr/bin/bash -c '/usr/bin/kubelet {etcd}'"), unknown_program),
        (format!("ExecStart=/opt/start /usr/bin/kubelet {etcd}"), unknown_program),
        ("ExecStart=/usr/bin/kubelet".to_owned(), "|"),
        (
            format!(
                "ExecStart=/usr/bin/kubelet --node-labels {ETCD} --register-with-taints {ETCD_TAINT}"
            ),
            AS_ETCD,
        ),
        (
            format!(
                "ExecStart=/usr/bin/kubelet \"--node-labels={ETCD}\" --register-with-taints='{ETCD_TAINT}'"
            ),
            AS_ETCD,
        ),
        (
            format!(
                "ExecStart=/usr/bin/kubelet \\\n# {MASTER}\n --node-labels={ETCD} \\\n ; x\n --register-with-taints={ETCD_TAINT}"
            ),
            AS_ETCD,
        ),
        (
            format!(
                "ExecStart=/usr/bin/kubelet --node_labels={ETCD} --register_with_taints={ETCD_TAINT}"
            ),
            AS_ETCD,
        ),
        (
            format!("ExecStart=/usr/bin/kubelet {etcd} --node-labels={MASTER}"),
            "etcd,master|etcd:NoSchedule",
        ),
        (
            format!(
                "ExecStart=/usr/bin/kubelet {etcd} --register-with-taints={MASTER}=:NoSchedule"
            ),
            "etcd|master:NoSchedule",
        ),
        (format!("ExecStart=/usr/bin/kubelet {etcd} --register-with-taints="), "etcd|"),
        (format!("ExecStart=/usr/bin/kubelet {etcd} -- --node-labels={MASTER}"), AS_ETCD),
        (
            format!(
                "ExecStart=/usr/bin/kubelet --node-labels={ETCD}= --register-with-taints={ETCD}:PreferNoSchedule"
            ),
            "etcd|etcd:PreferNoSchedule",
        ),
        (
            format!(
                "ExecStart=/usr/bin/kubelet --node-labels=a=b,{ETCD}=x,c --register-with-taints=k=v:NoExecute,{ETCD_TAINT}"
            ),
            AS_ETCD,
        ),
        (
            format!("ExecStart=/usr/bin/kubelet {etcd}\nExecStart=/usr/bin/kubelet {etcd}"),
            "kubelet.service in machineconfig/0 is one of 2 commands, which systemd rejects",
        ),
        (
            format!("ExecStart=/usr/bin/kubelet {etcd} ; /bin/true"),
            "kubelet.service in machineconfig/0 has more than one command",
        ),
        (
            format!("ExecStart=/usr/bin/kubelet {etcd}\nExecStart="),
            "kubelet.service in machineconfig/0 has no ExecStart",
        ),
        (
            format!("ExecStart=/usr/bin/kubelet {etcd}\nExecStart=/usr/bin/kubelet \"x"),
            "kubelet.service in machineconfig/0 is one of 2 commands, which systemd rejects",
        ),
        (
            format!("ExecStart=/usr/bin/kubelet {etcd} --register-node=false"),
            "kubelet.service in machineconfig/0 prevents the kubelet from registering a Node",
        ),
        (
            format!(
                "[Install]\nExecStart=/usr/bin/kubelet --node-labels={MASTER}\n[Service]\nExecStart=/usr/bin/kubelet {etcd}"
            ),
            AS_ETCD,
        ),
    ] {
        assert_eq!(judged(&[service(&text)]), expected, "{text}");
    }
    let wrapped =
        service(&format!("ExecStart=/usr/local/bin/kubenswrapper /usr/bin/kubelet {etcd}"));
    let path = "/usr/local/bin/kubenswrapper";
    let other = format!("#!/bin/sh\nexec \"$@\" --node-labels={MASTER}\n");
    let refused = "the file /usr/local/bin/kubenswrapper in machineconfig/1 starts the kubelet and may give it other flags";
    for (text, expected) in [(script, AS_ETCD), (other.as_str(), refused), ("", refused)] {
        assert_eq!(judged(&[wrapped.clone(), file(path, text)]), expected, "{text}");
    }
}

#[test]
fn variables_count_where_they_stand_in_the_flags() {
    let flags = format!(
        "--node-labels={ETCD},${{X}} --register-with-taints={ETCD_TAINT},${{Y}} --v=${{Z}}"
    );
    let with = |settings: &str| {
        unit(&format!("[Service]\n{settings}\nExecStart=/usr/bin/kubelet {flags}\n"))
    };
    let master_env = file("/etc/site.env", &format!("X={MASTER}\n"));
    for (configs, expected) in [
        (vec![with("")], AS_ETCD),
        (vec![with(&format!("Environment=X={MASTER}"))], "etcd,master|etcd:NoSchedule"),
        (vec![with(&format!("Environment=\"X=a=b,{MASTER}\" Y=z"))], "etcd,master|etcd:NoSchedule"),
        (vec![with(&format!("Environment=X={MASTER}\nEnvironment=X=a"))], AS_ETCD),
        (vec![with(&format!("Environment=X={MASTER}\nEnvironment="))], AS_ETCD),
        (vec![with(&format!("Environment=X={MASTER}\nUnsetEnvironment=X"))], AS_ETCD),
        (vec![with(&format!("Environment=Z={MASTER}"))], AS_ETCD),
        (
            vec![with(&format!("Environment=Y={MASTER}=:NoSchedule"))],
            "etcd|etcd:NoSchedule,master:NoSchedule",
        ),
        (
            vec![with(
                "EnvironmentFile=/etc/os-release\nEnvironmentFile=-/etc/kubernetes/kubelet-env",
            )],
            AS_ETCD,
        ),
        (
            vec![with("EnvironmentFile=/etc/site.env"), master_env.clone()],
            "etcd,master|etcd:NoSchedule",
        ),
        (
            vec![
                with(&format!("EnvironmentFile=/etc/site.env\nEnvironment=X={MASTER}")),
                file("/etc/site.env", "X=a\n"),
            ],
            AS_ETCD,
        ),
        (
            vec![with("EnvironmentFile=/etc/site.env\nEnvironmentFile="), master_env.clone()],
            AS_ETCD,
        ),
        (
            vec![
                with(""),
                drop_in("9.conf", "[Service]\nEnvironmentFile=-/etc/site.env"),
                master_env.clone(),
            ],
            "etcd,master|etcd:NoSchedule",
        ),
        (
            vec![with("EnvironmentFile=-/etc/site.env")],
            "kubelet.service in machineconfig/0 uses the environment file /etc/site.env, which no MachineConfig contains",
        ),
        (
            vec![with("PassEnvironment=X")],
            "kubelet.service in machineconfig/0 uses a variable from the environment of systemd",
        ),
        (
            vec![
                with(""),
                file(
                    "/etc/systemd/system.conf.d/9.conf",
                    &format!("[Manager]\nDefaultEnvironment=X={MASTER}\n"),
                ),
            ],
            "etcd,master|etcd:NoSchedule",
        ),
    ] {
        assert_eq!(judged(&configs), expected, "{configs:#?}");
    }
    // The name of the operating system is trusted, although another file could set it too.
    let usual =
        kubelet(&format!("--node-labels={ETCD},os=${{ID}} --register-with-taints={ETCD_TAINT}"));
    let with_file = format!("{usual}EnvironmentFile=-/etc/site.env\n");
    assert_eq!(judged(&[unit(&with_file)]), AS_ETCD);
    // A whole word may bring flags.
    let args = |settings: &str| {
        unit(&format!("[Service]\n{settings}\nExecStart=/usr/bin/kubelet {} $ARGS\n", etcd_flags()))
    };
    assert_eq!(
        judged(&[args(&format!("Environment=\"ARGS=--v=2 --node-labels={MASTER}\""))]),
        "etcd,master|etcd:NoSchedule"
    );
    assert_eq!(
        judged(&[args("")]),
        "kubelet.service in machineconfig/0 uses flags from the variable ARGS, which no MachineConfig sets"
    );
    // `$X` within a word is none, and neither is `$$`.
    let literal =
        kubelet(&format!("--node-labels={ETCD},$X,$${{X}} --register-with-taints={ETCD_TAINT}"));
    let environment = format!("{literal}Environment=X={MASTER}\n");
    assert_eq!(judged(&[unit(&environment)]), AS_ETCD);
}

#[test]
fn taints_of_the_configuration_file_count_where_no_flag_has_any() {
    let labels = format!("--node-labels={ETCD}");
    let conf = "/etc/kubernetes/kubelet.conf";
    let yaml = |role: &str| {
        format!(
            "kind: KubeletConfiguration\nregisterWithTaints:\n- key: node-role.kubernetes.io/{role}\n  effect: NoSchedule\n"
        )
    };
    let json = json!({"registerWithTaints": [{"key": MASTER, "effect": "NoSchedule"}]}).to_string();
    let with = |flags: &str| unit(&kubelet(&format!("{labels} {flags}")));
    for (configs, expected) in [
        (vec![with("--config=/etc/kubernetes/kubelet.conf"), file(conf, &yaml("etcd"))], AS_ETCD),
        (
            vec![with("--config /etc/kubernetes/kubelet.conf"), file(conf, &json)],
            "etcd|master:NoSchedule",
        ),
        (vec![with("--config=/etc/kubernetes/kubelet.conf")], "etcd|"),
        (vec![with(""), file(conf, &yaml("etcd"))], "etcd|"),
        (
            vec![
                with(&format!("--config={conf} --register-with-taints={ETCD_TAINT}")),
                file(conf, &json),
            ],
            AS_ETCD,
        ),
        (
            vec![
                with(&format!("--config={conf} --config-dir=/etc/k.d")),
                file(conf, &yaml("etcd")),
                file("/etc/k.d/20-x.conf", &json),
                file("/etc/k.d/30-x.yaml", &yaml("etcd")),
            ],
            "etcd|master:NoSchedule",
        ),
        (
            vec![with(&format!("--config={conf}")), file(conf, "a: [")],
            "the file /etc/kubernetes/kubelet.conf in machineconfig/1 is not understood",
        ),
        (
            vec![with(&format!("--config={conf}")), file(conf, "registerNode: false")],
            "the file /etc/kubernetes/kubelet.conf in machineconfig/1 prevents the kubelet from registering \
             a Node",
        ),
    ] {
        assert_eq!(judged(&configs), expected, "{configs:#?}");
    }
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
            "the drop-in 3.conf of kubelet.service in machineconfig/1 sets a role or a taint with a variable, which oc-etcd-kubelet-role.service rejects".to_owned(),
        ),
    ] {
        assert_eq!(judged(&configs), expected, "{configs:#?}");
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
        (file(script, "exit 0\n"), format!("the file {script} in machineconfig/2 differs from the version \
            that oc-etcd writes")),
        (
            file("/etc/systemd/system/oc-etcd-kubelet-role.service.d/1.conf", "x"),
            "the file /etc/systemd/system/oc-etcd-kubelet-role.service.d/1.conf in machineconfig/2 changes the unit of oc-etcd".to_owned(),
        ),
    ] {
        assert_eq!(judged(&[base.clone(), role_unit(), config.clone()]), expected, "{config}");
    }
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
    let fault = |flags: &str| fault(&[&base, &of(flags)]).unwrap();
    let found = fault(&format!("--node-labels={MASTER} --token=CANARY"));
    assert_eq!(found.provenance.map(|it| it.machine_config), Some("99-site".to_owned()));
    assert_eq!(
        found.message,
        "the kubelet registers with the role label master, not etcd alone, by the drop-in 30.conf of \
         kubelet.service"
    );
    let odd = fault("--node-labels=node-role.kubernetes.io/CANARY+SECRET");
    assert!(!odd.message.contains("CANARY"), "{}", odd.message);
    assert_eq!(super::fault(&[&base]), None);
}

/// A kubelet.service of etcd with a variable in its labels, and settings before the command.
fn with_custom_labels(settings: &str) -> Value {
    unit(&format!(
        "[Service]\n{settings}\nExecStart=/usr/bin/kubelet --node-labels={ETCD},${{CUSTOM_KUBELET_LABELS}} \
         --register-with-taints={ETCD_TAINT}\n"
    ))
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table of cases")]
fn what_brings_a_role_by_a_side_door_is_found_or_is_a_doubt() {
    let etcd = || unit(&kubelet(&etcd_flags()));
    let master = reset(&format!("--node-labels={MASTER}"));
    let custom = || with_custom_labels("");
    let with_master = format!("CUSTOM_KUBELET_LABELS={MASTER}");
    let manager = format!("[Manager]\nDefaultEnvironment={with_master}\n");
    let etcd_and = |flags: &str| unit(&kubelet(&format!("{} {flags}", etcd_flags())));
    let link = |path: &str| json!({"storage": {"links": [{"path": path, "target": "../system/kubelet.service"}]}});
    let both = "etcd,master|etcd:NoSchedule";
    for (configs, expected) in [
        // Another Ignition config.
        (
            vec![etcd(), json!({"ignition": {"config": {"merge": [{"source": "https://h/x"}]}}})],
            "spec.config.ignition.config.merge in machineconfig/1 takes parts of another Ignition config",
        ),
        (
            vec![etcd(), json!({"ignition": {"config": {"append": [{"source": "https://h/x"}]}}})],
            "spec.config.ignition.config.append in machineconfig/1 takes parts of another Ignition config",
        ),
        (
            vec![
                etcd(),
                json!({"ignition": {"config": {"replace": {"source": {"_REDACTED": 1}}}}}),
            ],
            "spec.config.ignition.config.replace in machineconfig/1 takes parts of another Ignition config",
        ),
        (
            vec![
                etcd(),
                json!({"ignition": {"config": {"merge": [], "replace": {"verification": {}}}}}),
            ],
            AS_ETCD,
        ),
        // The environment of systemd itself.
        (vec![custom()], AS_ETCD),
        (vec![custom(), file("/usr/local/lib/systemd/system.conf.d/9.conf", &manager)], both),
        (vec![custom(), file("/run/systemd/system.conf.d/9.conf", &manager)], both),
        (vec![custom(), file("/usr/lib/systemd/system.conf", &manager)], both),
        (vec![custom(), file("/etc/systemd/system.conf.d/9", &manager)], AS_ETCD),
        (
            vec![
                custom(),
                json!({"kernelArguments": {"shouldExist": [format!("systemd.setenv={with_master}")]}}),
            ],
            both,
        ),
        (
            vec![with_custom_labels("EnvironmentFile=/etc/site.env")],
            "kubelet.service in machineconfig/0 uses the environment file /etc/site.env, which no MachineConfig contains",
        ),
        (
            vec![with_custom_labels(&format!(
                "Environment={with_master}\nUnsetEnvironment=CUSTOM_KUBELET_LABELS=other"
            ))],
            both,
        ),
        (
            vec![with_custom_labels(&format!(
                "Environment={with_master}\nUnsetEnvironment={with_master}"
            ))],
            AS_ETCD,
        ),
        (
            vec![etcd(), file("/etc/systemd/system-generators/x", "#!/bin/sh\n")],
            "the file /etc/systemd/system-generators/x in machineconfig/1 is a generator of systemd, which may \
             write units and variables",
        ),
        (
            vec![etcd(), file("/usr/local/lib/systemd/system-environment-generators/x", "")],
            "the file /usr/local/lib/systemd/system-environment-generators/x in machineconfig/1 is a generator of \
             systemd, which may write units and variables",
        ),
        // The syntax of unit files.
        (
            vec![etcd(), drop_in("9.conf", ".include /etc/x\n")],
            "the drop-in 9.conf of kubelet.service in machineconfig/1 includes another file",
        ),
        (
            vec![unit(&format!(
                "[Service]\r\nExecStart=/usr/bin/kubelet {} \\\r\n --node-labels={MASTER}\r\n",
                etcd_flags()
            ))],
            both,
        ),
        (
            vec![etcd_and(&format!("--node-labels%i={MASTER}"))],
            "kubelet.service in machineconfig/0 has a specifier of systemd in the place of a flag",
        ),
        (
            vec![etcd_and(&format!("%i--node-labels={MASTER}"))],
            "kubelet.service in machineconfig/0 has a specifier of systemd in the place of a flag",
        ),
        (vec![etcd_and("--hostname-override=%H --hostname-override %H")], AS_ETCD),
        // Other names of the unit, and other units.
        (
            vec![etcd(), link("/etc/systemd/system/agent.service")],
            "the file /etc/systemd/system/agent.service in machineconfig/1 gives kubelet.service another name, \
             whose drop-ins count too",
        ),
        (
            vec![etcd(), link("/etc/systemd/system/multi-user.target.wants/kubelet.service")],
            AS_ETCD,
        ),
        (
            vec![etcd(), drop_in("9.conf", "[Install]\nAlias=agent.service\n")],
            "the drop-in 9.conf of kubelet.service in machineconfig/1 gives kubelet.service another name, whose \
             drop-ins count too",
        ),
        (
            vec![etcd(), file("/etc/systemd/system/my.service", &kubelet("--kubeconfig=/x"))],
            "the file /etc/systemd/system/my.service in machineconfig/1 also starts a kubelet",
        ),
        (
            vec![
                etcd(),
                json!({"systemd": {"units": [{"name": "my.service", "dropins": [{
                    "name": "9.conf",
                    "contents": "[Service]\nExecStart=/bin/sh -c 'exec /usr/bin/kubelet --kubeconfig=/x'\n",
                }]}]}}),
            ],
            "the drop-in 9.conf of my.service in machineconfig/1 also starts a kubelet",
        ),
        // Names that may hold anything.
        (
            vec![
                etcd(),
                drop_in("9 -p hunter2.conf", &master.replace("/usr/bin/kubelet", "/bin/x")),
            ],
            "the drop-in (withheld) of kubelet.service in machineconfig/1 starts the kubelet through an \
             unknown program",
        ),
    ] {
        assert_eq!(judged(&configs), expected, "{configs:#?}");
    }
}

#[test]
fn a_kernel_argument_of_the_machine_config_counts() {
    let argument = format!("systemd.setenv=CUSTOM_KUBELET_LABELS={MASTER}");
    let object = |arguments: Value| {
        let spec = json!({"config": with_custom_labels(""), "kernelArguments": arguments});
        machine_config("0", &json!({})).with("spec", spec)
    };
    let found = registration(&[&object(json!(["quiet", argument]))]).unwrap();
    let place = ConfigPlace::KernelArguments;
    let by = Provenance { machine_config: "0".to_owned(), place };
    assert_eq!(found.labels.iter().find(|it| it.name == "master").unwrap().provenance, by);
    let doubt = registration(&[&object(json!({"_REDACTED": "x"}))]).unwrap_err();
    assert_eq!(doubt, KubeletDoubt::Unknown(by, Unknown::Withheld));
}

#[test]
fn a_script_passes_arguments_on_only_where_everything_is_written_out() {
    let service =
        || unit(&format!("[Service]\nExecStart=/usr/local/bin/kubelet {}\n", etcd_flags()));
    let doubt = "the file /usr/local/bin/kubelet in machineconfig/1 starts the kubelet and may give it other flags";
    for (script, expected) in [
        ("exec /usr/bin/kubelet \"$@\"", AS_ETCD),
        ("exec /usr/bin/nice -n 5 /usr/bin/kubelet \"$@\"", AS_ETCD),
        ("exec /usr/bin/kubelet $EXTRA \"$@\"", doubt),
        ("exec /usr/bin/kubelet $(cat /etc/x) \"$@\"", doubt),
        ("exec /usr/bin/kubelet `cat /etc/x` \"$@\"", doubt),
        ("exec /usr/bin/kubelet --no\"\"de-labels=x \"$@\"", doubt),
        ("exec \"${A[@]}\" \"$@\"", doubt),
        ("exec /opt/start \"$@\"", doubt),
        (". /etc/x\nexec \"$@\"", doubt),
        ("source /etc/x; exec \"$@\"", doubt),
    ] {
        let script = format!("#!/bin/bash\n{script}\n");
        let configs = [service(), file("/usr/local/bin/kubelet", &script)];
        assert_eq!(judged(&configs), expected, "{script}");
    }
}

#[test]
fn a_drop_in_for_a_beginning_of_our_units_name_is_a_doubt() {
    let base = || unit(&kubelet("--node-labels=node-role.kubernetes.io/worker"));
    let ours = || {
        let object = kubelet_role::machine_config("3.2.0", "1");
        crate::ignition::config(&object).unwrap().clone()
    };
    assert_eq!(judged(&[base(), ours()]), AS_ETCD);
    for name in ["oc-", "oc-etcd-", "oc-etcd-kubelet-"] {
        let path = format!("/etc/systemd/system/{name}.service.d/9.conf");
        let expected = format!("the file {path} in machineconfig/2 changes the unit of oc-etcd");
        let configs = [base(), ours(), file(&path, "[Unit]\nConditionPathExists=/x\n")];
        assert_eq!(judged(&configs), expected);
    }
    let other = "/etc/systemd/system/oc-other-.service.d/9.conf";
    assert_eq!(judged(&[base(), ours(), file(other, "[Unit]\n")]), AS_ETCD);
}

/// A unit of an administrator.
fn editor(name: &str, unit_section: &str, command: &str) -> Value {
    let contents =
        format!("[Unit]\n{unit_section}\n[Service]\nType=oneshot\nExecStart={command}\n");
    json!({"systemd": {"units": [{"name": name, "enabled": true, "contents": contents}]}})
}

#[test]
fn a_unit_that_may_edit_the_kubelet_before_it_starts_is_a_doubt_by_name() {
    let base = unit(&kubelet(&etcd_flags()));
    let before = "Before=kubelet.service";
    let script = |text: &str| {
        let mut config = editor("site.service", before, "/usr/local/bin/site");
        config["storage"] = file("/usr/local/bin/site", text)["storage"].clone();
        config
    };
    let edit = "sed -i s/etcd/worker/ /etc/systemd/system/kubelet.service";
    let mut nested = script(". /etc/site.sh\n");
    let other = file("/etc/site.sh", edit)["storage"]["files"][0].clone();
    nested["storage"]["files"].as_array_mut().unwrap().push(other);
    let file_unit = file(
        "/etc/systemd/system/site.service",
        &format!("[Unit]\n{before}\n[Service]\nExecStart=/bin/{edit}\n"),
    );
    for config in [
        editor("site.service", before, &format!("/bin/{edit}")),
        editor(
            "site.service",
            before,
            "/bin/sh -c 'cat /root/x > /etc/systemd/system/kubelet.service.d/9.conf'",
        ),
        editor("site.service", before, "/usr/bin/install -D /root/x /etc/kubernetes/kubelet.conf"),
        editor("site.service", before, "/usr/bin/tee /etc/kubernetes/kubelet-env"),
        editor("site.service", "WantedBy=kubelet-dependencies.target", "/bin/cp --node-labels=x y"),
        editor(
            "site.service",
            "Before=crio.service",
            "/bin/sh -c 'cd /etc/systemd/system; sed -i x kubelet.service'",
        ),
        editor(
            "site.service",
            "Before=network-online.target",
            "/bin/crudini --set /etc/x registerWithTaints",
        ),
        script(&format!("#!/bin/bash\n{edit}\n")),
        script("F=/etc/systemd/system/kubelet.service.d\necho x > $F/a.conf\n"),
        editor("site.service", "", "/bin/sh -c 'echo x > /etc/kubernetes/kubelet-env'"),
        editor(
            "site.service",
            "After=network-online.target",
            "/usr/bin/sed -i x /etc/kubernetes/kubelet.conf",
        ),
        nested,
    ] {
        let expected = "site.service in machineconfig/1 may run before the kubelet and names the kubelet's files or \
                        flags, which it may change";
        assert_eq!(judged(&[base.clone(), config.clone()]), expected, "{config}");
    }
    for (path, text) in [
        ("/etc/tmpfiles.d/site.conf", "w /etc/kubernetes/kubelet.conf - - - - x"),
        ("/etc/udev/rules.d/99-site.rules", edit),
        ("/etc/NetworkManager/dispatcher.d/99-site", edit),
        ("/etc/modprobe.d/site.conf", edit),
        ("/etc/rc.d/rc.local", edit),
    ] {
        let found = judged(&[base.clone(), file(path, text)]);
        assert!(
            found.starts_with(&format!("the file {path} in machineconfig/1 may run before")),
            "{found}"
        );
    }
    let found = judged(&[base, file_unit]);
    assert!(
        found.starts_with("the file /etc/systemd/system/site.service in machineconfig/1 may run"),
        "{found}"
    );
}

#[test]
fn a_script_that_is_unknown_and_runs_before_the_kubelet_is_a_doubt() {
    let mut config = editor("site.service", "Before=kubelet.service", "/usr/local/bin/site");
    let remote = json!({"path": "/usr/local/bin/site", "contents": {"source": "https://h/x"}});
    config["storage"]["files"] = json!([remote]);
    assert_eq!(
        judged(&[unit(&kubelet(&etcd_flags())), config]),
        "the file /usr/local/bin/site in machineconfig/1 is fetched by the machine from a remote source"
    );
}

#[test]
fn a_unit_that_leaves_the_kubelets_files_alone_is_no_doubt() {
    let base = unit(&kubelet(&etcd_flags()));
    let before = "Before=kubelet.service";
    for config in [
        editor("site.service", before, "/usr/bin/true"),
        editor("site.service", before, "/usr/bin/systemctl stop kubelet.service"),
        editor("site.service", "", "/bin/grep x /etc/kubernetes/kubelet.conf"),
        editor(
            "site.service",
            "After=kubelet.service",
            "/bin/cp /etc/kubernetes/kubelet.conf /root/",
        ),
        editor("site.service", "After=kubelet.service", "/bin/grep x /etc/kubernetes/kubelet.conf"),
        editor("site.service", before, "/bin/sh -c 'echo a > /etc/motd'"),
    ] {
        assert_eq!(judged(&[base.clone(), config.clone()]), "etcd|etcd:NoSchedule", "{config}");
    }
}

#[test]
fn openshifts_own_units_that_write_for_the_kubelet_are_no_doubt() {
    let own = |machine_config: &str| {
        let config = editor(
            "aws-kubelet-nodename.service",
            "Before=kubelet.service",
            "/bin/tee /etc/systemd/system/kubelet.service.d/20-aws.conf",
        );
        let objects = [
            self::machine_config("01-worker-kubelet", &unit(&kubelet(&etcd_flags()))),
            self::machine_config(machine_config, &config),
        ];
        registration(&objects.iter().collect::<Vec<_>>()).is_ok()
    };
    assert!(own("00-worker") && own("00-etcd") && own("00-master") && own("rendered-etcd-1"));
    assert!(!own("99-worker-site"));
}

#[test]
fn what_the_kubelets_own_unit_runs_or_sees_besides_may_change_its_files() {
    let base = unit(&kubelet(&etcd_flags()));
    for (setting, expected) in [
        (
            "ExecStartPre=/bin/sh -c 'echo A=b > /etc/kubernetes/kubelet-env'",
            "may run before the kubelet and names",
        ),
        (
            "ExecCondition=/bin/cp /root/x /etc/kubernetes/kubelet.conf",
            "may run before the kubelet and names",
        ),
        (
            "BindReadOnlyPaths=/root/x:/etc/kubernetes/kubelet.conf",
            "has the kubelet see other files",
        ),
        ("RootDirectory=/srv", "has the kubelet see other files"),
    ] {
        let found = judged(&[base.clone(), drop_in("9.conf", &format!("[Service]\n{setting}\n"))]);
        assert!(found.contains(expected), "{setting}: {found}");
    }
    for name in ["etc-kubernetes.mount", "etc-systemd-system.mount", "usr-bin-kubelet.mount"] {
        let mount = json!({"name": name, "enabled": true, "contents": "[Mount]\nWhat=/dev/vdb\n"});
        let found = judged(&[base.clone(), json!({"systemd": {"units": [mount]}})]);
        assert!(found.starts_with(&format!("{name} in machineconfig/1 mounts another")), "{found}");
    }
    let harmless = drop_in(
        "9.conf",
        "[Service]\nExecStartPre=/bin/mkdir -p /var/lib/x\nExecStartPost=/bin/true\n",
    );
    assert_eq!(judged(&[base, harmless]), "etcd|etcd:NoSchedule");
}

#[test]
fn a_preset_that_disables_our_unit_is_a_doubt() {
    let base = unit(&kubelet("--node-labels=node-role.kubernetes.io/worker"));
    let preset = |text: &str| {
        judged(&[
            base.clone(),
            role_unit(),
            file("/etc/systemd/system-preset/10-site.preset", text),
        ])
    };
    for text in
        ["disable oc-etcd-kubelet-role.service\n", "enable a\ndisable oc-*\n", "disable *\n"]
    {
        assert_eq!(
            preset(text),
            "the file /etc/systemd/system-preset/10-site.preset in machineconfig/2 changes the unit of oc-etcd",
            "{text}"
        );
    }
    let late = file("/etc/systemd/system-preset/99-site.preset", "disable *\n");
    assert_eq!(judged(&[base.clone(), role_unit(), late]), "etcd|etcd:NoSchedule");
    assert_eq!(
        preset("disable crond.service\nenable oc-etcd-kubelet-role.service\n"),
        "etcd|etcd:NoSchedule"
    );
}
