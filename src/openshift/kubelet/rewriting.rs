//! What the script of our unit makes of the command of the kubelet: whether the script understands the command, and the
//! variables whose values the script judges (`derive/kubelet_role/kubelet-role.sh`, `rewrite_command` and
//! `verify_loaded`).

use std::str::Chars;

use super::text::{is_variable, words};
use crate::model::names::NODE_ROLE_PREFIX;

/// The two flags that the script rewrites.
const FLAGS: [&str; 2] = ["--node-labels", "--register-with-taints"];

/// A variable of the command, by the place where the variable stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// In the value of `--node-labels`.
    Labels(String),
    /// In the value of `--register-with-taints`.
    Taints(String),
    /// In another argument.
    Other(String),
}

/// One word of a line as the script splits the line.
struct Word<'a> {
    /// The word with its quotes.
    text: &'a str,
    /// The word without quotes around the whole of it, where nothing inside is quoted.
    bare: &'a str,
}

/// Returns the variables of a command. `written` is the value of `ExecStart`, with a newline character for each continuation.
///
/// # Errors
/// When the script refuses the command; a phrase that says what the command has, and quotes nothing of it.
pub(super) fn uses(written: &str) -> Result<Vec<Use>, &'static str> {
    let mut uses = Vec::new();
    let mut counts = [0_usize; 2];
    let mut has_kubelet = false;
    let mut awaited: Option<usize> = None;
    for line in written.split('\n') {
        let mut rest = line;
        while let Some(word) = next_word(&mut rest) {
            if let Some(flag) = awaited.take() {
                value(flag, word.text, &mut uses)?;
                continue;
            }
            if let Some((flag, given)) = rewritten_flag(word.bare) {
                if !has_kubelet {
                    return Err("has --node-labels or --register-with-taints before a kubelet");
                }
                counts[flag] += 1;
                match given {
                    Some(text) => value(flag, text, &mut uses)?,
                    None => awaited = Some(flag),
                }
                continue;
            }
            if word.text == ";" {
                return Err("has more than one command");
            }
            other(&word, &mut uses)?;
            let program = word.bare.trim_start_matches(['-', '@', ':', '+', '!', '|']);
            has_kubelet |= program.rsplit('/').next() == Some("kubelet");
        }
        if !rest.trim_matches(is_blank).is_empty() {
            return Err("has a quote that does not end in its line");
        }
    }
    match (has_kubelet, awaited, counts) {
        (false, ..) => Err("does not start the kubelet"),
        (_, Some(_), _) => Err("has --node-labels or --register-with-taints without a value"),
        (.., [1, 0 | 1]) => Ok(uses),
        (.., [1, _]) => Err("has more than one --register-with-taints"),
        _ => Err("does not have exactly one --node-labels"),
    }
}

const fn is_blank(character: char) -> bool {
    character.is_ascii_whitespace() || character == '\u{b}'
}

/// Takes the next word off a line. `None` at the end, and where a quote or a backslash remains open.
fn next_word<'a>(rest: &mut &'a str) -> Option<Word<'a>> {
    let line = rest.trim_start_matches(is_blank);
    let mut characters = line.chars();
    let mut end = 0;
    while let Some(character) = characters.next() {
        let is_whole = match character {
            it if is_blank(it) => false,
            '\\' => characters.next().is_some(),
            '"' | '\'' => closes(&mut characters, character),
            _ => true,
        };
        if !is_whole {
            break;
        }
        end = line.len() - characters.as_str().len();
    }
    let (text, after) = line.split_at(end);
    *rest = after;
    let bare = unquoted(text).filter(|it| !it.contains(QUOTING)).unwrap_or(text);
    (!text.is_empty()).then_some(Word { text, bare })
}

/// Reads up to the end of a quote, if the quote ends.
fn closes(characters: &mut Chars<'_>, quote: char) -> bool {
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            it if it == quote => return true,
            _ => {}
        }
    }
    false
}

