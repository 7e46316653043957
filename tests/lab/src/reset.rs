//! Empties a control plane of everything that a cluster, a test or a stand-in
//! put there, so that it can take another cluster. CRDs, namespaces and the
//! users' rights stay.

use anyhow::{Context, Result};
use futures::future::try_join_all;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::control_plane::ControlPlane;
use crate::kind::{
    self, ADMISSION_POLICY, ADMISSION_POLICY_BINDING, Kind, NAMESPACE, OF_A_CLUSTER, reference,
};
use crate::load::load;
use crate::policy;
use crate::rest::{PatchType, Rest, ignore};

impl ControlPlane {
    /// Removes all objects of the loaded cluster. Stop the stand-ins first.
    pub async fn reset(&self) -> Result<()> {
        reset(&self.rest().await?).await
    }

    /// Removes the loaded cluster and loads another. Between two clusters with
    /// the same admission policy this is faster than a reset and a load, since
    /// the server takes up to a second to notice each change of a policy.
    pub async fn replace(&self, cluster: &Cluster) -> Result<()> {
        let rest = self.rest().await?;
        let (policies, objects) = policy::split(cluster.objects());
        if policies.is_empty() || !policy::are_in_force(&rest, &policies).await? {
            reset(&rest).await?;
            return load(&rest, cluster).await;
        }
        remove_objects(&rest).await?;
        if load(&rest, &Cluster::of(objects)).await.is_ok() {
            return Ok(());
        }
        // The policy does not let in a pool that this cluster had before it.
        reset(&rest).await?;
        load(&rest, cluster).await
    }
}

/// Removes all objects of a cluster through a connection.
pub async fn reset(rest: &Rest) -> Result<()> {
    let had_policy = delete_policies(rest).await?;
    remove_objects(rest).await?;
    if had_policy {
        policy::wait_until(rest, policy::Enforced::No).await?;
    }
    Ok(())
}

async fn remove_objects(rest: &Rest) -> Result<()> {
    let namespaces = namespaces(rest).await?;
    let kinds = OF_A_CLUSTER.iter();
    try_join_all(kinds.map(|kind| delete_kind(rest, kind, &namespaces))).await.map(drop)
}

/// Deletes the policies; says whether that on pools was among them.
async fn delete_policies(rest: &Rest) -> Result<bool> {
    let policies = rest.list(&ADMISSION_POLICY, None, None).await?;
    if policies.is_empty() {
        return Ok(false);
    }
    rest.delete_all(&ADMISSION_POLICY_BINDING, None).await?;
    rest.delete_all(&ADMISSION_POLICY, None).await?;
    Ok(policies.iter().any(policy::is_pool_policy))
}

async fn namespaces(rest: &Rest) -> Result<Vec<String>> {
    let all = rest.list(&NAMESPACE, None, None).await?;
    let names = all.iter().map(kind::name);
    Ok(names.filter(|name| !name.starts_with("kube-")).map(str::to_owned).collect())
}

async fn delete_kind(rest: &Rest, kind: &Kind, namespaces: &[String]) -> Result<()> {
    // One look saves a deletion in each namespace.
    let found = rest.list(kind, None, None).await?;
    let mut places: Vec<Option<&str>> = found
        .iter()
        .map(kind::namespace)
        .filter(|place| place.is_none_or(|place| namespaces.iter().any(|name| name == place)))
        .collect();
    places.sort_unstable();
    places.dedup();
    let finalized = found.iter().filter(|object| object["metadata"]["finalizers"].is_array());
    try_join_all(finalized.map(|object| strip_finalizers(rest, kind, object))).await?;
    for place in places {
        rest.delete_all(kind, place)
            .await
            .with_context(|| format!("delete all {}", kind.plural))?;
    }
    Ok(())
}

async fn strip_finalizers(rest: &Rest, kind: &Kind, object: &Value) -> Result<()> {
    let patch = json!({"metadata": {"finalizers": null}});
    let patched = rest.patch(kind, object, None, PatchType::Merge, &patch).await;
    ignore(patched, &[404])
        .with_context(|| format!("strip the finalizers of {}", reference(object)))
        .map(drop)
}
