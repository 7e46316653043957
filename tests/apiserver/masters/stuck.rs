//! Each way in which a replacement of masters is stuck, in the words that an admin sees, and the way out of it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::kind::NODE;
use oc_etcd_lab::{Cluster, ControlPlaneFaults, User};
use serde_json::json;

use super::{
    ADD, REMOVE, add, begin, change_set, disks, expect_disks, have_disks, load, name, operators,
    volumes_of, wait,
};
use crate::Case;
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_machine_that_aws_refuses_ends_the_run_and_a_new_one_goes_on", failed),
        (
            "a_machine_that_becomes_no_node_is_named_and_taken_back_without_touching_a_master",
            never_a_node,
        ),
        ("a_node_that_is_not_ready_is_named", never_ready),
        ("a_member_that_does_not_start_is_told_in_the_words_of_etcds_operator", member),
        ("a_learner_that_stays_is_no_member", learner),
        ("a_hook_that_stays_is_named_with_its_owner", hook),
        ("a_node_without_a_machine_is_named_at_the_deadline", unmanaged),
        ("an_operator_that_does_nothing_is_no_success", idle),
        ("on_delete_pauses_between_two_masters_and_goes_on", paused),
    ]
}

fn failed(suite: &mut Suite) -> Result<()> {
    let failed_replacement = Some("no capacity for m6i.2xlarge in us-east-1a".to_owned());
    let faults = ControlPlaneFaults { failed_replacement, ..Default::default() };
    load(suite, &Cluster::load("4.20")?, faults)?;
    let before = disks(suite)?;
    let ran = add(suite, &[])?.expect_code(1)?;
    ran.expect("failed, and no master is replaced until the Machine is deleted")?
        .expect("no capacity for m6i.2xlarge in us-east-1a")?
        .expect(
            "after the cause is fixed, delete the Machine, and the operator creates another one: oc delete machine.machine.openshift.io/",
        )?
        .expect("to stop the replacement: oc etcd remove-disk")?;
    let now = disks(suite)?;
    ensure!(before.iter().all(|it| now.contains(it)), "a master was touched: {now:?}");
    // Who only looks is told as well, and three masters are three.
    let ran = suite.run(User::Viewer, &["status"])?.expect_code(5)?;
    ran.expect("root disk on each of 3 masters")?
        .expect("note [masters-replaced]: masters: etcd has its own disk on 0 of 3 masters")?
        .expect("warning [masters-replaced]: machine/lab-x99n4-master-")?
        .expect("no capacity for m6i.2xlarge in us-east-1a")?;
    // Run again, it says the same, and writes nothing.
    add(suite, &[])?.expect_code(1)?.expect("no capacity")?;
    operators(suite, ControlPlaneFaults::default())?;
    let machine = suite.ask(super::masters)?;
    let machine = machine.iter().find(|it| !volumes_of(it).is_empty()).context("no machine")?;
    suite.kubectl(&[
        "delete",
        "machine",
        &name(machine),
        "-n",
        "openshift-machine-api",
        "--wait=false",
    ])?;
    let ran = add(suite, &[]).and_then(|it| it.expect_code(0))?;
    ran.expect("Each master has its own disk for etcd.")?;
    expect_disks(suite)
}

fn never_a_node(suite: &mut Suite) -> Result<()> {
    let faults = ControlPlaneFaults { never_a_node: true, ..Default::default() };
    load(suite, &Cluster::load("4.20")?, faults)?;
    let before = disks(suite)?;
    let ran = add(suite, &["--timeout=6s"])?.expect_code(124)?;
    ran.expect("timed out after 6s: lab-x99n4-master-0 → lab-x99n4-master-")?
        .expect("waiting for the instance to boot and join as a Node")?
        .expect("run the command again to continue")?
        .expect("the operator continues to replace masters; to pause: oc patch")?;
    // The template put back: the machine that is on its way goes, and no master is touched.
    let ran = suite.admin(&[&REMOVE[..], &["--timeout=60s"]].concat())?;
    ran.expect_code(0)?.expect("etcd is on the root disk of each master again.")?;
    assert_eq!(disks(suite)?, before);
    Ok(())
}

fn never_ready(suite: &mut Suite) -> Result<()> {
    let faults = ControlPlaneFaults { never_ready: true, ..Default::default() };
    load(suite, &Cluster::load("4.16")?, faults)?;
    let ran = add(suite, &["--timeout=6s"])?.expect_code(124)?;
    ran.expect("waiting for Node ")?.expect(" to be Ready")?;
    operators(suite, ControlPlaneFaults::default())?;
    add(suite, &[])?.expect_code(0)?;
    expect_disks(suite)
}

