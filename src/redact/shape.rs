//! Finds in the words of other programs what is a secret by its place or its form: a password behind its name, the user
//! of a URL, a token, a key, encoded data.
//!
//! Names that clusters are full of must stay: of Nodes, of rendered MachineConfigs, of images with their digests, of
//! Secrets, and URLs without a user.

mod assigned;
mod form;
mod users;

use std::ops::Range;

pub(super) use self::assigned::without_values;
use self::form::{has_digit, is_random, is_suspect};
pub(super) use self::users::of_urls as users_of;

/// The text in place of a secret.
pub(crate) const WITHHELD: &str = "(withheld)";

/// The names of passwords, as they end, without `-` and `_`: whatever follows is the password.
const PASSWORDS: [&str; 5] = ["password", "passwd", "passphrase", "passcode", "pwd"];

/// The names of passwords that are also the ends of other words.
const SHORT_PASSWORDS: [&str; 3] = ["pass", "psk", "pw"];

/// The names of other credentials. They are also words of healthy sentences: `failed to get secret: not found`.
const CREDENTIALS: [&str; 17] = [
    "accesskey",
    "accountkey",
    "apikey",
    "auth",
    "authkey",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "creds",
    "encryptionkey",
    "privatekey",
    "secret",
    "secretkey",
    "signature",
    "signingkey",
    "token",
];

/// The words that follow `basic` and `bearer` in sentences.
const NO_CREDENTIALS: [&str; 8] = [
    "auth",
    "authentication",
    "authorization",
    "credential",
    "credentials",
    "realm",
    "token",
    "tokens",
];

/// The sort of a name: of what follows the name, how much is a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    /// Everything is.
    Password,
    /// What looks like no word and no name of an object.
    Credential,
}

/// What the words so far say of the next word.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Expected {
    #[default]
    Nothing,
    /// A name was the last word: a quoted word is a secret, and whatever follows `is`.
    Name(Named),
    /// The next word is the secret.
    Told(Named),
    /// `--token`, `token =`: the next word is the secret, however the word looks.
    Value,
    /// `"token": `: a quoted word is the secret. `secret "x": not found` is a sentence.
    Quoted,
    /// A field of an object was named: `spec.password: Invalid value: "x"`.
    Field,
    /// `Bearer`, `Basic`
    Scheme,
}

/// Returns a text without what is a secret by its place or its form.
#[must_use]
pub(crate) fn without(text: &str) -> String {
    shown(text, spans(text))
}

/// Returns a text with [`WITHHELD`] in the place of spans.
pub(super) fn shown(text: &str, spans: Vec<Range<usize>>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for span in spans {
        shown.push_str(&text[end..span.start]);
        shown.push_str(WITHHELD);
        end = span.end;
    }
    shown.push_str(&text[end..]);
    shown
}

/// Returns what [`without`] takes out of a text, in order and without overlaps.
pub(crate) fn spans(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = users_of(text);
    found.extend(users::logins(text));
    let mut expected = Expected::default();
    let mut at = 0;
    while let Some(start) = text[at..].find(|it: char| !it.is_whitespace()).map(|it| at + it) {
        let end = text[start..].find(char::is_whitespace).map_or(text.len(), |it| start + it);
        let (span, next) = judge(text, start..end, &mut expected, &mut found);
        // What stands behind a secret in the same word is judged too.
        at = if next > start { next } else { end };
        if let Some(span) = span.filter(|it| !it.is_empty()) {
            let span = whole_mark(text, span);
            at = at.max(span.end);
            found.push(span);
        }
    }
    merged(found)
}

/// Returns a span with the parentheses of [`WITHHELD`], where that is what the span holds.
fn whole_mark(text: &str, span: Range<usize>) -> Range<usize> {
    let around = span.start.saturating_sub(1)..(span.end + 1).min(text.len());
    if text.get(around.clone()) == Some(WITHHELD) { around } else { span }
}

fn merged(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|it| it.start);
    let mut all: Vec<Range<usize>> = Vec::new();
    for span in found {
        match all.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => all.push(span),
        }
    }
    all
}

/// Judges a word: returns the last span of it that is a secret, and where to go on.
fn judge(
    text: &str,
    word: Range<usize>,
    expected: &mut Expected,
    found: &mut Vec<Range<usize>>,
) -> (Option<Range<usize>>, usize) {
    let whole = &text[word.clone()];
    let before = std::mem::take(expected);
    let inner = inside(text, &word);
    let bare = &text[inner.clone()];
    if let Some(span) = pem(text, &word) {
        let end = span.end;
        return (Some(span), end);
    }
    let joins = matches!(bare, "is" | "was" | "=" | ":" | "") && !whole.is_empty();
    let is_value = match before {
        Expected::Value | Expected::Told(Named::Password) if joins => {
            *expected = before;
            return (None, word.end);
        }
        Expected::Told(_) | Expected::Name(_) if joins => {
            let (Expected::Told(named) | Expected::Name(named)) = before else {
                return (None, word.end);
            };
            // `token = x` is an assignment, and `token is x` a sentence.
            *expected = if whole == "=" { Expected::Value } else { Expected::Told(named) };
            return (None, word.end);
        }
        Expected::Field if matches!(bare, "Invalid" | "Unsupported" | "value") => {
            *expected = if whole == "value:" { Expected::Value } else { Expected::Field };
            return (None, word.end);
        }
        Expected::Value | Expected::Told(Named::Password) => true,
        Expected::Quoted => whole.starts_with(['"', '\'', '\\']),
        Expected::Name(Named::Password) => whole.starts_with(['"', '\'', '`']) || has_digit(bare),
        Expected::Told(Named::Credential) | Expected::Name(Named::Credential) => is_random(bare),
        Expected::Scheme => {
            let lower = bare.to_lowercase();
            !NO_CREDENTIALS.iter().any(|it| lower.starts_with(it))
        }
        Expected::Nothing | Expected::Field => false,
    };
    if is_value {
        let span = value(text, word.start, word.end);
        let end = span.end;
        return (Some(span), end);
    }
    users::before_host(text, &word, found);
    let lower = bare.to_lowercase();
    if lower.ends_with("bearer") || lower.ends_with("basic") {
        *expected = Expected::Scheme;
    }
    if let Some(span) = pair(text, &word, expected) {
        let end = span.end;
        return (Some(span), end);
    }
    if is_suspect(whole) {
        return (Some(inner), word.end);
    }
    if *expected == Expected::Nothing
        && let Some(named) = named(bare.trim_start_matches('-'))
    {
        let is_flag = bare.starts_with("--");
        *expected = if is_flag { Expected::Value } else { Expected::Name(named) };
    }
    (None, word.end)
}

