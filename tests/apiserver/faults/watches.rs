//! Waits whose watch breaks, and whose credentials expire.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::certificates::Authority;
use oc_etcd_lab::fault::{
    Fault, FaultServer, Gate, Listen, Match, Moment, Point, Reply, Rule, WatchEnd, When,
};
use oc_etcd_lab::{Cluster, StandInOptions};
use serde_json::json;

use super::{MACHINES, SOON, begin, program, run, tidy};
use crate::Case;
use crate::suite::{Ran, Suite};

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("f06_a_watch_that_breaks_is_taken_up_again", broken_watches),
        ("f06_a_version_that_is_no_longer_kept_is_listed_again", version_gone),
        ("f06_what_was_deleted_while_no_watch_saw_it_ends_the_wait", deleted_in_a_gap),
        ("f07_credentials_that_expire_in_a_wait_are_renewed_once", renewed),
        ("f07_credentials_that_cannot_be_renewed_end_the_wait", not_renewed),
    ]
}

const NAMESPACE: &str = "openshift-machine-api";

/// Machines that take a moment for each step, and a fault server in front of them.
fn slow(suite: &mut Suite, step: Duration) -> Result<FaultServer> {
    let options = StandInOptions { machine_step_delay: step, ..StandInOptions::default() };
    suite.load_with(&Cluster::load("4.16")?, options)?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    suite.reconciled()?;
    // Credentials are sent over TLS alone.
    let identity = Authority::new()?.serving(&["127.0.0.1"])?;
    suite.fault_server(Listen { identity: Some(&identity), ..Listen::default() })
}

const ADD: &[&str] = &["add-machine", "--yes", "--zone=us-east-1a", "--another"];

fn watch() -> Match {
    Match::watch(MACHINES)
}

fn nodes() -> Match {
    Match::watch("/nodes")
}

/// The lists with which a watch begins.
fn lists() -> Match {
    Match::read(MACHINES).path_end(MACHINES).query("machine-role")
}

fn broken_watches(suite: &mut Suite) -> Result<()> {
    let server = slow(suite, Duration::from_millis(100))?;
    let error = |reply| WatchEnd::Error(reply);
    for (what, fault) in [
        ("410", Fault::Answer(Reply::gone())),
        ("500", Fault::Answer(Reply::internal_error("etcdserver: leader changed"))),
        ("an event with 410", Fault::DropWatch(0, error(Reply::gone()))),
        ("an event with 500", Fault::DropWatch(1, error(Reply::internal_error("trouble")))),
        ("an end", Fault::DropWatch(1, WatchEnd::Close)),
        ("a reset", Fault::DropWatch(1, WatchEnd::Reset)),
        ("a reset at once", Fault::Reset(Point::BeforeHeaders)),
    ] {
        server.forget();
        // A Node tells of its Machine too, so that both watches must break.
        for it in [watch(), nodes()] {
            server.add(Rule::new(it, When::First(1), fault.clone()));
        }
        let ran = run(suite, &server, ADD)?.expect_code(0).context(what)?;
        ran.expect("is a Ready etcd node")?;
        // A list and a watch of each would do if nothing broke, after the list for the plan.
        let sorts = [watch(), lists(), nodes(), Match::read("/nodes").query("io%2Fetcd")];
        let looks: usize = sorts.iter().map(|it| server.count(it)).sum();
        ensure!(looks > 5, "after {what} it did not look again");
    }
    Ok(())
}

/// Other than an event in a watch, a status 410 leaves it to the client to begin with a new list: asking
/// again from the same version gives the same answer for ever.
fn version_gone(suite: &mut Suite) -> Result<()> {
    const OLD: &str = "7777777";
    let server = slow(suite, Duration::from_millis(100))?;
    for path in [MACHINES, "/nodes"] {
        let old = Match::of("GET", path).query(&format!("resourceVersion={OLD}"));
        server.add(Rule::new(old, When::Always, Fault::Answer(Reply::gone())));
    }
    for list in [lists(), Match::read("/nodes").query("io%2Fetcd")] {
        let outdated = Fault::malformed(|mut list| {
            list["metadata"]["resourceVersion"] = OLD.into();
            list
        });
        server.add(Rule::new(list, When::First(2), outdated));
    }
    let ran = run(suite, &server, &[ADD, &["--timeout=15s"]].concat())?.expect_code(0)?;
    ran.expect("is a Ready etcd node")?;
    Ok(())
}

