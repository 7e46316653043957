//! Checks whether machines prepare and mount the disk of etcd as `00-etcd-disk` or `98-master-etcd-disk` describes. The
//! checks read the MachineConfigs that the pool will select, before anything is written, and the rendered
//! MachineConfig.

use serde_json::Value;

use super::disk_holder::{
    ODD_DEVICE, change_in, changed, is_of_other, is_quotable, quotable, subject_of,
};
use super::finding::{Check, Finding};
use super::pool_anew;
use super::registration;
use super::required_device::by_requirement;
use super::unseen_program;
use crate::derive::disk;
use crate::ignition;
use crate::ignition::devices::{self, Formatted};
use crate::model::field::{Field, Unknown};
use crate::model::names;
use crate::model::object::Object;
use crate::model::release::Release;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::devices::{Lack, Made, lack};
use crate::openshift::etcd_disk;
use crate::openshift::formatters::{Action, Device, Formatter, formatters, is_other_device};
use crate::openshift::kubelet::boot::Boot;
use crate::openshift::kubelet::text::instance_path;
use crate::openshift::kubelet::{ConfigPlace, KubeletDoubt, Provenance};
use crate::openshift::required::{Need, Required, required};

const POOL: &str = "machineconfigpool/etcd";

/// Returns `00-etcd-disk` of a cluster, if oc-etcd created the object.
#[must_use]
pub fn ours(snapshot: &Snapshot) -> Option<&Object> {
    snapshot.machine_config(disk::NAME).filter(|it| is_ours(it))
}

/// Finds why machines would not prepare the disk as the `00-etcd-disk` among their MachineConfigs describes.
#[must_use]
pub fn predicted(boot: &Boot<'_>, machines: Machines<'_>) -> Option<Finding> {
    let selected = boot.machine_configs();
    let ours = selected.iter().find(|it| it.name() == disk::NAME && is_ours(it))?;
    // The role of the kubelet depends on the whole config too, and the finding of the role names the MachineConfig.
    boot.merged().ok()?;
    let doubt = etcd_disk::fault(boot, ours)?;
    Some(finding(&doubt, selected, ours, machines.fixed_in))
}

/// Finds why masters would not prepare the disk as `wanted` describes, the `98-master-etcd-disk` that is to be written,
/// and what may format the disk.
#[must_use]
pub fn of_masters(snapshot: &Snapshot, wanted: &Object) -> Vec<Finding> {
    let is_other = |it: &&Object| it.name() != wanted.name();
    let mut selected: Vec<&Object> =
        snapshot.machine_configs_of(names::MASTER).filter(is_other).chain([wanted]).collect();
    selected.sort_by(|a, b| a.name().cmp(b.name()));
    let boot = Boot::of(selected);
    let fault = etcd_disk::fault(&boot, wanted);
    let found = fault.map(|doubt| finding(&doubt, boot.machine_configs(), wanted, Some(snapshot)));
    let machines = Machines { pool: names::MASTER, instance_type: None, fixed_in: Some(snapshot) };
    found.into_iter().chain(formatting(&boot, machines)).collect()
}

