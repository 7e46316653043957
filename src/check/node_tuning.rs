//! Reports that the Node Tuning Operator and a pool of the layout *inherit* get in each other's way.
//!
//! The operator writes a MachineConfig with kernel arguments for the pool that selects the `machineConfigLabels` of a
//! profile: a Tuned names them, and a `PerformanceProfile` makes a Tuned with the labels of its Nodes' pool. The object has
//! the name of the pool. Where the labels are those of the workers' MachineConfigs, the etcd pool is a second pool with
//! these labels. Up to 4.13 the operator renames its object then. From 4.14 on it deletes each of its objects that does
//! not have the name of the first of the pools in alphabetical order, and writes none in its place, so that the workers
//! lose the kernel arguments; from 4.21 on the operator is degraded as well, and no upgrade completes
//! (cluster-node-tuning-operator `pkg/operator/controller.go`, `pruneMachineConfigs` and `syncMachineConfig`;
//! `pkg/operator/mc.go`, `GetMachineConfigNameForPools`; `pkg/operator/status.go`).

use std::collections::BTreeMap;

use kube_core::SelectorExt as _;

use super::finding::{Check, Finding, Severity};
use super::node_pools::selector;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::Object;
use crate::model::release::Release;
use crate::model::snapshot::Snapshot;

/// The name of the operator.
pub const OPERATOR: &str = "node-tuning";
/// The annotation of the MachineConfigs that the operator writes.
const GENERATED: &str = "tuned.openshift.io/generated-by-controller-version";
/// The beginning of their names; the name of the pool follows.
const WRITTEN: &str = "50-nto-";
/// The reason of the operator's condition `Degraded`.
const SEVERAL_POOLS: &str = "MCLabelsAcrossMCPs";

/// A profile that selects Nodes by their labels alone sets no kernel arguments (`getMachineConfigNamesForTuned`).
const HINT: &str = "give the workers with this profile a pool of their own, and let the Tuned (machineConfigLabels) or \
                    the PerformanceProfile (machineConfigLabel, nodeSelector) name the role of this pool: oc get \
                    tuneds -n openshift-cluster-node-tuning-operator; oc get performanceprofiles";

/// Reports MachineConfigs that the operator writes for the workers, and the operator where it is degraded because of two
/// pools.
#[must_use]
pub fn findings(snapshot: &Snapshot, layout: Layout) -> Vec<Finding> {
    if layout != Layout::Inherit {
        return Vec::new();
    }
    degraded(snapshot).or_else(|| of_workers(snapshot)).into_iter().collect()
}

fn degraded(snapshot: &Snapshot) -> Option<Finding> {
    let operator = snapshot.cluster(Kind::ClusterOperator, OPERATOR)?;
    let has_pool = snapshot.pool(names::ETCD).is_some();
    let is_so = operator.condition_state("Degraded") == Field::Known(true)
        && operator.condition("Degraded").is_some_and(|it| it.reason == SEVERAL_POOLS);
    let message = "the operator is degraded, because several pools select the MachineConfigs of one Tuned or \
                   PerformanceProfile, among them etcd: upgrades of the cluster do not complete";
    let finding = Check::NodeTuningConflict.warning(operator.reference(), message).hint(HINT);
    (has_pool && is_so).then_some(finding)
}

fn of_workers(snapshot: &Snapshot) -> Option<Finding> {
    let written =
        |it: &&Object| it.annotation(GENERATED).is_some() || it.name().starts_with(WRITTEN);
    // The MachineConfig of a PerformanceProfile shows that there is a profile, and is written by another controller.
    let of_profile = |it: &&Object| it.name().starts_with("50-performance-");
    let of_workers = || snapshot.machine_configs_of(names::WORKER);
    let found = of_workers().find(written).or_else(|| of_workers().find(of_profile))?;
    let release = snapshot.release();
    let is_from = |minor| release.is_none_or(|it| it >= Release::minor(minor));
    let others = other_pools(snapshot);
    let pools = others.iter().copied().chain([names::ETCD, names::WORKER]);
    // The name of the object that the operator keeps, once there is the etcd pool.
    let kept = pools.min().map(|first| format!("{WRITTEN}{first}"));
    let deletes = written(&found) && kept.as_deref() != Some(found.name());
    let effect = match (is_from(14), deletes) {
        (true, true) => {
            "the Node Tuning Operator deletes the object and creates no other one, and the workers lose these kernel \
             arguments at a reboot"
        }
        (true, false) => {
            "the Node Tuning Operator no longer updates the kernel arguments of this profile"
        }
        (false, _) => {
            "the Node Tuning Operator renames its object after the etcd pool, and from 4.14 on no longer updates the \
             object"
        }
    };
    let degraded = if is_from(21) { "" } else { "from 4.21 on " };
    let message = format!(
        "with the etcd pool, several pools select this object: {effect}; {degraded}the operator is degraded, so upgrades \
         of the cluster do not complete"
    );
    let is_new = snapshot.pool(names::ETCD).is_none();
    let worst = if is_new && is_from(14) && deletes || is_new && is_from(21) && others.is_empty() {
        Severity::Blocker
    } else if !deletes && !others.is_empty() {
        // Another pool has the same effect already.
        Severity::Note
    } else {
        Severity::Warning
    };
    let finding = Check::NodeTuningConflict.blocker(found.reference(), message).at_most(worst);
    Some(finding.hint(HINT))
}

