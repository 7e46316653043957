//! The variables of a shell script, and the script with their values.

use std::collections::BTreeMap;

use super::shell::{commands, identifier};

/// The length of the longest value that takes the place of a variable, in bytes. Paths and programs are shorter.
const LONGEST_VALUE: usize = 256;

/// The variables of a script. A variable has its value if it has one throughout, and the value is known: a loop or a
/// command may set a variable to anything.
pub(super) fn constants(text: &str) -> BTreeMap<&str, Option<String>> {
    const SETTERS: [&str; 8] =
        ["for", "getopts", "mapfile", "printf", "read", "readarray", "select", "unset"];
    let mut found: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for command in commands(text) {
        let mut is_setter = false;
        let mut words = command.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let name = &word[..identifier(word)];
            if let Some(value) = word[name.len()..].strip_prefix('=').filter(|_| !name.is_empty()) {
                // What follows may belong to the value, whose quotes are gone, or the value is for one command alone.
                let is_whole = words.peek().is_none() && value.len() <= LONGEST_VALUE;
                let value = Some(value).filter(|it| is_whole && !it.contains(['`', '(', ')']));
                let value = value.map(|it| filled(it, |it| found.get(it)?.as_deref()));
                let value = value.filter(|it| !it.contains('$') && it.len() <= LONGEST_VALUE);
                let there = found.entry(name).or_insert_with(|| value.clone());
                *there = there.take().filter(|it| value.as_ref() == Some(it));
            } else if is_setter || word.contains("+=") {
                found.insert(name, None);
            }
            is_setter |= SETTERS.contains(&word);
        }
    }
    found
}

/// A text with the values of variables in the place of `$NAME` and `${NAME}`.
pub(super) fn filled<'a>(text: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut pieces = text.split('$');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let braced = piece.strip_prefix('{').and_then(|it| it.split_once('}'));
        let plain = || piece.split_at(identifier(piece));
        let (name, rest) = braced.unwrap_or_else(plain);
        match value(name) {
            Some(value) => filled.extend([value, rest]),
            None => filled.extend(["$", piece]),
        }
    }
    filled
}
