//! Answers that say no, and objects that are no longer what was read.

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::fault::{Fault, FaultServer, Gate, Listen, Match, Moment, Reply, Rule, When};
use oc_etcd_lab::kind::MACHINE_OBJECT;
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};

use super::{
    ADD, FIRST, MACHINES, SOON, begin, gives_up, http2, overcomes, quiet, run, tidy, with_pool,
};
use crate::observe::written;
use crate::suite::{Ran, Suite};
use crate::{Case, removal};

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("f08_what_is_forbidden_is_said_and_never_shown_as_empty", forbidden),
        ("f09_a_name_that_somebody_takes_first_leaves_the_next_one", name_taken),
        ("f09_an_object_that_somebody_changes_first_is_a_conflict", changed),
        ("f09_what_was_done_is_told_when_it_cannot_be_read_back", unread),
        ("f13_a_refused_write_is_told_in_the_policys_words_and_ends_the_run", denied),
        ("f13_of_writes_side_by_side_each_is_told_to_be_stored_or_not", side_by_side),
        ("f13_another_machine_that_is_refused_is_the_only_one_to_create_again", divided),
        ("f16_an_object_that_was_deleted_or_replaced_is_not_written_over", replaced),
        ("f17_a_kubernetes_without_openshift_is_called_that", no_openshift),
        ("f18_warnings_and_removed_fields_are_told", skew),
    ]
}

const INIT: &[&str] = &["init", "--layout=documented", "--yes", "--wait=false"];

fn forbidden(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    let answer = |what| Fault::Answer(Reply::forbidden(what));
    let lists = Match::read("/nodes").path_end("/nodes");
    server.add(Rule::new(lists, When::Always, answer("nodes is forbidden: you cannot list")));
    let ran = run(suite, &server, &["status"])?.expect_code(5)?;
    ran.expect("could not be read: forbidden")?;
    let json = run(suite, &server, &["status", "-o", "json"])?.expect_code(5)?.json()?;
    ensure!(json["nodes"] == Value::Null, "{}", json["nodes"]);

    server.forget();
    server.add(Rule::new(Match::any(), When::Always, answer("you may nothing")));
    run(suite, &server, &["status"])?.expect_code(5)?.expect("forbidden")?;
    run(suite, &server, INIT)?.expect_code(1)?.expect("you may nothing")?;

    // In a wait it is the last word.
    server.forget();
    let watch = Match::watch(MACHINES);
    server.add(Rule::new(watch.clone(), When::Always, answer("you cannot watch machines")));
    let flags = ["add-machine", "--yes", "--zone=us-east-1a"];
    run(suite, &server, &flags)?.expect_code(1)?.expect("you cannot watch machines")?;
    ensure!(server.count(&watch) == 1, "it watched again");
    Ok(())
}

/// Holds a write at the gate, does something meanwhile, and lets it go on.
fn meanwhile(
    suite: &Suite,
    server: &FaultServer,
    (write, arguments): (Match, &[&str]),
    something: impl FnOnce() -> Result<()>,
) -> Result<Ran> {
    let gate = Gate::default();
    let pause = Fault::Pause(Moment::BeforeForwarding, gate.clone());
    server.forget();
    server.add(Rule::new(write, When::First(1), pause));
    let running = begin(suite, server, arguments)?;
    let visitor = gate.await_arrival(SOON)?;
    something()?;
    visitor.release();
    tidy(suite.finish(running)?)
}

fn name_taken(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    let create = Match::of("POST", MACHINES).path_end(MACHINES);
    let ran = meanwhile(suite, &server, (create.clone(), ADD), || take_name(suite))?;
    ran.expect_code(0)?.expect("machine/lab-x99n4-etcd-1 created")?;
    ensure!(server.count(&create) == 2, "{:?}", server.seen(&create));
    let other = suite.get("machine/lab-x99n4-etcd-0")?;
    let annotations = &other["metadata"]["annotations"];
    ensure!(annotations["oc-etcd/source"].is_null(), "it wrote over somebody else's Machine");
    Ok(())
}

/// Somebody makes a Machine of the name that is next. It is in another zone, so that it is not what was
/// wished for.
fn take_name(suite: &Suite) -> Result<()> {
    let mut other = suite.get("machine/lab-x99n4-master-1")?;
    let metadata = other["metadata"].as_object_mut().context("no metadata")?;
    metadata.retain(|field, _| field == "namespace" || field == "labels");
    metadata.insert("name".to_owned(), "lab-x99n4-etcd-0".into());
    suite.ask(async |rest| Ok(rest.create(&MACHINE_OBJECT, &other).await.map(drop)?))
}

