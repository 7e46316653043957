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
            memory: given("memory").and_then(Memory::of),
        }
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Memory(pub(super) u64);

impl Memory {
    /// Reads a size as the kernel or as Kubernetes writes it: `1G`, `2M`, `10862820Ki`.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.strip_suffix('i').unwrap_or(text);
        let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
        let shift = match text.get(digits.len()..)?.to_ascii_uppercase().as_str() {
            "" => 0,
            "K" => 10,
            "M" => 20,
            "G" => 30,
            "T" => 40,
            _ => return None,
        };
        digits.parse::<u64>().ok()?.checked_mul(1 << shift).map(Self)
    }
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

/// Reads an amount of CPUs, in thousandths, as Kubernetes writes the amount: `2`, `0.5`, `500m`.
pub(super) fn thousandths_of_cpus(text: &str) -> Option<u64> {
    if let Some(thousandths) = text.strip_suffix('m') {
        return thousandths.parse().ok();
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(part.parse().ok()?)
}
