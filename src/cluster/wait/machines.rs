//! Waits until Machines have become Nodes that are Ready.

use std::collections::BTreeMap;

use kube::runtime::watcher;

use crate::api::Cluster;
use crate::cluster::deadline::{Deadline, LastSeen, WaitError};
use crate::cluster::watch::{Seen, Watches};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::is_node_of;
use crate::model::object::{Object, ObjectRef};
use crate::openshift::machine::{MachineProgress, instance};

/// Waits until each of the Machines is a Node that is Ready. `report` is called with each change.
///
/// # Errors
/// When a Machine fails, a Machine or its Node is deleted, the deadline passes, or a signal comes.
pub async fn machines_ready(
    cluster: &Cluster,
    names: &[String],
    deadline: &Deadline,
    mut report: impl FnMut(&str, &MachineProgress),
) -> Result<(), WaitError> {
    let machines =
        watcher::Config::default().labels(&format!("{}={}", names::MACHINE_ROLE, names::ETCD));
    let nodes = watcher::Config::default().labels(names::NODE_ROLE_ETCD);
    let mut watch = Watches::new(cluster, vec![(Kind::Machine, machines), (Kind::Node, nodes)]);
    let is_waited_for = |it: &ObjectRef| it.kind == Kind::Machine && names.contains(&it.name);
    let mut state = Fleet::default();
    let mut shown: BTreeMap<String, MachineProgress> = BTreeMap::new();
    let mut last = LastSeen::from("the Machines have not been seen yet");
    loop {
        match watch.next(deadline, None, &last).await? {
            Some(Seen::Is(object)) => state.put(object),
            Some(Seen::Deleted(reference)) if is_waited_for(&reference) => {
                let found = deadline.run(cluster.get(&reference), &last).await??;
                state.look_again(&reference, found)?;
            }
            Some(Seen::Deleted(reference)) => state.remove(&reference),
            Some(Seen::Listed(Kind::Machine, there)) => {
                for name in names.iter().filter(|name| !there.contains(*name)) {
                    let machine = ObjectRef::machine(name);
                    let found = deadline.run(cluster.get(&machine), &last).await??;
                    state.look_again(&machine, found)?;
                }
            }
            Some(Seen::Listed(_, there)) => state.nodes.retain(|name, _| there.contains(name)),
            None => {}
            Some(Seen::Trouble(reason)) => {
                last = reason.into();
                continue;
            }
        }
        deadline.run(state.fetch_nodes(cluster, names), &last).await??;
        let (mut waiting, mut looks) = (Vec::new(), Vec::new());
        for name in names {
            let Some(progress) = state.progress(name) else { continue };
            if shown.get(name) != Some(&progress) {
                report(name, &progress);
                shown.insert(name.clone(), progress.clone());
            }
            match &progress {
                MachineProgress::Failed(message) => {
                    return Err(WaitError::Never(format!("machine/{name} failed: {message}")));
                }
                MachineProgress::Deleting => {
                    return Err(WaitError::Never(format!("machine/{name} is being deleted")));
                }
                MachineProgress::WrongRole => {
                    let message = "its Node does not have the role etcd, and a kubelet adds the role only when the Node \
                                   registers";
                    return Err(WaitError::Never(format!("machine/{name}: {message}")));
                }
                MachineProgress::Ready => {}
                other => {
                    waiting.push(other.sentence(name));
                    let instance = state.machines.get(name).and_then(instance);
                    looks.push(other.look(&ObjectRef::machine(name), instance));
                }
            }
        }
        let ready = shown
            .iter()
            .filter(|(name, it)| names.contains(name) && **it == MachineProgress::Ready);
        if ready.count() == names.len() {
            return Ok(());
        }
        if !waiting.is_empty() {
            last = LastSeen { words: waiting.join("; "), looks, is_blocked: false };
        }
    }
}

/// The Machines and Nodes seen so far.
#[derive(Default)]
struct Fleet {
    machines: BTreeMap<String, Object>,
    nodes: BTreeMap<String, Object>,
    /// The Node that each Machine had last, by the name of the Machine.
    joined: BTreeMap<String, String>,
}

impl Fleet {
    fn put(&mut self, object: Object) {
        let name = object.name().to_owned();
        if object.reference().kind == Kind::Machine {
            self.machines.insert(name, object);
            return;
        }
        self.nodes.insert(name, object);
    }

