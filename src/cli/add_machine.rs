//! `oc etcd add-machine`

use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::write::{self, WriteFlags};
use crate::derive::machine::{ConfidentialCompute, MachineOptions};
use crate::derive::volume::{self, DEVICE_NAME, Volume};
use crate::plan::add_machine::{AddMachineRequest, Another, INSTANCE_TYPE};
use crate::platform::aws::instance_type;
use crate::request::WriteSettings;

/// Create an etcd machine in each zone.
///
/// The command waits until the Nodes of the machines are Ready. A zone that already has an etcd machine gets
/// no second machine: if that machine is still provisioning, the command waits for the machine; if its Node
/// is Ready, nothing is done. Use --another to create a second machine in a zone.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Create a machine in a zone\n  oc etcd add-machine --zone us-east-1a\n\n  \
    # Create a machine with a faster disk in each of two zones\n  \
    oc etcd add-machine --zone us-east-1a --zone us-east-1b --iops 6000\n\n  \
    # Create a second machine in a zone\n  oc etcd add-machine --zone us-east-1a --another")]
pub struct AddMachine {
    /// Availability zone; can be repeated or comma-separated
    #[arg(long = "zone", value_name = "ZONE", value_delimiter = ',', value_parser = zone)]
    pub zones: Vec<String>,
    /// Create a machine even if the zone already has an etcd machine
    #[arg(long)]
    pub another: bool,
    /// The Machine's name; defaults to `CLUSTER-etcd-N` with the lowest free N
    #[arg(
        long,
        value_name = "NAME",
        value_parser = machine_name,
        help = "Machine name [default: <cluster>-etcd-<n> with the lowest free n]"
    )]
    pub name: Option<String>,
    /// AWS instance type
    #[arg(long, value_name = "TYPE", default_value = INSTANCE_TYPE, value_parser = instance_type::parse)]
    pub instance_type: String,
    /// Size of the etcd disk in GiB
    #[arg(long, value_name = "GIB", default_value_t = volume::SIZE, value_parser = write::whole_number(1..=65_536, " of GiB"))]
    pub volume_size: u32,
    /// EBS volume type of the etcd disk
    #[arg(long, value_name = "TYPE", default_value = volume::TYPE, value_parser = ["gp3", "gp2", "io1", "io2"])]
    pub volume_type: String,
    /// Provisioned IOPS of the etcd disk
    #[arg(long, value_name = "N", value_parser = write::whole_number(100..=256_000, ""))]
    pub iops: Option<u32>,
    /// Throughput of the etcd disk in MiB/s; OpenShift 4.21 or later
    #[arg(long, value_name = "MIB", value_parser = write::whole_number(125..=2_000, " of MiB/s"))]
    pub throughput: Option<u32>,
    /// ARN or ID of the KMS key of the etcd disk [default: key of the root volume]
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub kms_key: Option<String>,
    /// Device name for attaching the etcd disk in EC2
    #[arg(long, value_name = "NAME", default_value = DEVICE_NAME, value_parser = write::device_name)]
    pub device_name: String,
    /// Subnet ID [default: the subnet that the cluster uses in the zone]
    #[arg(long, value_name = "ID")]
    pub subnet: Option<String>,
    /// Placement group of the machine [default: none]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub placement_group: Option<String>,
    /// Partition of the placement group, from 1 to 7
    #[arg(long, value_name = "N", requires = "placement_group", value_parser = write::whole_number(1..=7, ""))]
    pub placement_group_partition: Option<u32>,
    /// Capacity reservation ID for the machine [default: none]
    #[arg(long, value_name = "ID", value_parser = capacity_reservation)]
    pub capacity_reservation: Option<String>,
    /// Instance tenancy [default: tenancy of the masters]
    #[arg(long, value_name = "TENANCY", value_parser = ["default", "dedicated", "host"])]
    pub tenancy: Option<String>,
    /// Memory encryption [default: as masters of the same instance type]
    #[arg(long, value_name = "KIND", value_parser = [ConfidentialCompute::Disabled.flag(), ConfidentialCompute::SevSnp.flag()])]
    pub confidential_compute: Option<String>,
    /// Flags of the writes.
    #[command(flatten)]
    pub write: WriteFlags,
    /// Time to wait before giving up; 0 waits without limit
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = write::timeout)]
    pub timeout: Duration,
}

