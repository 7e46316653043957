//! Progress: one live line each on a terminal, else one line or one event per change.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::PoisonError;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{EventType, ProgressMode, Terminal};
use crate::model::text::printable;
use crate::report::letters::Letters;

impl Terminal {
    /// Begins to show progress: one live line each on a terminal, else one line per change.
    #[must_use]
    pub fn progress(&self) -> ProgressLine {
        let is_live = self.settings.progress == ProgressMode::Auto
            && io::stderr().is_terminal()
            && !self.is_dumb();
        let bars = is_live.then(MultiProgress::new);
        self.live.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&bars);
        ProgressLine { bars, lines: BTreeMap::new(), terminal: self.clone() }
    }
}

/// The time between two turns of a wheel.
const TICK: Duration = Duration::from_millis(120);

/// Live lines on a terminal, or one line per change.
#[derive(Debug)]
pub struct ProgressLine {
    bars: Option<MultiProgress>,
    lines: BTreeMap<String, (String, Option<ProgressBar>)>,
    terminal: Terminal,
}

impl ProgressLine {
    /// Shows what a subject is at now. The same text again is not shown twice.
    pub fn set(&mut self, subject: &str, text: &str) {
        let line = printable(&format!("{subject}  {text}"));
        let letters = self.terminal.settings.letters;
        let bars = self.bars.as_ref();
        let entry = self.lines.entry(subject.to_owned()).or_insert_with(|| {
            let bar = bars.map(|bars| {
                // A bar that ticks before it belongs to the others draws a line of its own, which stays.
                let bar = bars.add(spinner(letters).with_message(letters.text(&line)));
                bar.enable_steady_tick(TICK);
                bar
            });
            (String::new(), bar)
        });
        if entry.0 == text {
            return;
        }
        text.clone_into(&mut entry.0);
        match &entry.1 {
            Some(bar) => bar.set_message(letters.text(&line)),
            None => match self.terminal.settings.progress {
                ProgressMode::Json => {
                    self.terminal.event(EventType::Progress, Some(subject), text);
                }
                ProgressMode::None => {}
                ProgressMode::Auto | ProgressMode::Plain => self.terminal.tell_line(&line),
            },
        }
    }

    /// Ends the live lines; what they showed last stays to be read, and what follows begins a line.
    pub fn finish(self) {
        let bars: Vec<ProgressBar> = self.lines.into_values().filter_map(|(_, bar)| bar).collect();
        for bar in &bars {
            let style = ProgressStyle::with_template("  {wide_msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.finish();
        }
        if !bars.is_empty() {
            let _told = writeln!(io::stderr());
        }
        *self.terminal.live.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes the live lines away, where what follows says what they showed.
    pub fn clear(self) {
        for (_, bar) in self.lines.into_values() {
            bar.iter().for_each(ProgressBar::finish_and_clear);
        }
        *self.terminal.live.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn spinner(letters: Letters) -> ProgressBar {
    let template = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed:.dim}");
    let style = template.unwrap_or_else(|_| ProgressStyle::default_spinner());
    let style = match letters {
        Letters::All => style,
        Letters::Ascii => style.tick_chars(r"|/-\ "),
    };
    ProgressBar::new_spinner().with_style(style)
}
