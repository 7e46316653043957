//! Waits until Machines and their Nodes no longer exist.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kube::runtime::watcher;
use tokio::time::Instant;

use crate::api::{Cluster, ClusterError};
use crate::cluster::deadline::{Deadline, LastSeen, WaitError};
use crate::cluster::watch::{Seen, Watches};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::openshift::deletion::{DeletionProgress, TerminatingMachine};

/// Waits until each of the Machines and its Node no longer exists. `report` is called with each change.
///
/// # Errors
/// When the watch or a read is refused, the deadline passes, or a signal comes.
pub async fn machines_deleted(
    cluster: &Cluster,
    terminating: &[TerminatingMachine],
    deadline: &Deadline,
    mut report: impl FnMut(&str, &DeletionProgress),
) -> Result<(), WaitError> {
    let mut watch = Watches::new(cluster, queries(terminating));
    let mut terminating = terminating.to_vec();
    let mut there = Presence::default();
    let mut shown: BTreeMap<String, DeletionProgress> = BTreeMap::new();
    let mut last = LastSeen::from("the Machines have not been seen yet");
    loop {
        match watch.next(deadline, there.look_again_at(), &last).await? {
            Some(Seen::Trouble(reason)) => {
                last = reason.into();
                continue;
            }
            Some(seen) => there.note(seen),
            None => {}
        }
        if !there.is_complete() {
            continue;
        }
        deadline.run(there.confirm(cluster, &terminating), &last).await??;
        let mut waiting = Vec::new();
        last = LastSeen::default();
        for it in &mut terminating {
            let progress = there.progress(it);
            if shown.get(&it.name) != Some(&progress) {
                report(&it.name, &progress);
                shown.insert(it.name.clone(), progress.clone());
            }
            if progress != DeletionProgress::Deleted {
                waiting.push(format!("machine/{}: {}", it.name, progress.words()));
                last.looks.push(progress.look(&ObjectRef::machine(&it.name)));
                last.is_blocked |= matches!(progress, DeletionProgress::Held(_));
            }
        }
        if waiting.is_empty() {
            return Ok(());
        }
        last.words = waiting.join("; ");
    }
}

/// The Machines of the role, and the Nodes with its label; all Nodes where one joined without it.
fn queries(terminating: &[TerminatingMachine]) -> Vec<(Kind, watcher::Config)> {
    let machines =
        watcher::Config::default().labels(&format!("{}={}", names::MACHINE_ROLE, names::ETCD));
    let nodes = if terminating.iter().all(|it| it.is_labeled) {
        watcher::Config::default().labels(names::NODE_ROLE_ETCD)
    } else {
        watcher::Config::default()
    };
    vec![(Kind::Machine, machines), (Kind::Node, nodes)]
}

/// The interval in which an object is read that no watch shows.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// The Machines and Nodes that are there.
#[derive(Default)]
struct Presence {
    objects: BTreeMap<ObjectRef, Object>,
    listed: BTreeSet<Kind>,
    /// The objects that exist and that no watch shows, because they lost the label.
    unlisted: BTreeMap<ObjectRef, Object>,
    /// The objects that did not exist when they were read.
    gone: BTreeSet<ObjectRef>,
}

impl Presence {
    fn note(&mut self, seen: Seen) {
        match seen {
            Seen::Is(object) => {
                self.unlisted.remove(object.reference());
                self.objects.insert(object.reference().clone(), object);
            }
            Seen::Deleted(reference) => {
                self.objects.remove(&reference);
            }
            Seen::Listed(kind, names) => {
                self.objects.retain(|it, _| it.kind != kind || names.contains(&it.name));
                self.listed.insert(kind);
            }
            Seen::Trouble(_) => {}
        }
    }

    /// Returns whether both kinds were told whole: until then no object counts as deleted.
    fn is_complete(&self) -> bool {
        self.listed.len() == 2
    }

    /// Reads each Machine and Node that no watch shows: an object that loses its label leaves a watch as one that is
    /// deleted does.
    async fn confirm(
        &mut self,
        cluster: &Cluster,
        terminating: &[TerminatingMachine],
    ) -> Result<(), ClusterError> {
        for reference in terminating.iter().flat_map(TerminatingMachine::references) {
            if self.objects.contains_key(&reference) || self.gone.contains(&reference) {
                continue;
            }
            if let Some(object) = cluster.get(&reference).await? {
                self.unlisted.insert(reference, object);
            } else {
                self.unlisted.remove(&reference);
                self.gone.insert(reference);
            }
        }
        Ok(())
    }

    fn look_again_at(&self) -> Option<Instant> {
        (!self.unlisted.is_empty()).then(|| Instant::now() + READ_AGAIN_AFTER)
    }

    fn progress(&self, terminating: &mut TerminatingMachine) -> DeletionProgress {
        let all = || self.objects.values().chain(self.unlisted.values());
        let of_kind = |kind| all().filter(move |it| it.reference().kind == kind);
        let machine = of_kind(Kind::Machine).find(|it| terminating.is_machine(it));
        if let Some(machine) = machine {
            of_kind(Kind::Node).for_each(|node| terminating.meet(machine, node));
        }
        let node = of_kind(Kind::Node).find(|it| terminating.is_node(it));
        DeletionProgress::of(machine, node)
    }
}
