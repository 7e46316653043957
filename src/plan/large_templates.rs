//! Decides whether `status` can do without the bodies of the operator's large templates.
//!
//! `00-master` and `00-worker` hold files of 300 KB each. In a pool that inherits, nothing is copied from them;
//! what `00-worker` means for the kubelet is in the rendered MachineConfig of the pool as well. So the rendered
//! MachineConfig answers while the pool serves it, while it makes etcd nodes, and while its metadata and the
//! metadata of its sources say that no source has changed since. Every doubt leads to the bodies.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::check::etcd_disk;
use crate::check::pool::{self, PoolState};
use crate::check::{Check, overriding, pool_policy};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::plan::Change;
use crate::plan::init::{self, InitRequest};
use crate::redact::author;

/// The names of the templates that hold the files of a role.
pub const LARGE_TEMPLATES: [&str; 2] = ["00-master", OF_WORKERS];

const OF_WORKERS: &str = "00-worker";

/// Returns whether the rendered MachineConfig, which is not read yet, may answer in the place of the templates.
#[must_use]
pub fn may_answer(snapshot: &Snapshot) -> bool {
    let state = pool::pool_state(snapshot.pool(names::ETCD), pool::needed(snapshot));
    pool_policy::existing(snapshot) == Some(Layout::Inherit)
        && matches!(state, PoolState::Rendered(_))
        && snapshot.is_upgrading() == Field::Known(false)
}

/// Returns whether the bodies of the templates have to be read after all.
#[must_use]
pub fn needs_templates(snapshot: &Snapshot) -> bool {
    snapshot.holds_metadata_only() && !answers(snapshot)
}

fn answers(snapshot: &Snapshot) -> bool {
    let Some(rendered) = snapshot.rendered_etcd() else { return false };
    may_answer(snapshot)
        // Whether they replace parts of the templates is in the templates alone.
        && overriding::of_others(snapshot).next().is_none()
        && LARGE_TEMPLATES.iter().all(|name| is_unread_template(snapshot, name))
        && pool::lacking(rendered, None, etcd_disk::ours(snapshot)).is_empty()
        && is_rendered_from_what_is_there(snapshot, rendered)
        && has_nothing_to_do(snapshot)
}

/// Returns whether the operator wrote a template, and no administrator changed the template.
fn is_unread_template(snapshot: &Snapshot, name: &str) -> bool {
    let reference = ObjectRef::cluster(Kind::MachineConfig, name);
    snapshot.metadata_only(&reference).is_some_and(author::is_unread_template)
}

/// Returns whether the pool was rendered from the current version of the MachineConfigs that the pool selects.
fn is_rendered_from_what_is_there(snapshot: &Snapshot, rendered: &Object) -> bool {
    let Some(pool) = snapshot.pool(names::ETCD) else { return false };
    let Some(rendered_at) = rendered_at(pool, rendered) else { return false };
    let sources = pool.list("/spec/configuration/source");
    let sources: BTreeSet<&str> = sources.iter().filter_map(|it| it["name"].as_str()).collect();
    let is_as_rendered = |name: &str| {
        let reference = ObjectRef::cluster(Kind::MachineConfig, name);
        let is_older = |it: &Object| !may_have_changed_since(it, rendered_at);
        match snapshot.body(&reference) {
            Field::Known(object) => is_older(object),
            Field::Unknown(_) => {
                snapshot.metadata_only(&reference).is_some_and(|it| it.judge(is_older))
            }
            Field::Absent => false,
        }
    };
    let of_roles = [names::WORKER, names::ETCD];
    let mut selected = of_roles.into_iter().flat_map(|role| snapshot.machine_configs_of(role));
    sources.contains(OF_WORKERS)
        && selected.all(|it| sources.contains(it.name()))
        && sources.iter().all(|name| is_as_rendered(name))
}

/// Returns the time at which the operator last rendered the pool, as far as metadata tells. `None` when the rendered
/// MachineConfig has no time.
///
/// The name of a rendered MachineConfig is a digest of what is merged. When a source appears that adds nothing, as
/// `99-etcd-generated-registries` does up to 40 minutes after the pool, the operator renders the pool to the same
/// MachineConfig, which keeps the time of its creation, and writes the new sources into the pool.
fn rendered_at(pool: &Object, rendered: &Object) -> Option<Timestamp> {
    let created = time(rendered, "/metadata/creationTimestamp")?;
    Some(configured_at(pool).map_or(created, |it| it.max(created)))
}

/// Returns the time at which `spec.configuration` of a pool was last written. `None` when several managers wrote
/// the field, or the manager of the field wrote other fields too: the time may then be that of another write.
fn configured_at(pool: &Object) -> Option<Timestamp> {
    let owns = |it: &&Value| !it["fieldsV1"]["f:spec"]["f:configuration"].is_null();
    let mut writes = pool.list("/metadata/managedFields").iter().filter(owns);
    let (write, None) = (writes.next()?, writes.next()) else { return None };
    let is_alone = |it: &Value| it.as_object().is_some_and(|fields| fields.len() == 1);
    let owned = &write["fieldsV1"];
    let wrote_nothing_else = is_alone(owned) && is_alone(&owned["f:spec"]);
    wrote_nothing_else.then(|| write["time"].as_str()?.parse().ok()).flatten()
}

