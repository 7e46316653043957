//! The goals of `status --wait-for`, and the judgment of a status by a goal.

use std::fmt;
use std::str::FromStr;

use crate::check::{Check, Finding, Severity};
use crate::openshift::machine::MachineProgress;
use crate::status::pool::POOL;
use crate::status::{Health, Machine, Pool, PoolProgress, Status};

/// A state to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// No problem is found.
    Healthy,
    /// `init` has created the pool.
    Initialized,
    /// New machines get the pool's configuration.
    Rendered,
    /// The Nodes of at least this number of etcd Machines are Ready.
    Machines(usize),
}

/// A word that names no goal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state must be healthy, initialized, rendered or machines=N")]
pub struct UnknownGoal;

impl FromStr for Goal {
    type Err = UnknownGoal;

    fn from_str(text: &str) -> Result<Self, UnknownGoal> {
        match text.split_once('=') {
            Some(("machines", count)) => count.parse().map(Self::Machines).map_err(|_| UnknownGoal),
            None if text == "healthy" => Ok(Self::Healthy),
            None if text == "initialized" => Ok(Self::Initialized),
            None if text == "rendered" => Ok(Self::Rendered),
            _ => Err(UnknownGoal),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Healthy => f.write_str("healthy"),
            Self::Initialized => f.write_str("initialized"),
            Self::Rendered => f.write_str("rendered"),
            Self::Machines(count) => write!(f, "machines={count}"),
        }
    }
}

/// The judgment of a status by a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgment {
    /// The goal is reached.
    Reached,
    /// The goal is not reached, and may be with time; in words.
    NotYet(String),
    /// The goal is not reached, and somebody has to act first; in words.
    Blocked(String),
    /// The goal cannot be reached; in words.
    Never(String),
}

impl Goal {
    /// The words for goals, as they are typed, and what each waits for. A number follows the last one.
    pub const WORDS: [(&str, &str); 4] = [
        ("healthy", "No problem is found"),
        ("initialized", "init has created the pool"),
        ("rendered", "New machines get the pool's configuration"),
        ("machines=", "The Nodes of at least N etcd machines are Ready"),
    ];

    /// Judges a status.
    #[must_use]
    pub fn judge(self, status: &Status) -> Judgment {
        // A status has a blocker only where there is no cluster for this tool.
        if let Some(finding) = status.findings.iter().find(|it| it.severity == Severity::Blocker) {
            return Judgment::Never(finding.message.clone());
        }
        let pool = status.pool.known();
        match self {
            Self::Healthy => healthy(status),
            _ if self.is_hidden(status) => unknown(status),
            Self::Initialized => not_created(pool).map_or(Judgment::Reached, Judgment::Blocked),
            Self::Rendered => rendered(pool),
            Self::Machines(wanted) => ready(status, wanted),
        }
    }

    /// Returns whether the section that the goal depends on could not be read.
    fn is_hidden(self, status: &Status) -> bool {
        match self {
            Self::Healthy => false,
            Self::Initialized | Self::Rendered => status.pool.known().is_none(),
            Self::Machines(_) => status.machines.known().is_none(),
        }
    }
}

/// Returns the reason why there is no pool of ours.
fn not_created(pool: Option<&Pool>) -> Option<String> {
    match pool.map(|it| it.state) {
        None | Some(PoolProgress::NotInitialized) => Some(format!("init has not created {POOL}")),
        Some(PoolProgress::Foreign) => Some(format!("oc-etcd did not create {POOL}")),
        Some(_) => None,
    }
}

fn rendered(pool: Option<&Pool>) -> Judgment {
    if let Some(reason) = not_created(pool) {
        return Judgment::Blocked(reason);
    }
    let message = pool.and_then(|it| it.message.as_deref()).unwrap_or("not rendered");
    let reason = format!("{POOL}: {message}");
    match pool.map(|it| (it.state, it.paused)) {
        Some((PoolProgress::Rendered, _)) => Judgment::Reached,
        Some((PoolProgress::Waiting, false) | (PoolProgress::Unknown, _)) => {
            Judgment::NotYet(reason)
        }
        _ => Judgment::Blocked(reason),
    }
}

