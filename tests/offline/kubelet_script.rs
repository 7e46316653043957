//! The script that gives the kubelet its role, run under bash on machines that are directories: the units and
//! files that are there, and a stand-in for systemd that reads them on its own.

use std::fs;

use oc_etcd::derive::kubelet_role::{self, DROP_IN};
use oc_etcd::ignition;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::openshift::kubelet;
use oc_etcd::openshift::kubelet::boot::Boot;
use oc_etcd_lab::captured::RELEASES;
use oc_etcd_lab::host::{Host, Start};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use crate::unexpected::config;
use crate::{program, snapshot};

const UNIT: &str = "/etc/systemd/system/kubelet.service";
const DROP_INS: &str = "/etc/systemd/system/kubelet.service.d";
const ETCD: &str = "node-role.kubernetes.io/etcd";
const TAINTS: &str = "--register-with-taints=node-role.kubernetes.io/etcd=:NoSchedule";

/// A kubelet.service with these flags, written as OpenShift writes its own.
fn unit(flags: &str) -> String {
    format!(
        "[Unit]\nDescription=Kubelet\n\n[Service]\nType=notify\nExecStartPre=/bin/mkdir --parents /etc/kubernetes\n\
         EnvironmentFile=/etc/os-release\nEnvironmentFile=-/etc/kubernetes/kubelet-env\n\n\
         ExecStart=/usr/local/bin/kubenswrapper \\\n    /usr/bin/kubelet \\\n      --config=/etc/kubernetes/kubelet.conf \\\n      \
         {flags} \\\n      --v=${{KUBELET_LOG_LEVEL}}\n\nRestart=always\n\n[Install]\nWantedBy=multi-user.target\n"
    )
}

const WORKER: &str = "--node-labels=node-role.kubernetes.io/worker,node.openshift.io/os_id=${ID}";

/// A machine with the MachineConfig of the role, and nothing of a kubelet yet.
fn host(name: &str) -> Host {
    let host = Host::new(&program::directory(&format!("kubelet-{name}"))).unwrap();
    let ours = kubelet_role::machine_config("3.4.0", "1");
    host.write_config(ours.get("/spec/config").unwrap()).unwrap();
    host
}

fn with_unit(name: &str, unit: &str) -> Host {
    let host = host(name);
    host.write(UNIT, unit).unwrap();
    host
}

fn drop_in(host: &Host) -> String {
    fs::read_to_string(host.path(DROP_IN)).unwrap_or_default()
}

/// The words that the kubelet runs with.
fn words(host: &Host) -> Vec<String> {
    match host.start_kubelet().unwrap() {
        Start::Kubelet(words) => words,
        Start::Stopped(said) => panic!("the kubelet was not started: {said}"),
    }
}

fn stopped(host: &Host) -> String {
    match host.start_kubelet().unwrap() {
        Start::Kubelet(words) => panic!("the kubelet was started: {words:?}"),
        Start::Stopped(said) => said,
    }
}

/// Fails unless the kubelet gets etcd's role and taint once, and every other byte of the command as the unit
/// has it.
fn assert_only_the_role_differs(host: &Host, unit: &str, case: &str) {
    let words = words(host);
    let of = |flag: &str| -> Vec<&str> {
        words.iter().filter_map(|word| word.strip_prefix(flag)).collect()
    };
    let labels: Vec<&str> = of("--node-labels=").into_iter().flat_map(|it| it.split(',')).collect();
    let roles: Vec<&&str> = labels.iter().filter(|it| it.starts_with("node-role.")).collect();
    assert_eq!(roles, [&ETCD], "{case}");
    assert_eq!(of("--register-with-taints="), [format!("{ETCD}=:NoSchedule")], "{case}");
    let command = |text: &str| {
        let start = text.rfind("ExecStart=").unwrap();
        let end = text[start..].find("\n\n").unwrap();
        text[start..start + end].to_owned()
    };
    let masters = "--register-with-taints=node-role.kubernetes.io/master=:NoSchedule";
    let ours = command(&drop_in(host));
    let theirs = command(unit)
        .replace("node-role.kubernetes.io/control-plane,node-role.kubernetes.io/master", ETCD)
        .replace("node-role.kubernetes.io/master,", &format!("{ETCD},"))
        .replace("node-role.kubernetes.io/worker", ETCD);
    let expected = if theirs.contains(masters) {
        theirs.replace(masters, TAINTS)
    } else {
        let labels = theirs.split_whitespace().find(|it| it.starts_with("--node-labels")).unwrap();
        theirs.replace(labels, &format!("{labels} {TAINTS}"))
    };
    assert_eq!(ours, expected, "{case}");
}

