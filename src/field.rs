//! A field of an object, as far as it is known.
//!
//! Must-gathers and their sanitizers put a marker in the place of what they withhold
//! (openshift/machine-config-operator `devex/cmd/mco-sanitize`: `{_REDACTED, length}`), and a newer
//! release may write a field in a form that this tool does not read. Neither is absent, and neither is
//! equal to anything: whatever rests on such a field is unknown.

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
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Withheld => "withheld from the files",
            Self::NotUnderstood => "not understood",
            Self::Remote => "fetched from another place by the machine",
        })
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

    /// Returns the value where it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Unknown(_) => None,
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
}
