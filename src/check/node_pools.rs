//! Reports other pools that select the Nodes of the etcd pool.
//!
//! The operator looks at every pool whose nodeSelector matches the labels of a Node (MCO `pkg/helpers/helpers.go`,
//! `GetPoolsForNode`). The pool master wins over any other, any other wins over worker, and a Node with two others is
//! not managed. A nodeSelector that is empty matches no Node.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube_core::{Expression, Selector, SelectorExt};
use serde_json::Value;

use super::finding::{Check, Finding, Severity};
use super::machine_labels;
use crate::model::field::{Field, Unknown, holds_withheld, is_withheld};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::is_control_plane;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::platform::Platform;

/// Reports each pool, other than etcd and worker, that selects or may select an etcd Node. `worst` is the severity of
/// a pool that does.
#[must_use]
pub fn findings(snapshot: &Snapshot, worst: Severity) -> Vec<Finding> {
    let nodes = nodes(snapshot);
    let is_other = |it: &&Object| ![names::ETCD, names::WORKER].contains(&it.name());
    let others = snapshot.all(Kind::MachineConfigPool).filter(is_other);
    others.filter_map(|pool| finding(pool, &nodes, worst)).collect()
}

/// Returns whether a pool selects a Node; `None` if unknown.
pub(super) fn selects(pool: &Object, node: &Object) -> Option<bool> {
    let selector = selector(pool, "/spec/nodeSelector").known()?;
    EtcdNode::existing(node).is_selected(&selector)
}

/// Returns whether it is known that no pool selects a Node.
pub(super) fn is_unselected(snapshot: &Snapshot, node: &Object) -> bool {
    let selects = |pool: &Object| match selector(pool, "/spec/nodeSelector") {
        Field::Absent => Some(false),
        Field::Known(selector) => EtcdNode::existing(node).is_selected(&selector),
        Field::Unknown(_) => None,
    };
    snapshot.why_unreadable(Kind::MachineConfigPool).is_none()
        && snapshot.all(Kind::MachineConfigPool).all(|it| selects(it) == Some(false))
}

fn finding(pool: &Object, nodes: &[EtcdNode<'_>], worst: Severity) -> Option<Finding> {
    let selector = match selector(pool, "/spec/nodeSelector") {
        Field::Absent => return None,
        Field::Known(selector) => selector,
        Field::Unknown(why) => {
            let message = format!(
                "it is unknown whether this pool selects etcd Nodes: the nodeSelector is {why}"
            );
            return Some(Check::SecondPool.warning(pool.reference(), message));
        }
    };
    let answers = || nodes.iter().map(|node| (node, node.is_selected(&selector)));
    if let Some((node, _)) = answers().find(|(_, answer)| *answer == Some(true)) {
        let message = format!("the nodeSelector also selects {}: {}", node.name, effect(pool));
        return Some(
            Check::SecondPool
                .blocker(pool.reference(), message)
                .at_most(worst)
                .hint(way_out(pool, node, &selector)),
        );
    }
    let (node, _) = answers().find(|(_, answer)| answer.is_none())?;
    let message = format!(
        "the nodeSelector `{selector}` may also select {}, depending on labels that are not known in \
         advance; in this case, {}",
        node.name,
        effect(pool)
    );
    let hint = way_out(pool, node, &selector);
    Some(Check::SecondPool.note(pool.reference(), message).hint(hint))
}

/// Returns how an etcd Node and a second pool come apart. Without its nodeSelector, the pool of the masters would leave its
/// own Nodes without configuration and upgrade, so that a label of the Machine is at fault.
fn way_out(pool: &Object, node: &EtcdNode<'_>, selector: &Selector) -> String {
    let place = pool.reference();
    if !is_of_control_plane(pool) {
        return format!("oc edit {place}");
    }
    let expressions: Vec<Expression> = selector.clone().into_iter().collect();
    let labels = expressions.iter().map(|it| parts(it).0);
    let of_machine = node.machine.and_then(|it| machine_labels::take(it, labels));
    of_machine.unwrap_or_else(|| format!("oc get {place} -o yaml"))
}

fn is_of_control_plane(pool: &Object) -> bool {
    matches!(pool.name(), names::MASTER | "arbiter")
}

/// The effect of a second pool on an etcd Node.
fn effect(pool: &Object) -> &'static str {
    if is_of_control_plane(pool) {
        "the Machine Config Operator manages the Node in this pool, and the Node does not keep the configuration of etcd"
    } else {
        "the Machine Config Operator does not manage a Node that two custom pools select, and the Node gets no new \
         configuration and no upgrade"
    }
}

