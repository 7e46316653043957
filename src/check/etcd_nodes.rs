//! Reports etcd Nodes that are no longer as their kubelet registered them, and that another pool manages.
//!
//! A kubelet writes the taints and the role labels of its Node when the Node registers, and never again: nothing
//! repairs a taint that somebody removed.

use serde_json::Value;

use super::finding::{Check, Finding, Severity};
use super::mixed_roles::Owner;
use super::{machine_labels, mixed_roles, node_pools, pool, stray_node};
use crate::model::field::{Field, Unknown};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::ordered_by_etcd_pool;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;

/// Reports each etcd Node whose pool, taint or roles are not those of an etcd machine. A Node that does not belong to an
/// etcd machine at all has a finding of [`mixed_roles::findings`] instead. `changing` are the units that change Nodes.
#[must_use]
pub fn findings(snapshot: &Snapshot, changing: &[Finding]) -> Vec<Finding> {
    let caused = |it: Finding| match it.check {
        Check::TaintMissing | Check::MixedRoles => pool::with_cause(it, changing),
        _ => it,
    };
    let nodes = snapshot.etcd_nodes().filter(|it| mixed_roles::mixed(snapshot, it).is_none());
    let pool = |it| unselected(snapshot, it).or_else(|| other_pool(it));
    let found = nodes.flat_map(|it| [pool(it), taint(it), other_roles(snapshot, it)]).flatten();
    let without_pool = snapshot.all(Kind::Node).filter_map(|it| without_pool(snapshot, it));
    found.map(caused).chain(without_pool).collect()
}

/// Reports a Node that has, or is to have, the configuration of the etcd pool, and that no pool selects: the operator does
/// nothing for such a Node, and takes back nothing that a pool has ordered (MCO `pkg/helpers/helpers.go`,
/// `GetPoolsForNode`; `pkg/controller/node`).
fn without_pool(snapshot: &Snapshot, node: &Object) -> Option<Finding> {
    let desired = ordered_by_etcd_pool(node)?;
    let role = names::NODE_ROLE_ETCD;
    if node.label(role).is_some() || !node_pools::is_unselected(snapshot, node) {
        return None;
    }
    let machine = match mixed_roles::owner(snapshot, node) {
        // The Machine has a finding.
        Owner::Etcd | Owner::Labeled(_) => return None,
        Owner::Other(machine) => machine,
        Owner::Unknown => None,
    };
    if stray_node::runs_with_etcds(node) {
        let message = format!(
            "the Node has the configuration {desired}, and no pool selects the Node: the Node gets no other \
             configuration and no upgrade"
        );
        let hint = format!("oc label {} {role}=", node.reference());
        let finding = Check::NodeNotInPool.warning(node.reference(), message);
        // The Node of a worker's machine has no volume for etcd at its next boot.
        return Some(if machine.is_none() { finding.hint(hint) } else { finding });
    }
    let message = format!(
        "the Machine Config Operator gave the Node the configuration {desired}, and no pool selects the Node any more: \
         nothing takes the configuration back"
    );
    let check = Check::NodeNotInPool;
    Some(stray_node::finding(snapshot, node, machine, check, &message))
}

/// Reports a Node that the etcd pool does not select, because the label of its role has a value, or because of another
/// nodeSelector.
fn unselected(snapshot: &Snapshot, node: &Object) -> Option<Finding> {
    let pool = snapshot.pool(names::ETCD)?;
    let selects = |node: &Object| node_pools::selects(pool, node);
    (selects(node) == Some(false)).then(|| {
        let (place, role) = (node.reference(), names::NODE_ROLE_ETCD);
        let (cause, hint) = if selects(&node.clone().with_labels([(role, "")])) == Some(true) {
            let first = machine_labels::first(snapshot, node, &[role]);
            let hint = format!("{first}oc label {place} {role}= --overwrite");
            (format!(": the pool selects the label {role} without a value"), hint)
        } else {
            (String::new(), format!("oc get {place} --show-labels; oc get {} -o yaml", pool.reference()))
        };
        let message = format!(
            "the nodeSelector of the etcd pool does not select the Node{cause}; the Node gets no configuration and no \
             upgrade from the pool"
        );
        Check::NodeNotInPool.warning(place, message).hint(hint)
    })
}

