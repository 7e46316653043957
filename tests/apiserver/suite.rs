//! What every test of this suite uses: the control plane, a cluster in it, and the program.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::fault::{FaultServer, Listen};
use oc_etcd_lab::kind::{Kind, OF_A_CLUSTER};
use oc_etcd_lab::{Cluster, ControlPlane, Options, Rest, StandInOptions, StandIns, User};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{leak, schema};

/// The control plane, started once, and what runs in it for the test at hand.
pub(crate) struct Suite {
    // Fields are dropped in this order: the stand-ins must go before the runtime does.
    stand_ins: Option<StandIns>,
    rest: Rest,
    control_plane: ControlPlane,
    runtime: Runtime,
}

/// The deadline for an event that a test waits for. It ends a test that would hang, and measures nothing.
const HANGS_AFTER: Duration = Duration::from_secs(120);
/// The interval at which a test looks whether the event has come.
const PACE: Duration = Duration::from_millis(10);

/// A process, which ends with the test that started the process.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // After a `wait`, no signal is sent.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// A running program. A thread for each stream reads the output as it is printed.
pub(crate) struct Running {
    child: Process,
    command: Command,
    stdout: Output,
    stderr: Output,
    /// The terminal, where the program has one. The end of this input would end the terminal.
    typing: Option<ChildStdin>,
}

impl Running {
    fn start(mut command: Command, stdin: Stdio) -> Result<Self> {
        let mut child = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        let stdout = Output::of(child.stdout.take().context("no stdout")?);
        let stderr = Output::of(child.stderr.take().context("no stderr")?);
        let typing = child.stdin.take();
        Ok(Self { child: Process(child), command, stdout, stderr, typing })
    }

    /// Returns whether the program has not ended yet.
    pub(crate) fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.0.try_wait()?.is_none())
    }

    /// Waits until stdout or stderr contains a text, wherever its lines are broken. Fails when the program ends
    /// without it.
    pub(crate) fn until_printed(&mut self, text: &str) -> Result<()> {
        self.until_printed_times(text, 1)
    }

    /// Waits until stdout or stderr contains a text so many times.
    pub(crate) fn until_printed_times(&mut self, text: &str, times: usize) -> Result<()> {
        let wanted = in_one_line(text);
        let started = Instant::now();
        loop {
            // Asked first: the last words of a program are read after it has ended.
            let is_running = self.is_running()? || !self.stdout.is_read() || !self.stderr.is_read();
            let printed = [self.stdout.text(), self.stderr.text()];
            if printed.iter().any(|it| in_one_line(it).matches(&wanted).count() >= times) {
                return Ok(());
            }
            let [stdout, stderr] = printed;
            ensure!(
                is_running && started.elapsed() < HANGS_AFTER,
                "`{text}` was not printed by {:?}\n--- stdout\n{stdout}--- stderr\n{stderr}",
                self.command
            );
            std::thread::sleep(PACE);
        }
    }

    /// Types a text on the program's terminal.
    pub(crate) fn type_text(&mut self, text: &str) -> Result<()> {
        let typing = self.typing.as_mut().context("the program has no terminal")?;
        Ok(typing.write_all(text.as_bytes())?)
    }

    /// Sends a signal, by the name that `kill` has for the signal: `INT`.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        let id = self.child.0.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status()?;
        ensure!(sent.success(), "sending {name} failed");
        Ok(())
    }

    /// Sends a signal, and waits until the program has handled the signal: the program's one thread has woken up,
    /// and sleeps again.
    pub(crate) fn signal_and_wait(&self, name: &str) -> Result<()> {
        let before = self.sleeps()?.0;
        self.signal(name)?;
        let started = Instant::now();
        loop {
            let (sleeps, is_asleep) = self.sleeps()?;
            if sleeps > before && is_asleep {
                return Ok(());
            }
            ensure!(started.elapsed() < HANGS_AFTER, "{name} was not handled");
            std::thread::sleep(PACE);
        }
    }

    /// Returns how often the program's main thread went to sleep, and whether that thread sleeps now.
    fn sleeps(&self) -> Result<(u64, bool)> {
        let path = format!("/proc/{}/status", self.child.0.id());
        let status = std::fs::read_to_string(&path).context(path)?;
        let field = |name: &str| {
            let mut lines = status.lines();
            lines.find_map(|it| it.strip_prefix(name)).map(str::trim).context(name.to_owned())
        };
        let is_asleep = field("State:")?.starts_with('S');
        Ok((field("voluntary_ctxt_switches:")?.parse()?, is_asleep))
    }
}

