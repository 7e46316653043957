//! The script that prepares etcd's disk, run under bash on disks that are not there: a tree like
//! /sys/block, and stand-ins for the three programs that it calls.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use oc_etcd_lab::omission::left_out;

use crate::golden_file::repository;
use crate::program;

const EBS: &str = "Amazon Elastic Block Store              ";
/// 64 GiB in sectors of 512 bytes.
const SIZE: &str = "134217728";
const INSTANCE_STORE: &str = "Amazon EC2 NVMe Instance Storage        ";

/// `blkid --label` answers with the device in `labelled`; `blkid --probe` with 0 for the devices in
/// `used`, and with 2 for any other.
const BLKID: &str = r#"#!/usr/bin/bash
case $1 in
    --label) [[ $2 == var-lib-etcd && -s $LAB/labelled ]] && cat "$LAB/labelled" || exit 2 ;;
    --probe) grep -qsx "/dev/${2##*/}" "$LAB/used" && exit 0 || exit 2 ;;
    *) echo "blkid: $*" >> "$LAB/unexpected"; exit 4 ;;
esac
"#;
const MKFS: &str = r#"#!/usr/bin/bash
echo "/dev/${1##*/}" >> "$LAB/made"
"#;
const XFS_ADMIN: &str = r#"#!/usr/bin/bash
[[ "$1 $2" == "-L var-lib-etcd" ]] && echo "/dev/${3##*/}" > "$LAB/labelled"
"#;
const UDEVADM: &str = "#!/usr/bin/bash\n";

/// A machine with disks.
struct Machine {
    path: PathBuf,
}

impl Machine {
    /// A machine with a root disk, as every one has.
    fn new(name: &str) -> Self {
        let path = program::directory(&format!("disk-{name}"));
        fs::create_dir_all(path.join("block")).unwrap();
        fs::create_dir_all(path.join("bin")).unwrap();
        fs::create_dir_all(path.join("dev")).unwrap();
        for (program, text) in
            [("blkid", BLKID), ("mkfs.xfs", MKFS), ("xfs_admin", XFS_ADMIN), ("udevadm", UDEVADM)]
        {
            let file = path.join("bin").join(program);
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let machine = Self { path };
        machine.disk("nvme0n1", EBS, "251658240", "0").partition("nvme0n1", "nvme0n1p4")
    }

    fn disk(self, name: &str, model: &str, size: &str, read_only: &str) -> Self {
        let disk = self.path.join("block").join(name);
        fs::create_dir_all(disk.join("device")).unwrap();
        fs::create_dir_all(disk.join("holders")).unwrap();
        fs::write(disk.join("device/model"), format!("{model}\n")).unwrap();
        fs::write(disk.join("size"), format!("{size}\n")).unwrap();
        fs::write(disk.join("ro"), format!("{read_only}\n")).unwrap();
        // As long as the size says, without taking up room.
        let file = fs::File::create(self.path.join("dev").join(name)).unwrap();
        file.set_len(size.parse::<u64>().unwrap() * 512).unwrap();
        self
    }

    /// Something is written on a disk, so many bytes from its beginning.
    fn written(self, name: &str, at: u64) -> Self {
        let file = fs::OpenOptions::new().write(true).open(self.path.join("dev").join(name));
        std::os::unix::fs::FileExt::write_all_at(&file.unwrap(), b"x", at).unwrap();
        self
    }

    fn without_device_file(self, name: &str) -> Self {
        fs::remove_file(self.path.join("dev").join(name)).unwrap();
        self
    }

    fn ebs(self, name: &str) -> Self {
        self.disk(name, EBS, SIZE, "0")
    }

    fn partition(self, disk: &str, name: &str) -> Self {
        fs::create_dir_all(self.path.join("block").join(disk).join(name)).unwrap();
        self
    }

    fn holder(self, disk: &str) -> Self {
        fs::create_dir_all(self.path.join("block").join(disk).join("holders/dm-0")).unwrap();
        self
    }

    fn used(self, device: &str) -> Self {
        fs::write(self.path.join("used"), format!("{device}\n")).unwrap();
        self
    }

    fn labelled(self, device: &str) -> Self {
        fs::write(self.path.join("labelled"), format!("{device}\n")).unwrap();
        self
    }

    /// Runs the script: its exit code and what it said.
    fn run(&self) -> (i32, String) {
        let bin = self.path.join("bin");
        let output = Command::new("bash")
            .arg(script())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("LAB", &self.path)
            .env("OC_ETCD_SYS_BLOCK", self.path.join("block"))
            .env("OC_ETCD_DEV", self.path.join("dev"))
            .env("OC_ETCD_STAMP", self.path.join("etc/stamp"))
            .env("OC_ETCD_ATTEMPTS", "3")
            .env("OC_ETCD_PAUSE", "0")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(!self.path.join("unexpected").exists(), "{}", self.read("unexpected"));
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let text = text.replace(&format!("{}/", self.path.join("dev").display()), "/dev/");
        (output.status.code().unwrap(), text)
    }

    /// The file systems that were made, one call a line.
    fn made(&self) -> String {
        self.read("made")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).unwrap_or_default()
    }
}

