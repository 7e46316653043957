//! Decides which findings about the state of the cluster a plan cures, so that these findings do not block the plan.
//!
//! If the plan itself removes the cause of a blocker, the blocker would block the plan for ever. There are two such
//! causes. The first cause is an operator that is degraded because of the etcd pool, which the plan changes. The second
//! cause is an upgrade that may wait for the etcd pool: the upgrade blocks a plan only while the sources of the plan
//! change. The sources no longer change when the sources have the new release, or if the plan copies nothing.
//!
//! A plan that writes nothing is not blocked by the state of the operators, of the masters' pool or of an upgrade, unless
//! the upgrade changes the sources of the plan.

use super::compare::keeps_content;
use super::{Change, Plan, Step};
use crate::check::pool;
use crate::check::{Check, Finding, Severity, pool_policy};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::machine_config_author::TEMPLATES;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::pool_status::RESUME;

/// Returns whether no step writes, or may write.
pub(super) fn writes_nothing(steps: &[Step]) -> bool {
    !steps.iter().any(|it| it.change.may_write() || matches!(it.change, Change::Unknown))
}

/// Returns the findings with those that the plan cures, or that do not matter to the plan, as warnings that say so.
pub(super) fn weighed(
    snapshot: &Snapshot,
    layout: Layout,
    steps: &[Step],
    findings: Vec<Finding>,
) -> Vec<Finding> {
    if writes_nothing(steps) && !are_sources_changing(snapshot, layout) {
        let is_of_write = |it: &Finding| match it.check {
            // Whether an upgrade changes the sources is unknown.
            Check::Unreadable => layout == Layout::Inherit,
            _ => true,
        };
        let idle = |it: Finding| if is_of_write(&it) { it.at_most(Severity::Warning) } else { it };
        return findings.into_iter().map(idle).collect();
    }
    let is_there = snapshot.pool(names::ETCD).is_some_and(is_ours);
    if !is_there || !steps.iter().any(|step| step.change.is_write() && is_of_pool(step)) {
        return findings;
    }
    let sources = sources(snapshot, layout);
    let is_upgrading = snapshot.upgrade_under_way().is_some();
    findings
        .into_iter()
        .map(|finding| match (finding.check, finding.severity, &sources) {
            (Check::OperatorDegraded, Severity::Blocker, _)
                if is_degraded_for_the_pool(snapshot, &finding) && helps(snapshot, steps) =>
            {
                cured(finding, "the etcd pool is the cause, and this plan changes the pool")
            }
            (Check::UpgradeInProgress, Severity::Blocker, Sources::Stable(why)) => {
                cured(finding, why)
            }
            (Check::MasterPoolNotUpdated, Severity::Blocker, Sources::Stable(why))
                if is_upgrading =>
            {
                cured(finding, why)
            }
            (Check::MasterPoolNotUpdated, Severity::Blocker, _) if layout == Layout::Inherit => {
                cured(finding, "this plan copies no MachineConfig of the masters")
            }
            (Check::UpgradeInProgress, Severity::Blocker, Sources::Changing) => {
                finding.hint(WAIT_FOR_MASTERS)
            }
            _ => finding,
        })
        .collect()
}

const WAIT_FOR_MASTERS: &str = "`oc etcd status --watch` suggests `oc etcd init` as soon as the masters' \
                                MachineConfigs have the new release";

/// Returns how to roll out what a pause holds back, if that is known. Copies of another release than that of the masters
/// must not be rolled out, and an upgrade that is completed leaves such copies behind, too.
pub(crate) fn resumption(snapshot: &Snapshot, plan: &Plan) -> Option<&'static str> {
    if !may_have_copies(snapshot) {
        Some(RESUME)
    } else if snapshot.is_upgrading() != Field::Known(false)
        && sources(snapshot, Layout::Documented) == Sources::Changing
    {
        Some(WAIT_FOR_MASTERS)
    } else if plan.steps.iter().any(|it| is_of_pool(it) && it.change.may_write()) {
        Some("oc etcd init")
    } else {
        (plan.layout.is_some() && are_current(&plan.steps)).then_some(RESUME)
    }
}

/// Returns the same for a command that does not read the sources of the copies.
pub(super) fn resumption_without_sources(snapshot: &Snapshot) -> &'static str {
    if may_have_copies(snapshot) {
        "`oc etcd status` says when the pool can be resumed"
    } else {
        RESUME
    }
}

/// Returns whether the pool has, or may have, copies of the masters' MachineConfigs.
fn may_have_copies(snapshot: &Snapshot) -> bool {
    pool_policy::existing(snapshot) != Some(Layout::Inherit)
}

/// Returns whether the pool and its MachineConfigs are known to be as wanted.
pub(super) fn are_current(steps: &[Step]) -> bool {
    let is_other =
        |it: &Change| it.may_write() || matches!(it, Change::Unknown | Change::LeftToOwner);
    !steps.iter().any(|step| is_of_pool(step) && is_other(&step.change))
}

