//! The only room that talks to the API server: connect, read, apply, wait.
//!
//! It decides nothing. What to write was decided in `plan`, and only an `Approved` plan gets in here.

pub mod api;
pub mod apply;
mod certificates;
pub mod connect;
pub mod error;
pub mod interrupt;
mod kubeconfig;
pub mod read;
mod trace;
pub mod wait;

use std::time::Duration;

pub use connect::{Connection, connect};
pub use error::{ClusterError, Fault};
pub use interrupt::Interrupt;
pub use trace::Notices;

/// A connection to one cluster.
#[derive(Clone)]
pub struct Cluster {
    client: kube::Client,
    /// Host and port.
    server: String,
    request_timeout: Duration,
    /// What the API server and the request log had to say; for the terminal to print.
    pub notices: Notices,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").finish_non_exhaustive()
    }
}
