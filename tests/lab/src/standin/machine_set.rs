//! What the operator of the ControlPlaneMachineSet sees in Machines and Nodes, which status it makes of that, and
//! what it does next. It only computes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::conditions::Conditions;
use super::digest::{digest, hex};
use super::release::Release;
use super::scene::MACHINE_API;
use crate::kind::{label, name};

/// The name of the only ControlPlaneMachineSet.
pub const NAME: &str = "cluster";
/// What keeps a ControlPlaneMachineSet until its operator let it go.
pub const FINALIZER: &str = "controlplanemachineset.machine.openshift.io";
const TEMPLATE: &str = "machines_v1beta1_machine_openshift_io";

/// A Machine of the control plane as the operator sees it.
#[derive(Clone, Debug)]
pub struct Replica {
    /// The whole object.
    pub machine: Arc<Value>,
    /// The number at the end of its name.
    pub index: u64,
    /// Whether it is as the template wants it.
    pub is_updated: bool,
}

impl Replica {
    /// Whether the Machine runs and has a Node. Whether the Node is Ready does not count.
    pub fn is_ready(&self) -> bool {
        let status = &self.machine["status"];
        status["phase"] == "Running" && status["nodeRef"]["name"].is_string()
    }

    /// Whether the Machine is on its way out.
    pub fn is_terminating(&self) -> bool {
        self.machine["metadata"]["deletionTimestamp"].is_string()
    }

    fn is_pending(&self) -> bool {
        !self.is_ready() && self.is_updated && !self.is_terminating()
    }

    fn is_to_be_replaced(&self) -> bool {
        !self.is_updated || self.is_terminating()
    }

    fn is_in_error(&self) -> bool {
        self.machine["status"]["errorMessage"].is_string()
    }
}

/// What the operator does next.
#[derive(Clone, Debug)]
pub enum Action {
    /// Deletes a Machine that a ready one takes the place of, a second later.
    Replaced(Arc<Value>),
    /// Deletes a Machine that never got ready and is not wanted any more, at once.
    Unwanted(Arc<Value>),
    /// Creates a Machine in the place of another.
    Replace(Arc<Value>),
}

/// The Machines that a ControlPlaneMachineSet selects.
pub fn replicas(set: &Value, machines: &[Arc<Value>], release: Release) -> Vec<Replica> {
    let selector = set["spec"]["selector"]["matchLabels"].as_object();
    let is_selected = |machine: &&Arc<Value>| {
        selector
            .is_some_and(|it| it.iter().all(|(key, value)| label(machine, key) == value.as_str()))
    };
    let wanted = comparable(template(set), release);
    let mut replicas: Vec<Replica> = machines
        .iter()
        .filter(is_selected)
        .filter_map(|machine| {
            let index = name(machine).rsplit('-').next()?.parse().ok()?;
            let is_updated =
                comparable(&machine["spec"]["providerSpec"]["value"], release) == wanted;
            Some(Replica { machine: machine.clone(), index, is_updated })
        })
        .collect();
    replicas.sort_by_key(|it| (it.index, created(&it.machine)));
    replicas
}

/// The status that follows from the Machines and from the names of the masters' Nodes, and whether the operator
/// goes on acting.
pub fn status(set: &Value, replicas: &[Replica], nodes: &[Arc<Value>], now: &str) -> (Value, bool) {
    let desired = desired(set);
    let count = |is: &dyn Fn(&Replica) -> bool| replicas.iter().filter(|it| is(it)).count() as u64;
    let ready = count(&Replica::is_ready);
    let updated = count(&|it| it.is_ready() && it.is_updated);
    let indexes = by_index(replicas);
    let available = indexes.values().filter(|it| it.iter().any(Replica::is_ready)).count() as u64;

    let mut conditions = Conditions::of(&set["status"], now);
    let missing = desired.saturating_sub(available);
    if missing == 0 {
        conditions.set("Available", true, "AllReplicasAvailable", "");
    } else {
        let message = format!("Missing {missing} available replica(s)");
        conditions.set("Available", false, "UnavailableReplicas", &message);
    }
    let trouble = trouble(replicas, nodes);
    if let Some((reason, message)) = &trouble {
        conditions.set("Degraded", true, reason, message);
        conditions.set("Progressing", false, "OperatorDegraded", "");
    } else {
        conditions.set("Degraded", false, "AsExpected", "");
        if desired > updated {
            let message = format!("Observed {} replica(s) in need of update", desired - updated);
            conditions.set("Progressing", true, "NeedsUpdateReplicas", &message);
        } else if desired < ready {
            let message = format!("Waiting for {} old replica(s) to be removed", ready - updated);
            conditions.set("Progressing", true, "ExcessReplicas", &message);
        } else {
            conditions.set("Progressing", false, "AllReplicasUpdated", "");
        }
    }
    conditions.observe(&set["metadata"]["generation"]);
    let mut status = json!({
        "observedGeneration": set["metadata"]["generation"],
        "conditions": conditions.into_list(),
    });
    let counts = [
        ("replicas", replicas.len() as u64),
        ("readyReplicas", ready),
        ("updatedReplicas", updated),
        ("unavailableReplicas", missing),
    ];
    // Go leaves a zero out.
    for (field, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        status[field] = count.into();
    }
    (status, trouble.is_none())
}

