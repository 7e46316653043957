//! Templates give what kubectl's give, over the same document: the real kubectl is asked.

use anyhow::{Context as _, Result, ensure};
use oc_etcd::query::{Columns, ColumnsError, Query, Template};
use oc_etcd_lab::Cluster;
use serde_json::{Value, json};

use crate::Case;
use crate::init::initialized;
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("templates_find_what_kubectl_finds", templates),
        ("templates_that_kubectl_refuses_are_refused", refused),
        ("custom_columns_are_kubectls", columns),
        ("every_verb_answers_a_template", verbs),
    ]
}

const TEMPLATES: [&str; 70] = [
    "{.kind}",
    "{.metadata.name}",
    "{ .metadata.name }",
    "{@.kind}",
    "{$.kind}",
    "{.missing}",
    "{.missing.deeper}",
    "{.pool}",
    "{.layout}",
    "{.count} {.ratio} {.isPaused}",
    "text only {.kind} and more",
    "{.kind}{\"\\n\"}{.health}{'\\t'}{\"\\u00e9 \\\"q\\\" \\\\ \"}",
    "{\"plain\"}",
    "{.kind \"x\"}",
    "{3}{true}{-1}{1.5}",
    "{.machines}",
    "{.machines[0]}",
    "{.machines[0].name}",
    "{.machines[-1].name}",
    "{.machines[-2].name}",
    "{.machines[0:2].name}",
    "{.machines[1:].name}",
    "{.machines[:1].name}",
    "{.machines[:-1].name}",
    "{.machines[-2:].name}",
    "{.machines[::2].name}",
    "{.machines[0:3:2].name}",
    "{.machines[1:1].name}",
    "{.machines[:].name}",
    "{.machines[*].name}",
    "{.machines[0,2].name}",
    "{.machines[*]['name','zone']}",
    "{['kind']}",
    "{['metadata.name']}",
    "{['metadata']['name']}",
    "{.metadata.labels['a\\.b/c']}",
    "{.metadata.labels.a\\.b/c}",
    "{['kind','health']}",
    "{.empty[*]}{.empty}",
    "{.machines[?(@.zone==\"us-east-1b\")].name}",
    "{.machines[?(@.zone=='us-east-1b')].name}",
    "{.machines[?(@.zone != \"us-east-1b\")].name}",
    "{.machines[?(@.age>10)].name}",
    "{.machines[?(@.age >= 10)].name}",
    "{.machines[?(@.age<10)].name}",
    "{.machines[?(@.age <=10)].name}",
    "{.machines[?(@.managed==true)].name}",
    "{.machines[?(@.node)].name}",
    "{.machines[?(@.message)].name}",
    "{.machines[?(@.missing==\"x\")].name}",
    "{.machines[?(@.name>\"b\")].name}",
    "{.machines[?(@.zone==\"a)b\")].name}",
    "{.machines[?(@['zone']==\"us-east-1a\")].name}",
    "{.machines[?(@.inner.deep==\"d\")].name}",
    "{.numbers[?(@>1)]}",
    "{.numbers[?(@ != 2)]}",
    "{.numbers[*]}",
    "{.one.*}",
    "{.one.inner.*}",
    "{..name}",
    "{..deep}",
    "{.one..deep}",
    "{.kind.*}",
    "{range .machines[*]}{.name}{\"\\t\"}{.zone}{\"\\n\"}{end}",
    "{range .machines[*]}[{.name}]{end} after {.kind}",
    "{range .machines[?(@.age>10)]}{.name},{end}",
    "{range .machines[*]}{range .tags[*]}{@}-{end}{.name};{end}",
    "{range .missing[*]}{.name}{end}.",
    "{range .numbers[*]}{@}{end}",
    "{.markup}{.one}",
];

fn document() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "status", "labels": {"a.b/c": "dotted"}},
        "health": "healthy",
        "layout": null,
        "count": 3,
        "ratio": 0.5,
        "isPaused": false,
        "empty": [],
        "numbers": [1, 2, 3],
        "markup": "<a> & é",
        "one": {"inner": {"deep": "<d> & \u{e9}"}},
        "machines": [
            {"name": "a", "zone": "us-east-1a", "age": 5, "managed": true, "node": "n",
             "inner": {"deep": "d"}, "tags": ["x", "y"]},
            {"name": "b", "zone": "us-east-1b", "age": 10, "managed": false, "message": null,
             "tags": []},
            {"name": "c", "zone": "a)b", "age": 20, "managed": true, "node": "n", "tags": ["z"]},
        ],
    })
}

/// What kubectl prints of the document.
fn kubectl(suite: &Suite, format: &str) -> Result<(i32, String, String)> {
    let file = suite.write_file("document.json", &document().to_string())?;
    let ran = suite.run_command(suite.kubectl_command(&[
        "create",
        "--dry-run=client",
        "--validate=false",
        "-f",
        &file,
        "-o",
        format,
    ])?)?;
    Ok((ran.code, ran.stdout, ran.stderr))
}

/// What ours prints, or why it does not.
fn ours(query: Result<Query, String>, document: &Value) -> Result<String, String> {
    let mut out = Vec::new();
    query?.write(document, &mut out).map_err(|error| error.to_string())?;
    String::from_utf8(out).map_err(|error| error.to_string())
}

fn template(text: &str) -> Result<Template, String> {
    Template::parse(text).map_err(|error| error.to_string())
}

/// The words of a text, in an order of their own.
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split(' ').collect();
    words.sort_unstable();
    words
}

