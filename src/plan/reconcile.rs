//! Compares a wanted object with the existing object and decides on the step.

use super::compare::{self, Comparison, Difference};
use super::ownership::{self, Conflict};
use super::{Cause, Change, Step, TakenFields};
use crate::check::{Check, Finding};
use crate::model::names;
use crate::model::object::{Object, ResourceVersion};
use crate::model::shell_command::quoted;
use crate::model::snapshot::{Snapshot, is_ours};

/// The advice about an object of others that has the content of the wanted one.
pub(super) const ADOPT: &str = "oc etcd init --adopt";

/// An object that the cluster should have, and the reason.
pub(crate) struct Wanted {
    pub object: Object,
    pub because: String,
    /// The object as an earlier decision made it from the same source, where the existing object has that form.
    pub earlier: Option<Object>,
}

impl Wanted {
    /// An object that follows from its source alone.
    pub(crate) const fn new(object: Object, because: String) -> Self {
        Self { object, because, earlier: None }
    }
}

/// The policy of the user about objects that others wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WritePolicy {
    /// The name under which fields are applied.
    pub field_manager: String,
    /// The treatment of objects without the label of oc-etcd.
    pub adopt: Adopt,
    /// The treatment of fields that another manager owns.
    pub conflicts: Conflicts,
}

/// The choice whether objects of others may be taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adopt {
    /// Never.
    #[default]
    No,
    /// Objects that already have the wanted content are taken over.
    SameContent,
}

/// The treatment of fields that another manager owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conflicts {
    /// Refuse.
    #[default]
    Refuse,
    /// Take the fields over, as `kubectl apply --force-conflicts` does.
    Force,
}

/// Returns the step for one object, and the findings about the object.
pub(crate) fn reconcile(
    snapshot: &Snapshot,
    wanted: Wanted,
    policy: &WritePolicy,
) -> (Step, Vec<Finding>) {
    let reference = wanted.object.reference().clone();
    let step = |change, because| Step { object: reference.clone(), change, because };
    let Some(existing) = snapshot.get(&reference) else {
        return (step(Change::Create(wanted.object), wanted.because), Vec::new());
    };
    if !is_ours(existing) {
        return foreign(snapshot, existing, wanted, policy);
    }
    let Comparison { differences, unknown } = compare::compare(existing, &wanted.object);
    if differences.is_empty() && !unknown.is_empty() {
        let because = format!("withheld from the files: {}", name(&unknown));
        return (step(Change::Unknown, because), Vec::new());
    }
    // The operator maintains the user data of every pool as well (MCO `pkg/controller/certrotation`).
    let is_of_digest =
        |it: &Difference| it.path.last().is_some_and(|it| it == names::SOURCE_DIGEST);
    let has_digest = existing.annotation(names::SOURCE_DIGEST).is_some();
    if differences.iter().all(|it| has_digest && is_of_digest(it)) {
        return (step(Change::Unchanged(Some(wanted.object)), wanted.because), Vec::new());
    }
    let conflicts = ownership::conflicts(existing, &differences, &policy.field_manager);
    let removes = added_by_others(&conflicts, &wanted.object);
    let takes_over = conflicts.iter().any(|it| it.is_left_over);
    let findings = report(existing, conflicts, policy);
    let is_stale = compare::is_stale(existing, &wanted.object);
    let (cause, because) = cause(existing, &wanted, &differences, is_stale);
    let because = because_of(&because, takes_over);
    let taken = TakenFields { removes, takes_over };
    (update(existing, wanted.object, taken, cause, because), findings)
}

/// Returns the reason of a change, with what becomes of fields that the manager who created the object still shares.
pub(super) fn because_of(reason: &str, takes_over: bool) -> String {
    let owner = if takes_over { "; oc-etcd becomes the only owner of these fields" } else { "" };
    format!("{reason}{owner}")
}

/// Returns why an object is not as wanted.
fn cause(
    existing: &Object,
    wanted: &Wanted,
    differences: &[Difference],
    is_stale: bool,
) -> (Cause, String) {
    let is_for_source = |it: &Object| it.annotation(names::SOURCE).map(str::to_owned);
    let has_same_source = is_for_source(existing) == is_for_source(&wanted.object);
    match &wanted.earlier {
        Some(_) if is_stale && has_same_source => {
            let because = format!("source changed: {}; {}", name(differences), wanted.because);
            (Cause::Outdated, because)
        }
        None if is_stale && has_same_source => {
            (Cause::Outdated, format!("source changed: {}", name(differences)))
        }
        Some(earlier) if compare::compare(existing, earlier) == Comparison::default() => {
            (Cause::Outdated, wanted.because.clone())
        }
        _ => {
            let cause = if is_stale { Cause::Outdated } else { Cause::Differs };
            (cause, format!("differs from what init creates: {}", name(differences)))
        }
    }
}

