//! Shows a plan, asks for consent, and makes the approved plan.

use anyhow::Result;

use super::Context;
use super::carry_out::Resume;
use crate::check::{Finding, Severity};
use crate::derive::pool::without_pause;
use crate::exit::Exit;
use crate::model::kind::Kind;
use crate::model::object::Object;
use crate::plan::consent::{Answer, Approved, Refused};
use crate::plan::outcome::{Outcome, Stored};
use crate::plan::{Change, Consequence, Plan};
use crate::report::{Format, document, findings, plan as report};
use crate::request::{Consent, WriteSettings};
use crate::terminal::{AskError, EventType, Terminal};

/// The result of showing a plan.
pub(super) enum ConsentResult {
    /// The plan is approved.
    Approved(Approved),
    /// The run ends here.
    End(Exit),
}

/// Shows a plan, and asks for consent if the flags do not give it.
pub(super) fn approve(
    plan: Plan,
    settings: &WriteSettings,
    context: &Context,
) -> Result<ConsentResult> {
    approve_named(plan, &[], settings, context)
}

/// Does the same as [`approve`], and has the user type the names of these Machines.
pub(super) fn approve_named(
    plan: Plan,
    names: &[String],
    settings: &WriteSettings,
    context: &Context,
) -> Result<ConsentResult> {
    if settings.shows_sensitive
        && !(settings.consent == Consent::ShowOnly && is_manifest(context.format))
    {
        context.terminal.error("--show-sensitive requires --dry-run=client and -o yaml or json");
        return Ok(ConsentResult::End(Exit::Usage));
    }
    if settings.consent == Consent::ShowOnly {
        return show_only(&plan, settings, context).map(ConsentResult::End);
    }
    show(&plan, context)?;
    let answer = match settings.consent {
        _ if plan.is_blocked() || plan.is_empty() => Answer::Yes,
        Consent::Ask => match ask(&plan, names, context) {
            Ok(answer) => answer,
            Err(error @ AskError::NoTerminal { .. }) => {
                context.terminal.error(&error.to_string());
                context.tell_hint("confirm in advance with --yes");
                return Ok(ConsentResult::End(Exit::Usage));
            }
            Err(error) => return Err(error.into()),
        },
        _ => Answer::Yes,
    };
    match Approved::new(plan, answer) {
        Ok(approved) => Ok(ConsentResult::Approved(approved)),
        Err(refused) => Ok(ConsentResult::End(tell_refused(refused, context))),
    }
}

/// Has the user type the names, and asks once about the other steps. Shows the plan on stderr too, where stdout is not the
/// screen on which the question stands.
fn ask(plan: &Plan, names: &[String], context: &Context) -> Result<Answer, AskError> {
    let is_shown = context.format.is_document() || context.terminal.stdout_style().is_screen;
    if !is_shown && context.terminal.can_ask() {
        tell_plan(plan, &context.terminal);
    }
    for name in names {
        let question = format!("Type {name} to remove this machine, which oc-etcd did not create");
        if context.terminal.ask_to_type(&question, name)? == Answer::No {
            return Ok(Answer::No);
        }
    }
    if plan.writes().count() > names.len() {
        context.terminal.ask(&question(plan))
    } else {
        Ok(Answer::Yes)
    }
}

const fn is_manifest(format: Format) -> bool {
    matches!(format, Format::Json | Format::Yaml)
}

/// Prints the plan of a dry run on the client, and stops.
fn show_only(plan: &Plan, settings: &WriteSettings, context: &Context) -> Result<Exit> {
    let style = context.terminal.stdout_style();
    if settings.shows_sensitive && !plan.is_blocked() {
        let manifests: Vec<Object> = plan.manifests().map(without_pause).collect();
        context.terminal.answer(|mut out| {
            document::write_manifests(manifests.iter(), context.format, &mut out)
        })?;
        return Ok(Exit::Done);
    }
    tell_events(plan, &context.terminal);
    if plan.is_blocked() && context.format == Format::Name {
        // Names on stdout are objects that are written, or would be.
        tell_plan(plan, &context.terminal);
        return Ok(tell_refused(Refused::Blocked, context));
    }
    context.terminal.answer(|mut out| {
        report::write(plan, context.format, &style, &mut out)?;
        match context.format {
            Format::Human | Format::Wide if !plan.is_blocked() && !plan.is_empty() => {
                writeln!(out, "\nNothing was written (dry run).")
            }
            _ => Ok(()),
        }
    })?;
    if plan.is_blocked() { Ok(tell_refused(Refused::Blocked, context)) } else { Ok(Exit::Done) }
}

