//! Files that openshift/must-gather-clean went over: a healthy cluster is as healthy as before, or it is not known how it
//! is. Nothing rests on a word that stands for another.
//!
//! The obfuscators are those of its `pkg/obfuscator`, which go over the text of the files, and the omission of kinds of
//! its example configuration.

use std::collections::BTreeMap;

use oc_etcd::check::{Check, Finding};
use oc_etcd::model::layout::Layout;
use serde_json::{Value, json};

use crate::from::initialized_as;
use crate::golden_file::expect_none;
use crate::member_disk;
use crate::program::directory;
use crate::redacted::{bodies, complaints, initialized, judge, read};
use crate::withheld::healthy;

/// A replacement of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Replacement {
    /// Equal words by equal ones.
    Consistent,
    /// All by one.
    Static,
}

/// An obfuscator.
#[derive(Clone, Copy, Debug)]
enum Obfuscator {
    Ip(Replacement),
    Mac(Replacement),
    Domain(&'static [&'static str], Replacement),
    /// An expression, here the texts that it matches: each character becomes an `x`.
    Regex(&'static str, fn(&str) -> usize),
    Keyword(&'static str, &'static str),
}

impl Obfuscator {
    fn of(self, text: &str) -> String {
        match self {
            Self::Ip(replacement) => {
                let word = ["x-ipv4-#-x", "xxx.xxx.xxx.xxx"];
                replaced(text, address, |it| it.replace(['-', '_'], "."), word, replacement)
            }
            Self::Mac(replacement) => {
                let word = ["x-mac-#-x", "xx:xx:xx:xx:xx:xx"];
                replaced(text, mac, |it| it.replace('-', ":").to_uppercase(), word, replacement)
            }
            Self::Domain(domains, replacement) => {
                let numbered = domains.iter().zip(1..);
                numbered.fold(text.to_owned(), |text, (domain, number)| {
                    text.replace(
                        domain,
                        &match replacement {
                            Replacement::Consistent => format!("domain{number:010}"),
                            Replacement::Static => "obfuscated.com".to_owned(),
                        },
                    )
                })
            }
            Self::Regex(begin, length) => masked(text, begin, length),
            Self::Keyword(word, other) => text.replace(word, other),
        }
    }
}

/// Replaces what `length` finds at a position.
fn replaced(
    text: &str,
    length: fn(&str) -> usize,
    canonical: fn(&str) -> String,
    [numbered, uniform]: [&str; 2],
    replacement: Replacement,
) -> String {
    let mut numbers = BTreeMap::<String, usize>::new();
    let (mut out, mut rest, mut before) = (String::new(), text, ' ');
    while let Some(next) = rest.chars().next() {
        let found = if before.is_ascii_alphanumeric() { 0 } else { length(rest) };
        if found == 0 {
            (before, rest) = (next, &rest[next.len_utf8()..]);
            out.push(next);
            continue;
        }
        let count = numbers.len() + 1;
        let number = *numbers.entry(canonical(&rest[..found])).or_insert(count);
        out.push_str(&match replacement {
            Replacement::Consistent => numbered.replace('#', &format!("{number:010}")),
            Replacement::Static => uniform.to_owned(),
        });
        (before, rest) = ('x', &rest[found..]);
    }
    out
}

/// The length of the IPv4 address at the begin of a text, with dots, or with dashes as in names.
fn address(text: &str) -> usize {
    let mut at = 0;
    for part in 0..4 {
        let digits = text[at..].bytes().take(3).take_while(u8::is_ascii_digit).count();
        let number = text[at..at + digits].parse::<u16>().unwrap_or(999);
        let separator = text[at + digits..].chars().next().unwrap_or(' ');
        if number > 255 || part == 0 && number == 0 || part < 3 && !".-_".contains(separator) {
            return 0;
        }
        at += digits + usize::from(part < 3);
    }
    if matches!(&text[..at], "127.0.0.1" | "0.0.0.0") { 0 } else { at }
}

fn mac(text: &str) -> usize {
    let Some(text) = text.get(..17) else { return 0 };
    let is_part = |(at, byte): (usize, u8)| match at % 3 {
        2 => byte == b':' || byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    if text.bytes().enumerate().all(is_part) { 17 } else { 0 }
}

/// Each match of an expression that begins with a text becomes as many `x`.
fn masked(text: &str, begin: &str, length: fn(&str) -> usize) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(begin) {
        let all = begin.len() + length(&rest[at + begin.len()..]);
        out.push_str(&rest[..at]);
        out.push_str(&"x".repeat(all));
        rest = &rest[at + all..];
    }
    out + rest
}

fn nothing(_: &str) -> usize {
    0
}

fn alphanumeric(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_alphanumeric).count()
}

