//! Flags of the commands that write.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::connection::duration;
use crate::api::requests::{ApplyOptions, FieldValidation};
use crate::check::Check;
use crate::plan::outcome::Persistence;
use crate::request::{Consent, WriteSettings};

/// Flags of the consent, of the dry run and of the wait.
#[derive(Clone, Debug, Args)]
pub struct ConsentFlags {
    /// Skip the confirmation prompt
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// client: print the plan only. server: submit the requests without persisting them
    #[arg(
        long,
        value_enum,
        value_name = "WHERE",
        default_value_t,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "client",
        hide_default_value = true
    )]
    pub dry_run: DryRun,
    /// Wait for completion; --wait=false returns immediately
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value_t = true,
        default_missing_value = "true",
        hide_default_value = true,
        hide_possible_values = true,
        action = clap::ArgAction::Set
    )]
    pub wait: bool,
}

/// Flags of the commands that write.
#[derive(Clone, Debug, Args)]
pub struct WriteFlags {
    /// Flags of the consent, of the dry run and of the wait.
    #[command(flatten)]
    pub consent: ConsentFlags,
    /// Flags of the ignored checks and of the field manager.
    #[command(flatten)]
    pub policy: PolicyFlags,
    /// Print manifests including secrets; requires --dry-run=client and -o yaml or json
    #[arg(long)]
    pub show_sensitive: bool,
    /// How the server validates unknown fields [default: strict]
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        default_value_t,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "strict",
        hide_default_value = true
    )]
    pub validate: Validate,
}

/// Flags of the ignored checks and of the field manager.
#[derive(Clone, Debug, Args)]
pub struct PolicyFlags {
    /// Downgrade blockers of these checks to warnings; comma-separated IDs
    #[arg(long, value_name = "ID,…", value_delimiter = ',', value_parser = check)]
    pub ignore_checks: Vec<Check>,
    /// Name of the field manager
    #[arg(long, value_name = "NAME", default_value = crate::model::names::FIELD_MANAGER, value_parser = field_manager)]
    pub field_manager: String,
}

/// Treatment of unknown fields by the API server
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Validate {
    /// Reject the request
    #[default]
    #[value(alias = "true")]
    Strict,
    /// Return a warning
    Warn,
    /// Drop unknown fields silently
    #[value(alias = "false")]
    Ignore,
}

impl PolicyFlags {
    /// The checks to ignore.
    #[must_use]
    pub fn ignored(&self) -> BTreeSet<Check> {
        self.ignore_checks.iter().copied().collect()
    }
}

/// Kind of dry run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// Apply the changes
    #[default]
    None,
    /// Print the plan only
    Client,
    /// Submit the requests without persisting them
    Server,
}

/// Parses the id of a check. A check whose blocker protects the cluster cannot be ignored.
pub(super) fn check(text: &str) -> Result<Check, String> {
    let check: Check =
        text.parse().map_err(|error: crate::check::finding::UnknownCheck| error.to_string())?;
    if check.is_ignorable() {
        return Ok(check);
    }
    Err(format!(
        "`{check}` cannot be ignored: continuing would break the cluster or cannot succeed"
    ))
}

pub(super) fn field_manager(text: &str) -> Result<String, String> {
    match text.len() {
        1..=128 => Ok(text.to_owned()),
        _ => Err("the name of a field manager must have 1 to 128 bytes".to_owned()),
    }
}

impl ConsentFlags {
    /// Returns the settings of a command that applies nothing. Each verb has its own `timeout`.
    #[must_use]
    pub fn settings(&self, timeout: Option<Duration>) -> WriteSettings {
        WriteSettings {
            consent: match (self.dry_run, self.yes) {
                (DryRun::Client, _) => Consent::ShowOnly,
                (DryRun::Server, _) => Consent::DryRun,
                (DryRun::None, true) => Consent::Given,
                (DryRun::None, false) => Consent::Ask,
            },
            is_waiting: self.wait,
            timeout,
            shows_sensitive: false,
            apply: ApplyOptions {
                field_manager: crate::model::names::FIELD_MANAGER.to_owned(),
                force: false,
                persistence: Persistence::Stored,
                validation: FieldValidation::default(),
            },
        }
    }
}

