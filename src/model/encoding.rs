//! The text of a file in the encodings that programs write: UTF-8, and UTF-16 as PowerShell's `>` does.

/// Decodes a text, by its byte order mark; without one the text is UTF-8. `None` when it is no text.
#[must_use]
pub fn text(bytes: Vec<u8>) -> Option<String> {
    let text = match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, ..] => String::from_utf8(bytes).ok().map(|it| it[3..].to_owned()),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
    };
    // Another encoding leaves a zero in most characters.
    text.filter(|it| !it.contains('\0'))
}

/// Returns the name of the encoding of a text that [`text`] does not decode, if the first bytes tell.
#[must_use]
pub fn unsupported(bytes: &[u8]) -> Option<&'static str> {
    let first = bytes.first_chunk::<4>()?;
    match (*first, first.map(|it| it == 0)) {
        ([0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff], _)
        | (_, [false, true, true, true] | [true, true, true, false]) => Some("UTF-32"),
        (_, [false, true, false, true] | [true, false, true, false]) => {
            Some("UTF-16 without a byte order mark")
        }
        _ => None,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_by_its_byte_order_mark() {
        let units: Vec<u16> = "\u{feff}a: \u{e9}\u{1f600}\r\n".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|it| it.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|it| it.to_be_bytes()).collect();
        let utf8 = "\u{feff}a: \u{e9}\u{1f600}\r\n".as_bytes().to_vec();
        for bytes in [little.clone(), big, utf8, utf8_without()] {
            assert_eq!(text(bytes).as_deref(), Some("a: \u{e9}\u{1f600}\r\n"));
        }
        for bytes in [vec![0xff, 0xfe, 0x00], vec![0xff, 0xfe, 0x00, 0xd8], vec![b'a', 0xff]] {
            assert_eq!(text(bytes), None);
        }
        assert_eq!(text(vec![0xff, 0xfe]), Some(String::new()));
    }

    #[test]
    fn an_encoding_that_is_not_decoded_has_a_name() {
        let of = |text: &str, unit: fn(u32) -> Vec<u8>| -> Vec<u8> {
            text.chars().flat_map(|it| unit(it.into())).collect()
        };
        for mark in ["", "\u{feff}"] {
            let written = format!("{mark}apiVersion: v1\n");
            for unit in [|it: u32| it.to_le_bytes().to_vec(), |it: u32| it.to_be_bytes().to_vec()] {
                let bytes = of(&written, unit);
                assert_eq!(unsupported(&bytes), Some("UTF-32"), "{bytes:?}");
                assert_eq!(text(bytes), None);
            }
        }
        for unit in
            [|it: u32| it.to_le_bytes()[..2].to_vec(), |it: u32| it.to_be_bytes()[2..].to_vec()]
        {
            let bytes = of("apiVersion: v1\n", unit);
            assert_eq!(unsupported(&bytes), Some("UTF-16 without a byte order mark"), "{bytes:?}");
            assert_eq!(text(bytes), None);
        }
        assert_eq!(unsupported(b"apiVersion: v1\n"), None);
    }

    fn utf8_without() -> Vec<u8> {
        "a: \u{e9}\u{1f600}\r\n".as_bytes().to_vec()
    }
}
