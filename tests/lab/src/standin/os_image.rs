//! Which OS image a rendered MachineConfig gets: image of the release, or one that
//! a MachineConfig asks for. It touches nothing.

use serde_json::Value;

use super::render::{GENERATED_BY, Operator};
use crate::kind::annotation;

/// The OS image of the release, which the `ControllerConfig` names.
pub fn base_image(operator: &Operator<'_>) -> String {
    let config = operator.controller_config;
    text(config, "baseOSContainerImage")
        .filter(|_| operator.release.is_at_least(12))
        .or_else(|| text(config, "osImageURL"))
        .unwrap_or_default()
}

/// The OS image that the MachineConfigs ask for, if the release listens.
pub fn os_image(configs: &[Value], operator: &Operator<'_>) -> Option<String> {
    operator.release.is_at_least(12).then(|| last_text(configs, "osImageURL", operator)).flatten()
}

/// Whether the OS image is the wish of somebody other than the operator, whose
/// own MachineConfigs say what the `ControllerConfig` does.
pub fn is_pinned(configs: &[Value], os_image: &str) -> bool {
    configs
        .iter()
        .filter(|config| !is_generated(config))
        .any(|config| config["spec"]["osImageURL"] == os_image)
}

/// The last MachineConfig's word on a field. From 4.21 on, what the operator
/// itself wrote is not a wish.
pub fn last_text(configs: &[Value], field: &str, operator: &Operator<'_>) -> Option<String> {
    configs
        .iter()
        .rev()
        .filter(|config| !operator.release.is_at_least(21) || !is_generated(config))
        .find_map(|config| text(&config["spec"], field))
}

fn is_generated(config: &Value) -> bool {
    annotation(config, GENERATED_BY).is_some_and(|version| !version.is_empty())
}

/// A field's text, unless it is empty.
pub fn text(object: &Value, field: &str) -> Option<String> {
    object[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
