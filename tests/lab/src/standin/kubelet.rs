//! What a kubelet registers its Node with: the labels and taints on the command
//! line of its unit. It only parses.

use serde_json::{Value, json};

/// A Node's labels and taints, as kubelet's flags give them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registration {
    /// Key and value of each label.
    pub labels: Vec<(String, String)>,
    /// The taints as a Node has them.
    pub taints: Vec<Value>,
}

/// Roles that a kubelet of OpenShift may give itself.
const ROLES: [&str; 5] = ["control-plane", "master", "worker", "etcd", "arbiter"];

impl Registration {
    /// Reads the flags of `kubelet.service`. With a label that a kubelet may
    /// not set, it would not start: `None`.
    pub fn parse(unit: &str) -> Option<Self> {
        let labels: Vec<(String, String)> = flag(unit, "--node-labels")
            .map(|item| {
                let (key, value) = item.split_once('=').unwrap_or((item.as_str(), ""));
                (key.to_owned(), value.to_owned())
            })
            .collect();
        let is_allowed = labels.iter().all(|(key, _)| {
            key.strip_prefix("node-role.kubernetes.io/").is_none_or(|role| ROLES.contains(&role))
        });
        let taints = flag(unit, "--register-with-taints").filter_map(|item| taint(&item)).collect();
        is_allowed.then_some(Self { labels, taints })
    }
}

/// The items of a flag's comma-separated value, systemd's variables replaced.
fn flag(unit: &str, name: &str) -> impl Iterator<Item = String> {
    unit.split_whitespace()
        .filter_map(move |word| word.strip_prefix(name)?.strip_prefix('='))
        .flat_map(|value| value.split(','))
        .map(expand)
        .filter(|item| !item.is_empty())
}

/// Only `ID`, of /etc/os-release, is set on the nodes that we imitate.
fn expand(item: &str) -> String {
    let mut expanded = String::new();
    let mut rest = item;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, tail) = after.split_once('}').unwrap_or((after, ""));
        expanded.push_str(before);
        if variable == "ID" {
            expanded.push_str("rhcos");
        }
        rest = tail;
    }
    expanded.push_str(rest);
    expanded
}

/// `key=value:Effect` or `key:Effect`.
fn taint(item: &str) -> Option<Value> {
    let (name, effect) = item.rsplit_once(':')?;
    let (key, value) = name.split_once('=').unwrap_or((name, ""));
    let mut taint = json!({"key": key, "effect": effect});
    if !value.is_empty() {
        taint["value"] = value.into();
    }
    Some(taint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_of_a_unit_become_labels_and_taints() {
        let unit = "ExecStart=/usr/bin/kubelet \\\n  \
            --node-labels=node-role.kubernetes.io/etcd,node.openshift.io/os_id=${ID},${CUSTOM_KUBELET_LABELS} \\\n  \
            --register-with-taints=node-role.kubernetes.io/etcd=:NoSchedule,team=a:NoExecute \\\n  --v=2";
        let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            Registration::parse(unit),
            Some(Registration {
                labels: vec![
                    label("node-role.kubernetes.io/etcd", ""),
                    label("node.openshift.io/os_id", "rhcos"),
                ],
                taints: vec![
                    json!({"key": "node-role.kubernetes.io/etcd", "effect": "NoSchedule"}),
                    json!({"key": "team", "value": "a", "effect": "NoExecute"}),
                ],
            })
        );
    }

    #[test]
    fn a_kubelet_with_a_role_that_it_may_not_set_does_not_start() {
        let unit = "ExecStart=kubelet --node-labels=node-role.kubernetes.io/infra";
        assert_eq!(Registration::parse(unit), None);
    }
}
