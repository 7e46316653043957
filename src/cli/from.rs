//! The flag of the commands that can read files instead of a cluster.

use std::path::PathBuf;

use clap::Args;

use super::write::{ConsentFlags, DryRun};
use crate::archive::ArchiveSource;
use crate::request::{Consent, WriteSettings};

/// Flag that replaces the cluster by files.
#[derive(Clone, Debug, Default, Args)]
pub struct FromFlag {
    /// Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
}

impl FromFlag {
    /// Files to read; `None` means the cluster.
    #[must_use]
    pub fn place(&self) -> Option<ArchiveSource> {
        self.from.as_deref().map(ArchiveSource::named)
    }

    /// Returns the settings of a command that writes: over files, the command shows its plan and ends.
    ///
    /// # Errors
    /// An error if the flags request a write.
    pub(super) fn settings(
        &self,
        consent: &ConsentFlags,
        settings: WriteSettings,
    ) -> Result<WriteSettings, String> {
        match self.from {
            None => Ok(settings),
            Some(_) if consent.yes || consent.dry_run == DryRun::Server => Err(
                "--from only shows a plan and cannot be combined with --yes or --dry-run=server"
                    .to_owned(),
            ),
            Some(_) => Ok(WriteSettings { consent: Consent::ShowOnly, ..settings }),
        }
    }
}
