//! Machines that are booted: their disks in the order of their PCI slots, the config that Ignition applies,
//! and what a boot came to.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::disk::{Contents, digest};
use crate::shell::{EBS, INSTANCE_STORE};
use crate::{lab, qemu};

/// How long a boot may take before the test ends it. The machine may be emulated, and shared with others.
const LIMIT: Duration = Duration::from_secs(400);
/// The size of a disk in MiB.
const SIZE: u64 = 1024;
/// How the script begins the reason why it stopped.
const STOPPED: &str = "the disk of etcd is not mounted: ";
const KERNEL: &str = "console=ttyS0 root=LABEL=root rw mitigations=off nokaslr audit=0 apparmor=0 \
    random.trust_cpu=on no_timer_check \
    modprobe.blacklist=kvm,kvm_amd,button,evdev,powernow_k8,cryptd,psmouse,pcspkr";

struct Attached {
    name: String,
    model: &'static str,
    path: PathBuf,
}

/// A machine with a root disk.
pub(crate) struct Machine {
    directory: PathBuf,
    disks: Vec<Attached>,
    /// Which boots it had; the first is Ignition's.
    boots: u32,
    network: bool,
}

impl Drop for Machine {
    fn drop(&mut self) {
        for disk in &self.disks {
            let _removed = fs::remove_file(&disk.path);
        }
    }
}

/// What a boot came to.
pub(crate) struct Booted {
    report: String,
    /// What stood on the serial console.
    pub(crate) console: String,
    /// The names of the disks that are not as they were before, without the root disk.
    pub(crate) changed: Vec<String>,
    others: usize,
    files: String,
}

impl Machine {
    /// A machine that gets this Ignition config on its first boot.
    pub(crate) fn new(name: &str, ignition: &Value) -> Result<Self> {
        let directory = lab::directory().join("machines").join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        fs::write(directory.join("config.ign"), ignition.to_string())?;
        let path = directory.join("root.qcow2");
        let base = lab::directory().join("base.qcow2");
        let status = Command::new("qemu-img")
            .args(["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b"])
            .args([&base, &path])
            .status()?;
        ensure!(status.success(), "qemu-img cannot make {}", path.display());
        let root = Attached { name: "root".to_owned(), model: EBS, path };
        Ok(Self { directory, disks: vec![root], boots: 0, network: false })
    }

    /// An EBS volume in the next PCI slot.
    pub(crate) fn ebs(&mut self, name: &str, contents: Contents) -> Result<&mut Self> {
        self.attach(name, EBS, contents)
    }

    /// An instance store in the next PCI slot.
    pub(crate) fn instance_store(&mut self, name: &str) -> Result<&mut Self> {
        self.attach(name, INSTANCE_STORE, Contents::Nothing)
    }

    fn attach(&mut self, name: &str, model: &'static str, contents: Contents) -> Result<&mut Self> {
        let path = self.path(name);
        contents.make(&path, SIZE)?;
        self.disks.push(Attached { name: name.to_owned(), model, path });
        Ok(self)
    }

