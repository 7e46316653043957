//! Measures the release binary beside kubectl, both in the same run on the same machine, and writes
//! `docs/performance.md`. A benchmark, never a test: it writes down what it finds, and fails only when a
//! command does.

mod binary;
mod claim;
mod growth;
mod page;
mod perf;
mod procedure;
mod requests;
mod sample;
mod start;
mod status;
mod waiting;
mod world;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::binaries::repository;
use crate::fault::FaultServer;
use crate::{Cluster, ControlPlane, Options, StandInOptions, StandIns, User};

use claim::Claim;
use sample::{Used, sample};

/// What to measure, and how often.
#[derive(Clone, Debug)]
pub struct Choices {
    /// The program; its release build.
    pub program: PathBuf,
    /// How often each command runs.
    pub runs: usize,
    /// Where the page goes.
    pub page: PathBuf,
    /// What `cargo bloat` says of the binary, where it was asked.
    pub bloat: PathBuf,
}

/// A part of the page.
struct Section {
    title: &'static str,
    claims: Vec<Claim>,
    /// Markdown.
    text: String,
}

/// Measures everything, and writes the page.
pub async fn run(choices: &Choices, say: fn(&str)) -> Result<()> {
    let program = choices.program.canonicalize();
    let program = program.with_context(|| format!("there is no {}", choices.program.display()))?;
    let options = Options { progress: Some(say), ..Options::default() };
    say("the documented procedure beside init and add-machine, where lists come from etcd");
    let of_etcd = Options { feature_gates: vec![procedure::LISTS_FROM_ETCD], ..options.clone() };
    let bench = Bench::start(&program, choices.runs, of_etcd).await?;
    let of_etcd = procedure::compare(&bench).await?;
    drop(bench);
    let bench = Bench::start(&program, choices.runs, options).await?;
    let mut sections = vec![start::measure(&bench).await?];
    say("the documented procedure beside init and add-machine");
    sections.insert(0, procedure::section(&of_etcd, &procedure::compare(&bench).await?));
    say("requests, connections and bytes");
    sections.push(requests::measure(&bench).await?);
    say("metrics");
    sections.push(perf::measure(&bench).await?);
    say("a wait for 100 Machines");
    sections.push(waiting::measure(&bench).await?);
    say("a cluster that grows");
    // The last one: what it loads takes minutes to be removed.
    let (status, growth) = growth::measure(&bench, say).await?;
    sections.insert(1, status);
    sections.push(growth);
    sections.push(binary::measure(&bench, &choices.bloat)?);
    let page = page::write(&sections, &bench).await?;
    std::fs::write(&choices.page, page)
        .with_context(|| format!("write {}", choices.page.display()))?;
    say(&format!("written: {}", choices.page.display()));
    Ok(())
}

/// The programs, and the control plane that they ask.
struct Bench {
    program: PathBuf,
    kubectl: PathBuf,
    measure: PathBuf,
    runs: usize,
    control_plane: ControlPlane,
}

impl Bench {
    async fn start(program: &Path, runs: usize, options: Options) -> Result<Self> {
        let control_plane = ControlPlane::start(options).await?;
        Ok(Self {
            kubectl: control_plane.bin("kubectl")?,
            measure: std::env::current_exe()?.with_file_name("oc-etcd-measure"),
            program: program.to_owned(),
            runs,
            control_plane,
        })
    }

    /// What a command of ours uses.
    async fn ours(&self, arguments: &[&str]) -> Result<Used> {
        self.sampled(&self.program, arguments).await
    }

    /// What a command of kubectl's uses.
    async fn kubectl(&self, arguments: &[&str]) -> Result<Used> {
        self.sampled(&self.kubectl, arguments).await
    }

    async fn sampled(&self, program: &Path, arguments: &[&str]) -> Result<Used> {
        // The first run reads the program from the disk, and kubectl's fills its cache of discovery.
        sample(&self.command(program, arguments)).await?;
        let mut used = Used::default();
        for _ in 0..self.runs {
            used.add(sample(&self.command(program, arguments)).await?);
        }
        Ok(used)
    }

    /// A command of the measuring program, as the administrator.
    fn command(&self, program: &Path, arguments: &[&str]) -> sample::Line {
        let arguments = arguments.iter().map(|it| (*it).to_owned()).collect();
        sample::Line {
            measure: self.measure.clone(),
            program: program.to_owned(),
            arguments,
            kubeconfig: self.control_plane.kubeconfig(User::Admin),
            home: self.control_plane.dir().to_owned(),
            path: self.kubectl.parent().map(Path::to_owned).unwrap_or_default(),
        }
    }

    /// Runs a command of ours that is not measured.
    async fn prepare(&self, arguments: &[&str]) -> Result<()> {
        let line = self.command(&self.program, arguments);
        let output = Command::new(&line.program)
            .args(arguments)
            .env("KUBECONFIG", &line.kubeconfig)
            .output()
            .await?;
        anyhow::ensure!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Empties the control plane and loads a cluster, with stand-ins for its controllers.
    async fn load(&self, cluster: &Cluster, options: StandInOptions) -> Result<StandIns> {
        self.control_plane.replace(cluster).await?;
        StandIns::start(self.control_plane.client(User::Admin).await?, options).await
    }

    /// A peer in front of the API server that counts.
    async fn counting(&self) -> Result<FaultServer> {
        let identity = crate::certificates::Authority::new()?.serving(&["127.0.0.1"])?;
        let listen = crate::fault::Listen {
            identity: Some(&identity),
            speaks: crate::fault::Speaks::Http2,
            ..crate::fault::Listen::default()
        };
        FaultServer::start_with(&self.control_plane, User::Admin, listen).await
    }
}

/// A kubeconfig that leads to it. kubectl would ask for a user and password without credentials.
fn leading_to(server: &FaultServer) -> Result<PathBuf> {
    let cluster = serde_json::json!({"insecure-skip-tls-verify": true});
    server.kubeconfig_with(&cluster, &serde_json::json!({"token": "none"}))
}

/// The choices as `make bench` wants them.
impl Default for Choices {
    fn default() -> Self {
        Self {
            program: repository().join("target/release/oc-etcd"),
            runs: 11,
            page: repository().join("docs/performance.md"),
            bloat: repository().join("target/bloat.txt"),
        }
    }
}
