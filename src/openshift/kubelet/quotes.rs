//! The quotes of a script: which of them hold commands, and which hold text.

/// A text without quotes. A comma stands for a sign of the shell in the quotes of a command that takes
/// text: `takes_text` says so of the beginning of a command.
pub(super) fn unquoted(text: &str, takes_text: fn(&str) -> bool) -> String {
    let mut found = String::with_capacity(text.len());
    let mut quotes = Quotes::default();
    let mut end: Option<&str> = None;
    for line in text.lines() {
        if let Some(word) = end {
            end = Some(word).filter(|it| line.trim() != *it);
            found.push_str(&without_quotes(line));
        } else {
            end = text_end(line).filter(|_| quotes.open.is_none());
            quotes.begin_line(found.len());
            line.chars().for_each(|it| quotes.take(it, &mut found, takes_text));
        }
        found.push('\n');
    }
    if quotes.open.is_some() {
        // An apostrophe of some other syntax.
        return without_quotes(text);
    }
    found.pop();
    found
}

fn without_quotes(text: &str) -> String {
    text.replace(['"', '\''], "")
}

/// The quotes of a script, read character by character.
#[derive(Default)]
struct Quotes {
    open: Option<char>,
    /// The quotes hold text, and no commands.
    is_text: bool,
    /// The number of substitutions in double quotes that are open.
    depth: u32,
    /// The last character, unless it is a backslash that has itself taken by the next one.
    last: char,
    /// The place at which the command begins.
    start: usize,
}

impl Quotes {
    fn begin_line(&mut self, at: usize) {
        self.last = '\n';
        if self.open.is_none() {
            self.start = at;
        }
    }

    fn take(&mut self, it: char, found: &mut String, takes_text: fn(&str) -> bool) {
        let is_escaped = self.last == '\\' && self.open != Some('\'');
        let last = std::mem::replace(&mut self.last, if is_escaped { ' ' } else { it });
        match (self.open, it) {
            (_, '"' | '\'') if is_escaped => {}
            (None, '"' | '\'') => {
                self.open = Some(it);
                self.is_text = takes_text(&found[self.start..]);
                self.depth = 0;
            }
            (Some(quote), '"' | '\'') if it == quote && self.depth == 0 => self.open = None,
            // The other quotes belong to the text.
            (Some(_), '"' | '\'') => {}
            (None, ';' | '&' | '|' | '(' | ')' | '`') => {
                found.push(it);
                self.start = found.len();
            }
            (Some('"'), '(') if last == '$' || self.depth > 0 => {
                self.depth += 1;
                found.push(it);
            }
            (Some('"'), ')') if self.depth > 0 => {
                self.depth -= 1;
                found.push(it);
            }
            (Some('"'), '`') => {
                // What stands in there are commands.
                self.is_text = false;
                found.push(it);
            }
            (Some(_), ';' | '&' | '|' | '<' | '>') if self.is_text && self.depth == 0 => {
                found.push(',');
            }
            _ => found.push(it),
        }
    }
}

/// Returns the word that ends the text which begins behind a line: `cat <<EOF`. `<<<` and a shift of numbers begin no
/// text.
pub(crate) fn text_end(line: &str) -> Option<&str> {
    let word = line.split_once("<<")?.1.trim_start_matches('-').trim_start();
    let word = word.split([' ', '\t', '>', '|', ';', ')']).next()?;
    let word = word.trim_matches(['"', '\'', '\\']);
    Some(word).filter(|it| it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_'))
}
