//! plugin.yaml, held against the rules that krew publishes for its index, and against what it is made from.

use oc_etcd::model::yaml;
use oc_etcd_release::checksums::Checksums;
use oc_etcd_release::platform::PLATFORMS;
use oc_etcd_release::template::{self, Missing, NO_ARCHIVE};
use serde_json::{Value, json};

use crate::golden_file::{self, repository};
use crate::krew_rules::{matched, objections};

/// Its name in krew's index.
const FILE: &str = "etcd.yaml";

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn text() -> String {
    std::fs::read_to_string(repository().join("plugin.yaml")).unwrap()
}

fn parse(text: &str) -> Value {
    let documents = yaml::documents(text).unwrap();
    let [manifest] = &documents[..] else { panic!("{} documents", documents.len()) };
    manifest.clone()
}

fn manifest() -> Value {
    parse(&text())
}

/// Both manifests, filled from checksums.
fn filled(sums: &Checksums, missing: Missing) -> Vec<(&'static str, String)> {
    let fill = |(template, name)| (name, template::fill(template, VERSION, sums, missing).unwrap());
    template::MANIFESTS.map(fill).to_vec()
}

#[test]
fn krew_has_nothing_to_object_to() {
    assert_eq!(objections(FILE, &manifest()), [""; 0]);
}

#[test]
fn a_fault_in_the_manifest_is_objected_to() {
    let no = Value::Null;
    for (pointer, value, rule) in [
        ("/apiVersion", json!("v1"), "apiVersion"),
        ("/kind", json!("plugin"), "kind"),
        ("/metadata/name", json!("et/cd"), "metadata.name"),
        ("/metadata/name", json!("nul"), "metadata.name"),
        ("/metadata/name", json!("Com1"), "metadata.name"),
        ("/metadata/name", json!("plugin"), "the file has the plugin's name"),
        ("/spec", json!({ "verison": "v0.1.0" }), "unknown field"),
        ("/spec/version", json!("0.1.0"), "spec.version"),
        ("/spec/version", json!("vone"), "spec.version"),
        ("/spec/shortDescription", json!(""), "shortDescription"),
        ("/spec/shortDescription", json!("a\nb"), "shortDescription is one line"),
        ("/spec/homepage", no.clone(), "homepage"),
        ("/spec/platforms", json!([]), "platforms"),
        ("/spec/platforms/0", json!({ "url": "https://a" }), "unknown field of a platform"),
        ("/spec/platforms/0/sha256", json!("A".repeat(64)), "sha256"),
        ("/spec/platforms/0/sha256", json!("a".repeat(63)), "sha256"),
        ("/spec/platforms/0/sha256", no.clone(), "sha256"),
        ("/spec/platforms/0/uri", json!(""), "uri"),
        ("/spec/platforms/0/uri", json!("https://a/b.tar.xz"), "archive format"),
        ("/spec/platforms/0/selector", no.clone(), "selector"),
        ("/spec/platforms/0/selector/matchLabels", json!({}), "selector"),
        ("/spec/platforms/0/selector/matchLabels", json!({ "libc": "musl" }), "selector"),
        ("/spec/platforms/0/selector/matchLabels/arch", json!("s390x"), "selector"),
        ("/spec/platforms/0/selector/matchLabels/arch", json!("arm64"), "a pair is matched twice"),
        (
            "/spec/platforms/0/selector/matchLabels",
            json!({ "os": "linux" }),
            "a pair is matched twice",
        ),
        ("/spec/platforms/0/bin", json!("../kubectl-etcd"), "bin"),
        ("/spec/platforms/0/bin", json!(""), "bin"),
        ("/spec/platforms/5/bin", json!("kubectl-etcd"), "bin"),
        ("/spec/platforms/0/files", json!([]), "files"),
        ("/spec/platforms/0/files/0/from", json!("/etc/passwd"), "from and to"),
        ("/spec/platforms/0/files/0/from", json!("oc-etcd"), "bin is among the files"),
        ("/spec/platforms/0/files/0/to", json!(""), "from and to"),
        ("/spec/platforms/0/files/0/to", json!("./"), "from and to"),
        ("/spec/platforms/0/files/1/from", json!("README.md"), "a license is among the files"),
    ] {
        let mut manifest = manifest();
        *manifest.pointer_mut(pointer).unwrap() = value;
        let found = objections(FILE, &manifest);
        assert!(found.iter().any(|it| it == rule), "{pointer}, {rule}: {found:?}");
    }
    assert_eq!(objections("plugin.yaml", &manifest()), ["the file has the plugin's name"]);
}

