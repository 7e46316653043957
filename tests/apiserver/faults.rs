//! What goes wrong between the program and the API server: one test for each class of failure. The
//! table of the classes is `docs/reliability.md`.
//!
//! The program talks to a fault server in front of the real one, which breaks what a test tells it to.

mod answers;
mod certificates;
mod connections;
mod crashes;
mod kills;
mod process;
mod refusals;
mod removals;
mod retries;
mod states;
mod watches;

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use oc_etcd_lab::certificates::Authority;
use oc_etcd_lab::fault::{Fault, FaultServer, Listen, Match, Rule, Speaks, When};
use oc_etcd_lab::{Cluster, User};

use super::init::copied;
use crate::Case;
use crate::suite::{Ran, Running, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    [
        retries::cases(),
        connections::cases(),
        watches::cases(),
        refusals::cases(),
        removals::cases(),
        crashes::cases(),
        kills::cases(),
        answers::cases(),
        process::cases(),
        certificates::cases(),
        states::cases(),
    ]
    .concat()
}

/// How long a request may take until it reaches a gate.
const SOON: Duration = Duration::from_secs(20);

/// The path of the first object that every command but `version` reads.
const FIRST: &str = "/infrastructures/cluster";

const MACHINES: &str = "/machines";

/// A cluster in which nothing moves, and a fault server in front of it.
fn quiet(suite: &mut Suite) -> Result<FaultServer> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    suite.fault_server(Listen::default())
}

/// The same, with an etcd pool.
fn with_pool(suite: &mut Suite) -> Result<FaultServer> {
    reconciled_pool(suite)?;
    suite.fault_server(Listen::default())
}

/// A cluster with an etcd pool, in which nothing moves.
fn reconciled_pool(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    suite.stop_stand_ins();
    Ok(())
}

/// A fault server that speaks HTTP/2 over TLS, as an API server does.
pub(crate) fn http2(suite: &Suite) -> Result<FaultServer> {
    let identity = Authority::new()?.serving(&["127.0.0.1"])?;
    let identity = Some(&identity);
    suite.fault_server(Listen { identity, speaks: Speaks::Http2, ..Listen::default() })
}

/// `oc-etcd`, led to a fault server.
pub(crate) fn program(suite: &Suite, server: &FaultServer, arguments: &[&str]) -> Result<Command> {
    let mut command = suite.oc_etcd(User::Admin, arguments);
    command.env("KUBECONFIG", server.kubeconfig()?);
    Ok(command)
}

/// Runs `oc-etcd` against a fault server.
fn run(suite: &Suite, server: &FaultServer, arguments: &[&str]) -> Result<Ran> {
    tidy(suite.run_command(program(suite, server, arguments)?)?)
}

/// Starts `oc-etcd` against a fault server.
fn begin(suite: &Suite, server: &FaultServer, arguments: &[&str]) -> Result<Running> {
    Suite::begin(program(suite, server, arguments)?)
}

/// Whatever goes wrong, it is said in words: no panic, no Rust.
fn tidy(ran: Ran) -> Result<Ran> {
    for mark in ["panicked", "RUST_BACKTRACE", "Status {", "Some("] {
        ensure!(!ran.stderr.contains(mark), "`{mark}` is in the errors:\n{}", ran.stderr);
    }
    Ok(ran)
}

/// Makes one more Machine, and does not wait for it.
const ADD: &[&str] = &["add-machine", "--yes", "--zone=us-east-1a", "--another", "--wait=false"];

/// Runs `oc-etcd` with a fault that it must overcome, after so many requests of that sort.
fn overcomes(
    suite: &Suite,
    server: &FaultServer,
    arguments: &[&str],
    (matcher, when, fault): (Match, When, Fault),
    requests: usize,
) -> Result<Ran> {
    server.forget();
    server.add(Rule::new(matcher.clone(), when, fault));
    let ran = run(suite, server, arguments)?.expect_code(0)?;
    let count = server.count(&matcher);
    ensure!(count == requests, "{count} requests instead of {requests}: {matcher:?}");
    Ok(ran)
}

/// Runs `oc-etcd` with a fault in the way, and expects a failure after one such request.
fn gives_up(
    suite: &Suite,
    server: &FaultServer,
    arguments: &[&str],
    (matcher, fault): (Match, Fault),
) -> Result<Ran> {
    server.forget();
    server.add(Rule::new(matcher.clone(), When::Always, fault));
    let ran = run(suite, server, arguments)?;
    ensure!(ran.code != 0, "it ended well:\n{}{}", ran.stdout, ran.stderr);
    let count = server.count(&matcher);
    ensure!(count == 1, "{count} requests instead of one: {matcher:?}");
    Ok(ran)
}

/// Makes a Machine with a fault in the way of creating it, which takes so many requests. Expects that
/// exactly one is made.
fn makes_one_machine(
    suite: &Suite,
    server: &FaultServer,
    fault: Fault,
    requests: usize,
    flags: &[&str],
) -> Result<()> {
    let before = suite.machines()?.len();
    let create = Match::of("POST", MACHINES).path_end(MACHINES);
    let arguments = [ADD, flags].concat();
    let ran = overcomes(suite, server, &arguments, (create, When::First(1), fault), requests)?;
    ran.expect("created")?;
    let after = suite.machines()?.len();
    ensure!(after == before + 1, "{} Machines were made instead of one", after - before);
    Ok(())
}
