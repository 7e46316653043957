//! The proof of consent: `cluster::apply` takes only an approved plan.

use crate::check::{Check, Finding};
use crate::model::kind::Kind;
use crate::plan::{Change, Plan, Step};

/// The answer of the user to a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Carry out the plan.
    Yes,
    /// Write nothing.
    No,
}

/// The reason why a plan is not approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A finding forbids the plan.
    #[error("a check blocks this command; nothing was written")]
    Blocked,
    /// The user said no.
    #[error("nothing was written")]
    Declined,
    /// The plan goes beyond the plan that the user confirmed.
    #[error(
        "the cluster changed in the meantime, and the new plan differs from the confirmed plan; run the command again to \
         see the new plan"
    )]
    Different,
}

/// A plan that may be carried out.
#[derive(Clone, Debug)]
pub struct Approved(Plan);

impl Approved {
    /// Approves a plan.
    ///
    /// # Errors
    /// When the plan is blocked, whatever the answer, or the answer is no.
    pub fn new(plan: Plan, answer: Answer) -> Result<Self, Refused> {
        match answer {
            _ if plan.is_blocked() => Err(Refused::Blocked),
            Answer::No => Err(Refused::Declined),
            Answer::Yes => Ok(Self(plan)),
        }
    }

    /// Carries the consent over to a new plan, which is made if somebody else took the name of a Machine first. The new
    /// plan and the `done` Machines together may be no more Machines than the user agreed to, and the new plan may write
    /// nothing else.
    ///
    /// # Errors
    /// When the new plan is blocked, or goes beyond the old one.
    pub fn replanned(&self, plan: Plan, done: usize) -> Result<Self, Refused> {
        if plan.is_blocked() {
            return Err(Refused::Blocked);
        }
        let is_machine = |plan: &Plan| {
            plan.writes().all(|step| {
                step.object.kind == Kind::Machine && matches!(step.change, Change::Create(_))
            })
        };
        if !is_machine(&plan) || plan.writes().count() + done > self.0.writes().count() {
            return Err(Refused::Different);
        }
        Ok(Self(plan))
    }

    /// Carries the consent over as [`Self::advanced`] does.
    ///
    /// # Errors
    /// When the new plan is blocked, or goes beyond the old one.
    pub fn narrowed(&self, plan: Plan) -> Result<Self, Refused> {
        if plan.is_blocked() {
            return Err(Refused::Blocked);
        }
        self.advanced(plan)
    }

    /// Carries the consent over to a new plan, which is made if the cluster may have changed or a part of the old plan is
    /// done. The new plan may write only the same contents into the same objects, and may report no difference of the
    /// template and no change of another manager that the old plan did not report.
    ///
    /// # Errors
    /// When the new plan goes beyond the old plan. The caller checks whether the new plan is blocked.
    pub fn advanced(&self, plan: Plan) -> Result<Self, Refused> {
        let is_agreed = |step: &Step| {
            self.0
                .steps
                .iter()
                .any(|it| it.object == step.object && is_same(&it.change, &step.change))
        };
        let is_read = |it: &Finding| {
            ![Check::TemplateDiffers, Check::Drifted].contains(&it.check)
                || self.0.findings.iter().any(|told| {
                    (told.check, &told.subject, &told.message)
                        == (it.check, &it.subject, &it.message)
                })
        };
        let is_within = plan.steps.iter().filter(|it| it.change.may_write()).all(is_agreed);
        if is_within && plan.findings.iter().all(is_read) {
            Ok(Self(plan))
        } else {
            Err(Refused::Different)
        }
    }

    /// Returns the consent to the first write only.
    #[must_use]
    pub fn first_write(&self) -> Self {
        let first = self.0.steps.iter().find(|it| it.change.is_write()).cloned();
        Self(Plan { steps: first.into_iter().collect(), ..self.0.clone() })
    }

    /// Divides the consent: the Machines with their Nodes, and the objects that are removed after them.
    #[must_use]
    pub fn machines_first(&self) -> (Self, Self) {
        let part = |wants_machines: bool| {
            let mut plan = self.0.clone();
            plan.steps.retain(|step| {
                matches!(step.object.kind, Kind::Machine | Kind::Node) == wants_machines
            });
            Self(plan)
        };
        (part(true), part(false))
    }

    /// Returns the consent to the objects that `init` creates if the operator does not create them in time. `None` when
    /// the plan has no such object.
    #[must_use]
    pub fn fallbacks(&self) -> Option<Self> {
        let mut plan = self.0.clone();
        plan.steps = plan
            .steps
            .into_iter()
            .filter_map(|mut step| match step.change {
                Change::LeftToOperator { fallback: Some(object) } => {
                    step.change = Change::Create(object);
                    Some(step)
                }
                _ => None,
            })
            .collect();
        (!plan.steps.is_empty()).then_some(Self(plan))
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.0
    }
}

