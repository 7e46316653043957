//! The kubelet's role on machines that are booted: with the units, drop-ins and environment files that the
//! worker pool of a release has, and a stand-in for the kubelet that writes its arguments down.
//!
//! Beside `kubelet.service` runs `original.service`, which is the same unit under another name, without the
//! drop-in of the role. What systemd hands to its stand-in is what the kubelet would get without us.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use oc_etcd::derive::disk::Disk;
use oc_etcd::derive::kubelet_role;
use oc_etcd::ignition;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::{LayoutChoice, init};
use oc_etcd_lab::captured::RELEASES;
use oc_etcd_lab::omission::left_out;
use oc_etcd_lab::standin::ignition::merge;
use oc_etcd_lab::standin::release::Release;
use oc_etcd_lab::standin::render;
use serde_json::{Value, json};

use crate::disk::Contents;
use crate::machine::{Booted, Machine};
use crate::snapshot;
use crate::table::{Scenario, quick, scenario};

/// All of them, in the order of the table.
pub(crate) const SCENARIOS: &[Scenario] = &[
    quick(
        "first_and_next_boot",
        "The kubelet of a 4.16 cluster, on the first boot and the next one",
        first_and_next_boot,
    ),
    scenario(
        "every_release",
        "The kubelets of the project's 4.10 and 4.20 clusters",
        every_release,
    ),
    scenario(
        "captured",
        "The kubelets that the operators of 4.12, 4.16 and 4.20 rendered",
        captured,
    ),
    scenario("upgrade", "An upgrade replaces `kubelet.service` of 4.16 by that of 4.20", upgrade),
    scenario("drop_in", "A drop-in of an admin resets `ExecStart`", drop_in),
    scenario(
        "not_understood",
        "A drop-in of an admin starts the kubelet by a shell",
        not_understood,
    ),
    quick(
        "changed_late",
        "A unit of an admin replaces `ExecStart` after the script of oc-etcd, and before the kubelet",
        changed_late,
    ),
    scenario(
        "script_lost",
        "A power cut left `kubelet-role` empty, before the file was on the disk",
        script_lost,
    ),
    scenario(
        "failure_passes",
        "The script of oc-etcd fails at the first start of the kubelet",
        failure_passes,
    ),
    scenario(
        "unit_disabled",
        "A unit of an admin disables the unit of oc-etcd and removes its links",
        unit_disabled,
    ),
    scenario("real", "A real kubelet registers with a real API server", real),
];

const ORIGINAL: &str = "original.service";
const KUBELET: &str = "kubelet.service";
const WORKER: &str = "node-role.kubernetes.io/worker";
const ETCD: &str = "node-role.kubernetes.io/etcd";
/// The Node of the real kubelet.
const NODE: &str = "lab-etcd-0";

/// What the pool of a cluster renders, merged by Ignition in the operator's order.
fn rendered(before: &Snapshot) -> Result<Value> {
    let mut request = snapshot::init_request();
    request.layout = LayoutChoice::Only(Layout::Inherit);
    request.disk = Some(Disk::Probe);
    let plan = init::plan(before, &request);
    let after = snapshot::carried_out(before.clone(), &plan);
    let version = after.release().context("no release")?.to_string();
    let release = Release::of(&version).context("an unknown release")?;
    let selected = snapshot::selected(&after).into_iter().map(|it| it.body().clone()).collect();
    let ordered = render::order(selected, release);
    let configs: Vec<&Value> = ordered.iter().map(|it| &it["spec"]["config"]).collect();
    tokio::runtime::Runtime::new()?.block_on(merge(&configs, release.ignition_version()))
}

