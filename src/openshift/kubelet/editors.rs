//! Units that may change the kubelet's unit, drop-ins, configuration or environment on the machine, before the
//! kubelet starts: what MachineConfigs hold is then not what the kubelet gets.

use super::merged::{File, Merged};
use super::mounts;
use super::places::{is_over, may_be_over};
use super::programs::{self, Unit};
use super::shell::{self, is_of_path, whole_lines};
use super::tmpfiles;
use super::{ConfigPlace, KubeletDoubt, Provenance};
use crate::derive::kubelet_role;
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::field::Field;

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
    for unit in programs::units(merged)? {
        let is_over_files = mounts::is_unit_over(&unit.name, is_over);
        let reading = match order(&unit) {
            Order::Before => Some(Reading::Naming),
            Order::After => None,
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
/// at any time, only a line that writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Naming,
    Writing,
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
            Field::Unknown(why) if reading == Reading::Naming => {
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
    lines.lines().filter(|it| mentions(it)).any(|line| {
        let is_named = shell::commands(line).any(names_kubelets_unit)
            || names_directory(line)
            || sets_variable(line)
            || DECIDING.iter().any(|it| line.contains(it));
        let counts = match reading {
            Reading::Naming => !leaves_contents(line),
            Reading::Writing => writes(line) && !leaves_contents(line),
        };
        is_named && counts
    })
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

/// Returns whether every command of a line reads files, prints, makes directories, changes permissions, or copies the
/// kubelet's files to another place.
fn leaves_contents(line: &str) -> bool {
    const LEAVE: [&str; 24] = [
        "[",
        "[[",
        "auditctl",
        "cat",
        "chcon",
        "chmod",
        "chown",
        "cmp",
        "diff",
        "echo",
        "getfacl",
        "grep",
        "head",
        "logger",
        "ls",
        "md5sum",
        "mkdir",
        "restorecon",
        "setfacl",
        "sha256sum",
        "stat",
        "tail",
        "test",
        "wc",
    ];
    const AROUND: [&str; 7] = ["!", "elif", "fi", "if", "then", "until", "while"];
    let discarded =
        ["2>&1", "&>/dev/null", ">/dev/null", "> /dev/null", "2>/dev/null", "2> /dev/null"];
    let line = discarded.iter().fold(line.to_owned(), |line, it| line.replace(it, ""));
    let leaves = |command: &str| {
        let (command, targets) = command.split_once('>').unwrap_or((command, ""));
        let mut targets = targets.split('>').map(str::trim).filter(|it| !it.is_empty());
        let mut words = command.split_whitespace().filter(|it| !AROUND.contains(it));
        let program = words.next().and_then(|it| it.rsplit('/').next());
        let is_harmless = program.is_none_or(|it| LEAVE.contains(&it))
            || program.is_some_and(|it| ["cp", "rsync"].contains(&it))
                && words.next_back().is_some_and(is_elsewhere);
        is_harmless && targets.all(is_elsewhere)
    };
    !line.contains(['`', '$']) && shell::commands(&line).all(leaves)
}

/// Returns whether a text is the path of a place that decides on no kubelet, and is not above such a place.
fn is_elsewhere(path: &str) -> bool {
    let is_below = ["/var/log/", "/var/backup", "/var/lib/", "/var/tmp/", "/tmp/", "/root/"];
    path.chars().all(is_of_path)
        && !path.contains("..")
        && !path.starts_with("/var/lib/kubelet")
        && is_below.iter().any(|it| path.starts_with(it))
}

/// Returns whether a command names `kubelet.service`, other than to start, stop, enable or ask it.
fn names_kubelets_unit(command: &str) -> bool {
    const HARMLESS: [&str; 14] = [
        "cat",
        "enable",
        "is-active",
        "is-enabled",
        "is-failed",
        "reload",
        "reload-or-restart",
        "restart",
        "show",
        "start",
        "status",
        "stop",
        "try-reload-or-restart",
        "try-restart",
    ];
    let words: Vec<&str> = command.split_whitespace().collect();
    let is_systemctl = |word: &&str| word.ends_with("systemctl");
    let goes_to_file = |word: &&str| word.contains(['>', '/']) && !is_systemctl(word);
    let at = words.iter().position(is_systemctl);
    let is_harmless = at.is_some_and(|at| {
        let mut rest = words[at..].iter();
        rest.clone().any(|it| HARMLESS.contains(it)) && !rest.any(goes_to_file)
    });
    command.contains(KUBELET_UNIT) && !is_harmless
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_only_reads_changes_nothing() {
        for (line, expected) in [
            ("if grep -q maxPods /etc/kubernetes/kubelet.conf; then", false),
            ("[ -f /etc/kubernetes/kubelet.conf ] || exit 0", true),
            ("test -f /etc/kubernetes/kubelet.conf && cat /etc/kubernetes/kubelet.conf", false),
            ("grep -c node-labels /etc/systemd/system/kubelet.service 2>/dev/null | cat", false),
            ("grep -v taint /etc/kubernetes/kubelet.conf > /run/k", true),
            ("cat /etc/kubernetes/kubelet.conf | tee /run/k", true),
            ("echo kubelet.service starts >> /var/log/site.log", false),
            ("cp -p /etc/kubernetes/kubelet.conf /var/backup/kubelet.conf", false),
            ("cp /var/backup/kubelet.conf /etc/kubernetes/kubelet.conf", true),
            ("cp /etc/kubernetes/kubelet.conf $D", true),
            ("rsync -a /etc/kubernetes/ /var/backup/kubernetes/", false),
            ("sha256sum /etc/kubernetes/kubelet.conf > /var/lib/site/x.sha", false),
            ("auditctl -w /etc/kubernetes/kubelet.conf -p wa", false),
            ("echo a > /etc/kubernetes/kubelet-env", true),
            ("K=$(cat /etc/kubernetes/kubelet.conf)", true),
            ("systemctl status kubelet.service", false),
            ("# sed -i x /etc/kubernetes/kubelet.conf", false),
        ] {
            assert_eq!(changes(&whole_lines(line), Reading::Naming), expected, "{line}");
        }
    }
}
