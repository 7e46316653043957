//! What the status of a MachineConfigPool is about, and the commands that pause and resume the etcd pool.

use crate::model::object::Object;

/// Command that keeps the Nodes of the etcd pool as they are.
pub const PAUSE: &str =
    "oc patch machineconfigpool/etcd --type=merge -p '{\"spec\":{\"paused\":true}}'";

/// Command that resumes the etcd pool.
pub const RESUME: &str =
    "oc patch machineconfigpool/etcd --type=merge -p '{\"spec\":{\"paused\":false}}'";

/// Returns whether the status of a pool is about the current spec. Unless both generations are known, it counts as such.
#[must_use]
pub fn is_observed(pool: &Object) -> bool {
    let generation = pool.integer("/metadata/generation");
    let observed = pool.integer("/status/observedGeneration");
    generation.zip(observed).is_none_or(|(generation, observed)| observed >= generation)
}

/// Returns whether somebody paused a pool, as far as this is known.
#[must_use]
pub fn is_paused(pool: &Object) -> bool {
    pool.get("/spec/paused") == Some(&true.into())
}

/// Returns the name of the rendered MachineConfig that new machines of a pool get: the one that the pool is to have, as soon
/// as one Node has it (MCO `pkg/server/cluster_server.go`).
#[must_use]
pub fn served(pool: &Object) -> Option<&str> {
    let updated = pool.integer("/status/updatedMachineCount").unwrap_or_default();
    pool.text(if updated > 0 { "/spec/configuration/name" } else { "/status/configuration/name" })
}

/// Returns the names of the MachineConfigs from which a configuration was rendered. `None` if the pool does not tell, as of a
/// configuration that is neither the newest nor the one before.
#[must_use]
pub fn sources<'a>(pool: &'a Object, rendered: &str) -> Option<Vec<&'a str>> {
    let is_it = |it: &&str| pool.text(&format!("/{it}/configuration/name")) == Some(rendered);
    let place = ["spec", "status"].into_iter().find(is_it)?;
    let sources = pool.list(&format!("/{place}/configuration/source"));
    let names: Option<Vec<&str>> = sources.iter().map(|it| it["name"].as_str()).collect();
    names.filter(|it| !it.is_empty())
}

/// Returns whether the configuration that the Nodes of a pool have, or are to have, was rendered from a MachineConfig of this
/// name.
#[must_use]
pub fn is_rendered_from(pool: &Object, name: &str) -> bool {
    ["/spec/configuration/source", "/status/configuration/source"]
        .iter()
        .any(|place| pool.list(place).iter().any(|it| it["name"] == name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::check::pool::{PoolState, pool_state};
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    #[test]
    fn a_new_machine_gets_the_newest_configuration_as_soon_as_one_node_has_it() {
        let served = |updated: Value| {
            let status = json!({"configuration": {"name": "rendered-etcd-1"}, "updatedMachineCount": updated});
            let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "etcd"))
                .with("spec", json!({"configuration": {"name": "rendered-etcd-2"}}))
                .with("status", status);
            let is_rendered =
                matches!(pool_state(Some(&pool), [].into_iter()), PoolState::Rendered(_));
            (super::served(&pool).unwrap().to_owned(), is_rendered)
        };
        assert_eq!(served(json!(0)), ("rendered-etcd-1".to_owned(), false));
        assert_eq!(served(json!(null)), ("rendered-etcd-1".to_owned(), false));
        assert_eq!(served(json!(1)), ("rendered-etcd-2".to_owned(), true));
    }

    #[test]
    fn a_status_that_is_older_than_the_pool_tells_nothing_about_the_pool() {
        let state = |observed: Value| {
            let configuration = json!({"name": "rendered-etcd-2"});
            let status = json!({"configuration": configuration, "observedGeneration": observed});
            let mut body = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "etcd"))
                .with("spec", json!({"configuration": configuration}))
                .with("status", status)
                .into_body();
            body["metadata"]["generation"] = 3.into();
            pool_state(Some(&Object::from_value(body).unwrap()), [].into_iter())
        };
        assert!(matches!(state(json!(3)), PoolState::Rendered(_)));
        assert!(matches!(state(json!(null)), PoolState::Rendered(_)));
        assert!(matches!(state(json!(2)), PoolState::Waiting(_)));
    }
}
