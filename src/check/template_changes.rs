//! Reports the changes of the template that wait beside the volume of etcd: the operator applies them with the next
//! replacement of a master.

use super::finding::{Check, Finding, Severity};
use super::machine_user_data::is_of_role;
use super::template;
use crate::model::field::Field;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::openshift::control_plane_machine_set::{
    ControlPlaneMachineSet, PAUSE, Rollout, Strategy,
};
use crate::openshift::master_volumes::Wish;
use crate::openshift::replacement;

/// Decision about differences between the template and the masters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TemplateChanges {
    /// Refuse.
    #[default]
    Refuse,
    /// `--accept-template-changes`
    Accept,
}

/// Returns the differences between the template and the Machines of the masters, except the volumes of a change. The
/// operator finds more differences: it also compares the zone and the subnet of the failure domain to which it assigns a
/// master. With the strategy `OnDelete`, such a difference waits as each other difference does.
#[must_use]
pub fn findings(
    snapshot: &Snapshot,
    set: &ControlPlaneMachineSet<'_>,
    wish: Option<&Wish>,
    (changes, verb): (TemplateChanges, &str),
) -> Vec<Finding> {
    let differs = |subject: &ObjectRef, message: String| match changes {
        TemplateChanges::Accept => Check::TemplateDiffers.warning(subject, message),
        TemplateChanges::Refuse => Check::TemplateDiffers
            .blocker(subject, message)
            .hint(format!("to apply these changes too: oc etcd {verb} --accept-template-changes")),
    };
    let mut found: Vec<Finding> = of_workers(*set).into_iter().collect();
    let is_equal = |machine: &Object| {
        template::compare(set, machine, snapshot.release(), None) == template::Comparison::default()
    };
    if let Rollout::Rolling(message) = set.rollout()
        && replacement::is_waiting_for_deletion(snapshot)
        && snapshot.machines_of(names::MASTER).all(is_equal)
    {
        let message = format!(
            "the operator finds a difference between the template and the masters that oc-etcd does not find, for example \
             in the zone or the subnet of a failure domain: {message}"
        );
        found.push(differs(set.object().reference(), message));
    }
    for machine in snapshot.machines_of(names::MASTER) {
        let template::Comparison { differences, unknown } =
            template::compare(set, machine, snapshot.release(), wish);
        if !unknown.is_empty() {
            let message = format!(
                "it is unknown whether the Machine differs from the template of {}: {}",
                set.object().reference(),
                unknown.join(", ")
            );
            found.push(Check::Unreadable.blocker(machine.reference(), message));
        }
        if differences.is_empty() {
            continue;
        }
        let message = format!(
            "the replacement of the Machine would get the template of {}, which differs: {}",
            set.object().reference(),
            differences.join("; ")
        );
        found.push(differs(machine.reference(), message));
    }
    found
}

/// Reports a template with the user data of workers, which nobody can accept: the replacement of a master joins as a worker.
fn of_workers(set: ControlPlaneMachineSet<'_>) -> Option<Finding> {
    let secret = set.provider_spec()?.pointer("/userDataSecret/name")?.as_str()?;
    let reference = set.object().reference();
    is_of_role(secret, names::WORKER).then(|| {
        let message =
            "the template has the user data of workers: each new master would join as a worker";
        let hint = format!("set userDataSecret.name: oc edit {}", reference.command_line());
        Check::TemplateDiffers.blocker(reference, message).hint(hint)
    })
}

/// Returns the other differences that the operator applies to the masters while it replaces them, as
/// warnings: the operator goes on, whatever a command refuses.
#[must_use]
pub fn taken_along(
    snapshot: &Snapshot,
    set: &ControlPlaneMachineSet<'_>,
    wish: Option<&Wish>,
) -> Vec<Finding> {
    let edit = format!("oc edit {}", set.object().reference().command_line());
    let hint = match set.strategy() {
        Field::Known(Strategy::OnDelete) => format!("to revert the difference: {edit}"),
        _ => format!("to pause the replacement: {PAUSE}; to revert the difference: {edit}"),
    };
    let found = findings(snapshot, set, wish, (TemplateChanges::Accept, "")).into_iter();
    found.map(|it| it.at_most(Severity::Warning).hint(hint.as_str())).collect()
}