fn is_of_pool(step: &Step) -> bool {
    matches!(step.object.kind, Kind::MachineConfig | Kind::MachineConfigPool)
}

fn cured(finding: Finding, why: &str) -> Finding {
    let message = format!("{}; {why}", finding.message);
    Finding { severity: Severity::Warning, message, hint: None, ..finding }
}

/// The state of a plan's sources during an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sources {
    /// The sources do not change any more, for this reason.
    Stable(&'static str),
    /// The sources are not those of the new release yet, or their release is unknown.
    Changing,
}

/// Returns whether an upgrade is changing a layout's sources.
pub(super) fn are_sources_changing(snapshot: &Snapshot, layout: Layout) -> bool {
    snapshot.upgrade_under_way().is_some() && sources(snapshot, layout) == Sources::Changing
}

/// Returns the state of a layout's sources.
fn sources(snapshot: &Snapshot, layout: Layout) -> Sources {
    match layout {
        Layout::Inherit => Sources::Stable("this plan copies nothing that the upgrade changes"),
        Layout::Documented if masters_are_upgraded(snapshot) => {
            Sources::Stable("the masters' MachineConfigs already have the new release")
        }
        Layout::Documented => Sources::Changing,
    }
}

/// Returns whether the masters' MachineConfigs are those of the release that the cluster is to have.
///
/// The operator renders the masters' pool when it has written all templates, from none but its own, and notes
/// its release in the result (MCO `pkg/controller/render`, `pkg/operator` `syncRenderConfig`).
fn masters_are_upgraded(snapshot: &Snapshot) -> bool {
    let desired = snapshot.cluster_version().and_then(|it| it.text("/status/desired/version"));
    let rendered =
        snapshot.rendered_name(names::MASTER).and_then(|name| snapshot.machine_config(name));
    let (Some(desired), Some(rendered)) = (desired, rendered) else { return false };
    let Some(controller) = rendered.annotation(names::GENERATED_BY) else { return false };
    let is_of_controller = |name: &&str| {
        let template = snapshot.machine_config(name);
        template.and_then(|it| it.annotation(names::GENERATED_BY)) == Some(controller)
    };
    rendered.annotation(names::RELEASE_IMAGE_VERSION) == Some(desired)
        && TEMPLATES.iter().all(is_of_controller)
}

/// Returns whether the Machine Config Operator is degraded for no other pool than etcd's: by that pool's own
/// condition, or by the operator's words, and no other pool is degraded.
fn is_degraded_for_the_pool(snapshot: &Snapshot, finding: &Finding) -> bool {
    let is_degraded = |pool: &Object| pool::degradations(pool).any(|it| it.is_certain());
    let others = snapshot.all(Kind::MachineConfigPool).filter(|pool| pool.name() != names::ETCD);
    let is_of_pools = finding.subject == "clusteroperator/machine-config";
    is_of_pools
        && others.into_iter().all(|it| pool::degradations(it).next().is_none())
        && (snapshot.pool(names::ETCD).is_some_and(is_degraded)
            || names_only_the_pool(&finding.message))
}

/// Returns whether a plan may bring the pool out of its state. The label `required-for-upgrade` is all that the operator
/// asks for only where the pool itself is not degraded.
fn helps(snapshot: &Snapshot, steps: &[Step]) -> bool {
    let has_fault =
        snapshot.pool(names::ETCD).is_some_and(|it| pool::degradations(it).next().is_some());
    let mut changes = steps.iter().filter(|it| is_of_pool(it) && it.change.is_write());
    !has_fault || !changes.all(|it| keeps_content(snapshot, it))
}

