//! Where a request waits until the test lets it go on.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::oneshot;

/// The gate. Its clones are the same one.
#[derive(Clone)]
pub struct Gate {
    arrive: Sender<Visitor>,
    arrived: Arc<Mutex<Receiver<Visitor>>>,
}

/// A request that waits. It goes on when this value is dropped.
pub struct Visitor {
    _release: oneshot::Sender<()>,
}

impl Default for Gate {
    fn default() -> Self {
        let (arrive, arrived) = channel();
        Self { arrive, arrived: Arc::new(Mutex::new(arrived)) }
    }
}

impl Gate {
    /// Waits for a request to arrive, and holds it. Blocks the thread.
    pub fn await_arrival(&self, within: Duration) -> Result<Visitor> {
        let arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.recv_timeout(within).context("no request came to the gate")
    }

    /// A request arrives, and waits until it may go on.
    pub(super) async fn pass(&self) {
        let (release, released) = oneshot::channel();
        if self.arrive.send(Visitor { _release: release }).is_ok() {
            // An error means the same: the visitor was dropped.
            let _released = released.await;
        }
    }
}

impl Visitor {
    /// Lets the request go on.
    pub fn release(self) {}
}
