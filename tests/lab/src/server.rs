//! The two programs of a control plane, etcd and kube-apiserver, as processes:
//! their ports, flags and logs. What the server holds is not known here.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::binaries::program;
use crate::certificates::{Authority, ServerFiles};
use crate::rest::{Rest, connect};
use crate::supervisor::{Supervised, Sweeper};
use crate::user::{User, write_expired_kubeconfig};

const READY_WITHIN: Duration = Duration::from_secs(60);

/// A running etcd and kube-apiserver. Fields end in this order.
pub struct Server {
    apiserver: Supervised,
    etcd: Supervised,
    _sweeper: Sweeper,
    directory: PathBuf,
    url: String,
}

impl Server {
    /// The address of the API server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Starts both, with a directory for their files and feature gates that are not as the version has them.
    pub fn spawn(directory: &Path, feature_gates: &[&str]) -> Result<Self> {
        let [client_port, peer_port, secure_port] = free_ports()?;
        let authority = Authority::new()?;
        let files = ServerFiles::write(&authority, directory)?;
        let url = format!("https://127.0.0.1:{secure_port}");
        for user in User::ALL {
            user.write_kubeconfig(directory, &authority, &url)?;
        }
        write_expired_kubeconfig(directory, &authority, &url)?;
        let etcd = Supervised::start(
            &program("etcd")?,
            &etcd_flags(directory, client_port, peer_port),
            &directory.join("etcd.log"),
        )?;
        let mut flags = apiserver_flags(directory, &files, client_port, secure_port);
        flags.extend(feature_gates.iter().map(|it| format!("--feature-gates={it}").into()));
        let apiserver = Supervised::start(
            &program("kube-apiserver")?,
            &flags,
            &directory.join("kube-apiserver.log"),
        )?;
        let sweeper = Sweeper::start(directory, &[&etcd, &apiserver])?;
        Ok(Self { apiserver, etcd, _sweeper: sweeper, directory: directory.to_owned(), url })
    }

    /// Waits until the API server has a page: `/version` as soon as it answers
    /// at all, `/readyz` when it is ready.
    pub async fn wait_for(&mut self, page: &str) -> Result<()> {
        let admin = Rest::new(connect(&User::Admin.kubeconfig(&self.directory)).await?);
        let started = Instant::now();
        loop {
            let Err(error) = admin.text(page).await else {
                return Ok(());
            };
            for (name, process) in
                [("etcd", &mut self.etcd), ("kube-apiserver", &mut self.apiserver)]
            {
                if process.has_ended() {
                    bail!("{name} ended by itself:\n{}", process.log_tail());
                }
            }
            if started.elapsed() > READY_WITHIN {
                return Err(error).with_context(|| format!("the API server has no {page}"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Ports that are free now. They may be taken before the programs bind them;
/// the start is then repeated.
fn free_ports() -> Result<[u16; 3]> {
    let listeners = [
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
    ];
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

fn etcd_flags(directory: &Path, client_port: u16, peer_port: u16) -> Vec<OsString> {
    let client = format!("http://127.0.0.1:{client_port}");
    let peer = format!("http://127.0.0.1:{peer_port}");
    vec![
        format!("--data-dir={}", directory.join("etcd").display()).into(),
        format!("--listen-client-urls={client}").into(),
        format!("--advertise-client-urls={client}").into(),
        format!("--listen-peer-urls={peer}").into(),
        format!("--initial-advertise-peer-urls={peer}").into(),
        format!("--initial-cluster=default={peer}").into(),
        "--unsafe-no-fsync".into(),
        // The bench loads half a gigabyte.
        format!("--quota-backend-bytes={}", 4_u64 << 30).into(),
        "--log-level=warn".into(),
    ]
}

fn apiserver_flags(
    directory: &Path,
    files: &ServerFiles,
    etcd_port: u16,
    port: u16,
) -> Vec<OsString> {
    let token_key = files.token_key.display();
    let token_public_key = files.token_public_key.display();
    vec![
        format!("--etcd-servers=http://127.0.0.1:{etcd_port}").into(),
        format!("--secure-port={port}").into(),
        "--bind-address=127.0.0.1".into(),
        format!("--tls-cert-file={}", files.certificate.display()).into(),
        format!("--tls-private-key-file={}", files.key.display()).into(),
        format!("--client-ca-file={}", files.authority.display()).into(),
        format!("--cert-dir={}", directory.display()).into(),
        format!("--service-account-key-file={token_public_key}").into(),
        format!("--service-account-signing-key-file={token_key}").into(),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        "--service-cluster-ip-range=10.96.0.0/16".into(),
        "--authorization-mode=RBAC".into(),
        "--allow-privileged".into(),
        "--endpoint-reconciler-type=none".into(),
        "--delete-collection-workers=16".into(),
        // It would taint every Node that is loaded as not ready, and no
        // controller would take that back.
        "--disable-admission-plugins=TaintNodesByCondition".into(),
        "--profiling=false".into(),
    ]
}
