//! The etcd pool: whether the operator has rendered it, and what keeps it from being rolled out.

use serde::Serialize;
use serde_json::Value;

use super::state::is_untouched;
use crate::check::pool::{Degradation, PoolState};
use crate::check::{Check, Finding, Severity, node_updates, pool};
use crate::derive::pool::layout_of;
use crate::model::field::{Field, Unknown};
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::node::is_control_plane;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::pool_status::{RESUME, is_observed, served};
use crate::plan::{Plan, cure};
use crate::status::observation::Observation;

pub(crate) const POOL: &str = "machineconfigpool/etcd";

/// The progress of the etcd pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PoolProgress {
    /// There is no pool.
    #[default]
    NotInitialized,
    /// The operator has not rendered it, or is rolling it out.
    Waiting,
    /// The operator cannot render it.
    RenderDegraded,
    /// The pool is rendered, and the result makes no etcd node.
    Incomplete,
    /// The pool is rendered, and whether the result makes etcd nodes is unknown.
    Unknown,
    /// New machines get its configuration.
    Rendered,
    /// Somebody else made it.
    Foreign,
}

/// The etcd pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pool {
    /// The progress of the pool.
    pub state: PoolProgress,
    /// The rendered MachineConfig that it is to have.
    pub configuration: Option<String>,
    /// The rendered MachineConfig that new machines get.
    pub served: Option<String>,
    /// Indicates whether an admin paused the pool.
    pub paused: bool,
    /// The number of Nodes in the pool.
    pub machine_count: i64,
    /// The number of Nodes that have the configuration of the pool.
    pub updated_count: i64,
    /// The number of Nodes that have the configuration and are Ready.
    pub ready_count: i64,
    /// The number of Nodes that the operator cannot bring to the configuration.
    pub degraded_count: i64,
    /// Reason why the pool is not rendered.
    pub message: Option<String>,
    /// The parts of etcd nodes that the rendered MachineConfig lacks.
    #[serde(skip)]
    pub lacking: Vec<Finding>,
    /// The conditions that report a fault.
    #[serde(skip)]
    pub degradations: Vec<Degradation>,
    /// Indicates whether the operator reports that not every Node is updated.
    #[serde(skip)]
    pub is_behind: bool,
}

impl Pool {
    pub(crate) fn read(snapshot: &Snapshot) -> Observation<Self> {
        Observation::of(snapshot, Kind::MachineConfigPool, || Self::of(snapshot))
    }

    fn of(snapshot: &Snapshot) -> Self {
        let Some(pool) = snapshot.pool(names::ETCD) else { return Self::default() };
        // Without MachineConfigs there is no telling what is in the rendered one.
        let progress = match snapshot.why_unreadable(Kind::MachineConfig) {
            Some(_) => pool::pool_state(Some(pool), std::iter::empty()),
            None => pool::of(snapshot),
        };
        // What makes no etcd nodes makes none whoever made it.
        let mut lacking: Vec<Finding> = match &progress {
            PoolState::Incomplete(found) => {
                let found = found.iter().map(|it| node_updates::with_nodes(snapshot, it.clone()));
                found.map(|it| it.at_most(Severity::Warning)).collect()
            }
            _ => Vec::new(),
        };
        let (state, message) = match progress {
            _ if !is_ours(pool) => (PoolProgress::Foreign, None),
            PoolState::Missing => (PoolProgress::NotInitialized, None),
            PoolState::Waiting(reason) => (PoolProgress::Waiting, Some(reason)),
            PoolState::HeldBack { wanted, served } => {
                let words = format!("{wanted} is not rolled out; new machines get {served}");
                (PoolProgress::Waiting, Some(words))
            }
            PoolState::Degraded(message) => (PoolProgress::RenderDegraded, Some(message)),
            PoolState::Incomplete(found) => {
                let is_unknown = found.iter().all(|it| it.check == Check::Unreadable);
                let words: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
                let message = words.join("; ");
                let state =
                    if is_unknown { PoolProgress::Unknown } else { PoolProgress::Incomplete };
                (state, Some(message))
            }
            PoolState::Rendered(_) => (PoolProgress::Rendered, None),
        };
        if is_ours(pool) {
            lacking.extend(withheld(pool));
        }
        let name = |pointer| pool.text(pointer).map(str::to_owned);
        let count = |pointer| pool.integer(pointer).unwrap_or_default();
        Self {
            state,
            configuration: name("/spec/configuration/name"),
            served: served(pool).map(str::to_owned),
            paused: pool.get("/spec/paused").and_then(Value::as_bool).unwrap_or_default(),
            machine_count: count("/status/machineCount"),
            updated_count: count("/status/updatedMachineCount"),
            ready_count: count("/status/readyMachineCount"),
            degraded_count: count("/status/degradedMachineCount"),
            message,
            lacking,
            degradations: pool::degradations(pool).filter(Degradation::is_certain).collect(),
            is_behind: pool.condition_state("Updated") == Field::Known(false),
        }
    }

