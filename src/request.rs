//! Requests: what a command line asks of a command.

use std::time::Duration;

use crate::api::requests::ApplyOptions;
use crate::plan::outcome::Persistence;
use crate::status::goal::Goal;

/// The consent of the user, and so the extent of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Ask.
    Ask,
    /// `--yes`
    Given,
    /// `--dry-run=client`
    ShowOnly,
    /// `--dry-run=server`
    DryRun,
}

/// The settings of a command that writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteSettings {
    /// The consent of the user.
    pub consent: Consent,
    /// `--wait`
    pub is_waiting: bool,
    /// `--timeout`; `None` for ever.
    pub timeout: Option<Duration>,
    /// `--show-sensitive`
    pub shows_sensitive: bool,
    /// `--field-manager`, `--force-conflicts`, `--validate`
    pub apply: ApplyOptions,
}

impl WriteSettings {
    /// Returns whether the run goes on after its writes, until the cluster has followed.
    #[must_use]
    pub const fn will_wait(&self) -> bool {
        self.is_waiting && matches!(self.consent, Consent::Ask | Consent::Given)
    }

    /// Returns the options with which objects are applied.
    #[must_use]
    pub fn apply_options(&self) -> ApplyOptions {
        ApplyOptions { persistence: self.persistence(), ..self.apply.clone() }
    }

    /// Returns whether what is sent is stored.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self.consent {
            Consent::DryRun => Persistence::DryRun,
            Consent::Ask | Consent::Given | Consent::ShowOnly => Persistence::Stored,
        }
    }
}

/// The time at which the status is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Now.
    Now,
    /// Now, and whenever it changes, for so long.
    Changes(Option<Duration>),
    /// Once it is as wished.
    Reached(Wait),
}

/// The settings of `--wait-for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The goal that the status has to reach.
    pub goal: Goal,
    /// For how long it has to be so.
    pub stable: Duration,
    /// The time to wait; `None` for ever.
    pub timeout: Option<Duration>,
}
