//! The outcome of a plan: the writes that were done, that failed, and that were not sent.

use std::time::Duration;

use serde::Serialize;

use crate::model::hint::Hint;
use crate::model::invocation::Invocation;
use crate::model::object::ObjectRef;

/// The persistence of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Persistence {
    /// The server stores the write.
    #[default]
    Stored,
    /// The server goes through all of it and stores nothing (`dryRun=All`).
    DryRun,
}

/// State of a write that failed: whether the API server stored the write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stored {
    /// The API server stored the write, and the object is not as wanted.
    Yes,
    /// The API server did not store the write.
    No,
    /// The answer was lost, so that the API server may have stored the write.
    Unknown,
}

/// The outcome of applying.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Indicates whether the server was asked to store nothing.
    #[serde(rename = "dryRun")]
    pub is_dry_run: bool,
    /// The writes that were done, in the order of the plan.
    pub done: Vec<Done>,
    /// The first write that failed. The run ended with the stage of this write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failure>,
    /// Writes of the same stage that failed as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_failed: Vec<Failure>,
    /// Writes that were not sent, because the run ended before.
    pub not_tried: Vec<ObjectRef>,
    /// The objects that were as wanted.
    pub unchanged: Vec<ObjectRef>,
    /// Machines that were on their way, and are waited for like those that were created.
    pub followed: Vec<ObjectRef>,
}

/// A write that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The object.
    pub object: ObjectRef,
    /// `created`, `configured` or `deleted`.
    pub change: &'static str,
}

/// A write that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The object.
    pub object: ObjectRef,
    /// The attempt, and the reason of the failure.
    pub message: String,
    /// Indicates whether the API server stored the write although the write failed.
    pub stored: Stored,
    /// The remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
    /// Indicates whether an object of that name existed already.
    #[serde(skip)]
    pub is_already_exists: bool,
    /// Indicates whether the object changed after it was read.
    #[serde(skip)]
    pub is_conflict: bool,
    /// Indicates whether the reason may be over soon.
    #[serde(skip)]
    pub is_passing: bool,
    /// The delay that the API server asks for before the next attempt.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

impl Outcome {
    /// An outcome with nothing in it yet.
    #[must_use]
    pub fn new(persistence: Persistence) -> Self {
        Self { is_dry_run: persistence == Persistence::DryRun, ..Self::default() }
    }

    /// The same outcome, the commands of its hint as the run has to be called again.
    #[must_use]
    pub fn with_invocation(mut self, invocation: &Invocation) -> Self {
        for failed in self.failed.iter_mut().chain(&mut self.also_failed) {
            failed.hint = failed.hint.take().map(|it| invocation.complete(it));
        }
        self
    }

    /// Returns the writes that failed, in the order of the plan.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.failed.iter().chain(&self.also_failed)
    }

    /// Adds a write that failed.
    pub fn fail(&mut self, failure: Failure) {
        match self.failed {
            None => self.failed = Some(failure),
            Some(_) => self.also_failed.push(failure),
        }
    }

    /// Takes failures for none.
    pub fn forgive(&mut self, is_none: impl Fn(&Failure) -> bool) {
        let all = self.failed.take().into_iter().chain(std::mem::take(&mut self.also_failed));
        for failure in all.collect::<Vec<_>>() {
            if !is_none(&failure) {
                self.fail(failure);
            }
        }
    }

    /// Returns whether every write was done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_none() && self.not_tried.is_empty()
    }

    /// Returns whether the API server stored any write.
    #[must_use]
    pub fn stored(&self) -> Stored {
        let has = |stored| self.failures().any(|it| it.stored == stored);
        match () {
            () if self.is_dry_run => Stored::No,
            () if !self.done.is_empty() || has(Stored::Yes) => Stored::Yes,
            () if has(Stored::Unknown) => Stored::Unknown,
            () => Stored::No,
        }
    }

    /// Adds what a further run of steps did.
    pub fn extend(&mut self, other: Self) {
        self.done.extend(other.done);
        self.failed = other.failed;
        self.also_failed = other.also_failed;
        self.not_tried = other.not_tried;
        self.unchanged = other.unchanged;
        self.followed = other.followed;
    }
}

#[cfg(test)]
impl Failure {
    /// A failure of which nothing else is known, for tests.
    pub(crate) const fn of(object: ObjectRef, stored: Stored) -> Self {
        Self {
            object,
            message: String::new(),
            stored,
            hint: None,
            is_already_exists: false,
            is_conflict: false,
            is_passing: false,
            retry_after: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;

    #[test]
    fn an_outcome_has_stored_nothing_only_where_this_is_known_of_each_write() {
        use Stored::{No, Unknown, Yes};

        let object = || ObjectRef::cluster(Kind::MachineConfig, "a");
        let of = |all: &[Stored], done: bool, persistence| {
            let mut outcome = Outcome::new(persistence);
            outcome.done.extend(done.then(|| Done { object: object(), change: "deleted" }));
            for &stored in all {
                outcome.fail(Failure::of(object(), stored));
            }
            outcome.stored()
        };
        for (all, done, expected) in [
            (&[][..], false, No),
            (&[No], false, No),
            (&[No, Unknown], false, Unknown),
            (&[Unknown, Yes], false, Yes),
            (&[Unknown], true, Yes),
        ] {
            assert_eq!(of(all, done, Persistence::Stored), expected, "{all:?}");
            assert_eq!(of(all, done, Persistence::DryRun), No, "{all:?}");
        }
    }
}
