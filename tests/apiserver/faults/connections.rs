//! Connections that break, and connections on which nothing comes.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use oc_etcd_lab::User;
use oc_etcd_lab::fault::{Fault, Match, Point, Rule, When};

use super::{
    FIRST, http2, makes_one_machine, overcomes, quiet, reconciled_pool, run, tidy, with_pool,
};
use crate::Case;
use crate::suite::Suite;

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("f04_a_reset_read_is_repeated_and_a_reset_write_is_looked_after", resets),
        ("f04_a_server_that_restarts_is_waited_for", restarts),
        ("f04_a_write_with_a_guard_whose_answer_is_lost_is_no_conflict", lost_update),
        ("f04_a_broken_http2_connection_is_made_again", http2_breaks),
        ("f05_an_answer_that_stops_is_asked_for_again", stalls),
        ("f05_a_server_that_never_answers_ends_the_run_in_time", silence),
    ]
}

/// The write of the first MachineConfig.
fn write() -> Match {
    Match::of("PATCH", "/machineconfigs/").path_end("/00-etcd")
}

const INIT: &[&str] = &["init", "--layout=documented", "--yes", "--wait=false"];

fn resets(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    for fault in [
        Fault::Reset(Point::BeforeHeaders),
        Fault::Reset(Point::AfterHeaders),
        Fault::Reset(Point::MidBody),
        Fault::Truncate,
    ] {
        // Machines are listed by role, and by the mark of oc-etcd.
        for (path, requests) in [(FIRST, 2), ("/machines", 3)] {
            let fault = (Match::read(path), When::First(1), fault.clone());
            overcomes(suite, &server, &["status"], fault, requests)?;
        }
    }
    let reset = Fault::Reset(Point::BeforeHeaders);
    overcomes(suite, &server, INIT, (write(), When::First(2), reset), 3)?;
    suite.kubectl(&["delete", "machineconfig/00-etcd"])?;
    // The server has made it, and is asked once more for the same.
    overcomes(suite, &server, INIT, (write(), When::First(1), Fault::Lost(None)), 2)?;

    let server = with_pool(suite)?;
    makes_one_machine(suite, &server, Fault::Reset(Point::BeforeHeaders), 2, &[])?;
    makes_one_machine(suite, &server, Fault::Lost(None), 1, &[])?;
    makes_one_machine(suite, &server, Fault::Reset(Point::MidBody), 1, &[])
}

/// Its connections are reset, and for two seconds there is nobody to connect to.
fn restarts(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    let away = || Fault::GoAway(Duration::from_secs(2));
    let reads = (Match::read("/machineconfigpools"), When::First(1), away());
    overcomes(suite, &server, &["status"], reads, 2)?.expect("retrying")?;
    overcomes(suite, &server, INIT, (write(), When::First(1), away()), 2)?;
    let server = with_pool(suite)?;
    makes_one_machine(suite, &server, away(), 2, &[])?;

    // A server that never answered is not waited for.
    let address = server.address();
    drop(server);
    let flag = format!("--server=http://{address}");
    let ran = tidy(suite.run(User::Admin, &["status", &flag])?)?.expect_code(1)?;
    let ran = ran.expect("did you specify the right host or port?")?;
    ensure!(!ran.stderr.contains("retrying"), "{}", ran.stderr);
    Ok(())
}

/// An update is sent with the version that it changes. The server has carried it out, so that version
/// is gone when it is sent again.
fn lost_update(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let update = Match::of("PATCH", "/machineconfigs/").path_end("/01-etcd-kubelet");
    server.add(Rule::new(update, When::First(1), Fault::Lost(None)));
    run(suite, &server, INIT)?.expect_code(0)?;
    let kubelet = suite.get("machineconfig/01-etcd-kubelet")?;
    ensure!(kubelet.to_string().contains("--v=3"), "it was not written");
    Ok(())
}

