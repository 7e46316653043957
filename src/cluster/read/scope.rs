//! The scope of each command: the objects, by name and by label, and the permissions that the command decides on.

use std::collections::BTreeSet;

use super::query::{MASTER_NODES, NODES_WITHOUT_ROLE, ObjectQuery, Watched, any_of, mark};
use crate::check::{control_plane, node_tuning, operators};
use crate::derive::disk;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::names::POOL_POLICY;
use crate::model::object::ObjectRef;
use crate::model::rights::{self, Right};
use crate::model::snapshot::{Permission, Snapshot, UnreadableReason};
use crate::openshift::{control_plane_machine_set, members};
use crate::plan::large_templates::LARGE_TEMPLATES;

/// The scope of a read: the objects and permissions that a command decides on.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub(super) queries: Vec<ObjectQuery>,
    pub(super) permissions: Vec<Permission>,
    pub(super) dependents: Vec<Dependent>,
    pub(super) pods_of: PodsOf,
    pub(super) templates: Templates,
    pub(super) names: Names,
}

/// Objects that are read once the first answers name them or call for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dependent {
    /// The MachineConfig that the operator rendered for the etcd pool.
    Rendered,
    /// The rendered MachineConfig of the masters, with the script for etcd's disk.
    MastersRendered,
    /// The template of new masters, if the masters have or get a disk for etcd.
    MastersTemplate,
    /// The masters' MachineConfigs, if the etcd pool consists of copies of them.
    SourcesOfCopies,
    /// The members of etcd, if a Node with the role etcd is not the Node of an etcd Machine: no hint says to relabel a Node
    /// with a member.
    Members,
}

/// The MachineConfigs that are read by name where the list of their role does not have them: an object without the label
/// of its role, or with another role, has the name all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Names {
    #[default]
    Nobody,
    /// Those of the etcd pool, in the layout that the pool has, or is to have.
    OfPool(Layout),
    /// `98-master-etcd-disk`.
    MastersDisk,
}

/// The way in which the operator's large templates are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Templates {
    /// The templates are listed with all other MachineConfigs.
    #[default]
    Listed,
    /// The metadata of the templates is read, and their bodies where the rendered MachineConfig does not answer in
    /// their place.
    WhereNeeded,
}

/// Of which machines the Pods are read: of Machines, and of Nodes whose Machine may not exist.
#[derive(Clone, Debug, Default)]
pub(super) enum PodsOf {
    #[default]
    Nobody,
    /// Of all with the role etcd.
    EtcdMachines,
    /// Of those with these names.
    Machines(Vec<String>),
}

/// A right to watch is asked for where a command waits; see [`Scope::watching`].
fn is_to_watch(right: &Right) -> bool {
    right.verb == "watch"
}

impl Scope {
    /// Returns the scope of `init`.
    #[must_use]
    pub fn init() -> Self {
        Self::pool_and_sources()
            .with(Dependent::Members)
            .rights(rights::of("init").filter(|it| !is_to_watch(it)))
            .rights(rights::of(rights::CHANGE_OF_LAYOUT))
    }

    /// The same for a pool of this layout, which may not exist yet.
    #[must_use]
    pub const fn with_layout(mut self, layout: Layout) -> Self {
        self.names = Names::OfPool(layout);
        self
    }

    /// Returns the scope of `diff`, which writes nothing and so needs no permissions. It writes nothing, so
    /// that nobody's rights matter.
    #[must_use]
    pub fn diff() -> Self {
        Self { permissions: Vec::new(), ..Self::init() }
    }

    /// Returns the scope of `add-machine`.
    #[must_use]
    pub fn add_machine() -> Self {
        Self { names: Names::OfPool(Layout::Inherit), ..Self::cluster() }
            .with(Dependent::Rendered)
            .with(Dependent::SourcesOfCopies)
            .list(Kind::MachineConfigPool, None)
            .machine_configs(&[names::ETCD])
            .secret(names::ETCD_USER_DATA)
            .machines(&[names::MASTER, names::ETCD])
            .list(Kind::MachineSet, None)
            .list(Kind::ControlPlaneMachineSet, None)
            .list(Kind::Node, Some(names::NODE_ROLE_ETCD.to_owned()))
            .list(Kind::Node, Some(MASTER_NODES.to_owned()))
            .get(ObjectRef::cluster(Kind::ClusterOperator, operators::MACHINE_API))
            .rights(rights::of("add-machine").filter(|it| !is_to_watch(it)))
    }

