//! A machine that boots with MachineConfigs: what the machine reads, and what it runs. Each is found once for all
//! questions about the same MachineConfigs.

use std::cell::OnceCell;
use std::fmt;

use super::KubeletDoubt;
use super::merged::Merged;
use super::programs::{self, Unit};
use crate::model::object::{Object, ObjectRef};

/// A machine that boots with MachineConfigs.
pub struct Boot<'a> {
    machine_configs: Vec<&'a Object>,
    merged: OnceCell<Result<Merged<'a>, KubeletDoubt>>,
    units: OnceCell<Result<Vec<Unit>, KubeletDoubt>>,
}

impl<'a> Boot<'a> {
    /// Creates the machine of MachineConfigs that stand in merge order, or of the only one, which is rendered.
    #[must_use]
    pub const fn of(machine_configs: Vec<&'a Object>) -> Self {
        Self { machine_configs, merged: OnceCell::new(), units: OnceCell::new() }
    }

    /// Returns the same machine without a MachineConfig.
    #[must_use]
    pub fn without(&self, machine_config: &ObjectRef) -> Self {
        let rest = self.machine_configs.iter().copied();
        Self::of(rest.filter(|it| it.reference() != machine_config).collect())
    }

    /// Returns the MachineConfigs, in merge order.
    #[must_use]
    pub fn machine_configs(&self) -> &[&'a Object] {
        &self.machine_configs
    }

    /// Returns the result of the merge.
    ///
    /// # Errors
    /// When a part of a MachineConfig is not understood.
    pub(crate) fn merged(&self) -> Result<&Merged<'a>, KubeletDoubt> {
        let merged = self.merged.get_or_init(|| Merged::of(&self.machine_configs));
        merged.as_ref().map_err(Clone::clone)
    }

    /// Returns what the machine runs.
    ///
    /// # Errors
    /// When a part that would tell is unknown.
    pub(crate) fn units(&self) -> Result<&[Unit], KubeletDoubt> {
        let merged = self.merged()?;
        let units = self.units.get_or_init(|| programs::units(merged));
        units.as_deref().map_err(Clone::clone)
    }
}

impl fmt::Debug for Boot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.machine_configs.iter().map(|it| it.name())).finish()
    }
}
