//! The stand-in for etcd's operator: keeps a hook on the Machines of the masters, makes a member of each new master,
//! takes the member of one that leaves away, and rolls etcd's pods out anew after each change. No etcd runs here: a
//! member is an address in ConfigMap `etcd-endpoints`, and is healthy when its Node is Ready.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::conditions::Conditions;
use super::digest::{digest, hex};
use super::machine_set_operator::{address, machine_of, master_nodes, masters};
use super::options::ControlPlaneOptions;
use super::pool_status::is_ready;
use super::scene::{Scene, Since, now};
use crate::kind::{CLUSTER_OPERATOR, CONFIG_MAP, ETCD, MACHINE_OBJECT, name};

/// Where the ConfigMap with the members' addresses is.
pub const NAMESPACE: &str = "openshift-etcd";
/// The ConfigMap with the addresses of the members that vote.
pub const ENDPOINTS: &str = "etcd-endpoints";
/// The name of the hook on a Machine whose master carries a member.
pub const HOOK: &str = "EtcdQuorumOperator";

// In seconds of the real operator.
/// From the Node that is Ready to the member that is added.
const ADDED: u32 = 15;
/// From there to the member that started.
const STARTED: u32 = 30;
/// From there to the member that votes.
const PROMOTED: u32 = 15;
/// From a change of members or masters to the pods that are rolled out anew.
const ROLLOUT_BEGINS: u32 = 10;
/// How long that takes.
const ROLLOUT: u32 = 40;
/// From the time when nothing else is under way to the removal of the member of a Machine that leaves.
const REMOVED: u32 = 5;
/// How long trouble lasts before the ClusterOperator tells it.
const INERTIA: u32 = 180;

/// Follows the masters and their members.
#[derive(Default)]
pub struct EtcdOperator {
    since: Since,
    /// What the pods that run were rolled out for.
    rolled_out: Option<String>,
    /// What they are being rolled out for.
    rolling: Option<String>,
}

/// A member of etcd, or what is to become one.
struct Member {
    name: String,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unstarted,
    Unhealthy,
    Healthy,
}

/// What the operator sees.
struct View {
    etcd: Arc<Value>,
    endpoints: Arc<Value>,
    /// Address by the member's id.
    voters: BTreeMap<String, String>,
    nodes: Vec<Arc<Value>>,
    machines: Vec<Arc<Value>>,
}

impl View {
    fn of(scene: &Scene) -> Option<Self> {
        let etcd = scene.world.get(&ETCD, None, "cluster")?;
        let endpoints = scene.world.get(&CONFIG_MAP, Some(NAMESPACE), ENDPOINTS)?;
        let voters = endpoints["data"].as_object()?;
        let voters = voters
            .iter()
            .filter_map(|(id, address)| Some((id.clone(), address.as_str()?.to_owned())))
            .collect();
        Some(Self { etcd, voters, nodes: master_nodes(scene), machines: masters(scene), endpoints })
    }

    fn node_at(&self, wanted: &str) -> Option<&Arc<Value>> {
        self.nodes.iter().find(|node| address(node) == Some(wanted))
    }

    fn votes(&self, node: &Value) -> bool {
        address(node).is_some_and(|it| self.voters.values().any(|voter| voter == it))
    }

    /// What the pods depend on: the masters and the members that vote.
    fn revision(&self) -> String {
        let mut parts: Vec<&str> = self.nodes.iter().map(|it| name(it)).collect();
        parts.extend(self.voters.values().map(String::as_str));
        parts.sort_unstable();
        parts.join(" ")
    }

    fn desired(&self) -> usize {
        let replicas = &self.etcd["spec"]["observedConfig"]["controlPlane"]["replicas"];
        replicas.as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(3)
    }
}

