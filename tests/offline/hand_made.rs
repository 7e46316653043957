//! A pool that people made by hand after the published procedure, without the marks of oc-etcd.

use std::collections::BTreeSet;

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::{Snapshot, Unreadable, UnreadableReason};
use oc_etcd::plan::init::{self, Adopt, InitRequest};
use oc_etcd::plan::{Change, LayoutChoice, Plan};
use oc_etcd::preflight::Verdict;
use oc_etcd::status::{Health, PoolProgress, Status, assess};
use serde_json::{Value, json};

use crate::snapshot::{self, TOOL_VERSION};
use crate::upgrades::{changed, upgrading};

const KUBELET: &str = "machineconfig/01-etcd-kubelet";

/// The objects as `init` makes them for a pool of copies, made by somebody else, with a Node.
fn hand_made(cluster: &str) -> Snapshot {
    let before = snapshot::load(cluster, &[]);
    let plan = init::plan(&before, &snapshot::documented());
    let after = snapshot::generated(snapshot::carried_out(before, &plan));
    let objects: Vec<Object> =
        plan.manifests().map(|it| after.get(it.reference()).unwrap().clone()).collect();
    let node = Object::new(ObjectRef::cluster(Kind::Node, "etcd-0"))
        .with_labels([(names::NODE_ROLE_ETCD, "")]);
    snapshot::rendered(after.with_objects(objects.into_iter().map(disowned).chain([node])))
}

fn disowned(object: Object) -> Object {
    let mut body = object.into_body();
    let metadata = body["metadata"].as_object_mut().unwrap();
    metadata.remove("managedFields");
    for field in ["labels", "annotations"] {
        if let Some(Value::Object(marks)) = metadata.get_mut(field) {
            marks.retain(|key, _| !key.starts_with("oc-etcd/") && key != names::MANAGED_BY.0);
        }
    }
    Object::from_value(body).unwrap()
}

/// The cluster with a release that is installed.
pub(crate) fn of_release(snapshot: Snapshot, release: &str) -> Snapshot {
    let version = ObjectRef::cluster(Kind::ClusterVersion, "version");
    changed(snapshot, &version, |body| {
        body["status"]["desired"]["version"] = release.into();
        body["status"]["history"] = json!([{"state": "Completed", "version": release}]);
    })
}

/// The kubelet of the masters under the name of the etcd pool's.
fn with_kubelet_of_masters(snapshot: Snapshot) -> Snapshot {
    let kubelet = snapshot.machine_config("01-master-kubelet").unwrap();
    let copy = Object::new(ObjectRef::cluster(Kind::MachineConfig, names::ETCD_KUBELET))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
        .with("spec", kubelet.get("/spec").unwrap().clone());
    snapshot::rendered(snapshot.with_objects([copy]))
}

fn adopting() -> InitRequest {
    let mut request = snapshot::init_request();
    request.write_policy.adopt = Adopt::SameContent;
    request
}

fn judged(snapshot: &Snapshot) -> Status {
    assess(snapshot, TOOL_VERSION)
}

fn has(findings: &[Finding], check: Check) -> bool {
    findings.iter().any(|it| it.check == check && it.severity <= Severity::Warning)
}

/// The advice of the findings about objects of others.
fn advice(findings: &[Finding]) -> Vec<String> {
    let foreign = findings.iter().filter(|it| it.check == Check::ForeignObject);
    foreign.map(|it| it.hint.as_ref().unwrap().to_string()).collect()
}

/// The objects that a plan updates, and those that it removes.
fn writes(plan: &Plan) -> (Vec<&str>, Vec<&str>) {
    let named = |is_it: fn(&Change) -> bool| {
        let steps = plan.steps.iter().filter(|it| is_it(&it.change));
        steps.map(|it| it.object.name.as_str()).collect::<Vec<_>>()
    };
    (
        named(|it| matches!(it, Change::Create(_) | Change::Update { .. })),
        named(|it| matches!(it, Change::Remove { .. })),
    )
}