/// Reads a selector of a pool. An empty one, which selects nothing, is absent.
#[must_use]
pub fn selector(pool: &Object, pointer: &str) -> Field<Selector> {
    let Some(value) = pool.get(pointer).filter(|it| !it.is_null()) else {
        return Field::Absent;
    };
    let unknown = || Field::Unknown(Unknown::of(value));
    if holds_withheld(value) {
        return Field::Unknown(Unknown::Withheld);
    }
    let Ok(read) = serde_json::from_value::<LabelSelector>(value.clone()) else { return unknown() };
    match Selector::try_from(read) {
        Ok(selector) if selector.selects_all() => Field::Absent,
        // Kubernetes refuses `In` and `NotIn` without values, which kube does not.
        Ok(selector) if selector.clone().into_iter().any(|it| parts(&it).1.is_none()) => unknown(),
        Ok(selector) => Field::Known(selector),
        Err(_) => unknown(),
    }
}

/// Returns the label and the values of an expression; no values where the expression lacks them.
fn parts(expression: &Expression) -> (&str, Option<BTreeSet<&str>>) {
    match expression {
        Expression::In(key, values) | Expression::NotIn(key, values) => {
            (key, (!values.is_empty()).then(|| values.iter().map(String::as_str).collect()))
        }
        Expression::Equal(key, value) | Expression::NotEqual(key, value) => {
            (key, Some(BTreeSet::from([value.as_str()])))
        }
        Expression::Exists(key) | Expression::DoesNotExist(key) => (key, Some(BTreeSet::new())),
    }
}

/// What is known of a label of a Node.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Label {
    Absent,
    Is(String),
    /// The Node has the label, and the value is unknown.
    Present,
    /// The Node may have the label or not.
    Unknown,
}

/// An etcd Node that exists, or that will exist.
struct EtcdNode<'a> {
    /// The name in a message.
    name: String,
    /// The Machine that gives labels to the Node.
    machine: Option<&'a Object>,
    labels: BTreeMap<String, Label>,
    /// What holds of a label that `labels` does not have.
    otherwise: fn(&str) -> Label,
}

impl<'a> EtcdNode<'a> {
    /// Returns whether a selector matches the labels of the Node; `None` if unknown.
    fn is_selected(&self, selector: &Selector) -> Option<bool> {
        let answers: Vec<Option<bool>> =
            selector.clone().into_iter().map(|it| self.fulfills(&it)).collect();
        if answers.contains(&Some(false)) {
            return Some(false);
        }
        answers.into_iter().all(|it| it == Some(true)).then_some(true)
    }

    /// Returns the answer that an expression has for each possible value of its label; `None` if the answers differ.
    fn fulfills(&self, expression: &Expression) -> Option<bool> {
        let (key, values) = parts(expression);
        let label = self.labels.get(key).cloned().unwrap_or_else(|| (self.otherwise)(key));
        let any = || {
            // No label has this value, so that it stands for all values that the expression does not name.
            let values = values.iter().flatten().map(|it| (*it).to_owned());
            values.chain([" ".to_owned()]).map(Some)
        };
        let possible: Vec<Option<String>> = match label {
            Label::Absent => vec![None],
            Label::Is(value) => vec![Some(value)],
            Label::Present => any().collect(),
            Label::Unknown => any().chain([None]).collect(),
        };
        let answers: BTreeSet<bool> = possible
            .into_iter()
            .map(|it| expression.matches(&it.map(|it| (key.to_owned(), it)).into_iter().collect()))
            .collect();
        (answers.len() == 1).then(|| answers.contains(&true))
    }

    fn existing(node: &Object) -> Self {
        let name = node.reference().to_string();
        let bare =
            Self { name, machine: None, labels: BTreeMap::new(), otherwise: |_| Label::Absent };
        match node.get("/metadata/labels") {
            Some(labels) => bare.with(labels),
            None => bare,
        }
    }

    /// The Node with more labels, as an object has them.
    fn with(mut self, labels: &Value) -> Self {
        let of = |value: &Value| match value {
            Value::String(text) if !holds_withheld(value) => Label::Is(text.clone()),
            _ => Label::Present,
        };
        if !labels.is_object() || is_withheld(labels) {
            self.otherwise = |_| Label::Unknown;
        }
        let entries = labels.as_object().into_iter().flatten();
        self.labels.extend(entries.map(|(key, value)| (key.clone(), of(value))));
        self
    }

    /// The Node of a Machine, whose labels the Machine API gives to the Node (machine-api-operator
    /// `pkg/controller/nodelink`).
    fn labeled(self, machine: &'a Object, labels: &Value) -> Self {
        let name = format!("the Node of {}", machine.reference());
        Self { name, machine: Some(machine), ..self.with(labels) }
    }