impl EtcdOperator {
    /// Does what there is to do now.
    pub async fn tick(&mut self, scene: &Scene, options: &ControlPlaneOptions) -> Result<()> {
        if options.faults.etcd_operator_is_idle {
            return Ok(());
        }
        let Some(view) = View::of(scene) else { return Ok(()) };
        let second = options.second;
        let mut members: Vec<Member> = view.voters.values().map(|it| voter(&view, it)).collect();
        let mut voters = view.voters.clone();
        for node in view.nodes.iter().filter(|it| is_ready(it) && !view.votes(it)) {
            if machine_of(scene, node).is_none_or(|it| is_terminating(&it)) {
                continue;
            }
            match self.joining(node, options) {
                None => {}
                Some(Joining::Member(member)) => members.push(member),
                Some(Joining::Votes) => {
                    let id = hex(&digest(name(node))[..8]);
                    voters.insert(id, address(node).unwrap_or_default().to_owned());
                }
            }
        }
        let is_tolerant = members.iter().all(|it| it.stage == Stage::Healthy);
        let is_stable = self.roll_out(&view.revision(), is_tolerant, second);
        if is_stable && is_tolerant && voters.len() > view.desired() {
            let terminating = view.voters.iter().find(|(_, address)| {
                let machine = view.node_at(address).and_then(|node| machine_of(scene, node));
                machine.is_none_or(|it| is_terminating(&it))
            });
            if let Some((id, address)) = terminating
                && self.since.has_been(format!("removes {address}"), second * REMOVED)
            {
                voters.remove(id);
            }
        }
        self.write_status(scene, &view, &members, second).await?;
        if voters != view.voters {
            let mut data = json!({});
            for id in view.voters.keys() {
                data[id] = Value::Null;
            }
            for (id, address) in &voters {
                data[id] = address.as_str().into();
            }
            scene.change(&CONFIG_MAP, &view.endpoints, json!({"data": data})).await?;
        }
        for machine in &view.machines {
            let carries = view
                .nodes
                .iter()
                .find(|node| machine_of(scene, node).is_some_and(|it| name(&it) == name(machine)));
            let is_member = carries.is_some_and(|node| view.votes(node));
            let is_free = carries.is_none() || (!is_member && is_stable);
            let stays = options.faults.hook_stays;
            write_hook(scene, machine, is_free && !stays).await?;
        }
        Ok(())
    }

    fn joining(&mut self, node: &Value, options: &ControlPlaneOptions) -> Option<Joining> {
        let second = options.second;
        let key = format!("joins {}", node["metadata"]["uid"]);
        if !self.since.has_been(key.as_str(), second * ADDED) {
            return None;
        }
        let member = |stage| Joining::Member(Member { name: name(node).to_owned(), stage });
        let has_started = !options.faults.member_never_starts
            && self.since.has_been(key.as_str(), second * (ADDED + STARTED));
        if !has_started {
            return Some(member(Stage::Unstarted));
        }
        let votes = !options.faults.learner_stays
            && self.since.has_been(key, second * (ADDED + STARTED + PROMOTED));
        Some(if votes { Joining::Votes } else { member(Stage::Healthy) })
    }

    /// Begins and ends rollouts; whether none is under way or due.
    fn roll_out(&mut self, revision: &str, is_tolerant: bool, second: Duration) -> bool {
        let rolled_out = self.rolled_out.get_or_insert_with(|| revision.to_owned());
        if let Some(rolling) = &self.rolling {
            if !self.since.has_been(format!("rolls {rolling}"), second * ROLLOUT) {
                return false;
            }
            self.since.forget(&format!("rolls {rolling}"));
            rolled_out.clone_from(rolling);
            self.rolling = None;
        }
        if rolled_out == revision {
            return true;
        }
        let key = format!("due {revision}");
        if is_tolerant && self.since.has_been(key.as_str(), second * ROLLOUT_BEGINS) {
            self.since.forget(&key);
            self.since.has_been(format!("rolls {revision}"), Duration::ZERO);
            self.rolling = Some(revision.to_owned());
        }
        false
    }

