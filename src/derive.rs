//! The pure transformations: master's objects in, etcd's objects out.
//!
//! Each file makes one object. Nothing here reads a clock, a file or a cluster, and nothing here
//! asks which release it is: what to do follows from the structure of what is there.

pub mod disk;
pub mod kubelet_role;
pub mod kubelet_unit;
pub mod machine;
pub mod machine_config;
pub mod member_disk;
pub mod pool;
pub mod user_data;
pub mod volume;

use serde_json::{Value, json};

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef, digest};

/// Puts our marks on an object: label, source, digest of the source, version of the tool.
///
/// Where the object is made from nothing but a decision of ours, the digest is of that. Else it is of the part of the
/// source that matters to the object, so that it moves when the source does, and not when a decision of ours changes.
#[must_use]
pub fn mark(object: Object, source: &str, made_from: &Value, tool_version: &str) -> Object {
    object.with_labels([names::MANAGED_BY]).with_annotations([
        (names::SOURCE, source),
        (names::SOURCE_DIGEST, digest(made_from).as_str()),
        (names::TOOL_VERSION, tool_version),
    ])
}

/// Returns a MachineConfig for a role that is made from nothing but a decision of ours.
fn own_machine_config(
    name: &str,
    role: &str,
    mut config: Value,
    ignition_version: &str,
    tool_version: &str,
) -> Object {
    config["ignition"] = json!({ "version": ignition_version });
    let spec = json!({ "config": config });
    let object = Object::new(ObjectRef::cluster(Kind::MachineConfig, name))
        .with_labels([(names::MACHINE_CONFIG_ROLE, role)]);
    mark(object, names::FIELD_MANAGER, &spec, tool_version).with("spec", spec)
}
