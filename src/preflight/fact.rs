//! What a check found, in a few words: `AWS us-east-1`, `rendered-etcd-1 served`.
//!
//! A fact is told only of what was read. One that cannot be told is none, and never a guess.

mod machines;

use crate::check::{Category, Check, Finding, lost_settings, operators, os_image};
use crate::derive::user_data;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::Object;
use crate::model::release::Release;
use crate::model::snapshot::Snapshot;
use crate::plan::{Change, Plan, Step};
use crate::status::{PoolProgress, State, Status};

/// The sources of facts.
pub(crate) struct Facts<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) status: &'a Status,
    /// The plan of `init`.
    pub(crate) plan: &'a Plan,
}

/// A fact that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// The condition of the check holds. A check with findings does not tell such a fact.
    Holds(String),
    /// A state in which the condition may hold or not.
    State(String),
}

impl Fact {
    fn holds(words: impl Into<String>) -> Self {
        Self::Holds(words.into())
    }

    fn state(words: impl Into<String>) -> Self {
        Self::State(words.into())
    }

    /// Creates a fact about all objects of a kind that `init` or `add-machine` creates, of which there may be none yet.
    fn about(all: usize, fact: impl FnOnce(usize) -> Self) -> Self {
        if all == 0 { Self::holds("none yet") } else { fact(all) }
    }

    /// Creates a fact whose words alone do not show whether the condition holds.
    fn of(is_well: bool, words: impl Into<String>) -> Self {
        if is_well { Self::holds(words) } else { Self::state(words) }
    }
}

