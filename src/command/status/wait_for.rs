//! `status --wait-for`: waits until the status is as wished, and stays so; then shows it once.

use std::ops::ControlFlow::{self, Break, Continue};

use anyhow::Result;
use tokio::time::Instant;

use super::judged;
use crate::cluster::deadline::{Deadline, LastSeen, WaitError, pretty};
use crate::cluster::read::{Scope, read};
use crate::command::follow::{Follower, News};
use crate::command::status::show;
use crate::command::{Context, tell_wait_error};
use crate::exit::Exit;
use crate::request::Wait;
use crate::status::Status;
use crate::status::goal::Judgment;
use crate::status::stability::{Look, Stability, Stable};

/// The subject of progress.
const SUBJECT: &str = "status";

/// Waits.
pub(super) async fn run(wait: Wait, context: &Context) -> Result<Exit> {
    let (cluster, interrupt) = context.connect().await?;
    let cluster = cluster.ending_after(wait.timeout);
    let deadline = Deadline::new(wait.timeout, interrupt);
    let nothing = LastSeen::from("the status could not be read");
    let snapshot = match deadline.run(read(&cluster, &Scope::status()), &nothing).await {
        Ok(snapshot) => snapshot?,
        Err(error) => return Ok(tell_wait_error(&error, context, None)),
    };
    context.tell_unread(&snapshot);
    let mut follower = Follower::new(&cluster, Scope::status(), snapshot, deadline);
    let mut progress = context.terminal.progress();
    let mut waiting = Waiting::new(wait, judged(&follower.now(), context));
    let mut step = waiting.look();
    let ended = loop {
        let look_at = match step {
            Break(ended) => break ended,
            Continue(look_at) => look_at,
        };
        progress.set(SUBJECT, &waiting.last.words);
        step = match follower.next(look_at, &waiting.last).await {
            Ok(News::Snapshot(snapshot)) => {
                waiting.status = judged(&snapshot, context);
                waiting.look()
            }
            Ok(News::Blind(reason)) => waiting.look_in_vain(reason),
            Err(error) => Break(Err(error)),
        };
    };
    progress.finish();
    if !matches!(ended, Err(WaitError::Interrupted(_))) {
        show(&waiting.status, context)?;
    }
    Ok(match ended {
        Ok(()) => Exit::Done,
        Err(error @ WaitError::Never(_)) => {
            tell_wait_error(&error, context, None);
            Exit::Trouble
        }
        Err(error) => tell_wait_error(&error, context, None),
    })
}

/// The end of a wait, or the time to look again at the latest.
type WaitStep = ControlFlow<Result<(), WaitError>, Option<Instant>>;

/// The state that was seen so far.
struct Waiting {
    wait: Wait,
    stability: Stability,
    started: Instant,
    status: Status,
    /// The reason why the goal is not reached, or not for long enough.
    last: LastSeen,
}

impl Waiting {
    fn new(wait: Wait, status: Status) -> Self {
        let stability = Stability::new(wait.stable);
        Self { wait, stability, started: Instant::now(), status, last: LastSeen::default() }
    }

    /// Judges the status at hand.
    fn look(&mut self) -> WaitStep {
        let goal = self.wait.goal;
        let look = match goal.judge(&self.status) {
            Judgment::Reached => {
                let words = format!("{goal}, and must last for {}", pretty(self.wait.stable));
                self.last = words.into();
                Look::Good
            }
            Judgment::NotYet(reason) => {
                self.last = reason.into();
                Look::Bad
            }
            // The status, which is shown, has the findings and the next command.
            Judgment::Blocked(reason) => {
                self.last = LastSeen { is_blocked: true, ..reason.into() };
                Look::Bad
            }
            Judgment::Never(reason) => return Break(Err(WaitError::Never(reason))),
        };
        match self.stability.look(look, self.started.elapsed()) {
            Stable::Reached => Break(Ok(())),
            Stable::At(then) => Continue(self.started.checked_add(then)),
            Stable::No => Continue(None),
        }
    }

    /// Nobody knows how it is.
    fn look_in_vain(&mut self, reason: String) -> WaitStep {
        self.stability.look(Look::Blind, self.started.elapsed());
        self.last = reason.into();
        Continue(None)
    }
}
