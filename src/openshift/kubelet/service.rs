//! `kubelet.service` as systemd loads the unit: the fragment of the first directory, and every drop-in
//! in the order of their names (systemd.unit(5), "Unit File Load Path").

use std::collections::BTreeMap;

use super::beside;
use super::boot::Boot;
use super::editors;
use super::merged::{IS_LINK, Merged, SYSTEMD, Text};
use super::places::{DIRECTORIES, STARTED_FROM};
use super::redirects;
use super::text::{Assignment, assignments, includes_another, words};
use super::{ConfigPlace, KubeletDoubt, Provenance};
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::field::Field;

/// The directory that a MachineConfig's units are written to.
const ETC: &str = "/etc/systemd/system";

/// The settings of `kubelet.service` that decide on its registration.
pub(crate) struct Service {
    /// The assignments of the section `Service`, in order.
    pub(crate) settings: Vec<(Assignment, Provenance)>,
    /// The place of the fragment.
    pub(crate) fragment: Provenance,
    /// The names of the drop-ins that set a command, with their places.
    pub(crate) commanding: Vec<(String, Provenance)>,
}

impl Service {
    /// The values of a setting since the last reset, which is an empty value.
    pub(crate) fn since_reset(&self, key: &str) -> Vec<(&str, &Provenance)> {
        self.assigned(key).map(|(it, provenance)| (it.value.as_str(), provenance)).collect()
    }

    /// The commands of the service, which is one where the service is valid.
    pub(crate) fn commands(&self) -> Vec<&(Assignment, Provenance)> {
        self.assigned("ExecStart").collect()
    }

    fn assigned(&self, key: &str) -> impl Iterator<Item = &(Assignment, Provenance)> {
        let all: Vec<_> = self.settings.iter().filter(|(it, _)| it.key == key).collect();
        let begin = all.iter().rposition(|(it, _)| it.value.is_empty()).map_or(0, |at| at + 1);
        all.into_iter().skip(begin)
    }
}

/// Loads the unit.
pub(crate) fn load(boot: &Boot<'_>) -> Result<Service, KubeletDoubt> {
    let merged = boot.merged()?;
    let (text, fragment) = fragment(merged)?;
    let unit = merged.unit(KUBELET_UNIT);
    if let Some((enabled, name)) = unit.and_then(|it| it.enabled) {
        let provenance = of_unit(name);
        match enabled {
            Field::Known(true) | Field::Absent => {}
            Field::Known(false) => return Err(KubeletDoubt::about(&provenance, "is disabled")),
            Field::Unknown(why) => return Err(KubeletDoubt::Unknown(provenance, why)),
        }
    }
    beside::started(merged, KUBELET_UNIT)?;
    other_kubelets(merged)?;
    other_names(merged)?;
    redirects::none(merged)?;
    for path in STARTED_FROM {
        merged.unlinked(path)?;
    }
    editors::none(boot)?;
    let mut settings = in_service(&text, &fragment)?;
    let mut commanding = Vec::new();
    for (name, (text, provenance)) in drop_ins(merged)? {
        let of_drop_in = in_service(&text, &provenance)?;
        if of_drop_in.iter().any(|(it, _)| matches!(&*it.key, "ExecStart" | "ExecStartPre")) {
            commanding.push((name, provenance));
        }
        settings.extend(of_drop_in);
    }
    Ok(Service { settings, fragment, commanding })
}

fn of_unit(machine_config: &str) -> Provenance {
    Provenance {
        machine_config: machine_config.to_owned(),
        place: ConfigPlace::Unit(KUBELET_UNIT.to_owned()),
    }
}

fn in_service(
    text: &str,
    provenance: &Provenance,
) -> Result<Vec<(Assignment, Provenance)>, KubeletDoubt> {
    if includes_another(text) {
        return Err(KubeletDoubt::about(provenance, "includes another file"));
    }
    let all = assignments(text);
    if all.iter().any(|it| it.section == "Install" && it.key == "Alias" && !it.value.is_empty()) {
        return Err(KubeletDoubt::about(provenance, ANOTHER_NAME));
    }
    let of_service = all.into_iter().filter(|it| it.section == "Service");
    Ok(of_service.map(|it| (it, provenance.clone())).collect())
}

