//! What stands in braces: the steps of a path, literals, and the words `range` and `end`.

use serde_json::Value;

use super::{Path, PathStep, TemplateError};

/// The action of one pair of braces.
pub(super) enum Action {
    Path(Path),
    Range(Path),
    End,
}

/// A place in a template, or in a part of it that begins at `base`.
pub(super) struct Cursor<'a> {
    characters: &'a [char],
    base: usize,
    next: usize,
}

/// Returns whether a character ends a name.
pub(super) fn is_terminator(it: char) -> bool {
    matches!(it, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn is_of_word(it: char) -> bool {
    it == '_' || it.is_alphanumeric()
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(characters: &'a [char], base: usize) -> Self {
        Self { characters, base, next: 0 }
    }

    /// Returns the position in the whole template, from 0.
    pub(super) const fn at(&self) -> usize {
        self.base + self.next
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.characters.get(self.next).copied()
    }

    pub(super) const fn skip(&mut self, count: usize) {
        self.next += count;
    }

    pub(super) fn looks_at(&self, text: &str) -> bool {
        let rest = self.characters.get(self.next..).unwrap_or_default();
        text.chars().count() <= rest.len() && text.chars().zip(rest).all(|(a, b)| a == *b)
    }

    pub(super) const fn error(&self, problem: String) -> TemplateError {
        TemplateError { problem, at: self.at() + 1 }
    }

    /// The characters from a place up to here.
    pub(super) fn since(&self, start: usize) -> &'a [char] {
        self.characters.get(start - self.base..self.next).unwrap_or_default()
    }

    /// Goes behind the first character that is asked for, not beyond a line; `false` without one.
    pub(super) fn skip_behind(&mut self, wanted: char) -> bool {
        while let Some(it) = self.peek().filter(|it| *it != '\n') {
            self.skip(1);
            if it == wanted {
                return true;
            }
        }
        false
    }

    /// Text up to the next brace.
    pub(super) fn text(&mut self) -> String {
        let start = self.at();
        while self.peek().is_some_and(|it| it != '{') {
            self.skip(1);
        }
        self.since(start).iter().collect()
    }

    /// Reads the action of the braces that begin here; `None` at the end of the text.
    pub(super) fn action(&mut self) -> Result<Option<Action>, TemplateError> {
        if self.peek().is_none() {
            return Ok(None);
        }
        let start = self.at();
        self.skip(1);
        self.skip_blanks();
        let is_range = self.word_is("range");
        let is_end = self.word_is("end");
        let mut path = Path::new();
        if !is_end && self.peek().is_some_and(|it| is_of_word(it) && !it.is_numeric()) {
            path.push(self.bare_name());
        }
        while self.peek() != Some('}') {
            if self.peek().is_none_or(|it| matches!(it, '\n' | '\r')) {
                return Err(TemplateError::new("the brace is not closed", start));
            }
            self.step(&mut path)?;
        }
        self.skip(1);
        Ok(Some(match (is_range, is_end) {
            (true, _) => Action::Range(path),
            (_, true) => Action::End,
            _ => Action::Path(path),
        }))
    }

    /// All of it as one path.
    pub(super) fn path(&mut self) -> Result<Path, TemplateError> {
        let mut path = Path::new();
        while self.peek().is_some() {
            self.step(&mut path)?;
        }
        Ok(path)
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|it| matches!(it, ' ' | '\t')) {
            self.skip(1);
        }
    }

    /// Goes behind a word where it stands alone.
    fn word_is(&mut self, word: &str) -> bool {
        let after = self.characters.get(self.next + word.len()).copied();
        let is_it = self.looks_at(word) && after.is_none_or(is_terminator);
        if is_it {
            self.skip(word.len());
            self.skip_blanks();
        }
        is_it
    }

    /// `true`, `false`, or a field whose dot was left out.
    fn bare_name(&mut self) -> PathStep {
        match self.name().as_str() {
            "true" => PathStep::Literal(Value::Bool(true)),
            "false" => PathStep::Literal(Value::Bool(false)),
            name => PathStep::Field(name.to_owned()),
        }
    }

    /// Reads one step.
    fn step(&mut self, path: &mut Path) -> Result<(), TemplateError> {
        if self.looks_at("[?(") {
            path.push(self.filter()?);
            return Ok(());
        }
        if self.looks_at("..") {
            if path.last() == Some(&PathStep::Descend) {
                return Err(self.error("`..` stands twice".to_owned()));
            }
            self.skip(2);
            path.push(PathStep::Descend);
            if self.peek().is_some_and(is_of_word) {
                path.push(self.field());
            }
            return Ok(());
        }
        match self.peek() {
            // The object at hand, which every path begins with.
            Some(' ' | '\t' | '@' | '$') => self.skip(1),
            Some('[') => self.bracket(path)?,
            Some('"' | '\'') => path.push(PathStep::Literal(Value::String(self.quoted()?))),
            Some('.') => {
                self.skip(1);
                path.push(self.field());
            }
            Some('+' | '-' | '0'..='9') => path.push(self.number()?),
            Some(it) if is_of_word(it) => path.push(self.word()?),
            Some(it) => return Err(self.error(format!("`{it}` has no meaning here"))),
            None => return Err(self.error("something is missing".to_owned())),
        }
        Ok(())
    }

    /// A name up to what ends it; a backslash takes the next character for a part of it.
    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(mut it) = self.peek() {
            if it == '\\' {
                self.skip(1);
                let Some(escaped) = self.peek() else { break };
                it = escaped;
            } else if is_terminator(it) {
                break;
            }
            name.push(it);
            self.skip(1);
        }
        name
    }

    fn field(&mut self) -> PathStep {
        match self.name().as_str() {
            "*" => PathStep::Wildcard,
            name => PathStep::Field(name.to_owned()),
        }
    }

    /// A word in the middle: only `true` and `false` mean something there.
    fn word(&mut self) -> Result<PathStep, TemplateError> {
        let at = self.at();
        match self.bare_name() {
            PathStep::Field(name) => Err(TemplateError::new(
                format!("`{name}` is neither a field, which begins with a dot, nor in quotes"),
                at,
            )),
            literal => Ok(literal),
        }
    }

    fn number(&mut self) -> Result<PathStep, TemplateError> {
        let start = self.at();
        self.skip(1);
        while self.peek().is_some_and(|it| it == '.' || it.is_ascii_digit()) {
            self.skip(1);
        }
        let text: String = self.since(start).iter().collect();
        let integer = text.parse::<i64>().ok().map(Value::from);
        let number = integer.or_else(|| text.parse::<f64>().ok().map(Value::from));
        number
            .map(PathStep::Literal)
            .ok_or_else(|| TemplateError::new(format!("`{text}` is no number"), start))
    }

    /// A text in quotes, with the escapes of Go.
    fn quoted(&mut self) -> Result<String, TemplateError> {
        let start = self.at();
        let quote = self.peek();
        self.skip(1);
        let mut text = String::new();
        loop {
            let it = self.peek();
            match it {
                None | Some('\n') => {
                    return Err(TemplateError::new("the quote is not closed", start));
                }
                Some('\\') => {
                    self.skip(1);
                    text.push(self.escaped(quote)?);
                }
                Some(it) => text.push(it),
            }
            self.skip(1);
            if it == quote {
                text.pop();
                return Ok(text);
            }
        }
    }

    /// The character that an escape stands for. `at` is behind the backslash.
    fn escaped(&mut self, quote: Option<char>) -> Result<char, TemplateError> {
        let it = self.peek();
        Ok(match it {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('v') => '\u{b}',
            Some('\\') => '\\',
            Some('u') => {
                let digits = self.characters.get(self.next + 1..self.next + 5).unwrap_or_default();
                let code = u32::from_str_radix(&digits.iter().collect::<String>(), 16).ok();
                let Some(it) = code.filter(|_| digits.len() == 4).and_then(char::from_u32) else {
                    return Err(self.error("`\\u` needs the four digits of a character".to_owned()));
                };
                self.skip(4);
                it
            }
            Some(it) if Some(it) == quote => it,
            _ => return Err(self.error("the backslash escapes nothing that is known".to_owned())),
        })
    }
}
