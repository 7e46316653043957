//! Waits by watching, never by asking again and again.
//!
//! A watch that is dropped or has expired (410) is taken up again by kube's watcher, which lists
//! first; what was seen last is what a deadline reports. A user who may not watch is told at once.

mod gone;
mod machines;
mod pool;

use std::time::Duration;

use futures::stream::{Stream, StreamExt as _};
use tokio::time::{Instant, sleep_until};

use super::interrupt::Signal;
use super::watch::{Seen, Watches};
use super::{Cluster, ClusterError, Interrupt};
use crate::object::ObjectRef;

pub use gone::machines_gone;
pub use machines::machines_ready;
pub use pool::{PoolRendered, Rendering, pool_rendered};

/// Why a wait ended without what was waited for.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// `--timeout` passed. Says what was seen last.
    #[error("timed out after {}: {last}", pretty(*.after))]
    Deadline {
        /// The time that was allowed.
        after: Duration,
        /// What was seen last.
        last: String,
    },
    /// It will never come; in the operator's words.
    #[error("{0}")]
    Never(String),
    /// The watch is refused for good.
    #[error(transparent)]
    Refused(#[from] ClusterError),
    /// A signal came.
    #[error("interrupted")]
    Interrupted(Signal),
}

/// 90 s as `1m30s`.
pub(crate) fn pretty(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, _) => format!("{}s", duration.as_secs_f32()),
        (minutes, 0) => format!("{minutes}m"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

/// How long to wait, and what ends it early.
#[derive(Clone, Debug)]
pub struct Patience {
    /// `--timeout`; `None` for ever.
    pub timeout: Option<Duration>,
    /// SIGINT and SIGTERM.
    pub interrupt: Interrupt,
    started: Instant,
}

impl Patience {
    /// Begins now.
    #[must_use]
    pub fn new(timeout: Option<Duration>, interrupt: Interrupt) -> Self {
        Self { timeout, interrupt, started: Instant::now() }
    }

    fn deadline(&self) -> Option<Instant> {
        self.started.checked_add(self.timeout?)
    }

    /// Does something that writes nothing, unless a signal or the deadline comes first.
    ///
    /// # Errors
    /// The signal, or the deadline with what was seen last.
    pub async fn while_it_lasts<T>(
        &self,
        doing: impl Future<Output = T>,
        last: &str,
    ) -> Result<T, WaitError> {
        let mut doing = Box::pin(futures::stream::once(doing));
        match self.next(&mut doing, None, last).await? {
            Some(done) => Ok(done),
            None => std::future::pending().await,
        }
    }

    /// The next item of a stream, unless a signal or the deadline comes first. `until` is an earlier
    /// point at which to look again without an item.
    pub(super) async fn next<T>(
        &self,
        stream: &mut (impl Stream<Item = T> + Unpin),
        until: Option<Instant>,
        last: &str,
    ) -> Result<Option<T>, WaitError> {
        let mut interrupt = self.interrupt.clone();
        let at = |instant: Option<Instant>| async move {
            match instant {
                Some(instant) => sleep_until(instant).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            signal = interrupt.wait() => Err(WaitError::Interrupted(signal)),
            Some(item) = stream.next() => Ok(Some(item)),
            () = at(until) => Ok(None),
            () = at(self.deadline()) => Err(WaitError::Deadline {
                after: self.timeout.unwrap_or_default(),
                last: last.to_owned(),
            }),
        }
    }
}

/// Waits until an object is there. `Ok(false)` when its time is over.
///
/// # Errors
/// When the watch is refused, the deadline passes, or a signal comes.
pub async fn appears(
    cluster: &Cluster,
    reference: &ObjectRef,
    time: Duration,
    patience: &Patience,
) -> Result<bool, WaitError> {
    let last = format!("{reference} has not been seen yet");
    let is_there = |seen: &Seen| matches!(seen, Seen::Is(_));
    within(Watches::of(cluster, reference), (time, last), patience, is_there).await
}

/// Waits until an object is gone. `Ok(false)` when its time is over.
///
/// # Errors
/// When the watch is refused, the deadline passes, or a signal comes.
pub async fn disappears(
    cluster: &Cluster,
    reference: &ObjectRef,
    time: Duration,
    patience: &Patience,
) -> Result<bool, WaitError> {
    let last = format!("{reference} is still there");
    let is_gone = |seen: &Seen| match seen {
        Seen::Gone(_) => true,
        Seen::Listed(_, names) => !names.contains(&reference.name),
        Seen::Is(_) | Seen::Trouble(_) => false,
    };
    within(Watches::of(cluster, reference), (time, last), patience, is_gone).await
}

/// Waits until something is seen. `Ok(false)` when its time is over.
async fn within(
    mut watch: Watches<'_>,
    (time, mut last): (Duration, String),
    patience: &Patience,
    is_it: impl Fn(&Seen) -> bool,
) -> Result<bool, WaitError> {
    let until = Instant::now() + time;
    loop {
        match watch.next(patience, Some(until), &last).await? {
            Some(seen) if is_it(&seen) => return Ok(true),
            Some(Seen::Trouble(reason)) => last = reason,
            Some(_) => {}
            None => return Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_kubectls_do() {
        for (seconds, text) in [(1, "1s"), (90, "1m30s"), (600, "10m")] {
            assert_eq!(pretty(Duration::from_secs(seconds)), text);
        }
    }
}
