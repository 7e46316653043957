//! Clusters that are not as most are: what is copied there, what is said, what is refused.

use anyhow::{Context as _, Result};
use oc_etcd_lab::Cluster;
use serde_json::json;

use crate::Case;
use crate::observe::{unit, written};
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("clusters_that_the_tool_is_not_for_are_refused", unsuitable),
        ("an_upgrade_in_progress_is_refused_unless_ignored", upgrading),
        ("a_master_pool_that_updates_is_refused_unless_ignored", updating),
        ("a_check_that_would_break_the_cluster_cannot_be_ignored", not_ignorable),
        ("fips_reaches_the_etcd_pool", fips),
        ("an_administrators_machine_configs_are_copied", user_machine_configs),
        ("what_only_the_masters_have_is_told_where_nothing_is_copied", masters_only),
        ("what_a_kubelet_config_makes_for_masters_is_told", operator_generated),
        ("a_disk_that_the_masters_mount_is_not_copied", move_etcd_disk),
        ("a_cluster_that_was_upgraded_keeps_the_first_boot_units", first_boot),
        ("a_named_device_is_used_and_warned_of", device),
    ]
}

fn cluster(release: &str, variant: &str) -> Result<Cluster> {
    Cluster::load(release)?.with(variant)
}

fn unsuitable(suite: &mut Suite) -> Result<()> {
    for (variant, check) in [
        ("not-aws-gcp", "platform-unsupported"),
        ("hosted", "hosted-control-plane"),
        ("no-machines", "no-machine-api"),
    ] {
        suite.load(&cluster("4.16", variant)?)?;
        let before = suite.reconciled()?;
        for command in [&["init", "--yes"][..], &["add-machine", "--yes", "--zone", "us-east-1a"]] {
            let ran = suite.admin(command)?.expect_code(3)?;
            ran.expect(&format!("blocker [{check}]"))?;
        }
        suite.admin(&["status"])?.expect_code(5)?.expect(&format!("[{check}]"))?;
        assert_eq!(written(&before, &suite.everything()?), [""; 0], "{variant}");
    }
    Ok(())
}

/// Refused by a check, and not when it is ignored.
fn ignorable(suite: &mut Suite, cluster: &Cluster, check: &str) -> Result<()> {
    suite.load(cluster)?;
    let before = suite.reconciled()?;
    suite.admin(&["init", "--yes"])?.expect_code(3)?.expect(&format!("blocker [{check}]"))?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    let ignored = format!("--ignore-checks={check}");
    let ran = suite.admin(&["init", "--yes", &ignored])?.expect_code(0)?;
    ran.expect(&format!("warning [{check}]"))?.expect("(ignored)")?;
    Ok(())
}

fn upgrading(suite: &mut Suite) -> Result<()> {
    ignorable(suite, &cluster("4.16", "upgrading-4.16")?, "upgrade-in-progress")?;
    ignorable(suite, &cluster("4.20", "upgrading")?, "upgrade-in-progress")
}

fn updating(suite: &mut Suite) -> Result<()> {
    ignorable(suite, &cluster("4.16", "master-pool-updating")?, "master-pool-not-updated")
}

fn not_ignorable(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    for check in ["pool-policy-denied", "permission-denied", "foreign-object", "no-such-check"] {
        let ignored = format!("--ignore-checks={check}");
        suite.admin(&["init", "--yes", &ignored])?.expect_code(2)?.expect(check)?;
    }
    Ok(())
}

fn fips(suite: &mut Suite) -> Result<()> {
    for (release, layout, copied) in
        [("4.16", "documented", true), ("4.16", "inherit", false), ("4.20", "inherit", false)]
    {
        suite.load(&cluster(release, "fips")?)?;
        suite.admin(&["init", "--yes", &format!("--layout={layout}")])?.expect_code(0)?;
        suite.reconciled()?;
        let names = suite.machine_configs_of("etcd")?;
        assert_eq!(names.contains(&"99-etcd-fips".to_owned()), copied, "{release} {layout}");
        assert_eq!(suite.rendered()?["spec"]["fips"], true, "{release}");
    }
    // FIPS is switched on at the first boot.
    suite.load(&cluster("4.16", "fips")?)?;
    let ran = suite.admin(&["init", "--layout=documented", "--dry-run=client"])?.expect_code(0)?;
    ran.expect("first-boot units kept: machineconfig/99-master-fips requests FIPS")?;
    Ok(())
}

