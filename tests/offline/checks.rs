//! docs/checks.md is written from the table of checks; each check is one that something finds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use oc_etcd::check::{Asker, Category, Check, Finding};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::{Permission, Snapshot, Unreadable, UnreadableReason};
use oc_etcd::model::{names, rights};
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::first_boot::FirstBoot;
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd::plan::{LayoutChoice, Plan, Step};
use oc_etcd::preflight::{CheckReport, Checked, Verdict, report};
use oc_etcd::report::style::Style;
use oc_etcd::report::{Format, check as writer};
use oc_etcd::status::assess;
use serde_json::{Value, json};

use crate::golden_file::{self, complaint, expect_none, repository};
use crate::hints;
use crate::member_disk;
use crate::removal;
use crate::snapshot::{self, TOOL_VERSION};

/// The same cluster for a user who may do everything.
pub(crate) fn allowed(mut snapshot: Snapshot) -> Snapshot {
    let permission = |right: &rights::Right| Permission {
        verb: right.verb,
        kind: right.kind,
        namespace: right.namespace(),
        name: right.name,
        is_allowed: true,
    };
    snapshot.permissions = rights::ALL.iter().map(permission).collect();
    snapshot
}

/// What `check` says, for somebody who may do everything.
pub(crate) fn told(snapshot: &Snapshot, format: Format) -> String {
    let report = report(&allowed(snapshot.clone()), &BTreeSet::new(), TOOL_VERSION);
    written(&report, format)
}

