//! What `add-disk` and `remove-disk` ask of a cluster before they write: each refusal, and what an admin has to know
//! about the replacement of masters.
//!
//! Whatever could not be read is refused. A refusal that passes by itself, such as an operator that is progressing, is
//! waited for once a run has begun; every other one ends the run.

use serde_json::Value;

use super::cluster as checks;
use super::template;
use crate::check::{Check, Finding, Severity};
use crate::derive::{disk, member_disk};
use crate::ignition;
use crate::ignition::contents::Contents;
use crate::model::field::{Field, Unknown, is_withheld};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::release::Release;
use crate::model::snapshot::{Snapshot, UnreadableReason, is_ours};
use crate::openshift::control_plane_machine_set::{
    self, ControlPlaneMachineSet, Rollout, State, Strategy,
};
use crate::openshift::{etcd_rest, replacement};
use crate::platform::aws;

/// Without these nothing is decided.
const NEEDED: [Kind; 10] = [
    Kind::ClusterOperator,
    Kind::ClusterVersion,
    Kind::ConfigMap,
    Kind::ControlPlaneMachineSet,
    Kind::Etcd,
    Kind::Infrastructure,
    Kind::Machine,
    Kind::MachineConfig,
    Kind::MachineConfigPool,
    Kind::Node,
];

/// The operators that carry out a part of it, or suffer from it.
pub(crate) const OPERATORS: [&str; 4] =
    ["control-plane-machine-set", "etcd", "kube-apiserver", "machine-config"];

/// The first release with ControlPlaneMachineSets on AWS.
const FIRST: Release = Release::minor(12);

/// Lets the operator replace no further master until somebody sets the strategy back.
pub const PAUSE: &str = "oc patch controlplanemachineset/cluster -n openshift-machine-api --type=merge \
                         -p '{\"spec\":{\"strategy\":{\"type\":\"OnDelete\"}}}'";
/// Lets the operator go on.
pub const RESUME: &str = "oc patch controlplanemachineset/cluster -n openshift-machine-api --type=merge \
                          -p '{\"spec\":{\"strategy\":{\"type\":\"RollingUpdate\"}}}'";
const RESUME_POOL: &str =
    "oc patch machineconfigpool/master --type=merge -p '{\"spec\":{\"paused\":false}}'";

/// Returns whether a refusal passes by itself.
#[must_use]
pub const fn is_passing(check: Check) -> bool {
    matches!(
        check,
        Check::EtcdUnsettled
            | Check::MasterPoolNotUpdated
            | Check::MastersRolling
            | Check::OperatorDegraded
            | Check::OperatorProgressing
            | Check::Unreadable
    )
}

/// Returns why nothing can be decided about this cluster. Empty when it can.
#[must_use]
pub fn undecided(snapshot: &Snapshot) -> Vec<Finding> {
    let mut found = checks::suitability(snapshot);
    if !found.is_empty() {
        return found;
    }
    if let Some(release) = snapshot.release().filter(|it| *it < FIRST) {
        let message = format!(
            "OpenShift {release} has no ControlPlaneMachineSet on AWS; 4.12 is the first release that has one"
        );
        return vec![
            Check::MachineSetInactive.blocker(control_plane_machine_set::reference(), message),
        ];
    }
    found.extend(checks::unreadable(snapshot, &NEEDED));
    for it in snapshot.unreadable.iter().filter(|it| NEEDED.contains(&it.kind)) {
        if it.reason == UnreadableReason::NotServed {
            found.push(
                Check::Unreadable.blocker(&it.what, "the API server does not serve this resource"),
            );
        }
    }
    for finding in &mut found {
        finding.severity = Severity::Blocker;
    }
    found
}

