//! Derives the MachineConfigPool `etcd`.
//!
//! KEPT      of a documented pool: the rest of master's `spec`, such as `osImageStream` of 4.22.
//! CHANGED   name, the three labels, both selectors, `paused`.
//! DROPPED   `status`, `spec.configuration`, and all metadata that the server or the operator wrote.

use serde_json::{Value, json};

use super::mark;
use crate::kind::Kind;
use crate::object::{Object, ObjectRef};
use crate::plan::Layout;
use crate::role;

/// Whether an upgrade of the cluster waits for the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RequiredForUpgrade {
    /// As the procedure does.
    #[default]
    Yes,
    /// Without the label; the pool can then be paused during an upgrade.
    No,
}

/// The pool. `master` is read for the documented layout only; the other inherits from worker.
#[must_use]
pub fn derive(
    master: Option<&Object>,
    layout: Layout,
    required: RequiredForUpgrade,
    tool_version: &str,
) -> Object {
    let source = match layout {
        Layout::Documented => role::MASTER,
        Layout::Inherit => role::WORKER,
    };
    let mut spec = master
        .filter(|_| layout == Layout::Documented)
        .and_then(|pool| pool.get("/spec"))
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for others in ["configuration", "maxUnavailable"] {
        spec.remove(others);
    }
    spec.insert("machineConfigSelector".into(), selector(layout));
    spec.insert("nodeSelector".into(), json!({ "matchLabels": { role::NODE_ROLE_ETCD: "" } }));
    spec.insert("paused".into(), false.into());
    let spec = Value::Object(spec);

    let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, role::ETCD))
        .with_labels([(role::POOL_BUILT_IN, ""), (role::POOL_ETCD, "")]);
    let pool = match required {
        RequiredForUpgrade::Yes => pool.with_labels([(role::POOL_REQUIRED, "")]),
        RequiredForUpgrade::No => pool,
    };
    mark(pool, &format!("machineconfigpool/{source}"), &spec, tool_version).with("spec", spec)
}

/// The selector by which a layout's pool finds its MachineConfigs.
#[must_use]
pub fn selector(layout: Layout) -> Value {
    match layout {
        Layout::Documented => json!({ "matchLabels": { role::MACHINE_CONFIG_ROLE: role::ETCD } }),
        Layout::Inherit => json!({ "matchExpressions": [{
            "key": role::MACHINE_CONFIG_ROLE,
            "operator": "In",
            "values": [role::WORKER, role::ETCD],
        }] }),
    }
}

/// The layout that an existing pool has, by its selector. `None` for one that is neither.
#[must_use]
pub fn layout_of(pool: &Object) -> Option<Layout> {
    let selector = pool.get("/spec/machineConfigSelector")?;
    let labels = selector["matchLabels"][role::MACHINE_CONFIG_ROLE].as_str();
    let includes_worker = || {
        selector["matchExpressions"].as_array().is_some_and(|expressions| {
            expressions.iter().any(|it| {
                it["key"] == role::MACHINE_CONFIG_ROLE
                    && it["operator"] == "In"
                    && it["values"].as_array().is_some_and(|values| {
                        values.contains(&role::WORKER.into()) && values.contains(&role::ETCD.into())
                    })
            })
        })
    };
    match labels {
        Some(role::ETCD) => Some(Layout::Documented),
        None if includes_worker() => Some(Layout::Inherit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_documented_pool_keeps_what_a_newer_release_put_into_masters() {
        let master = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "master")).with(
            "spec",
            json!({
                "configuration": {"name": "rendered-master-1"},
                "machineConfigSelector": {"matchLabels": {role::MACHINE_CONFIG_ROLE: "master"}},
                "nodeSelector": {"matchLabels": {"node-role.kubernetes.io/master": ""}},
                "paused": true,
                "osImageStream": {"name": "rhel-10"},
            }),
        );
        let pool = derive(Some(&master), Layout::Documented, RequiredForUpgrade::Yes, "1");
        assert_eq!(
            pool.get("/spec"),
            Some(&json!({
                "machineConfigSelector": {"matchLabels": {role::MACHINE_CONFIG_ROLE: "etcd"}},
                "nodeSelector": {"matchLabels": {"node-role.kubernetes.io/etcd": ""}},
                "paused": false,
                "osImageStream": {"name": "rhel-10"},
            }))
        );
        assert_eq!(pool.label(role::POOL_REQUIRED), Some(""));
        let pool = derive(Some(&master), Layout::Inherit, RequiredForUpgrade::No, "1");
        assert_eq!(pool.get("/spec/osImageStream"), None);
        assert_eq!(pool.label(role::POOL_REQUIRED), None);
    }

    #[test]
    fn a_layout_is_read_back_from_the_selector_that_it_wrote() {
        for layout in [Layout::Documented, Layout::Inherit] {
            let pool = derive(None, layout, RequiredForUpgrade::Yes, "1");
            assert_eq!(layout_of(&pool), Some(layout));
        }
    }
}
