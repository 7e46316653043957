//! Finds out whether multipathd makes a multipath device of every disk (multipath.conf(5)). Such a disk is then held by
//! another device, and its label is seen twice.

use regex::Regex;

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
    let is_mode = |it: &&Setting| it.name == "find_multipaths" && it.is_in("defaults");
    let mode = settings.iter().rfind(is_mode);
    let needs_paths =
        mode.is_some_and(|it| ["on", "smart", "strict", "yes"].contains(&it.value.as_str()));
    !needs_paths && !SUBJECTS.iter().any(|it| it.is_excluded(&settings))
}

/// What a pattern of a blacklist is compared with, for EBS volumes that are not the root disk.
struct Subject {
    /// The names of the patterns. A `device` entry is compared by all of its patterns.
    names: &'static [&'static str],
    /// The values that an EBS volume can have, each beside the names. A pattern that does not match all of them does
    /// not exclude every volume.
    values: &'static [&'static [&'static str]],
}

/// The subjects by which a volume is excluded for certain. `property` is not one of them: the built-in exceptions, which
/// differ between releases, win for a volume that has the property `ID_WWN`.
const SUBJECTS: [Subject; 4] = [
    Subject {
        names: &["devnode"],
        values: &[&["nvme0n1"], &["nvme1n1"], &["nvme2n1"], &["nvme9n1"], &["nvme26n1"]],
    },
    Subject {
        names: &["wwid"],
        values: &[
            &[
                "nvme.1d0f-766f6c30313233343536373839616263646566-416d617a6f6e20456c617374696320426c6f636b2053746f7265-00000001",
            ],
            &[
                "nvme.1d0f-766f6c30653539613837646330663462326361-416d617a6f6e20456c617374696320426c6f636b2053746f7265-00000001",
            ],
        ],
    },
    // The transport is a part of the protocol in later releases only.
    Subject { names: &["protocol"], values: &[&["nvme"], &["nvme:pcie"]] },
    Subject { names: &["vendor", "product"], values: &[&["NVME", "Amazon Elastic Block Store"]] },
];

impl Subject {
    /// Returns whether the blacklist has an entry for every volume, and the exceptions have none for a volume.
    fn is_excluded(&self, settings: &[Setting]) -> bool {
        let excludes =
            |it: &[&Setting]| self.values.iter().all(|of| self.matches(it, of) == Some(true));
        let spares =
            |it: &[&Setting]| self.values.iter().any(|of| self.matches(it, of) != Some(false));
        self.entries(settings, "blacklist").iter().any(|it| excludes(it))
            && !self.entries(settings, "blacklist_exceptions").iter().any(|it| spares(it))
    }

    /// The entries of a section: each pattern alone, or the patterns of a `device` together.
    fn entries<'a>(&self, settings: &'a [Setting], section: &str) -> Vec<Vec<&'a Setting>> {
        let is_device = self.names.len() > 1;
        let depth = if is_device { 2 } else { 1 };
        let mut entries: Vec<Vec<&Setting>> = Vec::new();
        for it in settings.iter().filter(|it| it.is_in(section) && it.sections.len() == depth) {
            if !self.names.contains(&it.name.as_str()) {
                continue;
            }
            match entries.last_mut() {
                Some(last) if is_device && last[0].sections == it.sections => last.push(it),
                _ => entries.push(vec![it]),
            }
        }
        entries
    }

    /// Returns whether all patterns of an entry match the values of a volume; `None` if unknown.
    fn matches(&self, entry: &[&Setting], values: &[&str]) -> Option<bool> {
        let answers: Vec<Option<bool>> = entry
            .iter()
            .map(|it| {
                let number = self.names.iter().position(|name| *name == it.name)?;
                is_match(&it.value, values[number])
            })
            .collect();
        if answers.contains(&Some(false)) {
            return Some(false);
        }
        answers.into_iter().all(|it| it == Some(true)).then_some(true)
    }
}

