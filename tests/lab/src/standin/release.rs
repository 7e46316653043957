//! What differs between the releases of OpenShift that the stand-ins imitate.

/// A minor release of OpenShift 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(u32);

impl Release {
    /// The release of a version such as `4.16.8` or `4.20`.
    pub fn of(version: &str) -> Option<Self> {
        let minor = version.strip_prefix("4.")?.split('.').next()?;
        minor.parse().ok().map(Self)
    }

    /// Whether this is `4.<minor>` or newer.
    pub fn is_at_least(self, minor: u32) -> bool {
        self.0 >= minor
    }

    /// The Ignition version that the operator writes.
    pub fn ignition_version(self) -> &'static str {
        match self.0 {
            ..=13 => "3.2.0",
            14..=18 => "3.4.0",
            19.. => "3.5.0",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_the_minor_of_a_version() {
        let cases = [
            ("4.16.8", Some(Release(16))),
            ("4.20", Some(Release(20))),
            ("4.20.0-rc.1", Some(Release(20))),
            ("3.11", None),
            ("", None),
        ];
        for (version, release) in cases {
            assert_eq!(Release::of(version), release, "{version}");
        }
    }
}
