//! A program that is ended at each step, operators that are down at each step, and two runs at once.

use std::time::Duration;

use anyhow::{Result, ensure};
use oc_etcd_lab::fault::{Fault, Listen, Match, Reply, Rule, When};
use oc_etcd_lab::kind::{CONTROL_PLANE_MACHINE_SET, POOL};
use oc_etcd_lab::{Cluster, ControlPlaneFaults, Rest};
use serde_json::{Value, json};

use super::{
    ADD, CONFIG, MACHINE_API, REMOVE, begin, change_set, disks, expect_disks, has_config,
    have_disks, is_patched, is_terminating, load, operators, wait,
};
use crate::Case;
use crate::events::{has, parsed};
use crate::faults::program;
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_run_that_is_killed_at_any_step_goes_on_when_it_is_run_again", killed),
        ("a_way_back_that_is_killed_at_any_step_goes_on_when_it_is_run_again", killed_back),
        ("operators_that_are_down_at_any_step_are_waited_for", down),
        ("two_runs_at_once_are_one", twice),
        ("a_template_that_is_reverted_during_a_run_is_not_changed_again", reverted),
        ("a_template_that_is_reverted_during_a_replacement_is_told_in_one_sentence", midway),
        ("a_run_that_follows_warns_of_another_change_of_the_template", changed),
        ("a_run_that_is_taken_back_by_the_opposite_command_ends", opposite),
        ("a_patch_of_the_template_whose_answer_is_lost_is_made_once", lost),
        ("a_machine_config_that_is_deleted_by_hand_is_told_and_not_to_be_created_again", by_hand),
        ("a_signal_ends_the_wait_and_says_that_the_same_command_goes_on", interrupted),
    ]
}

/// A step of a run, by what can be seen in the cluster.
#[derive(Clone, Copy, Debug)]
enum Step {
    Config,
    Patched,
    NewMachine,
    OldTerminates,
    Second,
    Third,
}

const STEPS: [Step; 6] =
    [Step::Config, Step::Patched, Step::NewMachine, Step::OldTerminates, Step::Second, Step::Third];

impl Step {
    async fn is_reached(self, rest: &Rest) -> Result<Option<()>> {
        match self {
            Self::Config => has_config(rest).await,
            Self::Patched => is_patched(rest).await,
            Self::NewMachine => have_disks(rest, 1).await,
            Self::OldTerminates => is_terminating(rest).await,
            Self::Second => have_disks(rest, 2).await,
            Self::Third => have_disks(rest, 3).await,
        }
    }
}

/// How often the ControlPlaneMachineSet was written, its status aside.
fn generation(suite: &Suite) -> Result<i64> {
    suite.ask(async |rest| {
        let set = rest.get(&CONTROL_PLANE_MACHINE_SET, MACHINE_API, "cluster").await?;
        Ok(set["metadata"]["generation"].as_i64().unwrap_or_default())
    })
}

fn killed(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    let before = generation(suite)?;
    for step in STEPS {
        let running = begin(suite, &ADD)?;
        wait(suite, &format!("{step:?}"), async |rest| step.is_reached(rest).await)?;
        running.signal("KILL")?;
        ensure!(suite.finish(running)?.code == -1, "{step:?}");
    }
    suite.admin(&ADD)?.expect_code(0)?.expect("Each master has its own disk for etcd.")?;
    assert_eq!(generation(suite)?, before + 1, "the template was written more than once");
    expect_disks(suite)
}

fn killed_back(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.16")?, ControlPlaneFaults::default())?;
    suite.admin(&ADD)?.expect_code(0)?;
    let is_without = async |rest: &Rest, count: usize| -> Result<Option<()>> {
        let machines = super::masters(rest).await?;
        let without = machines.iter().filter(|it| super::volumes_of(it).is_empty()).count();
        Ok((without >= count).then_some(()))
    };
    // The template, each master, and the MachineConfig at last.
    for count in [0, 1, 2, 3, 4] {
        let running = begin(suite, &REMOVE)?;
        wait(suite, &format!("{count} masters"), async |rest| match count {
            0 => Ok(is_patched(rest).await?.is_none().then_some(())),
            4 => Ok(has_config(rest).await?.is_none().then_some(())),
            _ => is_without(rest, count).await,
        })?;
        if count < 3 {
            ensure!(suite.ask(has_config)?.is_some(), "the MachineConfig went before the disks");
        }
        running.signal("KILL")?;
        suite.finish(running)?;
    }
    suite
        .admin(&REMOVE)?
        .expect_code(0)?
        .expect("etcd is on the root disk of each master again.")?;
    let after = disks(suite)?;
    ensure!(after.len() == 3 && after.iter().all(|it| !it.1), "{after:?}");
    Ok(())
}

