//! The kinds of object that the control plane serves and that tests use, and
//! the paths under which the API server has them.

use anyhow::{Context, Result};
use kube::discovery::ApiResource;
use serde_json::Value;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// The API group, empty for the core group.
    pub group: &'static str,
    /// The version that we use.
    pub version: &'static str,
    /// The name as in `kind:`.
    pub name: &'static str,
    /// The name as in paths.
    pub plural: &'static str,
    /// Whether its objects live in namespaces.
    pub is_namespaced: bool,
    /// Whether the status is written separately, after the object.
    pub has_status: bool,
}

const CONFIG: &str = "config.openshift.io";
const MACHINE: &str = "machine.openshift.io";
const MACHINE_CONFIG: &str = "machineconfiguration.openshift.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";

const fn cluster(
    group: &'static str,
    version: &'static str,
    name: &'static str,
    plural: &'static str,
) -> Kind {
    Kind { group, version, name, plural, is_namespaced: false, has_status: false }
}

impl Kind {
    const fn namespaced(mut self) -> Self {
        self.is_namespaced = true;
        self
    }

    const fn status(mut self) -> Self {
        self.has_status = true;
        self
    }
}

/// The namespace of Machines.
pub const NAMESPACE_OF_MACHINES: &str = "openshift-machine-api";
/// Namespaces.
pub const NAMESPACE: Kind = cluster("", "v1", "Namespace", "namespaces");
/// Nodes. Their status is accepted with the object itself.
pub const NODE: Kind = cluster("", "v1", "Node", "nodes");
/// Secrets.
pub const SECRET: Kind = cluster("", "v1", "Secret", "secrets").namespaced();
/// `ConfigMaps`.
pub const CONFIG_MAP: Kind = cluster("", "v1", "ConfigMap", "configmaps").namespaced();
/// Pods. Nothing runs in them here.
pub const POD: Kind = cluster("", "v1", "Pod", "pods").namespaced();
/// `CustomResourceDefinitions`.
pub const CRD: Kind =
    cluster("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions");
/// `ValidatingAdmissionPolicies`.
pub const ADMISSION_POLICY: Kind =
    cluster(ADMISSION, "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies");
/// `ValidatingAdmissionPolicyBindings`.
pub const ADMISSION_POLICY_BINDING: Kind = cluster(
    ADMISSION,
    "v1",
    "ValidatingAdmissionPolicyBinding",
    "validatingadmissionpolicybindings",
);
/// `ClusterVersions`.
pub const CLUSTER_VERSION: Kind =
    cluster(CONFIG, "v1", "ClusterVersion", "clusterversions").status();
/// Machines of the Machine API.
pub const MACHINE_OBJECT: Kind =
    cluster(MACHINE, "v1beta1", "Machine", "machines").namespaced().status();
/// `MachineConfigs`.
pub const MACHINE_CONFIG_OBJECT: Kind =
    cluster(MACHINE_CONFIG, "v1", "MachineConfig", "machineconfigs");
/// `MachineConfigPools`.
pub const POOL: Kind =
    cluster(MACHINE_CONFIG, "v1", "MachineConfigPool", "machineconfigpools").status();
/// `ControllerConfigs` of the Machine Config Operator.
pub const CONTROLLER_CONFIG: Kind =
    cluster(MACHINE_CONFIG, "v1", "ControllerConfig", "controllerconfigs").status();

/// `ClusterOperators`.
pub const CLUSTER_OPERATOR: Kind =
    cluster(CONFIG, "v1", "ClusterOperator", "clusteroperators").status();
/// `ControlPlaneMachineSets`.
pub const CONTROL_PLANE_MACHINE_SET: Kind =
    cluster(MACHINE, "v1", "ControlPlaneMachineSet", "controlplanemachinesets")
        .namespaced()
        .status();
/// The configuration and the status of etcd's operator.
pub const ETCD: Kind = cluster("operator.openshift.io", "v1", "Etcd", "etcds").status();

/// The kinds whose objects belong to the loaded cluster: what a reset removes.
pub const OF_A_CLUSTER: &[Kind] = &[
    POOL,
    MACHINE_CONFIG_OBJECT,
    MACHINE_OBJECT,
    NODE,
    CLUSTER_VERSION,
    CONTROLLER_CONFIG,
    CLUSTER_OPERATOR,
    cluster(CONFIG, "v1", "FeatureGate", "featuregates").status(),
    cluster(CONFIG, "v1", "Image", "images").status(),
    cluster(CONFIG, "v1", "Infrastructure", "infrastructures").status(),
    cluster(CONFIG, "v1", "Node", "nodes").status(),
    cluster(MACHINE, "v1beta1", "MachineSet", "machinesets").namespaced().status(),
    CONTROL_PLANE_MACHINE_SET,
    ETCD,
    cluster(MACHINE_CONFIG, "v1", "KubeletConfig", "kubeletconfigs").status(),
    cluster(MACHINE_CONFIG, "v1", "ContainerRuntimeConfig", "containerruntimeconfigs").status(),
    SECRET,
    CONFIG_MAP,
    POD,
];

const OF_THE_SERVER: &[Kind] = &[
    NAMESPACE,
    CRD,
    ADMISSION_POLICY,
    ADMISSION_POLICY_BINDING,
    cluster(RBAC, "v1", "ClusterRole", "clusterroles"),
    cluster(RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings"),
    cluster(RBAC, "v1", "Role", "roles").namespaced(),
    cluster(RBAC, "v1", "RoleBinding", "rolebindings").namespaced(),
    cluster("", "v1", "ServiceAccount", "serviceaccounts").namespaced(),
    cluster("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests"),
];

impl Kind {
    /// The kind of an object, by its `apiVersion` and `kind`.
    pub fn of(object: &Value) -> Result<Kind> {
        let api_version = object["apiVersion"].as_str().unwrap_or_default();
        let name = object["kind"].as_str().unwrap_or_default();
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        OF_A_CLUSTER
            .iter()
            .chain(OF_THE_SERVER)
            .find(|kind| kind.group == group && kind.name == name)
            .copied()
            .with_context(|| format!("kind {name} of {api_version} is not one the lab serves"))
    }

    /// The `apiVersion` of its objects.
    pub fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// The path of all its objects, or of those in one namespace.
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = match self.group {
            "" => "/api".to_owned(),
            group => format!("/apis/{group}"),
        };
        let (version, plural) = (self.version, self.plural);
        match namespace.filter(|_| self.is_namespaced) {
            Some(namespace) => format!("{root}/{version}/namespaces/{namespace}/{plural}"),
            None => format!("{root}/{version}/{plural}"),
        }
    }

    /// The kind as kube's dynamic API wants it.
    pub fn api_resource(&self) -> ApiResource {
        ApiResource {
            group: self.group.to_owned(),
            version: self.version.to_owned(),
            api_version: self.api_version(),
            kind: self.name.to_owned(),
            plural: self.plural.to_owned(),
        }
    }
}

/// The name of an object, empty if it has none.
pub fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// The namespace of an object.
pub fn namespace(object: &Value) -> Option<&str> {
    object["metadata"]["namespace"].as_str()
}

/// A label of an object.
pub fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object["metadata"]["labels"][key].as_str()
}

/// An annotation of an object.
pub fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object["metadata"]["annotations"][key].as_str()
}

/// How an object is called in messages: `machineconfig/00-master`.
pub fn reference(object: &Value) -> String {
    let kind = object["kind"].as_str().unwrap_or("object").to_lowercase();
    match namespace(object) {
        Some(namespace) => format!("{kind}/{namespace}/{}", name(object)),
        None => format!("{kind}/{}", name(object)),
    }
}
