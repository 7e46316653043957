//! The Nodes with the role etcd: whether each is Ready, and whether it has the configuration of the pool.

use serde::Serialize;

use super::pool::{POOL, PoolProgress};
use super::{Age, JOIN_TIME, Machine, Status};
use crate::check::{Check, Finding, mixed_roles, node_updates};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::{is_cordoned, roles};
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::deletion::is_left;
use crate::openshift::machine::MachineProgress;
use crate::plan::{Plan, cure, removal};
use crate::status::observation::Observation;

/// The conditions of a Node whose kubelet has too little of a resource.
const PRESSURES: [&str; 3] = ["DiskPressure", "MemoryPressure", "PIDPressure"];

/// A Node with the role etcd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// `ip-10-0-12-40.ec2.internal`
    pub name: String,
    /// Indicates whether the Node is Ready.
    #[serde(rename = "ready")]
    pub is_ready: bool,
    /// Indicates whether Pods may be scheduled on the Node.
    #[serde(rename = "schedulable")]
    pub is_schedulable: bool,
    /// `etcd`, and the other roles of the Node.
    pub roles: Vec<String>,
    /// `v1.29.7+6abe8a1`
    pub kubelet_version: Option<String>,
    /// The rendered MachineConfig that it has.
    pub current_config: Option<String>,
    /// The rendered MachineConfig that it is to have.
    pub desired_config: Option<String>,
    /// The state of the operator's daemon on the Node: `Done`, `Working`, `Degraded`.
    pub config_state: Option<String>,
    /// The rendered MachineConfig of the pool. The operator writes it into `desired_config` when the turn of the Node
    /// comes, and not while the pool is paused (MCO `pkg/controller/node`).
    #[serde(skip)]
    pub wanted_config: Option<String>,
    /// The conditions by which the kubelet has too little of a resource: `DiskPressure`.
    #[serde(skip)]
    pub pressures: Vec<&'static str>,
    /// Indicates whether the operator reboots the Node for an update.
    #[serde(skip)]
    pub is_rebooting: bool,
    /// The time since the Node became Ready, or ceased to be, if that is known.
    #[serde(skip)]
    pub time_of_ready: Option<Age>,
    /// The age of the Node.
    #[serde(rename = "ageSeconds")]
    pub age: Option<Age>,
    /// The words of the daemon about the state of the configuration, if it has any.
    #[serde(skip)]
    config_reason: Option<String>,
    /// The configuration of the Node, if the operator does not find this MachineConfig.
    #[serde(skip)]
    lost_config: Option<String>,
}

impl Node {
    pub(crate) fn read(snapshot: &Snapshot) -> Observation<Vec<Self>> {
        Observation::of(snapshot, Kind::Node, || {
            snapshot.etcd_nodes().map(|it| Self::of(snapshot, it)).collect()
        })
    }

    fn of(snapshot: &Snapshot, node: &Object) -> Self {
        let text = |key: &str| node.annotation(key).map(str::to_owned);
        Self {
            name: node.name().to_owned(),
            is_ready: node.condition_is_true("Ready"),
            is_schedulable: !is_cordoned(node),
            roles: roles(node).map(str::to_owned).collect(),
            kubelet_version: node.text("/status/nodeInfo/kubeletVersion").map(str::to_owned),
            current_config: text(names::CURRENT_CONFIG),
            desired_config: text(names::DESIRED_CONFIG),
            config_state: text(names::CONFIG_STATE),
            wanted_config: snapshot.rendered_name(names::ETCD).map(str::to_owned),
            pressures: PRESSURES.into_iter().filter(|it| node.condition_is_true(it)).collect(),
            is_rebooting: node_updates::is_rebooting(snapshot, node),
            time_of_ready: node_updates::ready(node)
                .and_then(|it| Age::since(it["lastTransitionTime"].as_str()?, snapshot.read_at)),
            age: Age::of(node, snapshot.read_at),
            config_reason: text(names::CONFIG_REASON).filter(|it| !it.is_empty()),
            lost_config: node_updates::lost_configuration(node).map(str::to_owned),
        }
    }

    /// Returns the state of the Node's configuration, in a word.
    #[must_use]
    pub fn config_word(&self) -> &str {
        let Some(state) = self.config_state.as_deref() else { return "unknown" };
        match (state, &self.current_config, &self.desired_config) {
            ("Degraded", ..) => "degraded",
            ("Done", Some(current), Some(desired)) if current == desired => {
                match &self.wanted_config {
                    Some(wanted) if wanted == current => "current",
                    Some(_) => "outdated",
                    None => "unknown",
                }
            }
            ("Done" | "Working", Some(_), Some(_)) => "updating",
            ("Done" | "Working", ..) => "unknown",
            (other, ..) => other,
        }
    }

