//! Plans `init`: the MachineConfigs, the user data and the pool, in the order in which they work.
//!
//! MachineConfigs come first and the pool last. The procedure creates the pool first: the pool is then degraded,
//! because it has no MachineConfigs, and from 4.16 on the operator refuses to add the disk.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::compare::{self, Difference};
use super::cure;
use super::first_boot::FirstBoot;
use super::ownership;
use super::sources::{self, DiskSource, REGISTRIES, Settings};
use crate::check::pool::RESUME;
use crate::check::{
    Check, Finding, Severity, cluster, deletion, etcd_disk, finding, left_out, lost_settings,
    machine_user_data, mixed_roles, node_pools, os_image, permissions, registration, topology,
    worker_pool,
};
use crate::derive::disk::{self, Disk};
use crate::derive::machine_config;
use crate::derive::pool::{self, RequiredForUpgrade};
use crate::derive::user_data;
use crate::model::field::holds_withheld;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::machine_config_author::{is_generated_by_operator, is_only_ours};
use crate::model::names;
use crate::model::object::{Object, ObjectRef, ResourceVersion};
use crate::model::ours::name_of_copy;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::kubelet::boot::Boot;
use crate::plan::layout::LayoutChoice;
use crate::plan::reconcile::Wanted;
use crate::plan::{Change, ClusterSummary, Plan, Step, layout, reconcile};

pub use crate::plan::reconcile::{Adopt, Conflicts, WritePolicy};

/// The time that the operator has to make `99-etcd-generated-registries`, counted from the pool.
pub const OPERATOR_TIME: SignedDuration = SignedDuration::from_secs(30);

/// The request of `init`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitRequest {
    /// `--layout`
    pub layout: LayoutChoice,
    /// `--first-boot`; `None` keeps what was chosen before, or is auto.
    pub first_boot: Option<FirstBoot>,
    /// `--disk-device`; `None` keeps the existing setting, or probes.
    pub disk: Option<Disk>,
    /// `--no-required-for-upgrade`; `None` keeps the existing label, or sets the label.
    pub required_for_upgrade: Option<RequiredForUpgrade>,
    /// `--adopt`, `--force-conflicts`, `--field-manager`
    pub write_policy: WritePolicy,
    /// `--ignore-checks`
    pub ignored: BTreeSet<Check>,
    /// The version of this tool, for the annotation.
    pub tool_version: String,
}

impl InitRequest {
    /// A request with every flag at its default.
    #[must_use]
    pub fn new(tool_version: &str) -> Self {
        Self {
            layout: LayoutChoice::Auto,
            first_boot: None,
            disk: None,
            required_for_upgrade: None,
            write_policy: WritePolicy {
                field_manager: names::FIELD_MANAGER.to_owned(),
                adopt: Adopt::No,
                conflicts: Conflicts::Refuse,
            },
            ignored: BTreeSet::new(),
            tool_version: tool_version.to_owned(),
        }
    }
}

/// The kinds of the objects that a plan compares.
const COMPARED: [Kind; 3] = [Kind::MachineConfig, Kind::MachineConfigPool, Kind::Secret];

/// The kinds that show whether a plan may write.
const WEIGHED: [Kind; 3] = [Kind::Machine, Kind::ClusterOperator, Kind::ValidatingAdmissionPolicy];

