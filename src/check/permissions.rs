//! Reports resources that could not be read, and permissions that the user does not have.

use super::finding::{Check, Finding};
use crate::model::kind::Kind;
use crate::model::snapshot::{Permission, Snapshot, Unreadable, UnreadableReason};

/// Returns a blocker for each of the kinds that could not be read; a warning if files omit a kind that a plan does not
/// need.
#[must_use]
pub fn unreadable(snapshot: &Snapshot, needed: &[Kind]) -> Vec<Finding> {
    // Of a kind that may not be listed, no single object has to be named.
    let is_told = |it: &Unreadable| {
        let is_all = |other: &Unreadable| other.kind == it.kind && other.reason == it.reason;
        let mut all = snapshot.unreadable.iter().filter(|other| other.name().is_none());
        it.name().is_some() && all.any(is_all)
    };
    let about = |it: &&Unreadable| needed.contains(&it.kind) && !is_told(it);
    snapshot
        .unread()
        .filter(about)
        .map(|it| match &it.reason {
            UnreadableReason::Forbidden => Check::PermissionDenied
                .blocker("you", may_not(it.verb(), it.kind, it.name(), it.namespace()))
                .hint(grant(it.verb(), it.kind, it.name(), it.namespace())),
            UnreadableReason::Failed(words) => Check::Unreadable
                .blocker(&it.what, format!("the resource could not be read: {words}")),
            UnreadableReason::NotInFiles(_) => not_in_files(it),
            UnreadableReason::NotServed => {
                Check::Unreadable.blocker(&it.what, "the API server does not serve this resource")
            }
        })
        .collect()
}

/// Adds every other permission that a command lacks to the findings that end its plan early, if a missing permission is
/// among them: what is behind that permission was not judged, and the permissions are granted together.
#[must_use]
pub fn with_all_denied(
    mut findings: Vec<Finding>,
    snapshot: &Snapshot,
    reads: &[Kind],
    is_needed: impl Fn(&Permission) -> bool,
) -> Vec<Finding> {
    let is_denied = |it: &Finding| it.check == Check::PermissionDenied;
    if findings.iter().any(is_denied) {
        findings.extend(unreadable(snapshot, reads).into_iter().filter(is_denied));
        findings.extend(denied(snapshot, is_needed));
    }
    findings
}

/// Reports a resource that the files of `--from` do not contain. A must-gather never has
/// the user data: the rest can be planned without it, and nothing is written from files anyway.
fn not_in_files(it: &Unreadable) -> Finding {
    let is_base = matches!(
        it.kind,
        Kind::ClusterVersion
            | Kind::Infrastructure
            | Kind::Machine
            | Kind::MachineConfig
            | Kind::MachineConfigPool
    );
    if is_base {
        return Check::Unreadable.blocker(&it.what, it.reason.to_string());
    }
    let message = format!("{}; the output does not include this resource", it.reason);
    Check::Unreadable.warning(&it.what, message)
}

/// Returns a blocker for each needed permission that the API server denied.
#[must_use]
pub fn denied(snapshot: &Snapshot, is_needed: impl Fn(&Permission) -> bool) -> Vec<Finding> {
    snapshot
        .permissions
        .iter()
        .filter(|it| !it.is_allowed && is_needed(it))
        .map(|it| {
            let message = may_not(it.verb, it.kind, it.name, it.namespace);
            Check::PermissionDenied.blocker("you", message).hint(grant(
                it.verb,
                it.kind,
                it.name,
                it.namespace,
            ))
        })
        .collect()
}

/// `you may not patch secrets etcd-user-data in openshift-machine-api`
fn may_not(verb: &str, kind: Kind, name: Option<&str>, namespace: Option<&str>) -> String {
    let object = name.map(|it| format!(" {it}")).unwrap_or_default();
    let place = namespace.map(|it| format!(" in {it}")).unwrap_or_default();
    format!("you may not {verb} {}{object}{place}", kind.qualified())
}

/// Returns the hint for a missing permission: how to get the permission, and how to verify the permission.
fn grant(verb: &str, kind: Kind, name: Option<&str>, namespace: Option<&str>) -> String {
    let question = question(verb, kind, name, namespace);
    format!("bind a role of deploy/rbac.yaml to the user, then verify: {question}")
}

/// Returns the command that verifies a permission.
fn question(verb: &str, kind: Kind, name: Option<&str>, namespace: Option<&str>) -> String {
    let place = match namespace {
        Some(namespace) => format!(" -n {namespace}"),
        None if kind.resource().is_namespaced => " --all-namespaces".to_owned(),
        None => String::new(),
    };
    let name = name.map(|it| format!("/{it}")).unwrap_or_default();
    format!("oc auth can-i {verb} {}{name}{place}", kind.qualified())
}

/// Reports a missing permission to delete, and the commands that need the permission.
#[must_use]
pub fn without_removal(permission: &Permission, needed_by: &str) -> Finding {
    let Permission { verb, kind, namespace, name, .. } = permission;
    let message = may_not(verb, *kind, *name, *namespace);
    let verb_form = if needed_by.contains(" and ") { "need" } else { "needs" };
    Check::PermissionDenied
        .note("you", format!("{message}: {needed_by} {verb_form} this permission"))
        .hint(question(verb, *kind, *name, *namespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::{Object, ObjectRef};
    use crate::status::fixtures::{cluster, forbid};

    #[test]
    fn a_kind_of_the_release_that_is_not_served_was_not_read() {
        for (release, absent) in [
            ("4.11.0", vec![Kind::ControlPlaneMachineSet, Kind::ValidatingAdmissionPolicy]),
            ("4.17.0", vec![Kind::ValidatingAdmissionPolicy]),
            ("4.18.0", vec![]),
        ] {
            let mut snapshot = cluster(&["4.16"]);
            for kind in Kind::ALL {
                forbid(&mut snapshot, kind, &kind.qualified());
                snapshot.unreadable.last_mut().unwrap().reason = UnreadableReason::NotServed;
            }
            // The release is known all the same.
            let version = Object::new(ObjectRef::cluster(Kind::ClusterVersion, "version"));
            let status = serde_json::json!({ "desired": { "version": release } });
            let snapshot = snapshot.with_objects([version.with("status", status)]);
            for kind in Kind::ALL {
                let found = unreadable(&snapshot, &[kind]);
                let told: Vec<&str> = found.iter().map(|it| it.subject.as_str()).collect();
                let expected = if absent.contains(&kind) { vec![] } else { vec![kind.qualified()] };
                assert_eq!(told, expected, "{release}");
            }
        }
    }

    #[test]
    fn a_kind_that_may_not_be_listed_is_told_once() {
        let mut snapshot = cluster(&["4.16"]);
        for what in ["nodes", "nodes/a", "nodes/b"] {
            forbid(&mut snapshot, Kind::Node, what);
        }
        let found = unreadable(&snapshot, &[Kind::Node]);
        let told: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(told, ["you may not list nodes"]);
        snapshot.unreadable.remove(0);
        assert_eq!(unreadable(&snapshot, &[Kind::Node]).len(), 2);
    }
}
