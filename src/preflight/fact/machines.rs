//! Facts about Machines, Nodes and etcd: those of the etcd pool, and those of the masters.

use serde_json::Value;

use super::{Fact, Facts, counted, some};
use crate::check::Check;
use crate::check::control_plane::operators;
use crate::check::mixed_roles;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::openshift::control_plane_machine_set::{
    ControlPlaneMachineSet, Rollout, State, Strategy,
};
use crate::openshift::machine::MachineProgress;
use crate::openshift::{etcd_directory, etcd_stability, members};
use crate::plan::zones;
use crate::platform::aws;
use crate::status::{Machine, etcd_members};

impl Facts<'_> {
    pub(super) fn of_masters(&self, check: Check) -> Option<Fact> {
        let Facts { snapshot, .. } = self;
        let set = ControlPlaneMachineSet::of(snapshot);
        Some(match check {
            Check::MasterCountUnsupported => {
                let machines = snapshot.machines_of(names::MASTER).count();
                let nodes = etcd_stability::masters(snapshot).count();
                let machines = counted(machines, "Machine", "Machines");
                Fact::holds(format!("{machines} and {}", counted(nodes, "Node", "Nodes")))
            }
            Check::MachineSetInactive => match set.map(|it| it.state()) {
                None => Fact::state("none"),
                Some(Field::Known(State::Active)) => Fact::holds("Active"),
                Some(Field::Known(State::Inactive)) => Fact::state("Inactive"),
                Some(_) => return None,
            },
            Check::TemplateDiffers => {
                let kind = set?.provider_spec()?["instanceType"].as_str()?;
                Fact::holds(format!("the template makes {kind}"))
            }
            Check::MastersRolling => match set?.rollout() {
                Rollout::Complete => Fact::holds("every master matches the template"),
                Rollout::Stale => Fact::state("a change that is not processed yet"),
                Rollout::Rolling(message) | Rollout::Unknown(message) => Fact::state(message),
                Rollout::Degraded(trouble) => Fact::state(trouble.reason),
            },
            Check::OperatorProgressing => {
                let is_idle = |name: &&str| {
                    let operator = snapshot.cluster(Kind::ClusterOperator, name);
                    operator
                        .is_some_and(|it| it.condition_state("Progressing") == Field::Known(false))
                };
                let idle: Vec<&str> = operators().filter(is_idle).collect();
                Fact::holds(format!("not progressing: {}", some(idle.into_iter())?.join(", ")))
            }
            Check::MasterPoolPaused => {
                let pool = snapshot.pool(names::MASTER)?;
                match pool.get("/spec/paused") {
                    None | Some(Value::Bool(false)) => Fact::holds("not paused"),
                    Some(Value::Bool(true)) => Fact::state("paused"),
                    Some(_) => return None,
                }
            }
            Check::EtcdUnstable => {
                let members = members::addresses(snapshot).ok()?.len();
                let masters = etcd_stability::masters(snapshot).count();
                let members = counted(members, "member", "members");
                Fact::holds(format!("{members} on {}", counted(masters, "master", "masters")))
            }
            Check::RolloutPaused => match set?.strategy() {
                Field::Known(Strategy::RollingUpdate) => Fact::holds("RollingUpdate"),
                Field::Known(Strategy::OnDelete) => Fact::state("OnDelete"),
                Field::Absent | Field::Unknown(_) => return None,
            },
            Check::MastersReplaced => Fact::holds("no change of etcd's disk in progress"),
            Check::EtcdAlreadyMounted => {
                let mounting =
                    |it: &&Object| etcd_directory::is_mounted_by(it) == Field::Known(true);
                let names: Vec<&str> = snapshot
                    .machine_configs_of(names::MASTER)
                    .filter(mounting)
                    .map(Object::name)
                    .collect();
                if names.is_empty() {
                    Fact::holds("nothing mounted")
                } else {
                    Fact::state(names.join(", "))
                }
            }
            _ => return None,
        })
    }

    pub(super) fn of_machines(&self, check: Check) -> Option<Fact> {
        let Facts { snapshot, status, plan } = self;
        Some(match check {
            Check::ZoneSubnetMismatch => {
                let zones = zones::eligible(snapshot);
                Fact::holds(some(zones.iter().map(String::as_str))?.join(", "))
            }
            Check::InstanceArchitectureMismatch => {
                let is_master = |it: &&Object| it.label("node-role.kubernetes.io/master").is_some();
                let nodes = snapshot.all(Kind::Node).filter(is_master);
                let mut found: Vec<&str> =
                    nodes.filter_map(|it| it.label("kubernetes.io/arch")).collect();
                found.sort_unstable();
                found.dedup();
                Fact::holds(some(found.into_iter())?.join(", "))
            }
            Check::DiskDeviceUncertain => {
                let step = plan.steps.iter().find(|it| it.object.name == "00-etcd-disk")?;
                Fact::holds(step.because.clone())
            }
            Check::MachineFailed => {
                let machines = status.machines.known()?;
                let is_failed = |it: &&Machine| matches!(it.progress, MachineProgress::Failed(_));
                let failed = machines.iter().filter(is_failed).count();
                Fact::about(machines.len(), |all| {
                    Fact::of(failed == 0, format!("{failed} of {all} failed"))
                })
            }
            Check::MachineDiffers => {
                let machines = status.machines.known()?;
                let (left, compared): (Vec<_>, Vec<_>) = machines.iter().partition(|it| {
                    matches!(it.progress, MachineProgress::Failed(_) | MachineProgress::Deleting)
                });
                Fact::about(machines.len(), |_| {
                    let compared = counted(compared.len(), "Machine", "Machines");
                    let others = match left.len() {
                        0 => String::new(),
                        others => format!("; {others} not compared"),
                    };
                    Fact::holds(format!("no harmful difference in {compared}{others}"))
                })
            }
            Check::EvenMachineCount => {
                let count = status.machines.known()?.len();
                let is_even = count > 0 && count.is_multiple_of(2);
                Fact::of(!is_even, counted(count, "etcd machine", "etcd machines"))
            }
            Check::NodeNotJoining => {
                let machines = status.machines.known()?;
                let ready =
                    machines.iter().filter(|it| it.progress == MachineProgress::Ready).count();
                Fact::about(machines.len(), |all| Fact::holds(format!("{ready} of {all} Ready")))
            }
            Check::EtcdMembersUnmanaged => {
                let all = status.etcd_members.endpoints.known()?;
                let there = all.iter().filter(|it| it.is_etcd_node == Some(true)).count();
                if all.iter().any(|it| it.is_etcd_node.is_none()) {
                    return None;
                }
                let all = counted(all.len(), "member", "members");
                Fact::state(format!("{there} of {all} on {}", etcd_members::etcd_nodes(snapshot)))
            }
            Check::EtcdUnhealthy => {
                let conditions = status.etcd_members.conditions.known()?;
                let said = conditions.iter().find(|it| it.kind == "EtcdMembersAvailable")?;
                Fact::of(said.status == "True", said.message.clone())
            }
            Check::EdgeZone => Fact::holds("no etcd machine in an edge zone"),
            Check::MastersOptionsBound => {
                let machines = snapshot.machines_of(names::ETCD).filter(|it| !it.is_terminating());
                let taken: Vec<&str> = machines.filter_map(aws::zone).collect();
                // `add-machine` looks at the masters where a zone has no machine.
                if zones::eligible(snapshot).iter().all(|it| taken.contains(&it.as_str())) {
                    Fact::state("not judged, because each zone has an etcd machine")
                } else {
                    Fact::holds("none that are bound to the masters")
                }
            }
            Check::ControlPlaneTopologyUnsupported => {
                if snapshot.why_unreadable(Kind::Machine).is_some() {
                    return None;
                }
                let masters = snapshot.machines_of(names::MASTER).count();
                Fact::holds(counted(masters, "master", "masters"))
            }
            Check::MixedRoles => Fact::holds("only etcd machines have the role etcd"),
            Check::NodeNotInPool | Check::TaintMissing => {
                status.nodes.known()?;
                // The others have a finding instead, and neither is judged.
                let judged = |it: &&Object| mixed_roles::mixed(snapshot, it).is_none();
                let nodes = snapshot.etcd_nodes().filter(judged).count();
                let words =
                    if check == Check::TaintMissing { "tainted" } else { "in the etcd pool" };
                Fact::about(nodes, |it| {
                    Fact::holds(format!("{} {words}", counted(it, "Node", "Nodes")))
                })
            }
            _ => return None,
        })
    }
}