/// The kubelet.service of every cluster at hand, of workers and of masters.
fn units() -> Vec<(String, String)> {
    let ours = ["4.10", "4.16", "4.20"].map(|name| (name.to_owned(), snapshot::load(name, &[])));
    let captured = RELEASES.iter().filter_map(|release| {
        Some((format!("captured {release}"), snapshot::load_captured(release)?))
    });
    let contents = |machine_config: &Object| {
        oc_etcd::ignition::unit_contents(machine_config.get("/spec/config")?, "kubelet.service")
            .map(str::to_owned)
    };
    let mut units = Vec::new();
    for (name, snapshot) in ours.into_iter().chain(captured) {
        for of in [names::WORKER, names::MASTER] {
            let machine_config = snapshot.machine_config(&format!("01-{of}-kubelet")).unwrap();
            units.push((format!("{name}, {of}"), contents(machine_config).unwrap()));
        }
    }
    units
}

#[test]
fn in_the_unit_of_every_release_only_the_role_changes_and_the_taint_is_added() {
    for (name, unit) in units() {
        let host = with_unit("release", &unit);
        assert_only_the_role_differs(&host, &unit, &name);
    }
}

#[test]
fn a_second_start_changes_nothing_and_reads_no_unit_anew() {
    let host = with_unit("again", &unit(WORKER));
    words(&host);
    let (before, reloads) = (drop_in(&host), host.reloads());
    words(&host);
    assert_eq!((drop_in(&host), host.reloads()), (before, reloads));
    assert_eq!(reloads, 1);
}

#[test]
fn a_unit_that_an_upgrade_replaced_is_taken_as_it_is_then() {
    let host = with_unit("upgrade", &unit(&format!("{WORKER} --pod-infra-container-image=a")));
    assert!(words(&host).contains(&"--pod-infra-container-image=a".to_owned()));
    let newer = unit(&format!("{WORKER} --config-dir=/etc/openshift"));
    host.write(UNIT, &newer).unwrap();
    assert_only_the_role_differs(&host, &newer, "after the upgrade");
}

#[test]
fn a_drop_in_that_resets_the_command_is_what_counts() {
    let host = with_unit("reset", &unit(WORKER));
    let site = unit(&format!("{WORKER},site=a --site"));
    for name in ["30-site.conf", "zzz-site.conf", "10-site.conf"] {
        let text = site.replace("[Service]\n", "[Service]\nExecStart=\n");
        host.write(&format!("{DROP_INS}/{name}"), &text).unwrap();
        assert_only_the_role_differs(&host, &site, name);
        fs::remove_file(host.path(&format!("{DROP_INS}/{name}"))).unwrap();
        assert_only_the_role_differs(&host, &unit(WORKER), "without it");
    }
    // In the other places that systemd looks at, and of the type of unit.
    for directory in ["run/systemd/system/kubelet.service.d", "usr/lib/systemd/system/service.d"] {
        let text = site.replace("[Service]\n", "[Service]\nExecStart=\n");
        host.write(&format!("/{directory}/30-site.conf"), &text).unwrap();
        assert_only_the_role_differs(&host, &site, directory);
        fs::remove_file(host.path(&format!("/{directory}/30-site.conf"))).unwrap();
    }
}

#[test]
fn what_else_drop_ins_say_stays_as_it_is() {
    let host = with_unit("others", &unit(WORKER));
    host.write(
        &format!("{DROP_INS}/20-nodenet.conf"),
        "[Service]\nEnvironment=\"KUBELET_NODE_IP=10.0.0.1\" \"X=y\"\n",
    )
    .unwrap();
    host.write(&format!("{DROP_INS}/01-kubens.conf"), "# vim:set ft=systemd :\n[Unit]\nAfter=kubens.service\n[Service]\nEnvironmentFile=-/run/kubens/env\n")
        .unwrap();
    assert_only_the_role_differs(&host, &unit(WORKER), "");
    let settings = host.systemctl(&["settings"]).unwrap();
    assert!(settings.contains("Environment=\"KUBELET_NODE_IP=10.0.0.1\" \"X=y\""), "{settings}");
}

