//! `teardown`: what goes, in which order, what stays, and how a run that ended early goes on.

use std::time::Duration;

use anyhow::{Result, ensure};
use oc_etcd_lab::kind::{self, MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, NODE, POOL, SECRET};
use oc_etcd_lab::{Cluster, Registries, StandInOptions, User};
use serde_json::json;

use super::init::{copied, initialized};
use super::removal::{change, disown, node_of, unwritten, with_machines};
use crate::Case;
use crate::observe::written;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_teardown_leaves_nothing_of_ours_and_init_works_again", everything),
        ("a_teardown_leaves_the_disk_of_members_and_says_so", members_disk),
        ("a_teardown_of_a_pool_without_machines_needs_no_wait", without_machines),
        ("a_teardown_deletes_the_pool_only_when_the_nodes_are_gone", order),
        ("a_teardown_that_does_not_wait_goes_on_when_it_is_run_again", without_waiting),
        ("an_interrupted_teardown_goes_on_when_it_is_run_again", interrupted),
        ("two_teardowns_at_once_are_one", twice),
        ("a_machine_of_somebody_else_blocks_a_teardown", foreign_machine),
        ("a_node_that_is_not_ours_blocks_a_teardown", foreign_node),
        ("a_node_without_its_machine_is_waited_for_in_a_teardown", left_node),
        ("what_others_made_stays_after_a_teardown_and_is_shown", foreign_objects),
        ("a_pool_of_somebody_else_survives_a_teardown", foreign_pool),
        ("registries_that_the_operator_never_took_go_with_a_teardown", registries),
        ("a_machine_that_is_made_during_a_teardown_keeps_the_pool", new_machine),
        ("a_machine_that_is_made_while_the_question_stands_keeps_the_pool", made_while_asking),
        ("a_machine_that_leaves_during_a_teardown_is_waited_for", leaving_too),
        ("a_teardown_asks_once_about_all_of_it", asked),
        ("a_dry_run_of_a_teardown_deletes_nothing", dry_runs),
        ("an_outcome_of_a_teardown_is_a_document", documents),
    ]
}

const NAMESPACE: Option<&str> = Some("openshift-machine-api");
const FIRST: &str = "lab-x99n4-etcd-0";
const OPERATORS: &str = "machineconfig/99-etcd-generated-registries";

fn teardown(suite: &Suite, flags: &[&str]) -> Result<Ran> {
    suite.admin(&[&["teardown", "--yes"], flags].concat())
}

/// What there is that carries our mark, or that the pool owns.
fn of_ours(suite: &Suite) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for kind in [&MACHINE_OBJECT, &NODE, &POOL, &MACHINE_CONFIG_OBJECT, &SECRET] {
        for object in suite.ask(async |rest| Ok(rest.list(kind, None, None).await?))? {
            let metadata = &object["metadata"];
            let is_ours = metadata["labels"]["app.kubernetes.io/managed-by"] == "oc-etcd"
                || metadata["labels"]["node-role.kubernetes.io/etcd"].is_string()
                || metadata["ownerReferences"][0]["name"] == "etcd";
            if is_ours {
                names.push(format!("{}/{}", kind.name, kind::name(&object)));
            }
        }
    }
    Ok(names)
}

fn expect_gone(suite: &Suite) -> Result<()> {
    suite.reconciled()?;
    let left = of_ours(suite)?;
    ensure!(left.is_empty(), "left: {left:?}");
    suite.admin(&["status"])?.expect_code(0)?.expect("not initialized")?;
    Ok(())
}

fn slowly(suite: &mut Suite) -> Result<()> {
    let slow = Duration::from_secs(60);
    suite.start_stand_ins(StandInOptions { machine_step_delay: slow, ..StandInOptions::default() })
}

