//! Derives the secret `etcd-user-data` from `master-user-data`.
//!
//! User data is the small Ignition config with which a new machine asks the Machine Config Server
//! for the large one. Only the last segment of a source that ends in `/config/master` changes; the
//! certificate authority, the version and every other key stay (installer
//! `pkg/asset/ignition/machine/node.go`). No error quotes any of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{disk, mark};
use crate::ignition::{self, WithNested};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};

const MASTER_PATH: &str = "/config/master";
const ETCD_PATH: &str = "/config/etcd";

/// Why user data cannot be derived. Names the field, quotes no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserDataError {
    /// The secret has no such key.
    #[error("`data.userData` is missing")]
    Missing,
    /// The value is not base64.
    #[error("`data.userData` is not valid base64")]
    NotBase64,
    /// The value is compressed.
    #[error("`data.userData` is compressed with gzip, expected plain JSON")]
    Gzip,
    /// The value is not JSON.
    #[error("`data.userData` is not JSON")]
    NotJson,
    /// The value is JSON, and no Ignition config.
    #[error("`data.userData` is not an Ignition config: it has no `ignition.version`")]
    NotIgnition,
    /// The masters' source is no HTTP URL, or holds more than a host and a path.
    #[error("`data.userData` has a source for `/config/master` that is not a plain HTTP URL")]
    NoPlainUrl,
    /// Another source is a config of the Machine Config Server too, or the user data sets up the kubelet or the disk of
    /// etcd itself.
    #[error(
        "`data.userData` asks for another role's config as well, or sets up the kubelet or the etcd disk \
         itself, so that its machines could be more than etcd nodes"
    )]
    OtherRole,
    /// Another config takes the place of the user data.
    #[error(
        "`ignition.config.replace` of `data.userData` names a config that takes the place of the user data, \
         and does not end in `/config/master`"
    )]
    Replaced,
    /// No source of the config is the masters'.
    #[error("`data.userData` has no source that ends in `/config/master`")]
    NoSource,
}

/// The secret `etcd-user-data`, and the URL of the config that its machines will ask for.
///
/// # Errors
/// When the source is not an Ignition config that refers to `/config/master`.
pub fn derive(source: &Object, tool_version: &str) -> Result<(Object, String), UserDataError> {
    let mut config = decode(source)?;
    let url = redirect(&mut config)?;
    let mut data = source.get("/data").cloned().unwrap_or_default();
    data["userData"] = STANDARD.encode(config.to_string()).into();
    let reference =
        ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, names::ETCD_USER_DATA);
    let kind = source.text("/type").unwrap_or("Opaque").to_owned();
    let secret = Object::new(reference).with("type", kind.into());
    let source_name = source.reference().to_string();
    let secret = mark(secret, &source_name, &config, tool_version).with("data", data);
    Ok((secret, url))
}

/// The Ignition config in a user-data secret.
///
/// # Errors
/// When it is not base64, not plain JSON, or no Ignition config.
pub fn decode(secret: &Object) -> Result<Value, UserDataError> {
    let encoded = secret.text("/data/userData").ok_or(UserDataError::Missing)?;
    // Files have it in several lines, and folded lines leave spaces.
    let encoded: String = encoded.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(encoded).map_err(|_| UserDataError::NotBase64)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(UserDataError::Gzip);
    }
    let config: Value = serde_json::from_slice(&bytes).map_err(|_| UserDataError::NotJson)?;
    match config.pointer("/ignition/version") {
        Some(Value::String(_)) => Ok(config),
        _ => Err(UserDataError::NotIgnition),
    }
}

/// Returns whether a machine that boots with it asks for the configuration of etcd machines, and for that of no
/// other role.
#[must_use]
pub fn asks_for_etcd(secret: &Object) -> bool {
    let Ok(config) = decode(secret) else { return false };
    let is_etcds = |it: &str| it.ends_with(ETCD_PATH);
    let asks = match replacement(&config) {
        Some(source) => source.as_str().is_some_and(is_etcds),
        None => sources(&config).any(is_etcds),
    };
    asks && !has_other_role(&config)
}

/// Returns the source of the config that takes the place of an Ignition config: Ignition then passes over the rest of the
/// config, such as a merge (coreos/ignition `internal/exec/engine.go`).
fn replacement(config: &Value) -> Option<&Value> {
    let source = config.pointer("/ignition/config/replace/source")?;
    (!source.is_null() && *source != "").then_some(source)
}

/// Returns the URL of the configuration of etcd machines, where it may be shown.
#[must_use]
pub fn url(config: &Value) -> Option<&str> {
    let mut configs = sources(config).filter(|it| is_config(it));
    configs.find(|it| is_plain_url(it))
}

/// Returns the sources of other Ignition configs.
fn sources(config: &Value) -> impl Iterator<Item = &str> {
    ignition::references(config).filter_map(|(_, it)| it["source"].as_str())
}

