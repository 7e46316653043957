//! The judgment behind `status`: what there is, whether it is healthy, and what to do next.
//!
//! Nothing is concluded from the absence of something that could not be read: such a section is
//! [`Observation::Unreadable`], and the health is unknown unless there is trouble for certain.

mod age;
mod change;
pub(crate) mod etcd_members;
mod findings;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod goal;
mod machine_configs;
mod machines;
mod masters_disks;
mod next;
mod nodes;
pub mod observation;
mod pool;
pub mod stability;
mod state;
#[cfg(test)]
mod tests;
mod user_data;
pub mod wrong_role;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::check::{Check, Finding, Severity, finding, pool_policy};
use crate::model::hint::Hint;
use crate::model::invocation::Invocation;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::snapshot::Snapshot;
use crate::openshift::machine::MachineProgress;
use crate::plan::init::{self, InitRequest};
use crate::plan::{ClusterSummary, Plan};

pub use crate::status::observation::{Observation, Unread};
pub use age::Age;
pub use etcd_members::{Endpoint, EtcdMembers, OperatorCondition, Pod};
pub use machine_configs::MachineConfig;
pub use machines::Machine;
pub use masters_disks::{EtcdDisk, MasterDisk};
pub use nodes::Node;
pub use pool::{Pool, PoolProgress};
pub use state::State;
pub use user_data::UserData;

/// The time that a Machine may take to become a Ready Node.
pub const JOIN_TIME: SignedDuration = SignedDuration::from_mins(15);

/// The time that the deletion of a Machine may take.
pub const DELETION_TIME: SignedDuration = SignedDuration::from_hours(1);

/// Everything that `status` tells. Holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The verdict.
    pub health: Health,
    /// The time at which the cluster was read.
    pub read_at: Timestamp,
    /// The cluster.
    pub cluster: ClusterSummary,
    /// The layout that the pool has, whoever created the pool; `None` without a pool that has one.
    pub layout: Option<Layout>,
    /// The etcd pool.
    pub pool: Observation<Pool>,
    /// The MachineConfigs of the role etcd, by name.
    pub machine_configs: Observation<Vec<MachineConfig>>,
    /// The secret `etcd-user-data`.
    pub user_data: Observation<UserData>,
    /// The etcd Machines.
    pub machines: Observation<Vec<Machine>>,
    /// The Nodes with the role etcd.
    pub nodes: Observation<Vec<Node>>,
    /// The conditions of etcd's own operator, and the members of etcd.
    pub etcd_members: EtcdMembers,
    /// The masters, and which disk etcd has on each.
    pub masters: Observation<Vec<MasterDisk>>,
    /// The resources that could not be read; their sections are null.
    pub unreadable: Vec<Unread>,
    /// The findings, worst first.
    pub findings: Vec<Finding>,
    /// The next command to type, where there is something left to do.
    pub next: Option<Hint>,
}

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Health {
    /// No problem is found.
    Healthy,
    /// Something is on its way or waits until a pause ends, and nothing is wrong with that yet.
    Progressing,
    /// No object of etcd exists: `init` has not run.
    NotInitialized,
    /// A warning or worse was found.
    Trouble,
    /// Too much could not be read.
    Unknown,
}

/// Judges a cluster.
#[must_use]
pub fn assess(snapshot: &Snapshot, tool_version: &str) -> Status {
    assess_with(snapshot, &init::plan(snapshot, &InitRequest::new(tool_version)))
}

/// Judges a cluster by the plan of `init` with every flag at its default, which the caller made of the same Snapshot.
#[must_use]
pub(crate) fn assess_with(snapshot: &Snapshot, plan: &Plan) -> Status {
    let mut status = Status {
        health: Health::Unknown,
        read_at: snapshot.read_at,
        cluster: ClusterSummary::of(snapshot),
        layout: pool_policy::existing(snapshot),
        pool: Pool::read(snapshot),
        machine_configs: MachineConfig::read(snapshot, plan),
        user_data: UserData::read(snapshot, plan),
        machines: Machine::read(snapshot, plan),
        nodes: Node::read(snapshot),
        etcd_members: EtcdMembers::read(snapshot),
        masters: MasterDisk::read(snapshot),
        unreadable: snapshot.unreadable.iter().map(Unread::of).collect(),
        findings: Vec::new(),
        next: None,
    };
    status.findings = findings::findings(snapshot, plan, &status);
    status.health = health(snapshot, plan, &status);
    status.next = next::next(snapshot, plan, &status).map(Hint::from);
    status
}

fn health(snapshot: &Snapshot, plan: &Plan, status: &Status) -> Health {
    let findings = &status.findings;
    let is_about_reading = |it: &Finding| {
        matches!(it.check, Check::PermissionDenied | Check::Unreadable)
            && it.severity < Severity::Note
    };
    let is_trouble = |it: &Finding| it.severity <= Severity::Warning && !is_about_reading(it);
    match findings.iter().any(is_trouble) {
        // Machines that were not read may be etcd machines.
        _ if plan.layout.is_some()
            && state::is_untouched(snapshot)
            && snapshot.why_unreadable(Kind::Machine).is_none() =>
        {
            Health::NotInitialized
        }
        true => Health::Trouble,
        false if findings.iter().any(is_about_reading) => Health::Unknown,
        false if is_on_its_way(status) => Health::Progressing,
        false => Health::Healthy,
    }
}

/// Returns whether a Machine, a Node or the pool is not yet what it is to be.
fn is_on_its_way(status: &Status) -> bool {
    let machines = status.machines.entries().any(|it| it.progress != MachineProgress::Ready);
    let nodes = status.nodes.entries().any(|it| !it.is_ready || it.config_word() != "current");
    // A pause holds a configuration back, and does not make the Nodes have it.
    let is_rolling_out = |pool: &Pool| {
        pool.state == PoolProgress::Waiting
            || pool.is_behind
            || pool.updated_count < pool.machine_count
    };
    machines || nodes || status.pool.known().is_some_and(is_rolling_out)
}

impl Status {
    /// Returns whether `status` ends with the exit code for trouble. Health that could not be judged counts:
    /// a script that watches a cluster must not take it for good news. So does a problem of a cluster without a pool.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        matches!(self.health, Health::Trouble | Health::Unknown)
            || self.findings.iter().any(|it| it.severity <= Severity::Warning)
    }

    /// The same status, its commands as the run has to be called again.
    #[must_use]
    pub fn with_invocation(mut self, invocation: &Invocation) -> Self {
        self.findings = finding::with_invocation(self.findings, invocation);
        self.next = self.next.map(|it| invocation.complete(it));
        self
    }

    /// The same status, of a cluster as it was: whatever is next has been done since, or not.
    #[must_use]
    pub fn of_the_past(self) -> Self {
        Self { next: None, ..self }
    }
}
