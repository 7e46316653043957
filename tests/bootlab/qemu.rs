//! QEMU as the lab needs it: a private copy whose NVMe controllers say a model of the test's own.
//!
//! The model of QEMU's controllers is a constant. In the copy it is the id of the device, because one
//! instruction loads the address of the id in the place of the address of the constant. So a disk can say
//! that it is an EBS volume, and what is tested stays as it is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::lab;

const PROGRAM: &str = "/usr/bin/qemu-system-x86_64";
const MODEL: &[u8] = b"QEMU NVMe Ctrl\0";
/// The offset of `id` in QEMU's `DeviceState`, after the `Object` that it begins with.
const ID: u8 = 0x28;

/// The copy of QEMU, made once for each QEMU that is installed.
pub(crate) fn program() -> Result<PathBuf> {
    let copy = lab::directory().join("qemu");
    let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    if modified(&copy) < modified(Path::new(PROGRAM)) {
        let mut code = fs::read(PROGRAM).with_context(|| format!("read {PROGRAM}"))?;
        patch(&mut code)?;
        let new = copy.with_extension("new");
        fs::write(&new, code)?;
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755))?;
        fs::rename(&new, &copy)?;
    }
    Ok(copy)
}

/// A command that runs the copy. Its modules lie where the original looks for them.
pub(crate) fn command() -> Result<Command> {
    let mut command = Command::new(program()?);
    command.env("QEMU_MODULE_DIR", "/usr/lib/x86_64-linux-gnu/qemu");
    command.args(["-L", "/usr/share/qemu", "-L", "/usr/share/seabios"]);
    Ok(command)
}

/// `kvm` where the machine boots a kernel with it, else emulation. Known once for all tests.
pub(crate) fn accelerator() -> Result<String> {
    let known = lab::directory().join("accelerator");
    if let Ok(name) = fs::read_to_string(&known) {
        return Ok(name);
    }
    let name = if boots_with_kvm()? { "kvm" } else { "tcg,thread=multi" };
    fs::write(&known, name)?;
    Ok(name.to_owned())
}

fn boots_with_kvm() -> Result<bool> {
    if fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_err() {
        return Ok(false);
    }
    let console = lab::directory().join("kvm.console");
    let mut child = command()?
        .args(["-accel", "kvm", "-M", "q35", "-m", "256", "-display", "none", "-nodefaults"])
        .args(["-no-reboot", "-append", "console=ttyS0 panic=-1", "-serial"])
        .arg(format!("file:{}", console.display()))
        .arg("-kernel")
        .arg(lab::directory().join("vmlinuz"))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let started = Instant::now();
    let mut boots = false;
    while !boots && started.elapsed() < Duration::from_secs(8) && child.try_wait()?.is_none() {
        std::thread::sleep(Duration::from_millis(200));
        boots = fs::read_to_string(&console).is_ok_and(|it| it.contains("Kernel panic"));
    }
    let _ended = child.kill();
    child.wait()?;
    Ok(boots)
}

/// Replaces `lea rdx, [rip + MODEL]` by `mov rdx, [REGISTER + ID]`, of the same length with a `nop`. The
/// register that holds the controller is that of the load of the serial number, which follows.
fn patch(code: &mut [u8]) -> Result<()> {
    let text = code.windows(MODEL.len()).position(|it| it == MODEL);
    let text = address(code, text.context("QEMU has no model of an NVMe controller")?)?;
    let loads: Vec<usize> = code
        .windows(7)
        .enumerate()
        .filter(|(_, it)| it.starts_with(&[0x48, 0x8d, 0x15]))
        .filter_map(|(at, it)| {
            let distance = i32::from_le_bytes(it[3..7].try_into().ok()?);
            let end = address(code, at).ok()? + 7;
            (end.checked_add_signed(distance.into()) == Some(text)).then_some(at)
        })
        .collect();
    ensure!(loads.len() == 1, "QEMU loads the model of an NVMe controller {} times", loads.len());
    let register = code[loads[0]..]
        .windows(9)
        .take(160)
        .find(|it| it.starts_with(&[0x49, 0x8b]) && it[7..] == [0x49, 0x8d])
        .map(|it| it[2])
        .filter(|it| (0x90..=0x97).contains(it) && it & 7 != 4)
        .context("QEMU's code around the model of an NVMe controller is not as expected")?;
    let load = [0x49, 0x8b, 0x50 | (register & 7), ID, 0x0f, 0x1f, 0x00];
    code[loads[0]..loads[0] + 7].copy_from_slice(&load);
    Ok(())
}

/// The address in memory of a place in an ELF file.
fn address(code: &[u8], at: usize) -> Result<u64> {
    let number = |at: usize, length: usize| {
        code[at..at + length].iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    ensure!(code.starts_with(b"\x7fELF\x02\x01"), "QEMU is no 64-bit ELF file");
    let (headers, size, count) = (number(0x20, 8), number(0x36, 2), number(0x38, 2));
    let at = u64::try_from(at)?;
    for header in (0..count).map(|index| headers + index * size) {
        let header = usize::try_from(header)?;
        let (kind, offset) = (number(header, 4), number(header + 8, 8));
        let (start, length) = (number(header + 16, 8), number(header + 32, 8));
        if kind == 1 && (offset..offset + length).contains(&at) {
            return Ok(at - offset + start);
        }
    }
    anyhow::bail!("a place of QEMU's file is not in memory")
}
