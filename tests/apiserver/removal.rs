//! `remove-machine`: what it removes, and what it waits for.

mod refusals;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::kind::{MACHINE_OBJECT, NODE};
use oc_etcd_lab::rest::PatchType;
use oc_etcd_lab::{Cluster, StandInOptions, User};
use serde_json::{Value, json};

pub(crate) use self::refusals::set_members;
use super::init::initialized;
use crate::Case;
use crate::observe::written;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    let cases: Vec<Case> = vec![
        ("a_removed_machine_is_gone_with_its_node_when_the_command_returns", removed),
        ("a_machine_that_is_not_there_is_an_error_as_in_kubectl", not_found),
        ("what_holds_a_deletion_is_said_before_and_while_it_is_waited_for", held),
        ("a_machine_that_loses_its_label_is_not_taken_for_a_deleted_one", unlabeled),
        ("a_machine_of_ours_without_its_role_is_told_by_every_command", relabeled),
        ("an_interrupted_removal_goes_on_when_it_is_run_again", interrupted),
        ("two_removals_at_once_are_one", twice),
        ("a_node_that_stays_after_its_machine_is_waited_for_and_named", node_stays),
        ("a_new_machine_of_the_same_name_is_not_waited_for", replaced),
        ("a_dry_run_of_a_removal_deletes_nothing", dry_runs),
        ("an_outcome_of_a_removal_is_a_document", documents),
        ("a_failed_machine_is_removed_as_its_status_advises", failed),
    ];
    [cases, refusals::cases()].concat()
}

const NAMESPACE: Option<&str> = Some("openshift-machine-api");
const FIRST: &str = "lab-x99n4-etcd-0";

/// A cluster with a pool, and machines in so many zones.
pub(super) fn with_machines(suite: &mut Suite, zones: &str) -> Result<()> {
    initialized(suite, "4.16")?;
    suite.admin(&["add-machine", "--yes", "--zone", zones])?.expect_code(0)?;
    suite.reconciled().map(drop)
}

fn remove(suite: &Suite, flags: &[&str]) -> Result<Ran> {
    suite.admin(&[&["remove-machine", "--yes"], flags].concat())
}

/// Changes a Machine, as somebody else.
pub(super) fn change(suite: &Suite, name: &str, change: &Value) -> Result<()> {
    suite.ask(async |rest| {
        let machine = rest.get(&MACHINE_OBJECT, NAMESPACE, name).await?;
        rest.patch(&MACHINE_OBJECT, &machine, None, PatchType::Merge, change).await?;
        Ok(())
    })
}

/// The name of a Machine's Node.
pub(super) fn node_of(suite: &Suite, machine: &str) -> Result<String> {
    let machine = suite.get(&format!("machine/{machine}"))?;
    let node = machine["status"]["nodeRef"]["name"].as_str();
    Ok(node.context("it has no Node")?.to_owned())
}