#[test]
fn a_pool_of_the_procedure_has_its_layout_and_is_adopted_with_it() {
    for cluster in ["4.10", "4.16"] {
        let there = hand_made(cluster);
        let status = judged(&there);
        assert_eq!(status.layout, Some(Layout::Documented), "{cluster}");
        assert_eq!(status.pool.known().map(|it| it.state), Some(PoolProgress::Foreign));
        let advice = advice(&status.findings);
        assert!(
            !advice.is_empty() && advice.iter().all(|it| it == "oc etcd init --adopt"),
            "{advice:?}"
        );
        let plan = init::plan(&there, &adopting());
        assert!(!plan.is_blocked(), "{cluster}: {:?}", plan.findings);
        assert_eq!(plan.layout.as_ref().map(|it| it.layout), Some(Layout::Documented));
        assert_eq!(writes(&plan).1, [""; 0]);
    }
}

#[test]
fn what_a_release_does_to_a_pool_of_copies_is_told_whoever_made_it() {
    let before = of_release(hand_made("4.16"), "4.17.12");
    assert!(has(&judged(&before).findings, Check::PoolPolicyDenied));
    let during = judged(&upgrading(before, "4.17.12", "4.18.3"));
    for check in [Check::PoolPolicyDenied, Check::UpgradeNeedsPause] {
        assert!(has(&during.findings, check), "{check:?}: {:?}", during.findings);
    }
}

#[test]
fn a_pool_that_the_release_no_longer_allows_is_adopted_and_changed_in_one_plan() {
    let there = of_release(hand_made("4.16"), "4.18.3");
    let advice = advice(&judged(&there).findings);
    assert!(advice.iter().all(|it| it == "oc etcd init --adopt"), "{advice:?}");
    let plan = init::plan(&there, &adopting());
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    let (updated, removed) = writes(&plan);
    assert!(
        updated.contains(&names::ETCD) && updated.contains(&names::ETCD_KUBELET),
        "{updated:?}"
    );
    assert!(removed.contains(&"00-etcd"), "{removed:?}");
    // The disk is the same in both layouts, and becomes an object of oc-etcd.
    assert!(updated.contains(&names::ETCD_DISK), "{updated:?}");
    let after = snapshot::rendered(snapshot::carried_out(there, &plan));
    assert_eq!(judged(&after).layout, Some(Layout::Inherit));
    let again = init::plan(&after, &snapshot::init_request());
    assert_eq!(writes(&again), (vec![], vec![]));
}

#[test]
fn no_object_of_nodes_is_called_superfluous() {
    let kubelet = ObjectRef::cluster(Kind::MachineConfig, names::ETCD_KUBELET);
    let site = |it: &mut Value| it["spec"]["kernelArguments"] = json!(["site=1"]);
    let there = changed(hand_made("4.16"), &kubelet, site);
    let of_kubelet = |snapshot: &Snapshot| {
        let found = judged(snapshot).findings.into_iter();
        let mut found =
            found.filter(|it| it.check == Check::ForeignObject && it.subject == KUBELET);
        found.next().unwrap().hint.unwrap().to_string()
    };
    let hint = of_kubelet(&there);
    assert!(hint.starts_with("do not delete the object while etcd nodes exist"), "{hint}");
    let mut without = there;
    without.remove(&ObjectRef::cluster(Kind::Node, "etcd-0"));
    let hint = of_kubelet(&without);
    assert!(hint.starts_with("inspect the object, and delete the object"), "{hint}");
}

#[test]
fn a_kubelet_that_registers_as_master_is_told_of_a_pool_of_somebody_else() {
    for cluster in ["4.10", "4.16"] {
        let there = with_kubelet_of_masters(hand_made(cluster));
        let status = judged(&there);
        assert_eq!(status.health, Health::Trouble);
        let is_it = |it: &&Finding| it.check == Check::KubeletRoleWrong;
        let of_status = status.findings.iter().find(is_it).unwrap();
        assert_eq!((of_status.severity, of_status.subject.as_str()), (Severity::Warning, KUBELET));
        let plan = init::plan(&there, &adopting());
        let of_plan = plan.findings.iter().find(is_it).unwrap();
        assert_eq!((of_plan.severity, of_plan.subject.as_str()), (Severity::Blocker, KUBELET));
        let hint = of_plan.hint.as_ref().unwrap().to_string();
        assert!(hint.ends_with("oc edit machineconfig/01-etcd-kubelet"), "{hint}");
        // Without the unit, the nodes would have no kubelet.
        assert!(hint.starts_with("change kubelet.service"), "{hint}");
    }
}

