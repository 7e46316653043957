//! The metrics of the members: a real Prometheus that scrapes the lab's etcd, and who gets the user's token.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use oc_etcd_lab::certificates::Authority;
use oc_etcd_lab::fault::{Fault, FaultServer, Listen, Match, Reply, Rule, When, as_data};
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};

use super::{clean, create_secret, etcd_process, level};
use crate::Case;
use crate::suite::Suite;

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("perf_shows_the_members_view_of_a_real_prometheus", real),
        ("perf_sends_the_token_to_the_route_s_host_over_verified_tls_alone", token),
    ]
}

/// A program that runs until the value is dropped, and its address.
struct Program {
    child: Child,
    address: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// Whether Debian's package is installed. Where it has to be, a missing one is an error.
#[expect(clippy::disallowed_methods, reason = "a switch for CI")]
fn is_installed() -> Result<bool> {
    let found = Command::new("prometheus").arg("--version").output().is_ok();
    if !found && std::env::var_os("OC_ETCD_REQUIRE_PROMETHEUS").is_some_and(|it| it == "1") {
        bail!("prometheus is not installed: apt-get install prometheus")
    }
    Ok(found)
}

/// A Prometheus that scrapes these members every second.
fn prometheus(directory: &Path, members: &[&str]) -> Result<Program> {
    let address = free_address()?;
    let (config, data) = (directory.join("prometheus.yml"), directory.join("prometheus"));
    let text = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: etcd\n  \
         static_configs: [{{targets: {members:?}}}]\n"
    );
    std::fs::write(&config, text)?;
    let child = Command::new("prometheus")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", data.display()))
        .arg(format!("--web.listen-address={address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("start prometheus")?;
    Ok(Program { child, address })
}

/// Another etcd, which waits for its disk as etcd does. That of the lab never does.
fn syncing_etcd(suite: &Suite) -> Result<Program> {
    let (address, peer) = (free_address()?, free_address()?);
    let child = Command::new(suite.bin("etcd")?)
        .arg(format!("--data-dir={}", suite.dir().join("syncing-etcd").display()))
        .arg(format!("--listen-client-urls=http://{address}"))
        .arg(format!("--advertise-client-urls=http://{address}"))
        .arg(format!("--listen-peer-urls=http://{peer}"))
        .arg(format!("--initial-advertise-peer-urls=http://{peer}"))
        .arg(format!("--initial-cluster=default=http://{peer}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("start etcd")?;
    Ok(Program { child, address })
}

/// Writes a key, once etcd listens.
fn put(etcd: &Program) -> Result<()> {
    let body = json!({"key": "Zm9v", "value": "YmFy"}).to_string();
    let mut stream = TcpStream::connect(&etcd.address)?;
    let length = body.len();
    write!(
        stream,
        "POST /v3/kv/put HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.contains("revision"), "{answer}");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "for whoever runs the tests")]
fn real(suite: &mut Suite) -> Result<()> {
    if !is_installed()? {
        eprintln!(
            "left out: the members' view of a real Prometheus, for prometheus is not installed"
        );
        return Ok(());
    }
    // Prometheus scrapes two members.
    let cluster = Cluster::load("4.20")?;
    let mut etcd = cluster.object("etcd/cluster").context("no etcd")?.clone();
    etcd["status"]["nodeStatuses"].as_array_mut().context("no Nodes")?.truncate(2);
    suite.load_without_controllers(&cluster.with_objects(vec![etcd]))?;
    let (_, words) = etcd_process(suite)?;
    let client = words.iter().find_map(|it| it.strip_prefix("--listen-client-urls=http://"));
    let lab = client.context("etcd has no client URL")?;
    let syncing_member = syncing_etcd(suite)?;
    // Prometheus starts once the member has its leader, so that no election lies between two scrapes.
    let started = Instant::now();
    while let Err(error) = put(&syncing_member) {
        ensure!(started.elapsed() < Duration::from_secs(60), "{error:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
    let prometheus = prometheus(suite.dir(), &[lab, &syncing_member.address])?;
    let url = format!("http://{}", prometheus.address);
    let arguments = ["perf", "--for", "1s", "--prometheus", &url, "-o", "json"];
    let started = Instant::now();
    let figures = |report: &Value, member: &str| {
        let members = report["members"]["ranges"][0]["members"].as_array().cloned();
        members.into_iter().flatten().find(|it| it["member"] == member).unwrap_or_default()
    };
    let report = loop {
        // Two scrapes with writes in between make a rate.
        put(&syncing_member)?;
        suite.ask(async |rest| {
            create_secret(rest, &format!("p-{}", started.elapsed().as_millis()), 10).await
        })?;
        let report = suite.admin(&arguments)?.json()?;
        let has_history = report["members"]["ranges"][2]["knownSeconds"].is_number();
        // A busy machine scrapes the one member later than the other.
        let has_rates = figures(&report, &syncing_member.address)["fsync"].is_object()
            && figures(&report, lab)["commit"].is_object();
        if has_rates && has_history {
            break report;
        }
        ensure!(started.elapsed() < Duration::from_secs(60), "no view of members: {report:#}");
    };
    let view = &report["members"];
    ensure!(view["source"] == prometheus.address, "{view:#}");
    let ranges = view["ranges"].as_array().context("no ranges")?;
    ensure!(ranges.len() == 3, "{view:#}");
    let (fast, syncing) = (figures(&report, lab), figures(&report, &syncing_member.address));
    // What was never observed is unknown: the lab's etcd never waits for its disk, and neither has a peer.
    ensure!(fast["fsync"].is_null() && fast["commit"].is_object(), "{fast:#}");
    ensure!(fast["peerRoundTrip"].is_null() && fast["failedProposals"] == 0.0, "{fast:#}");
    let fsync = &syncing["fsync"];
    ensure!(fsync["atMost"].as_f64() > fsync["atLeast"].as_f64(), "{syncing:#}");
    let known = ranges[2]["knownSeconds"].as_f64();
    ensure!(known.is_some_and(|it| it < 3600.0), "Prometheus has run for {known:?} s");
    let databases = view["databases"].as_array().into_iter().flatten();
    let database = databases.clone().find(|it| it["member"] == lab).unwrap_or(&Value::Null);
    ensure!(
        database["bytes"].as_f64() > Some(1e5) && database["inUse"].as_f64() > Some(1e4),
        "{database:#}"
    );
    ensure!(database["quota"] == 4.0 * 1024.0 * 1024.0 * 1024.0, "{database:#}");
    // The members' own quota comes before the operator's default, and the lowest counts.
    let quota = &report["database"]["quota"];
    ensure!(quota["bytes"] == 2.0 * 1024.0 * 1024.0 * 1024.0, "{quota}");
    ensure!(quota["source"] == "etcd_server_quota_backend_bytes", "{quota}");
    // The lab's etcd has no figure of its disk, so that no figure of the members is healthy.
    ensure!(view["silent"] == json!([lab]), "{view:#}");
    ensure!(level(&report, "leader-changes") == "unknown", "{report:#}");
    // The level of the commits is that of the slowest member, and depends on the disk under the test.
    let commits = [&fast["commit"], &syncing["commit"]];
    let bound = |name: &str| commits.iter().filter_map(|it| it[name].as_f64()).fold(0.0, f64::max);
    let expected = match (bound("atLeast"), bound("atMost")) {
        (_, at_most) if at_most <= 0.016 => "unknown",
        (at_least, _) if at_least >= 0.025 => "beyond",
        _ => "close",
    };
    ensure!(level(&report, "backend-commit") == expected, "{expected}: {report:#}");
    suite.admin(&arguments[..5])?.expect("Members")?.expect("WAL FSYNC")?;
    // A member that Prometheus reaches no more is told.
    let stopped = syncing_member.address.clone();
    drop(syncing_member);
    let started = Instant::now();
    loop {
        let report = suite.admin(&arguments)?.json()?;
        let silent = report["members"]["silent"].as_array().context("no list")?;
        if silent.iter().any(|it| *it == stopped) {
            ensure!(level(&report, "backend-commit") != "healthy", "{report:#}");
            let unknown = report["unknown"].to_string();
            ensure!(unknown.contains(&format!("view of {stopped}")), "{unknown}");
            break;
        }
        ensure!(started.elapsed() < Duration::from_secs(30), "nothing is silent: {report:#}");
    }
    // Another server's answer is no view.
    let other = ["perf", "--for", "1s", "-o", "json", "--prometheus", "http://127.0.0.1:1"];
    let report = suite.admin(&other)?.json()?;
    ensure!(report["unknown"].to_string().contains("refused"), "{report:#}");
    clean(suite)
}

/// A stand-in for the cluster's querier: it knows one member.
fn querier(suite: &Suite, authority: &Authority) -> Result<FaultServer> {
    let serving = authority.serving(&["127.0.0.1"])?;
    let listen = Listen { address: "127.0.0.1:0", identity: Some(&serving), ..Listen::default() };
    let server = suite.fault_server(listen)?;
    let row = |le: &str| json!({"metric": {"pod": "etcd-a", "le": le}, "value": [1.7e9, "10"]});
    let rows = [row("0.008"), row("+Inf")];
    let answer = json!({"status": "success", "data": {"resultType": "vector", "result": rows}});
    let rule = Fault::Answer(Reply::json(200, &answer));
    server.add(Rule::new(Match::read("/api/v1/query"), When::Always, rule));
    Ok(server)
}

fn token(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.20")?)?;
    let (authority, stranger) = (Authority::new()?, Authority::named("somebody-else")?);
    let serving = authority.serving(&["127.0.0.1"])?;
    let listen = Listen { address: "127.0.0.1:0", identity: Some(&serving), ..Listen::default() };
    let server = suite.fault_server(listen)?;
    let (trusted, untrusted) = (querier(suite, &authority)?, querier(suite, &stranger)?);
    let cluster = json!({"certificate-authority-data": as_data(authority.certificate())});
    let run = |querier: &FaultServer, user: Value, more: &[&str]| {
        server.forget();
        let host = querier.address().to_string();
        let route = json!({"kind": "Route", "status": {"ingress": [{"host": host}]}});
        let rule = Fault::Answer(Reply::json(200, &route));
        server.add(Rule::new(Match::read("/routes/thanos-querier"), When::Always, rule));
        let arguments = [&["perf", "--for", "1s", "-o", "json"], more].concat();
        let mut command = suite.oc_etcd(User::Admin, &arguments);
        command.env("KUBECONFIG", server.kubeconfig_with(&cluster, &user)?);
        // What the stand-in says of etcd is nothing that is judged here.
        suite.run_command(command)?.json()
    };
    let bearer = || json!({"token": "abc"});
    let report = run(&trusted, bearer(), &[])?;
    ensure!(report["members"]["source"] == trusted.address().to_string(), "{report:#}");
    let asked = trusted.requests();
    let has_token = |it: &oc_etcd_lab::fault::Seen| {
        it.headers.get("authorization").is_some_and(|it| it == "Bearer abc")
    };
    ensure!(!asked.is_empty() && asked.iter().all(has_token), "a question came without the token");
    // A certificate of an unknown authority: nothing is sent.
    let report = run(&untrusted, bearer(), &[])?;
    ensure!(report["members"].is_null(), "{report:#}");
    ensure!(report["unknown"].to_string().contains("certificate"), "{report:#}");
    ensure!(untrusted.requests().is_empty(), "a question went to an untrusted host");
    // A URL gets no credentials, and a user without a token is told.
    let seen = trusted.requests().len();
    let report = run(&untrusted, bearer(), &["--prometheus", &trusted.url()])?;
    ensure!(report["members"].is_object(), "{report:#}");
    ensure!(!trusted.requests()[seen..].iter().any(has_token), "a URL was given the token");
    let report = run(&trusted, json!({}), &[])?;
    ensure!(report["unknown"].to_string().contains("has no bearer token"), "{report:#}");
    Ok(())
}
