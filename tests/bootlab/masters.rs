//! What the script of etcd's disk does on masters, on which etcd may run on the root disk: without booting, and on
//! machines that are booted.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use oc_etcd::derive::disk::{Disk, machine_config};
use oc_etcd::derive::member_disk;
use oc_etcd::ignition;
use serde_json::{Value, json};

use crate::cuts::{is_whole, recorded};
use crate::disk::{Contents, LABEL, tag, write};
use crate::machine::{Booted, Machine};
use crate::script::{Rule, Subject};
use crate::shell::{self, EBS, INSTANCE_STORE, script_of};
use crate::table::{Scenario, quick, scenario};

/// What must hold on masters besides what holds on every machine.
pub(crate) const RULES: [Rule; 8] = [
    ("a_master_of_today_is_left_alone", today),
    ("data_and_a_disk_stop_a_master", both),
    ("a_new_master_gets_its_disk_and_requires_it", new),
    ("a_new_master_without_a_second_disk_is_an_ordinary_one", ordinary),
    ("a_new_master_stops_where_a_disk_is_in_doubt", doubtful),
    ("somebody_elses_mount_is_left_alone", mounted),
    ("a_disk_that_cannot_be_mounted_stops_a_master", refused),
    ("a_power_cut_after_each_write_leaves_a_disk_that_the_next_boot_finishes", every_prefix),
];

const STAYS: &str = "etcd stays on the root disk: ";

impl Subject {
    fn master(&self, name: &str) -> Result<shell::Machine> {
        self.machine(name)?.master(&Disk::Probe)
    }
}

fn with_file(machine: shell::Machine, path: &str) -> Result<shell::Machine> {
    let file = machine.own("lib").join(path);
    fs::create_dir_all(file.parent().context("no directory")?)?;
    fs::write(file, "x")?;
    Ok(machine)
}

/// What the script mounted and labeled.
fn mounts(machine: &shell::Machine) -> String {
    fs::read_to_string(machine.own("mounted")).unwrap_or_default()
}

fn expect_root(machine: &shell::Machine, why: &str) -> Result<()> {
    let ran = machine.run()?.expect_ready(&[])?;
    ensure!(ran.text.contains(&format!("{STAYS}{why}\n")), "no {why} in {}", ran.text);
    ensure!(mounts(machine).is_empty(), "{}", mounts(machine));
    ensure!(machine.kept("disk-is-made").is_none() && machine.kept("disk-is-begun").is_none());
    Ok(())
}

/// Data on the root disk, or a kubelet that ran before, and whatever disks there are.
fn today(subject: &Subject) -> Result<()> {
    for (path, why) in [
        ("etcd/member/snap/db", "etcd's data is on the root disk"),
        ("etcd/.hidden", "etcd's data is on the root disk"),
        ("kubelet/pki/kubelet-client-current.pem", "the kubelet of this machine ran before"),
    ] {
        let machine = || with_file(subject.master("today")?, path);
        for machine in [
            machine()?,
            machine()?.ebs("nvme1n1", Contents::Nothing)?,
            machine()?.ebs("nvme1n1", Contents::Nothing)?.ebs("nvme2n1", Contents::Nothing)?,
            machine()?.ebs("nvme1n1", Contents::Middle)?,
        ] {
            for _boot in 0..3 {
                expect_root(&machine, why)?;
            }
        }
    }
    Ok(())
}

fn both(subject: &Subject) -> Result<()> {
    for path in ["etcd/member/snap/db", "kubelet/pki/x"] {
        let machine = with_file(subject.master("both")?, path)?.ebs("nvme1n1", Contents::OfEtcd)?;
        let reason = ", and a disk has the label var-lib-etcd: nvme1n1\n";
        machine.run()?.expect_stop(reason)?;
        ensure!(mounts(&machine).is_empty());
    }
    // The machine's own disk is away, and etcd ran on the root disk meanwhile.
    let machine = subject.master("both")?.keep("disk-is-made", "vol0gone")?;
    let machine = with_file(machine, "etcd/member/snap/db")?;
    let reason = "etcd's data is on the root disk, and this machine has a disk of its own\n";
    machine.run()?.expect_stop(reason)?;
    Ok(())
}

