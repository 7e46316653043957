//! What the commands do to a cluster beside reading it, as rights that a user has or lacks.

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::snapshot::Permission;

/// A right, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// `get`, `create`, `patch`, …
    pub verb: &'static str,
    /// On what kind.
    pub kind: Kind,
    /// On which object; `None` for all.
    pub name: Option<&'static str>,
    /// The need for the right.
    pub need: Need,
}

/// The operation that needs a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// To make something, by the command of that name.
    Making(&'static str),
    /// To change the masters, by these commands: whoever gives etcd machines of its own can do without.
    Masters(&'static str),
    /// To remove something, by these commands: whoever only makes things can do without.
    Deleting(&'static str),
}

const fn right(verb: &'static str, kind: Kind, need: Need) -> Right {
    Right { verb, kind, name: None, need }
}

const MASTERS: Need = Need::Masters("add-disk and remove-disk");
const INIT: Need = Need::Making("init");
const ADD_MACHINE: Need = Need::Making("add-machine");

/// Every right that a command needs beside those to read.
pub const ALL: &[Right] = &[
    right("get", Kind::MachineConfig, INIT),
    right("create", Kind::MachineConfig, INIT),
    right("patch", Kind::MachineConfig, INIT),
    right("watch", Kind::MachineConfig, INIT),
    right("get", Kind::MachineConfigPool, INIT),
    right("create", Kind::MachineConfigPool, INIT),
    right("patch", Kind::MachineConfigPool, INIT),
    right("watch", Kind::MachineConfigPool, INIT),
    right("create", Kind::Secret, INIT),
    right("patch", Kind::Secret, INIT).on(names::ETCD_USER_DATA),
    right("create", Kind::Machine, ADD_MACHINE),
    right("watch", Kind::Machine, ADD_MACHINE),
    right("watch", Kind::Node, ADD_MACHINE),
    right("patch", Kind::MachineConfig, MASTERS).on(names::MASTERS_DISK),
    right("delete", Kind::MachineConfig, MASTERS).on(names::MASTERS_DISK),
    right("patch", Kind::ControlPlaneMachineSet, MASTERS).on("cluster"),
    right("watch", Kind::ControlPlaneMachineSet, MASTERS).on("cluster"),
    right("delete", Kind::Machine, Need::Deleting("remove-machine and teardown")),
    right("delete", Kind::MachineConfigPool, Need::Deleting("teardown")).on(names::ETCD),
    right("delete", Kind::MachineConfig, Need::Deleting("teardown and a change of the layout")),
    right("delete", Kind::Secret, Need::Deleting("teardown")).on(names::ETCD_USER_DATA),
];

impl Right {
    const fn on(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The namespace in which it is needed.
    #[must_use]
    pub fn namespace(&self) -> Option<&'static str> {
        self.kind.resource().is_namespaced.then_some(names::MACHINE_NAMESPACE)
    }

    /// Returns whether an answer of the API server is about it.
    #[must_use]
    pub fn is_asked_by(&self, permission: &Permission) -> bool {
        (self.verb, self.kind, self.name) == (permission.verb, permission.kind, permission.name)
    }
}