/// The part of a rendered config that has to do with the kubelet and with the disk, and what the guest lacks.
fn for_guest(mut config: Value) -> Result<Value> {
    let is_kept = |unit: &Value| {
        let name = unit["name"].as_str().unwrap_or_default();
        name.starts_with("oc-etcd")
            || name.contains("etcd.")
            || [KUBELET, "kubelet-dependencies.target"].contains(&name)
    };
    let units = config["systemd"]["units"].as_array_mut().context("no units")?;
    units.retain(is_kept);
    let kubelet = units.iter().find(|it| it["name"] == KUBELET).context("no kubelet.service")?;
    let mut original = kubelet.clone();
    original["name"] = ORIGINAL.into();
    if let Some(drop_ins) = original["dropins"].as_array_mut() {
        drop_ins.retain(|it| it["name"] != kubelet_role::REQUIREMENT);
    }
    units.push(original);
    units.push(json!({
        "name": "crio.service", "enabled": false,
        "contents": "[Unit]\nDescription=Stand-in for CRI-O\n[Service]\nType=oneshot\n\
                     RemainAfterExit=yes\nExecStart=/bin/true\n",
    }));
    config["passwd"] = json!({});
    config["kernelArguments"] = json!({});
    let files = config["storage"]["files"].as_array_mut().context("no files")?;
    files.retain(|file| {
        let path = file["path"].as_str().unwrap_or_default();
        ["/etc/kubernetes/", "/etc/systemd/system/", "/etc/oc-etcd/"]
            .iter()
            .any(|it| path.starts_with(it))
            || path == "/usr/local/bin/kubenswrapper"
    });
    let drop_ins: Vec<Value> = files
        .iter()
        .filter(|it| it["path"].as_str().is_some_and(|it| it.contains("/kubelet.service.d/")))
        .cloned()
        .collect();
    files.extend(drop_ins.into_iter().map(|mut file| {
        let path = file["path"].as_str().unwrap_or_default();
        file["path"] = path.replace("/kubelet.service.d/", "/original.service.d/").into();
        file
    }));
    // What other services of a node write before the kubelet starts.
    for (path, text) in [
        (
            "/etc/node-sizing.env",
            "SYSTEM_RESERVED_CPU=500m\nSYSTEM_RESERVED_MEMORY=1Gi\nSYSTEM_RESERVED_ES=1Gi\n",
        ),
        ("/etc/kubernetes/node.env", "KUBELET_NODE_NAME=ip-10-0-0-1.ec2.internal\n"),
        (
            "/etc/kubernetes/kubelet-env",
            "KUBELET_LOG_LEVEL=2\nCUSTOM_KUBELET_LABELS=example.com/zone=a\n",
        ),
        ("/usr/local/bin/kubenswrapper", "#!/bin/bash\nexec \"$@\"\n"),
        ("/usr/bin/hyperkube", "#!/bin/bash\nexec \"$@\"\n"),
    ] {
        if !files.iter().any(|it| it["path"] == path) {
            files.push(ignition::file(path, 0o755, text));
        }
    }
    Ok(config)
}

fn ours(release: &str) -> Result<Value> {
    for_guest(rendered(&snapshot::load(release, &[]))?)
}

fn machine(name: &str, config: &Value) -> Result<Machine> {
    let mut machine = Machine::new(name, config)?;
    machine.ebs("data", Contents::Nothing)?;
    Ok(machine)
}