fn new(subject: &Subject) -> Result<()> {
    let machine = subject.master("new")?.ebs("nvme1n1", Contents::Nothing)?;
    fs::create_dir_all(machine.own("lib/etcd"))?;
    machine.run()?.expect_ready(&["nvme1n1"])?;
    let mount = "mount -t xfs -o defaults,prjquota /dev/nvme1n1 /var/lib/etcd\nrestorecon -R /var/lib/etcd\n";
    ensure!(mounts(&machine) == mount, "{}", mounts(&machine));
    ensure!(machine.kept("disk-is-made").as_deref() == Some("vol0nvme1n1"));
    // Its kubelet ran since, and a volume of a pod is there.
    let machine = with_file(machine, "kubelet/pki/x")?.ebs("nvme2n1", Contents::Nothing)?;
    machine.run()?.expect_ready(&[])?;
    ensure!(mounts(&machine) == [mount, mount].concat(), "{}", mounts(&machine));
    machine.detach("nvme1n1")?;
    machine.run()?.expect_stop("the disk that this machine made is not there")?;
    // The disk that it began to make is gone.
    let machine = subject.master("new")?.keep("disk-is-begun", "6d1e vol0gone")?;
    machine.run()?.expect_stop("the disk vol0gone on which this machine began to make")?;
    // Two empty ones are one too many.
    let machine = subject.master("new")?.ebs("nvme1n1", Contents::Nothing)?;
    let machine = machine.ebs("nvme2n1", Contents::Nothing)?;
    machine.run()?.expect_stop("several empty EBS volumes, so none is taken: nvme1n1 nvme2n1\n")?;
    Ok(())
}

const ALONE: &str = "this machine has no second EBS volume";

fn ordinary(subject: &Subject) -> Result<()> {
    let master = || subject.master("ordinary");
    for machine in [
        master()?,
        master()?.attach("nvme1n1", INSTANCE_STORE, "store", Contents::Nothing)?,
        // A disk that another MachineConfig prepared on this boot.
        master()?.ebs("nvme1n1", Contents::Ext4)?,
        master()?.ebs("nvme1n1", Contents::GptWithPartition)?,
        master()?.attach("xvda", "", "", Contents::GptWithPartition)?,
    ] {
        expect_root(&machine, ALONE)?;
    }
    let disk = Disk::device("/dev/nvme1n1").context("no device")?;
    expect_root(&subject.machine("ordinary")?.master(&disk)?, ALONE)
}

fn doubtful(subject: &Subject) -> Result<()> {
    let reason = "a disk may be meant for etcd and is not taken: ";
    let master = || subject.master("doubtful");
    let unreadable = master()?.ebs("nvme1n1", Contents::Nothing)?;
    fs::remove_file(unreadable.file("nvme1n1"))?;
    for machine in [
        master()?.ebs("nvme1n1", Contents::Middle)?,
        master()?.ebs("nvme1n1", Contents::OddTail)?,
        unreadable,
        master()?.attach("xvdb", "", "", Contents::Nothing)?,
    ] {
        machine.run()?.expect_stop(reason)?;
    }
    let disk = Disk::device("/dev/nvme1n1").context("no device")?;
    for (model, contents) in [(EBS, Contents::Ext4), (INSTANCE_STORE, Contents::Nothing)] {
        let machine = subject.machine("doubtful")?.master(&disk)?;
        machine.attach("nvme1n1", model, "x", contents)?.run()?.expect_stop(reason)?;
    }
    // The device has another name on this machine.
    for named in ["/dev/nvme5n1", "/dev/xvdb"] {
        let disk = Disk::device(named).context("no device")?;
        let machine = subject.machine("doubtful")?.master(&disk)?;
        let machine = machine.ebs("nvme1n1", Contents::Nothing)?;
        machine.run()?.expect_stop(&format!("{reason}nvme1n1"))?;
    }
    Ok(())
}

