//! `oc etcd status`

use clap::Args;

/// Show what exists, whether it is healthy, and what to do next.
///
/// Exits with 5 when something is not as it should be.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # How things are\n  oc etcd status\n\n  \
    # Every object\n  oc etcd status -o wide\n\n  \
    # For a script\n  oc etcd status -o json")]
pub struct Status {}
