//! What brings a role from beside, or may change the kubelet's files before the kubelet starts.

use super::*;

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
             write units and variables; an empty file writes none",
        ),
        (
            vec![etcd(), file("/usr/local/lib/systemd/system-environment-generators/x", "a")],
            "the file /usr/local/lib/systemd/system-environment-generators/x in machineconfig/1 is a generator of \
             systemd, which may write units and variables; an empty file writes none",
        ),
        (vec![etcd(), file("/usr/local/lib/systemd/system-environment-generators/x", "")], AS_ETCD),
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
        // systemd does not start a masked unit.
        (
            vec![
                etcd(),
                json!({"systemd": {"units": [{"name": "my.service", "mask": true, "dropins": [{
                    "name": "9.conf", "contents": kubelet("--kubeconfig=/x"),
                }]}]}}),
                file("/usr/local/lib/systemd/system/my.service", &kubelet("--kubeconfig=/x")),
            ],
            AS_ETCD,
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
fn a_command_that_no_script_can_mend_is_named_in_the_place_of_the_script() {
    let path = "/usr/local/bin/kubelet-wrapper.sh";
    let start = format!("[Service]\nExecStart=\nExecStart={path} {}\n", etcd_flags());
    let drop_in = json!({"systemd": {"units": [{"name": "kubelet.service", "dropins": [{
        "name": "20-x.conf", "contents": start,
    }]}]}});
    for script in ["exec /usr/bin/kubelet \"$@\"", "exec /usr/bin/kubelet $EXTRA \"$@\"", ""] {
        assert_eq!(
            judged(&[
                unit("[Service]\nExecStart=/usr/bin/kubelet\n"),
                file(path, script),
                drop_in.clone()
            ]),
            "the drop-in 20-x.conf of kubelet.service in machineconfig/2 starts the kubelet through an unknown program",
            "{script}"
        );
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
        ("/etc/udev/rules.d/99-site.rules", &*format!("SUBSYSTEM==\"net\", RUN+=\"/bin/{edit}\"")),
        ("/etc/NetworkManager/dispatcher.d/99-site", edit),
        ("/etc/modprobe.d/site.conf", &*format!("install site {edit}")),
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
