//! How what is there compares with what `init` would make now, from the Plan that `init` would have.

use std::fmt;

use serde::Serialize;

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::snapshot::{Snapshot, UnreadableReason, is_ours};
use crate::plan::{Change, Plan, Step, compare};

/// The comparison of an object with the one that `init` would make now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// The object is as `init` would make it.
    Current,
    /// The source of the object has changed since.
    Stale,
    /// The source is the same, and `init` would make the object otherwise: somebody changed it, or `init`
    /// decides differently now.
    Differs,
    /// The object does not exist.
    Missing,
    /// `init` would not make it any more.
    Obsolete,
    /// The object could not be compared.
    Unknown,
    /// The Machine Config Operator makes it.
    MadeByOperator,
    /// Somebody else made it.
    MadeBySomebodyElse,
}

impl State {
    /// Returns whether `init` would change it.
    #[must_use]
    pub const fn is_drift(self) -> bool {
        matches!(self, Self::Stale | Self::Differs | Self::Missing | Self::Obsolete)
    }

    fn of(snapshot: &Snapshot, step: &Step) -> Option<Self> {
        match &step.change {
            Change::Create(_) => Some(Self::Missing),
            Change::Update { wanted, .. } => {
                let existing = snapshot.get(&step.object);
                let is_stale = existing.is_some_and(|it| compare::is_stale(it, wanted));
                Some(if is_stale { Self::Stale } else { Self::Differs })
            }
            Change::Remove { .. } => Some(Self::Obsolete),
            Change::Unchanged(_) => Some(Self::Current),
            Change::Unknown => Some(Self::Unknown),
            Change::LeftToOwner => Some(Self::MadeBySomebodyElse),
            Change::LeftToOperator { fallback: None } => Some(Self::MadeByOperator),
            Change::LeftToOperator { fallback: Some(_) } | Change::Follow => None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Current => "current",
            Self::Stale => "stale",
            Self::Differs => "differs",
            Self::Missing => "missing",
            Self::Obsolete => "obsolete",
            Self::Unknown => "unknown",
            Self::MadeByOperator => "made by the operator",
            Self::MadeBySomebodyElse => "made by somebody else",
        })
    }
}

/// The plan's steps as states, of those objects only that could be compared.
pub(crate) fn compared<'a>(
    snapshot: &'a Snapshot,
    plan: &'a Plan,
) -> impl Iterator<Item = (&'a Step, State)> {
    let is_begun = is_begun(snapshot);
    plan.steps
        .iter()
        .filter(|step| is_comparable(snapshot, step.object.kind))
        .filter_map(|step| Some((step, State::of(snapshot, step)?)))
        .filter(move |(_, state)| is_begun || *state != State::Missing)
}

/// Returns whether there is something to compare a kind with: the pool tells the layout, and that the rest.
pub(crate) fn is_comparable(snapshot: &Snapshot, kind: Kind) -> bool {
    let is_read = |kind| snapshot.why_unreadable(kind).is_none();
    match kind {
        Kind::Secret => why_unreadable(snapshot).is_none(),
        _ => is_read(Kind::MachineConfigPool) && is_read(Kind::MachineConfig),
    }
}

/// Returns whether `init` has made anything.
fn is_begun(snapshot: &Snapshot) -> bool {
    let pool = snapshot.pool(names::ETCD);
    let secret = snapshot.machine_secret(names::ETCD_USER_DATA);
    snapshot.machine_configs_of(names::ETCD).chain(pool).chain(secret).any(is_ours)
}

/// Returns whether nothing is there, of ours or of somebody else's, as far as can be told.
pub(crate) fn is_untouched(snapshot: &Snapshot) -> bool {
    !is_begun(snapshot)
        && is_comparable(snapshot, Kind::MachineConfig)
        && snapshot.pool(names::ETCD).is_none()
        && snapshot.machine_secret(names::ETCD_USER_DATA).is_none()
        && snapshot.machines_of(names::ETCD).next().is_none()
}

/// Why the secret with the user data could not be read. Secrets are read one by one, and the masters' may be forbidden
/// where ours is not.
pub(crate) fn why_unreadable(snapshot: &Snapshot) -> Option<&UnreadableReason> {
    if snapshot.machine_secret(names::ETCD_USER_DATA).is_some() {
        return None;
    }
    let is_ours = |what: &str| what.split_once('/').is_none_or(|it| it.1 == names::ETCD_USER_DATA);
    let found = snapshot.unreadable.iter().find(|it| it.kind == Kind::Secret && is_ours(&it.what));
    found.map(|it| &it.reason)
}
