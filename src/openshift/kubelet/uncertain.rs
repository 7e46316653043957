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
use super::{ConfigPlace, Provenance};
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
    let reason = |unit: &Unit, part: &Part| {
        let is_before = order(unit) == Order::Before;
        let before = || {
            let mut unseen = texts(part).filter_map(|it| unseen(it, merged));
            condition(unit, part).or_else(|| unseen.next())
        };
        let files = || may_change(merged, unit, part).then_some(Reason::Kubelet);
        // A Node is there only once the kubelet has registered.
        let node = || texts(part).find_map(changes_node).map(Reason::Node);
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

/// The program with which a text of commands changes labels or taints of a Node. Other labels than roles do not matter.
fn changes_node(text: &str) -> Option<String> {
    const CHANGES: [&str; 5] = ["edit", "label", "patch", "replace", "taint"];
    const NODE: [&str; 3] = ["no", "node", "nodes"];
    // The value of a label may be a variable.
    let is_of_unknown_key =
        |word: &str| word.split_once('=').is_some_and(|(key, _)| key.contains('$'));
    let is_role_of_node =
        text.contains("node-role") && text.lines().any(|it| it.trim() == "kind: Node");
    let of_command = |command: &str| {
        let words: Vec<&str> =
            command.split(|it: char| it.is_whitespace() || "()`".contains(it)).collect();
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
        if words.iter().any(|it| ["apply", "create"].contains(it)) && is_role_of_node {
            return Some(program);
        }
        let verb = words.iter().find(|it| CHANGES.contains(it))?;
        let is_of_node =
            words.iter().any(|it| NODE.contains(&it.split('/').next().unwrap_or_default()));
        let is_of_role = *verb != "label"
            || words.iter().any(|it| it.contains("node-role") || is_of_unknown_key(it));
        (is_of_node && is_of_role).then_some(program)
    };
    shell::commands(text).find_map(of_command)
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
