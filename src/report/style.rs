//! Color and width of text for people. State is never told by color alone.

use std::fmt::Display;

use super::Headers;
use crate::check::Severity;
use crate::model::text::printable;

/// The use of color in text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Escape sequences of ANSI terminals.
    Ansi,
    /// Text without color.
    #[default]
    None,
}

/// The style of text for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The use of color.
    pub color: Color,
    /// The number of columns that a line of prose may take.
    pub width: usize,
    /// The number of columns that a row of a table may take.
    pub columns: usize,
    /// Indicates whether the text is shown on a screen.
    pub is_screen: bool,
    /// The header row of tables.
    pub headers: Headers,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            color: Color::None,
            width: 80,
            columns: 120,
            is_screen: false,
            headers: Headers::Shown,
        }
    }
}

impl Style {
    /// Text in bold.
    #[must_use]
    pub fn bold(&self, text: impl Display) -> String {
        self.paint("1", text)
    }

    /// Text that matters less.
    #[must_use]
    pub fn dim(&self, text: impl Display) -> String {
        self.paint("2", text)
    }

    /// Text that tells of success.
    #[must_use]
    pub fn good(&self, text: impl Display) -> String {
        self.paint("32", text)
    }

    /// Text that is there and will not be.
    #[must_use]
    pub fn removed(&self, text: impl Display) -> String {
        self.paint("31", text)
    }

    /// Text that says where something is.
    #[must_use]
    pub fn place(&self, text: impl Display) -> String {
        self.paint("36", text)
    }

    /// A severity's word, in its color.
    #[must_use]
    pub fn severity(&self, severity: Severity) -> String {
        let code = match severity {
            Severity::Blocker => "1;31",
            Severity::Warning => "33",
            Severity::Note => "36",
        };
        self.paint(code, severity)
    }

    fn paint(&self, code: &str, text: impl Display) -> String {
        match self.color {
            Color::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Color::None => text.to_string(),
        }
    }

    /// Breaks prose into lines of at most the width, `indent` columns of which are taken already. A
    /// word that is longer than a line stands alone.
    #[must_use]
    pub fn wrap(&self, text: &str, indent: usize) -> Vec<String> {
        fill(text, self.width.saturating_sub(indent))
    }

    /// Breaks the last cell of a row into lines, `indent` columns before it are taken already.
    #[must_use]
    pub fn wrap_cell(&self, text: &str, indent: usize) -> Vec<String> {
        fill(text, self.columns.saturating_sub(indent))
    }
}

fn fill(text: &str, room: usize) -> Vec<String> {
    let room = room.max(20);
    let mut lines: Vec<String> = vec![String::new()];
    for word in printable(text).split_whitespace() {
        let line = lines.last_mut().filter(|line| {
            line.is_empty() || line.chars().count() + 1 + word.chars().count() <= room
        });
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        let style = Style::default();
        assert_eq!(style.wrap("a\u{1b}[2J\u{7}b\nFAKE: good", 0), ["a [2J b FAKE: good"]);
    }

    #[test]
    fn prose_is_wrapped_and_long_words_are_left_whole() {
        let style = Style { width: 24, ..Style::default() };
        assert_eq!(
            style.wrap("one two three four a-word-longer-than-the-line x", 4),
            ["one two three four", "a-word-longer-than-the-line", "x"]
        );
        assert_eq!(style.wrap("", 0), [""]);
    }
}
