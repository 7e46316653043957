//! OpenShift's version numbers, and what changed with which.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A release of OpenShift: `4.16.8`. What follows the patch number (`-rc.1`) is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Release {
    /// `4`
    pub major: u32,
    /// `16`
    pub minor: u32,
    /// `8`
    pub patch: u32,
}

impl Release {
    /// The oldest release that this tool is for.
    pub const OLDEST: Self = Self::minor(10);
    /// The newest minor release with which this tool was tested.
    pub const NEWEST_TESTED: Self = Self::minor(22);
    /// Pools render worker MachineConfigs first from here on, so that `etcd` may override them.
    pub const WORKER_FIRST: Self = Self::minor(15);
    /// Custom pools must inherit from worker from here on (`custom-machine-config-pool-selector`).
    pub const POOL_POLICY: Self = Self::minor(18);
    /// The Machine API knows a volume's throughput from here on.
    pub const THROUGHPUT: Self = Self::minor(21);

    /// The minor releases with which this tool was tested: `4.10 to 4.22`.
    #[must_use]
    pub fn tested() -> String {
        let minor = |it: Self| format!("{}.{}", it.major, it.minor);
        format!("{} to {}", minor(Self::OLDEST), minor(Self::NEWEST_TESTED))
    }

    /// The first release of a 4.x minor.
    #[must_use]
    pub const fn minor(minor: u32) -> Self {
        Self { major: 4, minor, patch: 0 }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Serialize for Release {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The text is no version number.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a version such as 4.16.8")]
pub struct NotARelease(String);

impl FromStr for Release {
    type Err = NotARelease;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let core = text.split(['-', '+']).next().unwrap_or(text);
        let mut numbers = core.split('.').map(str::parse);
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) => {
                Ok(Self { major, minor, patch })
            }
            _ => Err(NotARelease(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let release = |text: &str| text.parse::<Release>();
        assert!(release("4.9.59").unwrap() < release("4.10.0").unwrap());
        assert_eq!(release("4.20.0-rc.3"), Ok(Release::minor(20)));
        assert_eq!(release("4.16.8").map(|it| it.to_string()), Ok("4.16.8".to_owned()));
        for text in ["", "4.16", "v4.16.8", "4.16.8.1", "four"] {
            assert_eq!(release(text), Err(NotARelease(text.to_owned())));
        }
    }
}
