//! Checks whether the operator has rendered the etcd pool, with all parts that a machine needs.
//!
//! A machine that is created too early gets an older configuration and never becomes an etcd node.

use std::fmt;

use kube_core::SelectorExt;
use serde_json::Value;

use super::finding::{Check, Finding};
use super::{etcd_disk, node_pools, registration};
use crate::derive::disk;
use crate::ignition;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::kubelet;
use crate::openshift::kubelet::boot::Boot;
use crate::openshift::pool_status::{is_observed, is_paused, served};

/// The state of the etcd pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolState {
    /// The pool does not exist.
    Missing,
    /// The pool is not rendered yet; for this reason.
    Waiting(String),
    /// The configuration is rendered, and the pool is paused: new machines get another configuration until
    /// somebody resumes the pool.
    HeldBack {
        /// The configuration that is held back.
        wanted: String,
        /// The configuration that new machines get.
        served: String,
    },
    /// The operator cannot render the pool; the message of the operator.
    Degraded(String),
    /// The configuration is rendered and lacks a part of an etcd node, or the result is unknown; as blockers.
    Incomplete(Vec<Finding>),
    /// New machines get this configuration.
    Rendered(String),
}

const POOL: &str = "machineconfigpool/etcd";

/// A condition with which the operator reports a fault of a pool, or does not say whether there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Degradation {
    /// The type of the condition.
    pub kind: String,
    /// The state of the condition: `True`, or unknown.
    pub state: Field<bool>,
    /// The words of the operator, which may be empty.
    pub message: String,
}

impl Degradation {
    /// Returns whether the condition is `True`.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.state == Field::Known(true)
    }
}

impl fmt::Display for Degradation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.kind, self.state.word())?;
        if self.message.is_empty() { Ok(()) } else { write!(f, " ({})", self.message) }
    }
}

/// The condition that the operator sums up from the others.
pub const DEGRADED: &str = "Degraded";
/// The condition of the operator's rendering.
pub const RENDER_DEGRADED: &str = "RenderDegraded";
/// The condition of a Node that the daemon cannot update.
pub const NODE_DEGRADED: &str = "NodeDegraded";

/// Returns the conditions of a pool that report a fault and are not `False`, the sum of them last. A release may add
/// conditions: each one whose name ends like that of the sum reports a fault (MCO
/// `pkg/controller/node/status.go`).
pub fn degradations(pool: &Object) -> impl Iterator<Item = Degradation> {
    let known = [RENDER_DEGRADED, NODE_DEGRADED, DEGRADED];
    let others = pool.list("/status/conditions").iter().filter_map(|it| it["type"].as_str());
    let others = others
        .filter(move |it| (it.ends_with(DEGRADED) || *it == "BuildFailed") && !known.contains(it));
    let kinds = [RENDER_DEGRADED, NODE_DEGRADED].into_iter().chain(others).chain([DEGRADED]);
    kinds.filter_map(|kind| {
        let state = pool.condition_state(kind);
        let message = pool.condition(kind).map_or("", |it| it.message).to_owned();
        let is_fine = matches!(state, Field::Absent | Field::Known(false));
        (!is_fine).then(|| Degradation { kind: kind.to_owned(), state, message })
    })
}

/// Returns the conditions of a rendered pool that decide on its health and are missing: the operator writes each of
/// them as soon as it has rendered a pool.
pub fn missing_conditions(pool: &Object) -> impl Iterator<Item = &'static str> {
    let is_served = pool.text("/status/configuration/name").is_some();
    let kinds = [RENDER_DEGRADED, NODE_DEGRADED, DEGRADED, "Updated"];
    kinds.into_iter().filter(move |it| is_served && pool.condition_state(it) == Field::Absent)
}

