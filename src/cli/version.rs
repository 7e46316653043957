//! `oc etcd version`

use clap::Args;

/// Show the versions of oc-etcd, the API server and OpenShift.
///
/// Warns about other plugins on the PATH that shadow a command of oc-etcd.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Show all versions\n  oc etcd version\n\n  \
    # Show the version of oc-etcd only, without a cluster\n  oc etcd version --client")]
pub struct VersionArgs {
    /// Show the version of oc-etcd only
    #[arg(long)]
    pub client: bool,
}