/// The pool with the disk as the procedure has it: Ignition makes the file system, and no script looks for the disk.
fn with_disk_of_procedure(there: Snapshot) -> Snapshot {
    let disk = ObjectRef::cluster(Kind::MachineConfig, names::ETCD_DISK);
    let unit = "[Mount]\nWhere=/var/lib/etcd\nWhat=/dev/disk/by-partlabel/etcd\n[Install]\nWantedBy=local-fs.target\n";
    let storage = json!({
        "disks": [{"device": "/dev/nvme1n1", "partitions": [{"label": "etcd"}]}],
        "filesystems": [{"path": "/var/lib/etcd", "device": "/dev/disk/by-partlabel/etcd", "format": "xfs"}],
    });
    snapshot::rendered(changed(there, &disk, |it| {
        it["spec"]["config"] = json!({
            "ignition": {"version": "3.2.0"},
            "storage": storage,
            "systemd": {"units": [{"name": "var-lib-etcd.mount", "enabled": true, "contents": unit}]},
        });
    }))
}

fn hint_of(findings: &[Finding], check: Check, subject: &str) -> String {
    let found = findings.iter().find(|it| it.check == check && it.subject == subject);
    found.and_then(|it| it.hint.as_ref()).map(ToString::to_string).unwrap_or_default()
}

const DISK: &str = "machineconfig/00-etcd-disk";
const POOL: &str = "machineconfigpool/etcd";

#[test]
fn the_disk_of_a_pool_with_nodes_is_not_changed_and_the_pool_is_made_anew() {
    for release in ["4.16.8", "4.18.3"] {
        let there = with_disk_of_procedure(of_release(hand_made("4.16"), release));
        let plan = init::plan(&there, &snapshot::init_request());
        let of_device = hint_of(&plan.findings, Check::DiskDeviceUncertain, DISK);
        assert!(of_device.starts_with("do not edit the object"), "{of_device}");
        let way = hint_of(&plan.findings, Check::ForeignObject, DISK);
        assert!(way.starts_with("do not edit or delete the object while etcd nodes"), "{way}");
        // What the advice removes.
        let mut gone = there;
        for (kind, name) in [
            (Kind::Node, "etcd-0"),
            (Kind::MachineConfigPool, "etcd"),
            (Kind::MachineConfig, names::ETCD_DISK),
        ] {
            gone.remove(&ObjectRef::cluster(kind, name));
        }
        let foreign: Vec<ObjectRef> =
            gone.machine_configs_of(names::ETCD).map(|it| it.reference().clone()).collect();
        for it in foreign {
            gone.remove(&it);
        }
        let plan = init::plan(&gone, &adopting());
        assert!(!plan.is_blocked(), "{:?}", plan.findings);
    }
}

