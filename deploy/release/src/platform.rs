//! The platforms of a release, in the names that krew uses.

use std::fmt;
use std::str::FromStr;

/// One platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// `linux`, `darwin` or `windows`.
    pub os: &'static str,
    /// Go's name of the architecture, as in `amd64`.
    pub arch: &'static str,
    /// What `deploy/release/build` takes: the target of rustc, with a version of glibc where one is needed.
    pub target: &'static str,
}

/// All of them. krew knows no s390x, so plugin.yaml leaves that one out; Rust ships no musl for it.
pub const PLATFORMS: [Platform; 7] = [
    Platform { os: "linux", arch: "amd64", target: "x86_64-unknown-linux-musl" },
    Platform { os: "linux", arch: "arm64", target: "aarch64-unknown-linux-musl" },
    Platform { os: "linux", arch: "ppc64le", target: "powerpc64le-unknown-linux-musl" },
    Platform { os: "linux", arch: "s390x", target: "s390x-unknown-linux-gnu.2.28" },
    Platform { os: "darwin", arch: "amd64", target: "x86_64-apple-darwin" },
    Platform { os: "darwin", arch: "arm64", target: "aarch64-apple-darwin" },
    Platform { os: "windows", arch: "amd64", target: "x86_64-pc-windows-gnu" },
];

impl Platform {
    /// The name of the program in the archive.
    pub fn program(self) -> &'static str {
        if self.os == "windows" { "kubectl-etcd.exe" } else { "kubectl-etcd" }
    }

    /// The name of the archive without its ending, as in `kubectl-etcd-v0.1.0-linux-amd64`.
    pub fn stem(self, version: &str) -> String {
        format!("kubectl-etcd-v{version}-{self}")
    }

    /// The name of the archive.
    pub fn archive(self, version: &str) -> String {
        let ending = if self.os == "windows" { "zip" } else { "tar.gz" };
        format!("{}.{ending}", self.stem(version))
    }

    /// The target as rustc names it.
    pub fn triple(self) -> &'static str {
        self.target.split_once('.').map_or(self.target, |(triple, _)| triple)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.os, self.arch)
    }
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        PLATFORMS.into_iter().find(|it| it.to_string() == text).ok_or_else(|| {
            let known = PLATFORMS.map(|it| it.to_string()).join(", ");
            format!("no platform of a release; those are {known}")
        })
    }
}
