//! Runs the built program as a user would, without a cluster and without an environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How a run ended, and what it said.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `oc-etcd`.
pub(crate) fn run(arguments: &[&str]) -> Run {
    run_as(Path::new(env!("CARGO_BIN_EXE_oc-etcd")), arguments)
}

/// Runs `oc-etcd` with a locale that has ASCII alone.
pub(crate) fn run_in_ascii(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oc-etcd"));
    command.args(arguments).env_clear().env("LC_ALL", "C");
    finish(command)
}

/// Runs `oc-etcd` with environment variables.
pub(crate) fn run_with(environment: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oc-etcd"));
    command.args(arguments).env_clear().envs(environment.iter().copied());
    finish(command)
}

/// Runs the program under the path that it is given.
pub(crate) fn run_as(program: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(program);
    command.args(arguments).env_clear();
    finish(command)
}

fn finish(mut command: Command) -> Run {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// An empty directory of a test's own, whatever names other tests choose for theirs.
pub(crate) fn directory(name: &str) -> PathBuf {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default().replace("::", "-");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("offline").join(test).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).unwrap();
    }
    std::fs::create_dir_all(&path).unwrap();
    path
}
