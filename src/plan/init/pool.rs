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
    let layout = match layout {
        Layout::Documented => "role etcd",
        Layout::Inherit => "role etcd, extends worker",
    };
    let label = match required {
        RequiredForUpgrade::Yes => "",
        RequiredForUpgrade::No => ", without the label required-for-upgrade",
    };
    Wanted::new(object, format!("{layout}{label}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::Object;
    use crate::status::fixtures::initialized;

    #[test]
    fn a_label_that_was_left_out_comes_back_only_when_it_is_asked_for() {
        let snapshot = initialized(1);
        let mut body = snapshot.pool(names::ETCD).unwrap().clone().into_body();
        body["metadata"]["labels"].as_object_mut().unwrap().remove(names::POOL_REQUIRED);
        let without = snapshot.with_objects([Object::from_value(body).unwrap()]);
        for (required, has_label) in [
            (None, false),
            (Some(RequiredForUpgrade::No), false),
            (Some(RequiredForUpgrade::Yes), true),
        ] {
            let request = InitRequest { required_for_upgrade: required, ..InitRequest::new("1") };
            let wanted = wanted(&without, &request, Layout::Inherit);
            assert_eq!(wanted.object.label(names::POOL_REQUIRED).is_some(), has_label);
            assert_eq!(
                wanted.because.contains("without the label required-for-upgrade"),
                !has_label
            );
        }
    }
}
