//! Read-only views of what OpenShift makes of objects: the role with which a kubelet registers, the disk that is
//! mounted for etcd, the progress of a Machine, the places of etcd's members, and the replacement of the masters.

pub mod control_plane_machine_set;
pub mod deletion;
pub mod devices;
mod disk_names;
mod disk_writers;
pub mod etcd_directory;
pub mod etcd_disk;
pub mod etcd_quota;
pub mod etcd_stability;
pub mod formatters;
pub mod host;
pub mod kubelet;
pub mod machine;
pub mod master_volumes;
pub mod members;
mod multipath;
pub mod pod;
pub mod pool_status;
pub mod replacement;
pub mod required;