/// Returns the state of a pool, without the contents of the rendered MachineConfig. `needed` are the names of the
/// MachineConfigs that the rendered MachineConfig must contain.
#[must_use]
pub fn pool_state<'a>(pool: Option<&Object>, needed: impl Iterator<Item = &'a str>) -> PoolState {
    let Some(pool) = pool else { return PoolState::Missing };
    match pool.condition_state(RENDER_DEGRADED) {
        Field::Known(true) => {
            let said = pool.condition(RENDER_DEGRADED);
            let said = said.map(|it| if it.message.is_empty() { it.reason } else { it.message });
            return PoolState::Degraded(said.unwrap_or_default().to_owned());
        }
        Field::Unknown(_) => return PoolState::Incomplete(vec![undetermined(pool)]),
        Field::Absent | Field::Known(false) => {}
    }
    let Some(wanted) = pool.text("/spec/configuration/name") else {
        return PoolState::Waiting("the operator has not rendered the pool yet".to_owned());
    };
    let sources = pool.list("/spec/configuration/source");
    // What the pool does not select is never rendered: the rendered MachineConfig tells what new machines become.
    let needed = (!is_deselected(pool)).then_some(needed);
    for name in needed.into_iter().flatten() {
        if !sources.iter().any(|source| source["name"] == name) {
            return PoolState::Waiting(format!("{wanted} does not contain {name} yet"));
        }
    }
    match served(pool) {
        Some(served) if served == wanted && !is_observed(pool) => PoolState::Waiting(
            "the operator has not processed the last change of the pool yet".to_owned(),
        ),
        Some(served) if served == wanted => PoolState::Rendered(wanted.to_owned()),
        Some(served) if is_paused(pool) => {
            PoolState::HeldBack { wanted: wanted.to_owned(), served: served.to_owned() }
        }
        Some(served) => {
            PoolState::Waiting(format!("{wanted} is rolling out; new machines get {served}"))
        }
        None => PoolState::Waiting(format!("{wanted} is rendered but not served yet")),
    }
}

/// Returns whether a pool is known not to select the MachineConfigs of the role etcd.
fn is_deselected(pool: &Object) -> bool {
    let labels = [(names::MACHINE_CONFIG_ROLE, names::ETCD), names::MANAGED_BY];
    let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let selector = node_pools::selector(pool, "/spec/machineConfigSelector").known();
    selector.is_some_and(|it| !it.matches(&labels))
}

/// Reports that nobody can tell whether the operator can render a pool.
fn undetermined(pool: &Object) -> Finding {
    let word = pool.condition_state(RENDER_DEGRADED).word();
    Check::NotRendered.unknown(POOL, format!("the condition {RENDER_DEGRADED} is {word}"))
}

