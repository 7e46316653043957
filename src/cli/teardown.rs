//! `oc etcd teardown`

use std::time::Duration;

use clap::Args;

use super::write::{self, ConsentFlags};
use crate::request::WriteSettings;

/// Delete all objects that init and add-machine created.
///
/// Objects are deleted in this order: Machines, the MachineConfigPool, MachineConfigs, the user-data secret.
/// The pool is deleted only after the last Node with the role etcd is deleted. Objects that oc-etcd did not
/// create are listed and kept. If the command is interrupted, run the command again to continue.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Show which objects would be deleted and which would be kept\n  oc etcd teardown --dry-run=client\n\n  \
    # Delete all objects, and wait for the machines to be deleted first\n  oc etcd teardown\n\n  \
    # Start deleting the machines and return; run again later to delete the rest\n  \
    oc etcd teardown --yes --wait=false")]
pub struct Teardown {
    /// Flags of the consent, of the dry run and of the wait.
    #[command(flatten)]
    pub consent: ConsentFlags,
    /// Time to wait before giving up; 0 waits without limit
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = write::timeout)]
    pub timeout: Duration,
}

impl Teardown {
    /// Returns the settings of the run.
    #[must_use]
    pub fn settings(&self) -> WriteSettings {
        self.consent.settings(write::deadline(self.timeout))
    }
}
