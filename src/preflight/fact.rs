//! What a check found, in a few words: `AWS us-east-1`, `rendered-etcd-1 served`.
//!
//! A fact is told only of what was read. One that cannot be told is none, and never a guess.

use crate::check::control_plane::OPERATORS;
use crate::check::master_volume;
use crate::check::{Category, Check, cluster};
use crate::derive::user_data;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::{ControlPlaneMachineSet, Rollout};
use crate::openshift::machine::MachineProgress;
use crate::openshift::{etcd_stability, members};
use crate::plan::{Change, Plan, Step, zones};
use crate::status::{Machine, PoolProgress, State, Status};

/// The sources of facts.
pub(crate) struct Facts<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) status: &'a Status,
    /// The plan of `init`.
    pub(crate) plan: &'a Plan,
}

/// The fact that no object of a kind exists before `init` or `add-machine`.
const NONE_YET: &str = "none yet";

/// Returns the subject of a check, as the name of a row.
pub(crate) const fn subject(check: Check) -> &'static str {
    match check {
        Check::NotOpenShift => "release",
        Check::HostedControlPlane => "control plane",
        Check::PlatformUnsupported => "platform",
        Check::NoMachineApi => "masters",
        Check::PermissionDenied => "permissions",
        Check::Unreadable => "resources",
        Check::OperatorDegraded => "operators",
        Check::UpgradeInProgress => "upgrade",
        Check::MasterPoolNotUpdated => "master pool",
        Check::SourceMissing => "sources",
        Check::SourceUnexpected => "copies",
        Check::UserDataInvalid => "user data",
        Check::UserDataCaMissing => "trusted authorities",
        Check::BootImageSkew => "boot image",
        Check::KernelArgumentsMissing => "kernel arguments",
        Check::FipsMismatch => "FIPS mode",
        Check::KubeletConfigNotApplied => "KubeletConfigs",
        Check::ForeignObject => "conflicts",
        Check::PoolPolicyDenied => "layout",
        Check::OsPinned => "operating system",
        Check::GeneratedConfigPending => "generated",
        Check::NotInitialized => "init",
        Check::NotRendered => "pool",
        Check::Drifted => "objects",
        Check::StaleAfterUpgrade => "refresh",
        Check::ZoneSubnetMismatch => "zones",
        Check::InstanceArchitectureMismatch => "architecture",
        Check::DiskDeviceUncertain => "disk",
        Check::MachineFailed => "machines",
        Check::EvenMachineCount => "machine count",
        Check::NodeNotJoining => "nodes",
        Check::EtcdUnhealthy => "etcd",
        Check::EtcdMembersUnmanaged => "etcd members",
        Check::KubeletRoleWrong => "kubelet role",
        Check::KubeletUncertain => "before the kubelet",
        Check::UpgradeNeedsPause => "pause",
        Check::UpgradeWaitsForPool => "upgrade waits",
        Check::EdgeZone => "edge zones",
        Check::MastersOptionsBound => "masters' options",
        Check::ControlPlaneTopologyUnsupported => "topology",
        Check::MixedRoles => "mixed roles",
        Check::MasterCountUnsupported => "masters' machines",
        Check::MachineSetInactive => "machine set",
        Check::TemplateDiffers => "masters' template",
        Check::MastersRolling => "replacement",
        Check::OperatorProgressing => "operators stable",
        Check::EtcdUnstable => "etcd stable",
        Check::EtcdAlreadyMounted => "etcd's mount",
        other => other.id(),
    }
}

