//! The client behind a `Cluster`, which a refused token replaces once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kube::client::ClientBuilder;
use kube::config::Config;

use super::Notices;
use super::connect::{ConnectError, unusable};

/// The client, and what it is made from.
#[derive(Clone)]
pub(super) struct Link {
    inner: Arc<Inner>,
}

struct Inner {
    client: Mutex<kube::Client>,
    config: Config,
    notices: Notices,
    is_renewed: AtomicBool,
    is_reached: AtomicBool,
}

impl Link {
    /// Makes the client. A credential plugin runs here.
    pub(super) async fn new(config: Config, notices: Notices) -> Result<Self, ConnectError> {
        let client = client(config.clone(), notices.clone()).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                client: Mutex::new(client),
                config,
                notices,
                is_renewed: AtomicBool::new(false),
                is_reached: AtomicBool::new(false),
            }),
        })
    }

    /// The client as it is now.
    pub(super) fn client(&self) -> kube::Client {
        self.inner.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gets credentials anew after the server refused them. `false` when they cannot be had anew, or
    /// were already: a second refusal is the server's word.
    pub(super) async fn renew(&self) -> bool {
        let auth = &self.inner.config.auth_info;
        let is_renewable = auth.exec.is_some() || auth.token_file.is_some();
        if !is_renewable || self.inner.is_renewed.swap(true, Ordering::Relaxed) {
            return false;
        }
        let client = client(self.inner.config.clone(), self.inner.notices.clone()).await;
        client.is_ok_and(|client| {
            *self.inner.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
            true
        })
    }

    /// Notes that the server has answered.
    pub(super) fn reached(&self) {
        self.inner.is_reached.store(true, Ordering::Relaxed);
    }

    /// Whether the server has ever answered: one that never did is probably the wrong one.
    pub(super) fn is_reached(&self) -> bool {
        self.inner.is_reached.load(Ordering::Relaxed)
    }
}

async fn client(config: Config, notices: Notices) -> Result<kube::Client, ConnectError> {
    let plugin = config.auth_info.exec.clone().map(|it| (it.command, it.install_hint));
    // kube runs credential plugins while it makes the client, and blocks.
    let made = tokio::task::spawn_blocking(move || {
        ClientBuilder::try_from(config).map(|builder| builder.with_layer(&notices).build())
    });
    match made.await {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(error)) => Err(ConnectError::Unusable(unusable(&error, plugin))),
        Err(_) => Err(ConnectError::Unusable("the client could not be made".to_owned())),
    }
}
