//! Which roles machines register with, over whole clusters: what the real operator renders, and what
//! administrators put beside it.

use std::fs;
use std::process::Command;

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::derive::kubelet_role;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::openshift::kubelet;
use oc_etcd::openshift::kubelet::Role;
use oc_etcd::openshift::kubelet::boot::Boot;
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd::plan::{LayoutChoice, Plan};
use oc_etcd::status::{Health, PoolProgress, Status, assess};
use oc_etcd_lab::captured::RELEASES;
use oc_etcd_lab::omission::left_out;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

use crate::program;
use crate::snapshot::{self, TOOL_VERSION};

fn of_kubelet(plan: &Plan) -> Vec<&Finding> {
    plan.findings.iter().filter(|it| it.check == Check::KubeletRoleWrong).collect()
}

fn request(layout: Layout) -> InitRequest {
    let mut request = snapshot::init_request();
    request.layout = LayoutChoice::Only(layout);
    request
}

/// The cluster as an older version of this tool left it: everything written, and rendered.
fn written_anyway(before: Snapshot, layout: Layout) -> Snapshot {
    let plan = init::plan(&before, &request(layout));
    snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)))
}

fn names(roles: &[Role]) -> Vec<&str> {
    roles.iter().map(|it| it.name.as_str()).collect()
}

#[test]
fn every_machine_config_of_the_real_operator_is_understood() {
    let ours = ["4.10", "4.16", "4.20"].map(|name| (name, snapshot::load(name, &[])));
    let captured = RELEASES.iter().filter_map(|&name| Some((name, snapshot::load_captured(name)?)));
    for (name, before) in ours.into_iter().chain(captured) {
        let release = before.release();
        let of = |role| {
            let all = kubelet::in_merge_order(before.machine_configs_of(role), release);
            kubelet::registration(&all).unwrap_or_else(|doubt| panic!("{name}, {role}: {doubt}"))
        };
        let masters = of(names::MASTER);
        let expected: &[&str] =
            if name == "4.10" { &["master"] } else { &["control-plane", "master"] };
        assert_eq!(names(&masters.labels), expected, "{name}");
        assert_eq!(names(&masters.taints), ["master"], "{name}");
        assert_eq!(masters.command.machine_config, "01-master-kubelet", "{name}");
        let workers = of(names::WORKER);
        assert_eq!(names(&workers.labels), ["worker"], "{name}");
        assert_eq!(names(&workers.taints), [""; 0], "{name}");
        for layout in [Layout::Documented, Layout::Inherit] {
            let is_too_old = layout == Layout::Inherit
                && release.unwrap() < oc_etcd::model::release::Release::WORKER_FIRST;
            if is_too_old && before.machine_config("01-etcd-kubelet").is_none() {
                continue;
            }
            let plan = init::plan(&before, &request(layout));
            assert_eq!(of_kubelet(&plan), [] as [&Finding; 0], "{name}, {layout}");
            let after = written_anyway(before.clone(), layout);
            let rendered = after.machine_config(snapshot::RENDERED).unwrap();
            assert_eq!(kubelet::fault(&Boot::of(vec![rendered])), None, "{name}, {layout}");
        }
    }
}