/// Returns the names of the pools beside worker and etcd that select the MachineConfigs of the workers.
fn other_pools(snapshot: &Snapshot) -> Vec<&str> {
    let labels =
        BTreeMap::from([(names::MACHINE_CONFIG_ROLE.to_owned(), names::WORKER.to_owned())]);
    let others = snapshot.all(Kind::MachineConfigPool);
    let others = others.filter(|it| ![names::ETCD, names::WORKER].contains(&it.name()));
    let selecting = others.filter(|it| {
        matches!(selector(it, "/spec/machineConfigSelector"), Field::Known(it) if it.matches(&labels))
    });
    selecting.map(Object::name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::object::ObjectRef;

    fn pool(name: &str, roles: &[&str]) -> Object {
        let expression =
            json!({"key": names::MACHINE_CONFIG_ROLE, "operator": "In", "values": roles});
        Object::new(ObjectRef::cluster(Kind::MachineConfigPool, name))
            .with("spec", json!({"machineConfigSelector": {"matchExpressions": [expression]}}))
    }

    fn tuned(name: &str, role: &str) -> Object {
        Object::new(ObjectRef::cluster(Kind::MachineConfig, name))
            .with_labels([(names::MACHINE_CONFIG_ROLE, role)])
    }

    fn operator(reason: &str) -> Object {
        let condition = json!({"type": "Degraded", "status": "True", "reason": reason});
        Object::new(ObjectRef::cluster(Kind::ClusterOperator, OPERATOR))
            .with("status", json!({"conditions": [condition]}))
    }

    fn judged(version: &str, objects: Vec<Object>, layout: Layout) -> Option<(Severity, String)> {
        let history = json!([{"state": "Completed", "version": version}]);
        let version = Object::new(ObjectRef::cluster(Kind::ClusterVersion, "version"))
            .with("status", json!({"desired": {"version": version}, "history": history}));
        let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH)
            .with_objects(objects.into_iter().chain([version]));
        let found = findings(&snapshot, layout);
        found.into_iter().next().map(|it| (it.severity, it.subject))
    }

    #[test]
    fn a_profile_of_the_workers_is_told_before_the_pool_is_the_second_one() {
        let of = |severity, name: &str| Some((severity, format!("machineconfig/{name}")));
        let nto = "50-nto-worker";
        let worker = pool("worker", &["worker"]);
        let alone = || vec![worker.clone(), tuned(nto, "worker")];
        let with = |other| alone().into_iter().chain([other]).collect::<Vec<_>>();
        let inherit = Layout::Inherit;
        assert_eq!(judged("4.21.3", alone(), inherit), of(Severity::Blocker, nto));
        assert_eq!(judged("4.20.3", alone(), inherit), of(Severity::Blocker, nto));
        assert_eq!(judged("4.14.3", alone(), inherit), of(Severity::Blocker, nto));
        assert_eq!(judged("4.13.3", alone(), inherit), of(Severity::Warning, nto));
        assert_eq!(judged("4.16.3", alone(), Layout::Documented), None);
        let etcd = pool("etcd", &["worker", "etcd"]);
        assert_eq!(judged("4.21.3", with(etcd), inherit), of(Severity::Warning, nto));
        // The object has the name of the first pool: another pool has the same effect only if its name is before etcd.
        for (name, severity) in [("infra", Severity::Blocker), ("cnf", Severity::Note)] {
            let written = format!("{WRITTEN}{name}");
            let objects =
                || vec![worker.clone(), pool(name, &["worker", name]), tuned(&written, "worker")];
            assert_eq!(judged("4.18.3", objects(), inherit), of(severity, &written));
            assert_eq!(judged("4.21.3", objects(), inherit), of(severity, &written));
        }
        let performance = vec![tuned("50-performance-fast", "worker")];
        assert_eq!(
            judged("4.21.3", performance, inherit),
            of(Severity::Blocker, "50-performance-fast")
        );
        let performance = vec![tuned("50-performance-fast", "worker"), tuned(nto, "worker")];
        assert_eq!(judged("4.18.3", performance, inherit), of(Severity::Blocker, nto));
        let annotated = tuned("51-tuned", "worker").with_annotations([(GENERATED, "v4.21.0")]);
        assert_eq!(judged("4.21.3", vec![annotated], inherit), of(Severity::Blocker, "51-tuned"));
        for harmless in [tuned("50-nto-cnf", "worker-cnf"), tuned("99-worker-ssh", "worker")] {
            assert_eq!(judged("4.21.3", vec![harmless], inherit), None);
        }
    }

    #[test]
    fn an_operator_that_is_degraded_because_of_the_pool_is_told() {
        let etcd = pool("etcd", &["worker", "etcd"]);
        let told = Some((Severity::Warning, "clusteroperator/node-tuning".to_owned()));
        let judged = |objects| judged("4.22.1", objects, Layout::Inherit);
        assert_eq!(judged(vec![etcd.clone(), operator(SEVERAL_POOLS)]), told);
        assert_eq!(judged(vec![etcd, operator("ProfileConflict")]), None);
        assert_eq!(judged(vec![operator(SEVERAL_POOLS)]), None);
    }
}
