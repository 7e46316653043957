//! `oc etcd init`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::from::FromFlag;
use super::write::{self, PolicyFlags, WriteFlags};
use crate::api::requests::ApplyOptions;
use crate::archive::ArchiveSource;
use crate::derive::disk::Disk;
use crate::derive::pool::RequiredForUpgrade;
use crate::model::layout::Layout;
use crate::model::names::FIELD_MANAGER;
use crate::plan::LayoutChoice;
use crate::plan::first_boot::FirstBoot;
use crate::plan::init::{Adopt, Conflicts, InitRequest, WritePolicy};
use crate::request::WriteSettings;

/// Create or refresh the etcd machine config pool.
///
/// Creates the MachineConfigs, the user-data secret and the MachineConfigPool of the role etcd, and
/// waits until the Machine Config Operator has rendered the pool. The command is idempotent: run it again
/// after an upgrade of the cluster to refresh the copied objects.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Show the plan without changing anything\n  oc etcd init --dry-run=client\n\n  \
    # Create the objects after confirmation\n  oc etcd init\n\n  \
    # Validate every object on the API server without persisting it\n  oc etcd init --dry-run=server\n\n  \
    # Print the manifests, including secrets, for review or GitOps\n  \
    oc etcd init --dry-run=client -o yaml --show-sensitive\n\n  \
    # Save the plan for review, and apply exactly that plan later\n  \
    oc etcd init --dry-run=client -o json > plan.json\n  \
    oc etcd init --plan plan.json\n\n  \
    # Show the plan for the cluster of a must-gather\n  \
    oc etcd init --from must-gather.local.123")]
pub struct Init {
    /// Flags of the plan.
    #[command(flatten)]
    pub plan: InitPlanFlags,
    /// Apply a plan saved with -o json or -o yaml, if the cluster is unchanged since; - for stdin
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
    /// Source of the data.
    #[command(flatten)]
    pub from: FromFlag,
    /// Flags of the writes.
    #[command(flatten)]
    pub write: WriteFlags,
    /// Time to wait before giving up; 0 waits without limit
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = write::timeout)]
    pub timeout: Duration,
}

/// Flags of the plan, for `init` and for `diff`.
#[derive(Clone, Debug, Args)]
pub struct InitPlanFlags {
    /// Source of the pool's base configuration [default: auto]
    #[arg(long, value_enum, value_name = "LAYOUT", default_value_t, hide_default_value = true)]
    pub layout: LayoutFlag,
    /// Whether to remove the first-boot units from the copies [default: auto]
    #[arg(long, value_enum, value_name = "CHOICE")]
    pub first_boot: Option<FirstBootFlag>,
    /// Device path of the etcd disk; `probe` detects the disk [default: probe]
    #[arg(long, value_name = "PATH", value_parser = device)]
    pub disk_device: Option<Disk>,
    /// Do not let upgrades wait for the etcd pool; =false reverts this
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        action = clap::ArgAction::Set
    )]
    pub no_required_for_upgrade: Option<bool>,
    /// Take ownership of existing objects whose content already matches
    #[arg(long)]
    pub adopt: bool,
    /// Overwrite fields that another field manager has changed
    #[arg(long)]
    pub force_conflicts: bool,
}

/// The layouts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LayoutFlag {
    /// The layout of the existing pool, or inherit for a new pool
    #[default]
    Auto,
    /// An isolated pool with copies of the masters' MachineConfigs; up to 4.17
    Documented,
    /// A pool that extends the workers' MachineConfigs and copies nothing
    Inherit,
}

/// Treatment of the first-boot units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FirstBootFlag {
    /// Remove the units if the boot image needs no update
    Auto,
    /// Always remove the units, as the documented procedure does
    Remove,
    /// Keep the units
    Keep,
}

pub(super) fn device(text: &str) -> Result<Disk, String> {
    if text == Disk::PROBE {
        return Ok(Disk::Probe);
    }
    Disk::device(text).ok_or_else(|| format!("`{text}` is not a device path such as /dev/nvme1n1"))
}

