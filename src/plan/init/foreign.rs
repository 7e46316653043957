//! Advice about a pool that somebody made by hand, and that `init` cannot take over as it is.

use serde_json::{Value, json};

use super::fixed_parts;
use crate::check::pool_anew::anew;
use crate::check::{Check, Finding, etcd_disk, pool_policy, registration};
use crate::derive::pool::{selector, source};
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::release::Release;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::kubelet;
use crate::openshift::kubelet::boot::Boot;
use crate::plan::reconcile::{ADOPT, Adopt};
use crate::plan::removal::is_blocker;

/// Returns the command that lets the pool select the MachineConfigs of the workers too. Those of the role etcd replace
/// them where both have a unit or a file (MCO `pkg/controller/common/helpers.go`, `MergeMachineConfigs`, from 4.15 on).
fn extend_worker(snapshot: &Snapshot) -> String {
    let mut patch = json!({"spec": {"machineConfigSelector": selector(Layout::Inherit)}});
    patch["spec"]["machineConfigSelector"]["matchLabels"] = Value::Null;
    if snapshot.pool(names::ETCD).is_some_and(is_ours) {
        patch["metadata"]["annotations"][names::SOURCE] = source(Layout::Inherit).into();
    }
    format!("oc patch machineconfigpool/etcd --type=merge -p '{patch}'")
}

/// Reports that the operator cannot render the MachineConfigs that the pool will select, because it does not change a part
/// of a rendered pool (see [`fixed_parts`]).
///
/// A plan that adopts objects sees them as those of oc-etcd, but `teardown` does not remove them.
pub(super) fn irreconcilable(
    snapshot: &Snapshot,
    boot: &Boot<'_>,
    adopt: Adopt,
) -> Option<Finding> {
    if !etcd_disk::are_fixed(snapshot) {
        return None;
    }
    let rendered = snapshot.rendered_etcd()?;
    // The templates, which make no disk, may be left out, but not other MachineConfigs.
    snapshot.machine_configs_of(names::MASTER).next()?;
    let before = fixed_parts::of([rendered])?;
    let after = fixed_parts::of(boot.machine_configs().iter().copied())?;
    let (added, mut lost) = (after.difference(&before).next(), before.difference(&after));
    let part = added.or(lost.find(|it| !it.may_be_lost(&after)))?;
    let pool = snapshot.pool(names::ETCD)?;
    let refused = format!(
        "the Machine Config Operator does not change {} of a rendered pool, and reports the pool as degraded",
        part.kind()
    );
    let has_it = |it: &&&Object| fixed_parts::of([**it]).is_some_and(|it| it.contains(part));
    let holder = added.and_then(|_| boot.machine_configs().iter().rfind(has_it));
    let name = rendered.name();
    let is_other = before.contains(part);
    let message = match holder {
        Some(holder) if is_other => {
            format!("{} has {part} with other fields than {name}: {refused}", holder.name())
        }
        Some(holder) => format!("{} has {part}, and {name} does not: {refused}", holder.name()),
        None => format!("{name} has {part}, and no MachineConfig of the pool has it: {refused}"),
    };
    let is_etcds = |it: &&&Object| it.label(names::MACHINE_CONFIG_ROLE) == Some(names::ETCD);
    if let Some(holder) = holder.filter(is_etcds).filter(|it| !is_ours(it)) {
        let subject = holder.reference();
        let hint = if is_other {
            format!("give {part} the same fields as in {name}: oc edit {subject}")
        } else {
            format!("remove {part} from the object: oc edit {subject}")
        };
        return Some(part.check().blocker(subject, message).hint(hint));
    }
    let hint = if is_ours(pool) && adopt == Adopt::No {
        "oc etcd teardown".to_owned()
    } else {
        anew(snapshot, &[])
    };
    Some(part.check().blocker(pool.reference(), message).hint(hint))
}

/// Returns whether an object of others with other content cannot become the wanted object: the object decides on what the
/// operator does not change in the pool, or on the pool's layout.
pub(super) fn is_fixed(snapshot: &Snapshot, layout: Layout, wanted: &Object) -> bool {
    if snapshot.rendered_name(names::ETCD).is_none()
        || wanted.reference().kind != Kind::MachineConfig
    {
        return false;
    }
    let Some(existing) = snapshot.get(wanted.reference()).filter(|it| !is_ours(it)) else {
        return false;
    };
    let parts = fixed_parts::of([existing]).zip(fixed_parts::of([wanted]));
    pool_policy::existing(snapshot).is_some_and(|it| it != layout)
        || parts.is_none_or(|(there, wanted)| {
            there.difference(&wanted).chain(wanted.difference(&there)).next().is_some()
        })
}

/// Words the advice about an object that cannot become the wanted one.
pub(super) fn fixed(snapshot: &Snapshot, object: &ObjectRef, finding: Finding) -> Finding {
    match finding.check {
        Check::ForeignObject => finding.hint(anew(snapshot, std::slice::from_ref(object))),
        _ => finding,
    }
}

/// Replaces the advice to adopt objects, and to change the layout of a pool, where objects of others, or what the operator
/// cannot change in the pool (`irreconcilable`), forbid this. `may_adopt` says whether `--adopt` takes over
/// each object of others.
pub(super) fn advise_on_layout(
    snapshot: &Snapshot,
    findings: &mut [Finding],
    may_adopt: bool,
    irreconcilable: Option<&Finding>,
) {
    let is_disk = |it: &Finding| is_blocker(it) && it.check == Check::DiskDeviceUncertain;
    let is_fixed = irreconcilable.is_some() || findings.iter().any(is_disk);
    let has_foreign = findings.iter().any(|it| is_blocker(it) && it.check == Check::ForeignObject);
    if !has_foreign && !is_fixed || snapshot.pool(names::ETCD).is_none() {
        return;
    }
    let is_adoptable = may_adopt && !is_fixed;
    for it in findings.iter_mut().filter(|it| !is_adoptable && it.check == Check::ForeignObject) {
        it.hint = it.hint.take().filter(|it| **it != *ADOPT);
    }
    for finding in findings.iter_mut().filter(|it| it.check == Check::PoolPolicyDenied) {
        if is_adoptable {
            finding.hint = Some("oc etcd init --layout=inherit --adopt".into());
            continue;
        }
        let way = match may_extend_worker(snapshot) {
            true if snapshot.may_have_etcd_nodes() => format!(
                "let the pool extend the workers; the etcd nodes then reboot one after the other: {}",
                extend_worker(snapshot)
            ),
            true => extend_worker(snapshot),
            false => anew(snapshot, &[]),
        };
        finding.hint = Some(way.into());
        if !is_blocker(finding) {
            "the pool has the documented layout, and init cannot change the layout, because of other findings about the \
             pool"
                .clone_into(&mut finding.message);
        }
    }
}

/// Returns whether the pool would keep its role and its disks with the MachineConfigs of the workers below its own.
fn may_extend_worker(snapshot: &Snapshot) -> bool {
    let release = snapshot.release();
    let of_roles =
        [names::ETCD, names::WORKER].into_iter().flat_map(|it| snapshot.machine_configs_of(it));
    let boot = Boot::of(kubelet::in_merge_order(of_roles, release));
    release.is_some_and(|it| it >= Release::WORKER_FIRST)
        && (snapshot.holds_metadata_only() || registration::predicted(&boot, None).is_none())
        && irreconcilable(snapshot, &boot, Adopt::No).is_none()
}
