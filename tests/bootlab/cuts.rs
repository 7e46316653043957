//! Power cuts while the file system is made. Each beginning of the writes that mkfs.xfs and `xfs_admin` make
//! is what a cut leaves; the script is run on each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use oc_etcd::derive::disk::{Disk, machine_config};

use crate::disk::{Contents, LABEL, digest, on_loop_device, read, tag, write};
use crate::script::Subject;
use crate::shell::script_of;

/// A write: where, and what.
pub(crate) struct Write {
    pub(crate) at: u64,
    pub(crate) data: Vec<u8>,
}

/// After each write of mkfs.xfs and `xfs_admin`, the power is cut; the next boot finishes the disk, and a
/// machine without the kept serial number leaves the disk alone.
pub(crate) fn every_prefix(_name: &str) -> Result<String> {
    let (script, _) = script_of(&machine_config(&Disk::Probe, "3.2.0", "test"))?;
    let subject = Subject { script, directory: "cuts".to_owned() };
    let (writes, uuid) = recorded(&subject)?;
    let begun = format!("{uuid} vol0nvme1n1");
    let machine = subject.machine("replay")?.ebs("nvme1n1", Contents::Nothing)?;
    let machine = machine.ebs("nvme2n1", Contents::Ext4)?;
    let (disk, state) = (machine.file("nvme1n1"), machine.own("state"));
    Contents::Nothing.make(&state, crate::shell::SIZE)?;
    let (mut again, mut ready) = (0, 0);
    for (number, one) in writes.iter().enumerate() {
        write(&state, one.at, &one.data)?;
        let was_labeled = tag(&state, "LABEL")? == LABEL;
        let machine = machine.with(&state, &begun)?;
        let ran = machine.run()?;
        ensure!(ran.code == Some(0), "after {} writes: {}", number + 1, ran.text);
        ensure!(!ran.changed.iter().any(|it| it != "nvme1n1"), "{:?}", ran.changed);
        if was_labeled {
            ensure!(ran.changed.is_empty(), "after {} writes: it was labeled", number + 1);
            ready += 1;
        } else {
            again += 1;
        }
        ensure!(tag(&disk, "LABEL")? == LABEL, "after {} writes", number + 1);
        is_whole(&disk).with_context(|| format!("after {} writes", number + 1))?;
    }
    // A machine that has nothing kept takes no such disk for an empty one.
    let before = digest(&state)?;
    let mut other = 0;
    Contents::Nothing.make(&state, crate::shell::SIZE)?;
    for one in &writes {
        write(&state, one.at, &one.data)?;
        let is_empty = read(&state, 0, 4096)?.iter().all(|it| *it == 0);
        if tag(&state, "LABEL")? == LABEL || is_empty {
            continue;
        }
        machine.with(&state, "")?.run()?.expect_stop("no empty EBS volume")?;
        other += 1;
    }
    ensure!(before == digest(&state)? && other > 0 && again > 0 && ready > 0);
    Ok(format!(
        "of {} beginnings of the writes, the next boot makes the disk again after {again} and mounts it \
         after {ready}; the other disk does not change",
        writes.len()
    ))
}

/// What mkfs.xfs and `xfs_admin` write when the script runs them, and the UUID of that file system.
pub(crate) fn recorded(subject: &Subject) -> Result<(Vec<Write>, String)> {
    let mut machine = subject.machine("record")?.ebs("nvme1n1", Contents::Nothing)?;
    machine.preload(Some(library()?));
    machine.run()?.expect_ready(&["nvme1n1"])?;
    let log = fs::read(machine.own("writes"))?;
    let (mut writes, mut at) = (Vec::new(), 0);
    while at < log.len() {
        let number = |from: usize| -> Result<u64> {
            Ok(u64::from_le_bytes(log[from..from + 8].try_into()?))
        };
        let (offset, length) = (number(at + 1)?, usize::try_from(number(at + 9)?)?);
        let is_data = log[at] == b'w';
        at += 17;
        let data = if is_data { log[at..at + length].to_vec() } else { vec![0; length] };
        at += if is_data { length } else { 0 };
        writes.push(Write { at: offset, data });
    }
    // The writes are all: on an empty disk they make the disk that the script made.
    let state = machine.own("state");
    Contents::Nothing.make(&state, crate::shell::SIZE)?;
    for one in &writes {
        write(&state, one.at, &one.data)?;
    }
    ensure!(digest(&state)? == digest(&machine.file("nvme1n1"))?, "writes passed by unseen");
    Ok((writes, tag(&state, "UUID")?))
}

/// The library that records writes.
fn library() -> Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bootlab/writes.c");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("writes.so");
    let output = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Wextra", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .output()
        .context("no cc here")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && told.is_empty(), "cc: {told}");
    Ok(library)
}

/// The file system is sound.
pub(crate) fn is_whole(path: &Path) -> Result<()> {
    on_loop_device(path, |device| {
        let output = Command::new("xfs_repair").arg("-n").arg(device).output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "xfs_repair: {told}");
        Ok(())
    })
}
