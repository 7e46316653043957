//! Answers that are not what they should be.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::fault::{Fault, FaultServer, Match, Reply, Rule, When};
use serde_json::{Value, json};

use super::{FIRST, run, tidy, with_pool};
use crate::Case;
use crate::suite::{Ran, Suite};

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("f14_a_list_whose_continue_token_expires_is_begun_again", expired_token),
        ("f14_a_list_in_pages_is_whole", pages),
        ("f15_malformed_objects_are_named_and_their_bodies_kept_back", malformed),
        ("f15_answers_that_are_no_objects_are_told", no_objects),
        ("f15_a_malformed_answer_to_a_write_is_no_reason_to_write_again", malformed_write),
    ]
}

/// The lists of MachineConfigs.
fn lists() -> Match {
    Match::read("/machineconfigs").path_end("/machineconfigs")
}

/// Takes all but the first two objects out of a list, and promises them for later.
fn first_page(mut list: Value, token: &str) -> Value {
    if let Some(items) = list["items"].as_array_mut() {
        items.truncate(2);
    }
    list["metadata"]["continue"] = token.into();
    list
}

fn status(suite: &Suite, server: &FaultServer) -> Result<Value> {
    let mut status = run(suite, server, &["status", "-o", "json"])?.expect_code(0)?.json()?;
    let fields = status.as_object_mut().context("no status")?;
    fields.retain(|field, _| field != "readAt");
    Ok(status)
}

fn expired_token(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    let wanted = status(suite, &server)?;
    server.forget();
    let later = lists().query("continue=one");
    server.add(Rule::new(later.clone(), When::Always, Fault::Answer(Reply::gone())));
    let first = Fault::malformed(|list| first_page(list, "one"));
    server.add(Rule::new(lists(), When::First(1), first));
    ensure!(status(suite, &server)? == wanted, "the list is not whole");
    ensure!(server.count(&later) == 1, "it asked with a token that has expired");
    ensure!(server.count(&lists()) == 3, "{:?}", server.seen(&lists()));

    // A list that expires again and again is an error, not a loop, and not a list with a hole.
    server.forget();
    server.add(Rule::new(later, When::Always, Fault::Answer(Reply::gone())));
    let first = Fault::malformed(|list| first_page(list, "one"));
    server.add(Rule::new(lists(), When::Always, first));
    let ran = run(suite, &server, &["status"])?;
    ensure!(ran.code != 0, "a list with a hole was taken for whole:\n{}", ran.stdout);
    ensure!(server.count(&lists()) < 40, "it asked {} times", server.count(&lists()));
    Ok(())
}

/// The second page holds what the first one left out.
fn pages(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    let wanted = status(suite, &server)?;
    server.forget();
    let all = suite.kubectl(&[
        "get",
        "--raw",
        "/apis/machineconfiguration.openshift.io/v1/machineconfigs?\
         labelSelector=machineconfiguration.openshift.io%2Frole%20in%20%28master%2Cworker%2Cetcd%29",
    ])?;
    let mut rest: Value = serde_json::from_str(&all)?;
    rest["items"].as_array_mut().context("no list")?.drain(..2);
    let reply = Reply::json(200, &rest);
    server.add(Rule::new(lists().query("continue=two"), When::Always, Fault::Answer(reply)));
    server.add(Rule::new(lists(), When::Always, Fault::malformed(|it| first_page(it, "two"))));
    ensure!(status(suite, &server)? == wanted, "the list is not whole");
    ensure!(server.count(&lists()) == 2, "{:?}", server.seen(&lists()));
    Ok(())
}

/// Runs every command that reads an object with that answer changed. None of them may panic, end
/// well in `init` or `add-machine` by writing, or show a body.
fn with_change(suite: &Suite, server: &FaultServer, path: &str, fault: &Fault) -> Result<Vec<Ran>> {
    let mut runs = Vec::new();
    for arguments in [
        &["status"][..],
        &["status", "-o", "json"],
        &["init", "--dry-run"],
        &["add-machine", "--zone=us-east-1a", "--dry-run"],
    ] {
        server.forget();
        server.add(Rule::new(Match::read(path), When::Always, fault.clone()));
        let ran = run(suite, server, arguments).with_context(|| format!("{path} {arguments:?}"))?;
        let known = [0, 1, 3, 5].contains(&ran.code);
        ensure!(known, "{path} {arguments:?} ended with {}: {}", ran.code, ran.stderr);
        let shows_body = ran.stdout.contains(MARK) || ran.stderr.contains(MARK);
        ensure!(!shows_body, "{path} {arguments:?} shows a body:\n{}{}", ran.stdout, ran.stderr);
        runs.push(ran);
    }
    Ok(runs)
}

/// Stands in the changed bodies, and nowhere else.
const MARK: &str = "body-that-nobody-may-see";

