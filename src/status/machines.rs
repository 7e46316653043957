//! The etcd Machines: the progress of each Machine, and the reason why its Node is not Ready.

use serde::Serialize;

use super::{Age, DELETION_TIME, JOIN_TIME, Status};
use crate::check::etcd_machines::Differences;
use crate::check::node_updates::Stopped;
use crate::check::{Check, Finding, Severity, machine_ties};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::ours::made_by_us;
use crate::model::shell_command::quoted;
use crate::model::snapshot::Snapshot;
use crate::openshift::deletion::DeletionProgress;
use crate::openshift::machine::{
    MachineProgress, console, instance, is_instance_missing, machine_set_of,
};
use crate::plan::{Plan, add_machine, removal};
use crate::platform::aws;
use crate::status::observation::Observation;
use crate::status::wrong_role::WrongRole;

/// An etcd Machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    /// `lab-x99n4-etcd-0`
    pub name: String,
    /// `us-east-1a`
    pub zone: Option<String>,
    /// `c5n.xlarge`
    pub instance_type: Option<String>,
    /// The Machine API's own word: `Running`.
    pub phase: Option<String>,
    /// The progress of the Machine towards a Ready etcd Node.
    pub progress: MachineProgress,
    /// The Node that it has become.
    pub node: Option<String>,
    /// The age of the Machine.
    #[serde(rename = "ageSeconds")]
    pub age: Option<Age>,
    /// Reason of the failure, or description of the state that is waited for.
    pub message: Option<String>,
    /// Indicates whether this program made the Machine; null where this is unknown.
    #[serde(rename = "managed")]
    pub is_ours: Option<bool>,
    /// The MachineSet that creates another one in its place.
    #[serde(skip)]
    pub machine_set: Option<ObjectRef>,
    /// Indicates whether `remove-machine` would remove the Machine, as far as its own guards go.
    #[serde(skip)]
    pub is_removable: bool,
    /// The command that creates another machine in its zone after this one is gone.
    #[serde(skip)]
    pub successor: Option<String>,
    /// Indicates whether `add-machine` would create another machine once this one, which is lost or differs, is gone.
    #[serde(skip)]
    pub is_replaceable: bool,
    /// Cause of the other role of its Node, if the Node has another role.
    #[serde(skip)]
    pub wrong_role: Option<WrongRole>,
    /// The time since its deletion was requested, and the progress of the deletion.
    #[serde(skip)]
    pub deletion: Option<(Age, DeletionProgress)>,
    /// What to do about a hook that nobody else removes, while the Machine is being deleted.
    #[serde(skip)]
    pub way_off_hook: Option<String>,
    /// Differences from a Machine of `add-machine`.
    #[serde(skip)]
    pub differences: Differences,
    /// The update during which its Node stopped.
    #[serde(skip)]
    pub stopped: Option<Stopped>,
    /// The id of its instance.
    #[serde(skip)]
    instance: Option<String>,
    /// Indicates whether its instance was deleted outside of the Machine API.
    #[serde(skip)]
    is_instance_missing: bool,
}

impl Machine {
    pub(crate) fn read(snapshot: &Snapshot, plan: &Plan) -> Observation<Vec<Self>> {
        Observation::of(snapshot, Kind::Machine, || {
            snapshot.machines_of(names::ETCD).map(|it| Self::of(snapshot, plan, it)).collect()
        })
    }

