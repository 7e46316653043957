//! Plans `add-disk`: a separate volume for etcd on each master, through the operators of the cluster.
//!
//! The first write creates the MachineConfig that finds and mounts the volume on new machines, and that leaves the
//! existing masters unchanged. When every master has the MachineConfig, the second write adds the volume to the
//! template of the ControlPlaneMachineSet. Its operator replaces one master after the other, and etcd's operator moves
//! the members.

use std::collections::BTreeSet;

use serde_json::Value;

use super::list_edit::{EntryChange, ListEdit};
use super::member_disk::{self, Phase, Planned, Replacement};
use super::{Change, Plan, Step};
use crate::check::control_plane::{self, Start};
use crate::check::master_pool::{self, Holding, Pool};
use crate::check::master_volume;
use crate::check::template_changes::{self, TemplateChanges};
use crate::check::{
    Check, Finding, Severity, boot_image, etcd_disk, finding, master_losses, permissions,
    requested_volume,
};
use crate::derive::disk::Disk;
use crate::derive::volume::{self, DEVICE_NAME, Volume};
use crate::model::names;
use crate::model::object::{Object, ResourceVersion};
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::{BLOCK_DEVICES, ControlPlaneMachineSet, Rollout};
use crate::openshift::master_volumes::Wish;
use crate::platform::aws;

/// Request of `add-disk`. A setting that is `None` was not given, and leaves an existing volume as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddDiskRequest {
    /// `--volume-size`, in GiB.
    pub size: Option<u32>,
    /// `--volume-type`
    pub kind: Option<String>,
    /// `--iops`, operations a second.
    pub iops: Option<u32>,
    /// `--throughput`, MiB a second.
    pub throughput: Option<u32>,
    /// `--kms-key`: an id or an ARN.
    pub kms_key: Option<String>,
    /// `--device-name`
    pub device_name: Option<String>,
    /// `--disk-device`
    pub disk: Option<Disk>,
    /// `--accept-template-changes`
    pub template_changes: TemplateChanges,
    /// `--field-manager`
    pub field_manager: String,
    /// The version of this tool, for the annotation.
    pub tool_version: String,
}

impl AddDiskRequest {
    /// A request with every flag at its default.
    #[must_use]
    pub fn new(tool_version: &str) -> Self {
        Self {
            field_manager: names::FIELD_MANAGER.to_owned(),
            tool_version: tool_version.to_owned(),
            ..Self::default()
        }
    }

    fn device_name(&self) -> &str {
        self.device_name.as_deref().unwrap_or(DEVICE_NAME)
    }

    /// Returns the volume, with the defaults for settings that were not given.
    fn volume(&self) -> Volume {
        Volume {
            device_name: self.device_name().to_owned(),
            size: self.size.unwrap_or(volume::SIZE),
            kind: self.kind.clone().unwrap_or_else(|| volume::TYPE.to_owned()),
            iops: self.iops,
            throughput: self.throughput,
            kms_key: self.kms_key.clone(),
        }
    }
}

/// Plans `add-disk` for a cluster.
#[must_use]
pub fn plan(snapshot: &Snapshot, request: &AddDiskRequest) -> Planned {
    let (set, there) = match member_disk::begin(snapshot) {
        Ok(begun) => begun,
        Err(findings) => return Planned::refused(snapshot, findings),
    };
    let others = match there {
        Some(_) => Vec::new(),
        None => member_disk::other_volumes(snapshot, set),
    };
    if !others.is_empty() {
        return Planned::refused(snapshot, others);
    }
    let name = there.as_ref().map_or_else(|| request.device_name(), |it| it.1.as_str());
    let wish = Wish::Volume(name.to_owned());
    let Some(wanted) = member_disk::wanted(snapshot, request.disk.as_ref(), &request.tool_version)
    else {
        let message = "the MachineConfig has no Ignition version, or does not exist";
        let finding = Check::SourceMissing
            .blocker("machineconfig/00-master", message)
            .hint("oc describe clusteroperator/machine-config");
        return Planned::refused(snapshot, vec![finding]);
    };
    let (mut prepare, mut findings) =
        member_disk::reconcile(snapshot, wanted.clone(), &request.field_manager);
    let replacement = Replacement::of(snapshot, &wish);
    let pool = master_pool::pool(snapshot, Holding::With(&wanted));
    let phase = phase(&prepare, &pool, there.is_some(), &replacement);
    if phase == Phase::Replacing {
        if let Some(disk) = request.disk.as_ref().filter(|it| is_elsewhere(snapshot, it)) {
            findings.push(not_applied(disk));
        }
        // The configuration of the masters does not change during the replacement.
        prepare.change = Change::Unchanged(None);
    }
    let is_new = there.is_none();
    let judged = Judged {
        snapshot,
        request,
        set,
        name,
        wanted: &wanted,
        is_new,
        pool: &pool,
        phase: &phase,
    };
    let edit = match (&there, &phase) {
        (None, _) => Some(judged.edit()),
        (Some(_), _) => None,
    };
    findings.extend(judged.findings(edit.as_ref()));
    findings.extend(there.iter().flat_map(|it| judged.settings(it.0)));
    let mut steps = vec![prepare];
    if matches!(phase, Phase::Untouched | Phase::PoolRolling) {
        steps.push(member_disk::reboot(snapshot));
    }
    steps.push(judged.template(edit));
    steps.extend(replacement.steps("by a machine with the volume"));
    let findings = finding::normalize(findings, &BTreeSet::default());
    let plan = Plan { steps, findings, ..Plan::nothing(snapshot) };
    Planned { plan, phase: Some(phase), wish: Some(wish) }
}