    /// Reports a Node that the operator cannot update, unless the status of the pool counts the Node already.
    pub(crate) fn degraded(&self, status: &Status) -> Option<Finding> {
        if let Some(lost) = &self.lost_config {
            let message = format!(
                "the Machine Config Operator cannot update the Node: {lost}, the configuration of the Node, was \
                 deleted. Replace the machine of the Node"
            );
            let found = Check::OperatorDegraded.warning(format!("node/{}", self.name), message);
            let removal = self.machine(status).map(Machine::deletion);
            return Some(Finding { hint: removal.map(Into::into), ..found });
        }
        // The status of the pool has the reason, too.
        let is_told = status.pool.known().is_none_or(|it| it.degraded_count > 0);
        let subject = format!("node/{}", self.name);
        let reason = self.config_reason.as_ref().filter(|_| !is_told);
        let reason = reason.map(|it| format!(": {it}")).unwrap_or_default();
        if let Some(desired) = self.unreconcilable() {
            let message = format!(
                "the Machine Config Operator never brings the Node to {desired}, because a part of {desired} cannot be \
                 changed on an existing machine{reason}"
            );
            let hint = format!(
                "take back the change of the MachineConfig, so that the operator gives the Node another configuration; \
                 to see the change that the operator refuses: oc describe {subject}"
            );
            return Some(Check::OperatorDegraded.warning(subject, message).hint(hint));
        }
        (self.config_word() == "degraded" && !is_told).then(|| {
            let message = format!("the Machine Config Operator cannot update the Node{reason}");
            Check::OperatorDegraded
                .warning(&subject, message)
                .hint(format!("oc describe {subject}"))
        })
    }

    /// Returns the configuration that the daemon refuses to give an existing machine, whenever it tries (MCO
    /// `pkg/daemon/update.go`, `reconcilable`).
    fn unreconcilable(&self) -> Option<&str> {
        let is_refused = self.config_state.as_deref() == Some("Unreconcilable")
            && self.current_config != self.desired_config;
        self.desired_config.as_deref().filter(|_| is_refused)
    }

    /// Reports a Node with an older configuration of a pool that counts all of its Nodes as updated: the pool does not
    /// count this Node.
    pub(crate) fn uncounted(&self, status: &Status) -> Option<Finding> {
        let pool = status.pool.known().filter(|it| it.state == PoolProgress::Rendered)?;
        let current =
            self.current_config.as_deref().filter(|it| it.starts_with(names::RENDERED))?;
        let is_it = self.config_word() == "outdated"
            && !pool.paused
            && pool.updated_count >= pool.machine_count;
        is_it.then(|| {
            let message = format!(
                "the Node has the configuration {current}, and the etcd pool does not count the Node: all {} \
                 nodes of the pool are updated",
                pool.machine_count
            );
            let hint = "oc get machineconfigpools";
            Check::NodeNotInPool.warning(format!("node/{}", self.name), message).hint(hint)
        })
    }

    /// Reports a Node whose kubelet has too little of a resource.
    pub(crate) fn pressed(&self) -> Option<Finding> {
        let subject = format!("node/{}", self.name);
        (!self.pressures.is_empty()).then(|| {
            let message = format!("the Node reports {}", self.pressures.join(" and "));
            let hint = format!("oc describe {subject}");
            Check::NodeNotJoining.warning(subject, message).hint(hint)
        })
    }

    /// Reports a Node that somebody cordoned. The operator cordons a Node during an update, and the Machine API before a
    /// deletion.
    pub(crate) fn cordoned(&self, snapshot: &Snapshot, status: &Status) -> Option<Finding> {
        let is_leaving = |it: &Machine| it.progress == MachineProgress::Deleting;
        if self.is_schedulable || self.machine(status).is_some_and(is_leaving) {
            return None;
        }
        let subject = format!("node/{}", self.name);
        let pool = snapshot.pool(names::ETCD);
        let is_required = pool.is_some_and(|it| it.label(names::POOL_REQUIRED).is_some());
        let found = match (self.config_word(), snapshot.upgrade_under_way()) {
            // The operator does not report the pool as updated (MCO `pkg/controller/node/status.go`), and an upgrade ends
            // only with the required pools updated (`pkg/operator/sync.go`).
            ("current", Some(upgrade)) if is_required => {
                let message = format!(
                    "the Node is cordoned, and the upgrade of {} waits until the Node is uncordoned",
                    upgrade.reference()
                );
                Check::UpgradeWaitsForPool.warning(subject, message)
            }
            ("current", None) if is_required => {
                let message = "the Node is cordoned: no new Pod runs on the Node, and a cluster upgrade would wait \
                               until the Node is uncordoned";
                Check::UpgradeWaitsForPool.note(subject, message)
            }
            ("current", _) => {
                let message = "the Node is cordoned, so no new Pod runs on the Node";
                Check::NodeNotJoining.note(subject, message)
            }
            // The operator counts the Node against `maxUnavailable` (MCO `pkg/controller/node`).
            ("outdated", _) => {
                let message = "the Node is cordoned: the operator counts the Node as unavailable, and may update no \
                               node of the pool until the Node is uncordoned";
                Check::NodeNotJoining.warning(subject, message)
            }
            _ => return None,
        };
        Some(found.hint(format!("oc adm uncordon {}", self.name)))
    }

