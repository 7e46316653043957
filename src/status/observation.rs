//! A part of the cluster that was read, or the reason why the part could not be read.

use serde::{Serialize, Serializer};

use crate::model::kind::Kind;
use crate::model::snapshot::{Snapshot, Unreadable};

/// A section's content, or why it could not be read. Null in documents when it could not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation<T> {
    /// The part was read.
    Known(T),
    /// The part could not be read, in words.
    Unreadable(String),
}

impl<T> Observation<T> {
    pub(crate) fn of(snapshot: &Snapshot, kind: Kind, read: impl FnOnce() -> T) -> Self {
        match snapshot.why_unreadable(kind) {
            Some(why) => Self::Unreadable(why.reason.to_string()),
            None => Self::Known(read()),
        }
    }

    /// Judges the content that was read, which may tell that the part is unknown.
    pub(crate) fn and_then<U>(
        self,
        judge: impl FnOnce(T) -> Result<U, &'static str>,
    ) -> Observation<U> {
        match self {
            Self::Known(content) => match judge(content) {
                Ok(content) => Observation::Known(content),
                Err(why) => Observation::Unreadable(why.to_owned()),
            },
            Self::Unreadable(why) => Observation::Unreadable(why),
        }
    }

    /// The content, where it was read.
    #[must_use]
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(content) => Some(content),
            Self::Unreadable(_) => None,
        }
    }
}

impl<T> Observation<Vec<T>> {
    /// The entries; none where they could not be read.
    pub fn entries(&self) -> impl Iterator<Item = &T> {
        self.known().into_iter().flatten()
    }
}

impl<T: Serialize> Serialize for Observation<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known().serialize(serializer)
    }
}

/// A resource that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// A kind's qualified plural, or one object.
    pub what: String,
    /// Reason, in words.
    pub reason: String,
}

impl Unread {
    pub(crate) fn of(unreadable: &Unreadable) -> Self {
        Self { what: unreadable.what.clone(), reason: unreadable.reason.to_string() }
    }
}
