//! What a command costs when oc or kubectl runs it as a plugin, and how much of that is oc's or kubectl's own.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::sample::{HEAD, Line, millis};
use super::{Bench, Section, world};
use crate::StandInOptions;

const INTRODUCTION: &str = "A plugin is started by oc or kubectl, which looks for it on the PATH and lets it take its place. What a\n\
     command takes through them and not directly is their own start.\n\n";

pub(super) async fn measure(bench: &Bench) -> Result<Section> {
    let stand_ins = bench.load(&world::of_real_size("4.20")?, StandInOptions::default()).await?;
    bench.prepare(&["init", "--yes"]).await?;
    stand_ins.stop().await;
    let plugins = tempfile::tempdir()?;
    for name in ["kubectl-etcd", "oc-etcd"] {
        std::os::unix::fs::symlink(&bench.program, plugins.path().join(name))?;
    }
    let directly = bench.ours(&["status"]).await?;
    let mut text = format!("{INTRODUCTION}{HEAD}{}", directly.row("`oc-etcd status`, directly"));
    let mut own = String::new();
    for (name, program) in [("oc", on_path("oc")), ("kubectl", Some(bench.kubectl.clone()))] {
        let Some(program) = program else {
            own.push_str("`oc` was not installed where this was measured.\n");
            continue;
        };
        let through = bench.repeated(&through(bench, &program, plugins.path())).await?;
        text.push_str(&through.row(&format!("`{name} etcd status`")));
        let get = ["get", super::status::KINDS, "-A"];
        let theirs = bench.sampled(&program, &get).await?;
        text.push_str(&theirs.row(&format!("`{name} {}`", get.join(" "))));
        let more = |of: fn(super::Sample) -> u64| {
            of(through.median()).saturating_sub(of(directly.median()))
        };
        own.push_str(&format!(
            "Of `{name} etcd status`, {} ms of wall time and {} ms of CPU time are {name}'s own.\n",
            millis(more(|it| it.wall)),
            millis(more(|it| it.cpu))
        ));
    }
    let text = format!("{text}\n{own}");
    Ok(Section { title: "Through oc and kubectl", claims: Vec::new(), text })
}

/// The command line that has another program find ours.
fn through(bench: &Bench, program: &Path, plugins: &Path) -> Line {
    let mut line = bench.command(program, &["etcd", "status"]);
    line.path.insert(0, plugins.to_owned());
    line
}

/// A program on the PATH.
#[expect(clippy::disallowed_methods, reason = "the PATH is where programs are")]
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|it| it.join(name)).find(|it| it.is_file())
}
