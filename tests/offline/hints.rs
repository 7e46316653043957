//! Every hint leads out. The commands of this program that are advised are planned over the same
//! cluster: one that would do nothing, or be refused with the advice that led to it, is a defect.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::cli::{self, Verb};
use oc_etcd::derive::disk::Disk;
use oc_etcd::derive::kubelet_role;
use oc_etcd::model::hint::Hint;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::shell_command::{Command, Program};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::add_disk::{self, AddDiskRequest};
use oc_etcd::plan::add_machine::{self, AddMachineRequest, Another};
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd::plan::remove_disk::{self, RemoveDiskRequest};
use oc_etcd::plan::remove_machine::{self, RemoveMachineRequest};
use oc_etcd::plan::{LayoutChoice, Plan, Step, teardown};
use oc_etcd::preflight::report;
use oc_etcd::status::assess;
use serde_json::{Value, json};

use crate::checks::allowed;
use crate::golden_file::{expect_none, repository};
use crate::registration::became;
use crate::removal::with_machines;
use crate::snapshot::{self, TOOL_VERSION};
use crate::{hand_made, upgrades};

/// The first command of this program in a text, where it stands at the beginning or behind `: `. What
/// follows behind `&&` depends on what the first one did.
fn command(text: &str) -> Option<String> {
    let at = text.find("oc etcd ")?;
    let end = text[at..].find(['&', ';', '|', ',', '(']).map_or(text.len(), |it| at + it);
    let end = if text[at..].starts_with("oc etcd add-machine") { text.len() } else { end };
    Some(text[at..end].trim().to_owned())
}

/// What keeps the commands of a finding's hint from being pasted. `steps` are those of the plan that found it.
pub(crate) fn complaints(finding: &Finding, snapshot: &Snapshot, steps: &[Step]) -> Vec<String> {
    let mut found = Vec::new();
    if finding.message.contains("oc etcd") {
        found.push("the message has a command".to_owned());
    }
    if let Some(hint) = &finding.hint {
        found.extend(not_pasteable(hint, snapshot, steps));
    }
    let told = finding.hint.as_deref().unwrap_or(&finding.message);
    found.iter().map(|it| format!("{}: {it}: {told}", finding.check)).collect()
}

/// What keeps the commands of a hint from being pasted.
fn not_pasteable(hint: &Hint, snapshot: &Snapshot, steps: &[Step]) -> Vec<String> {
    let programs = hint.split_whitespace().map(|it| it.trim_start_matches(['`', '(']));
    let programs = programs.filter(|it| ["oc", "kubectl"].contains(it)).count();
    let mut found = Vec::new();
    if programs != hint.commands().count() {
        found.push("a command is not known as one, and gets no flags of the run".to_owned());
    }
    for command in hint.commands() {
        found.extend(misspelled(command));
        found.extend(command.arguments().find(|it| is_placeholder(it)).map(str::to_owned));
        found.extend(command.arguments().filter_map(object).filter_map(|(kind, name)| {
            let is_it = |it: &ObjectRef| it.kind == kind && it.name == name;
            let is_seen = snapshot.all(kind).any(|it| is_it(it.reference()));
            let is_made = steps.iter().any(|it| it.change.wanted().is_some() && is_it(&it.object));
            (!is_seen && !is_made).then(|| format!("nobody has seen {kind}/{name}"))
        }));
    }
    found
}

/// Why a program does not take a command.
fn misspelled(command: &Command) -> Option<String> {
    // A value stands for itself, without its quotes.
    let plain = |word: &str| OsString::from(word.replace('\'', ""));
    if command.program() == Program::Etcd {
        let words = [OsString::from("oc-etcd")].into_iter().chain(command.arguments().map(plain));
        return cli::parse(words, "oc etcd").err().map(|it| it.to_string());
    }
    let words: Vec<&str> = command.arguments().collect();
    let is_known = match words.as_slice() {
        ["adm", "upgrade"] | ["whoami", "--show-server"] | ["cluster-info"] => true,
        // `oc adm taint` takes no `node/NAME`.
        ["adm", "taint", "node", node, taint] => !node.contains('/') && taint.contains(":No"),
        ["adm", "cordon", node] => !node.starts_with('-'),
        ["auth", "can-i", _verb, resource, ..] => is_resource(resource),
        [
            "get" | "describe" | "edit" | "delete" | "patch" | "label" | "annotate" | "scale"
            | "wait",
            resource,
            ..,
        ] => is_resource(resource),
        ["debug", "--as-root", node] => matches!(object(node), Some((Kind::Node, _))),
        _ => false,
    };
    (!is_known).then(|| format!("oc does not take `{command}`"))
}

