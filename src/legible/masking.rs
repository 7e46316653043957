//! Takes the secrets out of text that is otherwise shown: what stands behind a key that announces one, users in
//! URLs, and words that are encoded.

use super::encoded::is_encoded_word;
use super::secrecy::{
    LONGEST_LINE, Salt, hands_over_secret, is_harmless, is_secret_key, is_secret_word,
};

/// A line without its secrets.
struct Masked {
    shown: String,
    /// Where the last secret ends.
    ends: End,
}

/// Where a secret ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// With its line.
    Line,
    /// With the lines below that are indented deeper: a block of YAML.
    Block,
    /// Nobody can tell.
    Never,
}

/// Lines without secrets. Where one goes on behind the end of its line, so does what is withheld.
pub(super) fn text(lines: &[String], salt: Salt) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    let mut rest = lines;
    let mut was_data = false;
    while let [line, below @ ..] = rest {
        let masked = mask(line, salt);
        let length = match masked.ends {
            End::Line => 0,
            End::Block => block(line, below),
            End::Never => below.len(),
        };
        // The last line of something encoded is too short to look like it.
        let is_of_data = |it: char| it.is_ascii_alphanumeric() || "+/=_-".contains(it);
        let word = line.trim();
        let is_data =
            !word.is_empty() && word.chars().all(is_of_data) && (was_data || is_encoded_word(word));
        if masked.ends == End::Line && is_data {
            shown.push(salt.withheld(word.as_bytes()));
        } else if masked.ends == End::Line {
            shown.push(masked.shown);
        } else {
            let hidden = [std::slice::from_ref(line), &below[..length]].concat().join("\n");
            shown.push(format!("{}{}", masked.shown, salt.withheld(hidden.as_bytes())));
        }
        was_data = is_data;
        rest = &below[length..];
    }
    shown
}

/// One line that stands alone; `None` when its secret does not end with it.
pub(super) fn line(line: &str, salt: Salt) -> Option<String> {
    let masked = mask(line, salt);
    (masked.ends == End::Line).then_some(masked.shown)
}

/// How many lines below a key belong to it. Where they are not indented, all do.
fn block(key: &str, below: &[String]) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_item = |line: &str| line.trim_start().starts_with("- ");
    let belongs = |line: &&String| {
        line.trim().is_empty()
            || indent(line) > indent(key)
            || (indent(line) == indent(key) && is_item(line) && !is_item(key))
    };
    let length = below.iter().take_while(belongs).count();
    if below[..length].iter().all(|line| line.trim().is_empty()) { below.len() } else { length }
}

fn mask(line: &str, salt: Salt) -> Masked {
    if hands_over_secret(line) {
        // Where it is a document, that is what it is fed with.
        let is_document = line.replace("<<<", "").contains("<<");
        let shown = if is_document { String::new() } else { salt.withheld(line.as_bytes()) };
        return Masked { shown, ends: if is_document { End::Never } else { End::Line } };
    }
    let begins = [secret_value(line), open_authority(line)].into_iter().flatten().min();
    let Some(at) = begins else {
        let is_long = line.len() > LONGEST_LINE;
        let shown = if is_long { salt.withheld(line.as_bytes()) } else { masked_words(line, salt) };
        return Masked { shown, ends: End::Line };
    };
    let (start, value) = line.split_at(at);
    let start = if start.len() > LONGEST_LINE { String::new() } else { masked_words(start, salt) };
    match end_of(line, value) {
        // A key without a value.
        End::Line if value.trim().is_empty() => Masked { shown: start, ends: End::Line },
        End::Line => {
            let (value, tail) = match value.strip_suffix(" \\") {
                Some(value) => (value, " \\"),
                None => (value, ""),
            };
            let shown = format!("{start}{}{tail}", salt.withheld(value.trim().as_bytes()));
            Masked { shown, ends: End::Line }
        }
        ends => Masked { shown: start, ends },
    }
}

/// Where a secret ends that begins with a value.
fn end_of(line: &str, value: &str) -> End {
    let is_comment = line.trim_start().starts_with('#');
    let is_open = |quote: char| !is_comment && line.matches(quote).count() % 2 == 1;
    let value = value.trim();
    let is_continued = value.ends_with('\\') && !value.ends_with(" \\");
    if is_open('"') || is_open('\'') || is_continued || value.contains("<<") {
        return End::Never;
    }
    match value {
        "{" | "[" => End::Never,
        "" if line.trim_end().ends_with('=') => End::Line,
        "" | "|" | ">" | "|-" | ">-" | "|+" | ">+" => End::Block,
        _ => End::Line,
    }
}

