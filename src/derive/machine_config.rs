//! Copies a MachineConfig of the masters for the etcd pool.
//!
//! What a copy keeps, changes and drops:
//!
//! KEPT      the whole `spec`, fields of newer releases included.
//! CHANGED   `metadata.name` (the word `master` becomes `etcd`) and the role label.
//! DROPPED   `spec.osImageURL` and `spec.baseOSExtensionsContainerImage`: from 4.12 on a copy that
//!           holds them pins the pool's operating system for ever (MCO `MergeMachineConfigs`).
//! DROPPED   every annotation and owner: with the operator's annotation the pool stops rendering
//!           after the next upgrade; with an owner the copy is deleted with it.
//! REWRITTEN the kubelet's flags in `01-master-kubelet`, see `kubelet_unit`.
//! REMOVED   the first-boot units of `00-master`, where that was decided; see `plan::first_boot`.

use serde_json::Value;

use super::kubelet_unit::{self, KubeletUnitError};
use super::mark;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::ours::name_of_copy;

/// The units that pivot a new machine to its release's operating system at the first boot.
pub const FIRST_BOOT_UNITS: [&str; 2] =
    ["machine-config-daemon-firstboot.service", "machine-config-daemon-pull.service"];

/// The kubelet's unit.
pub const KUBELET_UNIT: &str = "kubelet.service";

/// The two fields that no copy may hold.
const PINS: [&str; 2] = ["osImageURL", "baseOSExtensionsContainerImage"];

/// Why a MachineConfig cannot be copied. Names fields, quotes no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MachineConfigError {
    /// A field that the copy needs is missing or of another type.
    #[error("`{0}` is missing or not of the expected type")]
    Field(&'static str),
    /// There is not exactly one unit that starts the kubelet.
    #[error("expected one kubelet.service with contents, found {found}")]
    KubeletUnits {
        /// The number of units of that name, and their kinds: `none (2 with drop-ins only)`.
        found: String,
    },
    /// The flags of the kubelet's unit are not as expected.
    #[error(transparent)]
    KubeletUnit(#[from] KubeletUnitError),
}

/// The whole copy: everything of the source's spec but the pins.
///
/// # Errors
/// When the source has no spec.
pub fn copy(source: &Object, tool_version: &str) -> Result<Object, MachineConfigError> {
    let spec = spec_without_pins(source)?;
    Ok(finish(source, &spec.clone(), spec, tool_version))
}

/// The copy of `00-master` without the units of the first boot.
///
/// # Errors
/// When the source has no spec.
pub fn copy_without_first_boot(
    source: &Object,
    tool_version: &str,
) -> Result<Object, MachineConfigError> {
    let mut spec = spec_without_pins(source)?;
    let made_from = spec.clone();
    if let Some(units) = spec.pointer_mut("/config/systemd/units").and_then(Value::as_array_mut) {
        units.retain(|unit| {
            unit["name"].as_str().is_none_or(|name| !FIRST_BOOT_UNITS.contains(&name))
        });
    }
    Ok(finish(source, &made_from, spec, tool_version))
}

/// The copy of `01-master-kubelet`, its kubelet registering as etcd.
///
/// # Errors
/// When there is not exactly one kubelet unit with contents, or its flags are not as expected.
pub fn copy_kubelet(source: &Object, tool_version: &str) -> Result<Object, MachineConfigError> {
    let mut spec = spec_without_pins(source)?;
    let made_from = spec.clone();
    set_role(kubelet_unit_mut(&mut spec)?)?;
    Ok(finish(source, &made_from, spec, tool_version))
}

/// Returns the contents that a copy was made from, as far as its source tells: the edits of the copy are undone with
/// what stands in the source now. The digest in the copy tells whether the contents were these.
#[must_use]
pub fn made_from(copy: &Value, source: &Object) -> Value {
    let mut spec = copy.clone();
    let Some(units) = spec.pointer_mut("/config/systemd/units").and_then(Value::as_array_mut)
    else {
        return spec;
    };
    let is_first_boot = |unit: &Value| FIRST_BOOT_UNITS.iter().any(|it| unit["name"] == *it);
    let is_kept = units.iter().any(is_first_boot);
    for (at, unit) in source.list("/spec/config/systemd/units").iter().enumerate() {
        if is_first_boot(unit) && !is_kept {
            units.insert(at.min(units.len()), unit.clone());
        }
        let of_copy = units.iter_mut().find(|it| it["name"] == KUBELET_UNIT);
        if unit["name"] == KUBELET_UNIT
            && let Some(of_copy) = of_copy
            && let (Some(contents), Some(of_source)) =
                (of_copy["contents"].as_str(), unit["contents"].as_str())
            && let Ok(undone) = kubelet_unit::with_flags_of(contents, of_source)
            // The digest does not cover what somebody else wrote into the flags.
            && kubelet_unit::with_role(&undone, names::ETCD).as_deref() == Ok(contents)
        {
            of_copy["contents"] = undone.into();
        }
    }
    spec
}

fn spec_without_pins(source: &Object) -> Result<Value, MachineConfigError> {
    let mut spec = source
        .get("/spec")
        .filter(|spec| spec.is_object())
        .cloned()
        .ok_or(MachineConfigError::Field("spec"))?;
    if let Some(fields) = spec.as_object_mut() {
        for pin in PINS {
            fields.remove(pin);
        }
    }
    Ok(spec)
}

fn finish(source: &Object, made_from: &Value, spec: Value, tool_version: &str) -> Object {
    let reference = ObjectRef::cluster(Kind::MachineConfig, name_of_copy(source.name()));
    let copy = Object::new(reference).with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)]);
    mark(copy, &source.reference().to_string(), made_from, tool_version).with("spec", spec)
}