/// A cluster with something that makes its machines register with another role: the cluster, its
/// variants, the layout, and the MachineConfig at fault.
type Trouble = (&'static str, &'static [&'static str], Layout, &'static str);

const TROUBLE: [Trouble; 6] = [
    ("4.16", &["kubelet-drop-in"], Layout::Documented, "machineconfig/99-master-kubelet-site"),
    ("4.16", &["kubelet-forked"], Layout::Documented, "machineconfig/02-master-kubelet"),
    ("4.10", &["kubelet-forked"], Layout::Documented, "machineconfig/02-master-kubelet"),
    ("4.16", &["kubelet-overridden"], Layout::Documented, "machineconfig/99-etcd-kubelet-site"),
    ("4.16", &["kubelet-overridden"], Layout::Inherit, "machineconfig/99-etcd-kubelet-site"),
    ("4.20", &["kubelet-overridden"], Layout::Inherit, "machineconfig/99-etcd-kubelet-site"),
];

/// What one run of `init` says of the kubelet before it writes.
#[test]
fn a_machine_config_that_brings_another_role_is_named_before_anything_is_written() {
    for (cluster, variants, layout, culprit) in TROUBLE {
        let before = snapshot::load(cluster, variants);
        let mut request = request(layout);
        request.ignored = Check::ALL.iter().copied().collect();
        let plan = init::plan(&before, &request);
        let [finding] = of_kubelet(&plan)[..] else {
            panic!("{cluster}, {variants:?}: {:?}", plan.findings)
        };
        assert_eq!(finding.severity, Severity::Blocker, "{cluster}, {variants:?}");
        assert_eq!(finding.subject, culprit, "{cluster}, {variants:?}");
        assert!(finding.hint.is_some(), "{finding:?}");
        // A second MachineConfig that takes it back makes the plan clean.
        let healthy = snapshot::load(cluster, &[]);
        assert_eq!(of_kubelet(&init::plan(&healthy, &request)), [] as [&Finding; 0], "{cluster}");
    }
}

#[test]
fn a_drop_in_of_the_workers_makes_etcd_nodes_with_our_unit_and_workers_without() {
    for cluster in ["4.10", "4.16", "4.20"] {
        let before = snapshot::load(cluster, &["kubelet-drop-in-workers"]);
        let release = before.release();
        let workers = || before.machine_configs_of(names::WORKER);
        let ours = kubelet_role::machine_config("3.2.0", TOOL_VERSION);
        let with = kubelet::in_merge_order(workers().chain([&ours]), release);
        assert_eq!(kubelet::fault(&Boot::of(with)), None, "{cluster}");
        let without =
            kubelet::fault(&Boot::of(kubelet::in_merge_order(workers(), release))).unwrap();
        let culprit = without.provenance.unwrap().machine_config;
        assert_eq!(culprit, "99-worker-kubelet-site", "{cluster}");
    }
}

#[test]
fn no_machine_is_made_where_it_would_get_another_role_and_status_names_the_culprit() {
    for (cluster, variants, layout, culprit) in TROUBLE {
        let after = written_anyway(snapshot::load(cluster, variants), layout);
        let case = format!("{cluster}, {variants:?}, {layout}");
        let zones = vec!["us-east-1a".to_owned()];
        let plan = add_machine::plan(&after, &AddMachineRequest::new(zones, TOOL_VERSION));
        assert!(plan.is_blocked(), "{case}");
        let told = of_kubelet(&plan).iter().any(|it| it.subject == culprit);
        assert!(told, "{case}: {:?}", plan.findings);

        let Status { findings, health, pool, .. } = assess(&after, TOOL_VERSION);
        assert_eq!(health, Health::Trouble, "{case}");
        assert_eq!(pool.known().unwrap().state, PoolProgress::Incomplete, "{case}");
        let about: Vec<&Finding> =
            findings.iter().filter(|it| it.check == Check::KubeletRoleWrong).collect();
        let [finding] = about[..] else { panic!("{case}: {findings:?}") };
        assert_eq!((finding.subject.as_str(), finding.severity), (culprit, Severity::Warning));

        // `add-machine` reads no MachineConfigs of workers, and refuses all the same.
        let mut unread = after.clone();
        let workers: Vec<ObjectRef> =
            after.machine_configs_of(names::WORKER).map(|it| it.reference().clone()).collect();
        for it in &workers {
            unread.remove(it);
        }
        let zones = vec!["us-east-1a".to_owned()];
        let plan = add_machine::plan(&unread, &AddMachineRequest::new(zones, TOOL_VERSION));
        assert_eq!(of_kubelet(&plan).len(), 1, "{case}: {:?}", plan.findings);
    }
}

/// A Machine that became a Node with these roles.
pub(crate) fn became(snapshot: Snapshot, roles: &[&str]) -> Snapshot {
    let machine = json!({
        "apiVersion": "machine.openshift.io/v1beta1",
        "kind": "Machine",
        "metadata": {
            "name": "lab-x99n4-etcd-0",
            "namespace": names::MACHINE_NAMESPACE,
            "creationTimestamp": "2024-08-21T11:30:00Z",
            "labels": {
                names::MACHINE_CLUSTER: "lab-x99n4",
                names::MACHINE_ROLE: "etcd",
                names::MANAGED_BY.0: names::MANAGED_BY.1,
            },
            "annotations": {names::SOURCE: "machine/lab-x99n4-master-0"},
        },
        "spec": {"providerSpec": {"value": {"placement": {"availabilityZone": "us-east-1a"}}}},
        "status": {"phase": "Running", "nodeRef": {"name": "n"}},
    });
    let labels: serde_json::Map<String, Value> =
        roles.iter().map(|it| (format!("node-role.kubernetes.io/{it}"), "".into())).collect();
    let current = "machineconfiguration.openshift.io/currentConfig";
    let node = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n", "labels": labels, "annotations": {current: "rendered-master-1"}},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "10.0.9.9"}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    });
    snapshot.with_objects([machine, node].map(|it| Object::from_value(it).unwrap()))
}

fn of_machine(snapshot: &Snapshot) -> Finding {
    let status = assess(snapshot, TOOL_VERSION);
    let found = status.findings.into_iter().find(|it| it.check == Check::NodeNotJoining);
    found.unwrap()
}

#[test]
fn a_node_of_another_role_is_told_by_its_cause_and_replaced_only_once_that_is_gone() {
    let replace =
        "oc etcd remove-machine lab-x99n4-etcd-0 && oc etcd add-machine --zone us-east-1a";
    for (cluster, variants, layout, culprit) in TROUBLE {
        let standing =
            became(written_anyway(snapshot::load(cluster, variants), layout), &["worker"]);
        let found = of_machine(&standing);
        assert!(found.message.contains(culprit), "{found:?}");
        assert!(!found.message.contains("another pool"), "{found:?}");
        let hint = found.hint.clone().unwrap();
        assert!(!hint.contains("remove-machine") && !hint.contains("add-machine"), "{hint}");
        let next =
            assess(&standing, TOOL_VERSION).next.map(|it| it.to_string()).unwrap_or_default();
        assert!(!next.contains("remove-machine"), "{next}");
        // Asked for again in its zone, the machine is neither followed nor made anew.
        let zones = vec!["us-east-1a".to_owned()];
        let plan = add_machine::plan(&standing, &AddMachineRequest::new(zones, TOOL_VERSION));
        assert!(plan.is_blocked() && plan.steps.is_empty(), "{:?}", plan.steps);

        let gone = became(written_anyway(snapshot::load(cluster, &[]), layout), &["worker"]);
        assert_eq!(of_machine(&gone).hint.as_deref(), Some(replace), "{cluster}");
    }
}

#[test]
fn a_machine_that_became_a_master_is_never_removed_by_a_hint() {
    let healthy = written_anyway(snapshot::load("4.16", &[]), Layout::Documented);
    let faulty = written_anyway(snapshot::load("4.16", &["kubelet-drop-in"]), Layout::Documented);
    for snapshot in [healthy, faulty] {
        let found = of_machine(&became(snapshot, &["control-plane", "master"]));
        let hint = found.hint.clone().unwrap();
        assert!(hint.starts_with("oc adm cordon n; oc get pods -n openshift-etcd"), "{hint}");
        assert!(!hint.contains("remove-machine"), "{hint}");
        assert!(found.message.contains("registered with control-plane, master"), "{found:?}");
    }
}

#[test]
fn what_a_sanitizer_withheld_makes_the_role_unknown_and_no_trouble() {
    let healthy = written_anyway(snapshot::load("4.20", &[]), Layout::Inherit);
    let mut rendered = healthy.machine_config(snapshot::RENDERED).unwrap().body().clone();
    for unit in rendered["spec"]["config"]["systemd"]["units"].as_array_mut().unwrap() {
        unit["contents"] = json!({"_REDACTED": "This field has been redacted", "length": 9});
    }
    let withheld = healthy.with_objects([Object::from_value(rendered).unwrap()]);
    let status = assess(&withheld, TOOL_VERSION);
    assert_eq!(status.pool.known().unwrap().state, PoolProgress::Unknown);
    assert_eq!(status.health, Health::Unknown, "{:?}", status.findings);
    let zones = vec!["us-east-1a".to_owned()];
    assert!(
        add_machine::plan(&withheld, &AddMachineRequest::new(zones, TOOL_VERSION)).is_blocked()
    );
}

/// The directories of units, first the one that wins.
const DIRECTORIES: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
];