/// Reports a Node that is to have the configuration of another pool.
fn other_pool(node: &Object) -> Option<Finding> {
    let is_foreign = |it: &&str| !it.starts_with(names::RENDERED);
    let desired = node.annotation(names::DESIRED_CONFIG).filter(is_foreign)?;
    let message = format!(
        "the Machine Config Operator gives the Node the configuration {desired}, which is not of the etcd pool"
    );
    let hint = format!("oc describe {}; oc get machineconfigpools", node.reference());
    Some(Check::NodeNotInPool.warning(node.reference(), message).hint(hint))
}

/// Reports a Node on which workloads can be placed that do not tolerate the taint of etcd.
fn taint(node: &Object) -> Option<Finding> {
    let key = names::NODE_ROLE_ETCD;
    let softer = match effects(node) {
        Field::Known(effects)
            if effects.iter().any(|it| matches!(*it, "NoSchedule" | "NoExecute")) =>
        {
            return None;
        }
        Field::Known(effects) => format!(", but {key}:{}", effects.join(", ")),
        Field::Absent => String::new(),
        Field::Unknown(why) => {
            let message =
                format!("it is unknown whether the Node has the taint {key}: spec.taints is {why}");
            let unknown = Check::TaintMissing.unknown(node.reference(), message);
            return Some(unknown.at_most(Severity::Warning));
        }
    };
    let message = format!(
        "the Node does not have the taint {key}:NoSchedule{softer}: any workload can be placed on the Node, and \
         nothing restores the taint"
    );
    let hint = format!("oc adm taint node {} {key}=:NoSchedule", node.name());
    Some(Check::TaintMissing.warning(node.reference(), message).hint(hint))
}

/// Returns the effects of the taints of etcd.
fn effects(node: &Object) -> Field<Vec<&str>> {
    // The API server writes the spec of every Node.
    if node.get("/spec").is_none() {
        return Field::Unknown(Unknown::NotRead);
    }
    let taints = match node.get("/spec/taints") {
        None | Some(Value::Null) => return Field::Absent,
        Some(Value::Array(taints)) => taints,
        Some(other) => return Field::Unknown(Unknown::of(other)),
    };
    let mut effects = Vec::new();
    let mut unknown = None;
    for taint in taints {
        match (&taint["key"], &taint["effect"]) {
            (Value::String(key), _) if key != names::NODE_ROLE_ETCD => {}
            (Value::String(_), Value::String(effect)) => effects.push(effect.as_str()),
            (Value::String(_), other) => unknown = Some(Unknown::of(other)),
            (key, _) if key.is_null() => unknown = Some(Unknown::of(taint)),
            (other, _) => unknown = Some(Unknown::of(other)),
        }
    }
    match unknown {
        Some(why) if !effects.contains(&"NoSchedule") => Field::Unknown(why),
        _ if effects.is_empty() => Field::Absent,
        _ => Field::Known(effects),
    }
}

