//! A report that `--save` wrote, read back for `--compare`.

use serde_json::Value;

use super::report::PerfReport;

/// The `kind` of the document.
pub const KIND: &str = "PerfReport";
/// The `apiVersion` of the document.
const API_VERSION: &str = "oc-etcd/v1";

/// The reason why a text is no saved report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedReportError {
    /// The text is no JSON.
    #[error("not a JSON document")]
    NotJson,
    /// The document is of another kind or version.
    #[error("not a {KIND} of {API_VERSION}")]
    OtherKind,
    /// A field is missing or has another type.
    #[error("a field cannot be parsed: {0}")]
    Field(String),
}

impl PerfReport {
    /// Reads a saved report.
    ///
    /// # Errors
    /// When the text is none.
    pub fn parse(text: &str) -> Result<Self, SavedReportError> {
        let document: Value = serde_json::from_str(text).map_err(|_| SavedReportError::NotJson)?;
        if document["kind"] != KIND || document["apiVersion"] != API_VERSION {
            return Err(SavedReportError::OtherKind);
        }
        serde_json::from_value(document).map_err(|error| SavedReportError::Field(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_report_is_refused() {
        for (text, expected) in [
            ("etcd_requests_total 1", SavedReportError::NotJson),
            ("[]", SavedReportError::OtherKind),
            (r#"{"kind":"Status","apiVersion":"oc-etcd/v1"}"#, SavedReportError::OtherKind),
            (r#"{"kind":"PerfReport","apiVersion":"oc-etcd/v2"}"#, SavedReportError::OtherKind),
        ] {
            assert_eq!(PerfReport::parse(text), Err(expected), "{text}");
        }
        let half = r#"{"kind":"PerfReport","apiVersion":"oc-etcd/v1","requests":[]}"#;
        assert!(matches!(PerfReport::parse(half), Err(SavedReportError::Field(_))));
    }
}
