//! Certificates and proxies: what lies between the program and a connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};
use oc_etcd_lab::certificates::{Authority, Identity};
use oc_etcd_lab::fault::{FaultServer, Listen, Match, as_data};
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
    suite.fault_server(Listen { address, identity: Some(identity) })
}

/// Runs `version` with a kubeconfig of these fields.
fn version(
    suite: &Suite,
    server: &FaultServer,
    (cluster, user): (Value, Value),
    environment: &[(&str, String)],
) -> Result<Ran> {
    let mut command = suite.oc_etcd(User::Admin, &["version", "--request-timeout=5s"]);
    command.env("KUBECONFIG", server.kubeconfig_with(&cluster, &user)?);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
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
    let run = |server, fields| version(suite, server, fields, &[]);
    run(&server, trusting(authority.certificate()))?.expect_code(0)?;
    run(&server, (json!({"insecure-skip-tls-verify": true}), json!({})))?.expect_code(0)?;

    let ran = run(&server, trusting(other.certificate()))?.expect_code(1)?;
    ran.expect("certificate")?.expect("authority")?;
    // The server's own certificate is no authority's, though kubectl takes it for one.
    let ran = run(&server, trusting(&serving.certificate))?.expect_code(1)?;
    ran.expect("certificate")?.expect("authority")?;

    let expired = secure(suite, "127.0.0.1:0", &authority.expired("127.0.0.1")?)?;
    let ran = run(&expired, trusting(authority.certificate()))?.expect_code(1)?;
    ran.expect("certificate")?.expect("expired")?;

    let named = secure(suite, "127.0.0.1:0", &authority.serving(&["api.example"])?)?;
    let ran = run(&named, trusting(authority.certificate()))?.expect_code(1)?;
    ran.expect("certificate")?.expect("api.example")?;

    let client = authority.user("somebody", None)?;
    let version_1 = client.as_version_1()?;
    for (client, code) in [(&client, 0), (&version_1, 1)] {
        let user = json!({
            "client-certificate-data": as_data(&client.certificate),
            "client-key-data": as_data(&client.key),
        });
        let ran = run(&server, (trusting(authority.certificate()).0, user))?.expect_code(code)?;
        if code == 1 {
            ran.expect("X.509 v1")?.expect("extensions")?;
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
    version(suite, &named, (cluster, user), &[])?.expect_code(0)?;

    // A machine without IPv6 has nothing to try this on.
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        let server = secure(suite, "[::1]:0", &authority.serving(&["::1"])?)?;
        version(suite, &server, trusting(authority.certificate()), &[])?.expect_code(0)?;
    }
    Ok(())
}

/// A proxy that knows `CONNECT` and notes where it was asked to go.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Proxy {
    fn start(suite: &Suite) -> Result<Self> {
        suite.ask(async |_| {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let address = listener.local_addr()?;
            let asked = Arc::new(Mutex::new(Vec::new()));
            let notes = Arc::clone(&asked);
            let listening = tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    // A tunnel that breaks is the client's to notice.
                    tokio::spawn(tunnel(client, Arc::clone(&notes)));
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

async fn tunnel(client: TcpStream, notes: Arc<Mutex<Vec<String>>>) -> Result<()> {
    let mut client = BufReader::new(client);
    let mut request = String::new();
    client.read_line(&mut request).await?;
    let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
    notes.lock().unwrap_or_else(PoisonError::into_inner).push(target.clone());
    let mut header = String::new();
    while client.read_line(&mut header).await? > 2 {
        header.clear();
    }
    let mut server = TcpStream::connect(&target).await?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

fn proxies(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let authority = Authority::new()?;
    let server = secure(suite, "127.0.0.1:0", &authority.serving(&["127.0.0.1"])?)?;
    let proxy = Proxy::start(suite)?;
    let through = |no_proxy: Option<&str>| -> Result<Vec<String>> {
        let mut environment = vec![("HTTPS_PROXY", format!("http://{}", proxy.address))];
        environment.extend(no_proxy.map(|it| ("NO_PROXY", it.to_owned())));
        let fields = trusting(authority.certificate());
        version(suite, &server, fields, &environment)?.expect_code(0)?;
        Ok(proxy.asked())
    };
    let target = server.address().to_string();
    for no_proxy in
        [None, Some(""), Some("example.com"), Some("10.0.0.0/8,.svc,"), Some("localhost")]
    {
        let asked = through(no_proxy)?;
        ensure!(asked.contains(&target), "{no_proxy:?}: the proxy was asked for {asked:?}");
    }
    for no_proxy in ["127.0.0.1", "127.0.0.0/8", "example.com, 127.0.0.1 ,", "*", &target] {
        let asked = through(Some(no_proxy))?;
        ensure!(asked.is_empty(), "{no_proxy}: the proxy was asked for {asked:?}");
    }
    // A cluster's own proxy is the kubeconfig's matter, whatever the environment says.
    let (mut cluster, user) = trusting(authority.certificate());
    cluster["proxy-url"] = format!("http://{}", proxy.address).into();
    let none = [("NO_PROXY", "*".to_owned())];
    version(suite, &server, (cluster, user), &none)?.expect_code(0)?;
    ensure!(proxy.asked().contains(&target), "the kubeconfig's proxy was left out");
    ensure!(server.count(&Match::any()) > 0, "the server was not asked");
    Ok(())
}
