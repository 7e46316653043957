//! Flags of the commands that write.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
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

/// Parses a whole number in a range. `unit` follows the words "a whole number"; the value itself has no unit.
pub(super) fn whole_number(
    range: RangeInclusive<u32>,
    unit: &'static str,
) -> impl Fn(&str) -> Result<u32, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|it| range.contains(it));
        let (first, last) = (range.start(), range.end());
        number.ok_or_else(|| {
            let without = if unit.is_empty() { "" } else { ", without a unit" };
            format!("must be a whole number{unit} from {first} to {last}{without}")
        })
    }
}

/// Parses the name under which EC2 attaches a volume, which is not the name that Linux gives an NVMe device (EC2 user
/// guide, "Device names for volumes").
pub(super) fn device_name(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("/dev/sd").or_else(|| text.strip_prefix("/dev/xvd"));
    let is_of_ec2 = name.is_some_and(|name| {
        let letters = name.trim_end_matches(|it: char| it.is_ascii_digit());
        (1..=2).contains(&letters.len())
            && letters.bytes().all(|it| it.is_ascii_lowercase())
            && name.len() - letters.len() <= 2
    });
    if is_of_ec2 {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is not a device name of EC2, such as /dev/xvdb or /dev/sdf"))
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
    fn a_number_that_is_refused_is_told_with_its_range_and_unit() {
        let size = whole_number(1..=65_536, " of GiB");
        assert_eq!((size("1"), size("65536")), (Ok(1), Ok(65_536)));
        for text in ["", "0", "65537", "64Gi", "64 ", "-1", "1.5", "99999999999"] {
            let expected = "must be a whole number of GiB from 1 to 65536, without a unit";
            assert_eq!(size(text).unwrap_err(), expected, "{text}");
        }
        let partition = whole_number(1..=7, "");
        assert_eq!(partition("x").unwrap_err(), "must be a whole number from 1 to 7");
    }

    #[test]
    fn a_device_name_is_a_name_of_ec2() {
        for text in ["/dev/xvdb", "/dev/xvdba", "/dev/sdf", "/dev/sda1", "/dev/sdf15"] {
            assert_eq!(device_name(text).as_deref(), Ok(text));
        }
        for text in [
            "",
            "xvdb",
            "/dev/",
            "/dev/a/b",
            "/dev/xvd b",
            "/dev/xvd",
            "/dev/sd1",
            "/dev/sdB",
            "/dev/nvme1n1",
            "/dev/nvme1n1p1",
            "/dev/vdb",
            "/dev/disk/by-id/x",
        ] {
            assert!(device_name(text).unwrap_err().contains("/dev/sdf"), "{text}");
        }
    }
}
