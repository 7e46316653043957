//! Checks whether the admission policy of 4.18 and later allows the pool of a layout.

use serde_json::{Value, json};

use super::finding::{Check, Finding};
use crate::derive::pool;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::release::Release;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::pool_status::PAUSE;

/// Returns the layout of the pool, if a pool exists and has one of the layouts, whoever created the pool. The layout of a
/// pool of oc-etcd is the one with which `init` wrote the pool: a selector that somebody changed since is a drift.
#[must_use]
pub fn existing(snapshot: &Snapshot) -> Option<Layout> {
    let pool = snapshot.pool(names::ETCD)?;
    let recorded = is_ours(pool).then(|| pool::recorded_layout(pool)).flatten();
    recorded.or_else(|| pool::layout_of(pool))
}

/// Returns the layout that the selector of the pool has.
pub(super) fn selected(snapshot: &Snapshot) -> Option<Layout> {
    snapshot.pool(names::ETCD).and_then(pool::layout_of)
}

/// Returns the reason why the cluster allows only pools that inherit; `None` if the cluster allows both layouts.
pub(crate) fn only_inherit(snapshot: &Snapshot) -> Option<&'static str> {
    let policy = snapshot.cluster(Kind::ValidatingAdmissionPolicy, names::POOL_POLICY).is_some();
    let release = snapshot.release().is_some_and(|release| release >= Release::POOL_POLICY);
    match (policy, release) {
        (true, _) => Some("the cluster's admission policy allows only pools that extend worker"),
        (false, true) => Some("from 4.18 on, OpenShift allows only pools that extend worker"),
        (false, false) => None,
    }
}

/// Returns the command that pauses the pool. The policy judges the whole pool at each change, so that a pool with a selector
/// that the policy denies can only be paused together with a change of the selector.
pub(crate) fn pause(snapshot: &Snapshot) -> String {
    if only_inherit(snapshot).is_none() || selected(snapshot) == Some(Layout::Inherit) {
        return PAUSE.to_owned();
    }
    let mut selector = pool::selector(Layout::Inherit);
    selector["matchLabels"] = Value::Null;
    let patch = json!({ "spec": { "paused": true, "machineConfigSelector": selector } });
    format!("oc patch machineconfigpool/etcd --type=merge -p '{patch}'")
}

/// Reports the reasons against a layout, and the restrictions of the next release.
pub(crate) fn objections(
    snapshot: &Snapshot,
    wanted: Layout,
    existing: Option<Layout>,
    only_inherit: Option<&'static str>,
) -> Vec<Finding> {
    let pool = "machineconfigpool/etcd";
    let mut findings = Vec::new();
    if let (Layout::Documented, Some(because)) = (wanted, only_inherit) {
        let message = format!("the documented layout would be denied: {because}");
        findings.push(
            Check::PoolPolicyDenied.blocker(pool, message).hint("oc etcd init --layout=inherit"),
        );
    }
    if let (Layout::Inherit, Some(Layout::Documented)) = (wanted, existing) {
        let message = "the pool has the documented layout: init changes the layout to inherit and removes \
                       the copies of the master MachineConfigs, and the nodes reboot one after the other";
        findings.push(
            Check::PoolPolicyDenied.warning(pool, message).hint("oc etcd init --layout=inherit"),
        );
    }
    let going_to = snapshot.desired_release().filter(|desired| *desired >= Release::POOL_POLICY);
    if let (Layout::Documented, None, Some(desired)) = (wanted, only_inherit, going_to) {
        let message = format!(
            "the cluster is being upgraded to {desired}, in which the operator cannot update a pool with \
             the documented layout, so the upgrade does not complete"
        );
        findings.push(
            Check::PoolPolicyDenied.blocker(pool, message).hint("oc etcd init --layout=inherit"),
        );
    }
    let release = snapshot.release();
    if wanted == Layout::Documented
        && going_to.is_none()
        && release.is_some_and(|it| (it.major, it.minor) == (4, 17))
    {
        let message = "the next release, 4.18, allows only pools that extend worker; change the layout \
                       before the upgrade";
        findings.push(
            Check::PoolPolicyDenied.warning(pool, message).hint("oc etcd init --layout=inherit"),
        );
    }
    findings
}
