//! The source of an archive: a path or standard input.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::ArchiveError;
use super::files;

/// The source of an archive: files or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveSource {
    /// A directory, or one file.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

impl ArchiveSource {
    /// Creates a source from the argument of `--from`: a path, or `-`.
    #[must_use]
    pub fn named(path: &Path) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::Path(path.to_owned()) }
    }

    /// Returns the path that another command can read again. Standard input and a pipe, such as `<(oc get -o yaml ...)`
    /// of a shell, are read once.
    #[must_use]
    pub fn readable_again(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => (path.is_file() || path.is_dir() || !path.exists()).then_some(path),
            Self::Stdin => None,
        }
    }

    /// A short name for it: the last part of the path.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Path(_) if self.readable_again().is_none() => "the pipe".to_owned(),
            Self::Path(path) => path
                .file_name()
                .map_or_else(|| "the files".to_owned(), |name| name.to_string_lossy().into_owned()),
            Self::Stdin => self.to_string(),
        }
    }

    /// The text of the one file that it is.
    ///
    /// # Errors
    /// When it cannot be read, or is no text.
    pub fn text(&self) -> Result<String, ArchiveError> {
        match self {
            Self::Path(path) => files::text_of(path),
            Self::Stdin => files::text_of_stdin(),
        }
    }
}

impl fmt::Display for ArchiveSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}
