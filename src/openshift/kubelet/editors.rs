//! Units that may change the kubelet's unit, drop-ins, configuration or environment on the machine, before the
//! kubelet starts: what MachineConfigs hold is then not what the kubelet gets.

use std::collections::BTreeSet;

use super::merged::{File, Merged};
use super::text::{assignments, words};
use super::{ConfigPlace, KubeletDoubt, Provenance};
use crate::derive::kubelet_role;
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::field::Field;
use crate::model::names;
use crate::model::snapshot::is_template;

/// OpenShift's own units that write drop-ins of the kubelet, or wait for the kubelet. Each sets one variable that is
/// no flag (MCO `templates/common/aws`, `templates/common/_base/units`).
const OF_OPENSHIFT: [&str; 3] = [
    "aws-kubelet-nodename.service",
    "aws-kubelet-providerid.service",
    "node-valid-hostname.service",
];

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

/// What decides on the registration of a kubelet, as scripts write it.
const OF_KUBELET: [&str; 5] = [
    "/etc/kubernetes/kubelet",
    "node-labels",
    "register-with-taints",
    "registerWithTaints",
    "kubelet.service.d",
];

/// The files whose commands the operating system itself runs or carries out before the kubelet starts.
const RUN_BEFORE_KUBELET: [&str; 9] = [
    "/etc/tmpfiles.d/",
    "/run/tmpfiles.d/",
    "/usr/lib/tmpfiles.d/",
    "/etc/udev/rules.d/",
    "/run/udev/rules.d/",
    "/etc/modprobe.d/",
    "/etc/NetworkManager/dispatcher.d/",
    "/etc/rc.local",
    "/etc/rc.d/rc.local",
];

/// Units that put something else in the place of the files that the kubelet, or the units of oc-etcd, start from.
const OVER_FILES: [&str; 10] = [
    "etc.mount",
    "etc-kubernetes.mount",
    r"etc-oc\x2detcd.mount",
    "etc-systemd.mount",
    "etc-systemd-system.mount",
    "usr.mount",
    "usr-bin.mount",
    "usr-bin-kubelet.mount",
    "usr-local.mount",
    "usr-local-bin.mount",
];

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

/// The programs that write a file; `>` is the other way.
const WRITES: [&str; 8] = ["sed", "tee", "cp", "install", "mv", "ln", "yq", "crudini"];

/// A unit, with all of its parts.
struct Unit {
    name: String,
    text: String,
    provenance: Provenance,
}

/// Looks for a unit, or a file of commands, that may run before the kubelet, and whose commands or scripts name the
/// files or the flags of the kubelet.
///
/// # Errors
/// When there is one, or when a part that would tell is unknown.
pub(crate) fn none(merged: &Merged<'_>) -> Result<(), KubeletDoubt> {
    for unit in units(merged)? {
        if OVER_FILES.contains(&unit.name.as_str()) {
            let why = "mounts another file system over files that the kubelet starts from";
            return Err(KubeletDoubt::about(&unit.provenance, why));
        }
        let all = assignments(&unit.text);
        let is_of_kubelet = unit.name == KUBELET_UNIT;
        if is_of_kubelet && all.iter().any(|it| OTHER_FILES.contains(&it.key.as_str())) {
            let why = "has the kubelet see other files than the machine has";
            return Err(KubeletDoubt::about(&unit.provenance, why));
        }
        let orders = |keys: &[&str], units: &[&str]| {
            all.iter()
                .filter(|it| keys.contains(&it.key.as_str()))
                .any(|it| it.value.split_whitespace().any(|name| units.contains(&name)))
        };
        let commands = all
            .iter()
            .filter(|it| it.key.starts_with("Exec") && !(is_of_kubelet && it.key == "ExecStart"));
        let commands: Vec<&str> = commands.map(|it| it.value.as_str()).collect();
        let reading =
            if is_of_kubelet || orders(&["Before", "WantedBy", "RequiredBy"], &BEFORE_KUBELET) {
                Reading::Naming
            } else if orders(&["After"], &[KUBELET_UNIT]) {
                continue;
            } else {
                Reading::Writing
            };
        let text = commands.join("\n");
        speaks_of_kubelet(merged, &text, (&unit.provenance, reading), &mut BTreeSet::new())?;
    }
    for path in RUN_BEFORE_KUBELET.iter().flat_map(|it| merged.paths(it)) {
        if merged.link(path).is_some() {
            continue;
        }
        if let Some(File { text: Field::Known(text), provenance }) = merged.file(path)? {
            let by = (&provenance, Reading::Naming);
            speaks_of_kubelet(merged, &text, by, &mut BTreeSet::new())?;
        }
    }
    Ok(())
}

