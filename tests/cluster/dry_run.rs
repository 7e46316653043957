//! Dry runs: what they show, and that they store nothing.

use anyhow::Result;
use oc_etcd_lab::Cluster;
use serde_json::Value;

use super::init::initialised;
use crate::Case;
use crate::observe::written;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_dry_run_on_the_client_shows_the_plan_and_stores_nothing", client),
        ("a_dry_run_on_the_server_stores_nothing", server),
        ("a_dry_run_of_a_refused_plan_is_refused_too", refused),
        ("a_plan_is_a_document", document),
        ("an_outcome_is_a_document", outcome),
        ("show_sensitive_goes_with_manifests_only", sensitive),
    ]
}

/// Runs something that must not write.
fn writes_nothing(suite: &Suite, arguments: &[&str]) -> Result<Ran> {
    let before = suite.settled()?;
    let ran = suite.admin(arguments)?.expect_code(0)?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0], "{arguments:?}");
    Ok(ran)
}

fn client(suite: &mut Suite) -> Result<()> {
    for release in ["4.16", "4.20"] {
        suite.load(&Cluster::load(release)?)?;
        for flags in [&["init", "--dry-run=client"][..], &["init", "--dry-run", "--yes"]] {
            let ran = writes_nothing(suite, flags)?;
            ran.expect("create machineconfigpool/etcd")?
                .expect("Nothing was written (dry run).")?;
        }
    }
    initialised(suite, "4.16")?;
    let flags = ["add-machine", "--zone", "us-east-1a", "--dry-run=client"];
    let ran = writes_nothing(suite, &flags)?;
    ran.expect("create machine/lab-x99n4-etcd-0")?.expect("Nothing was written (dry run).")?;
    Ok(())
}

fn server(suite: &mut Suite) -> Result<()> {
    for release in ["4.10", "4.16", "4.20"] {
        suite.load(&Cluster::load(release)?)?;
        let ran = writes_nothing(suite, &["init", "--dry-run=server"])?;
        ran.expect("machineconfigpool/etcd created (server dry run)")?
            .expect("secret/etcd-user-data created (server dry run)")?;
        suite.admin(&["init", "--yes"])?.expect_code(0)?;
        let flags = ["add-machine", "--zone", "us-east-1a", "--dry-run=server"];
        let ran = writes_nothing(suite, &flags)?;
        ran.expect("machine/lab-x99n4-etcd-0 created (server dry run)")?;
    }
    suite.put("sources-upgraded-4.20")?;
    let ran = writes_nothing(suite, &["init", "--dry-run=server"])?;
    ran.expect("machineconfig/01-etcd-kubelet configured (server dry run)")?;
    Ok(())
}

fn refused(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    let before = suite.settled()?;
    for how in ["client", "server"] {
        let how = format!("--dry-run={how}");
        let ran = suite.admin(&["init", "--layout=documented", &how])?.expect_code(3)?;
        ran.expect("blocker [pool-policy]")?;
    }
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn document(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let json = writes_nothing(suite, &["init", "--dry-run=client", "-o", "json"])?.json()?;
    assert_eq!(json["apiVersion"], "oc-etcd/v1");
    assert_eq!(json["kind"], "Plan");
    assert_eq!(json["layout"]["layout"], "documented");
    let yaml = writes_nothing(suite, &["init", "--dry-run=client", "-o", "yaml"])?.stdout;
    let from_yaml: Value = serde_yaml::from_str(&yaml)?;
    assert_eq!(from_yaml, json);
    let names = writes_nothing(suite, &["init", "--dry-run=client", "-o", "name"])?.stdout;
    assert_eq!(
        names.lines().collect::<Vec<_>>(),
        [
            "machineconfig/00-etcd",
            "machineconfig/00-etcd-disk",
            "machineconfig/01-etcd-container-runtime",
            "machineconfig/01-etcd-kubelet",
            "machineconfig/99-etcd-ssh",
            "secret/etcd-user-data",
            "machineconfigpool/etcd",
        ]
    );
    Ok(())
}

fn outcome(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    let json = suite.admin(&["init", "--yes", "-o", "json"])?.expect_code(0)?.json()?;
    assert_eq!(json["apiVersion"], "oc-etcd/v1");
    assert_eq!(json["kind"], "Outcome");
    assert_eq!(json["done"].as_array().map(Vec::len), Some(4));
    let flags = ["add-machine", "--yes", "--zone", "us-east-1a", "-o", "name"];
    let ran = suite.admin(&flags)?.expect_code(0)?;
    assert_eq!(ran.stdout, "machine/lab-x99n4-etcd-0\n");
    // Nothing to do is a document too.
    let json = suite.admin(&["init", "--yes", "-o", "json"])?.expect_code(0)?.json()?;
    assert_eq!(json["done"], Value::Array(Vec::new()));
    assert_eq!(json["unchanged"].as_array().map(Vec::len), Some(4));
    let flags = ["add-machine", "--yes", "--zone", "us-east-1a", "-o", "json"];
    let json = suite.admin(&flags)?.expect_code(0)?.json()?;
    assert_eq!(json["unchanged"][0]["name"], "lab-x99n4-etcd-0");
    // The manifests are those of all that is wanted, whatever is there already.
    let flags = ["init", "--dry-run=client", "-o", "json", "--show-sensitive"];
    let json = suite.admin(&flags)?.expect_code(0)?.json()?;
    assert_eq!(json["items"].as_array().map(Vec::len), Some(4));
    Ok(())
}

fn sensitive(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.settled()?;
    for flags in [
        &["init", "--yes", "--show-sensitive"][..],
        &["init", "--dry-run=client", "--show-sensitive"],
        &["init", "--dry-run=server", "--show-sensitive", "-o", "yaml"],
        &["init", "--dry-run=client", "--show-sensitive", "-o", "name"],
    ] {
        let ran = suite.admin(flags)?.expect_code(2)?;
        assert!(!ran.stdout.contains("CANARY"), "{flags:?}");
    }
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}
