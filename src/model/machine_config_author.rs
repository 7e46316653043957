//! The author of a MachineConfig: the Machine Config Operator, oc-etcd, or somebody else.

use crate::model::names;
use crate::model::object::Object;
use crate::model::ours::is_ours;

/// The author of the text in a MachineConfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineConfigAuthor {
    /// The Machine Config Operator, from its templates or from a configuration object.
    Operator,
    /// This program. The text of a copy is that of its source.
    OcEtcd,
    /// An admin, the installer or another operator.
    SomebodyElse,
}

/// Returns who wrote a MachineConfig.
///
/// The operator's own are known by name and mark together. The name must be one that the operator gives
/// for the role in the label, and the operator's annotation, or an owner of its API groups, must be
/// there: an admin's copy of an operator's MachineConfig has the marks, and an admin may call any
/// MachineConfig `generated`. A few are written without a mark; those count by their exact name, unless
/// `managedFields` show that the operator never wrote them. Rendered MachineConfigs mix the text of
/// several authors, and are nobody's in particular: [`MachineConfigAuthor::SomebodyElse`].
///
/// Source: MCO `pkg/controller/{template,kubelet-config,container-runtime-config,internalreleaseimage}`.
#[must_use]
pub fn author(machine_config: &Object) -> MachineConfigAuthor {
    let is_marked = || {
        machine_config.annotation(names::GENERATED_BY).is_some()
            || is_owned_by_operator(machine_config)
    };
    let is_operators = match OperatorName::of(machine_config) {
        Some(OperatorName::Template | OperatorName::Marked) => is_marked(),
        Some(OperatorName::Unmarked) => is_managed_by_operator(machine_config),
        None => false,
    };
    match (is_operators, is_ours(machine_config)) {
        (true, _) => MachineConfigAuthor::Operator,
        (false, true) => MachineConfigAuthor::OcEtcd,
        (false, false) => MachineConfigAuthor::SomebodyElse,
    }
}

/// Returns whether the Machine Config Operator generates a MachineConfig, templates aside.
///
/// A copy of ours under a name that the operator generates counts, because the operator takes it over.
#[must_use]
pub fn is_generated_by_operator(machine_config: &Object) -> bool {
    has_generated_name(machine_config)
        && (is_ours(machine_config) || author(machine_config) == MachineConfigAuthor::Operator)
}

/// Returns whether the operator generates a MachineConfig of this name for the role, and takes over whatever has the name.
#[must_use]
pub fn has_generated_name(machine_config: &Object) -> bool {
    let name = OperatorName::of(machine_config);
    matches!(name, Some(OperatorName::Marked | OperatorName::Unmarked))
}

/// Returns whether it is a copy of ours that the operator has not taken over by giving it an owner.
#[must_use]
pub fn is_only_ours(machine_config: &Object) -> bool {
    is_ours(machine_config)
        && machine_config.list("/metadata/ownerReferences").is_empty()
        && machine_config.annotation(names::GENERATED_BY).is_none()
}

/// A name that the operator gives to MachineConfigs of its own.
enum OperatorName {
    /// `00-master`: rendered from a template.
    Template,
    /// `97-master-generated-kubelet`: generated, with the operator's annotation or an owner.
    Marked,
    /// `00-override-master-generated-crio-default-ulimits`: written once, by a migration, without a mark.
    Unmarked,
}

impl OperatorName {
    /// Reads the name of a MachineConfig, for the role in its label.
    fn of(machine_config: &Object) -> Option<Self> {
        let role = machine_config.label(names::MACHINE_CONFIG_ROLE).filter(|it| !it.is_empty())?;
        let (number, rest) = machine_config.name().split_once('-')?;
        let (is_override, rest) = match rest.strip_prefix("override-") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let rest = rest.strip_prefix(role)?;
        let is_numbered = |what: &str, base: &str| {
            let number = what.strip_prefix(base).map(|it| it.strip_prefix('-').unwrap_or(it));
            number.is_some_and(|it| it.chars().all(|c| c.is_ascii_digit()))
        };
        match (number, is_override, rest) {
            ("00", false, "") | ("01", false, "-container-runtime" | "-kubelet") => {
                // The operator renders no templates for custom pools: there, the name is that of a copy.
                return ["master", "worker", "arbiter"].contains(&role).then_some(Self::Template);
            }
            ("02", false, "-internalreleaseimage") => return Some(Self::Unmarked),
            _ => {}
        }
        if let Some(what) = rest.strip_prefix("-generated-") {
            return match (number, is_override, what) {
                ("00", true, "crio-default-ulimits" | "crio-default-container-runtime")
                | ("99", false, "crio-seccomp-use-default" | "crio-add-inheritable-capabilities") => {
                    Some(Self::Unmarked)
                }
                ("97" | "98", false, "kubelet")
                | ("97", false, "credentialproviderconfig")
                | ("99", false, "registries") => Some(Self::Marked),
                ("99", false, what)
                    if is_numbered(what, "kubelet") || is_numbered(what, "containerruntime") =>
                {
                    Some(Self::Marked)
                }
                _ => None,
            };
        }
        // Before 4.6 the uid of the pool stood in the place of `generated`.
        let (uid, what) = rest.strip_prefix('-')?.rsplit_once('-')?;
        let is_uid = uid.len() == 36 && uid.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let is_kind = matches!(what, "kubelet" | "containerruntime" | "registries");
        (number == "99" && !is_override && is_uid && is_kind).then_some(Self::Marked)
    }
}

