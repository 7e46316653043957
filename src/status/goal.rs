//! The goals of `status --wait-for`, and the judgment of a status by a goal.

use std::fmt;
use std::str::FromStr;

use crate::check::{Check, Finding, Severity};
use crate::openshift::machine::MachineProgress;
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
    /// The goal is not reached; in words.
    NotYet(String),
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
        let reached = |is_reached, reason: String| {
            if is_reached { Judgment::Reached } else { Judgment::NotYet(reason) }
        };
        let pool = status.pool.known();
        match self {
            Self::Healthy => healthy(status),
            _ if self.is_hidden(status) => unknown(status),
            Self::Initialized => {
                let is_ours = |it: &Pool| {
                    !matches!(it.state, PoolProgress::NotInitialized | PoolProgress::Foreign)
                };
                reached(pool.is_some_and(is_ours), "init has not created the pool".to_owned())
            }
            Self::Rendered => {
                let is_rendered = pool.is_some_and(|it| it.state == PoolProgress::Rendered);
                let reason = pool.and_then(|it| it.message.clone());
                reached(
                    is_rendered,
                    reason.unwrap_or_else(|| "the pool is not rendered".to_owned()),
                )
            }
            Self::Machines(wanted) => {
                let is_ready = |it: &&Machine| it.progress == MachineProgress::Ready;
                let ready = status.machines.entries().filter(is_ready).count();
                reached(
                    ready >= wanted,
                    format!("the Nodes of {ready} of {wanted} machines are Ready"),
                )
            }
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

fn healthy(status: &Status) -> Judgment {
    let reason = match status.health {
        Health::Healthy => return Judgment::Reached,
        Health::NotInitialized => "init has created no objects".to_owned(),
        Health::Unknown => return unknown(status),
        Health::Progressing => on_its_way(status),
        Health::Trouble => {
            if let Some(lost) = status.machines.entries().find(|it| it.is_lost()) {
                let what = match lost.progress {
                    MachineProgress::Failed(_) => "is Failed",
                    MachineProgress::WrongRole => "did not become an etcd node",
                    _ => "does not become an etcd node",
                };
                return Judgment::Never(format!(
                    "machine/{} {what} and does not recover",
                    lost.name
                ));
            }
            let worst = status.findings.first();
            worst.map_or_else(
                || "a problem was found".to_owned(),
                |it| format!("[{}] {}: {}", it.check, it.subject, it.message),
            )
        }
    };
    Judgment::NotYet(reason)
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

fn on_its_way(status: &Status) -> String {
    let machine = status.machines.entries().find(|it| it.progress != MachineProgress::Ready);
    match machine {
        Some(it) => format!(
            "machine/{} is {}, waiting for {}",
            it.name,
            it.progress.word(),
            it.progress.waiting_for()
        ),
        None => match status.pool.known().filter(|it| it.paused) {
            Some(_) => "the pool is paused, and not all of its nodes are updated".to_owned(),
            None => "not all nodes of the pool are updated and ready".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::snapshot::{Snapshot, UnreadableReason};
    use crate::status::assess;
    use crate::status::fixtures::{cluster, forbid, initialized, machine, troubled, two_machines};

    fn judged(goal: &str, snapshot: &Snapshot) -> Judgment {
        goal.parse::<Goal>().unwrap().judge(&assess(snapshot, "1.0.0"))
    }

    #[test]
    fn a_status_is_judged_by_the_goal() {
        let not_yet = |text: &str| Judgment::NotYet(text.to_owned());
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
            ("healthy", cluster(&["4.16"]), not_yet("init has created no objects")),
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
            ("initialized", cluster(&["4.16"]), not_yet("init has not created the pool")),
            ("initialized", initialized(0), Judgment::Reached),
            ("rendered", cluster(&["4.16"]), not_yet("the pool is not rendered")),
            ("rendered", initialized(0), Judgment::Reached),
            ("machines=2", two_machines(), Judgment::Reached),
            ("machines=3", one_more, not_yet("the Nodes of 2 of 3 machines are Ready")),
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
    fn a_goal_is_a_word_that_is_known() {
        for text in ["healthy", "initialized", "rendered", "machines=3"] {
            assert_eq!(text.parse::<Goal>().unwrap().to_string(), text);
        }
        for text in ["", "well", "machines", "machines=", "machines=-1", "healthy=1"] {
            assert_eq!(text.parse::<Goal>(), Err(UnknownGoal), "{text}");
        }
    }
}
