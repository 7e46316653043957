//! `init` and two `add-machine` beside the documented procedure: its own commands, with kubectl and jq,
//! on the same cluster, which is loaded anew for each run.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::Value;

use super::sample::{HEAD, Sample, Used, ratio, sample};
use super::{Bench, Claim, Section, world};
use crate::binaries::repository;
use crate::kind::POOL;
use crate::{Cluster, Registries, StandInOptions};

const INTRODUCTION: &str = "Without waiting for the cluster (`--wait=false`); what the operator takes to render the pool is not\n\
     counted. The documented commands are those of `tests/procedure/documented.sh`, without what a person\n\
     takes to edit twenty manifests.\n\n";

pub(super) async fn measure(bench: &Bench) -> Result<Section> {
    let cluster = world::of_the_procedure()?;
    let (mut ours, mut theirs) = (Used::default(), Used::default());
    for run in 0..=bench.runs {
        let (our_run, their_run) = (by_us(bench, &cluster).await?, by_hand(bench, &cluster).await?);
        // The first one reads the programs from the disk.
        if run > 0 {
            ours.add(our_run);
            theirs.add(their_run);
        }
    }
    let rows = [
        ours.row("`oc-etcd init`, two `oc-etcd add-machine`"),
        theirs.row("the documented commands"),
    ];
    let (our, their) = (ours.median(), theirs.median());
    let claims = vec![
        Claim::times_less("the procedure, wall", 20.0, ratio(their.wall, our.wall)),
        Claim::times_less("the procedure, CPU", 40.0, ratio(their.cpu, our.cpu)),
    ];
    let text = format!("{INTRODUCTION}{HEAD}{}", rows.concat());
    Ok(Section { title: "The procedure", claims, text })
}

/// The operator makes no registries of its own, which the procedure makes by hand.
pub(super) fn options() -> StandInOptions {
    StandInOptions { registries: Registries::Never, ..StandInOptions::default() }
}

async fn by_us(bench: &Bench, cluster: &Cluster) -> Result<Sample> {
    let stand_ins = bench.load(cluster, options()).await?;
    let run = async |arguments: &[&str]| sample(&bench.command(&bench.program, arguments)).await;
    let init = run(&["init", "--yes", "--wait=false"]).await?;
    rendered(bench).await?;
    let add = async |zone: &str| run(&["add-machine", "--yes", "--wait=false", zone]).await;
    let used = init + add("--zone=us-east-1a").await? + add("--zone=us-east-1b").await?;
    stand_ins.stop().await;
    Ok(used)
}

async fn by_hand(bench: &Bench, cluster: &Cluster) -> Result<Sample> {
    let stand_ins = bench.load(cluster, options()).await?;
    let script = repository().join("tests/procedure/documented.sh").display().to_string();
    let scratch = tempfile::tempdir()?;
    let directory = scratch.path().display().to_string();
    let line = bench.command("bash".as_ref(), &[&script, &directory]);
    let used = sample(&line).await?;
    stand_ins.stop().await;
    Ok(used)
}

/// Waits until the pool serves what the operator rendered.
async fn rendered(bench: &Bench) -> Result<()> {
    let rest = bench.control_plane.rest().await?;
    let started = Instant::now();
    loop {
        let pool = rest.get(&POOL, None, "etcd").await?;
        let name = |part: &str| pool[part]["configuration"]["name"].clone();
        let sources = pool["spec"]["configuration"]["source"].as_array().map_or(0, Vec::len);
        let ours = world::machine_configs(&rest, "etcd").await?;
        if name("spec") != Value::Null && name("spec") == name("status") && sources >= ours {
            return Ok(());
        }
        ensure!(started.elapsed() < Duration::from_secs(30), "the pool is not rendered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
