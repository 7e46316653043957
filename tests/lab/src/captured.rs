//! What the real Machine Config Operator rendered, and OpenShift's own admission policy: read in place
//! where they are at hand, and never part of this project.
//!
//! `OC_ETCD_OPENSHIFT` names the directory: `<release>/master-machineconfigs.yaml`,
//! `<release>/worker-machineconfigs.yaml`, `4.20/admission/*.yaml`. With `OC_ETCD_REQUIRE_OPENSHIFT`
//! set, as in CI, tests that would leave it out fail instead.

use std::path::PathBuf;

/// The releases that are captured.
pub const RELEASES: [&str; 3] = ["4.12", "4.16", "4.20"];

/// The directory, where there is one.
#[expect(clippy::disallowed_methods, reason = "set from outside, for tests alone")]
pub fn directory() -> Option<PathBuf> {
    std::env::var_os("OC_ETCD_OPENSHIFT").map(PathBuf::from).filter(|it| it.is_dir())
}

/// The MachineConfigs of a role as the operator rendered them for a release, as a file.
pub fn machine_configs(release: &str, role: &str) -> Option<PathBuf> {
    let file = directory()?.join(release).join(format!("{role}-machineconfigs.yaml"));
    file.is_file().then_some(file)
}

/// OpenShift's own admission policy on pools, as a file.
pub fn admission_policy() -> Option<PathBuf> {
    let name = "custom-machine-config-pool-selector-validatingadmissionpolicy.yaml";
    let file = directory()?.join("4.20").join("admission").join(name);
    file.is_file().then_some(file)
}

/// Whether what is captured must be there.
#[expect(clippy::disallowed_methods, reason = "set from outside, for tests alone")]
pub fn is_required() -> bool {
    std::env::var_os("OC_ETCD_REQUIRE_OPENSHIFT").is_some()
}
