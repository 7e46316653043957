//! `--progress`: with `json`, stderr is events and nothing else.

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::{Cluster, StandInOptions, User};
use serde_json::Value;

use crate::Case;
use crate::add_machine::prepared;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("each_line_of_stderr_is_an_event_when_asked", events),
        ("errors_warnings_and_requests_are_events_too", errors),
        ("findings_of_a_diff_are_an_event_each", findings),
        ("progress_is_lines_or_nothing_when_asked", modes),
        ("who_asks_for_events_is_asked_nothing", no_question),
    ]
}

/// Every line of stderr, each an event; the last one tells the end.
pub(crate) fn parsed(ran: &Ran) -> Result<Vec<Value>> {
    let lines: Result<Vec<Value>, _> = ran.stderr.lines().map(serde_json::from_str).collect();
    let events = lines.with_context(|| format!("not every line is JSON: {}", ran.stderr))?;
    for event in &events {
        ensure!(event["apiVersion"] == "oc-etcd/v1" && event["kind"] == "Event", "{event}");
        let time = event["time"].as_str().unwrap_or_default();
        ensure!(time.starts_with("20") && time.ends_with('Z'), "{event}");
        ensure!(event["message"].is_string(), "{event}");
        ensure!(event["exitCode"].is_null() || event["type"] == "done", "{event}");
    }
    let last = events.last().context("there are no events")?;
    ensure!(last["type"] == "done" && last["exitCode"] == ran.code, "{last}");
    Ok(events)
}

pub(crate) fn has(events: &[Value], kind: &str, object: &str, message: &str) -> Result<()> {
    let is_it = |it: &&Value| {
        it["type"] == kind
            && it["object"].as_str().unwrap_or_default() == object
            && it["message"].as_str().is_some_and(|it| it.contains(message))
    };
    let found = events.iter().find(is_it);
    ensure!(found.is_some(), "no {kind} of {object} says {message}: {events:#?}");
    Ok(())
}

fn events(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let ran = suite
        .admin(&["init", "--layout=documented", "--yes", "--progress=json"])?
        .expect_code(0)?;
    let told = parsed(&ran)?;
    has(&told, "plan", "machineconfig/00-etcd", "create: copy of 00-master")?;
    has(&told, "warning", "cluster", "[etcd-members-unmanaged]")?;
    has(&told, "applied", "machineconfigpool/etcd", "created")?;
    has(&told, "progress", "machineconfigpool/etcd", "rendered as rendered-etcd-")?;
    ensure!(ran.stdout.contains("machineconfigpool/etcd created"), "{}", ran.stdout);
    suite.reconciled()?;
    let arguments =
        ["add-machine", "--yes", "--zone=us-east-1a", "--progress=json", "-o=jsonpath={.kind}"];
    let ran = suite.admin(&arguments)?.expect_code(0)?;
    assert_eq!(ran.stdout, "Outcome");
    let told = parsed(&ran)?;
    has(&told, "plan", "machine/lab-x99n4-etcd-0", "create: c5n.xlarge in us-east-1a")?;
    has(&told, "applied", "machine/lab-x99n4-etcd-0", "created")?;
    has(&told, "progress", "machine/lab-x99n4-etcd-0", "Running, its Node is Ready")?;
    has(&told, "done", "", "done")?;
    Ok(())
}

fn findings(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?.with("foreign-pool")?)?;
    let told = parsed(&suite.admin(&["diff", "--progress=json"])?.expect_code(3)?)?;
    has(&told, "error", "machineconfigpool/etcd", "and differs in machineConfigSelector")?;
    has(&told, "hint", "machineconfigpool/etcd", "oc get machineconfigpool/etcd -o yaml")
}

fn errors(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let ran = suite.admin(&["add-machine", "--yes", "--zone=us-east-1a", "--progress=json"])?;
    let told = parsed(&ran.expect_code(3)?)?;
    has(&told, "error", "machineconfigpool/etcd", "[not-initialized]")
        .or_else(|_| has(&told, "error", "cluster", "[not-initialized]"))?;
    for arguments in [
        &["status", "--server=https://127.0.0.1:1"][..],
        &["version", "--token=none"],
        &["init", "--yes", "--server=https://127.0.0.1:1"],
    ] {
        let ran = suite.admin(&[arguments, &["--progress=json", "-v=6"]].concat())?;
        let told = parsed(&ran.expect_code(1)?)?;
        ensure!(told.iter().any(|it| it["type"] == "error"), "{arguments:?}: {told:#?}");
    }
    let ran = suite.admin(&["status", "--progress=json", "-v=6"])?.expect_code(0)?;
    let told = parsed(&ran)?;
    ensure!(told.iter().any(|it| it["message"].to_string().contains("GET")), "{told:#?}");
    Ok(())
}

fn modes(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    let zone = |zone, progress| ["add-machine", "--yes", "--zone", zone, progress];
    let ran = suite.admin(&zone("us-east-1a", "--progress=none"))?.expect_code(0)?;
    ensure!(ran.stderr.is_empty(), "{}", ran.stderr);
    // A line for each change on a terminal too; nothing is drawn.
    let running = suite.on_terminal(User::Admin, &zone("us-east-1b", "--progress=plain"))?;
    let ran = suite.finish(running)?;
    let ran = ran.expect_code(0)?.expect("machine/lab-x99n4-etcd-1  Running, its Node is Ready")?;
    ensure!(!ran.stdout.contains("\u{1b}[2K"), "{:?}", ran.stdout);
    Ok(())
}

fn no_question(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let running = suite.on_terminal(User::Admin, &["init", "--progress=json"])?;
    suite
        .finish(running)?
        .expect_code(2)?
        .expect("cannot be asked: --progress=json reserves standard error for events")?;
    Ok(())
}
