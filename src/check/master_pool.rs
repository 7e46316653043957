//! The progress of the masters' pool with a MachineConfig, such as `98-master-etcd-disk`.

use serde_json::Value;

use crate::check::{Check, Finding, Severity, master_stop, other_pools, pool};
use crate::ignition;
use crate::ignition::contents::Contents;
use crate::model::field::Field;
use crate::model::names;
use crate::model::node::is_cordoned;
use crate::model::object::Object;
use crate::model::shell_command::quoted;
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::ControlPlaneMachineSet;
use crate::openshift::etcd_stability;
use crate::openshift::master_volumes;
use crate::openshift::pool_status::{is_observed, is_paused, is_rendered_from};

const RESUME_POOL: &str =
    "oc patch machineconfigpool/master --type=merge -p '{\"spec\":{\"paused\":false}}'";

/// State of the masters' pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Every master has the newest configuration.
    Updated,
    /// The pool is being rolled out, or is not rendered yet. In words, with a command.
    Rolling(String, String),
    /// The pool is paused.
    Paused,
    /// The pool does not roll out. In words, with a command.
    Stopped(String, &'static str),
}

/// Condition on a pool's configuration.
#[derive(Clone, Copy, Debug)]
pub enum Holding<'a> {
    /// The configuration contains this MachineConfig, with these contents.
    With(&'a Object),
    /// The configuration contains no MachineConfig with this name.
    Without(&'a str),
    /// No condition.
    Anything,
}

/// Returns the state of the masters' pool, with a condition on its configuration.
#[must_use]
pub fn pool(snapshot: &Snapshot, holding: Holding<'_>) -> Pool {
    let Some(pool) = snapshot.pool(names::MASTER) else {
        return Pool::Stopped("the pool does not exist".to_owned(), "oc get machineconfigpools");
    };
    if let Some(found) = pool::degradations(pool).next() {
        return Pool::Stopped(found.to_string(), "oc describe machineconfigpool/master");
    }
    if is_paused(pool) {
        return Pool::Paused;
    }
    let rolling = |text: String| Pool::Rolling(text, WAIT.to_owned());
    let Some(wanted) = pool.text("/spec/configuration/name") else {
        return rolling("the pool is not rendered yet".to_owned());
    };
    if let Some(why) = lacks(snapshot, pool, wanted, holding) {
        return rolling(why);
    }
    let count = |field: &str| pool.integer(&format!("/status/{field}")).unwrap_or(0);
    let (all, updated, ready) =
        (count("machineCount"), count("updatedMachineCount"), count("readyMachineCount"));
    let is_served = pool.text("/status/configuration/name") == Some(wanted);
    if is_served
        && is_observed(pool)
        && pool.condition_is_true("Updated")
        && updated == all
        && ready == all
    {
        return Pool::Updated;
    }
    let progress = format!("{updated} of {all} masters have {wanted}, and {ready} are ready");
    match held_up(snapshot) {
        Some((why, hint)) => Pool::Rolling(format!("{progress}: {why}"), hint),
        None => rolling(progress),
    }
}

const WAIT: &str = "oc wait machineconfigpool/master --for=condition=Updated --timeout=1h";

/// Reports that the pool is not `Updated`, unless this is unknown. The operator also says so of a pool whose masters have the
/// newest configuration, if one of them is cordoned or not Ready (MCO `pkg/controller/node/status.go`).
#[must_use]
pub fn behind(snapshot: &Snapshot) -> Option<Finding> {
    let pool = snapshot.pool(names::MASTER)?;
    if pool.condition_state("Updated") != Field::Known(false) {
        return None;
    }
    let found = |message: String| Check::MasterPoolNotUpdated.blocker(pool.reference(), message);
    let count = |field: &str| pool.integer(&format!("/status/{field}"));
    let all = count("machineCount");
    if is_observed(pool) && all.is_some() && count("updatedMachineCount") == all {
        let (why, hint) =
            etcd_stability::masters(snapshot).find_map(unavailable).unwrap_or_else(|| {
                let hint = "oc describe machineconfigpool/master".to_owned();
                ("not all of them are available".to_owned(), hint)
            });
        let message = format!("all masters have the newest configuration, but {why}");
        return Some(found(message).at_most(Severity::Warning).hint(hint));
    }
    let message = "not all masters have the newest configuration yet";
    if let Some(stopping) = master_stop::findings(snapshot).into_iter().next() {
        let message = format!("{message}, and {} may stop at boot with it", stopping.subject);
        return Some(Finding { hint: stopping.hint, ..found(message) });
    }
    Some(match (is_paused(pool), held_up(snapshot)) {
        (true, _) => {
            let hint = if may_stop_unseen(snapshot) { "oc etcd status" } else { RESUME_POOL };
            found(format!("{message}, because the pool is paused")).hint(hint)
        }
        (_, Some((why, hint))) => found(format!("{message}: {why}")).hint(hint),
        (_, None) => found(message.to_owned()).hint(WAIT),
    })
}

/// Returns whether it takes the ControlPlaneMachineSet, which was not read, to know whether a master stops at boot.
fn may_stop_unseen(snapshot: &Snapshot) -> bool {
    ControlPlaneMachineSet::of(snapshot).is_none()
        && snapshot.machine_config(names::MASTERS_DISK).is_some()
        && master_volumes::has_volumes(snapshot)
}

/// Returns the master that keeps the operator from updating another one, in words, and a command. The operator counts each
/// master that is cordoned or not Ready as unavailable, up to `maxUnavailable` (MCO `pkg/controller/node`). During its own
/// update, a master has another desired configuration; a master that is deleted is cordoned by the Machine API.
#[must_use]
pub fn held_up(snapshot: &Snapshot) -> Option<(String, String)> {
    let is_updating = |it: &Object| {
        it.annotation(names::CURRENT_CONFIG) != it.annotation(names::DESIRED_CONFIG)
            || it.annotation(names::CONFIG_STATE) != Some("Done")
    };
    let mut leaving = snapshot.machines_of(names::MASTER).filter(|it| it.is_terminating());
    if leaving.next().is_some() {
        return None;
    }
    let mut nodes = etcd_stability::masters(snapshot).filter(|it| !is_updating(it));
    let (why, hint) = nodes.find_map(unavailable)?;
    Some((format!("{why}, and until this changes, the operator may update no master"), hint))
}

/// Reports a rollout that waits for a person.
#[must_use]
pub fn held_up_finding(snapshot: &Snapshot) -> Option<Finding> {
    let (why, hint) = held_up(snapshot)?;
    Some(Check::MasterPoolNotUpdated.warning("machineconfigpool/master", why).hint(hint))
}

/// Returns that a Node is not available, and a command.
fn unavailable(node: &Object) -> Option<(String, String)> {
    let shown = node.reference();
    if is_cordoned(node) {
        let hint = format!("oc adm uncordon {}", quoted(node.name()));
        return Some((format!("{shown} is cordoned"), hint));
    }
    let is_ready = node.condition_state("Ready") != Field::Known(false);
    (!is_ready).then(|| (format!("{shown} is not Ready"), format!("oc describe {shown}")))
}

/// Returns whether masters may run with a configuration that has a MachineConfig of this name.
#[must_use]
pub fn may_have(snapshot: &Snapshot, name: &str) -> bool {
    let Some(pool) = snapshot.pool(names::MASTER) else { return true };
    let count = |field: &str| pool.integer(&format!("/status/{field}"));
    is_rendered_from(pool, name)
        || count("updatedMachineCount").is_none()
        || count("updatedMachineCount") != count("machineCount")
}

/// Returns why a rendered configuration is not the one that is waited for.
fn lacks(snapshot: &Snapshot, pool: &Object, name: &str, holding: Holding<'_>) -> Option<String> {
    let has_source = |wanted: &str| {
        pool.list("/spec/configuration/source").iter().any(|it| it["name"] == wanted)
    };
    let wanted = match holding {
        Holding::Anything => return None,
        Holding::Without(gone) => {
            return has_source(gone).then(|| format!("{name} still contains {gone}"));
        }
        Holding::With(wanted) => wanted,
    };
    if !has_source(wanted.name()) {
        return Some(format!("{name} does not contain {} yet", wanted.name()));
    }
    let Some(rendered) = snapshot.machine_config(name) else {
        return Some(format!("{name} could not be read"));
    };
    (!holds(rendered, wanted))
        .then(|| format!("{name} does not contain the current {}", wanted.name()))
}

/// Returns whether a rendered MachineConfig contains every unit and file of a source, with the same contents.
fn holds(rendered: &Object, wanted: &Object) -> bool {
    let none = Value::Null;
    let [rendered, wanted] = [rendered, wanted].map(|it| ignition::config(it).unwrap_or(&none));
    let has_unit = |unit: &Value| {
        ignition::units(rendered).iter().any(|it| {
            ["name", "contents", "enabled", "dropins"].iter().all(|key| it[*key] == unit[*key])
        })
    };
    let has_file = |file: &Value| {
        ignition::files(rendered).iter().any(|it| {
            it["path"] == file["path"]
                && Contents::of(&it["contents"]) == Contents::of(&file["contents"])
        })
    };
    ignition::units(wanted).iter().all(has_unit) && ignition::files(wanted).iter().all(has_file)
}

/// Reports a masters' pool that somebody paused, and may have forgotten: a pause of the pool is advised while masters would
/// stop at boot. `is_changed` tells whether oc-etcd has changed the masters.
#[must_use]
pub fn paused(snapshot: &Snapshot, is_changed: bool) -> Option<Finding> {
    let pool = snapshot.pool(names::MASTER).filter(|it| is_paused(it))?;
    let message =
        "the pool is paused: the masters get no configuration, and an upgrade of the cluster waits";
    let finding = Check::MasterPoolPaused.warning(pool.reference(), message);
    // With a MachineConfig of the etcd pool, the masters would stop: its finding says when to resume the pool.
    let finding =
        if other_pools::gets_any(snapshot, pool) { finding } else { finding.hint(RESUME_POOL) };
    Some(if is_changed { finding } else { finding.at_most(Severity::Note) })
}

/// Reports a masters' pool that is not updated, as a blocker.
#[must_use]
pub fn pool_finding(pool: &Pool) -> Option<Finding> {
    let subject = "machineconfigpool/master";
    match pool {
        Pool::Updated => None,
        Pool::Rolling(why, hint) => {
            Some(Check::MasterPoolNotUpdated.blocker(subject, why).hint(hint.as_str()))
        }
        Pool::Paused => {
            let message = "the pool is paused: new masters would get the old configuration";
            Some(Check::MasterPoolPaused.blocker(subject, message).hint(RESUME_POOL))
        }
        Pool::Stopped(why, hint) => {
            Some(Check::MasterPoolNotUpdated.blocker(subject, why).hint(*hint))
        }
    }
}
