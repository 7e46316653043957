//! Finds units whose effect on the kubelet is unknown: units that start a program before the kubelet that neither a
//! MachineConfig contains nor the operating system brings, and conditions of the kubelet's own unit.
//!
//! On the machine, the last command before the kubelet checks the role that systemd loaded: whatever such a unit does,
//! no kubelet starts with another role.

use super::boot::Boot;
use super::editors::{Order, may_change, order};
use super::merged::{File, Merged};
use super::programs::{Part, Unit, is_of_operator};
use super::shell;
use super::text::Assignment;
pub use super::unseen::Reason;
use super::unseen::unseen;
use super::{ConfigPlace, Provenance, environment, service};
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::field::Field;

/// A unit whose effect on the kubelet is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncertain {
    /// Place of the unit.
    pub provenance: Provenance,
    /// Reason.
    pub reason: Reason,
}

/// Returns the units of a machine whose effect on the kubelet is unknown, each with the first reason. Units whose text is
/// unknown are left out: the finding of the kubelet's role names them.
#[must_use]
pub fn uncertain(boot: &Boot<'_>) -> Vec<Uncertain> {
    let Ok(merged) = boot.merged() else { return Vec::new() };
    let service = service::load(boot).ok();
    let environment = service.as_ref().map(environment::files_of_administrators);
    let environment = environment.unwrap_or_default();
    let reason = |unit: &Unit, part: &Part| {
        let is_before = order(unit) == Order::Before;
        let before = || {
            let mut unseen = texts(part).filter_map(|it| unseen(it, merged));
            condition(unit, part).or_else(|| unseen.next())
        };
        let is_of_kubelet = || {
            may_change(merged, unit, part)
                || environment.iter().any(|path| environment::names(part, path))
        };
        let files = || is_of_kubelet().then_some(Reason::Kubelet);
        // A Node is there only once the kubelet has registered.
        let node = || {
            let mut files = part.files.iter();
            let by_client = || {
                files.find_map(|it| match &it.text {
                    Field::Known(text) => by_client(text),
                    Field::Absent | Field::Unknown(_) => None,
                })
            };
            texts(part).find_map(changes_node).or_else(by_client).map(Reason::Node)
        };
        is_before.then(before).flatten().or_else(files).or_else(node)
    };
    let units = boot.units().unwrap_or_default().iter();
    let of_units = units.filter_map(|unit| {
        // The programs of the operator's own parts are in the image of the operating system.
        let mut of_others =
            unit.parts.iter().filter(|it| !is_of_operator(&it.provenance.machine_config));
        of_others.find_map(|part| {
            let provenance = part.provenance.clone();
            Some(Uncertain { provenance, reason: reason(unit, part)? })
        })
    });
    of_units.chain(extending(merged)).collect()
}

/// The commands of a part of a unit, and the scripts that they name, in whole lines.
fn texts(part: &Part) -> impl Iterator<Item = &str> {
    let is_script = |it: &&File| matches!(&it.text, Field::Known(text) if shell::is_script(text));
    let scripts = part.files.iter().filter(is_script);
    std::iter::once(part.lines()).chain(scripts.filter_map(File::lines))
}

/// A unit that starts something whose contents, or whose files, are unknown.
pub(crate) struct Started<'a> {
    part: &'a Part,
    pub(crate) reason: Reason,
}

impl<'a> Started<'a> {
    /// The commands of the unit and the scripts, in whole lines.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &'a str> {
        texts(self.part)
    }

    /// The files that the commands name.
    pub(crate) fn files(&self) -> &'a [File] {
        &self.part.files
    }

    pub(crate) const fn provenance(&self) -> &'a Provenance {
        &self.part.provenance
    }
}

/// The units, in any order with the kubelet, that start something whose contents, or whose files, are unknown.
pub(crate) fn started<'a>(
    units: &'a [Unit],
    merged: &Merged<'_>,
) -> impl Iterator<Item = Started<'a>> {
    let parts = units.iter().flat_map(|unit| &unit.parts);
    let of_others = parts.filter(|it| !is_of_operator(&it.provenance.machine_config));
    of_others.filter_map(|part| {
        let reason = texts(part).find_map(|it| unseen(it, merged))?;
        Some(Started { part, reason })
    })
}

