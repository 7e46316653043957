//! Gathers what `init`, `add-machine`, `add-disk` and `status` say, each thing once, weighed for a preflight.

use crate::check::worker_settings::needed_type;
use crate::check::{
    Asker, Category, Check, Finding, Severity, cluster, machine_sets, operators, permissions,
};
use crate::model::kind::Kind;
use crate::model::snapshot::Snapshot;
use crate::plan::add_disk::{self, AddDiskRequest};
use crate::plan::add_machine::{self, AddMachineRequest};
use crate::plan::{Plan, zones};
use crate::status::{Health, PoolProgress, Status};

use super::unknown;

/// The findings, and the parts that could not be judged.
pub(crate) struct Collected {
    pub(crate) findings: Vec<Finding>,
    unknown: Vec<(Check, String)>,
    /// The checks of the masters that `add-disk` has not come to.
    unjudged: Vec<Check>,
}

impl Collected {
    /// Why a check could not be judged; `None` when it could.
    pub(crate) fn why_unknown(&self, check: Check) -> Option<String> {
        self.unknown.iter().find(|(it, _)| *it == check).map(|(_, because)| because.clone())
    }

    /// Returns whether a check is unknown for no other reason than that the user may not read Secrets.
    pub(crate) fn lacks_secrets_alone(&self, snapshot: &Snapshot, check: Check) -> bool {
        let reasons = self.unknown.iter().filter(|(it, _)| *it == check).count();
        reasons == 1 && unknown::rests_on_forbidden_secrets(snapshot, check)
    }

    /// Returns whether a check has a row: on a cluster whose masters cannot be replaced, the others say nothing.
    pub(crate) fn tells(&self, check: Check) -> bool {
        !self.unjudged.contains(&check) || self.why_unknown(check).is_some()
    }

    /// Adds what another command says. What two of them say about the same subject is told once, and as
    /// the one says it that takes it worse.
    fn add(&mut self, findings: impl Iterator<Item = Finding>) {
        let is_milder = |it: &Finding, other: &Finding| {
            (it.check, &it.subject) == (other.check, &other.subject) && it.severity > other.severity
        };
        let is_told = |it: &Finding, other: &Finding| {
            (it.check, &it.subject) == (other.check, &other.subject)
                && it.severity >= other.severity
        };
        let asked = findings.filter(|it| it.check.is_asked_by(Asker::Check));
        let new: Vec<Finding> =
            asked.filter(|it| !self.findings.iter().any(|told| is_told(it, told))).collect();
        self.findings.retain(|it| !new.iter().any(|new| is_milder(it, new)));
        self.findings.extend(new);
    }

    /// Adds what `add-disk` finds, as notes: no admin has to give the masters a disk for etcd. `is_planned` tells whether
    /// the command came to a plan. Where it did not, the other checks were not judged; they are unknown where the command
    /// could not read what it needs.
    fn add_masters(&mut self, findings: Vec<Finding>, is_planned: bool) {
        let unread = findings.iter().find(|it| it.check == Check::Unreadable);
        let because = unread.map(|it| format!("{}: {}", it.subject, it.message));
        // The effects of a change that nobody has asked for; `status` tells of one that has begun.
        let is_effect = |it: Check| it == Check::MastersReplaced;
        let mut doubts = doubtful(&findings, Category::Masters);
        doubts.retain(|it| !is_effect(it.0));
        let is_told = |it: &Finding| it.check != Check::PermissionDenied && !is_effect(it.check);
        let found = findings.into_iter().filter(is_told);
        let found: Vec<Finding> = found.map(|it| it.at_most(Severity::Note)).collect();
        let is_found =
            |check: Check| found.iter().chain(&self.findings).any(|it| it.check == check);
        let asked = Check::ALL.iter().copied();
        let asked = asked.filter(|it| is_of_masters(*it) && !is_effect(*it));
        let unjudged: Vec<Check> =
            asked.filter(|it| !is_found(*it) && it.is_asked_by(Asker::Check)).collect();
        match because {
            Some(because) if !is_planned => {
                self.unknown.extend(unjudged.into_iter().map(|it| (it, because.clone())));
            }
            _ if !is_planned => self.unjudged = unjudged,
            _ => self.unknown.extend(doubts),
        }
        self.add(found.into_iter());
    }
}