/// The characters with which systemd quotes.
const QUOTING: [char; 3] = ['"', '\'', '\\'];

/// The text between the quotes around the whole of a text.
fn unquoted(text: &str) -> Option<&str> {
    let between = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    between('"').or_else(|| between('\''))
}

/// The flag that a word gives, by its number in `FLAGS`, and the value behind an equals sign.
fn rewritten_flag(word: &str) -> Option<(usize, Option<&str>)> {
    let (name, value) = word.split_once('=').map_or((word, None), |it| (it.0, Some(it.1)));
    Some((FLAGS.iter().position(|it| *it == name)?, value))
}

/// Judges the value of one of the two flags.
fn value(flag: usize, text: &str, uses: &mut Vec<Use>) -> Result<(), &'static str> {
    let text = unquoted(text).unwrap_or(text);
    if text.contains(QUOTING) || text.contains(is_blank) {
        return Err("has a quoted part in the value of --node-labels or --register-with-taints");
    }
    let (names, rest) = with_braces(text);
    if rest.contains('$') {
        return Err(
            "has a variable without braces in the value of --node-labels or --register-with-taints",
        );
    }
    let is_labels = flag == 0;
    uses.extend(names.into_iter().map(if is_labels { Use::Labels } else { Use::Taints }));
    let is_role = |it: &&str| it.starts_with(NODE_ROLE_PREFIX);
    if is_labels && !text.split(',').any(|it| is_role(&it)) {
        return Err("has no role in --node-labels");
    }
    let domain = NODE_ROLE_PREFIX.trim_end_matches('/');
    if text.split(',').any(|it| !is_role(&it) && it.contains(domain)) {
        return Err("has a role inside another label or taint");
    }
    Ok(())
}

/// Judges an argument that is not rewritten.
fn other(word: &Word<'_>, uses: &mut Vec<Use>) -> Result<(), &'static str> {
    let decoded = words(word.text).unwrap_or_default().concat();
    if has_flag(word.text) || has_flag(&decoded) {
        return Err("has --node-labels or --register-with-taints inside another argument");
    }
    let names = variables(word.bare);
    if variables(&decoded).iter().any(|it| !names.contains(it)) {
        return Err("has a variable behind an escape");
    }
    uses.extend(names.into_iter().map(Use::Other));
    Ok(())
}

/// Returns whether a text has one of the two flags, as the kubelet understands them.
fn has_flag(text: &str) -> bool {
    let usual = text.replace('_', "-");
    FLAGS.iter().any(|it| usual.contains(it))
}

/// The names in `${NAME}`, and the text without them.
fn with_braces(text: &str) -> (Vec<String>, String) {
    let (mut names, mut rest) = (Vec::new(), String::new());
    let mut pieces = text.split("${");
    rest.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        if let Some((name, after)) = piece.split_once('}').filter(|it| is_variable(it.0)) {
            names.push(name.to_owned());
            rest.push_str(after);
        } else {
            rest.push_str("${");
            rest.push_str(piece);
        }
    }
    (names, rest)
}

/// The names behind a dollar sign, with or without braces.
fn variables(text: &str) -> Vec<String> {
    let names = text.split('$').skip(1).map(|it| {
        let it = it.strip_prefix('{').unwrap_or(it);
        let end = it.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap_or(it.len());
        it[..end].to_owned()
    });
    names.filter(|it| is_variable(it)).collect()
}

impl Use {
    /// Returns whether the script refuses the variable with this value, and what the variable brings then.
    pub(super) fn brings(&self, value: &str) -> Option<&'static str> {
        match self {
            Self::Labels(_) => {
                value.contains(NODE_ROLE_PREFIX.trim_end_matches('/')).then_some("a role")
            }
            Self::Taints(_) => (!value.is_empty()).then_some("a taint"),
            Self::Other(_) => has_flag(value).then_some("--node-labels or --register-with-taints"),
        }
    }

    /// Returns the name of the variable.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Labels(name) | Self::Taints(name) | Self::Other(name) => name,
        }
    }
}