/// The units of systemd that are enabled and put the files of extensions below /usr and /etc.
fn extending(merged: &Merged<'_>) -> impl Iterator<Item = Uncertain> {
    ["systemd-sysext.service", "systemd-confext.service"].into_iter().filter_map(|name| {
        let enabled = merged.unit(name).and_then(|it| it.enabled);
        let by_unit = enabled.filter(|it| it.0 != Field::Known(false)).map(|(_, by)| Provenance {
            machine_config: by.to_owned(),
            place: ConfigPlace::Unit(name.to_owned()),
        });
        let wants = |text: &str| {
            let mut words = text.split_whitespace();
            words.any(|it| it.strip_prefix("systemd.wants=") == Some(name))
        };
        let mut arguments = merged.kernel_arguments();
        let by_argument =
            || arguments.find(|(it, _)| matches!(it, Field::Known(it) if wants(it))).map(|it| it.1);
        let reason = Reason::Files(name.trim_end_matches(".service").to_owned());
        Some(Uncertain { provenance: by_unit.or_else(by_argument)?, reason })
    })
}

/// The words for Nodes in a command of `oc`.
const NODE: [&str; 3] = ["no", "node", "nodes"];

/// The program with which a text of commands changes labels or taints of a Node. Other labels and taints than those of
/// roles do not matter.
fn changes_node(text: &str) -> Option<String> {
    const CHANGES: [&str; 5] = ["edit", "label", "patch", "replace", "taint"];
    let is_node = |word: &&str| NODE.contains(&word.split('/').next().unwrap_or_default());
    let kind = text.replace([' ', '"', '\''], "");
    let mut kinds = kind.split("kind:Node").skip(1);
    let holds_node = kinds.any(|it| !it.starts_with(|it: char| it.is_ascii_alphanumeric()));
    let is_role_of_node = holds_node && text.contains("node-role");
    let reads_node = |command: &str| {
        let words = words_of(command);
        words.contains(&"get") && words.iter().any(is_node)
    };
    let is_read_somewhere = shell::commands(text).any(reads_node);
    let of_command = |command: &str, is_read: bool| {
        let words = words_of(command);
        // An image of a container has a tag.
        let name = |word: &str| {
            let name = word.rsplit('/').next().unwrap_or_default();
            name.split([':', '@']).next().unwrap_or_default().to_owned()
        };
        let is_call = words.iter().any(|it| it.contains("PATCH") || it.contains("PUT"));
        if is_call && words.iter().any(|it| it.contains("/api/v1/nodes/")) {
            return words.first().map(|it| name(it));
        }
        let program =
            words.iter().map(|it| name(it)).find(|it| ["kubectl", "oc"].contains(&it.as_str()))?;
        // What stands between the reading and the writing of a Node may change the Node.
        let has = |verb: &str| words.contains(&verb);
        let is_written = (has("apply") || has("create")) && (is_role_of_node || is_read)
            || has("replace") && (holds_node || is_read_somewhere);
        if is_written {
            return Some(program);
        }
        let verb = words.iter().find(|it| CHANGES.contains(it))?;
        let at = words.iter().position(is_node)?;
        let is_of_role = !["label", "taint"].contains(verb) || may_be_of_role(words.split_at(at).1);
        is_of_role.then_some(program)
    };
    text.lines().flat_map(shell::pipelines).find_map(|it| {
        let commands: Vec<&str> = it.collect();
        let is_read = commands.iter().any(|it| reads_node(it));
        commands.iter().find_map(|it| of_command(it, is_read))
    })
}

/// The words of a command, also of one in a substitution.
fn words_of(command: &str) -> Vec<&str> {
    let words = command.split(|it: char| it.is_whitespace() || "()`".contains(it));
    words.filter(|it| !it.is_empty()).collect()
}

