//! The progress of the replacement of the masters: for each master the old Machine, the new Machine, its Node and its
//! member of etcd.
//!
//! The operator of ControlPlaneMachineSets identifies a master by an index, the number at the end of the names of its
//! Machines. The operator considers a Machine replaced as soon as the new Machine runs; only the hook of etcd's
//! operator keeps the old Machine until its member has moved. Here, a master therefore counts as replaced only when its
//! Node is Ready and has a member of etcd, and the old Machine no longer exists.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::model::field::{Field, Unknown};
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::{ControlPlaneMachineSet, Rollout, Strategy};
use crate::openshift::deletion::DeletionProgress;
use crate::openshift::etcd_stability::has_member;
use crate::openshift::machine::failure;
use crate::openshift::master_volumes::Wish;
use crate::openshift::members;

/// Time in which a new machine should become a Node that is Ready.
const JOIN_TIME: SignedDuration = SignedDuration::from_mins(15);
/// Time in which an old machine should be deleted. The etcd operator releases the machine after about three minutes,
/// and the Pods are drained after that.
const LEAVE_TIME: SignedDuration = SignedDuration::from_mins(30);

/// A master, with its old Machine, its new Machine, or both.
#[derive(Clone, Debug, PartialEq)]
pub struct Master<'a> {
    /// Index by which the operator identifies the master; the name of the Machine if the name has no index.
    pub index: String,
    /// Machine without the wished volumes, if one exists. If all Machines have these volumes, the first of several: the
    /// operator replaces a Machine for every other difference from the template, too.
    pub old: Option<&'a Object>,
    /// Machine with the wished volumes, if one exists.
    pub new: Option<&'a Object>,
    /// Stage of the replacement.
    pub stage: Stage,
}

/// A new Machine that failed, so that no master is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure<'a> {
    /// The Machine.
    pub machine: &'a ObjectRef,
    /// Effect and reason, as a fragment about the Machine.
    pub message: String,
    /// The way to continue the replacement.
    pub remedy: String,
}

/// Stage of the replacement of a master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The replacement has not started.
    Waiting,
    /// The stage is unknown, because the volumes of a Machine are unknown.
    Unknown(Unknown),
    /// The new Machine failed and will never run; the message of the Machine API.
    Failed(String),
    /// The new Machine has no Node; the phase and the age of the Machine.
    Starting(String, Option<SignedDuration>),
    /// The Node of the new Machine is not Ready; the name of the Node and the age of the Machine.
    Joining(String, Option<SignedDuration>),
    /// The new Node is Ready, and has no voting member of etcd.
    MovingMember(String),
    /// The new Node is Ready, and the members of etcd are not known.
    UnknownMember(String),
    /// The new Node has its member, and the old Machine still exists.
    DeletingOld(DeletionProgress, Option<SignedDuration>),
    /// The master stays: the change was reverted before this Machine, which was to replace the master, became a Node. The
    /// operator deletes the Machine.
    DeletingUnused(String, DeletionProgress, Option<SignedDuration>),
    /// The new Machine is being deleted, and no other Machine exists yet: an admin deletes a failed Machine.
    DeletingNew(DeletionProgress),
    /// The master has the wished volumes and its member, and the old Machine no longer exists.
    Replaced,
    /// As `Replaced`, and the Machine differs from the template in something else, so that the operator replaces the Machine
    /// again.
    Outdated,
}

