//! Reads the objects that a command needs into one Snapshot, by name and by label. No list contains rendered
//! MachineConfigs.
//!
//! All requests are sent at the same time. Objects that an answer names (the rendered MachineConfig, the Node of
//! a Machine) are read in a second step. A third step reads the operator's large templates, if `status` left them
//! out and the rendered MachineConfig does not answer in their place.

mod offline;
mod query;
mod references;
mod scope;

use std::collections::BTreeSet;

use futures::stream::StreamExt as _;
use jiff::Timestamp;

use self::scope::{Names, PodsOf, Templates};
use crate::api::concurrent::{Asking, side_by_side};
use crate::api::requests::Selector;
use crate::api::{Cluster, ClusterError, Fault};
use crate::check::pool_policy;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::node::{is_control_plane, ordered_by_etcd_pool};
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::{
    MetadataOnly, Permission, Snapshot, Unreadable, UnreadableReason, is_ours,
};
use crate::openshift::control_plane_machine_set;
use crate::openshift::deletion::machine_of;
use crate::openshift::host::Host;
use crate::openshift::machine::machine_set_of;
use crate::openshift::master_volumes;
use crate::openshift::pod;
use crate::openshift::pool_status;
use crate::plan::{large_templates, sources};
use crate::redact::words::without_quotes;

pub(crate) use query::{ObjectQuery, Watched};
use scope::Dependent;
pub use scope::Scope;

/// Reads a scope.
///
/// # Errors
/// When the server cannot be reached or does not know the user. What the user may not read, and what
/// the server does not serve, is noted in the Snapshot instead.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub async fn read(cluster: &Cluster, scope: &Scope) -> Result<Snapshot, ClusterError> {
    let cluster = &cluster.for_one_reading();
    let mut snapshot = Snapshot::new(Timestamp::now());
    cluster.query(&mut snapshot, &scope.queries, &scope.permissions).await?;
    let mut second = dependent_queries(&snapshot, scope);
    second.extend(unlisted(&snapshot, scope));
    cluster.query(&mut snapshot, &second, &[]).await?;
    if large_templates::needs_templates(&snapshot) {
        cluster.query(&mut snapshot, &templates(ObjectQuery::Get), &[]).await?;
    }
    let (snapshot, secrets) = without_quotes(snapshot);
    cluster.notices.learned.learn(secrets);
    Ok(snapshot)
}

/// The result of a query.
enum Found {
    Objects(Vec<Object>),
    Metadata(Option<MetadataOnly>),
}

/// The answer to a query or to a question about a permission.
enum ReadAnswer<'a> {
    Read(&'a ObjectQuery, Result<Found, ClusterError>),
    May(Result<Permission, ClusterError>),
}

impl Cluster {
    async fn query(
        &self,
        snapshot: &mut Snapshot,
        queries: &[ObjectQuery],
        questions: &[Permission],
    ) -> Result<(), ClusterError> {
        let queries = queries.iter().map(|query| -> Asking<'_, ReadAnswer<'_>> {
            Box::pin(async move { ReadAnswer::Read(query, self.answer(query).await) })
        });
        let questions = questions.iter().cloned().map(|question| -> Asking<'_, ReadAnswer<'_>> {
            Box::pin(async move { ReadAnswer::May(self.may(question).await) })
        });
        let requests = queries.chain(questions).collect();
        let mut answers = side_by_side(&self.client.held(), requests);
        while let Some(answer) = answers.next().await {
            match answer {
                ReadAnswer::Read(query, answer) => keep(snapshot, query, answer)?,
                ReadAnswer::May(answer) => snapshot.permissions.push(answer?),
            }
        }
        Ok(())
    }

    async fn answer(&self, query: &ObjectQuery) -> Result<Found, ClusterError> {
        let objects = match query {
            ObjectQuery::Get(reference) => self.get(reference).await?.into_iter().collect(),
            ObjectQuery::Metadata(reference) => {
                return Ok(Found::Metadata(self.get_metadata(reference).await?));
            }
            ObjectQuery::Rendered(reference) => {
                self.rendered(reference, &scope::scripts()).await?.into_iter().collect()
            }
            ObjectQuery::List { kind, namespace, labels, without } => {
                let fields = query::without(without);
                let selector = Selector { labels: labels.as_deref(), fields: fields.as_deref() };
                kept(*kind, self.list(*kind, *namespace, selector).await?)
            }
            ObjectQuery::PodsOn(node) => {
                let fields = query::on_node(node);
                let selector = Selector { labels: None, fields: Some(&fields) };
                kept(Kind::Pod, self.list(Kind::Pod, None, selector).await?)
            }
        };
        Ok(Found::Objects(objects))
    }
}

