//! Chooses what the etcd pool's MachineConfigs are made from, for either layout.

use std::collections::BTreeMap;

use super::finding::{Check, Finding};
use super::first_boot::{self, FirstBoot};
use super::layout::Layout;
use super::settle::Wanted;
use crate::derive::disk::{self, Disk};
use crate::derive::ignition;
use crate::derive::machine_config::{self, MachineConfigError, name_of_copy};
use crate::kind::Kind;
use crate::object::Object;
use crate::role;
use crate::snapshot::{Snapshot, TEMPLATES, is_generated_by_operator, is_ours};

/// The operator's own object that nothing is made from until the operator had its time.
pub(super) const REGISTRIES: &str = "99-master-generated-registries";

/// How to make the MachineConfigs.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a> {
    pub layout: Layout,
    pub first_boot: Option<FirstBoot>,
    pub disk: &'a Disk,
    pub tool_version: &'a str,
}

/// The MachineConfigs to write, in the order of their names.
pub(super) fn machine_configs(
    snapshot: &Snapshot,
    settings: &Settings<'_>,
) -> (Vec<Wanted>, Vec<Finding>) {
    let (mut wanted, mut findings) = match settings.layout {
        Layout::Documented => documented(snapshot, settings),
        Layout::Inherit => inherit(snapshot, settings),
    };
    let version = ["01-master-kubelet", "00-master"]
        .into_iter()
        .find_map(|name| snapshot.machine_config(name).and_then(ignition::version));
    if let Some(version) = version {
        let object = disk::machine_config(settings.disk, version, settings.tool_version);
        wanted.push(Wanted { object, because: settings.disk.describe() });
    }
    wanted.sort_by(|a, b| a.object.name().cmp(b.object.name()));
    findings.extend(collisions(&wanted));
    (wanted, findings)
}

fn documented(snapshot: &Snapshot, settings: &Settings<'_>) -> (Vec<Wanted>, Vec<Finding>) {
    let mut findings = missing(snapshot, &TEMPLATES);
    let (sources, skipped): (Vec<&Object>, Vec<&Object>) = snapshot
        .machine_configs_of(role::MASTER)
        .filter(|it| !is_generated_by_operator(it))
        .partition(|it| !ignition::config(it).is_some_and(disk::mounts_etcd));
    findings.extend(skipped.into_iter().map(|source| {
        let message = "it mounts /var/lib/etcd on the masters and is not copied: 00-etcd-disk does \
                       that for the etcd machines";
        Check::SourceUnexpected.warning(source.reference(), message)
    }));
    let mut wanted = Vec::new();
    for source in &sources {
        let copied = match source.name() {
            "00-master" => base(snapshot, settings, source, &sources, &mut findings),
            "01-master-kubelet" => kubelet(source, machine_config::copy_kubelet, settings),
            _ => machine_config::copy(source, settings.tool_version)
                .map(|object| Wanted { object, because: format!("copy of {}", source.name()) }),
        };
        collect(source, copied, &mut wanted, &mut findings);
    }
    (wanted, findings)
}

fn base(
    snapshot: &Snapshot,
    settings: &Settings<'_>,
    source: &Object,
    sources: &[&Object],
    findings: &mut Vec<Finding>,
) -> Result<Wanted, MachineConfigError> {
    let of_others = snapshot.machine_configs_of(role::ETCD).filter(|it| !is_ours(it));
    let selected = sources.iter().copied().chain(of_others);
    let copy = name_of_copy(source.name());
    let choice = first_boot::choice(settings.first_boot, snapshot.machine_config(&copy));
    let decision = first_boot::decide(choice, snapshot, source, selected);
    findings.extend(decision.finding);
    let object = if decision.is_removed {
        machine_config::copy_without_first_boot(source, settings.tool_version)?
    } else {
        machine_config::copy(source, settings.tool_version)?
    };
    let object = match choice.word() {
        Some(word) => object.with_annotations([(role::FIRST_BOOT, word)]),
        None => object,
    };
    let because = match decision.because.as_str() {
        "" => "copy of 00-master".to_owned(),
        because => format!("copy of 00-master, {because}"),
    };
    Ok(Wanted { object, because })
}