    /// The file that is a disk.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.raw"))
    }

    /// Puts a disk into the first PCI slot, so that it is the first to answer.
    pub(crate) fn first(&mut self, name: &str) -> &mut Self {
        self.disks.sort_by_key(|it| it.name != name);
        self
    }

    /// Takes a disk away.
    pub(crate) fn detach(&mut self, name: &str) -> &mut Self {
        self.disks.retain(|it| it.name != name);
        self
    }

    /// Gives the machine a network, on which this machine is 10.0.2.2.
    pub(crate) fn with_network(&mut self) -> &mut Self {
        self.network = true;
        self
    }

    /// Boots until the machine ends by itself. The first boot is Ignition's, as on RHCOS.
    pub(crate) fn boot(&mut self) -> Result<Booted> {
        self.boot_with("")
    }

    /// The same with more arguments for the kernel.
    pub(crate) fn boot_with(&mut self, arguments: &str) -> Result<Booted> {
        let first = if self.boots == 0 { "ignition.firstboot" } else { "" };
        let before = self.digests()?;
        let mut child = self.start(&format!("{first} {arguments}"))?;
        let started = Instant::now();
        while child.try_wait()?.is_none() {
            if started.elapsed() > LIMIT {
                child.kill()?;
                child.wait()?;
                bail!("the machine did not end: {}", self.files());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.boots += 1;
        let after = self.digests()?;
        let changed =
            after.into_iter().filter(|it| !before.contains(it)).map(|(name, _)| name).collect();
        Ok(Booted {
            report: fs::read_to_string(self.directory.join("report"))?,
            console: plain(&fs::read(self.directory.join("console"))?),
            changed,
            others: before.len(),
            files: self.files(),
        })
    }

    /// Boots, and kills QEMU when so much time has gone by since a text stood on the console.
    pub(crate) fn boot_and_kill(&mut self, text: &str, then: Duration) -> Result<()> {
        self.boot_until([text], then).map(|_| ())
    }

    /// Boots, and returns when these texts stood on the console, one after the other.
    pub(crate) fn boot_and_time<const N: usize>(
        &mut self,
        texts: [&str; N],
    ) -> Result<[Duration; N]> {
        self.boot_until(texts, Duration::ZERO)
    }

    fn boot_until<const N: usize>(
        &mut self,
        texts: [&str; N],
        then: Duration,
    ) -> Result<[Duration; N]> {
        let again = if self.boots == 0 { "ignition.firstboot" } else { "" };
        let mut child = self.start(again)?;
        let started = Instant::now();
        let mut times = [Duration::ZERO; N];
        for (text, time) in texts.into_iter().zip(&mut times) {
            while !self.console().contains(text) {
                if started.elapsed() > LIMIT || child.try_wait()?.is_some() {
                    child.kill()?;
                    child.wait()?;
                    bail!("no \"{text}\" on the console: {}", self.files());
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            *time = started.elapsed();
        }
        std::thread::sleep(then);
        child.kill()?;
        child.wait()?;
        Ok(times)
    }

    /// Starts QEMU.
    pub(crate) fn start(&self, arguments: &str) -> Result<Child> {
        let mut command = qemu::command()?;
        let serial = |name: &str| format!("file:{}", self.directory.join(name).display());
        let lab = lab::directory();
        command
            .args(["-accel", &qemu::accelerator()?, "-M", "q35", "-smp", "2", "-m", "1024"])
            .args(["-cpu", if qemu::accelerator()? == "kvm" { "host" } else { "qemu64,+rdrand" }])
            .args(["-display", "none", "-nodefaults", "-no-reboot"])
            .args(["-serial", &serial("console"), "-serial", &serial("report")])
            .arg("-kernel")
            .arg(lab.join("vmlinuz"))
            .arg("-initrd")
            .arg(lab.join("initramfs"))
            .args(["-append", &format!("{KERNEL} {arguments}")])
            .arg("-fw_cfg")
            .arg(format!(
                "name=opt/com.coreos/config,file={}",
                self.directory.join("config.ign").display()
            ));
        if self.network {
            command.args([
                "-netdev",
                "user,id=net",
                "-device",
                "virtio-net-pci,netdev=net,romfile=",
            ]);
        }
        for (number, disk) in self.disks.iter().enumerate() {
            let format = if disk.name == "root" { "qcow2" } else { "raw" };
            let block = json!({
                "node-name": format!("block{number}"), "driver": format, "discard": "unmap",
                "file": {"driver": "file", "filename": disk.path},
            });
            let device = json!({
                "driver": "nvme", "drive": format!("block{number}"), "addr": format!("{:#x}", number + 4),
                "serial": format!("vol0{}", disk.name), "id": format!("{:40}{number}", disk.model),
            });
            command.args(["-blockdev", &block.to_string(), "-device", &device.to_string()]);
        }
        let told = fs::File::create(self.directory.join("qemu"))?;
        for name in ["console", "report"] {
            let _removed = fs::remove_file(self.directory.join(name));
        }
        Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(told).spawn()?)
    }

    /// Has Ignition write another config on the next boot, as the operator's daemon would.
    pub(crate) fn write_again(&mut self, ignition: &Value) -> Result<()> {
        self.boots = 0;
        Ok(fs::write(self.directory.join("config.ign"), ignition.to_string())?)
    }

    /// What stands on the console so far.
    pub(crate) fn console(&self) -> String {
        fs::read(self.directory.join("console")).map_or_else(|_| String::new(), |it| plain(&it))
    }

    fn digests(&self) -> Result<Vec<(String, String)>> {
        let others = self.disks.iter().filter(|it| it.name != "root");
        others.map(|it| Ok((it.name.clone(), digest(&it.path)?))).collect()
    }

    /// Where more can be read of the last boot.
    pub(crate) fn files(&self) -> String {
        format!("see {}/{{console,report,qemu}}", self.directory.display())
    }

    /// Removes what was kept for the case of a failure.
    pub(crate) fn forget(self) {
        let directory = self.directory.clone();
        drop(self);
        let _removed = fs::remove_dir_all(directory);
    }
}

/// A console's text without colors and carriage returns.
fn plain(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = &*String::from_utf8_lossy(bytes).replace('\r', "");
    while let Some((before, after)) = rest.split_once("\x1b[") {
        text.push_str(before);
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        // systemd shortens lines in the middle of such a sequence, too.
        rest = rest.strip_prefix(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest);
    }
    text + rest
}

impl Booted {
    /// The values of a key of the guest's report.
    pub(crate) fn values(&self, key: &str) -> Vec<&str> {
        let values = self.report.lines().filter_map(|line| line.split_once('='));
        values.filter(|it| it.0 == key).map(|it| it.1.trim_end()).collect()
    }

    /// The only, or first, value of a key of the report.
    pub(crate) fn value(&self, key: &str) -> Result<&str> {
        let values = self.values(key);
        values.first().copied().with_context(|| format!("no {key} in the report: {}", self.files))
    }

    /// The machine runs with this disk mounted, and no other disk changed.
    pub(crate) fn expect_running(&self, disk: &str) -> Result<()> {
        self.expect("reached", "multi-user")?;
        let device = self.value("etcd")?.split(' ').next().unwrap_or_default().to_owned();
        let serial = self.values("disk").into_iter().find_map(|it| {
            let mut words = it.split(' ');
            let name = words.next()?;
            (device == format!("/dev/{name}")).then(|| words.nth(1).map(str::to_owned))?
        });
        ensure!(
            serial == Some(format!("vol0{disk}")),
            "{device} is mounted, of {serial:?}, not {disk}: {}",
            self.files
        );
        ensure!(self.changed == [disk], "changed: {:?}: {}", self.changed, self.files);
        Ok(())
    }

    /// The machine stopped in emergency mode with this reason on the console; no disk changed.
    pub(crate) fn expect_stopped(&self, reason: &str) -> Result<()> {
        self.expect("reached", "emergency")?;
        ensure!(self.values("etcd").is_empty(), "something is mounted: {}", self.files);
        ensure!(self.values("data") == ["none"], "etcd has a place to write: {}", self.files);
        ensure!(self.console.contains(reason), "no \"{reason}\" on the console: {}", self.files);
        ensure!(self.changed.is_empty(), "changed: {:?}: {}", self.changed, self.files);
        Ok(())
    }

    /// Where more can be read of this boot.
    pub(crate) fn files(&self) -> &str {
        &self.files
    }

    /// A key of the report has this value.
    pub(crate) fn expect(&self, key: &str, value: &str) -> Result<()> {
        let found = self.value(key)?;
        ensure!(found == value, "{key} is {found}, not {value}: {}", self.files);
        Ok(())
    }

    /// The console has this line.
    pub(crate) fn expect_on_console(&self, text: &str) -> Result<()> {
        ensure!(self.console.contains(text), "no \"{text}\" on the console: {}", self.files);
        Ok(())
    }

    /// What a table says of it, as it was seen.
    pub(crate) fn told(&self) -> Result<String> {
        if self.value("reached")? == "emergency" {
            let reasons = self.console.lines().filter_map(|line| line.split_once(STOPPED));
            let (_, reason) =
                reasons.fold(None, |_, it| Some(it)).context("the console has no reason")?;
            let unchanged = if self.others == 0 { "" } else { "; no disk changes" };
            return Ok(format!("stops: \"{reason}\"{unchanged}"));
        }
        let disk = match self.value("data")?.split(' ').next() {
            Some("found") => "etcd's disk is mounted, with the data of before",
            _ => "etcd's disk is made and mounted",
        };
        let others = match self.others {
            0 | 1 => String::new(),
            2 => "; the other disk does not change".to_owned(),
            number => format!("; the {} other disks do not change", number - 1),
        };
        Ok(format!("{disk}{others}"))
    }
}