/// A drop-in: its directory, whether it is for all services, its name, whether it resets, and its role.
type DropIn = (usize, bool, &'static str, bool, Option<&'static str>);

fn drop_ins() -> impl Strategy<Value = Vec<DropIn>> {
    let names = select(vec!["05.conf", "1.conf", "10-a.conf", "10-b.conf", "9.conf", "Z.conf"]);
    let roles = proptest::option::of(select(vec!["master", "worker", "etcd", "arbiter"]));
    let one = (0..DIRECTORIES.len(), proptest::bool::weighted(0.2), names, any::<bool>(), roles);
    proptest::collection::vec(one, 0..6).prop_map(|all| {
        // A file system has one file of a path.
        let mut unique: Vec<DropIn> = Vec::new();
        for it in all {
            if !unique.iter().any(|there| (there.0, there.1, there.2) == (it.0, it.1, it.2)) {
                unique.push(it);
            }
        }
        unique
    })
}

fn path_of((directory, is_for_all, name, ..): &DropIn) -> String {
    let unit = if *is_for_all { "service.d" } else { "kubelet.service.d" };
    format!("{}/{unit}/{name}", DIRECTORIES[*directory])
}

fn text_of((_, _, _, resets, role): &DropIn) -> String {
    let reset = if *resets { "ExecStart=\n" } else { "" };
    let command = role.map_or_else(String::new, |role| {
        format!("ExecStart=/nowhere/{role}/kubelet --node-labels=node-role.kubernetes.io/{role}\n")
    });
    format!("[Service]\n{reset}{command}")
}