/// Plans `init` for a cluster.
#[must_use]
pub fn plan(snapshot: &Snapshot, request: &InitRequest) -> Plan {
    let cluster = ClusterSummary::of(snapshot);
    let unsuitable = cluster::suitability(snapshot);
    if !unsuitable.is_empty() {
        let needed = [COMPARED, WEIGHED].concat();
        let all =
            permissions::with_all_denied(unsuitable, snapshot, &needed, |it| it.verb != "delete");
        let findings = finding::normalize(all, &request.ignored);
        return Plan { cluster, layout: None, steps: Vec::new(), findings };
    }
    let mut findings = permissions::unreadable(snapshot, &COMPARED);
    findings.extend(cluster::untested(snapshot));
    findings.extend(deletion::of_pool(snapshot));
    findings.extend(topology::control_plane(snapshot));
    let is_unknown = |kind| snapshot.why_unreadable(kind).is_some();
    if is_unknown(Kind::MachineConfig) || is_unknown(Kind::MachineConfigPool) {
        // An object that was not read may exist: nothing can be planned.
        findings.extend(permissions::denied(snapshot, |it| it.verb != "delete"));
        findings.extend(permissions::unreadable(snapshot, &WEIGHED));
        findings.extend(cluster::calm(snapshot));
        let findings = finding::normalize(findings, &request.ignored);
        return Plan { cluster, layout: None, steps: Vec::new(), findings };
    }
    findings.extend(mixed_roles(snapshot));
    findings.extend(node_pools::findings(snapshot, worst_of_nodes(snapshot)));
    let (decision, objections) = layout::choose(snapshot, request.layout);
    findings.extend(os_image::findings(snapshot, decision.layout));
    findings.extend(worker_pool::findings(snapshot, decision.layout));
    findings.extend(masters_unread(snapshot));
    findings.extend(objections);
    let (disk, finding) = choose_disk(snapshot, request);
    findings.extend(finding);
    let settings = Settings {
        layout: decision.layout,
        first_boot: request.first_boot,
        disk: &disk,
        tool_version: &request.tool_version,
    };
    let (mut wanted, found) = sources::machine_configs(snapshot, &settings);
    let found: Vec<Finding> = found.into_iter().map(|it| about_withheld(snapshot, it)).collect();
    let underived = underived(&found);
    findings.extend(found);
    findings.extend(left_out::findings(snapshot, decision.layout));
    let boot = boot(snapshot, decision.layout, &wanted);
    // Without a MachineConfig that could not be derived, what the pool will render cannot be predicted; its source
    // has a finding.
    if underived.is_empty() {
        findings.extend(registration(snapshot, &settings, &boot));
    }
    // `status`, which leaves the templates out, does not ask this.
    if !snapshot.holds_metadata_only() {
        findings.extend(registration::uncertain(&boot, decision.layout));
    }
    findings.extend(etcd_disk::predicted(&boot));
    findings.extend(etcd_disk::formatting(&boot));
    findings.extend(lost_settings::findings(snapshot, decision.layout, boot.machine_configs()));
    findings.extend(sources::generated_lost(snapshot, decision.layout));
    wanted.extend(user_data(snapshot, request, &mut findings));
    wanted.push(pool(snapshot, request, decision.layout));

    let names: BTreeSet<String> = wanted.iter().map(|it| it.object.name().to_owned()).collect();
    let mut steps = Vec::new();
    for it in wanted {
        let (step, found) = reconcile::reconcile(snapshot, it, &request.write_policy);
        steps.push(step);
        findings.extend(found);
    }
    if moves_to_inherit(snapshot, decision.layout) {
        // The MachineConfigs shrink to what workers lack: the pool must select the workers' before.
        steps.sort_by_key(|step| step.object.kind != Kind::MachineConfigPool);
    }
    let removals = removals(snapshot, &names, &underived);
    let removed = || removals.iter().filter(|it| it.change.is_write());
    findings.extend(removed().flat_map(|it| edits(snapshot, it, &request.write_policy)));
    if removed().next().is_some() {
        findings.extend(permissions::denied(snapshot, |it| it.verb == "delete"));
    }
    steps.extend(removals);
    steps.extend(operators_own(snapshot, request, decision.layout, &mut findings));
    let writes_nothing = cure::writes_nothing(&steps);
    findings.extend(permissions::denied(snapshot, |it| {
        it.verb != "delete" && !(writes_nothing && matches!(it.verb, "create" | "patch"))
    }));
    findings.extend(waiting_upgrade(&steps));
    findings.push(members_note());
    let worst = if writes_nothing { Severity::Warning } else { Severity::Blocker };
    let unread = permissions::unreadable(snapshot, &WEIGHED);
    findings.extend(unread.into_iter().map(|it| it.at_most(worst)));
    findings.extend(cure::weighed(snapshot, decision.layout, &steps, cluster::calm(snapshot)));
    let mut findings = finding::normalize(findings, &request.ignored);
    let is_blocked = findings.iter().any(|it| it.severity == Severity::Blocker);
    let may_resume = !is_blocked && !cure::are_sources_changing(snapshot, decision.layout);
    findings.extend(reboots(snapshot, &steps, may_resume));
    findings.extend(pause_for_upgrade(snapshot, decision.layout, &steps, may_resume));
    let findings = finding::normalize(findings, &request.ignored);
    Plan { cluster, layout: Some(decision), steps, findings }
}

