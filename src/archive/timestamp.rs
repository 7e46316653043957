//! The file `timestamp` of a must-gather: when it began and when it ended, as Go prints times.

use jiff::Timestamp;

/// The first time in the file: `2024-08-21 12:00:00.123456789 +0200 CEST m=+0.012345678`. What follows
/// the offset repeats it, or is the process's own clock.
pub(super) fn first(text: &str) -> Option<Timestamp> {
    let mut words = text.lines().next()?.split_whitespace();
    let (date, time, offset) = (words.next()?, words.next()?, words.next()?);
    format!("{date}T{time}{offset}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_is_read_as_go_prints_it() {
        for (text, expected) in [
            (
                "2024-08-21 14:00:00.5 +0200 CEST m=+0.07\n2024-08-21 14:09:00 +0200 CEST m=+540\n",
                Some("2024-08-21T12:00:00.5Z"),
            ),
            ("2024-08-21 12:00:00 +0000 UTC\n", Some("2024-08-21T12:00:00Z")),
            ("2024-08-21 06:30:00 -0530 -0530 m=+1\n", Some("2024-08-21T12:00:00Z")),
            ("yesterday\n", None),
            ("", None),
        ] {
            assert_eq!(first(text), expected.map(|it| it.parse().unwrap()), "{text}");
        }
    }
}