/// Returns whether a word names a resource, or an object as `resource/name`.
fn is_resource(word: &str) -> bool {
    let resource = word.split_once('/').map_or(word, |(resource, _)| resource);
    let others = [
        "csr",
        "kubeletconfigs",
        "containerruntimeconfigs",
        "imagecontentsourcepolicies",
        "performanceprofiles",
        "tuneds",
    ];
    resource_kind(resource).is_some() || others.contains(&resource)
}

/// The kind that a word of oc's command line names.
fn resource_kind(word: &str) -> Option<Kind> {
    let (name, group) = word.split_once('.').unwrap_or((word, ""));
    Kind::ALL.into_iter().find(|kind| {
        let it = kind.resource();
        // The Cluster API has kinds of these names, too.
        let needs_group = matches!(kind, Kind::Machine | Kind::MachineSet);
        let is_group = group == it.group || group.is_empty() && !needs_group;
        (name == it.plural || name == it.singular) && is_group
    })
}

/// The object that a word names.
fn object(word: &str) -> Option<(Kind, &str)> {
    let (resource, name) = word.split_once('/')?;
    Some((resource_kind(resource)?, name))
}

/// Returns whether a word stands for one that a person has to put in its place.
fn is_placeholder(word: &str) -> bool {
    let is_name = |it: &str| it.len() > 1 && it.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    word.contains(['<', '>', '…']) || word.split(['/', '=', ',', ':']).any(is_name)
}

/// What a command answers: whether it does something, and what it advises.
struct Answer {
    does_something: bool,
    advice: Vec<String>,
}

fn of_plan(plan: &Plan, waits: bool) -> Answer {
    let blockers: Vec<&Finding> =
        plan.findings.iter().filter(|it| it.severity == Severity::Blocker).collect();
    let writes = plan.steps.iter().any(|it| it.change.is_write() || it.change.word() == "remove");
    Answer {
        does_something: blockers.is_empty() && (writes || waits),
        advice: blockers
            .iter()
            .map(|it| it.hint.as_ref().map(ToString::to_string).unwrap_or_default())
            .collect(),
    }
}

/// Carries a command out as far as planning goes.
fn answer(snapshot: &Snapshot, command: &str) -> Answer {
    let words: Vec<&str> = command.split_whitespace().skip(2).collect();
    let value = |flag: &str| {
        let joined = words.iter().find_map(|it| it.strip_prefix(&format!("{flag}=")));
        let at = words.iter().position(|it| *it == flag);
        joined.or_else(|| words.get(at? + 1).copied())
    };
    let waits = snapshot.pool(names::ETCD).is_some_and(|pool| {
        let name = |pointer| pool.text(pointer);
        name("/spec/configuration/name").is_none()
            || name("/spec/configuration/name") != name("/status/configuration/name")
    });
    match words[0] {
        "init" => {
            let mut request = InitRequest::new(TOOL_VERSION);
            match value("--layout") {
                Some("inherit") => request.layout = LayoutChoice::Only(Layout::Inherit),
                Some("documented") => request.layout = LayoutChoice::Only(Layout::Documented),
                _ => {}
            }
            let plan = init::plan(snapshot, &request);
            let mut answer = of_plan(&plan, waits);
            // A dry run that shows what stands in the way has answered.
            answer.does_something &= value("--dry-run").is_none() || !plan.is_blocked();
            answer
        }
        "add-machine" => {
            let zones = value("--zone").unwrap_or("us-east-1a").split(',').map(str::to_owned);
            let mut request = AddMachineRequest::new(zones.collect(), TOOL_VERSION);
            if words.contains(&"--another") {
                request.another = Another::Yes;
            }
            of_plan(&add_machine::plan(snapshot, &request), false)
        }
        "remove-machine" => {
            let names = vec![words[1].to_owned()];
            let request = RemoveMachineRequest { names, ..RemoveMachineRequest::default() };
            match remove_machine::plan(snapshot, &request) {
                Ok(plan) => of_plan(&plan, false),
                Err(_) => Answer { does_something: false, advice: Vec::new() },
            }
        }
        "status" => {
            let status = assess(snapshot, TOOL_VERSION);
            let troubles = status.findings.iter().filter(|it| it.severity < Severity::Note);
            Answer {
                does_something: false,
                advice: troubles
                    .map(|it| it.hint.as_ref().map(ToString::to_string).unwrap_or_default())
                    .collect(),
            }
        }
        "diff" => {
            let plan = init::plan(snapshot, &InitRequest::new(TOOL_VERSION));
            let differs = plan.steps.iter().any(|it| it.change.is_write());
            Answer { does_something: differs, advice: Vec::new() }
        }
        "add-disk" => {
            let request = AddDiskRequest::new(TOOL_VERSION);
            of_plan(&add_disk::plan(snapshot, &request).plan, false)
        }
        "remove-disk" => {
            let request = RemoveDiskRequest::default();
            of_plan(&remove_disk::plan(snapshot, &request).plan, false)
        }
        other => panic!("nobody told this test what `oc etcd {other}` does"),
    }
}

