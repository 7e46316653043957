//! Rewrites the role in the flags of `kubelet.service`.
//!
//! The flags are parsed as lists, because their text changed with nearly every release: 4.12 put
//! `control-plane` before `master`, 4.19 appended `${CUSTOM_KUBELET_LABELS}`. All else in the unit
//! stays byte for byte (MCO `templates/master/01-master-kubelet/_base/units/kubelet.service.yaml`).

use crate::model::names::NODE_ROLE_PREFIX;

/// The flag that holds the labels with which a kubelet registers its Node.
pub const LABELS: &str = "--node-labels";
/// The flag that holds the taints with which a kubelet registers its Node.
pub const TAINTS: &str = "--register-with-taints";

/// Why a unit's flags cannot be rewritten. Quotes no part of the unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KubeletUnitError {
    /// The flag is not there, or there more than once.
    #[error("kubelet.service has {found} `{flag}` flags, expected one")]
    FlagCount {
        /// The flag.
        flag: &'static str,
        /// The number of times that the flag stands in the unit.
        found: usize,
    },
    /// The flag names no role, so it is not a unit of the masters.
    #[error("`{flag}` of kubelet.service contains no `node-role.kubernetes.io/` role to replace")]
    NoRole {
        /// The flag.
        flag: &'static str,
    },
}

/// The unit with every role in its label and taint flags replaced by one.
///
/// # Errors
/// When a flag is missing, stands twice, or names no role.
pub fn with_role(unit: &str, role: &str) -> Result<String, KubeletUnitError> {
    let label = format!("{NODE_ROLE_PREFIX}{role}");
    let unit = replace_roles(unit, LABELS, &label)?;
    replace_roles(&unit, TAINTS, &format!("{label}=:NoSchedule"))
}

/// The unit with the labels and taints of another unit, as they stand there.
///
/// # Errors
/// When a flag is missing or stands twice, in one of the two.
pub fn with_flags_of(unit: &str, other: &str) -> Result<String, KubeletUnitError> {
    [LABELS, TAINTS].into_iter().try_fold(unit.to_owned(), |unit, flag| {
        let ((start, end), (from, to)) = (value_of(&unit, flag)?, value_of(other, flag)?);
        Ok(format!("{}{}{}", &unit[..start], &other[from..to], &unit[end..]))
    })
}

/// The items of a flag's list, as they stand in the unit.
///
/// # Errors
/// When the flag is missing or stands twice.
pub fn flag_items<'a>(unit: &'a str, flag: &'static str) -> Result<Vec<&'a str>, KubeletUnitError> {
    let (start, end) = value_of(unit, flag)?;
    Ok(unit[start..end].split(',').filter(|item| !item.is_empty()).collect())
}

/// The role names in a flag's list: `["control-plane", "master"]`.
///
/// # Errors
/// When the flag is missing or stands twice.
pub fn roles<'a>(unit: &'a str, flag: &'static str) -> Result<Vec<&'a str>, KubeletUnitError> {
    let items = flag_items(unit, flag)?;
    Ok(items.into_iter().filter_map(role_of).collect())
}

fn role_of(item: &str) -> Option<&str> {
    item.strip_prefix(NODE_ROLE_PREFIX).map(|rest| rest.split(['=', ':']).next().unwrap_or(rest))
}

fn replace_roles(
    unit: &str,
    flag: &'static str,
    replacement: &str,
) -> Result<String, KubeletUnitError> {
    let (start, end) = value_of(unit, flag)?;
    let items: Vec<&str> = unit[start..end].split(',').collect();
    let first = items
        .iter()
        .position(|item| role_of(item).is_some())
        .ok_or(KubeletUnitError::NoRole { flag })?;
    let kept = items.iter().enumerate().filter_map(|(index, item)| match role_of(item) {
        Some(_) if index == first => Some(replacement),
        Some(_) => None,
        None => Some(item),
    });
    let list = kept.collect::<Vec<_>>().join(",");
    Ok(format!("{}{list}{}", &unit[..start], &unit[end..]))
}

/// The byte range of a flag's value. `--flag=value` and `--flag value` are both read, quotes around
/// a value stay outside the range, and comment lines are passed over.
fn value_of(unit: &str, flag: &'static str) -> Result<(usize, usize), KubeletUnitError> {
    let mut found = Vec::new();
    let mut line_start = 0;
    for line in unit.split_inclusive('\n') {
        if !line.trim_start().starts_with(['#', ';']) {
            found.extend(
                line.match_indices(flag)
                    .filter(|(at, _)| is_word_start(line, *at))
                    .filter_map(|(at, _)| value_range(line, at + flag.len()))
                    .map(|(start, end)| (line_start + start, line_start + end)),
            );
        }
        line_start += line.len();
    }
    match found[..] {
        [range] => Ok(range),
        _ => Err(KubeletUnitError::FlagCount { flag, found: found.len() }),
    }
}