/// Keeps of listed Pods only the Pods with an etcd, without their specifications, and other objects unchanged.
fn kept(kind: Kind, listed: Vec<Object>) -> Vec<Object> {
    match kind {
        Kind::Pod => listed.iter().filter_map(pod::kept).collect(),
        _ => listed,
    }
}

/// Puts the objects of an answer into the Snapshot.
fn keep_objects(snapshot: &mut Snapshot, query: &ObjectQuery, objects: Vec<Object>) {
    for it in objects.into_iter().filter(|it| query.keeps(it)) {
        snapshot.insert(it);
    }
    if let ObjectQuery::PodsOn(node) = query {
        snapshot.insert_pods_of(node);
    }
}

/// Puts an answer into the Snapshot. A refusal of the server is noted there as well.
fn keep(
    snapshot: &mut Snapshot,
    query: &ObjectQuery,
    answer: Result<Found, ClusterError>,
) -> Result<(), ClusterError> {
    let fault = match answer {
        Ok(Found::Objects(objects)) => {
            keep_objects(snapshot, query, objects);
            return Ok(());
        }
        Ok(Found::Metadata(found)) => {
            if let Some(it) = found {
                snapshot.insert_metadata(it);
            }
            return Ok(());
        }
        Err(error) => error,
    };
    let reason = match &fault.fault {
        Fault::Api { code: 403, .. } => UnreadableReason::Forbidden,
        Fault::Api { code: 404, .. } => UnreadableReason::NotServed,
        // The server answers no request now, whatever the kind.
        Fault::Api { code: 401 | 429 | 503 | 504, .. } => return Err(fault),
        Fault::Api { reason, code, .. } => UnreadableReason::Failed(format!("{reason} ({code})")),
        // An API server that panics over one request answers with plain text.
        Fault::Gateway(status) if status.is_server_error() && !fault.fault.is_passing() => {
            let reason = status.canonical_reason().unwrap_or_default();
            UnreadableReason::Failed(format!("{reason} ({})", status.as_u16()))
        }
        _ => return Err(fault),
    };
    note(snapshot, query, reason);
    Ok(())
}

fn note(snapshot: &mut Snapshot, query: &ObjectQuery, reason: UnreadableReason) {
    let unreadable = Unreadable { what: query.what(), kind: query.kind(), reason };
    if !snapshot.unreadable.contains(&unreadable) {
        snapshot.unreadable.push(unreadable);
    }
}