impl Stage {
    /// Returns the description of the stage, without the names of the Machines.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Waiting => "waits for its turn".to_owned(),
            Self::Unknown(why) => format!("the volumes are {why}"),
            Self::Failed(message) => format!("failed: {message}"),
            Self::Starting(phase, _) => match phase.as_str() {
                "Provisioned" | "Running" => {
                    format!("{phase}, waiting for the instance to boot and join as a Node")
                }
                "" => "waiting for the Machine API".to_owned(),
                _ => format!("{phase}, waiting for AWS to start the instance"),
            },
            Self::Joining(node, _) => format!("waiting for Node {node} to be Ready"),
            Self::MovingMember(node) => {
                format!("Node {node} is Ready, waiting for its etcd member")
            }
            Self::UnknownMember(node) => {
                format!(
                    "Node {node} is Ready, and it is unknown whether the Node has an etcd member"
                )
            }
            Self::DeletingOld(DeletionProgress::Asked, _) => {
                "the etcd member runs, and the old machine is to be deleted".to_owned()
            }
            Self::DeletingOld(progress, _) => {
                format!("the etcd member runs, the old machine: {}", progress.words())
            }
            Self::DeletingUnused(machine, DeletionProgress::Asked, _) => {
                format!("stays, and the new machine {machine} is to be deleted")
            }
            Self::DeletingUnused(machine, progress, _) => {
                format!("stays, the new machine {machine}: {}", progress.words())
            }
            Self::DeletingNew(progress) => {
                format!("the new machine is being deleted: {}", progress.words())
            }
            Self::Replaced => "done".to_owned(),
            Self::Outdated => "differs from the template".to_owned(),
        }
    }

    /// Returns the description of a stage that takes longer than expected, with the time in minutes.
    #[must_use]
    pub fn delay(&self) -> Option<String> {
        let minutes = |it: SignedDuration| it.as_mins();
        match self {
            Self::Starting(_, Some(age)) | Self::Joining(_, Some(age)) if *age > JOIN_TIME => {
                Some(format!("{} ({} minutes)", self.words(), minutes(*age)))
            }
            Self::DeletingOld(progress, Some(age))
            | Self::DeletingUnused(_, progress, Some(age))
                if *age > LEAVE_TIME =>
            {
                Some(format!("{} ({} minutes)", progress.words(), minutes(*age)))
            }
            _ => None,
        }
    }
}

impl Master<'_> {
    /// Returns the names of its Machines: `lab-master-0 → lab-master-x7k2p-0`; one name if the master stays.
    #[must_use]
    pub fn names(&self) -> String {
        let is_unused = matches!(self.stage, Stage::DeletingUnused(..));
        let old = self.old.filter(|_| !is_unused);
        let names: Vec<&str> = [old, self.new].into_iter().flatten().map(Object::name).collect();
        names.join(" → ")
    }

    /// Returns what a new Machine that failed means for the replacement, a fragment about the Machine, and how the
    /// replacement continues. With the strategy `OnDelete`, the operator creates a Machine only if the old one is being
    /// deleted or no longer exists.
    #[must_use]
    pub fn failure(&self, strategy: Field<Strategy>) -> Option<Failure<'_>> {
        let Stage::Failed(message) = &self.stage else { return None };
        let machine = self.new?.reference();
        let kept = self.old.filter(|it| !it.is_terminating());
        let remedy = match kept.filter(|_| strategy == Field::Known(Strategy::OnDelete)) {
            Some(old) => format!(
                "after the cause is fixed, delete the Machine: oc delete {}; with the strategy OnDelete, the operator \
                 creates another one only when the old Machine is deleted too: oc delete {}",
                machine.command_line(),
                old.reference().command_line()
            ),
            None => format!(
                "after the cause is fixed, delete the Machine, and the operator creates another one: oc delete {}",
                machine.command_line()
            ),
        };
        Some(Failure {
            machine,
            message: format!(
                "failed, and no master is replaced until the Machine is deleted: {message}"
            ),
            remedy,
        })
    }
}

/// Returns the masters in the order of their indexes, with the stage of each master.
#[must_use]
pub fn masters<'a>(snapshot: &'a Snapshot, wish: &Wish) -> Vec<Master<'a>> {
    let by_index = by_index(snapshot).into_iter();
    by_index.map(|(index, machines)| master(snapshot, wish, index.to_owned(), &machines)).collect()
}

