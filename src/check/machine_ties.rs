//! Reports what still ties an etcd Machine to the masters: a Machine that was made by hand from the Machine of a master
//! can have its owner, its label and its hook.

use serde_json::Value;

use super::etcd_member;
use super::finding::{Check, Finding};
use super::machine_user_data::UserData;
use super::mixed_roles;
use crate::model::field::Unknown;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::deletion::{HOOK_OF_ETCD, HOOKS, OWNER_OF_HOOK, is_hook_of_etcd};
use crate::openshift::host::Host;

/// The state of an etcd Machine that is being deleted and has a hook of etcd's operator.
pub const HELD_FOR_GOOD: &str = "the deletion waits for a hook of etcd's operator, which removes the hook only from Machines \
                                 of masters: nobody removes this hook";

const OWNERS: &str = "/metadata/ownerReferences";

/// Reports the ties of each etcd Machine that is not being deleted.
#[must_use]
pub fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    let machines = snapshot.machines_of(names::ETCD).filter(|it| !it.is_terminating());
    machines.flat_map(|it| of_machine(snapshot, it)).collect()
}

fn of_machine(snapshot: &Snapshot, machine: &Object) -> Vec<Finding> {
    let warning = |message: &str| Check::MachineDiffers.warning(machine.reference(), message);
    let owned = is_owned(machine).then(|| {
        let message = "the ControlPlaneMachineSet owns the Machine: if the ControlPlaneMachineSet is deleted, garbage \
                       collection deletes the Machine too, with the disk of etcd";
        warning(message).hint(way_out(snapshot, machine))
    });
    let unknown = machine.get(OWNERS).filter(|it| !it.is_null() && !it.is_array()).map(|it| {
        let message = format!(
            "it is unknown whether the ControlPlaneMachineSet owns the Machine: ownerReferences is {}",
            Unknown::of(it)
        );
        Check::MachineDiffers.unknown(machine.reference(), message).at_most(super::Severity::Note)
    });
    let typed = machine.label(names::MACHINE_TYPE).filter(|it| is_master(it)).map(|it| {
        let message =
            format!("the Machine has the role etcd and the label {}={it}", names::MACHINE_TYPE);
        warning(&message).hint(way_out(snapshot, machine))
    });
    let hooked = way_off_hook(snapshot, machine).map(|hint| {
        let message = "the Machine has a hook of etcd's operator, which removes the hook only from Machines of masters: \
                       the deletion of the Machine would not complete";
        warning(message).hint(hint)
    });
    owned.into_iter().chain(unknown).chain(typed).chain(hooked).collect()
}

/// Returns whether a label of a Machine has the role of a machine of the control plane.
#[must_use]
pub fn is_master(label: &str) -> bool {
    matches!(label, "master" | "control-plane" | "arbiter")
}

/// Returns whether the ControlPlaneMachineSet owns a Machine.
#[must_use]
pub fn is_owned(machine: &Object) -> bool {
    machine.list(OWNERS).iter().any(is_of_set)
}

fn is_of_set(owner: &Value) -> bool {
    owner["kind"] == "ControlPlaneMachineSet"
}

/// Returns what takes the ties to the masters from an etcd Machine. From a Machine of a master, it is the role etcd that
/// is taken.
#[must_use]
pub fn way_out(snapshot: &Snapshot, machine: &Object) -> String {
    let place = machine.reference().command_line();
    let has_role = machine.label(names::MACHINE_ROLE) == Some(names::ETCD);
    match UserData::of(snapshot, machine) {
        UserData::Etcd if !has_role => mixed_roles::relabel(machine),
        UserData::Etcd => {
            let typed = machine.label(names::MACHINE_TYPE).filter(|it| is_master(it));
            let typed = typed.map(|_| {
                format!("oc label {place} {}={} --overwrite", names::MACHINE_TYPE, names::ETCD)
            });
            let commands: Vec<String> = typed.into_iter().chain(disown(machine)).collect();
            if commands.is_empty() { look(&place) } else { commands.join(" && ") }
        }
        UserData::Other(_) if has_role => format!(
            "if the Machine belongs to a master, give the Machine its role again: oc label {place} {}={} --overwrite",
            names::MACHINE_ROLE,
            names::MASTER
        ),
        UserData::Other(_) => format!(
            "to see the etcd machines: oc get machines.machine.openshift.io -n {} -l {}={}",
            names::MACHINE_NAMESPACE,
            names::MACHINE_ROLE,
            names::ETCD
        ),
        UserData::Unread(_) | UserData::Unknown(_) => look(&place),
    }
}

fn look(place: &str) -> String {
    format!("find out the role of the Machine by its user data: oc get {place} -o yaml")
}

/// Returns the command that removes the ControlPlaneMachineSet from the owners of a Machine.
fn disown(machine: &Object) -> Option<String> {
    let number = machine.list(OWNERS).iter().position(is_of_set)?;
    Some(without(machine, &format!("{OWNERS}/{number}"), "kind", "ControlPlaneMachineSet"))
}

/// Returns what to do about the hook of etcd's operator on a Machine, if the Machine has one. The hook may keep a member:
/// unless it is known that no member runs there, the advice is the command that looks for one.
#[must_use]
pub fn way_off_hook(snapshot: &Snapshot, machine: &Object) -> Option<String> {
    let unhook = unhook(machine)?;
    let look = || format!("oc etcd remove-machine {} --dry-run=client", machine.name());
    Some(if is_free_beside_hook(snapshot, machine) { unhook } else { look() })
}

/// Returns the command that removes the hook of etcd's operator from a Machine, if the Machine has one.
#[must_use]
pub fn unhook(machine: &Object) -> Option<String> {
    HOOKS.iter().find_map(|list| {
        let hooks = machine.list(list);
        let number = hooks.iter().position(is_hook_of_etcd)?;
        let key = if hooks[number]["name"] == HOOK_OF_ETCD { "name" } else { "owner" };
        let value = if key == "name" { HOOK_OF_ETCD } else { OWNER_OF_HOOK };
        Some(without(machine, &format!("{list}/{number}"), key, value))
    })
}

/// Returns the command that removes an entry of a list, provided that the entry still has this value.
fn without(machine: &Object, pointer: &str, key: &str, value: &str) -> String {
    let test = format!(r#"{{"op":"test","path":"{pointer}/{key}","value":"{value}"}}"#);
    let remove = format!(r#"{{"op":"remove","path":"{pointer}"}}"#);
    format!("oc patch {} --type=json -p '[{test},{remove}]'", machine.reference().command_line())
}

/// Returns whether it is known that no member runs on a Machine, whatever the Machine's hooks are.
#[must_use]
pub fn is_free_beside_hook(snapshot: &Snapshot, machine: &Object) -> bool {
    let host = Host::of_machine(snapshot, machine);
    members_beside_hook(snapshot, machine).is_empty() && etcd_member::holds_pods_of(snapshot, &host)
}

/// Returns the blockers about a member on a Machine, whatever the Machine's hooks are.
#[must_use]
pub fn members_beside_hook(snapshot: &Snapshot, machine: &Object) -> Vec<Finding> {
    let mut found = etcd_member::beside_hook(snapshot, &Host::of_machine(snapshot, machine));
    found.retain(|it| it.severity == super::Severity::Blocker);
    found
}