fn mounted(subject: &Subject) -> Result<()> {
    let machine = subject.master("mounted")?.ebs("nvme1n1", Contents::Nothing)?;
    machine.stand_in("mountpoint", "")?;
    machine.stand_in("findmnt", "echo /dev/nvme0n1p1")?;
    expect_root(&machine, "something is mounted on /var/lib/etcd already")?;
    // The unit is started again, and the disk is mounted.
    let machine = subject.master("mounted")?.ebs("nvme1n1", Contents::OfEtcd)?;
    let machine = machine.keep("disk-is-made", "vol0nvme1n1")?;
    machine.stand_in("mountpoint", "")?;
    machine.stand_in("findmnt", "echo /dev/nvme1n1")?;
    machine.run()?.expect_ready(&[])?;
    ensure!(mounts(&machine).is_empty(), "{}", mounts(&machine));
    // Something else is mounted where this machine's own disk belongs.
    machine.stand_in("findmnt", "echo /dev/nvme0n1p1")?;
    machine.run()?.expect_stop("something is mounted on /var/lib/etcd already, and a disk has")?;
    Ok(())
}

fn refused(subject: &Subject) -> Result<()> {
    let machine = subject.master("refused")?.ebs("nvme1n1", Contents::OfEtcd)?;
    machine.stand_in("mount", "exit 32")?;
    machine.run()?.expect_stop("mount failed on /dev/nvme1n1\n")?;
    Ok(())
}

fn every_prefix(subject: &Subject) -> Result<()> {
    let (writes, uuid) = recorded(subject)?;
    let begun = format!("{uuid} vol0nvme1n1");
    let machine = subject.master("replay")?.ebs("nvme1n1", Contents::Nothing)?;
    let machine = machine.ebs("nvme2n1", Contents::Ext4)?;
    let state = machine.own("state");
    Contents::Nothing.make(&state, shell::SIZE)?;
    for (number, one) in writes.iter().enumerate() {
        write(&state, one.at, &one.data)?;
        let ran = machine.with(&state, &begun)?.run()?;
        ensure!(ran.code == Some(0), "after {} writes: {}", number + 1, ran.text);
        ensure!(!ran.changed.iter().any(|it| it != "nvme1n1"), "{:?}", ran.changed);
        ensure!(tag(&machine.file("nvme1n1"), "LABEL")? == LABEL, "after {} writes", number + 1);
        is_whole(&machine.file("nvme1n1"))?;
    }
    let all = mounts(&machine).matches("mount -t xfs").count();
    ensure!(all == writes.len() && all > 10, "{all} of {} are mounted", writes.len());
    Ok(())
}

/// A name, a text of the script that occurs once, what takes its place, and the rule that it breaks.
const MUTANTS: [[&str; 4]; 10] = [
    [
        "data on the root disk does not count",
        "-n $(ls -A \"$mount_point\" 2>&1)",
        "-n ''",
        RULES[0].0,
    ],
    ["a kubelet that ran does not count", "-e /var/lib/kubelet/pki ]]", "-n '' ]]", RULES[0].0],
    [
        "a kubelet that ran counts on a machine with a disk",
        "! -e $made && -z $begun_serial && -e",
        "-e",
        RULES[2].0,
    ],
    [
        "a labeled disk beside data does not count",
        "((${#found[@]} == 0)) || stop \"$why",
        ": || stop \"$why",
        RULES[1].0,
    ],
    [
        "a machine's own disk beside data does not count",
        "[[ ! -e $made && -z $begun_serial ]] || stop",
        ": || stop",
        RULES[1].0,
    ],
    ["the disk is not mounted", "[[ -z $master ]] || mount_disk", ": || mount_disk", RULES[2].0],
    [
        "a failed mount does not count",
        "\"$mount_point\" || stop \"mount",
        "\"$mount_point\" || : \"mount",
        RULES[6].0,
    ],
    [
        "a new master without a disk stops",
        "elif [[ -n $master ]]; then\n    doubt",
        "elif false; then\n    doubt",
        RULES[3].0,
    ],
    ["doubt does not count", "((${#doubtful[@]} == 0)) ||", ": ||", RULES[4].0],
    ["a mount does not count", "if mountpoint -q", "if false", RULES[5].0],
];

