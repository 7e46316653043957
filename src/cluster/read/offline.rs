//! A scope that somebody else than a server answers. Talks to nobody.

use super::scope::Templates;
use super::{ObjectQuery, Scope, dependent_queries, keep_objects, note, references, unlisted};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::{Snapshot, UnreadableReason};

impl Scope {
    /// Has its questions answered by somebody else than a server, and notes what has no answer. An object that must
    /// exist and is not in the answers could not be read, for the reason `missing`.
    pub(crate) fn answer(
        &self,
        snapshot: &mut Snapshot,
        answer: impl Fn(&ObjectQuery) -> Result<Vec<Object>, UnreadableReason>,
        missing: &UnreadableReason,
    ) {
        let ask = |snapshot: &mut Snapshot, queries: &[ObjectQuery]| {
            for query in queries {
                match answer(query) {
                    Ok(objects) => keep_objects(snapshot, query, objects),
                    Err(reason) => note(snapshot, query, reason),
                }
            }
        };
        ask(snapshot, &self.queries);
        // A list from files leaves nothing out.
        let scope = Self { templates: Templates::Listed, ..self.clone() };
        let second = dependent_queries(snapshot, &scope);
        ask(snapshot, &second);
        // Of an object that the list does not have the list has told whether it may have been left out.
        let unlisted: Vec<ObjectQuery> = unlisted(snapshot, &scope).collect();
        for object in unlisted.iter().filter_map(|it| answer(it).ok()).flatten() {
            snapshot.insert(object);
        }
        let named = second.iter().filter_map(ObjectQuery::reference).cloned();
        // These name their Machines, whether the scope has Nodes or not.
        let masters = answer(&ObjectQuery::master_nodes()).unwrap_or_default();
        // Without them, Machines of other roles do not tell that the masters have none.
        let machines = self.queries.iter().find(|it| it.kind() == Kind::Machine);
        if let Some(machines) = machines
            && masters.is_empty()
            && snapshot.machines_of(names::MASTER).next().is_none()
            && snapshot.why_unreadable(Kind::Machine).is_none()
        {
            note(snapshot, machines, missing.clone());
        }
        let every = |kind| answer(&ObjectQuery::every(kind)).unwrap_or_default();
        let rendered = every(Kind::MachineConfig);
        let expected = references::expected(snapshot, &masters, &rendered, self);
        let are_nodes_counted =
            references::are_all_counted(&every(Kind::MachineConfigPool), &every(Kind::Node));
        let may_exist = |it: &ObjectRef| it.kind != Kind::Node || !are_nodes_counted;
        let expected: Vec<ObjectRef> =
            expected.into_iter().chain(named).filter(may_exist).collect();
        for query in expected.into_iter().map(ObjectQuery::Get) {
            let is_missing = answer(&query).is_ok_and(|it| it.is_empty());
            if is_missing && query.reference().is_some_and(|it| !snapshot.is_unreadable(it)) {
                note(snapshot, &query, missing.clone());
            }
        }
    }
}

impl ObjectQuery {
    /// The one object that it is about; `None` when it is about all of a kind.
    pub(crate) const fn reference(&self) -> Option<&ObjectRef> {
        match self {
            Self::Get(reference) | Self::Metadata(reference) | Self::Rendered(reference) => {
                Some(reference)
            }
            Self::List { .. } | Self::PodsOn(_) => None,
        }
    }

    /// Returns the key of the label that decides which objects belong to the answer. Of the Nodes without a role, other queries
    /// tell whether labels are withheld.
    pub(crate) fn label(&self) -> Option<&str> {
        match self {
            Self::List { labels: Some(selector), .. } if !selector.starts_with('!') => {
                Some(key_and_values(selector).0)
            }
            _ => None,
        }
    }

    /// Returns whether an object belongs to the answer, as the API server would decide.
    pub(crate) fn selects(&self, object: &Object) -> bool {
        let (kind, namespace, labels) = match self {
            Self::Get(it) | Self::Metadata(it) | Self::Rendered(it) => {
                return object.reference() == it;
            }
            Self::List { kind, namespace, labels, .. } => (kind, namespace, labels),
            Self::PodsOn(node) => {
                return object.reference().kind == Kind::Pod
                    && object.text("/spec/nodeName") == Some(node);
            }
        };
        let has = |selector: &str| {
            if selector.starts_with('!') {
                let mut keys = selector.split(',').map(|it| it.trim_start_matches('!'));
                return keys.all(|it| object.label(it).is_none());
            }
            let (key, values) = key_and_values(selector);
            let is_wanted = |label| values.is_empty() || values.split(',').any(|it| it == label);
            object.label(key).is_some_and(is_wanted)
        };
        object.reference().kind == *kind
            && namespace.is_none_or(|it| object.reference().namespace.as_deref() == Some(it))
            && labels.as_deref().is_none_or(has)
    }
}

/// Returns the key of a selector, and its values; no values where the key is enough. The other way round than `any_of`.
fn key_and_values(selector: &str) -> (&str, &str) {
    let parts = selector.split_once(" in ").or_else(|| selector.split_once('='));
    let (key, values) = parts.unwrap_or((selector, ""));
    (key, values.trim_matches(['(', ')']))
}

#[cfg(test)]
mod tests {
    use super::super::query::NODES_WITHOUT_ROLE;
    use super::*;
    use crate::status::fixtures::node;

    #[test]
    fn a_node_without_a_role_is_kept_where_the_etcd_pool_gave_it_a_configuration() {
        let labels = Some(NODES_WITHOUT_ROLE.to_owned());
        let query = ObjectQuery::List { kind: Kind::Node, namespace: None, labels, without: &[] };
        let judged = |labels: serde_json::Value, desired: &str| {
            let mut body = node("n").into_body();
            body["metadata"]["labels"] = labels;
            body["metadata"]["annotations"][names::DESIRED_CONFIG] = desired.into();
            let node = Object::from_value(body).unwrap();
            (query.selects(&node), query.keeps(&node))
        };
        let none = || serde_json::json!({"kubernetes.io/os": "linux"});
        assert_eq!(judged(none(), "rendered-etcd-1"), (true, true));
        assert_eq!(judged(none(), "rendered-worker-1"), (true, false));
        for role in [names::NODE_ROLE_WORKER, names::NODE_ROLE_ETCD] {
            assert!(!judged(serde_json::json!({ role: "" }), "rendered-etcd-1").0, "{role}");
        }
        assert_eq!(query.label(), None);
    }
}