/// Whether a source is a config of the Machine Config Server, however the URL is written.
#[must_use]
pub fn is_config(source: &str) -> bool {
    percent_decode_str(source).decode_utf8_lossy().contains("/config/")
}

/// Whether a source is the config of etcd machines.
fn is_of_etcd(source: &str) -> bool {
    source.strip_suffix(ETCD_PATH).is_some_and(|base| !is_config(base))
}

/// Returns the configs that user data brings itself, and the places of the references whose configs are known on the
/// machine only, each with the URL.
#[must_use]
pub fn brought(config: &Value) -> (Vec<Value>, Vec<(String, Option<String>)>) {
    let WithNested { configs, others } = WithNested::of(config);
    let is_unknown = |url: &Option<String>| !url.as_deref().is_some_and(is_of_etcd);
    let unknown = others.into_iter().filter(|it| is_unknown(&it.1));
    (configs, unknown.collect())
}

/// Whether a machine asks for the config of a role besides etcd's, or is given a kubelet or the units of oc-etcd by the
/// user data itself: in a merge, the parts of the user data win (coreos/ignition `config/merge`).
fn has_other_role(config: &Value) -> bool {
    let WithNested { configs, others } = WithNested::of(config);
    let is_other = |url: &String| is_config(url) && !is_of_etcd(url);
    let is_of_node =
        |name: &str| ["kubelet", "oc-etcd", disk::MOUNT_UNIT].iter().any(|it| name.contains(it));
    let names = |config| {
        let units = ignition::units(config).iter().filter_map(|it| it["name"].as_str());
        units.chain(ignition::paths(config)).any(is_of_node)
    };
    others.iter().filter_map(|it| it.1.as_ref()).any(is_other) || configs.iter().any(names)
}

