//! Derives the MachineConfigPool `etcd`.
//!
//! KEPT      of a documented pool: the rest of master's `spec`, such as `osImageStream` of 4.22.
//! CHANGED   name, the three labels, both selectors, `paused`.
//! DROPPED   `status`, `spec.configuration`, and all metadata that the server or the operator wrote.

use serde_json::{Value, json};

use super::mark;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};

/// The choice whether an upgrade of the cluster waits for the pool.
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
    spec.insert("nodeSelector".into(), json!({ "matchLabels": { names::NODE_ROLE_ETCD: "" } }));
    spec.insert("paused".into(), false.into());
    let spec = Value::Object(spec);

    let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD))
        .with_labels([(names::POOL_BUILT_IN, ""), (names::POOL_ETCD, "")]);
    let pool = match required {
        RequiredForUpgrade::Yes => pool.with_labels([(names::POOL_REQUIRED, "")]),
        RequiredForUpgrade::No => pool,
    };
    mark(pool, source(layout), &spec, tool_version).with("spec", spec)
}

/// The pool that a layout takes the MachineConfigs of.
#[must_use]
pub const fn source(layout: Layout) -> &'static str {
    match layout {
        Layout::Documented => "machineconfigpool/master",
        Layout::Inherit => "machineconfigpool/worker",
    }
}

/// Returns the layout with which oc-etcd wrote a pool.
#[must_use]
pub fn recorded_layout(pool: &Object) -> Option<Layout> {
    let recorded = pool.annotation(names::SOURCE)?;
    [Layout::Documented, Layout::Inherit].into_iter().find(|it| source(*it) == recorded)
}

/// The selector by which a layout's pool finds its MachineConfigs.
#[must_use]
pub fn selector(layout: Layout) -> Value {
    match layout {
        Layout::Documented => json!({ "matchLabels": { names::MACHINE_CONFIG_ROLE: names::ETCD } }),
        Layout::Inherit => json!({ "matchExpressions": [{
            "key": names::MACHINE_CONFIG_ROLE,
            "operator": "In",
            "values": [names::WORKER, names::ETCD],
        }] }),
    }
}

/// The layout that an existing pool has, by its selector. `None` for one that is neither.
#[must_use]
pub fn layout_of(pool: &Object) -> Option<Layout> {
    let selector = pool.get("/spec/machineConfigSelector")?;
    let labels = selector["matchLabels"][names::MACHINE_CONFIG_ROLE].as_str();
    let includes_worker = || {
        selector["matchExpressions"].as_array().is_some_and(|expressions| {
            expressions.iter().any(|it| {
                it["key"] == names::MACHINE_CONFIG_ROLE
                    && it["operator"] == "In"
                    && it["values"].as_array().is_some_and(|values| {
                        values.contains(&names::WORKER.into())
                            && values.contains(&names::ETCD.into())
                    })
            })
        })
    };
    match labels {
        Some(names::ETCD) => Some(Layout::Documented),
        None if includes_worker() => Some(Layout::Inherit),
        _ => None,
    }
}

/// Returns an object for others to apply: it does not say whether a pool is paused, so that nobody who applies the object
/// again undoes a pause of the admin.
#[must_use]
pub fn without_pause(object: &Object) -> Object {
    let mut object = object.clone();
    if object.reference().kind == Kind::MachineConfigPool
        && let Some(mut spec) = object.get("/spec").cloned()
        && let Some(fields) = spec.as_object_mut()
    {
        fields.remove("paused");
        object = object.with("spec", spec);
    }
    object
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
                "machineConfigSelector": {"matchLabels": {names::MACHINE_CONFIG_ROLE: "master"}},
                "nodeSelector": {"matchLabels": {"node-role.kubernetes.io/master": ""}},
                "paused": true,
                "osImageStream": {"name": "rhel-10"},
            }),
        );
        let pool = derive(Some(&master), Layout::Documented, RequiredForUpgrade::Yes, "1");
        assert_eq!(
            pool.get("/spec"),
            Some(&json!({
                "machineConfigSelector": {"matchLabels": {names::MACHINE_CONFIG_ROLE: "etcd"}},
                "nodeSelector": {"matchLabels": {"node-role.kubernetes.io/etcd": ""}},
                "paused": false,
                "osImageStream": {"name": "rhel-10"},
            }))
        );
        assert_eq!(pool.label(names::POOL_REQUIRED), Some(""));
        let pool = derive(Some(&master), Layout::Inherit, RequiredForUpgrade::No, "1");
        assert_eq!(pool.get("/spec/osImageStream"), None);
        assert_eq!(pool.label(names::POOL_REQUIRED), None);
    }

    #[test]
    fn a_layout_is_read_back_from_the_selector_that_it_wrote() {
        for layout in [Layout::Documented, Layout::Inherit] {
            let pool = derive(None, layout, RequiredForUpgrade::Yes, "1");
            assert_eq!(layout_of(&pool), Some(layout));
        }
    }
}
