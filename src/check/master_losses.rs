//! Reports what a change of the masters' machines takes away: workloads and their storage in a compact cluster, and the
//! encryption of the root disk.

use super::finding::{Check, Finding};
use crate::ignition;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::PAUSE;
use crate::openshift::etcd_stability;

/// Reports masters that also have the role worker, before they are replaced. The operator replaces the next master as soon
/// as etcd permits, whatever storage has to recover.
#[must_use]
pub fn workloads(snapshot: &Snapshot) -> Option<Finding> {
    let is_worker = |node: &&Object| node.label(names::NODE_ROLE_WORKER).is_some();
    let count = etcd_stability::masters(snapshot).filter(is_worker).count();
    (count > 0).then(|| {
        let message = format!(
            "{count} of the masters also have the role worker: before a master is deleted, its Pods are evicted, and a \
             PodDisruptionBudget can hold the replacement up; data on disks of the machine, such as local volumes of \
             OpenShift Data Foundation or LVM Storage, is deleted with the machine; the operator replaces the next \
             master without waiting for storage to recover"
        );
        let hint = format!("to replace one master, and then wait for storage: {PAUSE}");
        Check::MastersReplaced.warning("workloads", message).hint(hint)
    })
}

/// Reports a MachineConfig that encrypts disks of the masters with LUKS, before etcd gets another disk.
#[must_use]
pub fn encryption(snapshot: &Snapshot) -> Option<Finding> {
    let has_luks = |it: &&Object| {
        let devices = ignition::config(it).and_then(|it| it["storage"]["luks"].as_array());
        devices.is_some_and(|it| !it.is_empty())
    };
    let holder = snapshot.machine_configs_of(names::MASTER).find(has_luks)?;
    let message = "the MachineConfig encrypts disks of the masters with LUKS, and not the disk that etcd gets: the data of \
                   etcd, with all Secrets of the cluster, is encrypted by EBS alone";
    let hint =
        "use add-disk only if the encryption of the volume by EBS is sufficient; see --kms-key";
    Some(Check::MastersReplaced.warning(holder.reference(), message).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    #[test]
    fn masters_that_run_workloads_are_told_before_they_are_replaced() {
        let told = |labels: &[(&str, &str)]| {
            let master = Object::new(ObjectRef::cluster(Kind::Node, "m"))
                .with_labels([(names::NODE_ROLES_OF_CONTROL_PLANE[0], "")])
                .with_labels(labels.iter().copied());
            let cluster = crate::status::fixtures::cluster(&["4.16"]);
            workloads(&cluster.with_objects([master])).map(|it| it.message)
        };
        assert_eq!(told(&[]), None);
        assert!(told(&[(names::NODE_ROLE_WORKER, "")]).unwrap().starts_with("1 of the masters"));
    }

    #[test]
    fn a_disk_that_luks_does_not_encrypt_is_told() {
        let told = |luks: serde_json::Value| {
            let spec = serde_json::json!({"config": {"storage": {"luks": luks}}});
            let config = Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-master-tang"))
                .with_labels([(names::MACHINE_CONFIG_ROLE, names::MASTER)])
                .with("spec", spec);
            encryption(&crate::status::fixtures::cluster(&["4.16"]).with_objects([config]))
                .is_some()
        };
        assert!(told(
            serde_json::json!([{"name": "root", "device": "/dev/disk/by-partlabel/root"}])
        ));
        assert!(!told(serde_json::json!([])));
    }
}
