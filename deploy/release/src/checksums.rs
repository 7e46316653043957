//! The SHA-256 of each file of a release, in the form that `sha256sum --check` reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

/// The digests by file name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checksums(pub BTreeMap<String, String>);

impl Checksums {
    /// The name of the file that holds them.
    pub fn file(version: &str) -> String {
        format!("kubectl-etcd-v{version}-checksums.txt")
    }

    /// Reads what `text` writes.
    pub fn parse(text: &str) -> Result<Self> {
        let line = |line: &str| {
            let (digest, name) = line.split_once("  ").with_context(|| format!("line `{line}`"))?;
            ensure!(digest.len() == 64, "line `{line}` has no SHA-256");
            Ok((name.to_owned(), digest.to_owned()))
        };
        Ok(Self(text.lines().map(line).collect::<Result<_>>()?))
    }

    /// One line for each file, sorted by name.
    pub fn text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, (name, digest)| {
            let _ = writeln!(text, "{digest}  {name}");
            text
        })
    }
}

/// The SHA-256 of some bytes, in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let empty = sha256(b"");
        assert_eq!(empty, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let names = ["b.zip", "a.tar.gz"];
        let checksums = Checksums(names.map(|it| (it.to_owned(), empty.clone())).into());
        assert_eq!(checksums.text(), format!("{empty}  a.tar.gz\n{empty}  b.zip\n"));
        assert_eq!(Checksums::parse(&checksums.text()).ok(), Some(checksums));
        assert!(Checksums::parse("abc  a.tar.gz\n").is_err());
    }
}
