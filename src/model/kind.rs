//! The kinds of Kubernetes objects that oc-etcd reads or writes.
//!
//! They are known at compile time: no discovery request is ever sent, and a server that does not
//! serve one of them answers 404, which `cluster::read` reports as such.

use std::fmt;
use std::str::FromStr;

use crate::model::release::Release;

/// A kind of object, with all that is needed to address it on the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `configmaps`
    ConfigMap,
    /// `clusteroperators.config.openshift.io`
    ClusterOperator,
    /// `clusterversions.config.openshift.io`
    ClusterVersion,
    /// `controlplanemachinesets.machine.openshift.io`
    ControlPlaneMachineSet,
    /// `etcds.operator.openshift.io`
    Etcd,
    /// `infrastructures.config.openshift.io`
    Infrastructure,
    /// `machines.machine.openshift.io`
    Machine,
    /// `machineconfigs.machineconfiguration.openshift.io`
    MachineConfig,
    /// `machineconfigpools.machineconfiguration.openshift.io`
    MachineConfigPool,
    /// `machinesets.machine.openshift.io`
    MachineSet,
    /// `nodes`
    Node,
    /// `pods`
    Pod,
    /// `secrets`
    Secret,
    /// `validatingadmissionpolicies.admissionregistration.k8s.io`
    ValidatingAdmissionPolicy,
}

/// The API resource of a [`Kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// API version within the group.
    pub version: &'static str,
    /// The `kind` field of its objects.
    pub kind: &'static str,
    /// The resource's name in URLs.
    pub plural: &'static str,
    /// The name that kubectl prints before the slash.
    pub singular: &'static str,
    /// Indicates whether the objects live in namespaces.
    pub is_namespaced: bool,
}

const fn resource(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    singular: &'static str,
    is_namespaced: bool,
) -> Resource {
    Resource { group, version, kind, plural, singular, is_namespaced }
}

const CONFIG: &str = "config.openshift.io";
const MACHINE: &str = "machine.openshift.io";
const MACHINE_CONFIGURATION: &str = "machineconfiguration.openshift.io";

impl Kind {
    /// Every kind, in alphabetical order.
    pub const ALL: [Self; 14] = [
        Self::ConfigMap,
        Self::ClusterOperator,
        Self::ClusterVersion,
        Self::ControlPlaneMachineSet,
        Self::Etcd,
        Self::Infrastructure,
        Self::Machine,
        Self::MachineConfig,
        Self::MachineConfigPool,
        Self::MachineSet,
        Self::Node,
        Self::Pod,
        Self::Secret,
        Self::ValidatingAdmissionPolicy,
    ];

    /// Returns the API resource of the kind.
    #[must_use]
    #[rustfmt::skip]
    pub const fn resource(self) -> Resource {
        match self {
            Self::ConfigMap => resource("", "v1", "ConfigMap", "configmaps", "configmap", true),
            Self::ClusterOperator => resource(CONFIG, "v1", "ClusterOperator", "clusteroperators", "clusteroperator", false),
            Self::ClusterVersion => resource(CONFIG, "v1", "ClusterVersion", "clusterversions", "clusterversion", false),
            Self::ControlPlaneMachineSet => resource(MACHINE, "v1", "ControlPlaneMachineSet", "controlplanemachinesets", "controlplanemachineset", true),
            Self::Etcd => resource("operator.openshift.io", "v1", "Etcd", "etcds", "etcd", false),
            Self::Infrastructure => resource(CONFIG, "v1", "Infrastructure", "infrastructures", "infrastructure", false),
            Self::Machine => resource(MACHINE, "v1beta1", "Machine", "machines", "machine", true),
            Self::MachineConfig => resource(MACHINE_CONFIGURATION, "v1", "MachineConfig", "machineconfigs", "machineconfig", false),
            Self::MachineConfigPool => resource(MACHINE_CONFIGURATION, "v1", "MachineConfigPool", "machineconfigpools", "machineconfigpool", false),
            Self::MachineSet => resource(MACHINE, "v1beta1", "MachineSet", "machinesets", "machineset", true),
            Self::Node => resource("", "v1", "Node", "nodes", "node", false),
            Self::Pod => resource("", "v1", "Pod", "pods", "pod", true),
            Self::Secret => resource("", "v1", "Secret", "secrets", "secret", true),
            Self::ValidatingAdmissionPolicy => resource("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", "validatingadmissionpolicy", false),
        }
    }

    /// The release from which on a cluster has objects of this kind that this tool looks at. Before it there
    /// are none, whatever files tell.
    #[must_use]
    pub const fn since(self) -> Release {
        match self {
            Self::ControlPlaneMachineSet => Release::minor(12),
            // The one that is looked at is the policy for pools.
            Self::ValidatingAdmissionPolicy => Release::POOL_POLICY,
            Self::ConfigMap
            | Self::ClusterOperator
            | Self::ClusterVersion
            | Self::Etcd
            | Self::Infrastructure
            | Self::Machine
            | Self::MachineConfig
            | Self::MachineConfigPool
            | Self::MachineSet
            | Self::Node
            | Self::Pod
            | Self::Secret => Release::OLDEST,
        }
    }

    /// The `apiVersion` field of its objects: `group/version`, or `v1` for the core group.
    #[must_use]
    pub fn api_version(self) -> String {
        let Resource { group, version, .. } = self.resource();
        if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
    }

    /// The plural with its group, as in `machines.machine.openshift.io`.
    #[must_use]
    pub fn qualified(self) -> String {
        let Resource { group, plural, .. } = self.resource();
        if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
    }

    /// Returns the name by which kubectl's command line addresses one object of the kind. `cluster.x-k8s.io` has Machines and
    /// MachineSets, too, and kubectl takes the first group in alphabetical order unless the group is named.
    #[must_use]
    pub fn on_command_line(self) -> String {
        let Resource { group, singular, .. } = self.resource();
        match self {
            Self::Machine | Self::MachineSet => format!("{singular}.{group}"),
            _ => singular.to_owned(),
        }
    }

    /// The kind that an object's own `apiVersion` and `kind` name, whatever the version.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        Self::ALL.into_iter().find(|candidate| {
            let resource = candidate.resource();
            resource.kind == kind && resource.group == group
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.resource().singular)
    }
}

/// No kind of ours has this name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown kind `{0}`")]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.resource().singular == text || kind.resource().plural == text)
            .ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_own_api_version() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(&kind.api_version(), kind.resource().kind), Some(kind));
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
    }

    #[test]
    fn a_cluster_api_machine_is_not_a_machine_of_ours() {
        assert_eq!(Kind::of("cluster.x-k8s.io/v1beta1", "Machine"), None);
    }
}
