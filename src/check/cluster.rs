//! Checks of the cluster that do not depend on the requested command.

use std::collections::BTreeSet;

use super::finding::{Check, Finding};
use super::operators::OPERATORS;
use super::{operators, overrides};
use crate::derive::user_data;
use crate::ignition::is_fips;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::release::Release;
use crate::model::snapshot::{
    Permission, Snapshot, Unreadable, UnreadableReason, is_generated_by_operator,
};
use crate::platform::Platform;
use crate::redact::policy::quotable;

/// Returns the reasons why oc-etcd cannot be used on a cluster. Empty if there is no such reason; otherwise no other
/// check is needed.
#[must_use]
pub fn suitability(snapshot: &Snapshot) -> Vec<Finding> {
    let findings: Vec<Finding> =
        unreadable(snapshot, &[Kind::Infrastructure, Kind::ClusterVersion]);
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
                "the platform is {}, and only AWS is supported: on this platform, a copy of 00-master would \
                 install {} on every etcd node",
                platform.name,
                platform.api_server_machinery()
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

/// Returns a blocker for each of the kinds that could not be read; a warning if files omit a kind that a plan does not
/// need.
#[must_use]
pub fn unreadable(snapshot: &Snapshot, needed: &[Kind]) -> Vec<Finding> {
    // Of a kind that may not be listed, no single object has to be named.
    let is_told = |it: &Unreadable| {
        let is_all = |other: &Unreadable| other.kind == it.kind && other.reason == it.reason;
        let mut all = snapshot.unreadable.iter().filter(|other| other.name().is_none());
        it.name().is_some() && all.any(is_all)
    };
    let about = |it: &&Unreadable| needed.contains(&it.kind) && !is_told(it);
    snapshot
        .unreadable
        .iter()
        .filter(about)
        .filter_map(|it| match &it.reason {
            UnreadableReason::Forbidden => Some(
                Check::PermissionDenied
                    .blocker("you", may_not(it.verb(), it.kind, it.name(), it.namespace()))
                    .hint(grant(it.verb(), it.kind, it.name(), it.namespace())),
            ),
            UnreadableReason::Failed(words) => Some(
                Check::Unreadable
                    .blocker(&it.what, format!("the resource could not be read: {words}")),
            ),
            UnreadableReason::NotInFiles(_) => Some(not_in_files(it)),
            // Each check says for itself what it means that a kind is not served.
            UnreadableReason::NotServed => None,
        })
        .collect()
}

/// Adds every other permission that a command lacks to the findings that end its plan early, if a missing permission is
/// among them: what is behind that permission was not judged, and the permissions are granted together.
#[must_use]
pub fn with_all_denied(
    mut findings: Vec<Finding>,
    snapshot: &Snapshot,
    reads: &[Kind],
    is_needed: impl Fn(&Permission) -> bool,
) -> Vec<Finding> {
    let is_denied = |it: &Finding| it.check == Check::PermissionDenied;
    if findings.iter().any(is_denied) {
        findings.extend(unreadable(snapshot, reads).into_iter().filter(is_denied));
        findings.extend(permissions(snapshot, is_needed));
    }
    findings
}

/// Reports a resource that the files of `--from` do not contain. A must-gather never has
/// the user data: the rest can be planned without it, and nothing is written from files anyway.
fn not_in_files(it: &Unreadable) -> Finding {
    let is_base = matches!(
        it.kind,
        Kind::ClusterVersion
            | Kind::Infrastructure
            | Kind::Machine
            | Kind::MachineConfig
            | Kind::MachineConfigPool
    );
    if is_base {
        return Check::Unreadable.blocker(&it.what, it.reason.to_string());
    }
    let message = format!("{}; the output does not include this resource", it.reason);
    Check::Unreadable.warning(&it.what, message)
}

/// Returns a blocker for each needed permission that the API server denied.
#[must_use]
pub fn permissions(snapshot: &Snapshot, is_needed: impl Fn(&Permission) -> bool) -> Vec<Finding> {
    snapshot
        .permissions
        .iter()
        .filter(|it| !it.is_allowed && is_needed(it))
        .map(|it| {
            let message = may_not(it.verb, it.kind, it.name, it.namespace);
            Check::PermissionDenied.blocker("you", message).hint(grant(
                it.verb,
                it.kind,
                it.name,
                it.namespace,
            ))
        })
        .collect()
}

/// `you may not patch secrets etcd-user-data in openshift-machine-api`
fn may_not(verb: &str, kind: Kind, name: Option<&str>, namespace: Option<&str>) -> String {
    let object = name.map(|it| format!(" {it}")).unwrap_or_default();
    let place = namespace.map(|it| format!(" in {it}")).unwrap_or_default();
    format!("you may not {verb} {}{object}{place}", kind.qualified())
}

/// Returns the hint for a missing permission: how to get the permission, and how to verify the permission.
fn grant(verb: &str, kind: Kind, name: Option<&str>, namespace: Option<&str>) -> String {
    let question = question(verb, kind, name, namespace);
    format!("bind a role of deploy/rbac.yaml to the user, then verify: {question}")
}

/// Returns the command that verifies a permission.
fn question(verb: &str, kind: Kind, name: Option<&str>, namespace: Option<&str>) -> String {
    let place = match namespace {
        Some(namespace) => format!(" -n {namespace}"),
        None if kind.resource().is_namespaced => " --all-namespaces".to_owned(),
        None => String::new(),
    };
    let name = name.map(|it| format!("/{it}")).unwrap_or_default();
    format!("oc auth can-i {verb} {}{name}{place}", kind.qualified())
}

/// Reports a missing permission to delete, and the commands that need the permission.
#[must_use]
pub fn without_removal(permission: &Permission, needed_by: &str) -> Finding {
    let Permission { verb, kind, namespace, name, .. } = permission;
    let message = may_not(verb, *kind, *name, *namespace);
    let verb_form = if needed_by.contains(" and ") { "need" } else { "needs" };
    Check::PermissionDenied
        .note("you", format!("{message}: {needed_by} {verb_form} this permission"))
        .hint(question(verb, *kind, *name, *namespace))
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
    let is_behind =
        |pool: &&Object| pool.condition_status("Updated").known().is_some_and(|it| it != "True");
    if let Some(pool) = snapshot.pool(names::MASTER).filter(is_behind) {
        let message = "not all masters have the newest configuration yet";
        findings.push(
            Check::MasterPoolNotUpdated
                .blocker(pool.reference(), message)
                .hint("oc wait machineconfigpool/master --for=condition=Updated --timeout=1h"),
        );
    }
    findings
}

/// Reports the settings of the masters that the etcd pool will not get. `selected` are the MachineConfigs
/// that its pool will select.
#[must_use]
pub fn lost(snapshot: &Snapshot, layout: Layout, selected: &[&Object]) -> Vec<Finding> {
    let mut findings = lost_kernel_arguments(snapshot, selected);
    let masters_have_fips = snapshot.machine_configs_of(names::MASTER).any(is_fips);
    if masters_have_fips && !selected.iter().any(|it| is_fips(it)) {
        let message = "the masters use FIPS mode and the etcd pool would not; FIPS mode cannot be enabled \
                       later";
        findings.push(Check::FipsMismatch.blocker("machineconfigpool/etcd", message).hint(
            "before the first etcd machine, create a MachineConfig with `fips: true` and the role label etcd",
        ));
    }
    findings.extend(kubelet_config_targets(snapshot, layout));
    findings.extend(generated_later(snapshot, layout));
    findings
}

/// The operator does not watch pools when it generates these: it makes them for a new pool when it
/// restarts next (MCO `pkg/controller/kubelet-config`).
///
/// A pool of copies is rendered anew then, and its nodes reboot. A pool that inherits has the same kubelet.conf
/// already, from `97-` and `98-worker-generated-kubelet`; a rendered MachineConfig is named after its contents
/// (MCO `pkg/controller/render/hash.go`), so that nothing is rolled out. One case differs: from 4.15 on the
/// workers' MachineConfigs are merged first, `99-worker-generated-kubelet` of a KubeletConfig among them, and
/// those that the operator makes later for etcd then take its place.
fn generated_later(snapshot: &Snapshot, layout: Layout) -> Option<Finding> {
    let missing: Vec<String> = ["97", "98"]
        .into_iter()
        .filter(|number| {
            let exists = |role| {
                snapshot.machine_config(&format!("{number}-{role}-generated-kubelet")).is_some()
            };
            exists(names::WORKER) && !exists(names::ETCD)
        })
        .map(|number| format!("{number}-etcd-generated-kubelet"))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let reference = |name: &String| ObjectRef::cluster(Kind::MachineConfig, name).to_string();
    let missing = missing.iter().map(reference).collect::<Vec<_>>().join(", ");
    if layout == Layout::Documented {
        let message = "not generated yet; the operator generates the MachineConfigs of the kubelet at its next \
                       restart, then the pool is rendered again, and its nodes reboot one after the other";
        return Some(Check::GeneratedConfigPending.note(missing, message));
    }
    let release = snapshot.release().filter(|release| *release >= Release::WORKER_FIRST)?;
    let of_workers: Vec<&str> = snapshot
        .machine_configs_of(names::WORKER)
        .map(Object::name)
        .filter(|name| name.starts_with("99-worker-generated-kubelet"))
        .collect();
    if of_workers.is_empty() {
        return None;
    }
    let message = format!(
        "not generated yet; the operator generates the MachineConfigs of the kubelet at its next restart; in \
         {release}, they override {} of the workers' KubeletConfig on the etcd nodes, and the nodes reboot one \
         after the other",
        of_workers.join(" and ")
    );
    let hint = second_config("KubeletConfig");
    Some(Check::GeneratedConfigPending.warning(missing, message).hint(hint))
}

/// Returns how to give the etcd pool the settings of an object for another pool. A selector selects the pools that have
/// all of its labels: with the labels of two pools, it selects neither.
fn second_config(kind: &str) -> String {
    format!(
        "create a second {kind} with the same settings for the etcd pool, with \
         spec.machineConfigPoolSelector.matchLabels of {}: \"\" and no other label",
        names::POOL_ETCD
    )
}

/// The arguments with which the operator asks for cgroup v2, which RHCOS has by itself, and for pressure stall
/// information on or off, which no node of etcd needs: `psi=1` from 4.13 to 4.15, `psi=0` from 4.16 on.
const OPERATORS_ARGUMENTS: [&str; 4] =
    ["systemd.unified_cgroup_hierarchy=1", "cgroup_no_v1=\"all\"", "psi=0", "psi=1"];

fn lost_kernel_arguments(snapshot: &Snapshot, selected: &[&Object]) -> Vec<Finding> {
    let have: Vec<&str> = selected.iter().flat_map(|it| kernel_arguments(it)).collect();
    let of = |it| kernel_arguments(it).map(move |argument| (argument, it));
    let lost = snapshot.machine_configs_of(names::MASTER).flat_map(of);
    let is_operators = |(argument, holder): &(&str, &Object)| {
        OPERATORS_ARGUMENTS.contains(argument) && is_generated_by_operator(holder)
    };
    let (operators, admins): (Vec<_>, Vec<_>) =
        lost.filter(|(argument, _)| !have.contains(argument)).partition(is_operators);
    let subject = "machineconfigpool/etcd";
    // As all that a MachineConfig holds, they may hold a secret: systemd takes credentials from them.
    let listed = |lost: &[(&str, &Object)]| {
        let mut seen = BTreeSet::new();
        let all = lost.iter().map(|(it, _)| quotable(it));
        all.filter(|it| seen.insert(it.clone())).collect::<Vec<_>>().join(" ")
    };
    let mut findings = Vec::new();
    if !admins.is_empty() {
        let mut holders: Vec<String> =
            admins.iter().map(|(_, it)| it.reference().to_string()).collect();
        holders.dedup();
        let message = format!(
            "the etcd pool does not get the masters' kernel arguments `{}` of {}",
            listed(&admins),
            holders.join(" and ")
        );
        findings.push(Check::KernelArgumentsMissing.warning(subject, message).hint(format!(
            "before init, create a MachineConfig with the label {}={} and the kernel arguments that etcd nodes need; to \
             see the arguments: oc get {} -o yaml",
            names::MACHINE_CONFIG_ROLE,
            names::ETCD,
            holders.join(" ")
        )));
    }
    if !operators.is_empty() {
        let is_cgroup = operators.iter().any(|(argument, _)| argument.contains("cgroup"));
        let version = if is_cgroup { ", which is cgroup v2 from 4.14 on" } else { "" };
        let message = format!(
            "the operator sets `{}` for masters and workers but not for custom pools: etcd nodes use the \
             default of the operating system{version}",
            listed(&operators)
        );
        findings.push(Check::KernelArgumentsMissing.note(subject, message));
    }
    findings
}

/// Returns the kernel arguments of a MachineConfig. The operator splits each entry at its spaces (MCO
/// `pkg/daemon/update.go`, `parseKernelArguments`).
pub(crate) fn kernel_arguments(machine_config: &Object) -> impl Iterator<Item = &str> {
    let entries = machine_config.list("/spec/kernelArguments").iter();
    entries.filter_map(serde_json::Value::as_str).flat_map(str::split_whitespace)
}

fn kubelet_config_targets(snapshot: &Snapshot, layout: Layout) -> Vec<Finding> {
    let of_master = |it: &&Object| {
        let name = it.name();
        is_generated_by_operator(it)
            && (name.starts_with("99-master-generated-kubelet")
                || name.starts_with("99-master-generated-containerruntime"))
    };
    snapshot
        .machine_configs_of(names::MASTER)
        .filter(of_master)
        .filter(|it| snapshot.machine_config(&it.name().replacen("master", "etcd", 1)).is_none())
        .map(|it| {
            let kind = if it.name().contains("containerruntime") {
                "ContainerRuntimeConfig"
            } else {
                "KubeletConfig"
            };
            let instead = match layout {
                Layout::Documented => "the etcd pool does not have these settings",
                Layout::Inherit => "the etcd pool uses the workers' settings",
            };
            let message =
                format!("the object was generated from a {kind} for the masters, and {instead}");
            Check::KubeletConfigNotApplied
                .warning(it.reference(), message)
                .hint(second_config(kind))
        })
        .collect()
}

/// Reports the certificate authorities that the user data trusts.
#[must_use]
pub fn user_data_ca(secret: &Object) -> Vec<Finding> {
    let Ok(config) = user_data::decode(secret) else { return Vec::new() };
    match user_data::certificate_authorities(&config).len() {
        0 => {
            let message = "the user data contains no certificate authority: a new machine does not trust \
                           the Machine Config Server and never joins the cluster";
            vec![Check::UserDataCaMissing.warning(secret.reference(), message)]
        }
        _ => Vec::new(),
    }
}

/// Returns the MachineConfigs that pin the operating system of the etcd pool: those of the role etcd, and those of the
/// workers where the pool extends the workers.
pub fn os_pinning(snapshot: &Snapshot, layout: Layout) -> impl Iterator<Item = &Object> {
    let roles = match layout {
        Layout::Documented => &[names::ETCD][..],
        Layout::Inherit => &[names::ETCD, names::WORKER],
    };
    let is_pinning = |it: &&Object| {
        it.text("/spec/osImageURL").is_some_and(|it| !it.is_empty())
            && it.annotation(names::GENERATED_BY).is_none()
    };
    roles.iter().flat_map(|it| snapshot.machine_configs_of(it)).filter(is_pinning)
}

/// MachineConfigs for the etcd pool that pin its operating system, and a rendered one that is pinned.
#[must_use]
pub fn os_pinned(snapshot: &Snapshot, layout: Layout) -> Vec<Finding> {
    let pinning = os_pinning(snapshot, layout)
        .map(|it| {
            let message = "`spec.osImageURL` pins the operating system of the etcd pool: cluster upgrades \
                           do not update the nodes and report no error";
            let finding = Check::OsPinned.warning(it.reference(), message);
            if it.label(names::MACHINE_CONFIG_ROLE) == Some(names::ETCD) {
                let hint = format!("oc patch {} --type=merge -p '{{\"spec\":{{\"osImageURL\":\"\"}}}}'", it.reference());
                return finding.hint(hint);
            }
            // An image of the workers, with their drivers for example, is a feature of OpenShift.
            let hint = "the workers have this image too, and lose its contents if the field is removed: set an image of \
                        the new release with each upgrade";
            finding.hint(hint)
        });
    let rendered = snapshot
        .all(Kind::MachineConfig)
        .filter(|it| {
            it.name().starts_with(names::RENDERED)
                && it.annotation(names::OS_IMAGE_OVERRIDDEN) == Some("true")
        })
        .map(|it| {
            Check::OsPinned
                .warning(it.reference(), "the operating system image is not that of the release")
        });
    pinning.chain(rendered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::fixtures::{cluster, forbid};

    #[test]
    fn a_kind_that_may_not_be_listed_is_told_once() {
        let mut snapshot = cluster(&["4.16"]);
        for what in ["nodes", "nodes/a", "nodes/b"] {
            forbid(&mut snapshot, Kind::Node, what);
        }
        let found = unreadable(&snapshot, &[Kind::Node]);
        let told: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(told, ["you may not list nodes"]);
        snapshot.unreadable.remove(0);
        assert_eq!(unreadable(&snapshot, &[Kind::Node]).len(), 2);
    }

    #[test]
    fn an_image_of_the_workers_is_not_taken_from_them_for_the_sake_of_etcd() {
        for (role, is_removed) in [(names::WORKER, false), (names::ETCD, true)] {
            let reference = ObjectRef::cluster(Kind::MachineConfig, "99-os");
            let layered = Object::new(reference)
                .with_labels([(names::MACHINE_CONFIG_ROLE, role)])
                .with("spec", serde_json::json!({"osImageURL": "quay.io/site/os"}));
            let found = os_pinned(&cluster(&["4.16"]).with_objects([layered]), Layout::Inherit);
            let hint = found[0].hint.as_deref().unwrap();
            assert_eq!(hint.starts_with("oc patch machineconfig/99-os"), is_removed, "{hint}");
        }
    }
}
