//! The findings of `status`: the findings of `init` about the state of the cluster, drift, and the findings of each
//! section.

use std::collections::BTreeSet;

use super::machines::Machine;
use super::nodes::Node;
use super::pool::Pool;
use super::state::{State, compared, is_begun, is_comparable, is_untouched};
use super::{Status, etcd_members, machines, masters_disks, nodes, pool};
use crate::check::pool_configuration::PoolConfiguration;
use crate::check::{
    Check, Finding, Severity, cluster, edge_zones, etcd_nodes, finding, machine_ties,
    max_unavailable, mixed_roles, node_pools, node_updates, permissions,
};
use crate::derive::user_data;
use crate::model::field::holds_withheld;
use crate::model::hint::Hint;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::ObjectRef;
use crate::model::snapshot::Snapshot;
use crate::openshift::pool_status::RESUME;
use crate::plan::{Plan, Step, removal};
use crate::status::observation::Observation;

/// Kinds without which the health is unknown. User data is not essential, because viewers may not read Secrets: a note
/// says that the health does not include the user data.
const ESSENTIAL: [Kind; 8] = [
    Kind::ClusterOperator,
    Kind::ClusterVersion,
    Kind::Etcd,
    Kind::Infrastructure,
    Kind::Machine,
    Kind::MachineConfig,
    Kind::MachineConfigPool,
    Kind::Node,
];

/// Returns the findings of a status, worst first.
pub(crate) fn findings(snapshot: &Snapshot, plan: &Plan, status: &Status) -> Vec<Finding> {
    let mut found = of_plan(snapshot, plan);
    let unread = permissions::unreadable(snapshot, &ESSENTIAL);
    let unknown = cluster::unknown_conditions(snapshot);
    found.extend(unread.into_iter().chain(unknown).map(|it| it.at_most(Severity::Warning)));
    if status.user_data.known().is_none() {
        let unread = permissions::unreadable(snapshot, &[Kind::Secret]);
        found.extend(unread.into_iter().map(|it| it.at_most(Severity::Note)));
    }
    if plan.layout.is_some() {
        found.extend(pool::without_pool(snapshot));
    }
    if let Observation::Known(pool) = &status.pool {
        let drift = drift(snapshot, plan, pool);
        // What is not as it should be must not be rolled out.
        let is_safe = |hint: &Hint| drift.is_empty() || !hint.contains("paused");
        // What the plan says of the kubelet's role and the disk names the MachineConfig that is there now.
        let of_machine_configs = [Check::KubeletRoleWrong, Check::DiskDeviceUncertain];
        let told: Vec<Check> = found.iter().map(|it| it.check).collect();
        let is_told = |check: Check| of_machine_configs.contains(&check) && told.contains(&check);
        let of_pool = pool::findings(snapshot, plan, pool).into_iter();
        let of_pool = of_pool.filter(|it| !is_told(it.check));
        found.extend(of_pool.map(|it| Finding { hint: it.hint.filter(is_safe), ..it }));
        let awaited = pool::awaited(snapshot, pool);
        found.extend(awaited.map(|it| Finding { hint: it.hint.filter(is_safe), ..it }));
        found.extend(drift);
    }
    found.extend(node_updates::losing_disk(snapshot));
    found.extend(uncompared(snapshot, plan));
    found.extend(uncompared_user_data(snapshot, plan));
    let configuration = PoolConfiguration::of(snapshot);
    let booted = configuration.boot();
    let changing = booted.changing_nodes();
    found.extend(booted.using_disk());
    found.extend(booted.user_data().into_iter().map(|it| it.at_most(Severity::Warning)));
    let of_boot = [Check::KubeletRoleWrong, Check::DiskDeviceUncertain, Check::UserDataInvalid];
    let is_cause = |it: &&Finding| of_boot.contains(&it.check) && it.severity < Severity::Note;
    let cause = found.iter().find(is_cause).cloned();
    let of_machines = status.machines.entries();
    found.extend(of_machines.filter_map(|it| it.finding(status, &changing, cause.as_ref())));
    let is_role_wrong = found.iter().any(|it| it.check == Check::KubeletRoleWrong);
    found.extend(status.machines.entries().filter_map(|it| it.stopped(is_role_wrong)));
    found.extend(status.machines.entries().flat_map(Machine::differing));
    found.extend(status.machines.entries().filter_map(Machine::unphased));
    found.extend(status.nodes.entries().filter_map(|it| it.finding(snapshot, status)));
    found.extend(status.nodes.entries().filter_map(Node::pressed));
    found.extend(status.nodes.entries().filter_map(|it| it.cordoned(snapshot, status)));
    found.extend(status.nodes.entries().filter_map(|it| it.degraded(status)));
    let of_nodes = etcd_nodes::findings(snapshot, &changing);
    let uncounted = status.nodes.entries().filter_map(|it| it.uncounted(status));
    // The cause says more.
    let is_told = |it: &Finding| {
        of_nodes.iter().any(|told| (told.check, &told.subject) == (it.check, &it.subject))
    };
    found.extend(uncounted.filter(|it| !is_told(it)));
    found.extend(edge_zones::machines(snapshot));
    found.extend(mixed_roles::findings(snapshot));
    found.extend(machine_ties::findings(snapshot));
    found.extend(of_nodes);
    found.extend(changing);
    found.extend(nodes::held_back(snapshot, plan, status));
    found.extend(node_pools::findings(snapshot, Severity::Warning));
    found.extend(max_unavailable::finding(snapshot));
    found.extend(machines::even(status));
    found.extend(etcd_members::findings(snapshot, status));
    found.extend(removal::nodes_without_machine(snapshot));
    found.extend(masters_disks::findings(snapshot, &status.masters));
    if is_role_wrong {
        // The nodes stop if the configuration is rolled out.
        let is_safe = |hint: &Hint| !hint.contains(RESUME);
        for it in &mut found {
            it.hint = it.hint.take().filter(is_safe);
        }
    }
    if plan.is_blocked_by_conflicts() {
        // Without the flag, `init` is refused.
        for it in &mut found {
            it.hint = it.hint.take().map(|it| it.with_flag("init", "force-conflicts"));
        }
    }
    finding::normalize(found, &BTreeSet::new())
}

