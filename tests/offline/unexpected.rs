//! Clusters that hold what nobody expects: nothing panics, and no error tells what it was given.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd::derive::user_data;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::add_disk::{self, AddDiskRequest};
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::remove_disk::{self, RemoveDiskRequest};
use oc_etcd::plan::{Plan, init};
use oc_etcd::preflight;
use oc_etcd::report::style::Style;
use oc_etcd::report::{self, Format};
use oc_etcd::status::assess;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::snapshot::{self, TOOL_VERSION};

static INITIALIZED: LazyLock<Snapshot> = LazyLock::new(|| {
    let before = snapshot::load("4.16", &["subnet-by-id"]);
    let plan = init::plan(&before, &snapshot::documented());
    let after = snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)));
    let wish = AddMachineRequest::new(vec!["us-east-1b".to_owned()], TOOL_VERSION);
    let machines = add_machine::plan(&after, &wish);
    snapshot::carried_out(after, &machines)
});

/// Names of fields that the planners look for, so that a random value gets deep into them.
const FIELDS: &[&str] = &[
    "apiVersion",
    "annotations",
    "arn",
    "availabilityZone",
    "aws",
    "blockDevices",
    "conditions",
    "config",
    "configuration",
    "contents",
    "creationTimestamp",
    "data",
    "desired",
    "deviceName",
    "dropins",
    "ebs",
    "failureDomains",
    "files",
    "filters",
    "fips",
    "history",
    "id",
    "ignition",
    "instanceType",
    "kernelArguments",
    "labels",
    "kmsKey",
    "loadBalancers",
    "machineConfigSelector",
    "machines_v1beta1_machine_openshift_io",
    "managedFields",
    "matchExpressions",
    "matchLabels",
    "merge",
    "metadata",
    "name",
    "nodeRef",
    "ownerReferences",
    "path",
    "paused",
    "phase",
    "placement",
    "providerSpec",
    "reason",
    "source",
    "spec",
    "status",
    "storage",
    "subnet",
    "systemd",
    "template",
    "type",
    "units",
    "userData",
    "value",
    "version",
];

/// The objects that are replaced or damaged.
const VICTIMS: &[(Kind, Option<&str>, &str)] = &[
    (Kind::ClusterVersion, None, "version"),
    (Kind::Infrastructure, None, "cluster"),
    (Kind::ClusterOperator, None, "etcd"),
    (Kind::Etcd, None, "cluster"),
    (Kind::MachineConfig, None, "00-master"),
    (Kind::MachineConfig, None, "01-master-kubelet"),
    (Kind::MachineConfig, None, "99-master-ssh"),
    (Kind::MachineConfig, None, "00-etcd"),
    (Kind::MachineConfig, None, "00-etcd-disk"),
    (Kind::MachineConfig, None, "01-etcd-kubelet"),
    (Kind::MachineConfig, None, snapshot::RENDERED),
    (Kind::MachineConfigPool, None, "master"),
    (Kind::MachineConfigPool, None, "etcd"),
    (Kind::Machine, Some(names::MACHINE_NAMESPACE), "lab-x99n4-master-0"),
    (Kind::Machine, Some(names::MACHINE_NAMESPACE), "lab-x99n4-master-1"),
    (Kind::Machine, Some(names::MACHINE_NAMESPACE), "lab-x99n4-etcd-0"),
    (Kind::ControlPlaneMachineSet, Some(names::MACHINE_NAMESPACE), "cluster"),
    (Kind::Secret, Some(names::MACHINE_NAMESPACE), "master-user-data"),
    (Kind::Secret, Some(names::MACHINE_NAMESPACE), "etcd-user-data"),
];

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!("")),
        Just(json!("us-east-1a")),
        Just(json!("Degraded")),
        Just(json!("True")),
        Just(json!("kubelet.service")),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(select(FIELDS), inner, 0..6).prop_map(|map| json!(map)),
        ]
    })
}

#[test]
fn a_plan_over_user_data_that_is_none_is_refused_without_quoting_it() {
    let name = names::MASTER_USER_DATA;
    let reference = ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, name);
    let secret =
        Object::new(reference).with("data", json!({"userData": STANDARD.encode("CANARY")}));
    let cluster = INITIALIZED.clone().with_objects([secret]);
    let plan = init::plan(&cluster, &snapshot::init_request());
    assert!(plan.is_blocked());
    assert!(!format!("{plan:?}").contains("CANARY"));
}

/// Every place of an object that can be damaged, as JSON pointers. Without its kind and its name it
/// would not have been read.
fn places(body: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
            Value::Array(list) => {
                list.iter().enumerate().map(|(index, it)| (index.to_string(), it)).collect()
            }
            _ => Vec::new(),
        };
        for (key, child) in children {
            let key = key.replace('~', "~0").replace('/', "~1");
            found.push(format!("{at}/{key}"));
            walk(child, &format!("{at}/{key}"), found);
        }
    }
    let needed = ["/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace"];
    let mut found = Vec::new();
    walk(body, "", &mut found);
    found.retain(|it| !needed.contains(&it.as_str()));
    found
}

