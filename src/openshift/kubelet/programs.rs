//! What a machine runs at its boots by its MachineConfigs: the units of administrators with their commands, and the
//! files that these commands name, which are mostly scripts.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::by_system::{self, RUN_BY_THE_SYSTEM};
use super::merged::{File, Merged, SYSTEMD};
use super::script::whole_lines;
use super::shell::is_of_path;
use super::text::{Assignment, assignments, is_command, unescaped};
use super::{ConfigPlace, KubeletDoubt, Provenance};
use crate::derive::machine_config::KUBELET_UNIT;
use crate::derive::{disk, kubelet_role};
use crate::model::field::Field;
use crate::model::machine_config_author::is_template;
use crate::model::names;

/// OpenShift's own units that write drop-ins of the kubelet, or wait for the kubelet. Each sets one variable that is
/// no flag (MCO `templates/common/aws`, `templates/common/_base/units`).
const OF_OPENSHIFT: [&str; 3] = [
    "aws-kubelet-nodename.service",
    "aws-kubelet-providerid.service",
    "node-valid-hostname.service",
];

/// A unit.
pub(crate) struct Unit {
    pub(crate) name: String,
    /// The unit's own contents and its drop-ins, in the order in which systemd reads them.
    pub(crate) parts: Vec<Part>,
}

/// The contents of a unit, or a drop-in.
pub(crate) struct Part {
    pub(crate) settings: Vec<Assignment>,
    pub(crate) provenance: Provenance,
    /// The commands, each on a line, in the directory of the unit. The command of the kubelet itself is left out.
    pub(crate) commands: String,
    /// The files that the commands name, and those that these files name: mostly scripts.
    pub(crate) files: Vec<File>,
    lines: OnceCell<String>,
}

impl Part {
    const fn new(settings: Vec<Assignment>, provenance: Provenance) -> Self {
        Self {
            settings,
            provenance,
            commands: String::new(),
            files: Vec::new(),
            lines: OnceCell::new(),
        }
    }

    /// The commands in whole lines.
    pub(crate) fn lines(&self) -> &str {
        self.lines.get_or_init(|| whole_lines(&self.commands))
    }
}

impl Unit {
    fn of_file(path: &str, text: &str, provenance: Provenance) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        Self { name, parts: vec![Part::new(assignments(text), provenance)] }
    }

    /// The settings of all parts.
    pub(crate) fn settings(&self) -> impl DoubleEndedIterator<Item = &Assignment> {
        self.parts.iter().flat_map(|it| &it.settings)
    }

    /// Returns whether the commands are those of `kubelet.service`. A drop-in for all services is one of the kubelet's
    /// too.
    pub(crate) fn is_of_kubelet(&self) -> bool {
        [KUBELET_UNIT, "service"].contains(&self.name.as_str())
    }

    fn commands(&self, part: &Part) -> String {
        let counts = |it: &&Assignment| {
            is_command(&it.key) && !(self.is_of_kubelet() && it.key == "ExecStart")
        };
        let commands: Vec<&str> =
            part.settings.iter().filter(counts).map(|it| it.value.as_str()).collect();
        let mut settings = self.settings().filter(|it| it.key == "WorkingDirectory");
        let directory = settings.next_back().filter(|_| !commands.is_empty());
        let directory = directory.map(|it| format!("cd {}\n", it.value.trim_start_matches('-')));
        directory.unwrap_or_default() + &commands.join("\n")
    }
}

/// The units of others: those of systemd, those that are files, and those that stand for the files of commands that the
/// operating system carries out.
pub(crate) fn units(merged: &Merged<'_>) -> Result<Vec<Unit>, KubeletDoubt> {
    let mut found = Vec::new();
    for (name, unit) in merged.units() {
        // Each is compared as a whole elsewhere.
        let is_ours = name == kubelet_role::UNIT || disk::UNITS.contains(&name);
        if is_ours || merged.is_masked(name) {
            continue;
        }
        let own = unit.contents.iter().map(|it| (ConfigPlace::Unit(name.to_owned()), it));
        let is_ours =
            |drop_in: &&str| name == KUBELET_UNIT && *drop_in == kubelet_role::REQUIREMENT;
        let drop_ins =
            unit.drop_ins.iter().filter(|(drop_in, _)| !is_ours(drop_in)).map(|(drop_in, it)| {
                (ConfigPlace::DropIn(name.to_owned(), (*drop_in).to_owned()), it)
            });
        let mut parts = Vec::new();
        let mut is_of_openshift = OF_OPENSHIFT.contains(&name);
        for (place, (text, machine_config)) in own.chain(drop_ins) {
            is_of_openshift &= is_of_operator(machine_config);
            let provenance = Provenance { machine_config: (*machine_config).to_owned(), place };
            match text {
                Field::Known(text) => {
                    parts.push(Part::new(assignments(text), provenance));
                }
                // The parts of the kubelet's own unit are read where its command is.
                Field::Unknown(why) if !is_of_operator(machine_config) && name != KUBELET_UNIT => {
                    return Err(KubeletDoubt::Unknown(provenance, *why));
                }
                // The operator's own units are known by its release.
                Field::Unknown(_) | Field::Absent => {}
            }
        }
        if !is_of_openshift && !parts.is_empty() {
            found.push(Unit { name: name.to_owned(), parts });
        }
    }
    for path in SYSTEMD.iter().flat_map(|it| merged.paths(it)) {
        let (folder, name) = path.rsplit_once('/').unwrap_or_default();
        let drop_in_of = folder.rsplit('/').next().and_then(|it| it.strip_suffix(".d"));
        let drop_in_of = drop_in_of.filter(|_| name.strip_suffix(".conf").is_some());
        let is_unit = [".service", ".mount", ".swap"].iter().any(|it| name.ends_with(it));
        if drop_in_of.is_none() && !is_unit {
            continue;
        }
        let Some(File { text: Field::Known(text), provenance, .. }) = merged.file_behind(path)
        else {
            continue;
        };
        match drop_in_of {
            None => found.push(Unit::of_file(path, &text, provenance)),
            // The drop-in starts when the unit does.
            Some(of) => match found.iter_mut().find(|it| it.name == of) {
                Some(unit) => unit.parts.push(Part::new(assignments(&text), provenance)),
                None => found.push(Unit::of_file(of, &text, provenance)),
            },
        }
    }
    for path in RUN_BY_THE_SYSTEM.iter().flat_map(|it| merged.paths(it)) {
        let Some(File { text, provenance, .. }) = merged.file_behind(path) else { continue };
        let settings = match text {
            Field::Known(text) => by_system::settings(path, &text),
            Field::Unknown(why) if !is_of_operator(&provenance.machine_config) => {
                return Err(KubeletDoubt::Unknown(provenance, why));
            }
            _ => continue,
        };
        found.push(Unit { name: path.to_owned(), parts: vec![Part::new(settings, provenance)] });
    }
    let mut found = expanded(found, merged);
    // An instance of a template, and a unit that a file holds.
    found.retain(|it| !merged.is_masked(&it.name));
    for unit in &mut found {
        let commands: Vec<String> = unit.parts.iter().map(|it| unit.commands(it)).collect();
        for (part, commands) in unit.parts.iter_mut().zip(commands) {
            part.files = named_files(merged, &commands);
            part.commands = commands;
        }
    }
    Ok(found)
}