/// Finds why machines that boot with a rendered MachineConfig do not prepare the disk as `ours` describes.
/// `sources` are the current MachineConfigs that the pool was rendered from, in merge order; `None` if some of the
/// MachineConfigs were not read.
#[must_use]
pub fn of_rendered(
    rendered: &Boot<'_>,
    sources: Option<(&Snapshot, &Boot<'_>)>,
    ours: &Object,
) -> Option<Finding> {
    let doubt = etcd_disk::fault(rendered, ours)?;
    if let Some((cluster, sources)) = sources.filter(|_| !is_withheld(&doubt)) {
        if let Some(doubt) = etcd_disk::fault(sources, ours) {
            return Some(finding(&doubt, sources.machine_configs(), ours, Some(cluster)));
        }
        let message = format!(
            "the rendered configuration does not create etcd nodes: {}; the operator has not rendered the \
             current MachineConfigs",
            doubt.reason()
        );
        return Some(Check::NotRendered.blocker(POOL, message).hint(format!("oc get {POOL} -w")));
    }
    let message = format!("{}: {}", registration::creation(is_withheld(&doubt)), doubt.reason());
    Some(weighed(&doubt, POOL.to_owned(), message, "oc etcd status".to_owned()))
}

/// Finds the MachineConfigs of a pool, in merge order, that let Ignition, a unit or a script format or mount a disk that
/// may be the disk of etcd. What mounts a disk that another part formats is left out.
///
/// A finding is a warning, unless no machine has the device. Ignition formats only at the first boot, when the volume of
/// etcd is new and empty: no data is lost, and `prepare-disk` then refuses the disk, so that the machine stops and never
/// becomes a Node of another role. On an instance type with local disks, the device may be a local disk.
#[must_use]
pub fn formatting(boot: &Boot<'_>, machines: Machines<'_>) -> Vec<Finding> {
    let (of_ignition, made) = (of_ignition(boot), Made::of(boot));
    let is_script =
        |it: &&Object| is_ours(it) && [disk::NAME, names::MASTERS_DISK].contains(&it.name());
    let has_script = boot.machine_configs().iter().any(is_script);
    let by_ignition = of_ignition.iter().flat_map(|(it, formatted)| {
        let subject = subject_of(it);
        let found = formatted_by(&subject, formatted, machines, &made, has_script).into_iter();
        found.map(move |(lack, finding)| {
            let fixed_in = machines.fixed_in.filter(|_| !is_of_existing_nodes(it));
            finding.hint(match lack {
                _ if machines.fixed_in.is_none() && !is_of_existing_nodes(it) => {
                    format!("remove the device from the object: oc edit {subject}")
                }
                None if !has_script => {
                    let kept = registration::kept(DISKS);
                    format!("{kept}; choose an instance type on which this name is the etcd disk")
                }
                _ => match fixed_in {
                    Some(cluster) => anew(cluster, DISKS, it),
                    None => registration::kept_by_others(DISKS, it),
                },
            })
        })
    });
    by_ignition.chain(by_programs(boot, machines)).collect()
}

/// The release from which the operator judges a change when it renders a pool. Before, its daemon on each Node judges the
/// change.
const RENDER_JUDGES: Release = Release::minor(16);

/// Returns whether the operator refuses other disks for the etcd pool: the pool is rendered, or Nodes may exist.
#[must_use]
pub fn are_fixed(snapshot: &Snapshot) -> bool {
    let is_rendered = snapshot.rendered_name(names::ETCD).is_some();
    let judges = snapshot.release().is_none_or(|it| it >= RENDER_JUDGES);
    is_rendered && judges || snapshot.may_have_etcd_nodes()
}

/// Machines whose disks are judged.
#[derive(Clone, Copy, Debug)]
pub struct Machines<'a> {
    /// The pool of the machines.
    pub pool: &'a str,
    /// The instance type of the machines, if it is known.
    pub instance_type: Option<&'a str>,
    /// The cluster, if the operator refuses other disks for the pool.
    pub fixed_in: Option<&'a Snapshot>,
}

impl<'a> Machines<'a> {
    /// etcd machines of any instance type.
    pub const ETCD: Self = Self { pool: names::ETCD, instance_type: None, fixed_in: None };

    /// Returns the etcd machines of a cluster.
    #[must_use]
    pub fn of_etcd(snapshot: &'a Snapshot) -> Self {
        Self { fixed_in: are_fixed(snapshot).then_some(snapshot), ..Self::ETCD }
    }

    /// Returns why the machines do not have a device. Masters may have other volumes, and have booted with their
    /// MachineConfigs before.
    fn lack(self, device: &str, made: &Made) -> Option<Lack> {
        let found = lack(device, self.instance_type, made);
        found.filter(|it| self.pool == names::ETCD || *it == Lack::Never)
    }
}

/// The MachineConfigs of others with the devices that they let Ignition format.
fn of_ignition<'a>(boot: &Boot<'a>) -> Vec<(&'a Object, Vec<Formatted<'a>>)> {
    let of_others = boot.machine_configs().iter().filter(|it| is_of_other(it));
    of_others.filter_map(|it| Some((*it, devices::formatted(ignition::config(it)?)))).collect()
}

/// Finds the MachineConfigs of a pool, in merge order, with a unit, a script or a file that formats, mounts or takes a
/// disk that may be the disk of etcd, or without whose device a machine does not boot.
#[must_use]
pub fn by_programs(boot: &Boot<'_>, machines: Machines<'_>) -> Vec<Finding> {
    let programs = formatters(boot);
    let is_writing = |it: &&Formatter| [Action::Formats, Action::MayWrite].contains(&it.action);
    let by_programs = programs.iter().filter(is_writing);
    let formatted: Vec<Device> = of_ignition(boot)
        .iter()
        .flat_map(|it| &it.1)
        .filter_map(|it| Some(Device::Named(it.device.known()?.to_owned())))
        .chain(by_programs.map(|it| it.device.clone()))
        .collect();
    let made = Made::of(boot);
    let mut lacking = required(boot, &made);
    // The masters mount the devices today.
    lacking.retain(|it| machines.pool == names::ETCD && machines.lack(&it.device, &made).is_some());
    lacking.dedup_by(|a, b| a.need == Need::Command && a.provenance == b.provenance);
    let is_lacking = |it: &Formatter| {
        let device = |of: &Required| Device::Named(of.device.clone());
        lacking.iter().any(|of| of.provenance == it.provenance && device(of) == it.device)
    };
    let by_programs = programs.iter().filter(|it| {
        it.action != Action::Mounts || !formatted.contains(&it.device) && !is_lacking(it)
    });
    let selected = boot.machine_configs();
    let by_programs = by_programs.map(|it| by_program(it, selected, machines.pool));
    let lacking = lacking.iter().filter_map(|it| {
        Some(by_requirement(it, machines.lack(&it.device, &made)?, selected, machines.pool))
    });
    by_programs.chain(lacking).chain(unseen_program::findings(boot, machines.pool)).collect()
}

