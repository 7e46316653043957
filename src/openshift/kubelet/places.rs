//! The places on a machine that decide on the kubelet.

use super::merged::{leads_to, normal};

/// The directories of units; the first one that has a name wins.
pub(super) const DIRECTORIES: [&str; 12] = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/run/systemd/generator.late",
];

/// The files that the kubelet, or the units of oc-etcd, start from, and the directories of such files. A file system that
/// is mounted over one, or over a directory above, puts something else in the place of the file.
pub(super) const STARTED_FROM: [&str; 13] = [
    "/etc/kubernetes/kubelet-env",
    "/etc/kubernetes/kubelet-workaround",
    "/etc/kubernetes/kubelet.conf",
    "/etc/oc-etcd",
    "/etc/systemd/system/kubelet.service",
    "/etc/systemd/system/kubelet.service.d",
    "/run/systemd/system/kubelet.service.d",
    "/usr/bin/kubelet",
    "/usr/lib/systemd/system/kubelet.service",
    "/usr/lib/systemd/system/kubelet.service.d",
    "/usr/local/bin/aws-kubelet-nodename",
    "/usr/local/bin/kubenswrapper",
    "/usr/local/lib/systemd/system",
];

/// Returns whether something else at a path takes the place of files that the kubelet starts from.
pub(super) fn is_over(path: &str) -> bool {
    let path = normal(path);
    // The root file system is mounted on each machine.
    path != "/" && STARTED_FROM.iter().any(|it| leads_to(&path, it) || leads_to(it, &path))
}

/// Returns whether a pattern of paths, or a path with specifiers of systemd, may stand for such a path.
pub(super) fn may_be_over(pattern: &str) -> bool {
    let known = pattern.split(['*', '?', '[', '%']).next().unwrap_or_default();
    // A pattern of all files below /etc, or above, means other files.
    let is_narrow = known.len() > "/etc/".len();
    is_narrow
        && (is_over(known)
            || known.len() < pattern.len() && STARTED_FROM.iter().any(|it| it.starts_with(known)))
}
