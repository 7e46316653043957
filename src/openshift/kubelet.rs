//! The effective kubelet: with which roles a Node registers that boots with a set of MachineConfigs.
//!
//! `kubelet.service` alone does not tell that. A drop-in may reset `ExecStart`, a later MachineConfig
//! may replace the unit, a file may hold an environment variable that stands in the labels, and the
//! kubelet's configuration file may hold taints. This room reads all of them as systemd
//! (systemd.unit(5), systemd.service(5), systemd.exec(5)) and the kubelet (kubernetes
//! `cmd/kubelet/app/server.go`) do, and answers with the roles and where each comes from. Where
//! something was withheld or is not understood, the answer is a [`KubeletDoubt`] and never a guess.
//!
//! Names of roles, units, files and MachineConfigs leave this room; contents do not.

pub(crate) mod beside;
pub mod boot;
pub(crate) mod by_system;
mod changes;
mod command;
mod config_part;
mod destinations;
mod editors;
mod environment;
pub(crate) mod merged;
pub(crate) mod mounts;
mod places;
pub(crate) mod programs;
pub(crate) mod redirects;
mod rewriting;
mod role_unit;
pub(crate) mod script;
mod service;
mod settings;
pub(crate) mod shell;
pub(crate) mod text;
pub(crate) mod tmpfiles;
pub mod uncertain;
mod unseen;
mod variables;
mod words;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use self::boot::Boot;
use self::command::KubeletCommand;
use crate::derive::disk;
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::field::Unknown;
use crate::model::names;
use crate::model::object::Object;
use crate::model::release::Release;
use crate::redact::policy::quotable_name;

/// The place that something comes from, and the MachineConfig that holds the place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Provenance {
    /// The name of the MachineConfig.
    pub machine_config: String,
    /// The place in the MachineConfig.
    pub place: ConfigPlace,
}

/// A place in a MachineConfig.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigPlace {
    /// A unit, by its name.
    Unit(String),
    /// A drop-in of a unit, by the name of the unit and the name of the drop-in.
    DropIn(String, String),
    /// A file or a link, by its path.
    File(String),
    /// The kernel arguments.
    KernelArguments,
    /// A part of the spec, by the names of fields and the numbers of entries: `spec.config.storage.files[0]`.
    Part(String),
}

impl fmt::Display for ConfigPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(name) => f.write_str(&quotable_name(name)),
            Self::DropIn(unit, name) => {
                write!(f, "the drop-in {} of {}", quotable_name(name), quotable_name(unit))
            }
            Self::File(path) => write!(f, "the file {}", quotable_name(path)),
            Self::KernelArguments => f.write_str("a kernel argument"),
            Self::Part(path) => f.write_str(path),
        }
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in machineconfig/{}", self.place, self.machine_config)
    }
}

/// A role that the kubelet registers its Node with, as a label or as a taint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The name of the role: `etcd`, `master`.
    pub name: String,
    /// The effect of the taint; empty for a label.
    pub effect: String,
    /// The place that brings the role.
    pub provenance: Provenance,
}

/// The roles that the kubelet registers its Node with. Labels and taints that are no role are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The role labels.
    pub labels: Vec<Role>,
    /// The role taints.
    pub taints: Vec<Role>,
    /// The place of the command that starts the kubelet.
    pub command: Provenance,
}

/// Why the registration of a kubelet is unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubeletDoubt {
    /// No MachineConfig has the unit of the kubelet.
    #[error("no MachineConfig contains {KUBELET_UNIT}")]
    NoUnit,
    /// A place whose contents are unknown.
    #[error("{0} is {1}")]
    Unknown(Provenance, Unknown),
    /// A place that is read and not understood, with the reason.
    #[error("{0} {1}")]
    NotUnderstood(Provenance, String),
}

impl KubeletDoubt {
    /// Returns the place that the doubt is about.
    #[must_use]
    pub const fn provenance(&self) -> Option<&Provenance> {
        match self {
            Self::NoUnit => None,
            Self::Unknown(provenance, _) | Self::NotUnderstood(provenance, _) => Some(provenance),
        }
    }

    /// Returns the doubt without the name of the MachineConfig, which is told beside it.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::NoUnit => self.to_string(),
            Self::Unknown(provenance, why) => format!("{} is {why}", provenance.place),
            Self::NotUnderstood(provenance, why) => format!("{} {why}", provenance.place),
        }
    }

    pub(crate) fn about(provenance: &Provenance, why: impl Into<String>) -> Self {
        Self::NotUnderstood(provenance.clone(), why.into())
    }
}

/// Why a Node would not register as etcd alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationFault {
    /// The place that is at fault, where there is one.
    pub provenance: Option<Provenance>,
    /// The fault; a fragment that names the place, but not its MachineConfig.
    pub message: String,
    /// The doubt that keeps the registration from being known, where that is the fault.
    pub doubt: Option<KubeletDoubt>,
}

/// Sorts MachineConfigs as the operator merges them; a later one wins (MCO
/// `pkg/controller/common/helpers.go`, `MergeMachineConfigs`). From 4.15 on those of the role worker
/// come first. An unknown release counts as the newest.
#[must_use]
pub fn in_merge_order<'a>(
    machine_configs: impl IntoIterator<Item = &'a Object>,
    release: Option<Release>,
) -> Vec<&'a Object> {
    let workers_first = release.is_none_or(|it| it >= Release::WORKER_FIRST);
    let mut sorted: Vec<&Object> = machine_configs.into_iter().collect();
    sorted.sort_by_key(|it| {
        let is_other = it.label(names::MACHINE_CONFIG_ROLE) != Some(names::WORKER);
        (workers_first && is_other, it.name())
    });
    sorted
}