fn by_program(formatter: &Formatter, selected: &[&Object], pool: &str) -> Finding {
    let Provenance { place, .. } = &formatter.provenance;
    let device = match &formatter.device {
        Device::Named(path) => quotable(path).to_owned(),
        Device::Variable => "a disk whose name is in a variable".to_owned(),
        Device::Every => "every disk".to_owned(),
    };
    let change = match formatter.action {
        Action::Formats | Action::MayWrite | Action::Mounts => format!(
            "let {place} choose disks by the model, such as \"Amazon EC2 NVMe Instance Storage\", and not by a name"
        ),
        Action::Takes => {
            "set find_multipaths to yes, or add the product \"Amazon Elastic Block Store\" to the blacklist".to_owned()
        }
    };
    let (subject, hint) = changed(&formatter.provenance, &change, selected, pool);
    let place = match place {
        // The instance says no more than the device, which stands beside it.
        ConfigPlace::Unit(name)
            if instance_path(name).as_ref() == Some(&device)
                && is_quotable(&name.replace('@', "")) =>
        {
            name.clone()
        }
        _ => place.to_string(),
    };
    let message = match formatter.action {
        Action::Formats => format!(
            "{place} formats {device}: if this is the etcd disk, the machine stops at its first boot, or loses the \
             data of etcd at a later boot"
        ),
        Action::MayWrite => format!(
            "{place} may write to {device}: if this is the etcd disk, the machine stops at its first boot, or loses the \
             data of etcd at a later boot"
        ),
        Action::Mounts => format!(
            "{place} mounts {device}: if this is the etcd disk, the machine writes other data than that of etcd to \
             this disk"
        ),
        Action::Takes => format!(
            "{place} lets multipathd take {device} that is not in the blacklist, because find_multipaths is not yes: if \
             multipathd takes the etcd disk, the machine stops at boot"
        ),
    };
    Check::DiskDeviceUncertain.warning(subject, message).hint(hint)
}

/// The operator refuses a change of `storage.disks`, `filesystems` and `raid` in a rendered pool (MCO
/// `pkg/controller/common/reconcile.go`), and the pool becomes degraded.
const DISKS: &str = "disks";

/// Returns what to do about a part of a MachineConfig of the etcd pool that is rendered.
fn anew(snapshot: &Snapshot, part: &str, holder: &Object) -> String {
    let object = holder.reference();
    if !pool_anew::is_of_oc_etcd(snapshot) {
        return pool_anew::anew(snapshot, std::slice::from_ref(object));
    }
    format!(
        "{}; to make the pool anew without the part: `oc etcd teardown`, then `oc edit {object}`, then `oc etcd init`",
        registration::kept(part)
    )
}

/// Returns whether a MachineConfig, or the source of a copy, configures masters or workers.
fn is_of_existing_nodes(machine_config: &Object) -> bool {
    let is_copy = is_ours(machine_config);
    let role = machine_config.label(names::MACHINE_CONFIG_ROLE);
    is_copy || role.is_some_and(|it| it != names::ETCD)
}

/// Reports an Ignition config, that of `subject`, that formats a disk that may be the disk of etcd, or that etcd machines
/// do not have.
pub(super) fn formatted_by_ignition(subject: &str, config: &Value, made: &Made) -> Vec<Finding> {
    let found = formatted_by(subject, &devices::formatted(config), Machines::ETCD, made, true);
    found.into_iter().map(|it| it.1).collect()
}

