//! Which objects this program made: those that carry its marks under the name that it gave them.
//!
//! A copy of an object takes labels and annotations along. The name is what a copy cannot keep, so the marks count only
//! under the name that this program derives from the source, or that the object itself holds.

use serde_json::Value;

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;

/// Returns whether we made an object, as far as this is known: nothing is done to an object that others may have made.
#[must_use]
pub fn is_ours(object: &Object) -> bool {
    made_by_us(object) == Some(true)
}

/// Returns whether an object is a MachineConfig of `init`, whatever its label of the role is now.
#[must_use]
pub fn is_of_init(object: &Object) -> bool {
    object.reference().kind == Kind::MachineConfig
        && object.name() != names::MASTERS_DISK
        && is_ours(object)
}

/// Returns whether we made an object: it carries our label, names its source, and has the name that we gave it. `None`
/// for a Machine of an earlier version with a name that a user gave, if the object does not tell who wrote its marks, as
/// in most files: the Machine may be ours, or a copy of one.
#[must_use]
pub fn made_by_us(object: &Object) -> Option<bool> {
    let is_labeled = object.label(names::MANAGED_BY.0) == Some(names::MANAGED_BY.1);
    match object.annotation(names::SOURCE).filter(|_| is_labeled) {
        Some(source) => is_named_by_us(object, source),
        None => Some(false),
    }
}

fn is_named_by_us(object: &Object, source: &str) -> Option<bool> {
    let name = object.name();
    let is_named = match object.reference().kind {
        Kind::MachineConfig => {
            let source = source.strip_prefix("machineconfig/");
            [names::ETCD_DISK, names::ETCD_KUBELET, names::MASTERS_DISK].contains(&name)
                || source.is_some_and(|it| name_of_copy(it) == name)
        }
        Kind::MachineConfigPool => name == names::ETCD,
        Kind::Secret => name == names::ETCD_USER_DATA,
        Kind::Machine => match object.annotation(names::MACHINE_NAME) {
            Some(given) => given == name,
            // A Machine of an earlier version does not hold its name.
            None if is_named_by_default(object) => true,
            None => return is_marked_by_us(object),
        },
        _ => false,
    };
    Some(is_named)
}

/// The name of the copy of a MachineConfig: the word `master` replaced by `etcd`, or `-etcd` appended.
#[must_use]
pub fn name_of_copy(source: &str) -> String {
    let words = |word| if word == names::MASTER { names::ETCD } else { word };
    if source.split('-').any(|word| word == names::MASTER) {
        source.split('-').map(words).collect::<Vec<_>>().join("-")
    } else {
        format!("{source}-{}", names::ETCD)
    }
}

/// The prefix of the names of a cluster's etcd Machines. A number follows.
#[must_use]
pub fn machine_prefix(cluster: &str) -> String {
    format!("{cluster}-{}-", names::ETCD)
}

fn is_named_by_default(machine: &Object) -> bool {
    let cluster = machine.label(names::MACHINE_CLUSTER).filter(|it| !it.is_empty());
    let number = cluster.and_then(|it| machine.name().strip_prefix(&machine_prefix(it)));
    number.is_some_and(|it| !it.is_empty() && it.chars().all(|digit| digit.is_ascii_digit()))
}