/// Returns the ControlPlaneMachineSet that can replace masters.
///
/// # Errors
/// Returns the reason as a blocker.
pub fn machine_set(snapshot: &Snapshot) -> Result<ControlPlaneMachineSet<'_>, Finding> {
    let reference = control_plane_machine_set::reference();
    let Some(set) = ControlPlaneMachineSet::of(snapshot) else {
        let message = "the ControlPlaneMachineSet does not exist, and only its operator can replace masters; on AWS, the operator \
                       creates the ControlPlaneMachineSet if the masters have Machines";
        return Err(Check::MachineSetInactive
            .blocker(reference, message)
            .hint("oc describe clusteroperator/control-plane-machine-set"));
    };
    match set.state() {
        Field::Known(State::Active) if set.provider_spec().is_some() => Ok(set),
        Field::Known(State::Active) => {
            let message = "the template has no provider spec that oc-etcd understands";
            Err(Check::Unreadable.blocker(reference, message))
        }
        Field::Known(State::Inactive) | Field::Absent => {
            let message = "the ControlPlaneMachineSet is Inactive: its operator recreates an Inactive ControlPlaneMachineSet from the \
                           Machines, and a change of the template is lost";
            Err(Check::MachineSetInactive.blocker(reference, message).hint(
                "compare the template with the masters, then set the state to Active, which cannot be undone: \
                 oc patch controlplanemachineset/cluster -n openshift-machine-api --type=merge \
                 -p '{\"spec\":{\"state\":\"Active\"}}'",
            ))
        }
        Field::Unknown(why) => {
            let message = format!(
                "it is unknown whether the ControlPlaneMachineSet is Active: its state is {why}"
            );
            Err(Check::Unreadable.blocker(reference, message))
        }
    }
}

/// Decision about differences between the template and the masters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TemplateChanges {
    /// They are a reason to refuse.
    #[default]
    Refuse,
    /// `--accept-template-changes`
    Accept,
}

/// Returns the differences between the template and the Machines of the masters, the volume of this name aside.
#[must_use]
pub fn template(
    snapshot: &Snapshot,
    set: &ControlPlaneMachineSet<'_>,
    volume: Option<&str>,
    (changes, verb): (TemplateChanges, &str),
) -> Vec<Finding> {
    let mut found = Vec::new();
    for machine in snapshot.machines_of(names::MASTER) {
        let template::Comparison { differences, unknown } =
            template::compare(set, machine, snapshot.release(), volume);
        if !unknown.is_empty() {
            let message = format!(
                "it is unknown whether the Machine differs from the template of {}: {}",
                set.object().reference(),
                unknown.join(", ")
            );
            found.push(Check::Unreadable.blocker(machine.reference(), message));
        }
        if differences.is_empty() {
            continue;
        }
        let message = format!(
            "the replacement of the Machine would get the template of {}, which differs: {}",
            set.object().reference(),
            differences.join("; ")
        );
        found.push(match changes {
            TemplateChanges::Accept => Check::TemplateDiffers.warning(machine.reference(), message),
            TemplateChanges::Refuse => {
                Check::TemplateDiffers.blocker(machine.reference(), message).hint(format!(
                    "to apply these changes too: oc etcd {verb} --accept-template-changes"
                ))
            }
        });
    }
    found
}

/// State in which a change of the template begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Every master is as the template.
    Settled,
    /// Masters differ from the template, which was agreed to: where the strategy is `OnDelete`, they wait.
    Differing,
    /// Masters are being replaced, and the change is to stop that.
    Midway,
}