/// All requests are on one connection, and all of those under way break with it.
fn http2_breaks(suite: &mut Suite) -> Result<()> {
    let quiet = quiet(suite)?;
    drop(quiet);
    let server = http2(suite)?;
    // The two lists of Machines may share the connection: what breaks it breaks one of them or both, so one is counted.
    let machines = || Match::read("/machines").query("machine-role");
    for fault in [
        Fault::Reset(Point::BeforeHeaders),
        Fault::Reset(Point::AfterHeaders),
        Fault::Reset(Point::MidBody),
        Fault::Truncate,
        Fault::GoAway(Duration::from_secs(1)),
    ] {
        let fault = (machines(), When::First(1), fault);
        overcomes(suite, &server, &["status"], fault, 2)?.expect("retrying")?;
    }
    let stall = (machines(), When::First(1), Fault::Stall(Point::MidBody));
    let flags = ["status", "--request-timeout=1s"];
    overcomes(suite, &server, &flags, stall, 2)?;
    let reset = Fault::Reset(Point::BeforeHeaders);
    overcomes(suite, &server, INIT, (write(), When::First(2), reset), 3)?;

    reconciled_pool(suite)?;
    makes_one_machine(suite, &server, Fault::Reset(Point::BeforeHeaders), 2, &[])?;
    makes_one_machine(suite, &server, Fault::Lost(None), 1, &[])?;
    makes_one_machine(suite, &server, Fault::Reset(Point::MidBody), 1, &[])
}

fn stalls(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    let status = ["status", "--request-timeout=1s"];
    for fault in [
        Fault::Stall(Point::BeforeHeaders),
        Fault::Stall(Point::AfterHeaders),
        Fault::Stall(Point::MidBody),
        Fault::Drip(8, Duration::from_millis(200)),
    ] {
        let started = Instant::now();
        let fault = (Match::read(FIRST), When::First(1), fault);
        overcomes(suite, &server, &status, fault, 2)?;
        ensure!(started.elapsed() >= Duration::from_secs(1), "the fault did not bite");
    }
    let slow = (Match::read(FIRST), When::First(1), Fault::Delay(Duration::from_millis(400)));
    overcomes(suite, &server, &status, slow, 1)?;

    let server = with_pool(suite)?;
    let flags = ["--request-timeout=1s"];
    makes_one_machine(suite, &server, Fault::LostInSilence, 1, &flags)?;
    makes_one_machine(suite, &server, Fault::Stall(Point::BeforeHeaders), 2, &flags)
}

/// An address whose connections are never taken up, as behind a firewall that drops them.
struct FullQueue {
    address: SocketAddr,
    _listener: tokio::net::TcpListener,
    /// They take the few places that there are.
    _connections: Vec<TcpStream>,
}

impl FullQueue {
    fn new(suite: &Suite) -> Result<Self> {
        let listener = suite.ask(async |_| {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
            Ok(socket.listen(1)?)
        })?;
        let address = listener.local_addr()?;
        let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
        let connections = std::iter::from_fn(connect).collect();
        Ok(Self { address, _listener: listener, _connections: connections })
    }
}

/// A server that takes no connection, and one that takes it and never speaks, neither HTTP nor TLS.
fn silence(suite: &mut Suite) -> Result<()> {
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let queue = FullQueue::new(suite)?;
    let mut running = Vec::new();
    for server in [
        format!("--server=http://{}", silent.local_addr()?),
        format!("--server=https://{}", silent.local_addr()?),
        format!("--server=https://{}", queue.address),
    ] {
        let flags = ["status", &server, "--request-timeout=2s"];
        running.push(Suite::begin(suite.oc_etcd(User::Admin, &flags))?);
    }
    for running in running {
        let ran = tidy(suite.finish(running)?)?.expect_code(1)?;
        ran.expect("did not respond within 2 s")?.expect("--request-timeout")?;
    }
    Ok(())
}
