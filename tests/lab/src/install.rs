//! What a control plane gets before any cluster: OpenShift's CRDs, its
//! namespaces, and the rights of the users.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures::future::try_join_all;
use serde_json::{Value, json};

use crate::documents;
use crate::kind::{self, CRD, Kind, NAMESPACE, reference};
use crate::rest::{PatchType, Rest, ignore};

const SERVED_WITHIN: Duration = Duration::from_secs(30);

/// Creates the CRDs and waits until the server serves their objects.
pub async fn crds(rest: &Rest, files: &[PathBuf]) -> Result<()> {
    let each = files.iter().map(async |file| {
        let yaml = std::fs::read(file).with_context(|| format!("read {}", file.display()))?;
        let created = rest
            .create_yaml(&CRD, yaml)
            .await
            .with_context(|| format!("create {}", file.display()))?;
        wait_until_served(rest, &created).await
    });
    try_join_all(each).await.map(drop)
}

async fn wait_until_served(rest: &Rest, crd: &Value) -> Result<()> {
    let started = Instant::now();
    let path = format!(
        "/apis/{}/{}/{}?limit=1",
        crd["spec"]["group"].as_str().unwrap_or_default(),
        crd["spec"]["versions"][0]["name"].as_str().unwrap_or_default(),
        crd["spec"]["names"]["plural"].as_str().unwrap_or_default(),
    );
    loop {
        // Established comes before the handler does; only an answer counts.
        match rest.text(&path).await {
            Ok(_) => return Ok(()),
            Err(error) if started.elapsed() > SERVED_WITHIN => {
                return Err(error).with_context(|| format!("wait for {}", reference(crd)));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(30)).await,
        }
    }
}

/// Applies the users' rights, and the namespaces that they name.
pub async fn rbac(rest: &Rest, files: &[PathBuf]) -> Result<()> {
    let read: Result<Vec<Vec<Value>>> = files.iter().map(|file| documents::read(file)).collect();
    let objects = read?.concat();
    let mut namespaces: Vec<&str> = objects.iter().filter_map(kind::namespace).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    try_join_all(namespaces.into_iter().map(|name| namespace(rest, name))).await?;
    let each = objects.iter().map(async |object| {
        rest.patch(&Kind::of(object)?, object, None, PatchType::Apply, object)
            .await
            .with_context(|| format!("apply {}", reference(object)))
    });
    try_join_all(each).await.map(drop)
}

/// Makes sure that a namespace exists.
pub async fn namespace(rest: &Rest, name: &str) -> Result<()> {
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    ignore(rest.create(&NAMESPACE, &object).await, &[409])
        .with_context(|| format!("create namespace/{name}"))
        .map(drop)
}
