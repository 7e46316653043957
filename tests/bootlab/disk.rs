//! Files that stand for disks: what they hold, and how to tell that they did not change.

use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

pub(crate) const MIB: u64 = 1 << 20;
/// The label of the file system that the script makes.
pub(crate) const LABEL: &str = "var-lib-etcd";
/// The UUID of [`Contents::Xfs`].
pub(crate) const UUID: &str = "5a8d2c1e-6f0b-4d3a-9b7e-0c4f1e2d3a5b";

/// What a disk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    /// Nothing, like a new EBS volume.
    Nothing,
    /// ext4 on the whole disk, without a partition table.
    Ext4,
    /// A physical volume of LVM.
    Lvm,
    /// LUKS2.
    Luks,
    /// A GPT with one partition.
    GptWithPartition,
    /// A GPT without partitions.
    GptWithoutPartition,
    /// A GPT whose first MiB is lost: the table at the end is left.
    BackupGpt,
    /// An MBR without partitions.
    Mbr,
    /// XFS whose first sector is lost.
    XfsWithoutFirstSector,
    /// XFS without a label.
    Xfs,
    /// The file system of etcd, as the script leaves it.
    OfEtcd,
    /// 1 MiB of data in the middle.
    Middle,
    /// 512 bytes of data at the end.
    End,
    /// Data in the last 512 bytes of a disk whose size is no whole number of MiB.
    OddTail,
}

/// Everything that the script must leave alone.
pub(crate) const DATA: [Contents; 12] = [
    Contents::Ext4,
    Contents::Lvm,
    Contents::Luks,
    Contents::GptWithPartition,
    Contents::GptWithoutPartition,
    Contents::BackupGpt,
    Contents::Mbr,
    Contents::XfsWithoutFirstSector,
    Contents::Xfs,
    Contents::Middle,
    Contents::End,
    Contents::OddTail,
];

impl Contents {
    /// What a table calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Ext4 => "ext4",
            Self::Lvm => "LVM",
            Self::Luks => "LUKS",
            Self::GptWithPartition => "GPT with a partition",
            Self::GptWithoutPartition => "GPT without partitions",
            Self::BackupGpt => "only a backup GPT",
            Self::Mbr => "MBR without partitions",
            Self::XfsWithoutFirstSector => "XFS without its first sector",
            Self::Xfs => "XFS without label",
            Self::OfEtcd => "the file system of etcd",
            Self::Middle => "bytes in the middle",
            Self::End => "bytes at the end",
            Self::OddTail => "bytes in a tail that is no whole MiB",
        }
    }

    /// Makes a disk of so many MiB that holds this.
    pub(crate) fn make(self, path: &Path, mib: u64) -> Result<()> {
        if path.exists() {
            fs::remove_file(path)?;
        }
        let odd = if self == Self::OddTail { 300 * 1024 + 512 } else { 0 };
        File::create(path)?.set_len(mib * MIB + odd)?;
        let size = mib * MIB + odd;
        match self {
            Self::Nothing => Ok(()),
            Self::Ext4 => run("mkfs.ext4", &["-q", "-F"], path),
            Self::Lvm => on_loop_device(path, |device| {
                run("pvcreate", &["-q", "-y", "-ff", "--devices"], &[device, device])
            }),
            Self::Luks => luks(path),
            Self::GptWithPartition => piped("sfdisk", &["-q"], path, "label: gpt\n,\n"),
            Self::GptWithoutPartition => piped("sfdisk", &["-q"], path, "label: gpt\n"),
            Self::BackupGpt => {
                Self::GptWithPartition.make(path, mib)?;
                write(path, 0, &vec![0; usize::try_from(MIB)?])
            }
            Self::Mbr => piped("sfdisk", &["-q"], path, "label: dos\n"),
            Self::XfsWithoutFirstSector => {
                run("mkfs.xfs", &["-q"], path)?;
                write(path, 0, &[0; 512])
            }
            Self::Xfs => run("mkfs.xfs", &["-q", "-m", &format!("uuid={UUID}")], path),
            Self::OfEtcd => run("mkfs.xfs", &["-q", "-L", LABEL], path),
            Self::Middle => write(path, size / 2, &b"customer".repeat(131_072)),
            Self::End | Self::OddTail => write(path, size - 512, &[b'x'; 512]),
        }
    }
}

