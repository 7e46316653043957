//! Users and passwords of URLs, and of logins: `name:password`.

use std::ops::Range;

use super::{AROUND, inside, merged, whole_mark};

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// Returns the users of the URLs in a text, and what a later quotation repeats of such a user: Go tells an error of a
/// URL with the URL and with the part that is wrong, `parse "http://…": invalid port ":…" after host`.
pub(crate) fn of_urls(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("://").map(|it| at + it + 3) {
        let end = end_of_url(text, start);
        at = start;
        if let Some(user) = user(&text[start..end]).map(|it| start + it.start..start + it.end) {
            at = user.end;
            found.extend(quotations(text, end, &text[user.clone()]));
            found.push(user);
        }
    }
    merged(found)
}

/// Returns where the URL ends whose host begins at `start`. Where a quote stands before the scheme, the URL ends at the
/// closing quote of the line, and a blank does not end it.
fn end_of_url(text: &str, start: usize) -> usize {
    let is_of_scheme = |it: char| it.is_ascii_alphanumeric() || "+-.:/".contains(it);
    let quote = text[..start].trim_end_matches(is_of_scheme).chars().next_back();
    let line = text[start..].split('\n').next().unwrap_or_default();
    let closing = quote.filter(|it| QUOTES.contains(it)).and_then(|it| line.find(it));
    let blank = || line.find(char::is_whitespace);
    start + closing.or_else(blank).unwrap_or(line.len())
}

/// Returns what stands before the last `@`. The digest of an image stands behind `@` too.
fn user(text: &str) -> Option<Range<usize>> {
    let mut ends = text.rmatch_indices('@').map(|(at, _)| at);
    ends.find(|at| !text[*at..].starts_with("@sha256:")).map(|at| 0..at)
}

/// Returns the quoted texts from `start` on that are a part of `secret`.
fn quotations(text: &str, start: usize, secret: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = start;
    while let Some(open) = text[at..].find(QUOTES).map(|it| at + it + 1) {
        at = open;
        let quote = text[..open].chars().next_back().unwrap_or_default();
        let Some(close) = text[open..].find(quote).map(|it| open + it) else { continue };
        let quoted = text[open..close].trim_end_matches('\\');
        let is_part = quoted.len() > 1 && secret.contains(quoted);
        if is_part {
            found.push(open..open + quoted.len());
            at = close + 1;
        }
    }
    found
}

/// Finds a user that stands before a host without a scheme.
pub(super) fn before_host(text: &str, word: &Range<usize>, found: &mut Vec<Range<usize>>) {
    let whole = &text[word.clone()];
    if whole.contains("://") {
        return;
    }
    let start = whole.len() - whole.trim_start_matches(AROUND).len();
    let user = user(&whole[start..]).map(|it| start..start + it.end).filter(|it| {
        let user = &whole[it.clone()];
        user.split_once(':')
            .is_some_and(|(name, password)| !name.is_empty() && !password.is_empty())
            && !user.contains('/')
    });
    found.extend(user.map(|it| word.start + it.start..word.start + it.end));
}

/// Returns the passwords of logins behind `user`, `--user` and `--proxy-user`: `name:password`. The names of
/// Kubernetes' own users have a colon too.
pub(super) fn logins(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut end = 0;
    let mut is_expected = false;
    for word in text.split_whitespace() {
        let Some(start) = text[end..].find(word).map(|it| end + it) else { continue };
        end = start + word.len();
        let is_key = |it: &str| {
            let key = it.trim_start_matches(AROUND).to_ascii_lowercase();
            matches!(key.as_str(), "user" | "--user" | "--proxy-user")
        };
        let value = match word.split_once('=') {
            Some((key, _)) if is_key(key) => Some(start + key.len() + 1),
            _ => is_expected.then_some(start),
        };
        found.extend(
            value
                .and_then(|it| password(text, inside(text, &(it..end))))
                .map(|it| whole_mark(text, it)),
        );
        is_expected = is_key(word);
    }
    found
}

fn password(text: &str, login: Range<usize>) -> Option<Range<usize>> {
    let (name, password) = text[login.clone()].split_once(':')?;
    let is_login = !name.is_empty() && !["system", "kube"].contains(&name) && !password.is_empty();
    is_login.then(|| inside(text, &(login.start + name.len() + 1..login.end)))
}