/// Returns whether an object of the operator's, or one that it carries out, owns a MachineConfig: an Image, a
/// KubeletConfig. Not every such owner is marked as the controller.
fn is_owned_by_operator(machine_config: &Object) -> bool {
    let groups = ["config.openshift.io/", "machineconfiguration.openshift.io/"];
    machine_config.list("/metadata/ownerReferences").iter().any(|owner| {
        let version = owner["apiVersion"].as_str().unwrap_or_default();
        groups.iter().any(|group| version.starts_with(group))
    })
}

/// Returns whether the operator, or the installer on its behalf, wrote fields of a MachineConfig, as far
/// as `managedFields` tell; most files have none.
fn is_managed_by_operator(machine_config: &Object) -> bool {
    let managers = machine_config.list("/metadata/managedFields");
    let is_operators =
        |manager: &str| manager.starts_with("machine-config-") || manager == "cluster-bootstrap";
    managers.is_empty()
        || managers.iter().any(|it| it["manager"].as_str().is_some_and(is_operators))
}

/// Returns whether a MachineConfig of the masters is one of the three that come from templates.
#[must_use]
pub fn is_template(name: &str) -> bool {
    TEMPLATES.contains(&name)
}

/// The MachineConfigs that the operator renders from templates for the masters.
pub const TEMPLATES: [&str; 3] = ["00-master", "01-master-container-runtime", "01-master-kubelet"];

/// The MachineConfigs that the operator renders from templates for the workers.
pub const TEMPLATES_OF_WORKERS: [&str; 3] =
    ["00-worker", "01-worker-container-runtime", "01-worker-kubelet"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn machine_config(name: &str, role: &str, metadata: &serde_json::Value) -> Object {
        let mut body = json!({
            "apiVersion": "machineconfiguration.openshift.io/v1",
            "kind": "MachineConfig",
            "metadata": metadata,
        });
        body["metadata"]["name"] = name.into();
        body["metadata"]["labels"][names::MACHINE_CONFIG_ROLE] = role.into();
        Object::from_value(body).unwrap()
    }

    #[test]
    fn the_operators_own_are_known_by_name_and_mark_together() {
        let none = json!({});
        let annotated = json!({"annotations": {names::GENERATED_BY: "7327"}});
        let owned =
            json!({"ownerReferences": [{"apiVersion": "config.openshift.io/v1", "kind": "Image"}]});
        let of_tuned =
            json!({"ownerReferences": [{"apiVersion": "tuned.openshift.io/v1", "kind": "Tuned"}]});
        let by_kubectl = json!({"managedFields": [{"manager": "kubectl-create"}]});
        let by_operator = json!({"managedFields": [{"manager": "machine-config-controller"}]});
        let uid = "99-master-0a1b2c3d-0000-4000-8000-000000000000-kubelet";
        let operators = [
            ("00-master", "master", &annotated),
            ("01-worker-kubelet", "worker", &annotated),
            ("97-master-generated-kubelet", "master", &annotated),
            ("97-etcd-generated-credentialproviderconfig", "etcd", &annotated),
            ("99-my-pool-generated-kubelet-12", "my-pool", &annotated),
            ("99-master-generated-containerruntime", "master", &annotated),
            ("99-master-generated-registries", "master", &owned),
            (uid, "master", &annotated),
            ("00-override-master-generated-crio-default-ulimits", "master", &none),
            ("00-override-master-generated-crio-default-ulimits", "master", &by_operator),
            ("02-master-internalreleaseimage", "master", &none),
        ];
        for (name, role, metadata) in operators {
            let object = machine_config(name, role, metadata);
            assert_eq!(author(&object), MachineConfigAuthor::Operator, "{name}");
            let is_template = name.starts_with("00-master") || name.starts_with("01-");
            assert_eq!(is_generated_by_operator(&object), !is_template, "{name}");
        }
        let of_others = [
            ("00-master", "master", &none),
            // The procedure copies the owner of the masters' templates.
            ("00-etcd", "etcd", &owned),
            ("01-etcd-kubelet", "etcd", &annotated),
            ("99-master-ssh", "master", &none),
            ("99-master-ssh", "master", &annotated),
            ("99-master-ssh", "master", &owned),
            ("50-nto-master", "master", &of_tuned),
            ("99-master-generated-chrony", "master", &annotated),
            ("99-master-generated-kubelet-copy", "master", &annotated),
            ("99-master-generated-kubelet", "master", &none),
            ("97-worker-generated-kubelet", "master", &annotated),
            ("99-master-autogenerated-by-me", "master", &none),
            ("00-override-master-generated-by-me", "master", &none),
            ("00-override-master-generated-crio-default-ulimits", "master", &by_kubectl),
            ("rendered-master-6f80e4491d2137888b54f38c81a919ec", "", &annotated),
        ];
        for (name, role, metadata) in of_others {
            let object = machine_config(name, role, metadata);
            assert_eq!(author(&object), MachineConfigAuthor::SomebodyElse, "{name}");
            assert!(!is_generated_by_operator(&object), "{name}");
        }
    }

    #[test]
    fn a_copy_of_ours_is_ours_until_the_operator_takes_it_over() {
        let mut metadata = json!({
            "labels": {names::MANAGED_BY.0: names::MANAGED_BY.1},
            "annotations": {names::SOURCE: "machineconfig/99-master-generated-registries"},
        });
        let name = "99-etcd-generated-registries";
        let copy = machine_config(name, names::ETCD, &metadata);
        assert_eq!(
            (author(&copy), is_generated_by_operator(&copy)),
            (MachineConfigAuthor::OcEtcd, true)
        );
        metadata["ownerReferences"] =
            json!([{"apiVersion": "config.openshift.io/v1", "kind": "Image"}]);
        let taken = machine_config(name, names::ETCD, &metadata);
        assert_eq!(author(&taken), MachineConfigAuthor::Operator);
    }
}
