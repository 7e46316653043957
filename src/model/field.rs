//! A field of an object, as far as it is known.
//!
//! Sanitizers put a marker in the place of what they withhold: openshift/machine-config-operator
//! `devex/cmd/mco-sanitize` an object `{_REDACTED, length}` in the place of a value,
//! openshift/must-gather-clean a word in the place of a part of a text. A newer release may write a field in a form that
//! this tool does not read. Neither is absent, and neither is equal to anything: whatever rests on such a field is
//! unknown.

use std::fmt;

use serde_json::Value;

/// A field of an object, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<T> {
    /// The object does not have the field, or the field is empty.
    Absent,
    /// The field has this value.
    Known(T),
    /// The object has the field, and nobody can tell its value.
    Unknown(Unknown),
}

/// Why the value of a field is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// A sanitizer put a marker in the place of the value.
    Withheld,
    /// The value has a form that this tool does not read.
    NotUnderstood,
    /// A machine fetches the value from another place.
    Remote,
    /// This run did not ask for the value.
    NotRead,
    /// The cluster itself reports that it does not know.
    Undetermined,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Withheld => "withheld from the files",
            Self::NotUnderstood => "not understood",
            Self::NotRead => "not read",
            Self::Undetermined => "Unknown",
            Self::Remote => "fetched by the machine from a remote source",
        })
    }
}

impl Field<bool> {
    /// Returns the status of a condition in words, which follow `is`.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Absent => "missing".to_owned(),
            Self::Known(true) => "True".to_owned(),
            Self::Known(false) => "False".to_owned(),
            Self::Unknown(why) => why.to_string(),
        }
    }
}

impl<T> Field<T> {
    /// Converts a known value; everything else stays as it is.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Known(value) => Field::Known(convert(value)),
            Self::Unknown(why) => Field::Unknown(why),
        }
    }

    /// Returns why the value is unknown, where it is.
    pub fn unknown(self) -> Option<Unknown> {
        match self {
            Self::Unknown(why) => Some(why),
            Self::Absent | Self::Known(_) => None,
        }
    }

    /// Reads a part of a known value; everything else stays as it is.
    pub fn and_then<U>(self, read: impl FnOnce(T) -> Field<U>) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Known(value) => read(value),
            Self::Unknown(why) => Field::Unknown(why),
        }
    }

    /// Returns the value where it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Unknown(_) => None,
        }
    }
}

impl<'a> Field<&'a Value> {
    /// Reads the field at a path. Below a marker of a sanitizer, and below a value that is no object, every field is
    /// unknown.
    #[must_use]
    pub fn at(value: &'a Value, path: &[&str]) -> Self {
        match (value, path) {
            (Value::Null, _) => Self::Absent,
            (it, _) if is_withheld(it) => Self::Unknown(Unknown::Withheld),
            (it, []) => Self::Known(it),
            (Value::Object(fields), [key, rest @ ..]) => {
                fields.get(*key).map_or(Self::Absent, |it| Self::at(it, rest))
            }
            (it, _) => Self::Unknown(Unknown::of(it)),
        }
    }
}

impl<'a> Field<&'a str> {
    /// Reads a text field. An empty text is absent, as Kubernetes' own types have it.
    #[must_use]
    pub fn text(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Absent,
            Value::String(text) if text.is_empty() => Self::Absent,
            Value::String(text) => Self::Known(text),
            other => Self::Unknown(Unknown::of(other)),
        }
    }
}

impl Unknown {
    /// Tells a sanitizer's marker from a value that is not understood.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        if is_withheld(value) { Self::Withheld } else { Self::NotUnderstood }
    }
}

/// Returns whether a sanitizer put a marker in the place of a value.
#[must_use]
pub fn is_withheld(value: &Value) -> bool {
    value.get("_REDACTED").is_some()
}

/// Stands for the entries of a list in the path of a field.
pub const ENTRY: &str = "*";

/// Returns the path of the first value in whose place a sanitizer put a marker, at any depth: `status.addresses`.
/// `is_passed_over` says of a path whether it does not count.
#[must_use]
pub fn first_withheld(value: &Value, is_passed_over: impl Fn(&[&str]) -> bool) -> Option<String> {
    first(value, &mut Vec::new(), &is_passed_over)
}

