//! Reports settings of the masters that the etcd pool does not get.

use std::collections::BTreeSet;

use super::finding::{Check, Finding};
use crate::ignition::is_fips;
use crate::model::field::holds_withheld;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::machine_config_author::is_generated_by_operator;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::release::Release;
use crate::model::snapshot::Snapshot;
use crate::openshift::kubelet::configuration_in;
use crate::redact::policy::quotable;

/// Reports the settings of the masters that the etcd pool will not get. `selected` are the MachineConfigs
/// that its pool will select.
#[must_use]
pub fn findings(snapshot: &Snapshot, layout: Layout, selected: &[&Object]) -> Vec<Finding> {
    let mut findings = lost_kernel_arguments(snapshot, selected);
    let masters_have_fips = snapshot.machine_configs_of(names::MASTER).any(is_fips);
    if masters_have_fips && !selected.iter().any(|it| is_fips(it)) {
        let message = "the masters use FIPS mode and the etcd pool would not; FIPS mode cannot be enabled \
                       later";
        findings.push(Check::FipsMismatch.blocker("machineconfigpool/etcd", message).hint(
            "before the first etcd machine, create a MachineConfig with `fips: true` and the role label etcd",
        ));
    }
    if masters_have_fips && snapshot.rendered_etcd().is_some_and(|it| !is_fips(it)) {
        let message = "the masters use FIPS mode, and the etcd pool was rendered without FIPS mode, which cannot be \
                       enabled later";
        findings.push(Check::FipsMismatch.warning("machineconfigpool/etcd", message));
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
/// (MCO `pkg/controller/render/hash.go`), so that nothing is rolled out. Two cases differ, from 4.15 on, where the
/// workers' MachineConfigs are merged first and those that the operator makes later for etcd take their place: the workers
/// have `99-worker-generated-kubelet` of a KubeletConfig, or a latency profile, which the operator writes for the workers
/// alone (MCO `kubelet_config_nodes.go`, `syncNodeConfigHandler`).
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
    // One of a KubeletConfig for the etcd pool has a later name.
    if generated(snapshot, names::ETCD, "99-etcd-generated-kubelet").next().is_some() {
        return None;
    }
    let of_workers: Vec<&Object> =
        generated(snapshot, names::WORKER, "99-worker-generated-kubelet").collect();
    let (overridden, hint) = match &of_workers[..] {
        [] => (latency_profile(snapshot)?, config_for_etcd("a KubeletConfig")),
        [.., last] => {
            let names: Vec<&str> = of_workers.iter().map(|it| it.name()).collect();
            let configs = format!("{} of the workers' KubeletConfig", names.join(" and "));
            let is_shared =
                snapshot.machine_configs_of(names::MASTER).any(|it| is_of_same(it, last));
            (configs, second_config("KubeletConfig", is_shared))
        }
    };
    let message = format!(
        "not generated yet; the operator generates the MachineConfigs of the kubelet at its next restart; in \
         {release}, they override {overridden} on the etcd nodes, and the nodes reboot one after the other"
    );
    Some(Check::GeneratedConfigPending.warning(missing, message).hint(hint))
}

/// The `nodeStatusUpdateFrequency` that the operator writes for every role.
const DEFAULT_FREQUENCY: &str = "10s";

/// Returns what the operator changes in the kubelet's settings of the workers, and of no custom pool, in words.
fn latency_profile(snapshot: &Snapshot) -> Option<String> {
    // The later one counts on the workers.
    let names = ["98-worker-generated-kubelet", "97-worker-generated-kubelet"];
    let of_workers = names.iter().find_map(|it| snapshot.machine_config(it))?;
    let frequency = match configuration_in(of_workers) {
        Ok(settings) => settings?["nodeStatusUpdateFrequency"].as_str()?.to_owned(),
        Err(_) => return Some(format!("{}, whose contents are unknown,", of_workers.name())),
    };
    let profile = "the workers' latency profile (nodeStatusUpdateFrequency)";
    (frequency != DEFAULT_FREQUENCY).then(|| profile.to_owned())
}

/// Returns the MachineConfigs of a role whose names begin with a text, in the order of the names.
fn generated<'a>(
    snapshot: &'a Snapshot,
    role: &'static str,
    beginning: &'a str,
) -> impl Iterator<Item = &'a Object> {
    snapshot.machine_configs_of(role).filter(move |it| it.name().starts_with(beginning))
}

