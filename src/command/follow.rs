//! Follows a cluster: reads again when a watch tells that something changed, and tells what was read anew as time
//! passes.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;

use crate::api::Cluster;
use crate::cluster::deadline::{Deadline, LastSeen, WaitError};
use crate::cluster::follow::{Changes, WatchEvent};
use crate::cluster::read::{Scope, Watched, read};
use crate::model::snapshot::Snapshot;

/// The minimum time between two reads: changes come in bursts.
const BETWEEN_READS: Duration = Duration::from_secs(1);
/// The delay before a read that failed is repeated.
const BEFORE_ANOTHER_TRY: Duration = Duration::from_secs(2);
/// Interval at which the same Snapshot is told again: an operation that takes too long is trouble without any change.
const BETWEEN_TELLINGS: Duration = Duration::from_secs(10);

/// An event of following.
pub(super) enum News {
    /// A new Snapshot of the cluster.
    Snapshot(Box<Snapshot>),
    /// The server could not tell. In words.
    Blind(String),
}

/// A cluster that is followed.
pub(super) struct Follower<'a> {
    cluster: &'a Cluster,
    scope: Scope,
    watched: Vec<Watched>,
    changes: Changes<'a>,
    deadline: Deadline,
    snapshot: Snapshot,
    read_at: Instant,
    told_at: Instant,
    /// The time at which to read again, where there is a reason to.
    due: Option<Instant>,
}

impl<'a> Follower<'a> {
    /// Begins with what was read a moment ago.
    pub(super) fn new(
        cluster: &'a Cluster,
        scope: Scope,
        snapshot: Snapshot,
        deadline: Deadline,
    ) -> Self {
        let watched = scope.watched(&snapshot);
        let (now, changes) = (Instant::now(), Changes::new(cluster, watched.clone()));
        Self {
            cluster,
            scope,
            watched,
            changes,
            deadline,
            snapshot,
            read_at: now,
            told_at: now,
            due: None,
        }
    }

    /// Returns whether nothing is watched, because nothing could be read: no change would be shown.
    pub(super) const fn is_blind(&self) -> bool {
        self.watched.is_empty()
    }

    /// Returns the Snapshot that was read last, as old as it is now.
    pub(super) fn now(&mut self) -> Snapshot {
        self.told_at = Instant::now();
        let passed = SignedDuration::try_from(self.told_at - self.read_at).unwrap_or_default();
        let mut snapshot = self.snapshot.clone();
        snapshot.read_at = snapshot.read_at.checked_add(passed).unwrap_or(snapshot.read_at);
        snapshot
    }

    /// Returns the next event. With `look_at`, the cluster is read then whatever happens. Ends nothing when
    /// it is dropped half-way.
    pub(super) async fn next(
        &mut self,
        look_at: Option<Instant>,
        last: &LastSeen,
    ) -> Result<News, WaitError> {
        loop {
            let now = Instant::now();
            let reads_at = self.due.into_iter().chain(look_at).min();
            if reads_at.is_some_and(|it| it <= now) {
                return self.read_again(last).await;
            }
            let tells_at = self.told_at + BETWEEN_TELLINGS;
            if tells_at <= now {
                return Ok(News::Snapshot(Box::new(self.now())));
            }
            let until = reads_at.map_or(tells_at, |it| it.min(tells_at));
            match self.changes.next(&self.deadline, until, last).await? {
                None => {}
                Some(WatchEvent::Something) => self.read_soon(self.read_at + BETWEEN_READS),
                Some(WatchEvent::Gap(reason)) => {
                    self.read_soon(self.read_at + BETWEEN_READS);
                    return Ok(News::Blind(reason));
                }
            }
        }
    }

    fn read_soon(&mut self, at: Instant) {
        self.due.get_or_insert(at);
    }

    async fn read_again(&mut self, last: &LastSeen) -> Result<News, WaitError> {
        let snapshot = read(self.cluster, &self.scope);
        match self.deadline.run(snapshot, last).await? {
            Ok(snapshot) => {
                // A right was given or taken, or the server got or lost a kind.
                let watched = self.scope.watched(&snapshot);
                if watched != self.watched {
                    self.changes = Changes::new(self.cluster, watched.clone());
                    self.watched = watched;
                }
                self.snapshot = snapshot;
                self.read_at = Instant::now();
                self.due = None;
                Ok(News::Snapshot(Box::new(self.now())))
            }
            Err(error) if error.fault.is_final() => Err(error.into()),
            Err(error) => {
                self.due = Some(Instant::now() + BEFORE_ANOTHER_TRY);
                Ok(News::Blind(error.to_string()))
            }
        }
    }
}
