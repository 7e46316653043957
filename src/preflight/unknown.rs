//! Which checks could not be judged, and why.

use crate::check::{Asker, Category, Check, Finding, Severity, cluster};
use crate::model::kind::Kind;
use crate::model::snapshot::{Snapshot, Unreadable, UnreadableReason};
use crate::plan::Plan;
use crate::platform::aws;

/// Every check that could not be judged. `init` is the plan that tells what it could not look at.
pub(crate) fn unknown(snapshot: &Snapshot, init: &Plan) -> Vec<(Check, String)> {
    let ended = ended(snapshot, init);
    let is_unseen = |check| is_unseen(check, ended);
    let refused_at = unsuitable(init);
    let mut unknown = Vec::new();
    for (index, &check) in Check::ALL.iter().enumerate() {
        let plan = if is_unseen(check) { PLAN.as_slice() } else { &[] };
        let mut needed = check.about().reads.iter().chain(plan).copied();
        if let Some(it) = needed.find_map(|it| unread(snapshot, it)) {
            // By name if one object could not be read.
            let what = it.name().map_or(it.kind.resource().plural, |_| it.what.as_str());
            unknown.push((check, format!("{what} could not be read")));
        } else if let Some(part) = withheld_part(snapshot, check) {
            unknown.push((check, format!("{part} is withheld")));
        } else if matches!(check, Check::Drifted | Check::StaleAfterUpgrade)
            && let Some(step) = init.unknown().next()
        {
            unknown.push((check, format!("{} could not be compared", step.object)));
        } else if refused_at.is_some_and(|at| index > at) && check.about().category != PERMISSIONS {
            unknown.push((check, "not asked".to_owned()));
        } else if is_unseen(check)
            && let Some(it) = init.findings.iter().find(|it| it.check == Check::Unreadable)
        {
            unknown.push((check, format!("{} could not be read", it.subject)));
        } else if let Some(it) = withheld(init).filter(|_| is_of_kubelet(check)) {
            unknown.push((check, format!("{} contains withheld parts", it.subject)));
        } else if check == Check::UserDataCaMissing
            && let Some(it) = init
                .findings
                .iter()
                .find(|it| it.check == Check::UserDataInvalid && it.severity == Severity::Blocker)
        {
            unknown.push((check, format!("{} is not valid", it.subject)));
        } else if check == Check::PermissionDenied && snapshot.permissions.is_empty() {
            unknown.push((check, "permissions were not checked".to_owned()));
        }
    }
    unknown
}

/// The point at which the plan of `init` ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// After the question whether oc-etcd can be used on the cluster.
    Unsuitable,
    /// Before the pool and the MachineConfigs.
    WithoutPool,
    /// The plan is whole.
    Whole,
}

fn ended(snapshot: &Snapshot, init: &Plan) -> Ended {
    if init.layout.is_some() {
        Ended::Whole
    } else if cluster::suitability(snapshot).is_empty() {
        Ended::WithoutPool
    } else {
        Ended::Unsuitable
    }
}

/// The kinds without which the plan of `init` ends early.
const PLAN: [Kind; 4] =
    [Kind::Infrastructure, Kind::ClusterVersion, Kind::MachineConfigPool, Kind::MachineConfig];

/// Returns whether a plan that ended early has not looked at a check, and no other judgment has.
fn is_unseen(check: Check, ended: Ended) -> bool {
    let is_of_plan = check.is_asked_by(Asker::Init)
        || check.is_asked_by(Asker::AddMachine) && !check.is_asked_by(Asker::Status);
    let category = check.about().category;
    match ended {
        Ended::Whole => false,
        Ended::Unsuitable => {
            is_of_plan && !matches!(category, Category::Cluster | Category::Permissions)
                || matches!(category, Category::Sources | Category::Pool)
        }
        Ended::WithoutPool => {
            matches!(category, Category::Sources | Category::Pool)
                || check == Check::DiskDeviceUncertain
        }
    }
}

const fn is_of_kubelet(check: Check) -> bool {
    matches!(check, Check::KubeletRoleWrong | Check::KubeletUncertain)
}

/// Returns the part of a provider spec that a check decides on, and that files withhold.
fn withheld_part(snapshot: &Snapshot, check: Check) -> Option<String> {
    let rests_on: fn(&[&str]) -> bool = match check {
        Check::ZoneSubnetMismatch => |it| is_zone(it) || it[0] == "subnet",
        Check::EdgeZone => is_zone,
        // A Node tells the architecture; without a Node, the instance type does.
        Check::InstanceArchitectureMismatch if snapshot.masters_architecture().is_some() => {
            return None;
        }
        Check::InstanceArchitectureMismatch => |it| it[0] == "instanceType",
        Check::MastersOptionsBound => aws::inherited::is_told,
        Check::UserDataInvalid => |it| it[0] == "userDataSecret",
        _ => return None,
    };
    let has_spec = |kind: &&Kind| {
        matches!(kind, Kind::Machine | Kind::MachineSet | Kind::ControlPlaneMachineSet)
    };
    let mut all = check.about().reads.iter().filter(has_spec).flat_map(|it| snapshot.all(*it));
    all.find_map(|it| aws::withheld_part_of(it, rests_on))
}

fn is_zone(path: &[&str]) -> bool {
    matches!(path, ["placement"] | ["placement", "availabilityZone", ..])
}

/// The MachineConfig that keeps the role of the kubelet from being known.
fn withheld(init: &Plan) -> Option<&Finding> {
    let is_it =
        |it: &&Finding| it.check == Check::Unreadable && it.subject.starts_with("machineconfig/");
    init.findings.iter().find(is_it)
}

const PERMISSIONS: Category = Category::Permissions;

/// Returns the position of the check that found the cluster unsuitable: no later check is judged.
fn unsuitable(init: &Plan) -> Option<usize> {
    let is_it = |check: Check| {
        let about = check.about();
        about.category == Category::Cluster
            && init.findings.iter().any(|it| it.check == check && it.severity == Severity::Blocker)
    };
    Check::ALL.iter().position(|check| is_it(*check))
}

/// Returns whether a kind that the release has could not be read, all of it or a part.
pub(crate) fn is_unread(snapshot: &Snapshot, kind: Kind) -> bool {
    unread(snapshot, kind).is_some()
}

/// Returns whether all that a check reads and that could not be read are Secrets that the user may not read, as a viewer.
pub(crate) fn rests_on_forbidden_secrets(snapshot: &Snapshot, check: Check) -> bool {
    let is_read = |it: &&Unreadable| check.about().reads.contains(&it.kind);
    let is_secret =
        |it: &Unreadable| (it.kind, &it.reason) == (Kind::Secret, &UnreadableReason::Forbidden);
    let mut unread = snapshot.unread().filter(is_read).peekable();
    unread.peek().is_some() && unread.all(is_secret)
}

fn unread(snapshot: &Snapshot, kind: Kind) -> Option<&Unreadable> {
    snapshot.unread().find(|it| it.kind == kind)
}
