//! `perf` beside what reads metrics otherwise: `kubectl get --raw` into Prometheus' own parser.

use anyhow::Result;

use super::sample::{HEAD, as_float, ratio};
use super::{Bench, Claim, Section};

/// Two scrapes, each parsed whole. promtool complains of names that Kubernetes chose, which is no failure.
const BY_PROMTOOL: &str = "for _ in 1 2; do \"$0\" get --raw /metrics | \
    { promtool check metrics || true; } >/dev/null 2>&1; done";
/// The same without promtool: the sum of all values by name.
const BY_AWK: &str = "for _ in 1 2; do \"$0\" get --raw /metrics | \
    awk '!/^#/ { split($1, name, \"{\"); sum[name[1]] += $NF } END { for (it in sum) n++; print n }'; done";

pub(super) async fn measure(bench: &Bench) -> Result<Section> {
    let has_promtool =
        tokio::process::Command::new("promtool").arg("--version").output().await.is_ok();
    let (script, name) =
        if has_promtool { (BY_PROMTOOL, "promtool check metrics") } else { (BY_AWK, "awk") };
    let ours = bench.ours(&["perf", "--for", "1s", "--prometheus", "none", "-o", "json"]).await?;
    let kubectl = bench.kubectl.display().to_string();
    let theirs = bench.sampled("bash".as_ref(), &["-c", script, &kubectl]).await?;
    let (our, their) = (ours.median(), theirs.median());
    let text = format!(
        "Both read `/metrics` twice. The window of `perf` is one second, which is in its wall time. That of the\n\
         other has no window, and says nothing yet of what happened in between.\n\n{HEAD}{}{}",
        ours.row("`oc-etcd perf --for 1s`"),
        theirs.row(&format!("`kubectl get --raw /metrics \\| {name}`, twice")),
    );
    let claims = vec![
        Claim::times_less("`perf`, CPU", 5.0, ratio(their.cpu, our.cpu)),
        Claim::at_most("`perf`, memory", (16.0, as_float(our.memory) / 1024.0), "MiB"),
    ];
    Ok(Section { title: "Metrics", claims, text })
}