fn first<'a>(
    value: &'a Value,
    path: &mut Vec<&'a str>,
    is_passed_over: &impl Fn(&[&str]) -> bool,
) -> Option<String> {
    if is_withheld(value) {
        return (!is_passed_over(path)).then(|| path.join("."));
    }
    let mut below = |key: &'a str, value: &'a Value| {
        path.push(key);
        let found = first(value, path, is_passed_over);
        path.pop();
        found
    };
    match value {
        Value::Object(fields) => fields.iter().find_map(|(key, it)| below(key, it)),
        Value::Array(list) => list.iter().find_map(|it| below(ENTRY, it)),
        _ => None,
    }
}

/// The extent to which a sanitizer replaced a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masking {
    /// The text shows no mark of a sanitizer.
    None,
    /// Parts of it, by numbered words: equal words stand for equal parts. `x-ipv4-0000000001-x`
    Numbered,
    /// Parts of it, by one word for all: equal texts may have been different. `xxx.xxx.xxx.xxx`
    Uniform,
}

/// Tells whether openshift/must-gather-clean replaced parts of a text (`pkg/obfuscator`): addresses,
/// domains, names of Azure's resources, and what matches an expression.
#[must_use]
pub fn masking(text: &str) -> Masking {
    let is_uniform =
        ["xxx.xxx.xxx.xxx", "xx:xx:xx:xx:xx:xx", "xxxx:xxxx:xxxx", "obfuscated.com", "xxxxx"]
            .iter()
            .any(|word| text.contains(word));
    let is_number =
        |text: &str| text.get(..10).is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
    // `x-ipv4-0000000001-x`, `x-mac-0000000001-x`, `domain0000000001`
    let numbered = |text: &str| {
        let after = |word: &str| {
            text.match_indices(word).map(|(at, _)| at + word.len()).collect::<Vec<_>>()
        };
        let is_word = |at: &usize| {
            let rest = &text[*at..];
            let kind = rest.find('-').filter(|end| *end > 0);
            kind.is_some_and(|end| {
                let number = &rest[end + 1..];
                is_number(number) && number[10..].starts_with("-x")
            })
        };
        after("x-").iter().any(is_word) || after("domain").iter().any(|at| is_number(&text[*at..]))
    };
    match (is_uniform, numbered(text)) {
        (true, _) => Masking::Uniform,
        (false, true) => Masking::Numbered,
        (false, false) => Masking::None,
    }
}

/// Returns whether a part of a value, at any depth, is withheld or masked.
#[must_use]
pub fn holds_withheld(value: &Value) -> bool {
    match value {
        Value::String(text) => masking(text) != Masking::None,
        Value::Array(list) => list.iter().any(holds_withheld),
        Value::Object(_) if is_withheld(value) => true,
        Value::Object(fields) => fields.values().any(holds_withheld),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_withheld_text_is_neither_absent_nor_known() {
        for (value, expected) in [
            (json!(null), Field::Absent),
            (json!(""), Field::Absent),
            (json!("x"), Field::Known("x")),
            (json!({"_REDACTED": "x", "length": 3}), Field::Unknown(Unknown::Withheld)),
            (json!(3), Field::Unknown(Unknown::NotUnderstood)),
        ] {
            assert_eq!(Field::text(&value), expected, "{value}");
        }
    }

    #[test]
    fn a_field_below_what_is_withheld_is_unknown() {
        let at = |value: Value| Field::at(&value, &["a", "b"]).map(Value::clone);
        assert_eq!(at(json!({"a": {"b": 3}})), Field::Known(json!(3)));
        assert_eq!(at(json!({"a": {}})), Field::Absent);
        assert_eq!(at(json!({})), Field::Absent);
        assert_eq!(at(json!({"a": {"_REDACTED": "x"}})), Field::Unknown(Unknown::Withheld));
        assert_eq!(at(json!({"a": "x"})), Field::Unknown(Unknown::NotUnderstood));
    }

    #[test]
    fn what_must_gather_clean_puts_in_the_place_of_a_text_is_known() {
        for (text, expected) in [
            ("10.0.0.1", Masking::None),
            ("x-ray-1-x", Masking::None),
            ("maxx.xxx", Masking::None),
            ("domain1.example.com", Masking::None),
            ("ip-x-ipv4-0000000012-x.ec2.internal", Masking::Numbered),
            ("x-mac-0000000001-x", Masking::Numbered),
            ("api-int.domain0000000001:6443", Masking::Numbered),
            ("ip-xxx.xxx.xxx.xxx.ec2.internal", Masking::Uniform),
            ("xx:xx:xx:xx:xx:xx", Masking::Uniform),
            ("xxxxxxxxxxxx", Masking::Uniform),
        ] {
            assert_eq!(masking(text), expected, "{text}");
        }
    }
}