/// Shows the plan on stdout, or on stderr where stdout is for a document.
pub(super) fn show(plan: &Plan, context: &Context) -> Result<()> {
    tell_events(plan, &context.terminal);
    if context.format.is_document() {
        let style = context.terminal.stderr_style();
        tell_plan(plan, &context.terminal);
        if plan.is_blocked() && context.format != Format::Name {
            context
                .terminal
                .answer(|mut out| report::write(plan, context.format, &style, &mut out))?;
        }
        return Ok(());
    }
    let style = context.terminal.stdout_style();
    context.terminal.answer(|mut out| report::write(plan, Format::Human, &style, &mut out))?;
    Ok(())
}

/// Prints the plan for people on stderr. Programs get the events of the plan instead.
fn tell_plan(plan: &Plan, terminal: &Terminal) {
    if !terminal.tells_events() {
        let style = terminal.stderr_style();
        terminal.tell(|mut out| report::write(plan, Format::Human, &style, &mut out));
    }
}

/// Sends the plan to programs: an event for each step and each finding.
fn tell_events(plan: &Plan, terminal: &Terminal) {
    for step in &plan.steps {
        let message = format!("{}: {}", step.change.word(), step.because);
        terminal.event(EventType::Plan, Some(&step.object.to_string()), &message);
    }
    tell_finding_events(&plan.findings, terminal);
}

/// Findings on stderr: text for people, an event each for programs.
pub(super) fn tell_findings(found: &[Finding], terminal: &Terminal) {
    if terminal.tells_events() {
        return tell_finding_events(found, terminal);
    }
    let style = terminal.stderr_style();
    terminal.tell(|mut out| findings::write(found, &style, &mut out));
}

fn tell_finding_events(found: &[Finding], terminal: &Terminal) {
    for finding in found {
        let kind = match finding.severity {
            Severity::Blocker => EventType::Error,
            Severity::Warning => EventType::Warning,
            Severity::Note => EventType::Note,
        };
        let message = format!("[{}] {}", finding.check, finding.message);
        terminal.event(kind, Some(&finding.subject), &message);
        if let Some(hint) = &finding.hint {
            terminal.event(EventType::Hint, Some(&finding.subject), hint);
        }
    }
}

/// Says why nothing was written.
pub(super) fn tell_refused(refused: Refused, context: &Context) -> Exit {
    context.terminal.error(&refused.to_string());
    match refused {
        Refused::Declined => Exit::Declined,
        Refused::Blocked | Refused::Different => Exit::Refused,
    }
}

/// Says why nothing else is written, after the writes of an outcome.
pub(super) fn tell_refused_after(
    refused: Refused,
    outcome: &Outcome,
    context: &Context,
) -> (Exit, Resume) {
    let message = match (refused, outcome.stored()) {
        (Refused::Blocked, Stored::No) => {
            return (tell_refused(refused, context), Resume::Unblocked);
        }
        (Refused::Blocked, Stored::Yes) => {
            "a check blocks the rest of this command; nothing else was written"
        }
        (Refused::Blocked, Stored::Unknown) => {
            "a check blocks the rest of this command; it is unknown whether a write before was stored, and nothing else was \
             written"
        }
        _ => return (tell_refused(refused, context), Resume::Again),
    };
    context.terminal.error(message);
    (Exit::Refused, Resume::Unblocked)
}

