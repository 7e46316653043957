//! `status --watch`: the status now, and again whenever it tells something else.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::{exit_of, judged};
use crate::api::interrupt::resized;
use crate::cluster::deadline::{Deadline, LastSeen, WaitError};
use crate::cluster::read::Scope;
use crate::command::Context;
use crate::command::follow::{Follower, News};
use crate::exit::Exit;
use crate::report::{Format, status as report};
use crate::status::Status;
use crate::terminal::Terminal;

/// Follows until the time is over, or a signal comes.
pub(super) async fn run(timeout: Option<Duration>, context: &Context) -> Result<Exit> {
    let (cluster, interrupt) = context.connect().await?;
    let (deadline, nothing) = (Deadline::new(timeout, interrupt.clone()), LastSeen::default());
    let snapshot = context.read(&cluster, &Scope::status(), &interrupt).await?;
    context.tell_unread(&snapshot);
    let mut follower = Follower::new(&cluster, Scope::status(), snapshot, deadline);
    let mut view = View::new(context, judged(&follower.now(), context));
    view.show()?;
    if follower.is_blind() {
        context.terminal.error("nothing can be watched: no resource of the status could be read");
        return Ok(exit_of(&view.status));
    }
    loop {
        let news = tokio::select! {
            news = follower.next(None, &nothing) => news,
            () = resized(), if view.is_screen => {
                view.show()?;
                continue;
            }
        };
        match news {
            Ok(News::Snapshot(snapshot)) => view.take(judged(&snapshot, context))?,
            Ok(News::Blind(reason)) => view.take_gap(reason)?,
            Err(error) => return Ok(view.end(&error)),
        }
    }
}

/// The view of a status on a screen.
struct View<'a> {
    context: &'a Context,
    terminal: Terminal,
    is_screen: bool,
    is_first: bool,
    status: Status,
    /// Why it may be old.
    gap: Option<String>,
}

impl<'a> View<'a> {
    fn new(context: &'a Context, status: Status) -> Self {
        let is_screen = !context.format.is_document() && context.terminal.can_redraw();
        let terminal = context.terminal.clone();
        Self { context, terminal, is_screen, is_first: true, status, gap: None }
    }

    /// Shows a status if it tells something else, or if ages are seen to grow.
    fn take(&mut self, status: Status) -> Result<()> {
        let is_news = !status.tells_the_same_as(&self.status);
        self.status = status;
        let was_gap = self.gap.take().is_some();
        if was_gap && !self.is_screen {
            self.terminal.tell_line("The server responds again.");
        }
        if is_news || self.is_screen { self.show() } else { Ok(()) }
    }

    /// Says that the server does not answer, once.
    fn take_gap(&mut self, reason: String) -> Result<()> {
        let is_new = self.gap.is_none();
        if is_new && !self.is_screen {
            self.terminal.warning(&format!("{reason}; retrying"));
        }
        self.gap = Some(reason);
        if self.is_screen { self.show() } else { Ok(()) }
    }

    fn show(&mut self) -> Result<()> {
        if self.is_screen {
            self.terminal.redraw(|out| self.draw(out))?;
            return Ok(());
        }
        let style = self.terminal.stdout_style();
        let (status, format, is_first) = (&self.status, self.context.format, self.is_first);
        let is_query = self.terminal.has_query();
        self.terminal.answer(|mut out| {
            match format {
                Format::Json if !is_query => return report::write_line(status, &mut out),
                Format::Yaml if !is_first => writeln!(out, "---")?,
                Format::Human | Format::Wide if !is_first => {
                    writeln!(out, "\n--- {}\n", seconds(status.read_at))?;
                }
                _ => {}
            }
            report::write(status, format, &style, &mut out)
        })?;
        if self.is_first {
            self.terminal = self.terminal.after_headers();
            self.is_first = false;
        }
        Ok(())
    }

    /// Draws one screen: the time, then the status.
    fn draw(&self, mut out: &mut dyn Write) -> io::Result<()> {
        let style = self.terminal.stdout_style();
        let as_of = seconds(self.status.read_at);
        let head = format!(
            "{} status, as of {as_of}; press Ctrl-C to exit",
            self.context.program.program()
        );
        writeln!(out, "{}", style.dim(head))?;
        if let Some(reason) = &self.gap {
            let text = format!("warning: the status may be outdated: {reason}");
            style.wrap(&text, 0).iter().try_for_each(|it| writeln!(out, "{it}"))?;
        }
        writeln!(out)?;
        report::write(&self.status, self.context.format, &style, &mut out)
    }

    /// The time being over is how a watch ends that was told to.
    fn end(&self, error: &WaitError) -> Exit {
        match error {
            WaitError::Deadline { .. } => exit_of(&self.status),
            other => crate::command::tell_wait_error(other, self.context, None),
        }
    }
}

/// `2026-11-25T21:19:06Z`
fn seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