/// What the stand-in of a unit was given in its last start, as lines of `argument=` and `environment=`.
fn given<'a>(booted: &'a Booted, unit: &str, key: &str) -> Vec<&'a str> {
    let lines: Vec<(&str, &str)> = booted
        .values("kubelet")
        .into_iter()
        .filter_map(|line| line.split_once(' '))
        .filter(|(run, _)| run.starts_with(unit))
        .collect();
    let last = lines.iter().map(|it| it.0).max().unwrap_or_default().to_owned();
    let of_last = lines.into_iter().filter(|it| it.0 == last);
    of_last.filter_map(|(_, line)| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// The kubelet ran with etcd's role and taint once each, and apart from them with each argument and each
/// variable that it would have had without us.
fn expect_role(booted: &Booted) -> Result<String> {
    booted.expect_running("data")?;
    let original = given(booted, ORIGINAL, "argument");
    ensure!(!original.is_empty(), "the original did not run: {}", booted.files());
    let mut expected = Vec::new();
    for argument in &original {
        let is_labels = argument.starts_with("--node-labels=");
        expected.push(if is_labels {
            argument.replace(WORKER, ETCD)
        } else {
            (*argument).to_owned()
        });
        if is_labels {
            expected.push(format!("--register-with-taints={ETCD}=:NoSchedule"));
        }
    }
    let found = given(booted, KUBELET, "argument");
    ensure!(
        found == expected,
        "arguments: {found:#?}\nexpected: {expected:#?}\n{}",
        booted.files()
    );
    ensure!(found.join(" ").matches(ETCD).count() == 2, "{found:?}");
    // These are of each start of a unit.
    let own = [
        "INVOCATION_ID=",
        "JOURNAL_STREAM=",
        "SYSTEMD_EXEC_PID=",
        "MAINPID=",
        "NOTIFY_SOCKET=",
        "_=",
    ];
    let environment = |unit| {
        let mut lines = given(booted, unit, "environment");
        lines.retain(|line| !own.iter().any(|it| line.starts_with(it)));
        lines.sort_unstable();
        lines
    };
    ensure!(
        environment(KUBELET) == environment(ORIGINAL),
        "the environment differs: {}",
        booted.files()
    );
    Ok(format!(
        "role label and taint once each, the other {} arguments as the unit has them",
        original.len() - 1
    ))
}

fn first_and_next_boot(name: &str) -> Result<String> {
    let mut machine = machine(name, &ours("4.16")?)?;
    let first = expect_role(&machine.boot()?)?;
    let next = expect_role(&machine.boot()?)?;
    ensure!(first == next, "{first}; {next}");
    machine.forget();
    Ok(first)
}

fn every_release(name: &str) -> Result<String> {
    let mut told = Vec::new();
    for release in ["4.10", "4.20"] {
        let mut machine = machine(&format!("{name}-{release}"), &ours(release)?)?;
        let seen = expect_role(&machine.boot()?).with_context(|| release.to_owned())?;
        told.push(format!("{release}: {seen}"));
        machine.forget();
    }
    Ok(told.join("; "))
}

fn captured(name: &str) -> Result<String> {
    for release in RELEASES {
        let Some(before) = snapshot::load_captured(release) else {
            left_out("booted kubelets of what the real operator rendered");
            continue;
        };
        let config = for_guest(rendered(&before)?)?;
        let mut machine = machine(&format!("{name}-{release}"), &config)?;
        expect_role(&machine.boot()?).with_context(|| release.to_owned())?;
        machine.forget();
    }
    Ok("role label and taint once each, the other arguments as the unit has them".to_owned())
}

fn upgrade(name: &str) -> Result<String> {
    let mut machine = machine(name, &ours("4.16")?)?;
    let before = machine.boot()?;
    expect_role(&before)?;
    machine.write_again(&ours("4.20")?)?;
    let after = machine.boot()?;
    let seen = expect_role(&after)?;
    ensure!(
        given(&before, KUBELET, "argument") != given(&after, KUBELET, "argument"),
        "the same unit"
    );
    machine.forget();
    Ok(seen)
}

/// A config with another drop-in of kubelet.service and of the original.
fn with_drop_in(release: &str, text: &str) -> Result<Value> {
    let mut config = ours(release)?;
    for unit in config["systemd"]["units"].as_array_mut().context("no units")? {
        if unit["name"] == KUBELET || unit["name"] == ORIGINAL {
            let drop_in = json!({"name": "50-admin.conf", "contents": text});
            match unit["dropins"].as_array_mut() {
                Some(there) => there.push(drop_in),
                None => unit["dropins"] = json!([drop_in]),
            }
        }
    }
    Ok(config)
}

fn drop_in(name: &str) -> Result<String> {
    let text = "[Service]\nEnvironment=\"ADMIN=a b\"\nExecStart=\nExecStart=/usr/bin/kubelet \\\n  \
                --config=/etc/kubernetes/kubelet.conf \\\n  \
                --node-labels=example.com/a=b,node-role.kubernetes.io/worker --v=4 \\\n  \
                --system-reserved='cpu=1, memory=1' --note=${ADMIN}\n";
    let mut machine = machine(name, &with_drop_in("4.16", text)?)?;
    let seen = expect_role(&machine.boot()?)?;
    machine.forget();
    Ok(seen)
}

fn not_understood(name: &str) -> Result<String> {
    let text = "[Service]\nExecStart=\n\
                ExecStart=/bin/sh -c \"exec /usr/bin/kubelet --node-labels=node-role.kubernetes.io/worker\"\n";
    let mut machine = machine(name, &with_drop_in("4.16", text)?)?;
    let booted = machine.boot()?;
    expect_no_kubelet(&booted)?;
    let reason = reason(&booted)?;
    ensure!(reason.contains("50-admin.conf"), "{reason}");
    machine.forget();
    Ok(format!("no kubelet starts; the console says: \"{reason}\""))
}

/// What the console says of a kubelet that is not started.
fn reason(booted: &Booted) -> Result<String> {
    let begin = "oc-etcd: the kubelet is not started, because ";
    let line = booted.console.lines().find_map(|line| line.split_once(begin));
    let (_, reason) =
        line.with_context(|| format!("no reason on the console: {}", booted.files()))?;
    Ok(reason.split(';').next().unwrap_or_default().to_owned())
}

/// The last moment at which somebody can change the command.
fn changed_late(name: &str) -> Result<String> {
    let mut config = ours("4.16")?;
    let drop_in = "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet \\\n  \
                   --config=/etc/kubernetes/kubelet.conf \\\n  \
                   --node-labels=node-role.kubernetes.io/worker\n";
    let late = format!(
        "[Unit]\nAfter={}\nBefore={KUBELET}\n[Service]\nType=oneshot\n\
         ExecStart=/bin/install -D /etc/late.conf /etc/systemd/system/kubelet.service.d/zzzzzz-late.conf\n\
         ExecStart=/bin/systemctl daemon-reload\n[Install]\nRequiredBy={KUBELET}\n",
        kubelet_role::UNIT
    );
    let units = config["systemd"]["units"].as_array_mut().context("no units")?;
    units.push(json!({"name": "late.service", "enabled": true, "contents": late}));
    let files = config["storage"]["files"].as_array_mut().context("no files")?;
    files.push(ignition::file("/etc/late.conf", 0o644, drop_in));
    let mut machine = machine(name, &config)?;
    let booted = machine.boot()?;
    booted.expect_running("data")?;
    ensure!(given(&booted, KUBELET, "argument").is_empty(), "a kubelet ran: {}", booted.files());
    let reason = reason(&booted)?;
    ensure!(reason.contains("systemd has loaded another role"), "{reason}");
    machine.forget();
    Ok(format!("no kubelet starts; the console says: \"{reason}\""))
}

fn script_lost(name: &str) -> Result<String> {
    let mut config = ours("4.16")?;
    let files = config["storage"]["files"].as_array_mut().context("no files")?;
    let path = kubelet_role::SCRIPT_PATH;
    files.retain(|it| it["path"] != path);
    files.push(ignition::file(path, 0o755, ""));
    let mut machine = machine(name, &config)?;
    let booted = machine.boot()?;
    expect_no_kubelet(&booted)?;
    machine.forget();
    Ok("no kubelet starts".to_owned())
}

/// systemd restarts no service whose requirement failed.
fn failure_passes(name: &str) -> Result<String> {
    let mut config = ours("4.16")?;
    let once = "#!/bin/bash\nif [[ $* == *LoadState* && ! -e /run/failed ]]; then touch /run/failed; exit 1; fi\n\
                exec /usr/bin/systemctl \"$@\"\n";
    let files = config["storage"]["files"].as_array_mut().context("no files")?;
    files.push(ignition::file("/usr/local/bin/systemctl", 0o755, once));
    let mut machine = machine(name, &config)?;
    let booted = machine.boot()?;
    let reason = reason(&booted)?;
    ensure!(reason == "systemctl cannot show LoadState of kubelet.service", "{reason}");
    let seen = expect_role(&booted)?;
    machine.forget();
    Ok(format!("the script tries again; {seen}"))
}

fn unit_disabled(name: &str) -> Result<String> {
    let mut config = ours("4.16")?;
    let late = format!(
        "[Unit]\nDefaultDependencies=no\nBefore={unit}\n[Service]\nType=oneshot\n\
         ExecStart=/bin/systemctl disable {unit}\n\
         ExecStart=/bin/rm -rf /etc/systemd/system/{KUBELET}.wants /etc/systemd/system/{KUBELET}.requires\n\
         ExecStart=/bin/systemctl daemon-reload\n[Install]\nWantedBy=sysinit.target\n",
        unit = kubelet_role::UNIT
    );
    let units = config["systemd"]["units"].as_array_mut().context("no units")?;
    units.push(json!({"name": "late.service", "enabled": true, "contents": late}));
    let mut machine = machine(name, &config)?;
    machine.boot()?;
    let seen = expect_role(&machine.boot()?)?;
    machine.forget();
    Ok(seen)
}

/// The machine runs, and the kubelet would have run without us.
fn expect_no_kubelet(booted: &Booted) -> Result<()> {
    booted.expect_running("data")?;
    ensure!(!given(booted, ORIGINAL, "argument").is_empty(), "the original did not run");
    ensure!(given(booted, KUBELET, "argument").is_empty(), "a kubelet ran: {}", booted.files());
    let units = booted.values("unit");
    ensure!(units.contains(&"kubelet.service inactive"), "{units:?}");
    Ok(())
}

/// The real kubelet's own unit, in OpenShift's form. Upstream's kubelet refuses the label of a role, which
/// OpenShift's allows; so `allowed` first shows that, and starts the kubelet without it.
const REAL_UNIT: &str = "[Unit]\nDescription=Kubernetes Kubelet\nRequires=lab-kubelet.mount lab-network.service containerd.service\n\
    After=lab-kubelet.mount lab-network.service containerd.service\n[Service]\nType=simple\nEnvironmentFile=/etc/os-release\n\
    StandardOutput=journal+console\nStandardError=journal+console\n\
    ExecStart=/usr/local/bin/allowed /lab/kubelet/kubelet \\\n  --config=/etc/kubernetes/kubelet.conf \\\n  \
    --kubeconfig=/etc/kubernetes/kubeconfig \\\n  \
    --container-runtime-endpoint=unix:///run/containerd/containerd.sock \\\n  \
    --node-labels=node-role.kubernetes.io/worker,node.openshift.io/os_id=${ID} \\\n  \
    --hostname-override=lab-etcd-0 --v=1\n[Install]\nWantedBy=multi-user.target\n";

/// Says what upstream's kubelet thinks of its arguments, and runs it without the label of a role.
const ALLOWED: &str = "#!/bin/bash\n\"$@\" 2>&1 | grep -m1 -o \"unknown 'kubernetes.io'.*node-role[^ ]*\"\n\
    exec \"${@//node-role.kubernetes.io\\/etcd,/}\"\n";

const NETWORK: &str = "[Unit]\nDescription=Network of the lab\nDefaultDependencies=no\n[Service]\nType=oneshot\nRemainAfterExit=yes\n\
    ExecStart=/bin/sh -c 'modprobe virtio_net; ip link set lo up; set -- /sys/bus/virtio/devices/*/net/*; \
    ip link set $${1##*/} up; ip address add 10.0.2.15/24 dev $${1##*/}; ip route add default via 10.0.2.2'\n";

/// The file system with the kubelet lies on a disk that is no EBS volume.
const MOUNT: &str =
    "[Mount]\nWhat=/dev/disk/by-label/kubelet\nWhere=/lab/kubelet\nType=ext4\nOptions=ro\n";

const KUBELET_CONF: &str = "kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\n\
    cgroupDriver: cgroupfs\nfailSwapOn: false\nregisterNode: true\nauthentication:\n  anonymous:\n    enabled: true\n\
    authorization:\n  mode: AlwaysAllow\nevictionHard: {}\nimageGCHighThresholdPercent: 100\nresolvConf: \"\"\n";

/// With this the container runtime says that the network is ready; no Pod is run, and no plugin.
const CNI: &str =
    "{\"cniVersion\": \"0.4.0\", \"name\": \"lab\", \"plugins\": [{\"type\": \"loopback\"}]}\n";

fn real(name: &str) -> Result<String> {
    let lab = RunningLab::start()?;
    // 10.0.2.2 is this machine, and the certificate is for localhost.
    let kubeconfig = std::fs::read_to_string(&lab.kubeconfig)?
        .replace("https://127.0.0.1:", "https://10.0.2.2:");
    let mut kubeconfig: Value =
        oc_etcd::model::yaml::documents(&kubeconfig)?.pop().context("no kubeconfig")?;
    kubeconfig["clusters"][0]["cluster"]["tls-server-name"] = "localhost".into();

    let role = kubelet_role::machine_config("3.2.0", "test");
    let role = ignition::config(&role).context("no config")?.clone();
    let mut config = crate::boots::config(&Disk::Probe)?;
    let units = config["systemd"]["units"].as_array_mut().context("no units")?;
    units.extend(role["systemd"]["units"].as_array().cloned().unwrap_or_default());
    let kubelet =
        units.iter_mut().find(|it| it["name"] == KUBELET).context("no kubelet.service")?;
    kubelet["enabled"] = true.into();
    kubelet["contents"] = REAL_UNIT.into();
    units.push(json!({"name": "lab-network.service", "contents": NETWORK}));
    units.push(json!({"name": "lab-kubelet.mount", "contents": MOUNT}));
    let files = config["storage"]["files"].as_array_mut().context("no files")?;
    files.extend(role["storage"]["files"].as_array().cloned().unwrap_or_default());
    files.push(ignition::file("/etc/kubernetes/kubelet.conf", 0o644, KUBELET_CONF));
    files.push(ignition::file("/etc/kubernetes/kubeconfig", 0o600, &kubeconfig.to_string()));
    files.push(ignition::file("/usr/local/bin/allowed", 0o755, ALLOWED));
    files.push(ignition::file("/etc/cni/net.d/10-lab.conflist", 0o644, CNI));

    let mut machine = machine(name, &config)?;
    machine.instance_store("store")?.with_network();
    let kubelet = crate::lab::directory().join("kubelet");
    crate::disk::ext4_of(&machine.path("store"), "kubelet", &kubelet)?;
    // The guest's report ends the machine.
    let mut child = machine.start("ignition.firstboot lab.wait=900")?;
    let seen = watch(&lab, &machine);
    let _ended = child.kill();
    child.wait()?;
    let seen = seen?;
    machine.forget();
    Ok(seen)
}

/// What `status` says of the Node, which must be what the Node says: `None` while the Node says another thing
/// after than before.
fn node_in_status(lab: &RunningLab) -> Result<Option<bool>> {
    let node = || -> Result<Value> {
        Ok(serde_json::from_str(&lab.kubectl(&["get", "node", NODE, "-o", "json"])?)?)
    };
    let is_ready = |node: &Value| {
        let conditions = node["status"]["conditions"].as_array().into_iter().flatten();
        conditions.filter(|it| it["type"] == "Ready").any(|it| it["status"] == "True")
    };
    let before = node()?;
    let document: Value = serde_json::from_str(&lab.oc_etcd(&["status", "-o", "json"])?)?;
    let text = lab.oc_etcd(&["status"])?;
    if is_ready(&before) != is_ready(&node()?) {
        return Ok(None);
    }
    let ready = is_ready(&before);
    let nodes = document["nodes"].as_array().context("status has no nodes")?;
    ensure!(nodes.len() == 1, "status shows other nodes: {nodes:?}");
    let told = ["name", "ready", "schedulable", "roles", "kubeletVersion"].map(|it| &nodes[0][it]);
    let version = &before["status"]["nodeInfo"]["kubeletVersion"];
    let expected = [&json!(NODE), &json!(ready), &json!(true), &json!(["etcd"]), version];
    ensure!(told == expected, "status says {told:?}, not {expected:?}");
    let word = if ready { "Ready" } else { "NotReady" };
    let has_line = text.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.contains(&NODE) && words.contains(&word)
    });
    ensure!(has_line, "no {word} in the line of {NODE}: {text}");
    Ok(Some(ready))
}