/// Returns the Machines of each master, by the index of the master: two while the master is replaced.
#[must_use]
pub fn by_index(snapshot: &Snapshot) -> BTreeMap<&str, Vec<&Object>> {
    let mut by_index: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
    for machine in snapshot.machines_of(names::MASTER) {
        by_index.entry(index(machine.name())).or_default().push(machine);
    }
    by_index
}

/// Returns the Machines of a master on whose Nodes its member of etcd runs. Several where the member is moving, or where
/// it is unknown on which Node the member runs; none where no Machine has a Node.
#[must_use]
pub fn carriers<'a>(snapshot: &Snapshot, machines: &[&'a Object]) -> Vec<&'a Object> {
    let listed = members::listed(snapshot).ok();
    let has_it = |it: &&Object| {
        let node = snapshot.node_of(it).zip(listed.as_ref());
        node.is_some_and(|(node, listed)| has_member(node, listed) == Field::Known(true))
    };
    let nodes: Vec<&Object> =
        machines.iter().copied().filter(|it| snapshot.node_name_of(it).is_some()).collect();
    let members: Vec<&Object> = nodes.iter().copied().filter(has_it).collect();
    // The old member is removed after the new one has its vote.
    let staying: Vec<&Object> = members.iter().copied().filter(|it| !it.is_terminating()).collect();
    [staying, members].into_iter().find(|it| !it.is_empty()).unwrap_or(nodes)
}

/// Returns whether masters that differ from the template only wait until somebody deletes their Machines: the strategy is
/// `OnDelete`, and each master has one Machine, which is a Ready Node and is not being deleted. The operator then
/// creates no Machine and deletes none (`updates.go`, `reconcileMachineOnDeleteUpdate`), and reports `Progressing`.
#[must_use]
pub fn is_waiting_for_deletion(snapshot: &Snapshot) -> bool {
    let Some(set) = ControlPlaneMachineSet::of(snapshot) else { return false };
    let by_index = by_index(snapshot);
    let is_wanted = |field: &str| {
        let count = set.object().integer(field).and_then(|it| usize::try_from(it).ok());
        count == Some(by_index.len())
    };
    let is_up = |it: &Object| {
        let is_ready = |node: &Object| node.condition_is_true("Ready");
        let is_running = it.text("/status/phase") == Some("Running");
        is_running && !it.is_terminating() && snapshot.node_of(it).is_some_and(is_ready)
    };
    set.strategy() == Field::Known(Strategy::OnDelete)
        && matches!(set.rollout(), Rollout::Rolling(_))
        && ["/spec/replicas", "/status/replicas", "/status/readyReplicas"]
            .into_iter()
            .all(is_wanted)
        && by_index.values().all(|it| matches!(it.as_slice(), [only] if is_up(only)))
}

/// The number at the end of the name of a Machine; the whole name if the name has no number.
fn index(name: &str) -> &str {
    let last = name.rsplit('-').next().unwrap_or(name);
    let is_number = !last.is_empty() && last.bytes().all(|it| it.is_ascii_digit());
    if is_number { last } else { name }
}

fn master<'a>(
    snapshot: &'a Snapshot,
    wish: &Wish,
    index: String,
    machines: &[&'a Object],
) -> Master<'a> {
    let mut machines = machines.to_vec();
    // Of two that are equally old, the one that is being deleted is the first.
    machines.sort_by_key(|it| (created(it), !it.is_terminating()));
    let met = |it: &&&Object| wish.is_met_by(it);
    let of = |wanted: bool| {
        let of_wish = machines.iter().filter(|it| met(it) == Field::Known(wanted));
        let found: Vec<&Object> = of_wish.copied().collect();
        if wanted { last(&found) } else { first(&found) }
    };
    let unknown = machines.iter().find_map(|it| match met(&it) {
        Field::Unknown(why) => Some(why),
        Field::Absent | Field::Known(_) => None,
    });
    let old = of(false);
    if let (None, None, Some((old, new))) = (old, unknown, succession(&machines)) {
        let stage = stage(snapshot, Some(old), new);
        return Master { index, old: Some(old), new: Some(new), stage };
    }
    // The first Machine of a master, in whose place the replacement that is to be reverted has put another.
    let is_first = |it: &&Object| it.is_terminating() && old.is_some_and(|old| is_older(it, old));
    let new = of(true).filter(|it| !is_first(it));
    let stage = match (unknown, old, new) {
        (Some(why), ..) => Stage::Unknown(why),
        (None, _, None) => Stage::Waiting,
        (None, old, Some(new)) => stage(snapshot, old, new),
    };
    Master { index, old, new, stage }
}