/// Returns the findings of `init` that are about the state of the cluster, and not about writing.
fn of_plan(snapshot: &Snapshot, plan: &Plan) -> Vec<Finding> {
    let is_comparable = is_comparable(snapshot, Kind::MachineConfig);
    let is_begun = is_comparable && !is_untouched(snapshot);
    let worst = |finding: &Finding| match (finding.check, finding.severity) {
        (Check::PermissionDenied | Check::Unreadable, _) => {
            plan.layout.is_none().then_some(Severity::Warning)
        }
        // oc-etcd cannot be used on this cluster.
        _ if plan.layout.is_none() => Some(Severity::Blocker),
        (Check::SourceMissing, _) if !is_comparable => None,
        (
            Check::OsPinned
            | Check::MachineConfigRefused
            | Check::Drifted
            | Check::ForeignObject
            | Check::OperatorDegraded
            | Check::ControlPlaneTopologyUnsupported
            | Check::UserDataInvalid
            | Check::UserDataCaMissing
            | Check::SourceMissing
            | Check::WorkerSettingsUnsuitable
            | Check::NodeTuningConflict,
            _,
        ) => Some(Severity::Warning),
        // The user read the warning before the user confirmed `init`.
        (Check::SourceUnexpected, Severity::Warning) if is_begun => Some(Severity::Note),
        (
            Check::PoolPolicyDenied
            | Check::KubeletRoleWrong
            | Check::FipsMismatch
            | Check::SourceUnexpected,
            _,
        )
        | (Check::DiskDeviceUncertain, Severity::Blocker)
            if is_begun =>
        {
            Some(Severity::Warning)
        }
        (Check::UpgradeInProgress | Check::MasterPoolNotUpdated, _) => Some(Severity::Note),
        (Check::UpgradeNeedsPause | Check::KubeletUncertain, severity) if is_begun => {
            Some(severity)
        }
        _ => None,
    };
    plan.findings.iter().filter_map(|it| Some(it.clone().at_most(worst(it)?))).collect()
}

