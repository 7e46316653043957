//! Chooses the sources of the etcd pool's MachineConfigs, for each layout.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::first_boot::{self, FirstBoot};
use crate::check::{Check, Finding, lost_settings};
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
use crate::plan::reconcile::Wanted;
use crate::redact::policy::quotable_name;

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
    findings.extend(masters_only(snapshot));
    (Vec::new(), findings)
}

/// Returns a finding for each MachineConfig that an administrator made for the masters and of which the pools of workers and
/// etcd lack a part. The same part with other contents is the workers' setting.
fn masters_only(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    const ROLES: [&str; 2] = [names::WORKER, names::ETCD];
    let of_pool = settings_of(snapshot, &ROLES);
    of_masters(snapshot)
        .filter(|it| !is_generated_by_operator(it) && !TEMPLATES.contains(&it.name()))
        .filter(|it| etcd_directory::is_mounted_by(it) != Field::Known(true))
        .filter_map(move |it| {
            let all = settings(it);
            let lost: Vec<&Setting> = all.difference(&of_pool).collect();
            let is_whole = lost.len() == all.len() && !is_named_for(snapshot, it, &ROLES);
            // The kernel arguments that the pool lacks have a finding of their own.
            let told: Vec<&Setting> = lost.into_iter().filter(|it| it.0 != KERNEL_ARGUMENT).collect();
            let message = match told.as_slice() {
                _ if is_whole => {
                    "only the masters have this MachineConfig: the etcd pool extends the workers' MachineConfigs"
                        .to_owned()
                }
                [] => return None,
                told => format!(
                    "the etcd pool extends the workers' MachineConfigs, which lack: {}",
                    list(told)
                ),
            };
            Some(Check::SourceUnexpected.warning(it.reference(), message).hint(format!(
                "if etcd machines need this MachineConfig too, create {} with the label {}={}",
                name_of_copy(it.name()),
                names::MACHINE_CONFIG_ROLE,
                names::ETCD
            )))
        })
}

/// Names up to six settings.
fn list(settings: &[&Setting]) -> String {
    const SHOWN: usize = 6;
    let name = |it: &&Setting| format!("{} {}", it.0, quotable_name(&it.1));
    let shown = settings.iter().take(SHOWN).map(name).collect::<Vec<_>>().join(", ");
    match settings.len() {
        0..=SHOWN => shown,
        all => format!("{shown}, and {} more", all - SHOWN),
    }
}

