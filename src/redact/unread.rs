//! Whether a message may quote MachineConfigs that were not read.

use serde_json::Value;

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::redact::author;

/// Returns whether the Snapshot lacks a MachineConfig that a pool of the cluster is rendered from. A pool of masters or
/// workers that was not read has such MachineConfigs too. Of OpenShift's own templates, the metadata is enough.
pub(super) fn has_unread(snapshot: &Snapshot) -> bool {
    let is_unread_pool = |name: &&str| snapshot.pool(name).is_none_or(|it| sources(it).is_empty());
    let is_read = |name: &str| {
        let reference = ObjectRef::cluster(Kind::MachineConfig, name);
        let is_template =
            || snapshot.metadata_only(&reference).is_some_and(author::is_unread_template);
        snapshot.machine_config(name).is_some_and(|it| it.get("/spec").is_some()) || is_template()
    };
    let mut sources = snapshot.all(Kind::MachineConfigPool).flat_map(sources);
    [names::MASTER, names::WORKER].iter().any(is_unread_pool) || sources.any(|it| !is_read(it))
}

/// Returns the names of the MachineConfigs that a pool is, or is to be, rendered from.
fn sources(pool: &Object) -> Vec<&str> {
    let places = ["/spec/configuration/source", "/status/configuration/source"];
    let sources = places.into_iter().flat_map(|place| pool.list(place));
    sources.filter_map(|it| it.get("name").and_then(Value::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(kind: Kind, name: &str, spec: &Value) -> Object {
        let mut body = Object::new(ObjectRef::cluster(kind, name)).into_body();
        body["spec"] = spec.clone();
        Object::from_value(body).unwrap()
    }

    #[test]
    fn every_source_of_every_pool_is_asked_for() {
        let empty = || Snapshot::new("2024-08-21T12:00:00Z".parse().unwrap());
        let pool = |name, source: &str| {
            let sources = json!({"configuration": {"source": [{"name": source}]}});
            object(Kind::MachineConfigPool, name, &sources)
        };
        let source = |name| object(Kind::MachineConfig, name, &json!({}));
        let both = || [pool("master", "00-master"), pool("worker", "00-worker")];
        let all = || {
            empty().with_objects(both()).with_objects([source("00-master"), source("00-worker")])
        };
        assert!(!has_unread(&all()));
        assert!(!has_unread(&all().with_objects([object(
            Kind::MachineConfigPool,
            "etcd",
            &json!({})
        )])));
        let mut no_workers = all();
        no_workers.remove(&ObjectRef::cluster(Kind::MachineConfigPool, "worker"));
        let without_sources = [object(Kind::MachineConfigPool, "worker", &json!({}))];
        for snapshot in [
            empty(),
            empty().with_objects(both()),
            empty().with_objects(both()).with_objects([source("00-master")]),
            no_workers,
            all().with_objects([pool("infra", "99-infra-x")]),
            all().with_objects(without_sources),
        ] {
            assert!(has_unread(&snapshot));
        }
    }
}
