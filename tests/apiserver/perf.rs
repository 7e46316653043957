//! `perf` on a real API server and a real etcd: loads of a known size, an etcd that is stopped for a known
//! time, several API servers, and a real Prometheus.
#![expect(clippy::float_cmp, reason = "counts are whole numbers")]

mod prometheus;
mod servers;

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::{Method, Request};
use oc_etcd_lab::{Cluster, Rest, User};
use serde_json::{Value, json};

use crate::Case;
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    let mut all: Vec<Case> = vec![
        ("perf_counts_each_write_of_a_known_load", known_load),
        ("perf_bounds_the_time_for_which_etcd_was_stopped", slow_etcd),
        ("perf_measures_while_events_storm", storm),
        ("perf_says_in_one_sentence_which_right_is_missing", rights),
        ("perf_watches_one_window_after_the_other_until_a_signal", watch),
    ];
    all.extend(servers::cases());
    all.extend(prometheus::cases());
    all
}

/// Sends a request with a JSON body.
async fn send(rest: &Rest, method: Method, path: &str, body: &Value) -> Result<Value> {
    let content = match method {
        Method::PATCH => "application/merge-patch+json",
        _ => "application/json",
    };
    let request = Request::builder().method(method).uri(path);
    let request = request.header(http::header::CONTENT_TYPE, content);
    Ok(rest.client().request(request.body(body.to_string().into_bytes())?).await?)
}

async fn create_event(rest: &Rest, name: &str) -> Result<()> {
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": name},
        "involvedObject": {"kind": "Pod", "namespace": "default", "name": "x"},
        "reason": "Storm", "message": "x", "type": "Normal",
    });
    send(rest, Method::POST, "/api/v1/namespaces/default/events", &event).await.map(drop)
}

async fn create_secret(rest: &Rest, name: &str, length: usize) -> Result<()> {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
        "stringData": {"x": "y".repeat(length)},
    });
    send(rest, Method::POST, "/api/v1/namespaces/default/secrets", &secret).await.map(drop)
}

/// Writes what the API server's metrics are now into a file.
fn scrape(suite: &Suite, name: &str) -> Result<String> {
    let text = suite.kubectl(&["get", "--raw", "/metrics"])?;
    suite.write_file(name, &text)
}

fn requests<'a>(report: &'a Value, name: &str) -> &'a Value {
    let all = report["requests"].as_array().into_iter().flatten();
    all.clone().find(|it| it["name"] == name).unwrap_or(&Value::Null)
}

fn writes_of(report: &Value, resource: &str) -> f64 {
    let all = report["load"]["writers"].as_array().into_iter().flatten();
    let found = all.clone().find(|it| it["resource"] == resource);
    found.and_then(|it| it["count"].as_f64()).unwrap_or_default()
}

fn level<'a>(report: &'a Value, id: &str) -> &'a str {
    let all = report["judgments"].as_array().into_iter().flatten();
    let found = all.clone().find(|it| it["id"] == id);
    found.and_then(|it| it["level"].as_str()).unwrap_or_default()
}

fn clean(suite: &Suite) -> Result<()> {
    suite.ask(async |rest| {
        for kind in ["api/v1/namespaces/default/events", "api/v1/namespaces/default/secrets"] {
            send(rest, Method::DELETE, &format!("/{kind}"), &Value::Null).await?;
        }
        let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
        send(rest, Method::DELETE, leases, &Value::Null).await.map(drop)
    })
}