fn script() -> PathBuf {
    repository().join("src/derive/disk/prepare-disk.sh")
}

const NONE: &str = "no empty EBS disk for etcd on this machine\n";

#[test]
fn one_empty_ebs_disk_gets_the_file_system_and_no_other() {
    for name in ["nvme1n1", "nvme2n1", "xvdb"] {
        let machine = Machine::new(&format!("one-{name}")).ebs(name);
        assert_eq!(machine.run(), (0, format!("making the file system of etcd on /dev/{name}\n")));
        assert_eq!(machine.made(), format!("/dev/{name}\n"));
    }
}

#[test]
fn the_root_disk_may_have_any_number() {
    let machine = Machine::new("swapped").ebs("nvme1n1").partition("nvme1n1", "nvme1n1p1");
    let machine = machine.ebs("nvme2n1");
    assert_eq!(machine.run().0, 0);
    assert_eq!(machine.made(), "/dev/nvme2n1\n");
}

#[test]
fn several_empty_disks_are_all_left_alone() {
    let machine = Machine::new("several").ebs("nvme1n1").ebs("nvme2n1");
    let told = "several empty disks, so none is taken: /dev/nvme1n1 /dev/nvme2n1\n";
    assert_eq!(machine.run(), (1, told.to_owned()));
    assert_eq!(machine.made(), "");
}

#[test]
fn a_disk_that_is_not_an_empty_ebs_volume_is_left_alone() {
    let bare = |name: &str| Machine::new(name);
    for (machine, why) in [
        (bare("none"), "the root disk is the only one"),
        (bare("partitions").ebs("nvme1n1").partition("nvme1n1", "nvme1n1p1"), "partitions"),
        (bare("partitions-xen").ebs("xvdb").partition("xvdb", "xvdb1"), "partitions on Xen"),
        (bare("used").ebs("nvme1n1").used("/dev/nvme1n1"), "blkid finds something"),
        (bare("holder").ebs("nvme1n1").holder("nvme1n1"), "a device mapper holds it"),
        (bare("store").disk("nvme1n1", INSTANCE_STORE, SIZE, "0"), "an instance store"),
        (bare("read-only").disk("nvme1n1", EBS, SIZE, "1"), "read-only"),
        (bare("no-size").disk("nvme1n1", EBS, "0", "0"), "without size"),
        (bare("loop").disk("loop0", EBS, SIZE, "0").disk("sda", EBS, SIZE, "0"), "no EBS name"),
        (bare("sector").ebs("nvme1n1").written("nvme1n1", 4096), "its first sector alone is lost"),
        (bare("raw").ebs("nvme1n1").written("nvme1n1", 60 << 20), "data that blkid does not know"),
        (bare("tail").ebs("nvme1n1").written("nvme1n1", (64 << 30) - 512), "data at its end"),
        (bare("no-file").ebs("nvme1n1").without_device_file("nvme1n1"), "it cannot be read"),
    ] {
        let (code, told) = machine.run();
        assert_eq!((code, told.as_str()), (1, NONE), "{why}");
        assert_eq!(machine.made(), "", "{why}");
    }
}