/// Returns whether a pattern, an extended regular expression of POSIX in which a leading `!` inverts the answer, matches a
/// value; `None` where the pattern is not understood.
fn is_match(pattern: &str, value: &str) -> Option<bool> {
    let (pattern, is_inverted) = match pattern.strip_prefix('!') {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    // Other kinds of regular expressions read these in another way.
    let is_plain = !["\\", "(?", "&&", "--", "~~"].iter().any(|it| pattern.contains(it))
        && pattern.match_indices('[').all(|(at, _)| {
            !pattern[at + 1..].starts_with('[') || pattern[at + 1..].starts_with("[:")
        });
    // The C library passes over a repetition of nothing.
    let pattern = pattern.trim_start_matches('*');
    let expression = Regex::new(pattern).ok().filter(|_| is_plain)?;
    Some(expression.is_match(value) != is_inverted)
}

/// A setting of the configuration.
struct Setting {
    /// The sections around the setting, the outer one first, each with its number among all sections.
    sections: Vec<(usize, String)>,
    name: String,
    value: String,
}

impl Setting {
    fn is_in(&self, section: &str) -> bool {
        self.sections.first().is_some_and(|it| it.1 == section)
    }
}

fn settings(text: &str) -> Vec<Setting> {
    let (mut sections, mut name, mut found) = (Vec::new(), None, Vec::new());
    let mut number = 0;
    for word in text.lines().flat_map(words) {
        match (word.as_str(), name.take()) {
            ("{", section) => {
                number += 1;
                sections.push((number, section.unwrap_or_default()));
            }
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
            ("blacklist {\n  protocol \"nvme:pcie\"\n}\n", true),
            ("blacklist {\n  protocol \"nvme\"\n}\n", false),
            ("blacklist {\n  property \".*\"\n}\n", true),
            ("blacklist {\n  devnode \"^NVME\"\n}\n", true),
            ("blacklist {\n  devnode \"^nvme[1-3]n1$\"\n}\n", true),
            ("blacklist {\n  devnode \"^nvme\\d\"\n}\n", true),
            ("blacklist {\n  devnode \"[^\"\n}\n", true),
            ("blacklist {\n  devnode \"!^(nvme0|nvme1)\"\n}\n", true),
            ("defaults {\n}\noverrides {\n  find_multipaths yes\n}\n", true),
            ("blacklist {\n  devnode \"!^sd[a-z]\"\n}\n", false),
            (
                "blacklist {\n device {\n  vendor \"NVME\"\n  product \"Amazon Elastic Block Store\"\n }\n}\n",
                false,
            ),
            ("blacklist {\n device {\n  vendor \"NVMe\"\n  product \".*\"\n }\n}\n", true),
            ("blacklist {\n device {\n  vendor \".*\"\n  product \"Virtual\"\n }\n}\n", true),
            ("blacklist {\n device {\n  product \"^Amazon\"\n }\n}\n", false),
            ("blacklist {\n device {\n  vendor A\n }\n device {\n  product \".*\"\n }\n}\n", false),
            ("blacklist {\n  vendor \".*\"\n}\n", true),
            ("blacklist {\n wwid \".*\"\n}\nblacklist_exceptions {\n wwid \"^3600\"\n}\n", false),
            ("blacklist {\n wwid \".*\"\n}\nblacklist_exceptions {\n wwid \"^nvme\"\n}\n", true),
            ("blacklist {\n wwid \".*\"\n}\nblacklist_exceptions {\n wwid \"[\"\n}\n", true),
            (
                "blacklist {\n wwid \".*\"\n}\nblacklist_exceptions {\n devnode \"^nvme\"\n}\n",
                false,
            ),
            (
                "blacklist {\n devnode \".*\"\n}\nblacklist_exceptions {\n devnode \"^nvme1n1\"\n}\n",
                true,
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