/// Returns the severity of a finding about the Nodes of the pool. If the pool exists, the pool manages the Nodes
/// already, and a refresh of the pool must stay possible.
fn worst_of_nodes(snapshot: &Snapshot) -> Severity {
    match snapshot.pool(names::ETCD) {
        None => Severity::Blocker,
        Some(_) => Severity::Warning,
    }
}

/// Reports objects of the masters that every cluster has and that were not read.
fn masters_unread(snapshot: &Snapshot) -> Option<Finding> {
    if snapshot.pool(names::MASTER).is_none() {
        let message = "every cluster has this pool, and it was not among the pools that were read";
        return Some(Check::Unreadable.blocker("machineconfigpool/master", message));
    }
    let message = "every cluster has MachineConfigs with the role master, and none was read";
    let is_read = snapshot.machine_configs_of(names::MASTER).next().is_some();
    (!is_read).then(|| Check::Unreadable.blocker("machineconfigs", message))
}

/// Reports Nodes that a new pool would manage without being made for etcd.
fn mixed_roles(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    let worst = worst_of_nodes(snapshot);
    let found = mixed_roles::findings(snapshot).into_iter();
    found.map(move |it| Finding { severity: worst, ..it })
}

fn moves_to_inherit(snapshot: &Snapshot, layout: Layout) -> bool {
    layout == Layout::Inherit
        && crate::check::pool_policy::existing(snapshot) == Some(Layout::Documented)
}

/// Returns the requested disk, else the existing disk, else the probe. A MachineConfig of the older form stays in a
/// rendered pool.
fn choose_disk<'a>(
    snapshot: &'a Snapshot,
    request: &InitRequest,
) -> (DiskSource<'a>, Option<Finding>) {
    let subject = format!("machineconfig/{}", disk::NAME);
    let existing = snapshot.machine_config(disk::NAME).filter(|it| is_ours(it));
    let is_rendered = snapshot.rendered_name(names::ETCD).is_some();
    let older = existing.filter(|it| disk::is_older_form(it));
    if let Some(older) = older.filter(|_| is_rendered) {
        let device = older.text("/spec/config/storage/disks/0/device").unwrap_or("a device");
        let message = format!(
            "an earlier version of oc-etcd created this object: Ignition creates a partition and a file \
             system on {device} even if the disk contains data; the operator refuses to change this in a rendered pool"
        );
        let finding = match request.disk {
            Some(_) => Check::DiskDeviceUncertain.blocker(subject, message),
            None => Check::DiskDeviceUncertain.warning(subject, message),
        };
        return (DiskSource::Older(older), Some(finding.hint("oc etcd teardown")));
    }
    let named = older.and_then(|it| it.text("/spec/config/storage/disks/0/device"));
    let wanted = request
        .disk
        .clone()
        .or_else(|| named.and_then(Disk::device))
        .or_else(|| existing.and_then(Disk::of))
        .unwrap_or_default();
    let finding = match &wanted {
        Disk::Device(path) if path.starts_with("/dev/nvme") => {
            let message = format!(
                "NVMe device names can differ between machines and boots: a machine whose etcd disk is not \
                 {path} creates no file system and stops at boot"
            );
            Some(
                Check::DiskDeviceUncertain
                    .warning(subject, message)
                    .hint("oc etcd init --disk-device=probe"),
            )
        }
        _ => None,
    };
    (DiskSource::New(wanted), finding)
}

/// The machines of the pool, once the MachineConfigs are written.
fn boot<'a>(snapshot: &'a Snapshot, layout: Layout, wanted: &'a [Wanted]) -> Boot<'a> {
    Boot::of(registration::selected(snapshot, layout, wanted.iter().map(|it| &it.object)))
}

/// Reports that machines of the pool would not register as etcd alone.
fn registration(
    snapshot: &Snapshot,
    settings: &Settings<'_>,
    machine: &Boot<'_>,
) -> Option<Finding> {
    // The rendered MachineConfig answers where the templates were left out (`super::large_templates`).
    if snapshot.holds_metadata_only() {
        return None;
    }
    registration::predicted(machine, None)?;
    // The other layout is the way out where it has no such fault.
    let (other, command) = match settings.layout {
        Layout::Documented => (Layout::Inherit, "oc etcd init --layout=inherit"),
        Layout::Inherit => (Layout::Documented, "oc etcd init --layout=documented"),
    };
    let (instead, found) =
        sources::machine_configs(snapshot, &Settings { layout: other, ..*settings });
    let (_, objections) = layout::choose(snapshot, LayoutChoice::Only(other));
    let is_refused = objections.iter().chain(&found).any(|it| it.severity == Severity::Blocker)
        || registration::predicted(&boot(snapshot, other, &instead), None).is_some();
    registration::predicted(machine, (!is_refused).then_some(command))
}