/// A stream of a program, as far as it was read.
struct Output {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<std::io::Result<()>>,
}

impl Output {
    fn of(mut stream: impl Read + Send + 'static) -> Self {
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        let read = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            loop {
                match stream.read(&mut piece)? {
                    0 => return Ok(()),
                    length => {
                        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
                        read.extend_from_slice(piece.get(..length).unwrap_or_default());
                    }
                }
            }
        });
        Self { bytes, reader }
    }

    fn is_read(&self) -> bool {
        self.reader.is_finished()
    }

    fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits for the end of the stream.
    fn whole(self) -> Result<String> {
        self.reader.join().map_err(|_| anyhow::anyhow!("the reader of a stream panicked"))??;
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(String::from_utf8(std::mem::take(&mut bytes))?)
    }
}

/// What a run of a program printed, and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Fails with everything that was printed unless the program ended with this code.
    pub(crate) fn expect_code(self, code: i32) -> Result<Self> {
        ensure!(
            self.code == code,
            "exit code {} instead of {code}\n--- stdout\n{}--- stderr\n{}",
            self.code,
            self.stdout,
            self.stderr
        );
        Ok(self)
    }

    /// Fails unless stdout or stderr contains a text, wherever its lines are broken.
    pub(crate) fn expect(self, text: &str) -> Result<Self> {
        let wanted = in_one_line(text);
        ensure!(
            in_one_line(&self.stdout).contains(&wanted)
                || in_one_line(&self.stderr).contains(&wanted),
            "`{text}` was not printed\n--- stdout\n{}--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        Ok(self)
    }

    /// What was printed on stdout, as JSON.
    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("no JSON: {}", self.stdout))
    }
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Suite {
    /// Starts etcd and kube-apiserver.
    pub(crate) fn start() -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let control_plane = runtime.block_on(ControlPlane::start(Options::default()))?;
        let rest = runtime.block_on(control_plane.rest())?;
        Ok(Self { stand_ins: None, rest, control_plane, runtime })
    }

    /// Empties the API server and loads a cluster, with stand-ins for its controllers.
    pub(crate) fn load(&mut self, cluster: &Cluster) -> Result<()> {
        self.load_with(cluster, StandInOptions::default())
    }

    /// As [`Self::load`], with stand-ins that behave as told.
    pub(crate) fn load_with(&mut self, cluster: &Cluster, options: StandInOptions) -> Result<()> {
        self.load_without_controllers(cluster)?;
        self.start_stand_ins(options)
    }

    /// As [`Self::load`], with the admission policy of a file instead of the cluster's own.
    pub(crate) fn load_with_policy(&mut self, cluster: &Cluster, policy: &Path) -> Result<()> {
        self.stop_stand_ins();
        self.runtime.block_on(async {
            self.control_plane.reset().await?;
            self.control_plane.load_with_policy(cluster, policy).await
        })?;
        self.start_stand_ins(StandInOptions::default())
    }

    /// Loads a cluster in which no controller does anything.
    pub(crate) fn load_without_controllers(&mut self, cluster: &Cluster) -> Result<()> {
        self.stop_stand_ins();
        self.runtime.block_on(self.control_plane.replace(cluster))
    }

    /// Has the controllers behave as told from now on, whatever they did before.
    pub(crate) fn start_stand_ins(&mut self, options: StandInOptions) -> Result<()> {
        self.stop_stand_ins();
        let client = self.runtime.block_on(self.control_plane.client(User::Admin))?;
        self.stand_ins = Some(self.runtime.block_on(StandIns::start(client, options))?);
        Ok(())
    }

    /// From now on no controller does anything.
    pub(crate) fn stop_stand_ins(&mut self) {
        if let Some(stand_ins) = self.stand_ins.take() {
            self.runtime.block_on(stand_ins.stop());
        }
    }

    /// Waits for something about the API server's objects.
    pub(crate) fn wait<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut(&Rest) -> Result<Option<T>>,
    ) -> Result<T> {
        let started = Instant::now();
        self.runtime.block_on(async {
            loop {
                if let Some(found) = look(&self.rest).await? {
                    return Ok(found);
                }
                ensure!(started.elapsed() < HANGS_AFTER, "{what}: waited in vain");
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        })
    }

    /// Does something with the API server's objects.
    pub(crate) fn ask<T>(&self, ask: impl AsyncFnOnce(&Rest) -> Result<T>) -> Result<T> {
        self.runtime.block_on(ask(&self.rest))
    }

    /// The stand-ins that run, to tell them something.
    pub(crate) fn stand_ins(&self) -> Result<&StandIns> {
        self.stand_ins.as_ref().context("no stand-ins run")
    }

    /// What the stand-ins complain of, for the message of a test that failed.
    pub(crate) fn stand_in_errors(&self) -> String {
        self.stand_ins.as_ref().map(|it| it.errors().join("\n")).unwrap_or_default()
    }

    /// Runs `oc-etcd` as a user, without a terminal.
    pub(crate) fn run(&self, user: User, arguments: &[&str]) -> Result<Ran> {
        self.run_command(self.oc_etcd(user, arguments))
    }

    /// Runs `oc-etcd` as the administrator.
    pub(crate) fn admin(&self, arguments: &[&str]) -> Result<Ran> {
        self.run(User::Admin, arguments)
    }

    /// `oc-etcd` with its arguments, not started yet.
    pub(crate) fn oc_etcd(&self, user: User, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oc-etcd"));
        command.args(arguments);
        self.set_environment(&mut command, user);
        command
    }

    /// Starts a peer in front of the API server that breaks what it is told to. What it passes on is
    /// done in the administrator's name.
    pub(crate) fn fault_server(&self, listen: Listen<'_>) -> Result<FaultServer> {
        let start = FaultServer::start_with(&self.control_plane, User::Admin, listen);
        self.runtime.block_on(start)
    }

    /// Runs the real kubectl as the administrator; fails unless it succeeds.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        let ran = self.run_command(self.kubectl_command(arguments)?)?;
        ran.expect_code(0).map(|ran| ran.stdout)
    }

    /// The real kubectl with its arguments, not started yet.
    pub(crate) fn kubectl_command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(self.control_plane.bin("kubectl")?);
        command.args(arguments);
        self.set_environment(&mut command, User::Admin);
        Ok(command)
    }

    /// Gets an object as JSON; fails when the object does not exist.
    pub(crate) fn get(&self, object: &str) -> Result<Value> {
        let (kind, name) = object.split_once('/').context("an object is kind/name")?;
        let is_it = |it: &&Kind| it.name.eq_ignore_ascii_case(kind);
        let kind = OF_A_CLUSTER.iter().find(is_it).with_context(|| format!("no kind is {kind}"))?;
        let namespace = kind.is_namespaced.then_some("openshift-machine-api");
        let get = self.rest.get(kind, namespace, name);
        self.runtime.block_on(get).with_context(|| format!("get {object}"))
    }

    /// Runs `oc-etcd` on a terminal, and types an answer to a question. Both streams are in `stdout`.
    pub(crate) fn typed(
        &self,
        user: User,
        arguments: &[&str],
        (question, answer): (&str, &str),
    ) -> Result<Ran> {
        self.typed_while(user, arguments, (question, answer), || Ok(()))
    }

    /// As [`Self::typed`]; while the question stands, something happens.
    pub(crate) fn typed_while(
        &self,
        user: User,
        arguments: &[&str],
        (question, answer): (&str, &str),
        something: impl FnOnce() -> Result<()>,
    ) -> Result<Ran> {
        let mut running = self.on_terminal(user, arguments)?;
        running.until_printed(question)?;
        something()?;
        running.type_text(answer)?;
        self.finish(running)
    }

    /// Starts `oc-etcd` on a terminal (the pseudo-terminal of util-linux's `script`). Both streams are in `stdout`.
    pub(crate) fn on_terminal(&self, user: User, arguments: &[&str]) -> Result<Running> {
        // Without a size and a type, the terminal would be unlike any real terminal.
        let program = env!("CARGO_BIN_EXE_oc-etcd");
        let program =
            format!("stty cols 80 rows 24; TERM=xterm exec {program} {}", arguments.join(" "));
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &program, "/dev/null"]);
        self.set_environment(&mut command, user);
        Running::start(command, Stdio::piped())
    }

    /// Runs a program to its end, and looks for secrets in the output.
    pub(crate) fn run_command(&self, command: Command) -> Result<Ran> {
        let running = Self::begin(command)?;
        self.finish(running)
    }

    /// Starts a program.
    pub(crate) fn begin(command: Command) -> Result<Running> {
        Running::start(command, Stdio::null())
    }

    /// Waits for the end of a program, and looks for secrets in the output.
    pub(crate) fn finish(&self, running: Running) -> Result<Ran> {
        let Running { mut child, command, stdout, stderr, typing } = running;
        let id = child.0.id().to_string();
        let (status, stdout, stderr) = self.runtime.block_on(async {
            let waiting = tokio::task::spawn_blocking(move || -> Result<_> {
                let (stdout, stderr) = (stdout.whole()?, stderr.whole()?);
                Ok((child.0.wait()?, stdout, stderr))
            });
            let Ok(ended) = tokio::time::timeout(HANGS_AFTER, waiting).await else {
                Command::new("kill").args(["-9", &id]).status()?;
                anyhow::bail!("{command:?} has not ended within {} s", HANGS_AFTER.as_secs())
            };
            ended?
        })?;
        drop(typing);
        let ran = Ran { code: status.code().unwrap_or(-1), stdout, stderr };
        leak::check(&command, &ran)?;
        let events = ran.stderr.lines().filter_map(|it| serde_json::from_str(it).ok());
        let is_ours = |it: &Value| it["apiVersion"] == "oc-etcd/v1";
        for document in ran.json().into_iter().chain(events).filter(is_ours) {
            let wrong = schema::complaints(&document);
            ensure!(wrong.is_empty(), "{command:?}: {wrong:#?}");
        }
        Ok(ran)
    }

    /// Writes a file into the control plane's directory, for a program to read.
    pub(crate) fn write_file(&self, name: &str, text: &str) -> Result<String> {
        let path = self.control_plane.dir().join(name);
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        Ok(path.display().to_string())
    }

    /// The control plane's directory.
    pub(crate) fn dir(&self) -> &Path {
        self.control_plane.dir()
    }

    /// The path of a program that came with the control plane: `kubectl`, `ignition-validate`.
    pub(crate) fn bin(&self, name: &str) -> Result<PathBuf> {
        self.control_plane.bin(name)
    }

    /// Keeps the logs of etcd and kube-apiserver, and says where they are.
    pub(crate) fn keep_logs(&self) {
        self.control_plane.keep_logs();
    }

    #[expect(clippy::disallowed_methods, reason = "a test passes its own PATH on to the program")]
    fn set_environment(&self, command: &mut Command, user: User) {
        let programs = Path::new(env!("CARGO_BIN_EXE_oc-etcd")).parent().map(Path::to_owned);
        let tools =
            self.control_plane.bin("kubectl").ok().and_then(|it| it.parent().map(Path::to_owned));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = tools.into_iter().chain(programs).chain(std::env::split_paths(&path));
        command
            .env_clear()
            .env("PATH", std::env::join_paths(paths).unwrap_or_default())
            .env("HOME", self.control_plane.dir())
            .env("KUBECONFIG", self.control_plane.kubeconfig(user));
    }
}
