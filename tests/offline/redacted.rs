//! Files in which a sanitizer withheld one field: whatever field it is, the field is neither absent, nor bad, nor
//! good, and its marker is not taken for a name.
//!
//! Each field of each kind is withheld in turn, from one object and from all objects of the kind. The judgments of
//! every command are compared with the judgments of the whole files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread;

use oc_etcd::archive::{self, ArchiveSource};
use oc_etcd::check::{Check, Finding};
use oc_etcd::cluster::read::Scope;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::Object;
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::add_disk::{self, AddDiskRequest};
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::init;
use oc_etcd::plan::remove_disk::{self, RemoveDiskRequest};
use oc_etcd::preflight::{CheckReport, Verdict, report};
use oc_etcd::status::{Health, Status, assess};
use serde_json::{Value, json};

use crate::golden_file::expect_none;
use crate::program::directory;
use crate::snapshot::{self, READ_AT, TOOL_VERSION};
use crate::{checks, member_disk};

/// What openshift/machine-config-operator `devex/cmd/mco-sanitize` puts in the place of a value.
fn marker() -> Value {
    json!({"_REDACTED": "This field has been redacted", "length": 3})
}

/// A field of the objects of a kind and a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) kind: String,
    role: String,
    pub(crate) path: String,
}

/// Returns whether an object has a place.
pub(crate) fn is_of(object: &Value, place: &Place) -> bool {
    object["kind"] == place.kind.as_str() && role(object) == place.role
}

/// Returns the places of all fields, a list by its first and its last entry.
pub(crate) fn places(objects: &[Value]) -> BTreeSet<Place> {
    fn below(value: &Value, path: &str, found: &mut Vec<String>) {
        let below_key = |key: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
        let mut visit = |path: String, value: &Value| {
            found.push(path.clone());
            below(value, &path, found);
        };
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, it)| visit(below_key(key), it)),
            Value::Array(list) => {
                let ends = [0, list.len().saturating_sub(1)];
                let all = ends.iter().collect::<BTreeSet<_>>().into_iter();
                all.filter_map(|at| Some((at, list.get(*at)?)))
                    .for_each(|(at, it)| visit(format!("{path}/{at}"), it));
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for object in objects {
        let mut paths = Vec::new();
        below(object, "", &mut paths);
        let is_identity = |path: &str| {
            let names =
                ["/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace"];
            names.contains(&path)
        };
        let (kind, role) = (object["kind"].as_str().unwrap().to_owned(), role(object));
        let depth = |path: &str| path.matches('/').count();
        let is_near = |path: &str| {
            let is_read_part_by_part =
                path.contains("/providerSpec/") || path.starts_with("/spec/config/");
            depth(path) <= if is_read_part_by_part { 10 } else { 4 }
        };
        paths.retain(|path| !is_identity(path) && is_near(path));
        let place = |path| Place { kind: kind.clone(), role: role.clone(), path };
        found.extend(paths.into_iter().map(place));
    }
    found
}

/// Returns what tells objects of a kind apart that are judged in different ways.
fn role(object: &Value) -> String {
    let labels = &object["metadata"]["labels"];
    let keys =
        ["machineconfiguration.openshift.io/role", "machine.openshift.io/cluster-api-machine-role"];
    let of_label = keys.iter().find_map(|key| labels[*key].as_str());
    let of_node = ["etcd", "master"]
        .into_iter()
        .find(|it| !labels[format!("node-role.kubernetes.io/{it}")].is_null());
    match object["kind"].as_str().unwrap() {
        "Node" | "Machine" | "MachineConfig" => of_label.or(of_node).unwrap_or_default().to_owned(),
        "ClusterOperator" | "MachineSet" => String::new(),
        _ => object["metadata"]["name"].as_str().unwrap().to_owned(),
    }
}

/// The objects in which a field is withheld.
#[derive(Clone, Copy, Debug)]
enum Extent {
    /// One object of the kind.
    One,
    /// All objects of the kind.
    All,
}

/// The same objects with a field withheld.
fn withheld(
    objects: &[Value],
    Place { kind, role: of, path }: &Place,
    extent: Extent,
) -> Vec<Value> {
    let mut objects = objects.to_vec();
    let is_it =
        |it: &Value| it["kind"] == kind.as_str() && role(it) == *of && it.pointer(path).is_some();
    let found = objects.iter_mut().filter(|it| is_it(it));
    let count = match extent {
        Extent::One => 1,
        Extent::All => usize::MAX,
    };
    found.take(count).for_each(|it| *it.pointer_mut(path).unwrap() = marker());
    objects
}

