//! What a scalar of YAML means, as Go's reader has it.
//!
//! kubectl, oc and the operators read and write YAML with `sigs.k8s.io/yaml`, whose scalars are those of
//! YAML 1.1 with exceptions of its own: `0644` is 420, `on` is true, `12e4567` is text, because no
//! number is that large (`goyaml.v2/resolve.go`). What they write unquoted must be read alike.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Number, Value};

const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new());

/// The tag of a scalar, as far as it decides what the scalar means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag<'a> {
    /// No tag: the text alone decides.
    Plain,
    /// Text, whatever it looks like: quoted, a block, or a tag of somebody's own.
    Text,
    /// `!!int`, by the name that follows the exclamation marks.
    Core(&'a str),
}

/// The meaning of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number that only an unsigned type can hold.
    Large(u64),
    Float(f64),
    Text(String),
}

/// Reads a scalar. `None` when its tag and its text contradict each other.
pub(crate) fn resolve(text: &str, tag: Tag<'_>) -> Option<Scalar> {
    let as_text = || Scalar::Text(text.to_owned());
    match tag {
        Tag::Plain => Some(plain(text)),
        Tag::Text | Tag::Core("str") => Some(as_text()),
        Tag::Core("binary") => {
            let bytes = BASE64.decode(without_spaces(text)).ok()?;
            Some(Scalar::Text(String::from_utf8_lossy(&bytes).into_owned()))
        }
        Tag::Core(name) => match (name, plain(text)) {
            ("null", found @ Scalar::Null)
            | ("bool", found @ Scalar::Bool(_))
            | ("int", found @ (Scalar::Integer(_) | Scalar::Large(_)))
            | ("float", found @ Scalar::Float(_)) => Some(found),
            #[expect(clippy::cast_precision_loss, reason = "as Go does")]
            ("float", Scalar::Integer(number)) => Some(Scalar::Float(number as f64)),
            ("timestamp", Scalar::Text(text)) => Some(Scalar::Text(text)),
            ("null" | "bool" | "int" | "float" | "timestamp", _) => None,
            _ => Some(as_text()),
        },
    }
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|it| !it.is_ascii_whitespace()).collect()
}

fn plain(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match text.as_bytes().first() {
        // Underscores count in the numbers that begin with a digit, and in no others.
        Some(b'.') => float(text),
        Some(b'+' | b'-' | b'0'..=b'9') => {
            let plain = text.replace('_', "");
            integer(&plain).or_else(|| float(&plain))
        }
        _ => None,
    };
    number.unwrap_or_else(|| Scalar::Text(text.to_owned()))
}

/// A whole number with Go's prefixes: `0x1f`, `0b11`, `0o17`, and `017` for the same.
fn integer(text: &str) -> Option<Scalar> {
    let (is_negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    // Rust's reader takes a sign where Go's takes none.
    if !digits.starts_with(|it: char| it.is_ascii_alphanumeric()) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    let number = if is_negative { -number } else { number };
    if let Ok(number) = i64::try_from(number) {
        return Some(Scalar::Integer(number));
    }
    let is_signed = text.starts_with(['+', '-']);
    u64::try_from(number).ok().filter(|_| !is_signed).map(Scalar::Large)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; one that is too large for a number is none.
fn float(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let is_exponent = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && is_digits(digits)
    };
    let is_float =
        has_digits && is_digits(whole) && is_digits(fraction) && exponent.is_none_or(is_exponent);
    let number: f64 = Some(text).filter(|_| is_float)?.parse().ok()?;
    number.is_finite().then_some(Scalar::Float(number))
}

impl Scalar {
    /// Converts it to a value. `None` when JSON has no such number.
    pub(crate) fn value(self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(it) => it.into(),
            Self::Integer(it) => it.into(),
            Self::Large(it) => it.into(),
            Self::Float(it) => whole(it).map_or(Number::from_f64(it)?, Number::from).into(),
            Self::Text(it) => it.into(),
        })
    }

    /// Converts it to the key of an object. `None` when it cannot be one.
    pub(crate) fn key(self) -> Option<String> {
        match self {
            Self::Null | Self::Large(_) => None,
            Self::Bool(it) => Some(it.to_string()),
            Self::Integer(it) => Some(it.to_string()),
            Self::Float(it) => Some(short(it)),
            Self::Text(it) => Some(it),
        }
    }
}

/// A number without a fraction, which Go writes into JSON as a whole one.
#[expect(clippy::cast_possible_truncation, reason = "it is in the range")]
fn whole(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= LIMIT).then_some(number as i64)
}

/// `strconv.FormatFloat(number, 'g', -1, 32)`, and YAML's words for what is no number.
#[expect(clippy::cast_possible_truncation, reason = "as Go does")]
fn short(number: f64) -> String {
    let number = number as f32;
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // Go's `%g` of a shortest number turns to an exponent here.
    if number == 0.0 || (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plain_scalar_means_what_go_takes_it_for() {
        for (text, expected) in [
            ("12e4567", json!("12e4567")),
            ("1e3", json!(1000)),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("-.5e1", json!(-5)),
            ("._5", json!("._5")),
            ("0644", json!(420)),
            ("0o644", json!(420)),
            ("-0644", json!(-420)),
            ("0x1F", json!(31)),
            ("0b11", json!(3)),
            ("0888", json!(888)),
            ("1_000", json!(1000)),
            ("+12", json!(12)),
            ("+-12", json!("+-12")),
            ("0x", json!("0x")),
            ("0x-1", json!("0x-1")),
            ("1e", json!("1e")),
            ("1:30", json!("1:30")),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("2024-08-21", json!("2024-08-21")),
            ("1.2.3", json!("1.2.3")),
            ("on", json!(true)),
            ("N", json!(false)),
            ("~", json!(null)),
            ("é", json!("é")),
            ("-", json!("-")),
        ] {
            assert_eq!(resolve(text, Tag::Plain).unwrap().value(), Some(expected), "{text}");
        }
        assert_eq!(resolve(".inf", Tag::Plain).unwrap().value(), None);
    }

    #[test]
    fn a_tag_decides_and_one_that_contradicts_is_refused() {
        for (text, tag, expected) in [
            ("0644", "str", Some(json!("0644"))),
            ("5", "float", Some(json!(5))),
            ("aGVs\n  bG8=", "binary", Some(json!("hello"))),
            ("x", "mine", Some(json!("x"))),
            ("x", "int", None),
            ("x", "null", None),
        ] {
            let found = resolve(text, Tag::Core(tag)).and_then(Scalar::value);
            assert_eq!(found, expected, "{tag} {text}");
        }
    }

    #[test]
    fn a_key_is_text_as_go_writes_it() {
        for (text, expected) in [
            ("on", Some("true")),
            ("0644", Some("420")),
            ("1.10", Some("1.1")),
            ("1e3", Some("1000")),
            ("1234567.5", Some("1.2345675e+06")),
            ("0.00001", Some("1e-05")),
            ("x", Some("x")),
            ("~", None),
        ] {
            let found = resolve(text, Tag::Plain).unwrap().key();
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
