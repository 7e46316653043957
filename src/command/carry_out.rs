//! Carries out an approved plan, and prints each write as kubectl does.

use anyhow::Result;

use super::Context;
use crate::api::{Cluster, Interrupt};
use crate::cluster::apply;
use crate::exit::Exit;
use crate::plan::consent::Approved;
use crate::plan::outcome::{Failure, Outcome, Stored};
use crate::report::{Format, outcome as report};
use crate::request::WriteSettings;
use crate::terminal::EventType;

/// The command that goes on with a run that ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resume {
    /// The same command.
    Again,
    /// The same command, after a check blocked the rest of it.
    Unblocked,
    /// The same command, which fails in the same way until somebody removes the cause.
    Solved,
    /// The same command without `--another`, which would create one more Machine.
    WithoutAnother,
    /// Two runs, which the caller tells next: one creates what is missing, one follows the rest.
    Divided,
}

impl Resume {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Again => "run the command again to continue",
            Self::Unblocked => {
                "after the blocking checks are solved, run the command again to continue"
            }
            Self::Solved => {
                "after the cause of the error is removed, run the command again to continue"
            }
            Self::WithoutAnother => {
                "run the command again without --another to continue; with --another, the command creates \
                 one more machine"
            }
            Self::Divided => "continue as follows",
        }
    }
}

impl Resume {
    /// Returns the command that goes on after an outcome.
    fn after(self, outcome: &Outcome) -> Self {
        let is_stored = !outcome.done.is_empty()
            || outcome.failures().any(|it| !matches!(it.stored, Stored::No));
        let is_lasting = |it: &Failure| !(it.is_passing || it.is_conflict || it.is_already_exists);
        match self {
            // A Machine that was created, or may have been, is not created once more.
            Self::WithoutAnother if is_stored => self,
            Self::Again | Self::WithoutAnother if outcome.failures().any(is_lasting) => {
                Self::Solved
            }
            Self::WithoutAnother => Self::Again,
            other => other,
        }
    }
}

/// Carries out an approved plan. Prints each write when the write is done, unless stdout is for a document.
pub(super) async fn carry_out(
    cluster: &Cluster,
    approved: &Approved,
    settings: &WriteSettings,
    interrupt: &Interrupt,
    context: &Context,
) -> Outcome {
    let say = |text: &dyn Fn(&mut dyn std::io::Write) -> std::io::Result<()>| {
        if !context.format.is_document()
            && let Err(error) = context.terminal.answer(text)
        {
            context.terminal.warning(&format!("writing to stdout: {error}"));
        }
    };
    if !approved.plan().is_empty() {
        say(&|out| writeln!(out));
    }
    let options = settings.apply_options();
    let applying = apply::apply(cluster, approved, &options, interrupt, |done| {
        let change = report::told(done, options.persistence);
        say(&|out| writeln!(out, "{} {change}", done.object));
        context.terminal.event(EventType::Applied, Some(&done.object.to_string()), &change);
    });
    tokio::pin!(applying);
    let mut signal = interrupt.clone();
    tokio::select! {
        outcome = &mut applying => return outcome,
        _ = signal.wait() => context.terminal.tell_line(&waiting(&cluster.server.address)),
    }
    applying.await
}

/// What a run waits for after the first signal.
fn waiting(server: &str) -> String {
    format!(
        "Interrupted: no other write begins. Waiting until the server {server} answers the writes in progress; \
         a second interrupt ends the program now, and then it is unknown whether these writes are stored."
    )
}

/// Returns the exit code for an outcome. If a write failed and a signal came, the failure counts.
pub(super) fn exit_of(outcome: &Outcome, interrupt: &Interrupt) -> Exit {
    match interrupt.signal() {
        _ if outcome.is_complete() => Exit::Done,
        Some(signal) if outcome.failed.is_none() => signal.exit(),
        _ => Exit::Failed,
    }
}

/// Writes the outcome as a document, if stdout is for a document.
pub(super) fn report_document(outcome: &Outcome, context: &Context) -> Result<()> {
    if context.format.is_document() {
        let style = context.terminal.stdout_style();
        context
            .terminal
            .answer(|mut out| report::write(outcome, context.format, &style, &mut out))?;
    }
    Ok(())
}