/// Returns whether the MachineConfig of the masters looks for the disk in another place.
fn is_elsewhere(snapshot: &Snapshot, disk: &Disk) -> bool {
    let existing = snapshot.get(&member_disk::machine_config()).and_then(Disk::of);
    existing.as_ref() != Some(disk)
}

/// Reports a place of the disk that the machines of a replacement in progress do not get.
fn not_applied(disk: &Disk) -> Finding {
    let message = "the masters are being replaced, and their MachineConfig does not change before all of them are replaced";
    Check::EtcdVolumeDiffers
        .blocker(format!("--disk-device {}", disk.value()), message)
        .hint("omit the flag, or remove the volume first: oc etcd remove-disk")
}

fn phase(prepare: &Step, pool: &Pool, has_volume: bool, replacement: &Replacement<'_>) -> Phase {
    let is_prepared = matches!(prepare.change, Change::Unchanged(_));
    match (has_volume, is_prepared, pool) {
        (true, ..) if !replacement.is_done() => Phase::Replacing,
        (_, false, _) => Phase::Untouched,
        (true, true, Pool::Updated) => Phase::Done,
        (false, true, Pool::Updated) => Phase::Prepared,
        (_, true, _) => Phase::PoolRolling,
    }
}

struct Judged<'a> {
    snapshot: &'a Snapshot,
    request: &'a AddDiskRequest,
    set: ControlPlaneMachineSet<'a>,
    /// The name of the volume.
    name: &'a str,
    /// The wanted MachineConfig of the masters.
    wanted: &'a Object,
    /// Indicates that the template does not have the volume yet.
    is_new: bool,
    pool: &'a Pool,
    phase: &'a Phase,
}

