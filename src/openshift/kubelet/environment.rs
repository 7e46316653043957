//! The environment of the kubelet, as far as MachineConfigs tell (systemd.exec(5), "Environment"):
//! defaults of the manager, then `Environment=`, then the files of `EnvironmentFile=`; a later one wins.

use std::collections::BTreeMap;

use super::boot::Boot;
use super::merged::{File, Merged};
use super::programs::{Part, is_of_operator};
use super::service::Service;
use super::text::{assignments, environment_file, is_variable, words};
use super::{KubeletDoubt, Provenance};
use crate::model::field::Field;
use crate::redact::policy::quotable_name;

/// The files of OpenShift that are not in MachineConfigs and bring no role. Their variables are the
/// operating system's name, addresses, and amounts of memory.
const OF_OPENSHIFT: [&str; 8] = [
    "/etc/os-release",
    "/usr/lib/os-release",
    "/etc/node-sizing.env",
    "/etc/kubernetes/node.env",
    "/etc/kubernetes/kubelet-env",
    "/etc/kubernetes/kubelet-workaround",
    "/etc/mco/proxy.env",
    "/run/kubens/env",
];

/// The variable of `/etc/os-release` that OpenShift puts into the kubelet's labels.
const TRUSTED: [&str; 1] = ["ID"];

/// The variables that a command is expanded with.
pub(crate) struct UnitEnvironment {
    values: BTreeMap<String, VariableValue>,
    /// The doubt about another place that may set a variable, and cannot be read.
    unread: Option<KubeletDoubt>,
    /// Indicates whether our unit checks the values on the machine, so that what no MachineConfig sets counts as empty.
    is_checked: bool,
}

#[derive(Clone)]
enum VariableValue {
    Known(String, Provenance),
    Unknown(KubeletDoubt),
}

/// A text with its variables expanded, and the place of the variable that it comes from.
pub(crate) struct Expanded {
    pub(crate) text: String,
    pub(crate) variable: Option<Provenance>,
}

impl UnitEnvironment {
    pub(crate) fn of(
        boot: &Boot<'_>,
        service: &Service,
        is_checked: bool,
    ) -> Result<Self, KubeletDoubt> {
        let merged = boot.merged()?;
        let mut environment = Self { values: BTreeMap::new(), unread: None, is_checked };
        environment.defaults(merged)?;
        for (value, provenance) in service.since_reset("Environment") {
            environment.assign(value, provenance)?;
        }
        for (value, provenance) in service.since_reset("EnvironmentFile") {
            environment.file(boot, value, provenance)?;
        }
        for (value, provenance) in service.since_reset("PassEnvironment") {
            for name in words(value).unwrap_or_default() {
                let doubt = KubeletDoubt::about(
                    provenance,
                    "uses a variable from the environment of systemd",
                );
                environment.values.entry(name).or_insert(VariableValue::Unknown(doubt));
            }
        }
        for (value, _) in service.since_reset("UnsetEnvironment") {
            for word in words(value).unwrap_or_default() {
                environment.unset(&word);
            }
        }
        Ok(environment)
    }

    /// Forgets a variable, or one that has exactly this value: `NAME`, `NAME=value`.
    fn unset(&mut self, word: &str) {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let is_unset = match (self.values.get(name), value) {
            (_, None) => true,
            (Some(VariableValue::Known(text, _)), Some(value)) => text == value,
            (_, Some(_)) => false,
        };
        if is_unset {
            self.values.remove(name);
        }
    }

