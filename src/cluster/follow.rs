//! Tells that something has changed of what a command reads, and not what: whoever wants to know reads
//! again.
//!
//! Only metadata is watched, so that no MachineConfig's body is sent for it. Secrets are not watched:
//! that takes the right to list them, which nobody is to have.

use std::pin::Pin;
use std::time::Duration;

use futures::stream::{self, StreamExt as _, select_all};
use kube::api::{DynamicObject, PartialObjectMeta};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use tokio::time::Instant;

use super::read::{Scope, Watched};
use super::watch::fault;
use crate::api::renewable_client::Held;
use crate::api::{Cluster, Fault};
use crate::cluster::deadline::{Deadline, WaitError};

/// The delay before everything is listed anew.
const LIST_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// An event of a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// Something may be other than it was.
    Something,
    /// The watch broke and is taken up again; nobody knows what happened meanwhile. In words.
    Gap(String),
    /// The resource is not watched, because the user may not or the server has no such kind.
    Unwatched(String),
}

type Stream = Pin<Box<dyn futures::Stream<Item = Result<WatchEvent, Fault>> + Send>>;

/// Watches of all that a scope reads, side by side.
pub struct Changes<'a> {
    cluster: &'a Cluster,
    watched: Vec<Watched>,
    held: Held,
    stream: Stream,
}

impl std::fmt::Debug for Changes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}

impl<'a> Changes<'a> {
    /// Begins. What is there already counts as a change, so that nothing is missed between a reading and
    /// the watch.
    #[must_use]
    pub fn new(cluster: &'a Cluster, scope: &Scope) -> Self {
        let watched = scope.watched();
        let (held, stream) = (cluster.client.held(), all(cluster, &watched));
        Self { cluster, watched, held, stream }
    }

    /// Returns the next event; `None` when it is time to look again without one.
    ///
    /// # Errors
    /// When the credentials are refused for good, the deadline passes, or a signal comes.
    pub async fn next(
        &mut self,
        deadline: &Deadline,
        until: Instant,
        last: &str,
    ) -> Result<Option<WatchEvent>, WaitError> {
        loop {
            let Some(seen) = deadline.next(&mut self.stream, Some(until), last).await? else {
                return Ok(None);
            };
            match seen {
                Ok(change) => return Ok(Some(change)),
                Err(fault) if fault.is_code(401) && self.cluster.client.renew(&self.held).await => {
                    self.held = self.cluster.client.held();
                    self.stream = all(self.cluster, &self.watched);
                }
                // kube's watcher asks again from where it was, and that is no longer kept.
                Err(fault) if fault.is_code(410) => {
                    tokio::time::sleep(LIST_AGAIN_AFTER).await;
                    self.stream = all(self.cluster, &self.watched);
                    return Ok(Some(WatchEvent::Gap(fault.to_string())));
                }
                Err(fault) => {
                    let attempted = "watching the cluster".to_owned();
                    return Err(crate::api::ClusterError { attempted, fault }.into());
                }
            }
        }
    }
}

fn all(cluster: &Cluster, watched: &[Watched]) -> Stream {
    Box::pin(select_all(watched.iter().map(|it| one(cluster, it))))
}

/// Opens one watch, which ends when it is refused. It ends when it is refused.
fn one(cluster: &Cluster, watched: &Watched) -> Stream {
    let what = watched.kind.qualified();
    let (kind, server) = (watched.kind, cluster.server.clone());
    let api =
        cluster.watchable::<PartialObjectMeta<DynamicObject>>(kind, watched.namespace.as_deref());
    let events = watcher::watcher(api, watched.config.clone()).default_backoff();
    let changes = events.filter_map(move |event| {
        let change = match event {
            Ok(Event::Init) => None,
            Ok(_) => Some(Ok(WatchEvent::Something)),
            Err(error) => {
                let fault = fault(&error, kind).at(&server);
                Some(match fault.code() {
                    Some(403 | 404) => Ok(WatchEvent::Unwatched(what.clone())),
                    Some(401 | 410) => Err(fault),
                    _ if fault.is_final() => Err(fault),
                    _ => Ok(WatchEvent::Gap(fault.to_string())),
                })
            }
        };
        futures::future::ready(change)
    });
    let ending = stream::unfold(Some(Box::pin(changes)), |rest| async {
        let mut rest = rest?;
        let change = rest.next().await?;
        let is_over = matches!(change, Ok(WatchEvent::Unwatched(_)));
        Some((change, (!is_over).then_some(rest)))
    });
    Box::pin(ending)
}