#[test]
fn a_disk_with_the_label_is_what_it_looks_for_and_stays_as_it_is() {
    let machine = Machine::new("labelled").ebs("nvme1n1").ebs("nvme2n1").labelled("/dev/nvme1n1");
    assert_eq!(machine.run(), (0, "the disk of etcd is ready: /dev/nvme1n1\n".to_owned()));
    assert_eq!(machine.made(), "");
}

#[test]
fn the_second_run_does_nothing() {
    let machine = Machine::new("twice").ebs("nvme1n1");
    assert_eq!(machine.run().0, 0);
    let made = machine.made();
    assert_eq!(machine.run(), (0, "the disk of etcd is ready: /dev/nvme1n1\n".to_owned()));
    assert_eq!(machine.made(), made);
}

/// A disk that is late or lost is no reason to take one that happens to look empty.
#[test]
fn a_machine_that_had_its_disk_never_takes_another() {
    let machine = Machine::new("lost").ebs("nvme1n1");
    assert_eq!(machine.run().0, 0);
    let made = machine.made();
    fs::remove_file(machine.path.join("labelled")).unwrap();
    let told = "the disk that this machine made for etcd is not there, and it makes no other\n";
    assert_eq!(machine.run(), (1, told.to_owned()));
    assert_eq!(machine.made(), made);
    let given = Machine::new("given").ebs("nvme1n1").labelled("/dev/nvme2n1");
    assert_eq!(given.run().0, 0);
    fs::remove_file(given.path.join("labelled")).unwrap();
    assert_eq!(given.run(), (1, told.to_owned()));
}

#[test]
fn a_file_system_that_is_not_whole_has_no_label() {
    let machine = Machine::new("killed").ebs("nvme1n1");
    let killed = "#!/usr/bin/bash\nprintf x | dd of=\"$1\" conv=notrunc status=none; kill -9 $$\n";
    fs::write(machine.path.join("bin/mkfs.xfs"), killed).unwrap();
    assert_ne!(machine.run().0, 0);
    assert_eq!(machine.run(), (1, NONE.to_owned()));
}

#[test]
fn a_file_system_that_cannot_be_made_fails_the_unit() {
    let machine = Machine::new("refused").ebs("nvme1n1");
    fs::write(machine.path.join("bin/mkfs.xfs"), "#!/usr/bin/bash\necho refused >&2; exit 1\n")
        .unwrap();
    let told = "making the file system of etcd on /dev/nvme1n1\nrefused\n";
    assert_eq!(machine.run(), (1, told.to_owned()));
}

#[test]
fn the_machine_gets_this_script_and_shells_find_it_sound() {
    let text = fs::read_to_string(script()).unwrap();
    let object =
        oc_etcd::derive::disk::machine_config(&oc_etcd::derive::disk::Disk::Probe, "3.2.0", "test");
    let url = object.text("/spec/config/storage/files/0/contents/source").unwrap();
    assert_eq!(url, oc_etcd::derive::ignition::data_url(&text));
    for (program, arguments) in [("bash", &["-n"][..]), ("shellcheck", &["--shell=bash"])] {
        check(program, arguments, &script());
    }
}

fn check(program: &str, arguments: &[&str], file: &Path) {
    match Command::new(program).args(arguments).arg(file).output() {
        Ok(output) => {
            let told = [output.stdout, output.stderr].concat();
            assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&told));
        }
        Err(_) => left_out(&format!("there is no {program} here")),
    }
}