fn luks(path: &Path) -> Result<()> {
    let flags =
        ["luksFormat", "-q", "--type=luks2", "--pbkdf=pbkdf2", "--pbkdf-force-iterations=1000"];
    piped("cryptsetup", &flags, path, "passphrase")
}

/// Makes an ext4 that holds one file, with a label.
pub(crate) fn ext4_of(path: &Path, label: &str, file: &Path) -> Result<()> {
    let directory = path.with_extension("directory");
    fs::create_dir_all(&directory)?;
    fs::copy(file, directory.join(label)).with_context(|| format!("no {}", file.display()))?;
    let source = directory.to_string_lossy().into_owned();
    let made = run("mkfs.ext4", &["-q", "-F", "-L", label, "-d", &source], path);
    fs::remove_dir_all(&directory)?;
    made
}

/// Writes bytes into a disk.
pub(crate) fn write(path: &Path, at: u64, bytes: &[u8]) -> Result<()> {
    Ok(OpenOptions::new().write(true).open(path)?.write_all_at(bytes, at)?)
}

/// Reads bytes from a disk.
pub(crate) fn read(path: &Path, at: u64, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    File::open(path)?.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

/// Copies a disk and leaves holes holes.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("cp").arg("--sparse=always").args([from, to]).status()?;
    ensure!(status.success(), "cannot copy {}", from.display());
    Ok(())
}

/// What `blkid` says of a tag, such as `LABEL`; nothing where there is none.
pub(crate) fn tag(path: &Path, tag: &str) -> Result<String> {
    let output = Command::new("blkid").args(["-p", "-s", tag, "-o", "value"]).arg(path).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The digest of all that is not zero, with its place: holes and zeros are alike.
pub(crate) fn digest(path: &Path) -> Result<String> {
    const BLOCK: u64 = 65_536;
    let file = File::open(path)?;
    let size = file.metadata()?.size();
    let mut digest = Sha256::new();
    digest.update(size.to_be_bytes());
    let mut at = 0;
    while at < size {
        let Ok(data) = rustix::fs::seek(&file, rustix::fs::SeekFrom::Data(at)) else { break };
        let hole = rustix::fs::seek(&file, rustix::fs::SeekFrom::Hole(data))?;
        at = data - data % BLOCK;
        while at < hole {
            let mut block = Vec::new();
            let mut part = File::open(path)?;
            std::io::Seek::seek(&mut part, std::io::SeekFrom::Start(at))?;
            part.take(BLOCK).read_to_end(&mut block)?;
            if block.iter().any(|byte| *byte != 0) {
                digest.update(at.to_be_bytes());
                digest.update(&block);
            }
            at += BLOCK;
        }
    }
    Ok(format!("{:x}", Hexadecimal(&digest.finalize())))
}

struct Hexadecimal<'a>(&'a [u8]);

impl std::fmt::LowerHex for Hexadecimal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Something that becomes the last arguments of a command.
trait Last {
    fn last(&self) -> Vec<PathBuf>;
}

impl Last for Path {
    fn last(&self) -> Vec<PathBuf> {
        vec![self.to_owned()]
    }
}

impl Last for [&Path; 2] {
    fn last(&self) -> Vec<PathBuf> {
        self.iter().map(|it| (*it).to_owned()).collect()
    }
}

fn run(program: &str, arguments: &[&str], last: &(impl Last + ?Sized)) -> Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .args(last.last())
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .with_context(|| format!("no {program} here"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program}: {told}");
    Ok(())
}

fn piped(program: &str, arguments: &[&str], path: &Path, input: &str) -> Result<()> {
    let mut child = Command::new(program)
        .args(arguments)
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("no {program} here"))?;
    if let Some(mut stdin) = child.stdin.take() {
        std::io::Write::write_all(&mut stdin, input.as_bytes())?;
    }
    ensure!(child.wait()?.success(), "{program} failed");
    Ok(())
}

/// Gives a file as a block device, which `pvcreate` asks for.
pub(crate) fn on_loop_device(path: &Path, act: impl Fn(&Path) -> Result<()>) -> Result<()> {
    let output = Command::new("losetup").args(["--find", "--show"]).arg(path).output()?;
    ensure!(output.status.success(), "losetup: {}", String::from_utf8_lossy(&output.stderr));
    let device = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    let acted = act(&device);
    run("losetup", &["--detach"], device.as_path())?;
    acted
}
