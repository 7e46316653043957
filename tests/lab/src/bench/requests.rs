//! Requests, connections and bytes, counted by a peer in front of the API server. It passes bodies on
//! uncompressed, for both sides.

use std::path::PathBuf;

use anyhow::Result;

use super::sample::{as_float, sample};
use super::{Bench, Claim, Section, world};
use crate::StandInOptions;
use crate::binaries::repository;
use crate::fault::{Fault, FaultServer, Match, Rule, When, record};

const INTRODUCTION: &str = "Counted by a peer in front of the API server, which takes a while for each answer; a round trip is a\n\
     request that had to wait for the answer to another one. Bodies are not compressed here. The cluster is\n\
     a small one, and kubectl asks for tables of it: names and columns, no contents.\n\n\
     | | requests | round trips | connections | KB received | KB sent |\n|---|---|---|---|---|---|\n";

const STATUS: &str = "\nNearly all that `status` receives is the rendered MachineConfig of the pool, 300 KB here. It is what tells that\n\
     new machines register as etcd and mount their disk, and the API server gives a MachineConfig whole or its\n\
     metadata alone. So 80 KB are out of reach while that is judged from what machines get. The requests go side by\n\
     side and cost no time; what they read is small, and each tells of trouble of its own: operators that are\n\
     degraded, members of etcd, user data. So 8 of them are out of reach as well.\n";

/// What a command asked for.
struct Count {
    requests: usize,
    depth: usize,
    connections: usize,
    /// In bytes.
    received: u64,
    row: String,
}

pub(super) async fn measure(bench: &Bench) -> Result<Section> {
    let mut text = INTRODUCTION.to_owned();
    let stand_ins = bench.load(&world::of_real_size("4.20")?, StandInOptions::default()).await?;
    let server = bench.counting().await?;
    let count = async |name: &str, program: &PathBuf, arguments: &[&str]| {
        counted(bench, &server, (name, program, arguments)).await
    };
    let ours = &bench.program;
    let init = ["init", "--yes", "--wait=false"];
    text.push_str(&count("`oc-etcd init`, which makes four objects", ours, &init).await?.row);
    bench.prepare(&["init", "--yes"]).await?;
    let add = ["add-machine", "--zone=us-east-1a", "--yes", "--wait=false"];
    text.push_str(&count("`oc-etcd add-machine`", ours, &add).await?.row);
    bench.prepare(&["add-machine", "--zone=us-east-1a", "--yes"]).await?;
    let status = count("`oc-etcd status`", ours, &["status"]).await?;
    text.push_str(&status.row);

    let get = ["get", super::status::KINDS, "-A"];
    let scratch = tempfile::tempdir()?;
    let cache = format!("--cache-dir={}", scratch.path().display());
    let cold = [&get[..], &[&cache]].concat();
    for (name, arguments) in [("cold", &cold), ("warm", &cold)] {
        let name = format!("`kubectl get {}`, {name}", super::status::KINDS);
        text.push_str(&count(&name, &bench.kubectl, arguments).await?.row);
    }
    stand_ins.stop().await;

    let stand_ins = bench.load(&world::of_the_procedure()?, super::procedure::options()).await?;
    let script = repository().join("tests/procedure/documented.sh").display().to_string();
    let scratch = tempfile::tempdir()?;
    let directory = scratch.path().display().to_string();
    let bash = PathBuf::from("bash");
    let by_hand = count("the documented commands", &bash, &[&script, &directory]).await?;
    text.push_str(&by_hand.row);
    stand_ins.stop().await;
    text.push_str(STATUS);
    let number = |value: usize| as_float(value as u64);
    let claims = vec![
        Claim::at_most("`status`, after TLS", (2.0, number(status.depth)), "round trips"),
        Claim::at_most("`status`", (1.0, number(status.connections)), "connection"),
        Claim::at_most("`status`", (8.0, number(status.requests)), "requests"),
        Claim::at_most("`status`, received", (80.0, as_float(status.received) / 1000.0), "KB"),
    ];
    Ok(Section { title: "Requests", claims, text })
}

async fn counted(
    bench: &Bench,
    server: &FaultServer,
    (name, program, arguments): (&str, &PathBuf, &[&str]),
) -> Result<Count> {
    server.forget();
    let delay = std::time::Duration::from_millis(150);
    server.add(Rule::new(Match::any(), When::Always, Fault::Delay(delay)));
    let mut line = bench.command(program, arguments);
    line.kubeconfig = super::leading_to(server)?;
    sample(&line).await?;
    let seen = server.requests();
    let (requests, depth) = (seen.len(), record::depth(&seen));
    let connections = server.connections();
    let (received, sent) = server.bytes();
    let kilo = |bytes: u64| format!("{:.0}", as_float(bytes) / 1000.0);
    let row = format!(
        "| {name} | {requests} | {depth} | {connections} | {} | {} |\n",
        kilo(sent),
        kilo(received)
    );
    Ok(Count { requests, depth, connections, received: sent, row })
}