/// Returns whether our field manager wrote the mark. `None` without `managedFields`.
fn is_marked_by_us(machine: &Object) -> Option<bool> {
    let mark = format!("f:{}", names::SOURCE);
    let entries = machine.list("/metadata/managedFields");
    let is_ours = |entry: &Value| {
        let annotations = &entry["fieldsV1"]["f:metadata"]["f:annotations"];
        entry["manager"] == names::FIELD_MANAGER && annotations.get(&mark).is_some()
    };
    (!entries.is_empty()).then(|| entries.iter().any(is_ours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::ObjectRef;
    use serde_json::json;

    fn marked(reference: ObjectRef, source: &str) -> Object {
        Object::new(reference)
            .with_labels([names::MANAGED_BY, (names::MACHINE_CLUSTER, "lab-x99n4")])
            .with_annotations([(names::SOURCE, source)])
    }

    #[test]
    fn only_the_whole_word_master_is_renamed() {
        for (name, copy) in [
            ("00-master", "00-etcd"),
            ("01-master-kubelet", "01-etcd-kubelet"),
            ("99-openshift-master-chrony", "99-openshift-etcd-chrony"),
            ("custom-sysctl", "custom-sysctl-etcd"),
            ("99-masters-chrony", "99-masters-chrony-etcd"),
        ] {
            assert_eq!(name_of_copy(name), copy);
        }
    }

    #[test]
    fn an_object_is_ours_under_the_name_that_we_gave_it_and_a_copy_of_it_is_not() {
        let mc = |name: &str| ObjectRef::cluster(Kind::MachineConfig, name);
        let secret =
            |name: &str| ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, name);
        let pool = |name: &str| ObjectRef::cluster(Kind::MachineConfigPool, name);
        for (reference, source, expected) in [
            (mc("00-etcd-disk"), "oc-etcd", true),
            (mc("01-etcd-kubelet"), "oc-etcd", true),
            // As earlier versions created it for a pool that inherits, and as it is in a pool of copies.
            (mc("01-etcd-kubelet"), "machineconfig/01-master-kubelet", true),
            (mc("98-master-etcd-disk"), "oc-etcd", true),
            (mc("99-etcd-ssh"), "machineconfig/99-master-ssh", true),
            (mc("sysctl-etcd"), "machineconfig/sysctl", true),
            (mc("99-etcd-mine"), "oc-etcd", false),
            (mc("99-etcd-ssh-mine"), "machineconfig/99-master-ssh", false),
            (mc("99-master-ssh"), "machineconfig/99-master-ssh", false),
            (pool("etcd"), "machineconfigpool/worker", true),
            (pool("etcd-canary"), "machineconfigpool/worker", false),
            (secret("etcd-user-data"), "secret/master-user-data", true),
            (secret("etcd-user-data-2"), "secret/master-user-data", false),
            (ObjectRef::cluster(Kind::Node, "etcd"), "oc-etcd", false),
        ] {
            assert_eq!(is_ours(&marked(reference.clone(), source)), expected, "{reference}");
        }
        let unlabeled =
            marked(mc("00-etcd-disk"), "oc-etcd").with_labels([(names::MANAGED_BY.0, "x")]);
        assert!(!is_ours(&unlabeled));
        assert!(!is_ours(&Object::new(mc("00-etcd-disk")).with_labels([names::MANAGED_BY])));
    }

    #[test]
    fn a_machine_holds_its_name_and_an_older_one_is_known_by_its_form_or_its_manager() {
        let machine = |name: &str| marked(ObjectRef::machine(name), "machine/lab-x99n4-master-0");
        let named = |name, given| machine(name).with_annotations([(names::MACHINE_NAME, given)]);
        assert!(is_ours(&named("db", "db")));
        assert!(!is_ours(&named("lab-x99n4-etcd-1", "lab-x99n4-etcd-0")));

        assert!(is_ours(&machine("lab-x99n4-etcd-12")));
        for other in ["lab-x99n4-etcd-", "lab-x99n4-etcd-set-x", "mine-etcd-7", "db"] {
            assert!(!is_ours(&machine(other)), "{other}");
        }
        let written_by = |manager: &str| {
            let mark = json!({"f:metadata": {"f:annotations": {"f:oc-etcd/source": {}}}});
            let mut body = machine("db").into_body();
            body["metadata"]["managedFields"] = json!([
                {"manager": manager, "fieldsV1": mark},
                {"manager": "oc-etcd", "fieldsV1": {"f:metadata": {"f:labels": {}}}},
            ]);
            Object::from_value(body).unwrap()
        };
        assert!(is_ours(&written_by("oc-etcd")));
        assert!(!is_ours(&written_by("kubectl-client-side-apply")));
    }
}
