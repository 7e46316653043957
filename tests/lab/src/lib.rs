//! A real control plane for the tests and the demo of `oc etcd`: etcd and
//! kube-apiserver with OpenShift's CRDs, a cluster's objects, and stand-ins for
//! the controllers that no test machine can run. It must not know the plugin.
#![forbid(unsafe_code)]

pub mod bench;
pub mod binaries;
pub mod captured;
pub mod certificates;
pub mod cluster;
pub mod control_plane;
pub mod documents;
pub mod fault;
pub mod host;
pub mod install;
pub mod kind;
pub mod load;
pub mod omission;
pub mod options;
pub mod policy;
pub mod reset;
pub mod rest;
pub mod server;
pub mod standin;
pub mod supervisor;
pub mod user;

pub use cluster::Cluster;
pub use control_plane::ControlPlane;
pub use options::Options;
pub use rest::Rest;
pub use standin::{
    ControlPlaneFaults, ControlPlaneOptions, MachineFailure, Registries, StandInOptions, StandIns,
};
pub use user::User;