/// In the repository no archive is known: the zeros say so, and krew refuses them.
#[test]
fn the_manifest_is_what_the_command_writes_without_an_archive() {
    let (name, text) = filled(&Checksums::default(), Missing::Zeros).swap_remove(0);
    let path = repository().join(name);
    let complaint = golden_file::complaint(&path, &text);
    if golden_file::is_update() && complaint.is_some() {
        std::fs::write(&path, &text).unwrap();
    } else {
        golden_file::expect_none(&complaint.into_iter().collect::<Vec<_>>());
    }
    let manifest = parse(&text);
    for platform in manifest["spec"]["platforms"].as_array().unwrap() {
        assert_eq!(platform["sha256"], NO_ARCHIVE);
    }
}

#[test]
fn a_release_has_the_digest_of_each_archive_in_its_manifest() {
    let digest = |index: usize| format!("{index:x}").repeat(64);
    let archives = PLATFORMS.iter().enumerate();
    let sums = archives.map(|(index, it)| (it.archive(VERSION), digest(index))).collect();
    let [(_, plugin), (_, formula)] = &filled(&Checksums(sums), Missing::Refuse)[..] else {
        panic!("there are other manifests")
    };
    let plugin = parse(plugin);
    assert_eq!(objections(FILE, &plugin), [""; 0]);
    let mut seen = 0;
    for (index, platform) in PLATFORMS.iter().enumerate() {
        let uri = format!(
            "{}/releases/download/v{VERSION}/{}",
            env!("CARGO_PKG_REPOSITORY"),
            platform.archive(VERSION)
        );
        let platforms = plugin["spec"]["platforms"].as_array().unwrap();
        for entry in platforms.iter().filter(|it| it["uri"] == uri) {
            assert_eq!(entry["sha256"], digest(index));
            assert_eq!(matched(&entry["selector"]), [(platform.os, platform.arch)]);
            assert_eq!(entry["bin"], platform.program());
            seen += 1;
        }
        if let Some((_, after)) = formula.split_once(&uri) {
            let next = format!("\"\n      sha256 \"{}\"", digest(index));
            assert!(after.starts_with(&next), "{uri}");
            seen += 1;
        }
    }
    // krew knows no s390x. Homebrew is on macOS and on Linux, amd64 and arm64.
    assert_eq!((plugin["spec"]["platforms"].as_array().unwrap().len(), seen), (6, 6 + 4));
}

#[test]
fn the_manifest_speaks_of_this_program_in_this_version() {
    let manifest = manifest();
    let spec = &manifest["spec"];
    assert_eq!(manifest["metadata"]["name"], "etcd");
    assert_eq!(spec["version"], format!("v{VERSION}"));
    let about = oc_etcd::cli::command("kubectl etcd").get_about().unwrap().to_string();
    assert_eq!(spec["shortDescription"], about);
    assert_eq!(spec["homepage"], env!("CARGO_PKG_REPOSITORY"));
    let caveats = spec["caveats"].as_str().unwrap();
    for part in ["does not support", "cluster administrator", "rbac.yaml", "completion kubectl"] {
        assert!(caveats.contains(part), "{caveats}");
    }
}

#[test]
fn the_manifest_says_what_it_is_before_it_begins() {
    let text = text();
    let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
    let head = head.join(" ");
    for part in ["krew manifest", "1.8", "1.11", "sha256", "make generated"] {
        assert!(head.contains(part), "no `{part}` in: {head}");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 120, "{line}");
    }
}
