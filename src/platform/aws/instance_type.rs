//! The syntax of an instance type (EC2, "Amazon EC2 instance type naming conventions"): a family, which has the number
//! of a generation, a dot, and a size. Whether a zone offers the type is known to AWS only.

/// Why a text is no instance type that can be an etcd machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstanceTypeError {
    /// The text has another form.
    #[error("`{0}` is not an instance type such as c5n.xlarge")]
    Malformed(String),
    /// The family has only hosts for macOS.
    #[error("`{0}` runs only macOS")]
    MacOs(String),
}

/// Parses an instance type.
///
/// # Errors
/// When the text has another form, or its family cannot run the operating system of the cluster.
pub fn parse(text: &str) -> Result<String, InstanceTypeError> {
    match text.split_once('.') {
        Some((family, size)) if is_family(family) && is_size(size) => {
            let is_mac =
                family.strip_prefix("mac").is_some_and(|it| !it.starts_with(char::is_alphabetic));
            if is_mac {
                Err(InstanceTypeError::MacOs(text.to_owned()))
            } else {
                Ok(text.to_owned())
            }
        }
        _ => Err(InstanceTypeError::Malformed(text.to_owned())),
    }
}

/// Returns whether a text is a family: `c5n`, `m7i-flex`, `u-12tb1`, `mac-m4`.
fn is_family(text: &str) -> bool {
    let is_word = |it: &str| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    };
    text.starts_with(|it: char| it.is_ascii_lowercase())
        && text.contains(|it: char| it.is_ascii_digit())
        && text.split('-').all(is_word)
}

/// Returns whether a text is a size: `large`, `24xlarge`, `metal-24xl`.
fn is_size(text: &str) -> bool {
    let is_number = |it: &str| {
        !it.starts_with('0') && !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit())
    };
    let multiple = text.strip_suffix("xlarge");
    let metal = text.strip_prefix("metal-").and_then(|it| it.strip_suffix("xl"));
    matches!(text, "nano" | "micro" | "small" | "medium" | "large" | "xlarge" | "metal")
        || multiple.or(metal).is_some_and(is_number)
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
            "u7in-16tb.224xlarge",
            "r7i.metal-24xl",
            "i3.metal",
            "p6e-gb200.36xlarge",
            "z9future.1024xlarge",
        ] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
        for text in [
            "",
            "c5n",
            ".xlarge",
            "c5n.",
            "c5n.xlrge",
            "C5n.xlarge",
            "c5n.XLARGE",
            "c5n.0xlarge",
            "c5n.+2xlarge",
            "c5n.metal-xl",
            "large.large",
            "c5n xlarge",
            "c5n.xlarge ",
            "5c.large",
            "c5n-.large",
            "c5n.xlarge.metal",
        ] {
            assert_eq!(parse(text), Err(InstanceTypeError::Malformed(text.to_owned())), "{text}");
        }
        for text in ["mac1.metal", "mac2.metal", "mac2-m2pro.metal", "mac-m4.metal"] {
            assert_eq!(parse(text), Err(InstanceTypeError::MacOs(text.to_owned())), "{text}");
        }
    }
}