/// Returns the first Machine that stays; the first if none stays.
fn first<'a>(machines: &[&'a Object]) -> Option<&'a Object> {
    machines.iter().find(|it| !it.is_terminating()).or(machines.first()).copied()
}

/// Returns the last Machine that stays; the last if none stays.
fn last<'a>(machines: &[&'a Object]) -> Option<&'a Object> {
    machines.iter().rfind(|it| !it.is_terminating()).or(machines.last()).copied()
}

/// Returns the first of several Machines, and the Machine that is to take its place.
fn succession<'a>(machines: &[&'a Object]) -> Option<(&'a Object, &'a Object)> {
    let (first, rest) = machines.split_first()?;
    Some((*first, last(rest)?))
}

fn stage(snapshot: &Snapshot, old: Option<&Object>, new: &Object) -> Stage {
    if new.is_terminating() {
        return Stage::DeletingNew(DeletionProgress::of(Some(new), snapshot.node_of(new)));
    }
    if let Some(message) = failure(new) {
        return Stage::Failed(message);
    }
    let deletion = |old: &Object| {
        let progress = DeletionProgress::of(Some(old), snapshot.node_of(old));
        (progress, since(snapshot, old.text("/metadata/deletionTimestamp")))
    };
    let never_ran = |it: &Object| {
        snapshot.node_name_of(it).is_none() && it.text("/status/phase") != Some("Running")
    };
    if let Some(unused) = old.filter(|it| is_older(new, it) && never_ran(it)) {
        let (progress, age) = deletion(unused);
        return Stage::DeletingUnused(unused.name().to_owned(), progress, age);
    }
    let age = || since(snapshot, new.text("/metadata/creationTimestamp"));
    let Some(node) = snapshot.node_of(new) else {
        let phase = new.text("/status/phase").unwrap_or_default();
        return Stage::Starting(phase.to_owned(), age());
    };
    if !node.condition_is_true("Ready") {
        return Stage::Joining(node.name().to_owned(), age());
    }
    let name = || node.name().to_owned();
    match members::listed(snapshot).map(|listed| has_member(node, &listed)) {
        Ok(Field::Known(true)) => {}
        Ok(Field::Known(false) | Field::Absent) => return Stage::MovingMember(name()),
        Ok(Field::Unknown(_)) | Err(_) => return Stage::UnknownMember(name()),
    }
    match old {
        Some(old) => {
            let (progress, age) = deletion(old);
            Stage::DeletingOld(progress, age)
        }
        None => Stage::Replaced,
    }
}

/// Returns whether a Machine was created before another, as far as that is known.
fn is_older(machine: &Object, than: &Object) -> bool {
    created(machine).zip(created(than)).is_some_and(|(it, than)| it < than)
}

/// Returns whether an object was created before another, or may have been.
#[must_use]
pub fn may_be_older(object: &Object, than: &Object) -> bool {
    created(object).zip(created(than)).is_none_or(|(it, than)| it < than)
}

fn created(object: &Object) -> Option<Timestamp> {
    object.text("/metadata/creationTimestamp")?.parse().ok()
}

fn since(snapshot: &Snapshot, time: Option<&str>) -> Option<SignedDuration> {
    let time: Timestamp = time?.parse().ok()?;
    Some(snapshot.read_at.duration_since(time))
}

