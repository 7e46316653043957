//! Deletions whose answers are lost, and objects that change before they are deleted.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use oc_etcd_lab::StandInOptions;
use oc_etcd_lab::fault::{
    Fault, FaultServer, Gate, Listen, Match, Moment, Reply, Rule, WatchEnd, When,
};
use serde_json::json;

use super::{SOON, begin, run, tidy};
use crate::suite::{Ran, Suite};
use crate::{Case, removal};

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("f04_a_deletion_whose_answer_is_lost_is_no_conflict", lost),
        ("f16_a_machine_that_changes_before_its_deletion_is_judged_again", changed),
        ("f16_a_removal_that_a_check_ends_midway_says_what_is_kept", blocked_midway),
        ("f16_a_machine_is_judged_again_after_a_server_was_busy", judged_after_busy),
        ("f16_a_machine_that_is_replaced_before_its_deletion_stays", replaced),
        ("f06_a_removal_goes_on_when_its_watches_break", broken_watch),
    ]
}

const NAME: &str = "lab-x99n4-etcd-0";
const REMOVE: &[&str] = &["remove-machine", "--yes", NAME];

fn deletions() -> Match {
    Match::of("DELETE", "/machines/")
}

fn prepared(suite: &mut Suite) -> Result<FaultServer> {
    removal::with_machines(suite, "us-east-1a")?;
    suite.fault_server(Listen::default())
}

fn lost(suite: &mut Suite) -> Result<()> {
    let server = prepared(suite)?;
    // The Machine keeps its finalizer: a deletion that is stored is seen on the Machine.
    suite.stop_stand_ins();
    server.add(Rule::new(deletions(), When::First(1), Fault::Lost(None)));
    let ran = run(suite, &server, &[REMOVE, &["--wait=false"]].concat())?.expect_code(0)?;
    ran.expect(&format!("machine/{NAME} deleted"))?;
    ensure!(server.count(&deletions()) == 1, "{} deletions", server.count(&deletions()));
    suite.start_stand_ins(StandInOptions::default())?;
    run(suite, &server, &[REMOVE, &["--ignore-not-found"]].concat())?.expect_code(0)?;

    // The whole way back, with the first deletion of each object lost.
    suite.admin(&["add-machine", "--yes", "--zone", "us-east-1a"])?.expect_code(0)?;
    for path in ["/machines/", "/machineconfigpools/", "/machineconfigs/", "/secrets/"] {
        server.add(Rule::new(Match::of("DELETE", path), When::First(1), Fault::Lost(None)));
    }
    run(suite, &server, &["teardown", "--yes"])?.expect_code(0)?.expect("are deleted")?;
    Ok(())
}

/// Holds the deletion at the gate, does something meanwhile, and lets it go on.
fn meanwhile(
    suite: &Suite,
    server: &FaultServer,
    something: impl FnOnce() -> Result<()>,
) -> Result<Ran> {
    let gate = Gate::default();
    let pause = Fault::Pause(Moment::BeforeForwarding, gate.clone());
    server.forget();
    server.add(Rule::new(deletions(), When::First(1), pause));
    let running = begin(suite, server, REMOVE)?;
    let visitor = gate.await_arrival(SOON)?;
    something()?;
    visitor.release();
    tidy(suite.finish(running)?)
}

fn changed(suite: &mut Suite) -> Result<()> {
    let server = prepared(suite)?;
    // A member is placed there, and etcd's operator protects the machine, after the plan was agreed to.
    let hook = json!([{"name": "EtcdQuorumOperator", "owner": "clusteroperator/etcd"}]);
    let ran = meanwhile(suite, &server, || {
        let change = json!({"spec": {"lifecycleHooks": {"preDrain": hook}}});
        removal::change(suite, NAME, &change)
    })?;
    ran.expect_code(1)?.expect("blocker [carries-etcd-member]")?;
    ensure!(suite.machines()? == [NAME], "the object no longer exists");

    // Any other change is no reason to stop.
    removal::change(suite, NAME, &json!({"spec": {"lifecycleHooks": null}}))?;
    let ran = meanwhile(suite, &server, || {
        removal::change(suite, NAME, &json!({"metadata": {"annotations": {"x": "y"}}}))
    })?;
    ran.expect_code(0)?.expect("The machine and its Node are deleted.")?;
    Ok(())
}

