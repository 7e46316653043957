//! Reports MachineConfigs of `init` that another pool gets: somebody changed the label by which pools select them, or the
//! selector of the pool.

use std::collections::BTreeMap;

use kube_core::{Expression, Selector, SelectorExt as _};
use serde_json::Value;

use super::finding::{Check, Finding, Severity};
use super::node_pools::selector;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::ours::is_of_init;
use crate::model::snapshot::Snapshot;
use crate::openshift::pool_status::is_paused;

/// Returns a warning for each MachineConfig of `init` and each other pool that gets it, or is about to get it.
#[must_use]
pub fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    let pools = snapshot.all(Kind::MachineConfigPool);
    pools.flat_map(|pool| ours(snapshot).filter_map(move |it| finding(pool, it))).collect()
}

/// Returns the same as blockers, for a command that would go on building.
pub(crate) fn blockers(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    let found = findings(snapshot).into_iter();
    found.map(|it| Finding { severity: Severity::Blocker, ..it })
}

fn ours(snapshot: &Snapshot) -> impl Iterator<Item = &Object> {
    snapshot.all(Kind::MachineConfig).filter(|it| is_of_init(it))
}

/// Returns whether a pool gets, or is about to get, a MachineConfig of `init` that is not meant for it.
pub(crate) fn gets_any(snapshot: &Snapshot, pool: &Object) -> bool {
    ours(snapshot).any(|it| way_out(pool, it).is_some())
}

fn finding(pool: &Object, machine_config: &Object) -> Option<Finding> {
    let way_out = way_out(pool, machine_config)?;
    let effect = match machine_config.name() {
        names::ETCD_DISK => "a machine without an empty EBS volume stops at its next boot",
        names::ETCD_KUBELET => "a new machine registers as an etcd Node",
        _ => "its machines get this configuration of etcd machines",
    };
    let because = match machine_config.label(names::MACHINE_CONFIG_ROLE) {
        Some(names::ETCD) => String::new(),
        role => {
            let role = role.unwrap_or("not set");
            format!("the label {} is {role}, and ", names::MACHINE_CONFIG_ROLE)
        }
    };
    let message =
        format!("{because}{} gets the object of the etcd pool: {effect}", pool.reference());
    Some(Check::Drifted.warning(machine_config.reference(), message).hint(way_out))
}

/// Returns how a pool loses a MachineConfig of `init` again. `None` for a pool that does not get the MachineConfig, or for
/// which somebody means it: a custom pool that selects what the etcd pool selects, as in a canary rollout.
pub(crate) fn way_out(pool: &Object, machine_config: &Object) -> Option<String> {
    let labels = labels(machine_config);
    let mut as_made = labels.clone();
    as_made.insert(names::MACHINE_CONFIG_ROLE.to_owned(), names::ETCD.to_owned());
    let selector = selector(pool, "/spec/machineConfigSelector");
    let selects = |labels: &BTreeMap<String, String>| matches!(&selector, Field::Known(it) if it.matches(labels));
    let is_meant = pool.name() == names::ETCD || !is_of_openshift(pool) && names_etcd(&selector);
    let sources = pool.list("/spec/configuration/source");
    let gets = selects(&labels) || sources.iter().any(|it| it["name"] == machine_config.name());
    if is_meant || !gets {
        return None;
    }
    let place = pool.reference();
    let pause = |paused: bool| {
        format!("oc patch {place} --type=merge -p '{{\"spec\":{{\"paused\":{paused}}}}}'")
    };
    let first = if is_paused(pool) {
        String::new()
    } else {
        format!("pause this pool at once: {}; then ", pause(true))
    };
    let cure = match (labels == as_made, selects(&labels)) {
        (false, _) => "put the label back: oc etcd init; ".to_owned(),
        (true, true) => {
            format!("take the role etcd out of its machineConfigSelector: oc edit {place}; ")
        }
        (true, false) => String::new(),
    };
    Some(format!(
        "{first}{cure}when the operator has rendered the pool without {}, resume the pool: {}",
        machine_config.name(),
        pause(false)
    ))
}

/// Returns whether a selector asks for the role etcd by its name.
fn names_etcd(selector: &Field<Selector>) -> bool {
    let Field::Known(selector) = selector else { return false };
    selector.clone().into_iter().any(|it| match it {
        Expression::In(key, roles) => {
            key == names::MACHINE_CONFIG_ROLE && roles.contains(names::ETCD)
        }
        Expression::Equal(key, role) => key == names::MACHINE_CONFIG_ROLE && role == names::ETCD,
        _ => false,
    })
}

