//! Units that may change the kubelet's unit, drop-ins, configuration or environment on the machine, before the
//! kubelet starts: what MachineConfigs hold is then not what the kubelet gets.

use super::destinations::{self, VARIABLES, Written, is_elsewhere};
use super::merged::{File, Merged};
use super::mounts;
use super::places::{is_over, may_be_over};
use super::programs::{self, Unit};
use super::shell::{self, whole_lines};
use super::text::is_variable;
use super::tmpfiles;
use super::{ConfigPlace, KubeletDoubt, Provenance};
use crate::derive::kubelet_role;
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::field::{Field, Unknown};

/// What starts before the kubelet: a unit that is ordered before one of them, or is wanted by one, is too.
const BEFORE_KUBELET: [&str; 11] = [
    KUBELET_UNIT,
    "kubelet-dependencies.target",
    "crio.service",
    "nodeip-configuration.service",
    "network-pre.target",
    "network.target",
    "network-online.target",
    "local-fs.target",
    "sysinit.target",
    "basic.target",
    "machine-config-daemon-firstboot.service",
];

/// What decides on the registration of a kubelet, as scripts write it, and what oc-etcd starts from.
const DECIDING: [&str; 9] = [
    "/etc/oc-etcd",
    kubelet_role::UNIT,
    "zzzz-oc-etcd-role",
    "kubelet-env",
    "kubelet.conf",
    "node-labels",
    "register-with-taints",
    "registerWithTaints",
    "kubelet.service.d",
];

/// The command of systemctl that gives a variable to all units that start later.
const SET_VARIABLE: &str = "set-environment";

/// Settings of `kubelet.service` that put other files in the place of those that MachineConfigs hold.
const OTHER_FILES: [&str; 8] = [
    "RootDirectory",
    "RootImage",
    "BindPaths",
    "BindReadOnlyPaths",
    "TemporaryFileSystem",
    "MountImages",
    "ExtensionImages",
    "ExtensionDirectories",
];

/// The fault of commands that may change what decides on a kubelet.
const MAY_CHANGE: &str =
    "may run before the kubelet and names the kubelet's files or flags, which it may change";

/// The programs that write a file; `>` is the other way.
const WRITES: [&str; 13] = [
    "cp", "crudini", "curl", "install", "ln", "mv", "python3", "rsync", "sed", "tar", "tee",
    "wget", "yq",
];

/// Looks for a unit, or a file of commands, that may run before the kubelet, and whose commands or scripts name the
/// files or the flags of the kubelet.
///
/// # Errors
/// When there is one, or when a part that would tell is unknown.
pub(crate) fn none(merged: &Merged<'_>) -> Result<(), KubeletDoubt> {
    mounts::none(merged, is_over, mounts::FAULT)?;
    let is_guarded = merged.unit(kubelet_role::UNIT).is_some();
    for unit in programs::units(merged)? {
        let is_over_files = mounts::is_unit_over(&unit.name, is_over);
        let reading = match order(&unit) {
            Order::Before if is_guarded && !is_of_kubelet(&unit) => Some(Reading::Guarded),
            Order::Before => Some(Reading::Naming),
            // What stays on the disk counts from the next boot on.
            Order::After => Some(Reading::Staying),
            Order::Unordered => Some(Reading::Writing),
        };
        for part in &unit.parts {
            if is_over_files {
                return Err(KubeletDoubt::about(&part.provenance, mounts::FAULT));
            }
            let mut of_kubelet = part.settings.iter().filter(|_| unit.name == KUBELET_UNIT);
            if of_kubelet.any(|it| OTHER_FILES.contains(&it.key.as_str())) {
                let why = "has the kubelet see other files than the machine has";
                return Err(KubeletDoubt::about(&part.provenance, why));
            }
            if let Some(reading) = reading {
                leaves_kubelet(merged, &unit.commands(part), &part.provenance, reading)?;
            }
        }
    }
    for path in programs::RUN_BY_THE_SYSTEM.iter().flat_map(|it| merged.paths(it)) {
        if let Some(File { text: Field::Known(text), provenance }) = merged.file_behind(path) {
            match () {
                () if path.contains("/tmpfiles.d/") => {
                    if tmpfiles::changes(&text, may_be_over) {
                        return Err(KubeletDoubt::about(&provenance, MAY_CHANGE));
                    }
                }
                () if path.contains("/cron") => {
                    leaves_kubelet(merged, &of_cron(&text), &provenance, Reading::Writing)?;
                }
                () => leaves_kubelet(merged, &text, &provenance, Reading::Naming)?,
            }
        }
    }
    Ok(())
}