/// The punctuation around words.
const AROUND: &[char] =
    &['"', '\'', '`', '(', ')', '[', ']', '{', '}', '<', '>', ',', ';', '.', ':', '\\'];

/// Returns a word without the punctuation around it.
fn inside(text: &str, word: &Range<usize>) -> Range<usize> {
    let whole = &text[word.clone()];
    let start = word.start + (whole.len() - whole.trim_start_matches(AROUND).len());
    let end = word.end - (whole.len() - whole.trim_end_matches(AROUND).len());
    start..end.max(start)
}

/// Returns the value that begins at `start`: to its closing quote, which may be words away, or to the end of its word.
fn value(text: &str, start: usize, word_end: usize) -> Range<usize> {
    let rest = &text[start..];
    let lead = rest.len() - rest.trim_start_matches('\\').len();
    let Some(quote) = rest[lead..].chars().next().filter(|it| matches!(it, '"' | '\'' | '`'))
    else {
        return inside(text, &(start..word_end));
    };
    let open = start + lead + 1;
    let close = text[open..].find(quote).map(|it| open + it);
    open..close.unwrap_or(word_end).max(open)
}

/// Returns what stands behind `password=`, `token:`, `"secret": ` in a word. Where nothing does, the next word is expected.
fn pair(text: &str, word: &Range<usize>, expected: &mut Expected) -> Option<Range<usize>> {
    let whole = &text[word.clone()];
    for (at, separator) in whole.match_indices(['=', ':']) {
        let key = whole[..at].trim_end_matches(['"', '\'', '\\']);
        let is_quoted = key.len() < at;
        let start = key.rfind(|it: char| !it.is_alphanumeric() && !"_-.".contains(it));
        let key =
            &key[start.map_or(0, |it| it + key[it..].chars().next().map_or(1, char::len_utf8))..];
        let Some(named) = named(key) else {
            let assigned = key_after(text, word.start + at + 1..word.end);
            if separator == "=" && assigned.is_some() {
                return assigned;
            }
            continue;
        };
        if separator == ":" && !is_quoted && whole[..at - key.len()].ends_with('/') {
            // A path: `/etc/passwd: permission denied`.
            continue;
        }
        let start = word.start + at + 1;
        let rest = &text[start..word.end];
        let is_field = separator == ":" && key.contains('.');
        let is_assigned = separator == "=" || is_quoted || key.starts_with("--");
        if rest.trim_matches(AROUND).is_empty() && !rest.contains(['"', '\'']) {
            *expected = match named {
                _ if is_field => Expected::Field,
                Named::Credential if is_quoted => Expected::Quoted,
                _ if is_assigned => Expected::Value,
                named => Expected::Told(named),
            };
            return None;
        }
        let bare = inside(text, &(start..word.end));
        let is_secret = !rest.starts_with(['/', '=', ':'])
            && (is_assigned
                || (named == Named::Password && !is_field)
                || is_random(&text[bare.clone()]));
        if is_secret {
            return Some(value(text, start, word.end));
        }
    }
    None
}

/// The least length of a value that is a secret under any name.
const LEAST_KEY: usize = 16;

/// Returns the value behind `=`, whatever the name before it, if the value is long and random as a key is.
fn key_after(text: &str, rest: Range<usize>) -> Option<Range<usize>> {
    let value = inside(text, &rest);
    let is_of_key = |it: char| it.is_ascii_alphanumeric() || "+/_-%~".contains(it);
    let length = text[value.clone()].find(|it| !is_of_key(it)).unwrap_or(value.len());
    let value = value.start..value.start + length;
    let bare = &text[value.clone()];
    (length >= LEAST_KEY && !bare.starts_with('/') && is_random(bare)).then_some(value)
}

fn named(key: &str) -> Option<Named> {
    let last = key.rsplit(['_', '-', '.']).next().unwrap_or_default().to_lowercase();
    let key: String =
        key.chars().filter(|it| !"_-".contains(*it)).flat_map(char::to_lowercase).collect();
    let key = key.rsplit('.').next().unwrap_or_default();
    if PASSWORDS.iter().any(|it| key.ends_with(it)) || SHORT_PASSWORDS.contains(&last.as_str()) {
        return Some(Named::Password);
    }
    let is_credential = last == "sig" || CREDENTIALS.iter().any(|it| key.ends_with(it));
    is_credential.then_some(Named::Credential)
}

/// Returns a key in PEM, to its end.
fn pem(text: &str, word: &Range<usize>) -> Option<Range<usize>> {
    let start = word.start + text[word.clone()].find("-----BEGIN")?;
    let end = text[start..].find("-----END").and_then(|at| {
        let label = start + at + "-----END".len();
        Some(label + text[label..].find("-----")? + "-----".len())
    });
    Some(start..end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests;
