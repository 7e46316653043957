//! Reads what a command needs into one Snapshot: by name and by label, never rendered MachineConfigs
//! by the list.
//!
//! All requests are under way at once. What depends on an answer (the rendered MachineConfig's name, a
//! Machine's Node) is read in a second round, and there is no third.

mod offline;

use std::collections::BTreeSet;

use futures::stream::StreamExt as _;
use jiff::Timestamp;

use super::round::{Asking, side_by_side};
use super::{Cluster, ClusterError, Fault};
use crate::kind::Kind;
use crate::object::{Object, ObjectRef};
use crate::plan::layout::POLICY;
use crate::plan::rights;
use crate::role;
use crate::snapshot::{Permission, Snapshot, Unreadable, UnreadableReason};

/// What a command reads.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    queries: Vec<Query>,
    permissions: Vec<Permission>,
    looks_into_rendered: bool,
}

/// One question of a scope.
#[derive(Clone, Debug)]
pub(crate) enum Query {
    Get(ObjectRef),
    /// A rendered MachineConfig, without what is in its files.
    Rendered(ObjectRef),
    List {
        kind: Kind,
        namespace: Option<&'static str>,
        labels: Option<String>,
    },
}

/// Objects to watch.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) kind: Kind,
    pub(super) namespace: Option<String>,
    pub(super) config: kube::runtime::watcher::Config,
}

impl Watched {
    fn of(query: &Query) -> Self {
        let config = kube::runtime::watcher::Config::default();
        match query {
            Query::Get(reference) | Query::Rendered(reference) => Self {
                kind: reference.kind,
                namespace: reference.namespace.clone(),
                config: config.fields(&format!("metadata.name={}", reference.name)),
            },
            Query::List { kind, namespace, labels } => Self {
                kind: *kind,
                namespace: namespace.map(str::to_owned),
                config: match labels {
                    Some(labels) => config.labels(labels),
                    None => config,
                },
            },
        }
    }
}

const MASTER_NODES: &str = "node-role.kubernetes.io/master";

impl Scope {
    /// What `init` decides on.
    #[must_use]
    pub fn init() -> Self {
        Self::cluster()
            .with_rendered()
            .operators()
            .get(ObjectRef::cluster(Kind::ValidatingAdmissionPolicy, POLICY))
            .list(Kind::MachineConfigPool, None)
            .machine_configs(&[role::MASTER, role::WORKER, role::ETCD])
            .secret(role::MASTER_USER_DATA)
            .secret(role::ETCD_USER_DATA)
            .machines(&[role::MASTER, role::ETCD])
            .list(Kind::Node, Some(role::NODE_ROLE_ETCD.to_owned()))
            // Each is looked at once more before it is written.
            .permission("get", Kind::MachineConfig, None)
            .permission("get", Kind::MachineConfigPool, None)
            .permission("patch", Kind::MachineConfig, None)
            .permission("create", Kind::MachineConfig, None)
            .permission("delete", Kind::MachineConfig, None)
            .permission("patch", Kind::MachineConfigPool, None)
            .permission("create", Kind::MachineConfigPool, None)
            .permission("create", Kind::Secret, None)
            .permission("patch", Kind::Secret, Some(role::ETCD_USER_DATA))
    }

    /// What `diff` compares. It writes nothing, so that nobody's rights matter.
    #[must_use]
    pub fn diff() -> Self {
        Self { permissions: Vec::new(), ..Self::init() }
    }

    /// What `add-machine` decides on.
    #[must_use]
    pub fn add_machine() -> Self {
        Self::cluster()
            .with_rendered()
            .get(ObjectRef::cluster(Kind::MachineConfigPool, role::ETCD))
            .machine_configs(&[role::ETCD])
            .secret(role::ETCD_USER_DATA)
            .machines(&[role::MASTER, role::ETCD])
            .list(Kind::MachineSet, None)
            .list(Kind::ControlPlaneMachineSet, None)
            .list(Kind::Node, Some(role::NODE_ROLE_ETCD.to_owned()))
            .list(Kind::Node, Some(MASTER_NODES.to_owned()))
            .permission("create", Kind::Machine, None)
    }

    /// What `remove-machine` decides on. A Node with the role may belong to any Machine.
    #[must_use]
    pub fn remove_machine() -> Self {
        let (namespace, name) = role::ETCD_ENDPOINTS;
        Self::cluster()
            .list(Kind::Machine, None)
            .list(Kind::Node, Some(role::NODE_ROLE_ETCD.to_owned()))
            .get(ObjectRef::namespaced(Kind::ConfigMap, namespace, name))
            .permission("delete", Kind::Machine, None)
    }

    /// What `teardown` decides on.
    #[must_use]
    pub fn teardown() -> Self {
        Self::remove_machine()
            .get(ObjectRef::cluster(Kind::MachineConfigPool, role::ETCD))
            .machine_configs(&[role::ETCD])
            .secret(role::ETCD_USER_DATA)
            .permission("delete", Kind::MachineConfigPool, Some(role::ETCD))
            .permission("delete", Kind::MachineConfig, None)
            .permission("delete", Kind::Secret, Some(role::ETCD_USER_DATA))
    }

