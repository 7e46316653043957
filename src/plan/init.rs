//! Plans `init`: the MachineConfigs, the user data and the pool, in the order in which they work.
//!
//! MachineConfigs come first and the pool last. The procedure creates the pool first: the pool is then degraded,
//! because it has no MachineConfigs, and from 4.16 on the operator refuses to add the disk.

mod adoption;
mod disk;
mod fixed_parts;
mod foreign;
mod generated;
mod pool;
mod request;
mod rollout;
mod user_data;

use std::collections::BTreeSet;

use super::compare::{Difference, is_same_content};
use super::ownership;
use super::sources::{self, Settings};
use super::{cure, dependents};
use crate::check::registration::{Instead, OR_DOCUMENTED};
use crate::check::worker_settings::{EtcdMachines, needed_type};
use crate::check::{
    Check, Finding, Severity, cluster, deletion, etcd_disk, etcd_user_data, finding, left_out,
    lost_settings, max_unavailable, mixed_roles, node_pools, node_tuning, node_updates, os_image,
    other_pools, overriding, permissions, refused_configs, registration, topology, worker_pool,
    worker_settings,
};
use crate::derive::machine::INSTANCE_TYPE;
use crate::model::field::holds_withheld;
use crate::model::hint::Hint;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::machine_config_author::is_generated_by_operator;
use crate::model::names;
use crate::model::object::{Object, ResourceVersion};
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::kubelet::boot::Boot;
use crate::plan::layout::LayoutChoice;
use crate::plan::reconcile::Wanted;
use crate::plan::{Change, ClusterSummary, Plan, Step, counterparts, layout, reconcile};

pub use self::generated::OPERATOR_TIME;
pub use self::request::InitRequest;
pub(crate) use self::rollout::{is_paused, outdated_copies};
pub use crate::plan::reconcile::{Adopt, Conflicts, WritePolicy};

/// The kinds of the objects that a plan compares.
const COMPARED: [Kind; 3] = [Kind::MachineConfig, Kind::MachineConfigPool, Kind::Secret];

/// The kinds that show whether a plan may write.
const WEIGHED: [Kind; 3] = [Kind::Machine, Kind::ClusterOperator, Kind::ValidatingAdmissionPolicy];

/// Plans `init` for a cluster.
#[must_use]
pub fn plan(snapshot: &Snapshot, request: &InitRequest) -> Plan {
    let adoptable = adoption::of_other_layout(snapshot, request);
    if !adoptable.is_empty() && request.write_policy.adopt == Adopt::SameContent {
        // The objects are then as an earlier run made them.
        let there = snapshot.clone().with_objects(adoptable.iter().cloned());
        let mut plan = planned(&there, request, &[]);
        for step in &mut plan.steps {
            if let Some(object) = adoptable.iter().find(|it| *it.reference() == step.object) {
                reconcile::mark_adopted(step, object);
            }
        }
        return plan;
    }
    planned(snapshot, request, &adoptable)
}