/// The commands of a table of cron, which starts in no order with the kubelet: without times and users (crontab(5)).
fn of_cron(table: &str) -> String {
    let command = |line: &str| {
        let times = match line.trim_start().chars().next() {
            Some('@') => 1,
            Some('*' | '0'..='9') => 5,
            _ => return line.to_owned(),
        };
        let mut words: Vec<&str> = line.split_whitespace().skip(times).collect();
        if words.first() == Some(&"root") {
            words.remove(0);
        }
        words.join(" ")
    };
    table.lines().map(command).collect::<Vec<_>>().join("\n")
}

/// The order of a unit and the kubelet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Before,
    After,
    Unordered,
}

/// Returns the order in which systemd starts a unit and the kubelet. The unit of the kubelet counts as before, because
/// its own commands run before the command of the kubelet.
pub(super) fn order(unit: &Unit) -> Order {
    let orders = |keys: &[&str], units: &[&str]| {
        let settings = unit.settings().filter(|it| keys.contains(&it.key.as_str()));
        settings.flat_map(|it| it.value.split_whitespace()).any(|name| units.contains(&name))
    };
    // A drop-in for all services is one of the kubelet's too.
    let is_one = unit.name == "service" || BEFORE_KUBELET.contains(&unit.name.as_str());
    if is_one || orders(&["Before", "WantedBy", "RequiredBy"], &BEFORE_KUBELET) {
        Order::Before
    } else if orders(&["After"], &[KUBELET_UNIT]) {
        Order::After
    } else {
        Order::Unordered
    }
}

/// What of a text counts: whatever starts before the kubelet may take part in an edit with a mere name; of what may start
/// at any time, only a line that writes; of what starts after the kubelet, only a file that is there at the next boot.
/// Before the kubelet of a machine that checks the role, a file of variables may be written: the check sees the variables.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Naming,
    Guarded,
    Writing,
    Staying,
}