fn watch(lab: &RunningLab, machine: &Machine) -> Result<String> {
    let started = Instant::now();
    let node = loop {
        let node = lab.kubectl(&["get", "node", NODE, "-o", "json"]);
        if let Ok(node) = node {
            break serde_json::from_str::<Value>(&node)?;
        }
        ensure!(started.elapsed() < Duration::from_secs(400), "no Node: {}", machine.files());
        std::thread::sleep(Duration::from_millis(500));
    };
    // Where upstream's kubelet may not, an admin gives the label.
    lab.kubectl(&["label", "node", NODE, "node-role.kubernetes.io/etcd="])?;
    // A kubelet registers before it has asked its container runtime.
    let mut seen = Vec::new();
    while seen != [false, true] {
        if let Some(ready) = node_in_status(lab)? {
            seen.push(ready);
            seen.dedup();
        }
        ensure!(
            started.elapsed() < Duration::from_secs(600) && seen.len() < 3,
            "Ready in turn: {seen:?}: {}",
            machine.files()
        );
    }
    let taints = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let has_taint = taints.iter().any(|it| it["key"] == ETCD && it["effect"] == "NoSchedule");
    ensure!(has_taint, "taints: {taints:?}: {}", machine.files());
    ensure!(
        node["metadata"]["labels"]["node.openshift.io/os_id"] == "debian",
        "{}",
        node["metadata"]["labels"]
    );
    ensure!(node["metadata"]["labels"][WORKER].is_null(), "{}", node["metadata"]["labels"]);
    let refusal = "unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [node-role.kubernetes.io/etcd]";
    ensure!(
        machine.console().contains(refusal),
        "upstream's kubelet took the label: {}",
        machine.files()
    );
    let version =
        node["status"]["nodeInfo"]["kubeletVersion"].as_str().unwrap_or_default().to_owned();
    Ok(format!(
        "kubelet {version} of upstream registers with etcd's taint; it refuses etcd's label, which OpenShift's allows, \
         and an admin gives it; `status` shows the Node with the role etcd alone, first NotReady and then Ready"
    ))
}

