//! What the script of etcd's disk does on machines that are booted.

use anyhow::{Context as _, Result, ensure};
use oc_etcd::derive::disk::{Disk, machine_config};
use oc_etcd::ignition;
use serde_json::{Value, json};

use crate::disk::{Contents, LABEL, UUID, copy, digest, tag};
use crate::machine::{Booted, Machine};
use crate::table::{Scenario, quick, scenario};

/// The device that the scenarios of `--disk-device` name: the disk in the second PCI slot.
const NAMED: &str = "/dev/nvme1n1";

/// All scenarios of the disk, in the order of the table.
pub(crate) const SCENARIOS: &[Scenario] = &[
    quick("first_boot", "A first boot, by Ignition", first_boot),
    scenario("next_boot", "The next boot", next_boot),
    scenario("next_boot_swapped", "The next boot, with the disks in the other order", next_swapped),
    quick("first_boot_swapped", "A first boot with the disks in the other order", first_swapped),
    scenario(
        "late_disk",
        "A disk that comes after 20 seconds, while systemd waits 15 for a device",
        |name| late(name, &Disk::Probe),
    ),
    scenario(
        "late_disk_without_drop_in",
        "The same without the drop-in for the device, to show what the drop-in is for",
        late_without_drop_in,
    ),
    scenario(
        "open_disk",
        "A disk is taken away while a program has it open: the next disk gets another name",
        open_disk,
    ),
    scenario("no_disk", "No second disk", none),
    quick("two_empty_disks", "Two empty disks", two_empty),
    quick("every_data_disk", "An empty disk beside disks with data of every kind", every_data_disk),
    scenario("data_disks_alone", "Disks with data of every kind, and no empty one", data_alone),
    scenario("instance_store", "An empty instance store, first in order", instance_store),
    scenario("disk_lost", "The machine's own disk gone, and another empty one there", |name| {
        lost(name, &Disk::Probe)
    }),
    scenario("two_labels", "A restored copy beside the machine's own disk", |name| {
        two_labels(name, &Disk::Probe)
    }),
    scenario("restored_copy", "A restored copy in the place of the machine's own disk", |name| {
        restored(name, &Disk::Probe)
    }),
    scenario(
        "restored_first_boot",
        "A first boot with a restored copy of another machine's disk, beside an empty disk",
        restored_first,
    ),
    scenario("named_empty", "`--disk-device` names one of two empty disks", named_empty),
    scenario("named_ext4", "`--disk-device` names a disk with ext4", |name| {
        named_data(name, Contents::Ext4)
    }),
    scenario("named_lvm", "`--disk-device` names a disk with LVM", |name| {
        named_data(name, Contents::Lvm)
    }),
    scenario("named_luks", "`--disk-device` names a disk with LUKS", |name| {
        named_data(name, Contents::Luks)
    }),
    scenario("named_gpt", "`--disk-device` names a disk with GPT and a partition", |name| {
        named_data(name, Contents::GptWithPartition)
    }),
    scenario(
        "named_empty_gpt",
        "`--disk-device` names a disk with GPT without partitions",
        |name| named_data(name, Contents::GptWithoutPartition),
    ),
    scenario("named_backup_gpt", "`--disk-device` names a disk with only a backup GPT", |name| {
        named_data(name, Contents::BackupGpt)
    }),
    scenario("named_mbr", "`--disk-device` names a disk with MBR without partitions", |name| {
        named_data(name, Contents::Mbr)
    }),
    scenario(
        "named_xfs_without_first_sector",
        "`--disk-device` names a disk with XFS without its first sector",
        |name| named_data(name, Contents::XfsWithoutFirstSector),
    ),
    scenario("named_xfs", "`--disk-device` names a disk with XFS without label", |name| {
        named_data(name, Contents::Xfs)
    }),
    scenario("named_middle", "`--disk-device` names a disk with bytes in the middle", |name| {
        named_data(name, Contents::Middle)
    }),
    scenario("named_end", "`--disk-device` names a disk with bytes at the end", |name| {
        named_data(name, Contents::End)
    }),
    scenario(
        "named_odd_tail",
        "`--disk-device` names a disk with bytes in a tail that is no whole MiB",
        |name| named_data(name, Contents::OddTail),
    ),
    scenario(
        "named_root",
        "`--disk-device` names the root disk, as after another order on a first boot",
        named_root,
    ),
    scenario("named_next_boot", "The next boot, when the named device is another disk", named_next),
    scenario(
        "named_late_disk",
        "`--disk-device` names a disk that comes after 20 seconds",
        |name| late(name, &device(NAMED)?),
    ),
    scenario("named_no_disk", "`--disk-device` names no disk, beside an empty one", named_none),
    scenario(
        "named_instance_store",
        "`--disk-device` names an empty instance store, beside an empty disk",
        named_store,
    ),
    scenario(
        "named_disk_lost",
        "`--disk-device` names the empty disk in the place of the machine's own",
        |name| lost(name, &device(NAMED)?),
    ),
    scenario("named_two_labels", "`--disk-device` names one of two disks with the label", |name| {
        two_labels(name, &device(NAMED)?)
    }),
    scenario(
        "named_restored_copy",
        "`--disk-device` names a restored copy in the place of the machine's own disk",
        |name| restored(name, &device(NAMED)?),
    ),
    scenario(
        "emergency",
        "An empty disk that comes when the machine is in emergency mode",
        emergency,
    ),
    scenario(
        "older_version",
        "A machine that an older version made, with the units of this one",
        older,
    ),
    scenario("half_made", "The next boot after mkfs and before the label", half_made),
    scenario("half_made_beside_empty", "The same beside another empty disk", half_made_beside),
    scenario(
        "half_made_of_another",
        "A disk without label that another machine half made",
        half_made_of_another,
    ),
    scenario(
        "killed",
        "20 times `SIGKILL` between the script's start and the mount, then a boot",
        killed,
    ),
];

