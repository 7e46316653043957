//! The forms of words that are a secret wherever they are: encoded data, tokens, keys, hashes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::AROUND;

/// The longest part of a word that is shown. Names of objects end at 253 characters, and none of ours is near that.
const LONGEST_PART: usize = 100;

/// The beginnings of hashed passwords: those of a MachineConfig's users can be guessed from them.
const HASHES: [&str; 9] = ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$apr1$", "$argon2", "$y$"];

/// The beginnings of tokens and keys.
const TOKENS: [&str; 11] = [
    "eyJ",
    "sha256~",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "ASIA",
];

/// The beginning of Vault's tokens, which a word may have behind other signs.
const VAULT: &str = "hvs.";

/// Returns whether a word may be, or may hold, a secret: it is data, or is encoded.
pub(super) fn is_suspect(word: &str) -> bool {
    let parts = word.split(|it: char| !it.is_ascii_alphanumeric() && !"+/_-~".contains(it));
    has_data_url(word)
        || word.contains("\"auths")
        || (word.len() > LONGEST_PART && ["{\"", "{\\\""].iter().any(|it| word.contains(it)))
        || HASHES.iter().any(|it| word.contains(it))
        || word.contains(VAULT)
        || parts.into_iter().any(is_encoded)
        || is_bootstrap_token(word.trim_matches(AROUND))
}

fn is_encoded(part: &str) -> bool {
    let has = |is: fn(&u8) -> bool| part.as_bytes().iter().any(is);
    let looks_like_base64 = part.len() >= 32
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase);
    looks_like_base64
        || part.len() > LONGEST_PART
        || TOKENS.iter().any(|it| part.starts_with(it))
        || is_encoded_login(part)
}

/// `user:password` in base64, as in pull secrets and headers.
fn is_encoded_login(part: &str) -> bool {
    let is_printable = |bytes: &[u8]| {
        bytes.iter().all(|it| matches!(it, 0x20..=0x7e))
            && bytes[1..bytes.len() - 1].contains(&b':')
    };
    part.len() >= 8
        && part.contains(|it: char| it.is_ascii_uppercase() || it.is_ascii_digit())
        && [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD, &STANDARD]
            .iter()
            .any(|it| it.decode(part).is_ok_and(|bytes| bytes.len() > 4 && is_printable(&bytes)))
}

/// The token with which a machine joins: `abcdef.0123456789abcdef`.
fn is_bootstrap_token(word: &str) -> bool {
    let is_of = |part: &str, length| {
        part.len() == length
            && part.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    };
    word.split_once('.').is_some_and(|(id, secret)| is_of(id, 6) && is_of(secret, 16))
}

/// A data URL, and neither `metadata:` nor `secret/etcd-user-data: missing`.
fn has_data_url(word: &str) -> bool {
    let is_start = |at: usize| {
        let before = word[..at].chars().next_back();
        !before.is_some_and(|it| it.is_ascii_alphanumeric() || "-_.".contains(it))
    };
    word.match_indices("data:").any(|(at, _)| is_start(at) && word[at..].contains(','))
}

/// Returns whether a word has a digit.
pub(super) fn has_digit(word: &str) -> bool {
    word.contains(|it: char| it.is_ascii_digit())
}

/// Returns whether a word looks like no word of a sentence and like no name of an object.
pub(super) fn is_random(word: &str) -> bool {
    let is_uuid = word.len() == 36 && word.bytes().all(|it| it == b'-' || it.is_ascii_hexdigit());
    let is_name =
        word.contains(['-', '.', '/', ':']) && !word.contains(|it: char| it.is_ascii_uppercase());
    is_uuid
        || (word.len() >= 8 && has_digit(word) && word.contains(char::is_alphabetic) && !is_name)
}
