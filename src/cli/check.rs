//! `oc etcd check`

use std::collections::BTreeSet;

use clap::Args;

use super::from::FromFlag;
use super::write;
use crate::check::Check as Id;

/// Ask whether the cluster is ready, and whether you may.
///
/// Reads, and writes nothing. Asks everything that init and add-machine would refuse or warn of now,
/// for every zone that is known, what status finds, and which rights you have. docs/checks.md says of
/// each check why it is asked and what to do.
///
/// Exits with 5 when there is a blocker or a warning, or something that could not be judged. Notes are
/// no trouble, nor is a check that is ignored.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Is the cluster ready, and may I?\n  oc etcd check\n\n  \
    # May somebody else?\n  oc etcd check --as alice\n\n  \
    # Which checks are in the way, for a script\n  oc etcd check -o name\n\n  \
    # Do not count an upgrade that is under way\n  \
    oc etcd check --ignore-checks=upgrade-in-progress")]
pub struct CheckArgs {
    /// Do not count what these checks find; comma-separated ids
    #[arg(long, value_name = "ID,…", value_delimiter = ',', value_parser = write::check)]
    pub ignore_checks: Vec<Id>,
    /// Where to read.
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
