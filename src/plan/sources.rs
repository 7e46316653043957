//! Chooses the sources of the etcd pool's MachineConfigs, for each layout.

use std::collections::{BTreeMap, BTreeSet};

use super::first_boot::{self, FirstBoot};
use crate::check::{Check, Finding};
use crate::derive::disk::{self, Disk};
use crate::derive::machine_config::{self, MachineConfigError};
use crate::derive::{kubelet_role, member_disk};
use crate::ignition;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::machine_config_author::{TEMPLATES, is_generated_by_operator};
use crate::model::names;
use crate::model::object::Object;
use crate::model::ours::name_of_copy;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::etcd_directory;
use crate::plan::copy_order;
use crate::plan::counterparts;
use crate::plan::reconcile::Wanted;

/// The operator's own object that nothing is made from until the operator had its time.
pub(super) const REGISTRIES: &str = "99-master-generated-registries";

/// The source of `00-etcd-disk`.
pub(super) enum DiskSource<'a> {
    /// The place where the script looks.
    New(Disk),
    /// Existing MachineConfig of the older form.
    Older(&'a Object),
}

/// The settings with which MachineConfigs are made.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a> {
    pub layout: Layout,
    pub first_boot: Option<FirstBoot>,
    pub disk: &'a DiskSource<'a>,
    pub tool_version: &'a str,
}

/// Returns the names that the MachineConfigs of a layout have in the cluster, as far as the Snapshot tells the sources.
pub(crate) fn names(snapshot: &Snapshot, layout: Layout) -> BTreeSet<String> {
    let ours = [names::ETCD_DISK, names::ETCD_KUBELET].map(str::to_owned);
    let sources = of_masters(snapshot).filter(|it| !is_generated_by_operator(it)).map(Object::name);
    let copies = sources.chain(TEMPLATES).filter(|_| layout == Layout::Documented);
    ours.into_iter().chain(copies.map(name_of_copy)).collect()
}

/// The MachineConfigs to write, in the order of their names.
pub(super) fn machine_configs(
    snapshot: &Snapshot,
    settings: &Settings<'_>,
) -> (Vec<Wanted>, Vec<Finding>) {
    let (mut wanted, mut findings) = match settings.layout {
        Layout::Documented => documented(snapshot, settings),
        Layout::Inherit => inherit(snapshot),
    };
    let version = ignition_version(snapshot, settings);
    if let Some(version) = version {
        let tool_version = settings.tool_version;
        if settings.layout == Layout::Inherit {
            let object = kubelet_role::machine_config(version, tool_version);
            let because = "kubelet.service of the machine, role worker → etcd".to_owned();
            wanted.push(Wanted::new(object, because));
        }
        let because = match settings.disk {
            DiskSource::New(disk) => disk.describe(),
            DiskSource::Older(_) => "kept: a partition created by Ignition".to_owned(),
        };
        wanted.push(Wanted::new(disk(settings, version), because));
    }
    wanted.sort_by(|a, b| a.object.name().cmp(b.object.name()));
    findings.extend(collisions(&wanted));
    (wanted, findings)
}

/// The version of Ignition that what is not copied is written in: that of the cluster's own MachineConfigs, or an
/// older one in which we wrote it before. The operator takes every version up to its own, so that an upgrade
/// is no reason to write anything anew. What somebody else made of the version is not kept.
fn ignition_version<'a>(snapshot: &'a Snapshot, settings: &Settings<'_>) -> Option<&'a str> {
    let newest = ["01-master-kubelet", "00-master", KUBELET_OF_WORKERS]
        .into_iter()
        .find_map(|name| snapshot.machine_config(name).and_then(ignition::version))?;
    let written = snapshot.machine_config(disk::NAME).filter(|it| is_ours(it));
    let kept = written.and_then(|existing| {
        let version = ignition::version(existing).filter(|it| *it != newest)?;
        let again = disk(settings, version);
        let digest = |object: &Object| object.annotation(names::SOURCE_DIGEST).map(str::to_owned);
        (digest(&again) == digest(existing)).then_some(version)
    });
    kept.or(Some(newest))
}

/// Makes `00-etcd-disk` with a version of Ignition.
fn disk(settings: &Settings<'_>, version: &str) -> Object {
    match settings.disk {
        DiskSource::New(disk) => disk::machine_config(disk, version, settings.tool_version),
        DiskSource::Older(existing) => {
            disk::keep_older_form(existing, version, settings.tool_version)
        }
    }
}