/// Each mutant breaks the rule that it names.
pub(crate) fn each_mutant_breaks_a_rule() -> Result<()> {
    let (script, _) = script_of(&machine_config(&Disk::Probe, "3.2.0", "test"))?;
    let mut alive = Vec::new();
    for [name, old, new, rule] in MUTANTS {
        let count = script.matches(old).count();
        ensure!(count == 1, "{name}: the script has \"{old}\" {count} times");
        let (_, rule) = RULES.iter().find(|it| it.0 == rule).context("no such rule")?;
        let script = script.replace(old, new);
        if rule(&Subject { script, directory: "master-mutant".to_owned() }).is_ok() {
            alive.push(name);
        }
    }
    ensure!(alive.is_empty(), "no rule is broken where {}", alive.join("; where "));
    Ok(())
}

/// The machines that are booted, in the order of the table.
pub(crate) const SCENARIOS: &[Scenario] = &[
    quick(
        "of_today",
        "A master of today, with etcd's data on the root disk and an empty volume of a pod: three boots with `98-master-etcd-disk`",
        of_today,
    ),
    quick("new_and_next_boot", "A new master with a second disk, and its next boot", new_and_next),
    scenario("new_alone", "A new master without a second disk, and its next boot", new_alone),
    scenario(
        "disk_and_data",
        "A master with data on the root disk and a labeled disk",
        disk_and_data,
    ),
    scenario(
        "new_disk_lost",
        "A new master whose disk is gone, with another empty one there",
        disk_lost,
    ),
    scenario("new_two_empty", "A new master with two empty disks", new_two),
    scenario(
        "new_killed",
        "A new master that is killed while the file system is made, and its next boot",
        killed,
    ),
];

fn config() -> Result<Value> {
    let object = member_disk::machine_config(&Disk::Probe, "3.2.0", "test");
    Ok(ignition::config(&object).context("no config")?.clone())
}

/// The files of a master whose kubelet ran, and whose etcd has data.
fn files_of_today() -> Vec<Value> {
    let files =
        [("/var/lib/etcd/member/data", "of today"), ("/var/lib/kubelet/pki/kubelet.crt", "x")];
    files.map(|(path, text)| ignition::file(path, 0o600, text)).to_vec()
}

fn new_master(name: &str) -> Result<Machine> {
    Machine::new(&format!("master-{name}"), &config()?)
}

fn done(machine: Machine, told: &str) -> String {
    machine.forget();
    told.to_owned()
}

/// etcd goes on where it is: nothing is mounted, and no disk changed.
fn expect_untouched(booted: &Booted) -> Result<()> {
    booted.expect("reached", "multi-user")?;
    ensure!(booted.values("etcd").is_empty(), "something is mounted: {}", booted.files());
    ensure!(booted.changed.is_empty(), "changed: {:?}: {}", booted.changed, booted.files());
    ensure!(booted.values("file").is_empty(), "{:?}: {}", booted.values("file"), booted.files());
    booted.expect_on_console(STAYS)
}