    fn of(snapshot: &Snapshot, plan: &Plan, machine: &Object) -> Self {
        let node = snapshot.node_of(machine);
        let progress = MachineProgress::of(machine, node);
        let is_node_unread = snapshot.why_unreadable(Kind::Node).is_some() && is_running(&progress);
        let differences = Differences::of(snapshot, machine);
        let node_name = node.map(Object::name).or_else(|| machine.text("/status/nodeRef/name"));
        let message = match &progress {
            MachineProgress::Ready => None,
            _ if !differences.fatal.is_empty() => Some(differences.fatal.join("; ")),
            MachineProgress::Failed(words) => Some(words.clone()),
            _ if is_node_unread => Some("the Node could not be read".to_owned()),
            progress if is_running(progress) && node_name.is_some() => {
                Some("its Node does not exist".to_owned())
            }
            other => Some(format!("waiting for {}", other.waiting_for())),
        };
        let label = |key| machine.label(key).filter(|it| !it.is_empty());
        let zone = aws::zone(machine).or_else(|| label(names::MACHINE_ZONE));
        let wrong_role = node
            .filter(|_| progress == MachineProgress::WrongRole)
            .map(|it| WrongRole::of(snapshot, plan, machine, it));
        let is_at_fault = matches!(
            progress,
            MachineProgress::Failed(_) | MachineProgress::WrongRole | MachineProgress::NotReady(_)
        ) || progress.is_booting()
            || !differences.findings(machine.reference()).is_empty();
        let kind = aws::instance_type(machine).or_else(|| label(names::MACHINE_INSTANCE_TYPE));
        Self {
            name: machine.name().to_owned(),
            successor: zone.map(|it| add_machine::successor(snapshot, it, machine)),
            zone: zone.map(str::to_owned),
            instance_type: kind.map(str::to_owned),
            phase: machine.text("/status/phase").map(str::to_owned),
            node: node_name.map(str::to_owned),
            age: Age::of(machine, snapshot.read_at),
            message,
            is_ours: made_by_us(machine),
            machine_set: machine_set_of(machine),
            is_removable: removal::is_allowed(snapshot, machine),
            is_replaceable: is_at_fault && !add_machine::is_refused(&without(snapshot, machine)),
            deletion: machine.text("/metadata/deletionTimestamp").and_then(|it| {
                let progress = DeletionProgress::of(Some(machine), node);
                Some((Age::since(it, snapshot.read_at)?, progress))
            }),
            way_off_hook: machine_ties::way_off_hook(snapshot, machine),
            stopped: node
                .filter(|_| matches!(progress, MachineProgress::NotReady(_)))
                .and_then(|it| Stopped::of(snapshot, it)),
            instance: instance(machine).map(str::to_owned),
            is_instance_missing: is_instance_missing(machine),
            wrong_role,
            differences,
            progress,
        }
    }