fn everything(suite: &mut Suite) -> Result<()> {
    for release in ["4.10", "4.16", "4.20"] {
        suite.load(&Cluster::load(release)?)?;
        let before = suite.reconciled()?;
        suite.admin(&["init", "--yes"])?.expect_code(0)?;
        let zones = "us-east-1a,us-east-1b";
        suite.admin(&["add-machine", "--yes", "--zone", zones])?.expect_code(0)?;
        suite.reconciled()?;
        let ran = teardown(suite, &[])?.expect_code(0)?;
        ran.expect("remove machineconfigpool/etcd rendered-etcd-* and etcd-user-data-managed are")?
            .expect("machineconfigpool/etcd deleted")?
            .expect("All objects that init and add-machine created are deleted.")?;
        expect_gone(suite)?;
        let left = written(&before, &suite.everything()?);
        ensure!(left == [OPERATORS], "{release}: not as before: {left:?}");

        unwritten(suite, || {
            teardown(suite, &[])?.expect_code(0)?.expect("Nothing to do.")?;
            Ok(())
        })?;
        suite.admin(&["init", "--yes"])?.expect_code(0)?;
        suite.admin(&["add-machine", "--yes", "--zone", zones])?.expect_code(0)?;
        suite.admin(&["status"])?.expect_code(0)?;
    }
    Ok(())
}

fn members_disk(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.20")?;
    let name = "98-master-etcd-disk";
    let object = json!({
        "apiVersion": "machineconfiguration.openshift.io/v1",
        "kind": "MachineConfig",
        "metadata": {
            "name": name,
            "labels": {
                "machineconfiguration.openshift.io/role": "master",
                "app.kubernetes.io/managed-by": "oc-etcd",
            },
            "annotations": {"oc-etcd/source": "oc-etcd"},
        },
        "spec": {"config": {"ignition": {"version": "3.2.0"}}},
    });
    let file = suite.write_file("object.json", &object.to_string())?;
    suite.kubectl(&["create", "-f", &file])?;
    suite.reconciled()?;
    let ran = teardown(suite, &[])?.expect_code(0)?;
    ran.expect(&format!("leave machineconfig/{name} created by add-disk"))?;
    suite.get(&format!("machineconfig/{name}"))?;
    Ok(())
}

fn without_machines(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.20")?;
    suite.reconciled()?;
    let ran = teardown(suite, &["--wait=false"])?.expect_code(0)?;
    ran.expect("secret/etcd-user-data deleted")?;
    expect_gone(suite)
}

fn order(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    suite.stop_stand_ins();
    let node = node_of(suite, FIRST)?;
    let ran = teardown(suite, &["--timeout=1s"])?.expect_code(124)?;
    ran.expect(&format!("machine/{FIRST} deleted"))?.expect("timed out after 1s")?;
    // The Machine goes, and the Node is still there.
    change(suite, FIRST, &json!({"metadata": {"finalizers": null}}))?;
    let ran = teardown(suite, &["--timeout=1s"])?.expect_code(124)?;
    ran.expect(&format!("waiting for its Node {node} to be deleted"))?;
    suite.get("machineconfigpool/etcd")?;
    suite.get("secret/etcd-user-data")?;
    suite.start_stand_ins(StandInOptions::default())?;
    suite.kubectl(&["delete", "node", &node])?;
    teardown(suite, &[])?.expect_code(0)?;
    expect_gone(suite)
}

fn without_waiting(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let flags = ["--wait=false", "-o", "json"];
    let outcome = teardown(suite, &flags)?.expect_code(0)?;
    let outcome =
        outcome.expect("run the command again to delete the rest: machineconfigpool/etcd")?;
    let outcome = outcome.json()?;
    assert_eq!(outcome["done"][0]["object"]["name"], FIRST);
    assert_eq!(outcome["done"].as_array().map(Vec::len), Some(1));
    assert_eq!(outcome["notTried"][0]["name"], "etcd");
    suite.get("machineconfigpool/etcd")?;
    suite.reconciled()?;
    teardown(suite, &flags)?.expect_code(0)?;
    expect_gone(suite)
}