fn known_load(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.20")?)?;
    let before = scrape(suite, "known-before")?;
    suite.ask(async |rest| {
        for number in 0..200 {
            create_event(rest, &format!("storm-{number}")).await?;
        }
        let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
        let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}});
        send(rest, Method::POST, leases, &lease).await?;
        for number in 0..100 {
            let renewed = json!({"spec": {"holderIdentity": format!("holder-{number}")}});
            send(rest, Method::PATCH, &format!("{leases}/l"), &renewed).await?;
        }
        for number in 0..5 {
            create_secret(rest, &format!("big-{number}"), 200_000).await?;
        }
        Ok(())
    })?;
    let after = scrape(suite, "known-after")?;
    let ran = suite.admin(&["perf", "--from", &before, &after, "--for", "10s", "-o", "json"])?;
    let report = ran.expect_code(0)?.json()?;
    ensure!(writes_of(&report, "events") == 200.0, "{report:#}");
    ensure!(writes_of(&report, "secrets") == 5.0, "{report:#}");
    // The API server renews leases of its own, one in some seconds, as long as the load takes.
    let leases = writes_of(&report, "leases.coordination.k8s.io");
    ensure!((101.0..150.0).contains(&leases), "{leases} writes of leases");
    let share = report["load"]["eventsShare"].as_f64().context("no share of events")?;
    ensure!((0.6..0.66).contains(&share), "events have {share}");
    let writes = requests(&report, "writes");
    let (count, rate) = (writes["count"].as_f64(), writes["perSecond"].as_f64());
    ensure!(count.map(|it| it / 10.0) == rate, "{writes}");
    ensure!(level(&report, "write-latency") == "healthy", "{report:#}");
    ensure!(report["apiServers"]["version"].as_str().is_some_and(|it| it.starts_with("v1.33.")));
    let told = suite.admin(&["perf", "--from", &before, &after, "--for", "10s"])?.expect_code(0)?;
    told.expect("etcd is not the bottleneck")?.expect("events")?;
    clean(suite)
}

/// etcd's process: the one that has the control plane's directory.
fn etcd_process(suite: &Suite) -> Result<(String, Vec<String>)> {
    let directory = format!("--data-dir={}", suite.dir().join("etcd").display());
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let Ok(line) = fs::read(path.join("cmdline")) else { continue };
        let words: Vec<String> =
            line.split(|it| *it == 0).map(|it| String::from_utf8_lossy(it).into_owned()).collect();
        // The shell that supervises it has the same words behind a script.
        let is_etcd = words.first().is_some_and(|it| it.ends_with("/etcd"));
        if let Some(id) = path.file_name().filter(|_| is_etcd && words.contains(&directory)) {
            return Ok((id.to_string_lossy().into_owned(), words));
        }
    }
    anyhow::bail!("etcd is not found")
}

fn signal(process: &str, name: &str) -> Result<()> {
    ensure!(Command::new("kill").args(["-s", name, process]).status()?.success(), "kill -s {name}");
    Ok(())
}

fn slow_etcd(suite: &mut Suite) -> Result<()> {
    const PAUSE: Duration = Duration::from_millis(550);
    // The API server's own reads wait for the pauses too, one or two each: they stay below 1 % of all.
    const READS: usize = 250;
    suite.load_without_controllers(&Cluster::load("4.20")?)?;
    let (etcd, _) = etcd_process(suite)?;
    let before = scrape(suite, "slow-before")?;
    let paused = suite.ask(async |rest| {
        for number in 0..20 {
            signal(&etcd, "STOP")?;
            let name = format!("slow-{number}");
            let (created, resumed) = tokio::join!(create_secret(rest, &name, 10), async {
                tokio::time::sleep(PAUSE).await;
                signal(&etcd, "CONT")
            });
            resumed?;
            created?;
            let path = format!("/api/v1/namespaces/default/secrets/{name}");
            for _ in 0..READS {
                send(rest, Method::GET, &path, &Value::Null).await?;
            }
        }
        Ok(())
    });
    signal(&etcd, "CONT")?;
    paused?;
    let after = scrape(suite, "slow-after")?;
    let arguments = ["perf", "--from", &before, &after, "--for", "10s", "-o", "json"];
    let report = suite.admin(&arguments)?.expect_code(5)?.json()?;
    let creates = requests(&report, "creates");
    // Each of them waited for the pause, less the time until the request reached etcd.
    let median = &creates["p50"];
    ensure!(
        median["atLeast"].as_f64() >= Some(0.4) && creates["mean"].as_f64() >= Some(0.4),
        "{creates}"
    );
    ensure!(level(&report, "write-latency") == "beyond", "{report:#}");
    ensure!(level(&report, "read-latency") == "healthy", "{report:#}");
    let point = report["conclusion"]["points"][0].as_str().unwrap_or_default();
    ensure!(point.contains("Writes are slow but reads are not."), "{point}");
    ensure!(point.contains("Only the metrics of the members can confirm the cause"), "{point}");
    clean(suite)
}

