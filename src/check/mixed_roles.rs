//! Reports Nodes and Machines whose roles do not fit each other: a Node with the role etcd that is not the Node of an
//! etcd Machine, or that is a Node of the control plane, and an etcd Machine that lost its label.

use super::finding::{Check, Finding, Severity};
use super::machine_user_data::UserData;
use super::{control_plane, machine_labels, stray_node};
use crate::model::field::is_withheld;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::{is_control_plane, is_managed_as_master};
use crate::model::object::Object;
use crate::model::ours::made_by_us;
use crate::model::release::Release;
use crate::model::shell_command::quoted;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::members::{self, Address, internal_addresses};
use crate::openshift::pod::Sign;

/// Reports Nodes that have the role etcd and a role of the control plane, Nodes that have the role etcd and are not
/// Nodes of etcd Machines, and etcd Machines without the label of the role.
#[must_use]
pub fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    let nodes = snapshot.etcd_nodes().filter_map(|it| mixed(snapshot, it));
    nodes.chain(relabeled(snapshot).map(labeled)).collect()
}

/// Returns the Machines that oc-etcd created and that lost the label of the role etcd. A copy with other user data is a
/// Machine of another role. If it is unknown who created a Machine, the user data of etcd machines decides.
pub fn relabeled(snapshot: &Snapshot) -> impl Iterator<Item = &Object> {
    let machines = snapshot.all(Kind::Machine).filter(|it| !it.is_terminating());
    let machines = machines.filter(|it| it.label(names::MACHINE_ROLE) != Some(names::ETCD));
    machines.filter(|it| match (made_by_us(it), UserData::of(snapshot, it)) {
        (Some(true), UserData::Etcd | UserData::Unknown(_)) | (None, UserData::Etcd) => true,
        (Some(_) | None, _) => false,
    })
}

/// Role of the Machine of a Node that the etcd pool manages or has configured.
#[derive(Clone, Copy)]
pub(super) enum Owner<'a> {
    /// An etcd Machine.
    Etcd,
    /// A Machine with the user data of etcd machines and the label of another role.
    Labeled(&'a Object),
    /// A Machine of another role, or no Machine.
    Other(Option<&'a Object>),
    /// The Machine could not be read, was deleted, or is not linked to its Node yet; or the Node has no Machine and runs
    /// with the configuration of the etcd pool.
    Unknown,
}

/// Returns the role of the Machine of a Node.
pub(super) fn owner<'a>(snapshot: &'a Snapshot, node: &Object) -> Owner<'a> {
    let node_of = |it: &Object| snapshot.node_of(it).map(Object::name);
    let has = |it: &Object| node_of(it) == Some(node.name());
    if snapshot.machines_of(names::ETCD).any(has) {
        return Owner::Etcd;
    }
    if let Some(machine) = snapshot.all(Kind::Machine).find(|it| has(it)) {
        return match UserData::of(snapshot, machine) {
            UserData::Etcd => Owner::Labeled(machine),
            UserData::Other(_) | UserData::Unread(_) => Owner::Other(Some(machine)),
            UserData::Unknown(_) => Owner::Unknown,
        };
    }
    let is_annotated = node.body().pointer("/metadata/annotations").is_some_and(|it| {
        // A marker of a sanitizer counts, too: the Machine is then withheld.
        !it[names::NODE_MACHINE].is_null() || is_withheld(it)
    });
    let is_linked = |it: &Object| it.text("/status/nodeRef/name").is_some();
    // The Machine API links a Machine and its Node some seconds after the Node registers.
    if is_annotated
        || stray_node::runs_with_etcds(node)
        || snapshot.why_unreadable(Kind::Machine).is_some()
        || !snapshot.machines_of(names::ETCD).all(is_linked)
    {
        return Owner::Unknown;
    }
    Owner::Other(None)
}

