//! Certificates and proxies: what lies between the program and a connection.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};
use oc_etcd_lab::certificates::{Authority, Identity};
use oc_etcd_lab::fault::{FaultServer, Listen, as_data};
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::tidy;
use crate::Case;
use crate::suite::{Ran, Suite};

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("f21_certificates_that_cannot_be_used_are_told_apart", certificates),
        ("f21_ipv6_and_a_name_for_the_certificate_work", addresses),
        ("f21_the_proxy_is_taken_and_no_proxy_leaves_it_out", proxies),
    ]
}

/// A fault server that shows a certificate.
fn secure(suite: &Suite, address: &str, identity: &Identity) -> Result<FaultServer> {
    suite.fault_server(Listen { address, identity: Some(identity), ..Listen::default() })
}

/// Runs `version` with a kubeconfig of these fields.
fn version(suite: &Suite, server: &FaultServer, (cluster, user): (Value, Value)) -> Result<Ran> {
    let mut command = suite.oc_etcd(User::Admin, &["version", "--request-timeout=5s"]);
    command.env("KUBECONFIG", server.kubeconfig_with(&cluster, &user)?);
    tidy(suite.run_command(command)?)
}

fn trusting(certificate: &str) -> (Value, Value) {
    (json!({"certificate-authority-data": as_data(certificate)}), json!({}))
}

fn certificates(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let (authority, other) = (Authority::new()?, Authority::named("somebody-else")?);
    let serving = authority.serving(&["127.0.0.1"])?;
    let server = secure(suite, "127.0.0.1:0", &serving)?;
    let run = |server, fields| version(suite, server, fields);
    run(&server, trusting(authority.certificate()))?.expect_code(0)?;
    run(&server, (json!({"insecure-skip-tls-verify": true}), json!({})))?.expect_code(0)?;

    let ran = run(&server, trusting(other.certificate()))?.expect_code(1)?;
    ran.expect("not signed by a certificate authority")?;
    // The server's own certificate is no authority's, though kubectl takes it for one.
    let ran = run(&server, trusting(&serving.certificate))?.expect_code(1)?;
    ran.expect("not signed by a certificate authority")?;

    let expired = secure(suite, "127.0.0.1:0", &authority.expired("127.0.0.1")?)?;
    let ran = run(&expired, trusting(authority.certificate()))?.expect_code(1)?;
    ran.expect("the server's certificate expired at ")?.expect("the clock of this machine")?;

    let named = secure(suite, "127.0.0.1:0", &authority.serving(&["api.example"])?)?;
    let ran = run(&named, trusting(authority.certificate()))?.expect_code(1)?;
    ran.expect("is not valid for 127.0.0.1, but for api.example; set one of these")?
        .expect("--tls-server-name")?;

    let client = authority.user("somebody", None)?;
    let version_1 = client.as_version_1()?;
    for (client, code) in [(&client, 0), (&version_1, 1)] {
        let user = json!({
            "client-certificate-data": as_data(&client.certificate),
            "client-key-data": as_data(&client.key),
        });
        let ran = run(&server, (trusting(authority.certificate()).0, user))?.expect_code(code)?;
        if code == 1 {
            ran.expect("X.509 v1")?.expect("requires an extension")?;
        }
    }
    Ok(())
}

fn addresses(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let authority = Authority::new()?;
    let named = secure(suite, "127.0.0.1:0", &authority.serving(&["api.example"])?)?;
    let (mut cluster, user) = trusting(authority.certificate());
    cluster["tls-server-name"] = "api.example".into();
    version(suite, &named, (cluster, user))?.expect_code(0)?;

    // A machine without IPv6 has nothing to try this on.
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        let server = secure(suite, "[::1]:0", &authority.serving(&["::1"])?)?;
        version(suite, &server, trusting(authority.certificate()))?.expect_code(0)?;
    }
    Ok(())
}

