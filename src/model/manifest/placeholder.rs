//! Words that a person puts in the place of a secret: `REDACTED`, `<redacted>`, `***`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The length up to which a text may be such a word, in base64 as well.
const LONGEST: usize = 32;

/// Puts the marker of a sanitizer in the place of each such word, so that the field is withheld and not bad.
pub(super) fn mark(value: &mut Value) {
    match value {
        Value::String(text) if is_placeholder(text) => {
            *value = json!({"_REDACTED": "a word stands for the value", "length": text.len()});
        }
        Value::Array(list) => list.iter_mut().for_each(mark),
        // What names an object stays: without a name it is none.
        Value::Object(fields) => {
            let others = fields.iter_mut().filter(|it| !matches!(&**it.0, "name" | "namespace"));
            others.for_each(|it| mark(it.1));
        }
        _ => {}
    }
}

/// Returns whether a text is such a word, or a `data:` URL or base64 of one.
pub(super) fn is_placeholder(text: &str) -> bool {
    let payload = text.strip_prefix("data:").and_then(|it| it.split_once(','));
    let payload = payload.map_or(text, |it| it.1).trim();
    payload.len() <= LONGEST
        && (is_word(payload.as_bytes()) || STANDARD.decode(payload).is_ok_and(|it| is_word(&it)))
}

fn is_word(text: &[u8]) -> bool {
    // Nothing but letters counts: `[REDACTED]`, `**redacted**`.
    let word: Vec<u8> = text.iter().copied().filter(u8::is_ascii_alphabetic).collect();
    word.eq_ignore_ascii_case(b"redacted") || text.len() > 2 && text.iter().all(|it| *it == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_that_stands_for_a_secret_is_one() {
        for text in [
            "REDACTED",
            "<redacted>",
            "[Redacted]",
            "***",
            "UkVEQUNURUQ=",
            "data:,REDACTED",
            "data:text/plain;charset=utf-8;base64,UkVEQUNURUQ=",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["", "*", "Removed", "a redacted text", "data:,", "data:,a", "xxxxxx", "eA=="] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
