//! Runs that end in the middle, and runs that meet.

use anyhow::{Result, ensure};
use oc_etcd_lab::fault::{Fault, FaultServer, Gate, Match, Moment, Rule, Visitor, When};
use oc_etcd_lab::{Cluster, StandInOptions};

use super::{MACHINES, SOON, begin, quiet, run, tidy, with_pool};
use crate::Case;
use crate::observe::written;
use crate::suite::{Running, Suite};

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("f10_a_run_that_was_killed_is_finished_by_the_next", killed),
        ("f11_a_signal_lets_the_write_under_way_end", signaled),
        ("f12_of_two_runs_at_once_one_may_be_killed", two_runs),
    ]
}

const INIT: &[&str] = &["init", "--layout=documented", "--yes", "--wait=false"];
const ADD: &[&str] = &["add-machine", "--yes", "--zone=us-east-1a", "--wait=false"];

/// Starts the program, and gives it when its write has come to the gate.
fn until(
    suite: &Suite,
    server: &FaultServer,
    (write, when, moment): (Match, When, Moment),
    arguments: &[&str],
) -> Result<(Running, Visitor)> {
    let gate = Gate::default();
    server.forget();
    server.add(Rule::new(write, when, Fault::Pause(moment, gate.clone())));
    let running = begin(suite, server, arguments)?;
    let visitor = gate.await_arrival(SOON)?;
    Ok((running, visitor))
}

fn patches() -> Match {
    Match::of("PATCH", "")
}

fn creates() -> Match {
    Match::of("POST", MACHINES).path_end(MACHINES)
}

/// The whole matter, a kill around each write, is tried by another test; here are one write of
/// each kind.
fn killed(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    for moment in [Moment::BeforeForwarding, Moment::AfterForwarding] {
        suite.load_without_controllers(&Cluster::load("4.16")?)?;
        let (running, visitor) = until(suite, &server, (patches(), When::Nth(3), moment), INIT)?;
        running.signal("KILL")?;
        suite.finish(running)?.expect_code(-1)?;
        visitor.release();
        suite.reconciled()?;
        server.forget();
        run(suite, &server, INIT)?.expect_code(0)?;
        let before = suite.everything()?;
        run(suite, &server, INIT)?.expect_code(0)?;
        ensure!(written(&before, &suite.everything()?).is_empty(), "it was not finished");
    }
    let server = with_pool(suite)?;
    for (moment, zone) in [
        (Moment::BeforeForwarding, "--zone=us-east-1a"),
        (Moment::AfterForwarding, "--zone=us-east-1b"),
    ] {
        let add = ["add-machine", "--yes", "--wait=false", zone];
        let (running, visitor) = until(suite, &server, (creates(), When::First(1), moment), &add)?;
        running.signal("KILL")?;
        suite.finish(running)?.expect_code(-1)?;
        visitor.release();
        suite.reconciled()?;
        server.forget();
        run(suite, &server, &add)?.expect_code(0)?;
    }
    ensure!(suite.machines()?.len() == 2, "{:?}", suite.machines()?);
    Ok(())
}

fn signaled(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    // Over HTTP/1.1 four writes are under way at once, of the six before the pool.
    let gate = Gate::default();
    let pause = Fault::Pause(Moment::BeforeForwarding, gate.clone());
    server.add(Rule::new(patches(), When::Always, pause));
    let running = begin(suite, &server, INIT)?;
    let visitors: Vec<Visitor> = (0..4).map(|_| gate.await_arrival(SOON)).collect::<Result<_>>()?;
    running.signal_and_wait("INT")?;
    drop(visitors);
    let ran = tidy(suite.finish(running)?)?.expect_code(130)?;
    ran.expect("run the command again to continue")?
        .expect("answers the writes in progress; a second interrupt ends the program now")?;
    ensure!(server.count(&patches()) == 4, "it wrote on: {}", server.count(&patches()));

    // The second signal ends the program while the write is under way, however long the write may take.
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let third = (patches(), When::Nth(3), Moment::BeforeForwarding);
    let patient = [INIT, &["--request-timeout=0"]].concat();
    let (running, visitor) = until(suite, &server, third, &patient)?;
    running.signal_and_wait("TERM")?;
    running.signal("TERM")?;
    suite.finish(running)?.expect_code(143)?.expect("Waiting until the server 127.0.0.1:")?;
    visitor.release();
    server.forget();
    run(suite, &server, INIT)?.expect_code(0)?;
    Ok(())
}

/// The first run's Machine is made and it does not know yet; the second takes it for its own wish.
/// Then the first is killed.
fn two_runs(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    let create = (creates(), When::First(1), Moment::AfterForwarding);
    let (running, visitor) = until(suite, &server, create, ADD)?;
    run(suite, &server, ADD)?.expect_code(0)?;
    running.signal("KILL")?;
    suite.finish(running)?.expect_code(-1)?;
    visitor.release();
    ensure!(suite.machines()? == ["lab-x99n4-etcd-0"], "{:?}", suite.machines()?);

    // Both have planned the same name, and the second gets it.
    let create = (creates(), When::First(1), Moment::BeforeForwarding);
    let add = ["add-machine", "--yes", "--zone=us-east-1b", "--wait=false"];
    let (running, visitor) = until(suite, &server, create, &add)?;
    run(suite, &server, &add)?.expect_code(0)?.expect("lab-x99n4-etcd-1 created")?;
    visitor.release();
    tidy(suite.finish(running)?)?.expect_code(0)?;
    ensure!(suite.machines()?.len() == 2, "{:?}", suite.machines()?);
    suite.start_stand_ins(StandInOptions::default())?;
    Ok(())
}
