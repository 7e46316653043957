//! A Secret with user data: the Ignition config in it, of which only the form of the installer's is shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::page::{Page, is_version, plain};
use crate::derive::user_data::{certificate_authorities, decode};
use crate::ignition;
use crate::model::names;
use crate::model::object::Object;

/// The port of the Machine Config Server, and the path of its configs.
const CONFIGS: &str = ":22623/config/";

/// Adds all of a Secret but its metadata.
pub(crate) fn secret(object: &Object, page: &mut Page<'_>) {
    page.heading("data");
    for (key, value) in object.get("/data").and_then(Value::as_object).into_iter().flatten() {
        match decode(object) {
            Ok(config) if key == "userData" => user_data(&config, page),
            _ => entry(key, value, page),
        }
    }
    page.drop_empty();
}

fn entry(key: &str, value: &Value, page: &mut Page<'_>) {
    let name = page.policy.name(key);
    let encoded = value.as_str().unwrap_or_default();
    let bytes = STANDARD.decode(encoded.trim()).unwrap_or_else(|_| encoded.as_bytes().to_vec());
    match std::str::from_utf8(&bytes) {
        Ok(text @ ("true" | "false")) => page.value(2, &name, text),
        _ => page.contents(2, (&name, None), &bytes, plain),
    }
}

/// Adds the version and the URLs of the Machine Config Server, and digests of the authorities and of the whole.
fn user_data(config: &Value, page: &mut Page<'_>) {
    if page.policy.shows_secrets() {
        let text = serde_json::to_string_pretty(config).unwrap_or_default();
        return page.contents(2, ("userData", None), text.as_bytes(), plain);
    }
    page.key(2, "userData");
    if let Some(version) = config["ignition"]["version"].as_str().filter(|it| is_version(it)) {
        page.value(4, "version", version);
    }
    for (field, reference) in ignition::references(config) {
        if let Some(url) = reference["source"].as_str().filter(|it| is_of_server(it)) {
            page.value(4, field, url);
        }
    }
    for authority in certificate_authorities(config) {
        page.withheld(4, "certificate authority", authority.to_string().as_bytes());
    }
    page.withheld(4, "the whole", config.to_string().as_bytes());
}

/// Returns whether a URL is one of the Machine Config Server, with a role of OpenShift's.
fn is_of_server(url: &str) -> bool {
    let is_host = |it: char| it.is_ascii_alphanumeric() || ".-:[]".contains(it);
    let roles = [names::MASTER, names::WORKER, names::ETCD];
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.and_then(|rest| rest.split_once(CONFIGS))
        .is_some_and(|(host, role)| host.chars().all(is_host) && roles.contains(&role))
}