    /// Returns the Machine of the Node.
    fn machine<'a>(&self, status: &'a Status) -> Option<&'a Machine> {
        status.machines.entries().find(|it| it.node.as_ref() == Some(&self.name))
    }

    /// Reports a Node that is not Ready, unless its Machine or another finding of the Node tells already.
    pub(crate) fn finding(&self, snapshot: &Snapshot, status: &Status) -> Option<Finding> {
        let node = snapshot.cluster(Kind::Node, &self.name)?;
        let is_late = self.age.is_none_or(|age| age.exceeds(JOIN_TIME)) && !self.is_rebooting;
        let is_told = self.machine(status).is_some()
            || is_left(snapshot, node)
            || mixed_roles::tells_stop(snapshot, node);
        (!self.is_ready && is_late && !is_told).then(|| {
            let hint = format!(
                "oc describe {}; if the machine no longer exists: {}",
                node.reference(),
                removal::deletion_of_node(snapshot, node)
            );
            Check::NodeNotJoining.warning(node.reference(), "the Node is not Ready").hint(hint)
        })
    }
}

/// Reports Nodes that keep another configuration because the pool is paused, unless the pool tells already.
pub(crate) fn held_back(snapshot: &Snapshot, plan: &Plan, status: &Status) -> Option<Finding> {
    let pool = status.pool.known().filter(|it| it.paused && it.state == PoolProgress::Rendered)?;
    let behind: Vec<&Node> =
        status.nodes.entries().filter(|it| it.config_word() == "outdated").collect();
    let names: Vec<&str> = behind.iter().map(|it| it.name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let message = format!(
        "the pool is paused: {} {} not get {}",
        names.join(", "),
        if names.len() == 1 { "does" } else { "do" },
        pool.configuration.as_deref().unwrap_or("the configuration of the pool"),
    );
    let hint = cure::resumption(snapshot, plan).map(Into::into);
    Some(Finding { hint, ..Check::NotRendered.note(POOL, message) })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::object::ObjectRef;
    use crate::status::fixtures::{forbid, initialized, machine, node, running};
    use crate::status::goal::{Goal, Judgment};
    use crate::status::{Health, assess};

    /// The cluster with one etcd Node, which has the configuration `rendered-etcd-1`, and a change of the pool.
    fn with_pool(change: impl Fn(&mut Value)) -> Snapshot {
        let mut body = initialized(1).pool(names::ETCD).unwrap().body().clone();
        change(&mut body);
        initialized(1).with_objects([node("n"), Object::from_value(body).unwrap()])
    }

    /// The health, the words of the Nodes, and the findings about the pool.
    fn told(snapshot: &Snapshot) -> (Health, Vec<String>, Vec<String>) {
        let status = assess(snapshot, "1.0.0");
        let words = status.nodes.entries().map(|it| it.config_word().to_owned()).collect();
        let found = status.findings.iter().filter(|it| it.check == Check::NotRendered);
        (status.health, words, found.map(|it| format!("{}: {}", it.severity, it.message)).collect())
    }

    /// The daemon's words are those of 4.10 to 4.22; from 4.13 on, `missing MachineConfig …` stands before them.
    #[test]
    fn the_machine_of_a_node_whose_configuration_was_deleted_is_replaced() {
        let found = |reason: &str| {
            let node = node("n").with_annotations([
                (names::CONFIG_STATE, "Degraded"),
                (names::DESIRED_CONFIG, "rendered-etcd-2"),
                (names::CONFIG_REASON, reason),
            ]);
            let of = machine("m", "us-east-1a", "2024-08-21T11:00:00Z", running("n"));
            let snapshot = with_pool(|pool| pool["status"]["degradedMachineCount"] = 1.into());
            let status = assess(&snapshot.with_objects([node, of]), "1.0.0");
            let mut found = status.findings.into_iter().filter(|it| it.subject == "node/n");
            found
                .find(|it| it.message.contains("cannot update"))
                .map(|it| it.hint.unwrap().to_string())
        };
        let lost = r#"machineconfig.machineconfiguration.openshift.io "rendered-etcd-1" not found"#;
        assert!(found(lost).unwrap().starts_with("oc etcd remove-machine m"));
        assert_eq!(found("failed to drain node: n after 1 hour"), None);
    }

    #[test]
    fn a_node_without_an_etcd_machine_that_is_not_ready_has_one_finding_with_a_way_out() {
        let unready = json!({
            "addresses": [{"type": "InternalIP", "address": "10.0.90.5"}],
            "conditions": [{"type": "Ready", "status": "Unknown"}],
        });
        let of = |current: &str, machine: Option<&str>| {
            let node = node("n").with_annotations([(names::CURRENT_CONFIG, current)]);
            let named = machine.map(|it| format!("{}/{it}", names::MACHINE_NAMESPACE));
            let named = named.iter().map(|it| (names::NODE_MACHINE, it.as_str()));
            node.with_annotations(named.collect::<Vec<_>>()).with("status", unready.clone())
        };
        let told = |snapshot: Snapshot| {
            let found = assess(&snapshot, "1.0.0").findings.into_iter();
            let found = found.filter(|it| it.subject == "node/n");
            found
                .map(|it| (it.check, it.hint.map(|it| it.to_string()).unwrap_or_default()))
                .collect::<Vec<_>>()
        };
        let found = told(initialized(0).with_objects([of("rendered-worker-1", None)]));
        assert_eq!(found.iter().map(|it| it.0).collect::<Vec<_>>(), [Check::MixedRoles]);
        // Its Machine was deleted.
        let found = told(initialized(1).with_objects([of("rendered-etcd-1", Some("gone"))]));
        assert_eq!(found.iter().map(|it| it.0).collect::<Vec<_>>(), [Check::NodeWithoutPool]);
        // Whether its Machine exists is unknown.
        let unread = |current: &str| {
            let mut unread = initialized(1).with_objects([of(current, Some("gone"))]);
            forbid(&mut unread, Kind::Machine, "machines");
            told(unread)
        };
        let hint = "oc describe node/n; if the machine no longer exists: oc etcd remove-machine gone --dry-run=client";
        for current in ["rendered-etcd-1", "rendered-worker-1"] {
            assert_eq!(unread(current), [(Check::NodeNotJoining, hint.to_owned())], "{current}");
        }
        let hint = "oc describe node/n; if the machine no longer exists: oc get pods --all-namespaces \
                    --field-selector=spec.nodeName=n, and if no Pod runs etcd: oc delete node/n";
        let alone = initialized(1).with_objects([of("rendered-etcd-1", None)]);
        assert_eq!(told(alone), [(Check::NodeNotJoining, hint.to_owned())]);
    }

    /// A state that the daemon reports for a change that it never makes on an existing machine.
    #[test]
    fn a_change_that_the_daemon_never_makes_is_told_as_one() {
        let node = node("n").with_annotations([
            (names::CONFIG_STATE, "Unreconcilable"),
            (names::DESIRED_CONFIG, "rendered-etcd-2"),
            (names::CONFIG_REASON, "ignition disks section contains changes"),
        ]);
        let of = machine("m", "us-east-1a", "2024-08-21T11:00:00Z", running("n"));
        // The status of the pool has the reason, too.
        for (count, reason) in [(0, ": ignition disks section contains changes"), (1, "")] {
            let snapshot = with_pool(|pool| pool["status"]["degradedMachineCount"] = count.into());
            let status = assess(&snapshot.with_objects([node.clone(), of.clone()]), "1.0.0");
            let mut found = status.findings.into_iter().filter(|it| it.subject == "node/n");
            let found = found.find(|it| it.check == Check::OperatorDegraded).unwrap();
            let message = "the Machine Config Operator never brings the Node to rendered-etcd-2, because a part of \
                           rendered-etcd-2 cannot be changed on an existing machine";
            assert_eq!(found.message, format!("{message}{reason}"));
            assert!(found.hint.unwrap().starts_with("take back the change"));
        }
    }

    #[test]
    fn a_node_that_the_operator_cannot_update_has_the_reason_of_the_operator() {
        let node = node("n").with_annotations([
            (names::CONFIG_STATE, "Degraded"),
            (names::CONFIG_REASON, "unexpected on-disk state"),
        ]);
        let status = assess(&with_pool(|_| ()).with_objects([node]), "1.0.0");
        let found = status.findings.iter().find(|it| it.check == Check::OperatorDegraded).unwrap();
        let message =
            "the Machine Config Operator cannot update the Node: unexpected on-disk state";
        assert_eq!(found.message, message);
    }

    #[test]
    fn a_node_that_waits_for_its_turn_or_for_the_end_of_a_pause_is_outdated() {
        let words = |text: &str| vec![text.to_owned()];
        assert_eq!(told(&with_pool(|_| ())), (Health::Healthy, words("current"), Vec::new()));
        let behind = |pool: &mut Value| {
            pool["spec"]["configuration"]["name"] = "rendered-etcd-2".into();
            pool["status"]["updatedMachineCount"] = 0.into();
        };
        let (health, config, found) = told(&with_pool(behind));
        assert_eq!((health, config), (Health::Progressing, words("outdated")));
        assert_eq!(
            found,
            ["note: rendered-etcd-2 is rolling out; new machines get rendered-etcd-1"]
        );

        let paused = with_pool(|pool| {
            behind(pool);
            pool["spec"]["paused"] = true.into();
        });
        let (health, config, found) = told(&paused);
        assert_eq!((health, config), (Health::Progressing, words("outdated")));
        assert_eq!(
            found,
            ["note: the pool is paused: rendered-etcd-2 is not rolled out, and new machines get \
                 rendered-etcd-1"]
        );
        let judged = Goal::Healthy.judge(&assess(&paused, "1.0.0"));
        let why = "machineconfigpool/etcd is paused, and the configuration of node/n is outdated";
        assert_eq!(judged, Judgment::Blocked(why.to_owned()));
    }

    #[test]
    fn a_node_that_joined_a_paused_pool_with_another_configuration_is_outdated() {
        let config = |key| (key, "rendered-etcd-0");
        let old = node("n")
            .with_annotations([config(names::CURRENT_CONFIG), config(names::DESIRED_CONFIG)]);
        let paused = with_pool(|pool| pool["spec"]["paused"] = true.into()).with_objects([old]);
        let rendered = paused.machine_config("rendered-etcd-1").cloned();
        assert!(rendered.is_some());
        let (health, config, found) = told(&paused);
        assert_eq!((health, config), (Health::Progressing, vec!["outdated".to_owned()]));
        assert_eq!(found, ["note: the pool is paused: n does not get rendered-etcd-1"]);
    }

    #[test]
    fn a_node_that_an_updated_pool_does_not_count_is_found() {
        let config = |key| (key, "rendered-etcd-0");
        let old = node("n")
            .with_annotations([config(names::CURRENT_CONFIG), config(names::DESIRED_CONFIG)]);
        for (updated, is_found) in [(1, true), (0, false)] {
            let pool = with_pool(|pool| pool["status"]["updatedMachineCount"] = updated.into());
            let status = assess(&pool.with_objects([old.clone()]), "1.0.0");
            let found = status.findings.iter().any(|it| it.check == Check::NodeNotInPool);
            assert_eq!(found, is_found, "{updated}");
        }
    }

    #[test]
    fn a_configuration_that_cannot_be_compared_is_unknown() {
        let mut without_pool = with_pool(|_| ());
        without_pool.remove(&ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD));
        assert_eq!(told(&without_pool).1, ["unknown"]);
        let bare = with_pool(|_| ()).with_objects([node("n").with(
            "metadata",
            json!({
                "name": "n", "labels": {names::NODE_ROLE_ETCD: ""},
                "annotations": {names::CONFIG_STATE: "Done"},
            }),
        )]);
        assert_eq!(told(&bare).1, ["unknown"]);
    }

    #[test]
    fn a_node_that_cannot_be_updated_is_named_where_the_pool_does_not_count_it() {
        let degraded = node("n").with_annotations([(names::CONFIG_STATE, "Degraded")]);
        for (count, expected) in [(0, "node/n"), (1, "machineconfigpool/etcd")] {
            let pool = with_pool(|pool| pool["status"]["degradedMachineCount"] = count.into());
            let status = assess(&pool.with_objects([degraded.clone()]), "1.0.0");
            assert_eq!(status.health, Health::Trouble);
            let found = status.findings.iter().filter(|it| it.check == Check::OperatorDegraded);
            assert_eq!(found.map(|it| it.subject.as_str()).collect::<Vec<_>>(), [expected]);
        }
    }
}
