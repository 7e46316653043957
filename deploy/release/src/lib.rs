//! What a release is made of, apart from building: archives, checksums, bills of materials and the
//! manifests of package managers. The same input always gives the same bytes: no clock, no user and no
//! order of a directory gets into a file.
//!
//! `deploy/release/build` makes the programs, `docs/release.md` tells the whole way.
#![forbid(unsafe_code)]

pub mod archive;
pub mod bill;
pub mod checksums;
pub mod crates;
pub mod glibc;
pub mod licenses;
pub mod package;
pub mod platform;
pub mod template;

use std::path::{Path, PathBuf};

/// The directory of this repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
