//! Which layout `init` takes, and which it refuses.

use anyhow::Result;
use oc_etcd_lab::omission::left_out;
use oc_etcd_lab::{Cluster, captured};

use super::init::{copied, initialized};
use crate::Case;
use crate::observe::written;
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("the_documented_layout_is_refused_where_the_policy_denies_it", denied),
        ("openshifts_own_policy_denies_documented_and_lets_inherit_in", real_policy),
        ("the_policy_decides_even_before_4_18", policy_before),
        ("inherit_is_the_default_before_4_18_too", inherit_before),
        ("inherit_makes_etcd_nodes_where_the_order_of_names_decides", by_name),
        ("a_documented_pool_can_be_moved_to_inherit", moved),
    ]
}

fn refused(suite: &Suite, layout: &str, check: &str) -> Result<()> {
    let before = suite.reconciled()?;
    let layout = format!("--layout={layout}");
    let ran = suite.admin(&["init", "--yes", &layout])?.expect_code(3)?;
    ran.expect(&format!("blocker [{check}]"))?.expect("oc etcd init --layout=")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn denied(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    refused(suite, "documented", "pool-policy-denied")?;
    let ran = suite.admin(&["init", "--yes"])?.expect_code(0)?;
    ran.expect("Layout inherit:")?;
    Ok(())
}

fn real_policy(suite: &mut Suite) -> Result<()> {
    let Some(policy) = captured::admission_policy() else {
        assert!(!captured::is_required(), "the admission policy is not at hand");
        left_out("OpenShift's own admission policy is not at hand");
        return Ok(());
    };
    suite.load_with_policy(&Cluster::load("4.20")?, &policy)?;
    refused(suite, "documented", "pool-policy-denied")?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Layout inherit:")?;
    // A later write to the pool is let in too.
    suite.kubectl(&["label", "machineconfigpool/etcd", "app.kubernetes.io/managed-by=oc-etcd"])?;
    suite.admin(&["status"])?.expect_code(0)?;
    Ok(())
}

fn policy_before(suite: &mut Suite) -> Result<()> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/4.20/admission.yaml");
    suite.load_with_policy(&Cluster::load("4.16")?, own.as_ref())?;
    refused(suite, "documented", "pool-policy-denied")?;
    let ran = suite.admin(&["init", "--yes"])?.expect_code(0)?;
    ran.expect("Layout inherit:")?.expect(
        "the cluster's admission policy allows only pools that extend \
        worker",
    )?;
    Ok(())
}

fn inherit_before(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Layout inherit:")?;
    suite.reconciled()?;
    assert_eq!(
        suite.machine_configs_of("etcd")?,
        ["00-etcd-disk", "01-etcd-kubelet", "99-etcd-generated-registries"]
    );
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Nothing to do")?;
    Ok(())
}

fn by_name(suite: &mut Suite) -> Result<()> {
    // The order of the names of MachineConfigs decides nothing: a machine joins as etcd below 4.15 too.
    initialized(suite, "4.10")?.expect("Layout inherit:")?;
    suite.admin(&["add-machine", "--yes", "--zone", "us-east-1a"])?.expect_code(0)?;
    suite.admin(&["status"])?.expect_code(0)?;
    Ok(())
}

fn moved(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    let ran = suite.admin(&["init", "--yes", "--layout=inherit"])?.expect_code(0)?;
    ran.expect("warning [pool-policy-denied]")?;
    suite.reconciled()?;
    assert_eq!(
        suite.machine_configs_of("etcd")?,
        ["00-etcd-disk", "01-etcd-kubelet", "99-etcd-generated-registries"]
    );
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Nothing to do")?;
    suite.admin(&["status"])?.expect_code(0)?;
    Ok(())
}