    /// What `status` judges.
    #[must_use]
    pub fn status() -> Self {
        let (namespace, name) = role::ETCD_ENDPOINTS;
        Self::cluster()
            .with_rendered()
            .operators()
            .get(ObjectRef::cluster(Kind::ValidatingAdmissionPolicy, POLICY))
            .list(Kind::MachineConfigPool, None)
            .machine_configs(&[role::MASTER, role::WORKER, role::ETCD])
            .secret(role::MASTER_USER_DATA)
            .secret(role::ETCD_USER_DATA)
            .machines(&[role::MASTER, role::ETCD])
            .list(Kind::Node, Some(role::NODE_ROLE_ETCD.to_owned()))
            .list(Kind::Node, Some(MASTER_NODES.to_owned()))
            .get(ObjectRef::cluster(Kind::Etcd, "cluster"))
            .get(ObjectRef::namespaced(Kind::ConfigMap, namespace, name))
    }

    /// What `check` judges: all that the others look at, and all that they do.
    #[must_use]
    pub fn check() -> Self {
        let reads =
            Self::status().list(Kind::MachineSet, None).list(Kind::ControlPlaneMachineSet, None);
        rights::ALL
            .iter()
            .fold(reads, |it, right| it.permission(right.verb, right.kind, right.name))
    }

    /// What `version` shows.
    #[must_use]
    pub fn version() -> Self {
        Self::default().get(ObjectRef::cluster(Kind::ClusterVersion, "version"))
    }

    /// The same, and a Machine of that name, whatever its role.
    #[must_use]
    pub fn machine(self, name: &str) -> Self {
        self.get(ObjectRef::namespaced(Kind::Machine, role::MACHINE_NAMESPACE, name))
    }

    /// What completion offers: the Machines of masters and of etcd, and so their zones.
    #[must_use]
    pub fn completion() -> Self {
        Self::default().machines(&[role::MASTER, role::ETCD])
    }

    /// The same, and whether the user may watch these kinds: what is waited for afterwards.
    #[must_use]
    pub fn watching(self, kinds: &[Kind]) -> Self {
        kinds.iter().fold(self, |it, kind| it.permission("watch", *kind, None))
    }

    /// What is to be watched to know when to read again: all of it but Secrets.
    pub(super) fn watched(&self) -> Vec<Watched> {
        self.queries.iter().filter(|it| it.kind() != Kind::Secret).map(Watched::of).collect()
    }

    fn cluster() -> Self {
        Self::default()
            .get(ObjectRef::cluster(Kind::Infrastructure, "cluster"))
            .get(ObjectRef::cluster(Kind::ClusterVersion, "version"))
    }

    /// What the operator rendered for the etcd pool, once its name is known.
    const fn with_rendered(mut self) -> Self {
        self.looks_into_rendered = true;
        self
    }

    fn operators(self) -> Self {
        ["machine-config", "etcd", "kube-apiserver"]
            .into_iter()
            .fold(self, |it, name| it.get(ObjectRef::cluster(Kind::ClusterOperator, name)))
    }

    fn machine_configs(self, roles: &[&str]) -> Self {
        self.list(Kind::MachineConfig, Some(any_of(role::MACHINE_CONFIG_ROLE, roles)))
    }

    /// Workers are left out: there may be thousands of them.
    fn machines(self, roles: &[&str]) -> Self {
        self.list(Kind::Machine, Some(any_of(role::MACHINE_ROLE, roles)))
    }

    fn secret(self, name: &str) -> Self {
        self.get(ObjectRef::namespaced(Kind::Secret, role::MACHINE_NAMESPACE, name))
    }

    fn get(mut self, reference: ObjectRef) -> Self {
        self.queries.push(Query::Get(reference));
        self
    }

    fn list(mut self, kind: Kind, labels: Option<String>) -> Self {
        let namespace = kind.resource().is_namespaced.then_some(role::MACHINE_NAMESPACE);
        self.queries.push(Query::List { kind, namespace, labels });
        self
    }

    fn permission(mut self, verb: &'static str, kind: Kind, name: Option<&'static str>) -> Self {
        let namespace = kind.resource().is_namespaced.then_some(role::MACHINE_NAMESPACE);
        self.permissions.push(Permission { verb, kind, namespace, name, is_allowed: false });
        self
    }
}

/// Reads a scope.
///
/// # Errors
/// When the server cannot be reached or does not know the user. What the user may not read, and what
/// the server does not serve, is noted in the Snapshot instead.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub async fn read(cluster: &Cluster, scope: &Scope) -> Result<Snapshot, ClusterError> {
    let mut snapshot = Snapshot::new(Timestamp::now());
    cluster.round(&mut snapshot, &scope.queries, &scope.permissions).await?;
    let second = second_round(&snapshot, scope);
    cluster.round(&mut snapshot, &second, &[]).await?;
    Ok(snapshot)
}

