//! The request of `add-machine`.

use std::collections::BTreeSet;

use crate::check::Check;
use crate::derive::machine::MachineOptions;
use crate::derive::volume::Volume;

/// The choice whether a zone that has an etcd machine gets another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Another {
    /// A zone gets one machine.
    #[default]
    No,
    /// A zone gets another machine, whatever exists.
    Yes,
}

/// The request of `add-machine`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddMachineRequest {
    /// The zones, each once, in the order in which they were given.
    pub zones: Vec<String>,
    /// `--another`
    pub another: Another,
    /// `--name`; only with one zone.
    pub name: Option<String>,
    /// `--instance-type`
    pub instance_type: String,
    /// The second disk.
    pub volume: Volume,
    /// `--subnet`: an id, instead of the subnet that the cluster uses there.
    pub subnet: Option<String>,
    /// The options for AWS that replace those of the masters.
    pub options: MachineOptions,
    /// `--ignore-checks`
    pub ignored: BTreeSet<Check>,
    /// The version of this tool, for the annotation.
    pub tool_version: String,
}

pub use crate::derive::machine::INSTANCE_TYPE;

impl AddMachineRequest {
    /// A request with every flag at its default.
    #[must_use]
    pub fn new(zones: Vec<String>, tool_version: &str) -> Self {
        Self {
            zones,
            another: Another::No,
            name: None,
            instance_type: INSTANCE_TYPE.to_owned(),
            volume: Volume::default(),
            subnet: None,
            options: MachineOptions::default(),
            ignored: BTreeSet::new(),
            tool_version: tool_version.to_owned(),
        }
    }
}