/// Commands of people, and what becomes of their flags.
#[test]
fn flags_are_understood_as_systemd_and_the_kubelet_understand_them() {
    for (case, before, after) in [
        (
            "a space in the place of the equals sign",
            "--node-labels node-role.kubernetes.io/worker,a=b --register-with-taints x=y:NoExecute",
            "--node-labels node-role.kubernetes.io/etcd,a=b --register-with-taints x=y:NoExecute,node-role.kubernetes.io/etcd=:NoSchedule",
        ),
        (
            "quotes around an argument",
            "\"--node-labels=node-role.kubernetes.io/worker,a=b\" '--register-with-taints=node-role.kubernetes.io/x:NoSchedule'",
            "\"--node-labels=node-role.kubernetes.io/etcd,a=b\" '--register-with-taints=node-role.kubernetes.io/etcd=:NoSchedule'",
        ),
        (
            "quotes around a value, and on the next line",
            "--node-labels=\"node-role.kubernetes.io/worker\" --register-with-taints \\\n  \"\"",
            "--node-labels=\"node-role.kubernetes.io/etcd\" --register-with-taints \\\n  \"node-role.kubernetes.io/etcd=:NoSchedule\"",
        ),
        (
            "several roles, and one with a value",
            "--node-labels=a=b,node-role.kubernetes.io/worker=,node-role.kubernetes.io/infra,c=d",
            "--node-labels=a=b,node-role.kubernetes.io/etcd,c=d --register-with-taints=node-role.kubernetes.io/etcd=:NoSchedule",
        ),
        (
            "specifiers, dollars and backslashes elsewhere",
            "--root-dir=%S/kubelet --x=100%% --y=$$HOME --z=a\\x20b --node-labels=node-role.kubernetes.io/worker,host=%H",
            "--root-dir=%S/kubelet --x=100%% --y=$$HOME --z=a\\x20b --node-labels=node-role.kubernetes.io/etcd,host=%H --register-with-taints=node-role.kubernetes.io/etcd=:NoSchedule",
        ),
        (
            "comments between the lines, one with a flag",
            "--a \\\n# --node-labels=node-role.kubernetes.io/master\n ; a comment too\n --node-labels=node-role.kubernetes.io/worker",
            "--a \\\n# --node-labels=node-role.kubernetes.io/master\n ; a comment too\n --node-labels=node-role.kubernetes.io/etcd --register-with-taints=node-role.kubernetes.io/etcd=:NoSchedule",
        ),
        (
            "a role in a variable that stands behind the domain",
            "--node-labels=node-role.kubernetes.io/${ROLE}",
            "--node-labels=node-role.kubernetes.io/etcd --register-with-taints=node-role.kubernetes.io/etcd=:NoSchedule",
        ),
    ] {
        let host = with_unit("flags", &unit(before));
        words(&host);
        let text = drop_in(&host);
        assert!(text.contains(&format!("      {after} \\\n")), "{case}:\n{text}");
    }
}

#[test]
fn any_way_to_start_a_kubelet_is_one() {
    for start in [
        "/usr/bin/hyperkube \\\n    kubelet",
        "-/usr/bin/kubelet",
        "@/usr/bin/kubelet kubelet",
        "\"/usr/bin/kubelet\"",
        "/usr/bin/nice -n 5 /usr/bin/kubelet",
    ] {
        let text =
            unit(WORKER).replace("/usr/local/bin/kubenswrapper \\\n    /usr/bin/kubelet", start);
        assert!(text.contains(start));
        let host = with_unit("start", &text);
        words(&host);
        assert!(drop_in(&host).contains(&format!("ExecStart={start} \\\n")), "{start}");
    }
}