/// Makes a Machine one of somebody else's, by taking our mark from it.
pub(super) fn disown(suite: &Suite, name: &str) -> Result<()> {
    change(suite, name, &json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": null}}}))
}

/// Does something, and fails if any object was written meanwhile.
pub(super) fn unwritten(suite: &Suite, act: impl FnOnce() -> Result<()>) -> Result<()> {
    let before = suite.reconciled()?;
    act()?;
    let written = written(&before, &suite.everything()?);
    ensure!(written.is_empty(), "written: {written:?}");
    Ok(())
}

fn removed(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a,us-east-1b,us-east-1c")?;
    let node = node_of(suite, FIRST)?;
    let ran = remove(suite, &[FIRST])?.expect_code(0)?;
    ran.expect(&format!("remove machine/{FIRST} Running in us-east-1a, with node/{node}"))?
        .expect("note [even-machine-count]: machines: 2 etcd machines remain")?
        .expect(&format!("machine/{FIRST} deleted"))?
        .expect("The machine and its Node are deleted.")?
        .expect("Next: oc etcd status")?;
    assert_eq!(suite.machines()?, ["lab-x99n4-etcd-1", "lab-x99n4-etcd-2"]);
    ensure!(suite.get(&format!("node/{node}")).is_err(), "its Node is there");

    let ran = remove(suite, &["machine/lab-x99n4-etcd-1", "lab-x99n4-etcd-2"])?.expect_code(0)?;
    ran.expect("note [last-machine]")?.expect("The 2 machines and their Nodes are deleted.")?;
    assert_eq!(suite.machines()?, [""; 0]);
    // The pool and what belongs to it stay, and a new machine is as good as the old one.
    suite.admin(&["add-machine", "--yes", "--zone", "us-east-1a"])?.expect_code(0)?;
    Ok(())
}

fn not_found(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    unwritten(suite, || {
        let ran = remove(suite, &[FIRST, "other"])?.expect_code(1)?;
        ran.expect("error: machines.machine.openshift.io \"other\" not found")?
            .expect("nothing was deleted")?;
        remove(suite, &["other", "--ignore-not-found"])?
            .expect_code(0)?
            .expect("Nothing to do.")?;
        Ok(())
    })?;
    remove(suite, &[FIRST, "other", "--ignore-not-found"])?.expect_code(0)?;
    assert_eq!(suite.machines()?, [""; 0]);
    Ok(())
}

fn held(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let hook = json!([{"name": "migrate", "owner": "storage"}]);
    change(suite, FIRST, &json!({"spec": {"lifecycleHooks": {"preDrain": hook}}}))?;
    let ran = remove(suite, &[FIRST, "--timeout=1s"])?.expect_code(124)?;
    let ran = ran
        .expect("warning [deletion-blocked]")?
        .expect("the deletion waits for the preDrain hook migrate of storage")?
        .expect(&format!(
            "timed out after 1s: machine/{FIRST}: the deletion is blocked by the preDrain"
        ))?
        .expect("each owner removes its hook or finalizer after its work")?
        .expect("run the command again to continue")?;
    // Time does not take the hook away.
    ensure!(!ran.stderr.contains("--timeout"), "{}", ran.stderr);
    // Followed, not deleted twice.
    let mut running =
        Suite::begin(suite.oc_etcd(User::Admin, &["remove-machine", "--yes", FIRST]))?;
    running.until_printed(&format!("machine/{FIRST} the deletion is blocked by the preDrain"))?;
    change(suite, FIRST, &json!({"spec": {"lifecycleHooks": null}}))?;
    let ran = suite.finish(running)?.expect_code(0)?;
    ran.expect(&format!("follow machine/{FIRST} the deletion is already in progress"))?
        .expect("The machine and its Node are deleted.")?;
    Ok(())
}

fn unlabeled(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let hook = json!([{"name": "migrate", "owner": "storage"}]);
    change(suite, FIRST, &json!({"spec": {"lifecycleHooks": {"preDrain": hook}}}))?;
    let node = node_of(suite, FIRST)?;
    let mut running =
        Suite::begin(suite.oc_etcd(User::Admin, &["remove-machine", "--yes", FIRST]))?;
    running.until_printed(&format!("machine/{FIRST} the deletion is blocked by the preDrain"))?;
    let role = "machine.openshift.io/cluster-api-machine-role";
    change(suite, FIRST, &json!({"metadata": {"labels": {role: null}}}))?;
    suite.kubectl(&["label", &format!("node/{node}"), "node-role.kubernetes.io/etcd-"])?;
    std::thread::sleep(Duration::from_secs(1));
    ensure!(running.is_running()?, "a Machine without the label was taken for a deleted one");
    change(suite, FIRST, &json!({"spec": {"lifecycleHooks": null}}))?;
    suite.finish(running)?.expect_code(0)?.expect("The machine and its Node are deleted.")?;
    ensure!(suite.get(&format!("machine/{FIRST}")).is_err(), "the Machine is there");
    ensure!(suite.get(&format!("node/{node}")).is_err(), "its Node is there");
    Ok(())
}

fn relabeled(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let role = "machine.openshift.io/cluster-api-machine-role";
    let command = format!(
        "oc label machine.machine.openshift.io/{FIRST} -n openshift-machine-api {role}=etcd --overwrite"
    );
    for value in [json!(null), json!("worker")] {
        change(suite, FIRST, &json!({"metadata": {"labels": {role: value}}}))?;
        let told = format!("[mixed-roles]: machine/{FIRST}: oc-etcd created the Machine");
        let arguments: [(&[&str], i32); 5] = [
            (&["status"], 5),
            (&["check"], 5),
            (&["add-machine", "--zone", "us-east-1a", "--yes"], 3),
            (&["teardown", "--yes"], 3),
            (&["remove-machine", FIRST, "--yes"], 3),
        ];
        for (arguments, code) in arguments {
            let ran = suite.admin(arguments)?.expect_code(code)?.expect(&command)?;
            if arguments[0] != "remove-machine" {
                ran.expect(&told)?;
            }
        }
    }
    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    suite.kubectl(&arguments)?;
    suite.admin(&["status"])?.expect_code(0)?;
    remove(suite, &[FIRST])?.expect_code(0)?;
    Ok(())
}

fn interrupted(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let slow = Duration::from_secs(60);
    suite.start_stand_ins(StandInOptions {
        machine_step_delay: slow,
        ..StandInOptions::default()
    })?;
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut running =
            Suite::begin(suite.oc_etcd(User::Admin, &["remove-machine", "--yes", FIRST]))?;
        running.until_printed(&format!("machine/{FIRST} waiting for the instance to terminate"))?;
        running.signal(signal)?;
        suite.finish(running)?.expect_code(code)?.expect("run the command again to continue")?;
    }
    suite.start_stand_ins(StandInOptions::default())?;
    remove(suite, &[FIRST])?.expect_code(0)?;
    // What is gone is not found, as in kubectl.
    remove(suite, &[FIRST])?.expect_code(1)?;
    remove(suite, &[FIRST, "--ignore-not-found"])?.expect_code(0)?;
    Ok(())
}

