//! Measures the release binary beside kubectl, both in the same run on the same machine, and writes
//! `docs/performance.md`. A benchmark, never a test: it writes down what it finds, and fails only when a
//! command does.

mod binary;
mod claim;
mod comparison;
mod growth;
mod page;
mod perf;
mod procedure;
mod requests;
mod sample;
mod start;
mod status;
mod suites;
mod through;
mod waiting;
mod world;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::binaries::repository;
use crate::fault::FaultServer;
use crate::{Cluster, ControlPlane, Options, StandInOptions, StandIns, User};

use claim::Claim;
use sample::{Sample, Used, sample};

/// What to measure, and how often.
#[derive(Clone, Debug)]
pub struct Choices {
    /// The program; its release build.
    pub program: PathBuf,
    /// How often each command runs.
    pub runs: usize,
    /// Where the page goes.
    pub page: PathBuf,
    /// The page of an earlier run to compare with, instead of the one that is committed.
    pub against: Option<PathBuf>,
    /// How much is measured.
    pub extent: Extent,
    /// What `cargo bloat` says of the binary, where it was asked.
    pub bloat: PathBuf,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Whole,
    /// What takes a minute: the start, requests and bytes, and what oc and kubectl add.
    Quick,
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
    let bench;
    let sections = match choices.extent {
        Extent::Quick => {
            bench = Bench::start(&program, choices.runs, options).await?;
            vec![
                start::measure(&bench).await?,
                requests(&bench, say).await?,
                through(&bench, say).await?,
            ]
        }
        Extent::Whole => {
            say("the documented procedure beside init and add-machine, where lists come from etcd");
            let gate = vec![procedure::LISTS_FROM_ETCD];
            let of_etcd = Options { feature_gates: gate, ..options.clone() };
            let first = Bench::start(&program, choices.runs, of_etcd).await?;
            let of_etcd = procedure::compare(&first).await?;
            drop(first);
            bench = Bench::start(&program, choices.runs, options).await?;
            let start = start::measure(&bench).await?;
            say("the documented procedure beside init and add-machine");
            let procedure = procedure::section(&of_etcd, &procedure::compare(&bench).await?);
            let (requests, through) = (requests(&bench, say).await?, through(&bench, say).await?);
            say("metrics");
            let metrics = perf::measure(&bench).await?;
            say("a wait for 100 Machines");
            let waiting = waiting::measure(&bench).await?;
            say("a cluster that grows");
            // The last one: what it loads takes minutes to be removed.
            let (status, growth) = growth::measure(&bench, say).await?;
            let binary = binary::measure(&bench, &choices.bloat)?;
            let mut all =
                vec![procedure, status, through, start, requests, metrics, waiting, growth, binary];
            all.extend(suites::read(&repository().join("target/test.log")));
            all
        }
    };
    let mut page = page::write(&sections, &bench).await?;
    if let Some(before) = comparison::earlier(choices).await? {
        let compared = comparison::compare(&before, &page);
        compared.worse().for_each(|it| say(&it));
        page = comparison::inserted(&page, &compared);
    }
    std::fs::write(&choices.page, page)
        .with_context(|| format!("write {}", choices.page.display()))?;
    say(&format!("written: {}", choices.page.display()));
    Ok(())
}

async fn requests(bench: &Bench, say: fn(&str)) -> Result<Section> {
    say("requests, connections and bytes");
    requests::measure(bench).await
}

async fn through(bench: &Bench, say: fn(&str)) -> Result<Section> {
    say("through oc and kubectl, and directly");
    through::measure(bench).await
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
        self.repeated(&self.command(program, arguments)).await
    }

    async fn repeated(&self, line: &sample::Line) -> Result<Used> {
        // The first run reads the program from the disk, and kubectl's fills its cache of discovery.
        sample(line).await?;
        let mut used = Used::default();
        for _ in 0..self.runs {
            used.add(sample(line).await?);
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
            path: self.kubectl.parent().map(Path::to_owned).into_iter().collect(),
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
            against: None,
            extent: Extent::Whole,
            bloat: repository().join("target/bloat.txt"),
        }
    }
}
