//! `oc etcd remove-disk`

use clap::Args;

use super::add_disk::MastersFlags;
use crate::plan::remove_disk::RemoveDiskRequest;

/// Remove the disk that add-disk gave to the etcd on the masters.
///
/// Removes the volume from the template of the ControlPlaneMachineSet. The operator of the ControlPlaneMachineSet
/// replaces one master after the other by a machine whose etcd is on the root disk. Then deletes the MachineConfig, and
/// the masters reboot one after the other. As long as the first new machine of add-disk is not Running, this command
/// stops the replacement and changes no master.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Show the plan\n  oc etcd remove-disk --dry-run=client\n\n  \
    # Remove the disk after confirmation\n  oc etcd remove-disk")]
pub struct RemoveDisk {
    /// Flags of the change of the masters.
    #[command(flatten)]
    pub masters: MastersFlags,
}

impl RemoveDisk {
    /// Returns the request.
    #[must_use]
    pub const fn request(&self) -> RemoveDiskRequest {
        RemoveDiskRequest { template_changes: self.masters.template_changes() }
    }
}