    /// Returns whether it will never be an etcd Node that is Ready.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let is_repairable = self.wrong_role.as_ref().is_some_and(WrongRole::is_repairable);
        let is_lost =
            matches!(self.progress, MachineProgress::Failed(_) | MachineProgress::WrongRole);
        (is_lost || !self.differences.fatal.is_empty()) && !is_repairable
    }

    /// The command that removes it, or that says why it stays.
    pub(crate) fn deletion(&self) -> String {
        let dry_run = if self.is_removable { "" } else { " --dry-run=client" };
        format!("oc etcd remove-machine {}{dry_run}", self.name)
    }

    /// The command that removes it, where nothing else helps. One in its place is made afterwards.
    pub(crate) fn removal(&self) -> Option<String> {
        let is_advised = self.machine_set.is_none()
            && self.wrong_role.as_ref().is_none_or(WrongRole::is_removal_advised);
        (self.is_lost() && is_advised).then(|| self.deletion())
    }

    /// Returns advice about a Machine that is lost.
    fn replacement(&self) -> String {
        // One in its place would become the same, or be refused.
        let is_repeated = self.wrong_role.as_ref().is_some_and(|it| !it.is_cause_removed());
        let deletion = self.deletion();
        let advice = match (&self.successor, self.zone.as_deref().map(quoted)) {
            _ if self.machine_set.is_some() || !self.is_removable || is_repeated => deletion,
            (Some(successor), _) if self.is_replaceable => {
                let again = format!("{deletion} && {successor}");
                match self.progress {
                    MachineProgress::Failed(_) if !self.is_instance_missing => format!(
                        "first solve the cause, or choose other settings, for example another --instance-type; then: {again}"
                    ),
                    _ => again,
                }
            }
            (_, Some(zone)) => format!(
                "first solve the findings of `oc etcd add-machine --zone {zone} --another --dry-run=client`, because they \
                 also block a machine in the place of this one; then: {deletion}"
            ),
            (_, None) => deletion,
        };
        removal::advice(self.machine_set.as_ref(), advice)
    }

    /// Returns the remedy for a Machine that is not an etcd Machine as it should be.
    fn remedy(&self) -> String {
        match self.wrong_role.as_ref().filter(|it| !it.is_removal_advised()) {
            Some(wrong) => wrong.hint().unwrap_or_else(|| self.look()),
            None => self.replacement(),
        }
    }

    /// The command that shows the Machine.
    fn look(&self) -> String {
        format!("oc get {} -o yaml", ObjectRef::machine(&self.name).command_line())
    }

    /// Reports the differences from a Machine of `add-machine`.
    pub(crate) fn differing(&self) -> impl Iterator<Item = Finding> {
        let found = self.differences.findings(format_args!("machine/{}", self.name)).into_iter();
        found.map(move |it| match (it.check, it.severity) {
            (Check::MachineDiffers, Severity::Warning) => it.hint(self.remedy()),
            _ => it,
        })
    }

    /// Reports the reason why the Machine is not a Ready etcd Node. `changing` are the units that change Nodes, and `cause` is
    /// a finding about what keeps the kubelet of a new machine from starting.
    pub(crate) fn finding(
        &self,
        status: &Status,
        changing: &[Finding],
        cause: Option<&Finding>,
    ) -> Option<Finding> {
        let subject = format!("machine/{}", self.name);
        let node = self.node.as_deref().unwrap_or("of its own");
        let look = self.look();
        let (check, message, hint) = match &self.progress {
            MachineProgress::Ready => return None,
            MachineProgress::Deleting => return self.delayed(),
            MachineProgress::Failed(words) => {
                let message = format!("the Machine failed and does not recover: {words}");
                let cause = "; its instance was deleted outside of the Machine API";
                let cause = if self.is_instance_missing { cause } else { "" };
                (Check::MachineFailed, message + cause, self.replacement())
            }
            MachineProgress::WrongRole => {
                let wrong = self.wrong_role.as_ref()?;
                (Check::NodeNotJoining, wrong.message(), self.remedy())
            }
            _ if !self.differences.fatal.is_empty() => return None,
            _ if self.stopped.is_some() => return None,
            progress if is_running(progress) && status.nodes.known().is_none() => return None,
            progress if is_running(progress) && self.node.is_some() => {
                let message = format!(
                    "the Machine is Running and its Node {node} does not exist: a kubelet creates its Node only when the \
                     kubelet starts"
                );
                // A member is removed from etcd when its Node reboots.
                let hint = format!(
                    "restart the kubelet, but not the instance, because an etcd member may run there; to see the \
                     instance: {look}"
                );
                (Check::NodeNotJoining, message, hint)
            }
            progress => {
                let age = self.age.filter(|age| age.exceeds(JOIN_TIME))?;
                let of_status =
                    status.nodes.entries().find(|it| Some(&it.name) == self.node.as_ref());
                if of_status.is_some_and(|it| it.is_rebooting) {
                    return None;
                }
                let message = match progress {
                    MachineProgress::NotReady(node) => {
                        match of_status.and_then(|it| it.time_of_ready) {
                            Some(time) => format!("its Node {node} has not been Ready for {time}"),
                            None => {
                                format!("the Machine is {age} old and its Node {node} is not Ready")
                            }
                        }
                    }
                    other if other.is_booting() => {
                        let why = match cause {
                            Some(it) => format!("a possible cause is the finding {} of {}", it.check.id(), it.subject),
                            None => "common causes are a stop of the script for the disk or of the script for the \
                                     kubelet, the certificate authority in the user data, the boot image, and pending \
                                     certificate signing requests"
                                .to_owned(),
                        };
                        format!(
                            "the Machine is {age} old, {}, and has no Node; {why}",
                            other.word()
                        )
                    }
                    other => {
                        format!("the Machine is {age} old and waits for {}", other.waiting_for())
                    }
                };
                let instance = self.instance.as_deref();
                let look = progress.look(&ObjectRef::machine(&self.name), instance);
                let is_gone = of_status
                    .is_some_and(|it| it.time_of_ready.is_some_and(|it| it.exceeds(JOIN_TIME)));
                let hint = match cause.filter(|_| progress.is_booting()) {
                    Some(_) => {
                        let console = instance.map(|it| format!("{}; ", console(it)));
                        format!(
                            "{}first solve this finding, which also applies to the next machine; then: {}",
                            console.unwrap_or_default(),
                            self.deletion()
                        )
                    }
                    None if is_gone || progress.is_booting() => format!(
                        "{look}; if the machine does not become Ready: {}",
                        self.replacement()
                    ),
                    None => look,
                };
                (Check::NodeNotJoining, message, hint)
            }
        };
        let found = check.warning(subject, message).hint(hint);
        Some(match &self.wrong_role {
            Some(wrong) => wrong.with_cause(found, changing),
            None => found,
        })
    }
}

