//! The Prometheus text format, read while it arrives.
//!
//! A scrape of a large cluster has tens of megabytes, and most of them are histograms that `perf` does not
//! use. So lines are cut out of the bytes as they come, and a line of another family is dropped by its
//! name, before any of it is parsed or kept.

use std::borrow::Cow;

/// The longest line of a wanted family, in bytes. The longest one of an API server has under a thousand.
const LONGEST: usize = 64 * 1024;

/// A line of an exposition: a value under a name and labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a> {
    /// The name, with the suffix that a histogram adds: `x_bucket`.
    pub name: &'a str,
    labels: &'a str,
    /// The value.
    pub value: f64,
}

/// The reason why a text is no exposition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpositionError {
    /// A line of a wanted family that does not follow the format. Its contents are not repeated.
    #[error("a line of {0} cannot be parsed")]
    Line(String),
    /// A line of a wanted family that is longer than any API server writes.
    #[error("a line is longer than {LONGEST} bytes")]
    TooLong,
    /// The last line has no end, so more was to follow.
    #[error("the file ends in the middle of a line")]
    BrokenOff,
}

/// Lines out of bytes. `W` tells by its name whether a line is wanted.
#[derive(Debug)]
pub struct Lines<W> {
    is_wanted: W,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    /// True while the rest of the line that has begun is to be dropped.
    is_dropping: bool,
}

impl<W: Fn(&str) -> bool> Lines<W> {
    /// Makes a reader of the lines that are wanted.
    pub const fn new(is_wanted: W) -> Self {
        Self { is_wanted, begun: Vec::new(), is_dropping: false }
    }

    /// Takes the next bytes, and hands on each wanted line that ends in them.
    ///
    /// # Errors
    /// [`ExpositionError`], of a wanted line.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(Sample<'_>),
    ) -> Result<(), ExpositionError> {
        let mut left = bytes;
        while let Some(end) = left.iter().position(|it| *it == b'\n') {
            let line = &left[..end];
            if self.is_dropping {
                self.is_dropping = false;
            } else if self.begun.is_empty() {
                self.line(line, take)?;
            } else {
                self.begin(line)?;
                let mut whole = std::mem::take(&mut self.begun);
                self.line(&whole, take)?;
                whole.clear();
                self.begun = whole;
                self.is_dropping = false;
            }
            left = &left[end + 1..];
        }
        if left.is_empty() || self.is_dropping { Ok(()) } else { self.begin(left) }
    }

    /// Ends the text.
    ///
    /// # Errors
    /// `BrokenOff` when its last line has no end.
    pub fn end(&self) -> Result<(), ExpositionError> {
        let is_whole = self.begun.is_empty() && !self.is_dropping;
        if is_whole { Ok(()) } else { Err(ExpositionError::BrokenOff) }
    }

    /// Keeps the beginning of a line, unless its name is not wanted.
    fn begin(&mut self, part: &[u8]) -> Result<(), ExpositionError> {
        self.begun.extend_from_slice(part);
        let name_ends = self.begun.iter().position(|it| is_after_name(*it));
        if name_ends.is_some_and(|end| !self.wants(&self.begun[..end])) {
            self.begun.clear();
            self.is_dropping = true;
        }
        if self.begun.len() > LONGEST { Err(ExpositionError::TooLong) } else { Ok(()) }
    }

    fn wants(&self, name: &[u8]) -> bool {
        str::from_utf8(name).is_ok_and(|name| !name.is_empty() && (self.is_wanted)(name))
    }

    fn line(&self, line: &[u8], take: &mut impl FnMut(Sample<'_>)) -> Result<(), ExpositionError> {
        let end = line.iter().position(|it| is_after_name(*it)).unwrap_or(line.len());
        if !self.wants(&line[..end]) {
            return Ok(());
        }
        let damaged = || ExpositionError::Line(String::from_utf8_lossy(&line[..end]).into_owned());
        let text = str::from_utf8(line).map_err(|_| damaged())?;
        take(sample(text, end).ok_or_else(damaged)?);
        Ok(())
    }
}

/// Tells whether a byte ends the name of a line. Comments begin with `#`, which no name holds.
const fn is_after_name(byte: u8) -> bool {
    matches!(byte, b'{' | b' ' | b'\t' | b'#')
}

