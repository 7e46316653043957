//! The machines beside the masters on which a member of etcd may run: each Machine with its Node, and each of both alone.

use std::collections::BTreeSet;

use crate::model::field::{Field, Masking, masking};
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;

/// A machine, by its Machine, its Node, or both.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// The object that the machine is named by: its Machine, or its Node if no Machine is known.
    object: &'a Object,
    /// The Node.
    node: Option<&'a Object>,
}

impl<'a> Host<'a> {
    /// Returns the machine of a Machine.
    #[must_use]
    pub fn of_machine(snapshot: &'a Snapshot, machine: &'a Object) -> Self {
        Self { object: machine, node: snapshot.node_of(machine) }
    }

    /// Returns the machine of a Node whose Machine does not exist, or has another role.
    #[must_use]
    pub const fn of_node(node: &'a Object) -> Self {
        Self { object: node, node: Some(node) }
    }

    /// Returns the machines of the role etcd.
    #[must_use]
    pub fn all(snapshot: &'a Snapshot) -> Vec<Self> {
        let machines = snapshot.machines_of(names::ETCD);
        let mut all: Vec<Self> = machines.map(|it| Self::of_machine(snapshot, it)).collect();
        let of_machines: BTreeSet<&str> =
            all.iter().filter_map(|it| Some(it.node?.name())).collect();
        let others = snapshot.etcd_nodes().filter(|it| !of_machines.contains(it.name()));
        all.extend(others.map(Self::of_node));
        all
    }

    /// Returns the Machine, or the Node if no Machine is known.
    #[must_use]
    pub const fn object(&self) -> &'a Object {
        self.object
    }

    /// Returns the name of the Machine, or of the Node if no Machine is known.
    #[must_use]
    pub const fn reference(&self) -> &'a ObjectRef {
        self.object.reference()
    }

    /// Returns the Machine, if one is known.
    #[must_use]
    pub fn machine(&self) -> Option<&'a Object> {
        self.node.is_none_or(|it| it.reference() != self.reference()).then_some(self.object)
    }

    /// Returns the Node, if it exists.
    #[must_use]
    pub const fn node(&self) -> Option<&'a Object> {
        self.node
    }

    /// Returns the Machine and the Node, as far as they are known.
    pub fn objects(&self) -> impl Iterator<Item = &'a Object> + use<'a> {
        self.machine().into_iter().chain(self.node)
    }

    /// Returns the names under which Pods may run on the machine: of its Node, of the Node that its Machine names, and the
    /// names with which AWS makes a kubelet register.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&'a str> {
        let named = self.machine().and_then(|it| it.text("/status/nodeRef/name"));
        let addresses = self.machine().into_iter().flat_map(|it| it.list("/status/addresses"));
        let of_instance = addresses
            .filter(|it| it["type"] == "InternalDNS")
            .filter_map(|it| it["address"].as_str())
            .filter(|it| masking(it) == Masking::None);
        self.node.map(Object::name).into_iter().chain(named).chain(of_instance).collect()
    }

    /// Returns whether the machine had a Node that does not exist any more, while its instance may exist. The kubelet and the
    /// static Pods go on running then, and nobody reports the Pods (kubernetes `pkg/kubelet/kubelet.go`,
    /// `tryReconcileMirrorPods`).
    #[must_use]
    pub fn lost_its_node(&self) -> bool {
        let exists = || self.object.condition_state("InstanceExists") != Field::Known(false);
        self.node.is_none() && self.object.get("/status/nodeRef").is_some() && exists()
    }

    /// Returns whether anything can run on the machine: it has, or once had, an instance.
    #[must_use]
    pub fn may_run(&self) -> bool {
        let marks = ["/spec/providerID", "/status/providerStatus/instanceId", "/status/nodeRef"];
        self.node.is_some()
            || marks.iter().any(|it| self.object.get(it).is_some())
            || !self.object.list("/status/addresses").is_empty()
    }
}