/// Returns the queries that follow from the first answers: the rendered MachineConfig of the etcd pool; the rendered
/// MachineConfig of the masters, during an upgrade and for the masters' disk; the rendered MachineConfigs of masters that
/// the pool does not list; Nodes that only an etcd Machine names; Machines that only an etcd Node names; the sources of the
/// copies of an etcd pool; MachineSets, if they make Machines to be removed; the ControlPlaneMachineSet, if the masters have
/// or get a disk for etcd; the members of etcd, if an etcd Node has no etcd Machine; Pods on the Nodes of Machines to be
/// removed; and the large templates that were left out.
fn dependent_queries(snapshot: &Snapshot, scope: &Scope) -> Vec<ObjectQuery> {
    let rendered_of = |pool| {
        let name = snapshot.rendered_name(pool)?;
        Some(ObjectQuery::Rendered(ObjectRef::cluster(Kind::MachineConfig, name)))
    };
    let rendered = rendered_of(names::ETCD).filter(|_| scope.has(Dependent::Rendered));
    // The rendered MachineConfig of the masters has the release of their MachineConfigs, and the script for etcd's disk.
    let needs_release = scope.has(Dependent::Rendered)
        && snapshot.is_upgrading() != Field::Known(false)
        && snapshot.pool(names::ETCD).is_some();
    let of_masters = rendered_of(names::MASTER)
        .filter(|_| needs_release || scope.has(Dependent::MastersRendered));
    let reads_nodes = scope.queries.iter().any(|query| query.kind() == Kind::Node);
    let nodes = snapshot
        .machines_of(names::ETCD)
        .filter_map(|machine| machine.text("/status/nodeRef/name"))
        .filter(|name| reads_nodes && snapshot.cluster(Kind::Node, name).is_none())
        .map(|name| ObjectQuery::Get(ObjectRef::cluster(Kind::Node, name)));
    let reads_machines = scope.queries.iter().any(|query| query.kind() == Kind::Machine);
    let without_role = snapshot.all(Kind::Node).filter(|it| {
        ordered_by_etcd_pool(it).is_some() && it.label(names::NODE_ROLE_ETCD).is_none()
    });
    let machines = snapshot
        .etcd_nodes()
        .chain(without_role)
        .filter_map(|node| node.annotation(names::NODE_MACHINE)?.split_once('/'))
        .map(|(namespace, name)| ObjectRef::namespaced(Kind::Machine, namespace, name))
        .filter(|machine| reads_machines && snapshot.get(machine).is_none())
        .map(ObjectQuery::Get);
    // A MachineSet creates another Machine in the place of a removed one; most Machines of etcd have none.
    let is_of_set = scope.pods_of.machines(snapshot).any(|it| machine_set_of(it).is_some());
    let reads_sets = scope.queries.iter().any(|query| query.kind() == Kind::MachineSet);
    let sets = (is_of_set && !reads_sets).then(ObjectQuery::machine_sets);
    // The template tells whether the masters are given a disk for etcd, or lose it, and who gave them a volume.
    let has_disk = snapshot.machine_config(names::MASTERS_DISK).is_some_and(is_ours);
    let template = ((has_disk || master_volumes::has_volumes(snapshot))
        && scope.has(Dependent::MastersTemplate))
    .then(ObjectQuery::control_plane_machine_sets);
    // The configurations of masters of which the pool does not tell whether the script for etcd's disk is in them.
    let reads_template = scope.has(Dependent::MastersTemplate)
        || scope.asks_for(&control_plane_machine_set::reference());
    let tells_disks = scope.has(Dependent::MastersTemplate);
    let pool = snapshot.pool(names::MASTER).filter(|_| reads_template && (has_disk || tells_disks));
    let is_told = |rendered: &str| {
        let sources = pool.and_then(|it| pool_status::sources(it, rendered));
        let is_known = |name: &&str| {
            large_templates::LARGE_TEMPLATES.contains(name)
                || *name == names::MASTERS_DISK
                || snapshot.machine_config(name).is_some()
        };
        sources.is_some_and(|it| !tells_disks || it.iter().all(is_known))
    };
    // Masters mostly have the same configuration.
    let of_nodes: BTreeSet<&str> = snapshot
        .machines_of(names::MASTER)
        .filter_map(|it| snapshot.node_of(it)?.annotation(names::CURRENT_CONFIG))
        .filter(|it| pool.is_some() && !is_told(it))
        .collect();
    // What mounts a disk may be in a file as well.
    let query = if tells_disks { ObjectQuery::Get } else { ObjectQuery::Rendered };
    let is_whole = |it: &ObjectQuery| {
        tells_disks && it.reference().is_some_and(|it| of_nodes.contains(it.name.as_str()))
    };
    let of_masters = of_masters.filter(|it| !is_whole(it));
    let of_nodes = of_nodes.iter().map(|it| query(ObjectRef::cluster(Kind::MachineConfig, *it)));
    let sources = (scope.has(Dependent::SourcesOfCopies)
        && pool_policy::existing(snapshot) == Some(Layout::Documented))
    .then(ObjectQuery::sources);
    let is_stray = Host::all(snapshot).iter().any(|it| it.machine().is_none());
    let members = (is_stray && scope.has(Dependent::Members)).then(scope::member_queries);
    let pods = scope.pods_of.nodes(snapshot).into_iter().map(ObjectQuery::PodsOn);
    let left_out = match scope.templates {
        // What cannot be listed cannot be got either, and is noted already.
        _ if snapshot.why_unreadable(Kind::MachineConfig).is_some() => Vec::new(),
        Templates::Listed => Vec::new(),
        Templates::WhereNeeded if large_templates::may_answer(snapshot) => {
            templates(ObjectQuery::Metadata)
        }
        Templates::WhereNeeded => templates(ObjectQuery::Get),
    };
    let all = rendered.into_iter().chain(of_masters).chain(of_nodes).chain(nodes).chain(machines);
    let all = all.chain(sets).chain(template).chain(sources).chain(members.into_iter().flatten());
    all.chain(pods).chain(left_out).collect()
}

/// Returns the queries for the MachineConfigs that a command writes and that the list of their role does not have.
fn unlisted(snapshot: &Snapshot, scope: &Scope) -> impl Iterator<Item = ObjectQuery> {
    let names = match scope.names {
        // What cannot be listed cannot be got either, and is noted already.
        _ if snapshot.why_unreadable(Kind::MachineConfig).is_some() => BTreeSet::new(),
        Names::Nobody => BTreeSet::new(),
        Names::MastersDisk => BTreeSet::from([names::MASTERS_DISK.to_owned()]),
        Names::OfPool(Layout::Documented) => sources::names(snapshot, Layout::Documented),
        Names::OfPool(Layout::Inherit) => {
            let layout = pool_policy::existing(snapshot).unwrap_or(Layout::Inherit);
            sources::names(snapshot, layout)
        }
    };
    let names = names.into_iter().filter(|it| snapshot.machine_config(it).is_none());
    names.map(|it| ObjectQuery::Get(ObjectRef::cluster(Kind::MachineConfig, it)))
}

