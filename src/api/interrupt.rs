//! SIGINT and SIGTERM: while nothing is written they end the run at once; later the request in flight
//! ends, then the run says how far it came.

use std::future::Future;

use tokio::sync::watch;

use crate::exit::Exit;

/// The signal that ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// `kill`, a pod that is stopped.
    Terminate,
}

impl Signal {
    /// Returns the result of a run that the signal ended.
    #[must_use]
    pub const fn exit(self) -> Exit {
        match self {
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

/// A signal ended the run before anything was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted; nothing was written")]
pub struct Interrupted(pub Signal);

/// Tells whether a signal has come. The second one ends the process at once.
#[derive(Clone, Debug)]
pub struct Interrupt {
    received: watch::Receiver<Option<Signal>>,
}

impl Interrupt {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system refuses signal handlers.
    pub fn listen() -> std::io::Result<Self> {
        let (sender, received) = watch::channel(None);
        let mut next = signals()?;
        tokio::spawn(async move {
            if let Some(signal) = next.recv().await {
                sender.send_replace(Some(signal));
            }
            if let Some(signal) = next.recv().await {
                std::process::exit(signal.exit().code().into());
            }
        });
        Ok(Self { received })
    }

    /// As after a signal, or before any.
    #[cfg(test)]
    pub(crate) fn after(signal: Option<Signal>) -> Self {
        Self { received: watch::channel(signal).1 }
    }

    /// The signal that has come, if one has.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        *self.received.borrow()
    }

    /// Does something that writes nothing, unless a signal comes first.
    ///
    /// # Errors
    /// The signal.
    pub async fn before_writing<T>(
        &self,
        doing: impl Future<Output = T>,
    ) -> Result<T, Interrupted> {
        let mut interrupt = self.clone();
        tokio::select! {
            done = doing => Ok(done),
            signal = interrupt.wait() => Err(Interrupted(signal)),
        }
    }

    /// Waits for a signal.
    pub async fn wait(&mut self) -> Signal {
        loop {
            if let Some(signal) = self.signal() {
                return signal;
            }
            if self.received.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Waits until the terminal has another size; for ever where that cannot be told.
pub async fn resized() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut changes) = signal(SignalKind::window_change()) {
            changes.recv().await;
            return;
        }
    }
    std::future::pending::<()>().await;
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    async fn recv(&mut self) -> Option<Signal> {
        tokio::select! {
            it = self.interrupt.recv() => it.map(|()| Signal::Interrupt),
            it = self.terminate.recv() => it.map(|()| Signal::Terminate),
        }
    }
}

#[cfg(unix)]
fn signals() -> std::io::Result<Signals> {
    use tokio::signal::unix::{SignalKind, signal};
    Ok(Signals {
        interrupt: signal(SignalKind::interrupt())?,
        terminate: signal(SignalKind::terminate())?,
    })
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    async fn recv(&mut self) -> Option<Signal> {
        tokio::signal::ctrl_c().await.ok().map(|()| Signal::Interrupt)
    }
}

#[cfg(not(unix))]
fn signals() -> std::io::Result<Signals> {
    Ok(Signals)
}
