//! YAML is read as the real kubectl reads it, and what it writes is read back.

use anyhow::{Context as _, Result, ensure};
use oc_etcd::model::yaml;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::suite::{Ran, Suite};
use crate::yaml_as_go::{RECORDED, STRINGS, config_map, document, readings};
use crate::{Case, golden_file};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("yaml_means_what_kubectl_takes_it_for", means),
        ("what_kubectl_writes_for_awkward_strings_is_what_was_recorded", recorded),
        ("whatever_string_kubectl_writes_is_read_back", read_back),
    ]
}

/// Has kubectl read a file and write the object, without a server.
fn kubectl(suite: &Suite, text: &str, format: &str) -> Result<Ran> {
    let file = suite.write_file("object", text)?;
    let arguments =
        ["label", "--local", "--dry-run=client", "-o", format, "-f", &file, "read-by=kubectl"];
    suite.run_command(suite.kubectl_command(&arguments)?)
}

/// JSON in ASCII: kubectl takes some characters in no other way.
fn escaped(object: &Value) -> String {
    let escape = |it: char| match it {
        ' '..='~' => it.to_string(),
        other => {
            let units = other.encode_utf16(&mut [0; 2]).to_vec();
            units.into_iter().fold(String::new(), |text, it| format!("{text}\\u{it:04x}"))
        }
    };
    object.to_string().chars().map(escape).collect()
}

/// Characters with which kubectl writes no YAML at all, and NEL, which it reads as a space itself.
fn is_refused(it: char) -> bool {
    matches!(it, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

fn means(suite: &mut Suite) -> Result<()> {
    let mut wrong = Vec::new();
    for (data, expected) in readings() {
        let ran = kubectl(suite, &document(data), "json")?;
        let found = match ran.code {
            0 => Some(serde_json::from_str::<Value>(&ran.stdout)?["data"].take()),
            _ => None,
        };
        if found != expected {
            wrong.push(format!("{data:?}: kubectl {found:?}, recorded {expected:?}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn recorded(suite: &mut Suite) -> Result<()> {
    let object = config_map(STRINGS.iter().map(|&it| it.to_owned()));
    let written = kubectl(suite, &escaped(&object), "yaml")?.expect_code(0)?.stdout;
    let mut folder = golden_file::Folder::at("tests/yaml");
    folder.add(RECORDED, written);
    golden_file::expect_none(&folder.complaints());
    Ok(())
}

fn read_back(suite: &mut Suite) -> Result<()> {
    let word = prop::sample::select(STRINGS.to_vec()).prop_map(str::to_owned);
    let ascii = prop::string::string_regex("[ -~\\n\\t]{0,60}").context("an expression")?;
    let part = prop_oneof![3 => word, 2 => ascii, 1 => any::<String>()];
    let text = prop::collection::vec(part, 1..4).prop_map(|parts| parts.concat());
    let mut runner = TestRunner::default();
    let mut strings = Vec::new();
    for _ in 0..4000 {
        let tree = text.new_tree(&mut runner).map_err(|it| anyhow::anyhow!("{it}"))?;
        let text = tree.current().replace(is_refused, "");
        // A separator of lines that begins a line of a block makes the text unreadable, and no other.
        let is_block = text.contains('\n');
        strings.push(if is_block { text.replace(['\u{2028}', '\u{2029}'], "") } else { text });
    }
    let object = config_map(strings.into_iter());
    let written = kubectl(suite, &escaped(&object), "yaml")?.expect_code(0)?.stdout;
    let read = yaml::documents(&written)?;
    let [document] = read.as_slice() else { anyhow::bail!("{} documents", read.len()) };
    let (found, expected) = (&document["data"], &object["data"]);
    let keys = expected.as_object().into_iter().flat_map(|it| it.keys());
    let wrong = keys.filter(|it| found[*it] != expected[*it]).map(|key| {
        let line = written.lines().find(|it| it.trim_start().starts_with(key.as_str()));
        format!("{:?} was written {:?} and read {:?}", expected[key], line, found[key])
    });
    let wrong: Vec<String> = wrong.take(20).collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