/// The judgments of all commands.
pub(crate) struct Judged {
    pub(crate) status: Status,
    check: CheckReport,
    pub(crate) findings: Vec<Finding>,
    /// The objects that a plan writes.
    pub(crate) writes: BTreeSet<String>,
}

pub(crate) fn read(top: &Path, objects: &[Value]) -> Snapshot {
    let file = top.join("all.json");
    fs::write(&file, json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string())
        .unwrap();
    // The heartbeats of the Nodes, which tell the time, may be withheld.
    let saved: jiff::Timestamp = READ_AT.parse().unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_modified(saved.into()).unwrap();
    let found = archive::read(&ArchiveSource::Path(file), &Scope::check()).unwrap();
    checks::allowed(found.snapshot)
}

pub(crate) fn judge(snapshot: &Snapshot) -> Judged {
    let status = assess(snapshot, TOOL_VERSION);
    let check = report(snapshot, &BTreeSet::new(), TOOL_VERSION);
    let machine = AddMachineRequest::new(vec!["us-east-1b".to_owned()], TOOL_VERSION);
    let plans = [
        ("init", init::plan(snapshot, &snapshot::init_request())),
        ("add-machine", add_machine::plan(snapshot, &machine)),
        ("add-disk", add_disk::plan(snapshot, &AddDiskRequest::new(TOOL_VERSION)).plan),
        ("remove-disk", remove_disk::plan(snapshot, &RemoveDiskRequest::default()).plan),
    ];
    let mut findings = status.findings.clone();
    findings.extend(check.findings());
    findings.extend(plans.iter().flat_map(|(_, it)| it.findings.clone()));
    let writes = plans.iter().flat_map(|(verb, plan)| {
        let writes = plan.steps.iter().filter(|it| it.change.is_write());
        writes.map(move |it| format!("{verb} {} {}", it.change.word(), it.object))
    });
    let writes = writes.collect();
    Judged { status, check, findings, writes }
}

/// Returns what the commands show of a cluster.
pub(crate) fn shown(snapshot: &Snapshot) -> String {
    let Judged { status, check, findings, writes } = judge(snapshot);
    json!([status, check, findings, writes]).to_string()
}

/// Returns what is wrong with the judgments of files that withhold a part. `masked` is what the files make of a text.
pub(crate) fn complaints(
    whole: &Judged,
    part: &Judged,
    masked: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let mut found = Vec::new();
    let told = |it: &Finding| (it.check, it.subject.clone());
    let before = whole.findings.iter().map(|it| (it.check, masked(&it.subject)));
    let before: BTreeSet<_> = before.collect();
    for finding in &part.findings {
        let is_unknown = finding.check == Check::Unreadable
            || ["withheld", "unknown", "could not be", "not in the files"]
                .iter()
                .any(|it| finding.message.contains(it));
        if !before.contains(&told(finding)) && !is_unknown {
            found.push(format!(
                "new finding {} [{}] {}: {}",
                finding.severity, finding.check, finding.subject, finding.message
            ));
        }
    }
    let rows = |of: &CheckReport| -> BTreeMap<Check, Verdict> {
        of.checks().map(|it| (it.check, it.verdict)).collect()
    };
    let after = rows(&part.check);
    for (check, verdict) in rows(&whole.check) {
        match after.get(&check) {
            None => found.push(format!("no row {check}")),
            // A plan of init always notes where no etcd member runs.
            Some(Verdict::Passed) if check == Check::EtcdMembersUnmanaged => {}
            Some(Verdict::Passed) if verdict != Verdict::Passed => {
                found.push(format!("{check} was {} and is passed", verdict.word()));
            }
            Some(_) => {}
        }
    }
    let writes: BTreeSet<String> = whole.writes.iter().map(|it| masked(it)).collect();
    for write in part.writes.difference(&writes) {
        found.push(format!("new write: {write}"));
    }
    let health = (whole.status.health, part.status.health);
    if health.0 != health.1 && health.1 != Health::Unknown {
        found.push(format!("health {health:?}"));
    }
    let text = json!([part.status, part.check, part.findings]).to_string();
    if text.contains("_REDACTED") {
        found.push("the marker is shown".to_owned());
    }
    found
}