fn written(report: &CheckReport, format: Format) -> String {
    let mut out = Vec::new();
    writer::write(report, format, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn docs() -> String {
    let mut text = String::from(DOCS);
    for category in Category::ALL {
        write!(text, "\n## {}\n", category.title()).unwrap();
        for check in Check::ALL.iter().filter(|it| it.about().category == category) {
            let about = check.about();
            let asked_by: Vec<String> =
                about.asked_by.iter().map(|it| format!("`{}`", it.name())).collect();
            let reads: Vec<&str> = about.reads.iter().map(|it| it.resource().plural).collect();
            let ignorable = ignorable(*check);
            write!(
                text,
                "\n### {check}\n\n{} {}\n\n- Resolution: {}\n- Commands: {}\n- Ignorable: {ignorable}\n",
                about.asks,
                about.why,
                about.remedy,
                asked_by.join(", "),
            )
            .unwrap();
            if !reads.is_empty() {
                writeln!(text, "- Reads: {}", reads.join(", ")).unwrap();
            }
        }
    }
    text
}

/// The commands that have `--ignore-checks`.
const IGNORING: [Asker; 3] = [Asker::Init, Asker::AddMachine, Asker::Check];

fn ignorable(check: Check) -> String {
    let by = check.about().asked_by.iter().filter(|it| IGNORING.contains(it));
    let by: Vec<String> = by.map(|it| format!("`{}`", it.name())).collect();
    if check.is_ignorable() && !by.is_empty() {
        format!("by {}", by.join(", "))
    } else {
        "no".to_owned()
    }
}

const DOCS: &str = "# Checks

oc-etcd runs these checks before it writes to the cluster; `oc etcd check` and `oc etcd status` report their findings.
Each finding names its check by a stable ID. The ID names the problem. A **blocker** prevents a command from writing, a
**warning** should be read before the command is confirmed, and a **note** is for information.

`diff` runs the checks of `init` and writes nothing. `--ignore-checks=ID,…` of `init`, `diff`, `add-machine` and
`check` downgrades the blockers of a check to warnings, if the command can continue without breaking the cluster.
`check` exits with 5 if a check reports a blocker or a warning, or if a check cannot be completed because a resource
cannot be read; ignored checks do not count.

This page is generated from the table in the source: `make generated`.
";

#[test]
fn the_page_of_checks_is_what_the_table_says() {
    let path = repository().join("docs/checks.md");
    if golden_file::is_update() {
        std::fs::write(&path, docs()).unwrap();
    }
    expect_none(&complaint(&path, &docs()).into_iter().collect::<Vec<_>>());
}

/// Who found which check, over many clusters and requests, and which of the hints cannot be pasted.
#[derive(Default)]
struct Found {
    askers: BTreeMap<Check, BTreeSet<Asker>>,
    wrong_hints: BTreeSet<String>,
    rows: Vec<Checked>,
}

impl Found {
    /// Adds what was found in a cluster by a command that makes nothing.
    fn add(&mut self, asker: Asker, snapshot: &Snapshot, findings: &[Finding]) {
        self.add_of(asker, snapshot, &[], findings);
    }

    /// Adds what a plan for a cluster found.
    fn add_plan(&mut self, asker: Asker, snapshot: &Snapshot, plan: &Plan) {
        self.add_of(asker, snapshot, &plan.steps, &plan.findings);
    }

    fn add_of(&mut self, asker: Asker, snapshot: &Snapshot, steps: &[Step], findings: &[Finding]) {
        for finding in findings {
            let wrong = hints::complaints(finding, snapshot, steps);
            self.wrong_hints.extend(wrong.into_iter().map(|it| format!("{}: {it}", asker.name())));
            self.askers.entry(finding.check).or_default().insert(asker);
        }
    }

    fn init(&mut self, snapshot: &Snapshot, flags: impl FnOnce(&mut InitRequest)) {
        let mut request = snapshot::init_request();
        flags(&mut request);
        self.add_plan(Asker::Init, snapshot, &init::plan(snapshot, &request));
    }

    fn add_machine(&mut self, snapshot: &Snapshot, flags: impl FnOnce(&mut AddMachineRequest)) {
        let mut request = AddMachineRequest::new(vec!["us-east-1a".to_owned()], TOOL_VERSION);
        flags(&mut request);
        self.add_plan(Asker::AddMachine, snapshot, &add_machine::plan(snapshot, &request));
    }

    /// What the disk of the masters' etcd finds, and the way back from it.
    fn disk(&mut self) {
        for (asker, snapshot, plan) in member_disk::scenes() {
            self.add_plan(asker, &snapshot, &plan);
        }
        for snapshot in member_disk::clusters() {
            self.check(&snapshot);
        }
    }

    /// What the way back finds, for every etcd Machine and for a name.
    fn removal(&mut self, snapshot: &Snapshot, name: &str) {
        let plan = removal::remove(snapshot, &[name], &[]);
        self.add_plan(Asker::RemoveMachine, snapshot, &plan);
        self.add_plan(Asker::Teardown, snapshot, &removal::tear_down(snapshot));
    }

    fn all(&mut self, snapshot: &Snapshot) {
        self.init(snapshot, |_| ());
        self.add_machine(snapshot, |_| ());
        self.add(Asker::Status, snapshot, &assess(snapshot, TOOL_VERSION).findings);
        self.check(snapshot);
    }

    fn check(&mut self, snapshot: &Snapshot) {
        let report = report(snapshot, &BTreeSet::new(), TOOL_VERSION);
        self.add(Asker::Check, snapshot, &report.findings());
        self.rows.extend(report.checks().cloned());
    }
}

pub(crate) fn changed(
    snapshot: &Snapshot,
    kind: Kind,
    name: &str,
    change: impl Fn(&mut Value),
) -> Snapshot {
    let found = snapshot.all(kind).find(|it| it.name() == name).unwrap();
    let mut body = found.body().clone();
    change(&mut body);
    snapshot.clone().with_objects([Object::from_value(body).unwrap()])
}

fn initialized(cluster: &str, variants: &[&str], flags: impl FnOnce(&mut InitRequest)) -> Snapshot {
    let before = snapshot::load(cluster, variants);
    let mut request = snapshot::init_request();
    flags(&mut request);
    let plan = init::plan(&before, &request);
    snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)))
}

fn documented(request: &mut InitRequest) {
    request.layout = LayoutChoice::Only(Layout::Documented);
}

/// The same with a pool `infra` that selects these Nodes.
fn with_pool(snapshot: &Snapshot, node_selector: &Value) -> Snapshot {
    let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "infra"));
    snapshot.clone().with_objects([pool.with("spec", json!({"nodeSelector": node_selector}))])
}