/// A proxy that knows `CONNECT`, notes where it was asked to go, and goes to one server.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Proxy {
    fn start(suite: &Suite, server: SocketAddr) -> Result<Self> {
        suite.ask(async |_| {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let address = listener.local_addr()?;
            let asked = Arc::new(Mutex::new(Vec::new()));
            let notes = Arc::clone(&asked);
            let listening = tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    // A tunnel that breaks is the client's to notice.
                    tokio::spawn(tunnel(client, server, Arc::clone(&notes)));
                }
            });
            Ok(Self { address, asked, listening })
        })
    }

    /// Where it was asked to go since the last call.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn tunnel(
    client: TcpStream,
    server: SocketAddr,
    notes: Arc<Mutex<Vec<String>>>,
) -> Result<()> {
    let mut client = BufReader::new(client);
    let mut request = String::new();
    client.read_line(&mut request).await?;
    let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
    notes.lock().unwrap_or_else(PoisonError::into_inner).push(target);
    let mut header = String::new();
    while client.read_line(&mut header).await? > 2 {
        header.clear();
    }
    let mut server = TcpStream::connect(server).await?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// A server that only the proxy knows the way to: programs in Go leave loopback addresses to no proxy,
/// so that it must have another.
const NAME: &str = "https://api.lab.example:6443";
const ADDRESS: &str = "https://192.0.2.10:6443";

/// `version`, for a server behind the proxy.
fn behind(
    suite: &Suite,
    server: &FaultServer,
    (url, cluster): (&str, Value),
    environment: &[(&str, String)],
) -> Result<Command> {
    let flags = ["version", "--request-timeout=2s", &format!("--server={url}")];
    let mut command = suite.oc_etcd(User::Admin, &flags);
    command.env("KUBECONFIG", server.kubeconfig_with(&cluster, &json!({}))?);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    Ok(command)
}

fn proxies(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let authority = Authority::new()?;
    let serving = authority.serving(&["api.lab.example", "192.0.2.10"])?;
    let server = secure(suite, "127.0.0.1:0", &serving)?;
    let proxy = Proxy::start(suite, server.address())?;
    let proxy_url = format!("http://{}", proxy.address);
    let environment =
        |no_proxy: &str| [("HTTPS_PROXY", proxy_url.clone()), ("NO_PROXY", no_proxy.to_owned())];
    let cluster = trusting(authority.certificate()).0;
    for (url, no_proxy) in [
        (NAME, ""),
        (NAME, "example.com, 10.0.0.0/8 ,.svc,"),
        (NAME, "lab"),
        (ADDRESS, "192.0.3.0/24,192.0.2.1"),
        // It is the server's address that counts, not the proxy's.
        (ADDRESS, "127.0.0.1"),
    ] {
        let command = behind(suite, &server, (url, cluster.clone()), &environment(no_proxy))?;
        tidy(suite.run_command(command)?)?.expect_code(0)?;
        let asked = proxy.asked();
        ensure!(!asked.is_empty(), "NO_PROXY={no_proxy} left the proxy out for {url}");
        ensure!(asked.iter().all(|it| url.ends_with(it.as_str())), "{asked:?}");
    }
    left_out(suite, &server, &cluster, &environment)?;
    ensure!(proxy.asked().is_empty(), "NO_PROXY did not leave the proxy out");

    // A cluster's own proxy is the kubeconfig's matter, whatever the environment says.
    let mut own = cluster;
    own["proxy-url"] = proxy_url.clone().into();
    let command = behind(suite, &server, (NAME, own), &[("NO_PROXY", "*".to_owned())])?;
    tidy(suite.run_command(command)?)?.expect_code(0)?;
    ensure!(!proxy.asked().is_empty(), "the kubeconfig's proxy was left out");
    Ok(())
}

/// Without the proxy there is no way to the server. All are tried at once, for that takes its time.
fn left_out(
    suite: &Suite,
    server: &FaultServer,
    cluster: &Value,
    environment: &dyn Fn(&str) -> [(&'static str, String); 2],
) -> Result<()> {
    let mut running = Vec::new();
    for no_proxy in ["192.0.2.10", "192.0.2.0/24", "example.com, 192.0.2.10 ,", "*"] {
        let fields = (ADDRESS, cluster.clone());
        running.push(Suite::begin(behind(suite, server, fields, &environment(no_proxy))?)?);
    }
    for running in running {
        tidy(suite.finish(running)?)?.expect_code(1)?;
    }
    Ok(())
}
