//! Where the lab's parts are, and what of them is missing here.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether a program is on the PATH, or where root's programs are.
pub(crate) fn is_there(program: &str) -> bool {
    #[expect(clippy::disallowed_methods, reason = "a test may look at its environment")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    directories.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
    directories.iter().any(|it| it.join(program).is_file())
}

/// Whether nothing may be left out.
pub(crate) fn is_required() -> bool {
    #[expect(clippy::disallowed_methods, reason = "a test may look at its environment")]
    std::env::var_os("OC_ETCD_REQUIRE_BOOT").is_some()
}

/// What `tests/bootlab/build` made.
pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bootlab")
}

/// Why no machine can be booted here; `None` where one can.
pub(crate) fn missing() -> Option<String> {
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bootlab/build");
    let Ok(output) = Command::new(build).arg("check").output() else {
        return Some("tests/bootlab/build cannot be run".to_owned());
    };
    if output.status.success() {
        return None;
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Some(told.trim_end().trim_start_matches("bootlab: error: ").to_owned())
}