/// Something is written, and then the server refuses to be read.
fn unread(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let server = suite.fault_server(Listen::default())?;
    let rendered = Match::read("/machineconfigs/rendered-etcd-");
    let forbidden = Fault::Answer(Reply::forbidden("you cannot look at it"));
    server.add(Rule::new(rendered, When::Always, forbidden));
    let ran = run(suite, &server, &["init", "--yes", "-o", "json"])?.expect_code(1)?;
    let outcome = ran.expect("you cannot look at it")?.json()?;
    let done = outcome["done"].as_array().context("no outcome")?;
    ensure!(done.iter().any(|it| it["object"]["kind"] == "MachineConfigPool"), "{outcome}");

    let unknown = || {
        let answer = Fault::Answer(Reply::unauthorized());
        Rule::new(Match::read(FIRST), When::Always, answer)
    };
    let server = with_pool(suite)?;
    let create = Match::of("POST", MACHINES).path_end(MACHINES);
    let add = [ADD, &["-o", "json"]].concat();
    let ran = meanwhile(suite, &server, (create, &add), || {
        server.add(unknown());
        take_name(suite)
    })?;
    let outcome = ran.expect_code(1)?.expect("Unauthorized")?.json()?;
    ensure!(outcome["failed"]["object"]["name"] == "lab-x99n4-etcd-0", "{outcome}");

    removal::with_machines(suite, "us-east-1a")?;
    let server = suite.fault_server(Listen::default())?;
    let name = "lab-x99n4-etcd-0";
    let remove = ["remove-machine", "--yes", name, "-o", "json"];
    let ran = meanwhile(suite, &server, (Match::of("DELETE", "/machines/"), &remove), || {
        server.add(unknown());
        removal::change(suite, name, &json!({"metadata": {"annotations": {"x": "y"}}}))
    })?;
    let outcome = ran.expect_code(1)?.expect("Unauthorized")?.json()?;
    ensure!(outcome["failed"]["object"]["name"] == name, "{outcome}");
    Ok(())
}

/// The update that an upgrade asks for, and the object that it is of.
const KUBELET: &str = "machineconfig/01-etcd-kubelet";

fn update() -> Match {
    Match::of("PATCH", "/machineconfigs/").path_end("/01-etcd-kubelet")
}

fn changed(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let ran = meanwhile(suite, &server, (update(), INIT), || {
        suite.kubectl(&["annotate", KUBELET, "somebody=was-here"]).map(drop)
    })?;
    ran.expect_code(1)?
        .expect(KUBELET)?
        .expect("the object changed in the meantime; run the command again")?;
    ensure!(server.count(&update()) == 1, "it forced its way");
    run(suite, &server, INIT)?.expect_code(0)?;
    ensure!(
        suite.get(KUBELET)?["metadata"]["annotations"]["somebody"] == "was-here",
        "the object no longer \
        exists"
    );
    Ok(())
}

fn denied(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    let words = "admission webhook \"guard.example\" denied the request: not on a Friday";
    for (code, reason) in [(403, "Forbidden"), (400, "BadRequest")] {
        let pool = Match::of("PATCH", "/machineconfigpools/");
        let reply = Fault::Answer(Reply::status(code, reason, words));
        let ran = gives_up(suite, &server, INIT, (pool, reply))?.expect_code(1)?;
        ran.expect(words)?
            .expect("machineconfigpool/etcd")?
            .expect("run the command again to continue")?;
        let writes = server.seen(&Match::of("PATCH", ""));
        let last = writes.last().context("nothing was written")?;
        ensure!(last.path.contains("/machineconfigpools/"), "it went on with {}", last.path);
    }
    Ok(())
}

/// Each zone has a Machine. Of two others, one is refused: only its zone still lacks one.
fn divided(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    let zones = ["us-east-1a", "us-east-1b"];
    let add = ["add-machine", "--yes", "--wait=false", "--zone=us-east-1a,us-east-1b"];
    run(suite, &server, &add)?.expect_code(0)?;
    let create = Match::of("POST", MACHINES).path_end(MACHINES);
    let denied = Reply::status(403, "Forbidden", "not on a Friday");
    server.forget();
    server.add(Rule::new(create, When::Nth(2), Fault::Answer(denied)));
    let ran = run(suite, &server, &[&add[..], &["--another"]].concat())?.expect_code(1)?;
    let place = "/spec/providerSpec/value/placement/availabilityZone";
    let is_made = suite.machines()?.contains(&"lab-x99n4-etcd-2".to_owned());
    let name = if is_made { "lab-x99n4-etcd-2" } else { "lab-x99n4-etcd-3" };
    let made = suite.get(&format!("machine/{name}"))?;
    let made = made.pointer(place).and_then(Value::as_str).context("no zone")?;
    let missing = zones.into_iter().find(|it| *it != made).context("no zone is missing")?;
    ran.expect(&format!("run the command again with --zone={missing};"))?
        .expect(&format!("run the command again with --zone={made} and without --another"))?;
    for flags in [
        [format!("--zone={missing}"), "--another".to_owned()],
        [format!("--zone={made}"), "--another=false".to_owned()],
    ] {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let again = [&["add-machine", "--yes", "--wait=false"], &flags[..]].concat();
        run(suite, &server, &again)?.expect_code(0)?;
    }
    ensure!(suite.machines()?.len() == 4, "{:?}", suite.machines()?);
    Ok(())
}