    /// Returns whether a pause keeps new machines from the configuration of the pool.
    pub(crate) fn is_held_back(&self) -> bool {
        let is_rendered = self.configuration.is_some() && self.served.is_some();
        self.paused
            && self.state == PoolProgress::Waiting
            && is_rendered
            && self.configuration != self.served
    }

    /// Adds the effect of a change on the nodes of the pool to a message about the change.
    pub(crate) fn with_pause(&self, message: String) -> String {
        if self.paused {
            return format!(
                "{message}; the pool is paused, and the nodes keep their configuration"
            );
        }
        message
    }
}

/// Reports the fields that decide on the health of the pool, and that are there without a known value.
fn withheld(pool: &Object) -> Vec<Finding> {
    const COUNTS: [&str; 3] = ["machineCount", "updatedMachineCount", "degradedMachineCount"];
    let unknown = pool::degradations(pool).filter(|it| !it.is_certain()).map(|it| it.kind);
    let updated = pool.condition_state("Updated").unknown().map(|_| "Updated".to_owned());
    let missing = pool::missing_conditions(pool).map(str::to_owned);
    let conditions = unknown.chain(updated).chain(missing);
    let conditions = conditions
        .map(|kind| format!("the condition {kind} is {}", pool.condition_state(&kind).word()));
    let counts = COUNTS.into_iter().filter_map(|name| {
        let value = pool.get(&format!("/status/{name}")).filter(|it| !it.is_null())?;
        value.as_i64().is_none().then(|| format!("status.{name} is {}", Unknown::of(value)))
    });
    let told = |it| Check::NotRendered.unknown(POOL, it).at_most(Severity::Warning);
    conditions.chain(counts).map(told).collect()
}

/// Reports a paused pool that an upgrade waits for or would wait for, as the upgrade does for a pool that is not updated
/// (MCO `syncRequiredMachineConfigPools`). A pool of copies is paused on purpose until the copies are refreshed:
/// `upgrade-needs-pause` tells when to resume it.
pub(crate) fn awaited(snapshot: &Snapshot, pool: &Pool) -> Option<Finding> {
    let version = snapshot.upgrade_under_way();
    let object = snapshot.pool(names::ETCD)?;
    let is_held = pool.paused
        && pool.machine_count > 0
        && object.label(names::POOL_REQUIRED).is_some()
        && layout_of(object) == Some(Layout::Inherit);
    is_held.then(|| {
        let Some(upgrade) = version.map(Object::reference) else {
            let message = "the pool is paused: a cluster upgrade would wait until the pool is resumed";
            return Check::UpgradeWaitsForPool.note(POOL, message).hint(RESUME);
        };
        let finding = if pool.updated_count < pool.machine_count {
            let message = format!(
                "the pool is paused, and the upgrade of {upgrade} waits until its nodes are updated"
            );
            Check::UpgradeWaitsForPool.warning(POOL, message)
        } else {
            let message = format!(
                "the pool is paused, and the upgrade of {upgrade} waits for the pool as soon as the operator renders \
                 another configuration"
            );
            Check::UpgradeWaitsForPool.note(POOL, message)
        };
        finding.hint(RESUME)
    })
}

/// Reports objects of oc-etcd without a pool.
pub(crate) fn without_pool(snapshot: &Snapshot) -> Option<Finding> {
    let is_there = snapshot.why_unreadable(Kind::MachineConfigPool).is_some()
        || snapshot.pool(names::ETCD).is_some();
    if is_there || is_untouched(snapshot) {
        return None;
    }
    let message = "the etcd pool does not exist, although other objects of the pool exist: new machines \
                   cannot get their configuration";
    let hint = "to complete init: oc etcd init; to remove the other objects: oc etcd teardown";
    Some(Check::NotInitialized.warning(POOL, message).hint(hint))
}

/// Reports a pool, or a node of it, that the operator cannot bring to its configuration.
pub(crate) fn findings(snapshot: &Snapshot, plan: &Plan, pool: &Pool) -> Vec<Finding> {
    let degraded = degraded(pool).map(|message| {
        Check::OperatorDegraded.warning(POOL, message).hint(format!("oc describe {POOL}"))
    });
    let lacking = pool.lacking.iter().cloned();
    let others = miscounted(snapshot, pool).into_iter().chain(blocking(snapshot, pool));
    let found = rendering(snapshot, plan, pool).into_iter().chain(lacking).chain(degraded);
    found.chain(others).collect()
}