fn update(
    existing: &Object,
    wanted: Object,
    taken: TakenFields,
    cause: Cause,
    because: String,
) -> Step {
    let before = ResourceVersion::of(existing);
    let object = wanted.reference().clone();
    Step { object, change: Change::Update { wanted, before, taken, cause }, because }
}

/// Returns the fields of other managers that the wanted object does not have.
fn added_by_others(conflicts: &[Conflict], wanted: &Object) -> Vec<Vec<String>> {
    let is_wanted =
        |path: &[String]| path.iter().try_fold(wanted.body(), |at, part| at.get(part)).is_some();
    let mut paths: Vec<Vec<String>> =
        conflicts.iter().map(|it| it.path.clone()).filter(|path| !is_wanted(path)).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Lets a step write the marks of oc-etcd into an object of others that stays as it is.
pub(crate) fn mark_adopted(step: &mut Step, existing: &Object) {
    if let Change::Unchanged(Some(wanted)) = &step.change {
        let because = ADOPTED.to_owned();
        *step = update(existing, wanted.clone(), TakenFields::default(), Cause::Differs, because);
    }
}

/// The reason of a step that takes over an object of others.
const ADOPTED: &str = "adopted: the content matches";

fn foreign(
    snapshot: &Snapshot,
    existing: &Object,
    wanted: Wanted,
    policy: &WritePolicy,
) -> (Step, Vec<Finding>) {
    let is_same = compare::is_same_content(existing, &wanted.object);
    let reference = wanted.object.reference().clone();
    if is_same && policy.adopt == Adopt::SameContent {
        return (
            update(
                existing,
                wanted.object,
                TakenFields::default(),
                Cause::Differs,
                ADOPTED.to_owned(),
            ),
            Vec::new(),
        );
    }
    let finding = if is_same {
        Check::ForeignObject
            .blocker(&reference, "the object was not created by oc-etcd, but its content matches")
            .hint(ADOPT)
    } else {
        let differences = compare::differences(existing, &wanted.object);
        let message = format!(
            "the object was not created by oc-etcd, and differs in {}",
            name_content(&differences)
        );
        let advice = if snapshot.may_have_etcd_nodes() {
            "do not delete the object while etcd nodes exist; with the content that init would create, \
             `oc etcd init --adopt` takes the object over"
        } else {
            "inspect the object, and delete the object if it is not needed"
        };
        let look = format!("oc get {} -o yaml", reference.command_line());
        Check::ForeignObject.blocker(&reference, message).hint(format!("{advice}: {look}"))
    };
    let because = "not created by oc-etcd".to_owned();
    (Step { object: reference, change: Change::LeftToOwner, because }, vec![finding])
}

pub(crate) fn report(
    existing: &Object,
    conflicts: Vec<Conflict>,
    policy: &WritePolicy,
) -> Vec<Finding> {
    conflicts
        .into_iter()
        .filter(|it| !it.is_left_over)
        .map(|conflict| {
            let Conflict { manager, field, has_written_all, .. } = &conflict;
            let verb = if *has_written_all { "written" } else { "changed" };
            let message = format!("`{field}` was {verb} by {manager}");
            match policy.conflicts {
                Conflicts::Refuse => {
                    let overwrite = "to overwrite the change, run: oc etcd init --force-conflicts";
                    let hint = if *has_written_all {
                        format!(
                            "if init was run as {manager}: oc etcd init --field-manager={}; if {manager} applies \
                             manifests that init has printed, print them again: oc etcd init --dry-run=client \
                             --show-sensitive -o yaml --force-conflicts; {overwrite}",
                            quoted(manager)
                        )
                    } else {
                        overwrite.to_owned()
                    };
                    Check::Drifted.blocker(existing.reference(), message).hint(hint)
                }
                Conflicts::Force => Check::Drifted
                    .warning(existing.reference(), format!("{message}, and will be overwritten")),
            }
        })
        .collect()
}

/// Names up to four differences, leaving out our own marks unless there is nothing else.
fn name(differences: &[Difference]) -> String {
    let content = content(differences);
    if content.is_empty() { list(&differences.iter().collect::<Vec<_>>()) } else { list(&content) }
}

fn name_content(differences: &[Difference]) -> String {
    list(&content(differences))
}

fn content(differences: &[Difference]) -> Vec<&Difference> {
    differences.iter().filter(|difference| difference.path[0] != "metadata").collect()
}

fn list(differences: &[&Difference]) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<&str> = differences.iter().map(|it| it.what.as_str()).take(SHOWN).collect();
    let more = format!("and {} more", differences.len().saturating_sub(SHOWN));
    if differences.len() > SHOWN {
        names.push(&more);
    }
    names.join(", ")
}