    /// Returns the scope of removals. A Node with the role may belong to a Machine of another role, which the
    /// second step reads.
    #[must_use]
    pub fn removal() -> Self {
        Self::cluster()
            .machines(&[names::MASTER, names::ETCD])
            .list(Kind::Node, Some(names::NODE_ROLE_ETCD.to_owned()))
            .get(ObjectRef::cluster(Kind::ClusterOperator, "etcd"))
            .get(ObjectRef::cluster(Kind::Etcd, "cluster"))
            .get(members::endpoints())
    }

    /// Returns the scope of `remove-machine`: that of removals, and the Machines of these names, whatever
    /// their roles.
    #[must_use]
    pub fn remove_machine(names: &[String]) -> Self {
        let pods_of = PodsOf::Machines(names.to_vec());
        let removal = Self { pods_of, ..Self::removal() }.rights(rights::of("remove-machine"));
        names.iter().fold(removal, |it, name| it.machine(name))
    }

    /// Returns the scope of `teardown`.
    #[must_use]
    pub fn teardown() -> Self {
        Self { pods_of: PodsOf::EtcdMachines, ..Self::removal() }
            .list(Kind::MachineConfigPool, None)
            .machine_configs(&[names::ETCD])
            .list(Kind::MachineConfig, Some(mark()))
            .secret(names::ETCD_USER_DATA)
            .list(Kind::MachineSet, None)
            .rights(rights::of("teardown"))
    }

    /// What `add-disk` decides on.
    #[must_use]
    pub fn add_disk() -> Self {
        Self::masters().rights(rights::of("add-disk"))
    }

    /// What `remove-disk` decides on.
    #[must_use]
    pub fn remove_disk() -> Self {
        Self::masters().rights(rights::of("remove-disk"))
    }

    /// The masters: what replaces them, what they boot with, and etcd on them.
    fn masters() -> Self {
        let scope = Self { names: Names::MastersDisk, ..Self::cluster() }
            .with(Dependent::MastersRendered)
            .get(control_plane_machine_set::reference())
            .get(ObjectRef::cluster(Kind::MachineConfigPool, names::MASTER))
            .machine_configs(&[names::MASTER])
            .machines(&[names::MASTER])
            .list(Kind::Node, Some(MASTER_NODES.to_owned()))
            .get(ObjectRef::cluster(Kind::Etcd, "cluster"))
            .get(members::endpoints());
        control_plane::operators()
            .fold(scope, |it, name| it.get(ObjectRef::cluster(Kind::ClusterOperator, name)))
    }

    /// Returns the scope of `status`.
    #[must_use]
    pub fn status() -> Self {
        Self::judged().with_templates_where_needed().with(Dependent::MastersTemplate)
    }

    /// Everything that `status` judges, the large templates with the rest.
    fn judged() -> Self {
        Self::pool_and_sources()
            .list(Kind::Node, Some(MASTER_NODES.to_owned()))
            .list(Kind::Node, Some(NODES_WITHOUT_ROLE.to_owned()))
            .with_queries(member_queries())
    }

    /// Returns the scope of `check`: all that the other commands read, and all permissions that they need.
    #[must_use]
    pub fn check() -> Self {
        Self::judged()
            .list(Kind::MachineSet, None)
            .list(Kind::ControlPlaneMachineSet, None)
            .get(ObjectRef::cluster(Kind::ClusterOperator, "control-plane-machine-set"))
            .get(ObjectRef::cluster(Kind::ClusterOperator, operators::MACHINE_API))
            .rights(rights::ALL)
    }

    /// Returns the scope of `version`.
    #[must_use]
    pub fn version() -> Self {
        Self::default().get(ObjectRef::cluster(Kind::ClusterVersion, "version"))
    }

    /// The same, and a Machine of that name, whatever its role.
    #[must_use]
    pub fn machine(self, name: &str) -> Self {
        self.get(ObjectRef::machine(name))
    }

    /// Returns the scope of completion: the Machines of masters and of etcd, and so their zones.
    #[must_use]
    pub fn completion() -> Self {
        Self::default().machines(&[names::MASTER, names::ETCD])
    }

    /// The same, and whether the user may watch these kinds: what is waited for afterwards.
    #[must_use]
    pub fn watching(self, kinds: &[Kind]) -> Self {
        kinds.iter().fold(self, |it, kind| it.permission("watch", *kind, None))
    }

    /// Returns the resources to watch, to know when to read again: all of the scope that was read, but Secrets. What may
    /// not be read, or is not served, is told as such, and no change of it would be shown.
    pub(crate) fn watched(&self, snapshot: &Snapshot) -> Vec<Watched> {
        let is_refused = |query: &ObjectQuery| {
            snapshot.unreadable.iter().any(|it| {
                matches!(it.reason, UnreadableReason::Forbidden | UnreadableReason::NotServed)
                    && it.what == query.what()
            })
        };
        let watched = self.queries.iter().filter(|it| it.kind() != Kind::Secret && !is_refused(it));
        watched.map(Watched::of).collect()
    }