/// Reports an upgrade that waits for a degraded pool. The operator asks each pool for its condition, and only then for
/// its label (MCO `syncRequiredMachineConfigPools`, all releases).
fn blocking(snapshot: &Snapshot, pool: &Pool) -> Option<Finding> {
    let upgrade = snapshot.upgrade_under_way()?.reference();
    pool.degradations.iter().find(|it| it.kind == pool::DEGRADED)?;
    let message = format!(
        "the upgrade of {upgrade} waits until the pool is no longer degraded, whether or not the pool has the label \
         required-for-upgrade"
    );
    Some(Check::UpgradeWaitsForPool.warning(POOL, message).hint(format!("oc describe {POOL}")))
}

/// Reports a status that is older than the pool, or that does not have the Nodes of the pool.
fn miscounted(snapshot: &Snapshot, pool: &Pool) -> Option<Finding> {
    let object = snapshot.pool(names::ETCD)?;
    // A pool of oc-etcd waits until its status is current.
    if pool.state == PoolProgress::Foreign && !is_observed(object) {
        let message = "the operator has not processed the last change of the pool yet";
        return Some(Check::NotRendered.warning(POOL, message).hint(format!("oc describe {POOL}")));
    }
    let served = pool.served.as_deref()?;
    let has_it = |it: &&Object| {
        !is_control_plane(it) && it.annotation(names::CURRENT_CONFIG) == Some(served)
    };
    let nodes = snapshot.etcd_nodes().filter(has_it).count();
    // The operator writes both into one status.
    let is_none = object.integer("/status/machineCount") == Some(0)
        && object.integer("/status/observedGeneration").is_some();
    (is_none && nodes > 0).then(|| {
        let message = format!(
            "the operator counts no node in the pool, although the configuration of the pool is on {nodes} etcd nodes"
        );
        Check::NotRendered.warning(POOL, message).hint(format!("oc describe {POOL}"))
    })
}

/// Returns the faults of the pool that the operator reports, other than that it cannot render the pool.
fn degraded(pool: &Pool) -> Option<String> {
    let said: Vec<String> = pool.degradations.iter().map(ToString::to_string).collect();
    let is_told = |it: &Degradation| it.kind == pool::RENDER_DEGRADED || it.kind == pool::DEGRADED;
    match pool.degraded_count {
        0 if pool.state == PoolProgress::RenderDegraded
            && pool.degradations.iter().all(is_told) =>
        {
            None
        }
        0 => (!said.is_empty()).then(|| format!("the operator reports: {}", said.join("; "))),
        count => {
            let nodes = if count == 1 { "1 node" } else { &format!("{count} nodes") };
            let of_nodes = pool.degradations.iter().find(|it| it.kind == pool::NODE_DEGRADED);
            let why = of_nodes.map(|it| it.message.as_str()).filter(|it| !it.is_empty());
            let why = why.map(|it| format!(": {it}")).unwrap_or_default();
            let is_other = |it: &&Degradation| it.kind != pool::NODE_DEGRADED && !is_told(it);
            let others = pool.degradations.iter().filter(is_other).map(ToString::to_string);
            let others = match others.collect::<Vec<_>>().join("; ") {
                none if none.is_empty() => none,
                others => format!("; the operator reports: {others}"),
            };
            Some(format!(
                "the Machine Config Operator cannot update {nodes} of the pool{why}{others}"
            ))
        }
    }
}

