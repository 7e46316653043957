//! Several API servers, and one that changes while it is measured.

use anyhow::{Result, ensure};
use oc_etcd_lab::certificates::Authority;
use oc_etcd_lab::fault::{Fault, FaultServer, Listen, Match, Reply, Rule, When, as_data};
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};

use crate::Case;
use crate::suite::Suite;

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("perf_asks_each_api_server_and_says_which_it_could_not", all),
        ("perf_sends_no_credentials_to_others_unless_tls_is_verified", unverified),
        ("perf_begins_anew_when_another_api_server_answers", another),
    ]
}

/// Has the server know three API servers, at these ports of three addresses.
fn three(server: &FaultServer) {
    let addresses: Vec<Value> = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
        .iter()
        .map(|it| json!({"addresses": [it]}))
        .collect();
    let ports = json!([{"name": "https", "port": server.address().port()}]);
    let slice = json!({"kind": "EndpointSlice", "ports": ports, "endpoints": addresses});
    let rule = Fault::Answer(Reply::json(200, &slice));
    server.add(Rule::new(Match::read("/endpointslices/kubernetes"), When::Always, rule));
}

fn all(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.20")?)?;
    // The certificate is for a name that no address has.
    let authority = Authority::new()?;
    let serving = authority.serving(&["api.example"])?;
    let listen = |address| Listen { address, identity: Some(&serving), ..Listen::default() };
    let first = suite.fault_server(listen("127.0.0.1:0"))?;
    let address = format!("127.0.0.2:{}", first.address().port());
    let second = suite.fault_server(listen(&address))?;
    three(&first);
    let cluster = json!({
        "certificate-authority-data": as_data(authority.certificate()),
        "tls-server-name": "api.example",
    });
    let kubeconfig = first.kubeconfig_with(&cluster, &json!({"token": "abc"}))?;
    let run = |arguments: &[&str]| {
        let mut command = suite.oc_etcd(User::Admin, arguments);
        command.env("KUBECONFIG", &kubeconfig);
        suite.run_command(command)
    };
    let arguments = ["perf", "--for", "1s", "--prometheus", "none", "-o", "json"];
    let one = run(&arguments)?.expect_code(0)?.json()?;
    ensure!(one["apiServers"]["asked"] == 1 && one["apiServers"]["of"] == 3, "{one:#}");
    let ran = run(&[&arguments[..], &["--all"]].concat())?.expect_code(0)?;
    let ran = ran.expect("127.0.0.3")?.expect("is omitted")?;
    let every = ran.json()?;
    let servers = &every["apiServers"];
    ensure!(servers["asked"] == 2 && servers["of"] == 3, "{servers:#}");
    ensure!(
        servers["failed"][0]["reason"].as_str().is_some_and(|it| it.contains("refused")),
        "{servers:#}"
    );
    let metrics = Match::read("/metrics");
    ensure!(first.count(&metrics) == 4 && second.count(&metrics) == 2);
    let has_token = |it: &oc_etcd_lab::fault::Seen| {
        it.headers.get("authorization").is_some_and(|it| it == "Bearer abc")
    };
    ensure!(second.seen(&metrics).iter().all(has_token), "the second server saw no token");
    // One that restarts begins the windows of both anew, for rates of windows of different lengths are no sum.
    second.add(Rule::new(Match::read("/metrics"), When::First(1), Fault::Nothing));
    let other = Fault::garbled(|text| restarted(&text));
    second.add(Rule::new(Match::read("/metrics"), When::Always, other));
    let longer = ["perf", "--all", "--for", "2s", "--prometheus", "none", "-o", "json"];
    let ran = run(&longer)?.expect_code(0)?;
    let window = ran.json()?["window"].clone();
    ensure!(window["interruptions"] == json!(["another API server responded"]), "{window:#}");
    let seconds = window["seconds"].as_f64();
    ensure!(seconds.is_some_and(|it| (1.9..3.5).contains(&it)), "{window:#}");
    let shown = run(&["perf", "--for", "1s", "--prometheus", "none"])?.expect_code(0)?;
    shown.expect("1 of 3")?.expect("use --all to measure all").map(drop)
}

fn unverified(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.20")?)?;
    let serving = Authority::new()?.serving(&["127.0.0.1"])?;
    let listen = Listen { address: "127.0.0.1:0", identity: Some(&serving), ..Listen::default() };
    let server = suite.fault_server(listen)?;
    three(&server);
    let cluster = json!({"insecure-skip-tls-verify": true});
    let kubeconfig = server.kubeconfig_with(&cluster, &json!({"token": "abc"}))?;
    let mut command = suite.oc_etcd(User::Admin, &["perf", "--for", "1s", "--all", "-o", "json"]);
    command.env("KUBECONFIG", kubeconfig);
    let ran = suite.run_command(command)?.expect_code(0)?;
    let ran =
        ran.expect("certificate is not verified, so credentials are not sent to other addresses")?;
    let ran = ran.expect("no API server could be reached at its own address")?;
    let report = ran.json()?;
    ensure!(report["apiServers"]["asked"] == 1 && report["members"].is_null(), "{report:#}");
    let reasons = report["unknown"].to_string();
    ensure!(
        reasons.contains("certificates are not verified, so the token is not sent"),
        "{reasons}"
    );
    Ok(())
}

/// The same metrics under another start of the process.
fn restarted(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().map(|it| match it.strip_prefix("process_start_time_seconds ") {
        Some(_) => "process_start_time_seconds 1.5e+09",
        None => it,
    });
    let mut text = lines.collect::<Vec<_>>().join("\n");
    text.push('\n');
    text.into_bytes()
}

fn another(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.20")?)?;
    let server = suite.fault_server(Listen::default())?;
    let metrics = || Match::read("/metrics");
    // The first two scrapes are of one server, all others of another.
    server.add(Rule::new(metrics(), When::First(2), Fault::Nothing));
    server.add(Rule::new(metrics(), When::Always, Fault::garbled(|text| restarted(&text))));
    let arguments =
        ["perf", "--for", "2s", "--interval", "1s", "--prometheus", "none", "-o", "json"];
    let mut command = suite.oc_etcd(User::Admin, &arguments);
    command.env("KUBECONFIG", server.kubeconfig()?);
    let ran = suite.run_command(command)?.expect_code(0)?;
    let ran = ran.expect("another API server responded; the measurement restarts")?;
    let report = ran.json()?;
    ensure!(
        report["window"]["interruptions"] == json!(["another API server responded"]),
        "{report:#}"
    );
    let seconds = report["window"]["seconds"].as_f64();
    ensure!(seconds.is_some_and(|it| (1.9..3.5).contains(&it)), "{seconds:?} s");
    // One, two, the other one, and a whole window behind that.
    ensure!(server.count(&metrics()) == 5, "{} scrapes", server.count(&metrics()));
    Ok(())
}