    async fn write_status(
        &mut self,
        scene: &Scene,
        view: &View,
        members: &[Member],
        second: Duration,
    ) -> Result<()> {
        let now = now();
        let status = &view.etcd["status"];
        let was_rolling = Conditions::of(status, &now).is_true("NodeInstallerProgressing");
        let is_rolling = self.rolling.is_some();
        let revision = status["latestAvailableRevision"].as_u64().unwrap_or(1)
            + u64::from(is_rolling && !was_rolling);
        let mut conditions = Conditions::of(status, &now);
        let said = describe(members);
        let count = |stage| members.iter().filter(|it| it.stage == stage).count();
        let healthy = count(Stage::Healthy);
        let has_quorum = healthy > members.len() / 2;
        let quorum = if has_quorum { "EtcdQuorate" } else { "NoQuorum" };
        conditions.set("EtcdMembersAvailable", has_quorum, quorum, &said);
        set_trouble(
            &mut conditions,
            "EtcdMembersDegraded",
            (healthy < members.len()).then_some(("UnhealthyMembers", said.as_str())),
            "No unhealthy members found",
        );
        let has_unstarted = count(Stage::Unstarted) > 0;
        set_trouble(
            &mut conditions,
            "EtcdMembersProgressing",
            has_unstarted.then_some(("MembersNotStarted", said.as_str())),
            "No unstarted etcd members found",
        );
        let unhealthy = "cannot proceed with scaling down, unhealthy voting etcd members found but none are pending \
                         deletion";
        set_trouble(
            &mut conditions,
            "ClusterMemberRemovalControllerDegraded",
            has_unstarted.then_some(("Error", unhealthy)),
            "",
        );
        let intolerant = format!(
            "etcd cluster has quorum of {} and {healthy} healthy members which is not fault tolerant",
            members.len() / 2 + 1
        );
        set_trouble(
            &mut conditions,
            "RevisionControllerDegraded",
            has_unstarted.then_some(("ContentCreationError", intolerant.as_str())),
            "",
        );
        let masters = view.nodes.len();
        let progress = if is_rolling {
            let old = revision.saturating_sub(1);
            format!(
                "{masters} nodes are at revision {old}; 0 nodes have achieved new revision {revision}"
            )
        } else {
            format!("{masters} nodes are at revision {revision}")
        };
        let reason = if is_rolling { "" } else { "AllNodesAtLatestRevision" };
        conditions.set("NodeInstallerProgressing", is_rolling, reason, &progress);
        let available = format!("{masters} nodes are active; have revision {revision}");
        conditions.set("StaticPodsAvailable", true, "AsExpected", &available);

        let rollout = is_rolling.then_some(("NodeInstaller", progress.as_str()));
        self.write_operators(scene, &conditions, rollout, second).await?;
        let names: Vec<Value> =
            view.nodes.iter().map(|node| json!({"nodeName": name(node)})).collect();
        let changed = json!({
            "latestAvailableRevision": revision,
            "nodeStatuses": names,
            "conditions": conditions.into_list(),
        });
        let fields = ["latestAvailableRevision", "nodeStatuses", "conditions"];
        if fields.iter().all(|field| status[*field] == changed[*field]) {
            return Ok(());
        }
        scene.change_status(&ETCD, &view.etcd, changed).await
    }