fn rendering(snapshot: &Snapshot, plan: &Plan, pool: &Pool) -> Option<Finding> {
    let message = pool.message.as_deref().unwrap_or_default();
    match (pool.state, &pool.configuration, &pool.served) {
        (
            PoolProgress::NotInitialized
            | PoolProgress::Rendered
            | PoolProgress::Foreign
            // Each thing that is lacking is a finding of its own.
            | PoolProgress::Incomplete
            | PoolProgress::Unknown,
            ..,
        ) => None,
        (PoolProgress::RenderDegraded, ..) => {
            let message = format!("the operator cannot render the pool: {message}");
            Some(Check::NotRendered.warning(POOL, message).hint(format!("oc describe {POOL}")))
        }
        (PoolProgress::Waiting, Some(wanted), Some(served)) if wanted != served => {
            if !pool.paused {
                return Some(Check::NotRendered.note(POOL, message));
            }
            let message =
                format!("the pool is paused: {wanted} is not rolled out, and new machines get {served}");
            let hint = cure::resumption(snapshot, plan).map(Into::into);
            Some(Finding { hint, ..Check::NotRendered.note(POOL, message) })
        }
        (PoolProgress::Waiting, ..) => Some(Check::NotRendered.warning(POOL, message)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::init::{self, InitRequest};
    use crate::status::fixtures::cluster;

    #[test]
    fn the_operator_says_which_nodes_it_cannot_update_and_why() {
        let told = |count: i64, conditions: Value| {
            let snapshot = crate::status::fixtures::initialized(3);
            let mut body = snapshot.pool(names::ETCD).unwrap().clone().into_body();
            body["status"]["degradedMachineCount"] = count.into();
            body["status"]["conditions"] = conditions;
            let snapshot = snapshot.with_objects([Object::from_value(body).unwrap()]);
            degraded(&Pool::of(&snapshot)).unwrap()
        };
        let of =
            |kind: &str, message: &str| json!({"type": kind, "status": "True", "message": message});
        let drain = r#"Node n is reporting: "failed to drain node: n after 1 hour""#;
        let summary = || of("Degraded", drain);
        let one = "the Machine Config Operator cannot update 1 node of the pool";
        assert_eq!(told(1, json!([])), one);
        assert_eq!(told(1, json!([of("NodeDegraded", ""), of("Degraded", "")])), one);
        assert_eq!(
            told(1, json!([of("NodeDegraded", drain), summary()])),
            format!("{one}: {drain}")
        );
        let two = "the Machine Config Operator cannot update 2 nodes of the pool";
        assert_eq!(
            told(2, json!([of("NodeDegraded", drain), of("BuildDegraded", "no image"), summary()])),
            format!("{two}: {drain}; the operator reports: BuildDegraded is True (no image)")
        );
    }

    #[test]
    fn an_upgrade_waits_for_a_degraded_pool_whatever_its_label() {
        let waits = |folders: &[&str], required: bool, degraded: &str| {
            let snapshot = cluster(folders);
            let plan = init::plan(&snapshot, &InitRequest::new("1"));
            let is_pool = |it: &&Object| it.reference().kind == Kind::MachineConfigPool;
            let mut body = plan.manifests().find(is_pool).unwrap().clone().into_body();
            if !required {
                body["metadata"]["labels"].as_object_mut().unwrap().remove(names::POOL_REQUIRED);
            }
            body["status"]["conditions"] = json!([{"type": "Degraded", "status": degraded}]);
            let snapshot = snapshot.with_objects([Object::from_value(body).unwrap()]);
            let findings = findings(&snapshot, &plan, &Pool::of(&snapshot));
            let is_waiting = |it: &Finding| it.check == Check::UpgradeWaitsForPool;
            findings.iter().find(|it| is_waiting(it)).map(|it| it.severity)
        };
        let upgrading = &["4.20", "variants/upgrading"][..];
        assert_eq!(waits(upgrading, true, "True"), Some(Severity::Warning));
        assert_eq!(waits(upgrading, false, "True"), Some(Severity::Warning));
        assert_eq!(waits(upgrading, true, "False"), None);
        assert_eq!(waits(&["4.20"], true, "True"), None);
    }

    #[test]
    fn a_paused_pool_that_an_upgrade_waits_for_is_found() {
        let awaited = |folders: &[&str], paused: bool, required: bool, updated: i64| {
            let snapshot = cluster(folders);
            let plan = init::plan(&snapshot, &InitRequest::new("1"));
            let mut body = plan
                .manifests()
                .find(|it| it.reference().kind == Kind::MachineConfigPool)
                .unwrap()
                .clone()
                .into_body();
            body["spec"]["paused"] = paused.into();
            body["status"] = json!({"machineCount": 2, "updatedMachineCount": updated});
            if !required {
                body["metadata"]["labels"].as_object_mut().unwrap().remove(names::POOL_REQUIRED);
            }
            let snapshot = snapshot.with_objects([Object::from_value(body).unwrap()]);
            let found = awaited(&snapshot, &Pool::of(&snapshot));
            found.map(|it| (it.severity, it.hint.unwrap().to_string()))
        };
        let upgrading = &["4.20", "variants/upgrading"][..];
        let expected = (Severity::Warning, RESUME.to_owned());
        assert_eq!(awaited(upgrading, true, true, 1), Some(expected));
        // Each node is updated, until the operator renders the new release.
        let later = (Severity::Note, RESUME.to_owned());
        assert_eq!(awaited(upgrading, true, true, 2), Some(later));
        assert_eq!(awaited(upgrading, false, true, 1), None);
        assert_eq!(awaited(upgrading, true, false, 1), None);
        // An upgrade would wait.
        let would = (Severity::Note, RESUME.to_owned());
        assert_eq!(awaited(&["4.20"], true, true, 1), Some(would));
        assert_eq!(awaited(&["4.20"], true, false, 1), None);
        assert_eq!(awaited(&["4.20"], false, true, 1), None);
    }
}
