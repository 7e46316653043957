//! Text of a cluster, made safe for a terminal.

/// A text without what could move a terminal's cursor or make a line of its own, and with a mark in the
/// place of what nobody could see: what a cluster's objects say is not trusted.
#[must_use]
pub fn printable(text: &str) -> String {
    let shown = |it: char| match it {
        '\u{2028}' | '\u{2029}' => ' ',
        it if it.is_control() => ' ',
        it if is_invisible(it) => char::REPLACEMENT_CHARACTER,
        it => it,
    };
    text.chars().map(shown).collect()
}

/// Returns whether a character takes no room of its own: it would hide in a name, or turn around the text
/// that follows it (Unicode's `Default_Ignorable_Code_Point`, which has those of `Bidi_Control` in it, and
/// the annotations of U+FFF9 to U+FFFB).
#[must_use]
pub const fn is_invisible(it: char) -> bool {
    matches!(
        it,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_and_nothing_turns_text_around() {
        for hidden in [
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{feff}',
            '\u{ad}',
            '\u{61c}',
            '\u{2060}',
            '\u{3164}',
            '\u{e0041}',
        ] {
            assert_eq!(printable(&format!("a{hidden}b")), "a\u{fffd}b", "{hidden:?}");
        }
        assert_eq!(printable("a\u{2028}b\u{9b}c"), "a b c");
        assert_eq!(printable("Grüße 東京 → ✓ …"), "Grüße 東京 → ✓ …");
    }
}
