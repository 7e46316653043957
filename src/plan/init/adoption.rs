//! Takes over a pool that somebody else made, and moves it to another layout.

use serde_json::Value;

use super::request::InitRequest;
use super::{disk, pool};
use crate::check::{Check, Finding, pool_policy};
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::{Snapshot, is_ours};
use crate::plan::reconcile::{ADOPT, Wanted};
use crate::plan::sources::{self, Settings};
use crate::plan::{compare, layout};

/// Returns the objects that others made and that `init` would make alike for the layout of the existing pool, with the
/// marks of oc-etcd. Empty where the layout stays: each object is then compared with the one that is wanted.
pub(super) fn of_other_layout(snapshot: &Snapshot, request: &InitRequest) -> Vec<Object> {
    let wanted = layout::choose(snapshot, request.layout).0.layout;
    let Some(layout) = pool_policy::existing(snapshot).filter(|it| *it != wanted) else {
        return Vec::new();
    };
    let (disk, _) = disk::choose(snapshot, request);
    let settings = Settings {
        layout,
        first_boot: request.first_boot,
        disk: &disk,
        tool_version: &request.tool_version,
    };
    let (machine_configs, _) = sources::machine_configs(snapshot, &settings);
    let pool = pool::wanted(snapshot, request, layout);
    machine_configs.into_iter().chain([pool]).filter_map(|it| adopted(snapshot, &it)).collect()
}

fn adopted(snapshot: &Snapshot, wanted: &Wanted) -> Option<Object> {
    let wanted = &wanted.object;
    let existing = snapshot.get(wanted.reference()).filter(|it| !is_ours(it))?;
    if !compare::is_same_content(existing, wanted) {
        return None;
    }
    let mut body = existing.clone().into_body();
    for field in ["labels", "annotations"] {
        let marks = wanted.body()["metadata"][field].as_object().cloned().unwrap_or_default();
        match &mut body["metadata"][field] {
            Value::Object(there) => there.extend(marks),
            none => *none = marks.into(),
        }
    }
    Object::from_value(body).ok()
}

/// Reports an object that can be adopted, and then has another content in the new layout.
pub(super) fn adoptable(object: &ObjectRef) -> Finding {
    let message =
        "the object was not created by oc-etcd, but its content matches the layout of the pool";
    Check::ForeignObject.blocker(object, message).hint(ADOPT)
}
