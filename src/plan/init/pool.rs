//! Makes the etcd pool. What an earlier run chose, and a pause, stay.

use super::request::InitRequest;
use crate::derive::pool::{self, RequiredForUpgrade};
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::snapshot::Snapshot;
use crate::plan::reconcile::Wanted;

pub(super) fn wanted(snapshot: &Snapshot, request: &InitRequest, layout: Layout) -> Wanted {
    let existing = snapshot.pool(names::ETCD);
    let kept = existing.map(|pool| match pool.label(names::POOL_REQUIRED) {
        Some(_) => RequiredForUpgrade::Yes,
        None => RequiredForUpgrade::No,
    });
    let required = request.required_for_upgrade.or(kept).unwrap_or_default();
    let object =
        pool::derive(snapshot.pool(names::MASTER), layout, required, &request.tool_version);
    // The admin decides whether an existing pool is paused.
    let object = match existing.and_then(|pool| pool.get("/spec/paused")) {
        Some(paused) => {
            let mut spec = object.get("/spec").cloned().unwrap_or_default();
            spec["paused"] = paused.clone();
            object.with("spec", spec)
        }
        None => object,
    };
    let because = match layout {
        Layout::Documented => "role etcd",
        Layout::Inherit => "role etcd, extends worker",
    };
    Wanted::new(object, because.to_owned())
}
