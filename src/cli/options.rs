//! `oc etcd options`

use clap::Args;

/// List the global options.
///
/// Global options can be placed before or after the command. Connection options override the kubeconfig.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # List the global options\n  oc etcd options")]
pub struct Options {}
