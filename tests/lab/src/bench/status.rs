//! `status` beside the command that shows the same objects.

use anyhow::Result;

use super::sample::{HEAD, Used, as_float, ratio};
use super::{Bench, Claim, Section};

/// What `status` judges, as kubectl lists it.
pub(super) const KINDS: &str = "mcp,mc,machines,nodes";

/// Ours, and kubectl's.
pub(super) struct Both {
    pub ours: Used,
    pub theirs: Used,
}

pub(super) async fn both(bench: &Bench) -> Result<Both> {
    let ours = bench.ours(&["status"]).await?;
    Ok(Both { ours, theirs: bench.kubectl(&["get", KINDS, "-A"]).await? })
}

pub(super) fn section(both: &Both, world: &str) -> Section {
    let (our, their) = (both.ours.median(), both.theirs.median());
    let claims = vec![
        Claim::times_less("`status`, wall", 10.0, ratio(their.wall, our.wall)),
        Claim::times_less("`status`, memory", 8.0, ratio(their.memory, our.memory)),
        Claim::at_most("`status`, its own time (CPU)", (5.0, as_float(our.cpu) / 1000.0), "ms"),
        Claim::at_most("`status`, memory", (8.0, as_float(our.memory) / 1024.0), "MiB"),
    ];
    let rows =
        [both.ours.row("`oc-etcd status`"), both.theirs.row(&format!("`kubectl get {KINDS} -A`"))];
    let text = format!("On a cluster of {world}.\n\n{HEAD}{}", rows.concat());
    Section { title: "Status", claims, text }
}