/// Returns whether the operator generated two MachineConfigs from one object, whose selector selects both pools.
fn is_of_same(one: &Object, other: &Object) -> bool {
    let owner = |it: &'_ Object| it.text("/metadata/ownerReferences/0/uid").map(str::to_owned);
    owner(one).is_some_and(|it| owner(other) == Some(it))
}

/// Returns the selector of an object for the etcd pool. A selector selects the pools that have all of its labels: with the
/// labels of two pools, it selects neither.
pub(super) fn selector_of_etcd() -> String {
    format!(
        "spec.machineConfigPoolSelector.matchLabels of {}: \"\" and no other label",
        names::POOL_ETCD
    )
}

/// Returns how to give the etcd pool the settings of an object for another pool, or for several: the operator makes a
/// MachineConfig for each pool that the selector selects, of a new pool at its next upgrade at the latest (MCO
/// `syncKubeletConfig`). From two objects for a pool, it makes two MachineConfigs, of which only one counts.
fn second_config(kind: &str, is_shared: bool) -> String {
    let create = config_for_etcd(&format!("a second {kind}"));
    if !is_shared {
        return create;
    }
    format!(
        "compare the selector with the labels of the etcd pool, which has {} too: if the {kind} also selects the etcd \
         pool, the operator applies the {kind} at its next upgrade at the latest; else {create}: oc get {}s -o yaml",
        names::POOL_BUILT_IN,
        kind.to_ascii_lowercase()
    )
}

fn config_for_etcd(what: &str) -> String {
    format!(
        "create {what} for the etcd pool, with {} and the settings that etcd nodes need",
        selector_of_etcd()
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
    // Before 4.15, names alone decide, and that of the workers' object is later than that of one for the etcd pool.
    let is_by_name = layout == Layout::Inherit
        && snapshot.release().is_some_and(|release| release < Release::WORKER_FIRST);
    let has_of_etcd =
        |it: &Object| snapshot.machine_config(&it.name().replacen("master", "etcd", 1)).is_some();
    let found = |it: &Object| {
        let (kind, of_workers) = if it.name().contains("containerruntime") {
            ("ContainerRuntimeConfig", "99-worker-generated-containerruntime")
        } else {
            ("KubeletConfig", "99-worker-generated-kubelet")
        };
        let workers = generated(snapshot, names::WORKER, of_workers).collect::<Vec<_>>();
        let is_replaced = is_by_name && !workers.is_empty();
        if has_of_etcd(it) && !is_replaced {
            return None;
        }
        let is_shared = |of_worker: &&Object| is_of_same(it, of_worker);
        let spec = it.get("/spec").filter(|it| !holds_withheld(it));
        let is_equal = |of_worker: &&Object| spec.is_some() && of_worker.get("/spec") == spec;
        // The last one replaces the file of the others.
        let has_settings = |it: &&Object| is_shared(it) || is_equal(it);
        if layout == Layout::Inherit && workers.last().is_some_and(has_settings) {
            return None;
        }
        let is_shared = workers.iter().any(is_shared);
        let instead = match layout {
            Layout::Documented => "the etcd pool does not have these settings",
            Layout::Inherit => "the etcd pool uses the workers' settings",
        };
        let whom = if is_shared { "masters and workers" } else { "the masters" };
        let message = format!("the object was generated from a {kind} for {whom}, and {instead}");
        let finding = Check::KubeletConfigNotApplied.warning(it.reference(), message);
        Some(finding.hint(if is_replaced {
                format!(
                    "add the settings that etcd nodes need to the {kind} of the workers; before 4.15, the workers' {kind} \
                     takes the place of one for the etcd pool"
                )
            } else {
                second_config(kind, is_shared)
            }))
    };
    snapshot.machine_configs_of(names::MASTER).filter(of_master).filter_map(found).collect()
}