/// An etcd Machine of ours in a zone, with a status.
fn with_machine(snapshot: Snapshot, status: Value) -> Snapshot {
    let request = AddMachineRequest::new(vec!["us-east-1a".to_owned()], TOOL_VERSION);
    let plan = add_machine::plan(&snapshot, &request);
    let made = plan.manifests().next().unwrap().clone().with("status", status);
    let mut body = made.into_body();
    body["metadata"]["creationTimestamp"] = "2024-08-21T10:00:00Z".into();
    snapshot.with_objects([Object::from_value(body).unwrap()])
}

fn unsuitable(found: &mut Found) {
    found.all(&Snapshot::new("2024-08-21T12:00:00Z".parse().unwrap()));
    for (asker, snapshot, plan) in member_disk::unsuitable() {
        found.add_plan(asker, &snapshot, &plan);
    }
    for variant in ["hosted", "not-aws-gcp", "no-machines"] {
        found.all(&snapshot::load("4.16", &[variant]));
    }
}

fn before_init(found: &mut Found) {
    found.all(&changed(&snapshot::load("4.20", &[]), Kind::ClusterVersion, "version", |it| {
        it["status"]["history"][0]["version"] = "4.23.0".into();
    }));
    for (cluster, variant) in [
        ("4.16", "upgrading-4.16"),
        ("4.16", "master-pool-updating"),
        ("4.16", "foreign-pool"),
        ("4.16", "move-etcd-disk"),
        ("4.16", "operator-generated"),
        ("4.20", "user-machine-configs"),
    ] {
        found.all(&snapshot::load(cluster, &[variant]));
    }
    let cluster = snapshot::load("4.16", &[]);
    let degraded = json!([{"type": "Degraded", "status": "True"}]);
    let with = |kind, name: &str, pointer: &str, value: Value| {
        changed(&cluster, kind, name, |it| *it.pointer_mut(pointer).unwrap() = value.clone())
    };
    found.all(&with(Kind::ClusterOperator, "etcd", "/status/conditions", degraded));
    found.all(&with(Kind::Secret, "master-user-data", "/data/userData", "e30=".into()));
    found.all(&with(Kind::MachineConfig, "01-master-kubelet", "/spec/config/systemd", json!({})));
    let mut bare = cluster.clone();
    bare.remove(cluster.machine_config("01-worker-kubelet").unwrap().reference());
    found.all(&bare);
    let all_nodes = json!({"matchLabels": {"kubernetes.io/os": "linux"}});
    found.all(&with_pool(&cluster, &all_nodes));
    let degraded = json!([{"type": "NodeDegraded", "status": "True"}]);
    found.all(&with(Kind::MachineConfigPool, "worker", "/status/conditions", degraded));
    let fips = snapshot::load("4.20", &["fips"]);
    let workers = changed(&fips, Kind::MachineConfig, "99-worker-fips", |it| {
        it["spec"]["fips"] = false.into();
    });
    found.all(&workers);
    found.all(&changed(&fips, Kind::MachineConfig, "99-worker-fips", |it| {
        it["spec"]["kernelType"] = "64k-pages".into();
    }));
    found.all(&changed(&fips, Kind::MachineConfig, "99-worker-fips", |it| {
        let generated = json!({"tuned.openshift.io/generated-by-controller-version": "v4.16.0"});
        it["metadata"]["annotations"] = generated;
    }));
    found.all(&changed(&fips, Kind::MachineConfig, "99-worker-fips", |it| {
        it["spec"]["extensions"] = json!(["vim"]);
    }));
    let mut unread = allowed(cluster);
    let reason = UnreadableReason::Failed("InternalError (500)".to_owned());
    let what = "nodes".to_owned();
    unread.unreadable.push(Unreadable { what, kind: Kind::Node, reason });
    unread.permissions[0].is_allowed = false;
    found.all(&unread);
}

/// What `init` was once told is remembered in the objects.
fn after_choices(found: &mut Found) {
    let remove = |it: &mut InitRequest| {
        documented(it);
        it.first_boot = Some(FirstBoot::Remove);
    };
    found.all(&initialized("4.10", &[], |_| ()));
    found.all(&initialized("4.20", &[], documented));
    found.all(&initialized("4.16", &["upgraded-4.16"], remove));
    found.all(&initialized("4.16", &["operator-generated"], documented));
}

