//! Reports MachineConfigs of the etcd pool that replace parts of the operator's own for the workers: an upgrade of the
//! cluster refreshes the operator's, and nobody refreshes the others. Who followed the documented procedure has such copies.

use std::collections::BTreeSet;

use super::finding::{Check, Finding};
use super::{etcd_nodes, registration};
use crate::ignition;
use crate::model::layout::Layout;
use crate::model::machine_config_author::{MachineConfigAuthor, author, has_generated_name};
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::kubelet::boot::Boot;
use crate::redact::policy::quotable_name;

/// The templates of the operator for the workers.
const TEMPLATES: [&str; 3] = ["00-worker", "01-worker-container-runtime", "01-worker-kubelet"];

/// Returns the MachineConfigs of others with the role etcd. The operator refreshes none of them.
pub(crate) fn of_others(snapshot: &Snapshot) -> impl Iterator<Item = &Object> {
    let of_etcd = snapshot.machine_configs_of(names::ETCD);
    of_etcd.filter(|it| author(it) == MachineConfigAuthor::SomebodyElse && !has_generated_name(it))
}

/// Returns the MachineConfigs of others that replace parts of the operator's templates, and these parts.
pub(crate) fn overriding(snapshot: &Snapshot) -> Vec<(&Object, BTreeSet<String>)> {
    let templates = TEMPLATES.into_iter().filter_map(|it| snapshot.machine_config(it));
    let of_templates: BTreeSet<String> = templates.flat_map(ignition::parts).collect();
    let replaced = |it| ignition::parts(it).intersection(&of_templates).cloned().collect();
    let found = of_others(snapshot).map(|it| (it, replaced(it)));
    found.filter(|(_, parts): &(_, BTreeSet<String>)| !parts.is_empty()).collect()
}

/// Reports each of them in a pool that extends the workers. `wanted` are the objects of `init`, which have findings
/// of their own, and `boot` is the configuration of the pool.
#[must_use]
pub fn findings(
    snapshot: &Snapshot,
    layout: Layout,
    wanted: &[&Object],
    boot: &Boot<'_>,
) -> Vec<Finding> {
    if layout != Layout::Inherit {
        return Vec::new();
    }
    let found = overriding(snapshot).into_iter();
    let found =
        found.filter(|(it, _)| !wanted.iter().any(|wanted| wanted.reference() == it.reference()));
    found.map(|(it, parts)| finding(snapshot, it, &parts, boot)).collect()
}

fn finding(
    snapshot: &Snapshot,
    machine_config: &Object,
    parts: &BTreeSet<String>,
    boot: &Boot<'_>,
) -> Finding {
    let reference = machine_config.reference();
    let first = parts.first().map(|it| quotable_name(it)).unwrap_or_default();
    let replaced = match parts.len() {
        1 => first,
        many => format!("{many} files and units, such as {first},"),
    };
    let message = format!(
        "the object replaces {replaced} of the operator's MachineConfigs for the workers: a cluster upgrade does not update \
         the object, so the etcd nodes keep these parts of the old release"
    );
    let rest = boot.machine_configs().iter().copied().filter(|it| it.name() != reference.name);
    let is_needed = registration::predicted(&Boot::of(rest.collect()), None).is_some();
    let hint = if is_needed {
        format!(
            "inspect the object, without which the nodes would not become etcd nodes: oc get {reference} -o yaml"
        )
    } else if etcd_nodes::may_exist(snapshot) {
        format!(
            "if the object is a copy, delete the object; the etcd nodes then reboot one after the other: oc delete {reference}"
        )
    } else {
        format!("if the object is a copy: oc delete {reference}")
    };
    Check::UpgradeNeedsPause.blocker(reference, message).hint(hint)
}
