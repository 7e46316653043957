//! `add-disk`: gives etcd on each master a disk of its own.

use std::time::Duration;

use anyhow::Result;

use super::Context;
use super::masters::{self, Verb};
use crate::cluster::read::Scope;
use crate::exit::Exit;
use crate::model::snapshot::Snapshot;
use crate::plan::add_disk::{self, AddDiskRequest};
use crate::request::WriteSettings;

/// Runs `add-disk`.
pub(super) async fn run(
    request: &AddDiskRequest,
    stable: Duration,
    settings: &WriteSettings,
    context: &Context,
) -> Result<Exit> {
    let plan = |snapshot: &Snapshot| add_disk::plan(snapshot, request);
    let verb = Verb {
        plan: &plan,
        scope: Scope::add_disk(),
        stable,
        done: "Each master has its own disk for etcd.",
        next: "oc etcd perf --for 5m, with --compare if you saved a measurement before the change",
    };
    masters::run(&verb, settings, context).await
}