/// Follows a hint until something is done, or somebody is told to use another program.
fn follow(snapshot: &Snapshot, hint: &str, seen: &mut BTreeSet<String>) -> Result<(), String> {
    let Some(command) = command(hint) else {
        return if hint.is_empty() { Err("it gives no advice".to_owned()) } else { Ok(()) };
    };
    if !seen.insert(command.clone()) {
        return Err(format!("it leads back to `{command}`"));
    }
    let Answer { does_something, advice } = answer(snapshot, &command);
    if does_something {
        return Ok(());
    }
    if advice.is_empty() {
        return Err(format!("`{command}` does nothing"));
    }
    // Each thing that stands in the way has a way out of its own.
    for it in advice {
        follow(snapshot, &it, &mut seen.clone())
            .map_err(|why| format!("`{command}` advises `{it}`: {why}"))?;
    }
    Ok(())
}

/// What cannot be pasted, of what `check` and `teardown` advise about a cluster.
fn unpasteable(snapshot: &Snapshot) -> Vec<String> {
    let report = report(&allowed(snapshot.clone()), &BTreeSet::new(), TOOL_VERSION);
    let teardown = teardown::plan(snapshot);
    let of_check = report.findings();
    let of_check = of_check.iter().flat_map(|it| complaints(it, snapshot, &[]));
    let of_teardown = teardown.findings.iter();
    of_check
        .chain(of_teardown.flat_map(|it| complaints(it, snapshot, &teardown.steps)))
        .chain(dead_ends(snapshot))
        .collect()
}

/// What does not lead out or cannot be pasted, of everything that is advised about a cluster.
fn dead_ends(snapshot: &Snapshot) -> Vec<String> {
    let status = assess(snapshot, TOOL_VERSION);
    let plan = init::plan(snapshot, &InitRequest::new(TOOL_VERSION));
    let zones = vec!["us-east-1a".to_owned()];
    let machines = add_machine::plan(snapshot, &AddMachineRequest::new(zones, TOOL_VERSION));
    let mut found: Vec<String> =
        status.next.iter().flat_map(|it| not_pasteable(it, snapshot, &[])).collect();
    found.extend(status.findings.iter().flat_map(|it| complaints(it, snapshot, &[])));
    for plan in [&plan, &machines] {
        found.extend(plan.findings.iter().flat_map(|it| complaints(it, snapshot, &plan.steps)));
    }
    let blockers = plan.findings.iter().chain(&machines.findings);
    let blockers = blockers.filter(|it| it.severity == Severity::Blocker);
    let findings = status.findings.iter().chain(blockers);
    let hints = findings.filter_map(|it| it.hint.clone()).chain(status.next.clone());
    found.extend(hints.filter_map(|hint| {
        let why = follow(snapshot, &hint, &mut BTreeSet::new()).err()?;
        Some(format!("`{hint}`: {why}"))
    }));
    found
}

fn initialized(cluster: &str, variants: &[&str], layout: Layout) -> Snapshot {
    let before = snapshot::load(cluster, variants);
    let mut request = snapshot::init_request();
    request.layout = LayoutChoice::Only(layout);
    let plan = init::plan(&before, &request);
    snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)))
}

