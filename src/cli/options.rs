//! `oc etcd options`

use clap::Args;

/// List the options that every command takes.
///
/// They may stand before the command and after it, and count before what the kubeconfig says.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # What does every command take?\n  oc etcd options")]
pub struct Options {}