fn user_data(
    snapshot: &Snapshot,
    request: &InitRequest,
    findings: &mut Vec<Finding>,
) -> Option<Wanted> {
    let secret = |name| ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, name);
    if snapshot.is_unreadable(&secret(names::ETCD_USER_DATA)) {
        return None;
    }
    let Some(source) = snapshot.machine_secret(names::MASTER_USER_DATA) else {
        if !snapshot.is_unreadable(&secret(names::MASTER_USER_DATA)) {
            let subject = format!("secret/{}", names::MASTER_USER_DATA);
            findings.push(
                Check::SourceMissing
                    .blocker(subject, "the object does not exist; the installer creates it"),
            );
        }
        return None;
    };
    match user_data::derive(source, &request.tool_version) {
        Ok((object, because)) => {
            findings.extend(machine_user_data::without_authority(source));
            let subject = source.reference().to_string();
            let config = user_data::decode(source).ok();
            findings.extend(config.and_then(|it| etcd_disk::formatting_by(&subject, &it)));
            Some(Wanted { object, because })
        }
        Err(error) => {
            findings.push(Check::UserDataInvalid.blocker(source.reference(), error.to_string()));
            None
        }
    }
}

fn pool(snapshot: &Snapshot, request: &InitRequest, layout: Layout) -> Wanted {
    let existing = snapshot.pool(names::ETCD).filter(|pool| is_ours(pool));
    let kept = existing.map(|pool| match pool.label(names::POOL_REQUIRED) {
        Some(_) => RequiredForUpgrade::Yes,
        None => RequiredForUpgrade::No,
    });
    let required = request.required_for_upgrade.or(kept).unwrap_or_default();
    let object =
        pool::derive(snapshot.pool(names::MASTER), layout, required, &request.tool_version);
    // The admin decides whether an existing pool is paused.
    let object = match existing.and_then(|pool| pool.get("/spec/paused")) {
        Some(paused) => {
            let mut spec = object.get("/spec").cloned().unwrap_or_default();
            spec["paused"] = paused.clone();
            object.with("spec", spec)
        }
        None => object,
    };
    let because = match layout {
        Layout::Documented => "role etcd",
        Layout::Inherit => "role etcd, extends worker",
    };
    Wanted { object, because: because.to_owned() }
}

/// Rewords a finding about a source of which a sanitizer withheld a part: whether the source is as expected
/// is unknown then.
fn about_withheld(snapshot: &Snapshot, finding: Finding) -> Finding {
    let source = finding.subject.strip_prefix("machineconfig/");
    let source = source.and_then(|name| snapshot.machine_config(name));
    if finding.check == Check::SourceUnexpected
        && finding.severity == Severity::Blocker
        && source.is_some_and(|it| holds_withheld(it.body()))
    {
        let message =
            "the files withhold parts of the object, so the content of its copy is unknown";
        return Check::Unreadable.warning(finding.subject, message);
    }
    finding
}

/// The sources from which nothing could be derived, as annotations name them.
fn underived(found: &[Finding]) -> BTreeSet<String> {
    let is_it = |it: &&Finding| match it.check {
        Check::SourceUnexpected => it.severity == Severity::Blocker,
        Check::SourceMissing | Check::Unreadable => true,
        _ => false,
    };
    found.iter().filter(is_it).map(|it| it.subject.clone()).collect()
}

