//! Answers that say: not now.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use oc_etcd_lab::Cluster;
use oc_etcd_lab::fault::{Fault, FaultServer, Match, Reply, Rule, When};

use super::{FIRST, gives_up, makes_one_machine, overcomes, quiet, run, with_pool};
use crate::Case;
use crate::suite::Suite;

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("f01_too_many_requests_is_obeyed_up_to_the_deadline", too_many_requests),
        ("f02_an_unavailable_server_is_asked_again_and_makes_no_second_machine", unavailable),
        ("f02_a_server_that_stays_unavailable_ends_the_run_in_time", stays_unavailable),
        ("f02_a_reading_has_one_budget_and_is_a_part_of_a_wait", one_budget),
        ("f03_a_change_of_etcds_leader_is_waited_out", leader_changed),
    ]
}

/// The first request of `status`.
fn first() -> Match {
    Match::read(FIRST)
}

/// The write of the first MachineConfig.
fn write() -> Match {
    Match::of("PATCH", "/machineconfigs/").path_end("/00-etcd")
}

const INIT: &[&str] = &["init", "--layout=documented", "--yes", "--wait=false"];

fn too_many_requests(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    let busy = Reply::too_many_requests;
    for reply in [busy().retry_after(1), busy().retry_after_in_details(1)] {
        let started = Instant::now();
        let fault = (first(), When::First(2), Fault::Answer(reply));
        overcomes(suite, &server, &["status"], fault, 3)?.expect("retrying")?;
        ensure!(started.elapsed() >= Duration::from_secs(2), "it did not wait as it was asked to");
    }
    let reply = Fault::Answer(busy().retry_after(1));
    overcomes(suite, &server, INIT, (write(), When::First(1), reply), 2)?;

    for reply in [busy().retry_after(3600), busy().retry_after_in_details(3600)] {
        let ran = gives_up(suite, &server, &["status"], (first(), Fault::Answer(reply)))?;
        ran.expect_code(1)?.expect("requests a delay of 3600 s")?;
    }
    let server = with_pool(suite)?;
    makes_one_machine(suite, &server, Fault::Answer(busy().retry_after(1)), 2, &[])?;
    suite.kubectl(&["delete", "machineconfig/00-etcd"])?;
    let late = Fault::Answer(busy().retry_after(3600));
    let ran = gives_up(suite, &server, INIT, (write(), late))?.expect_code(1)?;
    ran.expect("requests a delay of 3600 s")?.expect("run the command again to continue")?;
    Ok(())
}

fn unavailable(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    let replies =
        [(Reply::unavailable(), "503"), (Reply::html(503), "503"), (Reply::html(504), "504")];
    for (reply, code) in replies {
        let fault = (first(), When::First(2), Fault::Answer(reply));
        let ran = overcomes(suite, &server, &["status"], fault, 3)?;
        ran.expect("retrying")?.expect(code)?;
    }
    let answer = || Fault::Answer(Reply::unavailable());
    overcomes(suite, &server, INIT, (write(), When::First(2), answer()), 3)?;
    let review = Match::of("POST", "/selfsubjectaccessreviews");
    server.forget();
    run(suite, &server, &["init", "--dry-run"])?;
    let questions = server.count(&review);
    let fault = (review, When::First(1), answer());
    overcomes(suite, &server, &["init", "--dry-run"], fault, questions + 1)?;

    // A write, which is tried for 120 s without --timeout, is not tried for longer than the run may take.
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    server.forget();
    server.add(Rule::new(write(), When::Always, answer()));
    let started = Instant::now();
    run(suite, &server, &[INIT, &["--timeout=2s"]].concat())?.expect_code(1)?;
    ensure!(started.elapsed() < Duration::from_secs(60), "it went on: {:?}", started.elapsed());

    let server = with_pool(suite)?;
    machines_through_an_unavailable_server(suite, &server)
}

fn machines_through_an_unavailable_server(suite: &Suite, server: &FaultServer) -> Result<()> {
    makes_one_machine(suite, server, Fault::Answer(Reply::unavailable()), 2, &[])?;
    makes_one_machine(suite, server, Fault::Answer(Reply::html(504)), 2, &[])?;
    // The server carried these out: they must be recognized, not sent again.
    makes_one_machine(suite, server, Fault::Lost(Some(Reply::html(504))), 1, &[])?;
    makes_one_machine(suite, server, Fault::Lost(Some(Reply::unavailable())), 1, &[])
}

fn stays_unavailable(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    server.add(Rule::new(Match::any(), When::Always, Fault::Answer(Reply::unavailable())));
    let started = Instant::now();
    let ran = run(suite, &server, &["status"])?.expect_code(1)?;
    ran.expect("retrying")?.expect("ServiceUnavailable")?;
    let took = started.elapsed();
    ensure!(took > Duration::from_secs(8), "it gave up after {took:?}");
    ensure!(took < Duration::from_secs(25), "it went on for {took:?}");
    let requests = server.count(&Match::any());
    ensure!((4..60).contains(&requests), "{requests} requests");
    Ok(())
}

fn one_budget(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    let leader = || Fault::Answer(Reply::internal_error("etcdserver: leader changed"));
    for path in ["/clusteroperators/", "/machineconfigs/0"] {
        server.add(Rule::new(Match::read(path), When::Always, leader()));
    }
    let started = Instant::now();
    run(suite, &server, &["status"])?.expect("InternalError (500)")?;
    let took = started.elapsed();
    ensure!(took < Duration::from_secs(25), "it went on for {took:?}");

    // The first reading is a part of the wait.
    let server = quiet(suite)?;
    server.add(Rule::new(Match::any(), When::Always, Fault::Delay(Duration::from_secs(20))));
    let started = Instant::now();
    let ran = run(suite, &server, &["status", "--wait-for=healthy", "--timeout=2s"])?;
    ran.expect_code(124)?.expect("timed out after 2s: the status could not be read")?;
    let took = started.elapsed();
    ensure!(took < Duration::from_secs(10), "it went on for {took:?}");
    Ok(())
}

fn leader_changed(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    for message in ["etcdserver: leader changed", "etcdserver: request timed out"] {
        let answer = || Fault::Answer(Reply::internal_error(message));
        let fault = (first(), When::First(2), answer());
        overcomes(suite, &server, &["status"], fault, 3)?.expect("retrying")?;
        let lists = Match::read("/machines");
        overcomes(suite, &server, &["status"], (lists, When::First(1), answer()), 3)?;
    }
    let answer = |message| Fault::Answer(Reply::internal_error(message));
    let fault = (write(), When::First(2), answer("etcdserver: leader changed"));
    overcomes(suite, &server, INIT, fault, 3)?;
    // Any other 500 is the server's last word.
    let other = "runtime error: index out of range";
    gives_up(suite, &server, &["status"], (first(), answer(other)))?.expect("500")?;

    let server = with_pool(suite)?;
    makes_one_machine(suite, &server, answer("etcdserver: leader changed"), 2, &[])?;
    let lost = Reply::internal_error("etcdserver: request timed out");
    makes_one_machine(suite, &server, Fault::Lost(Some(lost)), 1, &[])
}
