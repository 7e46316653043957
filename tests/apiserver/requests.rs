//! How many requests a command takes, and how many of them have to wait for each other. The figures are
//! part of what is promised: a change that moves one has to say why.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::Cluster;
use oc_etcd_lab::fault::record::{self, Seen};
use oc_etcd_lab::fault::{Fault, FaultServer, Match, Rule, When};
use oc_etcd_lab::kind::POOL;
use serde_json::json;

use super::faults::{http2, program};
use super::init::initialized;
use crate::Case;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("each_command_takes_so_many_requests_and_round_trips", counted),
        ("status_reads_the_large_templates_where_they_may_have_changed", changed_template),
        ("status_reads_no_large_template_for_a_source_that_adds_nothing", source_without_effect),
    ]
}

/// Requests, and round trips once there is a connection.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    requests: usize,
    depth: usize,
}

/// Long enough for all requests of a round to have come before the first of them is answered.
const ROUND: Duration = Duration::from_millis(150);

/// Runs a command against a server that takes a while for each answer, and counts. There is never more
/// than one connection.
fn cost(suite: &Suite, server: &FaultServer, arguments: &[&str]) -> Result<Cost> {
    server.forget();
    server.add(Rule::new(Match::default(), When::Always, Fault::Delay(ROUND)));
    let ran = suite.run_command(program(suite, server, arguments)?)?;
    ran.expect_code(0)?;
    ensure!(server.connections() == 1, "{arguments:?}: {} connections", server.connections());
    let seen = server.requests();
    Ok(Cost { requests: seen.len(), depth: record::depth(&seen) })
}

fn expect(
    (suite, server): (&Suite, &FaultServer),
    arguments: &[&str],
    requests: usize,
    depth: usize,
) -> Result<()> {
    let (found, wanted) = (cost(suite, server, arguments)?, Cost { requests, depth });
    ensure!(found == wanted, "{arguments:?}: {found:?} instead of {wanted:?}");
    Ok(())
}

fn counted(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.20")?)?;
    let server = http2(suite)?;
    let on = (&*suite, &server);
    expect(on, &["version"], 2, 1)?;
    // Infrastructure, ClusterVersion, four operators, the policy, pools, MachineConfigs, two secrets, Machines by role
    // and by the mark of oc-etcd, Nodes by two labels and Nodes without a role, which no pool takes back from the etcd
    // pool, etcd's operator, members and Pods; then the two large templates,
    // in whose place a pool that inherits would answer, and the two MachineConfigs that are not in the list, by their
    // names.
    expect(on, &["status"], 19 + 2 + 2, 2)?;
    // Fourteen of these, and nine questions about rights; then the two names.
    expect(on, &["init", "--dry-run"], 23 + 2, 2)?;
    // What `status` reads, MachineSets, the ControlPlaneMachineSet and its operator, the operator of the Machine API, and a
    // question for each right; then the two names.
    expect(on, &["check"], 19 + 4 + 22 + 2, 2)?;
    // Infrastructure, ClusterVersion, five operators, the ControlPlaneMachineSet, the master pool, MachineConfigs,
    // Machines and Nodes of masters, etcd's operator and members, eight questions about rights, and what is rendered
    // for the masters, with the MachineConfig by its name.
    expect(on, &["add-disk", "--dry-run"], 14 + 8 + 1 + 1, 2)?;
    // Before each of four writes, a look whether the object has appeared meanwhile. MachineConfigs and user data
    // are written side by side, and the pool after them.
    expect(on, &["init", "--yes", "--wait=false"], 23 + 2 + 2 * 4, 2 + 2 + 2)?;

    initialized(suite, "4.20")?;
    suite.reconciled()?;
    suite.stop_stand_ins();
    let on = (&*suite, &server);
    // The rendered MachineConfig's name is known from the pool. It answers in the place of the large templates, of
    // which nothing but the metadata is read.
    expect(on, &["status"], 20 + 2, 2)?;
    ensure!(bodies_of_templates(&server) == 0, "status read the bodies of the large templates");
    expect(on, &["init", "--dry-run"], 24, 2)?;
    // As `init`, without the questions about rights.
    expect(on, &["diff"], 15, 2)?;
    expect(on, &["check"], 46, 2)?;
    // What is rendered is of no interest when it goes, and there is no machine whose Pods matter.
    // MachineConfigs are listed by role and by the mark of oc-etcd.
    expect(on, &["teardown", "--dry-run"], 18, 1)?;
    // Twelve reads, two questions about rights, and the rendered MachineConfig; then the Machine.
    let add = ["add-machine", "--zone=us-east-1a", "--yes", "--wait=false"];
    expect(on, &add, 15 + 1, 2 + 1)?;
    // Machines of several zones are created side by side.
    let add = ["add-machine", "--zone=us-east-1b,us-east-1c", "--yes", "--wait=false"];
    expect(on, &add, 15 + 2, 2 + 1)?;
    // Infrastructure, ClusterVersion, Machines by role, by the mark and this one, Nodes, etcd's operator by both of its
    // objects, members, and two rights. It has no Node yet; the Pods of one would be a request more.
    expect(on, &["remove-machine", "lab-x99n4-etcd-0", "--dry-run"], 11, 1)
}

