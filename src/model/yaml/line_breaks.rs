//! The line breaks of YAML 1.1 that YAML 1.2 takes for letters: NEL, LS and PS.
//!
//! Go's writer puts LS and PS into quotes and blocks as they are, and indents what follows them. One that
//! begins a line of a block is not read: such a text is refused.

use std::borrow::Cow;

const NEL: char = '\u{85}';
const LS: char = '\u{2028}';
const PS: char = '\u{2029}';

/// The substitutes for LS and PS, each with a line feed behind it, while a text is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LineBreaks {
    stand_ins: Option<[char; 2]>,
}

impl LineBreaks {
    /// Looks whether a text has any of them, and chooses letters that it does not have.
    pub(crate) fn of(text: &str) -> Self {
        if !text.contains([NEL, LS, PS]) {
            return Self::default();
        }
        let mut free = ('\u{f0000}'..='\u{ffffd}').filter(|it| !text.contains(*it));
        Self { stand_ins: free.next().zip(free.next()).map(|(ls, ps)| [ls, ps]) }
    }

    /// The text with a line feed for each of them.
    pub(crate) fn written_out(self, text: &str) -> Cow<'_, str> {
        let Some([ls, ps]) = self.stand_ins else { return text.into() };
        let mut out = String::with_capacity(text.len());
        for it in text.chars() {
            match it {
                NEL => out.push('\n'),
                LS => out.extend([ls, '\n']),
                PS => out.extend([ps, '\n']),
                other => out.push(other),
            }
        }
        out.into()
    }

    /// The text of a scalar as it was meant. The line feed may have been folded into a space.
    pub(crate) fn restored(self, text: Cow<'_, str>) -> Cow<'_, str> {
        let Some([ls, ps]) = self.stand_ins.filter(|it| text.contains(*it)) else { return text };
        let mut out = String::with_capacity(text.len());
        let mut letters = text.chars().peekable();
        while let Some(it) = letters.next() {
            if it != ls && it != ps {
                out.push(it);
                continue;
            }
            out.push(if it == ls { LS } else { PS });
            letters.next_if(|it| matches!(it, '\n' | ' '));
        }
        out.into()
    }
}
