//! The only room that talks to the API server: connect, read, apply, wait.
//!
//! It decides nothing. What to write was decided in `plan`, and only an `Approved` plan gets in here.

pub mod api;
pub mod apply;
mod certificates;
mod client;
pub mod connect;
mod create;
pub mod error;
mod exchange;
pub mod follow;
mod headers;
pub mod interrupt;
mod kubeconfig;
mod link;
pub mod prometheus;
mod proxy;
pub mod read;
mod redact;
mod rendered;
mod round;
pub mod scrape;
mod token_file;
mod trace;
mod transport;
pub mod wait;
mod watch;

use std::time::Duration;

use tokio::time::Instant;

pub use connect::{Connection, connect, connect_silently, names};
pub use error::{ClusterError, Fault};
pub use interrupt::Interrupt;
pub use trace::{Notices, Tell};

/// A connection to one cluster.
#[derive(Clone)]
pub struct Cluster {
    link: link::Link,
    /// Host and port.
    server: String,
    request_timeout: Duration,
    notices: Notices,
    /// Marks what this run creates.
    run_id: String,
    /// When the run ends, whatever the server asks for.
    deadline: Option<Instant>,
}

impl Cluster {
    /// From now on nothing is sent again for longer than that. `None` is for ever.
    #[must_use]
    pub fn ending_after(self, timeout: Option<Duration>) -> Self {
        Self { deadline: timeout.and_then(|it| Instant::now().checked_add(it)), ..self }
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").finish_non_exhaustive()
    }
}
