//! Measures the release binary beside kubectl, both in the same run on the same machine. A benchmark,
//! never a test: it prints figures and judges none of them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::{ControlPlane, User};

/// How often each command runs.
const RUNS: usize = 20;

/// What one kind of run used, over all its runs.
struct Used {
    /// In µs, sorted.
    wall: Vec<u64>,
    /// In µs, sorted.
    cpu: Vec<u64>,
    /// In KiB, sorted.
    memory: Vec<u64>,
}

/// Initialises the cluster, adds two machines, and prints the table.
pub fn run(control_plane: &ControlPlane, out: &mut impl Write) -> Result<()> {
    let bench = Bench::new(control_plane)?;
    let (ours, kubectl) = (bench.ours.clone(), bench.kubectl.clone());
    bench.prepare()?;

    writeln!(out, "{RUNS} runs of each, minimum / median / maximum")?;
    writeln!(out, "{:<44} {:>24} {:>24} {:>24}", "", "wall ms", "CPU ms", "memory KiB")?;
    let rows: [(&str, &Path, &[&str]); 8] = [
        ("oc-etcd --help", &ours, &["--help"]),
        ("kubectl --help", &kubectl, &["--help"]),
        ("oc-etcd version --client", &ours, &["version", "--client"]),
        ("kubectl version --client", &kubectl, &["version", "--client"]),
        ("oc-etcd completion bash", &ours, &["completion", "bash"]),
        ("kubectl completion bash", &kubectl, &["completion", "bash"]),
        ("oc-etcd status", &ours, &["status"]),
        ("kubectl get mcp,mc,machines,nodes -A", &kubectl, &["get", "mcp,mc,machines,nodes", "-A"]),
    ];
    for (name, program, arguments) in rows {
        let used = bench.measure(program, arguments).with_context(|| name.to_owned())?;
        let ms = |values: &[u64]| {
            spread(values, |it| format!("{:.1}", Duration::from_micros(it).as_secs_f64() * 1000.0))
        };
        let kib = spread(&used.memory, |it| it.to_string());
        writeln!(out, "{name:<44} {:>24} {:>24} {kib:>24}", ms(&used.wall), ms(&used.cpu))?;
    }
    for (name, program) in [("oc-etcd", &ours), ("kubectl", &kubectl)] {
        let bytes = std::fs::metadata(program)?.len();
        writeln!(out, "{:<44} {:>24}", format!("size of {name}, bytes"), bytes)?;
    }
    Ok(())
}

/// Minimum, median and maximum of sorted values.
fn spread(sorted: &[u64], show: impl Fn(u64) -> String) -> String {
    let at = |index: usize| sorted.get(index).map_or_else(String::new, |it| show(*it));
    format!("{} / {} / {}", at(0), at(sorted.len() / 2), at(sorted.len().saturating_sub(1)))
}

/// The programs, and the cluster that they ask.
struct Bench {
    ours: PathBuf,
    kubectl: PathBuf,
    measure: PathBuf,
    kubeconfig: PathBuf,
}

impl Bench {
    fn new(control_plane: &ControlPlane) -> Result<Self> {
        let directory = std::env::current_exe()?.parent().context("no directory")?.to_owned();
        Ok(Self {
            ours: directory.join("oc-etcd"),
            kubectl: control_plane.bin("kubectl")?,
            measure: directory.join("oc-etcd-measure"),
            kubeconfig: control_plane.kubeconfig(User::Admin),
        })
    }

    fn prepare(&self) -> Result<()> {
        let zones = ["add-machine", "--zone", "us-east-1a,us-east-1b", "--yes"];
        for arguments in [&["init", "--yes"][..], &zones] {
            let output = Command::new(&self.ours)
                .args(arguments)
                .env("KUBECONFIG", &self.kubeconfig)
                .output()?;
            ensure!(
                output.status.success(),
                "{arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }

    fn measure(&self, program: &Path, arguments: &[&str]) -> Result<Used> {
        let mut used = Used { wall: Vec::new(), cpu: Vec::new(), memory: Vec::new() };
        // The first run reads the program from the disk.
        for run in 0..=RUNS {
            let output = Command::new(&self.measure)
                .arg(program)
                .args(arguments)
                .env("KUBECONFIG", &self.kubeconfig)
                .output()?;
            ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let text = String::from_utf8(output.stdout)?;
            let numbers = text.split_whitespace().map(str::parse);
            let numbers: Vec<u64> = numbers.collect::<Result<_, _>>()?;
            let [wall, cpu, memory] = numbers[..] else {
                anyhow::bail!("no three numbers: {text}")
            };
            if run > 0 {
                used.wall.push(wall);
                used.cpu.push(cpu);
                used.memory.push(memory);
            }
        }
        for values in [&mut used.wall, &mut used.cpu, &mut used.memory] {
            values.sort_unstable();
        }
        Ok(used)
    }
}