/// What makes the operator stop and call itself degraded: reason and message.
fn trouble(replicas: &[Replica], nodes: &[Arc<Value>]) -> Option<(&'static str, String)> {
    let is_known = |node: &&Arc<Value>| {
        replicas.iter().any(|it| it.machine["status"]["nodeRef"]["name"] == name(node))
    };
    let unmanaged = nodes.iter().filter(|node| !is_known(node)).count();
    if unmanaged > 0 {
        return Some(("UnmanagedNodes", format!("Found {unmanaged} unmanaged node(s)")));
    }
    let failed = by_index(replicas)
        .values()
        .filter(|it| it.iter().any(Replica::is_to_be_replaced))
        .flatten()
        .filter(|it| it.is_pending() && it.is_in_error())
        .count();
    (failed > 0).then(|| {
        ("FailedReplacement", format!("Observed {failed} replacement machine(s) in error state"))
    })
}

/// What the operator does about the Machines, under its strategy.
pub fn actions(set: &Value, replicas: &[Replica]) -> Vec<Action> {
    let is_rolling = set["spec"]["strategy"]["type"] != "OnDelete";
    let mut room = (desired(set) + 1).saturating_sub(replicas.len() as u64);
    let mut actions = Vec::new();
    for machines in by_index(replicas).values() {
        let Some(old) = machines.iter().find(|it| it.is_to_be_replaced()) else {
            continue;
        };
        // Under `OnDelete` no machine is deleted, not even one whose successor runs (the operator's
        // `pkg/controllers/controlplanemachineset/updates.go`, `reconcileMachineOnDeleteUpdate`).
        actions.extend(deletion(machines).filter(|_| is_rolling));
        let has_successor = machines.iter().any(|it| it.is_updated && !it.is_terminating());
        let is_due = if is_rolling {
            !has_successor && room > 0
        } else {
            machines.len() == 1 && old.is_terminating()
        };
        if is_due {
            room = room.saturating_sub(1);
            actions.push(Action::Replace(old.machine.clone()));
        }
    }
    actions
}

/// The Machine of an index that the operator deletes now.
fn deletion(machines: &[Replica]) -> Option<Action> {
    let action = |it: &Replica, action: fn(Arc<Value>) -> Action| {
        (!it.is_terminating()).then(|| action(it.machine.clone()))
    };
    let mut old = machines.iter().filter(|it| it.is_to_be_replaced());
    if let Some(unwanted) = old.clone().find(|it| !it.is_ready()) {
        return action(unwanted, Action::Unwanted);
    }
    let has_updated =
        machines.iter().any(|it| it.is_ready() && it.is_updated && !it.is_terminating());
    old.next().filter(|_| has_updated).and_then(|it| action(it, Action::Replaced))
}

