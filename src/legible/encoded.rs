//! Whether a word looks like something that is encoded: what a person cannot read may be a secret.

use super::secrecy::PREFIXES;

/// Whether a word is data, or is or holds something that is encoded.
pub(super) fn is_encoded_word(word: &str) -> bool {
    let is_data = word.match_indices("data:").any(|(at, _)| {
        !word[..at].ends_with(|it: char| it.is_ascii_alphanumeric()) && word[at..].contains(',')
    });
    is_data || word.matches("\\x").count() > 1 || percent_escapes(word) > 1 || {
        let is_of_part = |it: char| it.is_ascii_alphanumeric() || "+/=_~$-".contains(it);
        let mut begin = 0;
        word.split(|it| !is_of_part(it)).any(|part| {
            let before = &word[..begin];
            begin +=
                part.len() + word[begin + part.len()..].chars().next().map_or(0, char::len_utf8);
            let is_digest = before.ends_with("sha256:") && part.len() == 64 && is_hex(part);
            !is_digest && is_encoded(part)
        })
    }
}

fn percent_escapes(word: &str) -> usize {
    word.match_indices('%').filter(|(at, _)| word.get(at + 1..at + 3).is_some_and(is_hex)).count()
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_hexdigit())
}

/// Whether a run of letters and digits looks like base64, base32, hexadecimal or a known kind of token.
fn is_encoded(part: &str) -> bool {
    // A path is as harmless as its segments, and so is a value as what is behind its key.
    let is_path = part.starts_with('/') || part.contains("=/");
    let mut pieces = part.split(|it| matches!(it, '=' | '$') || (it == '/' && is_path));
    let is_padded = part.ends_with('=') && part.trim_end_matches('=').len() >= 8;
    begins_as_token(part) || pieces.any(|piece| is_encoded_piece(piece, is_padded))
}

fn begins_as_token(part: &str) -> bool {
    PREFIXES.iter().any(|prefix| {
        part.match_indices(prefix).any(|(at, _)| {
            let is_start = !part[..at].ends_with(char::is_alphanumeric);
            is_start && part.len() > at + prefix.len() + 4
        })
    })
}

fn is_encoded_piece(piece: &str, is_padded: bool) -> bool {
    let count = |is: fn(&u8) -> bool| piece.bytes().filter(is).count();
    let digits = count(u8::is_ascii_digit);
    let has_both = count(u8::is_ascii_uppercase) > 0 && count(u8::is_ascii_lowercase) > 0;
    let is_mixed = digits > 0 && has_both;
    let is_solid = !piece.contains(['-', '_', '/']);
    (is_mixed && (piece.len() >= 20 || (is_padded && piece.len() >= 8)))
        || (is_solid && digits >= 4 && piece.len() >= 24)
        || (is_solid && piece.len() >= 40)
        || piece.len() > 100
}
