//! `oc etcd teardown`

use std::time::Duration;

use clap::Args;

use super::write::{self, ConsentFlags};
use crate::request::WriteSettings;

/// Remove what init and add-machine made.
///
/// The machines go first, then the pool, then the MachineConfigs and the user data. The pool is deleted
/// only when no Node has the role etcd any more. What somebody else made stays, and is shown. A
/// teardown that ended early goes on when it is run again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # See what would go, and what would stay\n  oc etcd teardown --dry-run=client\n\n  \
    # Remove everything, and wait for the machines in between\n  oc etcd teardown\n\n  \
    # Delete the machines and return; run it again for the rest when they are gone\n  \
    oc etcd teardown --yes --wait=false")]
pub struct Teardown {
    /// Whether to ask first, and how far to go.
    #[command(flatten)]
    pub consent: ConsentFlags,
    /// How long to wait; 0 waits for ever
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = write::timeout)]
    pub timeout: Duration,
}

impl Teardown {
    /// How to carry it out.
    #[must_use]
    pub fn settings(&self) -> WriteSettings {
        self.consent.settings(write::deadline(self.timeout))
    }
}
