//! `kill -9` right before and right after every write that the commands make, then the same again: the
//! end is that of a run that nobody disturbed.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use oc_etcd_lab::Cluster;
use oc_etcd_lab::fault::{Fault, FaultServer, Gate, Match, Moment, Rule, When};
use oc_etcd_lab::kind::{self, MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, POOL, SECRET};
use serde_json::Value;

use super::{SOON, begin, quiet, run};
use crate::observe::written;
use crate::suite::Suite;
use crate::{Case, saved_plan};

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("f10_init_killed_around_each_write_ends_the_same", init),
        ("f10_init_killed_in_a_refresh_ends_the_same", refresh),
        ("f10_teardown_killed_around_each_write_ends_the_same", teardown),
        ("f10_add_machine_killed_around_each_write_ends_the_same", add_machine),
        ("f10_a_saved_plan_killed_around_each_write_goes_on", saved_plan),
    ]
}

const INIT: &[&str] = &["init", "--layout=documented", "--yes", "--wait=false"];
const ADD: &[&str] =
    &["add-machine", "--yes", "--zone=us-east-1a", "--zone=us-east-1b", "--wait=false"];

fn init(suite: &mut Suite) -> Result<()> {
    around_each_write(suite, INIT, 7, |suite| {
        suite.load_without_controllers(&Cluster::load("4.16")?)
    })
}

fn refresh(suite: &mut Suite) -> Result<()> {
    around_each_write(suite, INIT, 3, |suite| {
        suite.load_without_controllers(&Cluster::load("4.16")?)?;
        suite.admin(INIT)?.expect_code(0)?;
        suite.put("sources-upgraded-4.16")
    })
}

fn add_machine(suite: &mut Suite) -> Result<()> {
    around_each_write(suite, ADD, 2, |suite| {
        super::with_pool(suite)?;
        Ok(())
    })
}

/// With controllers, which let the Machine and what the pool owned go.
fn teardown(suite: &mut Suite) -> Result<()> {
    around_each_write(suite, &["teardown", "--yes"], 5, |suite| {
        crate::init::initialized(suite, "4.20")?;
        let add = ["add-machine", "--yes", "--zone=us-east-1a"];
        suite.admin(&add)?.expect_code(0)?;
        suite.reconciled().map(drop)
    })
}

/// The same plan, run again, takes what it wrote itself for done.
fn saved_plan(suite: &mut Suite) -> Result<()> {
    let file = suite.write_file("plan.json", "")?;
    let command = ["init", "--yes", "--wait=false", "--plan", file.as_str()];
    around_each_write(suite, &command, 4, |suite| {
        suite.load_without_controllers(&Cluster::load("4.20")?)?;
        saved_plan::save(suite).map(drop)
    })
}

/// Prepares, kills around the nth write, runs again, and compares: for each n and both sides of it.
fn around_each_write(
    suite: &mut Suite,
    command: &[&str],
    writes: usize,
    prepare: fn(&mut Suite) -> Result<()>,
) -> Result<()> {
    let server = quiet(suite)?;
    prepare(suite)?;
    run(suite, &server, command)?.expect_code(0)?;
    let made = write_methods().iter().map(|it| server.count(it)).sum::<usize>();
    ensure!(made == writes, "{made} writes instead of {writes}");
    suite.reconciled()?;
    let undisturbed = state(suite)?;
    ensure!(undisturbed.len() > 5, "there is little to compare: {}", undisturbed.len());

    for nth in 1..=writes {
        for moment in [Moment::BeforeForwarding, Moment::AfterForwarding] {
            prepare(suite)?;
            kill_at(suite, &server, command, nth, moment)?;
            server.forget();
            run(suite, &server, command)?.expect_code(0)?;
            suite.reconciled()?;
            let differs = differences(&undisturbed, &state(suite)?);
            ensure!(differs.is_empty(), "write {nth}, {moment:?}: it ended otherwise: {differs:?}");
            let before = suite.everything()?;
            run(suite, &server, command)?.expect_code(0)?;
            let written = written(&before, &suite.everything()?);
            ensure!(written.is_empty(), "write {nth}, {moment:?}: not finished: {written:?}");
        }
    }
    Ok(())
}

/// Starts a command, and kills it when its nth write is at the gate.
fn kill_at(
    suite: &Suite,
    server: &FaultServer,
    command: &[&str],
    nth: usize,
    moment: Moment,
) -> Result<()> {
    let gate = Gate::default();
    server.forget();
    for method in write_methods() {
        server.add(Rule::new(method, When::Nth(nth), Fault::Pause(moment, gate.clone())));
    }
    let running = begin(suite, server, command)?;
    let visitor = gate.await_arrival(SOON)?;
    running.signal("KILL")?;
    suite.finish(running)?.expect_code(-1)?;
    visitor.release();
    Ok(())
}

/// The commands here apply, create Machines, or delete; none does two of these.
fn write_methods() -> [Match; 3] {
    let create = Match::of("POST", super::MACHINES).path_end(super::MACHINES);
    [Match::of("PATCH", ""), Match::of("DELETE", ""), create]
}

/// Every object of the kinds that the commands write, without what tells one run from another.
fn state(suite: &Suite) -> Result<BTreeMap<String, Value>> {
    let mut state = BTreeMap::new();
    for kind in [&MACHINE_CONFIG_OBJECT, &MACHINE_OBJECT, &POOL, &SECRET] {
        for mut object in suite.ask(async |rest| Ok(rest.list(kind, None, None).await?))? {
            let name = format!("{}/{}", kind.name, kind::name(&object));
            if object["metadata"]["labels"]["app.kubernetes.io/managed-by"] != "oc-etcd" {
                // Of the others it matters that they are there.
                state.insert(name, Value::Null);
                continue;
            }
            let managers = managers(&object);
            if let Some(metadata) = object["metadata"].as_object_mut() {
                for field in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
                    metadata.remove(field);
                }
                if let Some(annotations) = metadata.get_mut("annotations") {
                    annotations["oc-etcd/run-id"] = Value::Null;
                }
            }
            object["managers"] = managers;
            object["status"] = Value::Null;
            state.insert(name, object);
        }
    }
    Ok(state)
}

/// The names of the fields in which two states differ; their values may be secrets.
fn differences(one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> Vec<String> {
    fn walk(at: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
        if let (Value::Object(one), Value::Object(other)) = (one, other) {
            for key in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned();
                walk(
                    &format!("{at} {key}"),
                    &of(one).unwrap_or_default(),
                    &of(other).unwrap_or_default(),
                    found,
                );
            }
        } else if one != other {
            found.push(at.to_owned());
        }
    }
    let mut found = Vec::new();
    for name in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
        let of = |state: &BTreeMap<String, Value>| state.get(name).cloned().unwrap_or_default();
        walk(name, &of(one), &of(other), &mut found);
    }
    found
}

/// Who owns which fields, without times.
fn managers(object: &Value) -> Value {
    let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    let entries = entries.map(|it| {
        let mut it = it.clone();
        it["time"] = Value::Null;
        it
    });
    entries.collect()
}
