//! Decides about the two units that update a new machine to its release at the first boot.
//!
//! The procedure removes the units. If the boot image already has the release, the removal is harmless and saves a
//! reboot. Otherwise, the machine boots with an old kubelet or never joins (MCO `pkg/daemon`,
//! `RunFirstbootCompleteMachineconfig`).

use crate::derive::machine_config::FIRST_BOOT_UNITS;
use crate::ignition;
use crate::ignition::is_fips;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;

use crate::check::{Check, Finding};

/// The choice of the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstBoot {
    /// Remove the units if no update of the operating system is needed.
    #[default]
    Auto,
    /// Remove the units, as the procedure does.
    Remove,
    /// Keep the units.
    Keep,
}

impl FirstBoot {
    /// The word under which a choice is remembered; `None` for the default.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Remove => Some("remove"),
            Self::Keep => Some("keep"),
        }
    }
}

/// Returns the choice of this run, else the choice that the existing copy remembers, so that a plain `init`
/// does not undo a choice.
#[must_use]
pub fn choice(asked: Option<FirstBoot>, existing: Option<&Object>) -> FirstBoot {
    let remembered = || match existing?.annotation(names::FIRST_BOOT)? {
        "remove" => Some(FirstBoot::Remove),
        "keep" => Some(FirstBoot::Keep),
        _ => None,
    };
    asked.or_else(remembered).unwrap_or_default()
}

/// The decision about the units, and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstBootDecision {
    /// Indicates whether the copy of `00-master` goes without the units.
    pub is_removed: bool,
    /// For the plan's line: `first-boot units kept: the cluster was upgraded`.
    pub because: String,
    /// A warning, where the choice is risky.
    pub finding: Option<Finding>,
}

/// Returns whether a MachineConfig has the units.
#[must_use]
pub fn has_units(machine_config: &Object) -> bool {
    ignition::config(machine_config).is_some_and(|config| {
        ignition::units(config)
            .iter()
            .any(|unit| unit["name"].as_str().is_some_and(|it| FIRST_BOOT_UNITS.contains(&it)))
    })
}

/// Decides, given the existing copy and the MachineConfigs that the pool will select. The decision is made anew in each
/// run, because new machines of a cluster need the units from the first upgrade of the cluster on.
#[must_use]
pub fn decide<'a>(
    choice: FirstBoot,
    snapshot: &Snapshot,
    base: &Object,
    existing: Option<&Object>,
    selected: impl Iterator<Item = &'a Object>,
) -> FirstBootDecision {
    if !has_units(base) {
        return FirstBootDecision { is_removed: false, because: String::new(), finding: None };
    }
    let needed = match (choice, why_needed(snapshot, selected), existing) {
        // What is unknown changes no copy.
        (FirstBoot::Auto, Needed::Unknown(why), Some(copy)) => {
            let is_removed = !has_units(copy);
            let word = if is_removed { "removed" } else { "kept" };
            let because = format!("first-boot units {word} as before: {why}");
            return FirstBootDecision { is_removed, because, finding: None };
        }
        (_, Needed::No, _) => None,
        (_, Needed::For(reason), _) => Some(reason),
        (_, Needed::Unknown(why), _) => Some(why.to_owned()),
    };
    let removed = || "first-boot units removed".to_owned();
    match (choice, needed) {
        (FirstBoot::Auto | FirstBoot::Remove, None) => {
            FirstBootDecision { is_removed: true, because: removed(), finding: None }
        }
        (FirstBoot::Auto, Some(reason)) => FirstBootDecision {
            is_removed: false,
            because: format!("first-boot units kept: {reason}"),
            finding: None,
        },
        (FirstBoot::Keep, _) => FirstBootDecision {
            is_removed: false,
            because: "first-boot units kept as requested by --first-boot".to_owned(),
            finding: None,
        },
        (FirstBoot::Remove, Some(reason)) => {
            let message = format!(
                "the first-boot units are removed although {reason}: a new machine keeps the operating \
                 system of its boot image and may never join the cluster"
            );
            let finding = Check::BootImageSkew
                .warning("machineconfig/00-etcd", message)
                .hint("oc etcd init --first-boot=auto");
            FirstBootDecision { is_removed: true, because: removed(), finding: Some(finding) }
        }
    }
}

/// The need of a new machine for the units.
enum Needed {
    /// No.
    No,
    /// Yes, for this reason.
    For(String),
    /// Nobody can tell, for this reason.
    Unknown(&'static str),
}

/// Returns whether and why a new machine needs the units: its boot image is older than the release, or a MachineConfig requests a
/// change that Ignition cannot make.
fn why_needed<'a>(snapshot: &Snapshot, mut selected: impl Iterator<Item = &'a Object>) -> Needed {
    let change =
        selected.find_map(|it| Some(format!("{} requests {}", it.reference(), os_change(it)?)));
    let history = snapshot.cluster_version().map(|version| version.list("/status/history"));
    match (change, history) {
        // Machines of OKD boot with another operating system, and get that of OKD at the first boot.
        _ if snapshot.is_okd() => Needed::For("the boot image of OKD has no kubelet".to_owned()),
        (_, Some([_, _, ..])) => {
            Needed::For("the cluster was upgraded after its installation".to_owned())
        }
        (Some(change), _) => Needed::For(change),
        (None, Some([only])) if only["state"] == "Completed" => Needed::No,
        (None, Some([_])) => Needed::Unknown("the installation of the cluster is not complete"),
        (None, Some([]) | None) => {
            Needed::Unknown("it is unknown whether the cluster was upgraded")
        }
    }
}

/// Returns the change to the operating system that only the first boot can make.
#[must_use]
pub fn os_change(machine_config: &Object) -> Option<&'static str> {
    if !machine_config.list("/spec/kernelArguments").is_empty() {
        return Some("kernel arguments");
    }
    if !machine_config.list("/spec/extensions").is_empty() {
        return Some("extensions");
    }
    if machine_config.text("/spec/kernelType").is_some_and(|kind| kind != "default") {
        return Some("a kernel type");
    }
    if is_fips(machine_config) {
        return Some("FIPS");
    }
    let is_ours = machine_config.label(names::MACHINE_CONFIG_ROLE) == Some(names::ETCD);
    (is_ours && machine_config.text("/spec/osImageURL").is_some()).then_some("an OS image")
}