    /// Tells in the ClusterOperators what lasts.
    async fn write_operators(
        &mut self,
        scene: &Scene,
        conditions: &Conditions<'_>,
        rollout: Option<(&str, &str)>,
        second: Duration,
    ) -> Result<()> {
        let mut lasting = |kind: &str| {
            let key = format!("lasts {kind}");
            if !conditions.is_true(kind) {
                self.since.forget(&key);
                return None;
            }
            let message = conditions.message(kind);
            self.since
                .has_been(key, second * INERTIA)
                .then(|| (kind.to_owned(), format!("{kind}: {message}")))
        };
        let degraded = [
            "EtcdMembersDegraded",
            "ClusterMemberRemovalControllerDegraded",
            "RevisionControllerDegraded",
        ];
        let degraded: Vec<(String, String)> =
            degraded.iter().filter_map(|kind| lasting(kind)).collect();
        let unstarted = lasting("EtcdMembersProgressing");
        let now = now();
        for operator in ["etcd", "kube-apiserver"] {
            let Some(object) = scene.world.get(&CLUSTER_OPERATOR, None, operator) else { continue };
            let mut list = Conditions::of(&object["status"], &now);
            let progress = rollout
                .map(|(reason, message)| {
                    (reason.to_owned(), format!("NodeInstallerProgressing: {message}"))
                })
                .or_else(|| unstarted.clone().filter(|_| operator == "etcd"));
            set_owned(&mut list, "Progressing", progress);
            if operator == "etcd" {
                let messages: Vec<&str> = degraded.iter().map(|it| it.1.as_str()).collect();
                let first = degraded.first().map(|it| it.0.clone());
                set_owned(&mut list, "Degraded", first.map(|it| (it, messages.join("\n"))));
            }
            let list = list.into_list();
            if list != object["status"]["conditions"] {
                scene
                    .change_status(&CLUSTER_OPERATOR, &object, json!({"conditions": list}))
                    .await?;
            }
        }
        Ok(())
    }
}

/// What a new master is for etcd.
enum Joining {
    Member(Member),
    Votes,
}

fn voter(view: &View, address: &str) -> Member {
    let node = view.node_at(address);
    let is_healthy = node.is_some_and(|node| is_ready(node));
    let stage = if is_healthy { Stage::Healthy } else { Stage::Unhealthy };
    Member { name: node.map_or(address, |node| name(node)).to_owned(), stage }
}

/// The operator's words for its members.
fn describe(members: &[Member]) -> String {
    let healthy = members.iter().filter(|it| it.stage == Stage::Healthy).count();
    let mut words = vec![if healthy == members.len() {
        format!("{healthy} members are available")
    } else {
        format!("{healthy} of {} members are available", members.len())
    }];
    words.extend(members.iter().filter_map(|member| match member.stage {
        Stage::Healthy => None,
        Stage::Unstarted => Some(format!("{} has not started", member.name)),
        Stage::Unhealthy => Some(format!("{} is unhealthy", member.name)),
    }));
    words.join(", ")
}

fn set_trouble(
    conditions: &mut Conditions<'_>,
    kind: &str,
    trouble: Option<(&str, &str)>,
    well: &str,
) {
    let (reason, message) = trouble.unwrap_or(("AsExpected", well));
    conditions.set(kind, trouble.is_some(), reason, message);
}

/// Sets a condition of a ClusterOperator: trouble as it is, and the end of trouble, and nothing where all was well.
fn set_owned(conditions: &mut Conditions<'_>, kind: &str, trouble: Option<(String, String)>) {
    match trouble {
        Some((reason, message)) => conditions.set(kind, true, &reason, &message),
        None if conditions.is_true(kind) => conditions.set(kind, false, "AsExpected", ""),
        None => {}
    }
}

fn is_terminating(machine: &Value) -> bool {
    machine["metadata"]["deletionTimestamp"].is_string()
}

/// Puts the hook on a Machine that stays, and takes it from one that leaves and is free to.
async fn write_hook(scene: &Scene, machine: &Value, is_free: bool) -> Result<()> {
    let hooks = machine["spec"]["lifecycleHooks"]["preDrain"].as_array();
    let others: Vec<Value> =
        hooks.into_iter().flatten().filter(|it| it["name"] != HOOK).cloned().collect();
    let has_hook = hooks.is_some_and(|it| it.len() > others.len());
    let wanted = match (is_terminating(machine), has_hook) {
        (false, false) => {
            let mut all = others;
            all.push(json!({"name": HOOK, "owner": "clusteroperator/etcd"}));
            json!(all)
        }
        (true, true) if is_free && others.is_empty() => Value::Null,
        (true, true) if is_free => json!(others),
        _ => return Ok(()),
    };
    let change = json!({"spec": {"lifecycleHooks": {"preDrain": wanted}}});
    scene.change(&MACHINE_OBJECT, machine, change).await
}