    /// `systemd.setenv=` of the kernel's command line, and `DefaultEnvironment=` of the manager's own
    /// configuration.
    fn defaults(&mut self, merged: &Merged<'_>) -> Result<(), KubeletDoubt> {
        for (argument, provenance) in merged.kernel_arguments() {
            match argument {
                Field::Absent => {}
                Field::Known(text) => {
                    for word in text.split_whitespace() {
                        let word = word.trim_matches('"');
                        if let Some(value) = word.strip_prefix("systemd.setenv=") {
                            self.assign(value, &provenance)?;
                        }
                    }
                }
                Field::Unknown(why) => self.unread = Some(KubeletDoubt::Unknown(provenance, why)),
            }
        }
        // The order of systemd is by name over all directories; with one variable in two files the last of
        // them counts.
        let folders = ["/usr/lib", "/usr/local/lib", "/run", "/etc"];
        let mut paths: Vec<String> =
            folders.iter().map(|it| format!("{it}/systemd/system.conf")).collect();
        let mut drop_ins: Vec<String> = folders
            .iter()
            .flat_map(|it| merged.paths(&format!("{it}/systemd/system.conf.d/")))
            .filter(|it| it.strip_suffix(".conf").is_some())
            .map(str::to_owned)
            .collect();
        drop_ins.sort_by(|a, b| a.rsplit('/').next().cmp(&b.rsplit('/').next()));
        paths.extend(drop_ins);
        for path in &paths {
            let Some(file) = merged.file(path)? else { continue };
            let text = match file.text {
                Field::Absent => continue,
                Field::Known(text) => text,
                Field::Unknown(why) => {
                    self.unread = Some(KubeletDoubt::Unknown(file.provenance, why));
                    continue;
                }
            };
            for it in assignments(&text) {
                if it.section == "Manager" && it.key == "DefaultEnvironment" {
                    self.assign(&it.value, &file.provenance)?;
                }
            }
        }
        Ok(())
    }

    fn assign(&mut self, value: &str, provenance: &Provenance) -> Result<(), KubeletDoubt> {
        let words = words(value).ok_or_else(|| {
            KubeletDoubt::about(provenance, "has an Environment= with invalid quotes")
        })?;
        for word in words {
            let Some((name, text)) = word.split_once('=') else { continue };
            if !is_variable(name) {
                continue;
            }
            let value = match without_specifiers(text) {
                Some(text) => VariableValue::Known(text, provenance.clone()),
                None => VariableValue::Unknown(KubeletDoubt::about(
                    provenance,
                    format!("sets the variable {name} with a systemd specifier"),
                )),
            };
            self.values.insert(name.to_owned(), value);
        }
        Ok(())
    }

    fn file(
        &mut self,
        boot: &Boot<'_>,
        value: &str,
        provenance: &Provenance,
    ) -> Result<(), KubeletDoubt> {
        let merged = boot.merged()?;
        let path = value.strip_prefix('-').unwrap_or(value);
        let may_be_missing = self.is_checked && path != value;
        let has_pattern = path.contains(['*', '?', '[', '%']);
        if !has_pattern && let Some(file) = merged.file(path)? {
            match file.text {
                Field::Absent => {}
                Field::Known(text) => {
                    for (name, text) in environment_file(&text) {
                        self.values
                            .insert(name, VariableValue::Known(text, file.provenance.clone()));
                    }
                }
                Field::Unknown(why) => self.hide(KubeletDoubt::Unknown(file.provenance, why)),
            }
        } else if has_pattern {
            self.hide(KubeletDoubt::about(provenance, "uses environment files by a pattern"));
        } else if !self.is_checked && is_of_administrator(path) && is_written(boot, path)? {
            let path = quotable_name(path);
            let why = format!("uses the environment file {path}, which a program may write");
            let doubt = KubeletDoubt::about(provenance, why);
            for name in TRUSTED {
                self.values.insert(name.to_owned(), VariableValue::Unknown(doubt.clone()));
            }
            self.hide(doubt);
        } else if is_of_administrator(path) && !may_be_missing {
            self.hide(KubeletDoubt::about(
                provenance,
                format!(
                    "uses the environment file {}, which no MachineConfig contains",
                    quotable_name(path)
                ),
            ));
        }
        Ok(())
    }

    /// Notes that something unread may have set any variable anew.
    fn hide(&mut self, doubt: KubeletDoubt) {
        for value in self.values.values_mut() {
            *value = VariableValue::Unknown(doubt.clone());
        }
        self.unread = Some(doubt);
    }