/// Returns the removal of the MachineConfigs of oc-etcd that this plan does not need: their source no longer exists, or
/// the layout has changed. The MachineConfigs are removed after the pool is written, because the pool may need the
/// MachineConfigs until then.
///
/// A copy stays if its source exists and could not be read or used: the wanted copy is then unknown.
fn removals(
    snapshot: &Snapshot,
    wanted: &BTreeSet<String>,
    underived: &BTreeSet<String>,
) -> Vec<Step> {
    snapshot
        .machine_configs_of(names::ETCD)
        .filter(|it| is_ours(it) && !wanted.contains(it.name()) && !is_generated_by_operator(it))
        .map(|it| {
            let source = it.annotation(names::SOURCE).unwrap_or("its source");
            let (change, because) = if source == names::FIELD_MANAGER {
                // Ours alone are wanted whenever it is known how to write them.
                (Change::Unknown, "kept: the masters' Ignition version is unknown".to_owned())
            } else if underived.contains(source) {
                (Change::Unknown, format!("kept: {source} could not be read or parsed"))
            } else {
                (
                    Change::Remove { before: ResourceVersion::of(it) },
                    format!("{source} is no longer copied"),
                )
            };
            Step { object: it.reference().clone(), change, because }
        })
        .collect()
}

/// Reports the edits of others in an object that is deleted.
fn edits(snapshot: &Snapshot, removal: &Step, policy: &WritePolicy) -> Vec<Finding> {
    let Some(existing) = snapshot.get(&removal.object) else { return Vec::new() };
    let whole = [Difference { path: vec!["spec".to_owned()], what: "spec".to_owned() }];
    let conflicts = ownership::conflicts(existing, &whole, &policy.field_manager);
    reconcile::report(existing, conflicts, policy)
}

/// Plans the objects that the operator makes for the pool, and the fallback when the operator does not.
fn operators_own(
    snapshot: &Snapshot,
    request: &InitRequest,
    layout: Layout,
    findings: &mut Vec<Finding>,
) -> Vec<Step> {
    let registries = name_of_copy(REGISTRIES);
    let mut steps: Vec<Step> = snapshot
        .machine_configs_of(names::ETCD)
        .filter(|it| is_generated_by_operator(it) && it.name() != registries)
        .map(|it| leave(it, None))
        .collect();
    let existing = snapshot.machine_config(&registries);
    let source = snapshot.machine_config(REGISTRIES);
    let copy = source.and_then(|it| match machine_config::copy(it, &request.tool_version) {
        Ok(copy) => Some(copy),
        Err(error) => {
            findings.push(Check::SourceUnexpected.blocker(it.reference(), error.to_string()));
            None
        }
    });
    match (existing, copy) {
        (Some(existing), Some(copy)) if layout == Layout::Documented && is_only_ours(existing) => {
            let because = format!("copy of {REGISTRIES}");
            let wanted = Wanted { object: copy, because };
            let (step, found) = reconcile::reconcile(snapshot, wanted, &request.write_policy);
            steps.push(step);
            findings.extend(found);
        }
        (Some(existing), _) => steps.push(leave(existing, None)),
        (None, Some(copy)) if layout == Layout::Documented => {
            let object = copy.reference().clone();
            if had_its_time(snapshot) {
                let because = format!("copy of {REGISTRIES}, which the operator has not generated");
                steps.push(Step { object, change: Change::Create(copy), because });
            } else {
                steps.push(leave(&copy.clone(), Some(copy)));
            }
        }
        (None, _) => {}
    }
    steps
}

fn leave(object: &Object, fallback: Option<Object>) -> Step {
    let because = match fallback {
        None => "generated by the Machine Config Operator".to_owned(),
        Some(_) => format!(
            "the Machine Config Operator generates the object; copied after {} s otherwise",
            OPERATOR_TIME.as_secs()
        ),
    };
    let object = object.reference().clone();
    Step { object, change: Change::LeftToOperator { fallback }, because }
}

fn had_its_time(snapshot: &Snapshot) -> bool {
    let made = snapshot.pool(names::ETCD).and_then(|pool| pool.text("/metadata/creationTimestamp"));
    let made: Option<Timestamp> = made.and_then(|text| text.parse().ok());
    made.is_some_and(|made| snapshot.read_at.duration_since(made) >= OPERATOR_TIME)
}

/// Returns whether an admin paused the etcd pool.
pub(crate) fn is_paused(snapshot: &Snapshot) -> bool {
    let pool = snapshot.pool(names::ETCD);
    pool.is_some_and(|pool| pool.get("/spec/paused") == Some(&true.into()))
}

/// What an upgrade does to a pool of copies.
const NOT_UPDATED: &str = "the copies are not updated by a cluster upgrade: pause the pool before an upgrade, run \
                           init during the upgrade, and then resume the pool";

