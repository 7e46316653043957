//! The lines of tmpfiles.d(5), with which systemd creates, writes and removes files at each boot.

use super::Provenance;
use super::by_system::{RUN_BY_THE_SYSTEM, is_of_tmpfiles};
use super::merged::{File, Merged};
use crate::model::field::Field;

/// Returns the place of a table of the MachineConfigs that changes files of which `is_of_path` says that they count.
pub(crate) fn changing(merged: &Merged<'_>, is_of_path: fn(&str) -> bool) -> Option<Provenance> {
    let mut paths = RUN_BY_THE_SYSTEM.iter().flat_map(|it| merged.paths(it));
    paths.find_map(|path| {
        let File { text: Field::Known(text), provenance, .. } = merged.file_behind(path)? else {
            return None;
        };
        (is_of_tmpfiles(path) && changes(&text, is_of_path)).then_some(provenance)
    })
}

/// Returns whether a line creates, replaces, writes or removes files of which `is_of_path` says that they count. The
/// path may be a pattern.
fn changes(text: &str, is_of_path: fn(&str) -> bool) -> bool {
    text.lines().any(|it| line_changes(it, is_of_path))
}

fn line_changes(line: &str, is_of_path: fn(&str) -> bool) -> bool {
    let mut fields = line.split_whitespace();
    let (Some(kind), Some(path)) = (fields.next(), fields.next()) else { return false };
    // Behind mode, user and group: the age from which files in a directory are removed.
    let removes_old = fields.nth(3).is_some_and(|age| age != "-");
    let counts = match kind.chars().next() {
        Some('C' | 'D' | 'F' | 'L' | 'R' | 'b' | 'c' | 'f' | 'p' | 'r' | 'w') => true,
        Some('Q' | 'd' | 'e' | 'q' | 'v') => removes_old,
        // The rest is permissions, attributes and what is kept.
        _ => false,
    };
    counts && is_of_path(path.trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::super::places::may_be_over;
    use super::*;

    #[test]
    fn a_line_that_changes_contents_is_told_from_one_of_permissions() {
        for (line, expected) in [
            ("L+ /etc/systemd/system/kubelet.service.d - - - - /opt/k", true),
            ("C /etc/kubernetes - - - - /opt/k", true),
            ("f+ /etc/systemd/system/kubelet.service.d/9.conf 0644 root root - x", true),
            ("w /etc/kubernetes/kubelet-env - - - - CUSTOM_KUBELET_LABELS=x", true),
            ("w+ /etc/kubernetes/kubelet-* - - - - x", true),
            ("R! /etc/kubernetes", true),
            ("r /etc/oc-etcd/prepare-disk", true),
            ("d /etc/kubernetes 0755 root root 10d -", true),
            ("f /etc/%m/x", false),
            ("d /etc/kubernetes/cni/net.d 0755 root root - -", false),
            ("z /etc/kubernetes/kubelet.conf 0600 root root - -", false),
            ("Z /etc/kubernetes - - - - -", false),
            ("L+ /usr/local/bin/site - - - - /opt/site/bin/site", false),
            ("f /etc/kubernetes/site 0644", false),
            ("# R /etc/kubernetes", false),
            ("D /run/site 0755", false),
        ] {
            assert_eq!(changes(line, may_be_over), expected, "{line}");
        }
    }
}