/// `3 machines`
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// `Create 7 objects?`, `Create 1 machine?`, `Update 2 and remove 1 object?`, `Remove 3 machines and 8
/// objects?`, `Create 1 object, and have the masters rebooted?`
fn question(plan: &Plan) -> String {
    let count = |wanted: fn(&Change) -> bool| plan.writes().filter(|it| wanted(&it.change)).count();
    let parts = [
        ("create", count(|it| matches!(it, Change::Create(_)))),
        ("update", count(|it| matches!(it, Change::Update { .. } | Change::Edit { .. }))),
        ("remove", count(|it| matches!(it, Change::Remove { .. }))),
    ];
    let machines = plan.writes().filter(|it| it.object.kind == Kind::Machine).count();
    let is_machines = plan.writes().count() == machines;
    let noun = if is_machines { "machine" } else { "object" };
    let total: usize = parts.iter().map(|(_, count)| count).sum();
    if total == 0 {
        return "Create the objects that the operator does not generate in time?".to_owned();
    }
    if machines > 0 && !is_machines {
        // Only a teardown has both, and all that it does is remove.
        let others = total - machines;
        return format!(
            "Remove {} and {}?",
            counted(machines, "machine"),
            counted(others, "object")
        );
    }
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(verb, count)| format!("{verb} {count}"))
        .collect();
    let mut text = parts.join(" and ");
    let by_operator = |consequence| {
        let is_it = |it: &Change| matches!(it, Change::ByOperator(it) if *it == consequence);
        plan.steps.iter().filter(|it| is_it(&it.change)).count()
    };
    let masters = match by_operator(Consequence::Replace) {
        0 if by_operator(Consequence::Reboot) > 0 => ", and have the masters rebooted".to_owned(),
        0 => String::new(),
        replaced => format!(", and have {} replaced", counted(replaced, "master")),
    };
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    format!("{text} {noun}{}{masters}?", if total == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::{Object, ObjectRef, ResourceVersion};
    use crate::plan::{ClusterSummary, Step};

    fn step(kind: Kind, name: &str, is_removal: bool) -> Step {
        let object = match kind {
            Kind::Machine => ObjectRef::namespaced(kind, "openshift-machine-api", name),
            _ => ObjectRef::cluster(kind, name),
        };
        let change = if is_removal {
            Change::Remove { before: ResourceVersion { resource: "1".to_owned(), uid: None } }
        } else {
            Change::Create(Object::new(object.clone()))
        };
        Step { object, change, because: String::new() }
    }

    fn question_of(steps: Vec<Step>) -> String {
        let cluster = ClusterSummary::default();
        question(&Plan { cluster, layout: None, steps, findings: Vec::new() })
    }

    #[test]
    fn a_question_counts_the_writes_by_verb_and_names_machines() {
        let create = |kind, name| step(kind, name, false);
        let remove = |kind, name| step(kind, name, true);
        let mut reboot = create(Kind::MachineConfigPool, "master");
        reboot.change = Change::ByOperator(Consequence::Reboot);
        let mut unchanged = create(Kind::MachineConfig, "same");
        unchanged.change = Change::Unchanged(None);
        let cases = [
            (vec![create(Kind::Machine, "a"), unchanged.clone()], "Create 1 machine?"),
            (
                vec![create(Kind::MachineConfig, "a"), create(Kind::MachineConfigPool, "b")],
                "Create 2 objects?",
            ),
            (
                vec![create(Kind::MachineConfig, "a"), remove(Kind::MachineConfig, "b"), unchanged],
                "Create 1 and remove 1 objects?",
            ),
            (vec![remove(Kind::Machine, "a"), remove(Kind::Machine, "b")], "Remove 2 machines?"),
            (
                vec![remove(Kind::Machine, "a"), remove(Kind::MachineConfig, "b")],
                "Remove 1 machine and 1 object?",
            ),
            (
                vec![create(Kind::MachineConfig, "a"), reboot],
                "Create 1 object, and have the masters rebooted?",
            ),
        ];
        for (steps, expected) in cases {
            assert_eq!(question_of(steps), expected);
        }
    }
}
