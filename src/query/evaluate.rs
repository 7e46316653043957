//! Follows the paths of a template through a document.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::parse::{Filter, Operator, Path, PathStep, Template, TemplateNode};

/// A part of the document, or something made from it.
pub(super) type Match<'a> = Cow<'a, Value>;

/// The result of one node of a template.
pub(super) type Matches<'a> = Vec<Match<'a>>;

/// A template that cannot be followed through this document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// There are not so many elements.
    #[error("array index out of bounds: index {index}, length {length}")]
    OutOfBounds {
        /// Counted from the start.
        index: i64,
        /// The number of elements.
        length: i64,
    },
    /// A slice ends before it begins.
    #[error("starting index {start} is greater than ending index {end}")]
    Backwards {
        /// Counted from the start.
        start: i64,
        /// Counted from the start.
        end: i64,
    },
    /// A slice whose third number leads nowhere.
    #[error("step must be > 0")]
    PathStep,
    /// An index, a slice or a filter where there is no array.
    #[error("{0} is not array or slice")]
    NoArray(&'static str),
    /// The values cannot be compared.
    #[error("{0}")]
    Incomparable(&'static str),
}

impl Template {
    /// Returns the result of each node, in order.
    ///
    /// # Errors
    /// When an index is out of bounds, or what is there is of another kind than the template says.
    pub(super) fn evaluate<'a>(
        &self,
        document: &'a Value,
    ) -> Result<Vec<Matches<'a>>, EvaluateError> {
        let mut found = Vec::new();
        evaluate(&self.nodes, &Cow::Borrowed(document), &mut found)?;
        Ok(found)
    }
}

fn evaluate<'a>(
    nodes: &[TemplateNode],
    here: &Match<'a>,
    found: &mut Vec<Matches<'a>>,
) -> Result<(), EvaluateError> {
    for node in nodes {
        match node {
            TemplateNode::Text(text) => found.push(vec![Cow::Owned(Value::String(text.clone()))]),
            TemplateNode::Path(path) => found.push(follow(path, vec![here.clone()])?),
            TemplateNode::Range(path, body) => {
                for element in follow(path, vec![here.clone()])? {
                    evaluate(body, &element, found)?;
                }
            }
        }
    }
    Ok(())
}

fn follow<'a>(path: &Path, from: Matches<'a>) -> Result<Matches<'a>, EvaluateError> {
    path.iter().try_fold(from, |items, step| follow_step(step, items))
}

fn follow_step<'a>(step: &PathStep, items: Matches<'a>) -> Result<Matches<'a>, EvaluateError> {
    Ok(match step {
        PathStep::Field(name) => items.into_iter().filter_map(|it| field(it, name)).collect(),
        PathStep::Wildcard => items.into_iter().flat_map(children).collect(),
        PathStep::Descend => items.into_iter().flat_map(descend).collect(),
        PathStep::Literal(text @ Value::String(_)) => vec![Cow::Owned(text.clone())],
        PathStep::Literal(value) => items.iter().map(|_| Cow::Owned(value.clone())).collect(),
        PathStep::Union(paths) => {
            let found: Result<Vec<_>, _> =
                paths.iter().map(|path| follow(path, items.clone())).collect();
            found?.into_iter().flatten().collect()
        }
        PathStep::Index(_) | PathStep::Slice { .. } | PathStep::Filter(_) => {
            let mut found = Vec::new();
            for item in items.into_iter().filter(|it| !it.is_null()) {
                let elements = elements(item)?;
                match step {
                    PathStep::Filter(filter) => found.extend(pick(filter, elements)?),
                    _ => found.extend(slice(step, elements)?),
                }
            }
            found
        }
    })
}

fn field<'a>(item: Match<'a>, name: &str) -> Option<Match<'a>> {
    match item {
        Cow::Borrowed(value) => value.as_object()?.get(name).map(Cow::Borrowed),
        Cow::Owned(mut value) => value.as_object_mut()?.remove(name).map(Cow::Owned),
    }
}