/// The queries for the large templates.
fn templates(query: fn(ObjectRef) -> ObjectQuery) -> Vec<ObjectQuery> {
    let reference = |name| ObjectRef::cluster(Kind::MachineConfig, name);
    large_templates::LARGE_TEMPLATES.into_iter().map(reference).map(query).collect()
}

impl PodsOf {
    /// The Machines.
    fn machines<'a>(&'a self, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a Object> {
        snapshot.all(Kind::Machine).filter(move |machine| match self {
            Self::Nobody => false,
            Self::EtcdMachines => machine.label(names::MACHINE_ROLE) == Some(names::ETCD),
            Self::Machines(names) => names.iter().any(|it| it == machine.name()),
        })
    }

    /// The Nodes of the role etcd whose Machine may not exist. A master may have the role as well.
    fn etcd_nodes<'a>(&'a self, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a Object> {
        let nodes = snapshot.etcd_nodes().filter(|it| !is_control_plane(it));
        nodes.filter(move |node| match self {
            Self::Nobody => false,
            Self::EtcdMachines => true,
            Self::Machines(names) => {
                machine_of(node).is_some_and(|name| names.iter().any(|it| it == name))
            }
        })
    }

    /// The names of the Nodes, as far as they are known.
    fn nodes(&self, snapshot: &Snapshot) -> BTreeSet<String> {
        let machines = self.machines(snapshot).map(|it| Host::of_machine(snapshot, it));
        let nodes = self.etcd_nodes(snapshot).map(Host::of_node);
        let names = machines.chain(nodes).flat_map(|it| it.names());
        names.map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::fixtures::{cluster, machine, node, running};

    /// The Nodes of which a removal reads the Pods.
    fn nodes(snapshot: &Snapshot, scope: &Scope) -> Vec<String> {
        let queries = dependent_queries(snapshot, scope).into_iter();
        let on_node = |it| match it {
            ObjectQuery::PodsOn(node) => Some(node),
            _ => None,
        };
        queries.filter_map(on_node).collect()
    }

    #[test]
    fn status_reads_the_configuration_of_the_masters_if_a_source_of_it_is_gone() {
        let read = |snapshot: &Snapshot, scope: &Scope| {
            let queries = dependent_queries(snapshot, scope).into_iter();
            let of_masters = queries.filter(|it| {
                let reference = it.reference();
                reference.is_some_and(|it| it.name.starts_with("rendered-master-"))
            });
            of_masters.map(|it| matches!(it, ObjectQuery::Get(_))).collect::<Vec<_>>()
        };
        let mut there = cluster(&["4.16"]);
        assert_eq!(read(&there, &Scope::status()), [false; 0]);
        there.remove(&ObjectRef::cluster(Kind::MachineConfig, "99-master-ssh"));
        assert_eq!(read(&there, &Scope::status()), [true]);
        assert_eq!(read(&there, &Scope::init()), [false; 0]);
    }

    #[test]
    fn init_reads_the_members_where_an_etcd_node_has_no_etcd_machine() {
        let made = "2024-08-21T08:00:00Z";
        let of_etcd = machine("m", "us-east-1a", made, running("n"));
        let is_read = |snapshot: &Snapshot, kind: Kind| {
            let second = dependent_queries(snapshot, &Scope::init());
            second.iter().any(|it| it.kind() == kind)
        };
        let all = cluster(&["4.16"]);
        let stray = all.clone().with_objects([node("n")]);
        for kind in [Kind::Etcd, Kind::ConfigMap, Kind::Pod] {
            assert!(is_read(&stray, kind), "{kind:?}");
            assert!(!is_read(&all, kind), "{kind:?}");
            assert!(!is_read(&stray.clone().with_objects([of_etcd.clone()]), kind), "{kind:?}");
        }
    }

    #[test]
    fn a_removal_reads_the_pods_of_a_node_by_every_name_and_without_a_machine() {
        let named = |node: Object, machine: &str| {
            let machine = format!("{}/{machine}", names::MACHINE_NAMESPACE);
            node.with_annotations([(names::NODE_MACHINE, machine.as_str())])
        };
        let snapshot = cluster(&["4.16"]).with_objects([
            machine("m", "us-east-1a", "2024-08-21T08:00:00Z", running("old")),
            named(node("new"), "m"),
            named(node("left"), "gone"),
            node("alone"),
            node("master").with_labels([(names::NODE_ROLES_OF_CONTROL_PLANE[0], "")]),
        ]);
        assert_eq!(nodes(&snapshot, &Scope::teardown()), ["alone", "left", "new", "old"]);
        for (name, expected) in [("m", vec!["new", "old"]), ("gone", vec!["left"])] {
            let scope = Scope::remove_machine(&[name.to_owned()]);
            assert_eq!(nodes(&snapshot, &scope), expected, "{name}");
        }
    }
}