/// The units of others: those of systemd, and those that are files.
fn units(merged: &Merged<'_>) -> Result<Vec<Unit>, KubeletDoubt> {
    let mut found = Vec::new();
    for (name, unit) in merged.units() {
        let parts = unit.contents.iter().chain(unit.drop_ins.values());
        let mut text = String::new();
        let mut by = None;
        let mut is_of_openshift = OF_OPENSHIFT.contains(&name);
        for (part, machine_config) in parts {
            by = Some(*machine_config);
            is_of_openshift &= is_of_operator(machine_config);
            // A unit whose text is unknown is told by its scripts alone.
            if let Field::Known(part) = part {
                text.push_str(part);
                text.push('\n');
            }
        }
        let Some(machine_config) = by.filter(|_| !is_of_openshift) else { continue };
        if name == kubelet_role::UNIT {
            continue;
        }
        let place = ConfigPlace::Unit(name.to_owned());
        let provenance = Provenance { machine_config: machine_config.to_owned(), place };
        found.push(Unit { name: name.to_owned(), text, provenance });
    }
    for path in merged.paths("/etc/systemd/system/") {
        let is_unit = path.strip_suffix(".service").is_some() && path.matches('/').count() == 4;
        if !is_unit || merged.link(path).is_some() {
            continue;
        }
        if let Some(File { text: Field::Known(text), provenance }) = merged.file(path)? {
            let name = path.rsplit('/').next().unwrap_or(path).to_owned();
            found.push(Unit { name, text, provenance });
        }
    }
    Ok(found)
}

/// Returns whether the operator wrote a MachineConfig from its templates, or rendered it, or it is a copy of ours.
fn is_of_operator(machine_config: &str) -> bool {
    let of_masters = |role| machine_config.replacen(role, names::MASTER, 1);
    machine_config.starts_with("rendered-")
        || [names::MASTER, names::WORKER, names::ETCD]
            .into_iter()
            .map(of_masters)
            .any(|it| is_template(&it))
}

/// What of a text counts: whatever starts before the kubelet may take part in an edit with a mere name; of what may start
/// at any time, only a line that writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Naming,
    Writing,
}

/// Fails where a text, or the text of a file that it names, speaks of the kubelet. `by` is the unit that runs it.
fn speaks_of_kubelet(
    merged: &Merged<'_>,
    text: &str,
    by: (&Provenance, Reading),
    seen: &mut BTreeSet<String>,
) -> Result<(), KubeletDoubt> {
    let (unit, reading) = by;
    let is_named =
        |line: &str| names_kubelets_unit(line) || OF_KUBELET.iter().any(|it| line.contains(it));
    let writes = |line: &str| {
        let mut words = line.split(|it: char| it.is_whitespace() || "/;'\"(".contains(it));
        words.any(|word| WRITES.contains(&word) || word.contains('>'))
    };
    let counts = |line: &str| is_named(line) && (reading == Reading::Naming || writes(line));
    if text.lines().any(counts) {
        let why = "may run before the kubelet and names the kubelet's files or flags, which it may change";
        return Err(KubeletDoubt::about(unit, why));
    }
    for path in merged.paths("/").into_iter().filter(|it| text.contains(it)) {
        if merged.link(path).is_some() || !seen.insert(path.to_owned()) {
            continue;
        }
        match merged.file(path)? {
            Some(File { text: Field::Known(script), .. }) => {
                speaks_of_kubelet(merged, &script, by, seen)?;
            }
            Some(File { text: Field::Unknown(why), provenance }) if reading == Reading::Naming => {
                return Err(KubeletDoubt::Unknown(provenance, why));
            }
            Some(File { text: Field::Absent | Field::Unknown(_), .. }) | None => {}
        }
    }
    Ok(())
}

/// Returns whether a line names `kubelet.service`, other than to start, stop or ask it.
fn names_kubelets_unit(line: &str) -> bool {
    const HARMLESS: [&str; 9] = [
        "start",
        "stop",
        "restart",
        "try-restart",
        "reload",
        "status",
        "is-active",
        "is-enabled",
        "show",
    ];
    let words = words(line).unwrap_or_else(|| line.split_whitespace().map(str::to_owned).collect());
    let is_systemctl = |word: &String| word.ends_with("systemctl");
    let goes_to_file = |word: &String| word.contains(['>', '|', '/']) && !is_systemctl(word);
    let is_harmless = words.iter().any(is_systemctl)
        && words.iter().any(|it| HARMLESS.contains(&it.as_str()))
        && !words.iter().any(goes_to_file);
    line.contains(KUBELET_UNIT) && !is_harmless && !line.trim_start().starts_with('#')
}