/// Judges the number of Machines whose Nodes are Ready. With too few Machines, somebody has to create one.
fn ready(status: &Status, wanted: usize) -> Judgment {
    let (ready, others): (Vec<_>, Vec<_>) =
        status.machines.entries().partition(|it| it.progress == MachineProgress::Ready);
    if ready.len() >= wanted {
        return Judgment::Reached;
    }
    if status.nodes.known().is_none() {
        return unknown(status);
    }
    let count = format!("the Nodes of {} of {wanted} machines are Ready", ready.len());
    let on_the_way =
        others.iter().map(|it| lost(it).unwrap_or_else(|| it.progress.sentence(&it.name)));
    let mut reasons: Vec<String> = [count].into_iter().chain(on_the_way).collect();
    let coming = others
        .iter()
        .filter(|it| it.progress != MachineProgress::Deleting && lost(it).is_none())
        .count();
    if ready.len() + coming >= wanted {
        return Judgment::NotYet(reasons.join("; "));
    }
    if others.is_empty() {
        reasons.push("no other etcd machine exists".to_owned());
    }
    Judgment::Blocked(reasons.join("; "))
}

fn healthy(status: &Status) -> Judgment {
    let reason = match status.health {
        Health::Healthy => return Judgment::Reached,
        Health::NotInitialized => "init has created no objects".to_owned(),
        Health::Unknown => return unknown(status),
        Health::Progressing => return on_its_way(status),
        Health::Trouble => {
            if let Some(lost) = status.machines.entries().find_map(lost) {
                return Judgment::Never(lost);
            }
            let worst = status.findings.first();
            worst.map_or_else(
                || "a problem was found".to_owned(),
                |it| format!("[{}] {}: {}", it.check, it.subject, it.message),
            )
        }
    };
    Judgment::Blocked(reason)
}

/// Judges a status that does not tell. What is forbidden stays so; anything else may be readable soon.
fn unknown(status: &Status) -> Judgment {
    let is_forbidden =
        |it: &Finding| it.check == Check::PermissionDenied && it.severity <= Severity::Warning;
    let is_final = status.findings.iter().any(is_forbidden);
    if is_final { Judgment::Never(unread(status)) } else { Judgment::NotYet(unread(status)) }
}

fn unread(status: &Status) -> String {
    let parts: Vec<String> =
        status.unreadable.iter().map(|it| format!("{}: {}", it.what, it.reason)).collect();
    format!("some resources could not be read: {}", parts.join("; "))
}

fn on_its_way(status: &Status) -> Judgment {
    let machine = status.machines.entries().find(|it| it.progress != MachineProgress::Ready);
    if let Some(machine) = machine {
        return Judgment::NotYet(machine.progress.sentence(&machine.name));
    }
    let mut nodes = status.nodes.entries();
    let state = match nodes.find(|it| !it.is_ready || it.config_word() != "current") {
        Some(node) if !node.is_ready => format!("node/{} is not Ready", node.name),
        Some(node) => format!("the configuration of node/{} is {}", node.name, node.config_word()),
        None => {
            // The operator counts the Node as one that is not updated, for as long as it is cordoned.
            if let Some(node) = status.nodes.entries().find(|it| !it.is_schedulable) {
                return Judgment::Blocked(format!("node/{} is cordoned", node.name));
            }
            format!("not all nodes of {POOL} are updated and ready")
        }
    };
    match status.pool.known().filter(|it| it.paused) {
        Some(_) => Judgment::Blocked(format!("{POOL} is paused, and {state}")),
        None => Judgment::NotYet(state),
    }
}