fn after_init(found: &mut Found) {
    let cluster = initialized("4.16", &[], documented);
    found.all(&cluster);
    let mut zones = AddMachineRequest::new(Vec::new(), TOOL_VERSION);
    zones.zones = ["us-east-1a", "us-east-1b"].map(str::to_owned).to_vec();
    let two = add_machine::plan(&cluster, &zones);
    found.all(&snapshot::carried_out(cluster.clone(), &two));
    found.add_machine(&cluster, |it| it.zones = vec!["us-east-1z".to_owned()]);
    found.add_machine(&cluster, |it| it.volume.throughput = Some(250));
    found.add_machine(&cluster, |it| it.volume.size = 8);
    found.add_machine(&cluster, |it| it.volume.device_name = "/dev/xvda".to_owned());
    found.add_machine(&cluster, |it| it.instance_type = "m6g.xlarge".to_owned());
    let no_subnet = changed(&cluster, Kind::Machine, "lab-x99n4-master-0", |it| {
        it["spec"]["providerSpec"]["value"]["subnet"] = Value::Null;
    });
    found.all(&no_subnet);
    found.all(&changed(&cluster, Kind::MachineConfig, "00-etcd", |it| {
        it["spec"]["osImageURL"] = "quay.io/other".into();
    }));
    found.all(&changed(&cluster, Kind::MachineConfigPool, "etcd", |it| {
        it["status"]["configuration"]["name"] = "rendered-etcd-0".into();
    }));
    found.all(&changed(&cluster, Kind::MachineConfigPool, "etcd", |it| {
        it["spec"]["maxUnavailable"] = "100%".into();
    }));
    found.all(&changed(&cluster, Kind::Etcd, "cluster", |it| {
        it["status"]["conditions"] = json!([{"type": "EtcdMembersAvailable", "status": "False"}]);
    }));
    let sources = snapshot::load("4.16", &["sources-upgraded-4.16"]);
    found.all(&cluster.clone().with_objects(sources.all(Kind::MachineConfig).cloned()));
    found.all(&with_machine(cluster.clone(), json!({"phase": "Failed"})));
    let late = with_machine(cluster.clone(), json!({"phase": "Provisioned"}));
    found.all(&late);
    found.add_machine(&late, |it| it.zones = vec!["us-east-1b".to_owned()]);
    found.all(&changed(&late, Kind::Machine, "lab-x99n4-etcd-0", |it| {
        let user_data = &mut it["spec"]["providerSpec"]["value"]["userDataSecret"];
        user_data["name"] = names::MASTER_USER_DATA.into();
    }));
    found.add_machine(&initialized("4.10", &[], |_| ()), |it| {
        it.options.placement_group = Some("g".to_owned());
    });
    found.all(&changed(&cluster, Kind::Machine, "lab-x99n4-master-0", |it| {
        it["spec"]["providerSpec"]["value"]["networkInterfaceType"] = "EFA".into();
    }));
    found.all(&changed(&late, Kind::Machine, "lab-x99n4-etcd-0", |it| {
        let placement = &mut it["spec"]["providerSpec"]["value"]["placement"];
        placement["availabilityZone"] = "us-east-1-bos-1a".into();
    }));
    found.add_machine(&cluster, |it| it.zones = vec!["us-east-1-bos-1a".to_owned()]);
    found.all(&changed(&cluster, Kind::ClusterOperator, "machine-api", |it| {
        it["status"]["conditions"] = json!([{"type": "Degraded", "status": "True"}]);
    }));
    found.all(&changed(&cluster, Kind::Infrastructure, "cluster", |it| {
        it["status"]["controlPlaneTopology"] = "SingleReplica".into();
    }));
    found.all(&changed(&cluster, Kind::Node, "ip-10-0-12-34.ec2.internal", |it| {
        it["metadata"]["labels"][names::NODE_ROLE_ETCD] = "".into();
    }));
    let joined = with_machine(cluster.clone(), json!({"nodeRef": {"name": "n"}}));
    let node = Object::new(ObjectRef::cluster(Kind::Node, "n"))
        .with("spec", json!({}))
        .with_labels([(names::NODE_ROLE_ETCD, "")])
        .with_annotations([(names::DESIRED_CONFIG, "rendered-worker-1")]);
    found.all(&joined.with_objects([node]));
    let arm = |it: &mut Value| it["status"]["nodeInfo"]["architecture"] = "arm64".into();
    let nodes: Vec<String> = cluster
        .all(Kind::Node)
        .filter(|it| it.label("node-role.kubernetes.io/master").is_some())
        .map(|it| it.name().to_owned())
        .collect();
    found
        .all(&nodes.iter().fold(cluster.clone(), |all, name| changed(&all, Kind::Node, name, arm)));
    let device = changed(&cluster, Kind::MachineConfig, "00-etcd-disk", |it| {
        it["spec"]["config"]["storage"]["disks"] = json!([{"device": "/dev/nvme1n1"}]);
    });
    found.all(&device);
    let no_ca = changed(&cluster, Kind::Secret, names::MASTER_USER_DATA, |it| {
        it["data"]["userData"] = USER_DATA_WITHOUT_CA.into();
    });
    found.all(&no_ca);
    let program = "[Unit]\nBefore=kubelet.service\n[Service]\nExecStart=/opt/site/run\n";
    let unit = json!({"name": "site.service", "contents": program});
    let site = Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-etcd-site"))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
        .with(
            "spec",
            json!({"config": {"ignition": {"version": "3.2.0"}, "systemd": {"units": [unit]}}}),
        );
    found.all(&cluster.with_objects([site]));
}