fn interrupted(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    slowly(suite)?;
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut running = Suite::begin(suite.oc_etcd(User::Admin, &["teardown", "--yes"]))?;
        running.until_printed(&format!("machine/{FIRST} waiting for the instance to terminate"))?;
        running.signal(signal)?;
        suite.finish(running)?.expect_code(code)?.expect("run the command again to continue")?;
        suite.get("machineconfigpool/etcd")?;
    }
    suite.start_stand_ins(StandInOptions::default())?;
    teardown(suite, &[])?.expect_code(0)?;
    expect_gone(suite)
}

fn twice(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a,us-east-1b")?;
    let begin = || Suite::begin(suite.oc_etcd(User::Admin, &["teardown", "--yes"]));
    let (one, other) = (begin()?, begin()?);
    suite.finish(one)?.expect_code(0)?;
    suite.finish(other)?.expect_code(0)?;
    expect_gone(suite)
}

fn foreign_machine(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a,us-east-1b")?;
    disown(suite, FIRST)?;
    unwritten(suite, || {
        let ran = teardown(suite, &[])?.expect_code(3)?;
        ran.expect(&format!("blocker [foreign-machine]: machine/{FIRST}"))?
            .expect(&format!("oc etcd remove-machine {FIRST}"))?;
        Ok(())
    })?;
    let confirm = format!("--confirm={FIRST}");
    suite.admin(&["remove-machine", FIRST, "--yes", &confirm])?.expect_code(0)?;
    teardown(suite, &[])?.expect_code(0)?;
    expect_gone(suite)
}

fn foreign_node(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.16")?;
    let nodes = suite.ask(async |rest| Ok(rest.list(&NODE, None, None).await?))?;
    let is_worker = |it: &&serde_json::Value| {
        it["metadata"]["labels"]["node-role.kubernetes.io/worker"].is_string()
    };
    let node = nodes.iter().find(is_worker).map(kind::name).unwrap_or_default();
    suite.kubectl(&["label", "node", node, "node-role.kubernetes.io/etcd="])?;
    unwritten(suite, || {
        let ran = teardown(suite, &[])?.expect_code(3)?;
        ran.expect(&format!("blocker [node-without-pool]: node/{node}"))?
            .expect(&format!("oc label node/{node} node-role.kubernetes.io/etcd-"))?;
        Ok(())
    })?;
    suite.kubectl(&["label", "node", node, "node-role.kubernetes.io/etcd-"])?;
    teardown(suite, &[])?.expect_code(0)?;
    expect_gone(suite)
}

fn left_node(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let node = node_of(suite, FIRST)?;
    suite.stop_stand_ins();
    change(suite, FIRST, &json!({"metadata": {"finalizers": null}}))?;
    suite.kubectl(&["delete", "machine", FIRST, "-n", "openshift-machine-api"])?;
    suite.start_stand_ins(StandInOptions::default())?;
    let mut running = Suite::begin(suite.oc_etcd(User::Admin, &["teardown", "--yes"]))?;
    running.until_printed(&format!("machine/{FIRST} deleted, waiting for its Node {node}"))?;
    suite.get("machineconfigpool/etcd")?;
    suite.kubectl(&["delete", "node", &node])?;
    let ran = suite.finish(running)?.expect_code(0)?;
    ran.expect(&format!("follow node/{node} its Machine {FIRST} is deleted"))?
        .expect(&format!("oc delete node/{node}"))?;
    expect_gone(suite)
}