fn member(suite: &mut Suite) -> Result<()> {
    let faults = ControlPlaneFaults { member_never_starts: true, ..Default::default() };
    load(suite, &Cluster::load("4.20")?, faults)?;
    let ran = add(suite, &["--timeout=8s"])?.expect_code(124)?;
    ran.expect("is Ready, waiting for its etcd member")?.expect("etcd: EtcdMembers")?;
    // Never back while a member is missing.
    let back = suite.admin(&[&REMOVE[..], &["--timeout=3s"]].concat())?;
    back.expect_code(3)?.expect("[etcd-unstable]")?;
    operators(suite, ControlPlaneFaults::default())?;
    add(suite, &[])?.expect_code(0)?;
    expect_disks(suite)
}

/// A learner is in no list of members, and etcd's operator counts it.
fn learner(suite: &mut Suite) -> Result<()> {
    let faults = ControlPlaneFaults { learner_stays: true, ..Default::default() };
    load(suite, &Cluster::load("4.16")?, faults)?;
    let ran = add(suite, &["--timeout=8s"])?.expect_code(124)?;
    ran.expect("is Ready, waiting for its etcd member")?
        .expect("controlplanemachineset/cluster: Observed")?
        .expect("run the command again to continue")?;
    // No master goes while its successor does not vote, and nothing is taken back in the middle.
    let now = disks(suite)?;
    ensure!(now.len() == 4 && now.iter().filter(|it| it.1).count() == 1, "{now:?}");
    let back = suite.admin(&[&REMOVE[..], &["--timeout=3s"]].concat())?;
    back.expect_code(3)?.expect("[etcd-unstable]")?;
    operators(suite, ControlPlaneFaults::default())?;
    add(suite, &[])?.expect_code(0)?;
    expect_disks(suite)
}

/// The operator stops for a Node that no Machine has: a flash whenever a machine joins, and for ever where the Node is
/// somebody else's.
fn unmanaged(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    let running = begin(suite, &[&ADD[..], &["--timeout=15s"]].concat())?;
    wait(suite, "the first new machine", async |rest| have_disks(rest, 1).await)?;
    let node = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "foreign", "labels": {"node-role.kubernetes.io/master": ""}},
    });
    suite.ask(async |rest| Ok(rest.create(&NODE, &node).await.map(drop)?))?;
    let ran = suite.finish(running)?.expect_code(124)?;
    ran.expect("UnmanagedNodes: Found 1 unmanaged node(s)")?
        .expect("run the command again to continue")?;
    suite.kubectl(&["delete", "node", "foreign"])?;
    add(suite, &[])?.expect_code(0)?;
    expect_disks(suite)
}

fn hook(suite: &mut Suite) -> Result<()> {
    let faults = ControlPlaneFaults { hook_stays: true, ..Default::default() };
    load(suite, &Cluster::load("4.20")?, faults)?;
    let ran = add(suite, &["--timeout=8s"])?.expect_code(124)?;
    ran.expect(
        "the deletion is blocked by the preDrain hook EtcdQuorumOperator of clusteroperator/etcd",
    )?;
    operators(suite, ControlPlaneFaults::default())?;
    add(suite, &[])?.expect_code(0)?;
    expect_disks(suite)
}

fn idle(suite: &mut Suite) -> Result<()> {
    let faults = ControlPlaneFaults { machine_set_operator_is_idle: true, ..Default::default() };
    load(suite, &Cluster::load("4.20")?, faults)?;
    let ran = add(suite, &["--timeout=5s"])?.expect_code(124)?;
    ran.expect("the operator has not processed the template yet")?;
    let faults = ControlPlaneFaults { etcd_operator_is_idle: true, ..Default::default() };
    operators(suite, faults)?;
    let ran = add(suite, &["--timeout=6s"])?.expect_code(124)?;
    ran.expect("waiting for its etcd member")?;
    operators(suite, ControlPlaneFaults::default())?;
    add(suite, &[])?.expect_code(0)?;
    expect_disks(suite)
}

fn paused(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    let running = begin(suite, &ADD)?;
    wait(suite, "the first new machine", async |rest| have_disks(rest, 1).await)?;
    change_set(suite, &json!({"spec": {"strategy": {"type": "OnDelete"}}}))?;
    std::thread::sleep(Duration::from_secs(8));
    let now = disks(suite)?;
    // Nobody deletes the old Machine.
    ensure!(now.len() == 4 && now.iter().filter(|it| it.1).count() == 1, "{now:?}");
    change_set(suite, &json!({"spec": {"strategy": {"type": "RollingUpdate"}}}))?;
    let ran = suite.finish(running)?.expect_code(0)?;
    ran.expect("warning: no further master is replaced: the strategy is OnDelete")?
        .expect("to continue: oc patch controlplanemachineset/cluster")?
        .expect(
            "to complete the current replacement only: oc delete machine.machine.openshift.io/",
        )?;
    expect_disks(suite)
}
