//! The contents of an Ignition resource: `data:` URLs decoded, gzip unpacked.

use std::fmt;
use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use flate2::read::MultiGzDecoder;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::model::field::{Field, Unknown, is_withheld};

/// Some encoders leave the padding away.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The number of bytes that are unpacked at most; a node refuses far less.
const LARGEST: u64 = 16 << 20;

/// The contents of an Ignition resource (`contents`, an entry of `append`, a `keyFile`).
#[derive(PartialEq, Eq)]
pub enum Contents {
    /// No contents.
    Empty,
    /// The decoded bytes.
    Decoded(Vec<u8>),
    /// Something that a machine fetches; the URL.
    Remote(String),
    /// A sanitizer withheld it.
    Withheld,
    /// The contents cannot be decoded; the text as it stands.
    Undecodable(String),
}

/// Shows which form it is, and no content.
impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Decoded(_) => "Decoded",
            Self::Remote(_) => "Remote",
            Self::Withheld => "Withheld",
            Self::Undecodable(_) => "Undecodable",
        })
    }
}

impl Contents {
    /// Reads `{source, compression}`.
    #[must_use]
    pub fn of(resource: &Value) -> Self {
        if is_withheld(resource) || is_withheld(&resource["source"]) {
            return Self::Withheld;
        }
        let source = match &resource["source"] {
            Value::Null if resource.is_object() || resource.is_null() => return Self::Empty,
            Value::String(source) if source.is_empty() => return Self::Empty,
            Value::String(source) => source,
            _ => return Self::Undecodable(resource.to_string()),
        };
        if !source.starts_with("data:") {
            // A redaction by hand leaves a word in the place of the URL.
            let is_url = is_url(source);
            let of = if is_url { Self::Remote } else { Self::Undecodable };
            return of(source.clone());
        }
        let compression = resource["compression"].as_str().unwrap_or_default();
        match decode(source).and_then(|bytes| unpack(bytes, compression)) {
            Some(bytes) => Self::Decoded(bytes),
            None => Self::Undecodable(source.clone()),
        }
    }
}

/// Returns whether a text begins with the scheme of a URL (RFC 3986).
fn is_url(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |it| it.0);
    scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && scheme.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it))
}

/// Reads the text of an entry of `storage.files`: its `contents`, with everything in `append` behind them.
#[must_use]
pub fn file_text(file: &Value) -> Field<String> {
    let appended = file["append"].as_array().map_or(&[][..], Vec::as_slice);
    let mut text = None;
    for resource in std::iter::once(&file["contents"]).chain(appended) {
        let bytes = match Contents::of(resource) {
            Contents::Empty => continue,
            Contents::Decoded(bytes) => bytes,
            Contents::Remote(_) => return Field::Unknown(Unknown::Remote),
            Contents::Withheld => return Field::Unknown(Unknown::Withheld),
            Contents::Undecodable(_) => return Field::Unknown(Unknown::NotUnderstood),
        };
        // A script with a character of another encoding, mostly in a comment, is a script.
        let part = match String::from_utf8(bytes) {
            Ok(part) => part,
            Err(it) if it.as_bytes().starts_with(b"#!") => {
                String::from_utf8_lossy(it.as_bytes()).into_owned()
            }
            Err(_) => return Field::Unknown(Unknown::NotUnderstood),
        };
        text.get_or_insert_with(String::new).push_str(&part);
    }
    text.map_or(Field::Absent, Field::Known)
}

/// The bytes of a `data:` URL (RFC 2397).
fn decode(url: &str) -> Option<Vec<u8>> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    // Ignition takes `base64` as the last word alone, and a comma inside a quoted parameter ends nothing
    // (vincent-petithory/dataurl `lex.go`).
    let (is_base64, parameters) = match head.strip_suffix(";base64") {
        Some(parameters) => (true, parameters),
        None => (false, head),
    };
    let is_parameter = |it: &str| it.contains('=') && it.matches('"').count().is_multiple_of(2);
    if !parameters.split(';').skip(1).all(is_parameter) {
        return None;
    }
    let bytes: Vec<u8> = percent_decode_str(data).collect();
    if is_base64 {
        let encoded: Vec<u8> = bytes.into_iter().filter(|it| !it.is_ascii_whitespace()).collect();
        return BASE64.decode(encoded).ok();
    }
    Some(bytes)
}

fn unpack(bytes: Vec<u8>, compression: &str) -> Option<Vec<u8>> {
    match compression {
        "" => Some(bytes),
        "gzip" => {
            let mut unpacked = Vec::new();
            let size =
                MultiGzDecoder::new(&*bytes).take(LARGEST).read_to_end(&mut unpacked).ok()?;
            (size < usize::try_from(LARGEST).ok()?).then_some(unpacked)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_form_of_a_data_url_gives_the_same_bytes() {
        for source in [
            "data:,a%20b%0A",
            "data:text/plain;charset=utf-8,a b%0a",
            "data:text/plain;base64,YSBiCg==",
            "data:;base64,YSBiCg",
            "data:;base64,YSBiCg%3D%3D",
            "data:;base64,YSB\n  iCg==\n",
        ] {
            let contents = Contents::of(&json!({ "source": source }));
            assert_eq!(contents, Contents::Decoded(b"a b\n".to_vec()), "{source}");
        }
        let packed = "data:;base64,H4sIAAAAAAACA0tUSOICAKHpjS0EAAAA";
        let contents = Contents::of(&json!({"source": packed, "compression": "gzip"}));
        assert_eq!(contents, Contents::Decoded(b"a b\n".to_vec()));
    }

    #[test]
    fn what_cannot_be_decoded_stays_as_it_is() {
        for (resource, expected) in [
            (json!({"source": "data:;base64,!!"}), Contents::Undecodable("data:;base64,!!".into())),
            (
                json!({"source": "data:,x", "compression": "gzip"}),
                Contents::Undecodable("data:,x".into()),
            ),
            (
                json!({"source": "data:,x", "compression": "zstd"}),
                Contents::Undecodable("data:,x".into()),
            ),
            (json!({"source": "REDACTED"}), Contents::Undecodable("REDACTED".into())),
            (json!({"source": "<redacted>"}), Contents::Undecodable("<redacted>".into())),
            (json!({"source": "https://h/x"}), Contents::Remote("https://h/x".into())),
            (json!({"source": ""}), Contents::Empty),
            (json!({"_REDACTED": "x", "length": 9}), Contents::Withheld),
            (json!(null), Contents::Empty),
            (json!("x"), Contents::Undecodable("\"x\"".into())),
        ] {
            assert_eq!(Contents::of(&resource), expected);
        }
    }

    #[test]
    fn a_head_that_ignition_refuses_is_not_understood() {
        for head in [";base64;charset=utf-8", ";BASE64", "text/plain;charset=\"a,b\"", ";x"] {
            let source = format!("data:{head},YSBiCg==");
            let contents = Contents::of(&json!({ "source": source }));
            assert_eq!(contents, Contents::Undecodable(source));
        }
    }
}
