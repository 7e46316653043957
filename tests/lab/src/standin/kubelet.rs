//! What a kubelet registers its Node with: the labels and taints on its command
//! line. It only parses.

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
    /// Reads the words of a kubelet's command, their variables replaced. With a
    /// label that a kubelet may not set, it would not start: `None`.
    pub fn of(command: &[String]) -> Option<Self> {
        let labels: Vec<(String, String)> = flag(command, "--node-labels")
            .map(|item| {
                let (key, value) = item.split_once('=').unwrap_or((item, ""));
                (key.to_owned(), value.to_owned())
            })
            .collect();
        let is_allowed = labels.iter().all(|(key, _)| {
            key.strip_prefix("node-role.kubernetes.io/").is_none_or(|role| ROLES.contains(&role))
        });
        let taints = flag(command, "--register-with-taints").filter_map(taint).collect();
        is_allowed.then_some(Self { labels, taints })
    }
}

/// The items of a flag's comma-separated value: `--flag=value` or `--flag value`.
fn flag<'a>(command: &'a [String], name: &'a str) -> impl Iterator<Item = &'a str> {
    let value = move |index: usize| {
        let rest = command[index].strip_prefix(name)?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value),
            None if rest.is_empty() => command.get(index + 1).map(String::as_str),
            None => None,
        }
    };
    (0..command.len())
        .filter_map(value)
        .flat_map(|value| value.split(','))
        .filter(|item| !item.is_empty())
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

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_flags_of_a_command_become_labels_and_taints() {
        let command = words(
            "/usr/bin/kubelet --node-labels=node-role.kubernetes.io/etcd,node.openshift.io/os_id=rhcos, \
             --register-with-taints node-role.kubernetes.io/etcd=:NoSchedule,team=a:NoExecute --v=2",
        );
        let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            Registration::of(&command),
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
        let command = words("kubelet --node-labels=node-role.kubernetes.io/infra");
        assert_eq!(Registration::of(&command), None);
    }
}
