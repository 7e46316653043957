//! One run of a command and what it used, and many of them.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::process::Command;

/// A command line, with all that its environment holds.
pub(super) struct Line {
    pub measure: PathBuf,
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub kubeconfig: PathBuf,
    pub home: PathBuf,
    /// Directories that are searched for programs before those of the environment: where kubectl is.
    pub path: Vec<PathBuf>,
}

/// What one run used.
#[derive(Clone, Copy, Default)]
pub(super) struct Sample {
    /// In µs.
    pub wall: u64,
    /// In µs, of all its processes.
    pub cpu: u64,
    /// In KiB, of the largest of its processes.
    pub memory: u64,
}

impl std::ops::Add for Sample {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            wall: self.wall + other.wall,
            cpu: self.cpu + other.cpu,
            memory: self.memory.max(other.memory),
        }
    }
}

/// What many runs used, each value sorted.
#[derive(Default)]
pub(super) struct Used {
    wall: Vec<u64>,
    cpu: Vec<u64>,
    memory: Vec<u64>,
}

impl Used {
    pub(super) fn add(&mut self, sample: Sample) {
        for (values, value) in [
            (&mut self.wall, sample.wall),
            (&mut self.cpu, sample.cpu),
            (&mut self.memory, sample.memory),
        ] {
            let at = values.partition_point(|it| *it < value);
            values.insert(at, value);
        }
    }

    /// The median run, value by value.
    pub(super) fn median(&self) -> Sample {
        let middle = |values: &[u64]| values.get(values.len() / 2).copied().unwrap_or_default();
        Sample { wall: middle(&self.wall), cpu: middle(&self.cpu), memory: middle(&self.memory) }
    }

    /// A row of a table: wall and CPU in ms, memory in MiB, each minimum, median and maximum.
    pub(super) fn row(&self, name: &str) -> String {
        let spread = |values: &[u64], show: fn(u64) -> String| {
            let at = |index: usize| values.get(index).map_or_else(String::new, |it| show(*it));
            format!(
                "{} / **{}** / {}",
                at(0),
                at(values.len() / 2),
                at(values.len().saturating_sub(1))
            )
        };
        format!(
            "| {name} | {} | {} | {} |\n",
            spread(&self.wall, millis),
            spread(&self.cpu, millis),
            spread(&self.memory, mebibytes)
        )
    }
}

/// The head of a table of such rows.
pub(super) const HEAD: &str = "| | wall ms | CPU ms | memory MiB |\n|---|---|---|---|\n";

pub(super) fn millis(micros: u64) -> String {
    let millis = Duration::from_micros(micros).as_secs_f64() * 1000.0;
    if millis < 100.0 { format!("{millis:.1}") } else { format!("{millis:.0}") }
}

pub(super) fn mebibytes(kibibytes: u64) -> String {
    format!("{:.1}", as_float(kibibytes) / 1024.0)
}

/// How many times as much the other is.
pub(super) fn ratio(other: u64, ours: u64) -> f64 {
    as_float(other) / as_float(ours.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
pub(super) fn as_float(value: u64) -> f64 {
    value as f64
}

/// Runs a command once.
pub(super) async fn sample(line: &Line) -> Result<Sample> {
    let output = Command::new(&line.measure)
        .arg(&line.program)
        .args(&line.arguments)
        .env("KUBECONFIG", &line.kubeconfig)
        .env("HOME", &line.home)
        .env("PATH", search_path(line)?)
        .output()
        .await?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} {:?}: {stderr}", line.program.display(), line.arguments);
    let text = String::from_utf8(output.stdout)?;
    let numbers: Result<Vec<u64>, _> = text.split_whitespace().map(str::parse).collect();
    let numbers = numbers?;
    let [wall, cpu, memory] = numbers[..] else { anyhow::bail!("no three numbers: {text}") };
    Ok(Sample { wall, cpu, memory })
}

#[expect(clippy::disallowed_methods, reason = "handed on to the command")]
fn search_path(line: &Line) -> Result<std::ffi::OsString> {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let paths = line.path.iter().cloned().chain(std::env::split_paths(&inherited));
    Ok(std::env::join_paths(paths)?)
}
