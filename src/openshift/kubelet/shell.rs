//! The words of shell scripts and of commands, as far as the judgments of commands need them.

/// The programs that start another program, each with the letters of the options that have a value, and the number of
/// operands before the other program.
const STARTERS: [(&str, &str, usize); 22] = [
    ("chroot", "", 1),
    ("chrt", "DPT", 1),
    ("doas", "Cu", 0),
    ("env", "Cu", 0),
    ("flock", "Ew", 1),
    ("ionice", "cn", 0),
    ("nice", "n", 0),
    ("nohup", "", 0),
    ("nsenter", "GSt", 0),
    ("numactl", "CNimp", 0),
    ("runuser", "Ggu", 0),
    ("setarch", "", 0),
    ("setpriv", "", 0),
    ("setsid", "", 0),
    ("stdbuf", "eio", 0),
    ("sudo", "CDRTUghpu", 0),
    ("systemd-cat", "pt", 0),
    ("systemd-inhibit", "", 0),
    ("systemd-run", "EHMptu", 0),
    ("taskset", "", 1),
    ("timeout", "ks", 1),
    ("unshare", "GRSw", 0),
];

/// The words of the shell's syntax, and of its own commands, that may stand before a program.
const SYNTAX: [&str; 22] = [
    "!", "(", ")", "declare", "do", "done", "elif", "else", "esac", "exec", "export", "fi", "if",
    "local", "readonly", "then", "time", "until", "while", "{", "}", "command",
];

/// Returns the words of a command from the program on that the command is about: without the words of the shell's syntax,
/// assignments, and programs that start the program.
pub(crate) fn program<'a, 'w>(words: &'a [&'w str]) -> &'a [&'w str] {
    let mut words = words;
    while let Some((first, rest)) = words.split_first() {
        let starter = STARTERS.iter().find(|it| it.0 == name(first));
        // These also change a process that runs already.
        let of_process = || rest.first().is_some_and(|it| is_option(it, &['p']));
        words = match starter {
            Some(("chrt" | "ionice" | "taskset", ..)) if of_process() => return words,
            Some((_, letters, operands)) => behind_options(rest, letters, *operands),
            None if SYNTAX.contains(first) || is_assignment(first) => rest,
            None => return words,
        };
    }
    words
}

/// The name of a program without its directory, and without the signs of systemd and of the shell before it.
pub(crate) fn name(program: &str) -> &str {
    let program = program.trim_start_matches(['-', '@', ':', '+', '!', '(', '{']);
    program.rsplit('/').next().unwrap_or_default()
}

/// The words behind options and operands. `letters` are those of the options that have a value.
pub(crate) fn behind_options<'a, 'w>(
    words: &'a [&'w str],
    letters: &str,
    operands: usize,
) -> &'a [&'w str] {
    const WITH_VALUE: [&str; 12] = [
        "--adjustment",
        "--class",
        "--classdata",
        "--description",
        "--kill-after",
        "--property",
        "--setenv",
        "--signal",
        "--slice",
        "--target",
        "--unit",
        "--user",
    ];
    let (mut operands, mut is_behind) = (operands, false);
    let mut rest = words;
    while let Some((word, behind)) = rest.split_first() {
        let has_value = || {
            WITH_VALUE.contains(word)
                || !word.starts_with("--") && word.ends_with(|it| letters.contains(it))
        };
        rest = match *word {
            "--" => {
                is_behind = true;
                behind
            }
            _ if is_assignment(word) => behind,
            _ if word.starts_with('-') && !is_behind => {
                behind.get(usize::from(has_value())..).unwrap_or_default()
            }
            _ if operands > 0 => {
                operands -= 1;
                behind
            }
            _ => return rest,
        };
    }
    rest
}

/// Returns whether a word sets a variable.
pub(crate) fn is_assignment(word: &str) -> bool {
    let (name, _) = word.split_once('=').unwrap_or_default();
    name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_') && word.contains('=')
}

/// Returns the commands of whole lines.
pub(crate) fn commands(lines: &str) -> impl Iterator<Item = &str> {
    lines.lines().flat_map(pipelines).flatten()
}

/// Returns the commands of a whole line, by pipelines.
pub(crate) fn pipelines(line: &str) -> impl Iterator<Item = impl Iterator<Item = &str>> {
    line.split(" ; ").map(|it| it.split(" | "))
}

/// Returns whether a character may stand in the name of a variable.
pub(crate) fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The number of bytes at the beginning of a text that may be the name of a variable.
pub(super) fn identifier(text: &str) -> usize {
    let is_number = text.starts_with(|it: char| it.is_ascii_digit());
    if is_number { 0 } else { text.find(|it| !is_of_name(it)).unwrap_or(text.len()) }
}

const SHELLS: [&str; 6] = ["ash", "bash", "dash", "ksh", "sh", "zsh"];

/// The language of a script.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// A shell, whose commands are read.
    Shell,
    /// Another one, which is not read.
    Other,
}

/// Returns the language of a script by the program that the first line names. `None` where the first line names none.
pub(crate) fn language(text: &str) -> Option<Language> {
    let program = text.strip_prefix("#!")?.lines().next()?;
    let is_shell = program.split(['/', ' ']).any(|it| SHELLS.contains(&it.trim_end()));
    Some(if is_shell { Language::Shell } else { Language::Other })
}

/// Returns whether a text is a script of a shell, by the program that the first line names.
pub(crate) fn is_script(text: &str) -> bool {
    language(text) == Some(Language::Shell)
}

/// Returns the language of the scripts that a program runs. `None` for a program that runs none.
pub(crate) fn run_by(program: &str) -> Option<Language> {
    let name = name(program);
    let others = ["augtool", "lua", "node", "perl", "php", "python", "ruby"];
    match name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '.') {
        _ if SHELLS.contains(&name) => Some(Language::Shell),
        name if others.contains(&name) => Some(Language::Other),
        _ => None,
    }
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
    fn the_program_behind_others_is_found() {
        for (command, expected) in [
            ("timeout -k 5 60 /a b", "/a b"),
            ("-/usr/bin/timeout --signal=KILL 60 /a", "/a"),
            ("flock -n /run/l -c /a b", "/a b"),
            ("flock -n 9", ""),
            ("nice -n 5 ionice -c2 -n 7 /a", "/a"),
            ("env -i A=b -u C /a", "/a"),
            ("sudo -E -u root B=c /a", "/a"),
            ("chroot /host /a", "/a"),
            ("nsenter -t 1 -m -u -- /a -x", "/a -x"),
            ("nsenter --target 1 --mount /a", "/a"),
            ("systemd-run --unit=x -p A=b --wait /a", "/a"),
            ("taskset -c 0-3 /a", "/a"),
            ("taskset -apc 0-3 $pid", "taskset -apc 0-3 $pid"),
            ("then A=b exec /a", "/a"),
            ("rm -f a", "rm -f a"),
        ] {
            let words: Vec<&str> = command.split_whitespace().collect();
            assert_eq!(program(&words).join(" "), expected, "{command}");
        }
    }
}