#[test]
fn the_disk_of_nodes_is_not_taken_away_whatever_the_name_of_its_object() {
    let machine = ObjectRef::machine("by-hand");
    let machine = Object::new(machine)
        .with_labels([(names::MACHINE_ROLE, names::ETCD)])
        .with("status", json!({"nodeRef": {"name": "etcd-0"}}));
    let disk = ObjectRef::cluster(Kind::MachineConfig, names::ETCD_DISK);
    let mut there = with_disk_of_procedure(hand_made("4.16")).with_objects([machine]);
    let of_procedure = there.machine_config(names::ETCD_DISK).unwrap().clone();
    there.remove(&disk);
    let way =
        "to make the pool anew, if its nodes may be replaced: `oc etcd remove-machine by-hand`";
    for unit_only in [false, true] {
        let mut body = of_procedure.clone().into_body();
        body["metadata"]["name"] = "98-var-lib-etcd".into();
        if unit_only {
            body["spec"]["config"].as_object_mut().unwrap().remove("storage");
        }
        let renamed = Object::from_value(body).unwrap();
        let there = snapshot::rendered(there.clone().with_objects([renamed]));
        for found in [judged(&there).findings, init::plan(&there, &adopting()).findings] {
            let of_disk = || found.iter().filter(|it| it.check == Check::DiskDeviceUncertain);
            let hints = of_disk().map(|it| it.hint.as_ref().unwrap().to_string());
            let other: Vec<String> = hints.filter(|it| !it.contains(way)).collect();
            assert_eq!(other, [""; 0]);
            assert!(of_disk().any(|it| it.subject == "machineconfig/98-var-lib-etcd"), "{found:?}");
        }
    }
    // Without the object, `init` would create 00-etcd-disk, with which the disk by hand is none of etcd.
    let bare = there.clone();
    let plan = init::plan(&snapshot::rendered(there), &adopting());
    assert!(plan.is_blocked());
    assert!(hint_of(&plan.findings, Check::MachineDiffers, "node/etcd-0").contains(way));
    let mut labeled = adopting();
    labeled.ignored = BTreeSet::from([Check::MachineDiffers]);
    assert!(!init::plan(&snapshot::rendered(bare), &labeled).is_blocked());
}

#[test]
fn objects_with_the_content_of_init_are_not_adopted_into_a_pool_with_other_disks() {
    let there = with_disk_of_procedure(of_release(hand_made("4.16"), "4.18.3"));
    let adoptable = hand_made("4.16").machine_config(names::ETCD_DISK).unwrap().clone();
    let edited = there.with_objects([adoptable]);
    for request in [snapshot::init_request(), adopting()] {
        let plan = init::plan(&edited, &request);
        assert!(plan.is_blocked());
        let way = hint_of(&plan.findings, Check::DiskDeviceUncertain, POOL);
        assert!(way.contains("to make the pool anew"), "{:?}", plan.findings);
        let of_layout = hint_of(&plan.findings, Check::PoolPolicyDenied, POOL);
        assert!(!of_layout.contains("--layout"), "{of_layout}");
    }
}

/// The pool after the command that lets it extend the workers.
fn extended(there: Snapshot, patch: &str) -> Snapshot {
    let start = "oc patch machineconfigpool/etcd --type=merge -p '";
    let (words, patch) = patch.split_once(start).unwrap();
    assert!(words.contains("reboot"), "{words}");
    let patch: Value = serde_json::from_str(patch.trim_end_matches('\'')).unwrap();
    let pool = ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD);
    snapshot::rendered(changed(there, &pool, |it| {
        let selector = patch["spec"]["machineConfigSelector"].clone();
        it["spec"]["machineConfigSelector"] = selector;
        it["spec"]["machineConfigSelector"].as_object_mut().unwrap().remove("matchLabels");
    }))
}

#[test]
fn a_pool_that_init_cannot_change_extends_the_workers_by_its_selector() {
    let there = with_disk_of_procedure(of_release(hand_made("4.16"), "4.18.3"));
    let of_layout = |it: &Snapshot| hint_of(&judged(it).findings, Check::PoolPolicyDenied, POOL);
    let patch = of_layout(&there);
    let patched = extended(there, &patch);
    assert_eq!(judged(&patched).layout, Some(Layout::Inherit));
    assert_eq!(of_layout(&patched), "");
    assert!(!has(&judged(&patched).findings, Check::KubeletRoleWrong));
}

/// The MachineConfigs of others that an upgrade does not update, by severity, and the hints about them.
fn left(findings: &[Finding], severity: Severity) -> Vec<(String, String)> {
    let is_it = |it: &&Finding| it.check == Check::UpgradeNeedsPause && it.severity == severity;
    let found = findings.iter().filter(is_it);
    let hint = |it: &Finding| it.hint.as_ref().map(ToString::to_string).unwrap_or_default();
    found.map(|it| (it.subject.clone(), hint(it))).collect()
}