/// Returns one finding for each reason why machines do not have devices, and one for the devices that they may have.
/// Without the script, which takes an empty disk only, nothing stops a machine on which the name is another disk.
fn formatted_by(
    subject: &str,
    formatted: &[Formatted<'_>],
    machines: Machines<'_>,
    made: &Made,
    has_script: bool,
) -> Vec<(Option<Lack>, Finding)> {
    let named = |it: &Formatted<'_>| match it.device {
        Field::Known(device) if is_quotable(device) => {
            format!("{device} in storage.{}", it.section)
        }
        Field::Known(_) => format!("{ODD_DEVICE}, in storage.{},", it.section),
        Field::Unknown(why) => format!("a device in storage.{} that is {why}", it.section),
        Field::Absent => String::new(),
    };
    // The script treats a file system with this label as the disk of etcd.
    let has_label = |it: &Formatted<'_>| it.label == Some(disk::LABEL);
    let is_other =
        |it: &Formatted<'_>| matches!(it.device, Field::Known(device) if is_other_device(device));
    let mut groups: Vec<(Option<Lack>, Vec<String>)> = Vec::new();
    for it in formatted {
        let lack = it.device.known().and_then(|it| machines.lack(it, made));
        if lack.is_none() && is_other(it) && !has_label(it) {
            continue;
        }
        match groups.iter_mut().find(|group| group.0 == lack) {
            Some((_, devices)) => devices.push(named(it)),
            None => groups.push((lack, vec![named(it)])),
        }
    }
    let finding = |(lack, mut devices): (Option<Lack>, Vec<String>)| {
        devices.dedup();
        let formats = format!("Ignition formats {} at the first boot", devices.join(" and "));
        let check = Check::DiskDeviceUncertain;
        let finding = match lack {
            None => {
                let then = if has_script {
                    "if this is the etcd disk, the machine stops, because the disk is no longer empty"
                } else {
                    "device names can differ between machines and boots, and this may not be the etcd disk"
                };
                check.warning(subject, format!("{formats}: {then}"))
            }
            Some(lack @ Lack::Never) => {
                let message = format!(
                    "{formats}, and {}: each new machine stops at its first boot",
                    lack.words()
                );
                check.blocker(subject, message)
            }
            Some(lack) => {
                let message = format!(
                    "{formats}, and {}: a machine without the device stops at its first boot",
                    lack.words()
                );
                check.warning(subject, message)
            }
        };
        (lack, finding)
    };
    groups.into_iter().map(finding).collect()
}

/// `fixed_in` is the cluster, if the operator refuses other disks for the etcd pool.
fn finding(
    doubt: &KubeletDoubt,
    selected: &[&Object],
    ours: &Object,
    fixed_in: Option<&Snapshot>,
) -> Finding {
    let holder = |it: &Provenance| selected.iter().find(|mc| mc.name() == it.machine_config);
    let culprit = doubt.provenance().and_then(|it| Some((&it.place, holder(it)?)));
    let (pool, verb) = match ours.name() {
        disk::NAME => (names::ETCD, "init"),
        _ => (names::MASTER, "add-disk"),
    };
    let subject =
        culprit.map_or_else(|| format!("machineconfigpool/{pool}"), |it| subject_of(it.1));
    let (is_unknown, outcome) = if is_withheld(doubt) {
        ("it is unknown whether ", "would prepare")
    } else {
        ("", "would not prepare")
    };
    let message = format!(
        "with this object, {is_unknown}machines of the {pool} pool {outcome} the etcd disk as {} describes: {}",
        ours.name(),
        doubt.reason()
    );
    let of_etcd = culprit.filter(|it| !is_of_existing_nodes(it.1)).zip(fixed_in);
    let hint = match (culprit, of_etcd) {
        // The Nodes have the disk that the object prepares, and no other.
        (_, Some(((_, it), cluster))) if self::ours(cluster).is_none() => {
            pool_anew::anew(cluster, std::slice::from_ref(it.reference()))
        }
        (Some((place, it)), _) if it.name() != ours.name() => {
            let fixed = of_etcd.and_then(|((place, it), _)| registration::fixed(place, it));
            // A pool may lose all of its links.
            match of_etcd.zip(fixed.filter(|it| *it != "links")) {
                Some(((_, cluster), part)) => anew(cluster, part, it),
                None => change_in(pool, &format!("remove {place}"), place, it, &subject),
            }
        }
        _ => format!("oc etcd {verb}"),
    };
    weighed(doubt, subject, message, hint)
}

const fn is_withheld(doubt: &KubeletDoubt) -> bool {
    matches!(doubt, KubeletDoubt::Unknown(_, Unknown::Withheld))
}

fn weighed(doubt: &KubeletDoubt, subject: String, message: String, hint: String) -> Finding {
    if is_withheld(doubt) {
        let hint = "use the cluster itself, or files that are not sanitized";
        return Check::DiskDeviceUncertain.unknown(subject, message).hint(hint);
    }
    Check::DiskDeviceUncertain.blocker(subject, message).hint(hint)
}