fn storm(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.20")?)?;
    let arguments =
        ["perf", "--for", "3s", "--interval", "1s", "-o", "json", "--prometheus", "none"];
    let mut running = Suite::begin(suite.oc_etcd(User::Admin, &arguments))?;
    let mut created = 0.0;
    while running.is_running()? {
        suite.ask(async |rest| create_event(rest, &format!("storm-{created}")).await)?;
        created += 1.0;
    }
    let ran = suite.finish(running)?.expect_code(0)?;
    let told = |text: &str| ran.stderr.lines().any(|line| line.contains(text));
    ensure!(told("measuring the API server for 3 s") && told("writes so far"), "{}", ran.stderr);
    let report = ran.json()?;
    let found = writes_of(&report, "events");
    ensure!(found > created / 4.0 && found <= created, "{found} of {created}");
    let seconds = report["window"]["seconds"].as_f64().context("no length")?;
    ensure!(seconds >= 2.9, "{seconds} s");
    ensure!(report["load"]["eventsShare"].as_f64() > Some(0.8), "{report:#}");
    ensure!(report["database"]["sizes"]["etcd-0"].as_f64() > Some(1e5), "{report:#}");
    ensure!(report["database"]["quota"]["bytes"] == 8.0 * 1024.0 * 1024.0 * 1024.0, "{report:#}");
    // On a terminal there are bars, in ASCII where the locale has nothing else.
    let arguments = ["perf", "--for", "1s", "--prometheus", "none"];
    let ran = suite.finish(suite.on_terminal(User::Admin, &arguments)?)?;
    ensure!(ran.stdout.contains("Verdict") && ran.stdout.contains('▏'), "{}", ran.stdout);
    clean(suite)
}

fn watch(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.20")?)?;
    let arguments = ["perf", "-w", "--for", "1s", "--prometheus", "none", "-o", "json"];
    let mut running = Suite::begin(suite.oc_etcd(User::Admin, &arguments))?;
    running.until_printed_times("\"PerfReport\"", 2)?;
    running.signal("INT")?;
    let ran = suite.finish(running)?.expect_code(130)?;
    let reports: Vec<Value> =
        ran.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    ensure!(reports.len() >= 2, "{} windows", reports.len());
    let times: Vec<&str> = reports.iter().filter_map(|it| it["measuredAt"].as_str()).collect();
    ensure!(times.len() == reports.len() && times.is_sorted(), "{times:?}");
    let length = |it: &Value| it["window"]["seconds"].as_f64().unwrap_or_default();
    ensure!(reports.iter().all(|it| length(it) >= 0.9), "a window is shorter than 1 s");
    Ok(())
}

fn rights(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.20")?)?;
    let ran = suite.run(User::Viewer, &["perf", "--for", "1s"])?.expect_code(1)?;
    ran.expect(
        "you may not read /metrics of the API server: the role oc-etcd-perf of deploy/rbac.yaml \
        grants this permission",
    )?
    .expect("oc auth can-i get /metrics")?;
    // The lab gives the operator that role.
    let ran = suite.run(User::Perf, &["perf", "--for", "1s", "-o", "json"])?.expect_code(0)?;
    let report = ran.json()?;
    ensure!(report["database"]["quota"]["source"] == "the default of OpenShift's etcd operator");
    let gaps = report["unknown"].as_array().into_iter().flatten();
    let reasons: Vec<&str> = gaps.filter_map(|it| it["reason"].as_str()).collect();
    ensure!(!reasons.iter().any(|it| it.contains("orbidden")), "{reasons:?}");
    Ok(())
}
