//! `oc-etcd-release`: packs programs that are built, then finishes the directory of a release.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use jiff::Timestamp;
use oc_etcd_release::checksums::{Checksums, sha256};
use oc_etcd_release::platform::{PLATFORMS, Platform};
use oc_etcd_release::template::{self, Missing};
use oc_etcd_release::{crates, package, repository};

/// Packs a release of oc-etcd.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the platforms of a release, and the target that each is built for.
    Platforms,
    /// Make the archive and the bill of materials of one platform.
    Pack {
        /// The platform, as in linux-amd64.
        #[arg(long)]
        platform: Platform,
        /// The program that was built for it.
        #[arg(long)]
        program: PathBuf,
        /// The time of everything in the archive, in seconds since 1970.
        #[arg(long, value_parser = time)]
        time: Timestamp,
        /// The directory of the release.
        directory: PathBuf,
    },
    /// Write the checksums, and fill plugin.yaml and the Homebrew formula from them.
    Finish {
        /// Fail unless there is an archive for every platform.
        #[arg(long)]
        complete: bool,
        /// The directory of the release.
        directory: PathBuf,
    },
}

fn time(text: &str) -> Result<Timestamp> {
    Ok(Timestamp::from_second(text.parse()?)?)
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Platforms => {
            for platform in PLATFORMS {
                println!("{platform} {}", platform.target);
            }
            Ok(())
        }
        Command::Pack { platform, program, time, directory } => {
            let program = std::fs::read(&program).with_context(|| program.display().to_string())?;
            std::fs::create_dir_all(&directory)?;
            for (name, contents) in package::pack(&repository(), platform, &program, time)?.files {
                write(&directory.join(name), &contents)?;
            }
            Ok(())
        }
        Command::Finish { complete, directory } => {
            finish(&directory, if complete { Missing::Refuse } else { Missing::Zeros })
        }
    }
}

/// Takes the digests of the archives and bills of materials of this version that are in the directory.
fn finish(directory: &Path, missing: Missing) -> Result<()> {
    let version = &crates::version()?;
    let prefix = format!("kubectl-etcd-v{version}-");
    let mut sums = Checksums::default();
    for entry in std::fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&prefix) && name != Checksums::file(version) {
            sums.0.insert(name, sha256(&std::fs::read(entry.path())?));
        }
    }
    write(&directory.join(Checksums::file(version)), sums.text().as_bytes())?;
    for (template, name) in template::MANIFESTS {
        let filled = template::fill(template, version, &sums, missing).context(name)?;
        write(&directory.join(name), filled.as_bytes())?;
    }
    Ok(())
}

fn write(path: &Path, contents: &[u8]) -> Result<()> {
    std::fs::write(path, contents).with_context(|| path.display().to_string())?;
    println!("{} {}", sha256(contents), path.display());
    Ok(())
}