fn changed(snapshot: Snapshot, kind: Kind, name: &str, change: impl Fn(&mut Value)) -> Snapshot {
    let mut body = snapshot.cluster(kind, name).unwrap().body().clone();
    change(&mut body);
    snapshot.with_objects([Object::from_value(body).unwrap()])
}

fn without(mut snapshot: Snapshot, kind: Kind, name: &str) -> Snapshot {
    snapshot.remove(&ObjectRef::cluster(kind, name));
    snapshot
}

/// The clusters of tests/fixtures, each with its name.
fn fixtures() -> Vec<(String, Snapshot)> {
    let variants = fs::read_dir(repository().join("tests/fixtures/variants")).unwrap();
    let variants = variants.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<(String, Vec<String>)> = variants
        .map(|it| {
            let cluster = if it.ends_with("4.20") { "4.20" } else { "4.16" };
            (cluster.to_owned(), vec![it])
        })
        .collect();
    found.extend(["4.10", "4.16", "4.20"].map(|it| (it.to_owned(), Vec::new())));
    let load = |(cluster, variants): (String, Vec<String>)| {
        let variants: Vec<&str> = variants.iter().map(String::as_str).collect();
        (format!("{cluster} {}", variants.join(" ")), snapshot::load(&cluster, &variants))
    };
    found.into_iter().map(load).collect()
}

/// Clusters in trouble, each with its name.
fn troubles() -> Vec<(String, Snapshot)> {
    let mut found = Vec::new();
    let variants =
        ["kubelet-drop-in", "kubelet-drop-in-workers", "kubelet-forked", "kubelet-overridden"];
    for (cluster, layout) in [
        ("4.10", Layout::Documented),
        ("4.16", Layout::Documented),
        ("4.16", Layout::Inherit),
        ("4.20", Layout::Inherit),
    ] {
        for variant in variants {
            let name = |what: &str| format!("{cluster}, {layout}, {variant}, {what}");
            found.push((name("before init"), snapshot::load(cluster, &[variant])));
            let after = initialized(cluster, &[variant], layout);
            found.push((name("written"), after.clone()));
            found.push((name("a worker"), became(after.clone(), &["worker"])));
            found.push((name("a master"), became(after, &["master"])));
            // It came after everything was rendered, and is not rendered yet.
            let healthy = initialized(cluster, &[], layout);
            let added = snapshot::load(cluster, &[variant]);
            let added = added.all(Kind::MachineConfig).cloned();
            let added: Vec<Object> =
                added.filter(|it| healthy.get(it.reference()).is_none()).collect();
            found.push((name("not rendered"), healthy.with_objects(added)));
            // It went, and what was rendered with it is served.
            let culprits = ["99-etcd-kubelet-site", "99-worker-kubelet-site"];
            let gone = initialized(cluster, &[variant], layout);
            let gone =
                culprits.iter().fold(gone, |it, name| without(it, Kind::MachineConfig, name));
            found.push((name("taken away"), gone));
        }
        let healthy = || initialized(cluster, &[], layout);
        let name = |what: &str| format!("{cluster}, {layout}, {what}");
        for roles in [&["worker"][..], &["control-plane", "master"], &[]] {
            found.push((name(&format!("became {roles:?}")), became(healthy(), roles)));
        }
        let deleted = without(became(healthy(), &["etcd"]), Kind::Node, "n");
        found.push((name("no Node"), deleted));
        // The Machine gives its Node another role, and the label of the role etcd with a value.
        for role in ["worker", "master"] {
            let labels = json!({names::NODE_ROLE_ETCD: "true", names::NODE_ROLE_PREFIX.to_owned() + role: ""});
            let node = became(healthy(), &["etcd", role]);
            let given =
                changed(node, Kind::Node, "n", |it| it["metadata"]["labels"] = labels.clone());
            let machine = given.get(&ObjectRef::machine("lab-x99n4-etcd-0")).unwrap();
            let mut machine = machine.body().clone();
            machine["spec"]["metadata"]["labels"] = labels.clone();
            let given = given.with_objects([Object::from_value(machine).unwrap()]);
            found.push((name(&format!("{role} by the Machine")), given));
        }
        for lost in ["00-etcd-disk", "01-etcd-kubelet"] {
            let without = without(healthy(), Kind::MachineConfig, lost);
            found.push((name(&format!("without {lost}")), without.clone()));
            found.push((name(&format!("rendered without {lost}")), snapshot::rendered(without)));
        }
        for unit in ["kubelet.service", kubelet_role::UNIT, "oc-etcd-disk.service"] {
            let edited = |body: &mut Value| {
                let units = body["spec"]["config"]["systemd"]["units"].as_array_mut();
                let mut units = units.into_iter().flatten();
                if let Some(unit) = units.find(|it| it["name"] == unit) {
                    unit["enabled"] = false.into();
                }
            };
            for ours in ["00-etcd-disk", "01-etcd-kubelet"] {
                let disabled = changed(healthy(), Kind::MachineConfig, ours, edited);
                let what = format!("{unit} disabled in {ours}");
                found.push((name(&what), snapshot::rendered(disabled)));
            }
        }
        let pool =
            |change: fn(&mut Value)| changed(healthy(), Kind::MachineConfigPool, "etcd", change);
        found.push((name("not rendered"), pool(|it| it["spec"]["configuration"] = Value::Null)));
        found.push((
            name("rolling out"),
            pool(|it| it["status"]["configuration"]["name"] = "rendered-etcd-0".into()),
        ));
        found.push((
            name("degraded"),
            pool(|it| {
                it["status"]["conditions"] =
                    json!([{"type": "RenderDegraded", "status": "True", "message": "no"}]);
            }),
        ));
        found.push((name("no pool"), without(healthy(), Kind::MachineConfigPool, "etcd")));
    }
    let masked = json!({"systemd": {"units": [{"name": kubelet_role::UNIT, "mask": true}]}});
    let foreign = Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-etcd-x"))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
        .with("spec", json!({ "config": masked }));
    let masked = initialized("4.20", &[], Layout::Inherit).with_objects([foreign]);
    found.push(("our unit masked".to_owned(), snapshot::rendered(masked)));
    found
}

