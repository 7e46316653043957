//! The two ways in which the etcd pool gets its base configuration.

use std::fmt;

use serde::Serialize;

/// The layout of the etcd pool: the source of its base configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Copies of the masters' MachineConfigs.
    Documented,
    /// The workers' MachineConfigs.
    Inherit,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documented => "documented",
            Self::Inherit => "inherit",
        })
    }
}

impl Layout {
    /// Returns the meaning of the layout, to follow its name.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Documented => "an isolated pool with copies of the masters' MachineConfigs",
            Self::Inherit => "a pool that extends the workers' MachineConfigs",
        }
    }
}
