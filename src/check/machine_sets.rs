//! Reports MachineSets of etcd machines whose next machine would not be an etcd machine. oc-etcd creates no MachineSet: an
//! administrator did.

use super::etcd_machines::Differences;
use super::finding::{Check, Finding};
use super::machine_user_data::UserData;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::release::Release;
use crate::model::snapshot::Snapshot;

/// Reports each MachineSet of etcd machines by its template.
#[must_use]
pub fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    let sets = snapshot.all(Kind::MachineSet).filter(|it| !it.is_terminating());
    sets.flat_map(|it| of_set(snapshot, it)).collect()
}

fn of_set(snapshot: &Snapshot, set: &Object) -> Vec<Finding> {
    let machine = next_machine(set);
    let user_data = UserData::of(snapshot, &machine);
    let is_labeled = machine.label(names::MACHINE_ROLE) == Some(names::ETCD);
    let reference = set.reference();
    if !is_labeled && user_data != UserData::Etcd {
        return Vec::new();
    }
    let found = Differences::of(snapshot, &machine).findings(reference);
    let edit = format!("oc edit {}", reference.command_line());
    let of_template = |it: Finding| match it.check {
        Check::MachineDiffers => {
            let message = format!("each new Machine of the MachineSet differs: {}", it.message);
            Finding { message, ..it }.hint(edit.clone())
        }
        _ => it,
    };
    let mut found: Vec<Finding> = found.into_iter().map(of_template).collect();
    if !is_labeled {
        let message = format!(
            "the template has the user data of etcd machines and not the label {}={}: the commands of oc-etcd do not take \
             the Machines of the MachineSet for etcd machines",
            names::MACHINE_ROLE,
            names::ETCD
        );
        found.push(Check::MachineDiffers.warning(reference, message).hint(edit));
    }
    if user_data == UserData::Etcd && snapshot.release().is_some_and(may_rewrite_user_data) {
        let message = "if the Machine Config Operator manages the boot image of the MachineSet, the operator replaces the \
                       user data of the template with that of workers: each new Machine then becomes a worker";
        let hint = "oc get machineconfiguration.operator.openshift.io/cluster -o \
                    jsonpath='{.spec.managedBootImages}'; the MachineSet must not be selected there";
        found.push(Check::MachineDiffers.note(reference, message).hint(hint));
    }
    found
}

/// Returns the Machine that a MachineSet would create next.
fn next_machine(set: &Object) -> Object {
    let template = set.get("/spec/template").cloned().unwrap_or_default();
    let mut body = Object::new(ObjectRef::machine(set.name())).into_body();
    body["metadata"]["labels"] = template["metadata"]["labels"].clone();
    body["spec"] = template["spec"].clone();
    Object::from_value(body).unwrap_or_else(|_| Object::new(ObjectRef::machine(set.name())))
}

/// Returns whether the Machine Config Operator sets the user data of MachineSets on AWS whose boot image it manages
/// (machine-config-operator release-4.17 and release-4.18, `machine-set-boot-image/platform_helpers.go`,
/// `reconcileAWS`).
fn may_rewrite_user_data(release: Release) -> bool {
    (Release::minor(17)..Release::minor(19)).contains(&release)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::check::Severity;
    use crate::status::fixtures::{initialized, machine};

    /// A MachineSet whose template is an etcd Machine with a change.
    fn set(change: impl Fn(&mut Value)) -> Object {
        let mut template =
            machine("m", "us-east-1a", "2024-08-21T11:59:00Z", json!({})).into_body();
        change(&mut template);
        let spec = json!({"replicas": 1, "template": {
            "metadata": {"labels": template["metadata"]["labels"]}, "spec": template["spec"],
        }});
        Object::new(ObjectRef::namespaced(Kind::MachineSet, names::MACHINE_NAMESPACE, "s"))
            .with("spec", spec)
    }

    fn found(change: impl Fn(&mut Value)) -> Vec<(Severity, Check)> {
        let found = findings(&initialized(1).with_objects([set(change)]));
        let is_hinted = |it: &Finding| it.hint.is_some() || it.check == Check::Unreadable;
        assert!(found.iter().all(|it| it.subject == "machineset/s" && is_hinted(it)));
        found.iter().map(|it| (it.severity, it.check)).collect()
    }

    #[test]
    fn the_next_machine_of_a_set_is_judged_as_an_etcd_machine() {
        let spec = |it: &mut Value, change: &dyn Fn(&mut Value)| {
            change(&mut it["spec"]["providerSpec"]["value"]);
        };
        let user_data = |name: &'static str| {
            move |it: &mut Value| {
                it["spec"]["providerSpec"]["value"]["userDataSecret"]["name"] = name.into();
            }
        };
        let role = |it: &mut Value| it["metadata"]["labels"][names::MACHINE_ROLE] = "worker".into();
        let differs = [(Severity::Warning, Check::MachineDiffers)];
        assert_eq!(found(|_| ()), []);
        assert_eq!(found(user_data("worker-user-data-managed")), differs);
        assert_eq!(found(role), differs);
        assert_eq!(found(|it| spec(it, &|it| it["blockDevices"] = json!([]))), differs);
        let withheld = |it: &mut Value| spec(it, &|it| *it = json!({"_REDACTED": "x"}));
        assert_eq!(found(withheld), [(Severity::Warning, Check::Unreadable)]);
        // A MachineSet of workers is nobody's business.
        let workers = |it: &mut Value| {
            role(it);
            user_data("worker-user-data")(it);
        };
        assert_eq!(found(workers), []);
    }

    #[test]
    fn a_release_that_gives_machine_sets_the_user_data_of_workers_is_told() {
        for (release, expected) in [("4.16", 0), ("4.17", 1), ("4.18", 1), ("4.19", 0)] {
            let cluster = initialized(1);
            let mut version = cluster.cluster_version().unwrap().clone().into_body();
            version["status"]["history"][0]["version"] = format!("{release}.3").into();
            let version = Object::from_value(version).unwrap();
            let found = findings(&cluster.with_objects([version, set(|_| ())]));
            let notes = found.iter().filter(|it| it.severity == Severity::Note).count();
            assert_eq!(notes, expected, "{release}");
        }
    }
}