/// Reports the roles of a Node beside etcd. A note, because an admin may have added them on purpose; the roles of the
/// control plane are a warning of [`mixed_roles::findings`].
fn other_roles(snapshot: &Snapshot, node: &Object) -> Option<Finding> {
    let labels = node.get("/metadata/labels").and_then(Value::as_object)?;
    let others: Vec<&str> = labels
        .keys()
        .filter(|it| it.starts_with(names::NODE_ROLE_PREFIX) && *it != names::NODE_ROLE_ETCD)
        .map(String::as_str)
        .collect();
    if others.is_empty() {
        return None;
    }
    let message = format!(
        "the Node also has {}, which etcd machines do not have: only the taint of the Node keeps away \
         workloads that select this label",
        others.join(", ")
    );
    let hint = machine_labels::take_from_node(snapshot, node, &others);
    Some(Check::MixedRoles.note(node.reference(), message).hint(hint))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::object::ObjectRef;
    use crate::status::fixtures::{cluster, machine, node, running};

    /// The severity, the check and the hint of each finding about one etcd Node of an etcd Machine.
    fn found(node: Object) -> Vec<(Severity, Check, String)> {
        let machine = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n"));
        let found = findings(&cluster(&["4.16"]).with_objects([node, machine]), &[]);
        let hint = |it: &Finding| it.hint.as_ref().map(ToString::to_string).unwrap_or_default();
        found.iter().map(|it| (it.severity, it.check, hint(it))).collect()
    }

    #[test]
    fn the_taint_of_etcd_is_missed_where_nothing_keeps_workloads_away() {
        let etcd = |effect: Value| json!({"key": names::NODE_ROLE_ETCD, "effect": effect});
        let marker = || json!({"_REDACTED": "x", "length": 3});
        let other = json!({"key": "team", "value": "a", "effect": "NoSchedule"});
        let with = |taints: Value| found(node("n").with("spec", json!({"taints": taints})));
        let hint = "oc adm taint node n node-role.kubernetes.io/etcd=:NoSchedule";
        let missing = [(Severity::Warning, Check::TaintMissing, hint.to_owned())];
        let unknown = [(Severity::Warning, Check::Unreadable, String::new())];
        assert_eq!(found(node("n")), []);
        assert_eq!(with(json!([other, etcd(json!("NoSchedule"))])), []);
        assert_eq!(with(json!([etcd(json!("NoExecute"))])), []);
        assert_eq!(with(json!([marker(), etcd(json!("NoSchedule"))])), []);
        for taints in
            [json!(null), json!([]), json!([other]), json!([etcd(json!("PreferNoSchedule"))])]
        {
            assert_eq!(with(taints.clone()), missing, "{taints}");
        }
        for taints in [
            marker(),
            json!([marker()]),
            json!([etcd(marker())]),
            json!([{"key": marker(), "effect": "NoSchedule"}]),
        ] {
            assert_eq!(with(taints.clone()), unknown, "{taints}");
        }
        let mut without_spec = node("n").into_body();
        without_spec.as_object_mut().unwrap().remove("spec");
        assert_eq!(found(Object::from_value(without_spec).unwrap()), unknown);
    }

    #[test]
    fn a_role_beside_etcd_is_a_note() {
        let worker = "node-role.kubernetes.io/worker";
        let hint = format!("oc label node/n {worker}-");
        let noted = [(Severity::Note, Check::MixedRoles, hint)];
        assert_eq!(found(node("n").with_labels([(worker, "")])), noted);
    }

    #[test]
    fn a_node_that_the_etcd_pool_does_not_select_is_found() {
        let machine = || machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n"));
        let told = |value: &str, selector: Value| {
            let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, names::ETCD))
                .with("spec", json!({"nodeSelector": selector}));
            let node = node("n").with_labels([(names::NODE_ROLE_ETCD, value)]);
            let found = findings(&cluster(&["4.16"]).with_objects([node, machine(), pool]), &[]);
            found.into_iter().map(|it| (it.check, it.hint.unwrap().to_string())).collect::<Vec<_>>()
        };
        let of_init = json!({"matchLabels": {names::NODE_ROLE_ETCD: ""}});
        assert_eq!(told("", of_init.clone()), []);
        let hint = "oc label node/n node-role.kubernetes.io/etcd= --overwrite".to_owned();
        assert_eq!(told("true", of_init), [(Check::NodeNotInPool, hint)]);
        // Another selector may select the Node, or need another label.
        let exists = json!({"key": names::NODE_ROLE_ETCD, "operator": "Exists"});
        assert_eq!(told("true", json!({"matchExpressions": [exists]})), []);
        let look = "oc get node/n --show-labels; oc get machineconfigpool/etcd -o yaml".to_owned();
        let other = json!({"matchLabels": {"site": "a"}});
        assert_eq!(told("", other), [(Check::NodeNotInPool, look)]);
        assert_eq!(told("", json!({"matchLabels": {"_REDACTED": "x", "length": 3}})), []);
    }

    #[test]
    fn a_node_with_an_order_of_the_etcd_pool_that_no_pool_selects_is_found() {
        let with = |current: &str, desired: &str, ready: &str, labels: Value| {
            let mut body = node("n").into_body();
            body["metadata"]["labels"] = labels;
            let node = Object::from_value(body).unwrap().with_annotations([
                (names::CURRENT_CONFIG, current),
                (names::DESIRED_CONFIG, desired),
            ]);
            let addresses = json!([{"type": "InternalIP", "address": "10.0.90.5"}]);
            let conditions = json!([{"type": "Ready", "status": ready}]);
            node.with("status", json!({"addresses": addresses, "conditions": conditions}))
        };
        let told = |objects: Vec<Object>| {
            let found = findings(&cluster(&["4.16"]).with_objects(objects), &[]);
            let hint = |it: &Finding| it.hint.as_ref().map(ToString::to_string).unwrap_or_default();
            found.iter().map(|it| (it.check, it.message.clone(), hint(it))).collect::<Vec<_>>()
        };
        let (worker, etcd) = ("rendered-worker-1", "rendered-etcd-1");
        let ordered = "the Machine Config Operator gave the Node the configuration rendered-etcd-1, and no pool selects \
                       the Node any more: nothing takes the configuration back";
        let label = "oc label node/n node-role.kubernetes.io/worker=";
        let none = || json!({});
        let found = told(vec![with(worker, etcd, "True", none())]);
        let then = "and after its reboot, the Node finds no empty volume for etcd and stops";
        let expected = (Check::NodeNotInPool, format!("{ordered}, {then}"), label.to_owned());
        assert_eq!(found, [expected]);
        let found = told(vec![with(worker, etcd, "False", none())]);
        assert!(found[0].1.contains("has probably found no empty volume"), "{found:?}");
        assert!(found[0].2.starts_with(&format!("{label}; then replace the machine")), "{found:?}");
        // The Node has booted with this configuration.
        let found = told(vec![with(etcd, etcd, "True", none())]);
        assert_eq!(found[0].2, "oc label node/n node-role.kubernetes.io/etcd=");
        assert!(!found[0].1.contains("volume"), "{found:?}");
        // Another pool, another configuration, an etcd Machine, and unknown labels.
        let of_worker = json!({names::NODE_ROLE_WORKER: ""});
        assert_eq!(told(vec![with(worker, etcd, "True", of_worker)]), []);
        assert_eq!(told(vec![with(worker, worker, "True", none())]), []);
        let machine = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n"));
        assert_eq!(told(vec![with(etcd, etcd, "True", none()), machine]), []);
        let withheld = json!({"_REDACTED": "x", "length": 3});
        assert_eq!(told(vec![with(worker, etcd, "True", withheld)]), []);
    }

    #[test]
    fn a_role_that_the_machine_gives_its_node_is_taken_from_the_machine_first() {
        let worker = "node-role.kubernetes.io/worker";
        let given = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n"))
            .with("spec", json!({"metadata": {"labels": {worker: "", "site": "a"}}}));
        let there = cluster(&["4.16"]).with_objects([node("n").with_labels([(worker, "")]), given]);
        let hint = findings(&there, &[]).remove(0).hint.unwrap().to_string();
        assert_eq!(
            hint,
            "oc patch machine.machine.openshift.io/m -n openshift-machine-api --type=json -p '[{\"op\":\"remove\",\
             \"path\":\"/spec/metadata/labels/node-role.kubernetes.io~1worker\"}]' && oc label node/n \
             node-role.kubernetes.io/worker-"
        );
    }

    #[test]
    fn a_node_with_the_configuration_of_another_pool_is_found() {
        let with = |current, desired| {
            let annotations = [(names::CURRENT_CONFIG, current), (names::DESIRED_CONFIG, desired)];
            let found = found(node("n").with_annotations(annotations));
            found.into_iter().map(|it| it.1).collect::<Vec<_>>()
        };
        assert_eq!(with("rendered-worker-1", "rendered-worker-1"), [Check::NodeNotInPool]);
        assert_eq!(with("rendered-etcd-0", "rendered-etcd-0"), [], "outdated");
        assert_eq!(with("rendered-worker-1", "rendered-etcd-1"), [], "updating");
        assert_eq!(with("rendered-etcd-1", "rendered-worker-1"), [Check::NodeNotInPool]);
    }
}