/// The command that keeps the nodes of the pool as they are.
const PAUSE: &str =
    "oc patch machineconfigpool/etcd --type=merge -p '{\"spec\":{\"paused\":true}}'";

/// Reports the effect of an upgrade on a pool of copies: the operator renders the new operating system with
/// the copies of the older release, and 4.22's kubelet refuses a flag of 4.21.
fn pause_for_upgrade(
    snapshot: &Snapshot,
    layout: Layout,
    steps: &[Step],
    may_resume: bool,
) -> Option<Finding> {
    let pool = "machineconfigpool/etcd";
    if layout != Layout::Documented {
        return None;
    }
    if snapshot.pool(names::ETCD).is_none() {
        // What does not exist yet cannot be paused.
        return Some(Check::UpgradeNeedsPause.note(pool, NOT_UPDATED));
    }
    let is_upgrading = snapshot.upgrade_under_way().is_some();
    let is_changing = cure::are_sources_changing(snapshot, layout);
    let refreshes = steps.iter().any(|step| step.change.is_write());
    match (is_upgrading, is_paused(snapshot)) {
        (false, false) => {
            let hint = format!("before an upgrade: {PAUSE}");
            Some(Check::UpgradeNeedsPause.note(pool, NOT_UPDATED).hint(hint))
        }
        (true, false) if is_changing || refreshes => {
            let message = "an upgrade is in progress and the pool is not paused: the nodes may get the new \
                           operating system with the copies of the old release";
            Some(Check::UpgradeNeedsPause.warning(pool, message).hint(PAUSE))
        }
        (true, true) if may_resume && !refreshes => {
            let message = "the copies have the new release: the pool can be resumed";
            Some(Check::UpgradeNeedsPause.note(pool, message).hint(RESUME))
        }
        (false, true) | (true, _) => None,
    }
}

/// Reports that an upgrade of the cluster waits for the pool, where this plan makes it so.
fn waiting_upgrade(steps: &[Step]) -> Option<Finding> {
    let pool = steps.iter().find(|step| step.object.kind == Kind::MachineConfigPool)?;
    pool.change.wanted()?.label(names::POOL_REQUIRED)?;
    let message = "a cluster upgrade completes only after the nodes of this pool are upgraded";
    let hint = "`oc etcd init --no-required-for-upgrade`, if upgrades must not wait for this pool";
    Some(Check::UpgradeWaitsForPool.note(&pool.object, message).hint(hint))
}

/// A change of a MachineConfig rolls through the nodes of an existing pool.
fn reboots(snapshot: &Snapshot, steps: &[Step], may_resume: bool) -> Option<Finding> {
    snapshot.pool(names::ETCD)?;
    let nodes = snapshot.etcd_nodes().count();
    let is_rendered_anew = |step: &Step| {
        let existing = snapshot.get(&step.object);
        let is_same = existing
            .zip(step.change.wanted())
            .is_some_and(|(existing, wanted)| compare::is_same_content(existing, wanted));
        step.object.kind == Kind::MachineConfig && step.change.is_write() && !is_same
    };
    (nodes > 0 && steps.iter().any(is_rendered_anew)).then(|| {
        if is_paused(snapshot) {
            let message = "the pool is paused: the nodes keep their configuration, and reboot one after the \
                           other when the pool is resumed";
            let finding = Check::StaleAfterUpgrade.note("machineconfigpool/etcd", message);
            // Nodes that are resumed now would get the new operating system with the copies of the old release.
            return if may_resume {
                finding.hint(format!("to resume the pool: {RESUME}"))
            } else {
                finding
            };
        }
        let nodes = if nodes == 1 { "the node reboots".to_owned() } else { format!("the {nodes} nodes \
                                     reboot one after the other") };
        let message = format!("the operator renders the pool again and {nodes}");
        Check::StaleAfterUpgrade
            .warning("machineconfigpool/etcd", message)
            .hint(format!("to choose the time of the reboots, pause the pool: {PAUSE}"))
    })
}

/// Returns the note that etcd's operator runs no member on these machines.
#[must_use]
pub fn members_note() -> Finding {
    let message = "the machines are prepared for etcd, but OpenShift's etcd operator does not place etcd \
                   members on them";
    Check::EtcdMembersUnmanaged.warning("cluster", message)
}
