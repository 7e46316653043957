//! Reading and writing YAML. The only file that names the YAML crate.
//!
//! The crate behind the key `serde_yaml` is serde-saphyr (see Cargo.toml). Its errors quote the
//! lines around a fault, and those lines may be a Secret's: only the place is passed on.

use serde::Serialize;
use serde_json::Value;

/// A text is not YAML. Says where, and never quotes the text.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum YamlError {
    /// The text cannot be read.
    #[error("not valid YAML at line {line}, column {column}")]
    Invalid {
        /// Counted from 1.
        line: u64,
        /// Counted from 1.
        column: u64,
    },
    /// The text cannot be read, and where is not known.
    #[error("not valid YAML")]
    Unreadable,
    /// The value has no form in YAML.
    #[error("cannot be written as YAML")]
    Unwritable,
}

/// Reads every document of a text, JSON included. Duplicate keys are refused.
///
/// The limits are for a large cluster's objects in one file: thousands of Nodes, some hundred
/// MachineConfigs.
///
/// # Errors
/// When the text is not YAML; the error names the place only.
pub fn documents(text: &str) -> Result<Vec<Value>, YamlError> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 50_000_000,
            max_nodes: 50_000_000,
            max_documents: 100_000,
            max_total_scalar_bytes: 1 << 30,
        },
    };
    let documents = serde_yaml::from_multiple_with_options(text, options);
    let documents: Vec<Value> = documents.map_err(|error| {
        error.location().map_or(YamlError::Unreadable, |at| YamlError::Invalid {
            line: at.line(),
            column: at.column(),
        })
    })?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

/// Writes one document, without a leading `---`.
///
/// # Errors
/// When the value has no form in YAML.
pub fn to_string(value: &impl Serialize) -> Result<String, YamlError> {
    serde_yaml::to_string(value).map_err(|_| YamlError::Unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_that_old_yaml_takes_for_others_are_quoted() {
        for word in ["on", "off", "yes", "no", "y", "n", "1_000", "0777", "null", "~", "1e3"] {
            let text = to_string(&json!({ "key": word })).unwrap();
            assert!(
                text.contains(&format!("\"{word}\"")) || text.contains(&format!("'{word}'")),
                "{text}"
            );
            assert_eq!(documents(&text).unwrap(), [json!({ "key": word })]);
        }
    }

    #[test]
    fn an_error_names_the_place_and_quotes_nothing() {
        let error = documents("a: 1\nb: [CANARY\nc: d\n").unwrap_err().to_string();
        assert!(error.starts_with("not valid YAML"), "{error}");
        assert!(!error.contains("CANARY"), "{error}");
        assert!(documents("a: 1\na: 2\n").is_err(), "duplicate keys");
    }
}
