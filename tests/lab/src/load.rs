//! Puts a cluster's objects into a control plane: what the server would assign
//! itself is stripped, owners get their new uids, the status goes where the
//! status has to go.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context, Result};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;

use crate::cluster::Cluster;
use crate::control_plane::ControlPlane;
use crate::kind::{self, Kind, NAMESPACE, POOL, reference};
use crate::rest::Rest;
use crate::{documents, install, policy};

const IN_FLIGHT: usize = 16;

impl ControlPlane {
    /// Loads a cluster, with the admission policy it brings along, if any.
    pub async fn load(&self, cluster: &Cluster) -> Result<()> {
        load(&self.rest().await?, cluster).await
    }

    /// Loads a cluster, but with the admission policy of a file instead of its
    /// own. A policy that the file does not bind is bound to deny.
    pub async fn load_with_policy(&self, cluster: &Cluster, file: &Path) -> Result<()> {
        let (_, objects) = policy::split(cluster.objects());
        let policies = policy::bound(documents::read(file)?);
        let cluster = Cluster::of(objects).with_objects(policies);
        load(&self.rest().await?, &cluster).await
    }
}

/// Loads the objects of a cluster through a connection.
pub async fn load(rest: &Rest, cluster: &Cluster) -> Result<()> {
    let (policies, objects) = policy::split(cluster.objects());
    let sorted = Sorted::of(&objects)?;
    create_namespaces(rest, &sorted.namespaces).await?;
    let mut uids = HashMap::new();
    // The pools come before the policy that might not let them in, and the
    // policy comes before the rest, for it takes up to a second to work.
    create_all(rest, &sorted.pools, &mut uids).await?;
    create_all(rest, &policies, &mut HashMap::new()).await?;
    create_all(rest, &sorted.free, &mut uids).await?;
    create_all(rest, &sorted.owned, &mut uids).await?;
    if policies.iter().any(policy::is_pool_policy) {
        policy::wait_until(rest, policy::Enforced::Yes).await?;
    }
    Ok(())
}

/// The objects in the order in which they can be created.
struct Sorted {
    namespaces: BTreeSet<String>,
    pools: Vec<Value>,
    free: Vec<Value>,
    owned: Vec<Value>,
}

impl Sorted {
    fn of(objects: &[Value]) -> Result<Self> {
        let mut sorted = Self {
            namespaces: BTreeSet::new(),
            pools: Vec::new(),
            free: Vec::new(),
            owned: Vec::new(),
        };
        for object in objects {
            sorted.add(Kind::of(object)?, object);
        }
        Ok(sorted)
    }

    fn add(&mut self, kind: Kind, object: &Value) {
        if kind == NAMESPACE {
            self.namespaces.insert(kind::name(object).to_owned());
            return;
        }
        self.namespaces.extend(kind::namespace(object).map(str::to_owned));
        let list = match () {
            () if kind == POOL => &mut self.pools,
            () if object["metadata"]["ownerReferences"].is_array() => &mut self.owned,
            () => &mut self.free,
        };
        list.push(object.clone());
    }
}

async fn create_namespaces(rest: &Rest, names: &BTreeSet<String>) -> Result<()> {
    stream::iter(names)
        .map(|name| install::namespace(rest, name))
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await
}

/// Creates objects side by side and notes, by the uid each had in its file,
/// the one it got.
async fn create_all(
    rest: &Rest,
    objects: &[Value],
    uids: &mut HashMap<String, Value>,
) -> Result<()> {
    let known = &*uids;
    let created: Vec<(Option<String>, Value)> = stream::iter(objects)
        .map(async |object| {
            let created = create(rest, object, known)
                .await
                .with_context(|| format!("load {}", reference(object)))?;
            let old = object["metadata"]["uid"].as_str().map(str::to_owned);
            Ok::<_, anyhow::Error>((old, created["metadata"]["uid"].clone()))
        })
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await?;
    for (old, new) in created {
        if let Some(old) = old {
            uids.insert(old, new);
        }
    }
    Ok(())
}

/// Creates many objects side by side, made as they are needed. No owner is rewritten.
pub async fn create_many(rest: &Rest, objects: impl Iterator<Item = Value>) -> Result<()> {
    let nobody = HashMap::new();
    stream::iter(objects)
        .map(async |object| {
            let created = create(rest, &object, &nobody).await;
            created.map(drop).with_context(|| format!("load {}", reference(&object)))
        })
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await
}

async fn create(rest: &Rest, object: &Value, uids: &HashMap<String, Value>) -> Result<Value> {
    let kind = Kind::of(object)?;
    let mut clean = object.clone();
    strip(&mut clean, uids);
    let status = clean["status"].clone();
    let is_operators =
        kind.name == "MachineConfig" && clean["metadata"].get("ownerReferences").is_some();
    // Who writes a MachineConfig is told by its owner, and by the manager of its fields.
    let rest =
        if is_operators { rest.as_manager("machine-config-controller") } else { rest.clone() };
    let mut created = rest.create(&kind, &clean).await?;
    if kind.has_status && !status.is_null() {
        created["status"] = status;
        created = rest.replace_status(&kind, &created).await?;
    }
    Ok(created)
}

/// Removes what only the server assigns and rewrites the owners' uids.
fn strip(object: &mut Value, uids: &HashMap<String, Value>) {
    let Some(metadata) = object["metadata"].as_object_mut() else {
        return;
    };
    for field in [
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "managedFields",
        "selfLink",
        "deletionTimestamp",
    ] {
        metadata.remove(field);
    }
    let Some(owners) = metadata.get_mut("ownerReferences").and_then(Value::as_array_mut) else {
        return;
    };
    for owner in owners {
        if let Some(new) = owner["uid"].as_str().and_then(|old| uids.get(old)) {
            owner["uid"] = new.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_server_assigns_is_stripped_and_owners_follow() {
        let mut object = json!({"metadata": {
            "name": "a", "uid": "1", "resourceVersion": "5", "generation": 2,
            "creationTimestamp": "2024-01-01T00:00:00Z", "managedFields": [],
            "ownerReferences": [{"name": "known", "uid": "1"}, {"name": "other", "uid": "2"}],
        }});
        let uids = HashMap::from([("1".to_owned(), json!("new"))]);
        strip(&mut object, &uids);
        assert_eq!(
            object,
            json!({"metadata": {
                "name": "a",
                "ownerReferences": [{"name": "known", "uid": "new"}, {"name": "other", "uid": "2"}],
            }})
        );
    }
}