/// What is not understood: no kubelet, and one sentence that names the file or unit and the reason, and quotes
/// nothing of it.
#[test]
fn what_is_not_understood_starts_no_kubelet_and_says_why() {
    for (case, text, reason) in not_understood() {
        let host = with_unit("stop", &text.replace("Description=Kubelet", "Description=CANARY"));
        let said = stopped(&host);
        let sentence = format!(
            "oc-etcd: the kubelet is not started, because {reason}; correct the MachineConfig that this comes from, then replace this machine"
        );
        assert_eq!(said, sentence, "{case}");
        assert_eq!(drop_in(&host), "", "{case}");
    }
}

/// The kubelet takes an underscore for a hyphen.
#[test]
fn a_flag_with_an_underscore_starts_no_kubelet() {
    let host = with_unit("underscore", &unit(&format!("{WORKER} --node_labels=a=b")));
    let said = stopped(&host);
    assert!(
        said.contains("--node-labels or --register-with-taints inside another argument"),
        "{said}"
    );
}

/// Units that the script does not understand, each with what it is and the reason that is told.
#[rustfmt::skip]
fn not_understood() -> Vec<(&'static str, String, String)> {
    let worker = unit(WORKER);
    let file = "in /etc/systemd/system/kubelet.service";
    vec![
        (
            "ExecStart= alone",
            worker.replace("ExecStart=/usr/local", "ExecStart=\n#"),
            "kubelet.service has 0 commands in ExecStart, not 1".to_owned(),
        ),
        (
            "no labels",
            unit("--other"),
            format!("ExecStart {file} has 0 --node-labels flags, not 1"),
        ),
        (
            "labels twice",
            unit(&format!("{WORKER} {WORKER}")),
            format!("ExecStart {file} has 2 --node-labels flags, not 1"),
        ),
        (
            "taints twice",
            unit(&format!("{WORKER} {TAINTS} {TAINTS}")),
            format!("ExecStart {file} has 2 --register-with-taints flags, not 1"),
        ),
        (
            "no role",
            unit("--node-labels=a=b"),
            format!("--node-labels {file} has no role to replace"),
        ),
        (
            "a wrapper without flags",
            worker.replace(WORKER, "--x").replace("/usr/bin/kubelet", "/opt/kubelet.sh"),
            format!("ExecStart {file} runs no kubelet"),
        ),
        (
            "another program",
            worker.replace("/usr/bin/kubelet", "/usr/bin/agent"),
            format!("ExecStart {file} has --node-labels before a kubelet"),
        ),
        (
            "two commands",
            worker.replace(
                "Restart=",
                "ExecStart=/usr/bin/kubelet --node-labels=node-role.kubernetes.io/worker\nRestart=",
            ),
            "kubelet.service has 2 commands in ExecStart, not 1".to_owned(),
        ),
        (
            "two commands in one",
            unit(&format!("{WORKER} ; /usr/bin/kubelet")),
            format!("ExecStart {file} has more than one command"),
        ),
        (
            "a shell",
            unit(&format!("sh -c \"exec {WORKER}\"")),
            format!(
                "ExecStart {file} has --node-labels or --register-with-taints inside another argument"
            ),
        ),
        (
            "quotes inside",
            unit("--node-labels=node-role.kubernetes.io/\"worker\""),
            format!("the value of --node-labels {file} is quoted in a way that is not understood"),
        ),
        (
            "a backslash inside",
            unit("--node-labels=node-role.kubernetes.io/w\\x6frker"),
            format!("the value of --node-labels {file} is quoted in a way that is not understood"),
        ),
        (
            "a variable of another form",
            unit("--node-labels=node-role.kubernetes.io/worker,$LABELS"),
            format!(
                "the value of --node-labels {file} has a variable that is not written as ${{NAME}}"
            ),
        ),
        (
            "a flag without a value",
            worker.replace("--v=${KUBELET_LOG_LEVEL}", "--register-with-taints"),
            format!("--register-with-taints {file} has no value"),
        ),
        (
            "a quote over lines",
            unit(&format!("{WORKER} \"a \\\n b\"")),
            format!("ExecStart {file} has a quote that does not end in its line"),
        ),
        (
            "lines of another system",
            worker.replace('\n', "\r\n"),
            "/etc/systemd/system/kubelet.service has carriage returns".to_owned(),
        ),
        (
            "an included file",
            worker.replace("[Service]\n", "[Service]\n.include /etc/other\n"),
            "/etc/systemd/system/kubelet.service includes another file".to_owned(),
        ),
    ]
}

