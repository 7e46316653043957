//! What is ours to remove, and what keeps `teardown` from removing it.

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd::plan::{Change, LayoutChoice, Plan, teardown};
use oc_etcd::status::assess;
use serde_json::{Value, json};

use crate::removal::{FIRST, SECOND, blockers, changed, machine, remove, with_machines};
use crate::snapshot::{self, TOOL_VERSION};

/// The findings of a plan, as `severity id: subject: message`.
fn findings(plan: &Plan) -> String {
    let line =
        |it: &Finding| format!("{} {}: {}: {}", it.severity, it.check, it.subject, it.message);
    plan.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn is_removed(plan: &Plan, object: &ObjectRef) -> bool {
    let is_removal = |it: &oc_etcd::plan::Step| {
        it.object == *object && matches!(it.change, Change::Remove { .. })
    };
    plan.steps.iter().any(is_removal)
}

/// The same cluster with a copy of an object under another name, as `oc get -o yaml` and `oc apply` make it.
fn copied(snapshot: &Snapshot, reference: &ObjectRef, name: &str) -> (Snapshot, ObjectRef) {
    let mut body = snapshot.get(reference).unwrap().body().clone();
    body["metadata"]["name"] = name.into();
    let copy = Object::from_value(body).unwrap();
    let reference = copy.reference().clone();
    (snapshot.clone().with_objects([copy]), reference)
}

#[test]
fn a_copy_of_an_object_of_ours_stays() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    let (with_machine, second) = copied(&snapshot, &machine(FIRST), SECOND);
    let disk = ObjectRef::cluster(Kind::MachineConfig, names::ETCD_DISK);
    let (both, mine) = copied(&with_machine, &disk, "99-etcd-mine");
    let plan = teardown::plan(&both);
    for (object, expected) in [(machine(FIRST), true), (second, false), (disk, true), (mine, false)]
    {
        assert_eq!(is_removed(&plan, &object), expected, "{object}");
    }
    for plan in [plan, remove(&both, &[SECOND], &[])] {
        assert!(blockers(&plan).contains("foreign-machine: machine/lab-x99n4-etcd-1: "));
    }
}

#[test]
fn a_machine_of_an_earlier_version_is_removed() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    let older = changed(&snapshot, &machine(FIRST), |it| {
        it["metadata"]["annotations"][names::MACHINE_NAME] = Value::Null;
    });
    for plan in [teardown::plan(&older), remove(&older, &[FIRST], &[])] {
        assert_eq!(blockers(&plan), "");
        assert!(is_removed(&plan, &machine(FIRST)));
    }
}

#[test]
fn who_made_an_earlier_machine_with_a_name_of_the_users_is_unknown_where_the_files_do_not_tell() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    let older = |managers: Value, role: Option<&str>| {
        let mut body = snapshot.get(&machine(FIRST)).unwrap().body().clone();
        body["metadata"]["name"] = "db".into();
        body["metadata"]["annotations"][names::MACHINE_NAME] = Value::Null;
        body["metadata"]["managedFields"] = managers;
        body["metadata"]["labels"][names::MACHINE_ROLE] = role.into();
        assess(&snapshot.clone().with_objects([Object::from_value(body).unwrap()]), TOOL_VERSION)
    };
    let written_by = |manager: &str| {
        let mark = json!({"f:metadata": {"f:annotations": {"f:oc-etcd/source": {}}}});
        json!([{"manager": manager, "fieldsV1": mark}])
    };
    for (managers, expected) in [
        (json!([]), None),
        (written_by("oc-etcd"), Some(true)),
        (written_by("kubectl-create"), Some(false)),
    ] {
        let status = older(managers.clone(), Some("etcd"));
        let it = status.machines.entries().find(|it| it.name == "db").unwrap();
        assert_eq!(serde_json::to_value(it).unwrap()["managed"], json!(expected));
        // With the user data of etcd machines and no label of the role, the Machine is lost, unless it is a copy.
        let status = older(managers, None);
        let told = |it: &Finding| it.check == Check::MixedRoles && it.subject == "machine/db";
        assert_eq!(status.findings.iter().any(told), expected != Some(false), "{expected:?}");
    }
}

#[test]
fn a_teardown_keeps_what_another_pool_is_rendered_from() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    let teardown = |name: &str, spec: Value| {
        let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, name));
        blockers(&teardown::plan(&snapshot.clone().with_objects([pool.with("spec", spec)])))
    };
    let selects = |values: &[&str]| {
        let expression =
            json!({"key": names::MACHINE_CONFIG_ROLE, "operator": "In", "values": values});
        json!({"machineConfigSelector": {"matchExpressions": [expression]}})
    };
    let used = "foreign-object: machineconfigpool/etcd-canary: the pool is rendered from \
                machineconfig/00-etcd-disk";
    let found = teardown("etcd-canary", selects(&["worker", "etcd", "etcd-canary"]));
    assert!(found.contains(&format!("{used} and 1 more, ")), "{found}");
    // The selector was edited, and the operator has not rendered the pool again.
    let mut spec = selects(&["worker"]);
    spec["configuration"] = json!({"source": [{"name": "00-worker"}, {"name": "00-etcd-disk"}]});
    let found = teardown("etcd-canary", spec);
    assert!(found.contains(&format!("{used}, ")), "{found}");
    let unknown = json!({"machineConfigSelector": {"matchExpressions": "x"}});
    let found = teardown("infra", unknown);
    assert!(
        found.contains("unreadable: machineconfigpool/infra: it is unknown whether"),
        "{found}"
    );
    assert_eq!(teardown("infra", selects(&["worker", "infra"])), "");
    assert_eq!(teardown("infra", json!({"machineConfigSelector": {}})), "");
}

