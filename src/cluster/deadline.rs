//! How long a wait may take, and what ends it early.

use std::time::Duration;

use futures::stream::{Stream, StreamExt as _};
use tokio::time::{Instant, sleep_until};

use crate::api::interrupt::Signal;
use crate::api::{ClusterError, Interrupt};

/// Why a wait ended without what was waited for.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// `--timeout` passed. Says what was seen last.
    #[error("timed out after {}: {}", pretty(*.after), .last.words)]
    Deadline {
        /// The time that was allowed.
        after: Duration,
        /// The state that was seen last.
        last: LastSeen,
    },
    /// The goal cannot be reached; in the operator's words.
    #[error("{0}")]
    Never(String),
    /// The watch is refused for good.
    #[error(transparent)]
    Refused(#[from] ClusterError),
    /// A signal came.
    #[error("interrupted")]
    Interrupted(Signal),
}

/// The state that a wait has seen last, which is not the state that is waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastSeen {
    /// The object, its state, and what is missing.
    pub words: String,
    /// Commands that show more of the objects.
    pub looks: Vec<String>,
    /// Indicates whether somebody has to act first, so that more time alone does not help.
    pub is_blocked: bool,
}

impl<T: Into<String>> From<T> for LastSeen {
    fn from(words: T) -> Self {
        Self { words: words.into(), ..Self::default() }
    }
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

/// The time that a wait may take, and the signals that end it early.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// `--timeout`; `None` for ever.
    pub timeout: Option<Duration>,
    /// SIGINT and SIGTERM.
    pub interrupt: Interrupt,
    started: Instant,
}

impl Deadline {
    /// Begins now.
    #[must_use]
    pub fn new(timeout: Option<Duration>, interrupt: Interrupt) -> Self {
        Self { timeout, interrupt, started: Instant::now() }
    }

    fn ends_at(&self) -> Option<Instant> {
        self.started.checked_add(self.timeout?)
    }

    /// Does something that writes nothing, unless a signal or the deadline comes first.
    ///
    /// # Errors
    /// The signal, or the deadline with what was seen last.
    pub async fn run<T>(
        &self,
        doing: impl Future<Output = T>,
        last: &LastSeen,
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
        last: &LastSeen,
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
            () = at(self.ends_at()) => Err(WaitError::Deadline {
                after: self.timeout.unwrap_or_default(),
                last: last.clone(),
            }),
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
