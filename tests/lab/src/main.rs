//! `oc-etcd-lab`: the control plane of the tests for a person, or for a demo.
//! It only starts, says what runs, and stops.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use oc_etcd_lab::bench::{Choices, Extent};
use oc_etcd_lab::{
    Cluster, ControlPlane, Options, StandInOptions, StandIns, User, bench, binaries,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A real control plane with an OpenShift cluster's objects in it.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure oc-etcd beside kubectl, and write docs/performance.md.
    Bench {
        /// How often each command runs.
        #[arg(long, default_value_t = 11)]
        runs: usize,
        /// The program to measure, instead of target/release/oc-etcd.
        #[arg(long)]
        program: Option<PathBuf>,
        /// Where to write the page, instead of docs/performance.md.
        #[arg(long)]
        page: Option<PathBuf>,
        /// The page of an earlier run to compare with, instead of the one that is committed.
        #[arg(long)]
        against: Option<PathBuf>,
        /// Measure only what takes a minute. The page is not the one of the repository.
        #[arg(long, requires = "page")]
        quick: bool,
    },
    /// Start, and stay until Ctrl-C.
    Up(Setup),
    /// Start, run a command against it, and end with the command's exit code.
    Run {
        #[command(flatten)]
        setup: Setup,
        /// The command; it finds KUBECONFIG set and kubectl on its PATH.
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

#[derive(Args)]
struct Setup {
    /// The cluster to load: a folder of tests/fixtures.
    #[arg(long, default_value = "4.20")]
    cluster: String,
    /// Variants to put over it: folders of tests/fixtures/variants.
    #[arg(long = "with", value_name = "VARIANT")]
    variants: Vec<String>,
    /// Let the stand-ins for the controllers hurry, as in the tests.
    #[arg(long)]
    fast: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Cli::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    // From the first moment on, a signal ends us in order.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let setup = match &command {
        Command::Bench { runs, program, page, against, quick } => {
            let extent = if *quick { Extent::Quick } else { Extent::Whole };
            let against = against.clone();
            let mut choices = Choices { runs: *runs, against, extent, ..Choices::default() };
            choices.program = program.clone().unwrap_or(choices.program);
            choices.page = page.clone().unwrap_or(choices.page);
            return tokio::select! {
                ran = bench::run(&choices, say) => ran.map(|()| ExitCode::SUCCESS),
                () = either(&mut interrupt, &mut terminate) => Ok(ExitCode::from(130)),
            };
        }
        Command::Up(setup) | Command::Run { setup, .. } => setup,
    };
    let lab = tokio::select! {
        lab = start(setup) => lab?,
        () = either(&mut interrupt, &mut terminate) => return Ok(ExitCode::from(130)),
    };
    match command {
        // It has a control plane of its own.
        Command::Bench { .. } => Ok(ExitCode::SUCCESS),
        Command::Up(_) => {
            println!("export KUBECONFIG={}", lab.control_plane.kubeconfig(User::Admin).display());
            describe(&lab.control_plane);
            either(&mut interrupt, &mut terminate).await;
            Ok(ExitCode::SUCCESS)
        }
        Command::Run { command, .. } => run_command(&lab.control_plane, &command, terminate).await,
    }
}

/// What runs; fields end in this order.
struct Lab {
    _stand_ins: StandIns,
    control_plane: ControlPlane,
}

async fn start(setup: &Setup) -> Result<Lab> {
    let mut cluster = Cluster::load(&setup.cluster)?;
    for variant in &setup.variants {
        cluster = cluster.with(variant)?;
    }
    let options = Options { progress: Some(say), ..Options::default() };
    let control_plane = ControlPlane::start(options).await?;
    say(&format!("loading the cluster {}", setup.cluster));
    control_plane.load(&cluster).await?;
    let options = if setup.fast { StandInOptions::default() } else { StandInOptions::demo() };
    let client = control_plane.client(User::Admin).await?;
    let stand_ins = StandIns::start(client, options).await?;
    say("ready");
    Ok(Lab { _stand_ins: stand_ins, control_plane })
}

fn describe(control_plane: &ControlPlane) {
    say(&format!("API server  {}", control_plane.server_url()));
    for user in User::ALL {
        say(&format!("{:<10}  {}", user.name(), control_plane.kubeconfig(user).display()));
    }
    say(&format!("logs        {}", control_plane.dir().display()));
    say(&format!("kubectl     {}", binaries::directory().display()));
    say("press Ctrl-C to exit it");
}

async fn run_command(
    control_plane: &ControlPlane,
    command: &[OsString],
    mut terminate: Signal,
) -> Result<ExitCode> {
    let (program, arguments) = command.split_first().context("no command")?;
    // Ctrl-C reaches the command too; it is the command's to end by.
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .env("KUBECONFIG", control_plane.kubeconfig(User::Admin))
        .env("PATH", path()?)
        .spawn()
        .with_context(|| format!("run {}", program.display()))?;
    let status = tokio::select! {
        status = child.wait() => status?,
        _ = terminate.recv() => {
            child.kill().await?;
            child.wait().await?
        }
    };
    Ok(exit_code(status))
}

/// `PATH` with our kubectl first.
#[expect(clippy::disallowed_methods, reason = "handed on to the command")]
fn path() -> Result<OsString> {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let mut path = vec![binaries::directory()];
    path.extend(std::env::split_paths(&inherited));
    Ok(std::env::join_paths(path)?)
}

fn exit_code(status: ExitStatus) -> ExitCode {
    match status.code().map(u8::try_from) {
        Some(Ok(code)) => ExitCode::from(code),
        _ => ExitCode::FAILURE,
    }
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}

fn say(message: &str) {
    eprintln!("oc-etcd-lab: {message}");
}
