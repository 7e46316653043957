//! A saved plan fits the cluster that it was made for, until something that it rests on has moved.

use std::collections::BTreeMap;

use oc_etcd::derive::disk::Disk;
use oc_etcd::derive::pool::RequiredForUpgrade;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd::plan::saved::{self, Basis, Digests, SavedPlan, SavedPlanError};
use oc_etcd::plan::{Plan, Step};
use oc_etcd::report::{self, Format};
use serde_json::{Value, json};

use crate::snapshot::{self as clusters, TOOL_VERSION};

fn save(snapshot: &Snapshot, request: &InitRequest, format: Format) -> String {
    let plan = init::plan(snapshot, request);
    let (basis, digests) = (Basis::of(snapshot, request), Digests::of(snapshot));
    let mut out = Vec::new();
    report::plan::write_saved(&plan, (&basis, digests), format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn read(text: &str) -> Result<SavedPlan, SavedPlanError> {
    SavedPlan::read(text, TOOL_VERSION)
}

/// Why a saved plan does not fit a cluster, in words.
fn misfits(text: &str, now: &Snapshot) -> Vec<String> {
    let saved = read(text).unwrap();
    let plan = init::plan(now, &saved.request().unwrap());
    saved::fit(&saved, now, &plan).iter().map(ToString::to_string).collect()
}

fn changed(
    snapshot: &Snapshot,
    reference: &ObjectRef,
    change: impl FnOnce(&mut Value),
) -> Snapshot {
    let mut body = snapshot.get(reference).unwrap().clone().into_body();
    change(&mut body);
    snapshot.clone().with_objects([Object::from_value(body).unwrap()])
}

fn required() -> InitRequest {
    InitRequest { required_for_upgrade: Some(RequiredForUpgrade::Yes), ..clusters::documented() }
}

fn machine_config(name: &str) -> ObjectRef {
    ObjectRef::cluster(Kind::MachineConfig, name)
}

/// The cluster after the first steps of a plan.
fn half_way(before: &Snapshot, plan: &Plan, steps: usize) -> Snapshot {
    let mut part = plan.clone();
    part.steps.truncate(steps);
    clusters::carried_out(before.clone(), &part)
}

#[test]
fn a_saved_plan_fits_the_cluster_that_it_was_made_for() {
    for release in ["4.10", "4.16", "4.20"] {
        let snapshot = clusters::load(release, &[]);
        for format in [Format::Json, Format::Yaml] {
            let text = save(&snapshot, &clusters::init_request(), format);
            assert_eq!(misfits(&text, &snapshot), [""; 0], "{release}");
        }
    }
}

#[test]
fn a_saved_plan_asks_for_what_it_was_asked_for() {
    let mut request = clusters::init_request();
    request.disk = Some(Disk::Device("/dev/nvme1n1".to_owned()));
    let text = save(&clusters::load("4.16", &[]), &request, Format::Json);
    assert_eq!(read(&text).unwrap().request(), Ok(request));
}

#[test]
fn what_moved_is_named() {
    let before = clusters::load("4.16", &[]);
    let text = save(&before, &clusters::init_request(), Format::Json);
    let secret = ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, "master-user-data");
    let version = |body: &mut Value| body["metadata"]["resourceVersion"] = "999999".into();
    let uid = |body: &mut Value| body["metadata"]["uid"] = "another".into();
    let source = machine_config("01-master-kubelet");
    let pool = ObjectRef::cluster(Kind::MachineConfigPool, "master");
    let cluster = ObjectRef::cluster(Kind::Infrastructure, "cluster");
    let gone = |reference: &ObjectRef| {
        let mut now = before.clone();
        now.remove(reference);
        now
    };
    let mut another = before.get(&source).unwrap().clone().into_body();
    another["metadata"]["name"] = "98-master-more".into();
    let appeared = before.clone().with_objects([Object::from_value(another).unwrap()]);
    let degraded = ObjectRef::cluster(Kind::ClusterOperator, "machine-config");
    let degraded = changed(&before, &degraded, |body| {
        body["status"]["conditions"] = json!([{"type": "Degraded", "status": "True"}, {"type": "Available", "status": "True"}]);
    });
    for (now, expected) in [
        (changed(&before, &source, version), "machineconfig/01-master-kubelet has changed"),
        (changed(&before, &secret, version), "secret/master-user-data has changed"),
        (
            changed(&before, &source, uid),
            "machineconfig/01-master-kubelet was deleted and recreated",
        ),
        (changed(&before, &pool, uid), "machineconfigpool/master was deleted and recreated"),
        (gone(&machine_config("99-master-ssh")), "machineconfig/99-master-ssh no longer exists"),
        (appeared, "machineconfig/98-master-more did not exist when the plan was created"),
        (changed(&before, &cluster, uid), "the plan was created for another cluster"),
        (
            degraded,
            "a check reports a new finding: blocker [operator-degraded]: clusteroperator/machine-config",
        ),
    ] {
        assert_eq!(misfits(&text, &now), [expected]);
    }
}

#[test]
fn what_the_operators_write_all_the_time_is_no_move() {
    let before = clusters::load("4.16", &[]);
    let text = save(&before, &clusters::init_request(), Format::Json);
    let now = [(Kind::MachineConfigPool, "master"), (Kind::ClusterVersion, "version")];
    let now = now.into_iter().fold(before, |now, (kind, name)| {
        changed(&now, &ObjectRef::cluster(kind, name), |body| {
            body["metadata"]["resourceVersion"] = "999999".into();
            body["status"]["observedGeneration"] = 99.into();
        })
    });
    assert_eq!(misfits(&text, &now), [""; 0]);
}

#[test]
fn a_run_that_broke_off_goes_on_with_the_same_plan() {
    for release in ["4.16", "4.20"] {
        let before = clusters::load(release, &[]);
        let text = save(&before, &clusters::init_request(), Format::Json);
        let plan = init::plan(&before, &clusters::init_request());
        for steps in 0..=plan.steps.len() {
            let now = half_way(&before, &plan, steps);
            assert_eq!(misfits(&text, &now), [""; 0], "{release} {steps}");
        }
        let done = clusters::rendered(clusters::generated(half_way(&before, &plan, 99)));
        assert_eq!(misfits(&text, &done), [""; 0], "{release}, done");
        // What was written is somebody else's now.
        let disk = machine_config("00-etcd-disk");
        let edited = changed(&half_way(&before, &plan, 99), &disk, |body| {
            body["spec"]["config"]["storage"] = json!({});
        });
        assert_eq!(
            misfits(&text, &edited),
            ["machineconfig/00-etcd-disk did not exist when the plan was created"]
        );
    }
}

#[test]
fn a_refresh_is_bound_to_the_copies_too() {
    let before = clusters::load("4.16", &[]);
    let plan = init::plan(&before, &clusters::documented());
    let sources = clusters::load("4.16", &["sources-upgraded-4.16"]);
    let sources = sources.all(Kind::MachineConfig).cloned();
    let stale = half_way(&before, &plan, 99).with_objects(sources);
    let text = save(&stale, &clusters::documented(), Format::Json);
    assert_eq!(misfits(&text, &stale), [""; 0]);
    let touched = changed(&stale, &machine_config("01-etcd-kubelet"), |body| {
        body["metadata"]["resourceVersion"] = "999999".into();
    });
    assert_eq!(misfits(&text, &touched), ["machineconfig/01-etcd-kubelet has changed"]);
    // The pool is bound by what is written over.
    let pool = ObjectRef::cluster(Kind::MachineConfigPool, "etcd");
    let relabeled = |label: &str| {
        changed(&stale, &pool, |body| {
            body["metadata"]["labels"].as_object_mut().unwrap().remove(label).unwrap();
        })
    };
    let text_of_pool = save(&relabeled(names::POOL_REQUIRED), &required(), Format::Json);
    let other = relabeled("pools.operator.machineconfiguration.openshift.io/etcd");
    let found = misfits(&text_of_pool, &other);
    assert_eq!(found, ["machineconfigpool/etcd would now have other content"]);
    let refresh = init::plan(&stale, &clusters::documented());
    assert_eq!(misfits(&text, &half_way(&stale, &refresh, 99)), [""; 0]);
}

#[test]
fn a_file_that_is_not_as_it_was_saved_is_refused() {
    let snapshot = clusters::load("4.16", &[]);
    let text = save(&snapshot, &clusters::init_request(), Format::Json);
    let with = |pointer: &str, value: Value| {
        let mut document: Value = serde_json::from_str(&text).unwrap();
        *document.pointer_mut(pointer).unwrap() = value;
        read(&document.to_string()).unwrap_err().to_string()
    };
    for (pointer, value, expected) in [
        ("/request/forceConflicts", true.into(), "the plan was changed after it was saved"),
        ("/steps/0/digest", "sha256:0".into(), "the plan was changed after it was saved"),
        ("/steps/0/because", "nothing".into(), "the plan was changed after it was saved"),
        ("/observed", json!([]), "the plan was changed after it was saved"),
        ("/digest", "sha256:0".into(), "the plan was changed after it was saved"),
        (
            "/apiVersion",
            "oc-etcd/v2".into(),
            "the apiVersion of the document is oc-etcd/v2, not oc-etcd/v1",
        ),
        (
            "/toolVersion",
            "9.9.9".into(),
            "the plan was created by version 9.9.9, and this is version test",
        ),
        ("/kind", "Status".into(), "not a plan of init: the document has another kind"),
    ] {
        assert_eq!(with(pointer, value), expected, "{pointer}");
    }
    for (text, expected) in [
        ("[CANARY", "not valid YAML"),
        ("", "not a plan of init: the file does not contain exactly one document"),
        (
            "{apiVersion: oc-etcd/v1, kind: Plan, steps: []}",
            "not a plan of init: the list of objects that the plan depends on is missing",
        ),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(expected) && !error.contains("CANARY"), "{error}");
    }
}