pub(crate) fn bodies(snapshot: &Snapshot) -> Vec<Value> {
    let is_read = |it: &Value| {
        let name = it["metadata"]["name"].as_str().unwrap();
        let is_machine = it["kind"] == "Machine" && role(it) == "worker";
        let is_node = it["kind"] == "Node" && role(it).is_empty();
        !is_machine && !is_node && !name.starts_with("rendered-worker")
    };
    let all = Kind::ALL.into_iter().flat_map(|kind| snapshot.all(kind)).map(|it| it.body().clone());
    all.filter(is_read).collect()
}

/// A cluster after `init`, with an etcd machine.
pub(crate) fn initialized(cluster: &str) -> Snapshot {
    let before = member_disk::calm(cluster);
    let plan = init::plan(&before, &snapshot::init_request());
    let after = snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)));
    let wish = AddMachineRequest::new(vec!["us-east-1a".to_owned()], TOOL_VERSION);
    let machines = add_machine::plan(&after, &wish);
    snapshot::carried_out(after, &machines)
}

/// The same cluster, whose masters have settings that are bound to them.
fn bound(snapshot: &Snapshot) -> Snapshot {
    let masters: Vec<Object> = snapshot.machines_of(names::MASTER).cloned().collect();
    let bind = |machine: Object| {
        let mut body = machine.into_body();
        let spec = &mut body["spec"]["providerSpec"]["value"];
        spec["networkInterfaceType"] = "EFA".into();
        spec["publicIp"] = true.into();
        spec["placement"]["tenancy"] = "dedicated".into();
        spec["fieldOfTomorrow"] = "x".into();
        Object::from_value(body).unwrap()
    };
    snapshot.clone().with_objects(masters.into_iter().map(bind))
}

/// A cluster, and the fields of it that are withheld.
struct Case {
    name: &'static str,
    snapshot: Snapshot,
    extent: Extent,
    kinds: &'static [&'static str],
}

fn complaints_of(case: &Case) -> BTreeMap<String, Vec<String>> {
    let Case { name, snapshot, extent, kinds } = case;
    let top = directory(&format!("redacted-{name}"));
    let objects = bodies(snapshot);
    let whole = read(&top, &objects);
    let judged = judge(&whole);
    let is_looked_at = |it: &Place| {
        kinds.is_empty() || kinds.contains(&format!("{}/{}", it.kind, it.role).as_str())
    };
    let mut all = BTreeMap::<String, Vec<String>>::new();
    let mut unread = BTreeMap::<String, usize>::new();
    for place in places(&objects).into_iter().filter(is_looked_at) {
        let part = read(&top, &withheld(&objects, &place, *extent));
        // A few fields that make an object unknown are enough for each kind.
        let count = unread.entry(place.kind.clone()).or_default();
        let is_unread = part.unreadable != whole.unreadable;
        *count += usize::from(is_unread);
        if is_unread && *count > 3 {
            continue;
        }
        for complaint in complaints(&judged, &judge(&part), &str::to_owned) {
            let place = format!("{name}: {} {} {}", place.kind, place.role, place.path);
            all.entry(complaint).or_default().push(place);
        }
    }
    all
}

#[test]
fn a_withheld_field_is_unknown_wherever_it_is() {
    let calm = member_disk::calm("4.20");
    let cases = [
        Case {
            name: "bound",
            snapshot: bound(&calm),
            extent: Extent::One,
            kinds: &["Machine/master"],
        },
        Case {
            name: "initialized",
            snapshot: initialized("4.16"),
            extent: Extent::All,
            kinds: &[
                "Machine/etcd",
                "MachineConfig/etcd",
                "MachineConfigPool/etcd",
                "ConfigMap/etcd-endpoints",
            ],
        },
        Case { name: "calm", snapshot: calm, extent: Extent::All, kinds: &[] },
        Case { name: "oldest", snapshot: initialized("4.10"), extent: Extent::All, kinds: &[] },
    ];
    let all: Vec<BTreeMap<String, Vec<String>>> = thread::scope(|scope| {
        let threads: Vec<_> = cases.iter().map(|it| scope.spawn(|| complaints_of(it))).collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let shown = |(complaint, places): (&String, &Vec<String>)| {
        let some = places.iter().take(6).cloned().collect::<Vec<_>>().join("\n    ");
        format!("{complaint}, at {} places:\n    {some}", places.len())
    };
    expect_none(&all.iter().flatten().map(shown).collect::<Vec<_>>());
}