    /// Puts a Machine that the watch no longer showed and that was read since.
    ///
    /// # Errors
    /// Reason why the Machine is no longer waited for: it was deleted, or lost the label of its role.
    fn look_again(&mut self, machine: &ObjectRef, found: Option<Object>) -> Result<(), WaitError> {
        let seen = self.machines.get(&machine.name);
        let uid = |it: &Object| it.text("/metadata/uid").map(str::to_owned);
        let what = match found {
            // Another Machine may have the name already.
            Some(it) if seen.is_some_and(|seen| uid(seen) != uid(&it)) => "was deleted".to_owned(),
            Some(it) if it.label(names::MACHINE_ROLE) == Some(names::ETCD) => {
                self.put(it);
                return Ok(());
            }
            Some(_) => format!("lost its label {}={}", names::MACHINE_ROLE, names::ETCD),
            None => "was deleted".to_owned(),
        };
        Err(WaitError::Never(format!("{machine} {what}")))
    }

    fn remove(&mut self, reference: &ObjectRef) {
        match reference.kind {
            Kind::Machine => self.machines.remove(&reference.name),
            _ => self.nodes.remove(&reference.name),
        };
    }

    fn node_of(&self, machine: &Object) -> Option<&Object> {
        let by_reference =
            machine.text("/status/nodeRef/name").and_then(|name| self.nodes.get(name));
        by_reference.or_else(|| self.nodes.values().find(|node| is_node_of(node, machine)))
    }

    fn progress(&self, name: &str) -> Option<MachineProgress> {
        let machine = self.machines.get(name)?;
        Some(MachineProgress::of(machine, self.node_of(machine)))
    }

    /// Reads the Nodes of Machines that the watch does not show: one that has another role, so that this can be said, and
    /// one that was deleted.
    ///
    /// # Errors
    /// When a Node was deleted: its kubelet registers again only when it starts. When the server refuses a read for good.
    async fn fetch_nodes(&mut self, cluster: &Cluster, names: &[String]) -> Result<(), WaitError> {
        for name in names {
            let Some(machine) = self.machines.get(name).filter(|it| !it.is_terminating()) else {
                continue;
            };
            if let Some(node) = self.node_of(machine) {
                self.joined.insert(name.clone(), node.name().to_owned());
                continue;
            }
            let of_status = machine.text("/status/nodeRef/name").map(str::to_owned);
            let Some(node) = of_status.or_else(|| self.joined.get(name).cloned()) else { continue };
            match cluster.get(&ObjectRef::cluster(Kind::Node, &node)).await {
                Ok(Some(node)) => self.put(node),
                Ok(None) => {
                    let message = format!(
                        "machine/{name}: its Node {node} was deleted, and a kubelet creates its Node only when the kubelet \
                         starts"
                    );
                    return Err(WaitError::Never(message));
                }
                Err(error) if error.fault.is_final() => return Err(error.into()),
                // The next event of the watch asks again.
                Err(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_machine_that_a_watch_did_not_show_is_deleted_only_where_that_is_known() {
        let machine = |uid: &str, role: &str| {
            let metadata = json!({"uid": uid, "labels": {(names::MACHINE_ROLE): role}});
            Object::new(ObjectRef::machine("m")).with("metadata", metadata)
        };
        let judged = |seen: Option<Object>, found: Option<Object>| {
            let mut fleet = Fleet::default();
            if let Some(seen) = seen {
                fleet.put(seen);
            }
            let judged = fleet.look_again(&ObjectRef::machine("m"), found);
            judged.map_err(|it| it.to_string())
        };
        let etcd = || Some(machine("1", "etcd"));
        let deleted = Err("machine/m was deleted".to_owned());
        assert_eq!(judged(etcd(), etcd()), Ok(()), "the label was given back");
        assert_eq!(judged(None, etcd()), Ok(()), "the Machine was created since");
        assert_eq!(judged(etcd(), Some(machine("2", "etcd"))), deleted, "another Machine");
        assert_eq!(judged(etcd(), None), deleted);
        let lost = judged(etcd(), Some(machine("1", "infra"))).unwrap_err();
        assert!(lost.starts_with("machine/m lost its label"), "{lost}");
    }
}