/// Returns the reason why a Machine never becomes an etcd Node.
fn lost(machine: &Machine) -> Option<String> {
    let what = match machine.progress {
        _ if !machine.is_lost() => return None,
        MachineProgress::Failed(_) => "is Failed",
        MachineProgress::WrongRole => "did not become an etcd node",
        _ => "does not become an etcd node",
    };
    Some(format!("machine/{} {what} and does not recover", machine.name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::names;
    use crate::model::object::Object;
    use crate::model::snapshot::{Snapshot, UnreadableReason};
    use crate::status::assess;
    use crate::status::fixtures::{cluster, forbid, initialized, machine, troubled, two_machines};

    fn judged(goal: &str, snapshot: &Snapshot) -> Judgment {
        goal.parse::<Goal>().unwrap().judge(&assess(snapshot, "1.0.0"))
    }

    #[test]
    fn a_status_is_judged_by_the_goal() {
        let not_yet = |text: &str| Judgment::NotYet(text.to_owned());
        let blocked = |text: &str| Judgment::Blocked(text.to_owned());
        let paused = |snapshot: Snapshot| {
            let mut pool = snapshot.pool(names::ETCD).unwrap().body().clone();
            pool["spec"]["paused"] = true.into();
            pool["status"]["configuration"]["name"] = "rendered-etcd-0".into();
            snapshot.with_objects([Object::from_value(pool).unwrap()])
        };
        let booting = json!({"phase": "Provisioned"});
        let mut one_more = two_machines().with_objects([machine(
            "lab-x99n4-etcd-2",
            "us-east-1c",
            "2024-08-21T11:59:00Z",
            booting,
        )]);
        one_more.read_at = "2024-08-21T12:00:00Z".parse().unwrap();
        let mut hidden = two_machines();
        forbid(&mut hidden, Kind::Machine, "machines.machine.openshift.io");
        let mut failed = two_machines();
        forbid(&mut failed, Kind::Machine, "machines.machine.openshift.io");
        failed.unreadable[0].reason = UnreadableReason::Failed("busy".to_owned());
        let unread = "some resources could not be read: machines.machine.openshift.io: forbidden";
        for (goal, snapshot, expected) in [
            ("healthy", cluster(&["4.16"]), blocked("init has created no objects")),
            ("healthy", two_machines(), Judgment::Reached),
            (
                "healthy",
                one_more.clone(),
                not_yet(
                    "machine/lab-x99n4-etcd-2 is Provisioned, waiting for the instance to boot and join the \
                     cluster as a Node",
                ),
            ),
            ("healthy", hidden.clone(), Judgment::Never(unread.to_owned())),
            (
                "healthy",
                troubled(),
                Judgment::Never(
                    "machine/lab-x99n4-etcd-0 is Failed and does not recover".to_owned(),
                ),
            ),
            (
                "initialized",
                cluster(&["4.16"]),
                blocked("init has not created machineconfigpool/etcd"),
            ),
            ("initialized", initialized(0), Judgment::Reached),
            (
                "rendered",
                cluster(&["4.16"]),
                blocked("init has not created machineconfigpool/etcd"),
            ),
            (
                "rendered",
                paused(initialized(0)),
                blocked(
                    "machineconfigpool/etcd: rendered-etcd-1 is not rolled out; new machines get rendered-etcd-0",
                ),
            ),
            ("rendered", initialized(0), Judgment::Reached),
            ("machines=2", two_machines(), Judgment::Reached),
            (
                "machines=3",
                one_more.clone(),
                not_yet(
                    "the Nodes of 2 of 3 machines are Ready; machine/lab-x99n4-etcd-2 is Provisioned, waiting for the \
                     instance to boot and join the cluster as a Node",
                ),
            ),
            (
                "machines=4",
                one_more,
                blocked(
                    "the Nodes of 2 of 4 machines are Ready; machine/lab-x99n4-etcd-2 is Provisioned, waiting for the \
                     instance to boot and join the cluster as a Node",
                ),
            ),
            (
                "machines=3",
                two_machines(),
                blocked("the Nodes of 2 of 3 machines are Ready; no other etcd machine exists"),
            ),
            ("machines=2", hidden, Judgment::Never(unread.to_owned())),
            (
                "healthy",
                failed,
                not_yet("some resources could not be read: machines.machine.openshift.io: busy"),
            ),
            ("machines=0", initialized(0), Judgment::Reached),
        ] {
            assert_eq!(judged(goal, &snapshot), expected, "{goal}");
        }
        let mut none = cluster(&["4.16"]);
        none.remove(&crate::model::object::ObjectRef::cluster(Kind::ClusterVersion, "version"));
        none.remove(&crate::model::object::ObjectRef::cluster(Kind::Infrastructure, "cluster"));
        assert!(matches!(judged("healthy", &none), Judgment::Never(_)));
    }

    #[test]
    fn machines_whose_nodes_are_forbidden_are_not_waited_for() {
        let mut snapshot = two_machines();
        forbid(&mut snapshot, Kind::Node, "nodes");
        let unread = "some resources could not be read: nodes: forbidden";
        assert_eq!(judged("machines=2", &snapshot), Judgment::Never(unread.to_owned()));
        assert_eq!(judged("machines=0", &snapshot), Judgment::Reached);
    }

    #[test]
    fn a_goal_is_a_word_that_is_known() {
        for text in ["healthy", "initialized", "rendered", "machines=3"] {
            assert_eq!(text.parse::<Goal>().unwrap().to_string(), text);
        }
        for text in ["", "well", "machines", "machines=", "machines=-1", "healthy=1"] {
            assert_eq!(text.parse::<Goal>(), Err(UnknownGoal), "{text}");
        }
    }
}
