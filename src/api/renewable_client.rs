//! The client behind a `Cluster`, which a refused token replaces once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kube::config::Config;

use super::client::{self, Token};
use super::connect_error::{ConnectError, unusable};
use super::plugin::{self, PluginToken};
use super::settings::Settings;
use super::token_file::TokenFile;
use super::transport::{Opened, Protocol};
use crate::api::Notices;

/// The client, and what it is made from.
#[derive(Clone)]
pub(crate) struct RenewableClient {
    inner: Arc<ClientState>,
}

struct ClientState {
    client: Mutex<Held>,
    settings: Settings,
    token_file: Option<TokenFile>,
    notices: Notices,
    renewing: tokio::sync::Mutex<Renewal>,
    is_reached: AtomicBool,
}

/// A client, and which one it is: requests that were refused together need one new client.
#[derive(Clone)]
pub(crate) struct Held {
    pub client: kube::Client,
    opened: Opened,
    number: usize,
}

impl Held {
    /// Returns the protocol of the server, once there is a connection.
    pub(crate) async fn opened(&mut self) -> Option<Protocol> {
        *self.opened.wait_for(Option::is_some).await.ok()?
    }

    /// Returns the protocol of the server, where there is a connection.
    pub(crate) fn protocol(&self) -> Option<Protocol> {
        *self.opened.borrow()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Renewal {
    Possible,
    Done,
}

impl RenewableClient {
    /// Makes the client. A credential plugin runs here.
    pub(crate) async fn new(settings: Settings, notices: Notices) -> Result<Self, ConnectError> {
        let token_file = TokenFile::of(&settings.config.auth_info)?;
        let held = make(settings.clone(), token_file.clone(), notices.clone(), 0).await?;
        Ok(Self {
            inner: Arc::new(ClientState {
                client: Mutex::new(held),
                settings,
                token_file,
                notices,
                renewing: tokio::sync::Mutex::new(Renewal::Possible),
                is_reached: AtomicBool::new(false),
            }),
        })
    }

    /// The client as it is now.
    pub(crate) fn held(&self) -> Held {
        self.inner.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gets credentials anew after the server refused those of a client. `false` when they cannot be had
    /// anew, or were already: a second refusal is the server's word.
    pub(crate) async fn renew(&self, refused: &Held) -> bool {
        let auth = &self.config().auth_info;
        let token_file = &self.inner.token_file;
        if auth.exec.is_none() && token_file.is_none() {
            return false;
        }
        let mut renewal = self.inner.renewing.lock().await;
        let number = self.held().number;
        if number > refused.number || *renewal == Renewal::Done {
            return number > refused.number;
        }
        *renewal = Renewal::Done;
        if let Some(file) = token_file {
            file.renew();
        }
        let (settings, notices) = (self.inner.settings.clone(), self.inner.notices.clone());
        let client = make(settings, token_file.clone(), notices, number + 1);
        client.await.is_ok_and(|client| {
            *self.inner.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
            true
        })
    }

    /// The settings that the client is made from.
    pub(crate) fn config(&self) -> &Config {
        &self.inner.settings.config
    }

    /// The place that the URL of the proxy comes from.
    pub(crate) fn proxy_origin(&self) -> &str {
        &self.inner.settings.proxy_origin
    }

    /// Notes that the server has answered.
    pub(crate) fn reached(&self) {
        self.inner.is_reached.store(true, Ordering::Relaxed);
    }

    /// Returns whether the server has ever answered: one that never did is probably the wrong one.
    pub(crate) fn is_reached(&self) -> bool {
        self.inner.is_reached.load(Ordering::Relaxed)
    }
}

async fn make(
    mut settings: Settings,
    token_file: Option<TokenFile>,
    notices: Notices,
    number: usize,
) -> Result<Held, ConnectError> {
    let mut token = token_file.map(Token::OfFile);
    if let Some(plugin) = settings.config.auth_info.exec.take() {
        let credential = Box::pin(plugin::run(&plugin)).await?;
        credential.put_into(&mut settings.config.auth_info);
        token = Some(Token::OfPlugin(PluginToken::of(plugin, &credential)));
    }
    let (client, opened) = client::client(&settings, token, &notices)
        .map_err(|error| ConnectError::Unusable(unusable(&error)))?;
    Ok(Held { client, opened, number })
}
