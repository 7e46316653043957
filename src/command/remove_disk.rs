//! `remove-disk`: removes the disk that `add-disk` gave to etcd on the masters.

use std::time::Duration;

use anyhow::Result;

use super::Context;
use super::masters::{self, Verb};
use crate::cluster::read::Scope;
use crate::exit::Exit;
use crate::model::snapshot::Snapshot;
use crate::plan::remove_disk::{self, RemoveDiskRequest};
use crate::request::WriteSettings;

/// Runs `remove-disk`.
pub(super) async fn run(
    request: &RemoveDiskRequest,
    stable: Duration,
    settings: &WriteSettings,
    context: &Context,
) -> Result<Exit> {
    let plan = |snapshot: &Snapshot| remove_disk::plan(snapshot, request);
    let verb = Verb {
        plan: &plan,
        scope: Scope::remove_disk(),
        stable,
        done: "etcd is on the root disk of each master again.",
        next: "oc etcd status",
    };
    masters::run(&verb, settings, context).await
}
