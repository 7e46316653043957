//! Runs a command on a terminal of its own, answers its questions with yes, and tells what the terminal shows
//! in the end.

use std::io::{ErrorKind, Read as _, Write as _};
use std::num::NonZeroU16;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use pty_process::Size;
use pty_process::blocking::{Command, open};
use vt100::{Parser, Screen};

use crate::line::{Line, Run, Style};

/// As wide as the terminal that everything is laid out for.
pub(crate) const COLUMNS: u16 = 80;

/// More than any command writes, so that nothing scrolls away.
const ROWS: u16 = 120;

/// Runs a command of the shell, and gives what it left on the screen.
pub(crate) fn run(command: &str) -> Result<Vec<Line>> {
    let (mut terminal, end) = open()?;
    terminal.resize(Size::new(ROWS, COLUMNS))?;
    let shell = Command::new("bash").args(["-c", command]).env("TERM", "xterm-256color");
    let mut child = shell.env_remove("NO_COLOR").spawn(end)?;
    let size = |it| NonZeroU16::new(it).context("no size");
    let mut parser = Parser::new(size(ROWS)?, size(COLUMNS)?, 0);
    let mut answered = 0;
    let mut buffer = [0; 4096];
    loop {
        let count = match terminal.read(&mut buffer) {
            Ok(count) => count,
            // Linux says so when the last writer is gone.
            Err(error) if error.raw_os_error() == Some(5) => 0,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        if count == 0 {
            break;
        }
        parser.process(&buffer[..count]);
        let questions = parser.screen().contents().matches("[y/N]").count();
        if questions > answered {
            // As a person would: what comes before the question reads the keys is shown twice.
            std::thread::sleep(Duration::from_secs(1));
            terminal.write_all(b"y\r")?;
            answered = questions;
        }
    }
    let status = child.wait()?;
    let lines = lines(parser.screen());
    ensure!(status.success() || status.code() == Some(1), "{command}: {status}\n{}", text(&lines));
    Ok(lines)
}

/// The lines as text, for an error.
fn text(lines: &[Line]) -> String {
    lines.iter().map(|it| it.text() + "\n").collect::<Vec<_>>().concat()
}

/// The rows of the screen up to the last one that holds something, cut into runs of one style.
fn lines(screen: &Screen) -> Vec<Line> {
    let mut lines: Vec<Line> = (0..ROWS).map(|row| line(screen, row)).collect();
    while lines.last().is_some_and(|it| it.runs.is_empty()) {
        lines.pop();
    }
    lines
}

fn line(screen: &Screen, row: u16) -> Line {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..COLUMNS {
        let Some(cell) = screen.cell(row, column).filter(|it| it.has_contents()) else { continue };
        let color = match cell.fgcolor() {
            vt100::Color::Idx(index) => Some(index),
            vt100::Color::Default | vt100::Color::Rgb(..) => None,
        };
        let style = Style { color, bold: cell.bold(), dim: cell.dim() };
        let column = usize::from(column);
        match runs.last_mut() {
            Some(run) if run.style == style && run.end() + 1 >= column => {
                run.text += &" ".repeat(column - run.end());
                run.text += cell.contents();
            }
            _ if cell.contents() == " " => {}
            _ => runs.push(Run { column, text: cell.contents().to_owned(), style }),
        }
    }
    for run in &mut runs {
        run.text.truncate(run.text.trim_end().len());
    }
    Line { runs }
}