fn twice(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a,us-east-1b")?;
    let begin = || Suite::begin(suite.oc_etcd(User::Admin, &["remove-machine", "--yes", FIRST]));
    let (one, other) = (begin()?, begin()?);
    let ran = [suite.finish(one)?, suite.finish(other)?];
    for it in ran {
        // Whoever comes when the object no longer exists finds nothing, and nobody fails in the middle.
        ensure!(it.code == 0 || it.stderr.contains("not found"), "{}: {}", it.code, it.stderr);
    }
    assert_eq!(suite.machines()?, ["lab-x99n4-etcd-1"]);
    Ok(())
}

fn node_stays(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let node = node_of(suite, FIRST)?;
    suite.ask(async |rest| {
        let object = rest.get(&NODE, None, &node).await?;
        let keep = json!({"metadata": {"finalizers": ["example.com/keep"]}});
        rest.patch(&NODE, &object, None, PatchType::Merge, &keep).await?;
        Ok(())
    })?;
    suite.stop_stand_ins();
    change(suite, FIRST, &json!({"metadata": {"finalizers": null}}))?;
    let told = format!("machine/{FIRST}: deleted, waiting for its Node {node} to be deleted");
    let ran = remove(suite, &[FIRST, "--timeout=1s"])?.expect_code(124)?;
    ran.expect("timed out after 1s")?
        .expect(&told)?
        .expect(&format!("→ oc get node/{node} -o yaml"))?
        .expect("run the command again to continue; increase --timeout to wait longer")?;
    // The Machine is gone, and its name still stands for what is left.
    let ran = remove(suite, &[FIRST, "--timeout=1s"])?.expect_code(124)?;
    ran.expect(&format!("follow node/{node} its Machine {FIRST} is deleted"))?
        .expect("warning [node-without-pool]")?
        .expect(&format!("oc delete node/{node}"))?
        .expect(&told)?;
    Ok(())
}