#[test]
fn copies_that_stay_when_the_pool_is_made_anew_are_deleted_before() {
    for release in ["4.16.8", "4.18.3"] {
        let mut gone = of_release(hand_made("4.16"), release);
        let removed = [
            (Kind::Node, "etcd-0"),
            (Kind::MachineConfigPool, names::ETCD),
            (Kind::MachineConfig, names::ETCD_DISK),
            (Kind::MachineConfig, names::ETCD_KUBELET),
        ];
        for (kind, name) in removed {
            gone.remove(&ObjectRef::cluster(kind, name));
        }
        // The procedure leaves the owner that the masters' templates have.
        let copy = ObjectRef::cluster(Kind::MachineConfig, "00-etcd");
        let owner = json!([{"apiVersion": "machineconfiguration.openshift.io/v1", "kind": "ControllerConfig",
            "name": "machine-config-controller"}]);
        gone = changed(gone, &copy, |it| it["metadata"]["ownerReferences"] = owner.clone());
        let found = left(&init::plan(&gone, &adopting()).findings, Severity::Blocker);
        let subjects: Vec<&str> = found.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(subjects, ["machineconfig/00-etcd", "machineconfig/01-etcd-container-runtime"]);
        for (subject, hint) in &found {
            assert!(hint.ends_with(&format!(": oc delete {subject}")), "{hint}");
            let name = subject.split_once('/').unwrap().1;
            gone.remove(&ObjectRef::cluster(Kind::MachineConfig, name));
        }
        let plan = init::plan(&gone, &adopting());
        assert!(!plan.is_blocked(), "{:?}", plan.findings);
    }
}

#[test]
fn copies_that_the_workers_replace_are_not_told() {
    // Until 4.14, the operator merges MachineConfigs in the order of their names alone.
    let mut gone = hand_made("4.10");
    for (kind, name) in [
        (Kind::Node, "etcd-0"),
        (Kind::MachineConfigPool, names::ETCD),
        (Kind::MachineConfig, names::ETCD_DISK),
        (Kind::MachineConfig, names::ETCD_KUBELET),
    ] {
        gone.remove(&ObjectRef::cluster(kind, name));
    }
    let found = init::plan(&gone, &adopting()).findings;
    assert_eq!(left(&found, Severity::Blocker), []);
}

#[test]
fn copies_in_a_pool_that_extends_the_workers_are_told_until_they_are_gone() {
    let there = with_disk_of_procedure(of_release(hand_made("4.16"), "4.18.3"));
    let patch = hint_of(&judged(&there).findings, Check::PoolPolicyDenied, POOL);
    let mut patched = extended(there, &patch);
    let pause = |it: &Snapshot| {
        let report = oc_etcd::preflight::report(it, &BTreeSet::new(), TOOL_VERSION);
        let row = report.checks().find(|it| it.check == Check::UpgradeNeedsPause).unwrap();
        (row.verdict, row.found.clone().unwrap_or_default())
    };
    let mut found = left(&judged(&patched).findings, Severity::Warning);
    // Another finding advises on the object in the place of one of `init`.
    assert!(found.contains(&(KUBELET.to_owned(), String::new())), "{found:?}");
    patched.remove(&ObjectRef::cluster(Kind::MachineConfig, names::ETCD_KUBELET));
    found.retain(|it| it.0 != KUBELET);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(pause(&patched).0, Verdict::Warning);
    for (subject, hint) in &found {
        assert!(hint.contains("reboot") && hint.ends_with(subject), "{hint}");
        let name = subject.split_once('/').unwrap().1;
        patched.remove(&ObjectRef::cluster(Kind::MachineConfig, name));
    }
    let patched = snapshot::rendered(patched);
    assert_eq!(left(&judged(&patched).findings, Severity::Warning), []);
    assert_eq!(pause(&patched), (Verdict::Passed, "not required: no copies".to_owned()));
    // A setting of an admin is no copy.
    let file =
        json!({"path": "/etc/containers/policy.json", "contents": {"source": "data:,%7B%7D"}});
    let setting = Object::new(ObjectRef::cluster(Kind::MachineConfig, "51-etcd-trust"))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
        .with("spec", json!({"config": {"storage": {"files": [file]}}}));
    let set = snapshot::rendered(patched.with_objects([setting]));
    assert_eq!(left(&judged(&set).findings, Severity::Warning), []);
    assert_eq!(pause(&set), (Verdict::Note, "machineconfig/51-etcd-trust".to_owned()));
}