/// Returns the checks whose condition is unknown by a finding of another command.
fn in_doubt(findings: &[Finding]) -> impl Iterator<Item = (Check, String)> {
    let told = |it: &Finding| format!("{}: {}", it.subject, it.message);
    findings.iter().filter_map(move |it| Some((it.doubts?, told(it))))
}

/// Returns the checks of a category that decide on an object of which a part is unknown.
fn doubtful(findings: &[Finding], category: Category) -> Vec<(Check, String)> {
    let reads = |check: Check, finding: &Finding| {
        let kind = finding.subject.split_once('/').map(|it| it.0);
        // A Machine counts whatever its provider spec is; one that was not read is told elsewhere.
        let is_counted = check == Check::MasterCountUnsupported && kind == Some("machine");
        !is_counted && check.about().reads.iter().any(|it| Some(it.to_string().as_str()) == kind)
    };
    let checks = Check::ALL.iter().copied().filter(|it| it.about().category == category);
    let unread = |check: Check| {
        let is_it = |it: &&Finding| it.check == Check::Unreadable && reads(check, it);
        findings.iter().find(is_it)
    };
    checks
        .filter_map(|it| Some((it, unread(it)?)))
        .map(|(check, it)| (check, format!("{}: {}", it.subject, it.message)))
        .collect()
}

/// Without these, `init` or `add-machine` refuses to go on.
const NEEDED: [Kind; 9] = [
    Kind::ClusterOperator,
    Kind::ClusterVersion,
    Kind::Infrastructure,
    Kind::Machine,
    Kind::MachineConfig,
    Kind::MachineConfigPool,
    Kind::Node,
    Kind::Secret,
    Kind::ValidatingAdmissionPolicy,
];

/// Returns the findings of all commands for the cluster as it is now. `init` has every flag at its default.
pub(crate) fn collect(
    snapshot: &Snapshot,
    status: &Status,
    init: &Plan,
    tool_version: &str,
) -> Collected {
    let zones = zones::eligible(snapshot);
    let mut request = AddMachineRequest::new(zones, tool_version);
    if let Some(kind) = needed_type(snapshot) {
        kind.clone_into(&mut request.instance_type);
    }
    let machines = add_machine::plan(snapshot, &request);
    let mut collected = Collected {
        findings: Vec::new(),
        unknown: unknown::unknown(snapshot, init),
        unjudged: Vec::new(),
    };
    collected.add(of_status(status));
    let all = [&status.findings, &init.findings, &machines.findings];
    collected.unknown.extend(all.into_iter().flat_map(|it| in_doubt(it)));
    if let Some(pool) = status.pool.known().filter(|it| it.state == PoolProgress::Unknown) {
        collected.unknown.extend(pool.message.clone().map(|it| (Check::NotRendered, it)));
    }
    let is_before_init = is_before_init(status);
    collected.add(init.findings.iter().filter_map(|it| of_init(it, is_before_init)));
    let known = machines.findings.iter().filter(|it| is_known(snapshot, it.check));
    collected.add(known.filter_map(|it| of_add_machine(it, is_before_init)));
    // Where each zone has its machine, `add-machine` does not ask. `init` goes without this operator.
    let is_suitable = cluster::suitability(snapshot).is_empty();
    let machine_api = is_suitable.then(|| operators::machine_api(snapshot));
    let machine_api: Vec<Finding> =
        machine_api.into_iter().flatten().map(|it| it.at_most(Severity::Warning)).collect();
    collected.unknown.extend(doubtful(&machine_api, Category::Operators));
    collected.add(machine_api.into_iter());
    collected.add(machine_sets::findings(snapshot).into_iter());
    collected.findings.extend(of_rights(snapshot));
    collected.unknown.extend(doubtful(&init.findings, Category::Operators));
    let disk = add_disk::plan(snapshot, &AddDiskRequest::new(tool_version));
    collected.add_masters(disk.plan.findings, disk.phase.is_some());
    collected
}

