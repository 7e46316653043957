//! Archives that come out the same on every machine: entries sorted by name, one time for all, no owner,
//! and a mode that depends on nothing but whether the file is a program.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What it holds.
    pub contents: Vec<u8>,
    /// Who may do what with it: 0o755 or 0o644.
    pub mode: u32,
}

/// The files by their paths, with `/` between the parts.
pub type Files = BTreeMap<String, File>;

/// The directories that the files are in, each once and in order.
fn directories(files: &Files) -> Vec<String> {
    let parents = files.keys().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..=at]));
    let mut found: Vec<String> = parents.map(str::to_owned).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// A tar archive in gzip, with directories and regular files and nothing else.
pub fn tar_gz(files: &Files, time: Timestamp) -> Result<Vec<u8>> {
    // Neither a name nor a time in gzip's own header, as with `gzip -n`.
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(gzip);
    let mtime = u64::try_from(time.as_second()).context("a time before 1970")?;
    let mut append = |path: &str, kind: EntryType, mode: u32, contents: &[u8]| {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(mtime);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(contents.len() as u64);
        tar.append_data(&mut header, path, contents).with_context(|| path.to_owned())
    };
    for directory in directories(files) {
        append(&directory, EntryType::Directory, 0o755, &[])?;
    }
    for (path, file) in files {
        append(path, EntryType::Regular, file.mode, &file.contents)?;
    }
    Ok(tar.into_inner()?.finish()?)
}

/// A zip archive of the files; their directories follow from their paths.
pub fn zip(files: &Files, time: Timestamp) -> Result<Vec<u8>> {
    let at = time.to_zoned(TimeZone::UTC).datetime();
    let part = |it: i8| u8::try_from(it);
    let time = DateTime::from_date_and_time(
        u16::try_from(at.year())?,
        part(at.month())?,
        part(at.day())?,
        part(at.hour())?,
        part(at.minute())?,
        part(at.second())?,
    )?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, file) in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(time)
            .unix_permissions(file.mode);
        zip.start_file(path, options).with_context(|| path.clone())?;
        zip.write_all(&file.contents)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let file = |contents: &str, mode| File { contents: contents.into(), mode };
        [
            ("man/man1/b.1".to_owned(), file("page", 0o644)),
            ("a".to_owned(), file("program", 0o755)),
            ("man/a".to_owned(), file("", 0o644)),
        ]
        .into()
    }

    #[test]
    fn a_tar_archive_holds_directories_and_files_in_order_and_nothing_of_the_machine() -> Result<()>
    {
        let time = Timestamp::from_second(1_750_000_000)?;
        let bytes = tar_gz(&files(), time)?;
        assert_eq!(bytes, tar_gz(&files(), time)?);
        // Flags and time of gzip's header.
        assert_eq!(bytes[3..8], [0; 5]);
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        let mut seen = Vec::new();
        for entry in archive.entries()? {
            let entry = entry?;
            let header = entry.header();
            assert_eq!((header.uid()?, header.gid()?, header.mtime()?), (0, 0, 1_750_000_000));
            assert_eq!((header.username()?, header.groupname()?), (Some(""), Some("")));
            seen.push(format!("{} {:o}", entry.path()?.display(), header.mode()?));
        }
        let wanted = ["man/ 755", "man/man1/ 755", "a 755", "man/a 644", "man/man1/b.1 644"];
        assert_eq!(seen, wanted);
        Ok(())
    }

    #[test]
    fn a_zip_archive_holds_the_files_in_order_with_one_time() -> Result<()> {
        let time = Timestamp::from_second(1_750_000_000)?;
        let bytes = zip(&files(), time)?;
        assert_eq!(bytes, zip(&files(), time)?);
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
        let mut seen = Vec::new();
        for index in 0..archive.len() {
            let file = archive.by_index(index)?;
            let time = file.last_modified().context("no time")?;
            let day = (time.year(), time.month(), time.day());
            assert_eq!(
                (day, time.hour(), time.minute(), time.second()),
                ((2025, 6, 15), 15, 6, 40)
            );
            let mode = file.unix_mode().context("no mode")? & 0o777;
            seen.push(format!("{} {mode:o}", file.name()?));
        }
        assert_eq!(seen, ["a 755", "man/a 644", "man/man1/b.1 644"]);
        Ok(())
    }
}
