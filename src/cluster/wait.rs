//! Waits by watching, never by asking again and again.
//!
//! A watch that is dropped or has expired (410) is taken up again by kube's watcher, which lists
//! first; what was seen last is what a deadline reports. A user who may not watch is told at once.

pub mod deletion;
mod machines;
mod pool;

use std::time::Duration;

use tokio::time::Instant;

use super::deadline::{Deadline, LastSeen, WaitError};
use super::watch::{Seen, Watches};
use crate::api::Cluster;
use crate::model::object::ObjectRef;

pub use crate::cluster::wait::deletion::machines_deleted;
pub use machines::machines_ready;
pub use pool::{PoolRendered, Rendering, pool_rendered};

/// Waits until an object is there. `Ok(false)` when its time is over.
///
/// # Errors
/// When the watch is refused, the deadline passes, or a signal comes.
pub async fn appears(
    cluster: &Cluster,
    reference: &ObjectRef,
    time: Duration,
    deadline: &Deadline,
) -> Result<bool, WaitError> {
    let last = format!("{reference} has not been seen yet").into();
    let is_there = |seen: &Seen| matches!(seen, Seen::Is(_));
    within(Watches::of(cluster, reference), (time, last), deadline, is_there).await
}

/// Waits until an object no longer exists. `Ok(false)` when its time is over.
///
/// # Errors
/// When the watch is refused, the deadline passes, or a signal comes.
pub async fn disappears(
    cluster: &Cluster,
    reference: &ObjectRef,
    time: Duration,
    deadline: &Deadline,
) -> Result<bool, WaitError> {
    let last = format!("{reference} still exists").into();
    let is_deleted = |seen: &Seen| match seen {
        Seen::Deleted(_) => true,
        Seen::Listed(_, names) => !names.contains(&reference.name),
        Seen::Is(_) | Seen::Trouble(_) => false,
    };
    within(Watches::of(cluster, reference), (time, last), deadline, is_deleted).await
}

/// Waits until something is seen. `Ok(false)` when its time is over.
async fn within(
    mut watch: Watches<'_>,
    (time, mut last): (Duration, LastSeen),
    deadline: &Deadline,
    is_it: impl Fn(&Seen) -> bool,
) -> Result<bool, WaitError> {
    let until = Instant::now() + time;
    loop {
        match watch.next(deadline, Some(until), &last).await? {
            Some(seen) if is_it(&seen) => return Ok(true),
            Some(Seen::Trouble(reason)) => last = reason.into(),
            Some(_) => {}
            None => return Ok(false),
        }
    }
}
