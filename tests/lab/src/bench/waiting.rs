//! A wait for 100 Machines, beside `kubectl get -w`. The stand-ins do in about a minute what a cloud
//! does in ten.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::sample::{Sample, millis, sample};
use super::{Bench, Claim, Section, world};
use crate::fault::{FaultServer, Match};
use crate::{Cluster, StandInOptions, kind};

/// How many Machines, each in a zone of its own.
const MACHINES: usize = 100;
/// How long kubectl watches.
const SECONDS: &str = "75";

pub(super) async fn measure(bench: &Bench) -> Result<Section> {
    let step = Duration::from_secs(15);
    let options = StandInOptions {
        machine_step_delay: step,
        node_ready_delay: step,
        ..StandInOptions::default()
    };
    let stand_ins = bench.load(&with_zones(&world::of_real_size("4.20")?)?, options).await?;
    bench.prepare(&["init", "--yes"]).await?;
    let (ours, theirs) = (bench.counting().await?, bench.counting().await?);
    let zones: Vec<String> = (0..MACHINES).map(zone).collect();
    let zones = format!("--zone={}", zones.join(","));
    let mut add = bench.command(&bench.program, &["add-machine", "--yes", &zones]);
    add.kubeconfig = super::leading_to(&ours)?;
    let kubectl = bench.kubectl.display().to_string();
    let watch = "timeout \"$1\" \"$0\" get machines -n openshift-machine-api -w || true";
    let mut watch = bench.command("bash".as_ref(), &["-c", watch, &kubectl, SECONDS]);
    watch.kubeconfig = super::leading_to(&theirs)?;
    let (our, their) = futures::try_join!(sample(&add), sample(&watch))?;
    stand_ins.stop().await;
    let after = ours.count(&Match::read("/machines")) + ours.count(&Match::read("/nodes"));
    let text = format!(
        "From the creation of {MACHINES} Machines until their Nodes are Ready, {:.0} s; a cloud takes ten times as\n\
         long. Ours makes the Machines too. Nothing is asked again and again.\n\n\
         | | requests | of them watches | CPU ms |\n|---|---|---|---|\n{}{}",
        Duration::from_micros(our.wall).as_secs_f64(),
        row(&format!("`oc-etcd add-machine` for {MACHINES} zones"), &ours, our),
        row("`kubectl get machines -w`", &theirs, their),
    );
    // What is planned on, and what each watch begins with.
    let wanted = 6.0;
    let found = super::sample::as_float(after as u64);
    let what = format!("reads of Machines and Nodes while {MACHINES} are waited for");
    let claims = vec![Claim::at_most(&what, (wanted, found), "requests")];
    Ok(Section { title: "Waiting", claims, text })
}

fn row(name: &str, server: &FaultServer, used: Sample) -> String {
    let watches = server.count(&Match::any().query("watch="));
    format!("| {name} | {} | {watches} | {} |\n", server.requests().len(), millis(used.cpu))
}

fn zone(number: usize) -> String {
    format!("us-east-1a{number:02}")
}

/// The cluster with a MachineSet in each zone.
fn with_zones(cluster: &Cluster) -> Result<Cluster> {
    let is_set = |it: &&Value| it["kind"] == "MachineSet";
    let set = cluster.objects().iter().find(is_set).context("no MachineSet")?;
    let sets = (0..MACHINES).map(|number| {
        let (mut copy, zone) = (set.clone(), zone(number));
        copy["metadata"]["name"] = format!("{}-{zone}", kind::name(set)).into();
        let value = &mut copy["spec"]["template"]["spec"]["providerSpec"]["value"];
        value["placement"]["availabilityZone"] = zone.as_str().into();
        value["subnet"] = serde_json::json!({"id": format!("subnet-{number:017x}")});
        copy
    });
    Ok(cluster.clone().with_objects(sets.collect()))
}
