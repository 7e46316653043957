//! Checks of the cluster that do not depend on the requested command: whether oc-etcd can be used, and whether the
//! cluster is in a state in which its configuration may be copied.

use super::finding::{Check, Finding};
use super::operators::OPERATORS;
use super::{master_pool, operators, overrides, permissions};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::release::Release;
use crate::model::snapshot::{Snapshot, UnreadableReason};
use crate::platform::Platform;
use crate::redact::policy::quotable_name;

/// Returns the reasons why oc-etcd cannot be used on a cluster. Empty if there is no such reason; otherwise no other
/// check is needed.
#[must_use]
pub fn suitability(snapshot: &Snapshot) -> Vec<Finding> {
    let findings = permissions::unreadable(snapshot, &[Kind::Infrastructure, Kind::ClusterVersion]);
    if !findings.is_empty() {
        return findings;
    }
    let (Some(infrastructure), Some(_)) = (snapshot.infrastructure(), snapshot.cluster_version())
    else {
        let message =
            "the API server has neither infrastructure/cluster nor clusterversion/version";
        return vec![Check::NotOpenShift.blocker("cluster", message)];
    };
    match snapshot.release() {
        Some(release) if release < Release::OLDEST => {
            let message = format!("OpenShift {release} is older than {}", Release::OLDEST);
            return vec![Check::NotOpenShift.blocker("cluster", message)];
        }
        Some(_) => {}
        None => {
            let message = "clusterversion/version contains no valid version";
            return vec![Check::NotOpenShift.blocker("cluster", message)];
        }
    }
    if infrastructure.text("/status/controlPlaneTopology") == Some("External") {
        let message = "the control plane is hosted outside this cluster, so the cluster has no masters \
                       whose Machines and MachineConfigs can be copied";
        return vec![Check::HostedControlPlane.blocker("infrastructure/cluster", message)];
    }
    match Platform::of(infrastructure) {
        Some(platform) if platform.is_supported() => machine_api(snapshot),
        Some(platform) => {
            let message = format!(
                "the platform is {}: oc-etcd creates Machines on AWS only",
                quotable_name(platform.name)
            );
            vec![Check::PlatformUnsupported.blocker("infrastructure/cluster", message)]
        }
        None => vec![
            Check::PlatformUnsupported.blocker("infrastructure/cluster", "the platform is not set"),
        ],
    }
}

/// Reports a cluster without the Machine API. Machines that could not be read are no reason: each command says for
/// itself whether it needs them.
fn machine_api(snapshot: &Snapshot) -> Vec<Finding> {
    let message = match snapshot.why_unreadable(Kind::Machine) {
        Some(it) if it.reason == UnreadableReason::NotServed => {
            "the API server does not serve machines.machine.openshift.io"
        }
        None if snapshot.machines_of(names::MASTER).next().is_none() => {
            "no Machine has the role master, so there is no Machine to copy; the cluster was possibly \
             installed without the Machine API"
        }
        _ => return Vec::new(),
    };
    vec![Check::NoMachineApi.blocker("cluster", message)]
}

/// Reports the conditions of the cluster whose status is missing or unknown: such a condition is neither healthy nor
/// unhealthy.
#[must_use]
pub fn unknown_conditions(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        OPERATORS.iter().flat_map(|it| operators::unknown(snapshot, it)).collect();
    if let Some(version) = snapshot.cluster_version() {
        findings.extend(operators::unknown_of(version, &["Progressing"]));
    }
    if let Some(pool) = snapshot.pool(names::MASTER) {
        findings.extend(operators::unknown_of(pool, &["Updated"]));
    }
    findings
}

/// Reports a release that is newer than those with which oc-etcd was tested.
#[must_use]
pub fn untested(snapshot: &Snapshot) -> Option<Finding> {
    let (release, newest) = (snapshot.release()?, Release::NEWEST_TESTED);
    let is_newer = (release.major, release.minor) > (newest.major, newest.minor);
    let message = format!(
        "OpenShift {release} is newer than the releases with which oc-etcd was tested: {}",
        Release::tested()
    );
    is_newer.then(|| Check::ReleaseUntested.note("clusterversion/version", message))
}

/// Reports an upgrade that is in progress or stands still, in the words of the operator. `consequence` follows these.
#[must_use]
pub fn upgrade(snapshot: &Snapshot, consequence: &str) -> Option<Finding> {
    let version = snapshot.upgrade_under_way()?;
    let state = if version.condition_is_true("Progressing") {
        "an upgrade is in progress"
    } else {
        "an upgrade is not completed, and does not progress"
    };
    let words = version.condition("Progressing").map(|it| it.message).filter(|it| !it.is_empty());
    let words = words.map(|it| format!(" ({it})")).unwrap_or_default();
    let message = format!("{state}{words}{consequence}");
    let finding = Check::UpgradeInProgress.blocker(version.reference(), message);
    Some(finding.hint("oc adm upgrade"))
}

/// Reports a state of the cluster in which its configuration should not be copied.
#[must_use]
pub fn calm(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings = unknown_conditions(snapshot);
    findings.extend(OPERATORS.iter().filter_map(|it| operators::degraded(snapshot, it)));
    findings.extend(overrides::unmanaged(snapshot));
    findings.extend(upgrade(snapshot, ", which may change the MachineConfigs of the cluster"));
    findings.extend(master_pool::behind(snapshot));
    findings
}