impl InitPlanFlags {
    /// Returns the request of the flags.
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
            required_for_upgrade: self.no_required_for_upgrade.map(|is_left_out| {
                if is_left_out { RequiredForUpgrade::No } else { RequiredForUpgrade::Yes }
            }),
            write_policy: WritePolicy {
                field_manager: policy.field_manager.clone(),
                adopt: if self.adopt { Adopt::SameContent } else { Adopt::No },
                conflicts: self.conflicts(),
            },
            ignored: policy.ignored(),
            tool_version: tool_version.to_owned(),
        }
    }

    /// Returns the flags that make a request: names without dashes, and values, which are empty for a flag that is on.
    #[must_use]
    pub fn flags(request: &InitRequest) -> Vec<(String, String)> {
        let InitRequest { layout, first_boot, disk, required_for_upgrade, write_policy, .. } =
            request;
        let WritePolicy { field_manager, adopt, conflicts } = write_policy;
        let given = |choice: Option<&str>| choice.map(str::to_owned);
        let on = |is_on: bool| is_on.then(String::new);
        let ignored: Vec<String> = request.ignored.iter().map(ToString::to_string).collect();
        let all = [
            (
                "layout",
                given(match layout {
                    LayoutChoice::Auto => None,
                    LayoutChoice::Only(Layout::Documented) => Some("documented"),
                    LayoutChoice::Only(Layout::Inherit) => Some("inherit"),
                }),
            ),
            (
                "first-boot",
                given(first_boot.map(|it| match it {
                    FirstBoot::Auto => "auto",
                    FirstBoot::Remove => "remove",
                    FirstBoot::Keep => "keep",
                })),
            ),
            ("disk-device", given(disk.as_ref().map(Disk::value))),
            (
                "no-required-for-upgrade",
                given(required_for_upgrade.map(|it| match it {
                    RequiredForUpgrade::No => "",
                    RequiredForUpgrade::Yes => "false",
                })),
            ),
            ("adopt", on(*adopt == Adopt::SameContent)),
            ("force-conflicts", on(*conflicts == Conflicts::Force)),
            ("ignore-checks", (!ignored.is_empty()).then(|| ignored.join(","))),
            ("field-manager", (field_manager != FIELD_MANAGER).then(|| field_manager.clone())),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// Returns the treatment of fields that another manager owns.
    const fn conflicts(&self) -> Conflicts {
        if self.force_conflicts { Conflicts::Force } else { Conflicts::Refuse }
    }
}

impl Init {
    /// Returns the request of the command.
    #[must_use]
    pub fn request(&self, tool_version: &str) -> InitRequest {
        self.plan.request(&self.write.policy, tool_version)
    }

    /// The file of the plan that is to be carried out.
    #[must_use]
    pub fn saved_plan(&self) -> Option<ArchiveSource> {
        self.saved.as_deref().map(ArchiveSource::named)
    }

    /// Returns the settings of the run. With `--from`, the command only shows the plan.
    ///
    /// # Errors
    /// When flags contradict each other.
    pub fn settings(&self) -> Result<WriteSettings, String> {
        let settings = self.write.settings(write::deadline(self.timeout));
        let apply = ApplyOptions { force: self.plan.force_conflicts, ..settings.apply };
        let settings = WriteSettings { apply, ..settings };
        self.from.settings(&self.write.consent, settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Verb, parse};
    use crate::model::shell_command::flag;

    fn request(words: impl IntoIterator<Item = String>) -> InitRequest {
        let words = words.into_iter().map(Into::into);
        let cli = parse(["oc-etcd".into()].into_iter().chain(words), "oc etcd");
        let Verb::Init(init) = cli.unwrap().command else { panic!("another verb") };
        init.request("1")
    }

    #[test]
    fn a_flag_that_is_off_is_a_choice_too() {
        for (flag, expected) in [
            (None, None),
            (Some("--no-required-for-upgrade"), Some(RequiredForUpgrade::No)),
            (Some("--no-required-for-upgrade=true"), Some(RequiredForUpgrade::No)),
            (Some("--no-required-for-upgrade=false"), Some(RequiredForUpgrade::Yes)),
        ] {
            let words = ["init"].into_iter().chain(flag).map(str::to_owned);
            assert_eq!(request(words).required_for_upgrade, expected, "{flag:?}");
        }
    }

    #[test]
    fn the_flags_of_a_request_make_the_same_request() {
        for line in [
            "init",
            "init --no-required-for-upgrade=false",
            "init --layout=documented --first-boot=keep --disk-device=/dev/nvme1n1 --no-required-for-upgrade",
            "init --layout=inherit --first-boot=remove --disk-device=probe --adopt --force-conflicts",
            "init --first-boot=auto --ignore-checks=upgrade-in-progress,operator-degraded --field-manager=me",
        ] {
            let expected = request(line.split(' ').map(str::to_owned));
            let flags = InitPlanFlags::flags(&expected);
            let flags = flags.iter().map(|(name, value)| flag(name, value));
            assert_eq!(request(["init".to_owned()].into_iter().chain(flags)), expected);
        }
    }
}
