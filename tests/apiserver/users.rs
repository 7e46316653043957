//! What users with fewer rights can do, and what they are told.

use anyhow::Result;
use oc_etcd_lab::{Cluster, User};

use super::init::initialized;
use crate::Case;
use crate::observe::written;
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_viewer_is_refused_by_verb_and_resource_before_any_write", viewer_writes),
        ("a_viewer_sees_the_status_and_what_is_forbidden", viewer_status),
        ("an_operator_can_do_all_that_the_commands_do", operator),
        ("nobody_is_told_what_a_server_without_rights_is_asked", nobody),
        ("a_user_who_may_not_impersonate_is_told_so_by_every_command", impersonation),
    ]
}

fn viewer_writes(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.reconciled()?;
    let ran = suite.run(User::Viewer, &["init", "--yes"])?.expect_code(3)?;
    ran.expect("blocker [permission-denied]")?
        .expect("you may not create machineconfigs.machineconfiguration.openshift.io")?
        .expect("you may not create machineconfigpools.machineconfiguration.openshift.io")?
        .expect("you may not create secrets in openshift-machine-api")?
        .expect("oc auth can-i create")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);

    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    let before = suite.reconciled()?;
    let flags = ["add-machine", "--yes", "--zone", "us-east-1a"];
    let ran = suite.run(User::Viewer, &flags)?.expect_code(3)?;
    ran.expect("blocker [permission-denied]")?
        .expect("you may not create machines.machine.openshift.io in openshift-machine-api")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn viewer_status(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.16")?;
    suite.admin(&["add-machine", "--yes", "--zone", "us-east-1a"])?.expect_code(0)?;
    suite.reconciled()?;
    let ran = suite.run(User::Viewer, &["status"])?.expect_code(0)?;
    ran.expect("lab-x99n4-etcd-0")?.expect("User data could not be read: forbidden")?;
    let json = suite.run(User::Viewer, &["status", "-o", "json"])?.expect_code(0)?.json()?;
    assert_eq!(json["userData"], serde_json::Value::Null);
    assert_eq!(json["machines"][0]["phase"], "Running");
    assert!(json["unreadable"].to_string().contains("etcd-user-data"), "{}", json["unreadable"]);
    Ok(())
}

fn operator(suite: &mut Suite) -> Result<()> {
    for release in ["4.10", "4.16", "4.20"] {
        suite.load(&Cluster::load(release)?)?;
        let run = |arguments: &[&str]| suite.run(User::Operator, arguments)?.expect_code(0);
        run(&["init", "--dry-run=server"])?;
        let copies = if release == "4.16" { "--layout=documented" } else { "--layout=auto" };
        run(&["init", "--yes", copies])?;
        run(&["add-machine", "--yes", "--zone", "us-east-1a,us-east-1b"])?;
        run(&["init", "--yes"])?.expect("Nothing to do")?;
        run(&["status"])?;
        run(&["version"])?;
        if release == "4.16" {
            suite.put("sources-upgraded-4.16")?;
            suite.reconciled()?;
            run(&["init", "--yes"])?.expect("machineconfig/01-etcd-kubelet configured")?;
        }
    }
    Ok(())
}

fn nobody(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.reconciled()?;
    for (verb, code) in [("init", 3), ("status", 5)] {
        let ran = suite.admin(&[verb, "--as", "nobody"])?;
        let ran = ran.expect_code(code)?;
        ran.expect("infrastructures")?;
    }
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn impersonation(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    for (arguments, code) in [
        (&["status"][..], 1),
        (&["check"], 1),
        (&["diff"], 6),
        (&["perf", "--for=1s"], 1),
        (&["version"], 1),
        (&["init", "--dry-run=client"], 1),
    ] {
        let ran = suite.run(User::Viewer, &[arguments, &["--as=alice"]].concat())?;
        let ran = ran
            .expect_code(code)?
            .expect("users \"alice\" is forbidden: User \"viewer\" cannot impersonate")?;
        anyhow::ensure!(!ran.stderr.contains("rbac.yaml"), "{arguments:?}: {}", ran.stderr);
    }
    Ok(())
}
