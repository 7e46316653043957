//! Bars for whoever would rather look than read. A bar never says what a number does not.

/// The way in which bars are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bars {
    /// Not at all: nobody looks at it on a screen.
    #[default]
    None,
    /// With characters of ASCII.
    Ascii,
    /// With the blocks of Unicode, an eighth of a column at a time.
    Unicode,
}

/// The parts of a column, from an eighth to seven eighths.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

impl Bars {
    /// Draws a share of a width in columns. What is more than the whole fills it; what is more than
    /// nothing is seen.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the share is limited to 0…1, and a width is small"
    )]
    pub fn draw(self, share: f64, width: usize) -> String {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        let is_seen = share > 0.0;
        match self {
            Self::None => String::new(),
            Self::Ascii => {
                let filled = (share * width as f64).round() as usize;
                "#".repeat(filled.max(usize::from(is_seen)))
            }
            Self::Unicode => {
                let eighths = (share * width as f64 * 8.0).round() as usize;
                let eighths = eighths.max(usize::from(is_seen));
                let part = (eighths % 8).checked_sub(1).and_then(|it| EIGHTHS.get(it));
                "█".repeat(eighths / 8).chars().chain(part.copied()).collect()
            }
        }
    }

    /// Tells whether bars are drawn.
    #[must_use]
    pub const fn are_drawn(self) -> bool {
        !matches!(self, Self::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        for (share, ascii, unicode) in [
            (0.0, "", ""),
            (0.001, "#", "▏"),
            (0.5, "##", "██"),
            (0.53, "##", "██▏"),
            (1.0, "####", "████"),
            (7.0, "####", "████"),
            (f64::NAN, "", ""),
        ] {
            assert_eq!(Bars::Ascii.draw(share, 4), ascii, "{share}");
            assert_eq!(Bars::Unicode.draw(share, 4), unicode, "{share}");
            assert_eq!(Bars::None.draw(share, 4), "", "{share}");
        }
    }
}
