//! The flag of the commands that can read files instead of a cluster.

use std::path::PathBuf;

use clap::Args;

use crate::archive::ArchiveSource;

/// Where to read, when it is not a cluster.
#[derive(Clone, Debug, Default, Args)]
pub struct FromFlag {
    /// Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
}

impl FromFlag {
    /// The place; `None` is the cluster.
    #[must_use]
    pub fn place(&self) -> Option<ArchiveSource> {
        self.from.as_deref().map(ArchiveSource::named)
    }
}