impl WriteFlags {
    /// Returns the settings of a command that writes. Each verb has its own `timeout`.
    #[must_use]
    pub fn settings(&self, timeout: Option<Duration>) -> WriteSettings {
        let settings = self.consent.settings(timeout);
        WriteSettings {
            shows_sensitive: self.show_sensitive,
            apply: ApplyOptions {
                field_manager: self.policy.field_manager.clone(),
                validation: match self.validate {
                    Validate::Strict => FieldValidation::Strict,
                    Validate::Warn => FieldValidation::Warn,
                    Validate::Ignore => FieldValidation::Ignore,
                },
                ..settings.apply
            },
            ..settings
        }
    }
}

/// Refuses settings of a volume that EC2 refuses, so that no machine fails for them (EBS user guide, "Amazon EBS
/// volume types"). The largest values grow with new hardware, and are left to EC2.
///
/// # Errors
/// A message that names the flags.
pub(super) fn volume(
    kind: &str,
    size: u32,
    iops: Option<u32>,
    throughput: Option<u32>,
) -> Result<(), String> {
    // The fewest IOPS, and the IOPS for each GiB.
    let limits = match kind {
        "gp3" => Some((3_000, 500)),
        "io1" => Some((100, 50)),
        "io2" => Some((100, 1_000)),
        _ => None,
    };
    if throughput.is_some() && kind != "gp3" {
        return Err("--throughput requires --volume-type gp3".to_owned());
    }
    if iops.is_none() && ["io1", "io2"].contains(&kind) {
        return Err(format!("--volume-type {kind} requires --iops"));
    }
    if let Some(iops) = iops {
        let Some((fewest, for_each)) = limits else {
            return Err("--iops requires --volume-type gp3, io1 or io2".to_owned());
        };
        // EC2 gives the fewest IOPS to a volume of any size.
        let most = fewest.max(for_each * size);
        if !(fewest..=most).contains(&iops) {
            return Err(format!(
                "--iops must be from {fewest} to {most} for a volume of type {kind} and {size} GiB"
            ));
        }
    }
    // A volume of type gp3 has the fewest IOPS unless more are requested.
    let iops = iops.or(limits.map(|(fewest, _)| fewest)).unwrap_or_default();
    let most = iops / 4;
    if throughput.is_some_and(|it| it > most) {
        return Err(format!(
            "--throughput must be at most {most} for {iops} IOPS; set more --iops"
        ));
    }
    Ok(())
}

/// Parses the name under which EC2 attaches a volume.
pub(super) fn device_name(text: &str) -> Result<String, String> {
    match text.strip_prefix("/dev/") {
        Some(name) if !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric()) => {
            Ok(text.to_owned())
        }
        _ => Err(format!("`{text}` is not a name such as /dev/xvdb")),
    }
}

/// Parses `--timeout`: zero means no limit, as in `kubectl delete --timeout`.
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    duration(text)
}

/// Returns the deadline of a timeout; zero means no deadline.
pub(super) fn deadline(timeout: Duration) -> Option<Duration> {
    (timeout > Duration::ZERO).then_some(timeout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_that_ec2_refuses_is_refused_before_a_machine_fails() {
        for (kind, size, iops, throughput) in [
            ("gp3", 64, None, None),
            ("gp3", 64, Some(32_000), None),
            ("gp3", 1, Some(3_000), Some(750)),
            ("gp3", 64, Some(4_000), Some(1_000)),
            ("io1", 64, Some(3_200), None),
            ("io2", 64, Some(64_000), None),
            ("gp2", 64, None, None),
        ] {
            assert_eq!(volume(kind, size, iops, throughput), Ok(()), "{kind} {size} {iops:?}");
        }
        for (kind, size, iops, throughput) in [
            ("gp3", 64, Some(2_999), None),
            ("gp3", 64, Some(32_001), None),
            ("gp3", 64, None, Some(751)),
            ("gp3", 64, Some(3_996), Some(1_000)),
            ("io1", 64, Some(6_000), None),
            ("io1", 64, None, None),
            ("io2", 64, Some(64_001), None),
            ("io2", 64, Some(6_000), Some(125)),
            ("gp2", 64, Some(3_000), None),
        ] {
            assert!(volume(kind, size, iops, throughput).is_err(), "{kind} {size} {iops:?}");
        }
    }

    #[test]
    fn a_device_name_is_a_name_in_dev() {
        assert!(device_name("/dev/xvdb").is_ok() && device_name("/dev/sda1").is_ok());
        for text in ["", "xvdb", "/dev/", "/dev/a/b", "/dev/xvd b"] {
            assert!(device_name(text).is_err(), "{text}");
        }
    }
}