/// Plans `init`. `adoptable` are the objects of others that have the content of another layout.
fn planned(snapshot: &Snapshot, request: &InitRequest, adoptable: &[Object]) -> Plan {
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
    findings.extend(max_unavailable::finding(snapshot));
    let (decision, objections) = layout::choose(snapshot, request.layout);
    findings.extend(os_image::findings(snapshot, decision.layout));
    findings.extend(worker_pool::findings(snapshot, decision.layout));
    findings.extend(node_tuning::findings(snapshot, decision.layout));
    findings.extend(masters_unread(snapshot));
    findings.extend(objections);
    let (disk, finding) = disk::choose(snapshot, request);
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
    findings.extend(of_machines(snapshot, &settings, &boot, underived.is_empty()));
    findings.extend(refused_configs::findings(snapshot, &boot));
    let objects: Vec<&Object> = wanted.iter().map(|it| &it.object).collect();
    let overriding = overriding::findings(snapshot, decision.layout, &objects, &boot);
    findings.extend(overriding.into_iter().map(|it| it.at_most(worst_of_nodes(snapshot))));
    let user_data = user_data::wanted(snapshot, request, &mut findings);
    let disk = boot.machine_configs().iter().find(|it| it.name() == names::ETCD_DISK).copied();
    let of_user_data = user_data
        .iter()
        .flat_map(|it| etcd_user_data::findings(&it.object, &boot, disk, decision.layout));
    findings.extend(of_user_data.collect::<Vec<_>>());
    let irreconcilable = foreign::irreconcilable(snapshot, &boot, request.write_policy.adopt);
    wanted.extend(user_data);
    wanted.push(pool::wanted(snapshot, request, decision.layout));

    let names: BTreeSet<String> = wanted.iter().map(|it| it.object.name().to_owned()).collect();
    let (mut steps, may_adopt) =
        decided(snapshot, request, &decision, wanted, adoptable, &mut findings);
    findings.extend(disk::of_other_machines(snapshot, &steps));
    foreign::advise_on_layout(snapshot, &mut findings, may_adopt, irreconcilable.as_ref());
    findings.extend(irreconcilable);
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
    findings.extend(dependents::findings(snapshot, &steps));
    findings.extend(out_of_place(snapshot, &findings));
    steps.extend(generated::steps(snapshot, request, decision.layout, &mut findings));
    let writes_nothing = cure::writes_nothing(&steps);
    findings.extend(permissions::denied(snapshot, |it| {
        it.verb != "delete" && !(writes_nothing && matches!(it.verb, "create" | "patch"))
    }));
    findings.extend(rollout::waiting_upgrade(&steps));
    findings.push(members_note());
    let worst = if writes_nothing { Severity::Warning } else { Severity::Blocker };
    let unread = permissions::unreadable(snapshot, &WEIGHED);
    findings.extend(unread.into_iter().map(|it| it.at_most(worst)));
    findings.extend(cure::weighed(snapshot, decision.layout, &steps, cluster::calm(snapshot)));
    let mut findings = finding::normalize(findings, &request.ignored);
    let is_blocked = findings.iter().any(|it| it.severity == Severity::Blocker);
    let may_resume = !is_blocked && !cure::are_sources_changing(snapshot, decision.layout);
    findings.extend(rollout::reboots(snapshot, &steps));
    findings.extend(rollout::pause_for_upgrade(snapshot, decision.layout, &steps, may_resume));
    let findings = finding::normalize(findings, &request.ignored);
    Plan { cluster, layout: Some(decision), steps, findings }
}

/// Returns the steps for the wanted objects, and whether `--adopt` takes over each object of others.
fn decided(
    snapshot: &Snapshot,
    request: &InitRequest,
    decision: &layout::LayoutDecision,
    wanted: Vec<Wanted>,
    adoptable: &[Object],
    findings: &mut Vec<Finding>,
) -> (Vec<Step>, bool) {
    let (mut steps, mut may_adopt) = (Vec::new(), true);
    for it in wanted {
        let of_others = snapshot.get(it.object.reference()).filter(|it| !is_ours(it));
        let is_same = of_others.is_some_and(|found| is_same_content(found, &it.object));
        let is_fixed = !is_same && foreign::is_fixed(snapshot, decision.layout, &it.object);
        let (step, found) = reconcile::reconcile(snapshot, it, &request.write_policy);
        let is_adoptable = adoptable.iter().any(|it| *it.reference() == step.object);
        may_adopt &= !matches!(step.change, Change::LeftToOwner) || is_same || is_adoptable;
        if is_adoptable {
            findings.push(adoption::adoptable(&step.object));
        } else if is_fixed {
            findings.extend(found.into_iter().map(|it| foreign::fixed(snapshot, &step.object, it)));
        } else {
            findings.extend(found);
        }
        steps.push(step);
    }
    (steps, may_adopt)
}

