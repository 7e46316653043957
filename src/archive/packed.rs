//! Compressed files and archives, which are not unpacked here.

use std::path::Path;

/// A format of compressed files or of archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The ends of the names.
    ends: &'static [&'static str],
    /// The first bytes.
    magic: &'static [u8],
    /// The command that unpacks it.
    pub(super) command: &'static str,
    /// Whether it contains files, and is not one compressed file.
    pub(super) is_archive: bool,
}

/// The formats by the ends of names. An archive that is compressed as well comes first.
const FORMATS: [Format; 8] = [
    Format {
        ends: &[
            ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.bz2", ".tbz",
            ".tbz2",
        ],
        // The mark of an archive is not at its begin.
        magic: b"\0ustar",
        command: "tar -xf",
        is_archive: true,
    },
    Format { ends: &[".zip"], magic: b"PK\x03\x04", command: "unzip", is_archive: true },
    Format { ends: &[".7z"], magic: b"7z\xbc\xaf\x27\x1c", command: "7z x", is_archive: true },
    Format { ends: &[".rar"], magic: b"Rar!\x1a\x07", command: "unrar x", is_archive: true },
    Format { ends: &[".gz"], magic: b"\x1f\x8b", command: "gzip -dc", is_archive: false },
    Format { ends: &[".bz2"], magic: b"BZh", command: "bzip2 -dc", is_archive: false },
    Format { ends: &[".xz"], magic: b"\xfd7zXZ", command: "xz -dc", is_archive: false },
    Format { ends: &[".zst"], magic: b"\x28\xb5\x2f\xfd", command: "zstd -dc", is_archive: false },
];

impl Format {
    /// Recognizes the format of a file by its name, or by its first bytes.
    pub(super) fn of(path: &Path, head: &[u8]) -> Option<Self> {
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        let name = name.to_ascii_lowercase();
        let is_named = |it: &&Self| it.ends.iter().any(|end| name.ends_with(end));
        let is_tar = head.get(257..262) == Some(b"ustar");
        let begins =
            |it: &&Self| head.starts_with(it.magic) || is_tar && it.magic.ends_with(b"ustar");
        FORMATS.iter().find(is_named).or_else(|| FORMATS.iter().find(begins)).copied()
    }
}
