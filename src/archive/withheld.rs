//! Fields of files that a sanitizer withheld and that decide on what an object is: an object without one of them is
//! neither healthy nor in trouble, it is not known.
//!
//! An API server withholds no part of an object, so that the rooms that judge an object need no third answer for each
//! of its fields. The contents of MachineConfigs and Secrets are withheld part by part, and judged where they are read.

use serde_json::Value;

use crate::model::field::is_withheld;
use crate::model::kind::Kind;
use crate::model::object::Object;

/// The fields that decide, at any depth below them.
const DECISIVE: [&str; 17] = [
    "/metadata/labels",
    "/metadata/deletionTimestamp",
    "/metadata/ownerReferences",
    "/spec/paused",
    "/spec/machineConfigSelector",
    "/spec/nodeSelector",
    "/spec/machineConfigPoolSelector",
    "/spec/configuration",
    "/spec/taints",
    "/spec/unschedulable",
    "/spec/lifecycleHooks",
    "/status/configuration",
    "/status/phase",
    "/status/nodeRef",
    "/status/errorReason",
    "/status/desired",
    "/status/history",
];

/// Returns the first field of an object that decides and is withheld.
pub(super) fn field(object: &Object) -> Option<&'static str> {
    let value = |pointer: &str| object.body().pointer(pointer).unwrap_or(&Value::Null);
    let has_own_reading = matches!(object.reference().kind, Kind::MachineConfig | Kind::Secret);
    let wholes = ["/metadata", "/spec", "/status"].into_iter();
    let mut wholes = wholes.filter(|it| !has_own_reading || *it == "/metadata");
    let conditions = "/status/conditions";
    // How many members there are is in the words of etcd's operator.
    let has_words = object.reference().kind == Kind::Etcd;
    let is_hidden = |it: &Value| {
        is_withheld(it)
            || ["type", "status"].iter().any(|field| is_withheld(&it[field]))
            || has_words && is_withheld(&it["message"])
    };
    let entries = value(conditions).as_array().map_or(&[][..], Vec::as_slice);
    let are_hidden = is_withheld(value(conditions)) || entries.iter().any(is_hidden);
    wholes
        .find(|it| is_withheld(value(it)))
        .or_else(|| DECISIVE.into_iter().find(|it| has_marker(value(it))))
        .or_else(|| are_hidden.then_some(conditions))
        .map(|it| it.trim_start_matches('/'))
}

/// Returns whether a value is withheld, or a part of the value at any depth.
fn has_marker(value: &Value) -> bool {
    is_withheld(value)
        || match value {
            Value::Array(list) => list.iter().any(has_marker),
            Value::Object(fields) => fields.values().any(has_marker),
            _ => false,
        }
}