/// `{"ignition":{"version":"3.2.0","config":{"merge":[{"source":"https://h:22623/config/master"}]}}}`
const USER_DATA_WITHOUT_CA: &str = "eyJpZ25pdGlvbiI6eyJ2ZXJzaW9uIjoiMy4yLjAiLCJjb25maWciOnsibWVyZ2UiOlt7InNvdXJjZSI6Imh0dHBzOi8vaDoyMjYyMy9jb25maWcvbWFzdGVyIn1dfX19";

fn everywhere() -> Found {
    let mut found = Found::default();
    unsuitable(&mut found);
    before_init(&mut found);
    after_init(&mut found);
    after_choices(&mut found);
    found.disk();
    for (snapshot, _) in removal::scenes() {
        found.check(&snapshot);
    }
    found
}

#[test]
fn a_row_with_a_finding_never_shows_what_a_row_without_one_shows() {
    let rows = everywhere().rows;
    let has_words = |it: &&Checked| it.verdict != Verdict::Unknown;
    let (clean, found): (Vec<&Checked>, Vec<&Checked>) =
        rows.iter().filter(has_words).partition(|it| it.findings.is_empty());
    let asked = Check::ALL.iter().filter(|it| it.is_asked_by(Asker::Check));
    let mut complaints = BTreeSet::new();
    for check in asked {
        let of_check = |it: &&&Checked| it.check == *check;
        let clean: BTreeSet<&str> = clean
            .iter()
            .filter(of_check)
            .map(|it| it.found.as_deref().unwrap_or(it.title))
            .collect();
        let found: Vec<&&Checked> = found.iter().filter(of_check).collect();
        assert!(!found.is_empty(), "{check}");
        for row in found {
            let words = row.found.as_deref().unwrap_or(row.title);
            if clean.contains(words) {
                complaints.insert(format!("{check}: {words}: {:?}", row.findings));
            }
        }
    }
    expect_none(&complaints.into_iter().collect::<Vec<_>>());
}

#[test]
fn each_check_is_found_by_something_and_by_no_command_that_does_not_ask_it() {
    let mut found = everywhere();
    for (snapshot, name) in removal::scenes() {
        found.removal(&snapshot, name);
    }
    let never: Vec<&str> =
        Check::ALL.iter().filter(|it| !found.askers.contains_key(it)).map(|it| it.id()).collect();
    assert_eq!(never, [""; 0], "nothing finds these");
    for (check, askers) in &found.askers {
        for asker in askers {
            assert!(check.is_asked_by(*asker), "{} finds {check}", asker.name());
        }
    }
    // And each that `check` asks, `check` finds.
    let unheard: Vec<&str> = Check::ALL
        .iter()
        .filter(|it| it.is_asked_by(Asker::Check))
        .filter(|it| !found.askers.get(it).is_some_and(|askers| askers.contains(&Asker::Check)))
        .map(|it| it.id())
        .collect();
    assert_eq!(unheard, [""; 0], "`check` finds these nowhere");
    expect_none(&found.wrong_hints.into_iter().collect::<Vec<_>>());
}

