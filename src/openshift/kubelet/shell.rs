//! The words of shell scripts and of commands, as far as the judgments of commands need them.

use std::collections::BTreeMap;

/// Returns the lines of a script that are no comments, each whole, without quotes, and with the values of the variables
/// that have one value throughout the script.
pub(crate) fn whole_lines(script: &str) -> String {
    let text = script.replace("\\\n", " ").replace(['"', '\''], "");
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let text = text.lines().filter(|it| !is_comment(it)).collect::<Vec<_>>().join("\n");
    if !text.contains('$') {
        return text;
    }
    let constants = constants(&text);
    filled(&text, |it| constants.get(it)?.as_deref())
}

/// Returns the commands of lines, without what joins them.
pub(crate) fn commands(lines: &str) -> impl Iterator<Item = &str> {
    lines.split(['\n', ';', '&', '|'])
}

/// The length of the longest value that takes the place of a variable, in bytes. Paths and programs are shorter.
const LONGEST_VALUE: usize = 256;

/// The variables of a script. A variable has its value if it has one throughout, and the value is known: a loop or a
/// command may set a variable to anything.
fn constants(text: &str) -> BTreeMap<&str, Option<String>> {
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

/// The number of bytes at the beginning of a text that may be the name of a variable.
fn identifier(text: &str) -> usize {
    let is_of_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let is_number = text.starts_with(|it: char| it.is_ascii_digit());
    if is_number { 0 } else { text.find(|it| !is_of_name(it)).unwrap_or(text.len()) }
}

/// A text with the values of variables in the place of `$NAME` and `${NAME}`.
fn filled<'a>(text: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
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

const SHELLS: [&str; 6] = ["ash", "bash", "dash", "ksh", "sh", "zsh"];

/// Returns whether a text is a script of a shell, by the program that the first line names.
pub(crate) fn is_script(text: &str) -> bool {
    let program = text.strip_prefix("#!").and_then(|it| it.lines().next());
    let mut words = program.into_iter().flat_map(|it| it.split(['/', ' ']));
    words.any(|it| SHELLS.contains(&it.trim_end()))
}

/// Returns whether a program runs the script that an argument names: a shell, or another interpreter.
pub(crate) fn is_interpreter(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or_default();
    SHELLS.contains(&name) || ["perl", "python", "python3"].contains(&name)
}

/// Returns whether a word is a variable whose value is unknown: no parameter, which is a word of whoever calls.
pub(crate) fn is_unknown_variable(word: &str) -> bool {
    let name = word.strip_prefix('$').map(|it| it.trim_start_matches('{'));
    name.is_some_and(|it| identifier(it) > 0)
}

/// Returns whether a character may stand in a path that needs no quotes.
pub(crate) fn is_of_path(character: char) -> bool {
    character.is_ascii_alphanumeric() || "/_.@+-".contains(character)
}

/// Returns whether a word has one of these letters as an option: `-af` has `a`.
pub(crate) fn is_option(word: &str, letters: &[char]) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.contains(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_of_one_value_stands_for_the_value() {
        for (text, expected) in [
            ("D=/etc\nF=$D/kubernetes\ncp a ${F}/b", "cp a /etc/kubernetes/b"),
            ("export C='mkfs'; $C.xfs /dev/a", "mkfs.xfs"),
            ("A=b make; echo $A", "echo $A"),
            ("A=a\nA=b\necho $A", "echo $A"),
            ("A=a\nA=a\necho $A", "echo a"),
            ("A=a\nfor A in b c; do\necho $A", "echo $A"),
            ("A=a\nread -r A\necho $A", "echo $A"),
            ("A=a\nA+=b\necho $A", "echo $A"),
            ("A=$(date)\necho $A", "echo $A"),
            ("A=a\necho ${A:-b} $1 $@ $", "echo ${A:-b} $1 $@ $"),
            ("A=$A$A\necho $A", "echo $A"),
        ] {
            let whole = whole_lines(text);
            assert!(whole.contains(expected), "{text}: {whole}");
        }
    }
}