fn foreign_objects(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    let foreign = json!({
        "apiVersion": "machineconfiguration.openshift.io/v1",
        "kind": "MachineConfig",
        "metadata": {
            "name": "50-etcd-mine",
            "labels": {"machineconfiguration.openshift.io/role": "etcd"},
        },
        "spec": {"config": {"ignition": {"version": "3.2.0"}}},
    });
    let file = suite.write_file("foreign.json", &foreign.to_string())?;
    suite.kubectl(&["create", "-f", &file])?;
    suite.kubectl(&["annotate", "machineconfig/99-etcd-ssh", "example.com/mine=yes"])?;
    suite.stand_ins()?.operator_restarts();
    suite.reconciled()?;
    let ran = teardown(suite, &[])?.expect_code(0)?;
    let left = "machineconfig/97-etcd-generated-kubelet machineconfig/98-etcd-generated-kubelet \
                machineconfig/99-etcd-generated-registries";
    ran.expect("leave machineconfig/50-etcd-mine not created by oc-etcd")?
        .expect(&format!("leave {OPERATORS} generated by the Machine Config Operator"))?
        .expect("warning [objects-left-behind]")?
        .expect(&format!("oc delete {left}"))?;
    let names = suite.machine_configs_of("etcd")?;
    assert_eq!(
        names,
        [
            "50-etcd-mine",
            "97-etcd-generated-kubelet",
            "98-etcd-generated-kubelet",
            "99-etcd-generated-registries"
        ]
    );
    // It is said again, for whoever did not read it then.
    let ran = teardown(suite, &[])?.expect_code(0)?;
    ran.expect("Nothing to do.")?.expect("warning [objects-left-behind]")?;
    let words: Vec<&str> = left.split_whitespace().collect();
    suite.kubectl(&[&["delete"], &words[..]].concat())?;
    suite.reconciled()?;
    assert_eq!(suite.machine_configs_of("etcd")?, ["50-etcd-mine"]);
    Ok(())
}

fn foreign_pool(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?.with("foreign-pool")?)?;
    unwritten(suite, || {
        let ran = teardown(suite, &[])?.expect_code(0)?;
        ran.expect("leave machineconfigpool/etcd not created by oc-etcd")?
            .expect("Nothing to do.")?;
        Ok(())
    })?;
    // One that our MachineConfigs are rendered into would change.
    initialized(suite, "4.16")?;
    suite.kubectl(&["label", "machineconfigpool/etcd", "app.kubernetes.io/managed-by-"])?;
    unwritten(suite, || {
        let ran = teardown(suite, &[])?.expect_code(3)?;
        ran.expect("blocker [foreign-object]: machineconfigpool/etcd")?;
        Ok(())
    })
}

fn registries(suite: &mut Suite) -> Result<()> {
    let never = StandInOptions { registries: Registries::Never, ..StandInOptions::default() };
    suite.load_with(&Cluster::load("4.16")?, never)?;
    suite.admin(&["init", "--layout=documented", "--yes", "--wait=false"])?.expect_code(0)?;
    // The copy that `init` makes when the operator has not made the object after 30 s.
    let copy = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/4.16-documented/machineconfig-99-etcd-generated-registries.yaml"
    );
    suite.kubectl(&["apply", "--server-side", "--field-manager=oc-etcd", "-f", copy])?;
    suite.reconciled()?;
    teardown(suite, &[])?.expect_code(0)?.expect(&format!("{OPERATORS} deleted"))?;
    assert_eq!(suite.machine_configs_of("etcd")?, [""; 0]);
    expect_gone(suite)
}

fn new_machine(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    suite.stop_stand_ins();
    let running = Suite::begin(suite.oc_etcd(User::Admin, &["teardown", "--yes"]))?;
    suite.wait("the Machine is deleted", async |rest| {
        let machine = rest.get(&MACHINE_OBJECT, NAMESPACE, FIRST).await?;
        Ok((!machine["metadata"]["deletionTimestamp"].is_null()).then_some(()))
    })?;
    let add = ["add-machine", "--yes", "--zone", "us-east-1b", "--wait=false"];
    suite.admin(&add)?.expect_code(0)?;
    suite.start_stand_ins(StandInOptions::default())?;
    let ran = suite.finish(running)?.expect_code(3)?;
    ran.expect("the new plan differs from the confirmed plan")?;
    suite.get("machineconfigpool/etcd")?;
    suite.reconciled()?;
    teardown(suite, &[])?.expect_code(0)?;
    expect_gone(suite)
}

