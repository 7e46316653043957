//! `oc etcd diff`

use clap::Args;

use super::from::FromFlag;
use super::init::InitPlanFlags;
use super::write::PolicyFlags;
use crate::plan::init::InitRequest;
use crate::redact::policy::Sensitivity;

/// Show the changes that init would make, without secrets.
///
/// Compares the objects in the cluster with the objects that init would create, as a unified diff. After an
/// upgrade, the diff shows how the copied objects differ from their new sources. Ignition configs are
/// decoded, and kubelet flags are printed one per line. File contents are shown only if OpenShift wrote the
/// file. For files, units and arguments that an administrator wrote, and for pull secrets and certificates,
/// the diff shows the name, the size and a digest. Digests can be compared within a run, but not between
/// runs. The command is read-only. As with kubectl diff, the environment variable KUBECTL_EXTERNAL_DIFF
/// selects another diff program, which receives the same content as YAML.
///
/// Exits with 0 if there are no differences, 1 if there are differences, 3 if a check would block init or if
/// read permissions are missing, and 6 if the cluster cannot be read or the diff program fails.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Show the changes that init would make, for example after an upgrade\n  oc etcd diff\n\n  \
    # List the objects that differ\n  oc etcd diff -o name\n\n  \
    # Use another diff program, side by side\n  \
    KUBECTL_EXTERNAL_DIFF=\"diff -y -W200\" oc etcd diff")]
pub struct Diff {
    /// Flags of the plan.
    #[command(flatten)]
    pub plan: InitPlanFlags,
    /// Flags of the ignored checks and of the field manager.
    #[command(flatten)]
    pub policy: PolicyFlags,
    /// Source of the data.
    #[command(flatten)]
    pub from: FromFlag,
    /// Show all file contents, including possible secrets
    #[arg(long)]
    pub show_sensitive: bool,
}

impl Diff {
    /// Returns the request of the flags.
    #[must_use]
    pub fn request(&self, tool_version: &str) -> InitRequest {
        self.plan.request(&self.policy, tool_version)
    }

    /// Returns which text may be shown.
    #[must_use]
    pub const fn sensitivity(&self) -> Sensitivity {
        if self.show_sensitive { Sensitivity::Shown } else { Sensitivity::Withheld }
    }
}
