//! Read-only views of what OpenShift makes of objects: which role a kubelet registers with, which disk etcd gets, how far a Machine is,
//! and where the members of etcd are.

pub mod deletion;
pub mod etcd_disk;
pub mod kubelet;
pub mod machine;
pub mod members;
pub mod pod;