#[test]
fn the_options_of_the_masters_are_not_judged_where_no_machine_is_missing() {
    let row = |snapshot: &Snapshot| -> Option<String> {
        let report = report(&allowed(snapshot.clone()), &BTreeSet::new(), TOOL_VERSION);
        let mut rows = report.categories.into_iter().flat_map(|it| it.checks);
        rows.find(|it| it.check == Check::MastersOptionsBound).and_then(|it| it.found)
    };
    let before = snapshot::load("4.16", &[]);
    let none = "none that are bound to the masters";
    assert_eq!(row(&before).as_deref(), Some(none));
    let plan = init::plan(&before, &snapshot::init_request());
    let there = snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)));
    let zones = oc_etcd::plan::zones::eligible(&there);
    let plan = add_machine::plan(&there, &AddMachineRequest::new(zones, TOOL_VERSION));
    let machines: Vec<Object> = plan.manifests().cloned().collect();
    assert!(machines.len() >= 3);
    let there = there.with_objects(machines);
    assert_eq!(row(&there).as_deref(), Some("not judged, because each zone has an etcd machine"));
}

#[test]
fn check_asks_whatever_status_asks() {
    let unasked: Vec<&str> = Check::ALL
        .iter()
        .filter(|it| it.is_asked_by(Asker::Status) && !it.is_asked_by(Asker::Check))
        .map(|it| it.id())
        .collect();
    assert_eq!(unasked, [""; 0]);
}

#[test]
fn a_report_names_what_is_in_the_way_and_is_one_document() {
    let upgrading = snapshot::load("4.16", &["upgrading-4.16"]);
    assert_eq!(told(&upgrading, Format::Name), "check/upgrade-in-progress\n");
    let json: Value = serde_json::from_str(&told(&upgrading, Format::Json)).unwrap();
    assert_eq!((&json["apiVersion"], &json["kind"]), (&json!("oc-etcd/v1"), &json!("CheckReport")));
    assert_eq!(json["ready"], false);
    let operators = &json["categories"][2];
    assert_eq!(operators["name"], "operators");
    let upgrade = &operators["checks"][1];
    assert_eq!(
        (&upgrade["id"], &upgrade["verdict"]),
        (&json!("upgrade-in-progress"), &json!("blocker"))
    );
    assert_eq!(upgrade["findings"][0]["severity"], "blocker");
    let wide = told(&upgrading, Format::Wide);
    let line = wide.lines().find(|it| it.contains(" upgrade-in-progress ")).unwrap();
    let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|it| !it.is_empty()).collect();
    assert_eq!(
        cells,
        [
            "blocker",
            "upgrade-in-progress",
            "to 4.16.21",
            "yes",
            "init,add-machine,add-disk,remove-disk,status,check",
            "No upgrade of the cluster is in progress.",
        ]
    );
}

#[test]
fn a_secret_among_the_kernel_arguments_is_not_told() {
    let snapshot = snapshot::load("4.20", &["user-machine-configs"]);
    let has_arguments = |it: &&Object| !it.list("/spec/kernelArguments").is_empty();
    let source = snapshot.machine_configs_of(names::MASTER).find(has_arguments).unwrap().clone();
    let mut spec = source.get("/spec").unwrap().clone();
    let credential = "systemd.set_credential=passwd.plaintext-password.root:CANARY";
    spec["kernelArguments"] = serde_json::json!(["audit=1", credential, "x=$6$abc$CANARYCANARY"]);
    let plan =
        init::plan(&snapshot.with_objects([source.with("spec", spec)]), &snapshot::init_request());
    let told = plan.findings.iter().find(|it| it.check == Check::KernelArgumentsMissing).unwrap();
    let expected = "`audit=1 systemd.set_credential=(withheld) x=(withheld)";
    assert!(told.message.contains(expected), "{}", told.message);
}
