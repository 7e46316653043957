//! The script on a machine that is not booted: in a mount namespace of its own it sees files as disks,
//! a tree like /sys/block, and an /etc that is empty. All programs are the real ones, but for three
//! that a test cannot let run: `sleep`, `udevadm` and `systemctl`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};
use oc_etcd::derive::disk::{Disk, machine_config};
use oc_etcd::derive::member_disk;
use oc_etcd::model::object::Object;
use percent_encoding::percent_decode_str;

use crate::disk::{Contents, MIB, copy, digest};

pub(crate) const EBS: &str = "Amazon Elastic Block Store";
pub(crate) const INSTANCE_STORE: &str = "Amazon EC2 NVMe Instance Storage";
/// The size of a disk in MiB: mkfs.xfs makes no file system below 300.
pub(crate) const SIZE: u64 = 400;

/// Makes /sys/block, /dev, /etc and /run the machine's own, and runs the unit's command.
const ENTER: &str = r#"
set -euo pipefail
touch "$1/dev/null"
mount --bind /dev/null "$1/dev/null"
mount --rbind "$1/block" /sys/block
mount --rbind "$1/dev" /dev
mount --bind "$1/etc" /etc
mount --bind "$1/lib" /var/lib
mount -t tmpfs tmpfs /run
cd /
exec env -i PATH="$1/bin:/usr/sbin:/usr/bin:/sbin:/bin" ${2:+LD_PRELOAD="$2" WRITES="$1/writes"} "${@:3}"
"#;

/// A machine that is not booted.
pub(crate) struct Machine {
    path: PathBuf,
    script: String,
    command: Vec<String>,
    preload: Option<PathBuf>,
}

impl Drop for Machine {
    fn drop(&mut self) {
        // What is left is overwritten by the next run.
        let _removed = fs::remove_dir_all(&self.path);
    }
}

/// What a run of the script came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    /// Standard output and standard error.
    pub(crate) text: String,
    /// The names of the disks that are not as they were before, in the order of their names.
    pub(crate) changed: Vec<String>,
}

impl Ran {
    /// Fails where the script failed, or wrote to another disk than these.
    pub(crate) fn expect_ready(self, changed: &[&str]) -> Result<Self> {
        ensure!(self.code == Some(0), "the script ended with {:?}: {}", self.code, self.text);
        self.expect_changed(changed)
    }

    /// Fails where the script did not stop with this reason, or wrote to a disk.
    pub(crate) fn expect_stop(self, reason: &str) -> Result<Self> {
        ensure!(self.code == Some(1), "the script ended with {:?}: {}", self.code, self.text);
        ensure!(self.text.contains(reason), "no \"{reason}\" in {}", self.text);
        self.expect_changed(&[])
    }

    fn expect_changed(self, changed: &[&str]) -> Result<Self> {
        ensure!(self.changed == changed, "changed: {:?}; {}", self.changed, self.text);
        Ok(self)
    }
}

/// The text of a file and the command of a unit in the MachineConfig of the disk.
pub(crate) fn script_of(object: &Object) -> Result<(String, Vec<String>)> {
    let url = object.text("/spec/config/storage/files/0/contents/source").context("no script")?;
    let script = url.strip_prefix("data:,").context("the script is no plain data URL")?;
    let script = percent_decode_str(script).decode_utf8()?.into_owned();
    let unit = object.text("/spec/config/systemd/units/0/contents").context("no unit")?;
    let command = unit.lines().find_map(|line| line.strip_prefix("ExecStart="));
    let command = command.context("the unit has no command")?;
    Ok((script, command.split(' ').map(str::to_owned).collect()))
}