fn replaced(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    suite.stop_stand_ins();
    let mut other = suite.get(&format!("machine/{FIRST}"))?;
    let node = node_of(suite, FIRST)?;
    let mut running =
        Suite::begin(suite.oc_etcd(User::Admin, &["remove-machine", "--yes", FIRST]))?;
    running.until_printed(&format!("machine/{FIRST} waiting for the instance to terminate"))?;
    // Somebody makes one of the same name at once; a watch need not have seen that there was none.
    change(suite, FIRST, &json!({"metadata": {"finalizers": null}}))?;
    let metadata = &mut other["metadata"];
    for field in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
        metadata[field] = Value::Null;
    }
    suite.ask(async |rest| Ok(rest.create(&MACHINE_OBJECT, &other).await.map(drop)?))?;
    suite.kubectl(&["delete", "node", &node])?;
    suite.finish(running)?.expect_code(0)?.expect("The machine and its Node are deleted.")?;
    assert_eq!(suite.machines()?, [FIRST]);
    Ok(())
}

fn dry_runs(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    unwritten(suite, || {
        let client = remove(suite, &[FIRST, "--dry-run=client"])?.expect_code(0)?;
        client
            .expect(&format!("remove machine/{FIRST}"))?
            .expect("Nothing was written (dry run).")?;
        let server = remove(suite, &[FIRST, "--dry-run=server"])?.expect_code(0)?;
        server.expect(&format!("machine/{FIRST} deleted (server dry run)"))?;
        Ok(())
    })
}

fn documents(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a,us-east-1b")?;
    let plan = remove(suite, &[FIRST, "--dry-run=client", "-o", "json"])?.expect_code(0)?.json()?;
    assert_eq!(plan["kind"], "Plan");
    assert_eq!(plan["steps"][0]["change"], "remove");
    assert_eq!(plan["steps"][0]["object"]["name"], FIRST);
    let outcome = remove(suite, &[FIRST, "-o", "json"])?.expect_code(0)?.json()?;
    let object = json!({
        "apiVersion": "machine.openshift.io/v1beta1",
        "kind": "Machine",
        "namespace": "openshift-machine-api",
        "name": FIRST,
    });
    assert_eq!(
        outcome,
        json!({
            "apiVersion": "oc-etcd/v1",
            "kind": "Outcome",
            "dryRun": false,
            "done": [{"object": object, "change": "deleted"}],
            "notTried": [],
            "unchanged": [],
            "followed": [],
        })
    );
    let names = remove(suite, &["lab-x99n4-etcd-1", "-o", "name"])?.expect_code(0)?;
    assert_eq!(names.stdout, "machine.machine.openshift.io/lab-x99n4-etcd-1\n");
    Ok(())
}

fn failed(suite: &mut Suite) -> Result<()> {
    let failure = oc_etcd_lab::MachineFailure {
        machine_or_zone: "us-east-1b".to_owned(),
        message: "no capacity".to_owned(),
    };
    let options = StandInOptions { fail_machines: vec![failure], ..StandInOptions::default() };
    suite.load_with(&Cluster::load("4.16")?, options)?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    let add = ["add-machine", "--yes", "--zone", "us-east-1b"];
    suite.admin(&add)?.expect_code(1)?;
    let advice = format!("oc etcd remove-machine {FIRST}");
    suite.admin(&add)?.expect_code(3)?.expect(&advice)?;
    suite.admin(&["status"])?.expect_code(5)?.expect(&format!("Next {advice}"))?;
    remove(suite, &[FIRST])?.expect_code(0)?.expect("Failed in us-east-1b")?;
    suite.start_stand_ins(StandInOptions::default())?;
    suite.admin(&add)?.expect_code(0)?;
    Ok(())
}