/// An answer, and to what.
enum Answer<'a> {
    Read(&'a Query, Result<Vec<Object>, ClusterError>),
    May(Result<Permission, ClusterError>),
}

impl Cluster {
    async fn round(
        &self,
        snapshot: &mut Snapshot,
        queries: &[Query],
        questions: &[Permission],
    ) -> Result<(), ClusterError> {
        let queries = queries.iter().map(|query| -> Asking<'_, Answer<'_>> {
            Box::pin(async move { Answer::Read(query, self.answer(query).await) })
        });
        let questions = questions.iter().cloned().map(|question| -> Asking<'_, Answer<'_>> {
            Box::pin(async move { Answer::May(self.may(question).await) })
        });
        let requests = queries.chain(questions).collect();
        let mut answers = side_by_side(&self.link.held(), requests);
        while let Some(answer) = answers.next().await {
            match answer {
                Answer::Read(query, answer) => keep(snapshot, query, answer)?,
                Answer::May(answer) => snapshot.permissions.push(answer?),
            }
        }
        Ok(())
    }

    async fn answer(&self, query: &Query) -> Result<Vec<Object>, ClusterError> {
        match query {
            Query::Get(reference) => Ok(self.get(reference).await?.into_iter().collect()),
            Query::Rendered(reference) => {
                Ok(self.rendered(reference, &BTreeSet::new()).await?.into_iter().collect())
            }
            Query::List { kind, namespace, labels } => {
                self.list(*kind, *namespace, labels.as_deref()).await
            }
        }
    }
}

impl Query {
    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Self::Get(reference) | Self::Rendered(reference) => reference.kind,
            Self::List { kind, .. } => *kind,
        }
    }

    fn what(&self) -> String {
        match self {
            Self::Get(reference) | Self::Rendered(reference) => reference.to_string(),
            Self::List { kind, .. } => kind.qualified(),
        }
    }
}

/// A label selector: one of these values.
fn any_of(label: &str, values: &[&str]) -> String {
    match values {
        [only] => format!("{label}={only}"),
        several => format!("{label} in ({})", several.join(",")),
    }
}

/// Puts an answer into the Snapshot. A server that was asked and said no is an answer too.
fn keep(
    snapshot: &mut Snapshot,
    query: &Query,
    answer: Result<Vec<Object>, ClusterError>,
) -> Result<(), ClusterError> {
    let fault = match answer {
        Ok(objects) => {
            for object in objects {
                snapshot.insert(object);
            }
            return Ok(());
        }
        Err(error) => error,
    };
    let reason = match &fault.fault {
        Fault::Api { code: 403, .. } => UnreadableReason::Forbidden,
        Fault::Api { code: 404, .. } => UnreadableReason::NotServed,
        // The server is not there for anything: it is no matter of this kind.
        Fault::Api { code: 401 | 429 | 503 | 504, .. } => return Err(fault),
        Fault::Api { reason, code, .. } => UnreadableReason::Failed(format!("{reason} ({code})")),
        _ => return Err(fault),
    };
    note(snapshot, query, reason);
    Ok(())
}

fn note(snapshot: &mut Snapshot, query: &Query, reason: UnreadableReason) {
    let unreadable = Unreadable { what: query.what(), kind: query.kind(), reason };
    if !snapshot.unreadable.contains(&unreadable) {
        snapshot.unreadable.push(unreadable);
    }
}

/// The rendered MachineConfig of the etcd pool, and Nodes that etcd Machines name and no label found.
fn second_round(snapshot: &Snapshot, scope: &Scope) -> Vec<Query> {
    let pool = snapshot.pool(role::ETCD).filter(|_| scope.looks_into_rendered);
    let rendered = pool
        .and_then(|pool| pool.text("/spec/configuration/name"))
        .map(|name| Query::Rendered(ObjectRef::cluster(Kind::MachineConfig, name)));
    let reads_nodes = scope.queries.iter().any(|query| query.kind() == Kind::Node);
    let nodes = snapshot
        .machines_of(role::ETCD)
        .filter_map(|machine| machine.text("/status/nodeRef/name"))
        .filter(|name| reads_nodes && snapshot.cluster(Kind::Node, name).is_none())
        .map(|name| Query::Get(ObjectRef::cluster(Kind::Node, name)));
    rendered.into_iter().chain(nodes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_asks_for_every_right_that_a_command_asks_for() {
        let asked = Scope::check().permissions;
        let (pool, machines) = (
            [Kind::MachineConfig, Kind::MachineConfigPool],
            [Kind::Machine, Kind::Node, Kind::MachineConfig],
        );
        for scope in [
            Scope::init().watching(&pool),
            Scope::add_machine().watching(&machines),
            Scope::remove_machine().watching(&machines),
            Scope::teardown().watching(&machines),
        ] {
            for right in scope.permissions {
                assert!(asked.contains(&right), "{right:?}");
            }
        }
    }
}
