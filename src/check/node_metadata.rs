//! Finds the labels and taints that only the Nodes of the masters have. The Node of a replacement gets what its kubelet
//! registers with, and what the Machine API copies from `spec.metadata.labels` and `spec.taints` of the Machine
//! (machine-api-operator `pkg/controller/nodelink`), which come from the template of the ControlPlaneMachineSet.

use std::collections::BTreeSet;

use serde_json::Value;

use super::finding::{Check, Finding};
use crate::model::field::{Field, holds_withheld};
use crate::model::names;
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::ControlPlaneMachineSet;
use crate::openshift::etcd_stability;
use crate::openshift::kubelet::boot::Boot;
use crate::openshift::kubelet::in_merge_order;
use crate::redact::policy::quotable_name;

const LABELS: &str = "/spec/template/machines_v1beta1_machine_openshift_io/spec/metadata/labels";
const TAINTS: &str = "/spec/template/machines_v1beta1_machine_openshift_io/spec/taints";

/// Domains of labels that the kubelet, the cloud provider, drivers and operators set on each Node again.
const DOMAINS: [&str; 9] = [
    "csi.aws.com",
    "k8s.aws",
    "k8s.io",
    "kubernetes.io",
    "kubevirt.io",
    "machine.openshift.io",
    "machineconfiguration.openshift.io",
    "node.openshift.io",
    "rook.io",
];
/// The same for labels and taints without a domain: of `KubeVirt`, and of the Machine Config Operator.
const WITHOUT_DOMAIN: [&str; 2] = ["cpumanager", "UpdateInProgress"];

/// Reports the labels and taints of masters' Nodes that the Nodes of the replacements do not get.
#[must_use]
pub fn lost(snapshot: &Snapshot, set: &ControlPlaneMachineSet<'_>) -> Option<Finding> {
    let none = Value::Null;
    let labels = set.object().get(LABELS).unwrap_or(&none);
    let taints = set.object().get(TAINTS).unwrap_or(&none);
    let mut of_labels = BTreeSet::new();
    let mut of_taints = BTreeSet::new();
    for node in etcd_stability::masters(snapshot) {
        let of_node = node.get("/metadata/labels").and_then(Value::as_object);
        let lost = of_node.into_iter().flatten().filter(|(key, it)| labels.get(key) != Some(*it));
        // What names the Node is no label that a person gives to masters.
        let lost = lost.filter(|(_, it)| *it != node.name());
        of_labels.extend(lost.map(|(key, _)| key.as_str()).filter(|it| !is_set_again(it)));
        let is_lost = |it: &&Value| {
            let mut given = taints.as_array().into_iter().flatten();
            !given.any(|given| given["key"] == it["key"] && given["effect"] == it["effect"])
        };
        let lost = node.list("/spec/taints").iter().filter(is_lost);
        of_taints.extend(lost.filter_map(|it| it["key"].as_str()).filter(|it| !is_set_again(it)));
    }
    if of_labels.is_empty() && of_taints.is_empty() {
        return None;
    }
    let texts = texts(snapshot);
    let is_registered = |key: &str| texts.iter().flatten().any(|it| may_register(it, key));
    of_labels.retain(|it| !is_registered(it));
    of_taints.retain(|it| !is_registered(it));
    if of_labels.is_empty() && of_taints.is_empty() {
        return None;
    }
    let is_unknown = texts.is_none() || [labels, taints].into_iter().any(holds_withheld);
    let listed = |what: &str, keys: &BTreeSet<&str>| {
        let keys: Vec<String> = keys.iter().map(|it| quotable_name(it)).collect();
        (!keys.is_empty()).then(|| format!("the {what} {}", keys.join(", ")))
    };
    let lost = listed("labels", &of_labels).into_iter().chain(listed("taints", &of_taints));
    let reference = set.object().reference();
    let message = format!(
        "the Nodes of the new masters {} {}: Nodes of masters have them, and the template of {reference} does not have \
         them with the same values",
        if is_unknown { "may not get" } else { "do not get" },
        lost.collect::<Vec<_>>().join(" and "),
    );
    let hint = format!(
        "to give those that no operator sets to each new Node with the same value, add them to metadata.labels and to \
         taints in the spec of the template's Machine: oc edit {}",
        reference.command_line()
    );
    Some(Check::MastersReplaced.warning("labels and taints", message).hint(hint))
}

