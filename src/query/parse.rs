//! Reads a template: text, and actions in braces.

mod action;
mod bracket;

use serde_json::Value;

use action::{Action, Cursor};

/// A template, read once.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub(super) nodes: Vec<TemplateNode>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TemplateNode {
    /// Text outside of braces.
    Text(String),
    /// A path.
    Path(Path),
    /// `{range PATH}…{end}`
    Range(Path, Vec<Self>),
}

/// Steps, each from what the one before led to.
pub(super) type Path = Vec<PathStep>;

/// A step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PathStep {
    /// `.name`
    Field(String),
    /// `.*`
    Wildcard,
    /// `..`
    Descend,
    /// `[3]`, `[-1]`
    Index(i64),
    /// `[1:3]`, `[::2]`, `[*]`
    Slice { start: Option<i64>, end: Option<i64>, step: Option<i64> },
    /// `['a','b']`, `[0,2]`
    Union(Vec<Path>),
    /// `[?(@.x=="y")]`
    Filter(Filter),
    /// A quoted text, a number, `true` or `false`.
    Literal(Value),
}

/// The filter `[?(…)]` of each element.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    /// The path leads somewhere.
    Exists(Path),
    /// The results of two paths compare so.
    Compares(Path, Operator, Path),
}

/// An operator of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A template that makes no sense, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (at character {at} of the template)")]
pub struct TemplateError {
    problem: String,
    at: usize,
}

impl TemplateError {
    fn new(problem: impl Into<String>, at: usize) -> Self {
        Self { problem: problem.into(), at: at + 1 }
    }
}

impl Template {
    /// Reads a template. One without braces is a path, of which the leading dot may be left out.
    ///
    /// # Errors
    /// What is wrong, and at which character.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.is_empty() {
            return Err(TemplateError::new("the template is empty", 0));
        }
        if !text.contains('{') {
            return Self::of_path(text);
        }
        let characters: Vec<char> = text.chars().collect();
        let mut cursor = Cursor::new(&characters, 0);
        Ok(Self { nodes: nodes(&mut cursor, Nesting::Outermost)? })
    }

    /// Reads `a.b`, `.a.b`, `{a.b}` or `{.a.b}`, as custom columns have it.
    ///
    /// # Errors
    /// What is wrong, and at which character.
    pub fn of_path(text: &str) -> Result<Self, TemplateError> {
        let inner = text.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(text);
        let base = usize::from(inner.len() < text.len());
        let dotted = if inner.starts_with(['.', '[', '@', '$']) {
            inner.to_owned()
        } else {
            format!(".{inner}")
        };
        let characters: Vec<char> = dotted.chars().collect();
        // The dot that was added is at no place of the user's text.
        let base = base.saturating_sub(usize::from(dotted.len() > inner.len()));
        Ok(Self { nodes: vec![TemplateNode::Path(Cursor::new(&characters, base).path()?)] })
    }
}

/// The end of a list of nodes: the end of the text, or `{end}`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    Outermost,
    InRange,
}

/// Reads text and actions, up to the end of the text or of the range. kubectl takes a range that is not
/// ended, and then shows what follows once too often.
fn nodes(cursor: &mut Cursor<'_>, level: Nesting) -> Result<Vec<TemplateNode>, TemplateError> {
    let mut nodes = Vec::new();
    loop {
        let text = cursor.text();
        if !text.is_empty() {
            nodes.push(TemplateNode::Text(text));
        }
        let at = cursor.at();
        match cursor.action()? {
            None if level == Nesting::Outermost => return Ok(nodes),
            None => return Err(TemplateError::new("{end} of the range is missing", at)),
            Some(Action::Path(path)) => nodes.push(TemplateNode::Path(path)),
            Some(Action::Range(path)) => {
                nodes.push(TemplateNode::Range(path, self::nodes(cursor, Nesting::InRange)?));
            }
            Some(Action::End) if level == Nesting::InRange => return Ok(nodes),
            Some(Action::End) => {
                return Err(TemplateError::new("there is no range for {end} to end", at));
            }
        }
    }
}

#[cfg(test)]
mod tests;
