//! Reports the effects of a plan on the Nodes of the etcd pool, and on upgrades of the cluster.

use crate::check::{Check, Finding, pool_policy};
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::pool_status::{self, RESUME};
use crate::plan::init::InitRequest;
use crate::plan::{Step, compare, cure};

/// Returns whether an admin paused the etcd pool.
pub(crate) fn is_paused(snapshot: &Snapshot) -> bool {
    let pool = snapshot.pool(names::ETCD);
    pool.is_some_and(pool_status::is_paused)
}

/// What an upgrade does to a pool of copies.
const NOT_UPDATED: &str = "the copies are not updated by a cluster upgrade: pause the pool before an upgrade, run \
                           init during the upgrade, and then resume the pool";

/// Reports the effect of an upgrade on a pool of copies: the operator renders the new operating system with
/// the copies of the older release, and 4.22's kubelet refuses a flag of 4.21.
pub(super) fn pause_for_upgrade(
    snapshot: &Snapshot,
    layout: Layout,
    steps: &[Step],
    may_resume: bool,
) -> Option<Finding> {
    let pool = "machineconfigpool/etcd";
    if layout != Layout::Documented {
        return None;
    }
    if snapshot.pool(names::ETCD).is_none() {
        // What does not exist yet cannot be paused.
        return Some(Check::UpgradeNeedsPause.note(pool, NOT_UPDATED));
    }
    let is_upgrading = snapshot.upgrade_under_way().is_some();
    let is_changing = cure::are_sources_changing(snapshot, layout);
    let refreshes = steps.iter().any(|step| step.change.is_write());
    match (is_upgrading, is_paused(snapshot)) {
        (false, false) => {
            let hint = format!("before an upgrade: {}", pool_policy::pause(snapshot));
            Some(Check::UpgradeNeedsPause.note(pool, NOT_UPDATED).hint(hint))
        }
        (true, false) if is_changing || refreshes => {
            let message = "an upgrade is in progress and the pool is not paused: the nodes may get the new \
                           operating system with the copies of the old release";
            Some(Check::UpgradeNeedsPause.warning(pool, message).hint(pool_policy::pause(snapshot)))
        }
        (true, true) if may_resume && cure::are_current(steps) => {
            let message = "the copies have the new release: the pool can be resumed";
            Some(Check::UpgradeNeedsPause.note(pool, message).hint(RESUME))
        }
        (false, true) | (true, _) => None,
    }
}

/// Reports that an upgrade of the cluster waits for the pool, where this plan makes it so.
pub(super) fn waiting_upgrade(steps: &[Step]) -> Option<Finding> {
    let pool = steps.iter().find(|step| step.object.kind == Kind::MachineConfigPool)?;
    pool.change.wanted()?.label(names::POOL_REQUIRED)?;
    let message = "a cluster upgrade completes only after the nodes of this pool are upgraded";
    let hint = "`oc etcd init --no-required-for-upgrade`, if upgrades need not wait for the nodes of this pool";
    Some(Check::UpgradeWaitsForPool.note(&pool.object, message).hint(hint))
}

/// Returns whether a step writes a MachineConfig with other contents than it has.
fn changes_contents(snapshot: &Snapshot, step: &Step) -> bool {
    step.object.kind == Kind::MachineConfig
        && step.change.is_write()
        && !compare::keeps_content(snapshot, step)
}

/// Returns whether a step lets the existing pool select other MachineConfigs.
fn changes_selection(snapshot: &Snapshot, step: &Step) -> bool {
    let selector = |it: &Object| it.get("/spec/machineConfigSelector").cloned();
    let wanted = step.change.wanted().filter(|it| it.reference().kind == Kind::MachineConfigPool);
    wanted.is_some_and(|it| selector(it) != snapshot.get(&step.object).and_then(selector))
}

/// Reports the copies that `init` would refresh, because each new machine boots with them.
pub(crate) fn outdated_copies(snapshot: &Snapshot) -> Option<Finding> {
    // The version of this program is in a mark that no comparison looks at.
    let steps = super::plan(snapshot, &InitRequest::new("")).steps;
    let is_outdated =
        |it: &&Step| snapshot.get(&it.object).is_some() && changes_contents(snapshot, it);
    let outdated: Vec<&Step> = steps.iter().filter(is_outdated).collect();
    let first = outdated.first()?;
    let objects: Vec<String> = outdated.iter().map(|it| it.object.to_string()).collect();
    let message = format!(
        "a new machine boots with outdated contents, and may not join the cluster; {}",
        first.because
    );
    Some(Check::StaleAfterUpgrade.blocker(objects.join(", "), message).hint("oc etcd init"))
}

/// A change of a MachineConfig, or of what the pool selects, rolls through the nodes of an existing pool.
pub(super) fn reboots(snapshot: &Snapshot, steps: &[Step]) -> Option<Finding> {
    snapshot.pool(names::ETCD)?;
    let nodes = snapshot.etcd_nodes().count();
    let is_rolled_out =
        |it: &Step| changes_contents(snapshot, it) || changes_selection(snapshot, it);
    (nodes > 0 && steps.iter().any(is_rolled_out)).then(|| {
        if is_paused(snapshot) {
            let message = "the pool is paused: the nodes keep their configuration, and reboot one after the \
                           other when the pool is resumed";
            // A plan is shown before it is carried out, if it is: nodes that are resumed now would get the new operating
            // system with the copies of the old release.
            return Check::StaleAfterUpgrade
                .note("machineconfigpool/etcd", message)
                .hint("after init, `oc etcd status` says when the pool can be resumed");
        }
        let nodes = if nodes == 1 { "the node reboots".to_owned() } else { format!("the {nodes} nodes \
                                     reboot one after the other") };
        let message = format!("the operator renders the pool again and {nodes}");
        let pause = pool_policy::pause(snapshot);
        Check::StaleAfterUpgrade
            .warning("machineconfigpool/etcd", message)
            .hint(format!("to choose the time of the reboots, pause the pool: {pause}"))
    })
}
