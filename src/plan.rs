//! Decides what to do, without doing it: a Snapshot and a request in, a [`Plan`] out.
//!
//! Planning over the state that a Plan leads to gives a Plan that changes nothing.

pub mod add_disk;
pub mod add_machine;
mod bound;
pub mod compare;
pub mod consent;
mod copy_order;
mod counterparts;
pub(crate) mod cure;
mod dependents;
pub mod first_boot;
pub mod init;
pub mod large_templates;
pub mod layout;
pub mod list_edit;
pub mod member_disk;
pub mod outcome;
pub mod ownership;
pub mod reconcile;
pub(crate) mod removal;
pub mod remove_disk;
pub mod remove_machine;
pub mod saved;
pub(crate) mod sources;
pub mod teardown;
pub mod zones;

use serde::Serialize;

use crate::model::invocation::Invocation;
use crate::model::kind::Kind;
use crate::model::object::{Object, ObjectRef, ResourceVersion};
use crate::model::snapshot::Snapshot;
use crate::platform::Platform;
use crate::redact::policy::quotable_name;

use crate::check::{Check, Finding, Severity};
pub use layout::{LayoutChoice, LayoutDecision};
use list_edit::ListEdit;

/// The steps of one run, and the findings about them.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The cluster that the plan is for.
    pub cluster: ClusterSummary,
    /// The layout of the pool; `None` when the request makes no pool.
    pub layout: Option<LayoutDecision>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The findings, worst first.
    pub findings: Vec<Finding>,
}

/// An object, and the change that the plan makes to the object.
#[derive(Clone, Debug)]
pub struct Step {
    /// The object.
    pub object: ObjectRef,
    /// The change to the object.
    pub change: Change,
    /// Why, or what it is made from; one line.
    pub because: String,
}

/// What a change takes from other field managers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenFields {
    /// Fields that somebody else added. Applying leaves such fields alone, so they are taken out first.
    pub removes: Vec<Vec<String>>,
    /// Indicates whether oc-etcd becomes the owner of fields that another manager created and nobody has changed since.
    pub takes_over: bool,
}

/// The change to an object.
#[derive(Clone, Debug)]
pub enum Change {
    /// The object does not exist and is created.
    Create(Object),
    /// The object exists and is changed.
    Update {
        /// The object after the change.
        wanted: Object,
        /// The `resourceVersion` that was read; the write fails if it has moved.
        before: ResourceVersion,
        /// What the change takes from other field managers.
        taken: TakenFields,
        /// The reason for the change.
        cause: Cause,
    },
    /// A list in it gets or loses an entry; nothing else of it is written.
    Edit {
        /// The version that was read; the write fails if it has moved.
        before: ResourceVersion,
        /// What becomes of the list.
        edit: ListEdit,
    },
    /// The cluster's operators do that, because of what this plan writes.
    ByOperator(Consequence),
    /// The object is ours, is no longer wanted, and is deleted.
    Remove {
        /// The `resourceVersion` that was read; the deletion fails if it has moved.
        before: ResourceVersion,
    },
    /// The object is as wanted: equal to this object, where it was compared with one.
    Unchanged(Option<Object>),
    /// The object is a Machine of ours that is being created or deleted; the run writes nothing and waits for
    /// it.
    Follow,
    /// The object stays as it is, because its source or its contents are unknown.
    Unknown,
    /// Somebody else made it; it is never touched.
    LeftToOwner,
    /// The object belongs to the operator. `fallback` is what to create when the operator does not, in time.
    LeftToOperator {
        /// The object to create when the operator has not made it 30 s after the pool.
        fallback: Option<Object>,
    },
}

/// The reason why an object is not as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The source of the object has changed since, or the cluster has, so that the object is made otherwise now. Nobody
    /// edited the object.
    Outdated,
    /// Somebody edited the object, or asks for another one.
    Differs,
}

/// What the cluster's operators do because of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The machines of a pool reboot, one after the other.
    Reboot,
    /// A machine is replaced by another one.
    Replace,
}

impl Change {
    /// The word for it in a report.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Update { .. } | Self::Edit { .. } => "update",
            Self::ByOperator(Consequence::Reboot) => "reboot",
            Self::ByOperator(Consequence::Replace) => "replace",
            Self::Remove { .. } => "remove",
            Self::Unchanged(_) => "unchanged",
            Self::Follow => "follow",
            Self::Unknown => "unknown",
            Self::LeftToOwner | Self::LeftToOperator { .. } => "leave",
        }
    }

    /// Returns whether it writes to the cluster.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        matches!(
            self,
            Self::Create(_) | Self::Update { .. } | Self::Edit { .. } | Self::Remove { .. }
        )
    }

    /// Returns whether it writes to the cluster now, or in the operator's place later.
    #[must_use]
    pub const fn may_write(&self) -> bool {
        self.is_write() || matches!(self, Self::LeftToOperator { fallback: Some(_) })
    }

    /// Returns the object after the change; `None` when nothing is written or the object is deleted.
    #[must_use]
    pub const fn wanted(&self) -> Option<&Object> {
        match self {
            Self::Create(wanted) | Self::Update { wanted, .. } => Some(wanted),
            _ => None,
        }
    }
}

