//! The syntax of systemd: unit files, lists of words, and environment files.

/// An assignment of a unit file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) section: String,
    pub(crate) key: String,
    pub(crate) value: String,
    /// The value with a newline character in the place of each continuation, which is a space for systemd.
    pub(crate) written: String,
}

/// Returns whether a setting of a unit holds a command. Paths of programs are no commands (systemd.exec(5)).
pub(crate) fn is_command(key: &str) -> bool {
    key.starts_with("Exec") && !["ExecPaths", "ExecSearchPath"].contains(&key)
}

/// Reads a unit file (systemd `src/shared/conf-parser.c`): a backslash at the end of a line joins the
/// next line to it, and a line that begins with `#` or `;` is a comment, within joined lines too.
pub(crate) fn assignments(text: &str) -> Vec<Assignment> {
    let mut found = Vec::new();
    let mut section = String::new();
    for line in joined_lines(text) {
        let line = line.trim_matches(is_space);
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once('=') {
            let (key, value) = (key.trim_matches(is_space), value.trim_matches(is_space));
            found.push(Assignment {
                section: section.clone(),
                key: key.to_owned(),
                value: value.replace('\n', " "),
                written: value.to_owned(),
            });
        }
    }
    found
}

/// Returns whether a unit file includes another file, as systemd took it up to version 245.
pub(crate) fn includes_another(text: &str) -> bool {
    joined_lines(text).iter().any(|line| line.trim_matches(is_space).starts_with(".include"))
}

/// The lines as systemd joins them, with a newline character where a line is continued.
fn joined_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut begun: Option<String> = None;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // systemd ends a line at either character, or at both together (`src/basic/fileio.c`, `read_line_full`).
    let text = text.replace("\r\n", "\n").replace("\n\r", "\n");
    for line in text.split(['\n', '\r', '\0']) {
        let line = line.trim_start_matches(is_space);
        if line.starts_with(['#', ';']) {
            continue;
        }
        let mut whole = begun.take().unwrap_or_default();
        whole.push_str(line);
        let backslashes = whole.bytes().rev().take_while(|it| *it == b'\\').count();
        if backslashes % 2 == 1 {
            whole.pop();
            whole.push('\n');
            begun = Some(whole);
        } else {
            lines.push(whole);
        }
    }
    lines.extend(begun);
    lines
}

const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// Splits a value into words (systemd `src/basic/extract-word.c`): quotes anywhere in a word hold it
/// together, and a backslash begins an escape of C. `None` when a quote is not closed, or an escape is
/// none.
pub(crate) fn words(value: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut characters = value.chars().peekable();
    loop {
        while characters.next_if(|it| is_space(*it)).is_some() {}
        if characters.peek().is_none() {
            return Some(words);
        }
        let mut word = String::new();
        let mut quote = None;
        loop {
            match (characters.next(), quote) {
                (None, None) => break,
                (None, Some(_)) => return None,
                (Some('\\'), _) => escape(&mut characters, &mut word)?,
                (Some(it), Some(open)) if it == open => quote = None,
                (Some(it @ ('"' | '\'')), None) => quote = Some(it),
                (Some(it), None) if is_space(it) => break,
                (Some(it), _) => word.push(it),
            }
        }
        words.push(word);
    }
}

/// Reads what stands behind a backslash.
fn escape(characters: &mut impl Iterator<Item = char>, word: &mut String) -> Option<()> {
    let plain = match characters.next()? {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        's' => ' ',
        same @ ('\\' | '"' | '\'') => same,
        'x' => number(characters, String::new(), 2, 16)?,
        'u' => number(characters, String::new(), 4, 16)?,
        'U' => number(characters, String::new(), 8, 16)?,
        digit @ '0'..='7' => number(characters, digit.to_string(), 3, 8)?,
        // An escape that is none stays as it stands.
        other => {
            word.push('\\');
            other
        }
    };
    word.push(plain);
    Some(())
}

fn number(
    characters: &mut impl Iterator<Item = char>,
    mut digits: String,
    length: usize,
    radix: u32,
) -> Option<char> {
    while digits.len() < length {
        digits.push(characters.next().filter(char::is_ascii_alphanumeric)?);
    }
    char::from_u32(u32::from_str_radix(&digits, radix).ok()?)
}

/// Reads an environment file (systemd `src/basic/env-file.c`). A later assignment wins.
pub(crate) fn environment_file(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut characters = text.chars().peekable();
    loop {
        while characters.next_if(|it| is_space(*it)).is_some() {}
        let Some(first) = characters.peek() else { return found };
        if matches!(first, '#' | ';') {
            comment(&mut characters);
            continue;
        }
        let mut key = String::new();
        let mut has_value = false;
        for it in characters.by_ref() {
            match it {
                '=' => {
                    has_value = true;
                    break;
                }
                '\n' | '\r' => break,
                it => key.push(it),
            }
        }
        if has_value {
            let key = key.trim_matches(is_space).to_owned();
            let value = environment_value(&mut characters);
            if is_variable(&key) {
                found.push((key, value));
            }
        }
    }
}

