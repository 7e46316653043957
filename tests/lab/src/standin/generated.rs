//! The stand-in for the operator's other controllers: the MachineConfigs and
//! the Secret that it generates for every pool, and the removal, by ownership,
//! of what belonged to a deleted pool.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use serde_json::{Value, json};

use super::options::Registries;
use super::pools::controller_version;
use super::render::GENERATED_BY;
use super::scene::{MACHINE_API, Scene, Since};
use super::user_data;
use crate::kind::{MACHINE_CONFIG_OBJECT, SECRET, annotation, label, name};

const BUILT_IN: &str = "machineconfiguration.openshift.io/mco-built-in";
const ROLE: &str = "machineconfiguration.openshift.io/role";

/// Generates what belongs to pools.
#[derive(Default)]
pub struct Generated {
    since: Since,
    done: std::collections::HashSet<String>,
}

impl Generated {
    /// Does what there is to do now; `restart` is set when the operator shall
    /// behave as after a restart.
    pub async fn tick(&mut self, scene: &Scene, restart: &AtomicBool) -> Result<()> {
        let restarted = restart.swap(false, Ordering::SeqCst);
        for pool in scene.world.custom_pools() {
            write_user_data(scene, &pool).await?;
            self.write_registries(scene, &pool).await?;
            if restarted || scene.options.generated_kubelet {
                write_kubelet(scene, &pool).await?;
            }
        }
        take_over_older(scene).await?;
        remove_orphans(scene).await
    }

    async fn write_registries(&mut self, scene: &Scene, pool: &Value) -> Result<()> {
        let Registries::After(delay) = scene.options.registries else {
            return Ok(());
        };
        let model = "99-worker-generated-registries";
        let Some(model) = scene.world.get(&MACHINE_CONFIG_OBJECT, None, model) else {
            return Ok(());
        };
        // The operator looks at it again when the sources change, not when
        // somebody touches the result.
        let key = format!(
            "registries {} {}",
            pool["metadata"]["uid"], model["metadata"]["resourceVersion"]
        );
        if label(pool, BUILT_IN).is_none()
            || self.done.contains(&key)
            || !self.since.has_been(&key, delay)
        {
            return Ok(());
        }
        write(scene, &model, pool, Takeover::Whole).await?;
        self.done.insert(key);
        Ok(())
    }
}

/// What the operator takes over of a MachineConfig that already has the name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takeover {
    /// Its config, annotations and owners.
    Whole,
    /// Its config and annotations.
    WithoutOwner,
}

/// From 4.10 on, every pool has its managed user data.
async fn write_user_data(scene: &Scene, pool: &Value) -> Result<()> {
    let secret_name = format!("{}-user-data-managed", name(pool));
    let exists = scene.world.get(&SECRET, Some(MACHINE_API), &secret_name);
    if exists.is_some() || !scene.release.is_at_least(10) {
        return Ok(());
    }
    for model_pool in ["worker", "master"] {
        let model = format!("{model_pool}-user-data-managed");
        let model = scene.world.get(&SECRET, Some(MACHINE_API), &model);
        let managed = model.and_then(|model| user_data::managed(&model, model_pool, pool));
        if let Some(managed) = managed {
            return scene.create(&SECRET, &managed).await;
        }
    }
    Ok(())
}

/// For a custom pool the operator starts from the worker's template.
async fn write_kubelet(scene: &Scene, pool: &Value) -> Result<()> {
    for prefix in ["97", "98"] {
        let model = format!("{prefix}-worker-generated-kubelet");
        if let Some(model) = scene.world.get(&MACHINE_CONFIG_OBJECT, None, &model) {
            write(scene, &model, pool, Takeover::WithoutOwner).await?;
        }
    }
    Ok(())
}

/// Makes a pool's MachineConfig after the worker's, or overwrites it.
async fn write(scene: &Scene, model: &Value, pool: &Value, takeover: Takeover) -> Result<()> {
    let config_name = name(model).replacen("-worker-", &format!("-{}-", name(pool)), 1);
    let existing = scene.world.get(&MACHINE_CONFIG_OBJECT, None, &config_name);
    let metadata = &model["metadata"];
    let Some(existing) = existing else {
        let mut created = json!({
            "apiVersion": model["apiVersion"],
            "kind": model["kind"],
            "metadata": {
                "name": config_name,
                "labels": {ROLE: name(pool)},
                "annotations": metadata["annotations"],
                "ownerReferences": metadata["ownerReferences"],
            },
            "spec": model["spec"],
        });
        // The kernel arguments of 97-worker are not for other pools.
        created["spec"]["kernelArguments"] = json!([]);
        return scene.create(&MACHINE_CONFIG_OBJECT, &created).await;
    };
    let is_annotated = metadata["annotations"].as_object().is_none_or(|wanted| {
        wanted.iter().all(|(key, value)| annotation(&existing, key) == value.as_str())
    });
    if existing["spec"]["config"] == model["spec"]["config"] && is_annotated {
        return Ok(());
    }
    let mut change = json!({
        "metadata": {"annotations": metadata["annotations"]},
        "spec": {"config": model["spec"]["config"]},
    });
    if takeover == Takeover::Whole {
        change["metadata"]["ownerReferences"] = metadata["ownerReferences"].clone();
    }
    scene.change(&MACHINE_CONFIG_OBJECT, &existing, change).await
}

/// After an upgrade the operator makes anew all that its predecessor made.
async fn take_over_older(scene: &Scene) -> Result<()> {
    let version = controller_version(scene);
    for config in scene.world.list(&MACHINE_CONFIG_OBJECT) {
        let made_by = annotation(&config, GENERATED_BY).unwrap_or_default();
        if made_by.is_empty()
            || made_by == version
            || version.is_empty()
            || !name(&config).contains("-generated-")
        {
            continue;
        }
        let change = json!({"metadata": {"annotations": {GENERATED_BY: version}}});
        scene.change(&MACHINE_CONFIG_OBJECT, &config, change).await?;
    }
    Ok(())
}

/// The garbage collector's part: a deleted pool takes along what it owns.
async fn remove_orphans(scene: &Scene) -> Result<()> {
    for kind in [&MACHINE_CONFIG_OBJECT, &SECRET] {
        for object in scene.world.list(kind) {
            let owner = &object["metadata"]["ownerReferences"][0];
            let is_orphan = owner["kind"] == "MachineConfigPool"
                && owner["uid"].as_str().is_some_and(|uid| scene.world.is_deleted_pool(uid));
            if is_orphan {
                scene.delete(kind, &object).await?;
            }
        }
    }
    Ok(())
}