/// Returns whether a pool is one that every cluster of its topology has.
pub(crate) fn is_of_openshift(pool: &Object) -> bool {
    [names::MASTER, names::WORKER, "arbiter"].contains(&pool.name())
}

/// Returns the labels of an object, as a selector reads them.
pub(crate) fn labels(object: &Object) -> BTreeMap<String, String> {
    let labels = object.get("/metadata/labels").and_then(Value::as_object);
    let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    labels.into_iter().flatten().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::master_pool;
    use crate::model::object::ObjectRef;
    use crate::plan::Plan;
    use crate::plan::add_disk::{self, AddDiskRequest};
    use crate::plan::add_machine::{self, AddMachineRequest};
    use crate::plan::init::{self, InitRequest};
    use crate::status::fixtures::initialized;
    use crate::status::{Status, assess};

    /// The cluster with a MachineConfig of `init` whose label is of this role.
    fn relabeled(name: &str, role: &str) -> Snapshot {
        let snapshot = initialized(2);
        let mut body = snapshot.machine_config(name).unwrap().body().clone();
        body["metadata"]["labels"][names::MACHINE_CONFIG_ROLE] = role.into();
        snapshot.with_objects([Object::from_value(body).unwrap()])
    }

    fn pool(snapshot: &Snapshot, name: &str, fields: &Value) -> Snapshot {
        let like = snapshot.pool(name).or_else(|| snapshot.pool(names::WORKER)).unwrap();
        let mut body = like.body().clone();
        body["metadata"]["name"] = name.into();
        for (key, value) in fields.as_object().unwrap() {
            body["spec"][key] = value.clone();
        }
        snapshot.clone().with_objects([Object::from_value(body).unwrap()])
    }

    fn told(snapshot: &Snapshot) -> Vec<(String, String)> {
        let found = findings(snapshot).into_iter();
        found.map(|it| (it.message, it.hint.unwrap().to_string())).collect()
    }

    #[test]
    fn a_pool_that_gets_the_disk_of_etcd_is_named_with_what_happens_and_the_way_out() {
        for role in ["worker", "master"] {
            let there = relabeled(names::ETCD_DISK, role);
            let (message, hint) = told(&there).remove(0);
            assert!(message.starts_with(&format!(
                "the label machineconfiguration.openshift.io/role is {role}, and machineconfigpool/{role} gets"
            )));
            assert!(message.ends_with("stops at its next boot"), "{message}");
            let commands: Vec<&str> = hint.split(": ").skip(1).collect();
            let patch = format!(
                "oc patch machineconfigpool/{role} --type=merge -p '{{\"spec\":{{\"paused\":"
            );
            assert!(commands[0].starts_with(&format!("{patch}true")), "{hint}");
            assert!(commands[1].starts_with("oc etcd init; "), "{hint}");
            assert!(commands[2].starts_with(&format!("{patch}false")), "{hint}");
            // A pause is not advised again.
            let paused = pool(&there, role, &json!({"paused": true}));
            assert!(told(&paused)[0].1.starts_with("put the label back: oc etcd init"), "{hint}");
        }
        let kubelet = relabeled(names::ETCD_KUBELET, "worker");
        assert!(told(&kubelet)[0].0.ends_with("a new machine registers as an etcd Node"));
    }

    #[test]
    fn a_pool_that_is_meant_to_have_what_the_etcd_pool_has_is_not_told() {
        assert_eq!(told(&initialized(2)), []);
        let selector = |roles: &[&str]| {
            let expression =
                json!({"key": names::MACHINE_CONFIG_ROLE, "operator": "In", "values": roles});
            json!({"machineConfigSelector": {"matchExpressions": [expression]}})
        };
        let canary = pool(&initialized(2), "etcd-canary", &selector(&["etcd", "worker"]));
        assert_eq!(told(&canary), []);
        let any_other = json!({"machineConfigSelector": {"matchExpressions": [
            {"key": names::MACHINE_CONFIG_ROLE, "operator": "NotIn", "values": ["master"]}]}});
        assert!(!told(&pool(&initialized(2), "infra", &any_other)).is_empty());
        let infra = selector(&["infra", "worker"]);
        let there = pool(&relabeled(names::ETCD_DISK, "worker"), "infra", &infra);
        let pools = told(&there);
        assert_eq!(pools.len(), 2, "{pools:?}");
        // The operator has not rendered the pool without the object yet.
        let mut late = infra;
        late["configuration"] = json!({"source": [{"name": names::ETCD_DISK}]});
        let (_, hint) = told(&pool(&initialized(2), "infra", &late)).remove(0);
        assert!(!hint.contains("oc etcd init") && !hint.contains("oc edit"), "{hint}");
        // The label is right, and the selector is wrong.
        let wide = pool(&initialized(2), names::WORKER, &selector(&["worker", "etcd"]));
        let (message, hint) = told(&wide).remove(0);
        assert!(message.starts_with("machineconfigpool/worker gets"), "{message}");
        assert!(hint.contains("oc edit machineconfigpool/worker; "), "{hint}");
        // The disk of the masters belongs to the masters.
        let disk = Object::new(ObjectRef::cluster(Kind::MachineConfig, names::MASTERS_DISK))
            .with_labels([names::MANAGED_BY, (names::MACHINE_CONFIG_ROLE, names::MASTER)])
            .with_annotations([(names::SOURCE, names::FIELD_MANAGER)]);
        assert_eq!(told(&initialized(2).with_objects([disk])), []);
    }

    /// `oc label` makes its user the owner of the label.
    #[test]
    fn the_way_out_overwrites_a_label_that_init_would_not_overwrite() {
        let mut there = relabeled(names::ETCD_DISK, "worker");
        let mut disk = there.machine_config(names::ETCD_DISK).unwrap().body().clone();
        let labels = json!({"f:machineconfiguration.openshift.io/role": {}});
        disk["metadata"]["managedFields"] = json!([{
            "manager": "kubectl-label", "operation": "Update", "apiVersion": "machineconfiguration.openshift.io/v1",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": {"f:labels": labels}},
        }]);
        there.insert(Object::from_value(disk).unwrap());
        let plan = init::plan(&there, &InitRequest::new("1.0.0"));
        assert!(plan.is_blocked());
        for findings in [plan.findings, assess(&there, "1.0.0").findings] {
            let mut hints = findings.iter().filter_map(|it| it.hint.as_deref());
            let is_it =
                |it: &str| it.contains("put the label back: oc etcd init --force-conflicts;");
            assert!(hints.any(is_it), "{findings:#?}");
        }
    }

    #[test]
    fn no_command_takes_the_object_for_an_admins_or_goes_on_building() {
        let init = |it: &Snapshot| init::plan(it, &InitRequest::new("1.0.0"));
        let (before, clean) = (init(&initialized(2)), assess(&initialized(2), "1.0.0"));
        for role in ["worker", "master"] {
            let there = relabeled(names::ETCD_DISK, role);
            let of = |it: &[Finding]| {
                let is_it = |it: &&Finding| it.subject == "machineconfig/00-etcd-disk";
                it.iter().filter(is_it).cloned().collect::<Vec<_>>()
            };
            let plan = init(&there);
            assert_eq!(of(&plan.findings), findings(&there), "{role}");
            let steps = |it: &Plan| it.steps.iter().map(|it| it.object.clone()).collect::<Vec<_>>();
            assert_eq!(steps(&plan), steps(&before), "{role}");
            let Status { findings: found, .. } = assess(&there, "1.0.0");
            assert_eq!(of(&found), findings(&there), "{role}");
            let others = |it: &[Finding]| {
                let is_other = |it: &&Finding| it.check == Check::SourceUnexpected;
                it.iter().filter(is_other).count()
            };
            assert_eq!(others(&found), others(&clean.findings), "{role}");
            let request = AddMachineRequest::new(vec!["us-east-1a".to_owned()], "1.0.0");
            assert!(of(&add_machine::plan(&there, &request).findings).len() == 1, "{role}");
            assert!(add_machine::plan(&there, &request).is_blocked(), "{role}");
        }
        let there = relabeled(names::ETCD_DISK, names::MASTER);
        let plan = add_disk::plan(&there, &AddDiskRequest::new("1.0.0")).plan;
        assert!(plan.findings.iter().any(|it| it.subject == "machineconfig/00-etcd-disk"));
    }

    #[test]
    fn a_paused_pool_is_not_resumed_with_what_stops_its_machines() {
        let resumes = |snapshot: &Snapshot| {
            let mut pool = snapshot.pool(names::MASTER).unwrap().clone().into_body();
            pool["spec"]["paused"] = true.into();
            let paused = snapshot.clone().with_objects([Object::from_value(pool).unwrap()]);
            master_pool::paused(&paused, false).unwrap().hint.is_some()
        };
        assert!(resumes(&initialized(2)));
        assert!(!resumes(&relabeled(names::ETCD_DISK, names::MASTER)));
    }
}