    /// The next Node: the labels with which a kubelet registers on AWS.
    fn next(snapshot: &Snapshot) -> Self {
        let is = |it: Option<&str>| it.map_or(Label::Present, |it| Label::Is(it.to_owned()));
        let masters = || snapshot.all(Kind::Node).filter(|it| is_control_plane(it));
        let arch = masters().find_map(|it| it.text("/status/nodeInfo/architecture"));
        let region = snapshot
            .infrastructure()
            .and_then(|it| Platform::of(it)?.region)
            .filter(|it| !holds_withheld(&Value::from(*it)));
        let labels = [
            (names::NODE_ROLE_ETCD, is(Some(""))),
            ("kubernetes.io/os", is(Some("linux"))),
            ("beta.kubernetes.io/os", is(Some("linux"))),
            ("kubernetes.io/arch", is(arch)),
            ("beta.kubernetes.io/arch", is(arch)),
            ("topology.kubernetes.io/region", is(region)),
            ("failure-domain.beta.kubernetes.io/region", is(region)),
            ("kubernetes.io/hostname", Label::Present),
            ("topology.kubernetes.io/zone", Label::Present),
            ("failure-domain.beta.kubernetes.io/zone", Label::Present),
            ("node.kubernetes.io/instance-type", Label::Present),
            ("beta.kubernetes.io/instance-type", Label::Present),
            ("node.openshift.io/os_id", Label::Present),
        ];
        Self {
            name: "new etcd Nodes".to_owned(),
            machine: None,
            labels: labels.map(|(key, label)| (key.to_owned(), label)).into(),
            otherwise: of_next,
        }
    }
}

/// Returns what holds of any other label of a new Node. Operators and drivers add labels of the domains of their
/// projects; labels of other domains, and roles, are set by people.
fn of_next(key: &str) -> Label {
    const DOMAINS: [&str; 5] =
        ["kubernetes.io", "k8s.io", "openshift.io", "k8s.aws", "amazonaws.com"];
    let domain = key.split_once('/').map_or("", |it| it.0);
    let is_in =
        |it: &&str| domain.strip_suffix(*it).is_some_and(|it| it.is_empty() || it.ends_with('.'));
    if key.starts_with(names::NODE_ROLE_PREFIX) || !DOMAINS.iter().any(is_in) {
        return Label::Absent;
    }
    Label::Unknown
}