/// Returns the median of the times between the creation of a Machine and the creation of its Node in this cluster, without
/// the machines of the installer and Nodes that were created again. `None` if no such machine has a Node.
#[must_use]
pub fn join_time(snapshot: &Snapshot) -> Option<SignedDuration> {
    let machines = [names::MASTER, names::ETCD].into_iter().flat_map(|it| snapshot.machines_of(it));
    let times = machines.filter_map(|machine| {
        let node = snapshot.node_of(machine)?;
        Some(created(node)?.duration_since(created(machine)?))
    });
    // The installer creates its instances before their Machines. A Node that was deleted and joined again is younger than
    // its machine.
    let is_sensible = |it: &SignedDuration| {
        (SignedDuration::from_mins(1)..SignedDuration::from_hours(2)).contains(it)
    };
    let mut times: Vec<SignedDuration> = times.filter(is_sensible).collect();
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::kind::Kind;
    use crate::status::fixtures::cluster;

    const VOLUME: &str = "/dev/xvdb";

    fn wish() -> Wish {
        Wish::Volume(VOLUME.to_owned())
    }

    /// The second Machine of a master: a copy of the first with a second volume.
    fn replacement(snapshot: &Snapshot, of: &str, name: &str, status: Value) -> Object {
        let reference = |it: &str| ObjectRef::machine(it);
        let mut body = snapshot.get(&reference(of)).unwrap().body().clone();
        body["metadata"]["name"] = name.into();
        body["metadata"]["creationTimestamp"] = "2024-08-21T11:50:00Z".into();
        let devices = &mut body["spec"]["providerSpec"]["value"]["blockDevices"];
        devices.as_array_mut().unwrap().push(json!({"deviceName": VOLUME, "ebs": {}}));
        body["status"] = status;
        Object::from_value(body).unwrap()
    }

    fn node(name: &str, ready: &str, address: &str) -> Object {
        let status = json!({
            "addresses": [{"type": "InternalIP", "address": address}],
            "conditions": [{"type": "Ready", "status": ready}],
        });
        Object::new(ObjectRef::cluster(Kind::Node, name)).with("status", status)
    }

    fn told(snapshot: &Snapshot) -> Vec<String> {
        masters(snapshot, &wish())
            .iter()
            .map(|it| format!("{} {} {}", it.index, it.names(), it.stage.words()))
            .collect()
    }

    #[test]
    fn each_master_is_followed_from_its_old_machine_to_its_member() {
        let mut snapshot = cluster(&["4.16"]);
        snapshot.read_at = "2024-08-21T12:00:00Z".parse().unwrap();
        assert_eq!(
            told(&snapshot),
            [0, 1, 2].map(|it| format!("{it} lab-x99n4-master-{it} waits for its turn"))
        );
        let (old, new) = ("lab-x99n4-master-0", "lab-x99n4-master-abcde-0");
        let both = format!("0 {old} → {new}");
        let with = |status: Value, nodes: &[Object]| {
            let machine = replacement(&snapshot, old, new, status);
            snapshot.clone().with_objects([machine]).with_objects(nodes.iter().cloned())
        };
        let running = json!({"phase": "Running", "nodeRef": {"name": "n"}});
        for (snapshot, expected) in [
            (with(json!({}), &[]), "waiting for the Machine API"),
            (
                with(json!({"phase": "Provisioning"}), &[]),
                "Provisioning, waiting for AWS to start the instance",
            ),
            (
                with(json!({"phase": "Failed", "errorMessage": "no capacity"}), &[]),
                "failed: no capacity",
            ),
            (
                with(json!({"phase": "Provisioned"}), &[]),
                "Provisioned, waiting for the instance to boot and join as a Node",
            ),
            (
                with(running.clone(), &[node("n", "False", "10.0.0.9")]),
                "waiting for Node n to be Ready",
            ),
            (
                with(running.clone(), &[node("n", "True", "10.0.0.9")]),
                "Node n is Ready, waiting for its etcd member",
            ),
            (
                with(running.clone(), &[node("n", "True", "10.0.12.34")]),
                "the etcd member runs, and the old machine is to be deleted",
            ),
        ] {
            assert_eq!(told(&snapshot)[0], format!("{both} {expected}"));
        }
        let mut unlisted = with(running.clone(), &[node("n", "True", "10.0.12.34")]);
        unlisted.remove(&members::endpoints());
        assert_eq!(
            told(&unlisted)[0],
            format!(
                "{both} Node n is Ready, and it is unknown whether the Node has an etcd member"
            )
        );
        let mut deleted = with(running, &[node("n", "True", "10.0.12.34")]);
        deleted.remove(&ObjectRef::machine(old));
        assert_eq!(told(&deleted)[0], format!("0 {new} done"));
    }

    /// The way out of a failed machine is to delete it; the Machine API takes some minutes for that.
    #[test]
    fn a_new_machine_that_is_being_deleted_has_not_failed() {
        let snapshot = cluster(&["4.16"]);
        let (old, new) = ("lab-x99n4-master-0", "lab-x99n4-master-abcde-0");
        let status =
            json!({"phase": "Deleting", "errorReason": "CreateError", "errorMessage": "x"});
        let mut machine = replacement(&snapshot, old, new, status).body().clone();
        machine["metadata"]["deletionTimestamp"] = "2024-08-21T12:00:00Z".into();
        machine["spec"]["lifecycleHooks"] = json!({});
        let failed = Object::from_value(machine).unwrap();
        let deleting = "the new machine is being deleted: waiting for the instance to terminate";
        let with =
            |machines: Vec<Object>| told(&snapshot.clone().with_objects(machines))[0].clone();
        assert_eq!(with(vec![failed.clone()]), format!("0 {old} → {new} {deleting}"));
        // The machine that the operator makes in its place counts.
        let next = "lab-x99n4-master-fghij-0";
        let second = replacement(&snapshot, old, next, json!({"phase": "Provisioning"}));
        assert_eq!(
            with(vec![failed, second]),
            format!("0 {old} → {next} Provisioning, waiting for AWS to start the instance")
        );
    }

    /// The operator replaces a Machine for every difference from the template, also where the volumes are the same.
    #[test]
    fn of_two_machines_with_the_wished_volumes_the_later_one_replaces_the_first() {
        let snapshot = cluster(&["4.16"]);
        let (first, second) = ("lab-x99n4-master-0", "lab-x99n4-master-abcde-0");
        let of = |status: Value, address: &str, deleted: Option<&str>| {
            let machine = replacement(&snapshot, first, second, status);
            let mut old = snapshot.get(&ObjectRef::machine(first)).unwrap().body().clone();
            old["spec"] = machine.body()["spec"].clone();
            let mut both = [old, machine.into_body()];
            for it in both.iter_mut().filter(|it| it["metadata"]["name"] == *deleted.unwrap_or(""))
            {
                it["metadata"]["deletionTimestamp"] = "2024-08-21T12:00:00Z".into();
            }
            let both = both.map(|it| Object::from_value(it).unwrap());
            let snapshot =
                snapshot.clone().with_objects(both).with_objects([node("n", "True", address)]);
            told(&snapshot)[0].clone()
        };
        let failed = json!({"phase": "Failed", "errorMessage": "vCPU limit"});
        let running = json!({"phase": "Running", "nodeRef": {"name": "n"}});
        for (status, address, deleted, expected) in [
            (failed.clone(), "10.0.0.9", None, "failed: vCPU limit"),
            (json!({"phase": "Provisioning"}), "10.0.0.9", None, "Provisioning, waiting for"),
            (running.clone(), "10.0.0.9", None, "Node n is Ready, waiting for its etcd member"),
            (running.clone(), "10.0.12.34", Some(first), "the etcd member runs, the old machine"),
            (failed, "10.0.0.9", Some(second), "the new machine is being deleted"),
        ] {
            let told = of(status, address, deleted);
            assert!(told.starts_with(&format!("0 {first} → {second} {expected}")), "{told}");
        }
    }

    #[test]
    fn a_master_stays_when_the_change_is_reverted_before_its_new_machine_runs() {
        let snapshot = cluster(&["4.16"]);
        let (old, new) = ("lab-x99n4-master-0", "lab-x99n4-master-abcde-0");
        let running = json!({"phase": "Running", "nodeRef": {"name": "n"}});
        let stays = "stays, and the new machine lab-x99n4-master-abcde-0 is to be deleted";
        let replaced = "the etcd member runs, and the old machine is to be deleted";
        for (status, expected) in [
            (json!({"phase": "Provisioned"}), format!("{old} {stays}")),
            (json!({"phase": "Failed", "errorMessage": "x"}), format!("{old} {stays}")),
            (running, format!("{new} → {old} {replaced}")),
        ] {
            let machine = replacement(&snapshot, old, new, status);
            let snapshot = snapshot.clone().with_objects([machine]);
            let master = &masters(&snapshot, &Wish::RootAlone)[0];
            assert_eq!(format!("{} {}", master.names(), master.stage.words()), expected);
        }
    }

    #[test]
    fn what_takes_too_long_is_told_with_its_time() {
        let mut snapshot = cluster(&["4.16"]);
        snapshot.read_at = "2024-08-21T12:00:00Z".parse().unwrap();
        let machine = replacement(
            &snapshot,
            "lab-x99n4-master-0",
            "lab-x99n4-master-abcde-0",
            json!({"phase": "Provisioned"}),
        );
        snapshot.insert(machine);
        let delay = |snapshot: &Snapshot| masters(snapshot, &wish())[0].stage.delay();
        assert_eq!(delay(&snapshot), None);
        snapshot.read_at = "2024-08-21T12:06:00Z".parse().unwrap();
        let told = "Provisioned, waiting for the instance to boot and join as a Node (16 minutes)";
        assert_eq!(delay(&snapshot).as_deref(), Some(told));
    }

    #[test]
    fn a_node_that_was_created_again_does_not_tell_how_long_a_machine_takes() {
        let mut snapshot = cluster(&["4.16"]);
        assert_eq!(join_time(&snapshot), None);
        let joined = [(0, "12:05"), (1, "13:30"), (2, "12:07")];
        for (number, time) in joined {
            let (machine, name) = (format!("m-{number}"), format!("n-{number}"));
            let status = json!({"phase": "Running", "nodeRef": {"name": name}});
            let machine = replacement(&snapshot, "lab-x99n4-master-0", &machine, status);
            let mut machine = machine.into_body();
            machine["metadata"]["creationTimestamp"] = "2024-08-21T12:00:00Z".into();
            let mut node = node(&name, "True", "10.0.0.9").into_body();
            node["metadata"]["creationTimestamp"] = format!("2024-08-21T{time}:00Z").into();
            snapshot =
                snapshot.with_objects([machine, node].map(|it| Object::from_value(it).unwrap()));
        }
        assert_eq!(join_time(&snapshot), Some(SignedDuration::from_mins(7)));
        let recreate = |snapshot: &Snapshot, name: &str| {
            let node = snapshot.get(&ObjectRef::cluster(Kind::Node, name)).unwrap();
            let mut body = node.body().clone();
            body["metadata"]["creationTimestamp"] = "2024-12-08T12:00:00Z".into();
            snapshot.clone().with_objects([Object::from_value(body).unwrap()])
        };
        let again = recreate(&recreate(&snapshot, "n-1"), "n-2");
        assert_eq!(join_time(&again), Some(SignedDuration::from_mins(5)));
        assert_eq!(join_time(&recreate(&again, "n-0")), None);
    }

    #[test]
    fn an_index_is_the_number_at_the_end_of_a_name() {
        for (name, expected) in [
            ("lab-x99n4-master-0", "0"),
            ("lab-x99n4-master-abcde-12", "12"),
            ("lab-master-x", "lab-master-x"),
            ("lab-master-", "lab-master-"),
        ] {
            assert_eq!(index(name), expected);
        }
    }
}