/// Returns why no change of the template should begin: the number of masters, a replacement that is under way, a
/// machine that does not run.
#[must_use]
pub fn masters(
    snapshot: &Snapshot,
    set: &ControlPlaneMachineSet<'_>,
    start: Start,
) -> Vec<Finding> {
    if start == Start::Midway {
        let leaving = snapshot.machines_of(names::MASTER).filter(|it| it.is_terminating());
        return leaving.filter_map(|it| running(snapshot, it)).collect();
    }
    let mut found: Vec<Finding> = count(snapshot, *set).into_iter().collect();
    let reference = set.object().reference();
    let is_on_delete = set.strategy() == Field::Known(Strategy::OnDelete);
    let look = format!("oc describe {}", reference.command_line());
    match set.rollout() {
        Rollout::Settled => {}
        Rollout::Rolling(_) if start == Start::Differing && is_on_delete => {}
        Rollout::Stale => {
            let message =
                "the status is older than the template: a replacement of masters may begin";
            found.push(Check::MastersRolling.blocker(reference, message).hint(look));
        }
        Rollout::Rolling(message) => {
            let message = format!("a replacement of masters is in progress: {message}");
            found.push(Check::MastersRolling.blocker(reference, message).hint(look));
        }
        Rollout::Degraded(trouble) => {
            let message = format!(
                "the operator has stopped replacing masters, {}: {}",
                trouble.reason, trouble.message
            );
            found.push(Check::OperatorDegraded.blocker(reference, message).hint(look));
        }
        Rollout::Unknown(why) => {
            let message = format!("it is unknown whether masters are being replaced: {why}");
            found.push(Check::Unreadable.blocker(reference, message).hint(look));
        }
    }
    found.extend(snapshot.machines_of(names::MASTER).filter_map(|it| running(snapshot, it)));
    if let Field::Unknown(why) = set.strategy() {
        let message = format!("it is unknown when machines are replaced: the strategy is {why}");
        found.push(Check::Unreadable.blocker(reference, message));
    }
    found
}

fn count(snapshot: &Snapshot, set: ControlPlaneMachineSet<'_>) -> Option<Finding> {
    let machines = snapshot.machines_of(names::MASTER).count();
    let nodes = etcd_rest::masters(snapshot).count();
    let wanted = set.object().integer("/spec/replicas");
    let is_well = matches!(machines, 3 | 5)
        && nodes == machines
        && wanted.and_then(|it| usize::try_from(it).ok()) == Some(machines);
    (!is_well).then(|| {
        let wanted = wanted.map_or_else(|| "an unknown number".to_owned(), |it| it.to_string());
        let message = format!(
            "the cluster has {machines} Machines and {nodes} Nodes of masters, and {} has {wanted} replicas: three or five \
             of each are needed",
            set.object().reference()
        );
        Check::MasterCountUnsupported.blocker("masters", message).hint(
            "oc get machines -n openshift-machine-api -l machine.openshift.io/cluster-api-machine-role=master",
        )
    })
}

fn running(snapshot: &Snapshot, machine: &Object) -> Option<Finding> {
    let message = match (machine.text("/status/phase"), snapshot.node_of(machine)) {
        _ if machine.is_terminating() => "the Machine is being deleted".to_owned(),
        (Some("Running"), Some(node)) if node.condition_is_true("Ready") => return None,
        (Some("Running"), Some(node)) => format!("the Node {} is not Ready", node.name()),
        (Some("Running"), None) => "the Machine has no Node".to_owned(),
        (phase, _) => format!("the Machine is {}", phase.unwrap_or("in no phase yet")),
    };
    let hint = format!("oc describe {}", machine.reference().command_line());
    Some(Check::MastersRolling.blocker(machine.reference(), message).hint(hint))
}

/// Returns that an upgrade is under way, or that this is not known.
#[must_use]
pub fn upgrade(snapshot: &Snapshot) -> Option<Finding> {
    let version = snapshot.cluster_version()?;
    match version.condition("Progressing") {
        Some(it) if it.status == "False" => None,
        Some(it) if it.status == "True" => {
            let message = format!("an upgrade is in progress: {}", it.message);
            Some(
                Check::UpgradeInProgress
                    .blocker(version.reference(), message)
                    .hint("oc adm upgrade"),
            )
        }
        _ => {
            let message = "it is unknown whether an upgrade is in progress";
            Some(Check::Unreadable.blocker(version.reference(), message))
        }
    }
}

