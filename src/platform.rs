//! What a cloud's Machines look like. AWS is the one that this tool makes machines on.

pub mod aws;

use crate::model::object::Object;

/// The platform that a cluster runs on, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform<'a> {
    /// `AWS`, `GCP`, …, as `infrastructures/cluster` names it.
    pub name: &'a str,
    /// The region, where the platform has one.
    pub region: Option<&'a str>,
}

impl<'a> Platform<'a> {
    /// Reads it from `infrastructures/cluster`.
    #[must_use]
    pub fn of(infrastructure: &'a Object) -> Option<Self> {
        let name = infrastructure
            .text("/status/platformStatus/type")
            .or_else(|| infrastructure.text("/status/platform"))?;
        let region = infrastructure
            .text("/status/platformStatus/aws/region")
            .or_else(|| infrastructure.text("/status/platformStatus/gcp/region"));
        Some(Self { name, region })
    }

    /// Returns whether this tool can make machines there.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        self.name == "AWS"
    }
}
