//! What systemd and the kubelet read: the unit, drop-ins, variables, flags and the configuration file.

use super::*;

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
            "kubelet.service in machineconfig/0 resets ExecStart and sets no command",
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
    // A program that writes the file is no such other file.
    for (command, script) in [
        ("/usr/local/bin/w", "echo ID=a,node-role.kubernetes.io/worker= > /etc/site.env"),
        ("/bin/bash -c 'echo ID=a > /etc/site.env'", ""),
    ] {
        let writes = drop_in("9.conf", &format!("[Service]\nExecStartPre={command}\n"));
        let configs = [unit(&with_file), writes, file("/usr/local/bin/w", script)];
        assert_eq!(
            judged(&configs),
            "kubelet.service in machineconfig/0 uses the environment file /etc/site.env, which a program may write"
        );
    }
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