/// The drop-ins of each name of a unit count.
const ANOTHER_NAME: &str = "gives kubelet.service another name, whose drop-ins count too";

/// Links that give `kubelet.service` another name.
fn other_names(merged: &Merged<'_>) -> Result<(), KubeletDoubt> {
    for path in SYSTEMD.iter().flat_map(|it| merged.paths(it)) {
        let (folder, name) = path.rsplit_once('/').unwrap_or_default();
        let is_enabling = folder.strip_suffix(".wants").or(folder.strip_suffix(".requires"));
        if let Some((target, provenance)) = merged.link(path)
            && target.rsplit('/').next() == Some(KUBELET_UNIT)
            && name != KUBELET_UNIT
            && is_enabling.is_none()
        {
            return Err(KubeletDoubt::about(&provenance, ANOTHER_NAME));
        }
    }
    Ok(())
}

fn fragment(merged: &Merged<'_>) -> Result<(String, Provenance), KubeletDoubt> {
    for directory in DIRECTORIES {
        let path = format!("{directory}/{KUBELET_UNIT}");
        let mut found = None;
        if let Some(unit) = merged.unit(KUBELET_UNIT).filter(|_| directory == ETC) {
            match unit.mask {
                Some((Field::Known(true), name)) => {
                    return Err(KubeletDoubt::about(&of_unit(name), "is masked"));
                }
                Some((Field::Unknown(why), name)) => {
                    return Err(KubeletDoubt::Unknown(of_unit(name), why));
                }
                _ => {}
            }
            found = unit.contents.map(|it| known(it, of_unit)).transpose()?.flatten();
        }
        if let Some((target, provenance)) = merged.link(&path) {
            let why = if target == "/dev/null" { "masks the unit" } else { "is a link" };
            return Err(KubeletDoubt::about(&provenance, why));
        }
        if let Some(file) = merged.file(&path)? {
            let (text, provenance) = file.contents()?;
            if found.is_some() {
                return Err(KubeletDoubt::about(&provenance, "is also written as a unit"));
            }
            found = Some((text, provenance));
        }
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Err(KubeletDoubt::NoUnit)
}

/// A text that is there, with its place.
fn known(
    (text, machine_config): Text<'_>,
    provenance: impl Fn(&str) -> Provenance,
) -> Result<Option<(String, Provenance)>, KubeletDoubt> {
    match text {
        Field::Absent => Ok(None),
        Field::Known(text) => Ok(Some((text.to_owned(), provenance(machine_config)))),
        Field::Unknown(why) => Err(KubeletDoubt::Unknown(provenance(machine_config), why)),
    }
}

/// The drop-ins by name. One in a directory that comes first hides others of its name, and those for
/// all services come last.
fn drop_ins(merged: &Merged<'_>) -> Result<BTreeMap<String, (String, Provenance)>, KubeletDoubt> {
    let mut found: BTreeMap<String, (String, Provenance)> = BTreeMap::new();
    for group in [KUBELET_UNIT, "service"] {
        for directory in DIRECTORIES {
            let folder = format!("{directory}/{group}.d/");
            let mut here: BTreeMap<String, (String, Provenance)> = BTreeMap::new();
            merged.unlinked(folder.trim_end_matches('/'))?;
            let unit = merged.unit(KUBELET_UNIT).filter(|_| directory == ETC && group != "service");
            for (name, text) in unit.into_iter().flat_map(|it| &it.drop_ins) {
                let provenance = |machine_config: &str| Provenance {
                    machine_config: machine_config.to_owned(),
                    place: ConfigPlace::DropIn(KUBELET_UNIT.to_owned(), (*name).to_owned()),
                };
                // The operator and Ignition write no empty drop-in.
                if let Some(drop_in) = known(*text, provenance)? {
                    here.insert((*name).to_owned(), drop_in);
                }
            }
            for path in merged.paths(&folder) {
                let name = &path[folder.len()..];
                if name.strip_suffix(".conf").is_none() || name.contains('/') {
                    continue;
                }
                let (text, provenance) = match merged.link(path) {
                    Some(("/dev/null", provenance)) => (String::new(), provenance),
                    Some((_, provenance)) => {
                        return Err(KubeletDoubt::about(&provenance, IS_LINK));
                    }
                    None => match merged.file(path)? {
                        Some(file) => file.contents()?,
                        None => continue,
                    },
                };
                if here.get(name).is_some_and(|(there, _)| *there != text) {
                    return Err(KubeletDoubt::about(
                        &provenance,
                        "is also written as a drop-in of the unit",
                    ));
                }
                here.insert(name.to_owned(), (text, provenance));
            }
            for (name, drop_in) in here {
                found.entry(name).or_insert(drop_in);
            }
        }
    }
    Ok(found)
}

/// Units of another name that start a kubelet, or stand for `kubelet.service`: with their drop-ins, and where
/// files hold them. systemd starts no unit that is masked.
fn other_kubelets(merged: &Merged<'_>) -> Result<(), KubeletDoubt> {
    let counts = |name: &str| name != KUBELET_UNIT && !merged.is_masked(name);
    for (name, unit) in merged.units().filter(|(name, _)| counts(name)) {
        let contents = unit.contents.map(|it| (ConfigPlace::Unit(name.to_owned()), it));
        let drop_ins = unit.drop_ins.iter();
        let drop_ins = drop_ins
            .map(|(key, it)| (ConfigPlace::DropIn(name.to_owned(), (*key).to_owned()), *it));
        for (place, (text, machine_config)) in contents.into_iter().chain(drop_ins) {
            let Field::Known(text) = text else { continue };
            let provenance = Provenance { machine_config: machine_config.to_owned(), place };
            no_kubelet(text, &provenance)?;
        }
    }
    for directory in DIRECTORIES {
        let folder = format!("{directory}/");
        let is_left_out = |path: &str| {
            let group = path[folder.len()..].split('/').next().unwrap_or_default();
            matches!(group, "kubelet.service" | "kubelet.service.d" | "service.d")
                || merged.is_masked(group.strip_suffix(".d").unwrap_or(group))
        };
        for path in merged.paths(&folder).into_iter().filter(|it| !is_left_out(it)) {
            if let Some(file) = merged.file_behind(path)
                && let Field::Known(text) = file.text
            {
                no_kubelet(&text, &file.provenance)?;
            }
        }
    }
    Ok(())
}

/// Fails where the text of a unit starts a kubelet, by a shell too, or takes the name of `kubelet.service`.
fn no_kubelet(text: &str, provenance: &Provenance) -> Result<(), KubeletDoubt> {
    for it in assignments(text) {
        let words = words(&it.value).unwrap_or_default();
        let parts: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
        let is_program = |word: &str| {
            word.trim_start_matches(['-', ':', '+', '!', '@', '|']).starts_with('/')
                && matches!(word.rsplit('/').next(), Some("kubelet" | "hyperkube"))
        };
        // A kubelet that only tells its version has no other flag.
        let is_flag =
            |word: &str| word.starts_with("--") && !["--version", "--help"].contains(&word);
        let has_flag = |at: usize| {
            let rest = parts[at + 1..].iter().find(|it| **it != "kubelet");
            rest.is_some_and(|it| is_flag(it))
        };
        let names_config = parts.iter().any(|it| it.contains("kubeconfig"));
        let mut starts = parts.iter().enumerate().filter(|(_, it)| is_program(it));
        let is_kubelet =
            it.key == "ExecStart" && starts.any(|(at, _)| names_config || has_flag(at));
        if is_kubelet {
            return Err(KubeletDoubt::about(provenance, "also starts a kubelet"));
        }
        if it.key == "Alias" && words.iter().any(|word| word == KUBELET_UNIT) {
            return Err(KubeletDoubt::about(provenance, "takes the name of kubelet.service"));
        }
    }
    Ok(())
}