/// Returns the registration of a kubelet that boots with these MachineConfigs, which stand in merge
/// order, or with the only one, which is rendered.
///
/// # Errors
/// When anything that the registration rests on is unknown or not understood.
pub fn registration(machine_configs: &[&Object]) -> Result<Registration, KubeletDoubt> {
    registered(&Boot::of(machine_configs.to_vec()))
}

fn registered(boot: &Boot<'_>) -> Result<Registration, KubeletDoubt> {
    let (command, role_unit) = started(boot)?;
    // The flag counts, and the file may say more than taints: that no Node registers.
    let of_file = settings::taints(boot.merged()?, &command)?;
    if let Some(script) = role_unit {
        return role_unit::registration(&command, &script);
    }
    // Repeated labels add up, repeated taints replace each other (kubernetes `ConfigurationMap.Set`,
    // `RegisterWithTaintsVar.Set`).
    let labels = command.labels()?;
    let taints = command.taints()?.unwrap_or(of_file);
    Ok(Registration {
        labels: labels.into_iter().filter_map(command::FlagItem::into_label).collect(),
        taints: taints.into_iter().filter_map(command::FlagItem::into_taint).collect(),
        command: command.provenance,
    })
}

/// Returns the configuration files of the kubelet with their places, a later one of which replaces the settings of an
/// earlier one.
///
/// # Errors
/// When the command of the kubelet or a file is unknown or not understood.
pub fn configuration(boot: &Boot<'_>) -> Result<Vec<(Value, Provenance)>, KubeletDoubt> {
    settings::documents(boot.merged()?, &started(boot)?.0)
}

/// Returns the configuration file of the kubelet in one MachineConfig, where the operator writes the file.
///
/// # Errors
/// When the contents of the file are unknown.
pub fn configuration_in(machine_config: &Object) -> Result<Option<Value>, KubeletDoubt> {
    let boot = Boot::of(vec![machine_config]);
    let file = boot.merged()?.file("/etc/kubernetes/kubelet.conf")?;
    file.map_or(Ok(None), |it| settings::document(&it))
}

/// Returns the command that starts the kubelet, and the script of our unit, where the unit rewrites the command.
fn started(boot: &Boot<'_>) -> Result<(KubeletCommand, Option<Provenance>), KubeletDoubt> {
    let service = service::load(boot)?;
    let role_unit = role_unit::find(boot.merged()?, &service)?;
    Ok((command::read(boot, &service, role_unit.is_some())?, role_unit))
}

/// The file with what the operator takes from `systemReserved` of a KubeletConfig (MCO
/// `pkg/controller/kubelet-config/helpers.go`).
pub(crate) const NODE_SIZING: &str = "/etc/node-sizing-enabled.env";

/// The directories of the settings of the kernel (sysctl.d(5)).
pub(crate) const SYSCTL: [&str; 3] = ["/etc/sysctl.d/", "/run/sysctl.d/", "/usr/lib/sysctl.d/"];

/// Returns the paths of the files that the registration, the disk of etcd and the size of the machine rest on, as far as
/// their contents are there to tell of more.
#[must_use]
pub fn files_asked(machine_config: &Object) -> BTreeSet<String> {
    let boot = Boot::of(vec![machine_config]);
    let Ok(merged) = boot.merged() else { return BTreeSet::new() };
    // A doubt names nothing more to read.
    let _ = registered(&boot);
    let folders = [disk::DIRECTORY, NODE_SIZING].into_iter().chain(SYSCTL);
    let whole = folders.flat_map(|it| merged.paths(it)).map(str::to_owned);
    merged.asked().into_iter().chain(whole).collect()
}

/// Returns why the Node of a machine would not register as etcd alone. `None` when the Node would have the role label
/// and the role taint of etcd and no other.
#[must_use]
pub fn fault(boot: &Boot<'_>) -> Option<RegistrationFault> {
    let found = match registered(boot) {
        Ok(found) => found,
        Err(doubt) => {
            let message =
                format!("the role with which the kubelet registers is unknown: {}", doubt.reason());
            let provenance = doubt.provenance().cloned();
            return Some(RegistrationFault { provenance, message, doubt: Some(doubt) });
        }
    };
    let is_etcd = |it: &Role| it.name == names::ETCD && matches!(&*it.effect, "" | "NoSchedule");
    [("label", &found.labels), ("taint", &found.taints)].into_iter().find_map(|(what, roles)| {
        let wrong = roles.iter().find(|it| !is_etcd(it));
        if wrong.is_none() && !roles.is_empty() {
            return None;
        }
        let provenance = wrong.map_or(&found.command, |it| &it.provenance);
        let message = format!(
            "the kubelet registers with the role {what} {}, not etcd alone, by {}",
            listed(roles),
            provenance.place
        );
        Some(RegistrationFault { provenance: Some(provenance.clone()), message, doubt: None })
    })
}

/// The names of roles, each once: `control-plane, master`.
fn listed(roles: &[Role]) -> String {
    let mut names: Vec<String> = Vec::new();
    for it in roles {
        let name = if it.effect.is_empty() || it.effect == "NoSchedule" {
            it.name.clone()
        } else {
            format!("{}:{}", it.name, it.effect)
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests;