/// Returns whether the operator's words name the etcd pool and no other pool.
///
/// The words differ between the releases, but the name of a pool always follows `pool` or `MachineConfigPool`, in
/// quotes where the pool is paused (MCO `pkg/operator/sync.go`, `syncRequiredMachineConfigPools`).
fn names_only_the_pool(message: &str) -> bool {
    let words = message.split_whitespace();
    let mut named = words
        .clone()
        .zip(words.skip(1))
        .filter(|(before, _)| ["pool", "MachineConfigPool"].contains(before))
        .map(|(_, name)| name.trim_matches('\''))
        .peekable();
    named.peek().is_some() && named.all(|name| name == names::ETCD)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::derive::pool::RequiredForUpgrade;
    use crate::model::object::ObjectRef;
    use crate::plan::LayoutChoice;
    use crate::plan::init::{self, InitRequest};
    use crate::status::fixtures::{cluster, forbid, initialized};

    fn blockers(plan: &Plan) -> Vec<Check> {
        let is_blocker = |it: &&Finding| it.severity == Severity::Blocker;
        plan.findings.iter().filter(is_blocker).map(|it| it.check).collect()
    }

    #[test]
    fn the_pool_is_named_in_the_words_of_each_release() {
        for (words, only_etcd) in [
            // Up to 4.13.
            (
                "Required MachineConfigPool 'etcd' is paused and can not sync until it is unpaused",
                true,
            ),
            ("error required pool etcd is not ready, retrying. Status: (total: 3, ready 0)", true),
            (
                "error pool etcd is not ready, retrying. Status: (pool degraded: true total: 3)",
                true,
            ),
            (
                "[timed out waiting for the condition, pool etcd has not progressed to latest configuration: \
              controller version mismatch for rendered-etcd-1 expected 2 has 3, retrying]",
                true,
            ),
            // From 4.14 on.
            (
                "error required MachineConfigPool etcd is not ready, retrying. Status: (total: 3)",
                true,
            ),
            (
                "MachineConfigPool etcd has not progressed to latest configuration: configuration status for \
              pool etcd is empty: 0 (ready 0) out of 1 nodes are updating, retrying",
                true,
            ),
            // Another pool, or none.
            ("error required pool master is not ready, retrying", false),
            ("MachineConfigPool etcd is not ready; MachineConfigPool master is not ready", false),
            ("error required pool etcd-site is not ready, retrying", false),
            ("One or more machine config pools are degraded", false),
            ("", false),
        ] {
            assert_eq!(names_only_the_pool(words), only_etcd, "{words}");
        }
    }

    #[test]
    fn a_label_cures_no_pool_that_is_degraded_itself() {
        let told = |status: &str, request: InitRequest| {
            let snapshot = initialized(1);
            let operator = ObjectRef::cluster(Kind::ClusterOperator, "machine-config");
            let degraded = json!({
                "type": "Degraded",
                "status": "True",
                "message": "error required MachineConfigPool etcd is not ready",
            });
            let mut operator = snapshot.get(&operator).unwrap().clone().into_body();
            operator["status"]["conditions"] =
                json!([degraded, {"type": "Available", "status": "True"}]);
            let mut pool = snapshot.pool(names::ETCD).unwrap().clone().into_body();
            pool["status"]["conditions"] = json!([{"type": "Degraded", "status": status}]);
            let changed = [operator, pool].map(|it| Object::from_value(it).unwrap());
            let plan = init::plan(&snapshot.with_objects(changed), &request);
            let of_operator = |it: &&Finding| it.subject == "clusteroperator/machine-config";
            plan.findings.iter().find(of_operator).map(|it| it.severity)
        };
        let no_label = || {
            let mut request = InitRequest::new("1.0.0");
            request.required_for_upgrade = Some(RequiredForUpgrade::No);
            request
        };
        assert_eq!(told("False", no_label()), Some(Severity::Warning));
        assert_eq!(told("True", no_label()), Some(Severity::Blocker));
        // A plan that writes nothing.
        assert_eq!(told("True", InitRequest::new("1.0.0")), Some(Severity::Warning));
    }

    #[test]
    fn an_update_of_the_masters_does_not_block_a_plan_that_copies_nothing_of_them() {
        let blocked = |layout| {
            let mut request = InitRequest::new("1.0.0");
            request.layout = LayoutChoice::Only(layout);
            let before = cluster(&["4.16"]);
            let created = init::plan(&before, &request);
            let mut there = before.with_objects(created.manifests().cloned());
            there.remove(&ObjectRef::cluster(Kind::MachineConfig, "00-etcd-disk"));
            let mut pool = there.pool(names::MASTER).unwrap().clone().into_body();
            pool["status"]["updatedMachineCount"] = 1.into();
            let updated = json!([{"type": "Updated", "status": "False"}]);
            pool["status"]["conditions"] = updated;
            there.insert(Object::from_value(pool).unwrap());
            blockers(&init::plan(&there, &InitRequest::new("1.0.0")))
        };
        assert_eq!(blocked(Layout::Inherit), []);
        assert_eq!(blocked(Layout::Documented), [Check::MasterPoolNotUpdated]);
    }

    #[test]
    fn a_plan_that_writes_nothing_is_not_blocked_by_what_only_writes_need() {
        for (kind, what) in [
            (Kind::Machine, "machines.machine.openshift.io"),
            (Kind::ClusterOperator, "clusteroperators.config.openshift.io"),
        ] {
            let planned = |mut snapshot: Snapshot| {
                forbid(&mut snapshot, kind, what);
                init::plan(&snapshot, &InitRequest::new("1.0.0"))
            };
            let idle = planned(initialized(0));
            assert!(writes_nothing(&idle.steps));
            assert_eq!(blockers(&idle), [], "{what}");
            let is_told = |it: &Finding| it.check == Check::PermissionDenied;
            assert!(idle.findings.iter().any(is_told), "{what}");
            assert!(blockers(&planned(cluster(&["4.16"]))).contains(&Check::PermissionDenied));
        }
    }
}