#[test]
fn a_unit_that_is_masked_or_missing_starts_no_kubelet() {
    assert!(stopped(&host("missing")).contains("because kubelet.service is not-found to systemd;"));
    let masked = host("masked");
    let units = json!({"systemd": {"units": [{"name": "kubelet.service", "mask": true}]}});
    masked.write_config(&units).unwrap();
    assert!(stopped(&masked).contains("because kubelet.service is masked to systemd;"));
}

/// Variables count with the values that the kubelet gets, from wherever.
#[test]
fn a_variable_that_brings_a_role_a_taint_or_a_flag_starts_no_kubelet() {
    let custom = format!("{WORKER},${{CUSTOM}} --register-with-taints=${{TAINTS}} $EXTRA");
    let env = "/etc/kubernetes/kubelet-env";
    let drop_in = format!("{DROP_INS}/50-site.conf");
    for (path, text, reason) in [
        (
            env,
            "CUSTOM=node-role.kubernetes.io/infra\n",
            "the variable CUSTOM in --node-labels of kubelet.service brings a role",
        ),
        (
            env,
            "CUSTOM=\"a=b,node-role.kubernetes.io/worker=\"\n",
            "the variable CUSTOM in --node-labels of kubelet.service brings a role",
        ),
        (
            &drop_in,
            "[Service]\nEnvironment=CUSTOM=node-role.kubernetes.io/infra\n",
            "the variable CUSTOM in --node-labels of kubelet.service brings a role",
        ),
        (
            env,
            "TAINTS=a=b:NoSchedule\n",
            "the variable TAINTS in --register-with-taints of kubelet.service brings a taint",
        ),
        (
            env,
            "EXTRA=--node-labels=node-role.kubernetes.io/infra\n",
            "the variable EXTRA of kubelet.service brings --node-labels or --register-with-taints",
        ),
    ] {
        let host = with_unit("variables", &unit(&custom));
        host.write(path, text).unwrap();
        let said = stopped(&host);
        assert!(said.contains(&format!("because {reason};")), "{text}: {said}");
        let console = fs::read_to_string(host.path("/dev/console")).unwrap();
        assert_eq!(
            console.trim_end(),
            said,
            "the kubelet's own unit does not write to the console"
        );
        // The fault is mended: the next start works, without anybody's help.
        fs::remove_file(host.path(path)).unwrap();
        host.systemctl(&["daemon-reload"]).unwrap();
        words(&host);
    }
    // A file that may be missing is empty, and other values are the admin's.
    let host = with_unit("variables", &unit(&custom));
    assert!(words(&host).contains(&format!("--node-labels={ETCD},node.openshift.io/os_id=rhcos,")));
    host.write(env, "CUSTOM=site=a,rack=b\nOTHER=node-role.kubernetes.io/infra\n").unwrap();
    let label = format!("--node-labels={ETCD},node.openshift.io/os_id=rhcos,site=a,rack=b");
    assert!(words(&host).contains(&label));
}

#[test]
fn a_drop_in_that_comes_after_or_in_the_place_of_ours_starts_no_kubelet() {
    let later = with_unit("later", &unit(WORKER));
    let site = unit(WORKER).replace("[Service]\n", "[Service]\nExecStart=\n");
    later.write(&format!("{DROP_INS}/zzzzzz-site.conf"), &site).unwrap();
    let said = stopped(&later);
    assert!(said.contains("because ExecStart of kubelet.service is set after /run/systemd/system/kubelet.service.d/zzzz-oc-etcd-role.conf, in /etc/systemd/system/kubelet.service.d/zzzzzz-site.conf;"), "{said}");

    // One that resets what checks the variables, and nothing else.
    let unchecked = with_unit("unchecked", &unit(WORKER));
    unchecked.write(&format!("{DROP_INS}/zzzzzz-site.conf"), "[Service]\nExecStartPre=\n").unwrap();
    assert!(stopped(&unchecked).contains("because ExecStartPre of kubelet.service is set after "));
    // One that runs something after the check.
    let after = with_unit("after", &unit(WORKER));
    let site = "[Service]\nExecStartPre=/bin/cp /root/env /etc/kubernetes/kubelet-env\n";
    after.write(&format!("{DROP_INS}/zzzzzz-site.conf"), site).unwrap();
    assert!(stopped(&after).contains("because ExecStartPre of kubelet.service is set after "));

    let instead = with_unit("instead", &unit(WORKER));
    instead.write(&format!("{DROP_INS}/zzzz-oc-etcd-role.conf"), "[Service]\nNice=1\n").unwrap();
    assert!(stopped(&instead).contains("because systemd does not read /run/systemd/system/kubelet.service.d/zzzz-oc-etcd-role.conf;"));

    // What sorts later and sets something else is nobody's concern, with the line ends of another system too.
    for text in ["[Service]\nNice=1\n", "[Service]\r\nNice=1\r\n"] {
        let other = with_unit("other", &unit(WORKER));
        other.write(&format!("{DROP_INS}/zzzzzz-site.conf"), text).unwrap();
        assert_only_the_role_differs(&other, &unit(WORKER), "");
    }
}