impl Judged<'_> {
    fn wish(&self) -> Wish {
        Wish::Volume(self.name.to_owned())
    }

    /// The volume at the end of the template's list.
    fn edit(&self) -> ListEdit {
        let was = self.set.block_devices().to_vec();
        let (root, _) = aws::root_and_others(&was);
        let of_root = root.and_then(|it| it.pointer("/ebs/encrypted")).filter(|it| !it.is_null());
        let entry = self.request.volume().entry(root, of_root.unwrap_or(&Value::Bool(true)));
        ListEdit { pointer: BLOCK_DEVICES, was, change: EntryChange::Append(entry) }
    }

    fn template(&self, edit: Option<ListEdit>) -> Step {
        let object = self.set.object();
        let (change, because) = match edit {
            Some(edit) => {
                let volume = self.request.volume();
                let Volume { size, kind, .. } = &volume;
                let performance = volume.performance();
                let key = volume.kms_key.as_ref().map(|it| format!(", key {it}"));
                let because = format!(
                    "template: {} {kind} {size} GiB for etcd{performance}{}",
                    self.name,
                    key.unwrap_or_default()
                );
                (Change::Edit { before: ResourceVersion::of(object), edit }, because)
            }
            None => (Change::Unchanged(None), format!("the template has {}", self.name)),
        };
        Step { object: object.reference().clone(), change, because }
    }

    fn findings(&self, edit: Option<&ListEdit>) -> Vec<Finding> {
        let Self { snapshot, set, .. } = self;
        match self.phase {
            Phase::Done if set.rollout() == Rollout::Complete => return Vec::new(),
            Phase::Replacing | Phase::Done => {
                return member_disk::in_progress(snapshot, Some(&self.wish()));
            }
            Phase::Untouched | Phase::PoolRolling | Phase::Prepared => {}
        }
        let mut found = self.asked();
        found.extend(boot_image::finding(snapshot, None));
        found.extend(master_losses::encryption(snapshot));
        let template = template_changes::findings(
            snapshot,
            set,
            Some(&self.wish()),
            (self.request.template_changes, "add-disk"),
        );
        found.extend(template);
        let mounts = master_volume::mounts(snapshot);
        if mounts.is_empty() {
            found.extend(etcd_disk::of_masters(snapshot, self.wanted));
        }
        found.extend(mounts);
        found.extend(control_plane::upgrade(snapshot));
        found.extend(permissions::denied(snapshot, |_| true));
        let mut passing = control_plane::masters(snapshot, set, Start::Idle);
        passing.extend(control_plane::stability(snapshot, Start::Idle));
        match (self.phase, self.pool) {
            // The run waits for the pool.
            (Phase::PoolRolling, Pool::Rolling(..)) => {
                found.extend(master_pool::held_up_finding(snapshot));
                passing = passing
                    .into_iter()
                    .map(|it| {
                        if control_plane::is_passing(it.check) {
                            it.at_most(Severity::Note)
                        } else {
                            it
                        }
                    })
                    .collect();
            }
            (Phase::Untouched, _) => {
                let before = master_pool::pool(snapshot, Holding::Anything);
                passing.extend(master_pool::pool_finding(&before));
            }
            (_, pool) => passing.extend(master_pool::pool_finding(pool)),
        }
        found.extend(passing);
        let back = edit.map(|it| it.undo(set.object().reference()));
        let reboots = match self.phase {
            Phase::Untouched => "for the MachineConfig",
            Phase::PoolRolling => "for the MachineConfig; in progress",
            _ => "for the MachineConfig; done already",
        };
        let replacement = Replacement::of(snapshot, &self.wish());
        if !self.is_new && replacement.is_done() {
            found.push(control_plane::reboot(snapshot));
            return found;
        }
        let replaced = replacement.left().count();
        let is_differing = found.iter().any(|it| it.check == Check::TemplateDiffers);
        found.extend(control_plane::consequences(
            snapshot,
            set,
            is_differing,
            replaced,
            back.as_deref(),
            reboots,
        ));
        found.push(way_back());
        found.push(measure());
        found.extend(control_plane::precautions(snapshot, set, (replaced, replaced + 1)));
        found
    }

    /// Checks the requested settings.
    fn asked(&self) -> Vec<Finding> {
        let Self { snapshot, request, set, .. } = self;
        let disk = Disk::of(self.wanted).unwrap_or_default();
        let mut found = master_volume::device(set, self.name, &disk);
        if self.is_new {
            // The settings of an existing volume were accepted by EC2, and the request may only repeat them.
            let refused = request.volume().check().err();
            found.extend(refused.map(|it| Check::VolumeSettingsRefused.blocker("volume", it)));
            found.extend(requested_volume::for_members(snapshot, request.volume().size));
            found.extend(master_volume::taken(snapshot, self.name));
        }
        found.extend(requested_volume::throughput(snapshot, request.throughput));
        found
    }

    /// Refuses settings that differ from the settings of the existing volume.
    fn settings(&self, at: usize) -> Vec<Finding> {
        let Self { request, set, .. } = self;
        let Some(entry) = set.block_devices().get(at) else { return Vec::new() };
        let ebs = &entry["ebs"];
        let key = ["arn", "id"]
            .iter()
            .find_map(|it| ebs["kmsKey"][*it].as_str().filter(|it| !it.is_empty()));
        let number = |it: Option<u32>| it.map(|it| it.to_string());
        let there = |value: &Value| match value {
            Value::Null => "none".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let asked = [
            ("--volume-size", number(request.size), there(&ebs["volumeSize"])),
            ("--volume-type", request.kind.clone(), there(&ebs["volumeType"])),
            ("--iops", number(request.iops), there(&ebs["iops"])),
            ("--throughput", number(request.throughput), there(&ebs["throughputMib"])),
            ("--kms-key", request.kms_key.clone(), key.unwrap_or("none").to_owned()),
            ("--device-name", request.device_name.clone(), self.name.to_owned()),
        ];
        asked
            .into_iter()
            .filter_map(|(flag, asked, there)| Some((flag, asked?, there)))
            .filter(|(_, asked, there)| asked != there)
            .map(|(flag, asked, there)| {
                let message = format!(
                    "the template already has {}, with {there}: a change would replace every master once more",
                    self.name
                );
                Check::EtcdVolumeDiffers
                    .blocker(format!("{flag} {asked}"), message)
                    .hint("omit the flag, or remove the volume first: oc etcd remove-disk")
            })
            .collect()
    }
}

fn measure() -> Finding {
    let message =
        "measure etcd before the change, and compare a later measurement: `perf --compare`";
    Check::MastersReplaced
        .note("to compare later", message)
        .hint("oc etcd perf --for 5m --save before.json")
}

fn way_back() -> Finding {
    let message =
        "`remove-disk` removes the volume again, and every master is replaced a second time";
    Check::MastersReplaced.note("the way back", message).hint("oc etcd remove-disk")
}