/// The etcd Nodes that the etcd pool manages, those of Machines with labels of their own, and the next one.
fn nodes(snapshot: &Snapshot) -> Vec<EtcdNode<'_>> {
    let existing = snapshot.etcd_nodes().filter(|it| !is_control_plane(it));
    let of_machines = snapshot.machines_of(names::ETCD).filter_map(|machine| {
        let labels = machine.get("/spec/metadata/labels").filter(|it| !it.is_null())?;
        let node = snapshot.node_of(machine).filter(|it| !is_control_plane(it));
        let base = node.map_or_else(|| EtcdNode::next(snapshot), EtcdNode::existing);
        Some(base.labeled(machine, labels))
    });
    existing.map(EtcdNode::existing).chain(of_machines).chain([EtcdNode::next(snapshot)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::ObjectRef;
    use serde_json::json;

    /// What is told of a pool `infra` with this nodeSelector, beside an etcd Node in zone a and with the label `a`.
    fn told(selector: Value) -> Option<Severity> {
        let pool = |name: &str, selector: Value| {
            Object::new(ObjectRef::cluster(Kind::MachineConfigPool, name))
                .with("spec", json!({ "nodeSelector": selector }))
        };
        let node = Object::new(ObjectRef::cluster(Kind::Node, "n")).with_labels([
            (names::NODE_ROLE_ETCD, ""),
            ("topology.kubernetes.io/zone", "us-east-1a"),
            ("kubernetes.io/os", "linux"),
            ("a", "b"),
        ]);
        let etcd = pool(names::ETCD, json!({"matchLabels": {names::NODE_ROLE_ETCD: ""}}));
        let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects([
            etcd,
            pool("infra", selector),
            node,
        ]);
        let found = findings(&snapshot, Severity::Blocker);
        assert!(found.len() < 2 && found.iter().all(|it| it.subject == "machineconfigpool/infra"));
        found.first().map(|it| it.severity)
    }

    #[test]
    fn the_pool_of_the_masters_is_never_to_be_changed() {
        let master = "node-role.kubernetes.io/master";
        let hint = |name: &str, selector: Value, labels: Value| {
            let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, name))
                .with("spec", json!({"nodeSelector": {"matchLabels": selector}}));
            let machine = Object::new(ObjectRef::machine("m"))
                .with_labels([(names::MACHINE_ROLE, names::ETCD)])
                .with("spec", json!({"metadata": {"labels": labels}}));
            let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH);
            let found = findings(&snapshot.with_objects([pool, machine]), Severity::Warning);
            found.into_iter().next().unwrap().hint.unwrap().to_string()
        };
        let of_machine = "oc patch machine.machine.openshift.io/m -n openshift-machine-api --type=json -p \
                          '[{\"op\":\"remove\",\"path\":\"/spec/metadata/labels/node-role.kubernetes.io~1master\"}]'";
        let given = json!({master: "", "site": "a"});
        assert_eq!(hint(names::MASTER, json!({master: ""}), given), of_machine);
        let all = json!({"kubernetes.io/os": "linux"});
        let look = "oc get machineconfigpool/master -o yaml";
        assert_eq!(hint(names::MASTER, all.clone(), json!({})), look);
        assert_eq!(hint("infra", all, json!({})), "oc edit machineconfigpool/infra");
    }

    fn expression(key: &str, operator: &str, values: &[&str]) -> Value {
        json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]})
    }

    #[test]
    fn a_pool_that_selects_etcd_nodes_is_found_by_any_form_of_selector() {
        let zone = "topology.kubernetes.io/zone";
        for selector in [
            json!({"matchLabels": {"node-role.kubernetes.io/etcd": ""}}),
            json!({"matchLabels": {"kubernetes.io/os": "linux"}}),
            json!({"matchLabels": {zone: "us-east-1a"}}),
            json!({"matchLabels": {"a": "b"}}),
            expression(zone, "Exists", &[]),
            expression("kubernetes.io/hostname", "Exists", &[]),
            expression("node-role.kubernetes.io/worker", "DoesNotExist", &[]),
            expression("node-role.kubernetes.io/infra", "NotIn", &[""]),
            expression("example.com/pool", "NotIn", &["gpu"]),
            expression("kubernetes.io/os", "In", &["linux", "windows"]),
        ] {
            assert_eq!(told(selector.clone()), Some(Severity::Blocker), "{selector}");
        }
    }

    #[test]
    fn a_pool_of_other_nodes_is_not_found() {
        for selector in [
            json!({}),
            Value::Null,
            json!({"matchLabels": {}, "matchExpressions": []}),
            json!({"matchLabels": {"node-role.kubernetes.io/infra": ""}}),
            json!({"matchLabels": {"kubernetes.io/os": "linux", "example.com/pool": "gpu"}}),
            expression("node-role.kubernetes.io/etcd", "DoesNotExist", &[]),
            expression("kubernetes.io/os", "NotIn", &["linux"]),
        ] {
            assert_eq!(told(selector.clone()), None, "{selector}");
        }
    }

    #[test]
    fn the_labels_that_a_machine_gives_to_its_node_count() {
        let told = |labels: Value| {
            let machine = Object::new(ObjectRef::machine("m"))
                .with_labels([(names::MACHINE_ROLE, names::ETCD)])
                .with("spec", json!({"metadata": {"labels": labels}}));
            let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "infra")).with(
                "spec",
                json!({"nodeSelector": {"matchLabels": {"node-role.kubernetes.io/infra": ""}}}),
            );
            let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects([machine, pool]);
            let found = findings(&snapshot, Severity::Blocker);
            found.into_iter().next().map(|it| (it.severity, it.message))
        };
        let (severity, message) = told(json!({"node-role.kubernetes.io/infra": ""})).unwrap();
        assert_eq!(severity, Severity::Blocker);
        assert!(message.contains("the Node of machine/m"), "{message}");
        let withheld = json!({"node-role.kubernetes.io/infra": {"_REDACTED": "redacted"}});
        assert_eq!(told(withheld).map(|it| it.0), Some(Severity::Note));
        let withheld = json!({"_REDACTED": "redacted", "length": 3});
        assert_eq!(told(withheld).map(|it| it.0), Some(Severity::Note));
        assert_eq!(told(json!({"site": "a"})), None);
        assert_eq!(told(Value::Null), None);
    }

    #[test]
    fn a_label_that_is_not_known_in_advance_is_neither_there_nor_absent() {
        for selector in [
            json!({"matchLabels": {"topology.kubernetes.io/zone": "us-east-1b"}}),
            json!({"matchLabels": {"node.kubernetes.io/instance-type": "c5n.xlarge"}}),
            expression("feature.node.kubernetes.io/cpu-hardware_multithreading", "Exists", &[]),
        ] {
            assert_eq!(told(selector.clone()), Some(Severity::Note), "{selector}");
        }
        for selector in [
            json!({"_REDACTED": "redacted", "length": 3}),
            json!({"matchLabels": {"a": {"_REDACTED": "redacted"}}}),
            expression("a", "Gt", &["1"]),
            expression("a", "In", &[]),
        ] {
            assert_eq!(told(selector.clone()), Some(Severity::Warning), "{selector}");
        }
    }
}