const OBFUSCATORS: &[&[Obfuscator]] = &[
    &[Obfuscator::Ip(Replacement::Consistent)],
    &[Obfuscator::Ip(Replacement::Static)],
    &[Obfuscator::Mac(Replacement::Consistent)],
    &[Obfuscator::Mac(Replacement::Static)],
    &[Obfuscator::Domain(&["ec2.internal", "example.com"], Replacement::Consistent)],
    &[Obfuscator::Domain(&["ec2.internal", "example.com"], Replacement::Static)],
    &[Obfuscator::Domain(&["internal"], Replacement::Static)],
    &[
        Obfuscator::Ip(Replacement::Consistent),
        Obfuscator::Mac(Replacement::Consistent),
        Obfuscator::Domain(&["ec2.internal", "example.com"], Replacement::Consistent),
    ],
    &[Obfuscator::Regex("lab-", alphanumeric)],
    &[Obfuscator::Regex("x99n", nothing)],
    &[Obfuscator::Regex("subnet-", alphanumeric)],
    &[Obfuscator::Regex("ami-", alphanumeric)],
    &[Obfuscator::Regex("us-east-1", nothing)],
    &[Obfuscator::Regex("us-east-1", alphanumeric)],
    &[Obfuscator::Regex("m6i.", alphanumeric)],
    &[Obfuscator::Regex("m5.", alphanumeric)],
    &[Obfuscator::Regex("sha256:", alphanumeric)],
    &[Obfuscator::Regex("rendered-", alphanumeric)],
    &[Obfuscator::Regex("ip-10-0-", alphanumeric)],
    &[Obfuscator::Regex("4.", nothing)],
    &[Obfuscator::Keyword("lab-x99n4", "customer")],
    &[Obfuscator::Keyword("us-east-1", "region")],
    &[Obfuscator::Keyword("ec2.internal", "host")],
];

/// The kinds that the example configuration omits, and others that people add.
const OMITTED: &[&[&str]] = &[
    &["Secret", "ConfigMap", "MachineConfig"],
    &["Secret"],
    &["Machine", "MachineSet", "ControlPlaneMachineSet"],
    &["Node"],
    &["Infrastructure"],
    &["ClusterVersion"],
    &["Pod"],
];

fn clusters() -> Vec<(&'static str, Vec<Value>)> {
    let copies = initialized_as(Layout::Documented).objects().to_vec();
    vec![
        ("4.20", bodies(&member_disk::calm("4.20"))),
        ("4.16 initialized", bodies(&initialized("4.16"))),
        ("4.16 copies", copies),
        ("4.10", bodies(&initialized("4.10"))),
    ]
}

/// Addresses are in the names of Nodes, in their label `kubernetes.io/hostname`, and in annotations. Nothing rests on
/// their values.
#[test]
fn a_cluster_whose_addresses_have_numbers_is_as_healthy_as_before() {
    let top = directory("numbers");
    let objects = healthy().objects().to_vec();
    let whole = judge(&read(&top, &objects));
    let text = Obfuscator::Ip(Replacement::Consistent).of(&Value::from(objects).to_string());
    assert!(text.contains(r#""kubernetes.io/hostname":"ip-x-ipv4-0000000001-x"#), "{text}");
    let objects: Vec<Value> = serde_json::from_str(&text).unwrap();
    let snapshot = read(&top, &objects);
    assert_eq!(
        snapshot.unreadable.iter().find(|it| it.reason.to_string().contains("withheld")),
        None
    );
    assert_eq!(judge(&snapshot).status.health, whole.status.health);
}

#[test]
fn an_obfuscated_cluster_is_judged_like_the_cluster_or_is_unknown() {
    let top = directory("cleaned");
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for (cluster, objects) in clusters() {
        let whole = judge(&read(&top, &objects));
        for obfuscators in OBFUSCATORS {
            // One text, so that all numbers are the same in all of it.
            let all = |text: &str| obfuscators.iter().fold(text.to_owned(), |it, by| by.of(&it));
            let subjects = whole.findings.iter().map(|it| &it.subject).chain(&whole.writes);
            let subjects: Vec<&String> = subjects.collect();
            let text = all(&json!([objects, subjects]).to_string());
            let parts: Value = serde_json::from_str(&text).unwrap();
            let map: BTreeMap<&str, &str> = subjects
                .iter()
                .zip(parts[1].as_array().unwrap())
                .map(|(subject, it)| (subject.as_str(), it.as_str().unwrap()))
                .collect();
            let part = judge(&read(&top, parts[0].as_array().unwrap()));
            let renamed = |it: &str| map.get(it).copied().unwrap_or(it).to_owned();
            // A script of ours that was masked is unknown as any other script is, which is a warning.
            let is_masked = |it: &Finding| {
                it.check == Check::KubeletRoleWrong && it.message.contains("it is unknown whether")
            };
            let is_masked = part.status.findings.iter().any(is_masked);
            for complaint in complaints(&whole, &part, &renamed) {
                if is_masked && complaint.starts_with("health (Unknown, Trouble)") {
                    continue;
                }
                // The zone that is asked for. No file is read by add-machine.
                if complaint.contains("[zone-unknown]") {
                    continue;
                }
                found.entry(complaint).or_default().push(format!("{cluster} {obfuscators:?}"));
            }
        }
        for kinds in OMITTED {
            let is_kept = |it: &&Value| !kinds.contains(&it["kind"].as_str().unwrap());
            let rest: Vec<Value> = objects.iter().filter(is_kept).cloned().collect();
            let part = judge(&read(&top, &rest));
            for complaint in complaints(&whole, &part, &str::to_owned) {
                found.entry(complaint).or_default().push(format!("{cluster} without {kinds:?}"));
            }
        }
    }
    let shown = |(complaint, places): (&String, &Vec<String>)| {
        format!("{complaint}\n    {}", places.join("\n    "))
    };
    expect_none(&found.iter().map(shown).collect::<Vec<_>>());
}