fn kubelet(
    source: &Object,
    copy: impl Fn(&Object, &str) -> Result<Object, MachineConfigError>,
    settings: &Settings<'_>,
) -> Result<Wanted, MachineConfigError> {
    let object = copy(source, settings.tool_version)?;
    let what = match settings.layout {
        Layout::Documented => "copy of 01-master-kubelet",
        Layout::Inherit => "kubelet.service of 01-master-kubelet",
    };
    Ok(Wanted { object, because: format!("{what}, role master → etcd") })
}

fn inherit(snapshot: &Snapshot, settings: &Settings<'_>) -> (Vec<Wanted>, Vec<Finding>) {
    let mut findings = missing(snapshot, &["01-master-kubelet"]);
    let mut wanted = Vec::new();
    if let Some(source) = snapshot.machine_config("01-master-kubelet") {
        let copied = kubelet(source, machine_config::kubelet_only, settings);
        collect(source, copied, &mut wanted, &mut findings);
    }
    findings.extend(masters_only(snapshot));
    (wanted, findings)
}

/// MachineConfigs of admins that masters have and workers have no counterpart of.
fn masters_only(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    snapshot
        .machine_configs_of(role::MASTER)
        .filter(|it| !is_generated_by_operator(it) && !TEMPLATES.contains(&it.name()))
        .filter(|it| !ignition::config(it).is_some_and(disk::mounts_etcd))
        .filter(|it| {
            let counterpart: Vec<&str> = it
                .name()
                .split('-')
                .map(|word| if word == role::MASTER { role::WORKER } else { word })
                .collect();
            let counterpart = snapshot.machine_config(&counterpart.join("-"));
            counterpart.and_then(|it| it.label(role::MACHINE_CONFIG_ROLE)) != Some(role::WORKER)
        })
        .map(|it| {
            let message =
                "only the masters have it: the etcd pool takes the workers' MachineConfigs";
            Check::SourceUnexpected.warning(it.reference(), message).hint(format!(
                "if etcd machines need it too, create {} with the label {}={}",
                name_of_copy(it.name()),
                role::MACHINE_CONFIG_ROLE,
                role::ETCD
            ))
        })
}

fn missing(snapshot: &Snapshot, names: &[&str]) -> Vec<Finding> {
    if snapshot.why_unreadable(Kind::MachineConfig).is_some() {
        return Vec::new();
    }
    names
        .iter()
        .filter(|name| snapshot.machine_config(name).is_none())
        .map(|name| {
            let message = "it is not there; the operator renders it on every cluster";
            Check::SourceMissing
                .blocker(format!("machineconfig/{name}"), message)
                .hint("oc get machineconfigs; oc get clusteroperator machine-config")
        })
        .collect()
}

fn collect(
    source: &Object,
    copied: Result<Wanted, MachineConfigError>,
    wanted: &mut Vec<Wanted>,
    findings: &mut Vec<Finding>,
) {
    match copied {
        Ok(copy) => wanted.push(copy),
        Err(error) => {
            findings.push(Check::SourceUnexpected.blocker(source.reference(), error.to_string()));
        }
    }
}

/// Two sources whose copies would have one name.
fn collisions(wanted: &[Wanted]) -> Vec<Finding> {
    let mut origins: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in wanted {
        let origin = it.object.annotation(role::SOURCE).unwrap_or_default();
        origins.entry(it.object.name()).or_default().push(origin);
    }
    origins
        .into_iter()
        .filter(|(_, origins)| origins.len() > 1)
        .map(|(name, origins)| {
            let message = format!("{} would all be copied to this name", origins.join(" and "));
            Check::SourceUnexpected.blocker(format!("machineconfig/{name}"), message)
        })
        .collect()
}