/// Returns whether a MachineConfig may have changed since a time, according to its metadata. The API server counts
/// changes of the spec in `generation`, and says in `managedFields` when each manager wrote last; both know seconds
/// alone.
fn may_have_changed_since(machine_config: &Object, since: Timestamp) -> bool {
    let Some(created) = time(machine_config, "/metadata/creationTimestamp") else { return true };
    match machine_config.integer("/metadata/generation") {
        Some(1) => created > since,
        Some(_) => {
            let writes = machine_config.list("/metadata/managedFields");
            let is_before = |at: Option<Timestamp>| at.is_some_and(|at| at < since);
            let mut times = writes.iter().map(|it| it["time"].as_str()?.parse().ok());
            writes.is_empty() || !times.all(is_before)
        }
        None => true,
    }
}

fn time(object: &Object, pointer: &str) -> Option<Timestamp> {
    object.text(pointer)?.parse().ok()
}

/// Returns whether `init` would write nothing, and reports nothing that depends on the bodies of MachineConfigs.
fn has_nothing_to_do(snapshot: &Snapshot) -> bool {
    // The version of this program is in a mark that no comparison looks at.
    let plan = init::plan(snapshot, &InitRequest::new(""));
    let is_done = |change: &Change| {
        matches!(change, Change::Unchanged(_) | Change::LeftToOperator { fallback: None })
    };
    let of_bodies = [
        Check::SourceMissing,
        Check::SourceUnexpected,
        Check::KernelArgumentsMissing,
        Check::FipsMismatch,
        Check::KubeletRoleWrong,
        Check::KubeletUncertain,
        Check::DiskDeviceUncertain,
    ];
    let configs = [Kind::MachineConfig, Kind::MachineConfigPool];
    plan.layout.is_some()
        && plan
            .steps
            .iter()
            .filter(|it| configs.contains(&it.object.kind))
            .all(|it| is_done(&it.change))
        && !plan.findings.iter().any(|it| of_bodies.contains(&it.check))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pool_tells_when_it_was_rendered_to_a_machine_config_that_was_there() {
        let object = |kind, metadata: Value| {
            let reference = ObjectRef::cluster(kind, "etcd");
            Object::new(reference).with("metadata", metadata)
        };
        let (created, written) = ("2024-08-21T12:00:00Z", "2024-08-21T12:40:00Z");
        let rendered = object(
            Kind::MachineConfig,
            json!({"name": "rendered-etcd-1", "creationTimestamp": created}),
        );
        let write = |fields: Value, time: &str| json!({"fieldsV1": fields, "time": time});
        let at = |writes: &[Value]| {
            let pool = json!({"name": "etcd", "managedFields": writes});
            let pool = object(Kind::MachineConfigPool, pool);
            rendered_at(&pool, &rendered).map(|it| it.to_string())
        };
        let configuration = || json!({"f:spec": {"f:configuration": {"f:name": {}}}});
        let status = write(json!({"f:status": {"f:configuration": {}}}), "2024-08-21T13:00:00Z");
        let own = write(configuration(), written);
        assert_eq!(at(&[own.clone(), status.clone()]).as_deref(), Some(written));
        let earlier = write(configuration(), "2024-08-21T11:00:00Z");
        assert_eq!(at(&[earlier]).as_deref(), Some(created), "it was created after that");
        for doubtful in [
            vec![],
            vec![status],
            vec![own.clone(), own],
            vec![write(json!({"f:spec": {"f:configuration": {}, "f:paused": {}}}), written)],
            vec![write(json!({"f:metadata": {}, "f:spec": {"f:configuration": {}}}), written)],
            vec![write(configuration(), "yesterday")],
        ] {
            assert_eq!(at(&doubtful).as_deref(), Some(created), "{doubtful:?}");
        }
        let unknown = object(Kind::MachineConfig, json!({"name": "rendered-etcd-1"}));
        let pool = json!({"name": "etcd", "managedFields": [write(configuration(), written)]});
        assert_eq!(rendered_at(&object(Kind::MachineConfigPool, pool), &unknown), None);
    }

    #[test]
    fn a_change_is_told_by_metadata_and_doubt_counts_as_one() {
        let since: Timestamp = "2024-08-21T12:00:00Z".parse().unwrap();
        let (before, same, after) =
            ("2024-08-21T11:59:59Z", "2024-08-21T12:00:00Z", "2024-08-21T12:00:01Z");
        let changed = |generation: Value, created: &str, written: &[&str]| {
            let writes: Vec<Value> = written.iter().map(|it| json!({ "time": it })).collect();
            let metadata = json!({
                "name": "00-worker",
                "generation": generation,
                "creationTimestamp": created,
                "managedFields": writes,
            });
            let reference = ObjectRef::cluster(Kind::MachineConfig, "00-worker");
            may_have_changed_since(&Object::new(reference).with("metadata", metadata), since)
        };
        assert!(!changed(json!(1), before, &[]));
        assert!(!changed(json!(1), same, &[after]), "a label was written, and no spec");
        assert!(changed(json!(1), after, &[]));
        assert!(!changed(json!(2), before, &[before, before]));
        assert!(changed(json!(2), before, &[before, same]), "a second is too coarse to tell");
        assert!(changed(json!(2), before, &[before, after]));
        assert!(changed(json!(2), before, &[]), "nothing tells when");
        assert!(changed(json!(2), before, &["yesterday"]));
        assert!(changed(Value::Null, before, &[before]));
    }
}
