//! One file per verb: read, plan, get consent, apply, report.
//!
//! The decisions are made in the pure rooms; this room calls them in order.

mod add_disk;
mod add_machine;
mod carry_out;
mod check;
mod complete;
mod completion;
pub mod consent;
pub mod deletion;
mod diff;
mod follow;
mod init;
mod masters;
mod options;
mod perf;
mod remove_disk;
mod remove_machine;
pub mod replan;
mod saved;
pub mod status;
mod teardown;
mod version;

use std::sync::Arc;

use anyhow::Result;

use self::carry_out::Resume;
pub use self::complete::complete;
use crate::api::{Cluster, Connection, Interrupt, Notices};
use crate::archive::{self, ArchiveSource};
use crate::cli::{Cli, Environment, Verb, Warnings};
use crate::cluster::deadline::WaitError;
use crate::cluster::read::{Scope, read};
use crate::exit::Exit;
use crate::external_diff::ExternalDiff;
use crate::model::invocation::Invocation;
use crate::model::snapshot::Snapshot;
use crate::model::text::printable;
use crate::report::Format;
use crate::terminal::Terminal;

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The context that every verb works with.
#[derive(Debug)]
pub(crate) struct Context {
    pub connection: Connection,
    pub format: Format,
    pub terminal: Terminal,
    /// The warnings of the server, and the request log.
    pub notices: Notices,
    /// The program that shows a diff, where the user has one.
    pub external_diff: Option<ExternalDiff>,
    /// The invocation of the program: `oc etcd`, and the flags that choose the cluster.
    pub program: Invocation,
    /// Files to read instead of a cluster.
    pub from: Option<ArchiveSource>,
}

impl Context {
    /// Connects, and begins to listen for signals.
    async fn connect(&self) -> Result<(Cluster, Interrupt)> {
        let cluster = crate::api::connect(&self.connection, &self.notices).await?;
        self.program.found_server(cluster.server(), cluster.login());
        Ok((cluster, Interrupt::listen()?))
    }

    /// Reads a scope from the cluster. A signal ends the reading at once.
    async fn read(
        &self,
        cluster: &Cluster,
        scope: &Scope,
        interrupt: &Interrupt,
    ) -> Result<Snapshot> {
        Ok(interrupt.before_writing(read(cluster, scope)).await??)
    }

    /// Connects and reads a scope, for a command that writes nothing and waits for nothing. Reads files instead of
    /// a cluster with `--from`.
    async fn observe(&self, scope: &Scope) -> Result<Snapshot> {
        if let Some(place) = &self.from {
            let archive::ArchiveContents { snapshot, remarks, hints } =
                archive::read(place, scope)?;
            let read_at = snapshot.read_at.strftime("%Y-%m-%d %H:%M:%SZ");
            self.terminal.tell_line(&format!("read from {place}, as of {read_at}"));
            for remark in remarks {
                self.terminal.note(&remark);
            }
            for hint in hints {
                self.tell_hint(&hint);
            }
            self.tell_unread(&snapshot);
            return Ok(snapshot);
        }
        let (cluster, interrupt) = self.connect().await?;
        let snapshot = self.read(&cluster, scope, &interrupt).await?;
        self.tell_unread(&snapshot);
        Ok(snapshot)
    }

    /// Warns of the objects that could not be read. Text for people already has a line for these objects.
    fn tell_unread(&self, snapshot: &Snapshot) {
        if matches!(self.format, Format::Human | Format::Wide) {
            return;
        }
        for it in snapshot.unread() {
            self.terminal.warning(&format!("{} could not be read: {}", it.what, it.reason));
        }
    }

    /// Prints a hint, whose commands get the flags of this run.
    fn tell_hint(&self, hint: &str) {
        self.terminal.tell_hint(hint);
    }

    /// Returns the last line of a successful run, which names the next command.
    fn next(&self, command: &str) -> String {
        format!("Next: {}", printable(&self.program.speak(command)))
    }
}

