//! The request of `init`.

use std::collections::BTreeSet;

use crate::check::Check;
use crate::derive::disk::Disk;
use crate::derive::pool::RequiredForUpgrade;
use crate::model::names;
use crate::plan::first_boot::FirstBoot;
use crate::plan::layout::LayoutChoice;
use crate::plan::reconcile::{Adopt, Conflicts, WritePolicy};

/// The request of `init`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitRequest {
    /// `--layout`
    pub layout: LayoutChoice,
    /// `--first-boot`; `None` keeps what was chosen before, or is auto.
    pub first_boot: Option<FirstBoot>,
    /// `--disk-device`; `None` keeps the existing setting, or probes.
    pub disk: Option<Disk>,
    /// `--no-required-for-upgrade`; `None` keeps the existing label, or sets the label.
    pub required_for_upgrade: Option<RequiredForUpgrade>,
    /// `--adopt`, `--force-conflicts`, `--field-manager`
    pub write_policy: WritePolicy,
    /// `--ignore-checks`
    pub ignored: BTreeSet<Check>,
    /// The version of this tool, for the annotation.
    pub tool_version: String,
}

impl InitRequest {
    /// A request with every flag at its default.
    #[must_use]
    pub fn new(tool_version: &str) -> Self {
        Self {
            layout: LayoutChoice::Auto,
            first_boot: None,
            disk: None,
            required_for_upgrade: None,
            write_policy: WritePolicy {
                field_manager: names::FIELD_MANAGER.to_owned(),
                adopt: Adopt::No,
                conflicts: Conflicts::Refuse,
            },
            ignored: BTreeSet::new(),
            tool_version: tool_version.to_owned(),
        }
    }
}