impl Plan {
    /// A plan that does nothing.
    #[must_use]
    pub fn nothing(snapshot: &Snapshot) -> Self {
        let cluster = ClusterSummary::of(snapshot);
        Self { cluster, layout: None, steps: Vec::new(), findings: Vec::new() }
    }

    /// Returns whether nothing would be written, in the operator's place neither.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.steps.iter().any(|step| step.change.may_write())
    }

    /// The steps of which it is not known whether they would write.
    pub fn unknown(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| matches!(step.change, Change::Unknown))
    }

    /// The steps that write.
    pub fn writes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.change.is_write())
    }

    /// Returns the steps that write, in stages. The steps of a stage depend on nothing in the stage and are
    /// carried out side by side; a stage begins when the stage before it is done.
    ///
    /// A pool has a stage of its own: the operator renders the pool from what is there. A removal has one
    /// too: what goes is judged one by one.
    #[must_use]
    pub fn stages(&self) -> Vec<Vec<&Step>> {
        let goes_with_others = |step: &Step| {
            step.object.kind != Kind::MachineConfigPool
                && !matches!(step.change, Change::Remove { .. })
        };
        let writes: Vec<&Step> = self.writes().collect();
        let stages = writes.chunk_by(|one, next| goes_with_others(one) && goes_with_others(next));
        stages.map(<[_]>::to_vec).collect()
    }

    /// Returns whether a finding forbids carrying it out.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Blocker)
    }

    /// Returns whether nothing but changes of other field managers forbids carrying a plan of `init` out, so that
    /// `--force-conflicts` permits it.
    #[must_use]
    pub fn is_blocked_by_conflicts(&self) -> bool {
        let mut blockers = self.findings.iter().filter(|it| it.severity == Severity::Blocker);
        self.is_blocked() && blockers.all(|it| it.check == Check::Drifted)
    }

    /// The same plan, the commands of its hints as the run has to be called again.
    #[must_use]
    pub fn with_invocation(mut self, invocation: &Invocation) -> Self {
        self.findings = crate::check::finding::with_invocation(self.findings, invocation);
        self
    }

    /// The objects that are wanted, in order, those that are there already included.
    pub fn manifests(&self) -> impl Iterator<Item = &Object> {
        self.steps.iter().filter_map(|step| match &step.change {
            Change::Unchanged(wanted) => wanted.as_ref(),
            change => change.wanted(),
        })
    }
}

/// The line that tells an admin which cluster this is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterSummary {
    /// The infrastructure name: `lab-x99n4`.
    pub name: Option<String>,
    /// `AWS`
    pub platform: Option<String>,
    /// `us-east-1`
    pub region: Option<String>,
    /// The version of the running release: `4.16.8`, `4.20.0-rc.2`.
    pub release: Option<String>,
}

impl ClusterSummary {
    /// Reads it from a Snapshot.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let platform = snapshot.infrastructure().and_then(Platform::of);
        Self {
            name: snapshot.infrastructure_name().map(str::to_owned),
            platform: platform.map(|it| it.name.to_owned()),
            region: platform.and_then(|it| it.region).map(str::to_owned),
            release: snapshot.release().and(snapshot.version()).map(quotable_name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_and_each_removal_have_a_stage_of_their_own() {
        let step = |kind, name: &str, is_removed: bool| {
            let object = ObjectRef::cluster(kind, name);
            let change = if is_removed {
                Change::Remove { before: ResourceVersion::default() }
            } else {
                Change::Create(Object::new(object.clone()))
            };
            Step { object, change, because: String::new() }
        };
        let (config, pool) = (Kind::MachineConfig, Kind::MachineConfigPool);
        let mut same = step(config, "same", false);
        same.change = Change::Unchanged(None);
        let steps = vec![
            step(config, "a", false),
            same,
            step(Kind::Secret, "b", false),
            step(pool, "etcd", false),
            step(config, "c", true),
            step(config, "d", true),
            step(config, "e", false),
            step(config, "f", false),
        ];
        let cluster = ClusterSummary::default();
        let plan = Plan { cluster, layout: None, steps, findings: Vec::new() };
        let stages = plan.stages();
        let names = stages
            .iter()
            .map(|stage| stage.iter().map(|step| step.object.name.as_str()).collect::<Vec<_>>());
        assert_eq!(
            names.collect::<Vec<_>>(),
            [vec!["a", "b"], vec!["etcd"], vec!["c"], vec!["d"], vec!["e", "f"]]
        );
    }
}
