//! Why files cannot stand in for a cluster. Names files and places in them, quotes none.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::ArchiveSource;
use super::contents::WithoutObjects;
use super::packed::Format;
use crate::model::manifest::ManifestError;
use crate::model::object::ObjectRef;
use crate::model::shell_command::quoted;
use crate::system;

/// Why files cannot stand in for a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file or directory is not there, or may not be read.
    #[error("reading {}: {}", path.display(), system::words(error))]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Standard input cannot be read.
    #[error("reading standard input: {}", system::words(.0))]
    Stdin(io::Error),
    /// A file is damaged.
    #[error("{place}: {error}")]
    Damaged {
        /// The source.
        place: ArchiveSource,
        /// The error, with its position in the file.
        error: ManifestError,
    },
    /// The file is packed.
    #[error("{} is {}, but --from requires {}", path.display(), packed(*format).0, packed(*format).1)]
    Packed {
        /// The path of the file.
        path: PathBuf,
        /// The format of the file.
        format: Format,
    },
    /// No file holds anything of use.
    #[error("{place} contains no object of a supported kind{}", behind(found.as_ref(), remarks))]
    Empty {
        /// The source.
        place: ArchiveSource,
        /// A file of it that contains something else.
        found: Option<WithoutObjects>,
        /// The files that were not read, and why.
        remarks: Vec<String>,
    },
    /// More than one must-gather, whose objects are of different times.
    #[error("the directory contains several must-gathers or inspections: {}", times(gathered))]
    SeveralGathers {
        /// The directories, the newest one first, and the times at which they were written.
        gathered: Vec<(PathBuf, Option<Timestamp>)>,
    },
    /// Two clusters in one directory.
    #[error(
        "the files are from two clusters: {place} contains {object} of another cluster than a file before it"
    )]
    TwoClusters {
        /// The later file.
        place: ArchiveSource,
        /// The object that differs.
        object: ObjectRef,
    },
}

impl ArchiveError {
    /// Returns advice, as a command to paste.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Packed { path, format } => {
                let (command, packed) = (format.command, quoted(&path.display().to_string()));
                Some(if format.is_archive {
                    format!("unpack the archive and pass the directory: {command} {packed}")
                } else {
                    // The programs that unpack a file refuse a name without their ending, unless they write to a pipe.
                    let unpacked = quoted(&format!("{}.unpacked", path.display()));
                    format!(
                        "unpack the file and pass the unpacked file: {command} {packed} >{unpacked}"
                    )
                })
            }
            Self::SeveralGathers { gathered } => gathered.first().map(|(path, _)| {
                let path = quoted(&path.display().to_string());
                format!("pass the directory of one of them: --from {path}")
            }),
            Self::Empty { found: Some(found), .. } => Some(found.hint()),
            Self::Empty { found: None, .. } => {
                Some("create a must-gather, and pass its directory: oc adm must-gather".to_owned())
            }
            _ => None,
        }
    }
}

/// What a packed file is, and what is required instead.
const fn packed(format: Format) -> (&'static str, &'static str) {
    if format.is_archive {
        ("an archive", "a directory")
    } else {
        ("compressed", "a file that is not compressed")
    }
}

fn times(gathered: &[(PathBuf, Option<Timestamp>)]) -> String {
    let all = gathered.iter().map(|(path, time)| match time {
        Some(time) => format!("{} of {}", path.display(), time.strftime("%Y-%m-%d %H:%M:%SZ")),
        None => path.display().to_string(),
    });
    all.collect::<Vec<_>>().join(", ")
}

fn behind(found: Option<&WithoutObjects>, remarks: &[String]) -> String {
    let all = found.map(ToString::to_string).into_iter().chain(remarks.iter().cloned());
    all.fold(String::new(), |text, it| text + "; " + &it)
}