/// Returns the findings about machines that boot with the MachineConfigs of the pool, all of which could be derived, or
/// not.
fn of_machines(
    snapshot: &Snapshot,
    settings: &Settings<'_>,
    boot: &Boot<'_>,
    is_derived: bool,
) -> Vec<Finding> {
    let layout = settings.layout;
    let mut findings = Vec::new();
    // Without a MachineConfig that could not be derived, what the pool will render cannot be predicted; its source
    // has a finding.
    if is_derived {
        let found = registration(snapshot, settings, boot);
        findings.extend(found.map(|it| node_updates::with_nodes(snapshot, it)));
    }
    findings.extend(registration::uncertain(boot, layout));
    let machines = etcd_disk::Machines::of_etcd(snapshot);
    findings.extend(etcd_disk::predicted(boot, machines));
    let formatting = formatting(snapshot, settings, boot, machines).into_iter();
    findings.extend(formatting.map(|it| it.at_most(worst_of_nodes(snapshot))));
    findings.extend(of_workers(snapshot, layout, boot));
    findings.extend(lost_settings::findings(snapshot, layout, boot.machine_configs()));
    findings.extend(counterparts::generated_lost(snapshot, layout));
    findings
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

/// Reports MachineConfigs of `init` that other pools get. Without the flag, `init` does not overwrite the change of
/// somebody else.
fn out_of_place(snapshot: &Snapshot, findings: &[Finding]) -> Vec<Finding> {
    let is_conflict = |it: &Finding| (it.check, it.severity) == (Check::Drifted, Severity::Blocker);
    let has_conflicts = findings.iter().any(is_conflict);
    let found = other_pools::findings(snapshot).into_iter();
    let with_flag =
        |it: Hint| if has_conflicts { it.with_flag("init", "force-conflicts") } else { it };
    found.map(|it| Finding { hint: it.hint.map(with_flag), ..it }).collect()
}

fn moves_to_inherit(snapshot: &Snapshot, layout: Layout) -> bool {
    layout == Layout::Inherit
        && crate::check::pool_policy::existing(snapshot) == Some(Layout::Documented)
}

/// Reports settings of the workers or the masters that do not fit etcd machines.
fn of_workers(snapshot: &Snapshot, layout: Layout, boot: &Boot<'_>) -> Vec<Finding> {
    // Who has a pool has chosen an instance type.
    let worst_of_capacity = match snapshot.pool(names::ETCD) {
        None => Severity::Warning,
        Some(_) => Severity::Note,
    };
    let instance_type = needed_type(snapshot).unwrap_or(INSTANCE_TYPE);
    let machines = EtcdMachines { instance_type, layout, worst_of_capacity };
    let found = worker_settings::findings(snapshot, boot, machines).into_iter();
    found.map(|it| it.at_most(worst_of_nodes(snapshot))).collect()
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
    let instead = other_layout(snapshot, settings).filter(|(other, wanted)| {
        registration::predicted(&boot(snapshot, *other, wanted), None).is_none()
    });
    registration::predicted(machine, instead.map(|(other, _)| Instead::Layout(other)))
}

/// Reports what formats or mounts the disk of etcd. The layout documented is a way out before there is a pool, where the
/// masters' MachineConfigs do not format the disk.
fn formatting(
    snapshot: &Snapshot,
    settings: &Settings<'_>,
    machine: &Boot<'_>,
    machines: etcd_disk::Machines<'_>,
) -> Vec<Finding> {
    let found = etcd_disk::formatting(machine, machines);
    let is_new = settings.layout == Layout::Inherit && snapshot.pool(names::ETCD).is_none();
    let instead = || {
        other_layout(snapshot, settings).filter(|(other, wanted)| {
            etcd_disk::formatting(&boot(snapshot, *other, wanted), machines).is_empty()
        })
    };
    if found.is_empty() || !is_new || instead().is_none() {
        return found;
    }
    let or_documented = |it: Finding| match it.hint.clone() {
        // A change of the MachineConfig is the better way, where there is one.
        Some(hint) if hint.commands().next().is_none() => it.hint(format!("{hint}{OR_DOCUMENTED}")),
        _ => it,
    };
    found.into_iter().map(or_documented).collect()
}

/// Returns the other layout with its MachineConfigs, if nothing refuses the layout.
fn other_layout(snapshot: &Snapshot, settings: &Settings<'_>) -> Option<(Layout, Vec<Wanted>)> {
    let other = match settings.layout {
        Layout::Documented => Layout::Inherit,
        Layout::Inherit => Layout::Documented,
    };
    let (wanted, found) =
        sources::machine_configs(snapshot, &Settings { layout: other, ..*settings });
    let (_, objections) = layout::choose(snapshot, LayoutChoice::Only(other));
    let mut all = objections.iter().chain(&found);
    (!all.any(|it| it.severity == Severity::Blocker)).then_some((other, wanted))
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

/// Returns the note that etcd's operator runs no member on these machines.
#[must_use]
pub fn members_note() -> Finding {
    let message = "the machines are prepared for etcd, but OpenShift's etcd operator does not place etcd \
                   members on them";
    Check::EtcdMembersUnmanaged.warning("cluster", message)
}
