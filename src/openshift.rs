//! Read-only views of what OpenShift makes of objects: which role a kubelet registers with, which disk etcd gets, how
//! far a Machine is, where the members of etcd are, and how far the masters' replacement is.

pub mod control_plane_machine_set;
pub mod deletion;
pub mod etcd_disk;
pub mod etcd_rest;
pub mod kubelet;
pub mod machine;
pub mod members;
pub mod pod;
pub mod replacement;
