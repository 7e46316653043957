//! The binary, and what is in it.

use std::path::Path;

use anyhow::Result;

use super::sample::as_float;
use super::{Bench, Claim, Section};

pub(super) fn measure(bench: &Bench, bloat: &Path) -> Result<Section> {
    let size = |path: &Path| std::fs::metadata(path).map(|it| as_float(it.len()) / 1e6);
    let (ours, theirs) = (size(&bench.program)?, size(&bench.kubectl)?);
    let claims = vec![Claim::at_most("the binary", (8.0, ours), "MB")];
    let mut text = format!("`oc-etcd` has {ours:.1} MB, `kubectl` {theirs:.1} MB.\n");
    if let Ok(report) = std::fs::read_to_string(bloat) {
        let report: Vec<&str> = report.lines().map(str::trim_end).collect();
        text.push_str(&format!(
            "\nWhat is in it, by crate (`cargo bloat --release --crates`):\n\n```text\n{}\n```\n",
            report.join("\n").trim()
        ));
    }
    Ok(Section { title: "The binary", claims, text })
}
