//! What an error may show of a file that a kubeconfig or a flag names. People put a token or a key where its path
//! belongs, and the contents of a kubeconfig into `KUBECONFIG`. A text is shown where it is certainly a path, or
//! where there is such a file; else the error names the place of the text.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::fault::{KubeconfigFault, words};

/// Fields that kube does not know, which go along with a cluster or a user. Here, they have the places of the
/// texts that may be no paths, by the names of the fields.
pub(crate) type Others = BTreeMap<String, Value>;

/// Notes whether the text of a field is certainly a path. `place` describes the field.
pub(crate) fn note(
    others: &mut Others,
    field: &str,
    text: Option<&str>,
    place: impl FnOnce() -> String,
) {
    match text {
        Some(text) if !is_path(text) => drop(others.insert(field.to_owned(), place().into())),
        _ => drop(others.remove(field)),
    }
}

/// The name under which the others have the file of an entry.
const FILE: &str = "file of the entry";

/// Notes the kubeconfig file of an entry.
pub(crate) fn note_file(others: &mut Others, path: &Path) {
    others.insert(FILE.to_owned(), path.display().to_string().into());
}

/// Notes the place of a field that is not in the kubeconfig.
pub(crate) fn note_place(others: &mut Others, field: &str, place: String) {
    others.insert(format!("place of {field}"), place.into());
}

/// The flag that a field comes from.
pub(super) fn flag<'a>(others: &'a Others, field: &str) -> Option<&'a str> {
    others.get(&format!("place of {field}")).and_then(Value::as_str)
}

/// The place of a field of a user: the flag, or the entry and its file.
pub(crate) fn place(others: &Others, field: &str, user: &str) -> String {
    match (flag(others, field), others.get(FILE).and_then(Value::as_str)) {
        (Some(place), _) => place.to_owned(),
        (None, Some(file)) => format!("{field} of user \"{user}\" in {file}"),
        (None, None) => format!("{field} of user \"{user}\""),
    }
}

/// The error of a file that cannot be read. `path` is the path that the text of the field stands for.
pub(crate) fn unread(
    what: &'static str,
    field: &str,
    path: &str,
    others: &Others,
    error: &io::Error,
) -> KubeconfigFault {
    match others.get(field).and_then(Value::as_str) {
        Some(place) if !Path::new(path).exists() => {
            KubeconfigFault::Withheld(place.to_owned(), error.kind())
        }
        _ => match flag(others, field) {
            Some(flag) => {
                let why = format!("cannot be read: {}", words(error.kind()));
                KubeconfigFault::Identity(flag.to_owned(), Some(path.into()), why)
            }
            None => KubeconfigFault::ReadNamed(what, path.into(), error.kind()),
        },
    }
}

/// Returns whether a text can only be a path: it begins as one, or has the ending of a file. Base64 has slashes
/// too, and may begin with one.
pub(crate) fn is_path(text: &str) -> bool {
    const BEGINNINGS: [&str; 6] = ["/", "./", "../", "~/", "$", "file:"];
    const ENDINGS: [&str; 9] = ["crt", "cert", "cer", "pem", "key", "der", "p12", "pfx", "token"];
    if text.len() > 512 || text.contains(['\n', '\r']) || text.contains("-----BEGIN") {
        return false;
    }
    let of_windows = text.as_bytes().get(1..3).is_some_and(|it| it == b":\\" || it == b":/");
    let begins = of_windows || BEGINNINGS.iter().any(|it| text.starts_with(it));
    let has_short_parts = text.split(['/', '\\']).all(|it| it.len() <= 64);
    let is_in_directory = Path::new(text)
        .parent()
        .is_some_and(|it| it.is_absolute() && it.parent().is_some() && it.is_dir());
    let ending = Path::new(text).extension().and_then(|it| it.to_str());
    ending.is_some_and(|it| ENDINGS.contains(&it))
        || is_in_directory
        || begins && has_short_parts && !text.contains(['+', '='])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_not_taken_for_a_path() {
        for path in [
            "/nowhere",
            "/var/run/secrets/kubernetes.io/serviceaccount/token",
            "/tmp/a=b+c",
            "./token",
            "../pki/ca",
            "~/.kube/token",
            "$HOME/token",
            "C:\\Users\\me\\token",
            "ca.crt",
            "pki/admin.key",
        ] {
            assert!(is_path(path), "{path}");
        }
        for credential in [
            "sha256~Zm9vYmFy",
            "abc123",
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrIn0.c2lnbmF0dXJl",
            "ab/cd/ef",
            "/9j+4AAQ/SkZJRg==",
            "/0123456789012345678901234567890123456789012345678901234567890123456789",
            "-----BEGIN CERTIFICATE-----",
            "/a\nb",
            "",
        ] {
            assert!(!is_path(credential), "{credential}");
        }
    }
}
