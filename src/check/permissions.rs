//! Reports resources that could not be read, and permissions that the user does not have.

use super::finding::{Check, Finding, Severity};
use crate::model::kind::Kind;
use crate::model::rights::{self, Need, Right};
use crate::model::snapshot::{Permission, Snapshot, Unreadable, UnreadableReason};

/// Returns a blocker for each of the kinds that could not be read; a warning if files omit a kind that a plan does not
/// need.
#[must_use]
pub fn unreadable(snapshot: &Snapshot, needed: &[Kind]) -> Vec<Finding> {
    let about = |it: &&Unreadable| needed.contains(&it.kind) && !is_told(snapshot, it);
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

/// Returns whether the kind of an object may not be listed: then no single object has to be named.
fn is_told(snapshot: &Snapshot, it: &Unreadable) -> bool {
    let is_all = |other: &Unreadable| other.kind == it.kind && other.reason == it.reason;
    let mut all = snapshot.unreadable.iter().filter(|other| other.name().is_none());
    it.name().is_some() && all.any(is_all)
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
    format!("you may not {}", action(verb, kind, name, namespace))
}

/// `patch secrets etcd-user-data in openshift-machine-api`
fn action(verb: &str, kind: Kind, name: Option<&str>, namespace: Option<&str>) -> String {
    let object = name.map(|it| format!(" {it}")).unwrap_or_default();
    let place = namespace.map(|it| format!(" in {it}")).unwrap_or_default();
    format!("{verb} {}{object}{place}", kind.qualified())
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

/// Returns a finding for each role of `deploy/rbac.yaml` that the user does not have as a whole. What the user may not do
/// tells nothing about the cluster, and is a note; what the user may not read was not judged, except for Secrets, which a
/// viewer does not read.
#[must_use]
pub fn missing_roles(snapshot: &Snapshot) -> Vec<Finding> {
    let is_forbidden = |it: &&Unreadable| it.reason == UnreadableReason::Forbidden;
    let unread = snapshot.unread().filter(|it| is_forbidden(it) && !is_told(snapshot, it));
    let unread = unread.map(|it| Denied::of(it.verb(), it.kind, it.name(), it.namespace()));
    let (secrets, others): (Vec<Denied<'_>>, Vec<Denied<'_>>) =
        unread.partition(|it| it.kind == Kind::Secret);
    let of_need = |need| {
        let is_denied = |right: &&Right| {
            let mut asked = snapshot.permissions.iter().filter(|it| right.is_asked_by(it));
            right.need() == need && asked.any(|it| !it.is_allowed)
        };
        let denied = rights::ALL.iter().filter(is_denied);
        denied.map(|it| Denied::of(it.verb, it.kind, it.name, it.namespace())).collect()
    };
    let making: Vec<Denied<'_>> = of_need(Need::Making);
    let found = [
        (Severity::Blocker, rights::VIEWER, others),
        (Severity::Note, Need::Making.role(), making.into_iter().chain(secrets).collect()),
        (Severity::Note, Need::Masters.role(), of_need(Need::Masters)),
        (Severity::Note, Need::Deleting.role(), of_need(Need::Deleting)),
    ];
    found.into_iter().filter_map(|(worst, role, denied)| missing(worst, role, &denied)).collect()
}

/// Something that the user may not do.
struct Denied<'a> {
    verb: &'a str,
    kind: Kind,
    name: Option<&'a str>,
    namespace: Option<&'a str>,
}

impl<'a> Denied<'a> {
    const fn of(
        verb: &'a str,
        kind: Kind,
        name: Option<&'a str>,
        namespace: Option<&'a str>,
    ) -> Self {
        Self { verb, kind, name, namespace }
    }
}

/// Reports that the user does not have a role.
fn missing(worst: Severity, role: (&str, &str), denied: &[Denied<'_>]) -> Option<Finding> {
    let (role, commands) = role;
    let all = denied.iter().map(|it| action(it.verb, it.kind, it.name, it.namespace));
    let all: Vec<String> = all.collect();
    let (these, question) = match denied {
        [] => return None,
        [it] => ("this permission", question(it.verb, it.kind, it.name, it.namespace)),
        _ => ("these permissions", "oc etcd check".to_owned()),
    };
    let message =
        format!("you may not {}: the role {role}, for {commands}, has {these}", all.join(", "));
    let hint =
        format!("bind the role {role} of deploy/rbac.yaml to the user, then verify: {question}");
    Some(Check::PermissionDenied.blocker("you", message).at_most(worst).hint(hint))
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
