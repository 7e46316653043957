//! Reports MachineConfigs of the etcd pool that replace parts of the operator's own for the workers: an upgrade of the
//! cluster refreshes the operator's, and nobody refreshes the others. Who followed the documented procedure has such copies.

use std::collections::BTreeSet;

use super::finding::{Check, Finding};
use super::pool_policy;
use crate::ignition;
use crate::model::layout::Layout;
use crate::model::machine_config_author::{
    MachineConfigAuthor, TEMPLATES_OF_WORKERS, author, has_generated_name,
};
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::kubelet;
use crate::openshift::kubelet::boot::Boot;
use crate::redact::policy::quotable_name;

/// Returns the MachineConfigs of others with the role etcd. The operator refreshes none of them.
pub(crate) fn of_others(snapshot: &Snapshot) -> impl Iterator<Item = &Object> {
    let of_etcd = snapshot.machine_configs_of(names::ETCD);
    of_etcd.filter(|it| author(it) == MachineConfigAuthor::SomebodyElse && !has_generated_name(it))
}

/// A MachineConfig that replaces parts of the operator's templates.
pub(crate) struct Overriding<'a> {
    /// The MachineConfig.
    pub(crate) object: &'a Object,
    /// The parts, as paths and names of units.
    parts: BTreeSet<String>,
    /// Indicates whether the MachineConfig is a copy of a template, and not a setting: it replaces most of the template.
    pub(crate) is_copy: bool,
}

/// Returns the MachineConfigs of others that replace parts of the operator's templates.
pub(crate) fn overriding(snapshot: &Snapshot) -> Vec<Overriding<'_>> {
    let templates = TEMPLATES_OF_WORKERS.iter().filter_map(|it| snapshot.machine_config(it));
    let templates: Vec<_> = templates.map(|it| (it, ignition::parts(it))).collect();
    let found = of_others(snapshot).map(|object| {
        let its = ignition::parts(object);
        let (mut parts, mut is_copy) = (BTreeSet::new(), false);
        for (template, all) in &templates {
            // Of two, the later one replaces the parts of the earlier one.
            let both = kubelet::in_merge_order([*template, object], snapshot.release());
            if both[1].reference() != object.reference() {
                continue;
            }
            let shared = all & &its;
            // A copy of an older release lacks some parts; an admin replaces a few, such as the registries and their policy.
            let is_most = !all.is_empty() && shared.len() * 4 >= all.len() * 3;
            is_copy |= is_most || shared.len() > 10;
            parts.extend(shared);
        }
        Overriding { object, parts, is_copy }
    });
    found.filter(|it| !it.parts.is_empty()).collect()
}

/// Reports each of them in a pool that is to extend the workers. `wanted` are the objects of `init`, which have findings
/// with advice of their own, and `boot` is the configuration of the pool.
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
    let is_wanted = |it: &Object| wanted.iter().any(|object| object.reference() == it.reference());
    let found = overriding(snapshot).into_iter().map(|it| {
        let finding = finding(snapshot, &it, boot);
        // The finding about an object in the place of one of `init` says what to do.
        if is_wanted(it.object) { Finding { hint: None, ..finding } } else { finding }
    });
    found.collect()
}

fn finding(snapshot: &Snapshot, overriding: &Overriding<'_>, boot: &Boot<'_>) -> Finding {
    let Overriding { object, parts, is_copy } = overriding;
    let reference = object.reference();
    let first = parts.first().map(|it| quotable_name(it)).unwrap_or_default();
    let replaced = match parts.len() {
        1 => first,
        many => format!("{many} files and units, such as {first},"),
    };
    // Until the pool selects the MachineConfigs of the workers, the nodes have these parts from the object alone.
    let extends = match snapshot.pool(names::ETCD) {
        Some(_) => pool_policy::selected(snapshot) == Some(Layout::Inherit),
        None => true,
    };
    let when = if extends { "" } else { "in a pool that extends the workers, " };
    let message = format!(
        "{when}the object replaces {replaced} of the operator's MachineConfigs for the workers: a cluster upgrade does not \
         update the object, so the etcd nodes keep these parts of the old release"
    );
    if !is_copy {
        return Check::UpgradeNeedsPause.note(reference, message);
    }
    let is_needed =
        kubelet::fault(boot).is_none() && kubelet::fault(&boot.without(reference)).is_some();
    let hint = if is_needed {
        format!(
            "inspect the object, without which the nodes would not become etcd nodes: oc get {reference} -o yaml"
        )
    } else if !extends {
        "do not delete the object before the pool extends the workers".to_owned()
    } else if snapshot.may_have_etcd_nodes() {
        format!(
            "if the object is a copy, delete the object; the etcd nodes then reboot one after the other: oc delete {reference}"
        )
    } else {
        format!("if the object is a copy: oc delete {reference}")
    };
    Check::UpgradeNeedsPause.blocker(reference, message).hint(hint)
}
