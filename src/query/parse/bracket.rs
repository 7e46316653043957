//! What stands in square brackets: an index, a slice, names, several of these, or a filter.

use super::action::Cursor;
use super::{Filter, Operator, Path, PathStep, TemplateError};

impl Cursor<'_> {
    /// Everything but a filter. A name may be a path of its own: `['a.b']` is `.a.b`.
    pub(super) fn bracket(&mut self, path: &mut Path) -> Result<(), TemplateError> {
        let start = self.at();
        if !self.skip_behind(']') {
            return Err(TemplateError::new("the bracket is not closed", start));
        }
        let inner = self.since(start);
        let inner = &inner[1..inner.len() - 1];
        let mut parts: Vec<Path> = Vec::new();
        let mut base = start + 1;
        for part in inner.split(|it| *it == ',') {
            parts.push(item(part, base)?);
            base += part.len() + 1;
        }
        match parts.len() {
            1 => path.extend(parts.remove(0)),
            _ => path.push(PathStep::Union(parts)),
        }
        Ok(())
    }

    /// `[?(…)]`
    pub(super) fn filter(&mut self) -> Result<PathStep, TemplateError> {
        let start = self.at();
        self.skip(3);
        let begin = self.at();
        let mut quote: Option<char> = None;
        let mut is_escaped = false;
        let inner = loop {
            let it = self.peek().filter(|it| *it != '\n');
            match it {
                None => return Err(TemplateError::new("the filter is not closed", start)),
                Some(')') if quote.is_none() => break self.since(begin),
                Some(it @ ('"' | '\'')) if !is_escaped => match quote {
                    None => quote = Some(it),
                    Some(open) if open == it => quote = None,
                    Some(_) => {}
                },
                Some(_) => {}
            }
            is_escaped = it == Some('\\') && !is_escaped;
            self.skip(1);
        };
        self.skip(1);
        if self.peek() != Some(']') {
            return Err(self.error("`]` must follow the filter".to_owned()));
        }
        self.skip(1);
        filter(inner, begin).map(PathStep::Filter)
    }
}

/// Reads an item of a bracket: the text between two commas, or all of it.
fn item(text: &[char], base: usize) -> Result<Path, TemplateError> {
    let before = text.iter().take_while(|it| **it == ' ').count();
    let trimmed: String = text.iter().collect();
    let trimmed = trimmed.trim_matches(' ');
    let base = base + before;
    if trimmed == "*" {
        return Ok(vec![PathStep::Slice { start: None, end: None, step: None }]);
    }
    let name = trimmed.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
    if let Some(name) = name.filter(|it| !it.contains('\'')) {
        let dotted: Vec<char> = format!(".{name}").chars().collect();
        return Cursor::new(&dotted, base).path();
    }
    range(trimmed).map(|it| vec![it]).ok_or_else(|| {
        TemplateError::new(format!("`{trimmed}` is neither an index nor a name in '…'"), base)
    })
}

/// `3`, `1:`, `-2:`, `::2`
fn range(text: &str) -> Option<PathStep> {
    let numbers: Option<Vec<Option<i64>>> = text
        .split(':')
        .map(|it| if it.is_empty() { Some(None) } else { it.parse().ok().map(Some) })
        .collect();
    match numbers?.as_slice() {
        [Some(index)] => Some(PathStep::Index(*index)),
        [start, end] => Some(PathStep::Slice { start: *start, end: *end, step: None }),
        [start, end, step] => Some(PathStep::Slice { start: *start, end: *end, step: *step }),
        _ => None,
    }
}

/// A path, or two that are compared. What is compared with stands behind the first operator.
fn filter(text: &[char], base: usize) -> Result<Filter, TemplateError> {
    let is_of_operator = |it: &char| matches!(it, '!' | '<' | '>' | '=');
    let path = |from: usize, to: usize| Cursor::new(&text[from..to], base + from).path();
    let Some(start) = text.iter().position(&is_of_operator) else {
        return path(0, text.len()).map(Filter::Exists);
    };
    let end = start + text[start..].iter().take_while(|it| is_of_operator(it)).count();
    let comparison = match text[start..end].iter().collect::<String>().as_str() {
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        other => {
            let problem = format!("`{other}` compares nothing; ==, !=, <, <=, > and >= do");
            return Err(TemplateError::new(problem, base + start));
        }
    };
    let is_blank = |part: &[char]| part.iter().all(|it| *it == ' ');
    if is_blank(&text[..start]) || is_blank(&text[end..]) {
        return Err(TemplateError::new("one side of the comparison is missing", base + start));
    }
    Ok(Filter::Compares(path(0, start)?, comparison, path(end, text.len())?))
}
