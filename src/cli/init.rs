//! `oc etcd init`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::from::FromFlag;
use super::write::{self, DryRun, PolicyFlags, WriteFlags};
use crate::archive::ArchiveSource;
use crate::derive::disk::Disk;
use crate::derive::pool::RequiredForUpgrade;
use crate::model::layout::Layout;
use crate::plan::LayoutChoice;
use crate::plan::first_boot::FirstBoot;
use crate::plan::init::{Adopt, Conflicts, InitRequest, WritePolicy};
use crate::request::{Consent, WriteSettings};

/// Create the etcd machine pool, or refresh it after an upgrade.
///
/// Creates the MachineConfigs, the user-data secret and the MachineConfigPool of the role etcd, and
/// waits until the Machine Config Operator has rendered the pool. Running it again changes nothing
/// if nothing has changed, and refreshes the copies after an upgrade of the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # See what it would do\n  oc etcd init --dry-run=client\n\n  \
    # Do it, after a question\n  oc etcd init\n\n  \
    # Have the API server check every object, and store none\n  oc etcd init --dry-run=server\n\n  \
    # The manifests themselves, secrets included, for review or GitOps\n  \
    oc etcd init --dry-run=client -o yaml --show-sensitive\n\n  \
    # Save the plan, have it reviewed, and carry out that and nothing else\n  \
    oc etcd init --dry-run=client -o json > plan.json\n  \
    oc etcd init --plan plan.json\n\n  \
    # What it would do to the cluster of a must-gather\n  \
    oc etcd init --from must-gather.local.123")]
pub struct Init {
    /// What to make.
    #[command(flatten)]
    pub plan: InitPlanFlags,
    /// Carry out the plan that -o json or yaml saved, if the cluster is as it was; - is stdin
    #[arg(
        id = "saved",
        long = "plan",
        value_name = "FILE",
        conflicts_with_all = [
            "layout", "first_boot", "disk_device", "no_required_for_upgrade", "adopt", "force_conflicts",
            "ignore_checks", "field_manager", "show_sensitive", "from",
        ]
    )]
    pub saved: Option<PathBuf>,
    /// Where to read.
    #[command(flatten)]
    pub from: FromFlag,
    /// How to write.
    #[command(flatten)]
    pub write: WriteFlags,
    /// How long to wait; 0 waits for ever
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = write::timeout)]
    pub timeout: Duration,
}

/// The flags that shape the plan, for `init` and for what shows its plan.
#[derive(Clone, Debug, Args)]
pub struct InitPlanFlags {
    /// How the pool gets its base configuration [default: auto]
    #[arg(long, value_enum, value_name = "LAYOUT", default_value_t, hide_default_value = true)]
    pub layout: LayoutFlag,
    /// What to do with the units of the first boot [default: auto]
    #[arg(long, value_enum, value_name = "CHOICE")]
    pub first_boot: Option<FirstBootFlag>,
    /// Look at this device file alone; `probe` looks at all [default: probe]
    #[arg(long, value_name = "PATH", value_parser = device)]
    pub disk_device: Option<Disk>,
    /// Do not make upgrades of the cluster wait for the pool
    #[arg(long)]
    pub no_required_for_upgrade: bool,
    /// Take over objects that are as wanted and that somebody else made
    #[arg(long)]
    pub adopt: bool,
    /// Overwrite fields that somebody else changed
    #[arg(long)]
    pub force_conflicts: bool,
}

/// The layouts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LayoutFlag {
    /// What the cluster has, else inherit
    #[default]
    Auto,
    /// A pool of its own with copies of the masters' MachineConfigs, up to 4.17
    Documented,
    /// A pool on top of the workers' MachineConfigs that copies nothing
    Inherit,
}

/// What to do with the units of the first boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FirstBootFlag {
    /// Remove them only where the boot image needs no update
    Auto,
    /// Remove them, as the documented procedure does
    Remove,
    /// Keep them
    Keep,
}

fn device(text: &str) -> Result<Disk, String> {
    if text == "probe" {
        return Ok(Disk::Probe);
    }
    Disk::device(text).ok_or_else(|| format!("`{text}` is not a device file such as /dev/nvme1n1"))
}

impl InitPlanFlags {
    /// What they ask for.
    #[must_use]
    pub fn request(&self, policy: &PolicyFlags, tool_version: &str) -> InitRequest {
        InitRequest {
            layout: match self.layout {
                LayoutFlag::Auto => LayoutChoice::Auto,
                LayoutFlag::Documented => LayoutChoice::Only(Layout::Documented),
                LayoutFlag::Inherit => LayoutChoice::Only(Layout::Inherit),
            },
            first_boot: self.first_boot.map(|choice| match choice {
                FirstBootFlag::Auto => FirstBoot::Auto,
                FirstBootFlag::Remove => FirstBoot::Remove,
                FirstBootFlag::Keep => FirstBoot::Keep,
            }),
            disk: self.disk_device.clone(),
            required_for_upgrade: self.no_required_for_upgrade.then_some(RequiredForUpgrade::No),
            write_policy: WritePolicy {
                field_manager: policy.field_manager.clone(),
                adopt: if self.adopt { Adopt::SameContent } else { Adopt::No },
                conflicts: self.conflicts(),
            },
            ignored: policy.ignored(),
            tool_version: tool_version.to_owned(),
        }
    }

    /// What to do about fields that another manager owns.
    const fn conflicts(&self) -> Conflicts {
        if self.force_conflicts { Conflicts::Force } else { Conflicts::Refuse }
    }
}

impl Init {
    /// What it asks for.
    #[must_use]
    pub fn request(&self, tool_version: &str) -> InitRequest {
        self.plan.request(&self.write.policy, tool_version)
    }

    /// The file of the plan that is to be carried out.
    #[must_use]
    pub fn saved_plan(&self) -> Option<ArchiveSource> {
        self.saved.as_deref().map(ArchiveSource::named)
    }

    /// How to carry it out. From files it is shown and no more.
    ///
    /// # Errors
    /// When flags contradict each other.
    pub fn settings(&self) -> Result<WriteSettings, String> {
        let settings = self.write.settings(write::deadline(self.timeout), self.plan.conflicts());
        match self.from.from {
            None => Ok(settings),
            Some(_) if self.write.consent.yes || self.write.consent.dry_run == DryRun::Server => {
                Err("--from shows a plan: it goes with neither --yes nor --dry-run=server"
                    .to_owned())
            }
            Some(_) => Ok(WriteSettings { consent: Consent::ShowOnly, ..settings }),
        }
    }
}
