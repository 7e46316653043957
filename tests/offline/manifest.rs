//! plugin.yaml, held against the rules that krew publishes for its index.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use oc_etcd::release::Release;
use oc_etcd::yaml;
use serde_json::Value;

use crate::golden_file::repository;

/// The pairs that krew knows.
const PLATFORMS: [(&str, &str); 11] = [
    ("linux", "386"),
    ("linux", "amd64"),
    ("linux", "arm"),
    ("linux", "arm64"),
    ("linux", "ppc64le"),
    ("darwin", "386"),
    ("darwin", "amd64"),
    ("darwin", "arm64"),
    ("windows", "386"),
    ("windows", "amd64"),
    ("windows", "arm64"),
];

fn text() -> String {
    std::fs::read_to_string(repository().join("plugin.yaml")).unwrap()
}

fn manifest() -> Value {
    let documents = yaml::documents(&text()).unwrap();
    let [manifest] = &documents[..] else { panic!("{} documents", documents.len()) };
    manifest.clone()
}

/// What krew would object to.
fn objections(manifest: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut expect = |holds: bool, rule: &str| {
        if !holds {
            found.push(rule.to_owned());
        }
    };
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    expect(manifest["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2", "apiVersion");
    expect(manifest["kind"] == "Plugin", "kind");
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = word(&manifest["metadata"]["name"]);
    expect(!name.is_empty() && name.chars().all(is_word), "metadata.name");
    let spec = &manifest["spec"];
    let version = word(&spec["version"]);
    let version = version.strip_prefix('v').map(str::parse::<Release>);
    expect(matches!(version, Some(Ok(_))), "spec.version");
    for field in ["shortDescription", "description", "homepage"] {
        expect(!word(&spec[field]).trim().is_empty(), field);
    }
    expect(!word(&spec["shortDescription"]).contains(['\n', '\r']), "shortDescription is one line");
    let known = ["version", "platforms", "homepage", "shortDescription", "description", "caveats"];
    let fields = spec.as_object().into_iter().flatten();
    expect(fields.map(|(key, _)| key.as_str()).all(|key| known.contains(&key)), "unknown field");
    let platforms = spec["platforms"].as_array().cloned().unwrap_or_default();
    expect(!platforms.is_empty(), "platforms");
    let mut taken = BTreeSet::new();
    for platform in &platforms {
        let sha = word(&platform["sha256"]);
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        expect(sha.len() == 64 && sha.chars().all(is_hex), "sha256");
        let uri = word(&platform["uri"]);
        expect(uri.starts_with("https://"), "uri");
        let has_ending = |text: &str, ending: &str| text.strip_suffix(ending).is_some();
        expect([".tar.gz", ".zip"].iter().any(|it| has_ending(&uri, it)), "archive format");
        let pairs = matched(&platform["selector"]);
        expect(!pairs.is_empty(), "selector");
        expect(pairs.iter().all(|pair| taken.insert(*pair)), "a pair is matched twice");
        let bin = word(&platform["bin"]);
        let is_windows = pairs.iter().any(|(os, _)| *os == "windows");
        expect(is_safe(&bin) && has_ending(&bin, ".exe") == is_windows, "bin");
        let files = platform["files"].as_array().cloned().unwrap_or_default();
        expect(!files.is_empty(), "files");
        let is_named = |file: &Value, field: &str| is_safe(&word(&file[field]));
        expect(files.iter().all(|it| is_named(it, "from") && is_named(it, "to")), "from and to");
        let has = |wanted: &str| files.iter().any(|it| word(&it["from"]) == wanted);
        expect(has(&bin), "bin is among the files");
        expect(has("LICENSE"), "LICENSE is among the files");
    }
    found
}

/// The pairs that a selector matches; none when krew would not take it.
fn matched(selector: &Value) -> Vec<(&'static str, &'static str)> {
    let Some(labels) = selector["matchLabels"].as_object() else { return Vec::new() };
    if labels.is_empty() || labels.keys().any(|key| key != "os" && key != "arch") {
        return Vec::new();
    }
    let fits = |key: &str, value: &str| labels.get(key).is_none_or(|wanted| wanted == value);
    PLATFORMS.into_iter().filter(|(os, arch)| fits("os", os) && fits("arch", arch)).collect()
}

/// A relative path that stays inside the archive.
fn is_safe(path: &str) -> bool {
    let is_inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    !path.is_empty() && Path::new(path).components().all(is_inside)
}

#[test]
fn krew_has_nothing_to_object_to() {
    assert_eq!(objections(&manifest()), [""; 0]);
}

#[test]
fn a_fault_in_the_manifest_is_objected_to() {
    for (pointer, value, rule) in [
        ("/metadata/name", "et/cd", "metadata.name"),
        ("/spec/version", "0.1.0", "spec.version"),
        ("/spec/shortDescription", "a\nb", "shortDescription is one line"),
        ("/spec/platforms/0/sha256", &"A".repeat(64), "sha256"),
        ("/spec/platforms/0/selector/matchLabels/arch", "s390x", "selector"),
        ("/spec/platforms/0/selector/matchLabels/arch", "arm64", "a pair is matched twice"),
        ("/spec/platforms/0/bin", "../kubectl-etcd", "bin"),
        ("/spec/platforms/0/files/0/from", "/etc/passwd", "from and to"),
        ("/spec/platforms/0/files/1/from", "README.md", "LICENSE is among the files"),
    ] {
        let mut manifest = manifest();
        *manifest.pointer_mut(pointer).unwrap() = value.into();
        let found = objections(&manifest);
        assert!(found.iter().any(|it| it == rule), "{pointer}: {found:?}");
    }
}

#[test]
fn the_manifest_speaks_of_this_program_in_this_version() {
    let manifest = manifest();
    let spec = &manifest["spec"];
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["metadata"]["name"], "etcd");
    assert_eq!(spec["version"], version);
    let about = oc_etcd::cli::command("kubectl etcd").get_about().unwrap().to_string();
    assert_eq!(spec["shortDescription"], about);
    assert_eq!(spec["homepage"], env!("CARGO_PKG_REPOSITORY"));
    let caveats = spec["caveats"].as_str().unwrap();
    for part in ["does not support", "completion"] {
        assert!(caveats.contains(part), "{caveats}");
    }
    let mut pairs = Vec::new();
    for platform in spec["platforms"].as_array().unwrap() {
        let [(os, arch)] = matched(&platform["selector"])[..] else { panic!("{platform}") };
        pairs.push(format!("{os}/{arch}"));
        let suffix = if os == "windows" { ".zip" } else { ".tar.gz" };
        let archive = format!("kubectl-etcd-{version}-{os}-{arch}{suffix}");
        let uri = format!("{}/releases/download/{version}/{archive}", env!("CARGO_PKG_REPOSITORY"));
        assert_eq!(platform["uri"], uri);
    }
    let wanted = ["linux/amd64", "linux/arm64", "linux/ppc64le", "darwin/amd64", "darwin/arm64"];
    assert_eq!(pairs[..5], wanted);
    assert_eq!(pairs[5..], ["windows/amd64"]);
}

#[test]
fn the_manifest_says_what_it_is_before_it_begins() {
    let text = text();
    let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
    let head = head.join(" ");
    for part in ["krew manifest", "1.8", "1.11", "sha256"] {
        assert!(head.contains(part), "no `{part}` in: {head}");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 120, "{line}");
    }
}