fn made_while_asking(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.16")?;
    let add = ["add-machine", "--yes", "--zone", "us-east-1b"];
    let answer = ("[y/N]:", "y\n");
    let ran = suite.typed_while(User::Admin, &["teardown"], answer, || {
        suite.admin(&add)?.expect_code(0).map(drop)
    })?;
    ran.expect("the new plan differs from the confirmed plan")?.expect_code(3)?;
    suite.get("machineconfigpool/etcd")?;
    Ok(())
}

fn leaving_too(suite: &mut Suite) -> Result<()> {
    const SECOND: &str = "lab-x99n4-etcd-1";
    with_machines(suite, "us-east-1a")?;
    suite.stop_stand_ins();
    let mut running = Suite::begin(suite.oc_etcd(User::Admin, &["teardown", "--yes"]))?;
    suite.wait("the Machine is deleted", async |rest| {
        let machine = rest.get(&MACHINE_OBJECT, NAMESPACE, FIRST).await?;
        Ok((!machine["metadata"]["deletionTimestamp"].is_null()).then_some(()))
    })?;
    // Somebody makes one more and deletes it, and it does not go at once.
    let add = ["add-machine", "--yes", "--zone", "us-east-1b", "--wait=false"];
    suite.admin(&add)?.expect_code(0)?;
    change(suite, SECOND, &json!({"metadata": {"finalizers": ["example.com/keep"]}}))?;
    let namespace = ["-n", "openshift-machine-api", "--wait=false"];
    suite.kubectl(&[&["delete", "machine", SECOND][..], &namespace].concat())?;
    suite.start_stand_ins(StandInOptions::default())?;
    let keeps = "the deletion is blocked by the finalizer example.com/keep";
    running.until_printed(&format!("machine/{SECOND} {keeps}"))?;
    suite.get("machineconfigpool/etcd")?;
    change(suite, SECOND, &json!({"metadata": {"finalizers": null}}))?;
    suite.finish(running)?.expect_code(0)?;
    expect_gone(suite)
}

fn asked(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a,us-east-1b")?;
    let question = "Remove 2 machines and 4 objects? [y/N]:";
    unwritten(suite, || {
        let ran = suite.typed(User::Admin, &["teardown"], (question, "n\n"))?.expect_code(4)?;
        ran.expect("nothing was written")?;
        let ran = suite.admin(&["teardown"])?.expect_code(2)?;
        ran.expect("confirm in advance with --yes")?;
        Ok(())
    })?;
    suite.typed(User::Admin, &["teardown"], (question, "y\n"))?.expect_code(0)?;
    expect_gone(suite)
}

fn dry_runs(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    unwritten(suite, || {
        teardown(suite, &["--dry-run=client"])?.expect_code(0)?.expect("Nothing was written")?;
        let ran = teardown(suite, &["--dry-run=server"])?.expect_code(0)?;
        ran.expect(&format!("machine/{FIRST} deleted (server dry run)"))?
            .expect("machineconfigpool/etcd deleted (server dry run)")?
            .expect("secret/etcd-user-data deleted (server dry run)")?;
        Ok(())
    })
}

fn documents(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.20")?;
    suite.admin(&["add-machine", "--yes", "--zone", "us-east-1a"])?.expect_code(0)?;
    suite.reconciled()?;
    let ran = teardown(suite, &["-o", "name"])?.expect_code(0)?;
    assert_eq!(
        ran.stdout.lines().collect::<Vec<_>>(),
        [
            "machine.machine.openshift.io/lab-x99n4-etcd-0",
            "machineconfigpool/etcd",
            "machineconfig/00-etcd-disk",
            "machineconfig/01-etcd-kubelet",
            "secret/etcd-user-data",
        ]
    );
    Ok(())
}
