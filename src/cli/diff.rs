//! `oc etcd diff`

use clap::Args;

use super::from::FromFlag;
use super::init::InitPlanFlags;
use super::write::PolicyFlags;
use crate::plan::init::InitRequest;
use crate::redact::policy::Sensitivity;

/// Show what init would change, as a unified diff without secrets.
///
/// Compares what is there with what init would make of it now: after an upgrade, that is what the
/// copies lack. Ignition is shown decoded, a kubelet's flags one a line. Text is shown of what
/// OpenShift wrote alone. Of what an admin wrote, files, units and arguments are shown by name, with
/// their size and a digest, which is another one in each run: within a run equal texts have equal
/// digests, and nobody can compare them with guesses. The same goes for pull secrets and certificates.
/// Nothing is written. KUBECTL_EXTERNAL_DIFF names another diff program, as for kubectl diff, which
/// gets the same as YAML.
///
/// Exits with 0 when nothing differs and with 1 when something does; with 3 when a check refuses
/// what init would do, or not everything may be read; with 6 when the cluster cannot be read, or the
/// diff program fails.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # What would init change after an upgrade?\n  oc etcd diff\n\n  \
    # Which objects differ?\n  oc etcd diff -o name\n\n  \
    # Side by side, with another program\n  \
    KUBECTL_EXTERNAL_DIFF=\"diff -y -W200\" oc etcd diff")]
pub struct Diff {
    /// What to make.
    #[command(flatten)]
    pub plan: InitPlanFlags,
    /// What to ignore, and as whom to write.
    #[command(flatten)]
    pub policy: PolicyFlags,
    /// Where to read.
    #[command(flatten)]
    pub from: FromFlag,
    /// Show all texts, those that may be secrets too
    #[arg(long)]
    pub show_sensitive: bool,
}

impl Diff {
    /// What it asks for.
    #[must_use]
    pub fn request(&self, tool_version: &str) -> InitRequest {
        self.plan.request(&self.policy, tool_version)
    }

    /// What may be shown.
    #[must_use]
    pub const fn sensitivity(&self) -> Sensitivity {
        if self.show_sensitive { Sensitivity::Shown } else { Sensitivity::Withheld }
    }
}