/// Runs one command line.
///
/// # Errors
/// Whatever ends the run early; `main` prints it on the same terminal.
pub fn run(
    cli: Cli,
    environment: &Environment,
    program: Invocation,
    terminal: &Terminal,
) -> Result<Exit> {
    let terminal = terminal.clone();
    let terminal = if cli.command.watches() { terminal.ending_when_closed() } else { terminal };
    let format = cli.output.format.as_ref().map_or(Format::Human, Format::from);
    let has_namespace = cli.connection.namespace.is_some();
    let warnings = cli.connection.warnings();
    let connection = Connection {
        command: format!("etcd {}", cli.verb),
        ..cli.connection.into_connection(environment)
    };
    let teller = terminal.clone();
    let tell = Arc::new(move |notice, line: &str| teller.notice(notice, line));
    let notices = Notices::new(connection.verbosity, tell);
    let external_diff = environment.external_diff.as_deref().and_then(ExternalDiff::parse);
    let from = cli.command.from();
    let context = Context { connection, format, terminal, notices, external_diff, program, from };
    if matches!(cli.command, Verb::Version(_)) {
        version::tell_shadows(environment, &context);
    }
    match cli.command {
        Verb::Completion(completion) => completion::run(completion.target, &context),
        Verb::Options(_) => options::run(&context),
        Verb::Version(version) if version.client => version::client(&context),
        // One thread is enough for a program that waits for answers, and starts faster.
        command => {
            // For `diff`, 1 is a difference.
            let failed = match command {
                Verb::Diff(_) => Exit::NotCompared,
                _ => Exit::Failed,
            };
            if has_namespace {
                context.terminal.tell_line(UNUSED_NAMESPACE);
            }
            let exit = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(run_online(command, &context))?;
            Ok(if exit == Exit::Done { with_warnings(failed, warnings, &context) } else { exit })
        }
    }
}

const UNUSED_NAMESPACE: &str =
    "warning: --namespace is ignored: Machines are in openshift-machine-api";

/// Returns the failure of a successful run whose server sent warnings, with `--warnings-as-errors`, as kubectl does.
fn with_warnings(failed: Exit, warnings: Warnings, context: &Context) -> Exit {
    let count = match (warnings, context.notices.warnings()) {
        (Warnings::AreErrors, count) if count > 0 => count,
        _ => return Exit::Done,
    };
    let noun = if count == 1 { "warning" } else { "warnings" };
    context.terminal.error(&format!("{count} {noun} received"));
    failed
}

async fn run_online(command: Verb, context: &Context) -> Result<Exit> {
    match command {
        Verb::Init(init) => match init.settings() {
            Ok(settings) => init::start(&init, settings, context).await,
            Err(message) => Ok(tell_usage(&message, context)),
        },
        Verb::AddMachine(add) => match add.request(VERSION) {
            Ok(request) => add_machine::run(request, &add.settings(), context).await,
            Err(message) => Ok(tell_usage(&message, context)),
        },
        Verb::Diff(diff) => diff::run(&diff.request(VERSION), diff.sensitivity(), context).await,
        Verb::RemoveMachine(remove) => {
            remove_machine::run(remove.request(), &remove.settings(), context).await
        }
        Verb::AddDisk(add) => match (add.request(VERSION), add.settings()) {
            (Ok(request), Ok(settings)) => {
                add_disk::run(&request, add.masters.stable, &settings, context).await
            }
            (Err(message), _) | (_, Err(message)) => Ok(tell_usage(&message, context)),
        },
        Verb::RemoveDisk(remove) => match remove.masters.settings() {
            Ok(settings) => {
                let stable = remove.masters.stable;
                remove_disk::run(&remove.request(), stable, &settings, context).await
            }
            Err(message) => Ok(tell_usage(&message, context)),
        },
        Verb::Teardown(teardown) => teardown::run(&teardown.settings(), context).await,
        Verb::Status(status) => status::run(status.when(), context).await,
        Verb::Check(check) => check::run(&check.ignored(), context).await,
        Verb::Perf(perf) => perf::run(perf.settings(), context).await,
        Verb::Version(_) => version::all(context).await,
        Verb::Completion(completion) => completion::run(completion.target, context),
        Verb::Options(_) => options::run(context),
    }
}

