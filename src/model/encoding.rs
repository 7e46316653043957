//! The text of a file in the encodings that programs write: UTF-8, and UTF-16 as PowerShell's `>` does.

/// Decodes a text, by its byte order mark; without one the text is UTF-8. `None` when it is no text.
#[must_use]
pub fn text(bytes: Vec<u8>) -> Option<String> {
    match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, ..] => String::from_utf8(bytes).ok().map(|it| it[3..].to_owned()),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
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

    fn utf8_without() -> Vec<u8> {
        "a: \u{e9}\u{1f600}\r\n".as_bytes().to_vec()
    }
}
