//! `oc etcd add-disk`

use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::connection::duration;
use super::from::FromFlag;
use super::init::device;
use super::write::{self, ConsentFlags};
use crate::api::requests::ApplyOptions;
use crate::check::template_changes::TemplateChanges;
use crate::derive::disk::Disk;
use crate::plan::add_disk::AddDiskRequest;
use crate::request::WriteSettings;

/// Give the etcd on the masters a disk of its own.
///
/// Creates a MachineConfig for the masters, which reboot one after the other. Then adds a volume to the template of
/// the ControlPlaneMachineSet. The operator of the ControlPlaneMachineSet replaces one master after the other, and the
/// etcd operator moves the members. The command itself changes no member and deletes no Machine. The command waits
/// until every master is replaced and etcd is stable. To continue a run that ended early, run the command again.
/// docs/add-disk.md describes each step, and how to pause, stop and revert the change.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Show the plan, and the checks that block the change\n  oc etcd add-disk --dry-run=client\n\n  \
    # Measure, add the disk, and compare\n  oc etcd perf --for 5m --save before.json\n  \
    oc etcd add-disk\n  oc etcd perf --for 5m --compare before.json\n\n  \
    # Use a larger and faster volume\n  \
    oc etcd add-disk --volume-size 128 --volume-type io2 --iops 9000")]
pub struct AddDisk {
    /// Size of the volume in GiB [default: 64]
    #[arg(long, value_name = "GIB", value_parser = write::whole_number(1..=65_536, " of GiB"))]
    pub volume_size: Option<u32>,
    /// EBS volume type [default: gp3]
    #[arg(long, value_name = "TYPE", value_parser = ["gp3", "gp2", "io1", "io2"])]
    pub volume_type: Option<String>,
    /// Provisioned IOPS of the volume
    #[arg(long, value_name = "N", value_parser = write::whole_number(100..=256_000, ""))]
    pub iops: Option<u32>,
    /// Throughput of the volume in MiB/s; OpenShift 4.21 or later
    #[arg(long, value_name = "MIB", value_parser = write::whole_number(125..=2_000, " of MiB/s"))]
    pub throughput: Option<u32>,
    /// ARN or ID of the KMS key of the volume [default: key of the root volume]
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub kms_key: Option<String>,
    /// Device name for attaching the volume in EC2 [default: /dev/xvdb]
    #[arg(long, value_name = "NAME", value_parser = write::device_name)]
    pub device_name: Option<String>,
    /// Device path of the volume on the machine; `probe` detects the volume [default: probe]
    #[arg(long, value_name = "PATH", value_parser = device)]
    pub disk_device: Option<Disk>,
    /// Flags of the change of the masters.
    #[command(flatten)]
    pub masters: MastersFlags,
    /// Name of the field manager
    #[arg(long, value_name = "NAME", default_value = crate::model::names::FIELD_MANAGER, value_parser = write::field_manager)]
    pub field_manager: String,
}

/// Flags of the commands that change the masters.
#[derive(Clone, Debug, Args)]
pub struct MastersFlags {
    /// Source of the data.
    #[command(flatten)]
    pub from: FromFlag,
    /// Flags of the consent, of the dry run and of the wait.
    #[command(flatten)]
    pub consent: ConsentFlags,
    /// Also apply other changes that the template already contains
    #[arg(long)]
    pub accept_template_changes: bool,
    /// Time for which etcd must be stable after the last replacement
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = duration)]
    pub stable: Duration,
    /// Time to wait before giving up; 0 waits without limit
    #[arg(long, value_name = "TIME", default_value = "6h", value_parser = write::timeout)]
    pub timeout: Duration,
}

impl MastersFlags {
    /// Returns the decision about differences between the template and the masters.
    #[must_use]
    pub const fn template_changes(&self) -> TemplateChanges {
        if self.accept_template_changes { TemplateChanges::Accept } else { TemplateChanges::Refuse }
    }

    /// Returns the settings of the run.
    ///
    /// # Errors
    /// When flags contradict each other.
    pub fn settings(&self) -> Result<WriteSettings, String> {
        self.from.settings(&self.consent, self.consent.settings(write::deadline(self.timeout)))
    }
}

impl AddDisk {
    /// Returns the request.
    ///
    /// # Errors
    /// When flags contradict each other.
    pub fn request(&self, tool_version: &str) -> Result<AddDiskRequest, String> {
        Ok(AddDiskRequest {
            size: self.volume_size,
            kind: self.volume_type.clone(),
            iops: self.iops,
            throughput: self.throughput,
            kms_key: self.kms_key.clone(),
            device_name: self.device_name.clone(),
            disk: self.disk_device.clone(),
            template_changes: self.masters.template_changes(),
            field_manager: self.field_manager.clone(),
            tool_version: tool_version.to_owned(),
        })
    }

    /// Returns the settings of the run.
    ///
    /// # Errors
    /// When flags contradict each other.
    pub fn settings(&self) -> Result<WriteSettings, String> {
        let settings = self.masters.settings()?;
        let field_manager = self.field_manager.clone();
        let apply = ApplyOptions { field_manager, ..settings.apply };
        Ok(WriteSettings { apply, ..settings })
    }
}