/// Parses a line whose name ends at `end`. A timestamp or an exemplar behind the value is passed over. A value that is
/// no number, such as `NaN`, is a damaged line: no figure can be made of one.
fn sample(line: &str, end: usize) -> Option<Sample<'_>> {
    let (name, rest) = line.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inner) => {
            let close = closing_brace(inner)?;
            (&inner[..close], &inner[close + 1..])
        }
        None => ("", rest),
    };
    let value: f64 = rest.split_ascii_whitespace().next()?.parse().ok()?;
    value.is_finite().then_some(Sample { name, labels, value })
}

/// The brace that closes a list of labels, outside of quotes.
fn closing_brace(labels: &str) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    labels.bytes().position(|byte| {
        let ends = byte == b'}' && !is_quoted;
        if byte == b'"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

impl<'a> Sample<'a> {
    /// Finds the value of a label. `None` when there is no such label, as when its value is empty: to
    /// Prometheus both are the same.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut left = self.labels;
        loop {
            let (found, rest) = left.split_once("=\"")?;
            let end = closing_quote(rest)?;
            if found.trim_start_matches([',', ' ']).trim_end() == name {
                let value = &rest[..end];
                return (!value.is_empty()).then(|| unescaped(value));
            }
            left = &rest[end + 1..];
        }
    }
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

/// A label's value without its escapes: `\\`, `\"` and `\n`.
fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(it) = letters.next() {
        match it {
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            it => text.push(it),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text that arrives in pieces of some size.
    fn read(
        text: &str,
        piece: usize,
    ) -> Result<Vec<(String, Option<String>, f64)>, ExpositionError> {
        let mut lines = Lines::new(|name: &str| name.starts_with('w'));
        let mut found = Vec::new();
        let mut take = |it: Sample<'_>| {
            found.push((it.name.to_owned(), it.label("b").map(Cow::into_owned), it.value));
        };
        for bytes in text.as_bytes().chunks(piece) {
            lines.feed(bytes, &mut take)?;
        }
        lines.end().map(|()| found)
    }

    #[test]
    fn the_same_is_read_however_the_text_arrives() {
        let text = "# HELP w A name with {braces} and \"quotes\".\n# TYPE w counter\n\
            w{a=\"1\",b=\"x}\\\"y\\\\\\n\"} 3 1700000000000\nx{b=\"no\"} 4\nw 1e+06\n\n\
            x_much_longer_than_any_piece{b=\"dropped\"} 4\n\
            w_bucket{ b=\"\", le=\"+Inf\" } 7 # {trace=\"z\"} 1\n";
        let expected = [
            ("w".to_owned(), Some("x}\"y\\\n".to_owned()), 3.0),
            ("w".to_owned(), None, 1e6),
            ("w_bucket".to_owned(), None, 7.0),
        ];
        for piece in 1..=text.len() {
            assert_eq!(read(text, piece).unwrap(), expected, "pieces of {piece}");
        }
    }

    #[test]
    fn a_wanted_line_that_is_damaged_is_an_error_and_another_is_not() {
        for line in
            ["w{b=\"x\" 1", "w", "w{} ", "w{} one", "w{} NaN", "w{} +Inf", "w{b=\"\u{fffd}} 1"]
        {
            let error = Err(ExpositionError::Line("w".to_owned()));
            assert_eq!(read(&format!("{line}\n"), 7), error, "{line}");
            assert_eq!(read(&format!("x{line}\n"), 7), Ok(Vec::new()), "{line}");
        }
        assert_eq!(read("w 1\nw 2", 3), Err(ExpositionError::BrokenOff));
        assert_eq!(read("w 1\nx 2", 3), Err(ExpositionError::BrokenOff));
    }

    #[test]
    fn a_line_without_end_takes_no_memory_unless_it_is_wanted() {
        let long = "y".repeat(3 * LONGEST);
        assert_eq!(read(&format!("w{{b=\"{long}\"}} 1\n"), 1000), Err(ExpositionError::TooLong));
        let mut lines = Lines::new(|name: &str| name == "w");
        lines.feed(format!("x{{b=\"{long}").as_bytes(), &mut |_| ()).unwrap();
        assert!(lines.begun.is_empty() && lines.is_dropping);
    }
}