/// The places of an object that its readers look at, and what is put there instead.
fn wrong_values() -> Vec<(&'static str, Value)> {
    vec![
        ("/status", Value::Null),
        ("/status", json!(MARK)),
        ("/status/conditions", json!({"not": "a list"})),
        ("/status/conditions", json!([null, 7, {"type": 1, "status": MARK}])),
        ("/status/phase", json!({"unknown": MARK})),
        ("/status/platformStatus", json!([MARK])),
        ("/status/configuration", json!(MARK)),
        ("/status/history", json!([null])),
        ("/spec", Value::Null),
        ("/spec", json!([MARK])),
        ("/spec/config", json!(MARK)),
        ("/spec/config/systemd", json!({"units": [null, {"name": 3, "contents": MARK}]})),
        ("/spec/config/storage", json!({"files": [{"path": 1, "contents": {"source": MARK}}]})),
        ("/spec/providerSpec", json!({"value": MARK})),
        ("/spec/providerSpec/value/placement", json!(null)),
        ("/metadata/labels", Value::Null),
        ("/metadata/labels", json!([MARK])),
        ("/metadata/annotations", json!(7)),
        ("/metadata/managedFields", json!([{"fieldsV1": MARK}])),
        ("/metadata/creationTimestamp", json!("not a time")),
        ("/data", json!({"userData": "!!! no base64 !!!"})),
        ("/data", json!({"userData": "H4sIAAAAbm90IGd6aXA="})),
        ("/data", json!([MARK])),
    ]
}

/// Changes an object, or each of a list.
fn put_wrong(mut answer: Value, pointer: &str, wrong: &Value) -> Value {
    let put = |object: &mut Value| {
        if let Some(place) = object.pointer_mut(pointer) {
            *place = wrong.clone();
        }
    };
    match answer.get_mut("items").and_then(Value::as_array_mut) {
        Some(items) => items.iter_mut().for_each(put),
        None => put(&mut answer),
    }
    answer
}

fn malformed(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    suite.admin(&["add-machine", "--yes", "--zone=us-east-1b", "--wait=false"])?.expect_code(0)?;
    // The place is wrong in every object that has it, of every kind at once.
    for (pointer, wrong) in wrong_values() {
        let change = move |answer| put_wrong(answer, pointer, &wrong);
        let fault = Fault::Malformed(Arc::new(change));
        with_change(suite, &server, "/", &fault).context(pointer)?;
    }
    // What makes an object none is an error that names it.
    for (path, name) in [
        (FIRST, "infrastructure/cluster"),
        ("/machineconfigpools/etcd", "machineconfigpool"),
        ("/secrets/etcd-user-data", "secret/etcd-user-data"),
    ] {
        let fault = Fault::malformed(|mut answer| {
            answer["metadata"] = json!([MARK]);
            answer
        });
        for ran in with_change(suite, &server, path, &fault)? {
            if server.count(&Match::read(path)) > 0 && ran.code != 0 {
                ran.expect(name)?;
            }
        }
    }
    Ok(())
}

fn no_objects(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    let page = |bytes: &'static [u8]| Fault::garbled(move |_| bytes.to_vec());
    for (what, fault) in [
        ("a page", page(b"<html>body-that-nobody-may-see</html>")),
        ("nothing", page(b"")),
        ("null", page(b"null")),
        ("a number", page(b"7")),
        ("no UTF-8", page(b"{\"metadata\":{\"name\":\"\xff\xfe body-that-nobody-may-see\"}}")),
        ("deep nesting", Fault::garbled(|_| b"[".repeat(100_000))),
        ("keys that come twice", Fault::garbled(|it| twice(&it))),
    ] {
        for path in [FIRST, "/machines", "/secrets/etcd-user-data"] {
            let runs = with_change(suite, &server, path, &fault).context(what)?;
            if what != "keys that come twice" && path == FIRST {
                for ran in runs {
                    ran.expect_code(1)?.expect("infrastructure/cluster")?;
                }
            }
        }
    }
    Ok(())
}

/// Says `kind` twice; the JSON grammar allows it.
fn twice(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes).replacen('{', "{\"kind\":\"Other\",", 1);
    text.into_bytes()
}

fn malformed_write(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    let create = Match::of("POST", "/machines").path_end("/machines");
    let page = Fault::garbled(|_| b"<html>body-that-nobody-may-see</html>".to_vec());
    server.add(Rule::new(create.clone(), When::Always, page));
    let add = ["add-machine", "--yes", "--zone=us-east-1c", "--wait=false"];
    tidy(run(suite, &server, &add)?)?;
    ensure!(server.count(&create) == 1, "it was sent again");
    server.forget();
    run(suite, &server, &add)?.expect_code(0)?;
    ensure!(suite.machines()?.len() == 1, "{:?}", suite.machines()?);
    Ok(())
}
