//! The user data of Machines: which pool's config it points at, and the Secret
//! `<pool>-user-data-managed` that the operator makes for every pool. The
//! functions here only compute.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::kind::name;

/// The name of the pool that a user-data Secret sends a machine to.
pub fn pool(secret: &Value) -> Option<String> {
    let config = decode(secret)?;
    let ignition = &config["ignition"]["config"];
    let many = ["merge", "append"].into_iter().filter_map(|how| ignition[how].as_array());
    many.flatten()
        .chain(std::iter::once(&ignition["replace"]))
        .filter_map(|reference| reference["source"].as_str())
        .find_map(|source| {
            let (before, pool) = source.rsplit_once('/')?;
            before.ends_with("/config").then(|| pool.to_owned())
        })
}

/// The managed Secret of a pool, after that of another pool.
pub fn managed(model: &Value, model_pool: &str, pool: &Value) -> Option<Value> {
    let mut config = decode(model)?;
    let (from, to) = (format!("/config/{model_pool}"), format!("/config/{}", name(pool)));
    replace_suffix(&mut config["ignition"]["config"], &from, &to);
    let mut data = model["data"].clone();
    data["userData"] = STANDARD.encode(config.to_string()).into();
    let mut metadata = json!({
        "name": format!("{}-user-data-managed", name(pool)),
        "namespace": model["metadata"]["namespace"],
        "ownerReferences": [{
            "apiVersion": "machineconfiguration.openshift.io/v1",
            "kind": "MachineConfigPool",
            "name": name(pool),
            "uid": pool["metadata"]["uid"],
        }],
    });
    if model["metadata"]["labels"].is_object() {
        metadata["labels"] = model["metadata"]["labels"].clone();
    }
    Some(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "Opaque",
        "data": data,
    }))
}

fn decode(secret: &Value) -> Option<Value> {
    let bytes = STANDARD.decode(secret["data"]["userData"].as_str()?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn replace_suffix(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => {
            if let Some(start) = text.strip_suffix(from) {
                *text = format!("{start}{to}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace_suffix(item, from, to)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| replace_suffix(field, from, to));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(config: &Value) -> Value {
        json!({
            "metadata": {"name": "master-user-data-managed", "namespace": "openshift-machine-api"},
            "data": {
                "disableTemplating": "dHJ1ZQ==",
                "userData": STANDARD.encode(config.to_string()),
            },
        })
    }

    #[test]
    fn the_pool_is_the_end_of_the_first_config_url() {
        let source = json!({"source": "https://api-int.lab.example.com:22623/config/etcd"});
        for config in
            [json!({"merge": [source]}), json!({"append": [source]}), json!({"replace": source})]
        {
            let secret = secret(&json!({"ignition": {"config": config}}));
            assert_eq!(pool(&secret).as_deref(), Some("etcd"), "{config}");
        }
        assert_eq!(pool(&json!({})), None);
    }

    #[test]
    fn a_managed_secret_points_at_its_own_pool() {
        let model = secret(&json!({"ignition": {"config": {"merge": [
            {"source": "https://api-int.lab.example.com:22623/config/master"},
        ]}}}));
        let etcd = json!({"metadata": {"name": "etcd", "uid": "1"}});
        let managed = managed(&model, "master", &etcd).unwrap();
        assert_eq!(pool(&managed).as_deref(), Some("etcd"));
        assert_eq!(managed["metadata"]["name"], "etcd-user-data-managed");
        assert_eq!(managed["data"]["disableTemplating"], "dHJ1ZQ==");
    }
}
