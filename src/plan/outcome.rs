//! What applying a plan did: what was done, what failed, what was not tried.

use serde::Serialize;

use crate::model::hint::{Hint, Invocation};
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

/// The outcome of applying.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Indicates whether the server was asked to store nothing.
    #[serde(rename = "dryRun")]
    pub is_dry_run: bool,
    /// The writes that were done, in order.
    pub done: Vec<Done>,
    /// The write that failed, and ended the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failure>,
    /// The objects that would have come after the failure.
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
    /// The remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
    /// Indicates whether an object of that name existed already.
    #[serde(skip)]
    pub is_already_exists: bool,
    /// Indicates whether the object changed after it was read.
    #[serde(skip)]
    pub is_conflict: bool,
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
        if let Some(failed) = &mut self.failed {
            failed.hint = failed.hint.take().map(|hint| hint.with_invocation(invocation));
        }
        self
    }

    /// Returns whether every write was done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_none() && self.not_tried.is_empty()
    }

    /// Adds what a further run of steps did.
    pub fn extend(&mut self, other: Self) {
        self.done.extend(other.done);
        self.failed = other.failed;
        self.not_tried = other.not_tried;
        self.unchanged = other.unchanged;
        self.followed = other.followed;
    }
}