/// Returns a finding for each way in which objects are not as `init` would make them.
fn drift(snapshot: &Snapshot, plan: &Plan, pool: &Pool) -> Vec<Finding> {
    let is_said = |reference: &str| {
        plan.findings.iter().any(|it| it.check == Check::Drifted && it.subject == reference)
    };
    let mut found = Vec::new();
    for (state, check, one, many) in [
        (State::Stale, Check::StaleAfterUpgrade, "the object is outdated", "are outdated"),
        (
            State::Differs,
            Check::Drifted,
            "the object differs from what init would create",
            "differ from what init would create",
        ),
        (State::Missing, Check::Drifted, "the object is missing", "are missing"),
        (State::Obsolete, Check::Drifted, "the object is no longer needed", "are no longer needed"),
    ] {
        // That the pool is missing is a finding of its own.
        let is_told = |kind| (state, kind) == (State::Missing, Kind::MachineConfigPool);
        let steps: Vec<&Step> = compared(snapshot, plan)
            .filter(|(step, of_step)| *of_step == state && !is_told(step.object.kind))
            .map(|(step, _)| step)
            .filter(|it| !is_said(&it.object.to_string()))
            .collect();
        let finding = match steps.as_slice() {
            [] => continue,
            [step] => {
                let because = match state {
                    State::Stale => format!(": {}", step.because),
                    _ => String::new(),
                };
                check.warning(&step.object, pool.with_pause(format!("{one}{because}")))
            }
            steps => {
                let names: Vec<String> = steps.iter().map(|it| it.object.to_string()).collect();
                check.warning("cluster", pool.with_pause(format!("{} {many}", list(&names))))
            }
        };
        found.push(finding.hint("oc etcd diff"));
    }
    found
}

/// Reports by name the objects that could not be compared with those that `init` would make: they may be as
/// wanted.
fn uncompared(snapshot: &Snapshot, plan: &Plan) -> Option<Finding> {
    let unknown = compared(snapshot, plan).filter(|(_, state)| *state == State::Unknown);
    let names: Vec<String> = unknown.map(|(step, _)| step.object.to_string()).collect();
    let because = match names.as_slice() {
        [] => return None,
        [_] => "parts of the object or of its source are withheld or cannot be parsed",
        _ => "parts of the objects or of their sources are withheld or cannot be parsed",
    };
    let message = format!(
        "it is unknown whether {} {} from what init would create: {because}",
        list(&names),
        if names.len() == 1 { "differs" } else { "differ" }
    );
    Some(Check::Unreadable.note("cluster", message))
}

/// Reports user data that the plan does not compare, because the user data of the masters could not be read: without the
/// object, or with the user data of another role, no machine becomes an etcd node.
fn uncompared_user_data(snapshot: &Snapshot, plan: &Plan) -> Option<Finding> {
    let is_compared = plan.steps.iter().any(|it| it.object.kind == Kind::Secret);
    if is_compared || !is_begun(snapshot) || !is_comparable(snapshot, Kind::Secret) {
        return None;
    }
    let Some(secret) = snapshot.machine_secret(names::ETCD_USER_DATA) else {
        let missing =
            ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, names::ETCD_USER_DATA);
        return Some(Check::Drifted.warning(missing, "the object is missing").hint("oc etcd init"));
    };
    let message = match user_data::decode(secret) {
        _ if holds_withheld(secret.body()) => return None,
        Err(error) => error.to_string(),
        Ok(_) if user_data::asks_for_etcd(secret) => return None,
        Ok(_) => "the user data does not request the configuration of the etcd pool, or requests that of another role \
                  too"
        .to_owned(),
    };
    Some(Check::UserDataInvalid.warning(secret.reference(), message).hint("oc etcd init"))
}

/// Names up to four objects.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] if names.len() <= SHOWN => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", names[..SHOWN].join(", "), names.len() - SHOWN),
    }
}
