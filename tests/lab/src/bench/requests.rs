//! Requests, connections and bytes, counted by a peer in front of the API server. It passes bodies on
//! uncompressed, for both sides.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::sample::{as_float, sample};
use super::{Bench, Claim, Section, world};
use crate::StandInOptions;
use crate::binaries::repository;
use crate::fault::record::{self, Seen};
use crate::fault::{Fault, FaultServer, Match, Rule, When};

const INTRODUCTION: &str = "Counted by a peer in front of the API server, which takes a while for each answer; a round trip is a\n\
     request that had to wait for the answer to another one. Bodies are not compressed here. The cluster is\n\
     a small one, and kubectl asks for tables of it: names and columns, no contents.\n\n\
     | | requests | round trips | connections | KB received | KB sent |\n|---|---|---|---|---|---|\n";

const STATUS: &str = "\nTwo thirds of what `status` receives are the rendered MachineConfig of the pool. It tells that new machines register\n\
     as etcd and mount their disk. The API server gives a MachineConfig whole or its metadata alone, and metadata proves\n\
     that the rendered MachineConfig is of its sources as they are now, not what the merged kubelet unit does. So 80 KB\n\
     are out of reach while new machines are judged. The requests go side by side and cost no time. A request cannot ask\n\
     for several kinds, nor for several names of one kind, and each kind tells of trouble of its own: operators that are\n\
     degraded, members of etcd, user data. So 8 requests are out of reach as well.\n";

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
    let parts = parts_of(bench, &server.requests()).await?;

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
    text.push_str(&parts);
    let number = |value: usize| as_float(value as u64);
    let claims = vec![
        Claim::at_most("`status`, after TLS", (2.0, number(status.depth)), "round trips"),
        Claim::at_most("`status`", (1.0, number(status.connections)), "connection"),
        Claim::at_most("`status`", (8.0, number(status.requests)), "requests"),
        Claim::at_most("`status`, received", (80.0, as_float(status.received) / 1000.0), "KB"),
    ];
    Ok(Section { title: "Requests", claims, text })
}

/// What each kind of object tells `status`.
const TELLS: [(&str, &str); 12] = [
    ("infrastructures", "the platform, the name of the cluster"),
    ("clusterversions", "the release, `upgrade-in-progress`"),
    ("clusteroperators", "`operator-degraded`"),
    ("validatingadmissionpolicies", "`pool-policy-denied`, the layout that the cluster allows"),
    ("machineconfigpools", "progress of the pool, `master-pool-not-updated`"),
    ("machineconfigs", "whether sources and copies match, `kubelet-role-wrong`"),
    ("secrets", "user data: `user-data-invalid`, `user-data-ca-missing`"),
    ("machines", "the etcd Machines, and the masters' to copy"),
    ("nodes", "readiness, roles and configuration of machines"),
    ("etcds", "conditions of etcd's own operator"),
    ("configmaps", "the members that API servers use"),
    ("pods", "the members of etcd that run"),
];

/// A table of what a command read: objects, KB, and what the objects tell.
async fn parts_of(bench: &Bench, seen: &[Seen]) -> Result<String> {
    let rest = bench.control_plane.rest().await?;
    let mut parts: Vec<(usize, String)> = Vec::new();
    for it in seen.iter().filter(|it| it.method == "GET") {
        let text = match rest.text(&format!("{}?{}", it.path, it.query)).await {
            // A cluster without this capability has no such object.
            Err(kube::Error::Api(status)) if status.code == 404 => String::new(),
            text => text?,
        };
        let accept = it.headers.get("accept").and_then(|it| it.to_str().ok()).unwrap_or_default();
        let (bytes, form) = if text.is_empty() {
            (0, ", absent")
        } else if accept.contains("PartialObjectMetadata") {
            let object: serde_json::Value = serde_json::from_str(&text)?;
            (object["metadata"].to_string().len(), ", metadata")
        } else {
            (text.len(), "")
        };
        let mut names = it.path.rsplit('/');
        let (last, before) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        let plural = [last, before].into_iter().find(|name| TELLS.iter().any(|it| it.0 == *name));
        let plural = plural.with_context(|| format!("no word on what {} tells", it.path))?;
        let tells = TELLS.iter().find(|it| it.0 == plural).map_or("", |it| it.1);
        let name = match last {
            _ if last == plural => selector(&it.query),
            _ if last.starts_with("rendered-") => "the rendered one".to_owned(),
            name => format!("`{name}`"),
        };
        let size = as_float(bytes as u64) / 1000.0;
        parts.push((bytes, format!("| {plural}, {name}{form} | {size:.1} | {tells} |\n")));
    }
    parts.sort_by_key(|it| std::cmp::Reverse(it.0));
    let rows: Vec<String> = parts.into_iter().map(|it| it.1).collect();
    Ok(format!("{PARTS}{}", rows.concat()))
}

/// The label selector of a list, in words.
fn selector(query: &str) -> String {
    let mut parameters = query.split('&');
    let Some(selector) = parameters.find_map(|it| it.strip_prefix("labelSelector=")) else {
        return "all".to_owned();
    };
    let plain = [
        ("%21", "!"),
        ("%2F", "/"),
        ("%28", "("),
        ("%29", ")"),
        ("%2C", ","),
        ("%3D", "="),
        ("+", " "),
    ];
    let text = plain.iter().fold(selector.to_owned(), |it, (from, to)| it.replace(from, to));
    format!("`{text}`")
}

const PARTS: &str = "\nWhat `status` reads, bodies without their headers, and what the objects tell:\n\n\
     | object | KB | tells |\n|---|---|---|\n";

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
