//! The operating system's words for what went wrong, without its numbers.

use std::io;

/// Returns the reason of an I/O error as a fragment: `no such file or directory`. Rust adds the number of the
/// error, which tells a person nothing.
#[must_use]
pub fn words(error: &io::Error) -> String {
    let text = plain(&error.to_string());
    let mut rest = text.chars();
    match (rest.next(), rest.clone().next()) {
        // An abbreviation stays what it is.
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(rest).collect()
        }
        _ => text,
    }
}

/// A text without the numbers of the system's errors.
#[must_use]
pub fn plain(text: &str) -> String {
    const BEGINS: &str = " (os error ";
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, number)) = rest.split_once(BEGINS) {
        plain.push_str(before);
        let end = number.find(|it: char| !it.is_ascii_digit() && it != '-');
        if let Some(behind) = end.and_then(|end| number[end..].strip_prefix(')')) {
            rest = behind;
        } else {
            plain.push_str(BEGINS);
            rest = number;
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_of_an_error_is_told() {
        assert_eq!(words(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(words(&io::Error::other("TLS is not spoken")), "TLS is not spoken");
        assert_eq!(plain("a (os error 2): b (os error -3) c"), "a: b c");
        assert_eq!(plain("a (os error x) b"), "a (os error x) b");
    }
}