/// Reports a Node whose roles do not fit its Machine. The Machine shows which role is wrong.
pub(crate) fn mixed(snapshot: &Snapshot, node: &Object) -> Option<Finding> {
    let owner = owner(snapshot, node);
    let is_role = |label: &&str| node.label(label).is_some();
    let others = names::NODE_ROLES_OF_CONTROL_PLANE.into_iter().filter(is_role);
    let (wrong, message): (Vec<&str>, _) = match owner {
        Owner::Labeled(machine) if !is_control_plane(node) => {
            return Some(labeled(machine));
        }
        Owner::Etcd | Owner::Unknown if !is_control_plane(node) => return None,
        Owner::Other(machine) if !is_control_plane(node) => {
            let message = "the Node has the role etcd and is not the Node of an etcd Machine: the etcd pool manages \
                           each Node with the role etcd";
            let check = Check::MixedRoles;
            return Some(stray_node::finding(snapshot, node, machine, check, message));
        }
        Owner::Etcd | Owner::Labeled(_) => {
            return Some(of_control_plane(snapshot, node, &others.collect::<Vec<_>>()));
        }
        Owner::Other(_) => {
            (vec![names::NODE_ROLE_ETCD], of_both(snapshot, node, "a machine of the control plane"))
        }
        Owner::Unknown => (Vec::new(), of_both(snapshot, node, "an unknown machine")),
    };
    let finding = Check::MixedRoles.warning(node.reference(), message);
    if wrong.is_empty() {
        return Some(finding);
    }
    Some(finding.hint(machine_labels::take_from_node(snapshot, node, &wrong)))
}

/// Returns whether [`mixed`] tells of a Node that the Node has stopped.
pub(crate) fn tells_stop(snapshot: &Snapshot, node: &Object) -> bool {
    let is_stray = || matches!(owner(snapshot, node), Owner::Other(_)) && !is_control_plane(node);
    stray_node::stopped(snapshot, node).is_some() && is_stray()
}

/// Returns a blocker for each Machine that lost the label of the role: a plan that overlooks one is wrong.
pub fn relabeled_blockers(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    let findings = relabeled(snapshot).map(labeled);
    findings.map(|it| Finding { severity: Severity::Blocker, ..it })
}

/// Reports an etcd Machine that has the label of another role, or of none.
#[must_use]
pub fn labeled(machine: &Object) -> Finding {
    let label = match machine.label(names::MACHINE_ROLE) {
        Some(role) => format!("the label {}={role}", names::MACHINE_ROLE),
        None => format!("no label {}", names::MACHINE_ROLE),
    };
    let origin = if is_ours(machine) {
        "oc-etcd created the Machine, and the Machine has"
    } else {
        "the Machine has the user data of etcd machines and"
    };
    let message = format!(
        "{origin} {label}: the commands of oc-etcd do not take the Machine for an etcd machine"
    );
    Check::MixedRoles.warning(machine.reference(), message).hint(relabel(machine))
}

/// Returns the command that gives an etcd Machine the label of its role.
#[must_use]
pub fn relabel(machine: &Object) -> String {
    let reference = machine.reference().command_line();
    format!("oc label {reference} {}={} --overwrite", names::MACHINE_ROLE, names::ETCD)
}

/// Reports a Node of etcd with labels of the control plane. While the Node has such a label, etcd's operator may place a
/// member there; without the label, the operator treats the member as the replacement of a master's member.
fn of_control_plane(snapshot: &Snapshot, node: &Object, labels: &[&str]) -> Finding {
    let both = of_both(snapshot, node, "an etcd machine");
    let name = node.name();
    if has_member(snapshot, node) {
        let message = format!(
            "{both}; an etcd member runs on the Node: if the labels are removed before the member, etcd's operator \
             reports itself as degraded, and removes the member when the Node reboots"
        );
        let finding = Check::MixedRoles.warning(node.reference(), message);
        return finding.hint(became_master(name));
    }
    let hint = format!(
        "oc get pods -n openshift-etcd -o wide --field-selector spec.nodeName={name}; if no Pod there runs etcd: {}",
        machine_labels::take_from_node(snapshot, node, labels)
    );
    Check::MixedRoles.warning(node.reference(), both).hint(hint)
}

/// Returns whether a Pod with an etcd, or a listed member, is known to be on a Node.
fn has_member(snapshot: &Snapshot, node: &Object) -> bool {
    let is_here = |it: &Object| it.text("/spec/nodeName") == Some(node.name());
    let is_known = |it: &&Object| matches!(Sign::of(it), Some(Sign::Container(..) | Sign::Data));
    let mut pods = snapshot.all(Kind::Pod).filter(is_known);
    // Without the list, the hint says how to look for a member.
    let listed = members::listed(snapshot).unwrap_or_default();
    let is_listed = |it: Option<Address>| it.is_some_and(|it| listed.contains(&it));
    pods.any(is_here) || internal_addresses(node).any(is_listed)
}

/// Returns the remedy for an etcd machine whose Node belongs to the control plane.
#[must_use]
pub fn became_master(node: &str) -> String {
    let node = quoted(node);
    format!(
        "oc adm cordon {node}; oc get pods -n openshift-etcd -o wide --field-selector spec.nodeName={node}; then \
         follow docs/procedure.md for a machine that became a master"
    )
}

