//! Waits by watching, never by asking again and again.
//!
//! A watch that is dropped or has expired (410) is taken up again by kube's watcher, which lists
//! first; what was seen last is what a deadline reports. A user who may not watch is told at once.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::stream::{Stream, StreamExt as _};
use kube::runtime::watcher;
use tokio::time::{Instant, sleep_until};

use super::interrupt::Signal;
use super::watch::{Seen, Watches};
use super::{Cluster, ClusterError, Interrupt};
use crate::assess::machine::Progress;
use crate::kind::Kind;
use crate::object::{Object, ObjectRef};
use crate::plan::rendered::{self, PoolState};
use crate::role;

/// How long a pool may be degraded before that counts as the operator's last word: the operator
/// renders some seconds after each change, and what it says until then may be of the state before.
const DEGRADED_FOR: Duration = Duration::from_secs(12);

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
fn pretty(duration: Duration) -> String {
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

/// How long the operator may take to render a pool anew after a change. One that leads to the same
/// configuration is never followed by another name.
const RENDERS_WITHIN: Duration = Duration::from_secs(60);

/// What a rendered pool is recognised by.
#[derive(Clone, Debug, Default)]
pub struct Rendering {
    /// The MachineConfigs that it must be made from.
    pub needed: Vec<String>,
    /// The configuration from before this run changed a MachineConfig, which it should not be.
    pub outdated: Option<String>,
    /// The MachineConfigs that this run changed, before and after: during an upgrade the operator also
    /// renders the pool for reasons of its own.
    pub changed: Vec<(Object, Object)>,
}

impl Rendering {
    /// Why a configuration is not, or may not be, the one that is waited for.
    async fn doubt(&self, cluster: &Cluster, name: &str) -> Result<Doubt, ClusterError> {
        let is_same_name = self.outdated.as_deref() == Some(name);
        if self.changed.is_empty() && !is_same_name {
            return Ok(Doubt::None);
        }
        let reference = ObjectRef::cluster(Kind::MachineConfig, name);
        let paths = self.changed.iter().flat_map(|it| rendered::paths(&it.0)).collect();
        let rendered = match cluster.rendered(&reference, &paths).await {
            Ok(Some(rendered)) => rendered,
            Ok(None) => return Ok(Doubt::Certain(format!("{name} is not there yet"))),
            Err(error) if error.fault.is_final() => return Err(error),
            Err(error) => return Ok(Doubt::Certain(error.to_string())),
        };
        let is_old = |it: &&(Object, Object)| rendered::is_as_before(&rendered, &it.0, &it.1);
        Ok(match self.changed.iter().find(is_old) {
            Some((it, _)) => {
                Doubt::Certain(format!("{name} does not hold the changes of {} yet", it.name()))
            }
            None if is_same_name => Doubt::Passing(format!(
                "the operator has not rendered the changes yet, the pool is at {name}"
            )),
            None => Doubt::None,
        })
    }
}

/// Whether a configuration is the one that is waited for.
enum Doubt {
    /// It is.
    None,
    /// It has the name from before, and nothing in it is: the changes may lead to the same one.
    Passing(String),
    /// It is not.
    Certain(String),
}

/// Waits until the operator has rendered the etcd pool, and serves it. Gives the name of the rendered
/// MachineConfig. `report` is called with each new reason.
///
/// # Errors
/// When the operator cannot render it, the deadline passes, or a signal comes.
pub async fn pool_rendered(
    cluster: &Cluster,
    rendering: &Rendering,
    patience: &Patience,
    mut report: impl FnMut(&str),
) -> Result<String, WaitError> {
    let config = watcher::Config::default().fields(&format!("metadata.name={}", role::ETCD));
    let mut watch = Watches::new(cluster, vec![(Kind::MachineConfigPool, config)]);
    let mut last = "the pool has not been seen yet".to_owned();
    let mut degraded: Option<(Instant, String)> = None;
    let renders_until = Instant::now() + RENDERS_WITHIN;
    let mut unchanged: Option<String> = None;
    loop {
        let give_up = degraded.as_ref().map(|(since, _)| *since + DEGRADED_FOR);
        let look_again = give_up.or(unchanged.as_ref().map(|_| renders_until));
        let pool = match watch.next(patience, look_again, &last).await? {
            None => {
                let Some((_, message)) = degraded else { return Ok(unchanged.unwrap_or_default()) };
                return Err(WaitError::Never(format!(
                    "the operator cannot render the pool: {message}"
                )));
            }
            Some(Seen::Is(pool)) => pool,
            Some(Seen::Listed(_, names)) if names.contains(role::ETCD) => continue,
            Some(Seen::Gone(_) | Seen::Listed(..)) => {
                return Err(WaitError::Never("the pool was deleted".to_owned()));
            }
            Some(Seen::Trouble(reason)) => {
                last = reason;
                report(&last);
                continue;
            }
        };
        unchanged = None;
        match rendered::pool_state(Some(&pool), rendering.needed.iter().map(String::as_str)) {
            PoolState::Rendered(name) => {
                degraded = None;
                match rendering.doubt(cluster, &name).await? {
                    Doubt::None => return Ok(name),
                    Doubt::Certain(reason) => last = reason,
                    Doubt::Passing(reason) => {
                        last = reason;
                        unchanged = Some(name);
                    }
                }
            }
            PoolState::Degraded(message) => {
                last = format!("RenderDegraded: {message}");
                degraded = Some(degraded.map_or_else(
                    || (Instant::now(), message.clone()),
                    |(since, _)| (since, message.clone()),
                ));
            }
            PoolState::Waiting(reason) => {
                degraded = None;
                last = reason;
            }
            PoolState::Missing | PoolState::Incomplete(_) => {}
        }
        report(&last);
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
    let config = watcher::Config::default().fields(&format!("metadata.name={}", reference.name));
    let mut watch = Watches::new(cluster, vec![(reference.kind, config)]);
    let until = Instant::now() + time;
    let mut last = format!("{reference} has not been seen yet");
    loop {
        match watch.next(patience, Some(until), &last).await? {
            Some(Seen::Is(_)) => return Ok(true),
            Some(Seen::Trouble(reason)) => last = reason,
            Some(Seen::Gone(_) | Seen::Listed(..)) => {}
            None => return Ok(false),
        }
    }
}

/// Waits until each of the Machines is a Node that is Ready. `report` is called with each change.
///
/// # Errors
/// When a Machine fails or is deleted, the deadline passes, or a signal comes.
pub async fn machines_ready(
    cluster: &Cluster,
    names: &[String],
    patience: &Patience,
    mut report: impl FnMut(&str, &Progress),
) -> Result<(), WaitError> {
    let machines =
        watcher::Config::default().labels(&format!("{}={}", role::MACHINE_ROLE, role::ETCD));
    let nodes = watcher::Config::default().labels(role::NODE_ROLE_ETCD);
    let mut watch = Watches::new(cluster, vec![(Kind::Machine, machines), (Kind::Node, nodes)]);
    let mut state = Fleet::default();
    let mut shown: BTreeMap<String, Progress> = BTreeMap::new();
    let mut last = "the Machines have not been seen yet".to_owned();
    loop {
        match watch.next(patience, None, &last).await? {
            Some(Seen::Is(object)) => state.put(object),
            Some(Seen::Gone(reference)) if names.contains(&reference.name) => {
                return Err(WaitError::Never(format!("{reference} was deleted")));
            }
            Some(Seen::Gone(reference)) => state.remove(&reference),
            Some(Seen::Listed(Kind::Machine, there)) => {
                if let Some(name) = names.iter().find(|name| !there.contains(*name)) {
                    return Err(WaitError::Never(format!("machine/{name} was deleted")));
                }
            }
            Some(Seen::Listed(_, there)) => state.nodes.retain(|name, _| there.contains(name)),
            None => {}
            Some(Seen::Trouble(reason)) => {
                last = reason;
                continue;
            }
        }
        state.fetch_nodes(cluster, names).await?;
        let mut waiting = Vec::new();
        for name in names {
            let Some(progress) = state.progress(name) else { continue };
            if shown.get(name) != Some(&progress) {
                report(name, &progress);
                shown.insert(name.clone(), progress.clone());
            }
            match &progress {
                Progress::Failed(message) => {
                    return Err(WaitError::Never(format!("machine/{name} failed: {message}")));
                }
                Progress::WrongRole => {
                    let message = "its Node joined without the role etcd, and never gets it";
                    return Err(WaitError::Never(format!("machine/{name}: {message}")));
                }
                Progress::Ready => {}
                other => waiting.push(format!(
                    "machine/{name} is {}, waiting for {}",
                    other.word(),
                    other.waiting_for()
                )),
            }
        }
        let ready =
            shown.iter().filter(|(name, it)| names.contains(name) && **it == Progress::Ready);
        if ready.count() == names.len() {
            return Ok(());
        }
        if !waiting.is_empty() {
            last = waiting.join("; ");
        }
    }
}

/// The Machines and Nodes seen so far.
#[derive(Default)]
struct Fleet {
    machines: BTreeMap<String, Object>,
    nodes: BTreeMap<String, Object>,
}

impl Fleet {
    fn put(&mut self, object: Object) {
        let name = object.name().to_owned();
        match object.reference().kind {
            Kind::Machine => self.machines.insert(name, object),
            _ => self.nodes.insert(name, object),
        };
    }

    fn remove(&mut self, reference: &ObjectRef) {
        match reference.kind {
            Kind::Machine => self.machines.remove(&reference.name),
            _ => self.nodes.remove(&reference.name),
        };
    }

    fn node_of(&self, machine: &Object) -> Option<&Object> {
        let by_reference =
            machine.text("/status/nodeRef/name").and_then(|name| self.nodes.get(name));
        let wanted = format!("{}/{}", role::MACHINE_NAMESPACE, machine.name());
        by_reference.or_else(|| {
            self.nodes
                .values()
                .find(|node| node.annotation(role::NODE_MACHINE) == Some(wanted.as_str()))
        })
    }

    fn progress(&self, name: &str) -> Option<Progress> {
        let machine = self.machines.get(name)?;
        Some(Progress::of(machine, self.node_of(machine)))
    }

    /// A Node that a Machine names and the label does not find has another role; it is read once, so
    /// that this can be said.
    async fn fetch_nodes(
        &mut self,
        cluster: &Cluster,
        names: &[String],
    ) -> Result<(), ClusterError> {
        let missing: Vec<String> = names
            .iter()
            .filter_map(|name| self.machines.get(name)?.text("/status/nodeRef/name"))
            .filter(|node| !self.nodes.contains_key(*node))
            .map(str::to_owned)
            .collect();
        for name in missing {
            match cluster.get(&ObjectRef::cluster(Kind::Node, name)).await {
                Ok(Some(node)) => self.put(node),
                Err(error) if error.fault.is_final() => return Err(error),
                // The next event of the watch asks again.
                Ok(None) | Err(_) => {}
            }
        }
        Ok(())
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