/// One write is refused, the answer to another is lost, and four others are stored. The pool comes after all
/// of them, and is not written.
fn side_by_side(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let server = http2(suite)?;
    let write = |name: &str| Match::of("PATCH", "/machineconfigs/").path_end(name);
    let denied = Reply::status(403, "Forbidden", "not on a Friday");
    server.add(Rule::new(write("/00-etcd"), When::Always, Fault::Answer(denied)));
    let lost = Reply::status(504, "Timeout", "the request did not complete in time");
    server.add(Rule::new(write("/99-etcd-ssh"), When::Always, Fault::Lost(Some(lost))));
    let init = [INIT, &["--timeout=1s"]].concat();
    let ran = run(suite, &server, &init)?.expect_code(1)?;
    ran.expect("failed machineconfig/00-etcd (not written)")?
        .expect("failed machineconfig/99-etcd-ssh (it is unknown whether it was written)")?
        .expect("not tried machineconfigpool/etcd")?
        .expect("not on a Friday")?
        .expect("the request did not complete in time")?;

    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let outcome = run(suite, &server, &[&init[..], &["-o", "json"]].concat())?;
    let outcome = outcome.expect_code(1)?.json()?;
    ensure!(outcome["failed"]["object"]["name"] == "00-etcd", "{outcome}");
    ensure!(outcome["failed"]["stored"] == "no", "{outcome}");
    ensure!(outcome["alsoFailed"][0]["object"]["name"] == "99-etcd-ssh", "{outcome}");
    ensure!(outcome["alsoFailed"][0]["stored"] == "unknown", "{outcome}");
    ensure!(outcome["done"].as_array().map(Vec::len) == Some(4), "{outcome}");
    ensure!(outcome["notTried"][0]["name"] == "etcd", "{outcome}");
    ensure!(suite.get("machineconfigpool/etcd").is_err(), "the pool was written");
    server.forget();
    run(suite, &server, INIT)?.expect_code(0)?.expect("machineconfig/00-etcd created")?;
    Ok(())
}

fn replaced(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let old = suite.get(KUBELET)?;
    let ran = meanwhile(suite, &server, (update(), INIT), || {
        suite.kubectl(&["delete", KUBELET])?;
        let mut new = old.clone();
        let metadata = new["metadata"].as_object_mut().context("no metadata")?;
        metadata.retain(|field, _| field == "name" || field == "labels");
        let file = suite.write_file("replaced.json", &new.to_string())?;
        suite.kubectl(&["create", "-f", &file]).map(drop)
    })?;
    ran.expect_code(1)?.expect(KUBELET)?;
    let before = suite.reconciled()?;
    let now = suite.get(KUBELET)?;
    ensure!(now["metadata"]["annotations"] == Value::Null, "it wrote over another object");

    // What is now there is somebody else's, and is said to be.
    run(suite, &server, INIT)?.expect_code(3)?.expect("foreign-object")?;
    ensure!(written(&before, &suite.everything()?).is_empty(), "something was written");

    let server = with_pool(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let ran = meanwhile(suite, &server, (update(), INIT), || {
        suite.kubectl(&["delete", KUBELET]).map(drop)
    })?;
    ran.expect_code(1)?.expect(KUBELET)?;
    run(suite, &server, INIT)?.expect_code(0)?.expect("01-etcd-kubelet created")?;
    Ok(())
}

fn no_openshift(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    for group in ["config", "machine", "machineconfiguration", "operator"] {
        let path = format!("/apis/{group}.openshift.io/");
        let answer = Fault::Answer(Reply::text(404, "404 page not found\n"));
        for method in ["GET", "POST", "PATCH"] {
            server.add(Rule::new(Match::of(method, &path), When::Always, answer.clone()));
        }
    }
    for (arguments, code) in
        [(&["status"][..], 5), (INIT, 3), (&["add-machine", "--yes", "--zone=us-east-1a"], 3)]
    {
        let ran = run(suite, &server, arguments)?.expect_code(code)?;
        ran.expect("[not-openshift]")?;
    }
    ensure!(server.count(&Match::of("PATCH", "")) == 0, "it wrote");
    Ok(())
}

fn skew(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    let warning = "299 - \"machineconfiguration.openshift.io/v1 is going away\"";
    let fault = Fault::Header("warning", warning);
    let reads = Match::read("/machineconfigpools");
    let ran = overcomes(suite, &server, &["status"], (reads, When::Always, fault), 1)?;
    ran.expect("Warning: machineconfiguration.openshift.io/v1 is going away")?;

    let words = "failed to create typed patch object: .spec.paused: field not declared in schema";
    let pool = Match::of("PATCH", "/machineconfigpools/");
    let reply = Fault::Answer(Reply::status(400, "BadRequest", words));
    gives_up(suite, &server, INIT, (pool.clone(), reply))?.expect_code(1)?.expect(words)?;
    let strict = pool.query("fieldValidation=Strict");
    ensure!(server.count(&strict) == 1, "the server is not asked to be strict");
    let before = suite.everything()?;
    suite.run(User::Admin, &["status"])?.expect_code(5)?;
    ensure!(written(&before, &suite.everything()?).is_empty(), "status wrote");
    Ok(())
}
