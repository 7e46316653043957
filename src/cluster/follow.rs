//! Tells that something has changed of what a command reads, and not what: whoever wants to know reads
//! again.
//!
//! Only metadata is watched, so that no MachineConfig's body is sent for it. Secrets are not watched:
//! that takes the right to list them, which nobody is to have.

use futures::stream::{StreamExt as _, select_all};
use kube::api::{DynamicObject, PartialObjectMeta};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use tokio::time::Instant;

use super::read::Watched;
use super::watch::{Events, Watches, trouble};
use crate::api::Cluster;
use crate::cluster::deadline::{Deadline, LastSeen, WaitError};

/// An event of a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// Something may be other than it was.
    Something,
    /// The watch broke and is taken up again; nobody knows what happened meanwhile. In words.
    Gap(String),
}

/// Watches of all that was read of a scope, side by side.
pub struct Changes<'a>(Watches<'a, WatchEvent>);

impl std::fmt::Debug for Changes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Changes").finish_non_exhaustive()
    }
}

impl<'a> Changes<'a> {
    /// Starts the watches. An object that exists counts as a change, so that nothing is missed between a
    /// read and the watches.
    #[must_use]
    pub(crate) fn new(cluster: &'a Cluster, watched: Vec<Watched>) -> Self {
        let open = move |cluster: &Cluster| {
            Box::pin(select_all(watched.iter().map(|it| one(cluster, it)))) as Events<WatchEvent>
        };
        Self(Watches::open(cluster, WatchEvent::Gap, open))
    }

    /// Returns the next event; `None` when it is time to look again without one.
    ///
    /// # Errors
    /// When the server refuses a watch for good, the deadline passes, or a signal comes.
    pub async fn next(
        &mut self,
        deadline: &Deadline,
        until: Instant,
        last: &LastSeen,
    ) -> Result<Option<WatchEvent>, WaitError> {
        self.0.next(deadline, Some(until), last).await
    }
}

/// Opens one watch.
fn one(cluster: &Cluster, watched: &Watched) -> Events<WatchEvent> {
    let (kind, server) = (watched.kind, cluster.server.clone());
    let learned = cluster.notices.learned.clone();
    let api =
        cluster.watchable::<PartialObjectMeta<DynamicObject>>(kind, watched.namespace.as_deref());
    let events = watcher::watcher(api, watched.config.clone()).default_backoff();
    Box::pin(events.filter_map(move |event| {
        let change = match event {
            Ok(Event::Init) => None,
            Ok(_) => Some(Ok(WatchEvent::Something)),
            Err(error) => Some(trouble(kind, &server, &error, &learned.secrets(), WatchEvent::Gap)),
        };
        futures::future::ready(change)
    }))
}