#[test]
fn copies_are_not_deleted_before_the_pool_extends_the_workers() {
    let adoptable = of_release(hand_made("4.16"), "4.18.3");
    for there in [with_disk_of_procedure(adoptable.clone()), adoptable] {
        for found in
            [judged(&there).findings, init::plan(&there, &snapshot::init_request()).findings]
        {
            let told = left(&found, Severity::Warning);
            assert!(told.iter().any(|it| it.0 == "machineconfig/00-etcd"), "{told:?}");
            assert!(told.iter().all(|it| !it.1.contains("oc delete")), "{told:?}");
        }
    }
}

#[test]
fn nobody_is_told_to_adopt_objects_of_a_pool_that_init_cannot_take_over() {
    let there = with_disk_of_procedure(of_release(hand_made("4.16"), "4.18.3"));
    assert!(init::plan(&there, &adopting()).is_blocked());
    for found in [judged(&there).findings, init::plan(&there, &snapshot::init_request()).findings] {
        let hints = found.iter().filter_map(|it| it.hint.as_ref()).map(ToString::to_string);
        assert_eq!(hints.filter(|it| it.contains("--adopt")).collect::<Vec<_>>(), [""; 0]);
    }
}

#[test]
fn an_object_of_others_is_not_deleted_while_the_nodes_are_unknown() {
    let advice_of = |it: &Snapshot| {
        let found = init::plan(it, &snapshot::init_request()).findings;
        hint_of(&found, Check::ForeignObject, DISK)
    };
    let careful = "do not delete the object while etcd nodes exist";
    let mut there = with_disk_of_procedure(hand_made("4.16"));
    there.remove(&ObjectRef::cluster(Kind::Node, "etcd-0"));
    let pool = ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD);
    there.remove(&pool);
    assert!(!advice_of(&there).contains(careful), "{}", advice_of(&there));
    let unread = Unreadable {
        what: Kind::Node.qualified(),
        kind: Kind::Node,
        reason: UnreadableReason::Forbidden,
    };
    there.unreadable.push(unread);
    assert!(advice_of(&there).contains(careful), "{}", advice_of(&there));
}

/// A pool of copies on 4.17 that is to extend the workers, and one more MachineConfig of the workers.
fn with_worker(there: &Snapshot, spec: &Value) -> Snapshot {
    let of_worker = Object::new(ObjectRef::cluster(Kind::MachineConfig, "90-worker-site"))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::WORKER)])
        .with("spec", spec.clone());
    there.clone().with_objects([of_worker])
}

#[test]
fn a_unit_whose_removal_gives_machines_another_role_is_not_removed() {
    let there = with_disk_of_procedure(of_release(hand_made("4.16"), "4.18.3"));
    let patch = hint_of(&judged(&there).findings, Check::PoolPolicyDenied, POOL);
    // Without the unit, the kubelet of the workers would run.
    let extended = extended(with_kubelet_of_masters(there), &patch);
    let hint = hint_of(&judged(&extended).findings, Check::KubeletRoleWrong, KUBELET);
    assert!(hint.contains("change kubelet.service so that") && !hint.contains("remove"), "{hint}");
}

