//! What the real operator's MachineConfigs become. Their contents are not ours to keep: the golden
//! files hold names, sizes, digests, and the lines that a copy changes.

use std::collections::BTreeMap;
use std::process::Command;

use oc_etcd::diff;
use oc_etcd::model::object::{Object, digest};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::model::{names, yaml};
use oc_etcd::plan::{Change, init};
use oc_etcd::redact::policy::{Policy, Sensitivity};
use oc_etcd::redact::salt::Salt;
use oc_etcd_lab::captured::RELEASES;
use serde_json::Value;

use crate::golden_file::{self, Folder};
use crate::snapshot;

const POLICY: Policy = Policy { sensitivity: Sensitivity::Withheld, salt: Salt::new([0; 32]) };

/// The folders of golden files that are this module's.
pub(crate) fn folders() -> impl Iterator<Item = String> {
    RELEASES.iter().map(|release| format!("captured-{release}"))
}

/// The parts of a MachineConfig's spec that are compared one by one: fields, files by path, units by
/// name. A name that stands twice has its number behind it.
pub(crate) fn parts(spec: &Value) -> BTreeMap<String, Value> {
    let mut parts = BTreeMap::new();
    for (field, value) in spec.as_object().into_iter().flatten() {
        if field != "config" {
            parts.insert(format!("spec.{field}"), value.clone());
        }
    }
    for (section, value) in spec["config"].as_object().into_iter().flatten() {
        for (field, value) in value.as_object().into_iter().flatten() {
            let key = match (section.as_str(), field.as_str()) {
                ("storage", "files") => ("file", "path"),
                ("systemd", "units") => ("unit", "name"),
                _ => {
                    parts.insert(format!("spec.config.{section}.{field}"), value.clone());
                    continue;
                }
            };
            for entry in value.as_array().into_iter().flatten() {
                let name = format!("{} {}", key.0, entry[key.1].as_str().unwrap_or("?"));
                let again = (2..).map(|number| format!("{name} #{number}"));
                let mut names = std::iter::once(name.clone()).chain(again);
                let free = names.find(|it| !parts.contains_key(it)).unwrap_or_default();
                parts.insert(free, entry.clone());
            }
        }
    }
    parts
}

/// What an object has of its source and what not.
fn describe(object: &Object, source: &Object) -> String {
    let none = Value::Null;
    let spec = |object: &'_ Object| parts(object.get("/spec").unwrap_or(&none));
    let (before, after) = (spec(source), spec(object));
    let mut lines = String::new();
    for (name, old) in &before {
        let line = match after.get(name) {
            None => format!("left out  {name}\n"),
            Some(new) if new == old => {
                format!("same      {name}  {} bytes  {}\n", size(old), digest(old))
            }
            Some(new) => format!("changed   {name}\n{}", changed_lines(old, new)),
        };
        lines.push_str(&line);
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        lines.push_str(&format!("added     {name}\n"));
    }
    lines
}

fn size(value: &Value) -> usize {
    value.as_str().map_or_else(|| value.to_string().len(), str::len)
}

/// The lines of a unit that are not the same, and the digest of all the others.
fn changed_lines(old: &Value, new: &Value) -> String {
    let contents = |unit: &'_ Value| -> Vec<String> {
        unit["contents"].as_str().unwrap_or_default().lines().map(str::to_owned).collect()
    };
    let (old_lines, new_lines) = (contents(old), contents(new));
    assert_eq!(old_lines.len(), new_lines.len(), "a copy adds and removes no line");
    let mut text = String::new();
    let mut same = String::new();
    for (old, new) in old_lines.iter().zip(&new_lines) {
        if old == new {
            same.push_str(old);
        } else {
            text.push_str(&format!("          - {}\n          + {}\n", old.trim(), new.trim()));
        }
    }
    let mut rest = old.clone();
    rest["contents"] = same.into();
    text.push_str(&format!("          the rest  {} bytes  {}\n", size(&rest), digest(&rest)));
    text
}

fn objects(snapshot: &Snapshot) -> String {
    let plan = init::plan(snapshot, &snapshot::init_request());
    let mut text = String::new();
    for step in &plan.steps {
        text.push_str(&format!("{} {}: {}\n", step.change.word(), step.object, step.because));
        let object = match &step.change {
            Change::LeftToOperator { fallback } => fallback.as_ref(),
            change => change.wanted(),
        };
        let Some(object) = object else { continue };
        let metadata = yaml::to_string(&object.body()["metadata"]).unwrap();
        text.push_str(&indented(&metadata));
        let source = object.annotation(names::SOURCE).unwrap_or_default();
        let source = source.strip_prefix("machineconfig/");
        match source.and_then(|name| snapshot.machine_config(name)) {
            Some(source) => text.push_str(&indented(&describe(object, source))),
            // Everything else is made of ours, and stands in full in the other folders.
            None => text.push_str(&format!("    {} bytes\n", size(object.body()))),
        }
    }
    for finding in &plan.findings {
        text.push_str(&format!("{} [{}] {}\n", finding.severity, finding.check, finding.subject));
    }
    text
}

/// What a diff shows of each part: how many of its lines, and in how many of them something is withheld.
fn shown_parts(snapshot: &Snapshot) -> String {
    let plan = init::plan(snapshot, &snapshot::init_request());
    let mut text = String::new();
    for change in diff::changes(snapshot, &plan, POLICY) {
        text.push_str(&format!("{} {}\n", change.word, change.object));
        let lines = change.merged.unwrap_or_default();
        for part in lines.chunk_by(|_, line| line.is_empty() || line.starts_with(' ')) {
            let masked = part.iter().filter(|line| line.contains("<withheld: ")).count();
            text.push_str(&format!(
                "    {} {} lines, {masked} withheld\n",
                part[0],
                part.len() - 1
            ));
        }
    }
    text
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}\n")).collect();
    lines.concat()
}

#[test]
fn the_real_operators_machine_configs_are_copied_as_they_are_kept() {
    let mut complaints = Vec::new();
    for release in RELEASES {
        let Some(snapshot) = snapshot::load_captured(release) else { continue };
        let mut folder = Folder::new(&format!("captured-{release}"));
        folder.add("objects.txt", objects(&snapshot));
        folder.add("diff.txt", shown_parts(&snapshot));
        complaints.extend(folder.complaints());
    }
    golden_file::expect_none(&complaints);
}

#[test]
fn what_is_left_out_is_said_although_the_test_passes() {
    let name = "captured::the_real_operators_machine_configs_are_copied_as_they_are_kept";
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env_remove("OC_ETCD_OPENSHIFT")
        .env_remove("OC_ETCD_REQUIRE_OPENSHIFT")
        .output()
        .unwrap();
    let told = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "{told}");
    for release in RELEASES {
        let line = format!("left out: what the operator rendered for {release} is not at hand\n");
        assert!(told.contains(&line), "{told}");
    }
}

#[test]
fn a_changed_unit_shows_its_changed_lines_only() {
    let unit = |flag: &str| serde_json::json!({"name": "kubelet.service", "contents": format!("a\n  {flag}\nSECRET\n")});
    let text = changed_lines(&unit("--x=1"), &unit("--x=2"));
    assert!(text.starts_with("          - --x=1\n          + --x=2\n          the rest"), "{text}");
    assert!(!text.contains("SECRET"), "{text}");
}
