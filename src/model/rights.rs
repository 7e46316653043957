//! What the commands do to a cluster beside reading it, as rights that a user has or lacks.

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::snapshot::Permission;

/// A right, and the commands that need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// `get`, `create`, `patch`, …
    pub verb: &'static str,
    /// On what kind.
    pub kind: Kind,
    /// On which object; `None` for all.
    pub name: Option<&'static str>,
    /// The commands, by their names.
    pub commands: &'static [&'static str],
}

/// The operation that needs a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// To make something.
    Making,
    /// To change the masters: whoever gives etcd machines of its own can do without.
    Masters,
    /// To remove something: whoever only makes things can do without.
    Deleting,
}

impl Need {
    /// Returns the role of `deploy/rbac.yaml` that has the rights, and the commands that the role is for.
    #[must_use]
    pub const fn role(self) -> (&'static str, &'static str) {
        match self {
            Self::Making => ("oc-etcd-operator", "init and add-machine"),
            Self::Masters => ("oc-etcd-disk", "add-disk and remove-disk"),
            Self::Deleting => ("oc-etcd-remover", "remove-machine and teardown"),
        }
    }
}

/// The role of `deploy/rbac.yaml` that reads what `status` and `check` judge, and the commands that the role is for.
pub const VIEWER: (&str, &str) = ("oc-etcd-viewer", "status and check");

const fn right(verb: &'static str, kind: Kind, commands: &'static [&'static str]) -> Right {
    Right { verb, kind, name: None, commands }
}

const ADD_DISK: &str = "add-disk";
const ADD_MACHINE: &str = "add-machine";
const INIT: &str = "init";
/// What `init` does with `--layout` where the pool has another one.
pub const CHANGE_OF_LAYOUT: &str = "a change of the layout";
const MASTERS: &[&str] = &[ADD_DISK, "remove-disk"];
const REMOVALS: &[&str] = &["remove-machine", "teardown"];

/// Every right that a command needs beside those to read at once. A right to read what the first answers name is asked
/// for, since it is not used where the first answers are refused. A right to watch is needed where the command waits.
pub const ALL: &[Right] = &[
    right("get", Kind::MachineConfig, &[INIT, ADD_MACHINE, ADD_DISK, "remove-disk"]),
    right("create", Kind::MachineConfig, &[INIT, ADD_DISK]),
    right("patch", Kind::MachineConfig, &[INIT]),
    right("watch", Kind::MachineConfig, &[INIT]),
    right("get", Kind::MachineConfigPool, &[INIT]),
    right("create", Kind::MachineConfigPool, &[INIT]),
    right("patch", Kind::MachineConfigPool, &[INIT]),
    right("watch", Kind::MachineConfigPool, &[INIT, ADD_DISK, "remove-disk"]),
    right("create", Kind::Secret, &[INIT]),
    right("patch", Kind::Secret, &[INIT]).on(names::ETCD_USER_DATA),
    right("create", Kind::Machine, &[ADD_MACHINE]),
    right("watch", Kind::Machine, &[ADD_MACHINE, ADD_DISK, "remove-disk"]),
    right("watch", Kind::Node, &[ADD_MACHINE, ADD_DISK, "remove-disk"]),
    right("patch", Kind::MachineConfig, &[ADD_DISK]).on(names::MASTERS_DISK),
    right("delete", Kind::MachineConfig, &["remove-disk"]).on(names::MASTERS_DISK),
    right("patch", Kind::ControlPlaneMachineSet, MASTERS).on("cluster"),
    right("watch", Kind::ControlPlaneMachineSet, MASTERS).on("cluster"),
    right("list", Kind::Pod, REMOVALS),
    right("delete", Kind::Machine, REMOVALS),
    right("delete", Kind::MachineConfigPool, &["teardown"]).on(names::ETCD),
    right("delete", Kind::MachineConfig, &["teardown", CHANGE_OF_LAYOUT]),
    right("delete", Kind::Secret, &["teardown"]).on(names::ETCD_USER_DATA),
];

/// Returns the rights that a command, or [`CHANGE_OF_LAYOUT`], needs, whether it waits or not.
pub fn of(command: &str) -> impl Iterator<Item = &'static Right> {
    ALL.iter().filter(move |it| it.commands.contains(&command))
}

/// Returns the namespace in which rights on a kind are needed. Pods of any namespace may run an etcd.
#[must_use]
pub fn namespace_of(kind: Kind) -> Option<&'static str> {
    let is_in_one = kind.resource().is_namespaced && kind != Kind::Pod;
    is_in_one.then_some(names::MACHINE_NAMESPACE)
}

impl Right {
    const fn on(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// Returns the operation that needs the right.
    #[must_use]
    pub fn need(&self) -> Need {
        match self.verb {
            _ if self.commands.iter().all(|it| MASTERS.contains(it)) => Need::Masters,
            _ if self.commands == REMOVALS => Need::Deleting,
            "delete" => Need::Deleting,
            _ => Need::Making,
        }
    }

    /// The namespace in which it is needed.
    #[must_use]
    pub fn namespace(&self) -> Option<&'static str> {
        namespace_of(self.kind)
    }

    /// Returns whether an answer of the API server is about it.
    #[must_use]
    pub fn is_asked_by(&self, permission: &Permission) -> bool {
        (self.verb, self.kind, self.name) == (permission.verb, permission.kind, permission.name)
    }
}