impl Facts<'_> {
    /// Returns the words of a row: the fact that the check found. A fact that the findings contradict is not told; the
    /// subjects of the findings are told instead.
    pub(crate) fn words(&self, check: Check, findings: &[Finding]) -> Option<String> {
        match self.of(check) {
            Some(Fact::State(words)) => Some(words),
            Some(Fact::Holds(words)) if findings.is_empty() => Some(words),
            Some(Fact::Holds(_)) | None => subjects(findings),
        }
    }

    fn of(&self, check: Check) -> Option<Fact> {
        match check.about().category {
            Category::Cluster | Category::Permissions | Category::Operators => {
                self.of_cluster(check)
            }
            Category::Sources => self.of_sources(check),
            Category::Pool => self.of_pool(check),
            Category::Machines | Category::Nodes => self.of_machines(check),
            Category::Masters => self.of_masters(check),
            Category::Removal => Self::of_removal(check),
        }
    }

    fn of_removal(check: Check) -> Option<Fact> {
        match check {
            Check::DeletionBlocked => Some(Fact::holds("no deletion takes over an hour")),
            Check::NodeWithoutPool => Some(Fact::holds("no Node without its Machine")),
            _ => None,
        }
    }

    fn of_cluster(&self, check: Check) -> Option<Fact> {
        let Facts { snapshot, status, .. } = self;
        Some(match check {
            Check::NotOpenShift => {
                status.cluster.release.as_ref()?;
                Fact::state(format!("OpenShift {}", snapshot.version()?))
            }
            Check::ReleaseUntested => {
                snapshot.release()?;
                Fact::holds(Release::tested())
            }
            Check::HostedControlPlane => {
                let topology = snapshot.infrastructure()?.text("/status/controlPlaneTopology");
                Fact::state(topology.unwrap_or("not set, as in releases before 4.8"))
            }
            Check::PlatformUnsupported => {
                let parts = [status.cluster.platform.as_deref(), status.cluster.region.as_deref()];
                Fact::state(some(parts.into_iter().flatten())?.join(" "))
            }
            Check::NoMachineApi => {
                let count = snapshot.machines_of(names::MASTER).count();
                Fact::holds(counted(count, "Machine", "Machines"))
            }
            Check::PermissionDenied => {
                let all = snapshot.permissions.len();
                let allowed = snapshot.permissions.iter().filter(|it| it.is_allowed).count();
                Fact::of(allowed == all, format!("{allowed} of {all} granted"))
            }
            Check::Unreadable => match snapshot.unreadable.len() {
                0 => Fact::holds("all requested resources"),
                some => {
                    let unread = counted(some, "kind or object", "kinds or objects");
                    Fact::state(format!("all but {unread}"))
                }
            },
            Check::OperatorDegraded => {
                let is_well = |name: &&str| {
                    snapshot.cluster(Kind::ClusterOperator, name).is_some_and(|it| {
                        it.condition_is_true("Available")
                            && it.condition_state("Degraded") == Field::Known(false)
                    })
                };
                let well: Vec<&str> = operators::OPERATORS
                    .into_iter()
                    .chain([operators::MACHINE_API])
                    .filter(is_well)
                    .collect();
                Fact::holds(format!("{} available", some(well.into_iter())?.join(", ")))
            }
            Check::UpgradeInProgress => {
                if snapshot.is_upgrading().known()? {
                    Fact::state(format!("to {}", snapshot.desired_release()?))
                } else {
                    Fact::holds(format!("none, at {}", snapshot.version()?))
                }
            }
            Check::MasterPoolNotUpdated => {
                let pool = snapshot.pool(names::MASTER)?;
                let count = |field| pool.integer(field);
                let updated = count("/status/updatedMachineCount")?;
                let all = count("/status/machineCount")?;
                Fact::of(updated == all, format!("{updated} of {all} updated"))
            }
            _ => return None,
        })
    }

    fn of_sources(&self, check: Check) -> Option<Fact> {
        let Facts { snapshot, plan, .. } = self;
        Some(match check {
            Check::SourceMissing => {
                let all = snapshot.machine_configs_of(names::MASTER).count();
                let all = counted(all, "MachineConfig", "MachineConfigs");
                Fact::holds(format!("{all} of the masters"))
            }
            Check::SourceUnexpected => {
                let all = counted(made(plan).count(), "object", "objects");
                let exist = made(plan).all(|it| matches!(it.change, Change::Unchanged(_)));
                let state = if exist { "exist" } else { "can be created" };
                // Without valid user data of the masters, the secret is no part of the plan.
                if made(plan).any(|it| it.object.kind == Kind::Secret) {
                    Fact::holds(format!("{all} {state}"))
                } else {
                    Fact::state(format!("{all} {state}, without the user data"))
                }
            }
            Check::UserDataInvalid => {
                let ours = snapshot.machine_secret(names::ETCD_USER_DATA);
                let secret = ours.or_else(|| snapshot.machine_secret(names::MASTER_USER_DATA))?;
                Fact::holds(format!("{} is valid", secret.reference()))
            }
            Check::UserDataCaMissing => {
                let ours = snapshot.machine_secret(names::ETCD_USER_DATA);
                let secret = ours.or_else(|| snapshot.machine_secret(names::MASTER_USER_DATA))?;
                let config = user_data::decode(secret).ok()?;
                let count = user_data::certificate_authorities(&config).len();
                Fact::holds(counted(count, "certificate authority", "certificate authorities"))
            }
            Check::BootImageSkew => {
                Fact::holds(format!("of the installation, {}", snapshot.installed_version()?))
            }
            Check::KernelArgumentsMissing => {
                let arguments = |it| lost_settings::kernel_arguments(it).count();
                let count = snapshot.machine_configs_of(names::MASTER).map(arguments).sum();
                match count {
                    0 => Fact::holds("the masters have none"),
                    count => {
                        let count = counted(count, "argument", "arguments");
                        Fact::holds(format!("{count} of the masters"))
                    }
                }
            }
            Check::FipsMismatch => {
                let is_on = |it: &Object| it.get("/spec/fips") == Some(&true.into());
                let is_on = snapshot.machine_configs_of(names::MASTER).any(is_on);
                Fact::holds(if is_on { "on" } else { "off" })
            }
            Check::KubeletConfigNotApplied => {
                let generated = snapshot.machine_configs_of(names::MASTER).filter(|it| {
                    let name = it.name();
                    name.contains("-generated-kubelet")
                        || name.contains("-generated-containerruntime")
                });
                let names: Vec<&str> = generated.map(Object::name).collect();
                Fact::holds(match names.as_slice() {
                    [] => "none of the masters".to_owned(),
                    names => names.join(", "),
                })
            }
            _ => return None,
        })
    }

    fn of_pool(&self, check: Check) -> Option<Fact> {
        let Facts { snapshot, status, plan } = self;
        Some(match check {
            Check::ForeignObject => {
                let is_foreign = |change: &Change| matches!(change, Change::LeftToOwner);
                let count = plan.steps.iter().filter(|it| is_foreign(&it.change)).count();
                let all = counted(plan.steps.len(), "object", "objects");
                match count {
                    0 => Fact::holds("no object of init belongs to somebody else"),
                    _ => Fact::state(format!("not created by oc-etcd: {count} of {all} of init")),
                }
            }
            Check::PoolPolicyDenied => {
                let layout = plan.layout.as_ref()?.layout;
                Fact::holds(format!("{layout}: {}", layout.describe()))
            }
            Check::KubeletRoleWrong => {
                // Without a blocker, the registration was computed and is as it should be.
                let is_judged = plan.layout.is_some() || status.pool.known().is_some();
                is_judged.then(|| Fact::holds("label and taint etcd, and no other role"))?
            }
            Check::KubeletUncertain => {
                plan.layout.is_some().then(|| Fact::holds("known programs"))?
            }
            Check::SecondPool => Fact::holds("no other pool selects etcd Nodes"),
            Check::MaxUnavailable => Fact::holds("one at a time"),
            Check::WorkerPoolNotUpdated => match plan.layout.as_ref()?.layout {
                Layout::Inherit => Fact::holds("not degraded, and not paused before a change"),
                Layout::Documented => Fact::holds("the etcd pool does not extend it"),
            },
            Check::WorkerSettingsUnsuitable => {
                Fact::holds("kernel type, huge pages and reservations fit")
            }
            Check::NodeTuningConflict => match plan.layout.as_ref()?.layout {
                Layout::Inherit => Fact::holds("no MachineConfig of its operator for the workers"),
                Layout::Documented => {
                    Fact::holds("the etcd pool does not extend the workers' MachineConfigs")
                }
            },
            Check::UpgradeNeedsPause => match plan.layout.as_ref()?.layout {
                Layout::Inherit => Fact::holds("not required: no copies"),
                Layout::Documented if status.pool.known()?.paused => Fact::holds("paused"),
                Layout::Documented => Fact::state("not paused"),
            },
            Check::UpgradeWaitsForPool => {
                let is_pool = |it: &&Step| it.object.kind == Kind::MachineConfigPool;
                let (pool, waits) = match &plan.steps.iter().find(is_pool)?.change {
                    Change::Create(pool) | Change::Update { wanted: pool, .. } => {
                        (pool, Fact::state("for the etcd pool"))
                    }
                    Change::Unchanged(Some(pool)) => {
                        (pool, Fact::holds("for the etcd pool (unchanged)"))
                    }
                    Change::LeftToOwner => {
                        (snapshot.pool(names::ETCD)?, Fact::holds("for the etcd pool (unchanged)"))
                    }
                    _ => return None,
                };
                let is_required = pool.label(names::POOL_REQUIRED).is_some();
                if is_required { waits } else { Fact::holds("only for a degraded etcd pool") }
            }
            Check::MachineConfigRefused => Fact::holds("no part that the operator refuses"),
            Check::OsPinned => {
                match os_image::pinning(snapshot, plan.layout.as_ref()?.layout).count() {
                    0 => Fact::holds("image of the release"),
                    count => {
                        let count = counted(count, "MachineConfig", "MachineConfigs");
                        Fact::state(format!("set by {count}"))
                    }
                }
            }
            Check::GeneratedConfigPending => {
                let known = status.machine_configs.known()?;
                let made = known.iter().filter(|it| it.state == State::MadeByOperator).count();
                Fact::about(made, |it| Fact::holds(counted(it, "MachineConfig", "MachineConfigs")))
            }
            Check::NotInitialized => match status.pool.known()?.state {
                PoolProgress::NotInitialized => Fact::state("has not created the pool yet"),
                PoolProgress::Foreign => Fact::state("the pool was not created by oc-etcd"),
                _ => Fact::holds("has created the pool"),
            },
            Check::NotRendered => match status.pool.known()? {
                it if it.state == PoolProgress::NotInitialized => Fact::holds("none yet"),
                it => match (&it.served, &it.message) {
                    (Some(served), None) => Fact::holds(format!("{served} served")),
                    (Some(served), Some(message)) => {
                        Fact::state(format!("{served} served; {message}"))
                    }
                    (None, message) => Fact::state(message.clone()?),
                },
            },
            // The next row tells of stale objects.
            Check::Drifted => self.states(
                |it| it == State::Stale || !it.is_drift(),
                ["none: all MachineConfigs of init are as init created them", "changed since init"],
            )?,
            Check::StaleAfterUpgrade => self.states(
                |it| it != State::Stale,
                ["not required: all MachineConfigs of init are up to date", "outdated"],
            )?,
            _ => return None,
        })
    }

    /// Returns whether the MachineConfigs of `init` are in a state that suits: the first words where all are, else how
    /// many are not, with the second ones.
    fn states(&self, suits: fn(State) -> bool, [all, others]: [&str; 2]) -> Option<Fact> {
        let known = self.status.machine_configs.known()?;
        let is_made = |it: State| {
            matches!(it, State::Current | State::Stale | State::Differs | State::Obsolete)
        };
        let made: Vec<State> = known.iter().map(|it| it.state).filter(|it| is_made(*it)).collect();
        let count = made.iter().filter(|it| !suits(**it)).count();
        Some(Fact::about(made.len(), |made| match count {
            0 => Fact::holds(all),
            _ => Fact::state(format!("{count} of {made} MachineConfigs of init {others}")),
        }))
    }
}

/// Returns the subjects of findings; the message of the worst finding if it has no subject of its own.
fn subjects(findings: &[Finding]) -> Option<String> {
    const SHOWN: usize = 3;
    let worst = findings.first()?;
    if worst.is_about_everything() {
        return Some(worst.message.clone());
    }
    let mut all: Vec<&str> = Vec::new();
    for finding in findings.iter().filter(|it| !it.is_about_everything()) {
        if !all.contains(&finding.subject.as_str()) {
            all.push(&finding.subject);
        }
    }
    let shown = all.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    Some(match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}, and {more} more"),
    })
}

/// The objects that init makes.
fn made(plan: &Plan) -> impl Iterator<Item = &Step> {
    plan.steps.iter().filter(|it| {
        matches!(it.change, Change::Create(_) | Change::Update { .. } | Change::Unchanged(_))
    })
}

/// The words, where there are any.
fn some<'a>(words: impl Iterator<Item = &'a str>) -> Option<Vec<&'a str>> {
    let words: Vec<&str> = words.collect();
    (!words.is_empty()).then_some(words)
}

fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}