/// Writes the outcome: a document on stdout, or the failures, the writes that were not tried, and how to continue.
pub(super) fn report_outcome(outcome: &Outcome, context: &Context, resume: Resume) -> Result<()> {
    let outcome = &outcome.clone().with_invocation(&context.program);
    report_document(outcome, context)?;
    if !context.format.is_document() && !outcome.is_complete() {
        let style = context.terminal.stderr_style();
        context.terminal.tell(|mut out| report::write(outcome, Format::Human, &style, &mut out));
    }
    let mut failures = outcome.failures().peekable();
    while let Some(failed) = failures.next() {
        context.terminal.error(&failed.message);
        // One hint for several failures stands after the last of them.
        let is_repeated = failures.peek().is_some_and(|next| next.hint == failed.hint);
        if let Some(hint) = failed.hint.as_ref().filter(|_| !is_repeated) {
            context.tell_hint(hint);
        }
    }
    // A dry run keeps nothing.
    if !outcome.is_complete() && !outcome.is_dry_run {
        let kept =
            if outcome.done.is_empty() { "Incomplete" } else { "Completed changes are kept" };
        context.terminal.tell_line(&format!("{kept}; {}.", resume.after(outcome).words()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::interrupt::Signal;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;
    use crate::plan::outcome::{Done, Persistence};

    fn outcome(failed: bool, not_tried: bool) -> Outcome {
        let object = |name| ObjectRef::cluster(Kind::MachineConfig, name);
        let mut outcome = Outcome::new(Persistence::Stored);
        outcome.done.push(Done { object: object("done"), change: "created" });
        if failed {
            outcome.fail(Failure {
                object: object("failed"),
                message: "creating it: denied".to_owned(),
                stored: Stored::No,
                hint: None,
                is_already_exists: false,
                is_conflict: false,
                is_passing: false,
                retry_after: None,
            });
        }
        if not_tried {
            outcome.not_tried.push(object("not-tried"));
        }
        outcome
    }

    #[test]
    fn a_run_that_stored_nothing_is_repeated_as_it_is_and_after_the_cause_is_removed() {
        let with = |is_passing, stored: Stored, is_done: bool| {
            let mut outcome = Outcome::new(Persistence::Stored);
            let object = ObjectRef::cluster(Kind::MachineConfig, "x");
            if is_done {
                outcome.done.push(Done { object: object.clone(), change: "created" });
            }
            outcome.fail(Failure {
                object,
                message: "creating it: denied".to_owned(),
                stored,
                hint: None,
                is_already_exists: false,
                is_conflict: false,
                is_passing,
                retry_after: None,
            });
            outcome
        };
        let another = |outcome: &Outcome| Resume::WithoutAnother.after(outcome);
        assert_eq!(another(&with(false, Stored::No, false)), Resume::Solved);
        assert_eq!(another(&with(true, Stored::No, false)), Resume::Again);
        assert_eq!(another(&with(false, Stored::No, true)), Resume::WithoutAnother);
        assert_eq!(another(&with(true, Stored::Unknown, false)), Resume::WithoutAnother);
        assert_eq!(Resume::Again.after(&with(false, Stored::No, true)), Resume::Solved);
        assert_eq!(Resume::Again.after(&with(true, Stored::No, true)), Resume::Again);
        assert_eq!(Resume::Unblocked.after(&with(false, Stored::No, true)), Resume::Unblocked);
    }

    #[test]
    fn the_exit_code_follows_from_the_outcome_and_from_a_signal() {
        let (int, term) = (Some(Signal::Interrupt), Some(Signal::Terminate));
        for ((failed, not_tried), signal, exit) in [
            ((false, false), None, Exit::Done),
            // The signal came when everything was written.
            ((false, false), int, Exit::Done),
            ((true, false), None, Exit::Failed),
            ((true, true), None, Exit::Failed),
            ((true, true), term, Exit::Failed),
            ((false, true), int, Exit::Interrupted),
            ((false, true), term, Exit::Terminated),
        ] {
            let outcome = outcome(failed, not_tried);
            let found = exit_of(&outcome, &Interrupt::after(signal));
            assert_eq!(found, exit, "{failed} {not_tried} {signal:?}");
        }
    }
}