/// Returns whether a line of a text may give a Node a label or a taint of a key: the line speaks of labels or taints, or is an
/// entry of `registerWithTaints`, and has the key as a whole.
fn may_register(text: &str, key: &str) -> bool {
    const WORDS: [&str; 4] = ["label", "taint", "key:", "\"key\""];
    let is_of_key = |it: char| it.is_ascii_alphanumeric() || ['-', '_', '.', '/'].contains(&it);
    let has_key = |line: &str| line.split(|it| !is_of_key(it)).any(|it| it == key);
    let speaks = |line: &str| {
        let line = line.to_lowercase();
        WORDS.iter().any(|it| line.contains(it))
    };
    text.lines().any(|line| has_key(line) && speaks(line))
}

/// Returns the texts of the masters' units and files, in which the labels of the kubelet stand. `None` if a text is
/// unknown.
fn texts(snapshot: &Snapshot) -> Option<Vec<String>> {
    let configs = snapshot.machine_configs_of(names::MASTER);
    let boot = Boot::of(in_merge_order(configs, snapshot.release()));
    let merged = boot.merged().ok()?;
    let units = merged.units().flat_map(|(_, it)| it.contents.iter().chain(it.drop_ins.values()));
    let units = units.map(|(text, _)| match text {
        Field::Known(text) => Field::Known((*text).to_owned()),
        Field::Absent => Field::Absent,
        Field::Unknown(why) => Field::Unknown(*why),
    });
    let files = merged.all_paths().filter_map(|it| Some(merged.file_behind(it)?.text));
    let known = |it: Field<String>| match it {
        Field::Known(text) => Some(text),
        Field::Absent => Some(String::new()),
        Field::Unknown(_) => None,
    };
    units.chain(files).map(known).collect()
}

/// Returns whether a program of the cluster sets a label or taint of this key on each Node again.
fn is_set_again(key: &str) -> bool {
    let Some((domain, name)) = key.split_once('/') else { return WITHOUT_DOMAIN.contains(&key) };
    let is_under =
        |of: &&str| domain.strip_suffix(of).is_some_and(|it| it.is_empty() || it.ends_with('.'));
    match domain {
        // The operator sets the role of a worker on masters that are schedulable.
        "node-role.kubernetes.io" => matches!(name, "master" | "control-plane" | "worker"),
        "k8s.ovn.org" => name != "egress-assignable",
        _ if is_under(&"node-restriction.kubernetes.io") => false,
        _ => DOMAINS.iter().any(is_under),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_word_in_a_file_registers_no_label() {
        for (text, expected) in [
            ("ExecStart=/usr/bin/kubelet --node-labels=a=b,env=prod", true),
            ("CUSTOM_KUBELET_LABELS=env=prod", true),
            ("registerWithTaints:\n- effect: NoSchedule\n  key: env\n", true),
            ("oc label node $HOSTNAME env=prod", true),
            ("#!/usr/bin/env bash\nlabel=x\n", false),
            ("Environment=KUBELET_LABELS=environment=prod", false),
        ] {
            assert_eq!(may_register(text, "env"), expected, "{text}");
        }
        assert!(may_register("--node-labels=example.com/env=a", "example.com/env"));
        assert!(!may_register("--node-labels=example.com/env=a", "env"));
    }

    #[test]
    fn what_a_program_sets_on_each_node_again_is_told_from_what_an_admin_sets() {
        for (key, expected) in [
            ("beta.kubernetes.io/arch", true),
            ("topology.kubernetes.io/zone", true),
            ("topology.ebs.csi.aws.com/zone", true),
            ("topology.k8s.aws/zone-id", true),
            ("node.openshift.io/os_id", true),
            ("node-role.kubernetes.io/control-plane", true),
            ("node-role.kubernetes.io/worker", true),
            ("feature.node.kubernetes.io/cpu-cpuid.ADX", true),
            ("cpu-feature.node.kubevirt.io/aes", true),
            ("k8s.ovn.org/zone", true),
            ("UpdateInProgress", true),
            ("k8s.ovn.org/egress-assignable", false),
            ("node-role.kubernetes.io/infra", false),
            ("site.node-restriction.kubernetes.io/rack", false),
            ("cluster.ocs.openshift.io/openshift-storage", false),
            ("notkubernetes.io/x", false),
            ("example.com/rack", false),
            ("rack", false),
        ] {
            assert_eq!(is_set_again(key), expected, "{key}");
        }
    }
}
