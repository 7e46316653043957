//! Waits until the Machine Config Operator has rendered the etcd pool.

use std::time::Duration;

use kube::runtime::watcher;
use tokio::time::Instant;

use crate::api::{Cluster, ClusterError};
use crate::check::pool;
use crate::check::pool::PoolState;
use crate::cluster::deadline::{Deadline, LastSeen, WaitError};
use crate::cluster::watch::{Seen, Watches};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::openshift::pool_status::served;

/// The time for which a pool may be degraded before that counts as the operator's last word: the operator
/// renders some seconds after each change, and its condition until then may be of the state before.
const DEGRADED_FOR: Duration = Duration::from_secs(12);

/// The time that the operator may take to render a pool anew after a change. One that leads to the same
/// configuration is never followed by another name.
const RENDERS_WITHIN: Duration = Duration::from_secs(60);

/// The marks by which a rendered pool is recognized.
#[derive(Clone, Debug, Default)]
pub struct Rendering {
    /// The MachineConfigs that it must be made from.
    pub needed: Vec<String>,
    /// The configuration from before this run changed a MachineConfig or the selector, which it should not be.
    pub outdated: Option<String>,
    /// The MachineConfigs that this run changed, before and after: during an upgrade the operator also
    /// renders the pool for reasons of its own.
    pub changed: Vec<(Object, Object)>,
}

impl Rendering {
    /// Why a configuration is not, or may not be, the one that is waited for.
    async fn doubt(&self, cluster: &Cluster, name: &str) -> Result<Mismatch, ClusterError> {
        let is_same_name = self.outdated.as_deref() == Some(name);
        if self.changed.is_empty() && !is_same_name {
            return Ok(Mismatch::None);
        }
        let reference = ObjectRef::cluster(Kind::MachineConfig, name);
        let paths = self.changed.iter().flat_map(|it| pool::paths(&it.0)).collect();
        let rendered = match cluster.rendered(&reference, &paths).await {
            Ok(Some(rendered)) => rendered,
            Ok(None) => return Ok(Mismatch::Certain(format!("{name} does not exist yet"))),
            Err(error) if error.fault.is_final() => return Err(error),
            Err(error) => return Ok(Mismatch::Certain(error.to_string())),
        };
        let is_old = |it: &&(Object, Object)| pool::is_as_before(&rendered, &it.0, &it.1);
        Ok(match self.changed.iter().find(is_old) {
            Some((it, _)) => Mismatch::Certain(format!(
                "{name} does not contain the changes of {} yet",
                it.name()
            )),
            None if is_same_name => Mismatch::Passing(format!(
                "the operator has not rendered the changes yet; the pool is at {name}"
            )),
            None => Mismatch::None,
        })
    }
}

/// The configuration of a pool that has got what was waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolRendered {
    /// New machines get it.
    Served(String),
    /// The pool is paused: it is rendered, and neither nodes nor new machines get it until somebody
    /// resumes the pool, which nobody waits for.
    HeldBack(String),
}

impl PoolRendered {
    /// The name of the rendered MachineConfig.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Served(name) | Self::HeldBack(name) => name,
        }
    }
}

/// The difference between a rendered configuration and the one that is waited for.
enum Mismatch {
    /// The configuration is the wanted one.
    None,
    /// The configuration has the name from before, and no difference: the changes may lead to the same
    /// configuration.
    Passing(String),
    /// The configuration is another one.
    Certain(String),
}

/// Waits until the operator has rendered the etcd pool, and serves it, unless the pool is paused.
/// `report` is called with each new reason.
///
/// # Errors
/// When the operator cannot render it, the deadline passes, or a signal comes.
pub async fn pool_rendered(
    cluster: &Cluster,
    rendering: &Rendering,
    deadline: &Deadline,
    mut report: impl FnMut(&str),
) -> Result<PoolRendered, WaitError> {
    let config = watcher::Config::default().fields(&format!("metadata.name={}", names::ETCD));
    let mut watch = Watches::new(cluster, vec![(Kind::MachineConfigPool, config)]);
    let seen = |words: String| {
        let looks = vec![format!("oc describe machineconfigpool/{}", names::ETCD)];
        LastSeen { words, looks, is_blocked: false }
    };
    let mut last = LastSeen::from("the pool has not been seen yet");
    let mut degraded: Option<(Instant, String)> = None;
    let renders_until = Instant::now() + RENDERS_WITHIN;
    let mut unchanged: Option<PoolRendered> = None;
    loop {
        let give_up = degraded.as_ref().map(|(since, _)| *since + DEGRADED_FOR);
        let look_again = give_up.or(unchanged.as_ref().map(|_| renders_until));
        let pool = match watch.next(deadline, look_again, &last).await? {
            None => {
                if let Some((_, message)) = degraded {
                    let words = format!("the operator cannot render the pool: {message}");
                    return Err(WaitError::Never(words));
                }
                let Some(rendered) = unchanged else { continue };
                return Ok(rendered);
            }
            Some(Seen::Is(pool)) => pool,
            Some(Seen::Listed(_, names)) if names.contains(names::ETCD) => continue,
            Some(Seen::Deleted(_) | Seen::Listed(..)) => {
                return Err(WaitError::Never("the pool was deleted".to_owned()));
            }
            Some(Seen::Trouble(reason)) => {
                last = reason.into();
                report(&last.words);
                continue;
            }
        };
        unchanged = None;
        let needed = rendering.needed.iter().map(String::as_str);
        let found = match pool::pool_state(Some(&pool), needed) {
            PoolState::Rendered(name) => Some(PoolRendered::Served(name)),
            PoolState::HeldBack { wanted, .. } => Some(PoolRendered::HeldBack(wanted)),
            PoolState::Degraded(message) => {
                last = seen(format!("RenderDegraded: {message}"));
                degraded = Some(degraded.map_or_else(
                    || (Instant::now(), message.clone()),
                    |(since, _)| (since, message.clone()),
                ));
                None
            }
            PoolState::Waiting(reason) => {
                degraded = None;
                last = seen(reason);
                // A Node may hold up the rollout, which the pool does not tell.
                if served(&pool).is_some() {
                    last.looks = vec!["oc etcd status".to_owned()];
                }
                None
            }
            PoolState::Incomplete(found) => {
                degraded = None;
                last = found.into_iter().next().map_or(last, |it| seen(it.message));
                None
            }
            PoolState::Missing => None,
        };
        if let Some(found) = found {
            degraded = None;
            match rendering.doubt(cluster, found.name()).await? {
                Mismatch::None => return Ok(found),
                Mismatch::Certain(reason) => last = seen(reason),
                Mismatch::Passing(reason) => {
                    last = seen(reason);
                    unchanged = Some(found);
                }
            }
        }
        report(&last.words);
    }
}