fn is_word_start(line: &str, at: usize) -> bool {
    line[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\''))
}

fn value_range(line: &str, after_flag: usize) -> Option<(usize, usize)> {
    let rest = &line[after_flag..];
    let value = rest.strip_prefix(['=', ' '])?.trim_start_matches(['"', '\'']);
    let start = line.len() - value.len();
    let end =
        value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).unwrap_or(value.len());
    Some((start, start + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(labels: &str, taints: &str) -> String {
        format!(
            "[Service]\n# --node-labels=a comment\nExecStart=/usr/bin/kubelet \\\n      {labels} \\\n      --v=2 \\\n      {taints} \\\n      --cloud-provider=external\n"
        )
    }

    #[test]
    fn the_role_is_replaced_whatever_the_release_wrote() {
        let taint = "--register-with-taints=node-role.kubernetes.io/master=:NoSchedule";
        let etcd_taint = "--register-with-taints=node-role.kubernetes.io/etcd=:NoSchedule";
        for (before, after) in [
            // 4.10
            (
                "--node-labels=node-role.kubernetes.io/master,node.openshift.io/os_id=${ID}",
                "--node-labels=node-role.kubernetes.io/etcd,node.openshift.io/os_id=${ID}",
            ),
            // 4.12
            (
                "--node-labels=node-role.kubernetes.io/control-plane,node-role.kubernetes.io/master,node.openshift.io/os_id=${ID}",
                "--node-labels=node-role.kubernetes.io/etcd,node.openshift.io/os_id=${ID}",
            ),
            // 4.19
            (
                "--node-labels=node-role.kubernetes.io/control-plane,node-role.kubernetes.io/master,node.openshift.io/os_id=${ID},${CUSTOM_KUBELET_LABELS}",
                "--node-labels=node-role.kubernetes.io/etcd,node.openshift.io/os_id=${ID},${CUSTOM_KUBELET_LABELS}",
            ),
            // Not seen yet: other order, a value, quotes, a space instead of `=`.
            (
                "--node-labels \"a=b,node-role.kubernetes.io/master=,node-role.kubernetes.io/control-plane\"",
                "--node-labels \"a=b,node-role.kubernetes.io/etcd\"",
            ),
        ] {
            assert_eq!(with_role(&unit(before, taint), "etcd"), Ok(unit(after, etcd_taint)));
        }
    }

    #[test]
    fn other_taints_are_kept() {
        let labels = "--node-labels=node-role.kubernetes.io/master";
        let before = unit(
            labels,
            "--register-with-taints=x=y:NoExecute,node-role.kubernetes.io/master=:NoSchedule",
        );
        let after = unit(
            "--node-labels=node-role.kubernetes.io/etcd",
            "--register-with-taints=x=y:NoExecute,node-role.kubernetes.io/etcd=:NoSchedule",
        );
        assert_eq!(with_role(&before, "etcd"), Ok(after));
    }

    #[test]
    fn a_flag_that_is_missing_doubled_or_without_a_role_is_refused() {
        let labels = "--node-labels=node-role.kubernetes.io/master";
        let taints = "--register-with-taints=node-role.kubernetes.io/master=:NoSchedule";
        let error =
            |labels: &str, taints: &str| with_role(&unit(labels, taints), "etcd").unwrap_err();
        assert_eq!(error("", taints), KubeletUnitError::FlagCount { flag: LABELS, found: 0 });
        assert_eq!(
            error(&format!("{labels} {labels}"), taints),
            KubeletUnitError::FlagCount { flag: LABELS, found: 2 }
        );
        assert_eq!(error(labels, ""), KubeletUnitError::FlagCount { flag: TAINTS, found: 0 });
        assert_eq!(error("--node-labels=a=b", taints), KubeletUnitError::NoRole { flag: LABELS });
        assert_eq!(
            error(labels, "--register-with-taints=a=b:NoSchedule"),
            KubeletUnitError::NoRole { flag: TAINTS }
        );
    }

    #[test]
    fn a_flag_whose_name_only_begins_alike_is_another_flag() {
        let text = unit(
            "--node-labels-from=x --node-labels=node-role.kubernetes.io/master",
            "--register-with-taints=node-role.kubernetes.io/master=:NoSchedule",
        );
        assert_eq!(roles(&text, LABELS), Ok(vec!["master"]));
    }
}