/// Returns which operators are not at rest, and why etcd is not. What the operator of the ControlPlaneMachineSet says
/// midway is what the change is to end.
#[must_use]
pub fn rest(snapshot: &Snapshot, start: Start) -> Vec<Finding> {
    let mut found = Vec::new();
    let of_set = |name: &str| name == "control-plane-machine-set" && start == Start::Midway;
    for name in OPERATORS.into_iter().filter(|it| !of_set(it)) {
        let Some(operator) = snapshot.cluster(Kind::ClusterOperator, name) else {
            let message = "the ClusterOperator does not exist";
            found.push(Check::Unreadable.blocker(format!("clusteroperator/{name}"), message));
            continue;
        };
        let Some(why) = etcd_rest::operator_unrest(operator) else { continue };
        let check = if why.starts_with("Progressing") {
            Check::OperatorProgressing
        } else {
            Check::OperatorDegraded
        };
        let hint = format!("oc describe {}", operator.reference());
        found.push(check.blocker(operator.reference(), why).hint(hint));
    }
    found.extend(etcd_rest::unrest(snapshot).into_iter().map(|why| {
        Check::EtcdUnsettled.blocker("etcd/cluster", why).hint("oc describe etcd/cluster")
    }));
    found
}

/// State of the masters' pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Every master has the newest configuration.
    Updated,
    /// The pool is being rolled out, or is not rendered yet. In words.
    Rolling(String),
    /// The pool does not roll out. In words, with a command.
    Stopped(String, &'static str),
}

