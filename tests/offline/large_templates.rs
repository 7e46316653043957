//! `status` without the bodies of the operator's large templates: it tells the same as with them, and every doubt
//! whether the rendered MachineConfig answers in their place leads to the bodies.

use oc_etcd::check::{Check, Severity};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::{MetadataOnly, Snapshot};
use oc_etcd::plan::init;
use oc_etcd::plan::large_templates::{LARGE_TEMPLATES, may_answer, needs_templates};
use oc_etcd::status::{Health, assess};
use serde_json::{Value, json};

use crate::site_configs::site;
use crate::snapshot::{
    RENDERED, TOOL_VERSION, carried_out, documented, generated, init_request, load, rendered,
};

/// The cluster of 4.20 with a pool that is rendered.
fn whole() -> Snapshot {
    whole_with(Vec::new())
}

/// The same with MachineConfigs of a site.
fn whole_with(of_site: Vec<Object>) -> Snapshot {
    let snapshot = load("4.20", &[]).with_objects(of_site);
    let plan = init::plan(&snapshot, &init_request());
    let snapshot = rendered(generated(carried_out(snapshot, &plan)));
    let configs: Vec<Object> = snapshot.all(Kind::MachineConfig).cloned().collect();
    let dated = configs.into_iter().map(|it| {
        let is_rendered = it.name() == RENDERED;
        changed(&it, |metadata| {
            metadata["generation"] = 1.into();
            let created = if is_rendered { "2024-08-21T11:00:00Z" } else { "2024-08-21T10:00:00Z" };
            metadata["creationTimestamp"] = created.into();
        })
    });
    let dated: Vec<Object> = dated.collect();
    snapshot.with_objects(dated)
}

fn changed(object: &Object, change: impl FnOnce(&mut Value)) -> Object {
    let mut body = object.body().clone();
    change(&mut body["metadata"]);
    Object::from_value(body).unwrap()
}

/// The same without the bodies of the templates, as `status` reads it.
fn without_templates(mut snapshot: Snapshot) -> Snapshot {
    for name in LARGE_TEMPLATES {
        let reference = ObjectRef::cluster(Kind::MachineConfig, name);
        let metadata = snapshot.get(&reference).map(MetadataOnly::of).unwrap();
        snapshot.remove(&reference);
        snapshot.insert_metadata(metadata);
    }
    snapshot
}

/// The same with a change of a MachineConfig or pool.
fn with_change(
    snapshot: &Snapshot,
    (kind, name): (Kind, &str),
    change: impl FnOnce(&mut Value),
) -> Snapshot {
    let mut body = snapshot.cluster(kind, name).unwrap().body().clone();
    change(&mut body);
    snapshot.clone().with_objects([Object::from_value(body).unwrap()])
}

#[test]
fn status_tells_the_same_without_the_templates() {
    let whole = whole();
    assert!(may_answer(&whole) && !needs_templates(&whole), "nothing was left out");
    let reduced = without_templates(whole.clone());
    assert!(!needs_templates(&reduced));
    assert_eq!(assess(&reduced, TOOL_VERSION), assess(&whole, TOOL_VERSION));
}

/// Which programs a MachineConfig contains is in the templates alone.
#[test]
fn a_program_before_the_kubelet_is_told_with_the_templates() {
    let program = site().oneshot("Before=kubelet.service", "/opt/site/run").object();
    let whole = whole_with(vec![program]);
    assert!(needs_templates(&without_templates(whole.clone())));
    let status = assess(&whole, TOOL_VERSION);
    let found: Vec<_> = status
        .findings
        .iter()
        .filter(|it| it.check == Check::KubeletUncertain)
        .map(|it| (it.severity, it.message.contains("starts /opt/site/run before the kubelet")))
        .collect();
    assert_eq!(found, [(Severity::Note, true)]);
    assert_eq!(status.health, Health::Healthy);
}

#[test]
fn every_doubt_leads_to_the_templates() {
    const MC: Kind = Kind::MachineConfig;
    let whole = whole();
    let later: Value = "2024-08-21T11:00:01Z".into();
    let with =
        |object: (Kind, &str), change: &dyn Fn(&mut Value)| with_change(&whole, object, change);
    let unit = |contents: &str| json!({"name": "kubelet.service", "contents": contents});
    let mut gone = whole.clone();
    gone.remove(&ObjectRef::cluster(MC, RENDERED));
    let admins = Object::new(ObjectRef::cluster(MC, "99-master-of-admins"))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::MASTER)]);
    let workers = changed(
        &Object::new(ObjectRef::cluster(MC, "99-worker-new"))
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::WORKER)]),
        |metadata| {
            metadata["generation"] = 1.into();
            metadata["creationTimestamp"] = "2024-08-21T10:00:00Z".into();
        },
    );
    for (doubt, snapshot) in [
        ("the rendered MachineConfig is gone", gone),
        (
            "a template was made later",
            with((MC, "00-worker"), &|it| {
                it["metadata"]["creationTimestamp"] = later.clone();
            }),
        ),
        (
            "a template changed, nobody knows when",
            with((MC, "00-worker"), &|it| {
                it["metadata"]["generation"] = 2.into();
                it["metadata"]["managedFields"] = Value::Null;
            }),
        ),
        (
            "a source changed later",
            with((MC, "01-worker-kubelet"), &|it| {
                it["metadata"]["generation"] = 2.into();
                it["metadata"]["managedFields"] = json!([{"manager": "x", "time": later}]);
            }),
        ),
        (
            "somebody wrote to a template",
            with((MC, "00-master"), &|it| {
                it["metadata"]["managedFields"] =
                    json!([{"manager": "kubectl-edit", "fieldsV1": {"f:spec": {}}}]);
            }),
        ),
        (
            "no operator owns a template",
            with((MC, "00-worker"), &|it| {
                it["metadata"]["ownerReferences"] = Value::Null;
            }),
        ),
        (
            "the rendered MachineConfig makes no etcd nodes",
            with((MC, RENDERED), &|it| {
                it["spec"]["config"]["systemd"]["units"] =
                    json!([unit("[Service]\nExecStart=/usr/bin/kubelet\n")]);
            }),
        ),
        ("a source is not in what is rendered", whole.clone().with_objects([workers])),
        ("only the masters have it", whole.clone().with_objects([admins])),
        (
            "a kernel argument does not reach the pool",
            with((MC, "99-master-ssh"), &|it| {
                it["spec"]["kernelArguments"] = json!(["nosmt"]);
            }),
        ),
        (
            "init would write",
            with((MC, "00-etcd-disk"), &|it| {
                it["spec"]["config"]["systemd"]["units"] = json!([]);
            }),
        ),
        (
            "the pool is rolling out",
            with((Kind::MachineConfigPool, "etcd"), &|it| {
                it["status"]["configuration"]["name"] = "rendered-etcd-0".into();
            }),
        ),
    ] {
        assert!(needs_templates(&without_templates(snapshot)), "{doubt}");
    }
}

#[test]
fn a_pool_that_is_not_there_or_copies_is_judged_with_the_templates() {
    let before = load("4.16", &[]);
    assert!(!may_answer(&before));
    let plan = init::plan(&before, &documented());
    assert!(!may_answer(&rendered(carried_out(before, &plan))));
}