    /// The etcd pool, its nodes, and all that it is made from.
    fn pool_and_sources() -> Self {
        Self { names: Names::OfPool(Layout::Inherit), ..Self::cluster() }
            .with(Dependent::Rendered)
            .operators()
            .get(ObjectRef::cluster(Kind::ValidatingAdmissionPolicy, POOL_POLICY))
            .list(Kind::MachineConfigPool, None)
            .machine_configs(&[names::MASTER, names::WORKER, names::ETCD])
            .secret(names::MASTER_USER_DATA)
            .secret(names::ETCD_USER_DATA)
            .machines(&[names::MASTER, names::ETCD])
            .list(Kind::Node, Some(names::NODE_ROLE_ETCD.to_owned()))
    }

    fn cluster() -> Self {
        Self::default()
            .get(ObjectRef::cluster(Kind::Infrastructure, "cluster"))
            .get(ObjectRef::cluster(Kind::ClusterVersion, "version"))
    }

    /// Adds objects that the first answers name or call for.
    fn with(mut self, dependent: Dependent) -> Self {
        self.dependents.push(dependent);
        self
    }

    /// Returns whether objects are read that the first answers name or call for.
    pub(super) fn has(&self, dependent: Dependent) -> bool {
        self.dependents.contains(&dependent)
    }

    /// The same without the large templates, which are read where they are needed.
    fn with_templates_where_needed(mut self) -> Self {
        self.templates = Templates::WhereNeeded;
        for query in &mut self.queries {
            if let ObjectQuery::List { kind: Kind::MachineConfig, without, .. } = query {
                *without = &LARGE_TEMPLATES;
            }
        }
        self
    }

    fn operators(self) -> Self {
        operators::OPERATORS
            .into_iter()
            .chain([node_tuning::OPERATOR])
            .fold(self, |it, name| it.get(ObjectRef::cluster(Kind::ClusterOperator, name)))
    }

    fn machine_configs(self, roles: &[&str]) -> Self {
        self.list(Kind::MachineConfig, Some(any_of(names::MACHINE_CONFIG_ROLE, roles)))
    }

    /// Workers are left out: there may be thousands of them. A Machine that oc-etcd created may have lost its role.
    fn machines(self, roles: &[&str]) -> Self {
        let of_roles = self.list(Kind::Machine, Some(any_of(names::MACHINE_ROLE, roles)));
        if !roles.contains(&names::ETCD) {
            return of_roles;
        }
        of_roles.list(Kind::Machine, Some(mark()))
    }

    fn secret(self, name: &str) -> Self {
        self.get(ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, name))
    }

    fn get(mut self, reference: ObjectRef) -> Self {
        self.queries.push(ObjectQuery::Get(reference));
        self
    }

    fn list(mut self, kind: Kind, labels: Option<String>) -> Self {
        let namespace = kind.resource().is_namespaced.then_some(names::MACHINE_NAMESPACE);
        self.queries.push(ObjectQuery::List { kind, namespace, labels, without: &[] });
        self
    }

    fn with_queries(mut self, queries: impl IntoIterator<Item = ObjectQuery>) -> Self {
        self.queries.extend(queries);
        self
    }

    fn rights<'a>(self, rights: impl IntoIterator<Item = &'a Right>) -> Self {
        rights.into_iter().fold(self, |it, right| it.permission(right.verb, right.kind, right.name))
    }

    fn permission(mut self, verb: &'static str, kind: Kind, name: Option<&'static str>) -> Self {
        let namespace = rights::namespace_of(kind);
        self.permissions.push(Permission { verb, kind, namespace, name, is_allowed: false });
        self
    }
}

/// The queries for the members of etcd: the conditions of etcd's operator, the list of the members, and the Pods of
/// OpenShift's own etcd, learners among them, and of everybody else's in its namespace, whatever their labels.
pub(super) fn member_queries() -> [ObjectQuery; 3] {
    let (kind, namespace) = (Kind::Pod, Some(names::ETCD_NAMESPACE));
    [
        ObjectQuery::Get(ObjectRef::cluster(Kind::Etcd, "cluster")),
        ObjectQuery::Get(members::endpoints()),
        ObjectQuery::List { kind, namespace, labels: None, without: &[] },
    ]
}

/// The files of which a rendered MachineConfig keeps the contents, beside those that decide on the kubelet's role.
pub(super) fn scripts() -> BTreeSet<String> {
    BTreeSet::from([disk::SCRIPT_PATH.to_owned()])
}

#[cfg(test)]
mod tests;