/// Returns whether two changes write the same contents into the same object, regardless of its current version.
fn is_same(agreed: &Change, change: &Change) -> bool {
    match (agreed, change) {
        (
            Change::Update { wanted: agreed, before: read, taken: agreed_taken, .. },
            Change::Update { wanted, before, taken, .. },
        ) => agreed == wanted && read.uid == before.uid && agreed_taken == taken,
        (Change::Edit { edit: agreed, before: read }, Change::Edit { edit, before }) => {
            agreed == edit && read.uid == before.uid
        }
        (Change::Remove { before: read }, Change::Remove { before }) => read.uid == before.uid,
        (
            Change::Create(agreed) | Change::LeftToOperator { fallback: Some(agreed) },
            Change::Create(wanted),
        )
        | (
            Change::LeftToOperator { fallback: Some(agreed) },
            Change::LeftToOperator { fallback: Some(wanted) },
        ) => agreed == wanted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Check;
    use crate::model::object::{Object, ObjectRef, ResourceVersion};
    use crate::plan::{Cause, ClusterSummary, TakenFields};

    fn plan(findings: Vec<crate::check::Finding>) -> Plan {
        Plan { cluster: ClusterSummary::default(), layout: None, steps: Vec::new(), findings }
    }

    #[test]
    fn a_blocked_plan_is_never_approved() {
        let blocked = plan(vec![Check::PoolPolicyDenied.blocker("x", "y")]);
        assert_eq!(Approved::new(blocked.clone(), Answer::Yes).unwrap_err(), Refused::Blocked);
        assert_eq!(Approved::new(plan(vec![]), Answer::No).unwrap_err(), Refused::Declined);
        let approved =
            Approved::new(plan(vec![Check::EvenMachineCount.warning("x", "y")]), Answer::Yes)
                .unwrap();
        assert_eq!(approved.replanned(blocked, 0).unwrap_err(), Refused::Blocked);
    }
    fn removal(name: &str, uid: &str) -> Step {
        let before = ResourceVersion { resource: "1".to_owned(), uid: Some(uid.to_owned()) };
        Step {
            object: ObjectRef::cluster(Kind::MachineConfig, name),
            change: Change::Remove { before },
            because: String::new(),
        }
    }

    #[test]
    fn consent_to_removing_covers_the_same_objects_and_fewer() {
        let with = |steps: Vec<Step>| Plan { steps, ..plan(vec![]) };
        let agreed = with(vec![removal("a", "1"), removal("b", "2")]);
        let agreed = Approved::new(agreed, Answer::Yes).unwrap();
        for steps in [vec![], vec![removal("b", "2")]] {
            assert!(agreed.narrowed(with(steps)).is_ok());
        }
        let mut created = removal("a", "1");
        created.change = Change::Create(Object::new(created.object.clone()));
        for steps in [vec![removal("c", "3")], vec![removal("a", "9")], vec![created]] {
            assert_eq!(agreed.narrowed(with(steps)).unwrap_err(), Refused::Different);
        }
        let blocked = plan(vec![Check::CarriesEtcdMember.blocker("x", "y")]);
        assert_eq!(agreed.narrowed(blocked).unwrap_err(), Refused::Blocked);
    }

    #[test]
    fn consent_covers_the_same_writes_and_no_change_of_others_that_was_not_shown() {
        let object = Object::new(ObjectRef::cluster(Kind::MachineConfig, "a"));
        let with = |change: Change, findings: Vec<Finding>| {
            let step = Step { object: object.reference().clone(), change, because: String::new() };
            Plan { steps: vec![step], ..plan(findings) }
        };
        let update = |takes_over: bool| Change::Update {
            wanted: object.clone(),
            before: ResourceVersion::default(),
            taken: TakenFields { takes_over, ..TakenFields::default() },
            cause: Cause::Differs,
        };
        let agreed = Approved::new(with(update(false), vec![]), Answer::Yes).unwrap();
        assert!(agreed.narrowed(with(update(false), vec![])).is_ok());
        let edited =
            Check::Drifted.warning("machineconfig/a", "changed by x, and will be overwritten");
        for other in [with(update(true), vec![]), with(update(false), vec![edited])] {
            assert_eq!(agreed.narrowed(other).unwrap_err(), Refused::Different);
        }
        let later = Change::LeftToOperator { fallback: Some(object.clone()) };
        let agreed = Approved::new(with(later, vec![]), Answer::Yes).unwrap();
        let now = with(Change::Create(object.clone()), vec![]);
        assert!(agreed.narrowed(now).is_ok(), "the time of the operator is over");
    }

    #[test]
    fn machines_go_before_everything_else() {
        let mut machine = removal("m", "1");
        machine.object = ObjectRef::namespaced(Kind::Machine, "openshift-machine-api", "m");
        let steps = vec![machine, removal("a", "2")];
        let approved = Approved::new(Plan { steps, ..plan(vec![]) }, Answer::Yes).unwrap();
        let (first, rest) = approved.machines_first();
        let names = |it: &Approved| {
            it.plan().steps.iter().map(|step| step.object.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            (names(&first), names(&rest)),
            (vec!["machine/m".to_owned()], vec!["machineconfig/a".to_owned()])
        );
    }
}