impl Facts<'_> {
    /// Returns the fact that a check found.
    pub(crate) fn of(&self, check: Check) -> Option<String> {
        match check.about().category {
            Category::Cluster | Category::Permissions | Category::Operators => {
                self.of_cluster(check)
            }
            Category::Sources => self.of_sources(check),
            Category::Pool => self.of_pool(check),
            Category::Machines | Category::Nodes => self.of_machines(check),
            Category::Masters => self.of_masters(check),
            Category::Removal => None,
        }
    }

    fn of_cluster(&self, check: Check) -> Option<String> {
        let Facts { snapshot, status, .. } = self;
        Some(match check {
            Check::NotOpenShift => format!("OpenShift {}", status.cluster.release.as_ref()?),
            Check::HostedControlPlane => {
                let topology = snapshot.infrastructure()?.text("/status/controlPlaneTopology");
                topology.unwrap_or("not set, as in releases before 4.8").to_owned()
            }
            Check::PlatformUnsupported => {
                let parts = [status.cluster.platform.as_deref(), status.cluster.region.as_deref()];
                some(parts.into_iter().flatten())?.join(" ")
            }
            Check::NoMachineApi => {
                let count = snapshot.machines_of(names::MASTER).count();
                counted(count, "Machine", "Machines")
            }
            Check::PermissionDenied => {
                let all = snapshot.permissions.len();
                let allowed = snapshot.permissions.iter().filter(|it| it.is_allowed).count();
                format!("{allowed} of {all} granted")
            }
            Check::Unreadable => match snapshot.unreadable.len() {
                0 => "all requested resources".to_owned(),
                some => format!("all but {}", counted(some, "kind or object", "kinds or objects")),
            },
            Check::OperatorDegraded => {
                let is_well = |name: &&str| {
                    snapshot.cluster(Kind::ClusterOperator, name).is_some_and(|it| {
                        it.condition_is_true("Available")
                            && it.condition_status("Degraded") == Field::Known("False")
                    })
                };
                let well: Vec<&str> = cluster::OPERATORS.into_iter().filter(is_well).collect();
                format!("{} available", some(well.into_iter())?.join(", "))
            }
            Check::UpgradeInProgress => {
                let version = snapshot.cluster_version()?;
                let release = snapshot.desired_release()?;
                if version.condition_is_true("Progressing") {
                    format!("to {release}")
                } else {
                    format!("none, at {release}")
                }
            }
            Check::MasterPoolNotUpdated => {
                let pool = snapshot.pool(names::MASTER)?;
                let count = |field| pool.integer(field);
                let updated = count("/status/updatedMachineCount")?;
                format!("{updated} of {} updated", count("/status/machineCount")?)
            }
            _ => return None,
        })
    }

    fn of_masters(&self, check: Check) -> Option<String> {
        let Facts { snapshot, .. } = self;
        let set = ControlPlaneMachineSet::of(snapshot);
        Some(match check {
            Check::MasterCountUnsupported => {
                let count = snapshot.machines_of(names::MASTER).count();
                counted(count, "Machine", "Machines")
            }
            Check::MachineSetInactive => match set.map(|it| it.state()) {
                None => "none".to_owned(),
                Some(Field::Known(state)) => format!("{state:?}"),
                Some(_) => return None,
            },
            Check::TemplateDiffers => {
                let kind = set?.provider_spec()?["instanceType"].as_str()?;
                format!("the template makes {kind}")
            }
            Check::MastersRolling => match set?.rollout() {
                Rollout::Complete => "every master matches the template".to_owned(),
                Rollout::Stale => "a change that is not processed yet".to_owned(),
                Rollout::Rolling(message) | Rollout::Unknown(message) => message,
                Rollout::Degraded(trouble) => trouble.reason,
            },
            Check::OperatorProgressing => {
                let is_stable = |name: &&str| {
                    let operator = snapshot.cluster(Kind::ClusterOperator, name);
                    operator.is_some_and(|it| etcd_stability::operator_instability(it).is_none())
                };
                let stable: Vec<&str> = OPERATORS.into_iter().filter(is_stable).collect();
                format!("{} stable", some(stable.into_iter())?.join(", "))
            }
            Check::EtcdUnstable => {
                let members = members::addresses(snapshot).ok()?.len();
                let masters = etcd_stability::masters(snapshot).count();
                format!(
                    "{} on {}",
                    counted(members, "member", "members"),
                    counted(masters, "master", "masters")
                )
            }
            Check::EtcdAlreadyMounted => {
                let mounting = |it: &&Object| master_volume::mounting(it) == Field::Known(true);
                let names: Vec<&str> = snapshot
                    .machine_configs_of(names::MASTER)
                    .filter(mounting)
                    .map(Object::name)
                    .collect();
                if names.is_empty() { "nothing mounted".to_owned() } else { names.join(", ") }
            }
            _ => return None,
        })
    }

    fn of_sources(&self, check: Check) -> Option<String> {
        let Facts { snapshot, plan, .. } = self;
        Some(match check {
            Check::SourceMissing => {
                let all = snapshot.machine_configs_of(names::MASTER).count();
                format!("{} of the masters", counted(all, "MachineConfig", "MachineConfigs"))
            }
            Check::SourceUnexpected => {
                format!("{} can be created", counted(made(plan).count(), "object", "objects"))
            }
            Check::UserDataInvalid => {
                let ours = snapshot.machine_secret(names::ETCD_USER_DATA);
                let secret = ours.or_else(|| snapshot.machine_secret(names::MASTER_USER_DATA))?;
                secret.reference().to_string()
            }
            Check::UserDataCaMissing => {
                let ours = snapshot.machine_secret(names::ETCD_USER_DATA);
                let secret = ours.or_else(|| snapshot.machine_secret(names::MASTER_USER_DATA))?;
                let config = user_data::decode(secret).ok()?;
                let count = user_data::certificate_authorities(&config).len();
                counted(count, "certificate authority", "certificate authorities")
            }
            Check::BootImageSkew => {
                let history = snapshot.cluster_version()?.list("/status/history");
                let first = history.last()?.get("version")?.as_str()?;
                format!("of the installed release {first}")
            }
            Check::KernelArgumentsMissing => {
                let arguments = |it: &Object| it.list("/spec/kernelArguments").len();
                let count = snapshot.machine_configs_of(names::MASTER).map(arguments).sum();
                match count {
                    0 => "the masters have none".to_owned(),
                    count => format!("{} of the masters", counted(count, "argument", "arguments")),
                }
            }
            Check::FipsMismatch => {
                let is_on = |it: &Object| it.get("/spec/fips") == Some(&true.into());
                let is_on = snapshot.machine_configs_of(names::MASTER).any(is_on);
                if is_on { "on" } else { "off" }.to_owned()
            }
            Check::KubeletConfigNotApplied => {
                let generated = snapshot.machine_configs_of(names::MASTER).filter(|it| {
                    let name = it.name();
                    name.contains("-generated-kubelet")
                        || name.contains("-generated-containerruntime")
                });
                let names: Vec<&str> = generated.map(Object::name).collect();
                if names.is_empty() { "none of the masters".to_owned() } else { names.join(", ") }
            }
            _ => return None,
        })
    }

    fn of_pool(&self, check: Check) -> Option<String> {
        let Facts { snapshot, status, plan } = self;
        Some(match check {
            Check::ForeignObject => {
                let is_foreign = |change: &Change| matches!(change, Change::LeftToOwner);
                let count = plan.steps.iter().filter(|it| is_foreign(&it.change)).count();
                format!("{count} of {}", counted(plan.steps.len(), "object", "objects"))
            }
            Check::PoolPolicyDenied => {
                let layout = plan.layout.as_ref()?.layout;
                format!("{layout}: {}", layout.describe())
            }
            Check::KubeletRoleWrong => {
                // Without a blocker, the registration was computed and is as it should be.
                let is_judged = plan.layout.is_some() || status.pool.known().is_some();
                is_judged.then(|| "label and taint etcd, and no other role".to_owned())?
            }
            Check::KubeletUncertain => {
                plan.layout.is_some().then(|| "known programs".to_owned())?
            }
            Check::UpgradeNeedsPause => match plan.layout.as_ref()?.layout {
                Layout::Inherit => "not required: no copies".to_owned(),
                Layout::Documented if status.pool.known()?.paused => "paused".to_owned(),
                Layout::Documented => "not paused".to_owned(),
            },
            Check::UpgradeWaitsForPool => {
                let is_pool = |it: &&Step| it.object.kind == Kind::MachineConfigPool;
                let (Change::Create(pool)
                | Change::Update { wanted: pool, .. }
                | Change::Unchanged(Some(pool))) = &plan.steps.iter().find(is_pool)?.change
                else {
                    return None;
                };
                match pool.label(names::POOL_REQUIRED) {
                    Some(_) => "for the etcd pool".to_owned(),
                    None => "not for the etcd pool".to_owned(),
                }
            }
            Check::OsPinned => {
                match cluster::os_pinning(snapshot, plan.layout.as_ref()?.layout).count() {
                    0 => "image of the release".to_owned(),
                    count => {
                        format!("set by {}", counted(count, "MachineConfig", "MachineConfigs"))
                    }
                }
            }
            Check::GeneratedConfigPending => {
                let known = status.machine_configs.known()?;
                let made = known.iter().filter(|it| it.state == State::MadeByOperator).count();
                match made {
                    0 => NONE_YET.to_owned(),
                    made => counted(made, "MachineConfig", "MachineConfigs"),
                }
            }
            Check::NotInitialized => match status.pool.known()?.state {
                PoolProgress::NotInitialized => "has not created the pool yet".to_owned(),
                PoolProgress::Foreign => "the pool was not created by oc-etcd".to_owned(),
                _ => "has created the pool".to_owned(),
            },
            Check::NotRendered => match status.pool.known()? {
                it if it.state == PoolProgress::NotInitialized => NONE_YET.to_owned(),
                it => match (&it.served, &it.message) {
                    (Some(served), None) => format!("{served} served"),
                    (Some(served), Some(message)) => format!("{served} served; {message}"),
                    (None, message) => message.clone()?,
                },
            },
            Check::Drifted => self.states(|it| !it.is_drift(), "as init creates them")?,
            Check::StaleAfterUpgrade => {
                self.states(|it| it != State::Stale, "in sync with their sources")?
            }
            _ => return None,
        })
    }

    fn of_machines(&self, check: Check) -> Option<String> {
        let Facts { snapshot, status, plan } = self;
        Some(match check {
            Check::ZoneSubnetMismatch => {
                let zones = zones::known(snapshot);
                some(zones.keys().map(String::as_str))?.join(", ")
            }
            Check::InstanceArchitectureMismatch => {
                let is_master = |it: &&Object| it.label("node-role.kubernetes.io/master").is_some();
                let nodes = snapshot.all(Kind::Node).filter(is_master);
                let mut found: Vec<&str> =
                    nodes.filter_map(|it| it.label("kubernetes.io/arch")).collect();
                found.sort_unstable();
                found.dedup();
                some(found.into_iter())?.join(", ")
            }
            Check::DiskDeviceUncertain => {
                let step = plan.steps.iter().find(|it| it.object.name == "00-etcd-disk")?;
                step.because.clone()
            }
            Check::MachineFailed => {
                let machines = status.machines.known()?;
                let is_failed = |it: &&Machine| matches!(it.progress, MachineProgress::Failed(_));
                let failed = machines.iter().filter(is_failed).count();
                match machines.len() {
                    0 => NONE_YET.to_owned(),
                    all => format!("{failed} of {all} failed"),
                }
            }
            Check::EvenMachineCount => {
                counted(status.machines.known()?.len(), "etcd machine", "etcd machines")
            }
            Check::NodeNotJoining => {
                let machines = status.machines.known()?;
                let ready =
                    machines.iter().filter(|it| it.progress == MachineProgress::Ready).count();
                match machines.len() {
                    0 => NONE_YET.to_owned(),
                    all => format!("{ready} of {all} Ready"),
                }
            }
            Check::EtcdMembersUnmanaged => {
                let all = status.etcd_members.endpoints.known()?;
                let there = all.iter().filter(|it| it.is_etcd_node == Some(true)).count();
                if all.iter().any(|it| it.is_etcd_node.is_none()) {
                    return None;
                }
                format!("{there} of {} on etcd nodes", counted(all.len(), "member", "members"))
            }
            Check::EtcdUnhealthy => {
                let conditions = status.etcd_members.conditions.known()?;
                let said = conditions.iter().find(|it| it.kind == "EtcdMembersAvailable")?;
                said.message.clone()
            }
            Check::EdgeZone => "no etcd machine in an edge zone".to_owned(),
            Check::MastersOptionsBound => "none that are bound to the masters".to_owned(),
            Check::ControlPlaneTopologyUnsupported => {
                let masters = snapshot.machines_of(names::MASTER).count();
                counted(masters, "master", "masters")
            }
            Check::MixedRoles => "no Node has both roles".to_owned(),
            _ => return None,
        })
    }

    /// Returns the number of MachineConfigs of `init` in a state that suits, in words.
    fn states(&self, suits: fn(State) -> bool, words: &str) -> Option<String> {
        let known = self.status.machine_configs.known()?;
        let is_made = |it: State| {
            matches!(it, State::Current | State::Stale | State::Differs | State::Obsolete)
        };
        let made: Vec<State> = known.iter().map(|it| it.state).filter(|it| is_made(*it)).collect();
        let suiting = made.iter().filter(|it| suits(**it)).count();
        Some(match made.len() {
            0 => NONE_YET.to_owned(),
            all => format!("{suiting} of {all} {words}"),
        })
    }
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