fn zone(text: &str) -> Result<String, String> {
    let is_plain = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if is_plain && !text.is_empty() {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is not a zone such as us-east-1a"))
}

/// Parses the ID of a capacity reservation, as the Machine API does: it fails the machine for any other text
/// (machine-api-provider-aws `getCapacityReservationSpecification`).
fn capacity_reservation(text: &str) -> Result<String, String> {
    let is_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    match text.strip_prefix("cr-") {
        Some(digits) if digits.len() == 17 && digits.bytes().all(is_digit) => Ok(text.to_owned()),
        _ => Err(format!("`{text}` is not an ID such as cr-0123456789abcdef0")),
    }
}

/// Parses a DNS subdomain of at most 63 bytes: the name becomes a tag of the instance, and can become a label of the
/// Node.
fn machine_name(text: &str) -> Result<String, String> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let is_outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_valid = (1..=63).contains(&text.len())
        && text.chars().all(is_inner)
        && text.starts_with(is_outer)
        && text.ends_with(is_outer);
    if is_valid {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not a Machine name such as lab-etcd-0"))
    }
}

impl AddMachine {
    /// Returns the request of the flags, each zone once.
    ///
    /// # Errors
    /// When flags contradict each other.
    pub fn request(&self, tool_version: &str) -> Result<AddMachineRequest, String> {
        let mut zones: Vec<String> = Vec::new();
        for zone in &self.zones {
            if !zones.contains(zone) {
                zones.push(zone.clone());
            }
        }
        if self.name.is_some() && zones.len() > 1 {
            return Err("--name requires exactly one --zone".to_owned());
        }
        if self.subnet.is_some() && zones.len() > 1 {
            return Err("--subnet requires exactly one --zone".to_owned());
        }
        let volume = Volume {
            device_name: self.device_name.clone(),
            size: self.volume_size,
            kind: self.volume_type.clone(),
            iops: self.iops,
            throughput: self.throughput,
            kms_key: self.kms_key.clone(),
        };
        volume.check()?;
        if self.subnet.as_ref().is_some_and(|it| !it.starts_with("subnet-")) {
            return Err("--subnet must be an ID such as subnet-0123456789abcdef0".to_owned());
        }
        let compute = [ConfidentialCompute::Disabled, ConfidentialCompute::SevSnp];
        let compute =
            compute.into_iter().find(|it| Some(it.flag()) == self.confidential_compute.as_deref());
        Ok(AddMachineRequest {
            zones,
            another: if self.another { Another::Yes } else { Another::No },
            name: self.name.clone(),
            instance_type: self.instance_type.clone(),
            volume,
            subnet: self.subnet.clone(),
            options: MachineOptions {
                placement_group: self.placement_group.clone(),
                placement_group_partition: self.placement_group_partition,
                capacity_reservation: self.capacity_reservation.clone(),
                tenancy: self.tenancy.clone(),
                confidential_compute: compute,
            },
            ignored: self.write.policy.ignored(),
            tool_version: tool_version.to_owned(),
        })
    }

    /// Returns the settings of the run.
    #[must_use]
    pub fn settings(&self) -> WriteSettings {
        self.write.settings(write::deadline(self.timeout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capacity_reservation_is_one_that_the_machine_api_takes() {
        assert!(capacity_reservation("cr-0123456789abcdef0").is_ok());
        for text in ["", "cr-", "cr-1", "cr-0123456789ABCDEF0", "cr-0123456789abcdef01", "x"] {
            assert!(capacity_reservation(text).is_err(), "{text}");
        }
    }
}
