//! `oc etcd check`

use std::collections::BTreeSet;

use clap::Args;

use super::from::FromFlag;
use super::write;
use crate::check::Check as Id;

/// Check cluster readiness and your permissions.
///
/// Runs every check of init and add-machine for all known zones, every check of status, and a check of your
/// permissions. Also runs the checks of add-disk, and reports their findings as notes. The command is
/// read-only. docs/checks.md describes each check, its reason, and how to resolve its findings.
///
/// Exits with 5 if a check reports a blocker or a warning, or if a check cannot be completed. Notes and
/// ignored checks do not change the exit code.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Check the cluster and your permissions\n  oc etcd check\n\n  \
    # Check the permissions of another user\n  oc etcd check --as alice\n\n  \
    # Print the names of failed checks for use in a script\n  oc etcd check -o name\n\n  \
    # Ignore an upgrade that is in progress\n  \
    oc etcd check --ignore-checks=upgrade-in-progress")]
pub struct CheckArgs {
    /// Ignore findings of these checks; comma-separated IDs
    #[arg(long, value_name = "ID,…", value_delimiter = ',', value_parser = write::check)]
    pub ignore_checks: Vec<Id>,
    /// Source of the data.
    #[command(flatten)]
    pub from: FromFlag,
}

impl CheckArgs {
    /// The checks to ignore.
    #[must_use]
    pub fn ignored(&self) -> BTreeSet<Id> {
        self.ignore_checks.iter().copied().collect()
    }
}