fn templates(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let mut wrong = Vec::new();
    for text in TEMPLATES {
        let (code, expected, told) = kubectl(suite, &format!("jsonpath={text}"))?;
        ensure!(code == 0, "kubectl does not take {text}: {told}");
        let found = ours(template(text).map(Query::Text), &document());
        // Go goes through the fields of an object in another order each time.
        let is_same = match &found {
            Ok(found) if text.contains("..") => words(found) == words(&expected),
            found => found.as_ref() == Ok(&expected),
        };
        if !is_same {
            wrong.push(format!("{text}: kubectl {expected:?}, ours {found:?}"));
        }
    }
    for text in ["{.machines}", "{.machines[*].name} {.kind}", "{.missing}", "{.empty}", "{.one}"] {
        let (_, expected, _) = kubectl(suite, &format!("jsonpath-as-json={text}"))?;
        let found = ours(template(text).map(Query::Json), &document());
        if found.as_ref() != Ok(&expected) {
            wrong.push(format!("{text} as JSON: kubectl {expected:?}, ours {found:?}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn refused(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    for text in [
        "{.kind",
        "{end}",
        "{.machines[x]}",
        "{.machines[\"name\"]}",
        "{.machines[9].name}",
        "{.machines[-9].name}",
        "{.machines[0:9].name}",
        "{.machines[2:1].name}",
        "{.machines[::0].name}",
        "{.kind[0]}",
        "{.kind[?(@.x)]}",
        "{.machines[?(@.age>\"x\")]}",
        "{.machines[?(@.age==0.5)]}",
        "{.machines[?(@.inner==1)]}",
        "{.machines[?(@.managed<true)]}",
        "{.machines[?(@.tags[*]==\"x\")]}",
        "{.machines[?(@.zone===\"x\")]}",
        "{.machines[?(@.zone==us)]}",
        "{..*}",
        "{.a,.b}",
        "{\"open}",
        "{'\\q'}",
    ] {
        let (code, ..) = kubectl(suite, &format!("jsonpath={text}"))?;
        let found = ours(template(text).map(Query::Text), &document());
        ensure!(code != 0 && found.is_err(), "{text}: kubectl {code}, ours {found:?}");
    }
    Ok(())
}

/// kubectl has columns for what it gets only: the document is the free part of a MachineConfig.
fn columns(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let object = json!({
        "apiVersion": "machineconfiguration.openshift.io/v1",
        "kind": "MachineConfig",
        "metadata": {"name": "columns"},
        "spec": {"config": document()},
    });
    let file = suite.write_file("columns.json", &object.to_string())?;
    suite.kubectl(&["create", "-f", &file])?;
    let object = suite.get("machineconfig/columns")?;
    let compare = |format: &str, columns: Result<Columns, ColumnsError>| -> Result<()> {
        let expected = suite.kubectl(&["get", "machineconfig/columns", "-o", format])?;
        let columns = columns.map(Query::Columns).map_err(|error| error.to_string());
        assert_eq!(ours(columns, &object), Ok(expected), "{format}");
        Ok(())
    };
    for spec in [
        "NAME:.metadata.name,KIND:kind",
        "N:{.metadata.name},H:{spec.config.health}",
        "MACHINES:.spec.config.machines[*].name,MISSING:.missing,LAYOUT:.spec.config.layout",
        "A:.spec.config.one,B:.spec.config.numbers,C:.spec.config.count",
        "A LONG HEADER:.kind,Z:.spec.config.machines[0].zone",
    ] {
        compare(&format!("custom-columns={spec}"), Columns::parse(spec))?;
    }
    let lines = "NAME  KIND\n.metadata.name {.kind}\n";
    let file = suite.write_file("columns.txt", lines)?;
    compare(&format!("custom-columns-file={file}"), Columns::parse_lines(lines))
}

fn verbs(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.16")?;
    suite.reconciled()?;
    let file = suite.write_file("template.txt", "{.health} {.pool.state}\n")?;
    let from_file = format!("-o=jsonpath-file={file}");
    for (arguments, expected) in [
        (&["status", "-o", "jsonpath={.kind}: {.health}{\"\\n\"}"][..], "Status: healthy\n"),
        (&["status", "-o", ".cluster.name"], ""),
        (&["status", "-o", "jsonpath=.cluster.name"], "lab-x99n4"),
        (&["status", &from_file], "healthy rendered\n"),
        (&["status", "-o=jsonpath-as-json={.health}"], "[\n    \"healthy\"\n]\n"),
        (
            &["status", "-o=custom-columns=HEALTH:.health,N:.pool.machineCount"],
            "HEALTH    N\nhealthy   0\n",
        ),
        (&["status", "-o=custom-columns=HEALTH:.health", "--no-headers"], "healthy\n"),
        (&["version", "-o=jsonpath={.openshift}"], "4.16.8"),
        (&["init", "--dry-run=client", "-o=jsonpath={.kind} {.isBlocked}"], "Plan false"),
        (&["init", "--yes", "-o=jsonpath={.kind}{range .done[*]}{.object}{end}"], "Outcome"),
        (
            &[
                "add-machine",
                "--zone=us-east-1a",
                "--dry-run=client",
                "-o=jsonpath={.steps[*].change}",
            ],
            "create",
        ),
    ] {
        let ran = suite.admin(arguments)?;
        let code = if expected.is_empty() { 2 } else { 0 };
        let ran = ran.expect_code(code).with_context(|| format!("{arguments:?}"))?;
        assert_eq!(ran.stdout, expected, "{arguments:?}");
    }
    let ran = suite.admin(&["status", "-o", "jsonpath={.machines[7]}"])?.expect_code(1)?;
    ran.expect("array index out of bounds: index 7, length 0")?;
    let wide = suite.admin(&["status", "-o", "wide", "--no-headers"])?.expect_code(0)?.stdout;
    ensure!(!wide.contains("NAME"), "{wide}");
    Ok(())
}
