//! Finds out whether multipathd makes a multipath device of every disk (multipath.conf(5)). Such a disk is then held by
//! another device, and its label is seen twice.

use super::kubelet::Provenance;
use super::kubelet::merged::{File, Merged};
use super::kubelet::shell;
use crate::model::field::Field;

/// The configuration without which multipathd does not start.
const CONFIGURATION: &str = "/etc/multipath.conf";

const SERVICE: &str = "multipathd.service";

/// Directory of the files that multipathd reads after the configuration.
const ADDITIONS: &str = "/etc/multipath/conf.d/";

/// Returns the place of the configuration with which multipathd takes a new EBS volume, unless multipathd is disabled.
pub(super) fn taking_every_disk(merged: &Merged<'_>) -> Option<Provenance> {
    let known = |path: &str| {
        let File { text, provenance, .. } = merged.file_behind(path)?;
        Some((text.known()?, provenance))
    };
    let (mut text, provenance) = known(CONFIGURATION)?;
    let is_disabled =
        merged.unit(SERVICE).is_some_and(|it| matches!(it.enabled, Some((Field::Known(false), _))));
    let is_off = is_disabled || merged.is_masked(SERVICE);
    for (addition, _) in merged.paths(ADDITIONS).into_iter().filter_map(known) {
        text = format!("{text}\n{addition}");
    }
    (!is_off && takes_every_disk(&text)).then_some(provenance)
}

/// Returns whether a command writes a configuration with which multipathd takes every disk.
pub(super) fn configures_every_disk(command: &str) -> bool {
    let mut words = command.split([' ', '=']);
    words.any(|it| shell::name(it) == "mpathconf")
        && words.any(|it| it == "--find_multipaths")
        && words.next().is_some_and(|mode| ["n", "no", "off", "greedy"].contains(&mode))
}

/// Returns whether a configuration lets multipathd take a disk that has one path, as EBS volumes have. In RHEL, this is
/// so where the configuration has no `find_multipaths`.
fn takes_every_disk(text: &str) -> bool {
    let settings = settings(text);
    let mode = settings.iter().rfind(|it| it.name == "find_multipaths");
    let needs_paths =
        mode.is_some_and(|it| ["on", "smart", "strict", "yes"].contains(&it.value.as_str()));
    let excludes = |it: &Setting| {
        it.sections.first().is_some_and(|it| it == "blacklist")
            && may_be_of_ebs(&it.name, &it.value.to_lowercase())
    };
    !needs_paths && !settings.iter().any(excludes)
}

/// Returns whether a pattern of a blacklist may be for an EBS volume that is not the root disk. Patterns are regular
/// expressions, and are compared with the words that stand for such a volume.
fn may_be_of_ebs(name: &str, pattern: &str) -> bool {
    let is_any = |it: &str| ["", ".", ".*", "*", ".+"].contains(&it);
    match name {
        "product" => pattern.contains("amazon"),
        "devnode" | "property" | "protocol" | "vendor" | "wwid" => {
            is_any(pattern.trim_start_matches('^').trim_end_matches('$'))
                || pattern.starts_with('!')
                || pattern.contains("[^")
                || pattern.contains("amazon")
                || pattern.contains("nvme") && !pattern.contains("nvme0")
        }
        _ => false,
    }
}

/// A setting of the configuration.
struct Setting {
    /// The sections around the setting, the outer one first.
    sections: Vec<String>,
    name: String,
    value: String,
}

fn settings(text: &str) -> Vec<Setting> {
    let (mut sections, mut name, mut found) = (Vec::new(), None, Vec::new());
    for word in text.lines().flat_map(words) {
        match (word.as_str(), name.take()) {
            ("{", section) => sections.push(section.unwrap_or_default()),
            ("}", _) => drop(sections.pop()),
            (_, None) => name = Some(word),
            (_, Some(name)) => {
                found.push(Setting { sections: sections.clone(), name, value: word });
            }
        }
    }
    found
}

/// The words of a line without its comment. A word in quotes keeps its signs.
fn words(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, piece) in line.split('"').enumerate() {
        if number % 2 == 1 {
            found.push(piece.to_owned());
            continue;
        }
        let plain = piece.split(['#', '!']).next().unwrap_or_default();
        let spaced = plain.replace('{', " { ").replace('}', " } ");
        found.extend(spaced.split_whitespace().map(str::to_owned));
        if plain.len() < piece.len() {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_that_takes_ebs_volumes_is_told_from_the_others() {
        let no = "defaults {\n  user_friendly_names yes\n  find_multipaths no\n}\n";
        for (rest, expected) in [
            ("", true),
            ("blacklist {\n  devnode \"^(ram|raw|loop|fd|md|dm-|sr|scd|st)[0-9]*\"\n}\n", true),
            ("blacklist {\n  devnode \"^nvme0n1$\"\n}\n", true),
            ("blacklist {\n device {\n  vendor \"VMware\"\n  product \"Virtual.*\"\n }\n}\n", true),
            ("# blacklist {\n#  devnode \"^nvme\"\n# }\n", true),
            ("blacklist_exceptions {\n  devnode \"^nvme\"\n}\n", true),
            ("blacklist {\n  devnode \"^nvme\"\n}\n", false),
            ("blacklist { devnode \"^(sd[a-b]|nvme)[0-9]*\" }\n", false),
            ("blacklist {\n  devnode \".*\"\n}\n", false),
            ("blacklist {\n  wwid \"*\"\n}\n", false),
            ("blacklist {\n  protocol \"nvme:pcie\"\n}\n", false),
            ("blacklist {\n  devnode \"!^sd[a-z]\"\n}\n", false),
            (
                "blacklist {\n device {\n  vendor \"NVME\"\n  product \"Amazon Elastic Block Store\"\n }\n}\n",
                false,
            ),
            ("defaults {\n  find_multipaths \"yes\"\n}\n", false),
        ] {
            assert_eq!(takes_every_disk(&format!("{no}{rest}")), expected, "{rest}");
        }
        for (mode, expected) in [
            ("find_multipaths yes", false),
            ("find_multipaths on # x", false),
            ("find_multipaths smart", false),
            ("find_multipaths greedy", true),
            ("polling_interval 5", true),
        ] {
            assert_eq!(
                takes_every_disk(&format!("defaults {{\n {mode}\n}}\n")),
                expected,
                "{mode}"
            );
        }
    }

    #[test]
    fn a_command_that_writes_such_a_configuration_is_found() {
        for (command, expected) in [
            ("/sbin/mpathconf --enable --find_multipaths n --with_multipathd y", true),
            ("mpathconf --find_multipaths=greedy", true),
            ("mpathconf --enable --find_multipaths y", false),
            ("mpathconf --enable", false),
        ] {
            assert_eq!(configures_every_disk(command), expected, "{command}");
        }
    }
}
