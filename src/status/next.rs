//! The next command for the user: a command that exists and would not be refused.

use super::machines::Machine;
use super::pool::{POOL, PoolProgress};
use super::state::compared;
use super::{Health, Status};
use crate::check::{Check, Finding, Severity, node_updates};
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::machine::MachineProgress;
use crate::openshift::pool_status::PAUSE;
use crate::plan::init::{self, InitRequest};
use crate::plan::{LayoutChoice, Plan, add_machine, cure, zones};

/// Returns the next command, unless nothing is left to do or the hint of a finding is more helpful.
pub(crate) fn next(snapshot: &Snapshot, plan: &Plan, status: &Status) -> Option<String> {
    let has = |check| status.findings.iter().any(|it| it.check == check);
    let command = |text: &str| Some(text.to_owned());
    plan.layout.as_ref()?;
    let pool = status.pool.known()?;
    let other_layout = || {
        let mut request = InitRequest::new("");
        request.layout = LayoutChoice::Only(Layout::Inherit);
        let is_denied =
            |it: &Finding| it.check == Check::PoolPolicyDenied && it.severity == Severity::Blocker;
        plan.findings.iter().any(is_denied) && !init::plan(snapshot, &request).is_blocked()
    };
    let init = if !plan.is_blocked() {
        "oc etcd init"
    } else if other_layout() {
        "oc etcd init --layout=inherit"
    } else if plan.is_blocked_by_conflicts() {
        "oc etcd init --force-conflicts"
    } else if has(Check::UpgradeInProgress) {
        "oc adm upgrade"
    } else {
        "oc etcd init --dry-run=client"
    };
    // A change of the masters that is under way comes first; its finding has both ways to go on.
    let is_changing_masters = has(Check::MastersReplaced);
    // Of the two ways, the cluster has the other one.
    let has_masters_disk = snapshot.machine_config(names::MASTERS_DISK).is_some_and(is_ours);
    match status.health {
        Health::NotInitialized if is_changing_masters || has_masters_disk => return None,
        Health::NotInitialized => return command(init),
        Health::Unknown => return None,
        Health::Healthy | Health::Progressing | Health::Trouble => {}
    }
    // Without the pool, either `init` or `teardown` has ended early; the finding has both ways.
    let is_pool_alone_missing = pool.state == PoolProgress::NotInitialized;
    if has(Check::ForeignObject) || has(Check::SourceMissing) || is_pool_alone_missing {
        return None;
    }
    // What is at fault has to change before anything else helps.
    if let Some(fault) = status.findings.iter().find(|it| it.check == Check::KubeletRoleWrong) {
        let hint = fault.hint.as_ref().map(ToString::to_string);
        return match hint {
            Some(it) if it.contains(PAUSE) => command(PAUSE),
            hint => hint.filter(|it| it.starts_with("oc etcd ")),
        };
    }
    // The nodes that have not rebooted yet keep what the rollout takes from them.
    if node_updates::losing_disk(snapshot).is_some() {
        return command(PAUSE);
    }
    // An upgrade does not wait: a pool that it would break is paused before anything else is done.
    let is_urgent = |it: &&Finding| {
        it.check == Check::UpgradeNeedsPause
            && it.subject == POOL
            && it.severity == Severity::Warning
    };
    let is_curable = !plan.is_blocked() || init.ends_with("--layout=inherit");
    if let Some(pause) = status.findings.iter().find(is_urgent).filter(|_| !is_curable) {
        return pause.hint.as_ref().map(ToString::to_string);
    }
    let is_drifted = compared(snapshot, plan).any(|(_, state)| state.is_drift());
    let watch = || format!("oc get {POOL} -w");
    let is_rolling_out = !pool.paused && pool.updated_count < pool.machine_count;
    let stopped = status.machines.entries().find_map(Machine::next_of_stopped);
    match pool.state {
        _ if is_drifted || init.ends_with("--layout=inherit") => return command(init),
        PoolProgress::RenderDegraded | PoolProgress::Incomplete => {
            return Some(format!("oc describe {POOL}"));
        }
        PoolProgress::Unknown => return None,
        PoolProgress::Waiting | PoolProgress::Rendered if stopped.is_some() => return stopped,
        PoolProgress::Waiting if !pool.paused => {
            return Some(node_updates::awaited(snapshot).map_or_else(watch, |(_, remedy)| remedy));
        }
        _ => {}
    }
    let machines = status.machines.known()?;
    if let Some(removal) = machines.iter().find_map(Machine::removal) {
        return Some(removal);
    }
    if status.health == Health::Trouble {
        return None;
    }
    if machines.iter().any(|it| it.progress != MachineProgress::Ready) {
        let machines = Kind::Machine.qualified();
        return Some(format!("oc get {machines} -n {} -w", names::MACHINE_NAMESPACE));
    }
    // `add-machine` is refused until the pool is resumed.
    if pool.is_held_back() {
        let resumption = cure::resumption(snapshot, plan).filter(|it| it.starts_with("oc "));
        return resumption.map(str::to_owned);
    }
    let zones = match zones::without_machine(snapshot) {
        none if none.is_empty() => match zones::with_another_machine(snapshot) {
            Some(zone) => vec![zone],
            None => return is_rolling_out.then(watch),
        },
        zones => zones,
    };
    (!is_changing_masters).then(|| add_machine::accepted(snapshot, &zones))?
}
