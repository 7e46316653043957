//! Watches that survive what happens to them.
//!
//! A watch that is dropped or has expired (410) is taken up again by kube's watcher, which lists first;
//! what was deleted meanwhile is missing in that list.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use futures::stream::{Stream, StreamExt as _, select_all};
use kube::api::DynamicObject;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use tokio::time::Instant;

use crate::api::renewable_client::Held;
use crate::api::server::Endpoint;
use crate::api::{Cluster, ClusterError, Fault};
use crate::cluster::deadline::{Deadline, LastSeen, WaitError};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::redact::quotes::Secrets;
use crate::redact::words::without_secrets;

/// The delay before everything is listed anew.
const LIST_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Something that happened to a watched object.
pub(super) enum Seen {
    Is(Object),
    Deleted(ObjectRef),
    /// All that is there was told, after the start or after a gap: of this kind, these names.
    Listed(Kind, BTreeSet<String>),
    /// The watch failed and is taken up again.
    Trouble(String),
}

/// The events of watches.
pub(super) type Events<T> = Pin<Box<dyn Stream<Item = Result<T, ClusterError>> + Send>>;

/// Opens watches side by side.
type Open<T> = Box<dyn Fn(&Cluster) -> Events<T> + Send + Sync>;

/// Watches side by side. The watches start again with new credentials when the server refuses the old
/// credentials, and with a list when the server no longer keeps what happened since the last event.
pub(super) struct Watches<'a, T = Seen> {
    cluster: &'a Cluster,
    open: Open<T>,
    gap: fn(String) -> T,
    held: Held,
    events: Events<T>,
}

impl<'a> Watches<'a> {
    /// Starts watches of objects. The objects that exist come first.
    pub(super) fn new(cluster: &'a Cluster, queries: Vec<(Kind, watcher::Config)>) -> Self {
        let open = move |cluster: &Cluster| {
            let watches = queries.iter().map(|(kind, config)| cluster.watch(*kind, config.clone()));
            Box::pin(select_all(watches)) as Events<Seen>
        };
        Self::open(cluster, Seen::Trouble, open)
    }

    /// Starts a watch of one object.
    pub(super) fn of(cluster: &'a Cluster, reference: &ObjectRef) -> Self {
        let name = format!("metadata.name={}", reference.name);
        Self::new(cluster, vec![(reference.kind, watcher::Config::default().fields(&name))])
    }
}

impl<'a, T> Watches<'a, T> {
    /// Starts the watches that `open` opens. `gap` makes the event that tells that a watch starts again.
    pub(super) fn open(
        cluster: &'a Cluster,
        gap: fn(String) -> T,
        open: impl Fn(&Cluster) -> Events<T> + Send + Sync + 'static,
    ) -> Self {
        let (held, events) = (cluster.client.held(), open(cluster));
        Self { cluster, open: Box::new(open), gap, held, events }
    }

    /// Returns the next event, or `None` when `until` comes first.
    ///
    /// # Errors
    /// When the server refuses a watch for good, the deadline passes, or a signal comes.
    pub(super) async fn next(
        &mut self,
        deadline: &Deadline,
        until: Option<Instant>,
        last: &LastSeen,
    ) -> Result<Option<T>, WaitError> {
        loop {
            match deadline.next(&mut self.events, until, last).await? {
                Some(Err(error))
                    if error.fault.is_code(401) && self.cluster.client.renew(&self.held).await =>
                {
                    self.held = self.cluster.client.held();
                    self.events = (self.open)(self.cluster);
                }
                // kube's watcher asks again from where it was, and that is no longer kept.
                Some(Err(error)) if error.fault.is_code(410) => {
                    tokio::time::sleep(LIST_AGAIN_AFTER).await;
                    self.events = (self.open)(self.cluster);
                    let words = "the server no longer has the changes since the last event";
                    return Ok(Some((self.gap)(words.to_owned())));
                }
                event => return Ok(event.transpose()?),
            }
        }
    }
}

impl Cluster {
    /// Watches objects of a kind; what is there already comes first.
    fn watch(&self, kind: Kind, config: watcher::Config) -> Events<Seen> {
        let namespace = kind.resource().is_namespaced.then_some(names::MACHINE_NAMESPACE);
        let events = watcher::watcher(self.watchable(kind, namespace), config).default_backoff();
        let (server, learned) = (self.server.clone(), self.notices.learned.clone());
        let mut listed = BTreeSet::new();
        Box::pin(events.filter_map(move |event| {
            let seen = match event {
                Ok(Event::InitApply(object)) => {
                    to_object(kind, object, &learned.secrets()).map(|it| {
                        listed.insert(it.name().to_owned());
                        Ok(Seen::Is(it))
                    })
                }
                Ok(Event::Apply(object)) => {
                    to_object(kind, object, &learned.secrets()).map(|it| Ok(Seen::Is(it)))
                }
                Ok(Event::Delete(object)) => to_object(kind, object, &learned.secrets())
                    .map(|it| Ok(Seen::Deleted(it.reference().clone()))),
                Ok(Event::Init) => {
                    listed.clear();
                    None
                }
                Ok(Event::InitDone) => Some(Ok(Seen::Listed(kind, std::mem::take(&mut listed)))),
                Err(error) => {
                    Some(trouble(kind, &server, &error, &learned.secrets(), Seen::Trouble))
                }
            };
            futures::future::ready(seen)
        }))
    }
}

fn to_object(kind: Kind, object: DynamicObject, secrets: &Secrets) -> Option<Object> {
    let mut body = serde_json::to_value(object).ok()?;
    body["apiVersion"] = kind.api_version().into();
    body["kind"] = kind.resource().kind.into();
    Some(without_secrets(Object::from_value(body).ok()?, secrets))
}

/// Returns the event for a watch that failed: a gap where the watch starts again.
///
/// # Errors
/// When the server refuses the watch, or no longer has the changes since the last event.
pub(super) fn trouble<T>(
    kind: Kind,
    server: &Endpoint,
    error: &watcher::Error,
    secrets: &Secrets,
    gap: fn(String) -> T,
) -> Result<T, ClusterError> {
    let fault = fault(error, kind).at(server).without(secrets);
    if fault.is_final() || fault.is_code(410) {
        let attempted = format!("watching {}", kind.qualified());
        return Err(ClusterError { attempted, fault });
    }
    Ok(gap(fault.to_string()))
}

/// Returns the fault that broke a watch of a kind.
fn fault(error: &watcher::Error, kind: Kind) -> Fault {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => Fault::from_kube(error, Some(kind)),
        watcher::Error::WatchError(status) => {
            Fault::from_kube(&kube::Error::Api(status.clone()), Some(kind))
        }
        watcher::Error::NoResourceVersion => Fault::Answer,
    }
}