/// Returns whether one of the labels or taints behind the word for a Node is that of a role, or is in a variable. The first
/// operand is the name of the Node, unless the first word has the name or a selector selects Nodes.
fn may_be_of_role(words: &[&str]) -> bool {
    let selects = |it: &&str| matches!(*it, "-l" | "--all") || it.starts_with("--selector");
    let is_named = words.first().is_some_and(|it| it.contains('/'));
    let mut names = usize::from(!is_named && !words.iter().any(selects));
    let mut operands = words.iter().skip(1);
    while let Some(word) = operands.next() {
        match *word {
            "-l" | "--selector" => {
                operands.next();
            }
            _ if word.starts_with('-') => {}
            _ if word.contains("node-role") => return true,
            _ if names > 0 => names -= 1,
            // The key of a label or of a taint stands before `=`, the value may be a variable.
            _ if word.split('=').next().is_some_and(|it| it.contains('$')) => return true,
            _ => {}
        }
    }
    false
}

/// The function with which a script of another language than the shell's changes labels or taints of a Node.
fn by_client(text: &str) -> Option<String> {
    let is_of_role = ["labels", "node-role", "taint"].iter().any(|it| text.contains(it));
    let functions = ["patch_node", "replace_node"].into_iter();
    let mut called = functions.filter(|it| text.contains(&format!("{it}(")));
    called.next().filter(|_| is_of_role).map(str::to_owned)
}

/// The condition with which systemd may not start the kubelet (systemd.unit(5)).
fn condition(unit: &Unit, part: &Part) -> Option<Reason> {
    let of_kubelet = part.settings.iter().filter(|_| unit.name == KUBELET_UNIT);
    let is_one = |it: &&Assignment| {
        let is_one = it.key == "ExecCondition"
            || ["Assert", "Condition"].iter().any(|word| it.key.starts_with(word));
        is_one && !it.value.is_empty()
    };
    of_kubelet.into_iter().find(is_one).map(|it| Reason::Condition(it.key.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_may_change_the_role_of_a_node_is_told_from_the_others() {
        for (text, is_told) in [
            ("oc adm taint node $H node-role.kubernetes.io/etcd-", true),
            ("oc adm taint nodes --all node-role.kubernetes.io/etcd-", true),
            ("oc adm taint node $H $TAINT", true),
            ("oc adm taint node $H $KEY=a:NoSchedule", true),
            ("oc adm taint node $H dedicated=x:NoSchedule", false),
            ("oc adm taint node $H dedicated=$X:NoSchedule --overwrite", false),
            ("oc label node $H $L", true),
            ("oc label node/$H $L", true),
            ("oc label nodes -l a=$A $L", true),
            ("oc label nodes -l a=$A b=c", false),
            ("oc label --overwrite node $H rack=$R", false),
            ("oc label node $(hostname) rack=a", false),
            ("oc label node $(hostname) $(cat /etc/labels)", true),
            ("oc label node $H node-role.kubernetes.io/infra=", true),
            ("oc get node $H -o yaml | sed s/etcd/infra/ | oc replace -f -", true),
            ("oc get node $H -o yaml | sed s/etcd/infra/ | oc apply -f -", true),
            ("oc get node $H", false),
            ("cat <<EOF | oc replace -f -\nkind: Node\nmetadata: {name: n}\nEOF", true),
            ("cat <<EOF | oc replace -f -\nkind: NodePool\nEOF", false),
            ("cat <<EOF | oc apply -f -\nkind: ConfigMap\nEOF", false),
            ("echo '{\"kind\": \"Node\", \"a\": \"node-role\"}' | oc apply -f -", true),
            ("oc patch node $H -p x", true),
        ] {
            let found = changes_node(&super::super::script::whole_lines(text));
            assert_eq!(found.is_some(), is_told, "{text}");
        }
    }

    #[test]
    fn a_client_in_another_language_that_changes_a_node_is_named() {
        for (text, expected) in [
            ("v1.patch_node(n, {'spec': {'taints': []}})", Some("patch_node")),
            ("v1.patch_node(n, {'metadata': {'annotations': a}})", None),
            ("v1.list_node(label_selector='node-role.kubernetes.io/etcd')", None),
        ] {
            assert_eq!(by_client(text).as_deref(), expected, "{text}");
        }
    }
}
