//! Reports objects of the etcd pool that exist and are being deleted: a finalizer keeps them for a time, and then they
//! no longer exist.

use super::finding::{Check, Finding};
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::deletion::holders;

/// Reports each MachineConfig of oc-etcd, the pool and the user data, where the object is being deleted.
pub fn of_pool(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    let machine_configs = snapshot.machine_configs_of(names::ETCD).filter(|it| is_ours(it));
    let others = [snapshot.pool(names::ETCD), snapshot.machine_secret(names::ETCD_USER_DATA)];
    machine_configs.chain(others.into_iter().flatten()).filter_map(in_progress)
}

/// Reports an object that is being deleted.
#[must_use]
pub fn in_progress(object: &Object) -> Option<Finding> {
    if !object.is_terminating() {
        return None;
    }
    let holders = holders(object);
    let until = match holders.as_slice() {
        [] => String::new(),
        holders => format!(", and exists until {} is removed", holders.join(" and ")),
    };
    let message = format!("the object is being deleted{until}");
    let hint = format!(
        "to see what delays the deletion: oc get {} -o yaml",
        object.reference().command_line()
    );
    Some(Check::Drifted.blocker(object.reference(), message).hint(hint))
}