/// Prints which flags contradict each other.
fn tell_usage(message: &str, context: &Context) -> Exit {
    context.terminal.error(message);
    Exit::Usage
}

/// Prints why a wait ended, and how to continue. `resume` continues a run that wrote something.
fn tell_wait_error(error: &WaitError, context: &Context, resume: Option<Resume>) -> Exit {
    let (exit, advice) = end_of_wait(error, resume);
    if let WaitError::Interrupted(_) = error {
        for it in advice {
            context.terminal.tell_line(&format!("interrupted; {it}"));
        }
        return exit;
    }
    context.terminal.error(&error.to_string());
    for it in advice {
        context.tell_hint(&it);
    }
    exit
}

/// Returns the result of a run whose wait ended early, and the advice on how to go on.
fn end_of_wait(error: &WaitError, resume: Option<Resume>) -> (Exit, Vec<String>) {
    let words = resume.map(Resume::words);
    let (exit, advice) = match error {
        WaitError::Interrupted(signal) => {
            (signal.exit(), words.map(|it| format!("completed changes are kept; {it}")))
        }
        WaitError::Deadline { last, .. } => {
            let longer = (!last.is_blocked).then_some("increase --timeout to wait longer");
            let rest: Vec<&str> = words.into_iter().chain(longer).collect();
            let rest = (!rest.is_empty()).then(|| rest.join("; "));
            return (Exit::Deadline, last.looks.iter().cloned().chain(rest).collect());
        }
        WaitError::Refused(error) => (Exit::Failed, error.hint()),
        WaitError::Never(_) => (Exit::Failed, words.map(|_| "oc etcd status".to_owned())),
    };
    (exit, advice.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::api::interrupt::Signal;
    use crate::cluster::deadline::LastSeen;

    #[test]
    fn a_wait_that_ends_early_has_an_exit_code_and_says_how_to_go_on() {
        let deadline = |last| WaitError::Deadline { after: Duration::from_secs(1), last };
        let waiting = || LastSeen {
            looks: vec!["oc describe node/a".to_owned(), "oc describe node/b".to_owned()],
            ..LastSeen::from("not yet")
        };
        let blocked = || LastSeen { is_blocked: true, ..waiting() };
        let never = || WaitError::Never("the pool was deleted".to_owned());
        let resume = "run the command again to continue";
        let kept = format!("completed changes are kept; {resume}");
        let longer = "increase --timeout to wait longer";
        let another = "run the command again without --another to continue; with --another, the command \
                       creates one more machine";
        let looks = |rest: &str| format!("oc describe node/a|oc describe node/b{rest}");
        for (error, resume, exit, advice) in [
            (
                deadline(waiting()),
                Some(Resume::Again),
                Exit::Deadline,
                Some(looks(&format!("|{resume}; {longer}"))),
            ),
            (
                deadline(blocked()),
                Some(Resume::Again),
                Exit::Deadline,
                Some(looks(&format!("|{resume}"))),
            ),
            (
                deadline("not yet".into()),
                Some(Resume::WithoutAnother),
                Exit::Deadline,
                Some(format!("{another}; {longer}")),
            ),
            // `status` has written nothing that could be continued.
            (deadline("not yet".into()), None, Exit::Deadline, Some(longer.to_owned())),
            (deadline(blocked()), None, Exit::Deadline, Some(looks(""))),
            (
                WaitError::Interrupted(Signal::Interrupt),
                Some(Resume::Again),
                Exit::Interrupted,
                Some(kept.clone()),
            ),
            (
                WaitError::Interrupted(Signal::Terminate),
                Some(Resume::Again),
                Exit::Terminated,
                Some(kept),
            ),
            (WaitError::Interrupted(Signal::Interrupt), None, Exit::Interrupted, None),
            (never(), Some(Resume::Again), Exit::Failed, Some("oc etcd status".to_owned())),
            (never(), None, Exit::Failed, None),
        ] {
            let (ended, told) = end_of_wait(&error, resume);
            let told = (!told.is_empty()).then(|| told.join("|"));
            assert_eq!((ended, told), (exit, advice), "{error:?} {resume:?}");
        }
    }
}
