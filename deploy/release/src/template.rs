//! Fills the manifests of package managers: `@version@`, and `@sha256:linux-amd64@` for each platform.

use anyhow::{Context as _, Result, bail};

use crate::checksums::Checksums;
use crate::platform::Platform;

/// What stands for the digest of an archive that there is not. krew and Homebrew refuse it.
pub const NO_ARCHIVE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The manifests: the template, and the name of the file that is made from it.
pub const MANIFESTS: [(&str, &str); 2] = [
    (include_str!("../templates/plugin.yaml"), "plugin.yaml"),
    (include_str!("../templates/oc-etcd.rb"), "oc-etcd.rb"),
];

/// What to do about archives that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Write zeros.
    Zeros,
    /// Fail: a release has them all.
    Refuse,
}

/// Fills a template.
pub fn fill(template: &str, version: &str, sums: &Checksums, missing: Missing) -> Result<String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('@') {
        let (place, after) = after.split_once('@').context("an `@` without another")?;
        filled.push_str(before);
        match place.split_once(':') {
            None if place == "version" => filled.push_str(version),
            Some(("sha256", platform)) => {
                let platform: Platform = platform.parse().map_err(anyhow::Error::msg)?;
                let archive = platform.archive(version);
                match sums.0.get(&archive) {
                    Some(digest) => filled.push_str(digest),
                    None if missing == Missing::Zeros => filled.push_str(NO_ARCHIVE),
                    None => bail!("there is no {archive}"),
                }
            }
            _ => bail!("`@{place}@` stands for nothing"),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums() -> Checksums {
        let digest = "ab".repeat(32);
        Checksums([("kubectl-etcd-v1.2.3-linux-amd64.tar.gz".to_owned(), digest)].into())
    }

    #[test]
    fn a_template_is_filled_from_the_archives_that_there_are() -> Result<()> {
        let template = "v@version@ @sha256:linux-amd64@ @sha256:windows-amd64@.";
        let filled = fill(template, "1.2.3", &sums(), Missing::Zeros)?;
        assert_eq!(filled, format!("v1.2.3 {} {NO_ARCHIVE}.", "ab".repeat(32)));
        Ok(())
    }

    #[test]
    fn a_release_lacks_no_archive() {
        let error = fill("@sha256:windows-amd64@", "1.2.3", &sums(), Missing::Refuse);
        let error = error.map_err(|it| it.to_string());
        assert_eq!(error, Err("there is no kubectl-etcd-v1.2.3-windows-amd64.zip".to_owned()));
        assert!(fill("@sha256:linux-amd64@", "1.2.3", &sums(), Missing::Refuse).is_ok());
    }

    #[test]
    fn what_stands_for_nothing_is_refused() {
        for template in ["@sha256:plan9-amd64@", "@name@", "a@b"] {
            assert!(fill(template, "1.2.3", &sums(), Missing::Zeros).is_err(), "{template}");
        }
    }
}