/// Returns whether a role has a MachineConfig with the masters' name and the other role in it.
fn is_named_for(snapshot: &Snapshot, of_masters: &Object, roles: &[&'static str]) -> bool {
    roles.iter().any(|role| {
        let words = of_masters.name().split('-');
        let words = words.map(|word| if word == names::MASTER { role } else { word });
        let name = words.collect::<Vec<_>>().join("-");
        let is_it = |it: &str| it == name || it == name_of_copy(of_masters.name());
        snapshot.machine_configs_of(role).any(|it| is_it(it.name()))
    })
}

/// Returns whether roles have what one of the masters' MachineConfigs sets, by its name or by its parts.
fn has_counterpart(snapshot: &Snapshot, of_masters: &Object, roles: &[&'static str]) -> bool {
    let all = settings(of_masters);
    is_named_for(snapshot, of_masters, roles)
        || (!all.is_empty() && all.is_subset(&settings_of(snapshot, roles)))
}

fn settings_of(snapshot: &Snapshot, roles: &[&'static str]) -> BTreeSet<Setting> {
    roles.iter().flat_map(|role| snapshot.machine_configs_of(role)).flat_map(settings).collect()
}

/// A part of a MachineConfig: its kind, and its name.
type Setting = (&'static str, String);

const KERNEL_ARGUMENT: &str = "kernel argument";

/// Returns the parts that a MachineConfig writes to a machine, and what the MachineConfig sets beside Ignition.
fn settings(machine_config: &Object) -> BTreeSet<Setting> {
    let kind = |it: &String| if it.starts_with('/') { "file" } else { "unit" };
    let parts = ignition::parts(machine_config).into_iter().map(|it| (kind(&it), it));
    let extensions = machine_config.list("/spec/extensions").iter().filter_map(Value::as_str);
    let extensions = extensions.map(|it| ("extension", it.to_owned()));
    let arguments = lost_settings::kernel_arguments(machine_config);
    let arguments = arguments.map(|it| (KERNEL_ARGUMENT, it.to_owned()));
    let kernel_type = machine_config.text("/spec/kernelType");
    let kernel_type = kernel_type.filter(|it| !matches!(*it, "" | "default"));
    let kernel_type = kernel_type.map(|it| ("kernel type", it.to_owned()));
    let users = ignition::config(machine_config).and_then(|it| it.pointer("/passwd/users"));
    let users = users.and_then(Value::as_array).into_iter().flatten();
    let users = users.flat_map(|user| {
        let name = user["name"].as_str().unwrap_or_default();
        let password = !user["passwordHash"].is_null();
        let kinds = [Some("user"), password.then_some("password of user")];
        kinds.into_iter().flatten().map(|kind| (kind, name.to_owned()))
    });
    parts.chain(extensions).chain(arguments).chain(kernel_type).chain(users).collect()
}

/// The operator's MachineConfigs for the masters that the operator makes for every pool, or that a finding of
/// their own is about, by the words between the role and the end of their names.
const MADE_FOR_EVERY_POOL: [&str; 5] = [
    "generated-kubelet",
    "generated-containerruntime",
    "generated-registries",
    "generated-credentialproviderconfig",
    "internalreleaseimage",
];

/// Returns a finding for each MachineConfig that the operator generated for the masters, and of which the etcd
/// pool gets no counterpart: those of an upgrade that keep an older default for the pools of that day.
pub(super) fn generated_lost(snapshot: &Snapshot, layout: Layout) -> Vec<Finding> {
    let roles: &[&'static str] = match layout {
        Layout::Documented => &[names::ETCD],
        Layout::Inherit => &[names::WORKER, names::ETCD],
    };
    let is_made_later = |it: &&Object| {
        let name = it.name();
        MADE_FOR_EVERY_POOL.iter().any(|made| name.contains(&format!("-{}-{made}", names::MASTER)))
    };
    snapshot
        .machine_configs_of(names::MASTER)
        .filter(|it| is_generated_by_operator(it) && !is_made_later(it))
        .filter(|it| !has_counterpart(snapshot, it, roles))
        .map(|it| {
            let parts: Vec<String> = ignition::parts(it).iter().map(|it| quotable_name(it)).collect();
            let lost = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
            let message = format!(
                "the operator generated this MachineConfig for the masters but generates none for the etcd \
                 pool, so etcd machines do not have it{lost}"
            );
            let name = name_of_copy(it.name()).replace("generated-", "");
            let create = format!(
                "if etcd machines need this MachineConfig too, create {name} with the same spec and the \
                 label {}={}",
                names::MACHINE_CONFIG_ROLE,
                names::ETCD
            );
            Check::SourceUnexpected.warning(it.reference(), message).hint(create)
        })
        .collect()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::object::ObjectRef;

    fn machine_config(name: &str, role: &str, spec: Value) -> Object {
        Object::new(ObjectRef::cluster(Kind::MachineConfig, name))
            .with_labels([(names::MACHINE_CONFIG_ROLE, role)])
            .with("spec", spec)
    }

    /// What is told of a MachineConfig of the masters beside these of the workers.
    fn told(of_masters: (&str, Value), of_workers: &[(&str, Value)]) -> Vec<String> {
        let workers = of_workers.iter();
        let workers = workers.map(|(name, spec)| machine_config(name, names::WORKER, spec.clone()));
        let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects(workers);
        let (name, spec) = of_masters;
        let snapshot = snapshot.with_objects([machine_config(name, names::MASTER, spec)]);
        masters_only(&snapshot).map(|it| it.message).collect()
    }

    const ONLY: &str = "only the masters have this MachineConfig: the etcd pool extends the workers' MachineConfigs";

    #[test]
    fn the_workers_have_a_setting_under_another_name_or_in_several_machine_configs() {
        let workers = [
            ("50-karg", json!({"kernelArguments": ["audit=1", "nosmt"]})),
            ("60-usbguard", json!({"extensions": ["usbguard"], "kernelType": "realtime"})),
        ];
        let lost = |spec: Value| told(("99-hardening", spec), &workers);
        let none: [&str; 0] = [];
        assert_eq!(lost(json!({"kernelArguments": ["audit=1"], "extensions": ["usbguard"]})), none);
        assert_eq!(lost(json!({"kernelType": "realtime"})), none);
        assert_eq!(lost(json!({"extensions": ["ipsec"]})), [ONLY]);
        assert_eq!(lost(json!({})), [ONLY]);
    }

    #[test]
    fn the_parts_that_the_workers_lack_are_named() {
        let file = |path: &str| json!({"path": path, "contents": {"source": "data:,a"}});
        let config = |files: &[&str], passwd: Value| {
            let files: Vec<Value> = files.iter().map(|it| file(it)).collect();
            json!({"config": {"storage": {"files": files}, "passwd": passwd}})
        };
        let workers = config(&["/etc/chrony.conf"], json!({"users": [{"name": "core"}]}));
        let password = json!({"users": [{"name": "core", "passwordHash": "CANARY-HASH"}]});
        let mut masters = config(&["/etc/chrony.conf", "/etc/audit/a.rules"], password);
        masters["kernelArguments"] = json!(["nosmt"]);
        let found = told(("99-master-site", masters), &[("99-worker-site", workers)]);
        let expected = "the etcd pool extends the workers' MachineConfigs, which lack: file \
                        /etc/audit/a.rules, password of user core";
        assert_eq!(found, [expected]);
    }
}