/// A Machine in the place of another: as the template says, in the zone and subnet of the other.
pub fn replacement(set: &Value, old: &Value, release: Release, now: &str) -> Value {
    let template = &set["spec"]["template"][TEMPLATE];
    let mut value = known(template["spec"]["providerSpec"]["value"].clone(), release);
    let place = &old["spec"]["providerSpec"]["value"];
    value["placement"] = place["placement"].clone();
    value["subnet"] = place["subnet"].clone();
    let index = name(old).rsplit('-').next().unwrap_or_default();
    let seed = format!("{} {now} {}", old["metadata"]["uid"], set["metadata"]["resourceVersion"]);
    let cluster = label(old, "machine.openshift.io/cluster-api-cluster").unwrap_or_default();
    json!({
        "apiVersion": "machine.openshift.io/v1beta1",
        "kind": "Machine",
        "metadata": {
            "name": format!("{cluster}-master-{}-{index}", &hex(&digest(&seed))[..5]),
            "namespace": MACHINE_API,
            "labels": template["metadata"]["labels"],
            "ownerReferences": [owner(set)],
        },
        "spec": { "lifecycleHooks": {}, "metadata": {}, "providerSpec": { "value": value } },
    })
}

/// The ControlPlaneMachineSet as the owner of a Machine.
pub fn owner(set: &Value) -> Value {
    json!({
        "apiVersion": "machine.openshift.io/v1",
        "kind": "ControlPlaneMachineSet",
        "name": name(set),
        "uid": set["metadata"]["uid"],
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// The Inactive ControlPlaneMachineSet that the operator makes of the Machines where there is none; `like` is one
/// that was there, for what is no Machine's.
pub fn generated(like: &Value, machines: &[Arc<Value>]) -> Option<Value> {
    let newest = machines.iter().max_by_key(|machine| created(machine))?;
    let mut value = newest["spec"]["providerSpec"]["value"].clone();
    if let Some(placement) = value["placement"].as_object_mut() {
        placement.remove("availabilityZone");
    }
    value["subnet"] = json!({});
    let mut spec = like["spec"].clone();
    spec["state"] = "Inactive".into();
    spec["template"][TEMPLATE]["spec"]["providerSpec"]["value"] = value;
    Some(json!({
        "apiVersion": "machine.openshift.io/v1",
        "kind": "ControlPlaneMachineSet",
        "metadata": {
            "name": NAME,
            "namespace": MACHINE_API,
            "labels": like["metadata"]["labels"],
            "finalizers": [FINALIZER],
        },
        "spec": spec,
    }))
}

/// Whether the template is not what the operator makes of the Machines.
pub fn is_edited(set: &Value, machines: &[Arc<Value>], release: Release) -> bool {
    generated(set, machines)
        .is_some_and(|it| comparable(template(&it), release) != comparable(template(set), release))
}

fn template(set: &Value) -> &Value {
    &set["spec"]["template"][TEMPLATE]["spec"]["providerSpec"]["value"]
}

fn desired(set: &Value) -> u64 {
    set["spec"]["replicas"].as_u64().unwrap_or(3)
}

fn created(machine: &Value) -> String {
    machine["metadata"]["creationTimestamp"].as_str().unwrap_or_default().to_owned()
}

fn by_index(replicas: &[Replica]) -> BTreeMap<u64, Vec<Replica>> {
    let mut indexes: BTreeMap<u64, Vec<Replica>> = BTreeMap::new();
    for replica in replicas {
        indexes.entry(replica.index).or_default().push(replica.clone());
    }
    indexes
}

/// A provider spec without what the failure domain fills in, and without what the operator does not know.
fn comparable(value: &Value, release: Release) -> Value {
    let mut value = known(value.clone(), release);
    if let Some(fields) = value.as_object_mut() {
        fields.remove("subnet");
        if release.is_at_least(21) {
            fields.remove("ami");
        }
    }
    if let Some(placement) = value["placement"].as_object_mut() {
        placement.remove("availabilityZone");
    }
    value
}

/// A provider spec as Go's struct of the release keeps it: what it does not know of a disk is gone.
fn known(mut value: Value, release: Release) -> Value {
    const DISK: &[&str] = &["deviceName", "ebs", "noDevice", "virtualName"];
    const EBS: &[&str] =
        &["deleteOnTermination", "encrypted", "iops", "kmsKey", "volumeSize", "volumeType"];
    for disk in value["blockDevices"].as_array_mut().into_iter().flatten() {
        if let Some(fields) = disk.as_object_mut() {
            fields.retain(|key, _| DISK.contains(&key.as_str()));
        }
        if let Some(fields) = disk["ebs"].as_object_mut() {
            fields.retain(|key, _| {
                EBS.contains(&key.as_str()) || (key == "throughputMib" && release.is_at_least(21))
            });
        }
    }
    value
}