/// The cluster with one object damaged in one place.
fn damaged(victim: &ObjectRef, place: &str, value: Value) -> Snapshot {
    let mut body = INITIALIZED.get(victim).unwrap().body().clone();
    *body.pointer_mut(place).unwrap() = value;
    INITIALIZED.clone().with_objects([Object::from_value(body).unwrap()])
}

/// Every place of the objects that are smaller than they are deep, each with a value of each type.
#[test]
fn no_place_of_a_machine_or_a_pool_panics_whatever_is_in_it() {
    let values = [json!(null), json!(7), json!("x"), json!([[]]), json!({"x": {}})];
    let machines = ["lab-x99n4-master-0", "lab-x99n4-etcd-0"];
    let machine = |name| ObjectRef::namespaced(Kind::Machine, names::MACHINE_NAMESPACE, name);
    let wish = AddMachineRequest::new(
        ["us-east-1a", "us-east-1b", "us-east-1c"].map(str::to_owned).to_vec(),
        TOOL_VERSION,
    );
    for (victim, value) in
        machines.iter().flat_map(|it| values.iter().map(|value| (machine(*it), value)))
    {
        for place in places(INITIALIZED.get(&victim).unwrap().body()) {
            write(&add_machine::plan(&damaged(&victim, &place, value.clone()), &wish));
        }
    }
    for name in ["master", "etcd"] {
        let victim = ObjectRef::cluster(Kind::MachineConfigPool, name);
        for place in places(INITIALIZED.get(&victim).unwrap().body()) {
            for value in &values {
                let snapshot = damaged(&victim, &place, value.clone());
                write(&init::plan(&snapshot, &snapshot::init_request()));
                write(&add_machine::plan(&snapshot, &wish));
            }
        }
    }
}

/// Has everything planned, judged and written that can be.
fn exercise(snapshot: &Snapshot) {
    let mut request = snapshot::init_request();
    for layout in
        [oc_etcd::model::layout::Layout::Documented, oc_etcd::model::layout::Layout::Inherit]
    {
        request.layout = oc_etcd::plan::LayoutChoice::Only(layout);
        write(&init::plan(snapshot, &request));
    }
    let zones = ["us-east-1a", "us-east-1b", "us-east-1z"].map(str::to_owned);
    write(&add_machine::plan(snapshot, &AddMachineRequest::new(zones.to_vec(), TOOL_VERSION)));
    write(&add_disk::plan(snapshot, &AddDiskRequest::new(TOOL_VERSION)).plan);
    write(&remove_disk::plan(snapshot, &RemoveDiskRequest::default()).plan);
    drop(preflight::report(snapshot, &BTreeSet::new(), TOOL_VERSION));
    let status = assess(snapshot, TOOL_VERSION);
    for format in [Format::Wide, Format::Json, Format::Name] {
        report::status::write(&status, format, &Style::default(), &mut Vec::new()).unwrap();
    }
}

fn write(plan: &Plan) {
    for format in [Format::Human, Format::Json] {
        report::plan::write(plan, format, &Style::default(), &mut Vec::new()).unwrap();
    }
}

fn victim() -> impl Strategy<Value = ObjectRef> {
    select(VICTIMS).prop_map(|(kind, namespace, name)| match namespace {
        Some(namespace) => ObjectRef::namespaced(kind, namespace, name),
        None => ObjectRef::cluster(kind, name),
    })
}

/// So many random cases, or as many as `PROPTEST_CASES` says: a figure that `make fuzz` raises. Each is
/// reported whole and none written to a file.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    #[expect(clippy::disallowed_methods, reason = "a switch for a person, not for the tests")]
    let wished = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok());
    ProptestConfig {
        cases: wished.unwrap_or(cases),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn an_object_of_any_shape_panics_nothing(
        victim in victim(),
        fields in prop::collection::btree_map(select(FIELDS), json(), 0..4),
    ) {
        let mut body = Object::new(victim).into_body();
        for (field, value) in fields {
            if !["apiVersion", "metadata"].contains(&field) {
                body[field] = value;
            }
        }
        exercise(&INITIALIZED.clone().with_objects([Object::from_value(body).unwrap()]));
    }

    #[test]
    fn an_object_that_is_damaged_in_one_place_panics_nothing(
        victim in victim(),
        place in any::<usize>(),
        value in json(),
    ) {
        let places = places(INITIALIZED.get(&victim).unwrap().body());
        exercise(&damaged(&victim, &places[place % places.len()], value));
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn user_data_of_any_bytes_is_refused_without_being_quoted(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        is_encoded in any::<bool>(),
        head in select(vec!["CANARY", "{\"CANARY\":", "{\"ignition\":{\"version\":\"CANARY\"", "\u{1f}CANARY"]),
    ) {
        let bytes = [head.as_bytes(), &bytes].concat();
        let text = if is_encoded { STANDARD.encode(&bytes) } else { String::from_utf8_lossy(&bytes).into_owned() };
        let reference = ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, names::MASTER_USER_DATA);
        let secret = Object::new(reference).with("data", json!({"userData": text}));
        let error = user_data::derive(&secret, TOOL_VERSION).unwrap_err();
        let told = format!("{error} {error:?} {secret:?}");
        prop_assert!(!told.contains("CANARY") && !told.contains("Q0FOQVJZ"), "{}", told);
    }
}
