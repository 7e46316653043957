//! What the script of etcd's disk does on machines that are booted.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use oc_etcd::derive::disk::{Disk, machine_config};
use oc_etcd::ignition;
use serde_json::{Value, json};

use crate::disk::{Contents, LABEL, copy, tag};
use crate::machine::{Booted, Machine};
use crate::table::Scenario;

/// A disk scenario of a booted machine.
const fn scenario(
    name: &'static str,
    title: &'static str,
    run: fn(&str) -> Result<String>,
) -> Scenario {
    Scenario { name, title, run, is_quick: false }
}

const fn quick(
    name: &'static str,
    title: &'static str,
    run: fn(&str) -> Result<String>,
) -> Scenario {
    Scenario { name, title, run, is_quick: true }
}

/// All of them, in the order of the table.
pub(crate) const SCENARIOS: [Scenario; 25] = [
    quick("first_boot", "A first boot, by Ignition", first_boot),
    scenario("next_boot", "The next boot", next_boot),
    scenario("next_boot_swapped", "The next boot, with the disks in the other order", next_swapped),
    quick("first_boot_swapped", "A first boot with the disks in the other order", first_swapped),
    scenario(
        "late_disk",
        "A disk that comes after 20 seconds, while systemd waits 15 for a device",
        late,
    ),
    scenario(
        "late_disk_without_drop_in",
        "The same without the drop-in for the device, to show what the drop-in is for",
        late_without_drop_in,
    ),
    scenario("no_disk", "No second disk", none),
    quick("two_empty_disks", "Two empty disks", two_empty),
    quick("every_data_disk", "An empty disk beside disks with data of every kind", every_data_disk),
    scenario("data_disks_alone", "Disks with data of every kind, and no empty one", data_alone),
    scenario("instance_store", "An empty instance store, first in order", instance_store),
    scenario("disk_lost", "The machine's own disk gone, and another empty one there", lost),
    scenario("two_labels", "A restored copy beside the machine's own disk", two_labels),
    scenario("restored_copy", "A restored copy in the place of the machine's own disk", restored),
    scenario("named_empty", "`--disk-device` names one of two empty disks", named_empty),
    scenario("named_data", "`--disk-device` names a disk with ext4", named_data),
    scenario(
        "named_other_data",
        "`--disk-device` names a disk with LVM, a backup GPT, bytes in the middle, bytes in an odd tail, in turn",
        named_every,
    ),
    scenario(
        "named_root",
        "`--disk-device` names the root disk, as after another order",
        named_root,
    ),
    scenario("named_next_boot", "The next boot, when the named device is another disk", named_next),
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
    Machine::new(name, &config(&Disk::Probe)?)
}

