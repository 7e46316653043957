//! What the tests see in the cluster: which objects there are, and whether any of them was written.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use oc_etcd_lab::kind::{
    self, Kind, MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, NODE, OF_A_CLUSTER, POOL, SECRET,
};
use oc_etcd_lab::rest::PatchType;
use oc_etcd_lab::{Cluster, Rest};
use serde_json::{Value, json};

use crate::suite::Suite;

/// The resource version of every object of the cluster, by `kind/name`.
pub(crate) type Versions = BTreeMap<String, String>;

/// The kinds that the stand-ins write.
const WRITTEN_BY_CONTROLLERS: &[Kind] =
    &[POOL, MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, NODE, SECRET];

/// The objects that were made, written or removed in between, by `kind/name`.
pub(crate) fn written(before: &Versions, after: &Versions) -> Vec<String> {
    let is_other = |name: &&String| before.get(*name) != after.get(*name);
    let mut names: Vec<String> =
        before.keys().chain(after.keys()).filter(is_other).cloned().collect();
    names.sort();
    names.dedup();
    names
}

impl Suite {
    /// The resource versions of all objects.
    pub(crate) fn everything(&self) -> Result<Versions> {
        self.ask(async |rest| versions_of(rest, OF_A_CLUSTER).await)
    }

    /// Returns the resource versions of all objects, once the controllers have reconciled them.
    pub(crate) fn reconciled(&self) -> Result<Versions> {
        let mut last = Versions::new();
        let mut same = 0;
        self.wait("the controllers have reconciled all objects", async |rest| {
            let now = versions_of(rest, WRITTEN_BY_CONTROLLERS).await?;
            same = if now == last { same + 1 } else { 0 };
            last = now;
            Ok((same >= 4).then_some(()))
        })?;
        self.everything()
    }

    /// The names of the MachineConfigs of a role, rendered ones aside.
    pub(crate) fn machine_configs_of(&self, role: &str) -> Result<Vec<String>> {
        let selector = format!("machineconfiguration.openshift.io/role={role}");
        self.names(&MACHINE_CONFIG_OBJECT, &selector)
    }

    /// The names of the etcd Machines.
    pub(crate) fn machines(&self) -> Result<Vec<String>> {
        self.names(&MACHINE_OBJECT, "machine.openshift.io/cluster-api-machine-role=etcd")
    }

    fn names(&self, kind: &Kind, selector: &str) -> Result<Vec<String>> {
        let list = self.ask(async |rest| Ok(rest.list(kind, None, Some(selector)).await?))?;
        let mut names: Vec<String> = list.iter().map(|it| kind::name(it).to_owned()).collect();
        names.sort();
        Ok(names)
    }

    /// The rendered MachineConfig that the etcd pool serves.
    pub(crate) fn rendered(&self) -> Result<Value> {
        let pool = self.get("machineconfigpool/etcd")?;
        let name = pool["status"]["configuration"]["name"].as_str().context("it is not served")?;
        self.get(&format!("machineconfig/{name}"))
    }

    /// Writes the objects of a variant over those of the cluster, as the operators do.
    pub(crate) fn put(&self, variant: &str) -> Result<()> {
        let objects = Cluster::of(Vec::new()).with(variant)?;
        self.ask(async |rest| {
            let rest = rest.as_manager("machine-config-controller");
            for object in objects.objects() {
                let change = json!({
                    "metadata": {"annotations": object["metadata"]["annotations"]},
                    "spec": object["spec"],
                });
                let kind = Kind::of(object)?;
                rest.patch(&kind, object, None, PatchType::Merge, &change).await?;
                if kind.has_status && object["status"].is_object() {
                    let change = json!({"status": object["status"]});
                    rest.patch(&kind, object, Some("status"), PatchType::Merge, &change).await?;
                }
            }
            Ok(())
        })
    }
}

async fn versions_of(rest: &Rest, kinds: &[Kind]) -> Result<Versions> {
    let lists = try_join_all(kinds.iter().map(|kind| versions(rest, kind))).await?;
    Ok(lists.into_iter().flatten().collect())
}

/// Asks for the metadata only: some of the bodies are large.
async fn versions(rest: &Rest, kind: &Kind) -> Result<Vec<(String, String)>> {
    let request = http::Request::get(kind.path(None))
        .header(
            http::header::ACCEPT,
            "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
        )
        .body(Vec::new())?;
    let list: Value = rest.client().request(request).await?;
    let objects = list["items"].as_array().into_iter().flatten();
    Ok(objects
        .map(|object| {
            let name = format!("{}/{}", kind.name.to_lowercase(), kind::name(object));
            let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
            (name, version.to_owned())
        })
        .collect())
}

/// What the unit of a MachineConfig says.
pub(crate) fn unit<'a>(machine_config: &'a Value, name: &str) -> Result<&'a str> {
    let units = machine_config["spec"]["config"]["systemd"]["units"].as_array();
    let unit =
        units.into_iter().flatten().find(|it| it["name"] == name && it["contents"].is_string());
    unit.and_then(|it| it["contents"].as_str()).with_context(|| format!("there is no {name}"))
}
