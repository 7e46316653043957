//! `oc etcd status`

use std::time::Duration;

use clap::{ArgGroup, Args};

use super::from::FromFlag;
use super::write;
use crate::request::{Wait, When};
use crate::status::goal::Goal;

/// How long to wait for a state, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Show what exists, whether it is healthy, and what to do next.
///
/// Exits with 5 when something is not as it should be.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("following").args(["watch", "wait_for"]),
    after_help = "Examples:\n  \
    # How things are\n  oc etcd status\n\n  \
    # Every object\n  oc etcd status -o wide\n\n  \
    # Now, and whenever it changes\n  oc etcd status -w\n\n  \
    # Wait until it is healthy and has been so for five minutes\n  \
    oc etcd status --wait-for=healthy --stable=5m\n\n  \
    # For a script\n  oc etcd status -o jsonpath='{.health}'\n\n  \
    # How things were, in a must-gather\n  oc etcd status --from must-gather.local.123"
)]
pub struct StatusArgs {
    /// Show it again whenever it changes; -o json writes a line each time
    #[arg(short = 'w', long, conflicts_with = "from")]
    pub watch: bool,
    /// Wait until it is healthy, initialized, rendered or machines=N
    #[arg(
        long,
        value_name = "STATE",
        conflicts_with = "from",
        long_help = "Wait for a state, then show the status once:\n\
            healthy: everything that is there is as it should be;\n\
            initialized: init has made the pool;\n\
            rendered: new machines get the pool's configuration;\n\
            machines=N: at least N etcd machines are nodes that are Ready.\n\
            Exits with 124 when the time is over, and with 5 when it will never be so"
    )]
    pub wait_for: Option<Goal>,
    /// With --wait-for: for how long it has to be so without interruption
    #[arg(long, value_name = "TIME", requires = "wait_for", value_parser = write::timeout)]
    pub stable: Option<Duration>,
    /// How long to watch or wait; 0 for ever [default: 30m for --wait-for]
    #[arg(long, value_name = "TIME", requires = "following", value_parser = write::timeout)]
    pub timeout: Option<Duration>,
    /// Where to read.
    #[command(flatten)]
    pub from: FromFlag,
}

impl StatusArgs {
    /// When to show it.
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
