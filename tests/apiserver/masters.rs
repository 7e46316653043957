//! `add-disk` and `remove-disk`, with stand-ins for the operators that replace masters: the whole way and back, each
//! way to be stuck, and a program or an operator that ends at any step.

mod broken;
mod stuck;

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::kind::{CONTROL_PLANE_MACHINE_SET, MACHINE_CONFIG_OBJECT, MACHINE_OBJECT};
use oc_etcd_lab::rest::PatchType;
use oc_etcd_lab::{Cluster, ControlPlaneFaults, Rest, StandInOptions, User};
use serde_json::{Value, json};

use crate::Case;
use crate::observe::written;
use crate::suite::{Ran, Running, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    let cases: Vec<Case> = vec![
        ("etcd_gets_a_disk_of_its_own_on_each_master_and_gives_it_back", there_and_back),
        ("a_line_of_progress_is_one_change", progress_lines),
        ("a_disk_is_added_on_each_release_and_nothing_else_of_the_template_moves", releases),
        ("a_dry_run_of_add_disk_writes_nothing", dry_runs),
        ("an_inactive_set_and_a_withheld_right_are_refused_before_any_write", refused),
        ("what_changes_while_the_question_stands_is_not_agreed_to", asked),
        ("a_run_that_does_not_wait_is_refused_by_what_blocks_it_meanwhile", blocked_meanwhile),
    ];
    [cases, stuck::cases(), broken::cases()].concat()
}

const MACHINE_API: Option<&str> = Some("openshift-machine-api");
const MASTERS: &str = "machine.openshift.io/cluster-api-machine-role=master";
const SPEC: &str = "/spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value";
const CONFIG: &str = "98-master-etcd-disk";

/// Loads a cluster with operators that replace masters, and that do as told.
fn load(suite: &mut Suite, cluster: &Cluster, faults: ControlPlaneFaults) -> Result<()> {
    suite.load_with(cluster, StandInOptions::with_control_plane(faults))
}

/// From now on the operators do as told.
fn operators(suite: &mut Suite, faults: ControlPlaneFaults) -> Result<()> {
    suite.start_stand_ins(StandInOptions::with_control_plane(faults))
}

const ADD: [&str; 3] = ["add-disk", "--yes", "--stable=1s"];
const REMOVE: [&str; 3] = ["remove-disk", "--yes", "--stable=1s"];

fn add(suite: &Suite, flags: &[&str]) -> Result<Ran> {
    suite.admin(&[&ADD[..], flags].concat())
}

fn begin(suite: &Suite, command: &[&str]) -> Result<Running> {
    Suite::begin(suite.oc_etcd(User::Admin, command))
}

async fn masters(rest: &Rest) -> Result<Vec<Value>> {
    Ok(rest.list(&MACHINE_OBJECT, MACHINE_API, Some(MASTERS)).await?)
}

