//! Decides how the etcd pool gets its base configuration.
//!
//! *inherit*: a pool that takes the workers' MachineConfigs, with only the difference on top. Nothing is copied,
//! so that nothing goes stale with an upgrade. It is the default in every release.
//! *documented*: a pool of its own with copies of the masters' MachineConfigs, as the procedure has it. From
//! 4.18 on the operator's admission policy denies such a pool (MCO
//! `manifests/machineconfigcontroller/custom-machine-config-pool-selector-*.yaml`).

use std::fmt;

use serde::Serialize;

use super::finding::{Check, Finding};
use crate::derive::pool;
use crate::kind::Kind;
use crate::release::Release;
use crate::role;
use crate::snapshot::{Snapshot, is_ours};

/// How the pool gets its base configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Copies of the masters' MachineConfigs.
    Documented,
    /// The workers' MachineConfigs.
    Inherit,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documented => "documented",
            Self::Inherit => "inherit",
        })
    }
}

impl Layout {
    /// What it means, after its name.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Documented => "an isolated pool with copies of the master MachineConfigs",
            Self::Inherit => "the worker MachineConfigs, with only the difference on top",
        }
    }
}

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LayoutChoice {
    /// The one that suits the cluster.
    #[default]
    Auto,
    /// This one.
    Only(Layout),
}

/// The layout, and what decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LayoutDecision {
    /// The layout.
    pub layout: Layout,
    /// What decided it; a fragment.
    pub because: &'static str,
}

/// The admission policy that allows only pools that inherit.
pub const POLICY: &str = "custom-machine-config-pool-selector";

/// Chooses the layout. Findings tell what stands against it, and what is coming.
#[must_use]
pub fn choose(snapshot: &Snapshot, choice: LayoutChoice) -> (LayoutDecision, Vec<Finding>) {
    let existing = existing(snapshot);
    let only_inherit = only_inherit(snapshot);
    let decision = match (choice, existing) {
        (LayoutChoice::Only(layout), _) => {
            LayoutDecision { layout, because: "asked for by --layout" }
        }
        (LayoutChoice::Auto, _) if only_inherit.is_some() => {
            LayoutDecision { layout: Layout::Inherit, because: only_inherit.unwrap_or_default() }
        }
        (LayoutChoice::Auto, None) if is_begun(snapshot) => LayoutDecision {
            layout: Layout::Documented,
            because: "the copies that are there have it",
        },
        (LayoutChoice::Auto, Some(layout)) => {
            LayoutDecision { layout, because: "the pool that is there has it" }
        }
        (LayoutChoice::Auto, None) => LayoutDecision {
            layout: Layout::Inherit,
            because: "it copies nothing that an upgrade could make stale",
        },
    };
    let findings = objections(snapshot, decision.layout, existing, only_inherit);
    (decision, findings)
}

/// The layout of our pool, where there is one.
#[must_use]
pub fn existing(snapshot: &Snapshot) -> Option<Layout> {
    snapshot.pool(role::ETCD).filter(|pool| is_ours(pool)).and_then(pool::layout_of)
}

/// Whether copies of ours are there and no pool is: a run that was to make a documented pool ended before the pool,
/// which comes last.
fn is_begun(snapshot: &Snapshot) -> bool {
    let base = snapshot.machine_config("00-etcd").filter(|it| is_ours(it));
    snapshot.pool(role::ETCD).is_none() && base.is_some()
}

/// Why the cluster allows only pools that inherit; `None` when it allows both.
fn only_inherit(snapshot: &Snapshot) -> Option<&'static str> {
    let policy = snapshot.cluster(Kind::ValidatingAdmissionPolicy, POLICY).is_some();
    let release = snapshot.release().is_some_and(|release| release >= Release::POOL_POLICY);
    match (policy, release) {
        (true, _) => Some("the cluster's admission policy allows no other"),
        (false, true) => Some("from 4.18 on OpenShift allows no other"),
        (false, false) => None,
    }
}

fn objections(
    snapshot: &Snapshot,
    wanted: Layout,
    existing: Option<Layout>,
    only_inherit: Option<&'static str>,
) -> Vec<Finding> {
    let pool = "machineconfigpool/etcd";
    let mut findings = Vec::new();
    if let (Layout::Documented, Some(because)) = (wanted, only_inherit) {
        let message = format!(
            "the documented layout would be denied: {because} than pools that inherit from worker"
        );
        findings
            .push(Check::PoolPolicy.blocker(pool, message).hint("oc etcd init --layout=inherit"));
    }
    if let (Layout::Inherit, Some(Layout::Documented)) = (wanted, existing) {
        let message = "it has the documented layout: init moves it to inherit, removes its copies of the \
                       master MachineConfigs, and its nodes reboot one after the other";
        findings
            .push(Check::PoolPolicy.warning(pool, message).hint("oc etcd init --layout=inherit"));
    }
    let going_to = snapshot.desired_release().filter(|desired| *desired >= Release::POOL_POLICY);
    if let (Layout::Documented, None, Some(desired)) = (wanted, only_inherit, going_to) {
        let message = format!(
            "the cluster is about to become {desired}, where the operator may no longer update a \
             pool of the documented layout, and the upgrade does not complete"
        );
        findings
            .push(Check::PoolPolicy.blocker(pool, message).hint("oc etcd init --layout=inherit"));
    }
    let release = snapshot.release();
    if wanted == Layout::Documented
        && going_to.is_none()
        && release.is_some_and(|it| (it.major, it.minor) == (4, 17))
    {
        let message = "4.18, the next release, allows only pools that inherit from worker; \
                       change the layout before that upgrade";
        findings
            .push(Check::PoolPolicy.warning(pool, message).hint("oc etcd init --layout=inherit"));
    }
    findings
}
