//! Whether a saved plan still fits the cluster.

use std::collections::BTreeSet;
use std::fmt;

use super::{Digests, SavedPlan, SavedStep, bound, warnings};
use crate::check::Severity;
use crate::model::kind::Kind;
use crate::model::machine_config_author::is_generated_by_operator;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::plan::{Change, Plan, Step};

/// A reason why a saved plan does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The plan was made for another cluster.
    OtherCluster,
    /// An object that it rests on is gone.
    Deleted(ObjectRef),
    /// An object that it rests on was deleted, and another one of its name made.
    Recreated(ObjectRef),
    /// An object that it rests on has changed.
    Moved(ObjectRef),
    /// The plan does not say in which version an object was that is copied or written.
    Unversioned(ObjectRef),
    /// An object is there that was not.
    Appeared(ObjectRef),
    /// A step is another one now.
    Step {
        /// The object.
        object: ObjectRef,
        /// The change of the saved plan: `create`, or `nothing`.
        planned: String,
        /// The change that planning finds now.
        now: String,
    },
    /// The contents of an object are not those that were planned.
    Content(ObjectRef),
    /// A check says what it did not say then.
    Finding(String),
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherCluster => f.write_str("the plan was created for another cluster"),
            Self::Deleted(object) => write!(f, "{object} no longer exists"),
            Self::Recreated(object) => write!(f, "{object} was deleted and recreated"),
            Self::Moved(object) => write!(f, "{object} has changed"),
            Self::Unversioned(object) => {
                write!(
                    f,
                    "{object} may have changed: it had no resourceVersion when the plan was created"
                )
            }
            Self::Appeared(object) => write!(f, "{object} did not exist when the plan was created"),
            Self::Step { object, planned, now } => {
                write!(
                    f,
                    "{object}: the plan says {planned}, but the current cluster requires {now}"
                )
            }
            Self::Content(object) => write!(f, "{object} would now have other content"),
            Self::Finding(words) => write!(f, "a check reports a new finding: {words}"),
        }
    }
}

/// Why a saved plan does not fit; empty when it does. `plan` is what its request comes to now.
///
/// What a run of the same plan has written already is no reason: an object that is exactly as the plan
/// wants it counts as done.
#[must_use]
pub fn fit(saved: &SavedPlan, snapshot: &Snapshot, plan: &Plan) -> Vec<Misfit> {
    let uid = snapshot.infrastructure().and_then(|it| it.text("/metadata/uid"));
    if uid.is_none() || uid != saved.uid_of(Kind::Infrastructure, "cluster") {
        return vec![Misfit::OtherCluster];
    }
    let now = Now { saved, snapshot, plan, digests: Digests::of(snapshot) };
    let mut misfits = now.moved();
    misfits.extend(now.appeared());
    if misfits.is_empty() {
        misfits.extend(now.steps());
    }
    if misfits.is_empty() {
        misfits.extend(now.findings());
    }
    misfits
}

struct Now<'a> {
    saved: &'a SavedPlan,
    snapshot: &'a Snapshot,
    plan: &'a Plan,
    digests: Digests<'a>,
}

impl Now<'_> {
    fn planned(&self, object: &ObjectRef) -> Option<&SavedStep> {
        self.saved.steps.iter().find(|it| it.object == *object)
    }

    fn step(&self, object: &ObjectRef) -> Option<&Step> {
        self.plan.steps.iter().find(|it| it.object == *object)
    }

    fn digest(&self, step: &Step) -> Option<String> {
        self.digests.digest(&step.change)
    }

    /// Returns whether an object is exactly as the plan wants it.
    fn is_done(&self, object: &ObjectRef) -> bool {
        let wanted = self.planned(object).and_then(|it| it.digest.as_deref());
        let is_as_wanted = |step: &Step| {
            matches!(step.change, Change::Unchanged(_)) && self.digest(step).as_deref() == wanted
        };
        wanted.is_some() && self.step(object).is_some_and(is_as_wanted)
    }

    fn moved(&self) -> Vec<Misfit> {
        let misfit = |it: &super::Observed| {
            let object = it.object.clone();
            let Some(now) = self.snapshot.get(&object) else {
                let is_removal = self.planned(&object).is_some_and(|it| it.change == "remove");
                return (!is_removal).then_some(Misfit::Deleted(object));
            };
            if now.text("/metadata/uid") != it.uid.as_deref() {
                return Some(Misfit::Recreated(object));
            }
            let is_bound = matches!(object.kind, Kind::MachineConfig | Kind::Secret);
            let misfit = match it.resource_version.as_deref() {
                None if is_bound => Misfit::Unversioned(object.clone()),
                Some(version) if Some(version) != now.resource_version() => {
                    Misfit::Moved(object.clone())
                }
                _ => return None,
            };
            (!self.is_done(&object)).then_some(misfit)
        };
        self.saved.observed.iter().filter_map(misfit).collect()
    }

    fn appeared(&self) -> Vec<Misfit> {
        let known: BTreeSet<&ObjectRef> = self.saved.observed.iter().map(|it| &it.object).collect();
        bound(self.snapshot)
            .map(Object::reference)
            .filter(|it| !known.contains(it) && !self.is_done(it))
            .map(|it| Misfit::Appeared(it.clone()))
            .collect()
    }

    fn steps(&self) -> Vec<Misfit> {
        let objects = self.saved.steps.iter().map(|it| &it.object);
        let objects: BTreeSet<&ObjectRef> =
            objects.chain(self.plan.steps.iter().map(|it| &it.object)).collect();
        objects.into_iter().filter_map(|it| self.step_misfit(it)).collect()
    }

    fn step_misfit(&self, object: &ObjectRef) -> Option<Misfit> {
        let (planned, now) = (self.planned(object), self.step(object));
        let word = planned.map_or("nothing", |it| it.change.as_str());
        let now_word = now.map_or("nothing", |it| it.change.word());
        let digest = planned.and_then(|it| it.digest.clone());
        let is_same_content = now.and_then(|it| self.digest(it)) == digest;
        let is_the_operators = |it: &Step| matches!(it.change, Change::LeftToOperator { .. });
        let is_expected = match (word, now_word) {
            ("create" | "update", "unchanged") | ("remove", "nothing") => true,
            // The operator makes its own objects for the new pool, or had its time to.
            ("nothing", "leave") => now.is_some_and(is_the_operators),
            ("leave", "create" | "unchanged") => digest.is_some(),
            (planned, now) => planned == now,
        };
        let is_made_by_operator =
            word == "leave" && self.snapshot.get(object).is_some_and(is_generated_by_operator);
        if !is_expected {
            let (planned, now) = (word.to_owned(), now_word.to_owned());
            return Some(Misfit::Step { object: object.clone(), planned, now });
        }
        // It names the fields that are written over.
        let is_same_update =
            now_word != "update" || planned.map(|it| &it.because) == now.map(|it| &it.because);
        let is_fit = is_same_content && is_same_update || is_made_by_operator || now.is_none();
        (!is_fit).then(|| Misfit::Content(object.clone()))
    }

    fn findings(&self) -> Vec<Misfit> {
        let shown = self.plan.findings.iter().zip(warnings(self.plan));
        shown
            .filter(|(it, _)| it.severity != Severity::Note)
            .filter(|(_, it)| !self.saved.findings.contains(it))
            .map(|(it, _)| {
                Misfit::Finding(format!("{} [{}]: {}", it.severity, it.check, it.subject))
            })
            .collect()
    }
}