fn name(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

/// The names of the volumes of a provider spec beside the root volume.
fn volumes(spec: &Value) -> Vec<String> {
    let devices = spec["blockDevices"].as_array().into_iter().flatten();
    devices.filter_map(|it| it["deviceName"].as_str().map(str::to_owned)).collect()
}

fn volumes_of(machine: &Value) -> Vec<String> {
    volumes(&machine["spec"]["providerSpec"]["value"])
}

async fn set(rest: &Rest) -> Result<Value> {
    Ok(rest.get(&CONTROL_PLANE_MACHINE_SET, MACHINE_API, "cluster").await?)
}

/// Changes the ControlPlaneMachineSet, as somebody else.
fn change_set(suite: &Suite, change: &Value) -> Result<()> {
    suite.ask(async |rest| {
        let set = set(rest).await?;
        rest.patch(&CONTROL_PLANE_MACHINE_SET, &set, None, PatchType::Merge, change).await?;
        Ok(())
    })
}

/// The masters' Machines, and whether each has a second volume.
fn disks(suite: &Suite) -> Result<Vec<(String, bool)>> {
    let machines = suite.ask(masters)?;
    Ok(machines.iter().map(|it| (name(it), !volumes_of(it).is_empty())).collect())
}

/// That every master has the disk, once, and everything is as the two writes made it.
fn expect_disks(suite: &Suite) -> Result<()> {
    let disks = disks(suite)?;
    ensure!(disks.len() == 3 && disks.iter().all(|it| it.1), "{disks:?}");
    let set = suite.ask(set)?;
    assert_eq!(volumes(set.pointer(SPEC).context("no spec")?), ["/dev/xvdb"]);
    let config = suite.get(&format!("machineconfig/{CONFIG}"))?;
    assert_eq!(config["metadata"]["labels"]["app.kubernetes.io/managed-by"], "oc-etcd");
    Ok(())
}

fn there_and_back(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.16")?, ControlPlaneFaults::default())?;
    let before = disks(suite)?;
    // A role of its own is enough, and deletes no Machine.
    let ran = suite.run(User::Disk, &ADD)?.expect_code(0)?;
    let ran = ran
        .expect("create machineconfig/98-master-etcd-disk")?
        .expect("reboot machineconfigpool/master 3 masters, one after the other")?
        .expect("update controlplanemachineset/cluster template: /dev/xvdb gp3 64 GiB for etcd")?
        .expect("replace machine/lab-x99n4-master-0")?
        .expect("machineconfig/98-master-etcd-disk created")?
        .expect("controlplanemachineset/cluster patched")?
        .expect("Each master has its own disk for etcd.")?
        .expect("Next: oc etcd perf --for 5m, with --compare if you saved a measurement")?;
    // A Node that has no Machine yet, for a moment whenever one joins, is no trouble.
    ensure!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    expect_disks(suite)?;
    let was = |name: &str| before.iter().any(|it| it.0 == name);
    ensure!(disks(suite)?.iter().all(|it| !was(&it.0)), "a master was not replaced");
    // The machines of etcd are another matter.
    suite.admin(&["status"])?.expect("own disk on each of 3 masters")?;
    let init = suite.admin(&["init", "--dry-run=client", "--layout=documented"])?;
    ensure!(!init.stdout.contains(CONFIG), "{}", init.stdout);

    let again = add(suite, &[])?.expect_code(0)?;
    again.expect("Nothing to do")?;
    let json = add(suite, &["-o", "json"])?.expect_code(0)?.json()?;
    assert_eq!((&json["kind"], &json["done"]), (&json!("Outcome"), &json!([])));

    let ran = suite.run(User::Disk, &REMOVE)?.expect_code(0)?;
    ran.expect("controlplanemachineset/cluster patched")?
        .expect("machineconfig/98-master-etcd-disk deleted")?
        .expect("etcd is on the root disk of each master again.")?;
    let after = disks(suite)?;
    ensure!(after.len() == 3 && after.iter().all(|it| !it.1), "{after:?}");
    ensure!(suite.get(&format!("machineconfig/{CONFIG}")).is_err(), "the MachineConfig is there");
    suite.admin(&REMOVE)?.expect_code(0)?.expect("Nothing to do.")?;
    suite.admin(&["status"])?.expect("root disk on each of 3 masters")?;
    Ok(())
}

fn progress_lines(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.16")?, ControlPlaneFaults::default())?;
    let mut running = begin(suite, &["add-disk", "--yes", "--stable=5s"])?;
    running.until_printed("waiting until the time of --stable is over")?;
    // Something else changes, and the run looks again.
    suite.kubectl(&["annotate", "nodes", "--all", "seen=again"])?;
    let ran = suite.finish(running)?.expect_code(0)?;
    let of_etcd = ran.stderr.lines().filter(|it| it.starts_with("etcd  stable"));
    let waits = of_etcd.filter(|it| it.contains("--stable")).count();
    ensure!(waits == 1, "{}", ran.stderr);
    Ok(())
}

fn releases(suite: &mut Suite) -> Result<()> {
    const IO2: [&str; 3] = ["--volume-size=128", "--volume-type=io2", "--iops=9000"];
    const GP3: [&str; 3] = ["--volume-size=128", "--throughput=250", "--iops=4000"];
    let io2 = json!({"volumeType": "io2", "iops": 9000});
    let gp3 = json!({"volumeType": "gp3", "iops": 4000, "throughputMib": 250});
    for (cluster, flags, ebs) in [
        (Cluster::load("4.16")?.with_version("4.12.0"), IO2, &io2),
        (Cluster::load("4.20")?, IO2, &io2),
        (Cluster::load("4.20")?.with_version("4.22.0"), GP3, &gp3),
    ] {
        load(suite, &cluster, ControlPlaneFaults::default())?;
        let before = suite.ask(set)?;
        add(suite, &[&flags[..], &["--device-name=/dev/sdf"]].concat())?.expect_code(0)?;
        let after = suite.ask(set)?;
        let devices = format!("{SPEC}/blockDevices");
        let list = |of: &Value| of.pointer(&devices).and_then(Value::as_array).cloned();
        let (old, new) = (list(&before).context("no list")?, list(&after).context("no list")?);
        assert_eq!(new[..1], old[..], "the root volume moved");
        assert_eq!((&new[1]["deviceName"], new.len()), (&json!("/dev/sdf"), 2));
        let mut expected = ebs.clone();
        expected["volumeSize"] = 128.into();
        for field in ["encrypted", "kmsKey"] {
            expected[field] = old[0]["ebs"][field].clone();
        }
        assert_eq!(new[1]["ebs"], expected);
        let mut rest = after.clone();
        *rest.pointer_mut(&devices).context("no list")? = old.into();
        assert_eq!(rest["spec"], before["spec"], "something else moved");
        assert_eq!(rest["metadata"]["uid"], before["metadata"]["uid"]);
        for machine in suite.ask(masters)? {
            // The Machine API of the release has dropped nothing.
            let of_machine = machine.pointer("/spec/providerSpec/value/blockDevices/1/ebs");
            assert_eq!(of_machine, Some(&expected));
        }
        // What is there is not changed by another wish.
        add(suite, &["--volume-size=64"])?.expect_code(3)?.expect("[etcd-volume-differs]")?;
    }
    Ok(())
}

/// Does something, and fails if any object was written meanwhile.
fn unwritten(suite: &Suite, act: impl FnOnce() -> Result<()>) -> Result<()> {
    let before = suite.reconciled()?;
    act()?;
    let written = written(&before, &suite.everything()?);
    ensure!(written.is_empty(), "written: {written:?}");
    Ok(())
}

fn dry_runs(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    unwritten(suite, || {
        let plan = suite.admin(&["add-disk", "--dry-run=client"])?.expect_code(0)?;
        plan.expect("Nothing was written (dry run).")?
            .expect("note [masters-replaced]: to pause")?
            .expect("warning [not-supported]")?
            .expect("note [aws-quota-needed]")?
            .expect("note [etcd-backup-needed]")?;
        let json =
            suite.admin(&["add-disk", "--dry-run=client", "-o", "json"])?.expect_code(0)?.json()?;
        let words: Vec<&str> = json["steps"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|it| it["change"].as_str())
            .collect();
        assert_eq!(words, ["create", "reboot", "update", "replace", "replace", "replace"]);
        suite
            .admin(&["add-disk", "--dry-run=server"])?
            .expect_code(0)?
            .expect("controlplanemachineset/cluster patched (server dry run)")?;
        Ok(())
    })
}

fn refused(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    for user in [User::Viewer, User::Operator, User::Remover] {
        unwritten(suite, || {
            let ran = suite.run(user, &ADD)?.expect_code(3)?;
            ran.expect("[permission-denied]").map(drop)
        })?;
    }
    // The operator makes an inactive one anew from the Machines.
    suite.stop_stand_ins();
    let cluster = Cluster::load("4.20")?;
    let mut inactive = cluster
        .object("controlplanemachineset/openshift-machine-api/cluster")
        .context("no set")?
        .clone();
    inactive["spec"]["state"] = "Inactive".into();
    load(suite, &cluster.with_objects(vec![inactive]), ControlPlaneFaults::default())?;
    unwritten(suite, || {
        let ran = add(suite, &[])?.expect_code(3)?;
        ran.expect(
            "blocker [control-plane-machine-set-inactive]: controlplanemachineset/cluster: the",
        )?
        .expect("cannot be undone")
        .map(drop)
    })
}

fn asked(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    let words = ["add-disk", "--stable=1s", "--timeout=20s"];
    let answer = ("Create 1 and update 1 objects, and have 3 masters replaced? [y/N]:", "y\r");
    let ran = suite.typed_while(User::Admin, &words, answer, || {
        let mut change = json!({});
        change["spec"]["strategy"]["type"] = "OnDelete".into();
        change["spec"]["template"]["machines_v1beta1_machine_openshift_io"]["spec"]["providerSpec"]
            ["value"]["instanceType"] = "m6i.4xlarge".into();
        change_set(suite, &change)
    })?;
    ran.expect_code(3)?.expect("template-differs")?;
    ensure!(suite.get(&format!("machineconfig/{CONFIG}")).is_err(), "it was written");
    Ok(())
}

fn blocked_meanwhile(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    let answer = ("Create 1 and update 1 objects, and have 3 masters replaced? [y/N]:", "y\r");
    let ran = suite.typed_while(User::Admin, &["add-disk", "--wait=false"], answer, || {
        let paused = "{\"spec\":{\"paused\":true}}";
        suite
            .kubectl(&["patch", "machineconfigpool/master", "--type=merge", "-p", paused])
            .map(drop)
    })?;
    ran.expect_code(3)?.expect("master-pool-paused")?;
    ensure!(suite.get(&format!("machineconfig/{CONFIG}")).is_err(), "it was written");
    Ok(())
}

/// Waits for something about the masters' machines.
fn wait<T>(
    suite: &Suite,
    what: &str,
    look: impl AsyncFnMut(&Rest) -> Result<Option<T>>,
) -> Result<T> {
    suite.wait(what, look)
}

async fn has_config(rest: &Rest) -> Result<Option<()>> {
    Ok(rest.get(&MACHINE_CONFIG_OBJECT, None, CONFIG).await.ok().map(drop))
}

async fn is_patched(rest: &Rest) -> Result<Option<()>> {
    let set = set(rest).await?;
    Ok(set.pointer(SPEC).is_some_and(|it| !volumes(it).is_empty()).then_some(()))
}

/// Whether so many masters have the disk, or a machine with it is on its way.
async fn have_disks(rest: &Rest, count: usize) -> Result<Option<()>> {
    let with = masters(rest).await?.iter().filter(|it| !volumes_of(it).is_empty()).count();
    Ok((with >= count).then_some(()))
}

/// Whether an old master is on its way out.
async fn is_terminating(rest: &Rest) -> Result<Option<()>> {
    let machines = masters(rest).await?;
    Ok(machines.iter().any(|it| !it["metadata"]["deletionTimestamp"].is_null()).then_some(()))
}