#[test]
fn what_the_operator_does_not_change_in_a_rendered_pool_is_told_before_the_layout_changes() {
    let mut extends = snapshot::init_request();
    extends.layout = LayoutChoice::Only(Layout::Inherit);
    let before = snapshot::load("4.16", &[]);
    let own = init::plan(&before, &snapshot::documented());
    let own = snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &own)));
    let own = of_release(own, "4.17.12");
    assert!(!init::plan(&own, &extends).is_blocked());
    let config = |config: &Value| json!({"config": config});
    for (spec, check, part) in [
        (json!({"fips": true}), Check::SourceUnexpected, "`fips: true`"),
        (
            config(&json!({"storage": {"disks": [{"device": "/dev/nvme1n1"}]}})),
            Check::DiskDeviceUncertain,
            "/dev/nvme1n1 in storage.disks",
        ),
        (
            config(&json!({"storage": {"links": [{"path": "/etc/localtime"}]}})),
            Check::SourceUnexpected,
            "/etc/localtime in storage.links",
        ),
        (
            config(&json!({"storage": {"directories": [{"path": "/opt/site"}]}})),
            Check::SourceUnexpected,
            "/opt/site in storage.directories",
        ),
        (
            config(&json!({"passwd": {"users": [{"name": "core"}, {"name": "site"}]}})),
            Check::SourceUnexpected,
            "a user in passwd.users",
        ),
    ] {
        let changed = with_worker(&own, &spec);
        let plan = init::plan(&changed, &extends);
        let is_it = |it: &&Finding| it.check == check && it.severity == Severity::Blocker;
        let found = plan.findings.iter().find(is_it).unwrap();
        assert!(found.message.contains(part), "{}", found.message);
        // Nobody edits what the workers have.
        assert_eq!(
            (found.subject.as_str(), found.hint.as_deref()),
            (POOL, Some("oc etcd teardown"))
        );
        let edits = |it: &Finding| {
            it.hint.as_deref().is_some_and(|it| it.contains("oc edit machineconfig/90-worker-site"))
        };
        let in_doubt = plan.findings.iter().filter(|it| it.check == Check::DiskDeviceUncertain);
        assert_eq!(in_doubt.filter(|it| edits(it)).count(), 0, "{:?}", plan.findings);
        let of_layout = hint_of(&judged(&changed).findings, Check::PoolPolicyDenied, POOL);
        assert!(!of_layout.contains("oc patch"), "{of_layout}");
    }
    let of_core = config(&json!({"passwd": {"users": [{"name": "core"}]}}));
    assert!(!init::plan(&with_worker(&own, &of_core), &extends).is_blocked());
    // Users and links that the pool loses stay on the machines, unless others are left in the list.
    let lists = json!({"passwd": {"users": [{"name": "site"}]}, "storage": {"links": [{"path": "/etc/a"}]}});
    let site = ObjectRef::cluster(Kind::MachineConfig, "99-etcd-site");
    let of_etcd = |config: &Value| {
        Object::new(site.clone())
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
            .with("spec", json!({"config": config}))
    };
    let mut lost = snapshot::rendered(own.clone().with_objects([of_etcd(&lists)]));
    lost.remove(&site);
    // A later file of the same path takes the place of a link.
    let link = json!({"storage": {"links": [{"path": "/etc/localtime"}]}});
    let file = json!({"storage": {"files": [{"path": "/etc/localtime"}]}});
    let linked = with_worker(&own, &config(&link));
    assert!(init::plan(&linked, &extends).is_blocked());
    assert!(!init::plan(&linked.with_objects([of_etcd(&file)]), &extends).is_blocked());
    let is_fixed = |it: &Snapshot| {
        let found = init::plan(it, &snapshot::documented()).findings;
        found.iter().any(|it| it.check == Check::SourceUnexpected && it.message.contains("links"))
    };
    assert!(!is_fixed(&lost));
    let fewer = json!({"storage": {"links": [{"path": "/etc/b"}]}});
    assert!(is_fixed(&lost.with_objects([of_etcd(&fewer)])));
}

