//! Scrapes and reports in files: reads both, and writes reports. The only place that does.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;

use crate::model::encoding;
use crate::perf::report::PerfReport;
use crate::perf::saved::SavedReportError;
use crate::perf::scrape::{Scrape, ScrapeError, ScrapeReader};

/// The number of bytes that are read at once.
const PIECE: usize = 64 * 1024;
/// The longest report that is read, in bytes.
const LONGEST_REPORT: u64 = 16 << 20;
/// The longest scrape that is read, in bytes, unpacked.
const LONGEST_SCRAPE: u64 = 1 << 30;
/// For how long Go puts off collecting garbage at most, in seconds.
const BETWEEN_COLLECTIONS: f64 = 120.0;

/// The reason why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PerfFileError {
    /// The system does not let it be read or written.
    #[error("{} cannot be {attempted}: {error}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        attempted: &'static str,
        /// The reason.
        error: io::Error,
    },
    /// A directory stands where a scrape is expected.
    #[error(
        "{} is a directory, but --from requires two saved metrics files. A must-gather contains no metrics since \
         OpenShift 4.8",
        .0.display()
    )]
    Directory(PathBuf),
    /// The file is no scrape.
    #[error("{}: {error}", path.display())]
    Scrape {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: ScrapeError,
    },
    /// The file is no report.
    #[error("{}: {error}", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: SavedReportError,
    },
    /// A report is there already, and would be lost.
    #[error("{} already exists and is not overwritten", .0.display())]
    Exists(PathBuf),
}

impl PerfFileError {
    /// Returns advice for the user.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Directory(_) => Some("a metrics file is the output of `oc get --raw /metrics`"),
            Self::Report { error: SavedReportError::OtherKind, .. } => {
                Some("a report is what the flag --save of `oc etcd perf` writes")
            }
            _ => None,
        }
    }
}

/// Reads a saved scrape, packed by gzip or not. Its time is that of the file, where the scrape confirms it.
///
/// # Errors
/// When it cannot be read, or is no scrape of an API server.
pub fn read_scrape(path: &Path) -> Result<Scrape, PerfFileError> {
    let of_system = |error| system(path, "read", error);
    let file = File::open(path).map_err(of_system)?;
    let about = file.metadata().map_err(of_system)?;
    if about.is_dir() {
        return Err(PerfFileError::Directory(path.to_owned()));
    }
    let scrape = read(unpacked(file).map_err(of_system)?, of_system, path)?;
    let changed = about.modified().ok().and_then(|it| Timestamp::try_from(it).ok());
    let read_at = changed.filter(|it| is_confirmed(*it, &scrape));
    Ok(Scrape { read_at, ..scrape })
}

fn system(path: &Path, attempted: &'static str, error: io::Error) -> PerfFileError {
    PerfFileError::System { path: path.to_owned(), attempted, error }
}

fn read(
    text: impl Read,
    of_system: impl Fn(io::Error) -> PerfFileError,
    path: &Path,
) -> Result<Scrape, PerfFileError> {
    let of_scrape = |error| PerfFileError::Scrape { path: path.to_owned(), error };
    let mut text = text.take(LONGEST_SCRAPE);
    let mut reader = ScrapeReader::default();
    let mut piece = vec![0; PIECE];
    loop {
        match text.read(&mut piece) {
            Ok(0) => return reader.finish().map_err(of_scrape),
            Ok(length) => {
                reader.feed(piece.get(..length).unwrap_or_default()).map_err(of_scrape)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(of_system(error)),
        }
    }
}

/// The text of a file in UTF-8, whether or not the file is packed or in UTF-16.
fn unpacked(mut file: File) -> io::Result<Box<dyn Read>> {
    let mut beginning = Vec::new();
    Read::by_ref(&mut file).take(3).read_to_end(&mut beginning)?;
    let is_packed = beginning.starts_with(&[0x1f, 0x8b]);
    let is_utf16 = matches!(beginning.as_slice(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    if beginning == [0xef, 0xbb, 0xbf] {
        beginning.clear();
    }
    let whole = io::Cursor::new(beginning).chain(file);
    if is_utf16 {
        // As PowerShell's `>` writes it. Such a file is rare enough to be read at once.
        let mut bytes = Vec::new();
        whole.take(LONGEST_SCRAPE).read_to_end(&mut bytes)?;
        let text = encoding::text(bytes).ok_or(io::ErrorKind::InvalidData)?;
        return Ok(Box::new(io::Cursor::new(text)));
    }
    Ok(if is_packed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}

/// Tells whether a file's time may be that of its scrape. Copying a file gives it a new time; the process's last
/// collection of garbage was at most two minutes before the scrape.
fn is_confirmed(changed: Timestamp, scrape: &Scrape) -> bool {
    let changed = changed.as_duration().as_secs_f64();
    scrape.collected.is_some_and(|it| it <= changed + 1.0 && changed <= it + BETWEEN_COLLECTIONS)
}

/// Reads a report that was saved.
///
/// # Errors
/// When it cannot be read, or is none.
pub fn read_report(path: &Path) -> Result<PerfReport, PerfFileError> {
    let of_system = |error| system(path, "read", error);
    let mut text = String::new();
    let file = File::open(path).map_err(of_system)?;
    file.take(LONGEST_REPORT).read_to_string(&mut text).map_err(of_system)?;
    PerfReport::parse(&text).map_err(|error| PerfFileError::Report { path: path.to_owned(), error })
}

/// Makes sure, before anything is measured, that a report can be saved.
///
/// # Errors
/// When a file of that name is there, or no directory for it.
pub fn must_be_free(path: &Path) -> Result<(), PerfFileError> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(PerfFileError::Exists(path.to_owned()));
    }
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
    match directory.map(fs::metadata).transpose() {
        Ok(about) if about.as_ref().is_none_or(fs::Metadata::is_dir) => Ok(()),
        Ok(_) => Err(system(path, "written", io::ErrorKind::NotADirectory.into())),
        Err(error) => Err(system(path, "written", error)),
    }
}

/// Saves a report's document into a new file.
///
/// # Errors
/// When the file is there already, or cannot be written.
pub fn write_report(path: &Path, document: &[u8]) -> Result<(), PerfFileError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => PerfFileError::Exists(path.to_owned()),
        _ => system(path, "written", error),
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(document).map_err(failed)
}
