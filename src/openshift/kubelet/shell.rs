//! The words of shell scripts and of commands, as far as the judgments of commands need them.

/// Returns the lines of a script that are no comments, each whole and without quotes.
pub(crate) fn whole_lines(script: &str) -> String {
    let text = script.replace("\\\n", " ").replace(['"', '\''], "");
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    text.lines().filter(|it| !is_comment(it)).collect::<Vec<_>>().join("\n")
}

/// Returns whether a character may stand in a path that needs no quotes.
pub(crate) fn is_of_path(character: char) -> bool {
    character.is_ascii_alphanumeric() || "/_.@+-".contains(character)
}

/// Returns whether a word has one of these letters as an option: `-af` has `a`.
pub(crate) fn is_option(word: &str, letters: &[char]) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.contains(letters)
}
