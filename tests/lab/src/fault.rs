//! A peer in front of the real API server that breaks what it is told to: it
//! delays, stalls, resets, cuts off, refuses, garbles, and loses answers. All
//! else it passes on as one of the control plane's users. It must not know the
//! plugin.

pub mod gate;
mod handle;
pub mod record;
mod relay;
pub mod reply;
pub mod rule;
mod stream;
mod wire;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::certificates::Identity;
use crate::control_plane::ControlPlane;
use crate::user::User;

pub use gate::{Gate, Visitor};
pub use record::Seen;
pub use reply::Reply;
pub use rule::{Fault, Match, Moment, Point, Rule, WatchEnd, When};

use record::Log;
use relay::Relay;
use wire::Tls;

/// What every connection shares.
struct State {
    relay: Relay,
    rules: Mutex<Vec<Rule>>,
    log: Log,
    /// For how long to be away.
    absence: UnboundedSender<Duration>,
}

/// The peer. It ends, with all its connections, when the value is dropped.
pub struct FaultServer {
    state: Arc<State>,
    listening: JoinHandle<std::io::Result<()>>,
    address: SocketAddr,
    scheme: &'static str,
    directory: PathBuf,
}

/// Where and how the peer listens.
pub struct Listen<'a> {
    /// The address; port 0 takes a free one.
    pub address: &'a str,
    /// The certificate to show; without it, it speaks plain HTTP.
    pub identity: Option<&'a Identity>,
    /// What it speaks.
    pub speaks: Speaks,
}

/// What the peer speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speaks {
    /// HTTP/1.1 alone.
    #[default]
    Http1,
    /// HTTP/2 to who asks for it over TLS, as an API server does.
    Http2,
}

impl Default for Listen<'_> {
    fn default() -> Self {
        Self { address: "127.0.0.1:0", identity: None, speaks: Speaks::Http1 }
    }
}

impl FaultServer {
    /// Starts it on plain HTTP. What it passes on is done in the name of a user.
    pub async fn start(control_plane: &ControlPlane, user: User) -> Result<Self> {
        Self::start_with(control_plane, user, Listen::default()).await
    }

    /// Starts it where and how it is told.
    pub async fn start_with(
        control_plane: &ControlPlane,
        user: User,
        listen: Listen<'_>,
    ) -> Result<Self> {
        let tls = listen.identity.map(|it| Tls::new(it, listen.speaks)).transpose()?;
        let listener = TcpListener::bind(listen.address).await.context("listen for faults")?;
        let address = listener.local_addr()?;
        let relay = Relay::new(&control_plane.kubeconfig(user)).await?;
        let (absence, absences) = unbounded_channel();
        let state =
            Arc::new(State { relay, rules: Mutex::default(), log: Log::default(), absence });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listening = tokio::spawn(wire::accept(listener, tls, Arc::clone(&state), absences));
        let directory = control_plane.dir().to_owned();
        Ok(Self { state, listening, address, scheme, directory })
    }

    /// Adds a rule. The first rule that takes a request decides on it.
    pub fn add(&self, rule: Rule) {
        self.state.rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
    }

    /// From now on everything is passed on, and no request has been seen yet.
    pub fn forget(&self) {
        self.state.rules.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.state.log.clear();
    }

    /// The requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Seen> {
        self.state.log.all()
    }

    /// The requests so far of one sort.
    pub fn seen(&self, matcher: &Match) -> Vec<Seen> {
        self.requests().into_iter().filter(|it| matcher.takes_seen(it)).collect()
    }

    /// How many connections have been taken.
    pub fn connections(&self) -> usize {
        self.state.log.connections()
    }

    /// The bytes that came and that went, TLS included.
    pub fn bytes(&self) -> (u64, u64) {
        self.state.log.bytes()
    }

    /// How many requests of a sort there have been.
    pub fn count(&self, matcher: &Match) -> usize {
        self.seen(matcher).len()
    }

    /// The address it listens at.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Writes a kubeconfig that leads to it, for a user without credentials who asks for no authority.
    pub fn kubeconfig(&self) -> Result<PathBuf> {
        let is_tls = self.scheme == "https";
        self.kubeconfig_with(&json!({"insecure-skip-tls-verify": is_tls}), &json!({}))
    }

    /// The same, with more fields of the cluster (`certificate-authority-data`)
    /// and the user (`exec`, `token`).
    pub fn kubeconfig_with(&self, cluster: &Value, user: &Value) -> Result<PathBuf> {
        let mut cluster = cluster.clone();
        cluster["server"] = self.url().into();
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "faults", "cluster": cluster}],
            "users": [{"name": "faults", "user": user}],
            "contexts": [{"name": "faults", "context": {"cluster": "faults", "user": "faults"}}],
            "current-context": "faults",
        });
        let path = self.directory.join(format!("faults-{}.kubeconfig", self.address.port()));
        write(&path, &config)?;
        Ok(path)
    }
}

/// A certificate as `certificate-authority-data` wants it.
pub fn as_data(pem: &str) -> Value {
    STANDARD.encode(pem).into()
}

fn write(path: &Path, config: &Value) -> Result<()> {
    std::fs::write(path, serde_json::to_string_pretty(config)?)
        .with_context(|| format!("write {}", path.display()))
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
