//! `oc etcd status`

use std::time::Duration;

use clap::{ArgGroup, Args};

use super::from::FromFlag;
use super::write;
use crate::request::{Wait, When};
use crate::status::goal::Goal;

/// Default time limit of `--wait-for`.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Show the state of the etcd pool and machines.
///
/// Lists the existing objects, reports problems, and suggests the next command. Exits with 5 if a problem is
/// found.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("following").args(["watch", "wait_for"]),
    after_help = "Examples:\n  \
    # Show the current status\n  oc etcd status\n\n  \
    # Show every object\n  oc etcd status -o wide\n\n  \
    # Show the status, and again after each change\n  oc etcd status -w\n\n  \
    # Wait until the status has been healthy for five minutes\n  \
    oc etcd status --wait-for=healthy --stable=5m\n\n  \
    # Print a single field for use in a script\n  oc etcd status -o jsonpath='{.health}'\n\n  \
    # Show the status from a must-gather\n  oc etcd status --from must-gather.local.123"
)]
pub struct StatusArgs {
    /// Watch for changes; -o json prints one line per change
    #[arg(short = 'w', long, conflicts_with = "from")]
    pub watch: bool,
    /// Wait until the state is healthy, initialized, rendered or machines=N
    #[arg(
        long,
        value_name = "STATE",
        conflicts_with = "from",
        long_help = "Wait for a state, then print the status:\n\
            healthy: no problem is found;\n\
            initialized: init has created the pool;\n\
            rendered: the pool is rendered, and new machines get its configuration;\n\
            machines=N: the Nodes of at least N etcd machines are Ready.\n\
            Exits with 124 after the timeout, and with 5 if the state cannot be reached"
    )]
    pub wait_for: Option<Goal>,
    /// Time for which the state of --wait-for must last without interruption
    #[arg(long, value_name = "TIME", requires = "wait_for", value_parser = write::timeout)]
    pub stable: Option<Duration>,
    /// Time to watch or wait; 0 means no limit [default: 30m for --wait-for]
    #[arg(long, value_name = "TIME", requires = "following", value_parser = write::timeout)]
    pub timeout: Option<Duration>,
    /// Source of the data.
    #[command(flatten)]
    pub from: FromFlag,
}

impl StatusArgs {
    /// Returns the time at which the status is shown.
    #[must_use]
    pub fn when(&self) -> When {
        match self.wait_for {
            Some(goal) => When::Reached(Wait {
                goal,
                stable: self.stable.unwrap_or_default(),
                timeout: write::deadline(self.timeout.unwrap_or(TIMEOUT)),
            }),
            None if self.watch => When::Changes(self.timeout.and_then(write::deadline)),
            None => When::Now,
        }
    }
}