/// Condition on a pool's configuration.
#[derive(Clone, Copy, Debug)]
pub enum Holding<'a> {
    /// The configuration holds this MachineConfig, with these contents.
    With(&'a Object),
    /// No MachineConfig of this name.
    Without(&'a str),
    /// Whatever it holds.
    Anything,
}

/// Returns how far the masters' pool is with a configuration.
#[must_use]
pub fn pool(snapshot: &Snapshot, holding: Holding<'_>) -> Pool {
    let Some(pool) = snapshot.pool(names::MASTER) else {
        return Pool::Stopped("the pool does not exist".to_owned(), "oc get machineconfigpools");
    };
    for kind in ["Degraded", "RenderDegraded", "NodeDegraded"] {
        if let Some(found) = pool.condition(kind).filter(|it| it.status != "False") {
            let message = format!("{kind} is {}: {}", found.status, found.message);
            return Pool::Stopped(message, "oc describe machineconfigpool/master");
        }
    }
    if pool.get("/spec/paused") == Some(&true.into()) {
        let message = "the pool is paused: new masters would get the old configuration";
        return Pool::Stopped(message.to_owned(), RESUME_POOL);
    }
    let rolling = |text: String| Pool::Rolling(text);
    let Some(wanted) = pool.text("/spec/configuration/name") else {
        return rolling("the pool is not rendered yet".to_owned());
    };
    if let Some(why) = lacks(snapshot, pool, wanted, holding) {
        return rolling(why);
    }
    let count = |field: &str| pool.integer(&format!("/status/{field}")).unwrap_or(0);
    let (all, updated, ready) =
        (count("machineCount"), count("updatedMachineCount"), count("readyMachineCount"));
    let is_served = pool.text("/status/configuration/name") == Some(wanted);
    let is_observed = match pool.integer("/metadata/generation") {
        Some(generation) => {
            pool.integer("/status/observedGeneration").is_none_or(|it| it >= generation)
        }
        None => true,
    };
    if is_served
        && is_observed
        && pool.condition_is_true("Updated")
        && updated == all
        && ready == all
    {
        return Pool::Updated;
    }
    rolling(format!("{updated} of {all} masters have {wanted}, and {ready} are ready"))
}

/// Returns why a rendered configuration is not the one that is waited for.
fn lacks(snapshot: &Snapshot, pool: &Object, name: &str, holding: Holding<'_>) -> Option<String> {
    let has_source = |wanted: &str| {
        pool.list("/spec/configuration/source").iter().any(|it| it["name"] == wanted)
    };
    let wanted = match holding {
        Holding::Anything => return None,
        Holding::Without(gone) => {
            return has_source(gone).then(|| format!("{name} still contains {gone}"));
        }
        Holding::With(wanted) => wanted,
    };
    if !has_source(wanted.name()) {
        return Some(format!("{name} does not contain {} yet", wanted.name()));
    }
    let Some(rendered) = snapshot.machine_config(name) else {
        return Some(format!("{name} could not be read"));
    };
    (!holds(rendered, wanted))
        .then(|| format!("{name} does not contain the current {}", wanted.name()))
}

/// Returns whether a rendered MachineConfig holds every unit and file of one that it is made from, with the same contents.
fn holds(rendered: &Object, wanted: &Object) -> bool {
    let none = Value::Null;
    let [rendered, wanted] = [rendered, wanted].map(|it| ignition::config(it).unwrap_or(&none));
    let has_unit = |unit: &Value| {
        ignition::units(rendered).iter().any(|it| {
            ["name", "contents", "enabled", "dropins"].iter().all(|key| it[*key] == unit[*key])
        })
    };
    let has_file = |file: &Value| {
        ignition::files(rendered).iter().any(|it| {
            it["path"] == file["path"]
                && Contents::of(&it["contents"]) == Contents::of(&file["contents"])
        })
    };
    ignition::units(wanted).iter().all(has_unit) && ignition::files(wanted).iter().all(has_file)
}

/// Returns that the masters' pool is not updated, as a blocker.
#[must_use]
pub fn pool_finding(pool: &Pool) -> Option<Finding> {
    let subject = "machineconfigpool/master";
    match pool {
        Pool::Updated => None,
        Pool::Rolling(why) => Some(
            Check::MasterPoolNotUpdated
                .blocker(subject, why)
                .hint("oc wait machineconfigpool/master --for=condition=Updated --timeout=1h"),
        ),
        Pool::Stopped(why, hint) => {
            Some(Check::MasterPoolNotUpdated.blocker(subject, why).hint(*hint))
        }
    }
}

/// Returns which MachineConfigs of others mount something on /var/lib/etcd of the masters, or may.
#[must_use]
pub fn mounts(snapshot: &Snapshot) -> Vec<Finding> {
    let is_other = |it: &&Object| it.name() != member_disk::NAME || !is_ours(it);
    let masters = snapshot.machine_configs_of(names::MASTER).filter(is_other);
    masters
        .filter_map(|it| match mounting(it) {
            Field::Known(true) => {
                let message = format!("the MachineConfig mounts a volume on {} of the masters", disk::MOUNT_POINT);
                Some(
                    Check::EtcdAlreadyMounted
                        .blocker(it.reference(), message)
                        .hint(format!("find out who needs the MachineConfig: oc describe {}", it.reference())),
                )
            }
            Field::Known(false) | Field::Absent => None,
            Field::Unknown(why) => {
                let message =
                    format!("it is unknown whether the MachineConfig mounts a volume on {}: its contents are {why}", disk::MOUNT_POINT);
                Some(Check::Unreadable.blocker(it.reference(), message))
            }
        })
        .collect()
}

/// Returns whether a MachineConfig mounts something on /var/lib/etcd.
#[must_use]
pub fn mounting(machine_config: &Object) -> Field<bool> {
    let Some(config) = ignition::config(machine_config) else { return Field::Known(false) };
    if disk::mounts_etcd(config) {
        return Field::Known(true);
    }
    let places = ["", "/systemd", "/systemd/units", "/storage", "/storage/filesystems"];
    let at = |pointer: &str| config.pointer(pointer).is_some_and(is_withheld);
    if places.into_iter().any(at) {
        return Field::Unknown(Unknown::Withheld);
    }
    let fetched = ["/ignition/config/merge", "/ignition/config/replace", "/ignition/config/append"];
    let is_set = |it: &Value| match it {
        Value::Array(list) => !list.is_empty(),
        other => !other["source"].is_null(),
    };
    if fetched.into_iter().filter_map(|it| config.pointer(it)).any(is_set) {
        return Field::Unknown(Unknown::Remote);
    }
    let units = ignition::units(config).iter().filter(|it| it["name"] == disk::MOUNT_UNIT);
    let unknown = units.map(|it| Field::text(&it["contents"])).find_map(|it| match it {
        Field::Unknown(why) => Some(why),
        Field::Absent | Field::Known(_) => None,
    });
    unknown.map_or(Field::Known(false), Field::Unknown)
}

/// The volumes beside the root volume that new masters get by the template, by their names, and where each stands in
/// its list.
///
/// # Errors
/// Returns a blocker when the volumes are not known.
pub fn volumes(set: &ControlPlaneMachineSet<'_>) -> Result<Vec<(usize, String)>, Finding> {
    let spec = set.provider_spec().unwrap_or(&Value::Null);
    let names = match replacement::volumes(spec) {
        Field::Known(names) => names,
        Field::Absent => Vec::new(),
        Field::Unknown(why) => {
            let message = format!("the volumes of the template are {why}");
            return Err(Check::Unreadable.blocker(set.object().reference(), message));
        }
    };
    let devices = set.block_devices();
    let place = |name: &str| {
        devices.iter().position(|it| it["deviceName"].as_str().unwrap_or_default() == name)
    };
    Ok(names.into_iter().filter_map(|it| Some((place(it)?, it.to_owned()))).collect())
}

/// Returns whether a script on the masters finds its volume without doubt.
#[must_use]
pub fn device(set: &ControlPlaneMachineSet<'_>, name: &str, disk: &disk::Disk) -> Vec<Finding> {
    let mut found = Vec::new();
    if aws::is_root_device(Some(name)) {
        let message = "this is a device name of root volumes";
        found.push(Check::DiskDeviceUncertain.blocker(format!("--device-name {name}"), message));
    }
    let spec = set.provider_spec().unwrap_or(&Value::Null);
    let Some(instance_type) = spec["instanceType"].as_str() else {
        let message = "the instance type of the template is unknown";
        found.push(Check::Unreadable.blocker(set.object().reference(), message));
        return found;
    };
    let subject = format!("instance type {instance_type}");
    let is_xen = aws::is_xen(instance_type);
    let path = match disk {
        disk::Disk::Device(path) => path,
        disk::Disk::Probe if is_xen => {
            let message = "on Xen, an EBS volume cannot be distinguished from an instance store volume: a new master \
                           would stop at boot";
            let hint = format!("oc etcd add-disk --disk-device={}", aws::xen_device(name));
            found.push(Check::DiskDeviceUncertain.blocker(&subject, message).hint(hint));
            return found;
        }
        disk::Disk::Probe => return found,
    };
    let wrong = if is_xen {
        let expected = aws::xen_device(name);
        (*path != expected).then(|| {
            let message = format!("on Xen, the volume {name} is the device {expected}");
            (message, format!("oc etcd add-disk --disk-device={expected}"))
        })
    } else if path.starts_with("/dev/xvd") || path.starts_with("/dev/sd") {
        let message = format!(
            "on {instance_type}, EBS volumes are NVMe devices and no device has this name: a new master would stop at \
             boot"
        );
        Some((message, PROBE.to_owned()))
    } else if path.starts_with(ROOT_NVME) {
        let message = "the masters of today have this device already, as their root disk: a new master would stop at \
                       boot";
        Some((message.to_owned(), PROBE.to_owned()))
    } else {
        None
    };
    if let Some((message, hint)) = wrong {
        let subject = format!("--disk-device {path}");
        found.push(Check::DiskDeviceUncertain.blocker(subject, message).hint(hint));
    } else if aws::has_instance_store(instance_type) && !is_xen {
        let message = "the instance type has instance store volumes, and --disk-device names one device: the device may \
                       be an instance store volume, which loses its data when the machine stops";
        found.push(Check::DiskDeviceUncertain.blocker(&subject, message).hint(PROBE));
    }
    found
}

/// The command that lets the script look at every disk.
const PROBE: &str = "oc etcd add-disk --disk-device=probe";
/// The beginning of the names of the root disk and its partitions on Nitro instances, on most boots.
const ROOT_NVME: &str = "/dev/nvme0n1";

/// Returns which masters have a volume of this name already, although the template has none.
#[must_use]
pub fn taken(snapshot: &Snapshot, name: &str) -> Vec<Finding> {
    let has_it = |machine: &&Object| {
        let spec = aws::provider_spec(machine).unwrap_or(&Value::Null);
        matches!(replacement::volumes(spec), Field::Known(names) if names.contains(&name))
    };
    let masters = snapshot.machines_of(names::MASTER).filter(has_it);
    masters
        .map(|machine| {
            let message = format!(
                "the Machine has a volume {name} already, which the template does not have: such a master cannot be \
                 told from a master with the disk of etcd"
            );
            Check::DiskDeviceUncertain
                .blocker(machine.reference(), message)
                .hint("choose another name: oc etcd add-disk --device-name=/dev/sdf")
        })
        .collect()
}

/// Returns what an admin has to know before masters are replaced. `back` puts the template back.
#[must_use]
pub fn consequences(
    snapshot: &Snapshot,
    set: &ControlPlaneMachineSet<'_>,
    back: Option<&str>,
    reboots: &str,
) -> Vec<Finding> {
    let check = Check::MastersReplaced;
    let masters = snapshot.machines_of(names::MASTER).count();
    let each = format!(
        "each of the {masters} masters is rebooted once ({reboots}) and replaced once, one after the other: the \
         operators create a new machine, move the etcd member, and delete the old machine; {}",
        duration(snapshot)
    );
    let clients = "connections to the API server break whenever a master reboots or is deleted; clients that retry are \
                   served by the other masters";
    let pause = "with the strategy OnDelete, the current replacement completes, and no other master is replaced";
    let stop = "until the first new machine is Running, reverting the template deletes the new machine and changes no \
                master";
    let mut found = vec![
        check.note("masters", each),
        check.note("API servers", clients),
        check.note("to pause", pause).hint(PAUSE),
    ];
    found.extend(back.map(|it| check.note("to stop", stop).hint(it)));
    if set.strategy() == Field::Known(Strategy::OnDelete) {
        let message = "the strategy is OnDelete: a master is replaced only when its Machine is deleted, and all Machines that \
                       are deleted are replaced at the same time";
        let hint = format!("to replace one master after the other: {RESUME}");
        found.push(Check::RolloutPaused.warning(set.object().reference(), message).hint(hint));
    }
    found
}

fn duration(snapshot: &Snapshot) -> String {
    match replacement::join_time(snapshot) {
        Some(time) => format!(
            "a machine of this cluster took {} minutes to become a Node, and the etcd operator needs about 3 minutes for \
             a member: expect {} minutes or more in total",
            time.as_mins(),
            (time.as_mins() + 3) * i64::try_from(snapshot.machines_of(names::MASTER).count()).unwrap_or(3)
        ),
        None => "the duration is unknown: no machine of this cluster shows how long a machine takes to become a Node"
            .to_owned(),
    }
}

/// Returns what an admin should have before masters are replaced.
pub fn precautions(snapshot: &Snapshot, volumes: usize) -> Vec<Finding> {
    let instance_type = snapshot.machines_of(names::MASTER).find_map(aws::instance_type);
    let quota = format!(
        "during the replacement, the AWS account needs quota for one more instance ({}) and {}",
        instance_type.unwrap_or("unknown type"),
        match volumes {
            1 => "1 more volume".to_owned(),
            volumes => format!("{volumes} more volumes"),
        }
    );
    let backup = "if etcd loses its quorum, etcd can be restored only from a backup: make one on a master first";
    let supported = "Red Hat does not support moving etcd to another disk in a cluster with a ControlPlaneMachineSet";
    vec![
        Check::EtcdBackupNeeded.note("etcd", backup).hint(
            "oc debug node/MASTER -- chroot /host /usr/local/bin/cluster-backup.sh /home/core/assets/backup",
        ),
        Check::AwsQuotaNeeded.note("quota", quota),
        Check::NotSupported.warning("support", supported),
    ]
}