/// Where a URL has something behind a colon that is neither a port nor, up to an `@`, a password: a password
/// with a space in it.
fn open_authority(line: &str) -> Option<usize> {
    line.match_indices("://").map(|(at, _)| at + 3).find(|&start| {
        let word = line[start..].split(char::is_whitespace).next().unwrap_or_default();
        let authority = word
            .split(['/', '?', '#', '"', '\'', '`', '|', ',', ';', '<', '>'])
            .next()
            .unwrap_or_default();
        let port = authority.rsplit_once(':').map_or("", |it| it.1);
        let is_port = port.bytes().all(|it| it.is_ascii_digit())
            || (port.starts_with('$') && authority.ends_with('}'))
            || authority.ends_with(']');
        !is_port && !word.contains('@')
    })
}

/// Where in a line the first secret begins: behind a key, or behind a word that announces one.
fn secret_value(line: &str) -> Option<usize> {
    let is_of_key = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
    let mut start = 0;
    while let Some(found) = line[start..].find(is_of_key) {
        let begin = start + found;
        let length = line[begin..].find(|it| !is_of_key(it)).unwrap_or(line.len() - begin);
        let (key, rest) = line[begin..].split_at(length);
        start = begin + length;
        let behind = rest.trim_start_matches(['"', '\'', ']', ')']).trim_start();
        let is_flag = key.starts_with('-');
        let lower = key.to_lowercase();
        let separator =
            behind.strip_prefix([':', '=']).map(|it| it.trim_start_matches(['=', ' ', '\t']));
        let is_secret = is_secret_word(&lower) || is_secret_key(key);
        let ends = behind.is_empty() || behind.len() < rest.len();
        let announces = is_secret_word(&lower) || (is_flag && is_secret_key(key));
        let names_user = matches!(&*lower, "-u" | "--user" | "-p") && behind.contains(':');
        if key.len() > 2 && key.starts_with("-u") && rest.starts_with(':') && line.contains("curl")
        {
            return Some(begin + 2);
        }
        match separator {
            Some(value) if is_secret && !is_harmless(&lower, value) => {
                return Some(line.len() - value.len());
            }
            None if ends && (!behind.is_empty() || is_flag) && (announces || names_user) => {
                return Some(line.len() - behind.len());
            }
            _ => {}
        }
    }
    None
}

/// A line, word by word. Space stays as it is.
fn masked_words(line: &str, salt: Salt) -> String {
    let mut shown = String::new();
    for word in line.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        shown.push_str(&masked_word(bare, salt));
        shown.push_str(&word[bare.len()..]);
    }
    shown
}

fn masked_word(word: &str, salt: Salt) -> String {
    if let Some(masked) = masked_user(word, salt) {
        return masked;
    }
    if !is_encoded_word(word) {
        return word.to_owned();
    }
    let is_of_key = |it: char| it.is_ascii_alphanumeric() || "_-.\"'".contains(it);
    match word.split_once('=') {
        Some((key, value))
            if key.chars().all(is_of_key) && !is_encoded_word(key) && !value.is_empty() =>
        {
            format!("{key}={}", salt.withheld(value.as_bytes()))
        }
        _ => salt.withheld(word.as_bytes()),
    }
}

/// A URL, or an address without a scheme, without the user and password in it.
fn masked_user(word: &str, salt: Salt) -> Option<String> {
    let (at, _) =
        word.match_indices('@').rfind(|(at, _)| !word[at + 1..].starts_with("sha256:"))?;
    let start = match word[..at].find("://") {
        Some(scheme) => scheme + 3,
        None if word[..at].contains(':') => word[..at].find('=').map_or(0, |it| it + 1),
        None => return None,
    };
    let before = &word[..start];
    let before =
        if is_encoded_word(before) { salt.withheld(before.as_bytes()) } else { before.to_owned() };
    let host = masked_words(&word[at + 1..], salt);
    Some(format!("{before}{}@{host}", salt.withheld(&word.as_bytes()[start..at])))
}