fn judged_after_busy(suite: &mut Suite) -> Result<()> {
    let server = prepared(suite)?;
    let busy = || Fault::Answer(Reply::too_many_requests().retry_after(3));
    server.add(Rule::new(deletions(), When::First(1), busy()));
    let running = begin(suite, &server, REMOVE)?;
    let begun = Instant::now();
    while server.count(&deletions()) == 0 {
        ensure!(begun.elapsed() < SOON, "no deletion");
        std::thread::sleep(Duration::from_millis(50));
    }
    // The list of members changes, and the Machine does not.
    let address =
        suite.get(&format!("machine/{NAME}"))?["status"]["addresses"][0]["address"].clone();
    removal::set_members(suite, &json!({"8e9e05c52164694d": address}))?;
    let ran = tidy(suite.finish(running)?)?.expect_code(1)?;
    ran.expect("blocker [carries-etcd-member]")?
        .expect("the command reads the cluster again and retries")?;
    ensure!(suite.machines()? == [NAME], "the machine is gone");
    ensure!(server.count(&deletions()) == 1, "{} deletions", server.count(&deletions()));

    removal::set_members(suite, &json!({"8e9e05c52164694d": null}))?;
    server.add(Rule::new(deletions(), When::First(1), busy()));
    run(suite, &server, REMOVE)?.expect_code(0)?.expect("The machine and its Node are deleted.")?;
    Ok(())
}

fn blocked_midway(suite: &mut Suite) -> Result<()> {
    const OTHER: &str = "lab-x99n4-etcd-1";
    removal::with_machines(suite, "us-east-1a,us-east-1b")?;
    let server = suite.fault_server(Listen::default())?;
    let gate = Gate::default();
    let pause = Fault::Pause(Moment::BeforeForwarding, gate.clone());
    let deletion = Match::of("DELETE", &format!("/machines/{OTHER}"));
    server.add(Rule::new(deletion, When::First(1), pause));
    let running = begin(suite, &server, &[REMOVE, &[OTHER]].concat())?;
    let visitor = gate.await_arrival(SOON)?;
    let hook = json!([{"name": "EtcdQuorumOperator", "owner": "clusteroperator/etcd"}]);
    removal::change(suite, OTHER, &json!({"spec": {"lifecycleHooks": {"preDrain": hook}}}))?;
    visitor.release();
    let ran = tidy(suite.finish(running)?)?.expect_code(1)?;
    let ran = ran
        .expect(&format!("machine/{NAME} deleted"))?
        .expect("a check blocks the rest of this command; nothing else was written")?
        .expect("after the blocking checks are solved, run the command again to continue")?;
    for wrong in ["; nothing was written", "changed in the meantime"] {
        ensure!(!ran.stderr.contains(wrong), "{}", ran.stderr);
    }
    Ok(())
}

fn replaced(suite: &mut Suite) -> Result<()> {
    let server = prepared(suite)?;
    suite.stop_stand_ins();
    let ran = meanwhile(suite, &server, || {
        removal::change(suite, NAME, &json!({"metadata": {"finalizers": null}}))?;
        suite.kubectl(&["delete", "machine", NAME, "-n", "openshift-machine-api"])?;
        let add = ["add-machine", "--yes", "--zone", "us-east-1a", "--wait=false"];
        suite.admin(&add)?.expect_code(0).map(drop)
    })?;
    ran.expect_code(1)?.expect("the new plan differs from the confirmed plan")?;
    ensure!(suite.machines()? == [NAME], "the new one is gone");
    Ok(())
}

fn broken_watch(suite: &mut Suite) -> Result<()> {
    let server = prepared(suite)?;
    for end in [WatchEnd::Close, WatchEnd::Reset] {
        let drop = Fault::DropWatch(0, end);
        server.add(Rule::new(Match::watch("/machines"), When::First(1), drop.clone()));
        server.add(Rule::new(Match::watch("/nodes"), When::First(1), drop));
        run(suite, &server, REMOVE)?.expect_code(0)?.expect("are deleted")?;
        suite.admin(&["add-machine", "--yes", "--zone", "us-east-1a"])?.expect_code(0)?;
        server.forget();
    }
    Ok(())
}
