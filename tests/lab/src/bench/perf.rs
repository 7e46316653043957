//! `perf` beside what reads metrics otherwise: Prometheus' own parser, behind `kubectl get --raw` and over files.

use anyhow::Result;

use super::sample::{HEAD, Used, as_float, ratio};
use super::{Bench, Claim, Section};
use crate::install;

/// Reads a scrape whole. promtool complains of names that Kubernetes chose, which is no failure.
const BY_PROMTOOL: &str = "{ promtool check metrics || true; } >/dev/null 2>&1";
/// The same without promtool: the sum of all values by name.
const BY_AWK: &str = "awk '!/^#/ { split($1, name, \"{\"); sum[name[1]] += $NF } END { for (it in sum) n++; print n }'";
/// The size of a scrape of a large cluster, in bytes.
const LARGE: usize = 50_000_000;

pub(super) async fn measure(bench: &Bench) -> Result<Section> {
    let has_promtool =
        tokio::process::Command::new("promtool").arg("--version").output().await.is_ok();
    let (parser, name) =
        if has_promtool { (BY_PROMTOOL, "promtool check metrics") } else { (BY_AWK, "awk") };
    let live = bench.ours(&["perf", "--for", "1s", "--prometheus", "none", "-o", "json"]).await?;
    let kubectl = bench.kubectl.display().to_string();
    let script = format!("for _ in 1 2; do \"$0\" get --raw /metrics | {parser}; done");
    let live_theirs = bench.sampled("bash".as_ref(), &["-c", &script, &kubectl]).await?;

    let scratch = tempfile::tempdir()?;
    let mut paths = Vec::new();
    let mut size = 0;
    let rest = bench.control_plane.rest().await?;
    for name in ["one", "two"] {
        let path = scratch.path().join(name);
        // On a server that is idle, nothing but this happens between the two.
        install::namespace(&rest, &format!("bench-{name}")).await?;
        let text = enlarged(&rest.text("/metrics").await?);
        size = text.len();
        std::fs::write(&path, &text)?;
        paths.push(path.display().to_string());
    }
    let [one, two] = [&paths[0], &paths[1]];
    let files = bench.ours(&["perf", "--for", "30s", "-o", "json", "--from", one, two]).await?;
    let script = format!("for file in \"$0\" \"$1\"; do {parser} <\"$file\"; done");
    let files_theirs = bench.sampled("bash".as_ref(), &["-c", &script, one, two]).await?;

    let text = format!(
        "Both sides read two scrapes, those of the API server or two files of {} MB. The window of `perf` is one\n\
         second, which is in its wall time. That of the other side has no window, and says nothing yet of what\n\
         happened in between.\n\n{HEAD}{}{}{}{}",
        size / 1_000_000,
        live.row("`oc-etcd perf --for 1s`"),
        live_theirs.row(&format!("`kubectl get --raw /metrics \\| {name}`, twice")),
        files.row("`oc-etcd perf --from`, two files"),
        files_theirs.row(&format!("`{name}`, two files")),
    );
    let cpu = |ours: &Used, theirs: &Used| ratio(theirs.median().cpu, ours.median().cpu);
    let memory = |used: &Used| as_float(used.median().memory) / 1024.0;
    let claims = vec![
        Claim::times_less("`perf`, CPU", 5.0, cpu(&live, &live_theirs)),
        Claim::at_most("`perf`, memory", (16.0, memory(&live)), "MiB"),
        Claim::times_less("`perf --from`, CPU", 5.0, cpu(&files, &files_theirs)),
        Claim::at_most("`perf --from`, memory", (16.0, memory(&files)), "MiB"),
    ];
    Ok(Section { title: "Metrics", claims, text })
}

/// A scrape of the same families with as many rows as a large cluster has: each row that has labels is repeated
/// under one more label, beside the original, so that a family stays in one piece.
fn enlarged(text: &str) -> String {
    let copies = LARGE / text.len().max(1);
    let mut large = String::with_capacity(LARGE + LARGE / 4);
    for line in text.lines() {
        large.push_str(line);
        large.push('\n');
        let Some((name, labels)) = line.split_once('{').filter(|it| !it.0.starts_with('#')) else {
            continue;
        };
        for copy in 1..copies {
            large.push_str(&format!("{name}{{copy=\"{copy}\",{labels}\n"));
        }
    }
    large
}
