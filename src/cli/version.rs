//! `oc etcd version`

use clap::Args;

/// Show the versions of this program and of the cluster.
///
/// Warns of other plugins on the PATH that oc or kubectl would run in the place of a command of this one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Of everything\n  oc etcd version\n\n  \
    # Of this program only, without asking a cluster\n  oc etcd version --client")]
pub struct VersionArgs {
    /// Of this program only
    #[arg(long)]
    pub client: bool,
}
