//! kubectl and oc complete the plugin: their own `__complete` asks it, as a shell does.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::omission::left_out;
use oc_etcd_lab::{Cluster, User};

use crate::Case;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("kubectl_completes_verbs_flags_and_values_of_the_cluster", kubectl),
        ("oc_completes_the_plugin", oc),
        ("completion_answers_with_less_where_the_user_may_not_read", rights),
        ("version_warns_of_a_plugin_that_takes_the_place_of_a_verb", shadows),
    ]
}

/// A directory with the plugin under its name, and the script that completes it.
fn install(suite: &Suite, caller: &str) -> Result<PathBuf> {
    let directory = suite.dir().join(format!("completion-{caller}"));
    if !directory.exists() {
        std::fs::create_dir_all(&directory)?;
        symlink(env!("CARGO_BIN_EXE_oc-etcd"), directory.join(format!("{caller}-etcd")))?;
        let printed = suite.admin(&["completion", caller])?.expect_code(0)?;
        let script = directory.join(format!("{caller}_complete-etcd"));
        std::fs::write(&script, printed.stdout)?;
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(directory)
}

/// The same command with a directory first on its PATH.
fn with_path(mut command: Command, directory: PathBuf) -> Result<Command> {
    let path = command.get_envs().find_map(|(key, value)| value.filter(|_| key == "PATH"));
    let path = path.context("there is no PATH")?;
    let paths = std::iter::once(directory).chain(std::env::split_paths(path));
    let path = std::env::join_paths(paths)?;
    command.env("PATH", path);
    Ok(command)
}

fn ask_kubectl(suite: &Suite, words: &[&str]) -> Result<Ran> {
    let command = suite.kubectl_command(&[&["__complete", "etcd"], words].concat())?;
    suite.run_command(with_path(command, install(suite, "kubectl")?)?)
}

/// kubectl's own last line stands for the directive, and is followed by nothing on stdout.
fn expect_answer(ran: Ran, expected: &str) -> Result<()> {
    let ran = ran.expect_code(0)?;
    ensure!(ran.stdout == expected, "expected:\n{expected}answered:\n{}", ran.stdout);
    Ok(())
}

fn kubectl(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    let ask = |words: &[&str]| ask_kubectl(suite, words);
    let zones = "us-east-1a\tlab-x99n4-master-0\n\
                 us-east-1b\tlab-x99n4-master-1\n\
                 us-east-1c\tlab-x99n4-master-2\n:4\n";
    expect_answer(ask(&["add-machine", "--zone", ""])?, zones)?;
    expect_answer(ask(&["add-machine", "--zone="])?, zones)?;
    expect_answer(ask(&["--zone", "us-", "add-machine", "--zone", ""])?, zones)?;
    expect_answer(
        ask(&["add-machine", "--zone", "us-east-1b,"])?,
        "us-east-1b,us-east-1a\nus-east-1b,us-east-1c\n:4\n",
    )?;
    expect_answer(ask(&["stat"])?, "status\tShow the state of the etcd pool and machines\n:4\n")?;
    expect_answer(
        ask(&["init", "--lay"])?,
        "--layout\tSource of the pool's base configuration [default: auto]\n:4\n",
    )?;
    let viewer = suite.dir().join("viewer.kubeconfig").display().to_string();
    let contexts = ask(&["--kubeconfig", &viewer, "status", "--context", ""])?;
    expect_answer(contexts, "viewer\tlab as viewer (current)\n:4\n")?;
    // The shell completes names of files.
    expect_answer(ask(&["status", "--kubeconfig", ""])?, ":0\n")?;
    expect_answer(ask(&["nonsense", ""])?, ":4\n")?;
    Ok(())
}

fn oc(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    if Command::new("oc").args(["version", "--client"]).output().is_err() {
        left_out("oc is not on the PATH: it is not asked to complete the plugin");
        return Ok(());
    }
    let mut command = Command::new("oc");
    command.args(["__complete", "etcd", "add-machine", "--zone", "us-east-1c"]).env_clear();
    for (key, value) in suite.oc_etcd(User::Admin, &[]).get_envs() {
        command.envs(value.map(|value| (key, value)));
    }
    let ran = suite.run_command(with_path(command, install(suite, "oc")?)?)?;
    expect_answer(ran, "us-east-1c\tlab-x99n4-master-2\n:4\n")
}

fn rights(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    let words = ["__complete", "add-machine", "--as=nobody", "--zone", ""];
    let ran = suite.admin(&words)?.expect_code(0)?;
    ensure!((ran.stdout.as_str(), ran.stderr.as_str()) == (":4\n", ""), "{ran:?}");
    Ok(())
}

fn shadows(suite: &mut Suite) -> Result<()> {
    let directory = suite.dir().join("shadows");
    std::fs::create_dir_all(&directory)?;
    std::fs::write(directory.join("kubectl-etcd-add_machine"), "")?;
    let command = suite.oc_etcd(User::Admin, &["version", "--client"]);
    let ran = suite.run_command(with_path(command, directory.clone())?)?.expect_code(0)?;
    let file = directory.join("kubectl-etcd-add_machine").display().to_string();
    let warning =
        format!("warning: `kubectl etcd add-machine` runs {file} instead of this program\n");
    ensure!(ran.stderr == warning, "{}", ran.stderr);
    let ran = suite.admin(&["version", "--client"])?.expect_code(0)?;
    ensure!(ran.stderr.is_empty(), "{}", ran.stderr);
    Ok(())
}
