//! What is there before a cluster is asked.

use anyhow::Result;

use super::sample::{HEAD, as_float};
use super::{Bench, Claim, Section};

pub(super) async fn measure(bench: &Bench) -> Result<Section> {
    let mut text = HEAD.to_owned();
    let mut claims = Vec::new();
    for arguments in [&["--help"][..], &["version", "--client"], &["completion", "bash"]] {
        let name = arguments.join(" ");
        let (ours, theirs) = (bench.ours(arguments).await?, bench.kubectl(arguments).await?);
        text.push_str(&ours.row(&format!("`oc-etcd {name}`")));
        text.push_str(&theirs.row(&format!("`kubectl {name}`")));
        let (wall, memory) = (ours.median().wall, ours.median().memory);
        claims.push(Claim::at_most(
            &format!("`{name}`, wall"),
            (3.0, as_float(wall) / 1000.0),
            "ms",
        ));
        let memory = as_float(memory) / 1024.0;
        claims.push(Claim::at_most(&format!("`{name}`, memory"), (5.0, memory), "MiB"));
    }
    Ok(Section { title: "Start", claims, text })
}