#[test]
fn every_hint_leads_out() {
    let mut complaints = Vec::new();
    for (name, snapshot) in troubles() {
        complaints.extend(dead_ends(&snapshot).into_iter().map(|it| format!("{name}: {it}")));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What a command line finds, in the words of its run.
fn found_by(snapshot: &Snapshot, line: &str) -> Vec<Finding> {
    let words = ["oc-etcd"].into_iter().chain(line.split(' ')).map(OsString::from);
    let cli = cli::parse(words, "oc etcd").unwrap();
    let invocation = cli.invocation("oc etcd");
    let plan = match cli.command {
        Verb::Init(it) => init::plan(snapshot, &it.request(TOOL_VERSION)),
        Verb::Diff(it) => init::plan(snapshot, &it.request(TOOL_VERSION)),
        Verb::AddMachine(it) => add_machine::plan(snapshot, &it.request(TOOL_VERSION).unwrap()),
        Verb::RemoveMachine(it) => match remove_machine::plan(snapshot, &it.request()) {
            Ok(plan) => plan,
            Err(_) => Plan::nothing(snapshot),
        },
        Verb::Teardown(_) => teardown::plan(snapshot),
        Verb::AddDisk(it) => add_disk::plan(snapshot, &it.request(TOOL_VERSION).unwrap()).plan,
        Verb::RemoveDisk(it) => remove_disk::plan(snapshot, &it.request()).plan,
        Verb::Status(_) => {
            return assess(snapshot, TOOL_VERSION).with_invocation(&invocation).findings;
        }
        Verb::Check(it) => {
            let report = report(&allowed(snapshot.clone()), &it.ignored(), TOOL_VERSION);
            return report.with_invocation(&invocation).findings();
        }
        other => panic!("{other:?} finds nothing"),
    };
    plan.with_invocation(&invocation).findings
}

#[test]
fn no_plan_advises_the_command_that_it_is_of() {
    let pool = |version: &str| {
        let older = initialized("4.16", &[], Layout::Documented);
        changed(older, Kind::ClusterVersion, "version", |it| {
            it["status"]["desired"]["version"] = version.into();
            it["status"]["history"][0]["version"] = version.into();
        })
    };
    let disk = |it: Snapshot| {
        let request =
            InitRequest { disk: Disk::device("/dev/nvme1n1"), ..InitRequest::new(TOOL_VERSION) };
        let plan = init::plan(&it, &request);
        snapshot::carried_out(it, &plan)
    };
    let mut clusters = fixtures();
    clusters.extend([
        ("another pool of copies".to_owned(), pool("4.16.8")),
        ("a pool that inherits".to_owned(), initialized("4.16", &[], Layout::Inherit)),
        ("a documented pool on 4.17".to_owned(), pool("4.17.3")),
        ("a documented pool on 4.18".to_owned(), pool("4.18.3")),
        (
            "a documented pool before 4.18".to_owned(),
            upgrades::upgrading(pool("4.17.3"), "4.17.3", "4.18.3"),
        ),
        ("a named disk".to_owned(), disk(initialized("4.20", &[], Layout::Inherit))),
        ("etcd machines".to_owned(), with_machines("4.16", &["us-east-1a", "us-east-1b"])),
    ]);
    let mut found = BTreeMap::new();
    for (name, snapshot) in &clusters {
        for line in [
            "init",
            "init --layout=inherit",
            "init --layout=documented",
            "init --first-boot=auto",
            "init --first-boot=remove",
            "init --disk-device=probe",
            "init --disk-device=/dev/nvme1n1",
            "init --no-required-for-upgrade",
            "init --adopt",
            "init --force-conflicts",
            "add-machine --zone us-east-1a",
            "add-machine --zone us-east-1a --another",
            "add-machine --zone us-east-1a,us-east-1b,us-east-1c",
            "remove-machine lab-x99n4-etcd-0",
            "teardown",
            "add-disk",
            "remove-disk",
        ] {
            for finding in found_by(snapshot, line) {
                let advised = finding.hint.iter().flat_map(Hint::commands).next();
                let advised = advised.filter(|it| it.program() == Program::Etcd);
                let advised = advised.map(|it| it.arguments().collect::<Vec<_>>().join(" "));
                if advised.as_deref() == Some(line) {
                    found.insert((line, finding.message), name);
                }
            }
        }
    }
    assert_eq!(found, BTreeMap::new());
}

#[test]
fn a_blocker_that_can_be_ignored_names_the_flag_that_ignores_the_blocker() {
    let variants =
        [("4.16", "upgrading-4.16"), ("4.20", "upgrading"), ("4.16", "master-pool-updating")];
    let variants =
        variants.map(|(it, variant)| (variant.to_owned(), snapshot::load(it, &[variant])));
    let mut clusters = variants.to_vec();
    for operator in ["machine-config", "etcd", "kube-apiserver", "machine-api"] {
        let name = format!("{operator} is degraded");
        clusters.push((name, upgrades::degraded(snapshot::load("4.16", &[]), operator, "no")));
    }
    let pool = initialized("4.16", &[], Layout::Inherit);
    clusters.push(("etcd is degraded".to_owned(), upgrades::degraded(pool, "etcd", "no")));
    let mut offered = BTreeSet::new();
    for (name, snapshot) in &clusters {
        for (line, has_flag) in [
            ("init", true),
            ("diff", true),
            ("add-machine --zone us-east-1a", true),
            ("check", true),
            ("status", false),
            ("teardown", false),
            ("remove-machine lab-x99n4-etcd-0", false),
            ("add-disk", false),
            ("remove-disk", false),
        ] {
            for finding in found_by(snapshot, line) {
                let mut words = finding.hint.iter().flat_map(|it| it.split([' ', '`']));
                let flag = words.find(|it| it.starts_with("--ignore-checks"));
                let is_blocker = finding.severity == Severity::Blocker;
                let is_offered = has_flag && is_blocker && finding.check.is_ignorable();
                assert_eq!(flag.is_some(), is_offered, "{name}: {line}: {finding:?}");
                let Some(flag) = flag else { continue };
                let again = found_by(snapshot, &format!("{line} {flag}"));
                let blocks =
                    |it: &Finding| it.severity == Severity::Blocker && it.check == finding.check;
                assert!(!again.iter().any(blocks), "{name}: {line} {flag}");
                offered.insert(finding.check);
            }
        }
    }
    assert!(offered.len() >= 3, "{offered:?}");
}

/// A change of a cluster.
type Change<'a> = &'a dyn Fn(Snapshot) -> Snapshot;

/// Returns whether a finding advises to resume the etcd pool.
fn resumes(finding: &Finding) -> bool {
    finding.hint.as_ref().is_some_and(|it| it.contains("\"paused\":false"))
}

#[test]
fn a_pool_is_to_be_resumed_only_where_nobody_then_says_to_pause_it() {
    let pool = |snapshot, change: &dyn Fn(&mut Value)| {
        changed(snapshot, Kind::MachineConfigPool, "etcd", change)
    };
    let paused = |it, is_paused: bool| pool(it, &|body| body["spec"]["paused"] = is_paused.into());
    let held_back =
        |it| pool(it, &|body| body["status"]["configuration"]["name"] = "rendered-etcd-0".into());
    let same = |it: Snapshot| it;
    let upgrade = |it| upgrades::upgrading(it, "4.16.8", "4.16.21");
    let upgraded = |it| upgrades::with_new_sources(upgrade(it), "4.16.21");
    let completed =
        |it| hand_made::of_release(upgrades::with_new_sources(it, "4.16.21"), "4.16.21");
    let blocked = |it| upgrades::degraded(it, "etcd", "no");
    let edited = |it| {
        changed(it, Kind::MachineConfig, "00-etcd-disk", |body| {
            body["spec"]["config"]["systemd"]["units"][0]["enabled"] = false.into();
        })
    };
    let first: [Change<'_>; 4] = [&same, &upgrade, &upgraded, &completed];
    let changes: [[Change<'_>; 3]; 2] =
        [[&same, &held_back, &edited], [&same, &blocked, &held_back]];
    let mut advised = 0;
    for layout in [Layout::Documented, Layout::Inherit] {
        for (one, two, three) in (0..36).map(|it| (it % 4, it / 4 % 3, it / 12)) {
            let state = [first[one], changes[0][two], changes[1][three]];
            let node = Object::new(ObjectRef::cluster(Kind::Node, "etcd-0"))
                .with_labels([(names::NODE_ROLE_ETCD, "")]);
            let snapshot = initialized("4.16", &[], layout).with_objects([node]);
            let snapshot = paused(snapshot, true);
            let snapshot = state.into_iter().fold(snapshot, |it, change| change(it));
            let name = format!("{layout} {one} {two} {three}");
            let plan = init::plan(&snapshot, &InitRequest::new(TOOL_VERSION));
            let zones = vec!["us-east-1a".to_owned()];
            let machines =
                add_machine::plan(&snapshot, &AddMachineRequest::new(zones, TOOL_VERSION));
            let is_copied = layout == Layout::Documented;
            assert!(!is_copied || !machines.findings.iter().any(resumes), "{name}");
            let status = assess(&snapshot, TOOL_VERSION);
            let found = [&plan.findings, &machines.findings, &status.findings];
            if found.into_iter().flatten().any(resumes) {
                advised += 1;
                // Nobody resumes a pool with copies that the plan would change.
                assert!(!is_copied || plan.is_empty(), "{name}: {found:#?}");
                let plan = init::plan(&paused(snapshot, false), &InitRequest::new(TOOL_VERSION));
                let again = plan.findings.iter().find(|it| {
                    it.check == Check::UpgradeNeedsPause && it.severity < Severity::Note
                });
                assert_eq!(again, None, "{name}");
            }
        }
    }
    assert!(advised > 10, "{advised}");
}

#[test]
fn every_command_of_a_hint_can_be_pasted() {
    let mut found = BTreeSet::new();
    for (name, snapshot) in fixtures() {
        found.extend(unpasteable(&snapshot).into_iter().map(|it| format!("{name}: {it}")));
    }
    expect_none(&found.into_iter().collect::<Vec<_>>());
}

#[test]
fn a_hint_that_leads_back_is_seen() {
    let healthy = initialized("4.20", &[], Layout::Inherit);
    let follow = |hint: &str| follow(&healthy, hint, &mut BTreeSet::new());
    assert_eq!(follow("oc etcd init"), Err("`oc etcd init` does nothing".to_owned()));
    assert_eq!(follow("oc get nodes"), Ok(()));
    assert_eq!(follow("oc etcd add-machine --zone us-east-1a"), Ok(()));
    assert_eq!(
        follow("oc etcd remove-machine nobody"),
        Err("`oc etcd remove-machine nobody` does nothing".to_owned())
    );
}
