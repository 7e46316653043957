//! The documents are what their JSON Schemas say, and the schemas say nothing that no document has.

use std::collections::{BTreeMap, BTreeSet};

use oc_etcd::derive::disk::Disk;
use oc_etcd::derive::pool::RequiredForUpgrade;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::{Snapshot, Unreadable, UnreadableReason};
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::first_boot::FirstBoot;
use oc_etcd::plan::init;
use oc_etcd::plan::outcome::{Done, Failure, Outcome, Persistence, Stored};
use oc_etcd::plan::saved::{Basis, Digests};
use oc_etcd::report::style::Style;
use oc_etcd::report::version::Versions;
use oc_etcd::report::{self, Format};
use oc_etcd::status::assess;
use serde_json::{Value, json};

use crate::snapshot::{self as clusters, TOOL_VERSION};
use crate::{program, schema};

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Value {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn status(snapshot: &Snapshot) -> Value {
    let status = assess(snapshot, TOOL_VERSION);
    written(|out| report::status::write(&status, Format::Json, &Style::default(), out))
}

/// The plans of `init`, to look at and to carry out later, and that of `add-machine`.
fn plans(snapshot: &Snapshot) -> Vec<Value> {
    let mut request = clusters::init_request();
    request.disk = Some(Disk::Device("/dev/nvme1n1".to_owned()));
    request.first_boot = Some(FirstBoot::Keep);
    request.required_for_upgrade = Some(RequiredForUpgrade::No);
    let plan = init::plan(snapshot, &request);
    let (basis, digests) = (Basis::of(snapshot, &request), Digests::of(snapshot));
    let machines = AddMachineRequest::new(vec!["us-east-1a".to_owned()], TOOL_VERSION);
    let machines = add_machine::plan(snapshot, &machines);
    let style = Style::default();
    vec![
        written(|out| report::plan::write(&plan, Format::Json, &style, out)),
        written(|out| report::plan::write_saved(&plan, (&basis, digests), Format::Json, out)),
        written(|out| report::plan::write(&machines, Format::Json, &style, out)),
    ]
}

/// A cluster of each kind, in each state that has a document of its own.
fn snapshots() -> Vec<Snapshot> {
    let mut all = Vec::new();
    for (release, variants) in [
        ("4.10", &[][..]),
        ("4.16", &[]),
        ("4.20", &[]),
        ("4.16", &["foreign-pool"]),
        ("4.16", &["hosted"]),
        ("4.16", &["not-aws-gcp"]),
        ("4.16", &["user-machine-configs"]),
    ] {
        let before = clusters::load(release, variants);
        let plan = init::plan(&before, &clusters::init_request());
        let after = clusters::carried_out(before.clone(), &plan);
        let rendered = clusters::rendered(clusters::generated(after.clone()));
        let machines = AddMachineRequest::new(vec!["us-east-1a".to_owned()], TOOL_VERSION);
        let machines = add_machine::plan(&rendered, &machines);
        let with_machine = joined(clusters::carried_out(rendered.clone(), &machines));
        all.extend([before, after, rendered, with_machine]);
    }
    let mut unread = clusters::load("4.16", &[]);
    for kind in Kind::ALL {
        let (what, reason) = (kind.qualified(), UnreadableReason::Forbidden);
        unread.unreadable.push(Unreadable { what, kind, reason });
    }
    let stale = clusters::load("4.16", &["sources-upgraded-4.16"]);
    let stale = all[6].clone().with_objects(stale.all(Kind::MachineConfig).cloned());
    all.extend([unread, stale]);
    all
}

/// The cluster with a Node for each etcd Machine.
fn joined(snapshot: Snapshot) -> Snapshot {
    let machines: Vec<Object> = snapshot.machines_of(names::ETCD).cloned().collect();
    machines.into_iter().fold(snapshot, |snapshot, machine| {
        let node = Object::new(ObjectRef::cluster(Kind::Node, machine.name()))
            .with_labels([(names::NODE_ROLE_ETCD, "")]);
        let status = json!({"phase": "Running", "nodeRef": {"name": machine.name()}});
        snapshot.with_objects([node, machine.with("status", status)])
    })
}

fn documents() -> Vec<Value> {
    let snapshots = snapshots();
    let mut all: Vec<Value> = snapshots.iter().flat_map(plans).collect();
    all.extend(snapshots.iter().map(status));
    let object = ObjectRef::namespaced(Kind::Machine, "x", "y");
    for (failed, change) in [(None, "created"), (Some("a hint"), "configured"), (None, "deleted")] {
        let mut outcome = Outcome::new(Persistence::DryRun);
        outcome.done.push(Done { object: object.clone(), change });
        outcome.not_tried.push(object.clone());
        outcome.failed = failed.map(|hint| Failure {
            object: object.clone(),
            message: "x".to_owned(),
            stored: Stored::No,
            hint: Some(hint.into()),
            is_already_exists: false,
            is_conflict: false,
            is_passing: false,
            retry_after: None,
        });
        for stored in [Stored::Yes, Stored::Unknown] {
            outcome.also_failed.extend(outcome.failed.clone().map(|it| Failure { stored, ..it }));
        }
        all.push(written(|out| {
            report::outcome::write(&outcome, Format::Json, &Style::default(), out)
        }));
    }
    for known in [None, Some("v1.29.8".to_owned())] {
        let versions = Versions { client: "1".to_owned(), server: known.clone(), openshift: known };
        all.push(written(|mut out| report::version::write(&versions, Format::Json, &mut out)));
    }
    for (verb, place, flag) in [
        ("diff", "4.16", "--layout=auto"),
        ("diff", "4.16", "--disk-device=/dev/nvme1n1"),
        ("check", "4.16", "--ignore-checks=fips-mismatch"),
        ("check", "variants/fips", "--ignore-checks=fips-mismatch"),
    ] {
        let place = format!("tests/fixtures/{place}");
        let arguments = [verb, "--from", &place, "-o", "json", flag];
        all.push(serde_json::from_str(&program::run(&arguments).stdout).unwrap());
    }
    all.extend(events());
    all.extend(crate::perf::documents());
    all
}

/// What a run tells programs, a line each.
fn events() -> Vec<Value> {
    let arguments = ["status", "--from", "tests/fixtures/4.16", "--progress=json", "-n", "x"];
    let told = program::run(&arguments).stderr;
    let object = program::run(&["init", "--from", "tests/fixtures/4.16", "--progress=json"]).stderr;
    told.lines().chain(object.lines()).map(|it| serde_json::from_str(it).unwrap()).collect()
}

/// The names of the fields that a schema describes.
fn described(schema: &Value, names: &mut BTreeSet<String>) {
    let fields = schema["properties"].as_object();
    names.extend(fields.into_iter().flatten().map(|(name, _)| name.clone()));
    for (_, value) in schema.as_object().into_iter().flatten() {
        described(value, names);
    }
}

fn fields(document: &Value, names: &mut BTreeSet<String>) {
    names.extend(document.as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    let list = document.as_array().into_iter().flatten();
    let entries = document.as_object().into_iter().flatten().map(|(_, value)| value);
    list.chain(entries).for_each(|it| fields(it, names));
}

#[test]
fn every_document_is_what_its_schema_says() {
    let wrong: Vec<String> = documents().iter().flat_map(schema::complaints).collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_field_of_a_schema_is_in_a_document() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for document in documents() {
        let kind = document["kind"].as_str().unwrap().to_owned();
        fields(&document, found.entry(kind).or_default());
    }
    for (kind, schema) in schema::schemas() {
        let mut names = BTreeSet::new();
        described(&schema, &mut names);
        let unseen: Vec<&String> = names.difference(&found[&kind]).collect();
        assert!(unseen.is_empty(), "{kind}: {unseen:?}");
    }
}

#[test]
fn a_field_too_many_a_field_too_few_and_another_word_are_seen() {
    let good = status(&clusters::load("4.16", &[]));
    let with = |pointer: &str, value: Value| {
        let mut document = good.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[field] = value;
        schema::complaints(&document).len()
    };
    assert_eq!(with("/next", Value::Null), 0);
    assert_eq!(with("/cluster/more", 1.into()), 1);
    assert_eq!(with("/health", "fine".into()), 1);
    assert_eq!(with("/pool/state", Value::Null), 1);
    let mut less = good.clone();
    less.as_object_mut().unwrap().remove("next");
    assert_eq!(schema::complaints(&less).len(), 1);
    assert_eq!(
        schema::complaints(&json!({"kind": "Other"})),
        ["docs/schemas has none for `Other`"]
    );
}

#[test]
fn what_the_program_prints_is_what_its_schema_says() {
    let cluster = "tests/fixtures/4.16";
    for arguments in
        [&["version", "--client"][..], &["status", "--from", cluster], &["init", "--from", cluster]]
    {
        let ran = program::run(&[arguments, &["-o", "json"]].concat());
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(schema::complaints(&document), [""; 0], "{arguments:?}");
    }
}