fn of_today(name: &str) -> Result<String> {
    let plain = json!({"ignition": {"version": "3.2.0"}, "storage": {"files": files_of_today()}});
    let mut machine = Machine::new(&format!("master-{name}"), &plain)?;
    machine.boot()?.expect("data", "found of today")?;
    machine.write_again(&config()?)?;
    machine.ebs("pod", Contents::Nothing)?;
    for _boot in 0..3 {
        let booted = machine.boot()?;
        expect_untouched(&booted)?;
        booted.expect("data", "found of today")?;
    }
    Ok(done(machine, "nothing is mounted, and etcd's data is where it was; no disk changes"))
}

fn new_and_next(name: &str) -> Result<String> {
    let mut machine = new_master(name)?;
    machine.ebs("data", Contents::Nothing)?;
    let first = machine.boot()?;
    first.expect_running("data")?;
    ensure!(first.values("file") == ["disk-is-made vol0data"], "{:?}", first.values("file"));
    ensure!(first.value("etcd")?.contains("prjquota"), "{:?}", first.values("etcd"));
    let data = first.value("data")?.replace("written", "found");
    let next = machine.boot()?;
    next.expect_running("data")?;
    next.expect("data", &data)?;
    Ok(done(
        machine,
        "etcd's disk is made and mounted; then it is mounted, with the data of before",
    ))
}

fn new_alone(name: &str) -> Result<String> {
    let mut machine = new_master(name)?;
    for _boot in 0..2 {
        let booted = machine.boot()?;
        expect_untouched(&booted)?;
        booted.expect("data", "none")?;
    }
    Ok(done(machine, "boots as a master whose etcd is on the root disk; nothing is mounted"))
}

/// The machine stopped, and the data on the root disk is as it was.
fn expect_stopped_beside_data(booted: &Booted, reason: &str) -> Result<()> {
    booted.expect("reached", "emergency")?;
    ensure!(booted.values("etcd").is_empty(), "something is mounted: {}", booted.files());
    ensure!(booted.changed.is_empty(), "changed: {:?}: {}", booted.changed, booted.files());
    booted.expect("data", "found of today")?;
    booted.expect_on_console(reason)
}

fn disk_and_data(name: &str) -> Result<String> {
    let mut config = config()?;
    let files = config["storage"]["files"].as_array_mut().context("no files")?;
    files.extend(files_of_today());
    let mut machine = Machine::new(&format!("master-{name}"), &config)?;
    machine.ebs("data", Contents::OfEtcd)?;
    let booted = machine.boot()?;
    let reason = "etcd's data is on the root disk, and a disk has the label var-lib-etcd: nvme1n1";
    expect_stopped_beside_data(&booted, reason)?;
    let told = booted.told()?;
    Ok(done(machine, &told))
}

fn disk_lost(name: &str) -> Result<String> {
    let mut machine = new_master(name)?;
    machine.ebs("data", Contents::Nothing)?;
    machine.boot()?.expect_running("data")?;
    machine.detach("data").ebs("other", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_stopped("the disk that this machine made is not there")?;
    let told = booted.told()?;
    Ok(done(machine, &told))
}

fn new_two(name: &str) -> Result<String> {
    let mut machine = new_master(name)?;
    machine.ebs("one", Contents::Nothing)?.ebs("two", Contents::Nothing)?;
    let booted = machine.boot()?;
    booted.expect_stopped("several empty EBS volumes, so none is taken: nvme1n1 nvme2n1")?;
    let told = booted.told()?;
    Ok(done(machine, &told))
}

fn killed(name: &str) -> Result<String> {
    let mut machine = new_master(name)?;
    machine.ebs("data", Contents::Nothing)?;
    let text = "making the file system of etcd on /dev/nvme1n1";
    machine.boot_and_kill(text, std::time::Duration::from_millis(150))?;
    let booted = machine.boot()?;
    booted.expect("reached", "multi-user")?;
    ensure!(booted.value("etcd")?.starts_with("/dev/nvme1n1 "), "{:?}", booted.values("etcd"));
    Ok(done(machine, "etcd's disk is made and mounted"))
}
