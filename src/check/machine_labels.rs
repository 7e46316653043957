//! The labels that a Machine gives its Node (`spec.metadata.labels`). The Machine API writes these labels to the Node at each
//! change of the Node, so that a label that somebody takes from the Node alone comes back (machine-api-operator
//! `pkg/controller/nodelink`).

use serde_json::json;

use crate::model::kind::Kind;
use crate::model::names;
use crate::model::node::is_control_plane;
use crate::model::object::Object;
use crate::model::shell_command::quoted;
use crate::model::snapshot::Snapshot;

const LABELS: &str = "/spec/metadata/labels";

/// Returns the command that takes those of the labels from a Machine that the Machine gives its Node, if there are any.
#[must_use]
pub fn take<'a>(machine: &Object, labels: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let given = machine.get(LABELS)?.as_object()?;
    let removed = labels.into_iter().filter(|it| given.contains_key(*it)).map(|it| {
        let key = it.replace('~', "~0").replace('/', "~1");
        json!({"op": "remove", "path": format!("{LABELS}/{key}")})
    });
    let patch: Vec<_> = removed.collect();
    (!patch.is_empty()).then(|| {
        let (place, patch) = (machine.reference().command_line(), json!(patch).to_string());
        format!("oc patch {place} --type=json -p {}", quoted(&patch))
    })
}

/// Returns the start of a command that changes these labels of a Node: if the Machine of the Node gives the labels, the
/// command that takes the labels from the Machine; otherwise nothing.
#[must_use]
pub fn first(snapshot: &Snapshot, node: &Object, labels: &[&str]) -> String {
    let is_its = |it: &&Object| snapshot.node_of(it).map(Object::name) == Some(node.name());
    let machine = snapshot.all(Kind::Machine).find(is_its);
    let taken = machine.and_then(|it| take(it, labels.iter().copied()));
    taken.map(|it| format!("{it} && ")).unwrap_or_default()
}

/// Returns the commands that take labels from a Node for good. A Node that loses the role etcd goes to the pool of the
/// workers, unless the Node is of the control plane: no pool manages a Node without a role, and the Node keeps the
/// configuration that the last pool has ordered (machine-config-operator `pkg/helpers/helpers.go`, `GetPoolsForNode`).
#[must_use]
pub fn take_from_node(snapshot: &Snapshot, node: &Object, labels: &[&str]) -> String {
    let loses_role = labels.contains(&names::NODE_ROLE_ETCD) && !is_control_plane(node);
    let is_left_alone = loses_role && node.label(names::NODE_ROLE_WORKER).is_none();
    let given = is_left_alone.then(|| format!("{}=", names::NODE_ROLE_WORKER));
    let taken = labels.iter().filter(|it| node.label(it).is_some());
    let taken = taken.map(|it| quoted(&format!("{it}-")));
    let changes: Vec<String> = given.into_iter().chain(taken).collect();
    let first = first(snapshot, node, labels);
    format!("{first}oc label {} {}", node.reference(), changes.join(" "))
}