#[test]
fn an_entry_with_other_fields_is_a_change_that_the_operator_refuses() {
    let before = snapshot::load("4.16", &[]);
    let own = init::plan(&before, &snapshot::documented());
    let own = snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &own)));
    let own = of_release(own, "4.17.12");
    let mut extends = snapshot::init_request();
    extends.layout = LayoutChoice::Only(Layout::Inherit);
    let of_role = |name: &str, role: &str, config: &Value| {
        Object::new(ObjectRef::cluster(Kind::MachineConfig, name))
            .with_labels([(names::MACHINE_CONFIG_ROLE, role)])
            .with("spec", json!({"config": config}))
    };
    let refusal = |rendered: &Value, of_worker: &Value, of_etcd: Option<&Value>| {
        let site = of_role("98-etcd-site", names::ETCD, rendered);
        let mut there = snapshot::rendered(own.clone().with_objects([site.clone()]));
        there.remove(site.reference());
        let of_etcd = of_etcd.map(|it| of_role("98-etcd-site", names::ETCD, it));
        let of_worker = of_role("98-worker-site", names::WORKER, of_worker);
        let there = there.with_objects(of_etcd.into_iter().chain([of_worker]));
        let found = init::plan(&there, &extends).findings.into_iter();
        let mut refused = found.filter(|it| it.message.contains("of a rendered pool"));
        refused.next().map(|it| it.message)
    };
    let partition = |start: u64| {
        let partition = json!({"label": "var", "startMiB": start, "sizeMiB": 0});
        json!({"storage": {"disks": [{"device": "/dev/disk/by-id/coreos-boot-disk", "partitions": [partition]}]}})
    };
    let told = refusal(&partition(25_000), &partition(50_000), None).unwrap();
    let part = "98-worker-site has /dev/disk/by-id/coreos-boot-disk in storage.disks with other fields than rendered";
    assert!(told.starts_with(part), "{told}");
    assert_eq!(refusal(&partition(25_000), &partition(25_000), None), None);
    let list = |of: &str, entry: &Value| json!({"storage": {of: [entry]}});
    let var = json!({"device": "/dev/disk/by-partlabel/var", "format": "xfs", "mountOptions": ["defaults"]});
    let with = |entry: &Value, field: &str, value: &Value| {
        let mut entry = entry.clone();
        entry[field] = value.clone();
        entry
    };
    let directory = json!({"path": "/opt/site", "mode": 493});
    let array = json!({"name": "data", "level": "raid1", "devices": ["/dev/b", "/dev/c"]});
    let link = json!({"path": "/etc/site", "target": "/a"});
    for (of, entry, field, value) in [
        ("filesystems", &var, "mountOptions", json!(["noatime"])),
        ("directories", &directory, "mode", json!(448)),
        ("directories", &directory, "user", json!({"name": "core"})),
        ("raid", &array, "devices", json!(["/dev/b", "/dev/d"])),
        ("links", &link, "target", json!("/b")),
    ] {
        let (old, new) = (list(of, entry), list(of, &with(entry, field, &value)));
        assert!(refusal(&old, &new, None).is_some(), "{of} {field}");
        assert_eq!(refusal(&old, &old, None), None, "{of}");
    }
    // The operator does not know the field, the field is empty, or the value is withheld.
    for (field, value) in [
        ("wipe_filesystem", json!(true)),
        ("path", json!(null)),
        ("options", json!([])),
        ("label", json!({"_REDACTED": "x", "length": 3})),
    ] {
        let new = list("filesystems", &with(&var, field, &value));
        assert_eq!(refusal(&list("filesystems", &var), &new, None), None, "{field}");
    }
    // Two MachineConfigs with the same entry: Ignition merges the fields, and adds the options of both.
    let whole = list("directories", &directory);
    let half = list("directories", &json!({"path": "/opt/site"}));
    assert_eq!(refusal(&whole, &half, Some(&whole)), None);
    let file_systems = list("filesystems", &var);
    assert!(refusal(&file_systems, &file_systems, Some(&file_systems)).is_some());
    let kernel_arguments = json!({"kernelArguments": {"shouldExist": ["site=1"]}});
    assert!(refusal(&json!({}), &kernel_arguments, None).is_some());
    assert_eq!(refusal(&kernel_arguments, &kernel_arguments, None), None);
    // LUKS alone is not compared.
    let luks = list("luks", &json!({"name": "root", "device": "/dev/e"}));
    assert_eq!(refusal(&json!({}), &luks, None), None);
}

#[test]
fn a_pool_that_was_rendered_without_fips_mode_is_no_pool_with_it() {
    let there = of_release(hand_made("4.16"), "4.17.12");
    let of_masters = Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-master-fips"))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::MASTER)])
        .with("spec", json!({"fips": true, "config": {"ignition": {"version": "3.2.0"}}}));
    let there = with_worker(&there, &json!({"fips": true})).with_objects([of_masters]);
    let found = judged(&there).findings;
    assert!(has(&found, Check::FipsMismatch), "{found:?}");
    let patch = hint_of(&found, Check::PoolPolicyDenied, POOL);
    assert!(!patch.contains("oc patch"), "{patch}");
}
