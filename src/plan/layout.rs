//! Decides how the etcd pool gets its base configuration.
//!
//! *inherit*: a pool that takes the workers' MachineConfigs, with only the difference on top. Nothing is copied,
//! so that nothing goes stale with an upgrade. It is the default in every release.
//! *documented*: a pool of its own with copies of the masters' MachineConfigs, as the procedure has it. From
//! 4.18 on the operator's admission policy denies such a pool (MCO
//! `manifests/machineconfigcontroller/custom-machine-config-pool-selector-*.yaml`).

use serde::Serialize;

use crate::check::Finding;
use crate::check::pool_policy::{existing, objections, only_inherit};
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::snapshot::{Snapshot, is_ours};

/// The choice of the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LayoutChoice {
    /// The one that suits the cluster.
    #[default]
    Auto,
    /// The given layout.
    Only(Layout),
}

/// The layout, and what decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LayoutDecision {
    /// The layout.
    pub layout: Layout,
    /// The reason of the decision; a fragment.
    pub because: &'static str,
}

/// Chooses the layout. Findings report the reasons against the layout, and the restrictions of the next release.
#[must_use]
pub fn choose(snapshot: &Snapshot, choice: LayoutChoice) -> (LayoutDecision, Vec<Finding>) {
    let existing = existing(snapshot);
    let only_inherit = only_inherit(snapshot);
    let decision = match (choice, existing) {
        (LayoutChoice::Only(layout), _) => {
            LayoutDecision { layout, because: "requested by --layout" }
        }
        (LayoutChoice::Auto, _) if only_inherit.is_some() => {
            LayoutDecision { layout: Layout::Inherit, because: only_inherit.unwrap_or_default() }
        }
        (LayoutChoice::Auto, None) if is_begun(snapshot) => LayoutDecision {
            layout: Layout::Documented,
            because: "the existing copies have this layout",
        },
        (LayoutChoice::Auto, Some(layout)) => {
            LayoutDecision { layout, because: "the existing pool has this layout" }
        }
        (LayoutChoice::Auto, None) => LayoutDecision {
            layout: Layout::Inherit,
            because: "no copies that an upgrade makes stale",
        },
    };
    let mut findings = objections(snapshot, decision.layout, existing, only_inherit);
    if choice == LayoutChoice::Only(Layout::Inherit) {
        // The command that runs is no advice.
        for it in &mut findings {
            it.hint = None;
        }
    }
    (decision, findings)
}

/// Returns whether copies of oc-etcd exist without a pool: a run for a documented pool ended before the run created the
/// pool, which comes last.
fn is_begun(snapshot: &Snapshot) -> bool {
    let base = snapshot.machine_config("00-etcd").filter(|it| is_ours(it));
    snapshot.pool(names::ETCD).is_none() && base.is_some()
}
