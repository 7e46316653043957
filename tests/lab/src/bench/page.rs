//! The page: what was promised and found, how it was measured, the figures, and what was tried.

use anyhow::Result;

use super::{Bench, Section};

/// What was tried, by hand.
const TRIED: &str = include_str!("tried.md");

pub(super) async fn write(sections: &[Section], bench: &Bench) -> Result<String> {
    let mut page = format!(
        "# How fast it is\n\n\
         Written by `make bench`, which measures both sides in the same run, on the same machine and API\n\
         server. Each figure is from {} runs after a first one that is not counted: minimum / **median** /\n\
         maximum. Ratios are of medians. CPU is user and system time of all processes of a command, memory\n\
         the most that was resident in one of them.\n\n{}\n\
         | figure | promised | found | kept |\n|---|---|---|---|\n",
        bench.runs,
        machine(bench).await?
    );
    for claim in sections.iter().flat_map(|it| &it.claims) {
        page.push_str(&claim.row());
    }
    for section in sections {
        page.push_str(&format!("\n## {}\n\n{}", section.title, section.text));
    }
    page.push_str(&format!("\n{TRIED}"));
    Ok(page)
}

/// Where it was measured.
async fn machine(bench: &Bench) -> Result<String> {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut models =
        processors.lines().filter_map(|it| it.strip_prefix("model name")?.split_once(": "));
    let model = models.next().map_or("an unknown processor", |it| it.1);
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let version = bench.control_plane.rest().await?.text("/version").await?;
    let version: serde_json::Value = serde_json::from_str(&version)?;
    let server = version["gitVersion"].as_str().unwrap_or_default();
    Ok(format!(
        "{count} cores of {model}, Linux {}, kube-apiserver {server} and etcd on the same machine,\n\
         kubectl of the same version.\n",
        kernel.trim()
    ))
}
