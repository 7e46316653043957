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
     takes to edit twenty manifests.\n\n\
     The procedure is of OpenShift 4.10 to 4.12. API servers up to Kubernetes 1.30, which is OpenShift 4.17,\n\
     have etcd answer each list; later ones answer from their cache, once it has heard from etcd that nothing\n\
     newer is there, which takes them up to a tenth of a second after any write. The documented commands get\n\
     objects by name and list none; ours lists what has a role, three times, so on the later servers it waits\n\
     there. The rest of its wall time is the server's as well, which checks and stores what is written: its\n\
     own is the CPU time beside it, a fifth of the wall time or less. So nothing is promised of wall time, which\n\
     no change of ours could keep: only CPU time is. Both kinds were measured: the same server, with the gate\n\
     `ConsistentListFromCache` off and on.\n\n";

/// The gate with which a server has etcd answer each list, as all did up to Kubernetes 1.30.
pub(super) const LISTS_FROM_ETCD: &str = "ConsistentListFromCache=false";

/// Ours and the documented commands, on one kind of server.
pub(super) struct Compared {
    ours: Used,
    theirs: Used,
}

pub(super) async fn compare(bench: &Bench) -> Result<Compared> {
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
    Ok(Compared { ours, theirs })
}

impl Compared {
    fn rows(&self, server: &str) -> String {
        let ours = format!("`oc-etcd init`, two `oc-etcd add-machine`; {server}");
        self.ours.row(&ours) + &self.theirs.row(&format!("the documented commands; {server}"))
    }

    fn claim(&self, server: &str) -> Claim {
        let (our, their) = (self.ours.median(), self.theirs.median());
        let what = format!("the procedure, CPU; {server}");
        Claim::times_less(&what, 40.0, ratio(their.cpu, our.cpu))
    }
}

pub(super) fn section(of_etcd: &Compared, of_cache: &Compared) -> Section {
    let (old, new) = ("lists from etcd", "lists from the cache");
    let text = format!("{INTRODUCTION}{HEAD}{}{}", of_etcd.rows(old), of_cache.rows(new));
    let claims = vec![of_etcd.claim(old), of_cache.claim(new)];
    Section { title: "The procedure", claims, text }
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
