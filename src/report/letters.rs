//! Text for terminals that show ASCII alone.

use serde_json::Value;

use super::document;
use crate::model::yaml;

/// The characters that may be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Letters {
    /// All of them, as UTF-8.
    #[default]
    All,
    /// The letters of ASCII.
    Ascii,
}

impl Letters {
    /// Returns the letters that a locale can show, by the variables `LC_ALL`, `LC_CTYPE` and `LANG`: the
    /// first that is set and not empty counts (POSIX.1-2017, section 8.2). Where none is, as in most
    /// containers, UTF-8 is.
    #[must_use]
    pub fn of_locale(variables: [Option<&str>; 3]) -> Self {
        let Some(locale) = variables.into_iter().flatten().find(|it| !it.is_empty()) else {
            return Self::All;
        };
        let codeset = locale.split_once('.').map_or("", |(_, rest)| rest);
        let codeset = codeset.split('@').next().unwrap_or_default();
        let is_plain = |it: &char| it.is_ascii_alphanumeric();
        let codeset: String = codeset.to_ascii_lowercase().chars().filter(is_plain).collect();
        if codeset == "utf8" { Self::All } else { Self::Ascii }
    }

    /// A text for people.
    #[must_use]
    pub fn text(self, text: &str) -> String {
        if self == Self::All || text.is_ascii() {
            return text.to_owned();
        }
        let mut ascii = String::with_capacity(text.len());
        for it in text.chars() {
            match it {
                '→' => ascii.push_str("->"),
                '…' => ascii.push_str("..."),
                '·' | '–' | '—' => ascii.push('-'),
                '‘' | '’' => ascii.push('\''),
                '“' | '”' => ascii.push('"'),
                it if it.is_ascii() => ascii.push(it),
                _ => ascii.push('?'),
            }
        }
        ascii
    }

    /// A document, JSON or YAML, which means the same afterwards: JSON has escapes, and is YAML too.
    #[must_use]
    pub fn document(self, text: &str) -> String {
        if self == Self::All || text.is_ascii() {
            return text.to_owned();
        }
        if serde_json::Deserializer::from_str(text).into_iter::<Value>().all(|it| it.is_ok()) {
            return escaped(text);
        }
        let Ok(documents) = yaml::documents(text) else { return text.to_owned() };
        let json = documents.iter().filter_map(|it| serde_json::to_string_pretty(it).ok());
        json.fold(String::new(), |text, it| text + "---\n" + &escaped(&it) + "\n")
    }
}

/// JSON with escapes for what is not ASCII.
fn escaped(json: &str) -> String {
    document::with_escapes(json, |it| !it.is_ascii())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_variable_that_is_set_tells_the_letters() {
        for (variables, expected) in [
            ([None, None, None], Letters::All),
            ([Some(""), Some(""), Some("")], Letters::All),
            ([Some("C"), Some("en_US.UTF-8"), Some("en_US.UTF-8")], Letters::Ascii),
            ([Some("POSIX"), None, None], Letters::Ascii),
            ([Some(""), Some("C"), Some("en_US.UTF-8")], Letters::Ascii),
            ([None, Some("en_US.utf8"), Some("C")], Letters::All),
            ([None, None, Some("C.UTF-8")], Letters::All),
            ([None, None, Some("de_DE.UTF-8@euro")], Letters::All),
            ([None, None, Some("de_DE@euro")], Letters::Ascii),
            ([None, None, Some("de_DE.ISO-8859-1")], Letters::Ascii),
            ([None, None, Some("ja_JP.eucJP")], Letters::Ascii),
            ([Some("en_US.UTF-8"), Some("C"), Some("C")], Letters::All),
        ] {
            assert_eq!(Letters::of_locale(variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn ascii_is_all_that_is_written_and_a_document_keeps_its_meaning() {
        let text = "/dev/nvme1n1 → xfs · a… zürich ✓";
        assert_eq!(Letters::Ascii.text(text), "/dev/nvme1n1 -> xfs - a... z?rich ?");
        assert_eq!(Letters::All.text(text), text);
        let value = json!({"a": "ü → 東 😀", "b": ["on", 1]});
        let (json, yaml) =
            (serde_json::to_string_pretty(&value).unwrap(), yaml::to_string(&value).unwrap());
        for document in [json, format!("---\n{yaml}---\n{yaml}")] {
            let ascii = Letters::Ascii.document(&document);
            assert!(ascii.is_ascii(), "{ascii}");
            assert_eq!(yaml::documents(&ascii).unwrap(), yaml::documents(&document).unwrap());
        }
    }
}
