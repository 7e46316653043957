//! A screen that is drawn again and again in place, as `watch` does it.

use std::io::{self, IsTerminal as _, Write};

use dialoguer::console::{Term, measure_text_width};

use super::Terminal;

/// To the upper left corner.
const HOME: &str = "\u{1b}[H";
/// Clears the rest of a line.
const CLEAR_LINE: &str = "\u{1b}[K";
/// Clears everything below.
const CLEAR_BELOW: &str = "\u{1b}[J";

impl Terminal {
    /// Returns whether stdout can be drawn again in place.
    #[must_use]
    pub fn can_redraw(&self) -> bool {
        io::stdout().is_terminal() && !self.is_dumb()
    }

    /// Draws the whole screen. What does not fit is left out, and that is said.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn redraw(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut text = Vec::new();
        write(&mut text)?;
        let (rows, columns) = Term::stdout().size();
        let frame = frame(&String::from_utf8_lossy(&text), usize::from(rows), usize::from(columns));
        let frame = self.settings.letters.text(&frame);
        self.write_out(|out| out.write_all(frame.as_bytes()))
    }
}

/// The lines that fit into the rows, each ended so that nothing of the frame before is left.
fn frame(text: &str, rows: usize, columns: usize) -> String {
    let height = |line: &str| measure_text_width(line).max(1).div_ceil(columns.max(1));
    let lines: Vec<&str> = text.lines().collect();
    let total: usize = lines.iter().map(|it| height(it)).sum();
    // The cursor stands on the last row.
    let room = rows.saturating_sub(1).max(1);
    let mut used = 0;
    let room_for_lines = if total > room { room - 1 } else { room };
    let shown = lines.iter().take_while(|it| {
        used += height(it);
        used <= room_for_lines
    });
    let shown: Vec<&&str> = shown.collect();
    let mut frame = HOME.to_owned();
    for line in &shown {
        frame.push_str(&format!("{line}{CLEAR_LINE}\n"));
    }
    if shown.len() < lines.len() {
        let hidden = lines.len() - shown.len();
        frame.push_str(&format!("… {hidden} more lines do not fit{CLEAR_LINE}\n"));
    }
    frame + CLEAR_BELOW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_clears_what_was_there_and_ends_before_the_last_row() {
        let (k, j) = (CLEAR_LINE, CLEAR_BELOW);
        assert_eq!(frame("a\n\nb\n", 4, 80), format!("{HOME}a{k}\n{k}\nb{k}\n{j}"));
        assert_eq!(
            frame("a\nb\nc\nd\n", 4, 80),
            format!("{HOME}a{k}\nb{k}\n… 2 more lines do not fit{k}\n{j}")
        );
        // A line that is wider than the screen takes two rows; color takes none.
        assert_eq!(
            frame("\u{1b}[1mabc\u{1b}[0m\nabcd\nx\n", 4, 3),
            format!("{HOME}\u{1b}[1mabc\u{1b}[0m{k}\n… 2 more lines do not fit{k}\n{j}")
        );
        assert_eq!(frame("a\nb\n", 1, 0), format!("{HOME}… 2 more lines do not fit{k}\n{j}"));
    }
}