/// Returns the units, with each template once for each instance that the MachineConfigs name, and with the name of the
/// instance in the place of specifiers (systemd.unit(5)). A template without such an instance stays as it is.
fn expanded(units: Vec<Unit>, merged: &Merged<'_>) -> Vec<Unit> {
    if !units.iter().any(|it| it.name.contains("@.")) {
        return units;
    }
    let of_paths = SYSTEMD.iter().flat_map(|it| merged.paths(it));
    let of_paths = of_paths.filter_map(|it| it.rsplit('/').next());
    let of_settings =
        units.iter().flat_map(Unit::settings).flat_map(|it| it.value.split_whitespace());
    let names = merged.units().map(|it| it.0).chain(of_paths).chain(of_settings);
    let names: BTreeSet<String> = names.filter(|it| it.contains('@')).map(str::to_owned).collect();
    units.into_iter().flat_map(|unit| of_unit(unit, &names)).collect()
}

fn of_unit(unit: Unit, names: &BTreeSet<String>) -> Vec<Unit> {
    let Some((stem, kind)) = unit.name.split_once("@.") else { return vec![unit] };
    let instance = |name: &String| {
        let (start, end) = name.split_once('@')?;
        let instance = end.strip_suffix(kind)?.strip_suffix('.')?;
        (start == stem && !instance.is_empty() && !instance.contains('%'))
            .then(|| instance.to_owned())
    };
    let instances: Vec<String> = names.iter().filter_map(instance).collect();
    if instances.is_empty() {
        return vec![unit];
    }
    instances.iter().map(|it| of_instance(&unit, stem, kind, it)).collect()
}

fn of_instance(unit: &Unit, stem: &str, kind: &str, instance: &str) -> Unit {
    let unescaped = unescaped(instance);
    let path = format!("/{unescaped}");
    let values = [("%i", instance), ("%I", &unescaped), ("%f", &path)];
    let filled =
        |text: &str| values.iter().fold(text.to_owned(), |it, (from, to)| it.replace(from, to));
    let part = |part: &Part| {
        let settings = part.settings.iter();
        let settings = settings.map(|it| Assignment { value: filled(&it.value), ..it.clone() });
        Part::new(settings.collect(), part.provenance.clone())
    };
    let name = format!("{stem}@{instance}.{kind}");
    Unit { name, parts: unit.parts.iter().map(part).collect() }
}

/// Returns whether the operator wrote a MachineConfig from its templates, or rendered it, or it is a copy of ours.
pub(crate) fn is_of_operator(machine_config: &str) -> bool {
    let of_masters = |role| machine_config.replacen(role, names::MASTER, 1);
    machine_config.starts_with("rendered-")
        || [names::MASTER, names::WORKER, names::ETCD]
            .into_iter()
            .map(of_masters)
            .any(|it| is_template(&it))
}

/// The files that a text names, and those that their texts name: `text` holds commands.
pub(crate) fn named_files(merged: &Merged<'_>, text: &str) -> Vec<File> {
    // A path that cannot be told from the text around it is looked for in the whole text.
    let unusual: Vec<&str> =
        merged.all_paths().filter(|it| it.contains(|it: char| !is_of_path(it))).collect();
    let mut seen = BTreeSet::new();
    let mut found: Vec<File> = Vec::new();
    let mut texts = vec![text.to_owned()];
    while let Some(text) = texts.pop() {
        let words = text.split(|it: char| !is_of_path(it));
        // systemd takes signs before a program.
        let words = words.map(|it| it.trim_start_matches(['-', '@', '+']).trim_end_matches('.'));
        let named = words.filter_map(|it| merged.path(it));
        let named: BTreeSet<&str> =
            named.chain(unusual.iter().copied().filter(|it| text.contains(it))).collect();
        for path in named {
            if !seen.insert(path) {
                continue;
            }
            let Some(file) = merged.file_behind(path) else { continue };
            texts.extend(file.text.clone().known());
            found.push(file);
        }
    }
    found
}
