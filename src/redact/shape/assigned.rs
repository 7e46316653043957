//! Assignments, as messages quote kernel arguments: `name=value`, `--append=name=value`.

use std::ops::Range;

use super::{inside, merged, shown, value, whole_mark};

/// Returns a text without the values of assignments. A value that `is_shown` accepts stays.
#[must_use]
pub(crate) fn without_values(text: &str, is_shown: impl Fn(&str) -> bool) -> String {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|it: char| !it.is_whitespace()).map(|it| at + it) {
        let end = text[start..].find(char::is_whitespace).map_or(text.len(), |it| start + it);
        let span = value_of(text, start..end).filter(|it| !is_shown(&text[it.clone()]));
        let span = span.map(|it| whole_mark(text, it));
        at = span.as_ref().map_or(end, |it| it.end.max(end));
        found.extend(span);
    }
    shown(text, merged(found))
}

/// Returns the value that a word assigns to a name.
fn value_of(text: &str, word: Range<usize>) -> Option<Range<usize>> {
    let is_of_name = |it: char| it.is_alphanumeric() || "_-.".contains(it);
    let mut before = word.start;
    let mut first = None;
    for (at, _) in text[word.clone()].match_indices('=') {
        let sign = word.start + at;
        let name = text[before..sign].rsplit(|it| !is_of_name(it)).next().unwrap_or_default();
        let first = *first.get_or_insert(sign - name.len());
        before = sign + 1;
        let is_flag = name.starts_with("--") && text[before..word.end].contains('=');
        if name.is_empty() || is_flag {
            continue;
        }
        // The quote may stand before the name, or before the flag.
        let opening = text[..first].chars().next_back().filter(|it| matches!(it, '"' | '\'' | '`'));
        let closing = opening.and_then(|it| text[before..].find(it));
        let span = match closing {
            Some(length) => inside(text, &(before..before + length)),
            None => value(text, before, word.end),
        };
        return Some(span).filter(|it| !text[it.clone()].trim_matches('=').is_empty());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::WITHHELD;
    use super::*;

    #[test]
    fn the_value_of_an_assignment_goes_and_its_name_stays() {
        for (text, expected) in [
            (
                "kargs --append=foo.key=sword --append=bar=Zq7x: 1",
                "kargs --append=foo.key=* --append=bar=*: 1",
            ),
            (
                "missing arguments: [a=swordfish b.c=\"two words\"]",
                "missing arguments: [a=* b.c=\"*\"]",
            ),
            ("kargs '--append=a=two words' failed", "kargs '--append=a=*' failed"),
            ("got \\\"a=two words\\\", no", "got \\\"a=*\\\", no"),
            ("--append=swordfish failed", "--append=* failed"),
            ("a=true psi=1 sword==", "a=true psi=1 sword=="),
            ("GET https://h/x?limit=500: EOF", "GET https://h/x?limit=*: EOF"),
            (
                "label node-role.kubernetes.io/etcd= is missing, x = y",
                "label node-role.kubernetes.io/etcd= is missing, x = y",
            ),
        ] {
            let is_shown = |it: &str| ["true", "1"].contains(&it);
            let shown = without_values(text, is_shown);
            assert_eq!(shown, expected.replace('*', WITHHELD));
            assert_eq!(without_values(&shown, is_shown), shown);
        }
    }
}