/// The config of `00-etcd-disk`.
pub(crate) fn config(disk: &Disk) -> Result<Value> {
    let object = machine_config(disk, "3.2.0", "test");
    Ok(ignition::config(&object).context("no config")?.clone())
}

fn machine(name: &str) -> Result<Machine> {
    machine_of(name, &Disk::Probe)
}

fn machine_of(name: &str, disk: &Disk) -> Result<Machine> {
    Machine::new(name, &config(disk)?)
}

fn device(path: &str) -> Result<Disk> {
    Disk::device(path).context("no device")
}

/// Adds something to a config.
fn with_unit(mut config: Value, unit: Value) -> Result<Value> {
    config["systemd"]["units"].as_array_mut().context("no units")?.push(unit);
    Ok(config)
}

fn done(machine: Machine, booted: &Booted) -> Result<String> {
    let told = booted.told()?;
    machine.forget();
    Ok(told)
}

fn first_boot(name: &str) -> Result<String> {
    let mut machine = machine(name)?;
    machine.ebs("data", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_running("data")?;
    ensure!(booted.values("file") == ["disk-is-made vol0data"], "{:?}", booted.values("file"));
    for unit in ["oc-etcd-disk.service", "var-lib-etcd.mount", "oc-etcd-restorecon.service"] {
        ensure!(
            booted.values("unit").contains(&&*format!("{unit} active")),
            "{unit} is not active"
        );
    }
    booted.expect_on_console("making the file system of etcd on /dev/nvme1n1 (vol0data)")?;
    ensure!(!booted.console.contains("deprecated"), "{}", booted.console);
    ensure!(booted.value("etcd")?.contains("prjquota"), "{:?}", booted.values("etcd"));
    done(machine, &booted)
}

/// A machine that had its first boot, with the contents of etcd's data then.
fn booted_once(name: &str, disk: &Disk) -> Result<(Machine, String)> {
    let mut machine = machine_of(name, disk)?;
    machine.ebs("data", Contents::Nothing)?;
    let first = machine.boot()?;
    first.expect_running("data")?;
    let data = first.value("data")?.replace("written", "found");
    Ok((machine, data))
}

fn next_boot(name: &str) -> Result<String> {
    let (mut machine, data) = booted_once(name, &Disk::Probe)?;
    let next = machine.boot()?;
    next.expect_running("data")?;
    next.expect("data", &data)?;
    done(machine, &next)
}

fn next_swapped(name: &str) -> Result<String> {
    let (mut machine, data) = booted_once(name, &Disk::Probe)?;
    let next = machine.first("data").boot()?;
    next.expect_running("data")?;
    next.expect("data", &data)?;
    ensure!(next.value("etcd")?.starts_with("/dev/nvme0n1 "), "{:?}", next.values("etcd"));
    done(machine, &next)
}

fn first_swapped(name: &str) -> Result<String> {
    let mut machine = machine(name)?;
    machine.ebs("data", Contents::Nothing)?;
    let booted = machine.first("data").boot()?;
    booted.expect_running("data")?;
    ensure!(booted.value("etcd")?.starts_with("/dev/nvme0n1 "), "{:?}", booted.values("etcd"));
    done(machine, &booted)
}

/// A config with which systemd waits 15 seconds for a device, and not 90 as by default.
fn impatient(disk: &Disk) -> Result<Value> {
    let mut config = config(disk)?;
    let text = "[Manager]\nDefaultDeviceTimeoutSec=15\n";
    let file = ignition::file("/etc/systemd/system.conf.d/lab.conf", 0o644, text);
    config["storage"]["files"].as_array_mut().context("no files")?.push(file);
    Ok(config)
}

fn late(name: &str, disk: &Disk) -> Result<String> {
    let mut machine = Machine::new(name, &impatient(disk)?)?;
    machine.ebs("data", Contents::Nothing)?;
    let booted = machine.boot_with("lab.late=vol0data")?;
    booted.expect_running("data")?;
    done(machine, &booted)
}

fn late_without_drop_in(name: &str) -> Result<String> {
    let mut config = impatient(&Disk::Probe)?;
    let units = config["systemd"]["units"].as_array_mut().context("no units")?;
    let count = units.len();
    units.retain(|it| it["dropins"].is_null());
    ensure!(units.len() + 1 == count, "the config has no drop-in");
    let mut machine = Machine::new(name, &config)?;
    machine.ebs("data", Contents::Nothing)?;
    let booted = machine.boot_with("lab.late=vol0data lab.wait=60")?;
    booted.expect_stopped("no file system is made in emergency mode")?;
    done(machine, &booted)
}

/// What the script relies on: a name belongs to the disk that is open, even when that is gone. If the unit did not
/// open the disk, the first disk that is found again would get the name.
fn open_disk(name: &str) -> Result<String> {
    let unit = json!({
        "name": "lab-open.service", "enabled": true,
        "contents": "[Unit]\nDescription=Replace a disk that is open\nDefaultDependencies=no\n\
                     After=systemd-udev-trigger.service\nBefore=oc-etcd-disk.service\n[Service]\n\
                     Type=oneshot\n\
                     ExecStart=/bin/bash -c 'exec 3</dev/nvme1n1; \
                     echo 1 >/sys/block/nvme1n1/device/device/remove; echo 1 >/sys/bus/pci/rescan; \
                     until grep -q vol0other /sys/block/nvme*/device/serial; do sleep 1; done'\n\
                     [Install]\nRequiredBy=local-fs.target\n",
    });
    let mut machine = Machine::new(name, &with_unit(config(&Disk::Probe)?, unit)?)?;
    machine.ebs("other", Contents::Nothing)?.ebs("data", Contents::Ext4)?;
    machine.first("data").first("root");
    let booted = machine.boot_with("lab.late=vol0other")?;
    booted.expect_running("other")?;
    let has_name = booted.values("disk").iter().any(|it| it.starts_with("nvme1n1 "));
    ensure!(!has_name, "the name was given again: {}", booted.files());
    done(machine, &booted)
}

fn none(name: &str) -> Result<String> {
    let mut machine = machine(name)?;
    let booted = machine.boot()?;
    booted.expect_stopped("no empty EBS volume for etcd on this machine")?;
    let line = "/dev/nvme0n1 (Amazon Elastic Block Store, vol0root): it has partitions";
    booted.expect_on_console(line)?;
    done(machine, &booted)
}

fn two_empty(name: &str) -> Result<String> {
    let mut machine = machine(name)?;
    machine.ebs("one", Contents::Nothing)?.ebs("two", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_stopped("several empty EBS volumes, so none is taken: nvme1n1 nvme2n1")?;
    for (number, serial) in [(1, "vol0one"), (2, "vol0two")] {
        booted.expect_on_console(&format!(
            "/dev/nvme{number}n1 (Amazon Elastic Block Store, {serial}): it may be taken"
        ))?;
    }
    done(machine, &booted)
}

fn with_data(machine: &mut Machine) -> Result<()> {
    for (number, contents) in crate::disk::DATA.into_iter().enumerate() {
        machine.ebs(&format!("data{number}"), contents)?;
    }
    Ok(())
}

fn every_data_disk(name: &str) -> Result<String> {
    let mut machine = machine(name)?;
    with_data(&mut machine)?;
    machine.ebs("empty", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_running("empty")?;
    let kinds: Vec<&str> = crate::disk::DATA.iter().map(|it| it.title()).collect();
    Ok(format!("{}: {}", done(machine, &booted)?, kinds.join(", ")))
}

fn data_alone(name: &str) -> Result<String> {
    let mut machine = machine(name)?;
    with_data(&mut machine)?;
    let booted = machine.boot()?;
    booted.expect_stopped("no empty EBS volume for etcd on this machine")?;
    booted.expect_on_console("): it holds ext4")?;
    done(machine, &booted)
}

fn instance_store(name: &str) -> Result<String> {
    let mut machine = machine(name)?;
    machine.instance_store("store")?.ebs("data", Contents::Nothing)?;
    let booted = machine.first("store").boot()?;
    booted.expect_running("data")?;
    done(machine, &booted)
}

fn lost(name: &str, disk: &Disk) -> Result<String> {
    let (mut machine, _) = booted_once(name, disk)?;
    machine.detach("data").ebs("other", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_stopped("the disk that this machine made is not there")?;
    done(machine, &booted)
}

fn two_labels(name: &str, disk: &Disk) -> Result<String> {
    let (mut machine, _) = booted_once(name, disk)?;
    machine.ebs("copy", Contents::Nothing)?;
    copy(&machine.path("data"), &machine.path("copy"))?;
    let booted = machine.boot()?;
    booted.expect_stopped("several devices have the label var-lib-etcd: nvme1n1 nvme2n1")?;
    done(machine, &booted)
}

fn restored(name: &str, disk: &Disk) -> Result<String> {
    let (mut machine, _) = booted_once(name, disk)?;
    let copied = machine.path("data").with_extension("copied");
    copy(&machine.path("data"), &copied)?;
    machine.detach("data").ebs("copy", Contents::Nothing)?;
    std::fs::rename(copied, machine.path("copy"))?;
    let booted = machine.boot()?;
    let reason =
        "/dev/nvme1n1 has the label var-lib-etcd and is not the disk vol0data of this machine";
    booted.expect_stopped(reason)?;
    done(machine, &booted)
}

fn restored_first(name: &str) -> Result<String> {
    let (other, data) = booted_once(&format!("{name}_other"), &Disk::Probe)?;
    let mut machine = machine(name)?;
    machine.ebs("empty", Contents::Nothing)?.ebs("copy", Contents::Nothing)?;
    copy(&other.path("data"), &machine.path("copy"))?;
    other.forget();
    let booted = machine.boot()?;
    booted.expect_running("copy")?;
    booted.expect("data", &data)?;
    ensure!(booted.values("file") == ["disk-is-made vol0copy"], "{:?}", booted.values("file"));
    done(machine, &booted)
}

fn named_empty(name: &str) -> Result<String> {
    let mut machine = machine_of(name, &device("/dev/nvme2n1")?)?;
    machine.ebs("one", Contents::Nothing)?.ebs("two", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_running("two")?;
    done(machine, &booted)
}

fn named_data(name: &str, contents: Contents) -> Result<String> {
    let mut machine = machine_of(name, &device(NAMED)?)?;
    machine.ebs("data", contents)?.ebs("empty", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_stopped("no empty EBS volume for etcd on this machine")?;
    let line = "/dev/nvme1n1 (Amazon Elastic Block Store, vol0data): it h";
    booted.expect_on_console(line)?;
    booted.expect_on_console("vol0empty): --disk-device names /dev/nvme1n1")?;
    done(machine, &booted)
}

fn named_root(name: &str) -> Result<String> {
    let mut machine = machine_of(name, &device(NAMED)?)?;
    machine.ebs("data", Contents::Nothing)?;
    let booted = machine.first("data").boot()?;
    booted.expect_stopped("no empty EBS volume for etcd on this machine")?;
    booted.expect_on_console("vol0root): it has partitions")?;
    done(machine, &booted)
}

fn named_none(name: &str) -> Result<String> {
    let mut machine = machine_of(name, &device("/dev/nvme7n1")?)?;
    machine.ebs("data", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_stopped("no empty EBS volume for etcd on this machine")?;
    booted.expect_on_console("vol0data): --disk-device names /dev/nvme7n1")?;
    done(machine, &booted)
}

fn named_store(name: &str) -> Result<String> {
    let mut machine = machine_of(name, &device(NAMED)?)?;
    machine.instance_store("store")?.ebs("data", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_stopped("no empty EBS volume for etcd on this machine")?;
    booted.expect_on_console("vol0store): it is not an EBS volume")?;
    done(machine, &booted)
}

fn named_next(name: &str) -> Result<String> {
    let mut machine = machine_of(name, &device(NAMED)?)?;
    machine.ebs("data", Contents::Nothing)?;
    machine.boot()?.expect_running("data")?;
    machine.ebs("other", Contents::Nothing)?;
    let next = machine.first("other").boot()?;
    next.expect_running("data")?;
    done(machine, &next)
}

fn emergency(name: &str) -> Result<String> {
    // Something else that local-fs.target needs fails while the script waits for its disk.
    let broken = json!({
        "name": "lab-broken.service", "enabled": true,
        "contents": "[Unit]\nDescription=Something that fails\nDefaultDependencies=no\n\
                     Before=local-fs.target\n[Service]\nType=oneshot\nExecStart=/bin/false\n\
                     [Install]\nRequiredBy=local-fs.target\n",
    });
    let mut machine = Machine::new(name, &with_unit(config(&Disk::Probe)?, broken)?)?;
    machine.ebs("data", Contents::Nothing)?;
    let booted = machine.boot_with("lab.late=vol0data lab.wait=60")?;
    booted.expect_stopped("no file system is made in emergency mode")?;
    done(machine, &booted)
}

fn older(name: &str) -> Result<String> {
    // An older version left an empty stamp, and the operator writes the files and units of this version.
    let mut config = config(&Disk::Probe)?;
    let stamp = ignition::file("/etc/oc-etcd/disk-is-made", 0o644, "");
    config["storage"]["files"].as_array_mut().context("no files")?.push(stamp);
    let mut machine = Machine::new(name, &config)?;
    machine.ebs("data", Contents::OfEtcd)?.ebs("other", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_running("data")?;
    ensure!(booted.values("file") == ["disk-is-made vol0data"], "{:?}", booted.values("file"));
    machine.forget();
    Ok("etcd's disk is mounted, and its serial number is kept; the other disk does not change"
        .to_owned())
}

/// A machine that began to make this disk.
fn begun(name: &str, disk: &str) -> Result<Machine> {
    let mut config = config(&Disk::Probe)?;
    let text = format!("{UUID} vol0{disk}\n");
    let begun = ignition::file("/etc/oc-etcd/disk-is-begun", 0o644, &text);
    config["storage"]["files"].as_array_mut().context("no files")?.push(begun);
    Machine::new(name, &config)
}

fn half_made(name: &str) -> Result<String> {
    let mut machine = begun(name, "data")?;
    machine.ebs("data", Contents::Xfs)?;
    let booted = machine.boot()?;
    booted.expect_running("data")?;
    done(machine, &booted)
}

fn half_made_beside(name: &str) -> Result<String> {
    let mut machine = begun(name, "data")?;
    machine.ebs("empty", Contents::Nothing)?.ebs("data", Contents::XfsWithoutFirstSector)?;
    let booted = machine.boot()?;
    booted.expect_running("data")?;
    done(machine, &booted)
}

fn half_made_of_another(name: &str) -> Result<String> {
    let mut machine = begun(name, "data")?;
    machine.ebs("another", Contents::Xfs)?.ebs("empty", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted
        .expect_stopped("the disk vol0data on which this machine began to make the file system")?;
    done(machine, &booted)
}

/// How many times QEMU is killed: before the file system is begun, and from then to the mount.
const KILLS: (u32, u32) = (6, 14);

fn killed(name: &str) -> Result<String> {
    const START: &str = "Starting oc-etcd-disk";
    const MAKING: &str = "making the file system of etcd";
    // How long each part takes here.
    let mut timed = machine(&format!("{name}_timed"))?;
    timed.ebs("data", Contents::Nothing)?.ebs("customer", Contents::Ext4)?;
    let [start, making, mounted] = timed.boot_and_time([START, MAKING, "Mounted var-lib-etcd"])?;
    timed.forget();
    let before = (0..KILLS.0).map(|kill| (START, making.saturating_sub(start) * kill / KILLS.0));
    let after =
        (0..KILLS.1).map(|kill| (MAKING, mounted.saturating_sub(making) * kill / (KILLS.1 - 1)));

    // What a kill left on the disk: nothing, something, or a whole file system.
    let mut left = [0; 3];
    let mut stopped = Vec::new();
    for (kill, (text, pause)) in before.chain(after).enumerate() {
        let mut machine = machine(&format!("{name}_{kill}"))?;
        machine.ebs("data", Contents::Nothing)?.ebs("customer", Contents::Ext4)?;
        let [data, customer] = ["data", "customer"].map(|it| machine.path(it));
        let (empty, full) = (digest(&data)?, digest(&customer)?);
        machine.boot_and_kill(text, pause)?;
        left[if tag(&data, "LABEL")? == LABEL {
            2
        } else {
            usize::from(digest(&data)? != empty)
        }] += 1;
        ensure!(digest(&customer)? == full, "kill {kill}: a disk changed");
        // RHCOS takes Ignition's flag away after local file systems are mounted: Ignition runs again.
        let next = machine.boot()?;
        ensure!(digest(&customer)? == full, "kill {kill}: a disk changed at the next boot");
        if next.value("reached").with_context(|| format!("kill {kill}"))? == "multi-user" {
            ensure!(tag(&data, "LABEL")? == LABEL, "kill {kill}: no label");
        } else {
            stopped.push(format!("{kill}: {}", next.told()?));
        }
        machine.forget();
    }
    ensure!(stopped.is_empty(), "not mounted at the next boot: {stopped:?}");
    ensure!(!left.contains(&0), "the kills missed a part: {left:?}");
    Ok(format!(
        "{} of {} machines mount etcd's disk at the next boot; the other disk does not change",
        KILLS.0 + KILLS.1,
        KILLS.0 + KILLS.1
    ))
}