impl Machine {
    /// A machine with a root disk, `nvme0n1`.
    pub(crate) fn with_script(name: &str, script: String) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bootlab").join(name);
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        for directory in ["block", "dev", "etc/oc-etcd", "bin", "lib"] {
            fs::create_dir_all(path.join(directory))?;
        }
        symlink("/proc/self/fd", path.join("dev/fd"))?;
        let command = vec!["/usr/bin/bash".to_owned(), "/etc/oc-etcd/prepare-disk".to_owned()];
        let machine = Self { path, script, command, preload: None };
        machine.stand_in(
            "sleep",
            "n=$(cat \"$d/naps\" 2>/dev/null || echo 0); n=$((n + 1)); \
            echo $n >\"$d/naps\"; [[ ! -e $d/nap-$n ]] || . \"$d/nap-$n\"",
        )?;
        machine.stand_in("udevadm", "")?;
        machine.systemd_is(["inactive"; 3])?;
        machine.attach("nvme0n1", EBS, "vol0root", Contents::GptWithPartition)
    }

    /// The script looks at one device.
    pub(crate) fn named(mut self, device: &str) -> Result<Self> {
        let disk = Disk::device(device).context("not a device")?;
        let (script, command) = script_of(&machine_config(&disk, "3.2.0", "test"))?;
        ensure!(self.script.len() + 200 > script.len(), "the script depends on the device");
        self.command = command;
        Ok(self)
    }

    /// The machine is a master, on which the script mounts the disk by itself: `mount` and `restorecon` write down
    /// what they were called with.
    pub(crate) fn master(mut self, disk: &Disk) -> Result<Self> {
        (_, self.command) = script_of(&member_disk::machine_config(disk, "3.2.0", "test"))?;
        for program in ["mount", "restorecon"] {
            self.stand_in(program, &format!("echo \"{program} $*\" >>\"$d/mounted\""))?;
        }
        Ok(self)
    }

    /// A program of the test's own in the place of a real one; `$d` is the machine's directory, which
    /// is also how [`Machine::nap`] and [`Machine::step`] hand things over.
    pub(crate) fn stand_in(&self, program: &str, text: &str) -> Result<()> {
        let file = self.path.join("bin").join(program);
        let text = format!("#!/usr/bin/bash\nd='{}'\n{text}\n", self.path.display());
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    /// What systemd says of emergency.target, emergency.service and rescue.target.
    pub(crate) fn systemd_is(&self, states: [&str; 3]) -> Result<()> {
        self.stand_in(
            "systemctl",
            &format!(
                "printf '%s\\n\\n%s\\n\\n%s\\n' {}",
                states.map(|it| format!("'{it}'")).join(" ")
            ),
        )
    }

    /// Runs a text of shell when the script sleeps for this time.
    pub(crate) fn nap(self, number: u32, text: &str) -> Result<Self> {
        fs::write(self.path.join(format!("nap-{number}")), text)?;
        Ok(self)
    }

    /// An EBS volume.
    pub(crate) fn ebs(self, name: &str, contents: Contents) -> Result<Self> {
        self.attach(name, EBS, &format!("vol0{name}"), contents)
    }

    /// A disk. One without a serial number has no such file.
    pub(crate) fn attach(
        self,
        name: &str,
        model: &str,
        serial: &str,
        contents: Contents,
    ) -> Result<Self> {
        contents.make(&self.file(name), SIZE)?;
        let block = self.path.join("block").join(name);
        fs::create_dir_all(block.join("device"))?;
        fs::create_dir_all(block.join("holders"))?;
        // As the kernel pads them.
        for (file, text, width) in [("model", model, 40), ("serial", serial, 20)] {
            if !text.is_empty() {
                fs::write(block.join("device").join(file), format!("{text:width$}\n"))?;
            }
        }
        let sectors = fs::metadata(self.file(name))?.len() / 512;
        fs::write(block.join("size"), format!("{sectors}\n"))?;
        fs::write(block.join("ro"), "0\n")?;
        if contents == Contents::GptWithPartition {
            return self.partition(name, &format!("{name}p1"));
        }
        Ok(self)
    }

    /// A partition of a disk, which holds nothing.
    pub(crate) fn partition(self, disk: &str, name: &str) -> Result<Self> {
        let block = self.path.join("block").join(disk).join(name);
        fs::create_dir_all(&block)?;
        fs::write(block.join("partition"), "1\n")?;
        fs::File::create(self.file(name))?.set_len(MIB)?;
        Ok(self)
    }

    /// Writes a file of /sys/block.
    pub(crate) fn sysfs(self, file: &str, text: &str) -> Result<Self> {
        let path = self.path.join("block").join(file);
        fs::create_dir_all(path.parent().context("no directory")?)?;
        fs::write(path, text)?;
        Ok(self)
    }

    /// Takes a disk away.
    pub(crate) fn detach(&self, name: &str) -> Result<()> {
        fs::remove_dir_all(self.path.join("block").join(name))?;
        Ok(fs::remove_file(self.file(name))?)
    }

    /// The file that stands for a disk.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join("dev").join(name)
    }

    /// A file of the machine's own.
    pub(crate) fn own(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The serial number that a file of /etc/oc-etcd keeps; `None` where there is no such file.
    pub(crate) fn kept(&self, file: &str) -> Option<String> {
        let text = fs::read_to_string(self.path.join("etc/oc-etcd").join(file)).ok()?;
        Some(text.trim_end().to_owned())
    }

    /// Writes a file of /etc/oc-etcd.
    pub(crate) fn keep(self, file: &str, text: &str) -> Result<Self> {
        fs::write(self.path.join("etc/oc-etcd").join(file), text)?;
        Ok(self)
    }

    /// The same machine with another state of `nvme1n1`, on a boot on which these words are kept as begun.
    pub(crate) fn with(&self, state: &Path, begun: &str) -> Result<&Self> {
        copy(state, &self.file("nvme1n1"))?;
        let kept = self.path.join("etc/oc-etcd");
        fs::remove_dir_all(&kept)?;
        fs::create_dir_all(&kept)?;
        if !begun.is_empty() {
            fs::write(kept.join("disk-is-begun"), format!("{begun}\n"))?;
        }
        Ok(self)
    }

    /// Has a library loaded into each program.
    pub(crate) fn preload(&mut self, library: Option<PathBuf>) {
        self.preload = library;
    }

    /// Runs the script as the unit does.
    pub(crate) fn run(&self) -> Result<Ran> {
        // The booted machines have all the looks; here each costs time and shows nothing new.
        ensure!(
            self.script.matches("attempts=30\n").count() == 1,
            "the script looks another number of times"
        );
        let script = self.script.replace("attempts=30\n", "attempts=5\n");
        fs::write(self.path.join("etc/oc-etcd/prepare-disk"), script)?;
        let _first_nap = fs::remove_file(self.path.join("naps"));
        let before = self.digests()?;
        let output = self.enter()?;
        let after = self.digests()?;
        let changed =
            after.into_iter().filter(|it| !before.contains(it)).map(|(name, _)| name).collect();
        let text = String::from_utf8([output.stdout, output.stderr].concat())?;
        Ok(Ran { code: output.status.code(), text, changed })
    }

    fn enter(&self) -> Result<Output> {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation=private"]);
        command.args(["bash", "-c", ENTER, "bash"]).arg(&self.path);
        command.arg(self.preload.as_deref().unwrap_or(Path::new(""))).args(&self.command);
        Ok(command.stdin(Stdio::null()).output()?)
    }

    fn digests(&self) -> Result<Vec<(String, String)>> {
        let mut digests = Vec::new();
        for entry in fs::read_dir(self.path.join("dev"))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_file() && name != "null" {
                digests.push((name, digest(&entry.path())?));
            }
        }
        digests.sort();
        Ok(digests)
    }
}

/// Why such machines cannot be made here; `None` where they can.
pub(crate) fn missing() -> Option<String> {
    let programs = [
        ("unshare", "util-linux"),
        ("mkfs.xfs", "xfsprogs"),
        ("mkfs.ext4", "e2fsprogs"),
        ("sfdisk", "fdisk"),
        ("cryptsetup", "cryptsetup-bin"),
        ("pvcreate", "lvm2"),
        ("cc", "gcc"),
    ];
    let missing: Vec<&str> = programs
        .iter()
        .filter(|(program, _)| !crate::lab::is_there(program))
        .map(|(_, package)| *package)
        .collect();
    if !missing.is_empty() {
        return Some(format!("the packages {} are not installed", missing.join(", ")));
    }
    let works = Command::new("unshare").args(["--mount", "true"]).output();
    let is_root = rustix::process::geteuid().is_root();
    (!is_root || !works.is_ok_and(|it| it.status.success()))
        .then(|| "only root can make loop devices and mount namespaces".to_owned())
}