/// The operator renders the pool to the MachineConfig that is there, which is older than the new source. In a cluster
/// this is so for good, because `99-etcd-generated-registries` appears after the pool.
fn source_without_effect(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.20")?;
    suite.reconciled()?;
    let before = suite.get("machineconfigpool/etcd")?["spec"]["configuration"]["name"].take();
    // Times of objects are whole seconds.
    std::thread::sleep(Duration::from_millis(1100));
    let source = json!({
        "apiVersion": "machineconfiguration.openshift.io/v1",
        "kind": "MachineConfig",
        "metadata": {
            "name": SOURCE_WITHOUT_EFFECT,
            "labels": {"machineconfiguration.openshift.io/role": "worker"},
        },
        "spec": {"config": {"ignition": {"version": "3.5.0"}}},
    });
    let file = suite.write_file("source.json", &source.to_string())?;
    suite.kubectl(&["create", "-f", &file])?;
    suite.wait("the pool names the new source", async |rest| {
        let configuration = &rest.get(&POOL, None, "etcd").await?["spec"]["configuration"];
        let name = &configuration["name"];
        ensure!(*name == before, "the pool was rendered to {name}");
        let sources = configuration["source"].as_array().context("no sources")?;
        Ok(sources.iter().any(|it| it["name"] == SOURCE_WITHOUT_EFFECT).then_some(()))
    })?;
    suite.reconciled()?;
    suite.stop_stand_ins();
    let server = http2(suite)?;
    expect((suite, &server), &["status"], 20 + 2, 2)?;
    let bodies = bodies_of_templates(&server);
    ensure!(bodies == 0, "status read {bodies} bodies of the large templates");
    Ok(())
}

/// The name of a MachineConfig of workers that configures nothing.
const SOURCE_WITHOUT_EFFECT: &str = "99-worker-nothing";

/// How many bodies of the operator's large templates were asked for.
fn bodies_of_templates(server: &FaultServer) -> usize {
    let is_template =
        |it: &&Seen| it.path.ends_with("/00-master") || it.path.ends_with("/00-worker");
    let accept =
        |it: &&Seen| it.headers.get("accept").and_then(|it| it.to_str().ok()).map(str::to_owned);
    let is_whole = |it: &&Seen| !accept(it).is_some_and(|it| it.contains("PartialObjectMetadata"));
    let seen = server.requests();
    seen.iter().filter(is_template).filter(is_whole).count()
}

/// Nobody renders the change, so that the rendered MachineConfig still makes etcd nodes: what is there now tells.
fn changed_template(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.20")?;
    suite.reconciled()?;
    suite.stop_stand_ins();
    let server = http2(suite)?;
    let status = |code| -> Result<Ran> {
        server.forget();
        suite.run_command(program(suite, &server, &["status"])?)?.expect_code(code)
    };
    status(0)?;
    ensure!(bodies_of_templates(&server) == 0, "nothing has changed");
    let mut template = suite.get("machineconfig/00-worker")?;
    let units =
        template["spec"]["config"]["systemd"]["units"].as_array_mut().context("no units")?;
    let contents = "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --node-labels=x=y\n";
    units.push(json!({
        "name": "kubelet.service",
        "dropins": [{"name": "99-somebody.conf", "contents": contents}],
    }));
    let file = suite.write_file("template.json", &template.to_string())?;
    suite.kubectl(&["replace", "-f", &file])?;
    status(5)?.expect("[kubelet-role-wrong]: machineconfig/00-worker")?;
    ensure!(bodies_of_templates(&server) == 2, "{:?}", server.requests());
    Ok(())
}
