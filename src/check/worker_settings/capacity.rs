//! What an instance type has, and what settings take of it.

use std::fmt;

use crate::derive::machine::INSTANCE_TYPE;
use crate::model::kind::Kind;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::platform::aws;

/// The CPUs and the memory of an instance type, as far as they are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capacity {
    /// Number of CPUs.
    pub(super) cpus: Option<u64>,
    /// Memory.
    pub(super) memory: Option<Memory>,
}

impl Capacity {
    /// The capacity of the default instance type, by AWS's table.
    pub(super) const DEFAULT: Self = Self { cpus: Some(4), memory: Some(Memory(10_752 << 20)) };

    /// Returns the capacity of an instance type: of the default by AWS's table, of another by a Node that has the type.
    pub(super) fn of(snapshot: &Snapshot, instance_type: &str) -> Self {
        if instance_type == INSTANCE_TYPE {
            return Self::DEFAULT;
        }
        let of_type =
            snapshot.all(Kind::Machine).filter(|it| aws::instance_type(it) == Some(instance_type));
        let nodes: Vec<&Object> = of_type.filter_map(|it| snapshot.node_of(it)).collect();
        let given =
            |field: &str| nodes.iter().find_map(|it| it.text(&format!("/status/capacity/{field}")));
        Self {
            cpus: given("cpu").and_then(|it| it.parse().ok()),
            memory: given("memory").and_then(|it| quantity(it, 1.0)).map(Memory),
        }
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Memory(pub(super) u64);

impl Memory {
    /// Reads a size as the kernel does (`memparse` of `lib/cmdline.c`): `1G`, `2M`. The kernel passes over what follows the
    /// letter: `1GB`, `1Gi`.
    pub(super) fn of_kernel(text: &str) -> Option<Self> {
        let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(end);
        let letter = unit.chars().next().map(|it| it.to_ascii_uppercase());
        let shift = letter.and_then(|it| "KMGTPE".find(it)).map_or(0, |it| 10 * (it + 1));
        digits.parse::<u64>().ok()?.checked_mul(1 << shift).map(Self)
    }
}

/// The suffixes of quantities, each with its factor (apimachinery `pkg/api/resource/suffix.go`). The letters alone are
/// tried after those that end with `i`.
const SUFFIXES: [(&str, f64); 15] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

/// Reads a quantity of Kubernetes in units of the last argument, rounded up: `2`, `0.5`, `500m`, `11.5Gi`, `12e9`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast of a quantity above u64 saturates, and no quantity is negative"
)]
pub(super) fn quantity(text: &str, unit: f64) -> Option<u64> {
    let with = |&(suffix, factor): &(&str, f64)| Some((text.strip_suffix(suffix)?, factor));
    let (number, factor) = SUFFIXES.iter().find_map(with).unwrap_or((text, 1.0));
    let is_number = number.bytes().all(|it| it.is_ascii_digit() || b"+.eE-".contains(&it));
    let number = number.parse::<f64>().ok().filter(|it| is_number && *it >= 0.0)?;
    Some((number * factor / unit).ceil() as u64)
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0.saturating_mul(10) >> 30;
        match (tenths / 10, tenths % 10) {
            (0, _) => write!(f, "{} MiB", self.0 >> 20),
            (whole, 0) => write!(f, "{whole} GiB"),
            (whole, tenth) => write!(f, "{whole}.{tenth} GiB"),
        }
    }
}

/// Returns how much of something an instance type has, or that this is unknown, as a clause.
pub(super) fn has(instance_type: &str, what: &str, amount: Option<impl fmt::Display>) -> String {
    match amount {
        Some(amount) => format!("a {instance_type} has {amount}"),
        None => format!("the {what} of a {instance_type} is unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_read_in_each_form_of_the_api() {
        for (text, unit, expected) in [
            ("2", 1e-3, Some(2000)),
            ("0.5", 1e-3, Some(500)),
            ("500m", 1e-3, Some(500)),
            ("10862820Ki", 1.0, Some(11_123_527_680)),
            ("11.5Gi", 1.0, Some(12_348_030_976)),
            ("12e9", 1.0, Some(12_000_000_000)),
            ("12E9", 1.0, Some(12_000_000_000)),
            ("1Pi", 1.0, Some(1 << 50)),
            ("20E", 1.0, Some(u64::MAX)),
            ("12Quux", 1.0, None),
            ("-1", 1.0, None),
            ("10%", 1.0, None),
            ("infinity", 1.0, None),
            ("", 1.0, None),
        ] {
            assert_eq!(quantity(text, unit), expected, "{text}");
        }
    }
}