/// Returns whether `init` has not run, also where other resources could not be read.
fn is_before_init(status: &Status) -> bool {
    let has_no_pool =
        status.pool.known().is_some_and(|it| it.state == PoolProgress::NotInitialized);
    match status.health {
        Health::NotInitialized => true,
        Health::Unknown => has_no_pool,
        Health::Healthy | Health::Progressing | Health::Trouble => false,
    }
}

/// Returns whether `add-machine` refuses for what is there, and not for what it could not read.
fn is_known(snapshot: &Snapshot, check: Check) -> bool {
    let is_read = |kind| !unknown::is_unread(snapshot, kind);
    match check {
        Check::NotInitialized => is_read(Kind::MachineConfigPool),
        Check::NotRendered => is_read(Kind::MachineConfigPool) && is_read(Kind::MachineConfig),
        _ => true,
    }
}

/// Returns whether a check is about the masters.
fn is_of_masters(check: Check) -> bool {
    check.about().category == Category::Masters
}

const fn is_of_rights(check: Check) -> bool {
    matches!(check.about().category, Category::Permissions)
}

fn of_status(status: &Status) -> impl Iterator<Item = Finding> {
    status.findings.iter().filter(|it| !is_of_rights(it.check)).cloned()
}

/// Returns a finding of `init` as `check` shows it. Once it has run, what it only warned of was read and
/// agreed to.
fn of_init(finding: &Finding, is_before_init: bool) -> Option<Finding> {
    let is_agreed_to = !is_before_init && finding.severity == Severity::Warning;
    match finding.check {
        check if is_of_rights(check) => None,
        Check::EtcdMembersUnmanaged => Some(finding.clone().at_most(Severity::Note)),
        Check::SourceUnexpected
        | Check::KernelArgumentsMissing
        | Check::KubeletConfigNotApplied
        | Check::DiskDeviceUncertain
        | Check::BootImageSkew
            if is_agreed_to =>
        {
            Some(finding.clone().at_most(Severity::Note))
        }
        _ => Some(finding.clone()),
    }
}

/// Returns a finding of `add-machine` for every zone as `check` shows it. Before `init`, it is no news that
/// there is no pool.
fn of_add_machine(finding: &Finding, is_before_init: bool) -> Option<Finding> {
    match finding.check {
        check if is_of_rights(check) => None,
        // An even number of all the zones at once is nobody's plan; the operator of the Machine API is asked apart.
        Check::EvenMachineCount | Check::OperatorDegraded => None,
        // What a machine gets is read and agreed to when it is made.
        Check::EtcdMembersUnmanaged | Check::MastersOptionsBound => {
            Some(finding.clone().at_most(Severity::Note))
        }
        Check::NotInitialized if is_before_init => Some(finding.clone().at_most(Severity::Note)),
        Check::InstanceArchitectureMismatch => Some(finding.clone().at_most(Severity::Warning)),
        _ => Some(finding.clone()),
    }
}

/// Returns the findings about missing roles, and about resources that could not be read.
fn of_rights(snapshot: &Snapshot) -> Vec<Finding> {
    let (needed, others): (Vec<Kind>, Vec<Kind>) =
        Kind::ALL.into_iter().partition(|it| NEEDED.contains(it));
    let others = permissions::unreadable(snapshot, &others).into_iter();
    let others = others.map(|it| it.at_most(Severity::Warning));
    let unread = permissions::unreadable(snapshot, &needed).into_iter().chain(others);
    let unread = unread.filter(|it| it.check != Check::PermissionDenied);
    unread.chain(permissions::missing_roles(snapshot)).collect()
}