/// The watch ends, and before the next one begins with a list, the Machine goes.
fn deleted_in_a_gap(suite: &mut Suite) -> Result<()> {
    let server = slow(suite, Duration::from_secs(60))?;
    let gate = Gate::default();
    server.add(Rule::new(watch(), When::First(1), Fault::DropWatch(0, expired())));
    server.add(Rule::new(
        lists(),
        When::Nth(2),
        Fault::Pause(Moment::BeforeForwarding, gate.clone()),
    ));
    let running = begin(suite, &server, ADD)?;
    let visitor = gate.await_arrival(SOON)?;
    suite.kubectl(&["delete", "machine/lab-x99n4-etcd-0", "-n", NAMESPACE])?;
    visitor.release();
    let ran = tidy(suite.finish(running)?)?.expect_code(1)?;
    ran.expect("machine/lab-x99n4-etcd-0 was deleted")?;

    let pool = Match::read("/machineconfigpools").query("etcd");
    suite.load_with(&Cluster::load("4.16")?, never_rendered())?;
    server.forget();
    let dropped = Fault::DropWatch(0, expired());
    server.add(Rule::new(Match::watch("/machineconfigpools"), When::First(1), dropped));
    server.add(Rule::new(pool, When::Nth(2), Fault::Pause(Moment::BeforeForwarding, gate.clone())));
    let running = begin(suite, &server, &["init", "--yes"])?;
    let visitor = gate.await_arrival(SOON)?;
    suite.kubectl(&["delete", "machineconfigpool/etcd"])?;
    visitor.release();
    tidy(suite.finish(running)?)?.expect_code(1)?.expect("the pool was deleted")?;
    Ok(())
}

fn expired() -> WatchEnd {
    WatchEnd::Error(Reply::gone())
}

fn never_rendered() -> StandInOptions {
    StandInOptions { render_delay: Duration::from_secs(60), ..StandInOptions::default() }
}

/// Writes a credential plugin that gives `token-1`, then `token-2`, and so on.
fn credential_plugin(directory: &Path) -> Result<String> {
    let runs = directory.join("plugin-runs");
    std::fs::write(&runs, "0")?;
    let script = format!(
        "#!/bin/sh\nread -r runs < {runs}\nruns=$((runs + 1))\necho $runs > {runs}\n\
         echo '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\
         \"status\":{{\"token\":\"token-'$runs'\"}}}}'\n",
        runs = runs.display()
    );
    let path = directory.join("credential-plugin");
    std::fs::write(&path, script)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path.display().to_string())
}

/// The program as a user whose token comes from the plugin.
fn with_plugin(suite: &Suite, server: &FaultServer, arguments: &[&str]) -> Result<Command> {
    let plugin = credential_plugin(suite.dir())?;
    let user = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": plugin,
        "interactiveMode": "Never",
    }});
    let mut command = program(suite, server, arguments)?;
    command.env(
        "KUBECONFIG",
        server.kubeconfig_with(&json!({"insecure-skip-tls-verify": true}), &user)?,
    );
    Ok(command)
}

fn plugin_runs(suite: &Suite) -> Result<usize> {
    Ok(std::fs::read_to_string(suite.dir().join("plugin-runs"))?.trim().parse()?)
}

fn run_with_plugin(suite: &Suite, server: &FaultServer, arguments: &[&str]) -> Result<Ran> {
    tidy(suite.run_command(with_plugin(suite, server, arguments)?)?)
}

/// How often connecting runs the plugin: once, for it may take a second each time.
fn runs_per_client(suite: &Suite, server: &FaultServer) -> Result<usize> {
    run_with_plugin(suite, server, &["version"])?.expect_code(0)?;
    let runs = plugin_runs(suite)?;
    ensure!(runs == 1, "the plugin ran {runs} times for one client");
    Ok(runs)
}

fn renewed(suite: &mut Suite) -> Result<()> {
    let server = slow(suite, Duration::from_millis(100))?;
    let runs = runs_per_client(suite, &server)?;
    // The token expires with the first watch: from then on, only a new one is good.
    for run in 1..=runs {
        let old = watch().token(&format!("token-{run}"));
        server.add(Rule::new(old, When::Always, Fault::Answer(Reply::unauthorized())));
    }
    let ran = run_with_plugin(suite, &server, ADD)?.expect_code(0)?;
    ran.expect("is a Ready etcd node")?;
    let all = plugin_runs(suite)?;
    ensure!(all > runs && all <= 2 * runs, "the plugin ran {all} times, {runs} for one client");
    ensure!(suite.machines()?.len() == 1, "a Machine was made twice");
    Ok(())
}

fn not_renewed(suite: &mut Suite) -> Result<()> {
    let server = slow(suite, Duration::from_secs(60))?;
    let runs = runs_per_client(suite, &server)?;
    server.add(Rule::new(watch(), When::Always, Fault::Answer(Reply::unauthorized())));
    let ran = run_with_plugin(suite, &server, ADD)?.expect_code(1)?;
    ran.expect("You must be logged in to the server (Unauthorized)")?
        .expect("log in again with credential-plugin, the credential plugin of this user")?;
    let all = plugin_runs(suite)?;
    ensure!(all > runs && all <= 2 * runs, "the plugin ran {all} times, {runs} for one client");
    ensure!(suite.machines()?.len() == 1, "a Machine was made twice");

    server.forget();
    server.add(Rule::new(Match::any(), When::Always, Fault::Answer(Reply::unauthorized())));
    let ran = run(suite, &server, &["status"])?.expect_code(1)?;
    ran.expect("You must be logged in to the server (Unauthorized)")?.expect("oc login")?;
    Ok(())
}
