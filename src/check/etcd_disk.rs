//! Whether the machines of the etcd pool prepare and mount the disk of etcd as `00-etcd-disk` describes: judged by
//! the MachineConfigs that the pool will select, before anything is written, and by the rendered one.

use super::finding::{Check, Finding};
use crate::derive::disk;
use crate::model::field::Unknown;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::etcd_disk;
use crate::openshift::kubelet::{ConfigPlace, KubeletDoubt};

const POOL: &str = "machineconfigpool/etcd";

/// Returns `00-etcd-disk` of a cluster, if oc-etcd created the object.
#[must_use]
pub fn ours(snapshot: &Snapshot) -> Option<&Object> {
    snapshot.machine_config(disk::NAME).filter(|it| is_ours(it))
}

/// Finds why machines of a pool that selects these MachineConfigs, in merge order, would not prepare the disk as the
/// `00-etcd-disk` among the MachineConfigs describes.
#[must_use]
pub fn predicted(selected: &[&Object]) -> Option<Finding> {
    let ours = selected.iter().find(|it| it.name() == disk::NAME && is_ours(it))?;
    let doubt = etcd_disk::fault(selected, ours)?;
    // The kubelet's role rests on the whole config too, and its finding names the MachineConfig.
    let is_whole = doubt.provenance().is_some_and(|it| it.place == ConfigPlace::Config);
    (!is_whole).then(|| finding(&doubt, selected))
}

/// Finds why machines that boot with a rendered MachineConfig do not prepare the disk as `ours` describes.
/// `sources` are the current MachineConfigs that the pool was rendered from, in merge order; `None` where a part of
/// them was not read.
#[must_use]
pub fn of_rendered(
    rendered: &Object,
    sources: Option<&[&Object]>,
    ours: &Object,
) -> Option<Finding> {
    let doubt = etcd_disk::fault(&[rendered], ours)?;
    if let Some(sources) = sources.filter(|_| !is_withheld(&doubt)) {
        if let Some(doubt) = etcd_disk::fault(sources, ours) {
            return Some(finding(&doubt, sources));
        }
        let message = format!(
            "the rendered configuration does not create etcd nodes: {}; the operator has not rendered the \
             current MachineConfigs",
            reason(&doubt)
        );
        return Some(Check::NotRendered.blocker(POOL, message).hint(format!("oc get {POOL} -w")));
    }
    let message =
        format!("the rendered configuration does not create etcd nodes: {}", reason(&doubt));
    Some(weighed(&doubt, POOL.to_owned(), message, "oc etcd status".to_owned()))
}

fn finding(doubt: &KubeletDoubt, selected: &[&Object]) -> Finding {
    let name = doubt.provenance().map(|it| it.machine_config.as_str());
    let culprit = selected.iter().find(|it| Some(it.name()) == name);
    let source = culprit
        .filter(|it| is_ours(it))
        .and_then(|it| it.annotation(names::SOURCE))
        .filter(|it| *it != "oc-etcd");
    let subject = match (source, culprit) {
        (Some(source), _) => source.to_owned(),
        (None, Some(culprit)) => culprit.reference().to_string(),
        (None, None) => POOL.to_owned(),
    };
    let message = format!(
        "with this object, machines of the etcd pool would not prepare the etcd disk as {} describes: {}",
        disk::NAME,
        reason(doubt)
    );
    let place = doubt.provenance().map_or(&ConfigPlace::Config, |it| &it.place);
    let hint = match culprit {
        Some(it) if it.name() == disk::NAME => "oc etcd init".to_owned(),
        _ => format!("remove {place}: oc edit {subject}"),
    };
    weighed(doubt, subject, message, hint)
}

fn reason(doubt: &KubeletDoubt) -> String {
    match doubt {
        KubeletDoubt::NoUnit => doubt.to_string(),
        KubeletDoubt::Unknown(provenance, why) => format!("{} is {why}", provenance.place),
        KubeletDoubt::NotUnderstood(provenance, why) => format!("{} {why}", provenance.place),
    }
}

const fn is_withheld(doubt: &KubeletDoubt) -> bool {
    matches!(doubt, KubeletDoubt::Unknown(_, Unknown::Withheld))
}

fn weighed(doubt: &KubeletDoubt, subject: String, message: String, hint: String) -> Finding {
    if is_withheld(doubt) {
        let hint = "use the cluster itself, or files that are not sanitized";
        return Check::Unreadable.blocker(subject, message).hint(hint);
    }
    Check::DiskDeviceUncertain.blocker(subject, message).hint(hint)
}
