//! The names that OpenShift gives to node roles, and the names that we give to what we make.

/// The role of the machines that this tool makes. The kubelet may give itself no other name:
/// OpenShift's NodeRestriction admission knows `etcd` and three more (openshift/kubernetes,
/// `well_known_openshift_labels.go`).
pub const ETCD: &str = "etcd";
/// The role that everything is copied from.
pub const MASTER: &str = "master";
/// The role that a custom pool inherits from.
pub const WORKER: &str = "worker";

/// The field of Infrastructure `cluster` with the name of the cluster, which no other cluster has.
pub const INFRASTRUCTURE_NAME: &str = "/status/infrastructureName";

/// The label by which a pool selects its MachineConfigs.
pub const MACHINE_CONFIG_ROLE: &str = "machineconfiguration.openshift.io/role";
/// The prefix of the MachineConfigs that the operator renders for the pool `etcd`.
pub const RENDERED: &str = "rendered-etcd-";
/// The annotation of a Node with the name of the rendered MachineConfig that the Node runs with.
pub const CURRENT_CONFIG: &str = "machineconfiguration.openshift.io/currentConfig";
/// The annotation of a Node with the name of the rendered MachineConfig that the Node is to run with.
pub const DESIRED_CONFIG: &str = "machineconfiguration.openshift.io/desiredConfig";
/// The annotation of a Node with the state of the operator's daemon: `Done`, `Working`, `Degraded`.
pub const CONFIG_STATE: &str = "machineconfiguration.openshift.io/state";
/// The annotation of a Node with the reason why the operator's daemon is `Degraded`, in the daemon's words.
pub const CONFIG_REASON: &str = "machineconfiguration.openshift.io/reason";
/// The prefix of the labels that give a Node its roles.
pub const NODE_ROLE_PREFIX: &str = "node-role.kubernetes.io/";
/// The label of the Nodes that this tool is for.
pub const NODE_ROLE_ETCD: &str = "node-role.kubernetes.io/etcd";
/// The label of a worker's Node, which the pool of the workers selects.
pub const NODE_ROLE_WORKER: &str = "node-role.kubernetes.io/worker";
/// The labels by which Nodes of the control plane are known.
pub const NODE_ROLES_OF_CONTROL_PLANE: [&str; 3] = [
    "node-role.kubernetes.io/master",
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/arbiter",
];

/// The label by which the Machine API knows a Machine's cluster.
pub const MACHINE_CLUSTER: &str = "machine.openshift.io/cluster-api-cluster";
/// The label by which the Machine API knows a Machine's role.
pub const MACHINE_ROLE: &str = "machine.openshift.io/cluster-api-machine-role";
/// The label by which the Machine API knows a Machine's type.
pub const MACHINE_TYPE: &str = "machine.openshift.io/cluster-api-machine-type";
/// The label in which the Machine API shows the instance type.
pub const MACHINE_INSTANCE_TYPE: &str = "machine.openshift.io/instance-type";
/// The label in which the Machine API shows the zone.
pub const MACHINE_ZONE: &str = "machine.openshift.io/zone";
/// The namespace of Machines and of their user data.
pub const MACHINE_NAMESPACE: &str = "openshift-machine-api";
/// The annotation that names a Node's Machine, as `namespace/name`.
pub const NODE_MACHINE: &str = "machine.openshift.io/machine";
/// Annotation that chooses the Machine that a MachineSet deletes first. Releases before 4.12 know only this name, and later
/// ones still read it (machine-api-operator `pkg/controller/machineset/delete_policy.go`).
pub const DELETE_MACHINE: &str = "machine.openshift.io/cluster-api-delete-machine";

/// Makes the operator keep registries.conf of a pool up to date.
pub const POOL_BUILT_IN: &str = "machineconfiguration.openshift.io/mco-built-in";
/// Makes an upgrade of the cluster wait for a pool.
pub const POOL_REQUIRED: &str = "operator.machineconfiguration.openshift.io/required-for-upgrade";
/// The label by which KubeletConfigs select the etcd pool.
pub const POOL_ETCD: &str = "pools.operator.machineconfiguration.openshift.io/etcd";

/// Marks a MachineConfig that the operator rendered from templates or generated.
pub const GENERATED_BY: &str = "machineconfiguration.openshift.io/generated-by-controller-version";
/// Names the release of the operator that rendered a MachineConfig: `4.16.8`.
pub const RELEASE_IMAGE_VERSION: &str = "machineconfiguration.openshift.io/release-image-version";
/// Marks a rendered MachineConfig whose OS image is not image of the release.
pub const OS_IMAGE_OVERRIDDEN: &str = "machineconfiguration.openshift.io/os-image-url-overridden";

/// The user-data secret of the masters.
pub const MASTER_USER_DATA: &str = "master-user-data";
/// The user-data secret that we make.
pub const ETCD_USER_DATA: &str = "etcd-user-data";
/// The MachineConfig for the disk of etcd machines.
pub const ETCD_DISK: &str = "00-etcd-disk";
/// The MachineConfig that gives the kubelet of etcd machines its role.
pub const ETCD_KUBELET: &str = "01-etcd-kubelet";
/// The MachineConfig for the disk of the etcd that runs on the masters.
pub const MASTERS_DISK: &str = "98-master-etcd-disk";
/// The namespace of OpenShift's own etcd.
pub const ETCD_NAMESPACE: &str = "openshift-etcd";
/// The namespace and name of the ConfigMap that lists etcd's members.
pub const ETCD_ENDPOINTS: (&str, &str) = (ETCD_NAMESPACE, "etcd-endpoints");

/// The label and value that everything we make carries.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "oc-etcd");
/// The annotation that names what an object was derived from.
pub const SOURCE: &str = "oc-etcd/source";
/// The annotation that holds the digest of what an object was derived from.
pub const SOURCE_DIGEST: &str = "oc-etcd/source-digest";
/// The annotation that holds what the user chose about the units of the first boot: `keep`, `remove`.
pub const FIRST_BOOT: &str = "oc-etcd/first-boot";
/// The annotation that holds the version of the tool that wrote an object.
pub const TOOL_VERSION: &str = "oc-etcd/version";
/// The annotation that holds the name under which we created a Machine: a copy has another name.
pub const MACHINE_NAME: &str = "oc-etcd/name";
/// The run that created a Machine: a create whose answer was lost is known by it.
pub const RUN_ID: &str = "oc-etcd/run-id";

/// The field manager under which objects are applied unless the user asks for another.
pub const FIELD_MANAGER: &str = "oc-etcd";

/// The admission policy that allows only pools that inherit.
pub const POOL_POLICY: &str = "custom-machine-config-pool-selector";