/// Returns the parts of an etcd node that a rendered MachineConfig lacks, as blockers. Empty when it has
/// everything. `sources` are what the cluster has now of what it was rendered from, in merge order; `None` where
/// that was not read. `disk` is `00-etcd-disk`, if oc-etcd created the object.
#[must_use]
pub fn lacking(
    rendered: &Object,
    sources: Option<(&Snapshot, &Boot<'_>)>,
    disk: Option<&Object>,
) -> Vec<Finding> {
    let Some(config) = ignition::config(rendered) else {
        let message = format!("{} has no Ignition config", rendered.name());
        return vec![Check::NotRendered.blocker(POOL, message).hint(format!("oc describe {POOL}"))];
    };
    let rendered = Boot::of(vec![rendered]);
    let kubelet = registration::of_rendered(&rendered, sources.map(|it| it.1));
    let without_disk =
        without_disk(config).or_else(|| etcd_disk::of_rendered(&rendered, sources, disk?));
    kubelet.into_iter().chain(without_disk).collect()
}

pub(super) fn without_disk(config: &Value) -> Option<Finding> {
    if disk::mounts_etcd(config) {
        return None;
    }
    let units = ignition::units(config).iter().filter(|it| it["name"] == disk::MOUNT_UNIT);
    let unknown = units.map(|it| Field::text(&it["contents"])).find_map(|it| match it {
        Field::Unknown(why) => Some(why),
        Field::Absent | Field::Known(_) => None,
    });
    let finding = if let Some(why) = unknown {
        let (unit, place) = (disk::MOUNT_UNIT, disk::MOUNT_POINT);
        let message = format!("it is unknown whether the machines mount {place}: {unit} is {why}");
        Check::NotRendered.unknown(POOL, message)
    } else {
        let place = disk::MOUNT_POINT;
        let message = format!(
            "the rendered configuration does not create etcd nodes: no unit mounts \
                               {place}"
        );
        Check::NotRendered.blocker(POOL, message).hint("oc etcd init")
    };
    Some(finding)
}

/// The paths of a MachineConfig's files.
pub fn paths(machine_config: &Object) -> impl Iterator<Item = String> {
    let config = ignition::config(machine_config).unwrap_or(&Value::Null);
    ignition::files(config).iter().filter_map(|it| it["path"].as_str().map(str::to_owned))
}

/// Returns whether a rendered MachineConfig still holds a unit or a file as one of its sources had it before
/// a change. What a later name overwrites is neither as before nor as wanted, and tells nothing.
#[must_use]
pub fn is_as_before(rendered: &Object, before: &Object, wanted: &Object) -> bool {
    let contents = |machine_config| {
        let config = ignition::config(machine_config).unwrap_or(&Value::Null);
        let units = ignition::units(config).iter().map(|it| (&it["name"], &it["contents"]));
        let files =
            ignition::files(config).iter().map(|it| (&it["path"], &it["contents"]["source"]));
        units.chain(files).collect::<Vec<_>>()
    };
    let (wanted, rendered) = (contents(wanted), contents(rendered));
    // What is no longer wanted at all may come from another source, with the same contents.
    let is_changed = |old: &(&Value, &Value)| {
        old.1.is_string() && wanted.iter().any(|new| new.0 == old.0 && new.1 != old.1)
    };
    contents(before).into_iter().filter(is_changed).any(|old| rendered.contains(&old))
}

/// Returns the state of the pool of a Snapshot, its rendered MachineConfig included.
#[must_use]
pub fn of(snapshot: &Snapshot) -> PoolState {
    let state = pool_state(snapshot.pool(names::ETCD), needed(snapshot));
    let PoolState::Rendered(name) = state else { return state };
    let Some(rendered) = snapshot.machine_config(&name) else {
        return PoolState::Waiting(format!("{name} could not be read"));
    };
    let sources = sources(snapshot).map(Boot::of);
    let sources = sources.as_ref().map(|it| (snapshot, it));
    match lacking(rendered, sources, etcd_disk::ours(snapshot)) {
        lacking if lacking.is_empty() => PoolState::Rendered(name),
        lacking => PoolState::Incomplete(lacking),
    }
}

/// The MachineConfigs that the pool was rendered from, as they are now, in merge order. One that is gone is
/// left out. `None` where some were not read: commands that do not write MachineConfigs read those of the
/// role etcd alone.
#[must_use]
pub fn sources(snapshot: &Snapshot) -> Option<Vec<&Object>> {
    let names = snapshot.pool(names::ETCD)?.list("/spec/configuration/source");
    let references = names
        .iter()
        .filter_map(|it| Some(ObjectRef::cluster(Kind::MachineConfig, it["name"].as_str()?)));
    let mut there: Vec<&Object> = Vec::new();
    for reference in references {
        match snapshot.body(&reference) {
            Field::Known(object) => there.push(object),
            Field::Absent => {}
            Field::Unknown(_) => return None,
        }
    }
    let is_all_read = snapshot.machine_configs_of(names::MASTER).next().is_some();
    (is_all_read || there.len() == names.len())
        .then(|| kubelet::in_merge_order(there, snapshot.release()))
}

/// Adds the unit that may have changed a Node to a finding about the Node. Where the unit remains, its next start undoes
/// the remedy.
#[must_use]
pub fn with_cause(mut finding: Finding, changing: &[Finding]) -> Finding {
    let Some(cause) = changing.first() else { return finding };
    let words = format!("; a possible cause is {}: {}", cause.subject, cause.message);
    finding.message.push_str(&words);
    let first = "first exclude etcd nodes from this program";
    let hint = finding.hint.map_or_else(|| first.to_owned(), |it| format!("{first}, then: {it}"));
    finding.hint = Some(hint.into());
    finding
}

/// Returns the names of the MachineConfigs of oc-etcd, which the rendered MachineConfig must contain.
pub fn needed(snapshot: &Snapshot) -> impl Iterator<Item = &str> {
    snapshot.machine_configs_of(names::ETCD).filter(|it| is_ours(it)).map(Object::name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::machine_config::KUBELET_UNIT;
    use serde_json::json;

    fn pool(spec: Value, status: Value) -> Object {
        Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "etcd"))
            .with("spec", spec)
            .with("status", status)
    }

    #[test]
    fn a_pool_counts_only_when_it_serves_what_it_rendered_from_all_of_ours() {
        let spec =
            json!({"configuration": {"name": "rendered-etcd-2", "source": [{"name": "00-etcd"}]}});
        let served = |name| json!({"configuration": {"name": name}});
        let state = |spec: &Value, status: Value, needed: &[&str]| {
            pool_state(Some(&pool(spec.clone(), status)), needed.iter().copied())
        };
        let waiting = |text: &str| PoolState::Waiting(text.to_owned());
        assert_eq!(pool_state(None, [].into_iter()), PoolState::Missing);
        assert_eq!(
            state(&json!({}), json!({}), &[]),
            waiting("the operator has not rendered the pool yet")
        );
        assert_eq!(
            state(&spec, served("rendered-etcd-2"), &["00-etcd", "00-etcd-disk"]),
            waiting("rendered-etcd-2 does not contain 00-etcd-disk yet")
        );
        assert_eq!(
            state(&spec, served("rendered-etcd-1"), &["00-etcd"]),
            waiting("rendered-etcd-2 is rolling out; new machines get rendered-etcd-1")
        );
        let mut paused = spec.clone();
        paused["paused"] = true.into();
        assert_eq!(
            state(&paused, served("rendered-etcd-1"), &["00-etcd"]),
            PoolState::HeldBack {
                wanted: "rendered-etcd-2".to_owned(),
                served: "rendered-etcd-1".to_owned(),
            }
        );
        assert_eq!(
            state(&spec, served("rendered-etcd-2"), &["00-etcd"]),
            PoolState::Rendered("rendered-etcd-2".to_owned())
        );
        let degraded = json!({"conditions": [{"type": "RenderDegraded", "status": "True", "message": "no MachineConfigs"}]});
        assert_eq!(
            state(&spec, degraded, &[]),
            PoolState::Degraded("no MachineConfigs".to_owned())
        );
    }

    #[test]
    fn a_rendered_config_from_before_a_change_is_told_from_one_that_another_overwrites() {
        let machine_config = |contents: &str, source: &str| {
            let units = json!([{"name": KUBELET_UNIT, "contents": contents}]);
            let files = json!([{"path": "/etc/a", "contents": {"source": source}}]);
            let config = json!({"systemd": {"units": units}, "storage": {"files": files}});
            Object::new(ObjectRef::cluster(Kind::MachineConfig, "a"))
                .with("spec", json!({ "config": config }))
        };
        let (before, wanted) =
            (machine_config("--v=2", "data:,1"), machine_config("--v=3", "data:,1"));
        assert!(is_as_before(&before, &before, &wanted));
        assert!(!is_as_before(&wanted, &before, &wanted));
        assert!(!is_as_before(&machine_config("of another", "data:,1"), &before, &wanted));
        let other_file = machine_config("--v=2", "data:,2");
        assert!(is_as_before(&before, &before, &other_file));
        let nothing = Object::new(ObjectRef::cluster(Kind::MachineConfig, "a"));
        assert!(!is_as_before(&before, &before, &nothing));
    }

    #[test]
    fn a_rendered_config_without_role_taint_or_disk_is_incomplete() {
        let rendered = |labels: &str, taints: &str, mount: &str| {
            let contents = format!(
                "[Service]\nExecStart=/usr/bin/kubelet --node-labels={labels} --register-with-taints={taints}\n"
            );
            let units = json!([{"name": KUBELET_UNIT, "contents": contents}, {"name": mount, "contents": "[Mount]"}]);
            Object::new(ObjectRef::cluster(Kind::MachineConfig, "rendered-etcd-1"))
                .with("spec", json!({"config": {"systemd": {"units": units}}}))
        };
        let (etcd, master) = ("node-role.kubernetes.io/etcd", "node-role.kubernetes.io/master");
        let lacking = |rendered: &Object| -> Vec<String> {
            lacking(rendered, None, None).into_iter().map(|it| it.message).collect()
        };
        assert_eq!(
            lacking(&rendered(etcd, &format!("{etcd}=:NoSchedule"), disk::MOUNT_UNIT)),
            [""; 0]
        );
        let makes_none = "the rendered configuration does not create etcd nodes:";
        assert_eq!(
            lacking(&rendered(&format!("{etcd},{master}"), "", "other.mount")),
            [
                format!(
                    "{makes_none} the kubelet registers with the role label etcd, master, not etcd alone, by \
                     kubelet.service"
                ),
                format!("{makes_none} no unit mounts /var/lib/etcd"),
            ]
        );
        assert_eq!(
            lacking(&rendered(etcd, "", disk::MOUNT_UNIT)),
            [format!(
                "{makes_none} the kubelet registers with the role taint none, not etcd alone, by \
                 kubelet.service"
            )]
        );
    }
}