fn user_machine_configs(suite: &mut Suite) -> Result<()> {
    suite.load(&cluster("4.16", "user-machine-configs")?)?;
    suite.admin(&["init", "--layout=documented", "--yes"])?.expect_code(0)?;
    suite.reconciled()?;
    assert_eq!(
        suite.machine_configs_of("etcd")?,
        [
            "00-etcd",
            "00-etcd-disk",
            "01-etcd-container-runtime",
            "01-etcd-kubelet",
            "99-etcd-chrony",
            "99-etcd-generated-registries",
            "99-etcd-kernel-arguments",
            "99-etcd-ssh",
            "custom-sysctl-etcd",
        ]
    );
    for (source, copy) in [
        ("99-master-chrony", "99-etcd-chrony"),
        ("99-master-kernel-arguments", "99-etcd-kernel-arguments"),
        ("custom-sysctl", "custom-sysctl-etcd"),
    ] {
        let mut spec = suite.get(&format!("machineconfig/{source}"))?["spec"].clone();
        let fields = spec.as_object_mut().context("it has no spec")?;
        fields.remove("osImageURL");
        fields.remove("baseOSExtensionsContainerImage");
        assert_eq!(suite.get(&format!("machineconfig/{copy}"))?["spec"], spec, "{copy}");
    }
    // With kernel arguments the first boot has something to do.
    unit(&suite.get("machineconfig/00-etcd")?, "machine-config-daemon-firstboot.service")?;
    Ok(())
}

fn masters_only(suite: &mut Suite) -> Result<()> {
    suite.load(&cluster("4.20", "user-machine-configs")?)?;
    let ran = suite.admin(&["init", "--yes"])?.expect_code(0)?;
    ran.expect("warning [source-unexpected]: machineconfig/custom-sysctl")?
        .expect(
            "create custom-sysctl-etcd with the label machineconfiguration.openshift.io/role=etcd",
        )?
        .expect("warning [kernel-arguments-missing]")?;
    Ok(())
}

fn operator_generated(suite: &mut Suite) -> Result<()> {
    for release in ["4.16", "4.20"] {
        suite.load(&cluster(release, "operator-generated")?)?;
        let ran = suite.admin(&["init", "--yes"])?.expect_code(0)?;
        ran.expect(
            "warning [kubelet-config-not-applied]: machineconfig/99-master-generated-kubelet",
        )?;
        suite.reconciled()?;
        let names = suite.machine_configs_of("etcd")?;
        assert!(!names.contains(&"99-etcd-generated-kubelet".to_owned()), "{names:?}");
    }
    Ok(())
}

fn move_etcd_disk(suite: &mut Suite) -> Result<()> {
    suite.load(&cluster("4.16", "move-etcd-disk")?)?;
    let ran = suite.admin(&["init", "--layout=documented", "--yes"])?.expect_code(0)?;
    ran.expect("warning [source-unexpected]: machineconfig/98-var-lib-etcd")?;
    suite.reconciled()?;
    let names = suite.machine_configs_of("etcd")?;
    assert!(!names.iter().any(|name| name.contains("var-lib-etcd")), "{names:?}");
    Ok(())
}

fn first_boot(suite: &mut Suite) -> Result<()> {
    let firstboot = "machine-config-daemon-firstboot.service";
    suite.load(&cluster("4.16", "upgraded-4.16")?)?;
    let ran = suite.admin(&["init", "--layout=documented", "--yes"])?.expect_code(0)?;
    ran.expect("first-boot units kept: the cluster was upgraded")?;
    unit(&suite.get("machineconfig/00-etcd")?, firstboot)?;
    let ran = suite.admin(&["init", "--yes", "--first-boot=remove"])?.expect_code(0)?;
    ran.expect("warning [boot-image-skew]")?;
    assert!(unit(&suite.get("machineconfig/00-etcd")?, firstboot).is_err());
    Ok(())
}

fn device(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let ran = suite.admin(&["init", "--yes", "--disk-device=/dev/nvme1n1"])?.expect_code(0)?;
    ran.expect("warning [disk-device-uncertain]")?;
    let command = |suite: &mut Suite| -> Result<String> {
        let disk = suite.get("machineconfig/00-etcd-disk")?;
        // Ignition would write to these, whatever they hold.
        for section in ["disks", "filesystems"] {
            assert_eq!(disk["spec"]["config"]["storage"][section], json!(null));
        }
        let unit = unit(&disk, "oc-etcd-disk.service")?;
        let line = unit.lines().find_map(|it| it.strip_prefix("ExecStart="));
        Ok(line.context("no command")?.to_owned())
    };
    let script = "/usr/bin/bash /etc/oc-etcd/prepare-disk";
    assert_eq!(command(suite)?, format!("{script} /dev/nvme1n1"));
    // What is chosen stays, and can be chosen anew in a rendered pool: the operator replaces units and files.
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Nothing to do")?;
    suite.reconciled()?;
    suite.admin(&["init", "--yes", "--disk-device=/dev/xvdb"])?.expect_code(0)?;
    assert_eq!(command(suite)?, format!("{script} /dev/xvdb"));
    suite.admin(&["init", "--yes", "--disk-device=probe"])?.expect_code(0)?;
    assert_eq!(command(suite)?, script);
    Ok(())
}
