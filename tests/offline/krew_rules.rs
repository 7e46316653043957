//! What krew objects to in a manifest: its `internal/index/validation`, and what its
//! `cmd/validate-krew-manifest` adds for the index.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use oc_etcd::model::release::Release;
use serde_json::Value;

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

/// Names that are devices on Windows, and so no plugin's; COM and LPT have a digit behind them.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The names of license files that krew looks for among what was installed.
const LICENSES: [&str; 4] = ["license", "licenses", "license.txt", "license.md"];

/// What is wrong, as the names of the rules.
#[derive(Default)]
struct Objections(Vec<String>);

impl Objections {
    fn expect(&mut self, holds: bool, rule: &str) {
        if !holds {
            self.0.push(rule.to_owned());
        }
    }

    /// No key but those, and a map at all.
    fn expect_keys(&mut self, value: &Value, known: &[&str], rule: &str) {
        let is_known = |map: &serde_json::Map<String, Value>| {
            map.keys().all(|key| known.contains(&key.as_str()))
        };
        self.expect(value.as_object().is_some_and(is_known), rule);
    }
}

/// What krew would object to in a manifest of that file name.
pub(crate) fn objections(file: &str, manifest: &Value) -> Vec<String> {
    let mut found = Objections::default();
    found.expect_keys(manifest, &["apiVersion", "kind", "metadata", "spec"], "unknown field");
    let api_version = "krew.googlecontainertools.github.com/v1alpha2";
    found.expect(manifest["apiVersion"] == api_version, "apiVersion");
    found.expect(manifest["kind"] == "Plugin", "kind");
    let name = word(&manifest["metadata"]["name"]);
    found.expect(is_name(&name), "metadata.name");
    found.expect(file == format!("{name}.yaml"), "the file has the plugin's name");
    describe(&mut found, &manifest["spec"]);
    let platforms = manifest["spec"]["platforms"].as_array().cloned().unwrap_or_default();
    found.expect(!platforms.is_empty(), "platforms");
    let mut taken = BTreeSet::new();
    for platform in &platforms {
        install(&mut found, platform);
        let pairs = matched(&platform["selector"]);
        found.expect(!pairs.is_empty(), "selector");
        found.expect(pairs.iter().all(|pair| taken.insert(*pair)), "a pair is matched twice");
    }
    found.0
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Letters, digits, `_` and `-`, and no device of Windows.
fn is_name(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let is_port = |beginning: &str| {
        let digit = name.strip_prefix(beginning).unwrap_or_default();
        matches!(digit.as_bytes(), [b'1'..=b'9'])
    };
    let is_device = DEVICES.contains(&name.as_str()) || is_port("com") || is_port("lpt");
    !name.is_empty() && name.chars().all(is_letter) && !is_device
}

fn describe(found: &mut Objections, spec: &Value) {
    let fields = ["version", "platforms", "homepage", "shortDescription", "description", "caveats"];
    found.expect_keys(spec, &fields, "unknown field");
    let version = word(&spec["version"]);
    let version = version.strip_prefix('v').map(str::parse::<Release>);
    found.expect(matches!(version, Some(Ok(_))), "spec.version");
    for field in ["shortDescription", "description", "homepage"] {
        found.expect(!word(&spec[field]).trim().is_empty(), field);
    }
    let is_one_line = !word(&spec["shortDescription"]).contains(['\n', '\r']);
    found.expect(is_one_line, "shortDescription is one line");
}

/// What has to hold so that one platform can be installed.
fn install(found: &mut Objections, platform: &Value) {
    let fields = ["selector", "uri", "sha256", "bin", "files"];
    found.expect_keys(platform, &fields, "unknown field of a platform");
    let sha = word(&platform["sha256"]);
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    found.expect(sha.len() == 64 && sha.chars().all(is_hex), "sha256");
    let uri = word(&platform["uri"]);
    found.expect(uri.starts_with("https://"), "uri");
    let has_ending = |text: &str, ending: &str| text.strip_suffix(ending).is_some();
    found.expect([".tar.gz", ".zip"].iter().any(|it| has_ending(&uri, it)), "archive format");
    let bin = word(&platform["bin"]);
    let is_windows = matched(&platform["selector"]).iter().any(|(os, _)| *os == "windows");
    found.expect(is_safe(&bin) && has_ending(&bin, ".exe") == is_windows, "bin");
    // Without the list krew takes all that is in the archive.
    let Some(files) = platform.get("files") else { return };
    let files = files.as_array().cloned().unwrap_or_default();
    found.expect(!files.is_empty(), "files");
    let is_named = |file: &Value| is_safe(&word(&file["from"])) && is_clean(&word(&file["to"]));
    found.expect(files.iter().all(is_named), "from and to");
    let has =
        |is_wanted: &dyn Fn(&str) -> bool| files.iter().any(|it| is_wanted(&word(&it["from"])));
    found.expect(has(&|it| it == bin), "bin is among the files");
    let is_license = |it: &str| LICENSES.contains(&it.to_lowercase().as_str());
    found.expect(has(&is_license), "a license is among the files");
}

/// The pairs that a selector matches; none when krew would not take it.
pub(crate) fn matched(selector: &Value) -> Vec<(&'static str, &'static str)> {
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

/// The same, in the shortest form: krew refuses any other as a target.
fn is_clean(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    path == "." || parts.iter().all(|part| !part.is_empty() && *part != "." && *part != "..")
}
