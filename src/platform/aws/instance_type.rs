//! The syntax of an instance type (EC2, "Amazon EC2 instance type naming conventions"): a family, a dot, and a size.
//! New families and sizes have new words. Whether a zone offers the type is known to AWS only.

/// A text that cannot be an instance type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an instance type such as c5n.xlarge")]
pub struct InstanceTypeError(String);

/// Parses an instance type.
///
/// # Errors
/// When the text has another form.
pub fn parse(text: &str) -> Result<String, InstanceTypeError> {
    match text.split_once('.') {
        Some((family, size)) if is_name(family) && is_name(size) => Ok(text.to_owned()),
        _ => Err(InstanceTypeError(text.to_owned())),
    }
}

/// Returns whether a text is a name of lower-case letters, digits and hyphens: `m7i-flex`, `metal-24xl`.
fn is_name(text: &str) -> bool {
    let is_word = |it: &str| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    };
    text.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_type_is_a_family_and_a_size() {
        for text in [
            "c5n.xlarge",
            "t2.nano",
            "m7i-flex.2xlarge",
            "u-12tb1.112xlarge",
            "r7i.metal-24xl",
            "mac-m4.metal",
            "u8x-32tb.480xlarge",
            "m9x.13xlarge-flex",
            "z9future.huge",
        ] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
        for text in [
            "",
            "c5n",
            ".xlarge",
            "c5n.",
            "C5n.xlarge",
            "c5n.XLARGE",
            "c5n.+2xlarge",
            "c5n xlarge",
            "c5n.xlarge ",
            "c5n-.large",
            "c5n.-large",
            "c5n.xlarge.metal",
            "c5n.xlarge_2",
        ] {
            assert_eq!(parse(text), Err(InstanceTypeError(text.to_owned())), "{text}");
        }
    }
}
