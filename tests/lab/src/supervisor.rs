//! Programs that cannot outlive this process, however it dies. Each runs below
//! a shell that holds a pipe from us; when the pipe closes, the shell kills the
//! program. Closing it is also how we stop it.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};

/// Runs "$@"; at the end of stdin kills it. Ends when the program does.
const SUPERVISE: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
{ read -r _ <&3; kill -9 $program; } 2>/dev/null &
watch=$!
wait $program
status=$?
kill $watch 2>/dev/null
exit $status
"#;

/// At the end of stdin removes the directory $1, unless it holds a file `keep`;
/// before that waits for the processes named by the rest. Not for ever: one that
/// nobody reaps looks alive.
const SWEEP: &str = r#"
directory=$1
shift
read -r _
for process in "$@"; do
    tries=40
    while kill -0 "$process" 2>/dev/null && [ $tries -gt 0 ]; do
        sleep 0.05
        tries=$((tries - 1))
    done
done
[ -e "$directory/keep" ] || rm -rf "$directory"
"#;

/// A running program and the pipe that keeps it alive.
pub struct Supervised {
    shell: Child,
    pipe: Option<ChildStdin>,
    log: PathBuf,
}

impl Supervised {
    /// Starts a program that writes both of its outputs to a log file.
    pub fn start(program: &Path, arguments: &[OsString], log: &Path) -> Result<Self> {
        let output = File::create(log).with_context(|| format!("create {}", log.display()))?;
        let mut words: Vec<OsString> = vec![program.into()];
        words.extend_from_slice(arguments);
        let (shell, pipe) = shell(SUPERVISE, &words, output.try_clone()?.into(), output.into())
            .with_context(|| format!("start {}", program.display()))?;
        Ok(Self { shell, pipe, log: log.to_owned() })
    }

    /// Whether the program is over by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.shell.try_wait(), Ok(None))
    }

    /// The process that ends just after the program does.
    pub fn id(&self) -> u32 {
        self.shell.id()
    }

    /// The end of the program's log.
    pub fn log_tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Kills the program.
    pub fn stop(&mut self) {
        drop(self.pipe.take());
        // It was killed, and so has nothing to say.
        let _ = self.shell.wait();
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Removes a directory when the programs that write to it, and this process,
/// are gone. A file named `keep` in it prevents that.
pub struct Sweeper {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Sweeper {
    /// Starts the watch over a directory.
    pub fn start(directory: &Path, programs: &[&Supervised]) -> Result<Self> {
        let mut words: Vec<OsString> = vec![directory.into()];
        words.extend(programs.iter().map(|program| program.id().to_string().into()));
        let (shell, pipe) = shell(SWEEP, &words, Stdio::null(), Stdio::null())?;
        Ok(Self { shell, pipe })
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.shell.wait();
    }
}

fn shell(
    script: &str,
    words: &[OsString],
    stdout: Stdio,
    stderr: Stdio,
) -> Result<(Child, Option<ChildStdin>)> {
    // A process group of its own: Ctrl-C in a terminal reaches us, and we
    // decide when the programs end.
    let mut shell = Command::new("sh")
        .args(["-c", script, "oc-etcd-lab"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0)
        .spawn()?;
    let pipe = shell.stdin.take();
    Ok((shell, pipe))
}