fn down(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.16")?, ControlPlaneFaults::default())?;
    let running = begin(suite, &ADD)?;
    for step in STEPS {
        wait(suite, &format!("{step:?}"), async |rest| step.is_reached(rest).await)?;
        suite.stop_stand_ins();
        std::thread::sleep(Duration::from_millis(300));
        operators(suite, ControlPlaneFaults::default())?;
    }
    suite.finish(running)?.expect_code(0)?;
    expect_disks(suite)
}

fn twice(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    let before = generation(suite)?;
    let (one, other) = (begin(suite, &ADD)?, begin(suite, &ADD)?);
    for ran in [suite.finish(one)?, suite.finish(other)?] {
        ran.expect_code(0)?.expect("Each master has its own disk for etcd.")?;
    }
    assert_eq!(generation(suite)?, before + 1, "the template was written more than once");
    expect_disks(suite)
}

/// With `OnDelete` no master is replaced, so that the operator is done with the template as soon as it is reverted.
fn on_delete(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    change_set(suite, &json!({"spec": {"strategy": {"type": "OnDelete"}}}))?;
    wait(suite, "the operator", async |rest| {
        let set = super::set(rest).await?;
        let is_seen = set["metadata"]["generation"] == set["status"]["observedGeneration"];
        Ok(is_seen.then_some(()))
    })
}

/// Changes fields of the template's provider spec, as somebody else.
fn change_template(suite: &Suite, fields: &Value) -> Result<()> {
    let spec = json!({"providerSpec": {"value": fields}});
    let template = json!({"machines_v1beta1_machine_openshift_io": {"spec": spec}});
    change_set(suite, &json!({"spec": {"template": template}}))
}

/// Puts the volumes of the template back.
fn revert(suite: &Suite, before: &Value) -> Result<()> {
    let devices = before.pointer(super::SPEC).map(|it| it["blockDevices"].clone());
    change_template(suite, &json!({"blockDevices": devices}))
}

fn reverted(suite: &mut Suite) -> Result<()> {
    on_delete(suite)?;
    let before = suite.ask(super::set)?;
    let running = begin(suite, &ADD)?;
    wait(suite, "the template", is_patched)?;
    revert(suite, &before)?;
    let ran = suite.finish(running)?.expect_code(3)?;
    ran.expect("the change of controlplanemachineset/cluster was reverted during this run")?;
    ensure!(suite.ask(is_patched)?.is_none(), "the template was changed again");
    Ok(())
}

fn midway(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    let before = suite.ask(super::set)?;
    let running = begin(suite, &ADD)?;
    wait(suite, "the second master", async |rest| Step::Second.is_reached(rest).await)?;
    revert(suite, &before)?;
    let ran = suite.finish(running)?.expect_code(3)?;
    let ran =
        ran.expect("the change of controlplanemachineset/cluster was reverted during this run")?;
    ensure!(!ran.stderr.contains("[disk-device-uncertain]"), "{}", ran.stderr);
    ensure!(suite.ask(is_patched)?.is_none(), "the template was changed again");
    Ok(())
}

fn changed(suite: &mut Suite) -> Result<()> {
    const WAITS: &str = "no further master is replaced: the strategy is OnDelete";
    on_delete(suite)?;
    let mut running = begin(suite, &ADD)?;
    running.until_printed(WAITS)?;
    change_template(suite, &json!({"instanceType": "m6i.4xlarge"}))?;
    running.until_printed("[template-differs]")?;
    running.signal("INT")?;
    let ran = suite.finish(running)?.expect_code(130)?;
    let ran = ran.expect("instanceType is m6i.2xlarge, and m6i.4xlarge in the template")?;
    ensure!(ran.stderr.matches("[template-differs]").count() == 3, "{}", ran.stderr);
    // The plan of the next run says so.
    let mut running = begin(suite, &ADD)?;
    running.until_printed(WAITS)?;
    running.signal("INT")?;
    let ran = suite.finish(running)?.expect_code(130)?;
    ensure!(ran.stdout.contains("[template-differs]"), "{}", ran.stdout);
    ensure!(!ran.stderr.contains("[template-differs]"), "{}", ran.stderr);
    Ok(())
}

