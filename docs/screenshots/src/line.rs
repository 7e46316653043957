//! What a terminal shows, as text in pieces of one style.

use unicode_width::UnicodeWidthStr as _;

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// One of the terminal's sixteen colors.
    pub(crate) color: Option<u8>,
    pub(crate) bold: bool,
    pub(crate) dim: bool,
}

/// Text of one style, and the column at which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) column: usize,
    pub(crate) text: String,
    pub(crate) style: Style,
}

impl Run {
    /// How many columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.text.width()
    }

    /// The column behind it.
    pub(crate) fn end(&self) -> usize {
        self.column + self.width()
    }
}

/// A row of the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) runs: Vec<Run>,
}

impl Line {
    /// A line of one run.
    pub(crate) fn of(column: usize, text: &str, style: Style) -> Self {
        Self { runs: vec![Run { column, text: text.to_owned(), style }] }
    }

    /// The text, without styles.
    pub(crate) fn text(&self) -> String {
        self.runs.iter().fold(String::new(), |mut text, run| {
            text += &" ".repeat(run.column.saturating_sub(text.width()));
            text + &run.text
        })
    }

    /// Puts one age and one digest in the place of those that a run of the demo happens to have, so that two
    /// runs look the same.
    pub(crate) fn normalize(&mut self) {
        for run in &mut self.runs {
            let words: Vec<String> = run.text.split(' ').map(normal).collect();
            run.text = words.join(" ");
        }
    }

    /// Cuts runs where there are two blanks or more: an image does not keep them.
    pub(crate) fn cut(&mut self) {
        let whole = std::mem::take(&mut self.runs);
        for run in whole {
            let mut column = run.column;
            for (index, piece) in run.text.split("  ").enumerate() {
                column += if index == 0 { 0 } else { 2 };
                let text = piece.trim_start_matches(' ');
                if !text.is_empty() {
                    let column = column + piece.len() - text.len();
                    self.runs.push(Run { column, text: text.to_owned(), style: run.style });
                }
                column += piece.width();
            }
        }
    }
}

/// What stands for the digest of a rendering.
const DIGEST: &str = "1f6a0c9e7b3d52848e05d7f1b64c92a3";

/// The same width as before, so that what stands behind a word stays where it is.
fn normal(word: &str) -> String {
    match word.rsplit_once('-') {
        Some((name, end)) if is_digest(end) => format!("{name}-{}", &DIGEST[..end.len()]),
        _ if is_age(word) => format!("{:<1$}", "4m", word.len()),
        _ => word.to_owned(),
    }
}

/// A digest in hexadecimal digits, also one that the end of the line cut short.
fn is_digest(text: &str) -> bool {
    (16..=DIGEST.len()).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_hexdigit())
}

/// Whether a word is an age as in `16s` or `1m12s`.
fn is_age(word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || "hms".contains(c);
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.ends_with(['h', 'm', 's'])
        && word.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_the_same_in_every_run() {
        let mut line = Line::of(2, "lab-x99n4-etcd-0  Ready  16s  v1.33.5", Style::default());
        line.normalize();
        assert_eq!(line.text(), "  lab-x99n4-etcd-0  Ready  4m   v1.33.5");
        let digest = "0123456789abcdef".repeat(2);
        let mut line = Line::of(0, &format!("as rendered-etcd-{digest}"), Style::default());
        line.normalize();
        assert_eq!(line.text(), format!("as rendered-etcd-{DIGEST}"));
        let plain = "Cluster  4.20.3 · 64 GiB · 2 nodes · hms";
        let mut line = Line::of(0, plain, Style::default());
        line.normalize();
        assert_eq!(line.text(), plain);
    }

    #[test]
    fn blanks_are_room_between_runs() {
        let mut line = Line::of(2, "NAME   PHASE  ZONE a", Style::default());
        line.cut();
        let columns: Vec<_> = line.runs.iter().map(|it| (it.column, it.text.as_str())).collect();
        assert_eq!(columns, [(2, "NAME"), (9, "PHASE"), (16, "ZONE a")]);
        let mut line = Line::of(0, " 1", Style::default());
        line.cut();
        assert_eq!((line.runs[0].column, line.runs[0].text.as_str()), (1, "1"));
    }
}