fn kubelet_unit_mut(spec: &mut Value) -> Result<&mut Value, MachineConfigError> {
    let units = spec
        .pointer_mut("/config/systemd/units")
        .and_then(Value::as_array_mut)
        .ok_or(MachineConfigError::Field("spec.config.systemd.units"))?;
    let named = units.iter().filter(|unit| unit["name"] == KUBELET_UNIT).count();
    let is_whole = |unit: &Value| {
        unit["name"] == KUBELET_UNIT && unit["contents"].as_str().is_some_and(|it| !it.is_empty())
    };
    let whole: Vec<usize> = (0..units.len()).filter(|&index| is_whole(&units[index])).collect();
    match whole[..] {
        [index] => Ok(&mut units[index]),
        [] => Err(MachineConfigError::KubeletUnits {
            found: match named {
                0 => "none".to_owned(),
                _ => format!("none ({named} with this name have no contents)"),
            },
        }),
        _ => Err(MachineConfigError::KubeletUnits { found: whole.len().to_string() }),
    }
}

fn set_role(unit: &mut Value) -> Result<(), MachineConfigError> {
    let contents = unit["contents"]
        .as_str()
        .ok_or(MachineConfigError::Field("spec.config.systemd.units[kubelet.service].contents"))?;
    unit["contents"] = kubelet_unit::with_role(contents, names::ETCD)?.into();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn source(name: &str, spec: Value) -> Object {
        Object::new(ObjectRef::cluster(Kind::MachineConfig, name))
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::MASTER), ("team", "storage")])
            .with_annotations([(names::GENERATED_BY, "7327")])
            .with("spec", spec)
    }

    fn kubelet() -> Value {
        json!({
            "name": KUBELET_UNIT,
            "enabled": true,
            "mask": false,
            "contents": "ExecStart=kubelet --node-labels=node-role.kubernetes.io/master --register-with-taints=node-role.kubernetes.io/master=:NoSchedule\n",
        })
    }

    #[test]
    fn a_copy_keeps_the_spec_and_rebuilds_the_metadata() {
        let spec = json!({
            "osImageURL": "quay.io/os@sha256:1",
            "baseOSExtensionsContainerImage": "quay.io/ext@sha256:2",
            "kernelArguments": ["a=b"],
            "fieldOfTomorrow": {"deep": [1, null]},
            "config": {"ignition": {"version": "3.4.0"}},
        });
        let copy = copy(&source("99-master-x", spec), "1.2.3").unwrap();
        let kept = json!({
            "kernelArguments": ["a=b"],
            "fieldOfTomorrow": {"deep": [1, null]},
            "config": {"ignition": {"version": "3.4.0"}},
        });
        assert_eq!(
            copy.body(),
            &json!({
                "apiVersion": "machineconfiguration.openshift.io/v1",
                "kind": "MachineConfig",
                "metadata": {
                    "name": "99-etcd-x",
                    "labels": {
                        "machineconfiguration.openshift.io/role": "etcd",
                        "app.kubernetes.io/managed-by": "oc-etcd",
                    },
                    "annotations": {
                        "oc-etcd/source": "machineconfig/99-master-x",
                        "oc-etcd/source-digest": crate::model::object::digest(&kept),
                        "oc-etcd/version": "1.2.3",
                    },
                },
                "spec": kept,
            })
        );
    }

    #[test]
    fn the_first_boot_units_are_removed_and_nothing_else() {
        let units = json!([
            {"name": "a.service"},
            {"name": FIRST_BOOT_UNITS[0], "enabled": true},
            {"name": FIRST_BOOT_UNITS[1]},
            {"name": KUBELET_UNIT, "dropins": []},
        ]);
        let source = source("00-master", json!({"config": {"systemd": {"units": units}}}));
        let copy = copy_without_first_boot(&source, "1").unwrap();
        assert_eq!(
            copy.get("/spec/config/systemd/units"),
            Some(&json!([{"name": "a.service"}, {"name": KUBELET_UNIT, "dropins": []}]))
        );
    }

    #[test]
    fn anything_but_one_kubelet_unit_with_contents_is_an_error_that_names_what_was_found() {
        let with_units = |units: Value| {
            let source =
                source("01-master-kubelet", json!({"config": {"systemd": {"units": units}}}));
            copy_kubelet(&source, "1").unwrap_err().to_string()
        };
        let dropin = json!({"name": KUBELET_UNIT, "dropins": [{"name": "x"}]});
        let one = "expected one kubelet.service with contents, found";
        assert_eq!(with_units(json!([])), format!("{one} none"));
        assert_eq!(
            with_units(json!([dropin])),
            format!("{one} none (1 with this name have no contents)")
        );
        assert_eq!(with_units(json!([kubelet(), kubelet()])), format!("{one} 2"));
        assert_eq!(
            with_units(json!(7)),
            "`spec.config.systemd.units` is missing or not of the expected type"
        );
    }
}