/// The certificate authorities that an Ignition config trusts.
#[must_use]
pub fn certificate_authorities(config: &Value) -> &[Value] {
    config
        .pointer("/ignition/security/tls/certificateAuthorities")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Points every source of the masters' config to etcd's.
fn redirect(config: &mut Value) -> Result<String, UserDataError> {
    let is_masters = |it: &Value| it.as_str().is_some_and(|it| it.ends_with(MASTER_PATH));
    if replacement(config).is_some_and(|it| !is_masters(it)) {
        return Err(UserDataError::Replaced);
    }
    let mut url = None;
    for field in ignition::REFERENCES {
        let Some(references) = config.pointer_mut(&format!("/ignition/config/{field}")) else {
            continue;
        };
        let references = match references {
            Value::Array(list) => list.as_mut_slice(),
            single => std::slice::from_mut(single),
        };
        for reference in references {
            let Some(base) =
                reference["source"].as_str().and_then(|source| source.strip_suffix(MASTER_PATH))
            else {
                continue;
            };
            if !is_plain_url(base) {
                return Err(UserDataError::NoPlainUrl);
            }
            let redirected = format!("{base}{ETCD_PATH}");
            reference["source"] = redirected.as_str().into();
            url.get_or_insert(redirected);
        }
    }
    let url = url.ok_or(UserDataError::NoSource)?;
    if has_other_role(config) { Err(UserDataError::OtherRole) } else { Ok(url) }
}

/// Returns whether it is a URL that may be shown: of the Machine Config Server, which asks for no password.
fn is_plain_url(base: &str) -> bool {
    let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
    host.is_some_and(|host| !host.contains(['@', ',', ' ', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secret(user_data: &[u8]) -> Object {
        let reference =
            ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, "master-user-data");
        Object::new(reference).with("type", "Opaque".into()).with(
            "data",
            json!({"disableTemplating": "dHJ1ZQ==", "userData": STANDARD.encode(user_data)}),
        )
    }

    fn derived(config: &Value) -> (Value, String) {
        let (object, url) = derive(&secret(config.to_string().as_bytes()), "1").unwrap();
        assert_eq!(object.text("/data/disableTemplating"), Some("dHJ1ZQ=="));
        (decode(&object).unwrap(), url)
    }

    #[test]
    fn only_the_masters_source_changes_whatever_field_holds_it() {
        let master = "https://api-int.lab.example.com:22623/config/master";
        let etcd = "https://api-int.lab.example.com:22623/config/etcd";
        for shape in [
            json!({"merge": [{"source": master, "verification": {}}, {"source": "https://x/other"}]}),
            json!({"append": [{"source": master}]}),
            json!({"replace": {"source": master}}),
        ] {
            let ca = json!({"tls": {"certificateAuthorities": [{"source": "data:,ca"}]}});
            let before = json!({"ignition": {"version": "3.2.0", "config": shape, "security": ca}, "passwd": {}});
            let after: Value =
                serde_json::from_str(&before.to_string().replace(master, etcd)).unwrap();
            assert_eq!(derived(&before), (after, etcd.to_owned()));
        }
    }

    #[test]
    fn base64_in_several_lines_is_read() {
        let config = json!({"ignition": {"version": "3.2.0"}});
        let mut encoded = STANDARD.encode(config.to_string());
        for at in [30, 20, 10] {
            encoded.insert_str(at, if at == 20 { " " } else { "\n" });
        }
        let folded = secret(b"").with("data", json!({ "userData": encoded }));
        assert_eq!(decode(&folded), Ok(config));
    }

    #[test]
    fn what_is_no_user_data_is_named_and_never_quoted() {
        let no_source = json!({"ignition": {"version": "3.2.0", "config": {"merge": [{"source": "https://h/config/worker"}]}}});
        for (bytes, expected) in [
            (&b"\x1f\x8b\x08CANARY"[..], UserDataError::Gzip),
            (b"#cloud-config CANARY", UserDataError::NotJson),
            (b"{\"CANARY\": 1}", UserDataError::NotIgnition),
            (no_source.to_string().as_bytes(), UserDataError::NoSource),
        ] {
            let error = derive(&secret(bytes), "1").unwrap_err();
            assert_eq!(error, expected);
            assert!(!error.to_string().contains("CANARY"));
        }
        let damaged = secret(b"").with("data", json!({"userData": "%%%"}));
        assert_eq!(derive(&damaged, "1").unwrap_err(), UserDataError::NotBase64);
        let missing = secret(b"").with("data", json!({}));
        assert_eq!(derive(&missing, "1").unwrap_err(), UserDataError::Missing);
    }

    #[test]
    fn user_data_that_brings_another_role_is_refused() {
        let master = "https://api-int.lab.example.com:22623/config/master";
        let nested =
            format!("data:,{}", json!({"ignition": {"config": {"merge": [{"source": master}]}}}));
        for other in [
            format!("{master}/"),
            format!("{master}?arch=amd64"),
            master.replace("/config/m", "/config/%6d"),
            master.replace("/config/", "/%63onfig/"),
            master.replace("/master", "/worker"),
            nested,
        ] {
            let sources = |first: &str| json!([{"source": first}, {"source": other}]);
            let config = |first| json!({"ignition": {"version": "3.2.0", "config": {"merge": sources(first)}}});
            let error = derive(&secret(config(master).to_string().as_bytes()), "1").unwrap_err();
            assert_eq!(error, UserDataError::OtherRole, "{other}");
            let written = config(&master.replace("/master", "/etcd")).to_string();
            assert!(!asks_for_etcd(&secret(written.as_bytes())), "{other}");
        }
        let source = json!({"merge": [{"source": master}]});
        let units =
            |name: &str| json!({"units": [{"name": name, "dropins": [{"name": "9.conf"}]}]});
        for (section, part) in [
            ("systemd", units("kubelet.service")),
            ("systemd", units("oc-etcd-disk.service")),
            ("systemd", units("var-lib-etcd.mount")),
            ("storage", json!({"files": [{"path": "/etc/oc-etcd/prepare-disk"}]})),
            ("storage", json!({"files": [{"path": "/etc/kubernetes/kubelet.conf"}]})),
        ] {
            let mut config = json!({"ignition": {"version": "3.2.0", "config": source}});
            config[section] = part;
            let error = derive(&secret(config.to_string().as_bytes()), "1").unwrap_err();
            assert_eq!(error, UserDataError::OtherRole, "{config}");
        }
    }

    #[test]
    fn what_takes_the_place_of_user_data_counts_instead_of_it() {
        let of = |role: &str| format!("https://api-int.lab.example.com:22623/config/{role}");
        let secret = |role: &str, replace: &Value| {
            let config = json!({"merge": [{ "source": of(role) }], "replace": replace});
            let config = json!({"ignition": {"version": "3.2.0", "config": config}});
            secret(config.to_string().as_bytes())
        };
        for (replace, is_replaced) in [
            (json!({"source": "https://x/y"}), true),
            (json!({"source": "s3://CANARY/y"}), true),
            (json!({"source": {}}), true),
            (json!({"source": null, "verification": {}}), false),
            (json!({"source": ""}), false),
            (json!({"verification": {}}), false),
            (json!({}), false),
        ] {
            let refused = derive(&secret("master", &replace), "1").err();
            assert_eq!(refused, is_replaced.then_some(UserDataError::Replaced), "{replace}");
            assert_eq!(asks_for_etcd(&secret("etcd", &replace)), !is_replaced, "{replace}");
        }
        assert!(!asks_for_etcd(&secret("etcd", &json!({"source": of("other")}))));
        assert!(asks_for_etcd(&secret("etcd", &json!({"source": of("etcd")}))));
    }

    #[test]
    fn a_url_with_a_password_is_not_shown() {
        let of = |source: &str| {
            let config = json!({"ignition": {"config": {"merge": [{"source": source}]}}});
            url(&config).map(str::to_owned)
        };
        let plain = "https://h:22623/config/etcd";
        assert_eq!(of(plain).as_deref(), Some(plain));
        for source in
            ["https://u:hunter2@h:22623/config/etcd", "https://h/config/etcd?token=hunter2"]
        {
            assert_eq!(of(source), None);
        }
    }
}