fn comment(characters: &mut impl Iterator<Item = char>) {
    while let Some(it) = characters.next() {
        match it {
            // A backslash joins the next line to a comment as well.
            '\\' => drop(characters.next()),
            '\n' | '\r' => return,
            _ => {}
        }
    }
}

fn environment_value(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut value = String::new();
    // The length up to which blanks belong to the value, and whether a quote may begin here.
    let mut kept = 0;
    let mut may_quote = true;
    let mut quote: Option<char> = None;
    while let Some(it) = characters.next() {
        match (it, quote) {
            ('\n' | '\r', None) => break,
            (it, Some(open)) if it == open => {
                quote = None;
                may_quote = true;
            }
            ('\\', Some('"')) => match characters.next() {
                Some('\n') | None => {}
                Some(it @ ('"' | '\\' | '`' | '$')) => value.push(it),
                Some(it) => value.extend(['\\', it]),
            },
            ('"' | '\'', None) if may_quote => quote = Some(it),
            (' ' | '\t', None) if may_quote => continue,
            ('\\', None) => {
                may_quote = false;
                if let Some(it) = characters.next().filter(|it| !matches!(it, '\n' | '\r')) {
                    value.push(it);
                }
            }
            (it, _) => {
                may_quote &= quote.is_some();
                value.push(it);
            }
        }
        if quote.is_some() || !is_space(it) {
            kept = value.len();
        }
    }
    value.truncate(kept);
    value
}

/// The text that a part of the name of a unit stands for (systemd-escape(1)).
pub(super) fn unescaped(name: &str) -> String {
    let mut pieces = name.split(r"\x");
    let mut text = pieces.next().unwrap_or_default().replace('-', "/");
    for piece in pieces {
        let code = piece.get(..2).and_then(|it| u8::from_str_radix(it, 16).ok());
        text.push(code.map_or('?', char::from));
        text.push_str(&piece.get(2..).unwrap_or_default().replace('-', "/"));
    }
    text
}

/// Returns the path that the instance of a unit stands for: `/dev/sdb` of `mkfs@dev-sdb.service`.
pub(crate) fn instance_path(unit: &str) -> Option<String> {
    let (_, instance) = unit.rsplit_once('.')?.0.split_once('@')?;
    Some(format!("/{}", unescaped(instance)))
}

/// Returns the path of the device that a unit stands for: `/dev/sdb` of `dev-sdb.device`.
pub(crate) fn device_of_unit(unit: &str) -> Option<String> {
    let name = unit.strip_suffix(".device").filter(|it| it.starts_with("dev-"))?;
    Some(format!("/{}", unescaped(name)))
}

/// Returns whether a text is the name of an environment variable.
pub(crate) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|it: char| it.is_ascii_digit())
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_file_is_read_as_systemd_reads_it() {
        let text = "\u{feff}# a comment\n[Service]\n  ExecStart = a \\\n# within\n   ; and this\n  b \\\\\nKey=x=y\nnothing\n[Install]\nWantedBy=z \\";
        let found: Vec<(String, String, String)> =
            assignments(text).into_iter().map(|it| (it.section, it.key, it.value)).collect();
        let expected = [
            ("Service", "ExecStart", "a  b \\\\"),
            ("Service", "Key", "x=y"),
            ("Install", "WantedBy", "z"),
        ];
        assert_eq!(found, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    }

    #[test]
    fn words_are_split_as_systemd_splits_them() {
        for (value, expected) in [
            ("a  b\tc", Some(vec!["a", "b", "c"])),
            ("--x=\"a b\" 'c \"d'", Some(vec!["--x=a b", "c \"d"])),
            (r"a\x20b c\sd \\ e\q", Some(vec!["a b", "c d", "\\", "e\\q"])),
            ("\"\" x", Some(vec!["", "x"])),
            ("\"open", None),
            (r"\x2", None),
            (r"end\", None),
        ] {
            let expected = expected.map(|it| it.into_iter().map(str::to_owned).collect());
            assert_eq!(words(value), expected, "{value}");
        }
    }

    #[test]
    fn an_environment_file_is_read_as_systemd_reads_it() {
        let text = "# c \\\nX=comment\nA=1\n; c\n  B = two words  \nC='a b' \nD=\"q\\\"r\\\nz\"\nE=x\\\ny\n1F=no\nG\nexport H=no\nI=\nA=2";
        let found = environment_file(text);
        let found: Vec<(&str, &str)> =
            found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(
            found,
            [
                ("A", "1"),
                ("B", "two words"),
                ("C", "a b"),
                ("D", "q\"rz"),
                ("E", "xy"),
                ("I", ""),
                ("A", "2"),
            ]
        );
    }
}
