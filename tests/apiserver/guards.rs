//! What keeps `add-machine` from making a Machine that nobody wants.

use std::time::Duration;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd_lab::kind::NODE;
use oc_etcd_lab::{Cluster, StandInOptions};
use serde_json::json;

use super::add_machine::{add, prepared, slow};
use crate::Case;
use crate::observe::written;
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_machine_without_user_data_is_never_made", no_user_data),
        ("user_data_of_another_role_is_refused", other_user_data),
        ("what_is_there_is_followed_though_nothing_could_be_made", nothing_to_make),
        ("going_on_after_another_does_not_make_one_more", another_resumed),
    ]
}

fn no_user_data(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    suite.kubectl(&["delete", "secret/etcd-user-data", "-n", "openshift-machine-api"])?;
    let before = suite.reconciled()?;
    let ran = add(suite, "us-east-1a", &[])?.expect_code(3)?;
    ran.expect("blocker [not-initialized]: secret/etcd-user-data")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    suite.ask(async |rest| {
        assert_eq!(rest.list(&NODE, None, None).await?.len(), 6);
        Ok(())
    })
}

fn other_user_data(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    for role in ["worker", "master"] {
        let config = json!({"ignition": {"version": "3.2.0", "config": {
            "merge": [{"source": format!("https://api-int.lab.example.com:22623/config/{role}")}],
        }}});
        let data = json!({"data": {"userData": STANDARD.encode(config.to_string())}}).to_string();
        let namespace = "openshift-machine-api";
        suite.kubectl(&[
            "patch",
            "secret/etcd-user-data",
            "-n",
            namespace,
            "--type=merge",
            "-p",
            &data,
        ])?;
        let ran = add(suite, "us-east-1a", &[])?.expect_code(3)?;
        ran.expect("blocker [drifted]: secret/etcd-user-data")?;
    }
    assert_eq!(suite.machines()?, [""; 0]);
    Ok(())
}

/// The checks are of what a new Machine would get, and none is made.
fn nothing_to_make(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    add(suite, "us-east-1a", &[])?.expect_code(0)?;
    suite.stop_stand_ins();
    suite.kubectl(&["delete", "secret/etcd-user-data", "-n", "openshift-machine-api"])?;
    add(suite, "us-east-1a", &[])?.expect_code(0)?.expect("Nothing to do")?;
    let ran = add(suite, "us-east-1a,us-east-1b", &[])?.expect_code(3)?;
    ran.expect("blocker [not-initialized]: secret/etcd-user-data")?;
    Ok(())
}

fn another_resumed(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_secs(60))?;
    let ran = add(suite, "us-east-1a", &["--another", "--timeout=300ms"])?.expect_code(124)?;
    ran.expect(
        "run the command again without --another to continue; with --another, the command creates \
        one more machine",
    )?;
    add(suite, "us-east-1a", &["--timeout=300ms"])?.expect_code(124)?;
    assert_eq!(suite.machines()?, ["lab-x99n4-etcd-0"]);
    Ok(())
}
