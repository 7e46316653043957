//! What is there before a cluster is asked.

use anyhow::Result;

use super::sample::{HEAD, as_float};
use super::{Bench, Claim, Section};

const MEMORY: &str = "\nMost of the memory of a start is the program's file and those of libc and libm, as far as they are looked\n\
     into: Linux maps them in pieces of 64 KB, counts every piece, and shares them with whoever else runs them.\n\
     `true` shows what is left without a program. What `--help` has of its own, heap, stack and changed\n\
     pages, was 0.6 MiB of 5.1 MiB, by `/proc/PID/smaps` of one run that a debugger stopped at its end. So nothing\n\
     is promised of it: nine tenths follow from how the kernel maps a file, and change with the kernel.\n";

pub(super) async fn measure(bench: &Bench) -> Result<Section> {
    let mut text = HEAD.to_owned();
    let mut claims = Vec::new();
    let nothing = bench.sampled("true".as_ref(), &[]).await?;
    text.push_str(&nothing.row("`true`, which does nothing"));
    for arguments in [&["--help"][..], &["version", "--client"], &["__complete", "versi"]] {
        let name = arguments.join(" ");
        let (ours, theirs) = (bench.ours(arguments).await?, bench.kubectl(arguments).await?);
        text.push_str(&ours.row(&format!("`oc-etcd {name}`")));
        text.push_str(&theirs.row(&format!("`kubectl {name}`")));
        let wall = ours.median().wall;
        claims.push(Claim::at_most(
            &format!("`{name}`, wall"),
            (3.0, as_float(wall) / 1000.0),
            "ms",
        ));
    }
    text.push_str(MEMORY);
    Ok(Section { title: "Start", claims, text })
}