fn named(name: &str, device: &str) -> Result<Machine> {
    Machine::new(name, &config(&Disk::device(device).context("no device")?)?)
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
fn booted_once(name: &str) -> Result<(Machine, String)> {
    let mut machine = machine(name)?;
    machine.ebs("data", Contents::Nothing)?;
    let first = machine.boot()?;
    first.expect_running("data")?;
    let data = first.value("data")?.replace("written", "found");
    Ok((machine, data))
}

fn next_boot(name: &str) -> Result<String> {
    let (mut machine, data) = booted_once(name)?;
    let next = machine.boot()?;
    next.expect_running("data")?;
    next.expect("data", &data)?;
    done(machine, &next)
}

fn next_swapped(name: &str) -> Result<String> {
    let (mut machine, data) = booted_once(name)?;
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
fn impatient() -> Result<Value> {
    let mut config = config(&Disk::Probe)?;
    let text = "[Manager]\nDefaultDeviceTimeoutSec=15\n";
    let file = ignition::file("/etc/systemd/system.conf.d/lab.conf", 0o644, text);
    config["storage"]["files"].as_array_mut().context("no files")?.push(file);
    Ok(config)
}

fn late(name: &str) -> Result<String> {
    let mut machine = Machine::new(name, &impatient()?)?;
    machine.ebs("data", Contents::Nothing)?;
    let booted = machine.boot_with("lab.late=vol0data")?;
    booted.expect_running("data")?;
    done(machine, &booted)
}

fn late_without_drop_in(name: &str) -> Result<String> {
    let mut config = impatient()?;
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
    done(machine, &booted)
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

fn lost(name: &str) -> Result<String> {
    let (mut machine, _) = booted_once(name)?;
    machine.detach("data").ebs("other", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_stopped("the disk that this machine made is not there")?;
    done(machine, &booted)
}

fn two_labels(name: &str) -> Result<String> {
    let (mut machine, _) = booted_once(name)?;
    machine.ebs("copy", Contents::Nothing)?;
    copy(&machine.path("data"), &machine.path("copy"))?;
    let booted = machine.boot()?;
    booted.expect_stopped("several devices have the label var-lib-etcd: nvme1n1 nvme2n1")?;
    done(machine, &booted)
}

fn restored(name: &str) -> Result<String> {
    let (mut machine, _) = booted_once(name)?;
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

fn named_empty(name: &str) -> Result<String> {
    let mut machine = named(name, "/dev/nvme2n1")?;
    machine.ebs("one", Contents::Nothing)?.ebs("two", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_running("two")?;
    done(machine, &booted)
}

fn named_data(name: &str) -> Result<String> {
    let mut machine = named(name, "/dev/nvme1n1")?;
    machine.ebs("data", Contents::Ext4)?.ebs("empty", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_stopped("no empty EBS volume for etcd on this machine")?;
    booted
        .expect_on_console("/dev/nvme1n1 (Amazon Elastic Block Store, vol0data): it holds ext4")?;
    booted.expect_on_console("vol0empty): --disk-device names /dev/nvme1n1")?;
    done(machine, &booted)
}

fn named_every(name: &str) -> Result<String> {
    let mut told = Vec::new();
    for contents in [Contents::Lvm, Contents::BackupGpt, Contents::Middle, Contents::OddTail] {
        let mut machine = named(name, "/dev/nvme1n1")?;
        machine.ebs("data", contents)?;
        let booted = machine.boot()?;
        booted
            .expect_stopped("no empty EBS volume for etcd on this machine")
            .with_context(|| contents.title())?;
        told.push(done(machine, &booted)?);
    }
    told.dedup();
    Ok(told.join("; "))
}

fn named_root(name: &str) -> Result<String> {
    let mut machine = named(name, "/dev/nvme1n1")?;
    machine.ebs("data", Contents::Nothing)?;
    let booted = machine.first("data").boot()?;
    booted.expect_stopped("no empty EBS volume for etcd on this machine")?;
    booted.expect_on_console("vol0root): it has partitions")?;
    done(machine, &booted)
}

fn named_next(name: &str) -> Result<String> {
    let mut machine = named(name, "/dev/nvme1n1")?;
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
    let begun = ignition::file("/etc/oc-etcd/disk-is-begun", 0o644, &format!("vol0{disk}\n"));
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

/// How many times QEMU is killed.
const KILLS: u64 = 20;

fn killed(name: &str) -> Result<String> {
    let (mut mounted, mut stopped) = (0, Vec::new());
    for kill in 0..KILLS {
        let mut machine = machine(&format!("{name}_{kill}"))?;
        machine.ebs("data", Contents::Nothing)?.ebs("customer", Contents::Ext4)?;
        let customer = crate::disk::digest(&machine.path("customer"))?;
        // From the script's start on; the more steps there are, the closer the kills.
        let (text, pause) = if kill < 5 {
            ("Starting oc-etcd-disk", 900 * kill)
        } else {
            ("making the file system of etcd", 120 * (kill - 5))
        };
        machine.boot_and_kill(text, Duration::from_millis(pause))?;
        // RHCOS takes Ignition's flag away after local file systems are mounted: Ignition runs again.
        let next = machine.boot()?;
        ensure!(
            crate::disk::digest(&machine.path("customer"))? == customer,
            "kill {kill}: a disk changed"
        );
        if next.values("reached") == ["multi-user"] {
            ensure!(tag(&machine.path("data"), "LABEL")? == LABEL, "kill {kill}: no label");
            mounted += 1;
        } else {
            stopped.push(format!("{kill}: {}", next.told()?));
        }
        machine.forget();
    }
    ensure!(mounted == KILLS, "not mounted at the next boot: {stopped:?}");
    Ok(format!(
        "{mounted} of {KILLS} machines mount etcd's disk at the next boot; the other disk does not change"
    ))
}