#[test]
fn a_variable_of_a_name_that_the_script_uses_itself_is_that_of_the_kubelet() {
    let host = with_unit("own-name", &unit(&format!("{WORKER},site=${{label}}")));
    host.write("/etc/kubernetes/kubelet-env", "label=a\n").unwrap();
    let expected = format!("--node-labels={ETCD},node.openshift.io/os_id=rhcos,site=a");
    assert!(words(&host).contains(&expected));
}

/// A unit of an admin may run between ours and the kubelet.
#[test]
fn a_command_that_changes_between_our_unit_and_the_kubelet_starts_no_kubelet() {
    let site = format!("{DROP_INS}/zzzzzz-site.conf");
    for (text, reason) in [
        (
            unit(&format!("--node-labels={ETCD}")),
            "systemd has loaded 0 --register-with-taints flags for kubelet.service, not 1",
        ),
        (
            unit(&format!("--node-labels=node-role.kubernetes.io/master {TAINTS}")),
            "systemd has loaded another role than etcd for kubelet.service",
        ),
        (
            unit(&format!(
                "--node-labels={ETCD} --register-with-taints=node-role.kubernetes.io/master=:NoSchedule"
            )),
            "systemd has loaded another taint than that of etcd for kubelet.service",
        ),
        (
            unit(&format!("--node-labels={ETCD},${{MORE}} {TAINTS}")),
            "systemd has loaded the variable MORE, which the command did not have before, for kubelet.service",
        ),
        (
            unit(&format!("--node-labels={ETCD} {TAINTS} $EXTRA")),
            "systemd has loaded the variable EXTRA, which the command did not have before, for kubelet.service",
        ),
        (
            unit(&format!(
                "--node-labels={ETCD} {TAINTS} --node_labels=node-role.kubernetes.io/master"
            )),
            "systemd has loaded --node-labels with underscores for kubelet.service",
        ),
    ] {
        let host = with_unit("between", &unit(WORKER));
        let start = host.start_kubelet_after(|host| {
            host.write(&site, &text.replace("[Service]\n", "[Service]\nExecStart=\n"))?;
            host.systemctl(&["daemon-reload"]).map(drop)
        });
        let Start::Stopped(said) = start.unwrap() else {
            panic!("the kubelet was started: {text}")
        };
        assert!(said.contains(&format!("because {reason};")), "{said}");
        // Another drop-in, and a reload, are the admin's.
        fs::remove_file(host.path(&site)).unwrap();
        let start = host.start_kubelet_after(|host| {
            host.write(&site, "[Service]\nNice=1\n")?;
            host.systemctl(&["daemon-reload"]).map(drop)
        });
        assert!(matches!(start.unwrap(), Start::Kubelet(_)));
    }
}

#[test]
fn what_was_left_of_a_run_that_broke_off_or_of_an_older_one_does_no_harm() {
    let host = with_unit("broken-off", &unit(WORKER));
    host.write(
        DROP_IN,
        "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --node-labels=node-role.kub",
    )
    .unwrap();
    let directory = host.path(DROP_IN).parent().unwrap().to_owned();
    fs::write(directory.join(".oc-etcd.AAAAAAAA"), "[Service]\nExecStart=\n").unwrap();
    assert_only_the_role_differs(&host, &unit(WORKER), "");
}