#[test]
fn a_file_that_is_sealed_anew_makes_nothing_happen_that_was_not_planned() {
    let snapshot = clusters::load("4.16", &[]);
    let text = save(&snapshot, &clusters::init_request(), Format::Json);
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["request"]["diskDevice"] = "/dev/nvme1n1".into();
    document["digest"] = saved::seal(&document).into();
    let found = misfits(&document.to_string(), &snapshot);
    assert_eq!(found, ["machineconfig/00-etcd-disk would now have other content"]);
}

#[test]
fn a_plan_that_a_check_refused_is_refused() {
    let snapshot = clusters::load("4.16", &["foreign-pool"]);
    let text = save(&snapshot, &clusters::init_request(), Format::Json);
    assert_eq!(read(&text), Err(SavedPlanError::Blocked));
}

/// Two clusters that differ in the password of an admin alone have the same digests: a guess cannot be compared with one.
#[test]
fn no_digest_depends_on_what_a_copy_holds() {
    let snapshot = clusters::load("4.16", &[]);
    let source = machine_config("99-master-ssh");
    let secret = ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, "master-user-data");
    let digests = |snapshot: &Snapshot| {
        let plan = init::plan(snapshot, &clusters::documented());
        let digests = Digests::of(snapshot);
        let of = |it: &Step| Some((it.object.name.clone(), digests.digest(&it.change)?));
        plan.steps.iter().filter_map(of).collect::<BTreeMap<String, String>>()
    };
    let before = digests(&snapshot);
    assert_eq!(before.len(), 8);
    let guessed = changed(&snapshot, &source, |body| {
        body["spec"]["config"]["passwd"]["users"][0]["passwordHash"] = "$6$guess".into();
    });
    let guessed = changed(&guessed, &secret, |body| body["data"]["extra"] = "Z3Vlc3M=".into());
    assert_eq!(digests(&guessed), before);
    let newer = changed(&snapshot, &source, |body| {
        body["metadata"]["resourceVersion"] = "999999".into();
    });
    let newer = digests(&newer);
    let moved: Vec<&String> = before.keys().filter(|it| newer[*it] != before[*it]).collect();
    assert_eq!(moved, ["99-etcd-ssh"]);
    // What holds no words of an admin has a digest of its content.
    let plan = init::plan(&snapshot, &clusters::documented());
    let disk = plan.steps.iter().find(|it| it.object.name == "00-etcd-disk").unwrap();
    let body = disk.change.wanted().unwrap().body();
    assert_eq!(before["00-etcd-disk"], oc_etcd::model::object::digest(body));
}

#[test]
fn a_plan_from_files_without_versions_is_refused() {
    let before = clusters::load("4.16", &[]);
    let source = machine_config("99-master-ssh");
    let before = changed(&before, &source, |body| {
        body["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    });
    let text = save(&before, &clusters::init_request(), Format::Json);
    assert_eq!(
        misfits(&text, &before),
        [
            "machineconfig/99-master-ssh may have changed: it had no resourceVersion when the plan was created"
        ]
    );
}

#[test]
fn a_saved_plan_holds_no_secret() {
    for release in ["4.10", "4.16", "4.20"] {
        let text = save(&clusters::load(release, &[]), &clusters::init_request(), Format::Json);
        for needle in ["CANARY", "Q0FOQVJZ", "NBTkFSW", "DQU5BUl"] {
            assert!(!text.contains(needle), "{release}");
        }
    }
}