/// The values of a map, the elements of an array, or the bytes of a text: for Go all three are alike.
fn children(item: Match<'_>) -> Matches<'_> {
    match item {
        Cow::Borrowed(Value::Object(fields)) => fields.values().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Array(elements)) => elements.iter().map(Cow::Borrowed).collect(),
        other => match other.into_owned() {
            Value::Object(fields) => fields.into_iter().map(|(_, it)| Cow::Owned(it)).collect(),
            Value::Array(elements) => elements.into_iter().map(Cow::Owned).collect(),
            Value::String(text) => text.bytes().map(|it| Cow::Owned(it.into())).collect(),
            _ => Vec::new(),
        },
    }
}

/// Returns a value and every value in it that has values in it.
fn descend(item: Match<'_>) -> Matches<'_> {
    let children = children(item.clone());
    if children.is_empty() {
        return Vec::new();
    }
    std::iter::once(item).chain(children.into_iter().flat_map(descend)).collect()
}

fn elements(item: Match<'_>) -> Result<Matches<'_>, EvaluateError> {
    match &*item {
        Value::Array(_) => Ok(children(item)),
        other => Err(EvaluateError::NoArray(kind(other))),
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "a map",
    }
}

/// Returns the elements of an index or a slice. Negative numbers count from the end.
fn slice<'a>(step: &PathStep, elements: Matches<'a>) -> Result<Matches<'a>, EvaluateError> {
    let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
    let from_end = |it: i64| if it < 0 { it.saturating_add(length) } else { it };
    let (start, end, step) = match step {
        PathStep::Index(index) => (from_end(*index), from_end(*index).saturating_add(1), 1),
        PathStep::Slice { start, end, step } => {
            (from_end(start.unwrap_or(0)), end.map_or(length, from_end), step.unwrap_or(1))
        }
        _ => return Ok(elements),
    };
    if start == end {
        return Ok(Vec::new());
    }
    for (index, is_in) in
        [(start, start < length && start >= 0), (end - 1, end <= length && end >= 0)]
    {
        if !is_in {
            return Err(EvaluateError::OutOfBounds { index, length });
        }
    }
    if start > end {
        return Err(EvaluateError::Backwards { start, end });
    }
    let stride = usize::try_from(step).ok().filter(|it| *it > 0).ok_or(EvaluateError::PathStep)?;
    let at = |it: i64| usize::try_from(it).unwrap_or_default();
    Ok(elements.into_iter().take(at(end)).skip(at(start)).step_by(stride).collect())
}

fn pick<'a>(filter: &Filter, elements: Matches<'a>) -> Result<Matches<'a>, EvaluateError> {
    let mut picked = Vec::new();
    for element in elements {
        if is_wanted(filter, &element)? {
            picked.push(element);
        }
    }
    Ok(picked)
}

fn is_wanted(filter: &Filter, element: &Match<'_>) -> Result<bool, EvaluateError> {
    let (left, comparison, right) = match filter {
        Filter::Exists(path) => {
            return Ok(follow(path, vec![element.clone()]).is_ok_and(|it| !it.is_empty()));
        }
        Filter::Compares(left, comparison, right) => (left, *comparison, right),
    };
    let (left, right) =
        (follow(left, vec![element.clone()])?, follow(right, vec![element.clone()])?);
    match (left.as_slice(), right.as_slice()) {
        ([], _) | (_, []) => Ok(false),
        ([left], [right]) => compares(left, comparison, right),
        _ => Err(EvaluateError::Incomparable("can only compare one element at a time")),
    }
}

/// As Go's templates compare: only what is of the same type, and an integer is no fraction.
fn compares(left: &Value, comparison: Operator, right: &Value) -> Result<bool, EvaluateError> {
    let order = match (left, right) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => match comparison {
            Operator::Equal | Operator::NotEqual => a.cmp(b),
            _ => return Err(EvaluateError::Incomparable("invalid type for comparison")),
        },
        (Value::Number(a), Value::Number(b)) if a.is_f64() == b.is_f64() => {
            let integers = a.as_i64().zip(b.as_i64()).map(|(a, b)| a.cmp(&b));
            let numbers = a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b));
            integers.or(numbers).unwrap_or(Ordering::Less)
        }
        (Value::Null | Value::Array(_) | Value::Object(_), _)
        | (_, Value::Null | Value::Array(_) | Value::Object(_)) => {
            return Err(EvaluateError::Incomparable("invalid type for comparison"));
        }
        _ => return Err(EvaluateError::Incomparable("incompatible types for comparison")),
    };
    Ok(match comparison {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
    })
}