/// Returns why the plan would refuse machines with this kubelet.service, which a drop-in may hold, and this file of
/// variables.
fn predicted(unit: &str, is_drop_in: bool, env: &str) -> Option<String> {
    let systemd = if is_drop_in {
        let text = unit.replace("[Service]\n", "[Service]\nExecStart=\n");
        json!({"name": "kubelet.service", "enabled": true, "contents": "[Service]\nExecStart=/bin/true\n",
            "dropins": [{"name": "30-site.conf", "contents": text}]})
    } else {
        json!({"name": "kubelet.service", "enabled": true, "contents": unit})
    };
    let file = ignition::file("/etc/kubernetes/kubelet-env", 0o644, env);
    let config = json!({"ignition": {"version": "3.2.0"}, "systemd": {"units": [systemd]}, "storage": {"files": [file]}});
    let theirs = Object::new(ObjectRef::cluster(Kind::MachineConfig, "00-worker"))
        .with("spec", json!({ "config": config }));
    let ours = kubelet_role::machine_config("3.4.0", "1");
    kubelet::fault(&Boot::of(vec![&theirs, &ours])).map(|it| it.message)
}

proptest! {
    #![proptest_config(config(60))]

    /// Whatever stands in the two flags and around them: the kubelet registers as etcd alone, or not at all, and the plan
    /// knows which.
    #[test]
    fn no_kubelet_starts_as_anything_but_etcd(
        labels in prop::collection::vec(select(vec![
            "node-role.kubernetes.io/worker", "node-role.kubernetes.io/master=", "a=b", "${CUSTOM}", "$X", "\\x41", "x y", "",
        ]), 0..4),
        taints in prop::option::of(prop::collection::vec(select(vec![
            "node-role.kubernetes.io/master=:NoSchedule", "a=b:NoExecute", "${TAINTS}", "",
        ]), 0..3)),
        quote in select(vec!["", "\"", "'"]),
        between in select(vec!["=", " ", " \\\n "]),
        custom in select(vec!["", "c=d", "node-role.kubernetes.io/infra", "a,node-role.kubernetes.io/master="]),
        reset in any::<bool>(),
        noise in "[ -~]{0,12}",
    ) {
        let flag = |name: &str, items: &[&str]| format!("{name}{between}{quote}{}{quote}", items.join(","));
        let taints = taints.map(|it| flag("--register-with-taints", &it)).unwrap_or_default();
        let text = unit(&format!("{} {taints} {noise}", flag("--node-labels", &labels)));
        let host = with_unit("property", if reset { "[Service]\nExecStart=/bin/true\n" } else { &text });
        if reset {
            let text = text.replace("[Service]\n", "[Service]\nExecStart=\n");
            host.write(&format!("{DROP_INS}/30-site.conf"), &text).unwrap();
        }
        let env = format!("CUSTOM={custom}\nTAINTS={custom}\n");
        host.write("/etc/kubernetes/kubelet-env", &env).unwrap();
        let predicted = predicted(&text, reset, &env);
        let started = host.start_kubelet().unwrap();
        let is_started = matches!(started, Start::Kubelet(_));
        prop_assert!(is_started || predicted.is_some(), "the plan is quiet: {started:?}");
        // systemd refuses a specifier that is none, and the kubelet refuses a word that is no flag; the stand-ins refuse
        // neither. The plan does not guess what an escape that is none stands for.
        let is_strange = noise.contains(['%', '$', '\\']) || labels.contains(&"x y");
        prop_assert!(!is_started || predicted.is_none() || is_strange, "the plan refuses: {predicted:?}");
        if let Start::Kubelet(words) = started {
            let registration = oc_etcd_lab::standin::kubelet::Registration::of(&words).unwrap();
            let roles: Vec<&str> = registration.labels.iter().map(|(key, _)| key.as_str()).filter(|key| key.starts_with("node-role.")).collect();
            prop_assert_eq!(roles, [ETCD]);
            let taints = registration.taints.iter().filter(|it| it["key"] == ETCD).count();
            prop_assert_eq!(taints, 1);
            prop_assert!(!registration.taints.iter().any(|it| it["key"].as_str().is_some_and(|key| key.starts_with("node-role.") && key != ETCD)));
        }
    }
}
