//! The connection to the API server and the requests over it. Knows nothing of etcd.

pub(crate) mod address;
pub mod certificates;
pub mod client;
pub mod concurrent;
pub mod connect;
pub mod connect_error;
pub mod connection;
pub mod error;
pub mod headers;
pub mod interrupt;
pub mod kubeconfig;
pub mod plugin;
pub mod proxy;
pub mod renewable_client;
pub mod requests;
pub mod retry;
pub mod server;
pub mod settings;
pub mod token_file;
pub mod trace;
pub mod transport;
pub mod tunnel;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

pub use connect::{Connection, connect, connect_silently, names};
pub use error::{ClusterError, Fault, WriteError};
pub use interrupt::Interrupt;
pub use trace::{Notice, Notices, Tell};

/// A connection to one cluster.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) client: renewable_client::RenewableClient,
    /// The server, for errors.
    pub(crate) server: server::Endpoint,
    pub(crate) request_timeout: Duration,
    pub(crate) notices: Notices,
    /// Marks what this run creates.
    pub(crate) run_id: String,
    /// The time at which the run ends, whatever the server asks for.
    pub(crate) deadline: Option<Instant>,
    /// The time at which the first request of a reading had to be repeated; `None` outside of a reading. The requests
    /// of a reading share one budget.
    pub(crate) failing_since: Option<Arc<OnceLock<Instant>>>,
}

impl Cluster {
    /// Returns the URL of the server, without user and password.
    #[must_use]
    pub fn server(&self) -> String {
        self.server.url.clone()
    }

    /// Returns how the user logs in, if not with `oc login`; a sentence without its end.
    #[must_use]
    pub fn login(&self) -> Option<String> {
        let user = &self.client.config().auth_info;
        let plugin = user.exec.as_ref().and_then(|it| it.command.as_deref());
        let plugin = plugin.map(|it| it.rsplit(['/', '\\']).next().unwrap_or(it));
        plugin
            .map(|it| format!("log in again with {it}, the credential plugin of this user"))
            .or_else(|| {
                let renews = "to renew the token of the auth-provider, run a command of kubectl, then this command again";
                user.auth_provider.as_ref().map(|_| renews.to_owned())
            })
    }

    /// From now on nothing is sent again for longer than that. `None` is for ever.
    #[must_use]
    pub fn ending_after(self, timeout: Option<Duration>) -> Self {
        Self { deadline: timeout.and_then(|it| Instant::now().checked_add(it)), ..self }
    }

    /// Returns the connection for one reading of several steps.
    pub(crate) fn for_one_reading(&self) -> Self {
        Self { failing_since: Some(Arc::default()), ..self.clone() }
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").finish_non_exhaustive()
    }
}