    /// The value of a variable. `None` where no MachineConfig sets the variable.
    pub(super) fn value(&self, name: &str) -> Result<Option<(&str, &Provenance)>, KubeletDoubt> {
        match (self.values.get(name), &self.unread) {
            (Some(VariableValue::Known(text, provenance)), _) => Ok(Some((text, provenance))),
            (Some(VariableValue::Unknown(doubt)), _) => Err(doubt.clone()),
            (None, Some(doubt)) if !TRUSTED.contains(&name) => Err(doubt.clone()),
            (None, _) => Ok(None),
        }
    }

    /// Expands `${NAME}` within a word, and `$$`. What no MachineConfig sets is set by OpenShift, or by
    /// nobody, and counts as empty.
    pub(crate) fn expand(
        &self,
        text: &str,
        provenance: &Provenance,
    ) -> Result<Expanded, KubeletDoubt> {
        let text = without_specifiers(text).ok_or_else(|| {
            KubeletDoubt::about(provenance, "has a systemd specifier in the kubelet's flags")
        })?;
        let mut expanded = Expanded { text: String::new(), variable: None };
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            expanded.text.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                expanded.text.push('$');
                rest = after;
            } else if let Some((name, after)) =
                after.strip_prefix('{').and_then(|it| it.split_once('}'))
            {
                if let Some((value, provenance)) = self.value(name)? {
                    expanded.text.push_str(value);
                    expanded.variable = Some(provenance.clone());
                }
                rest = after;
            } else {
                expanded.text.push('$');
                rest = after;
            }
        }
        expanded.text.push_str(rest);
        Ok(expanded)
    }

    /// The words of `$NAME` where that is a whole word. `None` for any other word.
    pub(crate) fn split(
        &self,
        word: &str,
        provenance: &Provenance,
    ) -> Result<Option<Vec<(String, Provenance)>>, KubeletDoubt> {
        let Some(name) = word.strip_prefix('$').filter(|it| is_variable(it)) else {
            return Ok(None);
        };
        let Some((value, set_by)) = self.value(name)? else {
            if self.is_checked {
                return Ok(Some(Vec::new()));
            }
            let why = format!("uses flags from the variable {name}, which no MachineConfig sets");
            return Err(KubeletDoubt::about(provenance, why));
        };
        let words = words(value).ok_or_else(|| {
            KubeletDoubt::about(set_by, format!("sets {name} with an open quote"))
        })?;
        Ok(Some(words.into_iter().map(|it| (it, set_by.clone())).collect()))
    }
}

fn is_of_administrator(path: &str) -> bool {
    !OF_OPENSHIFT.contains(&path)
}

/// Returns the environment files of the kubelet that OpenShift does not have.
pub(super) fn files_of_administrators(service: &Service) -> Vec<&str> {
    let all = service.since_reset("EnvironmentFile").into_iter();
    let paths = all.map(|(path, _)| path.strip_prefix('-').unwrap_or(path));
    paths.filter(|it| !it.is_empty() && is_of_administrator(it)).collect()
}

/// Returns whether a program of an administrator may write a file before the kubelet starts.
fn is_written(boot: &Boot<'_>, path: &str) -> Result<bool, KubeletDoubt> {
    let parts = boot.units()?.iter().flat_map(|it| &it.parts);
    let mut parts = parts.filter(|it| !is_of_operator(&it.provenance.machine_config));
    Ok(parts.any(|it| names(it, path)))
}

/// Returns whether the commands of a unit, or the files that they name, name a path. A text that is unknown may.
pub(super) fn names(part: &Part, path: &str) -> bool {
    let may_name = |it: &File| !matches!(&it.text, Field::Known(text) if !text.contains(path));
    part.commands.contains(path) || part.files.iter().any(may_name)
}

/// A text with `%%` as `%`. `None` when another specifier stands in the text.
fn without_specifiers(text: &str) -> Option<String> {
    let plain = text.replace("%%", "\0");
    (!plain.contains('%')).then(|| plain.replace('\0', "%"))
}