fn opposite(suite: &mut Suite) -> Result<()> {
    on_delete(suite)?;
    let running = begin(suite, &ADD)?;
    wait(suite, "the template", is_patched)?;
    suite
        .admin(&REMOVE)?
        .expect_code(0)?
        .expect("etcd is on the root disk of each master again.")?;
    suite.finish(running)?.expect_code(3)?.expect("was reverted during this run")?;
    let now = disks(suite)?;
    ensure!(now.len() == 3 && now.iter().all(|it| !it.1), "{now:?}");
    ensure!(suite.ask(has_config)?.is_none() && suite.ask(is_patched)?.is_none(), "not reverted");
    Ok(())
}

/// The patch is bound to a version that is gone when it is sent again; what is stored tells that it was carried out.
fn lost(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    let before = generation(suite)?;
    let server = suite.fault_server(Listen::default())?;
    let patch = || Match::of("PATCH", "/controlplanemachinesets/").path_end("/cluster");
    for (verb, end) in [(ADD, "Each master has"), (REMOVE, "etcd is on the root disk")] {
        server.forget();
        for fault in [Fault::Lost(None), Fault::Lost(Some(Reply::html(504)))] {
            server.add(Rule::new(patch(), When::First(1), fault));
        }
        suite.run_command(program(suite, &server, &verb)?)?.expect_code(0)?.expect(end)?;
        ensure!(server.count(&patch()) > 1, "the answer was not lost");
    }
    assert_eq!(generation(suite)?, before + 2, "the template was written more than twice");
    Ok(())
}

/// The field managers of the API server tell who created the volumes.
fn by_hand(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    suite.admin(&ADD)?.expect_code(0)?;
    let config = format!("machineconfig/{CONFIG}");
    let mut saved = suite.get(&config)?;
    suite.kubectl(&["delete", &config])?;
    suite.wait("the rollout without the MachineConfig", async |rest: &Rest| {
        let pool = rest.get(&POOL, None, "master").await?;
        let has_it = |place: &str| pool[place]["configuration"].to_string().contains(CONFIG);
        Ok((!has_it("spec") && !has_it("status")).then_some(()))
    })?;
    suite.admin(&["status"])?.expect("add-disk gave the masters /dev/xvdb")?;
    let paused = "{\"spec\":{\"paused\":true}}";
    suite.kubectl(&["patch", "machineconfigpool/master", "--type=merge", "-p", paused])?;
    saved["metadata"] = json!({
        "name": CONFIG,
        "labels": saved["metadata"]["labels"],
        "annotations": saved["metadata"]["annotations"],
    });
    let file = suite.write_file("saved.json", &saved.to_string())?;
    suite.kubectl(&["create", "-f", &file])?;
    for command in [ADD, REMOVE] {
        suite
            .admin(&command)?
            .expect_code(3)?
            .expect("the master stops at boot")?
            .expect(&format!("oc delete {config}"))?;
    }
    Ok(())
}

fn interrupted(suite: &mut Suite) -> Result<()> {
    load(suite, &Cluster::load("4.20")?, ControlPlaneFaults::default())?;
    for (signal, code, step) in [("INT", 130, Step::Config), ("TERM", 143, Step::NewMachine)] {
        let running = begin(suite, &ADD)?;
        wait(suite, signal, async |rest| step.is_reached(rest).await)?;
        std::thread::sleep(Duration::from_millis(200));
        running.signal(signal)?;
        suite.finish(running)?.expect_code(code)?.expect("run the command again to continue")?;
    }
    // What the masters do is told as events, too.
    let ran = suite.admin(&[&ADD[..], &["--progress=json"]].concat())?.expect_code(0)?;
    let told = parsed(&ran)?;
    has(&told, "plan", "machine/lab-x99n4-master-2", "replace: by a machine with the volume")?;
    has(&told, "progress", "master 2", "lab-x99n4-master-2: waits for its turn")?;
    has(&told, "progress", "etcd", "stable")?;
    expect_disks(suite)
}
