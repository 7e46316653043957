//! What every stand-in acts with: the world it sees, the connection it writes
//! through, the options, and a memory for how long something has been so. A
//! write that lost a race is no error; the next look decides anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::options::StandInOptions;
use super::release::Release;
use super::world::World;
use crate::kind::{self, CLUSTER_VERSION, Kind, reference};
use crate::rest::{PatchType, Rest, ignore};

/// The namespace of Machines and their user data.
pub const MACHINE_API: &str = "openshift-machine-api";

const LOST: &[u16] = &[404, 409];

/// The surroundings of the stand-ins.
pub struct Scene {
    /// The cluster as it is known.
    pub world: Arc<World>,
    /// The connection.
    pub rest: Rest,
    /// The choices.
    pub options: StandInOptions,
    /// The release that is imitated.
    pub release: Release,
}

impl Scene {
    /// The version that the cluster says it runs.
    pub fn version(&self) -> String {
        self.world
            .get(&CLUSTER_VERSION, None, "version")
            .and_then(|version| Some(version["status"]["desired"]["version"].as_str()?.to_owned()))
            .unwrap_or_default()
    }

    /// Creates an object, unless it exists.
    pub async fn create(&self, kind: &Kind, object: &Value) -> Result<()> {
        let created = self.rest.create(kind, object).await;
        self.take(kind, created).with_context(|| format!("create {}", reference(object)))
    }

    /// Changes an object, unless it is no longer as it was seen.
    pub async fn change(&self, kind: &Kind, seen: &Value, change: Value) -> Result<()> {
        self.patch(kind, seen, None, change).await
    }

    /// Changes the status of an object, unless it is no longer as it was seen.
    pub async fn change_status(&self, kind: &Kind, seen: &Value, status: Value) -> Result<()> {
        self.patch(kind, seen, Some("status"), json!({"status": status})).await
    }

    /// Replaces the whole status of an object, unless it is no longer as it was seen.
    pub async fn replace_status(&self, kind: &Kind, seen: &Value, status: Value) -> Result<()> {
        let mut object = seen.clone();
        object["status"] = status;
        let replaced = self.rest.replace_status(kind, &object).await;
        self.take(kind, replaced)
            .with_context(|| format!("replace the status of {}", reference(seen)))
    }

    /// Deletes an object, if it is there.
    pub async fn delete(&self, kind: &Kind, object: &Value) -> Result<()> {
        let (namespace, name) = (kind::namespace(object), kind::name(object));
        ignore(self.rest.delete(kind, namespace, name).await, LOST)
            .with_context(|| format!("delete {}", reference(object)))
            .map(drop)
    }

    async fn patch(
        &self,
        kind: &Kind,
        seen: &Value,
        subresource: Option<&str>,
        mut change: Value,
    ) -> Result<()> {
        change["metadata"]["resourceVersion"] = seen["metadata"]["resourceVersion"].clone();
        let patched = self.rest.patch(kind, seen, subresource, PatchType::Merge, &change).await;
        self.take(kind, patched).with_context(|| format!("change {}", reference(seen)))
    }

    fn take(&self, kind: &Kind, written: kube::Result<Value>) -> kube::Result<()> {
        if let Some(object) = ignore(written, LOST)? {
            self.world.store(kind, object);
        }
        Ok(())
    }
}

/// Remembers since when something is the case.
#[derive(Default)]
pub struct Since(HashMap<String, Instant>);

impl Since {
    /// Whether what the key stands for, which is so now, has been so this long.
    pub fn has_been(&mut self, key: impl Into<String>, long: Duration) -> bool {
        let first = self.0.entry(key.into()).or_insert_with(Instant::now);
        first.elapsed() >= long
    }

    /// Forgets that it was ever so.
    pub fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }
}

/// The time as objects have it.
#[expect(clippy::disallowed_methods, reason = "the stand-ins live in real time")]
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
