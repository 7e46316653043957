//! What the script does on machines that are not booted: every rule of `docs/disk.md`, and each step at
//! which a power cut may come.

use std::fs;

use anyhow::{Result, ensure};

use crate::disk::{Contents, DATA, LABEL, MIB, UUID, copy, tag, write};
use crate::shell::{EBS, INSTANCE_STORE, Machine, SIZE};

/// A script, and where its machines are kept.
pub(crate) struct Subject {
    pub(crate) script: String,
    pub(crate) directory: String,
}

impl Subject {
    pub(crate) fn machine(&self, name: &str) -> Result<Machine> {
        Machine::with_script(&format!("{}/{name}", self.directory), self.script.clone())
    }
}

/// A rule: its name, and what shows it.
pub(crate) type Rule = (&'static str, fn(&Subject) -> Result<()>);

/// All rules.
pub(crate) const RULES: [Rule; 20] = [
    ("an_empty_volume_gets_the_file_system_and_no_other_disk_does", one_empty),
    ("several_empty_volumes_are_left_alone", several),
    ("no_disk_that_holds_something_changes", data),
    ("an_empty_volume_is_found_among_disks_that_hold_something", data_and_empty),
    ("a_disk_that_is_no_volume_at_rest_is_left_alone", unsuitable),
    ("the_disk_with_the_label_is_used_as_it_is", labeled),
    ("a_machine_that_had_its_disk_makes_no_other", lost),
    ("a_machine_of_an_older_version_keeps_its_disk", older),
    ("two_disks_with_the_label_stop_the_machine", two_labeled),
    ("a_restored_copy_of_the_disk_stops_the_machine", restored),
    ("a_named_device_is_judged_like_any_other", named),
    ("on_xen_a_disk_is_taken_by_its_name_alone", xen),
    ("a_late_disk_is_waited_for", late),
    ("a_disk_is_taken_only_when_two_looks_agree", second_look),
    ("a_disk_that_another_replaced_after_the_looks_is_left_alone", replaced),
    ("nothing_is_made_in_emergency_mode", emergency),
    ("a_file_system_that_was_begun_is_made_again_on_that_disk_alone", begun),
    ("a_power_cut_at_any_step_leaves_a_disk_that_the_next_boot_finishes", steps),
    ("a_file_system_that_cannot_be_made_stops_the_machine", refused),
    ("a_program_that_fails_shows_no_zeros", failing),
];

const NONE: &str = "no empty EBS volume for etcd on this machine";

fn one_empty(subject: &Subject) -> Result<()> {
    for name in ["nvme1n1", "nvme2n1", "nvme12n1"] {
        let machine = subject.machine("one")?.ebs(name, Contents::Nothing)?;
        let ran = machine.run()?.expect_ready(&[name])?;
        ensure!(ran.text.contains(&format!("the disk of etcd is /dev/{name}\n")), "{}", ran.text);
        ensure!(tag(&machine.file(name), "LABEL")? == LABEL);
        ensure!(machine.kept("disk-is-made") == Some(format!("vol0{name}")));
        ensure!(machine.kept("disk-is-begun").is_none());
        machine.run()?.expect_ready(&[])?;
    }
    let swapped = subject.machine("swapped")?.ebs("nvme1n1", Contents::GptWithPartition)?;
    let swapped = swapped.ebs("nvme2n1", Contents::Nothing)?;
    swapped.run()?.expect_ready(&["nvme2n1"])?;
    Ok(())
}

fn several(subject: &Subject) -> Result<()> {
    let machine = subject.machine("several")?.ebs("nvme1n1", Contents::Nothing)?;
    let machine = machine.ebs("nvme2n1", Contents::Nothing)?;
    let reason = "several empty EBS volumes, so none is taken: nvme1n1 nvme2n1\n";
    let ran = machine.run()?.expect_stop(reason)?;
    for line in [
        "/dev/nvme0n1 (Amazon Elastic Block Store, vol0root): it has partitions\n",
        "/dev/nvme2n1 (Amazon Elastic Block Store, vol0nvme2n1): it may be taken\n",
    ] {
        ensure!(ran.text.contains(line), "no {line} in {}", ran.text);
    }
    Ok(())
}

fn data(subject: &Subject) -> Result<()> {
    for contents in DATA {
        let machine = subject.machine("data")?.ebs("nvme1n1", contents)?;
        let ran = machine.run()?.expect_stop(NONE)?;
        let line = "/dev/nvme1n1 (Amazon Elastic Block Store, vol0nvme1n1): it h";
        ensure!(ran.text.contains(line), "{contents:?}: {}", ran.text);
    }
    // What nothing but a look at the whole disk shows: data at each sixteenth of it.
    for part in 1..16 {
        let machine = subject.machine("sixteenth")?.ebs("nvme1n1", Contents::Nothing)?;
        write(&machine.file("nvme1n1"), SIZE * MIB / 16 * part, b"x")?;
        machine.run()?.expect_stop(NONE)?;
    }
    Ok(())
}

fn data_and_empty(subject: &Subject) -> Result<()> {
    let mut machine = subject.machine("data-and-empty")?;
    for (number, contents) in (2..).zip(DATA) {
        machine = machine.ebs(&format!("nvme{number}n1"), contents)?;
    }
    machine.ebs("nvme1n1", Contents::Nothing)?.run()?.expect_ready(&["nvme1n1"])?;
    Ok(())
}

fn unsuitable(subject: &Subject) -> Result<()> {
    let volume = || subject.machine("unsuitable")?.ebs("nvme1n1", Contents::Nothing);
    let attach = |name: &str, model: &str| {
        subject.machine("unsuitable")?.attach(name, model, "serial", Contents::Nothing)
    };
    let unreadable = volume()?;
    fs::remove_file(unreadable.file("nvme1n1"))?;
    for (machine, reason) in [
        (subject.machine("unsuitable")?, "it has partitions"),
        (volume()?.partition("nvme1n1", "nvme1n1p1")?, "it has partitions"),
        (volume()?.sysfs("nvme1n1/holders/dm-0/x", "")?, "another device is made of it"),
        (volume()?.sysfs("nvme1n1/ro", "1\n")?, "it is read-only"),
        (volume()?.sysfs("nvme1n1/size", "131072\n")?, "it is not larger than 64 MiB"),
        (volume()?.sysfs("nvme1n1/size", "")?, "it is not larger than 64 MiB"),
        (unreadable, "it holds data, or cannot be read"),
        // The disk ends before its end: the last pieces cannot be read.
        (volume()?.sysfs("nvme1n1/size", "1000000\n")?, "it holds data, or cannot be read"),
        (attach("nvme1n1", INSTANCE_STORE)?, "it is not an EBS volume"),
        (attach("nvme1n1", "")?, "it is not an EBS volume"),
        (attach("sda", EBS)?, "it is not an EBS volume"),
        (attach("loop0", EBS)?, "it has partitions"),
    ] {
        let ran = machine.run()?.expect_stop(NONE)?;
        ensure!(ran.text.contains(&format!("): {reason}\n")), "no {reason} in {}", ran.text);
    }
    Ok(())
}

fn labeled(subject: &Subject) -> Result<()> {
    let machine = subject.machine("labeled")?.ebs("nvme1n1", Contents::Nothing)?;
    let machine = machine.ebs("nvme2n1", Contents::OfEtcd)?;
    machine.run()?.expect_ready(&[])?;
    ensure!(machine.kept("disk-is-made").as_deref() == Some("vol0nvme2n1"));
    Ok(())
}

fn lost(subject: &Subject) -> Result<()> {
    let machine = subject.machine("lost")?.ebs("nvme1n1", Contents::Nothing)?;
    machine.run()?.expect_ready(&["nvme1n1"])?;
    machine.detach("nvme1n1")?;
    let machine = machine.ebs("nvme2n1", Contents::Nothing)?;
    machine.run()?.expect_stop("the disk that this machine made is not there")?;
    Ok(())
}

fn older(subject: &Subject) -> Result<()> {
    // An older version left an empty file.
    let older = || subject.machine("older")?.keep("disk-is-made", "");
    let machine = older()?.ebs("nvme1n1", Contents::OfEtcd)?;
    machine.run()?.expect_ready(&[])?;
    ensure!(machine.kept("disk-is-made").as_deref() == Some("vol0nvme1n1"));
    let machine = older()?.ebs("nvme1n1", Contents::Nothing)?;
    machine.run()?.expect_stop("the disk that this machine made is not there")?;
    Ok(())
}

fn two_labeled(subject: &Subject) -> Result<()> {
    let machine = subject.machine("two")?.ebs("nvme1n1", Contents::OfEtcd)?;
    let machine = machine.ebs("nvme2n1", Contents::OfEtcd)?.keep("disk-is-made", "vol0nvme1n1")?;
    machine.run()?.expect_stop("several devices have the label var-lib-etcd: nvme1n1 nvme2n1\n")?;
    // One of them in a partition.
    let machine = subject.machine("two-partition")?.ebs("nvme1n1", Contents::OfEtcd)?;
    let machine = machine.ebs("nvme2n1", Contents::GptWithPartition)?;
    Contents::OfEtcd.make(&machine.file("nvme2n1p1"), SIZE)?;
    machine
        .run()?
        .expect_stop("several devices have the label var-lib-etcd: nvme1n1 nvme2n1p1\n")?;
    Ok(())
}

fn restored(subject: &Subject) -> Result<()> {
    let machine = subject.machine("restored")?.keep("disk-is-made", "vol0other")?;
    let machine = machine.ebs("nvme1n1", Contents::OfEtcd)?;
    let reason =
        "/dev/nvme1n1 has the label var-lib-etcd and is not the disk vol0other of this machine\n";
    machine.run()?.expect_stop(reason)?;
    Ok(())
}

fn named(subject: &Subject) -> Result<()> {
    for contents in DATA {
        let machine = subject.machine("named")?.ebs("nvme1n1", contents)?;
        machine.named("/dev/nvme1n1")?.run()?.expect_stop(NONE)?;
    }
    let two = || {
        let machine = subject.machine("named")?.ebs("nvme1n1", Contents::Nothing)?;
        machine.ebs("nvme2n1", Contents::Nothing)
    };
    two()?.named("/dev/nvme2n1")?.run()?.expect_ready(&["nvme2n1"])?;
    let machine = two()?;
    std::os::unix::fs::symlink("nvme1n1", machine.file("by-id"))?;
    machine.named("/dev/by-id")?.run()?.expect_ready(&["nvme1n1"])?;
    // The root disk, a partition of it, a disk that is not there, an instance store.
    for device in ["/dev/nvme0n1", "/dev/nvme0n1p1", "/dev/nvme9n1", "/dev/nvme3n1"] {
        let machine = two()?.attach("nvme3n1", INSTANCE_STORE, "store", Contents::Nothing)?;
        machine.named(device)?.run()?.expect_stop(NONE)?;
    }
    // The label counts, whatever the disk is called on this boot.
    let machine = subject.machine("named")?.ebs("nvme1n1", Contents::Nothing)?;
    let machine = machine.ebs("nvme2n1", Contents::OfEtcd)?;
    machine.named("/dev/nvme1n1")?.run()?.expect_ready(&[])?;
    Ok(())
}

fn xen(subject: &Subject) -> Result<()> {
    let machine = || subject.machine("xen")?.attach("xvdb", "", "", Contents::Nothing);
    let ran = machine()?.run()?.expect_stop(NONE)?;
    let line = "/dev/xvdb (no model, no serial number): on Xen it may be an instance store; \
                --disk-device can name it\n";
    ensure!(ran.text.contains(line), "{}", ran.text);
    machine()?.named("/dev/xvdf")?.run()?.expect_stop(NONE)?;
    let machine = machine()?.named("/dev/xvdb")?;
    machine.run()?.expect_ready(&["xvdb"])?;
    ensure!(machine.kept("disk-is-made").as_deref() == Some(""));
    machine.run()?.expect_ready(&[])?;
    Ok(())
}

fn late(subject: &Subject) -> Result<()> {
    let machine = subject.machine("late")?.ebs("nvme1n1", Contents::Nothing)?;
    let away = machine.own("away");
    fs::rename(machine.own("block/nvme1n1"), &away)?;
    let machine = machine.nap(2, "mv \"$d/away\" \"$d/block/nvme1n1\"")?;
    machine.run()?.expect_ready(&["nvme1n1"])?;
    Ok(())
}

fn second_look(subject: &Subject) -> Result<()> {
    // A second empty volume comes after the first look.
    let machine = subject.machine("look")?.ebs("nvme1n1", Contents::Nothing)?;
    let machine = machine.ebs("nvme2n1", Contents::Nothing)?;
    fs::rename(machine.own("block/nvme2n1"), machine.own("away"))?;
    let machine = machine.nap(1, "mv \"$d/away\" \"$d/block/nvme2n1\"")?;
    machine.run()?.expect_stop("several empty EBS volumes")?;
    // Another machine, or a person, writes to the volume after the first look.
    let machine = subject.machine("look")?.ebs("nvme1n1", Contents::Nothing)?;
    let machine = machine.nap(
        1,
        "dd if=/usr/bin/bash of=/dev/nvme1n1 bs=1M count=1 seek=200 \
        conv=notrunc status=none",
    )?;
    let ran = machine.run()?;
    ensure!(ran.code == Some(1) && ran.text.contains("it holds data"), "{}", ran.text);
    ensure!(tag(&machine.file("nvme1n1"), "TYPE")?.is_empty());
    Ok(())
}

fn emergency(subject: &Subject) -> Result<()> {
    let none = "inactive";
    for states in
        [["active", none, none], [none, "activating", none], [none, none, "failed"], [""; 3]]
    {
        let machine = subject.machine("emergency")?.ebs("nvme1n1", Contents::Nothing)?;
        machine.systemd_is(states)?;
        machine.run()?.expect_stop("no file system is made in emergency mode\n")?;
    }
    let machine = subject.machine("emergency")?.ebs("nvme1n1", Contents::Nothing)?;
    machine.stand_in("systemctl", "exit 1")?;
    machine.run()?.expect_stop("no file system is made in emergency mode\n")?;
    Ok(())
}

fn replaced(subject: &Subject) -> Result<()> {
    // The last program before the file system is made is `systemctl`.
    let machine = subject.machine("replaced")?.ebs("nvme1n1", Contents::Nothing)?;
    machine.stand_in(
        "systemctl",
        "echo vol0another >\"$d/block/nvme1n1/device/serial\"
         printf '%s\\n\\n%s\\n\\n%s\\n' inactive inactive inactive",
    )?;
    machine.run()?.expect_stop("/dev/nvme1n1 is now another disk\n")?;
    ensure!(machine.kept("disk-is-begun").is_none());
    Ok(())
}

fn begun(subject: &Subject) -> Result<()> {
    let begun = |serial: &str, contents| {
        let begun = format!("{UUID} {serial}\n");
        let machine = subject.machine("begun")?.keep("disk-is-begun", &begun)?;
        machine.ebs("nvme1n1", contents)
    };
    for contents in [Contents::Xfs, Contents::Nothing, Contents::XfsWithoutFirstSector] {
        let machine = begun("vol0nvme1n1", contents)?;
        machine.run()?.expect_ready(&["nvme1n1"])?;
        ensure!(machine.kept("disk-is-begun").is_none());
        ensure!(machine.kept("disk-is-made").as_deref() == Some("vol0nvme1n1"));
    }
    // Another disk: neither one like it, nor an empty one.
    let reason = "the disk vol0gone on which this machine began to make the file system";
    for contents in [Contents::Xfs, Contents::Nothing] {
        begun("vol0gone", contents)?.run()?.expect_stop(reason)?;
    }
    // The same disk, but somebody put something else there.
    let reason = "the disk vol0nvme1n1 on which this machine began to make the file system";
    for contents in [Contents::Ext4, Contents::Lvm, Contents::GptWithPartition, Contents::Luks] {
        begun("vol0nvme1n1", contents)?.run()?.expect_stop(reason)?;
    }
    for change in [["-L", "of-another"], ["-U", "generate"]] {
        let machine = begun("vol0nvme1n1", Contents::Xfs)?;
        let changed = std::process::Command::new("xfs_admin")
            .args(change)
            .arg(machine.file("nvme1n1"))
            .output()?;
        ensure!(changed.status.success());
        machine.run()?.expect_stop(reason)?;
    }
    // Another disk has the label.
    let reason =
        "/dev/nvme1n1 has the label var-lib-etcd and is not the disk vol0gone of this machine";
    begun("vol0gone", Contents::OfEtcd)?.run()?.expect_stop(reason)?;
    Ok(())
}

/// The programs that change something or wait; a power cut comes before and after each call of each.
const STEPS: &str = "mkfs.xfs xfs_admin sync mv rm udevadm";

fn steps(subject: &Subject) -> Result<()> {
    for when in ["before", "after"] {
        for step in 1.. {
            let machine = subject.machine("steps")?.ebs("nvme1n1", Contents::Nothing)?;
            let machine = machine.ebs("nvme2n1", Contents::OddTail)?;
            for program in STEPS.split(' ') {
                let path = if program == "udevadm" { "true" } else { program };
                let text = format!(
                    "n=$(cat \"$d/steps\" 2>/dev/null || echo 0); n=$((n + 1)); echo $n >\"$d/steps\"
                     [[ $n != {step} || {when} != before ]] || kill -9 $PPID $$
                     PATH=/usr/sbin:/usr/bin:/sbin:/bin {path} \"$@\" || exit
                     [[ $n != {step} || {when} != after ]] || kill -9 $PPID $$"
                );
                machine.stand_in(program, &text)?;
            }
            let cut = machine.run()?;
            ensure!(!cut.changed.contains(&"nvme2n1".to_owned()), "{}", cut.text);
            if cut.code == Some(0) {
                ensure!(step > 12, "the script has only {step} steps");
                break;
            }
            for program in STEPS.split(' ') {
                fs::remove_file(machine.own("bin").join(program))?;
            }
            machine.stand_in("udevadm", "")?;
            // An empty volume that came meanwhile is no reason to give up the disk that was begun.
            let is_begun = machine.kept("disk-is-begun").is_some();
            let machine =
                if is_begun { machine.ebs("nvme3n1", Contents::Nothing)? } else { machine };
            let ran = machine.run()?;
            ensure!(ran.code == Some(0), "cut {when} step {step}: {}", ran.text);
            ensure!(ran.changed.iter().all(|it| it == "nvme1n1"), "{:?}", ran.changed);
            ensure!(tag(&machine.file("nvme1n1"), "LABEL")? == LABEL);
        }
    }
    Ok(())
}

fn refused(subject: &Subject) -> Result<()> {
    let machine = subject.machine("refused")?.ebs("nvme1n1", Contents::Nothing)?;
    machine.stand_in("mkfs.xfs", "exit 1")?;
    machine.run()?.expect_stop("mkfs.xfs failed on /dev/nvme1n1\n")?;
    let machine = subject.machine("refused")?.ebs("nvme1n1", Contents::Nothing)?;
    machine.stand_in("xfs_admin", "exit 1")?;
    let ran = machine.run()?;
    ensure!(ran.text.contains("xfs_admin failed on /dev/nvme1n1\n"), "{}", ran.text);
    // A program may say nothing of what failed.
    machine.stand_in("xfs_admin", "exit 0")?;
    let ran = machine.run()?;
    ensure!(ran.text.contains("xfs_admin wrote no label to /dev/nvme1n1\n"), "{}", ran.text);
    ensure!(machine.kept("disk-is-made").is_none());
    // What is not labeled is not mounted, and is made again.
    fs::remove_file(machine.own("bin/xfs_admin"))?;
    let saved = machine.own("saved");
    copy(&machine.file("nvme1n1"), &saved)?;
    machine.run()?.expect_ready(&["nvme1n1"])?;
    Ok(())
}

fn failing(subject: &Subject) -> Result<()> {
    for program in ["blkid", "xfs_io", "stat", "tr", "head", "wc"] {
        let machine = subject.machine("failing")?.ebs("nvme1n1", Contents::Middle)?;
        machine.stand_in(program, "exit 1")?;
        let ran = machine.run()?;
        ensure!(ran.code == Some(1), "{program} fails: {}", ran.text);
        ensure!(ran.changed.is_empty(), "{program} fails: {}", ran.text);
    }
    // The link of the label is not the script's.
    let machine = subject.machine("failing")?.ebs("nvme1n1", Contents::Nothing)?;
    machine.stand_in("udevadm", "exit 1")?;
    machine.run()?.expect_ready(&["nvme1n1"])?;
    Ok(())
}