/// The effect of the roles of a Node. The operators look at the labels `master` and `arbiter`; only the
/// ControlPlaneMachineSet's looks at `control-plane` too (control-plane-machine-set-operator). The Machine Config Operator
/// gives a Node of the pool master and of a custom pool to neither up to 4.13, and to the pool master later (MCO
/// `getPoolsForNode`).
fn of_both(snapshot: &Snapshot, node: &Object, machine: &str) -> String {
    let release = snapshot.release();
    let effect = if is_managed_as_master(node) {
        let pool = match release.map(|it| it < Release::minor(14)) {
            Some(true) => "no pool manages the Node",
            Some(false) => "the master pool manages the Node",
            None => "up to 4.13 no pool manages the Node, later the master pool does",
        };
        format!("{pool}, and etcd's operator treats the Node as a master")
    } else {
        let set = if control_plane::may_have_active_set(snapshot) {
            "; an active ControlPlaneMachineSet reports an unmanaged Node and replaces no master"
        } else {
            ""
        };
        format!(
            "the etcd pool manages the Node, and etcd's operator does not treat the Node as a master{set}"
        )
    };
    format!(
        "the Node belongs to {machine} and has both the role etcd and a control plane role: {effect}"
    )
}

/// Returns what takes the labels of the control plane from a Node, or shows the Node.
#[must_use]
pub fn way_out(snapshot: &Snapshot, node: &Object) -> String {
    if node.label(names::NODE_ROLE_ETCD).is_none() {
        return became_master(node.name());
    }
    let hint = mixed(snapshot, node).and_then(|it| it.hint).map(|it| it.to_string());
    hint.unwrap_or_else(|| format!("oc get {} -o yaml", node.reference()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::object::ObjectRef;
    use crate::openshift::control_plane_machine_set;
    use crate::status::fixtures::{cluster, forbid, machine, node, running};

    /// A Node with the role etcd and the configuration of the workers.
    fn of_workers(name: &str) -> Object {
        let addresses = json!([{"type": "InternalIP", "address": "10.0.90.5"}]);
        node(name)
            .with_annotations([(names::CURRENT_CONFIG, "rendered-worker-1")])
            .with("status", json!({"addresses": addresses}))
    }

    #[test]
    fn a_node_of_both_roles_loses_the_one_that_its_machine_does_not_have() {
        let mixed = of_workers("n").with_labels([("node-role.kubernetes.io/master", "")]);
        let of_master = cluster(&["4.16"]).with_objects([mixed.clone()]);
        let hint = |snapshot: &Snapshot| findings(snapshot).remove(0).hint.unwrap().to_string();
        assert_eq!(hint(&of_master), "oc label node/n node-role.kubernetes.io/etcd-");
        let etcd = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n"));
        let of_etcd = of_master.with_objects([etcd]);
        assert_eq!(
            hint(&of_etcd),
            "oc get pods -n openshift-etcd -o wide --field-selector spec.nodeName=n; if no Pod there runs etcd: oc \
             label node/n node-role.kubernetes.io/master-"
        );
        // The Machine gives the label to its Node again.
        let given = json!({"metadata": {"labels": {"node-role.kubernetes.io/master": ""}}});
        let etcd = of_etcd.get(&ObjectRef::machine("m")).unwrap().clone();
        assert_eq!(
            hint(&of_etcd.clone().with_objects([etcd.with("spec", given)])),
            "oc get pods -n openshift-etcd -o wide --field-selector spec.nodeName=n; if no Pod there runs etcd: oc \
             patch machine.machine.openshift.io/m -n openshift-machine-api --type=json -p '[{\"op\":\"remove\",\"path\":\
             \"/spec/metadata/labels/node-role.kubernetes.io~1master\"}]' && oc label node/n \
             node-role.kubernetes.io/master-"
        );
        // Without the label, a member would be on a Node that is no master.
        let (namespace, name) = names::ETCD_ENDPOINTS;
        let pod = Object::new(ObjectRef::namespaced(Kind::Pod, namespace, "etcd-n"))
            .with("spec", json!({"nodeName": "n", "containers": [{"name": "etcd"}]}));
        let internal = json!([{"type": "InternalIP", "address": "10.0.90.5"}]);
        let addressed = of_workers("n")
            .with_labels([("node-role.kubernetes.io/master", "")])
            .with("status", json!({ "addresses": internal }));
        let endpoints = Object::new(ObjectRef::namespaced(Kind::ConfigMap, namespace, name))
            .with("data", json!({"a": "10.0.90.5"}));
        for with_member in [vec![pod], vec![addressed, endpoints]] {
            let hint = hint(&of_etcd.clone().with_objects(with_member));
            assert!(hint.starts_with("oc adm cordon n; oc get pods"), "{hint}");
        }
    }

    #[test]
    fn what_the_operators_do_with_a_node_of_both_roles_is_told_for_the_release_of_the_cluster() {
        let told = |release: &str, role: &str, set: Option<&str>| {
            let mut snapshot = cluster(&["4.16"]);
            let mut body = snapshot.cluster_version().unwrap().clone().into_body();
            body["status"]["desired"]["version"] = release.into();
            body["status"]["history"] = json!([{"state": "Completed", "version": release}]);
            snapshot.insert(Object::from_value(body).unwrap());
            let set = set.map(|state| {
                Object::new(control_plane_machine_set::reference())
                    .with("spec", json!({ "state": state }))
            });
            let both = node("n").with_labels([(role, "")]);
            let snapshot = snapshot.with_objects([both].into_iter().chain(set));
            let message = findings(&snapshot).remove(0).message;
            message.split_once("a control plane role").unwrap().1.to_owned()
        };
        let master = "node-role.kubernetes.io/master";
        let treated = "etcd's operator treats the Node as a master";
        for (release, pool) in [
            ("4.10.67", "no pool manages the Node"),
            ("4.13.40", "no pool manages the Node"),
            ("4.14.30", "the master pool manages the Node"),
            ("4.22.1", "the master pool manages the Node"),
            ("?", "up to 4.13 no pool manages the Node, later the master pool does"),
        ] {
            assert_eq!(
                told(release, master, None),
                format!(": {pool}, and {treated}"),
                "{release}"
            );
        }
        let only = "node-role.kubernetes.io/control-plane";
        let managed = "the etcd pool manages the Node, and etcd's operator does not treat the Node as a master";
        let stops =
            "; an active ControlPlaneMachineSet reports an unmanaged Node and replaces no master";
        for (release, set, clause) in [
            ("4.10.67", None, ""),
            ("4.11.9", None, ""),
            ("4.12.9", None, stops),
            ("4.22.1", None, stops),
            ("4.22.1", Some("Active"), stops),
            ("4.22.1", Some("Inactive"), ""),
            ("?", None, stops),
        ] {
            let expected = format!(": {managed}{clause}");
            assert_eq!(told(release, only, set), expected, "{release} {set:?}");
        }
    }

    #[test]
    fn a_worker_that_stopped_in_the_update_of_the_etcd_pool_gets_its_role_back_and_is_replaced() {
        let addresses = json!([{"type": "InternalIP", "address": "10.0.90.5"}]);
        let unready = json!([{"type": "Ready", "status": "Unknown"}]);
        let stopped = |desired: &str| {
            of_workers("n")
                .with_annotations([(names::DESIRED_CONFIG, desired)])
                .with("status", json!({"addresses": addresses, "conditions": unready}))
        };
        let worker = machine("w", "us-east-1a", "2024-08-21T11:59:00Z", running("n"))
            .with_labels([(names::MACHINE_ROLE, "worker")])
            .with("spec", json!({"providerSpec": {"value": {"userDataSecret": {"name": "worker-user-data"}}}}));
        let of_set = worker.clone().with_owners(vec![json!({"kind": "MachineSet", "name": "s"})]);
        let told = |objects: Vec<Object>| {
            let found = findings(&cluster(&["4.16"]).with_objects(objects)).remove(0);
            (found.message.clone(), found.hint.unwrap().to_string())
        };
        let label = "oc label node/n node-role.kubernetes.io/worker= node-role.kubernetes.io/etcd-";
        let then = "because a label does not start the machine of the Node again";
        let delete = "oc get pods --all-namespaces --field-selector=spec.nodeName=n, and if no Pod runs etcd: \
                      oc delete machine.machine.openshift.io/w -n openshift-machine-api";
        for (machine, expected) in [
            (None, format!("{label}; then replace the machine, {then}")),
            (Some(worker.clone()), format!("{label}; then delete the machine, {then}: {delete}")),
            (
                Some(of_set),
                format!("{label}; then let machineset/s create another machine, {then}: {delete}"),
            ),
        ] {
            let objects = [stopped("rendered-etcd-1")].into_iter().chain(machine);
            let (message, hint) = told(objects.collect());
            assert_eq!(hint, expected);
            assert_eq!(
                message,
                "the Node has the role etcd and is not the Node of an etcd Machine: the etcd pool manages each Node \
                 with the role etcd. The Node is not Ready since its update to rendered-etcd-1 began: the Node has \
                 probably found no empty volume for etcd, and stopped before its kubelet started"
            );
        }
        // For another reason.
        let (message, hint) = told(vec![stopped("rendered-worker-2"), worker]);
        assert!(
            message
                .ends_with("after its reboot, the Node finds no empty volume for etcd and stops")
        );
        assert_eq!(hint, label);
    }

    #[test]
    fn a_machine_with_the_user_data_of_etcd_gets_its_label_back() {
        let machine = |user_data: serde_json::Value| {
            let mut body =
                machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n")).into_body();
            body["metadata"]["labels"] = json!({(names::MACHINE_ROLE): "infra"});
            body["spec"]["providerSpec"]["value"]["userDataSecret"]["name"] = user_data;
            cluster(&["4.16"]).with_objects([node("n"), Object::from_value(body).unwrap()])
        };
        for user_data in [names::ETCD_USER_DATA, "etcd-user-data-managed"] {
            let found = findings(&machine(user_data.into()));
            let hint = "oc label machine.machine.openshift.io/m -n openshift-machine-api \
                        machine.openshift.io/cluster-api-machine-role=etcd --overwrite";
            assert_eq!(found[0].hint.as_deref(), Some(hint), "{user_data}");
        }
        for withheld in [json!({"_REDACTED": "x"}), json!("x-name-0000000001-x")] {
            assert!(findings(&machine(withheld.clone())).is_empty(), "{withheld}");
        }
        let found = findings(&machine("worker-user-data".into())).remove(0);
        assert_eq!(found.hint, None, "the Node has booted with the configuration of the pool");
        assert!(!found.message.contains("stops"), "{}", found.message);
        assert!(findings(&machine(json!(["x"]))).is_empty(), "not understood");
    }

    #[test]
    fn a_node_of_the_role_etcd_without_an_etcd_machine_is_found_where_that_is_known() {
        let made = "2024-08-21T11:59:00Z";
        let worker = |node| {
            let user_data = json!({"userDataSecret": {"name": "worker-user-data"}});
            machine("w", "us-east-1a", made, running(node))
                .with_labels([(names::MACHINE_ROLE, "worker")])
                .with("spec", json!({"providerSpec": {"value": user_data}}))
        };
        let etcd = |status| machine("m", "us-east-1a", made, status);
        let linked = |name: &str| {
            let machine = format!("{}/{name}", names::MACHINE_NAMESPACE);
            of_workers("n").with_annotations([(names::NODE_MACHINE, machine.as_str())])
        };
        let hints = |objects: Vec<Object>| -> Vec<String> {
            let found = findings(&cluster(&["4.16"]).with_objects(objects));
            found
                .into_iter()
                .map(|it| it.hint.map_or("none".to_owned(), |it| it.to_string()))
                .collect()
        };
        let listed = json!({"a": "10.0.90.5"});
        let listed = Object::new(members::endpoints()).with("data", listed);
        assert_eq!(hints(vec![of_workers("n"), listed]), ["none"], "a member runs there");
        // Without a role, no pool would take back what the etcd pool has ordered.
        let label = "oc label node/n node-role.kubernetes.io/worker= node-role.kubernetes.io/etcd-";
        let expected = [label];
        let of_both = of_workers("n").with_labels([(names::NODE_ROLE_WORKER, "")]);
        assert_eq!(hints(vec![of_both]), ["oc label node/n node-role.kubernetes.io/etcd-"]);
        assert_eq!(hints(vec![of_workers("n")]), expected, "no Machine");
        assert_eq!(hints(vec![of_workers("n"), worker("n")]), expected, "a worker");
        assert_eq!(hints(vec![linked("w"), worker("n")]), expected, "a worker");
        assert_eq!(hints(vec![of_workers("n"), etcd(running("o"))]), expected, "another Node");
        let none: [&str; 0] = [];
        assert_eq!(hints(vec![of_workers("n"), etcd(running("n"))]), none, "an etcd Machine");
        assert_eq!(hints(vec![linked("m"), etcd(json!({}))]), none, "an etcd Machine");
        assert_eq!(hints(vec![of_workers("n"), etcd(json!({}))]), none, "not linked yet");
        assert_eq!(hints(vec![linked("gone")]), none, "deleted, or not in the files");
        assert_eq!(hints(vec![node("n")]), none, "made for the pool");
        let mut hidden = cluster(&["4.16"]).with_objects([of_workers("n")]);
        forbid(&mut hidden, Kind::Machine, "machines.machine.openshift.io");
        assert!(findings(&hidden).is_empty(), "no Machine was read");
    }
}