/// Fails where commands, or a file that they name, may change what the kubelet or oc-etcd starts from. `by` is the
/// place of the commands.
fn leaves_kubelet(
    merged: &Merged<'_>,
    commands: &str,
    by: &Provenance,
    reading: Reading,
) -> Result<(), KubeletDoubt> {
    let judge = |text: &str, place: &Provenance| {
        // Most scripts have none of these, and are not read line by line. A variable may have a word in parts.
        if !mentions(text) && !text.contains("mount") && !text.contains('$') {
            return Ok(());
        }
        let lines = whole_lines(text);
        match () {
            () if mounts::are_over(&lines, is_over) => {
                Err(KubeletDoubt::about(place, mounts::FAULT))
            }
            () if changes(&lines, reading) => Err(KubeletDoubt::about(place, MAY_CHANGE)),
            () => Ok(()),
        }
    };
    judge(commands, by)?;
    let is_before = matches!(reading, Reading::Naming | Reading::Guarded);
    let files = programs::named_files(merged, commands);
    let mounts = |text: &str| text.contains("mount");
    let may_be_table = mounts(commands)
        || files.iter().any(|it| matches!(&it.text, Field::Known(text) if mounts(text)));
    for file in files {
        // The line that names a file of the kubelet's is judged, and the file is no script.
        let is_of_kubelet = |path: &str| DECIDING.iter().any(|it| path.contains(it));
        // Somebody else's file in the place of a script is at fault, and not the unit that starts the script.
        let place =
            if file.provenance.machine_config == by.machine_config { by } else { &file.provenance };
        match file.text {
            _ if matches!(&file.provenance.place, ConfigPlace::File(path) if is_of_kubelet(path)) =>
                {}
            Field::Known(table) if may_be_table && mounts::lists_over(&table, is_over) => {
                return Err(KubeletDoubt::about(place, mounts::FAULT));
            }
            Field::Known(script) => judge(&script, place)?,
            // What is no text is no script. A binary program is told elsewhere.
            Field::Unknown(Unknown::NotUnderstood) => {}
            Field::Unknown(why) if is_before => {
                return Err(KubeletDoubt::Unknown(file.provenance, why));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns whether a text may name what decides on a kubelet: each word that decides has one of these.
fn mentions(text: &str) -> bool {
    const MENTIONS: [&str; 6] =
        ["kubelet", "etc/kubernetes", "oc-etcd", "node-labels", "register", SET_VARIABLE];
    MENTIONS.iter().any(|it| text.contains(it))
}

/// Returns whether one of the whole lines changes what decides on a kubelet.
fn changes(lines: &str, reading: Reading) -> bool {
    // A copy of what decides, and a variable with the name of such a file.
    let mut copies: Vec<String> = Vec::new();
    let mut text_ends: Option<&str> = None;
    for line in lines.lines() {
        if let Some(end) = text_ends {
            text_ends = Some(end).filter(|it| line.trim() != *it);
            continue;
        }
        let is_named = mentions(line);
        let is_copied = copies.iter().any(|it| line.contains(it));
        let begins_text = line.contains("<<");
        if !is_named && !is_copied && !begins_text {
            continue;
        }
        let mut is_harmless = true;
        for pipeline in destinations::pipelines(line) {
            let whole = pipeline.join(" | ");
            let names = names_deciding(&whole);
            if names {
                copies.extend(
                    variable(&whole)
                        .map(|it| [format!("${it}"), format!("${{{it}")])
                        .into_iter()
                        .flatten(),
                );
            }
            for command in &pipeline {
                let (counts, elsewhere) = match destinations::written(command) {
                    Written::Places(places) => {
                        let counts = |it: &String| match reading {
                            Reading::Naming | Reading::Writing => !is_elsewhere(it),
                            Reading::Guarded => !is_elsewhere(it) && it.as_str() != VARIABLES,
                            Reading::Staying => destinations::stays(it),
                        };
                        let is_by_copy = reading != Reading::Staying
                            && copies.iter().any(|it| command.contains(it))
                            && places.iter().any(|it| it.contains('$'));
                        (names && places.iter().any(counts) || is_by_copy, places)
                    }
                    Written::Unknown => {
                        is_harmless = false;
                        let counts = match reading {
                            Reading::Naming | Reading::Guarded => true,
                            Reading::Writing => writes(&whole),
                            Reading::Staying => false,
                        };
                        (names && counts, Vec::new())
                    }
                };
                if counts {
                    return true;
                }
                is_harmless &= elsewhere.iter().all(|it| is_elsewhere(it));
                if names {
                    copies.extend(elsewhere.into_iter().filter(|it| !it.starts_with("/dev/")));
                }
            }
        }
        // A text for a file from which nothing starts is no command.
        let word = line.split_once("<<").map(|(_, it)| it.trim_start_matches('-').trim_start());
        let word = word.and_then(|it| it.split([' ', '>', '|', ';']).next());
        text_ends =
            word.filter(|it| is_harmless && it.starts_with(|it: char| it.is_ascii_alphabetic()));
    }
    false
}

/// Returns whether the commands of a unit are those of `kubelet.service`.
fn is_of_kubelet(unit: &Unit) -> bool {
    [KUBELET_UNIT, "service"].contains(&unit.name.as_str())
}

/// Returns whether a pipeline names what decides on a kubelet.
fn names_deciding(pipeline: &str) -> bool {
    pipeline.contains(KUBELET_UNIT)
        || names_directory(pipeline)
        || sets_variable(pipeline)
        || DECIDING.iter().any(|it| pipeline.contains(it))
}

/// The variable that a command assigns, or a loop over words.
fn variable(command: &str) -> Option<&str> {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words[..] {
        ["for", name, "in", ..] => Some(name),
        _ => words
            .iter()
            .find_map(|it| it.split_once('='))
            .map(|(name, _)| name)
            .filter(|it| is_variable(it)),
    }
}

/// Returns whether a line has a program that writes files, or a redirection into one.
fn writes(line: &str) -> bool {
    let mut words = line.split(|it: char| it.is_whitespace() || "/;(".contains(it));
    words.any(|word| WRITES.contains(&word) || word.contains('>'))
}

/// Returns whether a line gives systemd a variable that the kubelet gets, by the names of OpenShift's variables for the
/// kubelet: `systemctl set-environment CUSTOM_KUBELET_LABELS=…`.
fn sets_variable(line: &str) -> bool {
    line.contains(SET_VARIABLE) && (line.contains("KUBELET") || line.contains('$'))
}

/// Returns whether a line writes files into the directory of the kubelet's files, which is the last word, or the value of
/// an option.
fn names_directory(line: &str) -> bool {
    const LAST: [&str; 6] = ["cp", "install", "ln", "mv", "rsync", "sed"];
    let is_directory = |word: &str| word.trim_end_matches(['/', '.', '*']) == "/etc/kubernetes";
    let writes_there = |command: &str| {
        let words: Vec<&str> =
            command.split([' ', '\t', '=']).filter(|it| !it.is_empty()).collect();
        let by_option = words
            .iter()
            .position(|it| ["-C", "-d", "-t", "--directory", "--target-directory"].contains(it));
        let has_last = words.iter().any(|it| LAST.contains(&it.rsplit('/').next().unwrap_or(it)));
        let last = words.last().filter(|_| has_last);
        let named = by_option.and_then(|at| words.get(at + 1)).into_iter().chain(last);
        writes(command) && named.into_iter().any(|it| is_directory(it))
    };
    shell::commands(line).any(writes_there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_only_reads_changes_nothing() {
        for (line, expected) in [
            ("if grep -q maxPods /etc/kubernetes/kubelet.conf; then", false),
            ("[ -f /etc/kubernetes/kubelet.conf ] || exit 0", false),
            ("test -f /etc/kubernetes/kubelet.conf && cat /etc/kubernetes/kubelet.conf", false),
            ("grep -c node-labels /etc/systemd/system/kubelet.service 2>/dev/null | cat", false),
            ("grep -v taint /etc/kubernetes/kubelet.conf > /run/k", false),
            ("cat /etc/kubernetes/kubelet.conf | tee /run/k", false),
            ("echo kubelet.service starts >> /var/log/site.log", false),
            ("cp -p /etc/kubernetes/kubelet.conf /var/backup/kubelet.conf", false),
            ("cp /var/backup/kubelet.conf /etc/kubernetes/kubelet.conf", true),
            ("cp /etc/kubernetes/kubelet.conf $D", true),
            ("rsync -a /etc/kubernetes/ /var/backup/kubernetes/", false),
            ("sha256sum /etc/kubernetes/kubelet.conf > /var/lib/site/x.sha", false),
            ("auditctl -w /etc/kubernetes/kubelet.conf -p wa", false),
            ("echo a > /etc/kubernetes/kubelet-env", true),
            ("K=$(cat /etc/kubernetes/kubelet.conf)", false),
            ("systemctl status kubelet.service", false),
            ("if systemctl is-active kubelet.service >/dev/null 2>&1; then", false),
            ("STATE=$(systemctl is-active kubelet.service 2>/dev/null || true)", false),
            ("journalctl -u kubelet.service > /var/log/k.log", false),
            ("rm -f /etc/kubernetes/kubelet.conf.bak", false),
            ("rm -f /etc/kubernetes/kubelet.conf", true),
            ("jq . /etc/kubernetes/kubelet.conf > /run/k.json", false),
            ("ps aux | grep -c node-labels > /run/x", false),
            ("grep -v taint /etc/kubernetes/kubelet.conf > /run/k; mv /run/k $F", true),
            ("echo /etc/kubernetes/kubelet.conf | xargs sed -i s/a/b/", true),
            ("for f in /etc/kubernetes/kubelet.conf; do chmod 600 $f; done", false),
            ("for f in /etc/kubernetes/kubelet.conf; do sed -i s/a/b/ $f; done", true),
            ("cat <<EOF > /etc/motd\nRead /etc/kubernetes/kubelet.conf\nEOF\necho", false),
            ("echo cp /etc/x /etc/kubernetes/kubelet.conf > /etc/systemd/system/a.service", true),
            ("cd /etc/kubernetes && rm kubelet.conf", true),
            ("# sed -i x /etc/kubernetes/kubelet.conf", false),
        ] {
            assert_eq!(changes(&whole_lines(line), Reading::Naming), expected, "{line}");
        }
    }
}