const BASE: &str = "[Service]\nType=notify\nExecStart=/nowhere/base/kubelet --node-labels=node-role.kubernetes.io/base\n";

/// The roles of our reading: one, or none where there is not exactly one command.
fn as_we_read(all: &[DropIn]) -> Option<String> {
    let source = |text: &str| {
        let escaped = text.replace('\n', "%0A").replace(' ', "%20");
        json!({"source": format!("data:,{escaped}")})
    };
    let files: Vec<Value> = all
        .iter()
        .map(|it| json!({"path": path_of(it), "contents": source(&text_of(it))}))
        .collect();
    let units = json!([{"name": "kubelet.service", "contents": BASE}]);
    let config = json!({"storage": {"files": files}, "systemd": {"units": units}});
    let object = Object::new(ObjectRef::cluster(Kind::MachineConfig, "x"))
        .with("spec", json!({ "config": config }));
    let found = kubelet::registration(&[&object]).ok()?;
    Some(found.labels.first()?.name.clone())
}

/// The rules of systemd.unit(5), written anew: by name, one of each name, those for all services last.
fn as_the_manual_has_it(all: &[DropIn]) -> Option<String> {
    let mut sorted: Vec<&DropIn> = all.iter().collect();
    sorted.sort_by_key(|it| (it.2, it.1, it.0));
    sorted.dedup_by_key(|it| it.2);
    let mut commands = vec!["base".to_owned()];
    for (_, _, _, resets, role) in sorted {
        if *resets {
            commands.clear();
        }
        commands.extend(role.map(str::to_owned));
    }
    let [only] = &commands[..] else { return None };
    Some(only.clone())
}

/// What the real systemd takes as the command. It complains of the program, which is not there.
fn as_systemd_reads(all: &[DropIn], number: usize) -> Option<String> {
    let root = program::directory(&format!("systemd-{number}"));
    drop(fs::remove_dir_all(&root));
    let write = |path: &str, text: &str| {
        let path = root.join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("/etc/systemd/system/kubelet.service", BASE);
    for it in all {
        write(&path_of(it), &text_of(it));
    }
    let path: Vec<String> =
        DIRECTORIES.iter().map(|it| format!("{}{it}", root.display())).collect();
    let ran = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "kubelet.service"])
        .env("SYSTEMD_UNIT_PATH", format!("{}:", path.join(":")))
        .output()
        .unwrap();
    fs::remove_dir_all(&root).unwrap();
    let told = String::from_utf8(ran.stderr).unwrap();
    let words = told.lines().find_map(|it| it.split_once("Command /nowhere/"));
    words.map(|(_, rest)| rest.split('/').next().unwrap().to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn drop_ins_are_read_in_the_order_of_the_manual(all in drop_ins()) {
        prop_assert_eq!(as_we_read(&all), as_the_manual_has_it(&all));
    }
}

#[test]
fn drop_ins_are_read_in_the_order_of_the_real_systemd() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        left_out("systemd-analyze is not at hand, so that nothing is compared with it");
        return;
    }
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for number in 0..100 {
        let all = drop_ins().new_tree(&mut runner).unwrap().current();
        assert_eq!(as_we_read(&all), as_systemd_reads(&all, number), "{all:?}");
    }
}

#[test]
fn who_adds_to_a_file_is_named_and_not_who_wrote_the_file() {
    let added = json!([{"source": "data:,registerWithTaints%3A%20%5B%0A"}]);
    let files = json!([{"path": "/etc/kubernetes/kubelet.conf", "append": added}]);
    let config = json!({"ignition": {"version": "3.2.0"}, "storage": {"files": files}});
    let site = Object::new(ObjectRef::cluster(Kind::MachineConfig, "50-site"))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::WORKER)])
        .with("spec", json!({ "config": config }));
    let before = snapshot::load("4.20", &[]).with_objects([site]);
    let plan = init::plan(&before, &snapshot::init_request());
    let [finding] = of_kubelet(&plan)[..] else { panic!("{:?}", plan.findings) };
    assert_eq!(finding.subject, "machineconfig/50-site");
    let hint = finding.hint.as_ref().unwrap().to_string();
    // A file of the role etcd would be made longer as well.
    assert!(hint.ends_with("reboot: oc edit machineconfig/50-site"), "{hint}");
}
