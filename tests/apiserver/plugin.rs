//! The program as kubectl and oc run it.

use std::os::unix::fs::symlink;
use std::process::Command;

use anyhow::{Context as _, Result};
use oc_etcd_lab::omission::left_out;
use oc_etcd_lab::{Cluster, User};

use crate::Case;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("kubectl_finds_and_runs_the_plugin", kubectl),
        ("oc_finds_and_runs_the_plugin", oc),
        ("flags_of_every_command_are_taken_before_and_after_the_verb", flags),
    ]
}

/// Runs a program with the plugin on its path under a name.
fn through(suite: &Suite, program: &str, name: &str, arguments: &[&str]) -> Result<Ran> {
    let directory = suite.dir().join("plugins");
    std::fs::create_dir_all(&directory)?;
    let plugin = directory.join(name);
    if !plugin.exists() {
        symlink(env!("CARGO_BIN_EXE_oc-etcd"), &plugin)?;
    }
    let mut command = suite.oc_etcd(User::Admin, &[]);
    let path = command
        .get_envs()
        .find_map(|(key, value)| value.filter(|_| key == "PATH"))
        .context("there is no PATH")?;
    let paths = std::iter::once(directory).chain(std::env::split_paths(path));
    let path = std::env::join_paths(paths)?;
    command.env("PATH", path);
    let mut run = Command::new(program);
    run.args(arguments).env_clear();
    for (key, value) in command.get_envs() {
        if let Some(value) = value {
            run.env(key, value);
        }
    }
    suite.run_command(run)
}

fn kubectl(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    let kubectl = suite.bin("kubectl")?.display().to_string();
    let run = |arguments: &[&str]| -> Result<Ran> {
        let arguments = [&["etcd"], arguments].concat();
        through(suite, &kubectl, "kubectl-etcd", &arguments)
    };
    let help = run(&["--help"])?.expect_code(0)?;
    help.expect("kubectl etcd <command> --help")?.expect("Usage: kubectl etcd [OPTIONS]")?;
    run(&["options"])?.expect_code(0)?.expect("--request-timeout <TIME>")?;
    run(&["help", "init"])?.expect_code(0)?.expect("kubectl etcd init --dry-run=client")?;
    let help = run(&["add-machine", "--help"])?.expect_code(0)?;
    assert!(!help.stdout.contains("oc etcd"), "{}", help.stdout);
    run(&["status"])?.expect_code(0)?.expect("Next kubectl etcd init")?;
    let ran = run(&["init", "--yes"])?.expect_code(0)?;
    ran.expect("Next: kubectl etcd add-machine --zone us-east-1a,us-east-1b,us-east-1c")?;
    run(&["add-machine", "-y", "--zone=us-east-1a"])?
        .expect_code(0)?
        .expect("Next: kubectl etcd status")?;
    run(&["add-machine", "-y", "--zone=us-east-1z"])?.expect_code(3)?;
    Ok(())
}

fn oc(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    let is_there = Command::new("oc").arg("version").arg("--client").output().is_ok();
    if !is_there {
        left_out("oc is not on the PATH: it is not asked to run the plugin");
        return Ok(());
    }
    let version = through(suite, "oc", "oc-etcd", &["etcd", "version"])?.expect_code(0)?;
    version.expect("OpenShift Version: 4.20.3")?;
    let ran = through(suite, "oc", "oc-etcd", &["etcd", "init", "--dry-run"])?.expect_code(0)?;
    ran.expect("Layout inherit:")?;
    Ok(())
}

fn flags(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let kubeconfig = suite.dir().join("viewer.kubeconfig").display().to_string();
    let kubeconfig = ["--kubeconfig", &kubeconfig, "--context", "viewer", "-o", "json"];
    for arguments in [
        [&kubeconfig[..], &["init", "--dry-run"]].concat(),
        [&["init", "--dry-run"], &kubeconfig[..]].concat(),
    ] {
        // It is the viewer's kubeconfig that counts.
        let plan = suite.admin(&arguments)?.expect_code(3)?.json()?;
        assert_eq!(plan["isBlocked"], true);
        assert!(plan["findings"].to_string().contains("you may not create"));
    }
    for arguments in
        [&["--as=viewer", "init", "--dry-run"][..], &["init", "--dry-run", "--as", "viewer"]]
    {
        suite.admin(arguments)?.expect_code(3)?.expect("blocker [permission-denied]")?;
    }
    suite.admin(&["status", "--context", "nowhere"])?.expect_code(1)?.expect("nowhere")?;
    Ok(())
}