#[test]
fn an_init_keeps_what_another_pool_is_rendered_from() {
    let before = snapshot::load("4.16", &[]);
    let plan = init::plan(&before, &snapshot::documented());
    let after = snapshot::generated(snapshot::carried_out(before, &plan));
    let pool = snapshot::rendered(after);
    let inherit = InitRequest {
        layout: LayoutChoice::Only(Layout::Inherit),
        ..InitRequest::new(TOOL_VERSION)
    };
    let found = |spec: Value| {
        let other = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "canary"));
        let other = other.with("spec", spec);
        blockers(&init::plan(&pool.clone().with_objects([other]), &inherit))
    };
    let selects = |values: &[&str]| {
        let expression =
            json!({"key": names::MACHINE_CONFIG_ROLE, "operator": "In", "values": values});
        json!({"machineConfigSelector": {"matchExpressions": [expression]}})
    };
    // The pool of the role gets another selector first.
    assert_eq!(blockers(&init::plan(&pool, &inherit)), "");
    let used = "foreign-object: machineconfigpool/canary: the pool is rendered from \
                machineconfig/00-etcd and 2 more, which would be deleted";
    let it = found(selects(&["worker", "etcd"]));
    assert!(it.contains(used), "{it}");
    let mut spec = selects(&["worker"]);
    spec["configuration"] = json!({"source": [{"name": "00-worker"}, {"name": "00-etcd"}]});
    let it = found(spec);
    assert!(it.contains("the pool is rendered from machineconfig/00-etcd, which"), "{it}");
    let it = found(json!({"machineConfigSelector": {"matchExpressions": "x"}}));
    assert!(it.contains("unreadable: machineconfigpool/canary: it is unknown whether"), "{it}");
    assert_eq!(found(selects(&["worker", "infra"])), "");
}

#[test]
fn a_teardown_keeps_the_machine_of_a_machine_set_and_the_user_data_of_one() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    let adopted = changed(&snapshot, &machine(FIRST), |it| {
        it["metadata"]["ownerReferences"] = json!([{"kind": "MachineSet", "name": "etcd-a"}]);
    });
    let plan = teardown::plan(&adopted);
    assert!(!is_removed(&plan, &machine(FIRST)));
    let found = blockers(&plan);
    let expected = "foreign-machine: machine/lab-x99n4-etcd-0: machineset/etcd-a owns the Machine";
    assert!(found.contains(expected), "{found}");

    let set = |replicas: u64, secret: &str| {
        let reference = ObjectRef::namespaced(Kind::MachineSet, names::MACHINE_NAMESPACE, "etcd-a");
        let value = json!({"userDataSecret": {"name": secret}});
        let template = json!({"spec": {"providerSpec": {"value": value}}});
        let set = Object::new(reference)
            .with("spec", json!({"replicas": replicas, "template": template}));
        findings(&teardown::plan(&snapshot.clone().with_objects([set])))
    };
    let boots = "foreign-object: machineset/etcd-a: machines of the MachineSet boot with";
    let found = set(0, names::ETCD_USER_DATA);
    assert!(found.contains(&format!("warning {boots}")), "{found}");
    let found = set(1, names::ETCD_USER_DATA);
    assert!(found.contains(&format!("blocker {boots}")), "{found}");
    assert!(!set(1, "worker-user-data").contains("etcd-a"));
}

#[test]
fn an_object_that_is_being_deleted_does_not_count_as_one_that_stays() {
    let snapshot = with_machines("4.16", &["us-east-1a"]);
    for reference in [
        ObjectRef::cluster(Kind::MachineConfig, names::ETCD_DISK),
        ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD),
        ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, names::ETCD_USER_DATA),
    ] {
        let going = changed(&snapshot, &reference, |it| {
            it["metadata"]["deletionTimestamp"] = "2024-08-21T11:59:00Z".into();
            it["metadata"]["finalizers"] = json!(["example.com/keep"]);
        });
        let expected = format!(
            "drifted: {reference}: the object is being deleted, and exists until the finalizer \
             example.com/keep is removed"
        );
        let init = init::plan(&going, &InitRequest::new(TOOL_VERSION));
        let zones = vec!["us-east-1b".to_owned()];
        let add = add_machine::plan(&going, &AddMachineRequest::new(zones, TOOL_VERSION));
        for plan in [&init, &add] {
            assert!(blockers(plan).contains(&expected), "{:?}", plan.findings);
        }
        let status = assess(&going, TOOL_VERSION);
        let is_told = |it: &Finding| it.check == Check::Drifted && it.severity == Severity::Warning;
        assert!(status.findings.iter().any(is_told), "{:?}", status.findings);

        let removal = teardown::plan(&going);
        let held =
            format!("warning deletion-blocked: {reference}: the deletion waits for the finalizer");
        assert!(findings(&removal).contains(&held), "{}", findings(&removal));
    }
}
