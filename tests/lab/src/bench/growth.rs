//! What a cluster's size costs: the same commands while Nodes, rendered MachineConfigs and Machines
//! become more.

use anyhow::Result;

use super::sample::{HEAD, Sample, as_float};
use super::status::{Both, KINDS, both, section};
use super::world::{self, World, grow};
use super::{Bench, Claim, Section};
use crate::StandInOptions;

/// The cluster as it is loaded, with three etcd Machines.
const SMALL: World = World { nodes: 3, rendered: 2, machines: 3 };
const LARGE: World = World { nodes: 500, rendered: 100, machines: 3 };
/// Where kubectl takes the half second and the 100 MiB that admins of large clusters know.
const LARGER: World = World { nodes: 1000, rendered: 200, machines: 3 };
const HUGE: World = World { nodes: 5000, rendered: 500, machines: 3 };
const MANY: World = World { machines: 300, ..HUGE };

/// What the commands used in a world.
struct Grown {
    status: Both,
    init: super::Used,
}

impl Grown {
    async fn measure(bench: &Bench) -> Result<Self> {
        let init = bench.ours(&["init", "--dry-run=client"]).await?;
        Ok(Self { status: both(bench).await?, init })
    }

    fn rows(&self, world: World) -> String {
        let words = words(world);
        let rows = [
            self.status.ours.row(&format!("`oc-etcd status`, {words}")),
            self.init.row(&format!("`oc-etcd init --dry-run=client`, {words}")),
            self.status.theirs.row(&format!("`kubectl get {KINDS} -A`, {words}")),
        ];
        rows.concat()
    }
}

/// The section on `status`, which is of the third world, and that on growth.
pub(super) async fn measure(bench: &Bench, say: fn(&str)) -> Result<(Section, Section)> {
    let stand_ins = bench.load(&world::of_real_size("4.20")?, StandInOptions::default()).await?;
    bench.prepare(&["init", "--yes"]).await?;
    let zones = "--zone=us-east-1a,us-east-1b,us-east-1c";
    bench.prepare(&["add-machine", zones, "--yes"]).await?;
    stand_ins.stop().await;
    let rest = bench.control_plane.rest().await?;
    let mut text = HEAD.to_owned();
    let mut all = Vec::new();
    let mut before = SMALL;
    for world in [SMALL, LARGE, LARGER, HUGE, MANY] {
        say(&words(world));
        grow(&rest, before, world).await?;
        before = world;
        let grown = Grown::measure(bench).await?;
        text.push_str(&grown.rows(world));
        all.push(grown);
    }
    let claims = match &all[..] {
        [small, .., huge, many] => claims(small, huge, many),
        _ => Vec::new(),
    };
    let status = section(&all[2].status, &words(LARGER));
    text.push_str(
        "\nWhat is read does not depend on the number of workers. It does on that of etcd Machines, which are\n\
         shown one by one, and grows with them in a straight line.\n\n\
         CPU time is the program's own, and stays as it is. What wall time varies by is the server's, which looks\n\
         through more objects for the same answer. So nothing is promised of wall time, in which the server's share\n\
         grows the more, the less the program's own is.\n",
    );
    Ok((status, Section { title: "Growth", claims, text }))
}

fn words(world: World) -> String {
    let nodes = world.nodes + 3;
    format!(
        "{nodes} nodes, {} rendered MachineConfigs, {} etcd Machines",
        world.rendered, world.machines
    )
}

fn claims(small: &Grown, huge: &Grown, many: &Grown) -> Vec<Claim> {
    let grows = |what: &str, (from, to): (Sample, Sample)| {
        let times = |from: u64, to: u64| (1.2, as_float(to) / as_float(from.max(1)));
        let by = "times as much on 5,003 nodes as on 6";
        [
            Claim::at_most(&format!("{what}, its own time (CPU)"), times(from.cpu, to.cpu), by),
            Claim::at_most(&format!("{what}, memory"), times(from.memory, to.memory), by),
        ]
    };
    let status = (small.status.ours.median(), huge.status.ours.median());
    let init = (small.init.median(), huge.init.median());
    let added = as_float((MANY.machines - HUGE.machines) as u64);
    let more = many.status.ours.median().cpu.saturating_sub(huge.status.ours.median().cpu);
    let each = as_float(more) / 1000.0 / added;
    let mut claims = Vec::new();
    claims.extend(grows("`status`", status));
    claims.extend(grows("`init --dry-run`", init));
    claims.push(Claim::at_most("`status`, for each etcd Machine (CPU)", (0.5, each), "ms"));
    claims
}
