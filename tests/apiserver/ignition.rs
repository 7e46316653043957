//! What machines will read is valid Ignition, in the eyes of Ignition itself.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::omission::left_out;
use oc_etcd_lab::{Cluster, captured};
use serde_json::Value;

use super::init::user_data_of;
use crate::Case;
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("ignition_accepts_all_that_init_writes", own),
        ("ignition_accepts_all_that_init_makes_of_real_machine_configs", real),
    ]
}

fn own(suite: &mut Suite) -> Result<()> {
    for (release, layout) in
        [("4.10", "documented"), ("4.16", "documented"), ("4.16", "inherit"), ("4.20", "inherit")]
    {
        let layout = format!("--layout={layout}");
        suite.load_without_controllers(&Cluster::load(release)?)?;
        for disk in [&[][..], &["--disk-device=/dev/nvme1n1"]] {
            let flags = [&["init", "--yes", "--wait=false", &layout], disk].concat();
            validate(suite, &flags).context(release)?;
        }
    }
    Ok(())
}

fn real(suite: &mut Suite) -> Result<()> {
    for (release, base, version) in
        [("4.12", "4.16", "4.12.40"), ("4.16", "4.16", "4.16.8"), ("4.20", "4.20", "4.20.3")]
    {
        let mut cluster = Cluster::load(base)?.with_version(version);
        for role in ["master", "worker"] {
            let Some(file) = captured::machine_configs(release, role) else {
                ensure!(!captured::is_required(), "{release} is not captured");
                left_out(&format!("what the operator rendered for {release} is not at hand"));
                return Ok(());
            };
            cluster = cluster.with_machine_configs_from(&file)?;
        }
        suite.load_without_controllers(&cluster)?;
        validate(suite, &["init", "--yes", "--wait=false"]).context(release)?;
    }
    Ok(())
}

/// Has `init` write everything, and Ignition read it.
fn validate(suite: &Suite, init: &[&str]) -> Result<()> {
    suite.admin(init)?.expect_code(0)?;
    let names = suite.machine_configs_of("etcd")?;
    ensure!(names.len() >= 2, "few MachineConfigs: {names:?}");
    for name in names {
        let config = suite.get(&format!("machineconfig/{name}"))?["spec"]["config"].take();
        validate_config(suite, &config).context(name)?;
    }
    let config = user_data_of(suite, "etcd-user-data")?;
    // Today's Ignition reads no configs of version 2; those are the masters' own all the same.
    if config["ignition"]["version"].as_str().is_some_and(|it| it.starts_with("3.")) {
        validate_config(suite, &config).context("etcd-user-data")?;
    }
    Ok(())
}

fn validate_config(suite: &Suite, config: &Value) -> Result<()> {
    let file = suite.write_file("config.ign", &config.to_string())?;
    let mut command = Command::new(suite.bin("ignition-validate")?);
    command.arg(file);
    let ran = suite.run_command(command)?.expect_code(0)?;
    // A key that Ignition does not know is a warning, and then does nothing.
    ensure!(ran.stdout.is_empty() && ran.stderr.is_empty(), "{}{}", ran.stdout, ran.stderr);
    Ok(())
}