fn documented(snapshot: &Snapshot, settings: &Settings<'_>) -> (Vec<Wanted>, Vec<Finding>) {
    let mut findings = missing(snapshot, &TEMPLATES);
    findings.extend(copy_order::findings(of_masters(snapshot)));
    let (sources, skipped): (Vec<&Object>, Vec<&Object>) = of_masters(snapshot)
        .filter(|it| !is_generated_by_operator(it))
        .partition(|it| etcd_directory::is_mounted_by(it) != Field::Known(true));
    findings.extend(skipped.into_iter().map(|source| {
        let message = "the MachineConfig mounts /var/lib/etcd on the masters and is not copied: \
                       00-etcd-disk mounts /var/lib/etcd on etcd machines";
        Check::SourceUnexpected.warning(source.reference(), message)
    }));
    let mut wanted = Vec::new();
    for source in &sources {
        let copied = match source.name() {
            "00-master" => base(snapshot, settings, source, &sources, &mut findings),
            "01-master-kubelet" => {
                machine_config::copy_kubelet(source, settings.tool_version).map(|object| {
                    let because = "copy of 01-master-kubelet, role master → etcd".to_owned();
                    Wanted::new(object, because)
                })
            }
            _ => machine_config::copy(source, settings.tool_version)
                .map(|object| Wanted::new(object, format!("copy of {}", source.name()))),
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
    let of_others = snapshot.machine_configs_of(names::ETCD).filter(|it| !is_ours(it));
    let selected = sources.iter().copied().chain(of_others);
    let existing = snapshot.machine_config(&name_of_copy(source.name())).filter(|it| is_ours(it));
    let choice = first_boot::choice(settings.first_boot, existing);
    let decision = first_boot::decide(choice, snapshot, source, existing, selected);
    findings.extend(decision.finding);
    let whole = machine_config::copy(source, settings.tool_version)?;
    let without = machine_config::copy_without_first_boot(source, settings.tool_version)?;
    let (object, other) = if decision.is_removed { (without, whole) } else { (whole, without) };
    // The decision follows the cluster, and an existing copy is of the decision of its day.
    let is_earlier = existing.is_some_and(|it| first_boot::has_units(it) == decision.is_removed);
    let earlier = is_earlier.then_some(other);
    let object = match choice.word() {
        Some(word) => object.with_annotations([(names::FIRST_BOOT, word)]),
        None => object,
    };
    let because = match decision.because.as_str() {
        "" => "copy of 00-master".to_owned(),
        because => format!("copy of 00-master, {because}"),
    };
    Ok(Wanted { object, because, earlier })
}

/// The masters' MachineConfigs that an etcd machine has a use for: not the one for the disk of the etcd that runs on
/// the masters.
fn of_masters(snapshot: &Snapshot) -> impl Iterator<Item = &Object> {
    let is_for_masters = |it: &&Object| it.name() == member_disk::NAME && is_ours(it);
    snapshot.machine_configs_of(names::MASTER).filter(move |it| !is_for_masters(it))
}

/// The workers' MachineConfig that holds the kubelet's unit.
const KUBELET_OF_WORKERS: &str = "01-worker-kubelet";

/// Returns the MachineConfigs of *inherit*, which copies nothing. The unit that the script reads on the
/// machine is the workers'.
fn inherit(snapshot: &Snapshot) -> (Vec<Wanted>, Vec<Finding>) {
    let mut findings = missing(snapshot, &[KUBELET_OF_WORKERS]);
    findings.extend(counterparts::masters_only(snapshot, of_masters(snapshot)));
    (Vec::new(), findings)
}

fn missing(snapshot: &Snapshot, names: &[&str]) -> Vec<Finding> {
    if snapshot.why_unreadable(Kind::MachineConfig).is_some() {
        return Vec::new();
    }
    names
        .iter()
        .filter(|name| snapshot.machine_config(name).is_none())
        .map(|name| {
            let message =
                "the object does not exist; the operator generates the object on every cluster";
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

/// Reports sources whose copies would have the same name.
fn collisions(wanted: &[Wanted]) -> Vec<Finding> {
    let mut sources: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in wanted {
        let source = it.object.annotation(names::SOURCE).unwrap_or_default();
        sources.entry(it.object.name()).or_default().push(source);
    }
    sources
        .into_iter()
        .filter(|(_, sources)| sources.len() > 1)
        .map(|(name, sources)| {
            let message =
                format!("the copies of {} would all have this name", sources.join(" and "));
            Check::SourceUnexpected.blocker(format!("machineconfig/{name}"), message)
        })
        .collect()
}