impl Machine {
    /// The next command about a Machine whose Node holds up an update: the removal, if the Node does not become Ready by itself.
    pub(crate) fn next_of_stopped(&self) -> Option<String> {
        let node = self.node.as_deref().map(quoted)?;
        let describe = || format!("oc describe node/{node}");
        self.stopped.as_ref().map(|it| if it.is_certain() { self.deletion() } else { describe() })
    }

    /// Reports a Node that stopped during an update. `is_role_wrong` says that the next Node would stop too.
    pub(crate) fn stopped(&self, is_role_wrong: bool) -> Option<Finding> {
        let stopped = self.stopped.as_ref().filter(|_| self.differences.fatal.is_empty())?;
        let node = self.node.as_deref().unwrap_or_default();
        let fault = stopped.fault.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
        let when = if stopped.is_begun {
            format!("stopped in the update to {} and is not Ready", stopped.desired)
        } else {
            "was not Ready when the update of the pool began".to_owned()
        };
        let message = format!("its Node {node} {when}, and the pool waits for the Node{fault}");
        let first = match stopped {
            _ if is_role_wrong => {
                "first solve the finding kubelet-role-wrong, because the next node would stop too; then: ".to_owned()
            }
            it if it.is_certain() => String::new(),
            _ => format!("oc describe node/{}; if the kubelet of the machine does not start: ", quoted(node)),
        };
        let successor = self.successor.as_ref().filter(|_| self.machine_set.is_none());
        let again =
            successor.map(|it| format!("; when the pool has updated the other nodes: {it}"));
        let advice = format!("{}{}", self.deletion(), again.unwrap_or_default());
        let hint = format!("{first}{}", removal::advice(self.machine_set.as_ref(), advice));
        Some(Check::NodeNotJoining.warning(format!("machine/{}", self.name), message).hint(hint))
    }

    /// Reports a Machine whose phase is missing or withheld: it is unknown whether the Machine API manages the Machine.
    pub(crate) fn unphased(&self) -> Option<Finding> {
        let is_it = self.progress == MachineProgress::Ready && self.phase.is_none();
        let message = "status.phase is missing, so it is unknown how the Machine is";
        let machine = ObjectRef::machine(&self.name);
        is_it.then(|| {
            let hint = format!("oc get {} -o yaml", machine.command_line());
            Check::Unreadable.warning(machine, message).hint(hint)
        })
    }

    /// Reports a deletion that takes longer than a deletion takes.
    fn delayed(&self) -> Option<Finding> {
        let machine = ObjectRef::machine(&self.name);
        let (age, progress) = self.deletion.as_ref()?;
        // That takes time, and this never ends.
        if let Some(hint) = &self.way_off_hook {
            let found = Check::DeletionBlocked.warning(machine, machine_ties::HELD_FOR_GOOD);
            return Some(found.hint(hint.clone()));
        }
        let message = format!("the deletion was requested {age} ago: {}", progress.words());
        let found = Check::DeletionBlocked.warning(&machine, message);
        age.exceeds(DELETION_TIME).then(|| found.hint(progress.look(&machine)))
    }
}

/// Returns the cluster without a Machine and its Node.
fn without(snapshot: &Snapshot, machine: &Object) -> Snapshot {
    let mut rest = snapshot.clone();
    rest.remove(machine.reference());
    if let Some(node) = snapshot.node_of(machine) {
        rest.remove(node.reference());
    }
    rest
}

/// Returns whether the Machine API has seen a Node, so that only the Node can tell how it is.
fn is_running(progress: &MachineProgress) -> bool {
    matches!(progress, MachineProgress::Phase(phase) if phase == "Running")
}

/// The Machines that will be there tomorrow.
pub(crate) fn staying(status: &Status) -> impl Iterator<Item = &Machine> {
    status.machines.entries().filter(|it| it.progress != MachineProgress::Deleting)
}

/// Reports an even number of Machines.
pub(crate) fn even(status: &Status) -> Option<Finding> {
    let total = staying(status).count();
    (total > 0 && total.is_multiple_of(2)).then(|| {
        let message = format!(
            "the cluster has {total} etcd machines: an even number tolerates no more failures than one \
             machine fewer"
        );
        Check::EvenMachineCount.note("cluster", message)
    })
}