/// The lab's API server with a cluster's objects, until this goes.
struct RunningLab {
    child: Child,
    kubeconfig: PathBuf,
}

impl RunningLab {
    fn start() -> Result<Self> {
        let kubeconfig = crate::lab::directory().join("kubeconfig");
        let _removed = std::fs::remove_file(&kubeconfig);
        let program = Path::new(env!("CARGO_BIN_EXE_oc-etcd")).with_file_name("oc-etcd-lab");
        let wait = "cp \"$KUBECONFIG\" \"$0.new\"; mv \"$0.new\" \"$0\"; read -r _";
        let child = Command::new(program)
            .args(["run", "--cluster", "4.20", "--", "bash", "-c", wait])
            .arg(&kubeconfig)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("no oc-etcd-lab here: run `cargo build --workspace`")?;
        let mut lab = Self { child, kubeconfig };
        let started = Instant::now();
        while !lab.kubeconfig.exists() {
            let has_ended = lab.child.try_wait()?.is_some();
            ensure!(
                !has_ended && started.elapsed() < Duration::from_secs(120),
                "the API server does not start"
            );
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(lab)
    }

    fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        self.run(&oc_etcd_lab::binaries::program("kubectl")?, arguments)
    }

    fn oc_etcd(&self, arguments: &[&str]) -> Result<String> {
        let output = self.output(Path::new(env!("CARGO_BIN_EXE_oc-etcd")), arguments)?;
        Ok(String::from_utf8(output.stdout)?)
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<String> {
        let output = self.output(program, arguments)?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    fn output(&self, program: &Path, arguments: &[&str]) -> Result<Output> {
        Ok(Command::new(program).args(arguments).env("KUBECONFIG", &self.kubeconfig).output()?)
    }
}

impl Drop for RunningLab {
    fn drop(&mut self) {
        // The command that the lab runs ends with its standard input, and the lab with it.
        drop(self.child.stdin.take());
        let _ended = self.child.wait();
        let _removed = std::fs::remove_file(&self.kubeconfig);
    }
}
