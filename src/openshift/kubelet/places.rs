//! The places on a machine that decide on the kubelet.

use super::by_system::RUN_BY_THE_SYSTEM;
use super::merged::{SYSTEMD, leads_to, normal};
use super::shell::is_of_path;
use crate::derive::kubelet_role;

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
pub(super) const STARTED_FROM: [&str; 14] = [
    "/etc/kubernetes/kubelet-env",
    "/etc/kubernetes/kubelet-workaround",
    "/etc/kubernetes/kubelet.conf",
    "/etc/oc-etcd",
    "/etc/systemd/system/kubelet.service",
    "/etc/systemd/system/kubelet.service.d",
    "/etc/systemd/system/oc-etcd-kubelet-role.service",
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

/// Returns whether a path, or a pattern of paths as shells have them, may stand for such a file.
pub(super) fn may_name(pattern: &str) -> bool {
    let pattern = normal(pattern);
    STARTED_FROM.iter().any(|it| is_pattern_of(&pattern, it))
}

/// Returns whether a pattern may stand for a path, or for a file in there.
fn is_pattern_of(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('/');
    path.split('/').all(|name| parts.next().is_some_and(|it| matches(it, name)))
}

/// Returns whether a text is the path of a place from which neither the kubelet nor the system starts anything.
pub(super) fn is_elsewhere(place: &str) -> bool {
    let is_started = |path: &str| {
        let of_system = SYSTEMD.iter().chain(&RUN_BY_THE_SYSTEM);
        let mut of_system = of_system.map(|it| it.trim_end_matches('/'));
        of_system.any(|it| leads_to(it, path) || leads_to(path, it))
            || path.split('/').any(|it| ["bin", "sbin"].contains(&it))
    };
    // A variable at the end of a path is a file in the directory.
    let known = match place.split_once('$') {
        Some((known, _)) => known.rsplit_once('/').map_or("", |it| it.0),
        None => place,
    };
    let is_literal = known.starts_with('/') && known.chars().all(is_of_path);
    let path = normal(known);
    is_literal && !is_over(&path) && !is_started(&path)
}

/// Returns whether a path, or a pattern of paths, may stand for a file that the check of the role starts from, or for a
/// directory of such a file.
pub(super) fn may_be_of_check(pattern: &str) -> bool {
    let pattern = normal(pattern);
    let is_as_long = |it: &str| it.split('/').count() == pattern.split('/').count();
    let of_check = [kubelet_role::SCRIPT_PATH, kubelet_role::DROP_IN];
    let directories = of_check.iter().filter_map(|it| it.rsplit_once('/')).map(|it| it.0);
    let mut of_check = of_check.into_iter().chain(directories);
    of_check.any(|it| is_as_long(it) && is_pattern_of(&pattern, it))
        || pattern.rsplit_once('/').is_some_and(|(directory, name)| {
            DIRECTORIES.contains(&directory) && matches(name, kubelet_role::UNIT)
        })
}

/// Returns whether a place is one that the kubelet starts from, and stays there until the next boot.
pub(super) fn stays(place: &str) -> bool {
    let path = normal(place);
    (is_over(&path) || may_name(&path)) && (path.starts_with("/etc/") || path.starts_with("/usr/"))
}

/// Returns whether a pattern may stand for the name of such a file, or of a directory of such files.
pub(super) fn may_be_name(pattern: &str) -> bool {
    STARTED_FROM.iter().filter_map(|it| it.rsplit('/').next()).any(|it| matches(pattern, it))
}

/// Returns whether a directory has such files at any depth, and not many others.
pub(super) fn is_above(directory: &str) -> bool {
    let path = normal(directory.trim_end_matches('*'));
    let mut started = STARTED_FROM.iter().chain(&DIRECTORIES);
    ["/", "/etc", "/etc/kubernetes"].contains(&path.as_str())
        || path.contains("/systemd") && started.any(|it| leads_to(&path, it))
}

/// The signs with which a pattern of a shell has parts that may be anything.
pub(super) const WILDCARDS: [char; 4] = ['*', '?', '[', '{'];

/// Returns whether a pattern may stand for a name. Each wildcard counts as `*`.
fn matches(pattern: &str, name: &str) -> bool {
    if let Some((before, rest)) = pattern.split_once('{')
        && let Some((alternatives, behind)) = rest.split_once('}')
        && alternatives.contains(',')
    {
        let mut alternatives = alternatives.split(',');
        return alternatives.any(|it| matches(&format!("{before}{it}{behind}"), name));
    }
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some((piece, behind)) = rest.split_once(WILDCARDS) {
        pieces.push(piece);
        let closing = match rest.as_bytes()[piece.len()] {
            b'[' => behind.find(']'),
            b'{' => behind.find('}'),
            _ => None,
        };
        rest = closing.map_or(behind, |it| &behind[it + 1..]);
    }
    let Some((first, between)) = pieces.split_first() else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first).and_then(|it| it.strip_suffix(rest)) else {
        return false;
    };
    between.iter().all(|piece| {
        let found = name.find(piece);
        name = found.map_or(name, |at| &name[at + piece.len()..]);
        found.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_may_stand_for_a_file_of_the_kubelet_is_told_from_others() {
        for (pattern, expected) in [
            ("/etc/systemd/system/kube*", true),
            ("/etc/systemd/system/*.service", true),
            ("/etc/systemd/system/{crio,kubelet}.service", true),
            ("/etc/systemd/system/[a-z]ubelet.service", true),
            ("/etc/systemd/system/*.d/10-site.conf", true),
            ("/etc/*/kubelet.conf", true),
            ("/lib/systemd/system/kubelet.servic?", true),
            ("/etc/kubernetes/*", true),
            ("/etc/systemd/system/crio*", false),
            ("/etc/systemd/system/*.mount", false),
            ("/etc/systemd/*", false),
            ("/etc/kubernetes/*.crt", false),
            ("/etc/*.conf", false),
            ("kube*", false),
        ] {
            assert_eq!(may_name(pattern), expected, "{pattern}");
        }
    }
}
